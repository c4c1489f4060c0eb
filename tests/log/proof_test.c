/* Every proof of a scripted day, followed from the part to the signed checkpoint as FORMAT.md, "Proofs", says; and the rendering of records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "fixture.h"

#include <cmocka.h>

static struct fixture script;
static struct disk *disk;
static struct node *node;
static struct json_reader *reader;
static struct arena arena;

static int setup(void **state) {
    (void)state;
    struct fault f = {0};
    fixture_make(&script);
    disk = disk_simulated(1);
    reader = json_reader_new(1 << 20);
    arena_growing(&arena, 1 << 26);
    fixture_must(node_create(disk, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = {.dir = "/log", .disk = disk, .random = fixture_random, .inline_writer = true};
    fixture_must(node_open(&o, &node, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        struct node_event e;
        if (s->tick) fixture_must(node_tick(node, s->now, 0, false, &f), &f, "tick");
        else fixture_must(node_submit(node, s->parts, s->count, s->now, i + 1, &f), &f, "submit");
        fixture_must(node_poll(node, &f), &f, "poll");
        while (node_next(node, &e)) continue;
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    node_close(node);
    disk_simulated_free(disk);
    json_reader_free(reader);
    arena_free(&arena);
    arena_free(&script.arena);
    return 0;
}

static const struct json *member(const struct json *at, const char *name) {
    const struct json *m = json_member(at, name);
    assert_non_null(m);
    return m;
}

static unsigned read_path(const struct json *list, struct hash path[MERKLE_DEPTH]) {
    unsigned n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e)) assert_true(hex_read(e->string, path[n++].bytes, 32));
    return n;
}

static struct hash root_of_leaf(struct text leaf) {
    struct hash root = {{0}};
    assert_true(leaf.size > 66 && hex_read((struct text){leaf.at + leaf.size - 66, 64}, root.bytes, 32));
    return root;
}

static struct hash stream_root(uint16_t party, uint64_t size) {
    struct merkle m;
    struct fault f = {0};
    merkle_init(&m);
    for (uint64_t i = 0; i < size; i++) {
        struct node_record r;
        fixture_must(node_record(node, party, i, &arena, &r, &f), &f, "record");
        struct hash h = merkle_leaf(r.leaf.at, r.leaf.size);
        merkle_append(&m, &h, NULL);
    }
    return merkle_root(&m);
}

static struct hash slot_hash(uint16_t party, const struct json *proof, uint64_t size, const struct hash *root) {
    uint8_t key[32], t[8], bytes[1 + 14 + 32 + 8 + 32] = {0};
    struct hmac_key k;
    uint64_t tick = (uint64_t)member(member(proof, "tick"), "tick")->number;
    struct hash told;
    node_blind(node, party, key);
    hmac_key_init(&k, key, sizeof key);
    for (int i = 0; i < 8; i++) t[i] = (uint8_t)(tick >> (56 - 8 * i));
    struct hash blind = hmac_of(&k, t, sizeof t);
    assert_true(hex_read(member(member(proof, "slot"), "blind")->string, told.bytes, 32));
    assert_true(hash_equal(&told, &blind));
    memcpy(bytes + 1, "parley/slot/1\n", 14);
    memcpy(bytes + 15, blind.bytes, 32);
    for (int i = 0; i < 8; i++) bytes[47 + i] = (uint8_t)(size >> (56 - 8 * i));
    memcpy(bytes + 55, root->bytes, 32);
    return sha256_of(bytes, sizeof bytes);
}

/* The tlog-proof: header, index, hashes, blank line, checkpoint. */
static void check_log(struct text log, const struct hash *tick_root) {
    struct fault f = {0};
    char *end = NULL;
    assert_memory_equal(log.at, "c2sp.org/tlog-proof@v1\nindex ", 29);
    uint64_t index = strtoull(log.at + 29, &end, 10);
    struct hash path[MERKLE_DEPTH], root;
    unsigned n = 0;
    size_t got;
    for (end++; *end != '\n'; end += 45) assert_true(base64_read((struct text){end, 44}, path[n++].bytes, 32, &got) && got == 32);
    struct note note;
    struct text checkpoint = {end + 1, log.size - (size_t)(end + 1 - log.at)};
    fixture_must(note_parse(checkpoint, &note, &f), &f, "checkpoint");
    uint8_t secret[64], public_key[32];
    fixture_pair(0x0a, secret, public_key);
    assert_true(note_verify(&note, TEXT(FIXTURE_ORIGIN), public_key));
    const char *size_at = (const char *)memchr(checkpoint.at, '\n', checkpoint.size) + 1;
    uint64_t size = strtoull(size_at, &end, 10);
    assert_true(base64_read((struct text){end + 1, 44}, root.bytes, 32, &got) && got == 32);
    char room[256];
    struct append leaf = append_fixed(room, sizeof room);
    fixture_must(node_log_leaf(node, index, &leaf, &f), &f, "leaf");
    struct hash in_leaf = root_of_leaf(append_view(&leaf)), h = merkle_leaf(leaf.at, leaf.size);
    assert_true(hash_equal(&in_leaf, tick_root));
    assert_true(merkle_check_inclusion(&h, index, size, path, n, &root));
}

static void check_proof(uint16_t party, uint64_t place, uint32_t part, const struct node_record *r) {
    struct fault f = {0};
    struct append text = append_growing(1 << 20);
    const struct json *proof = NULL;
    struct hash path[MERKLE_DEPTH];
    fixture_must(node_proof(node, party, place, part, &text, &f), &f, "proof");
    fixture_must(json_parse(reader, append_view(&text), JSON_OPEN, &proof, &f), &f, "proof");
    uint32_t leaf = (uint32_t)member(proof, "leaf")->number;
    const struct part *p = &r->parts[part];
    if (p->part_class != PART_SECTION) {
        struct hash own = part_hash(p, node_log_hash(node));
        assert_true(hash_equal(&own, &r->hashes[leaf]));
    }
    unsigned n = read_path(member(proof, "record"), path);
    assert_true(merkle_check_inclusion(&r->hashes[leaf], leaf, (uint64_t)member(proof, "leaves")->number, path, n, &r->root));
    struct text stream_leaf = member(proof, "stream_leaf")->string;
    struct hash root = root_of_leaf(stream_leaf), h = merkle_leaf(stream_leaf.at, stream_leaf.size);
    assert_true(hash_equal(&root, &r->root));
    uint64_t size = (uint64_t)member(member(proof, "stream"), "size")->number;
    struct hash stream = stream_root(party, size);
    n = read_path(member(member(proof, "stream"), "path"), path);
    assert_true(merkle_check_inclusion(&h, place, size, path, n, &stream));
    struct hash slot = slot_hash(party, proof, size, &stream);
    char room[256];
    struct append log_leaf = append_fixed(room, sizeof room);
    fixture_must(node_log_leaf(node, node_log_size(node) - 1, &log_leaf, &f), &f, "leaf");
    struct hash tick_root = root_of_leaf(append_view(&log_leaf));
    n = read_path(member(member(proof, "tick"), "path"), path);
    assert_true(merkle_check_inclusion(&slot, (uint64_t)member(member(proof, "slot"), "index")->number, 8, path, n, &tick_root));
    check_log(member(proof, "log")->string, &tick_root);
    append_free(&text);
}

static void proofs(void **state) {
    (void)state;
    struct fault f = {0};
    unsigned count = 0;
    for (uint16_t party = 0; party < 3; party++)
        for (uint64_t place = 0; place < state_stream_size(node_state(node), party); place++) {
            struct node_record r;
            arena_reset(&arena);
            fixture_must(node_record(node, party, place, &arena, &r, &f), &f, "record");
            for (uint32_t part = 0; part < r.part_count; part++, count++) check_proof(party, place, part, &r);
            struct append none = append_growing(1024);
            assert_int_equal(node_proof(node, party, place, r.part_count, &none, &f).code, RESULT_NOT_FOUND);
            append_free(&none);
        }
    print_message("# %u proofs\n", count);
    struct append none = append_growing(1024);
    assert_int_equal(node_proof(node, 0, 10000, 0, &none, &f).code, RESULT_NOT_FOUND);
    assert_int_equal(node_proof(node, 77, 0, 0, &none, &f).code, RESULT_NOT_FOUND);
    assert_int_equal(node_log_leaf(node, 10000, &none, &f).code, RESULT_NOT_FOUND);
    append_free(&none);
}

/* FORMAT.md, "Proofs": the record's part of it. `parts` and `seq` of the stream leaf must be what the proof says. */
static bool record_holds(const struct hash *part, uint64_t leaf, uint64_t leaves, const struct hash *path, unsigned n, uint64_t place, struct text stream_leaf) {
    char said[64];
    struct hash root = root_of_leaf(stream_leaf);
    snprintf(said, sizeof said, "\"parts\":\"%05llu\"", (unsigned long long)leaves);
    if (memmem(stream_leaf.at, stream_leaf.size, said, strlen(said)) == NULL) return false;
    snprintf(said, sizeof said, "\"seq\":\"%020llu\"", (unsigned long long)place);
    if (memmem(stream_leaf.at, stream_leaf.size, said, strlen(said)) == NULL) return false;
    return merkle_check_inclusion(part, leaf, leaves, path, n, &root);
}

static struct hash parent(const struct hash *left, const struct hash *right) {
    uint8_t bytes[65] = {1};
    memcpy(bytes + 1, left->bytes, 32);
    memcpy(bytes + 33, right->bytes, 32);
    return sha256_of(bytes, sizeof bytes);
}

/* FORMAT.md, chapter 14: an inner node offered as a part, with what is left of the path, under every number of leaves and every index. */
static void an_inner_node_is_no_part(void **state) {
    (void)state;
    struct fault f = {0};
    unsigned tried = 0;
    for (uint64_t place = 0; place < 8; place++) {
        struct node_record r;
        struct append text = append_growing(1 << 20);
        const struct json *proof;
        struct hash path[MERKLE_DEPTH];
        arena_reset(&arena);
        fixture_must(node_record(node, 0, place, &arena, &r, &f), &f, "record");
        fixture_must(node_proof(node, 0, place, 0, &text, &f), &f, "proof");
        fixture_must(json_parse(reader, append_view(&text), JSON_OPEN, &proof, &f), &f, "proof");
        uint64_t leaf = (uint64_t)member(proof, "leaf")->number, leaves = (uint64_t)member(proof, "leaves")->number;
        unsigned n = read_path(member(proof, "record"), path);
        struct text stream_leaf = member(proof, "stream_leaf")->string;
        assert_int_equal(leaf, 0);
        assert_true(record_holds(&r.hashes[0], 0, leaves, path, n, place, stream_leaf));
        struct hash inner = r.hashes[0];
        for (unsigned up = 0; up < n; up++) {
            inner = parent(&inner, &path[up]); /* of leaf 0 all siblings are on the right */
            for (uint64_t m = 1; m <= leaves; m++)
                for (uint64_t i = 0; i < m; i++, tried++) assert_false(record_holds(&inner, i, m, path + up + 1, n - up - 1, place, stream_leaf));
        }
        append_free(&text);
    }
    print_message("# %u ways to offer one\n", tried);
}

/* The same part with every other index, number of leaves, and place in the stream. */
static void a_leaf_at_another_place(void **state) {
    (void)state;
    struct fault f = {0};
    uint64_t size = 0;
    for (uint64_t place = 0; place < 8; place++) {
        struct node_record r;
        struct append text = append_growing(1 << 20);
        const struct json *proof;
        struct hash path[MERKLE_DEPTH], up[MERKLE_DEPTH];
        arena_reset(&arena);
        fixture_must(node_record(node, 0, place, &arena, &r, &f), &f, "record");
        for (uint32_t part = 0; part < r.part_count; part++) {
            append_reset(&text);
            fixture_must(node_proof(node, 0, place, part, &text, &f), &f, "proof");
            fixture_must(json_parse(reader, append_view(&text), JSON_OPEN, &proof, &f), &f, "proof");
            uint64_t leaf = (uint64_t)member(proof, "leaf")->number, leaves = (uint64_t)member(proof, "leaves")->number;
            unsigned n = read_path(member(proof, "record"), path), above = read_path(member(member(proof, "stream"), "path"), up);
            struct text stream_leaf = member(proof, "stream_leaf")->string;
            for (uint64_t m = 1; m <= leaves + 2; m++)
                for (uint64_t i = 0; i < m; i++)
                    assert_int_equal(record_holds(&r.hashes[leaf], i, m, path, n, place, stream_leaf), i == leaf && m == leaves);
            size = (uint64_t)member(member(proof, "stream"), "size")->number;
            struct hash root = stream_root(0, size), h = merkle_leaf(stream_leaf.at, stream_leaf.size);
            for (uint64_t i = 0; i < size; i++) {
                assert_int_equal(merkle_check_inclusion(&h, i, size, up, above, &root), i == place);
                assert_int_equal(record_holds(&r.hashes[leaf], leaf, leaves, path, n, i, stream_leaf), i == place);
            }
        }
        append_free(&text);
    }
    assert_true(size >= 8);
}

/* JSON, with the parts that the reader may have, and bytes that come back unchanged. */
static void rendering(void **state) {
    (void)state;
    struct fault f = {0};
    for (uint16_t party = 0; party < 3; party++)
        for (uint64_t place = 0; place < state_stream_size(node_state(node), party); place++)
            for (int operator_ = 0; operator_ < 2; operator_++) {
                struct node_record r;
                struct append text = append_growing(1 << 20);
                const struct json *top = NULL;
                arena_reset(&arena);
                fixture_must(node_record(node, party, place, &arena, &r, &f), &f, "record");
                node_record_render(&r, operator_, &text);
                fixture_must(json_parse(reader, append_view(&text), JSON_OPEN, &top, &f), &f, "render");
                assert_int_equal((uint64_t)member(top, "seq")->number, place);
                assert_true(member(top, "kind")->string.size > 0);
                const struct json *parts = member(top, "parts"), *e = json_first(parts);
                assert_int_equal(parts->count, r.part_count - !operator_);
                for (uint32_t i = 0; i < r.part_count; i++) {
                    if (!operator_ && r.parts[i].part_class == PART_ORDER) continue;
                    const struct json *as_text = json_member(e, "text");
                    if (as_text != NULL) assert_true(text_equal(as_text->string, r.parts[i].bytes));
                    else assert_int_equal(member(e, "bytes")->string.size, 2 * r.parts[i].bytes.size); /* binary: hex */
                    e = json_next(parts, e);
                }
                append_free(&text);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(proofs), cmocka_unit_test(an_inner_node_is_no_part), cmocka_unit_test(a_leaf_at_another_place), cmocka_unit_test(rendering)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("proof", tests, setup, teardown);
}
