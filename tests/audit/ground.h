/* A log for the auditor to judge: a node in memory, parties with keys, statements said by kind and body, and what the operator is shown of each
 * record, kept as lines that can be fed as they are or with one of them changed. */
#ifndef PARLEY_TEST_AUDIT_GROUND_H
#define PARLEY_TEST_AUDIT_GROUND_H

#include "core/tables.h" /* before cmocka, whose macro fail() hides the function of base/result.h */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/note.h"
#include "core/compose.h"
#include "core/dss.h"
#include "log/node.h"

#include <cmocka.h>

#include "audit.h"

#define GROUND_START INT64_C(1795413600000000000) /* 2026-11-23T06:00:00Z */
enum { GROUND_KEYS = 512, GROUND_NAME = 64, GROUND_SECTIONS = 4 };
enum line_kind { LINE_RECORD, LINE_LEAF, LINE_CHECKPOINT };
struct line { enum line_kind kind; char party[GROUND_NAME]; char *text; size_t size; uint64_t order; };
struct ground_key { char name[GROUND_NAME]; uint8_t secret[64]; struct hash public_key; };
struct said_section { const char *name, *to; const char *body; bool sealed; };
struct ground {
    struct arena arena; struct disk *disk; struct node *node; struct text genesis; struct hash log; char origin[64], mode[16];
    uint8_t log_secret[64], receipt_secret[64];
    struct ground_key key[GROUND_KEYS]; uint32_t keys;
    instant now; uint64_t roll, ticket, shown[16], frames, unsure_ticks;
    struct line *line; size_t lines, line_room;
    struct composed last; enum statement_kind last_kind; struct hash last_hash; struct outcome out; bool ordered; char refusal[512], reply[1 << 16] /* of a dss */;
    struct id next_id; bool has_next_id;
};

static uint64_t ground_random_state;
static uint32_t ground_snapshot_ticks; /* 0: nothing is marked */
static const char *ground_bridge_url; /* NULL: nothing of what is released shows at the doors of F3548 */
static inline void ground_random(void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint64_t z = ground_random_state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        ((uint8_t *)bytes)[i] = (uint8_t)(z >> 31);
    }
}
static inline uint32_t roll(struct ground *g, uint32_t below) {
    g->roll = g->roll * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(g->roll >> 33) % below;
}
static inline void must(result r, const struct fault *f, const char *where) {
    if (result_is_ok(r)) return;
    fprintf(stderr, "a check failed: %s: %s: %s: %s\n", where, result_name(r.code), f->field, f->message);
    abort();
}
/* "party/key": its pair is drawn from the name, so that a name has one key; "party/key/2" another under the same name. */
static inline struct ground_key *ground_key(struct ground *g, const char *name) {
    for (uint32_t i = 0; i < g->keys; i++)
        if (strcmp(g->key[i].name, name) == 0) return &g->key[i];
    assert(g->keys < GROUND_KEYS && strlen(name) < GROUND_NAME);
    struct ground_key *k = &g->key[g->keys++];
    struct hash seed = sha256_of(name, strlen(name));
    strcpy(k->name, name);
    note_key_from_seed(seed.bytes, k->secret, k->public_key.bytes);
    return k;
}

/* ---- what is shown ---- */
static inline void ground_line(struct ground *g, enum line_kind kind, const char *party, const struct append *text, uint64_t order) {
    if (g->lines == g->line_room) {
        g->line_room = g->line_room ? 2 * g->line_room : 256;
        g->line = realloc(g->line, g->line_room * sizeof *g->line);
        assert(g->line);
    }
    struct line *l = &g->line[g->lines++];
    *l = (struct line){.kind = kind, .size = text->size, .order = order, .text = malloc(text->size + 1)};
    assert(l->text);
    memcpy(l->text, text->at, text->size);
    l->text[text->size] = '\0';
    snprintf(l->party, sizeof l->party, "%s", party);
}
static inline void ground_show_one(struct ground *g, uint16_t party, uint64_t place) {
    struct node_record r;
    struct fault f = {0};
    struct arena scratch;
    struct append text = append_growing(1 << 26);
    char name[GROUND_NAME];
    struct text t = name_text(state_party_name(node_state(g->node), party));
    arena_growing(&scratch, 1 << 26);
    must(node_record(g->node, party, place, &scratch, &r, &f), &f, "record");
    node_record_render(&r, true, &text);
    snprintf(name, sizeof name, "%.*s", TEXT_ARG(t));
    ground_line(g, LINE_RECORD, name, &text, r.order);
    append_free(&text);
    arena_free(&scratch);
}
/* All that is new: each statement first, then what was told, ascending by party. */
struct unseen { uint16_t party; uint64_t place, order; bool told; };
static inline int ground_order(const void *a, const void *b) {
    const struct unseen *x = a, *y = b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    if (x->told != y->told) return x->told ? 1 : -1;
    if (x->party != y->party) return x->party < y->party ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}
static inline void ground_show_until(struct ground *g, uint64_t order) {
    static struct unseen unseen[1 << 14];
    const struct state *st = node_state(g->node);
    struct arena scratch;
    size_t count = 0;
    arena_growing(&scratch, 1 << 26);
    for (uint16_t p = 0; p < state_party_count(st); p++)
        for (; g->shown[p] < state_stream_size(st, p); g->shown[p]++) {
            struct node_record r;
            struct fault f = {0};
            arena_reset(&scratch);
            must(node_record(g->node, p, g->shown[p], &scratch, &r, &f), &f, "record");
            if (r.order > order) break;
            assert(count < sizeof unseen / sizeof *unseen);
            unseen[count++] = (struct unseen){p, g->shown[p], r.order, r.parts[0].part_class == PART_TOLD};
        }
    arena_free(&scratch);
    qsort(unseen, count, sizeof *unseen, ground_order);
    for (size_t i = 0; i < count; i++) ground_show_one(g, unseen[i].party, unseen[i].place);
}
static inline void ground_show(struct ground *g) { ground_show_until(g, UINT64_MAX); }
/* Of the last tick that was not shown yet. */
static inline uint64_t ground_tick_order(struct ground *g) {
    uint16_t op = 0;
    struct arena scratch;
    uint64_t order = 0;
    arena_growing(&scratch, 1 << 26);
    for (uint64_t place = g->shown[op]; place < state_stream_size(node_state(g->node), op); place++) {
        struct node_record r;
        struct fault f = {0};
        must(node_record(g->node, op, place, &scratch, &r, &f), &f, "record");
        if (r.parts[0].part_class == PART_REQUEST && memmem(r.parts[0].bytes.at, r.parts[0].bytes.size, "\"tick\":", 7) != NULL) order = r.order;
    }
    arena_free(&scratch);
    return order;
}
static inline void ground_tick(struct ground *g, int64_t seconds) {
    struct fault f = {0};
    struct node_event e;
    g->now += seconds * INSTANT_SECOND;
    bool unsure = g->unsure_ticks > 0;
    g->unsure_ticks -= unsure;
    must(node_tick(g->node, g->now, 1000000, unsure, &f), &f, "tick");
    must(node_poll(g->node, &f), &f, "poll");
    bool ticked = false;
    while (node_next(g->node, &e)) ticked = ticked || e.kind == NODE_TICKED;
    if (!ticked) return;
    uint64_t order = ground_tick_order(g);
    ground_show_until(g, order); /* what stands behind the tick in its batch is not in its leaf */
    struct append leaf = append_growing(4096), note = append_growing(4096);
    must(node_log_leaf(g->node, node_log_size(g->node) - 1, &leaf, &f), &f, "leaf");
    must(node_checkpoint(g->node, &note, &f), &f, "checkpoint");
    ground_line(g, LINE_LEAF, "", &leaf, order);
    ground_line(g, LINE_CHECKPOINT, "", &note, order);
    ground_show(g);
    append_free(&leaf);
    append_free(&note);
}

/* ---- saying ---- */
static inline bool ground_submit(struct ground *g, struct part *parts, uint32_t count) {
    struct fault f = {0};
    struct node_event e;
    g->ordered = false;
    *g->refusal = '\0';
    result r = node_submit(g->node, parts, count, g->now, ++g->ticket, &f);
    if (!result_is_ok(r)) {
        snprintf(g->refusal, sizeof g->refusal, "%.120s: %.300s", f.field, f.message);
        return false;
    }
    must(node_poll(g->node, &f), &f, "poll");
    while (node_next(g->node, &e)) {
        if (e.kind != NODE_ANSWERED || e.ticket != g->ticket) continue;
        g->ordered = e.sequenced == SEQUENCED_ORDERED;
        if (!g->ordered) continue;
        g->out = *e.outcome;
        g->last_hash = e.statement;
        snprintf(g->reply, sizeof g->reply, "%.*s", (int)(e.reply.size < sizeof g->reply ? e.reply.size : 0), e.reply.at ? e.reply.at : "");
    }
    if (!g->ordered || g->out.verdict == VERDICT_REPEATED || g->out.party == PARTY_NONE) return false;
    ground_show(g);
    return g->out.verdict == VERDICT_ACCEPTED;
}
static inline struct text ground_keep(struct ground *g, const char *text) {
    char *copy = arena_alloc(&g->arena, strlen(text) + 1, 1);
    assert(copy);
    strcpy(copy, text);
    return text_of(copy);
}
struct saying { enum statement_kind kind; const char *by[6]; /* "party/key"; "-party/key": named, but has not signed */ const char *on; const struct hash *prev;
                struct said_section section[GROUND_SECTIONS]; instant open_by; uint64_t seen_size; const struct hash *seen; const struct compose_earlier *earlier; };
static inline bool ground_entity(const char *text, struct entity_ref *out) {
    const char *slash = strchr(text, '/');
    struct fault f;
    return slash && result_is_ok(name_read((struct text){text, (size_t)(slash - text)}, &out->party, &f)) && id_read(text_of(slash + 1), &out->id);
}
static inline bool ground_say(struct ground *g, const struct saying *s) {
    struct compose_key key[6];
    struct compose_section section[GROUND_SECTIONS];
    struct compose c = {.origin = text_of(g->origin), .log = g->log, .kind = s->kind, .at = g->now, .open_by = s->open_by, .by = key, .sections = section, .earlier = s->earlier};
    struct fault f = {0};
    for (; c.by_count < 6 && s->by[c.by_count]; c.by_count++) {
        bool absent = s->by[c.by_count][0] == '-';
        const char *name = s->by[c.by_count] + absent;
        const struct ground_key *k = ground_key(g, name);
        char full[GROUND_NAME + 16], *second;
        snprintf(full, sizeof full, "%s/%s", g->mode, name);
        second = strchr(strchr(full, '/') + 1, '/');
        if (strchr(second + 1, '/')) *strchr(second + 1, '/') = '\0';
        key[c.by_count] = (struct compose_key){ground_keep(g, full), k->public_key, absent ? NULL : k->secret};
    }
    for (; c.section_count < GROUND_SECTIONS && s->section[c.section_count].name; c.section_count++) {
        const struct said_section *x = &s->section[c.section_count];
        section[c.section_count] = (struct compose_section){text_of(x->name), ground_keep(g, x->to), ground_keep(g, x->body), x->sealed};
    }
    if (s->on) c.has_on = ground_entity(s->on, &c.on);
    if (s->prev) c.has_prev = true, c.prev = *s->prev;
    if (s->seen) c.has_seen = true, c.seen_size = s->seen_size, c.seen_root = *s->seen;
    if (g->has_next_id) c.id = g->next_id;
    g->has_next_id = false;
    must(compose_statement(&c, ground_random, &g->arena, &g->last, &f), &f, "compose");
    struct part parts[LIMIT_SECTIONS + 1];
    g->last_kind = s->kind;
    return ground_submit(g, parts, compose_parts(&g->last, ground_random, parts));
}
/* A plain statement, attested by a session of "party/key". */
static inline bool ground_plain(struct ground *g, const char *by, enum statement_kind kind, const char *on, const char *name, const char *to, const char *body) {
    struct part parts[3];
    char party[GROUND_NAME], request[512], section[9216], readers[512] = "", id[33], room[512];
    struct name p = {{0}}, k = {{0}};
    uint8_t raw[16];
    snprintf(party, sizeof party, "%s", by);
    char *slash = strchr(party, '/');
    *slash = '\0';
    memcpy(p.at, party, strlen(party));
    memcpy(k.at, slash + 1, strlen(slash + 1));
    ground_random(raw, 16);
    struct append hex = append_fixed(id, sizeof id - 1);
    append_hex(&hex, raw, 16);
    id[32] = '\0';
    for (const char *at = to; *at;) {
        const char *end = strchr(at, ',');
        size_t size = end ? (size_t)(end - at) : strlen(at), used = strlen(readers);
        snprintf(readers + used, sizeof readers - used, "%s\"%.*s\"", used ? "," : "", (int)size, at);
        at += size + (end != NULL);
    }
    snprintf(request, sizeof request, on ? "{\"kind\":\"%s\",\"id\":\"%s\",\"on\":\"%s\"}" : "{\"kind\":\"%s\",\"id\":\"%s\"}", statement_kind_name(kind), id, on);
    snprintf(section, sizeof section, "{\"section\":\"%.32s\",\"to\":[%s],\"body\":%.8191s}", name, readers, body);
    struct append claims = append_fixed(room, sizeof room - 1);
    decode_claims_render(&p, &k, text_of(id), &claims);
    room[claims.size] = '\0';
    parts[0] = (struct part){.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request)};
    parts[1] = (struct part){.part_class = PART_SECTION, .name = text_of(name), .bytes = text_of(section)};
    parts[2] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = text_of(room)};
    for (int i = 0; i < 3; i++) ground_random(parts[i].salt, 32);
    return ground_submit(g, parts, 3);
}
static inline bool ground_frame(struct ground *g, const char *party, const char *feed, uint64_t number, const struct frame_position *at, uint32_t count) {
    struct part parts[34];
    struct body_frame frame = {.number = number, .time = g->now, .positions = at, .count = count};
    struct name p = {{0}}, k = {"root"};
    struct fault f = {0};
    uint32_t n = 0;
    char room[256];
    memcpy(frame.feed.at, feed, strlen(feed));
    memcpy(p.at, party, strlen(party));
    struct append claims = append_fixed(room, sizeof room);
    decode_claims_render(&p, &k, (struct text){NULL, 0}, &claims);
    must(decode_frame_parts(&g->arena, &frame, parts, 33, &n, &f), &f, "frame");
    parts[n++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    for (uint32_t i = 0; i < n; i++) ground_random(parts[i].salt, 32);
    return ground_submit(g, parts, n);
}

/* A call at the doors of F3548 and F3411, of who bears a token for `sub`; `request`: its id. The status; 0: it was not taken, see refusal. */
static inline unsigned ground_call(struct ground *g, const char *sub, uint32_t scopes, const char *request, const char *method, const char *path, const char *body) {
    struct dss_call c = {.method = text_of(method), .path = ground_keep(g, path), .query = TEXT(""), .body = ground_keep(g, body), .subject = text_of(sub), .issuer = TEXT("https://tokens.example"),
                         .scopes = scopes, .request = ground_keep(g, request)};
    struct part parts[2];
    struct fault f = {0};
    ground_random(c.entropy, sizeof c.entropy);
    must(dss_parts(&g->arena, &c, parts, &f), &f, "call");
    for (int i = 0; i < 2; i++) ground_random(parts[i].salt, 32);
    ground_submit(g, parts, 2);
    return g->ordered ? g->out.status : 0;
}

/* ---- a log ---- */
static int64_t ground_step_work = INT64_MIN; /* of the logs that are opened; INT64_MIN: as by default */
static inline void ground_open(struct ground *g, uint64_t seed, bool live, const struct capacity *capacity, const char *const *founders) {
    struct founder founder[8] = {0};
    struct compose_key key[8];
    struct fault f = {0};
    memset(g, 0, sizeof *g);
    ground_random_state = seed;
    g->roll = seed * 77 + 5;
    g->now = GROUND_START;
    arena_growing(&g->arena, (size_t)1 << 30);
    strcpy(g->mode, live ? "live" : "exercise");
    snprintf(g->origin, sizeof g->origin, "sorrel.example/%s", g->mode);
    struct body_genesis b = {.origin = text_of(g->origin), .live = live, .tick_ns = INSTANT_SECOND, .recovery_quorum = 2, .capacity = *capacity, .founders = founder};
    int64_t *const members[] = {&b.settings.immediate_ns, &b.settings.warning_ns, &b.settings.caution_ns, &b.settings.hysteresis_ns, &b.settings.lookahead_ns,
        &b.settings.tube_hold_ns, &b.settings.track_silent_ns, &b.settings.hold_repeat_ns, &b.settings.query_repeat_ns, &b.settings.separation_cm,
        &b.settings.separation_height_cm, &b.settings.recovery_delay_ns, &b.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
    b.settings.step_work = ground_step_work;
    b.settings.recovery_delay_ns = 300 * INSTANT_SECOND;
    struct ground_key *log = ground_key(g, "log/log"), *receipt = ground_key(g, "log/receipt");
    memcpy(g->log_secret, log->secret, 64);
    memcpy(g->receipt_secret, receipt->secret, 64);
    b.log_key = log->public_key;
    b.receipt_key = receipt->public_key;
    for (; founders[b.founder_count]; b.founder_count++) {
        char name[GROUND_NAME], full[GROUND_NAME + 16];
        const char *who = founders[b.founder_count] + (founders[b.founder_count][0] == '*');
        struct founder *x = &founder[b.founder_count];
        snprintf(name, sizeof name, "%s/root", who);
        snprintf(full, sizeof full, "%s/%s", g->mode, name);
        const struct ground_key *k = ground_key(g, name);
        *x = (struct founder){.root_key = k->public_key, .display = TEXT("Somebody"), .zone = TEXT("UTC"), .desks = 2, .operator_ = founders[b.founder_count][0] == '*'};
        memcpy(x->name.at, who, strlen(who));
        memcpy(x->desk[0].at, "watch", 5);
        memcpy(x->desk[1].at, "supervisor", 10);
        key[b.founder_count] = (struct compose_key){ground_keep(g, full), k->public_key, k->secret};
    }
    must(compose_genesis(&b, key, b.founder_count, &g->arena, &g->genesis, &f), &f, "genesis");
    struct note note;
    must(note_parse(g->genesis, &note, &f), &f, "genesis");
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "", 1);
    sha256_update(&s, note.text.at, note.text.size);
    g->log = sha256_final(&s);
    g->disk = disk_simulated(seed);
    must(node_create(g->disk, "/log", g->genesis, g->log_secret, g->receipt_secret, &f), &f, "create");
    struct node_options o = {.dir = "/log", .disk = g->disk, .random = ground_random, .inline_writer = true, .snapshot_ticks = ground_snapshot_ticks, .bridge_url = ground_bridge_url};
    must(node_open(&o, &g->node, NULL, &f), &f, "open");
}
/* Another start of the same log: what waits for one comes into force. All is durable, and shown, before. */
static inline void ground_restart(struct ground *g) {
    struct fault f = {0};
    struct node_event e;
    struct node_options o = {.dir = "/log", .disk = g->disk, .random = ground_random, .inline_writer = true, .snapshot_ticks = ground_snapshot_ticks, .bridge_url = ground_bridge_url};
    node_close(g->node);
    disk_simulated_restart(g->disk);
    must(node_open(&o, &g->node, NULL, &f), &f, "open again");
    for (int i = 0; i < 2; i++) must(node_poll(g->node, &f), &f, "poll"); /* it proposes, it takes */
    while (node_next(g->node, &e)) {}
    ground_show(g);
}
static inline void ground_close(struct ground *g) {
    node_close(g->node);
    disk_simulated_free(g->disk);
    arena_free(&g->arena);
    for (size_t i = 0; i < g->lines; i++) free(g->line[i].text);
    free(g->line);
}
static inline void ground_blinds(struct ground *g, struct audit *a, uint32_t slots) {
    struct disk_file *file;
    struct fault f = {0};
    size_t got;
    uint8_t (*at)[32] = malloc((slots + 1) * sizeof *at);
    assert(at);
    must(disk_open(g->disk, "/log/blinds", DISK_READ, false, &file, &f), &f, "blinds");
    must(disk_read(file, 0, at, (slots + 1) * sizeof *at, &got, &f), &f, "blinds");
    assert(got == (slots + 1) * sizeof *at);
    disk_close(file);
    audit_blinds(a, (const uint8_t(*)[32])at, slots + 1);
    free(at);
}
static inline void ground_feed(struct audit *a, const struct line *l) {
    if (l->kind == LINE_RECORD) audit_record(a, l->party, l->text, l->size);
    else if (l->kind == LINE_LEAF) audit_leaf(a, l->text, l->size);
    else audit_checkpoint(a, l->text, l->size);
}

#endif
