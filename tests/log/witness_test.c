/* A witness: each status of add-checkpoint, what is on disk behind each signature, and that no cut of the power lets it sign for a second past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "fixture.h"
#include "log/witness.h"

#include <cmocka.h>

#define ORIGIN "basin.example/live"
enum { LEAVES = 24, NOW = 1795000000 };

/* A log and its fork: equal up to FORK leaves. */
enum { FORK = 7 };
static struct hash leaves[2][LEAVES];
static uint8_t log_secret[64], other_secret[64], witness_secret[64], log_public[32], other_public[32], witness_public[32];
static struct witness_log logs[2];

static int set_up(void **state) {
    (void)state;
    if (sodium_init() < 0) return -1;
    fixture_pair(21, log_secret, log_public);
    fixture_pair(22, other_secret, other_public);
    fixture_pair(23, witness_secret, witness_public);
    for (int tree = 0; tree < 2; tree++)
        for (int i = 0; i < LEAVES; i++) {
            uint8_t bytes[2] = {(uint8_t)i, (uint8_t)(i < FORK ? 0 : tree)};
            leaves[tree][i] = merkle_leaf(bytes, sizeof bytes);
        }
    logs[0] = (struct witness_log){.origin = TEXT(ORIGIN), .name = TEXT(ORIGIN)};
    memcpy(logs[0].public_key, log_public, 32);
    logs[1] = (struct witness_log){.origin = TEXT("other.example"), .name = TEXT("other.example/key")};
    memcpy(logs[1].public_key, other_public, 32);
    return 0;
}

static void must(result r, const struct fault *f) { fixture_must(r, f, "witness"); }

static result open_with(struct disk *d, struct witness **out, struct fault *f) {
    return witness_open(&(struct witness_options){"w", d, TEXT("witness.example/one"), witness_secret, logs, 2, false}, out, f);
}
static struct witness *opened(struct disk *d) {
    struct witness *w = NULL;
    struct fault f = {0};
    must(open_with(d, &w, &f), &f);
    return w;
}

/* --- what a log sends --- */
static void checkpoint_of(int tree, unsigned size, const char *origin, struct append *out) {
    struct hash root = merkle_root_of(leaves[tree], size);
    append_format(out, "%s\n%u\n", origin, size);
    append_base64(out, root.bytes, sizeof root.bytes);
    append_char(out, '\n');
}
static void note_of(int tree, unsigned size, const char *origin, const char *name, const uint8_t secret[64], struct append *out) {
    char room[512];
    struct append text = append_fixed(room, sizeof room);
    checkpoint_of(tree, size, origin, &text);
    note_begin(out, append_view(&text));
    note_sign(out, append_view(&text), text_of(name), secret);
}

/* RFC 6962, 2.1.2, as it is written there: not the code under test. */
static unsigned subproof(unsigned m, const struct hash *d, unsigned n, bool whole, struct hash *out) {
    if (m == n) {
        if (whole) return 0;
        out[0] = merkle_root_of(d, n);
        return 1;
    }
    unsigned k = 1, length;
    while (2 * k < n) k *= 2;
    if (m <= k) {
        length = subproof(m, d, k, whole, out);
        out[length] = merkle_root_of(d + k, n - k);
    } else {
        length = subproof(m - k, d + k, n - k, false, out);
        out[length] = merkle_root_of(d, k);
    }
    return length + 1;
}

static void request_of(int tree, unsigned old, unsigned size, struct append *out) {
    char room[2048];
    struct append note = append_fixed(room, sizeof room);
    struct hash proof[64];
    unsigned length = old > 0 && old < size ? subproof(old, leaves[tree], size, true, proof) : 0;
    note_of(tree, size, ORIGIN, ORIGIN, log_secret, &note);
    append_reset(out);
    witness_request_write(old, proof, length, append_view(&note), out);
    assert_false(out->full);
}

static struct witness_told ask(struct witness *w, struct text body, uint64_t seconds, struct append *out) {
    struct fault f = {0};
    append_reset(out);
    struct witness_told t = witness_add(w, body, seconds, out, &f);
    if (t.status != 200) assert_true(f.message[0] != '\0');
    return t;
}
static unsigned add(struct witness *w, int tree, unsigned old, unsigned size, uint64_t seconds, struct append *out) {
    char room[8192];
    struct append body = append_fixed(room, sizeof room);
    request_of(tree, old, size, &body);
    return ask(w, append_view(&body), seconds, out).status;
}

/* The line that came is this witness's, over that tree, of that time. */
static void check_line(struct text line, int tree, unsigned size, uint64_t seconds) {
    char room[1024];
    struct append note = append_fixed(room, sizeof room);
    struct note n;
    struct fault f = {0};
    uint64_t when = 0;
    checkpoint_of(tree, size, ORIGIN, &note);
    append_char(&note, '\n');
    append_text(&note, line);
    must(note_parse(append_view(&note), &n, &f), &f);
    assert_int_equal(n.count, 1);
    assert_true(cosignature_verify(n.text, &n.lines[0], TEXT("witness.example/one"), witness_public, &when));
    assert_int_equal(when, seconds);
}

/* --- tests --- */

static void a_tree_that_grows_is_signed(void **state) {
    (void)state;
    struct disk *d = disk_simulated(1);
    struct witness *w = opened(d);
    char room[512];
    struct append out = append_fixed(room, sizeof room);
    unsigned old = 0;
    assert_int_equal(witness_signed(w), 0);
    for (unsigned size = 0; size <= LEAVES; size += 1 + size % 3) {
        assert_int_equal(add(w, 0, old, size, NOW + size, &out), 200);
        check_line(append_view(&out), 0, size, NOW + size);
        assert_int_equal(add(w, 0, size, size, NOW + size, &out), 200); /* again, in the same second */
        check_line(append_view(&out), 0, size, NOW + size);
        old = size;
    }
    assert_int_equal(witness_signed(w), 1);
    /* What anybody can ask for has both signatures. */
    struct hash h = sha256_of(ORIGIN, sizeof ORIGIN - 1);
    char hex[80];
    struct append name = append_fixed(hex, sizeof hex);
    struct text note;
    struct note n;
    struct fault f = {0};
    uint64_t when;
    append_hex(&name, h.bytes, sizeof h.bytes);
    assert_true(witness_checkpoint(w, append_view(&name), &note));
    must(note_parse(note, &n, &f), &f);
    assert_int_equal(n.count, 2);
    assert_true(note_verify(&n, TEXT(ORIGIN), log_public) && cosignature_verify(n.text, &n.lines[1], TEXT("witness.example/one"), witness_public, &when));
    assert_false(witness_checkpoint(w, TEXT("00"), &note));
    witness_close(w);
    disk_simulated_free(d);
}

static void each_status_is_given(void **state) {
    (void)state;
    struct disk *d = disk_simulated(2);
    struct witness *w = opened(d);
    char room[512], body_room[8192], note_room[2048];
    struct append out = append_fixed(room, sizeof room), body = append_fixed(body_room, sizeof body_room), note = append_fixed(note_room, sizeof note_room);
    assert_int_equal(add(w, 0, 0, 10, NOW, &out), 200);
    /* 409 with its size, also for who asks with 0 to learn it. */
    assert_int_equal(add(w, 0, 0, 12, NOW, &out), 409);
    assert_true(text_is(append_view(&out), "10\n"));
    assert_int_equal(add(w, 0, 5, 8, NOW, &out), 409); /* back to a smaller tree */
    assert_int_equal(add(w, 0, 11, 12, NOW, &out), 409);
    /* 400 */
    assert_int_equal(add(w, 0, 12, 10, NOW, &out), 400);
    assert_int_equal(ask(w, TEXT("old 10\n\n"), NOW, &out).status, 400);
    assert_int_equal(ask(w, TEXT(""), NOW, &out).status, 400);
    note_begin(&note, TEXT("no checkpoint\n"));
    note_sign(&note, TEXT("no checkpoint\n"), TEXT(ORIGIN), log_secret);
    witness_request_write(10, NULL, 0, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 400);
    /* 404 */
    append_reset(&note);
    append_reset(&body);
    note_of(0, 12, "stranger.example", ORIGIN, log_secret, &note);
    witness_request_write(0, NULL, 0, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 404);
    /* 403: another's key under this origin; the right name with a key that is not its own; a signature that is not good. */
    static const struct { const char *name; const uint8_t *secret; } bad[] = {{"other.example/key", other_secret}, {ORIGIN, other_secret}};
    for (unsigned i = 0; i < 2; i++) {
        append_reset(&note);
        append_reset(&body);
        note_of(0, 10, ORIGIN, bad[i].name, bad[i].secret, &note);
        witness_request_write(10, NULL, 0, append_view(&note), &body);
        assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 403);
    }
    request_of(0, 10, 12, &body);
    body.at[body.size - 8] = body.at[body.size - 8] == 'A' ? 'B' : 'A';
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 403);
    /* 422: a fork at the same size and beyond it, a proof that is not one, proof where there is nothing to prove, an empty tree with a root. */
    assert_int_equal(add(w, 1, 10, 10, NOW, &out), 422);
    assert_int_equal(add(w, 1, 10, 14, NOW, &out), 422);
    struct hash proof[64];
    unsigned length = subproof(10, leaves[0], 14, true, proof);
    append_reset(&note);
    note_of(0, 14, ORIGIN, ORIGIN, log_secret, &note);
    for (unsigned i = 0; i < length; i++) {
        append_reset(&body);
        proof[i].bytes[3] ^= 1;
        witness_request_write(10, proof, length, append_view(&note), &body);
        assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 422);
        proof[i].bytes[3] ^= 1;
    }
    append_reset(&body);
    witness_request_write(10, proof, length - 1, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 422);
    append_reset(&body);
    append_reset(&note);
    note_of(0, 10, ORIGIN, ORIGIN, log_secret, &note);
    witness_request_write(10, proof, 1, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 422);
    append_reset(&body);
    append_reset(&note);
    note_of(0, 5, "other.example", "other.example/key", other_secret, &note);
    witness_request_write(0, proof, 1, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 422);
    static const char empty[] = "other.example\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    append_reset(&body);
    append_reset(&note);
    note_begin(&note, text_of(empty));
    note_sign(&note, text_of(empty), TEXT("other.example/key"), other_secret);
    witness_request_write(0, NULL, 0, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 422);
    /* 503: its clock has run back; and then nothing is signed. */
    assert_int_equal(add(w, 0, 10, 14, NOW - 1, &out), 503);
    assert_int_equal(add(w, 0, 10, 14, 0, &out), 503);
    assert_int_equal(add(w, 0, 10, 14, NOW, &out), 200);
    check_line(append_view(&out), 0, 14, NOW);
    witness_close(w);
    disk_simulated_free(d);
}

static void a_fork_is_kept_for_whoever_judges_it(void **state) {
    (void)state;
    struct disk *d = disk_simulated(3);
    struct witness *w = opened(d);
    char room[512], body_room[8192];
    struct append out = append_fixed(room, sizeof room), body = append_fixed(body_room, sizeof body_room);
    assert_int_equal(add(w, 0, 0, 10, NOW, &out), 200);
    request_of(1, 10, 10, &body);
    struct witness_told t = ask(w, append_view(&body), NOW, &out);
    assert_true(t.status == 422 && t.fork && t.log == &logs[0] && t.size == 10);
    request_of(1, 3, 10, &body); /* whatever it says of what came before */
    t = ask(w, append_view(&body), NOW, &out);
    assert_true(t.status == 409 && t.fork);
    request_of(0, 10, 12, &body);
    t = ask(w, append_view(&body), NOW, &out);
    assert_true(t.status == 200 && !t.fork);
    char path[256];
    struct hash h = sha256_of(ORIGIN, sizeof ORIGIN - 1);
    struct append name = append_fixed(path, sizeof path);
    append_str(&name, "w/");
    append_hex(&name, h.bytes, sizeof h.bytes);
    append_str(&name, ".fork");
    append_char(&name, 0);
    assert_true(disk_exists(d, path));
    witness_close(w);
    disk_simulated_free(d);
}

/* The power goes at the n-th operation of the disk, for every n: what was answered before stands, and nothing that contradicts it is signed after. */
static void no_cut_makes_it_forget(void **state) {
    (void)state;
    char room[512];
    struct append out = append_fixed(room, sizeof room);
    bool whole = false;
    for (uint64_t cut = 1; !whole; cut++)
        for (enum disk_fault what = DISK_POWER_CUT; what <= DISK_SHORT_WRITE; what++) {
            struct disk *d = disk_simulated(100 + cut);
            struct witness *w = NULL;
            struct fault f = {0};
            unsigned answered = 0, asked = 0;
            disk_simulated_fault(d, cut, what);
            if (result_is_ok(open_with(d, &w, &f)))
                for (asked = 3; asked <= 15 && !disk_simulated_down(d); asked += 4) {
                    unsigned status = add(w, 0, answered, asked, NOW + asked, &out);
                    assert_true(status == 200 || status == 503);
                    assert_true(status != 200 || !disk_simulated_down(d)); /* a signature only where all is durable */
                    if (status != 200) break;
                    check_line(append_view(&out), 0, asked, NOW + asked);
                    answered = asked;
                }
            whole = !disk_simulated_down(d);
            witness_close(w);
            disk_simulated_restart(d);
            w = opened(d);
            /* It knows the last tree that it has answered for, or the one that it was about to. */
            unsigned status = add(w, 0, answered, 24, NOW + 100, &out);
            if (status == 409) {
                char wanted[16];
                snprintf(wanted, sizeof wanted, "%u\n", asked);
                assert_true(text_is(append_view(&out), wanted) && asked > answered);
                status = add(w, 0, asked, 24, NOW + 100, &out);
            }
            assert_int_equal(status, 200);
            if (answered > FORK || asked > FORK) assert_int_not_equal(add(w, 1, 24, 24, NOW + 100, &out), 200);
            witness_close(w);
            disk_simulated_free(d);
        }
}

/* A full disk or a bad sector ends no witness: it signs nothing meanwhile, and goes on behind it. */
static void what_it_cannot_keep_it_does_not_sign(void **state) {
    (void)state;
    char room[512];
    struct append out = append_fixed(room, sizeof room);
    struct disk *d = disk_simulated(7);
    struct witness *w = opened(d);
    assert_int_equal(add(w, 0, 0, 9, NOW, &out), 200);
    disk_simulated_room(d, 0);
    /* What it has signed in this second it says again and writes nothing: who sends a log's public checkpoint again and again does not keep it busy. */
    assert_int_equal(add(w, 0, 9, 9, NOW, &out), 200);
    check_line(append_view(&out), 0, 9, NOW);
    assert_int_equal(add(w, 0, 9, 9, NOW + 1, &out), 503);
    assert_int_equal(add(w, 0, 9, 12, NOW, &out), 503);
    assert_int_equal(out.size, 0);
    disk_simulated_room(d, 1 << 20);
    assert_int_equal(add(w, 0, 9, 12, NOW, &out), 200);
    witness_close(w);
    disk_simulated_free(d);
}

static void it_does_not_begin_anew_on_what_it_cannot_read(void **state) {
    (void)state;
    char room[512], path[256];
    struct append out = append_fixed(room, sizeof room), name = append_fixed(path, sizeof path);
    struct disk *d = disk_simulated(8);
    struct witness *w = opened(d), *second = NULL;
    struct fault f = {0};
    struct hash h = sha256_of(ORIGIN, sizeof ORIGIN - 1);
    assert_int_equal(add(w, 0, 0, 9, NOW, &out), 200);
    assert_int_equal(open_with(d, &second, &f).code, RESULT_BUSY);
    witness_close(w);
    append_str(&name, "w/");
    append_hex(&name, h.bytes, sizeof h.bytes);
    append_char(&name, 0);
    for (uint64_t bit = 3; bit < 8 * 300; bit += 97) { /* each byte of text, log's line and its own counts: the log's key may be gone, so its line alone does not */
        disk_simulated_flip(d, path, bit);
        result r = open_with(d, &w, &f);
        assert_true(result_is_ok(r) || r.code == RESULT_ROT || r.code == RESULT_CONFLICT);
        if (result_is_ok(r)) {
            assert_int_equal(add(w, 0, 0, 12, NOW, &out), 409); /* its own line is good: it knows what it signed */
            assert_true(text_is(append_view(&out), "9\n"));
            witness_close(w);
        }
        disk_simulated_flip(d, path, bit);
    }
    struct disk_file *file = NULL;
    must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f);
    must(disk_truncate(file, 20000, &f), &f);
    disk_close(file);
    assert_int_equal(open_with(d, &w, &f).code, RESULT_ROT);
    must(disk_open(d, path, DISK_WRITE, false, &file, &f), &f);
    must(disk_truncate(file, 200, &f), &f);
    disk_close(file);
    assert_int_equal(open_with(d, &w, &f).code, RESULT_ROT);
    must(disk_remove(d, path, &f), &f);
    w = opened(d);
    assert_int_equal(add(w, 0, 0, 9, NOW, &out), 200);
    witness_close(w);
    /* Another key's directory, a log given twice, its own key as a log's. */
    struct witness_options o = {"w", d, TEXT("witness.example/two"), other_secret, logs, 1, false};
    assert_int_equal(witness_open(&o, &w, &f).code, RESULT_CONFLICT);
    struct witness_log twice[2] = {logs[0], logs[0]};
    o = (struct witness_options){"v", d, TEXT("witness.example/one"), witness_secret, twice, 2, false};
    assert_int_equal(witness_open(&o, &w, &f).code, RESULT_CONFLICT);
    memcpy(twice[1].public_key, witness_public, 32);
    assert_int_equal(witness_open(&o, &w, &f).code, RESULT_CONFLICT);
    disk_simulated_free(d);
}

/* A log changes its key: both are of one past. */
static void a_log_may_have_several_keys(void **state) {
    (void)state;
    char room[512], body_room[8192], note_room[2048];
    struct append out = append_fixed(room, sizeof room), body = append_fixed(body_room, sizeof body_room), note = append_fixed(note_room, sizeof note_room);
    struct disk *d = disk_simulated(9);
    struct witness_log both[2] = {logs[0], {.origin = TEXT(ORIGIN), .name = TEXT("basin.example/second")}};
    struct witness *w = NULL;
    struct fault f = {0};
    memcpy(both[1].public_key, other_public, 32);
    must(witness_open(&(struct witness_options){"w", d, TEXT("witness.example/one"), witness_secret, both, 2, false}, &w, &f), &f);
    assert_int_equal(add(w, 0, 0, 9, NOW, &out), 200);
    note_of(0, 9, ORIGIN, "basin.example/second", other_secret, &note);
    witness_request_write(9, NULL, 0, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 200);
    /* One good signature and one of a known key that is not good: the note is spoilt. */
    append_reset(&note);
    append_reset(&body);
    note_of(0, 9, ORIGIN, "basin.example/second", other_secret, &note);
    char text_room[512];
    struct append text = append_fixed(text_room, sizeof text_room);
    checkpoint_of(0, 8, ORIGIN, &text);
    note_sign(&note, append_view(&text), TEXT(ORIGIN), log_secret);
    witness_request_write(9, NULL, 0, append_view(&note), &body);
    assert_int_equal(ask(w, append_view(&body), NOW, &out).status, 403);
    witness_close(w);
    disk_simulated_free(d);
}

static void bodies_are_read_to_the_letter(void **state) {
    (void)state;
    static const struct { const char *body; bool good; unsigned length; uint64_t old; } rows[] = {
        {"old 0\n\nx", true, 0, 0},
        {"old 9223372036854775807\n\n", true, 0, INT64_MAX},
        {"old 7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n", true, 1, 7},
        {"old 9223372036854775808\n\n", false, 0, 0},
        {"old 99999999999999999999\n\n", false, 0, 0},
        {"old 07\n\n", false, 0, 0},
        {"old 00\n\n", false, 0, 0},
        {"old -1\n\n", false, 0, 0},
        {"old \n\n", false, 0, 0},
        {"old  7\n\n", false, 0, 0},
        {"old 7 \n\n", false, 0, 0},
        {"Old 7\n\n", false, 0, 0},
        {"old 7\r\n\n", false, 0, 0},
        {"old 7", false, 0, 0},
        {"old 7\n", false, 0, 0},
        {"old 7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", false, 0, 0},
        {"old 7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n\n", false, 0, 0},
        {"old 7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2\n\n", false, 0, 0},
        {"old 7\n CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n", false, 0, 0},
    };
    struct witness_request q;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fault f = {0};
        bool good = result_is_ok(witness_request_read(text_of(rows[i].body), &q, &f));
        if (good != rows[i].good) fprintf(stderr, "row %u: %s\n", i, rows[i].body);
        assert_int_equal(good, rows[i].good);
        if (good) assert_true(q.length == rows[i].length && q.old == rows[i].old);
    }
    /* 63 lines, and one more. */
    struct hash proof[64] = {{{0}}};
    struct append body = append_growing(LIMIT_WITNESS_BODY_BYTES + 16);
    struct fault f = {0};
    witness_request_write(1, proof, 63, TEXT("x"), &body);
    must(witness_request_read(append_view(&body), &q, &f), &f);
    assert_int_equal(q.length, 63);
    append_reset(&body);
    witness_request_write(1, proof, 64, TEXT("x"), &body);
    assert_int_equal(witness_request_read(append_view(&body), &q, &f).code, RESULT_MALFORMED);
    append_reset(&body);
    append_str(&body, "old 0\n\n");
    while (body.size <= LIMIT_WITNESS_BODY_BYTES) append_char(&body, 'x');
    assert_int_equal(witness_request_read(append_view(&body), &q, &f).code, RESULT_TOO_LARGE);
    append_free(&body);
}

static void checkpoints_are_read_to_the_letter(void **state) {
    (void)state;
    static const char root[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    static const struct { const char *before, *after; bool good; unsigned extensions; } rows[] = {
        {"example.com/behind-the-sofa\n20852163\n", "\n", true, 0}, {"a b+c\n0\n", "\nx\ny\n", true, 2}, {"a\n9223372036854775807\n", "\n", true, 0},
        {"\n1\n", "\n", false, 0}, {"a\n01\n", "\n", false, 0}, {"a\n\n", "\n", false, 0}, {"a\n9223372036854775808\n", "\n", false, 0}, {"a\n1x\n", "\n", false, 0},
        {"a\n+1\n", "\n", false, 0}, {"a\n1\n", "", false, 0}, {"a\n1\n", "=\n", false, 0}, {"a\n1\n", "\n\n", false, 0}, {"a\n1\n", "\nx", false, 0}, {"a\n1\nAA", "\n", false, 0}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[256];
        struct checkpoint c;
        struct fault f = {0};
        snprintf(room, sizeof room, "%s%s%s", rows[i].before, root, rows[i].after);
        bool good = result_is_ok(checkpoint_read(text_of(room), &c, &f));
        assert_int_equal(good, rows[i].good);
        if (good) assert_int_equal(c.extensions, rows[i].extensions);
    }
    struct append text = append_growing(CHECKPOINT_TEXT_BYTES + 64);
    struct checkpoint c;
    struct fault f = {0};
    append_format(&text, "a\n1\n%s\n", root);
    while (text.size <= CHECKPOINT_TEXT_BYTES) append_str(&text, "x\n");
    assert_int_equal(checkpoint_read(append_view(&text), &c, &f).code, RESULT_TOO_LARGE);
    append_free(&text);
}

/* Every bit of a cosignature and of what it is on counts; and no key of one type passes for the other. */
static void a_cosignature_is_of_its_text_time_and_key(void **state) {
    (void)state;
    char room[1024], text_room[256], key_room[256];
    struct append note = append_fixed(room, sizeof room), text = append_fixed(text_room, sizeof text_room), key = append_fixed(key_room, sizeof key_room);
    struct note n;
    struct text name;
    struct fault f = {0};
    uint64_t when;
    uint8_t other[64];
    checkpoint_of(0, 9, ORIGIN, &text);
    note_begin(&note, append_view(&text));
    cosignature_sign(&note, append_view(&text), TEXT("w"), witness_secret, NOW);
    must(note_parse(append_view(&note), &n, &f), &f);
    assert_true(cosignature_verify(n.text, &n.lines[0], TEXT("w"), witness_public, &when) && when == NOW);
    assert_false(cosignature_verify(n.text, &n.lines[0], TEXT("v"), witness_public, &when));
    assert_false(cosignature_verify(n.text, &n.lines[0], TEXT("w"), other_public, &when));
    assert_false(note_verify(&n, TEXT("w"), witness_public));
    for (size_t i = 0; i < note.size; i++) {
        for (int bit = 0; bit < 7; bit++) {
            note.at[i] ^= (char)(1 << bit);
            if (result_is_ok(note_parse(append_view(&note), &n, &f)))
                for (uint32_t l = 0; l < n.count; l++) assert_false(cosignature_verify(n.text, &n.lines[l], TEXT("w"), witness_public, &when));
            note.at[i] ^= (char)(1 << bit);
        }
    }
    note_vkey_of(NOTE_COSIGNATURE, &key, TEXT("w"), witness_public);
    assert_int_equal(note_vkey_read(append_view(&key), &name, other, &f).code, RESULT_UNSUPPORTED);
    must(note_vkey_read_of(NOTE_COSIGNATURE, append_view(&key), &name, other, &f), &f);
    assert_memory_equal(other, witness_public, 32);
    append_reset(&key);
    note_skey(&key, TEXT("w"), witness_secret);
    assert_int_equal(note_skey_read_of(NOTE_COSIGNATURE, append_view(&key), &name, other, &f).code, RESULT_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_that_grows_is_signed),
        cmocka_unit_test(each_status_is_given),
        cmocka_unit_test(a_fork_is_kept_for_whoever_judges_it),
        cmocka_unit_test(no_cut_makes_it_forget),
        cmocka_unit_test(what_it_cannot_keep_it_does_not_sign),
        cmocka_unit_test(it_does_not_begin_anew_on_what_it_cannot_read),
        cmocka_unit_test(a_log_may_have_several_keys),
        cmocka_unit_test(bodies_are_read_to_the_letter),
        cmocka_unit_test(checkpoints_are_read_to_the_letter),
        cmocka_unit_test(a_cosignature_is_of_its_text_time_and_key),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
