/* Requests to a witness. 'b': any bytes as the body of add-checkpoint; what is taken stands for its bytes, and is written again from its pieces as the same.
 * Else: a log and its fork send checkpoints as the input says, with proofs that it bends, through starts anew and full disks: what was signed is of one past
 * that only grows. */
#include "fuzz.h"

#include "base/note.h"
#include "log/witness.h"

enum { LEAVES = 40, FORK = 5 };
#define ORIGIN "basin.example/live"
static uint8_t log_public[32], log_secret[64], witness_public[32], witness_secret[64];
static struct hash leaves[2][LEAVES];
static struct witness_log known;

static void start(void) {
    static const uint8_t log_seed[32] = {1}, witness_seed[32] = {2};
    if (log_secret[0] != 0) return;
    note_key_from_seed(log_seed, log_secret, log_public);
    note_key_from_seed(witness_seed, witness_secret, witness_public);
    known = (struct witness_log){.origin = TEXT(ORIGIN), .name = TEXT(ORIGIN)};
    memcpy(known.public_key, log_public, 32);
    for (int tree = 0; tree < 2; tree++)
        for (int i = 0; i < LEAVES; i++) {
            uint8_t bytes[2] = {(uint8_t)i, (uint8_t)(i < FORK ? 0 : tree)};
            leaves[tree][i] = merkle_leaf(bytes, sizeof bytes);
        }
}

static void text_of_tree(int tree, unsigned size, struct append *out) {
    struct hash root = merkle_root_of(leaves[tree], size);
    append_format(out, ORIGIN "\n%u\n", size);
    append_base64(out, root.bytes, sizeof root.bytes);
    append_char(out, '\n');
}

static unsigned subproof(unsigned m, const struct hash *d, unsigned n, bool whole, struct hash *out) {
    if (m == n) {
        if (!whole) out[0] = merkle_root_of(d, n);
        return whole ? 0 : 1;
    }
    unsigned k = 1, length;
    while (2 * k < n) k *= 2;
    length = m <= k ? subproof(m, d, k, whole, out) : subproof(m - k, d + k, n - k, false, out);
    out[length] = m <= k ? merkle_root_of(d + k, n - k) : merkle_root_of(d, k);
    return length + 1;
}

static void request(int tree, unsigned old, unsigned size, struct draw *bend, struct append *out) {
    char text_room[256], note_room[512];
    struct append text = append_fixed(text_room, sizeof text_room), note = append_fixed(note_room, sizeof note_room);
    struct hash proof[64];
    unsigned length = old > 0 && old < size ? subproof(old, leaves[tree], size, true, proof) : 0;
    if (bend != NULL && draw_one_in(bend, 4) && length > 0) proof[draw_below(bend, length)].bytes[draw_below(bend, 32)] ^= 1;
    if (bend != NULL && draw_one_in(bend, 8) && length > 0) length--;
    text_of_tree(tree, size, &text);
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), TEXT(ORIGIN), log_secret);
    append_reset(out);
    witness_request_write(old, proof, length, append_view(&note), out);
}

static struct witness *opened(struct disk *d) {
    struct witness *w = NULL;
    struct fault f = {0};
    result r = witness_open(&(struct witness_options){"w", d, TEXT("w"), witness_secret, &known, 1, false}, &w, &f);
    assert(result_is_ok(r));
    return w;
}

static void seeds(void) {
    char room[4096];
    struct append body = append_fixed(room, sizeof room);
    start();
    static const unsigned pairs[][2] = {{0, 3}, {3, 17}, {17, 17}, {1, 2}};
    for (unsigned i = 0; i < 4; i++) {
        request(0, pairs[i][0], pairs[i][1], NULL, &body);
        char with[4096] = "b";
        memcpy(with + 1, body.at, body.size);
        seed("body", i, with, body.size + 1);
    }
    seed("days", 0, "d\x00\x00\x03\x00\x00\x03\x07\x01\x05\x08", 11);
}

static void as_body(struct text in) {
    struct witness_request q;
    struct fault f = {0};
    result r = witness_request_read(in, &q, &f);
    check_fault(r, &f);
    struct disk *d = disk_simulated(1);
    struct witness *w = opened(d);
    char room[1024];
    struct append out = append_fixed(room, sizeof room);
    struct witness_told t = witness_add(w, in, 1000, &out, &f);
    assert(t.status == 200 || t.status == 400 || t.status == 403 || t.status == 404 || t.status == 409 || t.status == 422);
    if (!result_is_ok(r)) assert(t.status == 400);
    assert((out.size > 0) == (t.status == 200 || t.status == 409));
    if (t.status == 200) assert(q.old == 0 && q.length == 0); /* it has signed nothing before */
    if (result_is_ok(r)) {
        struct append again = append_growing(in.size + 1);
        witness_request_write(q.old, q.proof, q.length, q.note, &again);
        assert(text_equal(append_view(&again), in));
        append_free(&again);
    }
    witness_close(w);
    disk_simulated_free(d);
}

/* At most one past: the tree of the largest that was signed, once it has left the common part. */
static void as_days(struct draw *in) {
    struct disk *d = disk_simulated(draw_byte(in));
    struct witness *w = opened(d);
    unsigned last = 0;
    int past = -1;
    uint64_t now = 1000;
    char room[1024], body_room[4096];
    struct append out = append_fixed(room, sizeof room), body = append_fixed(body_room, sizeof body_room);
    for (int steps = 0; in->left > 0 && steps < 64; steps++) {
        struct fault f = {0};
        int tree = (int)draw_below(in, 2);
        unsigned old = draw_one_in(in, 4) ? draw_below(in, LEAVES) : last, size = draw_below(in, LEAVES);
        bool again = draw_one_in(in, 8), full = draw_one_in(in, 8);
        now += draw_below(in, 3);
        if (again) {
            witness_close(w);
            w = opened(d);
        }
        disk_simulated_room(d, full ? 0 : 1 << 20);
        request(tree, old, size, in, &body);
        append_reset(&out);
        struct witness_told t = witness_add(w, append_view(&body), now, &out, &f);
        assert(t.status == 200 || t.status == 400 || t.status == 409 || t.status == 422 || (t.status == 503 && full));
        if (t.status == 409) assert(old != last);
        if (t.status != 200) continue;
        assert(old == last && size >= last && (size <= FORK || past < 0 || past == tree));
        if (size > FORK) past = tree;
        last = size;
    }
    witness_close(w);
    disk_simulated_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size < 1) return 0;
    struct draw rest = {bytes + 1, size - 1};
    if (bytes[0] == 'b') as_body((struct text){(const char *)bytes + 1, size - 1});
    else as_days(&rest);
    return 0;
}
