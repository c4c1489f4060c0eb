/* why: the story of one request of F3548-21 or F3411, from the record: who asked what, what became of it and by which rule, and what was on file of the entity before.
 * It stands in the operator's stream, so the operator asks: his server, or the log's directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "log/node.h"

enum { RECORD_MOST = 512 * 1024 * 1024, WINDOW = 256 };

/* Where records come from: a directory, or a server. */
struct record_source {
    struct node *node;
    struct client *client;
    struct arena scratch;
    struct append line, unhexed[3];
    struct json_reader *json, *inner; /* of a record; of a part of it. Grown as they are needed */
    size_t room, inner_room;
};
/* One record, as far as it is told here; texts are valid until the next is read. */
struct asked {
    uint64_t place;
    struct text time, request, claims, outcome; /* of the parts: JSON */
};
typedef bool (*each_record)(void *context, struct record_source *s, const struct asked *a); /* false: enough */

static result parse(struct json_reader **reader, size_t *room, struct text in, const struct json **top, struct fault *f) {
    if (*reader == NULL || in.size > *room) {
        json_reader_free(*reader);
        *room = in.size * 2 > 65536 ? in.size * 2 : 65536;
        *reader = json_reader_new(*room);
        if (*reader == NULL) return fail(f, RESULT_FULL, "", "no memory for JSON of %zu bytes", in.size);
    }
    return json_parse(*reader, in, JSON_OPEN, top, f);
}

/* A part's bytes: shown as text or, where a control character is among them (a tab in a body is enough), in hex digits. */
static struct text part_text(const struct json *part, struct append *room) {
    const struct json *text = json_member(part, "text"), *hex = json_member(part, "bytes");
    if (text != NULL || hex == NULL) return text != NULL ? text->string : (struct text){"", 0};
    append_reset(room);
    for (size_t i = 0; i + 2 <= hex->string.size; i += 2) {
        uint8_t byte;
        if (!hex_read((struct text){hex->string.at + i, 2}, &byte, 1)) return (struct text){"", 0};
        append_bytes(room, &byte, 1);
    }
    return append_view(room);
}
/* The parts of a record that is a call; false: it is something else. */
static bool read_parts(struct record_source *s, const struct json *record, uint64_t place, struct asked *out) {
    const struct json *parts = json_member(record, "parts"), *time = json_member(record, "time"), *kind = json_member(record, "kind");
    if (kind == NULL || !text_is(kind->string, "dss") || time == NULL) return false;
    *out = (struct asked){.place = place, .time = time->string};
    for (const struct json *p = json_first(parts); p != NULL; p = json_next(parts, p)) {
        const struct json *part_class = json_member(p, "class");
        if (part_class == NULL) continue;
        if (text_is(part_class->string, "request")) out->request = part_text(p, &s->unhexed[0]);
        if (text_is(part_class->string, "claims")) out->claims = part_text(p, &s->unhexed[1]);
        if (text_is(part_class->string, "outcome")) out->outcome = part_text(p, &s->unhexed[2]);
    }
    return out->request.size > 0 && out->claims.size > 0 && out->outcome.size > 0;
}

static result walk_directory(struct record_source *s, uint64_t from, uint64_t to, each_record each, void *context, struct fault *f) {
    for (uint64_t place = from; place < to; place++) {
        struct node_record record;
        const struct json *top;
        struct asked a;
        arena_reset(&s->scratch);
        append_reset(&s->line);
        TRY(node_record(s->node, PARTY_OPERATOR, place, &s->scratch, &record, f));
        node_record_render(&record, true, &s->line);
        if (s->line.full) return fail(f, RESULT_TOO_LARGE, "", "record %llu does not fit into %d bytes", (unsigned long long)place, RECORD_MOST);
        TRY(parse(&s->json, &s->room, append_view(&s->line), &top, f));
        if (read_parts(s, top, place, &a) && !each(context, s, &a)) return OK;
    }
    return OK;
}
static result walk_server(struct record_source *s, uint64_t from, uint64_t to, each_record each, void *context, struct fault *f) {
    while (from < to) {
        char path[96];
        struct http_reply reply;
        const struct json *top;
        bool on = true;
        snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=%llu", (unsigned long long)from, (unsigned long long)(to - from < WINDOW ? to - from : WINDOW));
        TRY(client_get(s->client, path, &reply, &top, f));
        const struct json *records = json_member(top, "records");
        uint64_t place = from;
        for (const struct json *r = json_first(records); r != NULL && on; r = json_next(records, r), place++) {
            struct asked a;
            if (read_parts(s, r, place, &a)) on = each(context, s, &a);
        }
        append_free(&reply.body);
        if (!on) return OK;
        if (place == from) return fail(f, RESULT_NOT_FOUND, "/v1/stream", "ends at %llu", (unsigned long long)from);
        from = place;
    }
    return OK;
}
static result walk(struct record_source *s, uint64_t from, uint64_t to, each_record each, void *context, struct fault *f) {
    return (s->node != NULL ? walk_directory : walk_server)(s, from, to, each, context, f);
}

static result any_record(struct client *k, uint64_t place, bool *there, struct fault *f) {
    char path[96];
    struct http_reply reply;
    const struct json *top;
    snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=1", (unsigned long long)place);
    TRY(client_get(k, path, &reply, &top, f));
    *there = json_first(json_member(top, "records")) != NULL;
    append_free(&reply.body);
    return OK;
}
/* How many records the stream has: doubled, then halved. */
static result stream_end(struct record_source *s, uint64_t *end, struct fault *f) {
    uint64_t low = 0, high = 1;
    bool there = true;
    if (s->node != NULL) {
        *end = state_stream_size(node_state(s->node), PARTY_OPERATOR);
        return OK;
    }
    for (; there && high < UINT64_MAX / 4; high *= 2) {
        TRY(any_record(s->client, high - 1, &there, f));
        if (there) low = high;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        TRY(any_record(s->client, middle - 1, &there, f));
        *(there ? &low : &high) = middle;
    }
    *end = low;
    return OK;
}

/* ---- what is kept of a record that was found ---- */
struct told { bool found; uint64_t place; struct append time, request, claims, outcome; };

static struct append copy(struct text t) {
    struct append out = append_growing(RECORD_MOST);
    append_text(&out, t);
    return out;
}
static void told_free(struct told *t) {
    append_free(&t->time);
    append_free(&t->request);
    append_free(&t->claims);
    append_free(&t->outcome);
    *t = (struct told){.found = false};
}
static void told_set(struct told *t, const struct asked *a) {
    told_free(t);
    *t = (struct told){.found = true, .place = a->place, .time = copy(a->time), .request = copy(a->request), .claims = copy(a->claims), .outcome = copy(a->outcome)};
}

/* Whose id is it? */
struct by_id { struct text id; struct told *out; };
static bool has_id(void *context, struct record_source *s, const struct asked *a) {
    struct by_id *x = context;
    const struct json *top;
    struct fault f;
    if (!result_is_ok(parse(&s->inner, &s->inner_room, a->claims, &top, &f))) return true;
    const struct json *request = json_member(top, "request");
    if (request == NULL || !text_equal(request->string, x->id)) return true;
    told_set(x->out, a);
    return false;
}

/* "/dss/v1/subscriptions/<id>" names one thing, and "/v1/dss/…" and "/rid/v2/dss/…" the same. */
struct entity { bool f3548; char collection[64], id[64]; };
static bool segment(struct text *path, char out[64]) {
    size_t size = 0;
    while (size < path->size && path->at[size] != '/') size++;
    if (size == 0 || size >= 64) return false;
    for (size_t i = 0; i < size; i++) out[i] = (char)(path->at[i] >= 'A' && path->at[i] <= 'Z' ? path->at[i] + 32 : path->at[i]);
    out[size] = '\0';
    path->at += size + (size < path->size);
    path->size -= size + (size < path->size);
    return true;
}
static bool entity_of(struct record_source *s, struct text request, struct entity *out) {
    static const char *const roots[] = {"/dss/v1/", "/v1/dss/", "/rid/v2/dss/"};
    const struct json *top, *path;
    struct fault f;
    if (!result_is_ok(parse(&s->inner, &s->inner_room, request, &top, &f)) || (path = json_member(top, "path")) == NULL) return false;
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(roots[i]);
        if (path->string.size < size || memcmp(path->string.at, roots[i], size) != 0) continue;
        struct text rest = {path->string.at + size, path->string.size - size};
        out->f3548 = i == 0;
        return segment(&rest, out->collection) && segment(&rest, out->id);
    }
    return false;
}
static int status_of(struct record_source *s, struct text outcome) {
    const struct json *top, *status;
    struct fault f;
    if (!result_is_ok(parse(&s->inner, &s->inner_room, outcome, &top, &f)) || (status = json_member(top, "status")) == NULL) return 0;
    return (int)status->number;
}

struct by_entity { struct entity entity; struct told *out; };
static bool changed_it(void *context, struct record_source *s, const struct asked *a) {
    struct by_entity *x = context;
    struct entity e;
    if (!entity_of(s, a->request, &e) || e.f3548 != x->entity.f3548 || strcmp(e.collection, x->entity.collection) != 0 || strcmp(e.id, x->entity.id) != 0) return true;
    int status = status_of(s, a->outcome);
    if (status >= 200 && status < 300) told_set(x->out, a); /* the last one of the window stays */
    return true;
}

/* From the newest back; a window holds records in order. */
static result back(struct record_source *s, uint64_t end, each_record each, void *context, const struct told *out, struct fault *f) {
    for (; end > 0 && !out->found; end = end > WINDOW ? end - WINDOW : 0) TRY(walk(s, end > WINDOW ? end - WINDOW : 0, end, each, context, f));
    return OK;
}

/* The server knows the place of late ones; where it does not, the whole stream is gone through. */
static result find(struct record_source *s, struct text id, struct told *out, struct fault *f) {
    struct by_id x = {id, out};
    uint64_t end = 0;
    if (s->client != NULL) {
        char path[64];
        struct http_reply reply;
        const struct json *top, *place;
        struct fault ignored;
        snprintf(path, sizeof path, "/v1/why/%.*s", TEXT_ARG(id));
        if (result_is_ok(client_get(s->client, path, &reply, &top, &ignored))) {
            place = json_member(top, "place");
            uint64_t at = place != NULL ? (uint64_t)place->number : 0;
            append_free(&reply.body);
            TRY(walk(s, at, at + 1, has_id, &x, f));
        }
    }
    if (!out->found) TRY(stream_end(s, &end, f));
    if (!out->found) TRY(back(s, end, has_id, &x, out, f));
    if (out->found) return OK;
    return fail(f, RESULT_NOT_FOUND, "REQUEST", "no record of the request %.*s: what only reads, and what has no good token or form, is not recorded. Of what was refused so (400, 401, 403, "
                "413) the server's log has a line (event \"request\"), of what only reads with --log-level debug", TEXT_ARG(id));
}
static result before(struct record_source *s, const struct told *t, struct told *out, struct fault *f) {
    struct by_entity x = {.out = out};
    if (!entity_of(s, append_view(&t->request), &x.entity)) return OK;
    return back(s, t->place, changed_it, &x, out, f);
}

/* ---- telling it ---- */
/* Line by line, as whoever asked broke his JSON; a tab is a blank. */
static void say(const char *what, struct text t) {
    char *room = malloc(t.size + 1);
    if (room == NULL) return;
    memcpy(room, t.at, t.size);
    for (size_t at = 0; at <= t.size;) {
        const char *end = memchr(room + at, '\n', t.size - at);
        size_t size = end != NULL ? (size_t)(end - room) - at : t.size - at, next = at + size + 1;
        if (size > 0 && room[at + size - 1] == '\r') size--;
        for (size_t i = at; i < at + size; i++)
            if (room[i] == '\t') room[i] = ' ';
        cli_tame(room + at, size);
        if (at == 0 || size > 0) printf("%-10s %.*s\n", at == 0 ? what : "", (int)size, room + at);
        at = next;
    }
    free(room);
}
static void say_member(const char *what, const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    if (m != NULL && m->kind == JSON_STRING) say(what, m->string);
}
/* A member as it stands, of a part that the server rendered: the last one. */
static struct text tail_member(struct text object, const char *quoted) {
    const char *at = memmem(object.at, object.size, quoted, strlen(quoted));
    if (at == NULL || object.size == 0) return (struct text){"", 0};
    at += strlen(quoted);
    return (struct text){at, (size_t)(object.at + object.size - 1 - at)};
}
static result say_asked(struct record_source *s, const struct told *t, struct fault *f) {
    const struct json *top;
    TRY(parse(&s->inner, &s->inner_room, append_view(&t->claims), &top, f));
    say_member("request", top, "request");
    printf("%-10s %.*s, place %llu of the operator's stream\n", "time", TEXT_ARG(append_view(&t->time)), (unsigned long long)t->place);
    say_member("manager", top, "sub");
    say_member("issuer", top, "iss");
    const struct json *scopes = json_member(top, "scopes");
    for (const struct json *scope = json_first(scopes); scope != NULL; scope = json_next(scopes, scope)) say("scope", scope->string);
    TRY(parse(&s->inner, &s->inner_room, append_view(&t->request), &top, f));
    const struct json *method = json_member(top, "method"), *path = json_member(top, "path");
    char line[4096];
    if (method != NULL && path != NULL && method->string.size + path->string.size + 2 < sizeof line) {
        struct append asked = append_fixed(line, sizeof line);
        append_format(&asked, "%.*s %.*s", TEXT_ARG(method->string), TEXT_ARG(path->string));
        say("asked", append_view(&asked));
    }
    say("body", tail_member(append_view(&t->request), ",\"body\":"));
    return OK;
}
static result say_outcome(struct record_source *s, const struct told *t, struct fault *f) {
    const struct json *top;
    TRY(parse(&s->inner, &s->inner_room, append_view(&t->outcome), &top, f));
    printf("%-10s %d\n", "status", status_of(s, append_view(&t->outcome)));
    TRY(parse(&s->inner, &s->inner_room, append_view(&t->outcome), &top, f));
    say_member("verdict", top, "verdict");
    say_member("rule", top, "reason");
    say_member("detail", top, "detail");
    say("reply", tail_member(append_view(&t->outcome), ",\"reply\":"));
    return OK;
}
static result say_before(struct record_source *s, const struct told *b, struct fault *f) {
    const struct json *top;
    if (!b->found) {
        say("before", TEXT("nothing on file under this id"));
        return OK;
    }
    TRY(parse(&s->inner, &s->inner_room, append_view(&b->request), &top, f));
    const struct json *method = json_member(top, "method");
    bool deleted = method != NULL && text_is(method->string, "DELETE");
    printf("%-10s %s at %.*s, place %llu\n", "before", deleted ? "deleted" : "as written", TEXT_ARG(append_view(&b->time)), (unsigned long long)b->place);
    TRY(parse(&s->inner, &s->inner_room, append_view(&b->claims), &top, f));
    say_member("  by", top, "sub");
    say_member("  request", top, "request");
    say("  reply", tail_member(append_view(&b->outcome), ",\"reply\":"));
    return OK;
}
static void print_json(const struct told *t) {
    printf("{\"place\":%llu,\"time\":\"%.*s\",\"claims\":%.*s,\"request\":%.*s,\"outcome\":%.*s}", (unsigned long long)t->place, TEXT_ARG(append_view(&t->time)),
           TEXT_ARG(append_view(&t->claims)), TEXT_ARG(append_view(&t->request)), TEXT_ARG(append_view(&t->outcome)));
}
static result tell(struct record_source *s, const struct cli *c, struct text id, struct fault *f) {
    struct told t = {.found = false}, b = {.found = false};
    result r = find(s, id, &t, f);
    if (result_is_ok(r)) r = before(s, &t, &b, f);
    if (result_is_ok(r) && c->json) {
        printf("{\"asked\":");
        print_json(&t);
        printf(",\"before\":");
        if (b.found) print_json(&b);
        else printf("null");
        printf("}\n");
    } else if (result_is_ok(r)) {
        r = say_asked(s, &t, f);
        if (result_is_ok(r)) r = say_outcome(s, &t, f);
        if (result_is_ok(r)) r = say_before(s, &b, f);
    }
    told_free(&t);
    told_free(&b);
    return r;
}

/* Requests stand in the operator's stream alone: in another's one would look to its end and find nothing. */
static result is_operators(struct client *k, struct text id, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    TRY(client_get(k, "/v1/parties", &reply, &top, f));
    result r = OK;
    const struct json *items = json_member(top, "items");
    for (const struct json *p = json_first(items); p != NULL; p = json_next(items, p)) {
        const struct json *name = json_member(p, "party"), *operator_ = json_member(p, "operator");
        if (name == NULL || operator_ == NULL || !operator_->boolean || text_equal(name->string, name_text(&k->keys[0].party))) continue;
        r = fail(f, RESULT_FORBIDDEN, "--key", "is of '%.*s', but requests stand in the operator's stream: give a key of '%.*s', or --data DIR; a manager asks GET /aux/v1/why/%.*s with his token",
                 TEXT_ARG(name_text(&k->keys[0].party)), TEXT_ARG(name->string), TEXT_ARG(id));
        break;
    }
    append_free(&reply.body);
    return r;
}

static int why_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    struct record_source s = {.line = append_growing(RECORD_MOST), .unhexed = {append_growing(RECORD_MOST), append_growing(RECORD_MOST), append_growing(RECORD_MOST)}};
    struct node_report report;
    struct text id = text_of(c->arguments[0]);
    uint8_t bytes[8];
    const char *dir = cli_get(c, "data");
    result r = hex_read(id, bytes, sizeof bytes) ? OK : fail(&f, RESULT_USAGE, "REQUEST", "'%s' is not 16 hex digits: the reply's header Request-Id has them", c->arguments[0]);
    arena_growing(&s.scratch, RECORD_MOST);
    bool called = result_is_ok(r) && dir == NULL;
    if (called) r = client_open(&k, c, true, true, &f);
    if (called) s.client = &k;
    if (called && result_is_ok(r)) r = is_operators(&k, id, &f);
    if (result_is_ok(r) && dir != NULL) r = cli_no_log(node_open(&(struct node_options){.dir = dir, .inline_writer = true, .read_only = true}, &s.node, &report, &f), dir, &f);
    if (result_is_ok(r)) r = tell(&s, c, id, &f);
    if (s.node != NULL) node_close(s.node);
    if (called) client_close(&k);
    json_reader_free(s.json);
    json_reader_free(s.inner);
    append_free(&s.line);
    for (size_t i = 0; i < sizeof s.unhexed / sizeof *s.unhexed; i++) append_free(&s.unhexed[i]);
    arena_free(&s.scratch);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

static const struct cli_option why_options[] = {{"data", "DIR", "the log's directory, in place of a server; also while one runs on it"}, {NULL, NULL, NULL}};
const struct cli_command command_why = {
    "why", "REQUEST", 1, 1, "why was this request of a DSS client answered so?",
    "REQUEST is what the reply's header Request-Id said. Printed are who asked what, what it was answered and by which rule, and what was on file under the same id before. "
    "It stands in the operator's stream: give the operator's key, or the log's directory. Managers ask for their own at GET /aux/v1/why/REQUEST.", why_options, true, why_run};
