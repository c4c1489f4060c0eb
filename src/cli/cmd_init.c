/* init: makes a log. genesis draft and genesis sign: where several founders sign. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "cli/capacities.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "core/decode.h"
#include "core/state.h"
#include "log/node.h"
#include "log/secret.h"

enum { GENESIS_MOST = 256 * 1024 };

struct secret_pair { uint8_t secret[NOTE_SECRET_BYTES], public_key[NOTE_KEY_BYTES]; };

static void pair_new(struct secret_pair *p) {
    uint8_t seed[NOTE_KEY_BYTES];
    randombytes_buf(seed, sizeof seed);
    note_key_from_seed(seed, p->secret, p->public_key);
    sodium_memzero(seed, sizeof seed);
}

struct founding { char name[NAME_ROOM]; uint8_t root[NOTE_KEY_BYTES]; const char *display, *zone; bool operator_; };

static int founding_compare(const void *a, const void *b) { return strcmp(((const struct founding *)a)->name, ((const struct founding *)b)->name); }

/* --founder FILE.pub, as often as there are founders; the first is the operator. */
static result read_founders(const struct cli *c, struct founding *out, unsigned *count, struct fault *f) {
    const char *path;
    for (*count = 0; (path = cli_nth(c, "founder", *count)) != NULL; (*count)++) {
        struct append file;
        struct text name;
        struct fault inner = {0};
        if (*count == 64) return fail(f, RESULT_USAGE, "--founder", "at most 64 founders");
        TRY(cli_read_file(path, 4096, &file, f));
        struct text line = append_view(&file);
        while (line.size > 0 && line.at[line.size - 1] == '\n') line.size--;
        result r = note_vkey_read(line, &name, out[*count].root, &inner);
        const char *slash = result_is_ok(r) ? memchr(name.at, '/', name.size) : NULL;
        const char *second = slash != NULL ? memchr(slash + 1, '/', name.size - (size_t)(slash + 1 - name.at)) : NULL;
        struct name party = {{0}};
        if (second == NULL || !result_is_ok(name_read((struct text){slash + 1, (size_t)(second - slash - 1)}, &party, &inner)))
            r = fail(f, RESULT_MALFORMED, path, "holds no public root key named <mode>/<party>/root: %s", inner.message);
        memcpy(out[*count].name, party.at, NAME_ROOM);
        out[*count].operator_ = *count == 0;
        append_free(&file);
        TRY(r);
    }
    qsort(out, *count, sizeof out[0], founding_compare);
    return OK;
}

static void genesis_text(const struct cli *c, const char *origin, const struct founding *founders, unsigned count, const struct capacity *capacity,
                         const uint8_t *log_key, const uint8_t *receipt_key, struct append *out) {
    append_format(out, "parley/1 genesis %s\n{\"tick_s\":1,\"recovery_quorum\":%s,\"log_key\":\"", origin, cli_has(c, "recovery-quorum") ? cli_get(c, "recovery-quorum") : "2"); /* a number: named_log */
    append_hex(out, log_key, NOTE_KEY_BYTES);
    append_str(out, "\",\"receipt_key\":\"");
    append_hex(out, receipt_key, NOTE_KEY_BYTES);
    append_str(out, "\",\"capacity\":{");
    for (int i = 0; i < CAPACITY_MEMBERS; i++)
        if (capacity_get(capacity, i) > 0) append_format(out, "%s\"%s\":%u", i > 0 ? "," : "", capacity_name(i), capacity_get(capacity, i));
    append_str(out, "},\"founders\":[");
    for (unsigned i = 0; i < count; i++) {
        append_format(out, "%s{\"name\":\"%s\",\"root_key\":\"", i > 0 ? "," : "", founders[i].name);
        append_hex(out, founders[i].root, NOTE_KEY_BYTES);
        append_str(out, "\",\"display\":");
        append_json_string(out, text_of(founders[i].operator_ && cli_has(c, "display") ? cli_get(c, "display") : founders[i].name));
        append_str(out, ",\"zone\":");
        append_json_string(out, text_of(founders[i].operator_ && cli_has(c, "zone") ? cli_get(c, "zone") : "UTC"));
        append_str(out, ",\"desks\":[");
        for (unsigned d = 0; founders[i].operator_ && cli_nth(c, "desk", d) != NULL; d++) {
            if (d > 0) append_char(out, ',');
            append_json_string(out, text_of(cli_nth(c, "desk", d)));
        }
        append_format(out, "%s],\"operator\":%s}", founders[i].operator_ && cli_has(c, "desk") ? "" : "\"watch\"", founders[i].operator_ ? "true" : "false");
    }
    append_str(out, "],\"settings\":{}}\n");
}

static result write_secret(const char *path, const char *name, const struct secret_pair *p, struct fault *f) {
    char room[1024];
    struct append skey = append_fixed(room, sizeof room);
    note_skey(&skey, text_of(name), p->secret);
    append_char(&skey, '\n');
    result r = cli_write_file(path, append_view(&skey), 0600, false, f);
    sodium_memzero(room, sizeof room);
    return r;
}

/* Checks the note as the server will, and says what memory it takes. */
static result check_genesis(struct text note, bool verify, struct capacity *capacity, struct hash *log, struct fault *f) {
    struct arena arena;
    struct json_reader *json = json_reader_new(GENESIS_MOST);
    arena_growing(&arena, 64u << 20);
    struct decoder d = {.json = json, .arena = &arena};
    static struct statement genesis;
    result r = json == NULL ? fail(f, RESULT_IO, "", "no memory for JSON") : decode_genesis(&d, note, verify, &genesis, f);
    if (result_is_ok(r)) {
        size_t memory;
        *capacity = genesis.sections[0].body.genesis.capacity;
        r = state_memory(capacity, &memory, f);
        *log = genesis.hash;
    }
    json_reader_free(json);
    arena_free(&arena);
    return r;
}

static int made(const struct cli *c, const char *dir, const char *origin, const struct hash *log, const struct capacity *capacity) {
    size_t memory = 0;
    struct fault ignored;
    (void)!result_is_ok(state_memory(capacity, &memory, &ignored)); /* as checked */
    struct append hex = append_growing(128);
    append_hex(&hex, log->bytes, sizeof log->bytes);
    if (c->json) {
        struct append named = append_growing(65536);
        append_json_string(&named, text_of(dir));
        struct append tables = append_growing(65536);
        capacities_json(capacity, capacity, &tables);
        printf("{\"dir\":%.*s,\"origin\":\"%s\",\"log\":\"%.*s\",\"memory\":%.*s}\n", TEXT_ARG(append_view(&named)), origin, TEXT_ARG(append_view(&hex)), TEXT_ARG(append_view(&tables)));
        append_free(&named);
        append_free(&tables);
    } else {
        printf("made the log %s in %s\nLOG %.*s\n'parley serve --data %s' will take %.1f MB for its tables, and its keeper as much again (--no-keeper: none)\n", origin, dir, TEXT_ARG(append_view(&hex)), dir,
               (double)memory / 1e6);
        struct doctor_line l;
        capacities_print(capacity, capacity);
        capacities_judge(capacity, capacity, false, &l);
        if (l.level != DOCTOR_OK) printf("%s: %s\n      -> %s\n", doctor_level_name(l.level), l.found, l.fix);
    }
    append_free(&hex);
    return CLI_OK;
}

/* `expected`: the name that the key must have; NULL: any. */
static result read_pair(const char *path, const char *expected, struct secret_pair *out, struct fault *f) {
    char room[4096];
    struct append file = append_fixed(room, sizeof room);
    struct text name;
    struct fault inner = {0};
    result read = client_key_file(path, &file, f);
    if (!result_is_ok(read)) {
        sodium_memzero(room, sizeof room);
        return read;
    }
    struct text line = append_view(&file);
    while (line.size > 0 && line.at[line.size - 1] == '\n') line.size--;
    result r = note_skey_read(line, &name, out->secret, &inner);
    if (!result_is_ok(r)) r = fail(f, r.code, path, "holds no secret key: %s", inner.message);
    else if (expected != NULL && !text_is(name, expected)) r = fail(f, RESULT_MALFORMED, path, "is the key '%.*s'; the operator's must be '%s'", TEXT_ARG(name), expected);
    memcpy(out->public_key, out->secret + NOTE_SECRET_BYTES - NOTE_KEY_BYTES, NOTE_KEY_BYTES);
    sodium_memzero(room, sizeof room);
    return r;
}

struct making { struct append note, text; struct secret_pair log, receipt, root; char origin[512], key_name[NOTE_NAME_BYTES + 1]; };

/* What of the options stands in the genesis as it is typed: mode, origin, quorum. */
static result named_log(const struct cli *c, char out[512], const char **mode, struct fault *f) {
    *mode = cli_has(c, "mode") ? cli_get(c, "mode") : "exercise";
    if (strcmp(*mode, "exercise") != 0 && strcmp(*mode, "live") != 0) return fail(f, RESULT_USAGE, "--mode", "'%s' is not exercise or live", *mode);
    const char *origin = cli_has(c, "origin") ? cli_get(c, "origin") : "parley.local";
    if (strlen(origin) > 400 || origin[0] == '\0' || strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789._/-") != strlen(origin))
        return fail(f, RESULT_MALFORMED, "--origin", "'%s' is not a name of a-z, 0-9, '.', '_', '/' and '-', 1 to 400 of them", origin);
    snprintf(out, 512, "%s/%s", origin, *mode);
    uint64_t quorum;
    return cli_has(c, "recovery-quorum") ? cli_number("--recovery-quorum", cli_get(c, "recovery-quorum"), 1, UINT16_MAX, &quorum, f) : OK;
}

/* One founder, the operator, whose root key is made here (DIR.operator.key) or given by --key. */
static result init_alone(const struct cli *c, struct making *m, struct fault *f) {
    const char *mode, *operator_ = cli_has(c, "operator") ? cli_get(c, "operator") : "operator", *given = cli_get(c, "key");
    struct founding founder = {.operator_ = true};
    struct name checked;
    struct capacity capacity;
    TRY(named_log(c, m->origin, &mode, f));
    TRY(name_read(text_of(operator_), &checked, f));
    TRY(capacities_read(c, &capacity, f));
    snprintf(founder.name, sizeof founder.name, "%s", operator_);
    snprintf(m->key_name, sizeof m->key_name, "%s/%s/root", mode, operator_);
    if (given != NULL) TRY(read_pair(given, m->key_name, &m->root, f));
    else pair_new(&m->root);
    memcpy(founder.root, m->root.public_key, NOTE_KEY_BYTES);
    genesis_text(c, m->origin, &founder, 1, &capacity, m->log.public_key, m->receipt.public_key, &m->text);
    note_begin(&m->note, append_view(&m->text));
    note_sign(&m->note, append_view(&m->text), text_of(m->key_name), m->root.secret);
    return OK;
}

/* The operator's root key that was made here is on disk before the log that needs it, and goes again when there is no log. */
static result create(const struct cli *c, const char *dir, struct making *m, struct fault *f) {
    char path[4096];
    bool made_key = !cli_has(c, "genesis") && !cli_has(c, "key");
    snprintf(path, sizeof path, "%s.operator.key", dir);
    if (made_key) TRY(write_secret(path, m->key_name, &m->root, f));
    result r = node_create(NULL, dir, append_view(&m->note), m->log.secret, m->receipt.secret, f);
    if (made_key && !result_is_ok(r)) unlink(path);
    else if (made_key) fprintf(stderr, "the operator's root key is %s: keep it apart from the server\n", path);
    return r;
}

/* A note that all founders signed, with the log's and receipt's secret keys beside it (genesis draft). */
static result init_signed(const struct cli *c, struct making *m, struct fault *f) {
    char path[4096];
    const char *file = cli_get(c, "genesis");
    append_free(&m->note);
    TRY(cli_read_file(file, GENESIS_MOST, &m->note, f));
    snprintf(path, sizeof path, "%s.log.key", file);
    TRY(read_pair(path, NULL, &m->log, f));
    snprintf(path, sizeof path, "%s.receipt.key", file);
    TRY(read_pair(path, NULL, &m->receipt, f));
    struct text t = append_view(&m->note);
    const char *line = memchr(t.at, '\n', t.size), *start = "parley/1 genesis ";
    size_t skip = strlen(start);
    if (line == NULL || (size_t)(line - t.at) <= skip || memcmp(t.at, start, skip) != 0) return fail(f, RESULT_MALFORMED, file, "is no genesis note");
    snprintf(m->origin, sizeof m->origin, "%.*s", (int)(line - t.at - (ptrdiff_t)skip), t.at + skip);
    return OK;
}

static int init_run(struct cli *c) {
    static struct making m;
    struct fault f = {0};
    struct capacity capacity;
    struct hash log = {{0}};
    const char *dir = c->arguments[0];
    if (sodium_init() < 0) return cli_error(c, RESULT_IO, "", "libsodium cannot start");
    m = (struct making){.note = append_growing(GENESIS_MOST), .text = append_growing(GENESIS_MOST)};
    pair_new(&m.log);
    pair_new(&m.receipt);
    result r = cli_has(c, "genesis") ? init_signed(c, &m, &f) : init_alone(c, &m, &f);
    if (result_is_ok(r)) r = check_genesis(append_view(&m.note), true, &capacity, &log, &f);
    if (result_is_ok(r)) r = create(c, dir, &m, &f);
    int status = result_is_ok(r) ? made(c, dir, m.origin, &log, &capacity) : cli_fail(c, &f);
    append_free(&m.note);
    append_free(&m.text);
    sodium_memzero(&m, sizeof m);
    return status;
}

static int draft_run(struct cli *c) {
    static struct making m;
    static struct founding founders[64];
    struct fault f = {0};
    unsigned count = 0;
    struct capacity capacity;
    const char *mode, *file = c->arguments[0];
    char path[4096];
    if (sodium_init() < 0) return cli_error(c, RESULT_IO, "", "libsodium cannot start");
    m = (struct making){.text = append_growing(GENESIS_MOST)};
    pair_new(&m.log);
    pair_new(&m.receipt);
    result r = named_log(c, m.origin, &mode, &f);
    if (result_is_ok(r)) r = capacities_read(c, &capacity, &f);
    if (result_is_ok(r)) r = read_founders(c, founders, &count, &f);
    if (result_is_ok(r) && count == 0) r = fail(&f, RESULT_USAGE, "--founder", "is needed: the public root key of each founder, the operator's first");
    if (result_is_ok(r)) genesis_text(c, m.origin, founders, count, &capacity, m.log.public_key, m.receipt.public_key, &m.text);
    append_char(&m.text, '\n'); /* the blank line; signatures follow, in the order of the founders' names */
    if (result_is_ok(r)) r = cli_write_file(file, append_view(&m.text), 0644, false, &f);
    snprintf(path, sizeof path, "%s.log.key", file);
    if (result_is_ok(r)) r = write_secret(path, m.origin, &m.log, &f);
    if (result_is_ok(r)) {
        snprintf(path, sizeof path, "%s.receipt.key", file);
        char name[600];
        snprintf(name, sizeof name, "%s/receipt", m.origin);
        r = write_secret(path, name, &m.receipt, &f);
    }
    if (result_is_ok(r))
        printf("%s: each founder signs it in turn, in alphabetical order: parley genesis sign %s --key FILE\nthen: parley init DIR --genesis %s\n", file, file, file);
    append_free(&m.text);
    sodium_memzero(&m, sizeof m);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

static int sign_run(struct cli *c) {
    struct client_key key;
    struct fault f = {0};
    struct append file = {0};
    const char *path = cli_need(c, "key");
    if (path == NULL) return CLI_USAGE;
    if (sodium_init() < 0) return cli_error(c, RESULT_IO, "", "libsodium cannot start");
    result r = client_key_read(path, &key, &f);
    if (result_is_ok(r)) r = cli_read_file(c->arguments[0], GENESIS_MOST, &file, &f);
    struct text t = append_view(&file);
    const char *blank = result_is_ok(r) ? memmem(t.at, t.size, "\n\n", 2) : NULL;
    if (result_is_ok(r) && (blank == NULL || t.size < 17 || memcmp(t.at, "parley/1 genesis ", 17) != 0)) r = fail(&f, RESULT_MALFORMED, c->arguments[0], "is no genesis draft");
    if (result_is_ok(r)) {
        struct append signature = append_growing(4096);
        struct text text = {t.at, (size_t)(blank + 1 - t.at)};
        note_sign(&signature, text, text_of(key.name), key.secret);
        append_text(&file, append_view(&signature));
        append_free(&signature);
        r = cli_write_file(c->arguments[0], append_view(&file), 0644, true, &f);
    }
    sodium_memzero(&key, sizeof key);
    append_free(&file);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

#define LOG_OPTIONS                                                                                                    \
    {"mode", "MODE", "exercise (default) or live"}, {"origin", "NAME", "the log's name, a host name as a rule; the mode is added; default: parley.local"}, \
        {"capacity", "TABLE=N", "raise or lower a table; may be repeated"},                                            \
        {"recovery-quorum", "N", "parties that must sign a recovery of another's lost root key; default: 2"},          \
        {"display", "TEXT", "the operator's full name"}, {"zone", "ZONE", "the operator's time zone; default: UTC"},   \
        {"desk", "NAME", "a desk of the operator; may be repeated; default: watch"}

static const struct cli_option init_options[] = {
    LOG_OPTIONS,
    {"operator", "NAME", "the operator's name as a party; default: operator"},
    {"key", "FILE", "its root key; default: one is made, DIR.operator.key"},
    {"genesis", "FILE", "a genesis that its founders signed ('parley genesis draft')"},
    {NULL, NULL, NULL},
};
static const struct cli_option draft_options[] = {
    LOG_OPTIONS, {"founder", "FILE", "public root key (.pub) of a founder, the operator's first; may be repeated"}, {NULL, NULL, NULL}};
static const struct cli_option sign_options[] = {{"key", "FILE", "the founder's secret root key"}, {NULL, NULL, NULL}};

const struct cli_command command_init = {
    "init", "DIR", 1, 1, "make a log in DIR; prints what memory the server will take",
    "The log is an EXERCISE unless --mode live. Capacities are set here, can be raised later ('parley capacity') and never lowered; each party's quota is its share of them. --capacity TABLE=N changes one; "
    "the tables and what they hold by default:" CAPACITY_TABLE(CAPACITY_LINE), init_options, false, init_run};
const struct cli_command command_genesis_draft = {"genesis draft", "FILE", 1, 1, "write a genesis that several founders sign", "'parley help init' lists the tables of --capacity.", draft_options, false, draft_run};
const struct cli_command command_genesis_sign = {"genesis sign", "FILE", 1, 1, "sign a genesis as a founder", NULL, sign_options, false, sign_run};
