/* What is released to the world, at the doors of F3548: notices as constraints, flights as operational intents, from filing to their end; what is hidden never shows. */
#include <math.h>

#include "watched.h"

#include "dss_world.h"
#include "saved.h"

#include "core/bridge.h"
#include "core/figures.h"

static const struct capacity bridge_capacity = {.parties = 4, .keys = 40, .agreements = 8, .areas = 8, .feeds = 8, .notices = 32, .flights = 32, .volumes = 4096, .vertices = 65536,
    .tracks = 16, .alerts = 64, .pending = 16, .recent = 2048, .holds = 16, .managers = 4, .references = 400, .subscriptions = 400, .footprints = 1600, .points = 16000, .slots_log2 = 4};
#define QUERY "/dss/v1/constraint_references/query"
#define INTENTS "/dss/v1/operational_intent_references/query"
#define URL "https://parley.example"

static struct said *say_bridge(struct world *w, const char *url) {
    struct said *x = say(w, KIND_BRIDGE);
    x->s.origin = ORIGIN_SERVER;
    x->s.bridge = (struct body_bridge){state_bridge_number(w->st) + 1, text_of(url)};
    return x;
}
static void begin_with(struct doors *x, const struct capacity *c) {
    memset(x, 0, sizeof *x);
    world_open(&x->w, c, false, said_founders);
    arena_growing(&x->kept, (size_t)1 << 30);
    x->d = (struct decoder){.json = json_reader_new(8 << 20), .arena = &x->kept, .log = *state_log(x->w.st), .origin = state_origin(x->w.st)};
    x->reply = append_growing((size_t)1 << 28);
}
static void begin(struct doors *x) {
    begin_with(x, &bridge_capacity);
    world_accept(&x->w, say_bridge(&x->w, URL));
}
/* The state's bytes, read again, are the same state. */
static void saved_again(struct doors *x) {
    struct append bytes = append_growing((size_t)1 << 28);
    struct arena a = {0};
    struct state *again = NULL;
    struct fault f = {0};
    assert_true(result_is_ok(kept_save(x->w.st, &bytes, &f)));
    if (!result_is_ok(kept_load(&bytes, 1000, &x->w.genesis, &a, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    state_check(again);
    struct hash one = state_digest(x->w.st), other = state_digest(again);
    assert_memory_equal(&one, &other, sizeof one);
    struct append second = append_growing((size_t)1 << 28);
    assert_true(result_is_ok(kept_save(again, &second, &f)));
    assert_true(second.size == bytes.size && memcmp(second.at, bytes.at, bytes.size) == 0);
    state_free(again);
    arena_free(&a);
    append_free(&bytes);
    append_free(&second);
}
/* What must hold at the end of each test: the journal tells the same again, and so do the state's bytes. */
static void end(struct doors *x) {
    world_replay(&x->w);
    saved_again(x);
    doors_close(x);
}
static const char *area(struct doors *x, double lat, double lng, double radius, double from, double to) {
    return doors_print(x, "{\"area_of_interest\":%s}", doors_volume(x, (struct where){lat, lng, radius, DOORS_NONE, DOORS_NONE, from, to}));
}
static int constraints(struct doors *x, double lat, double lng, double radius) {
    doors_expect(x, 200, "uss", "POST", QUERY, area(x, lat, lng, radius, DOORS_NONE, DOORS_NONE));
    return doors_count(x, "constraint_references");
}
static int intents(struct doors *x, double lat, double lng, double radius) {
    doors_expect(x, 200, "uss", "POST", INTENTS, area(x, lat, lng, radius, DOORS_NONE, DOORS_NONE));
    return doors_count(x, "operational_intent_references");
}
static const char *details(struct doors *x, const char *kind, const char *id) {
    doors_expect(x, 200, "uss", "GET", doors_print(x, "/uss/v1/%s/%s", kind, id), "");
    return doors_text(x, strcmp(kind, "constraints") == 0 ? "constraint/reference/ovn" : "operational_intent/reference/ovn");
}
static struct id the_id;
static struct said *file(struct doors *x, const char *reader, double lat, double lng, double size, int64_t from, int64_t to) {
    struct said *n = say_notice(&x->w, "ann", reader, lat, lng, size, from, to);
    the_id = n->s.id;
    return n;
}

/* Filed, read, changed, activated, ended without OVER, over: the same constraint all along, and a new OVN with each change. */
static void a_notice_lives(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    struct id notice = the_id;
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    const char *id = doors_text(&x, "constraint_references/0/id");
    assert_string_equal(doors_text(&x, "constraint_references/0/manager"), "op");
    assert_string_equal(doors_text(&x, "constraint_references/0/uss_base_url"), URL);
    assert_string_equal(doors_text(&x, "constraint_references/0/ovn"), "Available from USS");
    assert_string_equal(doors_text(&x, "constraint_references/0/uss_availability"), "Unknown");
    assert_int_equal(constraints(&x, 46, 10.05, 1000), 0);
    const char *first = details(&x, "constraints", id);
    assert_string_equal(doors_text(&x, "constraint/details/type"), "missile");
    assert_int_equal(doors_count(&x, "constraint/details/volumes"), 1);
    assert_int_equal(doors_count(&x, "constraint/details/volumes/0/volume/outline_polygon/vertices"), 4);
    assert_string_equal(doors_text(&x, "constraint/details/volumes/0/volume/altitude_upper/value"), "3086"); /* 3,000 m AMSL, and the geoid at its highest */
    assert_string_equal(doors_text(&x, "constraint/details/volumes/0/volume/altitude_lower/value"), "-107");

    struct said *change = say_notice(&x.w, "ann", "world", 45, 10, 0.2, 3600, 9000);
    say_on(change, "ann", &notice);
    world_accept(&x.w, change);
    assert_int_equal(constraints(&x, 45.15, 10.15, 1000), 1);
    assert_string_equal(doors_text(&x, "constraint_references/0/id"), id);
    assert_string_equal(doors_text(&x, "constraint_references/0/version"), "2");
    const char *second = details(&x, "constraints", id);
    assert_string_not_equal(first, second);

    world_pass(&x.w, 3700 * INSTANT_SECOND); /* it begins, and nothing of it is another */
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    assert_string_equal(doors_text(&x, "constraint_references/0/version"), "2");
    world_pass(&x.w, 6000 * INSTANT_SECOND); /* nobody said OVER: it has no end */
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    assert_string_equal(doors_text(&x, "constraint_references/0/version"), "3");
    doors_expect(&x, 200, "uss", "POST", QUERY, area(&x, 45.05, 10.05, 1000, 86400 * 365, 86400 * 366));
    assert_int_equal(doors_count(&x, "constraint_references"), 1);
    world_accept(&x.w, say_text(&x.w, KIND_NOTICE_OVER, "ann", "ann", &notice));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    doors_expect(&x, 404, "uss", "GET", doors_print(&x, "/uss/v1/constraints/%s", id), "");
    doors_expect(&x, 404, "uss", "GET", doors_print(&x, "/dss/v1/constraint_references/%s", id), "");
    world_pass(&x.w, 2 * INSTANT_DAY);
    end(&x);
}
static void a_notice_is_cancelled(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    world_accept(&x.w, say_text(&x.w, KIND_NOTICE_CANCEL, "ann", "ann", &the_id));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    end(&x);
}
/* Only what the world may read: nothing else moves a byte of the store. */
static void what_is_hidden_does_not_show(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    struct hash before = doors_store(&x);
    world_accept(&x.w, file(&x, "log", 45, 10, 0.1, 3600, 7200));
    struct id hidden = the_id;
    world_accept(&x.w, say_flight(&x.w, "bob", "ann", 45, 10, 0.1, 0, 7200));
    struct hash after = doors_store(&x);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 0);
    struct said *change = say_notice(&x.w, "ann", "world", 45, 10, 0.1, 3600, 7200); /* now it is released, and then no more */
    say_on(change, "ann", &hidden);
    world_accept(&x.w, change);
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    change = say_notice(&x.w, "ann", "log", 45, 10, 0.1, 3600, 7200);
    say_on(change, "ann", &hidden);
    world_accept(&x.w, change);
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    end(&x);
}
/* Without a URL nothing shows; with another one each is written anew; a number out of turn is refused. */
static void the_url(void **state) {
    struct doors x;
    (void)state;
    begin_with(&x, &bridge_capacity);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    world_accept(&x.w, say_bridge(&x.w, URL));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    const char *id = doors_text(&x, "constraint_references/0/id");
    world_accept(&x.w, say_bridge(&x.w, "https://other.example/parley"));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    assert_string_equal(doors_text(&x, "constraint_references/0/id"), id);
    assert_string_equal(doors_text(&x, "constraint_references/0/version"), "2");
    assert_string_equal(doors_text(&x, "constraint_references/0/uss_base_url"), "https://other.example/parley");
    struct said *wrong = say_bridge(&x.w, URL);
    wrong->s.bridge.number++;
    world_refuse(&x.w, wrong, REASON_STALE);
    world_accept(&x.w, say_bridge(&x.w, ""));
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 0);
    world_accept(&x.w, file(&x, "world", 50, 10, 0.1, 3600, 7200));
    assert_int_equal(constraints(&x, 50.05, 10.05, 1000), 0);
    end(&x);
    struct world w;
    world_small(&w); /* of whose capacities none is for these doors */
    world_refuse(&w, say_bridge(&w, URL), REASON_FULL);
    world_accept(&w, say_notice(&w, "ann", "world", 45, 10, 0.1, 3600, 7200));
    world_close(&w);
}

static const char *put_intent(struct doors *x, const char *key, const char *more) {
    return doors_print(x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://uss.example\",\"key\":[%s]%s}", doors_volume(x, (struct where){45.05, 10.05, 500, 100, 200, 3700, 3800}), key, more);
}
/* A drone's intent needs the OVN of what it meets, and the managing side gives it. */
static void the_key(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    world_accept(&x.w, say_flight(&x.w, "bob", "world", 45, 10, 0.1, 3600, 7200));
    const char *path = doors_print(&x, "/dss/v1/operational_intent_references/%s", doors_id(&x, 1));
    const char *subscribes = ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example\",\"notify_for_constraints\":true}";
    doors_expect(&x, 409, "uss", "PUT", path, put_intent(&x, "", subscribes));
    assert_int_equal(doors_count(&x, "missing_constraints"), 1);
    assert_int_equal(doors_count(&x, "missing_operational_intents"), 1);
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/manager"), "op");
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/state"), "Accepted");
    const char *zone = doors_text(&x, "missing_constraints/0/id"), *flight = doors_text(&x, "missing_operational_intents/0/id");
    const char *one = details(&x, "constraints", zone), *other = details(&x, "operational_intents", flight);
    doors_expect(&x, 409, "uss", "PUT", path, put_intent(&x, doors_print(&x, "\"%s\"", other), subscribes));
    doors_expect(&x, 201, "uss", "PUT", path, put_intent(&x, doors_print(&x, "\"%s\",\"%s\"", one, other), subscribes));
    /* It is its party's at this log's own door, nobody's here. */
    doors_expect(&x, 403, "uss", "DELETE", doors_print(&x, "/dss/v1/constraint_references/%s/%s", zone, one), "");
    doors_expect(&x, 403, "op", "DELETE", doors_print(&x, "/dss/v1/constraint_references/%s/%s", zone, one), "");
    doors_expect(&x, 403, "op", "DELETE", doors_print(&x, "/dss/v1/operational_intent_references/%s/%s", flight, other), "");
    /* The other way round nothing that a party says is refused for what drones do. */
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    end(&x);
}
static void a_flight_lives(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    struct said *f = say_flight(&x.w, "bob", "ann", 45, 10, 0.1, 0, 7200);
    struct id flight = f->s.id;
    world_accept(&x.w, f);
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 0);
    struct said *release = say(&x.w, KIND_FLIGHT_RELEASE);
    say_sign(&x.w, release, "bob", "root");
    say_on(release, "bob", &flight);
    say_route(&x.w, release, "public", "world", 45, 10, 0.2, 0, 7200)->body.flight.priority = 70;
    world_accept(&x.w, release);
    assert_int_equal(intents(&x, 45.15, 10.15, 1000), 1);
    const char *id = doors_text(&x, "operational_intent_references/0/id");
    assert_string_equal(doors_text(&x, "operational_intent_references/0/state"), "Accepted");
    assert_string_equal(doors_text(&x, "operational_intent_references/0/subscription_id"), "00000000-0000-4000-8000-000000000000");
    const char *ovn = details(&x, "operational_intents", id);
    assert_string_equal(doors_text(&x, "operational_intent/details/priority"), "70");
    assert_int_equal(doors_count(&x, "operational_intent/details/off_nominal_volumes"), 0);
    world_accept(&x.w, say_text(&x.w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &flight));
    assert_int_equal(intents(&x, 45.15, 10.15, 1000), 1);
    assert_string_equal(doors_text(&x, "operational_intent_references/0/state"), "Activated");
    assert_string_not_equal(details(&x, "operational_intents", id), ovn);
    doors_expect(&x, 404, "uss", "GET", doors_print(&x, "/uss/v1/constraints/%s", id), "");
    world_accept(&x.w, say_text(&x.w, KIND_FLIGHT_END, "bob", "bob", &flight));
    assert_int_equal(intents(&x, 45.15, 10.15, 1000), 0);
    f = say_flight(&x.w, "bob", "world", 45, 10, 0.1, 0, 7200); /* one that nobody flies lapses a day after its end */
    world_accept(&x.w, f);
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 1);
    assert_string_not_equal(doors_text(&x, "operational_intent_references/0/id"), id);
    world_pass(&x.w, INSTANT_DAY + 7300 * INSTANT_SECOND);
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 0);
    world_pass(&x.w, 2 * INSTANT_DAY);
    end(&x);
}
/* Others' ids and OVNs are hashes of what the server drew for the statement: with other bytes they are others. */
static void drawn(void **state) {
    char seen[2][64], ovns[2][64];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct doors x;
        begin(&x);
        struct said *n = file(&x, "world", 45, 10, 0.1, 3600, 7200);
        n->s.drawn[0] ^= (uint8_t)i;
        world_accept(&x.w, n);
        assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
        snprintf(seen[i], sizeof seen[i], "%s", doors_text(&x, "constraint_references/0/id"));
        snprintf(ovns[i], sizeof ovns[i], "%s", details(&x, "constraints", seen[i]));
        end(&x);
    }
    assert_string_not_equal(seen[0], seen[1]);
    assert_string_not_equal(ovns[0], ovns[1]);
}
static void subscribers_are_kept(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    const char *body = doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://uss.example\",\"notify_for_constraints\":true}",
                                   doors_volume(&x, (struct where){45.05, 10.05, 1000, DOORS_NONE, DOORS_NONE, DOORS_NONE, DOORS_NONE}));
    const char *path = doors_print(&x, "/dss/v1/subscriptions/%s", doors_id(&x, 7));
    doors_expect(&x, 200, "uss", "PUT", path, body);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    const struct effect *e = told(&x.w, TOLD_SUBSCRIBERS, "op", 0);
    assert_true(says(e, "\"change\":\"created\",\"version\":1,\"subscriptions\":[[\"00000007-0000-4000-8000-000000000001\",1]]"));
    assert_null(told(&x.w, TOLD_SUBSCRIBERS, "op", 1));
    doors_expect(&x, 200, "uss", "GET", path, "");
    assert_string_equal(doors_text(&x, "subscription/notification_index"), "1");
    /* What stands there already is in the answer to who subscribes. */
    doors_expect(&x, 200, "uss", "PUT", doors_print(&x, "/dss/v1/subscriptions/%s", doors_id(&x, 8)), body);
    assert_int_equal(doors_count(&x, "constraint_references"), 1);
    struct id notice = the_id;
    world_accept(&x.w, file(&x, "world", 60, 10, 0.1, 3600, 7200)); /* elsewhere */
    assert_null(told(&x.w, TOLD_SUBSCRIBERS, "op", 0));
    struct said *away = say_notice(&x.w, "ann", "world", 50, 10, 0.1, 3600, 7200); /* who is told of where it was, too */
    say_on(away, "ann", &notice);
    world_accept(&x.w, away);
    assert_true(says(told(&x.w, TOLD_SUBSCRIBERS, "op", 0), "\"change\":\"changed\",\"version\":2,\"subscriptions\":[[\"00000007-0000-4000-8000-000000000001\",2],[\"00000008-0000-4000-8000-000000000001\",1]]"));
    for (uint32_t i = 0; i < 40; i++) doors_expect(&x, 200, "uss", "PUT", doors_print(&x, "/dss/v1/subscriptions/%s", doors_id(&x, 100 + i)), body);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200)); /* as many as do not stand in one record */
    assert_true(told(&x.w, TOLD_SUBSCRIBERS, "op", 2) != NULL && told(&x.w, TOLD_SUBSCRIBERS, "op", 3) == NULL);
    world_accept(&x.w, say_text(&x.w, KIND_NOTICE_CANCEL, "ann", "ann", &the_id));
    assert_true(says(told(&x.w, TOLD_SUBSCRIBERS, "op", 0), "\"change\":\"deleted\""));
    end(&x);
}

/* ---- pieces ---- */
static struct piece pieces[BRIDGE_PIECES];
static uint32_t pieces_of(struct doors *x, bool *coarse) {
    row r = notice_find(x->w.st, party_of(&x->w, "ann"), &the_id);
    struct dss_cost left;
    for (int q = 0; q < DSS_QUOTAS; q++) left.of[q] = 1000000;
    struct bridge *b = x->w.st->dss->bridge;
    while (bridge_waiting(x->w.st) > 0) world_accept(&x->w, say_continue(&x->w));
    assert_int_equal(b->phase, BRIDGE_FRESH);
    assert_true(bridge_pieces(x->w.st, BRIDGE_NOTICE, r, &left, UINT64_MAX));
    b->phase = BRIDGE_FRESH; /* nothing waits */
    b->units = 0;
    *coarse = x->w.st->dss->bridge->coarse;
    memcpy(pieces, x->w.st->dss->bridge->piece, sizeof pieces);
    return x->w.st->dss->bridge->count;
}
static uint32_t shown(struct doors *x) {
    uint32_t n = 0;
    for (row r = table_next(&x->w.st->dss->references, 0); r != ROW_NONE; r = table_next(&x->w.st->dss->references, r + 1)) n += dss_reference_at(x->w.st, r)->shows != BRIDGE_NOT;
    return n;
}
/* Every corner, middle and second of the notice is met by a constraint at exactly that place and time. */
static void is_held(struct doors *x, double lat, double lng, double from, double to) {
    doors_expect(x, 200, "uss", "POST", QUERY, area(x, lat, lng, 0.01, from, to));
    if (doors_count(x, "constraint_references") < 1) fail_msg("nothing at %f, %f", lat, lng);
}
static void days_and_bands(void **state) {
    struct doors x;
    bool coarse;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 3600 + 86400 * 3));
    assert_int_equal(pieces_of(&x, &coarse), 3);
    assert_false(coarse);
    assert_int_equal(shown(&x), 3);
    for (int i = 0; i < 3; i++) assert_true(pieces[i].extent.end - pieces[i].extent.start == INSTANT_DAY);
    assert_true(pieces[1].extent.start == pieces[0].extent.end);
    for (int hour = 1; hour <= 73; hour += 6) is_held(&x, 45.05, 10.05, hour * 3600, hour * 3600);
    /* Two volumes at two times and heights are two pieces: neither time nor height between them is closed. */
    struct said *n = file(&x, "world", 50, 10, 0.1, 3600, 7200);
    say_square(n, 1, &x.w, 50, 10, 0.1, 20000, 25000);
    n->volume[1].lower = (struct altitude){100000, ALTITUDE_FL};
    n->volume[1].upper.cm = ALTITUDE_UNLIMITED;
    n->section[0].body.notice.volume_count = 2;
    world_accept(&x.w, n);
    assert_int_equal(pieces_of(&x, &coarse), 2);
    assert_true(pieces[1].extent.lower_cm == 100000 - 60000 - 10700 && pieces[1].extent.upper_cm == 10000000);
    doors_expect(&x, 200, "uss", "POST", QUERY, area(&x, 50.05, 10.05, 100, 10000, 15000));
    assert_int_equal(doors_count(&x, "constraint_references"), 0);
    /* A year of days would be more pieces than there may be: then its days are not cut. */
    world_accept(&x.w, file(&x, "world", 55, 10, 0.1, 3600, 86400 * 365));
    assert_int_equal(pieces_of(&x, &coarse), 1);
    assert_false(coarse);
    end(&x);
}
static void large_areas(void **state) {
    struct doors x;
    bool coarse;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 1.5, 3600, 7200)); /* 167 by 118 km */
    assert_int_equal(pieces_of(&x, &coarse), 1);
    assert_true(!coarse && pieces[0].extent.count > 7);
    for (uint32_t i = 0; i < pieces[0].extent.count; i++) assert_true(pieces[0].extent.shapes[i].kind == SHAPE_POLYGON && shape_area(&pieces[0].extent.shapes[i]) <= 2.5e9);
    for (int i = 1; i <= 10; i++) /* its southern edge is a great circle, north of the parallel */
        for (int k = 0; k <= 10; k++) is_held(&x, 45 + 0.15 * i, 10 + 0.15 * k, 3600, 7200);
    assert_int_equal(constraints(&x, 44.9, 10.5, 1000), 0);
    /* Across the antimeridian, around a pole, a quarter of the earth. */
    world_accept(&x.w, file(&x, "world", 10, 179, 0.5, 3600, 7200));
    struct said *n = file(&x, "world", 10, 10, 1, 3600, 7200);
    struct position ring[4] = {{880000000, 0}, {880000000, 900000000}, {880000000, 1800000000}, {880000000, -900000000}};
    memcpy(n->at[0], ring, sizeof ring);
    world_accept(&x.w, n);
    (void)pieces_of(&x, &coarse);
    assert_false(coarse);
    for (int lng = -180; lng < 180; lng += 30) is_held(&x, 89, lng, 3600, 7200);
    is_held(&x, 90, 0, 3600, 7200);
    n = file(&x, "world", 10, 170, 1, 3600, 7200);
    struct position over[4] = {{-400000000, 1500000000}, {-400000000, -1500000000}, {400000000, -1500000000}, {400000000, 1500000000}};
    memcpy(n->at[0], over, sizeof over);
    world_accept(&x.w, n);
    assert_int_equal(pieces_of(&x, &coarse), 1);
    assert_int_equal(pieces[0].extent.count, 64);
    for (int lat = -40; lat <= 40; lat += 8)
        for (int lng = 150; lng <= 210; lng += 6) is_held(&x, lat, lng > 180 ? lng - 360 : lng, 3600, 7200);
    end(&x);
}
/* Nine bands at eight days are more than 64: circles cover all of it, at all its heights. */
static void too_many(void **state) {
    struct doors x;
    bool coarse;
    (void)state;
    begin(&x);
    struct said *n = file(&x, "world", 45, 10, 0.1, 3600, 3600 + 86400 * 9);
    for (uint32_t i = 1; i < 8; i++) {
        say_square(n, i, &x.w, 45 + i * 0.3, 10, 0.1, 3600, 3600 + 86400 * 9);
        n->volume[i].upper.cm = 300000 + 1000 * (int32_t)i;
    }
    n->section[0].body.notice.volume_count = 8;
    world_accept(&x.w, n);
    assert_int_equal(pieces_of(&x, &coarse), 9);
    assert_true(coarse);
    for (uint32_t i = 0; i < pieces[0].extent.count; i++) assert_int_equal(pieces[0].extent.shapes[i].kind, SHAPE_CIRCLE);
    for (int i = 0; i < 8; i++)
        for (int day = 0; day < 9; day++) is_held(&x, 45.1 + 0.3 * i, 10.1, 3600 + 86400 * day, 3600 + 86400 * day);
    end(&x);
}
/* A party's share: what each has for sure is always there, however many; what is beyond becomes coarser, and nobody else's does. */
static void a_full_share(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    for (int i = 0; i < 8; i++) world_accept(&x.w, file(&x, "world", 10 + 3 * i, 10, 2.2, 3600, 3600 + 86400 * 20));
    uint32_t coarse = 0;
    for (row r = table_next(&x.w.st->dss->references, 0); r != ROW_NONE; r = table_next(&x.w.st->dss->references, r + 1)) {
        const struct dss_reference *ref = dss_reference_at(x.w.st, r);
        coarse += ref->coarse;
    }
    assert_true(coarse >= 6);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k <= 4; k++) is_held(&x, 10 + 3 * i + 0.55 * k, 10.5, 86400 * (1 + 4 * k), 86400 * (1 + 4 * k));
    struct said *other = say_notice(&x.w, "cat", "world", 60, 10, 2, 3600, 7200);
    world_accept(&x.w, other);
    assert_int_equal(constraints(&x, 61, 11, 1000), 1);
    doors_expect(&x, 200, "uss", "GET", doors_print(&x, "/uss/v1/constraints/%s", doors_text(&x, "constraint_references/0/id")), "");
    assert_true(doors_at(&x, "constraint/details/volumes/0/volume/outline_polygon") != NULL);
    end(&x);
}
/* A wheel of 128 corners, some 200 km across: to be halved many times. */
static void wheel(struct said *s, uint32_t volume, double lat, double lng) {
    for (int i = 0; i < 128; i++) {
        double angle = i * 3.14159265358979 / 64;
        s->at[volume][i] = (struct position){(int32_t)((lat + sin(angle)) * 1e7), (int32_t)((lng + cos(angle)) * 1e7)};
    }
    s->volume[volume].shape.count = 128;
}
static void wheels(struct said *s, struct world *w, double lat, double lng) {
    for (uint32_t v = 0; v < 8; v++) {
        if (v > 0) say_square(s, v, w, lat, lng, 1, 3600, 7200);
        wheel(s, v, lat, lng + 4 * v);
    }
}
/* What does not fit into a step goes on with the next ones. */
static void it_waits(void **state) {
    struct doors x;
    (void)state;
    begin_with(&x, &bridge_capacity);
    for (int i = 0; i < 8; i++) {
        struct said *n = file(&x, "world", 10 + 3 * i, 100, 2.2, 3600, 7200);
        wheels(n, &x.w, 10 + 3 * i, 100);
        n->section[0].body.notice.volume_count = 8;
        world_accept(&x.w, n);
    }
    for (int i = 0; i < 6; i++) {
        struct said *f = say_flight(&x.w, "bob", "world", 45 - 3 * i, 10, 2.2, 3600, 7200);
        wheels(f, &x.w, 45 - 3 * i, 10);
        f->section[0].body.flight.volume_count = 8;
        world_accept(&x.w, f);
    }
    world_accept(&x.w, say_bridge(&x.w, URL));
    assert_true(bridge_waiting(x.w.st) > 6); /* notices and flights */
    struct figures g;
    figures_take(x.w.st, &g);
    assert_int_equal(g.world.waits, bridge_waiting(x.w.st));
    uint32_t steps = 0;
    for (; steps < 100 && bridge_waiting(x.w.st) > 0; steps++) {
        assert_int_equal(state_backlog(x.w.st), bridge_waiting(x.w.st));
        saved_again(&x);
        world_accept(&x.w, say_continue(&x.w));
    }
    assert_int_equal(bridge_waiting(x.w.st), 0);
    assert_true(steps > 1);
    figures_take(x.w.st, &g);
    assert_true(text_is(g.world.url, URL) && g.world.constraints >= 8 && g.world.intents >= 6 && g.world.waits == 0);
    for (int i = 0; i < 8; i++)
        for (int v = 0; v < 8; v++) is_held(&x, 10.7 + 3 * i, 100 + 4 * v, 3600, 7200);
    end(&x);
}
/* ---- one that is more than a step's work ---- */
enum { WHEELS = 110 };
static struct volume many[WHEELS];
static struct position many_at[WHEELS][128];
static void begin_large(struct doors *x) { /* with room for what is cut finely */
    struct capacity c = bridge_capacity;
    c.notices = c.flights = 800;
    begin_with(x, &c);
    world_accept(&x->w, say_bridge(&x->w, URL));
}
/* So many wheels of that size beside each other, as one notice. */
static struct said *many_wheels(struct doors *x, uint32_t count, double size) {
    struct said *n = file(x, "world", 45, 10, 0.1, 3600, 7200);
    for (uint32_t v = 0; v < count; v++) {
        many[v] = n->volume[0];
        many[v].shape.at = many_at[v];
        many[v].shape.count = 128;
        for (int i = 0; i < 128; i++) {
            double angle = i * 3.14159265358979 / 64;
            many_at[v][i] = (struct position){(int32_t)((-40 + 8.0 * (v / 11) + size * sin(angle)) * 1e7), (int32_t)((4.0 * (v % 11) + size * cos(angle)) * 1e7)};
        }
    }
    n->section[0].body.notice.volumes = many;
    n->section[0].body.notice.volume_count = count;
    return n;
}
/* A state read from the bytes of this one, from before a statement, comes to the same state with it: what was made so far of a cover was made again. */
static void goes_on_alike(struct doors *x) {
    struct append bytes = append_growing((size_t)1 << 28);
    struct arena a = {0};
    struct state *again = NULL;
    struct fault f = {0};
    struct outcome out;
    if (!result_is_ok(kept_save(x->w.st, &bytes, &f)) || !result_is_ok(kept_load(&bytes, 1000, &x->w.genesis, &a, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    world_accept(&x->w, say_continue(&x->w));
    state_step(again, &x->w.all[x->w.all_count - 1]->s, &out, state_effects(again));
    struct hash one = state_digest(x->w.st), other = state_digest(again);
    assert_memory_equal(&one, &other, sizeof one);
    assert_int_equal(bridge_waiting(again), bridge_waiting(x->w.st));
    state_free(again);
    arena_free(&a);
    append_free(&bytes);
}
/* How many continues until nothing waits; no step did more than its share and one unit. */
static uint32_t all_shown(struct doors *x, bool *rounds) {
    const struct bridge *b = x->w.st->dss->bridge;
    uint32_t steps = 0;
    for (; bridge_waiting(x->w.st) > 0; steps++) {
        uint64_t before = b->cover.vertices;
        if (rounds) *rounds = *rounds || b->phase == BRIDGE_ROUNDS;
        goes_on_alike(x);
        assert_true(b->cover.vertices - before < LIMIT_BRIDGE_WORK + 20000);
        assert_true(steps < 1000);
    }
    return steps;
}
/* As it is cut in steps, so it would be in one. */
static void a_cover_is_cut(void **state) {
    struct doors x;
    (void)state;
    begin_large(&x);
    world_accept(&x.w, many_wheels(&x, 8, 1.5));
    assert_true(bridge_waiting(x.w.st) == 1 && x.w.st->dss->bridge->phase == BRIDGE_COVERS && x.w.st->dss->bridge->units > 0);
    assert_int_equal(shown(&x), 0);
    assert_true(all_shown(&x, NULL) > 3);
    struct cover one = x.w.st->dss->bridge->cover; /* its memory: nothing waits */
    one.count = one.used = 0;
    for (uint32_t v = 0; v < 8; v++) assert_true(cover_shape(&one, &many[v].shape, (double)LIMIT_DSS_AREA_M2 * 0.999));
    uint32_t found = 0;
    for (row r = table_next(&x.w.st->dss->references, 0); r != ROW_NONE; r = table_next(&x.w.st->dss->references, r + 1)) {
        assert_false(dss_reference_at(x.w.st, r)->coarse);
        for (row f = dss_reference_at(x.w.st, r)->place.footprint; f != ROW_NONE; f = dss_footprint_at(x.w.st, f)->next, found++) {
            struct shape s;
            dss_footprint_view(x.w.st, f, x.w.st->dss->found, &s);
            assert_true(dss_shape_alike(&s, &one.shapes[found]));
        }
    }
    assert_true(found == one.count && found > 100);
    end(&x);
}
/* Of more shapes than there may be, circles: around the volumes, in steps too. */
static void circles_are_cut(void **state) {
    struct doors x;
    bool rounds = false;
    (void)state;
    begin_large(&x);
    world_accept(&x.w, many_wheels(&x, WHEELS, 1.5));
    assert_true(all_shown(&x, &rounds) > 8);
    assert_true(rounds && shown(&x) == 1);
    row r = table_next(&x.w.st->dss->references, 0);
    assert_true(dss_reference_at(x.w.st, r)->coarse && dss_reference_at(x.w.st, r)->place.count <= 64);
    for (uint32_t v = 0; v < WHEELS; v += 7) is_held(&x, -40 + 8.0 * (v / 11) + 1.4, 4.0 * (v % 11), 3600, 7200);
    end(&x);
}
/* What is changed while it is half covered begins anew, behind those that wait; until it is through, what showed of it still does. */
static void what_moves_meanwhile_begins_anew(void **state) {
    struct doors x;
    (void)state;
    begin_large(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    struct id notice = the_id;
    struct said *n = many_wheels(&x, 8, 1.5);
    say_on(n, "ann", &notice);
    world_accept(&x.w, n);
    const struct bridge *b = x.w.st->dss->bridge;
    uint32_t place = b->first, units = b->units;
    assert_true(b->phase == BRIDGE_COVERS && units > 0);
    assert_int_equal(constraints(&x, 45.05, 10.05, 10), 1);
    world_accept(&x.w, say_notice(&x.w, "bob", "world", 60, 10, 0.1, 3600, 7200));
    assert_true(b->first == place && b->units > 0 && b->waiting == 2);
    struct said *again = many_wheels(&x, 7, 1.5);
    say_on(again, "ann", &notice);
    world_accept(&x.w, again);
    assert_true(b->first == place && b->waiting == 1); /* bob's came first, and this one begins behind it in the same step */
    assert_int_equal(constraints(&x, 60.05, 10.05, 10), 1);
    assert_int_equal(constraints(&x, 45.05, 10.05, 10), 1);
    saved_again(&x);
    assert_true(all_shown(&x, NULL) > 3);
    assert_int_equal(constraints(&x, 45.05, 10.05, 10), 0);
    assert_int_equal(constraints(&x, -40, 24, 10), 1);
    assert_int_equal(constraints(&x, -40, 28, 10), 0);
    /* Half covered, and then nothing of it shows any more: it does not wait on. */
    n = many_wheels(&x, 8, 1.5);
    say_on(n, "ann", &notice);
    world_accept(&x.w, n);
    assert_true(b->phase == BRIDGE_COVERS);
    world_accept(&x.w, say_bridge(&x.w, ""));
    assert_true(b->phase == BRIDGE_FRESH && b->units == 0);
    while (bridge_waiting(x.w.st) > 0) goes_on_alike(&x);
    assert_int_equal(shown(&x), 0);
    end(&x);
}
/* Bytes that say of what waits that more was done than there is. */
static void more_than_there_is(void **state) {
    struct doors x;
    struct append bytes = append_growing((size_t)1 << 28);
    (void)state;
    begin_large(&x);
    world_accept(&x.w, many_wheels(&x, 8, 1.5));
    struct bridge *b = x.w.st->dss->bridge;
    const struct { uint8_t phase; uint32_t units; } bad[] = {{BRIDGE_COVERS, 1000000}, {BRIDGE_ROUNDS, 1000000}, {BRIDGE_FRESH, 1}};
    const uint8_t phase = b->phase;
    const uint32_t units = b->units;
    for (int i = 0; i < 3; i++) {
        struct arena a = {0};
        struct state *again = NULL;
        struct fault f = {0};
        b->phase = bad[i].phase;
        b->units = bad[i].units;
        assert_true(result_is_ok(kept_save(x.w.st, &bytes, &f)));
        assert_int_equal(kept_load(&bytes, 1000, &x.w.genesis, &a, &again, &f).code, RESULT_ROT);
        assert_true(strstr(f.message, "is not covered") != NULL);
        arena_free(&a);
    }
    b->phase = phase;
    b->units = units;
    append_free(&bytes);
    while (bridge_waiting(x.w.st) > 0) goes_on_alike(&x);
    end(&x);
}
/* What concerns all of them is gone through by and by, each party's in its own turn; one that goes meanwhile is passed over, and what moves meanwhile comes in its own place. */
static void all_of_them(void **state) {
    enum { STEP = LIMIT_BRIDGE_ROUND / 4, MANY = 2 * STEP + 10 };
    struct doors x;
    struct capacity c = bridge_capacity;
    (void)state;
    c.notices = 4 * (MANY + 10);
    c.volumes = 2 * c.notices;
    c.vertices = 16 * c.volumes;
    c.recent = 4 * 2 * MANY;
    begin_with(&x, &c);
    x.w.quick = true;
    struct id id[MANY];
    for (int i = 0; i < MANY; i++) {
        struct said *n = file(&x, "world", -40 + 0.02 * (i % 100), 10 + 0.02 * (i / 100), 0.01, 2 * 86400, 2 * 86400 + 3600);
        id[i] = n->s.id;
        world_accept(&x.w, n);
    }
    world_accept(&x.w, say_flight(&x.w, "bob", "world", 45, 10, 0.1, 2 * 86400, 2 * 86400 + 3600));
    world_accept(&x.w, say_text(&x.w, KIND_NOTICE_CANCEL, "ann", "ann", &id[STEP])); /* the first that the second step will look at */
    world_pass(&x.w, INSTANT_DAY - INSTANT_SECOND);
    while (state_backlog(x.w.st) > 0) world_accept(&x.w, say_continue(&x.w));
    world_accept(&x.w, say_bridge(&x.w, URL));
    const struct bridge *b = x.w.st->dss->bridge;
    assert_int_equal(b->rounds, 1); /* of the other parties none is left */
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 1); /* bob's flight comes before what ann has beyond a step */
    saved_again(&x);
    uint32_t there = x.w.st->notices.used;
    world_pass(&x.w, INSTANT_SECOND);
    assert_int_equal(x.w.st->notices.used, there - 1);
    state_check(x.w.st);
    saved_again(&x);
    world_accept(&x.w, say_text(&x.w, KIND_NOTICE_CANCEL, "ann", "ann", &id[MANY - 1]));
    while (state_backlog(x.w.st) > 0) world_accept(&x.w, say_continue(&x.w));
    assert_int_equal(b->rounds, 0);
    for (int i = 0; i < MANY; i++) {
        row r = notice_find(x.w.st, party_of(&x.w, "ann"), &id[i]);
        assert_true((r == ROW_NONE) == (i == STEP));
        if (r != ROW_NONE) assert_int_equal(bridge_of(x.w.st, BRIDGE_NOTICE, r)->count > 0, i != MANY - 1);
    }
    world_accept(&x.w, say_bridge(&x.w, "")); /* and again, in the middle of it */
    world_accept(&x.w, say_bridge(&x.w, URL));
    while (state_backlog(x.w.st) > 0) world_accept(&x.w, say_continue(&x.w));
    state_check(x.w.st);
    end(&x);
}
/* A band whose lower bound may lie above its upper one is all that lies between, of either. */
static void bands_that_cross(void **state) {
    struct doors x;
    bool coarse;
    (void)state;
    begin(&x);
    struct said *n = file(&x, "world", 45, 10, 0.1, 3600, 7200);
    n->volume[0].lower = (struct altitude){100000, ALTITUDE_FL};
    n->volume[0].upper = (struct altitude){10000, ALTITUDE_AMSL};
    world_accept(&x.w, n);
    assert_int_equal(pieces_of(&x, &coarse), 1);
    assert_true(pieces[0].extent.lower_cm <= 10000 && pieces[0].extent.upper_cm >= 100000);
    end(&x);
}
/* Another category or priority alone is told in details: so the OVN, by which a USS knows which details it has, is another, too. */
static void what_is_said_beside_it(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    struct id notice = the_id;
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    const char *id = doors_text(&x, "constraint_references/0/id"), *ovn = details(&x, "constraints", id);
    struct said *change = NULL;
    say_on(change = say_notice(&x.w, "ann", "world", 45, 10, 0.1, 3600, 7200), "ann", &notice);
    world_accept(&x.w, change); /* the same again */
    assert_string_equal(details(&x, "constraints", id), ovn);
    say_on(change = say_notice(&x.w, "ann", "world", 45, 10, 0.1, 3600, 7200), "ann", &notice);
    assert_true(result_is_ok(name_read(TEXT("rocket"), &change->section[0].body.notice.category, NULL)));
    world_accept(&x.w, change);
    assert_string_not_equal(details(&x, "constraints", id), ovn);
    assert_string_equal(doors_text(&x, "constraint/details/type"), "rocket");
    assert_string_equal(doors_text(&x, "constraint/reference/version"), "2");
    struct said *f = say_flight(&x.w, "bob", "world", 45, 10, 0.1, 0, 7200), *other;
    world_accept(&x.w, f);
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 1);
    id = doors_text(&x, "operational_intent_references/0/id"), ovn = details(&x, "operational_intents", id);
    say_on(other = say_flight(&x.w, "bob", "world", 45, 10, 0.1, 0, 7200), "bob", &f->s.id);
    other->section[0].body.flight.priority = 70;
    world_accept(&x.w, other);
    assert_string_not_equal(details(&x, "operational_intents", id), ovn);
    assert_string_equal(doors_text(&x, "operational_intent/details/priority"), "70");
    assert_string_equal(doors_text(&x, "operational_intent/reference/version"), "2");
    end(&x);
}
/* An arbitrator who calls the operator down frees nobody of a flight that is in the air. */
static void availability(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    struct said *f = say_flight(&x.w, "bob", "world", 45, 10, 0.1, 3600, 7200);
    struct id flight = f->s.id;
    world_accept(&x.w, f);
    doors_expect(&x, 200, "judge", "PUT", "/dss/v1/uss_availability/op", "{\"old_version\":\"\",\"availability\":\"Down\"}");
    assert_int_equal(intents(&x, 45.05, 10.05, 1000), 1);
    assert_string_equal(doors_text(&x, "operational_intent_references/0/uss_availability"), "Down");
    world_accept(&x.w, say_text(&x.w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &flight));
    doors_expect(&x, 409, "uss", "PUT", doors_print(&x, "/dss/v1/operational_intent_references/%s", doors_id(&x, 1)), put_intent(&x, "", ""));
    end(&x);
}
static void new_offsets(void **state) {
    struct doors x;
    (void)state;
    begin(&x);
    world_accept(&x.w, file(&x, "world", 45, 10, 0.1, 3600, 7200));
    struct section *b;
    struct said *s = say_body(&x.w, KIND_SETTINGS, "op", "root", &b);
    int64_t *all[] = {&b->body.settings.immediate_ns, &b->body.settings.warning_ns, &b->body.settings.caution_ns, &b->body.settings.hysteresis_ns, &b->body.settings.lookahead_ns,
        &b->body.settings.tube_hold_ns, &b->body.settings.track_silent_ns, &b->body.settings.hold_repeat_ns, &b->body.settings.query_repeat_ns, &b->body.settings.separation_cm,
        &b->body.settings.separation_height_cm, &b->body.settings.recovery_delay_ns, &b->body.settings.step_work};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i] = INT64_MIN;
    b->body.settings.offsets = altitude_offsets_default;
    b->body.settings.offsets.geoid_high = 9000;
    b->body.settings.has_offsets = true;
    world_accept(&x.w, s);
    assert_int_equal(constraints(&x, 45.05, 10.05, 1000), 1);
    (void)details(&x, "constraints", doors_text(&x, "constraint_references/0/id"));
    assert_string_equal(doors_text(&x, "constraint/details/volumes/0/volume/altitude_upper/value"), "3090");
    end(&x);
}

/* What the log admits a call for holds the URL of each that is released, though it stands in no row. */
static void the_longest_reply_has_their_url(void **unused) {
    (void)unused;
    enum { MANY = 90 };
    static struct doors x;
    static char url[2001];
    struct capacity c = bridge_capacity;
    c.notices = 4 * 2 * MANY;
    memset(url, 'x', sizeof url - 1);
    memcpy(url, URL "/", sizeof URL);
    begin_with(&x, &c);
    world_accept(&x.w, say_bridge(&x.w, url));
    x.w.quick = true;
    for (int i = 0; i < MANY; i++) world_accept(&x.w, file(&x, "world", -47, -126, 0.1, 60, 600));
    const struct dss_route route = {.kind = DSS_SUBSCRIPTION};
    const struct dss_request q = {.route = &route};
    uint64_t most = dss_reply_most(x.w.st, &q);
    doors_expect(&x, 200, "uss", "PUT", "/dss/v1/subscriptions/00000001-0000-4000-8000-000000000001",
                 doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://u.example\",\"notify_for_constraints\":true}", doors_volume(&x, (struct where){-47, -126, 50000, DOORS_NONE, DOORS_NONE, DOORS_NONE, DOORS_NONE})));
    assert_true(doors_count(&x, "constraint_references") == MANY && x.reply.size > MANY * sizeof url && x.reply.size <= most);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_reply_has_their_url), cmocka_unit_test(a_notice_lives), cmocka_unit_test(a_notice_is_cancelled), cmocka_unit_test(what_is_hidden_does_not_show), cmocka_unit_test(the_url), cmocka_unit_test(the_key),
        cmocka_unit_test(a_flight_lives), cmocka_unit_test(drawn), cmocka_unit_test(subscribers_are_kept), cmocka_unit_test(days_and_bands), cmocka_unit_test(large_areas), cmocka_unit_test(too_many),
        cmocka_unit_test(a_full_share), cmocka_unit_test(it_waits), cmocka_unit_test(a_cover_is_cut), cmocka_unit_test(circles_are_cut), cmocka_unit_test(what_moves_meanwhile_begins_anew),
        cmocka_unit_test(more_than_there_is), cmocka_unit_test(all_of_them), cmocka_unit_test(bands_that_cross), cmocka_unit_test(availability), cmocka_unit_test(what_is_said_beside_it), cmocka_unit_test(new_offsets)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
