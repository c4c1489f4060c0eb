#include "notam/notam_file.h"

#include "notam/notam.h"
#include "notam/notam_scan.h"

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

static struct text copy(struct arena *arena, const struct json *node) {
    if (node == NULL || node->kind != JSON_STRING || node->string.size == 0) return (struct text){0};
    char *at = arena_alloc(arena, node->string.size, 1);
    if (at == NULL) return (struct text){0};
    size_t size = 0;
    for (size_t i = 0; i < node->string.size; i++) /* "\r\n" and "\r" become "\n" */
        if (node->string.at[i] != '\r') at[size++] = node->string.at[i];
        else if (i + 1 == node->string.size || node->string.at[i + 1] != '\n') at[size++] = '\n';
    return (struct text){at, size};
}

struct column {
    const struct json *array, *at;
};

static struct column column_of(const struct json *top, const char *name) {
    const struct json *a = json_member(top, name);
    if (a != NULL && a->kind != JSON_ARRAY) a = NULL;
    return (struct column){a, json_first(a)};
}

static const struct json *column_take(struct column *c) {
    const struct json *now = c->at;
    if (now != NULL) c->at = json_next(c->array, now);
    return now;
}

static result json_file(struct text bytes, struct json_reader *reader, struct arena *arena, struct notam_file *out,
                        struct fault *f) {
    const struct json *top;
    if (reader == NULL) return fail(f, RESULT_UNSUPPORTED, "", "a JSON file, and no reader for JSON");
    TRY(json_parse(reader, bytes, JSON_OPEN, &top, f));
    struct column raw = column_of(top, "RAWMESSAGE"), code = column_of(top, "CODE"),
                  coordinates = column_of(top, "COORDINATES"), time = column_of(top, "TIME");
    if (raw.array == NULL) return fail(f, RESULT_MALFORMED, "/RAWMESSAGE", "an array of messages is expected");
    struct notam_entry *entries = arena_alloc(arena, (size_t)raw.array->count + 1, sizeof *entries);
    if (entries == NULL) return fail(f, RESULT_FULL, "arena", "no memory left for %u messages", raw.array->count);
    for (const struct json *r; (r = column_take(&raw)) != NULL;) {
        if (r->kind != JSON_STRING)
            return fail(f, RESULT_MALFORMED, "/RAWMESSAGE", "message %u is no text", out->count);
        struct notam_entry *e = &entries[out->count];
        e->raw = copy(arena, r);
        e->code = copy(arena, column_take(&code));
        e->coordinates = copy(arena, column_take(&coordinates));
        e->time = copy(arena, column_take(&time));
        e->offset = out->count++;
    }
    if (arena->failed) return fail(f, RESULT_FULL, "arena", "no memory left to copy the messages into");
    out->entries = entries;
    out->json = true;
    return OK;
}

/* --- plain text ---------------------------------------------------------------------------------------------------- */

/* A message's first byte ("(" or the series) when one begins on the line at `line`; SCAN_NONE otherwise. */
static size_t message_at(struct text t, size_t line) {
    struct notam_number ignored;
    size_t at = line, after;
    while (scan_char(t, at) == ' ' || scan_char(t, at) == '\t') at++;
    size_t start = at;
    if (scan_char(t, at) == '(') at = scan_skip(t, at + 1);
    if (!notam_number_read(t, at, &ignored, &after)) return SCAN_NONE;
    after = scan_skip(t, after);
    char type = scan_char(t, after + 5);
    bool is = scan_has(t, after, "NOTAM") && (type == 'N' || type == 'R' || type == 'C') &&
              !scan_is_alnum(scan_char(t, after + 6));
    return is ? start : SCAN_NONE;
}

static size_t next_message(struct text t, size_t from) {
    for (size_t at = from; at < t.size;) {
        size_t found = message_at(t, at);
        if (found != SCAN_NONE) return found;
        while (at < t.size && t.at[at] != '\n' && t.at[at] != '\r') at++;
        at++;
    }
    return t.size;
}

/* Where the message in [from, to) ends. */
static size_t message_end(struct text t, size_t from, size_t to) {
    if (scan_char(t, from) != '(') return to;
    for (size_t i = to; i > from + 1; i--) {
        size_t after = i;
        if (t.at[i - 1] != ')') continue;
        while (scan_char(t, after) == ' ' || scan_char(t, after) == '\t') after++;
        if (after >= to || t.at[after] == '\n' || t.at[after] == '\r') return i;
    }
    return to;
}

struct text_lists {
    struct notam_entry *entries;
    struct text *unclaimed;
};

static void unclaimed_add(struct text t, size_t from, size_t to, struct notam_file *out, struct text *list) {
    struct text rest = scan_trim(scan_part(t, from, to));
    if (rest.size > 0 && list != NULL) list[out->unclaimed_count] = rest;
    out->unclaimed_count += rest.size > 0;
}

/* Walks the file; lists may be NULL: counts only. */
static void text_walk(struct text t, struct notam_file *out, struct text_lists *lists) {
    size_t done = 0;
    out->count = out->unclaimed_count = 0;
    for (size_t at = next_message(t, 0); at < t.size;) {
        unclaimed_add(t, done, at, out, lists->unclaimed);
        size_t line = at; /* the next message begins on a later line */
        while (line < t.size && t.at[line] != '\n' && t.at[line] != '\r') line++;
        size_t next = next_message(t, line), end = message_end(t, at, next);
        if (lists->entries != NULL)
            lists->entries[out->count] = (struct notam_entry){.raw = scan_trim(scan_part(t, at, end)), .offset = at};
        out->count++;
        done = end;
        at = next;
    }
    unclaimed_add(t, done, t.size, out, lists->unclaimed);
}

static result text_file(struct text bytes, struct arena *arena, struct notam_file *out, struct fault *f) {
    struct text_lists lists = {NULL, NULL};
    text_walk(bytes, out, &lists);
    if (out->count == 0)
        return fail(f, RESULT_MALFORMED, "", "no NOTAM: a line that begins like \"A1234/24 NOTAMN\" is expected");
    lists.entries = arena_alloc(arena, out->count, sizeof *lists.entries);
    lists.unclaimed = arena_alloc(arena, (size_t)out->unclaimed_count + 1, sizeof *lists.unclaimed);
    if (lists.entries == NULL || lists.unclaimed == NULL)
        return fail(f, RESULT_FULL, "arena", "no memory left for %u messages", out->count);
    text_walk(bytes, out, &lists);
    out->entries = lists.entries;
    out->unclaimed = lists.unclaimed;
    return OK;
}

result notam_file_read(struct text bytes, struct json_reader *reader, struct arena *arena, struct notam_file *out,
                       struct fault *f) {
    *out = (struct notam_file){0};
    if (scan_char(bytes, scan_skip(bytes, 0)) == '{') return json_file(bytes, reader, arena, out, f);
    return text_file(bytes, arena, out, f);
}
