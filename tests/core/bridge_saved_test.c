/* Saved bytes of what shows at the doors of F3548: what no state can be is refused, for its own reason, before anything is built on it. Bytes are made another where they stand
 * in a good state's; what is cut off is refused, too. */
#include <math.h>

#include "watched.h"

#include "dss_world.h"
#include "saved.h"

#include "core/bridge.h"

#define URL "https://parley.example"
enum { SMALL = LIMIT_BRIDGE_ROUND / 4 + 6, HEAVY = 8 };
/* `pieces`: so many may one notice have beyond the one that is sure for it, by its party's share. */
static const struct capacity room = {.parties = 4, .keys = 40, .agreements = 8, .areas = 8, .feeds = 8, .notices = 4 * 240, .flights = 4 * 8, .volumes = 8192, .vertices = 200000,
    .tracks = 16, .alerts = 64, .pending = 16, .recent = 4000, .holds = 16, .managers = 4, .references = 400, .subscriptions = 400, .footprints = 1600, .points = 16000, .slots_log2 = 4};

/* ---- a state in which some wait, one is half done, and those of two parties are gone through ---- */
static void wheel(struct said *s, uint32_t volume, double lat, double lng) {
    for (int i = 0; i < 128; i++) {
        double angle = i * 3.14159265358979 / 64;
        s->at[volume][i] = (struct position){(int32_t)((lat + sin(angle)) * 1e7), (int32_t)((lng + cos(angle)) * 1e7)};
    }
    s->volume[volume].shape.count = 128;
}
static void begin(struct doors *x, const struct capacity *c) {
    memset(x, 0, sizeof *x);
    world_open(&x->w, c, false, said_founders);
    arena_growing(&x->kept, (size_t)1 << 30);
    x->d = (struct decoder){.json = json_reader_new(8 << 20), .arena = &x->kept, .log = *state_log(x->w.st), .origin = state_origin(x->w.st)};
    x->reply = append_growing((size_t)1 << 28);
    x->w.quick = true;
}
static void show(struct doors *x) {
    struct said *s = say(&x->w, KIND_BRIDGE);
    s->s.origin = ORIGIN_SERVER;
    s->s.bridge = (struct body_bridge){state_bridge_number(x->w.st) + 1, TEXT(URL)};
    world_accept(&x->w, s);
}
static void half_done(struct doors *x) {
    begin(x, &room);
    for (int i = 0; i < HEAVY; i++) {
        struct said *n = say_notice(&x->w, "ann", "world", 10 + 3 * i, 100, 2.2, 3600, 7200);
        for (uint32_t v = 0; v < 8; v++) {
            if (v > 0) say_square(n, v, &x->w, 10 + 3 * i, 100, 1, 3600, 7200);
            wheel(n, v, 10 + 3 * i, 100 + 4 * v);
        }
        n->section[0].body.notice.volume_count = 8;
        world_accept(&x->w, n);
    }
    for (int i = 0; i < SMALL; i++)
        for (int p = 0; p < 2; p++) world_accept(&x->w, say_notice(&x->w, p ? "bob" : "ann", "world", -40 + 0.02 * i, 10 + p, 0.01, 2 * 86400, 2 * 86400 + 3600));
    world_accept(&x->w, say_flight(&x->w, "bob", "world", 45, 10, 0.1, 3600, 7200));
    show(x);
    const struct bridge *b = x->w.st->dss->bridge;
    assert_true(b->waiting > 3 && b->rounds == 2 && b->phase != BRIDGE_FRESH && b->units > 0);
}
/* All that shows is through. */
static void all_done(struct doors *x) {
    begin(x, &room);
    for (int i = 0; i < 70; i++) world_accept(&x->w, say_notice(&x->w, "ann", "world", -40 + 0.02 * i, 10, 0.01, 2 * 86400, 2 * 86400 + 3600));
    world_accept(&x->w, say_flight(&x->w, "bob", "world", 45, 10, 0.1, 3600, 7200));
    show(x);
    while (state_backlog(x->w.st) > 0) world_accept(&x->w, say_continue(&x->w));
    doors_expect(x, 201, "uss", "PUT", "/dss/v1/constraint_references/00000001-0000-4000-8000-000000000001",
                 doors_print(x, "{\"extents\":[%s],\"uss_base_url\":\"https://u.example\"}", doors_volume(x, (struct where){-47, -126, 500, 0, 100, 60, 600})));
    doors_expect(x, 200, "uss", "PUT", "/dss/v1/subscriptions/00000001-0000-4000-8000-000000000001",
                 doors_print(x, "{\"extents\":%s,\"uss_base_url\":\"https://u.example\",\"notify_for_constraints\":true}", doors_volume(x, (struct where){-47, -126, 500, DOORS_NONE, DOORS_NONE, DOORS_NONE, DOORS_NONE})));
}

/* ---- its bytes ---- */
static void saved(const struct doors *x, struct append *bytes) {
    struct fault f = {0};
    if (!result_is_ok(kept_save(x->w.st, bytes, &f))) fail_msg("%s: %s", f.field, f.message);
}
static void refused(const struct doors *x, const struct append *bytes, const char *name, const char *why) {
    struct arena memory = {0};
    struct state *none = NULL;
    struct fault f = {0};
    enum result_code code = kept_load(bytes, 1000, &x->w.genesis, &memory, &none, &f).code;
    if (code == RESULT_OK) fail_msg("%s: is taken", name);
    if (code != RESULT_ROT || strstr(f.message, why) == NULL) fail_msg("%s: '%s'; must say '%s'", name, f.message, why);
    arena_free(&memory);
}
static void taken(const struct doors *x, const struct append *bytes) {
    struct arena memory = {0};
    struct state *again = NULL;
    struct fault f = {0};
    if (!result_is_ok(kept_load(bytes, 1000, &x->w.genesis, &memory, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    state_check(again);
    struct hash one = state_digest(x->w.st), other = state_digest(again);
    assert_memory_equal(&one, &other, sizeof one);
    state_free(again);
    arena_free(&memory);
}
static void put(struct append *bytes, size_t at, uint64_t value, int width) {
    assert_true(at + (size_t)width <= bytes->size);
    for (int i = 0; i < width; i++) bytes->at[at + (size_t)i] = (char)(value >> 8 * (width - 1 - i));
}
static uint64_t get(const struct append *bytes, size_t at, int width) {
    uint64_t v = 0;
    for (int i = 0; i < width; i++) v = v << 8 | (uint8_t)bytes->at[at + (size_t)i];
    return v;
}

/* ---- the table `bridge`: FORMAT.md, 13 ---- */
enum part_at { NUMBER, WAITING, ENTRY, BEGUN, ROUNDS, ROUND, ANCHORS };
struct wrong { const char *name; enum part_at anchor; size_t more; uint64_t value; int width; const char *why; };
static const struct wrong wrongs[] = {
    {"a number that no statement has", NUMBER, 0, 1000000, 8, "a number or URL that no statement gave"},
    {"no number, and what shows", NUMBER, 0, 0, 8, "a number or URL that no statement gave"},
    {"a URL that is too long", NUMBER, 8, LIMIT_DSS_URL + 1, 2, "bytes of a URL; at most"},
    {"more wait than there are", WAITING, 0, 4 * 248 + 1, 4, "993 wait of 992"},
    {"as many wait as a number holds", WAITING, 0, UINT32_MAX, 4, "wait of 992"},
    {"neither a notice nor a flight waits", ENTRY, 0, 2, 1, "a flag is 2"},
    {"a notice waits that there is not", ENTRY, 1, 1000, 4, "refers to notices, row 1000"},
    {"a flight waits that there is not", ENTRY, 37, 1, 1, "refers to flights, row"},
    {"an unknown way of being half done", BEGUN, 0, BRIDGE_PHASES, 1, "how far it is is 3; at most 2"},
    {"nothing is begun, and some of it is done", BEGUN, 0, BRIDGE_FRESH, 1, "is not covered in"},
    {"more is done than there is to do", BEGUN, 1, 100000000, 4, "is not covered in 100000000 steps"},
    {"more parties are gone through than there are", ROUNDS, 0, 5, 4, "5 parties' are gone through of 4"},
    {"one is gone through that never was", ROUNDS, 4, UINT64_C(1) << 40, 8, "what never was is gone through"},
    {"a party is gone through that there is not", ROUND, 0, 4, 2, "names party 4 of 4"},
    {"an unknown kind is gone through", ROUND, 2, BRIDGE_KINDS, 1, "what is gone through is 3; at most 2"},
    {"nothing is gone through", ROUND, 2, BRIDGE_NOT, 1, "a place that is none"},
    {"one behind the last is gone through", ROUND, 3, UINT64_C(1) << 39, 8, "a place that is none"},
};
static void anchors_find(const struct doors *x, const struct append *bytes, size_t at[ANCHORS]) {
    const struct bridge *b = x->w.st->dss->bridge;
    const char *url = memmem(bytes->at, bytes->size, URL, strlen(URL));
    assert_true(url != NULL && memmem(url + 1, bytes->size - (size_t)(url + 1 - bytes->at), URL, strlen(URL)) == NULL);
    at[NUMBER] = (size_t)(url - bytes->at) - 10;
    at[WAITING] = at[NUMBER] + 10 + strlen(URL);
    at[ENTRY] = at[WAITING] + 4;
    at[BEGUN] = at[ENTRY] + 37 * (size_t)b->waiting;
    at[ROUNDS] = at[BEGUN] + 5;
    at[ROUND] = at[ROUNDS] + 4 + 8 + 32;
    assert_true(get(bytes, at[NUMBER], 8) == b->number && get(bytes, at[WAITING], 4) == b->waiting && get(bytes, at[BEGUN] + 1, 4) == b->units && get(bytes, at[ROUNDS], 4) == 2);
}
static void each_cursor_is_judged(void **unused) {
    (void)unused;
    struct doors x;
    size_t at[ANCHORS];
    struct append bytes = append_growing((size_t)1 << 28);
    half_done(&x);
    saved(&x, &bytes);
    taken(&x, &bytes);
    anchors_find(&x, &bytes, at);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *w = &wrongs[i];
        uint64_t good = get(&bytes, at[w->anchor] + w->more, w->width);
        assert_true(good != w->value);
        put(&bytes, at[w->anchor] + w->more, w->value, w->width);
        refused(&x, &bytes, w->name, w->why);
        put(&bytes, at[w->anchor] + w->more, good, w->width);
    }
    char entry[37], round[11];
    memcpy(entry, bytes.at + at[ENTRY] + 37, sizeof entry);
    memcpy(bytes.at + at[ENTRY] + 37, bytes.at + at[ENTRY], sizeof entry);
    refused(&x, &bytes, "one waits twice", "waits twice");
    memcpy(bytes.at + at[ENTRY] + 37, entry, sizeof entry);
    memcpy(round, bytes.at + at[ROUND] + 11, sizeof round);
    memcpy(bytes.at + at[ROUND] + 11, bytes.at + at[ROUND], sizeof round);
    refused(&x, &bytes, "a party's are gone through twice", "a party's are gone through twice");
    memcpy(bytes.at + at[ROUND] + 11, round, sizeof round);
    taken(&x, &bytes);
    size_t end = at[ROUND] + 22, whole = bytes.size;
    for (size_t cut = at[NUMBER]; cut < end; cut += cut < at[ENTRY] + 40 || cut >= at[BEGUN] ? 1 : 37) { /* wherever it is cut off */
        bytes.size = cut;
        refused(&x, &bytes, "cut off", "ends here; more must follow");
    }
    bytes.size = whole;
    append_free(&bytes);
    doors_close(&x);
}

/* ---- references that show ---- */
static row shows(const struct doors *x, uint8_t what) {
    for (row r = table_next(&x->w.st->dss->references, 0); r != ROW_NONE; r = table_next(&x->w.st->dss->references, r + 1))
        if (dss_reference_at(x->w.st, r)->shows == what) return r;
    fail_msg("none shows that");
    return ROW_NONE;
}
static void no_such_reference(void **unused) {
    (void)unused;
    struct doors x;
    struct append bytes = append_growing((size_t)1 << 28);
    const char *const cannot = "shows what it cannot show", *const neither = "is a manager's, or neither";
    all_done(&x);
    struct state *st = x.w.st;
    struct dss_reference *zone = dss_reference_at(st, shows(&x, BRIDGE_NOTICE)), *flight = dss_reference_at(st, shows(&x, BRIDGE_FLIGHT)), *own = dss_reference_at(st, shows(&x, BRIDGE_NOT)), good;
    row subscription = table_next(&st->dss->subscriptions, 0), managers[2] = {st->dss->bridge->manager, own->manager};
    saved(&x, &bytes);
    taken(&x, &bytes);
#define WRONG(ref, name, why, ...) do { good = *(ref); __VA_ARGS__; saved(&x, &bytes); refused(&x, &bytes, name, why); *(ref) = good; } while (0)
    WRONG(zone, "a notice as an operational intent", cannot, zone->kind = DSS_INTENT);
    WRONG(flight, "a flight as a constraint", cannot, flight->kind = DSS_CONSTRAINT);
    WRONG(flight, "one with a subscription", cannot, flight->subscription = subscription);
    WRONG(zone, "one of before there was a URL", cannot, zone->bridge = 0);
    WRONG(zone, "one of a URL that was not said yet", "of a bridge that was not said", zone->bridge = st->dss->bridge->number + 1);
    WRONG(zone, "a zone in a state", "in a state that it cannot have", zone->state = DSS_ACTIVATED);
    WRONG(flight, "a flight off nominal", "in a state that it cannot have", flight->state = DSS_CONTINGENT);
    WRONG(zone, "one without a height", "in a state that it cannot have", zone->place.has_upper = false, zone->place.upper_cm = 0);
    WRONG(flight, "one without an end", "in a state that it cannot have", flight->place.has_end = false);
    WRONG(zone, "a manager's that shows a notice", neither, zone->manager = managers[1]);
    WRONG(own, "one of the server's that shows nothing", neither, own->manager = managers[0]);
    WRONG(zone, "an id that stands twice", "an id that stands twice", struct id other = dss_reference_at(st, shows(&x, BRIDGE_NOTICE) + 1)->id; zone->id = other);
    struct dss_manager *uss = dss_manager_at(st, managers[1]);
    uss->bridge = true;
    saved(&x, &bytes);
    refused(&x, &bytes, "two of the server's", "a second one for what is released");
    uss->bridge = false;
    /* Which one shows what stands behind its id, serial, manager, kind, state, version, OVN, suffix and subscription. */
    saved(&x, &bytes);
    const char *at = memmem(bytes.at, bytes.size, zone->id.bytes, sizeof zone->id.bytes);
    assert_non_null(at);
    size_t what = (size_t)(at - bytes.at) + 16 + 8 + 4 + 1 + 1 + 4 + 33 + 16 + 4;
    assert_int_equal(get(&bytes, what, 1), BRIDGE_NOTICE);
    put(&bytes, what, BRIDGE_KINDS, 1);
    refused(&x, &bytes, "an unknown kind", "what a reference shows is 3; at most 2");
    put(&bytes, what, BRIDGE_NOTICE, 1);
    put(&bytes, what + 1, 70, 4);
    refused(&x, &bytes, "a notice that there is not", "refers to notices, row 70 of 70");
    put(&bytes, what + 1, 0, 4);
    put(&bytes, what + 21, 2, 1);
    refused(&x, &bytes, "circles, or not", "a flag is 2");
    /* More pieces than a notice may have; and, where the shares are smaller, more than its party may. */
    row one = zone->of;
    for (row r = table_next(&st->dss->references, 0); r != ROW_NONE; r = table_next(&st->dss->references, r + 1))
        if (dss_reference_at(st, r)->shows == BRIDGE_NOTICE) dss_reference_at(st, r)->of = one;
    saved(&x, &bytes);
    refused(&x, &bytes, "65 pieces", cannot);
    append_free(&bytes);
    doors_close(&x);
}
static void a_share_is_kept(void **unused) {
    (void)unused;
    struct doors x;
    struct capacity c = room;
    struct append bytes = append_growing((size_t)1 << 28);
    c.notices = 4 * 32; /* 40 of both: 14 references beyond what each has for sure */
    begin(&x, &c);
    for (int i = 0; i < 16; i++) world_accept(&x.w, say_notice(&x.w, "ann", "world", -40 + 0.02 * i, 10, 0.01, 2 * 86400, 2 * 86400 + 3600));
    show(&x);
    assert_int_equal(bridge_waiting(x.w.st), 0);
    struct state *st = x.w.st;
    row one = dss_reference_at(st, shows(&x, BRIDGE_NOTICE))->of, other = ROW_NONE;
    for (row r = table_next(&st->dss->references, 0); r != ROW_NONE; r = table_next(&st->dss->references, r + 1)) {
        if (other == ROW_NONE && dss_reference_at(st, r)->of != one) other = dss_reference_at(st, r)->of;
        dss_reference_at(st, r)->of = one;
    }
    saved(&x, &bytes);
    refused(&x, &bytes, "15 beyond", "shows what it cannot show");
    dss_reference_at(st, table_next(&st->dss->references, 0))->of = other; /* 14 of them are its share */
    saved(&x, &bytes);
    struct arena memory = {0};
    struct state *again = NULL;
    struct fault f = {0};
    if (!result_is_ok(kept_load(&bytes, 1000, &x.w.genesis, &memory, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    state_free(again);
    arena_free(&memory);
    append_free(&bytes);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_cursor_is_judged), cmocka_unit_test(no_such_reference), cmocka_unit_test(a_share_is_kept)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("bridge saved", tests, NULL, NULL);
}
