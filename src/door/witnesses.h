/* The witnesses that this server asks to sign its checkpoints (--witness VKEY=URL): each at a pace of its own, once at a time, and what comes back is verified and
 * recorded (`cosigned`). Whatever a witness does, the log goes on: what fails is counted, told in the log and, when it lasts, in `parley status`. */
#ifndef PARLEY_DOOR_WITNESSES_H
#define PARLEY_DOOR_WITNESSES_H

#include "base/limits.h"
#include "door/witness_courier.h"
#include "log/node.h"

struct attention;
struct witnesses;
/* What of it fails: no answer; one that refuses; one that is not true (garbage, another's signature, another tree, a time far off, a size that we never had). */
enum witness_failure { WITNESS_UNREACHABLE, WITNESS_REFUSES, WITNESS_UNTRUE, WITNESS_FAILURES };
const char *witness_failure_name(enum witness_failure w);
struct witness_figures {
    struct text name;
    uint64_t size;              /* of the last tree that it has signed, as the record has it; 0: none */
    int64_t seconds;            /* since 1970: its time beside that */
    int64_t age_s;              /* since it last signed, as far as is known; since the start where it has not */
    uint64_t signed_total, failures[WITNESS_FAILURES], in_a_row;
    bool silent;                /* for longer than is allowed */
    const char *why;            /* of the last failure; "": none */
};

/* VKEY=URL, as it is given: the key, and where its URL begins. USAGE names the option. */
result witness_read(const char *given, struct text *name, uint8_t public_key[32], const char **url, struct fault *f);
/* Its processes, and nothing yet asked. `given` is copied. Call with one thread only. *out is NULL where count is 0. */
result witnesses_start(const char *const *given, unsigned count, unsigned every_s, unsigned silent_s, struct witnesses **out, struct fault *f);
void witnesses_end(struct witnesses *w); /* NULL: nothing */
/* All of these take NULL: there are none. */
unsigned witnesses_count(const struct witnesses *w);
int witnesses_fd(const struct witnesses *w, unsigned i);  /* readable: call witnesses_turn; -1: it has died */
pid_t witnesses_pid(const struct witnesses *w, unsigned i);
void witnesses_begin(struct witnesses *w, const struct node *n, int64_t now_ms); /* once the log is open */
void witnesses_turn(struct witnesses *w, struct node *n, int64_t now_ms); /* hears, judges, asks who is due; waits for nothing */
void witnesses_figures(const struct witnesses *w, const struct node *n, unsigned i, struct witness_figures *out);
/* The checkpoint for whoever follows the log: with the witnesses' signatures while they sign, else the latest; it never goes back. NULL: the latest. */
result witnesses_checkpoint(struct witnesses *w, struct node *n, struct append *out, struct fault *f);
void witnesses_attention(struct attention *a, const struct witnesses *w, const struct node *n);
void witnesses_metrics(const struct witnesses *w, const struct node *n, struct append *out);
/* ,"witnesses":[{"name","size","time","age_s","signed","failed","silent","why"}…] */
void witnesses_render(const struct witnesses *w, const struct node *n, struct append *out);

#endif
