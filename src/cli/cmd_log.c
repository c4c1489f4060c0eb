/* log cat, log check: the record read from its directory, without a server. */
#include <string.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "log/node.h"

enum { RECORD_MOST = 512 * 1024 * 1024 };

static result open_read_only(const struct cli *c, bool verify, struct node **node, struct node_report *report, struct fault *f) {
    struct node_options o = {.dir = c->arguments[0], .inline_writer = true, .read_only = true, .verify_signatures = verify};
    result r = node_open(&o, node, report, f);
    return cli_no_log(r, c->arguments[0], f);
}

static result cat_stream(struct node *n, uint16_t party, struct append *line, struct arena *scratch, struct fault *f) {
    const struct state *st = node_state(n);
    uint64_t size = state_stream_size(st, party);
    for (uint64_t place = 0; place < size; place++) {
        struct node_record record;
        arena_reset(scratch);
        append_reset(line);
        TRY(node_record(n, party, place, scratch, &record, f));
        node_record_render(&record, true, line);
        if (line->full) return fail(f, RESULT_TOO_LARGE, "", "record %llu does not fit into %d bytes", (unsigned long long)place, RECORD_MOST);
        struct text shown = append_view(line);
        /* Which stream it stands in: the one thing that the record itself does not say. */
        printf("{\"stream\":\"%.*s\",%.*s\n", TEXT_ARG(name_text(state_party_name(st, party))), (int)shown.size - 1, shown.at + 1);
    }
    return OK;
}

static result cat_leaves(struct node *n, struct append *line, struct fault *f) {
    for (uint64_t i = 0; i < node_log_size(n); i++) {
        append_reset(line);
        TRY(node_log_leaf(n, i, line, f));
        printf("%.*s\n", TEXT_ARG(append_view(line)));
    }
    return OK;
}

static int cat_run(struct cli *c) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_report report;
    struct arena scratch;
    struct append line = append_growing(RECORD_MOST);
    arena_growing(&scratch, RECORD_MOST);
    result r = open_read_only(c, false, &n, &report, &f);
    const struct state *st = result_is_ok(r) ? node_state(n) : NULL;
    if (st != NULL && cli_has(c, "ticks")) {
        r = cat_leaves(n, &line, &f);
    } else if (st != NULL && cli_has(c, "party")) {
        struct name name;
        r = name_read(text_of(cli_get(c, "party")), &name, &f);
        uint16_t party = result_is_ok(r) ? state_party_find(st, &name) : PARTY_NONE;
        if (result_is_ok(r) && party == PARTY_NONE) r = fail(&f, RESULT_NOT_FOUND, "--party", "there is no party '%s'", cli_get(c, "party"));
        if (result_is_ok(r)) r = cat_stream(n, party, &line, &scratch, &f);
    } else if (st != NULL) {
        for (uint32_t party = 0; party < state_party_count(st) && result_is_ok(r); party++) r = cat_stream(n, (uint16_t)party, &line, &scratch, &f);
    }
    if (n != NULL) node_close(n);
    append_free(&line);
    arena_free(&scratch);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}

/* What is known of when: by clocks that are not this log's, for whoever trusts them. */
static void print_witnesses(const struct state *st) {
    struct state_cosignature w;
    for (uint32_t i = 0; state_cosignature(st, i, &w); i++) {
        char room[64];
        struct append at = append_fixed(room, sizeof room);
        append_instant(&at, w.seconds < INT64_MAX / INSTANT_SECOND ? (instant)w.seconds * INSTANT_SECOND : INT64_MAX);
        printf("the first %llu ticks, and what stands in them, were there by %.*s: signed by the witness %.*s\n", (unsigned long long)w.size, TEXT_ARG(append_view(&at)), TEXT_ARG(w.name));
    }
}

static int check_run(struct cli *c) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_report report = {0};
    result r = open_read_only(c, true, &n, &report, &f);
    if (!result_is_ok(r)) return cli_fail(c, &f);
    state_check(node_state(n));
    struct append digest = append_growing(128), first = append_growing(64), last = append_growing(64);
    struct hash state = state_digest(node_state(n));
    append_hex(&digest, state.bytes, sizeof state.bytes);
    append_instant(&first, report.first);
    append_instant(&last, report.last);
    if (report.snapshots_passed > 0) fprintf(stderr, "a snapshot that no start can use: %s\n", report.passed.message);
    printf(c->json ? "{\"orders\":%llu,\"records\":%llu,\"ticks\":%llu,\"cut_bytes\":%llu,\"bytes\":%llu,\"snapshots\":%u,\"digests\":%llu,\"first\":\"%.*s\",\"last\":\"%.*s\",\"digest\":\"%.*s\"}\n"
                   : "whole: %llu statements, %llu records, %llu ticks; torn tail of %llu bytes; %llu bytes read; %u snapshots and %llu digests of states as recomputed; from %.*s to %.*s\n"
                     "every hash, tree, signature and outcome recomputed; digest %.*s\n",
           (unsigned long long)report.orders, (unsigned long long)report.records, (unsigned long long)report.ticks, (unsigned long long)report.cut_bytes,
           (unsigned long long)report.bytes_read, report.snapshots_checked, (unsigned long long)report.digests, TEXT_ARG(append_view(&first)), TEXT_ARG(append_view(&last)), TEXT_ARG(append_view(&digest)));
    if (!c->json) print_witnesses(node_state(n));
    append_free(&digest);
    append_free(&first);
    append_free(&last);
    node_close(n);
    return CLI_OK;
}

static const struct cli_option cat_options[] = {
    {"party", "NAME", "this party's stream only"}, {"ticks", NULL, "the leaves of the log instead: one a tick"}, {NULL, NULL, NULL}};
static const struct cli_option none[] = {{NULL, NULL, NULL}};
const struct cli_command command_log_cat = {"log cat", "DIR", 1, 1, "print the records of all streams, one JSON object a line", NULL, cat_options, false, cat_run};
const struct cli_command command_log_check = {
    "log check", "DIR", 1, 1, "recompute every hash, tree, signature, outcome and the digest of a log",
    "Names the file and byte, or the statement, that is wrong, and exits with 7.", none, false, check_run};
