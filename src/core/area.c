/* area, area/end: airspace in which a party looks after aircraft that no party's flight covers. Declaring one takes nothing from
 * its present owner: where it meets another party's area that party signs too. */
#include "core/handlers.h"

static bool consents(const struct step *c, uint16_t party) {
    for (uint16_t i = 0; i < c->co_count; i++)
        if (c->co[i] == party) return true;
    return false;
}
/* Does the volume meet another party's area, now or later, without that party's signature? */
static bool overlap(struct state *st, struct step *c, const struct volume *v) {
    struct box b;
    box_of_volume(v, &st->settings.offsets, 0, 0, 0, 0, &b);
    uint32_t n = pool_query(st, &b, OWNER_AREA, st->work_rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct volume_row *r = volume_at(st, st->work_rows[i]);
        if (r->owner_kind != OWNER_AREA || r->party == c->party || r->end < st->time || consents(c, r->party)) continue;
        struct volume other;
        struct meeting m;
        pool_volume_view(st, st->work_rows[i], st->work_positions_a, &other);
        meet_volumes(v, &other, &st->settings.offsets, 0, 0, 0, 0, &m);
        if (m.meets) {
            refuse(c, REASON_OVERLAP, "meets the area of %.*s, which must sign too", TEXT_ARG(name_text(&st->parties[r->party].name)));
            return true;
        }
    }
    return false;
}
static bool named(struct state *st, const struct statement *s, struct step *c) {
    uint16_t owner = entity_party(st, s);
    if (owner != c->party && !consents(c, owner)) return refuse(c, REASON_NOT_OWNER, "on: another party's");
    c->r[0] = owner;
    c->entity = area_find(st, owner, &s->on.id);
    if (c->entity == ROW_NONE) return true;
    return step_prev(c, s, &area_at(st, c->entity)->last_statement);
}
bool area_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *one = section_one(s);
    if (!one) return refuse(c, REASON_SECTION, "area: one section is needed");
    const struct body_area *b = &one->body.area;
    uint16_t sender = c->party;
    if (entity_party(st, s) == PARTY_NONE) return refuse(c, REASON_NOT_OWNER, "on: another party's");
    if (!named(st, s, c)) return false;
    if (c->entity == ROW_NONE && s->has_prev) return refuse(c, REASON_STALE, "prev: there is no such area");
    if (b->volume_count == 0) return refuse(c, REASON_BODY, "/volumes: at least one");
    if (b->name.size > LIMIT_AREA_NAME) return refuse(c, REASON_BODY, "/name: at most %d bytes", LIMIT_AREA_NAME);
    uint16_t owner = (uint16_t)c->r[0];
    if (c->entity == ROW_NONE && !quota_room(st, owner, QUOTA_AREAS, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_AREAS));
    /* A change needs room for the old and the new together. */
    if (!pool_room(st, owner, b->volumes, b->volume_count, 0, false)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_VOLUMES));
    for (uint32_t i = 0; i < b->volume_count; i++) {
        bool met;
        if (owner == sender) met = overlap(st, c, &b->volumes[i]);
        else { /* the co-signer sent it: judge it as the owner's */
            struct step as = *c;
            as.party = owner;
            as.co[as.co_count++] = sender;
            met = overlap(st, &as, &b->volumes[i]);
        }
        if (met) return false;
    }
    return true;
}
void area_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct section *one = section_one(s);
    const struct body_area *b = &one->body.area;
    uint16_t owner = (uint16_t)c->r[0];
    row r = c->entity;
    if (r == ROW_NONE) {
        quota_take(st, owner, QUOTA_AREAS, 1);
        r = table_take(&st->areas);
        *area_at(st, r) = (struct area_row){.id = s->on.id, .party = owner, .serial = state_serial(st), .volume = ROW_NONE};
        hash_index_put(&st->areas.by_id, r, table_code_entity(owner, &s->on.id));
    }
    struct area_row *a = area_at(st, r);
    pool_release(st, a->volume);
    pool_volumes_store(st, OWNER_AREA, r, owner, one->slot, b->volumes, b->volume_count, &a->volume);
    a->volume_count = b->volume_count;
    memcpy(a->name, b->name.at, b->name.size);
    a->name_size = (uint8_t)b->name.size;
    if (reader_set_resolve(st, one, c->party, &a->readers)) c->out->marks |= OUTCOME_MARK_NO_READER;
    a->last_statement = s->hash;
    a->order = s->order;
    watch_on_areas(st, fx);
}

bool area_end_check(struct state *st, const struct statement *s, struct step *c) {
    uint16_t owner = entity_party(st, s);
    row r = owner == PARTY_NONE ? ROW_NONE : area_find(st, owner, &s->on.id);
    if (r == ROW_NONE || (owner != c->party && !reader_set_has(st, &area_at(st, r)->readers, c->party)))
        return refuse(c, REASON_UNKNOWN_ENTITY, "on: no such area");
    if (owner != c->party) return refuse(c, REASON_NOT_OWNER, "on: another party's");
    c->entity = r;
    return step_prev(c, s, &area_at(st, r)->last_statement);
}
void area_end_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)s;
    struct area_row *a = area_at(st, c->entity);
    pool_release(st, a->volume);
    quota_give(st, a->party, QUOTA_AREAS, 1);
    hash_index_remove(&st->areas.by_id, c->entity);
    table_drop(&st->areas, c->entity);
    watch_on_areas(st, fx);
}

/* ---- who is responsible ---- */
static void add_party(uint16_t party, uint16_t *out, uint32_t *count) {
    uint32_t i = *count;
    for (uint32_t k = 0; k < *count; k++)
        if (out[k] == party) return;
    for (; i > 0 && out[i - 1] > party; i--) out[i] = out[i - 1];
    out[i] = party;
    ++*count;
}
/* Heights `by` up and down: all in its band, none, or does it depend? */
enum { BAND_ALL, BAND_NONE, BAND_SOME };
static int band_around(const struct state *st, const struct volume *where, const struct volume *area, int32_t by) {
    struct volume low = *where, high = *where, all = *where;
    if (where->upper.cm == ALTITUDE_UNLIMITED) return altitude_gap(where, area, &st->settings.offsets) > 0 ? BAND_NONE : BAND_ALL; /* not known: it stays so */
    if (where->upper.cm > INT32_MAX / 2 || where->lower.cm < INT32_MIN / 2) return BAND_SOME;
    low.lower.cm = low.upper.cm = all.lower.cm = where->lower.cm - by;
    high.lower.cm = high.upper.cm = all.upper.cm = where->upper.cm + by;
    if (altitude_gap(&all, area, &st->settings.offsets) > 0) return BAND_NONE;
    return altitude_gap(&low, area, &st->settings.offsets) <= 0 && altitude_gap(&high, area, &st->settings.offsets) <= 0 ? BAND_ALL : BAND_SOME;
}
uint32_t area_responsible_around(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room, int32_t height_cm, int64_t *sure_cm) {
    struct volume now = *where;
    struct box b;
    uint32_t count = 0;
    int64_t most = *sure_cm;
    now.start = now.end = at;
    box_of_volume(&now, &st->settings.offsets, (double)most / 100.0, height_cm, 0, 0, &b);
    uint32_t n = pool_query((struct state *)(uintptr_t)st, &b, OWNER_AREA, st->area_rows); /* in work memory: no part of the state */
    if (n > LIMIT_RESPONSIBLE_NEARBY) {
        *sure_cm = 0;
        return area_responsible(st, where, at, out, room);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct volume v;
        bool meets;
        pool_volume_view(st, st->area_rows[i], st->area_positions, &v);
        if (v.start > at || v.end < at) continue;
        int band = band_around(st, &now, &v, height_cm);
        if (band == BAND_NONE) continue;
        int64_t clear = meet_clearance(now.shape.at, now.shape.reach_cm, &v.shape, most, &meets);
        if (clear < *sure_cm) *sure_cm = clear;
        if (meets && band == BAND_SOME) *sure_cm = 0;
        if (meets && count < room && altitude_gap(&now, &v, &st->settings.offsets) <= 0) add_party(volume_at(st, st->area_rows[i])->party, out, &count);
    }
    return count;
}
uint32_t area_responsible(const struct state *st, const struct volume *where, instant at, uint16_t *out, uint32_t room) {
    struct state *work = (struct state *)(uintptr_t)st; /* pool_query counts its box tests and sorts in work memory: no part of the state */
    struct volume now = *where;
    struct box b;
    uint32_t count = 0;
    now.start = now.end = at;
    box_of_volume(&now, &st->settings.offsets, 0, 0, 0, 0, &b);
    uint32_t n = pool_query(work, &b, OWNER_AREA, work->area_rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct volume_row *r = volume_at(st, work->area_rows[i]);
        uint32_t k = count;
        bool there = false;
        for (uint32_t j = 0; j < count; j++) there |= out[j] == r->party;
        if (there) continue;
        struct volume v;
        struct meeting m;
        pool_volume_view(st, work->area_rows[i], work->area_positions, &v);
        meet_volumes(&now, &v, &st->settings.offsets, 0, 0, 0, 0, &m);
        if (!m.meets || count == room) continue;
        for (; k > 0 && out[k - 1] > r->party; k--) out[k] = out[k - 1];
        out[k] = r->party;
        count++;
    }
    return count;
}
