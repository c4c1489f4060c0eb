/* Where the time of a signed notice goes: the same requests through the same code within this process, each stage timed. Program and library
 * of the socket side are not in it. */
#ifndef PARLEY_BENCHMARKS_HTTP_STAGES_H
#define PARLEY_BENCHMARKS_HTTP_STAGES_H

#include "bench.h"

enum stage { STAGE_PARTS, STAGE_DECODE, STAGE_VERIFY, STAGE_PROPOSE, STAGE_STEP, STAGE_RENDER, STAGE_HASH, STAGE_STREAMS, STAGE_JOURNAL, STAGE_WRITE,
             STAGE_WRITER, STAGES };
extern const char *const stage_names[STAGES];
/* Microseconds of each stage for one notice, written in batches of 128. `x` has its log in x->dir, and nobody else uses it. */
void stages_run(struct bench_log *x, const struct text *bodies, uint32_t count, instant now, double out[STAGES]);

#endif
