/* What the doors of F3548 show of what is released, to whoever asks: nothing smaller than was said, nothing beyond the standard's limits, nothing that the world may not
 * read, and a new OVN just where something is another. Points are drawn, from a seed; what holds what is told by brute force (geometry.c). */
#include <geodesic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"

#define AREA_MOST 2500e6  /* m2, of a polygon */
enum { VERTICES_MOST = 10000, SHAPES_MOST = 64, DRAWN = 12, MOST_DRAWN = 600, CORNERS = 24 };

/* ---- details, as they are given ---- */
static bool height_read(const json_t *volume, const char *name, int64_t *cm) {
    const json_t *h = json_object_get(volume, name);
    return strcmp(text_of(h, "reference"), "W84") == 0 && strcmp(text_of(h, "units"), "M") == 0 && number_scaled(json_object_get(h, "value"), 2, cm);
}
static bool time_read_exact(const json_t *volume, const char *name, int64_t *out) {
    const json_t *t = json_object_get(volume, name);
    return strcmp(text_of(t, "format"), "RFC3339") == 0 && place_instant(text_of(t, "value"), false, out);
}
static bool volume_shown(const json_t *j, struct f_place *p) {
    const json_t *v = json_object_get(j, "volume");
    int64_t lower, upper, start, end;
    struct volume *out = ADD(p->shapes);
    bool outlines = json_object_get(v, "outline_polygon") || json_object_get(v, "outline_circle");
    if (!outlines || !place_outline(v, "outline_polygon", out, &p->unsure)) return false;
    if (!height_read(v, "altitude_lower", &lower) || !height_read(v, "altitude_upper", &upper) || !time_read_exact(j, "time_start", &start) || !time_read_exact(j, "time_end", &end)) return false;
    if (p->shapes.count > 1 && (lower != p->lower || upper != p->upper || start != p->start || end != p->end)) return false;
    p->has_lower = p->has_upper = p->has_start = p->has_end = true;
    p->lower = lower, p->upper = upper, p->start = start, p->end = end;
    return true;
}
static bool place_shown(const json_t *volumes, struct f_place *p) {
    const json_t *v;
    size_t i;
    json_array_foreach(volumes, i, v) if (!volume_shown(v, p)) return false;
    return p->shapes.count > 0;
}
/* All that whoever plans around it must know anew when it is another. */
static void details_hash(const json_t *whole, struct hash *out) {
    json_t *copy = json_deep_copy((json_t *)(uintptr_t)whole), *reference = json_object_get(copy, "reference"); /* jansson counts references in what it does not change */
    json_object_del(reference, "ovn");
    json_object_del(reference, "version");
    json_object_del(reference, "uss_availability");
    json_object_del(reference, "uss_base_url"); /* one text for all, at once; they are written anew by and by */
    char *text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text) abort();
    hash_of(text, strlen(text), out);
    free(text);
    json_decref(copy);
}

/* ---- limits ---- */
static double area_of(const struct volume *v) {
    struct geod_geodesic g;
    struct geod_polygon p;
    double area, length;
    geod_init(&g, 6378137.0, 1 / 298.257223563);
    geod_polygon_init(&p, 0);
    for (uint32_t i = 0; i < v->count; i++) geod_polygon_addpoint(&g, &p, v->at[i].lat / 1e7, v->at[i].lon / 1e7);
    geod_polygon_compute(&g, &p, 0, 1, &area, &length);
    return fabs(area);
}
static uint64_t days_of(const struct b_entity *e) { return ((uint64_t)e->end - (uint64_t)e->start + (uint64_t)DAY - 1) / (uint64_t)DAY; }
static void limits_judge(struct audit *a, const struct b_entity *e, const struct b_piece *p, size_t pieces) {
    size_t vertices = 0, circles = 0;
    for (size_t i = 0; i < p->where.shapes.count; i++) {
        const struct volume *v = &p->where.shapes.at[i];
        vertices += v->count;
        circles += v->shape == CIRCLE;
        if (v->shape == POLYGON && area_of(v) > AREA_MOST * 1.0001) wrong(a, "bridge", "%s shows a polygon of %.1f km2", p->id, area_of(v) / 1e6);
    }
    if (vertices > VERTICES_MOST) wrong(a, "bridge", "%s shows %zu vertices", p->id, vertices);
    if (!e->flight && p->where.shapes.count > 2 * SHAPES_MOST) wrong(a, "bridge", "%s shows %zu shapes", p->id, p->where.shapes.count);
    bool coarsest = pieces == 1 && circles == p->where.shapes.count && circles <= 2;
    if (!e->flight && p->where.end - p->where.start > DAY && days_of(e) <= B_PIECES && !coarsest) wrong(a, "bridge", "%s lasts longer than a day", p->id);
}

/* ---- nothing but what the world may read ---- */
static struct volume point_at(struct point *p) {
    struct volume v = {.shape = CIRCLE, .count = 1, .at = p};
    volume_cap(&v);
    return v;
}
static double across(const struct b_entity *e) { /* metres between any two points of all of it, at most */
    double most = 0;
    for (size_t i = 0; i < e->volumes.count; i++)
        for (size_t k = 0; k <= i; k++) {
            const struct volume *v = &e->volumes.at[i], *w = &e->volumes.at[k];
            double angle = acos(fmax(-1, fmin(1, v->x * w->x + v->y * w->y + v->z * w->z)));
            most = fmax(most, angle * 6400000 + v->round + w->round);
        }
    return most;
}
/* A corner of a polygon is a point of what was said, or lies around a corridor; a circle touches it, and is not wider than all of it. */
static bool shape_explained(const struct b_entity *e, const struct volume *shape) {
    double room = across(e);
    if (shape->shape == CIRCLE && (double)shape->reach_cm / 100 > 1.2 * room + 1000 && room < 1e7) return false;
    for (uint32_t i = 0; i < shape->count; i++) {
        struct volume at = shape->shape == CIRCLE ? *shape : point_at(&shape->at[i]);
        bool near = false;
        for (size_t k = 0; k < e->volumes.count && !near; k++) {
            const struct volume *v = &e->volumes.at[k];
            near = near_enough(&at, v, 50 + 0.15 * (double)v->reach_cm / 100 + 2e-3 * fmin(v->round, 1e6)) != NO;
        }
        if (!near) return false;
        if (shape->shape == CIRCLE) break;
    }
    return true;
}
static bool bounds_are(const struct b_entity *e, const struct f_place *p, const struct band *band, int64_t start, int64_t end) {
    int64_t late = p->start - start;
    if (p->lower != band->low || p->upper != band->high) return false;
    if (e->flight) return p->start == start && p->end == end;
    if (late < 0 || p->start > end || p->end > end) return false;
    return (p->start == start && p->end == end) || (late % DAY == 0 && p->end == (end - p->start > DAY ? p->start + DAY : end));
}
/* Heights and times are those of one of the volumes, a day of it at a time, or of all of them together. */
static bool bounds_explained(const struct b_entity *e, const struct f_place *p) {
    if (bounds_are(e, p, &e->band, e->start, e->end)) return true;
    for (size_t i = 0; !e->flight && i < e->volumes.count; i++)
        if (bounds_are(e, p, &e->bands.at[i], e->volumes.at[i].start, e->volumes.at[i].end)) return true;
    return false;
}
static void explained_judge(struct audit *a, const struct b_entity *e, const struct b_piece *p) {
    if (!bounds_explained(e, &p->where)) wrong(a, "bridge", "heights or times of %s are none of what the world may read", p->id);
    for (size_t i = 0; i < p->where.shapes.count; i++)
        if (!shape_explained(e, &p->where.shapes.at[i])) {
            wrong(a, "bridge", "shape %zu of %s lies where nothing is that the world may read", i, p->id);
            return;
        }
}

/* ---- nothing less than was said ---- */
static double drawn(struct bridge *b) {
    b->draws = b->draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(b->draws >> 11) / 9007199254740992.0;
}
static struct point between(struct point p, struct point q, double t) { /* on the great circle */
    double la = p.lat * 1e-7 * M_PI / 180, lo = p.lon * 1e-7 * M_PI / 180, ma = q.lat * 1e-7 * M_PI / 180, mo = q.lon * 1e-7 * M_PI / 180;
    double x = cos(la) * cos(lo), y = cos(la) * sin(lo), z = sin(la), u = cos(ma) * cos(mo), v = cos(ma) * sin(mo), w = sin(ma);
    double whole = acos(fmax(-1, fmin(1, x * u + y * v + z * w)));
    if (whole < 1e-12 || whole > 3.1) return p;
    double s = sin((1 - t) * whole), r = sin(t * whole), X = s * x + r * u, Y = s * y + r * v, Z = s * z + r * w;
    return (struct point){(int32_t)lround(atan2(Z, hypot(X, Y)) * 180 / M_PI * 1e7), (int32_t)lround(atan2(Y, X) * 180 / M_PI * 1e7)};
}
struct drawing { struct point *at; size_t count, room; };
static void points_of(struct bridge *b, const struct volume *v, struct drawing *out) {
    double reach = (double)v->reach_cm / 100;
    uint32_t each = v->count / CORNERS + 1;
    for (uint32_t i = 0; i < v->count; i += each) {
        struct point next = v->at[v->shape == POLYGON ? (i + 1) % v->count : i + 1 < v->count ? i + 1 : i];
        *ADD(*out) = v->at[i];
        *ADD(*out) = between(v->at[i], next, drawn(b));
        for (int k = 0; k < 4 && reach > 0; k++) *ADD(*out) = point_ahead(between(v->at[i], next, drawn(b)), 360 * drawn(b), reach * (k ? sqrt(drawn(b)) : 0.9999));
        for (int k = 0; k < 8 && reach > 0 && i == 0; k++) *ADD(*out) = point_ahead(v->at[0], 45 * k + 10 * drawn(b), reach * 0.9999);
    }
    double pieces = v->shape == POLYGON && v->round < 5e6 ? area_of(v) / AREA_MOST : 0; /* so many that none of them is likely to have none */
    int wanted = pieces > 1 ? (int)fmin(DRAWN * pieces, MOST_DRAWN) : DRAWN;
    for (int tries = 0, kept = 0; v->shape == POLYGON && tries < 8 * wanted && kept < wanted; tries++) {
        uint32_t i = (uint32_t)(drawn(b) * v->count), k = (uint32_t)(drawn(b) * v->count), m = (uint32_t)(drawn(b) * v->count);
        struct point p = between(between(v->at[i], v->at[k], drawn(b)), v->at[m], drawn(b));
        struct volume at = point_at(&p);
        if (near_enough(&at, v, 0) != YES) continue;
        *ADD(*out) = p;
        kept++;
    }
}
static bool piece_has(const struct b_piece *p, struct point *at) {
    struct volume v = point_at(at);
    for (size_t i = 0; i < p->where.shapes.count; i++)
        if (near_enough(&v, &p->where.shapes.at[i], 0) != NO) return true;
    return p->where.unsure;
}
/* Is that place warned of all the time, at all heights? Pieces that touch go on from each other. */
static bool held(const struct b_entity *e, const struct volume *v, const struct band *band, struct point *at) {
    int64_t until = v->start;
    bool any = false;
    for (bool on = true; on && !(any && until >= v->end);) {
        on = false;
        for (size_t i = 0; i < e->pieces.count; i++) {
            const struct b_piece *p = &e->pieces.at[i];
            if (!p->has_place || p->where.lower > band->low || p->where.upper < band->high || p->where.start > until || (any && p->where.end <= until) || p->where.end < until || !piece_has(p, at)) continue;
            until = p->where.end;
            any = on = true;
        }
    }
    return any && until >= v->end;
}
static void held_judge(struct audit *a, const struct b_entity *e) {
    for (size_t i = 0; i < e->volumes.count; i++) {
        struct drawing d = {0};
        points_of(a->bridge, &e->volumes.at[i], &d);
        a->figure[G_HELD] += d.count;
        for (size_t k = 0; k < d.count; k++) {
            if (held(e, &e->volumes.at[i], &e->bands.at[i], &d.at[k])) continue;
            wrong(a, "bridge", "%s %s/%s: at %.7f %.7f volume %zu is not held by its %zu references", e->flight ? "flight" : "notice", a->parties.at[e->party].name, e->id, d.at[k].lat * 1e-7,
                  d.at[k].lon * 1e-7, i, e->pieces.count);
            break;
        }
        free(d.at);
    }
}
/* One small shape of a day is shown as it was said. */
static void simple_judge(struct audit *a, const struct b_entity *e) {
    const struct volume *v = &e->volumes.at[0];
    bool small = v->shape == CIRCLE || (v->shape == POLYGON && v->count <= 16 && v->round < 1e5 && area_of(v) < AREA_MOST * 0.99);
    if (e->volumes.count != 1 || !small || (!e->flight && e->end - e->start > DAY)) return;
    const struct f_place *p = &e->pieces.at[0].where;
    bool thin = p->shapes.count == 1 && p->shapes.at[0].shape != v->shape; /* a polygon without an inside */
    if (e->pieces.count != 1 || p->shapes.count != 1 || (!thin && !same_footprint(&p->shapes.at[0], v))) wrong(a, "bridge", "%s/%s is small, and not shown as it was said", a->parties.at[e->party].name, e->id);
}

/* ---- one reference with its details ---- */
static void ovn_judge(struct audit *a, struct b_entity *e, struct b_piece *p, const char *ovn, const struct hash *details, int version) {
    uint64_t order = 0;
    bool known = p->ovn[0] != '\0', same_ovn = known && strcmp(ovn, p->ovn) == 0, another = known && !same(details, &p->details);
    bool moves = p->written != a->bridge->number;
    if (known && another == same_ovn && (another || (e->moves <= 1 && !moves))) wrong(a, "bridge", another ? "%s shows something else, and has the OVN that it had" : "%s shows what it showed, and has another OVN", p->id);
    if (known && same_ovn != (version == p->ovn_version)) wrong(a, "bridge", "%s has %s OVN, and version %d behind %d", p->id, same_ovn ? "the same" : "another", version, p->ovn_version);
    if (known && same_ovn && moves && e->settled) wrong(a, "bridge", "%s has another URL, and the OVN that it had", p->id);
    if (known && same_ovn) return;
    p->written = a->bridge->number;
    if (known && e->moves == 0) wrong(a, "bridge", "%s has another OVN, though nothing of it changed", p->id);
    bridge_once(a, "the OVN", ovn, true);
    if (!bridge_ovn_is(a, e, p->number, ovn, &order)) wrong(a, "bridge", "the OVN of %s is none of what the server drew for it", p->id);
    else if (order < e->began && e->stands) wrong(a, "bridge", "the OVN of %s is one of before its release", p->id);
    snprintf(p->ovn, sizeof p->ovn, "%s", ovn);
    p->ovn_version = version;
}
static void details_judge(struct audit *a, const struct b_entity *e, const struct b_piece *p, const json_t *details) {
    if (e->flight) {
        if (json_array_size(json_object_get(details, "off_nominal_volumes")) != 0) wrong(a, "bridge", "%s is off nominal", p->id);
        if ((int64_t)json_number_value(json_object_get(details, "priority")) != e->priority) wrong(a, "bridge", "the priority of %s is another than the world may read", p->id);
    } else if (strcmp(text_of(details, "type"), e->type) != 0) {
        wrong(a, "bridge", "the type of %s is '%s'; what the world may read says '%s'", p->id, text_of(details, "type"), e->type);
    }
    if (json_object_size(details) != (e->flight ? 3 : 2)) wrong(a, "bridge", "details of %s that nothing asks for", p->id);
}
static void one_judge(struct audit *a, const json_t *top) {
    bool constraint = json_object_get(top, "constraint") != NULL;
    const json_t *whole = json_object_get(top, constraint ? "constraint" : "operational_intent"), *reference = json_object_get(whole, "reference"), *details = json_object_get(whole, "details");
    struct b_entity *e = bridge_reference(a, constraint, reference, true);
    struct hash is;
    if (!e) return;
    struct b_piece *p = bridge_piece(e, text_of(reference, "id"));
    int version = (int)json_number_value(json_object_get(reference, "version"));
    a->figure[G_SHOWN]++;
    details_hash(whole, &is);
    ovn_judge(a, e, p, text_of(reference, "ovn"), &is, version);
    p->version = version;
    p->details = is;
    p->seen = a->bridge->turn;
    if (p->has_place) f_place_free(&p->where);
    p->where = (struct f_place){0};
    p->has_place = place_shown(json_object_get(details, "volumes"), &p->where);
    if (!p->has_place) {
        f_place_free(&p->where);
        wrong(a, "bridge", "the volumes of %s are none, or differ in height or time", p->id);
        return;
    }
    int64_t from, to;
    if (!time_read_exact(reference, "time_start", &from) || !time_read_exact(reference, "time_end", &to) || from != p->where.start || to != p->where.end) wrong(a, "bridge", "%s has other times than its details", p->id);
    if (e->settled && e->stands) details_judge(a, e, p, details);
}

/* ---- all of one ---- */
static void entity_shown(struct audit *a, struct b_entity *e) {
    uint64_t numbers = 0;
    bool moved = e->moves > 0, whole = true;
    for (size_t i = e->pieces.count; i-- > 0;)
        if (e->pieces.at[i].seen != a->bridge->turn) { /* it has gone */
            if (!moved) wrong(a, "bridge", "%s has gone, though nothing of it changed", e->pieces.at[i].id);
            bridge_piece_drop(e, &e->pieces.at[i]);
            moved = true;
        }
    if (!e->settled) return;
    if (!e->stands) {
        for (size_t i = 0; i < e->pieces.count; i++) wrong(a, "bridge", "%s stays, whose %s has ended, or is released no more", e->pieces.at[i].id, e->flight ? "flight" : "notice");
        return;
    }
    for (size_t i = 0; i < e->pieces.count; i++) {
        numbers |= e->pieces.at[i].number < B_PIECES ? UINT64_C(1) << e->pieces.at[i].number : 0;
        whole = whole && e->pieces.at[i].has_place;
    }
    if (e->pieces.count == 0) wrong(a, "bridge", "%s %s/%s stands, and is not shown", e->flight ? "flight" : "notice", a->parties.at[e->party].name, e->id);
    else if (e->pieces.count > (e->flight ? 1 : B_PIECES) || numbers != UINT64_MAX >> (64 - e->pieces.count)) wrong(a, "bridge", "%s is shown in %zu pieces, not one for each number", e->id, e->pieces.count);
    if (e->pieces.count > 0 && whole && moved) {
        for (size_t i = 0; i < e->pieces.count; i++) {
            limits_judge(a, e, &e->pieces.at[i], e->pieces.count);
            explained_judge(a, e, &e->pieces.at[i]);
        }
        simple_judge(a, e);
        held_judge(a, e);
    }
    e->moves = 0;
}

/* ---- shares ---- */
static void shares_judge(struct audit *a) {
    uint64_t each = share_of(a, Q_NOTICES) + share_of(a, Q_FLIGHTS);
    const uint64_t most[3] = {each / 4 + 4, each + 64, (2 * each + 256) * 8}, sure[3] = {1, 2, 16};
    static const char *const names[3] = {"references", "footprints", "points"};
    for (size_t party = 0; party < a->parties.count; party++) {
        uint64_t beyond[3] = {0};
        for (size_t i = 0; i < a->bridge->all.count; i++) {
            const struct b_entity *e = &a->bridge->all.at[i];
            uint64_t takes[3] = {e->pieces.count, 0, 0};
            if (e->party != (int)party) continue;
            for (size_t k = 0; k < e->pieces.count; k++)
                for (size_t m = 0; m < e->pieces.at[k].where.shapes.count; m++) takes[1]++, takes[2] += (e->pieces.at[k].where.shapes.at[m].count + 7) / 8 * 8;
            for (int q = 0; q < 3; q++) beyond[q] += takes[q] > sure[q] ? takes[q] - sure[q] : 0;
        }
        for (int q = 0; q < 3; q++)
            if (beyond[q] > most[q]) wrong(a, "bridge", "%s takes %llu %s beyond what each has for sure; its share is %llu", a->parties.at[party].name, (unsigned long long)beyond[q], names[q], (unsigned long long)most[q]);
    }
}

/* ---- all that is shown ---- */
static size_t native_judge(struct audit *a, bool constraint, const json_t *list) {
    const json_t *shown;
    size_t i, n = 0, is = 0;
    json_array_foreach(list, i, shown) {
        struct f_ref *r = a->f3548 ? f_ref_find(a, constraint, text_of(shown, "id")) : NULL;
        if (bridge_shows(a, shown)) continue;
        if (r) f_ref_judge(a, r, "", shown);
        else wrong(a, "bridge", "'%s' of %s is shown, which nobody made", text_of(shown, "id"), text_of(shown, "manager"));
        n++;
    }
    for (size_t k = 0; a->f3548 && k < a->f3548->refs.count; k++) is += a->f3548->refs.at[k].constraint == constraint;
    if (n != is) wrong(a, "bridge", "%zu references of calls are shown, of %zu", n, is);
    return n;
}
static void listed_judge(struct audit *a, bool constraint, const json_t *list) {
    const json_t *shown;
    size_t i, pieces = 0, listed = 0;
    json_array_foreach(list, i, shown) {
        struct b_entity *e = bridge_shows(a, shown) ? bridge_reference(a, constraint, shown, false) : NULL;
        struct b_piece *p = e ? bridge_piece(e, text_of(shown, "id")) : NULL;
        int64_t from, to;
        bool timed = time_read_exact(shown, "time_start", &from) && time_read_exact(shown, "time_end", &to);
        listed += p != NULL;
        if (p && p->has_place && (!timed || from != p->where.start || to != p->where.end)) wrong(a, "bridge", "%s is listed with other times than its details", p->id);
        if (p && p->seen != a->bridge->turn) wrong(a, "bridge", "%s is listed, and nobody is given its details", p->id);
    }
    for (size_t k = 0; k < a->bridge->all.count; k++)
        for (size_t m = 0; a->bridge->all.at[k].flight != constraint && m < a->bridge->all.at[k].pieces.count; m++) pieces += a->bridge->all.at[k].pieces.at[m].seen == a->bridge->turn;
    if (listed != pieces) wrong(a, "bridge", "%zu have details, and %zu are listed", pieces, listed);
}
void audit_shown(struct audit *a, const char *text, size_t size) {
    if (a->dead) return;
    audit_group(a);
    if (!a->bridge) return;
    json_t *j = parse(text, size, true);
    const json_t *constraints = json_object_get(j, "constraint_references"), *intents = json_object_get(j, "operational_intent_references"), *details = json_object_get(j, "details"), *one;
    size_t i;
    if (!json_is_array(constraints) || !json_is_array(intents) || !json_is_array(details)) wrong(a, "bridge", "what is shown is no list");
    bool none_waits = json_number_value(json_object_get(j, "waits")) == 0;
    for (i = 0; i < a->bridge->all.count; i++) { /* three ticks that leave nothing are enough, whoever says that it waits */
        struct b_entity *e = &a->bridge->all.at[i];
        e->settled = e->settled || none_waits || (e->ticks >= 3 && !a->bridge->left);
    }
    a->bridge->turn++;
    a->bridge->draws ^= a->order;
    json_array_foreach(details, i, one) one_judge(a, one);
    listed_judge(a, true, constraints);
    listed_judge(a, false, intents);
    (void)native_judge(a, true, constraints);
    (void)native_judge(a, false, intents);
    for (i = 0; i < a->bridge->all.count; i++) entity_shown(a, &a->bridge->all.at[i]);
    shares_judge(a);
    json_decref(j);
}
