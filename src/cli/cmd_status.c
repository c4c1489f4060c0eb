/* status: is all well, and what is not? First what wants attention, then the figures. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/span.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "door/limits.h"

#define QUOTAS_SHOWN 12 /* without --all */

static struct text words(const struct json *top, const char *name) {
    const struct json *m = top != NULL ? json_member(top, name) : NULL;
    return m != NULL ? m->string : TEXT("?");
}
static double number(const struct json *top, const char *name) {
    const struct json *m = top != NULL ? json_member(top, name) : NULL;
    return m != NULL ? m->number : 0;
}
static bool known(const struct json *top, const char *name) {
    const struct json *m = top != NULL ? json_member(top, name) : NULL;
    return m != NULL && m->kind == JSON_NUMBER;
}
static void print_span(double seconds) {
    char room[32];
    struct append a = append_fixed(room, sizeof room);
    append_span(&a, seconds > 9e9 ? INT64_MAX : (int64_t)(seconds * 1e9));
    printf("%.*s", TEXT_ARG(append_view(&a)));
}
static void print_size(double bytes) {
    char room[32];
    struct append a = append_fixed(room, sizeof room);
    append_size(&a, bytes < 1 ? 0 : (uint64_t)bytes);
    printf("%.*s", TEXT_ARG(append_view(&a)));
}

/* --- what wants attention --- */

static void print_attention(const struct json *top) {
    const struct json *all = json_member(top, "attention");
    unsigned alarms = 0, count = all != NULL ? all->count : 0;
    for (const struct json *l = json_first(all); l != NULL; l = json_next(all, l)) alarms += text_is(words(l, "level"), "alarm");
    if (all == NULL) printf("UNKNOWN: this server does not say what wants attention\n"); /* an older one */
    else if (count == 0) printf("OK: nothing wants attention\n");
    else if (alarms == 0) printf("WARN: %u %s to look at by day\n", count, count == 1 ? "thing" : "things");
    else if (alarms == count) printf("ALARM: %u %s to look at now\n", count, count == 1 ? "thing" : "things");
    else printf("ALARM: %u %s to look at now, %u more by day\n", alarms, alarms == 1 ? "thing" : "things", count - alarms);
    for (const struct json *l = json_first(all); l != NULL; l = json_next(all, l))
        printf("  %-5s  %-11.*s  %.*s\n", text_is(words(l, "level"), "alarm") ? "ALARM" : "warn", TEXT_ARG(words(l, "what")), TEXT_ARG(words(l, "text")));
}

/* --- what the log is, who asks --- */

static void print_log(const struct json *top) {
    const struct json *unsure = json_member(top, "clock_unsure");
    double error = number(top, "clock_error_s");
    printf("%.*s %.*s\nlog %.*s\ntick %.*s at %.*s, clock: %s%s, error up to %.3g s\n", TEXT_ARG(words(top, "mode")), TEXT_ARG(words(top, "origin")), TEXT_ARG(words(top, "log")),
           TEXT_ARG(words(top, "tick")), TEXT_ARG(words(top, "time")), unsure != NULL && unsure->boolean ? "UNSURE, it jumped" : "no jump seen",
           error * 1e9 >= (double)DOOR_CLOCK_UNSYNC_NS ? "; NOT synchronised" : "", error);
    printf("%.*s: %.*s records in its stream\n", TEXT_ARG(words(top, "party")), TEXT_ARG(words(top, "stream")));
}

/* From the log's time to that member's; nothing where there is none, or it has passed. */
static void print_until(const struct json *top, const struct json *of, const char *member, const char *before) {
    instant now, then;
    struct fault ignored;
    const struct json *t = json_member(of, member);
    if (t == NULL || t->kind != JSON_STRING || !result_is_ok(instant_parse(words(top, "time"), &now, &ignored)) || !result_is_ok(instant_parse(t->string, &then, &ignored)) || then <= now) return;
    printf("%s", before);
    print_span((double)(then - now) / (double)INSTANT_SECOND);
}
/* Which it is, in the words of a desk: the area's name, and when. */
static void print_area(const struct json *l) {
    const struct json *area = json_member(l, "area"), *start = json_member(l, "start"), *end = json_member(l, "until");
    if (area == NULL) return;
    printf("    \"%.*s\"", TEXT_ARG(area->string));
    if (start != NULL && start->kind == JSON_STRING) printf(" from %.19sZ", start->string.at);
    if (end != NULL && end->kind == JSON_STRING) printf(" to %.19sZ", end->string.at);
    printf("\n");
}
static void print_readbacks(const struct json *top, const char *member, const char *whose) {
    const struct json *all = json_member(top, member);
    if (all == NULL) return;
    const struct json *late = json_member(all, "late");
    if (whose[0] == '\0' && number(all, "waiting") == 0 && json_member(top, "readbacks_of_all") != NULL) return; /* the operator's own */
    printf("read-backs%s: %.*s waiting, %.*s overdue", whose, TEXT_ARG(words(all, "waiting")), TEXT_ARG(words(all, "overdue")));
    if (number(all, "past") > 0) printf(", %.*s never made, of hazards that are over", TEXT_ARG(words(all, "past")));
    if (number(all, "told_over") > 0) printf(", %.*s not made, of hazards that were over when told", TEXT_ARG(words(all, "told_over")));
    printf("%s\n", number(all, "overdue") > 0 && whose[0] == '\0' ? "; 'parley list due' has them" : "");
    for (const struct json *l = json_first(late); l != NULL; l = json_next(late, l)) {
        const struct json *notice = json_member(l, "notice");
        printf("  %.*s: %s %.*s, overdue for ", TEXT_ARG(words(l, "party")), notice != NULL ? "notice" : "alert", TEXT_ARG(words(l, notice != NULL ? "notice" : "alert")));
        print_span(number(l, "overdue_s"));
        if (number(l, "calls") == 1) printf(", called once");
        else printf(", called %.*s times", TEXT_ARG(words(l, "calls")));
        print_until(top, l, "next_call", ", again in ");
        printf(", place %.*s\n", TEXT_ARG(words(l, "place")));
        print_area(l);
    }
    if (number(all, "overdue") > (late != NULL ? late->count : 0)) printf("  … and %.0f more\n", number(all, "overdue") - (late != NULL ? late->count : 0));
}

/* --- how full --- */

struct fill { struct text whose, name, used_text, most_text; double used, most; };
static int fuller(const void *a, const void *b) {
    const struct fill *x = a, *y = b;
    double p = x->used * y->most, q = y->used * x->most;
    return p != q ? (p > q ? -1 : 1) : x < y ? -1 : 1;
}
static unsigned take_fills(const struct json *of, const char *most, struct text whose, struct fill *out, unsigned room) {
    unsigned n = 0;
    for (const struct json *t = json_first(of); t != NULL && n < room; t = json_next(of, t)) {
        const struct json *used = json_member(t, "used"), *all = json_member(t, most);
        if (used != NULL && all != NULL && all->number > 0) out[n++] = (struct fill){whose, t->name, used->string, all->string, used->number, all->number};
    }
    return n;
}
static void print_fill(const struct fill *f) {
    double percent = f->used * 100 / f->most;
    if (f->whose.size > 0) printf("  %-16.*s", TEXT_ARG(f->whose));
    printf("  %-12.*s %10.*s of %10.*s  ", TEXT_ARG(f->name), TEXT_ARG(f->used_text), TEXT_ARG(f->most_text));
    if (f->used > 0 && percent < 1) printf(" <1 %%\n");
    else printf("%3.0f %%%s\n", percent >= 100 ? 100 : (double)(int)percent, f->used >= f->most ? "  FULL" : percent >= 87.5 ? "  NEARLY FULL" : "");
}
/* The fullest first, at most so many; what is empty in a line of its own, where each stands once. */
static void print_fills(const char *title, struct fill *all, unsigned count, unsigned shown, bool name_empty) {
    unsigned n = 0, taken = 0;
    if (count == 0) return;
    qsort(all, count, sizeof *all, fuller);
    while (taken < count && all[taken].used > 0) taken++;
    printf("%s\n", title);
    for (; n < taken && n < shown; n++) print_fill(&all[n]);
    if (n < taken) printf("  … and %u more, all below %.0f %%\n", taken - n, (double)(int)(all[n].used * 100 / all[n].most) + 1);
    if (name_empty && taken < count) printf("  empty:");
    for (unsigned i = taken; name_empty && i < count; i++) printf("%s %.*s", i > taken ? "," : "", TEXT_ARG(all[i].name));
    if (name_empty && taken < count) printf("\n");
    if (!name_empty && taken == 0) printf("  all are empty\n");
}
static void print_own(const struct json *top) {
    struct fill all[64];
    unsigned n = take_fills(json_member(top, "quotas"), "share", (struct text){0}, all, 64);
    print_fills("your own, of your share", all, n, n, true);
}
static void print_all(const struct json *top, bool every) {
    const struct json *parties = json_member(top, "parties");
    struct fill tables[64];
    unsigned n = take_fills(json_member(top, "tables"), "capacity", (struct text){0}, tables, 64), room = 0, count = 0;
    print_fills("tables, of the log's capacity", tables, n, n, true);
    for (const struct json *p = json_first(parties); p != NULL; p = json_next(parties, p)) room += json_member(p, "quotas") != NULL ? json_member(p, "quotas")->count : 0;
    struct fill *all = room > 0 ? malloc(room * sizeof *all) : NULL;
    if (all == NULL) return;
    for (const struct json *p = json_first(parties); p != NULL; p = json_next(parties, p)) count += take_fills(json_member(p, "quotas"), "share", words(p, "party"), all + count, room - count);
    print_fills("quotas of the parties, of their shares", all, count, every ? count : QUOTAS_SHOWN, false);
    free(all);
    for (const struct json *p = json_first(parties); p != NULL; p = json_next(parties, p))
        if (every || number(p, "forks") > 0) printf("%.*s: %.*s records, %.*s forks\n", TEXT_ARG(words(p, "party")), TEXT_ARG(words(p, "stream")), TEXT_ARG(words(p, "forks")));
}

/* --- the server --- */

static void print_disk(const struct json *server) {
    const struct json *disk = json_member(server, "disk"), *grows = disk != NULL ? json_member(disk, "grows") : NULL;
    if (disk == NULL) return;
    printf("disk: ");
    print_size(number(disk, "free_bytes"));
    printf(" free, ");
    print_size(number(disk, "reserve_bytes"));
    printf(" of it kept for what warns people; ");
    if (grows != NULL && !grows->boolean) printf("the log does not grow\n");
    else if (!known(disk, "left_s")) printf("for how long is known a minute after the start\n");
    else {
        printf("lasts ");
        print_span(number(disk, "left_s"));
        printf(" at the rate of the last ");
        print_span(number(disk, "over_s"));
        printf("\n");
    }
}
static void print_witnesses(const struct json *server) {
    const struct json *all = json_member(server, "witnesses");
    for (const struct json *w = json_first(all); w != NULL; w = json_next(all, w)) {
        printf("witness %.*s: ", TEXT_ARG(words(w, "name")));
        if (number(w, "size") > 0) printf("signed %.0f ticks, dated %.*s; ", number(w, "size"), TEXT_ARG(words(w, "time")));
        else printf("has signed nothing yet; ");
        printf("%s", number(w, "signed") > 0 ? "last " : "none since the start, ");
        print_span(number(w, "age_s"));
        printf(" ago, %.0f times, %.0f failed%s%.*s\n", number(w, "signed"), number(w, "failed"), words(w, "why").size > 0 ? ", now: " : "", TEXT_ARG(words(w, "why")));
    }
}

static void print_snapshot(const struct json *server) {
    const struct json *s = json_member(server, "snapshot");
    if (s == NULL) return;
    printf("snapshot: ");
    if (known(s, "age_s")) {
        print_span(number(s, "age_s"));
        printf(" old, ");
        print_size(number(s, "bytes"));
    } else {
        printf("none yet");
    }
    printf("; a start steps %.*s statements; %.*s written since the start, %.*s failed, %.*s unusable\n", TEXT_ARG(words(s, "behind")), TEXT_ARG(words(s, "written")),
           TEXT_ARG(words(s, "failed")), TEXT_ARG(words(s, "unusable")));
}
static void print_scrub(const struct json *server) {
    const struct json *s = json_member(server, "scrub");
    if (s == NULL) return;
    printf("rot: ");
    if (number(s, "rot") > 0) printf("%.*s places, the first in %.*s, byte %.*s; ", TEXT_ARG(words(s, "rot")), TEXT_ARG(words(s, "file")), TEXT_ARG(words(s, "byte")));
    else printf("none found; ");
    if (known(s, "whole_age_s")) {
        printf("all was read through ");
        print_span(number(s, "whole_age_s"));
        printf(" ago; ");
    } else {
        printf("not all was read through yet; ");
    }
    print_size(number(s, "bytes"));
    printf(" read since the start%s\n", json_member(s, "on") != NULL && json_member(s, "on")->boolean ? "" : "; nobody looks");
}
static void print_steps(const struct json *server, bool every) {
    const struct json *s = json_member(server, "steps"), *kinds = s != NULL ? json_member(s, "kinds") : NULL;
    if (s == NULL) return;
    printf("steps: %.*s since the start, %.*s of them over ", TEXT_ARG(words(s, "count")), TEXT_ARG(words(s, "over")));
    print_span(number(s, "over_ms") / 1000);
    printf("; the slowest:\n");
    unsigned n = 0;
    for (const struct json *k = json_first(kinds); k != NULL && (every || n < 5); k = json_next(kinds, k), n++) {
        const struct json *slowest = json_member(k, "slowest"), *first = slowest != NULL ? json_first(slowest) : NULL;
        if (first == NULL) continue;
        printf("  %-16.*s ", TEXT_ARG(words(k, "kind")));
        print_span(number(first, "ms") / 1000);
        if (known(first, "order")) printf(" (order %.*s)", TEXT_ARG(words(first, "order")));
        printf(", %.*s of %.*s over the limit\n", TEXT_ARG(words(k, "over")), TEXT_ARG(words(k, "count")));
    }
}
static void print_server(const struct json *top, bool every) {
    const struct json *server = json_member(top, "server"), *searches = server != NULL ? json_member(server, "searches") : NULL;
    if (server == NULL) return;
    printf("server: version %.*s, up for ", TEXT_ARG(words(server, "version")));
    print_span(number(server, "up_s"));
    printf("; %.*s statements queued, %.*s searches wait to go on\n", TEXT_ARG(words(server, "queued")), TEXT_ARG(words(searches, "waiting")));
    print_disk(server);
    print_snapshot(server);
    print_scrub(server);
    print_witnesses(server);
    print_steps(server, every);
    const struct json *world = json_member(server, "world");
    if (world != NULL && (words(world, "url").size > 0 || number(world, "constraints") + number(world, "intents") > 0))
        printf("to the drone world: %.*s constraints and %.*s operational intents under %.*s, %.*s of them by circles; %.*s wait to be shown\n", TEXT_ARG(words(world, "constraints")), TEXT_ARG(words(world, "intents")),
               TEXT_ARG(words(world, "url")), TEXT_ARG(words(world, "coarse")), TEXT_ARG(words(world, "waiting")));
    printf("holds unanswered: %.*s, feeds silent: %.*s\n", TEXT_ARG(words(server, "holds_unanswered")), TEXT_ARG(words(server, "feeds_silent")));
}

static int print_status(struct client *k, struct text body, const struct json *top) {
    bool every = cli_has(k->cli, "all");
    if (k->cli->json) {
        fwrite(body.at, 1, body.size, stdout);
        return CLI_OK;
    }
    print_attention(top);
    print_log(top);
    print_readbacks(top, "readbacks", "");
    if (json_member(top, "readbacks_of_all") != NULL) print_readbacks(top, "readbacks_of_all", " of all parties");
    print_server(top, every);
    if (json_member(top, "tables") == NULL) print_own(top);
    else print_all(top, every);
    return CLI_OK;
}

static int status_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    struct http_reply reply = {0};
    const struct json *top = NULL;
    result r = client_open(&k, c, true, true, &f);
    if (result_is_ok(r)) r = client_get(&k, "/v1/status", &reply, &top, &f);
    int status = result_is_ok(r) ? print_status(&k, append_view(&reply.body), top) : cli_fail(c, &f);
    append_free(&reply.body);
    client_close(&k);
    return status;
}

static const struct cli_option status_options[] = {{"all", NULL, "every party's quotas and every kind of step, not the first few alone"}, {NULL, NULL, NULL}};
const struct cli_command command_status = {
    "status", "", 0, 0, "is all well? what wants attention first, then how full everything is, read-backs that are overdue, disk, snapshot, slowest steps",
    "The first line says OK, WARN or ALARM: people are warned less, or will be within hours. A line for each thing follows. A party sees its own quotas and read-backs; the "
    "operator those of all, every table, the days that are left of the disk at the present rate, the age of the newest snapshot, and the slowest steps since the start by kind of "
    "statement. Figures are rounded down; --json has them all. The exit status is 0 whatever is found.",
    status_options, true, status_run};
