#include "cli/capacities.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/span.h"
#include "core/state.h"

#define ROW(name, usual, what) {#name, usual},
#define NAME(name, usual, what) " " #name
static const struct { const char *name; uint32_t usual; } usual[CAPACITY_MEMBERS] = {CAPACITY_TABLE(ROW)};

result capacities_read(const struct cli *c, struct capacity *out, struct fault *f) {
    const char *given;
    for (int i = 0; i < CAPACITY_MEMBERS; i++) *capacity_at(out, i) = usual[i].usual;
    for (unsigned n = 0; (given = cli_nth(c, "capacity", n)) != NULL; n++) {
        const char *equals = strchr(given, '=');
        int found = -1;
        for (int i = 0; equals != NULL && i < CAPACITY_MEMBERS; i++)
            if (strlen(usual[i].name) == (size_t)(equals - given) && strncmp(usual[i].name, given, (size_t)(equals - given)) == 0) found = i;
        if (found < 0)
            return fail(f, RESULT_USAGE, "--capacity", "'%s' is not TABLE=N, TABLE being one of" CAPACITY_TABLE(NAME), given);
        uint64_t value;
        TRY(cli_number("--capacity", equals + 1, found == CAPACITY_NEEDED ? 0 : 1, UINT32_MAX, &value, f));
        *capacity_at(out, found) = (uint32_t)value;
    }
    for (int i = CAPACITY_NEEDED; i < CAPACITY_RAISED && out->managers == 0; i++) *capacity_at(out, i) = 0;
    return OK;
}

struct row { const char *name; size_t now, then; };
static int larger(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->then != y->then) return x->then > y->then ? -1 : 1;
    return strcmp(x->name, y->name);
}
/* Parts have the same names in the same order whatever the capacities are. The last row is the sum. */
static uint32_t rows(const struct capacity *now, const struct capacity *then, struct row out[STATE_PARTS + 1]) {
    struct memory_part x[STATE_PARTS], y[STATE_PARTS];
    uint32_t count = state_memory_parts(now, x);
    struct row all = {"all", 0, 0};
    (void)state_memory_parts(then, y);
    for (uint32_t i = 0; i < count; i++) {
        out[i] = (struct row){x[i].name, x[i].bytes, y[i].bytes};
        all.now += x[i].bytes;
        all.then += y[i].bytes;
    }
    qsort(out, count, sizeof *out, larger);
    out[count] = all;
    return count + 1;
}
static void put(const char *name, size_t now, size_t then, bool differ) {
    char room[2][32];
    struct append a = append_fixed(room[0], sizeof room[0]), b = append_fixed(room[1], sizeof room[1]);
    append_size(&a, now);
    append_size(&b, then);
    printf("  %-12s %10.*s", name, TEXT_ARG(append_view(&a)));
    if (differ && now != then) printf("  then %10.*s", TEXT_ARG(append_view(&b)));
    printf("\n");
}
void capacities_print(const struct capacity *now, const struct capacity *then) {
    struct row row[STATE_PARTS + 1];
    uint32_t count = rows(now, then, row);
    bool differ = !capacity_equal(now, then);
    printf("memory of the tables%s\n", differ ? ", now and from the next start on" : "");
    for (uint32_t i = 0; i < count; i++) put(row[i].name, row[i].now, row[i].then, differ);
}
void capacities_json(const struct capacity *now, const struct capacity *then, struct append *out) {
    struct row row[STATE_PARTS + 1];
    uint32_t count = rows(now, then, row);
    append_format(out, "{\"bytes\":%zu,\"then\":%zu,\"tables\":[", row[count - 1].now, row[count - 1].then);
    for (uint32_t i = 0; i + 1 < count; i++) append_format(out, "%s{\"table\":\"%s\",\"bytes\":%zu,\"then\":%zu}", i ? "," : "", row[i].name, row[i].now, row[i].then);
    append_str(out, "]}");
}
void capacities_judge(const struct capacity *now, const struct capacity *then, bool running, struct doctor_line *out) {
    struct probe_limits limits;
    struct row row[STATE_PARTS + 1];
    uint32_t count = rows(now, then, row);
    probe_limits(&limits);
    doctor_memory(out, &limits, row[count - 1].now, row[count - 1].then, running);
}
