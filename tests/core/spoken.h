/* What the tests of decode and compose say: fixed keys from fixed seeds, an example body for every kind, bytes that only look random. */
#ifndef PARLEY_TEST_CORE_SPOKEN_H
#define PARLEY_TEST_CORE_SPOKEN_H

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
#include "core/compose.h"

#define SPOKEN_ORIGIN "sorrel.example/exercise"
#define SPOKEN_AT INT64_C(1795413600000000000) /* 2026-11-23T06:00:00Z, near enough */

static uint64_t spoken_counter;
/* Bytes of SHA-256 over a counter: different each time, the same in each run. */
static inline void spoken_random(void *bytes, size_t size) {
    uint8_t *to = bytes;
    while (size > 0) {
        uint8_t n[8];
        spoken_counter++;
        for (int i = 0; i < 8; i++) n[i] = (uint8_t)(spoken_counter >> 8 * i);
        struct hash h = sha256_of(n, sizeof n);
        size_t run = size < SHA256_SIZE ? size : SHA256_SIZE;
        memcpy(to, h.bytes, run);
        to += run;
        size -= run;
    }
}

struct speaker {
    char name[64];
    uint8_t secret[64];
    struct compose_key key;
};
/* The key whose seed is 32 bytes of `seed`. */
static inline void speaker_init(struct speaker *s, const char *name, uint8_t seed) {
    uint8_t bytes[32];
    memset(bytes, seed, sizeof bytes);
    snprintf(s->name, sizeof s->name, "%s", name);
    note_key_from_seed(bytes, s->secret, s->key.public_key.bytes);
    s->key.name = text_of(s->name);
    s->key.secret = s->secret;
}

/* Bodies as sent; %H stands for the public key that the statement brings in (spoken_body). */
struct spoken {
    enum statement_kind kind;
    bool on;
    const char *body;
};
#define SPOKEN_VOLUME                                                                                                  \
    "{\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260},\"lower\":{\"value\":0,"                    \
    "\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},"                  \
    "\"start\":\"2026-11-23T10:00:00Z\",\"end\":\"2026-11-23T12:00:00.5Z\"}"
#define SPOKEN_ENTITY "\"aramoor/0123456789abcdef0123456789abcdef\""
#define SPOKEN_KEY "0102030405060708091011121314151617181920212223242526272829303132"
static const struct spoken spoken[] = {
    {KIND_SETTINGS, false, "{\"immediate_s\":60,\"separation_m\":9260.5,\"offsets\":{\"geoid_low_m\":-107,\"geoid_high_m\":86,"
                           "\"pressure_low_m\":-600,\"pressure_high_m\":600,\"terrain_low_m\":0,\"terrain_high_m\":8850}}"},
    {KIND_PARTY, false, "{\"name\":\"aramoor\",\"root_key\":\"%H\",\"display\":\"Aramoor\",\"zone\":\"Pacific/Auckland\","
                        "\"desks\":[\"watch\",\"ops\"]}"},
    {KIND_KEY, false, "{\"party\":\"aramoor\",\"key\":\"desk-1\",\"public_key\":\"%H\",\"feeds_only\":true}"},
    {KIND_KEY_REVOKE, false, "{\"key\":\"desk-1\",\"suspect_from\":\"2026-11-20T00:00:00Z\",\"reason\":\"lost\"}"},
    {KIND_KEY_RECOVER, false, "{\"party\":\"aramoor\",\"key\":\"desk-1\",\"new_root\":\"%H\"}"},
    {KIND_KEY_OBJECT, false, "{}"},
    {KIND_AGREEMENT, false,
     "{\"name\":\"sorrel-basin\",\"version\":1,\"parties\":[\"aramoor\",\"velland\"],\"from\":\"2026-11-23T00:00:00Z\",\"until\":null,"
     "\"separation_m\":9260,\"separation_height_m\":300,\"tell_undisclosed\":true,\"withdraw_notice_s\":604800,\"rules\":[{"
     "\"category\":\"default\",\"lead_s\":3600,\"binds\":\"readback\",\"readback_s\":600,\"reaction_m\":18520,"
     "\"reaction_height_m\":600,\"reaction_before_s\":300,\"reaction_after_s\":300.25,\"tail_s\":900}]}"},
    {KIND_AGREEMENT_SUSPEND, true, "{\"text\":\"until Monday\"}"},
    {KIND_AGREEMENT_RESUME, true, "{}"},
    {KIND_AGREEMENT_LEAVE, true, "{\"from\":\"2026-12-01T00:00:00Z\"}"},
    {KIND_AREA, false, "{\"name\":\"Oceanic\",\"volumes\":[{\"polygon\":[{\"lat\":-50,\"lng\":170},{\"lat\":-50,\"lng\":-170},"
                       "{\"lat\":-40,\"lng\":-170},{\"lat\":-40,\"lng\":170}],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"FT\"},"
                       "\"upper\":\"UNL\"}]}"},
    {KIND_AREA_END, true, "{}"},
    {KIND_FEED, false, "{\"feed\":\"radar-1\",\"readers\":[\"agreement:sorrel-basin\",\"velland\"]}"},
    {KIND_NOTICE, false, "{\"area\":\"SORREL 4\",\"category\":\"missile\",\"text\":\"keep off\",\"marks\":[\"widened\",\"late-entry\"],"
                         "\"volumes\":[" SPOKEN_VOLUME "]}"},
    {KIND_NOTICE_ACTIVATE, true, "{}"},
    {KIND_NOTICE_OVER, true, "{\"text\":\"OVER\"}"},
    {KIND_NOTICE_CANCEL, true, "{}"},
    {KIND_FLIGHT, false,
     "{\"callsign\":\"MRL12\",\"registration\":\"ZK-MRL\",\"aircraft_type\":\"C130\",\"icao24\":\"c81234\",\"persons_on_board\":6,"
     "\"priority\":50,\"route\":{\"width_m\":18520,\"height_m\":300,\"time_s\":120,\"points\":["
     "{\"lat\":-47,\"lng\":-126,\"time\":\"2026-11-23T10:00:00Z\",\"altitude\":{\"value\":200,\"reference\":\"FL\",\"units\":\"FL\"}},"
     "{\"lat\":-46,\"lng\":-127,\"time\":\"2026-11-23T10:20:00Z\",\"altitude\":{\"value\":240,\"reference\":\"FL\",\"units\":\"FL\"}},"
     "{\"lat\":-46,\"lng\":-112,\"time\":\"2026-11-23T12:20:00Z\",\"altitude\":{\"value\":240,\"reference\":\"FL\",\"units\":\"FL\"}}]}}"},
    {KIND_FLIGHT_ACTIVATE, true, "{}"},
    {KIND_FLIGHT_END, true, "{}"},
    {KIND_FLIGHT_CANCEL, true, "{}"},
    {KIND_FLIGHT_RELEASE, true, "{\"volumes\":[" SPOKEN_VOLUME "]}"},
    {KIND_JOIN, false, "{\"flight\":" SPOKEN_ENTITY ",\"track\":{\"party\":\"halcyon\",\"feed\":\"radar-1\",\"identity\":\"c81234\"}}"},
    {KIND_JOIN_UNDO, false,
     "{\"flight\":" SPOKEN_ENTITY ",\"track\":{\"party\":\"halcyon\",\"feed\":\"radar-1\",\"identity\":\"c81234\"}}"},
    {KIND_ACK, false, "{\"step\":\"readback\",\"place\":17,\"desk\":\"watch\",\"start\":\"2026-11-23T10:00:00Z\",\"lower\":{\"value\":1000.1,"
                      "\"reference\":\"AMSL\",\"units\":\"FT\"},\"upper\":{\"value\":1500.555,\"reference\":\"AMSL\",\"units\":\"M\"},"
                      "\"area\":\"SORREL 4\"}"},
    {KIND_HOLD, false, "{\"notice\":" SPOKEN_ENTITY ",\"until\":\"2026-11-23T11:00:00Z\",\"text\":\"medevac\"}"},
    {KIND_HOLD_ANSWER, false, "{\"hold\":" SPOKEN_ENTITY ",\"reply\":\"standby\"}"},
    {KIND_MESSAGE, false, "{\"text\":\"say \\\"again\\\"\\nall after\",\"desk\":\"watch\",\"test\":true,"
                          "\"answers\":\"00112233445566778899aabbccddeeff\"}"},
    {KIND_CLOCK, false, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":0.05}"},
    {KIND_CAPACITY, false, "{\"notices\":70000,\"tracks\":4294967295}"},
};
enum { SPOKEN = sizeof spoken / sizeof *spoken };

static inline bool spoken_is_air(enum statement_kind k) {
    return k == KIND_NOTICE || k == KIND_FLIGHT || k == KIND_FLIGHT_RELEASE;
}

/* The body with %H replaced by the key. */
static inline struct text spoken_body(const struct spoken *s, const struct hash *key, struct arena *a) {
    struct append out = append_growing(1 << 16);
    for (const char *c = s->body; *c != '\0'; c++) {
        if (c[0] == '%' && c[1] == 'H') {
            append_hex(&out, key->bytes, SHA256_SIZE);
            c++;
        } else {
            append_char(&out, *c);
        }
    }
    char *room = arena_alloc(a, out.size, 1);
    assert(room != NULL && !out.full);
    memcpy(room, out.at, out.size);
    struct text t = {room, out.size};
    append_free(&out);
    return t;
}

#endif
