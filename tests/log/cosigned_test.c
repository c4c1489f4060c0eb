/* What a log asks witnesses, and what comes back: a witness (log/witness.h) signs a node's checkpoints; lies are refused before they are recorded; what is recorded
 * stands after a start, on the checkpoint, and is judged by the check of the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "fixture.h"
#include "log/node_private.h"
#include "log/witness.h"

#include <cmocka.h>

static struct fixture script;
static uint8_t witness_secret[3][64], witness_public[3][32], log_public[32];
static const char *const witness_name[3] = {"witness.example/one", "witness.example/two", "witness.example/three"};
enum { NOW = 1795000000, SKEW = 60 };

static void must(result r, const struct fault *f) { fixture_must(r, f, "cosigned"); }
static struct node_options options(struct disk *d, bool verify) {
    return (struct node_options){.dir = "/log", .disk = d, .inline_writer = true, .verify_signatures = verify};
}
static void poll(struct node *n) {
    struct node_event e;
    struct fault f = {0};
    for (int i = 0; i < 3; i++) {
        must(node_poll(n, &f), &f);
        while (node_next(n, &e)) continue;
    }
}
static struct node *lived(struct disk *d) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_options o = options(d, false);
    fixture_make(&script);
    must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f);
    must(node_open(&o, &n, NULL, &f), &f);
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        if (s->tick) must(node_tick(n, s->now, 0, false, &f), &f);
        else must(node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f);
        poll(n);
    }
    assert_true(node_log_size(n) == 7);
    return n;
}
static struct witness *witness_of(struct disk *d, int i, const char *dir) {
    static struct witness_log known;
    struct witness *w = NULL;
    struct fault f = {0};
    known = (struct witness_log){.origin = TEXT(FIXTURE_ORIGIN), .name = TEXT(FIXTURE_ORIGIN)};
    memcpy(known.public_key, log_public, 32);
    must(witness_open(&(struct witness_options){dir, d, text_of(witness_name[i]), witness_secret[i], &known, 1, false}, &w, &f), &f);
    return w;
}
/* Asks; `out` gets what the witness answered. */
static struct witness_told ask(struct node *n, struct witness *w, uint64_t old, uint64_t now, uint64_t *size, struct append *out) {
    char room[8192];
    struct append body = append_fixed(room, sizeof room);
    struct fault f = {0};
    must(node_witness_request(n, old, &body, size, &f), &f);
    append_reset(out);
    return witness_add(w, append_view(&body), now, out, &f);
}
static result take(struct node *n, int witness, uint64_t size, struct text reply, uint64_t now, struct fault *f) {
    uint64_t seconds;
    return node_cosigned_take(n, text_of(witness_name[witness]), witness_public[witness], size, reply, now, SKEW, &seconds, f);
}
static uint32_t lines_on_checkpoint(struct node *n, uint64_t size, uint64_t seconds) {
    char room[8192];
    struct append out = append_fixed(room, sizeof room);
    struct fault f = {0};
    static struct note note;
    struct checkpoint c;
    uint64_t when;
    uint32_t good = 0;
    must(node_checkpoint_cosigned(n, &out, &f), &f);
    must(note_parse(append_view(&out), &note, &f), &f);
    must(checkpoint_read(note.text, &c, &f), &f);
    assert_true(c.size == size && note_line_verify(&note, &note.lines[0], TEXT(FIXTURE_ORIGIN), log_public));
    for (uint32_t i = 1; i < note.count; i++)
        for (int w = 0; w < 3; w++) good += cosignature_verify(note.text, &note.lines[i], text_of(witness_name[w]), witness_public[w], &when) && when == seconds;
    assert_int_equal(good, note.count - 1);
    return good;
}
static int set_up(void **state) {
    (void)state;
    uint8_t secret[64];
    if (sodium_init() < 0) return -1;
    for (int i = 0; i < 3; i++) fixture_pair((uint8_t)(0x30 + i), witness_secret[i], witness_public[i]);
    fixture_pair(0x0a, secret, log_public);
    return 0;
}

static void what_is_signed_stands_in_the_record(void **state) {
    (void)state;
    struct disk *d = disk_simulated(1), *wd = disk_simulated(2);
    struct node *n = lived(d);
    struct witness *w[2] = {witness_of(wd, 0, "one"), witness_of(wd, 1, "two")};
    char room[1024];
    struct append out = append_fixed(room, sizeof room);
    struct fault f = {0};
    uint64_t size;
    assert_int_equal(node_checkpoint_cosigned(n, &out, &f).code, RESULT_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(n, w[i], 0, NOW, &size, &out).status, 200);
        assert_int_equal(size, 7);
        must(take(n, i, size, append_view(&out), NOW + 5, &f), &f);
    }
    poll(n);
    assert_int_equal(state_cosigned_number(node_state(n)), 2);
    assert_int_equal(lines_on_checkpoint(n, 7, NOW), 2);
    /* A larger tree, with proof from the one before: of equally many the larger. */
    must(node_tick(n, FIXTURE_START + 60 * INSTANT_SECOND, 0, false, &f), &f);
    poll(n);
    assert_int_equal(ask(n, w[0], 0, NOW + 9, &size, &out).status, 409);
    assert_true(text_is(append_view(&out), "7\n"));
    assert_int_equal(ask(n, w[0], 7, NOW + 9, &size, &out).status, 200);
    must(take(n, 0, size, append_view(&out), NOW + 9, &f), &f);
    poll(n);
    assert_int_equal(lines_on_checkpoint(n, 8, NOW + 9), 1);
    append_reset(&out);
    assert_int_equal(node_witness_request(n, 9, &out, &size, &f).code, RESULT_RANGE);
    /* After a start from the journal, and after the check of all of it. */
    struct hash before = state_digest(node_state(n));
    node_close(n);
    for (int verify = 0; verify < 2; verify++) {
        struct node_options o = options(d, verify);
        must(node_open(&o, &n, NULL, &f), &f);
        struct hash after = state_digest(node_state(n));
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(lines_on_checkpoint(n, 8, NOW + 9), 1);
        node_close(n);
    }
    for (int i = 0; i < 2; i++) witness_close(w[i]);
    disk_simulated_free(d);
    disk_simulated_free(wd);
    arena_free(&script.arena);
}

/* Two that are gone do not hide the one that goes on: what is shown is at most LIMIT_WITNESS_BEHIND ticks behind. */
static void who_is_gone_hides_nobody(void **state) {
    (void)state;
    struct disk *d = disk_simulated(1), *wd = disk_simulated(2);
    struct node *n = lived(d);
    struct witness *w[3] = {witness_of(wd, 0, "one"), witness_of(wd, 1, "two"), NULL};
    char room[1024];
    struct append out = append_fixed(room, sizeof room);
    struct fault f = {0};
    uint64_t size, old = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(n, w[i], 0, NOW, &size, &out).status, 200);
        must(take(n, i, size, append_view(&out), NOW, &f), &f);
        witness_close(w[i]);
    }
    poll(n);
    w[2] = witness_of(wd, 2, "three");
    while (node_log_size(n) < 7 + LIMIT_WITNESS_BEHIND + 1) {
        must(node_tick(n, FIXTURE_START + (60 + (instant)node_log_size(n)) * INSTANT_SECOND, 0, false, &f), &f);
        poll(n);
        if (node_log_size(n) < 7 + LIMIT_WITNESS_BEHIND) continue;
        assert_int_equal(ask(n, w[2], old, NOW, &size, &out).status, 200);
        must(take(n, 2, size, append_view(&out), NOW, &f), &f);
        poll(n);
        old = size;
        bool far = size > 7 + LIMIT_WITNESS_BEHIND;
        assert_int_equal(lines_on_checkpoint(n, far ? size : 7, NOW), far ? 1 : 2);
    }
    witness_close(w[2]);
    node_close(n);
    disk_simulated_free(d);
    disk_simulated_free(wd);
    arena_free(&script.arena);
}

static void lies_are_not_recorded(void **state) {
    (void)state;
    struct disk *d = disk_simulated(1), *wd = disk_simulated(2);
    struct node *n = lived(d);
    struct witness *w = witness_of(wd, 0, "one");
    char room[1024], other_room[1024], text_room[512];
    struct append out = append_fixed(room, sizeof room), other = append_fixed(other_room, sizeof other_room), text = append_fixed(text_room, sizeof text_room);
    struct fault f = {0};
    uint64_t size;
    assert_int_equal(ask(n, w, 0, NOW, &size, &out).status, 200);
    struct text good = append_view(&out);
    assert_int_equal(take(n, 1, size, good, NOW, &f).code, RESULT_UNAUTHENTIC);     /* another's */
    assert_int_equal(take(n, 0, size - 1, good, NOW, &f).code, RESULT_UNAUTHENTIC); /* over another tree than was asked for */
    assert_int_equal(take(n, 0, size, good, NOW + SKEW + 1, &f).code, RESULT_RANGE);
    assert_int_equal(take(n, 0, size, good, NOW - SKEW - 1, &f).code, RESULT_RANGE);
    assert_int_equal(take(n, 0, size, TEXT(""), NOW, &f).code, RESULT_MALFORMED);
    assert_int_equal(take(n, 0, size, TEXT("\n\xE2\x80\x94 a AAAAAAAA\n"), NOW, &f).code, RESULT_MALFORMED); /* another text before it */
    for (size_t i = 5; i < good.size; i += 7) {
        room[i] ^= 4;
        assert_false(result_is_ok(take(n, 0, size, good, NOW, &f)));
        room[i] ^= 4;
    }
    while (other.size < 900) append_text(&other, good);
    static char large[17000];
    memset(large, 'x', sizeof large);
    assert_int_equal(take(n, 0, size, (struct text){large, sizeof large}, NOW, &f).code, RESULT_TOO_LARGE);
    poll(n);
    assert_int_equal(state_cosigned_number(node_state(n)), 0);
    /* Others' lines beside its own are passed over. */
    append_reset(&other);
    struct hash root;
    struct streams_store place;
    struct merkle_store store = streams_log_store(n->streams, &place);
    must(merkle_root_at(&store, size, &root, &f), &f);
    checkpoint_text(TEXT(FIXTURE_ORIGIN), size, &root, &text);
    cosignature_sign(&other, append_view(&text), TEXT("witness.example/stranger"), witness_secret[1], NOW);
    append_text(&other, good);
    must(take(n, 0, size, append_view(&other), NOW, &f), &f);
    must(take(n, 0, size, good, NOW, &f), &f); /* twice, before the first is ordered: one is recorded */
    poll(n);
    assert_int_equal(state_cosigned_number(node_state(n)), 1);
    assert_int_equal(take(n, 0, size, good, NOW, &f).code, RESULT_CONFLICT); /* again: no larger tree */
    /* A key under another name than it stands there: refused before it is proposed, and so told as a failure. */
    must(node_tick(n, FIXTURE_START + 60 * INSTANT_SECOND, 0, false, &f), &f);
    poll(n);
    must(merkle_root_at(&store, size + 1, &root, &f), &f);
    append_reset(&text);
    append_reset(&other);
    checkpoint_text(TEXT(FIXTURE_ORIGIN), size + 1, &root, &text);
    cosignature_sign(&other, append_view(&text), TEXT("witness.example/renamed"), witness_secret[0], NOW + 1);
    uint64_t seconds;
    assert_int_equal(node_cosigned_take(n, TEXT("witness.example/renamed"), witness_public[0], size + 1, append_view(&other), NOW + 1, SKEW, &seconds, &f).code, RESULT_CONFLICT);
    assert_non_null(strstr(f.message, "witness.example/one"));
    poll(n);
    assert_int_equal(state_cosigned_number(node_state(n)), 1);
    witness_close(w);
    node_close(n);
    disk_simulated_free(d);
    disk_simulated_free(wd);
    arena_free(&script.arena);
}

/* An operator writes what his witness signed of another tree than this log's, or what nobody signed: a start trusts its journal, the check does not. */
static void a_lie_in_the_record_is_found(void **state) {
    (void)state;
    for (int lie = 0; lie < 2; lie++) {
        struct disk *d = disk_simulated(1);
        struct node *n = lived(d);
        struct fault f = {0};
        char key_room[256], text_room[512], line_room[1024], part_room[1024];
        struct append key = append_fixed(key_room, sizeof key_room), text = append_fixed(text_room, sizeof text_room), line = append_fixed(line_room, sizeof line_room),
                      bytes = append_fixed(part_room, sizeof part_room);
        struct body_cosigned b = {.number = 1, .size = 5, .root = sha256_of("another tree", 12), .seconds = NOW};
        static struct note note;
        uint64_t seconds;
        note_vkey_of(NOTE_COSIGNATURE, &key, text_of(witness_name[0]), witness_public[0]);
        b.witness = append_view(&key);
        checkpoint_text(TEXT(FIXTURE_ORIGIN), b.size, &b.root, &text);
        note_begin(&line, append_view(&text));
        cosignature_sign(&line, append_view(&text), text_of(witness_name[0]), witness_secret[0], NOW);
        must(note_parse(append_view(&line), &note, &f), &f);
        assert_true(cosignature_read(&note.lines[0], &seconds, b.signature));
        if (lie == 1) b.signature[9] ^= 1;
        decode_cosigned_render(&b, &bytes);
        struct part p = {.bytes = append_view(&bytes), .salt = {1}};
        must(node_propose_own(n, &p, state_time(node_state(n)), NODE_TICKET_COSIGNED, &f), &f);
        poll(n);
        assert_int_equal(state_cosigned_number(node_state(n)), 1);
        node_close(n);
        struct node_options o = options(d, false);
        must(node_open(&o, &n, NULL, &f), &f);
        node_close(n);
        o = options(d, true);
        o.read_only = true;
        assert_int_equal(node_open(&o, &n, NULL, &f).code, RESULT_ROT);
        disk_simulated_free(d);
        arena_free(&script.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_signed_stands_in_the_record), cmocka_unit_test(who_is_gone_hides_nobody), cmocka_unit_test(lies_are_not_recorded), cmocka_unit_test(a_lie_in_the_record_is_found)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
