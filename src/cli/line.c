#include "cli/line.h"

#include <string.h>

#include "cli/cli.h"

enum { DEPTH_SHOWN = 4, VOLUMES_SHOWN = 3, DAY = 10, TO_THE_SECOND = 19 };

struct text line_member(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && (m->kind == JSON_STRING || m->kind == JSON_NUMBER) ? m->string : TEXT("");
}

double line_number(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_NUMBER ? m->number : 0;
}

bool line_is_time(struct text t) {
    return t.size > TO_THE_SECOND && t.at[4] == '-' && t.at[7] == '-' && t.at[DAY] == 'T' && t.at[13] == ':' && t.at[16] == ':' && t.at[t.size - 1] == 'Z';
}

void line_time(struct line *l, struct text t) {
    bool same = memcmp(l->day, t.at, DAY) == 0;
    memcpy(l->day, t.at, DAY);
    if (same) append_bytes(l->out, t.at + DAY + 1, TO_THE_SECOND - DAY - 1);
    else append_bytes(l->out, t.at, TO_THE_SECOND);
    append_char(l->out, 'Z');
}

/* Its deadline has passed. */
bool line_overdue(const struct line *l, const struct json *object) {
    instant deadline;
    struct fault ignored;
    return l->now > 0 && line_is_time(line_member(object, "deadline")) && result_is_ok(instant_parse(line_member(object, "deadline"), &deadline, &ignored)) && deadline < l->now;
}

void line_times(struct line *l, struct text count) {
    if (text_is(count, "1")) append_str(l->out, "once");
    else append_format(l->out, "%.*s times", TEXT_ARG(count));
}

/* " label 08:03:04Z" when the member is there. */
void line_when(struct line *l, const char *label, const struct json *object, const char *name) {
    struct text t = line_member(object, name);
    if (!line_is_time(t)) return;
    append_str(l->out, label);
    line_time(l, t);
}

static bool listed(const char *const *names, struct text name) {
    for (; names != NULL && *names != NULL; names++)
        if (text_is(name, *names)) return true;
    return false;
}

/* Null, false and empty members say nothing in a line for people. */
static bool says_nothing(const struct json *v) {
    return v->kind == JSON_NULL || (v->kind == JSON_BOOL && !v->boolean) || (v->kind == JSON_ARRAY && v->count == 0);
}

/* As --lower and --upper take it. */
void line_altitude(struct line *l, const struct json *v) {
    struct text value = line_member(v, "value"), reference = line_member(v, "reference"), units = line_member(v, "units");
    if (v == NULL) append_char(l->out, '?');
    else if (v->kind == JSON_STRING) append_text(l->out, v->string);
    else if (text_is(units, "FL")) append_format(l->out, "FL%.*s", TEXT_ARG(value));
    else if (text_is(value, "0") && text_is(reference, "SFC")) append_str(l->out, "SFC");
    else append_format(l->out, "%.*s%s%s%.*s", TEXT_ARG(value), text_is(units, "FT") ? "ft" : "m", text_is(reference, "AMSL") ? "" : ":", TEXT_ARG(text_is(reference, "AMSL") ? TEXT("") : reference));
}

/* Positions and altitudes are what people read most: they have a short form. */
static bool short_form(struct line *l, const struct json *v) {
    const struct json *lat = json_member(v, "lat"), *lng = json_member(v, "lng");
    if (lat != NULL && lng != NULL && v->count == 2) {
        append_format(l->out, "%.*s,%.*s", TEXT_ARG(lat->string), TEXT_ARG(lng->string));
        return true;
    }
    if (v->count != 3 || json_member(v, "value") == NULL || json_member(v, "units") == NULL || json_member(v, "reference") == NULL) return false;
    line_altitude(l, v);
    return true;
}

void line_string(struct line *l, struct text t) {
    bool plain = t.size > 0 && memchr(t.at, ' ', t.size) == NULL;
    for (size_t i = 0; i < t.size; i++) plain = plain && (unsigned char)t.at[i] >= ' ' && t.at[i] != '"';
    if (line_is_time(t)) line_time(l, t);
    else if (plain) append_text(l->out, t);
    else append_json_string(l->out, t);
}

void line_members(struct line *l, const struct json *object, const char *const *skip, unsigned depth) {
    bool first = true;
    for (const struct json *m = json_first(object); m != NULL; m = json_next(object, m)) {
        if (says_nothing(m) || listed(skip, m->name)) continue;
        if (!first || depth == 0) append_char(l->out, ' ');
        first = false;
        append_format(l->out, "%.*s=", TEXT_ARG(m->name));
        line_value(l, m, depth);
    }
}

void line_value(struct line *l, const struct json *v, unsigned depth) {
    bool first = true;
    switch (v->kind) {
    case JSON_NULL: append_str(l->out, "-"); break;
    case JSON_BOOL: append_str(l->out, v->boolean ? "yes" : "no"); break;
    case JSON_NUMBER: append_text(l->out, v->string); break;
    case JSON_STRING: line_string(l, v->string); break;
    case JSON_OBJECT:
        if (short_form(l, v)) break;
        append_char(l->out, '{');
        if (depth < DEPTH_SHOWN) line_members(l, v, NULL, depth + 1);
        else append_format(l->out, "%u members", v->count);
        append_char(l->out, '}');
        break;
    case JSON_ARRAY:
        append_char(l->out, '[');
        for (const struct json *e = json_first(v); e != NULL && depth < DEPTH_SHOWN; e = json_next(v, e)) {
            if (!first) append_char(l->out, ' ');
            first = false;
            line_value(l, e, depth + 1);
        }
        if (depth >= DEPTH_SHOWN) append_format(l->out, "%u", v->count);
        append_char(l->out, ']');
        break;
    }
}

/* ";" and the members that are not listed, when there are any. */
void line_more(struct line *l, const struct json *object, const char *const *skip) {
    size_t before = l->out->size + 1;
    append_char(l->out, ';');
    line_members(l, object, skip, 0);
    if (l->out->size == before && !l->out->full) l->out->size--;
}

static void put_shape(struct line *l, const struct json *volume) {
    const struct json *circle = json_member(volume, "circle"), *polygon = json_member(volume, "polygon"), *corridor = json_member(volume, "corridor"), *path = json_member(corridor, "path"),
                      *center = json_member(circle, "center");
    if (center != NULL) {
        append_str(l->out, ", circle ");
        line_value(l, center, 0);
        append_format(l->out, " radius %.2f NM", line_number(circle, "radius_m") / 1852);
    }
    if (polygon != NULL) append_format(l->out, ", polygon of %u points", polygon->count);
    if (path != NULL) append_format(l->out, ", corridor of %u point%s, %.2f NM wide%s", path->count, path->count == 1 ? "" : "s", line_number(corridor, "width_m") / 1852, path->count == 1 ? " (a circle)" : "");
    const struct json *from = json_first(polygon != NULL ? polygon : path);
    if (from == NULL) return;
    append_str(l->out, " from ");
    line_value(l, from, 0);
}

/* ": START to END, LOWER to UPPER, shape; …" */
void line_volumes(struct line *l, const struct json *volumes) {
    unsigned shown = 0;
    for (const struct json *v = json_first(volumes); v != NULL; v = json_next(volumes, v)) {
        if (++shown > VOLUMES_SHOWN) continue;
        append_str(l->out, shown == 1 ? ": " : "; ");
        line_when(l, "", v, "start");
        line_when(l, " to ", v, "end");
        if (json_member(v, "start") != NULL) append_str(l->out, ", ");
        line_altitude(l, json_member(v, "lower"));
        append_str(l->out, " to ");
        line_altitude(l, json_member(v, "upper"));
        put_shape(l, v);
    }
    if (shown > VOLUMES_SHOWN) append_format(l->out, "; and %u volumes more", shown - VOLUMES_SHOWN);
}

/* A name people use ("SORREL 1", MRL12) and the id to type. */
static void line_subject(struct line *l, const struct json *subject) {
    static const char *const names[] = {"area", "callsign", "identity", NULL}, *const skip[] = {"kind", "party", "id", "feed", "area", "callsign", "identity", NULL};
    struct text kind = line_member(subject, "kind"), id = line_member(subject, "id"), feed = line_member(subject, "feed"), party = line_member(subject, "party"), name = TEXT("");
    for (int i = 0; names[i] != NULL && name.size == 0; i++) name = line_member(subject, names[i]);
    append_text(l->out, kind);
    if (name.size > 0) append_char(l->out, ' ');
    if (name.size > 0) line_string(l, name);
    line_members(l, subject, skip, 0);
    if (id.size > 0) append_format(l->out, " (%.*s)", TEXT_ARG(id));
    else if (feed.size > 0) append_format(l->out, " (%.*s/%.*s/%.*s)", TEXT_ARG(party), TEXT_ARG(feed), TEXT_ARG(line_member(subject, "identity")));
    else if (party.size > 0) append_format(l->out, " (%.*s)", TEXT_ARG(party));
}

/* Of an alert, in a list and when told: who, with what, when, how near. */
void line_alert(struct line *l, const struct json *a) {
    static const char *const skip[] = {"id", "alert", "kind", "level", "state", "own", "other", "began", "changed", "entry", "time_to_entry_s", "until", "closest", "distance_m", "margin_m", "height_gap_m",
                                       "count", "by", "place", "deadline", "told", "time", "desk", NULL};
    bool folded = json_member(a, "own") == NULL && json_member(a, "count") != NULL;
    append_format(l->out, "%.*s %.*s: ", TEXT_ARG(line_member(a, "level")), TEXT_ARG(line_member(a, "kind")));
    if (folded) append_format(l->out, "%.*s further conflicts with what is of %.*s", TEXT_ARG(line_member(a, "count")), TEXT_ARG(line_member(a, "by")));
    else line_subject(l, json_member(a, "own"));
    if (!folded) append_str(l->out, " meets ");
    if (json_member(a, "other") != NULL) line_subject(l, json_member(a, "other"));
    else if (!folded) append_str(l->out, "what is withheld");
    line_when(l, "; entry ", a, "entry");
    long long seconds = cli_seconds(line_number(a, "time_to_entry_s"), false);
    if (seconds > 0) append_format(l->out, " (in %lld:%02lld:%02lld)", seconds / 3600, seconds / 60 % 60, seconds % 60);
    line_when(l, ", until ", a, "until");
    struct text entry = line_member(a, "entry"), closest = line_member(a, "closest");
    if (entry.size > 0 && text_equal(entry, closest)) append_str(l->out, "; closest");
    else line_when(l, "; closest ", a, "closest");
    if (json_member(a, "distance_m") != NULL) append_format(l->out, " %.2f NM", line_number(a, "distance_m") / 1852);
    if (json_member(a, "height_gap_m") != NULL) append_format(l->out, " and %.0f m of height", line_number(a, "height_gap_m"));
    line_members(l, a, skip, 0);
    line_when(l, "; since ", a, "began");
    line_when(l, line_overdue(l, a) ? "; OVERDUE, was to be answered by " : "; answer by ", a, "deadline");
    if (json_member(a, "place") != NULL && json_member(a, "deadline") != NULL) append_format(l->out, " (place %.*s)", TEXT_ARG(line_member(a, "place")));
    struct text id = line_member(a, json_member(a, "alert") != NULL ? "alert" : "id");
    append_format(l->out, "; alert %.*s", TEXT_ARG(id));
}
