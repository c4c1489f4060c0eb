/* libFuzzer target: the bytes are calls of the index, with boxes made of few bits, so that bounds coincide. Begun empty or built; every answer
 * is a scan's, and the structure holds. */
#include "core/index.h"

#include "fuzz.h"

enum { ITEMS = 96 };
static struct arena arena;
static struct box boxes[ITEMS];

/* A byte for each axis: three bits of place, a width of 2^0 to 2^28 or to the end of the range. */
static struct box next_box(struct draw *d) {
    struct box x;
    for (int k = 0; k < 5; k++) {
        uint8_t v = draw_byte(d);
        int64_t step = INT64_C(1) << (v >> 3 & 28), low = (int64_t)(v % 8 - 4) * step, high = v >> 5 == 7 ? INT32_MAX : low + (v & 16 ? step : 0);
        if (k < 4) {
            x.low[k] = (int32_t)(low < INT32_MIN ? INT32_MIN : low);
            x.high[k] = (int32_t)(high > INT32_MAX ? INT32_MAX : high);
            if (x.high[k] < x.low[k]) x.high[k] = x.low[k];
        } else {
            x.from = low * 1000;
            x.to = high * 1000;
            if (x.to < x.from) x.to = x.from;
        }
    }
    return x;
}

static bool see(void *context, uint32_t item) {
    ((uint8_t *)context)[item]++;
    return true;
}

static void compare(const struct index *x, const struct box *q) {
    uint8_t seen[ITEMS] = {0};
    uint64_t tests = 0;
    index_query(x, q, see, seen, &tests);
    for (uint32_t i = 0; i < ITEMS; i++)
        if (seen[i] != (index_has(x, i) && box_meets(&boxes[i], q))) abort();
}

static void build(struct index *x, struct draw *d) {
    static struct index_entry e[ITEMS];
    uint32_t n = draw_byte(d) % ITEMS;
    for (uint32_t i = 0; i < n; i++) e[i] = (struct index_entry){boxes[i] = next_box(d), i};
    index_build(x, e, n);
}

static void seeds(void) {
    uint8_t calls[2048];
    for (unsigned k = 0; k < 4; k++) {
        for (unsigned i = 0; i < sizeof calls; i++) calls[i] = (uint8_t)((i * 2654435761u + k) >> 13);
        seed("calls", k, calls, sizeof calls);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct draw d = {bytes, size};
    if (arena.at == NULL && !arena_take(&arena, index_memory(ITEMS))) abort();
    arena_reset(&arena);
    struct index *x = index_new(&arena, ITEMS);
    if (draw_byte(&d) % 2) build(x, &d);
    while (d.left > 0) {
        uint8_t item = draw_byte(&d);
        if (item >= 2 * ITEMS) {
            struct box q = next_box(&d);
            compare(x, &q);
        } else if (index_has(x, item % ITEMS)) {
            index_erase(x, item % ITEMS);
        } else {
            boxes[item % ITEMS] = next_box(&d);
            index_insert(x, item % ITEMS, &boxes[item % ITEMS]);
        }
    }
    index_check(x);
    return 0;
}
