/* log vkey: the keys by which others verify what this log's server signs. */
#include "base/note.h"
#include "cli/commands.h"
#include "core/statement.h"
#include "log/node_inspect.h"

struct keys { char origin[256]; struct hash log, receipt; };

static void take(void *context, const struct statement *s) {
    struct keys *out = context;
    const struct body_genesis *g = &s->sections[0].body.genesis;
    out->log = g->log_key;
    out->receipt = g->receipt_key;
    snprintf(out->origin, sizeof out->origin, "%.*s", TEXT_ARG(g->origin));
}

static int vkey_run(struct cli *c) {
    struct fault f = {0};
    struct keys k;
    struct name party;
    bool of_stream = cli_has(c, "stream"), receipt = cli_has(c, "receipt");
    result r = of_stream && receipt ? fail(&f, RESULT_USAGE, "--receipt", "and --stream exclude each other") : OK;
    if (result_is_ok(r) && of_stream) r = name_read(text_of(cli_get(c, "stream")), &party, &f);
    if (result_is_ok(r)) r = node_inspect_genesis(disk_real(), c->arguments[0], take, &k, &f);
    if (r.code == RESULT_NOT_FOUND) r = fail(&f, RESULT_NOT_FOUND, c->arguments[0], "holds no log: name the directory that 'parley init' made, or one with its genesis in it");
    if (!result_is_ok(r)) return cli_fail(c, &f);
    char name[512];
    if (of_stream) snprintf(name, sizeof name, "%s/stream/%.*s", k.origin, TEXT_ARG(name_text(&party)));
    else snprintf(name, sizeof name, "%s%s", k.origin, receipt ? "/receipt" : "");
    struct append line = append_growing(1024);
    note_vkey(&line, text_of(name), of_stream || receipt ? k.receipt.bytes : k.log.bytes);
    printf("%.*s\n", TEXT_ARG(append_view(&line)));
    append_free(&line);
    return CLI_OK;
}

static const struct cli_option options[] = {{"receipt", NULL, "the key that signs receipts instead"}, {"stream", "PARTY", "the key that signs checkpoints of this party's stream instead"}, {NULL, NULL, NULL}};
const struct cli_command command_log_vkey = {
    "log vkey", "DIR", 1, 1, "print the key by which others verify the log's checkpoints (a C2SP verifier key)",
    "DIR need hold no more than the log's genesis, whose founders' signatures are verified; nothing in it is secret.", options, false, vkey_run};
