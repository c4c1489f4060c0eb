/* witness, witness key: a witness of one's own. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "door/limits.h"
#include "door/witness_server.h"
#include "log/secret.h"

enum { KEY_BYTES = 1024 };

static struct text first_line(const struct append *file) {
    struct text line = append_view(file);
    while (line.size > 0 && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r')) line.size--;
    return line;
}

/* `room` keeps the name. */
static result read_secret(const char *path, char room[KEY_BYTES], struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    struct append file = append_fixed(room, KEY_BYTES);
    struct fault inner = {0};
    TRY(secret_read(path, &file, f));
    result r = note_skey_read_of(NOTE_COSIGNATURE, first_line(&file), name, secret, &inner);
    return result_is_ok(r) ? OK : fail(f, r.code, path, "holds no witness's secret key ('parley witness key' makes one): %s", inner.message);
}

/* --- witness key --- */

static result write_pair(const char *path, struct text name, const uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    char room[KEY_BYTES], public_path[LIMIT_PATH];
    struct append key = append_fixed(room, sizeof room);
    if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path) return fail(f, RESULT_TOO_LARGE, path, "is too long a name");
    note_skey_of(NOTE_COSIGNATURE, &key, name, secret);
    append_char(&key, '\n');
    result r = cli_write_file(path, append_view(&key), 0600, false, f);
    append_reset(&key);
    note_vkey_of(NOTE_COSIGNATURE, &key, name, secret + NOTE_KEY_BYTES);
    append_char(&key, '\n');
    if (result_is_ok(r)) r = cli_write_file(public_path, append_view(&key), 0644, true, f);
    sodium_memzero(room, sizeof room);
    return r;
}

static result make_key(const struct cli *c, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    uint8_t seed[NOTE_KEY_BYTES], public_key[NOTE_KEY_BYTES];
    *name = text_of(cli_get(c, "name"));
    if (!note_name_valid(*name)) return fail(f, RESULT_USAGE, "--name", "has no '+' and no space, and is not empty: a name of yours, such as witness.example/north");
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system has no random numbers");
    randombytes_buf(seed, sizeof seed);
    note_key_from_seed(seed, secret, public_key);
    sodium_memzero(seed, sizeof seed);
    return write_pair(c->arguments[0], *name, secret, f);
}

static int key_run(struct cli *c) {
    struct fault f = {0};
    struct text name = {0};
    uint8_t secret[NOTE_SECRET_BYTES];
    char room[KEY_BYTES], shown[KEY_BYTES];
    struct append vkey = append_fixed(shown, sizeof shown);
    result r = cli_has(c, "name") ? make_key(c, &name, secret, &f) : read_secret(c->arguments[0], room, &name, secret, &f);
    if (result_is_ok(r)) note_vkey_of(NOTE_COSIGNATURE, &vkey, name, secret + NOTE_KEY_BYTES);
    sodium_memzero(secret, sizeof secret);
    if (result_is_ok(r)) printf("%.*s\n", TEXT_ARG(append_view(&vkey)));
    sodium_memzero(room, sizeof room);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

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
    o->listen = cli_has(c, "listen") ? cli_get(c, "listen") : "localhost:8421";
    o->certificate = cli_get(c, "tls-cert");
    o->key = cli_get(c, "tls-key");
    o->behind_proxy = cli_has(c, "behind-proxy");
    o->no_seccomp = cli_has(c, "no-seccomp");
    o->debug = cli_has(c, "verbose");
    return OK;
}

static int witness_run(struct cli *c) {
    static struct witness_log logs[LIMIT_WITNESS_LOGS];
    struct fault f = {0};
    struct witness_server_options o = {0};
    char room[KEY_BYTES];
    if (cli_need(c, "data") == NULL || cli_need(c, "key") == NULL) return CLI_USAGE;
    uint8_t *secret = secret_alloc(NOTE_SECRET_BYTES);
    result r = secret != NULL ? options_of(c, &o, logs, &f) : fail(&f, RESULT_FULL, "memory", "no memory for the key");
    if (result_is_ok(r)) r = read_secret(cli_get(c, "key"), room, &o.witness.name, secret, &f);
    if (result_is_ok(r)) { /* the name stands before the secret in the file's text: that alone is kept */
        char name[NOTE_NAME_BYTES + 1];
        size_t size = o.witness.name.size;
        memcpy(name, o.witness.name.at, size);
        sodium_memzero(room, sizeof room);
        memcpy(room, name, size);
        o.witness.name = (struct text){room, size};
        o.witness.secret = secret;
        r = witness_server_run(&o, &f);
    }
    sodium_memzero(room, sizeof room);
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
static const struct cli_option key_options[] = {{"name", "NAME", "makes it: the name under which the witness signs, such as witness.example/north"}, {NULL, NULL, NULL}};
const struct cli_command command_witness_key = {
    "witness key", "FILE", 1, 1, "make a witness's key (--name), and print its public one",
    "FILE is the secret key, FILE.pub the public one, which is also printed: who trusts the witness is given that line. The key signs nothing but checkpoints.", key_options, false, key_run};
