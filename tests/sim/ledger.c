/* The clients' memory of all that was given out as durable, kept outside of the server. Whatever entered here must be there after every crash, at
 * its place, the same; every statement once; and streams, log and checkpoints only grow. What became durable goes on to the auditor. */
#include <stdlib.h>

#include "sim.h"
#ifdef SIM_AUDIT
#include "audit.h"
#include "onlook.h"
#endif

enum { SLOTS_MOST = 8 };

struct entry { uint16_t party; struct node_record record; };

static void *more(void *at, size_t *room, size_t need, size_t each) {
    if (need <= *room) return at;
    size_t next = *room == 0 ? 256 : *room;
    while (next < need) next *= 2;
    void *bigger = realloc(at, next * each);
    if (bigger == NULL) abort();
    *room = next;
    return bigger;
}

/* --- what statement is this? By FORMAT.md, from the record's bytes alone --- */

static const struct part *part_of(const struct node_record *r, uint8_t part_class) {
    for (uint32_t i = 0; i < r->part_count; i++)
        if (r->parts[i].part_class == part_class) return &r->parts[i];
    return NULL;
}

static struct text member(struct text json, const char *name) {
    const char *at = memmem(json.at, json.size, name, strlen(name));
    if (at == NULL) return (struct text){NULL, 0};
    at += strlen(name);
    const char *end = memchr(at, '"', (size_t)(json.at + json.size - at));
    return end == NULL ? (struct text){NULL, 0} : (struct text){at, (size_t)(end - at)};
}

static struct hash attested_key(struct sim *s, const char *prefix, uint16_t party, const void *rest, size_t size) {
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, prefix, strlen(prefix));
    sha256_update(&h, s->log.bytes, SHA256_SIZE);
    sha256_update(&h, s->client[party].name.at, strlen(s->client[party].name.at));
    sha256_update(&h, "\n", 1);
    sha256_update(&h, rest, size);
    return sha256_final(&h);
}

struct hash ledger_plain_key(struct sim *s, uint16_t party, struct text idempotency) {
    return attested_key(s, "parley/idempotency/1\n", party, idempotency.at, idempotency.size);
}

struct hash ledger_call_key(struct sim *s, struct text request) { return attested_key(s, "call\n", 0, request.at, request.size); }

struct hash ledger_frame_key(struct sim *s, uint16_t party, struct text feed, uint64_t number) {
    char room[64];
    struct append rest = append_fixed(room, sizeof room);
    append_text(&rest, feed);
    append_char(&rest, '\n');
    append_u64(&rest, number);
    return attested_key(s, "parley/frame/1\n", party, room, rest.size);
}

static bool is_call(const struct node_record *r) {
    const struct part *claims = part_of(r, PART_CLAIMS);
    return r->parts[0].part_class == PART_REQUEST && claims != NULL && claims->bytes.size > 8 && memcmp(claims->bytes.at, "{\"sub\":\"", 8) == 0;
}

static struct hash key_of(struct sim *s, uint16_t party, const struct node_record *r) {
    const struct part *first = &r->parts[0], *claims = part_of(r, PART_CLAIMS);
    if (first->part_class == PART_NOTE) {
        static struct note note;
        struct fault f = {0};
        sim_must(s, note_parse(first->bytes, &note, &f), &f, "a recorded note");
        return sha256_of(note.text.at, note.text.size);
    }
    if (first->part_class == PART_FRAME) {
        struct cursor c = cursor_of(first->bytes.at, first->bytes.size);
        cursor_u8(&c);
        uint64_t number = cursor_u64(&c);
        cursor_bytes(&c, 10);
        uint8_t size = cursor_u8(&c);
        return ledger_frame_key(s, party, (struct text){first->bytes.at + 20, size}, number);
    }
    if (first->part_class == PART_REQUEST && claims != NULL && is_call(r)) return ledger_call_key(s, member(claims->bytes, "\"request\":\""));
    if (first->part_class == PART_REQUEST && claims != NULL) return ledger_plain_key(s, party, member(claims->bytes, "\"idempotency\":\""));
    return (struct hash){{0}};
}

/* --- the index by statement --- */

static uint64_t *cell(const struct ledger *l, const struct hash *key) {
    uint64_t code;
    memcpy(&code, key->bytes, sizeof code);
    for (size_t i = (size_t)(code % l->index_room);; i = i + 1 == l->index_room ? 0 : i + 1) {
        uint64_t v = l->index[i];
        if (v == 0) return &l->index[i];
        if (hash_equal(&l->stream[v >> 48].at[(v & 0xffffffffffff) - 1].key, key)) return &l->index[i];
    }
}

static void index_grow(struct ledger *l) {
    uint64_t *old = l->index;
    size_t room = l->index_room;
    if (l->index_used * 2 < room) return;
    l->index_room = room == 0 ? 4096 : room * 2;
    l->index = calloc(l->index_room, sizeof *l->index);
    if (l->index == NULL) abort();
    for (size_t i = 0; i < room; i++)
        if (old[i] != 0) *cell(l, &l->stream[old[i] >> 48].at[(old[i] & 0xffffffffffff) - 1].key) = old[i];
    free(old);
}

const struct ledger_record *ledger_find(const struct sim *s, const struct hash *key, uint16_t *party, uint64_t *place) {
    if (s->ledger.index_room == 0) return NULL;
    uint64_t v = *cell(&s->ledger, key);
    if (v == 0) return NULL;
    *party = (uint16_t)(v >> 48);
    *place = (v & 0xffffffffffff) - 1;
    return &s->ledger.stream[*party].at[*place];
}

/* A statement stands in the log once. It may stand there before that as one that waited for signatures or was refused for want of room. A refusal
 * that itself found no room to be remembered may come again. */
static void enter(struct sim *s, uint16_t party, struct ledger_record *r) {
    struct ledger *l = &s->ledger;
    struct ledger_stream *stream = &l->stream[party];
    static const struct hash none;
    stream->at = more(stream->at, &stream->room, stream->count + 1, sizeof *stream->at);
    stream->at[stream->count++] = *r;
    if (r->told || hash_equal(&r->key, &none)) return;
    index_grow(l);
    uint64_t *at = cell(l, &r->key);
    if (*at == 0) {
        l->index_used++;
    } else {
        const struct ledger_record *before = &l->stream[*at >> 48].at[(*at & 0xffffffffffff) - 1];
        bool small = s->plan.capacity.recent / s->plan.capacity.parties < 600;
        bool old = r->time - before->time >= LIMIT_DEDUPE_NS; /* after a week a repeat is a new statement */
        if (before->final && !old && (before->accepted || !small))
            sim_fail(s, "a statement of %s stands at place %llu and again at %llu", s->client[party].name.at,
                     (unsigned long long)((*at & 0xffffffffffff) - 1), (unsigned long long)(stream->count - 1));
    }
    *at = (uint64_t)party << 48 | stream->count;
}

/* --- reading on --- */

static int by_order(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->record.order != y->record.order) return x->record.order < y->record.order ? -1 : 1;
    bool told_x = x->record.parts[0].part_class == PART_TOLD, told_y = y->record.parts[0].part_class == PART_TOLD;
    if (told_x != told_y) return told_x ? 1 : -1;
    if (x->party != y->party) return x->party < y->party ? -1 : 1;
    return x->record.place < y->record.place ? -1 : x->record.place > y->record.place;
}

static void read_leaf(struct sim *s) {
    struct ledger *l = &s->ledger;
    struct fault f = {0};
    append_reset(&l->text);
    sim_must(s, node_log_leaf(s->node, l->leaf_count, &l->text, &f), &f, "a leaf of the log");
    l->leaves = more(l->leaves, &l->leaf_room, l->leaf_count + 1, sizeof *l->leaves);
    l->leaves[l->leaf_count] = merkle_leaf(l->text.at, l->text.size);
    (void)merkle_append(&l->tree, &l->leaves[l->leaf_count++], NULL);
#ifdef SIM_AUDIT
    if (l->audit != NULL) audit_leaf(l->audit, l->text.at, l->text.size);
#endif
}

static bool is_own(const struct node_record *r) { return r->parts[0].part_class == PART_REQUEST && part_of(r, PART_CLAIMS) == NULL; }
static bool is_tick(const struct node_record *r) { return is_own(r) && memmem(r->parts[0].bytes.at, r->parts[0].bytes.size, "\"tick\":", 7) != NULL; }

static void take(struct sim *s, const struct entry *e) {
    struct ledger *l = &s->ledger;
    const struct part *outcome = part_of(&e->record, PART_OUTCOME);
    struct ledger_record r = {.root = e->record.root, .order = e->record.order, .time = e->record.time, .told = e->record.parts[0].part_class == PART_TOLD};
    if (!r.told) {
        if (outcome == NULL) sim_fail(s, "a record of %s has no outcome", s->client[e->party].name.at);
        struct text verdict = member(outcome->bytes, "\"verdict\":\""), reason = member(outcome->bytes, "\"reason\":\"");
        r.key = key_of(s, e->party, &e->record);
        r.accepted = text_is(verdict, "accepted");
        r.full = text_is(verdict, "refused") && text_is(reason, "full");
        bool frame = e->record.parts[0].part_class == PART_FRAME; /* one that came too late for its feed is refused whenever it comes */
        r.final = r.accepted || (text_is(verdict, "refused") && !r.full && !frame);
        s->figures.refused += text_is(verdict, "refused");
        s->figures.pending += text_is(verdict, "pending");
        s->figures.statements += !is_own(&e->record);
        s->figures.ticks += is_tick(&e->record);
        s->figures.accepted += r.accepted && !is_own(&e->record);
        bool call = is_call(&e->record);
        s->figures.full += r.full && !call;
        s->figures.calls += call;
        s->figures.called += call && r.accepted;
        s->figures.called_full += call && r.full;
        s->figures.wanting += call && text_is(reason, "conflict");
        s->figures.leads += memmem(outcome->bytes.at, outcome->bytes.size, "\"agreed_s\":", 11) != NULL;
    } else {
        struct text told = e->record.parts[0].bytes;
        s->figures.alerts += text_is(member(told, "\"told\":\""), "alert") && text_is(member(told, "\"state\":\""), "began");
        s->figures.released += text_is(member(told, "\"told\":\""), "subscribers");
    }
    enter(s, e->party, &r);
#ifdef SIM_AUDIT
    if (l->audit == NULL) return;
    append_reset(&l->text);
    node_record_render(&e->record, true, &l->text);
    audit_record(l->audit, s->client[e->party].name.at, l->text.at, l->text.size);
#else
    (void)l;
#endif
}

static void check_checkpoint(struct sim *s);

void ledger_extend(struct sim *s) {
    struct ledger *l = &s->ledger;
    struct fault f = {0};
    size_t count = 0;
    for (uint32_t p = 0; p < SIM_PARTIES; p++) count += (size_t)(l->grown[p] - l->stream[p].count);
    if (count == 0) return;
    arena_reset(&l->scratch);
    struct entry *e = arena_alloc(&l->scratch, count, sizeof *e);
    if (e == NULL) abort();
    size_t n = 0;
    for (uint16_t p = 0; p < SIM_PARTIES; p++)
        for (uint64_t place = l->stream[p].count; place < l->grown[p]; place++) {
            e[n].party = p;
            sim_must(s, node_record(s->node, p, place, &l->scratch, &e[n].record, &f), &f, "a record that was given out as durable");
            n++;
        }
    qsort(e, n, sizeof *e, by_order);
    for (size_t i = 0; i < n; i++) {
        take(s, &e[i]);
        bool last_of_tick = i + 1 == n || e[i + 1].record.order != e[i].record.order;
        size_t first = i;
        while (first > 0 && e[first - 1].record.order == e[i].record.order) first--;
        if (last_of_tick && is_tick(&e[first].record)) read_leaf(s);
    }
    check_checkpoint(s);
    bool ticks = true;
    for (size_t i = 0; i < n; i++) ticks = ticks && is_tick(&e[i].record);
    if (!ticks || s->figures.ticks % 64 == 0) ledger_look(s); /* where nothing but time passes hardly anything moves */
}

/* The checkpoint is over just the leaves that were read, by a tree of the simulation's own, and of one size there is one checkpoint for ever. */
static void check_checkpoint(struct sim *s) {
    struct ledger *l = &s->ledger;
    struct fault f = {0};
    if (node_log_size(s->node) != l->leaf_count)
        sim_fail(s, "the log has %llu leaves; %zu ticks came out of it", (unsigned long long)node_log_size(s->node), l->leaf_count);
    if (l->leaf_count == 0) return;
    struct hash root = merkle_root(&l->tree);
    char room[64];
    struct append base64 = append_fixed(room, sizeof room);
    append_base64(&base64, root.bytes, SHA256_SIZE);
    append_reset(&l->text);
    sim_must(s, node_checkpoint(s->node, &l->text, &f), &f, "the checkpoint");
    if (memmem(l->text.at, l->text.size, room, base64.size) == NULL) sim_fail(s, "the checkpoint of %zu leaves has another root", l->leaf_count);
#ifdef SIM_AUDIT
    if (l->audit != NULL) audit_checkpoint(l->audit, l->text.at, l->text.size);
#endif
}

void ledger_compare(struct sim *s) {
    struct ledger *l = &s->ledger;
    const struct state *st = node_state(s->node);
    struct fault f = {0};
    for (uint16_t p = 0; p < state_party_count(st); p++) {
        uint64_t size = state_stream_size(st, p);
        if (size < l->stream[p].count)
            sim_fail(s, "%s was given %zu records; %llu are left", s->client[p].name.at, l->stream[p].count, (unsigned long long)size);
        if (size < s->client[p].heard_count) sim_fail(s, "%s heard event %llu, which is lost", s->client[p].name.at, (unsigned long long)s->client[p].heard_count - 1);
        for (uint64_t place = 0; place < l->stream[p].count; place++) {
            struct node_record r;
            arena_reset(&l->scratch);
            sim_must(s, node_record(s->node, p, place, &l->scratch, &r, &f), &f, "a record after the start");
            if (!hash_equal(&r.root, &l->stream[p].at[place].root))
                sim_fail(s, "record %llu of %s is another one now", (unsigned long long)place, s->client[p].name.at);
        }
        l->grown[p] = size;
    }
    for (size_t i = 0; i < l->leaf_count; i++) {
        append_reset(&l->text);
        sim_must(s, node_log_leaf(s->node, i, &l->text, &f), &f, "a leaf after the start");
        struct hash leaf = merkle_leaf(l->text.at, l->text.size);
        if (!hash_equal(&leaf, &l->leaves[i])) sim_fail(s, "leaf %zu of the log is another one now", i);
    }
    ledger_extend(s);
}

/* --- --- */

#ifdef SIM_AUDIT
static void complain(void *context, const char *line) {
    struct sim *s = context;
    if (s->ledger.complaints++ == 0) snprintf(s->last_words, sizeof s->last_words, "%s", line);
    printf("# the auditor: %s\n", line);
}
#endif

void ledger_begin(struct sim *s) {
    struct ledger *l = &s->ledger;
    merkle_init(&l->tree);
    arena_growing(&l->scratch, (size_t)1 << 30);
    l->text = append_growing((size_t)64 << 20);
#ifdef SIM_AUDIT
    if (!s->plan.audit) return;
    l->audit = audit_new(s->genesis.at, s->genesis.size, complain, s);
    if (l->audit == NULL) abort();
#endif
}

void ledger_blinds(struct sim *s) {
#ifdef SIM_AUDIT
    uint8_t blinds[(SLOTS_MOST + 1) * 32];
    struct disk_file *file = NULL;
    struct fault f = {0};
    size_t got = 0, size = (((size_t)1 << s->plan.capacity.slots_log2) + 1) * 32;
    assert(size <= sizeof blinds);
    if (s->ledger.audit == NULL) return;
    sim_must(s, disk_open(s->disk, "sim/blinds", DISK_READ, false, &file, &f), &f, "blinds");
    sim_must(s, disk_read(file, 0, blinds, size, &got, &f), &f, "blinds");
    disk_close(file);
    if (got != size) sim_fail(s, "blinds: %zu bytes", got);
    audit_blinds(s->ledger.audit, (const uint8_t(*)[32])(void *)blinds, size / 32);
#else
    (void)s;
#endif
}

/* Only what the auditor knows: all that was applied has come to it. */
void ledger_look(struct sim *s) {
#ifdef SIM_AUDIT
    struct ledger *l = &s->ledger;
    const struct state *st = node_state(s->node);
    if (l->audit == NULL || state_bridge_number(st) == 0) return;
    for (uint16_t p = 0; p < state_party_count(st); p++)
        if (state_stream_size(st, p) != l->stream[p].count) return;
    const struct decoder d = {.json = s->json, .arena = &l->scratch, .log = s->log, .origin = s->origin};
    append_reset(&l->text);
    onlook(st, &d, &l->text);
    audit_shown(l->audit, l->text.at, l->text.size);
    s->figures.looks++;
#else
    (void)s;
#endif
}

void ledger_judge(struct sim *s) {
#ifdef SIM_AUDIT
    struct audit *a = s->ledger.audit;
    if (a == NULL) return;
    if (audit_end(a) + s->ledger.complaints > 0) sim_fail(s, "the auditor: %s", s->last_words);
    s->figures.slots = audit_figure(a, "slots");
    s->figures.distances = audit_figure(a, "distances");
    s->figures.meeting = audit_figure(a, "surely meeting");
    s->figures.shown = audit_figure(a, "references shown");
    s->figures.either = audit_figure(a, "within a margin: either is right");
    uint64_t judged = audit_figure(a, "calls about operational intents") + audit_figure(a, "calls about constraints") + audit_figure(a, "calls about subscriptions") +
                      audit_figure(a, "calls about availability and reports") + audit_figure(a, "calls of F3411");
    if (judged != s->figures.calls) sim_fail(s, "of %llu calls the auditor judged %llu", (unsigned long long)s->figures.calls, (unsigned long long)judged);
    if (audit_figure(a, "ticks") != s->figures.ticks || s->figures.slots != s->figures.ticks)
        sim_fail(s, "of %llu ticks the auditor judged %llu, of %llu the slots", (unsigned long long)s->figures.ticks, (unsigned long long)audit_figure(a, "ticks"),
                 (unsigned long long)s->figures.slots);
#else
    (void)s;
#endif
}

void ledger_end(struct sim *s) {
    struct ledger *l = &s->ledger;
#ifdef SIM_AUDIT
    if (l->audit != NULL) audit_free(l->audit);
#endif
    for (int p = 0; p < SIM_PARTIES; p++) free(l->stream[p].at);
    free(l->index);
    free(l->leaves);
    arena_free(&l->scratch);
    append_free(&l->text);
}
