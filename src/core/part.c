#include "core/part.h"

#include <assert.h>

#include "base/limits.h"

#define UPDATE_LITERAL(s, literal) sha256_update((s), (literal), sizeof(literal) - 1)

struct hash part_hash(const struct part *p, const struct hash *context) {
    assert(p->name.size >= 1 && p->name.size <= UINT8_MAX);
    assert(p->bytes.at != NULL || p->bytes.size == 0); /* an erased part's hash is kept, not computed */
    /* One run for all but the bytes: a hash library pays for every piece that it is given. */
    static const char prefix[] = "\0parley/part/1\n";
    uint8_t head[sizeof prefix - 1 + 1 + SHA256_SIZE + sizeof p->salt + 1 + UINT8_MAX + 8], *at = head;
    memcpy(at, prefix, sizeof prefix - 1);
    at += sizeof prefix - 1;
    *at++ = p->part_class;
    memcpy(at, context->bytes, SHA256_SIZE);
    at += SHA256_SIZE;
    memcpy(at, p->salt, sizeof p->salt);
    at += sizeof p->salt;
    *at++ = (uint8_t)p->name.size;
    memcpy(at, p->name.at, p->name.size);
    at += p->name.size;
    for (int shift = 56; shift >= 0; shift -= 8) *at++ = (uint8_t)((uint64_t)p->bytes.size >> shift);
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, head, (size_t)(at - head));
    sha256_update(&s, p->bytes.at, p->bytes.size);
    return sha256_final(&s);
}

struct hash part_section_context(const struct hash *log, const struct id *id, const struct hash *keys,
                                 uint32_t key_count) {
    assert(key_count <= LIMIT_SIGNERS);
    const struct hash *sorted[LIMIT_SIGNERS];
    for (uint32_t i = 0; i < key_count; i++) {
        uint32_t to = i;
        for (; to > 0 && memcmp(sorted[to - 1]->bytes, keys[i].bytes, SHA256_SIZE) > 0; to--) sorted[to] = sorted[to - 1];
        sorted[to] = &keys[i];
    }
    struct sha256 s;
    sha256_init(&s);
    UPDATE_LITERAL(&s, "parley/ctx/1\n");
    sha256_update(&s, log->bytes, sizeof log->bytes);
    sha256_update(&s, id->bytes, sizeof id->bytes);
    for (uint32_t i = 0; i < key_count; i++) sha256_update(&s, sorted[i]->bytes, SHA256_SIZE);
    return sha256_final(&s);
}

struct hash part_commit(const struct hash *commitment) {
    static const char prefix[] = "\0parley/commit/1\n";
    uint8_t bytes[sizeof prefix - 1 + SHA256_SIZE];
    memcpy(bytes, prefix, sizeof prefix - 1);
    memcpy(bytes + sizeof prefix - 1, commitment->bytes, SHA256_SIZE);
    return sha256_of(bytes, sizeof bytes);
}
