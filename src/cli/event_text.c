#include "cli/event_text.h"

#include <string.h>

#include "base/limits.h"

/* What one line is made of. A day is said once: later times of the same day are hh:mm:ssZ, fractions of a second are left to --json. */
struct line {
    struct append *out;
    char day[11];
};

enum { DEPTH_SHOWN = 4, VOLUMES_SHOWN = 3, DAY = 10, TO_THE_SECOND = 19 };
#define TEXT_MOST ((size_t)256 << 20)

static struct text member_text(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && (m->kind == JSON_STRING || m->kind == JSON_NUMBER) ? m->string : TEXT("");
}

static double member_number(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_NUMBER ? m->number : 0;
}

static bool is_time(struct text t) {
    return t.size > TO_THE_SECOND && t.at[4] == '-' && t.at[7] == '-' && t.at[DAY] == 'T' && t.at[13] == ':' && t.at[16] == ':' && t.at[t.size - 1] == 'Z';
}

static void put_time(struct line *l, struct text t) {
    bool same = memcmp(l->day, t.at, DAY) == 0;
    memcpy(l->day, t.at, DAY);
    if (same) append_bytes(l->out, t.at + DAY + 1, TO_THE_SECOND - DAY - 1);
    else append_bytes(l->out, t.at, TO_THE_SECOND);
    append_char(l->out, 'Z');
}

/* " label 08:03:04Z" when the member is there. */
static void put_when(struct line *l, const char *label, const struct json *object, const char *name) {
    struct text t = member_text(object, name);
    if (!is_time(t)) return;
    append_str(l->out, label);
    put_time(l, t);
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
static void put_altitude(struct line *l, const struct json *v) {
    struct text value = member_text(v, "value"), reference = member_text(v, "reference"), units = member_text(v, "units");
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
    put_altitude(l, v);
    return true;
}

static void put_string(struct line *l, struct text t) {
    bool plain = t.size > 0 && memchr(t.at, ' ', t.size) == NULL;
    for (size_t i = 0; i < t.size; i++) plain = plain && (unsigned char)t.at[i] >= ' ' && t.at[i] != '"';
    if (is_time(t)) put_time(l, t);
    else if (plain) append_text(l->out, t);
    else append_json_string(l->out, t);
}

static void put_value(struct line *l, const struct json *v, unsigned depth);

static void put_members(struct line *l, const struct json *object, const char *const *skip, unsigned depth) {
    bool first = true;
    for (const struct json *m = json_first(object); m != NULL; m = json_next(object, m)) {
        if (says_nothing(m) || listed(skip, m->name)) continue;
        if (!first || depth == 0) append_char(l->out, ' ');
        first = false;
        append_format(l->out, "%.*s=", TEXT_ARG(m->name));
        put_value(l, m, depth);
    }
}

static void put_value(struct line *l, const struct json *v, unsigned depth) {
    bool first = true;
    switch (v->kind) {
    case JSON_NULL: append_str(l->out, "-"); break;
    case JSON_BOOL: append_str(l->out, v->boolean ? "yes" : "no"); break;
    case JSON_NUMBER: append_text(l->out, v->string); break;
    case JSON_STRING: put_string(l, v->string); break;
    case JSON_OBJECT:
        if (short_form(l, v)) break;
        append_char(l->out, '{');
        if (depth < DEPTH_SHOWN) put_members(l, v, NULL, depth + 1);
        else append_format(l->out, "%u members", v->count);
        append_char(l->out, '}');
        break;
    case JSON_ARRAY:
        append_char(l->out, '[');
        for (const struct json *e = json_first(v); e != NULL && depth < DEPTH_SHOWN; e = json_next(v, e)) {
            if (!first) append_char(l->out, ' ');
            first = false;
            put_value(l, e, depth + 1);
        }
        if (depth >= DEPTH_SHOWN) append_format(l->out, "%u", v->count);
        append_char(l->out, ']');
        break;
    }
}

/* ";" and the members that are not listed, when there are any. */
static void put_more(struct line *l, const struct json *object, const char *const *skip) {
    size_t before = l->out->size + 1;
    append_char(l->out, ';');
    put_members(l, object, skip, 0);
    if (l->out->size == before && !l->out->full) l->out->size--;
}

static void put_shape(struct line *l, const struct json *volume) {
    const struct json *circle = json_member(volume, "circle"), *polygon = json_member(volume, "polygon"), *corridor = json_member(volume, "corridor"), *path = json_member(corridor, "path"),
                      *center = json_member(circle, "center");
    if (center != NULL) {
        append_str(l->out, ", circle ");
        put_value(l, center, 0);
        append_format(l->out, " radius %.2f NM", member_number(circle, "radius_m") / 1852);
    }
    if (polygon != NULL) append_format(l->out, ", polygon of %u points", polygon->count);
    if (path != NULL) append_format(l->out, ", corridor of %u point%s, %.2f NM wide", path->count, path->count == 1 ? "" : "s", member_number(corridor, "width_m") / 1852);
    const struct json *from = json_first(polygon != NULL ? polygon : path);
    if (from == NULL) return;
    append_str(l->out, " from ");
    put_value(l, from, 0);
}

/* ": START to END, LOWER to UPPER, shape; …" */
static void put_volumes(struct line *l, const struct json *volumes) {
    unsigned shown = 0;
    for (const struct json *v = json_first(volumes); v != NULL; v = json_next(volumes, v)) {
        if (++shown > VOLUMES_SHOWN) continue;
        append_str(l->out, shown == 1 ? ": " : "; ");
        put_when(l, "", v, "start");
        put_when(l, " to ", v, "end");
        if (json_member(v, "start") != NULL) append_str(l->out, ", ");
        put_altitude(l, json_member(v, "lower"));
        append_str(l->out, " to ");
        put_altitude(l, json_member(v, "upper"));
        put_shape(l, v);
    }
    if (shown > VOLUMES_SHOWN) append_format(l->out, "; and %u volumes more", shown - VOLUMES_SHOWN);
}

/* A name people use ("SORREL 1", MRL12) and the id to type. */
static void put_subject(struct line *l, const struct json *subject) {
    static const char *const names[] = {"area", "callsign", "identity", NULL}, *const skip[] = {"kind", "party", "id", "feed", "area", "callsign", "identity", NULL};
    struct text kind = member_text(subject, "kind"), id = member_text(subject, "id"), feed = member_text(subject, "feed"), party = member_text(subject, "party"), name = TEXT("");
    for (int i = 0; names[i] != NULL && name.size == 0; i++) name = member_text(subject, names[i]);
    append_text(l->out, kind);
    if (name.size > 0) append_char(l->out, ' ');
    if (name.size > 0) put_string(l, name);
    put_members(l, subject, skip, 0);
    if (id.size > 0) append_format(l->out, " (%.*s)", TEXT_ARG(id));
    else if (feed.size > 0) append_format(l->out, " (%.*s/%.*s/%.*s)", TEXT_ARG(party), TEXT_ARG(feed), TEXT_ARG(member_text(subject, "identity")));
    else if (party.size > 0) append_format(l->out, " (%.*s)", TEXT_ARG(party));
}

/* Of an alert, in a list and when told: who, with what, when, how near. */
static void put_alert(struct line *l, const struct json *a) {
    static const char *const skip[] = {"id", "alert", "kind", "level", "state", "own", "other", "began", "changed", "entry", "time_to_entry_s", "until", "closest", "distance_m", "margin_m", "height_gap_m",
                                       "place", "deadline", "told", "time", "desk", NULL};
    append_format(l->out, "%.*s %.*s: ", TEXT_ARG(member_text(a, "level")), TEXT_ARG(member_text(a, "kind")));
    put_subject(l, json_member(a, "own"));
    append_str(l->out, " meets ");
    if (json_member(a, "other") != NULL) put_subject(l, json_member(a, "other"));
    else append_str(l->out, "what is withheld");
    put_when(l, "; entry ", a, "entry");
    unsigned long long seconds = (unsigned long long)member_number(a, "time_to_entry_s");
    if (seconds > 0) append_format(l->out, " (in %llu:%02llu:%02llu)", seconds / 3600, seconds / 60 % 60, seconds % 60);
    put_when(l, ", until ", a, "until");
    struct text entry = member_text(a, "entry"), closest = member_text(a, "closest");
    if (entry.size == closest.size && memcmp(entry.at, closest.at, entry.size) == 0) append_str(l->out, "; closest");
    else put_when(l, "; closest ", a, "closest");
    if (json_member(a, "distance_m") != NULL) append_format(l->out, " %.2f NM", member_number(a, "distance_m") / 1852);
    if (json_member(a, "height_gap_m") != NULL) append_format(l->out, " and %.0f m of height", member_number(a, "height_gap_m"));
    put_members(l, a, skip, 0);
    put_when(l, "; since ", a, "began");
    put_when(l, "; answer by ", a, "deadline");
    if (json_member(a, "place") != NULL && json_member(a, "deadline") != NULL) append_format(l->out, " (place %.*s)", TEXT_ARG(member_text(a, "place")));
    struct text id = member_text(a, json_member(a, "alert") != NULL ? "alert" : "id");
    append_format(l->out, "; alert %.*s", TEXT_ARG(id));
}

static void put_notice(struct line *l, const struct json *n) {
    static const char *const skip[] = {"id", "party", "state", "area", "category", "text", "volumes", "sections", "last_statement", "version", "filed", "hazardous", NULL};
    struct text area = member_text(n, "area"), text = member_text(n, "text");
    if (area.size > 0) append_json_string(l->out, area);
    else append_str(l->out, "(sealed)");
    append_format(l->out, " %.*s %.*s %.*s", TEXT_ARG(member_text(n, "category")), TEXT_ARG(member_text(n, "state")), TEXT_ARG(member_text(n, "id")));
    put_volumes(l, json_member(n, "volumes"));
    if (text.size > 0) append_str(l->out, "; ");
    if (text.size > 0) append_json_string(l->out, text);
    put_more(l, n, skip);
}

static void put_flight(struct line *l, const struct json *n) {
    static const char *const skip[] = {"id", "party", "state", "callsign", "volumes", "sections", "last_statement", "version", "filed", "releases", "persons_on_board", "priority", NULL};
    struct text callsign = member_text(n, "callsign"), persons = member_text(n, "persons_on_board");
    append_format(l->out, "%.*s %.*s %.*s", TEXT_ARG(callsign.size > 0 ? callsign : TEXT("(no callsign)")), TEXT_ARG(member_text(n, "state")), TEXT_ARG(member_text(n, "id")));
    put_volumes(l, json_member(n, "volumes"));
    if (persons.size > 0) append_format(l->out, "; %.*s on board", TEXT_ARG(persons));
    if (member_number(n, "priority") > 0) append_format(l->out, "; priority %.*s", TEXT_ARG(member_text(n, "priority")));
    put_more(l, n, skip);
}

static void put_area(struct line *l, const struct json *a) {
    append_json_string(l->out, member_text(a, "name"));
    append_format(l->out, " %.*s", TEXT_ARG(member_text(a, "id")));
    put_volumes(l, json_member(a, "volumes"));
}

static void put_hold(struct line *l, const struct json *h) {
    static const char *const skip[] = {"id", "party", "asked", "notice", "state", "reply", "made", "until", "text", "repeats", NULL};
    append_format(l->out, "%.*s %.*s: %.*s asks %.*s to hold %.*s", TEXT_ARG(member_text(h, "state")), TEXT_ARG(member_text(h, "reply")), TEXT_ARG(member_text(h, "party")), TEXT_ARG(member_text(h, "asked")),
                  TEXT_ARG(member_text(h, "notice")));
    put_when(l, ", asked ", h, "made");
    put_when(l, ", until ", h, "until");
    put_members(l, h, skip, 0);
    append_char(l->out, ' ');
    append_json_string(l->out, member_text(h, "text"));
    append_format(l->out, "; hold %.*s", TEXT_ARG(member_text(h, "id")));
}

static void put_party(struct line *l, const struct json *p) {
    static const char *const skip[] = {"party", "display", "keys", NULL}, *const key_skip[] = {"key", "public_key", NULL};
    const struct json *keys = json_member(p, "keys");
    append_format(l->out, "%.*s ", TEXT_ARG(member_text(p, "party")));
    append_json_string(l->out, member_text(p, "display"));
    put_members(l, p, skip, 0);
    append_str(l->out, " keys:");
    for (const struct json *k = json_first(keys); k != NULL; k = json_next(keys, k)) {
        append_format(l->out, "%s %.*s", k == json_first(keys) ? "" : ",", TEXT_ARG(member_text(k, "key")));
        put_members(l, k, key_skip, 0);
    }
}

static void put_due(struct line *l, const struct json *d) {
    static const char *const skip[] = {"place", "kind", "area", "start", "lower", "upper", "deadline", "made", "received", "read_back", "steps", "mismatches", "calls", NULL};
    static const char *const order[] = {"place", "kind", "area", "start", "lower", "upper", NULL};
    for (int i = 0; order[i] != NULL; i++) {
        const struct json *m = json_member(d, order[i]);
        if (m == NULL) continue;
        append_format(l->out, "%s%s=", i > 0 ? " " : "", order[i]);
        put_value(l, m, 0);
    }
    put_members(l, d, skip, 0);
    if (json_member(d, "read_back") == NULL) put_when(l, "; answer by ", d, "deadline");
    put_when(l, "; received ", d, "received");
    put_when(l, "; read back ", d, "read_back");
    if (member_number(d, "mismatches") > 0) append_format(l->out, "; mismatches %.*s", TEXT_ARG(member_text(d, "mismatches")));
    if (member_number(d, "calls") > 0) append_format(l->out, "; called %.*s times", TEXT_ARG(member_text(d, "calls")));
}

static void item_line(const char *view, const struct json *item, struct append *out) {
    static const char *const skip[] = {"last_statement", NULL};
    static const struct {
        const char *view;
        void (*put)(struct line *l, const struct json *item);
    } forms[] = {{"notices", put_notice}, {"flights", put_flight}, {"alerts", put_alert}, {"areas", put_area}, {"holds", put_hold}, {"parties", put_party}, {"due", put_due}};
    struct line l = {.out = out};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(forms[i].view, view) == 0) {
            forms[i].put(&l, item);
            return;
        }
    size_t before = out->size;
    put_members(&l, item, skip, 0);
    if (out->size > before) { /* the blank before the first member */
        memmove(out->at + before, out->at + before + 1, out->size - before - 1);
        out->size--;
    }
}

void event_item_line(const char *view, const struct json *item, struct append *out) {
    size_t before = out->size;
    item_line(view, item, out);
    if (out->size > before) cli_tame(out->at + before, out->size - before);
}

/* The text of the first part of one of these classes; empty when there is none. */
static struct text part_text(const struct json *record, const char *name) {
    const struct json *parts = json_member(record, "parts");
    for (const struct json *p = json_first(parts); p != NULL; p = json_next(parts, p)) {
        const struct json *called = json_member(p, "name"), *text = json_member(p, "text");
        if (called != NULL && text != NULL && text_is(called->string, name)) return text->string;
    }
    return TEXT("");
}

/* A note's second line is the JSON. Copied, since parsing it voids the document that it comes from. */
static void note_json(struct text note, struct append *out) {
    const char *line = note.size > 0 ? memchr(note.at, '\n', note.size) : NULL;
    if (line == NULL) return;
    struct text rest = {line + 1, note.size - (size_t)(line + 1 - note.at)};
    const char *end = memchr(rest.at, '\n', rest.size);
    append_text(out, (struct text){rest.at, end != NULL ? (size_t)(end - rest.at) : rest.size});
}

/* "exercise/north/root" -> "north". */
static struct text party_of(const struct json *signer) {
    if (signer == NULL) return TEXT("?");
    struct text name = signer->name;
    const char *slash = memchr(name.at, '/', name.size), *end = slash != NULL ? memchr(slash + 1, '/', name.size - (size_t)(slash + 1 - name.at)) : NULL;
    return end != NULL ? (struct text){slash + 1, (size_t)(end - slash - 1)} : name;
}

/* The parties of those that signed; keys are sorted, so a party's stand together. */
static void put_senders(struct line *l, const struct json *by) {
    struct text last = TEXT("");
    for (const struct json *m = json_first(by); m != NULL; m = json_next(by, m)) {
        struct text party = party_of(m);
        if (last.size == party.size && memcmp(last.at, party.at, party.size) == 0) continue;
        append_format(l->out, "%s%.*s", last.size > 0 ? "+" : " ", TEXT_ARG(party));
        last = party;
    }
}

/* A section's body: area, category and volumes as in a list, the rest by name. */
static void put_body(struct line *l, const struct json *section) {
    static const char *const skip[] = {"area", "category", "volumes", NULL};
    const struct json *body = json_member(section, "body"), *volumes = json_member(body, "volumes"), *area = json_member(body, "area"), *category = json_member(body, "category");
    if (body == NULL) return;
    if (area != NULL) append_char(l->out, ' ');
    if (area != NULL) append_json_string(l->out, area->string);
    if (category != NULL) append_format(l->out, " %.*s", TEXT_ARG(category->string));
    put_members(l, body, skip, 0);
    if (volumes != NULL) put_volumes(l, volumes);
}

static void put_outcome(struct line *l, const struct json *outcome) {
    static const char *const skip[] = {"place", "kind", "lead", "verdict", "detail", "marks", NULL};
    const struct json *leads = json_member(outcome, "lead"), *marks = json_member(outcome, "marks");
    append_format(l->out, " [%.*s", TEXT_ARG(member_text(outcome, "verdict")));
    for (const struct json *m = json_first(marks); m != NULL; m = json_next(marks, m)) append_format(l->out, ", %.*s", TEXT_ARG(m->string));
    for (const struct json *n = json_first(leads); n != NULL; n = json_next(leads, n)) {
        if (member_number(n, "pieces") == 0) continue;
        append_format(l->out, ", lead %.0f s of %.0f s agreed in %.*s", member_number(n, "sequenced_s"), member_number(n, "agreed_s"), TEXT_ARG(member_text(n, "agreement")));
        if (member_number(n, "short_s") > 0) append_format(l->out, ", SHORT by %.0f s", member_number(n, "short_s"));
    }
    if (member_text(outcome, "detail").size > 0) append_format(l->out, ", %.*s", TEXT_ARG(member_text(outcome, "detail")));
    put_members(l, outcome, skip, 0);
    append_char(l->out, ']');
}

/* Parses a part's text and shows it; as it stands where it is no JSON. */
static void put_part(struct line *l, struct json_reader *reader, const struct append *part, void (*put)(struct line *l, const struct json *top)) {
    const struct json *top;
    struct fault ignored;
    struct text t = append_view(part);
    if (t.size == 0) return;
    if (result_is_ok(json_parse(reader, t, JSON_OPEN, &top, &ignored))) put(l, top);
    else append_format(l->out, " %.*s", TEXT_ARG(t));
}

/* "aramoor notice aramoor/0fa2…": what a note says; a change or an end names the entity, a filing makes it. */
static void put_note(struct line *l, const struct json *note) {
    const struct json *on = json_member(note, "on"), *by = json_member(note, "by");
    struct text kind = member_text(note, "kind"), party = party_of(json_first(by));
    put_senders(l, by);
    append_format(l->out, " %.*s", TEXT_ARG(kind));
    if (on != NULL) append_format(l->out, "%s %.*s", memchr(kind.at, '/', kind.size) == NULL ? " changed" : "", TEXT_ARG(on->string));
    else if (text_is(kind, "notice") || text_is(kind, "flight") || text_is(kind, "hold")) append_format(l->out, " %.*s/%.*s", TEXT_ARG(party), TEXT_ARG(member_text(note, "id")));
}

/* A told record: a statement of another, with the sections that are ours to read; an alert; or what became of our own. */
static void put_told(struct line *l, struct json_reader *reader, const struct append *told) {
    static const char *const skip[] = {"told", "place", "time", NULL};
    const struct json *top;
    struct fault ignored;
    struct append note = append_growing(TEXT_MOST);
    if (!result_is_ok(json_parse(reader, append_view(told), JSON_OPEN, &top, &ignored))) {
        append_format(l->out, " %.*s", TEXT_ARG(append_view(told)));
    } else if (text_is(member_text(top, "told"), "alert")) {
        append_format(l->out, " ALERT %.*s ", TEXT_ARG(member_text(top, "state")));
        put_alert(l, top);
    } else if (text_is(member_text(top, "told"), "statement")) {
        struct append sections[LIMIT_SECTIONS];
        unsigned count = 0;
        const struct json *list = json_member(top, "sections");
        struct text said = member_text(top, "note"), party = member_text(top, "party");
        if (said.size == 0) append_format(l->out, " %.*s %.*s", TEXT_ARG(party), TEXT_ARG(member_text(top, "kind"))); /* attested: no note */
        note_json(said, &note);
        for (const struct json *s = json_first(list); s != NULL && count < LIMIT_SECTIONS; s = json_next(list, s)) {
            sections[count] = append_growing(TEXT_MOST);
            append_text(&sections[count++], member_text(s, "bytes"));
        }
        put_part(l, reader, &note, put_note); /* `top` is void from here */
        for (unsigned i = 0; i < count; i++) {
            put_part(l, reader, &sections[i], put_body);
            append_free(&sections[i]);
        }
    } else {
        append_format(l->out, " told %.*s", TEXT_ARG(member_text(top, "told")));
        put_members(l, top, skip, 0);
    }
    append_free(&note);
}

static void record_line(struct json_reader *reader, struct text record, struct append *out) {
    const struct json *top;
    struct fault f = {0};
    struct line l = {.out = out};
    if (!result_is_ok(json_parse(reader, record, JSON_OPEN, &top, &f))) {
        append_format(out, "not understood (%s): ", f.message);
        append_text(out, record);
        return;
    }
    struct text time = member_text(top, "time"), kind = member_text(top, "kind"), seq = member_text(top, "seq");
    struct append told = append_growing(TEXT_MOST), outcome = append_growing(TEXT_MOST), note = append_growing(TEXT_MOST), sections[LIMIT_SECTIONS];
    unsigned count = 0;
    const struct json *parts = json_member(top, "parts");
    append_text(&told, part_text(top, "told"));
    append_text(&outcome, part_text(top, "outcome"));
    note_json(part_text(top, "note"), &note);
    for (const struct json *p = json_first(parts); p != NULL && count < LIMIT_SECTIONS; p = json_next(parts, p)) {
        if (!text_is(member_text(p, "class"), "section") || member_text(p, "text").size == 0) continue;
        sections[count] = append_growing(TEXT_MOST);
        append_text(&sections[count++], member_text(p, "text"));
    }
    if (is_time(time)) put_time(&l, time);
    append_format(out, " #%.*s", TEXT_ARG(seq));
    if (told.size == 0 && note.size == 0) append_format(out, " %.*s", TEXT_ARG(kind)); /* all there is to see */
    if (told.size > 0) put_told(&l, reader, &told);
    put_part(&l, reader, &note, put_note); /* `top` is void from here */
    for (unsigned i = 0; i < count; i++) {
        put_part(&l, reader, &sections[i], put_body);
        append_free(&sections[i]);
    }
    put_part(&l, reader, &outcome, put_outcome);
    append_free(&told);
    append_free(&outcome);
    append_free(&note);
}

void event_line(struct json_reader *reader, struct text record, struct append *out) {
    size_t before = out->size;
    record_line(reader, record, out);
    if (out->size > before) cli_tame(out->at + before, out->size - before);
}

/* Elements of the outermost array, as they stand: strings and nesting are followed, nothing is re-rendered. */
uint64_t event_print_items(struct text reply, FILE *to) {
    uint64_t count = 0;
    size_t start = 0;
    int depth = 0;
    bool string = false;
    for (size_t i = 0; i < reply.size; i++) {
        char c = reply.at[i];
        if (string) {
            if (c == '\\') i++;
            else if (c == '"') string = false;
            continue;
        }
        if (c == '"') string = true;
        else if (c == '{' || c == '[') {
            if (++depth == 3 && c == '{') start = i;
        } else if (c == '}' || c == ']') {
            if (depth-- == 3 && c == '}') {
                fprintf(to, "%.*s\n", (int)(i + 1 - start), reply.at + start);
                count++;
            }
        }
    }
    return count;
}
