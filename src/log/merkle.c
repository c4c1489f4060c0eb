#include "log/merkle.h"

#include <assert.h>

struct hash merkle_leaf(const void *bytes, size_t size) {
    static const uint8_t zero = 0;
    uint8_t whole[256];
    struct sha256 s;
    if (size < sizeof whole) { /* a leaf of a stream or of the log: one run, for a hash pays for each piece that it is given */
        whole[0] = zero;
        memcpy(whole + 1, bytes, size);
        return sha256_of(whole, size + 1);
    }
    sha256_init(&s);
    sha256_update(&s, &zero, 1);
    sha256_update(&s, bytes, size);
    return sha256_final(&s);
}

struct hash merkle_node(const struct hash *left, const struct hash *right) {
    uint8_t bytes[65];
    bytes[0] = 1;
    memcpy(bytes + 1, left->bytes, 32);
    memcpy(bytes + 33, right->bytes, 32);
    return sha256_of(bytes, sizeof bytes);
}

void merkle_init(struct merkle *m) {
    m->size = 0;
    m->count = 0;
}

unsigned merkle_append(struct merkle *m, const struct hash *leaf, struct hash completed[MERKLE_DEPTH]) {
    assert(m->count < MERKLE_DEPTH && m->count == (unsigned)__builtin_popcountll(m->size));
    m->at[m->count++] = *leaf;
    unsigned made = 1;
    if (completed != NULL) completed[0] = *leaf;
    /* Each one bit at the low end of the size is a perfect subtree that the new one joins. */
    for (uint64_t size = m->size; size & 1; size >>= 1) {
        struct hash *left = &m->at[m->count - 2];
        *left = merkle_node(left, left + 1);
        m->count--;
        if (completed != NULL) completed[made] = *left;
        made++;
    }
    m->size++;
    return made;
}

struct hash merkle_root(const struct merkle *m) {
    if (m->size == 0) return sha256_of("", 0);
    struct hash root = m->at[m->count - 1];
    for (uint32_t i = m->count - 1; i > 0; i--) root = merkle_node(&m->at[i - 1], &root);
    return root;
}

struct hash merkle_root_of(const struct hash *leaves, size_t count) {
    struct merkle m;
    merkle_init(&m);
    for (size_t i = 0; i < count; i++) merkle_append(&m, &leaves[i], NULL);
    return merkle_root(&m);
}

/* The largest power of two below n (n > 1). */
static uint64_t split(uint64_t n) { return UINT64_C(1) << (63 - __builtin_clzll(n - 1)); }

unsigned merkle_path_of(const struct hash *leaves, size_t count, size_t index, struct hash path[MERKLE_DEPTH]) {
    assert(index < count);
    struct hash top_down[MERKLE_DEPTH];
    unsigned n = 0;
    while (count > 1) {
        size_t k = (size_t)split(count);
        if (index < k) {
            top_down[n++] = merkle_root_of(leaves + k, count - k);
            count = k;
        } else {
            top_down[n++] = merkle_root_of(leaves, k);
            leaves += k;
            index -= k;
            count -= k;
        }
    }
    for (unsigned i = 0; i < n; i++) path[i] = top_down[n - 1 - i];
    return n;
}

/* The consistency path has, from its end, what stands beside the edge of what is at hand on each level (RFC 9162, 2.1.4.1): so every part of the larger tree can be told. */
static struct hash root_ahead(const struct hash *leaves, size_t have, uint64_t size, const struct hash *consistency, unsigned length) {
    if (have == size) return merkle_root_of(leaves, have);
    assert(length > 0);
    uint64_t k = split(size);
    struct hash left, right;
    if (have <= k) {
        left = root_ahead(leaves, have, k, consistency, length - 1);
        right = consistency[length - 1];
    } else {
        left = merkle_root_of(leaves, (size_t)k);
        right = root_ahead(leaves + k, have - (size_t)k, size - k, consistency, length - 1);
    }
    return merkle_node(&left, &right);
}

unsigned merkle_path_ahead(const struct hash *leaves, size_t have, uint64_t size, size_t index, const struct hash *consistency, unsigned length, struct hash path[MERKLE_DEPTH]) {
    assert(index < have && have <= size);
    struct hash top_down[MERKLE_DEPTH];
    unsigned n = 0;
    while (have < size) {
        uint64_t k = split(size);
        assert(length > 0);
        if (have <= k) {
            top_down[n++] = consistency[--length];
            size = k;
        } else if (index < k) {
            top_down[n++] = root_ahead(leaves + k, have - (size_t)k, size - k, consistency, length - 1);
            have = (size_t)(size = k); /* all of it is at hand */
        } else {
            top_down[n++] = merkle_root_of(leaves, (size_t)k);
            leaves += k, index -= (size_t)k, have -= (size_t)k, size -= k, length--;
        }
    }
    unsigned below = merkle_path_of(leaves, have, index, path);
    for (unsigned i = 0; i < n; i++) path[below + i] = top_down[n - 1 - i];
    return below + n;
}

struct hash merkle_perfect(struct hash *slots, unsigned log2) {
    for (size_t width = (size_t)1 << log2; width > 1; width /= 2)
        for (size_t i = 0; i < width / 2; i++) slots[i] = merkle_node(&slots[2 * i], &slots[2 * i + 1]);
    return slots[0];
}

uint64_t merkle_stored_count(uint64_t leaves) { return leaves == 0 ? 0 : 2 * leaves - (uint64_t)__builtin_popcountll(leaves); }

/* The node closes with leaf (n+1)*2^level - 1; before that leaf stand all nodes of the smaller tree, before the node itself the
 * leaf and the `level - 1` nodes below it that close with it. */
uint64_t merkle_stored_index(unsigned level, uint64_t n) {
    assert(level < MERKLE_DEPTH);
    uint64_t last = ((n + 1) << level) - 1;
    return merkle_stored_count(last) + level;
}

/* Root of the leaves [from, from + count), where `from` is a multiple of every power of two that `count` needs. */
static result range_root(const struct merkle_store *s, uint64_t from, uint64_t count, struct hash *out, struct fault *f) {
    assert(count > 0);
    if ((count & (count - 1)) == 0) {
        unsigned level = (unsigned)__builtin_ctzll(count);
        return s->read(s->context, merkle_stored_index(level, from >> level), out, f);
    }
    uint64_t k = split(count);
    struct hash left, right;
    TRY(range_root(s, from, k, &left, f));
    TRY(range_root(s, from + k, count - k, &right, f));
    *out = merkle_node(&left, &right);
    return OK;
}

result merkle_root_at(const struct merkle_store *s, uint64_t size, struct hash *out, struct fault *f) {
    if (size > 0) return range_root(s, 0, size, out, f);
    *out = sha256_of("", 0);
    return OK;
}

static void reverse(struct hash *path, unsigned length) {
    for (unsigned i = 0; i < length / 2; i++) {
        struct hash swap = path[i];
        path[i] = path[length - 1 - i];
        path[length - 1 - i] = swap;
    }
}

result merkle_inclusion(const struct merkle_store *s, uint64_t index, uint64_t size, struct hash path[MERKLE_DEPTH],
                        unsigned *length, struct fault *f) {
    assert(index < size);
    unsigned n = 0;
    for (uint64_t from = 0, count = size; count > 1;) {
        uint64_t k = split(count);
        bool left = index - from < k;
        TRY(range_root(s, left ? from + k : from, left ? count - k : k, &path[n++], f));
        if (!left) from += k;
        count = left ? k : count - k;
    }
    reverse(path, n);
    *length = n;
    return OK;
}

/* RFC 6962, 2.1.2: SUBPROOF, from the top down, then turned round. */
result merkle_consistency(const struct merkle_store *s, uint64_t from, uint64_t to, struct hash path[MERKLE_DEPTH],
                          unsigned *length, struct fault *f) {
    assert(from > 0 && from <= to);
    unsigned n = 0;
    uint64_t at = 0, old = from, count = to;
    bool whole = true; /* the old tree is a subtree that the verifier knows */
    while (old < count) {
        uint64_t k = split(count);
        if (old <= k) {
            TRY(range_root(s, at + k, count - k, &path[n++], f));
            count = k;
        } else {
            TRY(range_root(s, at, k, &path[n++], f));
            at += k;
            old -= k;
            count -= k;
            whole = false;
        }
    }
    if (!whole) TRY(range_root(s, at, count, &path[n++], f));
    reverse(path, n);
    *length = n;
    return OK;
}

bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                            unsigned length, const struct hash *root) {
    if (index >= size) return false;
    uint64_t at = index, last = size - 1;
    struct hash r = *leaf;
    for (unsigned i = 0; i < length; i++) {
        if (last == 0) return false;
        if ((at & 1) != 0 || at == last) {
            r = merkle_node(&path[i], &r);
            while ((at & 1) == 0 && at != 0) at >>= 1, last >>= 1;
        } else {
            r = merkle_node(&r, &path[i]);
        }
        at >>= 1, last >>= 1;
    }
    return last == 0 && hash_equal(&r, root);
}

bool merkle_check_consistency(uint64_t from, const struct hash *old_root, uint64_t to, const struct hash *new_root,
                              const struct hash *path, unsigned length) {
    if (from == 0 || from > to) return false;
    if (from == to) return length == 0 && hash_equal(old_root, new_root);
    unsigned i = 0;
    struct hash seed = *old_root;
    if ((from & (from - 1)) != 0) {
        if (length == 0) return false;
        seed = path[i++];
    }
    uint64_t at = from - 1, last = to - 1;
    while ((at & 1) != 0) at >>= 1, last >>= 1;
    struct hash old = seed, new = seed;
    for (; i < length; i++) {
        if (last == 0) return false;
        if ((at & 1) != 0 || at == last) {
            old = merkle_node(&path[i], &old);
            new = merkle_node(&path[i], &new);
            while ((at & 1) == 0 && at != 0) at >>= 1, last >>= 1;
        } else {
            new = merkle_node(&new, &path[i]);
        }
        at >>= 1, last >>= 1;
    }
    return last == 0 && hash_equal(&old, old_root) && hash_equal(&new, new_root);
}
