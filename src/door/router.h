/* Which handler a request is for. A table of routes; patterns have "{}" where a segment varies. */
#ifndef PARLEY_DOOR_ROUTER_H
#define PARLEY_DOOR_ROUTER_H

#include "base/text.h"
#include "door/limits.h"

struct door;
struct request;

enum access {
    ACCESS_OPEN,     /* anybody; a token is not looked at */
    ACCESS_WORLD,    /* anybody reads what is released to world; with a token, as that party */
    ACCESS_PARTY,    /* a token is needed, not of a key that feeds only */
    ACCESS_LOG,      /* as ACCESS_PARTY; with --log-open as ACCESS_WORLD */
    ACCESS_FEED,     /* a token is needed, of any key */
    ACCESS_EITHER,   /* statements: a signature or a token; the core judges which key may say what */
    ACCESS_OPERATOR, /* the operator's token, that of --metrics-token, or with --metrics-local the machine itself */
    ACCESS_VERSION,  /* from here on, the doors of other systems (dss.c). Anybody */
    ACCESS_BEARER    /* an access token with one of the route's scopes */
};
struct match;
struct route {
    const char *method, *pattern;
    void (*run)(struct door *d, struct request *r, const struct match *m);
    enum access access;
    const char *parameters[DOOR_ROUTE_PARAMETERS]; /* of the query: those known */
    size_t body_most;                         /* 0: takes no body */
    int argument;                             /* for handlers that serve several routes */
};
struct route_found {
    const struct route *route;           /* NULL: no such path, or not this method */
    struct text segments[DOOR_ROUTE_SEGMENTS];
    char allow[48];                      /* "GET, HEAD, POST": methods of the path; empty: no such path */
};
/* HEAD is served as GET. Segments match one or more of [A-Za-z0-9._-], "{*}" at a pattern's end one or more of these and slashes: nothing in a path is ever escaped. */
void router_find(const struct route *routes, size_t count, struct text method, struct text path, struct route_found *out);

#endif
