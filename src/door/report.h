/* What the server says of itself: one JSON object a line on standard error. Never a token, a key, a query or a body. Of one thread, the
 * loop. A reader of the log that stands still does not stop the server: what would not go out at once is left out and counted. */
#ifndef PARLEY_DOOR_REPORT_H
#define PARLEY_DOOR_REPORT_H

#include "base/bytes.h"

enum report_level { REPORT_DEBUG, REPORT_INFO, REPORT_WARNING, REPORT_ERROR, REPORT_LEVELS };
void report_from(enum report_level least); /* lines below are not written; REPORT_INFO until told */
bool report_wants(enum report_level level);
/* "debug", "info", "warning", "error". */
bool report_level_read(struct text word, enum report_level *out);
/* `members` is further JSON, each member with a comma before it, made by the helpers below; may be NULL. Members that did not fit their
 * room stay out, and the line says so. */
void report(enum report_level level, const char *event, const struct append *members);
/* From a signal handler of whichever thread, before the process ends: calls nothing that is not safe there, and touches no counter of the loop's. What
 * a socket had not taken of an earlier line stays unsaid. */
void report_dying(const char *event, const struct append *members);
void report_text(struct append *members, const char *name, struct text value);
void report_number(struct append *members, const char *name, int64_t value);
/* A fault as members "code", "field", "message". */
void report_fault(enum report_level level, const char *event, const struct fault *f);
void report_fault_members(struct append *members, const struct fault *f);
uint64_t report_lines(void); /* written, … */
uint64_t report_lost(void);  /* … and left out because nobody read them */

#endif
