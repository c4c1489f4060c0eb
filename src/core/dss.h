/* The store of the drone world's doors: ASTM F3548-21 (operational intents, constraints, subscriptions, availability, reports) and F3411-19 / -22a
 * (identification service areas and their subscriptions). A request is decoded by the same code when it comes and in recovery (dss_decode*.c). What changes
 * something is a statement of the kind `dss`, attested by the server ("the bearer of a token for X sent this"), recorded in the operator's stream; its reply is
 * rendered by the step and is part of the outcome. What only reads is answered from the state.
 *
 * Frames and units: footprints in 1e-7 degree WGS 84, heights in centimetres above its ellipsoid, times in nanoseconds UTC; all bounds inclusive.
 * One entity's volumes are merged before any comparison: footprints united, lowest lower to highest upper, earliest start to latest end. */
#ifndef PARLEY_CORE_DSS_H
#define PARLEY_CORE_DSS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/limits.h"
#include "core/part.h"
#include "geo/shape.h"

/* ---- the call, as a door received it ---- */
#define DSS_ENTROPY 32
enum dss_scope { /* bits; the door maps a token's scopes to them */
    DSS_SCOPE_STRATEGIC = 1, DSS_SCOPE_CONFORMANCE = 2, DSS_SCOPE_CONSTRAINT_MANAGEMENT = 4, DSS_SCOPE_CONSTRAINT_PROCESSING = 8,
    DSS_SCOPE_AVAILABILITY = 16, DSS_SCOPE_RID_READ = 32, DSS_SCOPE_RID_WRITE = 64, DSS_SCOPE_RID_DISPLAY = 128, DSS_SCOPE_RID_SERVICE = 256
};
struct dss_call {
    struct text method, path, query;  /* "PUT", "/dss/v1/constraint_references/<id>", what stands behind '?' as it came; path without escapes undone */
    struct text body;                 /* as it came; empty: none */
    struct text subject, issuer;      /* of the token: who is called the manager here, the owner in F3411; who says so */
    uint32_t scopes;                  /* bits of enum dss_scope */
    bool plain_http;                  /* base URLs need not be https */
    uint8_t entropy[DSS_ENTROPY];     /* drawn by the server: OVNs, versions and report ids are made of it. Zero for reads */
    struct text request;              /* the request's id, for `parley why` */
};

/* ---- routes: one row for each method and path (dss_route.c) ---- */
enum dss_door { DSS_F3548, DSS_RID_V1, DSS_RID_V2 };
enum dss_action { DSS_GET, DSS_QUERY, DSS_PUT, DSS_DELETE };
enum dss_kind { DSS_INTENT, DSS_CONSTRAINT, DSS_SUBSCRIPTION, DSS_AVAILABILITY, DSS_REPORT, DSS_AREA /* F3411: ISA */, DSS_AREA_SUBSCRIPTION, DSS_KINDS };
enum dss_manages { DSS_MANAGES_NOT, DSS_DETAILS, DSS_TELEMETRY };
struct dss_route {
    const char *method, *pattern;     /* "/dss/v1/constraint_references/{}/{}"; {} is one segment, which may be empty at the end */
    enum dss_door door; enum dss_action action; enum dss_kind kind;
    bool versioned;                   /* the last segment is an OVN or a version */
    uint32_t scopes;                  /* one of them suffices: judged by the door before anything else of the request (401, 403) */
    uint8_t manages;                  /* enum dss_manages: of what this server itself manages, the managing USS's side of F3548 */
};
extern const struct dss_route dss_routes_all[];
extern const uint32_t dss_routes_count;
/* NULL: there is none (404, whatever the verb). *segments: the {} parts, percent-escapes not undone. */
const struct dss_route *dss_route_find(struct text method, struct text path, struct text segments[2]);
uint32_t dss_scope_read(struct text word); /* the bit of "utm.strategic_coordination" and so on; 0: none of these doors' */
void dss_scopes_render(uint32_t scopes, struct append *out); /* as a JSON array of such words */
static inline bool dss_route_writes(const struct dss_route *r) { return r->action == DSS_PUT || r->action == DSS_DELETE; } /* a report is a PUT here */

/* ---- the request, decoded: borrowed from the decoder's arena ---- */
enum dss_intent_state { DSS_ACCEPTED, DSS_ACTIVATED, DSS_NONCONFORMING, DSS_CONTINGENT, DSS_INTENT_STATES };
enum dss_availability { DSS_UNKNOWN, DSS_NORMAL, DSS_DOWN, DSS_AVAILABILITIES };
struct dss_extent {                   /* merged */
    const struct shape *shapes; uint32_t count; /* circles and polygons, checked by the standard's rules */
    const struct box *grounds;        /* [count] of each the box on the ground, which a step asks for five times; NULL: not reckoned ahead */
    bool has_lower, has_upper, has_start, has_end;
    int32_t lower_cm, upper_cm; instant start, end;
};
struct dss_request {
    const struct dss_route *route;
    struct text manager, issuer, request; uint32_t scopes; bool plain_http; uint8_t entropy[DSS_ENTROPY];
    struct id id;                     /* of the path: intent, constraint, subscription, area */
    bool has_version; struct text version; /* of the path: OVN or version; empty is "given and empty". Without: create */
    struct dss_extent extent; bool has_extent; /* PUT and QUERY. A RID subscription or area too */
    struct text base_url;             /* uss_base_url, flights_url, callback: unconverted */
    /* operational intent */
    uint8_t state; const struct text *key; uint32_t key_count;
    bool has_subscription; struct id subscription; /* subscription_id */
    bool new_subscription, new_for_constraints; struct text new_base_url;
    bool has_suffix; struct id suffix; /* requested_ovn_suffix: a UUID version 7; whether its time is near is judged by the step */
    /* subscription */
    bool for_intents, for_constraints;
    /* availability */
    struct text uss; uint8_t availability; struct text old_version;
    /* report: the body as it came */
    struct text report;
    /* F3411 search of areas */
    bool has_earliest, has_latest; instant earliest, latest;
};
struct decoder;
const char *dss_url_fault(struct text in, bool plain_http); /* of a base URL: "has no host"; NULL: nothing is wrong with it */
/* Everything that can be judged without the state. MALFORMED, RANGE, UNSUPPORTED: 400; TOO_LARGE: 413; the fault's field is the path in the body (empty: the body itself), the
 * query's name, or "id", "version". A route whose door is F3548 keeps F3548's rules, and so on. */
result dss_decode(const struct decoder *d, const struct dss_call *c, struct dss_request *out, struct fault *f);

/* ---- as parts of a record (FORMAT.md, "dss"): request (door, method, path, the body's own bytes) and claims (subject, issuer, scopes, request id, entropy). Decoded by decode_parts. ----
 * Borrowed from `arena`. FULL without memory. */
result dss_parts(struct arena *arena, const struct dss_call *c, struct part out[2], struct fault *f);

/* ---- answering ---- */
struct state;
/* A read at the state's time or `now`, whichever is later: the HTTP status; the body is appended as JSON. */
uint16_t dss_read(const struct state *st, const struct dss_request *q, instant now, struct append *body);
/* At most so many bytes will the reply of this write have, as the state is now: the log admits no more than it can write. A sum over what there is, taken without a search. */
uint64_t dss_reply_most(const struct state *st, const struct dss_request *q);
/* {"message":…,"code":…,"field":…,"request":…, …}: the error body of these doors, as the door's own refusals have it: `field` and `why` in words, a word for
 * programs, the request's id; and members beside them that the caller appends between open and close. An empty field or request is left out. */
struct dss_error { const char *code; struct text field, request; const char *why; };
void dss_error_open(struct append *body, const struct dss_error *e);
void dss_error_close(struct append *body);

#endif
