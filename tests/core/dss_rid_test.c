/* F3411: every status of every route in both versions; what one version wrote the other shows; and random days against plain lists. */
#include "rid_asked.h"

#define A "0a000000-0000-4000-8000-000000000001"
#define B "0b000000-0000-4000-8000-000000000002"
#define S "05000000-0000-4000-8000-000000000003"
#define OLD "/7vvvvvvvvvvvv"
#define SQUARE_QUERY "area=47,8,47.1,8,47.1,8.1,47,8.1"

static struct asked a;
static char version[64], other[64], path[256];
static const char *with(const char *root, const char *id, const char *v) {
    snprintf(path, sizeof path, "%s%s/%s", root, id, v);
    return path;
}
static uint16_t put(const char *who, const char *root, const char *id, const char *v, double lat, double lng, double size, int64_t from, int64_t to, const char *url) {
    char at[256];
    bool v1 = root[1] == 'v';
    snprintf(at, sizeof at, v ? "%s%s/%s" : "%s%s", root, id, v);
    return ask(&a, who, "PUT", at, "", v1 ? body_v1(&a, strcmp(root, ISA1) == 0, lat, lng, size, from, to, url) : body_v2(&a, lat, lng, size, from, to, url));
}
#define URL "https://uss.example/x"
#define PUT_AREA(who, root, id, v) put(who, root, id, v, 47, 8, 0.1, 0, 3600, URL)
#define IS(expected, ...)                                                                                              \
    do {                                                                                                               \
        uint16_t status_ = (__VA_ARGS__);                                                                              \
        if (status_ != (expected)) fail_msg("%u: %.*s", status_, TEXT_ARG(append_view(&a.reply)));                     \
    } while (0)
static void keep_version(const char *member, char *room) {
    char at[80];
    snprintf(at, sizeof at, "%s/version", member);
    asked_copy(&a, at, room);
}

/* ---- every status of every route ---- */
static void statuses_of(const char *isa, const char *sub) {
    asked_open(&a);
    bool v1 = isa[1] == 'v';
    const char *url = v1 ? "service_area/flights_url" : "service_area/uss_base_url";
    char search[256], query[512];
    snprintf(search, sizeof search, "%.*s", (int)strlen(isa) - 1, isa);

    /* Areas, created. */
    IS(404, ask(&a, "u1", "GET", with(isa, A, "") /* an id and a slash: no route */, "", ""));
    snprintf(path, sizeof path, "%s" A, isa);
    char get_a[256];
    strcpy(get_a, path);
    IS(404, ask(&a, "u1", "GET", get_a, "", ""));
    IS(400, put("u1", isa, "nothing", NULL, 47, 8, 0.1, 0, 3600, URL));
    IS(400, put("u1", isa, A, NULL, 47, 8, 1.0, 0, 3600, URL));          /* 8,450 km2 */
    IS(400, put("u1", isa, A, NULL, 47, 8, 0.1, 0, NEVER, URL));         /* no end */
    IS(400, put("u1", isa, A, NULL, 47, 8, 0.1, -301, 3600, URL));       /* more than five minutes ago */
    IS(400, put("u1", isa, A, NULL, 47, 8, 0.1, NEVER, -1, URL));        /* over before it begins */
    IS(400, put("u1", isa, A, NULL, 47, 8, 0.1, 20, 10, URL));
    IS(400, put("u1", isa, A, NULL, 47, 8, 0.1, 0, 3600, "http://uss.example/x"));
    IS(400, PUT_AREA("u1", isa, A, "7vvvvvvvvvvvv"));                    /* unknown */
    IS(404, ask(&a, "u1", "DELETE", with(isa, A, "7vvvvvvvvvvvv"), "", ""));
    IS(200, put("u1", isa, A, NULL, 47, 8, 0.1, -299, 3600, URL));
    keep_version("service_area", version);
    assert_true(asked_is(&a, url, URL) && asked_is(&a, "service_area/owner", "u1") && asked_is(&a, "service_area/id", A) && asked_count(&a, "subscribers") == 0);
    assert_int_equal(asked_node(&a, "service_area/extents") == NULL, 1);
    IS(409, PUT_AREA("u1", isa, A, NULL));
    IS(409, PUT_AREA("u2", isa, A, NULL));
    IS(400, put("u2", isa, A, NULL, 47, 8, 0.1, -301, 3600, URL)); /* before the id */
    IS(200, ask(&a, "u2", "GET", get_a, "", ""));
    assert_true(asked_is(&a, "service_area/version", version));

    /* Updated: whose it is, then the version, then times. */
    IS(403, PUT_AREA("u2", isa, A, "7vvvvvvvvvvvv"));
    IS(403, PUT_AREA("u2", isa, A, version));
    IS(409, PUT_AREA("u1", isa, A, "7vvvvvvvvvvvv"));
    IS(400, put("u1", isa, A, version, 47, 8, 0.1, -301, 3600, URL));
    IS(400, put("u1", isa, A, version, 47, 8, 0.1, 9000, NEVER, URL)); /* its end is kept */
    IS(400, PUT_AREA("u1", isa, A, ""));
    IS(400, PUT_AREA("u1", isa, A, "aninvalidversionxx"));
    char cut[64];
    snprintf(cut, sizeof cut, "%.*s", (int)strlen(version) - 2, version + 1);
    IS(409, PUT_AREA("u1", isa, A, cut));
    IS(200, put("u1", isa, A, version, 47, 8, 0.1, NEVER, NEVER, "https://uss.example/y"));
    keep_version("service_area", other);
    assert_true(strcmp(version, other) != 0 && asked_is(&a, url, "https://uss.example/y"));
    IS(409, PUT_AREA("u1", isa, A, version));

    /* Searched. */
    IS(200, ask(&a, "u2", "GET", search, SQUARE_QUERY, ""));
    assert_int_equal(asked_count(&a, "service_areas"), 1);
    IS(400, ask(&a, "u2", "GET", search, "", ""));
    IS(413, ask(&a, "u2", "GET", search, "area=47,8,48,8,48,9,47,9", ""));
    IS(200, ask(&a, "u2", "GET", search, "area=57,8,57.1,8,57.1,8.1", ""));
    assert_int_equal(asked_count(&a, "service_areas"), 0);

    /* Deleted: unknown, the version, then whose it is. */
    IS(409, ask(&a, "u2", "DELETE", with(isa, A, version), "", ""));
    IS(403, ask(&a, "u2", "DELETE", with(isa, A, other), "", ""));
    IS(409, ask(&a, "u1", "DELETE", with(isa, A, cut), "", ""));
    IS(400, ask(&a, "u1", "DELETE", with(isa, A, ""), "", ""));
    IS(400, ask(&a, "u1", "DELETE", with(isa, A, "aninvalidversionxx"), "", ""));
    IS(200, ask(&a, "u1", "DELETE", with(isa, A, other), "", ""));
    assert_true(asked_is(&a, "service_area/version", other) && asked_count(&a, "subscribers") == 0);
    IS(404, ask(&a, "u1", "GET", get_a, "", ""));
    IS(404, ask(&a, "u1", "DELETE", with(isa, A, other), "", ""));

    /* Subscriptions. */
    snprintf(search, sizeof search, "%.*s", (int)strlen(sub) - 1, sub);
    snprintf(query, sizeof query, "%s" S, sub);
    IS(404, ask(&a, "u1", "GET", query, "", ""));
    IS(400, put("u1", sub, S, NULL, 47, 8, 0.1, -301, 3600, URL));
    IS(400, put("u1", sub, S, NULL, 47, 8, 0.1, 0, 86401, URL));
    IS(400, put("u1", sub, S, NULL, 47, 8, 0.1, 10, 5, URL));
    IS(400, put("u1", sub, S, NULL, 47, 8, 1.0, 0, 3600, URL));
    IS(400, put("u1", sub, S, "7vvvvvvvvvvvv", 47, 8, 0.1, 0, 3600, URL));
    IS(404, ask(&a, "u1", "DELETE", with(sub, S, "7vvvvvvvvvvvv"), "", ""));
    IS(200, put("u1", sub, S, NULL, 47, 8, 0.1, NEVER, NEVER, URL));
    keep_version("subscription", version);
    assert_true(asked_is(&a, sub[1] == 'v' ? "subscription/callbacks/identification_service_area_url" : "subscription/uss_base_url", URL) && asked_is(&a, "subscription/notification_index", "0"));
    assert_int_equal(asked_count(&a, "service_areas"), 0);
    IS(409, put("u2", sub, S, NULL, 47, 8, 0.1, 0, 3600, URL));
    IS(400, put("u1", sub, S, NULL, 47, 8, 0.1, 0, 86401, URL)); /* before the id */
    IS(200, ask(&a, "u2", "GET", query, "", ""));
    assert_true(asked_is(&a, "subscription/version", version) && asked_is(&a, "subscription/owner", "u1"));
    IS(409, put("u2", sub, S, "7vvvvvvvvvvvv", 47, 8, 0.1, 0, 3600, URL)); /* the version before whose it is */
    IS(403, put("u2", sub, S, version, 47, 8, 0.1, 0, 3600, URL));
    IS(400, put("u1", sub, S, version, 47, 8, 0.1, 0, 86401, URL));
    IS(400, put("u1", sub, S, version, 47, 8, 0.1, NEVER, 90000, URL)); /* more than a day after the start that is kept */
    IS(400, put("u1", sub, S, "", 47, 8, 0.1, 0, 3600, URL));
    IS(200, put("u1", sub, S, version, 47, 8, 0.1, 0, 86400, URL));
    keep_version("subscription", other);
    assert_string_not_equal(version, other);
    IS(409, put("u1", sub, S, version, 47, 8, 0.1, 0, 3600, URL));
    IS(200, ask(&a, "u1", "GET", search, SQUARE_QUERY, ""));
    assert_int_equal(asked_count(&a, "subscriptions"), 1);
    IS(200, ask(&a, "u2", "GET", search, SQUARE_QUERY, "")); /* the caller's own */
    assert_int_equal(asked_count(&a, "subscriptions"), 0);
    IS(400, ask(&a, "u1", "GET", search, "area=47,8", ""));
    IS(413, ask(&a, "u1", "GET", search, "area=47,8,48,8,48,9,47,9", ""));
    IS(409, ask(&a, "u2", "DELETE", with(sub, S, version), "", ""));
    IS(403, ask(&a, "u2", "DELETE", with(sub, S, other), "", ""));
    IS(400, ask(&a, "u1", "DELETE", with(sub, S, ""), "", ""));
    IS(200, ask(&a, "u1", "DELETE", with(sub, S, other), "", ""));
    assert_true(asked_is(&a, "subscription/version", other));
    IS(404, ask(&a, "u1", "DELETE", with(sub, S, other), "", ""));

    /* Ten at one place, no eleventh. */
    for (int i = 0; i < 12; i++) {
        char id[64];
        snprintf(id, sizeof id, "05000000-0000-4000-8000-0000000001%02d", i);
        IS(i < 10 ? 200 : 429, put("u1", sub, id, NULL, 47, 8, 0.1, 0, 3600, URL));
    }
    IS(200, put("u2", sub, S, NULL, 47, 8, 0.1, 0, 3600, URL));  /* another owner's do not count */
    IS(200, put("u1", sub, A, NULL, 47.5, 8, 0.1, 0, 3600, URL)); /* nor those elsewhere */
    keep_version("subscription", version);
    IS(429, put("u1", sub, A, version, 47.05, 8, 0.1, 0, 3600, URL)); /* moved there */
    IS(409, put("u1", sub, A, NULL, 47, 8, 0.1, 0, 3600, URL));       /* the id before the number */
    IS(200, ask(&a, "u1", "GET", query, "", ""));
    asked_close(&a);
}
static void statuses(void **unused) {
    (void)unused;
    statuses_of(ISA1, SUB1);
    statuses_of(ISA2, SUB2);
    statuses_of(ISA1, SUB2);
}

/* What was sent comes back, to the microsecond; what was missing is now, and a day. */
static void times(void **unused) {
    (void)unused;
    asked_open(&a);
    static const char body[] = "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]}},"
                               "\"time_start\":\"2026-11-23T08:30:00.1234567+02:00\",\"time_end\":\"2120-01-01T00:00:00.000001-12:00\"},\"flights_url\":\"https://uss.example/flights\"}";
    IS(200, ask(&a, "u1", "PUT", ISA1 A, "", body));
    assert_true(asked_is(&a, "service_area/time_start", "2026-11-23T06:30:00.1234567Z") && asked_is(&a, "service_area/time_end", "2120-01-01T12:00:00.000001Z"));
    IS(200, ask(&a, "u1", "GET", ISA2 A, "", ""));
    assert_true(asked_is(&a, "service_area/time_start/value", "2026-11-23T06:30:00.1234567Z") && asked_is(&a, "service_area/time_end/value", "2120-01-01T12:00:00.000001Z") &&
                asked_is(&a, "service_area/time_end/format", "RFC3339"));
    IS(200, put("u1", SUB1, S, NULL, 47, 8, 0.1, NEVER, NEVER, URL));
    assert_true(asked_is(&a, "subscription/time_start", "2026-11-23T06:00:02Z") && asked_is(&a, "subscription/time_end", "2026-11-24T06:00:02Z"));
    keep_version("subscription", version);
    a.w.now += INSTANT_HOUR;
    IS(200, put("u1", SUB2, S, version, 48, 8, 0.1, NEVER, NEVER, URL)); /* kept, though the start is long ago */
    assert_true(asked_is(&a, "subscription/time_start/value", "2026-11-23T06:00:02Z") && asked_is(&a, "subscription/time_end/value", "2026-11-24T06:00:02Z"));
    keep_version("subscription", version);
    IS(200, put("u1", SUB2, S, version, 48, 8, 0.1, NEVER, 80000, URL));
    assert_true(asked_is(&a, "subscription/time_start/value", "2026-11-23T06:00:02Z") && asked_is(&a, "subscription/time_end/value", "2026-11-24T05:13:24Z"));
    asked_close(&a);
}

/* ---- what is found when ---- */
static uint32_t areas_found(const char *query) {
    char all[512];
    snprintf(all, sizeof all, "%s%s", SQUARE_QUERY, query);
    IS(200, ask(&a, "u9", "GET", "/v1/dss/identification_service_areas", all, ""));
    uint32_t n = asked_count(&a, "service_areas");
    IS(200, ask(&a, "u9", "GET", "/rid/v2/dss/identification_service_areas", all, ""));
    assert_int_equal(n, asked_count(&a, "service_areas"));
    return n;
}
static void searches(void **unused) {
    (void)unused;
    asked_open(&a);
    a.w.now = SAID_START - INSTANT_SECOND; /* 2026-11-23T06:00:00Z when the next is stepped */
    IS(200, put("u1", ISA1, A, NULL, 47, 8, 0.1, 600, 1200, URL)); /* 06:10 to 06:20 */
    assert_int_equal(areas_found(""), 1);
    assert_int_equal(areas_found("&earliest_time=2026-11-23T06:20:00Z"), 1);
    assert_int_equal(areas_found("&earliest_time=2026-11-23T06:20:00.000001Z"), 0);
    assert_int_equal(areas_found("&latest_time=2026-11-23T06:10:00Z"), 1);
    assert_int_equal(areas_found("&latest_time=2026-11-23T06:09:59.999999Z"), 0);
    assert_int_equal(areas_found("&earliest_time=2026-11-23T06:12:00Z&latest_time=2026-11-23T06:13:00Z"), 1);
    assert_int_equal(areas_found("&earliest_time=2026-11-23T06:30:00Z&latest_time=2026-11-23T06:13:00Z"), 0);
    a.w.now = SAID_START + 20 * INSTANT_MINUTE;
    assert_int_equal(areas_found(""), 1);
    a.w.now++;
    assert_int_equal(areas_found(""), 0); /* over: hidden, also from those who ask for earlier */
    assert_int_equal(areas_found("&earliest_time=2026-11-23T06:12:00Z"), 0);
    IS(200, ask(&a, "u9", "GET", ISA2 A, "", "")); /* not from who knows its id */
    /* A corner in common; a kilometre too far may be found, several must not. */
    IS(200, put("u1", ISA2, B, NULL, 47.1, 8.1, 0.1, 0, 1200, URL));
    assert_int_equal(areas_found(""), 1);
    keep_version("service_areas/0", version);
    IS(200, put("u1", ISA2, B, version, 47.13, 8.1, 0.1, 0, 1200, URL)); /* 3.3 km */
    assert_int_equal(areas_found(""), 0);
    /* A subscription shows what is there, whatever its times; none of its own kind elsewhere. */
    IS(200, put("u2", SUB1, S, NULL, 47.1, 8.1, 0.1, 80000, 86400, URL));
    assert_int_equal(asked_count(&a, "service_areas"), 1);
    assert_true(asked_is(&a, "service_areas/0/flights_url", URL) && asked_is(&a, "service_areas/0/id", B));
    asked_close(&a);
}

/* A line and a point-like polygon are areas; so are the pole and the antimeridian. */
static void odd_areas(void **unused) {
    (void)unused;
    static const struct { const char *vertices, *meets, *misses; } table[] = {
        {"{\"lat\":47,\"lng\":8},{\"lat\":47.2,\"lng\":8},{\"lat\":47.1,\"lng\":8}", "47.1,7.9,47.1,8.1,47.15,8.1", "47.1,8.05,47.1,8.1,47.15,8.1"},
        {"{\"lat\":0,\"lng\":179.9},{\"lat\":0.1,\"lng\":180},{\"lat\":0,\"lng\":-179.9}", "0,179.95,0.05,-179.95,0,-179.95", "0.2,179.95,0.25,-179.95,0.2,-179.95"},
        {"{\"lat\":89.9,\"lng\":0},{\"lat\":89.9,\"lng\":120},{\"lat\":89.9,\"lng\":-120}", "90,0,89.95,10,89.95,20", "89.7,60,89.71,60,89.7,59"},
    };
    static const char body[] = "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[%s]}},\"time_end\":\"2027-01-01T00:00:00Z\"},\"flights_url\":\"https://uss.example/flights\"}";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char room[1024], query[256];
        asked_open(&a);
        snprintf(room, sizeof room, body, table[i].vertices);
        IS(200, ask(&a, "u1", "PUT", ISA1 A, "", room));
        for (int k = 0; k < 4; k++) {
            if (k == 2) asked_reload(&a);
            snprintf(query, sizeof query, "area=%s", k % 2 ? table[i].misses : table[i].meets);
            IS(200, ask(&a, "u1", "GET", "/v1/dss/identification_service_areas", query, ""));
            if (asked_count(&a, "service_areas") != (k % 2 ? 0 : 1)) fail_msg("row %zu, %d", i, k);
        }
        asked_close(&a);
    }
    asked_open(&a); /* a circle has no limit; altitudes that are upside down meet all the same */
    IS(200, ask(&a, "u1", "PUT", SUB2 S, "", "{\"extents\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":10,\"lng\":20},\"radius\":{\"value\":900000,\"units\":\"M\"}},"
                                             "\"altitude_lower\":{\"value\":500,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":100,\"reference\":\"W84\",\"units\":\"M\"}}},"
                                             "\"uss_base_url\":\"https://uss.example/rid\"}"));
    asked_reload(&a);
    IS(200, put("u1", ISA1, A, NULL, 15, 20, 0.1, 0, 600, URL));
    assert_int_equal(asked_count(&a, "subscribers"), 1);
    assert_true(asked_is(&a, "subscribers/0/url", "https://uss.example/rid"));
    asked_close(&a);
}

/* ---- who is told ---- */
static void told(void **unused) {
    (void)unused;
    asked_open(&a);
    static const char *const subs[] = {"05000000-0000-4000-8000-000000000001", "05000000-0000-4000-8000-000000000002", "05000000-0000-4000-8000-000000000003", "05000000-0000-4000-8000-000000000004"};
    IS(200, put("u1", SUB1, subs[2], NULL, 47, 8, 0.1, 0, 600, "https://b.example/identification_service_areas"));
    IS(200, put("u2", SUB2, subs[1], NULL, 47, 8, 0.1, 3600, 7200, "https://a.example")); /* not begun yet: told all the same */
    IS(200, put("u2", SUB2, subs[0], NULL, 47, 8, 0.1, 0, 7200, "https://a.example"));
    IS(200, put("u2", SUB2, subs[3], NULL, 48, 8, 0.1, 0, 7200, "https://a.example"));
    keep_version("subscription", other);
    IS(200, put("u1", ISA2, A, NULL, 47, 8, 0.1, 90000, 99000, URL)); /* the area's times do not matter */
    keep_version("service_area", version);
    assert_int_equal(asked_count(&a, "subscribers"), 2);
    assert_true(asked_is(&a, "subscribers/0/url", "https://a.example") && asked_is(&a, "subscribers/1/url", "https://b.example/identification_service_areas"));
    assert_true(asked_is(&a, "subscribers/0/subscriptions/0/subscription_id", subs[0]) && asked_is(&a, "subscribers/0/subscriptions/1/subscription_id", subs[1]));
    assert_true(asked_count(&a, "subscribers/0/subscriptions") == 2 && asked_is(&a, "subscribers/0/subscriptions/0/notification_index", "1") && asked_is(&a, "subscribers/1/subscriptions/0/notification_index", "1"));
    IS(200, put("u1", ISA1, A, version, 48, 8, 0.1, 90000, 99000, URL)); /* where it was, and where it is */
    keep_version("service_area", version);
    assert_true(asked_count(&a, "subscribers/0/subscriptions") == 3 && asked_is(&a, "subscribers/0/subscriptions/0/notification_index", "2") && asked_is(&a, "subscribers/0/subscriptions/2/notification_index", "1"));
    a.w.now = SAID_START + 700 * INSTANT_SECOND; /* one is over */
    IS(200, put("u1", ISA1, A, version, 47, 8, 0.1, 90000, 99000, URL));
    keep_version("service_area", version);
    assert_int_equal(asked_count(&a, "subscribers"), 1);
    assert_int_equal(asked_count(&a, "subscribers/0/subscriptions"), 3);
    IS(200, ask(&a, "u1", "DELETE", with(ISA1, A, version), "", ""));
    assert_true(asked_count(&a, "subscribers/0/subscriptions") == 2 && asked_is(&a, "subscribers/0/subscriptions/0/notification_index", "4"));
    IS(200, ask(&a, "u2", "GET", SUB1 "05000000-0000-4000-8000-000000000004", "", ""));
    assert_true(asked_is(&a, "subscription/notification_index", "2") && asked_is(&a, "subscription/version", other)); /* being told is no write */
    IS(200, ask(&a, "u2", "GET", SUB1 "05000000-0000-4000-8000-000000000003", "", "")); /* over, and still shown */
    assert_true(asked_is(&a, "subscription/notification_index", "2"));
    asked_close(&a);
}

/* Both versions: the same entity, URLs as they came. */
static void two_views(void **unused) {
    (void)unused;
    asked_open(&a);
    IS(200, put("u1", ISA1, A, NULL, 47, 8, 0.1, 0, 600, "https://uss.example/flights"));
    IS(200, put("u1", SUB2, S, NULL, 47, 8, 0.1, 0, 600, "https://uss.example/rid"));
    assert_true(asked_is(&a, "service_areas/0/uss_base_url", "https://uss.example/flights"));
    IS(200, ask(&a, "u1", "GET", SUB1 S, "", ""));
    assert_true(asked_is(&a, "subscription/callbacks/identification_service_area_url", "https://uss.example/rid"));
    keep_version("subscription", version);
    IS(409, put("u1", SUB1, S, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, put("u1", SUB1, S, version, 47, 8, 0.1, 0, 600, "https://uss.example/identification_service_areas"));
    assert_true(asked_is(&a, "service_areas/0/flights_url", "https://uss.example/flights"));
    IS(200, ask(&a, "u1", "GET", ISA2 A, "", ""));
    keep_version("service_area", version);
    IS(200, ask(&a, "u1", "DELETE", with(ISA2, A, version), "", ""));
    assert_true(asked_is(&a, "subscribers/0/url", "https://uss.example/identification_service_areas") && asked_is(&a, "service_area/uss_base_url", "https://uss.example/flights"));
    IS(404, ask(&a, "u1", "GET", ISA1 A, "", ""));
    asked_close(&a);
}

/* Ten at one place, both versions together; those that are over make room. */
static void ten(void **unused) {
    (void)unused;
    asked_open(&a);
    char id[64];
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "05000000-0000-4000-8000-0000000001%02d", i);
        IS(200, put("u1", i % 2 ? SUB1 : SUB2, id, NULL, 47, 8, 0.1, 0, 100 + i * 100, URL));
    }
    keep_version("subscription", version);
    IS(200, put("u1", SUB1, id, version, 47, 8, 0.1, 0, 1000, URL)); /* one of the ten, changed */
    keep_version("subscription", version);
    IS(429, put("u1", SUB1, S, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(429, put("u1", SUB2, S, NULL, 47.05, 8.05, 0.001, 40000, 40600, URL)); /* later, within */
    IS(200, put("u1", SUB2, S, NULL, 47.13, 8, 0.1, 0, 600, URL));            /* beside */
    a.w.now = SAID_START + 150 * INSTANT_SECOND;                              /* one is over */
    IS(200, put("u1", SUB2, A, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(429, put("u1", SUB2, B, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, ask(&a, "u1", "GET", "/v1/dss/subscriptions", SQUARE_QUERY, ""));
    assert_int_equal(asked_count(&a, "subscriptions"), 10);
    asked_close(&a);
}

/* A full share is refused, until what is in it ended a day ago: then that goes, what ended first first, and only as much as is needed. */
static void full(void **unused) {
    (void)unused;
    asked_open(&a);
    char id[64];
    int n = 0;
    for (uint16_t status = 200; n < 100 && status == 200; n += status == 200) {
        snprintf(id, sizeof id, "05000000-0000-4000-8000-0000000001%02d", n);
        status = put("u1", n % 2 ? ISA1 : ISA2, id, NULL, 10 + n * 0.1, 8, 0.05, 0, n < 30 ? 600 : 7200, URL);
        if (status != 200) assert_int_equal(status, 429);
    }
    assert_int_equal(n, 64); /* 256 / 4 */
    IS(200, put("u1", SUB1, S, NULL, 10, 8, 0.1, 0, 600, URL)); /* another table */
    IS(200, put("u2", ISA1, A, NULL, 10, 8, 0.1, 0, 600, URL)); /* another owner */
    a.w.now += INSTANT_DAY;
    IS(429, put("u1", ISA1, B, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, ask(&a, "u1", "GET", ISA2 "05000000-0000-4000-8000-000000000100", "", ""));
    keep_version("service_area", version);
    a.w.now += 1200 * INSTANT_SECOND;
    IS(200, put("u1", ISA1, B, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(404, ask(&a, "u1", "GET", ISA2 "05000000-0000-4000-8000-000000000100", "", ""));
    IS(200, ask(&a, "u1", "GET", ISA2 "05000000-0000-4000-8000-000000000101", "", ""));
    IS(200, ask(&a, "u1", "GET", SUB1 S, "", "")); /* of another table, which is not full */
    IS(200, ask(&a, "u1", "GET", ISA2 "05000000-0000-4000-8000-000000000130", "", ""));
    IS(200, ask(&a, "u2", "GET", ISA2 A, "", ""));
    for (n = 0; n < 29; n++) {
        snprintf(id, sizeof id, "05000000-0000-4000-8000-0000000002%02d", n);
        IS(200, put("u1", ISA1, id, NULL, 10 + n * 0.1, 8, 0.05, 0, 600, URL));
    }
    IS(429, put("u1", ISA1, S, NULL, 10, 8, 0.1, 0, 600, URL));
    asked_close(&a);
}

/* ---- random days against plain lists: places on a grid of squares of 2 km, 3 km apart, so that what meets is never in doubt ---- */
#define OWNERS 2
#define ENTITIES 60
struct plain { bool there; int owner, south, north, west, east, url; instant start, end; char version[64]; uint32_t index; };
static struct plain areas[ENTITIES], subs[ENTITIES];
static uint64_t seed;
static int draw(int low, int high) {
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return low + (int)((z ^ z >> 31) % (uint64_t)(high - low + 1));
}
static bool meet(const struct plain *x, const struct plain *y) { return x->south <= y->north && y->south <= x->north && x->west <= y->east && y->west <= x->east; }
static const char *const owner_names[OWNERS] = {"u1", "u2"};
static void plain_id(int i, char id[64]) { snprintf(id, 64, "03e5572a-f733-49af-bc14-8a18bd5300%02d", i); }
static void plain_query(const struct plain *x, char room[256]) {
    double s = 10 + x->south * 0.05, n = 10.02 + x->north * 0.05, w = 20 + x->west * 0.05, e = 20.02 + x->east * 0.05;
    snprintf(room, 256, "area=%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f", s, w, n, w, n, e, s, e);
}
static const char *plain_body(const struct plain *x, bool v1, bool area, bool has_start, bool has_end) {
    static char room[2048];
    char start[40] = "", end[40] = "", url[64];
    double s = 10 + x->south * 0.05, n = 10.02 + x->north * 0.05, w = 20 + x->west * 0.05, e = 20.02 + x->east * 0.05;
    struct append t = append_fixed(start, 39), u = append_fixed(end, 39), b = append_fixed(room, sizeof room - 1);
    append_instant_exact(&t, x->start);
    append_instant_exact(&u, x->end);
    snprintf(url, sizeof url, "https://uss%d.example/%d", x->owner, x->url);
    const char *open = v1 ? "\"" : "{\"format\":\"RFC3339\",\"value\":\"", *close = v1 ? "\"" : "\"}";
    append_format(&b, v1 ? "{\"extents\":{\"spatial_volume\":{\"footprint\":" : "{\"extents\":{\"volume\":{\"outline_polygon\":");
    append_format(&b, "{\"vertices\":[{\"lat\":%.4f,\"lng\":%.4f},{\"lat\":%.4f,\"lng\":%.4f},{\"lat\":%.4f,\"lng\":%.4f},{\"lat\":%.4f,\"lng\":%.4f}]}}", s, w, n, w, n, e, s, e);
    if (has_start) append_format(&b, ",\"time_start\":%s%.*s%s", open, TEXT_ARG(append_view(&t)), close);
    if (has_end) append_format(&b, ",\"time_end\":%s%.*s%s", open, TEXT_ARG(append_view(&u)), close);
    append_format(&b, !v1 ? "},\"uss_base_url\":\"%s\"}" : area ? "},\"flights_url\":\"%s\"}" : "},\"callbacks\":{\"identification_service_area_url\":\"%s\"}}", url);
    room[b.size] = '\0';
    return room;
}
/* How many of this owner's that are not over are at the fullest square of x. */
static int plain_depth(const struct plain *x, int except, instant now) {
    int most = 0;
    for (int lat = x->south; lat <= x->north; lat++)
        for (int lng = x->west; lng <= x->east; lng++) {
            int n = 0;
            for (int i = 0; i < ENTITIES; i++) n += i != except && subs[i].there && subs[i].owner == x->owner && subs[i].end >= now && subs[i].south <= lat && lat <= subs[i].north && subs[i].west <= lng && lng <= subs[i].east;
            if (n > most) most = n;
        }
    return most;
}
static uint32_t plain_list(const char *member, const struct plain *list, const struct plain *where, int owner, instant since, instant latest) {
    uint32_t n = 0;
    for (int i = 0; i < ENTITIES; i++) {
        if (!list[i].there || list[i].end < since || list[i].start > latest || !meet(&list[i], where) || (owner >= 0 && list[i].owner != owner)) continue;
        char id[64], at[64];
        plain_id(i, id);
        snprintf(at, sizeof at, "%s/%u/id", member, n++);
        if (!asked_is(&a, at, id)) fail_msg("%s is not %s", at, id);
        snprintf(at, sizeof at, "%s/%u/version", member, n - 1);
        assert_true(asked_is(&a, at, list[i].version));
    }
    assert_int_equal(asked_count(&a, member), n);
    return n;
}
/* Who is told of an area that was x and is y: each once, with the number after. */
static void plain_told(const struct plain *x, const struct plain *y, instant now) {
    uint32_t told_now = 0, entries = asked_count(&a, "subscribers");
    for (int i = 0; i < ENTITIES; i++) {
        if (!subs[i].there || subs[i].end < now || !((x && meet(x, &subs[i])) || (y && meet(y, &subs[i])))) continue;
        subs[i].index++;
        told_now++;
        char id[64], url[64], at[96];
        bool found = false;
        plain_id(i, id);
        snprintf(url, sizeof url, "https://uss%d.example/%d", subs[i].owner, subs[i].url);
        for (uint32_t e = 0; e < entries; e++) {
            snprintf(at, sizeof at, "subscribers/%u/url", e);
            if (!asked_is(&a, at, url)) continue;
            snprintf(at, sizeof at, "subscribers/%u/subscriptions", e);
            for (uint32_t k = asked_count(&a, at); k-- > 0;) {
                char index[32];
                snprintf(at, sizeof at, "subscribers/%u/subscriptions/%u/subscription_id", e, k);
                if (!asked_is(&a, at, id)) continue;
                snprintf(at, sizeof at, "subscribers/%u/subscriptions/%u/notification_index", e, k);
                snprintf(index, sizeof index, "%u", subs[i].index);
                assert_true(!found && asked_is(&a, at, index));
                found = true;
            }
        }
        assert_true(found);
    }
    uint32_t listed = 0;
    for (uint32_t e = 0; e < entries; e++) {
        char at[64];
        snprintf(at, sizeof at, "subscribers/%u/subscriptions", e);
        listed += asked_count(&a, at);
    }
    assert_int_equal(listed, told_now);
}
static struct plain plain_draw(int owner) {
    struct plain x = {.owner = owner, .south = draw(0, 3), .west = draw(0, 3), .url = draw(0, 1)};
    x.north = x.south + draw(0, 2), x.east = x.west + draw(0, 2);
    x.start = a.w.now + draw(-100, 4000) * INSTANT_SECOND + draw(0, 999999) * 1000;
    x.end = x.start + draw(0, 20000) * INSTANT_SECOND;
    return x;
}
static uint32_t statuses_seen[600];
static void plain_put(bool area) {
    int i = draw(0, ENTITIES - 1), owner = draw(0, OWNERS - 1);
    struct plain *list = area ? areas : subs, x = plain_draw(owner), was = list[i];
    bool v1 = draw(0, 1), update = draw(0, 2) > 0, wrong = draw(0, 7) == 0, has_start = draw(0, 2) > 0, has_end = (area && !update) || draw(0, 2) > 0;
    if (was.there && update && draw(0, 3)) x.owner = owner = was.owner;
    instant now = a.w.now + INSTANT_SECOND, day = 24 * INSTANT_HOUR;
    char id[64], at[256];
    plain_id(i, id);
    if (update) snprintf(at, sizeof at, "%s%s/%s", area ? (v1 ? ISA1 : ISA2) : v1 ? SUB1 : SUB2, id, wrong || !was.there ? "7vvvvvvvvvvvv" : was.version);
    else snprintf(at, sizeof at, "%s%s", area ? (v1 ? ISA1 : ISA2) : v1 ? SUB1 : SUB2, id);
    uint16_t status = ask(&a, owner_names[owner], "PUT", at, "", plain_body(&x, v1, area, has_start, has_end)), expected = 200;
    if (!has_start) x.start = update && was.there ? was.start : now;
    if (!has_end) x.end = update && was.there ? was.end : x.start + day;
    bool bad_times = x.end < x.start || (!area && x.end - x.start > day);
    if (!update) expected = bad_times ? 400 : was.there ? 409 : 200;
    else if (!was.there) expected = 400;
    else if (area) expected = was.owner != owner ? 403 : wrong ? 409 : bad_times ? 400 : 200;
    else expected = wrong ? 409 : was.owner != owner ? 403 : bad_times ? 400 : 200;
    if (expected == 200 && !area && x.end >= now && plain_depth(&x, i, now) >= 10) expected = 429;
    if (status != expected) fail_msg("%s: %u, not %u: %.*s", at, status, expected, TEXT_ARG(append_view(&a.reply)));
    statuses_seen[status]++;
    if (status != 200) return;
    x.there = true;
    x.index = update ? was.index : 0;
    asked_copy(&a, area ? "service_area/version" : "subscription/version", x.version);
    assert_string_not_equal(x.version, was.version);
    list[i] = x;
    if (area) plain_told(update ? &was : NULL, &x, now);
    else plain_list("service_areas", areas, &x, -1, now, INT64_MAX);
}
static void plain_delete(bool area) {
    int i = draw(0, ENTITIES - 1), owner = draw(0, OWNERS - 1);
    struct plain *list = area ? areas : subs, was = list[i];
    bool wrong = draw(0, 7) == 0;
    char id[64];
    plain_id(i, id);
    if (draw(0, 3)) owner = was.owner;
    instant now = a.w.now + INSTANT_SECOND;
    uint16_t status = ask(&a, owner_names[owner], "DELETE", with(area ? (draw(0, 1) ? ISA1 : ISA2) : draw(0, 1) ? SUB1 : SUB2, id, wrong || !was.there ? "7vvvvvvvvvvvv" : was.version), "", "");
    assert_int_equal(status, !was.there ? 404 : wrong ? 409 : owner != was.owner ? 403 : 200);
    statuses_seen[status]++;
    if (status != 200) return;
    assert_true(asked_is(&a, area ? "service_area/version" : "subscription/version", was.version));
    list[i].there = false;
    if (area) plain_told(&was, NULL, now);
}
static void plain_read(void) {
    int i = draw(0, ENTITIES - 1), owner = draw(0, OWNERS - 1);
    struct plain x = plain_draw(owner);
    char query[512], id[64], index[32];
    plain_query(&x, query);
    if (draw(0, 1)) {
        char from[40] = "", to[40] = "";
        struct append t = append_fixed(from, 39), u = append_fixed(to, 39);
        append_instant_exact(&t, x.start);
        append_instant_exact(&u, x.end);
        size_t used = strlen(query);
        snprintf(query + used, sizeof query - used, "&earliest_time=%s&latest_time=%s", from, to);
        IS(200, ask(&a, owner_names[owner], "GET", "/rid/v2/dss/identification_service_areas", query, ""));
        plain_list("service_areas", areas, &x, -1, x.start > a.w.now ? x.start : a.w.now, x.end);
    } else {
        IS(200, ask(&a, owner_names[owner], "GET", "/v1/dss/subscriptions", query, ""));
        plain_list("subscriptions", subs, &x, owner, a.w.now, INT64_MAX);
    }
    plain_id(i, id);
    IS(subs[i].there ? 200 : 404, ask(&a, owner_names[owner], "GET", (snprintf(path, sizeof path, SUB2 "%s", id), path), "", ""));
    if (!subs[i].there) return;
    snprintf(index, sizeof index, "%u", subs[i].index);
    assert_true(asked_is(&a, "subscription/notification_index", index) && asked_is(&a, "subscription/version", subs[i].version) && asked_is(&a, "subscription/owner", owner_names[subs[i].owner]));
}
static void random_days(void **unused) {
    (void)unused;
    memset(statuses_seen, 0, sizeof statuses_seen);
    for (uint64_t day = 1; day <= 6; day++) {
        asked_open(&a);
        memset(areas, 0, sizeof areas);
        memset(subs, 0, sizeof subs);
        seed = day;
        for (int i = 0; i < 1500; i++) {
            a.quick = i % 50 != 0;
            int what = draw(0, 9);
            if (i % 300 == 299) asked_reload(&a);
            if (draw(0, 100) == 0) a.w.now += draw(1, 1500) * INSTANT_SECOND;
            if (what < 2) plain_put(true);
            else if (what < 6) plain_put(false);
            else if (what < 7) plain_delete(draw(0, 3) > 0);
            else plain_read();
        }
        asked_close(&a);
    }
    static const uint16_t all[] = {200, 400, 403, 404, 409, 429};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (statuses_seen[all[i]] < 10) fail_msg("%u was met %u times", all[i], statuses_seen[all[i]]);
}

/* A byte of a snapshot is another: it is refused, or it is another possible state, which answers and goes on. */
static void changed_bytes(void **unused) {
    (void)unused;
    struct append bytes = append_growing(1 << 26);
    struct fault f = {0};
    uint32_t refused = 0, taken = 0;
    asked_open(&a);
    IS(200, put("u1", ISA1, A, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, put("u1", SUB1, S, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, put("u2", SUB2, B, NULL, 47, 8, 0.1, 0, 600, URL));
    IS(200, ask(&a, "u2", "PUT", ISA1 B, "", "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.2,\"lng\":8},{\"lat\":47.1,\"lng\":8}]}},"
                                             "\"time_end\":\"2027-01-01T00:00:00Z\"},\"flights_url\":\"https://uss.example/flights\"}"));
    assert_true(result_is_ok(kept_save(a.w.st, &bytes, &f)));
    struct world whole = a.w;
    seed = 5;
    a.quick = true; /* of tables of others, that are changed here too, not everything is known to be possible */
    for (size_t i = 400; i < bytes.size; i += (size_t)draw(1, 2)) {
        char kept = bytes.at[i];
        bytes.at[i] = (char)(kept ^ (1 << draw(0, 7)));
        struct arena memory = {0};
        result r = kept_load(&bytes, 0, &a.w.genesis, &memory, &a.w.st, &f);
        bytes.at[i] = kept;
        if (result_is_ok(r)) {
            taken++;
            a.w.fx = state_effects(a.w.st);
            a.w.now = state_time(a.w.st) > whole.now ? state_time(a.w.st) : whole.now;
            (void)ask(&a, "u1", "GET", "/v1/dss/identification_service_areas", SQUARE_QUERY, "");
            (void)ask(&a, "u1", "GET", ISA2 B, "", "");
            (void)ask(&a, "u2", "GET", SUB1 B, "", "");
            if (a.w.now < INT64_MAX / 2) (void)put("u1", ISA2, "0c000000-0000-4000-8000-000000000002", NULL, 47, 8, 0.1, 0, 600, URL);
            state_free(a.w.st);
        } else refused++;
        arena_free(&memory);
    }
    a.w = whole;
    assert_true(refused > 20 && taken > 20);
    append_free(&bytes);
    asked_close(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses), cmocka_unit_test(times), cmocka_unit_test(searches), cmocka_unit_test(odd_areas), cmocka_unit_test(told), cmocka_unit_test(two_views), cmocka_unit_test(ten), cmocka_unit_test(full), cmocka_unit_test(random_days), cmocka_unit_test(changed_bytes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_rid", tests, NULL, NULL);
}
