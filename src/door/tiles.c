/* /log/ and /stream/: C2SP tlog-tiles (FORMAT.md, 9). The path says which tree; /stream/ is that of the caller's own party, whoever else's there may be. */
#include <stdlib.h>

#include "door/door.h"
#include "door/gzip.h"
#include "door/limits.h"

/* What is named here is not there, or not yet: nothing is hidden, for it is the log, or the caller's own stream. */
static void reply_fault(struct door *d, struct request *r, struct append *body, const struct fault *f) {
    append_free(body);
    if (f->code != RESULT_NOT_FOUND) {
        door_reply_fault(d, r, f);
        return;
    }
    struct problem p = problem_unknown();
    p.rule = text_of(f->message);
    door_reply_problem(d, r, &p);
}

void tiles_checkpoint(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct append body = append_growing(16 * 1024);
    result read = m->route->argument == TILES_LOG ? witnesses_checkpoint(d->witnesses, d->node, &body, &f) : node_stream_checkpoint(d->node, m->caller.party, &body, &f);
    if (!result_is_ok(read)) {
        reply_fault(d, r, &body, &f);
        return;
    }
    door_reply(d, r, 200, "text/plain; charset=utf-8", &body);
}

/* A tile never changes. Caches that many share may keep what is open to all; what came for a token stays with who has it, and what /stream/ is depends on it. */
static void say_cache(const struct door *d, struct request *r, bool of_log, bool entries) {
    bool open = of_log && d->settings.log_open;
    request_cache(r, open ? "public, max-age=31536000, immutable" : "private, max-age=31536000, immutable");
    if (!open || entries) request_add_header(r, "Vary", open ? "Accept-Encoding" : entries ? "Authorization, Accept-Encoding" : "Authorization");
}

/* What has been made of a tile that is made in pieces, each in a turn of its own: as many reads of a slow disk in one piece would be everybody's time. */
struct made { uint32_t rows; uint8_t hashes[TILE_WIDTH * SHA256_SIZE]; };
/* The next piece. *whole: it was the last, and all of it is in `body`. */
static result piece(struct door *d, struct request *r, uint16_t party, const struct tile *t, struct append *body, bool *whole, struct fault *f) {
    struct made *made = request_kept(r);
    *whole = true;
    if (t->entries || t->level == 0 || t->width <= DOOR_TILE_ROWS) return node_tile(d->node, party, t, body, f);
    if (made == NULL) {
        if ((made = calloc(1, sizeof *made)) == NULL) return fail(f, RESULT_FULL, "tile", "no memory");
        request_keep(r, made);
    }
    uint32_t left = t->width - made->rows, count = left < DOOR_TILE_ROWS ? left : DOOR_TILE_ROWS;
    struct append out = append_fixed((char *)made->hashes + (size_t)made->rows * SHA256_SIZE, count * SHA256_SIZE);
    TRY(node_tile_rows(d->node, party, t, made->rows, count, &out, f));
    made->rows += count;
    *whole = made->rows == t->width;
    if (*whole) append_bytes(body, made->hashes, (size_t)t->width * SHA256_SIZE);
    return body->full ? fail(f, RESULT_FULL, "tile", "no room") : OK;
}

void tiles_get(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct tile tile;
    struct text accept;
    struct append body = append_growing(DOOR_TILE_BYTES);
    bool of_log = m->route->argument == TILES_LOG, whole = false;
    result read = tile_read(m->segments[0], &tile, &f);
    if (result_is_ok(read)) read = piece(d, r, of_log ? NODE_LOG : m->caller.party, &tile, &body, &whole, &f);
    if (!result_is_ok(read)) {
        reply_fault(d, r, &body, &f);
        return;
    }
    if (!whole) {
        append_free(&body);
        fair_handle(d, r, m); /* it queues for its next turn */
        return;
    }
    say_cache(d, r, of_log, tile.entries);
    if (tile.entries && request_header(r, "Accept-Encoding", &accept) && gzip_asked(accept) && gzip_pack(&body)) request_add_header(r, "Content-Encoding", "gzip");
    door_reply(d, r, 200, "application/octet-stream", &body);
}
