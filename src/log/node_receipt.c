/* Receipts, given and answered for.
 *
 * What one promises is fixed before it is given: the place, when the statement was stepped; the record's root, when its batch was hashed; both are durable, and a start that
 * comes to another outcome or place stops. So a crash between the answer and the tick leaves the record where it was promised; what it can cost is time, and then the tick
 * is late, which whoever holds the receipt can prove. An orderly end waits for the tick. */
#include <assert.h>

#include "base/note.h"
#include "log/node_private.h"
#include "log/receipt.h"

bool node_owes(const struct node *n) { return !n->failed && n->promised > 0 && !(n->sealed.any && n->sealed.order >= n->promised); }

/* The record is that statement's own: where a place and a statement come apart, nothing is signed. */
static result check_own(struct node *n, const struct node_record *r, const struct hash *statement, struct fault *f) {
    struct statement s;
    struct fault inner = {0};
    if (r->parts[0].part_class == PART_TOLD) return fail(f, RESULT_CONFLICT, "place", "holds what was told, no statement");
    arena_reset(&n->decoded);
    result done = decode_parts(&n->decoder, r->parts, r->part_count, false, &s, &inner);
    if (!result_is_ok(done)) return fail(f, done.code == RESULT_FULL || done.code == RESULT_IO ? done.code : RESULT_ROT, inner.field, "%s", inner.message);
    return hash_equal(&s.hash, statement) ? OK : fail(f, RESULT_CONFLICT, "place", "holds another statement");
}

static void sign(const struct node *n, const struct receipt *r, struct append *note) {
    char text_room[RECEIPT_BYTES], name_room[NOTE_NAME_BYTES + 64];
    struct append text = append_fixed(text_room, sizeof text_room), name = append_fixed(name_room, sizeof name_room);
    receipt_text(append_view(&n->origin), r, &text);
    append_text(&name, append_view(&n->origin));
    append_str(&name, "/receipt");
    assert(!text.full && !name.full);
    note_begin(note, append_view(&text));
    note_sign(note, append_view(&text), append_view(&name), node_receipt_secret(n));
}

result node_receipt(struct node *n, uint16_t party, uint64_t place, const struct hash *statement, struct append *out, struct fault *f) {
    struct node_record r;
    struct hash path[MERKLE_DEPTH];
    char room[RECEIPT_BYTES];
    struct append note = append_fixed(room, sizeof room);
    if (n->failed) return node_broken(n, f);
    if (!n->has_secret || n->options.read_only) return fail(f, RESULT_FORBIDDEN, "receipt", "the receipts' key is not here");
    if (2 * n->tick_ns > RECEIPT_NS) return fail(f, RESULT_UNSUPPORTED, "receipt", "the ticks of this log are so far apart that none could be kept");
    arena_reset(&n->scratch);
    TRY(node_record(n, party, place, &n->scratch, &r, f));
    TRY(check_own(n, &r, statement, f));
    struct receipt promise = {.log = n->log, .statement = *statement, .root = r.root, .party = *state_party_name(n->state, party), .slot = party, .seq = place, .time = r.time,
                              .parts = r.hash_count};
    sign(n, &promise, &note);
    assert(!note.full);
    append_str(out, "{\"note\":");
    append_json_string(out, append_view(&note));
    append_str(out, ",\"salt\":\"");
    append_hex(out, r.parts[0].salt, sizeof r.parts[0].salt);
    append_str(out, "\",\"path\":");
    unsigned length = merkle_path_of(r.hashes, r.hash_count, 0, path);
    node_put_path(path, length, out);
    append_char(out, '}');
    if (out->full) return fail(f, RESULT_FULL, "receipt", "no room");
    if (r.order > n->promised) n->promised = r.order;
    return OK;
}

/* --- when was it sealed? --- */

/* The first tick that seals what is of that order; there is one. */
static result first_tick(struct node *n, uint64_t order, uint64_t *out, struct fault *f) {
    uint64_t low = 0, high = n->sealed.log_size - 1;
    struct stream_tick row;
    while (low < high) {
        uint64_t look = low + (high - low) / 2;
        TRY(streams_log_row(n->streams, look, &row, f));
        if (row.order >= order) high = look;
        else low = look + 1;
    }
    *out = low + 1;
    return OK;
}

/* What a tick sealed of the party's stream. `path` has room for MERKLE_DEPTH. */
static result open_tick(struct node *n, uint16_t party, uint64_t tick, struct hash *path, struct receipt_opening *o, const struct slot_tree **tree, struct fault *f) {
    struct stream_tick row;
    uint32_t width = streams_width(n->streams);
    TRY(node_slot_tree(n, tick, &row, tree, f));
    *o = (struct receipt_opening){.size = (*tree)->sizes[party], .slot = party, .blind = streams_blind(n->streams, party, tick), .tick = tick, .time = row.time, .path = path};
    for (uint32_t at = width + party; at > 1; at /= 2) path[o->length++] = (*tree)->nodes[at ^ 1];
    return node_log_proof(n, tick - 1, &o->proof, f);
}

static result put_sealed(struct node *n, uint16_t party, uint64_t place, const struct stream_row *record, uint64_t tick, struct append *out, struct fault *f) {
    struct receipt_opening o;
    const struct slot_tree *t;
    struct streams_store room;
    struct merkle_store store = streams_store(n->streams, party, &room);
    struct hash slot_path[MERKLE_DEPTH], path[MERKLE_DEPTH];
    char leaf_room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(leaf_room, sizeof leaf_room);
    unsigned length = 0;
    TRY(open_tick(n, party, tick, slot_path, &o, &t, f));
    stream_leaf(place, record->time, record->hash_count, &record->root, &leaf);
    TRY(merkle_inclusion(&store, place, o.size, path, &length, f));
    receipt_put_sealed(&o, append_view(&leaf), path, length, out);
    return OK;
}

static result put_before(struct node *n, uint16_t party, uint64_t tick, bool comma, struct append *out, struct fault *f) {
    struct receipt_opening o;
    const struct slot_tree *t;
    struct hash path[MERKLE_DEPTH];
    TRY(open_tick(n, party, tick, path, &o, &t, f));
    if (party >= t->parties) return OK; /* it had none yet */
    if (comma) append_char(out, ',');
    receipt_put_before(&o, &t->roots[party], out);
    return OK;
}

result node_sealed(struct node *n, uint16_t party, uint64_t place, struct append *out, struct fault *f) {
    if (party >= state_party_count(n->state)) return fail(f, RESULT_NOT_FOUND, "party", "there is no such stream");
    bool there = n->sealed.any && party < n->sealed.parties && place < n->sealed.sizes[party];
    append_char(out, '{');
    if (there) {
        struct stream_row record;
        uint64_t tick = 0;
        TRY(streams_row(n->streams, party, place, &record, f));
        TRY(first_tick(n, record.order, &tick, f));
        TRY(put_sealed(n, party, place, &record, tick, out, f));
        if (tick > 1) TRY(put_before(n, party, tick - 1, true, out, f));
    } else if (n->sealed.any) {
        TRY(put_before(n, party, n->sealed.log_size, false, out, f));
    }
    append_char(out, '}');
    return out->full ? fail(f, RESULT_FULL, "sealed", "no room") : OK;
}
