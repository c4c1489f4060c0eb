/* Records of a stream and items of a list as lines for people: times to the second, limits as they are typed, no salts and hashes. A member that
 * is not known here is shown as it is; everything is in --json. */
#ifndef PARLEY_CLI_EVENT_TEXT_H
#define PARLEY_CLI_EVENT_TEXT_H

#include "base/instant.h"
#include "base/json.h"
#include "cli/cli.h"

/* One record of a stream (node_record_render) as one line. `reader` parses it; the line is appended. */
void event_line(struct json_reader *reader, struct text record, struct append *out);
/* One item of GET /v1/<view>; `now` is the server's time: what was to be answered before it is marked OVERDUE. */
void event_item_line(const char *view, const struct json *item, instant now, struct append *out);
/* Of GET /v1/due, in the order in which they are listed: 0 overdue, 1 to be answered, 2 of a hazard that is over, 3 done. */
#define DUE_RANKS 4
unsigned event_due_rank(const struct json *due, instant now);
/* " \"NORTH 1\" missile: FROM to TO, LOWER to UPPER, outline": a body of a notice or flight that was just filed. */
void event_body_line(const struct json *body, struct append *out);
/* {"items":[…]}: each element as it stands, one a line; returns how many. */
uint64_t event_print_items(struct text reply, FILE *to);

#endif
