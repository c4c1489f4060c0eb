/* Any bytes as the binary parts of a position frame: its head, and any number of aircraft. What is taken has one spelling: encoded again it
 * is the same bytes. Input: pieces, each behind its length; the first is the head, then name and bytes in turn. */
#include "spoken.h"

#include "fuzz.h"

static struct arena arena;
static struct json_reader *json;
enum { PARTS = 40 };

static void seeds(void) {
    struct frame_position at[3];
    struct part parts[4];
    uint32_t count;
    struct append a = append_growing(1 << 16);
    arena_growing(&arena, 1 << 20);
    static const char *const names[] = {"4b1617", "a0ffee", "c81234"};
    for (int i = 0; i < 3; i++)
        at[i] = (struct frame_position){.identity = text_of(names[i]), .callsign = TEXT("ARA1"), .time = SPOKEN_AT, .at = {-470000000 + i, -1260000000},
            .altitude = {i * 100000, ALTITUDE_AMSL}, .has_altitude = i > 0, .speed_cms = 20000 * i - 1, .track_mdeg = 90000, .climb_cms = INT32_MIN, .uncertainty_cm = 5000};
    struct body_frame frame = {.feed = {"radar-1"}, .number = 7, .time = SPOKEN_AT, .positions = at, .count = 3};
    if (!result_is_ok(decode_frame_parts(&arena, &frame, parts, 4, &count, NULL))) abort();
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            append_char(&a, (char)parts[i].name.size);
            append_text(&a, parts[i].name);
        }
        append_char(&a, (char)parts[i].bytes.size);
        append_text(&a, parts[i].bytes);
    }
    seed("frame", 0, a.at, a.size);
    append_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (json == NULL) {
        json = json_reader_new(1 << 16);
        arena_growing(&arena, 64 << 20);
    }
    arena_reset(&arena);
    struct decoder d = {.json = json, .arena = &arena, .origin = text_of(SPOKEN_ORIGIN)};
    struct draw in = {bytes, size};
    struct part parts[PARTS + 1], again[PARTS];
    uint32_t count = 1, encoded;
    parts[0] = (struct part){.part_class = PART_FRAME, .name = TEXT("frame"), .bytes = draw_text(&in, 255)};
    for (; in.left > 0 && count < PARTS; count++) {
        parts[count] = (struct part){.part_class = PART_AIRCRAFT, .name = draw_text(&in, 255)};
        parts[count].bytes = draw_text(&in, 255);
    }
    parts[count] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\"}")};
    struct statement s;
    struct fault f = {0};
    result r = decode_parts(&d, parts, count + 1, true, &s, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return 0;
    assert(s.kind == KIND_FRAME && s.frame.count == count - 1);
    for (uint32_t i = 0; i + 1 < s.frame.count; i++) assert(text_compare(s.frame.positions[i].identity, s.frame.positions[i + 1].identity) < 0);
    for (uint32_t i = 0; i < s.frame.count; i++) {
        const struct frame_position *p = &s.frame.positions[i];
        assert(p->at.lat >= -900000000 && p->at.lat <= 900000000 && p->at.lon >= -1800000000 && p->at.lon <= 1800000000);
        assert(p->speed_cms >= -1 && p->track_mdeg >= -1 && p->track_mdeg < 360000 && p->uncertainty_cm >= -1);
    }
    r = decode_frame_parts(&arena, &s.frame, again, PARTS, &encoded, &f);
    assert(result_is_ok(r) && encoded == count);
    for (uint32_t i = 0; i < count; i++)
        assert(text_equal(again[i].bytes, parts[i].bytes) && (i == 0 || text_equal(again[i].name, parts[i].name)));
    return 0;
}
