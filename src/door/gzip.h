/* Content-Encoding: gzip (RFC 9110, 8.4.1.3), for replies that are asked for so, hold no secret beside what others chose, and are worth it. */
#ifndef PARLEY_DOOR_GZIP_H
#define PARLEY_DOOR_GZIP_H

#include "base/bytes.h"

/* Does Accept-Encoding (RFC 9110, 12.5.3) allow it by name or by "*"? What cannot be read allows nothing. */
bool gzip_asked(struct text accept);
/* Replaces what is in `body` (growing); the same bytes give the same. False: no memory, or it would not become shorter; `body` is then as it was. */
bool gzip_pack(struct append *body);
/* The other way, for a body that came so: into `out` (growing), which never takes more than its limit; then, as where it is no gzip, *whole is false, and what is in `out` is what it began with. */
void gzip_unpack(struct text packed, struct append *out, bool *whole);

#endif
