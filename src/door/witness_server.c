#include "door/witness_server.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "door/exposition.h"
#include "door/http.h"
#include "door/report.h"

struct server {
    const struct witness_server_options *o;
    struct witness *witness;
    struct small_server_lines lines;
};

/* --- the log: what was signed at debug, what was refused at warning, a fork at error --- */
static void tell(struct server *s, const struct witness_told *t, const struct fault *f) {
    char room[1024];
    struct append m = append_fixed(room, sizeof room);
    if (t->status != 200 && t->status != 409 && !small_server_line(&s->lines, t->fork)) return;
    if (t->log != NULL) report_text(&m, "log", t->log->origin);
    if (t->log != NULL) report_number(&m, "size", (int64_t)t->size);
    report_number(&m, "status", t->status);
    if (t->status != 200) report_fault_members(&m, f);
    if (s->lines.unsaid > 0) report_number(&m, "left_out", (int64_t)s->lines.unsaid);
    s->lines.unsaid = 0;
    report(t->fork ? REPORT_ERROR : t->status == 200 || t->status == 409 ? REPORT_DEBUG : REPORT_WARNING, t->fork ? "fork" : t->status == 200 ? "signed" : "not_signed", &m);
}

/* --- routes --- */
static void refuse(struct request *r, unsigned status, const struct fault *f) {
    struct problem p = problem_of(f);
    p.status = status;
    request_reply_problem(r, &p);
}

static void add(struct server *s, struct request *r) {
    struct fault f = {0};
    struct append out = append_growing(4096);
    time_t now = time(NULL);
    struct witness_told t = witness_add(s->witness, request_body(r), now > 0 ? (uint64_t)now : 0, &out, &f);
    tell(s, &t, &f);
    if (t.status == 200) request_reply(r, 200, "text/plain; charset=utf-8", &out);
    else if (t.status == 409) request_reply(r, 409, "text/x.tlog.size", &out);
    else refuse(r, t.status, &f);
    append_free(&out);
}

static bool checkpoint_path(struct text path, struct text *hash) {
    static const char end[] = "/checkpoint";
    size_t size = 1 + 2 * SHA256_SIZE;
    if (path.size != size + sizeof end - 1 || memcmp(path.at + size, end, sizeof end - 1) != 0) return false;
    *hash = (struct text){path.at + 1, size - 1};
    return true;
}

static void show(struct server *s, struct request *r, struct text hash) {
    struct text note;
    struct fault f = {0};
    if (!witness_checkpoint(s->witness, hash, &note)) {
        (void)fail(&f, RESULT_NOT_FOUND, "/checkpoint", "this witness has signed nothing of such a log");
        refuse(r, 404, &f);
        return;
    }
    struct append out = append_growing(note.size + 1);
    append_text(&out, note);
    request_reply(r, out.full ? 503 : 200, "text/plain; charset=utf-8", &out);
    append_free(&out);
}

/* --- for whoever watches it --- */
static void healthy(const struct server *s, struct request *r) {
    const char *ill = NULL;
    for (uint32_t i = 0; i < witness_origins(s->witness); i++)
        if (witness_origin(s->witness, i).forked) ill = "fork";
    small_server_health(r, ill);
}

enum figure { TICKS, SIGNED, FORK, FIGURES };
static uint64_t figure_of(const struct witness_figures_of *w, enum figure f) { return f == TICKS ? w->size : f == SIGNED ? w->seconds : w->forked; }

/* What is signed here is public, and so are these. */
static void metrics(const struct server *s, struct request *r) {
    static const struct { const char *name, *help; } of[FIGURES] = {[TICKS] = {"witness_log_ticks", "Size of the tree of the log that it has signed last; 0: none."},
        [SIGNED] = {"witness_log_signed_seconds", "When it has signed that, seconds since 1970; 0: nothing yet."},
        [FORK] = {"witness_log_fork", "1: two trees of one size were seen, both signed by the log: look at the file .fork, move it away, start again."}};
    struct append out = append_growing(1 << 20);
    for (enum figure f = 0; f < FIGURES; f++) {
        exposition_head(&out, of[f].name, "gauge", of[f].help);
        for (uint32_t i = 0; i < witness_origins(s->witness); i++) {
            struct witness_figures_of w = witness_origin(s->witness, i);
            exposition_sample_text(&out, of[f].name, "log", w.origin, figure_of(&w, f));
        }
    }
    request_reply(r, out.full ? 503 : 200, SMALL_SERVER_PROMETHEUS, &out);
    append_free(&out);
}

static void handle(void *context, struct request *r) {
    struct server *s = context;
    struct text path = request_path(r), method = request_method(r), hash;
    struct fault f = {0};
    bool adds = text_is(path, "/add-checkpoint"), health = text_is(path, "/healthy"), figures = text_is(path, "/metrics"), shows = checkpoint_path(path, &hash) || health || figures;
    bool reads = text_is(method, "GET") || text_is(method, "HEAD");
    if (adds && text_is(method, "POST")) {
        add(s, r);
    } else if (health && reads) {
        healthy(s, r);
    } else if (figures && reads) {
        metrics(s, r);
    } else if (shows && reads) {
        show(s, r, hash);
    } else if (adds || shows) {
        request_add_header(r, "Allow", adds ? "POST" : "GET, HEAD");
        (void)fail(&f, RESULT_UNSUPPORTED, "method", "here only %s is answered", adds ? "POST" : "GET");
        refuse(r, 405, &f);
    } else {
        (void)fail(&f, RESULT_NOT_FOUND, "path", "a witness answers POST /add-checkpoint, and GET /<origin hash>/checkpoint, /healthy and /metrics");
        refuse(r, 404, &f);
    }
    request_release(r);
}

/* --- life --- */
static result open_witness(void *context, struct fault *f) {
    struct server *s = context;
    return witness_open(&s->o->witness, &s->witness, f);
}

static void announce(void *context, const struct http *h) {
    const struct server *s = context;
    char room[512], url[512];
    struct append m = append_fixed(room, sizeof room);
    small_server_url(&s->o->server, h, url, sizeof url);
    printf("parley: witness %.*s listening on %s (%u logs)\n", TEXT_ARG(s->o->witness.name), url, s->o->witness.log_count);
    fflush(stdout);
    report_text(&m, "name", s->o->witness.name);
    report_number(&m, "port", http_port(h));
    report_number(&m, "signed_before", witness_signed(s->witness));
    report(REPORT_INFO, "listening", &m);
}

result witness_server_run(const struct witness_server_options *o, struct fault *f) {
    struct server s = {.o = o};
    struct small_server_options server = o->server;
    server.largest_body = LIMIT_WITNESS_BODY_BYTES;
    server.dir = o->witness.dir;
    result r = small_server_run(&server, &(struct small_server_methods){open_witness, announce, handle, NULL, NULL, &s}, f);
    witness_close(s.witness);
    return r;
}
