/* Private to the JSON door: simdjson's reading of a document that json_scan has passed. */
#ifndef PARLEY_BASE_JSON_DOM_H
#define PARLEY_BASE_JSON_DOM_H

#include "base/json.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_dom;
struct json_dom *json_dom_new(size_t largest); /* NULL without memory */
void json_dom_free(struct json_dom *d);
size_t json_dom_padding(void); /* bytes behind a document that must be readable */

/* Fills names, strings, booleans and doubles of the `count` nodes laid out by json_scan; the texts live in `d` until the
 * next fill. False when simdjson refuses the document or sees another one than the scan; *why then says what, or NULL
 * for a number out of range. */
bool json_dom_fill(struct json_dom *d, const char *text, size_t size, struct json *nodes, size_t count,
                   const char **why);

#ifdef __cplusplus
}
#endif
#endif
