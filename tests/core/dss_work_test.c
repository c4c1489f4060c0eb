/* The bound on what one request at the drone world's doors has compared: it is a sum over a set, so a state that lived and one that was loaded from a snapshot answer alike
 * at the bound, to the byte; and what is beyond it is refused, or done without the exact comparison, and nothing is ever refused to a delete for it. */
#include "dss_world.h"

#include "saved.h"

#include <math.h>

#define OI "/dss/v1/operational_intent_references/"
#define CR "/dss/v1/constraint_references/"
#define SUB "/dss/v1/subscriptions/"
#define AREA "/rid/v2/dss/identification_service_areas/"
#define WATCH "/rid/v2/dss/subscriptions/"
static struct doors x;
static const struct capacity much = {.parties = 2, .keys = 8, .agreements = 2, .areas = 2, .feeds = 2, .notices = 2, .flights = 2, .volumes = 2, .vertices = 32,
    .tracks = 2, .alerts = 16, .pending = 2, .recent = 16, .holds = 2, .managers = 2, .references = 2400, .subscriptions = 2400, .footprints = 6000, .points = 400000, .slots_log2 = 4};

/* ---- outlines ---- */
enum { SMALL = 300, MOST = 872 /* SMALL * (MOST + 1) vertices are within the bound, and SMALL more are not */ };
#define SIDE 0.3 /* degrees: of the square; the small ones lie in the part of it that the box of two of its sides holds */
static double thick_m = 50.0;
struct outline { char *at; size_t size, room; };
static void point(struct outline *o, double lat, double lng) {
    o->size += (size_t)snprintf(o->at + o->size, o->room - o->size, "%s{\"lat\":%.7f,\"lng\":%.7f}", o->size ? "," : "", lat, lng);
    assert_true(o->size < o->room);
}
static const char *closed(struct outline *o, double low, double from, double to) {
    return doors_print(&x, "{\"volume\":{\"outline_polygon\":{\"vertices\":[%s]},\"altitude_lower\":{\"value\":%.1f,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":%.1f,"
                       "\"reference\":\"W84\",\"units\":\"M\"}},\"time_start\":%s,\"time_end\":%s}", o->at, low, low + thick_m, doors_time(&x, from), doors_time(&x, to));
}
static struct outline empty(void) { return (struct outline){arena_alloc(&x.kept, 64 * 1024, 1), 0, 64 * 1024}; }
/* Two sides of the square, from outside: its box holds all that is in the square, and it meets nothing of it. */
static const char *angle_of(int n, double low) {
    const double a = 46.0 - 0.005, b = 7.0 - 0.005, thick = 0.002, far = SIDE + 0.01;
    struct outline o = empty();
    int q = n / 4, first = n - 3 * q;
    for (int i = 0; i < first; i++) point(&o, a, b + far - far * i / first);
    for (int i = 0; i < q; i++) point(&o, a + far * i / q, b);
    for (int i = 0; i < q; i++) point(&o, a + far - (far - thick) * i / q, b + thick);
    for (int i = 0; i < q; i++) point(&o, a + thick, b + thick + (far - thick) * i / q);
    return closed(&o, low, 60, 3600);
}
static const char *ring(double radius, int n, double low) {
    struct outline o = empty();
    for (int i = 0; i < n; i++) point(&o, 46.0 + radius * sin(2 * 3.14159265 * i / n), 7.0 + radius * cos(2 * 3.14159265 * i / n));
    return closed(&o, low, 60, 3600);
}
static const char *small(int i) {
    return doors_volume(&x, (struct where){46.0 + 0.8 * SIDE * (i % 20) / 20.0, 7.0 + 0.8 * SIDE * (i / 20 % 20) / 20.0, 5, 100, 150, 60, 3600});
}

/* ---- bodies ---- */
static const char *intent(const char *volumes, const char *more) { return doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://a.example\"%s}", volumes, more); }
static const char *zone(const char *volume) { return doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://a.example\"}", volume); }
static const char *watch(const char *volume) { return doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\"}", volume); }
static const char *subscription(const char *volume) {
    return doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\",\"notify_for_operational_intents\":true,\"notify_for_constraints\":true}", volume);
}
static const char *query(const char *volume) { return doors_print(&x, "{\"area_of_interest\":%s}", volume); }
static const char *id_of(const char *base, int i) { return doors_print(&x, "%s%s", base, doors_id(&x, (uint32_t)i)); }
static int told(void) {
    const struct json *list = doors_at(&x, "subscribers");
    return list->count == 0 ? 0 : doors_count(&x, "subscribers/0/subscriptions");
}

/* ---- two states ---- */
static const uint8_t other_key[SIPHASH_KEY] = {3, 1, 4, 1, 5, 9, 2, 6};
struct twin { struct state *st; struct arena arena; struct append reply; };
static void twin_load(struct twin *t) {
    struct append bytes = append_growing(256 << 20);
    struct fault f = {0};
    memset(t, 0, sizeof *t);
    t->reply = append_growing(64 << 20);
    x.w.genesis.hash_key = other_key; /* nothing that follows depends on it */
    assert_true(result_is_ok(kept_save(x.w.st, &bytes, &f)));
    if (!result_is_ok(kept_load(&bytes, 0, &x.w.genesis, &t->arena, &t->st, &f))) fail_msg("%s", f.message);
    append_free(&bytes);
}
static void twin_free(struct twin *t) {
    state_free(t->st);
    arena_free(&t->arena);
    append_free(&t->reply);
}
static void turn(struct state *st) {
    x.w.st = st;
    x.w.fx = state_effects(st);
}
/* The same said to both; what the one that was loaded answers stands in `x` afterwards. */
static void both(struct twin *t, uint16_t status, const char *method, const char *path, const char *body) {
    struct state *live = x.w.st;
    uint64_t calls = x.calls, counter = x.w.counter;
    doors_expect(&x, status, "ann", method, path, body);
    append_reset(&t->reply);
    append_text(&t->reply, append_view(&x.reply));
    struct hash one = state_digest(live), other;
    x.calls = calls, x.w.counter = counter;
    turn(t->st);
    doors_expect(&x, status, "ann", method, path, body);
    other = state_digest(t->st);
    turn(live);
    assert_memory_equal(&one, &other, sizeof one);
    assert_true(text_equal(append_view(&t->reply), append_view(&x.reply)));
}
static const char *bare_intent(const char *volume) { return intent(volume, ",\"key\":[]"); }

static void f3548_at_the_bound(void **unused) {
    (void)unused;
    struct twin t;
    doors_open(&x, &much);
    x.w.quick = true;
    for (int i = 0; i < SMALL; i++) doors_expect(&x, 200, "ann", "PUT", id_of(SUB, i), subscription(small(i)));
    for (int i = 0; i < SMALL; i++) doors_expect(&x, 201, "ann", "PUT", id_of(OI, i), bare_intent(small(i)));
    for (int i = 0; i < 90; i++) { /* come and go: the index takes another shape */
        doors_expect(&x, 200, "ann", "PUT", id_of(SUB, 1000 + i), subscription(small(7 * i)));
        doors_expect(&x, 200, "ann", "DELETE", doors_print(&x, "%s/%s", id_of(SUB, 1000 + i), doors_text(&x, "subscription/version")), "");
    }
    twin_load(&t);
    for (int n = MOST; n <= MOST + 1; n++) {
        bool over = n > MOST;
        both(&t, over ? 413 : 200, "POST", OI "query", query(angle_of(n, 100)));
        both(&t, over ? 413 : 200, "POST", SUB "query", query(angle_of(n, 100)));
        both(&t, over ? 413 : 200, "PUT", id_of(SUB, 2000 + n), subscription(angle_of(n, 100)));
        if (!over) both(&t, 200, "DELETE", doors_print(&x, "%s/%s", id_of(SUB, 2000 + n), doors_text(&x, "subscription/version")), "");
        /* Nothing of the square meets it: beyond the bound all whose boxes meet are told. */
        both(&t, 201, "PUT", id_of(CR, n), zone(angle_of(n, 100)));
        assert_int_equal(told(), over ? SMALL : 0);
        both(&t, 200, "DELETE", doors_print(&x, "%s/%s", id_of(CR, n), doors_text(&x, "constraint_reference/ovn")), "");
        assert_int_equal(told(), over ? SMALL : 0);
        both(&t, over ? 429 : 201, "PUT", id_of(OI, 3000 + n), bare_intent(angle_of(n, 100)));
        if (over) continue;
        assert_int_equal(told(), SMALL); /* the key took what there was */
        both(&t, 200, "DELETE", doors_print(&x, "%s/%s", id_of(OI, 3000 + n), doors_text(&x, "operational_intent_reference/ovn")), "");
        assert_int_equal(told(), 0);
    }
    twin_free(&t);
    doors_close(&x);
}

static void f3411_at_the_bound(void **unused) {
    (void)unused;
    struct twin t;
    doors_open(&x, &much);
    x.w.quick = true;
    for (int i = 0; i < SMALL; i++) doors_expect(&x, 200, "bob", "PUT", id_of(WATCH, i), watch(small(i)));
    for (int i = 0; i < SMALL; i++) doors_expect(&x, 200, "bob", "PUT", id_of(AREA, i), watch(small(i)));
    for (int i = 0; i < 90; i++) {
        doors_expect(&x, 200, "bob", "PUT", id_of(AREA, 1000 + i), watch(small(7 * i)));
        doors_expect(&x, 200, "bob", "DELETE", doors_print(&x, "%s/%s", id_of(AREA, 1000 + i), doors_text(&x, "service_area/version")), "");
    }
    twin_load(&t);
    for (int n = MOST; n <= MOST + 1; n++) {
        bool over = n > MOST;
        both(&t, over ? 400 : 200, "PUT", id_of(WATCH, 2000 + n), watch(angle_of(n, 100)));
        if (!over) both(&t, 200, "DELETE", doors_print(&x, "%s/%s", id_of(WATCH, 2000 + n), doors_text(&x, "subscription/version")), "");
        both(&t, 200, "PUT", id_of(AREA, 2000 + n), watch(angle_of(n, 100)));
        assert_int_equal(told(), over ? SMALL : 0);
        both(&t, 200, "DELETE", doors_print(&x, "%s/%s", id_of(AREA, 2000 + n), doors_text(&x, "service_area/version")), "");
        assert_int_equal(told(), over ? SMALL : 0);
    }
    twin_free(&t);
    doors_close(&x);
}

/* ---- covering ---- */
static const char *rings(int count, int n, double widest, double low) {
    const char *all = "";
    for (int i = 0; i < count; i++) all = doors_print(&x, "%s%s%s", all, i > 0 ? "," : "", ring(widest * (count - i) / count, n, low));
    return all;
}
static uint32_t footprints_of(const char *id) {
    struct id binary = {{0}};
    char hex[32];
    int n = 0;
    for (const char *c = id; *c; c++)
        if (*c != '-') hex[n++] = *c;
    assert_true(n == 32 && hex_read((struct text){hex, 32}, binary.bytes, 16));
    row r = dss_subscription_find(x.w.st, DSS_SUBSCRIPTION, &binary);
    assert_true(r != ROW_NONE);
    return dss_subscription_at(x.w.st, r)->place.count;
}
/* The widest ring holds all others: few are taken in, and of many, which would be too much to compare, all come. */
static void stretching(void **unused) {
    (void)unused;
    static const int counts[] = {2, 40};
    for (int i = 0; i < 2; i++) {
        int n = counts[i];
        doors_open(&x, &much);
        doors_expect(&x, 201, "ann", "PUT", id_of(OI, 1), intent(rings(n, 100, 0.05, 100), ",\"new_subscription\":{\"uss_base_url\":\"https://a.example\"}"));
        const char *sub = doors_text(&x, "operational_intent_reference/subscription_id");
        assert_int_equal(footprints_of(sub), n);
        doors_expect(&x, 201, "ann", "PUT", id_of(OI, 2), intent(rings(n, 100, 0.1, 1000), doors_print(&x, ",\"subscription_id\":\"%s\"", sub)));
        assert_int_equal(told(), 1);
        assert_int_equal(footprints_of(sub), n == 2 ? 1 : 2 * n - n / 2); /* every second of the wider ones is one of the narrower */
        doors_close(&x);
    }
}
static void covering(void **unused) {
    (void)unused;
    doors_open(&x, &much);
    thick_m = 5000.0;
    doors_expect(&x, 200, "ann", "PUT", id_of(SUB, 1), subscription(ring(0.1, 900, 0)));
    thick_m = 50.0;
    const char *version = doors_text(&x, "subscription/version"), *to = doors_print(&x, ",\"subscription_id\":\"%s\"", doors_id(&x, 1));
    doors_expect(&x, 201, "ann", "PUT", id_of(OI, 1), intent(rings(18, 900, 0.08, 100), to)); /* 18 times 8 times 1,800 */
    doors_expect(&x, 429, "ann", "PUT", id_of(OI, 2), intent(rings(19, 900, 0.08, 100), to));
    doors_expect(&x, 400, "ann", "PUT", id_of(OI, 2), intent(doors_volume(&x, (struct where){48, 7, 5, 1000, 1050, 60, 3600}), to)); /* by its box alone */
    doors_expect(&x, 201, "ann", "PUT", id_of(OI, 2), intent(ring(0.07, 900, 1000), to));
    thick_m = 5000.0; /* all of both would have to lie in it */
    doors_expect(&x, 429, "ann", "PUT", doors_print(&x, "%s/%s", id_of(SUB, 1), version), subscription(ring(0.1, 900, 0)));
    thick_m = 50.0;
    doors_close(&x);
}
/* A place of many, and one that meets them all, by what was counted. */
static void searching(void **unused) {
    (void)unused;
    doors_open(&x, &much);
    x.w.quick = true;
    for (int i = 0; i < SMALL; i++) doors_expect(&x, 200, "ann", "PUT", id_of(SUB, i), subscription(small(i)));
    struct position corner[4] = {{459000000, 69000000}, {459000000, 74000000}, {464000000, 74000000}, {464000000, 69000000}};
    struct shape shape[LIMIT_VOLUMES];
    for (int i = 0; i < LIMIT_VOLUMES; i++) shape[i] = (struct shape){.kind = SHAPE_POLYGON, .count = 4, .at = corner};
    for (int all = 0; all < 2; all++) {
        struct dss_work work = {0};
        struct dss_extent e = {.shapes = shape, .count = LIMIT_VOLUMES};
        struct dss_search s = {.except = ROW_NONE, .all = all, .work = &work};
        uint32_t n = dss_search(x.w.st, &s, DSS_SUBSCRIPTION, &e, &e, NULL, x.w.st->dss->rows[0]);
        assert_int_equal(n, all ? SMALL : 0);
        assert_true(s.beyond == !all && s.boxes <= LIMIT_DSS_WORK * LIMIT_DSS_NEAR + 1);
        assert_true(all ? work.vertices == 0 : dss_beyond(&work) && work.vertices + work.boxes / LIMIT_DSS_NEAR <= LIMIT_DSS_WORK + 6);
        e.count = 100; /* 5 vertices each: within */
        work = (struct dss_work){0};
        assert_int_equal(dss_search(x.w.st, &s, DSS_SUBSCRIPTION, &e, &e, NULL, x.w.st->dss->rows[0]), SMALL);
        assert_int_equal(work.vertices, 100 * 5 * SMALL);
        assert_int_equal(work.boxes, 100 * SMALL);
    }
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(f3548_at_the_bound), cmocka_unit_test(f3411_at_the_bound), cmocka_unit_test(stretching), cmocka_unit_test(covering), cmocka_unit_test(searching)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_work", tests, NULL, NULL);
}
