/* What the log tells of requests: a line of each at the level debug, at warning of those that failed or were slow, at info of those of other
 * systems that were refused without a record, and of what was refused the sums of some seconds. Lines of refused and slow requests are bounded: a flood of them must not become one of the log. */
#include <arpa/inet.h>

#include "door/door.h"
#include "door/limits.h"
#include "door/report.h"

/* Those that are refused without a record have a share of their own: strangers who knock must not take the room of what failed or was slow. */
static bool budget(struct access_log *a, bool unrecorded, int64_t now_ms) {
    uint32_t *lines = unrecorded ? &a->refused : &a->lines;
    if (now_ms - a->second_ms >= 1000) {
        a->second_ms = now_ms;
        a->lines = a->refused = 0;
    }
    if (*lines < (unrecorded ? DOOR_LOG_REFUSED : DOOR_LOG_LINES)) {
        ++*lines;
        return true;
    }
    a->unsaid++;
    return false;
}

static void milliseconds(struct append *m, const char *name, int64_t us) {
    append_format(m, ",\"%s\":", name);
    append_fixed_point(m, us, 3);
}

static void address(struct append *m, const struct request *r) {
    uint8_t at[16];
    char text[INET6_ADDRSTRLEN];
    request_address(r, at);
    bool four = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)at);
    if (inet_ntop(four ? AF_INET : AF_INET6, four ? at + 12 : at, text, sizeof text) != NULL) report_text(m, "address", text_of(text));
}

static void line(struct request *r, enum report_level level, bool slow, const struct http_done *how) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    report_text(&m, "request", request_id(r));
    report_text(&m, "method", request_method(r));
    append_text(&m, append_view(request_members(r)));
    if (how->status != 0) report_number(&m, "status", how->status);
    if (how->answered_us >= 0) milliseconds(&m, "answered_ms", how->answered_us);
    milliseconds(&m, "took_ms", how->took_us);
    report_number(&m, "body_bytes", (int64_t)how->body_bytes);
    report_number(&m, "reply_bytes", (int64_t)how->reply_bytes);
    address(&m, r);
    if (how->cut) append_str(&m, ",\"cut\":true");
    if (slow) append_str(&m, ",\"slow\":true");
    report(level, "request", &m);
}

/* Of a client of other systems these alone leave no record, so the log is where his operator finds them. */
static bool is_unrecorded(const struct request *r, unsigned status) { return request_marked(r) != 0 && (status == 400 || status == 401 || status == 403 || status == 413); }

void access_refused(struct request *r, const struct problem *p) {
    struct append *members = request_members(r);
    char room[1024];
    if (!is_unrecorded(r, p->status)) return;
    for (int most = 2; most > 0; most--) { /* where there is no room for the message it is left out, never half of it written */
        struct append why = append_fixed(room, sizeof room);
        report_text(&why, "code", text_of(p->code));
        report_text(&why, "field", p->field);
        if (most > 1) report_text(&why, "message", p->rule);
        if (why.full || why.size > members->room - members->size) continue;
        append_text(members, append_view(&why));
        return;
    }
}

void access_done(void *context, struct request *r, const struct http_done *how) {
    struct door *d = context;
    struct access_log *a = &d->access;
    if (d->dss != NULL) dss_count(d->dss, request_marked(r), how->status);
    bool slow = how->answered_us >= INT64_C(1000) * d->slow_ms;
    a->slow += slow;
    bool unrecorded = !slow && is_unrecorded(r, how->status);
    enum report_level level = slow || how->status >= 500 ? REPORT_WARNING : unrecorded ? REPORT_INFO : REPORT_DEBUG;
    if (!report_wants(level)) return;
    if ((slow || how->status >= 400) && !budget(a, unrecorded, d->now_ms)) return;
    line(r, level, slow, how);
}

/* Since the last time: counters that grew. */
static bool grown(struct append *m, const char *name, uint64_t now, uint64_t *told) {
    if (now == *told) return false;
    report_number(m, name, (int64_t)(now - *told));
    *told = now;
    return true;
}

void access_tick(struct door *d) {
    struct access_log *a = &d->access;
    if (d->now_ms - a->told_ms < DOOR_LOG_SECONDS * 1000 && !d->draining) return;
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    struct http_numbers h;
    bool any = false;
    http_numbers(d->http, &h);
    report_number(&m, "seconds", (d->now_ms - a->told_ms + 500) / 1000);
    a->told_ms = d->now_ms;
    for (int i = 0; i < NOISES; i++) any |= grown(&m, noise_name((enum noise)i), d->numbers.noise[i], &a->told[i]);
    any |= grown(&m, "queue_full", d->numbers.refused_queue, &a->told[NOISES]);
    any |= grown(&m, "swept_connections", h.swept, &a->told[NOISES + 1]);
    any |= grown(&m, "slow", a->slow, &a->told[NOISES + 2]);
    any |= grown(&m, "lines_left_out", a->unsaid, &a->told[NOISES + 3]);
    any |= grown(&m, "positions_shed", d->numbers.shed, &a->told[NOISES + 4]);
    if (any) report(REPORT_WARNING, "refused", &m);
}
