/* The last checkpoint that was given out, as it stands in the log's directory (FORMAT.md, 12). */
#ifndef PARLEY_LOG_CHECKPOINT_FILE_H
#define PARLEY_LOG_CHECKPOINT_FILE_H

#include "base/sha256.h"
#include "log/disk.h"

enum { CHECKPOINT_BLOCK = 4096, CHECKPOINT_FILE_BYTES = 2 * CHECKPOINT_BLOCK };
struct checkpoint_file { bool any; uint64_t size; struct hash root; uint8_t signature[64]; };
/* The larger of the two; the signature is not looked at. ROT names file and byte. */
result checkpoint_file_read(struct disk *d, const char *path, struct checkpoint_file *out, struct fault *f);
/* Its block; returns where in the file it stands. */
uint64_t checkpoint_file_render(const struct checkpoint_file *c, uint8_t block[CHECKPOINT_BLOCK]);

#endif
