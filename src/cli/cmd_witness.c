/* witness, witness key: a witness of one's own. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/cosigner.h"
#include "door/limits.h"
#include "door/witness_server.h"
#include "log/secret.h"

/* --- witness --- */

/* VKEY or VKEY=ORIGIN. A name may hold '=' and a key's base64 has none (33 bytes), so the key ends 44 characters behind its second '+'. */
static result read_log(const char *given, struct witness_log *out, struct fault *f) {
    struct text all = text_of(given);
    const char *plus = strchr(given, '+');
    size_t size = plus == NULL ? all.size : (size_t)(plus - given) + 10 + 44;
    struct fault inner = {0};
    bool more = size < all.size && given[size] == '=';
    if (size > all.size || !more) size = all.size;
    result r = note_vkey_read((struct text){given, size}, &out->name, out->public_key, &inner);
    if (!result_is_ok(r)) return fail(f, RESULT_USAGE, "--log", "'%s' is no public key of a log ('parley log vkey' prints one): %s", given, inner.message);
    out->origin = more ? (struct text){given + size + 1, all.size - size - 1} : out->name;
    return out->origin.size > 0 ? OK : fail(f, RESULT_USAGE, "--log", "no origin stands behind '='");
}

static result options_of(const struct cli *c, struct witness_server_options *o, struct witness_log *logs, struct fault *f) {
    const char *given;
    for (o->witness.log_count = 0; (given = cli_nth(c, "log", o->witness.log_count)) != NULL; o->witness.log_count++) {
        if (o->witness.log_count == LIMIT_WITNESS_LOGS) return fail(f, RESULT_USAGE, "--log", "is given more than %d times", LIMIT_WITNESS_LOGS);
        TRY(read_log(given, &logs[o->witness.log_count], f));
    }
    if (o->witness.log_count == 0) return fail(f, RESULT_USAGE, "--log", "is needed; see 'parley witness --help'");
    if (cli_nth(c, "key", 1) != NULL) return fail(f, RESULT_USAGE, "--key", "is given twice: a witness has one key");
    if (strlen(cli_get(c, "data")) >= LIMIT_DATA_PATH) return fail(f, RESULT_USAGE, "--data", "is longer than %d bytes", LIMIT_DATA_PATH - 1);
    o->witness.logs = logs;
    o->witness.dir = cli_get(c, "data");
    o->witness.disk = disk_real();
    o->server.listen = cli_has(c, "listen") ? cli_get(c, "listen") : "localhost:8421";
    o->server.certificate = cli_get(c, "tls-cert");
    o->server.key = cli_get(c, "tls-key");
    o->server.behind_proxy = cli_has(c, "behind-proxy");
    o->server.no_seccomp = cli_has(c, "no-seccomp");
    o->server.debug = cli_has(c, "verbose");
    return OK;
}

static int witness_run(struct cli *c) {
    static struct witness_log logs[LIMIT_WITNESS_LOGS];
    struct fault f = {0};
    struct witness_server_options o = {0};
    char room[COSIGNER_KEY_BYTES];
    if (cli_need(c, "data") == NULL || cli_need(c, "key") == NULL) return CLI_USAGE;
    uint8_t *secret = secret_alloc(NOTE_SECRET_BYTES);
    result r = secret != NULL ? options_of(c, &o, logs, &f) : fail(&f, RESULT_FULL, "memory", "no memory for the key");
    if (result_is_ok(r)) r = cosigner_secret(cli_get(c, "key"), "witness", room, &o.witness.name, secret, &f);
    o.witness.secret = secret;
    if (result_is_ok(r)) r = witness_server_run(&o, &f);
    secret_free(secret);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

static const struct cli_option witness_options[] = {
    {"data", "DIR", "what it has signed last of each log; made where it is not"},
    {"key", "FILE", "its secret key, made by 'parley witness key', mode 0600"},
    {"log", "VKEY[=ORIGIN]", "a log that it signs for: its public key, and its checkpoints' first line where that is not the key's name; may be repeated, also with several keys of one origin"},
    {"listen", "HOST:PORT", "default: localhost:8421; port 0: any free one"},
    {"tls-cert", "FILE", "certificate chain, PEM: https"},
    {"tls-key", "FILE", "its secret key, PEM, mode 0600"},
    {"behind-proxy", NULL, "plain http on any address: a proxy in front does TLS"},
    {"no-seccomp", NULL, "do without the filter of system calls that ends the process when a bug in it would start another program"},
    {"verbose", NULL, "the log tells of every signature"},
    {NULL, NULL, NULL}};
const struct cli_command command_witness = {
    "witness", "", 0, 0, "run a witness of logs",
    "Signs, dated, the checkpoints of the logs that it knows (C2SP tlog-witness), each only once it has proof that the tree contains all which it signed before: whoever trusts it knows "
    "that the log shows one past to everybody. A party runs one on a machine of its own. What it has signed is durable before a signature leaves. DIR is what it knows: an "
    "older copy of it brought back, or one key in two places, would let it sign for a fork. After a loss of DIR begin a new one with a new key.",
    witness_options, false, witness_run};
static int key_run(struct cli *c) { return cosigner_key_run(c, "witness"); }
static const struct cli_option key_options[] = {{"name", "NAME", "makes it: the name under which the witness signs, such as witness.example/north"}, {NULL, NULL, NULL}};
const struct cli_command command_witness_key = {
    "witness key", "FILE", 1, 1, "make a witness's key (--name), and print its public one",
    "FILE is the secret key, FILE.pub the public one, which is also printed: who trusts the witness is given that line. The key signs nothing but checkpoints.", key_options, false, key_run};
