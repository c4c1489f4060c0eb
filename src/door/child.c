#include "door/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/limits.h"
#include "log/monotonic.h"

/* Nothing of the server's stays: no descriptor but the end of the socket and the log; no signal that is meant for the server. */
static int leave_behind(int socket, const struct child_how *how) {
    const int own = STDERR_FILENO + 1;
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(socket, own);
    (void)close_range((unsigned)own + 1, ~0u, 0);
    signal(SIGTERM, SIG_IGN); /* it ends with the server, not before */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_NAME, how->name, 0, 0, 0);
    (void)setpriority(PRIO_PROCESS, 0, how->nice);
    int score = how->first_to_go ? open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC) : -1;
    if (score >= 0) {
        (void)!write(score, "500", 3);
        close(score);
    }
    return own;
}

result child_start(struct child *c, const struct child_how *how, void (*live)(void *context, int socket), void *context, struct fault *f) {
    int ends[2];
    pid_t server = getpid();
    *c = (struct child){.socket = -1};
    if (socketpair(AF_UNIX, how->type | SOCK_CLOEXEC, 0, ends) != 0) return fail(f, RESULT_IO, how->name, "no socket for the process: %s", strerror(errno));
    signal(SIGCHLD, SIG_DFL); /* one that has ended keeps its number until we end: a kill meets nobody else */
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* another server may begin to serve the log the next moment */
        if (getppid() == server) live(context, leave_behind(ends[1], how));
        _exit(0); /* what a program does at its end, as writing counters of what ran, may not be done from here */
    }
    int why = errno;
    close(ends[1]);
    if (pid > 0) {
        *c = (struct child){pid, ends[0]};
        return OK;
    }
    close(ends[0]);
    return fail(f, RESULT_IO, how->name, "no process can be made: %s", strerror(why));
}

bool child_up(const struct child *c) { return c->socket >= 0; }
static void gone(struct child *c) {
    close(c->socket);
    *c = (struct child){.socket = -1};
}

bool child_hear(struct child *c, void *bytes, size_t room, size_t *got) {
    while (child_up(c)) {
        ssize_t n = recv(c->socket, bytes, room, MSG_DONTWAIT);
        *got = n > 0 ? (size_t)n : 0;
        if (n > 0) return true;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        gone(c);
    }
    return false;
}
bool child_tell(struct child *c, const void *bytes, size_t size) {
    return child_up(c) && send(c->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

/* What it still says is not heard any more. It may not be waited for as one waits for children (the filter of system calls): its socket's end tells it. */
static bool ends_within(struct child *c, int64_t milliseconds) {
    char room[4096];
    int64_t until_ms = monotonic_ms() + milliseconds;
    for (;;) {
        size_t got;
        while (child_hear(c, room, sizeof room, &got)) continue;
        int64_t left = until_ms - monotonic_ms();
        if (!child_up(c) || left <= 0) return !child_up(c);
        struct pollfd wait = {.fd = c->socket, .events = POLLIN};
        (void)poll(&wait, 1, (int)left);
    }
}
enum child_ending child_end(struct child *c, int64_t grace_ms) {
    if (!child_up(c)) return CHILD_ENDED;
    (void)shutdown(c->socket, SHUT_WR);
    if (ends_within(c, grace_ms)) return CHILD_ENDED;
    (void)kill(c->pid, SIGKILL);
    if (ends_within(c, DOOR_CHILD_KILL_MS)) return CHILD_KILLED;
    gone(c);
    return CHILD_STUCK;
}
