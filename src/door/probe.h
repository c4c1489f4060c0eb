/* What the system says of itself: asked by the figures and by `parley doctor`. Where it does not answer, `known` stays false; what the
 * answers mean is judged in doctor.h. */
#ifndef PARLEY_DOOR_PROBE_H
#define PARLEY_DOOR_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/instant.h"
#include "base/result.h"

/* Bytes on the disk of the files directly in DIR/NAME. */
uint64_t probe_tree_bytes(const char *dir, const char *name);

struct probe_space { bool known; uint64_t free, total, type; char kind[16]; bool in_memory, over_network; };
void probe_space(const char *dir, struct probe_space *out);

/* Synced writes of 4096 bytes each to a new file in DIR, as the journal does them; the file is removed again. */
struct probe_sync { int64_t median_ns, worst_ns; unsigned writes; };
result probe_sync(const char *dir, struct probe_sync *out, struct fault *f);

/* How fast the log grew while it was written to, of late (a week at most). */
struct probe_growth { bool known; uint64_t bytes; int64_t seconds; };
void probe_growth(const char *dir, struct probe_growth *out);

struct probe_clock { bool known, synchronised; int64_t error_ns; instant now; };
void probe_clock(struct probe_clock *out);

/* Soft limits are raised to the hard ones by the server where it matters, so these are the hard ones. UINT64_MAX: no limit; 0: not known. */
struct probe_limits { uint64_t files, locked_bytes, memory_total, memory_available; };
void probe_limits(struct probe_limits *out);

struct probe_file { bool there, directory; unsigned mode; uid_t owner; };
void probe_file(const char *dir, const char *name, struct probe_file *out); /* name "": DIR itself */

/* Is DIR/lock held, and by whom (0: not told)? It is not tried: that could get in the way of a server that starts. */
bool probe_lock(const char *dir, pid_t *holder);

#endif
