/* An aircraft that flies along a boundary, of a notice's footprint, of its band, or of how far is looked ahead: what is told of it may change as its true
 * motion does, not as the noise of its reports does. Noise is drawn from seeds; the true motion is a straight line. */
#include "watched.h"

#include <math.h>

#define LAT (-47.0)
#define LON (-126.0)
#define METRE (1 / 111200.0) /* of latitude, in degrees */

static uint64_t state;
static double noise(void) { /* uniform in -1 to 1 */
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = (state ^ (state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

struct flown { uint32_t began, ended, levels; };
struct course { double beside_m, height_m, metres, degrees, rise_m, seconds; };
/* So many seconds northward along the western side of a notice of 10 degrees (a meridian, which is as straight as it looks), so far beside it (west positive), at
 * that height; noise up to so much. */
static struct flown fly(uint64_t seed, const struct course *c) {
    struct world w;
    struct flown f = {0};
    state = seed;
    world_small(&w);
    w.quick = true;
    world_feed(&w, "cat", "radar", "");
    struct said *n = say_notice(&w, "ann", FOR_ALL, LAT, LON, 10, 0, 100000);
    world_accept(&w, n);
    for (int t = 0; t < c->seconds; t += 5) {
        double lat = LAT + 1 + (t * 150 + noise() * c->metres) * METRE, lon = LON - (c->beside_m + noise() * c->metres) * METRE / cos(lat * M_PI / 180);
        struct said *x = say_position(&w, "cat", "radar", (uint64_t)t + 1, "c81234", lat, lon, 150 + noise() * 2, fmod(360 + noise() * c->degrees, 360));
        ((struct frame_position *)(uintptr_t)x->s.frame.positions)->altitude.cm = (int32_t)(100 * (c->height_m + noise() * c->rise_m));
        world_accept(&w, x);
        for (int k = 0; k < 2; k++) {
            for (uint32_t i = 0; told(&w, TOLD_ALERT, "cat", i); i++) {
                const struct effect *e = told(&w, TOLD_ALERT, "cat", i);
                says(e, "\"state\":\"began\"") ? f.began++ : says(e, "\"state\":\"ended\"") ? f.ended++ : f.levels++;
            }
            if (k == 0) world_pass(&w, 5 * INSTANT_SECOND);
        }
    }
    world_close(&w);
    return f;
}
static void stays(const char *where, double at, uint64_t seed, const struct flown *f, uint32_t levels) {
    if (f->began <= 1 && f->ended <= 1 && f->levels <= levels) return;
    fail_msg("%s %.0f m, seed %llu: began %u times, ended %u, changed its level %u times", where, at, (unsigned long long)seed, f->began, f->ended, f->levels);
}
/* From well inside to well outside of what its tube reaches. */
static void along_the_side_of_a_notice(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 2; seed++)
        for (int d = -200; d <= 4000; d += d < 1000 ? 100 : 200) {
            struct course c = {.beside_m = d, .height_m = 1000, .metres = 60, .degrees = 1, .rise_m = 15, .seconds = 1800};
            struct flown f = fly(seed, &c);
            stays("beside it", d, seed, &f, 20); /* in half an hour: by how soon a degree of its course brings it there, not by whether */
        }
}
/* Its band ends at 3,000 m. Heights wander by up to 30 m: within that, and a hundred metres that a tube's heights are taken wider. */
static void along_the_top_of_its_band(void **unused) {
    (void)unused;
    uint32_t told_of = 0, untold = 0;
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (int h = 2900; h <= 3300; h += 20) {
            struct course c = {.beside_m = -5000, .height_m = h, .metres = 60, .degrees = 1, .rise_m = 30, .seconds = 1800};
            struct flown f = fly(seed, &c);
            stays("at", h, seed, &f, 2);
            f.began ? told_of++ : untold++;
            assert_true(h > 3060 ? h < 3140 || !f.began : f.began && !f.ended); /* nothing that may be inside is left out for it, nothing far above told */
        }
    assert_true(told_of > 10 && untold > 10);
}
/* Two that fly side by side, 15 km apart, and draw nearer so slowly that they are within 5 NM after as long as is looked ahead, or a little less or more: the place of
 * the closest approach lies at the edge of it, now within and now beyond, with the noise of the reports. Then one that is ahead and slower by so much that it is. */
static struct flown together(uint64_t seed, double metres_apart, double closing, bool behind) {
    struct world w;
    struct flown f = {0};
    state = seed;
    world_small(&w);
    w.quick = true;
    world_feed(&w, "cat", "radar", "");
    for (int t = 0; t < 600; t += 5) {
        for (int i = 0; i < 2; i++) {
            /* the gap stays: what is closing is reported, and never flown, so the aircraft is at the edge all the time */
            double speed = behind && i ? 150 + closing : 150, course = !behind && i ? -asin(closing / 150) * 180 / M_PI : 0;
            double north = t * 150.0 - (behind && i ? metres_apart : 0), east = !behind && i ? metres_apart : 0;
            double lat = LAT + (north + noise() * 30) * METRE, lon = LON + (east + noise() * 30) * METRE / cos(lat * M_PI / 180);
            struct said *x = say_position(&w, "cat", "radar", (uint64_t)t * 2 + (uint64_t)i + 1, i ? "c81235" : "c81234", lat, lon, speed + noise(), fmod(720 + course + noise() * 0.3, 360));
            world_accept(&w, x);
            for (uint32_t n = 0; told(&w, TOLD_ALERT, "cat", n); n++) {
                const struct effect *e = told(&w, TOLD_ALERT, "cat", n);
                says(e, "\"state\":\"began\"") ? f.began++ : says(e, "\"state\":\"ended\"") ? f.ended++ : f.levels++;
            }
        }
        world_pass(&w, 5 * INSTANT_SECOND);
        for (uint32_t n = 0; told(&w, TOLD_ALERT, "cat", n); n++) {
            const struct effect *e = told(&w, TOLD_ALERT, "cat", n);
            says(e, "\"state\":\"began\"") ? f.began++ : says(e, "\"state\":\"ended\"") ? f.ended++ : f.levels++;
        }
    }
    world_close(&w);
    return f;
}
static void at_the_edge_of_what_is_looked_ahead(void **unused) {
    (void)unused;
    uint32_t told_of = 0, untold = 0;
    for (int behind = 0; behind < 2; behind++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            for (int seconds = 200; seconds <= 440; seconds += 15) { /* 300 s, and 60 of a tube's hold */
                double closing = 20;
                struct flown f = together(seed, 9260 + 500 + closing * seconds, closing, behind);
                stays(behind ? "behind, seconds" : "beside, seconds", seconds, seed, &f, 20); /* that is the limit of a warning, too: a level is held for the hysteresis, half a minute of ten */
                f.began ? told_of++ : untold++;
            }
    assert_true(told_of > 10 && untold > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(along_the_side_of_a_notice), cmocka_unit_test(along_the_top_of_its_band), cmocka_unit_test(at_the_edge_of_what_is_looked_ahead)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flap", tests, NULL, NULL);
}
