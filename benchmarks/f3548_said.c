/* What the benchmark of F3548-21 asks: tokens of `parley dev-token`, whole requests of operational intents and queries. */
#include "f3548_said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rand.h"
#include "bench.h"

enum { HEAD = 1536 };
#define STEP 0.006 /* degrees from one intent to the next; each is 0.005 wide */

char said_token[4096], said_key_file[BENCH_PATH + 32];
static uint64_t seed = 1;

/* ---- what is asked ---- */
instant said_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec;
}
/* Version 4, or 7 of so many milliseconds from now: suffixes of one intent are taken in their order only. */
static void uuid(char out[37], int version, uint64_t later_ms) {
    uint8_t b[16];
    uint64_t high = bench_draw(&seed), low = bench_draw(&seed), ms = (uint64_t)(said_now() / 1000000) + later_ms;
    for (int i = 0; i < 8; i++) b[i] = (uint8_t)(high >> 8 * i), b[8 + i] = (uint8_t)(low >> 8 * i);
    for (int i = 0; version == 7 && i < 6; i++) b[i] = (uint8_t)(ms >> (40 - 8 * i));
    b[6] = (uint8_t)((b[6] & 0x0f) | version << 4);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
             b[13], b[14], b[15]);
}
static void when(struct append *out, const char *name, instant at) {
    append_format(out, "\"%s\":{\"value\":\"", name);
    append_instant(out, at);
    append_str(out, "\",\"format\":\"RFC3339\"}");
}
static void corner(struct append *out, double lat, double lng, const char *behind) {
    append_str(out, "{\"lat\":");
    append_fixed_point(out, (int64_t)(lat * 1e7), 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, (int64_t)(lng * 1e7), 7);
    append_format(out, "}%s", behind);
}
static void volume(struct append *out, double lat, double lng, instant from, instant to) {
    append_str(out, "{\"volume\":{\"outline_polygon\":{\"vertices\":[");
    corner(out, lat, lng, ",");
    corner(out, lat, lng + 0.005, ",");
    corner(out, lat + 0.005, lng + 0.005, ",");
    corner(out, lat + 0.005, lng, "]}");
    append_str(out, ",\"altitude_lower\":{\"value\":50,\"reference\":\"W84\",\"units\":\"M\"},\"altitude_upper\":{\"value\":120,\"reference\":\"W84\",\"units\":\"M\"}},");
    when(out, "time_start", from);
    append_char(out, ',');
    when(out, "time_end", to);
    append_char(out, '}');
}
static void put(struct made *m, uint32_t at, const char *method, const char *path, struct text body) {
    char *room = arena_alloc(&m->arena, body.size + sizeof said_token + HEAD, 1);
    if (room == NULL) bench_die("memory");
    struct append out = append_fixed(room, body.size + sizeof said_token + HEAD);
    append_format(&out, "%s /dss/v1/operational_intent_references%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n", method, path, said_token);
    if (body.size > 0) append_format(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.size);
    append_str(&out, "\r\n");
    append_text(&out, body);
    if (out.full) bench_die("request");
    m->all[at] = append_view(&out);
}
static struct made room_for(uint32_t count) {
    struct made m = {.all = bench_room(count * sizeof *m.all), .count = count};
    arena_growing(&m.arena, (size_t)1 << 34);
    return m;
}
void made_free(struct made *m) {
    free(m->all);
    arena_free(&m->arena);
}

static void place_of(uint32_t i, double *lat, double *lng) {
    *lat = -40 + (i / 1000) * STEP;
    *lng = 100 + (i % 1000) * STEP;
}
static void intent(struct append *out, const char *state, uint32_t i, enum where where, bool implicit, const char *suffix) {
    instant now = said_now();
    double lat, lng;
    place_of(where == APART ? i : 0, &lat, &lng);
    append_str(out, "{\"extents\":[");
    if (where == APART) volume(out, lat, lng, now, now + 7200 * INSTANT_SECOND);
    else volume(out, lat, lng, now + (3600 + 2 * (instant)i) * INSTANT_SECOND, now + (3601 + 2 * (instant)i) * INSTANT_SECOND);
    append_format(out, "],\"key\":[],\"state\":\"%s\",\"uss_base_url\":\"https://uss.example/f3548\"", state);
    if (implicit) append_str(out, ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/f3548\",\"notify_for_constraints\":false}");
    if (suffix != NULL) append_format(out, ",\"requested_ovn_suffix\":\"%s\"", suffix);
    append_char(out, '}');
}
struct made creates(uint32_t first, uint32_t count, enum where where, enum with with) {
    struct made m = room_for(count);
    for (uint32_t i = 0; i < count; i++) {
        char body[4096], id[37], path[64];
        struct append out = append_fixed(body, sizeof body);
        uuid(id, 4, 0);
        intent(&out, "Accepted", first + i, where, with == IMPLICIT, NULL);
        snprintf(path, sizeof path, "/%s", id);
        put(&m, i, "PUT", path, append_view(&out));
    }
    return m;
}
/* Three requests each, one after the other on one connection; what the client asks for in its OVN it knows before the answer. */
struct made lives(uint32_t count) {
    struct made m = room_for(3 * count);
    for (uint32_t i = 0; i < count; i++) {
        char body[4096], id[37], first[37], second[37], path[160];
        uint32_t lane = i % LANES, turn = i / LANES, at = 3 * turn * LANES + lane;
        struct append out = append_fixed(body, sizeof body);
        uuid(id, 4, 0);
        uuid(first, 7, 0);
        uuid(second, 7, 1);
        intent(&out, "Accepted", i, APART, false, first);
        snprintf(path, sizeof path, "/%s", id);
        put(&m, at, "PUT", path, append_view(&out));
        append_reset(&out);
        intent(&out, "Activated", i, APART, true, second);
        snprintf(path, sizeof path, "/%s/%s_%s", id, id, first);
        put(&m, at + LANES, "PUT", path, append_view(&out));
        snprintf(path, sizeof path, "/%s/%s_%s", id, id, second);
        put(&m, at + 2 * LANES, "DELETE", path, TEXT(""));
    }
    return m;
}
struct made queries(uint32_t count, uint32_t live) {
    struct made m = room_for(count);
    for (uint32_t i = 0; i < count; i++) {
        char body[1024];
        double lat, lng;
        struct append out = append_fixed(body, sizeof body);
        place_of((uint32_t)(bench_draw(&seed) % live), &lat, &lng);
        append_str(&out, "{\"area_of_interest\":{\"volume\":{\"outline_circle\":{\"center\":");
        corner(&out, lat, lng, ",\"radius\":{\"value\":564,\"units\":\"M\"}}}}}");
        put(&m, i, "POST", "/query", append_view(&out));
    }
    return m;
}

/* ---- tokens ---- */
void said_make_token(const char *dir) {
    char command[2048];
    const char *binary = getenv("PARLEY_BIN");
    snprintf(said_key_file, sizeof said_key_file, "%s/authority", dir);
    snprintf(command, sizeof command, "'%s' dev-token '%s' --sub bench --audience localhost --scope utm.strategic_coordination 2>/dev/null", binary != NULL ? binary : "src/parley", said_key_file);
    FILE *from = popen(command, "r");
    if (from == NULL || fgets(said_token, sizeof said_token, from) == NULL || pclose(from) != 0) bench_die("parley dev-token");
    said_token[strcspn(said_token, "\n")] = '\0';
    snprintf(said_key_file, sizeof said_key_file, "%s/authority.pub", dir);
}

