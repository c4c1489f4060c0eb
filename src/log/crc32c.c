#include "log/crc32c.h"

#include <pthread.h>
#include <string.h>

static uint32_t table[8][256];

static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int k = 0; k < 8; k++) v = v >> 1 ^ ((v & 1) != 0 ? 0x82f63b78u : 0);
        table[0][i] = v;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++) table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 255];
}

uint32_t crc32c_plain(uint32_t v, const uint8_t *at, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_table);
    for (; size >= 8; at += 8, size -= 8) {
        uint32_t low = v ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
        v = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^ table[4][low >> 24] ^
            table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    }
    for (; size > 0; at++, size--) v = v >> 8 ^ table[0][(v ^ *at) & 255];
    return v;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t with_instruction(uint32_t v, const uint8_t *at, size_t size) {
    uint64_t wide = v;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    v = (uint32_t)wide;
    for (; size > 0; at++, size--) v = __builtin_ia32_crc32qi(v, *at);
    return v;
}
#endif

uint32_t crc32c_of(const void *bytes, size_t size) {
#if defined(__x86_64__)
    return ~(__builtin_cpu_supports("sse4.2") ? with_instruction : crc32c_plain)(~0u, bytes, size);
#else
    return ~crc32c_plain(~0u, bytes, size);
#endif
}
