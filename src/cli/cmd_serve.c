/* serve: the server. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "cli/commands.h"
#include "cli/volume.h"
#include "door/limits.h"
#include "door/server.h"

static result bounded(const struct cli *c, const char *name, uint64_t high, uint64_t *out, struct fault *f) {
    char option[64];
    snprintf(option, sizeof option, "--%s", name);
    return cli_has(c, name) ? cli_number(option, cli_get(c, name), 1, high, out, f) : OK;
}

static int serve_run(struct cli *c) {
    struct fault f = {0};
    uint64_t rate = 0, connections = 0, per_address = 0, rate_party = 0, rate_address = 0, grid = 0;
    struct server_options o = {.dir = cli_need(c, "data")};
    if (o.dir == NULL) return CLI_USAGE;
    o.listen = cli_has(c, "listen") ? cli_get(c, "listen") : "localhost:8420";
    o.certificate = cli_get(c, "tls-cert");
    o.key = cli_get(c, "tls-key");
    o.behind_proxy = cli_has(c, "behind-proxy");
    o.demo_page = cli_has(c, "demo-page");
    o.verify_signatures = cli_has(c, "verify");
    result r = bounded(c, "clock-rate", 10000, &rate, &f);
    if (result_is_ok(r)) r = bounded(c, "connections", 100000, &connections, &f);
    if (result_is_ok(r)) r = bounded(c, "connections-per-address", 100000, &per_address, &f);
    if (result_is_ok(r)) r = bounded(c, "rate-party", 1000000, &rate_party, &f);
    if (result_is_ok(r)) r = bounded(c, "rate-address", 1000000, &rate_address, &f);
    if (result_is_ok(r)) r = bounded(c, "reply-grid", DOOR_GRID_MOST_MS, &grid, &f);
    if (result_is_ok(r) && cli_has(c, "clock-start")) {
        struct fault inner = {0};
        r = instant_parse(text_of(cli_get(c, "clock-start")), &o.clock_start, &inner);
        if (!result_is_ok(r)) r = fail(&f, RESULT_USAGE, "--clock-start", "'%s': %s", cli_get(c, "clock-start"), inner.message);
    }
    o.clock_rate = (uint32_t)rate;
    o.connections = (unsigned)connections;
    o.connections_per_address = (unsigned)per_address;
    o.rate_party = (uint32_t)rate_party;
    o.rate_address = (uint32_t)rate_address;
    o.reply_grid_ms = (unsigned)grid;
    o.metrics_local = cli_has(c, "metrics-local");
    char genesis[4096];
    snprintf(genesis, sizeof genesis, "%s/genesis", o.dir);
    if (result_is_ok(r) && access(genesis, F_OK) != 0 && errno == ENOENT) r = fail(&f, RESULT_NOT_FOUND, o.dir, "holds no log; 'parley init %s' makes one", o.dir);
    if (result_is_ok(r)) r = server_run(&o, &f);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

static const struct cli_option serve_options[] = {
    {"data", "DIR", "the log's directory, made by 'parley init'"},
    {"listen", "HOST:PORT", "default: localhost:8420; port 0: any free one"},
    {"tls-cert", "FILE", "certificate chain, PEM: https"},
    {"tls-key", "FILE", "its secret key, PEM"},
    {"behind-proxy", NULL, "plain http on any address: a proxy in front does TLS"},
    {"demo-page", NULL, "EXERCISE only: the page at / shows the whole picture to whoever comes"},
    {"verify", NULL, "recompute every hash, tree and signature of the journal before serving"},
    {"clock-rate", "N", "EXERCISE only: N seconds a second, for replays"},
    {"clock-start", "TIME", "EXERCISE only, with --clock-rate: where time starts"},
    {"connections", "N", "at most so many connections"},
    {"connections-per-address", "N", "at most so many from one address"},
    {"reply-grid", "MS", "replies to writes leave every MS milliseconds only (20 hides how long one took); default: at once"},
    {"metrics-local", NULL, "/metrics without a token for who asks from this machine; else the operator's token is needed"},
    {"rate-party", "N", "requests a second of one party"},
    {"rate-address", "N", "requests a second of one address without a session"},
    {NULL, NULL, NULL},
};
const struct cli_command command_serve = {
    "serve", "", 0, 0, "run the server",
    "Plain http is spoken on loopback addresses only, unless --behind-proxy. SIGTERM and SIGINT end it when everything answered is durable.",
    serve_options, false, serve_run};
