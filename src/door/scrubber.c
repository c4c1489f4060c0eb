#include "door/scrubber.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "door/attention.h"
#include "door/confine.h"
#include "door/exposition.h"
#include "door/limits.h"
#include "door/report.h"
#include "log/disk_through.h"
#include "log/monotonic.h"
#include "log/node_inspect.h"
#include "log/scrub.h"

/* One program on both sides: what goes over is memory as it is. */
struct order { uint64_t batch; };
enum word_kind { WORD_STATE, WORD_FOUND, WORD_ROUND, WORD_FAILED, WORDS };
struct word { enum word_kind kind; uint64_t read; struct scrub_state state; struct scrub_found found; struct fault why; };

/* --- the scrubber's side --- */

struct scrubbing {
    int socket;
    const struct server_options *o;
    struct disk_file *file;          /* `scrub`; NULL: it cannot be written, and the next start begins anew */
    uint64_t batch, rate, read, told; /* rate: bytes a second */
    int64_t began_ns, said_ns;
    uint64_t again;                  /* of `found`: in the segment that a start began anew; what is found there is these again */
    uint32_t named;                  /* places of this round that were told */
    bool over;
    struct word word;
};

/* Hears orders for so long at most, and longer never; *over when the server has ended. */
static void hear(struct scrubbing *s, int64_t ms) {
    struct order order;
    struct pollfd p = {.fd = s->socket, .events = POLLIN};
    while (!s->over) {
        int64_t until = monotonic_ms() + ms;
        if (poll(&p, 1, ms > 0 ? (int)ms : 0) <= 0) return;
        ssize_t got = recv(s->socket, &order, sizeof order, MSG_DONTWAIT);
        if (got == (ssize_t)sizeof order) s->batch = order.batch;
        else if (got >= 0 || (errno != EINTR && errno != EAGAIN)) s->over = true;
        ms = until - monotonic_ms();
    }
}

static void say(struct scrubbing *s, enum word_kind kind) {
    s->word.kind = kind;
    s->word.read = s->read;
    if (send(s->socket, &s->word, sizeof s->word, MSG_NOSIGNAL) != (ssize_t)sizeof s->word) s->over = true;
    s->said_ns = monotonic_ns();
}

static void keep(struct scrubbing *s) {
    if (s->file != NULL) (void)scrub_state_write(s->file, &s->word.state, NULL).code;
}

/* Each read of the round goes through here: so many bytes a second, and never a second that the server's end would wait for. */
static result slowly(void *context, const char *path, uint64_t offset, uint8_t *bytes, size_t got, struct fault *f) {
    struct scrubbing *s = context;
    (void)path, (void)offset, (void)bytes;
    s->read += got;
    s->word.state.bytes += got;
    int64_t due_ns = s->began_ns + (int64_t)((s->read - s->told) * 1000000000 / s->rate), now_ns = monotonic_ns();
    while (!s->over && now_ns < due_ns) {
        hear(s, (due_ns - now_ns) / 1000000 + 1);
        now_ns = monotonic_ns();
    }
    if (now_ns > due_ns) { /* what was not read in time is not caught up with */
        s->began_ns = now_ns;
        s->told = s->read;
    }
    if (now_ns - s->said_ns > INT64_C(1000000000)) say(s, WORD_STATE);
    return s->over ? fail(f, RESULT_BUSY, "scrub", "the server has ended") : OK;
}

static void found(void *context, const struct scrub_found *x) {
    struct scrubbing *s = context;
    struct scrub_state *state = &s->word.state;
    if (s->again > 0) s->again--;
    else if (state->found++ == 0) {
        snprintf(state->first, sizeof state->first, "%.63s", x->path);
        state->first_at = x->at;
    }
    s->word.found = *x;
    if (s->named++ < DOOR_SCRUB_NAMED) say(s, WORD_FOUND);
    keep(s);
}

/* All of the segment was gone through: what was found there before the start and not again has gone. */
static void segment_over(struct scrubbing *s) {
    s->word.state.found -= s->again;
    s->again = 0;
}

static void at(void *context, uint32_t segment) {
    struct scrubbing *s = context;
    struct scrub_state *state = &s->word.state;
    if (segment < state->segment) state->found = s->again = 0; /* it is not there any more: from the beginning */
    if (segment != state->segment) {
        segment_over(s);
        state->before = state->found;
    }
    state->segment = segment;
    keep(s);
}

static void round_over(struct scrubbing *s, result r) {
    struct scrub_state *state = &s->word.state;
    s->word.why.code = r.code;
    segment_over(s);
    if (result_is_ok(r)) {
        state->rounds++;
        state->whole = (instant)time(NULL) * INSTANT_SECOND;
        state->found_whole = state->found;
        if (state->found == 0) state->first[0] = '\0', state->first_at = 0;
    }
    state->segment = 0;
    say(s, result_is_ok(r) ? WORD_ROUND : WORD_FAILED);
    state->bytes = state->found = state->before = 0;
    s->named = 0;
    keep(s);
}

static void work(struct scrubbing *s) {
    struct disk_through through = {.under = s->o->disk == NULL ? disk_real() : s->o->disk, .read = slowly, .context = s};
    uint64_t every = s->o->scrub_every > 0 ? s->o->scrub_every : DOOR_SCRUB_EVERY_SECONDS;
    while (!s->over && s->batch == 0) hear(s, 1000);
    while (!s->over) {
        struct scrub_report report;
        struct scrub_options o = {.disk = disk_through(&through), .dir = s->o->dir, .batch = s->batch, .segment = s->word.state.segment, .patience_ms = DOOR_SCRUB_PATIENCE_MS, .found = found, .at = at, .context = s};
        s->began_ns = monotonic_ns();
        s->told = s->read;
        memset(&s->word.why, 0, sizeof s->word.why);
        result r = scrub_run(&o, &report, &s->word.why);
        if (s->over) break;
        round_over(s, r);
        for (int64_t until = monotonic_ms() + (int64_t)every * 1000; !s->over && monotonic_ms() < until;) hear(s, until - monotonic_ms());
    }
}

static void live(void *context, int socket) {
    const struct server_options *o = context;
    static struct scrubbing s;
    struct node_inspection log;
    char path[LIMIT_PATH];
    struct disk *d = o->disk == NULL ? disk_real() : o->disk;
    s = (struct scrubbing){.socket = socket, .o = o, .rate = (o->scrub_rate > 0 ? o->scrub_rate : DOOR_SCRUB_RATE) * UINT64_C(1000000)};
    result r = node_inspect(d, o->dir, &log, &s.word.why);
    if (result_is_ok(r)) {
        if (!result_is_ok(scrub_state_read(d, o->dir, &log.log, &s.word.state, NULL))) s.word.state = (struct scrub_state){.log = log.log};
        if (s.word.state.found > s.word.state.before) s.again = s.word.state.found - s.word.state.before;
        snprintf(path, sizeof path, "%s/scrub", o->dir);
        if (!result_is_ok(disk_open(d, path, DISK_WRITE, true, &s.file, NULL))) s.file = NULL;
    }
    if (result_is_ok(r) && !o->no_seccomp && !confine_impossible()) r = confine_scrubber(o->dir, &s.word.why);
    s.word.why.code = r.code;
    if (result_is_ok(r)) {
        say(&s, WORD_STATE);
        work(&s);
    } else {
        say(&s, WORD_FAILED);
    }
    disk_close(s.file);
}

/* --- the server's side --- */

void scrubber_start(struct scrubber *s, const struct server_options *o) {
    static const struct child_how how = {.name = "parley-scrub", .type = SOCK_SEQPACKET, .nice = DOOR_SCRUB_NICE, .first_to_go = true};
    char path[LIMIT_PATH];
    struct fault f = {0};
    *s = (struct scrubber){.child.socket = -1};
    int length = snprintf(path, sizeof path, "%s/genesis", o->dir);
    if (o->no_scrub || length >= (int)sizeof path || access(path, F_OK) != 0) return; /* node_open says it */
    s->wanted = true;
    struct server_options own = *o; /* as live wants it: not const */
    if (result_is_ok(child_start(&s->child, &how, live, &own, &f))) return;
    s->lost = true;
    report_fault(REPORT_WARNING, "scrubber_ended", &f);
}

static void report_found(const struct scrub_found *x) {
    char room[512];
    struct append m = append_fixed(room, sizeof room);
    report_text(&m, "file", text_of(x->path));
    report_number(&m, "byte", (int64_t)x->at);
    report_number(&m, "size", (int64_t)x->size);
    if (x->any_record) report_number(&m, "order", (int64_t)x->order);
    report_text(&m, "why", text_of(x->why));
    report(REPORT_ERROR, "rot", &m);
}

static void report_round(const struct scrubber *s) {
    char room[128];
    struct append m = append_fixed(room, sizeof room);
    report_number(&m, "bytes", (int64_t)s->state.bytes);
    report_number(&m, "rot", (int64_t)s->state.found);
    report(s->state.found > 0 ? REPORT_ERROR : REPORT_INFO, "scrubbed", &m);
}

static void take(struct scrubber *s, struct word *w) {
    w->why.field[sizeof w->why.field - 1] = w->why.message[sizeof w->why.message - 1] = '\0';
    w->found.path[sizeof w->found.path - 1] = w->found.why[sizeof w->found.why - 1] = w->state.first[SCRUB_FIRST - 1] = '\0';
    s->state = w->state;
    s->read = w->read;
    if (w->kind == WORD_FOUND) report_found(&w->found);
    if (w->kind == WORD_ROUND) report_round(s);
    if (w->kind == WORD_FAILED) report_fault(REPORT_ERROR, "scrub_failed", &w->why);
    if (w->kind == WORD_ROUND || w->kind == WORD_FAILED) {
        s->failed = w->kind == WORD_FAILED;
        s->why = w->why;
    }
}

void scrubber_turn(struct scrubber *s, struct node *n) {
    static struct word w; /* one thread: the loop's */
    size_t got;
    if (!child_up(&s->child)) return;
    while (child_hear(&s->child, &w, sizeof w, &got)) {
        if (got == sizeof w && (unsigned)w.kind < WORDS) take(s, &w);
        else (void)child_end(&s->child, 0); /* not one of ours any more */
    }
    if (!child_up(&s->child)) {
        s->lost = true;
        report(REPORT_ERROR, "scrubber_ended", NULL);
        return;
    }
    struct order order = {node_batch(n)};
    if (order.batch != s->told_batch && child_tell(&s->child, &order, sizeof order)) s->told_batch = order.batch;
}

void scrubber_end(struct scrubber *s, int64_t grace_ms) {
    if (child_end(&s->child, grace_ms) != CHILD_ENDED) report(REPORT_WARNING, "scrubber_killed", NULL);
}

uint64_t scrubber_rot(const struct scrubber *s) { return s->state.found > 0 ? s->state.found : s->state.found_whole; }

static int64_t age_s(const struct scrubber *s) { return (int64_t)time(NULL) - s->state.whole / INSTANT_SECOND; }

void scrubber_attention(struct attention *a, const struct scrubber *s) {
    attention_scrub(a, scrubber_rot(s), s->state.first, s->state.first_at, s->failed ? s->why.message : NULL, s->wanted && s->lost);
}

void scrubber_render(const struct scrubber *s, struct append *out) {
    append_format(out, ",\"scrub\":{\"on\":%s,\"bytes\":%llu,\"segment\":%u,\"rounds\":%llu,\"whole_age_s\":", s->wanted && !s->lost ? "true" : "false", (unsigned long long)s->read, s->state.segment, (unsigned long long)s->state.rounds);
    if (s->state.whole == 0) append_str(out, "null");
    else append_format(out, "%lld", (long long)age_s(s));
    append_format(out, ",\"rot\":%llu,\"file\":", (unsigned long long)scrubber_rot(s));
    append_json_string(out, text_of(scrubber_rot(s) > 0 ? s->state.first : ""));
    append_format(out, ",\"byte\":%llu}", (unsigned long long)s->state.first_at);
}

void scrubber_figures(const struct scrubber *s, struct append *out) {
    exposition_number(out, "scrub_up", "gauge", "1: a process beside the server looks for rot.", child_up(&s->child));
    exposition_number(out, "scrub_lost", "gauge", "1: it has ended before the server, or could not be made; the next start has another.", s->lost);
    exposition_number(out, "scrub_read_bytes_total", "counter", "Bytes that it has read since the start.", s->read);
    exposition_number(out, "scrub_segment", "gauge", "The segment of hashes that it has come to; 0: it waits for the next round, or looks at what stands beside the journal.", s->state.segment);
    exposition_number(out, "scrub_rounds_total", "counter", "Whole rounds in this log.", s->state.rounds);
    exposition_head(out, "scrub_whole_seconds", "gauge", "When the last whole round ended, since 1970; NaN: none has.");
    if (s->state.whole == 0) append_str(out, "parley_scrub_whole_seconds NaN\n");
    else append_format(out, "parley_scrub_whole_seconds %lld\n", (long long)(s->state.whole / INSTANT_SECOND));
    exposition_number(out, "scrub_failed", "gauge", "1: the last round did not come to its end, for something could not be read.", s->failed);
    exposition_number(out, "scrub_rot", "gauge", "Places of the log's directory that are no longer what was written, in the round under way, else in the last whole one.", scrubber_rot(s));
}
