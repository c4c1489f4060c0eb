/* Life of the node, what it takes in, what it gives out. */
#include "log/node.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
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
    b->order = b->sequencer = b->write_ns = b->bytes = 0;
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

static result open_files(struct node *n, struct fault *f) {
    char path[LIMIT_PATH];
    if (!n->options.read_only) {
        TRY(node_path(n, "lock", path, f));
        TRY(disk_lock(n->disk, path, &n->lock, f));
    }
    if (!n->options.read_only) TRY(node_files_private(n, f));
    TRY(node_files_load(n, f));
    TRY(open_index(n, f));
    TRY(take_memory(n, f));
    TRY(node_path(n, "journal", path, f));
    TRY(journal_open(n->disk, path, &n->log, LIMIT_SEGMENT_BYTES, &n->journal, f));
    if (n->options.read_only) return OK;
    TRY(node_path(n, "checkpoint", path, f));
    return disk_open(n->disk, path, DISK_DIRECT, false, &n->checkpoint_file, f);
}

static result start(struct node *n, struct fault *f) {
    if (n->options.read_only) return OK;
    uint64_t number = journal_sequencer(n->journal);
    n->sequencer = n->options.sequencer != NULL
                       ? n->options.sequencer(n->options.sequencer_context, number, state_time(n->state))
                       : sequencer_local_new(number, state_time(n->state), LIMIT_QUEUE_BYTES);
    if (n->sequencer == NULL) return fail(f, RESULT_FULL, "sequencer", "out of memory");
    TRY(disk_free_space(n->disk, n->dir, &n->numbers.disk_free, f));
    n->numbers.disk_reserve = (uint64_t)(LIMIT_RESERVE_NS / n->tick_ns) * LIMIT_TICK_BYTES;
    if (n->options.inline_writer || n->options.stepped_writer) return OK;
    n->to_writer = ring_new(LIMIT_BATCHES + 1);
    n->from_writer = ring_new(LIMIT_BATCHES);
    if (n->to_writer == NULL || n->from_writer == NULL) return fail(f, RESULT_FULL, "writer", "no memory or descriptors");
    if (pthread_create(&n->writer, NULL, node_writer, n) != 0) return fail(f, RESULT_FULL, "writer", "no thread");
    n->threaded = true;
    return OK;
}

result node_open(const struct node_options *o, struct node **out, struct node_report *report, struct fault *f) {
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system's generator does not work");
    struct node *n = calloc(1, sizeof *n);
    if (n == NULL || (n->secret = secret_alloc(NOTE_SECRET_BYTES)) == NULL) {
        free(n);
        return fail(f, RESULT_FULL, "node", "out of memory");
    }
    n->options = *o;
    n->numbers.write_ns = n->numbers.step_ns = n->numbers.tick_late_ns = histogram_of(&histogram_times);
    n->numbers.batch_records = histogram_of(&histogram_counts);
    n->numbers.batch_bytes = histogram_of(&histogram_sizes);
    n->disk = o->disk == NULL ? disk_real() : o->disk;
    int length = snprintf(n->dir, sizeof n->dir, "%s", o->dir);
    n->text = append_growing(LIMIT_TOLD_BYTES);
    for (unsigned i = 0; i < 1u << LIMIT_SECTIONS; i++) n->tail[i] = append_growing(LIMIT_TOLD_BYTES);
    arena_growing(&n->decoded, LIMIT_SCRATCH_BYTES);
    arena_growing(&n->scratch, LIMIT_SCRATCH_BYTES);
    arena_growing(&n->write_scratch, LIMIT_SCRATCH_BYTES);
    struct node_report ignored;
    result r = length >= LIMIT_DATA_PATH ? fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_DATA_PATH - 1)
                                            : open_files(n, f);
    if (result_is_ok(r)) r = node_recover(n, report == NULL ? &ignored : report, f);
    if (result_is_ok(r)) r = start(n, f);
    if (!result_is_ok(r)) {
        node_close(n);
        return r;
    }
    n->next_tick = state_time(n->state) - state_time(n->state) % n->tick_ns + n->tick_ns;
    n->durable = state_order(n->state);
    *out = n;
    return OK;
}

void node_close(struct node *n) {
    if (n == NULL) return;
    if (n->threaded) {
        if (!ring_push(n->to_writer, n)) abort(); /* room for every batch and this */
        pthread_join(n->writer, NULL);
    }
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
    append_free(&n->genesis);
    append_free(&n->origin);
    json_reader_free(n->json);
    arena_free(&n->memory);
    arena_free(&n->genesis_arena);
    arena_free(&n->scratch);
    arena_free(&n->decoded);
    arena_free(&n->write_scratch);
    free(n->sealed.slots);
    free(n->sealed.sizes);
    free(n->perfect);
    free(n->durable_size);
    free(n->touch_serial);
    free(n->touch_index);
    free(n->leaves);
    secret_free(n->blinds);
    secret_free(n->secret);
    free(n);
}

/* --- in --- */

static result broken(const struct node *n, struct fault *f) {
    return fail(f, n->failure.code == RESULT_OK ? RESULT_IO : n->failure.code, n->failure.field, "%s", n->failure.message);
}

/* How many quarters of the reserve must be left above it for this kind: what warns people goes on longest. */
static unsigned kind_class(enum statement_kind k) {
    switch (k) {
    case KIND_FRAME: return 12;
    case KIND_FLIGHT: case KIND_FLIGHT_ACTIVATE: case KIND_FLIGHT_END: case KIND_FLIGHT_CANCEL: case KIND_FLIGHT_RELEASE:
    case KIND_JOIN: case KIND_JOIN_UNDO: return 8;
    case KIND_NOTICE: case KIND_NOTICE_ACTIVATE: case KIND_NOTICE_OVER: case KIND_NOTICE_CANCEL: case KIND_OPEN: case KIND_ACK:
    case KIND_HOLD: case KIND_HOLD_ANSWER: case KIND_MESSAGE: case KIND_CLOCK: case KIND_TICK: return 0;
    default: return 4;
    }
}

static result admit(struct node *n, enum statement_kind kind, struct fault *f) {
    uint64_t need = n->numbers.disk_reserve + n->numbers.disk_reserve / 4 * kind_class(kind);
    if (kind == KIND_TICK || n->numbers.disk_free >= need) return OK;
    n->numbers.refused_full++;
    /* No figures: they would tell every party how much the others write. The operator has them in /metrics. */
    return fail(f, RESULT_FULL, "disk", "has no room left for %s: what warns people has to go on", statement_kind_name(kind));
}

static result propose(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f) {
    append_reset(&n->text);
    record_put_count(&n->text, count);
    for (uint32_t i = 0; i < count; i++) record_put_part(&n->text, &parts[i]);
    if (n->text.full) return fail(f, RESULT_TOO_LARGE, "statement", "does not fit into memory");
    struct proposal p = {ticket, now, append_view(&n->text)};
    result r = n->sequencer->methods->propose(n->sequencer, &p, f);
    if (result_is_ok(r)) n->numbers.queued++, n->numbers.queued_bytes += p.bytes.size;
    else n->numbers.refused_busy++;
    return r;
}

static result check_parts(const struct part *parts, uint32_t count, struct fault *f) {
    if (count == 0) return fail(f, RESULT_MALFORMED, "parts", "there is none");
    for (uint32_t i = 0; i < count; i++) {
        const struct part *p = &parts[i];
        if (p->name.size == 0 || p->name.size > 32) return fail(f, RESULT_MALFORMED, "parts", "part %u: a name has 1 to 32 characters", i);
        if (p->part_class == PART_OUTCOME || p->part_class == PART_ORDER || p->part_class == PART_TOLD)
            return fail(f, RESULT_MALFORMED, "parts", "part %u is the server's own", i);
        if (p->bytes.size > LIMIT_SECTION_BYTES || (p->bytes.at == NULL && p->bytes.size > 0))
            return fail(f, RESULT_TOO_LARGE, "parts", "part %u has %zu bytes; at most %d", i, p->bytes.size, LIMIT_SECTION_BYTES);
    }
    return OK;
}

/* Salts that nobody drew yet are drawn here; a section's is its sender's and stays. */
static result with_salts(struct node *n, const struct part *parts, uint32_t count, struct part **out, struct fault *f) {
    static const uint8_t none[32];
    *out = arena_alloc(&n->scratch, count, sizeof **out);
    if (*out == NULL) return fail(f, RESULT_TOO_LARGE, "parts", "no memory for %u parts", count);
    memcpy(*out, parts, count * sizeof **out);
    for (uint32_t i = 0; i < count; i++)
        if (parts[i].part_class != PART_SECTION && memcmp(parts[i].salt, none, sizeof none) == 0) node_salt(n, (*out)[i].salt);
    return OK;
}

static result take_in(struct node *n, enum statement_kind kind, const struct part *parts, uint32_t count, instant now, uint64_t ticket,
                      struct fault *f) {
    assert(ticket != 0 && ticket != NODE_TICKET_TICK && !n->options.read_only);
    arena_reset(&n->scratch);
    struct part *salted = NULL;
    TRY(with_salts(n, parts, count, &salted, f));
    TRY(admit(n, kind, f));
    return propose(n, salted, count, now, ticket, f);
}

result node_submit_checked(struct node *n, const struct statement *s, const struct part *parts, uint32_t count, instant now, uint64_t ticket,
                           struct fault *f) {
    assert(s->origin != ORIGIN_SIGNED || s->proven); /* when ordered the lines are trusted: this is the last place that looks */
    if (n->failed) return broken(n, f);
    TRY(check_parts(parts, count, f));
    return take_in(n, s->kind, parts, count, now, ticket, f);
}

result node_submit(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f) {
    if (n->failed) return broken(n, f);
    TRY(check_parts(parts, count, f));
    enum statement_kind kind = KIND_FRAME;
    if (parts[0].part_class != PART_FRAME) { /* a frame's parts are made by the door itself and decoded once, when ordered */
        struct decoder d = n->decoder;
        struct statement s = {0};
        arena_reset(&n->scratch);
        d.arena = &n->scratch;
        TRY(decode_parts(&d, parts, count, true, &s, f));
        kind = s.kind;
    }
    return take_in(n, kind, parts, count, now, ticket, f);
}

/* Of the first one after a start nothing is counted: how long the server was down is no lateness of it. */
static void count_tick(struct node *n, instant now) {
    if (n->numbers.ticks++ == 0) return;
    int64_t late_ns = now - n->next_tick;
    n->numbers.ticks_missed += (uint64_t)(late_ns / n->tick_ns);
    histogram_add(&n->numbers.tick_late_ns, late_ns);
}

result node_tick(struct node *n, instant now, int64_t error_ns, bool unsure, struct fault *f) {
    if (n->failed) return broken(n, f);
    if (n->tick_waits || now < n->next_tick) return OK;
    struct body_tick t = {.tick = state_tick(n->state) + 1, .error_ns = error_ns, .unsure = unsure};
    char room[256];
    struct append bytes = append_fixed(room, sizeof room);
    decode_tick_render(&t, &bytes);
    assert(!bytes.full);
    struct part p = {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    /* Its own time, not that of a loop that had much to do: leaves are everybody's to read. */
    result r = propose(n, &p, 1, now - now % n->tick_ns, NODE_TICKET_TICK, f);
    if (!result_is_ok(r)) return r;
    n->tick_waits = true;
    count_tick(n, now);
    n->next_tick = now - now % n->tick_ns + n->tick_ns;
    return OK;
}

instant node_next_tick(const struct node *n) { return n->next_tick; }

/* --- through --- */

/* What the writer finished becomes visible: sizes, the last tick, the events of the batch. */
static void publish(struct node *n, struct batch *b) {
    n->in_flight = false;
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
    n->done[n->done_count++] = b;
    if (b->made_count == 0) return;
    struct node_numbers *k = &n->numbers;
    k->batches++;
    k->bytes_written += b->bytes;
    k->syncs += 2 + (b->mark_count > 0);
    k->disk_free = b->disk_free;
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

static void hand_over(struct node *n) {
    struct batch *b = n->current;
    bool empty = b == NULL || (b->made_count == 0 && b->answer_count == 0);
    if (empty || n->in_flight || n->failed) return;
    n->current = NULL;
    n->in_flight = true;
    n->handed_ns = node_now_ns();
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
        n->starved = n->current == NULL || n->current->payload.size >= LIMIT_BATCH_BYTES;
        if (n->starved || !n->sequencer->methods->next(n->sequencer, &e)) break;
        if (n->numbers.queued > 0) n->numbers.queued--;
        n->numbers.queued_bytes -= e.bytes.size < n->numbers.queued_bytes ? e.bytes.size : n->numbers.queued_bytes;
        node_apply(n, &e);
    }
}

/* Everything that was ordered while the last batch was being written goes into the next one. */
result node_poll(struct node *n, struct fault *f) {
    reap(n);
    do {
        take_ordered(n);
        if (!n->failed) hand_over(n);
    } while (n->options.inline_writer && n->starved && n->free_count > 0 && !n->failed);
    return n->failed ? broken(n, f) : OK;
}

result node_take(struct node *n, struct fault *f) {
    take_ordered(n);
    return n->failed ? broken(n, f) : OK;
}

bool node_starved(const struct node *n) { return n->starved; }

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
uint64_t node_applied(const struct node *n) { return state_order(n->state); }
uint64_t node_durable(const struct node *n) { return n->durable; }
const struct hash *node_log_hash(const struct node *n) { return &n->log; }
struct text node_genesis(const struct node *n) { return append_view(&n->genesis); }

void node_numbers(const struct node *n, struct node_numbers *out) {
    *out = n->numbers;
    out->applied = node_applied(n);
    out->durable = n->durable;
    out->journal_bytes += n->numbers.bytes_written;
    out->batches_room = LIMIT_BATCHES;
    out->batches_filling = n->current != NULL;
    out->batches_writing = n->in_flight;
    out->batches_done = n->done_count;
    out->writing_ns = n->in_flight ? node_now_ns() - n->handed_ns : 0;
}
