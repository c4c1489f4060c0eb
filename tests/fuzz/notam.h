/* What must hold of a NOTAM that was taken apart, whatever its bytes were. */
#ifndef PARLEY_TEST_FUZZ_NOTAM_H
#define PARLEY_TEST_FUZZ_NOTAM_H

#include "fuzz.h"

#include "base/limits.h"
#include "notam/notam_compare.h"
#include "notam/notam_file.h"

static inline void check_windows(const struct notam_areas *a) {
    const struct notam_schedule *s = &a->schedule;
    assert(s->count >= 1 && s->count <= NOTAM_WINDOWS_MOST && a->begin <= a->end);
    for (uint32_t i = 0; i < s->count; i++) {
        assert(s->windows[i].start <= s->windows[i].end);
        assert(s->windows[i].start >= a->begin && s->windows[i].end <= a->end);
        assert(i == 0 || s->windows[i - 1].end < s->windows[i].start);
    }
}

static inline void check_message(const struct notam_entry *e, struct arena *arena) {
    struct notam n;
    struct notam_areas a;
    struct fault f = {0};
    char name[NOTAM_IDENTITY_ROOM];
    result r = notam_read(e->raw, arena, &n, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    assert(notam_identity(&n, name) == strlen(name));
    (void)notam_reference_identity(&n, name);
    for (const struct notam_remark *m = n.remarks; m != NULL; m = m->next)
        assert(m->field != NULL && m->rule != NULL && (m->offset + m->text.size <= n.raw.size || m->text.size == 0));
    if (!result_is_ok(notam_area_read(&n, 0, arena, &a, &f))) return;
    check_windows(&a);
    for (uint32_t i = 0; i < a.coords.unread_count; i++)
        assert(a.coords.unread[i].offset + a.coords.unread[i].size <= n.item[NOTAM_E].size);
    uint32_t count = 0;
    const struct volume *volumes;
    if (!result_is_ok(notam_area_volumes(&a, arena, &volumes, &count, &f))) return;
    assert(count <= LIMIT_VOLUMES);
    for (uint32_t i = 0; i < a.area_count; i++) assert(result_is_ok(shape_check(&a.areas[i].shape, &f)));
    enum compare_outline outline;
    (void)!result_is_ok(notam_compare_outline(&a, e->coordinates, arena, &outline, &f));
    (void)notam_compare_time(&a, e->time);
}

static const char notam_example[] =
    "(A0194/24 NOTAMN\n"
    "Q) NZZO/QRDCA/IV/BO/W/000/245/4700S12600W050\n"
    "A) NZZO B) 2401200001 C) 2401252359\n"
    "D) DLY 0200-0800\n"
    "E) DNG AREA ACT DUE MISSILE FIRING WI CIRCLE RADIUS 10NM CENTRED ON 4706S12612W\n"
    "AND AREA 470000S 1260000W - 473000S 1260000W - 473000S 1253000W - 470000S 1260000W.\n"
    "F) SFC G) FL245)";
static const char notam_replacement[] =
    "A0195/24 NOTAMR A0194/24\nQ) NZZO/QRRCA/IV/BO/W/050/UNL/4700S12600W999\nA) NZZO PART 1 OF 2\nB) 2402100200 C) 2402100800 EST\nD) SR-SS\n"
    "E) AREA BOUNDED BY: N470000 W1260000, N473000 W1260000 THEN ALONG FIR BOUNDARY TO N473000 W1253000 EXCLUDING 5NM RADIUS OF 471500S1254500W\n"
    "F) 5000FT AMSL G) UNL\n";
static const char notam_cancel[] = "(B0007/23 NOTAMC B0006/23\nQ) NZZO/QRDXX/IV/BO/W/000/999\nA) NZZO B) 2312010000 C) PERM\nE) CNL)";
static const char notam_json[] =
    "{\"RAWMESSAGE\":[\"(A0194/24 NOTAMN\\nQ) NZZO/QRDCA/IV/BO/W/000/245/4700S12600W050\\nA) NZZO B) 2401200001 C) 2401252359\\nE) WI 10NM OF 4706S12612W\\n"
    "F) SFC G) UNL)\"],\"CODE\":[\"A0194/24\"],\"COORDINATES\":[\"4706S12612W\"],\"TIME\":[\"2401200001-2401252359\"]}";

#endif
