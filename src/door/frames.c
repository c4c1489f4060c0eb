/* POST /v1/feeds/{feed}/frames: {"frames":[{"number","time","aircraft":[…]}]}. The whole request is read and checked before
 * the first frame is sent on; then every frame is a statement of its own with an answer of its own. */
#include <assert.h>
#include <stdlib.h>

#include "base/rand.h"
#include "core/decode_value.h"
#include "door/door.h"
#include "door/limits.h"
#include "door/reader.h"
#include "door/shed.h"
#include "log/monotonic.h"

enum frame_fate { FATE_WAITING, FATE_ORDERED, FATE_BUSY, FATE_FULL, FATE_UNKNOWN };
struct frame_answer {
    uint64_t number, place;
    uint32_t taken, shed; /* aircraft of it */
    uint8_t fate, verdict;
    bool recorded;
    uint16_t reason;
    char detail[192];
};
struct job { /* kept by the request */
    uint32_t count, left;
    uint16_t party;
    struct frame_answer at[];
};

/* --- reading --- */

static result read_optional(const struct json *a, const char *name, unsigned places, int64_t low, int64_t high, int32_t *out, struct fault *f) {
    int64_t v = *out;
    TRY(json_get_scaled(a, name, false, places, low, high, &v, f));
    *out = (int32_t)v;
    return OK;
}

static result read_aircraft(const struct json *a, struct frame_position *out, struct fault *f) {
    DECODE_ONLY(a, f, "identity", "time", "lat", "lng", "altitude", "speed_mps", "track_deg", "climb_mps", "uncertainty_m", "callsign");
    *out = (struct frame_position){.speed_cms = -1, .track_mdeg = -1, .climb_cms = INT32_MIN, .uncertainty_cm = -1};
    TRY(json_get_text(a, "identity", true, 16, &out->identity, f));
    if (!decode_is_identity(out->identity))
        return fail(f, RESULT_MALFORMED, "/identity", "\"%.*s\" is not 1 to 16 of a-z, 0-9 and -", TEXT_ARG(out->identity));
    TRY(decode_time(a, "time", true, &out->time, f));
    int64_t lat, lng;
    TRY(json_get_scaled(a, "lat", true, 7, -900000000, 900000000, &lat, f));
    TRY(json_get_scaled(a, "lng", true, 7, -1800000000, 1800000000, &lng, f));
    out->at = (struct position){(int32_t)lat, (int32_t)lng};
    out->has_altitude = json_member(a, "altitude") != NULL;
    if (out->has_altitude) TRY(decode_altitude(a, "altitude", &out->altitude, f));
    TRY(read_optional(a, "speed_mps", 2, 0, LIMIT_SPEED_CMS, &out->speed_cms, f));
    TRY(read_optional(a, "track_deg", 3, 0, 360000, &out->track_mdeg, f));
    if (out->track_mdeg == 360000) out->track_mdeg = 0;
    TRY(read_optional(a, "climb_mps", 2, -LIMIT_CLIMB_CMS, LIMIT_CLIMB_CMS, &out->climb_cms, f));
    TRY(read_optional(a, "uncertainty_m", 2, 0, 100000000, &out->uncertainty_cm, f));
    if (json_member(a, "callsign") == NULL) return OK;
    TRY(json_get_text(a, "callsign", false, 16, &out->callsign, f));
    if (!decode_is_mark(out->callsign))
        return fail(f, RESULT_MALFORMED, "/callsign", "\"%.*s\" is not 1 to 16 visible ASCII characters", TEXT_ARG(out->callsign));
    return OK;
}

static int by_identity(const void *a, const void *b) {
    return text_compare(((const struct frame_position *)a)->identity, ((const struct frame_position *)b)->identity);
}

static result read_frame(struct arena *scratch, const struct json *frame, const struct name *feed, struct body_frame *out, struct fault *f) {
    const struct json *aircraft = NULL;
    int64_t number = 0;
    DECODE_ONLY(frame, f, "number", "time", "aircraft");
    *out = (struct body_frame){.feed = *feed};
    TRY(decode_count(frame, "number", true, 1, INT64_C(999999999999999), &number, f));
    out->number = (uint64_t)number;
    TRY(decode_time(frame, "time", true, &out->time, f));
    TRY(json_get_array(frame, "aircraft", true, LIMIT_FRAME_AIRCRAFT, &aircraft, f));
    struct frame_position *at = arena_alloc(scratch, aircraft->count > 0 ? aircraft->count : 1, sizeof *at);
    if (at == NULL) return fail(f, RESULT_TOO_LARGE, "/aircraft", "no scratch memory left for %u aircraft", aircraft->count);
    uint32_t n = 0;
    for (const struct json *a = json_first(aircraft); a != NULL; a = json_next(aircraft, a), n++) {
        result r = a->kind == JSON_OBJECT ? read_aircraft(a, &at[n], f) : fail(f, RESULT_MALFORMED, "", "is not an object");
        TRY(decode_at_index(f, r, "aircraft", n));
    }
    qsort(at, n, sizeof *at, by_identity);
    for (uint32_t i = 1; i < n; i++)
        if (text_equal(at[i - 1].identity, at[i].identity))
            return fail(f, RESULT_MALFORMED, "/aircraft", "identity \"%.*s\" stands twice in one frame", TEXT_ARG(at[i].identity));
    out->positions = at;
    out->count = n;
    return OK;
}

static result make_parts(struct arena *scratch, const struct session *s, const struct body_frame *frame, struct framed *out, struct fault *f) {
    uint32_t room = frame->count + 2;
    out->number = frame->number;
    out->feed = frame->feed;
    out->aircraft = frame->count;
    out->parts = arena_alloc(scratch, room, sizeof *out->parts);
    char *claims_room = arena_alloc(scratch, 512, 1);
    if (out->parts == NULL || claims_room == NULL) return fail(f, RESULT_TOO_LARGE, "", "no scratch memory left for this request");
    TRY(decode_frame_parts(scratch, frame, out->parts, room - 1, &out->count, f));
    struct append claims = append_fixed(claims_room, 512);
    decode_claims_render(&s->party_name, &s->key_name, (struct text){NULL, 0}, &claims);
    assert(!claims.full);
    out->parts[out->count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    for (uint32_t i = 0; i < out->count; i++) random_bytes(out->parts[i].salt, sizeof out->parts[i].salt);
    return OK;
}

static result read_all(struct reading *g, struct fault *f) {
    struct arena *scratch = g->decoder.arena;
    const struct json *top, *frames = NULL;
    struct name feed;
    arena_reset(scratch);
    result named = name_read(g->match.segments[0], &feed, f);
    if (!result_is_ok(named)) {
        fault_prefix(f, "feed");
        return named;
    }
    TRY(json_parse(g->decoder.json, g->body, JSON_PARLEY, &top, f));
    DECODE_ONLY(top, f, "frames");
    TRY(json_get_array(top, "frames", true, DOOR_FRAMES, &frames, f));
    if (frames->count == 0) return fail(f, RESULT_RANGE, "/frames", "is empty; at least 1");
    struct framed *all = arena_alloc(scratch, frames->count, sizeof *all);
    if (all == NULL) return fail(f, RESULT_TOO_LARGE, "/frames", "no scratch memory left");
    uint32_t n = 0;
    for (const struct json *e = json_first(frames); e != NULL; e = json_next(frames, e), n++) {
        struct body_frame frame;
        result one = e->kind == JSON_OBJECT ? read_frame(scratch, e, &feed, &frame, f) : fail(f, RESULT_MALFORMED, "", "is not an object");
        if (result_is_ok(one)) one = make_parts(scratch, &g->match.caller.session, &frame, &all[n], f);
        TRY(decode_at_index(f, one, "frames", n));
    }
    g->frames = all;
    g->frame_count = n;
    return OK;
}

void frames_read(const struct node *n, struct reading *g) {
    (void)n;
    g->taken = read_all(g, &g->fault);
}

/* --- answering --- */

static const char *fate_word(const struct frame_answer *a) {
    switch (a->fate) {
    case FATE_ORDERED: return verdict_name((enum verdict)a->verdict);
    case FATE_BUSY: return "busy";
    case FATE_FULL: return "full";
    default: return "unknown";
    }
}

static void reply(struct request *r, const struct job *j) {
    struct append body = append_growing(DOOR_FRAMES * 1024 + 1024);
    uint32_t taken = 0, shed = 0;
    append_str(&body, "{\"frames\":[");
    for (uint32_t i = 0; i < j->count; i++) {
        const struct frame_answer *a = &j->at[i];
        taken += a->fate == FATE_ORDERED || a->fate == FATE_UNKNOWN;
        append_format(&body, "%s{\"number\":%llu,\"verdict\":\"%s\",\"reason\":", i > 0 ? "," : "", (unsigned long long)a->number, fate_word(a));
        if (a->fate == FATE_ORDERED && a->reason != REASON_NONE) append_json_string(&body, text_of(reason_name((enum reason)a->reason)));
        else append_str(&body, "null");
        append_str(&body, ",\"detail\":");
        append_json_string(&body, text_of(a->detail));
        append_str(&body, ",\"place\":");
        if (a->fate == FATE_ORDERED && a->recorded) append_decimal(&body, (int64_t)a->place);
        else append_str(&body, "null");
        append_format(&body, ",\"shed\":%u}", a->shed);
        shed += a->shed;
    }
    append_str(&body, "]}\n");
    assert(!body.full);
    if (taken == 0) {
        append_free(&body);
        struct problem p = {.status = 503, .code = "busy", .rule = TEXT("none of the frames was taken: send them again")};
        if (j->at[0].fate == FATE_FULL) p = (struct problem){.status = 507, .code = "full", .rule = TEXT("no room on disk for frames; none was taken")};
        request_reply_problem(r, &p);
    } else {
        if (shed > 0) request_add_header(r, "Retry-After", "1"); /* not with these, they are old: whoever sends less is shed less */
        request_reply(r, 200, "application/json", &body);
    }
}

static void answered(struct door *d, struct request *r, uint32_t index, const struct node_event *e) {
    struct job *j = request_kept(r);
    struct frame_answer *a = &j->at[index];
    assert(a->fate == FATE_WAITING && j->left > 0);
    shed_durable(d->shed, j->party, a->taken);
    a->fate = e->sequenced == SEQUENCED_ORDERED ? FATE_ORDERED : e->sequenced == SEQUENCED_REFUSED ? FATE_BUSY : FATE_UNKNOWN;
    if (a->fate == FATE_ORDERED) {
        a->verdict = (uint8_t)e->outcome->verdict;
        a->reason = (uint16_t)e->outcome->reason;
        a->recorded = e->outcome->party != OUTCOME_PARTY_NONE; /* else it is noise and has no place */
        a->place = e->outcome->place;
        memcpy(a->detail, e->outcome->detail, sizeof a->detail);
        d->numbers.statements[e->outcome->verdict]++;
        if (e->outcome->verdict != VERDICT_ACCEPTED) a->shed = 0; /* nothing of it counts; of one that is repeated, what was shed when it came stands in its record */
        d->numbers.shed += a->shed;
    } else {
        a->shed = 0;
        d->numbers.unknown++;
    }
    if (--j->left > 0) return;
    reply(r, j);
    door_send(d, r);
}

/* --- sending on --- */

static result submit(struct door *d, struct request *r, const struct match *m, struct framed *frame, uint32_t index, struct fault *f) {
    struct frame_answer *a = &((struct job *)request_kept(r))->at[index];
    char head[DECODE_FRAME_HEAD];
    uint64_t room = shed_room(d->shed, m->caller.party, m->came_us == 0 ? 0 : monotonic_us() - m->came_us);
    TRY(shed_trim(node_state(d->node), m->caller.party, room, frame, head, &a->shed, f));
    uint64_t ticket = tickets_take(d->tickets, r, answered, index);
    if (ticket == 0) return fail(f, RESULT_BUSY, "queue", "too many answers are outstanding");
    result taken = node_submit(d->node, frame->parts, frame->count, door_tick_first(d), ticket, f);
    if (!result_is_ok(taken)) {
        tickets_drop(d->tickets, ticket);
        a->shed = 0;
        return taken;
    }
    a->taken = frame->aircraft;
    shed_took(d->shed, m->caller.party, a->taken);
    return OK;
}

void frames_post(struct door *d, struct request *r, const struct match *m) {
    struct reading g;
    reader_begin(d, r, m, &g);
    frames_read(d->node, &g);
    frames_taken(d, r, m, &g);
}

void frames_taken(struct door *d, struct request *r, const struct match *m, struct reading *g) {
    struct fault f = g->fault;
    struct framed *frames = g->frames;
    uint32_t count = g->frame_count;
    result read = g->taken;
    struct job *j = result_is_ok(read) ? calloc(1, sizeof *j + count * sizeof j->at[0]) : NULL;
    if (result_is_ok(read) && j == NULL) read = fail(&f, RESULT_BUSY, "memory", "no memory left for this request");
    if (!result_is_ok(read)) {
        door_reply_fault(d, r, &f);
        return;
    }
    request_keep(r, j);
    j->count = count;
    j->party = m->caller.party;
    result sent = OK;
    for (uint32_t i = 0; i < count; i++) {
        j->at[i].number = frames[i].number;
        /* After one that could not be taken none is tried: frames of a feed must not overtake each other. */
        if (result_is_ok(sent)) sent = submit(d, r, m, &frames[i], i, &f);
        if (result_is_ok(sent)) {
            j->left++;
            d->numbers.frames++;
            d->numbers.positions += frames[i].aircraft;
        } else {
            j->at[i].fate = sent.code == RESULT_FULL ? FATE_FULL : FATE_BUSY;
            d->numbers.refused_queue++;
            d->numbers.positions_refused += frames[i].aircraft;
        }
    }
    if (j->left > 0) return;
    if (sent.code != RESULT_BUSY && sent.code != RESULT_FULL) {
        door_reply_fault(d, r, &f);
        return;
    }
    reply(r, j);
    door_hold_until_durable(d, r);
}
