/* Who may speak: keys, parties, agreements, settings, the clock; and co-signing of drafts. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/statement.h"
#include "cli/volume.h"

enum { BODY_MOST = 1024 * 1024 };

/* --- key new --- */

static result write_key(const struct cli *c, const char *path, struct text name, struct fault *f) {
    uint8_t seed[NOTE_KEY_BYTES], secret[NOTE_SECRET_BYTES], public_key[NOTE_KEY_BYTES];
    char public_path[4096], room[1024];
    struct append skey = append_fixed(room, sizeof room), vkey = append_growing(1024);
    randombytes_buf(seed, sizeof seed);
    note_key_from_seed(seed, secret, public_key);
    note_skey(&skey, name, secret);
    append_char(&skey, '\n');
    note_vkey(&vkey, name, public_key);
    append_char(&vkey, '\n');
    int size = snprintf(public_path, sizeof public_path, "%s.pub", path);
    result r = size < 0 || (size_t)size >= sizeof public_path ? fail(f, RESULT_USAGE, "FILE", "the name is too long") : OK;
    if (result_is_ok(r)) r = cli_write_file(path, append_view(&skey), 0600, false, f);
    if (result_is_ok(r)) r = cli_write_file(public_path, append_view(&vkey), 0644, true, f);
    if (result_is_ok(r) && c->json) {
        struct append named = append_growing(65536);
        append_str(&named, "\"secret\":");
        append_json_string(&named, text_of(path));
        append_str(&named, ",\"public\":");
        append_json_string(&named, text_of(public_path));
        printf("{\"name\":\"%.*s\",%.*s,\"vkey\":\"%.*s\"}\n", TEXT_ARG(name), TEXT_ARG(append_view(&named)), (int)vkey.size - 1, vkey.at);
        append_free(&named);
    } else if (result_is_ok(r)) {
        printf("secret key %s (keep it; nobody can make it again), public key %s:\n%.*s", path, public_path, TEXT_ARG(append_view(&vkey)));
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(room, sizeof room);
    append_free(&vkey);
    return r;
}

static int key_new_run(struct cli *c) {
    struct fault f = {0};
    const char *name = cli_need(c, "name");
    if (name == NULL) return CLI_USAGE;
    if (sodium_init() < 0) return cli_error(c, RESULT_IO, "", "libsodium cannot start");
    const char *slash = strchr(name, '/'), *second = slash != NULL ? strchr(slash + 1, '/') : NULL;
    struct name part;
    if (second == NULL || (strncmp(name, "exercise/", 9) != 0 && strncmp(name, "live/", 5) != 0) ||
        !result_is_ok(name_read((struct text){slash + 1, (size_t)(second - slash - 1)}, &part, &f)) ||
        !result_is_ok(name_read(text_of(second + 1), &part, &f)))
        return cli_error(c, RESULT_USAGE, "--name", "'%s' is not exercise/PARTY/KEY or live/PARTY/KEY; names are a-z, 0-9 and '-'", name);
    return result_is_ok(write_key(c, c->arguments[0], text_of(name), &f)) ? CLI_OK : cli_fail(c, &f);
}

/* --- statements with one body that stand for all parties --- */

static int send_body(struct client *k, const char *kind, const char *on, struct append *body) {
    const struct cli *c = k->cli;
    struct fault f = {0};
    struct append readers = append_growing(65536);
    result r = statement_readers(c, "log", &readers, &f);
    struct outgoing o = {.kind = kind, .on = on, .open_by = INSTANT_NONE, .count = 1, .sections = {{"body", append_view(&readers), append_view(body)}}};
    int status = result_is_ok(r) ? statement_send(k, &o) : cli_fail(c, &f);
    append_free(&readers);
    return status;
}

static result public_key_of(const char *path, struct text *name, char room[NOTE_NAME_BYTES + 1], uint8_t key[NOTE_KEY_BYTES], struct fault *f) {
    struct append file;
    TRY(cli_read_file(path, 4096, &file, f));
    struct text line = append_view(&file), read = TEXT("");
    while (line.size > 0 && line.at[line.size - 1] == '\n') line.size--;
    struct fault inner = {0};
    result r = note_vkey_read(line, &read, key, &inner);
    if (!result_is_ok(r)) r = fail(f, r.code, path, "holds no public key: %s", inner.message);
    snprintf(room, NOTE_NAME_BYTES + 1, "%.*s", TEXT_ARG(read));
    *name = text_of(room);
    append_free(&file);
    return r;
}

static result named_public(const struct cli *c, const char *option, struct name *party, struct name *key, uint8_t bytes[NOTE_KEY_BYTES], struct fault *f) {
    char room[NOTE_NAME_BYTES + 1];
    struct text name;
    TRY(public_key_of(cli_get(c, option), &name, room, bytes, f));
    const char *slash = strchr(room, '/'), *second = slash != NULL ? strchr(slash + 1, '/') : NULL;
    if (second == NULL) return fail(f, RESULT_MALFORMED, cli_get(c, option), "key name '%s' is not <mode>/<party>/<key>", room);
    TRY(name_read((struct text){slash + 1, (size_t)(second - slash - 1)}, party, f));
    return name_read(text_of(second + 1), key, f);
}

static void desks_member(const struct cli *c, struct append *out) {
    append_str(out, ",\"desks\":[");
    for (unsigned i = 0; cli_nth(c, "desk", i) != NULL; i++) {
        if (i > 0) append_char(out, ',');
        append_json_string(out, text_of(cli_nth(c, "desk", i)));
    }
    if (!cli_has(c, "desk")) append_str(out, "\"watch\"");
    append_char(out, ']');
}

static int with_public(struct cli *c, const char *option, const char *kind, void (*body_of)(const struct cli *, const struct name *, const struct name *, const uint8_t *, struct append *)) {
    static struct client k;
    struct fault f = {0};
    struct name party, key;
    uint8_t bytes[NOTE_KEY_BYTES];
    if (cli_need(c, option) == NULL) return CLI_USAGE;
    struct append body = append_growing(BODY_MOST);
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r)) r = named_public(c, option, &party, &key, bytes, &f);
    if (result_is_ok(r)) body_of(c, &party, &key, bytes, &body);
    int status = result_is_ok(r) ? send_body(&k, kind, NULL, &body) : cli_fail(c, &f);
    if (status == CLI_OK && !c->json && !cli_has(c, "draft") && strcmp(kind, "party") == 0) printf("%.*s is a party of this log\n", TEXT_ARG(name_text(&party)));
    client_close(&k);
    append_free(&body);
    return status;
}

static void party_body(const struct cli *c, const struct name *party, const struct name *key, const uint8_t *bytes, struct append *out) {
    (void)key;
    append_str(out, "{\"name\":");
    append_json_string(out, name_text(party));
    append_str(out, ",\"root_key\":\"");
    append_hex(out, bytes, NOTE_KEY_BYTES);
    append_str(out, "\",\"display\":");
    append_json_string(out, cli_has(c, "display") ? text_of(cli_get(c, "display")) : name_text(party));
    append_str(out, ",\"zone\":");
    append_json_string(out, text_of(cli_has(c, "zone") ? cli_get(c, "zone") : "UTC"));
    desks_member(c, out);
    append_char(out, '}');
}
static int party_add_run(struct cli *c) { return with_public(c, "root", "party", party_body); }

static void key_body(const struct cli *c, const struct name *party, const struct name *key, const uint8_t *bytes, struct append *out) {
    append_str(out, "{\"party\":");
    append_json_string(out, name_text(party));
    append_str(out, ",\"key\":");
    append_json_string(out, name_text(key));
    append_str(out, ",\"public_key\":\"");
    append_hex(out, bytes, NOTE_KEY_BYTES);
    append_format(out, "\",\"feeds_only\":%s}", cli_has(c, "feeds-only") ? "true" : "false");
}
static int key_add_run(struct cli *c) { return with_public(c, "new", "key", key_body); }

static void recover_body(const struct cli *c, const struct name *party, const struct name *key, const uint8_t *bytes, struct append *out) {
    (void)c;
    append_str(out, "{\"party\":");
    append_json_string(out, name_text(party));
    append_str(out, ",\"new_root\":\"");
    append_hex(out, bytes, NOTE_KEY_BYTES);
    append_str(out, "\",\"key\":");
    append_json_string(out, name_text(key));
    append_char(out, '}');
}
static int key_recover_run(struct cli *c) { return with_public(c, "new", "key/recover", recover_body); }
static int key_object_run(struct cli *c) { return command_plain(c, "key/object", false); }

static int key_revoke_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    struct append body = append_growing(BODY_MOST);
    result r = client_open(&k, c, true, false, &f);
    instant from = k.now;
    if (result_is_ok(r) && cli_has(c, "suspect-from")) r = volume_instant("--suspect-from", cli_get(c, "suspect-from"), k.now, &from, &f);
    append_str(&body, "{\"key\":");
    append_json_string(&body, text_of(c->arguments[0]));
    append_str(&body, ",\"suspect_from\":\"");
    if (result_is_ok(r)) append_instant(&body, from);
    append_char(&body, '"');
    statement_text_member(c, "reason", "reason", &body);
    append_char(&body, '}');
    int status = result_is_ok(r) ? send_body(&k, "key/revoke", NULL, &body) : cli_fail(c, &f);
    client_close(&k);
    append_free(&body);
    return status;
}

/* --- statements whose body is a file: agreements, settings --- */

static int with_body_file(struct cli *c, const char *kind) {
    static struct client k;
    struct fault f = {0};
    struct append body = {0};
    char on[80];
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r)) r = cli_read_file(c->arguments[0], BODY_MOST, &body, &f);
    if (result_is_ok(r) && cli_has(c, "on")) r = statement_entity(&k, cli_get(c, "on"), on, &f);
    int status = result_is_ok(r) ? send_body(&k, kind, cli_has(c, "on") ? on : NULL, &body) : cli_fail(c, &f);
    client_close(&k);
    append_free(&body);
    return status;
}
static int agreement_sign_run(struct cli *c) { return with_body_file(c, "agreement"); }
static int settings_run(struct cli *c) { return with_body_file(c, "settings"); }
static int suspend_run(struct cli *c) { return command_plain(c, "agreement/suspend", true); }
static int resume_run(struct cli *c) { return command_plain(c, "agreement/resume", true); }
static int leave_run(struct cli *c) { return cli_need(c, "from") == NULL ? CLI_USAGE : command_plain(c, "agreement/leave", true); }

static int clock_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    struct append body = append_growing(BODY_MOST);
    instant now = 0;
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r)) r = volume_instant("TIME", c->arguments[0], k.now, &now, &f);
    append_str(&body, "{\"now\":\"");
    if (result_is_ok(r)) append_instant(&body, now);
    append_str(&body, "\",\"error_s\":");
    if (result_is_ok(r)) r = volume_decimal("--error", cli_has(c, "error") ? cli_get(c, "error") : "1", &body, &f);
    append_char(&body, '}');
    int status = result_is_ok(r) ? send_body(&k, "clock", NULL, &body) : cli_fail(c, &f);
    client_close(&k);
    append_free(&body);
    return status;
}

static const struct cli_option key_new_options[] = {{"name", "NAME", "exercise/PARTY/KEY or live/PARTY/KEY; the root key of a party is called root"}, {NULL, NULL, NULL}};
static const struct cli_option key_add_options[] = {
    {"new", "FILE", "public key (.pub) of the new key; its secret key and the root key sign (--key twice)"},
    {"feeds-only", NULL, "it may send positions and nothing else"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option recover_options[] = {
    {"new", "FILE", "public key (.pub) of the new root key; it, the operator and other parties sign"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option revoke_options[] = {
    {"suspect-from", "TIME", "since when it may have been in other hands; default: now"}, {"reason", "TEXT", "why"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option party_options[] = {
    {"root", "FILE", "public key (.pub) of the party's root key; it and an operator's key sign"},
    {"display", "TEXT", "its full name"}, {"zone", "ZONE", "its time zone, such as Pacific/Auckland; default: UTC"},
    {"desk", "NAME", "a desk, in the order in which alerts go; may be repeated; default: watch"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option agreement_options[] = {{"on", "AGREEMENT", "the agreement of which this is a new version"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option statement_only[] = {STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option dated_options[] = {{"text", "TEXT", "why"}, {"from", "TIME", "from when"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option clock_options[] = {{"error", "SECONDS", "how far off it may be; default: 1"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};

const struct cli_command command_key_new = {"key new", "FILE", 1, 1, "make a key pair: FILE (secret, mode 0600) and FILE.pub", NULL, key_new_options, false, key_new_run};
const struct cli_command command_key_add = {"key add", "", 0, 0, "add a key to your party", NULL, key_add_options, true, key_add_run};
const struct cli_command command_key_revoke = {"key revoke", "KEY", 1, 1, "revoke a key of your party, and say since when it is suspect", NULL, revoke_options, true, key_revoke_run};
const struct cli_command command_key_recover = {"key recover", "", 0, 0, "give a party that lost its keys a new root key, after a delay", NULL, recover_options, true, key_recover_run};
const struct cli_command command_key_object = {"key object", "", 0, 0, "stop a recovery of your party's root key that waits", NULL, plain_options, true, key_object_run};
const struct cli_command command_party_add = {"party add", "", 0, 0, "let a party in: its root key and the operator sign", NULL, party_options, true, party_add_run};
const struct cli_command command_agreement_sign = {
    "agreement sign", "FILE", 1, 1, "sign an agreement whose JSON is FILE; it takes effect with the last signature",
    "Give the keys of all its parties, or write a --draft that the others sign with 'parley cosign'.", agreement_options, true, agreement_sign_run};
const struct cli_command command_agreement_suspend = {"agreement suspend", "AGREEMENT", 1, 1, "suspend an agreement", NULL, dated_options, true, suspend_run};
const struct cli_command command_agreement_resume = {"agreement resume", "AGREEMENT", 1, 1, "resume what you suspended", NULL, plain_options, true, resume_run};
const struct cli_command command_agreement_leave = {"agreement leave", "AGREEMENT", 1, 1, "announce that you leave an agreement", NULL, dated_options, true, leave_run};
const struct cli_command command_settings = {"settings", "FILE", 1, 1, "operator: change settings, as JSON", NULL, statement_only, true, settings_run};
const struct cli_command command_clock = {"clock", "TIME", 1, 1, "operator: the server's time is sure again", NULL, clock_options, true, clock_run};
