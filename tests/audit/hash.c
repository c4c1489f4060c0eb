/* Hashes, trees and signatures by OpenSSL. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "inner.h"

struct digest { EVP_MD_CTX *md; };
static EVP_MD_CTX *spare; /* one is enough nearly always; freed by digest_end when it is not */
struct digest *digest_new(void) {
    EVP_MD_CTX *md = spare ? spare : EVP_MD_CTX_new();
    spare = NULL;
    if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) abort();
    return (struct digest *)(void *)md;
}
void digest_add(struct digest *d, const void *at, size_t size) {
    if (EVP_DigestUpdate((EVP_MD_CTX *)(void *)d, at, size) != 1) abort();
}
void digest_end(struct digest *d, struct hash *out) {
    EVP_MD_CTX *md = (EVP_MD_CTX *)(void *)d;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(md, out->at, &size) != 1 || size != 32) abort();
    if (spare) EVP_MD_CTX_free(md);
    else spare = md;
}
__attribute__((destructor)) static void spare_free(void) {
    EVP_MD_CTX_free(spare);
    spare = NULL;
}
void hash_of(const void *at, size_t size, struct hash *out) {
    struct digest *d = digest_new();
    digest_add(d, at, size);
    digest_end(d, out);
}
void hash_u64(struct digest *d, uint64_t v) {
    uint8_t b[8];
    for (int i = 0; i < 8; i++) b[i] = (uint8_t)(v >> (56 - 8 * i));
    digest_add(d, b, 8);
}
void hmac(const struct hash *key, const void *at, size_t size, struct hash *out) {
    unsigned length = 32;
    if (!HMAC(EVP_sha256(), key->at, 32, at, size, out->at, &length)) abort();
}

/* ---- RFC 6962 ---- */
static void join_nodes(const struct hash *l, const struct hash *r, struct hash *out) {
    struct digest *d = digest_new();
    digest_add(d, "\1", 1);
    digest_add(d, l->at, 32);
    digest_add(d, r->at, 32);
    digest_end(d, out);
}
void tree_add(struct tree *t, const struct hash *leaf) {
    struct hash h = *leaf;
    int level = 0;
    for (uint64_t n = t->size; n & 1; n >>= 1) join_nodes(&t->node[level++], &h, &h);
    t->node[level] = h;
    t->size++;
}
void tree_add_leaf(struct tree *t, const void *leaf, size_t size) {
    struct hash h;
    struct digest *d = digest_new();
    digest_add(d, "\0", 1);
    digest_add(d, leaf, size);
    digest_end(d, &h);
    tree_add(t, &h);
}
void tree_root(const struct tree *t, struct hash *out) {
    bool any = false;
    if (t->size == 0) {
        hash_of("", 0, out);
        return;
    }
    for (int level = 0; level < 64; level++) {
        if (!(t->size >> level & 1)) continue;
        if (any) join_nodes(&t->node[level], out, out);
        else *out = t->node[level];
        any = true;
    }
}

/* ---- FORMAT.md, 3 ---- */
void part_hash(const struct part *p, const struct hash *context, struct hash *out) {
    struct digest *d = digest_new();
    uint8_t class_ = (uint8_t)p->class_, length = (uint8_t)strlen(p->name);
    digest_add(d, "\0parley/part/1\n", 15);
    digest_add(d, &class_, 1);
    digest_add(d, context->at, 32);
    digest_add(d, p->salt.at, 32);
    digest_add(d, &length, 1);
    digest_add(d, p->name, length);
    hash_u64(d, p->bytes.size);
    digest_add(d, p->bytes.at, p->bytes.size);
    digest_end(d, out);
}

/* ---- Ed25519 as libsodium takes it: FORMAT.md says what OpenSSL alone is too lax about ---- */
static bool small_order(const uint8_t *p) {
    static const uint8_t eight[2][32] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
         0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
         0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
    uint8_t y[32], zero[32] = {0}, one[32] = {1}, minus[32];
    memcpy(y, p, 32);
    y[31] &= 0x7F;
    memset(minus, 0xFF, 32);
    minus[0] = 0xEC;
    minus[31] = 0x7F;
    return !memcmp(y, zero, 32) || !memcmp(y, one, 32) || !memcmp(y, minus, 32) || !memcmp(y, eight[0], 32) || !memcmp(y, eight[1], 32);
}
static bool canonical(const uint8_t *p) { /* y below 2^255 - 19 */
    if ((p[31] & 0x7F) != 0x7F) return true;
    for (int i = 30; i > 0; i--)
        if (p[i] != 0xFF) return true;
    return p[0] < 0xED;
}
bool signature_good(const struct hash *key, const void *text, size_t size, const uint8_t signature[64]) {
    if (!canonical(key->at) || !canonical(signature) || small_order(key->at) || small_order(signature)) return false;
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->at, 32);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = k && md && EVP_DigestVerifyInit(md, NULL, NULL, NULL, k) == 1 && EVP_DigestVerify(md, signature, 64, text, size) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(k);
    return good;
}

/* ---- signed notes: text, blank line, lines "— name base64(id, signature)" ---- */
static bool line_read(const char *at, size_t size, struct note_line *out) {
    if (size < 8 || memcmp(at, "\xE2\x80\x94 ", 4) != 0) return false;
    const char *space = memchr(at + 4, ' ', size - 4);
    if (!space) return false;
    size_t name = (size_t)(space - at - 4), rest = size - 5 - name;
    if (name == 0 || name >= sizeof out->name || rest != 92) return false;
    memcpy(out->name, at + 4, name);
    out->name[name] = '\0';
    unsigned char raw[69], again[93];
    if (EVP_DecodeBlock(raw, (const unsigned char *)space + 1, 92) != 69) return false;
    if (EVP_EncodeBlock(again, raw, 68) != 92 || memcmp(again, space + 1, 92) != 0) return false;
    memcpy(out->id, raw, 4);
    memcpy(out->signature, raw + 4, 64);
    return true;
}
int note_lines(const char *note, size_t size, size_t *text, struct note_line *out, int room) {
    const char *blank = memmem(note, size, "\n\n", 2);
    if (!blank) return -1;
    *text = (size_t)(blank - note) + 1;
    int n = 0;
    for (const char *at = blank + 2; at < note + size; n++) {
        const char *end = memchr(at, '\n', (size_t)(note + size - at));
        if (!end || n == room || !line_read(at, (size_t)(end - at), &out[n])) return -1;
        at = end + 1;
    }
    return n;
}
bool note_line_of(const struct note_line *l, const char *name, const struct hash *key) {
    struct hash h;
    struct digest *d = digest_new();
    digest_add(d, name, strlen(name));
    digest_add(d, "\n\1", 2);
    digest_add(d, key->at, 32);
    digest_end(d, &h);
    return strcmp(l->name, name) == 0 && memcmp(l->id, h.at, 4) == 0;
}
