/* A borrowed run of bytes. Not terminated, never owned. */
#ifndef PARLEY_BASE_TEXT_H
#define PARLEY_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    size_t size;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
static inline struct text text_of(const char *terminated) { return (struct text){terminated, strlen(terminated)}; }
static inline bool text_equal(struct text a, struct text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}
/* The first byte decides most comparisons, and saves measuring the other text. */
static inline bool text_is(struct text a, const char *terminated) {
    return a.size == 0 ? terminated[0] == '\0' : a.at[0] == terminated[0] && text_equal(a, text_of(terminated));
}
/* Byte order, shorter first on a common prefix. */
int text_compare(struct text a, struct text b);
/* For printf("%.*s"). */
#define TEXT_ARG(t) (int)(t).size, (t).at

#endif
