/* A call at the doors of a DSS: FLAGS METHOD PATH?QUERY \n SUB \n BODY. It is decoded as it came, and again from the parts of a record that it becomes.
 * What must hold: both give the same request, or both refuse; a request keeps the rules of its door; the parts are JSON. */
#include "dss_same.h"

#include "fuzz.h"

#include "core/decode.h"
#include "geo/meet.h"

enum { MOST = 1 << 18 };
static struct json_reader *json, *other;
static struct arena arena, again;

static const char volume[] = "{\"volume\":{\"outline_polygon\":{\"vertices\":[{\"lat\":46.1,\"lng\":7.4},{\"lat\":46.1,\"lng\":7.5},{\"lat\":46.2,\"lng\":7.5}]},"
    "\"altitude_lower\":{\"value\":19.5,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":120,\"reference\":\"W84\",\"units\":\"M\"}},"
    "\"time_start\":{\"value\":\"2026-11-29T10:00:00Z\",\"format\":\"RFC3339\"},\"time_end\":{\"value\":\"2026-11-29T11:00:00Z\",\"format\":\"RFC3339\"}}";
static const char circle[] = "{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":90,\"lng\":-180},\"radius\":{\"value\":3e2,\"units\":\"M\"}}}}";

static void seeds(void) {
#define ID "/a1b2c3d4-0123-4567-89ab-0123456789ab"
    char room[4096];
    unsigned n = 0;
#define SEED(...) (snprintf(room, sizeof room, __VA_ARGS__), seed_text("call", n++, room))
    SEED("1PUT /dss/v1/operational_intent_references" ID "\nuss-1\n{\"extents\":[%s,%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://uss.example/utm\",\"key\":[\"a\",\"b\"]}", volume, volume);
    SEED("0PUT /dss/v1/operational_intent_references" ID "/ovn\nuss-1\n{\"extents\":[%s],\"state\":\"Activated\",\"uss_base_url\":\"https://uss.example\",\"requested_ovn_suffix\":"
         "\"019ad2c3-0123-7567-b9ab-0123456789ab\",\"new_subscription\":{\"uss_base_url\":\"https://[::1]:80\",\"notify_for_constraints\":true}}", volume);
    SEED("0PUT /dss/v1/operational_intent_references" ID "/\nuss-1\n{\"extents\":[%s],\"state\":\"Contingent\",\"uss_base_url\":\"https://a\",\"subscription_id\":\"" "a1b2c3d4-0123-4567-89ab-0123456789ab" "\"}", volume);
    SEED("1PUT /dss/v1/constraint_references" ID "\nuss-1\n{\"extents\":[%s],\"uss_base_url\":\"http://uss:8080\"}", volume);
    SEED("0PUT /dss/v1/subscriptions" ID "\nuss-1\n{\"extents\":%s,\"uss_base_url\":\"https://uss.example\",\"notify_for_operational_intents\":true}", volume);
    SEED("0POST /dss/v1/operational_intent_references/query\nuss-1\n{\"area_of_interest\":%s}", circle);
    SEED("0POST /dss/v1/constraint_references/query\nuss-1\n{\"area_of_interest\":%s}", volume);
    SEED("0POST /dss/v1/subscriptions/query\nuss-1\n{\"area_of_interest\":%s}", circle);
    SEED("0PUT /dss/v1/uss_availability/a%%20b\nuss-1\n{\"availability\":\"dOWN\",\"old_version\":\"\"}");
    SEED("0POST /dss/v1/reports\nuss-1\n {\"report_id\":\"x\",\"exchange\":{\"url\":\"u\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":{\"value\":\"2026-11-29T10:00:00.1+01:00\","
         "\"format\":\"RFC3339\"},\"response_code\":200,\"headers\":[\"a: b\"]}}");
    SEED("0DELETE /dss/v1/constraint_references" ID "/ovn\nuss-1\n");
    SEED("0GET /dss/v1/subscriptions" ID "\nuss-1\n");
    SEED("0PUT /v1/dss/identification_service_areas" ID "\nuss-1\n{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":46.1,\"lng\":7.4},{\"lat\":46.1,\"lng\":7.5},{\"lat\":46.2,\"lng\":7.5}]},"
         "\"altitude_lo\":19.5,\"altitude_hi\":120},\"time_start\":\"2026-11-29T10:00:00Z\",\"time_end\":\"2026-11-29T11:00:00Z\"},\"flights_url\":\"https://uss.example/flights\"}");
    SEED("0PUT /v1/dss/subscriptions" ID "/1a2b\nuss-1\n{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":0,\"lng\":0},{\"lat\":0,\"lng\":0.1},{\"lat\":0,\"lng\":0.2}]}}},"
         "\"callbacks\":{\"identification_service_area_url\":\"https://uss.example/identification_service_areas\"}}");
    SEED("0PUT /rid/v2/dss/identification_service_areas" ID "\nuss-1\n{\"extents\":%s,\"uss_base_url\":\"https://uss.example\"}", volume);
    SEED("0PUT /rid/v2/dss/subscriptions" ID "/1\nuss-1\n{\"extents\":%s,\"uss_base_url\":\"https://uss.example\"}", circle);
    SEED("0DELETE /rid/v2/dss/subscriptions" ID "/1\nuss-1\n");
    SEED("0GET /v1/dss/identification_service_areas?area=46.1,7.4, 46.1,7.5,46.2,7.5&earliest_time=2026-11-29T10:00:00Z&latest_time=2026-11-29T11%%3A00%%3A00Z\nuss-1\n");
    SEED("0GET /rid/v2/dss/subscriptions?area=0,0,0,1,0,2\nuss-1\n");
}

static void start(void) {
    if (json != NULL) return;
    json = json_reader_new(LIMIT_BODY_BYTES);
    other = json_reader_new(8 * MOST);
    arena_growing(&arena, 256 << 20);
    arena_growing(&again, 256 << 20);
    if (json == NULL || other == NULL) abort();
}

static struct text upto(struct text *in, char end) {
    const char *at = in->size == 0 ? NULL : memchr(in->at, end, in->size);
    struct text head = {in->at, at == NULL ? in->size : (size_t)(at - in->at)};
    size_t taken = head.size + (at != NULL);
    *in = (struct text){in->at + taken, in->size - taken};
    return head;
}

static bool call_of(struct text in, struct dss_call *c) {
    if (in.size < 1) return false;
    *c = (struct dss_call){.issuer = TEXT("https://auth.example"), .request = TEXT("r-1"), .plain_http = in.at[0] & 1, .scopes = 0x1ff & (uint32_t)(uint8_t)in.at[0] * 7};
    for (int i = 0; i < DSS_ENTROPY; i++) c->entropy[i] = (uint8_t)(i + in.at[0]);
    in.at++, in.size--;
    struct text first = upto(&in, '\n');
    c->method = upto(&first, ' ');
    c->path = upto(&first, '?');
    c->query = first;
    c->subject = upto(&in, '\n');
    c->body = in;
    return true;
}

/* Cutting moves long edges onto the geodesic, which is another line than the one whose area was judged: only short ones stay. */
static bool was_not_cut(const struct shape *s) {
    for (uint32_t i = 0; i < s->count; i++)
        if (meet_distance_cm(&s->at[i], &s->at[(i + 1) % s->count]) > 20000000) return false;
    return true;
}

static void check_request(const struct dss_request *q) {
    const struct dss_extent *e = &q->extent;
    assert(q->route != NULL && q->manager.size > 0);
    assert(q->route->kind == DSS_AVAILABILITY || q->route->kind == DSS_REPORT || q->route->action == DSS_QUERY || (q->id.bytes[6] >> 4 == 4 && q->id.bytes[8] >> 6 == 2));
    if (!q->has_extent) return;
    assert(e->count >= 1 && e->count <= LIMIT_VOLUMES);
    assert(!e->has_start || !e->has_end || e->start <= e->end);
    assert(q->route->door != DSS_F3548 || !e->has_lower || !e->has_upper || e->lower_cm <= e->upper_cm);
    for (uint32_t i = 0; i < e->count; i++) {
        struct fault f;
        result r = shape_check(&e->shapes[i], &f);
        assert(r.code != RESULT_RANGE && r.code != RESULT_TOO_LARGE && (result_is_ok(r) || !was_not_cut(&e->shapes[i])));
        assert(e->shapes[i].kind != SHAPE_POLYGON || !was_not_cut(&e->shapes[i]) || shape_area(&e->shapes[i]) < 2.5001e9);
        assert(e->shapes[i].kind != SHAPE_CORRIDOR || q->route->door != DSS_F3548);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct dss_call c;
    struct dss_request q;
    struct statement s;
    struct fault f = {0}, g = {0};
    struct part parts[2];
    const struct json *top;
    start();
    if (size > MOST || !call_of((struct text){(const char *)bytes, size}, &c)) return 0;
    struct decoder d = {.json = json, .arena = &arena}, e = {.json = json, .arena = &again};
    arena_reset(&arena);
    arena_reset(&again);
    result r = dss_decode(&d, &c, &q, &f);
    check_fault(r, &f);
    if (result_is_ok(r)) check_request(&q);
    if (result_is_ok(r) && !dss_route_writes(q.route)) {
        struct dss_request twice;
        assert(result_is_ok(dss_decode(&e, &c, &twice, &g)) && dss_same(&q, &twice));
    }
    if (!result_is_ok(dss_parts(&again, &c, parts, &g))) {
        assert(!result_is_ok(r) || !dss_route_writes(q.route));
        return 0;
    }
    result t = decode_parts(&e, parts, 2, true, &s, &g);
    check_fault(t, &g);
    assert(result_is_ok(r) == result_is_ok(t));
    if (result_is_ok(r)) {
        assert(s.kind == KIND_DSS && s.origin == ORIGIN_ATTESTED && dss_same(&q, s.dss));
        assert(result_is_ok(json_parse(other, parts[1].bytes, JSON_OPEN, &top, &f)));
        /* One level deeper than a body may be, so not every part of a good call can be read whole. */
        r = json_parse(other, parts[0].bytes, JSON_OPEN, &top, &f);
        assert(result_is_ok(r) || strstr(f.message, "deep") != NULL || strstr(f.message, "depth") != NULL);
    } else if (strncmp(g.field, "/request", 8) != 0 && strncmp(g.field, "/claims", 7) != 0) {
        assert(r.code == t.code && strcmp(f.field, g.field) == 0 && strcmp(f.message, g.message) == 0);
    }
    return 0;
}
