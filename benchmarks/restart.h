#ifndef PARLEY_BENCHMARKS_RESTART_H
#define PARLEY_BENCHMARKS_RESTART_H

#include <stdint.h>

void restart_large(uint32_t n);        /* so many live volumes and as many tracks */
void restart_length(uint32_t records); /* a log of so many */

#endif
