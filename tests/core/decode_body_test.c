/* Bodies and sections of every kind, by the plain form, in which no hash stands before the schemas. */
#include "decoding.h"

#include "core/render.h"

/* --- bodies, by the plain form --- */

static result decode_plain_of(const char *statement, struct text section, struct fault *f) {
    struct part parts[3] = {
        {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(statement)},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":\"k 1\"}")},
        {.part_class = PART_SECTION, .bytes = section, .salt = {1}},
    };
    parts[2].name = memmem(section.at, section.size, "\"public\"", 8) != NULL ? TEXT("public")
                    : memmem(section.at, section.size, "\"own\"", 5) != NULL  ? TEXT("own")
                                                                                : TEXT("body");
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, parts, 3, true, &last, f);
}

static const char *request_of(enum statement_kind kind) {
    static char room[256];
    static const enum statement_kind named[] = {KIND_AGREEMENT_SUSPEND, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_LEAVE, KIND_AREA_END,
                                                KIND_NOTICE_ACTIVATE,   KIND_NOTICE_OVER,      KIND_NOTICE_CANCEL,   KIND_FLIGHT_ACTIVATE,
                                                KIND_FLIGHT_END,        KIND_FLIGHT_CANCEL,    KIND_FLIGHT_RELEASE};
    const char *on = "null";
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i] == kind) on = SPOKEN_ENTITY;
    snprintf(room, sizeof room, "{\"kind\":\"%s\",\"id\":\"00112233445566778899aabbccddeeff\",\"on\":%s}", statement_kind_name(kind), on);
    return room;
}

static struct text section_of(enum statement_kind kind, struct text body) {
    struct append a = append_growing(1 << 24);
    append_format(&a, "{\"section\":\"%s\",\"to\":[\"log\"],\"body\":", spoken_is_air(kind) ? "public" : "body");
    append_text(&a, body);
    append_char(&a, '}');
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

#define B "/sections/0/body"
/* 9,000 km over the antimeridian, 10.5 cm wide */
#define SPOKEN_RULE                                                                                                    \
    "{\"category\":\"default\",\"lead_s\":1,\"binds\":\"sequenced\",\"readback_s\":1,\"reaction_m\":1,\"reaction_height_m\":1,"       \
    "\"reaction_before_s\":1,\"reaction_after_s\":1,\"tail_s\":1}"
#define SPOKEN_CORRIDOR "\"corridor\":{\"path\":[{\"lat\":-10,\"lng\":140},{\"lat\":20,\"lng\":-150}],\"width_m\":0.105}"
static const struct {
    enum statement_kind kind;
    const char *from, *to;
    enum result_code code;
    const char *field, *says;
} body_rows[] = {
    /* every kind: an unknown member, and what is a body of another type */
    {KIND_MESSAGE, "{\"text\"", "{\"x\":1,\"text\"", RESULT_MALFORMED, B "/x", "unknown"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "{\"text\":7}", RESULT_MALFORMED, B "/text", "string"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "[]", RESULT_MALFORMED, B, "object"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "null", RESULT_MALFORMED, B, "null"},
    /* JSON */
    {KIND_NOTICE_OVER, "\"text\":\"OVER\"", "\"text\":\"a\",\"t\\u0065xt\":\"b\"", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_NOTICE_OVER, "\"text\":\"OVER\"", "\"text\":\"a\",\"text\":\"b\"", RESULT_MALFORMED, B "/text", "before"},
    {KIND_MESSAGE, "\"test\":true", "\"test\":1e400", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "\"test\":true", "\"test\":NaN", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\\ud800", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\xed\xa0\x80", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\xe2\x80\xae", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_ACK, "\"place\":17", "\"place\":9007199254740993", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_ACK, "\"place\":17", "\"place\":-0", RESULT_MALFORMED, "/sections/0", ""},
    /* settings */
    {KIND_SETTINGS, "\"immediate_s\":60", "\"immediate_s\":-1", RESULT_RANGE, B "/immediate_s", ""},
    {KIND_SETTINGS, "\"immediate_s\":60", "\"immediate_s\":31536001", RESULT_RANGE, B "/immediate_s", ""},
    {KIND_SETTINGS, "\"separation_m\":9260.5", "\"separation_m\":10000001", RESULT_RANGE, B "/separation_m", ""},
    {KIND_SETTINGS, "\"geoid_low_m\":-107", "\"geoid_low_m\":107", RESULT_RANGE, B "/offsets/geoid_low_m", "above"},
    {KIND_SETTINGS, "\"geoid_low_m\":-107,", "", RESULT_MALFORMED, B "/offsets/geoid_low_m", "missing"},
    /* party */
    {KIND_PARTY, "\"name\":\"aramoor\"", "\"name\":\"world\"", RESULT_MALFORMED, B "/name", "reader's word"},
    {KIND_PARTY, "\"name\":\"aramoor\"", "\"name\":\"Aramoor\"", RESULT_MALFORMED, B "/name", "a name"},
    {KIND_PARTY, "\"display\":\"Aramoor\"", "\"display\":\"\"", RESULT_RANGE, B "/display", "empty"},
    {KIND_PARTY, "Pacific/Auckland", "Pacific Auckland", RESULT_MALFORMED, B "/zone", "IANA"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[]", RESULT_RANGE, B "/desks", "at least one"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]", RESULT_TOO_LARGE, B "/desks", ""},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",\"a\"]", RESULT_MALFORMED, B "/desks/1", "twice"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",7]", RESULT_MALFORMED, B "/desks/1", "string"},
    {KIND_PARTY, "\"desks\"", "\"operator\":true,\"desks\"", RESULT_MALFORMED, B "/operator", "unknown"},
    /* keys */
    {KIND_KEY, "\"key\":\"desk-1\"", "\"key\":\"root\"", RESULT_MALFORMED, B "/key", "'root'"},
    {KIND_KEY, "\"public_key\":\"", "\"public_key\":\"0", RESULT_MALFORMED, B "/public_key", "hex"},
    {KIND_KEY_REVOKE, "2026-11-20T00:00:00Z", "1969-11-20T00:00:00Z", RESULT_RANGE, B "/suspect_from", "1970"},
    {KIND_KEY_REVOKE, "2026-11-20T00:00:00Z", "yesterday", RESULT_MALFORMED, B "/suspect_from", ""},
    {KIND_KEY_RECOVER, "\"new_root\"", "\"new_rot\"", RESULT_MALFORMED, B "/new_rot", "unknown"},
    /* agreement */
    {KIND_AGREEMENT, "\"version\":1", "\"version\":0", RESULT_RANGE, B "/version", ""},
    {KIND_AGREEMENT, "\"version\":1", "\"version\":1.5", RESULT_MALFORMED, B "/version", "whole"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"aramoor\"]", RESULT_RANGE, B "/parties", "at least 2"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"velland\",\"aramoor\"]", RESULT_MALFORMED, B "/parties/1", "ascend"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"velland\",\"velland\"]", RESULT_MALFORMED, B "/parties/1", "ascend"},
    {KIND_AGREEMENT, "\"until\":null", "\"until\":\"2026-11-23T00:00:00Z\"", RESULT_RANGE, B "/until", "after"},
    {KIND_AGREEMENT, "\"rules\":[{", "\"rules\":[],\"x\":[{", RESULT_MALFORMED, B "/x", "unknown"},
    {KIND_AGREEMENT, "\"readback\"", "\"signed\"", RESULT_MALFORMED, B "/rules/0/binds", "sequenced, delivered or readback"},
    {KIND_AGREEMENT, "\"lead_s\":3600", "\"lead_s\":-3600", RESULT_RANGE, B "/rules/0/lead_s", ""},
    {KIND_AGREEMENT, "\"rules\":[", "\"rules\":[" SPOKEN_RULE ",", RESULT_MALFORMED, B "/rules/1/category", "twice"},
    {KIND_AGREEMENT, "\"rules\":[", "\"rules\":[7,", RESULT_MALFORMED, B "/rules/0", "object"},
    {KIND_AGREEMENT_LEAVE, "{\"from\":\"2026-12-01T00:00:00Z\"}", "{}", RESULT_MALFORMED, B "/from", "missing"},
    {KIND_AGREEMENT_SUSPEND, "{", "{\"from\":\"2250-01-01T00:00:00Z\",", RESULT_RANGE, B "/from", "2199"},
    /* volumes */
    {KIND_NOTICE, "\"circle\"", "\"holes\":[],\"circle\"", RESULT_UNSUPPORTED, B "/volumes/0/holes", "not supported"},
    {KIND_NOTICE, "\"circle\"", "\"x\":[],\"circle\"", RESULT_MALFORMED, B "/volumes/0/x", "unknown"},
    {KIND_NOTICE, "\"circle\"", "\"polygon\":[],\"circle\"", RESULT_MALFORMED, B "/volumes/0", "exactly one"},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260},", "", RESULT_MALFORMED, B "/volumes/0", "exactly one"},
    {KIND_NOTICE, "\"lat\":-47.1", "\"lat\":-90.0000001", RESULT_RANGE, B "/volumes/0/circle/center/lat", ""},
    {KIND_NOTICE, "\"lng\":-126.2", "\"lng\":180.5", RESULT_RANGE, B "/volumes/0/circle/center/lng", ""},
    {KIND_NOTICE, "\"lat\":-47.1", "\"alt\":1,\"lat\":-47.1", RESULT_MALFORMED, B "/volumes/0/circle/center/alt", "unknown"},
    {KIND_NOTICE, "\"radius_m\":9260", "\"radius_m\":0", RESULT_RANGE, B "/volumes/0/circle/radius_m", ""},
    {KIND_NOTICE, "\"radius_m\":9260", "\"radius_m\":20000001", RESULT_RANGE, B "/volumes/0/circle/radius_m", ""},
    {KIND_NOTICE, "\"reference\":\"SFC\"", "\"reference\":\"MSL\"", RESULT_MALFORMED, B "/volumes/0/lower/reference", "W84, AMSL, FL or SFC"},
    {KIND_NOTICE, "\"reference\":\"SFC\",\"units\":\"M\"", "\"reference\":\"SFC\",\"units\":\"FL\"", RESULT_MALFORMED, B "/volumes/0/lower/units", "FL has units FL"},
    {KIND_NOTICE, "\"reference\":\"FL\",\"units\":\"FL\"", "\"reference\":\"FL\",\"units\":\"FT\"", RESULT_MALFORMED, B "/volumes/0/upper/units", "FL has units FL"},
    {KIND_NOTICE, "\"value\":0", "\"value\":-1", RESULT_RANGE, B "/volumes/0/lower/value", "0 m"},
    {KIND_NOTICE, "\"value\":245", "\"value\":400000", RESULT_RANGE, B "/volumes/0/upper/value", "1,000,000"},
    {KIND_NOTICE, "{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}", "\"UNL\"", RESULT_OK, "", ""},
    {KIND_NOTICE, "{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}", "\"unl\"", RESULT_MALFORMED, B "/volumes/0/upper", "UNL"},
    {KIND_NOTICE, "\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"", "\"value\":250,\"reference\":\"FL\",\"units\":\"FL\"", RESULT_RANGE, B "/volumes/0/upper", "below lower"},
    {KIND_NOTICE, "\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"", "\"value\":10000,\"reference\":\"AMSL\",\"units\":\"M\"", RESULT_RANGE, B "/volumes/0/upper",
     "7467.60 m FL must not be below lower, 10000.00 m AMSL"}, /* more than the air's pressure makes */
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2026-11-23T09:59:59.999Z", RESULT_RANGE, B "/volumes/0/end", "before start"},
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2026-11-23T10:00:00Z", RESULT_OK, "", ""},
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2200-11-23T10:00:00Z", RESULT_RANGE, B "/volumes/0/end", "2199"},
    {KIND_NOTICE, ",\"end\":\"2026-11-23T12:00:00.5Z\"", "", RESULT_MALFORMED, B "/volumes/0/end", "missing"},
    {KIND_AREA, "{\"lat\":-50,\"lng\":-170},", "{\"lat\":-50,\"lng\":170},", RESULT_MALFORMED, B "/volumes/0/polygon/1", "repeats"},
    {KIND_AREA, "{\"lat\":-50,\"lng\":-170},{\"lat\":-40,\"lng\":-170},", "", RESULT_RANGE, B "/volumes/0/polygon", "at least 3"},
    {KIND_AREA, "\"polygon\":[", "\"polygon\":[7,", RESULT_MALFORMED, B "/volumes/0/polygon/0", "object"},
    {KIND_AREA, "\"name\":\"Oceanic\"", "\"name\":\"\"", RESULT_RANGE, B "/name", "empty"},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}", SPOKEN_CORRIDOR, RESULT_OK, "", ""},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}", "\"corridor\":{\"path\":[],\"width_m\":1}", RESULT_RANGE, B "/volumes/0/corridor/path", "at least 1"},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}", "\"corridor\":{\"path\":[{\"lat\":1,\"lng\":2}]}", RESULT_MALFORMED, B "/volumes/0/corridor/width_m", "missing"},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}", "\"corridor\":{\"path\":[{\"lat\":1,\"lng\":2}],\"width_m\":1,\"x\":2}", RESULT_MALFORMED, B "/volumes/0/corridor/x", "unknown"},
    /* notice */
    {KIND_NOTICE, "\"category\":\"missile\",", "", RESULT_MALFORMED, B "/category", "missing"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"]", "[\"widened\",\"widened\"]", RESULT_MALFORMED, B "/marks/1", "twice"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"]", "[\"wide\"]", RESULT_MALFORMED, B "/marks/0", "no known mark"},
    {KIND_NOTICE, "\"volumes\":[" SPOKEN_VOLUME "]", "\"volumes\":[]", RESULT_RANGE, B "/volumes", "at least 1"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"],\"volumes\":[" SPOKEN_VOLUME "]", "[\"incomplete\"],\"volumes\":[]", RESULT_OK, "", ""},
    {KIND_NOTICE, "\"volumes\":[", "\"volumes\":[7,", RESULT_MALFORMED, B "/volumes/0", "object"},
    /* flight */
    {KIND_FLIGHT, "\"MRL12\"", "\"MRL 12\"", RESULT_MALFORMED, B "/callsign", "printable"},
    {KIND_FLIGHT, "\"C130\"", "\"12345678901234567\"", RESULT_MALFORMED, B "/aircraft_type", "1 to 16"},
    {KIND_FLIGHT, "\"c81234\"", "\"C81234\"", RESULT_MALFORMED, B "/icao24", "hex"},
    {KIND_FLIGHT, "\"c81234\"", "\"000000\"", RESULT_RANGE, B "/icao24", "nobody"},
    {KIND_FLIGHT, "\"priority\":50", "\"priority\":101", RESULT_RANGE, B "/priority", ""},
    {KIND_FLIGHT, "\"persons_on_board\":6", "\"persons_on_board\":0.5", RESULT_MALFORMED, B "/persons_on_board", "whole"},
    {KIND_FLIGHT, "\"route\"", "\"volumes\":[" SPOKEN_VOLUME "],\"route\"", RESULT_MALFORMED, B, "exactly one"},
    {KIND_FLIGHT_RELEASE, "\"volumes\":[" SPOKEN_VOLUME "]", "", RESULT_MALFORMED, B, "exactly one"},
    {KIND_FLIGHT, "\"width_m\":18520", "\"width_m\":0", RESULT_RANGE, B "/route/width_m", ""},
    {KIND_FLIGHT, "10:20:00Z", "10:00:00Z", RESULT_RANGE, B "/route/points/1/time", "after"},
    {KIND_FLIGHT, "{\"value\":200,\"reference\":\"FL\",\"units\":\"FL\"}", "{\"value\":200,\"reference\":\"AMSL\",\"units\":\"FT\"}", RESULT_MALFORMED, B "/route/points/1/altitude/reference", "point before"},
    {KIND_FLIGHT, "\"lat\":-46,\"lng\":-127", "\"lat\":-47,\"lng\":-126", RESULT_OK, "", ""}, /* it holds there */
    {KIND_FLIGHT, "\"points\":[", "\"points\":[7,", RESULT_MALFORMED, B "/route/points/0", "object"},
    {KIND_FLIGHT, "\"points\":[", "\"points\":[],\"x\":[", RESULT_MALFORMED, B "/route/x", "unknown"},
    /* join, ack, hold, message, clock, feed */
    {KIND_JOIN, "\"c81234\"", "\"C8\"", RESULT_MALFORMED, B "/track/identity", "1 to 16"},
    {KIND_JOIN, "\"feed\":\"radar-1\",", "", RESULT_MALFORMED, B "/track/feed", "missing"},
    {KIND_ACK, "\"readback\"", "\"read\"", RESULT_MALFORMED, B "/step", "received, displayed"},
    {KIND_ACK, "\"readback\"", "\"received\"", RESULT_MALFORMED, B "/start", "readback only"},
    {KIND_ACK, ",\"area\":\"SORREL 4\"", "", RESULT_MALFORMED, B "/area", "missing"},
    {KIND_ACK, "\"place\":17", "\"place\":-17", RESULT_RANGE, B "/place", ""},
    {KIND_HOLD, SPOKEN_ENTITY, "\"aramoor\"", RESULT_MALFORMED, B "/notice", "<party>"},
    {KIND_HOLD_ANSWER, "standby", "maybe", RESULT_MALFORMED, B "/reply", "wilco, unable or standby"},
    {KIND_MESSAGE, "\"text\":\"say \\\"again\\\"\\nall after\"", "\"text\":\"\"", RESULT_RANGE, B "/text", "empty"},
    {KIND_MESSAGE, "\"test\":true", "\"test\":1", RESULT_MALFORMED, B "/test", "true or false"},
    {KIND_CLOCK, "\"error_s\":0.05", "\"error_s\":-0.05", RESULT_RANGE, B "/error_s", ""},
    {KIND_CAPACITY, "70000", "0", RESULT_RANGE, B "/notices", ""},
    {KIND_CAPACITY, "70000", "4294967296", RESULT_RANGE, B "/notices", ""},
    {KIND_CAPACITY, "70000", "0.5", RESULT_MALFORMED, B "/notices", ""},
    {KIND_CAPACITY, "\"notices\"", "\"dues\"", RESULT_MALFORMED, B "/dues", ""},
    {KIND_CAPACITY, "\"notices\":70000", "\"slots_log2\":12", RESULT_RANGE, B "/slots_log2", "width"},
    {KIND_CAPACITY, "\"notices\":70000,\"tracks\":4294967295", "", RESULT_MALFORMED, B, "names no capacity"},
    {KIND_FEED, "\"velland\"", "\"agreement:sorrel-basin\"", RESULT_MALFORMED, B "/readers/1", "twice"},
    {KIND_FEED, "\"velland\"", "\"agreement:\"", RESULT_MALFORMED, B "/readers/1", "empty"},
};

static void bodies_that_break_a_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof body_rows / sizeof *body_rows; i++) {
        struct text body = edited(example_body(body_rows[i].kind), body_rows[i].from, body_rows[i].to);
        struct fault f;
        result r = decode_plain_of(request_of(body_rows[i].kind), section_of(body_rows[i].kind, body), &f);
        /* Where the JSON itself is broken the path is that of the place that the scan had reached. */
        if (strcmp(body_rows[i].field, "/sections/0") == 0 && strncmp(f.field, "/sections/0", 11) == 0) f.field[11] = '\0';
        EXPECT(i, r, f, body_rows[i].code, body_rows[i].field, body_rows[i].says);
    }
    for (int i = 0; i < SPOKEN; i++) { /* and without the edit each is well, except that keys must be brought in by signature */
        struct fault f;
        must(decode_plain_of(request_of(spoken[i].kind), section_of(spoken[i].kind, example_body(spoken[i].kind)), &f), &f);
        assert_int_equal(last.origin, ORIGIN_ATTESTED);
        assert_true(text_is(name_text(&last.attested), "aramoor"));
        assert_true(text_is(name_text(&last.session_key), "desk-1"));
    }
}

static void corridors_are_cut_and_widened_up(void **state) {
    (void)state;
    const char *circle = "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}";
    struct fault f;
    must(decode_plain_of(request_of(KIND_NOTICE), section_of(KIND_NOTICE, edited(example_body(KIND_NOTICE), circle, SPOKEN_CORRIDOR)), &f), &f);
    const struct shape *s = &last.sections[0].body.notice.volumes[0].shape;
    assert_int_equal(s->kind, SHAPE_CORRIDOR);
    assert_int_equal(s->reach_cm, 6); /* 0.105 m is read as 11 cm, and half of it goes up */
    assert_true(s->count > 16);       /* no edge over 500 km is left */
    assert_int_equal(s->at[0].lon, 1400000000);
    assert_int_equal(s->at[s->count - 1].lon, -1500000000);
}

static void sections_that_break_a_rule(void **state) {
    (void)state;
    static const struct {
        enum statement_kind kind;
        const char *section;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_OK, "", ""},
        {KIND_NOTICE_OVER, " {\"section\":\"body\",\n\"to\":[] ,\"body\": {} } ", RESULT_OK, "", ""},
        {KIND_NOTICE_OVER, "{\"section\":\"public\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "called body"},
        {KIND_NOTICE, "{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "public, parties or own"},
        {KIND_NOTICE_OVER, "{\"section\":\"other\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "a part named 'body'"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"body\":{}}", RESULT_MALFORMED, "/sections/0/to", "missing"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":\"log\",\"body\":{}}", RESULT_MALFORMED, "/sections/0/to", "array"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[\"log\",\"log\"],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/1", "twice"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[\"World\"],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/0", "a name"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[7],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/0", "string"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[]}", RESULT_MALFORMED, "/sections/0/body", "missing"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{},\"more\":1}", RESULT_MALFORMED, "/sections/0/more", "unknown"},
        {KIND_NOTICE_OVER, "[]", RESULT_MALFORMED, "/sections/0", ""},
        {KIND_NOTICE_OVER, "", RESULT_MALFORMED, "/sections/0", ""},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}", RESULT_MALFORMED, "/sections/0/body", "does not end"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}}}", RESULT_MALFORMED, "/sections/0/body", "follow"},
        {KIND_NOTICE_OVER, "\xEF\xBB\xBF{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part parts[3] = {
            {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request_of(rows[i].kind))},
            {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
            {.part_class = PART_SECTION, .name = TEXT("body"), .bytes = text_of(rows[i].section), .salt = {1}},
        };
        if (strstr(rows[i].section, "\"public\"") != NULL) parts[2].name = TEXT("public");
        struct fault f = {0};
        arena_reset(&arena);
        result r = decode_parts(&decoder, parts, 3, true, &last, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
    }
    /* Two sections of one name. */
    struct text own = edited(section_of(KIND_NOTICE, example_body(KIND_NOTICE)), "", "");
    struct part parts[4] = {
        {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request_of(KIND_NOTICE))},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
        {.part_class = PART_SECTION, .name = TEXT("public"), .bytes = own, .salt = {1}},
        {.part_class = PART_SECTION, .name = TEXT("public"), .bytes = own, .salt = {2}},
    };
    struct fault f = {0};
    result r = decode_parts(&decoder, parts, 4, true, &last, &f);
    EXPECT(99, r, f, RESULT_MALFORMED, "/sections", "two sections called 'public'");
}

static void an_ack_of_another_step_reads_nothing_back(void **state) {
    (void)state;
    static const struct { const char *word; uint8_t step; } rows[] = {{"received", ACK_RECEIVED}, {"displayed", ACK_DISPLAYED}, {"relayed", ACK_RELAYED}, {"unable", ACK_UNABLE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f = {0};
        char section[256];
        snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"step\":\"%s\",\"place\":17,\"desk\":\"watch\",\"text\":\"as told\"}}", rows[i].word);
        must(decode_plain_of(request_of(KIND_ACK), text_of(section), &f), &f);
        const struct body_ack *b = &last.sections[0].body.ack;
        assert_true(b->step == rows[i].step && b->place == 17 && b->start == INSTANT_NONE && text_is(b->text, "as told"));
        assert_string_equal(b->desk.at, "watch");
    }
}

/* Volumes as the renderer writes them are read as the same volumes. */
static void rendered_volumes_are_read_back(void **state) {
    (void)state;
    struct fault f = {0};
    char room[4096];
    struct position at[3] = {{-470000000, -1260000000}, {-470000000, -1250000001}, {-460000000, -1255000000}};
    struct volume v[3];
    for (int i = 0; i < 3; i++)
        v[i] = (struct volume){.shape = {.kind = SHAPE_POLYGON, .count = 3, .at = at}, .lower = {0, ALTITUDE_SFC}, .upper = {ALTITUDE_UNLIMITED, ALTITUDE_AMSL},
                               .start = SPOKEN_AT + i * INSTANT_MINUTE, .end = SPOKEN_AT + INSTANT_HOUR};
    v[1].shape = (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 926001, .at = at};
    v[1].lower = (struct altitude){30480, ALTITUDE_AMSL};
    v[1].upper = (struct altitude){304800, ALTITUDE_FL};
    v[2].shape = (struct shape){.kind = SHAPE_CORRIDOR, .count = 2, .reach_cm = 50000, .at = at};
    struct append a = append_fixed(room, sizeof room);
    append_str(&a, "{\"section\":\"public\",\"to\":[],\"body\":{\"area\":\"A\",\"category\":\"uas\",\"volumes\":[");
    for (int i = 0; i < 3; i++) {
        append_str(&a, i > 0 ? "," : "");
        render_volume(&v[i], &a);
    }
    append_str(&a, "]}}");
    must(decode_plain_of(request_of(KIND_NOTICE), append_view(&a), &f), &f);
    const struct body_notice *n = &last.sections[0].body.notice;
    assert_int_equal(n->volume_count, 3);
    for (int i = 0; i < 3; i++) {
        const struct volume *b = &n->volumes[i];
        assert_true(b->shape.kind == v[i].shape.kind && b->shape.count == v[i].shape.count && b->shape.reach_cm == v[i].shape.reach_cm);
        assert_memory_equal(b->shape.at, v[i].shape.at, v[i].shape.count * sizeof *at);
        assert_true(b->lower.cm == v[i].lower.cm && b->lower.reference == v[i].lower.reference && b->upper.cm == v[i].upper.cm &&
                    (b->upper.reference == v[i].upper.reference || v[i].upper.cm == ALTITUDE_UNLIMITED));
        assert_true(b->start == v[i].start && b->end == v[i].end);
    }
}

/* --- limits --- */

static void limits_are_kept(void **state) {
    (void)state;
    struct fault f;
    const char *head = "{\"section\":\"public\",\"to\":[],\"body\":{\"area\":\"A\",\"category\":\"uas\",\"volumes\":[";
    must(decode_plain_of(request_of(KIND_NOTICE), repeated(head, SPOKEN_VOLUME, LIMIT_VOLUMES, "]}}"), &f), &f);
    assert_int_equal(last.sections[0].body.notice.volume_count, LIMIT_VOLUMES);
    EXPECT(0, decode_plain_of(request_of(KIND_NOTICE), repeated(head, SPOKEN_VOLUME, LIMIT_VOLUMES + 1, "]}}"), &f), f,
           RESULT_TOO_LARGE, B "/volumes", "at most 1024");

    struct append a = append_growing(1 << 20); /* a polygon of as many vertices as there may be, around a circle */
    for (int more = 0; more < 2; more++) {
        append_reset(&a);
        append_str(&a, "{\"section\":\"public\",\"to\":[],\"body\":{\"area\":\"A\",\"category\":\"uas\",\"volumes\":[{\"polygon\":[");
        int half = LIMIT_VERTICES / 2 + more;
        for (int i = 0; i < half; i++) append_format(&a, "{\"lat\":%d.%03d,\"lng\":10},", i / 1000, i % 1000);
        for (int i = half - 1; i >= 0; i--)
            append_format(&a, "{\"lat\":%d.%03d,\"lng\":10.5}%s", i / 1000, i % 1000, i > 0 ? "," : "");
        append_str(&a, "],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":\"UNL\","
                       "\"start\":\"2026-11-23T10:00:00Z\",\"end\":\"2026-11-23T12:00:00Z\"}]}}");
        result r = decode_plain_of(request_of(KIND_NOTICE), append_view(&a), &f);
        EXPECT(1, r, f, more ? RESULT_TOO_LARGE : RESULT_OK, B "/volumes/0/polygon", "at most 1000");
    }
    append_free(&a);
    EXPECT(2, decode_plain_of(request_of(KIND_NOTICE_OVER), repeated("{\"section\":\"body\",\"body\":{},\"to\":[", "\"log\"", 65, "]}"), &f), f,
           RESULT_TOO_LARGE, "/sections/0/to", "at most 64");
    static char request[LIMIT_TEXT_BYTES + 2];
    for (int more = 0; more < 2; more++) { /* spaces at its end are bytes of it too */
        struct part parts[3] = {
            {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = {request, LIMIT_TEXT_BYTES + more}},
            {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
            {.part_class = PART_SECTION, .name = TEXT("body"), .bytes = TEXT("{\"section\":\"body\",\"to\":[],\"body\":{\"text\":\"OVER\"}}"), .salt = {1}}};
        memset(request, ' ', sizeof request);
        memcpy(request, request_of(KIND_NOTICE_OVER), strlen(request_of(KIND_NOTICE_OVER)));
        arena_reset(&arena);
        EXPECT(4, decode_parts(&decoder, parts, 3, true, &last, &f), f, more ? RESULT_TOO_LARGE : RESULT_OK, "/statement", "65537 bytes; at most 65536");
    }
    struct text over = repeated("{\"section\":\"body\",\"to\":[],\"body\":{\"text\":\"", "xxxxxxx", 600, "\"}}");
    EXPECT(3, decode_plain_of(request_of(KIND_NOTICE_OVER), over, &f), f, RESULT_TOO_LARGE, B "/text", "at most 4096");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_break_a_rule),
        cmocka_unit_test(corridors_are_cut_and_widened_up),
        cmocka_unit_test(sections_that_break_a_rule),
        cmocka_unit_test(rendered_volumes_are_read_back),
        cmocka_unit_test(an_ack_of_another_step_reads_nothing_back),
        cmocka_unit_test(limits_are_kept),
    };
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode_body", tests, decoding_start, decoding_end);
}
