/* Figures as Prometheus reads them (text format 0.0.4): HELP and TYPE before the samples of a name, units in the name, counters end in _total. */
#ifndef PARLEY_DOOR_EXPOSITION_H
#define PARLEY_DOOR_EXPOSITION_H

#include "base/bytes.h"
#include "base/histogram.h"

/* Names are given without "parley_". `type` is "gauge" or "counter". */
void exposition_head(struct append *out, const char *name, const char *type, const char *help);
void exposition_number(struct append *out, const char *name, const char *type, const char *help, uint64_t value);
/* ns as seconds, exact. */
void exposition_seconds(struct append *out, const char *name, const char *type, const char *help, int64_t ns);
/* A sample of a name with one label, below exposition_head; the value is written as JSON would, which for names without control characters is what Prometheus reads. */
void exposition_sample_text(struct append *out, const char *name, const char *label, struct text value, uint64_t number);
/* The same, of a value that is plain. */
void exposition_sample(struct append *out, const char *name, const char *label, const char *value, uint64_t number);
/* Of histogram_times: in seconds; of histogram_counts: as they are. */
void exposition_histogram(struct append *out, const char *name, const char *help, const struct histogram *h);

#endif
