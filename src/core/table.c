#include "core/tables.h"
#include "core/sort.h"

void memory_count(struct memory *m, size_t bytes) {
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if (m->total < SIZE_MAX / 4) m->total += rounded;
    if (m->part) m->part->bytes += rounded;
}
void *memory_take(struct memory *m, size_t count, size_t each) {
    size_t size;
    if (count == 0) count = 1;
    if (__builtin_mul_overflow(count, each, &size) || size > SIZE_MAX / 4) {
        m->total = SIZE_MAX / 2; /* state_memory refuses it; nothing is ever taken after that */
        return NULL;
    }
    memory_count(m, size);
    if (!m->a) return NULL;
    void *at = arena_alloc(m->a, count, each);
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
    x->link[r].code = code;
    x->link[r].next = hash_index_chain(x, code);
    x->bucket[code & x->mask] = r + 1;
}
void hash_index_remove(struct hash_index *x, row r) {
    row at = hash_index_chain(x, x->link[r].code);
    if (at == r) {
        x->bucket[x->link[r].code & x->mask] = x->link[r].next + 1;
        return;
    }
    while (x->link[at].next != r) {
        at = x->link[at].next;
        assert(at != ROW_NONE);
    }
    x->link[at].next = x->link[r].next;
}
static row hash_index_same(const struct hash_index *x, row r, uint32_t code) {
    while (r != ROW_NONE && x->link[r].code != code) r = x->link[r].next;
    return r;
}
row hash_index_first(const struct hash_index *x, uint32_t code) {
    return hash_index_same(x, hash_index_chain(x, code), code);
}
row hash_index_more(const struct hash_index *x, row r) { return hash_index_same(x, x->link[r].next, x->link[r].code); }

void hash_index_layout(struct hash_index *x, struct memory *m, uint32_t capacity) {
    uint32_t buckets = 16;
    while (buckets < capacity) buckets *= 2;
    x->mask = buckets - 1;
    x->bucket = memory_take(m, buckets, sizeof *x->bucket);
    x->link = memory_take(m, capacity, sizeof *x->link);
}
void table_layout(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed) {
    t->capacity = capacity;
    t->each = (each + 7) & ~(size_t)7;
    t->used = 0;
    t->rows = memory_take(m, capacity, t->each);
    t->live = memory_take(m, capacity, sizeof *t->live);
    if (!t->aged) t->free_next = memory_take(m, capacity, sizeof *t->free_next);
    if (indexed) hash_index_layout(&t->by_id, m, capacity);
    t->free = capacity ? 0 : ROW_NONE;
    t->fresh = 0;
}

void table_layout_aged(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed) {
    t->aged = true;
    table_layout(t, m, capacity, each, indexed);
    t->age = memory_take(m, t->capacity, sizeof *t->age);
    t->oldest = t->newest = ROW_NONE;
}
void table_layout_of_parties(struct table *t, struct memory *m, uint32_t capacity, size_t each, bool indexed, uint32_t parties) {
    table_layout_aged(t, m, capacity, each, indexed);
    t->oldest_of = memory_take(m, parties, sizeof *t->oldest_of);
    t->newest_of = memory_take(m, parties, sizeof *t->newest_of);
    for (uint32_t p = 0; t->oldest_of && p < parties; p++) t->oldest_of[p] = t->newest_of[p] = ROW_NONE;
}
/* A row that is free has no age: the list of free ones goes through the same place. */
static row *free_link(const struct table *t, row r) { return t->aged ? &t->age[r].newer : &t->free_next[r]; }
static void age_enter(struct table *t, row r, row *oldest, row *newest) {
    t->age[r].older = *newest;
    t->age[r].newer = ROW_NONE;
    if (*newest == ROW_NONE) *oldest = r;
    else t->age[*newest].newer = r;
    *newest = r;
}
static void age_leave(struct table *t, row r, row *oldest, row *newest) {
    row older = t->age[r].older, newer = t->age[r].newer;
    if (older == ROW_NONE) *oldest = newer;
    else t->age[older].newer = newer;
    if (newer == ROW_NONE) *newest = older;
    else t->age[newer].older = older;
}
void table_join(struct table *t, row r, uint16_t party) {
    assert(t->live[r]);
    age_enter(t, r, &t->oldest_of[party], &t->newest_of[party]);
}
void table_leave(struct table *t, row r, uint16_t party) {
    assert(t->live[r]);
    age_leave(t, r, &t->oldest_of[party], &t->newest_of[party]);
}

row table_take(struct table *t) {
    row r = t->free;
    assert(r != ROW_NONE && !t->live[r]);
    if (r == t->fresh) { /* the end of the list; memory as it was taken is zero */
        t->free = ++t->fresh < t->capacity ? t->fresh : ROW_NONE;
    } else {
        t->free = *free_link(t, r);
        memset(t->rows + (size_t)r * t->each, 0, t->each);
    }
    t->live[r] = true;
    t->used++;
    if (t->age && !t->oldest_of) age_enter(t, r, &t->oldest, &t->newest);
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
    if (t->age && !t->oldest_of) age_leave(t, r, &t->oldest, &t->newest);
    *free_link(t, r) = t->free;
    t->free = r;
    assert(t->used > 0);
    t->used--;
}

void table_leaving(struct table *t, row r) {
    assert(r < t->capacity && t->live[r] && !t->age && t->used > 0);
    t->live[r] = false;
    t->used--;
    t->leaving++;
}
void table_left(struct table *t, row r) {
    assert(!t->live[r] && t->leaving > 0);
    *free_link(t, r) = t->free;
    t->free = r;
    t->leaving--;
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
    bool sorted = true; /* by serial after a start, and as long as no row was used again */
    for (row r = table_next(t, 0); r != ROW_NONE; r = table_next(t, r + 1)) {
        sorted = sorted && (n == 0 || compare(table_at(t, out[n - 1]), table_at(t, r)) < 0);
        out[n++] = r;
    }
    struct by_compare by = {t, compare};
    if (!sorted) sort_rows(out, n, table_before, &by);
    return n;
}

void table_check(const struct table *t) {
    uint32_t live = 0, free = 0;
    for (row r = 0; r < t->capacity; r++) live += t->live[r];
    for (row r = t->free; r != ROW_NONE && r != t->fresh; r = *free_link(t, r)) {
        assert(r < t->fresh && !t->live[r]);
        free++;
        assert(free <= t->fresh);
    }
    for (row r = t->fresh; r < t->capacity; r++) assert(!t->live[r]);
    assert(live == t->used && live + free + t->leaving == t->fresh);
    if (!t->age || t->oldest_of) return; /* lists of parties: sweeps_check */
    row last = ROW_NONE;
    uint32_t n = 0;
    for (row r = t->oldest; r != ROW_NONE; last = r, r = t->age[r].newer, n++) assert(t->live[r] && t->age[r].older == last && n < t->used);
    assert(n == t->used && t->newest == last);
}
