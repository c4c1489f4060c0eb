/* The state as bytes: what is loaded has the digest of what was saved, holds every invariant, and its future is the same: outcomes, effects,
 * their places and bytes, views, digests, step for step. Equal states give equal bytes. */
#include "random_day.h"
#include "saved.h"

#include "core/view.h"

struct second { struct arena a; struct state *st; struct outcome out; struct effects *fx; };
static void second_free(struct second *x) {
    if (x->st) arena_free(&x->a);
    x->st = NULL;
}
static void second_from(struct second *x, struct append *room, size_t slice) {
    struct fault f = {0};
    struct append again = append_growing(64 << 20);
    second_free(x);
    assert_true(result_is_ok(kept_save(w.st, room, &f)));
    result r = kept_load(room, slice, &w.genesis, &x->a, &x->st, &f);
    if (!result_is_ok(r)) fail_msg("%s: %s", f.field, f.message);
    state_check(x->st);
    struct hash a = state_digest(w.st), b = state_digest(x->st);
    assert_memory_equal(a.bytes, b.bytes, SHA256_SIZE);
    assert_true(result_is_ok(kept_save(x->st, &again, &f)));
    assert_int_equal(again.size, room->size);
    assert_memory_equal(again.at, room->at, room->size);
    append_free(&again);
    x->fx = state_effects(x->st);
}
/* Where the two differ: what is cut there cannot be loaded, and says so. */
static void blame(const struct second *x, const struct statement *s) {
    struct append a = append_growing(64 << 20), b = append_growing(64 << 20);
    struct fault f = {0};
    struct arena memory = {0};
    struct state *st;
    size_t at = 0;
    assert_true(result_is_ok(kept_save(w.st, &a, &f)) && result_is_ok(kept_save(x->st, &b, &f)));
    while (at < a.size && at < b.size && a.at[at] == b.at[at]) at++;
    a.size = at;
    (void)kept_load(&a, 0, &w.genesis, &memory, &st, &f).code;
    fail_msg("%s: another digest; byte %zu: %s", statement_kind_name(s->kind), at, f.message);
}
static void same_step(const struct second *x, const struct statement *s) {
    char a_room[8192], b_room[8192];
    struct append a = append_fixed(a_room, sizeof a_room), b = append_fixed(b_room, sizeof b_room);
    outcome_render(s, &w.out, &a);
    outcome_render(s, &x->out, &b);
    assert_true(text_equal(append_view(&a), append_view(&b)));
    assert_int_equal(w.out.party, x->out.party);
    assert_int_equal(w.out.place, x->out.place);
    assert_int_equal(w.fx->count, x->fx->count);
    for (uint32_t i = 0; i < w.fx->count; i++) {
        const struct effect *p = &w.fx->at[i], *q = &x->fx->at[i];
        assert_true(p->kind == q->kind && p->party == q->party && p->place == q->place && p->sections == q->sections && name_equal(&p->desk, &q->desk));
        if (!text_equal(p->json, q->json)) fail_msg("told %.*s, and after loading %.*s", TEXT_ARG(p->json), TEXT_ARG(q->json));
    }
    struct hash d1 = state_digest(w.st), d2 = state_digest(x->st);
    if (!hash_equal(&d1, &d2)) blame(x, s);
}
static void same_views(const struct second *x) {
    struct append a = append_growing(16 << 20), b = append_growing(16 << 20);
    for (uint16_t reader = 0; reader <= PARTIES; reader++)
        for (int v = 0; v < VIEWS; v++) {
            struct fault f;
            uint16_t who = reader < PARTIES ? reader : PARTY_NONE;
            append_reset(&a);
            append_reset(&b);
            result r = view_render(w.st, who, (enum view)v, NULL, &a, &f), q = view_render(x->st, who, (enum view)v, NULL, &b, &f);
            assert_int_equal(r.code, q.code);
            if (!text_equal(append_view(&a), append_view(&b))) fail_msg("view %d of party %u differs", v, who);
        }
    append_free(&a);
    append_free(&b);
}

/* ---- a field that is not saved ---- */
/* Every byte of a row must show in what is saved, or stand here with its reason. `every`: of an array's elements one is enough. */
struct part_of { size_t at, size, every; };
#define OF(type, member) {offsetof(struct type, member), sizeof((struct type *)0)->member, 0}
#define EACH(type, member) {offsetof(struct type, member), sizeof((struct type *)0)->member, sizeof((struct type *)0)->member[0]}
/* Padding that __builtin_clear_padding of gcc 12 passes over. */
#define GAP(type, after, before) {offsetof(struct type, after) + sizeof((struct type *)0)->after, offsetof(struct type, before) - offsetof(struct type, after) - sizeof((struct type *)0)->after, 0}
#define TAIL(type, after) {offsetof(struct type, after) + sizeof((struct type *)0)->after, sizeof(struct type) - offsetof(struct type, after) - sizeof((struct type *)0)->after, 0}
#define MOST_ROW 32768
struct watched_row { const char *name; size_t table, size; const struct part_of *skip, *fold; unsigned char noticed[MOST_ROW], padding[MOST_ROW]; };
static const struct part_of none[] = {{0, 0, 0}};
/* Left out: numbers of other rows (canonical order tells of them), sizes and kinds (they say what else is read), chains that the pool makes. */
static const struct part_of area_skip[] = {OF(area_row, volume), OF(area_row, volume_count), OF(area_row, name_size), OF(area_row, readers), OF(area_row, party), GAP(area_row, last_statement, order), {0, 0, 0}};
static const struct part_of feed_skip[] = {OF(feed_row, track_count) /* counted anew */, GAP(feed_row, untracked_told, frame), OF(feed_row, readers), OF(feed_row, frames), GAP(feed_row, last_statement, number), GAP(feed_row, sweep, track_count), {0, 0, 0}};
static const struct part_of feed_fold[] = {EACH(feed_row, frame), {0, 0, 0}};
static const struct part_of agreement_fold[] = {EACH(agreement_row, version), {0, 0, 0}};
static const struct part_of agreement_skip[] = {OF(agreement_row, version), {0, 0, 0}};
static const struct part_of notice_skip[] = {OF(notice_row, due), OF(notice_row, lead), OF(notice_row, lead_count), OF(notice_row, section), OF(notice_row, party), GAP(notice_row, lead_count, section), {0, 0, 0}};
static const struct part_of flight_skip[] = {OF(flight_row, tracks), OF(flight_row, section), OF(flight_row, party), TAIL(flight_row, section), {0, 0, 0}};
static const struct part_of track_skip[] = {OF(track_row, feed), OF(track_row, flight), OF(track_row, of_flight), OF(track_row, anchor.kind), OF(track_row, anchor.count), OF(track_row, responsible) /* a memo */, OF(track_row, identity_size), OF(track_row, callsign_size), OF(track_row, party), OF(track_row, sure) /* a memo */, {0, 0, 0}};
static const struct part_of alert_skip[] = {OF(alert_row, a), OF(alert_row, b), OF(alert_row, kind), OF(alert_row, due), {0, 0, 0}};
static const struct part_of hold_skip[] = {OF(hold_row, notice), OF(hold_row, text), OF(hold_row, due), {0, 0, 0}};
static const struct part_of due_skip[] = {OF(due_row, ref), OF(due_row, kind), OF(due_row, next), OF(due_row, previous), OF(due_row, area_size), {0, 0, 0}};
static const struct part_of due_fold[] = {EACH(due_row, area), {0, 0, 0}};
static const struct part_of pending_skip[] = {OF(pending_row, key), OF(pending_row, signer_count), OF(pending_row, kind), TAIL(pending_row, key_name), {0, 0, 0}};
static const struct part_of pending_fold[] = {EACH(pending_row, signer_party), EACH(pending_row, key_party), EACH(pending_row, key_name), {0, 0, 0}};
static const struct part_of recent_skip[] = {OF(recent_row, older), OF(recent_row, newer), {0, 0, 0}};
static const struct part_of track_fold[] = {EACH(track_row, beyond), EACH(track_row, identity), EACH(track_row, callsign), {0, 0, 0}};
static const struct part_of area_fold[] = {EACH(area_row, name), {0, 0, 0}};
static const struct part_of volume_skip[] = {OF(volume_row, owner_kind), OF(volume_row, owner), OF(volume_row, party), OF(volume_row, count), OF(volume_row, chunk), OF(volume_row, next), OF(volume_row, number), OF(volume_row, piece), OF(volume_row, whole), {0, 0, 0}};
#define ROW(type, table, skip, fold) {#type, offsetof(struct state, table), sizeof(struct type##_row), skip, fold, {0}, {0}}
static struct watched_row watched[] = {
    ROW(key, keys, none, none), ROW(agreement, agreements, agreement_skip, agreement_fold), ROW(area, areas, area_skip, area_fold), ROW(feed, feeds, feed_skip, feed_fold),
    ROW(notice, notices, notice_skip, none), ROW(flight, flights, flight_skip, none), ROW(track, tracks, track_skip, track_fold),
    ROW(alert, alerts, alert_skip, none), ROW(hold, holds, hold_skip, none), ROW(due, dues, due_skip, due_fold), ROW(pending, pending, pending_skip, pending_fold),
    ROW(recent, recent, recent_skip, none), ROW(volume, volumes, volume_skip, none),
};
enum { WATCHED = sizeof watched / sizeof *watched };

static bool within(const struct part_of *p, size_t i) {
    for (; p->size; p++)
        if (i >= p->at && i < p->at + p->size) return true;
    return false;
}
static size_t folded(const struct part_of *p, size_t i) {
    for (; p->size; p++)
        if (i >= p->at && i < p->at + p->size) return p->at + (i - p->at) % p->every;
    return i;
}
/* Does the state's saved form change when this byte does? What cannot be saved any more has been noticed, too. */
static bool notices(struct append *room, const struct append *before, unsigned char *byte) {
    struct fault f;
    *byte ^= 1;
    result r = kept_save(w.st, room, &f);
    *byte ^= 1;
    return !result_is_ok(r) || room->size != before->size || memcmp(room->at, before->at, room->size) != 0;
}
static void look(struct append *room, const struct append *before) {
    for (int i = 0; i < WATCHED; i++) {
        struct watched_row *x = &watched[i];
        const struct table *t = (const struct table *)(const void *)((const char *)w.st + x->table);
        uint32_t rows = 0;
        for (row r = table_next(t, 0); r != ROW_NONE && rows < 4; r = table_next(t, r + 1), rows++)
            for (size_t k = 0; k < x->size; k++) {
                size_t at = folded(x->fold, k);
                if (!x->noticed[at] && !x->padding[at] && !within(x->skip, k)) x->noticed[at] = notices(room, before, (unsigned char *)table_at(t, r) + k);
            }
    }
}
#if defined(__GNUC__) && !defined(__clang__)
#define PADDING(index, type)                                                                                           \
    do {                                                                                                               \
        struct type##_row *x = malloc(sizeof *x);                                                                      \
        memset(x, 0xFF, sizeof *x);                                                                                    \
        __builtin_clear_padding(x);                                                                                    \
        for (size_t k = 0; k < sizeof *x; k++) watched[index].padding[k] = ((volatile unsigned char *)x)[k] == 0;      \
        free(x);                                                                                                       \
    } while (0)
static void paddings(void) {
    PADDING(0, key); PADDING(1, agreement); PADDING(2, area); PADDING(3, feed); PADDING(4, notice); PADDING(5, flight); PADDING(6, track);
    PADDING(7, alert); PADDING(8, hold); PADDING(9, due); PADDING(10, pending); PADDING(11, recent); PADDING(12, volume);
}
enum { PADDING_KNOWN = 1 };
#else
static void paddings(void) {}
enum { PADDING_KNOWN = 0 };
#endif
static uint32_t forgotten(void) {
    uint32_t n = 0;
    for (int i = 0; i < WATCHED; i++)
        for (size_t k = 0; k < watched[i].size; k++) {
            const struct watched_row *x = &watched[i];
            if (folded(x->fold, k) != k || x->noticed[k] || x->padding[k] || within(x->skip, k)) continue;
            print_message("# %s: byte %zu of %zu changes and what is saved does not\n", x->name, k, x->size);
            n++;
        }
    return n;
}

/* ---- days ---- */
static uint32_t waited;
static void one_day(uint64_t seed, uint32_t *loads) {
    struct second x = {0};
    struct append room = append_growing(64 << 20), other = append_growing(64 << 20);
    said_step_work = 40; /* much waits */
    begin(seed);
    said_step_work = INT64_MIN;
    w.quick = true;
    for (int i = 0; i < STEPS; i++) {
        bool hidden, again;
        if (below(60) == 0 || i == 0) {
            second_from(&x, &room, below(3) == 0 ? 1 + below(40) : 0);
            ++*loads;
            waited += state_backlog(w.st) > 0;
            if (PADDING_KNOWN && i % 2 == 0) look(&other, &room);
        }
        struct said *s = below(20) == 0 ? say_continue(&w) : random_next(&hidden, &again);
        if (!s) continue;
        world_say(&w, s);
        struct statement copy = s->s;
        copy.order = state_order(x.st) + 1;
        copy.time = w.now;
        state_step(x.st, &copy, &x.out, x.fx);
        same_step(&x, &s->s);
        if (w.out.verdict == VERDICT_ACCEPTED) random_taken(s);
        if (i % 50 == 49) same_views(&x);
    }
    state_check(x.st);
    second_free(&x);
    append_free(&room);
    append_free(&other);
    world_close(&w);
}
static void the_future_is_the_same(void **unused) {
    (void)unused;
    const char *from = getenv("PARLEY_SEED"), *days = getenv("PARLEY_DAYS");
    uint64_t seed = from ? strtoull(from, NULL, 10) : 70, count = days ? strtoull(days, NULL, 10) : 4;
    uint32_t loads = 0;
    paddings();
    for (uint64_t i = 0; i < count; i++) {
        print_message("# seed %llu\n", (unsigned long long)(seed + i));
        one_day(seed + i, &loads);
    }
    print_message("# %u states saved and loaded, %u of them with a backlog\n", loads, waited);
    assert_true(loads >= count && waited > 0);
    if (PADDING_KNOWN && !from && !days) assert_int_equal(forgotten(), 0); /* fewer days change too little to tell */
}

/* ---- bytes that are no state ---- */
static const char *where(struct append *bytes, size_t at) {
    static struct fault f;
    struct arena a = {0};
    struct state *st;
    bytes->size = at;
    (void)kept_load(bytes, 0, &w.genesis, &a, &st, &f).code;
    return f.message;
}
static void nothing_is_trusted(void **unused) {
    (void)unused;
    struct append good = append_growing(64 << 20), bad = append_growing(64 << 20);
    struct fault f = {0};
    uint32_t refused = 0, taken = 0;
    begin(99);
    w.quick = true;
    for (int i = 0; i < 400; i++) {
        bool hidden, again;
        struct said *s = random_next(&hidden, &again);
        if (s) world_say(&w, s);
        if (s && w.out.verdict == VERDICT_ACCEPTED) random_taken(s);
    }
    assert_true(result_is_ok(kept_save(w.st, &good, &f)));
    struct hash digest = state_digest(w.st);
    for (uint32_t i = 0; i < 4000; i++) {
        struct arena a = {0};
        struct state *st = NULL;
        append_reset(&bad);
        append_bytes(&bad, good.at, good.size);
        uint32_t how = below(4);
        size_t at = i < 600 ? i % good.size : below((uint32_t)good.size); /* the head byte by byte */
        if (how == 0) bad.size = at;
        else if (how == 1) append_char(&bad, 0);
        else bad.at[at] = (char)(how == 2 ? bad.at[at] ^ (1 << below(8)) : (char)below(256));
        if (how > 1 && bad.at[at] == good.at[at]) continue;
        result r = kept_load(&bad, 0, &w.genesis, &a, &st, &f);
        if (result_is_ok(r)) {
            struct hash other = state_digest(st); /* it may be a possible state, but not this one */
            taken++;
            assert_true(how > 1);
            if (hash_equal(&other, &digest)) fail_msg("byte %zu changes no digest: %s", at, where(&bad, at));
        } else {
            refused++;
            assert_true(r.code == RESULT_ROT || r.code == RESULT_UNSUPPORTED || r.code == RESULT_FULL /* it states more than there is memory for */);
            assert_true(f.field[0] && f.message[0]);
        }
        arena_free(&a);
    }
    print_message("# %u refused, %u another possible state\n", refused, taken);
    assert_true(refused > 1000 && taken > 0);
    append_free(&good);
    append_free(&bad);
    world_close(&w);
}
static void of_another_log(void **unused) {
    (void)unused;
    struct append bytes = append_growing(64 << 20);
    struct fault f = {0};
    struct arena a = {0};
    struct state *st;
    begin(3);
    assert_true(result_is_ok(kept_save(w.st, &bytes, &f)));
    w.genesis.hash = sha256_of("another", 7);
    result r = kept_load(&bytes, 0, &w.genesis, &a, &st, &f);
    assert_int_equal(r.code, RESULT_ROT);
    assert_string_equal(f.message, "snapshot: head, row 0: the state is of another log");
    arena_free(&a);
    append_free(&bytes);
    world_close(&w);
}
static bool no_room(void *context, const void *bytes, size_t size) {
    (void)bytes;
    size_t *left = context;
    if (size > *left) return false;
    *left -= size;
    return true;
}
static void who_takes_the_bytes_may_give_up(void **unused) {
    (void)unused;
    struct fault f = {0};
    struct arena work;
    size_t left = 100;
    begin(4);
    assert_true(arena_take(&work, state_save_memory(w.st)));
    assert_int_equal(state_save(w.st, &work, no_room, &left, &f).code, RESULT_IO);
    arena_free(&work);
    assert_true(arena_take(&work, 1024));
    left = 1 << 20;
    assert_int_equal(state_save(w.st, &work, no_room, &left, &f).code, RESULT_FULL);
    arena_free(&work);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_future_is_the_same), cmocka_unit_test(nothing_is_trusted), cmocka_unit_test(of_another_log),
                                       cmocka_unit_test(who_takes_the_bytes_may_give_up)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("save", tests, NULL, NULL);
}
