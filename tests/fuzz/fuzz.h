/* What every fuzz target has: the entry of libFuzzer, seeds that it writes itself, and a way to draw choices from its input.
 *   TARGET --seeds=DIR   writes the seed corpus, made by the code that the tests use, and ends
 * Everything else is libFuzzer's command line. A target's check is an assert: libFuzzer keeps the input that broke it. */
#ifndef PARLEY_TEST_FUZZ_H
#define PARLEY_TEST_FUZZ_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Sessions lie in sodium_malloc's pages, where the leak checker does not look: what a target keeps for ever would look lost. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:sessions_new\n"; }

static void seeds(void); /* each target's own: calls seed() */
static const char *seed_dir;

static inline void seed(const char *name, unsigned number, const void *bytes, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%u", seed_dir, name, number);
    FILE *to = fopen(path, "wb");
    if (to == NULL || fwrite(bytes, 1, size, to) != size || fclose(to) != 0) {
        perror(path);
        exit(1);
    }
}
static inline void seed_text(const char *name, unsigned number, const char *text) { seed(name, number, text, strlen(text)); }

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    if (sodium_init() < 0) abort();
    for (int i = 1; i < *argc; i++)
        if (strncmp((*argv)[i], "--seeds=", 8) == 0) {
            seed_dir = (*argv)[i] + 8;
            seeds();
            exit(0);
        }
    return 0;
}

/* Choices, drawn from the input's bytes; zeros when there are no more. */
struct draw {
    const uint8_t *at;
    size_t left;
};
static inline uint8_t draw_byte(struct draw *d) {
    if (d->left == 0) return 0;
    d->left--;
    return *d->at++;
}
static inline uint32_t draw_below(struct draw *d, uint32_t below) {
    uint32_t v = draw_byte(d);
    if (below > 256) v = v << 8 | draw_byte(d);
    if (below > 65536) v = v << 16 | (uint32_t)draw_byte(d) << 8 | draw_byte(d);
    return v % below;
}
static inline uint64_t draw_u64(struct draw *d) {
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v = v << 8 | draw_byte(d);
    return v;
}
/* One time in `in`; never once the input is used up. */
static inline bool draw_one_in(struct draw *d, uint8_t in) { return d->left > 0 && draw_byte(d) % in == in - 1; }
static inline struct text draw_rest(struct draw *d) {
    struct text t = {(const char *)d->at, d->left};
    d->at += d->left;
    d->left = 0;
    return t;
}
static inline struct text draw_text(struct draw *d, size_t most) {
    size_t size = draw_byte(d);
    if (size > most) size = most;
    if (size > d->left) size = d->left;
    struct text t = {(const char *)d->at, size};
    d->at += size;
    d->left -= size;
    return t;
}

/* A refusal says which field and why, in terminated text without control characters. */
static inline void check_fault(result r, const struct fault *f) {
    if (result_is_ok(r)) return;
    assert(f->code == r.code && r.code > RESULT_OK && r.code < RESULT_CODES);
    const char *end = memchr(f->message, 0, sizeof f->message);
    assert(end != NULL && end > f->message && memchr(f->field, 0, sizeof f->field) != NULL);
}

#endif
