#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "log/file.h"

int cli_status_of(enum result_code code) {
    switch (code) {
    case RESULT_OK: return CLI_OK;
    case RESULT_USAGE: return CLI_USAGE;
    case RESULT_MALFORMED: case RESULT_RANGE: case RESULT_TOO_LARGE: case RESULT_UNSUPPORTED: return CLI_BROKEN;
    case RESULT_CONFLICT: case RESULT_FORBIDDEN: return CLI_REFUSED;
    case RESULT_NOT_FOUND: return CLI_NOT_FOUND;
    case RESULT_UNKNOWN: return CLI_UNREACHABLE;
    case RESULT_UNAUTHENTIC: case RESULT_ROT: case RESULT_LOST_TAIL: case RESULT_DIVERGED: return CLI_UNVERIFIED;
    case RESULT_FULL: case RESULT_BUSY: return CLI_BUSY;
    case RESULT_IO: return CLI_SYSTEM;
    case RESULT_CODES: break;
    }
    return CLI_SYSTEM;
}

const char *cli_nth(const struct cli *c, const char *name, unsigned index) {
    for (unsigned i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, name) == 0 && index-- == 0) return c->values[i].value;
    return NULL;
}

const char *cli_get(const struct cli *c, const char *name) {
    const char *last = NULL;
    for (unsigned i = 0; i < c->value_count; i++)
        if (strcmp(c->values[i].name, name) == 0) last = c->values[i].value;
    return last;
}

bool cli_has(const struct cli *c, const char *name) { return cli_get(c, name) != NULL; }

/* Of options that name one thing, a second value is a mistake: which of the two is meant, nobody can say. */
bool cli_repeatable(const char *name) {
    static const char *const names[] = {"key", "readers", "co-signer", "polygon", "circle", "corridor", "desk", "feed-reader", "capacity", "founder", "section", "token-key", "audience", "log", "witness", "witnessed", "mirror", "backup", NULL};
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

const char *cli_need(const struct cli *c, const char *name) {
    const char *value = cli_get(c, name);
    if (value == NULL) {
        char option[80];
        snprintf(option, sizeof option, "--%s", name);
        cli_error(c, RESULT_USAGE, option, "is needed; see 'parley %s --help'", c->command->name);
    }
    return value;
}

void cli_tame(char *at, size_t size) {
    for (size_t i = 0; i < size;) {
        uint32_t character = 0;
        size_t run = utf8_next(at + i, size - i, &character);
        bool turns = character == 0x61c || (character >= 0x200e && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
                     (character >= 0x2066 && character <= 0x2069);
        if (run == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0) || turns) memset(at + i, '?', run == 0 ? 1 : run);
        i += run == 0 ? 1 : run;
    }
}

long long cli_seconds(double seconds, bool up) {
    if (!(seconds > -1e15 && seconds < 1e15)) return 0; /* of another's JSON */
    long long whole = (long long)seconds; /* towards zero */
    if (up) return (double)whole < seconds ? whole + 1 : whole;
    return (double)whole > seconds ? whole - 1 : whole;
}

/* Where a path is the field, the message may name it with the byte: once is enough. */
static bool begins_with_field(const struct fault *f) {
    size_t size = strlen(f->field);
    return strncmp(f->message, f->field, size) == 0 && (f->message[size] == ',' || f->message[size] == ':');
}

int cli_fail(const struct cli *c, const struct fault *given) {
    struct fault tame = *given, *f = &tame; /* a server's words may be in it */
    cli_tame(tame.field, strlen(tame.field));
    cli_tame(tame.message, strlen(tame.message));
    if (c->json) {
        struct append out = append_growing(4096);
        append_str(&out, "{\"error\":");
        append_json_string(&out, text_of(result_name(f->code)));
        append_str(&out, ",\"field\":");
        append_json_string(&out, text_of(f->field));
        append_str(&out, ",\"message\":");
        append_json_string(&out, text_of(f->message));
        append_str(&out, "}");
        fprintf(stderr, "%.*s\n", TEXT_ARG(append_view(&out)));
        append_free(&out);
    } else if (f->field[0] != '\0' && !begins_with_field(f)) {
        fprintf(stderr, "parley: %s: %s\n", f->field, f->message);
    } else {
        fprintf(stderr, "parley: %s\n", f->message);
    }
    return cli_status_of(f->code);
}

int cli_error(const struct cli *c, enum result_code code, const char *field, const char *format, ...) {
    struct fault f = {.code = code};
    snprintf(f.field, sizeof f.field, "%s", field);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f.message, sizeof f.message, format, arguments);
    va_end(arguments);
    return cli_fail(c, &f);
}

result cli_read_file(const char *path, size_t limit, struct append *out, struct fault *f) {
    bool standard = strcmp(path, "-") == 0;
    const char *why = "";
    int fd = standard ? STDIN_FILENO : file_open(path, O_RDONLY, 0, false, &why);
    if (fd < 0) return fail(f, RESULT_IO, path, "cannot be opened: %s", why);
    *out = append_growing(limit);
    char chunk[65536];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) > 0) append_bytes(out, chunk, (size_t)got);
    int problem = errno;
    if (!standard) close(fd);
    if (got == 0 && !out->full) return OK;
    append_free(out);
    if (got < 0) return fail(f, RESULT_IO, path, "cannot be read: %s", strerror(problem));
    return fail(f, RESULT_TOO_LARGE, path, "is longer than %zu bytes", limit);
}

result cli_write_file(const char *path, struct text bytes, unsigned mode, bool replace, struct fault *f) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), mode);
    if (fd < 0 && errno == EEXIST) return fail(f, RESULT_CONFLICT, path, "is there already, and is not overwritten");
    if (fd < 0) return fail(f, RESULT_IO, path, "cannot be made: %s", strerror(errno));
    size_t done = 0;
    while (done < bytes.size) {
        ssize_t put = write(fd, bytes.at + done, bytes.size - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) break;
        done += (size_t)put;
    }
    bool synced = fsync(fd) == 0 || errno == EINVAL;
    int problem = errno;
    if (close(fd) == 0 && done == bytes.size && synced) return OK;
    return fail(f, RESULT_IO, path, "cannot be written: %s", strerror(problem));
}

result cli_number(const char *option, const char *value, uint64_t low, uint64_t high, uint64_t *out, struct fault *f) {
    char *end = NULL;
    errno = 0;
    unsigned long long read = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || read < low || read > high)
        return fail(f, RESULT_USAGE, option, "'%s' is not a whole number from %llu to %llu", value, (unsigned long long)low,
                    (unsigned long long)high);
    *out = read;
    return OK;
}

result cli_no_log(result r, const char *dir, struct fault *f) {
    static const char genesis[] = "/genesis";
    size_t size = strlen(f->field);
    if (r.code == RESULT_NOT_FOUND && size >= sizeof genesis && strcmp(f->field + size - (sizeof genesis - 1), genesis) == 0)
        return fail(f, RESULT_NOT_FOUND, dir, "holds no log: name the directory that 'parley init' made");
    return r;
}
