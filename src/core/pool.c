/* The pool of volumes, vertices and texts. Chunks of 16 vertices (or 128 bytes of text), so that what fits depends on how many
 * chunks are taken and never on which: there is no fragmentation. */
#include "core/pool.h"
#include "core/sort.h"

#define CHUNK_TEXT (CHUNK_VERTICES * sizeof(struct position))

static struct chunk *chunk_at(const struct state *st, row r) { return table_at(&st->chunks, r); }
static uint32_t chunks_of(size_t units, size_t each) { return (uint32_t)((units + each - 1) / each); }

void pool_cost(const struct volume *v, uint32_t n, uint32_t *volumes, uint32_t *vertices) {
    *volumes = *vertices = 0;
    for (uint32_t i = 0; i < n; i++) {
        *volumes += box_pieces(&v[i], &altitude_offsets_default, 0, 0, 0, 0, NULL);
        *vertices += chunks_of(v[i].shape.count, CHUNK_VERTICES) * CHUNK_VERTICES;
    }
}
bool pool_room(const struct state *st, uint16_t party, const struct volume *v, uint32_t n, uint32_t text_bytes, bool reserve) {
    uint32_t volumes, vertices;
    pool_cost(v, n, &volumes, &vertices);
    vertices += chunks_of(text_bytes, CHUNK_TEXT) * CHUNK_VERTICES;
    return quota_room(st, party, QUOTA_VOLUMES, volumes, reserve) && quota_room(st, party, QUOTA_VERTICES, vertices, reserve);
}

static uint32_t pieces_drop(struct state *st, row r) {
    uint32_t n = 1;
    for (row p = volume_at(st, r)->piece; p != ROW_NONE; n++) {
        row next = volume_at(st, p)->piece;
        table_drop(&st->volumes, p);
        p = next;
    }
    return n;
}
static row chunks_store(struct state *st, const struct position *at, uint32_t count) {
    row first = ROW_NONE, *link = &first;
    for (uint32_t i = 0; i < count; i += CHUNK_VERTICES) {
        row r = table_take(&st->chunks);
        struct chunk *c = chunk_at(st, r);
        uint32_t n = count - i < CHUNK_VERTICES ? count - i : CHUNK_VERTICES;
        memcpy(c->u.at, at + i, n * sizeof *at);
        c->next = ROW_NONE;
        *link = r;
        link = &c->next;
    }
    return first;
}
static uint32_t chunks_release(struct state *st, row r) {
    uint32_t n = 0;
    while (r != ROW_NONE) {
        row next = chunk_at(st, r)->next;
        table_drop(&st->chunks, r);
        r = next;
        n++;
    }
    return n;
}

void pool_volumes_store(struct state *st, enum owner_kind kind, row owner, uint16_t party, uint8_t slot, const struct volume *v,
                        uint32_t n, row *first) {
    *first = ROW_NONE;
    uint32_t volumes, vertices;
    pool_cost(v, n, &volumes, &vertices);
    quota_take(st, party, QUOTA_VOLUMES, volumes);
    quota_take(st, party, QUOTA_VERTICES, vertices);
    row *link = first;
    for (uint32_t i = 0; i < n; i++) {
        row r = table_take(&st->volumes);
        struct volume_row *to = volume_at(st, r);
        *to = (struct volume_row){.owner_kind = (uint8_t)kind, .slot = slot, .owner = owner, .party = party,
            .shape = v[i].shape.kind, .count = v[i].shape.count, .reach_cm = v[i].shape.reach_cm,
            .lower = v[i].lower, .upper = v[i].upper, .start = v[i].start, .end = v[i].end, .next = ROW_NONE, .number = i, .piece = ROW_NONE, .whole = ROW_NONE};
        to->chunk = chunks_store(st, v[i].shape.at, v[i].shape.count);
        pool_index_first(st, r, &v[i]);
        *link = r;
        link = &to->next;
    }
}
void pool_release(struct state *st, row first) {
    while (first != ROW_NONE) {
        struct volume_row v = *volume_at(st, first);
        uint32_t chunks = chunks_release(st, v.chunk);
        pool_index_drop(st, first);
        uint32_t pieces = pieces_drop(st, first);
        quota_give(st, v.party, QUOTA_VOLUMES, pieces);
        quota_give(st, v.party, QUOTA_VERTICES, chunks * CHUNK_VERTICES);
        table_drop(&st->volumes, first);
        first = v.next;
    }
}
void pool_volume_view(const struct state *st, row volume, struct position *room, struct volume *out) {
    const struct volume_row *v = volume_at(st, volume);
    uint32_t n = 0;
    for (row r = v->chunk; r != ROW_NONE; r = chunk_at(st, r)->next)
        for (uint32_t i = 0; i < CHUNK_VERTICES && n < v->count; i++) room[n++] = chunk_at(st, r)->u.at[i];
    assert(n == v->count && n <= LIMIT_VERTICES);
    *out = (struct volume){.shape = {.kind = v->shape, .count = v->count, .reach_cm = v->reach_cm, .at = room},
        .lower = v->lower, .upper = v->upper, .start = v->start, .end = v->end};
}

struct text_ref pool_text_store(struct state *st, uint16_t party, struct text t) {
    struct text_ref ref = {ROW_NONE, (uint32_t)t.size};
    quota_take(st, party, QUOTA_VERTICES, chunks_of(t.size, CHUNK_TEXT) * CHUNK_VERTICES);
    row *link = &ref.chunk;
    for (size_t i = 0; i < t.size; i += CHUNK_TEXT) {
        row r = table_take(&st->chunks);
        struct chunk *c = chunk_at(st, r);
        memcpy(c->u.text, t.at + i, t.size - i < CHUNK_TEXT ? t.size - i : CHUNK_TEXT);
        c->next = ROW_NONE;
        *link = r;
        link = &c->next;
    }
    return ref;
}
void pool_text_release(struct state *st, uint16_t party, struct text_ref t) {
    if (t.size == 0) return;
    quota_give(st, party, QUOTA_VERTICES, chunks_release(st, t.chunk) * CHUNK_VERTICES);
}
struct text pool_text_view(const struct state *st, struct text_ref t, char *room) {
    size_t n = 0;
    if (t.size > 0)
        for (row r = t.chunk; r != ROW_NONE; r = chunk_at(st, r)->next) {
            size_t take = t.size - n < CHUNK_TEXT ? t.size - n : CHUNK_TEXT;
            memcpy(room + n, chunk_at(st, r)->u.text, take);
            n += take;
        }
    assert(n == t.size);
    return (struct text){room, n};
}
void pool_text_append_json(const struct state *st, struct text_ref t, struct append *out) {
    char room[LIMIT_TEXT_FIELD];
    assert(t.size <= sizeof room);
    append_json_string(out, pool_text_view(st, t, room));
}

uint64_t pool_owner_serial(const struct state *st, const struct volume_row *v) {
    switch ((enum owner_kind)v->owner_kind) {
    case OWNER_NOTICE: return notice_at(st, v->owner)->serial;
    case OWNER_FLIGHT: return flight_at(st, v->owner)->serial;
    case OWNER_AREA: return area_at(st, v->owner)->serial;
    case OWNER_TRACK: break; /* its tube stands with the track */
    }
    assert(!"no such owner");
    return 0;
}
static bool volume_before(const void *context, row a, row b) {
    const struct state *st = context;
    const struct volume_row *x = volume_at(st, a), *y = volume_at(st, b);
    if (x->owner_kind != y->owner_kind) return x->owner_kind < y->owner_kind;
    uint64_t p = pool_owner_serial(st, x), q = pool_owner_serial(st, y);
    if (p != q) return p < q;
    if (x->slot != y->slot) return x->slot < y->slot;
    return x->number < y->number;
}
struct found { const struct state *st; enum owner_kind kind; row *at; uint32_t count; };
static bool pool_visit(void *context, uint32_t item) {
    struct found *f = context;
    const struct volume_row *v = volume_at(f->st, item);
    if (v->owner_kind == f->kind) f->at[f->count++] = v->whole == ROW_NONE ? item : v->whole;
    return true;
}
/* Only those asked for are sorted: where hundreds of notices lie over one place, a track is asked for its owners with each of them. */
uint32_t pool_query(struct state *st, const struct box *b, enum owner_kind kind, row *out) {
    struct found f = {st, kind, out, 0};
    pool_index_query(st, b, pool_visit, &f);
    sort_rows(out, f.count, volume_before, st);
    uint32_t n = 0; /* several pieces of one may have met */
    for (uint32_t i = 0; i < f.count; i++)
        if (n == 0 || out[n - 1] != out[i]) out[n++] = out[i];
    return n;
}

void pool_layout(struct state *st, struct memory *m) {
    const struct capacity *c = &st->room;
    memory_part(m, "volumes");
    table_layout(&st->volumes, m, c->volumes, sizeof(struct volume_row), false);
    memory_part(m, "vertices");
    table_layout(&st->chunks, m, c->vertices / CHUNK_VERTICES, sizeof(struct chunk), false);
    memory_part(m, "index");
    memory_count(m, index_memory(c->volumes));
    if (m->a) st->index = index_new(m->a, c->volumes);
    st->pool_positions = memory_take(m, LIMIT_VERTICES, sizeof *st->pool_positions);
}
void pool_check(const struct state *st) {
    uint32_t chunks = 0, live = 0, pieces = 0, in_chains = 0;
    for (row r = 0; r < st->volumes.capacity; r++) {
        assert(index_has(st->index, r) == st->volumes.live[r]);
        if (!st->volumes.live[r]) continue;
        live++;
        const struct volume_row *v = volume_at(st, r);
        uint32_t n = 0;
        if (v->whole != ROW_NONE) {
            pieces++;
            continue;
        }
        uint32_t own = pool_pieces(st, r);
        for (row p = v->piece; p != ROW_NONE; p = volume_at(st, p)->piece, own--) {
            const struct volume_row *x = volume_at(st, p);
            assert(x->whole == r && x->owner == v->owner && x->owner_kind == v->owner_kind && x->party == v->party);
            in_chains++;
        }
        assert(own == 1);
        for (row k = v->chunk; k != ROW_NONE; k = chunk_at(st, k)->next) n++;
        assert(n == chunks_of(v->count, CHUNK_VERTICES));
        assert(v->next == ROW_NONE || volume_at(st, v->next)->number == v->number + 1);
        (void)pool_owner_serial(st, v); /* asserts that the owner lives */
        chunks += n;
    }
    assert(live == index_count(st->index) && pieces == in_chains && chunks <= st->chunks.used);
    index_check(st->index);
}
