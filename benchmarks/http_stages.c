/* Stages that are whole calls are timed around them; those within others through functions that the linker puts in front (--wrap), each
 * taking its own time off the stage around it. Long calls are measured in CPU time. Short ones by the clock, since a reading of CPU time
 * costs as much as they do; a short call that took ten times what any does was interrupted, and counts as the others do on average. */
#include "http_stages.h"

#include <stdlib.h>

#include "base/note.h"
#include "base/rand.h"
#include "log/disk.h"
#include "log/journal.h"
#include "log/record.h"
#include "log/stream.h"

enum { BATCH = 128 };
const char *const stage_names[STAGES] = {
    [STAGE_PARTS] = "request's JSON to parts", [STAGE_DECODE] = "decode: note, JSON, hashes, shapes", [STAGE_VERIFY] = "Ed25519",
    [STAGE_PROPOSE] = "salts, copy, sequencer", [STAGE_STEP] = "state_step", [STAGE_RENDER] = "outcome, told, records rendered",
    [STAGE_HASH] = "parts and roots hashed", [STAGE_STREAMS] = "stream leaves, trees, index", [STAGE_JOURNAL] = "journal: CRC, hash, sectors",
    [STAGE_WRITE] = "journal written", [STAGE_WRITER] = "writer's rest"};

#define INTERRUPTED 100e-6 /* seconds */
static double spent[STAGES];
static uint64_t calls[STAGES], interrupted[STAGES];
static double inside; /* seconds counted in stages within the one at hand */

static void count_from(enum stage s, double all, double inside_before) {
    double own = all - (inside - inside_before);
    calls[s]++;
    if (own < INTERRUPTED) spent[s] += own;
    else interrupted[s]++, own = 0;
    inside += own;
}

#define STAGED(stage, call)                         \
    do {                                            \
        double start_ = bench_now(), in_ = inside;  \
        call;                                       \
        count_from((stage), bench_now() - start_, in_); \
    } while (0)

#define STAGED_LONG(stage, call)                    \
    do {                                            \
        double cpu_ = bench_cpu(), in_ = inside;    \
        call;                                       \
        double own_ = bench_cpu() - cpu_ - (inside - in_); \
        calls[stage]++;                             \
        spent[stage] += own_;                       \
        inside += own_;                             \
    } while (0)

/* --- put in front by the linker --- */

void __real_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
void __wrap_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
void __wrap_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx) {
    STAGED(STAGE_STEP, __real_state_step(st, s, out, fx));
}

result __real_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f);
result __wrap_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f);
result __wrap_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f) {
    result r;
    STAGED(STAGE_DECODE, r = __real_decode_parts(d, parts, count, verify, out, f));
    return r;
}

uint32_t __real_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves);
uint32_t __wrap_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves);
uint32_t __wrap_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves) {
    uint32_t n;
    STAGED(STAGE_HASH, n = __real_record_leaves(parts, count, commit, log, leaves));
    return n;
}

result __real_streams_leaf(struct streams *s, uint16_t party, instant time, uint32_t parts, const struct hash *root, struct fault *f);
result __wrap_streams_leaf(struct streams *s, uint16_t party, instant time, uint32_t parts, const struct hash *root, struct fault *f);
result __wrap_streams_leaf(struct streams *s, uint16_t party, instant time, uint32_t parts, const struct hash *root, struct fault *f) {
    result r;
    STAGED(STAGE_STREAMS, r = __real_streams_leaf(s, party, time, parts, root, f));
    return r;
}

result __real_streams_place(struct streams *s, uint16_t party, const struct stream_row *row, struct fault *f);
result __wrap_streams_place(struct streams *s, uint16_t party, const struct stream_row *row, struct fault *f);
result __wrap_streams_place(struct streams *s, uint16_t party, const struct stream_row *row, struct fault *f) {
    result r;
    STAGED(STAGE_STREAMS, r = __real_streams_place(s, party, row, f));
    return r;
}

result __real_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f);
result __wrap_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f);
result __wrap_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f) {
    result r;
    STAGED_LONG(STAGE_WRITE, r = __real_segments_append(s, bytes, size, at, f));
    return r;
}

uint32_t __real_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload);
uint32_t __wrap_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload);
uint32_t __wrap_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload) {
    uint32_t at;
    STAGED(STAGE_JOURNAL, at = __real_journal_put_record(j, e, hashes, payload));
    return at;
}

result __real_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f);
result __wrap_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f);
result __wrap_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f) {
    result r;
    STAGED_LONG(STAGE_JOURNAL, r = __real_journal_commit(j, sequencer, payload, log, pay, f));
    return r;
}

/* --- the path of one request, as door/statements.c goes it --- */

struct path { struct node *n; instant now; struct decoder decoder; struct arena scratch; struct part parts[LIMIT_SECTIONS + 2]; };

static void one(struct path *p, struct text body, uint64_t ticket) {
    struct fault f = {0};
    struct statement *s = NULL;
    uint32_t count = 0;
    bool plain = false, good = false;
    arena_reset(&p->scratch);
    STAGED(STAGE_PARTS, bench_must(decode_body(&p->decoder, body, random_bytes, p->parts, &count, &plain, &f), &f, "body"));
    STAGED(STAGE_PROPOSE, bench_must(node_prepare(p->n, p->parts, count, &s, &f), &f, "prepare"));
    STAGED_LONG(STAGE_VERIFY, good = note_signature_verify(s->text, s->signers[0].signature, s->signers[0].public_key.bytes));
    if (!good) exit(1);
    s->proven = true;
    STAGED(STAGE_PROPOSE, bench_must(node_submit_prepared(p->n, p->now, ticket, &f), &f, "submit"));
    STAGED(STAGE_RENDER, bench_must(node_take(p->n, &f), &f, "take"));
}

static void write_batch(struct path *p) {
    struct fault f = {0};
    struct node_event e;
    STAGED_LONG(STAGE_WRITER, bench_must(node_poll(p->n, &f), &f, "poll"));
    while (node_next(p->n, &e))
        if (e.kind == NODE_ANSWERED && e.outcome->verdict != VERDICT_ACCEPTED) exit(1);
}

void stages_run(struct bench_log *x, const struct text *bodies, uint32_t count, instant now, double out[STAGES]) {
    struct path *p = bench_room(sizeof *p);
    struct fault f = {0};
    p->now = now;
    bench_must(node_open(&(struct node_options){.dir = x->dir, .inline_writer = true}, &p->n, NULL, &f), &f, "stages");
    p->decoder = (struct decoder){.json = json_reader_new(1 << 20), .arena = &p->scratch, .log = x->log, .origin = TEXT(BENCH_ORIGIN)};
    arena_growing(&p->scratch, (size_t)1 << 26);
    memset(spent, 0, sizeof spent);
    memset(calls, 0, sizeof calls);
    memset(interrupted, 0, sizeof interrupted);
    for (uint32_t i = 0; i < count; i++) {
        one(p, bodies[i], i + 1);
        if (i % BATCH == BATCH - 1 || i + 1 == count) write_batch(p);
    }
    for (int s = 0; s < STAGES; s++) {
        uint64_t good = calls[s] - interrupted[s];
        out[s] = good == 0 ? 0 : spent[s] / (double)good * (double)calls[s] / count * 1e6;
    }
    node_close(p->n);
    json_reader_free(p->decoder.json);
    arena_free(&p->scratch);
    free(p);
}
