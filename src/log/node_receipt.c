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

/* What a receipt needs of a record. Its root over all hashes and the first part's own hash are computed; sections, which may be megabytes and would hold up the loop, are not looked at: their
 * hashes are among those that the root is of. */
struct promised {
    struct stream_row row;
    const struct hash *hashes;
    struct part *parts; uint32_t count;
};

static result rotten(struct node *n, const struct stream_row *row, struct fault *f) {
    n->numbers.rot++;
    return fail(f, RESULT_ROT, "journal", "pay-%08u.seg, byte %llu, order %llu: a part does not match its hash", row->pay.segment, (unsigned long long)(row->pay.offset + row->payload_at),
                (unsigned long long)row->order);
}

static result read_promised(struct node *n, uint16_t party, uint64_t place, struct promised *p, struct fault *f) {
    if (party >= state_party_count(n->state) || place >= n->durable_size[party])
        return fail(f, RESULT_NOT_FOUND, "place", "the stream has no place %llu yet", (unsigned long long)place);
    TRY(streams_row(n->streams, party, place, &p->row, f));
    arena_reset(&n->scratch);
    char *payload = arena_alloc(&n->scratch, (size_t)p->row.payload_size, 1);
    struct hash *hashes = arena_alloc(&n->scratch, p->row.hash_count, sizeof *hashes);
    if (payload == NULL || hashes == NULL) return fail(f, RESULT_TOO_LARGE, "record", "%llu bytes do not fit", (unsigned long long)p->row.payload_size);
    TRY(journal_payload(n->journal, p->row.pay, p->row.payload_at, payload, (size_t)p->row.payload_size, f));
    TRY(journal_hashes(n->journal, p->row.log, p->row.batch, p->row.content_at, hashes, p->row.hash_count, f));
    TRY(record_parse((struct text){payload, (size_t)p->row.payload_size}, &n->scratch, &p->parts, &p->count, f));
    struct hash root = merkle_root_of(hashes, p->row.hash_count), first = part_hash(&p->parts[0], &n->log);
    p->hashes = hashes;
    return hash_equal(&root, &p->row.root) && hash_equal(&first, &hashes[0]) ? OK : rotten(n, &p->row, f);
}

static const struct part *claims_of(const struct promised *p) {
    for (uint32_t i = 1; i < p->count; i++)
        if (p->parts[i].part_class == PART_CLAIMS) return &p->parts[i];
    return NULL;
}

/* Of a note it is that of its text; of a plain statement it hangs on the claims beside it, behind which the order part stands alone. Nothing else is given a receipt. */
static result identity(struct node *n, const struct promised *p, struct hash *out, struct fault *f) {
    struct note note;
    struct statement s = {0};
    struct fault inner = {0};
    const struct part *first = &p->parts[0], *claims = claims_of(p);
    if (first->part_class == PART_NOTE) {
        if (!result_is_ok(note_parse(first->bytes, &note, &inner))) return rotten(n, &p->row, f);
        *out = sha256_of(note.text.at, note.text.size);
        return OK;
    }
    if (first->part_class != PART_REQUEST || claims == NULL) return fail(f, RESULT_CONFLICT, "place", "holds no party's statement");
    struct hash own = part_hash(claims, &n->log);
    bool good = p->row.hash_count >= 3 && hash_equal(&own, &p->hashes[p->row.hash_count - 2]);
    arena_reset(&n->decoded);
    if (!good || !result_is_ok(decode_plain_head(&n->decoder, first, claims, &s, &inner))) return rotten(n, &p->row, f);
    *out = s.hash;
    return OK;
}

/* Where a place and a statement come apart nothing is signed. */
static result check_own(struct node *n, const struct promised *p, const struct hash *statement, struct fault *f) {
    struct hash own;
    TRY(identity(n, p, &own, f));
    return hash_equal(&own, statement) ? OK : fail(f, RESULT_CONFLICT, "place", "holds another statement");
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
    struct promised p;
    struct hash path[MERKLE_DEPTH];
    char room[RECEIPT_BYTES];
    struct append note = append_fixed(room, sizeof room);
    if (n->failed) return node_broken(n, f);
    if (!n->has_secret || n->options.read_only) return fail(f, RESULT_FORBIDDEN, "receipt", "the receipts' key is not here");
    if (2 * n->tick_ns > RECEIPT_NS) return fail(f, RESULT_UNSUPPORTED, "receipt", "the ticks of this log are so far apart that none could be kept");
    TRY(read_promised(n, party, place, &p, f));
    TRY(check_own(n, &p, statement, f));
    struct receipt promise = {.log = n->log, .statement = *statement, .root = p.row.root, .party = *state_party_name(n->state, party), .slot = party, .seq = place, .time = p.row.time,
                              .parts = p.row.hash_count};
    sign(n, &promise, &note);
    assert(!note.full);
    append_str(out, "{\"note\":");
    append_json_string(out, append_view(&note));
    append_str(out, ",\"salt\":\"");
    append_hex(out, p.parts[0].salt, sizeof p.parts[0].salt);
    append_str(out, "\",\"path\":");
    unsigned length = merkle_path_of(p.hashes, p.row.hash_count, 0, path);
    node_put_path(path, length, out);
    append_char(out, '}');
    if (out->full) return fail(f, RESULT_FULL, "receipt", "no room");
    if (p.row.order > n->promised) n->promised = p.row.order;
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
        struct stream_tick row;
        const struct slot_tree *t;
        if (tick > 1) TRY(node_slot_tree(n, tick - 1, &row, &t, f)); /* the next one follows from it */
        TRY(put_sealed(n, party, place, &record, tick, out, f));
        if (tick > 1) TRY(put_before(n, party, tick - 1, true, out, f));
    } else if (n->sealed.any) {
        TRY(put_before(n, party, n->sealed.log_size, false, out, f));
    }
    append_char(out, '}');
    return out->full ? fail(f, RESULT_FULL, "sealed", "no room") : OK;
}
