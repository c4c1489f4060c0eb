#include "traffic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define EARTH 6371008.8
#define RADIAN (M_PI / 180.0)
struct craft {
    double at[3], along[3];      /* on the unit sphere; unit, across `at` */
    double speed, height, climb, turn; /* m/s, m, m/s, radians/s */
    double low, high;
    int32_t until;               /* seconds: then it does something else */
    bool small;
    int32_t jump_left;
    uint32_t jump_lat;
    instant last;                /* time of its last report: a doubled one says it again */
};
struct traffic {
    struct craft *craft;
    uint32_t crafts, rivals, second;
    uint64_t seed;
    bool crowd;
    struct frame_position *positions;
    char (*identity)[8];
    struct traffic_counts counts;
};

static double share(struct traffic *t) { return (double)(bench_draw(&t->seed) >> 11) * 0x1p-53; }
static double between(struct traffic *t, double low, double high) { return low + (high - low) * share(t); }
/* Near enough to a normal deviate: three uniform ones. */
static double noise(struct traffic *t, double sigma) { return sigma * 2.0 * (share(t) + share(t) + share(t) - 1.5); }

static void head(struct craft *c, double lat, double lon, double track) {
    double sl = sin(lat), cl = cos(lat), so = sin(lon), co = cos(lon), st = sin(track), ct = cos(track);
    double north[3] = {-sl * co, -sl * so, cl}, east[3] = {-so, co, 0};
    c->at[0] = cl * co, c->at[1] = cl * so, c->at[2] = sl;
    for (int i = 0; i < 3; i++) c->along[i] = ct * north[i] + st * east[i];
}

static void craft_new(struct traffic *t, struct craft *c) {
    double lat = t->crowd ? between(t, 41, 54) : asin(between(t, -0.9, 0.9)) / RADIAN;
    double lon = t->crowd ? between(t, -5, 15) : between(t, -180, 180);
    c->small = !t->crowd && share(t) < 0.2;
    head(c, lat * RADIAN, lon * RADIAN, between(t, 0, 2 * M_PI));
    c->speed = c->small ? between(t, 35, 80) : between(t, 190, 260);
    c->low = c->small ? 300 : 3000;
    c->high = c->small ? 3000 : 12500;
    c->height = between(t, c->low, c->high);
    if (!t->crowd) c->height = 304.8 * (int)(c->height / 304.8);
    c->until = (int32_t)between(t, 0, 480);
}

struct traffic *traffic_new(uint32_t tracks, uint64_t seed, bool crowd) {
    struct traffic *t = bench_room(sizeof *t);
    t->seed = seed;
    t->crowd = crowd;
    t->rivals = crowd ? 0 : tracks / (TRAFFIC_RIVALS + 1);
    t->crafts = tracks - t->rivals;
    t->craft = bench_room(t->crafts * sizeof *t->craft);
    t->positions = bench_room(LIMIT_FRAME_AIRCRAFT * sizeof *t->positions);
    t->identity = bench_room(t->crafts * sizeof *t->identity);
    for (uint32_t i = 0; i < t->crafts; i++) {
        craft_new(t, &t->craft[i]);
        snprintf(t->identity[i], sizeof t->identity[i], "%06x", 0x100000 + i);
    }
    return t;
}
void traffic_free(struct traffic *t) {
    free(t->craft);
    free(t->positions);
    free(t->identity);
    free(t);
}
static uint32_t own_feeds(const struct traffic *t) { return (t->crafts + TRAFFIC_PER_FEED - 1) / TRAFFIC_PER_FEED; }
uint32_t traffic_feeds(const struct traffic *t) { return own_feeds(t) + (t->rivals > 0); }
const struct traffic_counts *traffic_counts(const struct traffic *t) { return &t->counts; }

/* Straight for minutes, then a turn of seconds, or a climb or descent of minutes. */
static void decide(struct traffic *t, struct craft *c) {
    double what = share(t);
    bool straight = c->turn == 0 && c->climb == 0;
    c->turn = c->climb = 0;
    if (!straight || what < 0.3) c->until += (int32_t)between(t, 60, c->small ? 300 : 900);
    else if (what < 0.65) {
        c->turn = (share(t) < 0.5 ? -1 : 1) * (c->small ? 3.0 : 1.5) * RADIAN;
        c->until += (int32_t)between(t, 5, 60);
    } else {
        c->climb = (c->height > (c->low + c->high) / 2 ? -1 : 1) * between(t, 3, c->small ? 5 : 12);
        c->until += (int32_t)between(t, 30, 300);
    }
}
void traffic_move(struct traffic *t) {
    t->second++;
    for (uint32_t i = 0; i < t->crafts; i++) {
        struct craft *c = &t->craft[i];
        double a = c->speed / EARTH, s = a - a * a * a / 6, k = 1 - a * a / 2; /* sine and cosine of so small an angle */
        if (!t->crowd && (int32_t)t->second >= c->until) decide(t, c);
        if (c->turn != 0) {
            double st = sin(c->turn), ct = cos(c->turn), across[3];
            for (int j = 0; j < 3; j++) across[j] = c->along[(j + 1) % 3] * c->at[(j + 2) % 3] - c->along[(j + 2) % 3] * c->at[(j + 1) % 3];
            for (int j = 0; j < 3; j++) c->along[j] = ct * c->along[j] + st * across[j];
            t->counts.turning++;
        }
        for (int j = 0; j < 3; j++) {
            double at = c->at[j];
            c->at[j] = k * at + s * c->along[j];
            c->along[j] = k * c->along[j] - s * at;
        }
        c->height += c->climb;
        if (c->height < c->low || c->height > c->high) c->climb = 0;
    }
}

static int32_t e7(double radians) { return (int32_t)lround(radians / RADIAN * 1e7); }

/* Where it was `age` seconds ago, by its present speed, with the receiver's noise. */
static void say(struct traffic *t, struct craft *c, const char *identity, double age, double sigma, double off, struct frame_position *p) {
    double back = c->speed * age / EARTH, x[3], wrong = sigma / EARTH;
    for (int j = 0; j < 3; j++) x[j] = c->at[j] - back * c->along[j];
    double level = sqrt(x[0] * x[0] + x[1] * x[1]), lat = atan2(x[2], level), lon = atan2(x[1], x[0]);
    double north = level * c->along[2] - x[2] * (x[0] * c->along[0] + x[1] * c->along[1]) / level;
    double east = (x[0] * c->along[1] - x[1] * c->along[0]) / level, track = atan2(east, north) / RADIAN + noise(t, sigma > 0 ? 0.2 : 0);
    if (sigma > 0) lat += noise(t, wrong), lon += noise(t, wrong) / level;
    double height = c->height - c->climb * age;
    int32_t cm = t->crowd ? (int32_t)lround(height * 100) : (int32_t)lround(height / 7.62) * 762; /* steps of 25 ft */
    *p = (struct frame_position){.identity = {identity, 6}, .at = {e7(lat + off / EARTH), e7(lon)}, .has_altitude = true,
                                 .altitude = {cm, ALTITUDE_FL}, .speed_cms = (int32_t)lround((c->speed + noise(t, sigma > 0 ? 0.5 : 0)) * 100),
                                 .track_mdeg = (int32_t)lround((track < 0 ? track + 360 : track >= 360 ? track - 360 : track) * 1000) % 360000,
                                 .climb_cms = (int32_t)lround(c->climb * 100), .uncertainty_cm = t->crowd ? 0 : 1000};
}

/* One report; false: none in this second. */
static bool report(struct traffic *t, struct craft *c, const char *identity, instant now, bool rival, uint32_t i, struct frame_position *p) {
    enum { BEGIN = 60 }; /* nobody switches everything on at once */
    if (!t->crowd && t->second < BEGIN && (i * UINT32_C(2654435761) >> 16) % BEGIN >= t->second) return false;
    bool astray = rival && i / TRAFFIC_RIVALS % 500 == 7;
    double what = share(t), age = t->crowd ? 0 : share(t);
    if (!t->crowd && what < 0.03) return false;
    if (!t->crowd && what < 0.04) age = between(t, 2, 10);
    double jump = 0;
    if (!t->crowd && !rival && c->jump_left == 0 && share(t) < 1e-5) c->jump_left = 1 + (int32_t)between(t, 0, 5);
    if (!rival && c->jump_left > 0) {
        c->jump_left--;
        jump = 30000;
        t->counts.jumps++;
    }
    say(t, c, identity, age, t->crowd ? 0 : rival ? 40 : 8, jump + (astray ? 5000 : 0), p);
    p->time = now - (instant)(age * 1e3) * 1000000;
    if (what < 0.04) t->counts.late++;
    else if (what < 0.05 && !t->crowd && !rival && c->last != 0) p->time = c->last, t->counts.doubled++;
    if (!rival) c->last = p->time;
    t->counts.astray += astray;
    t->counts.reports++;
    return true;
}
void traffic_frame(struct traffic *t, uint32_t f, instant now, struct body_frame *out) {
    bool rival = f == own_feeds(t);
    uint32_t step = rival ? TRAFFIC_RIVALS : 1, from = rival ? 0 : f * TRAFFIC_PER_FEED;
    uint32_t to = rival ? t->rivals * TRAFFIC_RIVALS : from + TRAFFIC_PER_FEED < t->crafts ? from + TRAFFIC_PER_FEED : t->crafts;
    *out = (struct body_frame){.number = t->second, .time = now, .positions = t->positions};
    for (uint32_t i = from; i < to; i += step)
        if (report(t, &t->craft[i], t->identity[i], now, rival, i, &t->positions[out->count])) out->count++;
}
