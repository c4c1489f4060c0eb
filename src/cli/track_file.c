#include "cli/track_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/json.h"
#include "log/file.h"

enum { FILE_MOST = 1024 * 1024 * 1024 };
#define KNOT_CMS (185200.0 / 3600.0)
#define FOOT_CM 30.48
#define FEET_A_MINUTE_CMS (FOOT_CM / 60.0)

static int64_t rounded(double v) { return v >= 0 ? (int64_t)(v + 0.5) : -(int64_t)(0.5 - v); }

static result read_whole(const char *path, struct append *out, struct fault *f) {
    const char *why = "";
    int fd = file_open(path, O_RDONLY, 0, false, &why);
    if (fd < 0) return fail(f, RESULT_IO, path, "cannot be opened: %s", why);
    gzFile file = gzdopen(fd, "rb");
    if (file == NULL) {
        close(fd);
        return fail(f, RESULT_FULL, path, "no memory to read it");
    }
    static char chunk[1 << 20];
    int got;
    *out = append_growing(FILE_MOST);
    while ((got = gzread(file, chunk, sizeof chunk)) > 0) append_bytes(out, chunk, (size_t)got);
    int problem = 0;
    why = gzerror(file, &problem);
    result r = OK;
    if (got < 0) r = fail(f, RESULT_IO, path, "cannot be read: %s", why);
    else if (out->full) r = fail(f, RESULT_TOO_LARGE, path, "is longer than %d bytes", FILE_MOST);
    gzclose(file);
    if (!result_is_ok(r)) append_free(out);
    return r;
}

static bool number_of(const struct json *object, const char *name, double *out) {
    const struct json *v = json_member(object, name);
    if (v == NULL || v->kind != JSON_NUMBER) return false;
    *out = v->number;
    return true;
}

static bool set_position(struct track_point *p, double lat, double lon) {
    if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)) return false;
    p->at = (struct position){(int32_t)rounded(lat * 1e7), (int32_t)rounded(lon * 1e7)};
    return true;
}

/* Only what a frame can carry; anything else is unknown rather than wrong. */
static void set_motion(struct track_point *p, bool has_speed, double knots, bool has_track, double degrees, bool has_climb, double feet_a_minute) {
    p->speed_cms = has_speed && knots >= 0 && knots * KNOT_CMS <= 1e6 ? (int32_t)rounded(knots * KNOT_CMS) : -1;
    p->track_mdeg = has_track && degrees >= 0 && degrees <= 360 ? (int32_t)(rounded(degrees * 1000) % 360000) : -1;
    double climb = feet_a_minute * FEET_A_MINUTE_CMS;
    p->climb_cms = has_climb && climb >= -1e5 && climb <= 1e5 ? (int32_t)rounded(climb) : INT32_MIN;
}

static void set_altitude(struct track_point *p, double feet) {
    double cm = feet * FOOT_CM;
    p->has_altitude = cm >= -200000 && cm <= 1e8;
    if (p->has_altitude) p->altitude = (struct altitude){(int32_t)rounded(cm), ALTITUDE_FL};
}

static bool set_name(char out[17], struct text t) {
    size_t size = 0;
    for (size_t i = 0; i < t.size && size < 16; i++) {
        char c = t.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') out[size++] = c;
    }
    out[size] = '\0';
    return size > 0;
}

static void set_callsign(char out[17], struct text t) {
    size_t size = 0;
    for (size_t i = 0; i < t.size && size < 16; i++)
        if (t.at[i] > ' ' && t.at[i] < 0x7f) out[size++] = t.at[i];
    out[size] = '\0';
}

static bool read_entry(const struct json *e, struct track_point *p) {
    double time, lat, lon, altitude, speed = 0, track = 0, climb = 0;
    const struct json *id = json_member(e, "icao24"), *callsign = json_member(e, "callsign");
    memset(p, 0, sizeof *p);
    if (id == NULL || id->kind != JSON_STRING || !set_name(p->identity, id->string)) return false;
    if (!number_of(e, "timestamp", &time) || !number_of(e, "latitude", &lat) || !number_of(e, "longitude", &lon) || !set_position(p, lat, lon)) return false;
    if (!(time >= 0 && time < 7.2e12)) return false;
    p->time = rounded(time) * 1000000;
    if (number_of(e, "altitude", &altitude)) set_altitude(p, altitude);
    if (callsign != NULL && callsign->kind == JSON_STRING) set_callsign(p->callsign, callsign->string);
    bool s = number_of(e, "groundspeed", &speed), t = number_of(e, "track", &track), c = number_of(e, "vertical_rate", &climb);
    set_motion(p, s, speed, t, track, c, climb);
    return true;
}

/* readsb: [seconds after timestamp, lat, lon, altitude ft | "ground" | null, speed kt, track, flags, climb ft/min, …] */
static bool read_trace(const struct json *row, double base, const char *identity, const char *callsign, struct track_point *p) {
    double v[8] = {0};
    bool has[8] = {false}, ground = false;
    unsigned i = 0;
    for (const struct json *e = json_first(row); e != NULL && i < 8; e = json_next(row, e), i++) {
        has[i] = e->kind == JSON_NUMBER;
        if (has[i]) v[i] = e->number;
        if (i == 3 && e->kind == JSON_STRING && text_is(e->string, "ground")) ground = true;
    }
    memset(p, 0, sizeof *p);
    if (!has[0] || !has[1] || !has[2] || !set_position(p, v[1], v[2])) return false;
    double time = base + v[0];
    if (!(time >= 0 && time < 7.2e9)) return false;
    p->time = rounded(time * 1000) * 1000000;
    snprintf(p->identity, sizeof p->identity, "%s", identity);
    snprintf(p->callsign, sizeof p->callsign, "%s", callsign);
    if (has[3]) set_altitude(p, v[3]);
    if (ground) p->has_altitude = true, p->altitude = (struct altitude){0, ALTITUDE_SFC};
    set_motion(p, has[4], v[4], has[5], v[5], has[7], v[7]);
    return true;
}

static int point_compare(const void *a, const void *b) {
    const struct track_point *p = a, *q = b;
    if (p->time != q->time) return p->time < q->time ? -1 : 1;
    return strcmp(p->identity, q->identity);
}

static result read_points(const struct json *top, const char *path, struct arena *arena, struct track_file *out, struct fault *f) {
    bool trace = top->kind == JSON_OBJECT;
    const struct json *list = trace ? json_member(top, "trace") : top, *id = json_member(top, "icao"), *registration = json_member(top, "r");
    char identity[17] = "", callsign[17] = "";
    double base = 0;
    if (trace && (id == NULL || id->kind != JSON_STRING || !set_name(identity, id->string) || !number_of(top, "timestamp", &base)))
        return fail(f, RESULT_MALFORMED, path, "is no trace: 'icao' and 'timestamp' are needed");
    if (list == NULL || list->kind != JSON_ARRAY) return fail(f, RESULT_MALFORMED, path, "is neither an array of positions nor a trace of readsb");
    if (registration != NULL && registration->kind == JSON_STRING) set_callsign(callsign, registration->string);
    out->points = arena_alloc(arena, list->count + 1, sizeof *out->points);
    if (out->points == NULL) return fail(f, RESULT_FULL, path, "no memory for %u positions", list->count);
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e)) {
        struct track_point *p = &out->points[out->count];
        if (trace ? read_trace(e, base, identity, callsign, p) : read_entry(e, p)) out->count++;
        else out->skipped++;
    }
    qsort(out->points, out->count, sizeof *out->points, point_compare);
    return OK;
}

static int identity_compare(const void *a, const void *b) { return strcmp(a, b); }

uint32_t track_file_aircraft(const struct track_file *t, struct arena *arena) {
    uint32_t count = 0;
    char(*seen)[17] = arena_alloc(arena, t->count + 1, sizeof *seen);
    if (seen == NULL) return 0;
    for (uint32_t i = 0; i < t->count; i++) memcpy(seen[i], t->points[i].identity, sizeof seen[i]);
    qsort(seen, t->count, sizeof *seen, identity_compare);
    for (uint32_t i = 0; i < t->count; i++) count += i == 0 || strcmp(seen[i], seen[i - 1]) != 0;
    return count;
}

result track_file_read(const char *path, struct arena *arena, struct track_file *out, struct fault *f) {
    struct append bytes;
    struct fault why = {0};
    const struct json *top;
    *out = (struct track_file){0};
    TRY(read_whole(path, &bytes, f));
    struct json_reader *json = json_reader_new(bytes.size + 1);
    result r = json == NULL ? fail(f, RESULT_FULL, path, "no memory for JSON") : json_parse(json, append_view(&bytes), JSON_OPEN, &top, &why);
    if (json != NULL && !result_is_ok(r)) r = fail(f, r.code, path, "%s: %s", why.field, why.message);
    if (result_is_ok(r)) r = read_points(top, path, arena, out, f);
    json_reader_free(json);
    append_free(&bytes);
    return r;
}

static int frame_compare(const void *a, const void *b) {
    return text_compare(((const struct frame_position *)a)->identity, ((const struct frame_position *)b)->identity);
}

uint32_t track_file_frame(const struct track_file *t, uint32_t from, struct frame_position *out, uint32_t room, uint32_t *taken) {
    uint32_t count = 0, i = from;
    instant second = t->points[from].time / INSTANT_SECOND;
    for (; i < t->count && count < room && t->points[i].time / INSTANT_SECOND == second; i++) {
        const struct track_point *p = &t->points[i];
        bool twice = false; /* a second report of one aircraft within the second: it goes into a frame of its own */
        for (uint32_t k = 0; k < count && !twice; k++) twice = text_is(out[k].identity, p->identity);
        if (twice) break;
        out[count++] = (struct frame_position){
            .identity = text_of(p->identity), .callsign = text_of(p->callsign), .time = p->time, .at = p->at, .altitude = p->altitude,
            .has_altitude = p->has_altitude, .speed_cms = p->speed_cms, .track_mdeg = p->track_mdeg, .climb_cms = p->climb_cms, .uncertainty_cm = -1};
    }
    qsort(out, count, sizeof *out, frame_compare);
    *taken = i - from;
    return count;
}
