/* Names of tiles, which a tree has at which size; and a node that shows nothing of log or streams before it is durable and sealed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

#include <cmocka.h>

static void names(void **state) {
    struct tile t;
    struct fault f = {0};
    (void)state;
    assert_true(result_is_ok(tile_read(TEXT("0/x001/x234/067.p/255"), &t, &f)));
    assert_true(!t.entries && t.level == 0 && t.index == 1234067 && t.width == 255);
    assert_true(result_is_ok(tile_read(TEXT("entries/000"), &t, &f)) && t.entries && t.index == 0 && t.width == 256);
    assert_true(result_is_ok(tile_read(TEXT("63/999"), &t, &f)) && t.level == 63);
    static const char *const none[] = {"", "0", "64/000", "00/000", "0/0", "0/x000/001", "0/x001", "0/x001/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000/", "entries/", "a/000", "0/x1/000", "0/x001/x002/x003/x004/x005/x006/x007"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(tile_read(text_of(none[i]), &t, &f).code, RESULT_MALFORMED);
        assert_string_equal(f.field, "tile");
    }
}

static void sizes(void **state) {
    (void)state;
    assert_false(tile_within(&(struct tile){.width = 1}, 0));
    assert_true(tile_within(&(struct tile){.width = 256}, 256) && !tile_within(&(struct tile){.width = 256}, 255));
    assert_true(tile_within(&(struct tile){.width = 112, .index = 273}, 70000) && !tile_within(&(struct tile){.width = 113, .index = 273}, 70000));
    assert_true(tile_within(&(struct tile){.width = 17, .index = 1, .level = 1}, 70000) && !tile_within(&(struct tile){.width = 18, .index = 1, .level = 1}, 70000));
    assert_true(tile_within(&(struct tile){.width = 1, .level = 2}, 70000) && !tile_within(&(struct tile){.width = 1, .level = 8}, UINT64_MAX));
}

static struct fixture script;
static struct node *node;
enum { PARTY = 1 }; /* aramoor: the operator is 0 */

static uint64_t shown(uint16_t party) { /* leaves, by what tiles there are */
    struct fault f = {0};
    struct append out = append_growing(64 * 1024);
    struct tile t = {.width = 1};
    while (result_is_ok(node_tile(node, party, &t, &out, &f))) t.width++;
    assert_int_equal(f.code, RESULT_NOT_FOUND);
    append_free(&out);
    return t.width - 1;
}
/* Made in pieces it is the same, wherever it is cut. */
static void in_pieces(uint16_t party, bool entries, uint32_t width) {
    struct fault f = {0};
    const struct tile t = {.entries = entries, .width = width};
    struct append whole = append_growing(64 * 1024), parts = append_growing(64 * 1024);
    fixture_must(node_tile(node, party, &t, &whole, &f), &f, "tile");
    for (uint32_t each = 1; each <= width; each++) {
        append_reset(&parts);
        for (uint32_t at = 0; at < width; at += each) fixture_must(node_tile_rows(node, party, &t, at, width - at < each ? width - at : each, &parts, &f), &f, "rows");
        assert_true(parts.size == whole.size && memcmp(parts.at, whole.at, whole.size) == 0);
    }
    const struct tile beyond = {.entries = entries, .width = width + 1};
    assert_true(node_tile_rows(node, party, &beyond, 0, 1, &parts, &f).code == RESULT_NOT_FOUND); /* of one that is not all there no row is given */
    append_free(&whole);
    append_free(&parts);
}
static uint64_t signed_size(void) {
    struct fault f = {0};
    struct append out = append_growing(4096);
    struct note note;
    uint8_t secret[64], public_key[32];
    fixture_pair(0x0b, secret, public_key);
    if (!result_is_ok(node_stream_checkpoint(node, PARTY, &out, &f))) {
        assert_int_equal(f.code, RESULT_NOT_FOUND);
        append_free(&out);
        return 0;
    }
    fixture_must(note_parse(append_view(&out), &note, &f), &f, "note");
    assert_true(note_verify(&note, TEXT(FIXTURE_ORIGIN "/stream/aramoor"), public_key));
    uint64_t size = strtoull((const char *)memchr(out.at, '\n', out.size) + 1, NULL, 10);
    append_free(&out);
    return size;
}
static void written(void) {
    struct fault f = {0};
    struct node_event e;
    do {
        fixture_must(node_poll(node, &f), &f, "poll");
        while (node_next(node, &e)) continue;
    } while (node_write_step(node));
}

static void nothing_is_shown_before_it_is_durable(void **state) {
    (void)state;
    struct fault f = {0};
    struct node_event e;
    bool grown = false;
    fixture_make(&script);
    struct disk *disk = disk_simulated(1);
    fixture_must(node_create(disk, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = {.dir = "/log", .disk = disk, .random = fixture_random, .stepped_writer = true};
    fixture_must(node_open(&o, &node, NULL, &f), &f, "open");
    assert_true(shown(NODE_LOG) == 0 && shown(PARTY) == 0 && signed_size() == 0);
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        uint64_t log = shown(NODE_LOG), stream = shown(PARTY), head = signed_size();
        assert_true(log == node_log_size(node) && stream == head);
        if (s->tick) fixture_must(node_tick(node, s->now, 0, false, &f), &f, "tick");
        else fixture_must(node_submit(node, s->parts, s->count, s->now, i + 1, &f), &f, "submit");
        fixture_must(node_poll(node, &f), &f, "poll");
        assert_true(shown(NODE_LOG) == log && shown(PARTY) == stream && signed_size() == head);
        (void)node_write_step(node); /* written, and not yet published */
        assert_true(shown(NODE_LOG) == log && shown(PARTY) == stream && signed_size() == head);
        written();
        while (node_next(node, &e)) continue;
        assert_int_equal(shown(NODE_LOG), log + s->tick);
        assert_true(s->tick || (shown(PARTY) == stream && signed_size() == head)); /* a stream's head moves with ticks alone */
        grown |= shown(PARTY) > stream;
    }
    assert_true(grown && shown(PARTY) > 1 && shown(7) == 0);
    for (int entries = 0; entries < 2; entries++) in_pieces(PARTY, entries, (uint32_t)shown(PARTY)), in_pieces(NODE_LOG, entries, (uint32_t)shown(NODE_LOG));
    node_close(node);
    disk_simulated_free(disk);
    arena_free(&script.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(sizes), cmocka_unit_test(nothing_is_shown_before_it_is_durable)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}
