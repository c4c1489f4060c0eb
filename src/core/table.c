#include "core/tables.h"
#include "core/sort.h"

void *memory_take(struct memory *m, size_t count, size_t each) {
    size_t size;
    if (__builtin_mul_overflow(count, each, &size) || size > SIZE_MAX / 4) {
        m->total = SIZE_MAX / 2; /* state_memory refuses it; nothing is ever taken after that */
        return NULL;
    }
    size_t rounded = (size + 15) & ~(size_t)15;
    if (m->total < SIZE_MAX / 4) m->total += rounded;
    if (!m->a) return NULL;
    void *at = arena_alloc(m->a, count ? count : 1, each);
    assert(at); /* state_memory said how much: the caller gave less */
    return at;
}

/* FNV-1a with a final mix: the low bits choose the bucket. Collisions cost time within the quota of the party that made
 * them, never correctness: every lookup compares the whole key. */
uint32_t table_code(const void *bytes, size_t size) {
    const uint8_t *b = bytes;
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) h = (h ^ b[i]) * UINT64_C(1099511628211);
    h ^= h >> 32;
    h *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 32);
}
uint32_t table_code_entity(uint16_t party, const struct id *id) {
    uint8_t key[18] = {(uint8_t)(party >> 8), (uint8_t)party};
    memcpy(key + 2, id->bytes, 16);
    return table_code(key, sizeof key);
}

void hash_index_put(struct hash_index *x, row r, uint32_t code) {
    x->code[r] = code;
    x->next[r] = x->bucket[code & x->mask];
    x->bucket[code & x->mask] = r;
}
void hash_index_remove(struct hash_index *x, row r) {
    row *at = &x->bucket[x->code[r] & x->mask];
    while (*at != r) {
        assert(*at != ROW_NONE);
        at = &x->next[*at];
    }
    *at = x->next[r];
}
static row hash_index_same(const struct hash_index *x, row r, uint32_t code) {
    while (r != ROW_NONE && x->code[r] != code) r = x->next[r];
    return r;
}
row hash_index_first(const struct hash_index *x, uint32_t code) {
    return hash_index_same(x, x->bucket[code & x->mask], code);
}
row hash_index_more(const struct hash_index *x, row r) { return hash_index_same(x, x->next[r], x->code[r]); }

void hash_index_layout(struct hash_index *x, struct memory *m, uint32_t capacity) {
    uint32_t buckets = 16;
    while (buckets < capacity) buckets *= 2;
    x->mask = buckets - 1;
    x->bucket = memory_take(m, buckets, sizeof *x->bucket);
    x->next = memory_take(m, capacity, sizeof *x->next);
    x->code = memory_take(m, capacity, sizeof *x->code);
    if (x->bucket)
        for (uint32_t i = 0; i < buckets; i++) x->bucket[i] = ROW_NONE;
}
void table_layout(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed) {
    t->capacity = capacity;
    t->each = (each + 7) & ~(size_t)7;
    t->used = 0;
    t->rows = memory_take(m, capacity, t->each);
    t->live = memory_take(m, capacity, sizeof *t->live);
    t->free_next = memory_take(m, capacity, sizeof *t->free_next);
    if (indexed) hash_index_layout(&t->by_id, m, capacity);
    t->free = capacity ? 0 : ROW_NONE;
    if (t->free_next)
        for (uint32_t i = 0; i < capacity; i++) t->free_next[i] = i + 1 < capacity ? i + 1 : ROW_NONE;
}

row table_take(struct table *t) {
    row r = t->free;
    assert(r != ROW_NONE && !t->live[r]);
    t->free = t->free_next[r];
    t->live[r] = true;
    t->used++;
    memset(t->rows + (size_t)r * t->each, 0, t->each);
    return r;
}
row table_next(const struct table *t, row r) {
    while (r < t->capacity && !t->live[r]) {
        uint64_t eight = 1;
        if (r + sizeof eight <= t->capacity) memcpy(&eight, &t->live[r], sizeof eight);
        r += eight == 0 ? sizeof eight : 1;
    }
    return r < t->capacity ? r : ROW_NONE;
}

void table_drop(struct table *t, row r) {
    assert(r < t->capacity && t->live[r]);
    t->live[r] = false;
    t->free_next[r] = t->free;
    t->free = r;
    assert(t->used > 0);
    t->used--;
}

/* Heap sort: no memory, no recursion, the same order everywhere as long as `before` is a strict total order. */
static void sort_sift(row *at, uint32_t from, uint32_t count, sort_before before, const void *context) {
    for (uint32_t i = from;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) return;
        if (child + 1 < count && before(context, at[child], at[child + 1])) child++;
        if (!before(context, at[i], at[child])) return;
        row swap = at[i];
        at[i] = at[child];
        at[child] = swap;
        i = child;
    }
}
void sort_rows(row *at, uint32_t count, sort_before before, const void *context) {
    for (uint32_t i = count / 2; i > 0; i--) sort_sift(at, i - 1, count, before, context);
    for (uint32_t n = count; n > 1; n--) {
        row swap = at[0];
        at[0] = at[n - 1];
        at[n - 1] = swap;
        sort_sift(at, 0, n - 1, before, context);
    }
}

struct by_compare { const struct table *t; int (*compare)(const void *, const void *); };
static bool table_before(const void *context, row a, row b) {
    const struct by_compare *by = context;
    return by->compare(table_at(by->t, a), table_at(by->t, b)) < 0;
}
uint32_t table_sorted(const struct table *t, int (*compare)(const void *, const void *), row *out) {
    uint32_t n = 0;
    for (row r = 0; r < t->capacity && n < t->used; r++)
        if (t->live[r]) out[n++] = r;
    struct by_compare by = {t, compare};
    sort_rows(out, n, table_before, &by);
    return n;
}

void table_check(const struct table *t) {
    uint32_t live = 0, free = 0;
    for (row r = 0; r < t->capacity; r++) live += t->live[r];
    for (row r = t->free; r != ROW_NONE; r = t->free_next[r]) {
        assert(!t->live[r]);
        free++;
        assert(free <= t->capacity);
    }
    assert(live == t->used && live + free == t->capacity);
}
