/* Life of the node, and what it gives out. */
#include "log/node.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
#include "log/directory.h"
#include "log/secret.h"
#include "log/node_private.h"

/* --- opening and closing --- */

static void batch_new(struct batch *b) {
    b->payload = append_growing(LIMIT_BATCH_MOST);
    b->json = append_growing(LIMIT_BATCH_MOST);
}

static void batch_free(struct batch *b) {
    append_free(&b->payload);
    append_free(&b->json);
    free(b->made);
    free(b->marks);
    free(b->answers);
    free(b->touched);
    free(b->sealed.slots);
    free(b->sealed.sizes);
}

static void batch_reset(struct batch *b) {
    append_reset(&b->payload);
    append_reset(&b->json);
    b->made_count = b->mark_count = b->answer_count = b->touched_count = 0;
    b->next_answer = b->next_touched = b->next_mark = 0;
    b->order = b->sequencer = b->write_ns = b->bytes = b->snapshot = 0;
    b->sealed.any = false;
}

static bool sealed_new(struct sealed *s, uint32_t width) {
    s->slots = calloc(width, sizeof *s->slots);
    s->sizes = calloc(width, sizeof *s->sizes);
    return s->slots != NULL && s->sizes != NULL;
}

static result take_memory(struct node *n, struct fault *f) {
    uint32_t width = streams_width(n->streams);
    bool good = sealed_new(&n->sealed, width);
    for (unsigned i = 0; i < LIMIT_BATCHES; i++) {
        batch_new(&n->batches[i]);
        good = sealed_new(&n->batches[i].sealed, width) && good;
        n->free[n->free_count++] = &n->batches[i];
    }
    node_kept_new(n);
    n->perfect = calloc(width, sizeof *n->perfect);
    n->durable_size = calloc(width, sizeof *n->durable_size);
    n->touch_serial = calloc(width, sizeof *n->touch_serial);
    n->touch_index = calloc(width, sizeof *n->touch_index);
    good = good && n->perfect != NULL && n->durable_size != NULL && n->touch_serial != NULL && n->touch_index != NULL;
    return good ? OK : fail(f, RESULT_FULL, "capacity", "no memory for %u streams", width);
}

static result open_index(struct node *n, struct fault *f) {
    char path[LIMIT_PATH];
    n->index_disk = n->options.read_only ? disk_simulated(0) : n->disk;
    TRY(node_path(n, "index", path, f));
    if (!n->options.read_only) TRY(disk_make_dir(n->disk, path, f));
    return streams_new(n->index_disk, path, n->capacity.slots_log2, n->blinds, &n->streams, f);
}

result node_journal_open(struct node *n, struct fault *f) {
    char path[LIMIT_PATH];
    journal_close(n->journal);
    n->journal = NULL;
    streams_free(n->streams);
    n->streams = NULL;
    if (n->options.read_only && n->index_disk != NULL) disk_simulated_free(n->index_disk);
    n->index_disk = NULL;
    TRY(open_index(n, f));
    TRY(node_path(n, "journal", path, f));
    return journal_open(n->disk, path, &n->log, LIMIT_SEGMENT_BYTES, &n->journal, f);
}

static result open_files(struct node *n, struct fault *f) {
    char path[LIMIT_PATH];
    TRY(directory_of(n->disk, n->dir, DIRECTORY_LOG, f));
    if (!n->options.read_only) {
        TRY(node_path(n, "lock", path, f));
        TRY(disk_lock(n->disk, path, &n->lock, f));
    }
    if (!n->options.read_only) TRY(node_files_private(n, f));
    TRY(node_files_load(n, f));
    TRY(node_journal_open(n, f));
    TRY(take_memory(n, f));
    if (n->options.read_only) return OK;
    TRY(node_path(n, "checkpoint", path, f));
    return disk_open(n->disk, path, DISK_DIRECT, false, &n->checkpoint_file, f);
}

/* Who is asked to end is asked by the main thread, not by whichever runs: those beside it do not hear of it. */
static bool start_threads(struct node *n) {
    sigset_t asking, before;
    sigemptyset(&asking);
    sigaddset(&asking, SIGTERM);
    sigaddset(&asking, SIGINT);
    sigaddset(&asking, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &asking, &before);
    bool started = pthread_create(&n->writer, NULL, node_writer, n) == 0;
    n->warm.started = started && pthread_create(&n->warm.thread, NULL, node_warmer, n) == 0; /* without it steps are slower, and right */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static result start(struct node *n, struct fault *f) {
    if (n->options.read_only) return OK;
    uint64_t number = journal_sequencer(n->journal);
    n->sequencer = n->options.sequencer != NULL
                       ? n->options.sequencer(n->options.sequencer_context, number, state_time(n->state))
                       : sequencer_local_new(number, state_time(n->state), LIMIT_QUEUE_BYTES);
    if (n->sequencer == NULL) return fail(f, RESULT_FULL, "sequencer", "out of memory");
    TRY(disk_free_space(n->disk, n->dir, &n->numbers.disk_free, f));
    if (n->numbers.disk_reserve == 0) n->numbers.disk_reserve = (uint64_t)(LIMIT_RESERVE_NS / n->tick_ns) * LIMIT_TICK_BYTES;
    if (n->options.inline_writer || n->options.stepped_writer) return OK;
    n->to_writer = ring_new(LIMIT_BATCHES + 1);
    n->from_writer = ring_new(LIMIT_BATCHES);
    if (n->to_writer == NULL || n->from_writer == NULL) return fail(f, RESULT_FULL, "writer", "no memory or descriptors");
    n->threaded = start_threads(n);
    return n->threaded ? OK : fail(f, RESULT_FULL, "writer", "no thread");
}

result node_blank(const struct node_options *o, struct node **out, struct fault *f) {
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system's generator does not work");
    struct node *n = calloc(1, sizeof *n);
    if (n == NULL) return fail(f, RESULT_FULL, "node", "out of memory");
    *out = n;
    n->options = *o;
    n->numbers.write_ns = n->numbers.step_ns = n->numbers.tick_late_ns = histogram_of(&histogram_times);
    n->numbers.batch_records = histogram_of(&histogram_counts);
    n->numbers.batch_bytes = histogram_of(&histogram_sizes);
    n->disk = o->disk == NULL ? disk_real() : o->disk;
    if (o->bridge_url != NULL) { /* whose text may go when settings are read anew */
        snprintf(n->bridge_url, sizeof n->bridge_url, "%s", o->bridge_url);
        n->options.bridge_url = n->bridge_url;
    }
    int length = snprintf(n->dir, sizeof n->dir, "%s", o->dir);
    n->text = append_growing(LIMIT_TOLD_BYTES);
    for (unsigned i = 0; i < 1u << LIMIT_SECTIONS; i++) n->tail[i] = append_growing(LIMIT_TOLD_BYTES);
    arena_growing(&n->decoded, LIMIT_SCRATCH_BYTES);
    arena_growing(&n->scratch, LIMIT_SCRATCH_BYTES);
    arena_growing(&n->write_scratch, LIMIT_SCRATCH_BYTES);
    return length < LIMIT_DATA_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_DATA_PATH - 1);
}

result node_open(const struct node_options *o, struct node **out, struct node_report *report, struct fault *f) {
    struct node_report ignored;
    struct node *n = NULL;
    result r = node_blank(o, &n, f);
    if (result_is_ok(r) && (n->secret = secret_alloc(2 * NOTE_SECRET_BYTES)) == NULL) r = fail(f, RESULT_FULL, "node", "out of memory");
    if (result_is_ok(r)) r = open_files(n, f);
    if (result_is_ok(r)) r = node_recover(n, report == NULL ? &ignored : report, f);
    if (result_is_ok(r)) r = node_grow_start(n, f);
    if (result_is_ok(r)) r = start(n, f);
    if (!result_is_ok(r)) {
        node_close(n);
        return r;
    }
    n->next_tick = state_time(n->state) - state_time(n->state) % n->tick_ns + n->tick_ns;
    n->durable = state_order(n->state);
    n->batch = journal_number(n->journal);
    n->keep.on = o->snapshot_ticks > 0;
    n->keep.tick = state_tick(n->state);
    *out = n;
    return OK;
}

void node_close(struct node *n) {
    if (n == NULL) return;
    if (n->threaded) {
        if (!ring_push(n->to_writer, n)) abort(); /* room for every batch and this */
        pthread_join(n->writer, NULL);
    }
    node_warmer_end(n);
    node_index_end(n);
    ring_free(n->to_writer);
    ring_free(n->from_writer);
    if (n->sequencer != NULL) n->sequencer->methods->free(n->sequencer);
    journal_close(n->journal);
    streams_free(n->streams);
    if (n->options.read_only && n->index_disk != NULL) disk_simulated_free(n->index_disk);
    disk_close(n->checkpoint_file);
    disk_close(n->lock);
    for (unsigned i = 0; i < LIMIT_BATCHES; i++) batch_free(&n->batches[i]);
    for (unsigned i = 0; i < 1u << LIMIT_SECTIONS; i++) append_free(&n->tail[i]);
    append_free(&n->text);
    node_kept_free(n);
    append_free(&n->genesis);
    append_free(&n->origin);
    json_reader_free(n->json);
    state_free(n->state);
    arena_free(&n->memory);
    arena_free(&n->genesis_arena);
    arena_free(&n->scratch);
    arena_free(&n->decoded);
    arena_free(&n->write_scratch);
    free(n->sealed.slots);
    free(n->sealed.sizes);
    free(n->perfect);
    node_slots_free(n);
    free(n->durable_size);
    free(n->touch_serial);
    free(n->touch_index);
    free(n->leaves);
    secret_free(n->blinds);
    secret_free(n->secret);
    free(n);
}

/* --- through --- */

/* What the writer finished becomes visible: sizes, the last tick, the events of the batch. */
static void publish(struct node *n, struct batch *b) {
    n->in_flight = false;
    n->writing_bytes = 0;
    if (!result_is_ok(b->result)) {
        n->failed = true;
        n->failure = b->fault;
        n->failure.code = b->result.code;
        return;
    }
    n->serial++;
    for (size_t i = 0; i < b->made_count; i++) {
        uint16_t party = b->made[i].party;
        n->durable_size[party] = b->made[i].place + 1;
        if (n->touch_serial[party] != n->serial) {
            b->touched = node_room(b->touched, &b->touched_room, b->touched_count + 1, sizeof *b->touched);
            n->touch_serial[party] = n->serial;
            n->touch_index[party] = (uint32_t)b->touched_count++;
        }
        b->touched[n->touch_index[party]] = (struct touched){party, b->made[i].place};
    }
    if (b->sealed.any) {
        struct sealed swap = n->sealed;
        n->sealed = b->sealed;
        b->sealed = swap;
    }
    n->durable = b->order;
    n->batch = b->made_count > 0 ? b->number : n->batch;
    if (b->snapshot > 0 && n->keep.on) n->keep.wanted = b->snapshot;
    n->done[n->done_count++] = b;
    if (b->made_count == 0) return;
    struct node_numbers *k = &n->numbers;
    k->batches++;
    k->bytes_written += b->bytes;
    k->syncs += 2 + (b->mark_count > 0);
    k->disk_unknown = b->disk_unknown;
    if (b->disk_unknown) {
        k->disk_unread++;
        k->disk_why = b->disk_why;
        k->disk_free -= b->bytes < k->disk_free ? b->bytes : k->disk_free;
    } else {
        k->disk_free = b->disk_free;
    }
    k->write_ns_sum += b->write_ns;
    if (b->write_ns > k->write_ns_max) k->write_ns_max = b->write_ns;
    histogram_add(&k->write_ns, (int64_t)b->write_ns);
    histogram_add(&k->batch_records, (int64_t)b->made_count);
    histogram_add(&k->batch_bytes, (int64_t)b->bytes);
}

static void reap(struct node *n) {
    void *items[LIMIT_BATCHES];
    if (n->written != NULL) publish(n, n->written);
    n->written = NULL;
    if (n->from_writer == NULL) return;
    size_t count = ring_pop_all(n->from_writer, items, LIMIT_BATCHES);
    for (size_t i = 0; i < count; i++) publish(n, items[i]);
}

uint64_t node_batch_on_disk(const struct batch *b) {
    return b == NULL ? 0 : b->payload.size + b->payload.size / 2 + b->made_count * (uint64_t)LIMIT_RECORD_BESIDE;
}

static void hand_over(struct node *n) {
    struct batch *b = n->ended != NULL ? n->ended : n->current;
    bool empty = b == NULL || (b->made_count == 0 && b->answer_count == 0);
    if (empty || n->in_flight || n->failed) return;
    if (b == n->ended) n->ended = NULL;
    else n->current = NULL;
    n->in_flight = true;
    n->writing_bytes = node_batch_on_disk(b);
    n->handed_ns = monotonic_ns();
    if (n->options.stepped_writer) {
        n->handed = b;
        return;
    }
    if (!n->options.inline_writer) {
        if (!ring_push(n->to_writer, b)) abort();
        return;
    }
    b->result = node_write_batch(n, b, &b->fault);
    publish(n, b);
}

static void take_ordered(struct node *n) {
    struct sequenced_event e;
    n->starved = false;
    while (!n->failed) {
        if (n->current == NULL && n->free_count > 0) {
            n->current = n->free[--n->free_count];
            batch_reset(n->current);
            n->current->order = state_order(n->state);
            n->current->sequencer = n->sequenced;
        }
        n->starved = n->current == NULL || n->current->payload.size >= LIMIT_BATCH_BYTES || n->current->snapshot > 0;
        if (n->starved || !n->sequencer->methods->next(n->sequencer, &e)) break;
        if (n->numbers.queued > 0) n->numbers.queued--;
        if (n->numbers.queued == 0) n->queued_replies = 0;
        n->numbers.queued_bytes -= e.bytes.size < n->numbers.queued_bytes ? e.bytes.size : n->numbers.queued_bytes;
        node_apply(n, &e);
        if (n->current->snapshot == 0 || n->ended != NULL) continue;
        n->ended = n->current; /* it waits for its turn to be written, and nobody for it */
        n->current = NULL;
    }
}

result node_reap(struct node *n, struct fault *f) {
    if (n->in_flight) reap(n);
    return n->failed ? node_broken(n, f) : OK;
}

/* Everything that was ordered while the last batch was being written goes into the next one. */
result node_poll(struct node *n, struct fault *f) {
    reap(n);
    do {
        take_ordered(n);
        if (!n->failed) hand_over(n);
        if (!n->failed && n->options.inline_writer) hand_over(n); /* what was begun behind one that has ended */
    } while (n->options.inline_writer && n->starved && n->free_count > 0 && !n->failed);
    node_grow(n);
    node_bridge(n);
    node_cosigned(n);
    node_continue(n);
    node_index_mind(n);
    return n->failed ? node_broken(n, f) : OK;
}

result node_take(struct node *n, struct fault *f) {
    take_ordered(n);
    return n->failed ? node_broken(n, f) : OK;
}

bool node_holds(const struct node *n) { return !n->in_flight && n->current != NULL && (n->current->made_count > 0 || n->current->answer_count > 0); }
bool node_starved(const struct node *n) { return n->starved; }
bool node_continues(const struct node *n) { return n->continue_waits; }

bool node_write_step(struct node *n) {
    struct batch *b = n->handed;
    if (b == NULL) return false;
    n->handed = NULL;
    b->result = node_write_batch(n, b, &b->fault);
    n->written = b;
    return true;
}

int node_fd(const struct node *n) { return n->from_writer == NULL ? -1 : ring_fd(n->from_writer); }

/* --- out --- */

static void let_go(struct node *n) {
    struct batch *b = n->done[0];
    n->done_count--;
    for (uint32_t i = 0; i < n->done_count; i++) n->done[i] = n->done[i + 1];
    n->free[n->free_count++] = b;
    if (n->starved && n->from_writer != NULL) ring_wake(n->from_writer); /* node_poll left something behind */
}

static void put_answer(const struct batch *b, const struct answer *a, struct node_event *out) {
    *out = (struct node_event){.kind = NODE_ANSWERED, .ticket = a->ticket, .sequenced = a->what};
    if (a->what != SEQUENCED_ORDERED) return;
    out->outcome = &a->outcome;
    out->outcome_json = (struct text){b->json.at + a->json_at, a->json_size};
    /* outcome_render puts it last. */
    if (a->outcome.status > 0) out->reply = (struct text){out->outcome_json.at + a->json_size - 1 - a->outcome.reply.size, a->outcome.reply.size};
    out->statement = a->statement;
    out->party = a->party;
    out->place = a->place;
}

bool node_next(struct node *n, struct node_event *out) {
    while (n->done_count > 0) {
        struct batch *b = n->done[0];
        if (n->sequencer->methods->durable(n->sequencer) < b->sequencer) return false;
        if (b->next_answer < b->answer_count) {
            put_answer(b, &b->answers[b->next_answer++], out);
            return true;
        }
        if (b->next_touched < b->touched_count) {
            const struct touched *t = &b->touched[b->next_touched++];
            *out = (struct node_event){.kind = NODE_APPENDED, .party = t->party, .place = t->place};
            return true;
        }
        if (b->next_mark < b->mark_count) {
            *out = (struct node_event){.kind = NODE_TICKED, .tick = b->marks[b->next_mark++].tick};
            return true;
        }
        let_go(n);
    }
    return false;
}

/* --- looking --- */

const struct state *node_state(const struct node *n) { return n->state; }
int64_t node_tick_ns(const struct node *n) { return n->tick_ns; }
uint64_t node_applied(const struct node *n) { return state_order(n->state); }
uint64_t node_durable(const struct node *n) { return n->durable; }
const struct hash *node_log_hash(const struct node *n) { return &n->log; }
struct text node_genesis(const struct node *n) { return append_view(&n->genesis); }

const struct slow_steps *node_slow_steps(const struct node *n) { return &n->slow_steps; }

void node_numbers(const struct node *n, struct node_numbers *out) {
    *out = n->numbers;
    out->applied = node_applied(n);
    out->durable = n->durable;
    out->journal_bytes += n->numbers.bytes_written;
    out->snapshot_ticks = state_tick(n->state) - n->numbers.snapshot_ticks; /* there: the tick of the newest */
    out->snapshot_wanted = n->keep.wanted;
    out->wanted_ticks = n->keep.wanted > 0 ? state_tick(n->state) - n->keep.marked : 0;
    out->batch = n->batch;
    out->batches_room = LIMIT_BATCHES;
    out->batches_filling = n->current != NULL;
    out->batches_writing = n->in_flight;
    out->batches_done = n->done_count;
    out->memory_touched = atomic_load_explicit(&n->warm.bytes, memory_order_relaxed);
    out->backlog = state_backlog(n->state);
    out->backlog_age = state_backlog_age(n->state);
    out->continues = state_continues(n->state);
    out->writing_ns = n->in_flight ? (uint64_t)(monotonic_ns() - n->handed_ns) : 0;
}
