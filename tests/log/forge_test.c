/* A journal written anew with one thing changed, all checksums and chains made to fit: what recovery finds, and what only the full check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "log/journal.h"

#include <cmocka.h>

enum forgery {
    NOTHING, OUTCOME, TOLD, PLACE, ORDER, DROPPED, DROPPED_LAST, SWAPPED_PARTY, NO_OUTCOME, NO_TOLD, ORDER_NUMBER, TOLD_ORDER, TICK_NUMBER, HASH, ROOT, TICK_ROOT,
    SIGNATURE, TOLD_TIME, TICK_TIME, FORGERIES
};
static struct fixture script;

static struct node_options options(struct disk *d, bool full) {
    return (struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .read_only = true, .verify_signatures = full};
}

static void copy_file(struct disk *from, struct disk *to, const char *path) {
    struct fault f = {0};
    struct disk_file *a, *b;
    uint64_t size;
    size_t got;
    fixture_must(disk_open(from, path, DISK_READ, false, &a, &f), &f, "open");
    fixture_must(disk_open(to, path, DISK_WRITE, true, &b, &f), &f, "open");
    fixture_must(disk_size(a, &size, &f), &f, "size");
    char *bytes = malloc(size + 1);
    fixture_must(disk_read(a, 0, bytes, size, &got, &f), &f, "read");
    fixture_must(disk_write(b, 0, bytes, size, &f), &f, "write");
    free(bytes);
    disk_close(a);
    disk_close(b);
}

/* The first occurrence of `from` gets its last byte changed to `to`. */
static bool change(char *bytes, size_t size, const char *from, char to) {
    size_t n = strlen(from);
    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(bytes + i, from, n) == 0) {
            bytes[i + n - 1] = to;
            return true;
        }
    return false;
}

/* The part of class `from`, by its name, becomes one of class `to`. */
static bool change_class(char *bytes, size_t size, uint8_t from, const char *name, uint8_t to) {
    size_t n = strlen(name);
    for (size_t i = 3; i + n <= size; i++)
        if (memcmp(bytes + i, name, n) == 0 && (uint8_t)bytes[i - 1] == n && (uint8_t)bytes[i - 3] == from) {
            bytes[i - 3] = (char)to;
            return true;
        }
    return false;
}

/* Changes the entry or its payload if this is the place for it; *skip: leave it out. `last`: of its batch. */
static bool forge(enum forgery what, struct journal_entry *e, struct hash *hashes, char *payload, bool last, bool *skip) {
    switch (what) {
    case NO_OUTCOME: return !e->tick && !e->told && change_class(payload, e->payload_size, PART_OUTCOME, "outcome", PART_CLAIMS);
    case NO_TOLD: return !e->tick && e->told && change_class(payload, e->payload_size, PART_TOLD, "told", PART_OUTCOME);
    case DROPPED_LAST: *skip = !e->tick && e->told && last; return *skip;
    case ORDER_NUMBER: case TOLD_ORDER:
        if (e->tick || e->told != (what == TOLD_ORDER)) return false;
        e->order++;
        return true;
    case TICK_NUMBER:
        if (!e->tick) return false;
        e->number++;
        return true;
    case TOLD_TIME: case TICK_TIME: /* forward: that time runs back is another refusal */
        if (what == TICK_TIME ? !e->tick : e->tick || !e->told) return false;
        e->time += INSTANT_SECOND;
        return true;
    case OUTCOME: return !e->tick && !e->told && change(payload, e->payload_size, "\"verdict\":\"accepte", 'x');
    case TOLD: return !e->tick && e->told && change(payload, e->payload_size, "{\"told\":\"", 'x');
    case PLACE: return !e->tick && e->told && change(payload, e->payload_size, "\"place\":0", '1');
    case ORDER: return !e->tick && change(payload, e->payload_size, "{\"order\":1", '2');
    case DROPPED: *skip = !e->tick && e->told; return *skip;
    case SWAPPED_PARTY:
        if (e->tick || !e->told) return false;
        e->party = (uint16_t)((e->party + 1) % 3);
        return true;
    case HASH:
        if (e->tick) return false;
        hashes[0].bytes[5] ^= 1;
        return true;
    case ROOT: case TICK_ROOT:
        if (e->tick != (what == TICK_ROOT)) return false;
        e->root.bytes[0] ^= 1;
        return true;
    case SIGNATURE: /* within the base64 of the first note's line */
        if (e->tick || e->told || e->order != 1) return false;
        for (size_t i = 0; i + 30 < e->payload_size; i++)
            if (memcmp(payload + i, "\n\n\xE2\x80\x94 exercise", 13) == 0) {
                payload[i + 60] = payload[i + 60] == 'A' ? 'B' : 'A';
                return true;
            }
        return false;
    default: return false;
    }
}

static void rewrite(struct disk *from, struct disk *to, enum forgery what) {
    static const char *const files[] = {"/log/genesis", "/log/log.key", "/log/blinds", "/log/checkpoint"};
    struct fault f = {0};
    struct journal *in = NULL, *out = NULL;
    struct journal_batch b, none;
    bool end = false, done = what == NOTHING;
    for (size_t i = 0; i < 4; i++) copy_file(from, to, files[i]);
    fixture_must(journal_open(from, "/log/journal", &script.log, 1 << 26, &in, &f), &f, "open");
    fixture_must(journal_open(to, "/log/journal", &script.log, 1 << 26, &out, &f), &f, "open");
    fixture_must(journal_next(out, &none, &end, &f), &f, "empty");
    fixture_must(journal_continue(out, &f), &f, "continue");
    for (;;) {
        fixture_must(journal_next(in, &b, &end, &f), &f, "next");
        if (end) break;
        char *payload = malloc(b.payload.size + 1);
        memcpy(payload, b.payload.at, b.payload.size);
        journal_begin(out);
        for (bool last = false;;) {
            struct journal_entry e;
            struct hash hashes[64];
            fixture_must(journal_entry(in, &b, &e, &last, &f), &f, "entry");
            if (last) break;
            if (!e.tick) memcpy(hashes, e.hashes, e.hash_count * sizeof *hashes);
            struct journal_batch rest = b;
            struct journal_entry next;
            bool final = false, skip = false;
            fixture_must(journal_entry(in, &rest, &next, &final, &f), &f, "the next entry");
            if (!done) done = forge(what, &e, hashes, payload + e.payload_at, final, &skip);
            if (skip) continue;
            if (e.tick) journal_put_tick(out, &e);
            else journal_put_record(out, &e, hashes, (struct text){payload + e.payload_at, e.payload_size});
        }
        struct segment_place log, pay;
        fixture_must(journal_commit(out, b.sequencer, (struct text){payload, b.payload.size}, &log, &pay, &f), &f, "commit");
        free(payload);
    }
    assert_true(done);
    journal_close(in);
    journal_close(out);
}

static void forgeries(void **state) {
    (void)state;
    /* by a start, by the full check; a changed note shows at a start only where others were told of it */
    static const enum result_code expected[FORGERIES][2] = {
        [NOTHING] = {RESULT_OK, RESULT_OK}, [OUTCOME] = {RESULT_DIVERGED, RESULT_DIVERGED}, [TOLD] = {RESULT_DIVERGED, RESULT_DIVERGED},
        [PLACE] = {RESULT_DIVERGED, RESULT_DIVERGED}, [ORDER] = {RESULT_DIVERGED, RESULT_DIVERGED}, [DROPPED] = {RESULT_DIVERGED, RESULT_DIVERGED},
        [DROPPED_LAST] = {RESULT_DIVERGED, RESULT_DIVERGED}, [SWAPPED_PARTY] = {RESULT_ROT, RESULT_ROT}, [NO_OUTCOME] = {RESULT_ROT, RESULT_ROT},
        [NO_TOLD] = {RESULT_ROT, RESULT_ROT}, [ORDER_NUMBER] = {RESULT_ROT, RESULT_ROT}, [TOLD_ORDER] = {RESULT_DIVERGED, RESULT_DIVERGED},
        [TICK_NUMBER] = {RESULT_DIVERGED, RESULT_DIVERGED}, [HASH] = {RESULT_OK, RESULT_ROT}, [ROOT] = {RESULT_ROT, RESULT_ROT},
        [TICK_ROOT] = {RESULT_ROT, RESULT_ROT}, [SIGNATURE] = {RESULT_DIVERGED, RESULT_ROT}, [TOLD_TIME] = {RESULT_DIVERGED, RESULT_DIVERGED},
        [TICK_TIME] = {RESULT_DIVERGED, RESULT_DIVERGED}};
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct node *n = NULL;
    fixture_make(&script);
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = options(d, false);
    o.read_only = false;
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        struct node_event e;
        if (s->tick) fixture_must(node_tick(n, s->now, 0, false, &f), &f, "tick");
        else fixture_must(node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "submit");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
    node_close(n);
    for (enum forgery what = NOTHING; what < FORGERIES; what++) {
        struct disk *forged = disk_simulated(2);
        rewrite(d, forged, what);
        for (int full = 0; full < 2; full++) {
            o = options(forged, full);
            result r = node_open(&o, &n, NULL, &f);
            if (!result_is_ok(r)) print_message("# forgery %d, %s: %s: %s\n", what, full ? "check" : "start", result_name(r.code), f.message);
            assert_int_equal(r.code, expected[what][full]);
            if (result_is_ok(r)) node_close(n);
        }
        disk_simulated_free(forged);
    }
    disk_simulated_free(d);
    arena_free(&script.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forgeries)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("forge", tests, NULL, NULL);
}
