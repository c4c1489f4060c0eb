/* receipt check: what became of a promise, from a mirror, the operator's directory, a server, or what somebody else made of one of these. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/receipt_kept.h"
#include "log/mirror_store.h"
#include "log/stream.h"

enum { EVIDENCE_BYTES = 64 * 1024 * 1024 };

struct check {
    struct cli *cli;
    const char *source;
    struct append note, genesis, members, evidence; /* members: of the evidence, each with a comma before it */
    struct mirror log;                    /* of the genesis */
    struct receipt receipt;
    struct json_reader *json, *inner;
    struct arena scratch;
};

static void log_hex(const struct check *k, char out[2 * SHA256_SIZE + 1]) {
    struct append a = append_fixed(out, 2 * SHA256_SIZE);
    append_hex(&a, k->log.log.bytes, SHA256_SIZE);
    out[2 * SHA256_SIZE] = '\0';
}

/* --log: anybody can make a log of any origin, so a genesis that was brought along says nothing of whose it is. */
static result the_one_that_is_meant(const struct check *k, struct fault *f) {
    const char *given = cli_get(k->cli, "log");
    char own[2 * SHA256_SIZE + 1];
    struct hash meant;
    if (given == NULL) return OK;
    if (!hex_read(text_of(given), meant.bytes, SHA256_SIZE)) return fail(f, RESULT_USAGE, "--log", "takes a log's hash, 64 lower-case hex digits");
    log_hex(k, own);
    return hash_equal(&meant, &k->log.log) ? OK : fail(f, RESULT_CONFLICT, "--log", "this is the log %s, not %s", own, given);
}

static result know_log(struct check *k, struct text genesis, struct fault *f) {
    append_reset(&k->genesis);
    append_text(&k->genesis, genesis);
    TRY(mirror_new(append_view(&k->genesis), &k->log, f));
    TRY(the_one_that_is_meant(k, f));
    return receipt_read(&k->log, append_view(&k->note), k->inner, &k->receipt, f);
}

static result parse(struct check *k, const struct json **top, struct fault *f) {
    json_reader_free(k->json);
    k->json = json_reader_new(k->evidence.size + 1024);
    return k->json == NULL ? fail(f, RESULT_FULL, "memory", "no memory for JSON") : json_parse(k->json, append_view(&k->evidence), JSON_OPEN, top, f);
}

/* The record that was promised, which `m` has just looked at: is the receipt for another statement than it is of? */
static bool of_another_statement(const struct check *k, const struct mirror *m, const struct node_record *r) {
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    receipt_leaf(&k->receipt, &leaf);
    return text_equal(append_view(&leaf), r->leaf) && !hash_equal(&m->said, &k->receipt.statement);
}

/* --- a mirror: everything in it is checked, and the paths are made from it --- */

struct hashes { struct hash *at; size_t count, room; };

static result add(struct hashes *h, const struct hash *one, struct fault *f) {
    if (h->count == h->room) {
        size_t room = h->room == 0 ? 4096 : 2 * h->room;
        struct hash *at = realloc(h->at, room * sizeof *at);
        if (at == NULL) return fail(f, RESULT_FULL, "memory", "no memory for %zu hashes", room);
        h->at = at;
        h->room = room;
    }
    h->at[h->count++] = *one;
    return OK;
}

struct looking {
    struct check *k;
    struct hashes stream, ticks;
    struct mirror_tick sealed, before;    /* tick 0: none */
    struct append note, leaf, record, proof; /* note: the last checkpoint */
    uint64_t under, size;                 /* so many ticks were held then; it may be of more */
    struct hash ahead[MERKLE_DEPTH]; unsigned length; /* from those to it */
};

static result see_record(void *context, const struct mirror *m, const struct node_record *r, struct fault *f) {
    struct looking *l = context;
    struct hash h = merkle_leaf(r->leaf.at, r->leaf.size);
    if (r->place == l->k->receipt.seq) {
        append_text(&l->leaf, r->leaf);
        if (of_another_statement(l->k, m, r)) node_record_render(r, true, &l->record);
    }
    return add(&l->stream, &h, f);
}

static result see_tick(void *context, const struct mirror_tick *t, struct fault *f) {
    struct looking *l = context;
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_log_leaf(&(struct stream_tick){.tick = t->tick, .time = t->time, .root = t->root}, &leaf);
    struct hash h = merkle_leaf(leaf.at, leaf.size);
    if (t->has_slot && t->size > l->k->receipt.seq && l->sealed.tick == 0) l->sealed = *t;
    if (t->has_slot && t->size <= l->k->receipt.seq) l->before = *t;
    return add(&l->ticks, &h, f);
}

static result see_checkpoint(void *context, uint64_t held, const struct mirror_checkpoint *c, struct text note, const struct hash *path, unsigned length, struct fault *f) {
    struct looking *l = context;
    (void)f;
    append_reset(&l->note);
    append_text(&l->note, note);
    l->under = held;
    l->size = c->size;
    l->length = length;
    for (unsigned i = 0; i < length; i++) l->ahead[i] = path[i];
    return OK;
}

static struct receipt_opening opening(struct looking *l, const struct mirror *m, const struct mirror_tick *t) {
    struct hash path[MERKLE_DEPTH];
    uint8_t number[8];
    for (int i = 0; i < 8; i++) number[i] = (uint8_t)(t->tick >> (56 - 8 * i));
    unsigned length = merkle_path_ahead(l->ticks.at, (size_t)l->under, l->size, (size_t)t->tick - 1, l->ahead, l->length, path);
    append_reset(&l->proof);
    receipt_put_proof(t->tick - 1, path, length, &l->proof);
    append_text(&l->proof, append_view(&l->note));
    return (struct receipt_opening){.size = t->size, .slot = m->slot, .blind = hmac_of(&m->blind, number, sizeof number), .tick = t->tick, .time = t->time, .path = t->path,
                                    .length = t->length, .proof = append_view(&l->proof)};
}

static void put_found(struct looking *l, const struct mirror *m, struct append *out) {
    struct hash path[MERKLE_DEPTH];
    if (l->sealed.tick > 0 && l->sealed.tick <= l->under) {
        struct receipt_opening o = opening(l, m, &l->sealed);
        unsigned length = merkle_path_of(l->stream.at, (size_t)o.size, (size_t)l->k->receipt.seq, path);
        append_char(out, ',');
        receipt_put_sealed(&o, append_view(&l->leaf), path, length, out);
    }
    if (l->before.tick > 0 && l->before.tick <= l->under) {
        struct receipt_opening o = opening(l, m, &l->before);
        struct hash root = merkle_root_of(l->stream.at, (size_t)o.size);
        append_char(out, ',');
        receipt_put_before(&o, &root, out);
    }
    if (l->record.size > 0) {
        append_str(out, ",\"record\":");
        append_text(out, append_view(&l->record));
    }
}

static result of_this_mirror(const struct check *k, const struct mirror *m, struct fault *f) {
    if (!text_equal(name_text(&m->party), name_text(&k->receipt.party)))
        return fail(f, RESULT_CONFLICT, k->source, "is the mirror of %.*s's stream, and the receipt is for %.*s's", TEXT_ARG(name_text(&m->party)), TEXT_ARG(name_text(&k->receipt.party)));
    if (m->slot != k->receipt.slot) return fail(f, RESULT_ROT, "receipt", "names slot %u, where the party's is %u in every tick: it promises nothing that could be checked", k->receipt.slot, m->slot);
    return OK;
}

static result genesis_in(struct check *k, const char *dir, struct fault *f) {
    char path[LIMIT_PATH];
    struct append file = {0};
    if (snprintf(path, sizeof path, "%s/genesis", dir) >= (int)sizeof path) return fail(f, RESULT_TOO_LARGE, dir, "is too long a name");
    TRY(cli_read_file(path, LIMIT_GENESIS_BYTES, &file, f));
    result r = know_log(k, append_view(&file), f);
    append_free(&file);
    return r;
}

static result from_mirror(struct check *k, struct fault *f) {
    static struct mirror_store store;
    struct mirror_report report;
    struct looking l = {.k = k, .note = append_growing(1 << 20), .leaf = append_growing(STREAM_LEAF_BYTES), .record = append_growing(EVIDENCE_BYTES), .proof = append_growing(1 << 20)};
    struct mirror_watch watch = {&l, see_record, see_tick, see_checkpoint};
    TRY(genesis_in(k, k->source, f));
    result r = mirror_store_watch(disk_real(), k->source, &watch, &store, &report, f);
    if (result_is_ok(r)) r = of_this_mirror(k, &store.mirror, f);
    if (result_is_ok(r)) put_found(&l, &store.mirror, &k->members);
    mirror_store_close(&store);
    free(l.stream.at);
    free(l.ticks.at);
    append_free(&l.note);
    append_free(&l.leaf);
    append_free(&l.record);
    append_free(&l.proof);
    return r;
}

/* --- what answers as a server does --- */

/* {"sealed":…,"before":…} without its braces. */
static void take_members(struct check *k, struct text object) {
    while (object.size > 0 && object.at[object.size - 1] == '\n') object.size--;
    if (object.size <= 2) return;
    append_char(&k->members, ',');
    append_bytes(&k->members, object.at + 1, object.size - 2);
}

static void no_record(const struct check *k, const struct fault *f) {
    fprintf(stderr, "parley: %s shows no record at place %llu that holds, so not whether it is of that statement: %s%s%s\n", k->source, (unsigned long long)k->receipt.seq, f->field,
            f->field[0] != '\0' ? ": " : "", f->message);
}

/* What is shown as the record of the place: it is evidence where the receipt is for another statement. One that does not hold shows nothing, and hides no path. */
static void take_record(struct check *k, const struct json *top) {
    struct mirror_shown shown;
    struct fault f = {0};
    result r = mirror_read_record(top, &k->scratch, &shown, &f);
    if (result_is_ok(r)) r = mirror_record_alone(&k->log, &shown, &k->scratch, &f);
    if (!result_is_ok(r)) return no_record(k, &f);
    if (!of_another_statement(k, &k->log, &shown.record)) return;
    append_str(&k->members, ",\"record\":");
    node_record_render(&shown.record, true, &k->members);
}

static result record_in(struct check *k, struct node *n, uint16_t party, struct fault *f) {
    struct node_record record;
    const struct json *top;
    result r = node_record(n, party, k->receipt.seq, &k->scratch, &record, f);
    if (r.code == RESULT_NOT_FOUND) return OK; /* nothing stands there */
    TRY(r);
    append_reset(&k->evidence);
    node_record_render(&record, false, &k->evidence);
    TRY(parse(k, &top, f));
    take_record(k, top);
    append_reset(&k->evidence);
    return OK;
}

static result from_directory(struct check *k, struct fault *f) {
    struct node *n = NULL;
    struct node_report report;
    struct append out = append_growing(EVIDENCE_BYTES);
    TRY(genesis_in(k, k->source, f));
    result r = node_open(&(struct node_options){.dir = k->source, .inline_writer = true, .read_only = true}, &n, &report, f);
    uint16_t party = result_is_ok(r) ? state_party_find(node_state(n), &k->receipt.party) : PARTY_NONE;
    if (result_is_ok(r) && party == PARTY_NONE) r = fail(f, RESULT_ROT, "receipt", "this log has no party '%.*s'", TEXT_ARG(name_text(&k->receipt.party)));
    if (result_is_ok(r)) r = node_sealed(n, party, k->receipt.seq, &out, f);
    if (result_is_ok(r)) take_members(k, append_view(&out));
    if (result_is_ok(r)) r = record_in(k, n, party, f);
    if (n != NULL) node_close(n);
    append_free(&out);
    return r;
}

static void record_at(struct check *k, struct client *client) {
    struct http_reply reply;
    struct fault f = {0};
    const struct json *top, *records, *one;
    char path[64];
    snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=1", (unsigned long long)k->receipt.seq);
    result r = client_get(client, path, &reply, &top, &f);
    if (!result_is_ok(r)) return no_record(k, &f);
    r = json_get_array(top, "records", true, 1, &records, &f);
    if (result_is_ok(r) && (one = json_first(records)) != NULL) take_record(k, one);
    else if (!result_is_ok(r)) no_record(k, &f);
    append_free(&reply.body);
}

static result from_server(struct check *k, struct fault *f) {
    static struct client client;
    struct http_reply reply;
    const struct json *top;
    struct text genesis;
    char path[64];
    k->cli->values[k->cli->value_count++] = (struct cli_value){"server", k->source};
    result r = client_open(&client, k->cli, true, true, f);
    if (result_is_ok(r)) r = client_get(&client, "/v1/log", &reply, &top, f);
    if (result_is_ok(r)) {
        r = json_get_text(top, "genesis", true, LIMIT_GENESIS_BYTES, &genesis, f);
        if (result_is_ok(r)) r = know_log(k, genesis, f);
        append_free(&reply.body);
    }
    if (result_is_ok(r) && !text_equal(name_text(&client.keys[0].party), name_text(&k->receipt.party)))
        r = fail(f, RESULT_USAGE, "--key", "is of %.*s, and the receipt is for the stream of %.*s, which it alone may read", TEXT_ARG(name_text(&client.keys[0].party)), TEXT_ARG(name_text(&k->receipt.party)));
    snprintf(path, sizeof path, "/v1/sealed/%llu", (unsigned long long)k->receipt.seq);
    if (result_is_ok(r)) {
        r = client_get(&client, path, &reply, &top, f);
        if (result_is_ok(r)) {
            take_members(k, append_view(&reply.body));
            append_free(&reply.body);
        }
        if (r.code == RESULT_NOT_FOUND) r = OK; /* it shows no path: unanswered */
    }
    if (result_is_ok(r)) record_at(k, &client);
    client_close(&client);
    return r;
}

/* --- evidence that somebody made --- */

static result from_file(struct check *k, struct fault *f) {
    static const char *const known[] = {"genesis", "receipt", "sealed", "before", "record"};
    const struct json *top;
    struct text receipt, genesis;
    struct fault inner = {0};
    TRY(cli_read_file(k->source, EVIDENCE_BYTES, &k->evidence, f));
    result r = parse(k, &top, &inner);
    if (!result_is_ok(r)) return fail(f, r.code, k->source, "is no address of a server, no directory and no proof of a receipt: %s", inner.message);
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(json_get_text(top, "genesis", true, LIMIT_GENESIS_BYTES, &genesis, f));
    TRY(json_get_text(top, "receipt", true, RECEIPT_BYTES, &receipt, f));
    if (k->note.size > 0 && !text_equal(receipt, append_view(&k->note))) return fail(f, RESULT_CONFLICT, k->source, "is about another receipt");
    append_reset(&k->note);
    append_text(&k->note, receipt);
    return know_log(k, genesis, f);
}

/* What was found, as anybody can judge it. */
static void put_evidence(struct check *k) {
    append_str(&k->evidence, "{\"genesis\":");
    append_json_string(&k->evidence, append_view(&k->genesis));
    append_str(&k->evidence, ",\"receipt\":");
    append_json_string(&k->evidence, append_view(&k->note));
    append_text(&k->evidence, append_view(&k->members));
    append_str(&k->evidence, "}\n");
}

static result find(struct check *k, struct fault *f) {
    struct stat s;
    char party[LIMIT_PATH];
    if (strncmp(k->source, "http://", 7) == 0 || strncmp(k->source, "https://", 8) == 0) TRY(from_server(k, f));
    else if (stat(k->source, &s) != 0 || !S_ISDIR(s.st_mode)) return from_file(k, f);
    else if (snprintf(party, sizeof party, "%s/party", k->source) < (int)sizeof party && stat(party, &s) == 0) TRY(from_mirror(k, f));
    else TRY(from_directory(k, f));
    put_evidence(k);
    return OK;
}

/* --- what is said --- */

static void say_text(const struct check *k, const struct receipt_finding *v) {
    const struct receipt *r = &k->receipt;
    char statement[2 * SHA256_SIZE + 1], said[2 * SHA256_SIZE + 1], log[2 * SHA256_SIZE + 1];
    struct append a = append_fixed(statement, sizeof statement - 1), b = append_fixed(said, sizeof said - 1);
    append_hex(&a, r->statement.bytes, SHA256_SIZE);
    append_hex(&b, v->said.bytes, SHA256_SIZE);
    statement[a.size] = said[b.size] = '\0';
    log_hex(k, log);
    printf("%s: place %llu of %.*s, log %s\n  LOG %s%s\n  %s\n  statement %s\n", receipt_verdict_name(v->verdict), (unsigned long long)r->seq, TEXT_ARG(name_text(&r->party)), k->log.origin, log,
           cli_has(k->cli, "log") ? "" : " (compare it: other logs may have this name)", v->why, statement);
    if (v->verdict != RECEIPT_BREACH) return;
    printf("  promised %s\n", v->promised);
    if (v->another) printf("  stands   %s%s\n", v->stands, v->stands_size < sizeof v->stands ? v->stands_size == 0 ? "a leaf of no bytes" : "" : "… and more");
    else printf("  it is of %s\n", said);
}

static void say_json(const struct check *k, const struct receipt_finding *v) {
    struct append out = append_growing(EVIDENCE_BYTES);
    char log[2 * SHA256_SIZE + 1];
    log_hex(k, log);
    append_format(&out, "{\"verdict\":\"%s\",\"log\":\"%s\",\"party\":", receipt_verdict_name(v->verdict), log);
    append_json_string(&out, name_text(&k->receipt.party));
    append_format(&out, ",\"seq\":%llu,\"statement\":\"", (unsigned long long)k->receipt.seq);
    append_hex(&out, k->receipt.statement.bytes, SHA256_SIZE);
    append_str(&out, "\",\"why\":");
    append_json_string(&out, text_of(v->why));
    append_str(&out, ",\"evidence\":");
    struct text evidence = append_view(&k->evidence);
    append_text(&out, (struct text){evidence.at, evidence.size - (evidence.at[evidence.size - 1] == '\n')});
    append_str(&out, "}\n");
    printf("%.*s", TEXT_ARG(append_view(&out)));
    append_free(&out);
}

static int say(struct check *k, struct receipt_finding *v) {
    static const int statuses[] = {[RECEIPT_UNANSWERED] = CLI_UNANSWERED, [RECEIPT_KEPT] = CLI_OK, [RECEIPT_LATE] = CLI_LATE, [RECEIPT_BREACH] = CLI_BREACH};
    const char *proof = cli_get(k->cli, "proof");
    struct fault f = {0};
    cli_tame(v->stands, strlen(v->stands)); /* a liar's bytes */
    if (k->cli->json) say_json(k, v);
    else say_text(k, v);
    if (proof != NULL && !result_is_ok(cli_write_file(proof, append_view(&k->evidence), 0600, false, &f))) return cli_fail(k->cli, &f);
    if (proof == NULL && v->verdict == RECEIPT_BREACH && !k->cli->json) printf("the proof, which anybody can check:\n%.*s", TEXT_ARG(append_view(&k->evidence)));
    return statuses[v->verdict];
}

static int check_run(struct cli *c) {
    static struct check k;
    struct receipt_finding v = {0};
    struct fault f = {0};
    const struct json *top;
    k = (struct check){.cli = c, .source = c->arguments[1], .genesis = append_growing(LIMIT_GENESIS_BYTES), .members = append_growing(EVIDENCE_BYTES), .evidence = append_growing(EVIDENCE_BYTES)};
    arena_growing(&k.scratch, EVIDENCE_BYTES * 4);
    k.inner = json_reader_new(2 * RECEIPT_BYTES);
    result r = k.inner == NULL ? fail(&f, RESULT_FULL, "memory", "no memory for JSON") : cli_read_file(c->arguments[0], RECEIPT_BYTES, &k.note, &f);
    if (result_is_ok(r)) r = find(&k, &f);
    if (result_is_ok(r)) r = parse(&k, &top, &f);
    if (result_is_ok(r)) r = receipt_judge(&k.log, &k.receipt, top, &k.scratch, &v, &f);
    int status = result_is_ok(r) ? say(&k, &v) : cli_fail(c, &f);
    mirror_free(&k.log);
    json_reader_free(k.json);
    json_reader_free(k.inner);
    append_free(&k.note);
    append_free(&k.genesis);
    append_free(&k.members);
    append_free(&k.evidence);
    arena_free(&k.scratch);
    return status;
}

static const struct cli_option options[] = {{"proof", "FILE", "keep what shows it in a new FILE: genesis, receipt and paths, which anybody can check without a server"},
                                             {"log", "HEX", "the log's hash that you know (LOG, as GET /v1/log says it): the receipt and what shows it must be of this log"}, {NULL, NULL, NULL}};
const struct cli_command command_receipt_check = {
    "receipt check", "RECEIPT MIRROR|DIR|URL|PROOF", 2, 2, "was the promise of a receipt kept?",
    "Of a receipt that --receipt of a filing command kept. Says one of four words, with an exit status for each. kept (0): the record stands at its place, and a tick at most ten seconds after it sealed it. breach (13): "
    "another record stands there under a signed tree, or the promised one is of another statement; both are named, and the proof is printed. late (14): no tick in time holds it. unanswered (15): no path was given, or the mirror "
    "does not reach so far. What does not hold in itself, such as a receipt that the log's key has not signed, is an error (7). MIRROR is a party's mirror, which is checked first; DIR the log's own directory; URL a server, which is asked "
    "with --key for the place; PROOF what --proof kept, which needs no server; whose the log is nothing in it can say, for anybody can make one of any name: --log, or LOG as it is printed, tells. Times are those of the log.", options, true, check_run};
