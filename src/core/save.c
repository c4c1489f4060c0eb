/* state_save: rows in ascending order of their serials. */
#include "core/saved.h"

struct placed { uint64_t serial; row r; };

/* Bottom up, from one half of the memory into the other: rows mostly lie in the order already, and a heap would touch them all over. */
static struct placed *placed_sort(struct placed *from, struct placed *to, uint32_t count) {
    for (uint32_t run = 1; run < count; run = run > UINT32_MAX / 2 ? UINT32_MAX : 2 * run) {
        for (uint64_t begin = 0; begin < count; begin += 2 * (uint64_t)run) {
            uint64_t middle = begin + run < count ? begin + run : count, end = middle + run < count ? middle + run : count;
            uint64_t a = begin, b = middle;
            for (uint64_t k = begin; k < end; k++) to[k] = b == end || (a < middle && from[a].serial < from[b].serial) ? from[a++] : from[b++];
        }
        struct placed *swap = from;
        from = to;
        to = swap;
    }
    return from;
}
static uint32_t most_rows(const struct state *st) {
    uint32_t most = 1;
    for (int t = 0; t < SAVED_TABLES; t++) {
        const struct table *table = saved_table((struct state *)(uintptr_t)st, (enum saved_table)t);
        if (table->used > most) most = table->used;
    }
    return most;
}
static size_t rounded(size_t size) { return (size + 15) & ~(size_t)15; }
size_t state_save_memory(const struct state *st) {
    size_t bytes = rounded(SAVED_WINDOW) + 2 * rounded(most_rows(st) * sizeof(struct placed));
    for (int t = 0; t < SAVED_TABLES; t++) {
        const struct table *table = saved_table((struct state *)(uintptr_t)st, (enum saved_table)t);
        bytes += rounded((table->capacity ? table->capacity : 1) * sizeof(row)) + rounded((table->used ? table->used : 1) * sizeof(row));
    }
    return bytes;
}

/* Into c->rank; the rows in their order into `order`. */
static void rank(struct saved *c, enum saved_table t, struct placed *room, struct placed *other, row *order) {
    const struct table *table = saved_table(c->st, t);
    uint32_t n = 0;
    for (row r = table_next(table, 0); r != ROW_NONE; r = table_next(table, r + 1)) room[n++] = (struct placed){saved_serial(c->st, t, r), r};
    assert(n == table->used);
    const struct placed *sorted = placed_sort(room, other, n);
    for (uint32_t i = 0; i < n; i++) {
        c->rank[t][sorted[i].r] = i;
        order[i] = sorted[i].r;
    }
    c->count[t] = n;
}

result state_save(const struct state *st, struct arena *work, state_put put, void *context, struct fault *f) {
    struct fault room;
    struct saved c = {.st = (struct state *)(uintptr_t)st, .put = put, .context = context, .fault = f ? f : &room, .table = "head"}; /* saving writes nothing */
    row *order[SAVED_TABLES];
    c.window = arena_alloc(work, 1, SAVED_WINDOW);
    struct placed *placed = arena_alloc(work, most_rows(st), sizeof *placed), *other = arena_alloc(work, most_rows(st), sizeof *other);
    bool good = c.window && placed && other;
    for (int t = 0; t < SAVED_TABLES && good; t++) {
        const struct table *table = saved_table(c.st, (enum saved_table)t);
        c.rank[t] = arena_alloc(work, table->capacity ? table->capacity : 1, sizeof(row));
        order[t] = arena_alloc(work, table->used ? table->used : 1, sizeof(row));
        good = c.rank[t] && order[t];
        if (good) rank(&c, (enum saved_table)t, placed, other, order[t]);
    }
    if (!good) return fail(f, RESULT_FULL, "snapshot", "no memory for the order of the rows");
    uint32_t version = SAVED_VERSION;
    saved_u32(&c, &version);
    saved_head(&c);
    for (uint16_t p = 0; p < st->party_count; p++) saved_party_row(&c, p);
    for (int t = 0; t < SAVED_TABLES; t++)
        for (uint32_t i = 0; i < c.count[t] && !c.failed; i++) saved_how[t].fields(&c, order[t][i]);
    saved_backlog(&c);
    saved_bridge(&c);
    saved_cosigned(&c);
    saved_flush(&c);
    return c.failed ? (result){RESULT_IO} : OK;
}
