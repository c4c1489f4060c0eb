/* Content-Encoding: gzip (RFC 9110, 8.4.1.3), for replies that are asked for so, hold no secret beside what others chose, and are worth it. */
#ifndef PARLEY_DOOR_GZIP_H
#define PARLEY_DOOR_GZIP_H

#include "base/bytes.h"

/* Does Accept-Encoding (RFC 9110, 12.5.3) allow it by name or by "*"? What cannot be read allows nothing. */
bool gzip_asked(struct text accept);
/* Replaces what is in `body` (growing); the same bytes give the same. False: no memory, or it would not become shorter; `body` is then as it was. */
bool gzip_pack(struct append *body);
/* The other way, for a body that came so, and only as far as it is asked for: a few bytes may hold very many. Into `out` (growing), which never takes more than its limit and, like `packed`,
 * must stay there. */
struct gzip_reader;
struct gzip_reader *gzip_open(struct text packed, struct append *out); /* NULL: no memory */
/* Until `out` has so many bytes, or some more. False: there are no others, be it that this is the end, that it breaks off or is no gzip there, or that `out` is full. */
bool gzip_more(struct gzip_reader *g, size_t bytes);
void gzip_close(struct gzip_reader *g); /* NULL: nothing */

#endif
