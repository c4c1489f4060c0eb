/* Bodies as they come: room is claimed before it is filled, for all of a stated length at once, for a chunked one as it grows. */
#include <stdlib.h>
#include <string.h>

#include "door/http_inner.h"

/* Small ones are bounded by the connections: the room is for long ones, and who sends little is never told that it is taken. */
bool body_claim(struct request *r, uint64_t size) {
    struct http_numbers *n = &r->http->numbers;
    uint64_t more = size - r->body_claim;
    if (size <= r->body_claim) return true;
    bool room = size <= DOOR_SMALL_BODY || (n->bodies_bytes + more <= DOOR_BODIES_BYTES && r->source->bodies + more <= DOOR_BODIES_BYTES_EACH);
    char *body = room ? realloc(r->body, size) : NULL;
    if (body == NULL) {
        n->bodies_refused++;
        return false;
    }
    r->body = body;
    r->body_room = r->body_claim = size;
    n->bodies_bytes += more;
    r->source->bodies += more;
    return true;
}

void body_give(struct request *r) {
    r->http->numbers.bodies_bytes -= r->body_claim;
    if (r->source != NULL) r->source->bodies -= r->body_claim;
    free(r->body);
    r->body = NULL;
    r->body_size = r->body_room = r->body_claim = 0;
}

static struct problem no_room(void) { return (struct problem){.status = 503, .code = "busy", .field = TEXT("body"), .rule = TEXT("too many bodies are under way")}; }

/* Of a body of this length: status 0, or why it is not taken. */
struct problem body_judge(struct request *r, uint64_t length) {
    const struct http_methods *m = &r->http->methods;
    struct problem p = {.status = 0};
    if (length > DOOR_SMALL_BODY && m->admit != NULL) p = m->admit(m->context, r, length);
    if (p.status == 0 && length > r->http->largest_body)
        p = (struct problem){.status = 413, .code = "too-large", .field = TEXT("body"), .rule = TEXT("is longer than this server takes")};
    return p.status == 0 && !body_claim(r, length) ? no_room() : p;
}

/* A chunked body says its length at its end: its room is a small body's, then four times as much whenever it is full, and each time it is judged as one of that length would be. What
 * it is then refused for is told when all of it has come, for the library takes no reply before; what is absurdly long is cut off, as a stated length of so much is. */
static void grow(struct request *r, size_t came) {
    uint64_t need = (uint64_t)r->body_size + came, room = r->body_room == 0 ? DOOR_SMALL_BODY : r->body_room;
    while (room < need) room *= 4;
    if (room > r->http->largest_body) room = r->http->largest_body;
    if (need <= r->body_room) return;
    struct problem p = body_judge(r, need);
    if (p.status == 0 && !body_claim(r, room)) p = no_room();
    if (p.status == 0) return;
    request_refuse(r, p);
    body_give(r);
}

enum MHD_Result body_take(struct request *r, const char *upload, size_t *size) {
    size_t came = *size;
    r->came += came;
    if (r->came > DOOR_BODY_READ_TIMES * r->http->largest_body) return MHD_NO;
    if (r->chunked && r->refusal.status == 0) grow(r, came);
    if (r->refusal.status == 0) {
        if (came > r->body_room - r->body_size) return MHD_NO; /* more than was claimed: never, by the library */
        memcpy(r->body + r->body_size, upload, came);
        r->body_size += came;
    }
    *size = 0;
    /* A small body was paid for with the request; behind a long one's last byte there is nothing to wait for. */
    bool whole = r->refusal.status == 0 && !r->chunked && r->body_size == r->body_room;
    if (whole || (r->refusal.status == 0 && r->body_claim <= DOOR_SMALL_BODY)) return MHD_YES;
    queue_charge(r, came);
    if (r->queue != NULL) return MHD_YES; /* it waits already: the library had read several chunks at once */
    queue_body(r);
    r->suspended = true;
    MHD_suspend_connection(r->connection);
    return MHD_YES;
}
