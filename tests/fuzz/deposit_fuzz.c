/* Proofs of deposits. Any bytes: what is taken stands for its bytes, and shows a time only where the witness has signed it; whoever has not its key dates nothing otherwise. */
#include "fuzz.h"

#include "base/cosignature.h"
#include "log/deposit.h"

#define ORIGIN "deposits.example"
enum { SECONDS = 1000, COUNT = 9, INDEX = 4 };
static uint8_t log_secret[64], witness_secret[64], witness_public[32], salt[32];
static struct hash text;
static char honest_room[8192];
static struct append honest;

static void start(void) {
    static const uint8_t log_seed[32] = {1}, witness_seed[32] = {2};
    struct hash leaves[COUNT], root;
    uint8_t log_public[32];
    char checkpoint_room[512], note_room[2048];
    struct append checkpoint = append_fixed(checkpoint_room, sizeof checkpoint_room), note = append_fixed(note_room, sizeof note_room);
    if (honest.size > 0) return;
    honest = append_fixed(honest_room, sizeof honest_room);
    note_key_from_seed(log_seed, log_secret, log_public);
    note_key_from_seed(witness_seed, witness_secret, witness_public);
    for (uint8_t i = 0; i < COUNT; i++) leaves[i] = i == INDEX ? deposit_leaf(&text, salt) : sha256_of(&i, 1);
    struct deposit_proof p = {.index = INDEX};
    root = merkle_root_of(leaves, COUNT);
    checkpoint_text(TEXT(ORIGIN), COUNT, &root, &checkpoint);
    note_begin(&note, append_view(&checkpoint));
    note_sign(&note, append_view(&checkpoint), TEXT(ORIGIN), log_secret);
    cosignature_sign(&note, append_view(&checkpoint), TEXT("w"), witness_secret, SECONDS);
    p.length = merkle_path_of(leaves, COUNT, INDEX, p.path);
    p.note = append_view(&note);
    deposit_proof_write(&p, &honest);
    assert(!honest.full);
}

static void seeds(void) {
    start();
    char room[sizeof honest_room + 1] = "p";
    memcpy(room + 1, honest.at, honest.size);
    seed("proof", 0, room, honest.size + 1);
    seed("bent", 0, "b\x01\x20\x03", 4);
}

static void judge(struct text in) {
    struct deposit_proof p;
    struct fault f = {0};
    struct text origin;
    bool signed_ = false;
    uint64_t seconds = 0;
    result r = deposit_proof_read(in, &p, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    struct append again = append_growing(in.size + 1);
    deposit_proof_write(&p, &again);
    assert(text_equal(append_view(&again), in));
    append_free(&again);
    r = deposit_proof_check(&p, &text, &origin, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    r = deposit_proof_seen(&p, TEXT("w"), witness_public, &signed_, &seconds, &f);
    check_fault(r, &f);
    if (result_is_ok(r) && signed_) assert(seconds == SECONDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size == 0) return 0;
    if (bytes[0] == 'p') {
        judge((struct text){(const char *)bytes + 1, size - 1});
        return 0;
    }
    struct draw d = {bytes + 1, size - 1};
    char room[sizeof honest_room];
    memcpy(room, honest.at, honest.size);
    for (int i = 0; d.left > 0 && i < 8; i++) room[draw_below(&d, (uint32_t)honest.size)] ^= (char)draw_byte(&d);
    judge((struct text){room, honest.size});
    return 0;
}
