/* The entries of a tree in one file, each behind its length (u16, big-endian): the bundles of C2SP tlog-tiles, one behind the other. From them every tile, root and proof.
 *
 * Memory holds where each 256th entry begins and the tree's nodes of height 8 and more: 40 bytes for 256 entries; what lies below is hashed again when it is asked for. Entries have at
 * most 65535 bytes. One writes; whoever else reads opens the file for himself and reads on (tile_store_more). */
#ifndef PARLEY_LOG_TILE_STORE_H
#define PARLEY_LOG_TILE_STORE_H

#include "base/bytes.h"
#include "log/disk.h"
#include "log/merkle.h"
#include "log/tile.h"

enum { TILE_ENTRY_BYTES = 65535 };
struct tile_store;
/* Reads entries as far as they are whole, at most `most`; what stands behind them is as if it were not there: a `write` store writes over it. write: made where it is not. */
result tile_store_open(struct disk *d, const char *path, bool write, uint64_t most, struct tile_store **out, struct fault *f);
void tile_store_close(struct tile_store *s); /* NULL: nothing */
/* Reads on behind what it has, until there are `most`. */
result tile_store_more(struct tile_store *s, uint64_t most, struct fault *f);
uint64_t tile_store_size(const struct tile_store *s);
const struct merkle *tile_store_tree(const struct tile_store *s);

/* `count` entries behind the others, at most TILE_WIDTH. Not durable before tile_store_sync. After an error the store is of no more use for writing. */
result tile_store_add(struct tile_store *s, const struct text *entries, unsigned count, struct fault *f);
result tile_store_sync(struct tile_store *s, struct fault *f);
/* tile_store_back forgets the entries that came since the last tile_store_keep (or the opening): the next ones are written over them. */
void tile_store_keep(struct tile_store *s);
void tile_store_back(struct tile_store *s);

/* --- reading; `count` at most TILE_WIDTH, and all within one bundle --- */
/* Their hashes as leaves. */
result tile_store_leaves(struct tile_store *s, uint64_t from, unsigned count, struct hash *out, struct fault *f);
/* What the path names, of a tree of `size` leaves. NOT_FOUND: it has no such tile. */
result tile_store_tile(struct tile_store *s, const struct tile *t, uint64_t size, struct append *out, struct fault *f);
result tile_store_root(struct tile_store *s, uint64_t size, struct hash *out, struct fault *f);
/* 0 < from <= to */
result tile_store_consistency(struct tile_store *s, uint64_t from, uint64_t to, struct hash path[MERKLE_DEPTH], unsigned *length, struct fault *f);

#endif
