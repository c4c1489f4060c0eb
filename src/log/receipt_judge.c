/* What became of a receipt's promise, from openings of ticks: what a tick sealed of one party's stream, up to a root that the log's key has signed. */
#include <stdio.h>

#include "log/receipt.h"
#include "log/stream.h"

struct opening {
    uint64_t tick, size;          /* of the stream, as that tick sealed it */
    instant time;
    struct text leaf;             /* `sealed`: what stands at the place; borrowed */
    struct mirror_checkpoint under;
};

static bool take_line(struct text *rest, struct text *line) {
    const char *end = memchr(rest->at, '\n', rest->size);
    if (end == NULL) return false;
    *line = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = (struct text){end + 1, rest->size - line->size - 1};
    return true;
}

/* A C2SP tlog-proof of the log's leaf number `index`. */
static result read_tlog_proof(const struct mirror *log, struct text text, uint64_t index, const struct hash *leaf, struct mirror_checkpoint *under, struct fault *f) {
    struct hash path[MERKLE_DEPTH];
    struct text rest = text, line = {0};
    char want[64];
    unsigned length = 0;
    size_t got = 0;
    snprintf(want, sizeof want, "index %llu", (unsigned long long)index);
    if (!take_line(&rest, &line) || !text_is(line, "c2sp.org/tlog-proof@v1") || !take_line(&rest, &line) || !text_is(line, want))
        return fail(f, RESULT_MALFORMED, "log", "is no tlog-proof of leaf %llu", (unsigned long long)index);
    while (take_line(&rest, &line) && line.size > 0) {
        if (length == MERKLE_DEPTH || !base64_read(line, path[length].bytes, SHA256_SIZE, &got) || got != SHA256_SIZE) return fail(f, RESULT_MALFORMED, "log", "holds a line that is no hash");
        length++;
    }
    TRY(mirror_note(log, rest, under, f));
    if (index >= under->size || !merkle_check_inclusion(leaf, index, under->size, path, length, &under->root))
        return fail(f, RESULT_ROT, "log", "its path does not lead to the root of %llu ticks that the log's key signed", (unsigned long long)under->size);
    return OK;
}

/* From the stream's size and root up to what the log's key signed. */
static result climb(const struct mirror *log, const struct receipt *r, const struct json *top, const struct hash *root, struct opening *o, struct fault *f) {
    const struct json *slot, *tick;
    struct hash blind, path[MIRROR_PATH];
    struct text time, proof;
    uint64_t index;
    unsigned length = 0;
    TRY(json_get_object(top, "slot", true, &slot, f));
    TRY(mirror_read_count(slot, "index", &index, f));
    TRY(json_get_hex(slot, "blind", true, blind.bytes, SHA256_SIZE, f));
    if (index != r->slot) return fail(f, RESULT_ROT, "slot", "is another party's (%llu): the receipt is for slot %u", (unsigned long long)index, r->slot);
    TRY(json_get_object(top, "tick", true, &tick, f));
    TRY(mirror_read_count(tick, "tick", &o->tick, f));
    TRY(json_get_text(tick, "time", true, 32, &time, f));
    TRY(instant_parse_millis(time, &o->time, f));
    TRY(mirror_read_path(tick, "path", MIRROR_PATH, path, &length, f));
    TRY(json_get_text(top, "log", true, SIZE_MAX, &proof, f));
    if (o->tick == 0 || length != log->slots_log2) return fail(f, RESULT_MALFORMED, "tick", "has no path of %u hashes from the slot, or no number", log->slots_log2);
    struct hash at = stream_slot(&blind, o->size, root);
    for (unsigned i = 0; i < length; i++) at = index >> i & 1 ? merkle_node(&path[i], &at) : merkle_node(&at, &path[i]);
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_log_leaf(&(struct stream_tick){.tick = o->tick, .time = o->time, .root = at}, &leaf);
    struct hash h = merkle_leaf(leaf.at, leaf.size);
    return read_tlog_proof(log, proof, o->tick - 1, &h, &o->under, f);
}

/* The root that a path leads to, for its length alone says which way each step goes (RFC 9162, 2.1.3.2). False: no such path. */
static bool root_of_path(struct hash at, uint64_t index, uint64_t size, const struct hash *path, unsigned length, struct hash *out) {
    uint64_t last = size - 1;
    for (unsigned i = 0; i < length; i++) {
        if (last == 0) return false;
        if ((index & 1) != 0 || index == last) {
            at = merkle_node(&path[i], &at);
            while ((index & 1) == 0 && index != 0) index >>= 1, last >>= 1;
        } else {
            at = merkle_node(&at, &path[i]);
        }
        index >>= 1;
        last >>= 1;
    }
    *out = at;
    return last == 0;
}

static result read_sealed(const struct mirror *log, const struct receipt *r, const struct json *top, struct opening *o, struct fault *f) {
    const struct json *stream;
    struct hash path[MERKLE_DEPTH], root;
    unsigned length = 0;
    TRY(json_get_text(top, "stream_leaf", true, SIZE_MAX /* longer than any is another */, &o->leaf, f));
    TRY(json_get_object(top, "stream", true, &stream, f));
    TRY(mirror_read_count(stream, "size", &o->size, f));
    TRY(mirror_read_path(stream, "path", MERKLE_DEPTH, path, &length, f));
    if (r->seq >= o->size || !root_of_path(merkle_leaf(o->leaf.at, o->leaf.size), r->seq, o->size, path, length, &root))
        return fail(f, RESULT_ROT, "stream", "its path is none of place %llu in a stream of %llu records", (unsigned long long)r->seq, (unsigned long long)o->size);
    return climb(log, r, top, &root, o, f);
}

static result read_before(const struct mirror *log, const struct receipt *r, const struct json *top, struct opening *o, struct fault *f) {
    const struct json *stream;
    struct hash root;
    TRY(json_get_object(top, "stream", true, &stream, f));
    TRY(mirror_read_count(stream, "size", &o->size, f));
    TRY(json_get_hex(stream, "root", true, root.bytes, SHA256_SIZE, f));
    return climb(log, r, top, &root, o, f);
}

static bool is_late(const struct receipt *r, instant time) { return time > r->time && (uint64_t)time - (uint64_t)r->time > RECEIPT_NS; } /* up to the last instant there is */

struct shown { const struct opening *sealed, *before; }; /* NULL: not there */

/* No tick in time holds it: the one before `sealed` does not, by the same signed root, or there is none before. */
static bool is_first(const struct shown *s) {
    if (s->sealed == NULL || s->sealed->tick == 1) return s->sealed != NULL;
    return s->before != NULL && s->before->tick + 1 == s->sealed->tick && s->before->under.size == s->sealed->under.size && hash_equal(&s->before->under.root, &s->sealed->under.root);
}

static enum receipt_verdict judge(const struct receipt *r, const struct shown *s, struct receipt_finding *out) {
#define WHY(...) snprintf(out->why, sizeof out->why, __VA_ARGS__)
    unsigned long long sealed = out->tick, before = out->short_tick;
    if (out->another) return WHY("tick %llu seals another record at that place", sealed), RECEIPT_BREACH;
    if (out->has_said && !hash_equal(&out->said, &r->statement)) return WHY("the record that was promised is of another statement than the receipt names"), RECEIPT_BREACH;
    if (s->sealed != NULL && !is_late(r, out->time)) return WHY("tick %llu seals it, in time", sealed), RECEIPT_KEPT;
    if (s->before != NULL && is_late(r, out->short_time))
        return WHY("tick %llu, later than was promised, seals only %llu records", before, (unsigned long long)out->short_size), RECEIPT_LATE;
    if (is_first(s)) return WHY("tick %llu is the first that seals it, later than was promised", sealed), RECEIPT_LATE;
    if (s->sealed == NULL && out->short_size > r->seq) WHY("tick %llu seals the place, and no path to it was given", before);
    else if (s->sealed != NULL) WHY("tick %llu seals it; whether one in time does is not shown", sealed);
    else if (s->before != NULL) WHY("tick %llu does not seal the place, and was still in time", before);
    else WHY("no path to the place was given");
    return RECEIPT_UNANSWERED;
#undef WHY
}

static result read_record(struct mirror *log, const struct json *evidence, struct arena *scratch, struct receipt_finding *out, struct fault *f) {
    const struct json *top;
    struct mirror_shown shown;
    TRY(json_get_object(evidence, "record", true, &top, f));
    TRY(mirror_read_record(top, scratch, &shown, f));
    TRY(mirror_record_alone(log, &shown, scratch, f));
    if (!text_is(shown.record.leaf, out->promised)) return fail(f, RESULT_ROT, "root", "it is not the record that the receipt promised");
    out->has_said = true;
    out->said = log->said;
    return OK;
}

/* Faults of a member begin with its name. */
static result in_member(result r, const char *name, struct fault *f) {
    if (!result_is_ok(r)) fault_prefix(f, name);
    return r;
}

result receipt_judge(struct mirror *log, const struct receipt *r, const struct json *evidence, struct arena *scratch, struct receipt_finding *out, struct fault *f) {
    const struct json *top;
    struct opening sealed = {0}, before = {0};
    *out = (struct receipt_finding){0};
    struct append leaf = append_fixed(out->promised, sizeof out->promised - 1);
    receipt_leaf(r, &leaf);
    if (json_member(evidence, "sealed") != NULL) {
        TRY(json_get_object(evidence, "sealed", true, &top, f));
        TRY(in_member(read_sealed(log, r, top, &sealed, f), "sealed: ", f));
        snprintf(out->stands, sizeof out->stands, "%.*s", (int)(sealed.leaf.size < sizeof out->stands ? sealed.leaf.size : sizeof out->stands - 1), sealed.leaf.at);
        out->stands_size = sealed.leaf.size;
        out->another = !text_is(sealed.leaf, out->promised);
        out->tick = sealed.tick, out->time = sealed.time;
    }
    if (json_member(evidence, "before") != NULL) {
        TRY(json_get_object(evidence, "before", true, &top, f));
        TRY(in_member(read_before(log, r, top, &before, f), "before: ", f));
        out->short_tick = before.tick, out->short_time = before.time, out->short_size = before.size;
    }
    if (json_member(evidence, "record") != NULL) TRY(in_member(read_record(log, evidence, scratch, out, f), "record: ", f));
    struct shown s = {sealed.tick > 0 ? &sealed : NULL, before.tick > 0 && before.size <= r->seq ? &before : NULL}; /* one that holds the place shows neither that it is late nor what is there */
    out->verdict = judge(r, &s, out);
    return OK;
}
