/* A client: opens sessions, sends what say.c makes, sends it again when no answer comes, holds every answer against the ledger, and reads its events,
 * which must be its stream and nothing else. */
#include <stdlib.h>

#include "sim.h"

enum { ATTEMPTS = 7 };

/* --- sessions --- */

static void names_json(const struct client *c, uint32_t key, struct append *out) {
    append_format(out, "\"party\":\"%s\",\"key\":\"%s\"", c->name.at, c->key[key].name.at);
}

static uint32_t session_key(const struct client *c) { return c->desk != 0 && c->key[c->desk].in_force && !c->key[c->desk].revoked ? c->desk : c->root; }

/* Seconds, in seeds of seconds; where a client acts a few times a day, it does not knock every second either: that was most of what long seeds did. */
static int64_t patience(const struct sim *s, int64_t seconds) {
    int64_t least = s->plan.pause_ns / 100 * seconds;
    return least > seconds * INSTANT_SECOND ? least : seconds * INSTANT_SECOND;
}

static void log_in(struct client *c) {
    c->logging_in = true;
    struct request *r = transport_new(c, FOR_CHALLENGE, "POST");
    snprintf(r->path, sizeof r->path, "/v1/session/challenge");
    append_char(&r->body, '{');
    names_json(c, session_key(c), &r->body);
    append_char(&r->body, '}');
    transport_send(r);
}

static void take_challenge(struct client *c, const struct request *challenge) {
    struct sim *s = c->sim;
    const struct json *top;
    struct fault f = {0};
    struct text nonce, expires;
    uint32_t key = session_key(c);
    if (challenge->status != 200) sim_fail(s, "a challenge was answered with %u: %.*s", challenge->status, (int)challenge->reply.size, challenge->reply.at);
    sim_must(s, json_parse(s->json, append_view(&challenge->reply), JSON_OPEN, &top, &f), &f, "a challenge");
    sim_must(s, json_get_text(top, "nonce", true, 64, &nonce, &f), &f, "a challenge");
    sim_must(s, json_get_text(top, "expires", true, 64, &expires, &f), &f, "a challenge");
    struct append text = append_growing(4096), note = append_growing(8192);
    append_str(&text, "parley/1 session ");
    append_text(&text, s->origin);
    append_str(&text, "\n{\"log\":\"");
    append_hex(&text, s->log.bytes, SHA256_SIZE);
    append_str(&text, "\",");
    names_json(c, key, &text);
    append_format(&text, ",\"nonce\":\"%.*s\",\"expires\":\"%.*s\"}\n", TEXT_ARG(nonce), TEXT_ARG(expires));
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), text_of(c->key[key].full), c->key[key].secret);
    struct request *r = transport_new(c, FOR_SESSION, "POST");
    snprintf(r->path, sizeof r->path, "/v1/session");
    append_str(&r->body, "{\"note\":");
    append_json_string(&r->body, append_view(&note));
    append_char(&r->body, '}');
    append_free(&text);
    append_free(&note);
    transport_send(r);
}

static void listen(struct client *c) {
    struct sim_draw d = draw_of(c->sim->plan.seed, "listen", c->index, c->requests);
    bool again = c->heard_count > 0 && c->heard_count < 400 && draw_chance(&d, 200); /* reads all of it once more: it must be the same */
    transport_hang_up(c);
    append_reset(&c->line);
    c->next_event = again ? 0 : c->heard_count;
    c->listening = true;
    struct request *r = transport_new(c, FOR_EVENTS, "GET");
    snprintf(r->path, sizeof r->path, "/v1/events");
    if (c->next_event > 0) snprintf(r->last_event, sizeof r->last_event, "%llu", (unsigned long long)c->next_event - 1);
    else snprintf(r->query, sizeof r->query, "from=0");
    transport_send(r);
}

static void take_session(struct client *c, const struct request *r) {
    struct sim *s = c->sim;
    const struct json *top;
    struct fault f = {0};
    struct text token;
    c->logging_in = false;
    if (r->status != 201) { /* the key may have been revoked, or not yet have been there */
        if (r->status != 401 && r->status != 403 && r->status != 429)
            sim_fail(s, "a session of %s was answered with %u: %.*s", c->name.at, r->status, (int)r->reply.size, r->reply.at);
        c->login_at = s->boot + patience(s, 5);
        return;
    }
    sim_must(s, json_parse(s->json, append_view(&r->reply), JSON_OPEN, &top, &f), &f, "a session");
    sim_must(s, json_get_text(top, "token", true, SESSION_TOKEN_DIGITS, &token, &f), &f, "a session");
    snprintf(c->token, sizeof c->token, "%.*s", TEXT_ARG(token));
    c->in_session = true;
    listen(c);
}

/* --- events --- */

static void check_event(struct client *c, uint64_t place, struct text data) {
    struct sim *s = c->sim;
    struct ledger *l = &s->ledger;
    struct node_record record;
    struct fault f = {0};
    if (place != c->next_event) sim_fail(s, "%s expects event %llu and gets %llu", c->name.at, (unsigned long long)c->next_event, (unsigned long long)place);
    if (place >= l->stream[c->index].count) sim_fail(s, "event %llu of %s left before it was durable", (unsigned long long)place, c->name.at);
    arena_reset(&l->scratch);
    append_reset(&l->text);
    sim_must(s, node_record(s->node, c->index, place, &l->scratch, &record, &f), &f, "the record of an event");
    node_record_render(&record, c->index == PARTY_OPERATOR, &l->text);
    if (!text_equal(append_view(&l->text), data)) sim_fail(s, "event %llu of %s is not what stands in its stream", (unsigned long long)place, c->name.at);
}

static void take_event(struct client *c, uint64_t place, struct text data) {
    struct sim *s = c->sim;
    check_event(c, place, data);
    struct hash h = sha256_of(data.at, data.size);
    if (place < c->heard_count) {
        if (!hash_equal(&h, &c->heard[place])) sim_fail(s, "event %llu of %s was another one before", (unsigned long long)place, c->name.at);
    } else {
        if (c->heard_count == c->heard_room) {
            c->heard_room = c->heard_room == 0 ? 1024 : 2 * c->heard_room;
            c->heard = realloc(c->heard, c->heard_room * sizeof *c->heard);
            if (c->heard == NULL) abort();
        }
        c->heard[c->heard_count++] = h;
        sha256_update(&s->digest, h.bytes, SHA256_SIZE);
        if (s->plan.twin) transport_remember(c, data);
    }
    s->figures.events++;
    c->next_event++;
}

static bool field(struct text line, const char *name, struct text *value) {
    size_t n = strlen(name);
    if (line.size < n || memcmp(line.at, name, n) != 0) return false;
    *value = (struct text){line.at + n, line.size - n};
    return true;
}

/* Lines of a block, as the WHATWG page says: comments are padding and heartbeats; an id without data is no event. */
static void take_block(struct client *c, struct text block) {
    struct text id = {NULL, 0}, data = {NULL, 0};
    while (block.size > 0) {
        const char *end = memchr(block.at, '\n', block.size);
        struct text line = {block.at, end == NULL ? block.size : (size_t)(end - block.at)};
        if (!field(line, "id: ", &id)) (void)field(line, "data: ", &data);
        block = end == NULL ? TEXT("") : (struct text){end + 1, block.size - line.size - 1};
    }
    if (id.at == NULL || data.at == NULL) return;
    uint64_t place = 0;
    for (size_t i = 0; i < id.size; i++) place = place * 10 + (uint64_t)(id.at[i] - '0');
    take_event(c, place, data);
}

void client_heard(struct client *c, const char *bytes, size_t size) {
    size_t from = 0, looked_at = c->line.size > 0 ? c->line.size - 1 : 0; /* an event comes in many pieces */
    append_bytes(&c->line, bytes, size);
    for (size_t i = looked_at; i + 1 < c->line.size; i++) {
        if (c->line.at[i] != '\n' || c->line.at[i + 1] != '\n') continue;
        take_block(c, (struct text){c->line.at + from, i - from});
        from = ++i + 1;
    }
    if (from == 0) return;
    memmove(c->line.at, c->line.at + from, c->line.size - from);
    c->line.size -= from;
}

/* --- sending --- */

struct post *post_new(struct client *c, enum statement_kind kind) {
    struct sim *s = c->sim;
    if (s->posts == s->post_room) {
        s->post_room = s->post_room == 0 ? 1024 : 2 * s->post_room;
        s->post = realloc(s->post, s->post_room * sizeof *s->post);
        if (s->post == NULL) abort();
    }
    struct post *p = &s->post[s->posts++];
    *p = (struct post){.client = c->index, .kind = kind, .path = TEXT("/v1/statements"), .next_at = s->boot};
    c->open_posts++;
    return p;
}

void post_send(struct sim *s, uint32_t number) {
    struct post *p = &s->post[number];
    struct client *c = &s->client[p->client];
    assert(p->state == POST_OPEN);
    if (p->session && !c->in_session) {
        p->next_at = s->boot + patience(s, 1);
        if (!c->logging_in && s->boot >= c->login_at && s->up) log_in(c);
        return;
    }
    p->state = POST_WAITING;
    s->figures.retries += p->attempts > 0;
    p->attempts++;
    struct request *r = transport_new(c, FOR_POST, "POST");
    r->post = number;
    r->draw = draw_of(s->plan.seed, "request of a post", p->luck << 8 | p->client, p->attempts);
    struct sim_draw luck = draw_of(s->plan.seed, "loss", p->luck << 8 | p->client, p->attempts);
    if (draw_chance(&luck, s->plan.loss)) *(draw_chance(&luck, 500) ? &r->lost_request : &r->lost_reply) = true;
    if (!p->session) r->authorization[0] = '\0';
    snprintf(r->path, sizeof r->path, "%.*s", TEXT_ARG(p->path));
    snprintf(r->idempotency, sizeof r->idempotency, "%s", p->idempotency);
    append_bytes(&r->body, p->body, p->size);
    transport_send(r);
}

static void post_again(struct sim *s, struct post *p) {
    struct sim_draw d = draw_of(s->plan.seed, "again", p->luck << 8 | p->client, p->attempts);
    p->state = POST_OPEN;
    p->next_at = s->boot + draw_between(&d, 1, 8) * INSTANT_SECOND;
    if (p->attempts < ATTEMPTS) return;
    p->state = POST_GIVEN_UP;
    s->client[p->client].open_posts--;
}

static void post_done(struct sim *s, struct post *p) {
    p->state = POST_DONE;
    s->client[p->client].open_posts--;
}

/* --- answers to statements --- */

/* What left as an answer stands in the log, where it says, as what it says. */
static void check_place(struct sim *s, const struct post *p, const struct hash *key, uint16_t party, uint64_t place, struct text verdict) {
    uint16_t in = 0;
    uint64_t at = 0;
    const struct ledger_record *r = ledger_find(s, key, &in, &at);
    const char *name = s->client[p->client].name.at;
    if (r == NULL) sim_fail(s, "%s was answered %.*s at %llu, but the log does not have it", name, TEXT_ARG(verdict), (unsigned long long)place);
    if (in != party || place >= s->ledger.stream[party].count || !hash_equal(&s->ledger.stream[party].at[place].key, key))
        sim_fail(s, "%s was answered %.*s at %llu, where something else stands", name, TEXT_ARG(verdict), (unsigned long long)place);
    if (text_is(verdict, "repeated") && at != place && s->ledger.stream[party].at[at].final)
        sim_fail(s, "a repeat of %s was given place %llu; the first one's is %llu", name, (unsigned long long)place, (unsigned long long)at);
    if (text_is(verdict, "accepted") && !s->ledger.stream[party].at[place].accepted)
        sim_fail(s, "%s was told accepted at %llu; the log says otherwise", name, (unsigned long long)place);
}

/* A read after the answer sees what was written; unless time has jumped meanwhile, by a restart under a wrong clock, and it is gone already. */
static void confirm(struct client *c, const struct thing *t) {
    uint16_t party;
    uint64_t place;
    const struct ledger_record *record = ledger_find(c->sim, &t->last, &party, &place);
    if (record == NULL || !c->in_session || state_time(node_state(c->sim->node)) - record->time > INSTANT_HOUR) return;
    struct request *r = transport_new(c, FOR_CONFIRM, "GET");
    struct append path = append_fixed(r->path, sizeof r->path - 1);
    append_format(&path, "/v1/%s/%s/", t->kind == THING_NOTICE ? "notices" : "flights", c->name.at);
    append_id(&path, &t->id);
    transport_send(r);
}

static void accepted(struct sim *s, struct post *p) {
    struct client *c = &s->client[p->client];
    if (p->kind == KIND_KEY && p->thing > 0) c->key[p->thing - 1].in_force = true;
    if (p->kind == KIND_KEY_REVOKE && p->thing > 0) c->key[p->thing - 1].revoked = true;
    if (p->kind == KIND_PARTY) s->client[s->plan.parties - 1].entered = true;
    if (p->kind == KIND_AGREEMENT) s->versions++;
    if (p->kind == KIND_KEY || p->kind == KIND_KEY_REVOKE || p->thing == 0) return;
    struct thing *t = &c->thing[p->thing - 1];
    if (memcmp(&t->id, &p->of, sizeof t->id) != 0) return; /* meanwhile its slot is another's */
    t->last = p->key;
    t->has_last = true;
    if ((p->kind == KIND_NOTICE && !p->sealed) || p->kind == KIND_FLIGHT) confirm(c, t);
}

/* A party that is within its own share is never refused for want of room, whatever others do. Checked where a row is one unit, and the refusal
 * is the last that was applied, so that the state is still the one that it was judged by. */
static void check_full(struct sim *s, const struct post *p, const struct json *top) {
    struct text table;
    struct fault f = {0};
    uint16_t party;
    uint64_t place;
    const struct ledger_record *record = ledger_find(s, &p->key, &party, &place);
    if (record == NULL || record->order != node_applied(s->node)) return;
    if (p->kind == KIND_KEY_RECOVER) return; /* it takes of the share of whose key it is, not of the sender's */
    if (!result_is_ok(json_get_text(top, "detail", true, 256, &table, &f))) return;
    static const struct { const char *name; size_t at; } units[] = {
        {"notices", offsetof(struct capacity, notices)}, {"flights", offsetof(struct capacity, flights)}, {"areas", offsetof(struct capacity, areas)},
        {"feeds", offsetof(struct capacity, feeds)}, {"holds", offsetof(struct capacity, holds)}, {"pending", offsetof(struct capacity, pending)},
        {"recent", offsetof(struct capacity, recent)}, {"keys", offsetof(struct capacity, keys)}};
    struct append status = append_growing(1 << 20);
    sim_must(s, view_render(node_state(s->node), party, VIEW_STATUS, NULL, &status, &f), &f, "status");
    const struct json *all, *quotas, *q;
    sim_must(s, json_parse(s->json_inner, append_view(&status), JSON_OPEN, &all, &f), &f, "status");
    quotas = json_member(all, "quotas");
    for (size_t i = 0; i < sizeof units / sizeof *units && quotas != NULL; i++) {
        if (!text_is(table, units[i].name) || (q = json_member(quotas, units[i].name)) == NULL) continue;
        uint32_t capacity;
        int64_t used = 0;
        const struct capacity *in_force = state_capacity(node_state(s->node));
        memcpy(&capacity, (const char *)in_force + units[i].at, sizeof capacity);
        uint32_t share = capacity / in_force->parties;
        (void)json_get_scaled(q, "used", false, 0, 0, INT64_MAX, &used, &f);
        s->figures.full_checked++;
        if (used < (int64_t)(share - share / 8)) sim_fail(s, "%s was refused for want of %s with %lld of %u", s->client[party].name.at, units[i].name, (long long)used, share);
    }
    append_free(&status);
}

static void take_verdict(struct sim *s, struct post *p, const struct json *top, struct text verdict) {
    struct fault f = {0};
    struct text party_name = {NULL, 0}, statement = {NULL, 0}, reason = {NULL, 0};
    int64_t place = -1;
    (void)json_get_text(top, "party", false, 64, &party_name, &f);
    (void)json_get_text(top, "statement", false, 64, &statement, &f);
    (void)json_get_text(top, "reason", false, 64, &reason, &f);
    (void)json_get_scaled(top, "place", false, 0, 0, INT64_MAX / 2, &place, &f);
    uint8_t told[32];
    if (!p->garbage && (!hex_read(statement, told, 32) || memcmp(told, p->key.bytes, 32) != 0))
        sim_fail(s, "%s was answered about another statement than it sent", s->client[p->client].name.at);
    if (text_is(verdict, "repeated")) s->figures.repeated++;
    uint16_t party = PARTY_NONE;
    for (uint16_t i = 0; i < s->plan.parties; i++)
        if (text_is(party_name, s->client[i].name.at)) party = i;
    if (party_name.size > 0 && place >= 0 && !p->garbage) check_place(s, p, &p->key, party, (uint64_t)place, verdict);
    if (text_is(reason, "full")) check_full(s, p, top);
    if (text_is(verdict, "accepted") && !p->foreign) accepted(s, p);
    if (text_is(verdict, "repeated") && !p->foreign) { /* the answer before was lost */
        uint16_t in;
        uint64_t at;
        const struct ledger_record *r = ledger_find(s, &p->key, &in, &at);
        if (r != NULL && r->accepted) accepted(s, p);
    }
    post_done(s, p);
}

static void take_frames(struct sim *s, struct post *p, const struct json *frames) {
    struct fault f = {0};
    uint32_t n = 0;
    for (const struct json *e = json_first(frames); e != NULL && n < p->frame_count; e = json_next(frames, e), n++) {
        struct text verdict;
        int64_t place = -1;
        sim_must(s, json_get_text(e, "verdict", true, 32, &verdict, &f), &f, "an answer to a frame");
        (void)json_get_scaled(e, "place", false, 0, 0, INT64_MAX / 2, &place, &f);
        if (place >= 0) check_place(s, p, &p->frames[n], p->client, (uint64_t)place, verdict);
        s->figures.repeated += text_is(verdict, "repeated");
        int64_t shed = -1;
        sim_must(s, json_get_scaled(e, "shed", true, 0, 0, p->sent[n], &shed, &f), &f, "an answer to a frame");
        if (shed > 0 && !text_is(verdict, "accepted")) sim_fail(s, "of a frame that was not taken something is said to be shed");
        s->figures.shed += (uint64_t)shed;
    }
    post_done(s, p);
}

static void take_answer(struct client *c, struct request *r) {
    struct sim *s = c->sim;
    struct post *p = &s->post[r->post];
    struct fault f = {0};
    const struct json *top;
    struct text verdict = {NULL, 0};
    sim_must(s, json_parse(s->json, append_view(&r->reply), JSON_OPEN, &top, &f), &f, "an answer");
    (void)json_get_text(top, "verdict", false, 32, &verdict, &f);
    s->figures.unknown += r->status == 504;
    s->figures.busy += verdict.size == 0 && (r->status == 503 || r->status == 507);
    s->figures.disk_full += verdict.size == 0 && r->status == 507;
    if (r->status == 401 && p->session) c->in_session = false;
    if (verdict.size > 0) take_verdict(s, p, top, verdict);
    else if (json_member(top, "frames") != NULL) take_frames(s, p, json_member(top, "frames"));
    else if (r->status == 503 || r->status == 504 || r->status == 507 || r->status == 429 || (r->status == 401 && p->session)) post_again(s, p);
    else if (r->status >= 500) sim_fail(s, "a statement of %s was answered with %u: %.*s", c->name.at, r->status, (int)r->reply.size, r->reply.at);
    else if (!p->garbage && p->attempts == 1 && !p->foreign && r->status != 403 && !s->plan.live)
        sim_fail(s, "what %s said (%s) is no statement: %.*s", c->name.at, statement_kind_name(p->kind), (int)r->reply.size, r->reply.at);
    else post_done(s, p);
    struct sim_draw d = draw_of(s->plan.seed, "cut after", c->index, r->number);
    if (!s->plan.twin && draw_chance(&d, s->plan.cut_after)) s->cut_now = true; /* what has just left must be there afterwards */
}

/* --- reads --- */

static void take_checkpoint(struct client *c, const struct request *r) {
    if (r->status != 200) return;
    const char *line = memchr(r->reply.at, '\n', r->reply.size);
    if (line == NULL) return;
    uint64_t size = 0;
    const char *at = line + 1, *end = r->reply.at + r->reply.size;
    for (; at < end && *at >= '0' && *at <= '9'; at++) size = size * 10 + (uint64_t)(*at - '0');
    size_t got = 0;
    if (at + 45 > end || !base64_read((struct text){at + 1, 44}, c->seen.root.bytes, 32, &got) || got != 32) sim_fail(c->sim, "a checkpoint has another form");
    c->seen.size = size;
    c->seen.any = true;
}

static void take_read(struct client *c, const struct request *r) {
    struct sim *s = c->sim;
    struct fault f = {0};
    const struct json *top, *items;
    s->figures.reads++;
    if (r->status == 401) c->in_session = false;
    if (r->status >= 500 && strncmp(r->path, "/v1/proof", 9) != 0) sim_fail(s, "a read of %s was answered with %u: %.*s", r->path, r->status, (int)r->reply.size, r->reply.at);
    if (r->status != 200) return;
    sim_must(s, json_parse(s->json, append_view(&r->reply), JSON_OPEN, &top, &f), &f, r->path);
    if ((items = json_member(top, "items")) == NULL) return;
    struct sim_draw d = draw_of(s->plan.seed, "read", c->index, r->number);
    if (r->purpose == FOR_DUE) say_ack(c, items, &d);
    else if (r->purpose == FOR_HOLDS) say_hold_answer(c, items, &d);
    else if (strcmp(r->path, "/v1/notices") == 0 && items->count > 0) { /* one of them is asked about later */
        uint32_t skip = draw_below(&d, items->count);
        const struct json *e = json_first(items);
        for (; skip > 0; skip--) e = json_next(items, e);
        struct text id;
        const char *slash;
        if (!result_is_ok(json_get_text(e, "id", true, 80, &id, &f)) || (slash = memchr(id.at, '/', id.size)) == NULL) return;
        struct name party = {{0}};
        memcpy(party.at, id.at, (size_t)(slash - id.at) < NAME_ROOM ? (size_t)(slash - id.at) : NAME_ROOM - 1);
        if (strcmp(party.at, c->name.at) == 0) return;
        c->asked = party;
        c->has_asked = id_read((struct text){slash + 1, (size_t)(id.at + id.size - slash - 1)}, &c->asked_id);
    }
}

void client_answer(struct client *c, struct request *r) {
    struct sim *s = c->sim;
    switch (r->purpose) {
    case FOR_CHALLENGE: take_challenge(c, r); return;
    case FOR_SESSION: take_session(c, r); return;
    case FOR_POST: take_answer(c, r); return;
    case FOR_CHECKPOINT: take_checkpoint(c, r); return;
    case FOR_CONFIRM:
        s->figures.reads++;
        if (r->status == 401) c->in_session = false;
        else if (r->status != 200) sim_fail(s, "%s was told accepted, but reading %s gives %u", c->name.at, r->path, r->status);
        return;
    case FOR_EVENTS:
        c->listening = false; /* refused */
        if (r->status == 401) c->in_session = false;
        else if (r->status != 429) sim_fail(s, "the events of %s were answered with %u: %.*s", c->name.at, r->status, (int)r->reply.size, r->reply.at);
        return;
    case FOR_CALL: call_answer(c, r); return;
    case FOR_READ: case FOR_DUE: case FOR_HOLDS: case FOR_CLOCK: take_read(c, r); return;
    }
}

void client_cut(struct client *c, struct request *r) {
    if (r->purpose == FOR_CHALLENGE || r->purpose == FOR_SESSION) c->logging_in = false;
    if (r->purpose == FOR_EVENTS) c->listening = false;
    if (r->purpose == FOR_CALL) call_cut(c, r);
    if (r->purpose == FOR_POST) post_again(c->sim, &c->sim->post[r->post]);
}

/* --- --- */

void client_act(struct client *c) {
    struct sim *s = c->sim;
    struct sim_draw d = draw_of(s->plan.seed, "act", c->index, ++c->actions);
    int64_t pause = s->plan.pause_ns * (s->plan.parties - 1) / 3;
    c->next_at = s->boot + draw_between(&d, pause / 3000000, pause / 600000) * 1000000;
    if (s->quiet) return;
    faults_action(s, &d);
    if (!c->entered || !s->up) return;
    if (!c->in_session) {
        if (!c->logging_in && s->boot >= c->login_at) log_in(c);
        return;
    }
    if (!c->listening) listen(c);
    say_something(c, &d);
}

static void key_make(struct sim *s, struct client *c, const char *name, int number) {
    struct sim_draw d = draw_of(s->plan.seed, "key", c->index, c->keys);
    struct sim_key *k = &c->key[c->keys++];
    uint8_t seed[32];
    struct sim_draw *before = draw_source;
    draw_source = &d;
    draw_bytes(seed, sizeof seed);
    draw_source = before;
    note_key_from_seed(seed, k->secret, k->public_key.bytes);
    if (number == 0) snprintf(k->name.at, sizeof k->name.at, "%s", name);
    else snprintf(k->name.at, sizeof k->name.at, "%s-%d", name, number);
    const struct name party = c->name, last = k->name; /* copies: at -O3 gcc takes members of one object for overlapping */
    snprintf(k->full, sizeof k->full, "%s/%s/%s", s->plan.live ? "live" : "exercise", party.at, last.at);
}

void client_begin(struct sim *s) {
    static const char *const names[SIM_PARTIES] = {"halcyon", "aramoor", "brennan", "coldwater", "drummond", "eastmark"};
    for (uint16_t i = 0; i < s->plan.parties; i++) {
        struct client *c = &s->client[i];
        struct sim_draw d = draw_of(s->plan.seed, "client", i, 0);
        *c = (struct client){.sim = s, .index = i, .role = s->plan.role[i], .entered = !(s->plan.enters && i + 1u == s->plan.parties)};
        snprintf(c->name.at, sizeof c->name.at, "%s", names[i]);
        key_make(s, c, "root", 0);
        c->key[0].in_force = true;
        for (int k = 1; k < SIM_KEYS; k++) key_make(s, c, k < 7 ? "desk" : "root", k); /* entered, revoked and recovered as time goes on */
        c->line = append_growing((size_t)64 << 20);
        c->transcript = append_growing((size_t)1 << 30);
        c->next_at = draw_between(&d, 1, 2000) * 1000000;
        c->lag_ns = c->role == ROLE_LATE ? 20 * s->plan.pause_ns : 0;
    }
}

void client_end(struct sim *s) {
    for (uint32_t i = 0; i < s->plan.parties; i++) {
        struct client *c = &s->client[i];
        append_free(&c->line);
        append_free(&c->transcript);
        free(c->heard);
        call_end(c);
        for (int k = 0; k < SIM_SEALED; k++) free(c->sealed[k].bytes);
    }
    for (uint32_t i = 0; i < s->posts; i++) free(s->post[i].body);
    free(s->post);
}
