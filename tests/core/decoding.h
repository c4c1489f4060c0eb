/* What the tests of decoding share: a decoder, keys, and ways to make what it is to read. */
#ifndef PARLEY_TEST_CORE_DECODING_H
#define PARLEY_TEST_CORE_DECODING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "spoken.h"

#include <cmocka.h> /* last: it has a macro called fail */

static struct arena arena, kept; /* what is decoded; what lives as long as the tests */
static struct json_reader *json;
static struct speaker aramoor, desk, velland;
static struct decoder decoder;
static struct statement last; /* what was decoded last */

static inline void must(result r, const struct fault *f) {
    if (!result_is_ok(r)) fail_msg("%s at %s: %s", result_name(r.code), f->field, f->message);
}

/* A row's expectation: code, field (exact), and a piece of the message. */
#define EXPECT(i, r, f, code_, field_, says_)                                                                          \
    do {                                                                                                               \
        if ((r).code != (code_) || ((code_) != RESULT_OK && (strcmp((f).field, (field_)) != 0 || strstr((f).message, (says_)) == NULL))) \
            fail_msg("row %zu: %s at %s: %s", (size_t)(i), result_name((r).code), (f).field, (f).message);             \
    } while (0)

static inline struct text copy_of(const struct append *a) {
    char *room = arena_alloc(&kept, a->size, 1);
    assert_true(room != NULL && !a->full);
    memcpy(room, a->at, a->size);
    return (struct text){room, a->size};
}

/* `in` with the first `from` replaced by `to`; fails the test when it is not there. */
static inline struct text edited(struct text in, const char *from, const char *to) {
    const char *at = strlen(from) == 0 ? in.at : memmem(in.at, in.size, from, strlen(from));
    if (at == NULL) fail_msg("'%s' is not in the text", from);
    struct append a = append_growing(1 << 24);
    append_bytes(&a, in.at, (size_t)(at - in.at));
    append_str(&a, to);
    append_bytes(&a, at + strlen(from), in.size - (size_t)(at - in.at) - strlen(from));
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static inline struct text signed_by(struct text text, const struct speaker *const *who, size_t count) {
    struct append a = append_growing(1 << 24);
    note_begin(&a, text);
    for (size_t i = 0; i < count; i++) note_sign(&a, text, who[i]->key.name, who[i]->secret);
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static inline struct text example_body(enum statement_kind kind) {
    for (int i = 0; i < SPOKEN; i++)
        if (spoken[i].kind == kind) return spoken_body(&spoken[i], &desk.key.public_key, &kept);
    fail_msg("no example");
    return (struct text){NULL, 0};
}

static inline int decoding_start(void **state) {
    (void)state;
    arena_growing(&arena, 128 << 20);
    arena_growing(&kept, 128 << 20);
    json = json_reader_new(LIMIT_BODY_BYTES);
    assert_non_null(json);
    speaker_init(&aramoor, "exercise/aramoor/root", 1);
    speaker_init(&desk, "exercise/aramoor/desk-1", 2);
    speaker_init(&velland, "exercise/velland/root", 3);
    decoder = (struct decoder){.json = json, .arena = &arena, .origin = text_of(SPOKEN_ORIGIN)};
    memset(decoder.log.bytes, 0x5f, SHA256_SIZE);
    return 0;
}

static inline int decoding_end(void **state) {
    (void)state;
    json_reader_free(json);
    arena_free(&arena);
    arena_free(&kept);
    return 0;
}

static inline struct text repeated(const char *head, const char *item, size_t count, const char *tail) {
    struct append a = append_growing(1 << 24);
    append_str(&a, head);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) append_char(&a, ',');
        append_str(&a, item);
    }
    append_str(&a, tail);
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

#endif
