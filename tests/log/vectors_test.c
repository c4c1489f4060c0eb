/* The golden vectors of FORMAT.md (tests/vectors/records.json, made by a script from that page alone) against the C code.
 * PARLEY_VECTORS names the file; default tests/vectors/records.json below the current directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/note.h"
#include "core/decode.h"
#include "log/journal.h"
#include "log/record.h"
#include "log/stream.h"

#include <cmocka.h>

static struct append file;
static struct json_reader *reader;
static const struct json *top;
static struct arena arena;
static struct hash log_hash;

static const struct json *member(const struct json *at, const char *name) {
    const struct json *m = json_member(at, name);
    if (m == NULL) fail_msg("no member %s", name);
    return m;
}

static void is_hex(const struct json *at, const void *bytes, size_t size) {
    struct append hex = append_growing(1 << 20);
    append_hex(&hex, bytes, size);
    assert_int_equal(hex.size, at->string.size);
    assert_memory_equal(hex.at, at->string.at, hex.size);
    append_free(&hex);
}

static void is_hash(const struct json *at, struct hash h) { is_hex(at, h.bytes, SHA256_SIZE); }

static void take_hex(const struct json *at, void *to, size_t size) { assert_true(hex_read(at->string, to, size)); }

static uint32_t number(const struct json *at) { return (uint32_t)at->number; }

static int setup(void **state) {
    (void)state;
    const char *path = getenv("PARLEY_VECTORS");
    FILE *in = fopen(path != NULL ? path : "tests/vectors/records.json", "rb");
    if (in == NULL) return -1;
    file = append_growing(1 << 22);
    char room[4096];
    for (size_t got; (got = fread(room, 1, sizeof room, in)) > 0;) append_bytes(&file, room, got);
    fclose(in);
    reader = json_reader_new(1 << 22);
    arena_growing(&arena, 1 << 24);
    struct fault f = {0};
    if (!result_is_ok(json_parse(reader, append_view(&file), JSON_OPEN, &top, &f))) return -1;
    struct text text = json_member(top, "genesis_text")->string;
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, "", 1);
    sha256_update(&s, text.at, text.size);
    log_hash = sha256_final(&s);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    append_free(&file);
    json_reader_free(reader);
    arena_free(&arena);
    return 0;
}

static uint32_t read_parts(const struct json *record, struct part parts[8]) {
    uint32_t n = 0;
    const struct json *list = member(record, "parts");
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        parts[n] = (struct part){.part_class = (uint8_t)number(member(e, "class")), .slot = (uint8_t)number(member(e, "slot")),
                                 .name = member(e, "name")->string, .bytes = member(e, "bytes")->string};
        take_hex(member(e, "salt"), parts[n].salt, 32);
    }
    return n;
}

static void read_commitments(struct hash commit[4]) {
    const struct json *list = member(member(top, "statement"), "commitments"), *e = json_first(list);
    for (int i = 0; i < 4; i++, e = json_next(list, e)) take_hex(e, commit[i].bytes, 32);
}

static void statement(void **state) {
    (void)state;
    const struct json *s = member(top, "statement");
    struct part parts[8];
    struct fault f = {0};
    uint32_t count = read_parts(member(top, "record"), parts);
    assert_true(text_equal(parts[0].bytes, member(s, "note")->string));
    is_hash(member(top, "log"), log_hash);
    struct id id;
    struct hash key, commit[4];
    assert_true(id_read(member(s, "id")->string, &id));
    take_hex(json_first(member(s, "keys")), key.bytes, 32);
    struct hash context = part_section_context(&log_hash, &id, &key, 1);
    is_hash(member(s, "section_context"), context);
    read_commitments(commit);
    struct hash c = part_hash(&parts[1], &context);
    assert_true(hash_equal(&c, &commit[0]));
    struct decoder d = {.json = json_reader_new(1 << 20), .arena = &arena, .log = log_hash, .origin = member(top, "origin")->string};
    struct statement decoded;
    result r = decode_parts(&d, parts, count, true, &decoded, &f);
    if (!result_is_ok(r)) fail_msg("%s: %s", f.field, f.message);
    is_hash(member(s, "hash"), decoded.hash);
    assert_memory_equal(decoded.commit, commit, sizeof commit);
    json_reader_free(d.json);
}

static void check_record(const struct json *record, const struct hash *commit) {
    struct part parts[8], *back = NULL;
    struct hash leaves[16];
    uint32_t count = read_parts(record, parts), again;
    struct fault f = {0};
    uint32_t n = record_leaves(parts, count, commit, &log_hash, leaves);
    const struct json *list = member(record, "leaves"), *e = json_first(list);
    assert_int_equal(list->count, n);
    for (uint32_t i = 0; i < n; i++, e = json_next(list, e)) is_hash(e, leaves[i]);
    is_hash(member(record, "root"), merkle_root_of(leaves, n));
    struct append bytes = append_growing(1 << 16);
    record_put_count(&bytes, count);
    for (uint32_t i = 0; i < count; i++) record_put_part(&bytes, &parts[i]);
    is_hex(member(record, "encoded"), bytes.at, bytes.size);
    assert_true(result_is_ok(record_parse(append_view(&bytes), &arena, &back, &again, &f)));
    assert_int_equal(again, count);
    for (uint32_t i = 0; i < count; i++) assert_true(text_equal(back[i].bytes, parts[i].bytes) && back[i].slot == parts[i].slot);
    for (size_t cut = 0; cut < bytes.size; cut++) /* no prefix of it is one */
        assert_false(result_is_ok(record_parse((struct text){bytes.at, cut}, &arena, &back, &again, &f)));
    append_free(&bytes);
}

static void records(void **state) {
    (void)state;
    struct hash commit[4];
    read_commitments(commit);
    check_record(member(top, "record"), commit);
    check_record(member(top, "told"), NULL);
}

static void streams_and_tick(void **state) {
    (void)state;
    const struct json *tick = member(top, "tick"), *list = member(top, "streams");
    uint8_t blinds[9 * 32];
    take_hex(member(tick, "unused_key"), blinds, 32);
    const struct json *keys = member(tick, "blind_keys"), *k = json_first(keys);
    for (int i = 0; i < 8; i++, k = json_next(keys, k)) take_hex(k, blinds + 32 * (i + 1), 32);
    struct disk *d = disk_simulated(1);
    struct streams *s = NULL;
    struct fault f = {0};
    assert_true(result_is_ok(streams_new(d, "/i", 3, blinds, &s, &f)));
    instant when = INT64_C(1795413600123456789);
    struct hash root, slots[8];
    uint16_t party = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), party++) {
        const struct json *leaves = member(e, "leaves"), *hashes = member(e, "hashes"), *h = json_first(hashes);
        uint64_t place = 0;
        for (const struct json *l = json_first(leaves); l != NULL; l = json_next(leaves, l), h = json_next(hashes, h), place++) {
            const struct json *record = member(top, party == 0 ? "record" : "told");
            take_hex(member(record, "root"), root.bytes, 32);
            char room[STREAM_LEAF_BYTES];
            struct append leaf = append_fixed(room, sizeof room);
            stream_leaf(place, when, member(record, "leaves")->count, &root, &leaf);
            assert_true(text_equal(append_view(&leaf), l->string));
            is_hash(h, merkle_leaf(leaf.at, leaf.size));
            assert_true(result_is_ok(streams_leaf(s, party, when, member(record, "leaves")->count, &root, &f)));
        }
        struct streams_store room;
        struct merkle_store store = streams_store(s, party, &room);
        assert_true(result_is_ok(merkle_root_at(&store, place, &root, &f)));
        is_hash(member(e, "root"), root);
    }
    uint64_t sizes[8] = {0};
    streams_slots(s, number(member(tick, "tick")), number(member(tick, "parties")), slots, sizes);
    const struct json *want = member(tick, "slots"), *w = json_first(want);
    for (int i = 0; i < 8; i++, w = json_next(want, w)) is_hash(w, slots[i]);
    struct hash same[8];
    assert_true(result_is_ok(streams_slots_at(s, number(member(tick, "tick")), number(member(tick, "parties")), sizes, same, &f)));
    assert_memory_equal(same, slots, sizeof slots);
    is_hash(member(tick, "root"), merkle_perfect(slots, 3));
    streams_free(s);
    disk_simulated_free(d);
}

static void log_and_checkpoint(void **state) {
    (void)state;
    const struct json *log = member(top, "log_tree"), *leaves = member(log, "leaves"), *hashes = member(log, "hashes"), *h = json_first(hashes);
    struct merkle m;
    struct stream_tick t = {.tick = 5, .time = INT64_C(1795413601000000000)};
    merkle_init(&m);
    take_hex(member(member(top, "tick"), "root"), t.root.bytes, 32);
    for (const struct json *l = json_first(leaves); l != NULL; l = json_next(leaves, l), h = json_next(hashes, h)) {
        char room[STREAM_LEAF_BYTES];
        struct append leaf = append_fixed(room, sizeof room);
        stream_log_leaf(&t, &leaf);
        assert_true(text_equal(append_view(&leaf), l->string));
        struct hash hash = merkle_leaf(leaf.at, leaf.size);
        is_hash(h, hash);
        merkle_append(&m, &hash, NULL);
        t.tick++;
        t.time += INSTANT_SECOND;
    }
    struct hash root = merkle_root(&m);
    is_hash(member(log, "root"), root);
    uint8_t seed[32], secret[64], public_key[32];
    memset(seed, 0x0a, sizeof seed);
    note_key_from_seed(seed, secret, public_key);
    char text_room[512], note_room[1024];
    struct append text = append_fixed(text_room, sizeof text_room), note = append_fixed(note_room, sizeof note_room);
    struct text origin = member(top, "origin")->string;
    append_text(&text, origin);
    append_str(&text, "\n3\n");
    append_base64(&text, root.bytes, SHA256_SIZE);
    append_char(&text, '\n');
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), origin, secret);
    assert_true(text_equal(append_view(&note), member(top, "checkpoint")->string));
}

static struct journal_entry entry_of(const struct json *record, bool told, uint64_t at, struct hash leaves[16]) {
    struct journal_entry e = {.told = told, .party = told, .order = 1, .time = INT64_C(1795413600123456789), .payload_at = at};
    e.payload_size = member(record, "encoded")->string.size / 2;
    const struct json *list = member(record, "leaves");
    for (const struct json *l = json_first(list); l != NULL; l = json_next(list, l)) take_hex(l, leaves[e.hash_count++].bytes, 32);
    take_hex(member(record, "root"), e.root.bytes, 32);
    return e;
}

static void batch(void **state) {
    (void)state;
    const struct json *b = member(top, "batch");
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct journal *j = NULL;
    struct journal_batch none;
    bool end = false;
    static uint8_t payload[16384], written[16384];
    size_t size = member(b, "payload")->string.size / 2, got;
    take_hex(member(b, "payload"), payload, size);
    assert_true(result_is_ok(journal_open(d, "/j", &log_hash, 1 << 20, &j, &f)));
    assert_true(result_is_ok(journal_next(j, &none, &end, &f)) && end);
    assert_true(result_is_ok(journal_continue(j, &f)));
    journal_begin(j);
    struct hash leaves[16];
    struct journal_entry e = entry_of(member(top, "record"), false, 0, leaves);
    journal_put_record(j, &e, leaves, (struct text){(char *)payload, e.payload_size});
    size_t at = e.payload_size;
    e = entry_of(member(top, "told"), true, at, leaves);
    journal_put_record(j, &e, leaves, (struct text){(char *)payload + at, e.payload_size});
    struct journal_entry tick = {.tick = true, .number = number(member(member(top, "tick"), "tick")), .order = 1, .time = e.time};
    take_hex(member(member(top, "tick"), "root"), tick.root.bytes, 32);
    journal_put_tick(j, &tick);
    struct segment_place log, pay;
    assert_true(result_is_ok(journal_commit(j, number(member(b, "sequencer")), (struct text){(char *)payload, size}, &log, &pay, &f)));
    journal_close(j);
    struct disk_file *in = NULL;
    size_t extent = member(b, "log_extent")->string.size / 2;
    assert_true(result_is_ok(disk_open(d, "/j/log-00000001.seg", DISK_READ, false, &in, &f)));
    assert_true(result_is_ok(disk_read(in, 0, written, extent, &got, &f)));
    is_hex(member(b, "log_extent"), written, extent);
    disk_close(in);
    assert_true(result_is_ok(disk_open(d, "/j/pay-00000001.seg", DISK_READ, false, &in, &f)));
    assert_true(result_is_ok(disk_read(in, 0, written, size, &got, &f)));
    is_hex(member(b, "payload"), written, size);
    disk_close(in);
    disk_simulated_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(statement), cmocka_unit_test(records), cmocka_unit_test(streams_and_tick),
                                       cmocka_unit_test(log_and_checkpoint), cmocka_unit_test(batch)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("vectors", tests, setup, teardown);
}
