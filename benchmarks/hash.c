/* What the log hashes, with the code that hashes it: the parts of a record, the record's root, the leaves and nodes of streams, and the
 * checking of all of it. Baseline of each: bare SHA-256 over the very same bytes in messages of the very same lengths, laid out beforehand,
 * so that what is left is what our code adds (assembling, rendering, trees, index). Times are CPU times. bench_tick does ticks. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "bench.h"
#include "log/merkle.h"
#include "log/record.h"
#include "log/stream.h"

enum { RECORDS = 64, ROUNDS = 40, MESSAGES = 1 << 12, LEAVES = 20000 };
struct messages { uint8_t *at; size_t size, count; uint32_t length[MESSAGES]; };
struct record { struct part parts[LIMIT_SECTIONS + 4]; uint32_t count; struct hash commit[LIMIT_SECTIONS]; char room[4096]; };
static struct record records[RECORDS];
static struct bench_log x;
static struct hash sink; /* so that nothing is left out */

static void mix(const struct hash *h) {
    for (int i = 0; i < 8; i++) sink.bytes[i] ^= h->bytes[i];
}

/* --- what is hashed --- */

static struct part own_part(uint8_t part_class, const char *name, struct text bytes) {
    struct part p = {.part_class = part_class, .name = text_of(name), .bytes = bytes};
    random_bytes(p.salt, sizeof p.salt);
    return p;
}

static void make_record(struct record *r, uint64_t *seed) {
    struct composed said;
    char body[1024];
    struct append b = append_fixed(body, sizeof body), room = append_fixed(r->room, sizeof r->room);
    bench_square(&b, "\"area\":\"BENCH\",\"category\":\"missile\",", -60 + (double)(bench_draw(seed) % 12000) / 100,
                 -179 + (double)(bench_draw(seed) % 35800) / 100, 0.2, BENCH_START, BENCH_START + 7200 * INSTANT_SECOND);
    bench_say(&x, 1, KIND_NOTICE, "public", "world", append_view(&b), BENCH_START, &said);
    r->count = compose_parts(&said, random_bytes, r->parts);
    random_bytes(r->commit, sizeof r->commit);
    append_str(&room, "{\"verdict\":\"accepted\",\"kind\":\"notice\",\"place\":123456}");
    r->parts[r->count++] = own_part(PART_OUTCOME, "outcome", append_view(&room));
    size_t from = room.size;
    append_str(&room, "{\"order\":123456,\"time\":\"2026-11-23T10:00:00.123456789Z\",\"seen\":null}");
    r->parts[r->count++] = own_part(PART_ORDER, "order", (struct text){room.at + from, room.size - from});
}

static void put_message(struct messages *m, size_t length) {
    if (m->count == MESSAGES) exit(1);
    m->length[m->count++] = (uint32_t)length;
    m->size += length;
}

static size_t part_message(const struct part *p) { return 1 + 14 + 1 + 32 + 32 + 1 + p->name.size + 8 + p->bytes.size; }

static void fill(struct messages *m) {
    m->at = bench_room(m->size);
    random_bytes(m->at, m->size);
}

/* --- bare --- */

static void bare(const struct messages *m) {
    const uint8_t *at = m->at;
    for (size_t i = 0; i < m->count; at += m->length[i++]) {
        struct hash h = sha256_of(at, m->length[i]);
        mix(&h);
    }
}

static void bare_evp(const struct messages *m) {
    static EVP_MD_CTX *c;
    static EVP_MD *sha256;
    const uint8_t *at = m->at;
    if (c == NULL) c = EVP_MD_CTX_new(), sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    for (size_t i = 0; i < m->count; at += m->length[i++]) {
        struct hash h;
        unsigned size;
        if (EVP_DigestInit_ex(c, sha256, NULL) != 1 || EVP_DigestUpdate(c, at, m->length[i]) != 1 || EVP_DigestFinal_ex(c, h.bytes, &size) != 1) exit(1);
        mix(&h);
    }
}

/* --- ours --- */

static void parts(void) {
    for (int i = 0; i < RECORDS; i++)
        for (uint32_t k = 0; k < records[i].count; k++) {
            struct hash h = part_hash(&records[i].parts[k], &x.log);
            mix(&h);
        }
}

static void roots(void) {
    struct hash leaves[LIMIT_SECTIONS + LIMIT_SECTIONS + 4];
    for (int i = 0; i < RECORDS; i++) {
        uint32_t n = record_leaves(records[i].parts, records[i].count, records[i].commit, &x.log, leaves);
        struct hash h = merkle_root_of(leaves, n);
        mix(&h);
    }
}

/* The second in turn, so that a busy minute touches both. MB/s of CPU time. */
static void compare(const char *name, void (*ours)(void), const struct messages *m, void (*theirs)(const struct messages *), const char *baseline) {
    double a[BENCH_RUNS], b[BENCH_RUNS];
    for (unsigned r = 0; r < BENCH_RUNS; r++) {
        double start = bench_cpu();
        for (int i = 0; i < ROUNDS; i++) {
            if (ours != NULL) ours();
            else bare(m);
        }
        double middle = bench_cpu();
        for (int i = 0; i < ROUNDS; i++) theirs(m);
        double bytes = (double)m->size * ROUNDS / 1e6;
        a[r] = bytes / (middle - start);
        b[r] = bytes / (bench_cpu() - middle);
    }
    bench_print(name, bench_median(a, BENCH_RUNS), "MB/s", baseline, bench_median(b, BENCH_RUNS));
}

/* --- streams --- */

/* As log/stream.c, but for the index on disk that proofs are read from. */
static void grow_tree(uint64_t i) {
    static struct merkle trees[16];
    char room[STREAM_LEAF_BYTES];
    struct hash made[MERKLE_DEPTH];
    struct merkle *tree = &trees[i % 16];
    struct append leaf = append_fixed(room, sizeof room);
    stream_leaf(tree->size, BENCH_START + (instant)i, 8, &sink, &leaf);
    struct hash h = merkle_leaf(leaf.at, leaf.size);
    merkle_append(tree, &h, made);
    mix(&made[0]);
}

/* The same messages bare: a leaf, and a node that waits for it. */
static void bare_tree(const uint8_t *leaf, size_t size) {
    uint8_t node[65];
    memset(node, 1, sizeof node);
    for (int i = 0; i < LEAVES; i++) {
        struct hash h = sha256_of(leaf, size);
        memcpy(node + 33, h.bytes, sizeof h.bytes);
        h = sha256_of(node, sizeof node);
        mix(&h);
    }
}

static void stream_leaves(void) {
    char path[BENCH_PATH], room[STREAM_LEAF_BYTES];
    struct fault f = {0};
    struct streams *s = NULL;
    uint8_t *blinds = bench_room(32 * 17);
    double a[BENCH_RUNS], b[BENCH_RUNS], with_index[BENCH_RUNS];
    struct append leaf = append_fixed(room, sizeof room);
    stream_leaf(1, BENCH_START, 8, &sink, &leaf);
    bench_dir("hash", path);
    bench_must(streams_new(disk_real(), path, 4, blinds, &s, &f), &f, "streams");
    for (unsigned r = 0; r < BENCH_RUNS; r++) {
        double start = bench_cpu();
        for (int i = 0; i < LEAVES; i++) grow_tree((uint64_t)i);
        double middle = bench_cpu();
        bare_tree((const uint8_t *)room, 1 + leaf.size); /* a node for each leaf, within 16 of all */
        double late = bench_cpu();
        for (int i = 0; i < LEAVES; i++) bench_must(streams_leaf(s, (uint16_t)(i % 16), BENCH_START + i, 8, &sink, &f), &f, "leaf");
        a[r] = LEAVES / (middle - start);
        b[r] = LEAVES / (late - middle);
        with_index[r] = LEAVES / (bench_cpu() - late);
    }
    double both = bench_median(b, BENCH_RUNS);
    bench_print("hash.streams", bench_median(a, BENCH_RUNS), "leaves/s", "bare, same messages", both);
    bench_print("hash.streams.nodes-kept-in-index", bench_median(with_index, BENCH_RUNS), "leaves/s", "bare, same messages", both);
    streams_free(s);
    bench_remove(path);
    free(blinds);
}

int main(void) {
    static struct messages of_parts, of_roots, nodes;
    uint64_t seed = 1;
    bench_log_make(&x, NULL, &bench_capacity);
    for (int i = 0; i < RECORDS; i++) {
        struct record *r = &records[i];
        uint32_t leaves = LIMIT_SECTIONS;
        make_record(r, &seed);
        for (uint32_t k = 0; k < r->count; k++) {
            put_message(&of_parts, part_message(&r->parts[k]));
            if (r->parts[k].part_class == PART_SECTION) continue; /* its commitment stands for it */
            put_message(&of_roots, part_message(&r->parts[k]));
            leaves++;
        }
        for (int k = 0; k < LIMIT_SECTIONS; k++) put_message(&of_roots, 1 + 16 + 32);
        for (uint32_t k = 1; k < leaves; k++) put_message(&of_roots, 65);
    }
    for (int i = 0; i < MESSAGES; i++) put_message(&nodes, 65);
    fill(&of_parts), fill(&of_roots), fill(&nodes);
    compare("hash.parts", parts, &of_parts, bare, "bare, same messages");
    compare("hash.record-roots", roots, &of_roots, bare, "bare, same messages");
    stream_leaves();
    compare("hash.bare.node-65", NULL, &nodes, bare_evp, "OpenSSL EVP, context kept");
    compare("hash.bare.parts", NULL, &of_parts, bare_evp, "OpenSSL EVP, context kept");
    free(of_parts.at), free(of_roots.at), free(nodes.at);
    arena_free(&x.arena);
    return 0;
}
