/* struct volume -> JSON of FORMAT.md ("Values"), exact: what is decoded again is the same volume. */
#ifndef PARLEY_CLI_VOLUME_JSON_H
#define PARLEY_CLI_VOLUME_JSON_H

#include "base/bytes.h"
#include "geo/shape.h"

void volume_json(const struct volume *v, struct append *out);

#endif
