/* F3411: bodies, query strings and versions of both interfaces, a row for each rule. */
#include "core/dss.h"

#include "decoding.h"

#define ISA1 "/v1/dss/identification_service_areas"
#define SUB1 "/v1/dss/subscriptions"
#define ISA2 "/rid/v2/dss/identification_service_areas"
#define SUB2 "/rid/v2/dss/subscriptions"
#define ID "/03e5572a-f733-49af-bc14-8a18bd53ee39"
#define AREA "47,8,47.1,8,47.1,8.1"

static struct dss_request got;

static result decode_as(const char *method, const char *path, const char *query, struct text body, bool plain_http, struct fault *f) {
    struct dss_call c = {.method = text_of(method), .path = text_of(path), .query = text_of(query), .body = body, .subject = TEXT("uss1"), .issuer = TEXT("https://auth.example"),
                         .scopes = DSS_SCOPE_RID_READ, .plain_http = plain_http};
    memset(c.entropy, 7, sizeof c.entropy);
    arena_reset(&arena);
    memset(f, 0, sizeof *f);
    return dss_decode(&decoder, &c, &got, f);
}

/* ---- queries ---- */
static void queries(void **unused) {
    (void)unused;
    static const struct { const char *path, *query; enum result_code code; const char *field, *says; } table[] = {
        {ISA1, "area=" AREA, RESULT_OK, "", ""},
        {ISA2, "area=" AREA "&earliest_time=2026-11-29T10:00:00Z&latest_time=2026-11-29T12:00:00.5%2B01:00", RESULT_OK, "", ""},
        {ISA2, "other=1&area=" AREA "&earliest_time=2026-11-29T10:00:00.1234567890123+01:00", RESULT_OK, "", ""},
        {SUB1, "area=" AREA, RESULT_OK, "", ""}, {SUB2, "area=" AREA "&earliest_time=nonsense", RESULT_OK, "", ""},
        {ISA1, "area=47,%208,+47.1+,8,%2047.1%20,8.1", RESULT_OK, "", ""}, {ISA1, "area=47.,8e0,.471e2,8,47.1,81E-1", RESULT_OK, "", ""},
        {ISA1, "area=-47,-8,-47.1,-8,-47.1,-8.1", RESULT_OK, "", ""},
        {ISA1, "", RESULT_MALFORMED, "area", "missing"}, {SUB1, "area", RESULT_MALFORMED, "area", "missing"}, {ISA2, "area=", RESULT_MALFORMED, "area", "missing"},
        {ISA2, "area=%20", RESULT_MALFORMED, "area", "missing"}, {ISA1, "areas=" AREA, RESULT_MALFORMED, "area", "missing"},
        {ISA1, "area=" AREA "&area=" AREA, RESULT_MALFORMED, "area", "twice"}, {ISA1, "area=47,8,47.1,8%2", RESULT_MALFORMED, "area", "hex"},
        {ISA1, "area=47,8,47.1,8", RESULT_MALFORMED, "area", "3"}, {ISA1, "area=47,8,47.1,8,47.1", RESULT_MALFORMED, "area", "5 numbers"},
        {ISA1, "area=47,8,47.1,8,47.1,", RESULT_MALFORMED, "area", "not a number"}, {ISA1, "area=47,8,47.1,8,47.1,8.1,", RESULT_MALFORMED, "area", "not a number"},
        {ISA1, "area=47,8,47.1,8,47.1,x", RESULT_MALFORMED, "area", "not a number"}, {ISA1, "area=47,8,47.1,8,47.1,NaN", RESULT_MALFORMED, "area", "not a number"},
        {ISA1, "area=47,8,47.1,8,47.1,.", RESULT_MALFORMED, "area", "not a number"}, {ISA1, "area=47,8,47.1,8,47.1,-", RESULT_MALFORMED, "area", "not a number"},
        {ISA1, "area=47,8,47.1,8,47.1,1e", RESULT_MALFORMED, "area", "not a number"}, {ISA1, "area=47,8,47.1,8,47.1,1e+", RESULT_MALFORMED, "area", "not a number"},
        {ISA1, "area=47,8,47.1,8,47.1,0x8", RESULT_MALFORMED, "area", "not a number"}, {ISA1, "area=47,8,47.1,8,47.1,8%201", RESULT_MALFORMED, "area", "not a number"},
        {ISA1, "area=91,8,47.1,8,47.1,8.1", RESULT_RANGE, "area", "90"}, {ISA1, "area=47,181,47.1,8,47.1,8.1", RESULT_RANGE, "area", "180"},
        {ISA1, "area=47,8,47.1,8,1e300,8.1", RESULT_RANGE, "area", "90"},
        {ISA1, "area=47,8,47.1,8,47.1,8.1,47,8", RESULT_MALFORMED, "area", "repeats"}, {ISA1, "area=47,8,47,8,47.1,8.1", RESULT_MALFORMED, "area", "repeats"},
        {ISA1, "area=47,8,47.1,8.1,47,8.1,47.1,8", RESULT_MALFORMED, "area", "crosses"},
        {ISA1, "area=47,8,48,8,48,9,47,9", RESULT_TOO_LARGE, "area", "2500"}, {SUB1, "area=47,8,48,8,48,9,47,9", RESULT_TOO_LARGE, "area", "2500"},
        {SUB2, "area=47,8,48,8,48,9,47,9", RESULT_TOO_LARGE, "area", "2500"},
        {ISA1, "area=47,8,47.45,8,47.45,8.6,47,8.6", RESULT_OK, "", ""}, /* 2,270 km2 */
        {ISA1, "area=47,8,47.5,8,48,8", RESULT_OK, "", ""}, {ISA1, "area=0,8,0,9,0,10,0,8.5", RESULT_OK, "", ""}, /* lines */
        {ISA1, "area=" AREA "&earliest_time=", RESULT_MALFORMED, "earliest_time", "RFC 3339"}, {ISA1, "area=" AREA "&earliest_time=soon", RESULT_MALFORMED, "earliest_time", "RFC 3339"},
        {ISA2, "area=" AREA "&latest_time=2026-13-29T10:00:00Z", RESULT_RANGE, "latest_time", "month"}, {ISA2, "area=" AREA "&latest_time=2026-11-29T10:00:00", RESULT_MALFORMED, "latest_time", "RFC 3339"},
        {ISA2, "area=" AREA "&latest_time=2026-11-29T10:00:00%20", RESULT_MALFORMED, "latest_time", "ends in Z"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fault f;
        result r = decode_as("GET", table[i].path, table[i].query, (struct text){NULL, 0}, false, &f);
        EXPECT(i, r, f, table[i].code, table[i].field, table[i].says);
        if (r.code == RESULT_OK) assert_true(got.has_extent && got.extent.count == 1 && !got.extent.has_start && !got.extent.has_end);
    }
    char query[32 * 1024] = "area=";
    for (int n = 1000; n <= 1001; n++) { /* a comb of so many vertices, on a circle */
        struct append a = append_fixed(query + 5, sizeof query - 6);
        for (int i = 0; i < n; i++) append_format(&a, "%s%d.%06d,%d.0", i ? "," : "", 10, i < n / 2 ? i * 10 : (n - i) * 10 + 5, i < n / 2 ? 8 : 9);
        query[5 + a.size] = '\0';
        struct fault f;
        result r = decode_as("GET", ISA1, query, (struct text){NULL, 0}, false, &f);
        assert_int_equal(r.code, n == 1000 ? RESULT_OK : RESULT_RANGE);
    }
}

/* What was asked for stands in the request. */
static void query_values(void **unused) {
    (void)unused;
    struct fault f;
    must(decode_as("GET", ISA2, "area=47.00000001, 8 ,47.1,8,47.1,8.25&earliest_time=2026-11-29T11:00:00.1234567891%2b01:00&latest_time=2026-11-29T10:00:01z", (struct text){NULL, 0}, false, &f), &f);
    assert_int_equal(got.extent.shapes->kind, SHAPE_POLYGON);
    assert_int_equal(got.extent.shapes->at[0].lat, 470000000);
    assert_int_equal(got.extent.shapes->at[2].lon, 82500000);
    instant t;
    must(instant_parse(TEXT("2026-11-29T10:00:00.123456789Z"), &t, &f), &f);
    assert_true(got.has_earliest && got.has_latest && got.earliest == t);
    must(instant_parse(TEXT("2026-11-29T10:00:01Z"), &t, &f), &f);
    assert_int_equal(got.latest, t);
    must(decode_as("GET", SUB1, "area=47,8,47.5,8,48,8", (struct text){NULL, 0}, false, &f), &f);
    assert_int_equal(got.extent.shapes->kind, SHAPE_CORRIDOR);
    assert_in_range(got.extent.shapes->reach_cm, 1, 30000);
}

/* ---- bodies: a good one, in which one piece is exchanged ---- */
static const char isa1[] = "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]},"
                           "\"altitude_lo\":20.5,\"altitude_hi\":400},\"time_start\":\"2026-11-29T10:00:00Z\",\"time_end\":\"2026-11-29T11:00:00.25+00:30\"},"
                           "\"flights_url\":\"https://uss.example/flights\",\"unknown\":[1,{\"x\":null}]}";
static const char sub1[] = "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]}}},"
                           "\"callbacks\":{\"identification_service_area_url\":\"https://uss.example/identification_service_areas\"}}";
static const char isa2[] = "{\"extents\":{\"volume\":{\"outline_polygon\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]},"
                           "\"altitude_lower\":{\"value\":400,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":20,\"reference\":\"W84\",\"units\":\"M\"}},"
                           "\"time_start\":{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"RFC3339\"},\"time_end\":{\"value\":\"2026-11-29T11:00:00Z\",\"format\":\"RFC3339\"}},"
                           "\"uss_base_url\":\"https://uss.example/rid\"}";
static const char sub2[] = "{\"extents\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":90,\"lng\":8},\"radius\":{\"value\":300.183,\"units\":\"M\"}}}},"
                           "\"uss_base_url\":\"http://uss.example:8080/rid\"}";
#define SQUARE "\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":48,\"lng\":8},{\"lat\":48,\"lng\":9},{\"lat\":47,\"lng\":9}]"
#define TRIANGLE "\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]"

static void bodies(void **unused) {
    (void)unused;
    enum { I1, S1, I2, S2 };
    static const struct { const char *put, *update, *body; } doors[] = {{ISA1 ID, ISA1 ID "/1", isa1}, {SUB1 ID, SUB1 ID "/1", sub1}, {ISA2 ID, ISA2 ID "/1", isa2}, {SUB2 ID, SUB2 ID "/1", sub2}};
    static const struct { int door; const char *from, *to; enum result_code code; const char *field, *says; } table[] = {
        {I1, "", "", RESULT_OK, "", ""}, {S1, "", "", RESULT_OK, "", ""}, {I2, "", "", RESULT_OK, "", ""}, {S2, "http://uss.example:8080", "https://uss.example", RESULT_OK, "", ""},
        /* times */
        {I1, "2026-11-29T10:00:00Z", "2026-11-29T10:00:00", RESULT_MALFORMED, "/extents/time_start", "RFC 3339"}, {I1, "\"2026-11-29T10:00:00Z\"", "null", RESULT_OK, "", ""},
        {I1, "\"2026-11-29T10:00:00Z\"", "17", RESULT_MALFORMED, "/extents/time_start", "string"}, {I1, "\"2026-11-29T10:00:00Z\"", "{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"RFC3339\"}", RESULT_MALFORMED, "/extents/time_start", "string"},
        {I1, "\"2026-11-29T11:00:00.25+00:30\"", "null", RESULT_MALFORMED, "/extents/time_end", "missing"}, {I1, "T11:00:00.25+00:30", "T11:00:00+01:30", RESULT_RANGE, "/extents/time_end", "before"},
        {I1, "11:00:00.25+00:30", "11:00:00.12345678901234567890Z", RESULT_OK, "", ""},
        {I2, "\"RFC3339\"},\"time_end\"", "\"RFC 3339\"},\"time_end\"", RESULT_MALFORMED, "/extents/time_start/format", "RFC3339"}, {I2, ",\"format\":\"RFC3339\"},\"time_end\"", "},\"time_end\"", RESULT_MALFORMED, "/extents/time_start/format", "missing"},
        {I2, "\"value\":\"2026-11-29T10:00:00Z\",", "", RESULT_MALFORMED, "/extents/time_start/value", "missing"}, {I2, "{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"RFC3339\"}", "\"2026-11-29T10:00:00Z\"", RESULT_MALFORMED, "/extents/time_start", "object"},
        {I2, "{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"RFC3339\"}", "null", RESULT_OK, "", ""}, {I2, "{\"value\":\"2026-11-29T11:00:00Z\",\"format\":\"RFC3339\"}", "null", RESULT_MALFORMED, "/extents/time_end", "missing"},
        {I2, "2026-11-29T11:00", "2026-11-28T11:00", RESULT_RANGE, "/extents/time_end/value", "before"}, {I2, "2026-11-29T11:00:00Z", "2026-11-29", RESULT_MALFORMED, "/extents/time_end/value", "RFC 3339"},
        /* outlines */
        {I1, "\"lat\":47,", "\"lat\":47.2,", RESULT_OK, "", ""}, {I1, "{\"lat\":47,\"lng\":8},", "", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices", "at least 3"},
        {I1, "{\"lat\":47,\"lng\":8}", "{\"lat\":47.1,\"lng\":8}", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices/1", "repeats"}, {I1, "\"lat\":47,", "\"lat\":95,", RESULT_RANGE, "/extents/spatial_volume/footprint/vertices/0/lat", "90"},
        {I1, "\"lng\":8}", "\"lng\":-180.1}", RESULT_RANGE, "/extents/spatial_volume/footprint/vertices/0/lng", "180"}, {I1, "\"lat\":47,", "\"lat\":\"47\",", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices/0/lat", "number"},
        {I1, "\"lat\":47,", "", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices/0/lat", "missing"}, {I1, TRIANGLE, SQUARE, RESULT_RANGE, "/extents/spatial_volume/footprint/vertices", "2500"},
        {I1, "{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}", "{\"lat\":47.1,\"lng\":8.1},{\"lat\":47,\"lng\":8.1},{\"lat\":47.1,\"lng\":8}", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices/0", "crosses"},
        {I1, "{\"lat\":47.1,\"lng\":8.1}", "{\"lat\":47.2,\"lng\":8}", RESULT_OK, "", ""}, {I1, "\"vertices\"", "\"vertexes\"", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices", "missing"},
        {I1, "{" TRIANGLE "}", "null", RESULT_MALFORMED, "/extents/spatial_volume/footprint", "null"}, {I1, "\"footprint\"", "\"outline_circle\"", RESULT_MALFORMED, "/extents/spatial_volume/footprint", "missing"},
        {S1, "\"spatial_volume\"", "\"volume\"", RESULT_MALFORMED, "/extents/spatial_volume", "missing"}, {S1, "\"extents\"", "\"extent\"", RESULT_MALFORMED, "/extents", "missing"},
        {S1, "[{\"lat\":47,\"lng\":8}", "[null", RESULT_MALFORMED, "/extents/spatial_volume/footprint/vertices/0", "object"},
        {I2, "\"volume\"", "\"spatial_volume\"", RESULT_MALFORMED, "/extents/volume", "missing"}, {I2, "\"outline_polygon\"", "\"footprint\"", RESULT_MALFORMED, "/extents/volume", "neither"},
        {I2, "\"outline_polygon\"", "\"outline_circle\":{\"center\":{\"lat\":1,\"lng\":1},\"radius\":{\"value\":1,\"units\":\"M\"}},\"outline_polygon\"", RESULT_MALFORMED, "/extents/volume", "both"},
        {I2, "\"outline_polygon\"", "\"outline_circle\":null,\"outline_polygon\"", RESULT_OK, "", ""}, {I2, TRIANGLE, SQUARE, RESULT_RANGE, "/extents/volume/outline_polygon/vertices", "2500"},
        {S2, "300.183", "0", RESULT_RANGE, "/extents/volume/outline_circle/radius/value", ""}, {S2, "300.183", "-1", RESULT_RANGE, "/extents/volume/outline_circle/radius/value", ""},
        {S2, "\"units\":\"M\"", "\"units\":\"FT\"", RESULT_MALFORMED, "/extents/volume/outline_circle/radius/units", "M"}, {S2, "\"lat\":90", "\"lat\":90.5", RESULT_RANGE, "/extents/volume/outline_circle/center/lat", "90"},
        {S2, "\"center\"", "\"centre\"", RESULT_MALFORMED, "/extents/volume/outline_circle/center", "missing"}, {S2, "\"radius\"", "\"reach\"", RESULT_MALFORMED, "/extents/volume/outline_circle/radius", "missing"},
        /* altitudes: checked, never compared */
        {I1, "20.5", "900", RESULT_OK, "", ""}, {I1, "20.5", "null", RESULT_OK, "", ""}, {I1, "20.5", "\"20\"", RESULT_MALFORMED, "/extents/spatial_volume/altitude_lo", "number"},
        {I1, "400", "{\"value\":400,\"reference\":\"W84\",\"units\":\"M\"}", RESULT_MALFORMED, "/extents/spatial_volume/altitude_hi", "number"},
        {I2, "\"value\":400,\"reference\":\"W84\"", "\"value\":400,\"reference\":\"SFC\"", RESULT_MALFORMED, "/extents/volume/altitude_lower/reference", "W84"},
        {I2, "\"units\":\"M\"}},\"time_start\"", "\"units\":\"FT\"}},\"time_start\"", RESULT_MALFORMED, "/extents/volume/altitude_upper/units", "M"},
        {I2, "{\"value\":400,\"reference\":\"W84\",\"units\":\"M\"}", "400", RESULT_MALFORMED, "/extents/volume/altitude_lower", "object"}, {I2, "\"value\":400,", "", RESULT_MALFORMED, "/extents/volume/altitude_lower/value", "missing"},
        {I2, "{\"value\":400,\"reference\":\"W84\",\"units\":\"M\"}", "null", RESULT_OK, "", ""},
        /* URLs */
        {I1, "https://uss.example/flights", "http://uss.example/flights", RESULT_MALFORMED, "/flights_url", "https"}, {I1, "https://uss.example/flights", "uss.example", RESULT_MALFORMED, "/flights_url", "URL"},
        {I1, "\"flights_url\"", "\"uss_base_url\"", RESULT_MALFORMED, "/flights_url", "missing"}, {I1, "\"https://uss.example/flights\"", "null", RESULT_MALFORMED, "/flights_url", "null"},
        {I1, "https://uss.example/flights", "", RESULT_MALFORMED, "/flights_url", "URL"}, {S1, "\"callbacks\"", "\"uss_base_url\"", RESULT_MALFORMED, "/callbacks", "missing"},
        {S1, "\"identification_service_area_url\"", "\"url\"", RESULT_MALFORMED, "/callbacks/identification_service_area_url", "missing"}, {S1, "https://uss.example/", "http://uss.example/", RESULT_MALFORMED, "/callbacks/identification_service_area_url", "https"},
        {I2, "\"uss_base_url\"", "\"flights_url\"", RESULT_MALFORMED, "/uss_base_url", "missing"}, {S2, "", "", RESULT_MALFORMED, "/uss_base_url", "https"},
        /* the whole */
        {I1, "{\"extents\"", "{extents", RESULT_MALFORMED, "", ""}, {I2, "{\"extents\"", "[{\"extents\"", RESULT_MALFORMED, "", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fault f;
        struct text body = edited(text_of(doors[table[i].door].body), table[i].from, table[i].to);
        result r = decode_as("PUT", doors[table[i].door].put, "", body, false, &f);
        if (r.code != table[i].code || strstr(f.message, table[i].says) == NULL || (table[i].field[0] != '\0' && strcmp(f.field, table[i].field) != 0)) fail_msg("row %zu: %s at %s: %s", i, result_name(r.code), f.field, f.message);
        /* An update reads the same body; an area's end may be missing there. */
        enum result_code again = table[i].code == RESULT_MALFORMED && strcmp(table[i].field, "/extents/time_end") == 0 && strcmp(table[i].says, "missing") == 0 ? RESULT_OK : table[i].code;
        if ((r = decode_as("PUT", doors[table[i].door].update, "", body, false, &f)).code != again) fail_msg("row %zu, update: %s at %s: %s", i, result_name(r.code), f.field, f.message);
        assert_true(r.code != RESULT_OK || (got.has_version && text_is(got.version, "1")));
    }
    struct fault f;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(decode_as("PUT", doors[i].put, "", (struct text){NULL, 0}, false, &f).code, RESULT_MALFORMED);
        must(decode_as("PUT", doors[i].put, "", text_of(doors[i].body), true, &f), &f);
    }
}

/* What was sent stands in the request; URLs as they came. */
static void body_values(void **unused) {
    (void)unused;
    struct fault f;
    instant start, end;
    must(instant_parse(TEXT("2026-11-29T10:00:00Z"), &start, &f), &f);
    must(instant_parse(TEXT("2026-11-29T10:30:00.25Z"), &end, &f), &f);
    must(decode_as("PUT", ISA1 ID, "", text_of(isa1), false, &f), &f);
    assert_true(got.has_extent && got.extent.count == 1 && got.extent.has_start && got.extent.has_end && got.extent.start == start && got.extent.end == end);
    assert_true(text_is(got.base_url, "https://uss.example/flights") && text_is(got.manager, "uss1") && !got.has_version);
    assert_int_equal(got.id.bytes[0], 3);
    assert_true(got.extent.shapes->kind == SHAPE_POLYGON && got.extent.shapes->count == 3 && got.extent.shapes->at[2].lon == 81000000);
    must(decode_as("PUT", SUB1 "/03E5572A-F733-49AF-BC14-8A18BD53EE39", "", text_of(sub1), false, &f), &f);
    assert_true(!got.extent.has_start && !got.extent.has_end && text_is(got.base_url, "https://uss.example/identification_service_areas"));
    assert_int_equal(got.id.bytes[15], 0x39);
    must(decode_as("PUT", ISA2 ID "/7vvvvvvvvvvvv", "", text_of(isa2), false, &f), &f);
    assert_true(got.extent.start == start && got.has_version && text_is(got.version, "7vvvvvvvvvvvv") && text_is(got.base_url, "https://uss.example/rid"));
    must(decode_as("PUT", SUB2 ID, "", text_of(sub2), true, &f), &f);
    assert_true(got.extent.shapes->kind == SHAPE_CIRCLE && got.extent.shapes->at->lat == 900000000);
    assert_in_range(got.extent.shapes->reach_cm, 30018, 30019);
    must(decode_as("PUT", SUB2 ID, "", edited(text_of(sub2), "300.183", "0.0001"), true, &f), &f);
    assert_int_equal(got.extent.shapes->reach_cm, 1);
    must(decode_as("PUT", SUB2 ID, "", edited(text_of(sub2), "300.183", "1.2e6"), true, &f), &f); /* circles have no limit */
    assert_int_equal(got.extent.shapes->reach_cm, 120000000);
}

/* ---- paths ---- */
static void paths(void **unused) {
    (void)unused;
    static const struct { const char *method, *path; enum result_code code; const char *field, *says; } table[] = {
        {"GET", ISA1 ID, RESULT_OK, "", ""}, {"GET", SUB2 ID, RESULT_OK, "", ""}, {"GET", ISA2 "/03E5572A-F733-49AF-BC14-8A18BD53EE39", RESULT_OK, "", ""},
        {"DELETE", ISA1 ID "/0", RESULT_OK, "", ""}, {"DELETE", SUB1 ID "/7vvvvvvvvvvvv", RESULT_OK, "", ""}, {"DELETE", SUB2 ID "/vvvvvvvvvvv", RESULT_OK, "", ""},
        {"DELETE", ISA1 ID "/", RESULT_MALFORMED, "version", ""}, {"DELETE", SUB2 ID "/", RESULT_MALFORMED, "version", ""}, {"PUT", ISA2 ID "/", RESULT_MALFORMED, "version", ""},
        {"DELETE", ISA2 ID "/8000000000000", RESULT_MALFORMED, "version", "base 32"}, {"DELETE", ISA2 ID "/aninvalidversionxx", RESULT_MALFORMED, "version", "base 32"},
        {"DELETE", SUB1 ID "/2ABC", RESULT_MALFORMED, "version", "base 32"}, {"PUT", SUB1 ID "/notaversionatallxx", RESULT_MALFORMED, "version", "base 32"}, {"DELETE", SUB1 ID "/wxyz", RESULT_MALFORMED, "version", "base 32"},
        {"GET", ISA1 "/03e5572a-f733-19af-bc14-8a18bd53ee39", RESULT_MALFORMED, "id", "version 4"}, {"GET", ISA1 "/03e5572a-f733-49af-bc14-8a18bd53ee3", RESULT_MALFORMED, "id", "UUID"},
        {"PUT", SUB2 "/not_uuid", RESULT_MALFORMED, "id", "UUID"}, {"GET", "/v2/dss/subscriptions" ID, RESULT_NOT_FOUND, "path", ""}, {"POST", ISA1 ID, RESULT_NOT_FOUND, "path", ""},
        {"DELETE", ISA1 ID, RESULT_NOT_FOUND, "path", ""}, {"GET", ISA1 ID "/1", RESULT_NOT_FOUND, "path", ""}, {"GET", "/v1/dss/operational_intents", RESULT_NOT_FOUND, "path", ""}, {"PATCH", ISA2 ID, RESULT_NOT_FOUND, "path", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fault f;
        result r = decode_as(table[i].method, table[i].path, "", text_of(isa1), false, &f);
        if (r.code != table[i].code || strstr(f.message, table[i].says) == NULL || (table[i].field[0] != '\0' && strcmp(f.field, table[i].field) != 0)) fail_msg("row %zu: %s at %s: %s", i, result_name(r.code), f.field, f.message);
    }
}

/* One scope suffices; which, differs by version, kind and verb. */
static void scopes(void **unused) {
    (void)unused;
    enum { R1 = DSS_SCOPE_RID_READ, W1 = DSS_SCOPE_RID_WRITE, R2 = DSS_SCOPE_RID_DISPLAY, W2 = DSS_SCOPE_RID_SERVICE };
    static const struct { const char *method, *path; uint32_t scopes; } table[] = {
        {"GET", ISA1, R1}, {"GET", ISA1 ID, R1}, {"PUT", ISA1 ID, W1}, {"PUT", ISA1 ID "/1", W1}, {"DELETE", ISA1 ID "/1", W1},
        {"GET", ISA2, R2}, {"GET", ISA2 ID, R2 | W2}, {"PUT", ISA2 ID, W2}, {"PUT", ISA2 ID "/1", W2}, {"DELETE", ISA2 ID "/1", W2},
        {"GET", SUB1, R1}, {"GET", SUB1 ID, R1 | W1}, {"PUT", SUB1 ID, R1}, {"PUT", SUB1 ID "/1", R1}, {"DELETE", SUB1 ID "/1", R1},
        {"GET", SUB2, R2}, {"GET", SUB2 ID, R2 | W2}, {"PUT", SUB2 ID, R2}, {"PUT", SUB2 ID "/1", R2}, {"DELETE", SUB2 ID "/1", R2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct text segments[2];
        const struct dss_route *r = dss_route_find(text_of(table[i].method), text_of(table[i].path), segments);
        if (r == NULL || r->scopes != table[i].scopes) fail_msg("row %zu", i);
        assert_int_equal(dss_route_writes(r), strcmp(table[i].method, "GET") != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries), cmocka_unit_test(query_values), cmocka_unit_test(bodies), cmocka_unit_test(body_values), cmocka_unit_test(paths), cmocka_unit_test(scopes),
    };
    (void)last;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_rid_decode", tests, decoding_start, decoding_end);
}
