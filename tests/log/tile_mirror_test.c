/* A mirror of a log on simulated disks: each status of add-entries; tiles, roots and proofs beside those of the leaves at hand; a failing write and a cut of the power at every operation, behind which it
 * knows all that it has signed and signs no second past; every byte of its files that is another is found. Trees, proofs and packages are those of the specifications' own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "fixture.h"
#include "log/tile_mirror.h"

#include <cmocka.h>

#define ORIGIN "basin.example/live"
#define NAME "mirror.example/one"
enum { LEAVES = 9000, SOME = 1400, NOW = 1795000000, FORK = 290 /* where the other log begins to differ */, BODY = 1 << 20 };
static char texts[2][LEAVES][32];
static struct hash leaves[2][LEAVES];
static uint8_t log_secret[64], mirror_secret[64], witness_secret[64], public_key[32], mirror_public[32], witness_public[32];
static struct witness_log the_log;
static struct append body, out;

static struct text entry(int tree, unsigned i) { return text_of(texts[tree][i]); }

static int set_up(void **state) {
    (void)state;
    if (sodium_init() < 0) return -1;
    fixture_pair(21, log_secret, public_key);
    fixture_pair(22, mirror_secret, mirror_public);
    fixture_pair(23, witness_secret, witness_public);
    for (int tree = 0; tree < 2; tree++)
        for (unsigned i = 0; i < LEAVES; i++) {
            snprintf(texts[tree][i], sizeof texts[tree][i], "%s %u%.*s", tree == 1 && i >= FORK ? "other" : "entry", i, (int)(i % 7), "......");
            leaves[tree][i] = merkle_leaf(texts[tree][i], strlen(texts[tree][i]));
        }
    the_log = (struct witness_log){.origin = TEXT(ORIGIN), .name = TEXT(ORIGIN)};
    memcpy(the_log.public_key, public_key, 32);
    body = append_growing(BODY);
    out = append_growing(BODY);
    return 0;
}
static int tear_down(void **state) {
    (void)state;
    append_free(&body);
    append_free(&out);
    return 0;
}

static result open_with(struct disk *d, const uint8_t *secret, const uint8_t *beside, struct tile_mirror **m, struct fault *f) {
    *m = NULL;
    return tile_mirror_open(&(struct tile_mirror_options){"m", d, &the_log, TEXT(NAME), secret, TEXT("witness.example/one"), beside}, m, f);
}
static struct tile_mirror *opened(struct disk *d) {
    struct tile_mirror *m;
    struct fault f = {0};
    fixture_must(open_with(d, mirror_secret, NULL, &m, &f), &f, "open");
    return m;
}

/* --- what a log sends --- */
static struct text checkpoint_of(int tree, unsigned size, const uint8_t secret[64], struct append *note) {
    static char room[512];
    struct append text = append_fixed(room, sizeof room);
    struct hash root = merkle_root_of(leaves[tree], size);
    checkpoint_text(TEXT(ORIGIN), size, &root, &text);
    note_begin(note, append_view(&text));
    note_sign(note, append_view(&text), TEXT(ORIGIN), secret);
    return append_view(&text);
}

/* SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs, 4.4; with start 0 and `whole` it is RFC 6962, 2.1.2. */
static unsigned subproof(unsigned start, unsigned end, const struct hash *d, unsigned n, bool whole, struct hash *path) {
    if (start == 0 && end == n) {
        if (!whole) path[0] = merkle_root_of(d, n);
        return whole ? 0 : 1;
    }
    unsigned k = 1, length;
    while (2 * k < n) k *= 2;
    if (end <= k) {
        length = subproof(start, end, d, k, whole, path);
        path[length] = merkle_root_of(d + k, n - k);
    } else {
        length = k <= start ? subproof(start - k, end - k, d + k, n - k, whole, path) : subproof(0, end - k, d + k, n - k, false, path);
        path[length] = merkle_root_of(d, k);
    }
    return length + 1;
}

static void checkpoint_body(int tree, unsigned old, unsigned size) {
    struct append note = append_growing(4096);
    struct hash path[64];
    unsigned length = old > 0 && old < size ? subproof(0, old, leaves[tree], size, true, path) : 0;
    (void)checkpoint_of(tree, size, log_secret, &note);
    append_reset(&body);
    witness_request_write(old, path, length, append_view(&note), &body);
    append_free(&note);
}

static void head(const char *origin, uint64_t begin, uint64_t end, uint16_t ticket) {
    append_reset(&body);
    append_u16(&body, (uint16_t)strlen(origin));
    append_str(&body, origin);
    append_u64(&body, begin);
    append_u64(&body, end);
    append_u16(&body, ticket);
    for (unsigned i = 0; i < ticket; i++) append_char(&body, 't');
}
static void package(int tree, unsigned first, unsigned begin, unsigned end, unsigned size) {
    struct hash path[64];
    for (unsigned i = begin; i < end; i++) {
        append_u16(&body, (uint16_t)entry(tree, i).size);
        append_text(&body, entry(tree, i));
    }
    unsigned length = subproof(first, end, leaves[tree], size, true, path);
    append_u8(&body, (uint8_t)length);
    append_bytes(&body, path, length * sizeof path[0]);
}
static void entries_body(int tree, unsigned begin, unsigned end, unsigned packages) {
    head(ORIGIN, begin, end, 0);
    for (unsigned first = begin / 256 * 256; begin < end && first < end && packages > 0; first += 256, packages--)
        package(tree, first, first > begin ? first : begin, first + 256 < end ? first + 256 : end, end);
}

static void append_zeros(size_t bytes) {
    static const char none[4096];
    for (; bytes > sizeof none; bytes -= sizeof none) append_bytes(&body, none, sizeof none);
    append_bytes(&body, none, bytes);
}

static uint64_t now = NOW;
static unsigned ask_checkpoint(struct tile_mirror *m) {
    struct fault f = {0};
    append_reset(&out);
    struct witness_told t = tile_mirror_checkpoint(m, append_view(&body), now, &out, &f);
    if (t.status != 200) assert_true(f.message[0] != '\0');
    return t.status;
}
static unsigned ask_entries(struct tile_mirror *m) {
    struct fault f = {0};
    append_reset(&out);
    unsigned status = tile_mirror_entries(m, append_view(&body), now, &out, &f);
    if (status != 200 && status != 202) assert_true(f.message[0] != '\0');
    return status;
}
static result next_entry(void *context, uint64_t i, struct text *e, struct fault *f) {
    (void)f;
    *e = entry(*(int *)context, (unsigned)i);
    return OK;
}
static result offer_of(struct tile_mirror *m, int tree, unsigned size, unsigned pulled, bool *taken, struct fault *f) {
    struct append note = append_growing(4096);
    (void)checkpoint_of(tree, size, log_secret, &note);
    result r;
    do r = tile_mirror_offer(m, append_view(&note), &(struct tile_source){pulled, next_entry, &tree}, now, taken, f);
    while (result_is_ok(r) && tile_mirror_pulls(m));
    append_free(&note);
    return r;
}
static result offer(struct tile_mirror *m, int tree, unsigned size, bool *taken, struct fault *f) { return offer_of(m, tree, size, LEAVES, taken, f); }
static bool offered(struct tile_mirror *m, int tree, unsigned size) {
    bool taken = false;
    struct fault f = {0};
    fixture_must(offer(m, tree, size, &taken, &f), &f, "offer");
    return taken;
}

/* Is what it shows the log's tree of that size, by the log's and the mirror's signature? */
static void shows(const struct tile_mirror *m, unsigned size) {
    static struct note n;
    struct text note;
    struct append should = append_growing(4096);
    struct fault f = {0};
    uint64_t when = 0;
    bool mine = false;
    assert_int_equal(tile_mirror_size(m), size);
    assert_true(tile_mirror_note(m, &note) == (size > 0));
    if (size == 0) return;
    struct text text = checkpoint_of(0, size, log_secret, &should);
    fixture_must(note_parse(note, &n, &f), &f, "note");
    assert_true(text_equal(n.text, text) && note_verify(&n, TEXT(ORIGIN), public_key));
    for (uint32_t i = 0; i < n.count; i++) mine = mine || cosignature_verify(n.text, &n.lines[i], TEXT(NAME), mirror_public, &when);
    assert_true(mine && when <= now);
    append_free(&should);
}
static void answered(unsigned size) { /* `out` is the mirror's signature on the tree of that size */
    static struct note n;
    struct append note = append_growing(8192);
    struct fault f = {0};
    uint64_t when;
    (void)checkpoint_of(0, size, log_secret, &note);
    append_text(&note, append_view(&out));
    fixture_must(note_parse(append_view(&note), &n, &f), &f, "answer");
    assert_true(n.count == 2 && cosignature_verify(n.text, &n.lines[1], TEXT(NAME), mirror_public, &when) && when == now);
    append_free(&note);
}
static void informed(unsigned size, unsigned next) {
    char room[64];
    snprintf(room, sizeof room, "%u\n%u\n\n", size, next);
    assert_true(text_is(append_view(&out), room));
}

/* --- tests --- */

static void each_status_is_given(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    shows(m, 0);
    entries_body(0, 0, 10, 9);
    assert_int_equal(ask_entries(m), 422); /* nothing is pending */
    head("elsewhere.example", 0, 10, 0);
    assert_int_equal(ask_entries(m), 404);
    for (size_t cut = 0; cut < 40; cut++) { /* a head that is not whole */
        head(ORIGIN, 0, 10, 3);
        body.size = cut;
        assert_int_equal(ask_entries(m), 400);
    }
    checkpoint_body(0, 0, 700);
    assert_int_equal(ask_checkpoint(m), 200);
    assert_int_equal(out.size, 0); /* the mirror's key signs nothing here */
    assert_int_equal(ask_checkpoint(m), 409);
    checkpoint_body(0, 700, 700);
    assert_int_equal(ask_checkpoint(m), 200); /* the same again: nothing is written */
    assert_int_equal(out.size, 0);
    checkpoint_body(1, 700, 800);
    assert_int_equal(ask_checkpoint(m), 422);
    shows(m, 0);
    entries_body(0, 0, 701, 1);
    assert_int_equal(ask_entries(m), 409);
    informed(700, 0);
    entries_body(0, 1, 700, 1);
    assert_int_equal(ask_entries(m), 409);
    informed(700, 0);
    head(ORIGIN, 701, 700, 0);
    assert_int_equal(ask_entries(m), 400);
    entries_body(0, 0, 700, 0);
    assert_int_equal(ask_entries(m), 400);
    entries_body(1, 0, 700, 1); /* the same entries, the proof to another tree */
    assert_int_equal(ask_entries(m), 422);
    entries_body(0, 0, 700, 1);
    size_t whole = body.size;
    for (size_t cut = 40; cut < whole; cut += 97) {
        entries_body(0, 0, 700, 1);
        body.size = cut;
        assert_int_equal(ask_entries(m), 400);
    }
    entries_body(0, 0, 700, 2);
    assert_int_equal(ask_entries(m), 202);
    informed(700, 512);
    tile_mirror_close(m);
    m = opened(d); /* with entries, and nothing signed */
    assert_int_equal(tile_mirror_next(m), 512);
    shows(m, 0);
    entries_body(0, 300, 700, 9); /* from within, part of it here already */
    body.at[body.size - 1] ^= 1;
    assert_int_equal(ask_entries(m), 422);
    assert_int_equal(tile_mirror_next(m), 512);
    shows(m, 0);
    entries_body(0, 300, 700, 9);
    append_str(&body, "what stands behind it is left");
    assert_int_equal(ask_entries(m), 200);
    answered(700);
    shows(m, 700);
    entries_body(0, 700, 700, 0);
    assert_int_equal(ask_entries(m), 200); /* in the same second: the same signature */
    answered(700);
    now--;
    assert_int_equal(ask_entries(m), 503); /* a clock that runs back */
    now++;
    checkpoint_body(0, 700, 720);
    assert_int_equal(ask_checkpoint(m), 200);
    checkpoint_body(0, 720, 730);
    assert_int_equal(ask_checkpoint(m), 200);
    head(ORIGIN, 700, 730, 0);
    package(0, 512, 700, 730, 730);
    body.at[40 + 30 * 2]++; /* an entry that is another */
    assert_int_equal(ask_entries(m), 422);
    head(ORIGIN, 700, 730, 0);
    for (unsigned i = 700; i < 730; i++) append_u16(&body, 0);
    append_u8(&body, 64); /* more hashes than there may be */
    for (unsigned i = 0; i < 64; i++) append_bytes(&body, leaves[0][i].bytes, 32);
    assert_int_equal(ask_entries(m), 400);
    entries_body(0, 700, 720, 9); /* an earlier pending checkpoint */
    assert_int_equal(ask_entries(m), 200);
    shows(m, 720);
    entries_body(0, 690, 700, 9);
    assert_int_equal(ask_entries(m), 409); /* before what was signed */
    informed(730, 720);
    entries_body(0, 720, 730, 9);
    assert_int_equal(ask_entries(m), 200);
    for (unsigned size = 731; size < 731 + 2 * LIMIT_MIRROR_PENDING; size++) {
        checkpoint_body(0, size - 1, size);
        assert_int_equal(ask_checkpoint(m), 200);
    }
    entries_body(0, 730, 735, 9);
    assert_int_equal(ask_entries(m), 409); /* pending once, and forgotten */
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* A body that is had piece by piece, each as long as it was asked for: how far it was asked for, and where it lay. */
struct piecewise { struct text all; size_t most; char *held; };
static struct text piece(void *context, size_t bytes) {
    struct piecewise *p = context;
    size_t size = bytes < p->all.size ? bytes : p->all.size;
    if (bytes > p->most) p->most = bytes;
    char *moved = malloc(size + 1); /* what was given before is gone */
    memcpy(moved, p->all.at, size);
    free(p->held);
    p->held = moved;
    return (struct text){moved, size};
}
static unsigned ask_piecewise(struct tile_mirror *m, size_t *most) {
    struct fault f = {0};
    struct piecewise p = {.all = append_view(&body)};
    append_reset(&out);
    unsigned status = tile_mirror_entries_of(m, &(struct tile_body){piece, &p}, now, &out, &f);
    *most = p.most;
    free(p.held);
    return status;
}
static void no_more_of_a_body_is_asked_for_than_was_proven(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    size_t most;
    enum { FEW = 1024 };
    checkpoint_body(0, 0, LEAVES);
    assert_int_equal(ask_checkpoint(m), 200);
    head("elsewhere.example", 0, LEAVES, 0);
    append_zeros(300000);
    assert_int_equal(ask_piecewise(m, &most), 404);
    assert_true(most <= FEW);
    head(ORIGIN, 0, LEAVES - 1, 0); /* of no pending tree */
    append_zeros(300000);
    assert_int_equal(ask_piecewise(m, &most), 409);
    assert_true(most <= FEW);
    head(ORIGIN, LEAVES, 0, 0);
    append_zeros(300000);
    assert_int_equal(ask_piecewise(m, &most), 400);
    assert_true(most <= FEW);
    head(ORIGIN, 0, LEAVES, 0); /* entries of no bytes */
    append_zeros(900000);
    assert_int_equal(ask_piecewise(m, &most), 422);
    assert_true(most <= FEW + LIMIT_MIRROR_UNPROVEN);
    head(ORIGIN, 0, LEAVES, 0); /* a long one, which does not end where it is told */
    for (int i = 0; i < 9; i++) append_u16(&body, 65535), append_zeros(65535);
    assert_int_equal(ask_piecewise(m, &most), 400);
    assert_true(most <= FEW + LIMIT_MIRROR_UNPROVEN);
    append_reset(&body); /* a long name, and a long ticket: no longer than they may be */
    append_u16(&body, 65535), append_zeros(65535);
    append_u64(&body, 0), append_u64(&body, 1);
    append_u16(&body, 65535), append_zeros(65535);
    append_zeros(100000);
    assert_int_equal(ask_piecewise(m, &most), 404);
    assert_true(most <= 2 * 65535 + 20);
    entries_body(0, 0, LEAVES, 99); /* and all of it where it is good */
    assert_int_equal(ask_piecewise(m, &most), 200);
    answered(LEAVES);
    shows(m, LEAVES);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

static void too_many_that_are_here_are_refused(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    assert_true(offered(m, 0, LEAVES));
    entries_body(0, LEAVES - LIMIT_MIRROR_EXCESS - 1, LEAVES, 99);
    assert_int_equal(ask_entries(m), 409);
    informed(LEAVES, LEAVES);
    entries_body(0, LEAVES - LIMIT_MIRROR_EXCESS, LEAVES, 99);
    assert_int_equal(ask_entries(m), 200);
    answered(LEAVES);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

static void what_is_pulled_is_signed(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    bool taken;
    static const unsigned sizes[] = {1, 2, 255, 256, 257, 600};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_true(offered(m, 0, sizes[i]));
        shows(m, sizes[i]);
        assert_false(offered(m, 0, sizes[i])); /* nothing new */
    }
    assert_false(offered(m, 0, 0));
    assert_false(offered(m, 0, 300)); /* an older one */
    checkpoint_body(0, 600, 900);
    assert_int_equal(ask_checkpoint(m), 200);
    struct append early = append_growing(4096);
    (void)checkpoint_of(0, 700, log_secret, &early);
    fixture_must(tile_mirror_offer(m, append_view(&early), &(struct tile_source){899, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
    append_free(&early);
    assert_false(taken); /* nothing there proves that it is of the pending tree */
    shows(m, 600);
    entries_body(0, 600, 900, 1);
    assert_int_equal(ask_entries(m), 202);
    assert_true(offered(m, 0, 700)); /* held, and so of it */
    shows(m, 700);
    assert_true(offered(m, 0, 800)); /* with what leads to the pending one */
    shows(m, 800);
    assert_int_equal(tile_mirror_next(m), 900);
    assert_true(offered(m, 0, 950));
    shows(m, 950);
    /* with more signatures it is shown with these */
    struct append note = append_growing(4096);
    struct text text = checkpoint_of(0, 950, log_secret, &note);
    cosignature_sign(&note, text, TEXT("witness.example/far"), witness_secret, NOW), now++;
    fixture_must(tile_mirror_offer(m, append_view(&note), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
    assert_true(taken);
    struct text shown;
    assert_true(tile_mirror_note(m, &shown) && memmem(shown.at, shown.size, "witness.example/far", 19) != NULL);
    shows(m, 950);
    fixture_must(tile_mirror_offer(m, append_view(&note), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
    assert_false(taken);
    append_reset(&note);
    (void)checkpoint_of(0, 960, witness_secret, &note); /* not the log's key */
    assert_int_equal(tile_mirror_offer(m, append_view(&note), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f).code, RESULT_UNAUTHENTIC);
    assert_int_equal(tile_mirror_offer(m, TEXT("no note\n"), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f).code, RESULT_MALFORMED);
    append_free(&note);
    tile_mirror_close(m);
    m = opened(d);
    shows(m, 950);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* A note of that tree with the log's line and `count` others, of `size` bytes of signature each. */
static void signed_by_many(unsigned tree_size, const char *name, unsigned count, size_t size, struct append *note) {
    static uint8_t bytes[6000];
    append_reset(note);
    (void)checkpoint_of(0, tree_size, log_secret, note);
    for (unsigned i = 0; i < count; i++) {
        append_format(note, "\xE2\x80\x94 %s%u ", name, i);
        append_base64(note, bytes, size);
        append_char(note, '\n');
    }
}
static unsigned shown_lines(const struct tile_mirror *m, const char *name) {
    static struct note n;
    struct text note;
    struct fault f = {0};
    unsigned found = 0;
    assert_true(tile_mirror_note(m, &note) && note.size <= LIMIT_MIRROR_NOTE_BYTES);
    fixture_must(note_parse(note, &n, &f), &f, "note");
    for (uint32_t i = 0; i < n.count; i++) found += n.lines[i].name.size >= strlen(name) && memcmp(n.lines[i].name.at, name, strlen(name)) == 0;
    return found;
}
static bool note_offered(struct tile_mirror *m, const struct append *note) {
    bool taken;
    struct fault f = {0};
    now++;
    fixture_must(tile_mirror_offer(m, append_view(note), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
    return taken;
}
static void others_signatures_stay(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct append note = append_growing(1 << 17);
    signed_by_many(300, "far.example/", 2, 68, &note);
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "far.example/"), 2);
    for (int i = 0; i < 3; i++) { /* whoever asks brings the bare tree */
        now++;
        checkpoint_body(0, 300, 300);
        assert_int_equal(ask_checkpoint(m), 200);
        entries_body(0, 300, 300, 0);
        assert_int_equal(ask_entries(m), 200);
        answered(300);
        shows(m, 300);
        assert_int_equal(shown_lines(m, "far.example/"), 2);
        assert_int_equal(shown_lines(m, NAME), 1);
        assert_int_equal(shown_lines(m, ORIGIN), 1);
        tile_mirror_close(m);
        m = opened(d);
    }
    signed_by_many(300, "far.example/", 1, 68, &note); /* nothing new */
    assert_false(note_offered(m, &note));
    signed_by_many(300, "far.example/", 1, 72, &note); /* another signature of one of them */
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "far.example/"), 2);
    assert_false(note_offered(m, &note));
    signed_by_many(300, "near.example/", 1, 68, &note);
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "far.example/"), 2);
    assert_int_equal(shown_lines(m, "near.example/"), 1);
    signed_by_many(310, "near.example/", 1, 68, &note); /* of another tree they say nothing */
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "far.example/"), 0);
    shows(m, 310);
    signed_by_many(320, "far.example/", NOTE_LINES - 2, 68, &note); /* so many lines, and so many bytes, as there is room for */
    assert_true(note_offered(m, &note));
    signed_by_many(320, "near.example/", NOTE_LINES - 12, 68, &note);
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "near.example/"), NOTE_LINES - 12);
    assert_int_equal(shown_lines(m, "far.example/"), 10);
    assert_int_equal(shown_lines(m, NAME), 1);
    signed_by_many(330, "far.example/", 7, 6000, &note);
    assert_true(note_offered(m, &note));
    signed_by_many(330, "near.example/", 7, 6000, &note);
    assert_true(note_offered(m, &note));
    assert_int_equal(shown_lines(m, "near.example/"), 7);
    assert_int_equal(shown_lines(m, "far.example/"), 1);
    shows(m, 330);
    append_free(&note);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* For an hour it signs nothing; then it goes on, and nothing was lost. */
static void a_clock_that_runs_back_is_waited_for(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m;
    struct fault f = {0};
    bool taken;
    fixture_must(open_with(d, mirror_secret, witness_secret, &m, &f), &f, "open");
    assert_true(offered(m, 0, 300));
    for (int i = 0; i < 3; i++) {
        now--;
        assert_int_equal(offer(m, 0, 310, &taken, &f).code, RESULT_RANGE);
        now++;
        assert_int_equal(tile_mirror_next(m), 300);
    }
    now += 3600;
    assert_true(offered(m, 0, 310));
    shows(m, 310);
    checkpoint_body(0, 310, 320); /* the witness beside it signs a second later, … */
    now++;
    assert_int_equal(ask_checkpoint(m), 200);
    now--;
    assert_int_equal(offer(m, 0, 330, &taken, &f).code, RESULT_RANGE); /* … and what it has signed is not dated back either */
    entries_body(0, 310, 320, 9);
    now--;
    assert_int_equal(ask_entries(m), 503); /* held, and not signed */
    now++;
    assert_int_equal(tile_mirror_next(m), 320);
    shows(m, 310);
    now++;
    entries_body(0, 320, 320, 0);
    assert_int_equal(ask_entries(m), 200);
    answered(320);
    assert_true(offered(m, 0, 330));
    shows(m, 330);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* Whoever posts the newest checkpoint each second, or every third tick, does not keep it from signing what was pulled. */
static void a_stranger_who_is_ahead_does_not_stop_it(void **unused) {
    (void)unused;
    for (unsigned each = 1; each <= 3; each++) {
        struct disk *d = disk_simulated(1);
        struct tile_mirror *m = opened(d);
        struct fault f = {0};
        bool taken;
        unsigned signed_now = 0, pending = 100;
        assert_true(offered(m, 0, 100));
        for (unsigned size = 101; size <= 160; size++) {
            now++;
            if (size % each == 0) {
                checkpoint_body(0, pending, size + 1);
                assert_int_equal(ask_checkpoint(m), 200);
                pending = size + 1;
            }
            fixture_must(offer_of(m, 0, size, size, &taken, &f), &f, "offer");
            signed_now += taken;
            pending = pending > size ? pending : size;
            assert_true(tile_mirror_next(m) <= size);
            if (size > 110) assert_true(tile_mirror_size(m) + each >= size && tile_mirror_next(m) >= tile_mirror_size(m));
            shows(m, (unsigned)tile_mirror_size(m));
        }
        assert_true(signed_now >= 29);
        tile_mirror_close(m);
        m = opened(d);
        assert_true(offered(m, 0, 170));
        tile_mirror_close(m);
        disk_simulated_free(d);
    }
}

/* What was pulled, with the witnesses' signatures on it, is signed once something shows that it is of the pending tree; and another tree under it is a fork. */
static void what_could_not_be_proven_waits(void **unused) {
    (void)unused;
    for (int fork = 0; fork < 2; fork++) {
        struct disk *d = disk_simulated(1);
        struct tile_mirror *m = opened(d);
        struct fault f = {0};
        struct text shown;
        bool taken;
        assert_true(offered(m, 0, 280));
        checkpoint_body(0, 280, 310);
        assert_int_equal(ask_checkpoint(m), 200);
        checkpoint_body(0, 310, 330);
        assert_int_equal(ask_checkpoint(m), 200);
        struct append note = append_growing(4096);
        struct text text = checkpoint_of(fork, 305, log_secret, &note);
        cosignature_sign(&note, text, TEXT("witness.example/far"), witness_secret, NOW);
        fixture_must(tile_mirror_offer(m, append_view(&note), &(struct tile_source){305, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
        append_free(&note);
        assert_false(taken);
        result r = offer_of(m, 0, 315, 315, &taken, &f);
        if (fork == 1) {
            assert_int_equal(r.code, RESULT_DIVERGED);
            assert_true(disk_exists(d, "m/fork"));
            shows(m, 280);
        } else {
            fixture_must(r, &f, "offer");
            assert_true(taken);
            shows(m, 305);
            assert_int_equal(tile_mirror_next(m), 310);
            assert_true(tile_mirror_note(m, &shown) && memmem(shown.at, shown.size, "witness.example/far", 19) != NULL);
            assert_true(offered(m, 0, 330));
            shows(m, 330);
        }
        tile_mirror_close(m);
        disk_simulated_free(d);
    }
}

/* A long log comes in pieces, between which requests are answered; what is not proven yet counts for nothing. */
static void a_long_log_is_taken_in_turns(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    struct append note = append_growing(4096);
    bool taken = false;
    unsigned turns = 0;
    assert_true(offered(m, 0, 300));
    (void)checkpoint_of(0, LEAVES, log_secret, &note);
    while (!taken) {
        fixture_must(tile_mirror_offer(m, append_view(&note), &(struct tile_source){LEAVES, next_entry, &(int){0}}, now, &taken, &f), &f, "offer");
        turns++;
        assert_true(taken || tile_mirror_pulls(m));
        if (taken) break;
        shows(m, 300);
        assert_int_equal(tile_mirror_next(m), 300);
        entries_body(0, 300, 300, 0);
        assert_int_equal(ask_entries(m), 503);
    }
    assert_int_equal(turns, (LEAVES - 300 + LIMIT_MIRROR_TURN - 1) / LIMIT_MIRROR_TURN);
    assert_false(tile_mirror_pulls(m));
    shows(m, LEAVES);
    append_free(&note);
    tile_mirror_close(m);
    disk_simulated_free(d);
    /* a stranger goes ahead meanwhile, and nothing shows any more that what was pulled is the log's: it does not stand in the way of what he brings; and another tree there is a fork */
    for (int fork = 0; fork < 2; fork++) {
        d = disk_simulated(1);
        m = opened(d);
        note = append_growing(4096);
        assert_true(offered(m, 0, 100));
        (void)checkpoint_of(fork, 4000, log_secret, &note);
        fixture_must(tile_mirror_offer(m, append_view(&note), &(struct tile_source){4000, next_entry, &(int){1}}, now, &taken, &f), &f, "offer");
        assert_true(!taken && tile_mirror_pulls(m));
        checkpoint_body(0, 100, fork == 1 ? 1500 : 4010);
        assert_int_equal(ask_checkpoint(m), 200);
        result r = tile_mirror_offer(m, append_view(&note), &(struct tile_source){4000, next_entry, &(int){1}}, now, &taken, &f);
        for (int i = 0; i < 3 && result_is_ok(r); i++) r = tile_mirror_offer(m, append_view(&note), &(struct tile_source){4000, next_entry, &(int){1}}, now, &taken, &f);
        append_free(&note);
        assert_int_equal(r.code, fork == 1 ? RESULT_DIVERGED : RESULT_OK);
        shows(m, 100);
        if (fork == 0) {
            assert_false(tile_mirror_pulls(m));
            entries_body(0, 100, 4010, 99);
            assert_int_equal(ask_entries(m), 200);
            answered(4010);
            assert_true(offered(m, 0, 4020));
            shows(m, 4020);
        }
        tile_mirror_close(m);
        disk_simulated_free(d);
    }
}

static unsigned fails_at;
static result next_or_fail(void *context, uint64_t i, struct text *e, struct fault *f) {
    return i == fails_at ? (fail)(f, RESULT_ROT, "ticks", "rotten") : next_entry(context, i, e, f);
}
/* What came before it stands there unproven: it is forgotten, and what somebody brings is held against the log. */
static void ticks_that_cannot_be_read_leave_nothing_behind(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    struct append note = append_growing(4096);
    bool taken;
    assert_true(offered(m, 0, 280));
    (void)checkpoint_of(0, 900, log_secret, &note);
    for (fails_at = 280; fails_at < 900; fails_at += 103) {
        assert_int_equal(tile_mirror_offer(m, append_view(&note), &(struct tile_source){900, next_or_fail, &(int){1}}, now, &taken, &f).code, RESULT_ROT);
        assert_int_equal(tile_mirror_next(m), 280);
    }
    append_free(&note);
    checkpoint_body(0, 280, 700);
    assert_int_equal(ask_checkpoint(m), 200);
    entries_body(0, 280, 700, 9);
    assert_int_equal(ask_entries(m), 200);
    answered(700);
    struct tile t = {.level = 1, .width = 2};
    append_reset(&out);
    fixture_must(tile_mirror_tile(m, &t, &out, &f), &f, "tile");
    for (unsigned i = 0; i < 2; i++) {
        struct hash h = merkle_root_of(leaves[0] + 256 * i, 256);
        assert_memory_equal(out.at + 32 * i, h.bytes, 32);
    }
    tile_mirror_close(m);
    m = opened(d);
    shows(m, 700);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* What it holds is shown, and nothing that it is asked is taken or signed. */
static void it_is_stopped(struct tile_mirror *m, const char *file) {
    struct fault f = {0};
    struct text path;
    bool taken;
    assert_true(tile_mirror_forked(m, &path) && text_is(path, file));
    unsigned size = (unsigned)tile_mirror_size(m), next = (unsigned)tile_mirror_next(m);
    assert_int_equal(offer(m, 0, 320, &taken, &f).code, RESULT_DIVERGED);
    assert_non_null(strstr(f.message, file));
    entries_body(0, 300, 310, 9);
    assert_int_equal(ask_entries(m), 503);
    entries_body(0, 300, 300, 0);
    assert_int_equal(ask_entries(m), 503);
    checkpoint_body(0, 310, 320);
    assert_int_equal(ask_checkpoint(m), 503);
    checkpoint_body(0, 300, 320);
    assert_int_equal(ask_checkpoint(m), 503);
    assert_int_equal(out.size, 0);
    assert_int_equal(tile_mirror_next(m), next);
    shows(m, size);
}

/* Whoever shows it two trees of one size, both signed by the log's key, stops it, whatever size he says that it has; after a start too, until the file is moved away. */
static void a_fork_that_is_shown_stops_it(void **unused) {
    (void)unused;
    for (int way = 0; way < 3; way++) {
        struct disk *d = disk_simulated(1);
        struct fault f = {0};
        struct text none;
        char file[160];
        struct tile_mirror *m;
        fixture_must(open_with(d, mirror_secret, way == 2 ? witness_secret : NULL, &m, &f), &f, "open");
        snprintf(file, sizeof file, "m/pending/%s.fork", tile_mirror_hash(m));
        assert_true(offered(m, 0, 300));
        checkpoint_body(0, 300, 310);
        assert_int_equal(ask_checkpoint(m), 200);
        checkpoint_body(1, 310, 315); /* no proof of a fork: nothing that somebody who has no key of the log's can make stops it */
        assert_int_equal(ask_checkpoint(m), 422);
        assert_false(tile_mirror_forked(m, &none));
        checkpoint_body(1, way == 1 ? 300 : 310, 310);
        assert_int_equal(ask_checkpoint(m), way == 1 ? 409 : 422);
        assert_true(disk_exists(d, file));
        it_is_stopped(m, file);
        tile_mirror_close(m);
        fixture_must(open_with(d, mirror_secret, way == 2 ? witness_secret : NULL, &m, &f), &f, "open");
        it_is_stopped(m, file);
        tile_mirror_close(m);
        fixture_must(disk_remove(d, file, &f), &f, "remove");
        fixture_must(open_with(d, mirror_secret, way == 2 ? witness_secret : NULL, &m, &f), &f, "open");
        assert_false(tile_mirror_forked(m, &none));
        entries_body(0, 300, 310, 9);
        assert_int_equal(ask_entries(m), 200);
        shows(m, 310);
        tile_mirror_close(m);
        disk_simulated_free(d);
    }
}

static void a_fork_is_refused_and_kept(void **unused) {
    (void)unused;
    for (int way = 0; way < 4; way++) {
        struct disk *d = disk_simulated(1);
        struct tile_mirror *m = opened(d);
        struct fault f = {0};
        bool taken;
        assert_true(offered(m, 0, 300));
        if (way >= 2) {
            checkpoint_body(0, 300, 310);
            assert_int_equal(ask_checkpoint(m), 200);
        }
        result r = offer(m, 1, way == 0 ? 300 : way == 1 ? 320 : way == 2 ? 310 : 400, &taken, &f);
        assert_int_equal(r.code, RESULT_DIVERGED);
        assert_non_null(strstr(f.message, "fork"));
        shows(m, 300);
        assert_true(disk_exists(d, "m/fork"));
        r = offer(m, 0, 320, &taken, &f);
        assert_int_equal(r.code, RESULT_DIVERGED); /* nothing more, until somebody has looked */
        it_is_stopped(m, "m/fork");
        tile_mirror_close(m);
        m = opened(d);
        it_is_stopped(m, "m/fork");
        tile_mirror_close(m);
        fixture_must(disk_remove(d, "m/fork", &f), &f, "remove");
        m = opened(d);
        shows(m, 300);
        assert_true(offered(m, 0, 330));
        shows(m, 330);
        tile_mirror_close(m);
        disk_simulated_free(d);
    }
}

static void tiles_are_those_of_the_leaves(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    assert_true(offered(m, 0, LEAVES));
    for (int again = 0; again < 2; again++) {
        for (unsigned bundle = 0; bundle <= LEAVES / 256; bundle++) {
            unsigned there = LEAVES - bundle * 256 < 256 ? LEAVES - bundle * 256 : 256;
            for (unsigned width = 1; width <= 256; width += width == 1 ? 60 : 65) {
                struct tile t = {.index = bundle, .width = width};
                append_reset(&out);
                result r = tile_mirror_tile(m, &t, &out, &f);
                assert_int_equal(r.code, width <= there ? RESULT_OK : RESULT_NOT_FOUND);
                if (width > there) continue;
                assert_int_equal(out.size, width * 32);
                assert_memory_equal(out.at, leaves[0] + bundle * 256, width * 32);
                t.entries = true;
                append_reset(&out);
                fixture_must(tile_mirror_tile(m, &t, &out, &f), &f, "entries");
                struct cursor c = cursor_of(out.at, out.size);
                for (unsigned i = 0; i < width; i++) {
                    uint16_t size = cursor_u16(&c);
                    assert_true(text_equal((struct text){(const char *)cursor_bytes(&c, size), size}, entry(0, bundle * 256 + i)));
                }
                assert_true(cursor_done(&c));
            }
        }
        struct tile high = {.level = 1, .width = LEAVES / 256};
        append_reset(&out);
        fixture_must(tile_mirror_tile(m, &high, &out, &f), &f, "level 1");
        for (unsigned i = 0; i < LEAVES / 256; i++) {
            struct hash h = merkle_root_of(leaves[0] + 256 * i, 256);
            assert_memory_equal(out.at + 32 * i, h.bytes, 32);
        }
        tile_mirror_close(m);
        m = opened(d);
    }
    struct tile first = {.entries = true, .width = 256}; /* what rots is not shown */
    disk_simulated_flip(d, "m/entries", 8 * 300);
    append_reset(&out);
    assert_int_equal(tile_mirror_tile(m, &first, &out, &f).code, RESULT_ROT);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

static void roots_and_proofs_are_those_of_the_leaves(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_store *s = NULL, *reader = NULL;
    struct fault f = {0};
    fixture_must(tile_store_open(d, "e", true, UINT64_MAX, &s, &f), &f, "open");
    for (unsigned i = 0; i < SOME; i += 50) {
        struct text some[50];
        for (unsigned k = 0; k < 50; k++) some[k] = entry(0, i + k);
        fixture_must(tile_store_add(s, some, 50, &f), &f, "add");
        fixture_must(tile_store_sync(s, &f), &f, "sync");
        if (reader == NULL) fixture_must(tile_store_open(d, "e", false, 20, &reader, &f), &f, "open");
        fixture_must(tile_store_more(reader, i + 30, &f), &f, "more");
        assert_int_equal(tile_store_size(reader), i + 30);
        struct hash root, should = merkle_root_of(leaves[0], i + 30);
        fixture_must(tile_store_root(reader, i + 30, &root, &f), &f, "root");
        assert_true(hash_equal(&root, &should));
    }
    for (unsigned to = 1; to <= SOME; to += 37)
        for (unsigned from = 1; from <= to; from += 23) {
            struct hash path[64], should[64];
            unsigned length;
            fixture_must(tile_store_consistency(s, from, to, path, &length, &f), &f, "consistency");
            assert_int_equal(length, from == to ? 0 : subproof(0, from, leaves[0], to, true, should));
            assert_memory_equal(path, should, length * sizeof path[0]);
        }
    tile_store_close(reader);
    tile_store_close(s);
    disk_simulated_free(d);
}

static void the_witness_beside_it_is_another(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m;
    struct fault f = {0};
    struct text note;
    assert_int_equal(open_with(d, mirror_secret, mirror_secret, &m, &f).code, RESULT_CONFLICT);
    assert_int_equal(open_with(d, log_secret, NULL, &m, &f).code, RESULT_CONFLICT);
    m = opened(d);
    assert_true(offered(m, 0, 40));
    assert_false(tile_mirror_witnessed(m, &note));
    tile_mirror_close(m);
    fixture_must(open_with(d, mirror_secret, witness_secret, &m, &f), &f, "open"); /* it comes later */
    checkpoint_body(0, 40, 50);
    assert_int_equal(ask_checkpoint(m), 200);
    assert_non_null(memmem(out.at, out.size, "witness.example/one", 19));
    assert_true(tile_mirror_witnessed(m, &note) && memmem(note.at, note.size, NAME, sizeof NAME - 1) == NULL);
    tile_mirror_close(m);
    m = opened(d); /* and goes again */
    checkpoint_body(0, 50, 60);
    assert_int_equal(ask_checkpoint(m), 200);
    tile_mirror_close(m);
    fixture_must(open_with(d, NULL, NULL, &m, &f), &f, "open"); /* one that signs nothing shows what came */
    now++;
    assert_true(offered(m, 0, 70));
    assert_true(tile_mirror_note(m, &note) && memmem(note.at, note.size, NAME, sizeof NAME - 1) == NULL);
    tile_mirror_close(m);
    disk_simulated_free(d);
}

/* --- faults --- */

struct given { unsigned size[16]; unsigned count; }; /* signatures that left */

/* One push or pull after the other, each from where the mirror says that it is, as its clients do; false: something failed. */
static bool push(struct tile_mirror *m, unsigned to, unsigned packages, struct given *g) {
    unsigned long long old = 0;
    checkpoint_body(0, 0, to);
    unsigned status = ask_checkpoint(m);
    if (status == 409 && sscanf(out.at, "%llu", &old) == 1 && old <= to) {
        checkpoint_body(0, (unsigned)old, to);
        status = ask_checkpoint(m);
    }
    if (status == 503) return false;
    for (status = 202; status == 202;) {
        entries_body(0, (unsigned)tile_mirror_next(m), to, packages);
        if (tile_mirror_size(m) > to) return true;
        status = ask_entries(m);
    }
    if (status == 200) answered(to), g->size[g->count++] = to;
    return status == 200;
}
static bool pull(struct tile_mirror *m, unsigned to, struct given *g) {
    bool taken;
    struct fault f = {0};
    if (!result_is_ok(offer(m, 0, to, &taken, &f))) return false;
    if (taken) g->size[g->count++] = to;
    return true;
}
static bool lives(struct tile_mirror *m, struct given *g) {
    static const unsigned steps[] = {5, 300, 310, 700, 700, 1000};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i] < tile_mirror_size(m)) continue;
        now++;
        if (!(i % 2 == 0 ? pull(m, steps[i], g) : push(m, steps[i], 1 + i % 3, g))) return false;
    }
    return true;
}

static void it_is_true_behind(struct disk *d, const struct given *g, uint64_t at) {
    struct fault f = {0};
    struct tile_mirror *m;
    struct text note;
    result r = open_with(d, mirror_secret, NULL, &m, &f);
    if (!result_is_ok(r)) fail_msg("after operation %llu: %s: %s", (unsigned long long)at, f.field, f.message);
    for (unsigned i = 0; i < g->count; i++) assert_true(tile_mirror_size(m) >= g->size[i]); /* what was signed is known, … */
    if (tile_mirror_note(m, &note)) shows(m, (unsigned)tile_mirror_size(m));                /* … and is of the one log */
    assert_true(tile_mirror_next(m) >= tile_mirror_size(m));
    for (unsigned size = FORK + 1; tile_mirror_next(m) > FORK && size < SOME; size += 211) { /* the other log: no way in */
        unsigned long long old = 0;
        checkpoint_body(1, 0, size);
        unsigned status = ask_checkpoint(m);
        if (status == 409 && sscanf(out.at, "%llu", &old) == 1 && old <= size) {
            checkpoint_body(1, (unsigned)old, size);
            status = ask_checkpoint(m);
        }
        assert_true(status != 200);
        if (size <= tile_mirror_next(m)) continue;
        entries_body(1, (unsigned)tile_mirror_next(m), size, 1);
        assert_true(ask_entries(m) >= 400);
    }
    struct given rest = {.count = 0};
    assert_true(lives(m, &rest));
    shows(m, 1000);
    tile_mirror_close(m);
}

static void at_every_operation(enum disk_fault what) {
    struct disk *count = disk_simulated(1);
    struct tile_mirror *m = opened(count);
    struct given g = {.count = 0};
    assert_true(lives(m, &g));
    assert_int_equal(g.count, 5); /* the second 700 is the first */
    tile_mirror_close(m);
    uint64_t operations = disk_simulated_operations(count);
    disk_simulated_free(count);
    assert_true(operations > 40);
    for (uint64_t at = 1; at <= operations; at++) {
        struct disk *d = disk_simulated(100 + at);
        struct fault f = {0};
        g.count = 0;
        disk_simulated_fault(d, at, what);
        if (result_is_ok(open_with(d, mirror_secret, NULL, &m, &f))) {
            if (lives(m, &g)) fail_msg("operation %llu failed, and nobody said so", (unsigned long long)at);
            tile_mirror_close(m);
        }
        disk_simulated_restart(d);
        it_is_true_behind(d, &g, at);
        disk_simulated_free(d);
    }
}

static void no_fault_makes_it_sign_what_it_does_not_hold(void **unused) {
    (void)unused;
    at_every_operation(DISK_POWER_CUT);
    at_every_operation(DISK_ENOSPC);
    at_every_operation(DISK_SHORT_WRITE);
    at_every_operation(DISK_EIO);
}

static void every_byte_of_its_files_counts(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    char pending[128];
    assert_true(offered(m, 0, 20));
    snprintf(pending, sizeof pending, "m/pending/%s", tile_mirror_hash(m));
    tile_mirror_close(m);
    const char *const names[] = {"m/mirror", "m/entries", pending};
    unsigned changed = 0;
    for (int i = 0; i < 3; i++) {
        struct disk_file *file = NULL;
        uint64_t size = 0;
        fixture_must(disk_open(d, names[i], DISK_READ, false, &file, &f), &f, "open");
        fixture_must(disk_size(file, &size, &f), &f, "size");
        disk_close(file);
        for (uint64_t bit = 0; bit < 8 * size; bit += 8, changed++) {
            uint64_t one = bit + (bit / 8) % 8;
            disk_simulated_flip(d, names[i], one);
            result r = open_with(d, mirror_secret, NULL, &m, &f);
            if (result_is_ok(r)) fail_msg("%s, byte %llu: a change was not found", names[i], (unsigned long long)bit / 8);
            if (strncmp(f.field, "m/", 2) != 0) fail_msg("%s, byte %llu: found, and not named: %s: %s", names[i], (unsigned long long)bit / 8, f.field, f.message);
            disk_simulated_flip(d, names[i], one);
        }
    }
    print_message("# %u bytes changed\n", changed);
    tile_mirror_close(opened(d));
    fixture_must(disk_remove(d, pending, &f), &f, "remove");
    assert_int_equal(open_with(d, mirror_secret, NULL, &m, &f).code, RESULT_ROT);
    disk_simulated_free(d);
}

/* Each read that fails is told, and nothing is begun anew on it. */
static void what_cannot_be_read_is_told(void **unused) {
    (void)unused;
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = opened(d);
    struct fault f = {0};
    assert_true(offered(m, 0, 600));
    tile_mirror_close(m);
    uint64_t before = disk_simulated_reads(d);
    tile_mirror_close(opened(d));
    uint64_t reads = disk_simulated_reads(d) - before;
    assert_true(reads >= 3);
    for (uint64_t at = 1; at <= reads; at++) {
        disk_simulated_read_fault(d, disk_simulated_reads(d) + at);
        assert_int_equal(open_with(d, mirror_secret, NULL, &m, &f).code, RESULT_IO);
    }
    disk_simulated_read_fault(d, 0);
    m = opened(d);
    shows(m, 600);
    struct tile t = {.entries = true, .width = 88, .index = 2};
    disk_simulated_read_fault(d, disk_simulated_reads(d) + 1);
    append_reset(&out);
    assert_int_equal(tile_mirror_tile(m, &t, &out, &f).code, RESULT_IO);
    disk_simulated_read_fault(d, 0);
    fixture_must(tile_mirror_tile(m, &t, &out, &f), &f, "tile");
    tile_mirror_close(m);
    disk_simulated_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_is_given),
        cmocka_unit_test(too_many_that_are_here_are_refused),
        cmocka_unit_test(what_is_pulled_is_signed),
        cmocka_unit_test(a_clock_that_runs_back_is_waited_for),
        cmocka_unit_test(a_stranger_who_is_ahead_does_not_stop_it),
        cmocka_unit_test(what_could_not_be_proven_waits),
        cmocka_unit_test(a_long_log_is_taken_in_turns),
        cmocka_unit_test(ticks_that_cannot_be_read_leave_nothing_behind),
        cmocka_unit_test(a_fork_is_refused_and_kept),
        cmocka_unit_test(a_fork_that_is_shown_stops_it),
        cmocka_unit_test(others_signatures_stay),
        cmocka_unit_test(no_more_of_a_body_is_asked_for_than_was_proven),
        cmocka_unit_test(tiles_are_those_of_the_leaves),
        cmocka_unit_test(roots_and_proofs_are_those_of_the_leaves),
        cmocka_unit_test(the_witness_beside_it_is_another),
        cmocka_unit_test(no_fault_makes_it_sign_what_it_does_not_hold),
        cmocka_unit_test(every_byte_of_its_files_counts),
        cmocka_unit_test(what_cannot_be_read_is_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
