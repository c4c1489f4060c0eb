/* What `parley status` says first: is all well, and if not, what does somebody have to look at? Each judgement is a function of the figures that it is
 * given and of nothing else. A party is told of its own; the operator of all. */
#ifndef PARLEY_DOOR_ATTENTION_H
#define PARLEY_DOOR_ATTENTION_H

#include "core/figures.h"
#include "log/node.h"

/* ALARM: people are warned less, or will be within hours. WARN: look at it by day. */
enum attention_level { ATTENTION_ALARM, ATTENTION_WARN, ATTENTION_LEVELS };
#define ATTENTION_MOST (32 + LIMIT_WITNESSES)  /* judgements that there are, and: */
#define ATTENTION_FILLS 8  /* fills that are named, the fullest; of further ones the number */
struct attention_line { enum attention_level level; const char *what; char text[384]; };
struct attention_fill { struct text whose; const char *name; uint32_t used, most; };
struct attention {
    struct attention_line at[ATTENTION_MOST]; unsigned count;
    struct attention_fill fill[ATTENTION_FILLS]; unsigned fills; uint32_t more_fills;
};

/* A table of the log (`whose` empty) or a party's share of it. Ordinary use stops an eighth short of a share (core/quota.c). */
void attention_fill(struct attention *a, struct text whose, const char *name, uint32_t used, uint32_t most);
void attention_fills_done(struct attention *a);
void attention_readbacks(struct attention *a, const struct figures_readbacks *r);
void attention_clock(struct attention *a, bool unsure, int64_t error_ns);
void attention_own(struct attention *a, const struct figures_own *o); /* a party's own */
/* `left_s`, `over_s` as disk_watch_seconds, disk_watch_over: what was measured for less than an hour alarms nobody. */
void attention_disk(struct attention *a, const struct node_numbers *n, int64_t left_s, int64_t over_s);
/* `now`: as the snapshot's time, the log's. */
void attention_snapshots(struct attention *a, const struct node_numbers *n, instant now);
void attention_log(struct attention *a, const struct node_numbers *n, int64_t timer_late_ns, int64_t tick_ns);
/* What the scrubber has found: `rot` places, the first in `file` at `byte`; `failed`: why its last round did not come to its end, NULL: it did; `lost`: there is none any more. */
void attention_scrub(struct attention *a, uint64_t rot, const char *file, uint64_t byte, const char *failed, bool lost);
void attention_steps(struct attention *a, const struct slow_steps *s, instant now); /* those of the last hour */
void attention_watch(struct attention *a, const struct figures *g);
/* One that is asked to sign: `silent` for longer than is allowed, `untrue` what it answered last; `age`: since it last signed. */
void attention_witness(struct attention *a, struct text name, bool silent, bool untrue, int64_t age_ns, const char *why);
void attention_certificate(struct attention *a, instant until, instant now);

/* [{"level","what","text"}…], alarms first. */
void attention_render(const struct attention *a, struct append *out);

#endif
