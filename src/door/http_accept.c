/* Connections: who comes in, who is turned away, who has to make room, who was too slow. Each of these is counted. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "door/http_inner.h"

const char *turned_name(enum turned t) {
    static const char *const names[TURNEDS] = {"address", "rate", "handshakes", "full", "files", "memory"};
    return names[t];
}

const char *phase_name(enum link_phase p) {
    static const char *const names[LINK_PHASES] = {"head", "body", "answering", "reply", "stream"};
    return names[p];
}

/* --- one connection --- */

static struct link *link_begin(struct http *h, struct MHD_Connection *connection) {
    struct link *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL; /* then it has no deadlines but the library's */
    uint8_t address[16];
    source_address(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, address);
    *l = (struct link){.fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, .since_ms = h->now_ms,
                       .generation = h->generation,
                       .source = source_of(h->sources, address, h->now_ms), .after = h->links};
    l->source->uses++;
    l->source->links++;
    l->source->fresh++;
    if (h->links != NULL) h->links->before = l;
    h->links = l;
    int on = 1;
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int kept = DOOR_SOCKET_BYTES;
    setsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &kept, sizeof kept);
    h->numbers.accepted++;
    h->numbers.open++;
    return l;
}

static void link_end(struct http *h, struct link *l) {
    if (l->before != NULL) l->before->after = l->after;
    else h->links = l->after;
    if (l->after != NULL) l->after->before = l->before;
    h->numbers.open--;
    h->numbers.silent += !l->asked;
    h->dying -= l->dying;
    l->source->uses--;
    l->source->links--;
    l->source->fresh -= !l->asked;
    free(l);
}

void link_notice(void *http, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = link_begin(http, connection);
    } else if (*slot != NULL) {
        link_end(http, *slot);
        *slot = NULL;
    }
}

void link_close(struct link *l, struct http *h) {
    shutdown(l->fd, SHUT_RDWR);
    if (!l->dying) h->dying++;
    l->dying = true;
    /* The library looks at a connection that waits here only when it goes on. */
    if (l->request != NULL && l->request->queue != NULL) {
        struct request *r = l->request;
        queue_drop(r);
        request_resume(r);
    }
}

/* --- room --- */

/* Who is closed when there is no room: one that has shown no session before one that has; of those the address with most connections,
 * of its connections the one that has done nothing for longest. Never one whose statement is being ordered. */
static bool before(const struct link *a, const struct link *b) {
    if (a->trusted != b->trusted) return !a->trusted;
    if (a->source->links != b->source->links) return a->source->links > b->source->links;
    return a->since_ms < b->since_ms;
}

static bool may_close(const struct link *l) {
    if (l->dying) return false;
    return l->phase != LINK_ANSWERING || (l->request != NULL && l->request->queue != NULL && !queue_sends(l->request));
}

static bool make_room(struct http *h, const struct source *newcomer) {
    struct link *victim = NULL;
    for (struct link *l = h->links; l != NULL; l = l->after)
        if (may_close(l) && (victim == NULL || before(l, victim))) victim = l;
    /* Nobody takes another's place who then has more than that one keeps; an address does not push out its own. */
    if (victim == NULL || victim->source == newcomer || newcomer->links + 1 > victim->source->links) return false;
    if (victim->trusted && victim->source->links <= h->most / 64) return false;
    link_close(victim, h);
    h->numbers.evicted++;
    return true;
}

/* --- new ones --- */

/* What new connections cost, all who have shown no session may cost together; beyond it each address has its modest share. */
static bool common_rate(struct http *h, struct source *s) {
    int64_t all = h->rate > DOOR_RATE_ACCEPTS ? h->rate : DOOR_RATE_ACCEPTS;
    if (s->trusted || bucket_take(&s->modest, DOOR_RATE_ACCEPTS_MODEST, 2 * DOOR_RATE_ACCEPTS_MODEST, 1, h->now_ms)) return true;
    return bucket_take(&h->accepts, all, 2 * all, 1, h->now_ms);
}

/* TURNEDS: come in. */
static enum turned judge(struct http *h, struct source *s) {
    int64_t rate = DOOR_CONNECTIONS_A_REQUEST * h->rate;
    /* All that a proxy brings has one address. */
    if (!h->behind_proxy) {
        if (s->links >= h->most_per_address) return TURNED_ADDRESS;
        if (h->tls && s->fresh >= DOOR_FRESH_PER_ADDRESS_TLS) return TURNED_HANDSHAKES;
        if (!bucket_take(&s->connections, rate, 2 * rate, h->tls ? DOOR_HANDSHAKE_COST : 1, h->now_ms) || !common_rate(h, s)) return TURNED_RATE;
    }
    return h->numbers.open + h->newcomer_count - h->dying < h->most || make_room(h, s) ? TURNEDS : TURNED_FULL;
}

/* Without a free descriptor the newcomer would stay in the backlog and wake us for ever. */
static void turn_away_without_file(struct http *h) {
    if (h->spare >= 0) close(h->spare);
    int s = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
    if (s >= 0) {
        close(s);
        h->numbers.turned[TURNED_FILES]++;
    }
    h->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void come_in(struct http *h, const struct newcomer *n) {
    if (MHD_add_connection(h->daemon, n->fd, (const struct sockaddr *)&n->from, n->size) != MHD_YES) h->numbers.turned[TURNED_MEMORY]++; /* it has closed it */
}

/* A handshake cannot be cut into pieces: so few begin at a time, and no address keeps another waiting for all of its own. */
static bool sooner(const struct newcomer *a, const struct newcomer *b) {
    if (a->source->trusted != b->source->trusted) return a->source->trusted;
    return a->source->shaken_ms < b->source->shaken_ms;
}

static void newcomer_leave(struct http *h, unsigned i) {
    struct newcomer n = h->newcomers[i];
    h->newcomer_count--;
    memmove(&h->newcomers[i], &h->newcomers[i + 1], (h->newcomer_count - i) * sizeof h->newcomers[0]);
    n.source->uses--, n.source->fresh--, n.source->newcomers--;
    n.source->shaken_ms = h->now_ms;
    come_in(h, &n);
}

static void begin_handshakes(struct http *h) {
    while (h->newcomer_count > 0 && bucket_take(&h->handshakes, DOOR_HANDSHAKES, DOOR_HANDSHAKES_AT_ONCE, 1, h->now_ms)) {
        unsigned best = 0;
        for (unsigned i = 1; i < h->newcomer_count; i++)
            if (sooner(&h->newcomers[i], &h->newcomers[best])) best = i;
        newcomer_leave(h, best);
    }
}

void newcomers_end(struct http *h) {
    while (h->newcomer_count > 0) newcomer_leave(h, 0);
}

/* When all places are taken, the address with most of them gives its latest to one with fewer. */
static bool place_for(struct http *h, const struct source *s) {
    if (h->newcomer_count < DOOR_HANDSHAKES_WAITING) return true;
    unsigned victim = 0;
    for (unsigned i = 1; i < h->newcomer_count; i++)
        if (h->newcomers[i].source->newcomers >= h->newcomers[victim].source->newcomers) victim = i;
    struct newcomer n = h->newcomers[victim];
    if (n.source->newcomers <= s->newcomers + 1 && !(s->trusted && !n.source->trusted)) return false;
    n.source->uses--, n.source->fresh--, n.source->newcomers--;
    close(n.fd);
    h->numbers.turned[TURNED_HANDSHAKES]++;
    h->newcomer_count--;
    memmove(&h->newcomers[victim], &h->newcomers[victim + 1], (h->newcomer_count - victim) * sizeof h->newcomers[0]);
    return true;
}

static void wait_for_handshake(struct http *h, const struct newcomer *n) {
    h->newcomers[h->newcomer_count++] = *n;
    n->source->uses++, n->source->fresh++, n->source->newcomers++;
}

bool http_accept(struct http *h, bool asked) {
    if (h->quiescing) return false;
    bool more = asked;
    for (int left = DOOR_ACCEPTS; more && left > 0; left--) {
        struct newcomer n = {.size = sizeof n.from};
        uint8_t address[16];
        n.fd = accept4(h->listener, (struct sockaddr *)&n.from, &n.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        more = n.fd >= 0;
        if (!more) {
            if (errno == EMFILE || errno == ENFILE) turn_away_without_file(h);
            break; /* else: nobody there, or gone again */
        }
        source_address((struct sockaddr *)&n.from, address);
        n.source = source_of(h->sources, address, h->now_ms);
        enum turned why = judge(h, n.source);
        if (why == TURNEDS && h->tls && !place_for(h, n.source)) why = TURNED_HANDSHAKES;
        if (why != TURNEDS) {
            close(n.fd);
            h->numbers.turned[why]++;
        } else if (h->tls) {
            wait_for_handshake(h, &n);
        } else {
            come_in(h, &n);
        }
    }
    begin_handshakes(h);
    return more;
}

/* --- slow ones --- */

void http_now(struct http *h, int64_t now_ms) { h->now_ms = now_ms; }

void http_sweep(struct http *h, int64_t now_ms) {
    static const int64_t allowed[LINK_PHASES] = {[LINK_HEAD] = DOOR_HEAD_SECONDS, [LINK_BODY] = DOOR_BODY_SECONDS,
                                                 [LINK_ANSWERING] = 0, [LINK_REPLY] = DOOR_REPLY_SECONDS, [LINK_STREAM] = 0};
    h->now_ms = now_ms;
    http_free_retired(h, false);
    for (struct link *l = h->links, *next; l != NULL; l = next) {
        next = l->after;
        if (l->dying || allowed[l->phase] == 0 || now_ms - l->since_ms <= allowed[l->phase] * 1000) continue;
        h->numbers.swept++;
        h->numbers.slow[l->phase]++;
        link_close(l, h);
    }
}
