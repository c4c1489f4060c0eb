#include "door/source.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "door/limits.h"

struct sources {
    uint32_t room, salt;
    struct source at[];
};

struct sources *sources_new(unsigned connections) {
    uint32_t room = connections > DOOR_RATE_ADDRESSES / 4 ? 4 * connections : DOOR_RATE_ADDRESSES;
    struct sources *s = calloc(1, sizeof *s + room * sizeof s->at[0]);
    if (s == NULL) return NULL;
    s->room = room;
    random_bytes(&s->salt, sizeof s->salt);
    return s;
}

void sources_free(struct sources *s) { free(s); }

uint32_t source_mix(uint32_t salt, const uint8_t address[16]) {
    uint32_t h = 2166136261u ^ salt;
    for (int i = 0; i < 16; i++) h = (h ^ address[i]) * 16777619u;
    return h ^ h >> 15;
}

/* Of two rows that nobody holds, the one of whom less is to be remembered. */
static bool freer(const struct source *a, const struct source *b, int64_t now_ms) {
    if (a->used != b->used) return !a->used;
    if ((a->uses > 0) != (b->uses > 0)) return a->uses == 0;
    return bucket_spent(&a->connections, DOOR_RATE_ADDRESS, now_ms) < bucket_spent(&b->connections, DOOR_RATE_ADDRESS, now_ms);
}

struct source *source_of(struct sources *s, const uint8_t address[16], int64_t now_ms) {
    uint32_t first = source_mix(s->salt, address) % s->room;
    struct source *best = NULL;
    for (uint32_t i = 0; i < DOOR_PROBES; i++) {
        struct source *a = &s->at[(first + i) % s->room];
        if (a->used && memcmp(a->address, address, 16) == 0) return a;
        if (best == NULL || freer(a, best, now_ms)) best = a;
    }
    if (best->uses > 0) return best;
    *best = (struct source){.used = true};
    memcpy(best->address, address, 16);
    return best;
}

void source_narrow(uint8_t address[16]) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(address, mapped, 12) != 0) memset(address + 8, 0, 8);
}

void source_address(const struct sockaddr *from, uint8_t out[16]) {
    memset(out, 0, 16);
    if (from->sa_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    } else if (from->sa_family == AF_INET) {
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    }
    source_narrow(out);
}
