/* The life of a notice.
 *
 *                 cancel                                    purge
 *        +-------------------------> CANCELLED --------------------------> (gone)
 *        |                               |                                   ^
 *      FILED --activate, start passes--> | suspect key                       |
 *        ^ |                     |       v                                   |
 *  file  | +--change             +--> ACTIVE --end passes--> UNCONFIRMED     |
 *  ------+                            |  ^ change|            |  |  ^        |
 *                                     |  +-------+---change---+  |  |        |
 *                                     +----over---> OVER <--over-+  | suspect|
 *                                                    |  +-----------+        |
 *                                                    +--tail--> CLOSED ------+
 *                                                                 (CLOSED --suspect--> UNCONFIRMED)
 *
 * Hazardous: from its start (or the activation, if that is earlier) until OVER and the tail of its category; an end without OVER
 * sends a query and opens nothing. */
#include "core/bridge.h"
#include "core/lead.h"
#include "core/watch.h"

#define BIT(state) (1u << (state))
enum move { MOVE_CHANGE, MOVE_ACTIVATE, MOVE_START, MOVE_END, MOVE_OVER, MOVE_CANCEL, MOVE_TAIL, MOVE_SUSPECT, MOVES };
static const struct { unsigned from; int8_t to; /* -1: stays, or ACTIVE from UNCONFIRMED */ } moves[MOVES] = {
    [MOVE_CHANGE] = {BIT(NOTICE_FILED) | BIT(NOTICE_ACTIVE) | BIT(NOTICE_UNCONFIRMED), -1},
    [MOVE_ACTIVATE] = {BIT(NOTICE_FILED) | BIT(NOTICE_ACTIVE), NOTICE_ACTIVE},
    [MOVE_START] = {BIT(NOTICE_FILED), NOTICE_ACTIVE},
    [MOVE_END] = {BIT(NOTICE_ACTIVE), NOTICE_UNCONFIRMED},
    [MOVE_OVER] = {BIT(NOTICE_ACTIVE) | BIT(NOTICE_UNCONFIRMED), NOTICE_OVER},
    [MOVE_CANCEL] = {BIT(NOTICE_FILED), NOTICE_CANCELLED},
    [MOVE_TAIL] = {BIT(NOTICE_OVER), NOTICE_CLOSED},
    [MOVE_SUSPECT] = {BIT(NOTICE_OVER) | BIT(NOTICE_CLOSED) | BIT(NOTICE_CANCELLED), NOTICE_UNCONFIRMED},
};
static const char *const state_names[NOTICE_STATES] = {"filed", "active", "unconfirmed", "over", "closed", "cancelled"};

static bool may_move(const struct notice_row *n, enum move m) { return (moves[m].from & BIT(n->state)) != 0; }

static void invariant(const struct notice_row *n) {
    assert(n->state < NOTICE_STATES);
    assert((n->over != INSTANT_NONE) == (n->state == NOTICE_OVER || n->state == NOTICE_CLOSED || n->state == NOTICE_CANCELLED));
    assert(n->tail_until == INSTANT_NONE || n->over != INSTANT_NONE);
    assert(n->state != NOTICE_OVER || n->tail_until >= n->over);
    assert(n->state != NOTICE_FILED || n->activated == INSTANT_NONE);
    assert(n->party != PARTY_NONE && n->version > 0);
}

static void move(struct notice_row *n, enum move m) {
    assert(may_move(n, m));
    if (moves[m].to >= 0) n->state = (uint8_t)moves[m].to;
    else if (n->state == NOTICE_UNCONFIRMED) n->state = NOTICE_ACTIVE;
    invariant(n);
}

/* ---- volumes ---- */
static instant section_first(const struct state *st, const struct notice_section *s) {
    instant first = INSTANT_NONE;
    for (row r = s->present ? s->volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next)
        if (first == INSTANT_NONE || volume_at(st, r)->stated_start < first) first = volume_at(st, r)->stated_start;
    return first;
}
static instant first_start(const struct state *st, const struct notice_row *n) {
    instant first = INSTANT_NONE;
    for (int i = 0; i < RANKS; i++) {
        instant start = section_first(st, &n->section[i]);
        if (start != INSTANT_NONE && (first == INSTANT_NONE || start < first)) first = start;
    }
    return first;
}

static instant last_end(const struct state *st, const struct notice_row *n) {
    instant last = INSTANT_NONE;
    for (int i = 0; i < RANKS; i++)
        for (row r = n->section[i].present ? n->section[i].volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next)
            if (volume_at(st, r)->stated_end > last) last = volume_at(st, r)->stated_end;
    return last;
}

/* What holds of one volume now. An activation before the first start pulls forward the volumes that start first, of each section: a
 * narrow one may begin later than the wide one around it, and its reader sees no other. It is not known to mean the rest. */
static void span_now(const struct state *st, const struct notice_row *n, const struct volume_row *v, instant first,
                     instant *from, instant *to, bool *idle) {
    *from = v->stated_start;
    *to = v->stated_end;
    if (n->activated != INSTANT_NONE && n->activated < first && v->stated_start == first) *from = n->activated;
    instant now = n->over == INSTANT_NONE ? st->time : n->over;
    bool open = v->last_window && v->stated_end <= now && n->state != NOTICE_FILED;
    if (open) *to = WATCH_OPEN_END > v->stated_end ? WATCH_OPEN_END : v->stated_end;
    *idle = n->state == NOTICE_CLOSED || n->state == NOTICE_CANCELLED;
    if (n->state != NOTICE_OVER) return;
    *idle = *from > n->over || *to < n->over;
    if (!*idle) *to = n->tail_until;
}

static void respan_volume(struct state *st, const struct notice_row *n, row r, instant first) {
    struct volume_row *v = volume_at(st, r);
    instant from, to;
    bool idle;
    span_now(st, n, v, first, &from, &to, &idle);
    v->idle = idle;
    if (idle || (from == v->start && to == v->end)) return;
    pool_index_drop(st, r);
    v->start = from;
    v->end = to;
    pool_index_put(st, r);
}

void notice_respan(struct state *st, row r) {
    const struct notice_row *n = notice_at(st, r);
    for (int i = 0; i < RANKS; i++) {
        instant first = section_first(st, &n->section[i]);
        for (row v = n->section[i].present ? n->section[i].volume : ROW_NONE; v != ROW_NONE; v = volume_at(st, v)->next)
            respan_volume(st, n, v, first);
    }
}

static bool same_footprint(const struct state *st, row a, row b) {
    const struct volume_row *x = volume_at(st, a), *y = volume_at(st, b);
    if (x->shape != y->shape || x->count != y->count || x->reach_cm != y->reach_cm) return false;
    row p = x->chunk, q = y->chunk;
    for (uint32_t left = x->count; left > 0;) {
        const struct chunk *s = table_at(&st->chunks, p), *t = table_at(&st->chunks, q);
        uint32_t here = left < CHUNK_VERTICES ? left : CHUNK_VERTICES;
        if (memcmp(s->u.at, t->u.at, here * sizeof s->u.at[0]) != 0) return false;
        left -= here;
        p = s->next;
        q = t->next;
    }
    return true;
}

static void keep_stated(struct state *st, row first) {
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        struct volume_row *v = volume_at(st, r);
        v->stated_start = v->start;
        v->stated_end = v->end;
    }
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        volume_at(st, r)->last_window = true;
        for (row o = first; o != ROW_NONE && volume_at(st, r)->last_window; o = volume_at(st, o)->next)
            if (volume_at(st, o)->stated_end > volume_at(st, r)->stated_end && same_footprint(st, r, o))
                volume_at(st, r)->last_window = false;
    }
}

static void release_section(struct state *st, struct notice_row *n, uint8_t rank) {
    struct notice_section *s = &n->section[rank];
    if (!s->present) return;
    pool_release(st, s->volume);
    pool_text_release(st, n->party, s->text);
    *s = (struct notice_section){.volume = ROW_NONE};
}

static void store_section(struct state *st, row r, uint8_t rank, const struct section *x, const struct reader_set *readers) {
    struct notice_row *n = notice_at(st, r);
    const struct body_notice *b = &x->body.notice;
    struct notice_section *s = &n->section[rank];
    *s = (struct notice_section){.present = true, .slot = x->slot, .readers = *readers, .category = b->category, .marks = b->marks,
                                 .volume = ROW_NONE, .volume_count = b->volume_count};
    assert(b->area.size <= sizeof s->area);
    s->area_size = (uint8_t)b->area.size;
    if (b->area.size) memcpy(s->area, b->area.at, b->area.size);
    s->text = pool_text_store(st, n->party, b->text);
    pool_volumes_store(st, OWNER_NOTICE, r, n->party, x->slot, b->volumes, b->volume_count, &s->volume);
    keep_stated(st, s->volume);
    n->schedule_unread = n->schedule_unread || (b->marks & MARK_SCHEDULE_UNREAD);
}

/* ---- timers ---- */
static instant later_of(instant a, instant b) { return a > b ? a : b; }

static instant next_window_end(const struct state *st, const struct notice_row *n) {
    instant next = INSTANT_NONE;
    for (int i = 0; i < RANKS; i++)
        for (row r = n->section[i].present ? n->section[i].volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next) {
            const struct volume_row *v = volume_at(st, r);
            if (v->last_window && v->stated_end > st->time && (next == INSTANT_NONE || v->stated_end < next)) next = v->stated_end;
        }
    return next;
}

/* Queries repeat ever more slowly, up to 64 times the first interval: a notice that nobody ends stays hazardous for years. */
static int64_t query_interval(const struct state *st, const struct notice_row *n) {
    uint32_t doublings = n->queries > 4 ? (n->queries - 4 < 6 ? n->queries - 4 : 6) : 0;
    int64_t each = st->settings.query_repeat_ns < INSTANT_SECOND ? INSTANT_SECOND : st->settings.query_repeat_ns;
    return each << doublings;
}

static void schedule(struct state *st, row r) {
    const struct notice_row *n = notice_at(st, r);
    bridge_touch(st, OWNER_NOTICE, r);
    instant next = INSTANT_NONE;
    switch (n->state) {
    case NOTICE_FILED: next = first_start(st, n); break;
    case NOTICE_ACTIVE: next = next_window_end(st, n); break;
    case NOTICE_UNCONFIRMED: next = n->queried + query_interval(st, n); break;
    case NOTICE_OVER: next = n->tail_until; break;
    default: next = (n->tail_until > n->over ? n->tail_until : n->over) + WATCH_RETENTION_NS; break;
    }
    if (next == INSTANT_NONE) timer_cancel(st, TIMER_NOTICE, r);
    else timer_set(st, TIMER_NOTICE, r, n->serial, later_of(next, st->time + 1));
}

static void query(struct state *st, row r, const char *why, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    if (tell_left(st, fx) == 0) return; /* asked with the next timer */
    n->queried = st->time;
    n->queries++;
    uint8_t desk = (uint8_t)((n->queries - 1) % st->parties[n->party].desk_count);
    struct append *out = tell_begin(st, fx, TOLD_QUERY, n->party, &st->parties[n->party].desk[desk]);
    append_str(out, "\"notice\":");
    append_entity(out, st, n->party, &n->id);
    append_format(out, ",\"why\":\"%s\",\"query\":%u,\"ends\":", why, n->queries);
    render_time(n->ends, out);
    tell_end(st, fx);
}

/* Moves by the clock, as many as are due: a notice that is filed late has its start and end behind it. */
static void catch_up(struct state *st, row r, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    instant first = first_start(st, n);
    if (n->state == NOTICE_FILED && first != INSTANT_NONE && first <= st->time) move(n, MOVE_START);
    n->ends = last_end(st, n);
    if (n->state == NOTICE_ACTIVE && n->ends != INSTANT_NONE && n->ends <= st->time) {
        move(n, MOVE_END);
        n->queries = 0;
        query(st, r, "end", fx);
    }
}

void notice_on_timer(struct state *st, row r, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    switch (n->state) {
    case NOTICE_FILED: case NOTICE_ACTIVE: catch_up(st, r, fx); break;
    case NOTICE_UNCONFIRMED: query(st, r, n->hazard_again ? "key-suspect" : "end", fx); schedule(st, r); return;
    case NOTICE_OVER: move(n, MOVE_TAIL); break;
    default: notice_purge(st, r, fx); return;
    }
    notice_respan(st, r);
    schedule(st, r);
    if (notice_hazardous(n)) conflict_refresh(st, OWNER_NOTICE, r, fx);
    else alert_entity_gone(st, OWNER_NOTICE, r, fx);
}

void notice_purge(struct state *st, row r, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    assert(!notice_hazardous(n));
    alert_entity_gone(st, OWNER_NOTICE, r, fx);
    bridge_gone(st, OWNER_NOTICE, r, fx);
    due_drop_chain(st, &n->due);
    for (row h = 0; h < st->holds.capacity; h++)
        if (st->holds.live[h] && hold_at(st, h)->notice == r && hold_at(st, h)->notice_serial == n->serial) hold_at(st, h)->notice = ROW_NONE;
    for (uint8_t i = 0; i < RANKS; i++) release_section(st, n, i);
    timer_cancel(st, TIMER_NOTICE, r);
    hash_index_remove(&st->notices.by_id, r);
    quota_give(st, n->party, QUOTA_NOTICES, 1);
    sweeps_leave(st, OWNER_NOTICE, r);
    table_drop(&st->notices, r);
}

/* ---- filing and changing ---- */
struct notice_plan {
    struct sections_plan sections;
    bool merge;                     /* open: sections stay beside those that come */
    struct notice_lead lead[LIMIT_AGREEMENT_PARTIES]; struct lead out[LIMIT_AGREEMENT_PARTIES]; uint8_t lead_count;
    bool late;
};

/* Who suspended or left does not count: that one party goes must not leave the others' lead unjudged. */
static bool other_member(const struct state *st, const struct agreement_member *m, uint16_t sender) {
    return m->party != sender && agreement_member_counts(m, st->time);
}

/* Sections of the notice, as it will stand, that every other member of the agreement may read: the narrowest. RANKS: none. */
static uint8_t rank_for_agreement(const struct state *st, const struct agreement_version *v, uint16_t sender,
                                  const struct sections_plan *p) {
    for (uint8_t rank = RANKS; rank-- > 0;) {
        if (!p->at[rank]) continue;
        bool all = true;
        for (uint16_t i = 0; i < v->member_count && all; i++)
            all = !other_member(st, &v->member[i], sender) || reader_set_has(st, &p->readers[rank], v->member[i].party);
        if (all) return rank;
    }
    return RANKS;
}

static bool old_readable(const struct state *st, const struct agreement_version *v, const struct notice_row *n, uint8_t rank) {
    for (uint16_t i = 0; i < v->member_count; i++)
        if (other_member(st, &v->member[i], n->party) && !reader_set_has(st, &n->section[rank].readers, v->member[i].party)) return false;
    return true;
}

/* The old claims that count for this agreement: of the sections its parties could read, under the same category. */
static uint32_t old_volumes(struct state *st, const struct agreement_version *v, row notice, const struct name *category,
                            struct volume *out) {
    if (notice == ROW_NONE) return 0;
    const struct notice_row *n = notice_at(st, notice);
    const struct watch *w = st->watch;
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->stored_count; i++) {
        const struct notice_section *s = &n->section[w->stored_rank[i]];
        if (name_equal(&s->category, category) && old_readable(st, v, n, w->stored_rank[i])) out[count++] = w->stored[i];
    }
    return count;
}

static void judge(struct state *st, const struct statement *s, struct step *c, row notice, row agreement, struct notice_plan *p) {
    const struct agreement_version *v = agreement_in_force(st, agreement, s->time);
    uint8_t rank = rank_for_agreement(st, v, c->party, &p->sections);
    struct lead *out = &p->out[p->lead_count];
    struct notice_lead *kept = &p->lead[p->lead_count];
    *out = (struct lead){.agreement = agreement_at(st, agreement)->name, .version = v->version, .start = INSTANT_NONE};
    *kept = (struct notice_lead){.agreement = agreement, .version = v->version, .start = INSTANT_NONE, .sequenced = s->time};
    if (rank == RANKS && p->merge) return; /* nothing that opens now is for them */
    p->lead_count++;
    if (rank == RANKS) return; /* told, not judged: a member may read nothing of it */
    const struct body_notice *b = &p->sections.at[rank]->body.notice;
    const struct category_rule *rule = agreement_rule(v, &b->category);
    if (!rule) {
        p->lead_count--;
        return;
    }
    static _Thread_local struct volume old[RANKS * LIMIT_VOLUMES]; /* scratch: only the order differs from watch.stored */
    uint32_t olds = old_volumes(st, v, notice, &b->category, old);
    struct lead_claim claim;
    lead_compare(old, olds, b->volumes, b->volume_count, &st->settings.offsets, &claim);
    out->judged = kept->judged = true;
    out->binds = kept->binds = rule->binds;
    out->agreed_ns = kept->agreed_ns = rule->lead_ns;
    out->pieces = kept->pieces = claim.pieces;
    out->start = kept->start = claim.start;
    if (claim.pieces == 0) return;
    out->sequenced_ns = claim.start - s->time;
    out->short_ns = lead_short(out->sequenced_ns, rule->lead_ns);
    p->late = p->late || out->short_ns > 0;
}

static int compare_agreements(const void *a, const void *b) {
    const struct agreement_row *x = a, *y = b;
    int order = memcmp(x->name.at, y->name.at, NAME_ROOM);
    return order ? order : x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void judge_all(struct state *st, const struct statement *s, struct step *c, row notice, struct notice_plan *p) {
    uint32_t count = table_sorted(&st->agreements, compare_agreements, st->work_rows);
    for (uint32_t i = 0; i < count && p->lead_count < LIMIT_AGREEMENT_PARTIES; i++)
        if (agreement_has(st, st->work_rows[i], c->party, s->time)) judge(st, s, c, notice, st->work_rows[i], p);
}

static uint32_t readers_of(const struct state *st, uint16_t sender, const struct sections_plan *p) {
    uint32_t n = 0;
    for (uint16_t party = 0; party < st->party_count; party++) {
        bool reads = false;
        for (int i = 0; i < RANKS && !reads; i++) reads = p->at[i] && party != sender && reader_set_has(st, &p->readers[i], party);
        n += reads;
    }
    return n;
}

static void load_chains(struct state *st, row notice) {
    row first[RANKS] = {ROW_NONE, ROW_NONE, ROW_NONE};
    for (int i = 0; notice != ROW_NONE && i < RANKS; i++)
        if (notice_at(st, notice)->section[i].present) first[i] = notice_at(st, notice)->section[i].volume;
    stored_load(st, first);
}

/* A change opens nothing: what is hazardous now and is not within the new volumes of its section stays beside them until OVER. */
static bool stays(const struct state *st, row r, const struct body_notice *by) {
    const struct volume_row *v = volume_at(st, r);
    if (v->idle || v->start > st->time || v->end < st->time) return false;
    struct volume old;
    pool_volume_view(st, r, st->work_positions_a, &old);
    old.start = st->time;
    old.end = v->stated_end > st->time ? v->stated_end : st->time;
    for (uint32_t i = 0; by && i < by->volume_count; i++)
        if (meet_contains(&by->volumes[i], &old, &st->settings.offsets)) return false;
    return true;
}
static const struct body_notice *replaces(const struct notice_plan *p, uint8_t rank) {
    return p->sections.at[rank] ? &p->sections.at[rank]->body.notice : NULL;
}
static bool change_keeps(const struct notice_row *n, const struct notice_plan *p) {
    return !p->merge && (n->state == NOTICE_ACTIVE || n->state == NOTICE_UNCONFIRMED);
}
/* [check] Kept and new volumes of each section fit together. */
static bool kept_room(const struct state *st, struct step *c, const struct notice_row *n, const struct notice_plan *p) {
    for (uint8_t i = 0; change_keeps(n, p) && i < RANKS; i++) {
        const struct body_notice *by = replaces(p, i);
        uint32_t count = by ? by->volume_count : 0;
        for (row r = n->section[i].present ? n->section[i].volume : ROW_NONE; r != ROW_NONE; r = volume_at(st, r)->next) count += stays(st, r, by);
        if (count > LIMIT_VOLUMES)
            return refuse(c, REASON_FULL, "/sections: %u volumes with those that stay hazardous until OVER; at most %d", count, LIMIT_VOLUMES);
    }
    return true;
}
/* Also for `open`: what comes merges with what is there. */
bool notice_sections_check(struct state *st, const struct statement *s, struct step *c, row notice, bool merge) {
    _Static_assert(sizeof(struct notice_plan) <= STEP_PLAN_BYTES, "the plan fits");
    struct notice_plan *p = c->plan;
    memset(p, 0, sizeof *p);
    p->merge = merge;
    if (!sections_plan(st, c, s, false, &p->sections)) return false;
    if (!sections_room(st, c, &p->sections, false)) return false;
    uint32_t readers = readers_of(st, c->party, &p->sections);
    if (!due_room(st, c->party, readers)) return refuse(c, REASON_FULL, "%s: %u more wanted", quota_name(QUOTA_DUES), readers);
    if (notice != ROW_NONE && !kept_room(st, c, notice_at(st, notice), p)) return false;
    load_chains(st, notice);
    judge_all(st, s, c, notice, p);
    sections_contained(st, &p->sections, false, merge);
    return true;
}

bool notice_check(struct state *st, const struct statement *s, struct step *c) {
    if (!own_entity(st, s, c)) return false;
    row r = c->entity = notice_find(st, c->party, &s->on.id);
    if (r != ROW_NONE) {
        const struct notice_row *n = notice_at(st, r);
        if (!step_prev(c, s, &n->last_statement)) return false;
        if (!may_move(n, MOVE_CHANGE)) return refuse(c, REASON_BAD_STATE, "/on: the notice is %s; must be filed, active or unconfirmed", state_names[n->state]);
    } else {
        if (s->has_prev) return refuse(c, REASON_UNKNOWN_ENTITY, "/prev: given, but there is no such notice");
        if (!quota_room(st, c->party, QUOTA_NOTICES, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_NOTICES));
    }
    if (s->section_count == 0 && s->open_by == INSTANT_NONE) return refuse(c, REASON_SECTION, "/sections: at least one is needed");
    return notice_sections_check(st, s, c, r, false);
}

static void open_dues(struct state *st, row r, const struct notice_plan *p, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    for (uint16_t party = 0; party < st->party_count; party++) {
        uint64_t place;
        if (party == n->party || !told_statement_place(fx, party, &place)) continue;
        uint8_t mask = 0;
        for (uint8_t i = 0; i < RANKS; i++)
            if (p->sections.at[i] && reader_set_has(st, &p->sections.readers[i], party)) mask |= (uint8_t)(1u << i);
        if (!mask) continue;
        uint8_t rank = rank_narrowest(mask);
        instant deadline = INSTANT_NONE;
        for (row a = 0; a < st->agreements.capacity; a++) {
            if (!st->agreements.live[a] || !agreement_has(st, a, n->party, st->time) || !agreement_has(st, a, party, st->time)) continue;
            const struct category_rule *rule = agreement_rule(agreement_in_force(st, a, st->time), &n->section[rank].category);
            if (rule && rule->readback_ns > 0 && (deadline == INSTANT_NONE || st->time + rule->readback_ns < deadline))
                deadline = st->time + rule->readback_ns;
        }
        row due = due_make(st, party, n->party, place, DUE_NOTICE, r, n->serial, deadline);
        notice_told(st, n, rank, due_at(st, due));
        due_chain(st, due, &n->due);
    }
}

static void drop_old_dues(struct state *st, struct notice_row *n, const struct notice_plan *p) {
    if (!p->merge) {
        due_drop_chain(st, &n->due);
        return;
    }
    for (row d = n->due; d != ROW_NONE;) { /* only of those who are told anew */
        row next = due_at(st, d)->next;
        bool again = false;
        for (int i = 0; i < RANKS && !again; i++)
            again = p->sections.at[i] && reader_set_has(st, &p->sections.readers[i], due_at(st, d)->party);
        if (again) {
            if (n->due == d) n->due = next;
            due_drop(st, d);
        }
        d = next;
    }
}

static void keep_leads(struct notice_row *n, const struct notice_plan *p, struct outcome *out) {
    if (!p->merge) n->lead_count = 0;
    for (uint8_t i = 0; i < p->lead_count; i++) { /* what opens is judged anew; agreements that it says nothing to keep theirs */
        uint8_t at = 0;
        while (at < n->lead_count && n->lead[at].agreement != p->lead[i].agreement) at++;
        if (at == LIMIT_AGREEMENT_PARTIES) continue;
        n->lead[at] = p->lead[i];
        if (at == n->lead_count) n->lead_count++;
    }
    memcpy(out->lead, p->out, sizeof out->lead);
    out->lead_count = p->lead_count;
    out->marks |= p->sections.marks | (p->late ? OUTCOME_MARK_LATE : 0u);
    for (int i = 0; i < RANKS; i++)
        if (p->sections.at[i] && (p->sections.at[i]->body.notice.marks & MARK_SCHEDULE_UNREAD)) out->marks |= OUTCOME_MARK_SCHEDULE;
}

/* Takes the volumes that stay out of the section's chain; returns them as a chain of their own. */
static row take_staying(struct state *st, struct notice_section *s, const struct body_notice *by) {
    row kept = ROW_NONE, *tail = &kept, *link = &s->volume;
    while (s->present && *link != ROW_NONE) {
        row r = *link;
        struct volume_row *v = volume_at(st, r);
        if (!stays(st, r, by)) {
            link = &v->next;
            continue;
        }
        *link = v->next;
        v->next = ROW_NONE;
        v->last_window = true; /* whatever window would have followed is not stated any more */
        v->stated_start = v->start; /* an activation may have pulled it forward; the new volumes' starts do not push it back */
        *tail = r;
        tail = &v->next;
        s->volume_count--;
    }
    return kept;
}
static void append_kept(struct state *st, struct notice_section *s, row kept) {
    row *link = &s->volume;
    uint32_t number = 0;
    for (; *link != ROW_NONE; number++) link = &volume_at(st, *link)->next;
    *link = kept;
    for (row r = kept; r != ROW_NONE; r = volume_at(st, r)->next) {
        volume_at(st, r)->slot = s->slot;
        volume_at(st, r)->number = number++;
    }
    s->volume_count = number;
}
/* A section that the change leaves out goes, but for what stays of it. */
static void replace_section(struct state *st, row r, const struct notice_plan *p, uint8_t rank) {
    struct notice_row *n = notice_at(st, r);
    row kept = change_keeps(n, p) ? take_staying(st, &n->section[rank], replaces(p, rank)) : ROW_NONE;
    if (p->sections.at[rank]) {
        release_section(st, n, rank);
        store_section(st, r, rank, p->sections.at[rank], &p->sections.readers[rank]);
    } else if (kept == ROW_NONE) {
        release_section(st, n, rank);
    } else {
        pool_release(st, n->section[rank].volume);
        n->section[rank].volume = ROW_NONE;
    }
    if (kept != ROW_NONE) append_kept(st, &n->section[rank], kept);
}

static int64_t tail_of(const struct state *st, const struct notice_row *n, instant at) {
    int64_t tail = 0;
    for (row a = 0; a < st->agreements.capacity; a++) {
        if (!st->agreements.live[a] || !agreement_has(st, a, n->party, at)) continue;
        const struct agreement_version *v = agreement_in_force(st, a, at);
        for (int i = 0; i < RANKS; i++) {
            const struct category_rule *rule = n->section[i].present ? agreement_rule(v, &n->section[i].category) : NULL;
            if (rule && rule->tail_ns > tail) tail = rule->tail_ns;
        }
    }
    return tail;
}
/* A suspension, a new version or another category on the eve of OVER does not shorten the tail. */
static void keep_tail(const struct state *st, struct notice_row *n) {
    int64_t tail = tail_of(st, n, st->time);
    if (tail > n->tail_ns) n->tail_ns = tail;
}

void notice_sections_apply(struct state *st, const struct statement *s, struct step *c, row r, struct effects *fx) {
    const struct notice_plan *p = c->plan;
    struct notice_row *n = notice_at(st, r);
    drop_old_dues(st, n, p);
    if (!p->merge) n->schedule_unread = false;
    for (uint8_t i = 0; i < RANKS; i++)
        if (!p->merge || p->sections.at[i]) replace_section(st, r, p, i);
    n->not_contained = p->sections.not_contained;
    keep_tail(st, n);
    keep_leads(n, p, c->out);
    deliver_sections(st, s, c, fx);
    open_dues(st, r, p, fx);
    if (may_move(n, MOVE_CHANGE)) {
        n->ends = last_end(st, n);
        if (n->state == NOTICE_UNCONFIRMED && n->ends > st->time) { move(n, MOVE_CHANGE); n->hazard_again = false; }
        catch_up(st, r, fx);
    }
    notice_respan(st, r);
    schedule(st, r);
    if (notice_hazardous(n)) conflict_refresh(st, OWNER_NOTICE, r, fx);
}

void notice_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    row r = c->entity;
    if (r == ROW_NONE) {
        r = c->entity = table_take(&st->notices);
        struct notice_row *n = notice_at(st, r);
        *n = (struct notice_row){.id = s->on.id, .party = c->party, .serial = state_serial(st), .state = NOTICE_FILED,
                                 .filed_order = s->order, .version = 1, .filed = s->time, .activated = INSTANT_NONE, .over = INSTANT_NONE,
                                 .tail_until = INSTANT_NONE, .ends = INSTANT_NONE, .queried = s->time, .due = ROW_NONE};
        for (int i = 0; i < RANKS; i++) n->section[i].volume = ROW_NONE;
        hash_index_put(&st->notices.by_id, r, table_code_entity(c->party, &s->on.id));
        sweeps_join(st, OWNER_NOTICE, r);
        quota_take(st, c->party, QUOTA_NOTICES, 1);
    } else {
        notice_at(st, r)->version++;
    }
    struct notice_row *n = notice_at(st, r);
    n->attested = c->attested;
    n->sealed = s->open_by != INSTANT_NONE;
    n->last_statement = n->filed_statement = s->hash;
    n->order = s->order;
    n->place = c->out->place;
    notice_sections_apply(st, s, c, r, fx);
    invariant(n);
}

/* ---- activate, over, cancel ---- */
static bool move_check(struct state *st, const struct statement *s, struct step *c, enum move m, const char *wanted) {
    if (!own_entity(st, s, c)) return false;
    row r = c->entity = notice_find(st, c->party, &s->on.id);
    if (r == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "/on: no such notice");
    const struct notice_row *n = notice_at(st, r);
    if (!step_prev(c, s, &n->last_statement)) return false;
    if (!may_move(n, m)) return refuse(c, REASON_BAD_STATE, "/on: the notice is %s; must be %s", state_names[n->state], wanted);
    return true;
}

static struct notice_row *moved(struct state *st, const struct statement *s, struct step *c) {
    struct notice_row *n = notice_at(st, c->entity);
    n->last_statement = s->hash;
    n->order = s->order;
    n->place = c->out->place;
    return n;
}

/* Whoever may read the notice learns that it began or ended; the text goes to the readers that it names. */
static void tell_readers(struct state *st, const struct statement *s, struct step *c, const struct notice_row *n, struct effects *fx) {
    deliver_sections(st, s, c, fx);
    for (uint16_t p = 0; p < st->party_count; p++) {
        bool reads = false;
        for (int i = 0; i < RANKS && !reads; i++) reads = n->section[i].present && reader_set_has(st, &n->section[i].readers, p);
        if (reads && p != n->party) tell_statement(st, fx, p, 0);
    }
}

static void settle(struct state *st, row r, struct effects *fx) {
    notice_respan(st, r);
    schedule(st, r);
    if (notice_hazardous(notice_at(st, r))) conflict_refresh(st, OWNER_NOTICE, r, fx);
    else alert_entity_gone(st, OWNER_NOTICE, r, fx);
}

/* What an activation before the stated start claims anew: the time from now to then. It has no lead at all. */
static void judge_early(struct state *st, const struct statement *s, row r, row agreement, struct notice_plan *p) {
    const struct notice_row *n = notice_at(st, r);
    const struct agreement_version *v = agreement_in_force(st, agreement, s->time);
    uint8_t rank = RANKS;
    while (rank > 0 && (!n->section[rank - 1].present || !old_readable(st, v, n, rank - 1))) rank--;
    if (rank == 0) return; /* no section is read by all: filing it was not judged either */
    const struct notice_section *section = &n->section[rank - 1];
    const struct category_rule *rule = agreement_rule(v, &section->category);
    instant first = section_first(st, section);
    if (!rule || first == INSTANT_NONE || first <= s->time) return;
    struct lead *out = &p->out[p->lead_count++];
    *out = (struct lead){.judged = true, .agreement = agreement_at(st, agreement)->name, .version = v->version, .start = s->time,
                         .agreed_ns = rule->lead_ns, .binds = rule->binds, .short_ns = lead_short(0, rule->lead_ns)};
    for (row x = section->volume; x != ROW_NONE; x = volume_at(st, x)->next) out->pieces += volume_at(st, x)->stated_start == first;
    p->late = p->late || out->short_ns > 0;
}

bool notice_activate_check(struct state *st, const struct statement *s, struct step *c) {
    struct notice_plan *p = c->plan;
    memset(p, 0, sizeof *p);
    if (!move_check(st, s, c, MOVE_ACTIVATE, "filed or active")) return false;
    uint32_t count = table_sorted(&st->agreements, compare_agreements, st->work_rows);
    bool early = notice_at(st, c->entity)->activated == INSTANT_NONE;
    for (uint32_t i = 0; early && i < count && p->lead_count < LIMIT_AGREEMENT_PARTIES; i++)
        if (agreement_has(st, st->work_rows[i], c->party, s->time)) judge_early(st, s, c->entity, st->work_rows[i], p);
    return true;
}
void notice_activate_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct notice_plan *p = c->plan;
    struct notice_row *n = moved(st, s, c);
    memcpy(c->out->lead, p->out, sizeof c->out->lead);
    c->out->lead_count = p->lead_count;
    c->out->marks |= p->late ? OUTCOME_MARK_LATE : 0u;
    move(n, MOVE_ACTIVATE);
    if (n->activated == INSTANT_NONE) n->activated = s->time;
    keep_tail(st, n);
    tell_readers(st, s, c, n, fx);
    settle(st, c->entity, fx);
}

/* The longest tail that an agreement of the sender asks for: it holds for everybody. */
bool notice_over_check(struct state *st, const struct statement *s, struct step *c) {
    return move_check(st, s, c, MOVE_OVER, "active or unconfirmed (before its start: cancel)");
}
void notice_over_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct notice_row *n = moved(st, s, c);
    n->over = s->time;
    keep_tail(st, n);
    n->tail_until = s->time + n->tail_ns;
    n->key = c->key == ROW_NONE ? (struct name){{0}} : key_row_at(st, c->key)->name;
    n->hazard_again = false;
    move(n, MOVE_OVER);
    if (n->tail_until == n->over) move(n, MOVE_TAIL);
    tell_readers(st, s, c, n, fx);
    settle(st, c->entity, fx);
}

bool notice_cancel_check(struct state *st, const struct statement *s, struct step *c) {
    return move_check(st, s, c, MOVE_CANCEL, "filed and before its start (after it: over)");
}
void notice_cancel_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct notice_row *n = moved(st, s, c);
    n->over = s->time;
    n->key = c->key == ROW_NONE ? (struct name){{0}} : key_row_at(st, c->key)->name;
    move(n, MOVE_CANCEL);
    tell_readers(st, s, c, n, fx);
    settle(st, c->entity, fx);
}

/* What a suspect key ended stands again until its sender says OVER anew. */
void notice_on_key_suspect(struct state *st, uint16_t party, row key, instant from, struct effects *fx) {
    for (row r = table_oldest_of(&st->notices, party); r != ROW_NONE; r = table_newer(&st->notices, r)) {
        struct notice_row *n = notice_at(st, r);
        if (!may_move(n, MOVE_SUSPECT) || n->over < from || !name_equal(&n->key, &key_row_at(st, key)->name)) continue;
        n->over = n->tail_until = INSTANT_NONE;
        n->hazard_again = true;
        n->queries = 0;
        move(n, MOVE_SUSPECT);
        if (n->ends != INSTANT_NONE && n->ends > st->time) n->state = first_start(st, n) <= st->time ? NOTICE_ACTIVE : NOTICE_FILED;
        if (n->state == NOTICE_FILED) n->activated = INSTANT_NONE;
        invariant(n);
        query(st, r, "key-suspect", fx);
        settle(st, r, fx);
    }
}
