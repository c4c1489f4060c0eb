#include "core/part.h"

#include <assert.h>

#include "base/limits.h"

static void update_u8(struct sha256 *s, uint8_t v) { sha256_update(s, &v, 1); }

static void update_u64(struct sha256 *s, uint64_t v) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(v >> (56 - 8 * i));
    sha256_update(s, bytes, sizeof bytes);
}

#define UPDATE_LITERAL(s, literal) sha256_update((s), (literal), sizeof(literal) - 1)

struct hash part_hash(const struct part *p, const struct hash *context) {
    assert(p->name.size >= 1 && p->name.size <= UINT8_MAX);
    assert(p->bytes.at != NULL || p->bytes.size == 0); /* an erased part's hash is kept, not computed */
    struct sha256 s;
    sha256_init(&s);
    update_u8(&s, 0x00);
    UPDATE_LITERAL(&s, "parley/part/1\n");
    update_u8(&s, p->part_class);
    sha256_update(&s, context->bytes, sizeof context->bytes);
    sha256_update(&s, p->salt, sizeof p->salt);
    update_u8(&s, (uint8_t)p->name.size);
    sha256_update(&s, p->name.at, p->name.size);
    update_u64(&s, p->bytes.size);
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
    struct sha256 s;
    sha256_init(&s);
    update_u8(&s, 0x00);
    UPDATE_LITERAL(&s, "parley/commit/1\n");
    sha256_update(&s, commitment->bytes, sizeof commitment->bytes);
    return sha256_final(&s);
}
