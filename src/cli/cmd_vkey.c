/* log vkey: the keys by which others verify what this log's server signs. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/note.h"
#include "cli/commands.h"
#include "core/decode.h"
#include "core/statement.h"

struct keys { char origin[256]; struct hash log, receipt; };

/* The genesis note: the file itself, or what it has of a server's answer to GET /v1/log. */
static result note_in(struct json_reader *json, struct text file, struct text *note, struct fault *f) {
    const struct json *top;
    *note = file;
    if (file.size == 0 || file.at[0] != '{') return OK;
    TRY(json_parse(json, file, JSON_OPEN, &top, f));
    return json_get_text(top, "genesis", true, LIMIT_GENESIS_BYTES, note, f);
}

/* Of a log's directory, or of its genesis alone, which is all that a party has. */
static result read_keys(const char *given, struct keys *out, struct fault *f) {
    char path[LIMIT_PATH + 16];
    struct stat s;
    struct append file = {0};
    struct arena arena;
    static struct statement genesis;
    struct fault inner = {0};
    bool dir = stat(given, &s) == 0 && S_ISDIR(s.st_mode);
    if (snprintf(path, sizeof path, "%s%s", given, dir ? "/genesis" : "") >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, given, "is too long a name");
    if (dir && access(path, F_OK) != 0 && errno == ENOENT) return fail(f, RESULT_NOT_FOUND, given, "holds no log: name the directory that 'parley init' made, or a log's genesis");
    TRY(cli_read_file(path, 2 * LIMIT_GENESIS_BYTES, &file, f));
    result r = OK;
    struct text note;
    struct json_reader *outer = json_reader_new(2 * LIMIT_GENESIS_BYTES), *json = json_reader_new(LIMIT_GENESIS_BYTES);
    arena_growing(&arena, LIMIT_GENESIS_SCRATCH);
    struct decoder d = {.json = json, .arena = &arena};
    if (outer == NULL || json == NULL) r = fail(f, RESULT_FULL, "memory", "no memory for JSON");
    else if (!result_is_ok(note_in(outer, append_view(&file), &note, &inner)) || !result_is_ok(decode_genesis(&d, note, true, &genesis, &inner)))
        r = fail(f, RESULT_MALFORMED, path, "is no genesis, nor the answer of GET /v1/log: %s: %s", inner.field, inner.message);
    if (result_is_ok(r)) {
        const struct body_genesis *g = &genesis.sections[0].body.genesis;
        out->log = g->log_key;
        out->receipt = g->receipt_key;
        snprintf(out->origin, sizeof out->origin, "%.*s", TEXT_ARG(g->origin));
    }
    json_reader_free(outer);
    json_reader_free(json);
    arena_free(&arena);
    append_free(&file);
    return r;
}

static int vkey_run(struct cli *c) {
    struct fault f = {0};
    struct keys k;
    struct name party;
    bool of_stream = cli_has(c, "stream"), receipt = cli_has(c, "receipt");
    result r = of_stream && receipt ? fail(&f, RESULT_USAGE, "--receipt", "and --stream exclude each other") : OK;
    if (result_is_ok(r) && of_stream) r = name_read(text_of(cli_get(c, "stream")), &party, &f);
    if (result_is_ok(r)) r = read_keys(c->arguments[0], &k, &f);
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
    "log vkey", "DIR|GENESIS", 1, 1, "print the key by which others verify the log's checkpoints (a C2SP verifier key)",
    "From the genesis, whose founders' signatures are verified; nothing in it is secret. GENESIS is the note, or what a server answers to GET /v1/log. Whether PARTY is one of the log it does not say. Witnesses and other tools of C2SP take the key as it is printed.", options, false, vkey_run};
