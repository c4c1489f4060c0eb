/* An issuer of access tokens, for targets at the doors of F3548 and F3411: its key in a file, as a server is given it, and a token of all scopes. */
#ifndef PARLEY_TEST_FUZZ_ISSUER_H
#define PARLEY_TEST_FUZZ_ISSUER_H

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/instant.h"

static const char issuer_scopes[] = "utm.strategic_coordination utm.conformance_monitoring_sa utm.constraint_management utm.constraint_processing utm.availability_arbitration "
                                    "dss.read.identification_service_areas dss.write.identification_service_areas rid.display_provider rid.service_provider";

/* RFC 8410: the name of Ed25519 before its 32 bytes. */
static inline void issuer_key(const char *path, uint8_t secret[64]) {
    uint8_t seed[32] = {7}, der[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    char text[128];
    crypto_sign_seed_keypair(der + 12, secret, seed);
    sodium_bin2base64(text, sizeof text, der, sizeof der, sodium_base64_VARIANT_ORIGINAL);
    FILE *to = fopen(path, "w");
    if (to == NULL || fprintf(to, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text) < 0 || fclose(to) != 0) abort();
}
static inline void issuer_part(struct append *out, const void *bytes, size_t size) {
    char room[1024];
    sodium_bin2base64(room, sizeof room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    append_str(out, room);
}
/* Good for an hour from `now` on. */
static inline void issuer_token(const uint8_t secret[64], instant now, struct append *out) {
    static const char head[] = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}";
    char room[768];
    uint8_t signature[64];
    struct append claims = append_fixed(room, sizeof room);
    append_format(&claims, "{\"iss\":\"https://issuer.example\",\"sub\":\"uss1\",\"aud\":\"localhost\",\"exp\":%lld,\"scope\":\"%s\"}", (long long)(now / INSTANT_SECOND) + 3590, issuer_scopes);
    issuer_part(out, head, sizeof head - 1);
    append_char(out, '.');
    issuer_part(out, claims.at, claims.size);
    crypto_sign_detached(signature, NULL, (const unsigned char *)out->at, out->size, secret);
    append_char(out, '.');
    issuer_part(out, signature, sizeof signature);
    if (claims.full || out->full) abort();
}

/* Calls of every route, as clients make them. */
#define ISSUER_ID "00000001-0000-4000-8000-000000000001"
#define ISSUER_TIME(t) "{\"format\":\"RFC3339\",\"value\":\"" t "\"}"
#define ISSUER_HEIGHT(v) "{\"value\":" v ",\"reference\":\"W84\",\"units\":\"M\"}"
#define ISSUER_VOLUME                                                                                                                                                             \
    "{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":46,\"lng\":7},\"radius\":{\"value\":50,\"units\":\"M\"}},\"altitude_lower\":" ISSUER_HEIGHT("50") ",\"altitude_upper\":" ISSUER_HEIGHT("120") \
    "},\"time_start\":" ISSUER_TIME("2026-11-23T06:30:00Z") ",\"time_end\":" ISSUER_TIME("2100-11-23T07:30:00+01:00") "}"
#define ISSUER_DAY                                                                                                                                                                \
    "{\"volume\":{\"outline_polygon\":{\"vertices\":[{\"lat\":46,\"lng\":7},{\"lat\":46.1,\"lng\":7},{\"lat\":46,\"lng\":7.1}]}},\"time_start\":" ISSUER_TIME("2026-11-23T06:30:00Z") "}"
#define ISSUER_URL "\"uss_base_url\":\"https://a.example\""
#define ISSUER_V1 "{\"spatial_volume\":{\"footprint\":{\"vertices\":[{\"lat\":46,\"lng\":7},{\"lat\":46.1,\"lng\":7},{\"lat\":46,\"lng\":7.1}]},\"altitude_lo\":0,\"altitude_hi\":100},\"time_end\":\"2100-01-01T00:00:00Z\"}"
static const struct { const char *method, *path, *body; } issuer_calls[] = {
    {"PUT", "/dss/v1/operational_intent_references/" ISSUER_ID, "{\"extents\":[" ISSUER_VOLUME "],\"key\":[\"x\"],\"state\":\"Accepted\"," ISSUER_URL ",\"new_subscription\":{" ISSUER_URL "}}"},
    {"PUT", "/dss/v1/operational_intent_references/" ISSUER_ID "/x", "{\"extents\":[" ISSUER_VOLUME "],\"state\":\"Activated\"," ISSUER_URL ",\"requested_ovn_suffix\":\"00000000-0000-7000-8000-000000000000\"}"},
    {"GET", "/dss/v1/operational_intent_references/" ISSUER_ID, ""},
    {"DELETE", "/dss/v1/operational_intent_references/" ISSUER_ID "/x", ""},
    {"POST", "/dss/v1/operational_intent_references/query", "{\"area_of_interest\":" ISSUER_VOLUME "}"},
    {"PUT", "/dss/v1/constraint_references/" ISSUER_ID, "{\"extents\":[" ISSUER_VOLUME "]," ISSUER_URL "}"},
    {"DELETE", "/dss/v1/constraint_references/" ISSUER_ID "/", ""},
    {"POST", "/dss/v1/constraint_references/query", "{\"area_of_interest\":" ISSUER_DAY "}"},
    {"PUT", "/dss/v1/subscriptions/" ISSUER_ID, "{\"extents\":" ISSUER_DAY "," ISSUER_URL ",\"notify_for_operational_intents\":true}"},
    {"GET", "/dss/v1/subscriptions/" ISSUER_ID, ""},
    {"POST", "/dss/v1/subscriptions/query", "{\"area_of_interest\":" ISSUER_DAY "}"},
    {"PUT", "/dss/v1/uss_availability/uss2", "{\"old_version\":\"\",\"availability\":\"Down\"}"},
    {"GET", "/dss/v1/uss_availability/uss2", ""},
    {"POST", "/dss/v1/reports", "{\"exchange\":{\"url\":\"https://a.example\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":" ISSUER_TIME("2026-11-23T06:30:00Z") "}}"},
    {"PUT", "/rid/v2/dss/identification_service_areas/" ISSUER_ID, "{\"extents\":" ISSUER_VOLUME "," ISSUER_URL "}"},
    {"GET", "/rid/v2/dss/identification_service_areas?area=46,7,46.1,7,46,7.1&earliest_time=2026-11-23T06:30:00Z", ""},
    {"PUT", "/rid/v2/dss/subscriptions/" ISSUER_ID, "{\"extents\":" ISSUER_DAY "," ISSUER_URL "}"},
    {"DELETE", "/rid/v2/dss/subscriptions/" ISSUER_ID "/1a", ""},
    {"PUT", "/v1/dss/identification_service_areas/" ISSUER_ID, "{\"extents\":" ISSUER_V1 ",\"flights_url\":\"https://a.example/flights\"}"},
    {"PUT", "/v1/dss/subscriptions/" ISSUER_ID, "{\"extents\":" ISSUER_V1 ",\"callbacks\":{\"identification_service_area_url\":\"https://a.example/identification_service_areas\"}}"},
    {"GET", "/v1/dss/subscriptions?area=46,7,46.1,7,46,7.1", ""},
    {"GET", "/aux/v1/validate_oauth?owner=uss1", ""}, {"GET", "/aux/v1/pool", ""}, {"GET", "/versions/x", ""}};
enum { ISSUER_CALLS = sizeof issuer_calls / sizeof *issuer_calls };

#endif
