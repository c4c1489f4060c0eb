/* Sending a statement: from section bodies to the server's answer, or to a draft that others sign first. */
#ifndef PARLEY_CLI_STATEMENT_H
#define PARLEY_CLI_STATEMENT_H

#include "cli/client.h"
#include "core/compose.h"

struct outgoing_section {
    const char *name;    /* "public", "parties", "own", "body" */
    struct text readers; /* with commas; empty: sender and operator */
    struct text body;    /* a JSON object */
};
struct outgoing {
    const char *kind;
    const char *on;                  /* "<party>/<id>" or NULL */
    struct outgoing_section sections[4]; unsigned count;
    int64_t open_by;                 /* INSTANT_NONE, or the statement is sealed: its sections go to the --seal file, not to the server */
    const struct compose_earlier *earlier; /* kind "open": what is opened */
};
/* For the tables of commands that file statements. */
#define STATEMENT_OPTIONS                                                                                              \
    {"readers", "READER", "who may read it: world, log, agreement:NAME, a party, none; may be repeated; default: log, of flights none"}, \
        {"co-signer", "FILE", "public key (.pub) of another that must sign; its signature follows by 'parley cosign'"},                     \
        {"prev", "HASH", "refuse it unless this is the last statement on the entity"},                                 \
        {"receipt", NULL, "ask for a signed receipt, check it, and keep it in KEY.receipts, beside the first --key"},                    \
        {"draft", "FILE", "write it, signed with --key, to FILE for others to co-sign; send nothing"}

/* Composes with all keys of --key, sends, prints what became of it, returns the exit status. */
int statement_send(struct client *k, const struct outgoing *o);
/* The same, but prints nothing when it is accepted; for imports. `answer` takes the server's JSON. */
int statement_post(struct client *k, const struct outgoing *o, struct append *answer, struct fault *f);
/* The readers of --readers with commas; `fallback` (a reader; NULL: nobody) when none is given. "none" means nobody. */
result statement_readers(const struct cli *c, const char *fallback, struct append *out, struct fault *f);
/* "<party>/<id>" from an argument that is that, or an id alone of the first key's own party. */
result statement_entity(const struct client *k, const char *argument, char out[80], struct fault *f);
/* Posts a request body (a draft, or one composed elsewhere) and prints the answer. */
int statement_deliver(struct client *k, struct text body);
/* Prints an answer of POST /v1/statements as text or JSON; the exit status. */
int statement_answer(const struct cli *c, struct text answer);
/* One member: `"name":"<text>"` when the option was given, with a comma before unless `out` ends in '{'. */
void statement_text_member(const struct cli *c, const char *option, const char *member, struct append *out);
/* A comma unless `out` ends in '{' or '['. */
void statement_comma(struct append *out);

#endif
