/* Items of lists as lines. */
#include <string.h>

#include "cli/event_text.h"
#include "cli/line.h"

static bool is_true(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_BOOL && m->boolean;
}
/* How long that time is past by the server's; 0 too where either is not known, or they are one. */
static int64_t since(const struct line *l, struct text t) {
    instant at;
    struct fault ignored;
    return l->now > 0 && line_is_time(t) && result_is_ok(instant_parse(t, &at, &ignored)) ? l->now - at : 0;
}

/* How long before its start a claim was there, for each agreement that judges it. */
static void put_leads(struct line *l, const struct json *leads) {
    for (const struct json *n = json_first(leads); n != NULL; n = json_next(leads, n)) {
        if (line_number(n, "pieces") == 0) continue;
        double lead = line_number(n, "sequenced_s"), agreed = line_number(n, "agreed_s");
        append_format(l->out, "; lead %lld s of %lld s agreed in %.*s", cli_seconds(lead, false), cli_seconds(agreed, false), TEXT_ARG(line_member(n, "agreement")));
        if (lead < agreed) append_format(l->out, ", SHORT by %lld s", cli_seconds(agreed - lead, true));
        if (is_true(n, "read_back")) append_str(l->out, ", read back by all");
        else if (is_true(n, "delivered")) append_str(l->out, ", delivered to all");
    }
}
/* Who has done what of a notice, each party in its words. `over`: it is hazardous no more, and nobody is waited for. */
static void put_ladder(struct line *l, const struct json *ladder, bool over) {
    for (const struct json *d = json_first(ladder); d != NULL; d = json_next(ladder, d)) {
        bool done = line_is_time(line_member(d, "read_back")), received = line_is_time(line_member(d, "received"));
        append_format(l->out, "; %.*s", TEXT_ARG(line_member(d, "party")));
        if (done) line_when(l, " read back ", d, "read_back");
        else if (received) line_when(l, " received ", d, "received");
        else append_str(l->out, " told");
        if (!done && over) line_when(l, ", not read back, was to by ", d, "deadline");
        else if (!done) line_when(l, line_overdue(l, d) ? ", OVERDUE, was to read back by " : ", to read back by ", d, "deadline");
        if (line_number(d, "mismatches") > 0) append_format(l->out, ", mismatches %.*s", TEXT_ARG(line_member(d, "mismatches")));
    }
}
static void put_seal(struct line *l, const struct json *n) {
    if (line_is_time(line_member(n, "open_by"))) line_when(l, since(l, line_member(n, "open_by")) > 0 ? "; sealed and NOT OPENED, was to be by " : "; sealed, to be opened by ", n, "open_by");
    else if (is_true(n, "sealed")) append_str(l->out, "; sealed");
}

static void put_notice(struct line *l, const struct json *n) {
    static const char *const skip[] = {"id", "party", "state", "area", "category", "text", "volumes", "sections", "last_statement", "version", "filed", "hazardous", "activated", "lead", "ladder", "sealed", "open_by", NULL};
    struct text area = line_member(n, "area"), text = line_member(n, "text");
    if (area.size > 0) append_json_string(l->out, area);
    else append_str(l->out, "(sealed)");
    bool active = text_is(line_member(n, "state"), "active");
    append_format(l->out, " %.*s %.*s", TEXT_ARG(line_member(n, "category")), TEXT_ARG(active ? TEXT("ACTIVE") : line_member(n, "state")));
    if (active) line_when(l, " since ", n, "activated");
    append_format(l->out, " %.*s", TEXT_ARG(line_member(n, "id")));
    line_volumes(l, json_member(n, "volumes"));
    if (text.size > 0) append_str(l->out, "; ");
    if (text.size > 0) append_json_string(l->out, text);
    put_seal(l, n);
    put_leads(l, json_member(n, "lead"));
    const struct json *hazardous = json_member(n, "hazardous");
    put_ladder(l, json_member(n, "ladder"), hazardous != NULL && hazardous->kind == JSON_BOOL && !hazardous->boolean);
    line_more(l, n, skip);
}

static void put_flight(struct line *l, const struct json *n) {
    static const char *const skip[] = {"id", "party", "state", "callsign", "volumes", "sections", "last_statement", "version", "filed", "releases", "persons_on_board", "priority", "sealed", "open_by", NULL};
    struct text callsign = line_member(n, "callsign"), persons = line_member(n, "persons_on_board");
    append_format(l->out, "%.*s %.*s %.*s", TEXT_ARG(callsign.size > 0 ? callsign : TEXT("(no callsign)")), TEXT_ARG(line_member(n, "state")), TEXT_ARG(line_member(n, "id")));
    line_volumes(l, json_member(n, "volumes"));
    if (persons.size > 0) append_format(l->out, "; %.*s on board", TEXT_ARG(persons));
    if (line_number(n, "priority") > 0) append_format(l->out, "; priority %.*s", TEXT_ARG(line_member(n, "priority")));
    put_seal(l, n);
    line_more(l, n, skip);
}

#define AHEAD_NS (2 * INSTANT_SECOND) /* the server's time comes to us to the second */
/* A metre is five decimals of a degree, and more no radar knows. A time that is ahead of the server's gives an age of nothing: that is no fresh position. */
static void put_track(struct line *l, const struct json *t) {
    static const char *const skip[] = {"party", "feed", "identity", "callsign", "time", "age_s", "at", "altitude", "speed_mps", "track_deg", "climb_mps", "uncertainty_m", "silent", "flags", "second", "flight", NULL};
    const struct json *at = json_member(t, "at"), *flags = json_member(t, "flags");
    struct text time = line_member(t, "time"), callsign = line_member(t, "callsign"), flight = line_member(t, "flight");
    append_format(l->out, "%.*s", TEXT_ARG(line_member(t, "identity")));
    if (is_true(t, "second")) append_str(l->out, " (the second of that identity)");
    if (callsign.size > 0) append_format(l->out, " %.*s", TEXT_ARG(callsign));
    append_format(l->out, " %.*s/%.*s", TEXT_ARG(line_member(t, "party")), TEXT_ARG(line_member(t, "feed")));
    if (is_true(t, "silent")) append_str(l->out, " SILENT");
    line_when(l, " ", t, "time");
    if (since(l, time) < -AHEAD_NS) append_str(l->out, " (its time is AHEAD of ours)");
    else append_format(l->out, " (%lld s old)", cli_seconds(line_number(t, "age_s"), true));
    if (at != NULL) append_format(l->out, ": %.5f,%.5f", line_number(at, "lat"), line_number(at, "lng"));
    if (json_member(t, "altitude") != NULL) append_char(l->out, ' ');
    if (json_member(t, "altitude") != NULL) line_altitude(l, json_member(t, "altitude"));
    if (json_member(t, "speed_mps") != NULL) append_format(l->out, ", %.0f m/s", line_number(t, "speed_mps"));
    if (json_member(t, "track_deg") != NULL) append_format(l->out, " towards %03.0f", line_number(t, "track_deg"));
    if (json_member(t, "climb_mps") != NULL) append_format(l->out, ", climbs %.1f m/s", line_number(t, "climb_mps"));
    if (json_member(t, "uncertainty_m") != NULL) append_format(l->out, ", within %.0f m", line_number(t, "uncertainty_m"));
    if (flight.size > 0) append_format(l->out, "; flight %.*s", TEXT_ARG(flight));
    for (const struct json *f = json_first(flags); f != NULL; f = json_next(flags, f))
        append_format(l->out, "%s %.*s", f == json_first(flags) ? "; ODD:" : ",", TEXT_ARG(text_is(f->string, "clock") ? TEXT("its clock is wrong") : f->string));
    line_more(l, t, skip);
}

static void put_area(struct line *l, const struct json *a) {
    append_json_string(l->out, line_member(a, "name"));
    append_format(l->out, " %.*s", TEXT_ARG(line_member(a, "id")));
    line_volumes(l, json_member(a, "volumes"));
}

static void put_hold(struct line *l, const struct json *h) {
    static const char *const skip[] = {"id", "party", "asked", "notice", "state", "reply", "made", "until", "text", "repeats", NULL};
    append_format(l->out, "%.*s %.*s: %.*s asks %.*s to hold %.*s", TEXT_ARG(line_member(h, "state")), TEXT_ARG(line_member(h, "reply")), TEXT_ARG(line_member(h, "party")), TEXT_ARG(line_member(h, "asked")),
                  TEXT_ARG(line_member(h, "notice")));
    line_when(l, ", asked ", h, "made");
    line_when(l, ", until ", h, "until");
    line_members(l, h, skip, 0);
    append_char(l->out, ' ');
    append_json_string(l->out, line_member(h, "text"));
    append_format(l->out, "; hold %.*s", TEXT_ARG(line_member(h, "id")));
}

static void put_party(struct line *l, const struct json *p) {
    static const char *const skip[] = {"party", "display", "keys", NULL}, *const key_skip[] = {"key", "public_key", NULL};
    const struct json *keys = json_member(p, "keys");
    append_format(l->out, "%.*s ", TEXT_ARG(line_member(p, "party")));
    append_json_string(l->out, line_member(p, "display"));
    line_members(l, p, skip, 0);
    append_str(l->out, " keys:");
    for (const struct json *k = json_first(keys); k != NULL; k = json_next(keys, k)) {
        append_format(l->out, "%s %.*s", k == json_first(keys) ? "" : ",", TEXT_ARG(line_member(k, "key")));
        line_members(l, k, key_skip, 0);
    }
}

static bool due_done(const struct json *d) {
    const struct json *m = json_member(d, "read_back");
    return m != NULL && m->kind == JSON_STRING;
}

/* Of what needs no answer any more; NULL: it does. */
static const char *of_past(const struct json *d) {
    struct text hazard = line_member(d, "hazard");
    if (text_is(hazard, "over")) return "a hazard that is over";
    if (text_is(hazard, "over-when-told")) return "a hazard that was over when it was told";
    return text_is(hazard, "cancelled") ? "a notice that was cancelled" : NULL;
}

unsigned event_due_rank(const struct json *d, instant now) {
    struct line l = {.now = now};
    if (due_done(d)) return 3;
    if (of_past(d) != NULL) return 2;
    return line_overdue(&l, d) ? 0 : 1;
}

static void put_due(struct line *l, const struct json *d) {
    static const char *const skip[] = {"place", "kind", "area", "start", "lower", "upper", "deadline", "made", "received", "read_back", "steps", "mismatches", "calls", "hazard", NULL};
    static const char *const order[] = {"place", "kind", "area", "start", "lower", "upper", NULL};
    bool open = !due_done(d), late = line_overdue(l, d);
    const char *past = open ? of_past(d) : NULL;
    if (!open) append_str(l->out, "done ");
    else if (past != NULL) append_str(l->out, "past ");
    else if (late) append_str(l->out, "OVERDUE ");
    for (int i = 0; order[i] != NULL; i++) {
        const struct json *m = json_member(d, order[i]);
        if (m == NULL) continue;
        append_format(l->out, "%s%s=", i > 0 ? " " : "", order[i]);
        line_value(l, m, 0);
    }
    line_members(l, d, skip, 0);
    if (past != NULL) append_format(l->out, "; of %s", past);
    if (open) line_when(l, late ? "; was to be answered by " : past != NULL ? "; to be answered by " : "; answer by ", d, "deadline");
    line_when(l, "; received ", d, "received");
    line_when(l, "; read back ", d, "read_back");
    if (line_number(d, "mismatches") > 0) append_format(l->out, "; mismatches %.*s", TEXT_ARG(line_member(d, "mismatches")));
    if (line_number(d, "calls") > 0) append_str(l->out, "; called ");
    if (line_number(d, "calls") > 0) line_times(l, line_member(d, "calls"));
}

static void item_line(const char *view, const struct json *item, instant now, struct append *out) {
    static const char *const skip[] = {"last_statement", NULL};
    static const struct {
        const char *view;
        void (*put)(struct line *l, const struct json *item);
    } forms[] = {{"notices", put_notice}, {"flights", put_flight}, {"tracks", put_track}, {"alerts", line_alert}, {"areas", put_area}, {"holds", put_hold}, {"parties", put_party}, {"due", put_due}};
    struct line l = {.out = out, .now = now};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(forms[i].view, view) == 0) {
            forms[i].put(&l, item);
            return;
        }
    size_t before = out->size;
    line_members(&l, item, skip, 0);
    if (out->size > before) { /* the blank before the first member */
        memmove(out->at + before, out->at + before + 1, out->size - before - 1);
        out->size--;
    }
}

void event_item_line(const char *view, const struct json *item, instant now, struct append *out) {
    size_t before = out->size;
    item_line(view, item, now, out);
    if (out->size > before) cli_tame(out->at + before, out->size - before);
}
