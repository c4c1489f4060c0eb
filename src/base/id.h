/* Names and identifiers. */
#ifndef PARLEY_BASE_ID_H
#define PARLEY_BASE_ID_H

#include "base/bytes.h"

struct id {
    uint8_t bytes[16]; /* 32 lower-case hex digits outside */
};
bool id_read(struct text hex, struct id *out);
bool id_equal(const struct id *a, const struct id *b);
int id_compare(const struct id *a, const struct id *b);
void append_id(struct append *a, const struct id *id);

/* A party's, desk's, feed's or category's name: [a-z0-9][a-z0-9-]{0,30}. Kept padded with zeros, so that it compares by bytes. */
#define NAME_ROOM 32
struct name {
    char at[NAME_ROOM];
};
result name_read(struct text in, struct name *out, struct fault *f);
struct text name_text(const struct name *n);
bool name_equal(const struct name *a, const struct name *b);

#endif
