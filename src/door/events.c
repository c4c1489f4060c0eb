/* GET /v1/events: the reader's own stream as server-sent events (WHATWG HTML, 9.2), id = place. Nothing is queued for a
 * reader: each holds the one event that is being sent and the next place, and reads on from what is durable. So a slow
 * reader is paused by its own socket and goes on where it was; a lost one comes back with Last-Event-ID. */
#include <assert.h>
#include <stdlib.h>

#include "door/door.h"
#include "door/limits.h"
#include "door/report.h"

struct reader_slot {
    struct reader_slot *before, *after;
    struct events *events;
    struct request *request;
    struct session session;
    struct hash token; /* its hash: of no use to who reads our memory */
    uint64_t next;
    struct append buffer; /* the event under way */
    size_t sent;
    size_t shared;        /* what of it counts against all readers */
    int64_t last_ms;
    const char *ending;   /* why it ends after the buffer: the "data" of a last event */
    bool greeted, beat, ended, hungry; /* hungry: there is more, but its party had its share of this turn */
};

struct events {
    struct door *door;
    struct reader_slot *readers;
    uint32_t count;
    uint32_t *by_party;
    uint64_t *grown; /* durable size of each party's stream */
    uint32_t parties;
    size_t shared, own;
    uint64_t turn, *of_turn; /* of `used`, per party */
    size_t *used;
    bool hungry;
    int64_t news_ms;      /* when a stream that is read grew */
    struct arena scratch;
    struct append render;
};

struct events *events_new(struct door *d) {
    const struct state *st = node_state(d->node);
    struct events *e = calloc(1, sizeof *e);
    if (e == NULL) return NULL;
    e->door = d;
    e->parties = state_room(st)->parties;
    e->by_party = calloc(e->parties, sizeof *e->by_party);
    e->grown = calloc(e->parties, sizeof *e->grown);
    e->of_turn = calloc(e->parties, sizeof *e->of_turn);
    e->used = calloc(e->parties, sizeof *e->used);
    e->news_ms = INT64_MIN / 2;
    e->render = append_growing(DOOR_EVENT_BYTES + 2 * DOOR_EVENT_STEP);
    arena_growing(&e->scratch, DOOR_SCRATCH_BYTES);
    if (e->by_party == NULL || e->grown == NULL || e->of_turn == NULL || e->used == NULL) {
        events_free(e);
        return NULL;
    }
    /* At the start everything that was recovered is durable. */
    for (uint32_t i = 0; i < state_party_count(st); i++) e->grown[i] = state_stream_size(st, (uint16_t)i);
    return e;
}

void events_free(struct events *e) {
    if (e == NULL) return;
    assert(e->readers == NULL);
    append_free(&e->render);
    arena_free(&e->scratch);
    free(e->by_party);
    free(e->grown);
    free(e->of_turn);
    free(e->used);
    free(e);
}

uint32_t events_readers(const struct events *e) { return e->count; }
size_t events_bytes(const struct events *e) { return e->own + e->shared; }

/* --- what a reader is given --- */

static void let_go(struct reader_slot *s) {
    s->events->own -= s->buffer.size - s->shared;
    s->events->shared -= s->shared;
    s->shared = s->sent = 0;
    append_free(&s->buffer);
    s->buffer = append_growing(DOOR_EVENT_BYTES + 2 * DOOR_EVENT_STEP);
}

/* What is pushed is a whole number of steps long, so that who sees the wire, not the bytes, cannot tell a hold from a heartbeat. The filling is
 * a comment (WHATWG HTML, 9.2.5), which no reader notices. */
static void pad(struct append *text) {
    size_t left = DOOR_EVENT_STEP - text->size % DOOR_EVENT_STEP;
    if (left < 2) left += DOOR_EVENT_STEP;
    append_char(text, ':');
    for (; left > 2; left--) append_char(text, ' ');
    append_char(text, '\n');
}

/* Moves what was rendered to the reader. False: it is long and the readers' common room is taken; later. */
static bool hand_over(struct reader_slot *s, struct append *text) {
    struct events *e = s->events;
    pad(text);
    size_t shared = text->size > DOOR_EVENT_OWN_BYTES ? text->size : 0;
    if (shared > 0 && e->shared > 0 && e->shared + shared > DOOR_EVENT_SHARED_BYTES) return false;
    let_go(s);
    append_text(&s->buffer, append_view(text));
    if (s->buffer.full) return false;
    s->shared = shared;
    e->shared += shared;
    e->own += s->buffer.size - shared;
    return true;
}

static void say_end(struct reader_slot *s, const char *why) {
    struct append *out = &s->events->render;
    append_reset(out);
    append_format(out, "event: end\nretry: %d\ndata: {\"reason\":\"%s\",\"next\":%llu,\"retry_ms\":%d}\n\n", DOOR_RETRY_MS, why, (unsigned long long)s->next, DOOR_RETRY_MS);
    if (hand_over(s, out)) s->ended = true;
}

static bool next_event(struct reader_slot *s) {
    struct events *e = s->events;
    struct append *out = &e->render;
    struct node_record record;
    struct fault f;
    if (s->next >= e->grown[s->session.party]) return false;
    arena_reset(&e->scratch);
    result r = node_record(e->door->node, s->session.party, s->next, &e->scratch, &record, &f);
    if (r.code == RESULT_NOT_FOUND) return false;
    append_reset(out);
    if (result_is_ok(r)) {
        append_format(out, "id: %llu\ndata: ", (unsigned long long)s->next);
        node_record_render(&record, s->session.party == PARTY_OPERATOR, out);
        append_str(out, "\n\n");
        if (out->full || out->size > DOOR_EVENT_BYTES) r = fail(&f, RESULT_TOO_LARGE, "event", "record %llu is longer than an event may be", (unsigned long long)s->next);
    }
    /* One record is lost, those behind it are not: its place is told, so that the reader knows, and the next comes. */
    bool rot = r.code == RESULT_ROT;
    if (rot) {
        append_reset(out);
        append_format(out, "event: rot\nid: %llu\ndata: {\"seq\":%llu,\"code\":\"rot\",\"rule\":\"the record is damaged on the server and is not given out; the next ones come\"}\n\n",
                      (unsigned long long)s->next, (unsigned long long)s->next);
    }
    if (!result_is_ok(r)) report_fault(REPORT_ERROR, "event_failed", &f);
    if (!result_is_ok(r) && !rot) {
        s->ending = "the server cannot read this record";
        return false;
    }
    if (!hand_over(s, out)) return false;
    s->next++;
    return true;
}

static bool still_in_session(const struct reader_slot *s) {
    struct door *d = s->events->door;
    struct session found;
    return sessions_find_hash(d->sessions, node_state(d->node), &s->token, clock_now(&d->clock), &found);
}

/* A reader that catches up reads and renders as fast as its socket takes it, and a party may have many: so much of a turn is theirs. */
static bool next_event_in_turn(struct reader_slot *s) {
    struct events *e = s->events;
    uint16_t party = s->session.party;
    if (e->of_turn[party] != e->turn) e->used[party] = 0;
    e->of_turn[party] = e->turn;
    if (s->next < e->grown[party] && e->used[party] >= DOOR_EVENTS_TURN_BYTES) {
        s->hungry = e->hungry = true;
        return false;
    }
    /* In bytes, not in time: what a reader is given must not hang on how fast the machine is. Finding a record costs as much as some of them. */
    if (!next_event(s)) return false;
    e->used[party] += s->buffer.size + DOOR_EVENT_COST;
    return true;
}

/* The next bytes into the buffer; false: there is nothing now. */
static bool refill(struct reader_slot *s) {
    struct append *out = &s->events->render;
    if (s->ended) return false;
    if (!s->greeted) {
        /* An id without data is remembered by the reader, but is no event: so even who has seen none yet resumes rightly. */
        append_reset(out);
        append_format(out, "retry: 1000\nid: %lld\n\n", (long long)s->next - 1);
        s->greeted = true;
        return hand_over(s, out);
    }
    /* Asked before each event, not once a second: who has stolen a key hears nothing more once it is revoked. */
    if (s->ending == NULL && s->next < s->events->grown[s->session.party] && !still_in_session(s)) s->ending = "the session has ended";
    if (s->ending == NULL && next_event_in_turn(s)) return true;
    if (s->ending != NULL) {
        say_end(s, s->ending);
        return s->ended;
    }
    if (!s->beat) return false;
    s->beat = false;
    append_reset(out);
    return hand_over(s, out); /* nothing but filling */
}

/* As many events as there is room for: each call is a chunk, and a system call. */
static long pull(void *context, char *to, size_t room) {
    struct reader_slot *s = context;
    size_t given = 0;
    while (given < room) {
        if (s->sent == s->buffer.size) {
            bool was_shared = s->shared > 0;
            let_go(s);
            if (was_shared) events_tick(s->events); /* somebody may wait for the room */
            if (!refill(s)) break;
        }
        size_t left = s->buffer.size - s->sent, size = left < room - given ? left : room - given;
        memcpy(to + given, s->buffer.at + s->sent, size);
        s->sent += size;
        given += size;
    }
    if (given == 0) return s->ended ? -1 : 0;
    s->last_ms = s->events->door->now_ms;
    return (long)given;
}

static void close_reader(void *context) {
    struct reader_slot *s = context;
    struct events *e = s->events;
    let_go(s);
    append_free(&s->buffer);
    if (s->before != NULL) s->before->after = s->after;
    else e->readers = s->after;
    if (s->after != NULL) s->after->before = s->before;
    e->count--;
    e->by_party[s->session.party]--;
    free(s);
}

/* --- opening one --- */

/* Last-Event-ID before `from` before "now". */
static result first_place(const struct request *r, const struct match *m, uint64_t size, uint64_t *out, struct fault *f) {
    struct text last;
    bool resumes = request_header(r, "Last-Event-ID", &last);
    if (resumes) {
        if (text_is(last, "-1")) {
            *out = 0;
            return OK;
        }
        TRY(door_number(last, "Last-Event-ID", INT64_MAX / 2, out, f));
        ++*out;
    } else if (m->given[0] && strcmp(m->parameters[0], "now") != 0) {
        TRY(door_number(text_of(m->parameters[0]), "from", INT64_MAX / 2, out, f));
    } else {
        *out = size;
    }
    if (*out > size) return fail(f, RESULT_RANGE, resumes ? "Last-Event-ID" : "from", "is beyond the end of this stream (%llu records)", (unsigned long long)size);
    return OK;
}

void events_get(struct door *d, struct request *r, const struct match *m) {
    struct events *e = d->events;
    struct fault f;
    uint64_t first = 0;
    uint16_t party = m->caller.party;
    if (d->draining) {
        struct problem p = {.status = 503, .code = "busy", .rule = TEXT("the server is going away: ask again in some seconds")};
        door_reply_problem(d, r, &p);
        return;
    }
    if (!result_is_ok(first_place(r, m, e->grown[party], &first, &f))) {
        door_reply_fault(d, r, &f);
        return;
    }
    /* Of one party: whether others have many must not show. All together there are no more than connections. */
    if (e->by_party[party] >= DOOR_READERS_PER_PARTY) {
        struct problem p = {.status = 429, .code = "readers", .rule = TEXT("as many event readers as one party may have are open")};
        door_reply_problem(d, r, &p);
        return;
    }
    struct reader_slot *s = calloc(1, sizeof *s);
    if (s == NULL) {
        struct problem p = {.status = 503, .code = "busy", .rule = TEXT("no memory for a further reader")};
        door_reply_problem(d, r, &p);
        return;
    }
    struct text token;
    const char *bad = door_token(r, &token);
    struct hash token_hash;
    bool known = bad == NULL && session_token_hash(token, &token_hash); /* the caller was found by it */
    assert(known);
    (void)known;
    *s = (struct reader_slot){.events = e, .request = r, .session = m->caller.session, .token = token_hash, .next = first, .last_ms = d->now_ms, .after = e->readers};
    s->buffer = append_growing(DOOR_EVENT_BYTES + 2 * DOOR_EVENT_STEP);
    if (e->readers != NULL) e->readers->before = s;
    e->readers = s;
    e->count++;
    e->by_party[party]++;
    request_stream(r, "text/event-stream", &(struct http_stream){pull, close_reader, s});
    door_hold_until_durable(d, r);
}

/* --- news --- */

void events_appended(struct events *e, uint16_t party, uint64_t place) {
    assert(party < e->parties);
    if (place + 1 > e->grown[party]) e->grown[party] = place + 1;
    if (e->by_party[party] == 0) return;
    e->news_ms = e->door->now_ms;
    for (struct reader_slot *s = e->readers; s != NULL; s = s->after)
        if (s->session.party == party) request_wake(s->request);
}

void events_tick(struct events *e) {
    struct door *d = e->door;
    for (struct reader_slot *s = e->readers; s != NULL; s = s->after) {
        bool idle = d->now_ms - s->last_ms >= DOOR_HEARTBEAT_SECONDS * 1000;
        if (s->ending == NULL && !still_in_session(s)) s->ending = "the session has ended";
        if (idle) s->beat = true;
        if (idle || s->ending != NULL || s->next < e->grown[s->session.party]) request_wake(s->request);
    }
}

void events_begin(struct events *e) {
    e->turn++;
    if (!e->hungry) return;
    e->hungry = false;
    for (struct reader_slot *s = e->readers; s != NULL; s = s->after) {
        if (s->hungry) request_wake(s->request);
        s->hungry = false;
    }
}

bool events_lively(const struct events *e) { return e->door->now_ms - e->news_ms < 1000; }

bool events_hungry(const struct events *e) { return e->hungry; }

void events_end(struct events *e) {
    for (struct reader_slot *s = e->readers; s != NULL; s = s->after) {
        if (s->ending == NULL) s->ending = "the server is going away";
        request_wake(s->request);
    }
}
