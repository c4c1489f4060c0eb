/* capacity: how large the tables are, and larger ones from the next start on. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/statement.h"
#include "core/capacity.h"
#include "core/state.h"

struct asked { struct capacity in_force, waiting, change, then; uint64_t waits_since; };

static result take_capacity(const struct json *object, struct capacity *out, struct fault *f) {
    for (int i = 0; i < CAPACITY_MEMBERS; i++) {
        const struct json *m = object != NULL ? json_member(object, capacity_name(i)) : NULL;
        if (m == NULL || m->kind != JSON_NUMBER) return fail(f, RESULT_FORBIDDEN, "--key", "the server tells its capacities to a key of the operator only");
        *capacity_at(out, i) = (uint32_t)m->number;
    }
    return OK;
}
static result ask(struct client *k, struct asked *a, struct fault *f) {
    struct http_reply reply = {0};
    const struct json *top = NULL;
    TRY(client_get(k, "/v1/status", &reply, &top, f));
    const struct json *both = json_member(top, "capacities"), *order = both != NULL ? json_member(both, "order") : NULL;
    result r = take_capacity(both != NULL ? json_member(both, "in_force") : NULL, &a->in_force, f);
    if (result_is_ok(r)) r = take_capacity(json_member(both, "waiting"), &a->waiting, f);
    if (result_is_ok(r) && order != NULL && order->kind == JSON_NUMBER) a->waits_since = (uint64_t)order->number;
    append_free(&reply.body);
    return r;
}
static result read_changes(const struct cli *c, struct capacity *change, struct fault *f) {
    for (unsigned n = 0; n < c->argument_count; n++) {
        const char *given = c->arguments[n], *equals = strchr(given, '=');
        int found = -1;
        for (int i = 0; equals != NULL && i < CAPACITY_RAISED; i++)
            if (strlen(capacity_name(i)) == (size_t)(equals - given) && strncmp(capacity_name(i), given, (size_t)(equals - given)) == 0) found = i;
        if (found < 0) return fail(f, RESULT_USAGE, given, "is not NAME=N; 'parley capacity --show' lists the names");
        uint64_t value;
        TRY(cli_number(given, equals + 1, 1, UINT32_MAX, &value, f));
        *capacity_at(change, found) = (uint32_t)value;
    }
    return OK;
}

static double megabytes(const struct capacity *c) {
    size_t bytes = 0;
    struct fault ignored;
    return result_is_ok(state_memory(c, &bytes, &ignored)) ? (double)bytes / 1e6 : 0;
}
static void print_all(const struct cli *c, const struct asked *a, bool states) {
    bool differ = !capacity_equal(&a->in_force, &a->then);
    if (c->json) printf("{");
    for (int i = 0; i < CAPACITY_MEMBERS; i++) {
        uint32_t now = capacity_get(&a->in_force, i), then = capacity_get(&a->then, i);
        if (c->json) printf("%s\"%s\":{\"in_force\":%u,\"then\":%u}", i ? "," : "", capacity_name(i), now, then);
        else if (now == then) printf("%-12s %10u\n", capacity_name(i), now);
        else printf("%-12s %10u  then %10u\n", capacity_name(i), now, then);
    }
    if (c->json) printf(",\"memory\":{\"in_force\":%.0f,\"then\":%.0f}}\n", megabytes(&a->in_force) * 1e6, megabytes(&a->then) * 1e6);
    else if (differ) printf("memory       %10.1f MB then %.1f MB, taken at the next start\n", megabytes(&a->in_force), megabytes(&a->then));
    else printf("memory       %10.1f MB\n", megabytes(&a->in_force));
    if (!c->json && !states && !capacity_equal(&a->then, &a->waiting)) printf("nothing was stated: the same without --show states it\n");
}
static int state_it(struct client *k, const struct asked *a) {
    struct append body = append_growing(4096), readers = append_growing(4096);
    struct fault f = {0};
    append_char(&body, '{');
    for (int i = 0; i < CAPACITY_RAISED; i++) {
        uint32_t to = capacity_get(&a->change, i);
        if (to == 0) continue;
        statement_comma(&body);
        append_format(&body, "\"%s\":%u", capacity_name(i), to);
    }
    append_char(&body, '}');
    result r = statement_readers(k->cli, "log", &readers, &f);
    struct outgoing o = {.kind = "capacity", .open_by = INSTANT_NONE, .count = 1, .sections = {{"body", append_view(&readers), append_view(&body)}}};
    int status = result_is_ok(r) ? statement_send(k, &o) : cli_fail(k->cli, &f);
    append_free(&body);
    append_free(&readers);
    return status;
}
static int capacity_run(struct cli *c) {
    static struct client k;
    struct asked a = {0};
    struct fault f = {0};
    result r = read_changes(c, &a.change, &f);
    if (result_is_ok(r)) r = client_open(&k, c, true, true, &f);
    if (result_is_ok(r)) r = ask(&k, &a, &f);
    a.then = a.waiting;
    if (result_is_ok(r) && c->argument_count > 0) r = capacity_raise(&a.in_force, &a.waiting, &a.change, &a.then, &f);
    bool only_show = c->argument_count == 0 || cli_has(c, "show");
    if (result_is_ok(r) && (only_show || !c->json)) print_all(c, &a, !only_show);
    int status = !result_is_ok(r) ? cli_fail(c, &f) : only_show ? CLI_OK : state_it(&k, &a);
    client_close(&k);
    return status;
}
static const struct cli_option capacity_options[] = {{"show", NULL, "state nothing: print the figures and the memory that they would take"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
const struct cli_command command_capacity = {
    "capacity", "[NAME=N…]", 0, CAPACITY_RAISED, "operator: show the tables' capacities, or raise some from the next start on",
    "Each party has its share of every table; a full one refuses. What is stated waits: the server takes the memory when it is started again, and from then on the new figures are in force. Nothing is "
    "lowered, but what still waits may be stated lower. If the machine has too little memory the start is refused and nothing is lost; 'parley serve --hold-capacity' goes on with the old figures.",
    capacity_options, true, capacity_run};
