#include "log/receipt.h"

#include <stdio.h>

#include "base/note.h"
#include "log/stream.h"

static const char first_line[] = "parley/1 receipt ";

void receipt_leaf(const struct receipt *r, struct append *out) { stream_leaf(r->seq, r->time, r->parts, &r->root, out); }

static void put_hash(struct append *out, const char *before, const struct hash *h) {
    append_str(out, before);
    append_hex(out, h->bytes, SHA256_SIZE);
}

void receipt_text(struct text origin, const struct receipt *r, struct append *out) {
    append_str(out, first_line);
    append_text(out, origin);
    put_hash(out, "\n{\"log\":\"", &r->log);
    put_hash(out, "\",\"statement\":\"", &r->statement);
    append_str(out, "\",\"party\":");
    append_json_string(out, name_text(&r->party));
    append_format(out, ",\"slot\":%u,\"seq\":%llu,\"time\":\"", r->slot, (unsigned long long)r->seq);
    append_instant(out, r->time);
    append_format(out, "\",\"parts\":%u", r->parts);
    put_hash(out, ",\"root\":\"", &r->root);
    append_str(out, "\"}\n");
}

static result read_members(const struct json *top, struct receipt *out, struct fault *f) {
    static const char *const known[] = {"log", "statement", "party", "slot", "seq", "time", "parts", "root"};
    struct text party, time;
    int64_t slot = 0, seq = 0, parts = 0;
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(json_get_hex(top, "log", true, out->log.bytes, SHA256_SIZE, f));
    TRY(json_get_hex(top, "statement", true, out->statement.bytes, SHA256_SIZE, f));
    TRY(json_get_hex(top, "root", true, out->root.bytes, SHA256_SIZE, f));
    TRY(json_get_text(top, "party", true, 31, &party, f));
    TRY(name_read(party, &out->party, f));
    TRY(json_get_scaled(top, "slot", true, 0, 0, UINT16_MAX, &slot, f));
    TRY(json_get_scaled(top, "seq", true, 0, 0, INT64_MAX, &seq, f));
    TRY(json_get_scaled(top, "parts", true, 0, 1, 99999, &parts, f));
    TRY(json_get_text(top, "time", true, 32, &time, f));
    TRY(instant_parse_millis(time, &out->time, f));
    out->slot = (uint16_t)slot;
    out->seq = (uint64_t)seq;
    out->parts = (uint32_t)parts;
    return OK;
}

static result malformed(struct fault *f, const char *why) { return fail(f, RESULT_MALFORMED, "receipt", "is none: %s", why); }

/* Written anew it must be the same: there is one form, so that every byte of it counts. */
static result read_text(const struct mirror *log, struct text text, struct json_reader *json, struct receipt *out, struct fault *f) {
    char room[RECEIPT_BYTES];
    struct append again = append_fixed(room, sizeof room);
    struct fault inner = {0};
    const struct json *top;
    size_t head = sizeof first_line - 1;
    const char *end = memchr(text.at, '\n', text.size);
    if (text.size < head || memcmp(text.at, first_line, head) != 0 || end == NULL) return malformed(f, "its first line is not 'parley/1 receipt ORIGIN'");
    struct text origin = {text.at + head, (size_t)(end - text.at) - head}, object = {end + 1, text.size - (size_t)(end + 1 - text.at)};
    if (!text_is(origin, log->origin)) return fail(f, RESULT_CONFLICT, "receipt", "is of the log %.*s, not of %.200s", origin.size > 200 ? 200 : (int)origin.size, origin.at, log->origin);
    if (!result_is_ok(json_parse(json, object, JSON_PARLEY, &top, &inner))) return malformed(f, inner.message);
    if (!result_is_ok(read_members(top, out, &inner))) return fail(f, RESULT_MALFORMED, "receipt", "%s: %s", inner.field, inner.message);
    receipt_text(text_of(log->origin), out, &again);
    if (again.full || !text_equal(append_view(&again), text)) return malformed(f, "it is not written in a receipt's one form");
    if (!hash_equal(&out->log, &log->log)) return fail(f, RESULT_CONFLICT, "receipt", "is of another log than this one, whose origin it names");
    return out->slot >> log->slots_log2 == 0 ? OK : fail(f, RESULT_MALFORMED, "receipt", "slot %u of 2^%u", out->slot, log->slots_log2);
}

result receipt_read(const struct mirror *log, struct text note, struct json_reader *json, struct receipt *out, struct fault *f) {
    struct note parsed;
    struct fault inner = {0};
    char room[NOTE_NAME_BYTES + 64];
    struct append name = append_fixed(room, sizeof room);
    *out = (struct receipt){0};
    if (note.size > RECEIPT_BYTES) return fail(f, RESULT_TOO_LARGE, "receipt", "has more than %d bytes", RECEIPT_BYTES);
    if (!result_is_ok(note_parse(note, &parsed, &inner))) return malformed(f, inner.message);
    TRY(read_text(log, parsed.text, json, out, f));
    append_str(&name, log->origin);
    append_str(&name, "/receipt");
    if (parsed.count != 1) return malformed(f, "it has not exactly one signature line");
    if (!note_line_verify(&parsed, &parsed.lines[0], append_view(&name), log->receipt_key.bytes))
        return fail(f, RESULT_UNAUTHENTIC, "receipt", "the receipts' key of this log has not signed it");
    return OK;
}

const char *receipt_verdict_name(enum receipt_verdict v) {
    static const char *const names[] = {[RECEIPT_UNANSWERED] = "unanswered", [RECEIPT_KEPT] = "kept", [RECEIPT_LATE] = "late", [RECEIPT_BREACH] = "breach"};
    return names[v];
}

/* --- evidence --- */

static void put_path(const struct hash *path, unsigned length, struct append *out) {
    append_char(out, '[');
    for (unsigned i = 0; i < length; i++) {
        put_hash(out, i == 0 ? "\"" : ",\"", &path[i]);
        append_char(out, '"');
    }
    append_char(out, ']');
}

static void put_opening(const struct receipt_opening *o, struct append *out) {
    append_format(out, "},\"slot\":{\"index\":%u", o->slot);
    put_hash(out, ",\"blind\":\"", &o->blind);
    append_format(out, "\"},\"tick\":{\"tick\":%llu,\"time\":\"", (unsigned long long)o->tick);
    append_instant(out, o->time);
    append_str(out, "\",\"path\":");
    put_path(o->path, o->length, out);
    append_str(out, "},\"log\":");
    append_json_string(out, o->proof);
    append_char(out, '}');
}

void receipt_put_sealed(const struct receipt_opening *o, struct text leaf, const struct hash *path, unsigned length, struct append *out) {
    append_str(out, "\"sealed\":{\"stream_leaf\":");
    append_json_string(out, leaf);
    append_format(out, ",\"stream\":{\"size\":%llu,\"path\":", (unsigned long long)o->size);
    put_path(path, length, out);
    put_opening(o, out);
}

void receipt_put_before(const struct receipt_opening *o, const struct hash *root, struct append *out) {
    append_format(out, "\"before\":{\"stream\":{\"size\":%llu", (unsigned long long)o->size);
    put_hash(out, ",\"root\":\"", root);
    append_char(out, '"');
    put_opening(o, out);
}

void receipt_put_proof(uint64_t index, const struct hash *path, unsigned length, struct append *out) {
    append_format(out, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
    for (unsigned i = 0; i < length; i++) {
        append_base64(out, path[i].bytes, SHA256_SIZE);
        append_char(out, '\n');
    }
    append_char(out, '\n');
}
