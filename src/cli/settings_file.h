/* A file of settings for `serve`: a line is the name of one of its options, blanks, and the value; "#" begins a line of comment. */
#ifndef PARLEY_CLI_SETTINGS_FILE_H
#define PARLEY_CLI_SETTINGS_FILE_H

#include "cli/cli.h"
#include "door/limits.h"

struct settings_file {
    struct append text;                            /* owned; values point into it */
    struct cli_value values[DOOR_SETTINGS];  /* of a flag: "" */
    unsigned count;
};
/* Reads `text` in place. Names are those of `options`. Errors: USAGE, "FILE:LINE" as field. */
result settings_file_read(const char *path, const struct cli_option *options, struct append *text, struct settings_file *out, struct fault *f);
result settings_file_load(const char *path, const struct cli_option *options, struct settings_file *out, struct fault *f);
void settings_file_free(struct settings_file *s);
extern const struct cli_option serve_options[]; /* cmd_serve.c */
const char *settings_file_nth(const struct settings_file *s, const char *name, unsigned index); /* of those that may be repeated; NULL: no more */
const char *settings_file_get(const struct settings_file *s, const char *name); /* NULL: not there */

#endif
