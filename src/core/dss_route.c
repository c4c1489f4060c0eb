/* The doors' table: utm.yaml (F3548-21), canonical.yaml and updated.yaml (F3411), as clients use them. A row's scopes are those of which one suffices. */
#include "core/dss.h"

#define SC DSS_SCOPE_STRATEGIC
#define CM DSS_SCOPE_CONFORMANCE
#define CW DSS_SCOPE_CONSTRAINT_MANAGEMENT
#define CR DSS_SCOPE_CONSTRAINT_PROCESSING
#define AV DSS_SCOPE_AVAILABILITY
#define R1 DSS_SCOPE_RID_READ
#define W1 DSS_SCOPE_RID_WRITE
#define R2 DSS_SCOPE_RID_DISPLAY
#define W2 DSS_SCOPE_RID_SERVICE

/* An entity of F3548: read and changed by id. */
#define UTM(name, kind, reads, writes)                                                                             \
    {"POST", "/dss/v1/" name "/query", DSS_F3548, DSS_QUERY, kind, false, reads, false},                           \
    {"GET", "/dss/v1/" name "/{}", DSS_F3548, DSS_GET, kind, false, reads, false},                                 \
    {"PUT", "/dss/v1/" name "/{}", DSS_F3548, DSS_PUT, kind, false, writes, false},                                \
    {"PUT", "/dss/v1/" name "/{}/{}", DSS_F3548, DSS_PUT, kind, true, writes, false},                              \
    {"DELETE", "/dss/v1/" name "/{}/{}", DSS_F3548, DSS_DELETE, kind, true, writes, false}
/* One of F3411: the search is a GET. */
#define RID(root, door, name, kind, searches, reads, writes)                                                       \
    {"GET", root name, door, DSS_QUERY, kind, false, searches, false},                                             \
    {"GET", root name "/{}", door, DSS_GET, kind, false, reads, false},                                            \
    {"PUT", root name "/{}", door, DSS_PUT, kind, false, writes, false},                                           \
    {"PUT", root name "/{}/{}", door, DSS_PUT, kind, true, writes, false},                                         \
    {"DELETE", root name "/{}/{}", door, DSS_DELETE, kind, true, writes, false}

const struct dss_route dss_routes_all[] = {
    UTM("operational_intent_references", DSS_INTENT, SC | CM, SC | CM),
    UTM("constraint_references", DSS_CONSTRAINT, CW | CR, CW),
    UTM("subscriptions", DSS_SUBSCRIPTION, SC | CR, SC | CR),
    {"POST", "/dss/v1/reports", DSS_F3548, DSS_PUT, DSS_REPORT, false, SC | CM | CW | CR | AV, false},
    {"GET", "/dss/v1/uss_availability/{}", DSS_F3548, DSS_GET, DSS_AVAILABILITY, false, AV | SC | CM, false},
    {"PUT", "/dss/v1/uss_availability/{}", DSS_F3548, DSS_PUT, DSS_AVAILABILITY, false, AV, false},
    {"GET", "/uss/v1/constraints/{}", DSS_F3548, DSS_GET, DSS_CONSTRAINT, false, CR, DSS_DETAILS},
    {"GET", "/uss/v1/operational_intents/{}", DSS_F3548, DSS_GET, DSS_INTENT, false, SC, DSS_DETAILS},
    {"GET", "/uss/v1/operational_intents/{}/telemetry", DSS_F3548, DSS_GET, DSS_INTENT, false, CM, DSS_TELEMETRY},
    RID("/v1/dss/", DSS_RID_V1, "identification_service_areas", DSS_AREA, R1, R1, W1),
    RID("/v1/dss/", DSS_RID_V1, "subscriptions", DSS_AREA_SUBSCRIPTION, R1, R1 | W1, R1),
    RID("/rid/v2/dss/", DSS_RID_V2, "identification_service_areas", DSS_AREA, R2, R2 | W2, W2),
    RID("/rid/v2/dss/", DSS_RID_V2, "subscriptions", DSS_AREA_SUBSCRIPTION, R2, R2 | W2, R2),
};
const uint32_t dss_routes_count = sizeof dss_routes_all / sizeof *dss_routes_all;

/* A segment at the path's end may be empty: a version that is missing. */
static bool matches(const char *pattern, struct text path, struct text segments[2]) {
    size_t at = 0;
    uint32_t n = 0;
    while (*pattern != '\0') {
        if (pattern[0] != '{') {
            if (at == path.size || path.at[at++] != *pattern++) return false;
            continue;
        }
        size_t begin = at;
        while (at < path.size && path.at[at] != '/') at++;
        segments[n++] = (struct text){path.at + begin, at - begin};
        pattern += 2;
        if (at == begin && *pattern != '\0') return false;
    }
    return at == path.size;
}

const struct dss_route *dss_route_find(struct text method, struct text path, struct text segments[2]) {
    for (uint32_t i = 0; i < dss_routes_count; i++) {
        const struct dss_route *r = &dss_routes_all[i];
        segments[0] = segments[1] = (struct text){NULL, 0};
        if (text_is(method, r->method) && matches(r->pattern, path, segments)) return r;
    }
    return NULL;
}

static const struct { uint32_t bit; const char *word; } scope_words[] = {
    {SC, "utm.strategic_coordination"}, {CM, "utm.conformance_monitoring_sa"}, {CW, "utm.constraint_management"}, {CR, "utm.constraint_processing"},
    {AV, "utm.availability_arbitration"}, {R1, "dss.read.identification_service_areas"}, {W1, "dss.write.identification_service_areas"},
    {R2, "rid.display_provider"}, {W2, "rid.service_provider"},
};
#define SCOPE_WORDS (sizeof scope_words / sizeof *scope_words)

uint32_t dss_scope_read(struct text word) {
    for (size_t i = 0; i < SCOPE_WORDS; i++)
        if (text_is(word, scope_words[i].word)) return scope_words[i].bit;
    return 0;
}

void dss_scopes_render(uint32_t scopes, struct append *out) {
    const char *before = "[";
    for (size_t i = 0; i < SCOPE_WORDS; i++) {
        if (!(scopes & scope_words[i].bit)) continue;
        append_str(out, before);
        append_char(out, '"');
        append_str(out, scope_words[i].word);
        append_char(out, '"');
        before = ",";
    }
    append_str(out, before[0] == '[' ? "[]" : "]");
}
