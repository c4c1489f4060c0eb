/* What the system says of itself: asked by the figures and by `parley doctor`. Each leaves a value that says "unknown" where the system does
 * not answer; what it means is judged elsewhere. */
#ifndef PARLEY_DOOR_PROBE_H
#define PARLEY_DOOR_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes on the disk of the files directly in DIR/NAME. */
uint64_t probe_tree_bytes(const char *dir, const char *name);

#endif
