/* The journal back into the state. Every statement takes the path that it took when it was new; what comes out must be what was
 * recorded. With verify_signatures everything is recomputed: signatures, part hashes, records' and ticks' trees, checkpoints. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "core/rules.h"
#include "log/node_private.h"

struct listed { struct snapshot_head head; result read; struct fault why; };
struct recovery {
    struct node *n;
    struct node_report *report;
    struct journal_batch batch;
    struct node_replay replay;
    bool full;
    uint64_t log_began;          /* size of the log when this batch began */
    struct snapshot_head from;   /* what the state was loaded from; batches up to its own are gone through for places and trees alone */
    bool unfit;                  /* it is not of this journal */
    bool alone;                  /* the index that was kept beside it is not to be used */
    uint64_t indexed;            /* the batch up to which places and trees come from there; 0: from none */
    const struct listed *listed; uint32_t listed_count; /* what snapshots there are, newest first; read before the journal is */
    uint64_t tick; instant tick_time; uint32_t tick_parties; struct hash tick_root;
    struct { bool any; uint64_t size; struct hash root; uint8_t signature[64]; } given; /* the stored checkpoint, as it stood before the journal was read */
};

static struct node_replay replay_of(struct recovery *r) { return (struct node_replay){.n = r->n, .report = r->report, .batch = &r->batch, .full = r->full}; }
static bool loaded(const struct recovery *r) { return r->batch.number <= r->from.batch; }

static result take_record(struct recovery *r, const struct journal_entry *e, struct fault *f) {
    struct node *n = r->n;
    struct text payload = {r->batch.payload.at + e->payload_at, (size_t)e->payload_size};
    if (e->party >= streams_width(n->streams) || e->place != streams_size(n->streams, e->party))
        return node_replay_rot(&r->replay, e, f, "the record's place is not the next of its stream");
    if (!e->told) TRY(node_replay_finish(&r->replay, f));
    if (loaded(r)) {
        if (r->report->records == 0) r->report->first = e->time;
        r->report->last = e->time;
    } else TRY(e->told ? node_replay_told(&r->replay, e, payload, f) : node_replay_statement(&r->replay, e, payload, f));
    TRY(streams_leaf(n->streams, e->party, e->time, e->hash_count, &e->root, f));
    struct stream_row row = {.order = e->order, .batch = r->batch.number, .time = e->time, .root = e->root,
                             .log = r->batch.log, .pay = r->batch.pay, .payload_at = e->payload_at,
                             .payload_size = e->payload_size, .content_at = e->content_at, .hash_count = e->hash_count};
    r->report->records++;
    return streams_place(n->streams, e->party, &row, f);
}

static result take_tick(struct recovery *r, const struct journal_entry *e, struct fault *f) {
    struct node *n = r->n;
    if (!loaded(r)) TRY(node_replay_tick(&r->replay, e, f));
    r->tick = e->number;
    r->tick_time = e->time;
    r->tick_root = e->root;
    r->tick_parties = loaded(r) ? r->from.tick_parties : state_party_count(n->state);
    if (r->full) {
        streams_slots(n->streams, e->number, r->tick_parties, n->sealed.slots, n->sealed.sizes);
        struct hash root = node_tick_root(n, n->sealed.slots);
        if (!hash_equal(&root, &e->root))
            return fail(f, RESULT_ROT, "journal", "tick %llu does not match the streams and the file blinds", (unsigned long long)e->number);
    }
    for (uint32_t i = 0; i < r->tick_parties; i++) n->sealed.sizes[i] = streams_size(n->streams, (uint16_t)i);
    r->report->ticks++;
    struct stream_tick leaf = {e->number, e->time, e->root, e->order};
    return streams_tick(n->streams, &leaf, f);
}

/* The slots of the last tick, computed anew, give its root: the streams, the blinds and the number of parties are those that it was sealed over. */
static result last_tick_fits(struct recovery *r, bool *fit, struct fault *f) {
    struct sealed *s = &r->n->sealed;
    TRY(streams_slots_at(r->n->streams, r->tick, r->tick_parties, s->sizes, s->slots, f));
    struct hash root = node_tick_root(r->n, s->slots);
    *fit = hash_equal(&root, &r->tick_root);
    return OK;
}
/* Behind the batch that the snapshot was made behind: is it of this very journal? */
static result check_fit(struct recovery *r, struct fault *f) {
    const struct node *n = r->n;
    bool fit = (r->report->ticks == 0) == (r->from.tick_parties == 0);
    for (uint32_t i = 0; i < streams_width(n->streams) && fit; i++)
        fit = streams_size(n->streams, (uint16_t)i) == (i < state_party_count(n->state) ? state_stream_size(n->state, (uint16_t)i) : 0);
    if (fit && r->report->ticks > 0) TRY(last_tick_fits(r, &fit, f));
    r->unfit = !fit;
    return fit ? OK : fail(f, RESULT_CONFLICT, "snapshots", "the snapshot of order %llu is not of this journal", (unsigned long long)r->from.order);
}
/* A snapshot is written behind a batch that is durable, and its head names it: whatever becomes of the state in it, a journal without that very batch
 * has lost it. What was answered after that would stand in places that are taken. */
static result check_kept(const struct recovery *r, bool end, struct fault *f) {
    uint64_t number = journal_number(r->n->journal);
    for (uint32_t i = 0; i < r->listed_count; i++) {
        const struct snapshot_head *h = &r->listed[i].head;
        if (!result_is_ok(r->listed[i].read)) continue;
        if (end && h->batch > number)
            return fail(f, RESULT_LOST_TAIL, "snapshots", "the snapshot of order %llu was written behind batch %llu; the journal ends with batch %llu: its end is lost",
                        (unsigned long long)h->order, (unsigned long long)h->batch, (unsigned long long)number);
        if (!end && h->batch == number && !hash_equal(journal_last_hash(r->n->journal), &h->batch_hash))
            return fail(f, RESULT_LOST_TAIL, "snapshots", "the snapshot of order %llu was written behind batch %llu, and another batch %llu stands in the journal: its end was lost, and others took the places",
                        (unsigned long long)h->order, (unsigned long long)h->batch, (unsigned long long)number);
    }
    return OK;
}
static void passed_over(struct node_report *report, const struct fault *why) {
    report->snapshots_passed++;
    report->passed = *why;
}
/* Everything is recomputed: so is the state that a snapshot holds, its digest and its bytes. A file that is damaged no start takes: it is said. One that is
 * whole and holds another state is a lie. */
static result check_snapshots(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    for (uint32_t i = 0; r->full && i < r->listed_count; i++) {
        const struct snapshot_head *h = &r->listed[i].head;
        char dir[LIMIT_PATH];
        struct fault why = {0};
        bool same = false;
        if (!result_is_ok(r->listed[i].read) || h->batch != r->batch.number || h->rules != CORE_RULES) continue;
        TRY(snapshot_state_check(h, n->state, &same, f));
        if (!same) return fail(f, RESULT_ROT, "snapshots", "the snapshot of order %llu is not the state that the journal gives", (unsigned long long)h->order);
        TRY(node_path(n, "snapshots", dir, f));
        if (result_is_ok(snapshot_file_check(n->disk, dir, h, &why))) r->report->snapshots_checked++;
        else passed_over(r->report, &why);
    }
    return OK;
}

static result take_batches(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    for (bool end = false;;) {
        journal_skip_payloads(n->journal, journal_number(n->journal) < r->from.batch);
        TRY(journal_next(n->journal, &r->batch, &end, f));
        if (end) return check_kept(r, true, f);
        r->replay.log_before = r->log_began;
        r->log_began = streams_log(n->streams)->size;
        for (bool last = r->batch.number <= r->indexed; !last;) {
            struct journal_entry e;
            TRY(journal_entry(n->journal, &r->batch, &e, &last, f));
            if (!last) TRY(e.tick ? take_tick(r, &e, f) : take_record(r, &e, f));
        }
        TRY(node_replay_finish(&r->replay, f));
        TRY(check_kept(r, false, f));
        if (r->batch.number == r->from.batch) {
            TRY(check_fit(r, f));
            journal_here(n->journal, &n->keep.from.place);
            n->keep.from.snapshot = r->from.order;
            n->numbers.snapshot_ticks = state_tick(n->state);
            r->replay.now = (struct body_snapshot_digest){r->from.order, r->from.digest};
        }
        TRY(check_snapshots(r, f));
    }
}

/* What the node would have published when it wrote the last tick. The slots are computed anew, so at least the last tick's
 * root is compared at every start. */
static result seal_last(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    struct sealed *s = &n->sealed;
    s->log_size = streams_log(n->streams)->size;
    s->log_root = merkle_root(streams_log(n->streams));
    s->any = s->log_size > 0;
    for (uint32_t i = 0; i < streams_width(n->streams); i++) n->durable_size[i] = streams_size(n->streams, (uint16_t)i);
    if (!s->any) return OK;
    s->tick = r->tick;
    s->time = r->tick_time;
    s->parties = r->tick_parties;
    bool fit;
    TRY(last_tick_fits(r, &fit, f));
    return fit ? OK
        : fail(f, RESULT_ROT, "journal", "tick %llu does not match the streams and the file blinds", (unsigned long long)s->tick);
}

/* The stored checkpoint may have been given out: the log must contain it. */
static result check_checkpoint(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    uint64_t size = r->given.size;
    struct hash root = r->given.root, own;
    bool any = r->given.any;
    if (any && size > n->sealed.log_size)
        return fail(f, RESULT_LOST_TAIL, "checkpoint", "a checkpoint of %llu ticks was given out; the journal holds %llu: its end is lost",
                    (unsigned long long)size, (unsigned long long)n->sealed.log_size);
    if (any) {
        struct streams_store room;
        struct merkle_store store = streams_log_store(n->streams, &room);
        TRY(merkle_root_at(&store, size, &own, f));
        if (!hash_equal(&own, &root))
            return fail(f, RESULT_ROT, "checkpoint", "the checkpoint of %llu ticks that was given out is not of this log", (unsigned long long)size);
        char text[1024];
        struct append note = append_fixed(text, sizeof text);
        node_checkpoint_text(append_view(&n->origin), size, &root, &note);
        if (crypto_sign_verify_detached(r->given.signature, (const uint8_t *)text, note.size, n->log_key.bytes) != 0)
            return fail(f, RESULT_ROT, "checkpoint", "the signature of the stored checkpoint is not good");
    }
    if (any && size == n->sealed.log_size) {
        memcpy(n->sealed.signature, r->given.signature, sizeof r->given.signature);
        return OK;
    }
    if (!n->has_secret || !n->sealed.any) return OK;
    node_checkpoint_sign(n, &n->sealed);
    return n->options.read_only ? OK : node_checkpoint_store(n, &n->sealed, f);
}

static void take_index(struct recovery *r) {
    struct node *n = r->n;
    struct streams_summary s;
    streams_summary(n->streams, &s);
    r->indexed = r->from.batch;
    r->tick = s.last.tick;
    r->tick_time = s.last.time;
    r->tick_root = s.last.root;
    r->tick_parties = r->from.tick_parties;
    memcpy(n->sealed.sizes, s.last_sizes, streams_width(n->streams) * sizeof *n->sealed.sizes);
    r->report->records = s.records;
    r->report->ticks = s.ticks;
    r->report->first = s.first;
    r->report->last = s.latest;
    r->report->indexed = s.records;
}
/* Behind what was kept of the index beside the snapshot, where that is good, else all of the log. */
static result begin(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    if (!r->full && !r->alone && r->from.batch > 0 && node_index_kept(n, &r->from)) {
        result taken = node_index_take(n, &r->from, &r->report->index_why);
        if (result_is_ok(taken)) {
            take_index(r);
            return OK;
        }
        r->report->index_passed = true;
        TRY(node_journal_open(n, f));
    }
    return node_index_clear(n, f);
}
static result go_through(struct recovery *r, struct fault *f) {
    TRY(begin(r, f));
    TRY(take_batches(r, f));
    return seal_last(r, f);
}
/* Its state is what other rules made of the journal: whether these make the same of it only the whole of it shows. */
static result other_rules(const struct listed *l, const char *dir, struct fault *f) {
    return fail(f, RESULT_UNSUPPORTED, dir, "the snapshot of order %llu was made under rules %u; this version's are %u", (unsigned long long)l->head.order, l->head.rules, CORE_RULES);
}
static result recover_from(struct recovery *r, const char *dir, const struct listed *l, struct fault *f) {
    struct node *n = r->n;
    struct fault inner = l->why;
    result read = l->read;
    if (result_is_ok(read) && l->head.rules != CORE_RULES) read = other_rules(l, dir, &inner);
    if (result_is_ok(read)) read = node_state_new(n, &l->head, dir, &inner);
    r->unfit = !result_is_ok(read);
    if (r->unfit) return fail(f, read.code, inner.field, "%s", inner.message);
    r->from = l->head;
    n->tick_bytes = r->from.tick_bytes;
    n->numbers.snapshot_order = r->report->snapshot = r->from.order;
    n->numbers.snapshot_bytes = r->from.bytes;
    n->numbers.snapshot_time = state_time(n->state);
    read = go_through(r, &inner);
    if (result_is_ok(read) || r->unfit) return result_is_ok(read) ? OK : fail(f, read.code, inner.field, "%s", inner.message);
    /* The state of the snapshot may lie, and the journal be good: that shows when it is gone through without. */
    r->unfit = read.code == RESULT_DIVERGED || read.code == RESULT_ROT;
    return r->unfit ? fail(f, read.code, inner.field, "behind the snapshot of order %llu: %s", (unsigned long long)r->from.order, inner.message)
                    : fail(f, read.code, inner.field, "%s", inner.message);
}
static result recover_anew(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    *r = (struct recovery){.n = n, .report = r->report, .full = r->full, .given = r->given, .listed = r->listed, .listed_count = r->listed_count};
    r->replay = replay_of(r);
    struct node_report *report = r->report;
    *report = (struct node_report){.snapshots_passed = report->snapshots_passed, .passed = report->passed, .index_passed = report->index_passed, .index_why = report->index_why};
    n->tick_bytes = n->between_bytes = n->between_records = 0;
    n->reserve_order = n->numbers.disk_reserve = 0;
    n->numbers.snapshot_order = n->numbers.snapshot_bytes = n->numbers.snapshot_ticks = 0;
    n->keep.from = (struct node_from){.place.hash = n->log};
    TRY(node_state_new(n, NULL, NULL, f));
    return node_journal_open(n, f);
}
static void read_head(const struct recovery *r, const char *dir, uint64_t order, struct listed *l) {
    *l = (struct listed){0};
    l->read = snapshot_head_read(r->n->disk, dir, order, &l->head, &l->why);
    if (result_is_ok(l->read) && !hash_equal(&l->head.log, &r->n->log))
        l->read = fail(&l->why, RESULT_CONFLICT, dir, "the snapshot of order %llu is of another log", (unsigned long long)order);
}
/* The newest snapshot that is whole and of this journal, else an older one, else the whole journal: what could not be used is said. */
static result recover_state(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    char dir[LIMIT_PATH];
    uint64_t orders[LIMIT_SNAPSHOTS_LISTED];
    struct listed listed[LIMIT_SNAPSHOTS_LISTED];
    struct fault unread = {0};
    TRY(node_path(n, "snapshots", dir, f));
    /* Whatever is in a directory that cannot be read, the journal is enough; but the start is a long one, and why is said. */
    if (!result_is_ok(snapshot_list(n->disk, dir, orders, &r->listed_count, &unread))) passed_over(r->report, &unread);
    for (uint32_t i = 0; i < r->listed_count; i++) read_head(r, dir, orders[i], &listed[i]);
    r->listed = listed;
    for (uint32_t i = 0; i < r->listed_count && !r->full; i++) {
        struct fault why = {0};
        result taken = recover_from(r, dir, &listed[i], &why);
        if (result_is_ok(taken)) return OK;
        if (r->indexed > 0) { /* whatever it is, only what the journal itself says counts */
            r->report->index_passed = true;
            r->report->index_why = why;
            TRY(recover_anew(r, f));
            r->alone = true;
            taken = recover_from(r, dir, &listed[i], &why);
            r->alone = false;
            if (result_is_ok(taken)) return OK;
        }
        if (!r->unfit) return fail(f, taken.code, why.field, "%s", why.message); /* the journal's own: no other snapshot mends it */
        passed_over(r->report, &why);
        TRY(recover_anew(r, f));
    }
    for (uint32_t i = 0; i < r->listed_count && r->full; i++)
        if (!result_is_ok(listed[i].read) || (listed[i].head.rules != CORE_RULES && !result_is_ok(other_rules(&listed[i], dir, &listed[i].why)))) passed_over(r->report, &listed[i].why);
    return go_through(r, f);
}

result node_recover(struct node *n, struct node_report *report, struct fault *f) {
    *report = (struct node_report){0};
    n->keep.from.place.hash = n->log;
    struct recovery r = {.n = n, .report = report, .full = n->options.verify_signatures};
    r.replay = replay_of(&r);
    /* First, for a server may be writing beside a check: read last, it would be ahead of the journal as that was read. */
    TRY(node_checkpoint_load(n, &r.given.size, &r.given.root, r.given.signature, &r.given.any, f));
    TRY(recover_state(&r, f));
    TRY(check_checkpoint(&r, f));
    n->numbers.snapshots_passed = report->snapshots_passed;
    if (!n->options.read_only) TRY(journal_continue(n->journal, f));
    report->cut_bytes = journal_torn(n->journal);
    report->bytes_read = journal_bytes(n->journal);
    n->numbers.journal_bytes = report->bytes_read;
    n->sequenced = journal_sequencer(n->journal);
    if (r.full) state_check(n->state);
    return OK;
}
