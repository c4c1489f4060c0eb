/* Calls at the drone world's doors (F3548-21, F3411-19, F3411-22a) in a log that lives: the input is a list of calls, ended by a zero byte each: a byte that says who
 * calls, how much time has passed and whether plain http is taken; then "METHOD PATH?QUERY", a line feed, the body. An '@' stands for the last version or OVN that was
 * given out. What must hold: what is refused names why; a write that was decoded reads the same from its record's parts; outcomes and reads are JSON; every
 * invariant of the state; told again to a fresh state, and saved and loaded, the same digest. */
#include "fuzz.h"
#include "saved.h"

#include "base/json.h"
#include "core/decode.h"
#include "core/dss.h"
#include "core/state.h"

enum { CALLS = 24, BYTES = 1 << 16 };
static struct arena memory, again, arena, taken_arena;
static struct json_reader *json, *other;
static struct founder founder = {.name = {"operator"}, .root_key = {{1}}, .display = {"Operator", 8}, .zone = {"Etc/UTC", 7}, .desks = 1, .desk = {{"watch"}}, .operator_ = true};
static struct section genesis_section;
static struct statement genesis = {.kind = KIND_GENESIS, .origin = ORIGIN_SIGNED, .open_by = INSTANT_NONE, .section_count = 1, .sections = &genesis_section};
static const struct capacity small = {.parties = 2, .keys = 4, .agreements = 2, .areas = 2, .feeds = 2, .notices = 2, .flights = 2, .volumes = 4, .vertices = 128, .tracks = 2, .alerts = 4, .pending = 2,
    .recent = 64, .holds = 2, .slots_log2 = 2, .managers = 4, .references = 32, .subscriptions = 48, .footprints = 120, .points = 16384};

static void start(void) {
    if (json != NULL) return;
    json = json_reader_new(2 * BYTES);
    other = json_reader_new(1 << 22);
    arena_growing(&arena, 64 << 20);
    arena_growing(&taken_arena, 64 << 20);
    struct body_genesis *g = &genesis_section.body.genesis;
    *g = (struct body_genesis){.origin = TEXT("sorrel.example/exercise"), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .founders = &founder, .founder_count = 1, .capacity = small, .log_key = {{2}}, .receipt_key = {{3}}};
    int64_t *const members[] = {&g->settings.immediate_ns, &g->settings.warning_ns, &g->settings.caution_ns, &g->settings.hysteresis_ns, &g->settings.lookahead_ns,
        &g->settings.tube_hold_ns, &g->settings.track_silent_ns, &g->settings.hold_repeat_ns, &g->settings.query_repeat_ns, &g->settings.separation_cm,
        &g->settings.separation_height_cm, &g->settings.recovery_delay_ns, &g->settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) *members[i] = INT64_MIN;
}
static struct state *fresh(struct arena *a) {
    size_t bytes;
    struct fault f = {0};
    struct state *st;
    if (!result_is_ok(state_memory(&small, &bytes, &f)) || !arena_take(a, bytes) || !result_is_ok(state_new(a, &genesis, &st, &f))) {
        fprintf(stderr, "%s: %s\n", f.field, f.message);
        abort();
    }
    return st;
}

/* --- a call of the input --- */
static char last_version[160];
static void remember(struct text reply) {
    static const char *const names[] = {"\"version\":\"", "\"ovn\":\""};
    for (size_t i = 0; i < 2; i++) {
        const char *at = memmem(reply.at, reply.size, names[i], strlen(names[i]));
        if (at == NULL) continue;
        at += strlen(names[i]);
        size_t size = 0, left = (size_t)(reply.at + reply.size - at);
        while (size < left && at[size] != '"') size++;
        if (size > 0 && size < sizeof last_version) memcpy(last_version, at, size), last_version[size] = '\0';
    }
}
static struct text filled(struct text in) {
    char *room = arena_alloc(&taken_arena, in.size * 2 + 1024, 1);
    if (room == NULL) abort();
    struct append a = append_fixed(room, in.size * 2 + 1024);
    uint32_t times = 0;
    for (size_t i = 0; i < in.size; i++)
        if (in.at[i] == '@' && times++ < 4) append_str(&a, last_version);
        else append_char(&a, in.at[i]);
    return append_view(&a);
}
static struct text upto(struct text *in, char end) {
    const char *at = in->size == 0 ? NULL : memchr(in->at, end, in->size);
    struct text piece = {in->at, at == NULL ? in->size : (size_t)(at - in->at)};
    size_t skip = piece.size + (at != NULL);
    *in = (struct text){in->at + skip, in->size - skip};
    return piece;
}

/* --- what must hold --- */
static void check_json(struct text t) {
    const struct json *top;
    struct fault f = {0};
    if (!result_is_ok(json_parse(other, t, JSON_OPEN, &top, &f))) abort();
    assert(top->kind == JSON_OBJECT);
}
static void check_same(const struct dss_request *a, const struct dss_request *b) {
    assert(a->route == b->route && text_equal(a->manager, b->manager) && id_equal(&a->id, &b->id) && text_equal(a->version, b->version) && text_equal(a->base_url, b->base_url));
    assert(a->has_extent == b->has_extent && a->extent.count == b->extent.count && a->extent.start == b->extent.start && a->extent.end == b->extent.end);
    for (uint32_t i = 0; i < a->extent.count; i++) {
        const struct shape *s = &a->extent.shapes[i], *t = &b->extent.shapes[i];
        assert(s->kind == t->kind && s->count == t->count && s->reach_cm == t->reach_cm && memcmp(s->at, t->at, s->count * sizeof *s->at) == 0);
    }
    assert(a->key_count == b->key_count && a->state == b->state && a->for_intents == b->for_intents && text_equal(a->report, b->report));
}

static void seeds(void) {
#define AREA1 "{\"extents\":{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]},\"altitude_lo\":20},\"time_end\":\"2026-11-29T11:00:00.25+00:30\"},"
#define AREA2 "{\"extents\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":47,\"lng\":8},\"radius\":{\"value\":300.5,\"units\":\"M\"}}},\"time_end\":{\"value\":\"2026-11-23T11:00:00Z\",\"format\":\"RFC3339\"}},\"uss_base_url\":\"https://u.example\""
#define VOLUME "{\"volume\":{\"outline_polygon\":{\"vertices\":[{\"lat\":47,\"lng\":8},{\"lat\":47.1,\"lng\":8},{\"lat\":47.1,\"lng\":8.1}]},\"altitude_lower\":{\"value\":20,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":90,\"reference\":\"W84\",\"units\":\"M\"}}," \
               "\"time_start\":{\"value\":\"2026-11-23T07:00:00Z\",\"format\":\"RFC3339\"},\"time_end\":{\"value\":\"2026-11-23T11:00:00Z\",\"format\":\"RFC3339\"}}"
#define ID "03e5572a-f733-49af-bc14-8a18bd53ee39"
#define ISA "PUT /v1/dss/identification_service_areas/" ID "\n" AREA1 "\"flights_url\":\"https://u.example/flights\"}"
#define SUB1 "PUT /v1/dss/subscriptions/" ID "\n" AREA1 "\"callbacks\":{\"identification_service_area_url\":\"https://u.example/i\"}}"
#define OI "PUT /dss/v1/operational_intent_references/" ID "\n{\"extents\":[" VOLUME "],\"state\":\"Accepted\",\"key\":[\"@\"],\"uss_base_url\":\"https://u.example\",\"new_subscription\":{\"uss_base_url\":\"https://u.example\"}}"
#define QUERY "?area=47,8,47.1,8,47.1,8.1"
    static const char *const days[] = {
        "0" ISA "\0" "1" SUB1 "\0" "0PUT /rid/v2/dss/identification_service_areas/" ID "/@\n" AREA2 "}\0" "0GET /v1/dss/identification_service_areas" QUERY "&earliest_time=2026-11-23T07:00:00Z\n\0"
        "0DELETE /rid/v2/dss/identification_service_areas/" ID "/@\n\0" "1GET /rid/v2/dss/subscriptions" QUERY "\n\0",
        "0" OI "\0" "0GET /dss/v1/operational_intent_references/" ID "\n\0" "1POST /dss/v1/operational_intent_references/query\n{\"area_of_interest\":" VOLUME "}\0"
        "0DELETE /dss/v1/operational_intent_references/" ID "/@\n\0",
        "0PUT /dss/v1/constraint_references/" ID "\n{\"extents\":[" VOLUME "],\"uss_base_url\":\"https://u.example\"}\0" "1PUT /dss/v1/subscriptions/" ID "\n{\"extents\":" VOLUME ",\"uss_base_url\":\"https://u.example\",\"notify_for_constraints\":true}\0"
        "1DELETE /dss/v1/subscriptions/" ID "/@\n\0" "0PUT /dss/v1/constraint_references/" ID "/@\n{\"extents\":[" VOLUME "," VOLUME "],\"uss_base_url\":\"https://u.example\"}\0",
        "0PUT /dss/v1/uss_availability/uss1\n{\"availability\":\"Down\",\"old_version\":\"\"}\0" "0GET /dss/v1/uss_availability/uss1\n\0"
        "0POST /dss/v1/reports\n{\"exchange\":{\"url\":\"u\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":{\"value\":\"2026-11-23T07:00:00Z\",\"format\":\"RFC3339\"}}}\0",
        "0PUT /rid/v2/dss/subscriptions/" ID "\n" AREA2 "}\0" "0PUT /rid/v2/dss/subscriptions/" ID "/@\n" AREA2 "}\0" "0DELETE /v1/dss/subscriptions/" ID "/@\n\0",
    };
    for (unsigned i = 0; i < sizeof days / sizeof *days; i++) {
        size_t size = 0; /* up to two zeros */
        while (days[i][size] != '\0' || days[i][size + 1] != '\0') size++;
        seed("day", i, days[i], size + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct statement taken[CALLS];
    struct text in = {(const char *)bytes, size};
    uint32_t taken_count = 0;
    if (size > BYTES) return 0;
    start();
    arena_reset(&taken_arena);
    last_version[0] = '\0';
    struct state *st = fresh(&memory);
    instant now = INT64_C(1795413600) * INSTANT_SECOND;
    for (uint8_t n = 0; n < CALLS && in.size > 0; n++) {
        struct text call = upto(&in, '\0');
        if (call.size == 0) continue;
        uint8_t how = (uint8_t)*call.at;
        call = (struct text){call.at + 1, call.size - 1};
        struct text head = upto(&call, '\n'), method = upto(&head, ' '), path = upto(&head, '?');
        static const int64_t steps[] = {1, 60, 601, 90000};
        static const char *const who[] = {"u1", "u2", "u3", "\xc3\xbc\n\"4"};
        now += steps[how >> 3 & 3] * INSTANT_SECOND;
        struct dss_call c = {.method = method, .path = filled(path), .query = head, .body = filled(call), .subject = text_of(who[how & 3]), .issuer = TEXT("https://auth.example"), .scopes = 511,
                             .plain_http = how & 4, .entropy = {n, 1}, .request = TEXT("r")};
        struct decoder d = {.json = json, .arena = &taken_arena, .origin = TEXT("sorrel.example/exercise")};
        struct dss_request q;
        struct fault f = {0};
        result r = dss_decode(&d, &c, &q, &f);
        assert((r.code == RESULT_OK) == (f.message[0] == '\0') && (r.code == RESULT_OK || f.code == r.code || r.code == RESULT_RANGE));
        if (r.code != RESULT_OK) continue;
        if (!dss_route_writes(q.route)) {
            struct append body = append_growing(1 << 22);
            uint16_t status = dss_read(st, &q, now, &body);
            assert(status >= 200 && status < 600);
            check_json(append_view(&body));
            append_free(&body);
            continue;
        }
        struct part parts[2];
        struct statement *s = &taken[taken_count++];
        if (!result_is_ok(dss_parts(&taken_arena, &c, parts, &f)) || !result_is_ok(decode_parts(&d, parts, 2, true, s, &f))) abort();
        check_same(&q, s->dss);
        struct outcome out;
        s->order = taken_count;
        s->time = now;
        state_step(st, s, &out, state_effects(st));
        assert(out.party == 0 && out.status >= 200 && out.status < 600 && (out.status < 300) == (out.verdict == VERDICT_ACCEPTED));
        check_json(out.reply);
        if (out.status < 300) remember(out.reply);
    }
    state_check(st);
    struct state *second = fresh(&again);
    struct outcome out;
    for (uint32_t i = 0; i < taken_count; i++) state_step(second, &taken[i], &out, state_effects(second));
    struct hash a = state_digest(st), b = state_digest(second);
    assert(hash_equal(&a, &b));
    struct append saved = append_growing(1 << 24);
    struct arena loaded_memory = {0};
    struct state *loaded = NULL;
    struct fault why = {0};
    if (!result_is_ok(kept_save(st, &saved, &why)) || !result_is_ok(kept_load(&saved, 0, &genesis, &loaded_memory, &loaded, &why))) {
        fprintf(stderr, "%s: %s\n", why.field, why.message);
        abort();
    }
    struct hash c = state_digest(loaded);
    assert(hash_equal(&a, &c));
    state_free(loaded);
    arena_free(&loaded_memory);
    append_free(&saved);
    state_free(st);
    state_free(second);
    arena_free(&memory);
    arena_free(&again);
    return 0;
}
