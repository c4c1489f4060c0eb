#include "decoding.h"

/* --- frames --- */

static struct frame_position position_of(const char *identity) {
    return (struct frame_position){.identity = text_of(identity), .callsign = TEXT("MRL12"), .time = SPOKEN_AT, .at = {-471000000, 1799999999},
                                   .altitude = {-5000, ALTITUDE_AMSL}, .has_altitude = true, .speed_cms = 12345, .track_mdeg = 359999,
                                   .climb_cms = -700, .uncertainty_cm = 1500};
}

static result frame_back(struct part *parts, uint32_t count, struct fault *f) {
    static struct part all[8];
    memcpy(all, parts, count * sizeof *parts);
    all[count] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"halcyon\",\"key\":\"feed\",\"idempotency\":null}")};
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, all, count + 1, true, &last, f);
}

static void frames_come_back(void **state) {
    (void)state;
    struct frame_position p[3] = {position_of("4b1617"), position_of("a-b"), position_of("zz")};
    p[1].has_altitude = false;
    p[1].altitude = (struct altitude){0, 0};
    p[1].callsign.size = 0;
    p[2].speed_cms = p[2].track_mdeg = p[2].uncertainty_cm = -1;
    p[2].climb_cms = INT32_MIN;
    p[2].altitude = (struct altitude){100000000, ALTITUDE_SFC};
    struct body_frame frame = {.feed = {"radar-1"}, .number = 77, .time = SPOKEN_AT, .positions = p, .count = 3};
    struct part parts[4];
    uint32_t count;
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    assert_int_equal(count, 4);
    must(frame_back(parts, count, &f), &f);
    assert_int_equal(last.kind, KIND_FRAME);
    assert_int_equal(last.origin, ORIGIN_ATTESTED);
    assert_int_equal(last.frame.number, 77);
    assert_true(text_is(name_text(&last.frame.feed), "radar-1"));
    for (int i = 0; i < 3; i++) {
        const struct frame_position *b = &last.frame.positions[i];
        assert_true(text_equal(b->identity, p[i].identity) && text_equal(b->callsign, p[i].callsign));
        assert_int_equal(b->time, p[i].time);
        assert_int_equal(b->at.lat, p[i].at.lat);
        assert_int_equal(b->at.lon, p[i].at.lon);
        assert_int_equal(b->has_altitude, p[i].has_altitude);
        assert_int_equal(b->altitude.cm, p[i].altitude.cm);
        assert_int_equal(b->altitude.reference, p[i].altitude.reference);
        assert_int_equal(b->speed_cms, p[i].speed_cms);
        assert_int_equal(b->track_mdeg, p[i].track_mdeg);
        assert_int_equal(b->climb_cms, p[i].climb_cms);
        assert_int_equal(b->uncertainty_cm, p[i].uncertainty_cm);
    }
    struct hash h = last.hash;
    frame.number = 78;
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    must(frame_back(parts, count, &f), &f);
    assert_memory_not_equal(h.bytes, last.hash.bytes, SHA256_SIZE);
}

/* A head bears how many were shed, and nothing where none were. */
static void what_was_shed_comes_back(void **state) {
    (void)state;
    struct frame_position p[3] = {position_of("4b1617"), position_of("a-b"), position_of("zz")};
    struct body_frame frame = {.feed = {"radar-1"}, .number = 77, .time = SPOKEN_AT, .positions = p, .count = 3};
    static const bool keep[3] = {false, true, false};
    struct part parts[5];
    uint32_t count;
    char head[DECODE_FRAME_HEAD], bytes[DECODE_FRAME_HEAD];
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    assert_int_equal(parts[0].bytes.at[0], 1);
    assert_int_equal(parts[0].bytes.size, 27);
    parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"halcyon\",\"key\":\"feed\",\"idempotency\":null}")};
    decode_frame_shed(parts, &count, keep, head);
    assert_int_equal(count, 3);
    assert_true(parts[2].part_class == PART_CLAIMS && text_is(parts[1].name, "a-b"));
    assert_int_equal(parts[0].bytes.size, 29);
    assert_memory_equal(head, "\x02\0\0\0\0\0\0\0\x4d", 9);
    assert_memory_equal(head + 17, "\0\x01\x07radar-1\0\x02", 12);
    must(frame_back(parts, 2, &f), &f);
    assert_true(last.frame.count == 1 && last.frame.shed == 2 && last.frame.number == 77 && last.frame.time == SPOKEN_AT);
    struct part good = parts[0];
    parts[0].bytes.at = bytes;
    memcpy(bytes, good.bytes.at, good.bytes.size);
    for (parts[0].bytes.size = 0; parts[0].bytes.size < good.bytes.size; parts[0].bytes.size++) assert_int_equal(frame_back(parts, 2, &f).code, RESULT_MALFORMED);
    bytes[28] = 0;
    EXPECT(0, frame_back(parts, 2, &f), f, RESULT_RANGE, "/frame", "0 aircraft shed");
    bytes[27] = bytes[28] = (char)0xff;
    EXPECT(1, frame_back(parts, 2, &f), f, RESULT_RANGE, "/frame", "65535 aircraft shed beside 1");
    frame.shed = LIMIT_FRAME_AIRCRAFT - 2;
    EXPECT(2, decode_frame_parts(&kept, &frame, parts, 4, &count, &f), f, RESULT_TOO_LARGE, "/positions", "at most");
    frame.shed = 5;
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    must(frame_back(parts, count, &f), &f);
    assert_true(last.frame.count == 3 && last.frame.shed == 5);
}

/* Offset and bytes to put there, in the aircraft part of position_of. */
static void aircraft_bytes_that_break_a_rule(void **state) {
    (void)state;
    static const struct {
        size_t at, size;
        const char *bytes, *says;
        enum result_code code;
    } rows[] = {
        {0, 1, "\x02", "version", RESULT_UNSUPPORTED},
        {1, 1, "\x03", "flags", RESULT_MALFORMED},
        {2, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "time", RESULT_RANGE},
        {10, 4, "\x35\xa4\xe9\x01", "latitude", RESULT_RANGE},
        {14, 4, "\x94\xb6\x2d\xff", "longitude", RESULT_RANGE},
        {18, 4, "\x05\xf5\xe1\x01", "altitude", RESULT_RANGE},
        {22, 1, "\x04", "reference", RESULT_RANGE},
        {1, 1, "\x00", "0 when there is none", RESULT_RANGE},
        {23, 4, "\xff\xff\xff\xfe", "speed", RESULT_RANGE},
        {27, 4, "\x00\x05\x7e\x40", "track", RESULT_RANGE},
        {31, 4, "\x80\x00\x00\x01", "climb", RESULT_RANGE},
        {35, 4, "\xff\xff\xff\xfe", "uncertainty", RESULT_RANGE},
        {39, 1, "\x04", "layout", RESULT_MALFORMED},
        {39, 1, "\x06", "layout", RESULT_MALFORMED},
        {40, 1, " ", "callsign", RESULT_RANGE},
    };
    struct frame_position p = position_of("4b1617");
    struct body_frame frame = {.feed = {"radar-1"}, .number = 1, .time = SPOKEN_AT, .positions = &p, .count = 1};
    struct part parts[3];
    uint32_t count;
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 2, &count, &f), &f);
    char bytes[64];
    struct part good = parts[1];
    assert_true(good.bytes.size == 45);
    parts[1].bytes.at = bytes;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memcpy(bytes, good.bytes.at, good.bytes.size);
        memcpy(bytes + rows[i].at, rows[i].bytes, rows[i].size);
        EXPECT(i, frame_back(parts, 2, &f), f, rows[i].code, "/aircraft/0", rows[i].says);
    }
    parts[1] = good;
    for (size_t i = 0; i < good.bytes.size; i++) {
        parts[1].bytes.size = i;
        assert_int_equal(frame_back(parts, 2, &f).code, RESULT_MALFORMED);
    }
}

static void frames_that_break_a_rule(void **state) {
    (void)state;
    struct frame_position p = position_of("4b1617");
    struct body_frame frame = {.feed = {"radar-1"}, .number = 1, .time = SPOKEN_AT, .positions = &p, .count = 1};
    struct part parts[3];
    uint32_t count;
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 2, &count, &f), &f);
    struct part good = parts[1];
    struct text header = parts[0].bytes;
    for (size_t i = 0; i < header.size; i++) {
        parts[0].bytes.size = i;
        assert_int_equal(frame_back(parts, 2, &f).code, RESULT_MALFORMED);
    }
    parts[0].bytes = header;
    EXPECT(50, frame_back(parts, 1, &f), f, RESULT_MALFORMED, "/frame", "0 aircraft; the frame states 1");
    parts[2] = parts[1];
    EXPECT(51, frame_back(parts, 3, &f), f, RESULT_MALFORMED, "/frame", "more aircraft");
    struct body_frame pair = frame;
    struct frame_position both[2] = {position_of("a"), position_of("b")};
    struct part swapped[3];
    pair.positions = both;
    pair.count = 2;
    must(decode_frame_parts(&kept, &pair, swapped, 3, &count, &f), &f);
    swapped[1].name = TEXT("b");
    EXPECT(55, frame_back(swapped, 3, &f), f, RESULT_MALFORMED, "/aircraft/1", "ascend");
    parts[1].name = TEXT("4B1617");
    EXPECT(52, frame_back(parts, 2, &f), f, RESULT_RANGE, "/aircraft/0", "identity");
    parts[1].name = good.name;
    parts[1].bytes = (struct text){NULL, 45};
    EXPECT(53, frame_back(parts, 2, &f), f, RESULT_NOT_FOUND, "/aircraft/0", "erased");
    parts[1] = good;
    parts[0].name = TEXT("frames");
    EXPECT(54, frame_back(parts, 2, &f), f, RESULT_MALFORMED, "/frame", "named 'frame'");

    struct frame_position two[2] = {position_of("b"), position_of("a")};
    frame.positions = two;
    frame.count = 2;
    EXPECT(60, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_MALFORMED, "/positions/1", "ascend");
    two[1].identity = TEXT("b");
    EXPECT(61, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_MALFORMED, "/positions/1", "ascend");
    EXPECT(62, decode_frame_parts(&kept, &frame, parts, 2, &count, &f), f, RESULT_TOO_LARGE, "/positions", "at most");
    two[0].at.lat = 900000001;
    EXPECT(63, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_RANGE, "/positions/0", "latitude");
    frame.number = 0;
    EXPECT(64, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_RANGE, "/number", "from 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_shed_comes_back), cmocka_unit_test(frames_come_back), cmocka_unit_test(aircraft_bytes_that_break_a_rule),
                                       cmocka_unit_test(frames_that_break_a_rule)};
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode_frame", tests, decoding_start, decoding_end);
}
