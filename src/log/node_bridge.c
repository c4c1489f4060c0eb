/* The base URL under which what is released to the world shows at the doors of F3548 (core/bridge.h). Whoever starts the server says it; what is in force stands in the
 * state, so that a replay, which knows of no start, shows the same. */
#include <assert.h>
#include <string.h>

#include "log/node_private.h"

/* One that is refused or lost is proposed again. No time passes with it. A log without capacities for these doors has nothing to show. */
void node_bridge(struct node *n) {
    const char *url = n->options.bridge_url;
    if (n->failed || n->ending || n->bridge_waits || n->options.read_only || url == NULL || state_capacity(n->state)->managers == 0) return;
    if (state_time(n->state) == INSTANT_NONE) return; /* it has the time of the statement before it: the first tick was refused, or lost */
    if (text_equal(state_bridge_url(n->state), text_of(url))) return;
    struct body_bridge b = {.number = state_bridge_number(n->state) + 1, .url = text_of(url)};
    char room[LIMIT_DSS_URL + 64];
    struct append bytes = append_fixed(room, sizeof room);
    struct fault f;
    decode_bridge_render(&b, &bytes);
    assert(!bytes.full); /* a URL has nothing that JSON would escape: who gives it has looked */
    struct part p = {.bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    n->bridge_waits = result_is_ok(node_propose_own(n, &p, state_time(n->state), NODE_TICKET_BRIDGE, &f));
}
