/* The capacities of a log that lies on a disk: the genesis's, as the newest snapshot has them, and what the journal says behind it. No state is made: a
 * machine that is too small for one is told so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/capacity.h"
#include "log/journal.h"
#include "log/node_inspect.h"
#include "log/node_private.h"
#include "log/record.h"
#include "log/snapshot.h"

struct reading { struct decoder decoder; struct arena arena; struct node_capacities *out; };

static bool accepted_one(const struct part *parts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].part_class != PART_OUTCOME) continue;
        struct text said = parts[i].bytes, accepted = TEXT("{\"verdict\":\"accepted\"");
        if (said.at == NULL || said.size < accepted.size || memcmp(said.at, accepted.at, accepted.size) != 0) return false;
        struct text capacity = TEXT("\"kind\":\"capacity\""), grow = TEXT("\"kind\":\"grow\"");
        return memmem(said.at, said.size, capacity.at, capacity.size) != NULL || memmem(said.at, said.size, grow.at, grow.size) != NULL;
    }
    return false;
}
static result take_record(struct reading *r, const struct journal_entry *e, struct text payload, struct fault *f) {
    struct node_capacities *c = r->out;
    struct statement s;
    struct part *parts;
    uint32_t count;
    arena_reset(&r->arena);
    TRY(record_parse(payload, &r->arena, &parts, &count, f));
    if (!accepted_one(parts, count)) return OK;
    TRY(decode_parts(&r->decoder, parts, count, false, &s, f));
    if (s.kind == KIND_GROW && s.grow.order == c->waits) {
        c->in_force = c->wanted;
        c->waits = 0;
    } else if (s.kind == KIND_CAPACITY) {
        TRY(capacity_raise(&c->in_force, &c->wanted, &s.sections[0].body.capacity, &c->wanted, f));
        c->waits = capacity_equal(&c->in_force, &c->wanted) ? 0 : e->order;
    }
    return OK;
}
static result take_batch(struct reading *r, struct journal *j, struct journal_batch *b, struct fault *f) {
    for (;;) {
        struct journal_entry e;
        bool last = false;
        TRY(journal_entry(j, b, &e, &last, f));
        if (last) return OK;
        if (e.tick || e.told) continue;
        TRY(take_record(r, &e, (struct text){b->payload.at + e.payload_at, (size_t)e.payload_size}, f));
    }
}
static result take_journal(struct reading *r, struct disk *d, const char *path, const struct hash *log, const struct snapshot_head *from, struct fault *f) {
    struct journal *j = NULL;
    struct journal_batch b;
    bool end = false;
    TRY(journal_open(d, path, log, LIMIT_SEGMENT_BYTES, &j, f));
    result read = from->batch > 0 ? journal_behind(j, from->batch, &from->batch_hash, &end, f) : OK;
    while (result_is_ok(read) && !end) {
        read = journal_next(j, &b, &end, f);
        if (result_is_ok(read) && !end) read = take_batch(r, j, &b, f);
    }
    r->out->batch = journal_number(j);
    journal_close(j);
    return read;
}

/* The newest snapshot whose head and first block are whole and of this log; none: the journal from its begin. */
static void take_snapshot(struct disk *d, const char *dir, const struct statement *genesis, struct node_capacities *out, struct snapshot_head *from) {
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    uint32_t count = 0;
    struct fault ignored;
    if (!result_is_ok(snapshot_list(d, dir, orders, &count, &ignored))) return;
    for (uint32_t i = 0; i < count; i++) {
        struct capacity now, wanted;
        uint64_t waits;
        if (!result_is_ok(snapshot_head_read(d, dir, orders[i], from, &ignored)) || !hash_equal(&from->log, &genesis->hash) ||
            !result_is_ok(snapshot_capacities(d, dir, from, genesis, &now, &wanted, &waits, &ignored))) {
            *from = (struct snapshot_head){0};
            continue;
        }
        out->in_force = now;
        out->wanted = wanted;
        out->waits = waits;
        return;
    }
}

struct looking { struct disk *d; const char *dir; struct node_capacities *out; struct fault *f; result result; };
static void look(void *context, const struct statement *genesis) {
    struct looking *l = context;
    const struct body_genesis *g = &genesis->sections[0].body.genesis;
    struct snapshot_head from = {0};
    char snapshots[LIMIT_PATH], journal[LIMIT_PATH];
    *l->out = (struct node_capacities){.in_force = g->capacity, .wanted = g->capacity};
    bool fits = snprintf(snapshots, sizeof snapshots, "%s/snapshots", l->dir) < (int)sizeof snapshots && snprintf(journal, sizeof journal, "%s/journal", l->dir) < (int)sizeof journal;
    if (!fits) {
        l->result = fail(l->f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
        return;
    }
    take_snapshot(l->d, snapshots, genesis, l->out, &from);
    struct reading r = {.out = l->out, .decoder = {.json = json_reader_new(LIMIT_BODY_BYTES + 4096), .log = genesis->hash, .origin = g->origin}};
    arena_growing(&r.arena, LIMIT_SCRATCH_BYTES);
    r.decoder.arena = &r.arena;
    l->result = r.decoder.json == NULL ? fail(l->f, RESULT_FULL, "memory", "out of memory") : take_journal(&r, l->d, journal, &genesis->hash, &from, l->f);
    if (r.decoder.json != NULL) json_reader_free(r.decoder.json);
    arena_free(&r.arena);
}
result node_inspect_capacities(struct disk *d, const char *dir, struct node_capacities *out, struct fault *f) {
    struct looking l = {.d = d == NULL ? disk_real() : d, .dir = dir, .out = out, .f = f, .result = OK};
    TRY(node_inspect_genesis(l.d, dir, look, &l, f));
    return l.result;
}
