/* verdict FROM COUNT: for each seed the digests of geometry and of random days, a line each. The lines are the same from every compiler,
 * optimisation and machine (ARCHITECTURE.md, "Determinism"); tests/portable.py builds and compares them. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/view.h"
#include "geo/random_shapes.h"

static void add_u64(struct sha256 *s, uint64_t v) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(v >> 8 * i);
    sha256_update(s, bytes, sizeof bytes);
}

static void must_fit(const struct append *a) {
    if (!a->full) return;
    fprintf(stderr, "verdict: the room is too small\n");
    abort();
}

void verdict_add(struct sha256 *to, const struct state *st, const struct statement *said, const struct outcome *out, const struct effects *fx) {
    static char room[1 << 20];
    struct append a = append_fixed(room, sizeof room);
    outcome_render(said, out, &a);
    for (uint32_t i = 0; i < fx->count; i++) {
        const struct effect *e = &fx->at[i];
        append_format(&a, "\n%u %llu %u ", (unsigned)e->party, (unsigned long long)e->place, (unsigned)e->sections);
        told_render_open(st, said, e, &a);
        if (a.size > sizeof room / 2) {
            sha256_update(to, a.at, a.size);
            append_reset(&a);
        }
    }
    must_fit(&a);
    sha256_update(to, a.at, a.size);
    add_u64(to, a.size);
}

void verdict_add_views(struct sha256 *to, const struct state *st) {
    static char room[4 << 20];
    struct fault f;
    for (uint32_t reader = 0; reader <= state_party_count(st); reader++)
        for (int v = 0; v < VIEWS; v++) {
            struct append a = append_fixed(room, sizeof room);
            uint16_t party = reader < state_party_count(st) ? (uint16_t)reader : PARTY_NONE;
            add_u64(to, (uint64_t)view_render(st, party, (enum view)v, NULL, &a, &f).code);
            must_fit(&a);
            sha256_update(to, a.at, a.size);
        }
}

static void print_hash(const struct hash *h) {
    for (int i = 0; i < SHA256_SIZE; i++) printf("%02x", h->bytes[i]);
}
static void print_verdict(uint64_t seed, const char *what, struct day_verdict v) {
    printf("%llu %s ", (unsigned long long)seed, what);
    print_hash(&v.state);
    printf(" ");
    print_hash(&v.told);
    printf("\n");
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: verdict FROM COUNT\n");
        return 64;
    }
    uint64_t from = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
    for (uint64_t seed = from; seed < from + count; seed++) {
        printf("%llu geometry %016llx\n", (unsigned long long)seed, (unsigned long long)geometry_digest(seed, 1000, 150));
        print_verdict(seed, "watched", verdict_watched_day(seed));
        print_verdict(seed, "random", verdict_random_day(seed));
        print_verdict(seed, "spoken", verdict_spoken_day(seed));
    }
    return 0;
}
