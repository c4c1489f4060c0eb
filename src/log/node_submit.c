/* What the node takes in: checked, admitted, given to the sequencer. */
#include <assert.h>
#include <stdlib.h>

#include "core/dss.h"
#include "log/node_private.h"

result node_broken(const struct node *n, struct fault *f) {
    return fail(f, n->failure.code == RESULT_OK ? RESULT_IO : n->failure.code, n->failure.field, "%s", n->failure.message);
}

/* How many quarters of the reserve must be left above it for this kind: what warns people goes on longest. */
static unsigned kind_class(enum statement_kind k) {
    switch (k) {
    case KIND_FRAME: return 12;
    case KIND_FLIGHT: case KIND_FLIGHT_ACTIVATE: case KIND_FLIGHT_END: case KIND_FLIGHT_CANCEL: case KIND_FLIGHT_RELEASE:
    case KIND_JOIN: case KIND_JOIN_UNDO: case KIND_DSS: return 8;
    case KIND_NOTICE: case KIND_NOTICE_ACTIVATE: case KIND_NOTICE_OVER: case KIND_NOTICE_CANCEL: case KIND_OPEN: case KIND_ACK:
    case KIND_HOLD: case KIND_HOLD_ANSWER: case KIND_MESSAGE: case KIND_CLOCK: case KIND_TICK: case KIND_CONTINUE:
    case KIND_SNAPSHOT: case KIND_SNAPSHOT_DIGEST: case KIND_CAPACITY: case KIND_GROW: case KIND_BRIDGE: return 0;
    default: return 4;
    }
}

/* At most so much of the disk will `bytes` of proposals take: their records, what others are told of them (as JSON strings, so that a byte may become
 * two), hashes, and the rest of the last sectors. */
static uint64_t on_disk(const struct node *n, uint64_t bytes, uint64_t count, bool told) {
    uint64_t records = told ? 1 + 2 * (uint64_t)state_party_count(n->state) : 1;
    return (bytes + bytes / 2 + count * LIMIT_RECORD_BESIDE) * records;
}

/* What the record will hold beside the proposal: the reply of a call, which stands in its outcome and may be far longer than the call. */
static uint64_t reply_of(const struct node *n, const struct statement *s) {
    /* Each call that waits before it may put one more entity into it. */
    return s->kind == KIND_DSS ? dss_reply_most(n->state, s->dss) + n->numbers.queued * 8 * LIMIT_RECORD_BESIDE : 0;
}

/* Free space is known as it was after the last batch. What has been taken in since, and what this statement will cause, counts as gone: else a few
 * large statements together would use up what ticks need, and the first write that fails ends the server. */
static result admit(struct node *n, enum statement_kind kind, uint64_t bytes, uint64_t reply, struct fault *f) {
    const struct node_numbers *k = &n->numbers;
    if (state_order(n->state) - n->reserve_order >= LIMIT_RESERVE_LOOK) node_reserve(n);
    uint64_t need = k->snapshot_bytes /* the next one stands beside the two before it */ + k->disk_reserve + k->disk_reserve / 4 * kind_class(kind);
    need += n->writing_bytes + node_batch_on_disk(n->current) + node_batch_on_disk(n->ended) + on_disk(n, k->queued_bytes, k->queued, true) + on_disk(n, n->queued_replies, 0, false) +
            on_disk(n, bytes + reply, 1, statement_kind_commits(kind));
    if (k->disk_free >= need) return OK;
    n->numbers.refused_full++;
    /* No figures: they would tell every party how much the others write. The operator has them in /metrics. */
    return fail(f, RESULT_FULL, "disk", "has no room left for %s: what warns people has to go on", statement_kind_name(kind));
}

result node_admit(struct node *n, enum statement_kind kind, uint64_t bytes, struct fault *f) { return admit(n, kind, bytes, 0, f); }

static result propose(struct node *n, struct text bytes, instant now, uint64_t ticket, struct fault *f) {
    struct proposal p = {ticket, now, bytes};
    result r = n->sequencer->methods->propose(n->sequencer, &p, f);
    if (result_is_ok(r)) n->numbers.queued++, n->numbers.queued_bytes += p.bytes.size;
    else n->numbers.refused_busy++;
    return r;
}

/* Salts that nobody drew yet are drawn here; a section's is its sender's and stays. */
static result put_parts(const struct node *n, const struct part *parts, uint32_t count, struct append *out, struct fault *f) {
    static const uint8_t none[32];
    append_reset(out);
    record_put_count(out, count);
    for (uint32_t i = 0; i < count; i++) {
        struct part p = parts[i];
        if (p.part_class != PART_SECTION && memcmp(p.salt, none, sizeof none) == 0) node_salt(n, p.salt);
        record_put_part(out, &p);
    }
    return out->full ? fail(f, RESULT_TOO_LARGE, "statement", "does not fit into memory") : OK;
}

static result check_parts(const struct part *parts, uint32_t count, struct fault *f) {
    if (count == 0) return fail(f, RESULT_MALFORMED, "parts", "there is none");
    for (uint32_t i = 0; i < count; i++) {
        const struct part *p = &parts[i];
        if (p->name.size == 0 || p->name.size > 32) return fail(f, RESULT_MALFORMED, "parts", "part %u: a name has 1 to 32 characters", i);
        if (p->part_class == PART_OUTCOME || p->part_class == PART_ORDER || p->part_class == PART_TOLD)
            return fail(f, RESULT_MALFORMED, "parts", "part %u is the server's own", i);
        size_t most = p->part_class == PART_REQUEST ? LIMIT_BODY_BYTES + LIMIT_TEXT_BYTES /* a call of another door: path and body */ : LIMIT_SECTION_BYTES;
        if (p->bytes.size > most || (p->bytes.at == NULL && p->bytes.size > 0))
            return fail(f, RESULT_TOO_LARGE, "parts", "part %u has %zu bytes; at most %zu", i, p->bytes.size, most);
    }
    return OK;
}

result node_submit(struct node *n, const struct part *parts, uint32_t count, instant now, uint64_t ticket, struct fault *f) {
    assert(!node_own_ticket(ticket) && !n->options.read_only);
    if (n->failed) return node_broken(n, f);
    TRY(check_parts(parts, count, f));
    enum statement_kind kind = KIND_FRAME;
    uint64_t reply = 0;
    arena_reset(&n->scratch);
    if (parts[0].part_class != PART_FRAME) { /* a frame's parts are made by the door itself and decoded once, when ordered */
        struct decoder d = n->decoder;
        struct statement s = {0};
        d.arena = &n->scratch;
        TRY(decode_parts(&d, parts, count, true, &s, f));
        kind = s.kind;
        reply = reply_of(n, &s);
    }
    TRY(put_parts(n, parts, count, &n->text, f));
    TRY(admit(n, kind, n->text.size, reply, f));
    n->queued_replies += reply; /* no decoding of it is kept: it counts until nothing waits any more */
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

/* Of the node only what never changes once it is open: node_read comes from another thread. */
static result prepare(const struct node *n, struct json_reader *json, struct kept *k, const struct part *parts, uint32_t count, struct fault *f) {
    struct decoder d = n->decoder;
    TRY(check_parts(parts, count, f));
    slim(k);
    TRY(put_parts(n, parts, count, &k->bytes, f));
    result r = record_parse(append_view(&k->bytes), &k->arena, &k->parts, &k->count, f);
    assert(result_is_ok(r) || r.code == RESULT_FULL);
    if (!result_is_ok(r)) return fail(f, RESULT_TOO_LARGE, "parts", "no memory for %u parts", count);
    d.json = json;
    d.arena = &k->arena;
    return decode_parts(&d, k->parts, k->count, false, &k->statement, f);
}

/* What was in it was applied long ago, or never asked for. */
static struct kept *begin_prepared(struct node *n) {
    if (n->kept_taken == n->prepared) n->kept_taken = NULL;
    n->is_prepared = false;
    return n->prepared;
}

result node_prepare(struct node *n, const struct part *parts, uint32_t count, struct statement **out, struct fault *f) {
    assert(!n->options.read_only);
    if (n->failed) return node_broken(n, f);
    struct kept *k = begin_prepared(n);
    TRY(prepare(n, n->json, k, parts, count, f));
    n->is_prepared = true;
    *out = &k->statement;
    return OK;
}

/* --- decoded aside --- */

struct node_reading { struct json_reader *json; struct kept kept; bool good; };

struct node_reading *node_reading_new(struct json_reader *json) {
    struct node_reading *g = calloc(1, sizeof *g);
    if (g == NULL) return NULL;
    g->json = json;
    g->kept.bytes = append_growing(LIMIT_TOLD_BYTES);
    arena_growing(&g->kept.arena, LIMIT_SCRATCH_BYTES);
    return g;
}

void node_reading_free(struct node_reading *g) {
    if (g == NULL) return;
    append_free(&g->kept.bytes);
    arena_free(&g->kept.arena);
    free(g);
}

result node_read(const struct node *n, struct node_reading *g, const struct part *parts, uint32_t count, struct fault *f) {
    g->good = false;
    TRY(prepare(n, g->json, &g->kept, parts, count, f));
    g->good = true;
    return OK;
}

/* The memory changes hands, nothing is copied: all that the statement points to lies in blocks of it. */
result node_adopt(struct node *n, struct node_reading *g, struct statement **out, struct fault *f) {
    assert(g->good && !n->options.read_only);
    g->good = false;
    if (n->failed) return node_broken(n, f);
    struct kept *k = begin_prepared(n), mine = *k;
    *k = g->kept;
    g->kept = mine;
    n->is_prepared = true;
    *out = &k->statement;
    return OK;
}

result node_submit_prepared(struct node *n, instant now, uint64_t ticket, struct fault *f) {
    struct kept *k = n->prepared;
    assert(n->is_prepared && k->statement.origin != ORIGIN_SERVER && !node_own_ticket(ticket));
    assert(k->statement.origin != ORIGIN_SIGNED || k->statement.proven); /* once ordered, the lines are trusted */
    if (n->failed) return node_broken(n, f);
    k->reply = reply_of(n, &k->statement);
    TRY(admit(n, k->statement.kind, k->bytes.size, k->reply, f));
    TRY(propose(n, append_view(&k->bytes), now, ticket, f));
    n->is_prepared = false;
    n->queued_replies += k->reply;
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
    if (node_own_ticket(e->ticket)) return NULL;
    while (i < n->kept_out_count && n->kept[n->kept_out[i]].ticket != e->ticket) i++;
    if (i == n->kept_out_count) return NULL;
    uint16_t slot = n->kept_out[i];
    struct kept *k = &n->kept[slot];
    n->queued_replies -= k->reply < n->queued_replies ? k->reply : n->queued_replies;
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

result node_propose_own(struct node *n, struct part *p, instant time, uint64_t ticket, struct fault *f) {
    p->part_class = PART_REQUEST;
    p->name = TEXT("request");
    TRY(put_parts(n, p, 1, &n->text, f));
    return propose(n, append_view(&n->text), time, ticket, f);
}

result node_tick(struct node *n, instant now, int64_t error_ns, bool unsure, struct fault *f) {
    if (n->failed) return node_broken(n, f);
    if ((n->ending && !node_owes(n)) || n->tick_waits || now < n->next_tick) return OK;
    struct body_tick t = {.tick = state_tick(n->state) + 1, .error_ns = error_ns, .unsure = unsure};
    char room[256];
    struct append bytes = append_fixed(room, sizeof room);
    decode_tick_render(&t, &bytes);
    assert(!bytes.full);
    /* Its own time, not that of a loop that had much to do: leaves are everybody's to read. */
    struct part p = {.bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    TRY(node_propose_own(n, &p, now - now % n->tick_ns, NODE_TICKET_TICK, f));
    n->tick_waits = true;
    count_tick(n, now);
    n->next_tick = now - now % n->tick_ns + n->tick_ns;
    node_keep(n, t.tick);
    return OK;
}

/* One at a time, behind what was proposed before: whoever speaks meanwhile has his turn between two of them. No time passes with it: those who are
 * told of what is found get no figure of how long it took. One that is refused or lost is proposed again; one that cannot be proposed, with the next poll. */
void node_continue(struct node *n) {
    if (n->failed || n->ending || n->continue_waits || n->options.read_only || state_backlog(n->state) == 0) return;
    struct body_continue b = {.number = state_continues(n->state) + 1};
    char room[64];
    struct append bytes = append_fixed(room, sizeof room);
    struct fault f;
    decode_continue_render(&b, &bytes);
    assert(!bytes.full);
    struct part p = {.bytes = append_view(&bytes)};
    if (n->options.salt != NULL) n->options.salt(PARTY_OPERATOR, b.number, PART_REQUEST, p.salt); /* twins differ in how often they continue */
    else node_salt(n, p.salt);
    n->continue_waits = result_is_ok(node_propose_own(n, &p, state_time(n->state), NODE_TICKET_CONTINUE, &f));
}

instant node_next_tick(const struct node *n) { return n->next_tick; }
