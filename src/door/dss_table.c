/* The routes of the F3548-21 and F3411 doors, of which core/dss.h has the table, as routes of this server; and what was answered on each. */
#include "door/dss_door.h"

#include <stdlib.h>

/* Scopes as a token's bits (token.h) and as the core knows them. */
static const struct { uint32_t core, token; } scopes[] = {
    {DSS_SCOPE_STRATEGIC, SCOPE(STRATEGIC_COORDINATION)}, {DSS_SCOPE_CONFORMANCE, SCOPE(CONFORMANCE_MONITORING)},
    {DSS_SCOPE_CONSTRAINT_MANAGEMENT, SCOPE(CONSTRAINT_MANAGEMENT)}, {DSS_SCOPE_CONSTRAINT_PROCESSING, SCOPE(CONSTRAINT_PROCESSING)},
    {DSS_SCOPE_AVAILABILITY, SCOPE(AVAILABILITY_ARBITRATION)}, {DSS_SCOPE_RID_READ, SCOPE(RID_READ)}, {DSS_SCOPE_RID_WRITE, SCOPE(RID_WRITE)},
    {DSS_SCOPE_RID_DISPLAY, SCOPE(RID_DISPLAY)}, {DSS_SCOPE_RID_SERVICE, SCOPE(RID_SERVICE)}};
uint32_t dss_core_scopes(uint32_t token) {
    uint32_t out = 0;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) out |= (token & scopes[i].token) != 0 ? scopes[i].core : 0;
    return out;
}
static uint32_t token_scopes(uint32_t core) {
    uint32_t out = 0;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) out |= (core & scopes[i].core) != 0 ? scopes[i].token : 0;
    return out;
}

struct counted { uint16_t status; uint64_t count; };
struct asked { uint64_t request, place; }; /* request 0: free */
struct dss_table {
    struct route *routes;                   /* [dss_routes_count]: what core's row of this number is here */
    struct counted (*counted)[DOOR_STATUSES]; /* [dss_routes_count]; the last takes what the others have no room for */
    struct asked asked[DOOR_ASKED];
};
_Static_assert((DOOR_ASKED & (DOOR_ASKED - 1)) == 0, "a power of two: places are cut from an id");

struct dss_table *dss_table_new(dss_run reads, dss_run writes) {
    struct dss_table *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->routes = calloc(dss_routes_count, sizeof *t->routes);
    t->counted = calloc(dss_routes_count, sizeof *t->counted);
    if (t->routes == NULL || t->counted == NULL) {
        dss_table_free(t);
        return NULL;
    }
    for (uint32_t i = 0; i < dss_routes_count; i++) {
        const struct dss_route *c = &dss_routes_all[i];
        bool bodied = c->action == DSS_PUT || c->action == DSS_QUERY;
        /* A body where none is asked for is passed over, as other servers of these interfaces do: clients send empty ones. */
        t->routes[i] = (struct route){.method = c->method, .pattern = c->pattern, .run = dss_route_writes(c) ? writes : reads, .access = ACCESS_BEARER,
                                      .body_most = bodied ? LIMIT_BODY_BYTES : DOOR_SMALL_BODY, .argument = (int)token_scopes(c->scopes)};
    }
    return t;
}
void dss_table_free(struct dss_table *t) {
    if (t == NULL) return;
    free(t->routes);
    free(t->counted);
    free(t);
}

void dss_find(const struct dss_table *t, struct text method, struct text path, struct route_found *out) {
    struct text segments[2];
    router_find(aux_routes, aux_route_count, method, path, out);
    out->allow[0] = '\0'; /* these doors know no 405 */
    if (out->route != NULL) return;
    const struct dss_route *c = dss_route_find(text_is(method, "HEAD") ? TEXT("GET") : method, path, segments);
    if (c != NULL) out->route = &t->routes[c - dss_routes_all];
}
uint16_t dss_mark(const struct dss_table *t, const struct route *r) {
    return t != NULL && r >= t->routes && r < t->routes + dss_routes_count ? (uint16_t)(r - t->routes + 1) : 0;
}

/* ---- what was answered ---- */
void dss_count(struct dss_table *t, uint16_t mark, unsigned status) {
    if (mark == 0 || status == 0) return;
    struct counted *c = t->counted[mark - 1];
    unsigned i = 0;
    while (i < DOOR_STATUSES - 1 && c[i].status != status && c[i].status != 0) i++;
    c[i].status = i < DOOR_STATUSES - 1 ? (uint16_t)status : 0;
    c[i].count++;
}
void dss_metrics(const struct dss_table *t, struct append *out) {
    for (uint32_t i = 0; t != NULL && i < dss_routes_count; i++)
        for (unsigned k = 0; k < DOOR_STATUSES; k++) {
            const struct counted *c = &t->counted[i][k];
            if (c->count == 0) continue;
            append_format(out, "parley_dss_requests_total{method=\"%s\",route=\"%s\",status=\"%u\"} %llu\n", t->routes[i].method, t->routes[i].pattern, (unsigned)c->status,
                          (unsigned long long)c->count);
        }
}

/* ---- where a request's record stands ---- */
static bool number_of(struct text request, uint64_t *out) {
    uint8_t bytes[8];
    if (!hex_read(request, bytes, sizeof bytes)) return false;
    memcpy(out, bytes, sizeof bytes);
    return *out != 0;
}
void dss_asked(struct dss_table *t, struct text request, uint64_t place) {
    uint64_t number;
    if (number_of(request, &number)) t->asked[number & (DOOR_ASKED - 1)] = (struct asked){number, place};
}
bool dss_asked_place(const struct dss_table *t, struct text request, uint64_t *place) {
    uint64_t number;
    if (!number_of(request, &number)) return false;
    const struct asked *a = &t->asked[number & (DOOR_ASKED - 1)];
    *place = a->place;
    return a->request == number;
}
