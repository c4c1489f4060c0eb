/* What the server says of itself: one JSON object a line on standard error. Never a token, a key, a query or a body. */
#ifndef PARLEY_DOOR_REPORT_H
#define PARLEY_DOOR_REPORT_H

#include "base/bytes.h"

enum report_level { REPORT_INFO, REPORT_WARNING, REPORT_ERROR };
/* `members` is further JSON, each member with a comma before it, made by the helpers below; may be NULL. */
void report(enum report_level level, const char *event, const struct append *members);
void report_text(struct append *members, const char *name, struct text value);
void report_number(struct append *members, const char *name, int64_t value);
/* A fault as members "field", "message", "code". */
void report_fault(enum report_level level, const char *event, const struct fault *f);

#endif
