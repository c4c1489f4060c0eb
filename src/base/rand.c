#include "base/rand.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum { POOL = 64 * 1024 };

struct pool {
    uint8_t bytes[POOL]; /* the last `left` are unused, all before them are wiped */
    size_t left;
    unsigned family; /* of the process that filled it */
};

static _Thread_local struct pool pool;
static atomic_uint family = 1; /* never that of an empty pool */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void in_child(void) { atomic_fetch_add(&family, 1); }

static void prepare(void) {
    int ready = sodium_init(), watched = pthread_atfork(NULL, NULL, in_child);
    assert(ready >= 0 && watched == 0);
    (void)ready, (void)watched;
}

/* The system's generator at once: libsodium asks it for 256 bytes at a time, and those calls cost as much as hashing a part does. */
static void fill_pool(void) {
    for (size_t got = 0; got < POOL;) {
        ssize_t n = getrandom(pool.bytes + got, POOL - got, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) { /* no such call here: the way that always works */
            randombytes_buf(pool.bytes, POOL);
            return;
        }
        got += (size_t)n;
    }
}

void random_bytes(void *to, size_t size) {
    unsigned mine = atomic_load_explicit(&family, memory_order_relaxed);
    if (size > pool.left || pool.family != mine) {
        pthread_once(&once, prepare);
        if (size > POOL / 4) { /* little is won by a detour */
            randombytes_buf(to, size);
            return;
        }
        fill_pool();
        pool.left = POOL;
        pool.family = mine;
    }
    if (size == 0) return;
    uint8_t *from = pool.bytes + (POOL - pool.left);
    memcpy(to, from, size);
    sodium_memzero(from, size);
    pool.left -= size;
}
