/* Positions of item E in every form that real files use, and what they form. All vectors are fictional. */
#include "notam/notam_coords.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

static struct coords read_fine(const char *text) {
    struct coords c;
    struct fault f = {0};
    arena_reset(&arena);
    if (!result_is_ok(notam_coords_read(text_of(text), &arena, &c, &f))) fail_msg("%s: %s", f.field, f.message);
    return c;
}

#define DMS(d, m, s) ((int32_t)((((d) * 3600LL + (m) * 60 + (s)) * 10000000 + 1800) / 3600))

static void one_position(void **state) {
    (void)state;
    const int32_t lat = DMS(47, 2, 31), lon = DMS(126, 42, 7), latm = DMS(47, 2, 0), lonm = DMS(126, 42, 0);
    static const char wrapped[] = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX 4702\n31N1264207E";
    const struct { const char *t; size_t at; int32_t lat, lon, grain; } rows[] = {
        {"N470231E1264207", 0, lat, lon, COORDS_SECOND},
        {"S470231W1264207", 0, -lat, -lon, COORDS_SECOND},
        {"470231N1264207E", 0, lat, lon, COORDS_SECOND},
        {"470231S 1264207W", 0, -lat, -lon, COORDS_SECOND},
        {"47 02 31N 126 42 07E", 0, lat, lon, COORDS_SECOND},
        {"47 02 31 S 126 42 07 W", 0, -lat, -lon, COORDS_SECOND},
        {"470231N/1264207E", 0, lat, lon, COORDS_SECOND},
        {"470231N, 1264207E", 0, lat, lon, COORDS_SECOND},
        {"470231N-1264207E.", 0, lat, lon, COORDS_SECOND},
        {"47\xC2\xB0" "02'31\"N 126\xC2\xB0" "42'07\"E", 0, lat, lon, COORDS_SECOND},
        {"N4702\n31E1264207", 0, lat, lon, COORDS_SECOND},
        {"N47\n0231E1264207", 0, lat, lon, COORDS_SECOND},
        {"N470231E\n1264207", 0, lat, lon, COORDS_SECOND},
        {"N470231E12642\n07", 0, lat, lon, COORDS_SECOND},
        {"470231S\n1264207E", 0, -lat, lon, COORDS_SECOND},
        {wrapped, 65, lat, lon, COORDS_SECOND},
        {"N4702E12642", 0, latm, lonm, COORDS_MINUTE},
        {"4702S12642W", 0, -latm, -lonm, COORDS_MINUTE},
        {"4702S 12642W", 0, -latm, -lonm, COORDS_MINUTE},
        {"S 47 02 E 126 42", 0, -latm, lonm, COORDS_MINUTE},
        {"S47 02 E 126 42\nS48 02 E 126 42", 0, -latm, lonm, COORDS_MINUTE},
        {"S47 02 E126 42", 0, -latm, lonm, COORDS_MINUTE},
        {"S4702 E12642", 0, -latm, lonm, COORDS_MINUTE},
        {"47 02S   126 42E", 0, -latm, lonm, COORDS_MINUTE},
        {"47 02 S 126 42 W", 0, -latm, -lonm, COORDS_MINUTE},
        {"n4702e12642", 0, latm, lonm, COORDS_MINUTE},
        {"47S126W", 0, -470000000, -1260000000, COORDS_DEGREE},
        {"N47 W126", 0, 470000000, -1260000000, COORDS_DEGREE},
        {"4702.5N12642.5E", 0, DMS(47, 2, 30), DMS(126, 42, 30), 16667},
        {"N470231.5E1264207.25", 0, lat + 1389, lon + 695, 278},
        {"47.5N 126.25W", 0, 475000000, -1262500000, 1000000},
        {"900000N1800000E", 0, 900000000, 1800000000, COORDS_SECOND},
        {"000000S0000000W", 0, 0, 0, COORDS_SECOND},
        {"(470231N1264207E)", 1, lat, lon, COORDS_SECOND},
        {"BY:N470231E1264207-", 3, lat, lon, COORDS_SECOND}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coords_point p = {0};
        if (!notam_coords_point(text_of(rows[i].t), rows[i].at, &p)) fail_msg("row %zu (%s): not read", i, rows[i].t);
        if (p.at.lat != rows[i].lat || p.at.lon != rows[i].lon || p.grain != rows[i].grain)
            fail_msg("row %zu (%s): %d %d %d", i, rows[i].t, p.at.lat, p.at.lon, p.grain);
        assert_int_equal(p.offset, rows[i].at);
    }
}

static void no_position(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",          "N",          "N47",          "4702",         "N4702",          "4702N",        "N4702E1264",
        "N4762E12642", "N470261E1264207", "N9001E12642", "N4702E18001", "900001N1264207E", "4702N1264207E", "N470231E12642",
        "470231N12642E", "47023N126420E", "4702N12642X",   "4702N12642EX", "N4702E126421X",   "N4702X12642",  "4702N 12642",
        "1 4702N12642E", "12 4702N12642E", "47 0231N1264207E", "4702\n31N1264207E", "S 09 52 E 088 44 30", "N47.1234567E126.5"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coords_point p;
        if (notam_coords_point(text_of(rows[i]), 0, &p)) fail_msg("row %zu (%s): read as %d %d", i, rows[i], p.at.lat, p.at.lon);
    }
    struct coords_point p;
    assert_false(notam_coords_point(TEXT("XN4702E12642"), 1, &p)); /* in the middle of a word */
    assert_false(notam_coords_point(TEXT("14702N12642E"), 1, &p));
    assert_true(notam_coords_point(TEXT("12 4702N12642E"), 3, &p)); /* the number before it is no part of it */
}

#define A "4700S12600W"
#define B "4700S12500W"
#define C "4800S12500W"
#define D "4800S12600W"
#define E "4900S12700W"
#define F "4900S12800W"

struct expected {
    enum coords_form form;
    uint32_t count;
    int64_t reach_cm;
    unsigned flags;
};

static const struct row {
    const char *t;
    uint32_t areas;
    struct expected area[3];
} rows_of_forms[] = {
    {"NOTHING HERE", 0, {{0}}},
    /* outlines */
    {"BOUNDED BY " A "-" B "-" C "-" D " BACK TO START", 1, {{COORDS_POLYGON, 4, 0, 0}}},
    {A ", " B ", " C, 1, {{COORDS_POLYGON, 3, 0, 0}}},
    {"WI " A "\n" B "\n" C "\n" D "\nAREA-PT XVC0001/26", 1, {{COORDS_POLYGON, 4, 0, 0}}},
    {"AS " A " TO " B " TO " C " TO\n" D " TO POINT\nOF ORIGIN", 1, {{COORDS_POLYGON, 4, 0, 0}}},
    {A " THEN " B " THENCE TO " C "; " D "/" E, 1, {{COORDS_POLYGON, 5, 0, 0}}},
    {A " (XXONE) - " B "(XXTWO)\n - " C " AND " D, 1, {{COORDS_POLYGON, 4, 0, 0}}},
    {A "-" B "-" C "-" A, 1, {{COORDS_POLYGON, 3, 0, COORDS_CLOSED}}},
    /* several in one item */
    {A "-" B "-" C "-" A " " D "-" E "-" F "-" D, 2, {{COORDS_POLYGON, 3, 0, COORDS_CLOSED}, {COORDS_POLYGON, 3, 0, COORDS_CLOSED}}},
    {"DEBRIS WI " A ", " B ", " C "\nDEBRIS WI " D ", " E ", " F, 2, {{COORDS_POLYGON, 3, 0, 0}, {COORDS_POLYGON, 3, 0, 0}}},
    {"AREA A: " A "-" B "-" C "\nAREA B: " D "-" E "-" F, 2, {{COORDS_POLYGON, 3, 0, 0}, {COORDS_POLYGON, 3, 0, 0}}},
    {"1. " A "-" B "-" C "\n2. " D "-" E "-" F, 2, {{COORDS_POLYGON, 3, 0, 0}, {COORDS_POLYGON, 3, 0, 0}}},
    {"A) " A "-" B "-" C "-" A "\nB) " D "-" E "-" F "-" D, 2, {{COORDS_POLYGON, 3, 0, COORDS_CLOSED}, {COORDS_POLYGON, 3, 0, COORDS_CLOSED}}},
    {"1. " A "\n2. " B "\n3. " C "\n4. " D, 1, {{COORDS_POLYGON, 4, 0, 0}}},
    {"1. " A "\n2. " B "\n3. " C "\n4. " A, 1, {{COORDS_POLYGON, 3, 0, COORDS_CLOSED}}},
    /* boundaries and arcs */
    {A " - " B " THENCE ALONG FIR BOUNDARY TO\n" C " - " D " - " A, 1, {{COORDS_POLYGON, 4, 0, COORDS_CLOSED | COORDS_BOUNDARY}}},
    {A " FOLLOWING THE COASTLINE TO " B " TO " C, 1, {{COORDS_POLYGON, 3, 0, COORDS_BOUNDARY}}},
    {A " THEN CLOCKWISE ARC 10NM RADIUS CENTRED ON " B " TO " C " TO " D, 1, {{COORDS_POLYGON, 4, 1852000, COORDS_ARC}}},
    {"POINT A " A " TO POINT B " B " DIRECT TO POINT C: " C, 1, {{COORDS_POLYGON, 3, 0, 0}}},
    {A "-" B " THEN CLOCKWISE 5KM TO " C, 1, {{COORDS_POLYGON, 3, 500000, COORDS_ARC}}},
    {A "-" B " ARC TO " C, 1, {{COORDS_POLYGON, 3, 0, COORDS_ARC}}},
    /* circles */
    {"WI 5NM RADIUS OF " A, 1, {{COORDS_CIRCLE, 1, 926000, 0}}},
    {"WITHIN A RADIUS OF 5 NM CENTRED ON " A, 1, {{COORDS_CIRCLE, 1, 926000, 0}}},
    {"CIRCLE CENTERED ON " A " RADIUS 10KM", 1, {{COORDS_CIRCLE, 1, 1000000, 0}}},
    {"CIRCLE RADIUS 2.5KM CENTRE " A, 1, {{COORDS_CIRCLE, 1, 250000, 0}}},
    {A " RAD 300M", 1, {{COORDS_CIRCLE, 1, 30000, 0}}},
    {"WI 12NM OF PSN " A, 1, {{COORDS_CIRCLE, 1, 2222400, 0}}},
    {"WITHIN 0.1 NAUTICAL MILES OF " A, 1, {{COORDS_CIRCLE, 1, 18520, 0}}},
    {"FIRST: WI 5NM RADIUS " A "\nSECOND: WI 7NM RADIUS " B, 2, {{COORDS_CIRCLE, 1, 926000, 0}, {COORDS_CIRCLE, 1, 1296400, 0}}},
    {"CIRCLES OF 5NM RADIUS CENTRED " A " AND " B, 1, {{COORDS_CORRIDOR, 2, 926000, COORDS_DOUBTFUL}}},
    {"WI 5NM RADIUS OF " A " " B " " C, 1, {{COORDS_POLYGON, 3, 926000, COORDS_DOUBTFUL}}},
    /* corridors */
    {"10NM EITHER SIDE OF A LINE JOINING " A " - " B " - " C, 1, {{COORDS_CORRIDOR, 3, 1852000, 0}}},
    {"LINE " A " - " B " 5KM EACH SIDE", 1, {{COORDS_CORRIDOR, 2, 500000, 0}}},
    {"CORRIDOR 10NM WIDE ALONG " A " - " B, 1, {{COORDS_CORRIDOR, 2, 926000, 0}}},
    {"10NM EITHER\nSIDE OF " A " - " B, 1, {{COORDS_CORRIDOR, 2, 1852000, 0}}},
    /* an outline and a width: not sure that it is a path, so both */
    {"AREA BOUNDED BY " A " - " B " - " C " AND 5NM EITHER SIDE", 1, {{COORDS_POLYGON, 3, 926000, COORDS_DOUBTFUL}}},
    {"5NM EITHER SIDE OF " A " - " B " - " C " - " A, 1, {{COORDS_POLYGON, 3, 926000, COORDS_DOUBTFUL | COORDS_CLOSED}}},
    {"AREA 10NM WIDE: " A " - " B " - " C, 1, {{COORDS_POLYGON, 3, 1852000, COORDS_DOUBTFUL}}},
    {"10NM EAST SIDE OF THE CAPE: " A " - " B " - " C, 1, {{COORDS_POLYGON, 3, 0, 0}}},
    /* what is no area */
    {"DEBRIS EXPECTED TO FALL: " A, 1, {{COORDS_LOOSE, 1, 0, 0}}},
    {"BTN " A " AND " B, 1, {{COORDS_LOOSE, 2, 0, 0}}},
    {"RTE XXONE-DCT-" A "-DCT-XXTWO", 1, {{COORDS_LOOSE, 1, 0, COORDS_ROUTE}}},
    {A "-" B "-" C "\n(155NM NORTHWEST OF SOMEWHERE)", 1, {{COORDS_POLYGON, 3, 0, 0}}},
    {A "-" B "-" C " EXCLUDING " D "-" E "-" F, 2, {{COORDS_POLYGON, 3, 0, 0}, {COORDS_POLYGON, 3, 0, COORDS_HOLE}}}};

static void forms(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows_of_forms / sizeof *rows_of_forms; i++) {
        const struct row *row = &rows_of_forms[i];
        struct coords c = read_fine(row->t);
        if (c.area_count != row->areas) fail_msg("row %zu (%s): %u areas", i, row->t, c.area_count);
        assert_int_equal(c.unread_count, 0);
        for (uint32_t k = 0; k < c.area_count; k++) {
            const struct coords_area *a = &c.areas[k];
            const struct expected *e = &row->area[k];
            if (a->form != e->form || a->count != e->count || a->reach_cm != e->reach_cm || a->flags != e->flags)
                fail_msg("row %zu (%s) area %u: form %d count %u reach %lld flags %u", i, row->t, k, (int)a->form, a->count,
                         (long long)a->reach_cm, a->flags);
        }
    }
}

static void names(void **state) {
    (void)state;
    static const struct { const char *t, *name; } rows[] = {
        {"BOUNDED BY AREA PY: " A " " B " " C, "AREA PY"}, {"WI THE AREA PV BOUNDED BY " A " " B " " C, "AREA PV"},
        {"AREA 1) " A " " B " " C, "AREA 1"},              {"AREA: " A " " B " " C, ""},
        {"FLW AREA MAY BE AFFECTED: " A " " B " " C, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coords c = read_fine(rows[i].t);
        if (!text_is(c.areas[0].name, rows[i].name)) fail_msg("row %zu: %.*s", i, TEXT_ARG(c.areas[0].name));
    }
}

/* What was meant as a position and is none is named, with its place; words and numbers that only resemble one are not. */
static void unread(void **state) {
    (void)state;
    static const struct { const char *t, *found; } rows[] = {
        {"WI 9915S12600W", "9915S12600W"},     {"WI N1700E", "N1700E"},          {"SOUTH OF 30S", "30S"},
        {"N470231E12642 X", "N470231E12642"},  {"4702N1264207E", "4702N1264207E"}, {"S 47 72 W 126 44.", "S 47 72 W 126"},
        {"EAST OF 12600W", "12600W"},          {"REF NOTAM XXXX N2493/24", NULL}, {"RTE N571, W120, Q11", NULL},
        {"2300UTC-0200UTC 5NM 300M", NULL},    {"TEL 0038410 E 7", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct coords c = read_fine(rows[i].t);
        if (c.unread_count != (rows[i].found != NULL)) fail_msg("row %zu (%s): %u unread", i, rows[i].t, c.unread_count);
        if (rows[i].found == NULL) continue;
        struct text t = {rows[i].t + c.unread[0].offset, c.unread[0].size};
        if (!text_is(t, rows[i].found)) fail_msg("row %zu: %.*s", i, TEXT_ARG(t));
    }
    struct coords c = read_fine(A "-" B "-9915S12600W-" C "-" D "-" E); /* it breaks the outline */
    assert_int_equal(c.unread_count, 1);
    assert_int_equal(c.area_count, 2);
}

static void full(void **state) {
    (void)state;
    struct arena none;
    struct coords c;
    struct fault f;
    arena_growing(&none, 0);
    assert_int_equal(notam_coords_read(TEXT(A), &none, &c, &f).code, RESULT_FULL);
    arena_free(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_position), cmocka_unit_test(no_position), cmocka_unit_test(forms),
                                       cmocka_unit_test(names),        cmocka_unit_test(unread),      cmocka_unit_test(full)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam_coords", tests, arena_up, arena_down);
}
