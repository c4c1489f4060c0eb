#include "cli/help.h"

#include <string.h>

#include "cli/limits.h"

const struct cli_option cli_common_options[] = {
    {"json", NULL, "print JSON, errors too"},
    {"help", NULL, "print this help"},
    {NULL, NULL, NULL},
};
const struct cli_option cli_client_options[] = {
    {"server", "URL", "the server; default: PARLEY_SERVER, else http://localhost:8420"},
    {"key", "FILE", "secret key that signs, may be given more than once; default: PARLEY_KEY"},
    {"ca", "FILE", "certificate that the server's must descend from"},
    {NULL, NULL, NULL},
};
static const struct {
    int status;
    const char *meaning;
} statuses[] = {
    {CLI_OK, "done; the statement was accepted"},
    {CLI_PENDING, "taken; signatures of others are missing"},
    {CLI_BROKEN, "input is malformed: a file, a value, a statement"},
    {CLI_REFUSED, "refused, and why is printed: a statement by the server, a key file that others may read, a file that is there already"},
    {CLI_NOT_FOUND, "no such entity, or not yours to read; no log there"},
    {CLI_UNREACHABLE, "no answer from the server, or the outcome is unknown: 'parley stream' shows whether it was taken"},
    {CLI_UNVERIFIED, "a check of hashes, signatures or outcomes failed; or the server knows no such key"},
    {CLI_BUSY, "try again: the directory is in use, or a queue or the disk is full"},
    {CLI_DOUBTFUL, "doctor: something is doubtful (WARN); mirror check: bytes stand behind what was taken; deposit: not all witnesses have signed"},
    {CLI_UNWELL, "doctor: something is wrong (FAIL)"},
    {CLI_NOT_READ_BACK, "the read-back does not match what was told: it is recorded and does not count"},
    {CLI_FORK, "mirror, diff: two logs under the signature of one key; the proof is printed and kept. restore: one that was asked has seen more than the backup holds, or another log"},
    {CLI_BREACH, "receipt check: another record stands where one was promised; the proof is printed, or kept with --proof"},
    {CLI_LATE, "receipt check: the record was not there within ten seconds"},
    {CLI_UNANSWERED, "receipt check: nothing was shown that leads to the place; with --receipt: the statement was taken, and no good receipt came; deposit: no witness has signed"},
    {CLI_USAGE, "wrong use of the command line"},
    {CLI_SYSTEM, "the system refused a file or a socket"},
};

static void print_options(const struct cli_option *options, FILE *to) {
    for (; options != NULL && options->name != NULL; options++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", options->name, options->value != NULL ? " " : "",
                 options->value != NULL ? options->value : "");
        fprintf(to, "  %-26s %s\n", left, options->help);
    }
}

void help_overview(FILE *to) {
    fprintf(to, "Parley: advance notice, conflicts and a record that parties who share an airspace can trust.\n\n"
                "usage: parley COMMAND [OPTION…] [ARGUMENT…]\n\n");
    for (int i = 0; cli_commands[i] != NULL; i++) fprintf(to, "  %-18s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fprintf(to, "\n'parley help COMMAND' (or COMMAND --help) shows its options; 'parley --man | man -l -' is the manual; --version the version.\n");
}

/* A paragraph in lines of at most 100 characters; bytes after the first of a UTF-8 character take no column. */
static void wrapped(const char *text, FILE *to) {
    enum { WIDTH = 100 };
    size_t column = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " \n"), width = 0;
        for (size_t i = 0; i < size; i++) width += ((unsigned char)text[i] & 0xC0) != 0x80;
        if (size > 0 && column > 0 && column + 1 + width > WIDTH) column = 0, fputc('\n', to);
        else if (size > 0 && column > 0) column++, fputc(' ', to);
        fwrite(text, 1, size, to);
        column += width;
        text += size;
        if (*text == '\n') column = 0, fputc('\n', to);
        text += *text != '\0';
    }
}

void help_command(const struct cli_command *command, FILE *to) {
    fprintf(to, "usage: parley %s [OPTION…] %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->detail != NULL) {
        fprintf(to, "\n");
        wrapped(command->detail, to);
        fprintf(to, "\n");
    }
    fprintf(to, "\n");
    print_options(command->options, to);
    if (command->client) print_options(cli_client_options, to);
    print_options(cli_common_options, to);
}

/* mdoc treats a leading dot or quote and every backslash as its own, and wants each sentence to begin a line. */
static void mdoc_text(const char *text, FILE *to) {
    enum { WIDTH = 78 };
    size_t column = 0;
    bool sentence = false;
    while (*text != '\0') {
        size_t size = strcspn(text, " \n");
        if (size > 0) {
            if (column > 0 && (sentence || column + 1 + size > WIDTH)) column = 0, fputc('\n', to);
            else if (column > 0) column++, fputc(' ', to);
            if (column == 0 && (*text == '.' || *text == '\'')) fputs("\\&", to);
            for (size_t i = 0; i < size; i++) text[i] == '\\' ? (void)fputs("\\e", to) : (void)fputc(text[i], to);
            column += size;
            sentence = strchr(".!?", text[size - 1]) != NULL;
        }
        text += size + (text[size] != '\0');
    }
}

static void mdoc_options(const struct cli_option *options, FILE *to) {
    for (; options != NULL && options->name != NULL; options++) {
        fprintf(to, ".It Fl Fl %s%s%s\n", options->name, options->value != NULL ? " Ar " : "",
                options->value != NULL ? options->value : "");
        mdoc_text(options->help, to);
        fputc('\n', to);
    }
}

static void mdoc_command(const struct cli_command *command, FILE *to) {
    fprintf(to, ".Ss parley %s%s%s\n", command->name, command->arguments[0] != '\0' ? " " : "", command->arguments);
    mdoc_text(command->summary, to);
    fprintf(to, ".\n");
    if (command->detail != NULL) {
        fprintf(to, ".Pp\n");
        mdoc_text(command->detail, to);
        fputc('\n', to);
    }
    if (command->options != NULL && command->options->name != NULL) {
        fprintf(to, ".Bl -tag -width Ds\n");
        mdoc_options(command->options, to);
        fprintf(to, ".El\n");
    }
}

static void mdoc_limits(FILE *to) {
    const char *heading = NULL;
    fprintf(to, ".Sh LIMITS\nEach stands in one of two files of the source,\n.Pa src/base/limits.h\nand\n.Pa src/door/limits.h .\n"
                "Whoever exceeds one is told so, or is counted in\n.Pa /metrics ,\nand nobody else waits for him.\n");
    for (const struct limit_row *l = limit_rows; l->name != NULL; l++) {
        if (heading == NULL || strcmp(heading, l->heading) != 0) {
            fprintf(to, "%s.Ss %s\n.Bl -tag -width Ds\n", heading != NULL ? ".El\n" : "", l->heading[0] != '\0' ? l->heading : "statements");
            heading = l->heading;
        }
        fprintf(to, ".It %s = %lld\n", l->name, l->value);
        mdoc_text(l->meaning, to);
        fputc('\n', to);
    }
    fprintf(to, ".El\n");
}

struct tagged { const char *tag, *text; };

static void mdoc_tagged(const char *width, const char *before, const struct tagged *rows, FILE *to) {
    fprintf(to, ".Bl -tag -width %s\n", width);
    for (; rows->tag != NULL; rows++) {
        fprintf(to, ".It %s %s\n", before, rows->tag);
        mdoc_text(rows->text, to);
        fputc('\n', to);
    }
    fprintf(to, ".El\n");
}

static const struct tagged environment[] = {
    {"PARLEY_SERVER", "default of --server"},
    {"PARLEY_KEY", "default of --key: one file"},
    {"NOTIFY_SOCKET", "socket of the service manager, which 'parley serve' tells when it answers and when it ends (systemd sets it for a unit of Type=notify)"},
    {"WATCHDOG_USEC", "with NOTIFY_SOCKET: the manager wants to hear twice in so many microseconds that the server goes on; at most once a second"},
    {NULL, NULL},
};
static const struct tagged files[] = {
    {"KEY", "a secret key, made by 'parley key new', mode 0600; nobody can make it again"},
    {"KEY.pub", "its public key: given to others"},
    {"KEY.receipts", "receipts that --receipt kept: to be kept as long as the promise may matter"},
    {"DIR/genesis", "what the log began with: founders, capacities, public keys"},
    {"DIR/journal", "payloads (pay-*) and leaves and hashes (log-*): the record; secret"},
    {"DIR/index", "found again in the journal where it is missing"},
    {"DIR/snapshots", "the state as it was at some statements, for quick starts: may be removed; secret, as the journal is"},
    {"DIR/checkpoint", "the last signed checkpoint"},
    {"DIR/log.key, DIR/receipt.key, DIR/blinds", "the server's own secrets, mode 0600; without its log key a log cannot go on"},
    {"DIR.operator.key", "the operator's root key, when 'parley init' made it: to be kept on another machine"},
    {"/etc/parley/parley.conf", "settings for 'parley serve --config', as packaging/parley.service names them"},
    {NULL, NULL},
};
/* Run as they stand by a test. */
static const char *const examples[] = {
    "A log, its server, and a party that files a notice:",
    "parley key new registry.key --name exercise/registry/root",
    "parley init log --origin basin.example --operator registry --key registry.key",
    "parley serve --data log",
    "parley key new north.key --name exercise/north/root",
    "parley party add --root north.key.pub --key registry.key --key north.key",
    "parley notice file --area \"NORTH 1\" --category missile --circle -46.7,-126.4,15NM --lower SFC --upper FL250 --from +5m --to +30m --key north.key",
    "What was told, what waits for an answer, what is on file:",
    "parley watch --all --count 1 --key north.key",
    "parley list due --key north.key",
    "parley list notices --key north.key --json",
    "A token for curl:",
    "curl -s -H \"Authorization: Bearer $(parley session --key north.key)\" http://localhost:8420/v1/notices",
    "Is all well, and is the record whole?",
    "parley doctor log --server http://localhost:8420",
    "parley log check log",
    NULL,
};

static void mdoc_examples(FILE *to) {
    bool literal = false;
    fprintf(to, ".Sh EXAMPLES\n");
    for (int i = 0; examples[i] != NULL; i++) {
        bool command = strncmp(examples[i], "parley ", 7) == 0 || strncmp(examples[i], "curl ", 5) == 0;
        if (command && !literal) fprintf(to, ".Bd -literal -offset indent\n");
        if (!command && literal) fprintf(to, ".Ed\n.Pp\n");
        if (command) fprintf(to, "%s\n", examples[i]);
        else mdoc_text(examples[i], to), fputc('\n', to);
        literal = command;
    }
    fprintf(to, ".Ed\n");
}

void help_manual(FILE *to) {
    fprintf(to, ".Dd $Mdocdate$\n.Dt PARLEY 1\n.Os\n.Sh NAME\n.Nm parley\n.Nd notice, conflicts and a trusted record for shared airspace\n"
                ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar argument ...\n.Sh DESCRIPTION\n"
                "One program is server, client and tool.\n"
                "The commands are described below; the words are those of\n"
                ".Pa ARCHITECTURE.md .\n.Sh COMMANDS\n");
    for (int i = 0; cli_commands[i] != NULL; i++) mdoc_command(cli_commands[i], to);
    fprintf(to, ".Sh OPTIONS OF ALL COMMANDS THAT SPEAK WITH A SERVER\n.Bl -tag -width Ds\n");
    mdoc_options(cli_client_options, to);
    fprintf(to, ".El\n.Sh OPTIONS OF ALL COMMANDS\n.Bl -tag -width Ds\n");
    mdoc_options(cli_common_options, to);
    fprintf(to, ".El\n");
    mdoc_limits(to);
    fprintf(to, ".Sh ENVIRONMENT\n");
    mdoc_tagged("PARLEY_SERVER", "Ev", environment, to);
    fprintf(to, ".Sh FILES\n");
    mdoc_tagged("Ds", "Pa", files, to);
    fprintf(to, ".Sh EXIT STATUS\n.Bl -tag -width 71\n");
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        fprintf(to, ".It %d\n", statuses[i].status);
        mdoc_text(statuses[i].meaning, to);
        fputc('\n', to);
    }
    fprintf(to, ".El\n");
    mdoc_examples(to);
}

int help_unknown(int argc, char **argv) {
    (void)argc;
    bool group = false;
    size_t size = strlen(argv[1]);
    for (int i = 0; cli_commands[i] != NULL; i++)
        if (strncmp(cli_commands[i]->name, argv[1], size) == 0 && (cli_commands[i]->name[size] == ' ' || cli_commands[i]->name[size] == '\0')) {
            if (!group) fprintf(stderr, "parley: '%s' has these commands:\n", argv[1]);
            fprintf(stderr, "  %-18s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
            group = true;
        }
    if (!group) fprintf(stderr, "parley: there is no command '%s'; see 'parley --help'\n", argv[1]);
    return CLI_USAGE;
}
