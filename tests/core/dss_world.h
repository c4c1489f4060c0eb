/* For tests of the drone world's doors in the core: calls as a door gives them, decoded, stepped or read, answered. Every reply is JSON; what is refused changes
 * nothing of the store. */
#ifndef PARLEY_TEST_CORE_DSS_WORLD_H
#define PARLEY_TEST_CORE_DSS_WORLD_H

#include "core/decode.h"
#include "core/dss_store.h"

#include "said.h"

struct doors {
    struct world w; struct decoder d; struct arena kept;
    uint64_t calls, steps;
    uint16_t status; struct append reply; const struct json *json; /* of the last call */
    struct fault fault;
};
static const struct capacity doors_capacity = {.parties = 2, .keys = 8, .agreements = 2, .areas = 2, .feeds = 2, .notices = 2, .flights = 2, .volumes = 2, .vertices = 32,
    .tracks = 2, .alerts = 16, .pending = 2, .recent = 16, .holds = 2, .managers = 4, .references = 400, .subscriptions = 200, .footprints = 1600, .points = 16000, .slots_log2 = 4};
static const char *const doors_founders[] = {"op", NULL};
enum { DOORS_ALL = DSS_SCOPE_STRATEGIC | DSS_SCOPE_CONFORMANCE | DSS_SCOPE_CONSTRAINT_MANAGEMENT | DSS_SCOPE_CONSTRAINT_PROCESSING | DSS_SCOPE_AVAILABILITY };

static inline void doors_open(struct doors *x, const struct capacity *c) {
    memset(x, 0, sizeof *x);
    world_open(&x->w, c, false, doors_founders);
    arena_growing(&x->kept, (size_t)1 << 30);
    x->d = (struct decoder){.json = json_reader_new(8 << 20), .arena = &x->kept, .log = *state_log(x->w.st), .origin = state_origin(x->w.st)};
    x->reply = append_growing((size_t)1 << 28);
}
static inline void doors_close(struct doors *x) {
    json_reader_free(x->d.json);
    append_free(&x->reply);
    arena_free(&x->kept);
    world_close(&x->w);
}
static inline struct text doors_keep(struct doors *x, const char *t) {
    size_t n = strlen(t);
    char *at = arena_alloc(&x->kept, n + 1, 1);
    assert_non_null(at);
    memcpy(at, t, n);
    return (struct text){at, n};
}
static inline struct hash doors_store(const struct doors *x) {
    struct sha256 s;
    sha256_init(&s);
    dss_digest(x->w.st, &s);
    return sha256_final(&s);
}
static inline void doors_step(struct doors *x, const struct dss_request *q) {
    struct said *s = say(&x->w, KIND_DSS);
    struct hash before = {{0}};
    s->s.origin = ORIGIN_ATTESTED;
    s->s.dss = q;
    if (!x->w.quick) before = doors_store(x);
    uint64_t most = dss_on(x->w.st) ? dss_reply_most(x->w.st, q) : UINT64_MAX;
    (void)world_say(&x->w, s);
    assert_true(x->w.out.status > 0 && x->w.out.reply.size > 0);
    assert_in_range(x->w.out.reply.size, 1, most); /* the disk's admission counts on it */
    assert_true((x->w.out.verdict == VERDICT_ACCEPTED) == (x->w.out.status < 300));
    assert_true(x->w.fx->count == 0);
    if (!x->w.quick && x->w.out.status >= 300) {
        struct hash after = doors_store(x);
        assert_memory_equal(&before, &after, sizeof before);
    }
    x->steps++;
    x->status = x->w.out.status;
    append_text(&x->reply, x->w.out.reply);
}
/* The door's part: what decoding refuses. */
static inline uint16_t doors_refused(enum result_code code) { return code == RESULT_TOO_LARGE ? 413 : code == RESULT_NOT_FOUND ? 404 : 400; }
static inline uint16_t doors_call(struct doors *x, const char *who, uint32_t scopes, const char *method, const char *path, const char *body) {
    struct dss_request *q = arena_alloc(&x->kept, 1, sizeof *q);
    struct dss_call c = {.method = doors_keep(x, method), .path = doors_keep(x, path), .query = TEXT(""), .body = doors_keep(x, body), .subject = doors_keep(x, who), .issuer = TEXT("https://tokens.example"),
                         .scopes = scopes, .request = TEXT("r")};
    const char *mark = strchr(path, '?');
    if (mark != NULL) c.path.size = (size_t)(mark - path), c.query = doors_keep(x, mark + 1);
    uint64_t n = ++x->calls;
    struct hash drawn = sha256_of(&n, sizeof n);
    memcpy(c.entropy, drawn.bytes, sizeof c.entropy);
    append_reset(&x->reply);
    x->fault = (struct fault){0};
    result r = dss_decode(&x->d, &c, q, &x->fault);
    if (!result_is_ok(r)) {
        dss_error_open(&x->reply, &(struct dss_error){result_name(x->fault.code), text_of(x->fault.field), {NULL, 0}, x->fault.message});
        dss_error_close(&x->reply);
        x->status = doors_refused(r.code);
    } else if (dss_route_writes(q->route)) {
        doors_step(x, q);
    } else {
        x->status = dss_read(x->w.st, q, x->w.now, &x->reply);
    }
    assert_false(x->reply.full);
    struct fault f = {0};
    if (!result_is_ok(json_parse(x->d.json, append_view(&x->reply), JSON_OPEN, &x->json, &f))) fail_msg("%s %s: %.*s: %s", method, path, TEXT_ARG(append_view(&x->reply)), f.message);
    assert_true(x->json->kind == JSON_OBJECT);
    if (x->status >= 300) assert_true(json_member(x->json, "message") && json_member(x->json, "message")->string.size > 0 && json_member(x->json, "code"));
    return x->status;
}
static inline void doors_expect(struct doors *x, uint16_t status, const char *who, const char *method, const char *path, const char *body) {
    if (doors_call(x, who, DOORS_ALL, method, path, body) == status) return;
    fail_msg("%s %s: %u, expected %u: %.*s", method, path, x->status, status, (int)(x->reply.size < 500 ? x->reply.size : 500), x->reply.at); /* cmocka keeps 1,024 bytes */
}
/* A member by its path of names, "operational_intent_reference/ovn"; "#" counts, "0" is the first element. */
static inline const struct json *doors_at(const struct doors *x, const char *path) {
    const struct json *j = x->json;
    while (j != NULL && *path != '\0') {
        char name[64];
        size_t n = strcspn(path, "/");
        assert(n < sizeof name);
        memcpy(name, path, n);
        name[n] = '\0';
        path += n + (path[n] == '/');
        if (j->kind == JSON_ARRAY) {
            const struct json *e = json_first(j);
            for (int i = atoi(name); i > 0 && e != NULL; i--) e = json_next(j, e);
            j = e;
        } else {
            j = json_member(j, name);
        }
    }
    return j;
}
static inline const char *doors_text(struct doors *x, const char *path) {
    const struct json *j = doors_at(x, path);
    if (j == NULL || (j->kind != JSON_STRING && j->kind != JSON_NUMBER)) fail_msg("no %s in %.*s", path, TEXT_ARG(append_view(&x->reply)));
    char *at = arena_alloc(&x->kept, j->string.size + 1, 1);
    memcpy(at, j->string.at, j->string.size);
    return at;
}
static inline int doors_count(const struct doors *x, const char *path) {
    const struct json *j = doors_at(x, path);
    return j == NULL ? -1 : (int)j->count;
}

/* ---- bodies ---- */
static inline const char *doors_print(struct doors *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline const char *doors_print(struct doors *x, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *at = arena_alloc(&x->kept, (size_t)n + 1, 1);
    va_start(list, format);
    vsnprintf(at, (size_t)n + 1, format, list);
    va_end(list);
    return at;
}
/* Seconds from now. */
static inline const char *doors_time(struct doors *x, double s) {
    char room[64];
    struct append a = append_fixed(room, sizeof room);
    append_instant_exact(&a, x->w.now + (int64_t)(s * 1e9));
    return doors_print(x, "{\"value\":\"%.*s\",\"format\":\"RFC3339\"}", TEXT_ARG(append_view(&a)));
}
/* A circle; heights in metres, times in seconds from now. NAN: left out. */
struct where { double lat, lng, radius, low, high, from, to; };
#define DOORS_NONE (-1e9)
static inline const char *doors_volume(struct doors *x, struct where v) {
    const char *low = v.low == DOORS_NONE ? "" : doors_print(x, ",\"altitude_lower\":{\"value\":%.2f,\"reference\":\"W84\",\"units\":\"M\"}", v.low);
    const char *high = v.high == DOORS_NONE ? "" : doors_print(x, ",\"altitude_upper\":{\"value\":%.2f,\"reference\":\"W84\",\"units\":\"M\"}", v.high);
    const char *from = v.from == DOORS_NONE ? "" : doors_print(x, ",\"time_start\":%s", doors_time(x, v.from));
    const char *to = v.to == DOORS_NONE ? "" : doors_print(x, ",\"time_end\":%s", doors_time(x, v.to));
    return doors_print(x, "{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":%.7f,\"lng\":%.7f},\"radius\":{\"value\":%.2f,\"units\":\"M\"}}%s%s}%s%s}", v.lat, v.lng, v.radius, low, high, from, to);
}
static inline const char *doors_id(struct doors *x, uint32_t n) { return doors_print(x, "%08x-0000-4000-8000-000000000001", n); }

#endif
