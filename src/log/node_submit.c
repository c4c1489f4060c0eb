/* What the node takes in: checked, admitted, given to the sequencer. */
#include <assert.h>

#include "log/node_private.h"

result node_broken(const struct node *n, struct fault *f) {
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

/* At most so much of the disk will `bytes` of proposals take: their records, what others are told of them (as JSON strings, so that a byte may become
 * two), hashes, and the rest of the last sectors. */
static uint64_t on_disk(const struct node *n, uint64_t bytes, uint64_t count, bool told) {
    uint64_t records = told ? 1 + 2 * (uint64_t)state_party_count(n->state) : 1;
    return (bytes + bytes / 2 + count * LIMIT_RECORD_BESIDE) * records;
}

/* Free space is known as it was after the last batch. What has been taken in since, and what this statement will cause, counts as gone: else a few
 * large statements together would use up what ticks need, and the first write that fails ends the server. */
static result admit(struct node *n, enum statement_kind kind, uint64_t bytes, struct fault *f) {
    const struct node_numbers *k = &n->numbers;
    if (state_order(n->state) - n->reserve_order >= LIMIT_RESERVE_LOOK) node_reserve(n);
    uint64_t need = k->disk_reserve + k->disk_reserve / 4 * kind_class(kind);
    need += n->writing_bytes + node_batch_on_disk(n->current) + on_disk(n, k->queued_bytes, k->queued, true) + on_disk(n, bytes, 1, kind != KIND_FRAME);
    if (k->disk_free >= need) return OK;
    n->numbers.refused_full++;
    /* No figures: they would tell every party how much the others write. The operator has them in /metrics. */
    return fail(f, RESULT_FULL, "disk", "has no room left for %s: what warns people has to go on", statement_kind_name(kind));
}

static result propose(struct node *n, struct text bytes, instant now, uint64_t ticket, struct fault *f) {
    struct proposal p = {ticket, now, bytes};
    result r = n->sequencer->methods->propose(n->sequencer, &p, f);
    if (result_is_ok(r)) n->numbers.queued++, n->numbers.queued_bytes += p.bytes.size;
    else n->numbers.refused_busy++;
    return r;
}

static result put_parts(const struct part *parts, uint32_t count, struct append *out, struct fault *f) {
    append_reset(out);
    record_put_count(out, count);
    for (uint32_t i = 0; i < count; i++) record_put_part(out, &parts[i]);
    return out->full ? fail(f, RESULT_TOO_LARGE, "statement", "does not fit into memory") : OK;
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

result node_submit(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f) {
    assert(ticket != 0 && ticket != NODE_TICKET_TICK && !n->options.read_only);
    if (n->failed) return node_broken(n, f);
    TRY(check_parts(parts, count, f));
    enum statement_kind kind = KIND_FRAME;
    arena_reset(&n->scratch);
    if (parts[0].part_class != PART_FRAME) { /* a frame's parts are made by the door itself and decoded once, when ordered */
        struct decoder d = n->decoder;
        struct statement s = {0};
        d.arena = &n->scratch;
        TRY(decode_parts(&d, parts, count, true, &s, f));
        kind = s.kind;
    }
    struct part *salted = NULL;
    TRY(with_salts(n, parts, count, &salted, f));
    TRY(put_parts(salted, count, &n->text, f));
    TRY(admit(n, kind, n->text.size, f));
    return propose(n, append_view(&n->text), now, ticket, f);
}

/* --- decoded once --- */

void node_kept_new(struct node *n) {
    for (uint32_t i = 0; i <= LIMIT_KEPT; i++) {
        n->kept[i].bytes = append_growing(LIMIT_TOLD_BYTES);
        arena_growing(&n->kept[i].arena, LIMIT_SCRATCH_BYTES);
    }
    for (uint32_t i = 0; i < LIMIT_KEPT; i++) n->kept_free[i] = (uint16_t)(LIMIT_KEPT - 1 - i);
    n->kept_free_count = LIMIT_KEPT;
    n->prepared = &n->kept[LIMIT_KEPT];
}

void node_kept_free(struct node *n) {
    for (uint32_t i = 0; i <= LIMIT_KEPT; i++) {
        append_free(&n->kept[i].bytes);
        arena_free(&n->kept[i].arena);
    }
}

/* A large statement's memory is not held on to. */
static void slim(struct kept *k) {
    if (k == NULL) return;
    if (k->bytes.room > LIMIT_KEPT_BYTES) {
        append_free(&k->bytes);
        k->bytes = append_growing(LIMIT_TOLD_BYTES);
    }
    arena_reset(&k->arena);
    if (k->arena.room <= LIMIT_KEPT_BYTES) return;
    arena_free(&k->arena);
    arena_growing(&k->arena, LIMIT_SCRATCH_BYTES);
}

result node_prepare(struct node *n, const struct part *parts, uint32_t count, struct statement **out, struct fault *f) {
    assert(!n->options.read_only);
    if (n->failed) return node_broken(n, f);
    TRY(check_parts(parts, count, f));
    struct kept *k = n->prepared;
    struct decoder d = n->decoder;
    struct part *salted = NULL;
    arena_reset(&n->scratch);
    slim(k);
    if (n->kept_taken == k) n->kept_taken = NULL; /* applied long ago */
    n->is_prepared = false;
    TRY(with_salts(n, parts, count, &salted, f));
    TRY(put_parts(salted, count, &k->bytes, f));
    result r = record_parse(append_view(&k->bytes), &k->arena, &k->parts, &k->count, f);
    assert(result_is_ok(r) || r.code == RESULT_FULL);
    if (!result_is_ok(r)) return fail(f, RESULT_TOO_LARGE, "parts", "no memory for %u parts", count);
    d.arena = &k->arena;
    TRY(decode_parts(&d, k->parts, k->count, false, &k->statement, f));
    n->is_prepared = true;
    *out = &k->statement;
    return OK;
}

result node_submit_prepared(struct node *n, instant now, uint64_t ticket, struct fault *f) {
    struct kept *k = n->prepared;
    assert(n->is_prepared && k->statement.kind != KIND_TICK && ticket != 0 && ticket != NODE_TICKET_TICK);
    assert(k->statement.origin != ORIGIN_SIGNED || k->statement.proven); /* once ordered, the lines are trusted */
    if (n->failed) return node_broken(n, f);
    TRY(admit(n, k->statement.kind, k->bytes.size, f));
    TRY(propose(n, append_view(&k->bytes), now, ticket, f));
    n->is_prepared = false;
    if (n->kept_free_count == 0) return OK; /* it will be decoded again */
    k->ticket = ticket;
    n->kept_out[n->kept_out_count++] = (uint16_t)(k - n->kept);
    n->prepared = &n->kept[n->kept_free[--n->kept_free_count]];
    return OK;
}

struct kept *node_kept_take(struct node *n, const struct sequenced_event *e) {
    uint32_t i = 0;
    slim(n->kept_taken);
    n->kept_taken = NULL;
    if (e->ticket == 0) return NULL;
    while (i < n->kept_out_count && n->kept[n->kept_out[i]].ticket != e->ticket) i++;
    if (i == n->kept_out_count) return NULL;
    uint16_t slot = n->kept_out[i];
    struct kept *k = &n->kept[slot];
    n->kept_out_count--;
    memmove(&n->kept_out[i], &n->kept_out[i + 1], (n->kept_out_count - i) * sizeof n->kept_out[0]);
    n->kept_free[n->kept_free_count++] = slot;
    n->kept_taken = k;
    bool same = e->what == SEQUENCED_ORDERED && text_equal(e->bytes, append_view(&k->bytes));
    return same ? k : NULL;
}

/* --- ticks --- */

/* Of the first one after a start nothing is counted: how long the server was down is no lateness of it. */
static void count_tick(struct node *n, instant now) {
    if (n->numbers.ticks++ == 0) return;
    int64_t late_ns = now - n->next_tick;
    n->numbers.ticks_missed += (uint64_t)(late_ns / n->tick_ns);
    histogram_add(&n->numbers.tick_late_ns, late_ns);
}

result node_tick(struct node *n, instant now, int64_t error_ns, bool unsure, struct fault *f) {
    if (n->failed) return node_broken(n, f);
    if (n->tick_waits || now < n->next_tick) return OK;
    struct body_tick t = {.tick = state_tick(n->state) + 1, .error_ns = error_ns, .unsure = unsure};
    char room[256];
    struct append bytes = append_fixed(room, sizeof room);
    decode_tick_render(&t, &bytes);
    assert(!bytes.full);
    struct part p = {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    TRY(put_parts(&p, 1, &n->text, f));
    /* Its own time, not that of a loop that had much to do: leaves are everybody's to read. */
    TRY(propose(n, append_view(&n->text), now - now % n->tick_ns, NODE_TICKET_TICK, f));
    n->tick_waits = true;
    count_tick(n, now);
    n->next_tick = now - now % n->tick_ns + n->tick_ns;
    return OK;
}

instant node_next_tick(const struct node *n) { return n->next_tick; }
