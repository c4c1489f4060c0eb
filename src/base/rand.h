/* Random bytes for salts, blinds and ids: the system's generator, taken through libsodium in blocks, so that a hundred
 * thousand salts a second do not cost a system call each. Not for use in the pure floors (core, geo). */
#ifndef PARLEY_BASE_RAND_H
#define PARLEY_BASE_RAND_H

#include <stddef.h>

/* Fills `to`. Any thread; never fails (without a working generator the process ends). Bytes given out are wiped from the
 * thread's pool at once, and a child of fork begins with an empty pool, so no byte is ever given out twice. */
void random_bytes(void *to, size_t size);

#endif
