#include "door/gzip.h"

#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

enum { LEVEL = 4, MEMORY = 8, GZIP_WINDOW = 15 + 16 /* with gzip's head instead of zlib's */ };

static struct text trimmed(struct text t) {
    while (t.size > 0 && (t.at[0] == ' ' || t.at[0] == '\t')) t.at++, t.size--;
    while (t.size > 0 && (t.at[t.size - 1] == ' ' || t.at[t.size - 1] == '\t')) t.size--;
    return t;
}
/* Up to `end`, which is skipped; all of it where there is none. */
static struct text cut(struct text *in, char end) {
    const char *at = in->size == 0 ? NULL : memchr(in->at, end, in->size);
    size_t size = at == NULL ? in->size : (size_t)(at - in->at);
    struct text out = {in->at, size};
    *in = at == NULL ? (struct text){in->at + size, 0} : (struct text){in->at + size + 1, in->size - size - 1};
    return trimmed(out);
}
static bool named(struct text t, const char *name) { return t.size == strlen(name) && strncasecmp(t.at, name, t.size) == 0; }

/* "q=0", "q=0.000": not at all. */
static bool refused(struct text weight) {
    struct text name = cut(&weight, '=');
    if (!named(name, "q") || weight.size == 0) return false;
    for (size_t i = 0; i < weight.size; i++)
        if (weight.at[i] >= '1' && weight.at[i] <= '9') return false;
    return true;
}

bool gzip_asked(struct text accept) {
    bool any = false;
    while (accept.size > 0) {
        struct text weight = cut(&accept, ','), name = cut(&weight, ';');
        bool yes = !refused(trimmed(weight));
        if (named(name, "gzip") || named(name, "x-gzip")) return yes;
        if (named(name, "*")) any = yes;
    }
    return any;
}

bool gzip_pack(struct append *body) {
    z_stream z = {.next_in = (Bytef *)body->at, .avail_in = (uInt)body->size};
    if (body->full || body->size == 0 || body->size > UINT32_MAX / 2) return false;
    char *room = malloc(body->size);
    if (room == NULL) return false;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)body->size;
    bool done = deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t size = body->size - z.avail_out;
    deflateEnd(&z);
    if (done) {
        append_reset(body);
        append_bytes(body, room, size);
    }
    free(room);
    return done;
}

struct gzip_reader { z_stream z; struct append *out; int code; };

struct gzip_reader *gzip_open(struct text packed, struct append *out) {
    struct gzip_reader *g = calloc(1, sizeof *g);
    if (g == NULL) return NULL;
    g->z.next_in = (Bytef *)(uintptr_t)packed.at;
    g->z.avail_in = (uInt)packed.size;
    g->out = out;
    g->code = packed.size > UINT32_MAX / 2 ? Z_DATA_ERROR : Z_OK;
    if (inflateInit2(&g->z, GZIP_WINDOW) == Z_OK) return g;
    free(g);
    return NULL;
}

bool gzip_more(struct gzip_reader *g, size_t bytes) {
    char piece[16 * 1024];
    while (g->code == Z_OK && g->out->size < bytes && !g->out->full) {
        g->z.next_out = (Bytef *)piece;
        g->z.avail_out = sizeof piece;
        g->code = inflate(&g->z, Z_NO_FLUSH);
        if (g->code == Z_OK || g->code == Z_STREAM_END || g->code == Z_BUF_ERROR) append_bytes(g->out, piece, sizeof piece - g->z.avail_out);
    }
    return g->code == Z_OK && !g->out->full;
}

void gzip_close(struct gzip_reader *g) {
    if (g == NULL) return;
    inflateEnd(&g->z);
    free(g);
}
