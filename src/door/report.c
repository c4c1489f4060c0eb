#include "door/report.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/instant.h"

static const char *const levels[REPORT_LEVELS] = {"debug", "info", "warning", "error"};
static enum report_level least = REPORT_INFO;
static uint64_t lines, lost, lost_told;
/* A socket may take the beginning of a line only: the rest goes before the next one. */
static char rest[PIPE_BUF];
static size_t rest_size;

void report_from(enum report_level level) { least = level; }
bool report_wants(enum report_level level) { return level >= least; }
uint64_t report_lines(void) { return lines; }
uint64_t report_lost(void) { return lost; }

bool report_level_read(struct text word, enum report_level *out) {
    for (int i = 0; i < REPORT_LEVELS; i++) {
        if (!text_is(word, levels[i])) continue;
        *out = (enum report_level)i;
        return true;
    }
    return false;
}

/* How much went out; 0: nothing would now. A pipe that poll calls writable has room for PIPE_BUF bytes, so a line never blocks there. */
static size_t put_now(const char *at, size_t size) {
    ssize_t put;
    do put = send(STDERR_FILENO, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    if (put >= 0) return (size_t)put;
    if (errno != ENOTSOCK) return 0;
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return 0;
    do put = write(STDERR_FILENO, at, size);
    while (put < 0 && errno == EINTR);
    return put < 0 ? 0 : (size_t)put;
}

static bool put_line(const char *at, size_t size) {
    if (rest_size > 0) {
        size_t put = put_now(rest, rest_size);
        rest_size -= put;
        memmove(rest, rest + put, rest_size);
        if (rest_size > 0) return false;
    }
    size_t put = put_now(at, size);
    if (put == 0) return false;
    rest_size = size - put;
    memcpy(rest, at + put, rest_size);
    return true;
}

static size_t render(char room[PIPE_BUF], enum report_level level, const char *event, const struct append *members) {
    static const char cut[] = ",\"cut\":true";
    struct append line = append_fixed(room, PIPE_BUF - 2 - (sizeof cut - 1));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    append_str(&line, "{\"time\":\"");
    append_instant(&line, (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec);
    append_str(&line, "\",\"level\":\"");
    append_str(&line, levels[level]);
    append_str(&line, "\",\"event\":\"");
    append_str(&line, event);
    append_char(&line, '"');
    if (members != NULL && !members->full) append_bytes(&line, members->at, members->size);
    if (line.full || (members != NULL && members->full)) {
        memcpy(room + line.size, cut, sizeof cut - 1);
        line.size += sizeof cut - 1;
    }
    room[line.size++] = '}';
    room[line.size++] = '\n';
    return line.size;
}

void report(enum report_level level, const char *event, const struct append *members) {
    char room[PIPE_BUF];
    if (level < least) return;
    if (lost > lost_told) {
        char about[64];
        struct append count = append_fixed(about, sizeof about);
        report_number(&count, "lines", (int64_t)(lost - lost_told));
        size_t size = render(room, REPORT_WARNING, "log_lines_lost", &count);
        if (put_line(room, size)) lost_told = lost;
    }
    size_t size = render(room, level, event, members);
    if (put_line(room, size)) lines++;
    else lost++;
}

void report_dying(const char *event, const struct append *members) {
    char room[PIPE_BUF];
    (void)put_now(room, render(room, REPORT_ERROR, event, members));
}

static void member(struct append *members, const char *name) {
    append_str(members, ",\"");
    append_str(members, name);
    append_str(members, "\":");
}

void report_text(struct append *members, const char *name, struct text value) {
    member(members, name);
    append_json_string(members, value);
}

void report_number(struct append *members, const char *name, int64_t value) {
    member(members, name);
    append_decimal(members, value);
}

void report_fault_members(struct append *members, const struct fault *f) {
    report_text(members, "code", text_of(result_name(f->code)));
    report_text(members, "field", text_of(f->field));
    report_text(members, "message", text_of(f->message));
}

void report_fault(enum report_level level, const char *event, const struct fault *f) {
    char room[2048];
    struct append members = append_fixed(room, sizeof room);
    report_fault_members(&members, f);
    report(level, event, &members);
}
