/* How large a log's tables are: the defaults, what an option says of them, and what memory they take on this machine. */
#ifndef PARLEY_CLI_CAPACITIES_H
#define PARLEY_CLI_CAPACITIES_H

#include "cli/cli.h"
#include "core/capacity.h"
#include "door/doctor.h"

/* Name, default, and what is counted. */
#define CAPACITY_TABLE(X)                                                                                              \
    X(parties, 16, "parties, the operator among them")                                                                 \
    X(keys, 256, "keys that were ever let in")                                                                         \
    X(agreements, 64, "agreements")                                                                                    \
    X(areas, 64, "areas of responsibility")                                                                            \
    X(feeds, 64, "feeds of positions")                                                                                 \
    X(notices, 8192, "notices that have not been over for a day")                                                      \
    X(flights, 8192, "flights that have not ended for a day")                                                          \
    X(volumes, 65536, "volumes of all of these, long ones once for each 500 km")                                                                       \
    X(vertices, 1048576, "vertices of all volumes")                                                                    \
    X(tracks, 16384, "aircraft that feeds tell of at one time")                                                        \
    X(alerts, 16384, "alerts at one time")                                                                             \
    X(pending, 256, "statements that wait for signatures of others")                                                   \
    X(recent, 262144, "statements of the last 7 days, which are not taken twice")                                      \
    X(holds, 1024, "holds")                                                                                            \
    X(managers, 64, "those who write at the doors of ASTM F3548 and F3411; 0: these doors are shut")                    \
    X(references, 131072, "operational intents, constraints and identification service areas")                         \
    X(subscriptions, 32768, "subscriptions to these")                                                                  \
    X(footprints, 262144, "outlines of all of these")                                                                  \
    X(points, 4194304, "their vertices, and eight bytes each of their URLs")                                           \
    X(slots_log2, LIMIT_PARTY_SLOTS_LOG2, "2 to this power is the width of a tick's tree: as many parties the log can ever have")
#define CAPACITY_STRING_OF(x) #x
#define CAPACITY_EXPANDED(x) CAPACITY_STRING_OF(x)
#define CAPACITY_LINE(name, usual, what) "\n" #name "=" CAPACITY_EXPANDED(usual) " (" what ")"

/* The defaults, with what every --capacity TABLE=N changes. USAGE. Whether they go together, capacity_bounds says. */
result capacities_read(const struct cli *c, struct capacity *out, struct fault *f);

/* The memory of each table, the largest first, and of all; `then`: behind a start to come (equal to `now`: the same). As text on stdout, and as a JSON
 * object {"bytes","then","tables":[{"table","bytes","then"}…]}. */
void capacities_print(const struct capacity *now, const struct capacity *then);
void capacities_json(const struct capacity *now, const struct capacity *then, struct append *out);
/* Has this machine the memory? `running`: a server holds that of `now` already. */
void capacities_judge(const struct capacity *now, const struct capacity *then, bool running, struct doctor_line *out);

#endif
