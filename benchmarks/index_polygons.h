/* Polygons of 1,000 vertices against each other, and what one such pair costs. */
#ifndef PARLEY_BENCHMARKS_INDEX_POLYGONS_H
#define PARLEY_BENCHMARKS_INDEX_POLYGONS_H

void polygons_measure(void);

#endif
