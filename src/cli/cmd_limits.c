/* limits: what the program bounds, with its values. */
#include <stdio.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/limits.h"

static int limits_run(struct cli *c) {
    struct append out = append_growing(1 << 20);
    for (const struct limit_row *l = limit_rows; l->name != NULL; l++) {
        if (!c->json) {
            printf("%-34s %14lld  %s\n", l->name, l->value, l->meaning);
            continue;
        }
        append_format(&out, "%s{\"name\":\"%s\",\"value\":%lld,\"meaning\":", l == limit_rows ? "[" : ",\n", l->name, l->value);
        append_json_string(&out, text_of(l->meaning));
        append_char(&out, '}');
    }
    if (c->json) printf("%.*s]\n", TEXT_ARG(append_view(&out)));
    append_free(&out);
    return CLI_OK;
}

static const struct cli_option limits_options[] = {{NULL, NULL, NULL}};
const struct cli_command command_limits = {
    "limits", "", 0, 0, "print every limit of the program, with its value",
    "Some are defaults of options of serve; capacities of tables are not here: they are fixed when a log is made ('parley init').", limits_options, false, limits_run};
