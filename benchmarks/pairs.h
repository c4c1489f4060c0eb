/* 10,000 aircraft against each other: within 5 NM, 1,000 ft and 300 s. */
#ifndef PARLEY_BENCHMARKS_PAIRS_H
#define PARLEY_BENCHMARKS_PAIRS_H

void pairs_measure(void);

#endif
