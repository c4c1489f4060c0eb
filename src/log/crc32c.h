/* CRC-32C (Castagnoli, RFC 3720 B.4): finds rot; proofs never rest on it. */
#ifndef PARLEY_LOG_CRC32C_H
#define PARLEY_LOG_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c_of(const void *bytes, size_t size);
/* What it is made of where the processor has no such instruction; without the inversion before and after. */
uint32_t crc32c_plain(uint32_t v, const uint8_t *at, size_t size);

#endif
