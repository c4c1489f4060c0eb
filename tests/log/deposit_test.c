/* Deposits with real witnesses over simulated disks: each text gets their dated signatures, through starts anew and power cuts at every operation, for the log never becomes shorter than what was
 * signed; a proof shows its own text and no other, and every byte of it counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail /* cmocka's macros; `fail` is a function of ours */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include <sodium.h>

#include "base/cosignature.h"
#include "log/deposit.h"
#include "log/witness.h"

#define ORIGIN "deposits.example/north"
enum { TEXTS = 12, NOW = 1000000 };
static uint8_t secret[64], public_key[32], witness_secret[64], witness_public[32], other_secret[64], other_public[32];
static const struct text witness_name = {"w.example", 9};

static void must(result r, const struct fault *f) {
    if (!result_is_ok(r)) fail_msg("%s: %s: %s", result_name(r.code), f->field, f->message);
}

static struct hash numbered(unsigned n) {
    uint8_t bytes[2] = {(uint8_t)n, (uint8_t)(n >> 8)};
    return sha256_of(bytes, sizeof bytes);
}
static const uint8_t *salt_of(unsigned n) {
    static struct hash h;
    h = numbered(n + 1000);
    return h.bytes;
}

static struct deposits *opened(struct disk *d, uint64_t *cut) {
    struct deposits *s = NULL;
    struct fault f = {0};
    must(deposits_open(d, "/deposits", &s, cut, &f), &f);
    return s;
}

static struct witness *witness(struct disk *d) {
    static struct witness_log known;
    struct witness *w = NULL;
    struct fault f = {0};
    known = (struct witness_log){.origin = TEXT(ORIGIN), .name = TEXT(ORIGIN)};
    memcpy(known.public_key, public_key, sizeof public_key);
    must(witness_open(&(struct witness_options){"/w", d, witness_name, witness_secret, &known, 1, false}, &w, &f), &f);
    return w;
}

/* As the command does it: asks with some size, and again with what the witness says. False: it refuses. */
static bool signed_by(struct witness *w, const struct deposits *s, uint64_t old, uint64_t now, struct append *note) {
    struct fault f = {0};
    struct append body = append_growing(65536), line = append_growing(4096);
    append_reset(note);
    deposits_checkpoint(s, TEXT(ORIGIN), secret, note);
    struct witness_told t = {0};
    for (int i = 0; i < 2; i++) {
        append_reset(&body);
        append_reset(&line);
        must(deposits_request(s, old, append_view(note), &body, &f), &f);
        t = witness_add(w, append_view(&body), now, &line, &f);
        if (t.status != 409) break;
        append_char(&line, '\0');
        old = strtoull(line.at, NULL, 10);
        if (old > deposits_count(s)) break;
    }
    if (t.status == 200) append_text(note, append_view(&line));
    append_free(&body);
    append_free(&line);
    return t.status == 200;
}

static void proof_text(const struct deposits *s, uint64_t index, const struct append *note, struct append *out) {
    struct deposit_proof p;
    struct fault f = {0};
    must(deposits_proof(s, index, &p, &f), &f);
    p.note = append_view(note);
    append_reset(out);
    deposit_proof_write(&p, out);
}

/* 0: not seen; else the time. */
static result seen(struct text proof, const struct hash *text, uint64_t *seconds, struct fault *f) {
    struct deposit_proof p;
    struct text origin;
    bool signed_ = false;
    *seconds = 0;
    TRY(deposit_proof_read(proof, &p, f));
    TRY(deposit_proof_check(&p, text, &origin, f));
    TRY(deposit_proof_seen(&p, witness_name, witness_public, &signed_, seconds, f));
    if (!signed_) *seconds = 0;
    return OK;
}

static void each_text_gets_its_time(void **unused) {
    (void)unused;
    struct disk *mine = disk_simulated(1), *theirs = disk_simulated(2);
    struct witness *w = witness(theirs);
    struct append note = append_growing(65536), proof = append_growing(1 << 17);
    uint64_t cut = 0, index = 0, seconds = 0;
    struct fault f = {0};
    for (unsigned n = 0; n < TEXTS; n++) {
        struct deposits *s = opened(mine, &cut); /* each by a process of its own */
        struct hash text = numbered(n), other = numbered(n + 1);
        assert_true(cut == 0 && deposits_count(s) == n);
        must(deposits_add(s, &text, salt_of(n), &index, &f), &f);
        assert_true(index == n && deposits_count(s) == n + 1);
        must(deposits_add(s, &text, salt_of(n + 50), &index, &f), &f); /* once: the same again is the same leaf */
        assert_true(index == n && deposits_count(s) == n + 1);
        assert_true(signed_by(w, s, n % 3 == 0 ? 0 : n, NOW + n, &note));
        for (unsigned of = 0; of <= n; of += 3) { /* an older text gets a later time, too */
            struct hash its = numbered(of);
            proof_text(s, of, &note, &proof);
            must(seen(append_view(&proof), &its, &seconds, &f), &f);
            assert_int_equal(seconds, NOW + n);
        }
        proof_text(s, n, &note, &proof);
        assert_int_equal(seen(append_view(&proof), &other, &seconds, &f).code, RESULT_ROT);
        assert_int_equal(deposits_proof(s, n + 1, &(struct deposit_proof){0}, &f).code, RESULT_NOT_FOUND);
        assert_int_equal(deposits_request(s, n + 2, append_view(&note), &proof, &f).code, RESULT_RANGE); /* it says that it has signed more */
        struct deposits *again = NULL;
        assert_int_equal(deposits_open(mine, "/deposits", &again, &cut, &f).code, RESULT_BUSY);
        deposits_close(s);
    }
    witness_close(w);
    append_free(&note);
    append_free(&proof);
    disk_simulated_free(mine);
    disk_simulated_free(theirs);
}

/* Each bit of a proof: refused, or no signature is seen any more. Never another time. */
static void every_byte_counts(void **unused) {
    (void)unused;
    struct disk *mine = disk_simulated(1), *theirs = disk_simulated(2);
    struct witness *w = witness(theirs);
    struct append note = append_growing(65536), proof = append_growing(1 << 17);
    uint64_t cut = 0, index = 0, seconds = 0;
    struct fault f = {0};
    struct deposits *s = opened(mine, &cut);
    for (unsigned n = 0; n < 5; n++) {
        struct hash text = numbered(n);
        must(deposits_add(s, &text, salt_of(n), &index, &f), &f);
    }
    assert_true(signed_by(w, s, 0, NOW, &note));
    proof_text(s, 3, &note, &proof);
    struct hash text = numbered(3);
    unsigned refused = 0, unseen = 0;
    for (size_t at = 0; at < proof.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            proof.at[at] ^= (char)(1 << bit);
            result r = seen(append_view(&proof), &text, &seconds, &f);
            if (result_is_ok(r) && seconds != 0 && seconds != NOW) fail_msg("byte %zu: another time", at);
            if (result_is_ok(r) && seconds == NOW) { /* the depositor's own line: what a witness has seen does not hang on it */
                struct deposit_proof p;
                must(deposit_proof_read(append_view(&proof), &p, &f), &f);
                const char *line = memmem(p.note.at, p.note.size, "\n\n", 2), *end = memchr(line + 2, '\n', p.note.size);
                assert_true(proof.at + at > line + 1 && proof.at + at < end);
            }
            refused += !result_is_ok(r);
            unseen += result_is_ok(r) && seconds == 0;
            proof.at[at] ^= (char)(1 << bit);
        }
    print_message("# %u refused, %u unseen\n", refused, unseen);
    assert_true(refused > 1000 && unseen > 0);
    for (size_t size = 0; size < proof.size; size++) {
        result r = seen((struct text){proof.at, size}, &text, &seconds, &f);
        assert_true(!result_is_ok(r) || seconds == 0);
    }
    bool signed_ = true;
    struct deposit_proof p;
    must(deposit_proof_read(append_view(&proof), &p, &f), &f);
    must(deposit_proof_seen(&p, witness_name, other_public, &signed_, &seconds, &f), &f); /* another key of that name */
    assert_false(signed_);
    append_reset(&proof);
    for (int i = 0; i <= LIMIT_DEPOSIT_PROOF_BYTES; i++) append_char(&proof, 'x');
    assert_int_equal(deposit_proof_read(append_view(&proof), &p, &f).code, RESULT_TOO_LARGE);
    deposits_close(s);
    witness_close(w);
    append_free(&note);
    append_free(&proof);
    disk_simulated_free(mine);
    disk_simulated_free(theirs);
}

/* What a witness has signed is there after any power cut, whichever sectors it left, so it goes on signing. */
static bool cut_at(uint64_t seed, uint64_t at, unsigned *torn, unsigned *whole_length) {
    struct disk *mine = disk_simulated(seed), *theirs = disk_simulated(2);
    struct witness *w = witness(theirs);
    struct append note = append_growing(65536);
    struct fault f = {0};
    uint64_t cut = 0, index = 0, was_signed = 0;
    struct deposits *s = NULL;
    disk_simulated_fault(mine, at, DISK_POWER_CUT);
    result r = deposits_open(mine, "/deposits", &s, &cut, &f);
    for (unsigned n = 0; result_is_ok(r) && n < 9; n++) {
        struct hash text = numbered(n), more = numbered(n + 70);
        r = deposits_add(s, &text, salt_of(n), &index, &f);
        if (result_is_ok(r) && signed_by(w, s, n, NOW + n, &note)) was_signed = n + 1;
        if (!result_is_ok(r)) assert_int_equal(deposits_add(s, &more, salt_of(9), &index, &f).code, RESULT_IO); /* nothing more is taken */
    }
    bool down = disk_simulated_down(mine);
    deposits_close(s);
    disk_simulated_restart(mine);
    s = opened(mine, &cut);
    *torn += cut > 0;
    *whole_length += cut == 130;
    assert_true(deposits_count(s) >= was_signed);
    struct hash text = numbered(30);
    must(deposits_add(s, &text, salt_of(30), &index, &f), &f);
    assert_true(signed_by(w, s, was_signed, NOW + 100, &note));
    deposits_close(s);
    witness_close(w);
    append_free(&note);
    disk_simulated_free(mine);
    disk_simulated_free(theirs);
    return down;
}
static void it_goes_on_after_any_power_cut(void **unused) {
    (void)unused;
    unsigned cuts = 0, torn = 0, whole_length = 0;
    bool down = true;
    for (uint64_t at = 1; down; at++)
        for (uint64_t seed = 1; seed <= 40; seed++) cuts += down = cut_at(seed, at, &torn, &whole_length);
    print_message("# %u power cuts, %u torn lines, %u of them as long as one\n", cuts, torn, whole_length);
    assert_true(cuts > 320 && torn > 40 && whole_length > 10);
}

/* A line that was shown and has changed is not a torn one: it is not cut, wherever it stands. */
static void rot_is_not_torn(void **unused) {
    (void)unused;
    for (unsigned count = 1; count <= 8; count++)
        for (unsigned at = 0; at < 130 * count; at += 3) {
            struct disk *d = disk_simulated(1);
            struct fault f = {0};
            uint64_t cut = 0, index = 0;
            struct deposits *s = opened(d, &cut);
            for (unsigned n = 0; n < count; n++) {
                struct hash text = numbered(n);
                must(deposits_add(s, &text, salt_of(n), &index, &f), &f);
            }
            deposits_close(s);
            disk_simulated_flip(d, "/deposits/leaves", 8 * at + 6);
            s = NULL;
            assert_int_equal(deposits_open(d, "/deposits", &s, &cut, &f).code, RESULT_ROT);
            disk_simulated_free(d);
        }
}

static void what_is_not_its_own_is_told(void **unused) {
    (void)unused;
    static const char *const lines[] = {"garbage", "0"};
    for (int i = 0; i < 2; i++) {
        struct disk *d = disk_simulated(1);
        struct fault f = {0};
        uint64_t cut = 0, index = 0;
        struct deposits *s = opened(d, &cut);
        struct hash text = numbered(1);
        must(deposits_add(s, &text, salt_of(1), &index, &f), &f);
        deposits_close(s);
        struct disk_file *file = NULL;
        must(disk_open(d, "/deposits/leaves", DISK_WRITE, false, &file, &f), &f);
        must(disk_write(file, i == 0 ? 0 : 130, lines[i], strlen(lines[i]), &f), &f);
        disk_close(file);
        s = NULL;
        result r = deposits_open(d, "/deposits", &s, &cut, &f);
        if (i == 0) assert_int_equal(r.code, RESULT_ROT);
        else must(r, &f), assert_int_equal(cut, 1), assert_int_equal(deposits_count(s), 1); /* a torn line, never shown to anybody */
        deposits_close(s);
        disk_simulated_free(d);
    }
}

int main(void) {
    static const uint8_t seeds[3][32] = {{1}, {2}, {3}};
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_gets_its_time),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(it_goes_on_after_any_power_cut),
        cmocka_unit_test(rot_is_not_torn),
        cmocka_unit_test(what_is_not_its_own_is_told),
    };
    if (sodium_init() < 0) return 1;
    note_key_from_seed(seeds[0], secret, public_key);
    note_key_from_seed(seeds[1], witness_secret, witness_public);
    note_key_from_seed(seeds[2], other_secret, other_public);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
