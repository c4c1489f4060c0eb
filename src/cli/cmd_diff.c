/* diff: are two copies of one log the same log? Two mirrors, or a mirror and signed checkpoints that came another way. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "log/mirror_store.h"
#include "log/stream.h"

enum { NOTES_BYTES = 64 * 1024 * 1024 };

struct side {
    const char *path;
    struct mirror_store store;
    struct mirror_lines lines;
    struct merkle tree;
    struct append leaf;          /* of the tick that was read last */
};
struct diff {
    struct cli *cli;
    struct side a, b;
};

static result open_side(struct side *s, struct fault *f) {
    struct mirror_report report;
    s->leaf = append_growing(STREAM_LEAF_BYTES);
    TRY(mirror_store_open(disk_real(), s->path, false, &s->store, &report, f));
    s->lines = (struct mirror_lines){.file = s->store.files[MIRROR_TICKS]};
    merkle_init(&s->tree);
    return OK;
}

static void close_side(struct side *s) {
    append_free(&s->lines.room);
    append_free(&s->leaf);
    mirror_store_close(&s->store);
}

static result next_leaf(struct side *s, struct fault *f) {
    struct text line;
    struct mirror_tick t;
    bool any = false;
    TRY(mirror_line(&s->lines, &line, &any, f));
    if (!any) return fail(f, RESULT_ROT, s->path, "tick %llu is missing", (unsigned long long)s->tree.size + 1);
    TRY(mirror_store_tick(&s->store, line, &t, f));
    append_reset(&s->leaf);
    stream_log_leaf(&(struct stream_tick){.tick = t.tick, .time = t.time, .root = t.root}, &s->leaf);
    struct hash h = merkle_leaf(s->leaf.at, s->leaf.size);
    (void)merkle_append(&s->tree, &h, NULL);
    return OK;
}

static void print_json_pair(const char *verdict, uint64_t size, struct text a, struct text b, uint64_t tick) {
    struct append out = append_growing(1 << 22);
    append_format(&out, "{\"verdict\":\"%s\",\"size\":%llu", verdict, (unsigned long long)size);
    if (tick > 0) append_format(&out, ",\"tick\":%llu", (unsigned long long)tick);
    if (a.size > 0) {
        append_str(&out, ",\"a\":");
        append_json_string(&out, a);
        append_str(&out, ",\"b\":");
        append_json_string(&out, b);
    }
    append_char(&out, '}');
    printf("%.*s\n", TEXT_ARG(append_view(&out)));
    append_free(&out);
}

static int same(const struct diff *d, uint64_t size) {
    if (d->cli->json) print_json_pair("same", size, TEXT(""), TEXT(""), 0);
    else printf("the same log up to tick %llu\n", (unsigned long long)size);
    return CLI_OK;
}

/* `tick`: the first that is another; 0: the roots alone are here. */
static int fork_found(const struct diff *d, uint64_t tick, struct text a, struct text b, uint64_t size) {
    if (d->cli->json) {
        print_json_pair("fork", size, a, b, tick);
        return CLI_FORK;
    }
    printf("FORK: the log's key has signed two logs.\n");
    if (tick > 0) printf("They are the same up to tick %llu; tick %llu is\n  %.*s\nand\n  %.*s\n", (unsigned long long)tick - 1, (unsigned long long)tick, TEXT_ARG(append_view(&d->a.leaf)), TEXT_ARG(append_view(&d->b.leaf)));
    printf("\n%.*s\n%.*s", TEXT_ARG(a), TEXT_ARG(b));
    return CLI_FORK;
}

/* Both are whole in themselves: their leaves are under their own signed checkpoints. So one leaf that differs is a fork. */
static int two_mirrors(struct diff *d, struct fault *f) {
    result r = open_side(&d->a, f);
    if (result_is_ok(r)) r = open_side(&d->b, f);
    if (result_is_ok(r) && !hash_equal(&d->a.store.mirror.log, &d->b.store.mirror.log))
        r = fail(f, RESULT_CONFLICT, d->b.path, "is a mirror of another log (%s, not %s): another genesis, so there is nothing to compare", d->b.store.mirror.origin, d->a.store.mirror.origin);
    uint64_t a = d->a.store.mirror.ticks.size, b = d->b.store.mirror.ticks.size, both = a < b ? a : b;
    int status = CLI_OK;
    bool found = false;
    while (result_is_ok(r) && !found && d->a.tree.size < both) {
        r = next_leaf(&d->a, f);
        if (result_is_ok(r)) r = next_leaf(&d->b, f);
        found = result_is_ok(r) && !text_equal(append_view(&d->a.leaf), append_view(&d->b.leaf));
    }
    if (!result_is_ok(r)) status = cli_fail(d->cli, f);
    else if (found) status = fork_found(d, d->a.tree.size, append_view(&d->a.store.note), append_view(&d->b.store.note), d->a.tree.size);
    else status = same(d, both);
    return status;
}

static int one_note(struct diff *d, struct text note, uint64_t *most, struct fault *f) {
    struct mirror_checkpoint c;
    struct hash own;
    result r = mirror_note(&d->a.store.mirror, note, &c, f);
    if (!result_is_ok(r)) snprintf(f->field, sizeof f->field, "%s", d->b.path);
    uint64_t held = d->a.store.mirror.ticks.size;
    if (result_is_ok(r) && c.size > held)
        r = fail(f, RESULT_NOT_FOUND, d->b.path, "is of %llu ticks, where the mirror holds %llu: let it go on, then compare", (unsigned long long)c.size, (unsigned long long)held);
    while (result_is_ok(r) && d->a.tree.size < c.size) r = next_leaf(&d->a, f);
    if (result_is_ok(r) && d->a.tree.size > c.size) r = mirror_store_root_at(&d->a.store, c.size, &own, f);
    else own = merkle_root(&d->a.tree);
    if (!result_is_ok(r)) return cli_fail(d->cli, f);
    if (!hash_equal(&own, &c.root)) return fork_found(d, 0, append_view(&d->a.store.note), note, c.size);
    if (c.size > *most) *most = c.size;
    return CLI_OK;
}

static result next_object(struct json_reader *reader, struct text *rest, struct text *note, struct fault *f) {
    const struct json *top;
    const char *end = memchr(rest->at, '\n', rest->size);
    struct text line = {rest->at, end == NULL ? rest->size : (size_t)(end - rest->at)};
    *rest = (struct text){rest->at + line.size + (end != NULL), rest->size - line.size - (end != NULL)};
    TRY(json_parse(reader, line, JSON_OPEN, &top, f));
    return json_get_text(top, "checkpoint", true, SIZE_MAX, note, f);
}

/* A note as it came, or lines of checkpoints as a mirror keeps them: all of them. */
static int with_notes(struct diff *d, struct fault *f) {
    struct append file;
    uint64_t most = 0;
    result r = open_side(&d->a, f);
    if (!result_is_ok(r)) return cli_fail(d->cli, f);
    r = cli_read_file(d->b.path, NOTES_BYTES, &file, f);
    if (!result_is_ok(r)) return cli_fail(d->cli, f);
    struct text rest = append_view(&file), note;
    int status = CLI_OK;
    if (rest.size > 0 && rest.at[0] == '{') {
        struct json_reader *reader = json_reader_new(1 << 20);
        if (reader == NULL) r = fail(f, RESULT_FULL, "memory", "out of memory");
        while (result_is_ok(r) && status == CLI_OK && rest.size > 0) {
            r = next_object(reader, &rest, &note, f);
            if (result_is_ok(r)) status = one_note(d, note, &most, f);
        }
        json_reader_free(reader);
    } else {
        status = one_note(d, rest, &most, f);
    }
    append_free(&file);
    if (!result_is_ok(r)) return cli_fail(d->cli, f);
    return status == CLI_OK ? same(d, most) : status;
}

static int diff_run(struct cli *c) {
    static struct diff d;
    struct fault f = {0};
    struct stat s;
    d = (struct diff){.cli = c, .a.path = c->arguments[0], .b.path = c->arguments[1]};
    bool directory = stat(d.b.path, &s) == 0 && S_ISDIR(s.st_mode);
    int status = directory ? two_mirrors(&d, &f) : with_notes(&d, &f);
    close_side(&d.a);
    close_side(&d.b);
    return status;
}

static const struct cli_option none[] = {{NULL, NULL, NULL}};
const struct cli_command command_diff = {
    "diff", "MIRROR OTHER", 2, 2, "compare two mirrors' logs, or a mirror's with a signed checkpoint",
    "OTHER is another mirror's directory, of whatever party, or a file of checkpoints: a note as it came, or lines as a mirror keeps them. Each mirror is checked first. Prints up to where the log is the "
    "same; or two signed notes that prove a fork, and the first tick that is another, with exit status 12. Needs no server.", none, false, diff_run};
