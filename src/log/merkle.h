/* RFC 6962 trees: the hash of a record over its parts, of a stream over its records, of the log over its ticks. Besides them
 * the perfect tree of a tick over all slots (FORMAT.md, "Slot" and "Tick").
 *
 * A tree that grows keeps its frontier (the roots of its perfect subtrees, at most 64) and hands every node that it completes to
 * its owner, who stores them one after the other: leaf, then the nodes that this leaf completes, bottom up. merkle_stored_index says
 * where a node stands. From stored nodes follow the root at any size and every proof, in O(log n) reads. */
#ifndef PARLEY_LOG_MERKLE_H
#define PARLEY_LOG_MERKLE_H

#include "base/result.h"
#include "base/sha256.h"

enum { MERKLE_DEPTH = 64 };

struct hash merkle_leaf(const void *bytes, size_t size);                 /* H(0x00 || bytes) */
struct hash merkle_node(const struct hash *left, const struct hash *right); /* H(0x01 || left || right) */

struct merkle {
    uint64_t size;
    uint32_t count;
    struct hash at[MERKLE_DEPTH]; /* largest subtree first */
};
void merkle_init(struct merkle *m);
/* `completed` (may be NULL) gets the leaf and every node that it completes, in storing order; returns their number (1 to 64). */
unsigned merkle_append(struct merkle *m, const struct hash *leaf, struct hash completed[MERKLE_DEPTH]);
struct hash merkle_root(const struct merkle *m); /* empty: H("") */

/* --- trees at hand as an array of leaf hashes --- */
struct hash merkle_root_of(const struct hash *leaves, size_t count);
/* The inclusion path of `index`; returns its length. */
unsigned merkle_path_of(const struct hash *leaves, size_t count, size_t index, struct hash path[MERKLE_DEPTH]);
/* The same in a larger tree of `size` leaves, of which the first `have` > index are at hand, by the consistency path from these to it, which has been checked. */
unsigned merkle_path_ahead(const struct hash *leaves, size_t have, uint64_t size, size_t index, const struct hash *consistency, unsigned length, struct hash path[MERKLE_DEPTH]);
/* The root of the perfect tree over 2^log2 slots; `slots` is used as room and lost. */
struct hash merkle_perfect(struct hash *slots, unsigned log2);

/* --- trees of stored nodes --- */
uint64_t merkle_stored_index(unsigned level, uint64_t n); /* of the n-th node of `level` (0: leaves) */
uint64_t merkle_stored_count(uint64_t leaves);
struct merkle_store {
    result (*read)(void *context, uint64_t index, struct hash *out, struct fault *f);
    void *context;
};
result merkle_root_at(const struct merkle_store *s, uint64_t size, struct hash *out, struct fault *f);
/* index < size */
result merkle_inclusion(const struct merkle_store *s, uint64_t index, uint64_t size, struct hash path[MERKLE_DEPTH],
                        unsigned *length, struct fault *f);
/* 0 < from <= to; empty where they are equal */
result merkle_consistency(const struct merkle_store *s, uint64_t from, uint64_t to, struct hash path[MERKLE_DEPTH],
                          unsigned *length, struct fault *f);

/* --- checking (RFC 9162, 2.1.3.2 and 2.1.4.2) --- */
bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                            unsigned length, const struct hash *root);
bool merkle_check_consistency(uint64_t from, const struct hash *old_root, uint64_t to, const struct hash *new_root,
                              const struct hash *path, unsigned length);

#endif
