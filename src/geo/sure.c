#include "geo/sure.h"

#include "geo/angle.h"
#include "geo/motion.h"
#include "geo/outline.h"

#define HALF_TURN INT64_C(1800000000)
static const double CM_MOST = 1.1170; /* of 1e-7 degree of a meridian, or of a parallel before its cosine: 111,694 m a degree at the most */
static const double SECONDS = 120.0, FASTEST = 2000.0, FLATTEST = 6.3e6 /* no curve of the ellipsoid's surface bends less sharply */;

static int64_t absolute(int64_t v) { return v < 0 ? -v : v; }
static int64_t lon_between(int64_t a, int64_t b) {
    int64_t d = absolute(a - b) % (2 * HALF_TURN);
    return d > HALF_TURN ? 2 * HALF_TURN - d : d;
}

/* Latitude and longitude are taken to change evenly. Against the geodesic that is off by s^2 / 2R tan(latitude), times at most 1.16, and
 * terms of the third order, small within 70 degrees of the equator and 240 km. */
void sure_tube_make(const struct motion *m, const struct shape *tube, bool still, struct sure_tube *out) {
    *out = (struct sure_tube){0};
    double speed = still ? 0.0 : (double)m->speed_cms / 100.0, reach = (double)tube->reach_cm / 100.0;
    if (absolute(m->at.lat) > 700000000 || speed > FASTEST || reach > 1e6) return;
    struct turn lat = angle_turn_e7(m->at.lat), way = angle_turn_e7((int64_t)m->track_mdeg * 10000);
    double s = speed * SECONDS, sine = lat.sin < 0.0 ? -lat.sin : lat.sin, w = 1.0 - EARTH_E2 * lat.sin * lat.sin, root = angle_sqrt(w);
    double wrong = s * s / (2.0 * FLATTEST) * (sine / lat.cos) * 1.5 + edge_slack(motion_metres(m) * 1.05) + 0.002 * reach + 20.0;
    double room = reach - wrong, wide = lat.cos + (s + 2.0 * reach) / FLATTEST * sine;
    if (room <= 0.0) return;
    double meridian = EARTH_A * (1.0 - EARTH_E2) / (w * root), parallel = EARTH_A / root * lat.cos;
    out->lat_rate = (int32_t)angle_floor(speed * way.cos / meridian / ANGLE_DEGREE_E7 + 0.5);
    out->lon_rate = (int32_t)angle_floor(speed * way.sin / parallel / ANGLE_DEGREE_E7 + 0.5);
    out->room_cm = (int32_t)angle_floor(room * 100.0);
    out->narrow = wide >= 1.0 ? UINT16_MAX : (uint16_t)angle_ceil(wide * 65535.0);
}

bool sure_inside(const struct motion *m, const struct sure_tube *q, instant t, const struct position *p) {
    int64_t after;
    if (q->room_cm <= 0 || __builtin_sub_overflow(t, m->time, &after)) return false;
    int64_t ms = after / 1000000;
    if (after < 0 || ms > (int64_t)(SECONDS * 1000.0) || after > m->span) return false;
    int64_t lat = p->lat - (m->at.lat + q->lat_rate * ms / 1000), lon = lon_between(p->lon, m->at.lon + q->lon_rate * ms / 1000);
    double y = (double)lat * CM_MOST, x = (double)lon * CM_MOST * ((double)q->narrow / 65535.0), room = (double)q->room_cm;
    return x * x + y * y <= room * room;
}

int64_t sure_most_cm(const struct position *a, const struct position *b) {
    int64_t e7 = absolute((int64_t)a->lat - b->lat) + lon_between(a->lon, b->lon);
    return e7 + e7 / 8 + 1;
}

bool sure_close(const struct position *a, const struct position *b, int64_t cm) {
    return (double)(absolute((int64_t)a->lat - b->lat) + lon_between(a->lon, b->lon)) * 1.12 <= (double)cm;
}

/* Degrees that hold a shape's core. A great circle's edge bulges towards its pole; its longitude turns nowhere. */
struct frame { int64_t south, north, west, east; };
static bool frame_of(const struct shape *s, struct frame *f) {
    *f = (struct frame){s->at[0].lat, s->at[0].lat, s->at[0].lon, s->at[0].lon};
    for (uint32_t i = 1; i < s->count; i++) {
        const struct position *p = &s->at[i];
        if (p->lat < f->south) f->south = p->lat;
        if (p->lat > f->north) f->north = p->lat;
        if (p->lon < f->west) f->west = p->lon;
        if (p->lon > f->east) f->east = p->lon;
    }
    if (f->south < -750000000 || f->north > 750000000 || f->north - f->south > 50000000 || f->east - f->west > 50000000) return false;
    double wide = (double)(f->east - f->west) * ANGLE_DEGREE_E7; /* radians; the bulge is wide^2 / 8 sin cos, of latitude */
    int64_t bulge = angle_ceil(wide * wide / 8.0 * 0.6 / ANGLE_DEGREE_E7) + 1;
    f->south -= bulge;
    f->north += bulge;
    return true;
}

bool sure_far(const struct shape *a, const struct shape *b, int64_t reach_cm) {
    const int64_t farthest = 100000000; /* 10 degrees: what lies beyond counts as that far */
    struct frame f, g;
    if (!frame_of(a, &f) || !frame_of(b, &g)) return false;
    double metres = (double)(a->reach_cm + b->reach_cm + reach_cm) / 100.0 * 1.01 + 100.0;
    int64_t lat = f.south > g.north ? f.south - g.north : g.south > f.north ? g.south - f.north : 0;
    double near = EARTH_CURVE_LEAST * 0.99 * ANGLE_DEGREE_E7; /* metres of 1e-7 degree at the least */
    if ((double)(lat < farthest ? lat : farthest) * near > metres) return true;
    int64_t east = f.west - g.east, west = g.west - f.east; /* of one the gap, of the other what is left of the turn */
    int64_t lon = east > west ? east : west;
    if (2 * HALF_TURN - absolute(f.west - g.west) < 3 * farthest) return false; /* across the antimeridian */
    int64_t high = f.north > -f.south ? f.north : -f.south, other = g.north > -g.south ? g.north : -g.south;
    struct turn t = angle_turn_e7(high > other ? high : other);
    return lon > 0 && (double)(lon < farthest ? lon : farthest) * near * t.cos > metres;
}
