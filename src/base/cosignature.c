#include "base/cosignature.h"

#include <assert.h>
#include <sodium.h>

#include "base/bytes.h"

enum { KEY_ID_BYTES = 4 };

/* --- the checkpoint's text --- */

static result broken(struct fault *f, const char *rule) { return fail(f, RESULT_MALFORMED, "/checkpoint", "%s", rule); }

/* The next line, without its end; false when there is none, or it is empty. */
static bool next_line(struct text *rest, struct text *line) {
    const char *end = rest->size == 0 ? NULL : memchr(rest->at, '\n', rest->size);
    if (end == NULL || end == rest->at) return false;
    *line = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = (struct text){end + 1, rest->size - line->size - 1};
    return true;
}

static bool read_size(struct text line, uint64_t *out) {
    uint64_t v = 0;
    if (line.size == 0 || line.size > 19 || (line.at[0] == '0' && line.size > 1)) return false;
    for (size_t i = 0; i < line.size; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') return false;
        v = v * 10 + (uint64_t)(line.at[i] - '0'); /* 19 digits fit */
    }
    *out = v;
    return v <= INT64_MAX;
}

result checkpoint_read(struct text text, struct checkpoint *out, struct fault *f) {
    struct text rest = text, line;
    size_t size;
    if (text.size > CHECKPOINT_TEXT_BYTES) return fail(f, RESULT_TOO_LARGE, "/checkpoint", "its text has %zu bytes; at most %d", text.size, CHECKPOINT_TEXT_BYTES);
    if (!next_line(&rest, &out->origin)) return broken(f, "the first line is the origin, and is not empty");
    if (!next_line(&rest, &line) || !read_size(line, &out->size)) return broken(f, "the second line is the tree's size, a decimal without leading zeros, at most 2^63 - 1");
    uint8_t bytes[SHA256_SIZE];
    if (!next_line(&rest, &line) || !base64_read(line, bytes, sizeof bytes, &size) || size != sizeof bytes) return broken(f, "the third line is the root hash, base64 of 32 bytes");
    memcpy(out->root.bytes, bytes, sizeof bytes);
    for (out->extensions = 0; rest.size > 0; out->extensions++)
        if (!next_line(&rest, &line)) return broken(f, "a further line is empty or does not end");
    return OK;
}

void checkpoint_text(struct text origin, uint64_t size, const struct hash *root, struct append *out) {
    append_text(out, origin);
    append_format(out, "\n%llu\n", (unsigned long long)size);
    append_base64(out, root->bytes, SHA256_SIZE);
    append_char(out, '\n');
}

/* --- the dated signature --- */

static void signed_bytes(struct append *out, struct text text, uint64_t seconds) {
    append_format(out, "cosignature/v1\ntime %llu\n", (unsigned long long)seconds);
    append_text(out, text);
}

bool cosignature_good(struct text text, uint64_t seconds, const uint8_t signature[NOTE_SIGNATURE_BYTES], const uint8_t public_key[NOTE_KEY_BYTES]) {
    char room[CHECKPOINT_TEXT_BYTES + 64];
    struct append message = append_fixed(room, sizeof room);
    if (seconds == 0 || seconds > INT64_MAX || text.size > CHECKPOINT_TEXT_BYTES) return false;
    signed_bytes(&message, text, seconds);
    assert(!message.full);
    return note_signature_verify(append_view(&message), signature, public_key);
}

void cosignature_line(struct append *out, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint64_t seconds, const uint8_t signature[NOTE_SIGNATURE_BYTES]) {
    uint8_t bytes[KEY_ID_BYTES + COSIGNATURE_BYTES];
    struct append a = append_fixed(bytes, sizeof bytes);
    note_key_id_of(NOTE_COSIGNATURE, name, public_key, bytes);
    a.size = KEY_ID_BYTES;
    append_u64(&a, seconds);
    append_bytes(&a, signature, NOTE_SIGNATURE_BYTES);
    assert(!a.full);
    append_str(out, "\xE2\x80\x94 ");
    append_text(out, name);
    append_char(out, ' ');
    append_base64(out, bytes, sizeof bytes);
    append_char(out, '\n');
}

void cosignature_sign(struct append *out, struct text text, struct text name, const uint8_t secret[NOTE_SECRET_BYTES], uint64_t seconds) {
    assert(seconds > 0 && seconds <= INT64_MAX && text.size > 0 && text.size <= CHECKPOINT_TEXT_BYTES && text.at[text.size - 1] == '\n');
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    char room[CHECKPOINT_TEXT_BYTES + 64];
    struct append message = append_fixed(room, sizeof room);
    signed_bytes(&message, text, seconds);
    int refused = crypto_sign_detached(signature, NULL, (const unsigned char *)message.at, message.size, secret);
    assert(refused == 0 && !message.full);
    (void)refused;
    cosignature_line(out, name, secret + NOTE_KEY_BYTES, seconds, signature);
}

bool cosignature_line_of(const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES]) {
    uint8_t id[KEY_ID_BYTES];
    if (!text_equal(line->name, name)) return false;
    note_key_id_of(NOTE_COSIGNATURE, name, public_key, id);
    return memcmp(id, line->key_id, sizeof id) == 0;
}

bool cosignature_read(const struct note_line *line, uint64_t *seconds, uint8_t signature[NOTE_SIGNATURE_BYTES]) {
    uint8_t bytes[COSIGNATURE_BYTES];
    if (!note_line_signature(line, bytes, sizeof bytes)) return false;
    struct cursor c = cursor_of(bytes, sizeof bytes);
    *seconds = cursor_u64(&c);
    return cursor_copy(&c, signature, NOTE_SIGNATURE_BYTES) && *seconds > 0 && *seconds <= INT64_MAX;
}

bool cosignature_verify(struct text text, const struct note_line *line, struct text name, const uint8_t public_key[NOTE_KEY_BYTES], uint64_t *seconds) {
    uint8_t signature[NOTE_SIGNATURE_BYTES];
    return cosignature_line_of(line, name, public_key) && cosignature_read(line, seconds, signature) && cosignature_good(text, *seconds, signature, public_key);
}
