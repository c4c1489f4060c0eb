/* Help and the manual page, both from the table of commands. */
#ifndef PARLEY_CLI_HELP_H
#define PARLEY_CLI_HELP_H

#include "cli/cli.h"

void help_overview(FILE *to);
void help_command(const struct cli_command *command, FILE *to);
void help_manual(FILE *to); /* mdoc, section 1 */
int help_unknown(int argc, char **argv); /* says what is near; CLI_USAGE */

#endif
