/* Receipts and what is said about them. 'r': any bytes as a receipt: one that is taken says just what its bytes are. 's': any receipt, signed: it is refused, or its one form.
 * 'j': any evidence. Else: evidence, bent as the input says: an error, or never a verdict that the honest one does not bear. */
#include "fuzz.h"

#include "base/cosignature.h"
#include "fixture.h"
#include "log/receipt.h"
#include "log/stream.h"

#define ORIGIN FIXTURE_ORIGIN
enum { LOG2 = 3, WIDTH = 1 << LOG2, SLOT = 1, SEQ = 3, SIZE = 6 };
static struct fixture script;
static struct mirror known;
static struct receipt promise;
static struct json_reader *json;
static struct arena scratch;
static char evidence_room[32768];
static struct append evidence;

static struct hash numbered(uint8_t a, uint8_t b) {
    uint8_t bytes[2] = {a, b};
    return sha256_of(bytes, sizeof bytes);
}

static void sign(struct text text, const char *name, const uint8_t secret[64], struct append *out) {
    note_begin(out, text);
    note_sign(out, text, text_of(name), secret);
}

/* One tick, in time, that seals the promised record. */
static void put_evidence(void) {
    struct hash leaves[SIZE], slots[WIDTH], path[MERKLE_DEPTH], stream[MERKLE_DEPTH], blind = numbered(5, 5);
    char room[STREAM_LEAF_BYTES], tick_room[STREAM_LEAF_BYTES], text_room[512], proof_room[2048];
    struct append leaf = append_fixed(room, sizeof room), tick = append_fixed(tick_room, sizeof tick_room), text = append_fixed(text_room, sizeof text_room),
                  proof = append_fixed(proof_room, sizeof proof_room);
    receipt_leaf(&promise, &leaf);
    for (uint8_t i = 0; i < SIZE; i++) leaves[i] = i == SEQ ? merkle_leaf(leaf.at, leaf.size) : numbered(1, i);
    struct hash root = merkle_root_of(leaves, SIZE);
    for (uint8_t i = 0; i < WIDTH; i++) slots[i] = i == SLOT ? stream_slot(&blind, SIZE, &root) : numbered(2, i);
    unsigned length = merkle_path_of(slots, WIDTH, SLOT, path);
    struct hash top = merkle_perfect(slots, LOG2);
    stream_log_leaf(&(struct stream_tick){.tick = 1, .time = promise.time + INSTANT_SECOND, .root = top}, &tick);
    struct hash log = merkle_leaf(tick.at, tick.size);
    receipt_put_proof(0, NULL, 0, &proof);
    checkpoint_text(TEXT(ORIGIN), 1, &log, &text);
    sign(append_view(&text), ORIGIN, script.log_secret, &proof);
    struct receipt_opening o = {.size = SIZE, .slot = SLOT, .blind = blind, .tick = 1, .time = promise.time + INSTANT_SECOND, .path = path, .length = length, .proof = append_view(&proof)};
    append_char(&evidence, '{');
    receipt_put_sealed(&o, append_view(&leaf), stream, merkle_path_of(leaves, SIZE, SEQ, stream), &evidence);
    append_char(&evidence, '}');
    assert(!evidence.full);
}

static void start(void) {
    struct fault f = {0};
    if (json != NULL) return;
    json = json_reader_new(1 << 20);
    assert(json != NULL && sodium_init() >= 0);
    arena_growing(&scratch, 1 << 24);
    evidence = append_fixed(evidence_room, sizeof evidence_room);
    fixture_seed = 1;
    arena_growing(&script.arena, 1 << 24);
    fixture_genesis(&script);
    fixture_must(mirror_new(script.genesis, &known, &f), &f, "genesis");
    promise = (struct receipt){.log = script.log, .statement = numbered(4, 4), .root = numbered(6, 6), .party = {"velland"}, .slot = SLOT, .seq = SEQ,
                               .time = INT64_C(1795000000000000000), .parts = 7};
    put_evidence();
}

static void put_receipt(const struct receipt *r, struct append *out) {
    char room[RECEIPT_BYTES];
    struct append text = append_fixed(room, sizeof room);
    receipt_text(TEXT(ORIGIN), r, &text);
    assert(!text.full);
    sign(append_view(&text), ORIGIN "/receipt", script.receipt_secret, out);
}

static void seeds(void) {
    char room[8192] = "r";
    start();
    struct append note = append_fixed(room + 1, sizeof room - 1);
    put_receipt(&promise, &note);
    seed("receipt", 0, room, note.size + 1);
    room[0] = 's';
    struct append text = append_fixed(room + 1, sizeof room - 1);
    receipt_text(TEXT(ORIGIN), &promise, &text);
    seed("signed", 0, room, text.size + 1);
    seed("bent", 0, "e\x03\x01\x40\x20", 5);
    char whole[sizeof evidence_room + 1] = "j";
    memcpy(whole + 1, evidence.at, evidence.size);
    seed("json", 0, whole, evidence.size + 1);
}

/* Taken: its own bytes, and nothing else, say what it says. */
static void one_form(struct text note, const struct receipt *r) {
    char room[RECEIPT_BYTES * 2];
    struct append again = append_fixed(room, sizeof room);
    put_receipt(r, &again);
    assert(text_equal(append_view(&again), note));
}

static void as_receipt(struct text in) {
    struct receipt r;
    struct fault f = {0};
    result done = receipt_read(&known, in, json, &r, &f);
    check_fault(done, &f);
    if (result_is_ok(done)) one_form(in, &r);
}

static void as_signed(struct text in) {
    struct append note = append_growing(1 << 20);
    if (in.size == 0 || in.at[in.size - 1] != '\n') return append_free(&note);
    sign(in, ORIGIN "/receipt", script.receipt_secret, &note);
    as_receipt(append_view(&note));
    append_free(&note);
}

static void judge(struct text in) {
    struct receipt_finding v;
    struct fault f = {0};
    const struct json *top;
    arena_reset(&scratch);
    result r = json_parse(json, in, JSON_OPEN, &top, &f);
    if (result_is_ok(r)) r = receipt_judge(&known, &promise, top, &scratch, &v, &f);
    check_fault(r, &f);
    if (result_is_ok(r)) assert(v.verdict == RECEIPT_KEPT || v.verdict == RECEIPT_UNANSWERED); /* whoever has not the log's key shows nothing else */
}

static void as_bent(struct draw *in) {
    char room[sizeof evidence_room];
    memcpy(room, evidence.at, evidence.size);
    for (int i = 0; in->left > 0 && i < 8; i++) room[draw_below(in, (uint32_t)evidence.size)] ^= (char)draw_byte(in);
    judge((struct text){room, evidence.size});
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size == 0) return 0;
    struct text rest = {(const char *)bytes + 1, size - 1};
    struct draw d = {bytes + 1, size - 1};
    if (bytes[0] == 'r') as_receipt(rest);
    else if (bytes[0] == 's') as_signed(rest);
    else if (bytes[0] == 'j') judge(rest);
    else as_bent(&d);
    return 0;
}
