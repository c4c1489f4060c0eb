#include "door/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "door/report.h"

static void failed(const char *word, const char *why) {
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    report_text(&m, "word", text_of(word));
    report_text(&m, "why", text_of(why));
    report(REPORT_WARNING, "notify_failed", &m);
}

/* The socket is made for each word and not connected: a manager that was started anew listens on another one under the same name, and a
 * confined process may not connect. */
void notify(const char *word) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || name[0] == '\0') return;
    size_t size = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || size >= sizeof to.sun_path) {
        failed(word, "NOTIFY_SOCKET is no path and no abstract name");
        return;
    }
    memcpy(to.sun_path, name, size);
    if (name[0] == '@') to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ssize_t sent = fd < 0 ? -1 : sendto(fd, word, strlen(word), MSG_NOSIGNAL, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    if (sent < 0) failed(word, strerror(errno));
    if (fd >= 0) close(fd);
}

void notify_watchdog_begin(struct notify_watchdog *w, int64_t now_ms) {
    const char *limit = getenv("WATCHDOG_USEC"), *who = getenv("WATCHDOG_PID");
    *w = (struct notify_watchdog){.told_ms = now_ms};
    if (limit == NULL || (who != NULL && strtoll(who, NULL, 10) != getpid())) return;
    long long microseconds = strtoll(limit, NULL, 10);
    if (microseconds > 0) w->every_ms = microseconds / 2000 + 1;
}

void notify_watchdog_tick(struct notify_watchdog *w, int64_t now_ms) {
    if (w->every_ms == 0 || now_ms - w->told_ms < w->every_ms) return;
    w->told_ms = now_ms;
    notify("WATCHDOG=1");
}
