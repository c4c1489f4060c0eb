/* What a path of C2SP tlog-tiles names (https://c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries"), behind `tile/`: `<L>/<N>[.p/<W>]`, `entries/<N>[.p/<W>]`. A tile
 * of level L holds nodes of height 8 L, 256 of them or, where it ends in `.p/<W>`, its first W. What it holds never changes. Pure. */
#ifndef PARLEY_LOG_TILE_H
#define PARLEY_LOG_TILE_H

#include "base/result.h"
#include "base/text.h"

enum { TILE_WIDTH = 256, TILE_HEIGHT = 8, TILE_LEVELS = 64 };
struct tile {
    bool entries;    /* leaves instead of hashes; level is 0 */
    unsigned level;  /* below TILE_LEVELS */
    uint64_t index;  /* N, below 10^18 */
    unsigned width;  /* 1 to TILE_WIDTH */
};
/* There is one spelling of each: decimals without leading zeros, N in groups of three digits of which all but the last begin with `x` and the first of several is
 * not 000. MALFORMED; the fault's field is "tile". */
result tile_read(struct text path, struct tile *out, struct fault *f);
/* Does a tree of so many leaves have all of it? */
bool tile_within(const struct tile *t, uint64_t size);

#endif
