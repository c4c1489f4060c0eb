/* Records of a stream and items of a list as lines for people. Whatever is not known is shown as it is, never left out. */
#ifndef PARLEY_CLI_EVENT_TEXT_H
#define PARLEY_CLI_EVENT_TEXT_H

#include "base/json.h"
#include "cli/cli.h"

/* One record of a stream (node_record_render) as a line or a few. `reader` parses it; the line is appended. */
void event_line(struct json_reader *reader, struct text record, struct append *out);
/* One item of GET /v1/<view>. */
void event_item_line(const char *view, const struct json *item, struct append *out);
/* {"items":[…]}: each element as it stands, one a line; returns how many. */
uint64_t event_print_items(struct text reply, FILE *to);

#endif
