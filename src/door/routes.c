#include "door/door.h"
#include "door/limits.h"

#define LIST(name, what, access_) {"GET", "/v1/" name, reads_view, access_, {NULL}, 0, what}
#define VIEW(name, what, access_) LIST(name, what, access_), {"GET", "/v1/" name "/{}/{}", reads_view, access_, {NULL}, 0, what}

/* docs/openapi.json describes each of these; a test holds the two together. */
const struct route door_routes[] = {
    {"GET", "/", page_get, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/picture", page_picture, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/healthy", metrics_healthy, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/metrics", metrics_get, ACCESS_OPERATOR, {NULL}, 0, 0},
    {"GET", "/v1/openapi.json", metrics_openapi, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/v1/openapi-dss.json", metrics_openapi, ACCESS_OPEN, {NULL}, 0, 1},
    {"POST", "/v1/session/challenge", logins_challenge, ACCESS_OPEN, {NULL}, DOOR_SMALL_BODY, 0},
    {"POST", "/v1/session", logins_open, ACCESS_OPEN, {NULL}, DOOR_SMALL_BODY, 0},
    {"GET", "/v1/session", logins_show, ACCESS_FEED, {NULL}, 0, 0},
    {"DELETE", "/v1/session", logins_close, ACCESS_FEED, {NULL}, 0, 0},
    {"POST", "/v1/statements", statements_post, ACCESS_EITHER, {"receipt", NULL}, LIMIT_BODY_BYTES, 0},
    {"POST", "/v1/feeds/{}/frames", frames_post, ACCESS_FEED, {NULL}, LIMIT_BODY_BYTES, 0},
    {"GET", "/v1/events", events_get, ACCESS_PARTY, {"from", NULL}, 0, 0},
    {"GET", "/v1/stream", reads_stream, ACCESS_PARTY, {"from", "limit"}, 0, 0},
    {"GET", "/v1/proof/{}", reads_proof, ACCESS_PARTY, {NULL}, 0, 0},
    {"GET", "/v1/proof/{}/{}", reads_proof, ACCESS_PARTY, {NULL}, 0, 0},
    {"GET", "/v1/sealed/{}", reads_sealed, ACCESS_PARTY, {NULL}, 0, 0},
    {"GET", "/v1/slots", reads_slots, ACCESS_PARTY, {"from", "limit"}, 0, 0},
    {"GET", "/v1/blind", reads_blind, ACCESS_PARTY, {NULL}, 0, 0},
    {"GET", "/v1/clock", reads_clock, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/v1/checkpoint", reads_checkpoint, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/v1/checkpoint/witnessed", reads_witnessed, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/v1/log", reads_log, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/v1/log/{}", reads_leaf, ACCESS_OPEN, {NULL}, 0, 0},
    {"GET", "/log/checkpoint", tiles_checkpoint, ACCESS_LOG, {NULL}, 0, TILES_LOG},
    {"GET", "/log/tile/{*}", tiles_get, ACCESS_LOG, {NULL}, 0, TILES_LOG},
    {"GET", "/stream/checkpoint", tiles_checkpoint, ACCESS_PARTY, {NULL}, 0, TILES_STREAM},
    {"GET", "/stream/tile/{*}", tiles_get, ACCESS_PARTY, {NULL}, 0, TILES_STREAM},
    {"GET", "/v1/why/{}", why_place, ACCESS_PARTY, {NULL}, 0, 0},
    VIEW("notices", VIEW_NOTICES, ACCESS_WORLD),
    VIEW("flights", VIEW_FLIGHTS, ACCESS_WORLD),
    LIST("tracks", VIEW_TRACKS, ACCESS_PARTY),
    VIEW("alerts", VIEW_ALERTS, ACCESS_PARTY),
    VIEW("holds", VIEW_HOLDS, ACCESS_PARTY),
    VIEW("areas", VIEW_AREAS, ACCESS_PARTY),
    VIEW("agreements", VIEW_AGREEMENTS, ACCESS_PARTY),
    LIST("parties", VIEW_PARTIES, ACCESS_PARTY),
    LIST("feeds", VIEW_FEEDS, ACCESS_PARTY),
    LIST("pending", VIEW_PENDING, ACCESS_PARTY),
    LIST("due", VIEW_DUE, ACCESS_PARTY),
    {"GET", "/v1/status", status_get, ACCESS_PARTY, {NULL}, 0, 0},
};
const size_t door_route_count = sizeof door_routes / sizeof door_routes[0];
