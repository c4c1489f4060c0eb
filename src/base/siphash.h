/* SipHash-2-4 with 64 bits of result (Aumasson and Bernstein, 2012): for hash tables whose keys strangers choose. Who does not know the key finds no two that
 * collide but by luck. Pure, and without libsodium, for builds that have none. */
#ifndef PARLEY_BASE_SIPHASH_H
#define PARLEY_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16
uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *bytes, size_t size);

#endif
