#include "door/router.h"

#include "base/bytes.h"

static bool segment_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static bool matches(const char *pattern, struct text path, struct text segments[DOOR_ROUTE_SEGMENTS]) {
    size_t at = 0, taken = 0;
    while (*pattern != '\0') {
        if (pattern[0] == '{' && pattern[1] == '}') {
            size_t from = at;
            while (at < path.size && segment_char(path.at[at])) at++;
            if (at == from || taken == DOOR_ROUTE_SEGMENTS) return false;
            segments[taken++] = (struct text){path.at + from, at - from};
            pattern += 2;
        } else if (strcmp(pattern, "{*}") == 0) {
            size_t from = at;
            while (at < path.size && (segment_char(path.at[at]) || path.at[at] == '/')) at++;
            if (at == from || taken == DOOR_ROUTE_SEGMENTS) return false;
            segments[taken++] = (struct text){path.at + from, at - from};
            pattern += 3;
        } else {
            if (at == path.size || path.at[at] != *pattern) return false;
            at++, pattern++;
        }
    }
    return at == path.size;
}

static void allow(struct route_found *out, const char *method) {
    size_t used = strlen(out->allow);
    struct append a = append_fixed(out->allow + used, sizeof out->allow - used - 1);
    if (used > 0) append_str(&a, ", ");
    append_str(&a, method);
    if (strcmp(method, "GET") == 0) append_str(&a, ", HEAD");
    out->allow[used + a.size] = '\0';
}

void router_find(const struct route *routes, size_t count, struct text method, struct text path, struct route_found *out) {
    struct text wanted = text_is(method, "HEAD") ? TEXT("GET") : method;
    *out = (struct route_found){.route = NULL};
    for (size_t i = 0; i < count; i++) {
        char first = routes[i].pattern[1]; /* tells most of them apart; two routes in a hundred begin alike and are not the one */
        if (path.size > 1 && first != path.at[1] && first != '{') continue;
        struct text segments[DOOR_ROUTE_SEGMENTS] = {{NULL, 0}};
        if (!matches(routes[i].pattern, path, segments)) continue;
        allow(out, routes[i].method);
        if (out->route != NULL || !text_is(wanted, routes[i].method)) continue;
        out->route = &routes[i];
        memcpy(out->segments, segments, sizeof segments);
    }
}
