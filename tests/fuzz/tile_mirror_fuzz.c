/* What a mirror of a log reads. 'e': any bytes as the body of add-entries, to one that holds 260 entries of a pending tree of 600: what is taken then is of that tree, and nothing is signed that is not held.
 * 'm': any bytes as DIR/mirror, which must be told from what it wrote. 's': any bytes as a file of entries: whatever is read of it has the tiles and the root that its leaves make. */
#include "fuzz.h"

#include "base/note.h"
#include "log/tile_mirror.h"

enum { LEAVES = 600, HELD = 260, NOW = 1000 };
#define ORIGIN "basin.example/live"
static uint8_t log_public[32], log_secret[64], mirror_public[32], mirror_secret[64];
static struct hash leaves[LEAVES];
static char texts[LEAVES][16];
static struct witness_log known;

static void start(void) {
    static const uint8_t log_seed[32] = {1}, mirror_seed[32] = {2};
    if (log_secret[0] != 0) return;
    note_key_from_seed(log_seed, log_secret, log_public);
    note_key_from_seed(mirror_seed, mirror_secret, mirror_public);
    known = (struct witness_log){.origin = TEXT(ORIGIN), .name = TEXT(ORIGIN)};
    memcpy(known.public_key, log_public, 32);
    for (int i = 0; i < LEAVES; i++) {
        snprintf(texts[i], sizeof texts[i], "entry %d", i);
        leaves[i] = merkle_leaf(texts[i], strlen(texts[i]));
    }
}

static void note_of(unsigned size, struct append *note) {
    char room[256];
    struct append text = append_fixed(room, sizeof room);
    struct hash root = merkle_root_of(leaves, size);
    checkpoint_text(TEXT(ORIGIN), size, &root, &text);
    note_begin(note, append_view(&text));
    note_sign(note, append_view(&text), TEXT(ORIGIN), log_secret);
}
static result next(void *context, uint64_t i, struct text *entry, struct fault *f) {
    (void)context, (void)f;
    *entry = text_of(texts[i]);
    return OK;
}
static struct tile_mirror *opened(struct disk *d, struct fault *f) {
    struct tile_mirror *m = NULL;
    result r = tile_mirror_open(&(struct tile_mirror_options){.dir = "m", .disk = d, .log = &known, .name = TEXT("mirror"), .secret = mirror_secret}, &m, f);
    return result_is_ok(r) ? m : NULL;
}
/* 260 entries are held and signed; `pending`: 600 are pending. */
static struct tile_mirror *prepared(struct disk *d, bool pending) {
    struct fault f = {0};
    struct append note = append_growing(4096), body = append_growing(8192), out = append_growing(4096);
    struct tile_mirror *m = opened(d, &f);
    bool taken = false;
    note_of(HELD, &note);
    result r = tile_mirror_offer(m, append_view(&note), &(struct tile_source){HELD, next, NULL}, NOW, &taken, &f);
    assert(result_is_ok(r) && taken);
    append_reset(&note);
    note_of(LEAVES, &note);
    struct hash path[MERKLE_DEPTH];
    unsigned length = 0;
    /* 260 = 256 + 4: the proof from there to 600 */
    path[length++] = merkle_root_of(leaves + 256, 4), path[length++] = merkle_root_of(leaves + 260, 4), path[length++] = merkle_root_of(leaves + 264, 8);
    path[length++] = merkle_root_of(leaves + 272, 16), path[length++] = merkle_root_of(leaves + 288, 32), path[length++] = merkle_root_of(leaves + 320, 64);
    path[length++] = merkle_root_of(leaves + 384, 128), path[length++] = merkle_root_of(leaves, 256), path[length++] = merkle_root_of(leaves + 512, 88);
    witness_request_write(HELD, path, length, append_view(&note), &body);
    if (pending) {
        struct witness_told t = tile_mirror_checkpoint(m, append_view(&body), NOW, &out, &f);
        assert(t.status == 200);
    }
    append_free(&note);
    append_free(&body);
    append_free(&out);
    return m;
}

static void body_of(unsigned begin, unsigned end, struct append *body) {
    append_u16(body, sizeof ORIGIN - 1);
    append_str(body, ORIGIN);
    append_u64(body, begin);
    append_u64(body, end);
    append_u16(body, 0);
    for (unsigned first = begin / 256 * 256; first < end; first += 256) {
        unsigned from = first > begin ? first : begin, to = first + 256 < end ? first + 256 : end;
        for (unsigned i = from; i < to; i++) append_u16(body, (uint16_t)strlen(texts[i])), append_str(body, texts[i]);
        struct hash roots[3] = {merkle_root_of(leaves, 256), merkle_root_of(leaves + 256, 256), merkle_root_of(leaves + 512, 88)}, path[MERKLE_DEPTH];
        unsigned length = merkle_path_of(roots, 3, first / 256, path);
        append_u8(body, (uint8_t)length);
        append_bytes(body, path, length * sizeof path[0]);
    }
}

static void seeds(void) {
    struct append body = append_growing(1 << 16);
    start();
    append_char(&body, 'e');
    body_of(HELD, LEAVES, &body);
    seed("entries", 0, body.at, body.size);
    append_reset(&body);
    append_char(&body, 'e');
    body_of(LEAVES, LEAVES, &body);
    seed("entries", 1, body.at, body.size);
    append_reset(&body);
    append_str(&body, "mheld 260\ntime 1000\n");
    seed("mirror", 0, body.at, body.size);
    seed("store", 0, "s\0\3abc\0\0\0\1x\0\5ab", 13);
    append_free(&body);
}

static void as_entries(struct text in) {
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = prepared(d, true);
    struct append out = append_growing(8192);
    unsigned status = tile_mirror_entries(m, in, NOW + 1, &out, &f);
    uint64_t held = tile_mirror_next(m), size = tile_mirror_size(m);
    assert(status == 200 || status == 202 || status == 400 || status == 404 || status == 409 || status == 422);
    assert(held >= HELD && held <= LEAVES && size <= held && (size == HELD || size == LEAVES));
    assert((out.size > 0) == (status == 200 || status == 202 || status == 409));
    if (status == 200) assert(size == LEAVES || size == HELD);
    tile_mirror_close(m);
    m = opened(d, &f); /* which compares all of it with its root */
    assert(m != NULL && tile_mirror_next(m) == held && tile_mirror_size(m) == size);
    tile_mirror_close(m);
    append_free(&out);
    disk_simulated_free(d);
}

static void put(struct disk *d, const char *path, struct text bytes) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    result r = disk_open(d, path, DISK_WRITE, true, &file, &f);
    if (result_is_ok(r)) r = disk_truncate(file, 0, &f);
    if (result_is_ok(r) && bytes.size > 0) r = disk_write(file, 0, bytes.at, bytes.size, &f);
    assert(result_is_ok(r));
    disk_close(file);
}

static void as_mirror(struct text in) {
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct tile_mirror *m = prepared(d, false);
    tile_mirror_close(m);
    put(d, "m/mirror", in);
    m = opened(d, &f);
    if (m == NULL) assert(f.field[0] != '\0' && f.message[0] != '\0');
    else assert(tile_mirror_next(m) <= HELD && tile_mirror_size(m) <= tile_mirror_next(m)); /* of nothing held, or of what its own key has signed */
    tile_mirror_close(m);
    disk_simulated_free(d);
}

static void as_store(struct text in) {
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct tile_store *s = NULL;
    struct append out = append_growing(1 << 20);
    put(d, "e", in);
    result r = tile_store_open(d, "e", false, 5000, &s, &f);
    assert(result_is_ok(r));
    uint64_t size = tile_store_size(s), whole = 0;
    struct hash root, again = merkle_root(tile_store_tree(s));
    r = tile_store_root(s, size, &root, &f);
    assert(result_is_ok(r) && hash_equal(&root, &again));
    for (uint64_t i = 0; i * TILE_WIDTH < size; i++) {
        struct tile t = {.entries = true, .index = i, .width = size - i * TILE_WIDTH < TILE_WIDTH ? (unsigned)(size - i * TILE_WIDTH) : TILE_WIDTH};
        append_reset(&out);
        r = tile_store_tile(s, &t, size, &out, &f);
        if (out.full) break;
        assert(result_is_ok(r) && whole + out.size <= in.size && memcmp(in.at + whole, out.at, out.size) == 0);
        whole += out.size;
    }
    tile_store_close(s);
    append_free(&out);
    disk_simulated_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size < 1) return 0;
    struct text rest = {(const char *)bytes + 1, size - 1};
    if (bytes[0] == 'e') as_entries(rest);
    else if (bytes[0] == 'm') as_mirror(rest);
    else as_store(rest);
    return 0;
}
