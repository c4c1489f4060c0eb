/* The command line: a table of subcommands, their options, and what they share. */
#ifndef PARLEY_CLI_CLI_H
#define PARLEY_CLI_CLI_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/result.h"

/* Exit statuses, documented in the manual page. */
enum cli_status {
    CLI_OK = 0,
    CLI_PENDING = 2,     /* taken; signatures of others are missing */
    CLI_BROKEN = 3,      /* input is malformed: a file, a value, a statement */
    CLI_REFUSED = 4,     /* the server refused the statement, or a file's rights or existence forbid it; reason printed */
    CLI_NOT_FOUND = 5,   /* no such entity, or not yours to read; no log there */
    CLI_UNREACHABLE = 6, /* no answer from the server, or the outcome is unknown */
    CLI_UNVERIFIED = 7,  /* a check of hashes, signatures or outcomes failed */
    CLI_BUSY = 8,        /* try again: another process has the directory, a queue or the disk is full */
    CLI_DOUBTFUL = 9,    /* doctor: WARN */
    CLI_UNWELL = 10,     /* doctor: FAIL */
    CLI_NOT_READ_BACK = 11, /* the read-back is recorded, but does not match what was told: it does not count */
    CLI_FORK = 12,       /* mirror, diff: two signed logs that are not one; restore: --witnessed has seen more, or another */
    CLI_BREACH = 13,     /* receipt check: what stands there is not what was promised */
    CLI_LATE = 14,       /* receipt check: it was not there in time */
    CLI_UNANSWERED = 15, /* receipt check: no path to the place; --receipt: none came, or one that is good for nothing */
    CLI_USAGE = 64,
    CLI_SYSTEM = 71      /* the system refused a file or a socket */
};
int cli_status_of(enum result_code code);

struct cli_option {
    const char *name;  /* without "--" */
    const char *value; /* how the value is called in the help; NULL: a flag */
    const char *help;
};
struct cli;
struct cli_command {
    const char *name;      /* "notice file" */
    const char *arguments; /* "FILE…" or "" */
    unsigned least, most;  /* positional arguments */
    const char *summary;   /* one line */
    const char *detail;    /* paragraphs of the manual page, may be NULL */
    const struct cli_option *options; /* ended by a NULL name */
    bool client;           /* speaks with a server: takes the client options too */
    int (*run)(struct cli *c);
};
extern const struct cli_command *const cli_commands[]; /* NULL-terminated, in the order of the manual */
extern const struct cli_option cli_client_options[], cli_common_options[];

struct cli_value { const char *name, *value; };
struct cli {
    const struct cli_command *command;
    struct cli_value values[256]; unsigned value_count;
    const char *arguments[1024]; unsigned argument_count;
    bool json;
    char **argv; /* as the program got them */
};
/* The last one given, or NULL. */
const char *cli_get(const struct cli *c, const char *name);
bool cli_has(const struct cli *c, const char *name);
/* The index-th one given, or NULL: for options that may be repeated. */
const char *cli_nth(const struct cli *c, const char *name, unsigned index);
bool cli_repeatable(const char *name); /* of any command */
/* "--name is needed" as CLI_USAGE on stderr; NULL when absent. */
const char *cli_need(const struct cli *c, const char *name);
/* Prints the fault ("parley: field: message", or problem JSON with --json) and returns the exit status. */
int cli_fail(const struct cli *c, const struct fault *f);
__attribute__((format(printf, 4, 5))) int cli_error(const struct cli *c, enum result_code code, const char *field, const char *format, ...);

/* Text of others on its way to a terminal: control characters (C0, DEL, C1), line ends, characters that turn the direction of writing and bytes that
 * are no UTF-8 become '?', so that nobody far away moves the cursor of whoever reads it. */
void cli_tame(char *at, size_t size);

/* Whole seconds of a lead (up: of what it falls short by), so that the two as they are printed add up to what was agreed, which is whole: a lead
 * is never shown longer than it is. */
long long cli_seconds(double seconds, bool up);

/* Whole file into *out (growing, at most `limit` bytes). "-" is standard input. */
result cli_read_file(const char *path, size_t limit, struct append *out, struct fault *f);
/* New file with that mode; refuses to overwrite unless `replace`. */
result cli_write_file(const char *path, struct text bytes, unsigned mode, bool replace, struct fault *f);
/* Of what `dir` was opened with: that there is no genesis in it is said in words. */
result cli_no_log(result r, const char *dir, struct fault *f);
/* An unsigned decimal in range. */
result cli_number(const char *option, const char *value, uint64_t low, uint64_t high, uint64_t *out, struct fault *f);

#endif
