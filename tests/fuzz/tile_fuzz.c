/* Any bytes as the path of a tile, and as an Accept-Encoding. A path that is taken is the only spelling of what it names: it is written again from its pieces and is the same; and
 * a tree has it exactly where the leaves that it spans are there. */
#include "fuzz.h"

#include "door/gzip.h"
#include "log/tile.h"

static void seeds(void) {
    static const char *const paths[] = {"0/000", "1/x001/234", "63/x999/x999/x999/x999/x999/999.p/255", "entries/067.p/1", "entries/x001/x234/067", "2/x000/001"};
    static const char *const accepts[] = {"gzip", "br;q=1, gzip;q=0.5, *;q=0", "x-gzip , identity"};
    char room[128];
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int n = snprintf(room, sizeof room, "t%s", paths[i]);
        seed("tile", i, room, (size_t)n);
    }
    for (unsigned i = 0; i < sizeof accepts / sizeof accepts[0]; i++) {
        int n = snprintf(room, sizeof room, "a%s", accepts[i]);
        seed("accept", i, room, (size_t)n);
    }
}

static void put_number(struct append *out, uint64_t n, bool last) {
    if (n >= 1000) put_number(out, n / 1000, false);
    append_format(out, "%s%03u%s", last ? "" : "x", (unsigned)(n % 1000), last ? "" : "/");
}

static void as_path(struct text in) {
    struct tile t;
    struct fault f = {0};
    char room[64];
    struct append again = append_fixed(room, sizeof room);
    result r = tile_read(in, &t, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    assert(t.level < TILE_LEVELS && t.width >= 1 && t.width <= TILE_WIDTH && (!t.entries || t.level == 0));
    if (t.entries) append_str(&again, "entries/");
    else append_format(&again, "%u/", t.level);
    put_number(&again, t.index, true);
    if (t.width < TILE_WIDTH) append_format(&again, ".p/%u", t.width);
    assert(text_equal(append_view(&again), in));
    unsigned __int128 end = ((unsigned __int128)t.index * TILE_WIDTH + t.width);
    for (unsigned i = 0; i < TILE_HEIGHT * t.level && end <= UINT64_MAX; i++) end *= 2;
    bool ever = end <= UINT64_MAX;
    assert(tile_within(&t, UINT64_MAX) == ever);
    if (ever) assert(tile_within(&t, (uint64_t)end) && !tile_within(&t, (uint64_t)end - 1));
}

static void as_accept(struct text in) {
    /* What a name stands behind that is not its own never changes it. */
    char room[4096];
    struct append more = append_fixed(room, sizeof room);
    append_str(&more, "gzip;q=0,");
    append_text(&more, in);
    (void)gzip_asked(in);
    if (!more.full) assert(!gzip_asked(append_view(&more)));
}

static void as_body(struct text in) {
    struct append body = append_growing(1 << 20), same = append_growing(1 << 20);
    append_text(&body, in);
    append_text(&same, in);
    size_t before = body.size;
    bool packed = gzip_pack(&body);
    assert(packed == gzip_pack(&same) && text_equal(append_view(&body), append_view(&same)));
    if (packed) assert(body.size <= before && body.size > 2 && (uint8_t)body.at[0] == 0x1f && (uint8_t)body.at[1] == 0x8b);
    else assert(text_equal(append_view(&body), in));
    append_free(&body);
    append_free(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size < 1) return 0;
    struct text in = {(const char *)bytes + 1, size - 1};
    if (bytes[0] == 'a') as_accept(in);
    else if (bytes[0] == 'b') as_body(in);
    else as_path(in);
    return 0;
}
