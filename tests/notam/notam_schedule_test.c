/* Item D: the grammar, the deviations, and what must not be guessed. All vectors are fictional. */
#include "notam/notam_schedule.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/seeded.h"
#include "notam/notam_sun.h"

static struct arena arena;

static int arena_up(void **state) {
    (void)state;
    arena_growing(&arena, 1 << 24);
    return 0;
}
static int arena_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

/* "2602012310" */
static instant stamp(const char *s) {
    int v[5];
    for (int i = 0; i < 5; i++) v[i] = (s[2 * i] - '0') * 10 + s[2 * i + 1] - '0';
    struct civil c = {.year = 2000 + v[0], .month = v[1], .day = v[2], .hour = v[3], .minute = v[4]};
    instant t;
    assert_true(instant_from_civil(&c, &t));
    return t;
}

static const struct position sorrel = {-470000000, -1260000000};

static struct notam_schedule read_fine(const char *d, const char *b, const char *c) {
    struct notam_schedule s;
    struct fault f = {0};
    arena_reset(&arena);
    if (!result_is_ok(notam_schedule_read(text_of(d), stamp(b), stamp(c), &sorrel, &arena, &s, &f))) fail_msg("%s", f.message);
    return s;
}

static char *shown(const struct notam_schedule *s) {
    static char room[4096];
    struct append a = append_fixed(room, sizeof room - 1);
    for (uint32_t i = 0; i < s->count && i < 12; i++) {
        for (int k = 0; k < 2; k++) {
            struct civil c = instant_to_civil(k == 0 ? s->windows[i].start : s->windows[i].end);
            append_format(&a, "%s%02d%02d%02d%02d", k == 0 ? i == 0 ? "" : " " : "-", c.month, c.day, c.hour, c.minute);
        }
    }
    room[a.size] = 0;
    return room;
}

/* Windows are shown as mmddhhmm-mmddhhmm. */
static const struct row {
    const char *d, *b, *c;
    unsigned marks;
    const char *windows;
} rows[] = {
    {"", "2602012310", "2602020832", 0, "02012310-02020832"},
    /* times alone */
    {"0930-1130", "2602010930", "2602031130", 0, "02010930-02011130 02020930-02021130 02030930-02031130"},
    {"0100-0200 0300-0400", "2602010100", "2602010400", 0, "02010100-02010200 02010300-02010400"},
    {"2300-0200", "2602012300", "2602030200", 0, "02012300-02020200 02022300-02030200"},
    {"2300-0200", "2602010100", "2602012330", SCHEDULE_UNALIGNED, "02010100-02010200 02012300-02012330"},
    {"0000-2400", "2602010000", "2602030000", 0, "02010000-02030000"},
    {"0600-2359", "2602010600", "2602022359", 0, "02010600-02020000 02020600-02022359"},
    {"2300-2359 0000-0100", "2602012300", "2602020100", 0, "02012300-02020100"},
    {"H24", "2602010000", "2602030000", 0, "02010000-02030000"},
    /* days of the week, daily, exceptions: 2026-02-02 is a Monday */
    {"DAILY 0200-0800", "2602010200", "2602020800", 0, "02010200-02010800 02020200-02020800"},
    {"DLY 0200/0800", "2602010200", "2602020800", SCHEDULE_STYLE, "02010200-02010800 02020200-02020800"},
    {"0200-0800 DAILY", "2602010200", "2602020800", SCHEDULE_STYLE, "02010200-02010800 02020200-02020800"},
    {"EVERYDAY 0200 TO 0800 UTC", "2602010200", "2602020800", SCHEDULE_STYLE, "02010200-02010800 02020200-02020800"},
    {"MON-WED 0600-0700", "2602010600", "2602080700", SCHEDULE_UNALIGNED, "02020600-02020700 02030600-02030700 02040600-02040700"},
    {"SAT-MON 0600-0700", "2602010600", "2602070700", 0, "02010600-02010700 02020600-02020700 02070600-02070700"},
    {"MON FRI 0600-0700", "2602020600", "2602060700", 0, "02020600-02020700 02060600-02060700"},
    {"MON 0600-0700, TUE 0800-0900", "2602020600", "2602030900", 0, "02020600-02020700 02030800-02030900"},
    {"DLY MON-TUE 0600-0700", "2602010600", "2602040700", SCHEDULE_STYLE | SCHEDULE_UNALIGNED, "02020600-02020700 02030600-02030700"},
    {"MON-THU EXC WED 0600-0700", "2602020600", "2602050700", 0, "02020600-02020700 02030600-02030700 02050600-02050700"},
    {"DAILY EXC 03 0600-0700", "2602020600", "2602040700", 0, "02020600-02020700 02040600-02040700"},
    {"DAILY 0600-0700 EXC TUE", "2602020600", "2602040700", 0, "02020600-02020700 02040600-02040700"},
    {"0600-0700 EXC TUE", "2602020600", "2602040700", 0, "02020600-02020700 02040600-02040700"},
    {"EXC TUE 0600-0700", "2602020600", "2602040700", 0, "02020600-02020700 02040600-02040700"},
    /* dates */
    {"02-04 0130-0830", "2602020130", "2602040830", 0, "02020130-02020830 02030130-02030830 02040130-02040830"},
    {"FEB 02-03 0200-0800", "2602020200", "2602030800", 0, "02020200-02020800 02030200-02030800"},
    {"25 2330-0130, 26 2230-0030", "2602252330", "2602270030", 0, "02252330-02260130 02262230-02270030"},
    {"FEB 01 03 0600-0700", "2602010600", "2602030700", 0, "02010600-02010700 02030600-02030700"},
    {"FEB 28 0600-0700 MAR 02 0600-0800", "2602280600", "2603020800", 0, "02280600-02280700 03020600-03020800"},
    {"FEB 28-MAR 01 0600-0700", "2602280600", "2603010700", 0, "02280600-02280700 03010600-03010700"},
    {"FEB 28-01 0600-0700", "2602280600", "2603010700", 0, "02280600-02280700 03010600-03010700"},
    {"28-01 0600-0700", "2602280600", "2603010700", 0, "02280600-02280700 03010600-03010700"},
    {"DEC 31 0600-0700 JAN 01 0600-0700", "2612310600", "2701010700", 0, "12310600-12310700 01010600-01010700"},
    {"FEB 28 MAR 01 0000-0030 1930-2359\nMAR 02 0000-0030", "2602280000", "2603020030", 0,
     "02280000-02280030 02281930-03010030 03011930-03020030"},
    {"FEB 02 2026 0600-0700", "2602020600", "2602020700", SCHEDULE_STYLE, "02020600-02020700"},
    {"FEBRUARY 02 0600-0700", "2602020600", "2602020700", SCHEDULE_STYLE, "02020600-02020700"},
    {"FEB 02 H24, 03 0000-1200", "2602020000", "2602031200", 0, "02020000-02031200"},
    {"25 2330-26 0130", "2602252330", "2602260130", 0, "02252330-02260130"},
    {"FEB 28 2330-MAR 01 0130", "2602282330", "2603010130", 0, "02282330-03010130"},
    /* time before date: taken since B and C confirm it */
    {"2310-2344 01, 0157-0231 0749-0832 02", "2602012310", "2602020832", SCHEDULE_ORDER | SCHEDULE_STYLE,
     "02012310-02012344 02020157-02020231 02020749-02020832"},
    {"1345-1416,1419-1459 ON 25 AND 1058-1121 ON 26", "2602251345", "2602261121", SCHEDULE_ORDER | SCHEDULE_STYLE,
     "02251345-02251416 02251419-02251459 02261058-02261121"},
    {"0449-0639 ON FEB 23,0450-0812 ON\nMAR 01", "2602230449", "2603010812", SCHEDULE_ORDER | SCHEDULE_STYLE,
     "02230449-02230639 03010450-03010812"},
    {"0600-0700 23 FEB", "2602230600", "2602230700", SCHEDULE_ORDER | SCHEDULE_STYLE, "02230600-02230700"},
    {"23 FEB 0600-0700 24 FEB 0600-0700", "2602230600", "2602240700", SCHEDULE_ORDER, "02230600-02230700 02240600-02240700"},
    /* digits for letters: the same */
    {"0550-0708 0N 23, 0634-0805 ON 25", "2602230550", "2602250805", SCHEDULE_ORDER | SCHEDULE_STYLE | SCHEDULE_REPAIRED,
     "02230550-02230708 02250634-02250805"},
    {"N0V 01 0600-0700", "2611010600", "2611010700", SCHEDULE_REPAIRED, "11010600-11010700"},
    /* stamps */
    {"2602190327 TO 2602190408\n   2602200300 TO 2602200430", "2602190327", "2602200430", SCHEDULE_STYLE,
     "02190327-02190408 02200300-02200430"},
    {"2602190327-2602190408", "2602190327", "2602190408", SCHEDULE_STYLE, "02190327-02190408"},
    {"0930Z-1130Z", "2602010930", "2602011130", SCHEDULE_STYLE, "02010930-02011130"},
    {"0930-1130UTC.", "2602010930", "2602011130", SCHEDULE_STYLE, "02010930-02011130"}};

static void readable(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam_schedule s = read_fine(rows[i].d, rows[i].b, rows[i].c);
        if (s.rule != NULL) fail_msg("row %zu (%s): %s [%.*s]", i, rows[i].d, s.rule, TEXT_ARG(s.unread));
        if (strcmp(shown(&s), rows[i].windows) != 0 || s.marks != rows[i].marks)
            fail_msg("row %zu (%s): %s marks %u", i, rows[i].d, shown(&s), s.marks);
    }
}

/* Active all the time from B to C, with the words that were not understood. */
static void unreadable(void **state) {
    (void)state;
    static const struct { const char *d, *b, *c, *unread; } bad[] = {
        {"0930", "2602010930", "2602011130", "0930"},
        {"0930-", "2602010930", "2602011130", ""},
        {"0930-0930", "2602010930", "2602011130", "0930"},
        {"2500-2600", "2602010930", "2602011130", "2500"},
        {"0960-1000", "2602010930", "2602011130", "0960"},
        {"2400-0100", "2602010930", "2602011130", "2400"},
        {"SOMETIMES 0930-1130", "2602010930", "2602011130", "SOMETIMES"},
        {"0930-1130 HOL", "2602010930", "2602011130", "HOL"},
        {"MON-FRI", "2602010930", "2602081130", "MON"},
        {"01 0930-1130 02", "2602010930", "2602021130", "02"},
        {"32 0930-1130", "2602010930", "2602021130", "32"},
        {"05 0930-1130", "2602010930", "2602021130", "05"},
        {"10 0930-1130", "2602010930", "2603201130", "10"}, /* twice between B and C */
        {"MAR 02 0930-1130", "2602010930", "2602021130", "02"},
        {"FEB 0930-1130", "2602010930", "2602021130", "FEB"},
        {"01-MAR 0930-1130", "2602020930", "2603021130", "0930"},
        {"01/02 0930-1130", "2602010930", "2602021130", "/"},
        {"2602010930", "2602010930", "2602021130", "2602010930"},
        {"2602021130-2602010930", "2602010930", "2602021130", "2602021130"},
        {"2602301130-2602300930", "2602010930", "2602021130", "2602301130"},
        {"01 1130-01 0930", "2602010930", "2602021130", "1130"},
        {"DAILY EXC 0930-1130", "2602010930", "2602021130", "EXC"},
        {"DAILY 0930-1130 EXC", "2602010930", "2602021130", "EXC"},
        {"0930-1130 EXC SAT 1200-1300", "2602010930", "2602021300", ""},
        {"1200-1300", "2602010930", "2602011130", "1200-1300"}, /* never active */
        {"MON 0930-1130 MINUS30", "2602020930", "2602021130", "MINUS30"},
        {"12-13 14-15", "2602010930", "2602021130", "12"},
        {"\xC3\xA4", "2602010930", "2602021130", ""},
        /* outside the grammar and not confirmed by B and C */
        {"0930-1130 02", "2602010930", "2602021130", "0930-1130 02"},
        {"0930-1130 0N 02", "2602010930", "2602021130", "0930-1130 0N 02"},
        {"N0V 02 0600-0700", "2611010600", "2611020700", "N0V 02 0600-0700"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct notam_schedule s = read_fine(bad[i].d, bad[i].b, bad[i].c);
        if (s.rule == NULL) fail_msg("row %zu (%s): read as %s", i, bad[i].d, shown(&s));
        assert_int_equal(s.marks, SCHEDULE_UNREAD);
        assert_int_equal(s.count, 1);
        assert_true(s.windows[0].start == stamp(bad[i].b) && s.windows[0].end == stamp(bad[i].c));
        if (bad[i].unread[0] != 0 && !text_is(s.unread, bad[i].unread))
            fail_msg("row %zu (%s): [%.*s] %s", i, bad[i].d, TEXT_ARG(s.unread), s.rule);
    }
}

static void too_many(void **state) {
    (void)state;
    struct notam_schedule s = read_fine("DAILY 0100-0200", "2602010100", "3102010200");
    assert_int_equal(s.marks, SCHEDULE_TOO_MANY);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.windows[0].end, stamp("3102010200"));
    char many[4096] = "";
    struct append a = append_fixed(many, sizeof many - 1);
    for (int i = 0; i < 300; i++) append_str(&a, "0100-0200 ");
    s = read_fine(many, "2602010100", "2602010200");
    assert_int_equal(s.marks, SCHEDULE_UNREAD);
}

static void full(void **state) {
    (void)state;
    struct arena none;
    struct notam_schedule s;
    struct fault f;
    arena_growing(&none, 0);
    assert_int_equal(notam_schedule_read(TEXT(""), 0, 1, NULL, &none, &s, &f).code, RESULT_FULL);
    arena_free(&none);
}

/* Sunrise and sunset as almanacs commonly give them, to the minute (upper limb, standard refraction): such a table says
 * when the sun is seen to touch the horizon, so 1 minute of rounding and 2 of model are allowed. */
static void sun(void **state) {
    (void)state;
    static const struct { const char *day; struct position at; int rise, set; } known[] = {
        {"2503200000", {0, 0}, 604, 1811},                  /* on the equator at the equinox */
        {"2506210000", {515074000, -1278000}, 343, 2022},   /* London: 0443-2122 BST */
        {"2512210000", {515074000, -1278000}, 804, 1553},
        {"2506210000", {407128000, -740060000}, 925, 31},   /* New York: 0525-2031 EDT */
        {"2512210000", {-338688000, 1512093000}, 1841, 905}, /* Sydney: 0541-2005 AEDT, the sunrise of the 22nd local */
        {"2506210000", {-368485000, 1747633000}, 1934, 511}}; /* Auckland: 0734-1711 NZST, the sunrise of the 22nd local */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        for (int k = 0; k < 2; k++) {
            instant t;
            assert_true(notam_sun_event(stamp(known[i].day), &known[i].at, k == 0, &t));
            struct civil c = instant_to_civil(t);
            int expected = k == 0 ? known[i].rise : known[i].set;
            int away = c.hour * 60 + c.minute - (expected / 100 * 60 + expected % 100);
            if (away < -3 || away > 3) fail_msg("row %zu %d: %02d%02d", i, k, c.hour, c.minute);
        }
    }
    instant t;
    struct position north = {800000000, 0};
    assert_false(notam_sun_event(stamp("2506210000"), &north, true, &t));  /* polar day */
    assert_false(notam_sun_event(stamp("2512210000"), &north, false, &t)); /* polar night */
    struct position pole = {900000000, 0};
    (void)notam_sun_event(stamp("2503200000"), &pole, true, &t);
}

static void with_sun(void **state) {
    (void)state;
    instant rise, set, day = stamp("2602020000");
    struct position at = {470000000, 0};
    struct notam_schedule s;
    struct fault f;
    assert_true(notam_sun_event(day, &at, true, &rise) && notam_sun_event(day, &at, false, &set));
    static const struct { const char *d; int from, to; } with[] = {
        {"SR-SS", 0, 0}, {"SR MINUS30-SS PLUS30", -30, 30}, {"02 SR PLUS 15-SS MINUS 15", 15, -15}, {"SUNRISE-SUNSET", 0, 0}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(result_is_ok(notam_schedule_read(text_of(with[i].d), day, day + INSTANT_DAY - 1, &at, &arena, &s, &f)));
        assert_null(s.rule);
        assert_true(s.marks & SCHEDULE_SUN);
        assert_int_equal(s.count, 1);
        assert_int_equal(s.windows[0].start, rise + with[i].from * INSTANT_MINUTE - NOTAM_SUN_MARGIN);
        assert_int_equal(s.windows[0].end, set + with[i].to * INSTANT_MINUTE + NOTAM_SUN_MARGIN);
    }
    /* across midnight UTC: far east, and by night */
    struct position east = {-370000000, 1750000000};
    assert_true(result_is_ok(notam_schedule_read(TEXT("02 SR-SS"), day, day + 3 * INSTANT_DAY, &east, &arena, &s, &f)));
    assert_true(s.count == 1 && s.windows[0].end > day + INSTANT_DAY && s.windows[0].end < day + 2 * INSTANT_DAY);
    assert_true(result_is_ok(notam_schedule_read(TEXT("02 SS-SR"), day, day + 3 * INSTANT_DAY, &at, &arena, &s, &f)));
    assert_true(s.count == 1 && s.windows[0].start == set - NOTAM_SUN_MARGIN && s.windows[0].end > day + INSTANT_DAY);
    assert_true(result_is_ok(notam_schedule_read(TEXT("02 1200-SS"), day, day + 3 * INSTANT_DAY, &at, &arena, &s, &f)));
    assert_true(s.windows[0].start == day + 12 * INSTANT_HOUR && s.windows[0].end == set + NOTAM_SUN_MARGIN);
    /* no sunrise: the whole day; no position: unreadable */
    struct position north = {800000000, 0};
    assert_true(result_is_ok(notam_schedule_read(TEXT("02 SR-SS"), day, day + 3 * INSTANT_DAY, &north, &arena, &s, &f)));
    assert_true(s.windows[0].start == day && s.windows[0].end == day + INSTANT_DAY);
    assert_true(result_is_ok(notam_schedule_read(TEXT("SR-SS"), day, day + 3 * INSTANT_DAY, NULL, &arena, &s, &f)));
    assert_string_equal(s.rule, "a position to take sunrise and sunset at");
}

/* Whatever is read: sorted, disjoint, inside [B, C], at least one window; readable or all of B to C. */
static void property(void **state) {
    (void)state;
    static const char *const bits[] = {"0100", "0230", "2300", "2359", "2400", "0000", "-", "-", "-", " ", " ", ", ", "DAILY", "DLY", "EXC",
                                       "MON", "SUN", "FRI", "FEB", "MAR", "01", "02", "03", "28", "H24", "SR", "SS", "MINUS30", "PLUS30", "ON",
                                       "0N", "TO", "/", "2602010100", "2602020200", "2026", "AND", "X"};
    struct seeded r = seeded_start(7);
    uint32_t read = 0;
    for (int round = 0; round < 60000; round++) {
        char d[200];
        struct append a = append_fixed(d, sizeof d);
        uint64_t words = 1 + seeded_below(&r, 9);
        for (uint64_t i = 0; i < words; i++) {
            if (seeded_below(&r, 3) == 0) append_str(&a, "0100-0200");
            else append_str(&a, bits[seeded_below(&r, sizeof bits / sizeof *bits)]);
            if (seeded_below(&r, 3) != 0) append_char(&a, ' ');
        }
        instant begin = stamp("2602010100") + (instant)seeded_below(&r, 3) * INSTANT_HOUR;
        instant end = begin + (instant)seeded_below(&r, 40 * 24) * INSTANT_HOUR;
        struct notam_schedule s;
        struct fault f;
        arena_reset(&arena);
        assert_true(result_is_ok(notam_schedule_read(append_view(&a), begin, end, &sorrel, &arena, &s, &f)));
        assert_true(s.count >= 1 && s.count <= NOTAM_WINDOWS_MOST);
        for (uint32_t i = 0; i < s.count; i++) {
            assert_true(s.windows[i].start <= s.windows[i].end);
            assert_true(s.windows[i].start >= begin && s.windows[i].end <= end);
            assert_true(i == 0 || s.windows[i - 1].end < s.windows[i].start);
        }
        assert_true((s.rule != NULL) == ((s.marks & SCHEDULE_UNREAD) != 0));
        if (s.rule != NULL) assert_true(s.count == 1 && s.windows[0].start == begin && s.windows[0].end == end);
        read += s.rule == NULL;
    }
    assert_true(read > 2000); /* the rows are not all noise */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(readable), cmocka_unit_test(unreadable), cmocka_unit_test(too_many),
                                       cmocka_unit_test(full),     cmocka_unit_test(sun),        cmocka_unit_test(with_sun),
                                       cmocka_unit_test(property)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam_schedule", tests, arena_up, arena_down);
}
