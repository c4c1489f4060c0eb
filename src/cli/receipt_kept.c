#include "cli/receipt_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/limits.h"
#include "core/part.h"

enum { GENESIS_BYTES = 2 * LIMIT_GENESIS_BYTES };
#define AHEAD_NS (120 * INSTANT_SECOND) /* of a record's time, by clocks that differ */

static result server_log(struct client *k, struct mirror *out, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    struct text genesis;
    TRY(client_get(k, "/v1/log", &reply, &top, f));
    result r = json_get_text(top, "genesis", true, LIMIT_GENESIS_BYTES, &genesis, f);
    if (result_is_ok(r)) r = mirror_new(genesis, out, f);
    append_free(&reply.body);
    if (result_is_ok(r) && !hash_equal(&out->log, &k->log)) r = fail(f, RESULT_ROT, "genesis", "is not of the log that the server says it is");
    return r;
}

/* The promised record begins with the very note that was sent. */
static result over_the_note(const struct mirror *log, const struct receipt *r, const struct json *given, struct text note, struct fault *f) {
    struct part p = {.part_class = PART_NOTE, .name = TEXT("note"), .bytes = note};
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    TRY(json_get_hex(given, "salt", true, p.salt, sizeof p.salt, f));
    TRY(mirror_read_path(given, "path", MERKLE_DEPTH, path, &length, f));
    struct hash leaf = part_hash(&p, &log->log);
    return merkle_check_inclusion(&leaf, 0, r->parts, path, length, &r->root) ? OK : fail(f, RESULT_ROT, "receipt", "promises a record that does not hold what was sent");
}

static result same_as_answer(const struct json *answer, const struct receipt *r, struct fault *f) {
    struct hash statement;
    struct text party;
    int64_t place = 0;
    TRY(json_get_hex(answer, "statement", true, statement.bytes, SHA256_SIZE, f));
    TRY(json_get_text(answer, "party", true, 31, &party, f));
    TRY(json_get_scaled(answer, "place", true, 0, 0, INT64_MAX, &place, f));
    bool same = hash_equal(&statement, &r->statement) && text_equal(party, name_text(&r->party)) && (uint64_t)place == r->seq;
    return same ? OK : fail(f, RESULT_ROT, "receipt", "promises something else than the answer says");
}

static result check(const struct mirror *log, const struct json *answer, struct text sent, struct json_reader *json, struct text *note, struct receipt *out, struct fault *f) {
    const struct json *given, *top;
    struct text why, statement;
    if (json_member(answer, "receipt") == NULL) {
        bool said = json_member(answer, "no_receipt") != NULL && result_is_ok(json_get_text(answer, "no_receipt", true, 512, &why, f));
        return fail(f, RESULT_NOT_FOUND, "receipt", "%.*s", TEXT_ARG(said ? why : TEXT("the server gave none")));
    }
    TRY(json_get_object(answer, "receipt", true, &given, f));
    TRY(json_get_text(given, "note", true, RECEIPT_BYTES, note, f));
    TRY(receipt_read(log, *note, json, out, f));
    TRY(same_as_answer(answer, out, f));
    TRY(json_parse(json, sent, JSON_OPEN, &top, f));
    TRY(json_get_text(top, "note", true, SIZE_MAX, &statement, f));
    struct note parsed;
    TRY(note_parse(statement, &parsed, f));
    struct hash said = sha256_of(parsed.text.at, parsed.text.size);
    if (!hash_equal(&said, &out->statement)) return fail(f, RESULT_ROT, "receipt", "is of another statement than the one that was sent");
    return over_the_note(log, out, given, statement, f);
}

/* The server's clock in an exercise, which may run fast; else one's own. */
static result now(struct client *k, instant *out, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    struct timespec own;
    clock_gettime(CLOCK_REALTIME, &own);
    *out = (instant)own.tv_sec * INSTANT_SECOND + own.tv_nsec;
    if (k->live) return OK;
    TRY(client_get(k, "/v1/clock", &reply, &top, f));
    result r = json_get_instant(top, "time", true, out, f);
    append_free(&reply.body);
    return r;
}

/* A slot in which nothing can be shown, and a time that puts off for months what is late, promise nothing. A time that is long past, as a repeat has it, takes nothing from whoever holds it. */
static result promises_something(struct client *k, const struct receipt *r, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    int64_t slot = 0;
    instant at = 0;
    TRY(client_session(k, f));
    TRY(client_get(k, "/v1/slots?from=1&limit=1", &reply, &top, f));
    result read = json_get_scaled(top, "slot", true, 0, 0, UINT16_MAX, &slot, f);
    append_free(&reply.body);
    TRY(read);
    if (slot != r->slot) return fail(f, RESULT_ROT, "slot", "is %u in the receipt, and the party's is %u: nothing could be checked", r->slot, (unsigned)slot);
    TRY(now(k, &at, f));
    return r->time > at && r->time - at > AHEAD_NS ? fail(f, RESULT_ROT, "time", "is more than two minutes ahead in the receipt: it would be late only then") : OK;
}

static result keep(const struct client *k, const struct receipt *r, struct text note, char path[LIMIT_PATH], struct fault *f) {
    char root[17], dir[LIMIT_PATH];
    struct append hex = append_fixed(root, 16);
    append_hex(&hex, r->root.bytes, 8);
    root[16] = '\0';
    if (snprintf(dir, sizeof dir, "%s.receipts", k->keys[0].path) >= (int)sizeof dir - 64) return fail(f, RESULT_TOO_LARGE, k->keys[0].path, "is too long a name");
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) return fail(f, RESULT_IO, dir, "%s", strerror(errno));
    (void)snprintf(path, LIMIT_PATH, "%.*s/%020llu-%s.receipt", LIMIT_PATH - 64, dir, (unsigned long long)r->seq, root);
    struct append there = {0};
    struct fault ignored;
    bool same = result_is_ok(cli_read_file(path, RECEIPT_BYTES, &there, &ignored)) && text_equal(append_view(&there), note); /* of a repeat: the signature is the same, too */
    append_free(&there);
    return same ? OK : cli_write_file(path, note, 0600, false, f);
}

int receipt_keep(struct client *k, struct text body, struct text answer, int status) {
    struct mirror log = {0};
    struct receipt r;
    struct fault f = {0};
    struct text note;
    const struct json *top;
    char path[LIMIT_PATH];
    if (status == CLI_BUSY || status == CLI_UNREACHABLE || status == CLI_BROKEN) return status; /* nothing was taken, or nobody knows */
    struct json_reader *outer = json_reader_new(answer.size + 1), *inner = json_reader_new(2 * (body.size > GENESIS_BYTES ? body.size : GENESIS_BYTES));
    result done = outer == NULL || inner == NULL ? fail(&f, RESULT_FULL, "memory", "no memory for JSON") : OK;
    if (result_is_ok(done)) done = server_log(k, &log, &f);
    if (result_is_ok(done)) done = json_parse(outer, answer, JSON_OPEN, &top, &f);
    if (result_is_ok(done)) done = check(&log, top, body, inner, &note, &r, &f);
    if (result_is_ok(done)) done = promises_something(k, &r, &f);
    if (result_is_ok(done)) done = keep(k, &r, note, path, &f);
    if (result_is_ok(done) && !k->cli->json) printf("  receipt for place %llu of %.*s: %s\n", (unsigned long long)r.seq, TEXT_ARG(name_text(&r.party)), path);
    if (!result_is_ok(done)) {
        fprintf(stderr, "parley: no good receipt: %s%s%s; what the answer says of the statement holds all the same\n", f.field, f.field[0] != '\0' ? ": " : "", f.message);
        if (status == CLI_OK || status == CLI_PENDING) status = CLI_UNANSWERED;
    }
    mirror_free(&log);
    json_reader_free(outer);
    json_reader_free(inner);
    return status;
}
