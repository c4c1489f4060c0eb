/* Records of a stream and items of a list as lines for people: times to the second, limits as they are typed, no salts and hashes. A member that
 * is not known here is shown as it is; everything is in --json. */
#ifndef PARLEY_CLI_EVENT_TEXT_H
#define PARLEY_CLI_EVENT_TEXT_H

#include "base/json.h"
#include "cli/cli.h"

/* One record of a stream (node_record_render) as one line. `reader` parses it; the line is appended. */
void event_line(struct json_reader *reader, struct text record, struct append *out);
/* One item of GET /v1/<view>. */
void event_item_line(const char *view, const struct json *item, struct append *out);
/* {"items":[…]}: each element as it stands, one a line; returns how many. */
uint64_t event_print_items(struct text reply, FILE *to);

#endif
