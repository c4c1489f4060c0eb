/* Every error of every field at the doors of F3548-21, and what the good ones become; routes; the parts of a record and back. */
#include "decoding.h"

#include <math.h>

#include "dss_same.h"
#include "geo/box.h"

#define ID "/a1b2c3d4-0123-4567-89ab-0123456789ab"
#define INTENT "/dss/v1/operational_intent_references"
#define CONSTRAINT "/dss/v1/constraint_references"
#define SUBSCRIPTION "/dss/v1/subscriptions"
#define AVAILABILITY "/dss/v1/uss_availability"
#define REPORT "/dss/v1/reports"
#define W84(v) "{\"value\":" v ",\"reference\":\"W84\",\"units\":\"M\"}"
#define TIME(v) "{\"value\":\"" v "\",\"format\":\"RFC3339\"}"
#define AT(lat, lng) "{\"lat\":" lat ",\"lng\":" lng "}"
#define POLYGON "\"outline_polygon\":{\"vertices\":[" AT("46.1", "7.4") "," AT("46.1", "7.5") "," AT("46.2", "7.5") "]}"
#define CIRCLE "\"outline_circle\":{\"center\":" AT("46.1", "7.4") ",\"radius\":{\"value\":300.183,\"units\":\"M\"}}"
#define SPACE(outline) "\"volume\":{" outline ",\"altitude_lower\":" W84("19.5") ",\"altitude_upper\":" W84("120") "}"
#define SPAN "\"time_start\":" TIME("2026-11-29T10:00:00Z") ",\"time_end\":" TIME("2026-11-29T11:00:00Z")
#define VOLUME "{" SPACE(POLYGON) "," SPAN "}"
#define URL "\"uss_base_url\":\"https://uss.example.com/utm\""

static const char intent[] = "{\"extents\":[" VOLUME "],\"state\":\"Accepted\"," URL ",\"key\":[\"ovn-1\",\"ovn-2\"]}";
static const char constraint[] = "{\"extents\":[" VOLUME "]," URL "}";
static const char subscription[] = "{\"extents\":" VOLUME "," URL ",\"notify_for_operational_intents\":true}";
static const char query[] = "{\"area_of_interest\":" VOLUME "}";
static const char availability[] = "{\"availability\":\"Down\",\"old_version\":\"v\"}";
static const char report[] = "{\"exchange\":{\"url\":\"https://a.example/x\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":" TIME("2026-11-29T10:00:00Z") "}}";

static struct dss_request q; /* decoded last */

static result ask_as(const char *method, const char *path, struct text body, struct dss_call *c, struct fault *f) {
    *c = (struct dss_call){.method = text_of(method), .path = text_of(path), .body = body, .subject = TEXT("uss-1"), .issuer = TEXT("https://auth.example"),
                           .scopes = DSS_SCOPE_STRATEGIC | DSS_SCOPE_CONSTRAINT_PROCESSING, .request = TEXT("r-1")};
    for (size_t i = 0; i < DSS_ENTROPY; i++) c->entropy[i] = (uint8_t)(i + 1);
    *f = (struct fault){0};
    arena_reset(&arena);
    return dss_decode(&decoder, c, &q, f);
}
static result ask(const char *method, const char *path, struct text body, struct fault *f) {
    struct dss_call c;
    return ask_as(method, path, body, &c, f);
}
static void must_ask(const char *method, const char *path, struct text body) {
    struct fault f;
    must(ask(method, path, body, &f), &f);
}

/* --- one change to a good body --- */

struct row {
    const char *from, *to;
    enum result_code code;
    const char *field, *says;
};
static void each(const char *method, const char *path, const char *body, const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct fault f;
        arena_reset(&kept);
        struct text changed = edited(text_of(body), rows[i].from, rows[i].to);
        EXPECT(i, ask(method, path, changed, &f), f, rows[i].code, rows[i].field, rows[i].says);
    }
}
#define EACH(method, path, body, rows) each(method, path, body, rows, sizeof rows / sizeof *(rows))

static void intents(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"", "", RESULT_OK, "", ""},
        {"{", "{\"old_version\":7,\"x\":[{}],", RESULT_OK, "", ""},
        {"\"state\":\"Accepted\"", "\"state\":\"accepted\"", RESULT_MALFORMED, "/state", "'accepted' must be Accepted, Activated, Nonconforming or Contingent"},
        {"\"state\":\"Accepted\"", "\"state\":\"Ended\"", RESULT_MALFORMED, "/state", "'Ended'"},
        {"\"state\":\"Accepted\"", "\"state\":7", RESULT_MALFORMED, "/state", "string"},
        {"\"state\":\"Accepted\"", "\"state\":null", RESULT_MALFORMED, "/state", "null"},
        {"\"state\":\"Accepted\",", "", RESULT_MALFORMED, "/state", "missing"},
        {"\"state\":\"Accepted\"", "\"state\":\"Activated\"", RESULT_MALFORMED, "/state", "created as 'Accepted'"},
        {"\"state\":\"Accepted\"", "\"state\":\"Contingent\"", RESULT_MALFORMED, "/state", "created as 'Accepted'"},
        {URL ",", "", RESULT_MALFORMED, "/uss_base_url", "missing"},
        {URL, "\"uss_base_url\":7", RESULT_MALFORMED, "/uss_base_url", "string"},
        {URL, "\"uss_base_url\":\"http://uss.example.com\"", RESULT_MALFORMED, "/uss_base_url", "must begin with https://"},
        {"\"extents\":[" VOLUME "]", "\"extents\":[]", RESULT_MALFORMED, "/extents", "is empty"},
        {"\"extents\":[" VOLUME "]", "\"extents\":" VOLUME, RESULT_MALFORMED, "/extents", "array"},
        {"\"extents\":[" VOLUME "]", "\"extents\":null", RESULT_MALFORMED, "/extents", "null"},
        {"\"extents\":[" VOLUME "],", "", RESULT_MALFORMED, "/extents", "missing"},
        {"\"extents\":[" VOLUME "]", "\"extents\":[7]", RESULT_MALFORMED, "/extents/0", "object"},
        {SPACE(POLYGON), "\"volume\":7", RESULT_MALFORMED, "/extents/0/volume", "object"},
        {SPACE(POLYGON), "\"x\":7", RESULT_MALFORMED, "/extents/0/volume", "missing"},
        {SPAN, "\"time_end\":" TIME("2026-11-29T11:00:00Z"), RESULT_MALFORMED, "/extents/0/time_start", "missing"},
        {SPAN, "\"time_start\":" TIME("2026-11-29T10:00:00Z"), RESULT_MALFORMED, "/extents/0/time_end", "missing"},
        {"\"altitude_lower\":" W84("19.5"), "\"altitude_lower\":null", RESULT_MALFORMED, "/extents/0/volume/altitude_lower", "null"},
        {",\"altitude_upper\":" W84("120"), "", RESULT_MALFORMED, "/extents/0/volume/altitude_upper", "missing"},
        {"[\"ovn-1\",\"ovn-2\"]", "7", RESULT_MALFORMED, "/key", "array"},
        {"[\"ovn-1\",\"ovn-2\"]", "[\"\",\"b\",7]", RESULT_MALFORMED, "/key/2", "string"},
        {"[\"ovn-1\",\"ovn-2\"]", "[null]", RESULT_MALFORMED, "/key/0", "string"},
        {"[\"ovn-1\",\"ovn-2\"]", "null", RESULT_OK, "", ""},
        {"[\"ovn-1\",\"ovn-2\"]", "[]", RESULT_OK, "", ""},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"requested_ovn_suffix\":\"\"", RESULT_MALFORMED, "/requested_ovn_suffix", "version 7"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"requested_ovn_suffix\":7", RESULT_MALFORMED, "/requested_ovn_suffix", "string"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"requested_ovn_suffix\":\"a1b2c3d4-0123-4567-89ab-0123456789ab\"", RESULT_MALFORMED, "/requested_ovn_suffix", "version 7"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"requested_ovn_suffix\":\"019aD2c3-0123-7567-B9ab-0123456789ab\"", RESULT_OK, "", ""},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"subscription_id\":\"\"", RESULT_MALFORMED, "/subscription_id", "version 4"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"subscription_id\":{}", RESULT_MALFORMED, "/subscription_id", "string"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"subscription_id\":\"00000000-0000-4000-8000-000000000000\"", RESULT_OK, "", ""},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":true", RESULT_MALFORMED, "/new_subscription", "object"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":{}", RESULT_MALFORMED, "/new_subscription/uss_base_url", "missing"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":{\"uss_base_url\":\"x\"}", RESULT_MALFORMED, "/new_subscription/uss_base_url", "'x' must be a URL"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":{" URL ",\"notify_for_constraints\":1}", RESULT_MALFORMED, "/new_subscription/notify_for_constraints", "true or false"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":{" URL "},\"subscription_id\":\"a1b2c3d4-0123-4567-89ab-0123456789ab\"", RESULT_MALFORMED, "/new_subscription", "subscription_id"},
        {"[\"ovn-1\",\"ovn-2\"]", "[],\"new_subscription\":{" URL "},\"subscription_id\":null", RESULT_OK, "", ""},
    };
    EACH("PUT", INTENT ID, intent, rows);
    static const struct row changes[] = {
        {"", "", RESULT_OK, "", ""},
        {"\"state\":\"Accepted\"", "\"state\":\"Activated\"", RESULT_MALFORMED, "/subscription_id", "the state 'Activated' needs one"},
        {"\"state\":\"Accepted\"", "\"state\":\"Contingent\",\"new_subscription\":null", RESULT_MALFORMED, "/subscription_id", "the state 'Contingent' needs one"},
        {"\"state\":\"Accepted\"", "\"state\":\"Nonconforming\",\"new_subscription\":{" URL "}", RESULT_OK, "", ""},
        {"\"state\":\"Accepted\"", "\"state\":\"Activated\",\"subscription_id\":\"a1b2c3d4-0123-4567-89ab-0123456789ab\"", RESULT_OK, "", ""},
    };
    EACH("PUT", INTENT ID "/ovn", intent, changes);
    EACH("PUT", INTENT ID "/", intent, changes);
}

static void what_an_intent_becomes(void **state) {
    (void)state;
    must_ask("PUT", INTENT "/A1B2C3D4-0123-4567-89AB-0123456789aB/a%2Fb%C3%A9", edited(text_of(intent), "\"Accepted\"",
             "\"Activated\",\"requested_ovn_suffix\":\"019ad2c3-0123-7567-b9ab-0123456789ab\",\"new_subscription\":{\"uss_base_url\":\"https://[::1]:8080\",\"notify_for_constraints\":true}"));
    assert_int_equal(q.route->kind, DSS_INTENT);
    char hex[32];
    struct append a = append_fixed(hex, sizeof hex);
    append_id(&a, &q.id);
    assert_true(text_is(append_view(&a), "a1b2c3d40123456789ab0123456789ab"));
    assert_true(q.has_version && text_is(q.version, "a/b\xC3\xA9") && q.state == DSS_ACTIVATED);
    assert_true(q.key_count == 2 && text_is(q.key[0], "ovn-1") && text_is(q.key[1], "ovn-2"));
    assert_true(text_is(q.base_url, "https://uss.example.com/utm") && text_is(q.manager, "uss-1") && text_is(q.issuer, "https://auth.example") && text_is(q.request, "r-1"));
    assert_true(q.new_subscription && q.new_for_constraints && !q.has_subscription && text_is(q.new_base_url, "https://[::1]:8080"));
    assert_true(q.has_suffix && q.suffix.bytes[0] == 0x01 && q.suffix.bytes[15] == 0xab);
    const struct dss_extent *e = &q.extent;
    assert_true(q.has_extent && e->count == 1 && e->shapes[0].kind == SHAPE_POLYGON && e->shapes[0].count == 3);
    assert_int_equal(e->shapes[0].at[2].lat, 462000000);
    assert_int_equal(e->shapes[0].at[2].lon, 75000000);
    assert_true(e->has_lower && e->has_upper && e->has_start && e->has_end && e->lower_cm == 1950 && e->upper_cm == 12000);
    assert_true(e->end - e->start == INSTANT_HOUR && e->start == INT64_C(1795946400) * INSTANT_SECOND);
    must_ask("PUT", INTENT ID "/", text_of(intent));
    assert_true(q.has_version && q.version.size == 0);
    must_ask("PUT", INTENT ID, text_of(intent));
    assert_true(!q.has_version);
}

/* --- geometry, heights, times: in every door that has them --- */

static const struct row space_rows[] = {
    {POLYGON, POLYGON "," CIRCLE, RESULT_MALFORMED, "/volume", "both outline_polygon and outline_circle"},
    {POLYGON, "\"outline_polygon\":null", RESULT_MALFORMED, "/volume", "neither"},
    {POLYGON, POLYGON ",\"outline_circle\":null", RESULT_OK, "", ""},
    {POLYGON, CIRCLE, RESULT_OK, "", ""},
    {POLYGON, "\"outline_polygon\":[]", RESULT_MALFORMED, "/volume/outline_polygon", "object"},
    {POLYGON, "\"outline_polygon\":{}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "missing"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":{}}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "array"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[]}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "0 vertices; a polygon has at least 3"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "0") "," AT("0", "1") "]}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "2 vertices"},
    {AT("46.2", "7.5"), "7", RESULT_MALFORMED, "/volume/outline_polygon/vertices/2", "object"},
    {AT("46.2", "7.5"), "{\"lat\":46.2}", RESULT_MALFORMED, "/volume/outline_polygon/vertices/2/lng", "missing"},
    {AT("46.2", "7.5"), AT("\"46.2\"", "7.5"), RESULT_MALFORMED, "/volume/outline_polygon/vertices/2/lat", "number"},
    {AT("46.2", "7.5"), AT("90.0000001", "7.5"), RESULT_RANGE, "/volume/outline_polygon/vertices/2/lat", "90.0000001: must be -90 to 90"},
    {AT("46.2", "7.5"), AT("-9.1e1", "7.5"), RESULT_RANGE, "/volume/outline_polygon/vertices/2/lat", "-9.1e1: must be -90 to 90"},
    {AT("46.2", "7.5"), AT("46.2", "180.0000001"), RESULT_RANGE, "/volume/outline_polygon/vertices/2/lng", "180.0000001: must be -180 to 180"},
    {AT("46.2", "7.5"), AT("46.2", "-540"), RESULT_RANGE, "/volume/outline_polygon/vertices/2/lng", "-540"},
    {AT("46.2", "7.5"), AT("46.2", "7.5") "," AT("46.1", "7.4"), RESULT_MALFORMED, "/volume/outline_polygon/vertices/3", "repeats point 0"},
    {AT("46.2", "7.5"), AT("46.2", "7.5") "," AT("46.2", "7.5"), RESULT_MALFORMED, "/volume/outline_polygon/vertices/3", "repeats point 2"},
    {AT("46.2", "7.5"), AT("46.2", "7.5") "," AT("46.05", "7.45"), RESULT_MALFORMED, "/volume/outline_polygon/vertices/0", "crosses the edge from point 2"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "0") "," AT("0", "1") "," AT("0", "2") "]}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "no area"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "0") "," AT("0", "175") "," AT("1", "80") "]}", RESULT_RANGE, "/volume/outline_polygon/vertices/0", "170 degrees"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "0") "," AT("0", "120") "," AT("0", "-120") "]}", RESULT_MALFORMED, "/volume/outline_polygon/vertices", "halves the earth"},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("89.9", "0") "," AT("89.9", "120") "," AT("89.9", "-120") "]}", RESULT_OK, "", ""},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "179.9") "," AT("0", "-179.9") "," AT("0.1", "180") "]}", RESULT_OK, "", ""},
    {POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("90", "0") "," AT("90", "90") "," AT("89.9", "45") "]}", RESULT_MALFORMED, "/volume/outline_polygon/vertices/1", "repeats point 0"},
    {POLYGON, "\"outline_circle\":7", RESULT_MALFORMED, "/volume/outline_circle", "object"},
    {POLYGON, "\"outline_circle\":{}", RESULT_MALFORMED, "/volume/outline_circle/center", "missing"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") "}", RESULT_MALFORMED, "/volume/outline_circle/radius", "missing"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("91", "7") ",\"radius\":{\"value\":1,\"units\":\"M\"}}", RESULT_RANGE, "/volume/outline_circle/center/lat", "91"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":1}}", RESULT_MALFORMED, "/volume/outline_circle/radius/units", "missing"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":1,\"units\":\"FT\"}}", RESULT_MALFORMED, "/volume/outline_circle/radius/units", "'FT' must be M"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"units\":\"M\"}}", RESULT_MALFORMED, "/volume/outline_circle/radius/value", "missing"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":\"1\",\"units\":\"M\"}}", RESULT_MALFORMED, "/volume/outline_circle/radius/value", "number"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":0,\"units\":\"M\"}}", RESULT_RANGE, "/volume/outline_circle/radius/value", "0: must be 0.01 to 20000000"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":-1e-9,\"units\":\"M\"}}", RESULT_RANGE, "/volume/outline_circle/radius/value", "-1e-9: must be"},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("90", "7") ",\"radius\":{\"value\":1e-9,\"units\":\"M\"}}", RESULT_OK, "", ""},
    {POLYGON, "\"outline_circle\":{\"center\":" AT("-90", "7") ",\"radius\":{\"value\":2e7,\"units\":\"M\"}}", RESULT_OK, "", ""},
    {W84("19.5"), "7", RESULT_MALFORMED, "/volume/altitude_lower", "object"},
    {W84("19.5"), "{\"value\":1,\"units\":\"M\"}", RESULT_MALFORMED, "/volume/altitude_lower/reference", "missing"},
    {W84("19.5"), "{\"value\":1,\"units\":\"M\",\"reference\":\"SFC\"}", RESULT_MALFORMED, "/volume/altitude_lower/reference", "'SFC' must be W84"},
    {W84("19.5"), "{\"value\":1,\"reference\":\"W84\"}", RESULT_MALFORMED, "/volume/altitude_lower/units", "missing"},
    {W84("120"), "{\"value\":1,\"reference\":\"W84\",\"units\":\"FT\"}", RESULT_MALFORMED, "/volume/altitude_upper/units", "'FT' must be M"},
    {W84("120"), "{\"reference\":\"W84\",\"units\":\"M\"}", RESULT_MALFORMED, "/volume/altitude_upper/value", "missing"},
    {W84("120"), W84("\"120\""), RESULT_MALFORMED, "/volume/altitude_upper/value", "number"},
    {W84("120"), W84("100000.001"), RESULT_RANGE, "/volume/altitude_upper/value", "100000.001: must be -8000 to 100000"},
    {W84("120"), W84("1e5"), RESULT_OK, "", ""},
    {W84("19.5"), W84("-8000.001"), RESULT_RANGE, "/volume/altitude_lower/value", "-8000.001"},
    {W84("19.5"), W84("-8000"), RESULT_OK, "", ""},
    {W84("120"), W84("19.5"), RESULT_OK, "", ""},
    {W84("120"), W84("19.499"), RESULT_RANGE, "/volume/altitude_upper/value", "19.499 m is below altitude_lower, 19.5 m"},
    {"\"time_start\":" TIME("2026-11-29T10:00:00Z"), "\"time_start\":\"2026-11-29T10:00:00Z\"", RESULT_MALFORMED, "/time_start", "object"},
    {TIME("2026-11-29T10:00:00Z"), "{\"value\":\"2026-11-29T10:00:00Z\"}", RESULT_MALFORMED, "/time_start/format", "missing"},
    {TIME("2026-11-29T10:00:00Z"), "{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"rfc3339\"}", RESULT_MALFORMED, "/time_start/format", "'rfc3339' must be RFC3339"},
    {TIME("2026-11-29T10:00:00Z"), "{\"format\":\"RFC3339\"}", RESULT_MALFORMED, "/time_start/value", "missing"},
    {TIME("2026-11-29T10:00:00Z"), TIME("2026-11-29 10:00:00Z"), RESULT_MALFORMED, "/time_start/value", "'2026-11-29 10:00:00Z'"},
    {TIME("2026-11-29T10:00:00Z"), TIME("2026-11-29T10:00:00"), RESULT_MALFORMED, "/time_start/value", "RFC 3339"},
    {TIME("2026-11-29T10:00:00Z"), TIME("2026-02-29T10:00:00Z"), RESULT_RANGE, "/time_start/value", "day"},
    {TIME("2026-11-29T10:00:00Z"), TIME("1600-11-29T10:00:00Z"), RESULT_RANGE, "/time_start/value", "times run from 1677"},
    {TIME("2026-11-29T11:00:00Z"), TIME("2300-11-29T10:00:00Z"), RESULT_RANGE, "/time_end/value", "to 2262"},
    {TIME("2026-11-29T11:00:00Z"), TIME("2026-11-29T10:00:00Z"), RESULT_OK, "", ""},
    {TIME("2026-11-29T11:00:00Z"), TIME("2026-11-29T11:00:00+01:01"), RESULT_RANGE, "/time_end/value", "'2026-11-29T11:00:00+01:01' is before time_start, '2026-11-29T10:00:00Z'"},
    {TIME("2026-11-29T11:00:00Z"), TIME("2026-11-29T10:00:00.00000000001-00:00"), RESULT_OK, "", ""},
};

static void volumes_in_every_door(void **state) {
    (void)state;
    static const struct { const char *method, *path, *body, *under; } doors[] = {
        {"PUT", INTENT ID, intent, "/extents/0"}, {"PUT", CONSTRAINT ID, constraint, "/extents/0"}, {"PUT", CONSTRAINT ID "/v", constraint, "/extents/0"},
        {"PUT", SUBSCRIPTION ID, subscription, "/extents"}, {"POST", INTENT "/query", query, "/area_of_interest"},
        {"POST", CONSTRAINT "/query", query, "/area_of_interest"}, {"POST", SUBSCRIPTION "/query", query, "/area_of_interest"},
    };
    for (size_t k = 0; k < sizeof doors / sizeof *doors; k++)
        for (size_t i = 0; i < sizeof space_rows / sizeof *space_rows; i++) {
            struct row row = space_rows[i];
            char field[128];
            snprintf(field, sizeof field, "%s%s", doors[k].under, row.field);
            row.field = field;
            each(doors[k].method, doors[k].path, doors[k].body, &row, 1);
        }
}

/* A polygon of three edges around the equator with so many square kilometres. */
static struct text triangle(const char *body, double km2) {
    char room[512];
    const double earth = 6371.010, pi = 3.14159265358979323846; /* right angle at 0, 0: legs a and b; tan(area/2) = tan(a/2) tan(b/2) */
    double leg = 2.0 * atan(sqrt(tan(km2 / (earth * earth) / 2.0))) * 180.0 / pi;
    snprintf(room, sizeof room, "\"outline_polygon\":{\"vertices\":[{\"lat\":0,\"lng\":0},{\"lat\":0,\"lng\":%.15f},{\"lat\":%.15f,\"lng\":0}]}", leg, leg);
    return edited(text_of(body), POLYGON, room);
}

#define EARTH(radius) "\"outline_circle\":{\"center\":{\"lat\":0,\"lng\":0},\"radius\":{\"value\":" radius ",\"units\":\"M\"}}"
static void areas_at_the_limit(void **state) {
    (void)state;
    static const struct { const char *method, *path, *body, *field; enum result_code code; } doors[] = {
        {"PUT", INTENT ID, intent, "/extents/0/volume/outline_polygon/vertices", RESULT_RANGE},
        {"PUT", CONSTRAINT ID, constraint, "/extents/0/volume/outline_polygon/vertices", RESULT_RANGE},
        {"PUT", SUBSCRIPTION ID, subscription, "/extents/volume/outline_polygon/vertices", RESULT_RANGE},
        {"POST", INTENT "/query", query, "/area_of_interest/volume/outline_polygon/vertices", RESULT_RANGE},
        {"POST", CONSTRAINT "/query", query, "/area_of_interest/volume/outline_polygon/vertices", RESULT_TOO_LARGE},
        {"POST", SUBSCRIPTION "/query", query, "/area_of_interest/volume/outline_polygon/vertices", RESULT_TOO_LARGE},
    };
    for (size_t k = 0; k < sizeof doors / sizeof *doors; k++) {
        struct fault f;
        arena_reset(&kept);
        must_ask(doors[k].method, doors[k].path, triangle(doors[k].body, 650));
        must_ask(doors[k].method, doors[k].path, triangle(doors[k].body, 2500));
        EXPECT(k, ask(doors[k].method, doors[k].path, triangle(doors[k].body, 2500.02), &f), f, doors[k].code, doors[k].field, "2500 km2; at most 2500 km2");
        /* A circle has no limit of area, but it cannot be larger than what is computed with: too large, too. What is no radius is wrong everywhere. */
        char field[96];
        snprintf(field, sizeof field, "%.*s/outline_circle/radius/value", (int)(strstr(doors[k].field, "/outline_polygon") - doors[k].field), doors[k].field);
        must_ask(doors[k].method, doors[k].path, edited(text_of(doors[k].body), POLYGON, EARTH("2e7")));
        EXPECT(k, ask(doors[k].method, doors[k].path, edited(text_of(doors[k].body), POLYGON, EARTH("20000000.01")), &f), f, doors[k].code, field, "20000000.01: must be 0.01 to 20000000");
        EXPECT(k, ask(doors[k].method, doors[k].path, edited(text_of(doors[k].body), POLYGON, EARTH("1e300")), &f), f, doors[k].code, field, "1e300");
        EXPECT(k, ask(doors[k].method, doors[k].path, edited(text_of(doors[k].body), POLYGON, EARTH("0")), &f), f, RESULT_RANGE, field, "must be 0.01");
        EXPECT(k, ask(doors[k].method, doors[k].path, edited(text_of(doors[k].body), POLYGON, EARTH("-1e300")), &f), f, RESULT_RANGE, field, "must be 0.01");
        EXPECT(k, ask(doors[k].method, doors[k].path, triangle(doors[k].body, 1e6), &f), f, doors[k].code, doors[k].field, "km2; at most 2500 km2");
    }
    /* More vertices than a shape has: another limit, the same answer everywhere. */
    struct fault f;
    struct text many = repeated("\"outline_polygon\":{\"vertices\":[", AT("0", "0"), LIMIT_VERTICES + 1, "]}");
    char *room = arena_alloc(&kept, many.size + 1, 1);
    memcpy(room, many.at, many.size);
    EXPECT(0, ask("PUT", INTENT ID, edited(text_of(intent), POLYGON, room), &f), f, RESULT_TOO_LARGE, "/extents/0/volume/outline_polygon/vertices", "1001 elements; at most 1000");
    struct text volumes = repeated("{" URL ",\"extents\":[", VOLUME, LIMIT_VOLUMES + 1, "]}");
    EXPECT(0, ask("PUT", CONSTRAINT ID, volumes, &f), f, RESULT_TOO_LARGE, "/extents", "1025 elements; at most 1024");
    volumes = repeated("{" URL ",\"extents\":[", VOLUME, LIMIT_VOLUMES, "]}");
    must_ask("PUT", CONSTRAINT ID, volumes);
    assert_int_equal(q.extent.count, LIMIT_VOLUMES);
}

/* Edges over 500 km become points of the geodesic, here too. */
static void long_edges_are_cut(void **state) {
    (void)state;
    must_ask("PUT", CONSTRAINT ID, edited(text_of(constraint), POLYGON, "\"outline_polygon\":{\"vertices\":[" AT("0", "0") "," AT("0", "10") "," AT("0.002", "5") "]}"));
    assert_true(q.extent.shapes[0].count == 3 + 2 + 1 + 1);
    struct fault f;
    struct append a = append_growing(1 << 20);
    append_str(&a, "\"outline_polygon\":{\"vertices\":[" AT("-0.0001", "20.5"));
    for (int i = 0; i < 400; i++) append_format(&a, "," AT("0.%06d", "%d.%04d"), i, i % 2 ? 20 : 0, i); /* 400 teeth of 2,200 km */
    append_str(&a, "]}");
    append_char(&a, '\0');
    EXPECT(0, ask("PUT", CONSTRAINT ID, edited(text_of(constraint), POLYGON, a.at), &f), f, RESULT_TOO_LARGE, "/extents/0/volume/outline_polygon/vertices", "500 km");
    append_free(&a);
}

static void bounds_are_rounded_outward(void **state) {
    (void)state;
    struct text body = edited(edited(text_of(constraint), W84("19.5"), W84("-20.0010000000000001")), W84("120"), W84("1.2000000000000001E2"));
    body = edited(edited(body, "2026-11-29T10:00:00Z", "1969-12-31T23:59:59.9999999999Z"), "2026-11-29T11:00:00Z", "2120-01-01T05:30:00.00000000019+05:30");
    must_ask("PUT", CONSTRAINT ID, body);
    assert_int_equal(q.extent.lower_cm, -2001);
    assert_int_equal(q.extent.upper_cm, 12001);
    assert_true(q.extent.start == -1 && q.extent.end == INT64_C(4733510400) * INSTANT_SECOND + 1);
    must_ask("PUT", CONSTRAINT ID, edited(edited(text_of(constraint), POLYGON, CIRCLE), "7.4", "-179.99999995"));
    assert_true(q.extent.shapes[0].kind == SHAPE_CIRCLE && q.extent.shapes[0].reach_cm == 30019 && q.extent.shapes[0].at[0].lon == -1800000000);
}

static void volumes_are_merged(void **state) {
    (void)state;
    must_ask("PUT", CONSTRAINT ID, text_of("{" URL ",\"extents\":[" VOLUME ",{\"volume\":{" CIRCLE ",\"altitude_lower\":" W84("-3") ",\"altitude_upper\":" W84("7") "},"
        "\"time_start\":" TIME("2026-11-29T10:30:00Z") ",\"time_end\":" TIME("2026-11-30T10:00:00Z") "}]}"));
    assert_true(q.extent.count == 2 && q.extent.shapes[0].kind == SHAPE_POLYGON && q.extent.shapes[1].kind == SHAPE_CIRCLE);
    assert_true(q.extent.has_lower && q.extent.has_upper && q.extent.lower_cm == -300 && q.extent.upper_cm == 12000);
    assert_true(q.extent.end - q.extent.start == INSTANT_DAY);
    must_ask("PUT", CONSTRAINT ID, text_of("{" URL ",\"extents\":[" VOLUME ",{\"volume\":{" CIRCLE ",\"altitude_lower\":" W84("20") ",\"altitude_upper\":" W84("700") "},"
        "\"time_start\":" TIME("2026-11-29T09:30:00Z") ",\"time_end\":" TIME("2026-11-29T10:00:00Z") "}]}"));
    assert_true(q.extent.lower_cm == 1950 && q.extent.upper_cm == 70000 && q.extent.end - q.extent.start == 3 * INSTANT_HOUR / 2);
    /* One that says no height has every height. */
    must_ask("PUT", CONSTRAINT ID, text_of("{" URL ",\"extents\":[" VOLUME ",{\"volume\":{" CIRCLE ",\"altitude_lower\":" W84("-3") "}," SPAN "}]}"));
    assert_true(q.extent.has_lower && q.extent.lower_cm == -300 && !q.extent.has_upper && q.extent.upper_cm == 0);
    must_ask("PUT", CONSTRAINT ID, text_of("{" URL ",\"extents\":[{\"volume\":{" CIRCLE "}," SPAN "}," VOLUME "]}"));
    assert_true(!q.extent.has_lower && !q.extent.has_upper && q.extent.lower_cm == 0 && q.extent.has_start && q.extent.has_end);
    must_ask("POST", INTENT "/query", text_of("{\"area_of_interest\":{\"volume\":{" CIRCLE "}}}"));
    assert_true(q.has_extent && !q.extent.has_lower && !q.extent.has_upper && !q.extent.has_start && !q.extent.has_end);
}

/* --- the other bodies --- */

static void constraints_and_subscriptions(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"", "", RESULT_OK, "", ""},
        {URL, "\"x\":1", RESULT_MALFORMED, "/uss_base_url", "missing"},
        {"\"time_start\":" TIME("2026-11-29T10:00:00Z") ",", "", RESULT_MALFORMED, "/extents/0/time_start", "missing"},
        {",\"time_end\":" TIME("2026-11-29T11:00:00Z"), "", RESULT_MALFORMED, "/extents/0/time_end", "missing"},
        {",\"altitude_upper\":" W84("120"), "", RESULT_OK, "", ""},
    };
    EACH("PUT", CONSTRAINT ID, constraint, rows);
    static const struct row watches[] = {
        {"", "", RESULT_OK, "", ""},
        {URL, "\"x\":1", RESULT_MALFORMED, "/uss_base_url", "missing"},
        {"\"extents\"", "\"x\"", RESULT_MALFORMED, "/extents", "missing"},
        {"\"extents\":" VOLUME, "\"extents\":[" VOLUME "]", RESULT_MALFORMED, "/extents", "object"},
        {"\"notify_for_operational_intents\":true", "\"x\":1", RESULT_MALFORMED, "/notify_for_operational_intents", "both false"},
        {"\"notify_for_operational_intents\":true", "\"notify_for_operational_intents\":\"true\"", RESULT_MALFORMED, "/notify_for_operational_intents", "true or false"},
        {"\"notify_for_operational_intents\":true", "\"notify_for_constraints\":1", RESULT_MALFORMED, "/notify_for_constraints", "true or false"},
        {"\"notify_for_operational_intents\":true", "\"notify_for_operational_intents\":null,\"notify_for_constraints\":true", RESULT_OK, "", ""},
        {"," SPAN, "", RESULT_OK, "", ""},
        {"2026-11-29T11", "2026-11-30T10", RESULT_OK, "", ""},
        {"2026-11-29T11:00:00Z", "2026-11-30T10:00:00.000000001Z", RESULT_RANGE, "/extents/time_end/value", "'2026-11-30T10:00:00.000000001Z' is more than 24 hours"},
        {SPAN, "\"time_start\":" TIME("1700-01-01T00:00:00Z") ",\"time_end\":" TIME("2250-01-01T00:00:00Z"), RESULT_RANGE, "/extents/time_end/value", "24 hours"},
    };
    EACH("PUT", SUBSCRIPTION ID, subscription, watches);
    EACH("PUT", SUBSCRIPTION ID "/v", subscription, watches);
    must_ask("PUT", SUBSCRIPTION ID, edited(text_of(subscription), "\"notify_for_operational_intents\":true", "\"notify_for_constraints\":true"));
    assert_true(q.for_constraints && !q.for_intents && q.has_extent && q.extent.count == 1);
    static const struct row asks[] = {
        {"\"area_of_interest\"", "\"x\"", RESULT_MALFORMED, "/area_of_interest", "missing"},
        {"\"area_of_interest\":" VOLUME, "\"area_of_interest\":7", RESULT_MALFORMED, "/area_of_interest", "object"},
        {"," SPAN, "", RESULT_OK, "", ""},
    };
    EACH("POST", INTENT "/query", query, asks);
    EACH("POST", CONSTRAINT "/query", query, asks);
    EACH("POST", SUBSCRIPTION "/query", query, asks);
}

static void availability_and_reports(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"", "", RESULT_OK, "", ""},
        {"\"Down\"", "\"nOrMAL\"", RESULT_OK, "", ""},
        {"\"Down\"", "\"Up\"", RESULT_MALFORMED, "/availability", "'Up' must be Unknown, Normal or Down"},
        {"\"Down\"", "\"Dow\"", RESULT_MALFORMED, "/availability", "'Dow'"},
        {"\"Down\"", "false", RESULT_MALFORMED, "/availability", "string"},
        {"\"availability\":\"Down\",", "", RESULT_MALFORMED, "/availability", "missing"},
        {"\"v\"", "7", RESULT_MALFORMED, "/old_version", "string"},
        {"\"v\"", "null", RESULT_OK, "", ""},
    };
    EACH("PUT", AVAILABILITY "/uss-2", availability, rows);
    must_ask("PUT", AVAILABILITY "/a%20b%2Fc", edited(text_of(availability), ",\"old_version\":\"v\"", ""));
    assert_true(text_is(q.uss, "a b/c") && q.availability == DSS_DOWN && q.old_version.size == 0);
    must_ask("PUT", AVAILABILITY "/uss-2", edited(text_of(availability), "Down", "unknown"));
    assert_true(text_is(q.old_version, "v") && q.availability == DSS_UNKNOWN);
    static const struct row told[] = {
        {"", "", RESULT_OK, "", ""},
        {"\"exchange\"", "\"x\"", RESULT_MALFORMED, "/exchange", "missing"},
        {"\"url\"", "\"x\"", RESULT_MALFORMED, "/exchange/url", "missing"},
        {"\"method\":\"GET\"", "\"method\":7", RESULT_MALFORMED, "/exchange/method", "string"},
        {"\"Client\"", "\"client\"", RESULT_MALFORMED, "/exchange/recorder_role", "'client' must be Client or Server"},
        {"\"recorder_role\"", "\"x\"", RESULT_MALFORMED, "/exchange/recorder_role", "missing"},
        {"\"request_time\"", "\"x\"", RESULT_MALFORMED, "/exchange/request_time", "missing"},
        {"2026-11", "2026-13", RESULT_RANGE, "/exchange/request_time/value", "month"},
        {"\"Client\"", "\"Server\",\"response_time\":" TIME("yesterday"), RESULT_MALFORMED, "/exchange/response_time/value", "'yesterday'"},
        {"\"Client\"", "\"Server\",\"headers\":{}", RESULT_MALFORMED, "/exchange/headers", "array"},
        {"\"Client\"", "\"Server\",\"headers\":[\"a: b\",7]", RESULT_MALFORMED, "/exchange/headers/1", "string"},
        {"\"Client\"", "\"Server\",\"request_body\":7", RESULT_MALFORMED, "/exchange/request_body", "string"},
        {"\"Client\"", "\"Server\",\"response_body\":7", RESULT_MALFORMED, "/exchange/response_body", "string"},
        {"\"Client\"", "\"Server\",\"problem\":7", RESULT_MALFORMED, "/exchange/problem", "string"},
        {"\"Client\"", "\"Server\",\"request_source\":7", RESULT_MALFORMED, "/exchange/request_source", "string"},
        {"\"Client\"", "\"Server\",\"response_code\":\"200\"", RESULT_MALFORMED, "/exchange/response_code", "number"},
        {"\"Client\"", "\"Server\",\"response_code\":200.5", RESULT_MALFORMED, "/exchange/response_code", "200.5 must be a whole number"},
        {"\"Client\"", "\"Server\",\"response_code\":1e10", RESULT_RANGE, "/exchange/response_code", "1e10"},
        {"\"Client\"", "\"Server\",\"response_code\":2.00e2,\"headers\":[],\"problem\":null,\"request_body\":\"\",\"x\":{}", RESULT_OK, "", ""},
    };
    EACH("POST", REPORT, report, told);
    must_ask("POST", REPORT, text_of(" {\n \"report\\u005fid\" : {\"a\":[\"}\"]} ,\t\"x\" : 1 ,\r\"exchange\":" "{\"url\":\"u\",\"method\":\"\\\"\",\"recorder_role\":\"Client\",\"request_time\":" TIME("2026-11-29T10:00:00Z") "} } "));
    assert_true(text_is(q.report, "{\"x\" : 1,\"exchange\":{\"url\":\"u\",\"method\":\"\\\"\",\"recorder_role\":\"Client\",\"request_time\":" TIME("2026-11-29T10:00:00Z") "}}"));
}

/* --- base URLs --- */

static void base_urls(void **state) {
    (void)state;
    static const struct { const char *url; bool https, plain; const char *says; } rows[] = {
        {"https://uss.example.com/utm", true, true, ""}, {"HTTPS://USS.example.com", true, true, ""}, {"https://localhost", true, true, ""}, {"https://uss_1.example:65535/a/?b#c", true, true, ""},
        {"https://[2001:db8::1]/x", true, true, ""}, {"https://10.0.0.1:80", true, true, ""}, {"https://a%20b", false, false, "character in its host"},
        {"http://uss.example.com/utm", false, true, "must begin with https://"}, {"http://uss:8080", false, true, "must begin with https://"},
        {"", false, false, "must be a URL that begins with"}, {"uss.example.com", false, false, "must be a URL"}, {"ftp://uss.example.com", false, false, "must be a URL"}, {"https:/x", false, false, "must be a URL"},
        {"https://", false, false, "no host"}, {"http://", false, false, "no host"}, {"https:///x", false, false, "no host"}, {"https://:80", false, false, "no host"}, {"https://[]", false, false, "no host"},
        {"https://[::1", false, false, "does not end"}, {"https://[::1x]", false, false, "does not end"}, {"https://[::1]x", false, false, "character in its host"}, {"https://a:b", false, false, "port"}, {"https://a:65536", false, false, "port"},
        {"https://a:1x", false, false, "port"}, {"https://me:you@a", false, false, "user's name"}, {"https://a b", false, false, "no URL has"}, {"https://a/\\u0000", false, false, "no URL has"},
        {"https://a/\xC3\xA9", false, false, "no URL has"}, {"https://a/\\\"", false, false, "no URL has"}, {"not_a_url", false, false, "must be a URL"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int plain = 0; plain < 2; plain++) {
            char room[256];
            struct fault f;
            struct dss_call c;
            snprintf(room, sizeof room, "\"uss_base_url\":\"%s\"", rows[i].url);
            arena_reset(&kept);
            (void)ask_as("PUT", CONSTRAINT ID, edited(text_of(constraint), URL, room), &c, &f).code;
            c.plain_http = plain;
            f = (struct fault){0};
            bool good = plain ? rows[i].plain : rows[i].https;
            EXPECT(i, dss_decode(&decoder, &c, &q, &f), f, good ? RESULT_OK : RESULT_MALFORMED, "/uss_base_url", rows[i].says);
        }
    struct fault f;
    struct text longest = repeated("\"uss_base_url\":\"https://a/", "a", (LIMIT_DSS_URL - 10) / 2 + 1, "\"");
    char *room = arena_alloc(&kept, longest.size + 1, 1);
    memcpy(room, longest.at, longest.size);
    EXPECT(0, ask("PUT", CONSTRAINT ID, edited(text_of(constraint), URL, room), &f), f, RESULT_MALFORMED, "/uss_base_url", "at most 2048");
}

/* --- bodies as a whole --- */

static void bodies(void **state) {
    (void)state;
    static const struct { const char *body, *field, *says; } rows[] = {
        {"", "", "missing"}, {" ", "", ""}, {"[]", "", "JSON object"}, {"7", "", "JSON object"}, {"null", "", "JSON object"}, {"{", "", ""}, {"{}{}", "", ""}, {"{\"a\":1,\"a\":2}", "/a", "before"},
        {"{\"a\":NaN}", "", ""}, {"{\"a\":\"\xFF\"}", "", ""}, {"{\"a\":1e999}", "/a", ""}, {"\xEF\xBB\xBF{}", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        result r = ask("PUT", INTENT ID, text_of(rows[i].body), &f);
        if (r.code == RESULT_RANGE) r.code = RESULT_MALFORMED;
        if (rows[i].says[0] == '\0') f.field[0] = '\0';
        EXPECT(i, r, f, RESULT_MALFORMED, rows[i].says[0] == '\0' ? "" : rows[i].field, rows[i].says);
    }
    struct fault f;
    char *room = malloc(LIMIT_BODY_BYTES + 1);
    memset(room, ' ', LIMIT_BODY_BYTES + 1);
    memcpy(room, intent, sizeof intent - 1);
    must_ask("PUT", INTENT ID, (struct text){room, LIMIT_BODY_BYTES});
    EXPECT(0, ask("PUT", INTENT ID, (struct text){room, LIMIT_BODY_BYTES + 1}, &f), f, RESULT_TOO_LARGE, "", "4194305 bytes; at most 4194304");
    EXPECT(0, ask("POST", INTENT "/query", (struct text){room, LIMIT_BODY_BYTES + 1}, &f), f, RESULT_TOO_LARGE, "", "at most 4194304");
    free(room);
    /* What has no body may have any. */
    must_ask("GET", INTENT ID, TEXT("{"));
    must_ask("DELETE", INTENT ID "/ovn", TEXT("\xFF"));
    must_ask("GET", AVAILABILITY "/x", (struct text){NULL, 0});
}

static void a_key_of_thousands(void **state) {
    (void)state;
    struct text ovns = repeated("{\"extents\":[" VOLUME "],\"state\":\"Accepted\"," URL ",\"key\":[", "\"9d158f59-80b7-4c11-9c0c-8a2b4d936b2d_________x\"", 80000, "]}");
    must_ask("PUT", INTENT ID, ovns);
    assert_true(q.key_count == 80000 && q.key[79999].size == 46 && q.key[0].at + 46 == q.key[1].at);
}

/* --- path, caller, routes --- */

static void paths(void **state) {
    (void)state;
    static const struct { const char *method, *path; enum result_code code; const char *field, *says; } rows[] = {
        {"GET", INTENT ID, RESULT_OK, "", ""},
        {"GET", INTENT "/A1B2C3D4-0123-4567-89AB-0123456789AB", RESULT_OK, "", ""},
        {"GET", INTENT "/a1b2c3d4-0123-4567-b9ab-01234567%38%39a%62", RESULT_OK, "", ""},
        {"GET", INTENT "/a1b2c3d4-0123-1567-89ab-0123456789ab", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-c9ab-0123456789ab", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-79ab-0123456789ab", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-89ab-0123456789a", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-89ab-0123456789abc", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-89ab-0123456789ag", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4001234567089ab00123456789ab0", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d40123456789ab0123456789ab", RESULT_MALFORMED, "id", "version 4"},
        {"GET", INTENT "/a1b2c3d4-0123-4567-89ab-0123456789%a", RESULT_MALFORMED, "id", "two hex digits must follow"},
        {"GET", INTENT "/%", RESULT_MALFORMED, "id", "two hex digits"}, {"GET", INTENT "/%zz", RESULT_MALFORMED, "id", "two hex digits"},
        {"GET", INTENT "/%ff", RESULT_MALFORMED, "id", "UTF-8"},
        {"GET", INTENT "/query", RESULT_MALFORMED, "id", "'query'"}, {"GET", INTENT "/", RESULT_MALFORMED, "id", "''"},
        {"PUT", SUBSCRIPTION "/x/y", RESULT_MALFORMED, "id", "'x'"},
        {"DELETE", INTENT ID "/", RESULT_MALFORMED, "version", "is missing"}, {"DELETE", CONSTRAINT ID "/", RESULT_MALFORMED, "version", "is missing"},
        {"DELETE", SUBSCRIPTION ID "/", RESULT_MALFORMED, "version", "is missing"}, {"DELETE", SUBSCRIPTION ID "/%C3", RESULT_MALFORMED, "version", "UTF-8"},
        {"DELETE", SUBSCRIPTION ID "/v", RESULT_OK, "", ""},
        {"GET", AVAILABILITY "/", RESULT_MALFORMED, "uss_id", "empty"}, {"GET", AVAILABILITY "/%80", RESULT_MALFORMED, "uss_id", "UTF-8"}, {"GET", AVAILABILITY "/x%20y", RESULT_OK, "", ""},
        {"GET", INTENT, RESULT_NOT_FOUND, "path", "none of this server's routes"}, {"GET", INTENT ID "/x", RESULT_NOT_FOUND, "path", ""}, {"DELETE", INTENT ID, RESULT_NOT_FOUND, "path", ""},
        {"POST", INTENT ID, RESULT_NOT_FOUND, "path", ""}, {"PATCH", INTENT ID, RESULT_NOT_FOUND, "path", ""}, {"put", INTENT ID, RESULT_NOT_FOUND, "path", ""}, {"GET", "", RESULT_NOT_FOUND, "path", ""},
        {"GET", "/", RESULT_NOT_FOUND, "path", ""}, {"DELETE", SUBSCRIPTION "//v", RESULT_NOT_FOUND, "path", ""}, {"DELETE", SUBSCRIPTION ID "/v/", RESULT_NOT_FOUND, "path", ""},
        {"POST", INTENT "/query/", RESULT_NOT_FOUND, "path", ""}, {"POST", REPORT "/", RESULT_NOT_FOUND, "path", ""}, {"GET", REPORT, RESULT_NOT_FOUND, "path", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        EXPECT(i, ask(rows[i].method, rows[i].path, (struct text){NULL, 0}, &f), f, rows[i].code, rows[i].field, rows[i].says);
    }
    struct fault f;
    char name[300] = AVAILABILITY "/";
    memset(name + strlen(name), 'x', LIMIT_DSS_NAME + 1);
    EXPECT(0, ask("GET", name, (struct text){NULL, 0}, &f), f, RESULT_MALFORMED, "uss_id", "257 bytes; at most 256");
}

static void callers(void **state) {
    (void)state;
    char room[LIMIT_DSS_URL + 1];
    memset(room, 'x', sizeof room);
    static const struct text empty = {NULL, 0};
    const struct { struct text subject, issuer, request; const char *field, *says; } rows[] = {
        {empty, TEXT("i"), TEXT("r"), "sub", "empty"}, {{room, LIMIT_DSS_NAME + 1}, TEXT("i"), TEXT("r"), "sub", "at most 256"}, {TEXT("\xC3"), TEXT("i"), TEXT("r"), "sub", "UTF-8"},
        {TEXT("s"), empty, TEXT("r"), "iss", "empty"}, {TEXT("s"), {room, LIMIT_DSS_URL + 1}, TEXT("r"), "iss", "at most 2048"}, {TEXT("s"), TEXT("i"), {room, LIMIT_DSS_NAME + 1}, "request", "at most 256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dss_call c;
        struct fault f;
        must(ask_as("GET", INTENT ID, empty, &c, &f), &f);
        c.subject = rows[i].subject, c.issuer = rows[i].issuer, c.request = rows[i].request;
        EXPECT(i, dss_decode(&decoder, &c, &q, &f), f, RESULT_MALFORMED, rows[i].field, rows[i].says);
    }
}

/* The table, once more, written from the documents: who may call what. */
static void routes(void **state) {
    (void)state;
    enum { SC = 1, CM = 2, CW = 4, CR = 8, AV = 16, R1 = 32, W1 = 64, R2 = 128, W2 = 256 };
#define A1 "/v1/dss/identification_service_areas"
#define S1 "/v1/dss/subscriptions"
#define A2 "/rid/v2/dss/identification_service_areas"
#define S2 "/rid/v2/dss/subscriptions"
    static const struct { const char *method, *path; uint32_t scopes; bool versioned, writes; } rows[] = {
        {"POST", INTENT "/query", SC | CM, 0, 0}, {"GET", INTENT "/i", SC | CM, 0, 0}, {"PUT", INTENT "/i", SC | CM, 0, 1}, {"PUT", INTENT "/i/v", SC | CM, 1, 1}, {"DELETE", INTENT "/i/v", SC | CM, 1, 1},
        {"POST", CONSTRAINT "/query", CW | CR, 0, 0}, {"GET", CONSTRAINT "/i", CW | CR, 0, 0}, {"PUT", CONSTRAINT "/i", CW, 0, 1}, {"PUT", CONSTRAINT "/i/v", CW, 1, 1}, {"DELETE", CONSTRAINT "/i/v", CW, 1, 1},
        {"POST", SUBSCRIPTION "/query", SC | CR, 0, 0}, {"GET", SUBSCRIPTION "/i", SC | CR, 0, 0}, {"PUT", SUBSCRIPTION "/i", SC | CR, 0, 1}, {"PUT", SUBSCRIPTION "/i/v", SC | CR, 1, 1},
        {"DELETE", SUBSCRIPTION "/i/v", SC | CR, 1, 1}, {"POST", REPORT, SC | CM | CW | CR | AV, 0, 1}, {"GET", AVAILABILITY "/i", AV | SC | CM, 0, 0}, {"PUT", AVAILABILITY "/i", AV, 0, 1},
        {"GET", "/uss/v1/constraints/i", CR, 0, 0}, {"GET", "/uss/v1/operational_intents/i", SC, 0, 0}, {"GET", "/uss/v1/operational_intents/i/telemetry", CM, 0, 0},
        {"GET", A1, R1, 0, 0}, {"GET", A1 "/i", R1, 0, 0}, {"PUT", A1 "/i", W1, 0, 1}, {"PUT", A1 "/i/v", W1, 1, 1}, {"DELETE", A1 "/i/v", W1, 1, 1},
        {"GET", S1, R1, 0, 0}, {"GET", S1 "/i", R1 | W1, 0, 0}, {"PUT", S1 "/i", R1, 0, 1}, {"PUT", S1 "/i/v", R1, 1, 1}, {"DELETE", S1 "/i/v", R1, 1, 1},
        {"GET", A2, R2, 0, 0}, {"GET", A2 "/i", R2 | W2, 0, 0}, {"PUT", A2 "/i", W2, 0, 1}, {"PUT", A2 "/i/v", W2, 1, 1}, {"DELETE", A2 "/i/v", W2, 1, 1},
        {"GET", S2, R2, 0, 0}, {"GET", S2 "/i", R2 | W2, 0, 0}, {"PUT", S2 "/i", R2, 0, 1}, {"PUT", S2 "/i/v", R2, 1, 1}, {"DELETE", S2 "/i/v", R2, 1, 1},
    };
    assert_int_equal(sizeof rows / sizeof *rows, dss_routes_count);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text segments[2];
        const struct dss_route *r = dss_route_find(text_of(rows[i].method), text_of(rows[i].path), segments);
        if (r != &dss_routes_all[i]) fail_msg("%s %s is row %td of the table", rows[i].method, rows[i].path, r == NULL ? -1 : r - dss_routes_all);
        assert_int_equal(r->scopes, rows[i].scopes);
        assert_int_equal(r->manages, strncmp(rows[i].path, "/uss/", 5) != 0 ? DSS_MANAGES_NOT : strstr(rows[i].path, "telemetry") ? DSS_TELEMETRY : DSS_DETAILS);
        assert_true(r->versioned == rows[i].versioned && dss_route_writes(r) == rows[i].writes);
        assert_true(!r->versioned || text_is(segments[1], "v"));
    }
    static const char *const words[] = {"utm.strategic_coordination", "utm.conformance_monitoring_sa", "utm.constraint_management", "utm.constraint_processing", "utm.availability_arbitration",
        "dss.read.identification_service_areas", "dss.write.identification_service_areas", "rid.display_provider", "rid.service_provider"};
    for (uint32_t i = 0; i < 9; i++) {
        char room[64], wanted[64];
        struct append a = append_fixed(room, sizeof room);
        dss_scopes_render(1u << i, &a);
        snprintf(wanted, sizeof wanted, "[\"%s\"]", words[i]);
        assert_true(text_is(append_view(&a), wanted));
        assert_int_equal(dss_scope_read(text_of(words[i])), 1u << i);
    }
    assert_int_equal(dss_scope_read(TEXT("utm.strategic_coordination ")), 0);
}

/* --- parts of a record, and back --- */

static void parts_give_the_same_request(void **state) {
    (void)state;
    static const char deep[] = "{" URL ",\"extents\":[" VOLUME "],\"x\":";
    struct { const char *method, *path; struct text body; } rows[] = {
        {"PUT", INTENT ID, text_of(intent)}, {"PUT", INTENT ID "/", text_of(intent)}, {"PUT", INTENT ID "/a%2f%22%5C%01%e2%80%ae", text_of(intent)},
        {"PUT", CONSTRAINT "/A1B2C3D4-0123-4567-89AB-0123456789ab", edited(text_of(constraint), POLYGON, CIRCLE)}, {"PUT", SUBSCRIPTION ID, text_of(subscription)},
        {"PUT", AVAILABILITY "/\"q\"\x7F\xE2\x80\xAE", text_of(availability)}, {"POST", REPORT, text_of(report)}, {"DELETE", INTENT ID "/ovn", TEXT("\xFF not JSON")}, {"DELETE", SUBSCRIPTION ID "/v", {NULL, 0}},
        {"PUT", CONSTRAINT ID, edited(edited(text_of(constraint), "{", "\r\n\t {\"body\":{\"}\":\"\\\"{\"},\"sub\":\",\\\"body\\\":\","), "7.4", "74e-1")},
        {"PUT", CONSTRAINT ID, {NULL, 0}},
    };
    struct append a = append_growing(1 << 20); /* as deep as any body may be */
    append_str(&a, deep);
    for (int i = 0; i < 31; i++) append_char(&a, '[');
    for (int i = 0; i < 31; i++) append_char(&a, ']');
    append_str(&a, "} \n");
    rows[sizeof rows / sizeof *rows - 1].body = append_view(&a);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dss_call c;
        struct fault f;
        struct part parts[3];
        must(ask_as(rows[i].method, rows[i].path, rows[i].body, &c, &f), &f);
        c.subject = TEXT("u\"s\\s\n\x01\xE2\x80\xAE"), c.plain_http = i % 2, c.scopes = 1u << i % 9 | 64, c.entropy[0] = (uint8_t)i;
        must(dss_decode(&decoder, &c, &q, &f), &f);
        must(dss_parts(&arena, &c, parts, &f), &f);
        parts[2] = (struct part){.part_class = PART_OUTCOME, .name = TEXT("outcome"), .bytes = TEXT("{}")};
        must(decode_parts(&decoder, parts, 3, true, &last, &f), &f);
        assert_true(last.kind == KIND_DSS && last.origin == ORIGIN_ATTESTED && last.section_count == 0 && !last.has_on && last.attested.at[0] == '\0');
        if (!dss_same(&q, last.dss)) fail_msg("row %zu: another request", i);
        assert_true(parts[0].part_class == PART_REQUEST && text_is(parts[0].name, "request") && parts[1].part_class == PART_CLAIMS && text_is(parts[1].name, "claims"));
        struct hash first = last.hash;
        c.entropy[31] ^= 1;
        must(dss_parts(&arena, &c, parts, &f), &f);
        must(decode_parts(&decoder, parts, 2, false, &last, &f), &f);
        assert_true(!hash_equal(&first, &last.hash));
    }
    append_free(&a);
}

/* Bytes as FORMAT.md has them, and the identity that follows from them. */
static void parts_as_bytes(void **state) {
    (void)state;
    struct dss_call c;
    struct fault f;
    struct part parts[2];
    must(ask_as("PUT", AVAILABILITY "/a%20b", text_of(" {\"availability\":\"Down\"}\n"), &c, &f), &f);
    must(dss_parts(&arena, &c, parts, &f), &f);
    assert_true(text_is(parts[0].bytes, "{\"door\":\"f3548\",\"method\":\"PUT\",\"path\":\"/dss/v1/uss_availability/a%20b\",\"body\": {\"availability\":\"Down\"}\n}"));
    assert_true(text_is(parts[1].bytes, "{\"sub\":\"uss-1\",\"iss\":\"https://auth.example\",\"scopes\":[\"utm.strategic_coordination\",\"utm.constraint_processing\"],\"plain_http\":false,"
                                        "\"request\":\"r-1\",\"entropy\":\"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\"}"));
    must(decode_parts(&decoder, parts, 2, true, &last, &f), &f);
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "parley/dss/1\n", 13);
    sha256_update(&s, decoder.log.bytes, SHA256_SIZE);
    sha256_update(&s, c.entropy, DSS_ENTROPY);
    struct hash h = sha256_final(&s);
    assert_true(hash_equal(&h, &last.hash));
    must(ask_as("DELETE", INTENT ID "/o", TEXT("{}"), &c, &f), &f);
    must(dss_parts(&arena, &c, parts, &f), &f);
    assert_true(text_is(parts[0].bytes, "{\"door\":\"f3548\",\"method\":\"DELETE\",\"path\":\"" INTENT ID "/o\",\"body\":null}"));
    c.method = TEXT("GET"), c.path = TEXT(INTENT ID);
    EXPECT(0, dss_parts(&arena, &c, parts, &f), f, RESULT_NOT_FOUND, "path", "is no write");
    c.path = TEXT("/x");
    EXPECT(1, dss_parts(&arena, &c, parts, &f), f, RESULT_NOT_FOUND, "path", "is no write");
    struct arena full;
    arena_growing(&full, 16);
    c.method = TEXT("PUT"), c.path = TEXT(CONSTRAINT ID);
    EXPECT(2, dss_parts(&full, &c, parts, &f), f, RESULT_FULL, "", "no memory");
    arena_free(&full);
}

static void parts_that_are_not_ours(void **state) {
    (void)state;
    static const char request[] = "{\"door\":\"f3548\",\"method\":\"DELETE\",\"path\":\"" INTENT ID "/o\",\"body\":null}";
    static const char claims[] = "{\"sub\":\"s\",\"iss\":\"i\",\"scopes\":[],\"plain_http\":true,\"request\":\"\",\"entropy\":\"" SPOKEN_KEY "\"}";
    static const struct { int which; struct row row; } rows[] = {
        {0, {"", "", RESULT_OK, "", ""}},
        {0, {",\"body\":null", "", RESULT_MALFORMED, "/request/body", "missing"}},
        {0, {"\"body\":null}", "\"body\":{\"a\":[1", RESULT_MALFORMED, "/request/body", "must be the last member"}},
        {0, {"\"body\":null", "\"body\": null ", RESULT_OK, "", ""}},
        {0, {"\"body\":null", "\"body\":null,\"x\":1", RESULT_MALFORMED, "/request/body", "must be the last member"}},
        {0, {"\"body\":null}", "\"body\":null]", RESULT_MALFORMED, "/request/body", "must be the last member"}},
        {0, {",\"body\":null", ", \"body\":null", RESULT_MALFORMED, "/request/body", "last member"}},
        {0, {"\"body\":null", "\"body\" :null", RESULT_MALFORMED, "/request/body", "last member"}},
        {0, {"{\"door\":\"f3548\",\"method\":\"DELETE\",\"path\":\"" INTENT ID "/o\",\"body\":null}", "{\"body\":7}", RESULT_MALFORMED, "/request/body", "last member"}},
        {0, {"\"door\":\"f3548\",", "", RESULT_MALFORMED, "/request/door", "missing"}},
        {0, {"\"f3548\"", "\"f3549\"", RESULT_MALFORMED, "/request/door", "must be f3548, f3411-19 or f3411-22a"}},
        {0, {"\"f3548\"", "\"f3411-19\"", RESULT_MALFORMED, "/request", "no write at the door 'f3411-19'"}},
        {0, {"\"f3548\"", "\"f3548\",\"x\":1", RESULT_MALFORMED, "/request/x", "unknown"}},
        {0, {"\"f3548\"", "f3548", RESULT_MALFORMED, "/request/door", "JSON value"}},
        {0, {"\"DELETE\"", "7", RESULT_MALFORMED, "/request/method", "string"}},
        {0, {"\"DELETE\"", "\"DELETEDELETEDELETE\"", RESULT_TOO_LARGE, "/request/method", "at most 16"}},
        {0, {"\"path\":", "\"path\":7,\"x\":", RESULT_MALFORMED, "/request/x", "unknown"}},
        {0, {"\"path\":\"" INTENT ID "/o\",", "", RESULT_MALFORMED, "/request/path", "missing"}},
        {0, {INTENT ID "/o", "/x", RESULT_NOT_FOUND, "path", "none of this server's"}},
        {0, {ID, "/7", RESULT_MALFORMED, "id", "version 4"}},
        {0, {"\"DELETE\",\"path\":\"" INTENT ID "/o", "\"GET\",\"path\":\"" INTENT ID, RESULT_MALFORMED, "/request", "no write"}},
        {1, {"\"sub\":\"s\"", "\"sub\":\"\"", RESULT_RANGE, "/claims/sub", "empty"}},
        {1, {"\"sub\":\"s\"", "\"sub\":7", RESULT_MALFORMED, "/claims/sub", "string"}},
        {1, {"\"sub\":\"s\"", "\"sub\":\"s\",\"party\":\"aramoor\"", RESULT_MALFORMED, "/claims/party", "unknown"}},
        {1, {"\"iss\":\"i\",", "", RESULT_MALFORMED, "/claims/iss", "missing"}},
        {1, {"\"scopes\":[]", "\"scopes\":{}", RESULT_MALFORMED, "/claims/scopes", "array"}},
        {1, {"\"scopes\":[]", "\"scopes\":[\"rid.display_provider\",\"x\"]", RESULT_MALFORMED, "/claims/scopes/1", "no scope"}},
        {1, {"\"scopes\":[]", "\"scopes\":[7]", RESULT_MALFORMED, "/claims/scopes/0", "no scope"}},
        {1, {"true", "1", RESULT_MALFORMED, "/claims/plain_http", "true or false"}},
        {1, {"\"request\":\"\",", "", RESULT_MALFORMED, "/claims/request", "missing"}},
        {1, {"\"entropy\":\"", "\"entropy\":\"0", RESULT_MALFORMED, "/claims/entropy", "64 lower-case hex digits"}},
        {1, {"{\"sub\":\"s\"", "{\"sub\":\"s\",", RESULT_MALFORMED, "/claims/sub", "a member's name"}},
        {1, {"\"sub\":\"s\",", "", RESULT_MALFORMED, "/claims/iss", "unknown"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f = {0};
        arena_reset(&arena);
        struct part parts[] = {
            {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = rows[i].which == 0 ? edited(text_of(request), rows[i].row.from, rows[i].row.to) : text_of(request)},
            {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = rows[i].which == 1 ? edited(text_of(claims), rows[i].row.from, rows[i].row.to) : text_of(claims)},
        };
        EXPECT(i, decode_parts(&decoder, parts, 2, true, &last, &f), f, rows[i].row.code, rows[i].row.field, rows[i].row.says);
    }
    /* A party's own plain statement is none, whatever it says. */
    struct fault f = {0};
    struct part parts[] = {{.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request)},
                           {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":\"{\\\"sub\\\":\"}")},
                           {.part_class = PART_SECTION, .name = TEXT("body"), .bytes = TEXT("{}")}};
    EXPECT(0, decode_parts(&decoder, parts, 2, true, &last, &f), f, RESULT_MALFORMED, "/statement/door", "unknown");
    parts[1].bytes = text_of(claims);
    EXPECT(1, decode_parts(&decoder, parts, 3, true, &last, &f), f, RESULT_MALFORMED, "/parts", "a call and its token's claims");
}

/* What is reckoned ahead for a step is what it would reckon itself. */
static void grounds_are_those_of_the_shapes(void **state) {
    (void)state;
    static const char other[] = "{" SPACE("\"outline_circle\":{\"center\":" AT("-3.5", "179.9999") ",\"radius\":{\"value\":9000,\"units\":\"M\"}}") "," SPAN "}";
    arena_reset(&kept);
    struct append body = append_growing(4096);
    append_format(&body, "{\"extents\":[%s,%s,%s],\"state\":\"Accepted\"," URL ",\"key\":[]}", VOLUME, other, "{" SPACE(CIRCLE) "," SPAN "}");
    must_ask("PUT", INTENT ID, append_view(&body));
    assert_int_equal(q.extent.count, 3);
    for (uint32_t i = 0; i < q.extent.count; i++) {
        struct volume v = {.shape = q.extent.shapes[i], .lower = {0, ALTITUDE_W84}, .upper = {0, ALTITUDE_W84}};
        struct box b;
        box_of_volume(&v, &altitude_offsets_default, 0, 0, 0, 0, &b);
        for (int k = 0; k < 3; k++) assert_true(q.extent.grounds[i].low[k] == b.low[k] && q.extent.grounds[i].high[k] == b.high[k]);
    }
    append_free(&body);
    must_ask("PUT", AVAILABILITY "/uss-1", text_of(availability));
    assert_null(q.extent.grounds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes), cmocka_unit_test(paths), cmocka_unit_test(callers), cmocka_unit_test(bodies), cmocka_unit_test(intents), cmocka_unit_test(what_an_intent_becomes),
        cmocka_unit_test(volumes_in_every_door), cmocka_unit_test(areas_at_the_limit), cmocka_unit_test(long_edges_are_cut), cmocka_unit_test(bounds_are_rounded_outward), cmocka_unit_test(volumes_are_merged),
        cmocka_unit_test(constraints_and_subscriptions), cmocka_unit_test(availability_and_reports), cmocka_unit_test(base_urls), cmocka_unit_test(a_key_of_thousands),
        cmocka_unit_test(parts_give_the_same_request), cmocka_unit_test(parts_as_bytes), cmocka_unit_test(parts_that_are_not_ours), cmocka_unit_test(grounds_are_those_of_the_shapes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_decode", tests, decoding_start, decoding_end);
}
