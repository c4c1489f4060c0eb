/* Lengths of time and sizes as a tired reader takes them in: rounded down, with a unit. */
#ifndef PARLEY_BASE_SPAN_H
#define PARLEY_BASE_SPAN_H

#include "base/bytes.h"

/* "400 us", "4.1 ms", "41 ms", "3.2 s", "45 s", "12 min", "31 h", "9 days", "more than a year"; below 0 as 0. */
void append_span(struct append *a, int64_t ns);
/* "512 B", "1.2 kB", "41 GB": powers of a thousand. */
void append_size(struct append *a, uint64_t bytes);
/* "1,048,576" */
void append_thousands(struct append *a, int64_t number);

#endif
