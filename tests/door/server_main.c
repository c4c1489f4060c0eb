/* A server for tests of the door alone: server_run with every option that a test wants to set, and nothing else.
 *   door_server DIR LISTEN [name=value]…   names: certificate key behind_proxy demo_page clock_start (s) clock_rate rate_party
 *   rate_address positions_ahead connections connections_per_address reply_grid (ms) log_open metrics_local managers (of the log that create makes) create (1: exercise, 2: live; makes DIR with the log of fixture.h first) only (1: and
 *   then ends) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "door/server.h"
#include "fixture.h"
#include "log/node.h"

static const char *value_of(int argc, char **argv, const char *name) {
    size_t size = strlen(name);
    for (int i = 3; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=') return argv[i] + size + 1;
    return NULL;
}

static unsigned number_of(int argc, char **argv, const char *name) {
    const char *value = value_of(argc, argv, name);
    return value == NULL ? 0 : (unsigned)strtoul(value, NULL, 10);
}

static result create(const char *dir, bool live, struct fault *f) {
    struct fixture x;
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "no random numbers");
    result r = fixture_make(&x, live, f);
    if (result_is_ok(r)) r = node_create(disk_real(), dir, x.note, x.log_secret, x.receipt_secret, f);
    arena_free(&x.arena);
    return r;
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    const char *start = value_of(argc, argv, "clock_start");
    struct server_options o = {
        .dir = argv[1],
        .listen = argv[2],
        .certificate = value_of(argc, argv, "certificate"),
        .key = value_of(argc, argv, "key"),
        .behind_proxy = number_of(argc, argv, "behind_proxy") != 0,
        .demo_page = number_of(argc, argv, "demo_page") != 0,
        .clock_start = start == NULL ? 0 : strtoll(start, NULL, 10) * INSTANT_SECOND,
        .clock_rate = number_of(argc, argv, "clock_rate"),
        .rate_party = number_of(argc, argv, "rate_party"),
        .rate_address = number_of(argc, argv, "rate_address"),
        .connections = number_of(argc, argv, "connections"),
        .connections_per_address = number_of(argc, argv, "connections_per_address"),
        .positions_ahead = number_of(argc, argv, "positions_ahead"),
        .reply_grid_ms = number_of(argc, argv, "reply_grid"),
        .log_open = number_of(argc, argv, "log_open") != 0,
        .metrics_local = number_of(argc, argv, "metrics_local") != 0,
    };
    struct fault f;
    if (number_of(argc, argv, "managers") > 0) fixture_managers = number_of(argc, argv, "managers");
    unsigned made = number_of(argc, argv, "create");
    result r = made > 0 ? create(argv[1], made == 2, &f) : OK;
    if (result_is_ok(r) && number_of(argc, argv, "only") == 0) r = server_run(&o, &f);
    if (result_is_ok(r)) return 0;
    fprintf(stderr, "door_server: %s: %s: %s\n", result_name(f.code), f.field, f.message);
    return 1;
}
