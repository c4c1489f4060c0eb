/* The state as bytes: numbers, texts, references, timers, volumes, in both directions. */
#include "core/saved.h"

#include "core/dss_store.h"
#include "core/pool.h"
#include "core/quota.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define HOW(name, which, type, serial) {which, false, offsetof(struct state, name), offsetof(struct type##_row, serial), saved_##type, saved_##type##_enter}
const struct saved_how saved_how[SAVED_TABLES] = {
    [SAVED_KEYS] = HOW(keys, "keys", key, serial),
    [SAVED_AGREEMENTS] = HOW(agreements, "agreements", agreement, serial),
    [SAVED_AREAS] = HOW(areas, "areas", area, serial),
    [SAVED_FEEDS] = HOW(feeds, "feeds", feed, serial),
    [SAVED_NOTICES] = HOW(notices, "notices", notice, serial),
    [SAVED_FLIGHTS] = HOW(flights, "flights", flight, serial),
    [SAVED_TRACKS] = HOW(tracks, "tracks", track, serial),
    [SAVED_ALERTS] = HOW(alerts, "alerts", alert, serial),
    [SAVED_HOLDS] = HOW(holds, "holds", hold, serial),
    [SAVED_DUES] = HOW(dues, "dues", due, serial),
    [SAVED_PENDING] = HOW(pending, "pending", pending, serial),
    [SAVED_RECENT] = HOW(recent, "recent", recent, order), /* has no serial: its order is its own alone */
#define HOW_DSS(name, which) {#name, true, offsetof(struct dss, name), offsetof(struct dss_##which, serial), saved_dss_##which, saved_dss_##which##_enter}
    [SAVED_DSS_MANAGERS] = HOW_DSS(managers, manager),
    [SAVED_DSS_SUBSCRIPTIONS] = HOW_DSS(subscriptions, subscription),
    [SAVED_DSS_REFERENCES] = HOW_DSS(references, reference),
    [SAVED_DSS_AVAILABILITIES] = HOW_DSS(availabilities, stated),
    [SAVED_DSS_RETIRED] = HOW_DSS(retired, retired),
};
struct table *saved_table(struct state *st, enum saved_table t) {
    return (struct table *)(void *)((saved_how[t].dss ? (char *)st->dss : (char *)st) + saved_how[t].table);
}
uint32_t saved_rows(const struct state *st, enum saved_table t) {
    return quota_rows(st, saved_table((struct state *)(uintptr_t)st, t));
}
uint64_t saved_serial(struct state *st, enum saved_table t, row r) {
    uint64_t serial;
    memcpy(&serial, (const char *)table_at(saved_table(st, t), r) + saved_how[t].serial, sizeof serial);
    return serial;
}

bool saved_bad(struct saved *c, const char *format, ...) {
    if (c->failed) return false;
    c->failed = true;
    char what[160];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    result r = fail(c->fault, RESULT_ROT, c->table, "snapshot: %s, row %llu: %s", c->table, (unsigned long long)c->number, what);
    (void)r.code;
    return false;
}

/* ---- the window over the bytes ---- */
void saved_flush(struct saved *c) {
    if (c->failed || c->at == 0) return;
    if (!c->put(c->context, c->window, c->at)) {
        c->failed = true; /* who gave `put` knows why */
        result r = fail(c->fault, RESULT_IO, "snapshot", "the state's bytes could not be written");
        (void)r.code;
    }
    c->at = 0;
}
static bool refill(struct saved *c) {
    c->at = 0;
    c->end = c->get(c->context, c->window, SAVED_WINDOW);
    assert(c->end <= SAVED_WINDOW);
    return c->end > 0 || saved_bad(c, "ends here; more must follow");
}
bool saved_ended(struct saved *c) {
    if (c->at < c->end) return false;
    c->at = 0;
    c->end = c->get(c->context, c->window, SAVED_WINDOW);
    return c->end == 0;
}
void saved_bytes(struct saved *c, void *bytes, size_t size) {
    uint8_t *b = bytes;
    while (size > 0 && !c->failed) {
        if (!c->loading && c->at == SAVED_WINDOW) saved_flush(c);
        if (c->loading && c->at == c->end && !refill(c)) break;
        size_t run = (c->loading ? c->end : SAVED_WINDOW) - c->at;
        if (run > size) run = size;
        if (c->loading) memcpy(b, c->window + c->at, run);
        else memcpy(c->window + c->at, b, run);
        b += run;
        c->at += run;
        size -= run;
    }
    if (c->loading && size > 0) memset(b, 0, size);
}

/* ---- numbers ---- */
/* True: it was read. What is saved is not written to, not even with its own value: a copy of the process shares its pages. */
static inline bool number(struct saved *c, uint64_t *v, size_t bytes) {
    uint8_t room[8], *b = room;
    /* Nearly every number stands in the window as a whole. */
    bool whole = !c->failed && (c->loading ? c->end : SAVED_WINDOW) - c->at >= bytes;
    if (whole) {
        b = c->window + c->at;
        c->at += bytes;
    }
    if (!c->loading) {
        for (size_t i = 0; i < bytes; i++) b[i] = (uint8_t)(*v >> (8 * (bytes - 1 - i)));
        if (!whole) saved_bytes(c, b, bytes);
        return false;
    }
    if (!whole) saved_bytes(c, b, bytes);
    *v = 0;
    for (size_t i = 0; i < bytes; i++) *v = *v << 8 | b[i];
    return true;
}
#define NUMBER(name, type, bytes)                                                                                      \
    void saved_##name(struct saved *c, type *v) {                                                                      \
        uint64_t x = (uint64_t)*v;                                                                                     \
        if (number(c, &x, bytes)) *v = (type)x;                                                                        \
    }
NUMBER(u8, uint8_t, 1)
NUMBER(u16, uint16_t, 2)
NUMBER(u32, uint32_t, 4)
NUMBER(u64, uint64_t, 8)
NUMBER(i32, int32_t, 4)
NUMBER(i64, int64_t, 8)
void saved_flag(struct saved *c, bool *v) {
    uint64_t x = *v;
    if (!number(c, &x, 1)) return;
    if (x > 1) saved_bad(c, "a flag is %u; must be 0 or 1", (unsigned)x);
    *v = x == 1;
}
void saved_kind(struct saved *c, uint8_t *v, uint8_t most, const char *what) {
    saved_u8(c, v);
    if (*v <= most) return;
    saved_bad(c, "%s is %u; at most %u", what, *v, most);
    if (c->loading) *v = 0;
}
void saved_count(struct saved *c, uint16_t *v, uint16_t most, const char *what) {
    saved_u16(c, v);
    if (*v <= most) return;
    saved_bad(c, "%u %s; at most %u", *v, what, most);
    if (c->loading) *v = 0;
}

/* ---- texts ---- */
void saved_hash(struct saved *c, struct hash *h) { saved_bytes(c, h->bytes, sizeof h->bytes); }
void saved_id(struct saved *c, struct id *id) { saved_bytes(c, id->bytes, sizeof id->bytes); }
void saved_name(struct saved *c, struct name *n, bool may_be_empty) {
    static const struct name none;
    struct name good;
    saved_bytes(c, n->at, NAME_ROOM);
    if (!c->loading || (may_be_empty && name_equal(n, &none))) return;
    if (n->at[NAME_ROOM - 1] != 0 || !result_is_ok(name_read(name_text(n), &good, NULL)) || !name_equal(n, &good)) saved_bad(c, "a name is none");
}
void saved_text(struct saved *c, char *at, uint8_t *size, uint8_t room) {
    saved_kind(c, size, room, "the size of a text");
    saved_bytes(c, at, *size);
}

/* ---- references ---- */
void saved_party(struct saved *c, uint16_t *party, bool may_be_none) {
    saved_u16(c, party);
    if (*party < c->st->party_count || (may_be_none && *party == PARTY_NONE)) return;
    saved_bad(c, "names party %u of %u", *party, c->st->party_count);
    if (c->loading) *party = 0;
}
void saved_ref(struct saved *c, row *r, enum saved_table to, bool may_be_none) {
    row place = c->loading || *r == ROW_NONE ? *r : c->rank[to][*r];
    saved_u32(c, &place);
    if (!c->loading) return;
    *r = place; /* the rows of a table are read in their order into a table without holes: the place is the row */
    if (place < c->count[to] || (may_be_none && place == ROW_NONE)) return;
    saved_bad(c, "refers to %s, row %u of %u", saved_how[to].name, place, c->count[to]);
    *r = may_be_none ? ROW_NONE : 0;
}
void saved_timer(struct saved *c, enum timer_kind kind, row r, uint64_t serial) {
    instant at = INSTANT_NONE;
    if (!c->loading) (void)timer_get(c->st, kind, r, &at);
    saved_i64(c, &at);
    if (!c->loading || c->failed || at == INSTANT_NONE) return;
    if (serial < c->least) saved_bad(c, "a timer of serial %llu; must be at least %llu", (unsigned long long)serial, (unsigned long long)c->least);
    else if (serial >> TIMER_SERIAL_BITS != 0) saved_bad(c, "a timer of serial %llu, which no log reaches", (unsigned long long)serial);
    else timer_set(c->st, kind, r, serial, at);
}
void saved_readers(struct saved *c, struct reader_set *set) {
    saved_count(c, &set->count, LIMIT_READERS, "readers");
    for (uint16_t i = 0; i < set->count && !c->failed; i++) {
        struct reader_ref *x = &set->at[i];
        row agreement = x->ref;
        saved_kind(c, &x->kind, READER_PARTY, "the kind of a reader");
        if (x->kind == READER_PARTY) saved_party(c, &x->ref, true);
        if (x->kind == READER_AGREEMENT) saved_ref(c, &agreement, SAVED_AGREEMENTS, false);
        if (c->loading && x->kind == READER_AGREEMENT) x->ref = (uint16_t)agreement;
    }
}
bool saved_quota(struct saved *c, uint16_t party, enum quota q, uint32_t n) {
    if (c->failed) return false;
    if (!quota_room(c->st, party, q, n, true)) return saved_bad(c, "party %u has more than its share of %s", party, quota_name(q));
    quota_take(c->st, party, q, n);
    return true;
}

/* ---- geometry and the pool ---- */
void saved_altitude(struct saved *c, struct altitude *a) {
    saved_i32(c, &a->cm);
    saved_kind(c, &a->reference, ALTITUDE_REFERENCES - 1, "the reference of an altitude");
}
void saved_position(struct saved *c, struct position *p) {
    saved_i32(c, &p->lat);
    saved_i32(c, &p->lon);
    if (p->lat >= -900000000 && p->lat <= 900000000 && p->lon >= -1800000000 && p->lon <= 1800000000) return;
    saved_bad(c, "a position is %d, %d", p->lat, p->lon);
    if (c->loading) *p = (struct position){0, 0};
}
static row chunk_take(struct saved *c, row *link) {
    if (c->st->chunks.free == ROW_NONE) {
        saved_bad(c, "has more vertices and texts than there is room for");
        return ROW_NONE;
    }
    row r = table_take(&c->st->chunks);
    ((struct chunk *)table_at(&c->st->chunks, r))->next = ROW_NONE;
    *link = r;
    return r;
}
void saved_pool_text(struct saved *c, struct text_ref *t, uint16_t payer) {
    enum { ROOM = sizeof ((struct chunk *)0)->u.text };
    row *link = &t->chunk, at = t->chunk;
    saved_u32(c, &t->size);
    if (t->size > LIMIT_TEXT_FIELD) saved_bad(c, "a text of %u bytes; at most %d", t->size, LIMIT_TEXT_FIELD);
    if (c->loading) t->chunk = ROW_NONE;
    if (c->loading && (c->failed || !saved_quota(c, payer, QUOTA_VERTICES, (t->size + ROOM - 1) / ROOM * CHUNK_VERTICES))) t->size = 0;
    for (uint32_t left = t->size; left > 0 && !c->failed;) {
        uint32_t run = left < ROOM ? left : ROOM;
        if (c->loading && (at = chunk_take(c, link)) == ROW_NONE) return;
        struct chunk *x = table_at(&c->st->chunks, at);
        saved_bytes(c, x->u.text, run);
        link = &x->next;
        at = x->next;
        left -= run;
    }
}
static void saved_vertices(struct saved *c, struct volume_row *v) {
    row *link = &v->chunk, at = v->chunk;
    if (c->loading) v->chunk = ROW_NONE;
    for (uint32_t left = v->count; left > 0 && !c->failed;) {
        uint32_t run = left < CHUNK_VERTICES ? left : CHUNK_VERTICES;
        if (c->loading && (at = chunk_take(c, link)) == ROW_NONE) return;
        struct chunk *x = table_at(&c->st->chunks, at);
        for (uint32_t i = 0; i < run; i++) saved_position(c, &x->u.at[i]);
        link = &x->next;
        at = x->next;
        left -= run;
    }
}
static bool shape_good(struct saved *c, const struct volume_row *v) {
    uint32_t least = v->shape == SHAPE_POLYGON ? 3 : 1;
    uint32_t most = v->shape == SHAPE_CIRCLE ? 1 : LIMIT_VERTICES;
    bool reach = v->shape == SHAPE_POLYGON ? v->reach_cm == 0 : v->reach_cm > 0 && v->reach_cm <= INT64_C(2000000000);
    return (v->count >= least && v->count <= most && reach) || saved_bad(c, "a volume of no possible shape");
}
static void saved_volume(struct saved *c, struct volume_row *v) {
    saved_u8(c, &v->slot);
    saved_kind(c, &v->shape, SHAPE_CORRIDOR, "the shape of a volume");
    saved_u32(c, &v->count);
    saved_i64(c, &v->reach_cm);
    saved_altitude(c, &v->lower);
    saved_altitude(c, &v->upper);
    saved_i64(c, &v->start);
    saved_i64(c, &v->end);
    if (v->owner_kind == OWNER_NOTICE) {
        saved_i64(c, &v->stated_start);
        saved_i64(c, &v->stated_end);
        saved_flag(c, &v->last_window);
        saved_flag(c, &v->idle);
    }
    uint32_t units = (v->count + CHUNK_VERTICES - 1) / CHUNK_VERTICES * CHUNK_VERTICES;
    if (c->loading && (c->failed || !shape_good(c, v))) v->count = 0;
    if (c->loading && (!saved_quota(c, v->party, QUOTA_VOLUMES, 1) || !saved_quota(c, v->party, QUOTA_VERTICES, units))) v->count = 0;
    saved_vertices(c, v);
    if (!c->loading || c->failed) return;
    row r = table_row(&c->st->volumes, v);
    uint32_t more = pool_pieces(c->st, r) - 1;
    if (more == 0 || !saved_quota(c, v->party, QUOTA_VOLUMES, more)) return;
    if (c->st->volumes.capacity - c->st->volumes.used < more) saved_bad(c, "has more pieces of volumes than there is room for");
    else pool_pieces_take(c->st, r);
}
void saved_volumes(struct saved *c, enum owner_kind kind, row owner, uint16_t party, row *first, uint32_t *count) {
    uint32_t n = 0;
    row *link = first, at = *first;
    for (row r = c->loading ? ROW_NONE : *first; r != ROW_NONE; r = volume_at(c->st, r)->next) n++;
    saved_u32(c, &n);
    if (c->loading) {
        *count = n;
        *first = ROW_NONE;
    }
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        if (c->loading && c->st->volumes.free == ROW_NONE) {
            saved_bad(c, "has more volumes than there is room for");
            return;
        }
        if (c->loading) *link = at = table_take(&c->st->volumes);
        struct volume_row *v = volume_at(c->st, at);
        if (c->loading) *v = (struct volume_row){.owner_kind = (uint8_t)kind, .owner = owner, .party = party, .chunk = ROW_NONE, .next = ROW_NONE, .number = i, .piece = ROW_NONE, .whole = ROW_NONE};
        assert(v->owner_kind == kind && v->owner == owner && v->party == party && v->number == i);
        saved_volume(c, v);
        link = &v->next;
        at = v->next;
    }
}
