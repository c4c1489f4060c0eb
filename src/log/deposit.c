#include "log/deposit.h"

#include "base/cosignature.h"

static const char head[] = "c2sp.org/tlog-proof@v1\nextra ";

struct hash deposit_leaf(const struct hash *text, const uint8_t salt[32]) {
    static const char domain[] = "parley/deposit/1\n";
    char leaf[sizeof domain - 1 + 32 + SHA256_SIZE];
    memcpy(leaf, domain, sizeof domain - 1);
    memcpy(leaf + sizeof domain - 1, salt, 32);
    memcpy(leaf + sizeof domain - 1 + 32, text->bytes, SHA256_SIZE);
    return merkle_leaf(leaf, sizeof leaf);
}

void deposit_proof_write(const struct deposit_proof *p, struct append *out) {
    append_str(out, head);
    append_base64(out, p->salt, sizeof p->salt);
    append_format(out, "\nindex %llu\n", (unsigned long long)p->index);
    for (unsigned i = 0; i < p->length; i++) {
        append_base64(out, p->path[i].bytes, SHA256_SIZE);
        append_char(out, '\n');
    }
    append_char(out, '\n');
    append_text(out, p->note);
}

static bool take_line(struct text *rest, struct text *line) {
    const char *end = memchr(rest->at, '\n', rest->size);
    if (end == NULL) return false;
    *line = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = (struct text){end + 1, rest->size - line->size - 1};
    return true;
}

static bool read_index(struct text line, uint64_t *out) {
    static const char word[] = "index ";
    size_t size = sizeof word - 1;
    *out = 0;
    if (line.size <= size || line.size > size + 18 || memcmp(line.at, word, size) != 0) return false;
    for (size_t i = size; i < line.size; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') return false;
        *out = *out * 10 + (uint64_t)(line.at[i] - '0');
    }
    return true;
}

static result malformed(struct fault *f, const char *why) { return fail(f, RESULT_MALFORMED, "proof", "is none of a deposit: %s", why); }

result deposit_proof_read(struct text in, struct deposit_proof *out, struct fault *f) {
    struct text rest = in, line;
    size_t got = 0;
    *out = (struct deposit_proof){0};
    if (in.size > LIMIT_DEPOSIT_PROOF_BYTES) return fail(f, RESULT_TOO_LARGE, "proof", "has more than %d bytes", LIMIT_DEPOSIT_PROOF_BYTES);
    if (in.size < sizeof head - 1 || memcmp(in.at, head, sizeof head - 1) != 0) return malformed(f, "it does not begin as a C2SP tlog-proof with extra data does");
    rest = (struct text){in.at + sizeof head - 1, in.size - (sizeof head - 1)};
    if (!take_line(&rest, &line) || !base64_read(line, out->salt, sizeof out->salt, &got) || got != sizeof out->salt) return malformed(f, "its extra data is no salt of 32 bytes");
    if (!take_line(&rest, &line) || !read_index(line, &out->index)) return malformed(f, "it has no index");
    while (take_line(&rest, &line) && line.size > 0) {
        if (out->length == MERKLE_DEPTH || !base64_read(line, out->path[out->length].bytes, SHA256_SIZE, &got) || got != SHA256_SIZE) return malformed(f, "a line of its path is no hash");
        out->length++;
    }
    out->note = rest;
    char room[8192];
    struct append again = append_fixed(room, sizeof room);
    struct deposit_proof bare = *out;
    bare.note = TEXT("");
    deposit_proof_write(&bare, &again);
    bool same = !again.full && again.size + rest.size == in.size && memcmp(again.at, in.at, again.size) == 0;
    return same ? OK : malformed(f, "it is not written as one is");
}

static result read_note(const struct deposit_proof *p, struct note *note, struct checkpoint *c, struct fault *f) {
    struct fault inner = {0};
    if (!result_is_ok(note_parse(p->note, note, &inner)) || !result_is_ok(checkpoint_read(note->text, c, &inner))) return malformed(f, inner.message);
    return OK;
}

result deposit_proof_check(const struct deposit_proof *p, const struct hash *text, struct text *origin, struct fault *f) {
    struct note note;
    struct checkpoint c;
    TRY(read_note(p, &note, &c, f));
    struct hash leaf = deposit_leaf(text, p->salt);
    *origin = c.origin;
    bool leads = p->index < c.size && merkle_check_inclusion(&leaf, p->index, c.size, p->path, p->length, &c.root);
    return leads ? OK : fail(f, RESULT_ROT, "proof", "does not lead from this text to the checkpoint: it is of another text, or was changed");
}

result deposit_proof_seen(const struct deposit_proof *p, struct text name, const uint8_t public_key[32], bool *signed_, uint64_t *seconds, struct fault *f) {
    struct note note;
    struct checkpoint c;
    uint64_t time = 0;
    *signed_ = false;
    TRY(read_note(p, &note, &c, f));
    for (uint32_t i = 0; i < note.count; i++) {
        if (!cosignature_line_of(&note.lines[i], name, public_key)) continue;
        if (!cosignature_verify(note.text, &note.lines[i], name, public_key, &time)) return fail(f, RESULT_UNAUTHENTIC, "proof", "the signature of %.*s is not good", TEXT_ARG(name));
        if (!*signed_ || time < *seconds) *seconds = time;
        *signed_ = true;
    }
    return OK;
}
