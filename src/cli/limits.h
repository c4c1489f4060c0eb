/* Every limit of base/limits.h and door/limits.h, read out of these files when Parley is built (tools/limits); the manual lists them. */
#ifndef PARLEY_CLI_LIMITS_H
#define PARLEY_CLI_LIMITS_H

struct limit_row { const char *name; long long value; const char *meaning, *heading; };
extern const struct limit_row limit_rows[]; /* ends with a name of NULL */

#endif
