/* Bodies about the airspace: areas, feeds, notices, flights, joins. FORMAT.md, "Kinds". */
#include "core/decode_inner.h"

result decode_body_area(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_area *b = &out->body.area;
    DECODE_ONLY(body, f, "name", "volumes");
    TRY(decode_text(d, body, "name", true, 1, LIMIT_AREA_NAME, &b->name, f));
    return decode_volumes(d, body, 1, true, &b->volumes, &b->volume_count, f);
}

result decode_body_feed(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    struct body_feed *b = &out->body.feed;
    DECODE_ONLY(body, f, "feed", "readers");
    TRY(decode_name(body, "feed", true, &b->feed, f));
    return decode_readers(body, "readers", b->readers, &b->reader_count, f);
}

/* --- notice --- */

static const char *const mark_words[] = {"incomplete",      "widened",    "hull",          "boundary",
                                         "schedule-unread", "q-fallback", "end-estimated", "late-entry"};
enum { MARK_WORDS = sizeof mark_words / sizeof *mark_words };
_Static_assert(1 << (MARK_WORDS - 1) == MARK_LATE_ENTRY, "a word per bit, in the order of enum notice_mark");

static result read_marks(const struct json *body, uint32_t *out, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(body, "marks", false, MARK_WORDS, &list, f));
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        int bit = 0;
        while (bit < MARK_WORDS && (e->kind != JSON_STRING || !text_is(e->string, mark_words[bit]))) bit++;
        if (bit == MARK_WORDS) return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "is no known mark"), "marks", n);
        if (*out & 1u << bit)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "'%s' stands twice", mark_words[bit]), "marks", n);
        *out |= 1u << bit;
    }
    return OK;
}

result decode_body_notice(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_notice *b = &out->body.notice;
    DECODE_ONLY(body, f, "area", "category", "text", "marks", "volumes");
    TRY(decode_text(d, body, "area", true, 1, LIMIT_AREA_NAME, &b->area, f));
    TRY(decode_name(body, "category", true, &b->category, f));
    TRY(decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &b->text, f));
    TRY(read_marks(body, &b->marks, f));
    uint32_t least = b->marks & MARK_INCOMPLETE ? 0 : 1;
    return decode_volumes(d, body, least, false, &b->volumes, &b->volume_count, f);
}

/* --- flight --- */

static result read_address(const struct json *body, uint32_t *out, struct fault *f) {
    uint8_t bytes[3] = {0};
    if (json_member(body, "icao24") == NULL) return OK;
    TRY(json_get_hex(body, "icao24", true, bytes, sizeof bytes, f));
    *out = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    return *out != 0 ? OK : fail(f, RESULT_RANGE, "/icao24", "000000 is nobody's address");
}

result decode_body_flight(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_flight *b = &out->body.flight;
    DECODE_ONLY(body, f, "callsign", "registration", "aircraft_type", "icao24", "persons_on_board", "priority",
                "volumes", "route");
    TRY(decode_mark(d, body, "callsign", &b->callsign, f));
    TRY(decode_mark(d, body, "registration", &b->registration, f));
    TRY(decode_mark(d, body, "aircraft_type", &b->aircraft_type, f));
    TRY(read_address(body, &b->icao24, f));
    int64_t persons = -1, priority = 0;
    TRY(decode_count(body, "persons_on_board", false, 0, 100000, &persons, f));
    TRY(decode_count(body, "priority", false, 0, 100, &priority, f));
    b->persons_on_board = (int32_t)persons;
    b->priority = (uint8_t)priority;
    const struct json *route = NULL;
    TRY(json_get_object(body, "route", false, &route, f));
    if ((route != NULL) == (json_member(body, "volumes") != NULL))
        return fail(f, RESULT_MALFORMED, "", "must have exactly one of volumes and route");
    if (route != NULL) return decode_at(f, decode_route(d, route, &b->volumes, &b->volume_count, f), "route");
    return decode_volumes(d, body, 1, false, &b->volumes, &b->volume_count, f);
}

/* --- join --- */

static result read_track(const struct decoder *d, const struct json *object, struct track_ref *out, struct fault *f) {
    DECODE_ONLY(object, f, "party", "feed", "identity");
    TRY(decode_name(object, "party", true, &out->feed_party, f));
    TRY(decode_name(object, "feed", true, &out->feed, f));
    TRY(decode_text(d, object, "identity", true, 1, LIMIT_TEXT_FIELD, &out->identity, f));
    if (!decode_is_identity(out->identity))
        return fail(f, RESULT_MALFORMED, "/identity", "must be 1 to 16 of a-z, 0-9 and '-'");
    return OK;
}

result decode_body_join(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_join *b = &out->body.join;
    DECODE_ONLY(body, f, "flight", "track");
    TRY(decode_entity(body, "flight", &b->flight, f));
    const struct json *track = NULL;
    TRY(json_get_object(body, "track", true, &track, f));
    return decode_at(f, read_track(d, track, &b->track, f), "track");
}
