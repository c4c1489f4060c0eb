/* The search for what an entity meets, so far as the work of a step goes (what is left waits in backlog.c).
 *
 *   conflict_refresh -> the index gives what is near -> pairs in the order of their keys, so many as the step's work allows
 *                    -> what is left waits in the queue of the entity's party, with a cursor; `continue` goes on with it
 *
 * A key orders what may be met, by kind, then by serial. The cursor is cyclic: an entity that changes while it waits wants one more round from where
 * it is, and one that changes all the time is looked at from end to end all the same. */
#include "core/search.h"

#include "core/tube.h"

static int kind_index(enum owner_kind kind) { return kind == OWNER_NOTICE ? 0 : kind == OWNER_FLIGHT ? 1 : 2; }
uint64_t search_serial(const struct state *st, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_at(st, r)->serial;
    return kind == OWNER_FLIGHT ? flight_at(st, r)->serial : track_at(st, r)->serial;
}
uint16_t search_party(const struct state *st, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_at(st, r)->party;
    return kind == OWNER_FLIGHT ? flight_at(st, r)->party : track_at(st, r)->party;
}
bool search_counts(const struct state *st, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_hazardous(notice_at(st, r));
    return kind == OWNER_TRACK || flight_stands(flight_at(st, r));
}

/* ---- keys ---- */
static bool known_to(const struct state *st, uint16_t party, enum owner_kind kind, row r) {
    if (kind == OWNER_NOTICE) return notice_readable(st, notice_at(st, r), party) != 0;
    return kind == OWNER_FLIGHT ? flight_readable(st, flight_at(st, r), party) != 0 : feed_readable(st, track_at(st, r)->feed, party);
}
static uint64_t key_of(const struct state *st, enum owner_kind kind, row r) {
    return key_make(kind_index(kind), search_serial(st, kind, r));
}

/* ---- work ---- */
/* Whose step it is has a whole step's work for each kind and part, everybody else his share of it; in a tick, which is nobody's, each has it all.
 * What one party has to look at is nobody else's delay, and traffic that it hides is none of its notices. */
static struct allowance *allowance_of(struct state *st, uint16_t party) {
    const struct watch *w = st->watch;
    struct allowance *a = &w->allowance[party];
    if (a->order == st->order) return a;
    a->order = st->order;
    a->feeds_looked = false;
    for (int i = 0; i < WAITING_FOLDED; i++) {
        a->left[i] = w->speaker == PARTY_NONE || w->speaker == party ? st->settings.step_work : 1 + st->settings.step_work / st->party_count;
        a->told[i] = st->settings.step_work > LIMIT_TOLD_WORK ? st->settings.step_work : LIMIT_TOLD_WORK;
    }
    return a;
}
int64_t *search_work(struct state *st, uint16_t party, enum waiting_kind kind) {
    assert(kind < WAITING_FOLDED);
    return &allowance_of(st, party)->left[kind];
}

/* ---- what is near ---- */
/* Of a part those of ranks up to `most` are left. `one`: all are taken as of one part, PART_OWN. `keep`: for near_again. */
struct looking { struct state *st; enum owner_kind kind; row r; uint16_t party; uint32_t boxes; bool one, keep, tubes, of[SEARCH_PARTS]; uint64_t at[SEARCH_PARTS], most[SEARCH_PARTS]; };

static bool interests(enum owner_kind a, enum owner_kind b) {
    if (a == OWNER_AREA || b == OWNER_AREA) return false;
    if (a == OWNER_NOTICE) return b == OWNER_FLIGHT || b == OWNER_TRACK;
    return b == OWNER_NOTICE || a == b;
}

static void near_add(const struct looking *l, enum owner_kind kind, row r, bool told) {
    struct watch *w = l->st->watch;
    uint32_t *seen = &w->seen[kind_index(kind)][r];
    if (l->keep && w->kept_count < NEAR_KEPT) w->kept[w->kept_count++] = (struct near_kept){r, (uint8_t)kind};
    if (*seen == w->seen_now) return;
    *seen = w->seen_now;
    int part = l->one || search_party(l->st, kind, r) == l->party ? PART_OWN : known_to(l->st, l->party, kind, r) ? PART_KNOWN : PART_HIDDEN;
    uint64_t rank = (key_of(l->st, kind, r) - l->at[part] - 1) & KEY_MOST; /* cyclic */
    if (!l->of[part] || rank > l->most[part]) return;
    uint32_t all = w->near_count[PART_KNOWN] + w->near_count[PART_OWN] + w->near_count[PART_HIDDEN];
    w->near_all[all] = (struct entity){rank, r, (uint8_t)kind, (uint8_t)part, told};
    w->near_count[part]++;
}
/* Those of each part beside each other: in one array, for they are no more than all entities together. */
static void near_split(struct watch *w) {
    uint32_t to[SEARCH_PARTS], end[SEARCH_PARTS], from = 0;
    for (int p = 0; p < SEARCH_PARTS; p++) {
        w->near[p] = w->near_all + from;
        to[p] = from;
        end[p] = from += w->near_count[p];
    }
    for (int p = 0; p < SEARCH_PARTS; p++)
        while (to[p] < end[p]) {
            struct entity e = w->near_all[to[p]];
            if (e.part != p) w->near_all[to[p]] = w->near_all[to[e.part]];
            w->near_all[to[e.part]++] = e;
        }
}

static struct looking near_begin(struct state *st, enum owner_kind kind, row r, struct waiting *const part[SEARCH_PARTS]) {
    struct watch *w = st->watch;
    struct looking l = {.st = st, .kind = kind, .r = r, .party = search_party(st, kind, r)};
    if (++w->seen_now == 0) { /* once in 2^32 */
        memset(w->seen[0], 0, st->notices.capacity * sizeof **w->seen);
        memset(w->seen[1], 0, st->flights.capacity * sizeof **w->seen);
        memset(w->seen[2], 0, st->tracks.capacity * sizeof **w->seen);
        w->seen_now = 1;
    }
    w->seen[kind_index(kind)][r] = w->seen_now; /* nothing meets itself */
    if (kind == OWNER_TRACK) conflict_tracks_passing(st, r, &w->passing);
    for (int i = 0; i < SEARCH_PARTS; i++) {
        w->near_count[i] = 0;
        l.of[i] = part[i] != NULL;
        if (!l.of[i]) continue;
        l.at[i] = part[i]->at;
        l.most[i] = (part[i]->from - part[i]->at - UINT64_C(1)) & KEY_MOST; /* from == at: the whole circle */
    }
    return l;
}

static bool near_visit(void *context, uint32_t item) {
    const struct looking *l = context;
    const struct volume_row *x = volume_at(l->st, item);
    if (interests(l->kind, (enum owner_kind)x->owner_kind) && search_counts(l->st, (enum owner_kind)x->owner_kind, x->owner))
        near_add(l, (enum owner_kind)x->owner_kind, x->owner, false);
    return true;
}

static bool near_tube(void *context, uint32_t item) {
    near_add(context, OWNER_TRACK, item, false);
    return true;
}

/* Where the work for a party's own tracks is done, and nobody else has a feed of the kind that is left, shown to it or hidden from it, no tube need be asked for. */
static bool tubes_wanted(const struct looking *l) {
    if (!interests(l->kind, OWNER_TRACK)) return false;
    if (l->of[PART_OWN]) return true;
    struct state *st = l->st;
    struct allowance *a = allowance_of(st, l->party);
    if (!a->feeds_looked) {
        a->feeds_looked = true;
        a->feeds_known = a->feeds_hidden = false;
        for (row f = table_next(&st->feeds, 0); f != ROW_NONE && !(a->feeds_known && a->feeds_hidden); f = table_next(&st->feeds, f + 1)) {
            if (feed_at(st, f)->party == l->party) continue;
            if (feed_readable(st, f, l->party)) a->feeds_known = true;
            else a->feeds_hidden = true;
        }
    }
    return (l->of[PART_KNOWN] && a->feeds_known) || (l->of[PART_HIDDEN] && a->feeds_hidden);
}
/* `r`: its row, whose pieces stand in the index already; ROW_NONE: none. */
static void near_shape(struct looking *l, const struct volume *v, row r, const struct reach *reach) {
    struct state *st = l->st;
    struct box b[BOX_PIECES];
    uint32_t pieces;
    int64_t ns = reach->before_ns > reach->after_ns ? reach->before_ns : reach->after_ns;
    int64_t height = reach->height_cm + WATCH_TRACK_HEIGHT_SLACK_CM;
    if (height > INT32_MAX / 2) height = INT32_MAX / 2;
    if (r == ROW_NONE) pieces = box_pieces(v, &st->settings.offsets, (double)reach->cm / 100.0, (int32_t)height, ns, ns, b);
    else
        for (pieces = 0; r != ROW_NONE; r = volume_at(st, r)->piece, pieces++) {
            struct box made;
            index_box(st->index, r, &made); /* its heights may be of offsets before: they are not looked at */
            box_widen(v, &made, &st->settings.offsets, (double)reach->cm / 100.0, (int32_t)height, ns, ns, &b[pieces]);
        }
    l->boxes += pieces;
    int64_t now_ms = st->time / 1000000 - ns / 1000000 - 1; /* what is over is met no more */
    for (uint32_t i = 0; i < pieces; i++) { /* in no order, some twice: ranks give one, near_add takes each once */
        if (b[i].from < now_ms) b[i].from = now_ms;
        if (b[i].from > b[i].to) continue;
        pool_index_query(st, &b[i], near_visit, l);
        if (l->tubes) tubes_query(st, &b[i], near_tube, l, &st->box_tests);
    }
}
static void near_volume(struct looking *l, row volume, const struct reach *reach) {
    const struct volume_row *x = volume_at(l->st, volume);
    struct volume v = {.shape = {.kind = (enum shape_kind)x->shape, .reach_cm = x->reach_cm}, .lower = x->lower, .upper = x->upper, .start = x->start, .end = x->end};
    near_shape(l, &v, volume, reach);
}

static void near_told(const struct looking *l) {
    const struct state *st = l->st;
    row r = l->r;
    uint32_t code = alert_entity_code(l->kind, r);
    const struct watch *w = st->watch;
    for (row a = hash_index_first(&w->alert_by_a, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_a, a))
        if (alert_kind_a(alert_at(st, a)->kind) == l->kind && alert_at(st, a)->a == r) near_add(l, alert_kind_b(alert_at(st, a)->kind), alert_at(st, a)->b, true);
    for (row a = hash_index_first(&w->alert_by_b, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_b, a))
        if (alert_kind_b(alert_at(st, a)->kind) == l->kind && alert_at(st, a)->b == r) near_add(l, alert_kind_a(alert_at(st, a)->kind), alert_at(st, a)->a, true);
}

/* A heap whose first is the next one: of very many only those are put in order that there is work for. */
static void near_sift(struct entity *at, uint32_t from, uint32_t count) {
    for (uint32_t i = from;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) return;
        if (child + 1 < count && at[child + 1].rank < at[child].rank) child++;
        if (at[i].rank <= at[child].rank) return;
        struct entity swap = at[i];
        at[i] = at[child];
        at[child] = swap;
        i = child;
    }
}
static void near_heap(struct watch *w, int part) {
    for (uint32_t i = w->near_count[part] / 2; i > 0; i--) near_sift(w->near[part], i - 1, w->near_count[part]);
}
static struct entity near_next(struct watch *w, int part) {
    struct entity first = w->near[part][0];
    w->near[part][0] = w->near[part][--w->near_count[part]];
    near_sift(w->near[part], 0, w->near_count[part]);
    return first;
}

/* The parts of an entity are searched one after the other in a `continue`, which changes alerts and nothing else: what was near is kept for the others. */
static struct near_memo *memo_of(const struct watch *w, enum owner_kind kind, row r) { return &w->memo[(r * UINT32_C(2654435761) + (uint32_t)kind) >> 7 & (NEAR_MEMOS - 1)]; }
static bool near_again(struct looking *l) {
    const struct watch *w = l->st->watch;
    const struct near_memo *m = memo_of(w, l->kind, l->r);
    if (!w->still || m->order != l->st->order || m->r != l->r || m->kind != l->kind) return false;
    for (uint32_t i = m->from; i < m->to; i++) near_add(l, (enum owner_kind)w->kept[i].kind, w->kept[i].r, false);
    return true;
}
static void near_all(struct looking *l) {
    struct state *st = l->st;
    row r = l->r;
    enum owner_kind kind = l->kind;
    struct reach reach = {0};
    l->tubes = tubes_wanted(l);
    if (kind == OWNER_TRACK) {
        const struct track_row *t = track_at(st, r);
        uint32_t owners = track_owners(st, t, st->watch->owners_b);
        for (uint32_t i = 0; i < owners; i++) conflict_reach(st, st->watch->owners_b[i], &reach);
        conflict_reach(st, t->party, &reach); /* as the other of a pair it is separated by its feed's party */
        struct volume v;
        struct position room[4];
        if (!tube_is(t)) return;
        tube_view(t, room, &v);
        near_shape(l, &v, ROW_NONE, &reach);
    } else {
        conflict_reach(st, l->party, &reach);
        for (int i = 0; search_counts(st, kind, r) && i < RANKS; i++) {
            bool present = kind == OWNER_NOTICE ? notice_at(st, r)->section[i].present : flight_at(st, r)->section[i].present;
            row v = !present ? ROW_NONE : kind == OWNER_NOTICE ? notice_at(st, r)->section[i].volume : flight_at(st, r)->section[i].volume;
            for (; v != ROW_NONE; v = volume_at(st, v)->next)
                if (!volume_at(st, v)->idle) near_volume(l, v, &reach);
        }
    }
}

static void near_keep(struct looking *l) {
    struct watch *w = l->st->watch;
    uint32_t from = w->kept_count;
    l->keep = w->still;
    near_all(l);
    l->keep = false;
    if (w->still && w->kept_count < NEAR_KEPT && (l->tubes || l->kind == OWNER_FLIGHT)) *memo_of(w, l->kind, l->r) = (struct near_memo){l->st->order, l->r, from, w->kept_count, (uint8_t)l->kind};
}

/* ---- pairs ---- */
static void pair_look(struct state *st, enum owner_kind kind, row r, const struct entity *e, struct effects *fx) {
    if (kind == OWNER_NOTICE) conflict_pair(st, e->kind == OWNER_FLIGHT ? ALERT_NOTICE_FLIGHT : ALERT_NOTICE_TRACK, r, e->r, fx);
    else if (e->kind == OWNER_NOTICE) conflict_pair(st, kind == OWNER_FLIGHT ? ALERT_NOTICE_FLIGHT : ALERT_NOTICE_TRACK, e->r, r, fx);
    else conflict_pair(st, kind == OWNER_FLIGHT ? ALERT_FLIGHT_FLIGHT : ALERT_TRACK_TRACK, e->r, r, fx);
}

/* False: it takes more than a step. As much as goes into one was done, and is kept where there is a place for it; else it was in vain, and the queue has the place. */
static bool pair_of(struct state *st, enum owner_kind kind, row r, const struct entity *e, struct effects *fx) {
    struct watch *w = st->watch;
    if (kind == OWNER_TRACK && e->kind == OWNER_TRACK && !e->told && conflict_tracks_pass(st, &w->passing, e->r)) return true;
    struct pair_run run = {.runs = false};
    uint64_t key = key_of(st, (enum owner_kind)e->kind, e->r);
    if (w->slot && w->slot->runs && w->slot->key == key) run = *w->slot, w->slot->runs = false;
    w->pair = &run;
    w->pair_cut = false;
    w->pair_finding = 0;
    w->pair_left = INT64_C(16) * LIMIT_PAIR_STEP;
    pair_look(st, kind, r, e, fx);
    w->pair = NULL;
    bool cut = w->pair_cut;
    w->pair_cut = false;
    run.key = key;
    if (cut && w->slot) *w->slot = run;
    return !cut;
}

static void pair_counted(struct state *st, row folded, enum owner_kind kind, row r, const struct entity *e, struct effects *fx) {
    const struct alert_row *a = alert_at(st, folded);
    if (e->kind == OWNER_NOTICE || (kind != OWNER_NOTICE && e->kind != kind)) return;
    enum alert_kind k = kind == OWNER_FLIGHT ? ALERT_FLIGHT_FLIGHT : kind == OWNER_TRACK ? ALERT_TRACK_TRACK :
                        e->kind == OWNER_FLIGHT ? ALERT_NOTICE_FLIGHT : ALERT_NOTICE_TRACK;
    if (a->withheld) {
        bool older = kind != OWNER_NOTICE && search_serial(st, kind, r) < search_serial(st, (enum owner_kind)e->kind, e->r);
        if (older) conflict_pair_withheld(st, k, r, e->r, fx);
    } else if (e->kind != OWNER_FLIGHT || flight_at(st, e->r)->party == a->owner) {
        conflict_pair_for(st, a->owner, k, r, e->r, fx);
    }
}

/* At least one pair, if there is work at all: so it comes to an end. */
static bool part_run(const struct looking *l, int part, row count_for, struct waiting *x, int64_t *work, struct effects *fx) {
    struct state *st = l->st;
    struct watch *w = st->watch;
    uint32_t found = w->near_count[part];
    bool room = true, whole = true;
    near_heap(w, part);
    for (; w->near_count[part] > 0 && *work > 0 && room && whole; room = tell_left(st, fx) >= fx->room / 2) {
        struct entity e = near_next(w, part);
        uint32_t left = w->near_count[part];
        int64_t spent = w->spent;
        if (count_for == ROW_NONE) whole = pair_of(st, l->kind, l->r, &e, fx);
        else pair_counted(st, count_for, l->kind, l->r, &e, fx);
        assert(w->near_count[part] == left); /* pairs add none */
        if (whole) x->at = (l->at[part] + 1 + e.rank) & KEY_MOST;
        w->spent += LIMIT_SEARCH_PAIR;
        *work -= w->spent - spent;
    }
    int64_t beside = found / LIMIT_SEARCH_NEAR + (w->counts ? LIMIT_SEARCH_ENTITY : 0) + (l->boxes > 1 ? (int64_t)(l->boxes - 1) * LIMIT_SEARCH_BOX : 0);
    w->spent += beside;
    *work -= beside;
    return whole && w->near_count[part] == 0;
}

bool search_pairs(struct state *st, enum owner_kind kind, row r, struct waiting *part[SEARCH_PARTS], struct effects *fx) {
    struct waiting *with_work[SEARCH_PARTS] = {NULL};
    bool any = false, through = true;
    for (int i = 0; i < SEARCH_PARTS; i++) {
        if (part[i] && *search_work(st, search_party(st, kind, r), backlog_kind(kind, i)) > 0) with_work[i] = part[i];
        any = any || with_work[i];
    }
    if (any) {
        struct looking l = near_begin(st, kind, r, with_work);
        near_told(&l); /* first: what stands in an alert is known as such */
        if (!near_again(&l)) near_keep(&l);
        near_split(st->watch);
        for (int i = 0; i < SEARCH_PARTS; i++)
            if (with_work[i] && part_run(&l, i, ROW_NONE, with_work[i], search_work(st, l.party, backlog_kind(kind, i)), fx)) part[i] = NULL;
    }
    for (int i = 0; i < SEARCH_PARTS; i++) through = through && !part[i];
    return through;
}

bool search_counted(struct state *st, row folded, enum owner_kind kind, row r, struct waiting *x, int64_t *work, struct effects *fx) {
    struct waiting *part[SEARCH_PARTS] = {[PART_OWN] = x};
    if (*work <= 0) return false;
    struct looking l = near_begin(st, kind, r, part);
    l.one = true;
    near_all(&l);
    near_split(st->watch);
    return part_run(&l, PART_OWN, folded, x, work, fx);
}

/* Of those that are left, the ones with alerts, at once: what was told of must not stand wrong while others are looked for. There is work for many
 * of them; what is beyond it comes with the search itself, for the cursor stays where it is. */
static void told_run(struct state *st, enum owner_kind kind, row r, struct waiting *const part[SEARCH_PARTS], struct effects *fx) {
    struct looking l = near_begin(st, kind, r, part);
    near_told(&l);
    near_split(st->watch);
    for (int i = 0; i < SEARCH_PARTS; i++) {
        int64_t *work = &allowance_of(st, l.party)->told[backlog_kind(kind, i)];
        near_heap(st->watch, i);
        while (st->watch->near_count[i] > 0 && *work > 0) {
            struct entity e = near_next(st->watch, i);
            int64_t spent = st->watch->spent;
            (void)pair_of(st, kind, r, &e, fx); /* one that takes more than a step stays as it is told until it is looked at with the search */
            *work -= st->watch->spent - spent + LIMIT_SEARCH_PAIR;
        }
    }
}

/* Does a search that waits still come to this one? It moves one party's alerts alone, or all (PARTY_NONE), as *only says. */
static bool comes_to(const struct state *st, enum owner_kind kind, row r, enum owner_kind other, row o, uint16_t *only) {
    uint16_t party = search_party(st, kind, r);
    int part = search_party(st, other, o) == party ? PART_OWN : known_to(st, party, other, o) ? PART_KNOWN : PART_HIDDEN;
    const struct waiting *x = backlog_at(st, backlog_kind(kind, part), r);
    *only = x->own_only ? party : PARTY_NONE;
    return x->waits && ((key_of(st, other, o) - x->at - 1) & KEY_MOST) <= ((x->from - x->at - 1) & KEY_MOST);
}
static void owed_look(struct state *st, row track, const struct entity *e, struct effects *fx) {
    struct watch *w = st->watch;
    if (comes_to(st, OWNER_TRACK, track, (enum owner_kind)e->kind, e->r, &w->only)) (void)pair_of(st, OWNER_TRACK, track, e, fx);
    if (comes_to(st, (enum owner_kind)e->kind, e->r, OWNER_TRACK, track, &w->only)) (void)pair_of(st, OWNER_TRACK, track, e, fx);
    w->only = PARTY_NONE;
}
/* A pair that a search still comes to, the track's own or the other's, would be looked at by its new place, to which nothing flies. Nobody knows which of the two places is wrong: so it is
 * looked at here, and told, before the old one is left. There is work for it as for alerts that stand. */
void conflict_leave(struct state *st, row r, struct effects *fx) {
    struct watch *w = st->watch;
    struct waiting all[SEARCH_PARTS] = {{0}}, *const part[SEARCH_PARTS] = {&all[PART_KNOWN], &all[PART_OWN], &all[PART_HIDDEN]};
    if (w->backlog.count == 0) return;
    struct looking l = near_begin(st, OWNER_TRACK, r, part);
    near_all(&l);
    near_split(w);
    for (int i = 0; i < SEARCH_PARTS; i++) {
        int64_t *work = &allowance_of(st, l.party)->told[backlog_kind(OWNER_TRACK, i)];
        near_heap(w, i);
        while (w->near_count[i] > 0 && *work > 0) {
            struct entity e = near_next(w, i);
            int64_t spent = w->spent;
            owed_look(st, r, &e, fx);
            *work -= w->spent - spent + LIMIT_SEARCH_PAIR;
        }
    }
}

/* What waits already wants one more round from where it is. Nobody else's alerts move where a change is the party's own secret. */
void conflict_refresh(struct state *st, enum owner_kind kind, row r, struct effects *fx) {
    struct watch *w = st->watch;
    uint16_t only = w->only;
    bool own_only = only != PARTY_NONE;
    struct waiting *part[SEARCH_PARTS], *all[SEARCH_PARTS];
    assert(!own_only || only == search_party(st, kind, r));
    backlog_moved(st, kind, r);
    for (int i = 0; i < SEARCH_PARTS; i++) {
        struct waiting *x = part[i] = all[i] = backlog_at(st, backlog_kind(kind, i), r);
        if (x->waits) x->from = x->at;
        else *x = (struct waiting){.own_only = true};
        own_only = own_only && x->own_only;
    }
    for (int i = 0; i < SEARCH_PARTS; i++) all[i]->own_only = own_only;
    if (!own_only) w->only = PARTY_NONE;
    w->counts = kind != OWNER_TRACK || w->sweeps;
    bool through = !w->enters && search_pairs(st, kind, r, part, fx);
    for (int i = 0; i < SEARCH_PARTS; i++) {
        if (!part[i]) backlog_drop(st, backlog_kind(kind, i), r);
        else if (!part[i]->waits) backlog_enter(st, backlog_kind(kind, i), r);
    }
    if (!through && !w->sweeps) told_run(st, kind, r, part, fx);
    w->only = only;
}

/* Flights that conflict and are now both seen on a feed that both owners may read: each is told of the other. Pairs that were
 * withheld, or told to one side, stand among the alerts. */
void conflict_shared(struct state *st, row flight, struct effects *fx) {
    struct waiting all = {0}, *const part[SEARCH_PARTS] = {[PART_OWN] = &all};
    struct looking l = near_begin(st, OWNER_FLIGHT, flight, part);
    l.one = true;
    near_told(&l);
    near_split(st->watch);
    near_heap(st->watch, PART_OWN);
    while (st->watch->near_count[PART_OWN] > 0) {
        struct entity e = near_next(st->watch, PART_OWN);
        if (e.kind == OWNER_FLIGHT && conflict_on_shared_feed(st, flight, e.r)) conflict_pair(st, ALERT_FLIGHT_FLIGHT, e.r, flight, fx);
    }
}
