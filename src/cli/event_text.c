#include "cli/event_text.h"

#include <string.h>

#include "base/limits.h"
#include "cli/line.h"

#define TEXT_MOST ((size_t)256 << 20)

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
    line_members(l, body, skip, 0);
    if (volumes != NULL) line_volumes(l, volumes);
}

void event_body_line(const struct json *body, struct append *out) {
    struct line l = {.out = out};
    static const char *const names[] = {"area", "category", "callsign"};
    size_t before = out->size;
    for (int i = 0; i < 3; i++) {
        struct text name = line_member(body, names[i]);
        if (name.size > 0) append_char(out, ' ');
        if (name.size > 0 && i == 0) append_json_string(out, name);
        else append_text(out, name);
    }
    line_volumes(&l, json_member(body, "volumes"));
    if (out->size > before) cli_tame(out->at + before, out->size - before);
}

static void put_outcome(struct line *l, const struct json *outcome) {
    static const char *const skip[] = {"place", "kind", "lead", "verdict", "detail", "marks", NULL};
    const struct json *leads = json_member(outcome, "lead"), *marks = json_member(outcome, "marks");
    append_format(l->out, " [%.*s", TEXT_ARG(line_member(outcome, "verdict")));
    for (const struct json *m = json_first(marks); m != NULL; m = json_next(marks, m)) append_format(l->out, ", %.*s", TEXT_ARG(m->string));
    for (const struct json *n = json_first(leads); n != NULL; n = json_next(leads, n)) {
        if (line_number(n, "pieces") == 0) continue;
        append_format(l->out, ", lead %lld s of %lld s agreed in %.*s", cli_seconds(line_number(n, "sequenced_s"), false), cli_seconds(line_number(n, "agreed_s"), false),
                      TEXT_ARG(line_member(n, "agreement")));
        if (line_number(n, "short_s") > 0) append_format(l->out, ", SHORT by %lld s", cli_seconds(line_number(n, "short_s"), true));
    }
    if (line_member(outcome, "detail").size > 0) append_format(l->out, ", %.*s", TEXT_ARG(line_member(outcome, "detail")));
    line_members(l, outcome, skip, 0);
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
    struct text kind = line_member(note, "kind"), party = party_of(json_first(by));
    put_senders(l, by);
    append_format(l->out, " %.*s", TEXT_ARG(kind));
    if (on != NULL) append_format(l->out, "%s %.*s", memchr(kind.at, '/', kind.size) == NULL ? " changed" : "", TEXT_ARG(on->string));
    else if (text_is(kind, "notice") || text_is(kind, "flight") || text_is(kind, "hold")) append_format(l->out, " %.*s/%.*s", TEXT_ARG(party), TEXT_ARG(line_member(note, "id")));
}

/* --- what the core tells of itself, a sentence a kind --- */

static void put_overdue(struct line *l, const struct json *t) {
    static const char *const refs[] = {"notice", "alert", "hold", NULL};
    append_format(l->out, " OVERDUE: %.*s has not read back the %.*s at place %.*s of its stream", TEXT_ARG(line_member(t, "party")), TEXT_ARG(line_member(t, "kind")), TEXT_ARG(line_member(t, "due")));
    for (int i = 0; refs[i] != NULL; i++)
        if (json_member(t, refs[i]) != NULL) append_format(l->out, " (%s %.*s)", refs[i], TEXT_ARG(line_member(t, refs[i])));
    line_when(l, ", was to by ", t, "deadline");
    append_format(l->out, "; call %.*s", TEXT_ARG(line_member(t, "call")));
    if (json_member(t, "desk") != NULL) append_format(l->out, ", for desk %.*s", TEXT_ARG(line_member(t, "desk")));
}

static void put_lead_told(struct line *l, const struct json *t) {
    static const char *const said[][2] = {{"delivered", "delivered to"}, {"readback", "read back by"}};
    struct text figure = line_member(t, "figure");
    const struct json *met = json_member(t, "met");
    append_str(l->out, " LEAD: notice ");
    append_text(l->out, line_member(t, "notice"));
    for (int i = 0; i < 2; i++)
        if (text_is(figure, said[i][0])) append_format(l->out, " was %s all of %.*s", said[i][1], TEXT_ARG(line_member(t, "agreement")));
    if (json_member(t, "lead_s") != NULL)
        append_format(l->out, " %lld s before its start, agreed are %lld s", cli_seconds(line_number(t, "lead_s"), false), cli_seconds(line_number(t, "agreed_s"), false));
    if (met != NULL && met->boolean) append_str(l->out, ": met");
    else if (met != NULL) append_format(l->out, ": SHORT by %lld s", cli_seconds(line_number(t, "short_s"), true));
}

static void put_ladder(struct line *l, const struct json *t) {
    append_format(l->out, " %.*s", TEXT_ARG(line_member(t, "party")));
    if (json_member(t, "desk") != NULL) append_format(l->out, " (desk %.*s)", TEXT_ARG(line_member(t, "desk")));
    append_format(l->out, ": %.*s, notice %.*s", TEXT_ARG(line_member(t, "step")), TEXT_ARG(line_member(t, "notice")));
    if (json_member(t, "mismatch") != NULL) append_format(l->out, "; MISMATCH: %.*s", TEXT_ARG(line_member(t, "mismatch")));
}

static void put_query(struct line *l, const struct json *t) {
    append_format(l->out, " QUERY %.*s: is notice %.*s over (%.*s)? It stays hazardous until you say so", TEXT_ARG(line_member(t, "query")), TEXT_ARG(line_member(t, "notice")), TEXT_ARG(line_member(t, "why")));
    line_when(l, "; its stated end was ", t, "ends");
}

static void put_hold_repeat(struct line *l, const struct json *t) {
    struct text reply = line_member(t, "reply");
    append_format(l->out, " HOLD again (%.*s): %.*s asks to hold notice %.*s, ", TEXT_ARG(line_member(t, "repeat")), TEXT_ARG(line_member(t, "hold")), TEXT_ARG(line_member(t, "notice")));
    if (reply.size > 0) append_format(l->out, "answered %.*s only", TEXT_ARG(reply));
    else append_str(l->out, "NOT ANSWERED");
}

static void put_silent(struct line *l, const struct json *t) {
    const struct json *silent = json_member(t, "silent"), *track = json_member(t, "track"), *of = track != NULL ? track : t;
    append_str(l->out, silent != NULL && silent->boolean ? " SILENT: " : " heard again: ");
    append_format(l->out, "%s %.*s/%.*s", track != NULL ? "track" : "feed", TEXT_ARG(line_member(of, "party")), TEXT_ARG(line_member(of, "feed")));
    if (track != NULL) append_format(l->out, "/%.*s", TEXT_ARG(line_member(track, "identity")));
    if (track != NULL && json_member(track, "second") != NULL) append_str(l->out, " (the second of that identity)");
    if (json_member(t, "flight") != NULL) append_format(l->out, " of flight %.*s", TEXT_ARG(line_member(t, "flight")));
    if (json_member(t, "forgotten") != NULL) append_str(l->out, ", FORGOTTEN: its alerts end, not its danger");
    line_when(l, ", last position ", t, "last");
    if (json_member(t, "at") != NULL) append_str(l->out, " at ");
    if (json_member(t, "at") != NULL) line_value(l, json_member(t, "at"), 0);
}

static bool is_true(const struct json *t, const char *name) {
    const struct json *v = json_member(t, name);
    return v != NULL && v->boolean;
}
/* "<feed> <time> at <lat,lng>" of each of the tracks, " and " between. */
static void put_places(struct line *l, const struct json *t) {
    const struct json *tracks = json_member(t, "tracks"), *track = tracks + 1;
    for (uint32_t i = 0; tracks != NULL && i < tracks->count; i++, track += track->next) {
        if (i > 0) append_str(l->out, " and ");
        if (json_member(track, "feed") != NULL) append_format(l->out, "%.*s/%.*s ", TEXT_ARG(line_member(track, "party")), TEXT_ARG(line_member(track, "feed")));
        line_when(l, "", track, "time");
        if (json_member(track, "at") == NULL) continue;
        append_str(l->out, " at ");
        line_value(l, json_member(track, "at"), 0);
    }
}
static void put_disagree(struct line *l, const struct json *t) {
    struct text why = line_member(t, "why"), identity = line_member(t, "identity");
    if (is_true(t, "disagree")) append_format(l->out, " FEEDS DISAGREE about %.*s", TEXT_ARG(identity));
    else append_format(l->out, " feeds disagree no more about %.*s%s", TEXT_ARG(identity), text_is(why, "silent") ? ": one is silent" : text_is(why, "twin") ? ": two aircraft use it" : "");
    if (json_member(t, "distance_m") != NULL) append_format(l->out, ", %.0f m apart (up to %.0f m is within their errors)", line_number(t, "distance_m"), line_number(t, "allowed_m"));
    if (json_member(t, "height_m") != NULL && !text_is(line_member(t, "by"), "place"))
        append_format(l->out, ", heights %.0f m apart (up to %.0f m is within their errors)", line_number(t, "height_m"), line_number(t, "height_allowed_m"));
    append_str(l->out, ": ");
    put_places(l, t);
    if (is_true(t, "disagree")) append_str(l->out, "; both places are watched");
}
static void put_twin(struct line *l, const struct json *t) {
    bool twin = is_true(t, "twin");
    append_format(l->out, twin ? " TWO AIRCRAFT use %.*s" : " one aircraft uses %.*s again", TEXT_ARG(line_member(t, "identity")));
    append_format(l->out, " on feed %.*s/%.*s", TEXT_ARG(line_member(t, "party")), TEXT_ARG(line_member(t, "feed")));
    if (twin) append_format(l->out, ", %.0f m apart", line_number(t, "distance_m"));
    append_str(l->out, ": ");
    put_places(l, t);
    if (twin) append_str(l->out, "; both are watched");
}
static void put_untracked(struct line *l, const struct json *t) {
    struct text feed = line_member(t, "feed");
    if (is_true(t, "untracked"))
        append_format(l->out, " NOT WATCHED: feed %.*s brings aircraft beyond this party's share (%.0f of %.0f tracks); %.0f report%s so far", TEXT_ARG(feed), line_number(t, "tracks"),
                      line_number(t, "share"), line_number(t, "reports"), line_number(t, "reports") == 1 ? "" : "s");
    else append_format(l->out, " all watched again: feed %.*s; %.0f report%s opened no track", TEXT_ARG(feed), line_number(t, "reports"), line_number(t, "reports") == 1 ? "" : "s");
    line_when(l, ", the last ", t, "last");
}

static void put_unopened(struct line *l, const struct json *t) {
    append_format(l->out, " UNOPENED: %.*s sealed a %.*s and did not open it", TEXT_ARG(line_member(t, "party")), TEXT_ARG(line_member(t, "kind")));
    line_when(l, " by ", t, "open_by");
    append_format(l->out, " (statement %.*s)", TEXT_ARG(line_member(t, "statement")));
}

static void put_clock(struct line *l, const struct json *t) {
    const struct json *unsure = json_member(t, "unsure");
    append_format(l->out, " CLOCK of the server %s, error up to %.3g s", unsure != NULL && unsure->boolean ? "UNSURE: lead times may be wrong" : "sure again", line_number(t, "error_s"));
}

static void put_event(struct line *l, const struct json *t) {
    static const char *const skip[] = {"told", "place", "time", NULL};
    static const struct {
        const char *told;
        void (*put)(struct line *l, const struct json *told);
    } forms[] = {{"overdue", put_overdue}, {"lead", put_lead_told}, {"ladder", put_ladder}, {"query", put_query}, {"hold-repeat", put_hold_repeat},
                 {"silent", put_silent}, {"unopened", put_unopened}, {"clock", put_clock}, {"disagree", put_disagree}, {"twin", put_twin},
                 {"untracked", put_untracked}};
    struct text told = line_member(t, "told");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (text_is(told, forms[i].told)) {
            forms[i].put(l, t);
            return;
        }
    append_format(l->out, " told %.*s", TEXT_ARG(told));
    line_members(l, t, skip, 0);
}

/* A told record: a statement of another, with the sections that are ours to read; an alert; or what became of our own. */
static void put_told(struct line *l, struct json_reader *reader, const struct append *told) {
    const struct json *top;
    struct fault ignored;
    struct append note = append_growing(TEXT_MOST);
    if (!result_is_ok(json_parse(reader, append_view(told), JSON_OPEN, &top, &ignored))) {
        append_format(l->out, " %.*s", TEXT_ARG(append_view(told)));
    } else if (text_is(line_member(top, "told"), "alert")) {
        append_format(l->out, " ALERT %.*s ", TEXT_ARG(line_member(top, "state")));
        line_alert(l, top);
    } else if (text_is(line_member(top, "told"), "statement")) {
        struct append sections[LIMIT_SECTIONS];
        unsigned count = 0;
        const struct json *list = json_member(top, "sections");
        struct text said = line_member(top, "note"), party = line_member(top, "party");
        if (said.size == 0) append_format(l->out, " %.*s %.*s", TEXT_ARG(party), TEXT_ARG(line_member(top, "kind"))); /* attested: no note */
        note_json(said, &note);
        for (const struct json *s = json_first(list); s != NULL && count < LIMIT_SECTIONS; s = json_next(list, s)) {
            sections[count] = append_growing(TEXT_MOST);
            append_text(&sections[count++], line_member(s, "bytes"));
        }
        put_part(l, reader, &note, put_note); /* `top` is void from here */
        for (unsigned i = 0; i < count; i++) {
            put_part(l, reader, &sections[i], put_body);
            append_free(&sections[i]);
        }
    } else {
        put_event(l, top);
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
    struct text time = line_member(top, "time"), kind = line_member(top, "kind"), seq = line_member(top, "seq");
    struct append told = append_growing(TEXT_MOST), outcome = append_growing(TEXT_MOST), note = append_growing(TEXT_MOST), sections[LIMIT_SECTIONS];
    unsigned count = 0;
    const struct json *parts = json_member(top, "parts");
    append_text(&told, part_text(top, "told"));
    append_text(&outcome, part_text(top, "outcome"));
    note_json(part_text(top, "note"), &note);
    for (const struct json *p = json_first(parts); p != NULL && count < LIMIT_SECTIONS; p = json_next(parts, p)) {
        if (!text_is(line_member(p, "class"), "section") || line_member(p, "text").size == 0) continue;
        sections[count] = append_growing(TEXT_MOST);
        append_text(&sections[count++], line_member(p, "text"));
    }
    if (line_is_time(time)) line_time(&l, time);
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
