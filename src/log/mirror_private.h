/* Shared by mirror_store.c (the directory) and mirror_batch.c (what comes into it). */
#ifndef PARLEY_LOG_MIRROR_PRIVATE_H
#define PARLEY_LOG_MIRROR_PRIVATE_H

#include "log/mirror_store.h"

result mirror_path(const char *dir, const char *name, char path[LIMIT_PATH], struct fault *f);
/* A line of checkpoints, without its end. */
void mirror_ending_render(uint64_t size, struct text note, const struct hash *path, unsigned length, struct append *out);

#endif
