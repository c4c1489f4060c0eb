/* Any text as item D of a NOTAM, between any B and C. What comes out lies between them, in order, and covers nothing twice; what was not
 * read counts as active all the time and says so. */
#include "fuzz.h"

#include "notam/notam_schedule.h"

static const char *const examples[] = {"0930-1130", "DAILY 0200-0800", "DLY 1600/2000", "1630-1725 DAILY", "0230-0315 0416-0457", "02-05 0130-0830",
    "FEB 02-05 0200-0800", "25 2330-0130, 26 2230-0030", "MAR 31-APR 02 H24", "25 2330-26 0130", "2310-2344 01, 0157-0231 0749-0832 02",
    "1345-1416,1419-1459 ON 25 AND 1058-1121 ON 26", "2510190327 TO 2510190408", "MON-FRI EXC WED 0800-1600", "SR MINUS30-SS PLUS30", "H24"};

static void seeds(void) {
    for (unsigned i = 0; i < sizeof examples / sizeof *examples; i++) {
        char room[256];
        int n = snprintf(room, sizeof room, "%c%c%c%c%c%s", 2, (char)(i * 16), 3, 1, (char)(i * 40), examples[i]);
        seed("item", i, room, (size_t)n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct arena arena;
    static bool begun;
    if (!begun) arena_growing(&arena, 64 << 20);
    begun = true;
    arena_reset(&arena);
    struct draw d = {bytes, size};
    if (size < 5) return 0;
    /* B within 2024, C up to two and a half months later, both on the minute; anywhere on earth or nowhere. */
    instant begin = INT64_C(1704067200) * INSTANT_SECOND + (int64_t)draw_below(&d, 65536) * 8 * INSTANT_MINUTE;
    instant end = begin + (int64_t)draw_below(&d, 65536) * 2 * INSTANT_MINUTE;
    uint8_t where = draw_byte(&d);
    struct position at = {((int32_t)where - 128) * 7000000, ((int32_t)where * 13 % 256 - 128) * 14000000};
    struct text in = draw_rest(&d);
    struct notam_schedule s, again;
    struct fault f = {0};
    result r = notam_schedule_read(in, begin, end, where == 0 ? NULL : &at, &arena, &s, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return 0;
    assert(s.count >= 1 && s.count <= NOTAM_WINDOWS_MOST);
    for (uint32_t i = 0; i < s.count; i++) {
        assert(s.windows[i].start >= begin && s.windows[i].start <= s.windows[i].end && s.windows[i].end <= end);
        assert(i == 0 || s.windows[i - 1].end < s.windows[i].start);
    }
    bool whole = s.count == 1 && s.windows[0].start == begin && s.windows[0].end == end;
    if (s.marks & (SCHEDULE_UNREAD | SCHEDULE_TOO_MANY)) assert(whole);
    assert(((s.marks & SCHEDULE_UNREAD) == 0) == (s.rule == NULL));
    if (s.unread.size > 0) assert(s.unread.at >= in.at && s.unread.at + s.unread.size <= in.at + in.size);
    /* The same again is the same. */
    assert(result_is_ok(notam_schedule_read(in, begin, end, where == 0 ? NULL : &at, &arena, &again, &f)));
    assert(again.count == s.count && again.marks == s.marks && memcmp(again.windows, s.windows, s.count * sizeof *s.windows) == 0);
    return 0;
}
