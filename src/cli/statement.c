#include "cli/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/rand.h"

enum { SCRATCH_MOST = 256 * 1024 * 1024, ANSWER_MOST = 16 * 1024 * 1024 };

void statement_comma(struct append *out) {
    if (out->size > 0 && out->at[out->size - 1] != '{' && out->at[out->size - 1] != '[') append_char(out, ',');
}

void statement_text_member(const struct cli *c, const char *option, const char *member, struct append *out) {
    const char *value = cli_get(c, option);
    if (value == NULL) return;
    statement_comma(out);
    append_json_string(out, text_of(member));
    append_char(out, ':');
    append_json_string(out, text_of(value));
}

result statement_readers(const struct cli *c, const char *fallback, struct append *out, struct fault *f) {
    const char *reader;
    bool none = false;
    for (unsigned i = 0; (reader = cli_nth(c, "readers", i)) != NULL; i++) {
        none = none || strcmp(reader, "none") == 0;
        if (out->size > 0) append_char(out, ',');
        append_str(out, reader);
    }
    if (none && strcmp(cli_nth(c, "readers", 0), "none") == 0 && cli_nth(c, "readers", 1) == NULL) append_reset(out);
    else if (none) return fail(f, RESULT_USAGE, "--readers", "'none' stands alone");
    else if (out->size == 0 && fallback != NULL) append_str(out, fallback);
    return OK;
}

result statement_entity(const struct client *k, const char *argument, char out[80], struct fault *f) {
    const char *slash = strchr(argument, '/');
    struct id id;
    struct name party = {{0}};
    struct fault inner = {0};
    if (slash == NULL && k->key_count > 0) party = k->keys[0].party;
    else if (slash == NULL || !result_is_ok(name_read((struct text){argument, (size_t)(slash - argument)}, &party, &inner)))
        return fail(f, RESULT_USAGE, argument, "is no entity: <party>/<32 hex digits>, or the digits alone with your key");
    if (!id_read(text_of(slash == NULL ? argument : slash + 1), &id))
        return fail(f, RESULT_USAGE, argument, "is no entity: the id must be 32 lower-case hex digits");
    struct append text = append_fixed(out, 79);
    append_text(&text, name_text(&party));
    append_char(&text, '/');
    append_id(&text, &id);
    out[text.size] = '\0';
    return OK;
}

/* "seen" proves that the statement was signed after the checkpoint existed. None yet: null. */
static result read_seen(struct client *k, struct compose *c, struct fault *f) {
    struct http_reply reply;
    TRY(http_call(k->http, "/v1/checkpoint", NULL, NULL, &reply, f));
    result r = reply.status == 404 ? OK : http_problem(&reply, f);
    if (result_is_ok(r) && reply.status == 200) {
        struct text t = append_view(&reply.body);
        const char *first = memchr(t.at, '\n', t.size), *second = first != NULL ? memchr(first + 1, '\n', t.size - (size_t)(first + 1 - t.at)) : NULL;
        const char *third = second != NULL ? memchr(second + 1, '\n', t.size - (size_t)(second + 1 - t.at)) : NULL;
        size_t size = 0;
        if (third == NULL || !base64_read((struct text){second + 1, (size_t)(third - second - 1)}, c->seen_root.bytes, sizeof c->seen_root.bytes, &size) ||
            size != sizeof c->seen_root.bytes)
            r = fail(f, RESULT_MALFORMED, "/v1/checkpoint", "the server's checkpoint is not understood");
        else c->seen_size = strtoull(first + 1, NULL, 10), c->has_seen = true;
    }
    append_free(&reply.body);
    return r;
}

static result read_prev(const struct client *k, struct compose *c, struct fault *f) {
    const char *prev = cli_get(k->cli, "prev");
    if (prev == NULL) return OK;
    c->has_prev = hex_read(text_of(prev), c->prev.bytes, sizeof c->prev.bytes);
    return c->has_prev ? OK : fail(f, RESULT_USAGE, "--prev", "'%s' is not 64 lower-case hex digits", prev);
}

static result read_on(const struct outgoing *o, struct compose *c, struct fault *f) {
    const char *slash = o->on != NULL ? strchr(o->on, '/') : NULL;
    if (o->on == NULL) return OK;
    c->has_on = slash != NULL && result_is_ok(name_read((struct text){o->on, (size_t)(slash - o->on)}, &c->on.party, f)) && id_read(text_of(slash + 1), &c->on.id);
    return c->has_on ? OK : fail(f, RESULT_USAGE, o->on, "is no entity");
}

static result compose(struct client *k, const struct outgoing *o, struct arena *arena, struct composed *out, struct fault *f) {
    struct compose_key keys[CLIENT_KEYS];
    struct compose_section sections[LIMIT_SECTIONS];
    struct compose c = {.origin = k->origin, .log = k->log, .at = k->now, .open_by = o->open_by, .by = keys, .by_count = k->key_count, .sections = sections,
                        .section_count = o->count, .earlier = o->earlier};
    if (!statement_kind_read(text_of(o->kind), &c.kind)) return fail(f, RESULT_USAGE, o->kind, "is no kind of statement");
    for (unsigned i = 0; i < k->key_count; i++) {
        keys[i] = (struct compose_key){.name = text_of(k->keys[i].name), .secret = k->keys[i].secret};
        memcpy(keys[i].public_key.bytes, k->keys[i].public_key, NOTE_KEY_BYTES);
    }
    /* Keys of others that must sign too (--co-signer FILE.pub) stand in the text; their lines follow by 'parley cosign'. */
    const char *path;
    for (unsigned i = 0; (path = cli_nth(k->cli, "co-signer", i)) != NULL; i++) {
        struct append file;
        struct text name;
        if (c.by_count == CLIENT_KEYS) return fail(f, RESULT_USAGE, "--co-signer", "too many keys");
        TRY(cli_read_file(path, 4096, &file, f));
        result r = compose_public_key_read(append_view(&file), &name, &keys[c.by_count].public_key, f);
        char *kept = result_is_ok(r) ? arena_alloc(arena, name.size + 1, 1) : NULL;
        if (kept != NULL) memcpy(kept, name.at, name.size);
        keys[c.by_count].name = (struct text){kept, kept != NULL ? name.size : 0};
        keys[c.by_count++].secret = NULL;
        append_free(&file);
        TRY(r);
    }
    for (unsigned i = 0; i < o->count; i++)
        sections[i] = (struct compose_section){.name = text_of(o->sections[i].name), .to = o->sections[i].readers, .body = o->sections[i].body,
                                               .sealed = o->open_by != INSTANT_NONE};
    TRY(read_on(o, &c, f));
    TRY(read_prev(k, &c, f));
    TRY(read_seen(k, &c, f));
    return compose_statement(&c, random_bytes, arena, out, f);
}

/* What 'parley open' needs later: the statement, its keys, and the sections with their salts. */
static result write_seal(const struct client *k, const char *kind, const struct composed *s, struct fault *f) {
    struct append out = append_growing(SCRATCH_MOST);
    append_str(&out, "{\"statement\":\"");
    append_hex(&out, s->hash.bytes, sizeof s->hash.bytes);
    append_format(&out, "\",\"kind\":\"%s\",\"id\":\"", kind);
    append_id(&out, &s->id);
    append_str(&out, "\",\"keys\":[");
    for (unsigned i = 0; i < k->key_count; i++) {
        append_str(&out, i > 0 ? ",\"" : "\"");
        append_hex(&out, k->keys[i].public_key, NOTE_KEY_BYTES);
        append_char(&out, '"');
    }
    append_str(&out, "],\"sections\":[");
    for (unsigned i = 0; i < s->section_count; i++) {
        append_format(&out, "%s{\"slot\":%u,\"name\":", i > 0 ? "," : "", s->section[i].slot);
        append_json_string(&out, s->section[i].name);
        append_str(&out, ",\"salt\":\"");
        append_hex(&out, s->section[i].salt, sizeof s->section[i].salt);
        append_str(&out, "\",\"bytes\":");
        append_json_string(&out, s->section[i].bytes);
        append_char(&out, '}');
    }
    append_str(&out, "]}\n");
    result r = cli_write_file(cli_get(k->cli, "seal"), append_view(&out), 0600, false, f);
    append_free(&out);
    return r;
}

/* --- the answer --- */

static int status_of_verdict(struct text verdict) {
    if (text_is(verdict, "accepted") || text_is(verdict, "repeated")) return CLI_OK;
    return text_is(verdict, "pending") ? CLI_PENDING : CLI_REFUSED;
}

/* 1 h 2 min 3 s before, or "after the start". */
static void lead_time(const char *label, const struct json *seconds, struct append *out) {
    if (seconds == NULL) return;
    double s = seconds->number < 0 ? -seconds->number : seconds->number;
    unsigned long long whole = (unsigned long long)s;
    append_format(out, " %s %llu:%02llu:%02llu%s", label, whole / 3600, whole / 60 % 60, whole % 60, seconds->number < 0 ? " after the start" : "");
}

static void print_leads(const struct json *outcome, struct append *out) {
    const struct json *leads = json_member(outcome, "lead");
    for (const struct json *l = json_first(leads); l != NULL; l = json_next(leads, l)) {
        const struct json *agreement = json_member(l, "agreement"), *shortfall = json_member(l, "short_s");
        append_str(out, "\n  lead under ");
        size_t from = out->size;
        append_text(out, agreement != NULL ? agreement->string : TEXT("?"));
        cli_tame(out->at + from, out->size - from);
        append_char(out, ':');
        const struct json *pieces = json_member(l, "pieces");
        if (pieces != NULL && pieces->number == 0) { /* sealed: it runs from the opening; or a change that claims nothing more */
            append_str(out, " nothing newly claimed");
            continue;
        }
        lead_time("given", json_member(l, "sequenced_s"), out);
        lead_time("agreed", json_member(l, "agreed_s"), out);
        if (shortfall != NULL && shortfall->number > 0) lead_time("SHORT by", shortfall, out);
    }
}

int statement_answer(const struct cli *c, struct text answer) {
    struct json_reader *json = json_reader_new(answer.size + 1);
    const struct json *top;
    struct fault f = {0};
    if (json == NULL || !result_is_ok(json_parse(json, answer, JSON_OPEN, &top, &f))) {
        json_reader_free(json);
        return cli_error(c, RESULT_UNKNOWN, "/v1/statements", "the server's answer is not understood: %s", f.message);
    }
    struct text verdict = TEXT("?"), party = TEXT("?"), statement = TEXT("?");
    (void)json_get_text(top, "verdict", false, 64, &verdict, &f);
    (void)json_get_text(top, "party", false, 64, &party, &f);
    (void)json_get_text(top, "statement", false, 128, &statement, &f);
    const struct json *place = json_member(top, "place"), *outcome = json_member(top, "outcome"), *marks = json_member(outcome, "marks");
    struct append out = append_growing(ANSWER_MOST);
    append_text(&out, verdict);
    if (place != NULL && place->kind == JSON_NUMBER) append_format(&out, " at place %.*s", TEXT_ARG(place->string)); /* else it is its party's to know */
    append_format(&out, " of %.*s", TEXT_ARG(party));
    for (const struct json *m = json_first(marks); m != NULL; m = json_next(marks, m)) append_format(&out, "; marked %.*s%s", TEXT_ARG(m->string), text_is(m->string, "no-reader") ? ": nobody else can read it, or not everybody that it names, as far as this party may know" : "");
    const struct json *detail = json_member(outcome, "detail"), *missing = json_member(outcome, "missing");
    if (detail != NULL && detail->string.size > 0) append_format(&out, "; %.*s", TEXT_ARG(detail->string));
    for (const struct json *m = json_first(missing); m != NULL; m = json_next(missing, m)) append_format(&out, "%s%.*s", m == json_first(missing) ? "; not signed yet: " : ", ", TEXT_ARG(m->string));
    cli_tame(out.at, out.size);
    print_leads(outcome, &out);
    append_str(&out, "\n  statement ");
    size_t from = out.size;
    append_text(&out, statement);
    cli_tame(out.at + from, out.size - from);
    printf("%.*s\n", TEXT_ARG(append_view(&out)));
    int status = status_of_verdict(verdict);
    append_free(&out);
    json_reader_free(json);
    return status;
}

/* Posts; the answer (JSON, of refusals too) goes to *answer. */
static int post(struct client *k, struct text body, struct append *answer, struct fault *f) {
    struct http_reply reply;
    result r = http_call(k->http, "/v1/statements", &body, NULL, &reply, f);
    if (!result_is_ok(r)) return cli_status_of(r.code);
    append_text(answer, append_view(&reply.body));
    r = http_problem(&reply, f);
    append_free(&reply.body);
    if (!result_is_ok(r)) return cli_status_of(r.code);
    return reply.status == 202 ? CLI_PENDING : CLI_OK;
}

int statement_post(struct client *k, const struct outgoing *o, struct append *answer, struct fault *f) {
    struct arena arena;
    struct composed composed;
    struct append body = append_growing(SCRATCH_MOST);
    arena_growing(&arena, SCRATCH_MOST);
    result r = compose(k, o, &arena, &composed, f);
    if (result_is_ok(r)) compose_body(&composed, &body);
    int status = result_is_ok(r) ? post(k, append_view(&body), answer, f) : cli_status_of(r.code);
    append_free(&body);
    arena_free(&arena);
    return status;
}

/* "/on" is the entity that the user typed. A refusal that is on record has its field in the text. */
static void name_the_entity(struct fault *f, const char *on) {
    static const char prefix[] = "/on: ";
    bool in_text = f->field[0] == '\0' && strncmp(f->message, prefix, sizeof prefix - 1) == 0;
    if (!in_text && strcmp(f->field, "/on") != 0) return;
    snprintf(f->field, sizeof f->field, "%s", on);
    if (in_text) memmove(f->message, f->message + sizeof prefix - 1, strlen(f->message) - (sizeof prefix - 2));
}

/* `named`: what the statement files, said unless the server refused it; where the outcome is unknown it is what to look for. */
static int deliver(struct client *k, struct text body, struct text named, const char *on) {
    struct fault f = {0};
    struct append answer = append_growing(ANSWER_MOST);
    int status = post(k, body, &answer, &f);
    if (!k->cli->json && named.size > 0 && (status == CLI_OK || status == CLI_PENDING || status == CLI_UNREACHABLE)) printf("%.*s\n", TEXT_ARG(named));
    if (k->cli->json && answer.size > 0) {
        printf("%.*s%s", TEXT_ARG(append_view(&answer)), answer.at[answer.size - 1] == '\n' ? "" : "\n");
    } else if (status == CLI_OK || status == CLI_PENDING) {
        status = statement_answer(k->cli, append_view(&answer));
    } else {
        if (on != NULL) name_the_entity(&f, on);
        status = cli_fail(k->cli, &f);
    }
    append_free(&answer);
    return status;
}

int statement_deliver(struct client *k, struct text body) { return deliver(k, body, TEXT(""), NULL); }

int statement_send(struct client *k, const struct outgoing *o) {
    struct fault f = {0};
    struct arena arena;
    struct composed composed;
    struct append body = append_growing(SCRATCH_MOST);
    arena_growing(&arena, SCRATCH_MOST);
    const char *draft = cli_get(k->cli, "draft");
    result r = compose(k, o, &arena, &composed, &f);
    if (result_is_ok(r) && o->open_by != INSTANT_NONE) r = write_seal(k, o->kind, &composed, &f);
    if (result_is_ok(r)) compose_body(&composed, &body);
    int status = CLI_OK;
    if (result_is_ok(r) && draft != NULL) {
        r = cli_write_file(draft, append_view(&body), 0600, false, &f);
        if (result_is_ok(r)) printf("%s: others sign it with 'parley cosign %s --key FILE', the last one with --send\n", draft, draft);
    } else if (result_is_ok(r)) {
        struct append named = append_growing(256);
        if (o->on == NULL && strcmp(o->kind, "party") != 0) { /* a party is known by its name */
            const struct client_key *first = &k->keys[0]; /* the entity is named after the first key of `by` */
            for (unsigned i = 1; i < k->key_count; i++)
                if (strcmp(k->keys[i].name, first->name) < 0) first = &k->keys[i];
            append_format(&named, "%s %.*s/", o->kind, TEXT_ARG(name_text(&first->party)));
            append_id(&named, &composed.id);
        }
        status = deliver(k, append_view(&body), append_view(&named), o->on);
        append_free(&named);
    }
    if (!result_is_ok(r)) status = cli_fail(k->cli, &f);
    append_free(&body);
    arena_free(&arena);
    return status;
}
