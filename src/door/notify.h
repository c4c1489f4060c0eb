/* Words to the service manager, as sd_notify(3) has them: a datagram to the socket that NOTIFY_SOCKET names. Where it names none, nothing. */
#ifndef PARLEY_DOOR_NOTIFY_H
#define PARLEY_DOOR_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1". What does not arrive is told in the log; it is no reason not to serve. */
void notify(const char *word);
struct notify_watchdog { int64_t every_ms /* 0: nobody watches */, told_ms; };
/* Half of WATCHDOG_USEC, when that is for this process. */
void notify_watchdog_begin(struct notify_watchdog *w, int64_t now_ms);
/* Says that the loop goes round, when it is time to. */
void notify_watchdog_tick(struct notify_watchdog *w, int64_t now_ms);

#endif
