/* What the doors of F3548 show to whoever asks, as audit_shown takes it: two queries of the whole earth (but for 4 km in the Indian Ocean), and the details of each that the managing USS has. Through the
 * decoder and the read of the doors, without their tokens. */
#ifndef PARLEY_TEST_AUDIT_ONLOOK_H
#define PARLEY_TEST_AUDIT_ONLOOK_H

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/decode.h"
#include "core/dss.h"
#include "core/state.h"

static inline unsigned onlook_read(const struct state *st, const struct decoder *d, const char *method, const char *path, const char *body, struct append *out) {
    struct dss_call c = {.method = text_of(method), .path = text_of(path), .query = TEXT(""), .body = text_of(body), .subject = TEXT("onlooker"), .issuer = TEXT("https://tokens.example"),
                         .scopes = DSS_SCOPE_STRATEGIC | DSS_SCOPE_CONSTRAINT_PROCESSING, .request = TEXT("onlook")};
    struct dss_request q;
    struct fault f = {0};
    bool good = result_is_ok(dss_decode(d, &c, &q, &f));
    if (!good) fprintf(stderr, "%s: %s: %s\n", path, f.field, f.message);
    assert(good);
    return dss_read(st, &q, state_time(st), out);
}
/* `d`: of that log, with an arena that is reset here. */
static inline void onlook(const struct state *st, const struct decoder *d, struct append *out) {
    static const char earth[] = "{\"area_of_interest\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":3,\"lng\":-75},\"radius\":{\"value\":20000000,\"units\":\"M\"}}}}}";
    static const char *const kinds[] = {"constraint", "operational_intent"};
    size_t list[2], end[2];
    append_format(out, "{\"waits\":%u", state_backlog(st));
    for (int k = 0; k < 2; k++) {
        char path[96];
        arena_reset(d->arena);
        snprintf(path, sizeof path, "/dss/v1/%s_references/query", kinds[k]);
        append_char(out, ',');
        list[k] = out->size;
        unsigned status = onlook_read(st, d, "POST", path, earth, out);
        assert(status == 200);
        assert(out->at[list[k]] == '{' && out->at[out->size - 1] == '}');
        out->at[list[k]] = ' ';
        out->at[--out->size] = ' ';
        out->size++;
        end[k] = out->size;
    }
    append_str(out, ",\"details\":[");
    size_t first = out->size;
    for (int k = 0; k < 2; k++)
        for (size_t at = list[k]; at < end[k];) {
            const char *found = memmem(out->at + at, end[k] - at, "{\"id\":\"", 7);
            char path[128];
            if (found == NULL) break;
            at = (size_t)(found - out->at) + 7;
            snprintf(path, sizeof path, "/uss/v1/%ss/%.36s", kinds[k], out->at + at);
            size_t before = out->size;
            if (before > first) append_char(out, ',');
            arena_reset(d->arena);
            if (onlook_read(st, d, "GET", path, "", out) != 200) out->size = before;
        }
    append_str(out, "]}");
    assert(!out->full);
}

#endif
