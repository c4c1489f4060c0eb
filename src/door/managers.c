#include "door/managers.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "door/limits.h"

struct row { char name[DOOR_TOKEN_SUBJECT]; size_t size; int64_t asked_ms; }; /* size 0: free */
struct managers { unsigned char key[crypto_shorthash_KEYBYTES]; struct row row[DOOR_MANAGERS]; };

struct managers *managers_new(void) {
    struct managers *m = calloc(1, sizeof *m);
    if (m != NULL) randombytes_buf(m->key, sizeof m->key);
    return m;
}
void managers_free(struct managers *m) { free(m); }

static uint32_t first_of(const struct managers *m, struct text name) {
    unsigned char hash[crypto_shorthash_BYTES];
    uint32_t at;
    crypto_shorthash(hash, (const unsigned char *)name.at, name.size, m->key);
    memcpy(&at, hash, sizeof at);
    return at;
}
uint32_t managers_row(struct managers *m, struct text name, int64_t now_ms) {
    uint32_t first = first_of(m, name), best = first % DOOR_MANAGERS;
    assert(name.size > 0 && name.size <= DOOR_TOKEN_SUBJECT);
    for (uint32_t i = 0; i < DOOR_PROBES; i++) {
        uint32_t at = (first + i) % DOOR_MANAGERS;
        struct row *r = &m->row[at];
        if (r->size == name.size && memcmp(r->name, name.at, name.size) == 0) {
            r->asked_ms = now_ms;
            return at;
        }
        const struct row *b = &m->row[best];
        if (b->size > 0 && (r->size == 0 || r->asked_ms < b->asked_ms)) best = at;
    }
    struct row *r = &m->row[best];
    memcpy(r->name, name.at, r->size = name.size);
    r->asked_ms = now_ms;
    return best;
}
