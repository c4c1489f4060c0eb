/* The real binary under measurement, and its CPU time. */
#ifndef PARLEY_BENCHMARKS_PROCESS_H
#define PARLEY_BENCHMARKS_PROCESS_H

#include <sys/types.h>

struct process { pid_t pid; int out; unsigned port; };
/* `parley serve` of PARLEY_BIN on the log in `dir`, on a free port of 127.0.0.1; returns when it listens. */
struct process process_server(const char *dir);
struct process process_server_with(const char *dir, const char *const *more); /* further options, ended by NULL; at most 16 */
double process_cpu(pid_t pid);                  /* seconds, of all its threads */
/* SIGTERM: it has to end well. */
void process_stop(struct process *p, int with);

#endif
