/* Conflicts found by the index against all pairs looked at one by one, on random days; sections decide what each owner may find. */
#include "day.h"

/* The model for volumes: what this owner may read of one against the other, pair by pair with meet.h. */
static bool chains_meet(struct world *w, row a, row b, const struct reach *reach) {
    static struct position at_a[LIMIT_VERTICES], at_b[LIMIT_VERTICES];
    struct volume x, y;
    struct meeting m;
    for (; a != ROW_NONE; a = volume_at(w->st, a)->next)
        for (row k = b; k != ROW_NONE; k = volume_at(w->st, k)->next) {
            if (volume_at(w->st, k)->idle) continue;
            pool_volume_view(w->st, a, at_a, &x);
            pool_volume_view(w->st, k, at_b, &y);
            meet_volumes(&x, &y, &w->st->settings.offsets, reach->cm, reach->height_cm, reach->before_ns, reach->after_ns, &m);
            if (m.meets && m.to >= w->st->time) return true;
        }
    return false;
}
/* What applies to this reader: the narrowest section that it may read; all of them where the wide ones do not contain the exact one. Own
 * code: with the core's the model would make the core's mistakes. */
static uint8_t model_ranks(const bool present[RANKS], const bool readable[RANKS], bool not_contained) {
    uint8_t all = 0, narrowest = 0;
    for (int i = 0; i < RANKS; i++) {
        if (present[i]) all |= (uint8_t)(1u << i);
        if (present[i] && readable[i]) narrowest = (uint8_t)(1u << i);
    }
    return not_contained && narrowest ? all : narrowest;
}
static uint8_t model_notice_ranks(const struct state *st, const struct notice_row *n, uint16_t reader) {
    bool present[RANKS], readable[RANKS];
    for (int i = 0; i < RANKS; i++) {
        present[i] = n->section[i].present;
        readable[i] = present[i] && (reader == n->party || reader == st->operator_ || reader_set_has(st, &n->section[i].readers, reader));
    }
    return model_ranks(present, readable, n->not_contained);
}
static uint8_t model_flight_ranks(const struct state *st, const struct flight_row *f, uint16_t reader) {
    bool present[RANKS], readable[RANKS];
    for (int i = 0; i < RANKS; i++) {
        present[i] = f->section[i].present;
        readable[i] = present[i] && (reader == f->party || reader == st->operator_ || reader_set_has(st, &f->section[i].readers, reader));
    }
    return model_ranks(present, readable, f->not_contained);
}
static bool in_mask(uint8_t mask, int rank) { return (mask >> rank & 1) != 0; }

static bool model_notice_flight(struct world *w, const struct notice_row *n, const struct flight_row *f) {
    if (!notice_hazardous(n) || !flight_stands(f)) return false;
    struct reach reach = {0};
    if (n->party != f->party && n->party != w->st->operator_) reach = (struct reach){500000, 50000, INSTANT_MINUTE, 4 * INSTANT_MINUTE};
    uint8_t a = model_notice_ranks(w->st, n, f->party), b = model_flight_ranks(w->st, f, f->party);
    for (int i = 0; i < RANKS; i++)
        for (int k = 0; k < RANKS; k++)
            if (in_mask(a, i) && in_mask(b, k) && chains_meet(w, f->section[k].volume, n->section[i].volume, &reach)) return true;
    return false;
}
static bool model_flight_flight(struct world *w, const struct flight_row *a, const struct flight_row *b) {
    if (!flight_stands(a) || !flight_stands(b) || a == b || (a->party == b->party && a->serial > b->serial)) return false;
    struct reach reach = {926000, 30000, 0, 0};
    uint8_t theirs = model_flight_ranks(w->st, a, b->party), mine = model_flight_ranks(w->st, b, b->party);
    for (int i = 0; i < RANKS; i++)
        for (int k = 0; k < RANKS; k++)
            if (in_mask(theirs, i) && in_mask(mine, k) && chains_meet(w, b->section[k].volume, a->section[i].volume, &reach)) return true;
    return false;
}

struct tally { uint32_t found, tracks, pairs, withheld; };

/* An alert may outlive its conflict by the hysteresis, or until the next tick; a conflict is never without its alert. */
static void compare(struct day *d, const struct alert_key *k, bool meets, struct tally *t, uint64_t number) {
    row r = alert_find(d->w.st, k);
    t->pairs++;
    t->found += meets;
    if (meets && r == ROW_NONE)
        fail_msg("seed %llu, statement %llu: kind %u, owner %u: missed", (unsigned long long)d->seed, (unsigned long long)number, k->kind, k->owner);
    if (meets || r == ROW_NONE) return;
    instant at;
    bool waits = alert_at(d->w.st, r)->lower_since != INSTANT_NONE || (timer_get(d->w.st, TIMER_ALERT, r, &at) && at <= d->w.now);
    if (!waits) fail_msg("seed %llu, statement %llu: kind %u, owner %u: an alert without conflict", (unsigned long long)d->seed, (unsigned long long)number, k->kind, k->owner);
}

static void all_pairs(struct day *d, struct tally *t, uint64_t number) {
    struct world *w = &d->w;
    struct state *st = w->st;
    struct finding f;
    for (row b = 0; b < st->flights.capacity; b++) {
        if (!st->flights.live[b]) continue;
        uint16_t owner = flight_at(st, b)->party;
        for (row a = 0; a < st->notices.capacity; a++) {
            if (!st->notices.live[a]) continue;
            struct alert_key k = {.kind = ALERT_NOTICE_FLIGHT, .owner = owner, .filer = notice_at(st, a)->party, .a = a, .b = b};
            compare(d, &k, model_notice_flight(w, notice_at(st, a), flight_at(st, b)), t, number);
        }
        for (row a = 0; a < st->flights.capacity; a++) {
            if (!st->flights.live[a] || a == b) continue;
            struct alert_key k = {.kind = ALERT_FLIGHT_FLIGHT, .owner = owner, .filer = flight_at(st, a)->party, .a = a, .b = b};
            bool meets = model_flight_flight(w, flight_at(st, a), flight_at(st, b));
            if (!meets) { /* both seen on a feed that both may read */
                conflict_finding(st, owner, ALERT_FLIGHT_FLIGHT, a, b, &f);
                meets = f.undisclosed;
            }
            compare(d, &k, meets, t, number);
            k = (struct alert_key){.kind = ALERT_FLIGHT_FLIGHT, .withheld = true, .owner = st->operator_, .filer = flight_at(st, a)->party, .a = a, .b = b};
            if (flight_at(st, a)->serial > flight_at(st, b)->serial) continue;
            conflict_withheld(st, a, b, &f);
            compare(d, &k, f.meets, t, number);
        }
    }
    for (row b = 0; b < st->tracks.capacity; b++) {
        if (!st->tracks.live[b]) continue;
        for (uint16_t owner = 0; owner < 4; owner++) {
            for (row a = 0; a < st->notices.capacity; a++) {
                if (!st->notices.live[a]) continue;
                struct alert_key k = {.kind = ALERT_NOTICE_TRACK, .owner = owner, .filer = notice_at(st, a)->party, .a = a, .b = b};
                conflict_finding(st, owner, ALERT_NOTICE_TRACK, a, b, &f);
                t->tracks += f.meets;
                compare(d, &k, f.meets, t, number);
            }
            for (row a = 0; a < st->tracks.capacity; a++) {
                if (!st->tracks.live[a] || a == b) continue;
                struct alert_key k = {.kind = ALERT_TRACK_TRACK, .owner = owner, .filer = track_at(st, a)->party, .a = a, .b = b};
                conflict_finding(st, owner, ALERT_TRACK_TRACK, a, b, &f);
                t->tracks += f.meets;
                compare(d, &k, f.meets, t, number);
            }
        }
        for (row a = 0; a < st->tracks.capacity; a++) {
            if (!st->tracks.live[a] || track_at(st, a)->serial >= track_at(st, b)->serial) continue;
            struct alert_key k = {.kind = ALERT_TRACK_TRACK, .withheld = true, .owner = st->operator_, .filer = track_at(st, a)->party, .a = a, .b = b};
            conflict_tracks_withheld(st, a, b, &f);
            t->withheld += f.meets;
            compare(d, &k, f.meets, t, number);
        }
    }
}

static void index_against_all_pairs(void **unused) {
    (void)unused;
    static struct day d;
    struct tally t = {0};
    for (uint64_t seed = 100; seed < 115; seed++) {
        day_begin(&d, seed, false);
        for (uint64_t n = 0; n < 150; n++) {
            day_step(&d, n);
            if (d.said && n % 3 == 0) all_pairs(&d, &t, n);
        }
        state_check(d.w.st);
        world_close(&d.w);
    }
    print_message("# %u pairs, %u conflicts, %u of tracks, %u of tracks withheld\n", t.pairs, t.found, t.tracks, t.withheld);
    assert_true(t.found > 1000 && t.tracks > 100 && t.withheld > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(index_against_all_pairs)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conflict", tests, NULL, NULL);
}
