/* session: a token for those who go on with curl. */
#include <stdio.h>

#include "base/instant.h"
#include "cli/client.h"
#include "cli/commands.h"

static int session_run(struct cli *c) {
    static struct client k;
    struct fault f = {0};
    char room[40];
    struct append until = append_fixed(room, sizeof room);
    result r = client_open(&k, c, true, true, &f);
    append_instant(&until, k.token_until);
    if (result_is_ok(r) && c->json) printf("{\"token\":\"%s\",\"expires\":\"%.*s\"}\n", k.token, TEXT_ARG(append_view(&until)));
    else if (result_is_ok(r)) printf("%s\n", k.token);
    if (result_is_ok(r)) k.session = false; /* it is another's now: not given back */
    int status = result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
    client_close(&k);
    return status;
}

static const struct cli_option none[] = {{NULL, NULL, NULL}};
const struct cli_command command_session = {
    "session", "", 0, 0, "print a session token, for curl",
    "Whoever has the token reads and says in plain JSON what your party may, until it expires (--json says when): it is a secret. Sent as 'Authorization: Bearer "
    "TOKEN'; DELETE /v1/session ends it. GET /v1/openapi.json describes what can be asked.",
    none, true, session_run};
