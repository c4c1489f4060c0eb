/* Volumes of NOTAMs: what each mark does, and that doubt only ever makes them larger. All vectors are fictional. */
#include "notam/notam_area.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/seeded.h"
#include "geo/meet.h"
#include "notam/notam_outline.h"

static struct arena arena;

static int arena_up(void **state) {
    (void)state;
    arena_growing(&arena, 1 << 26);
    return 0;
}
static int arena_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

#define RECEIVED (INT64_C(1769900000) * INSTANT_SECOND)
#define HEAD "A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4730S12530W060\nA) XXAA B) 2602010100 C) 2602010200\n"
#define TAIL "\nF) SFC G) UNL"
#define SQUARE "470000S1260000W-470000S1250000W-480000S1250000W-480000S1260000W"

static struct notam_areas read_fine(const char *raw) {
    struct notam n;
    struct notam_areas a;
    struct fault f = {0};
    arena_reset(&arena);
    if (!result_is_ok(notam_read(text_of(raw), &arena, &n, &f))) fail_msg("%s: %s", f.field, f.message);
    if (!result_is_ok(notam_area_read(&n, RECEIVED, &arena, &a, &f))) fail_msg("%s: %s", f.field, f.message);
    for (uint32_t i = 0; i < a.area_count; i++)
        if (!result_is_ok(shape_check(&a.areas[i].shape, &f))) fail_msg("area %u: %s: %s", i, f.field, f.message);
    return a;
}

static const struct row {
    const char *raw;
    uint32_t areas;
    unsigned marks;
    bool complete;
} rows[] = {
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W-474000S1260000W" TAIL, 1, 0, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W-474000S1260000W-473000S1260000W" TAIL, 1, 0, true},
    {HEAD "E) WI " SQUARE TAIL, 1, NOTAM_MARK_LINES, true},
    {HEAD "E) WI 4730S12600W-4730S12550W-4740S12550W-4740S12600W" TAIL, 1, NOTAM_MARK_MINUTES, true},
    {HEAD "E) WI 473000S1260000W-474000S1255000W-473000S1255000W-474000S1260000W" TAIL, 1, NOTAM_MARK_CROSSING, true},
    /* a slot narrower than what minutes leave open: it does not grow as it is */
    {HEAD "E) WI 4730S12600W-4730S12550W-4740S12550W-4740S12554W-4732S12554W-4732S12555W-4740S12555W-4740S12600W" TAIL, 1,
     NOTAM_MARK_MINUTES | NOTAM_MARK_CROSSING, true},
    /* a slot of 31 m between long edges: the line on the chart crosses it, the great circles do not */
    {HEAD "E) WI 470000S1260000W-470000S1250000W-472959S1250000W-472959S1255900W-473000S1255900W-473000S1250000W-480000S1250000W-"
          "480000S1260000W" TAIL, 1, NOTAM_MARK_LINES | NOTAM_MARK_CROSSING, true},
    {HEAD "E) WI 473000S1260000W-473500S1260000W-474000S1260000W" TAIL, 1, NOTAM_MARK_COORDS_UNREAD | NOTAM_MARK_Q_CIRCLE, false},
    {HEAD "E) WI 473000S1260000W-473000S1255000W THENCE ALONG FIR BOUNDARY TO 474000S1255000W-474000S1260000W" TAIL, 2,
     NOTAM_MARK_BOUNDARY, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W THEN ARC 5NM RADIUS TO 474000S1255000W-474000S1260000W" TAIL, 2, NOTAM_MARK_ARC,
     true},
    {HEAD "E) WI 5NM RADIUS OF 473000S1260000W 473000S1255000W 474000S1255000W" TAIL, 1, NOTAM_MARK_DOUBTFUL, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W EXCLUDING 473200S1255600W-473200S1255200W-473600S1255200W" TAIL,
     2, NOTAM_MARK_HOLE, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W. DEBRIS AT 473200S1255500W" TAIL, 1, NOTAM_MARK_LOOSE, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W. DEBRIS AT 475900S1255500W" TAIL, 2,
     NOTAM_MARK_LOOSE | NOTAM_MARK_COORDS_UNREAD, false},
    {HEAD "E) FIRST CORNER 473000S1260000W, SECOND CORNER 473000S1255000W, THIRD CORNER 474000S1255000W" TAIL, 1,
     NOTAM_MARK_LOOSE | NOTAM_MARK_COORDS_UNREAD | NOTAM_MARK_Q_CIRCLE, false},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W. AVOID XX-DCT-473200S1255600W-DCT-XX" TAIL, 1, 0, true},
    {HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W. ALSO SOUTH OF 48S" TAIL, 2, NOTAM_MARK_COORDS_UNREAD, false},
    {HEAD "E) WI 170000S0260000W-170000S0255000W-171000S0255000W" TAIL, 1, NOTAM_MARK_Q_APART, true},
    {HEAD "E) WI 5NM RADIUS OF 473000S1260000W" TAIL, 1, 0, true},
    {HEAD "E) WI 5NM RADIUS OF 4730S12600W" TAIL, 1, NOTAM_MARK_MINUTES, true},
    {HEAD "E) 5NM EITHER SIDE OF 473000S1260000W-473000S1255000W" TAIL, 1, 0, true},
    {HEAD "E) SOMETHING IN THE WHOLE FIR" TAIL, 1, NOTAM_MARK_Q_CIRCLE, true},
    {HEAD "E) WI 473000S1260000W-473000S1260000W-473000S1260000W" TAIL, 1, NOTAM_MARK_COORDS_UNREAD | NOTAM_MARK_Q_CIRCLE, false},
    {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4730S12530W999\nA) XXAA B) 2602010100 C) PERM\nE) FIR CLOSED" TAIL, 1,
     NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_Q_999 | NOTAM_MARK_PERMANENT, true},
    {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/\nA) XXAA B) 2602010100 C) 2602010200 EST\nE) FIR CLOSED" TAIL, 0,
     NOTAM_MARK_ESTIMATED, false},
    {"A0001/26 NOTAMC A0001/25\nQ) XXAA/QRDCA/IV/BO/W/000/999/4730S12530W060\nA) XXAA B) 2602010100\nE) WI " SQUARE, 0,
     NOTAM_MARK_NO_END, false},
    {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W///4730S12530W060\nA) XXAA PART 1 OF 2 B) NOW C) LATER\nE) X", 1,
     NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_NO_LEVELS | NOTAM_MARK_PART | NOTAM_MARK_NO_BEGIN | NOTAM_MARK_NO_END, false},
    {HEAD "D) WHENEVER\nE) X" TAIL, 1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_SCHEDULE_UNREAD, false},
    {HEAD "D) 0100-0200 01\nE) X" TAIL, 1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_SCHEDULE_ODD, true},
    {HEAD "D) 0110-0200\nE) X" TAIL, 1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_SCHEDULE_UNALIGNED, true},
    {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4730S12530W060\nA) XXAA B) 2602011200 C) 2602020600\nD) 01 SR-SS\nE) X", 1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_SUN, true},
    {"A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/999/4730S12530W060\nA) XXAA B) 2602010100 C) 3602010200\nD) DAILY 0100-0200\nE) X" TAIL,
     1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_SCHEDULE_LONG, true},
    {HEAD "E) X\nF) FL100 G) FL050", 1, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_LEVELS_DIFFER, true}};

static void marks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notam_areas a = read_fine(rows[i].raw);
        if (a.area_count != rows[i].areas || a.marks != rows[i].marks || a.complete != rows[i].complete)
            fail_msg("row %zu: %u areas, marks %x, complete %d", i, a.area_count, a.marks, a.complete);
    }
    for (unsigned i = 0; i < NOTAM_MARKS; i++) assert_true(strlen(notam_area_mark_text(i)) > 10);
    assert_string_equal(notam_area_mark_text(NOTAM_MARKS), "");
}

static void shapes(void **state) {
    (void)state;
    struct notam_areas a = read_fine(HEAD "E) WI 5NM RADIUS OF 4730S12600W" TAIL);
    assert_int_equal(a.areas[0].shape.kind, SHAPE_CIRCLE);
    assert_int_equal(a.areas[0].shape.reach_cm, 6 * NOTAM_NM_CM);
    a = read_fine(HEAD "E) 5NM EITHER SIDE OF 47S126W - 48S126W" TAIL);
    assert_int_equal(a.areas[0].shape.kind, SHAPE_CORRIDOR);
    assert_in_range(a.areas[0].shape.reach_cm, 65 * NOTAM_NM_CM - 100, 65 * NOTAM_NM_CM + 100);
    a = read_fine(HEAD "E) X" TAIL);
    assert_int_equal(a.areas[0].shape.reach_cm, 61 * NOTAM_NM_CM);
    a = read_fine(HEAD "E) WI 473000S1260000W-473000S1255000W-474000S1255000W-474000S1260000W-473000S1260000W" TAIL);
    assert_int_equal(a.areas[0].shape.count, 4);
    assert_int_equal(a.areas[0].shape.at[0].lat, -475000000);
    a = read_fine(HEAD "E) WI 473000S1260000W-474000S1255000W-473000S1255000W-474000S1260000W" TAIL); /* a bow tie */
    assert_int_equal(a.areas[0].shape.count, 4);
}

/* What is not understood of items D and E is listed with its words and place. */
static void remarks(void **state) {
    (void)state;
    static const struct { const char *raw, *field, *text; } listed[] = {
        {HEAD "D) WHENEVER\nE) X" TAIL, "d", "WHENEVER"},
        {HEAD "E) SOUTH OF 48S" TAIL, "e", "48S"},
        {HEAD "E) FIRST CORNER 473000S1260000W" TAIL, "e", "473000S1260000W"},
        {HEAD "E) WI 473000S1260000W-473000S1260000W-473000S1260000W" TAIL, "e", "473000S1260000W-473000S1260000W-473000S1260000W"}};
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
        struct notam n;
        struct notam_areas a;
        struct fault f;
        assert_true(result_is_ok(notam_read(text_of(listed[i].raw), &arena, &n, &f)));
        assert_int_equal(n.remark_count, 0);
        assert_true(result_is_ok(notam_area_read(&n, RECEIVED, &arena, &a, &f)));
        assert_int_equal(n.remark_count, 1);
        assert_string_equal(n.remarks->field, listed[i].field);
        if (!text_is(n.remarks->text, listed[i].text)) fail_msg("row %zu: %.*s", i, TEXT_ARG(n.remarks->text));
        assert_ptr_equal(n.remarks->text.at, n.raw.at + n.remarks->offset);
    }
}

static void bands(void **state) {
    (void)state;
    static const struct { const char *q, *fg; int32_t low, high; uint8_t low_ref, high_ref; unsigned marks; } band[] = {
        {"000/999", "F) SFC G) UNL", 0, ALTITUDE_UNLIMITED, ALTITUDE_SFC, ALTITUDE_AMSL, 0},
        {"000/050", "F) SFC G) FL050", 0, 50 * 3048, ALTITUDE_SFC, ALTITUDE_FL, 0},
        {"000/050", "F) SFC G) 4000FT AMSL", 0, 50 * 3048, ALTITUDE_SFC, ALTITUDE_FL, NOTAM_MARK_LEVELS_DIFFER},
        {"000/050", "F) SFC G) 9000FT AMSL", 0, 274320, ALTITUDE_SFC, ALTITUDE_AMSL, NOTAM_MARK_LEVELS_DIFFER},
        {"100/200", "F) FL090 G) FL195", 90 * 3048, 200 * 3048, ALTITUDE_FL, ALTITUDE_FL, NOTAM_MARK_LEVELS_DIFFER},
        {"000/200", "F) FL090 G) UNL", 0, ALTITUDE_UNLIMITED, ALTITUDE_SFC, ALTITUDE_AMSL, NOTAM_MARK_LEVELS_DIFFER},
        {"100/200", "", 100 * 3048, 200 * 3048, ALTITUDE_FL, ALTITUDE_FL, 0},
        {"/", "F) FL090 G) FL195", 90 * 3048, 195 * 3048, ALTITUDE_FL, ALTITUDE_FL, 0},
        {"/", "", 0, ALTITUDE_UNLIMITED, ALTITUDE_SFC, ALTITUDE_AMSL, NOTAM_MARK_NO_LEVELS},
        {"/", "F) FL200 G) FL100", 0, ALTITUDE_UNLIMITED, ALTITUDE_SFC, ALTITUDE_AMSL, NOTAM_MARK_NO_LEVELS}};
    for (size_t i = 0; i < sizeof band / sizeof *band; i++) {
        char raw[400];
        struct append s = append_fixed(raw, sizeof raw - 1);
        append_format(&s, "A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/%s/4730S12530W060\nA) XXAA B) 2602010100 C) 2602010200\nE) X\n%s",
                      band[i].q, band[i].fg);
        raw[s.size] = 0;
        struct notam_areas a = read_fine(raw);
        if (a.lower.cm != band[i].low || a.upper.cm != band[i].high || a.lower.reference != band[i].low_ref ||
            (a.upper.cm != ALTITUDE_UNLIMITED && a.upper.reference != band[i].high_ref) ||
            a.marks != (band[i].marks | NOTAM_MARK_Q_CIRCLE))
            fail_msg("row %zu: %d/%d %d/%d marks %x", i, a.lower.cm, a.lower.reference, a.upper.cm, a.upper.reference, a.marks);
    }
}

static void bounds(void **state) {
    (void)state;
    struct notam_areas a = read_fine("A0001/26 NOTAMN\nA) XXAA B) SOON C) PERM\nE) X");
    assert_int_equal(a.begin, RECEIVED);
    assert_int_equal(a.end, NOTAM_FAR_END);
    a = read_fine("A0001/26 NOTAMN\nA) XXAA B) SOON C) 2001010000\nE) X"); /* over before it came */
    assert_int_equal(a.begin, a.end);
}

/* More areas than a notice holds, or an outline of more corners than a volume: the circle of item Q, and incomplete. */
static void too_large(void **state) {
    (void)state;
    static char raw[80000];
    for (int corners = 0; corners < 2; corners++) {
        struct append s = append_fixed(raw, sizeof raw - 1);
        append_str(&s, HEAD "E) ");
        for (int i = 0; i < LIMIT_VOLUMES + 1; i++)
            append_format(&s, corners ? "47%02d%02dS126%02d00W-" : "5NM RADIUS OF 47%02d%02dS126%02d00W. ", i / 60 % 60, i % 60, i % 7);
        raw[s.size] = 0;
        struct notam_areas a = read_fine(raw);
        assert_int_equal(a.area_count, 1);
        assert_int_equal(a.marks, NOTAM_MARK_Q_CIRCLE | NOTAM_MARK_COORDS_UNREAD);
        assert_false(a.complete);
    }
}

static void volumes(void **state) {
    (void)state;
    const struct volume *v;
    uint32_t count;
    struct fault f = {0};
    struct notam_areas a = read_fine(
        "A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/100/4730S12530W060\nA) XXAA B) 2602010100 C) 2602030200\nD) DAILY 0100-0200\n"
        "E) A: WI 5NM RADIUS OF 473000S1260000W\nB: WI 6NM RADIUS OF 473000S1250000W");
    assert_true(result_is_ok(notam_area_volumes(&a, &arena, &v, &count, &f)));
    assert_int_equal(count, 6);
    assert_int_equal(v[0].shape.reach_cm, 5 * NOTAM_NM_CM);
    assert_int_equal(v[3].shape.reach_cm, 6 * NOTAM_NM_CM);
    assert_int_equal(v[4].start - v[3].start, INSTANT_DAY);
    assert_int_equal(v[0].end - v[0].start, INSTANT_HOUR);
    assert_int_equal(v[0].upper.cm, 304800);
    a = read_fine("A0001/26 NOTAMC A0001/25\nA) XXAA B) 2602010100");
    assert_true(result_is_ok(notam_area_volumes(&a, &arena, &v, &count, &f)));
    assert_int_equal(count, 0);
    /* two areas on 600 days are more than a notice holds */
    a = read_fine(
        "A0001/26 NOTAMN\nQ) XXAA/QRDCA/IV/BO/W/000/100/4730S12530W060\nA) XXAA B) 2602010100 C) 2709230200\nD) DAILY 0100-0200\n"
        "E) A: WI 5NM RADIUS OF 473000S1260000W\nB: WI 6NM RADIUS OF 473000S1250000W");
    assert_int_equal(a.schedule.count, 600);
    assert_true(result_is_ok(notam_area_volumes(&a, &arena, &v, &count, &f)));
    assert_int_equal(count, 2);
    assert_true(v[0].start == a.begin && v[0].end == a.end && (a.marks & NOTAM_MARK_SCHEDULE_LONG));
    struct arena none;
    arena_growing(&none, 0);
    assert_int_equal(notam_area_volumes(&a, &none, &v, &count, &f).code, RESULT_FULL);
    struct notam n = {.raw = TEXT("")};
    assert_int_equal(notam_area_read(&n, RECEIVED, &none, &a, &f).code, RESULT_FULL);
    arena_free(&none);
        a.area_count = LIMIT_VOLUMES + 1;
    assert_int_equal(notam_area_volumes(&a, &arena, &v, &count, &f).code, RESULT_TOO_LARGE);
}

/* --- outlines against the geometry floor --- */

static bool may_be_inside(const struct notam_outline *o, struct position p) {
    struct shape s = {.kind = SHAPE_POLYGON, .count = o->count, .at = o->at};
    int64_t distance, margin;
    return meet_position(&p, 0, &s, &distance, &margin) != WITHIN_OUTSIDE;
}

/* A point `metres` from p, on the ellipsoid, good to centimetres for a few km. */
static struct position moved(struct position p, double metres, double bearing) {
    const double a = 6378137, e2 = 0.00669437999014, rad = 3.14159265358979323846 / 180;
    double s = sin(p.lat * 1e-7 * rad), w = sqrt(1 - e2 * s * s), m = a * (1 - e2) / (w * w * w), n = a / w;
    double lat = p.lat * 1e-7 + metres * cos(bearing) / m / rad;
    double lon = p.lon * 1e-7 + metres * sin(bearing) / (n * cos(p.lat * 1e-7 * rad)) / rad;
    if (lon > 180) lon -= 360;
    if (lon < -180) lon += 360;
    return (struct position){(int32_t)lround(lat * 1e7), (int32_t)lround(lon * 1e7)};
}

/* A star-shaped outline around a centre: reflex corners, sharp tips. */
static uint32_t star(struct seeded *r, struct position at[16], double reach_m) {
    struct position centre = {(int32_t)seeded_below(r, 1400000000) - 700000000,
                              (int32_t)((int64_t)seeded_below(r, 3600000000) - 1800000000)};
    uint32_t n = 3 + (uint32_t)seeded_below(r, 10);
    double turn = seeded_below(r, 2) ? 1 : -1;
    for (uint32_t i = 0; i < n; i++)
        at[i] = moved(centre, reach_m * (0.3 + (double)seeded_below(r, 1000) / 1400), turn * 6.283185307 * i / n);
    return n;
}

static void grown_holds_all_within(void **state) {
    (void)state;
    struct seeded r = seeded_start(11);
    uint32_t refused = 0;
    for (int round = 0; round < 1000; round++) {
        struct position room[64], base[16];
        uint32_t n = star(&r, base, 5000 + (double)seeded_below(&r, 40000));
        struct notam_outline o = {room, n, 64};
        memcpy(room, base, n * sizeof *base);
        if (!notam_outline_grow(&o, 1852)) {
            refused++;
            assert_int_equal(o.count, n);
            assert_memory_equal(room, base, n * sizeof *base);
            continue;
        }
        struct shape s = {.kind = SHAPE_POLYGON, .count = o.count, .at = o.at};
        struct fault f;
        if (!result_is_ok(shape_check(&s, &f))) fail_msg("round %d: %s", round, f.message);
        for (int k = 0; k < 60; k++) {
            uint32_t i = (uint32_t)seeded_below(&r, n), j = (i + 1) % n;
            double t = (double)seeded_below(&r, 1001) / 1000;
            int64_t turn = (int64_t)base[j].lon - base[i].lon;
            turn = turn > 1800000000 ? turn - 3600000000 : turn < -1800000000 ? turn + 3600000000 : turn;
            int64_t lon = base[i].lon + (int64_t)(t * (double)turn);
            lon = lon > 1800000000 ? lon - 3600000000 : lon < -1800000000 ? lon + 3600000000 : lon;
            struct position on = {(int32_t)(base[i].lat + t * (base[j].lat - base[i].lat)), (int32_t)lon};
            /* `on` lies on the chart's line, up to 100 m from the edge (edges of 30 km, 70 degrees): keep that apart */
            struct position p = moved(on, k % 2 == 0 && (t == 0 || t == 1) ? 1851.9 : 1700, (double)seeded_below(&r, 6283) / 1000);
            if (!may_be_inside(&o, p)) fail_msg("round %d: %d %d is outside", round, p.lat, p.lon);
        }
        for (uint32_t i = 0; i < n; i++)
            for (int k = 0; k < 12; k++)
                if (!may_be_inside(&o, moved(base[i], 1851.9, k * 0.5236))) fail_msg("round %d: corner %u", round, i);
    }
    assert_in_range(refused, 0, 100); /* narrow notches only: the hull stands in for those */
}

static void long_edges_hold_the_chart_line(void **state) {
    (void)state;
    struct seeded r = seeded_start(13);
    uint32_t held = 0;
    for (int round = 0; round < 150; round++) {
        struct position room[LIMIT_VERTICES], base[4];
        int32_t lat = (int32_t)seeded_below(&r, 1200000000) - 600000000, height = 50000000 + (int32_t)seeded_below(&r, 100000000);
        int32_t lon = (int32_t)seeded_below(&r, 2000000000) - 1000000000, width = 50000000 + (int32_t)seeded_below(&r, 400000000);
        int32_t tilt = seeded_below(&r, 2) ? 0 : (int32_t)seeded_below(&r, 80000000) - 40000000;
        base[0] = (struct position){lat, lon};
        base[1] = (struct position){lat + tilt, lon + width};
        base[2] = (struct position){lat + tilt + height, lon + width};
        base[3] = (struct position){lat + height, lon};
        struct notam_outline o = {room, 4, LIMIT_VERTICES};
        bool changed = false;
        memcpy(room, base, sizeof base);
        assert_true(notam_outline_hold_rhumb(&o, &changed));
        held += changed;
        struct notam_outline plain = {base, 4, 4};
        for (int k = 0; k <= 80; k++) {
            double t = k / 80.0, rad = 3.14159265358979323846 / 180e7;
            for (int e = 0; e < 2; e++) {
                const struct position *a = &base[e == 0 ? 0 : 3], *b = &base[e == 0 ? 1 : 2];
                double y = a->lat + t * (b->lat - a->lat), part = t;
                if (a->lat != b->lat)
                    part = (asinh(tan(y * rad)) - asinh(tan(a->lat * rad))) / (asinh(tan(b->lat * rad)) - asinh(tan(a->lat * rad)));
                struct position p = {(int32_t)lround(y), (int32_t)lround(a->lon + part * (b->lon - a->lon))};
                struct shape s = {.kind = SHAPE_POLYGON, .count = o.count, .at = o.at};
                int64_t distance, margin;
                /* beside an end the line may leave by the 100 m that are not minded */
                if (meet_position(&p, 10000, &s, &distance, &margin) == WITHIN_OUTSIDE)
                    fail_msg("round %d edge %d t %g: %d %d outside by %lld cm", round, e, t, p.lat, p.lon, (long long)distance);
            }
            struct position inner = {(int32_t)(lat + height / 2), (int32_t)(lon + t * width)};
            if (may_be_inside(&plain, inner)) assert_true(may_be_inside(&o, inner)); /* nothing is lost */
        }
    }
    assert_in_range(held, 100, 150); /* the others lie on the equator, where both lines are one */
}

static void crossings(void **state) {
    (void)state;
    static const struct { int32_t lat[6], lon[6]; uint32_t count; bool crosses; } table[] = {
        {{0, 0, 10, 10}, {0, 10, 10, 0}, 4, false},      {{0, 10, 0, 10}, {0, 10, 10, 0}, 4, true},
        {{0, 0, 10}, {0, 10, 5}, 3, false},              {{0, 0, 0, 10}, {0, 10, 5, 5}, 4, true}, /* folds back */
        {{0, 0, 10, 10, 0}, {0, 10, 10, 0, 5}, 5, true}, /* a corner on an edge */
        {{0, 0, 5, 10, 5, 10}, {0, 10, 5, 10, 5, 0}, 6, true}, /* a position twice */
        {{0, 0, 10, 0, 0, -10}, {0, 20, 20, 30, 10, 5}, 6, true},  /* edges on one great circle that share a part */
        {{0, 0, 10, 0, 0, -10}, {0, 10, 10, 20, 15, 5}, 6, false}, /* and that do not */
        {{0, 0, 10, 0, 0, -10}, {0, 10, 20, 30, -10, 5}, 6, true}, /* and where one holds the other */
        {{0, 0, 10, 5, 10}, {0, 10, 10, 5, 0}, 5, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct position at[6];
        for (uint32_t k = 0; k < table[i].count; k++) at[k] = (struct position){table[i].lat[k] * 1000000, table[i].lon[k] * 1000000};
        struct notam_outline o = {at, table[i].count, 6};
        if (notam_outline_crosses(&o) != table[i].crosses) fail_msg("row %zu", i);
    }
    struct position at[5] = {{0, 0}, {0, 0}, {0, 10}, {10, 0}, {0, 0}};
    struct notam_outline o = {at, 5, 5};
    notam_outline_tidy(&o);
    assert_int_equal(o.count, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks),   cmocka_unit_test(shapes), cmocka_unit_test(remarks),
                                       cmocka_unit_test(bands),   cmocka_unit_test(bounds),
                                       cmocka_unit_test(volumes), cmocka_unit_test(too_large), cmocka_unit_test(grown_holds_all_within),
                                       cmocka_unit_test(long_edges_hold_the_chart_line), cmocka_unit_test(crossings)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam_area", tests, arena_up, arena_down);
}
