/* Records and proofs, read from what is durable. */
#include <assert.h>
#include <stdio.h>

#include "base/note.h"
#include "base/utf8.h"
#include "log/node_private.h"
#include "log/receipt.h"

static result rot_of(const struct stream_row *row, struct fault *f, const char *what) {
    return fail(f, RESULT_ROT, "journal", "pay-%08u.seg, byte %llu, order %llu: %s", row->pay.segment, (unsigned long long)(row->pay.offset + row->payload_at),
                (unsigned long long)row->order, what);
}

/* Those of sections hang on the statement's id and keys: that alone needs the statement decoded. */
result node_record_fits(struct node *n, const struct part *parts, uint32_t count, const struct hash *hashes, uint32_t hash_count, const struct hash *root, struct arena *scratch,
                        const char **why, struct fault *f) {
    static const char part[] = "a part does not match its hash";
    const struct hash *commit = NULL;
    struct statement s;
    struct fault inner = {0};
    uint32_t sections = 0;
    *why = part;
    for (uint32_t i = 0; i < count; i++) sections += parts[i].part_class == PART_SECTION;
    bool commits = hash_count == count - sections + LIMIT_SECTIONS;
    if (!commits && (sections > 0 || hash_count != count)) *why = "the record has not as many parts as hashes";
    if (*why != part) return fail(f, RESULT_ROT, "record", "%s", *why);
    struct hash *leaves = arena_alloc(scratch, (size_t)count + LIMIT_SECTIONS, sizeof *leaves);
    if (leaves == NULL) return fail(f, RESULT_TOO_LARGE, "record", "no memory for %u hashes", count);
    if (sections > 0) {
        arena_reset(&n->decoded);
        result r = decode_parts(&n->decoder, parts, count, false, &s, &inner); /* compares the sections with what was committed to */
        if (r.code == RESULT_FULL || r.code == RESULT_IO) return fail(f, r.code, inner.field, "%s", inner.message);
        if (!result_is_ok(r)) return fail(f, RESULT_ROT, "record", "%s", part);
        commit = s.commit;
    }
    uint32_t made = record_leaves(parts, count, commit, &n->log, leaves), shift = commits && commit == NULL ? LIMIT_SECTIONS : 0;
    for (uint32_t i = 0; i < made; i++)
        if (!hash_equal(&leaves[i], &hashes[i == 0 ? 0 : i + shift])) return fail(f, RESULT_ROT, "record", "%s", part);
    struct hash own = merkle_root_of(hashes, hash_count);
    *why = "the parts' hashes do not match the record's root";
    return hash_equal(&own, root) ? OK : fail(f, RESULT_ROT, "record", "%s", *why);
}

/* What changed on the disk after the start, or lies before the snapshot that the start took, would go out beside hashes that it does not have: so every part
 * is hashed again. */
static result hashes_fit(struct node *n, const struct stream_row *row, const struct part *parts, uint32_t count, const struct hash *hashes,
                         struct arena *scratch, struct fault *f) {
    const char *why;
    result r = node_record_fits(n, parts, count, hashes, row->hash_count, &row->root, scratch, &why, f);
    return r.code == RESULT_ROT ? rot_of(row, f, why) : r;
}

static result read_record(struct node *n, uint16_t party, uint64_t place, struct arena *scratch, struct node_record *out, struct fault *f) {
    struct stream_row row;
    TRY(streams_row(n->streams, party, place, &row, f));
    char *payload = arena_alloc(scratch, (size_t)row.payload_size, 1);
    struct hash *hashes = arena_alloc(scratch, row.hash_count, sizeof *hashes);
    char *leaf_room = arena_alloc(scratch, STREAM_LEAF_BYTES, 1);
    if (payload == NULL || hashes == NULL || leaf_room == NULL)
        return fail(f, RESULT_TOO_LARGE, "record", "%llu bytes do not fit", (unsigned long long)row.payload_size);
    TRY(journal_payload(n->journal, row.pay, row.payload_at, payload, (size_t)row.payload_size, f));
    TRY(journal_hashes(n->journal, row.log, row.batch, row.content_at, hashes, row.hash_count, f));
    struct part *parts = NULL;
    uint32_t count = 0;
    TRY(record_parse((struct text){payload, (size_t)row.payload_size}, scratch, &parts, &count, f));
    TRY(hashes_fit(n, &row, parts, count, hashes, scratch, f));
    struct append leaf = append_fixed(leaf_room, STREAM_LEAF_BYTES);
    stream_leaf(place, row.time, row.hash_count, &row.root, &leaf);
    *out = (struct node_record){.place = place, .order = row.order, .time = row.time, .root = row.root, .leaf = append_view(&leaf),
                                .parts = parts, .part_count = count, .hashes = hashes, .hash_count = row.hash_count};
    return OK;
}

result node_record(struct node *n, uint16_t party, uint64_t place, struct arena *scratch, struct node_record *out, struct fault *f) {
    if (party >= state_party_count(n->state) || place >= n->durable_size[party])
        return fail(f, RESULT_NOT_FOUND, "place", "the stream has no place %llu yet", (unsigned long long)place);
    result r = read_record(n, party, place, scratch, out, f);
    struct fault index;
    bool derived = r.code == RESULT_ROT && streams_rotten(n->streams, &index) && strcmp(index.field, f->field) == 0; /* its own figure: no record has changed */
    if (r.code == RESULT_ROT && !derived) n->numbers.rot++;
    return r;
}

/* --- rendering --- */

static const char *const class_names[] = {"", "note", "section", "request", "credential", "outcome", "claims", "order", "told",
                                          "aircraft", "frame"};

/* The member `"name":"…"` as it stands in JSON that was checked when it came; empty when there is none. Names of members that
 * stand inside strings have their quotes escaped, so they do not match. */
static struct text member(struct text json, const char *quoted) {
    size_t length = strlen(quoted);
    for (size_t i = 0; i + length < json.size; i++) {
        if (memcmp(json.at + i, quoted, length) != 0 || (i > 0 && json.at[i - 1] == '\\')) continue;
        size_t at = i + length;
        while (at < json.size && strchr(" \t\r\n:", json.at[at]) != NULL) at++;
        if (at >= json.size || json.at[at] != '"') continue;
        size_t from = ++at;
        while (at < json.size && json.at[at] != '"') at++;
        return (struct text){json.at + from, at - from};
    }
    return (struct text){"", 0};
}

static struct text kind_of(const struct node_record *r) {
    const struct part *first = &r->parts[0];
    switch (first->part_class) {
    case PART_REQUEST: /* a call of the drone world's doors says what it is by its first member */
        if (first->bytes.size > 8 && memcmp(first->bytes.at, "{\"door\":", 8) == 0) return TEXT("dss");
        return member(first->bytes, "\"kind\"");
    case PART_NOTE: return member(first->bytes, "\"kind\"");
    case PART_FRAME: return TEXT("frame");
    default: return member(first->bytes, "\"told\"");
    }
}

/* Does it come back unchanged from a JSON string? */
static bool is_text(struct text t) {
    for (size_t i = 0; i < t.size;) {
        uint32_t c;
        size_t size = utf8_next(t.at + i, t.size - i, &c);
        if (size == 0 || (c != '\n' && utf8_barred(c))) return false;
        i += size;
    }
    return true;
}

/* Where the parts' hashes stand among the leaves, part by part: those of sections in their commitments' places behind the first part.
 * Step by step, for a frame has tens of thousands of parts. */
struct leaf_walk {
    uint32_t others;  /* parts so far that are no sections */
    bool commits;     /* the record has commitments */
};

static struct leaf_walk leaf_begin(const struct node_record *r) {
    uint32_t sections = 0;
    for (uint32_t i = 0; i < r->part_count; i++) sections += r->parts[i].part_class == PART_SECTION;
    return (struct leaf_walk){0, r->hash_count - r->withheld == r->part_count - sections + LIMIT_SECTIONS};
}

static uint32_t leaf_next(struct leaf_walk *w, const struct part *p) {
    if (p->part_class == PART_SECTION) return 1u + p->slot;
    uint32_t at = w->others++;
    return at == 0 || !w->commits ? at : at + LIMIT_SECTIONS;
}

static uint32_t leaf_of(const struct node_record *r, uint32_t part) {
    struct leaf_walk w = leaf_begin(r);
    for (uint32_t i = 0; i < part; i++) (void)leaf_next(&w, &r->parts[i]);
    return leaf_next(&w, &r->parts[part]);
}

static void render_part(const struct part *p, const struct hash *hash, struct append *out) {
    append_format(out, "{\"class\":\"%s\",\"name\":", class_names[p->part_class]);
    append_json_string(out, p->name);
    if (p->part_class == PART_SECTION) append_format(out, ",\"slot\":%u", p->slot);
    if (is_text(p->bytes)) {
        append_str(out, ",\"text\":");
        append_json_string(out, p->bytes);
    } else {
        append_str(out, ",\"bytes\":\"");
        append_hex(out, p->bytes.at, p->bytes.size);
        append_char(out, '"');
    }
    append_str(out, ",\"salt\":\"");
    append_hex(out, p->salt, sizeof p->salt);
    append_str(out, "\",\"hash\":\"");
    append_hex(out, hash->bytes, SHA256_SIZE);
    append_str(out, "\"}");
}

static bool is_withheld(const struct part *p, bool operator_) { return !operator_ && (p->part_class == PART_ORDER || p->part_class == PART_CREDENTIAL); }

/* They are the record's last leaves: with them its root can be recomputed. Their parts are salted, so the hashes say nothing. */
static void render_withheld(const struct node_record *r, bool operator_, struct append *out) {
    uint32_t count = r->withheld;
    for (uint32_t i = 0; i < r->part_count; i++) count += is_withheld(&r->parts[i], operator_);
    if (count == 0) return;
    append_str(out, ",\"withheld\":[");
    for (uint32_t i = r->hash_count - count; i < r->hash_count; i++) {
        append_str(out, i > r->hash_count - count ? ",\"" : "\"");
        append_hex(out, r->hashes[i].bytes, SHA256_SIZE);
        append_char(out, '"');
    }
    append_char(out, ']');
}

void node_record_render(const struct node_record *r, bool operator_, struct append *out) {
    append_format(out, "{\"seq\":%llu,\"time\":\"", (unsigned long long)r->place);
    append_instant(out, r->time);
    append_str(out, "\",\"kind\":");
    append_json_string(out, kind_of(r));
    append_str(out, ",\"root\":\"");
    append_hex(out, r->root.bytes, SHA256_SIZE);
    append_char(out, '"');
    render_withheld(r, operator_, out);
    append_str(out, ",\"parts\":[");
    struct leaf_walk walk = leaf_begin(r);
    bool comma = false;
    for (uint32_t i = 0; i < r->part_count; i++) {
        uint32_t leaf = leaf_next(&walk, &r->parts[i]);
        if (is_withheld(&r->parts[i], operator_)) continue;
        if (comma) append_char(out, ',');
        render_part(&r->parts[i], &r->hashes[leaf], out);
        comma = true;
    }
    append_str(out, "]}");
}

/* --- the log --- */

result node_checkpoint(struct node *n, struct append *out, struct fault *f) {
    char room[1024];
    struct append text = append_fixed(room, sizeof room);
    struct text origin = append_view(&n->origin);
    uint8_t bytes[4 + 64];
    if (!n->sealed.any) return fail(f, RESULT_NOT_FOUND, "checkpoint", "the log has no tick yet");
    if (!n->has_secret && n->options.read_only) return fail(f, RESULT_FORBIDDEN, "checkpoint", "the log key is not here");
    node_checkpoint_text(origin, n->sealed.log_size, &n->sealed.log_root, &text);
    note_begin(out, append_view(&text));
    note_key_id(origin, n->log_key.bytes, bytes);
    memcpy(bytes + 4, n->sealed.signature, 64);
    append_str(out, "\xE2\x80\x94 ");
    append_text(out, origin);
    append_char(out, ' ');
    append_base64(out, bytes, sizeof bytes);
    append_char(out, '\n');
    return out->full ? fail(f, RESULT_FULL, "checkpoint", "no room") : OK;
}

uint64_t node_log_size(const struct node *n) { return n->sealed.log_size; }

result node_log_leaf(struct node *n, uint64_t index, struct append *out, struct fault *f) {
    struct stream_tick t;
    if (index >= n->sealed.log_size)
        return fail(f, RESULT_NOT_FOUND, "index", "the log has %llu leaves", (unsigned long long)n->sealed.log_size);
    TRY(streams_log_row(n->streams, index, &t, f));
    stream_log_leaf(&t, out);
    return OK;
}

void node_blind(const struct node *n, uint16_t party, uint8_t out[32]) { memcpy(out, n->blinds + 32 * ((size_t)party + 1), 32); }

/* --- proofs --- */

void node_put_path(const struct hash *path, unsigned length, struct append *out) {
    append_char(out, '[');
    for (unsigned i = 0; i < length; i++) {
        append_str(out, i == 0 ? "\"" : ",\"");
        append_hex(out, path[i].bytes, SHA256_SIZE);
        append_char(out, '"');
    }
    append_char(out, ']');
}

static result put_stream_proof(struct node *n, uint16_t party, uint64_t place, struct append *out, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = streams_store(n->streams, party, &room);
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    TRY(merkle_inclusion(&store, place, n->sealed.sizes[party], path, &length, f));
    append_format(out, ",\"stream\":{\"size\":%llu,\"path\":", (unsigned long long)n->sealed.sizes[party]);
    node_put_path(path, length, out);
    append_char(out, '}');
    return OK;
}

static void put_slot_proof(struct node *n, uint16_t party, struct append *out) {
    struct hash path[MERKLE_DEPTH], blind = streams_blind(n->streams, party, n->sealed.tick);
    append_format(out, ",\"slot\":{\"index\":%u,\"blind\":\"", party);
    append_hex(out, blind.bytes, SHA256_SIZE);
    append_format(out, "\"},\"tick\":{\"tick\":%llu,\"time\":\"", (unsigned long long)n->sealed.tick);
    append_instant(out, n->sealed.time);
    append_str(out, "\",\"path\":");
    unsigned length = merkle_path_of(n->sealed.slots, streams_width(n->streams), party, path);
    node_put_path(path, length, out);
    append_char(out, '}');
}

/* https://c2sp.org/tlog-proof */
result node_log_proof(struct node *n, uint64_t index, struct text *out, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = streams_log_store(n->streams, &room);
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    TRY(merkle_inclusion(&store, index, n->sealed.log_size, path, &length, f));
    append_reset(&n->text);
    receipt_put_proof(index, path, length, &n->text);
    TRY(node_checkpoint(n, &n->text, f));
    *out = append_view(&n->text);
    return OK;
}

result node_proof(struct node *n, uint16_t party, uint64_t place, uint32_t part, struct append *out, struct fault *f) {
    if (party >= state_party_count(n->state) || !n->sealed.any || party >= n->sealed.parties || place >= n->sealed.sizes[party])
        return fail(f, RESULT_NOT_FOUND, "place", "no tick has sealed place %llu yet; one comes each second", (unsigned long long)place);
    struct node_record r;
    arena_reset(&n->scratch);
    TRY(node_record(n, party, place, &n->scratch, &r, f));
    if (part >= r.part_count) return fail(f, RESULT_NOT_FOUND, "part", "the record has %u parts", r.part_count);
    struct hash path[MERKLE_DEPTH];
    uint32_t leaf = leaf_of(&r, part);
    unsigned length = merkle_path_of(r.hashes, r.hash_count, leaf, path);
    append_format(out, "{\"place\":%llu,\"leaf\":%u,\"leaves\":%u,\"record\":", (unsigned long long)place, leaf, r.hash_count);
    node_put_path(path, length, out);
    append_str(out, ",\"stream_leaf\":");
    append_json_string(out, r.leaf);
    TRY(put_stream_proof(n, party, place, out, f));
    put_slot_proof(n, party, out);
    struct text proof;
    TRY(node_log_proof(n, n->sealed.log_size - 1, &proof, f)); /* of the last leaf */
    append_str(out, ",\"log\":");
    append_json_string(out, proof);
    append_char(out, '}');
    return out->full ? fail(f, RESULT_FULL, "proof", "no room") : OK;
}
