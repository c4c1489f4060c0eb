#include "log/tile.h"

#include "base/bytes.h"

enum { GROUPS = 6 }; /* of three digits: 10^18 tiles are more than any log has */

static result bad(struct fault *f, const char *rule) { return fail(f, RESULT_MALFORMED, "tile", "%s", rule); }

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* Of one to `most` digits, the first not 0 where there are more; what stands behind them is left. */
static bool decimal(struct text *in, unsigned most, unsigned *out) {
    unsigned digits = 0, value = 0;
    while (digits < in->size && digits < most && digit(in->at[digits])) value = 10 * value + (unsigned)(in->at[digits++] - '0');
    if (digits == 0 || (digits > 1 && in->at[0] == '0') || (digits < in->size && digit(in->at[digits]))) return false;
    *in = (struct text){in->at + digits, in->size - digits};
    *out = value;
    return true;
}

static bool skip(struct text *in, const char *what) {
    size_t size = strlen(what);
    if (in->size < size || memcmp(in->at, what, size) != 0) return false;
    *in = (struct text){in->at + size, in->size - size};
    return true;
}

static result read_index(struct text *in, uint64_t *out, struct fault *f) {
    uint64_t value = 0;
    for (unsigned group = 0; group < GROUPS; group++) {
        bool more = skip(in, "x");
        if (in->size < 3 || !digit(in->at[0]) || !digit(in->at[1]) || !digit(in->at[2])) return bad(f, "a tile's number stands in groups of three digits, all but the last behind an x");
        unsigned three = 100 * (unsigned)(in->at[0] - '0') + 10 * (unsigned)(in->at[1] - '0') + (unsigned)(in->at[2] - '0');
        if (more && group == 0 && three == 0) return bad(f, "a tile's number has no leading group of zeros");
        value = 1000 * value + three;
        *in = (struct text){in->at + 3, in->size - 3};
        *out = value;
        if (!more) return OK;
        if (!skip(in, "/")) return bad(f, "a group that begins with x is followed by a slash and another group");
    }
    return bad(f, "a tile's number has at most 18 digits");
}

result tile_read(struct text path, struct tile *out, struct fault *f) {
    *out = (struct tile){.width = TILE_WIDTH};
    out->entries = skip(&path, "entries/");
    if (!out->entries && (!decimal(&path, 2, &out->level) || out->level >= TILE_LEVELS || !skip(&path, "/"))) return bad(f, "begins neither with a level, 0 to 63, nor with entries");
    TRY(read_index(&path, &out->index, f));
    if (path.size == 0) return OK;
    if (!skip(&path, ".p/") || !decimal(&path, 3, &out->width) || out->width == 0 || out->width >= TILE_WIDTH || path.size > 0)
        return bad(f, "behind a tile's number stands nothing, or .p/ and its width, 1 to 255");
    return OK;
}

bool tile_within(const struct tile *t, uint64_t size) {
    unsigned height = TILE_HEIGHT * t->level;
    uint64_t there = height < 64 ? size >> height : 0;
    return t->index <= there / TILE_WIDTH && t->width <= there - t->index * TILE_WIDTH;
}
