/* Private to the JSON door: one pass over the bytes that enforces the grammar (RFC 8259) and the rules of FORMAT.md, "JSON",
 * and lays out the nodes; names, strings and doubles are filled in afterwards (json.cpp). */
#ifndef PARLEY_BASE_JSON_SCAN_H
#define PARLEY_BASE_JSON_SCAN_H

#include "base/json.h"

#define JSON_OPEN_DEPTH 32

/* Room for the nodes of any document of `size` bytes: a value takes at least two bytes with its comma, except containers
 * that are opened and, in a broken document, never closed. */
static inline size_t json_scan_nodes(size_t size) { return size / 2 + 2 + JSON_OPEN_DEPTH; }

struct json_scan {
    struct text text;       /* the document; outlives the nodes */
    enum json_dialect dialect;
    struct json *nodes;     /* room for json_scan_nodes(text.size) */
    uint32_t *name_at;      /* per node: where its name's opening quote stands */
    size_t count;           /* nodes found */
};
/* In the nodes: kind, count, next are final; `name` and the `string` of strings are still escaped, `string` of numbers is
 * final; boolean and number are not set. Sizes are under 2^32. Duplicates are not looked for here. */
result json_scan(struct json_scan *s, struct fault *f);

/* The path of a node, "/a/0/b", escaped as a JSON pointer (RFC 6901), cut at the room's end; "/" for the top.
 * Always terminated. `count`: nodes so far; names may be escaped or not. */
void json_path(const struct json *nodes, size_t node, char *room, size_t size);

#endif
