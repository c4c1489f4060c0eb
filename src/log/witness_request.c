/* The body of add-checkpoint, read and written. */
#include <inttypes.h>

#include "base/bytes.h"
#include "log/witness.h"

static bool take_line(struct text *rest, struct text *line) {
    const char *end = rest->size == 0 ? NULL : memchr(rest->at, '\n', rest->size);
    if (end == NULL) return false;
    *line = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = (struct text){end + 1, rest->size - line->size - 1};
    return true;
}

static bool old_size(struct text line, uint64_t *out) {
    uint64_t v = 0;
    if (line.size < 5 || line.size > 4 + 19 || memcmp(line.at, "old ", 4) != 0 || (line.at[4] == '0' && line.size > 5)) return false;
    for (size_t i = 4; i < line.size; i++) {
        if (line.at[i] < '0' || line.at[i] > '9') return false;
        v = v * 10 + (uint64_t)(line.at[i] - '0'); /* 19 digits fit */
    }
    *out = v;
    return v <= INT64_MAX;
}

result witness_request_read(struct text body, struct witness_request *out, struct fault *f) {
    struct text rest = body, line;
    out->length = 0;
    if (body.size > LIMIT_WITNESS_BODY_BYTES) return fail(f, RESULT_TOO_LARGE, "/checkpoint", "the request has %zu bytes; at most %d", body.size, LIMIT_WITNESS_BODY_BYTES);
    if (!take_line(&rest, &line) || !old_size(line, &out->old)) return fail(f, RESULT_MALFORMED, "/old", "the first line is 'old N', a decimal without leading zeros, at most 2^63 - 1");
    for (;; out->length++) {
        uint8_t bytes[SHA256_SIZE];
        size_t size;
        if (!take_line(&rest, &line)) return fail(f, RESULT_MALFORMED, "/proof", "no blank line stands before the checkpoint");
        if (line.size == 0) break;
        if (out->length == WITNESS_PROOF_LINES) return fail(f, RESULT_MALFORMED, "/proof", "has more than %d lines", WITNESS_PROOF_LINES);
        if (!base64_read(line, bytes, sizeof bytes, &size) || size != sizeof bytes) return fail(f, RESULT_MALFORMED, "/proof", "line %u is no base64 of 32 bytes", out->length + 1);
        memcpy(out->proof[out->length].bytes, bytes, sizeof bytes);
    }
    out->note = rest;
    return OK;
}

void witness_request_write(uint64_t old, const struct hash *proof, unsigned length, struct text note, struct append *out) {
    append_format(out, "old %" PRIu64 "\n", old);
    for (unsigned i = 0; i < length; i++) {
        append_base64(out, proof[i].bytes, SHA256_SIZE);
        append_char(out, '\n');
    }
    append_char(out, '\n');
    append_text(out, note);
}
