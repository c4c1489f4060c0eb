/* The log and the streams as C2SP tlog-tiles: what is committed to by the last tick that is durable, and nothing behind it (FORMAT.md, 9). */
#include <assert.h>
#include <sodium.h>

#include "base/note.h"
#include "log/node_private.h"

/* Leaves of the log, or of the party's stream as the last tick has it. False: that tick knows of no such party. */
static bool sealed_size(const struct node *n, uint16_t party, uint64_t *size) {
    *size = 0;
    if (party == NODE_LOG) *size = n->sealed.log_size;
    else if (!n->sealed.any || party >= n->sealed.parties) return false;
    else *size = n->sealed.sizes[party];
    return true;
}

result node_tile_rows(struct node *n, uint16_t party, const struct tile *t, uint32_t from, uint32_t count, struct append *out, struct fault *f) {
    uint64_t size, first = t->index * TILE_WIDTH + from;
    struct hash hashes[TILE_WIDTH];
    assert(from <= t->width && count <= t->width - from);
    (void)sealed_size(n, party, &size);
    if (!tile_within(t, size)) return fail(f, RESULT_NOT_FOUND, "tile", "the tree has %llu leaves so far, and no such tile", (unsigned long long)size);
    uint32_t run = party == NODE_LOG ? streams_width(n->streams) : party;
    if (t->entries) return streams_entries(n->streams, run, first, count, out, f);
    TRY(streams_nodes(n->streams, run, TILE_HEIGHT * t->level, first, count, hashes, f));
    append_bytes(out, hashes, count * sizeof hashes[0]);
    return out->full ? fail(f, RESULT_FULL, "tile", "no room") : OK;
}
result node_tile(struct node *n, uint16_t party, const struct tile *t, struct append *out, struct fault *f) { return node_tile_rows(n, party, t, 0, t->width, out, f); }

result node_stream_origin(const struct node *n, uint16_t party, struct append *out, struct fault *f) {
    append_text(out, append_view(&n->origin));
    append_str(out, "/stream/");
    append_text(out, name_text(state_party_name(n->state, party)));
    return out->full ? fail(f, RESULT_FULL, "origin", "no room") : OK;
}

/* One signature a call, which its caller pays for: the same text gets the same one. */
result node_stream_checkpoint(struct node *n, uint16_t party, struct append *out, struct fault *f) {
    char room[1024], origin_room[NOTE_NAME_BYTES + 64];
    struct append text = append_fixed(room, sizeof room), origin = append_fixed(origin_room, sizeof origin_room);
    struct streams_store of;
    struct merkle_store store = streams_store(n->streams, party, &of);
    struct hash root;
    uint64_t size;
    if (!sealed_size(n, party, &size)) return fail(f, RESULT_NOT_FOUND, "checkpoint", "no tick has sealed this stream yet; one comes each second");
    if (!n->has_secret) return fail(f, RESULT_FORBIDDEN, "checkpoint", "the receipts' key is not here");
    TRY(node_stream_origin(n, party, &origin, f));
    TRY(merkle_root_at(&store, size, &root, f));
    node_checkpoint_text(append_view(&origin), size, &root, &text);
    note_begin(out, append_view(&text));
    note_sign(out, append_view(&text), append_view(&origin), node_receipt_secret(n));
    return out->full ? fail(f, RESULT_FULL, "checkpoint", "no room") : OK;
}
