#include "cli/settings_file.h"

#include <string.h>

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static const struct cli_option *known(const struct cli_option *options, const char *name) {
    for (; options->name != NULL; options++)
        if (strcmp(options->name, name) == 0 && strcmp(name, "config") != 0) return options;
    return NULL;
}

/* `line` is terminated and changed: name and value end in zeros of their own. */
static result take_line(const char *where, const struct cli_option *options, char *line, struct settings_file *out, struct fault *f) {
    while (blank(*line)) line++;
    size_t size = strlen(line);
    while (size > 0 && blank(line[size - 1])) line[--size] = '\0';
    if (size == 0 || line[0] == '#') return OK;
    char *value = line + strcspn(line, " \t");
    if (*value != '\0') *value++ = '\0';
    while (blank(*value)) value++;
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) return fail(f, RESULT_USAGE, where, "the value of %.40s holds a control character", line);
    const struct cli_option *option = known(options, line);
    if (option == NULL) return fail(f, RESULT_USAGE, where, "\"%.40s\" is no setting: the names are those of the options of 'parley serve'", line);
    if (settings_file_get(out, option->name) != NULL && !cli_repeatable(option->name)) return fail(f, RESULT_USAGE, where, "%s is given twice", line);
    if (option->value == NULL && *value != '\0') return fail(f, RESULT_USAGE, where, "%s takes no value", line);
    if (option->value != NULL && *value == '\0') return fail(f, RESULT_USAGE, where, "%s needs a value: %s", line, option->value);
    if (out->count == DOOR_SETTINGS) return fail(f, RESULT_USAGE, where, "more than %d settings", DOOR_SETTINGS);
    out->values[out->count++] = (struct cli_value){option->name, value};
    return OK;
}

result settings_file_read(const char *path, const struct cli_option *options, struct append *text, struct settings_file *out, struct fault *f) {
    append_char(text, '\0');
    if (text->full) return fail(f, RESULT_TOO_LARGE, path, "is longer than %d bytes", DOOR_SETTINGS_BYTES);
    if (memchr(text->at, '\0', text->size) != text->at + text->size - 1) return fail(f, RESULT_USAGE, path, "holds a zero byte");
    out->count = 0;
    unsigned number = 1;
    for (char *at = text->at; *at != '\0'; number++) {
        char where[128], *end = at + strcspn(at, "\n"), *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        snprintf(where, sizeof where, "%.100s:%u", path, number);
        TRY(take_line(where, options, at, out, f));
        at = next;
    }
    return OK;
}

result settings_file_load(const char *path, const struct cli_option *options, struct settings_file *out, struct fault *f) {
    *out = (struct settings_file){.count = 0};
    TRY(cli_read_file(path, DOOR_SETTINGS_BYTES, &out->text, f));
    result r = settings_file_read(path, options, &out->text, out, f);
    if (!result_is_ok(r)) settings_file_free(out);
    return r;
}

void settings_file_free(struct settings_file *s) {
    append_free(&s->text);
    s->count = 0;
}

const char *settings_file_nth(const struct settings_file *s, const char *name, unsigned index) {
    for (unsigned i = 0; i < s->count; i++)
        if (strcmp(s->values[i].name, name) == 0 && index-- == 0) return s->values[i].value;
    return NULL;
}

const char *settings_file_get(const struct settings_file *s, const char *name) {
    for (unsigned i = 0; i < s->count; i++)
        if (strcmp(s->values[i].name, name) == 0) return s->values[i].value;
    return NULL;
}
