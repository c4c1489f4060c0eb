/* Every real NOTAM of the shared data (not part of the project): counts pinned, with the reason for each class. Skipped by
 * name where the data is absent: PARLEY_SHARED names its folder, else ../shared.
 *
 * Our reading beside the other tool's columns, 192 entries:
 *   outline same       143  the positions of the text, in its order
 *   outline closed      43  the text repeats the first position at the end; theirs keeps the repetition, ours closes by itself
 *   one of several       2  a message with two areas stands twice in the file, once for each; ours has both, both times
 *   lost positions       4  "A - B THENCE ALONG FIR BOUNDARY TO C - D - A": theirs begins behind the last word and drops A and B, so
 *                           that its area is smaller than what the text says. Ours: hull of all four, and the circle of item Q
 *   time same          140  no item D (138), or one whose only activity is B to C (2)
 *   time schedule       52  theirs is B to C whatever item D says, so that it closes whole weeks; ours is item D's windows
 *   order, other, no outline, time other, time unread: none */
#include "notam/notam_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "geo/meet.h"
#include "notam/notam_compare.h"

#define FILES_MOST 64

static struct arena arena;
static struct json_reader *reader;
static char folder[1024];
static char names[FILES_MOST][256];
static uint32_t name_count;

static struct tally {
    uint32_t files, entries, distinct, types[3], references, with_d, d_unread, d_odd, d_style, d_order, d_repaired, d_unaligned, windows, remarks, unread;
    uint32_t forms[4], polygons, vertices, points, areas, marks[NOTAM_MARKS], complete, volumes;
    uint32_t outlines[COMPARE_OUTLINES], times[COMPARE_TIMES];
} seen;

static char identities[512][NOTAM_IDENTITY_ROOM];

static bool known_identity(const char *name) {
    for (uint32_t i = 0; i < seen.distinct; i++)
        if (strcmp(identities[i], name) == 0) return true;
    return false;
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static int up(void **state) {
    (void)state;
    const char *shared = getenv("PARLEY_SHARED");
    snprintf(folder, sizeof folder, "%s/data/notam", shared != NULL ? shared : "../shared");
    DIR *d = opendir(folder);
    arena_growing(&arena, 1 << 28);
    reader = json_reader_new(1 << 20);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        size_t size = strlen(e->d_name);
        if (size > 5 && size < sizeof names[0] && strcmp(e->d_name + size - 5, ".json") == 0 && name_count < FILES_MOST)
            memcpy(names[name_count++], e->d_name, size + 1);
    }
    if (d != NULL) closedir(d);
    qsort(names, name_count, sizeof names[0], by_name);
    return reader == NULL;
}

static int down(void **state) {
    (void)state;
    arena_free(&arena);
    json_reader_free(reader);
    return 0;
}

/* Every position of an outline lies in what became of it. */
static void holds_text(const struct notam_areas *a, const struct coords_area *c) {
    for (uint32_t i = 0; i < c->count; i++) {
        bool held = false;
        for (uint32_t k = 0; k < a->area_count && !held; k++) {
            int64_t distance, margin;
            held = meet_position(&c->at[i].at, 0, &a->areas[k].shape, &distance, &margin) != WITHIN_OUTSIDE;
        }
        assert_true(held);
    }
}

static void areas_tally(const struct notam_entry *e, struct notam_areas *a) {
    const struct volume *volumes;
    uint32_t count;
    struct fault f;
    enum compare_outline outline;
    for (uint32_t i = 0; i < a->coords.area_count; i++) {
        const struct coords_area *c = &a->coords.areas[i];
        seen.forms[c->form]++;
        if (c->form != COORDS_POLYGON) continue;
        seen.vertices += c->count;
        holds_text(a, c);
    }
    for (uint32_t i = 0; i < a->area_count; i++) {
        assert_true(result_is_ok(shape_check(&a->areas[i].shape, &f)));
        seen.polygons += a->areas[i].shape.kind == SHAPE_POLYGON;
    }
    assert_true(result_is_ok(notam_area_volumes(a, &arena, &volumes, &count, &f)));
    seen.volumes += count;
    seen.areas += a->area_count;
    seen.points += a->coords.point_count;
    seen.unread += a->coords.unread_count;
    seen.windows += a->schedule.count;
    seen.complete += a->complete;
    for (unsigned i = 0; i < NOTAM_MARKS; i++) seen.marks[i] += a->marks >> i & 1;
    assert_true(result_is_ok(notam_compare_outline(a, e->coordinates, &arena, &outline, &f)));
    seen.outlines[outline]++;
    seen.times[notam_compare_time(a, e->time)]++;
}

static void entry_tally(const struct notam_entry *e) {
    struct notam n;
    struct notam_areas a;
    struct fault f = {0};
    char name[NOTAM_IDENTITY_ROOM];
    if (!result_is_ok(notam_read(e->raw, &arena, &n, &f))) fail_msg("%.*s: %s", TEXT_ARG(e->code), f.message);
    if (!result_is_ok(notam_area_read(&n, 0, &arena, &a, &f))) fail_msg("%.*s: %s", TEXT_ARG(e->code), f.message);
    notam_identity(&n, name);
    assert_true(strncmp(name, e->code.at, 8) == 0); /* their CODE is our number */
    if (!known_identity(name)) strcpy(identities[seen.distinct++], name);
    seen.entries++;
    seen.types[n.type]++;
    seen.references += n.has_reference;
    seen.remarks += n.remark_count; /* of all items: areas are read by now */
    if (n.item[NOTAM_D].size > 0) {
        seen.with_d++;
        seen.d_unread += a.schedule.rule != NULL;
        unsigned m = a.schedule.marks;
        seen.d_style += (m & SCHEDULE_STYLE) != 0;
        seen.d_order += (m & SCHEDULE_ORDER) != 0;
        seen.d_repaired += (m & SCHEDULE_REPAIRED) != 0;
        seen.d_unaligned += (m & SCHEDULE_UNALIGNED) != 0;
        seen.d_odd += (m & (SCHEDULE_STYLE | SCHEDULE_ORDER | SCHEDULE_REPAIRED)) != 0;
    }
    for (uint32_t i = 0; i < a.schedule.count; i++) {
        assert_true(a.schedule.windows[i].start >= a.begin && a.schedule.windows[i].end <= a.end);
        assert_true(i == 0 || a.schedule.windows[i - 1].end < a.schedule.windows[i].start);
    }
    areas_tally(e, &a);
}

static void file_tally(const char *name) {
    static char bytes[1 << 20];
    char path[2048];
    struct notam_file file;
    struct fault f = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "rb");
    if (in == NULL) fail_msg("%s", path);
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    arena_reset(&arena);
    if (!result_is_ok(notam_file_read((struct text){bytes, size}, reader, &arena, &file, &f))) fail_msg("%s: %s", name, f.message);
    assert_true(file.json);
    seen.files++;
    for (uint32_t i = 0; i < file.count; i++) entry_tally(&file.entries[i]);
}

static void all_files(void **state) {
    (void)state;
    for (uint32_t i = 0; i < name_count; i++) file_tally(names[i]);
}

static void messages(void **state) {
    (void)state;
    assert_int_equal(seen.files, 12);
    assert_int_equal(seen.entries, 192);
    assert_int_equal(seen.distinct, 191); /* the message with two areas stands there twice */
    assert_int_equal(seen.types[NOTAM_NEW], 176);
    assert_int_equal(seen.types[NOTAM_REPLACE], 16);
    assert_int_equal(seen.types[NOTAM_CANCEL], 0);
    assert_int_equal(seen.references, 16);
    assert_int_equal(seen.remarks, 0); /* nothing is not understood */
}

static void outlines(void **state) {
    (void)state;
    assert_int_equal(seen.forms[COORDS_POLYGON], 194); /* one each, and the second areas of the doubled message */
    assert_int_equal(seen.forms[COORDS_CIRCLE] + seen.forms[COORDS_CORRIDOR], 0);
    assert_int_equal(seen.forms[COORDS_LOOSE], 10); /* 8 on routes around, 2 centres of impact areas */
    assert_int_equal(seen.vertices, 829);
    assert_int_equal(seen.points, 886);
    assert_int_equal(seen.unread, 0);
    assert_int_equal(seen.polygons, 194);
    assert_int_equal(seen.areas, 198); /* and 4 circles of item Q */
    assert_int_equal(seen.volumes, 440);
    assert_int_equal(seen.complete, 191); /* all but the one part of two */
}

static void schedules(void **state) {
    (void)state;
    assert_int_equal(seen.with_d, 54);
    assert_int_equal(seen.d_unread, 0);
    assert_int_equal(seen.windows, 429);
    assert_int_equal(seen.d_odd, 23);             /* outside the grammar of OPADD in some way */
    assert_int_equal(seen.d_style, 22);           /* DLY, 1600/2000, 1630-1725 DAILY, ON, AND, stamps with TO, time before date */
    assert_int_equal(seen.d_order, 10);           /* time before date; B and C confirm each */
    assert_int_equal(seen.d_repaired, 2);         /* "0N" and "N0V" */
    assert_int_equal(seen.d_unaligned, 0);        /* all begin at B and end at C, as they should */
}

static void marks(void **state) {
    (void)state;
    static const struct { unsigned mark; uint32_t count; } expected[] = {
        {NOTAM_MARK_MINUTES, 46},      /* positions without seconds */
        {NOTAM_MARK_CROSSING, 3},      /* corners listed crosswise: two of one message and its replacement, and one more */
        {NOTAM_MARK_BOUNDARY, 4},      /* one message and its three successors */
        {NOTAM_MARK_LINES, 65},        /* east-west edges of some 80 km and more */
        {NOTAM_MARK_LOOSE, 2},         /* "debris is expected to fall: <position>" before or behind the outline */
        {NOTAM_MARK_Q_APART, 6},       /* a circle of 10 NM for an area of 70 NM (4), and circles somewhat too small (2) */
        {NOTAM_MARK_LEVELS_DIFFER, 1}, /* FL050 against 5000 ft AMSL */
        {NOTAM_MARK_SCHEDULE_ODD, 11}, /* time before date or digits for letters */
        {NOTAM_MARK_PART, 1}};         /* part 1 of 2; the other is not in the file */
    for (unsigned i = 0; i < NOTAM_MARKS; i++) {
        uint32_t count = 0;
        for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
            if (expected[k].mark == 1u << i) count = expected[k].count;
        if (seen.marks[i] != count) fail_msg("%s: %u", notam_area_mark_text(i), seen.marks[i]);
    }
}

static void beside_the_other_tool(void **state) {
    (void)state;
    static const uint32_t outline[COMPARE_OUTLINES] = {[COMPARE_SAME] = 143, [COMPARE_CLOSED] = 43, [COMPARE_ONE_OF] = 2, [COMPARE_LOST] = 4};
    static const uint32_t time[COMPARE_TIMES] = {[COMPARE_TIME_SAME] = 140, [COMPARE_TIME_SCHEDULE] = 52};
    for (unsigned i = 0; i < COMPARE_OUTLINES; i++) assert_int_equal(seen.outlines[i], outline[i]);
    for (unsigned i = 0; i < COMPARE_TIMES; i++) assert_int_equal(seen.times[i], time[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_files), cmocka_unit_test(messages),
                                       cmocka_unit_test(outlines),  cmocka_unit_test(schedules),
                                       cmocka_unit_test(marks),     cmocka_unit_test(beside_the_other_tool)};
    const char *shared = getenv("PARLEY_SHARED");
    snprintf(folder, sizeof folder, "%s/data/notam", shared != NULL ? shared : "../shared");
    DIR *there = opendir(folder);
    if (there != NULL) closedir(there);
    if (there == NULL) {
        /* cmocka reports a skipped test as "not ok"; these are skipped by name and counted. */
        printf("1..%zu\n", sizeof tests / sizeof tests[0]);
        for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) printf("ok %zu - %s # SKIP no NOTAM data at PARLEY_SHARED\n", i + 1, tests[i].name);
        return 0;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notam_data", tests, up, down);
}
