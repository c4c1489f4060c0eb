#include "door/reader.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/ring.h"
#include "door/dss_door.h"
#include "door/limits.h"

struct body_reader {
    const struct node *node;
    struct json_reader *json;
    struct arena scratch;
    struct reading at;
    struct ring *to, *from;
    pthread_t thread;
    bool started, busy;
};

/* The routes whose bodies may be long. */
static const struct {
    void (*run)(struct door *d, struct request *r, const struct match *m);
    void (*read)(const struct node *n, struct reading *g);
    void (*taken)(struct door *d, struct request *r, const struct match *m, struct reading *g);
} routes[] = {{statements_post, statements_read, statements_taken}, {frames_post, frames_read, frames_taken},
             {dss_writes, dss_writes_read, dss_writes_taken}, {dss_reads, dss_reads_read, dss_reads_taken}};

static unsigned route_of(const struct match *m) {
    unsigned i = 0;
    while (i < sizeof routes / sizeof routes[0] && routes[i].run != m->route->run) i++;
    return i;
}

/* --- the thread --- */

static int64_t thread_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void *read_bodies(void *context) {
    struct body_reader *w = context;
    struct pollfd wait = {.fd = ring_fd(w->to), .events = POLLIN};
    /* Where there is one core for both, the loop comes first. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), DOOR_READER_NICE);
    if (!ring_push(w->from, w)) abort();
    for (;;) {
        void *item;
        if (ring_pop_all(w->to, &item, 1) == 0) {
            (void)poll(&wait, 1, -1);
            continue;
        }
        if (item == w) return NULL;
        struct reading *g = item;
        int64_t before = thread_us();
        routes[route_of(&g->match)].read(w->node, g);
        g->spent_us = thread_us() - before;
        if (!ring_push(w->from, g)) abort();
    }
}

/* Signals that ask the server to end are the loop's. */
static bool start(struct body_reader *w) {
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS); /* a forbidden call is told whichever thread makes it */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    w->started = pthread_create(&w->thread, NULL, read_bodies, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w->started;
}

static void *await(struct body_reader *w) {
    struct pollfd wait = {.fd = ring_fd(w->from), .events = POLLIN};
    void *item;
    while (ring_pop_all(w->from, &item, 1) == 0) (void)poll(&wait, 1, -1);
    return item;
}

/* --- life --- */

struct body_reader *reader_new(const struct node *n) {
    struct body_reader *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    w->node = n;
    w->json = json_reader_new(LIMIT_BODY_BYTES);
    arena_growing(&w->scratch, DOOR_SCRATCH_BYTES);
    w->at.part_room = LIMIT_FRAME_AIRCRAFT + 8;
    w->at.parts = calloc(w->at.part_room, sizeof *w->at.parts);
    w->at.aside = w->json == NULL ? NULL : node_reading_new(w->json);
    w->at.decoder = (struct decoder){w->json, &w->scratch, *node_log_hash(n), state_origin(node_state(n))};
    w->to = ring_new(2);
    w->from = ring_new(1);
    if (w->at.parts != NULL && w->at.aside != NULL && w->to != NULL && w->from != NULL && start(w)) {
        (void)await(w); /* it has set its own priority: what it may call from here on, the filter of system calls says */
        return w;
    }
    reader_free(w);
    return NULL;
}

void reader_free(struct body_reader *w) {
    if (w == NULL) return;
    if (w->started) {
        if (!ring_push(w->to, w)) abort(); /* room for one body and this */
        pthread_join(w->thread, NULL);
    }
    ring_free(w->to);
    ring_free(w->from);
    node_reading_free(w->at.aside);
    if (w->json != NULL) json_reader_free(w->json);
    arena_free(&w->scratch);
    free(w->at.parts);
    free(w);
}

int reader_fd(const struct body_reader *w) { return ring_fd(w->from); }
bool reader_busy(const struct body_reader *w) { return w->busy; }

bool reader_wants(const struct body_reader *w, const struct request *r, const struct match *m) {
    return w != NULL && request_body(r).size > DOOR_READ_ASIDE && route_of(m) < sizeof routes / sizeof routes[0];
}

/* --- through --- */

static void begin(const struct door *d, struct request *r, const struct match *m, struct reading *g) {
    g->request = r;
    g->match = *m;
    g->body = request_body(r);
    if (!request_header(r, "Idempotency-Key", &g->idempotency)) g->idempotency = (struct text){NULL, 0};
    g->taken = OK;
    g->fault = (struct fault){.code = RESULT_OK};
    g->statement = NULL;
    g->frames = NULL;
    g->frame_count = 0;
    g->spent_us = 0;
    if (m->caller.bearer) dss_call_of(d, r, &g->match, &g->call); /* borrows the token: from the copy that lives as long as the reading */
}

void reader_begin(struct door *d, struct request *r, const struct match *m, struct reading *g) {
    *g = (struct reading){.decoder = d->decoder, .parts = d->parts, .part_room = d->part_room};
    begin(d, r, m, g);
}

void reader_send(struct body_reader *w, const struct door *d, struct request *r, const struct match *m) {
    assert(!w->busy);
    w->busy = true;
    begin(d, r, m, &w->at);
    if (!ring_push(w->to, &w->at)) abort();
}

struct reading *reader_done(struct body_reader *w) {
    void *item;
    if (w == NULL || !w->busy || ring_pop_all(w->from, &item, 1) == 0) return NULL;
    w->busy = false;
    return item;
}

struct reading *reader_wait(struct body_reader *w) {
    if (w == NULL || !w->busy) return NULL;
    w->busy = false;
    return await(w);
}

void reader_tell(struct door *d, struct reading *g) { routes[route_of(&g->match)].taken(d, g->request, &g->match, g); }
