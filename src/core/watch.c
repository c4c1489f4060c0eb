#include "core/watch.h"

#include "core/quota.h"

void watch_layout(struct state *st, struct memory *m) {
    struct watch *w = memory_take(m, 1, sizeof *w);
    struct watch none = {0};
    if (!w) w = &none;
    uint32_t parties = st->room.parties;
    w->alert_number = memory_take(m, parties, sizeof *w->alert_number);
    hash_index_layout(&w->alert_by_a, m, st->alerts.capacity);
    hash_index_layout(&w->alert_by_b, m, st->alerts.capacity);
    hash_index_layout(&w->track_by_identity, m, st->tracks.capacity);
    hash_index_layout(&w->flight_by_icao, m, st->flights.capacity);
    size_t entities = (size_t)st->notices.capacity + st->flights.capacity + st->tracks.capacity;
    w->near_all = memory_take(m, entities, sizeof *w->near_all);
    w->memo = memory_take(m, NEAR_MEMOS, sizeof *w->memo);
    w->kept = memory_take(m, NEAR_KEPT, sizeof *w->kept);
    w->allowance = memory_take(m, parties, sizeof *w->allowance);
    w->seen[OWNER_NOTICE] = memory_take(m, st->notices.capacity, sizeof **w->seen);
    w->seen[OWNER_FLIGHT] = memory_take(m, st->flights.capacity, sizeof **w->seen);
    w->seen[2] = memory_take(m, st->tracks.capacity, sizeof **w->seen);
    w->found = memory_take(m, st->alerts.capacity, sizeof *w->found);
    w->owners = memory_take(m, parties, sizeof *w->owners);
    w->owners_b = memory_take(m, parties, sizeof *w->owners_b);
    w->owner_seen = memory_take(m, parties, sizeof *w->owner_seen);
    if (m->a) st->watch = w;
    backlog_layout(st, m);
    sweeps_layout(st, m);
    w->area_changes = 1; /* what is zeroed is of none */
    w->areas_from = w->areas_until = INSTANT_NONE;
    w->stored = memory_take(m, (size_t)RANKS * LIMIT_VOLUMES, sizeof *w->stored);
    w->stored_rank = memory_take(m, (size_t)RANKS * LIMIT_VOLUMES, sizeof *w->stored_rank);
    w->stored_at = memory_take(m, (size_t)quota_share_of(&st->room, QUOTA_VERTICES) + 1, sizeof *w->stored_at);
    w->recount = ROW_NONE;
    w->only = PARTY_NONE;
}

/* ---- sections ---- */
uint8_t section_rank(const struct text *name) {
    if (text_is(*name, "public")) return RANK_PUBLIC;
    if (text_is(*name, "parties")) return RANK_PARTIES;
    if (text_is(*name, "own")) return RANK_OWN;
    return RANKS;
}

uint8_t rank_narrowest(uint8_t ranks) {
    assert(ranks != 0 && ranks < 1u << RANKS);
    uint8_t r = RANKS - 1;
    while (!(ranks & 1u << r)) r--;
    return r;
}

static uint8_t applies(uint8_t readable, uint8_t present, bool not_contained) {
    if (!readable) return 0;
    return not_contained ? present : (uint8_t)(1u << rank_narrowest(readable));
}

static bool reads_all(const struct state *st, uint16_t party, uint16_t reader) {
    return reader == party || reader == st->operator_;
}

uint8_t notice_readable(const struct state *st, const struct notice_row *n, uint16_t reader) {
    uint8_t mask = 0;
    for (uint8_t i = 0; i < RANKS; i++)
        if (n->section[i].present && (reads_all(st, n->party, reader) || reader_set_has(st, &n->section[i].readers, reader)))
            mask |= (uint8_t)(1u << i);
    return mask;
}

uint8_t flight_readable(const struct state *st, const struct flight_row *f, uint16_t reader) {
    uint8_t mask = 0;
    for (uint8_t i = 0; i < RANKS; i++)
        if (f->section[i].present && (reads_all(st, f->party, reader) || reader_set_has(st, &f->section[i].readers, reader)))
            mask |= (uint8_t)(1u << i);
    return mask;
}

uint8_t notice_ranks(const struct state *st, const struct notice_row *n, uint16_t reader) {
    uint8_t present = 0;
    for (uint8_t i = 0; i < RANKS; i++) present |= (uint8_t)(n->section[i].present ? 1u << i : 0);
    return applies(notice_readable(st, n, reader), present, n->not_contained);
}

uint8_t flight_ranks(const struct state *st, const struct flight_row *f, uint16_t reader) {
    uint8_t present = 0;
    for (uint8_t i = 0; i < RANKS; i++) present |= (uint8_t)(f->section[i].present ? 1u << i : 0);
    return applies(flight_readable(st, f, reader), present, f->not_contained);
}

void section_volumes(const struct section *s, bool flight, const struct volume **v, uint32_t *count) {
    *v = flight ? s->body.flight.volumes : s->body.notice.volumes;
    *count = flight ? s->body.flight.volume_count : s->body.notice.volume_count;
}

bool sections_plan(struct state *st, struct step *c, const struct statement *s, bool flight, struct sections_plan *p) {
    (void)flight;
    *p = (struct sections_plan){0};
    bool read_by_any = false;
    for (uint32_t i = 0; i < s->section_count; i++) {
        const struct section *x = &s->sections[i];
        if (s->kind == KIND_OPEN && text_is(x->name, "body")) continue;
        uint8_t rank = section_rank(&x->name);
        if (rank == RANKS)
            return refuse(c, REASON_SECTION, "/sections/%u: \"%.*s\"; must be public, parties or own", i, TEXT_ARG(x->name));
        if (p->at[rank]) return refuse(c, REASON_SECTION, "/sections/%u: \"%.*s\" stands twice", i, TEXT_ARG(x->name));
        p->at[rank] = x;
        if (reader_set_resolve(st, x, c->party, &p->readers[rank])) p->marks |= OUTCOME_MARK_NO_READER;
        read_by_any = read_by_any || p->readers[rank].count > 0;
    }
    if (!read_by_any && !flight) p->marks |= OUTCOME_MARK_NO_READER;
    return true;
}

bool sections_room(struct state *st, struct step *c, const struct sections_plan *p, bool flight) {
    uint32_t volumes = 0, vertices = 0;
    for (int i = 0; i < RANKS; i++) {
        if (!p->at[i]) continue;
        const struct volume *v;
        uint32_t count, a, b;
        section_volumes(p->at[i], flight, &v, &count);
        pool_cost(v, count, &a, &b);
        volumes += a;
        vertices += b;
        if (!flight) {
            uint32_t bytes = (uint32_t)p->at[i]->body.notice.text.size, each = CHUNK_VERTICES * (uint32_t)sizeof(struct position);
            vertices += (bytes + each - 1) / each * CHUNK_VERTICES;
        }
    }
    if (!quota_room(st, c->party, QUOTA_VOLUMES, volumes, !flight))
        return refuse(c, REASON_FULL, "%s: %u more wanted", quota_name(QUOTA_VOLUMES), volumes);
    if (!quota_room(st, c->party, QUOTA_VERTICES, vertices, !flight))
        return refuse(c, REASON_FULL, "%s: %u more wanted", quota_name(QUOTA_VERTICES), vertices);
    return true;
}

void stored_load(struct state *st, const row first[RANKS]) {
    struct watch *w = st->watch;
    struct position *at = w->stored_at;
    w->stored_count = 0;
    for (uint8_t rank = 0; rank < RANKS; rank++)
        for (row r = first[rank]; r != ROW_NONE; r = volume_at(st, r)->next) {
            const struct volume_row *v = volume_at(st, r);
            assert(w->stored_count < RANKS * LIMIT_VOLUMES);
            struct volume *to = &w->stored[w->stored_count];
            pool_volume_view(st, r, at, to);
            if (v->owner_kind == OWNER_NOTICE) {
                to->start = v->stated_start;
                to->end = v->stated_end;
            }
            at += v->count;
            w->stored_rank[w->stored_count++] = rank;
        }
}

/* Beyond LIMIT_CONTAIN_WORK the sections of a statement count as not contained: the safe side. */

static bool contained_in(const struct state *st, const struct volume *exact, const struct volume *wide, uint32_t count, int64_t *work) {
    for (uint32_t i = 0; i < count; i++) {
        if (wide[i].start > exact->start || wide[i].end < exact->end) continue;
        *work -= (int64_t)exact->shape.count * wide[i].shape.count + 1;
        if (*work < 0) return false;
        if (meet_contains(&wide[i], exact, &st->settings.offsets)) return true;
    }
    return false;
}

/* The volumes of one rank: of the sections that came, else of those stored. Stored ones of one rank stand together. */
static bool volumes_of_rank(const struct state *st, const struct sections_plan *p, bool flight, bool merge, uint8_t rank,
                            const struct volume **v, uint32_t *count) {
    if (p->at[rank]) {
        section_volumes(p->at[rank], flight, v, count);
        return true;
    }
    if (!merge) return false;
    const struct watch *w = st->watch;
    uint32_t from = 0;
    while (from < w->stored_count && w->stored_rank[from] != rank) from++;
    uint32_t to = from;
    while (to < w->stored_count && w->stored_rank[to] == rank) to++;
    *v = w->stored + from;
    *count = to - from;
    return to > from;
}

void sections_contained(struct state *st, struct sections_plan *p, bool flight, bool merge) {
    const struct volume *exact = NULL, *wide;
    uint32_t exacts = 0, wides;
    uint8_t rank = RANKS;
    int64_t work = LIMIT_CONTAIN_WORK;
    while (rank > 0 && !exact)
        if (!volumes_of_rank(st, p, flight, merge, --rank, &exact, &exacts)) exact = NULL;
    for (uint8_t outer = 0; exact && outer < rank; outer++) {
        if (!volumes_of_rank(st, p, flight, merge, outer, &wide, &wides)) continue;
        for (uint32_t i = 0; i < exacts && !p->not_contained; i++)
            p->not_contained = !contained_in(st, &exact[i], wide, wides, &work);
    }
    if (p->not_contained) p->marks |= OUTCOME_MARK_NOT_CONTAINED;
}

/* ---- statements on an own entity ---- */
bool own_entity(const struct state *st, const struct statement *s, struct step *c) {
    if (!s->has_on) return refuse(c, REASON_BODY, "/on: must name the entity");
    if (entity_party(st, s) != c->party)
        return refuse(c, REASON_NOT_OWNER, "/on: its party must be %s", st->parties[c->party].name.at);
    return true;
}

/* ---- text ---- */
void append_party(struct append *out, const struct state *st, uint16_t party) {
    append_char(out, '"');
    append_text(out, name_text(&st->parties[party].name));
    append_char(out, '"');
}

void append_entity(struct append *out, const struct state *st, uint16_t party, const struct id *id) {
    append_char(out, '"');
    append_text(out, name_text(&st->parties[party].name));
    append_char(out, '/');
    append_id(out, id);
    append_char(out, '"');
}
