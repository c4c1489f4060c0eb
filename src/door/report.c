#include "door/report.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/instant.h"

static const char *const levels[] = {[REPORT_INFO] = "info", [REPORT_WARNING] = "warning", [REPORT_ERROR] = "error"};

void report(enum report_level level, const char *event, const struct append *members) {
    char room[4096];
    struct append line = append_fixed(room, sizeof room - 2);
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
    room[line.size++] = '}';
    room[line.size++] = '\n';
    /* One write, so that lines of threads do not mix. A log that cannot be written must not stop the server. */
    while (write(STDERR_FILENO, room, line.size) < 0 && errno == EINTR) continue;
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

void report_fault(enum report_level level, const char *event, const struct fault *f) {
    char room[2048];
    struct append members = append_fixed(room, sizeof room);
    report_text(&members, "code", text_of(result_name(f->code)));
    report_text(&members, "field", text_of(f->field));
    report_text(&members, "message", text_of(f->message));
    report(level, event, &members);
}
