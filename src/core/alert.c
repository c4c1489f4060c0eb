/* One alert per owner and pair.
 *
 *   (none) --conflict--> ADVISORY <-> CAUTION <-> WARNING <-> IMMEDIATE --no conflict for the hysteresis, or an end of one--> (none)
 *
 * It rises at once; it falls, and ends, only after the hysteresis; about a track, only beyond the hold (conflict.c), within which it stays as it is. Each move is told to the owner, and from caution on opens a step
 * of the ladder; what the same tick then puts right, once more. Rows count against the pair (owner, filer): what does not fit is folded into one alert that carries their number. */
#include <stdlib.h>

#include "core/heed.h"
#include "core/quota.h"
#include "core/timer.h"

#define READ_BACK_NS (60 * INSTANT_SECOND) /* of a warning (facts: watch) */
#define FOLD_LOOK_NS (10 * INSTANT_SECOND)

static const char *const level_names[] = {"none", "advisory", "caution", "warning", "immediate"};
static const char *const kind_names[] = {"notice-flight", "notice-track", "flight-flight", "track-track", "folded"};
const char *alert_level_name(uint8_t level) {
    assert(level <= LEVEL_IMMEDIATE);
    return level_names[level];
}

/* ---- finding ---- */
uint32_t alert_pair_code(uint8_t kind, row a, row b) {
    uint32_t key[3] = {kind, a, b};
    return table_code(key, sizeof key);
}
uint32_t alert_entity_code(enum owner_kind kind, row r) {
    uint32_t key[2] = {(uint32_t)kind, r};
    return table_code(key, sizeof key);
}
static uint32_t key_code(const struct alert_key *k) {
    return k->kind == ALERT_FOLDED ? alert_pair_code(k->kind, k->owner, k->filer) : alert_pair_code(k->kind, k->a, k->b);
}
row alert_find(const struct state *st, const struct alert_key *k) {
    for (row r = hash_index_first(&st->alerts.by_id, key_code(k)); r != ROW_NONE; r = hash_index_more(&st->alerts.by_id, r)) {
        const struct alert_row *a = alert_at(st, r);
        if (a->kind == k->kind && a->owner == k->owner && a->withheld == k->withheld && a->a == k->a && a->b == k->b &&
            (k->kind != ALERT_FOLDED || a->filer == k->filer))
            return r;
    }
    return ROW_NONE;
}

/* ---- telling ---- */
static void append_text_member(struct append *out, const char *name, const char *at, uint8_t size) {
    if (size == 0) return;
    append_format(out, ",\"%s\":", name);
    append_json_string(out, (struct text){at, size});
}
static void append_notice(const struct state *st, row r, uint16_t reader, struct append *out) {
    const struct notice_row *n = notice_at(st, r);
    append_str(out, "{\"kind\":\"notice\",\"party\":");
    append_party(out, st, n->party);
    append_str(out, ",\"id\":");
    append_entity(out, st, n->party, &n->id);
    uint8_t ranks = notice_readable(st, n, reader);
    if (ranks) {
        const struct notice_section *s = &n->section[rank_narrowest(ranks)];
        append_text_member(out, "area", s->area, s->area_size);
        append_str(out, ",\"category\":\"");
        append_text(out, name_text(&s->category));
        append_char(out, '"');
    }
    append_char(out, '}');
}
static void append_flight(const struct state *st, row r, uint16_t reader, bool undisclosed, struct append *out) {
    const struct flight_row *f = flight_at(st, r);
    append_str(out, "{\"kind\":\"flight\",\"party\":");
    append_party(out, st, f->party);
    uint8_t ranks = flight_readable(st, f, reader);
    if (!undisclosed && ranks) {
        append_str(out, ",\"id\":");
        append_entity(out, st, f->party, &f->id);
        const struct flight_section *s = &f->section[rank_narrowest(ranks)];
        append_text_member(out, "callsign", s->callsign, s->callsign_size);
    }
    append_char(out, '}');
}
static void append_track(const struct state *st, row r, struct append *out) {
    const struct track_row *t = track_at(st, r);
    append_str(out, "{\"kind\":\"track\",\"party\":");
    append_party(out, st, t->party);
    append_str(out, ",\"feed\":\"");
    append_text(out, name_text(&feed_at(st, t->feed)->name));
    append_char(out, '"');
    append_text_member(out, "identity", t->identity, t->identity_size);
    append_text_member(out, "callsign", t->callsign, t->callsign_size);
    append_str(out, t->twin == TWIN_SECOND ? ",\"second\":true}" : "}");
}
static void append_side(const struct state *st, enum owner_kind kind, row r, const struct alert_row *a, bool own, struct append *out) {
    if (kind == OWNER_NOTICE) append_notice(st, r, a->owner, out);
    else if (kind == OWNER_TRACK) append_track(st, r, out);
    else append_flight(st, r, a->owner, a->undisclosed && !own, out);
}
void alert_append_pair(const struct state *st, const struct alert_row *a, struct append *out) {
    if (a->kind == ALERT_FOLDED) {
        append_format(out, "\"count\":%u,\"by\":", a->folded);
        append_party(out, st, a->filer);
        return;
    }
    append_str(out, "\"own\":");
    append_side(st, alert_kind_b(a->kind), a->b, a, true, out);
    append_str(out, ",\"other\":");
    append_side(st, alert_kind_a(a->kind), a->a, a, false, out);
}

static void append_figures(const struct state *st, const struct alert_row *a, struct append *out) {
    append_str(out, ",\"entry\":");
    render_time(a->entry, out);
    int64_t to_entry = a->entry > st->time ? a->entry - st->time : 0;
    append_str(out, ",\"time_to_entry_s\":");
    append_fixed_point(out, to_entry / 1000000, 3);
    append_str(out, ",\"until\":");
    render_time(a->until, out);
    append_str(out, ",\"closest\":");
    render_time(a->closest, out);
    append_str(out, ",\"distance_m\":");
    append_fixed_point(out, a->distance_cm, 2);
    append_str(out, ",\"margin_m\":");
    append_fixed_point(out, a->margin_cm, 2);
    append_str(out, ",\"height_gap_m\":");
    append_fixed_point(out, a->height_gap_cm, 2);
}

static const struct name *desk_on_watch(const struct state *st, uint16_t party) {
    return st->parties[party].desk_count ? &st->parties[party].desk[0] : NULL;
}

static void open_due(struct state *st, row r, uint64_t place) {
    struct alert_row *a = alert_at(st, r);
    due_drop_chain(st, &a->due);
    if (a->withheld || a->level < LEVEL_CAUTION || !due_room(st, a->owner, 1)) return;
    instant deadline = a->level >= LEVEL_WARNING ? st->time + READ_BACK_NS : INSTANT_NONE;
    row due = due_make(st, a->owner, a->owner, place, DUE_ALERT, r, a->serial, deadline);
    if (a->kind == ALERT_NOTICE_FLIGHT || a->kind == ALERT_NOTICE_TRACK) {
        const struct notice_row *n = notice_at(st, a->a);
        uint8_t ranks = notice_readable(st, n, a->owner);
        if (ranks) notice_told(st, n, rank_narrowest(ranks), due_at(st, due));
    }
    due_chain(st, due, &a->due);
}

static void say(struct state *st, row r, const char *state, struct effects *fx) {
    struct alert_row *a = alert_at(st, r);
    struct append *out = tell_begin(st, fx, a->withheld ? TOLD_WITHHELD : TOLD_ALERT, a->owner, desk_on_watch(st, a->owner));
    append_str(out, "\"alert\":");
    append_entity(out, st, a->owner, &a->id);
    append_format(out, ",\"state\":\"%s\",\"level\":\"%s\",\"kind\":\"%s\",", state, level_names[a->level], kind_names[a->kind]);
    alert_append_pair(st, a, out);
    if (a->kind != ALERT_FOLDED) append_figures(st, a, out);
    uint64_t place = tell_end(st, fx);
    bool ended = strcmp(state, "ended") == 0;
    if (ended) due_drop_chain(st, &a->due);
    else open_due(st, r, place);
    a->told_level = a->level;
    a->told_folded = a->folded;
    a->changed = st->time;
}

/* Tells what was not told yet; when this step can tell no more, the next timer does. */
static void say_change(struct state *st, row r, struct effects *fx) {
    struct alert_row *a = alert_at(st, r);
    bool silent = a->withheld && a->told_level != LEVEL_NONE;
    if (silent) a->told_level = a->level;
    if (a->told_level == a->level && a->told_folded == a->folded) return;
    if (tell_left(st, fx) == 0) timer_set(st, TIMER_ALERT, r, a->serial, st->time + 1);
    else say(st, r, a->told_level == LEVEL_NONE ? "began" : "level", fx);
}

/* ---- rows ---- */
static uint32_t *pair_count(struct state *st, uint16_t owner, uint16_t filer) {
    return &st->alert_pair[(size_t)owner * st->room.parties + filer];
}
static uint32_t pair_most(const struct state *st) { return quota_pair_of(&st->capacity); }

void alert_index(struct state *st, row r) {
    const struct alert_row *a = alert_at(st, r);
    struct alert_key k = {.kind = a->kind, .owner = a->owner, .filer = a->filer, .a = a->a, .b = a->b};
    hash_index_put(&st->alerts.by_id, r, key_code(&k));
    if (a->kind != ALERT_FOLDED) {
        hash_index_put(&st->watch->alert_by_a, r, alert_entity_code(alert_kind_a(a->kind), a->a));
        hash_index_put(&st->watch->alert_by_b, r, alert_entity_code(alert_kind_b(a->kind), a->b));
    }
    ++*pair_count(st, a->owner, a->filer);
}

static row alert_take(struct state *st, const struct alert_key *k) {
    row r = table_take(&st->alerts);
    struct alert_row *a = alert_at(st, r);
    *a = (struct alert_row){.kind = k->kind, .owner = k->owner, .filer = k->filer, .a = k->a, .b = k->b, .serial = state_serial(st),
                            .began = st->time, .changed = st->time, .entry = INSTANT_NONE, .closest = INSTANT_NONE, .until = INSTANT_NONE,
                            .lower_since = INSTANT_NONE, .over_since = INSTANT_NONE, .due = ROW_NONE, .withheld = k->withheld};
    uint64_t number = ++st->watch->alert_number[k->owner];
    for (int i = 0; i < 8; i++) a->id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    alert_index(st, r);
    quota_take(st, k->owner, QUOTA_ALERTS, 1);
    return r;
}

static void alert_drop(struct state *st, row r) {
    struct alert_row *a = alert_at(st, r);
    struct watch *w = st->watch;
    due_drop_chain(st, &a->due);
    if (a->kind == ALERT_FOLDED) {
        backlog_drop(st, WAITING_FOLDED, r);
        w->backlog.counting[r].slow = false;
    }
    timer_cancel(st, TIMER_ALERT, r);
    hash_index_remove(&st->alerts.by_id, r);
    if (a->kind != ALERT_FOLDED) {
        hash_index_remove(&st->watch->alert_by_a, r);
        hash_index_remove(&st->watch->alert_by_b, r);
    }
    uint32_t *count = pair_count(st, a->owner, a->filer);
    assert(*count > 0);
    --*count;
    quota_give(st, a->owner, QUOTA_ALERTS, 1);
    table_drop(&st->alerts, r);
}

void alert_end(struct state *st, row r, struct effects *fx) {
    if (alert_at(st, r)->told_level != LEVEL_NONE) say(st, r, "ended", fx);
    alert_drop(st, r);
}

static bool alert_before(const void *context, row x, row y) {
    const struct state *st = context;
    return alert_at(st, x)->serial < alert_at(st, y)->serial;
}
void alert_entity_gone(struct state *st, enum owner_kind kind, row r, struct effects *fx) {
    const struct watch *w = st->watch;
    uint32_t count = 0, code = alert_entity_code(kind, r);
    backlog_forget(st, kind, r);
    row *at = w->found;
    for (row a = hash_index_first(&w->alert_by_a, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_a, a))
        if (alert_kind_a(alert_at(st, a)->kind) == kind && alert_at(st, a)->a == r) at[count++] = a;
    for (row a = hash_index_first(&w->alert_by_b, code); a != ROW_NONE; a = hash_index_more(&w->alert_by_b, a))
        if (alert_kind_b(alert_at(st, a)->kind) == kind && alert_at(st, a)->b == r) at[count++] = a;
    sort_rows(at, count, alert_before, st);
    for (uint32_t i = 0; i < count; i++) alert_end(st, at[i], fx);
}

/* ---- levels ---- */
static uint8_t level_of(const struct state *st, const struct finding *f) {
    if (f->unlikely) return LEVEL_ADVISORY;
    int64_t left = f->entry - st->time;
    if (left <= 0 || left <= st->settings.immediate_ns) return LEVEL_IMMEDIATE;
    if (left <= st->settings.warning_ns) return LEVEL_WARNING;
    return left <= st->settings.caution_ns ? LEVEL_CAUTION : LEVEL_ADVISORY;
}

static void sooner(instant *next, instant at, instant now) {
    if (at > now && (*next == INSTANT_NONE || at < *next)) *next = at;
}
static void schedule(struct state *st, row r, const struct finding *f) {
    const struct alert_row *a = alert_at(st, r);
    instant next = INSTANT_NONE, now = st->time;
    if (f->meets) {
        if (!f->unlikely) {
            sooner(&next, f->entry - st->settings.caution_ns, now);
            sooner(&next, f->entry - st->settings.warning_ns, now);
            sooner(&next, f->entry - st->settings.immediate_ns, now);
            sooner(&next, f->entry, now);
        }
    }
    if (f->meets || f->held) sooner(&next, f->again + 1, now);
    instant since = f->meets ? a->lower_since : a->over_since;
    if (since != INSTANT_NONE) sooner(&next, since + st->settings.hysteresis_ns, now);
    if (a->told_level != a->level) next = now + 1;
    if (next == INSTANT_NONE) timer_cancel(st, TIMER_ALERT, r);
    else timer_set(st, TIMER_ALERT, r, a->serial, next);
}

static void take_figures(struct alert_row *a, const struct finding *f) {
    a->entry = f->entry;
    a->until = f->until;
    a->closest = f->closest;
    a->distance_cm = f->distance_cm;
    a->margin_cm = f->margin_cm;
    a->height_gap_cm = f->height_gap_cm;
    a->undisclosed = f->undisclosed;
}

/* ---- folding ---- */
static void fold(struct state *st, const struct alert_key *k, uint8_t level, struct effects *fx) {
    struct alert_key whole = {.kind = ALERT_FOLDED, .withheld = k->withheld, .owner = k->owner, .filer = k->filer, .a = ROW_NONE, .b = ROW_NONE};
    row r = alert_find(st, &whole);
    struct watch *w = st->watch;
    if (r == ROW_NONE) {
        r = alert_take(st, &whole);
        struct alert_row *a = alert_at(st, r);
        a->folded = 1;
        a->level = level;
        timer_set(st, TIMER_ALERT, r, a->serial, st->time + INSTANT_SECOND);
        say_change(st, r, fx);
        return;
    }
    struct alert_row *a = alert_at(st, r);
    instant at;
    if (w->recount == r) {
        struct counting *x = &w->backlog.counting[r];
        x->counted++;
        if (level > x->level) x->level = level;
    } else if (backlog_recounts(st, r)) { /* what would be counted within a second takes many steps: it is counted at its own time */
        struct counting *x = &w->backlog.counting[r];
        x->missed = backlog_at(st, WAITING_FOLDED, r)->waits;
        if (x->missed && level > x->level) x->level = level;
    } else if (!timer_get(st, TIMER_ALERT, r, &at) || at > st->time + INSTANT_SECOND) {
        timer_set(st, TIMER_ALERT, r, a->serial, st->time + INSTANT_SECOND);
    }
}

/* Everything that it may stand for was looked at. */
void alert_counted(struct state *st, row r, uint32_t count, uint8_t level, struct effects *fx) {
    struct alert_row *a = alert_at(st, r);
    a->folded = count;
    a->level = level;
    if (a->folded == 0) {
        alert_end(st, r, fx);
        return;
    }
    int64_t wait = st->settings.hysteresis_ns > FOLD_LOOK_NS ? st->settings.hysteresis_ns : FOLD_LOOK_NS;
    timer_set(st, TIMER_ALERT, r, a->serial, st->time + wait);
    say_change(st, r, fx);
}

/* ---- the one way in ---- */
static void begin(struct state *st, const struct alert_key *k, const struct finding *f, struct effects *fx) {
    uint8_t level = level_of(st, f);
    struct alert_key whole = {.kind = ALERT_FOLDED, .owner = k->owner, .filer = k->filer, .a = ROW_NONE, .b = ROW_NONE};
    uint32_t folds = k->owner == st->operator_ ? 2 : 1; /* the operator's withheld ones fold apart */
    uint32_t used = *pair_count(st, k->owner, k->filer);
    for (uint32_t i = 0; i < folds; i++) {
        whole.withheld = i > 0;
        used -= alert_find(st, &whole) != ROW_NONE;
    }
    if (used + folds >= pair_most(st)) {
        fold(st, k, level, fx);
        return;
    }
    row r = alert_take(st, k);
    struct alert_row *a = alert_at(st, r);
    take_figures(a, f);
    a->level = level;
    say_change(st, r, fx);
    schedule(st, r, f);
}

/* At a tick, and in what goes on with it, a date or a count may have this told before the deadline of its notice, which gives it other figures at the same level: a desk that was told of
 * an entry in three minutes would read that back, and it is in one. */
static bool told_otherwise(const struct state *st, const struct alert_row *a, const struct finding *f) {
    if ((a->kind != ALERT_NOTICE_FLIGHT && a->kind != ALERT_NOTICE_TRACK) || a->changed != st->time || st->time != st->ticked || a->told_level == LEVEL_NONE || !f->meets) return false;
    int64_t off = f->distance_cm - a->distance_cm;
    return llabs(f->entry - a->entry) >= INSTANT_SECOND || llabs(f->closest - a->closest) >= INSTANT_SECOND || llabs(off) > f->margin_cm + a->margin_cm;
}
/* Lower than told: since when? By what was found last it may have been as high again before its hysteresis was over, at a moment at which its timer was due and has not come yet. */
static bool rose_unseen(const struct state *st, const struct alert_row *a, instant due) {
    return a->lower_since != INSTANT_NONE && due <= st->time && due < a->lower_since + st->settings.hysteresis_ns;
}
static void lower_from(struct state *st, row r) {
    struct alert_row *a = alert_at(st, r);
    instant due;
    if (a->lower_since == INSTANT_NONE || (timer_get(st, TIMER_ALERT, r, &due) && rose_unseen(st, a, due))) a->lower_since = st->time;
}

void alert_update(struct state *st, const struct alert_key *k, const struct finding *f, struct effects *fx) {
    if (st->watch->only != PARTY_NONE && k->owner != st->watch->only) return;
    row r = alert_find(st, k);
    if (r == ROW_NONE) {
        if (f->meets) begin(st, k, f, fx);
        return;
    }
    struct alert_row *a = alert_at(st, r);
    uint8_t level = f->meets ? level_of(st, f) : LEVEL_NONE;
    if (f->held && level < a->level) level = a->level;
    bool otherwise = told_otherwise(st, a, f);
    if (f->meets) take_figures(a, f);
    if (f->meets || f->held) a->over_since = INSTANT_NONE;
    else if (a->over_since == INSTANT_NONE) a->over_since = st->time;
    if (level >= a->level) {
        a->lower_since = INSTANT_NONE;
        a->level = level;
    } else {
        lower_from(st, r);
        /* It ends when there was no conflict for so long, not when its level was lower for so long and the conflict went just now. */
        if (st->time - (f->meets ? a->lower_since : a->over_since) >= st->settings.hysteresis_ns) {
            if (level == LEVEL_NONE && tell_left(st, fx) > 0) {
                alert_end(st, r, fx);
                return;
            }
            if (level != LEVEL_NONE) {
                a->level = level;
                a->lower_since = INSTANT_NONE;
            } else { /* ended, and told with the next timer */
                timer_set(st, TIMER_ALERT, r, a->serial, st->time + 1);
                return;
            }
        }
    }
    if (otherwise && a->told_level == a->level) a->told_level = a->level > LEVEL_ADVISORY ? LEVEL_ADVISORY : LEVEL_CAUTION; /* as good as another one: it is told again */
    say_change(st, r, fx);
    schedule(st, r, f);
}

/* Is a side's own timer due in this very tick, or waits since one? Then the alert comes behind it (timers of one instant go by kind), for what it tells would not hold
 * when that one has fired, and a figure put right at the same level is never told. */
static bool waits_for_side(struct state *st, const struct timer *t) {
    const struct alert_row *a = alert_at(st, t->r);
    if (a->kind == ALERT_FOLDED) return false;
    static const enum timer_kind timer_of[] = {[OWNER_NOTICE] = TIMER_NOTICE, [OWNER_FLIGHT] = TIMER_FLIGHT, [OWNER_TRACK] = TIMER_TRACK};
    const enum owner_kind kind[2] = {alert_kind_a(a->kind), alert_kind_b(a->kind)};
    const row side[2] = {a->a, a->b};
    instant last = INSTANT_NONE, at;
    for (int i = 0; i < 2; i++) {
        if (!timer_get(st, timer_of[kind[i]], side[i], &at) || at > st->ticked) continue;
        if (timer_waits(st, timer_of[kind[i]], side[i]) && timer_wait(st, t)) return true;
        /* Not for what only is to be told of a track, which may concern others; but never before its timer, which may be later than what is due: for want of room. */
        instant due = kind[i] == OWNER_TRACK ? track_due(st, track_at(st, side[i])) : at;
        if (due > at) at = due;
        if (at <= st->ticked && (last == INSTANT_NONE || at > last)) last = at;
    }
    if (last == INSTANT_NONE) return false;
    timer_set(st, TIMER_ALERT, t->r, a->serial, last);
    return true;
}

/* Looks for its own owner only: when another owner's alert on the same pair moves must not hang on whether this one is there. */
void alert_on_timer(struct state *st, const struct timer *t, struct effects *fx) {
    row r = t->r;
    if (waits_for_side(st, t)) { /* for a later time, perhaps: then its own is forgotten */
        if (rose_unseen(st, alert_at(st, r), t->at)) alert_at(st, r)->lower_since = st->time;
        return;
    }
    const struct alert_row a = *alert_at(st, r);
    st->watch->only = a.owner;
    if (a.kind == ALERT_FOLDED) backlog_recount(st, r, fx);
    else conflict_pair(st, (enum alert_kind)a.kind, a.a, a.b, fx);
    st->watch->only = PARTY_NONE;
}
