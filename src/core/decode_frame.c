/* Frames of positions: fixed layouts instead of JSON, because a million a second pass here. FORMAT.md, "frame". */
#include <assert.h>

#include "core/decode_inner.h"

enum {
    VERSION = 1,
    VERSION_SHED = 2, /* of a frame's head: the same, and behind it how many aircraft were shed */
    HAS_ALTITUDE = 1,
    FRAME_FIXED = 20,
    AIRCRAFT_FIXED = 40,
    TRACK_MOST = 359999,
    MARK_MOST = 16
};

static bool time_valid(instant t) { return t >= DECODE_TIME_FIRST && t <= DECODE_TIME_LAST; }

/* The rule that a position breaks, or NULL. */
static const char *broken_rule(const struct frame_position *p) {
    if (!decode_is_identity(p->identity)) return "identity: 1 to 16 of a-z, 0-9 and '-'";
    if (p->callsign.size > 0 && !decode_is_mark(p->callsign))
        return "callsign: at most 16 printable ASCII characters without space";
    if (!time_valid(p->time)) return "time: must lie in the years 1970 to 2199";
    if (p->at.lat < -900000000 || p->at.lat > 900000000) return "latitude: -90 to 90 degrees";
    if (p->at.lon < -1800000000 || p->at.lon > 1800000000) return "longitude: -180 to 180 degrees";
    if (p->has_altitude) {
        if (p->altitude.reference >= ALTITUDE_REFERENCES) return "altitude reference: 0 to 3";
        if (p->altitude.cm < DECODE_ALTITUDE_LOW_CM || p->altitude.cm > DECODE_ALTITUDE_HIGH_CM)
            return "altitude: -2,000 m to 1,000,000 m";
    } else if (p->altitude.cm != 0 || p->altitude.reference != 0) {
        return "altitude: must be 0 when there is none";
    }
    if (p->speed_cms < -1 || p->speed_cms > LIMIT_SPEED_CMS) return "speed: -1, or 0 to 1,000,000 cm/s";
    if (p->track_mdeg < -1 || p->track_mdeg > TRACK_MOST) return "track: -1, or 0 to 359,999 thousandths of a degree";
    if (p->climb_cms != INT32_MIN && (p->climb_cms < -LIMIT_CLIMB_CMS || p->climb_cms > LIMIT_CLIMB_CMS))
        return "climb: unknown, or -100,000 to 100,000 cm/s";
    if (p->uncertainty_cm < -1) return "uncertainty: -1, or 0 and above";
    return NULL;
}

/* --- reading --- */

static result read_frame(const struct part *p, struct body_frame *out, uint32_t *count, struct fault *f) {
    struct cursor c = cursor_of(p->bytes.at, p->bytes.size);
    if (!text_is(p->name, "frame")) return fail(f, RESULT_MALFORMED, "/frame", "its part must be named 'frame'");
    uint8_t version = cursor_u8(&c);
    out->number = cursor_u64(&c);
    out->time = cursor_i64(&c);
    *count = cursor_u16(&c);
    size_t size = cursor_u8(&c);
    const uint8_t *feed = cursor_bytes(&c, size);
    if (version == VERSION_SHED) out->shed = cursor_u16(&c);
    if (!cursor_done(&c)) return fail(f, RESULT_MALFORMED, "/frame", "%zu bytes do not fit its layout", p->bytes.size);
    if (version != VERSION && version != VERSION_SHED) return fail(f, RESULT_UNSUPPORTED, "/frame", "version %u; only %d and %d are known", version, VERSION, VERSION_SHED);
    if (version == VERSION_SHED && (out->shed == 0 || *count + out->shed > LIMIT_FRAME_AIRCRAFT))
        return fail(f, RESULT_RANGE, "/frame", "%u aircraft shed beside %u; from 1, together at most %d", out->shed, *count, LIMIT_FRAME_AIRCRAFT);
    if (out->number == 0) return fail(f, RESULT_RANGE, "/frame", "number 0; frames are numbered from 1");
    if (!time_valid(out->time)) return fail(f, RESULT_RANGE, "/frame", "time must lie in the years 1970 to 2199");
    return decode_at(f, name_read((struct text){(const char *)feed, size}, &out->feed, f), "frame");
}

static result read_aircraft(const struct part *p, struct frame_position *out, struct fault *f) {
    if (p->bytes.at == NULL) return fail(f, RESULT_NOT_FOUND, "", "was erased: only its hash is known");
    struct cursor c = cursor_of(p->bytes.at, p->bytes.size);
    uint8_t version = cursor_u8(&c), flags = cursor_u8(&c);
    out->identity = p->name;
    out->time = cursor_i64(&c);
    out->at.lat = cursor_i32(&c);
    out->at.lon = cursor_i32(&c);
    out->altitude.cm = cursor_i32(&c);
    out->altitude.reference = cursor_u8(&c);
    out->has_altitude = (flags & HAS_ALTITUDE) != 0;
    out->speed_cms = cursor_i32(&c);
    out->track_mdeg = cursor_i32(&c);
    out->climb_cms = cursor_i32(&c);
    out->uncertainty_cm = cursor_i32(&c);
    size_t size = cursor_u8(&c);
    out->callsign = (struct text){(const char *)cursor_bytes(&c, size), size};
    if (!cursor_done(&c)) return fail(f, RESULT_MALFORMED, "", "%zu bytes do not fit its layout", p->bytes.size);
    if (version != VERSION) return fail(f, RESULT_UNSUPPORTED, "", "version %u; only %d is known", version, VERSION);
    if ((flags & ~HAS_ALTITUDE) != 0) return fail(f, RESULT_MALFORMED, "", "unknown flags %02x", flags);
    const char *rule = broken_rule(out);
    return rule == NULL ? OK : fail(f, RESULT_RANGE, "", "%s", rule);
}

result decode_frame(const struct decoder *d, const struct part *parts, uint32_t count, struct statement *out,
                    struct fault *f) {
    uint32_t told = 0, n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (parts[i].part_class == PART_FRAME) TRY(read_frame(&parts[i], &out->frame, &told, f));
    void *room;
    TRY(decode_room(d, told, sizeof(struct frame_position), &room, f));
    struct frame_position *at = room;
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].part_class != PART_AIRCRAFT) continue;
        if (n == told) return fail(f, RESULT_MALFORMED, "/frame", "more aircraft than the %u that the frame states", told);
        TRY(decode_at_index(f, read_aircraft(&parts[i], &at[n], f), "aircraft", n));
        if (n > 0 && text_compare(at[n - 1].identity, at[n].identity) >= 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "identities must ascend, each once"), "aircraft", n);
        n++;
    }
    if (n != told) return fail(f, RESULT_MALFORMED, "/frame", "%u aircraft; the frame states %u", n, told);
    out->frame.positions = at;
    out->frame.count = n;
    return OK;
}

/* --- writing --- */

static void append_i32(struct append *a, int32_t v) { append_u32(a, (uint32_t)v); }

static void append_aircraft(const struct frame_position *p, struct append *a) {
    append_u8(a, VERSION);
    append_u8(a, p->has_altitude ? HAS_ALTITUDE : 0);
    append_u64(a, (uint64_t)p->time);
    append_i32(a, p->at.lat);
    append_i32(a, p->at.lon);
    append_i32(a, p->has_altitude ? p->altitude.cm : 0);
    append_u8(a, p->has_altitude ? p->altitude.reference : 0);
    append_i32(a, p->speed_cms);
    append_i32(a, p->track_mdeg);
    append_i32(a, p->climb_cms);
    append_i32(a, p->uncertainty_cm);
    append_u8(a, (uint8_t)p->callsign.size);
    append_text(a, p->callsign);
}

static void append_head(uint64_t number, instant time, uint32_t count, struct text feed, uint32_t shed, struct append *a) {
    append_u8(a, shed > 0 ? VERSION_SHED : VERSION);
    append_u64(a, number);
    append_u64(a, (uint64_t)time);
    append_u16(a, (uint16_t)count);
    append_u8(a, (uint8_t)feed.size);
    append_text(a, feed);
    if (shed > 0) append_u16(a, (uint16_t)shed);
}

static result check_frame(const struct body_frame *frame, uint32_t room, struct fault *f) {
    if (frame->count > LIMIT_FRAME_AIRCRAFT || frame->shed > LIMIT_FRAME_AIRCRAFT - frame->count || frame->count + 1 > room)
        return fail(f, RESULT_TOO_LARGE, "/positions", "%u aircraft; at most %d", frame->count, LIMIT_FRAME_AIRCRAFT);
    if (frame->number == 0) return fail(f, RESULT_RANGE, "/number", "frames are numbered from 1");
    if (!time_valid(frame->time)) return fail(f, RESULT_RANGE, "/time", "must lie in the years 1970 to 2199");
    for (uint32_t i = 0; i < frame->count; i++) {
        struct frame_position p = frame->positions[i];
        if (!p.has_altitude) p.altitude = (struct altitude){0};
        const char *rule = broken_rule(&p);
        if (rule != NULL) return decode_at_index(f, fail(f, RESULT_RANGE, "", "%s", rule), "positions", i);
        if (i > 0 && text_compare(frame->positions[i - 1].identity, p.identity) >= 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "identities must ascend, each once"), "positions", i);
    }
    return OK;
}

result decode_frame_parts(struct arena *arena, const struct body_frame *frame, struct part *parts, uint32_t room,
                          uint32_t *count, struct fault *f) {
    TRY(check_frame(frame, room, f));
    struct text feed = name_text(&frame->feed);
    assert(feed.size > 0);
    size_t most = FRAME_FIXED + NAME_ROOM + 2 + (size_t)frame->count * (AIRCRAFT_FIXED + 2 * MARK_MOST);
    char *bytes = arena_alloc(arena, most, 1);
    if (bytes == NULL) return fail(f, RESULT_FULL, "", "no memory left for %u aircraft", frame->count);
    struct append a = append_fixed(bytes, most);
    append_head(frame->number, frame->time, frame->count, feed, frame->shed, &a);
    parts[0] = (struct part){.part_class = PART_FRAME, .name = TEXT("frame"), .bytes = append_view(&a)};
    for (uint32_t i = 0; i < frame->count; i++) {
        const struct frame_position *p = &frame->positions[i];
        size_t from = a.size;
        append_text(&a, p->identity);
        struct text name = {bytes + from, p->identity.size};
        from = a.size;
        append_aircraft(p, &a);
        parts[i + 1] = (struct part){
            .part_class = PART_AIRCRAFT, .name = name, .bytes = {bytes + from, a.size - from}};
    }
    assert(!a.full);
    *count = frame->count + 1;
    return OK;
}

void decode_frame_shed(struct part *parts, uint32_t *count, const bool *keep, char head[DECODE_FRAME_HEAD]) {
    _Static_assert(DECODE_FRAME_HEAD >= FRAME_FIXED + NAME_ROOM + 2, "a head fits");
    struct body_frame frame = {0};
    uint32_t told = 0, kept = 0, out = 1;
    result r = read_frame(&parts[0], &frame, &told, NULL);
    assert(result_is_ok(r) && frame.shed == 0);
    (void)r;
    for (uint32_t i = 1, n = 0; i < *count; i++) {
        bool aircraft = parts[i].part_class == PART_AIRCRAFT;
        if (aircraft && !keep[n++]) continue;
        kept += aircraft;
        parts[out++] = parts[i];
    }
    *count = out;
    struct append a = append_fixed(head, DECODE_FRAME_HEAD);
    append_head(frame.number, frame.time, kept, name_text(&frame.feed), told - kept, &a);
    assert(!a.full);
    parts[0].bytes = append_view(&a);
}
