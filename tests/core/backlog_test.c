/* Searches that exceed a step's work: what is found in the end is the same, in turns, and nothing is lost, doubled or left behind. */
#include <math.h>

#include "day.h"
#include "saved.h"

/* ---- the alerts that stand, without what depends on when they were found ---- */
#define LINES 4096
struct standing { char line[LINES][160]; size_t count; };
static void entity_line(const struct state *st, enum owner_kind kind, row r, struct append *out) {
    if (kind == OWNER_TRACK) {
        append_format(out, " %u/%.*s", (unsigned)track_at(st, r)->feed, (int)track_at(st, r)->identity_size, track_at(st, r)->identity);
        return;
    }
    append_char(out, ' ');
    append_id(out, kind == OWNER_NOTICE ? &notice_at(st, r)->id : &flight_at(st, r)->id);
}
static int by_text(const void *a, const void *b) { return strcmp(a, b); }
static void take_standing(const struct state *st, bool settled, struct standing *s) {
    s->count = 0;
    for (row r = 0; r < st->alerts.capacity; r++) {
        if (!st->alerts.live[r]) continue;
        const struct alert_row *a = alert_at(st, r);
        if (!settled && a->over_since != INSTANT_NONE) continue;
        assert_true(s->count < LINES);
        struct append out = append_fixed(s->line[s->count], sizeof s->line[0] - 1);
        append_format(&out, "%u %u %u %u", a->owner, a->filer, a->kind, a->withheld);
        assert_int_not_equal(a->kind, ALERT_FOLDED);
        entity_line(st, alert_kind_a(a->kind), a->a, &out);
        entity_line(st, alert_kind_b(a->kind), a->b, &out);
        if (settled) append_format(&out, " %s", alert_level_name(a->level));
        s->line[s->count++][out.size] = '\0';
    }
    qsort(s->line, s->count, sizeof s->line[0], by_text);
}
/* How many stand. Unless the hysteresis has settled it, those that are over and their levels do not count: when they end or fall depends on when it
 * was found. */
static size_t same_standing(const struct state *a, const struct state *b, bool settled, const char *what, uint64_t seed) {
    static struct standing x, y;
    take_standing(a, settled, &x);
    take_standing(b, settled, &y);
    for (size_t i = 0; i < x.count || i < y.count; i++)
        if (i >= x.count || i >= y.count || strcmp(x.line[i], y.line[i]) != 0)
            fail_msg("seed %u, %s: '%s' at once, '%s' by and by", (unsigned)seed, what, i < x.count ? x.line[i] : "", i < y.count ? y.line[i] : "");
    return x.count;
}

static void work_through(struct world *w) {
    for (uint32_t n = 0; state_backlog(w->st) > 0; n++) {
        assert_true(n < 100000);
        world_accept(w, say_continue(w));
        assert_int_equal(w->out.left, state_backlog(w->st));
    }
}
/* The same statements at the same times, but for acknowledgements, whose places follow what was told before. */
static uint32_t live_twice(uint64_t seed, int64_t work, size_t stood[2]) {
    static struct day d;
    static struct world w;
    uint64_t roll = seed;
    said_step_work = INT64_C(1000000000000);
    day_begin(&d, seed, false);
    said_step_work = work;
    world_open(&w, &day_capacity, false, said_founders);
    w.quick = true;
    for (struct said *x = d.w.first; x; x = x->next) {
        w.now = x->s.time;
        world_accept(&w, x);
        work_through(&w);
    }
    uint32_t waited = 0;
    for (uint64_t n = 0; n < 160; n++) {
        day_step(&d, n);
        if (!d.said || d.last->s.kind == KIND_ACK) continue;
        assert_int_equal(state_backlog(d.w.st), 0);
        w.now = d.w.now;
        (void)world_say(&w, d.last);
        state_check(w.st);
        waited += state_backlog(w.st) > 0;
        roll = roll * UINT64_C(6364136223846793005) + 1;
        for (uint64_t k = roll >> 60; k > 0 && state_backlog(w.st) > 0; k--) {
            world_accept(&w, say_continue(&w));
            state_check(w.st);
        }
        if (roll >> 40 & 7) continue;
        work_through(&w);
    }
    work_through(&w);
    stood[0] += same_standing(d.w.st, w.st, false, "before time passes", seed);
    for (int i = 0; i < 8; i++) { /* alerts end, and levels fall, after the hysteresis */
        world_pass(&d.w, 20 * INSTANT_SECOND);
        w.now = d.w.now - 20 * INSTANT_SECOND;
        work_through(&w);
        world_pass(&w, 20 * INSTANT_SECOND);
        work_through(&w);
    }
    stood[1] += same_standing(d.w.st, w.st, true, "at the end", seed);
    world_replay(&w);
    world_close(&w);
    world_close(&d.w);
    return waited;
}
static void any_work_finds_the_same(void **unused) {
    (void)unused;
    static const int64_t work[] = {1, 7, 60, 150};
    uint32_t waited[4] = {0};
    size_t stood[2] = {0};
    for (uint64_t seed = 1; seed <= 12; seed++) waited[seed % 4] += live_twice(seed, work[seed % 4], stood);
    said_step_work = INT64_MIN;
    print_message("# %zu alerts stood, %zu in the end\n", stood[0], stood[1]);
    assert_true(stood[0] >= 100 && stood[1] >= 100);
    for (int i = 0; i < 4; i++) assert_true(waited[i] > 0);
}

/* ---- crowds ---- */
static void world_working(struct world *w, int64_t work, uint32_t alerts) {
    struct capacity c = day_capacity;
    c.alerts = alerts;
    said_step_work = work;
    world_open(w, &c, false, said_founders);
    said_step_work = INT64_MIN;
}
static void crowd(struct world *w, const char *party, const char *reader, uint32_t flights) {
    for (uint32_t i = 0; i < flights; i++) world_accept(w, say_flight(w, party, reader, -47 + i * 0.001, -126, 0.5, 600, 7200));
}
static struct said *position(struct world *w, uint64_t number) { return say_position(w, "ann", "radar", number, "c81234", -46.8, -125.8, 100, 90); }

static void a_search_is_cut_and_goes_on(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 30, 8192);
    crowd(&w, "bob", FOR_ALL, 20);
    work_through(&w);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 7200);
    world_accept(&w, n);
    uint32_t found = world_told(&w, TOLD_ALERT, party_of(&w, "bob"));
    assert_true(found > 0 && found < 20 && state_backlog(w.st) == 1 && w.out.left == 0); /* who speaks is not told what of others waits */
    for (uint32_t i = 0; state_backlog(w.st) > 0; i++) {
        world_accept(&w, say_continue(&w));
        assert_true(w.out.left == state_backlog(w.st) && world_told(&w, TOLD_ALERT, party_of(&w, "bob")) > 0);
        found += world_told(&w, TOLD_ALERT, party_of(&w, "bob"));
        assert_true(i < 20);
    }
    assert_int_equal(found, 20);
    struct said *wrong = say_continue(&w);
    wrong->s.onward.number += 1;
    world_refuse(&w, wrong, REASON_STALE);
    world_accept(&w, say_continue(&w)); /* with nothing to do: harmless */
    assert_true(w.out.left == 0 && w.fx->count == 0);
    world_replay(&w);
    world_close(&w);
}

static void what_is_over_waits_no_more(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 30, 8192);
    crowd(&w, "bob", FOR_ALL, 20);
    work_through(&w);
    struct said *n[3];
    for (int i = 0; i < 3; i++) world_accept(&w, n[i] = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 7200));
    assert_int_equal(state_backlog(w.st), 3);
    world_accept(&w, say_text(&w, KIND_NOTICE_CANCEL, "ann", "ann", &n[1]->s.id)); /* from the middle */
    assert_int_equal(state_backlog(w.st), 2);
    world_accept(&w, say_text(&w, KIND_NOTICE_CANCEL, "ann", "ann", &n[0]->s.id)); /* from the front, under way */
    world_accept(&w, say_text(&w, KIND_NOTICE_CANCEL, "ann", "ann", &n[2]->s.id));
    assert_int_equal(state_backlog(w.st), 0);
    for (row r = 0; r < w.st->alerts.capacity; r++) assert_false(w.st->alerts.live[r] && alert_at(w.st, r)->kind == ALERT_NOTICE_FLIGHT);
    world_replay(&w);
    world_close(&w);
}

/* What changes faster than it can be looked at is looked at from end to end all the same. */
static void it_changes_while_it_waits(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 12, 8192);
    crowd(&w, "ann", FOR_ALL, 10);
    for (int i = 0; i < 20; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200));
    world_feed(&w, "ann", "radar", FOR_ALL);
    work_through(&w);
    uint32_t before = live_alerts(&w, "ann");
    for (uint64_t i = 1; i <= 20; i++) { /* anew at each report */
        w.now += INSTANT_SECOND;
        struct said *x = position(&w, i);
        ((struct frame_position *)(uintptr_t)x->s.frame.positions)->track_mdeg = (int32_t)(i % 2) * 90000;
        world_accept(&w, x);
        assert_true(state_backlog(w.st) <= 1);
    }
    assert_int_equal(live_alerts(&w, "ann"), before + 20);
    work_through(&w);
    assert_int_equal(live_alerts(&w, "ann"), before + 20);
    world_replay(&w);
    world_close(&w);
}

/* Steps until the alerts of ann's flight stand, where a track of hers is searched before it, which is reported anew at every second step, or is not. */
static uint32_t behind_a_track(bool reported, uint64_t *oldest) {
    struct world w;
    uint32_t steps = 0, found = 0;
    uint64_t queued, number = 1;
    world_working(&w, 40, 8192);
    world_feed(&w, "ann", "radar", FOR_ALL);
    for (int i = 0; i < 60; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200));
    world_accept(&w, position(&w, number));
    assert_int_equal(state_backlog(w.st), 1);
    queued = state_order(w.st);
    world_accept(&w, say_flight(&w, "ann", FOR_ALL, -47, -126, 0.5, 0, 7200));
    assert_int_equal(state_backlog(w.st), 2);
    while (found < 60) {
        if (reported && steps % 2) {
            w.now += INSTANT_SECOND;
            struct said *x = position(&w, ++number);
            ((struct frame_position *)(uintptr_t)x->s.frame.positions)->track_mdeg = (int32_t)(number % 2) * 90000;
            world_accept(&w, x);
        }
        world_accept(&w, say_continue(&w));
        if (state_backlog(w.st) == 2) assert_int_equal(state_backlog_age(w.st), state_order(w.st) - queued); /* first or not */
        found = 0;
        for (row r = 0; r < w.st->alerts.capacity; r++) found += w.st->alerts.live[r] && alert_at(w.st, r)->kind == ALERT_NOTICE_FLIGHT;
        assert_true(++steps < 1000);
    }
    *oldest = state_backlog_age(w.st);
    world_replay(&w);
    world_close(&w);
    return steps;
}
/* Who changes faster than it can be looked at keeps nobody of its queue waiting for longer than its turns. */
static void what_changes_all_the_time_goes_behind(void **unused) {
    (void)unused;
    uint64_t oldest[2];
    uint32_t still = behind_a_track(false, &oldest[0]), reported = behind_a_track(true, &oldest[1]);
    print_message("# behind a track: %u steps, behind one reported anew: %u\n", still, reported);
    assert_true(reported <= still + 2);
    assert_true(oldest[1] > 0); /* it waits yet, for it changed: so it did matter */
}

/* The parties take turns: one whose crowd is large delays the other by a step. */
static void turns(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 30, 8192);
    crowd(&w, "cat", FOR_ALL, 20);
    work_through(&w);
    for (int i = 0; i < 6; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 600, 7200));
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 7200));
    assert_int_equal(state_backlog(w.st), 7);
    size_t ann = party_of(&w, "ann") * SEARCH_PARTS + PART_KNOWN, bob = party_of(&w, "bob") * SEARCH_PARTS + PART_KNOWN;
    const struct backlog *b = &w.st->watch->backlog;
    uint32_t steps = 0;
    for (; b->first[ann] != WAITING_NONE; steps++) world_accept(&w, say_continue(&w));
    assert_true(steps <= 2 * 6 && b->first[bob] != WAITING_NONE);
    work_through(&w);

    world_close(&w);
}

/* What one party hides does not delay what another is told of things that both know, however much it is. */
static void a_hidden_crowd_comes_last(void **unused) {
    (void)unused;
    uint32_t told[2];
    for (int hidden = 0; hidden < 2; hidden++) {
        struct world w;
        world_working(&w, 100, 8192);
        if (hidden) crowd(&w, "bob", "", 7);
        work_through(&w);
        crowd(&w, "bob", "ann", 3);
        for (int i = 0; i < 3; i++) world_accept(&w, say_notice(&w, "bob", "ann", -47, -126, 1, 600, 7200));
        work_through(&w);
        world_accept(&w, say_flight(&w, "ann", "bob", -47, -126, 0.5, 600, 7200));
        assert_int_equal(state_backlog(w.st), hidden);
        told[hidden] = world_told(&w, TOLD_ALERT, party_of(&w, "ann"));
        world_close(&w);
    }
    assert_true(told[0] > 1 && told[0] == told[1]);
}

/* An alert that stands is looked at in the step itself, whatever else waits. */
static void what_was_told_is_looked_at_at_once(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 12, 8192);
    struct said *n = say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 5400, 7200);
    world_accept(&w, n);
    crowd(&w, "ann", FOR_ALL, 12);
    work_through(&w);
    struct said *sooner = say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 620, 7200);
    say_on(sooner, "bob", &n->s.id);
    world_accept(&w, sooner);
    assert_int_equal(state_backlog(w.st), 1);
    assert_true(world_told(&w, TOLD_ALERT, party_of(&w, "ann")) > 0);
    for (row r = 0; r < w.st->alerts.capacity; r++)
        if (w.st->alerts.live[r] && alert_at(w.st, r)->kind == ALERT_NOTICE_FLIGHT) assert_true(alert_at(w.st, r)->level >= LEVEL_CAUTION);
    world_close(&w);
}

/* Many alerts of many volumes are more than a step looks at; those that are left come with the search. */
static uint32_t over_already(const struct world *w) {
    uint32_t count = 0;
    for (row r = 0; r < w->st->alerts.capacity; r++) count += w->st->alerts.live[r] && alert_at(w->st, r)->over_since != INSTANT_NONE;
    return count;
}
static void more_was_told_than_a_step_looks_at(void **unused) {
    (void)unused;
    enum { NOTICES = 200, VOLUMES = 8, CORNERS = 120 };
    struct world w;
    struct capacity c = day_capacity;
    c.notices = 1024;
    c.volumes = 8192;
    c.vertices = 1 << 20;
    said_step_work = 12;
    world_open(&w, &c, false, said_founders);
    said_step_work = INT64_MIN;
    w.quick = true;
    world_feed(&w, "ann", "radar", FOR_ALL);
    for (int i = 0; i < NOTICES; i++) {
        struct said *n = say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200);
        for (uint32_t k = 0; k < VOLUMES; k++) {
            say_square(n, k, &w, -47, -126, 1, 0, 7200)->shape.count = CORNERS;
            for (int m = 0; m < CORNERS; m++)
                n->at[k][m] = (struct position){(int32_t)(-465000000 + 5000000 * sin(m * 6.283185 / CORNERS)), (int32_t)(-1255000000 + 5000000 * cos(m * 6.283185 / CORNERS))};
        }
        n->section[0].body.notice.volume_count = VOLUMES;
        world_accept(&w, n);
    }
    world_accept(&w, say_position(&w, "ann", "radar", 1, "c81234", -46.5, -125.5, 100, 90));
    work_through(&w);
    assert_int_equal(live_alerts(&w, "ann"), NOTICES);
    w.now += INSTANT_SECOND;
    int64_t before = w.st->watch->spent, pair = VOLUMES * (CORNERS + 4) + LIMIT_SEARCH_PAIR;
    world_accept(&w, say_position(&w, "ann", "radar", 2, "c81234", 10, 10, 100, 90)); /* of none in reach */
    int64_t spent = w.st->watch->spent - before;
    uint32_t over = over_already(&w);
    print_message("# %lld vertices, %u alerts of %d\n", (long long)spent, over, NOTICES);
    assert_true(spent >= LIMIT_TOLD_WORK && spent <= LIMIT_TOLD_WORK + 12 + 4 * pair);
    assert_true(over >= (LIMIT_TOLD_WORK / (2 * pair)) && over < NOTICES); /* each twice: is it within its hold? */
    assert_int_equal(state_backlog(w.st), 1);
    work_through(&w);
    assert_int_equal(over_already(&w), NOTICES);
    state_check(w.st);
    world_close(&w);
}

static uint32_t of_kind(const struct world *w, enum alert_kind kind) {
    uint32_t n = 0;
    for (row r = 0; r < w->st->alerts.capacity; r++) n += w->st->alerts.live[r] && alert_at(w->st, r)->kind == kind;
    return n;
}
/* A search is cut, of the track or of the notice, and before it goes on the next report is from elsewhere: if nothing flies there, nobody knows which of the two is wrong, and what was due where
 * it was is told with that report. If something does, it has gone, and nothing is due any more. */
static void what_a_jump_leaves_is_told(void **unused) {
    (void)unused;
    enum { CROWD = 20 };
    static const struct { bool tracks; double lat; int64_t seconds; bool told; } table[] = {
        {false, 10, 0, true}, {false, 10, 1, true}, {false, -36.8, 1200, false}, {true, 10, 0, true}, {true, 10, 1, true}, {true, -36.8, 1300, false}};
    uint32_t at_once = 0;
    for (size_t n = 0; n < 2 * sizeof table / sizeof *table; n++) { /* each with and without what is hidden from ann */
        size_t i = n / 2;
        static const char *const identities[CROWD] = {"c81200", "c81201", "c81202", "c81203", "c81204", "c81205", "c81206", "c81207", "c81208", "c81209",
                                                      "c81210", "c81211", "c81212", "c81213", "c81214", "c81215", "c81216", "c81217", "c81218", "c81219"};
        uint32_t tracks = table[i].tracks ? CROWD : 1, notices = table[i].tracks ? 1 : CROWD;
        struct world w;
        uint64_t number = 0;
        world_working(&w, 30, 8192);
        world_feed(&w, "ann", "radar", FOR_ALL);
        for (int k = 0; n % 2 && k < 30; k++) world_accept(&w, say_notice(&w, "bob", "", -47, -126, 8, 0, 7200));
        for (uint32_t k = 0; !table[i].tracks && k < notices; k++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200));
        for (uint32_t k = 0; k < tracks; k++) {
            world_accept(&w, say_position(&w, "ann", "radar", ++number, identities[k], -46.8 + 0.3 * k, -125.8, 100, 90));
            if (table[i].tracks) work_through(&w);
        }
        if (table[i].tracks) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 8, 0, 7200));
        uint32_t found = of_kind(&w, ALERT_NOTICE_TRACK);
        assert_true(found > 0 && found < CROWD && state_backlog(w.st) > 0 && (n % 2 == 0 || found == at_once));
        at_once = found;
        for (uint32_t k = 0; k < tracks; k++) {
            w.now += table[i].seconds * INSTANT_SECOND;
            uint32_t before = of_kind(&w, ALERT_NOTICE_TRACK);
            world_accept(&w, say_position(&w, "ann", "radar", ++number, identities[k], table[i].lat + (table[i].lat < 0 ? 0.3 : 1) * k, -125.8, 100, 90));
            uint32_t began = of_kind(&w, ALERT_NOTICE_TRACK) - before;
            for (uint32_t m = 0; table[i].told && m < began; m++) {
                const struct effect *e = told(&w, TOLD_ALERT, "ann", m);
                assert_true(says(e, "\"state\":\"began\",\"level\":\"immediate\",\"kind\":\"notice-track\"") && says(e, identities[k]));
            }
            assert_true(!table[i].told || tracks == 1 ? began == (table[i].told ? CROWD - found : 0) : began <= 1);
            state_check(w.st);
        }
        assert_int_equal(of_kind(&w, ALERT_NOTICE_TRACK), table[i].told ? CROWD : found);
        work_through(&w);
        for (int k = 0; k < 3; k++) { /* it is not there: they end as any others */
            world_pass(&w, 20 * INSTANT_SECOND);
            work_through(&w);
        }
        assert_int_equal(of_kind(&w, ALERT_NOTICE_TRACK), 0);
        world_replay(&w);
        world_close(&w);
    }
}

/* Two tracks that joined hidden flights of themselves wait. The search of the first may end on the last of a step's work: what holds for its party
 * alone ends with that step, too. */
static void secret_joins_wait(void **unused) {
    (void)unused;
    static const char *const identities[2] = {"c81234", "c81235"};
    uint32_t between = 0;
    for (int64_t work = 6; work < 60; work++) {
        struct world w;
        world_working(&w, work, 8192);
        world_feed(&w, "cat", "radar", "");
        for (int i = 0; i < 6; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200));
        for (uint64_t i = 0; i < 2; i++) world_accept(&w, say_position(&w, "cat", "radar", i + 1, identities[i], -46.8, -125.8, 100, 90));
        work_through(&w);
        for (uint32_t i = 0; i < 2; i++) {
            struct said *f = say_flight(&w, "cat", "", 10, 10, 1, 0, 7200);
            f->section[0].body.flight.icao24 = 0xc81234 + i;
            world_accept(&w, f);
            world_accept(&w, say_text(&w, KIND_FLIGHT_ACTIVATE, "cat", "cat", &f->s.id));
        }
        if (work % 2) { /* one of them jumps away: its party alone is told of what its flight has it look at */
            uint32_t waited = state_backlog(w.st);
            world_accept(&w, say_position(&w, "cat", "radar", 3, identities[0], 30, 30, 100, 90));
            assert_true(waited > 0 && w.st->watch->only == PARTY_NONE);
        }
        while (state_backlog(w.st) > 0) {
            uint32_t waited = state_backlog(w.st);
            world_accept(&w, say_continue(&w));
            assert_int_equal(w.st->watch->only, PARTY_NONE);
            between += waited == 2 && state_backlog(w.st) == 1;
            world_accept(&w, say_notice(&w, "ann", FOR_ALL, 20, 20, 1, 600, 7200)); /* goes its own way */
        }
        world_replay(&w);
        world_close(&w);
    }
    assert_true(between > 0);
}

/* What is folded is counted in steps as well, and right in the end. */
static void a_folded_alert_is_counted_by_and_by(void **unused) {
    (void)unused;
    struct world w;
    world_working(&w, 40, 160);
    crowd(&w, "ann", FOR_ALL, 8);
    for (int i = 0; i < 8; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 600, 7200));
    work_through(&w);
    uint32_t folded = 0, alone = 0;
    for (int i = 0; i < 40; i++) {
        world_pass(&w, 2 * INSTANT_SECOND);
        work_through(&w);
        state_check(w.st);
    }
    for (row r = 0; r < w.st->alerts.capacity; r++) {
        if (!w.st->alerts.live[r] || alert_at(w.st, r)->owner != party_of(&w, "ann") || alert_at(w.st, r)->filer != party_of(&w, "bob")) continue;
        if (alert_at(w.st, r)->kind == ALERT_FOLDED) folded = alert_at(w.st, r)->folded;
        else alone++;
    }
    assert_true(alone > 0 && folded + alone == 64);
    world_replay(&w);
    world_close(&w);
}

/* What stands alone costs its search, too: of very many that a change of an agreement touches, some are looked at in its step and the others by and by. */
static void a_sweep_is_cut(void **unused) {
    (void)unused;
    enum { EACH = 40, AT_ONCE = 10, WORK = AT_ONCE * LIMIT_SEARCH_ENTITY };
    struct world w;
    const char *const parties[] = {"ann", "bob", NULL};
    world_working(&w, WORK, 8192);
    struct said *agreement = say_agreement(&w, "sorrel", 1, parties, NULL);
    world_accept(&w, agreement);
    for (int i = 0; i < EACH; i++) {
        world_accept(&w, say_flight(&w, "ann", "bob", -60 + 2 * i, -126, 0.1, 600, 7200));
        world_accept(&w, say_notice(&w, "bob", FOR_ALL, -60 + 2 * i, 20, 0.1, 600, 7200));
        assert_int_equal(state_backlog(w.st), 0);
    }
    int64_t all = w.st->watch->spent, at_once = AT_ONCE * LIMIT_SEARCH_ENTITY / LIMIT_SWEEP_WORK / state_party_count(w.st);
    world_accept(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "ann", "ann", &agreement->s.id));
    assert_true(state_backlog(w.st) >= 2); /* one party's flights, the other's notices, and what of its first ones its share had no work for */
    assert_true(w.st->watch->spent > all && w.st->watch->spent - all <= 2 * at_once * SEARCH_PARTS * LIMIT_SEARCH_ENTITY);
    for (uint32_t n = 0; state_backlog(w.st) > 0; n++) {
        int64_t spent = w.st->watch->spent;
        world_accept(&w, say_continue(&w));
        assert_true(w.st->watch->spent - spent <= 2 * SEARCH_PARTS * WORK); /* a party's turn, and the next one's where it did little */
        assert_true(n < 40);
    }
    assert_int_equal(w.st->watch->spent - all, 2 * EACH * SEARCH_PARTS * LIMIT_SEARCH_ENTITY); /* each was looked at, once in each part */
    world_replay(&w);
    world_close(&w);
}

/* More of the filer's than are listed at a time. */
static void a_long_list_is_counted(void **unused) {
    (void)unused;
    enum { NOTICES = LIMIT_RECOUNT + 40 };
    struct world w;
    struct capacity c = day_capacity;
    c.alerts = 160;
    c.notices = c.volumes = 8 * NOTICES;
    c.vertices = 16 * c.volumes;
    said_step_work = 2000;
    world_open(&w, &c, false, said_founders);
    said_step_work = INT64_MIN;
    w.quick = true;
    crowd(&w, "ann", FOR_ALL, 1);
    for (int i = 0; i < NOTICES; i++) world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 600, 7200));
    for (int i = 0; i < 20; i++) {
        work_through(&w);
        world_pass(&w, 2 * INSTANT_SECOND);
    }
    work_through(&w);
    state_check(w.st);
    uint32_t folded = 0, alone = 0;
    for (row r = 0; r < w.st->alerts.capacity; r++) {
        if (!w.st->alerts.live[r] || alert_at(w.st, r)->owner != party_of(&w, "ann") || alert_at(w.st, r)->filer != party_of(&w, "bob")) continue;
        if (alert_at(w.st, r)->kind == ALERT_FOLDED) folded = alert_at(w.st, r)->folded;
        else alone++;
    }
    assert_true(alone > 0 && folded + alone == NOTICES);
    world_close(&w);
}

/* ---- one pair that is more than a step's work ---- */
enum { LONG = 300 }; /* 8 LONG^2 vertices are less than LIMIT_PAIR_WORK: beyond it they would count as meeting */
static struct volume long_notice[LONG], long_flight[LONG];
static struct position long_at[2 * LONG][4];
/* A list of squares in a row; the `nearer`-th of the flight's lies in the notice's first one, all others 20 km away. */
static void long_row(struct said *x, struct volume *v, struct position (*at)[4], double north, uint32_t nearer) {
    for (uint32_t i = 0; i < LONG; i++) {
        v[i] = x->volume[0];
        double lat = i == nearer ? -47 : north, lng = i == nearer ? -126 : -126 + 0.01 * i;
        for (int k = 0; k < 4; k++) at[i][k] = (struct position){(int32_t)((lat + (k >= 2 ? 0.005 : 0)) * 1e7), (int32_t)((lng + (k == 1 || k == 2 ? 0.005 : 0)) * 1e7)};
        v[i].shape = (struct shape){.kind = SHAPE_POLYGON, .count = 4, .at = at[i]};
        if (i == nearer) v[i].start += 600 * INSTANT_SECOND; /* what meets there is not all that may be */
    }
}
static struct said *long_flight_of(struct world *w, uint32_t nearer) {
    struct said *f = say_flight(w, "bob", FOR_ALL, -47, -126, 0.01, 3600, 7200);
    long_row(f, long_flight, long_at + LONG, -46.8, nearer);
    f->section[0].body.flight.volumes = long_flight;
    f->section[0].body.flight.volume_count = LONG;
    return f;
}
static void long_world(struct world *w) {
    struct capacity c = day_capacity;
    c.volumes = 64 * LONG;
    c.vertices = 8 * c.volumes;
    world_open(w, &c, false, said_founders);
    struct said *n = say_notice(w, "ann", FOR_ALL, -47, -126, 0.01, 3600, 7200);
    long_row(n, long_notice, long_at, -47, LONG);
    n->section[0].body.notice.volumes = long_notice;
    n->section[0].body.notice.volume_count = LONG;
    world_accept(w, n);
}
static const struct pair_run *run_of(const struct world *w, const char *party) {
    const struct backlog *b = &w->st->watch->backlog;
    for (int part = 0; part < SEARCH_PARTS; part++)
        if (b->run[(size_t)party_of(w, party) * SEARCH_PARTS + (size_t)part].runs) return &b->run[(size_t)party_of(w, party) * SEARCH_PARTS + (size_t)part];
    return NULL;
}
/* One `continue`, for this state and for one that was read from its bytes: both are the same behind it. */
static void goes_on_alike(struct world *w) {
    struct append bytes = append_growing((size_t)1 << 28);
    struct arena a = {0};
    struct state *again = NULL;
    struct fault f = {0};
    struct outcome out;
    if (!result_is_ok(kept_save(w->st, &bytes, &f)) || !result_is_ok(kept_load(&bytes, 777, &w->genesis, &a, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    world_accept(w, say_continue(w));
    state_step(again, &w->all[w->all_count - 1]->s, &out, state_effects(again));
    state_check(again);
    struct hash one = state_digest(w->st), other = state_digest(again);
    assert_memory_equal(&one, &other, sizeof one);
    state_free(again);
    arena_free(&a);
    append_free(&bytes);
}
static uint32_t all_through(struct world *w) {
    uint32_t n = 0;
    for (; state_backlog(w->st) > 0; n++) {
        int64_t before = w->st->watch->spent;
        assert_true(n < 1000);
        goes_on_alike(w);
        assert_true(w->st->watch->spent - before <= SEARCH_PARTS * (16 * LIMIT_PAIR_STEP + LIMIT_STEP_WORK));
    }
    return n;
}
/* Wherever in the lists the two meet, it is found, in steps, and what was found before a cut counts behind it. */
static void a_pair_is_cut(void **unused) {
    (void)unused;
    static const uint32_t where[] = {0, LONG / 2, LONG - 1};
    for (int i = 0; i < 3; i++) {
        struct world w;
        long_world(&w);
        world_accept(&w, long_flight_of(&w, where[i]));
        assert_true(state_backlog(w.st) > 0);
        assert_int_equal(live_alerts(&w, "bob"), 0);
        assert_true(all_through(&w) >= 5);
        assert_int_equal(live_alerts(&w, "bob"), 1);
        assert_null(run_of(&w, "bob"));
        world_replay(&w);
        world_close(&w);
    }
}
/* Either of the two is another meanwhile: what was found of what it was is no more, and what it is now is looked at from end to end. */
static void a_pair_that_moves_begins_anew(void **unused) {
    (void)unused;
    struct world w;
    long_world(&w);
    struct id notice = w.first->s.id;
    for (struct said *x = w.first; x; x = x->next)
        if (x->s.kind == KIND_NOTICE) notice = x->s.id;
    struct said *f = long_flight_of(&w, 0);
    struct id flight = f->s.id;
    world_accept(&w, f);
    goes_on_alike(&w);
    const struct pair_run *run = run_of(&w, "bob");
    assert_true(run != NULL && run->found.meets); /* the first volumes do */
    struct said *moved = long_flight_of(&w, LONG); /* they do no more */
    say_on(moved, "bob", &flight);
    world_accept(&w, moved);
    all_through(&w);
    assert_int_equal(live_alerts(&w, "bob"), 0);
    moved = long_flight_of(&w, 0);
    say_on(moved, "bob", &flight);
    world_accept(&w, moved);
    goes_on_alike(&w);
    run = run_of(&w, "bob");
    assert_true(run != NULL && run->found.meets);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 0.01, 3600, 7200); /* the notice has another band */
    long_row(n, long_notice, long_at, -47, LONG);
    for (uint32_t i = 0; i < LONG; i++) long_notice[i].upper.cm += 1000;
    say_on(n, "ann", &notice);
    n->section[0].body.notice.volumes = long_notice;
    n->section[0].body.notice.volume_count = LONG;
    world_accept(&w, n);
    assert_null(run_of(&w, "bob"));
    goes_on_alike(&w);
    assert_true(run_of(&w, "ann") != NULL || run_of(&w, "bob") != NULL);
    world_accept(&w, say_text(&w, KIND_NOTICE_CANCEL, "ann", "ann", &notice));
    all_through(&w);
    assert_int_equal(live_alerts(&w, "bob"), 0);
    assert_null(run_of(&w, "bob"));
    state_check(w.st);
    world_close(&w);
}
/* Two flights: a finding for each owner, and what is withheld. The second of them may be cut when the first has been told. */
static void flights_are_cut(void **unused) {
    (void)unused;
    struct world w;
    long_world(&w);
    struct said *a = say_flight(&w, "ann", FOR_ALL, -47, -126, 0.01, 3600, 7200);
    a->section[0].body.flight.volumes = long_notice;
    a->section[0].body.flight.volume_count = LONG;
    world_accept(&w, a);
    all_through(&w);
    size_t before = live_alerts(&w, "ann");
    world_accept(&w, long_flight_of(&w, LONG / 2));
    bool apart = false;
    for (uint32_t n = 0; state_backlog(w.st) > 0 && n < 1000; n++) {
        goes_on_alike(&w);
        apart = apart || (run_of(&w, "bob") != NULL && run_of(&w, "bob")->finding == 2);
    }
    assert_true(apart);
    assert_int_equal(live_alerts(&w, "ann"), before + 1);
    assert_int_equal(live_alerts(&w, "bob"), 2); /* with the notice, and with the flight */
    world_replay(&w);
    world_close(&w);
}
/* Bytes that say of a pair what cannot be. */
static void no_such_pair(void **unused) {
    (void)unused;
    struct world w;
    struct append bytes = append_growing((size_t)1 << 28);
    long_world(&w);
    world_accept(&w, long_flight_of(&w, 0));
    goes_on_alike(&w);
    struct pair_run *run = (struct pair_run *)(uintptr_t)run_of(&w, "bob"), good = *run;
    for (int i = 0; i < 6; i++) {
        struct arena a = {0};
        struct state *again = NULL;
        struct fault f = {0};
        *run = good;
        if (i == 0) run->finding = 4;
        if (i == 1) run->lists = 0;
        if (i == 2) run->a = LIMIT_VOLUMES;
        if (i == 3) run->b = LIMIT_VOLUMES;
        if (i == 4) run->work = LIMIT_PAIR_WORK + 1;
        if (i == 5) run->finding = 0;
        assert_true(result_is_ok(kept_save(w.st, &bytes, &f)));
        assert_int_equal(kept_load(&bytes, 777, &w.genesis, &a, &again, &f).code, RESULT_ROT);
        assert_true(strstr(f.message, "half looked at") != NULL);
        arena_free(&a);
    }
    *run = good;
    append_free(&bytes);
    all_through(&w);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_work_finds_the_same), cmocka_unit_test(a_search_is_cut_and_goes_on), cmocka_unit_test(what_is_over_waits_no_more),
        cmocka_unit_test(it_changes_while_it_waits), cmocka_unit_test(what_changes_all_the_time_goes_behind), cmocka_unit_test(turns), cmocka_unit_test(a_hidden_crowd_comes_last),
        cmocka_unit_test(what_was_told_is_looked_at_at_once), cmocka_unit_test(more_was_told_than_a_step_looks_at), cmocka_unit_test(what_a_jump_leaves_is_told), cmocka_unit_test(secret_joins_wait),
        cmocka_unit_test(a_folded_alert_is_counted_by_and_by), cmocka_unit_test(a_sweep_is_cut), cmocka_unit_test(a_long_list_is_counted), cmocka_unit_test(a_pair_is_cut),
        cmocka_unit_test(a_pair_that_moves_begins_anew), cmocka_unit_test(flights_are_cut), cmocka_unit_test(no_such_pair)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("backlog", tests, NULL, NULL);
}
