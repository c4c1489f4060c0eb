/* replay --dir: the same path without doors. Time is virtual: a tick for each second of the recording. The writer runs beside
 * us, so that what was ordered while it wrote goes into the next batch: the disk's latency is paid per batch, not per second. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/rand.h"
#include "cli/replay.h"
#include "core/tables.h"
#include "log/node.h"

enum { SCRATCH_MOST = 1024 * 1024 * 1024 };

struct offline {
    struct replay *replay;
    struct node *node;
    struct arena arena, scratch;
    struct part *parts;
    uint64_t *told;         /* per party: its stream was looked at up to here */
    char claims[512]; size_t claims_size;
    uint64_t ticket;
};

/* An event says how far a stream has grown: everything since the last one is looked at. */
static result look_at(struct offline *o, uint16_t party, uint64_t place, struct fault *f) {
    char name[NAME_ROOM + 1];
    snprintf(name, sizeof name, "%.*s", TEXT_ARG(name_text(state_party_name(node_state(o->node), party))));
    for (; o->told[party] <= place; o->told[party]++) {
        struct node_record record;
        arena_reset(&o->scratch);
        TRY(node_record(o->node, party, o->told[party], &o->scratch, &record, f));
        for (uint32_t i = 0; i < record.part_count; i++)
            if (record.parts[i].part_class == PART_TOLD) replay_told(o->replay, name, record.parts[i].bytes);
    }
    return OK;
}

static result take_events(struct offline *o, struct fault *f) {
    struct replay *r = o->replay;
    struct node_event e;
    TRY(node_poll(o->node, f));
    while (node_next(o->node, &e)) {
        if (e.kind == NODE_ANSWERED && (e.sequenced != SEQUENCED_ORDERED || e.outcome->verdict != VERDICT_ACCEPTED)) {
            bool ordered = e.sequenced == SEQUENCED_ORDERED; /* else it has no outcome */
            replay_refused(r, ordered ? text_of(reason_name(e.outcome->reason)) : TEXT("not taken"), ordered ? text_of(e.outcome->detail) : TEXT(""));
        }
        if (e.kind == NODE_APPENDED) TRY(look_at(o, e.party, e.place, f));
    }
    return OK;
}

static result wait_for_writer(const struct offline *o, struct fault *f) {
    struct pollfd ready = {.fd = node_fd(o->node), .events = POLLIN};
    return poll(&ready, 1, 1000) >= 0 || errno == EINTR ? OK : fail(f, RESULT_IO, "writer", "cannot be waited for");
}

/* Returns when everything proposed is applied; with `durable`, when it is on the disk as well. */
static result settle(struct offline *o, bool durable, struct fault *f) {
    for (;;) {
        struct node_numbers k;
        TRY(take_events(o, f));
        node_numbers(o->node, &k);
        if (k.queued == 0 && (!durable || k.durable == k.applied)) return OK;
        if (!node_continues(o->node) || node_starved(o->node)) TRY(wait_for_writer(o, f));
    }
}

static result ticks_until(struct offline *o, instant t, struct fault *f) {
    while (node_next_tick(o->node) <= t) {
        TRY(node_tick(o->node, node_next_tick(o->node), 0, false, f));
        TRY(settle(o, false, f));
    }
    return OK;
}

static result submit_frame(struct offline *o, const struct body_frame *frame, struct fault *f) {
    uint32_t count;
    arena_reset(&o->arena);
    TRY(decode_frame_parts(&o->arena, frame, o->parts, LIMIT_FRAME_AIRCRAFT + 1, &count, f));
    o->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = {o->claims, o->claims_size}};
    for (uint32_t i = 0; i < count; i++) random_bytes(o->parts[i].salt, sizeof o->parts[i].salt);
    TRY(node_submit(o->node, o->parts, count, frame->time, ++o->ticket, f));
    return settle(o, false, f);
}

/* Behind everything that the log holds; the whole second, so that the frames fall on the ticks in the same way every time. */
static result start_of(const struct offline *o, instant *out, struct fault *f) {
    const char *given = cli_get(o->replay->cli, "start");
    instant past = state_time(node_state(o->node));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = now.tv_sec * INSTANT_SECOND;
    if (given != NULL) {
        struct fault inner = {0};
        if (!result_is_ok(instant_parse(text_of(given), out, &inner))) return fail(f, RESULT_USAGE, "--start", "'%s': %s", given, inner.message);
        if (*out <= past || *out % INSTANT_SECOND != 0) return fail(f, RESULT_RANGE, "--start", "'%s' is not a whole second behind the log's time", given);
    } else if (*out <= past) {
        *out = past / INSTANT_SECOND * INSTANT_SECOND + INSTANT_SECOND;
    }
    return OK;
}

static result begin(struct offline *o, struct fault *f) {
    struct replay *r = o->replay;
    struct node_report report;
    struct name party, key;
    instant start;
    const char *as = cli_get(r->cli, "as");
    if (as == NULL) return fail(f, RESULT_USAGE, "--as", "is needed with --dir: the party whose feed it is");
    TRY(name_read(text_of(as), &party, f));
    TRY(node_open(&(struct node_options){.dir = cli_get(r->cli, "dir")}, &o->node, &report, f));
    if (state_is_live(node_state(o->node))) return fail(f, RESULT_FORBIDDEN, "--dir", "is a LIVE log: positions enter it by its server only");
    uint16_t sender = state_party_find(node_state(o->node), &party);
    if (sender == PARTY_NONE) return fail(f, RESULT_NOT_FOUND, "--as", "there is no party '%s'", as);
    TRY(name_read(TEXT("root"), &key, f));
    struct append claims = append_fixed(o->claims, sizeof o->claims);
    decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
    o->claims_size = claims.size;
    o->told = calloc(state_party_count(node_state(o->node)), sizeof *o->told);
    if (o->told == NULL) return fail(f, RESULT_IO, "", "no memory");
    for (uint32_t i = 0; i < state_party_count(node_state(o->node)); i++) o->told[i] = state_stream_size(node_state(o->node), (uint16_t)i);
    TRY(start_of(o, &start, f));
    if (feed_find(node_state(o->node), sender, &r->feed) == ROW_NONE) /* only its party can sign that; else each frame would be refused */
        return fail(f, RESULT_NOT_FOUND, "--feed", "%s has declared no feed '%.*s' in this log: serve it, then 'parley feed declare %.*s'", as, TEXT_ARG(name_text(&r->feed)),
                    TEXT_ARG(name_text(&r->feed)));
    r->shift = start - r->file.points[r->begin].time / INSTANT_SECOND * INSTANT_SECOND;
    return OK;
}

result replay_offline(struct replay *r, struct fault *f) {
    struct offline o = {.replay = r};
    struct body_frame frame = {.time = INSTANT_NONE};
    uint32_t at = r->begin;
    o.parts = calloc(LIMIT_FRAME_AIRCRAFT + 2, sizeof *o.parts);
    arena_growing(&o.arena, SCRATCH_MOST);
    arena_growing(&o.scratch, SCRATCH_MOST);
    result done = o.parts == NULL ? fail(f, RESULT_IO, "", "no memory") : begin(&o, f);
    while (result_is_ok(done) && replay_frame(r, &at, &frame)) {
        done = ticks_until(&o, frame.time, f);
        if (result_is_ok(done)) done = submit_frame(&o, &frame, f);
        if (result_is_ok(done)) done = take_events(&o, f);
    }
    /* What is due when the recording has ended: entries predicted, alerts that end. */
    if (result_is_ok(done) && frame.time != INSTANT_NONE) done = ticks_until(&o, frame.time + 10 * INSTANT_MINUTE, f);
    if (result_is_ok(done)) done = settle(&o, true, f);
    if (o.node != NULL) node_close(o.node);
    free(o.parts);
    free(o.told);
    arena_free(&o.arena);
    arena_free(&o.scratch);
    return done;
}
