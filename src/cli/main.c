#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "log/secret.h"

static const struct cli_option *option_in(const struct cli_option *options, const char *name, size_t size) {
    for (; options != NULL && options->name != NULL; options++)
        if (strlen(options->name) == size && memcmp(options->name, name, size) == 0) return options;
    return NULL;
}

static const struct cli_option *option_find(const struct cli_command *command, const char *name, size_t size) {
    const struct cli_option *found = option_in(command->options, name, size);
    if (found == NULL && command->client) found = option_in(cli_client_options, name, size);
    return found != NULL ? found : option_in(cli_common_options, name, size);
}

/* Commands are one or two words: the longest match wins. */
static const struct cli_command *command_find(int argc, char **argv, int *words) {
    const struct cli_command *found = NULL;
    for (int i = 0; cli_commands[i] != NULL; i++) {
        const char *space = strchr(cli_commands[i]->name, ' ');
        size_t first = space != NULL ? (size_t)(space - cli_commands[i]->name) : strlen(cli_commands[i]->name);
        if (argc < 2 || strlen(argv[1]) != first || memcmp(argv[1], cli_commands[i]->name, first) != 0) continue;
        if (space == NULL && found == NULL) {
            found = cli_commands[i];
            *words = 1;
        } else if (space != NULL && argc > 2 && strcmp(argv[2], space + 1) == 0) {
            found = cli_commands[i];
            *words = 2;
        }
    }
    return found;
}

static bool take_option(struct cli *c, int argc, char **argv, int *at) {
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *option = option_find(c->command, name, size);
    const char *value = "";
    if (option == NULL) {
        cli_error(c, RESULT_USAGE, argv[*at], "is no option of 'parley %s'; see --help", c->command->name);
        return false;
    }
    if (option->value == NULL && equals != NULL) {
        cli_error(c, RESULT_USAGE, argv[*at], "takes no value");
        return false;
    }
    if (option->value != NULL) {
        value = equals != NULL ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
        if (value == NULL) {
            cli_error(c, RESULT_USAGE, argv[*at], "needs a value: %s", option->value);
            return false;
        }
    }
    if (option->value != NULL && !cli_repeatable(option->name) && cli_has(c, option->name)) {
        char twice[80];
        snprintf(twice, sizeof twice, "--%s", option->name);
        cli_error(c, RESULT_USAGE, twice, "is given twice: '%s' and '%s'", cli_get(c, option->name), value);
        return false;
    }
    if (c->value_count == sizeof c->values / sizeof c->values[0]) {
        cli_error(c, RESULT_USAGE, argv[*at], "too many options");
        return false;
    }
    c->values[c->value_count++] = (struct cli_value){option->name, value};
    return true;
}

static bool take_arguments(struct cli *c, int argc, char **argv, int from) {
    bool only_arguments = false;
    for (int i = from; i < argc; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strcmp(argv[i], "-h") == 0) {
            c->values[c->value_count++] = (struct cli_value){"help", ""};
            return true;
        } else if (!only_arguments && strncmp(argv[i], "--", 2) == 0) {
            if (!take_option(c, argc, argv, &i)) return false;
        } else if (c->argument_count < sizeof c->arguments / sizeof c->arguments[0]) {
            c->arguments[c->argument_count++] = argv[i];
        } else {
            cli_error(c, RESULT_USAGE, argv[i], "too many arguments");
            return false;
        }
    }
    return true;
}

/* Where one of the three standard files is closed, the next one opened would take its place: the journal, with the log written into it. */
static bool fill_standard_files(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

int main(int argc, char **argv) {
    static struct cli c;
    int words = 0;
    if (!fill_standard_files()) return CLI_SYSTEM;
    c.argv = argv;
    secret_process(); /* most commands read a secret key */
    if (argc > 2 && strcmp(argv[1], "help") == 0) {
        const struct cli_command *asked = command_find(argc - 1, argv + 1, &words);
        if (asked == NULL) return help_unknown(argc - 1, argv + 1);
        help_command(asked, stdout);
        return CLI_OK;
    }
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help_overview(argc < 2 ? stderr : stdout);
        return argc < 2 ? CLI_USAGE : CLI_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("parley %s\n", PARLEY_VERSION);
        return CLI_OK;
    }
    if (strcmp(argv[1], "--man") == 0) {
        help_manual(stdout);
        return CLI_OK;
    }
    c.command = command_find(argc, argv, &words);
    if (c.command == NULL) return help_unknown(argc, argv);
    if (!take_arguments(&c, argc, argv, words + 1)) return CLI_USAGE;
    c.json = cli_has(&c, "json");
    if (cli_has(&c, "help")) {
        help_command(c.command, stdout);
        return CLI_OK;
    }
    if (c.argument_count < c.command->least || c.argument_count > c.command->most)
        return cli_error(&c, RESULT_USAGE, c.command->name, "takes %s; see 'parley %s --help'",
                         c.command->most == 0 ? "no arguments" : c.command->arguments, c.command->name);
    int status = c.command->run(&c);
    if (fflush(stdout) != 0 && status == CLI_OK) return CLI_SYSTEM;
    return status;
}
