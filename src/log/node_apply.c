/* Statement -> step -> records: used when a statement has just been ordered and when it comes back from the journal. */
#include <assert.h>
#include <stdlib.h>

#include "base/rand.h"
#include "core/figures.h"
#include "log/node_private.h"

void *node_room(void *at, size_t *room, size_t need, size_t each) {
    if (need <= *room) return at;
    size_t next = *room == 0 ? 64 : *room;
    while (next < need) next *= 2;
    void *bigger = realloc(at, next * each);
    if (bigger == NULL) abort();
    *room = next;
    return bigger;
}

void node_salt(const struct node *n, uint8_t salt[32]) {
    if (n->options.random != NULL) n->options.random(salt, 32);
    else random_bytes(salt, 32);
}

/* Is {size, root} a prefix of our log, as far as it was given out? A sender can know no more of it than that. */
result node_seen(struct node *n, const struct statement *s, uint64_t log_size, bool *prefix, struct fault *f) {
    *prefix = false;
    if (s->seen_size > log_size) return OK;
    struct streams_store room;
    struct merkle_store store = streams_log_store(n->streams, &room);
    struct hash root;
    TRY(merkle_root_at(&store, s->seen_size, &root, f));
    *prefix = hash_equal(&root, &s->seen_root);
    return OK;
}

result node_decode(struct node *n, struct part *parts, uint32_t count, bool verify, struct folded *out, struct fault *f) {
    out->parts = parts;
    out->count = count;
    return decode_parts(&n->decoder, parts, count, verify, &out->statement, f);
}

result node_fold(struct node *n, instant time, const bool *seen, struct folded *out, struct fault *f) {
    struct statement *s = &out->statement;
    for (uint32_t i = 0; i < s->section_count; i++) {
        assert(s->sections[i].part < out->count);
        out->parts[s->sections[i].part].slot = s->sections[i].slot;
    }
    if (s->kind == KIND_GROW && s->grow.order == state_wanted_order(n->state)) TRY(node_grow_memory(n, f)); /* there already, but in replay */
    s->order = state_order(n->state) + 1;
    s->time = time;
    if (s->has_seen && seen != NULL) s->seen_is_prefix = *seen;
    if (s->has_seen && seen == NULL) TRY(node_seen(n, s, n->sealed.log_size, &s->seen_is_prefix, f));
    uint64_t tick = state_tick(n->state);
    int64_t began_ns = monotonic_ns();
    state_step(n->state, s, &out->outcome, n->effects);
    out->step_ns = monotonic_ns() - began_ns;
    out->effects = n->effects;
    out->ticked = state_tick(n->state) != tick;
    out->recorded = out->outcome.verdict != VERDICT_REPEATED && out->outcome.party != PARTY_NONE;
    assert(state_order(n->state) == (out->recorded ? s->order : s->order - 1));
    assert(out->recorded || !out->ticked);
    for (unsigned i = 0; i < 1u << LIMIT_SECTIONS; i++) append_reset(&n->tail[i]);
    return OK;
}

/* Where many are called again and again, a tick takes more than its own record; 24 h of that are kept. */
void node_tick_cost(struct node *n, uint64_t bytes, uint64_t records) {
    bytes += n->between_bytes;
    records += n->between_records;
    n->between_bytes = n->between_records = 0;
    uint64_t cost = bytes + bytes / 4 + records * (LIMIT_RECORD_BESIDE / 4) + LIMIT_RECORD_BESIDE;
    uint64_t mean = n->tick_bytes + cost / LIMIT_TICK_MEAN - n->tick_bytes / LIMIT_TICK_MEAN;
    n->tick_bytes = mean < LIMIT_TICK_MOST ? mean : LIMIT_TICK_MOST;
    node_reserve(n);
}

void node_continue_cost(struct node *n, uint64_t bytes, uint64_t records) {
    n->between_bytes += bytes;
    n->between_records += records;
}

/* What is called already shows in the mean; what will be, when deadlines pass, only in the state. */
void node_reserve(struct node *n) {
    uint64_t ticks = (uint64_t)(LIMIT_RESERVE_NS / n->tick_ns);
    assert(n->tick_bytes <= LIMIT_TICK_MOST && ticks <= UINT64_MAX / LIMIT_TICK_MOST); /* a tick is a tenth of a second at least */
    uint64_t by_mean = ticks * n->tick_bytes, by_state = ticks * LIMIT_TICK_BYTES + figures_calls(n->state, LIMIT_RESERVE_NS) * LIMIT_CALL_BYTES;
    n->numbers.disk_reserve = by_mean > by_state ? by_mean : by_state;
    n->reserve_order = state_order(n->state);
}

void node_order_part(const struct folded *s, bool told, struct append *out) {
    append_str(out, "{\"order\":");
    append_decimal(out, (int64_t)s->statement.order);
    append_str(out, ",\"time\":\"");
    append_instant_exact(out, s->statement.time);
    append_str(out, "\",\"seen\":");
    bool judged = !told && s->statement.has_seen;
    append_str(out, !judged ? "null}" : s->statement.seen_is_prefix ? "true}" : "false}");
}

/* What every party that is told the same sections of a statement gets: the sender's own bytes. */
static void render_tail(const struct folded *s, uint8_t sections, struct append *out) {
    const struct part *first = &s->parts[0];
    append_str(out, first->part_class == PART_NOTE ? ",\"note\":" : ",\"request\":");
    append_json_string(out, first->bytes);
    append_str(out, ",\"sections\":[");
    bool comma = false;
    for (uint32_t i = 0; i < s->statement.section_count; i++) {
        const struct section *section = &s->statement.sections[i];
        const struct part *p = &s->parts[section->part];
        if ((sections >> section->slot & 1) == 0) continue;
        append_format(out, "%s{\"slot\":%u,\"salt\":\"", comma ? "," : "", section->slot);
        append_hex(out, p->salt, sizeof p->salt);
        append_str(out, "\",\"bytes\":");
        append_json_string(out, p->bytes);
        append_char(out, '}');
        comma = true;
    }
    append_char(out, ']');
}

struct text node_told_part(struct node *n, const struct folded *s, uint32_t i) {
    const struct effect *e = &s->effects->at[i];
    append_reset(&n->text);
    told_render_open(n->state, &s->statement, e, &n->text);
    if (e->kind == TOLD_STATEMENT) {
        struct append *tail = &n->tail[e->sections & ((1u << LIMIT_SECTIONS) - 1)];
        if (tail->size == 0) render_tail(s, e->sections, tail);
        append_text(&n->text, append_view(tail));
    }
    append_char(&n->text, '}');
    assert(!n->text.full);
    return append_view(&n->text);
}

/* --- into the batch at hand --- */

static struct made *begin_made(struct batch *b, uint16_t party, uint64_t place, const struct folded *s) {
    b->made = node_room(b->made, &b->made_room, b->made_count + 1, sizeof *b->made);
    struct made *m = &b->made[b->made_count++];
    *m = (struct made){.party = party, .place = place, .order = s->statement.order, .time = s->statement.time, .at = b->payload.size};
    return m;
}

static void end_made(struct batch *b, struct made *m) {
    if (b->payload.full) abort(); /* no memory: a step cannot be taken back */
    m->size = b->payload.size - m->at;
}

static void put_own_part(struct node *n, struct batch *b, const struct made *m, uint8_t part_class, const char *name, struct text bytes) {
    struct part p = {.part_class = part_class, .name = text_of(name), .bytes = bytes};
    if (n->options.salt != NULL) n->options.salt(m->party, m->place, part_class, p.salt);
    else node_salt(n, p.salt);
    record_put_part(&b->payload, &p);
}

static bool is_late(uint8_t part_class) { return part_class == PART_CLAIMS || part_class == PART_CREDENTIAL; }

static void put_parts(struct batch *b, const struct folded *s, uint8_t part_class) {
    for (uint32_t i = 0; i < s->count; i++)
        if (s->parts[i].part_class == part_class) record_put_part(&b->payload, &s->parts[i]);
}

/* FORMAT.md, "Record": note | request | frame and aircraft, sections, outcome, claims, credential, order. */
static void put_record(struct node *n, struct batch *b, const struct folded *s, struct text outcome) {
    struct made *m = begin_made(b, s->outcome.party, s->outcome.place, s);
    m->has_commit = statement_kind_commits(s->statement.kind);
    memcpy(m->commit, s->statement.commit, sizeof m->commit);
    record_put_count(&b->payload, s->count + 2);
    for (uint32_t i = 0; i < s->count; i++)
        if (!is_late(s->parts[i].part_class)) record_put_part(&b->payload, &s->parts[i]);
    put_own_part(n, b, m, PART_OUTCOME, "outcome", outcome);
    put_parts(b, s, PART_CLAIMS);
    put_parts(b, s, PART_CREDENTIAL);
    append_reset(&n->text);
    node_order_part(s, false, &n->text);
    put_own_part(n, b, m, PART_ORDER, "order", append_view(&n->text));
    end_made(b, m);
}

static void put_told(struct node *n, struct batch *b, const struct folded *s, uint32_t i) {
    struct made *m = begin_made(b, s->effects->at[i].party, s->effects->at[i].place, s);
    m->told = true;
    record_put_count(&b->payload, 2);
    put_own_part(n, b, m, PART_TOLD, "told", node_told_part(n, s, i));
    append_reset(&n->text);
    node_order_part(s, true, &n->text);
    put_own_part(n, b, m, PART_ORDER, "order", append_view(&n->text));
    end_made(b, m);
}

static struct answer *add_answer(struct batch *b, uint64_t ticket, enum sequenced what) {
    b->answers = node_room(b->answers, &b->answer_room, b->answer_count + 1, sizeof *b->answers);
    struct answer *a = &b->answers[b->answer_count++];
    memset(a, 0, sizeof *a);
    a->ticket = ticket;
    a->what = what;
    return a;
}

static void take_folded(struct node *n, const struct folded *s, uint64_t ticket) {
    struct batch *b = n->current;
    size_t json_at = b->json.size, before = b->payload.size;
    outcome_render(&s->statement, &s->outcome, &b->json);
    if (b->json.full) abort();
    struct text outcome = {b->json.at + json_at, b->json.size - json_at};
    if (s->recorded) {
        put_record(n, b, s, outcome);
        for (uint32_t i = 0; i < s->effects->count; i++) put_told(n, b, s, i);
    }
    if (s->ticked) {
        node_tick_cost(n, b->payload.size - before, 1 + (uint64_t)s->effects->count);
        b->marks = node_room(b->marks, &b->mark_room, b->mark_count + 1, sizeof *b->marks);
        b->marks[b->mark_count++] = (struct mark){.after = b->made_count, .tick = state_tick(n->state),
                                                  .order = s->statement.order, .time = s->statement.time,
                                                  .parties = state_party_count(n->state)};
    }
    if (node_between(s->statement.kind)) node_continue_cost(n, b->payload.size - before, 1 + (uint64_t)s->effects->count);
    b->order = state_order(n->state);
    if (s->statement.kind == KIND_SNAPSHOT && s->outcome.verdict == VERDICT_ACCEPTED) {
        b->snapshot = b->order; /* the batch ends here */
        n->keep.marked = state_tick(n->state);
    }
    if (node_own_ticket(ticket)) return;
    struct answer *a = add_answer(b, ticket, SEQUENCED_ORDERED);
    a->outcome = s->outcome;
    a->json_at = json_at;
    a->json_size = b->json.size - json_at;
    a->statement = s->statement.hash;
    a->party = s->outcome.party;
    a->place = s->outcome.place;
}

/* What the node says itself, ordered twice because it could not know of the first: the second passes no time, goes on with nothing, keeps nothing. */
static bool is_stale(const struct node *n, const struct part *parts, uint32_t count) {
    struct statement s = {0};
    if (count != 1 || parts[0].part_class != PART_REQUEST) return false;
    if (!result_is_ok(decode_parts(&n->decoder, parts, count, false, &s, NULL))) return false;
    if (s.kind == KIND_GROW) return s.grow.order != state_wanted_order(n->state);
    if (s.kind == KIND_BRIDGE) return s.bridge.number != state_bridge_number(n->state) + 1;
    if (s.kind == KIND_COSIGNED) return s.cosigned.number != state_cosigned_number(n->state) + 1;
    if (s.kind == KIND_CONTINUE) return s.onward.number != state_continues(n->state) + 1;
    if (s.kind == KIND_SNAPSHOT) return s.snapshot.number != state_snapshots(n->state) + 1;
    if (s.kind == KIND_SNAPSHOT_DIGEST) return s.snapshot_digest.order != state_snapshot_order(n->state);
    return s.kind == KIND_TICK && s.tick.tick != state_tick(n->state) + 1;
}

/* Into s, from what was decoded when it was proposed, or anew. */
static result decode_ordered(struct node *n, const struct sequenced_event *e, const struct kept *k, struct folded *s, bool *stale, struct fault *f) {
    struct part *parts = NULL;
    uint32_t count = 0;
    *stale = false;
    if (k != NULL) {
        s->statement = k->statement;
        s->parts = k->parts;
        s->count = k->count;
        return OK;
    }
    result r = record_parse(e->bytes, &n->decoded, &parts, &count, &n->failure);
    assert(result_is_ok(r)); /* node_submit made these bytes */
    *stale = is_stale(n, parts, count);
    return *stale ? OK : node_decode(n, parts, count, false, s, f);
}

/* Never before what stands in the record. What the server says itself passes no time (FORMAT.md, 14), though what was refused before it may have had a later one; a tick does. */
static instant time_of(const struct node *n, const struct sequenced_event *e, enum statement_kind kind) {
    instant now = state_time(n->state);
    bool none = kind == KIND_CONTINUE || kind == KIND_SNAPSHOT || kind == KIND_SNAPSHOT_DIGEST || kind == KIND_GROW || kind == KIND_BRIDGE || kind == KIND_COSIGNED;
    return none || e->time < now ? now : e->time;
}

void node_apply(struct node *n, const struct sequenced_event *e) {
    if (e->ticket == NODE_TICKET_TICK) n->tick_waits = false;
    if (e->ticket == NODE_TICKET_CONTINUE) n->continue_waits = false;
    if (e->ticket == NODE_TICKET_SNAPSHOT || e->ticket == NODE_TICKET_DIGEST) node_keep_ordered(n, e->ticket, e->what == SEQUENCED_ORDERED);
    if (e->ticket == NODE_TICKET_GROW) n->grow_waits = false;
    if (e->ticket == NODE_TICKET_BRIDGE) n->bridge_waits = false;
    if (e->ticket == NODE_TICKET_COSIGNED) n->cosigned_waits = false;
    const struct kept *k = node_kept_take(n, e);
    if (e->what != SEQUENCED_ORDERED) {
        if (!node_own_ticket(e->ticket)) add_answer(n->current, e->ticket, e->what);
        return;
    }
    n->sequenced = n->current->sequencer = e->number;
    arena_reset(&n->decoded);
    struct folded s;
    struct fault f = {0};
    bool stale;
    int64_t began_ns = monotonic_ns();
    result r = decode_ordered(n, e, k, &s, &stale, &f);
    if (stale) return;
    if (result_is_ok(r)) r = node_fold(n, time_of(n, e, s.statement.kind), NULL, &s, &f);
    histogram_add(&n->numbers.step_ns, monotonic_ns() - began_ns);
    if (result_is_ok(r)) {
        slow_steps_add(&n->slow_steps, s.statement.kind, s.recorded ? s.statement.order : 0, s.statement.time, s.step_ns);
        take_folded(n, &s, e->ticket);
    } else if (r.code == RESULT_IO || r.code == RESULT_FULL) {
        n->failed = true;
        n->failure = f;
    } else if (!node_own_ticket(e->ticket)) {
        add_answer(n->current, e->ticket, SEQUENCED_REFUSED);
    }
}
