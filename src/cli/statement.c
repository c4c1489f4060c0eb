#include "cli/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/rand.h"
#include "cli/event_text.h"
#include "cli/receipt_kept.h"

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
        return fail(f, RESULT_USAGE, argument, "is no entity: PARTY/ID with an ID of 32 hex digits is meant, as 'parley list' shows it, or the ID alone with your key");
    if (!id_read(text_of(slash == NULL ? argument : slash + 1), &id))
        return fail(f, RESULT_USAGE, argument, "is no entity: its id is not 32 lower-case hex digits; 'parley list' shows entities as PARTY/ID");
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
    TRY(http_call(k->http, "/v1/checkpoint", NULL, &reply, f));
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

static bool not_read_back(const struct json *outcome) {
    static const char mismatch[] = "mismatch: ";
    const struct json *detail = json_member(outcome, "detail");
    return detail != NULL && detail->string.size >= sizeof mismatch - 1 && memcmp(detail->string.at, mismatch, sizeof mismatch - 1) == 0;
}

static int status_of_verdict(struct text verdict, const struct json *outcome) {
    if (not_read_back(outcome)) return CLI_NOT_READ_BACK;
    if (text_is(verdict, "accepted") || text_is(verdict, "repeated")) return CLI_OK;
    return text_is(verdict, "pending") ? CLI_PENDING : CLI_REFUSED;
}

/* 1 h 2 min 3 s before, or "after the start". */
static void lead_time(const char *label, const struct json *seconds, bool up, struct append *out) {
    if (seconds == NULL) return;
    long long given = cli_seconds(seconds->number, up), whole = given < 0 ? -given : given;
    append_format(out, " %s %lld:%02lld:%02lld%s", label, whole / 3600, whole / 60 % 60, whole % 60, given < 0 ? " after the start" : "");
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
        lead_time("given", json_member(l, "sequenced_s"), false, out);
        lead_time("agreed", json_member(l, "agreed_s"), false, out);
        if (shortfall != NULL && shortfall->number > 0) lead_time("SHORT by", shortfall, true, out);
    }
}

static const char *no_reader(const struct cli *c) {
    return cli_has(c, "seal") ? ": sealed, nobody else can read it until it is opened" : ": nobody else can read it, or not everybody that it names, as far as this party may know";
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
    if (not_read_back(outcome)) append_str(&out, "NOT READ BACK; recorded");
    else append_text(&out, verdict);
    if (place != NULL && place->kind == JSON_NUMBER) append_format(&out, " at place %.*s", TEXT_ARG(place->string)); /* else it is its party's to know */
    append_format(&out, place != NULL && place->kind == JSON_NUMBER ? " of %.*s" : "; a statement of %.*s", TEXT_ARG(party));
    for (const struct json *m = json_first(marks); m != NULL; m = json_next(marks, m)) append_format(&out, "; marked %.*s%s", TEXT_ARG(m->string), text_is(m->string, "no-reader") ? no_reader(c) : "");
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
    int status = status_of_verdict(verdict, outcome);
    append_free(&out);
    json_reader_free(json);
    return status;
}

/* Posts; the answer (JSON, of refusals too) goes to *answer. */
/* The server tells strangers nothing of its keys; whoever signed by the wrong file sees by which. */
static void name_the_files(const struct client *k, struct fault *f) {
    if (strcmp(f->field, "/note") != 0 || k->key_count == 0) return;
    for (unsigned i = 0; i < k->key_count; i++) {
        size_t size = strlen(f->message);
        snprintf(f->message + size, sizeof f->message - size, "%s %s (%s)", i == 0 ? "; signed by --key" : ",", k->keys[i].path, k->keys[i].name);
    }
}

static int post(struct client *k, struct text body, struct append *answer, struct fault *f) {
    struct http_reply reply;
    const char *path = cli_has(k->cli, "receipt") ? "/v1/statements?receipt=true" : "/v1/statements";
    result r = http_call(k->http, path, &body, &reply, f);
    if (!result_is_ok(r)) return cli_status_of(r.code);
    append_text(answer, append_view(&reply.body));
    r = http_problem(&reply, f);
    append_free(&reply.body);
    if (!result_is_ok(r)) {
        name_the_files(k, f);
        return cli_status_of(r.code);
    }
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

/* Whoever is refused something on another's entity is told that it is another's. */
static void name_the_owner(const struct client *k, struct fault *f, const char *on) {
    struct text owner = {on, strcspn(on, "/")}, own = name_text(&k->keys[0].party);
    size_t size = strlen(f->message);
    if (k->key_count == 0 || text_equal(owner, own)) return;
    snprintf(f->message + size, sizeof f->message - size, "; it is %.*s's, you are %.*s", TEXT_ARG(owner), TEXT_ARG(own));
}

/* "/on" is the entity that the user typed. A refusal that is on record has its field in the text. */
static void name_the_entity(struct fault *f, const char *on) {
    static const char prefix[] = "/on: ";
    bool in_text = f->field[0] == '\0' && strncmp(f->message, prefix, sizeof prefix - 1) == 0;
    if (!in_text && strcmp(f->field, "/on") != 0) return;
    snprintf(f->field, sizeof f->field, "%s", on);
    if (in_text) memmove(f->message, f->message + sizeof prefix - 1, strlen(f->message) - (sizeof prefix - 2));
}

/* What people type for a member of a body; a name in capitals is an argument. */
static const struct { const char *member, *option; } typed_as[] = {
    {"circle", "circle"}, {"polygon", "polygon"}, {"corridor", "corridor"}, {"lower", "lower"}, {"upper", "upper"}, {"start", "from"}, {"start", "start"}, {"end", "to"},
    {"area", "area"}, {"category", "category"}, {"text", "text"}, {"callsign", "callsign"}, {"registration", "registration"}, {"aircraft_type", "type"}, {"icao24", "icao24"},
    {"persons_on_board", "persons"}, {"priority", "priority"}, {"display", "display"}, {"zone", "zone"}, {"desks", "desk"}, {"desk", "desk"}, {"root_key", "root"},
    {"public_key", "new"}, {"new_root", "new"}, {"suspect_from", "suspect-from"}, {"reason", "reason"}, {"until", "until"}, {"answers", "answers"}, {"from", "from"},
    {"readers", "feed-reader"}, {"error_s", "error"}, {"prev", "prev"}, {"open_by", "open-by"}, {"now", "TIME"}, {"name", "root"}, {"name", "NAME"}, {"key", "new"}, {"key", "KEY"},
    {"feed", "FEED"}, {"place", "PLACE"}, {"step", "STEP"}, {"reply", "REPLY"}, {"hold", "HOLD"}, {"notice", "NOTICE"}, {"flight", "FLIGHT"}, {"track", "TRACK"}, {"text", "TEXT"},
};

static const char *option_of_member(const struct cli *c, struct text member) {
    for (size_t i = 0; i < sizeof typed_as / sizeof typed_as[0]; i++) {
        const char *option = typed_as[i].option;
        if (!text_is(member, typed_as[i].member)) continue;
        if (option[0] >= 'A' && option[0] <= 'Z' ? strstr(c->command->arguments, option) != NULL : cli_has(c, option)) return option;
    }
    return NULL;
}

/* The file that the section's body was read from, where it was. */
static const char *file_of_section(const struct cli *c, const struct outgoing *o, unsigned index) {
    static const char *const files[][2] = {{"public", "body"}, {"parties", "parties-body"}, {"own", "own-body"}};
    if (strcmp(c->command->arguments, "FILE") == 0) return c->arguments[0];
    for (int i = 0; i < 3 && index < o->count; i++)
        if (strcmp(o->sections[index].name, files[i][0]) == 0) return cli_get(c, files[i][1]);
    return NULL;
}

/* The server names a member of the statement by its path; people know the option, or the file, that it came from: that stands before it. */
static void name_the_option(const struct cli *c, const struct outgoing *o, struct fault *f) {
    static const char body[] = "/sections/";
    char path[sizeof f->field], *end = NULL;
    const char *option = NULL, *file = NULL, *at = path;
    const char *colon = f->field[0] == '\0' && f->message[0] == '/' ? strstr(f->message, ": ") : NULL; /* a refusal that is on record has its field in the text */
    size_t size = colon != NULL ? (size_t)(colon - f->message) : strlen(f->field);
    if ((colon == NULL && f->field[0] != '/') || size >= sizeof path) return;
    memcpy(path, colon != NULL ? f->message : f->field, size);
    path[size] = '\0';
    if (strncmp(path, body, sizeof body - 1) == 0) {
        unsigned long index = strtoul(path + sizeof body - 1, &end, 10);
        at = end;
        file = file_of_section(c, o, (unsigned)index);
        if (strncmp(at, "/to", 3) == 0 && cli_has(c, index == 0 ? "readers" : "parties-to")) option = index == 0 ? "readers" : "parties-to";
        if (strncmp(at, "/body", 5) == 0) at += 5;
    }
    for (const char *member = at; option == NULL && *member == '/';) {
        size_t length = strcspn(++member, "/");
        option = option_of_member(c, (struct text){member, length});
        member += length;
    }
    if (option == NULL && file == NULL) return;
    bool argument = option != NULL && option[0] >= 'A' && option[0] <= 'Z';
    snprintf(f->field, sizeof f->field, "%s%s (%.*s)", option == NULL || argument ? "" : "--", option != NULL ? option : file, (int)sizeof path / 2, at);
    if (colon != NULL) memmove(f->message, colon + 2, strlen(colon + 2) + 1);
}

/* `named`: what the statement files, said unless the server refused it; where the outcome is unknown it is what to look for. */
static int deliver(struct client *k, struct text body, struct text named, const struct outgoing *o) {
    struct fault f = {0};
    struct append answer = append_growing(ANSWER_MOST);
    int status = post(k, body, &answer, &f);
    if (!k->cli->json && named.size > 0 && (status == CLI_OK || status == CLI_PENDING || status == CLI_UNREACHABLE)) printf("%.*s\n", TEXT_ARG(named));
    if (k->cli->json && answer.size > 0) {
        const struct json *top;
        struct fault ignored;
        printf("%.*s%s", TEXT_ARG(append_view(&answer)), answer.at[answer.size - 1] == '\n' ? "" : "\n");
        if (status == CLI_OK && result_is_ok(client_parse(k, append_view(&answer), &top, &ignored)) && not_read_back(json_member(top, "outcome"))) status = CLI_NOT_READ_BACK;
    } else if (status == CLI_OK || status == CLI_PENDING) {
        status = statement_answer(k->cli, append_view(&answer));
    } else {
        if (o != NULL && o->on != NULL) name_the_entity(&f, o->on);
        if (o != NULL) name_the_option(k->cli, o, &f);
        if (o != NULL && o->on != NULL && (status == CLI_REFUSED || status == CLI_NOT_FOUND)) name_the_owner(k, &f, o->on);
        status = cli_fail(k->cli, &f);
    }
    /* The server refused or took it: in either case it is on record, and may be promised. */
    if (cli_has(k->cli, "receipt") && answer.size > 0) status = receipt_keep(k, body, append_view(&answer), status);
    append_free(&answer);
    return status;
}

int statement_deliver(struct client *k, struct text body) { return deliver(k, body, TEXT(""), NULL); }

/* --- what the sender of a notice should know beyond the answer --- */

static bool text_of_member(struct client *k, struct text body, const char *name, char *out, size_t room) {
    const struct json *top;
    struct fault ignored;
    const struct json *m = result_is_ok(client_parse(k, body, &top, &ignored)) ? json_member(top, name) : NULL;
    if (m == NULL || m->kind != JSON_STRING || m->string.size >= room) return false;
    memcpy(out, m->string.at, m->string.size);
    out[m->string.size] = '\0';
    return true;
}

static const struct json *version_in_force(const struct json *agreement) {
    const struct json *versions = json_member(agreement, "versions");
    for (const struct json *v = json_first(versions); v != NULL; v = json_next(versions, v)) {
        const struct json *now = json_member(v, "in_force");
        if (now != NULL && now->boolean) return v;
    }
    return NULL;
}

static bool has_member(const struct json *list, const char *name, struct text value) {
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e)) {
        const struct json *m = json_member(e, name);
        if (m != NULL && text_equal(m->string, value)) return true;
    }
    return false;
}

/* A category that an agreement does not name is judged by its rule `default`: whoever mistyped it would not know. Where that is its only rule
 * every name is as good. */
static void say_default(struct client *k, const struct outgoing *o) {
    char category[64];
    struct http_reply reply;
    const struct json *top;
    struct fault ignored;
    if (o->count == 0 || !text_of_member(k, o->sections[0].body, "category", category, sizeof category) || strcmp(category, "default") == 0) return;
    if (!result_is_ok(client_session(k, &ignored)) || !result_is_ok(client_get(k, "/v1/agreements", &reply, &top, &ignored))) return;
    const struct json *items = json_member(top, "items");
    for (const struct json *a = json_first(items); a != NULL; a = json_next(items, a)) {
        const struct json *version = version_in_force(a), *rules = json_member(version, "rules"), *name = json_member(a, "name");
        if (version == NULL || name == NULL || !has_member(json_member(version, "parties"), "party", name_text(&k->keys[0].party))) continue;
        if (rules != NULL && rules->count > 1 && !has_member(rules, "category", text_of(category)))
            printf("  %.*s has no rule for the category '%s': its rule 'default' holds\n", TEXT_ARG(name->string), category);
    }
    append_free(&reply.body);
}

static void say_sealed(const struct client *k, const struct outgoing *o) {
    const char *file = cli_get(k->cli, "seal");
    char day[40];
    struct append by = append_fixed(day, sizeof day);
    append_instant(&by, o->open_by);
    printf("  sealed, nobody has seen it yet:");
    for (unsigned i = 0; i < o->count; i++) printf("%s section '%s'", i > 0 ? "," : "", o->sections[i].name);
    bool notice = strncmp(o->kind, "notice", 6) == 0;
    printf(", kept in %s\n  to be opened by %.19sZ, else %s told: parley open %s\n%s", file, day, notice ? "all parties are" : "the operator is", file,
           notice ? "  its lead runs from the opening\n" : "");
}

/* What was filed, as the lists show it: whoever mistyped a band, a time or a reach sees it here. */
static void say_filed(struct client *k, const struct outgoing *o) {
    struct append out = append_growing(SCRATCH_MOST);
    for (unsigned i = 0; i < o->count; i++) {
        const struct json *top;
        struct fault ignored;
        if (!result_is_ok(client_parse(k, o->sections[i].body, &top, &ignored)) || json_member(top, "volumes") == NULL) continue;
        append_reset(&out);
        event_body_line(top, &out);
        printf("  %s%.*s\n", o->count > 1 ? o->sections[i].name : "filed", TEXT_ARG(append_view(&out)));
    }
    append_free(&out);
}

int statement_send(struct client *k, const struct outgoing *o) {
    struct fault f = {0};
    struct arena arena;
    struct composed composed;
    struct append body = append_growing(SCRATCH_MOST);
    arena_growing(&arena, SCRATCH_MOST);
    const char *draft = cli_get(k->cli, "draft");
    if (draft != NULL && cli_has(k->cli, "receipt")) return cli_error(k->cli, RESULT_USAGE, "--receipt", "comes with what is sent: 'parley cosign --send --receipt'");
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
        status = deliver(k, append_view(&body), append_view(&named), o);
        append_free(&named);
        bool said = !k->cli->json && (status == CLI_OK || status == CLI_PENDING);
        if (said && (strncmp(o->kind, "notice", 6) == 0 || strncmp(o->kind, "flight", 6) == 0)) say_filed(k, o);
        if (said && o->open_by != INSTANT_NONE) say_sealed(k, o);
        if (said && o->open_by == INSTANT_NONE && strcmp(o->kind, "notice") == 0) say_default(k, o);
    }
    if (!result_is_ok(r)) status = cli_fail(k->cli, &f);
    append_free(&body);
    arena_free(&arena);
    return status;
}
