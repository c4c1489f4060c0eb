/* limits: what the program bounds, with its values; and what memory tables take, of a log or of one to come. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/span.h"
#include "cli/capacities.h"
#include "cli/commands.h"
#include "cli/limits.h"

/* By the end of a limit's name; `ns`: how long one of it is, `bytes`: it is one. */
static const struct unit { const char *end, *name; int64_t ns; bool bytes; } units[] = {
    {"_NS", "ns", 1, false}, {"_US", "us", 1000, false}, {"_MS", "ms", 1000000, false}, {"_SECONDS", "s", INSTANT_SECOND, false}, {"_CMS", "cm/s", 0, false},
    {"_PERCENT", "%", 0, false}, {"_BYTES", "bytes", 0, true}, {"_BYTES_EACH", "bytes", 0, true}, {"_TICKS", "ticks", 0, false}};
static const struct unit *unit_of(const char *name) {
    static const struct unit none = {"", "", 0, false};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t end = strlen(units[i].end);
        if (size > end && strcmp(name + size - end, units[i].end) == 0) return &units[i];
    }
    return &none;
}
/* The number as it stands in the source, and where that is hard to read what it comes to. */
static void print_limit(const struct limit_row *l) {
    const struct unit *u = unit_of(l->name);
    char room[2][48];
    struct append value = append_fixed(room[0], sizeof room[0]), also = append_fixed(room[1], sizeof room[1]);
    append_thousands(&value, l->value);
    if (u->name[0] != '\0') append_format(&value, " %s", u->name);
    if (u->bytes && l->value >= 10000) append_size(&also, (uint64_t)l->value);
    else if (u->ns > 0 && l->value >= 1000) append_span(&also, l->value > INT64_MAX / u->ns ? INT64_MAX : l->value * u->ns);
    printf("%-34s %26.*s  %-8.*s %s\n", l->name, TEXT_ARG(append_view(&value)), TEXT_ARG(append_view(&also)), l->meaning);
}
static void render_limits(struct append *out) {
    for (const struct limit_row *l = limit_rows; l->name != NULL; l++) {
        append_format(out, "%s{\"name\":\"%s\",\"value\":%lld,\"unit\":\"%s\",\"meaning\":", l == limit_rows ? "[" : ",\n", l->name, l->value, unit_of(l->name)->name);
        append_json_string(out, text_of(l->meaning));
        append_char(out, '}');
    }
    append_char(out, ']');
}

static result tables_of(const struct cli *c, struct node_capacities *out, bool *running, struct fault *f) {
    const char *dir = c->argument_count > 0 ? c->arguments[0] : NULL;
    *running = false;
    if (dir == NULL) {
        TRY(capacities_read(c, &out->in_force, f));
        out->wanted = out->in_force;
        return capacity_bounds(&out->in_force, f);
    }
    if (cli_has(c, "capacity")) return fail(f, RESULT_USAGE, "--capacity", "is for a log to come; %s has its own: 'parley capacity --show NAME=N' tells what a raise would take", dir);
    pid_t holder;
    *running = probe_lock(dir, &holder);
    result r = node_inspect_capacities(NULL, dir, out, f);
    return *running && r.code == RESULT_ROT ? OK : r; /* beside a server that writes, the last batch may not be whole yet */
}
static int limits_run(struct cli *c) {
    struct append out = append_growing(1 << 20);
    struct node_capacities of;
    struct doctor_line judged;
    struct fault f = {0};
    bool running, tables = c->argument_count > 0 || cli_has(c, "capacity");
    result r = tables_of(c, &of, &running, &f);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    if (!c->json && !tables)
        for (const struct limit_row *l = limit_rows; l->name != NULL; l++) print_limit(l);
    if (c->json && tables) capacities_json(&of.in_force, &of.wanted, &out);
    else if (c->json) render_limits(&out);
    if (c->json) {
        printf("%.*s\n", TEXT_ARG(append_view(&out)));
    } else {
        if (!tables) printf("\nof a log with the usual capacities ('parley limits --capacity TABLE=N': with others; 'parley limits DIR': of a log that there is)\n");
        capacities_print(&of.in_force, &of.wanted);
        capacities_judge(&of.in_force, &of.wanted, running, &judged);
        printf("%s: %s\n", doctor_level_name(judged.level), judged.found);
        if (judged.fix[0] != '\0') printf("      -> %s\n", judged.fix);
    }
    append_free(&out);
    return CLI_OK;
}

static const struct cli_option limits_options[] = {{"capacity", "TABLE=N", "of a log to come: a table of that size; may be repeated"}, {NULL, NULL, NULL}};
const struct cli_command command_limits = {
    "limits", "[DIR]", 0, 1, "print every limit of the program with its value; and the memory that tables take",
    "Some are defaults of options of serve. How large the tables are each log says for itself ('parley init', 'parley capacity'): with DIR, the log's directory, their memory is printed, each "
    "table's and all, in force and behind the next start, and whether this machine has it; with --capacity that of a log to come; without both, behind the limits, that of one with the usual "
    "capacities ('parley help init' lists them).", limits_options, false, limits_run};
