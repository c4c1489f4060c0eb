/* A mirror over simulated disks: what a server shows is taken only if it is what the server signed; every byte of it that is another is refused or makes no difference;
 * every byte of the directory that is changed is found and named; power cut and failing writes at every operation leave a mirror that goes on to the same bytes; a fork is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include "log/journal.h"
#include "log/mirror_store.h"
#include "log/scrub.h"

#include <cmocka.h>

enum { STEP = 3 }; /* ticks of a batch */
static struct fixture script;
static const char dir[] = "/mirror";

/* --- the server --- */

static struct node *lived(struct disk *d, uint64_t seed, uint32_t steps) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_event e;
    struct node_report report;
    fixture_seed = seed;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = {.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true};
    fixture_must(node_open(&o, &n, &report, &f), &f, "open");
    for (uint32_t i = 0; i < steps; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
    return n;
}

struct shown { struct append slots, records; }; /* as texts */
static void show(struct node *n, uint16_t party, uint64_t from_tick, uint64_t from_place, struct shown *out) {
    struct fault f = {0};
    struct arena scratch;
    struct node_record r;
    arena_growing(&scratch, 1 << 24);
    *out = (struct shown){append_growing(1 << 22), append_growing(1 << 24)};
    fixture_must(node_slots(n, party, from_tick, STEP, &out->slots, &f), &f, "slots");
    append_str(&out->records, "{\"records\":[");
    for (uint64_t place = from_place; result_is_ok(node_record(n, party, place, &scratch, &r, &f)); place++) {
        if (place > from_place) append_str(&out->records, ",");
        node_record_render(&r, party == PARTY_OPERATOR, &out->records);
        arena_reset(&scratch);
    }
    append_str(&out->records, "]}");
    arena_free(&scratch);
}
static void hide(struct shown *s) {
    append_free(&s->slots);
    append_free(&s->records);
}

/* --- the client: as the command does it --- */

static struct json_reader *slots_json, *records_json;

static result feed(struct mirror_batch *b, const struct json *ticks, const struct json *records, struct fault *f) {
    const struct json *record = json_first(records);
    for (const struct json *t = json_first(ticks); t != NULL; t = json_next(ticks, t)) {
        struct mirror_tick tick;
        TRY(mirror_read_tick(t, &tick, f));
        while (tick.has_slot && b->now.stream.size < tick.size) {
            if (record == NULL) return snprintf(f->message, sizeof f->message, "%s", "a record is missing"), result_of(RESULT_ROT);
            TRY(mirror_batch_record(b, record, f));
            record = json_next(records, record);
        }
        TRY(mirror_batch_tick(b, &tick, f));
    }
    return OK;
}

static result take(struct mirror_store *s, const struct shown *shown, struct fault *f) {
    const struct json *slots, *top, *ticks, *records;
    struct hash path[MERKLE_DEPTH];
    struct text note;
    unsigned length = 0;
    TRY(json_parse(slots_json, append_view(&shown->slots), JSON_OPEN, &slots, f));
    TRY(json_parse(records_json, append_view(&shown->records), JSON_OPEN, &top, f));
    TRY(json_get_array(slots, "ticks", true, 1000, &ticks, f));
    TRY(json_get_array(top, "records", true, 1000, &records, f));
    TRY(mirror_read_path(slots, "consistency", MERKLE_DEPTH, path, &length, f));
    TRY(json_get_text(slots, "checkpoint", true, SIZE_MAX, &note, f));
    struct mirror_batch b;
    mirror_batch_begin(s, &b);
    result r = feed(&b, ticks, records, f);
    if (result_is_ok(r)) r = mirror_batch_end(&b, note, path, length, f);
    if (result_is_ok(r)) r = mirror_store_commit(s, &b, f);
    mirror_batch_free(&b);
    return r;
}

static result make(struct disk *d, struct node *n, uint16_t party, struct fault *f) {
    uint8_t blind[32];
    node_blind(n, party, blind);
    return mirror_store_make(d, dir, node_genesis(n), name_text(state_party_name(node_state(n), party)), party, blind, f);
}

static result follow(struct disk *d, struct node *n, uint16_t party, struct fault *f) {
    struct mirror_store s;
    struct mirror_report report;
    if (!mirror_store_exists(d, dir)) TRY(make(d, n, party, f));
    result r = mirror_store_open(d, dir, true, &s, &report, f);
    while (result_is_ok(r) && s.mirror.ticks.size < node_log_size(n)) {
        struct shown shown;
        show(n, party, s.mirror.ticks.size + 1, s.mirror.stream.size, &shown);
        r = take(&s, &shown, f);
        hide(&shown);
    }
    mirror_store_close(&s);
    return r;
}

static struct append file_of(struct disk *d, const char *name) {
    char path[64];
    struct fault f = {0};
    struct disk_file *file = NULL;
    uint64_t size = 0;
    size_t got = 0;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_size(file, &size, &f), &f, "size");
    struct append out = append_growing(1 << 24);
    for (uint64_t i = 0; i < size; i++) append_char(&out, 0);
    fixture_must(disk_read(file, 0, out.at, (size_t)size, &got, &f), &f, "read");
    disk_close(file);
    return out;
}

static result check(struct disk *d, struct mirror_report *report, struct fault *f) {
    struct mirror_store s;
    result r = mirror_store_open(d, dir, false, &s, report, f);
    mirror_store_close(&s);
    return r;
}

static bool is_whole(const struct mirror_report *r) { return r->cut[0] == 0 && r->cut[1] == 0 && r->cut[2] == 0; }

/* --- the tests --- */

static void every_party_has_its_own(void **unused) {
    (void)unused;
    struct disk *server = disk_simulated(1);
    struct node *n = lived(server, 7, script.count);
    for (uint16_t party = 0; party < 3; party++) {
        struct disk *d = disk_simulated(2);
        struct fault f = {0};
        struct mirror_report report;
        fixture_must(follow(d, n, party, &f), &f, "follow");
        fixture_must(check(d, &report, &f), &f, "check");
        assert_true(is_whole(&report) && report.forks == 0);
        assert_int_equal(report.ticks, node_log_size(n));
        assert_int_equal(report.records, n == NULL ? 0 : state_stream_size(node_state(n), party));
        assert_true(report.parts > report.records && report.checkpoints >= node_log_size(n) / STEP);
        disk_simulated_free(d);
    }
    node_close(n);
    disk_simulated_free(server);
}

/* Each byte of what is shown, changed in turn: refused, or what is kept is the same. The fault says where. */
static void one_byte_of_the_answers(struct node *n, uint16_t party, bool of_records) {
    struct fault f = {0};
    struct shown shown;
    struct disk *honest = disk_simulated(3);
    fixture_must(make(honest, n, party, &f), &f, "make");
    show(n, party, 1, 0, &shown);
    struct mirror_store s;
    struct mirror_report report;
    fixture_must(mirror_store_open(honest, dir, true, &s, &report, &f), &f, "open");
    fixture_must(take(&s, &shown, &f), &f, "take");
    mirror_store_close(&s);
    struct append right[MIRROR_FILES], *text = of_records ? &shown.records : &shown.slots;
    for (int i = 0; i < MIRROR_FILES; i++) right[i] = file_of(honest, mirror_file_names[i]);
    struct disk *d = disk_simulated(4);
    fixture_must(make(d, n, party, &f), &f, "make");
    uint32_t refused = 0, the_same = 0;
    fixture_must(mirror_store_open(d, dir, true, &s, &report, &f), &f, "open");
    for (size_t at = 0; at < text->size; at++) {
        char was = text->at[at];
        text->at[at] = was == '0' ? '1' : was == '"' ? ' ' : (char)(was ^ 1);
        f = (struct fault){0};
        assert_int_equal(s.mirror.ticks.size, 0);
        result r = take(&s, &shown, &f);
        bool differs = false;
        for (int i = 0; result_is_ok(r) && i < MIRROR_FILES; i++) {
            struct append is = file_of(d, mirror_file_names[i]);
            differs = differs || !text_equal(append_view(&is), append_view(&right[i]));
            append_free(&is);
        }
        if (differs) fail_msg("byte %zu of what was shown was changed and taken: %.80s", at, text->at + (at > 40 ? at - 40 : 0));
        if (result_is_ok(r)) { /* behind what the ticks seal, or a member that nobody keeps */
            the_same++;
            mirror_store_close(&s);
            disk_simulated_free(d);
            d = disk_simulated(4);
            fixture_must(make(d, n, party, &f), &f, "make");
            fixture_must(mirror_store_open(d, dir, true, &s, &report, &f), &f, "open");
        } else {
            refused++;
            assert_true(f.message[0] != '\0');
        }
        text->at[at] = was;
    }
    print_message("# %u refused, %u made no difference\n", refused, the_same);
    assert_true(refused > text->size / 16);
    mirror_store_close(&s);
    hide(&shown);
    for (int i = 0; i < MIRROR_FILES; i++) append_free(&right[i]);
    disk_simulated_free(d);
    disk_simulated_free(honest);
}

static void every_byte_shown_counts(void **unused) {
    (void)unused;
    struct disk *server = disk_simulated(1);
    struct node *n = lived(server, 7, 12);
    assert_true(node_log_size(n) >= 2);
    one_byte_of_the_answers(n, 2, false);
    one_byte_of_the_answers(n, 2, true);
    node_close(n);
    disk_simulated_free(server);
}

static bool within(const struct append *bytes, size_t at, const char *member, size_t size) {
    for (size_t back = 0; back <= size + strlen(member) && back <= at; back++)
        if (bytes->size - (at - back) > strlen(member) && memcmp(bytes->at + at - back, member, strlen(member)) == 0) return true;
    return false;
}

/* Is the changed byte within the line that is named? A time, a tick's root, how many ticks a checkpoint covers say nothing by themselves: there it is the first line that does not fit any more. Of a genesis or a party's file the file is
 * enough, it is one object; of the end of a file's last line, that a line is missing. */
static bool names(const struct fault *f, const char *file, const struct append *bytes, size_t at, unsigned *later) {
    char of[32];
    unsigned long long line = 0, begin = 0;
    if (strcmp(file, "genesis") == 0 || strcmp(file, "party") == 0) return strncmp(f->field, file, strlen(file)) == 0;
    bool missing = strstr(f->message, "is missing: the file ends after line") != NULL;
    if (sscanf(f->field, "%31[a-z], line %llu, byte %llu", of, &line, &begin) != 3 && missing && strcmp(file, "checkpoints") == 0) return within(bytes, at, "{\"size\":", 20) && ++*later > 0;
    if (sscanf(f->field, "%31[a-z], line %llu, byte %llu", of, &line, &begin) != 3)
        return strcmp(f->field, file) == 0 && at + 1 == bytes->size && missing;
    const char *end = begin <= at ? memchr(bytes->at + begin, '\n', bytes->size - begin) : NULL;
    if (strcmp(of, file) == 0 && end != NULL && (size_t)(end - bytes->at) >= at) return true;
    ++*later;
    return within(bytes, at, "\"time\":\"", 24) || (strcmp(file, "checkpoints") == 0 && within(bytes, at, "{\"size\":", 20)) || (strcmp(file, "ticks") == 0 && within(bytes, at, "\"root\":\"", 64));
}

static void every_byte_kept_counts(void **unused) {
    (void)unused;
    static const char *const files[] = {"genesis", "party", "stream", "ticks", "checkpoints"};
    struct disk *server = disk_simulated(1), *d = disk_simulated(2);
    struct node *n = lived(server, 7, 12);
    struct fault f = {0};
    struct mirror_report report;
    uint32_t changed = 0, tails = 0;
    unsigned later = 0;
    fixture_must(follow(d, n, 2, &f), &f, "follow");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct append bytes = file_of(d, files[i]);
        char path[64];
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        for (size_t at = 0; at < bytes.size; at++, changed++) {
            uint64_t bit = at * 8 + at % 8;
            f = (struct fault){0};
            disk_simulated_flip(d, path, bit);
            result r = check(d, &report, &f);
            if (result_is_ok(r) && is_whole(&report)) fail_msg("%s, byte %zu: a change was not found", files[i], at);
            bool tail = result_is_ok(r);
            if (!tail && !names(&f, files[i], &bytes, at, &later)) fail_msg("%s, byte %zu: found, and not named: %s: %s", files[i], at, f.field, f.message);
            if (tail) assert_true(i == 4 || report.cut[i - 2] > 0), tails++; /* its last line: as torn by a kill */
            disk_simulated_flip(d, path, bit);
        }
        append_free(&bytes);
    }
    fixture_must(check(d, &report, &f), &f, "check");
    assert_true(later < changed / 8);
    print_message("# %u bytes changed: %u as a torn tail, %u named by the first that does not fit any more\n", changed, tails, later);
    node_close(n);
    disk_simulated_free(d);
    disk_simulated_free(server);
}

static void at_every_operation(struct node *n, enum disk_fault what, const struct append *right) {
    struct fault f = {0};
    struct disk *count = disk_simulated(5);
    fixture_must(follow(count, n, 2, &f), &f, "follow");
    uint64_t operations = disk_simulated_operations(count);
    disk_simulated_free(count);
    assert_true(operations > 20);
    for (uint64_t at = 1; at <= operations; at++) {
        struct disk *d = disk_simulated(100 + at);
        struct mirror_report report;
        disk_simulated_fault(d, at, what);
        result r = follow(d, n, 2, &f);
        if (result_is_ok(r)) fail_msg("operation %llu failed, and nobody said so", (unsigned long long)at);
        disk_simulated_restart(d);
        r = mirror_store_exists(d, dir) ? check(d, &report, &f) : OK;
        if (result_is_ok(r)) r = follow(d, n, 2, &f);
        if (result_is_ok(r)) r = check(d, &report, &f);
        if (!result_is_ok(r)) fail_msg("after operation %llu failed: %s: %s", (unsigned long long)at, f.field, f.message);
        assert_true(is_whole(&report));
        for (int i = 0; i < MIRROR_CHECKPOINTS; i++) {
            struct append is = file_of(d, mirror_file_names[i]);
            assert_true(text_equal(append_view(&is), append_view(&right[i])));
            append_free(&is);
        }
        disk_simulated_free(d);
    }
}

static void it_goes_on_after_any_kill(void **unused) {
    (void)unused;
    struct disk *server = disk_simulated(1), *whole = disk_simulated(2);
    struct node *n = lived(server, 7, script.count);
    struct fault f = {0};
    struct append right[MIRROR_CHECKPOINTS];
    fixture_must(follow(whole, n, 2, &f), &f, "follow");
    for (int i = 0; i < MIRROR_CHECKPOINTS; i++) right[i] = file_of(whole, mirror_file_names[i]);
    at_every_operation(n, DISK_POWER_CUT, right);
    at_every_operation(n, DISK_ENOSPC, right);
    at_every_operation(n, DISK_SHORT_WRITE, right);
    for (int i = 0; i < MIRROR_CHECKPOINTS; i++) append_free(&right[i]);
    node_close(n);
    disk_simulated_free(whole);
    disk_simulated_free(server);
}

/* The same genesis and keys lived twice, with other salts: two logs under one key. */
static void a_fork_is_kept(void **unused) {
    (void)unused;
    struct disk *one = disk_simulated(1), *two = disk_simulated(1), *d = disk_simulated(2);
    struct node *a = lived(one, 7, script.count), *b = lived(two, 8, script.count);
    struct fault f = {0};
    struct mirror_store s;
    struct mirror_report report;
    struct shown shown;
    char name[80];
    const struct json *top;
    struct text note;
    fixture_must(follow(d, a, 2, &f), &f, "follow");
    fixture_must(mirror_store_open(d, dir, true, &s, &report, &f), &f, "open");
    show(b, 2, s.mirror.ticks.size + 1, s.mirror.stream.size, &shown);
    result r = take(&s, &shown, &f);
    assert_int_equal(r.code, RESULT_DIVERGED);
    assert_non_null(strstr(f.message, "fork"));
    fixture_must(json_parse(slots_json, append_view(&shown.slots), JSON_OPEN, &top, &f), &f, "parse");
    fixture_must(json_get_text(top, "checkpoint", true, SIZE_MAX, &note, &f), &f, "note");
    fixture_must(mirror_store_fork(&s, note, name, &f), &f, "fork");
    struct append first = file_of(d, name);
    assert_non_null(strstr(name, "fork-7-"));
    append_reset(&s.note); /* the same root again: what was kept first stays */
    fixture_must(mirror_store_fork(&s, note, name, &f), &f, "fork");
    struct append second = file_of(d, name);
    assert_true(text_equal(append_view(&first), append_view(&second)) && first.size > 200);
    hide(&shown);
    mirror_store_close(&s);
    fixture_must(check(d, &report, &f), &f, "check");
    assert_int_equal(report.forks, 1);
    append_free(&first);
    append_free(&second);
    node_close(a);
    node_close(b);
    disk_simulated_free(one);
    disk_simulated_free(two);
    disk_simulated_free(d);
}

/* A server that lies within what it signs: other ticks for this party alone cannot be had, for it signs one log. Here it shows what is not in it. */
static void what_is_not_sealed_is_not_taken(void **unused) {
    (void)unused;
    struct disk *one = disk_simulated(1), *two = disk_simulated(1), *d = disk_simulated(2);
    struct node *a = lived(one, 7, script.count), *b = lived(two, 8, script.count);
    struct fault f = {0};
    struct mirror_store s;
    struct mirror_report report;
    struct shown shown, other;
    fixture_must(make(d, a, 2, &f), &f, "make");
    fixture_must(mirror_store_open(d, dir, true, &s, &report, &f), &f, "open");
    show(a, 2, 1, 0, &shown);
    show(b, 2, 1, 0, &other);
    struct shown mixed = {shown.slots, other.records}; /* whole records, rightly hashed, that were never sealed */
    result r = take(&s, &mixed, &f);
    assert_int_equal(r.code, RESULT_ROT);
    assert_non_null(strstr(f.field, "tick"));
    assert_non_null(strstr(f.message, "another stream was sealed"));
    uint64_t place = 0;
    show(a, 2, 1, 1, &mixed); /* the first record is left out */
    hide(&other);
    other = mixed;
    mixed.slots = shown.slots;
    r = take(&s, &mixed, &f);
    assert_int_equal(r.code, RESULT_ROT);
    assert_non_null(strstr(f.field, "seq 1"));
    assert_non_null(strstr(f.message, "seq 0 is next"));
    show(a, 1, 1, 0, &mixed); /* another party's */
    r = take(&s, &mixed, &f);
    assert_false(result_is_ok(r));
    hide(&mixed);
    for (int i = 0; i < MIRROR_FILES; i++) {
        fixture_must(disk_size(s.files[i], &place, &f), &f, "size");
        assert_int_equal(place, 0);
    }
    fixture_must(take(&s, &shown, &f), &f, "the right ones");
    mirror_store_close(&s);
    hide(&shown);
    hide(&other);
    node_close(a);
    node_close(b);
    disk_simulated_free(one);
    disk_simulated_free(two);
    disk_simulated_free(d);
}

static void what_is_there_is_not_taken_for_a_mirror(void **unused) {
    (void)unused;
    struct disk *server = disk_simulated(1), *d = disk_simulated(2);
    struct node *n = lived(server, 7, 12);
    struct fault f = {0};
    struct mirror_store s, again;
    struct mirror_report report;
    result r = mirror_store_open(d, dir, true, &s, &report, &f);
    assert_int_equal(r.code, RESULT_NOT_FOUND);
    mirror_store_close(&s);
    struct disk_file *file = NULL;
    fixture_must(disk_open(d, "/mirror/ticks", DISK_WRITE, true, &file, &f), &f, "open");
    fixture_must(disk_write(file, 0, "mine", 4, &f), &f, "write");
    r = make(d, n, 2, &f);
    assert_int_equal(r.code, RESULT_CONFLICT);
    fixture_must(disk_truncate(file, 0, &f), &f, "truncate");
    disk_close(file);
    fixture_must(follow(d, n, 2, &f), &f, "follow");
    fixture_must(mirror_store_open(d, dir, true, &s, &report, &f), &f, "open");
    r = mirror_store_open(d, dir, true, &again, &report, &f);
    assert_int_equal(r.code, RESULT_BUSY);
    mirror_store_close(&again);
    struct hash root, own = merkle_root(&s.mirror.ticks);
    fixture_must(mirror_store_root_at(&s, s.mirror.ticks.size, &root, &f), &f, "root");
    assert_true(hash_equal(&root, &own));
    r = mirror_store_root_at(&s, s.mirror.ticks.size + 1, &root, &f);
    assert_int_equal(r.code, RESULT_NOT_FOUND);
    mirror_store_close(&s);
    node_close(n);
    disk_simulated_free(d);
    disk_simulated_free(server);
}

static void count_repaired(void *context, const struct scrub_found *x) {
    assert_true(x->repaired && x->kind == SCRUB_PAYLOAD);
    ++*(uint64_t *)context;
}
/* All of a party's records have rotted: its mirror gives them again, and is read once for all of them. */
static void a_rotten_log_is_mended_in_one_pass(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(4);
    struct node *n = lived(d, 4, script.count);
    struct fault f = {0};
    struct journal *j = NULL;
    struct journal_batch b;
    bool end = false, last;
    struct scrub_report report;
    uint64_t repaired = 0, rotten = 0, read[2];
    const uint16_t party = 1;
    struct hash log = *node_log_hash(n);
    const char *const mirrors[] = {dir};
    struct scrub_options o = {.disk = d, .dir = "/log", .batch = UINT64_MAX, .mirrors = mirrors, .mirror_count = 1, .found = count_repaired, .context = &repaired};
    fixture_must(follow(d, n, party, &f), &f, "follow");
    node_close(n);
    for (int bad = 0; bad < 2; bad++) {
        uint64_t before = disk_simulated_reads(d);
        fixture_must(scrub_run(&o, &report, &f), &f, "scrub");
        read[bad] = disk_simulated_reads(d) - before;
        assert_true(report.found == rotten && repaired == rotten);
        if (bad) break;
        fixture_must(journal_open(d, "/log/journal", &log, LIMIT_SEGMENT_BYTES, &j, &f), &f, "journal");
        for (;;) {
            fixture_must(journal_next(j, &b, &end, &f), &f, "next");
            if (end) break;
            for (last = false;;) {
                struct journal_entry e;
                char path[64];
                fixture_must(journal_entry(j, &b, &e, &last, &f), &f, "entry");
                if (last) break;
                if (e.tick || e.party != party) continue;
                snprintf(path, sizeof path, "/log/journal/pay-%08u.seg", b.pay.segment);
                disk_simulated_flip(d, path, 8 * (b.pay.offset + e.payload_at + 50));
                rotten++;
            }
        }
        journal_close(j);
    }
    print_message("# %llu rotten records, %llu reads more\n", (unsigned long long)rotten, (unsigned long long)(read[1] - read[0]));
    assert_true(rotten > 8 && read[1] - read[0] < rotten + rotten / 2); /* of each what the log itself has, and the mirror */
    disk_simulated_free(d);
}

static int begin(void **unused) {
    (void)unused;
    fixture_make(&script);
    slots_json = json_reader_new(1 << 22);
    records_json = json_reader_new(1 << 22);
    return slots_json == NULL || records_json == NULL;
}
static int end(void **unused) {
    (void)unused;
    json_reader_free(slots_json);
    json_reader_free(records_json);
    arena_free(&script.arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_party_has_its_own), cmocka_unit_test(every_byte_shown_counts), cmocka_unit_test(every_byte_kept_counts), cmocka_unit_test(it_goes_on_after_any_kill),
        cmocka_unit_test(a_fork_is_kept), cmocka_unit_test(what_is_not_sealed_is_not_taken), cmocka_unit_test(what_is_there_is_not_taken_for_a_mirror), cmocka_unit_test(a_rotten_log_is_mended_in_one_pass)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mirror", tests, begin, end);
}
