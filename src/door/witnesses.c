#include "door/witnesses.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/note.h"
#include "base/span.h"
#include "door/attention.h"
#include "door/exposition.h"
#include "door/key_url.h"
#include "door/report.h"

struct asked {
    char *given; const char *url; /* the option's text, our own copy: settings may be read anew; where its URL begins */
    struct text name;
    uint8_t key[32];
    struct child child;
    uint64_t old, size;          /* that it has signed, as far as is known; of what it is asked for */
    int64_t due_ms, asked_ms;    /* asked_ms 0: it is not asked */
    unsigned conflicts;          /* answers 409 in a row, to one checkpoint */
    int64_t good_ms;             /* when it last signed; the start where it has not */
    uint64_t signed_total, failures[WITNESS_FAILURES], in_a_row;
    bool told_silent, told_dead;
    char why[192];
};
struct witnesses { unsigned count; int64_t every_ms, silent_ms, now_ms, began_ms; uint64_t shown; /* size of the largest checkpoint that may have been shown */ struct asked of[LIMIT_WITNESSES]; };

const char *witness_failure_name(enum witness_failure w) {
    static const char *const names[WITNESS_FAILURES] = {"unreachable", "refuses", "untrue"};
    return names[w];
}

/* --- life --- */

/* A key's name may hold '=', its base64 has none (33 bytes): the key ends 44 characters behind its second '+'. */
result witness_read(const char *given, struct text *name, uint8_t public_key[32], const char **url, struct fault *f) {
    const char *plus = strchr(given, '+');
    size_t size = plus == NULL ? SIZE_MAX : (size_t)(plus - given) + 10 + 44;
    struct fault inner = {.message = "a key is '<name>+<8 hex digits>+<base64>'"};
    bool whole = size < strlen(given) && given[size] == '=';
    if (!whole || !result_is_ok(note_vkey_read_of(NOTE_COSIGNATURE, (struct text){given, size}, name, public_key, &inner)))
        return fail(f, RESULT_USAGE, "witness", "is not VKEY=URL, with a key as 'parley witness key' prints it: %s", whole ? inner.message : "no '=' stands behind the key");
    *url = given + size + 1;
    for (size_t i = 0; i < name->size; i++)
        if (name->at[i] <= ' ' || name->at[i] >= 0x7f) return fail(f, RESULT_USAGE, "witness", "the name of its key has bytes that are no printable ASCII: the record and those who read it would not show them as they are");
    if (name->size > LIMIT_WITNESS_NAME) return fail(f, RESULT_USAGE, "witness", "the name of its key has more than %d bytes", LIMIT_WITNESS_NAME);
    if (!key_url_is(*url) || strlen(*url) > DOOR_URL_BYTES || strpbrk(*url, "?# ") != NULL)
        return fail(f, RESULT_USAGE, "witness", "'%.*s': its URL is http:// or https://, without query, of at most %d bytes", TEXT_ARG(*name), DOOR_URL_BYTES);
    return OK;
}

static result add(struct witnesses *w, const char *given, struct fault *f) {
    struct asked *a = &w->of[w->count];
    a->child.socket = -1;
    a->given = strdup(given);
    if (a->given == NULL) return fail(f, RESULT_FULL, "memory", "no memory for witnesses");
    w->count++; /* of which it may be that nothing is started */
    TRY(witness_read(a->given, &a->name, a->key, &a->url, f));
    for (unsigned i = 0; i + 1 < w->count; i++)
        if (memcmp(w->of[i].key, a->key, sizeof a->key) == 0) return fail(f, RESULT_USAGE, "witness", "'%.*s' is given twice", TEXT_ARG(a->name));
    return witness_courier_start(&a->child, a->url, f);
}

result witnesses_start(const char *const *given, unsigned count, unsigned every_s, unsigned silent_s, struct witnesses **out, struct fault *f) {
    *out = NULL;
    if (count == 0) return OK;
    assert(count <= LIMIT_WITNESSES);
    struct witnesses *w = calloc(1, sizeof *w);
    if (w == NULL) return fail(f, RESULT_FULL, "memory", "no memory for witnesses");
    w->every_ms = 1000 * (int64_t)(every_s > 0 ? every_s : DOOR_WITNESS_EVERY_SECONDS);
    w->silent_ms = 1000 * (int64_t)(silent_s > 0 ? silent_s : DOOR_WITNESS_SILENT_SECONDS);
    result r = OK;
    for (unsigned i = 0; i < count && result_is_ok(r); i++) r = add(w, given[i], f);
    if (result_is_ok(r)) *out = w;
    else witnesses_end(w);
    return r;
}

void witnesses_end(struct witnesses *w) {
    if (w == NULL) return;
    for (unsigned i = 0; i < w->count; i++) {
        (void)child_end(&w->of[i].child, 0);
        free(w->of[i].given);
    }
    free(w);
}

unsigned witnesses_count(const struct witnesses *w) { return w == NULL ? 0 : w->count; }
int witnesses_fd(const struct witnesses *w, unsigned i) { return w->of[i].child.socket; }
pid_t witnesses_pid(const struct witnesses *w, unsigned i) { return w->of[i].child.pid; }

static bool recorded(const struct node *n, const struct asked *a, struct state_cosignature *out) {
    for (uint32_t i = 0; state_cosignature(node_state(n), i, out); i++)
        if (memcmp(out->key->bytes, a->key, sizeof a->key) == 0) return true;
    return false;
}

void witnesses_begin(struct witnesses *w, const struct node *n, int64_t now_ms) {
    struct state_cosignature last;
    if (w != NULL) w->began_ms = w->now_ms = now_ms, w->shown = node_log_size(n);
    for (unsigned i = 0; i < witnesses_count(w); i++) {
        struct asked *a = &w->of[i];
        if (recorded(n, a, &last)) a->old = last.size;
        a->good_ms = a->due_ms = now_ms;
    }
}

/* --- what came back --- */

/* All are asked in the same turn, for the same tree, so that one checkpoint has the signatures of all: in rounds. */
static int64_t round_behind(const struct witnesses *w, int64_t pause_ms) { return w->began_ms + ((w->now_ms + pause_ms - w->began_ms) / w->every_ms + 1) * w->every_ms; }

static void tell(const struct asked *a, enum report_level level, const char *event) {
    char room[1024], shown[512];
    struct append m = append_fixed(room, sizeof room), url = append_fixed(shown, sizeof shown);
    key_url_show(a->url, &url);
    report_text(&m, "witness", a->name);
    report_text(&m, "url", append_view(&url));
    report_number(&m, "size", (int64_t)a->size);
    report_number(&m, "in_a_row", (int64_t)a->in_a_row);
    if (a->why[0] != '\0') report_text(&m, "why", text_of(a->why));
    report(level, event, &m);
}

/* The first failure of a row is told, then at each doubling: an outage of a day is a dozen lines. */
static void failed(struct witnesses *w, struct asked *a, enum witness_failure what, const char *why) {
    unsigned doublings = a->in_a_row > 6 ? 6 : (unsigned)a->in_a_row;
    int64_t pause = INT64_C(1000) << doublings;
    a->failures[what]++;
    a->in_a_row++;
    a->conflicts = 0;
    snprintf(a->why, sizeof a->why, "%s: %.150s", witness_failure_name(what), why);
    a->due_ms = round_behind(w, pause > w->every_ms ? pause - w->every_ms : 0);
    if ((a->in_a_row & (a->in_a_row - 1)) == 0) tell(a, what == WITNESS_UNTRUE ? REPORT_ERROR : REPORT_WARNING, "witness_failed");
}

static void signed_it(struct witnesses *w, struct asked *a) {
    bool back = a->in_a_row > 0;
    a->signed_total++;
    a->old = a->size;
    a->good_ms = w->now_ms;
    a->due_ms = round_behind(w, 0);
    a->conflicts = 0;
    a->in_a_row = 0;
    a->told_silent = false;
    a->why[0] = '\0';
    if (back) tell(a, REPORT_INFO, "witness_back");
}

static void judge_signature(struct witnesses *w, struct asked *a, struct node *n, struct text reply) {
    struct fault f = {0};
    uint64_t seconds = 0;
    result r = node_cosigned_take(n, a->name, a->key, a->size, reply, (uint64_t)time(NULL), DOOR_WITNESS_SKEW_SECONDS, &seconds, &f);
    char why[256];
    if (result_is_ok(r)) {
        signed_it(w, a);
        return;
    }
    snprintf(why, sizeof why, "%.60s %.180s", f.field, f.message);
    failed(w, a, r.code == RESULT_FULL || r.code == RESULT_IO ? WITNESS_REFUSES : WITNESS_UNTRUE, why);
}

static bool read_size(struct text t, uint64_t *out) {
    uint64_t v = 0;
    if (t.size < 2 || t.size > 20 || t.at[t.size - 1] != '\n' || (t.at[0] == '0' && t.size > 2)) return false;
    for (size_t i = 0; i + 1 < t.size; i++) {
        if (t.at[i] < '0' || t.at[i] > '9') return false;
        v = v * 10 + (uint64_t)(t.at[i] - '0'); /* 19 digits fit */
    }
    *out = v;
    return v <= INT64_MAX;
}

/* It has signed another tree than was thought: asked again from that one, at once, but not for ever. */
static void judge_conflict(struct witnesses *w, struct asked *a, struct node *n, struct text reply) {
    uint64_t size = 0;
    char why[128];
    if (!read_size(reply, &size)) {
        failed(w, a, WITNESS_UNTRUE, "answers 409 without a size");
    } else if (size > node_log_size(n)) {
        snprintf(why, sizeof why, "says that it has signed %" PRIu64 " ticks, of %" PRIu64 " that there are: is this an older copy of the log?", size, node_log_size(n));
        failed(w, a, WITNESS_UNTRUE, why);
    } else if (++a->conflicts > DOOR_WITNESS_CONFLICTS) {
        failed(w, a, WITNESS_REFUSES, "answers 409 again and again: does somebody else submit this log to it?");
    } else {
        a->old = size;
        a->due_ms = w->now_ms;
    }
}

static void take(struct witnesses *w, struct asked *a, struct node *n, const struct witness_answer *x) {
    char why[160];
    if (a->asked_ms == 0) return; /* too late: it was given up */
    a->asked_ms = 0;
    if (x->status == 200) {
        judge_signature(w, a, n, x->text);
    } else if (x->status == 409) {
        judge_conflict(w, a, n, x->text);
    } else if (x->status == 0) {
        snprintf(why, sizeof why, "%.*s", (int)(x->text.size < 150 ? x->text.size : 150), x->text.at);
        failed(w, a, WITNESS_UNREACHABLE, why);
    } else {
        static const char *const meant[] = {"is not a status of a witness", "the request is malformed", "it does not know the log's key", "it does not know this log", "it takes the proof for none: has the log forked?"};
        unsigned m = x->status == 400 ? 1 : x->status == 403 ? 2 : x->status == 404 ? 3 : x->status == 422 ? 4 : 0;
        snprintf(why, sizeof why, "status %u: %s", x->status, meant[m]);
        failed(w, a, WITNESS_REFUSES, why);
    }
}

/* --- asking --- */

static void ask(struct witnesses *w, struct asked *a, struct node *n) {
    char room[DOOR_WITNESS_REQUEST_BYTES];
    struct append body = append_fixed(room, sizeof room);
    struct fault f = {0};
    uint64_t size = 0;
    result r = node_witness_request(n, a->old, &body, &size, &f);
    a->size = size;
    a->due_ms = w->now_ms + 1000;
    if (r.code == RESULT_NOT_FOUND) return; /* no tick yet */
    if (result_is_ok(r) && size == a->old) return; /* nor a new one */
    if (result_is_ok(r) && witness_courier_ask(&a->child, append_view(&body))) a->asked_ms = w->now_ms;
    else failed(w, a, WITNESS_UNREACHABLE, result_is_ok(r) ? "cannot be asked" : f.message);
}

static void turn_of(struct witnesses *w, struct asked *a, struct node *n) {
    struct witness_answer x;
    while (witness_courier_next(&a->child, &x)) take(w, a, n, &x);
    if (!child_up(&a->child)) { /* until the next start: this process forks no other */
        if (!a->told_dead) failed(w, a, WITNESS_UNREACHABLE, "the process that asks it has died"), tell(a, REPORT_ERROR, "witness_courier_died");
        a->told_dead = true;
        a->asked_ms = 0;
    } else if (a->asked_ms != 0 && w->now_ms - a->asked_ms > 2000 * DOOR_WITNESS_SECONDS) {
        a->asked_ms = 0;
        failed(w, a, WITNESS_UNREACHABLE, "no word from the process that asks it");
    } else if (a->asked_ms == 0 && w->now_ms >= a->due_ms) {
        ask(w, a, n);
    }
    if (!a->told_silent && w->now_ms - a->good_ms >= w->silent_ms) {
        a->told_silent = true;
        tell(a, REPORT_ERROR, "witness_silent");
    }
}

void witnesses_turn(struct witnesses *w, struct node *n, int64_t now_ms) {
    if (w == NULL) return;
    w->now_ms = now_ms;
    for (unsigned i = 0; i < w->count; i++) turn_of(w, &w->of[i], n);
}

/* --- what is shown --- */

/* Signed ones are some seconds old. Where they are older than a silence may be, the latest is shown without; when witnesses sign again, the one that was shown
 * last stays until theirs has come up to it: to who follows the log it never becomes smaller, over a start too. */
result witnesses_checkpoint(struct witnesses *w, struct node *n, struct append *out, struct fault *f) {
    uint64_t latest = node_log_size(n), best = node_cosigned_size(n);
    if (w == NULL || latest == 0) return node_checkpoint(n, out, f);
    bool stale = best == 0 || (int64_t)(latest - best) * (node_tick_ns(n) / 1000000) > w->silent_ms;
    if (stale || w->shown == 0) w->shown = latest;
    else if (best >= w->shown) w->shown = best;
    if (w->shown == best) return node_checkpoint_cosigned(n, out, f);
    return node_checkpoint_at(n, w->shown, out, f);
}

void witnesses_figures(const struct witnesses *w, const struct node *n, unsigned i, struct witness_figures *out) {
    const struct asked *a = &w->of[i];
    struct state_cosignature last = {0};
    bool any = recorded(n, a, &last);
    *out = (struct witness_figures){.name = a->name, .size = any ? last.size : 0, .seconds = any ? (int64_t)last.seconds : 0, .age_s = (w->now_ms - a->good_ms) / 1000,
                                    .signed_total = a->signed_total, .in_a_row = a->in_a_row, .silent = w->now_ms - a->good_ms >= w->silent_ms, .why = a->why};
    memcpy(out->failures, a->failures, sizeof out->failures);
}

void witnesses_attention(struct attention *a, const struct witnesses *w, const struct node *n) {
    for (unsigned i = 0; i < witnesses_count(w); i++) {
        struct witness_figures g;
        witnesses_figures(w, n, i, &g);
        attention_witness(a, g.name, g.silent, g.failures[WITNESS_UNTRUE] > 0 && g.in_a_row > 0 && strncmp(g.why, "untrue", 6) == 0, g.age_s * INSTANT_SECOND, g.why);
    }
}

static void each(const struct witnesses *w, const struct node *n, struct append *out, const char *name, const char *type, const char *help, uint64_t (*value)(const struct witness_figures *g)) {
    exposition_head(out, name, type, help);
    for (unsigned i = 0; i < w->count; i++) {
        struct witness_figures g;
        witnesses_figures(w, n, i, &g);
        append_format(out, "parley_%s{witness=", name);
        append_json_string(out, g.name); /* a key's name has no character that this would write otherwise than Prometheus does, but '"' and '\', which both escape alike */
        append_format(out, "} %" PRIu64 "\n", value(&g));
    }
}
static uint64_t signed_of(const struct witness_figures *g) { return g->signed_total; }
static uint64_t age_of(const struct witness_figures *g) { return (uint64_t)g->age_s; }
static uint64_t size_of(const struct witness_figures *g) { return g->size; }
static uint64_t silent_of(const struct witness_figures *g) { return g->silent; }
static uint64_t unreachable_of(const struct witness_figures *g) { return g->failures[WITNESS_UNREACHABLE]; }
static uint64_t refuses_of(const struct witness_figures *g) { return g->failures[WITNESS_REFUSES]; }
static uint64_t untrue_of(const struct witness_figures *g) { return g->failures[WITNESS_UNTRUE]; }

void witnesses_metrics(const struct witnesses *w, const struct node *n, struct append *out) {
    if (w == NULL) return;
    each(w, n, out, "witness_signed_total", "counter", "Checkpoints that this witness has signed since the start.", signed_of);
    each(w, n, out, "witness_age_seconds", "gauge", "Since this witness last signed, or since the start.", age_of);
    each(w, n, out, "witness_ticks", "gauge", "Ticks in the tree that this witness signed last; 0: none.", size_of);
    each(w, n, out, "witness_silent", "gauge", "1: this witness has signed nothing for longer than is allowed.", silent_of);
    each(w, n, out, "witness_unreachable_total", "counter", "Times that this witness gave no answer.", unreachable_of);
    each(w, n, out, "witness_refuses_total", "counter", "Answers of this witness that refuse to sign.", refuses_of);
    each(w, n, out, "witness_untrue_total", "counter", "Answers of this witness that are not true: another's signature, another tree, a time far off, garbage.", untrue_of);
}

void witnesses_render(const struct witnesses *w, const struct node *n, struct append *out) {
    append_str(out, ",\"witnesses\":[");
    for (unsigned i = 0; i < witnesses_count(w); i++) {
        struct witness_figures g;
        witnesses_figures(w, n, i, &g);
        append_str(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        append_json_string(out, g.name);
        append_format(out, ",\"size\":%" PRIu64 ",\"time\":", g.size);
        if (g.size == 0) append_str(out, "null");
        else append_char(out, '"'), append_instant(out, g.seconds < INT64_MAX / INSTANT_SECOND ? g.seconds * INSTANT_SECOND : INT64_MAX), append_char(out, '"');
        append_format(out, ",\"age_s\":%" PRId64 ",\"signed\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"silent\":%s,\"why\":", g.age_s, g.signed_total,
                      g.failures[WITNESS_UNREACHABLE] + g.failures[WITNESS_REFUSES] + g.failures[WITNESS_UNTRUE], g.silent ? "true" : "false");
        append_json_string(out, text_of(g.why));
        append_char(out, '}');
    }
    append_char(out, ']');
}
