/* What strangers cannot make dear, by what was counted: a full share that each call of its owner meets, ids that are chosen to collide, and lists of whom to notify, which must never
 * keep anybody from deleting what is his. */
#include "dss_world.h"

#include "saved.h"

#include <math.h>

#define CR "/dss/v1/constraint_references/"
#define SUB "/dss/v1/subscriptions/"
#define AREA "/rid/v2/dss/identification_service_areas/"
#define WATCH "/rid/v2/dss/subscriptions/"
static struct doors x;
static const struct capacity much = {.parties = 2, .keys = 8, .agreements = 2, .areas = 2, .feeds = 2, .notices = 2, .flights = 2, .volumes = 2, .vertices = 32,
    .tracks = 2, .alerts = 16, .pending = 2, .recent = 16, .holds = 2, .managers = 2, .references = 2400, .subscriptions = 2400, .footprints = 6000, .points = 80000, .slots_log2 = 4};

static const char *circle(double lat, double to) { return doors_volume(&x, (struct where){lat, 7, 50, 100, 150, DOORS_NONE, to}); }
static const char *watch(const char *volume) { return doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\"}", volume); }
static const char *at(const char *base, int i) { return doors_print(&x, "%s%s", base, doors_id(&x, (uint32_t)i)); }
static double place(int i) { return -80.0 + i * 0.1; }
static struct state *loaded(struct arena *memory, const uint8_t *key) {
    struct append bytes = append_growing(256 << 20);
    struct fault f = {0};
    struct state *st = NULL;
    struct statement genesis = x.w.genesis;
    genesis.hash_key = key;
    memset(memory, 0, sizeof *memory);
    assert_true(result_is_ok(kept_save(x.w.st, &bytes, &f)));
    if (!result_is_ok(kept_load(&bytes, 0, &genesis, memory, &st, &f))) fail_msg("%s", f.message);
    append_free(&bytes);
    state_check(st);
    return st;
}

/* ---- what ended long ago makes room ---- */
static void fill(int count) {
    for (int i = 0; i < count; i++) doors_expect(&x, 200, "bob", "PUT", at(AREA, i), watch(circle(place(i), 600 + (i * 7 % count) * 0.001)));
}
static int ends_as(int rank, int count) { /* the area that ends so manyth */
    for (int i = 0; i < count; i++)
        if (i * 7 % count == rank) return i;
    return -1;
}
static void a_full_share_costs_no_scan(void **unused) {
    (void)unused;
    enum { SHARE = 1200 };
    doors_open(&x, &much);
    x.w.quick = true;
    fill(SHARE);
    struct dss *d = x.w.st->dss;
    d->ends_seen = 0;
    for (int i = 0; i < 100; i++) doors_expect(&x, 429, "bob", "PUT", at(AREA, 5000 + i), watch(circle(0, 600)));
    assert_in_range(d->ends_seen, 100, 2 * 100);
    x.w.now += INSTANT_DAY + 1000 * INSTANT_SECOND;
    doors_expect(&x, 200, "bob", "PUT", at(WATCH, 1), watch(circle(0, 600))); /* there is room: nothing is looked at, nothing goes */
    assert_in_range(d->ends_seen, 100, 2 * 100);
    d->ends_seen = 0;
    for (int i = 0; i < 100; i++) {
        int first = ends_as(i, SHARE), second = ends_as(i + 1, SHARE);
        doors_expect(&x, 200, "bob", "GET", at(AREA, first), "");
        doors_expect(&x, 200, "bob", "PUT", at(AREA, 5000 + i), watch(circle(0, 600)));
        doors_expect(&x, 404, "bob", "GET", at(AREA, first), "");
        doors_expect(&x, 200, "bob", "GET", at(AREA, second), "");
        if (i % 20 == 0) state_check(x.w.st);
    }
    assert_in_range(d->ends_seen, 100, 4 * 100);
    /* One that ended long ago and is written anew does not make room for itself. */
    int next = ends_as(100, SHARE);
    doors_expect(&x, 200, "bob", "GET", at(AREA, next), "");
    doors_expect(&x, 200, "bob", "PUT", doors_print(&x, "%s/%s", at(AREA, next), doors_text(&x, "service_area/version")), watch(circle(1, 600)));
    doors_expect(&x, 200, "bob", "GET", at(AREA, ends_as(101, SHARE)), "");
    state_check(x.w.st);
    doors_close(&x);
}
static const char *ring(int n) {
    char *all = arena_alloc(&x.kept, 64 * 1024, 1);
    size_t size = 0;
    for (int i = 0; i < n; i++)
        size += (size_t)snprintf(all + size, 64 * 1024 - size, "%s{\"lat\":%.7f,\"lng\":%.7f}", i ? "," : "", 46.0 + 0.1 * sin(2 * 3.14159265 * i / n), 7.0 + 0.1 * cos(2 * 3.14159265 * i / n));
    return doors_print(&x, "{\"volume\":{\"outline_polygon\":{\"vertices\":[%s]}},\"time_end\":%s}", all, doors_time(&x, 600));
}
/* Points are of both tables: what ended first goes, of either, and no more than is needed. A state that was loaded, whose heaps have another shape, does the same. */
static void points_come_from_both(void **unused) {
    (void)unused;
    struct capacity c = much;
    struct arena memory;
    c.points = 2 * 3200; /* a circle and a short URL take 16 */
    doors_open(&x, &c);
    for (int i = 0; i < 100; i++) {
        doors_expect(&x, 200, "bob", "PUT", at(AREA, i), watch(circle(place(i), 600 + 2 * i)));
        doors_expect(&x, 200, "bob", "PUT", at(WATCH, i), watch(circle(place(i), 601 + 2 * i)));
    }
    doors_expect(&x, 429, "bob", "PUT", at(AREA, 500), watch(circle(0, 600)));
    x.w.now += INSTANT_DAY + 1000 * INSTANT_SECOND;
    static const uint8_t key[SIPHASH_KEY] = {1, 2, 3};
    struct state *live = x.w.st, *other = loaded(&memory, key);
    uint64_t calls = x.calls, counter = x.w.counter;
    struct hash ends[2];
    for (int turn = 0; turn < 2; turn++) {
        x.w.st = turn ? other : live, x.w.fx = state_effects(x.w.st), x.calls = calls, x.w.counter = counter;
        doors_expect(&x, 200, "bob", "PUT", at(AREA, 500), watch(ring(900))); /* 904 and 8 or 16: of 57 */
        state_check(x.w.st);
        for (int i = 0; i < 100; i++) {
            doors_expect(&x, 2 * i < 58 - 1 ? 404 : 200, "bob", "GET", at(AREA, i), "");
            doors_expect(&x, 2 * i + 1 < 58 - 1 ? 404 : 200, "bob", "GET", at(WATCH, i), "");
        }
        ends[turn] = state_digest(x.w.st);
    }
    assert_memory_equal(&ends[0], &ends[1], sizeof ends[0]);
    x.w.st = live, x.w.fx = state_effects(live);
    state_free(other);
    arena_free(&memory);
    doors_close(&x);
}

/* ---- ids that are chosen to collide ---- */
static const uint8_t nothing[SIPHASH_KEY];
static uint32_t plain_code(const uint8_t key[17]) { return table_code(key, 17); }
static uint32_t zero_code(const uint8_t key[17]) { return (uint32_t)siphash(nothing, key, 17); }
static uint32_t longest(const struct state *st) {
    const struct hash_index *h = &st->dss->references.by_id;
    uint32_t most = 0;
    for (uint32_t b = 0; b <= h->mask; b++) {
        uint32_t n = 0;
        for (row r = hash_index_chain(h, b); r != ROW_NONE; r = h->link[r].next) n++;
        if (n > most) most = n;
    }
    return most;
}
/* As many as his share holds, all in one chain of a table whose hash he knows. */
static void choose(uint32_t (*code)(const uint8_t key[17]), int count) {
    uint32_t mask = x.w.st->dss->references.by_id.mask, found = 0;
    for (uint64_t n = 1; (int)found < count; n++) {
        uint8_t key[17] = {DSS_CONSTRAINT};
        memcpy(key + 1, &n, sizeof n);
        key[7] = 0x40, key[9] = 0x80, key[10] = (uint8_t)(n >> 48);
        if ((code(key) & mask) != 7) continue;
        char id[37] = {0};
        struct append a = append_fixed(id, sizeof id - 1);
        dss_id_append(&a, (const struct id *)(key + 1));
        const char *zone = doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://a.example\"}", doors_volume(&x, (struct where){place((int)found), 7, 5, 100, 150, 60, 3600}));
        doors_expect(&x, 201, "ann", "PUT", doors_print(&x, CR "%s", id), zone);
        found++;
    }
}
static void chosen_ids_do_not_collide(void **unused) {
    (void)unused;
    enum { CHOSEN = 600 };
    static const uint8_t key[SIPHASH_KEY] = {9, 8, 7};
    struct arena memory;
    doors_open(&x, &much);
    x.w.quick = true;
    choose(plain_code, CHOSEN);
    assert_in_range(longest(x.w.st), 1, 8);
    doors_close(&x);
    doors_open(&x, &much);
    x.w.quick = true;
    choose(zero_code, CHOSEN); /* who knew the key could */
    assert_in_range(longest(x.w.st), CHOSEN, CHOSEN);
    struct state *keyed = loaded(&memory, key);
    assert_in_range(longest(keyed), 1, 8);
    struct hash one = state_digest(x.w.st), other = state_digest(keyed);
    assert_memory_equal(&one, &other, sizeof one);
    state_free(keyed);
    arena_free(&memory);
    doors_close(&x);
}

/* ---- lists of whom to notify ---- */
/* Whoever stands where something is deleted is told in its reply, so all that there are must fit into one: each manager has a share of that list, which is met when he subscribes. */
static void lists_are_bounded_where_they_grow(void **unused) {
    (void)unused;
    enum { MANAGERS = 16384, SHARE = LIMIT_DSS_TOLD / MANAGERS, FIT = SHARE / DSS_TOLD_MOST };
    struct capacity c = much;
    c.managers = MANAGERS, c.references = MANAGERS * 2, c.subscriptions = MANAGERS * (FIT + 1), c.footprints = MANAGERS * (FIT + 3), c.points = MANAGERS * (FIT + 3) * 264;
    doors_open(&x, &c);
    x.w.quick = true;
    char url[LIMIT_DSS_URL + 1] = "https://a.example/";
    memset(url + strlen(url), 'x', LIMIT_DSS_URL - strlen(url));
    const char *body = doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"%s\",\"notify_for_constraints\":true}", circle(46, 3600), url);
    for (int i = 0; i < FIT; i++) doors_expect(&x, 200, "ann", "PUT", at(SUB, i), body);
    const char *last = doors_print(&x, "%s/%s", at(SUB, FIT - 1), doors_text(&x, "subscription/version"));
    doors_expect(&x, 429, "ann", "PUT", at(SUB, FIT), body);
    assert_string_equal(doors_text(&x, "field"), "subscriptions");
    doors_expect(&x, 429, "ann", "PUT", at(WATCH, FIT), doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"%s\"}", circle(46, 3600), url)); /* one list for both */
    const char *implicit = doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://a.example\",\"new_subscription\":{\"uss_base_url\":\"%s\"}}",
                                       doors_volume(&x, (struct where){46, 7, 50, 100, 150, 60, 3600}), url);
    doors_expect(&x, 429, "ann", "PUT", at("/dss/v1/operational_intent_references/", 1), implicit);
    doors_expect(&x, 200, "bob", "PUT", at(SUB, FIT), body); /* his own */
    doors_expect(&x, 200, "ann", "PUT", last, doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\",\"notify_for_constraints\":true}", circle(46, 3600)));
    doors_expect(&x, 201, "ann", "PUT", at("/dss/v1/operational_intent_references/", 1), implicit); /* the shorter one made room */
    doors_expect(&x, 201, "ann", "PUT", at(CR, 1), doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://a.example\"}", doors_volume(&x, (struct where){46, 7, 50, 100, 150, 60, 3600})));
    doors_expect(&x, 200, "ann", "DELETE", doors_print(&x, "%s/%s", at(CR, 1), doors_text(&x, "constraint_reference/ovn")), "");
    assert_int_equal(doors_count(&x, "subscribers"), 2);
    assert_true(x.w.st->dss->told > SHARE && x.w.st->dss->told <= 2 * SHARE);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_full_share_costs_no_scan), cmocka_unit_test(points_come_from_both), cmocka_unit_test(chosen_ids_do_not_collide),
                                       cmocka_unit_test(lists_are_bounded_where_they_grow)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_bound", tests, NULL, NULL);
}
