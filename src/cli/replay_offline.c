/* replay --dir: the same path without doors. Time is virtual: a tick for each second of the recording. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/rand.h"
#include "cli/replay.h"
#include "log/node.h"

enum { SCRATCH_MOST = 1024 * 1024 * 1024 };

struct offline {
    struct replay *replay;
    struct node *node;
    struct arena arena, scratch;
    struct part *parts;
    char claims[512]; size_t claims_size;
    uint64_t ticket;
};

static result take_events(struct offline *o, struct fault *f) {
    struct replay *r = o->replay;
    struct node_event e;
    TRY(node_poll(o->node, f));
    while (node_next(o->node, &e)) {
        if (e.kind == NODE_ANSWERED && (e.sequenced != SEQUENCED_ORDERED || e.outcome->verdict != VERDICT_ACCEPTED)) {
            if (r->refused++ == 0) fprintf(stderr, "parley: a frame was refused: %s %s\n", reason_name(e.outcome->reason), e.outcome->detail);
        }
        if (e.kind != NODE_APPENDED) continue;
        struct node_record record;
        arena_reset(&o->scratch);
        TRY(node_record(o->node, e.party, e.place, &o->scratch, &record, f));
        for (uint32_t i = 0; i < record.part_count; i++)
            if (record.parts[i].part_class == PART_TOLD) {
                char name[NAME_ROOM + 1];
                snprintf(name, sizeof name, "%.*s", TEXT_ARG(name_text(state_party_name(node_state(o->node), e.party))));
                replay_told(r, name, record.parts[i].bytes);
            }
    }
    return OK;
}

static result ticks_until(struct offline *o, instant t, struct fault *f) {
    while (node_next_tick(o->node) <= t) {
        TRY(node_tick(o->node, node_next_tick(o->node), 0, false, f));
        TRY(take_events(o, f));
    }
    return OK;
}

static result submit_frame(struct offline *o, const struct body_frame *frame, struct fault *f) {
    uint32_t count;
    arena_reset(&o->arena);
    TRY(decode_frame_parts(&o->arena, frame, o->parts, LIMIT_FRAME_AIRCRAFT + 1, &count, f));
    o->parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = {o->claims, o->claims_size}};
    for (uint32_t i = 0; i < count; i++) random_bytes(o->parts[i].salt, sizeof o->parts[i].salt);
    result r;
    while ((r = node_submit(o->node, o->parts, count, frame->time, ++o->ticket, f)).code == RESULT_BUSY) TRY(take_events(o, f));
    return r;
}

static result begin(struct offline *o, struct fault *f) {
    struct replay *r = o->replay;
    struct node_report report;
    struct name party, key;
    struct timespec now;
    const char *as = cli_get(r->cli, "as");
    if (as == NULL) return fail(f, RESULT_USAGE, "--as", "is needed with --dir: the party whose feed it is");
    TRY(name_read(text_of(as), &party, f));
    TRY(node_open(&(struct node_options){.dir = cli_get(r->cli, "dir"), .inline_writer = true}, &o->node, &report, f));
    if (state_is_live(node_state(o->node))) return fail(f, RESULT_FORBIDDEN, "--dir", "is a LIVE log: positions enter it by its server only");
    if (state_party_find(node_state(o->node), &party) == PARTY_NONE) return fail(f, RESULT_NOT_FOUND, "--as", "there is no party '%s'", as);
    TRY(name_read(TEXT("root"), &key, f));
    struct append claims = append_fixed(o->claims, sizeof o->claims);
    decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
    o->claims_size = claims.size;
    clock_gettime(CLOCK_REALTIME, &now);
    instant start = now.tv_sec * INSTANT_SECOND;
    if (state_time(node_state(o->node)) > start) start = state_time(node_state(o->node)) / INSTANT_SECOND * INSTANT_SECOND + INSTANT_SECOND;
    r->shift = start - r->file.points[r->begin].time / INSTANT_SECOND * INSTANT_SECOND;
    return OK;
}

result replay_offline(struct replay *r, struct fault *f) {
    struct offline o = {.replay = r};
    struct body_frame frame;
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
    if (result_is_ok(done)) done = ticks_until(&o, frame.time + 10 * INSTANT_MINUTE, f);
    if (o.node != NULL) node_close(o.node);
    free(o.parts);
    arena_free(&o.arena);
    arena_free(&o.scratch);
    return done;
}
