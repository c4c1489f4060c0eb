/* deposit, deposit check, deposit key: witnesses' dated signatures on a text's hash, for when the server does not answer. Existence only. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cosignature.h"
#include "base/rand.h"
#include "cli/commands.h"
#include "cli/http.h"
#include "core/compose.h"
#include "door/witnesses.h"
#include "log/deposit.h"
#include "log/secret.h"
#include "log/witness.h"

enum { KEY_BYTES = 1024, REPLY_BYTES = 16 * 1024 };
static const char only[] = "existence only: not who made it, nor that it was sent, received or true, nor that it is in any log of Parley's";

/* Of a file's bytes; or the hash itself, as 64 hex digits. */
static result hash_of(const char *given, struct hash *out, struct fault *f) {
    char chunk[65536];
    struct sha256 s;
    size_t got;
    if (strlen(given) == 64 && hex_read(text_of(given), out->bytes, SHA256_SIZE)) return OK;
    FILE *file = fopen(given, "rb");
    if (file == NULL) return fail(f, errno == ENOENT ? RESULT_NOT_FOUND : RESULT_IO, given, "%s: a file is meant, or a SHA-256 in 64 lower-case hex digits", strerror(errno));
    sha256_init(&s);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) sha256_update(&s, chunk, got);
    bool failed = ferror(file) != 0;
    fclose(file);
    *out = sha256_final(&s);
    return failed ? fail(f, RESULT_IO, given, "cannot be read") : OK;
}

/* --- the key --- */

static bool name_is_of_a_party(struct text name) { return (name.size > 5 && memcmp(name.at, "live/", 5) == 0) || (name.size > 9 && memcmp(name.at, "exercise/", 9) == 0); }

/* `room` keeps the name. */
static result read_secret(const char *path, char room[KEY_BYTES], struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    struct append file = append_fixed(room, KEY_BYTES);
    struct fault inner = {0};
    TRY(secret_read(path, &file, f));
    struct text line = append_view(&file);
    while (line.size > 0 && line.at[line.size - 1] == '\n') line.size--;
    if (!result_is_ok(note_skey_read(line, name, secret, &inner))) return fail(f, inner.code, path, "holds no key for deposits ('parley deposit key' makes one): %s", inner.message);
    return name_is_of_a_party(*name) ? fail(f, RESULT_USAGE, path, "is a party's key, which signs statements and nothing else: make one with 'parley deposit key'") : OK;
}

static result make_key(const struct cli *c, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    char room[KEY_BYTES], shown[KEY_BYTES], public_path[LIMIT_PATH];
    struct append key = append_fixed(room, sizeof room), line = append_fixed(shown, sizeof shown);
    struct hash public_key;
    *name = text_of(cli_get(c, "name"));
    if (!note_name_valid(*name) || name->size > 200 || name_is_of_a_party(*name)) return fail(f, RESULT_USAGE, "--name", "has no '+' and no space, is not empty and no party's: a name of yours, such as deposits.example/north");
    if (snprintf(public_path, sizeof public_path, "%s.pub", c->arguments[0]) >= (int)sizeof public_path) return fail(f, RESULT_TOO_LARGE, c->arguments[0], "is too long a name");
    compose_key_new(random_bytes, secret, &public_key);
    compose_key_write(*name, secret, &key, &line);
    result r = cli_write_file(c->arguments[0], append_view(&key), 0600, false, f);
    if (result_is_ok(r)) r = cli_write_file(public_path, append_view(&line), 0644, true, f);
    sodium_memzero(room, sizeof room);
    return r;
}

static int key_run(struct cli *c) {
    struct fault f = {0};
    struct text name = {0};
    uint8_t secret[NOTE_SECRET_BYTES];
    char room[KEY_BYTES], shown[KEY_BYTES];
    struct append vkey = append_fixed(shown, sizeof shown);
    if (sodium_init() < 0) return cli_error(c, RESULT_IO, "random", "the system has no random numbers");
    result r = cli_has(c, "name") ? make_key(c, &name, secret, &f) : read_secret(c->arguments[0], room, &name, secret, &f);
    if (result_is_ok(r)) note_vkey(&vkey, name, secret + NOTE_KEY_BYTES);
    sodium_memzero(secret, sizeof secret);
    if (result_is_ok(r)) printf("%.*s\n", TEXT_ARG(append_view(&vkey)));
    sodium_memzero(room, sizeof room);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

/* --- what witnesses say --- */

struct asked { struct text name; uint8_t key[32]; const char *url; bool good; uint64_t seconds; char why[256]; };
struct deposit {
    struct cli *cli;
    struct deposits *log;
    struct text origin;
    struct append note, lines;   /* lines: the witnesses' good ones */
    struct asked of[LIMIT_WITNESSES];
    unsigned count, good;
    uint64_t first;              /* the earliest of their times */
};

/* Its line among those of the reply, over the very checkpoint that was sent. */
static bool take_line(struct deposit *d, struct asked *a, struct text reply) {
    struct note note;
    struct fault f = {0};
    struct append whole = append_growing(REPLY_BYTES * 2);
    append_text(&whole, append_view(&d->note));
    append_text(&whole, reply);
    bool parsed = result_is_ok(note_parse(append_view(&whole), &note, &f));
    for (uint32_t i = 0; parsed && !a->good && i < note.count; i++) {
        uint8_t signature[NOTE_SIGNATURE_BYTES];
        if (!cosignature_verify(note.text, &note.lines[i], a->name, a->key, &a->seconds) || !cosignature_read(&note.lines[i], &a->seconds, signature)) continue;
        cosignature_line(&d->lines, a->name, a->key, a->seconds, signature);
        a->good = true;
    }
    append_free(&whole);
    if (!a->good) snprintf(a->why, sizeof a->why, "its answer holds no good signature of this key over the checkpoint");
    return a->good;
}

static void why_not(const struct deposit *d, struct asked *a, long status, struct text body) {
    char said[128];
    snprintf(said, sizeof said, "%.*s", (int)(body.size > 100 ? 100 : body.size), body.at);
    cli_tame(said, strlen(said));
    if (status == 404) snprintf(a->why, sizeof a->why, "it does not know the log %.*s: whoever runs it must be given the key that 'parley deposit key' prints (404)", d->origin.size > 100 ? 100 : (int)d->origin.size, d->origin.at);
    else snprintf(a->why, sizeof a->why, "it refused with %ld: %s", status, said);
}

/* The size that it says it has signed: the one line of a 409. */
static bool read_size(struct text body, uint64_t *old) {
    *old = 0;
    if (body.size < 2 || body.size > 19 || body.at[body.size - 1] != '\n') return false;
    for (size_t i = 0; i + 1 < body.size; i++) {
        if (body.at[i] < '0' || body.at[i] > '9') return false;
        *old = *old * 10 + (uint64_t)(body.at[i] - '0');
    }
    return true;
}

static bool ask_once(struct deposit *d, struct asked *a, struct http *h, uint64_t *old, bool *again) {
    struct fault f = {0};
    struct http_reply reply = {0};
    struct append body = append_growing(REPLY_BYTES * 2);
    result r = deposits_request(d->log, *old, append_view(&d->note), &body, &f);
    struct text sent = append_view(&body);
    if (result_is_ok(r)) r = http_call(h, "/add-checkpoint", &sent, &reply, &f);
    append_free(&body);
    *again = false;
    if (!result_is_ok(r)) {
        snprintf(a->why, sizeof a->why, "%.250s", f.message);
        append_free(&reply.body);
        return false;
    }
    struct text said = append_view(&reply.body);
    if (reply.status == 200) (void)take_line(d, a, said);
    else if (reply.status == 409 && read_size(said, old)) *again = true;
    else why_not(d, a, reply.status, said);
    append_free(&reply.body);
    return a->good;
}

static void ask(struct deposit *d, struct asked *a) {
    struct http *h = NULL;
    struct fault f = {0};
    uint64_t old = deposits_count(d->log) - 1;
    bool again = true;
    if (!result_is_ok(http_new(&(struct http_options){.server = a->url, .ca = cli_get(d->cli, "ca"), .type = "text/plain; charset=utf-8", .given = "--witness"}, &h, &f))) {
        snprintf(a->why, sizeof a->why, "%.250s", f.message);
        return;
    }
    for (int i = 0; i < 3 && again; i++) (void)ask_once(d, a, h, &old, &again); /* it may sign for another of ours meanwhile */
    if (again) snprintf(a->why, sizeof a->why, "it says again and again that it has signed another size");
    http_free(h);
    if (!a->good) return;
    if (d->good == 0 || a->seconds < d->first) d->first = a->seconds;
    d->good++;
}

static void say_time(uint64_t seconds, char room[40]) {
    struct append out = append_fixed(room, 39);
    append_instant(&out, seconds > (uint64_t)(INT64_MAX / INSTANT_SECOND) ? INT64_MAX : (instant)seconds * INSTANT_SECOND);
    room[out.size] = '\0';
}

static void say_each(const struct asked *of, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        char time[40];
        say_time(of[i].seconds, time);
        if (of[i].good) printf("  existed by %s, by the clock of %.*s\n", time, TEXT_ARG(of[i].name));
        else printf("  nothing from %.*s: %s\n", TEXT_ARG(of[i].name), of[i].why);
    }
    printf("  %s\n", only);
}

static void say_json(const struct hash *text, const struct asked *of, unsigned count, const char *proof) {
    struct append out = append_growing(1 << 20);
    append_str(&out, "{\"hash\":\"");
    append_hex(&out, text->bytes, SHA256_SIZE);
    append_str(&out, "\",\"proof\":");
    if (proof != NULL) append_json_string(&out, text_of(proof));
    else append_str(&out, "null");
    append_str(&out, ",\"witnesses\":[");
    for (unsigned i = 0; i < count; i++) {
        char time[40];
        say_time(of[i].seconds, time);
        append_str(&out, i > 0 ? ",{\"name\":" : "{\"name\":");
        append_json_string(&out, of[i].name);
        append_str(&out, of[i].good ? ",\"by\":" : ",\"why\":");
        append_json_string(&out, text_of(of[i].good ? time : of[i].why));
        append_char(&out, '}');
    }
    append_str(&out, "],\"shows\":");
    append_json_string(&out, text_of(only));
    append_str(&out, "}\n");
    printf("%.*s", TEXT_ARG(append_view(&out)));
    append_free(&out);
}

/* --- deposit --- */

static result read_witnesses(const struct cli *c, struct deposit *d, struct fault *f) {
    const char *given;
    for (; (given = cli_nth(c, "witness", d->count)) != NULL; d->count++) {
        if (d->count == LIMIT_WITNESSES) return fail(f, RESULT_USAGE, "--witness", "is given more than %d times", LIMIT_WITNESSES);
        struct asked *a = &d->of[d->count];
        TRY(witness_read(given, &a->name, a->key, &a->url, f));
        for (unsigned i = 0; i < d->count; i++)
            if (memcmp(d->of[i].key, a->key, sizeof a->key) == 0) return fail(f, RESULT_USAGE, "--witness", "'%.*s' is given twice", TEXT_ARG(a->name));
    }
    return d->count > 0 ? OK : fail(f, RESULT_USAGE, "--witness", "is needed: VKEY=URL of a witness");
}

/* One that is there already is left: what came earlier is worth more. */
static result write_new(const struct deposit *d, const struct hash *text, struct text bytes, char path[LIMIT_PATH], struct fault *f) {
    char hex[17];
    struct append name = append_fixed(hex, 16);
    append_hex(&name, text->bytes, 8);
    hex[16] = '\0';
    for (unsigned n = 1;; n++) {
        char more[16] = "";
        if (n > 1) snprintf(more, sizeof more, "-%u", n);
        if (snprintf(path, LIMIT_PATH, "%s/%s-%llu%s.tlog-proof", cli_get(d->cli, "into"), hex, (unsigned long long)d->first, more) >= LIMIT_PATH) return fail(f, RESULT_TOO_LARGE, "--into", "is too long a name");
        result r = cli_write_file(path, bytes, 0600, false, f);
        if (result_is_ok(r) || n == 1000 || access(path, F_OK) != 0) return r;
    }
}

static result keep(const struct deposit *d, const struct hash *text, uint64_t index, char path[LIMIT_PATH], struct fault *f) {
    struct deposit_proof p;
    TRY(deposits_proof(d->log, index, &p, f));
    struct append note = append_growing(LIMIT_DEPOSIT_PROOF_BYTES), out = append_growing(LIMIT_DEPOSIT_PROOF_BYTES);
    append_text(&note, append_view(&d->note));
    append_text(&note, append_view(&d->lines));
    p.note = append_view(&note);
    deposit_proof_write(&p, &out);
    result r = write_new(d, text, append_view(&out), path, f);
    append_free(&note);
    append_free(&out);
    return r;
}

static int deposit_run(struct cli *c) {
    static struct deposit d;
    struct fault f = {0};
    struct hash text;
    uint64_t index = 0, cut = 0;
    uint8_t salt[32];
    char room[KEY_BYTES], path[LIMIT_PATH];
    if (cli_need(c, "key") == NULL || cli_need(c, "into") == NULL) return CLI_USAGE;
    if (cli_nth(c, "key", 1) != NULL) return cli_error(c, RESULT_USAGE, "--key", "is given twice: a depositor has one");
    d = (struct deposit){.cli = c, .note = append_growing(REPLY_BYTES), .lines = append_growing(REPLY_BYTES)};
    uint8_t *secret = sodium_init() < 0 ? NULL : secret_alloc(NOTE_SECRET_BYTES);
    result r = secret == NULL ? fail(&f, RESULT_FULL, "memory", "no memory for the key") : read_witnesses(c, &d, &f);
    if (result_is_ok(r)) r = read_secret(cli_get(c, "key"), room, &d.origin, secret, &f);
    if (result_is_ok(r)) r = hash_of(c->arguments[0], &text, &f);
    if (result_is_ok(r)) r = deposits_open(disk_real(), cli_get(c, "into"), &d.log, &cut, &f);
    random_bytes(salt, sizeof salt);
    if (result_is_ok(r)) r = deposits_add(d.log, &text, salt, &index, &f);
    if (result_is_ok(r)) deposits_checkpoint(d.log, d.origin, secret, &d.note);
    for (unsigned i = 0; result_is_ok(r) && i < d.count; i++) ask(&d, &d.of[i]);
    if (result_is_ok(r) && d.good > 0) r = keep(&d, &text, index, path, &f);
    int status = !result_is_ok(r) ? cli_fail(c, &f) : d.good == 0 ? CLI_UNANSWERED : d.good < d.count ? CLI_DOUBTFUL : CLI_OK;
    if (result_is_ok(r) && c->json) say_json(&text, d.of, d.count, d.good > 0 ? path : NULL);
    if (result_is_ok(r) && !c->json) {
        if (d.good > 0) printf("deposited: %s\n", path);
        else printf("not deposited: no witness has signed; the same command tries again\n");
        say_each(d.of, d.count);
    }
    deposits_close(d.log);
    secret_free(secret);
    sodium_memzero(room, sizeof room);
    append_free(&d.note);
    append_free(&d.lines);
    return status;
}

/* --- deposit check --- */

static result read_keys(const struct cli *c, struct asked *of, unsigned *count, struct fault *f) {
    const char *given;
    struct fault inner = {0};
    for (*count = 0; (given = cli_nth(c, "witness", *count)) != NULL; ++*count) {
        if (*count == LIMIT_WITNESSES) return fail(f, RESULT_USAGE, "--witness", "is given more than %d times", LIMIT_WITNESSES);
        if (!result_is_ok(note_vkey_read_of(NOTE_COSIGNATURE, text_of(given), &of[*count].name, of[*count].key, &inner)))
            return fail(f, RESULT_USAGE, "--witness", "'%s' is no public key of a witness ('parley witness key' prints one): %s", given, inner.message);
    }
    return *count > 0 ? OK : fail(f, RESULT_USAGE, "--witness", "is needed: the public key of a witness that you trust");
}

static int check_run(struct cli *c) {
    static struct asked of[LIMIT_WITNESSES];
    static struct deposit_proof p;
    struct fault f = {0};
    struct hash text;
    struct text origin = {0};
    struct append file = {0};
    unsigned count = 0, good = 0;
    memset(of, 0, sizeof of);
    result r = sodium_init() < 0 ? fail(&f, RESULT_IO, "random", "the system has no random numbers") : read_keys(c, of, &count, &f);
    if (result_is_ok(r)) r = hash_of(c->arguments[0], &text, &f);
    if (result_is_ok(r)) r = cli_read_file(c->arguments[1], LIMIT_DEPOSIT_PROOF_BYTES, &file, &f);
    if (result_is_ok(r)) r = deposit_proof_read(append_view(&file), &p, &f);
    if (result_is_ok(r)) r = deposit_proof_check(&p, &text, &origin, &f);
    for (unsigned i = 0; result_is_ok(r) && i < count; i++) {
        r = deposit_proof_seen(&p, of[i].name, of[i].key, &of[i].good, &of[i].seconds, &f);
        snprintf(of[i].why, sizeof of[i].why, "it has not signed this");
        good += of[i].good;
    }
    if (result_is_ok(r) && c->json) say_json(&text, of, count, c->arguments[1]);
    if (result_is_ok(r) && !c->json) {
        printf("%s, deposited in %.*s\n", good > 0 ? "dated" : "dated by none of these", TEXT_ARG(origin));
        say_each(of, count);
    }
    append_free(&file);
    return !result_is_ok(r) ? cli_fail(c, &f) : good > 0 ? CLI_OK : CLI_UNANSWERED;
}

static const struct cli_option deposit_options[] = {{"into", "DIR", "the depositor's log, and where the proofs are kept; made where it is not; one for each key"},
                                                    {"key", "FILE", "its secret key, made by 'parley deposit key', mode 0600"},
                                                    {"witness", "VKEY=URL", "a witness that is asked: its public key and its submission prefix; may be repeated"},
                                                    {"ca", "FILE", "certificate that the witnesses' must descend from"},
                                                    {NULL, NULL, NULL}};
const struct cli_command command_deposit = {
    "deposit", "FILE|HASH", 1, 1, "have witnesses sign and date a text's hash, when the server does not answer",
    "Each text is a leaf of a log of your own in DIR, salted, so that nobody who sees the log learns of the text; witnesses sign its checkpoints by C2SP tlog-witness, and must have been given your key before (parley witness --log VKEY, with what 'parley deposit "
    "key' prints). Kept is a C2SP tlog-proof, DIR/….tlog-proof. It shows that a text with this hash existed by then: not who made it, nor that it was sent or received, nor that it is in any log of Parley's. Exits with 0 where all witnesses signed, "
    "9 where some did, 15 where none did: the same command tries again. Never bring back an older copy of DIR.", deposit_options, false, deposit_run};
static const struct cli_option check_options[] = {{"witness", "VKEY", "public key of a witness that you trust; may be repeated"}, {NULL, NULL, NULL}};
const struct cli_command command_deposit_check = {
    "deposit check", "FILE|HASH PROOF", 2, 2, "by when did a deposited text exist?",
    "From the proof alone, without a server. Prints for each witness that is named the time by which it has seen the text's hash; exits with 15 where none of these has, with 7 where the proof is of another text or a signature is not good.", check_options, false, check_run};
static const struct cli_option key_options[] = {{"name", "NAME", "makes it: the log's name, such as deposits.example/north"}, {NULL, NULL, NULL}};
const struct cli_command command_deposit_key = {
    "deposit key", "FILE", 1, 1, "make a key for deposits (--name), and print its public one",
    "FILE is the secret key, FILE.pub the public one, which is also printed: whoever runs a witness gives it that line (parley witness --log VKEY). The key signs nothing but checkpoints of deposits.", key_options, false, key_run};
