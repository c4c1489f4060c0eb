/* Stages within others are timed by functions that the linker puts in front (--wrap); each takes its own time off the stage around it. All of
 * them are of a whole frame, so that reading the clock costs nothing beside them. */
#include "ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/rand.h"
#include "door/reader.h"
#include "log/journal.h"
#include "log/merkle.h"
#include "log/record.h"
#include "log/segment.h"

const char *const ingest_names[INGEST_STAGES] = {
    [INGEST_JSON] = "JSON: scan, simdjson, duplicates", [INGEST_READ] = "members to positions, in order", [INGEST_SALTS] = "salts drawn",
    [INGEST_PARTS] = "positions to parts", [INGEST_SUBMIT] = "copied, proposed", [INGEST_PARSE] = "parts found again", [INGEST_DECODE] = "parts decoded",
    [INGEST_STEP] = "state_step", [INGEST_ENCODE] = "record rendered", [INGEST_HASH] = "parts hashed", [INGEST_TREE] = "record's tree hashed",
    [INGEST_CRC] = "entries: copied, payload's CRC", [INGEST_JOURNAL] = "journal: content hashed, sectors", [INGEST_WRITE] = "written and synced",
    [INGEST_REST] = "rest of the node"};

static double spent[INGEST_STAGES], inside;

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define STAGED(stage, call)                              \
    do {                                                 \
        double cpu_ = cpu(), in_ = inside;               \
        call;                                            \
        double own_ = cpu() - cpu_ - (inside - in_);     \
        spent[stage] += own_;                            \
        inside += own_;                                  \
    } while (0)

/* --- put in front by the linker --- */

result __real_json_parse(struct json_reader *r, struct text in, enum json_dialect dialect, const struct json **top, struct fault *f);
result __wrap_json_parse(struct json_reader *r, struct text in, enum json_dialect dialect, const struct json **top, struct fault *f);
result __wrap_json_parse(struct json_reader *r, struct text in, enum json_dialect dialect, const struct json **top, struct fault *f) {
    result x;
    STAGED(INGEST_JSON, x = __real_json_parse(r, in, dialect, top, f));
    return x;
}

result __real_decode_frame_parts(struct arena *arena, const struct body_frame *frame, struct part *parts, uint32_t room, uint32_t *count, struct fault *f);
result __wrap_decode_frame_parts(struct arena *arena, const struct body_frame *frame, struct part *parts, uint32_t room, uint32_t *count, struct fault *f);
result __wrap_decode_frame_parts(struct arena *arena, const struct body_frame *frame, struct part *parts, uint32_t room, uint32_t *count, struct fault *f) {
    result x;
    STAGED(INGEST_PARTS, x = __real_decode_frame_parts(arena, frame, parts, room, count, f));
    return x;
}

result __real_record_parse(struct text bytes, struct arena *a, struct part **parts, uint32_t *count, struct fault *f);
result __wrap_record_parse(struct text bytes, struct arena *a, struct part **parts, uint32_t *count, struct fault *f);
result __wrap_record_parse(struct text bytes, struct arena *a, struct part **parts, uint32_t *count, struct fault *f) {
    result x;
    STAGED(INGEST_PARSE, x = __real_record_parse(bytes, a, parts, count, f));
    return x;
}

result __real_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f);
result __wrap_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f);
result __wrap_decode_parts(const struct decoder *d, const struct part *parts, uint32_t count, bool verify, struct statement *out, struct fault *f) {
    result x;
    STAGED(INGEST_DECODE, x = __real_decode_parts(d, parts, count, verify, out, f));
    return x;
}

void __real_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
void __wrap_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx);
void __wrap_state_step(struct state *st, const struct statement *s, struct outcome *out, struct effects *fx) {
    STAGED(INGEST_STEP, __real_state_step(st, s, out, fx));
}

uint32_t __real_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves);
uint32_t __wrap_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves);
uint32_t __wrap_record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log, struct hash *leaves) {
    uint32_t n;
    STAGED(INGEST_HASH, n = __real_record_leaves(parts, count, commit, log, leaves));
    return n;
}

struct hash __real_merkle_root_of(const struct hash *leaves, size_t count);
struct hash __wrap_merkle_root_of(const struct hash *leaves, size_t count);
struct hash __wrap_merkle_root_of(const struct hash *leaves, size_t count) {
    struct hash h;
    STAGED(INGEST_TREE, h = __real_merkle_root_of(leaves, count));
    return h;
}

uint32_t __real_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload);
uint32_t __wrap_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload);
uint32_t __wrap_journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload) {
    uint32_t at;
    STAGED(INGEST_CRC, at = __real_journal_put_record(j, e, hashes, payload));
    return at;
}

result __real_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f);
result __wrap_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f);
result __wrap_journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log, struct segment_place *pay,
                             struct fault *f) {
    result r;
    STAGED(INGEST_JOURNAL, r = __real_journal_commit(j, sequencer, payload, log, pay, f));
    return r;
}

result __real_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f);
result __wrap_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f);
result __wrap_segments_append(struct segments *s, const void *bytes, size_t size, struct segment_place *at, struct fault *f) {
    result r;
    STAGED(INGEST_WRITE, r = __real_segments_append(s, bytes, size, at, f));
    return r;
}

/* --- the path of one request, as door/frames.c goes it --- */

struct path { struct node *n; instant now; struct reading reading; struct arena scratch; uint64_t ticket; };

static void draw_salts(struct framed *frame) {
    for (uint32_t i = 0; i < frame->count; i++) random_bytes(frame->parts[i].salt, sizeof frame->parts[i].salt);
}

/* Salts are drawn within reading, a part at a time; what that took is what it takes to draw as many again. */
static void read_one(struct path *p, const struct ingest_request *r) {
    struct reading *g = &p->reading;
    double before = spent[INGEST_SALTS];
    g->body = r->body;
    g->match.segments[0] = r->feed;
    g->match.caller.session = (struct session){.party = (uint16_t)r->party, .key_name = {"root"}};
    memcpy(g->match.caller.session.party_name.at, bench_parties[r->party], strlen(bench_parties[r->party]));
    STAGED(INGEST_READ, frames_read(p->n, g));
    bench_must(g->taken, &g->fault, "frames");
    for (uint32_t i = 0; i < g->frame_count; i++) STAGED(INGEST_SALTS, draw_salts(&g->frames[i]));
    spent[INGEST_READ] -= spent[INGEST_SALTS] - before;
}

static void one(struct path *p, const struct ingest_request *r) {
    struct fault f = {0};
    read_one(p, r);
    for (uint32_t i = 0; i < p->reading.frame_count; i++) {
        const struct framed *frame = &p->reading.frames[i];
        STAGED(INGEST_SUBMIT, bench_must(node_submit(p->n, frame->parts, frame->count, p->now, ++p->ticket, &f), &f, "submit"));
    }
    STAGED(INGEST_ENCODE, bench_must(node_take(p->n, &f), &f, "take"));
}

static void write_batch(struct path *p) {
    struct fault f = {0};
    struct node_event e;
    STAGED(INGEST_REST, bench_must(node_poll(p->n, &f), &f, "poll"));
    while (node_next(p->n, &e)) {
        if (e.kind != NODE_ANSWERED || e.outcome->verdict == VERDICT_ACCEPTED) continue;
        fprintf(stderr, "refused: %s\n", e.outcome->detail);
        exit(1);
    }
}

uint64_t ingest_stages(const char *dir, const struct ingest_request *all, uint32_t count, uint32_t warm, uint32_t batch, instant now,
                       double out[INGEST_STAGES]) {
    struct path *p = bench_room(sizeof *p);
    struct fault f = {0};
    struct node_numbers before = {0}, after;
    p->now = now;
    bench_must(node_open(&(struct node_options){.dir = dir, .inline_writer = true}, &p->n, NULL, &f), &f, "stages");
    p->reading.decoder = (struct decoder){.json = json_reader_new(LIMIT_BODY_BYTES), .arena = &p->scratch, .log = *node_log_hash(p->n), .origin = TEXT(BENCH_ORIGIN)};
    arena_growing(&p->scratch, (size_t)1 << 28);
    for (uint32_t i = 0; i < count; i++) {
        if (i == warm) {
            write_batch(p);
            memset(spent, 0, sizeof spent);
            node_numbers(p->n, &before);
        }
        one(p, &all[i]);
        if (i % batch == batch - 1 || i + 1 == count) write_batch(p);
    }
    node_numbers(p->n, &after);
    memcpy(out, spent, sizeof spent);
    node_close(p->n);
    json_reader_free(p->reading.decoder.json);
    arena_free(&p->scratch);
    free(p);
    return after.bytes_written - before.bytes_written;
}
