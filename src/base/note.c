#include "base/note.h"

#include <assert.h>
#include <sodium.h>

#include "base/sha256.h"
#include "base/utf8.h"

#define DASH "\xE2\x80\x94 " /* U+2014 and a space: how a signature line begins */
enum { DASH_BYTES = sizeof DASH - 1, KEY_ID_BYTES = 4 };

/* --- names and key ids --- */

/* Unicode's White_Space: no key name has it, so that a line splits in one way only. */
static bool is_space(uint32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool note_name_valid(struct text name) {
    if (name.size == 0 || name.size > NOTE_NAME_BYTES) return false;
    for (size_t i = 0; i < name.size;) {
        uint32_t character;
        size_t size = utf8_next(name.at + i, name.size - i, &character);
        if (size == 0 || character < 0x20 || character == '+' || is_space(character)) return false;
        i += size;
    }
    return true;
}

void note_key_id(struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint8_t id[4]) { note_key_id_of(NOTE_ED25519, name, public_key, id); }

void note_key_id_of(enum note_type type, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint8_t id[4]) {
    const uint8_t between[2] = {0x0A, (uint8_t)type};
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, name.at, name.size);
    sha256_update(&s, between, sizeof between);
    sha256_update(&s, public_key, NOTE_KEY_BYTES);
    struct hash h = sha256_final(&s);
    memcpy(id, h.bytes, KEY_ID_BYTES);
}

/* --- parsing --- */

static result junk(struct fault *f, const char *rule) { return fail(f, RESULT_MALFORMED, "/note", "%s", rule); }

/* UTF-8 without control characters other than the line feed, as C2SP asks. */
static result check_characters(struct text in, struct fault *f) {
    for (size_t i = 0; i < in.size;) {
        i += utf8_plain(in.at + i, in.size - i);
        if (i == in.size) break;
        uint32_t character;
        size_t size = utf8_next(in.at + i, in.size - i, &character);
        if (size == 0) return fail(f, RESULT_MALFORMED, "/note", "byte %zu is no UTF-8", i);
        if (character < 0x20 && character != '\n')
            return fail(f, RESULT_MALFORMED, "/note", "byte %zu is a control character", i);
        i += size;
    }
    return OK;
}

/* Where the text ends: behind the first line feed of the last blank line; 0 when there is none. */
static size_t text_end(struct text in) {
    for (size_t i = in.size; i >= 2; i--)
        if (in.at[i - 1] == '\n' && in.at[i - 2] == '\n') return i - 1;
    return 0;
}

static result parse_line(struct text line, struct note_line *out, struct fault *f) {
    if (line.size <= DASH_BYTES || memcmp(line.at, DASH, DASH_BYTES) != 0)
        return junk(f, "a signature line begins with U+2014 and a space");
    struct text rest = {line.at + DASH_BYTES, line.size - DASH_BYTES};
    const char *space = memchr(rest.at, ' ', rest.size);
    if (space == NULL) return junk(f, "a signature line is '\xE2\x80\x94 <key name> <base64>'");
    out->name = (struct text){rest.at, (size_t)(space - rest.at)};
    out->base64 = (struct text){space + 1, rest.size - out->name.size - 1};
    if (!note_name_valid(out->name)) return junk(f, "a key name has no '+' and no space, and is not empty");
    if (out->base64.size > NOTE_LINE_BYTES)
        return fail(f, RESULT_TOO_LARGE, "/note", "a signature has at most %d characters", NOTE_LINE_BYTES);
    uint8_t bytes[NOTE_LINE_BYTES];
    size_t size;
    if (!base64_read(out->base64, bytes, sizeof bytes, &size))
        return fail(f, RESULT_MALFORMED, "/note", "the signature of '%.*s' is no base64", TEXT_ARG(out->name));
    if (size <= KEY_ID_BYTES)
        return fail(f, RESULT_MALFORMED, "/note", "the signature of '%.*s' is cut short", TEXT_ARG(out->name));
    memcpy(out->key_id, bytes, KEY_ID_BYTES);
    out->size = (uint32_t)(size - KEY_ID_BYTES);
    memcpy(out->signature, bytes + KEY_ID_BYTES, out->size < sizeof out->signature ? out->size : sizeof out->signature);
    return OK;
}

static result refuse_doubled(const struct note *n, struct fault *f) {
    const struct note_line *last = &n->lines[n->count - 1];
    for (uint32_t i = 0; i + 1 < n->count; i++)
        if (memcmp(n->lines[i].key_id, last->key_id, KEY_ID_BYTES) == 0 && text_equal(n->lines[i].name, last->name))
            return fail(f, RESULT_MALFORMED, "/note", "two signature lines of '%.*s'", TEXT_ARG(last->name));
    return OK;
}

result note_parse(struct text in, struct note *out, struct fault *f) {
    out->count = 0;
    TRY(check_characters(in, f));
    size_t end = text_end(in);
    if (end == 0) return junk(f, "a note is a text, a blank line and signature lines");
    if (in.at[in.size - 1] != '\n') return junk(f, "the last signature line does not end in a line feed");
    out->text = (struct text){in.at, end};
    for (size_t i = end + 1; i < in.size;) {
        const char *line_end = memchr(in.at + i, '\n', in.size - i);
        struct text line = {in.at + i, (size_t)(line_end - (in.at + i))};
        if (out->count == NOTE_LINES)
            return fail(f, RESULT_TOO_LARGE, "/note", "at most %d signature lines", NOTE_LINES);
        TRY(parse_line(line, &out->lines[out->count], f));
        out->count++;
        TRY(refuse_doubled(out, f));
        i += line.size + 1;
    }
    if (out->count == 0) return junk(f, "no signature line");
    return OK;
}

bool note_line_of(const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]) {
    if (!text_equal(line->name, name)) return false;
    uint8_t id[KEY_ID_BYTES];
    note_key_id(name, public_key, id);
    return memcmp(id, line->key_id, KEY_ID_BYTES) == 0;
}

bool note_line_signature(const struct note_line *line, void *to, size_t size) {
    uint8_t bytes[NOTE_LINE_BYTES];
    size_t got;
    if (line->size != size) return false;
    if (size <= sizeof line->signature) {
        memcpy(to, line->signature, size);
        return true;
    }
    if (!base64_read(line->base64, bytes, sizeof bytes, &got)) return false;
    assert(got == size + KEY_ID_BYTES);
    memcpy(to, bytes + KEY_ID_BYTES, size);
    return true;
}

bool note_signature_verify(struct text text, const uint8_t signature[NOTE_SIGNATURE_BYTES], const uint8_t public_key[NOTE_KEY_BYTES]) {
    return crypto_sign_verify_detached(signature, (const unsigned char *)text.at, text.size, public_key) == 0;
}

bool note_line_verify(const struct note *n, const struct note_line *line, struct text name,
                      const uint8_t public_key[NOTE_KEY_BYTES]) {
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    return note_line_of(line, name, public_key) && note_line_signature(line, signature, sizeof signature) &&
           note_signature_verify(n->text, signature, public_key);
}

bool note_verify(const struct note *n, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]) {
    for (uint32_t i = 0; i < n->count; i++)
        if (note_line_verify(n, &n->lines[i], name, public_key)) return true;
    return false;
}

/* --- making --- */

void note_begin(struct append *out, struct text text) {
    assert(text.size > 0 && text.at[text.size - 1] == '\n');
    append_text(out, text);
    append_char(out, '\n');
}

void note_sign(struct append *out, struct text text, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]) {
    assert(note_name_valid(name));
    assert(text.size > 0 && text.at[text.size - 1] == '\n');
    uint8_t bytes[KEY_ID_BYTES + NOTE_SIGNATURE_BYTES];
    note_key_id(name, secret + NOTE_KEY_BYTES, bytes);
    int refused =
        crypto_sign_detached(bytes + KEY_ID_BYTES, NULL, (const unsigned char *)text.at, text.size, secret);
    assert(refused == 0);
    (void)refused;
    append_str(out, DASH);
    append_text(out, name);
    append_char(out, ' ');
    append_base64(out, bytes, sizeof bytes);
    append_char(out, '\n');
}

/* --- keys as text --- */

static const char secret_prefix[] = "PRIVATE+KEY+";

static void append_key(enum note_type type, struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES],
                       const uint8_t content[NOTE_KEY_BYTES]) {
    assert(note_name_valid(name));
    uint8_t id[KEY_ID_BYTES], bytes[1 + NOTE_KEY_BYTES] = {(uint8_t)type};
    note_key_id_of(type, name, public_key, id);
    memcpy(bytes + 1, content, NOTE_KEY_BYTES);
    append_text(out, name);
    append_char(out, '+');
    append_hex(out, id, sizeof id);
    append_char(out, '+');
    append_base64(out, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

void note_vkey_of(enum note_type type, struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]) {
    append_key(type, out, name, public_key, public_key);
}
void note_vkey(struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]) { note_vkey_of(NOTE_ED25519, out, name, public_key); }

void note_skey(struct append *out, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]) { note_skey_of(NOTE_ED25519, out, name, secret); }
void note_skey_of(enum note_type type, struct append *out, struct text name, const uint8_t secret[NOTE_SECRET_BYTES]) {
    append_str(out, secret_prefix);
    append_key(type, out, name, secret + NOTE_KEY_BYTES, secret);
}

/* Splits "<name>+<hex>+<base64>"; the content is what follows the algorithm byte. */
static result read_key(enum note_type type, struct text in, struct text *name, uint8_t id[4], uint8_t content[NOTE_KEY_BYTES],
                       struct fault *f) {
    const char *first = in.size == 0 ? NULL : memchr(in.at, '+', in.size);
    size_t name_size = first == NULL ? 0 : (size_t)(first - in.at);
    if (first == NULL || in.size - name_size < 11 || in.at[name_size + 9] != '+')
        return fail(f, RESULT_MALFORMED, "/key", "a key is '<name>+<8 hex digits>+<base64>'");
    *name = (struct text){in.at, name_size};
    if (!note_name_valid(*name)) return fail(f, RESULT_MALFORMED, "/key", "a key name has no space and is not empty");
    if (!hex_read((struct text){first + 1, 8}, id, KEY_ID_BYTES))
        return fail(f, RESULT_MALFORMED, "/key", "the key id is 8 lower-case hex digits");
    uint8_t bytes[1 + NOTE_KEY_BYTES];
    size_t size;
    struct text base64 = {first + 10, in.size - name_size - 10};
    if (!base64_read(base64, bytes, sizeof bytes, &size) || size == 0)
        return fail(f, RESULT_MALFORMED, "/key", "the key's last part is no base64 of 33 bytes");
    bool known = bytes[0] == type;
    if (known && size == sizeof bytes) memcpy(content, bytes + 1, NOTE_KEY_BYTES);
    sodium_memzero(bytes, sizeof bytes);
    if (!known) return fail(f, RESULT_UNSUPPORTED, "/key", "only %s keys (type 0x%02x) are known here", type == NOTE_ED25519 ? "Ed25519" : "Ed25519 cosigners'", (unsigned)type);
    if (size != 1 + NOTE_KEY_BYTES) return fail(f, RESULT_MALFORMED, "/key", "an Ed25519 key has 32 bytes");
    return OK;
}

static result check_key_id(enum note_type type, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], const uint8_t id[4],
                           struct fault *f) {
    uint8_t fits[KEY_ID_BYTES];
    note_key_id_of(type, name, public_key, fits);
    if (memcmp(fits, id, KEY_ID_BYTES) != 0)
        return fail(f, RESULT_MALFORMED, "/key", "the key id does not fit name and key");
    return OK;
}

result note_vkey_read(struct text in, struct text *name, uint8_t public_key[NOTE_KEY_BYTES], struct fault *f) { return note_vkey_read_of(NOTE_ED25519, in, name, public_key, f); }
result note_vkey_read_of(enum note_type type, struct text in, struct text *name, uint8_t public_key[NOTE_KEY_BYTES], struct fault *f) {
    uint8_t id[KEY_ID_BYTES];
    TRY(read_key(type, in, name, id, public_key, f));
    return check_key_id(type, *name, public_key, id, f);
}

result note_skey_read(struct text in, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) { return note_skey_read_of(NOTE_ED25519, in, name, secret, f); }
result note_skey_read_of(enum note_type type, struct text in, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    size_t prefix = sizeof secret_prefix - 1;
    if (in.size < prefix || memcmp(in.at, secret_prefix, prefix) != 0)
        return fail(f, RESULT_MALFORMED, "/key", "a secret key begins with '%s'", secret_prefix);
    uint8_t id[KEY_ID_BYTES], seed[NOTE_KEY_BYTES], public_key[NOTE_KEY_BYTES];
    TRY(read_key(type, (struct text){in.at + prefix, in.size - prefix}, name, id, seed, f));
    note_key_from_seed(seed, secret, public_key);
    sodium_memzero(seed, sizeof seed);
    return check_key_id(type, *name, public_key, id, f);
}

void note_key_from_seed(const uint8_t seed[NOTE_KEY_BYTES], uint8_t secret[NOTE_SECRET_BYTES],
                        uint8_t public_key[NOTE_KEY_BYTES]) {
    int refused = crypto_sign_seed_keypair(public_key, secret, seed);
    assert(refused == 0);
    (void)refused;
}
