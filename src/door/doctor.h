/* What is judged to be well, doubtful or wrong with a log's directory and the machine under it. Each judgement is a function of what probe.h
 * and log/node_inspect.h found, and of nothing else. */
#ifndef PARLEY_DOOR_DOCTOR_H
#define PARLEY_DOOR_DOCTOR_H

#include "door/probe.h"
#include "log/node_inspect.h"
#include "log/scrub_state.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };
struct doctor_line {
    const char *what;         /* "disk", … */
    enum doctor_level level;
    char found[512];          /* what was found */
    char fix[512];            /* what to do, in plain words; empty when it is well */
};
const char *doctor_level_name(enum doctor_level l);

void doctor_space(struct doctor_line *l, const struct probe_space *s, uint64_t reserve);
void doctor_days(struct doctor_line *l, const struct probe_space *s, uint64_t reserve, const struct probe_growth *g);
void doctor_kind(struct doctor_line *l, const struct probe_space *s);
void doctor_sync(struct doctor_line *l, result measured, const struct probe_sync *s, const struct fault *f);
void doctor_clock(struct doctor_line *l, const struct probe_clock *c);
/* Against the last record: a clock behind it starts UNSURE. `any` false: none yet. */
void doctor_time(struct doctor_line *l, instant now, bool any, instant last);
void doctor_files(struct doctor_line *l, const struct probe_limits *s, uint64_t connections);
void doctor_locked(struct doctor_line *l, const struct probe_limits *s, const struct capacity *c);
/* `needed`: by the capacities in force, `then` by those that wait for the next start (the same: none wait). `running`: a server holds what is needed already. */
void doctor_memory(struct doctor_line *l, const struct probe_limits *s, uint64_t needed, uint64_t then, bool running);
/* A file or directory of the log. `owner`: of the log's directory; `secret`: nobody else may read it; all may be written by the owner alone. */
void doctor_file(struct doctor_line *l, const char *path, const struct probe_file *file, uid_t owner, bool secret);
/* Who asks: the checks need to read what the server's user reads. */
void doctor_user(struct doctor_line *l, uid_t self, uid_t owner);
void doctor_ending(struct doctor_line *l, result read, const struct node_ending *e, const struct fault *f);
/* What the scrubber beside a server left behind. */
void doctor_scrub(struct doctor_line *l, result read, const struct scrub_state *s, instant now);
void doctor_certificate(struct doctor_line *l, result read, const char *path, instant from, instant until, instant now, const struct fault *f);

#endif
