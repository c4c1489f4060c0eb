#include "cli/event_text.h"

#include <string.h>

enum { DEPTH_SHOWN = 3, NESTED_MOST = 16 };

static void flat_value(const struct json *v, unsigned depth, struct append *out);

static void flat_members(const struct json *object, unsigned depth, struct append *out) {
    bool first = true;
    for (const struct json *m = json_first(object); m != NULL; m = json_next(object, m)) {
        if (m->kind == JSON_NULL) continue;
        if (!first) append_char(out, ' ');
        first = false;
        append_text(out, m->name);
        append_char(out, '=');
        flat_value(m, depth, out);
    }
}

/* Positions and altitudes are what people read most: they have a short form. */
static bool short_form(const struct json *v, struct append *out) {
    const struct json *lat = json_member(v, "lat"), *lng = json_member(v, "lng"), *value = json_member(v, "value"), *units = json_member(v, "units"),
                      *reference = json_member(v, "reference");
    if (lat != NULL && lng != NULL && v->count == 2) {
        append_format(out, "%.*s,%.*s", TEXT_ARG(lat->string), TEXT_ARG(lng->string));
        return true;
    }
    if (value == NULL || units == NULL || reference == NULL || v->count != 3) return false;
    if (text_is(units->string, "FL")) append_format(out, "FL%.*s", TEXT_ARG(value->string));
    else append_format(out, "%.*s%s:%.*s", TEXT_ARG(value->string), text_is(units->string, "FT") ? "ft" : "m", TEXT_ARG(reference->string));
    return true;
}

static void flat_value(const struct json *v, unsigned depth, struct append *out) {
    bool first = true;
    switch (v->kind) {
    case JSON_NULL: append_str(out, "-"); break;
    case JSON_BOOL: append_str(out, v->boolean ? "yes" : "no"); break;
    case JSON_NUMBER: append_text(out, v->string); break;
    case JSON_STRING:
        if (v->string.size > 0 && memchr(v->string.at, ' ', v->string.size) == NULL && memchr(v->string.at, '\n', v->string.size) == NULL) append_text(out, v->string);
        else append_json_string(out, v->string);
        break;
    case JSON_OBJECT:
        if (short_form(v, out)) break;
        append_char(out, '{');
        if (depth < DEPTH_SHOWN) flat_members(v, depth + 1, out);
        else append_format(out, "%u members", v->count);
        append_char(out, '}');
        break;
    case JSON_ARRAY:
        append_char(out, '[');
        for (const struct json *e = json_first(v); e != NULL; e = json_next(v, e)) {
            if (!first) append_char(out, ' ');
            first = false;
            if (depth < DEPTH_SHOWN) flat_value(e, depth + 1, out);
        }
        if (depth >= DEPTH_SHOWN) append_format(out, "%u", v->count);
        append_char(out, ']');
        break;
    }
}

void event_item_line(const char *view, const struct json *item, struct append *out) {
    (void)view;
    flat_members(item, 0, out);
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

/* A note's second line is JSON; everything else is JSON from the start. Copied, since parsing again voids the first document. */
static struct append json_copy(struct text t, const char *after_line) {
    struct append copy = append_growing(256u << 20);
    const char *line = after_line != NULL && t.size > 0 ? memchr(t.at, '\n', t.size) : NULL;
    if (line != NULL) {
        struct text rest = {line + 1, t.size - (size_t)(line + 1 - t.at)};
        const char *end = memchr(rest.at, '\n', rest.size);
        append_text(&copy, (struct text){rest.at, end != NULL ? (size_t)(end - rest.at) : rest.size});
    } else {
        append_text(&copy, t);
    }
    return copy;
}

static void show_object(struct json_reader *reader, const char *label, struct text t, const char *const *skip, struct append *out) {
    const struct json *top;
    struct fault ignored;
    if (t.size == 0) return;
    append_format(out, " %s", label);
    if (!result_is_ok(json_parse(reader, t, JSON_OPEN, &top, &ignored))) {
        append_char(out, ' ');
        append_text(out, t);
        return;
    }
    for (const struct json *m = json_first(top); m != NULL; m = json_next(top, m)) {
        bool skipped = m->kind == JSON_NULL;
        for (int i = 0; skip != NULL && skip[i] != NULL; i++) skipped = skipped || text_is(m->name, skip[i]);
        if (skipped) continue;
        append_char(out, ' ');
        append_text(out, m->name);
        append_char(out, '=');
        flat_value(m, 0, out);
    }
}

void event_line(struct json_reader *reader, struct text record, struct append *out) {
    static const char *const note_skip[] = {"log", "by", "at", "seen", "commit", "kind", "open_by", NULL}, *const told_skip[] = {"note", "request", "time", "place", "party", NULL},
                      *const outcome_skip[] = {"place", "kind", NULL};
    const struct json *top;
    struct fault f = {0};
    if (!result_is_ok(json_parse(reader, record, JSON_OPEN, &top, &f))) {
        append_format(out, "not understood (%s): ", f.message);
        append_text(out, record);
        return;
    }
    const struct json *time = json_member(top, "time"), *kind = json_member(top, "kind"), *seq = json_member(top, "seq");
    struct append told = json_copy(part_text(top, "told"), NULL), outcome = json_copy(part_text(top, "outcome"), NULL),
                  note = json_copy(part_text(top, "note"), ""), body = json_copy(part_text(top, "body"), NULL);
    append_format(out, "%.*s #%.*s", TEXT_ARG(time != NULL ? time->string : TEXT("?")), TEXT_ARG(seq != NULL ? seq->string : TEXT("?")));
    if (kind != NULL) append_format(out, " %.*s", TEXT_ARG(kind->string));
    show_object(reader, "told", append_view(&told), told_skip, out);
    show_object(reader, "outcome", append_view(&outcome), outcome_skip, out);
    show_object(reader, "said", append_view(&note), note_skip, out);
    show_object(reader, "body", append_view(&body), NULL, out);
    append_free(&told);
    append_free(&outcome);
    append_free(&note);
    append_free(&body);
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
