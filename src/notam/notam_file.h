/* Files that hold NOTAMs: plain text with one or several messages, or JSON collections with parallel columns (RAWMESSAGE, and
 * another tool's reading of the same messages in CODE, COORDINATES, TIME). Pure: bytes in, messages out. */
#ifndef PARLEY_NOTAM_FILE_H
#define PARLEY_NOTAM_FILE_H

#include "base/arena.h"
#include "base/json.h"

struct notam_entry {
    struct text raw;                     /* for notam_read; in JSON files every line end is "\n" */
    struct text code, coordinates, time; /* the other tool's; empty in plain text and where a column is short */
    size_t offset;                       /* plain text: of raw in the file; JSON: place in the column, from 0 */
};

struct notam_file {
    const struct notam_entry *entries; /* in order of the file */
    uint32_t count;
    bool json;
    const struct text *unclaimed; /* plain text that belongs to no message (addresses, covers): listed, not dropped */
    uint32_t unclaimed_count;
};

/* A file whose first byte that is no space is "{" is JSON, read with `reader` (dialect JSON_OPEN; its texts are copied into the
 * arena). In plain text a message begins with "A1234/24 NOTAMx" at the start of a line, with or without "(", and ends where
 * the next begins; one that began with "(" ends at the last ")" at the end of a line before that.
 * Errors: MALFORMED (no message in plain text; JSON broken or without RAWMESSAGE), TOO_LARGE (json), FULL (arena). */
result notam_file_read(struct text bytes, struct json_reader *reader, struct arena *arena, struct notam_file *out,
                       struct fault *f);

#endif
