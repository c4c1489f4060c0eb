/* Reads: list, show, stream, checkpoint, and watch, which prints events as they happen. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/event_text.h"
#include "cli/statement.h"
#include "door/limits.h"

static const char *const views[] = {"notices", "flights", "tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due"};

static int print_reply(struct client *k, const char *path) {
    struct http_reply reply;
    struct fault f = {0};
    if (!result_is_ok(client_get(k, path, &reply, NULL, &f))) {
        if (f.field[0] == '\0') snprintf(f.field, sizeof f.field, "%s", path + strlen("/v1/"));
        return cli_fail(k->cli, &f);
    }
    fwrite(reply.body.at, 1, reply.body.size, stdout);
    if (reply.body.size == 0 || reply.body.at[reply.body.size - 1] != '\n') putchar('\n');
    append_free(&reply.body);
    return CLI_OK;
}

/* "; " and the record at this place of the own stream, as watch shows it: a message that is due has no other name. */
static void append_record(struct client *k, struct text place, struct append *line) {
    char path[96], *bytes = NULL;
    size_t size = 0;
    struct http_reply reply;
    struct fault ignored;
    snprintf(path, sizeof path, "/v1/stream?from=%.*s&limit=1", TEXT_ARG(place));
    if (!result_is_ok(client_get(k, path, &reply, NULL, &ignored))) return;
    FILE *to = open_memstream(&bytes, &size);
    uint64_t got = to != NULL ? event_print_items(append_view(&reply.body), to) : 0;
    if (to != NULL) (void)fclose(to);
    struct json_reader *json = got == 1 ? json_reader_new(2 * size + 65536) : NULL;
    if (json != NULL) {
        append_str(line, "; ");
        event_line(json, (struct text){bytes, size}, line);
        json_reader_free(json);
    }
    free(bytes);
    append_free(&reply.body);
}

static int print_items(struct client *k, const char *path, const char *view) {
    struct http_reply reply;
    const struct json *top;
    struct fault f = {0};
    if (!result_is_ok(client_get(k, path, &reply, &top, &f))) return cli_fail(k->cli, &f);
    const struct json *items = json_member(top, "items");
    struct append line = append_growing(LIMIT_BODY_BYTES);
    bool due = strcmp(view, "due") == 0; /* overdue ones first, done ones last, before them those that need no answer any more */
    for (unsigned rank = 0; rank < (due ? DUE_RANKS : 1); rank++)
        for (const struct json *item = json_first(items); item != NULL; item = json_next(items, item)) {
            if (due && rank != event_due_rank(item, k->now)) continue;
            append_reset(&line);
            event_item_line(view, item, k->now, &line);
            const struct json *kind = due ? json_member(item, "kind") : NULL, *place = due ? json_member(item, "place") : NULL;
            if (kind != NULL && place != NULL && text_is(kind->string, "message")) append_record(k, place->string, &line);
            printf("%.*s\n", TEXT_ARG(append_view(&line)));
        }
    if (k->key_count == 0) printf(items == NULL || items->count == 0 ? "no %s are shown to everybody; with --key: what you may read\n" : "(%s shown to everybody; with --key: what you may read)\n", view);
    else if (items == NULL || items->count == 0) printf("no %s\n", view);
    append_free(&line);
    append_free(&reply.body);
    return CLI_OK;
}

static int list_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    char path[64];
    size_t view = 0;
    const char *key = getenv("PARLEY_KEY");
    bool keyed = cli_has(c, "key") || (key != NULL && key[0] != '\0');
    while (view < sizeof views / sizeof views[0] && strcmp(views[view], c->arguments[0]) != 0) view++;
    if (view == sizeof views / sizeof views[0])
        return cli_error(c, RESULT_USAGE, "WHAT", "'%s' is not one of notices, flights, tracks, alerts, holds, areas, agreements, parties, feeds, "
                         "pending, due", c->arguments[0]);
    bool world = strcmp(views[view], "notices") == 0 || strcmp(views[view], "flights") == 0;
    if (!keyed && !world) return cli_error(c, RESULT_USAGE, "--key", "give --key (or set PARLEY_KEY): %s are shown to parties only", views[view]);
    snprintf(path, sizeof path, "/v1/%s", views[view]);
    int status = !result_is_ok(client_open(&k, c, false, true, &f)) ? cli_fail(c, &f)
                 : c->json                                          ? print_reply(&k, path)
                                                                    : print_items(&k, path, views[view]);
    /* Who takes the world's part for all there is would fly into what he is told of by name. */
    if (!keyed && status == CLI_OK) fprintf(stderr, "parley: no --key (and no PARLEY_KEY): these are the %s that are shown to everybody; with --key: what you may read\n", views[view]);
    client_close(&k);
    return status;
}

static int show_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    char entity[80], path[160];
    bool known = false;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        size_t size = strlen(views[i]) - 1; /* "notice" as well as "notices" */
        if (strcmp(views[i], c->arguments[0]) != 0 && (strlen(c->arguments[0]) != size || strncmp(views[i], c->arguments[0], size) != 0)) continue;
        known = true;
        snprintf(path, sizeof path, "/v1/%s/", views[i]);
    }
    if (!known) return cli_error(c, RESULT_USAGE, "WHAT", "'%s' is not notice, flight, hold, area or agreement", c->arguments[0]);
    result r = client_open(&k, c, false, true, &f);
    if (result_is_ok(r)) r = statement_entity(&k, c->arguments[1], entity, &f);
    if (result_is_ok(r)) strncat(path, entity, sizeof path - strlen(path) - 1);
    int status = result_is_ok(r) ? print_reply(&k, path) : cli_fail(c, &f);
    client_close(&k);
    return status;
}

static int checkpoint_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    int status = result_is_ok(client_open(&k, c, false, false, &f)) ? print_reply(&k, cli_has(c, "witnessed") ? "/v1/checkpoint/witnessed" : "/v1/checkpoint") : cli_fail(c, &f);
    client_close(&k);
    return status;
}

/* --- watch --- */

struct watcher {
    const struct cli *cli;
    struct append line;
    struct json_reader *json;
    uint64_t last, left; /* events still to be printed; 0 = for ever */
    char ended[128];     /* why the server ended it */
};

static bool watch_event(void *context, struct text id, struct text name, struct text data) {
    struct watcher *w = context;
    char digits[32];
    if (text_is(name, "end")) {
        const struct json *top;
        struct fault ignored;
        bool read = result_is_ok(json_parse(w->json, data, JSON_OPEN, &top, &ignored));
        const struct json *reason = read ? json_member(top, "reason") : NULL;
        if (reason != NULL) snprintf(w->ended, sizeof w->ended, "%.*s", TEXT_ARG(reason->string));
        return false;
    }
    snprintf(digits, sizeof digits, "%.*s", TEXT_ARG(id));
    w->last = strtoull(digits, NULL, 10);
    append_reset(&w->line);
    if (w->cli->json) append_text(&w->line, data);
    else if (text_is(name, "rot")) append_format(&w->line, "%llu DAMAGED on the server, not given out: tell its operator; the next ones come", (unsigned long long)w->last);
    else event_line(w->json, data, &w->line);
    printf("%.*s\n", TEXT_ARG(append_view(&w->line)));
    fflush(stdout);
    return w->left == 0 || --w->left > 0;
}

/* The place of the newest record of the stream, UINT64_MAX where it has none: from behind it on nothing is lost, also where the server ends before it told anything. */
static result last_place(struct client *k, uint64_t *last, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    TRY(client_get(k, "/v1/status", &reply, &top, f));
    const struct json *count = json_member(top, "stream");
    result r = count != NULL && count->kind == JSON_NUMBER ? OK : fail(f, RESULT_MALFORMED, "/v1/status", "the server does not tell how long the stream is");
    if (result_is_ok(r)) *last = count->number > 0 ? (uint64_t)count->number - 1 : UINT64_MAX;
    append_free(&reply.body);
    return r;
}

static int watch_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    struct watcher w = {.cli = c, .line = append_growing(256u << 20), .json = json_reader_new(32u << 20)};
    uint64_t from = UINT64_MAX;
    result r = OK;
    if (cli_has(c, "after")) r = cli_number("--after", cli_get(c, "after"), 0, UINT64_MAX / 2, &from, &f);
    if (result_is_ok(r) && cli_has(c, "count")) r = cli_number("--count", cli_get(c, "count"), 1, UINT64_MAX / 2, &w.left, &f);
    if (result_is_ok(r)) r = client_open(&k, c, true, true, &f);
    if (result_is_ok(r) && !cli_has(c, "after") && !cli_has(c, "all")) r = last_place(&k, &from, &f);
    w.last = from;
    if (result_is_ok(r)) r = http_events(k.http, from == UINT64_MAX ? "/v1/events?from=0" : "/v1/events", from, watch_event, &w, &f);
    if (!result_is_ok(r) && strcmp(f.field, "Last-Event-ID") == 0) {
        snprintf(f.field, sizeof f.field, "--after");
        f.code = RESULT_LOST_TAIL; /* not a form that is wrong: the server knows less than it gave out */
        size_t size = strlen(f.message);
        snprintf(f.message + size, sizeof f.message - size, ": this server knows fewer records than you: was an older copy restored?");
    }
    /* A desk that is told nothing more has to know it. */
    if (result_is_ok(r) && (!cli_has(c, "count") || w.left > 0)) {
        r = fail(&f, RESULT_UNKNOWN, "/v1/events", "the server ended it%s%s", w.ended[0] != '\0' ? ": " : "", w.ended);
        size_t size = strlen(f.message);
        if (w.last != UINT64_MAX) snprintf(f.message + size, sizeof f.message - size, "; 'parley watch --after %llu' goes on", (unsigned long long)w.last);
        else snprintf(f.message + size, sizeof f.message - size, "; 'parley watch --all' goes on");
    }
    int status = result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
    client_close(&k);
    json_reader_free(w.json);
    append_free(&w.line);
    return status;
}

/* --- stream: the party's own records, one JSON object a line, for jq --- */

static int stream_print(struct client *k, uint64_t from, uint64_t most) {
    struct fault f = {0};
    enum { PAGE = 256 };
    while (most > 0) {
        char path[96];
        struct http_reply reply;
        const struct json *top;
        snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=%llu", (unsigned long long)from, (unsigned long long)(most < PAGE ? most : PAGE));
        result r = client_get(k, path, &reply, &top, &f);
        if (r.code == RESULT_ROT) {
            size_t size = strlen(f.message);
            snprintf(f.message + size, sizeof f.message - size, ": record %llu is damaged there; 'parley stream --from %llu' goes on behind it", (unsigned long long)from, (unsigned long long)from + 1);
        }
        if (!result_is_ok(r)) return cli_fail(k->cli, &f);
        uint64_t got = event_print_items(append_view(&reply.body), stdout);
        append_free(&reply.body);
        if (got == 0) return CLI_OK;
        from += got;
        most -= got;
    }
    return CLI_OK;
}

static int stream_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    uint64_t from = 0, most = UINT64_MAX / 2;
    result r = OK;
    if (cli_has(c, "from")) r = cli_number("--from", cli_get(c, "from"), 0, UINT64_MAX / 2, &from, &f);
    if (result_is_ok(r) && cli_has(c, "limit")) r = cli_number("--limit", cli_get(c, "limit"), 1, UINT64_MAX / 2, &most, &f);
    if (result_is_ok(r)) r = client_open(&k, c, true, true, &f);
    if (result_is_ok(r) && c->argument_count > 0 && !text_is(name_text(&k.keys[0].party), c->arguments[0]))
        r = fail(&f, RESULT_FORBIDDEN, "PARTY", "the key is of '%.*s': each party sees its own stream (the operator: 'parley log cat DIR --party')",
                 TEXT_ARG(name_text(&k.keys[0].party)));
    int status = result_is_ok(r) ? stream_print(&k, from, most) : cli_fail(c, &f);
    client_close(&k);
    return status;
}

static const struct cli_option none[] = {{NULL, NULL, NULL}};
static const struct cli_option watch_options[] = {
    {"all", NULL, "from the beginning of your stream"},
    {"after", "PLACE", "from the place behind this one; no event is lost or repeated"},
    {"count", "N", "end after so many events"},
    {NULL, NULL, NULL},
};
static const struct cli_option stream_options[] = {{"from", "PLACE", "first place"}, {"limit", "N", "at most so many records"}, {NULL, NULL, NULL}};

const struct cli_command command_list = {
    "list", "WHAT", 1, 1, "list notices, flights, tracks, alerts, holds, areas, agreements, parties, feeds, pending or due",
    "Without a key: of notices and flights those alone that are released to the world, and that is said; the others need a key.", none, true, list_run};
const struct cli_command command_show = {"show", "WHAT ENTITY", 2, 2, "show one notice, flight, hold, area or agreement as JSON", NULL, none, true, show_run};
static const struct cli_option checkpoint_options[] = {{"witnessed", NULL, "of those that witnesses have signed too, the one with most of their signatures"}, {NULL, NULL, NULL}};
const struct cli_command command_checkpoint = {"checkpoint", "", 0, 0, "the latest signed checkpoint of the log", NULL, checkpoint_options, true, checkpoint_run};
const struct cli_command command_watch = {"watch", "", 0, 0, "print the events of your stream as they happen",
                                           "Ends with status 6 when the line or the server is lost, and says where to go on.", watch_options, true, watch_run};
const struct cli_command command_stream = {"stream", "[PARTY]", 0, 1, "print the records of your stream, one JSON object a line", NULL, stream_options, true, stream_run};
