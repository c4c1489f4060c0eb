/* For tests of F3411: calls as a door makes them, decoded, stepped or read, with what comes back. Every step is followed by state_check. */
#ifndef PARLEY_TEST_CORE_RID_ASKED_H
#define PARLEY_TEST_CORE_RID_ASKED_H

#include "saved.h"
#include "said.h"

#include "core/decode.h"
#include "core/dss.h"

#define ISA1 "/v1/dss/identification_service_areas/"
#define SUB1 "/v1/dss/subscriptions/"
#define ISA2 "/rid/v2/dss/identification_service_areas/"
#define SUB2 "/rid/v2/dss/subscriptions/"

struct asked {
    struct world w;
    struct arena arena; struct decoder decoder; struct append reply; const struct json *top;
    uint64_t drawn; bool quick;
    instant at; /* of what is asked; steps set it forward by a second each */
};
static const struct capacity asked_capacity = {.parties = 2, .keys = 8, .agreements = 2, .areas = 2, .feeds = 2, .notices = 2, .flights = 2, .volumes = 4, .vertices = 128,
    .tracks = 2, .alerts = 4, .pending = 2, .recent = 64, .holds = 2, .slots_log2 = 2, .managers = 4, .references = 256, .subscriptions = 256, .footprints = 512, .points = 65536};

static inline void asked_open(struct asked *a) {
    static const char *const founders[] = {"op", NULL};
    memset(a, 0, sizeof *a);
    world_open(&a->w, &asked_capacity, false, founders);
    arena_growing(&a->arena, 64 << 20);
    a->decoder = (struct decoder){.json = json_reader_new(1 << 20), .arena = &a->arena, .origin = TEXT("sorrel.example/exercise")};
    assert_non_null(a->decoder.json);
    a->reply = append_growing(64 << 20);
}
static inline void asked_close(struct asked *a) {
    append_free(&a->reply);
    json_reader_free(a->decoder.json);
    arena_free(&a->arena);
    state_free(a->w.st);
    world_close(&a->w);
}
/* The state is saved and comes back from its bytes: the same, and what is asked next is asked of it. */
static inline void asked_reload(struct asked *a) {
    struct append bytes = append_growing(1 << 26);
    struct arena memory = {0};
    struct state *st = NULL;
    struct fault f = {0};
    if (!result_is_ok(kept_save(a->w.st, &bytes, &f)) || !result_is_ok(kept_load(&bytes, 1000, &a->w.genesis, &memory, &st, &f))) fail_msg("%s: %s", f.field, f.message);
    struct hash before = state_digest(a->w.st), after = state_digest(st);
    assert_memory_equal(&before, &after, sizeof before);
    state_check(st);
    state_free(a->w.st);
    arena_free(&a->w.arena);
    a->w.arena = memory;
    a->w.st = st;
    a->w.fx = state_effects(st);
    append_free(&bytes);
}
/* The status. The reply is parsed, and must be an object. */
static inline uint16_t ask(struct asked *a, const char *who, const char *method, const char *path, const char *query, const char *body) {
    struct dss_call c = {.method = text_of(method), .path = text_of(path), .query = text_of(query), .body = text_of(body), .subject = text_of(who), .issuer = TEXT("https://auth.example")};
    struct dss_request q;
    struct fault f = {0};
    uint64_t n = ++a->drawn;
    struct hash random = sha256_of(&n, sizeof n);
    uint16_t status;
    memcpy(c.entropy, random.bytes, sizeof c.entropy);
    arena_reset(&a->arena);
    append_reset(&a->reply);
    result r = dss_decode(&a->decoder, &c, &q, &f);
    if (r.code != RESULT_OK) {
        append_str(&a->reply, "{}");
        status = r.code == RESULT_NOT_FOUND ? 404 : r.code == RESULT_TOO_LARGE ? 413 : 400;
    } else if (dss_route_writes(q.route)) {
        struct statement s = {.kind = KIND_DSS, .origin = ORIGIN_ATTESTED, .open_by = INSTANT_NONE, .order = state_order(a->w.st) + 1, .time = a->w.now += INSTANT_SECOND, .dss = &q};
        s.attested = said_name("op");
        s.hash = random;
        struct outcome out;
        state_step(a->w.st, &s, &out, a->w.fx);
        if (!a->quick) state_check(a->w.st);
        assert_true(out.party == 0 && out.status >= 200 && (out.verdict == VERDICT_ACCEPTED) == (out.status == 200));
        append_text(&a->reply, out.reply);
        status = out.status;
    } else status = dss_read(a->w.st, &q, a->w.now, &a->reply);
    if (!result_is_ok(json_parse(a->decoder.json, append_view(&a->reply), JSON_OPEN, &a->top, &f))) fail_msg("%s: %.*s", f.message, TEXT_ARG(append_view(&a->reply)));
    assert_true(a->top->kind == JSON_OBJECT && (status < 300 || r.code != RESULT_OK || json_member(a->top, "message") != NULL));
    return status;
}
/* "subscribers/0/url": a member of the reply; NULL: there is none. */
static inline const struct json *asked_node(const struct asked *a, const char *path) {
    const struct json *at = a->top;
    while (at != NULL && *path != '\0') {
        const char *end = strchrnul(path, '/');
        char name[64] = {0};
        assert((size_t)(end - path) < sizeof name);
        memcpy(name, path, (size_t)(end - path));
        if (at->kind == JSON_ARRAY) {
            const struct json *e = json_first(at);
            for (long i = strtol(name, NULL, 10); i > 0; i--) e = json_next(at, e);
            at = e;
        } else at = json_member(at, name);
        path = *end == '/' ? end + 1 : end;
    }
    return at;
}
static inline struct text asked_text(const struct asked *a, const char *path) {
    const struct json *n = asked_node(a, path);
    if (n == NULL) fail_msg("no %s in %.*s", path, TEXT_ARG(append_view(&a->reply)));
    return n->string;
}
static inline bool asked_is(const struct asked *a, const char *path, const char *value) { return text_is(asked_text(a, path), value); }
static inline uint32_t asked_count(const struct asked *a, const char *path) {
    const struct json *n = asked_node(a, path);
    if (n == NULL || n->kind != JSON_ARRAY) fail_msg("no list %s in %.*s", path, TEXT_ARG(append_view(&a->reply)));
    return n->count;
}
static inline void asked_copy(const struct asked *a, const char *path, char room[64]) {
    struct text t = asked_text(a, path);
    assert(t.size < 64);
    memcpy(room, t.at, t.size);
    room[t.size] = '\0';
}

/* Bodies: a square of so many degrees, times in seconds from now; INT64_MIN: left out. */
#define NEVER INT64_MIN
static inline const char *asked_time(const struct asked *a, int64_t seconds, char room[40]) {
    struct append t = append_fixed(room, 39);
    append_instant_exact(&t, a->w.now + INSTANT_SECOND + seconds * INSTANT_SECOND);
    room[t.size] = '\0';
    return room;
}
static inline const char *body_v1(const struct asked *a, bool area, double lat, double lng, double size, int64_t from, int64_t to, const char *url) {
    static char room[2048];
    char time[40];
    struct append b = append_fixed(room, sizeof room - 1);
    append_format(&b, "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f}]}}",
                  lat, lng, lat + size, lng, lat + size, lng + size, lat, lng + size);
    if (from != NEVER) append_format(&b, ",\"time_start\":\"%s\"", asked_time(a, from, time));
    if (to != NEVER) append_format(&b, ",\"time_end\":\"%s\"", asked_time(a, to, time));
    append_format(&b, area ? "},\"flights_url\":\"%s\"}" : "},\"callbacks\":{\"identification_service_area_url\":\"%s\"}}", url);
    room[b.size] = '\0';
    return room;
}
static inline const char *body_v2(const struct asked *a, double lat, double lng, double size, int64_t from, int64_t to, const char *url) {
    static char room[2048];
    char time[40];
    struct append b = append_fixed(room, sizeof room - 1);
    append_format(&b, "{\"extents\":{\"volume\":{\"outline_polygon\":{\"vertices\":[{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f},{\"lat\":%.7f,\"lng\":%.7f}]}}",
                  lat, lng, lat + size, lng, lat + size, lng + size, lat, lng + size);
    if (from != NEVER) append_format(&b, ",\"time_start\":{\"value\":\"%s\",\"format\":\"RFC3339\"}", asked_time(a, from, time));
    if (to != NEVER) append_format(&b, ",\"time_end\":{\"value\":\"%s\",\"format\":\"RFC3339\"}", asked_time(a, to, time));
    append_format(&b, "},\"uss_base_url\":\"%s\"}", url);
    room[b.size] = '\0';
    return room;
}

#endif
