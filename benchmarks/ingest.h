/* Where the time of a position goes: the same requests through the same code within this process, each stage's CPU time taken. The socket side is
 * not in it. */
#ifndef PARLEY_BENCHMARKS_INGEST_H
#define PARLEY_BENCHMARKS_INGEST_H

#include "bench.h"

enum ingest_stage { INGEST_JSON, INGEST_READ, INGEST_SALTS, INGEST_PARTS, INGEST_SUBMIT, INGEST_PARSE, INGEST_DECODE, INGEST_STEP, INGEST_ENCODE, INGEST_HASH,
                    INGEST_TREE, INGEST_CRC, INGEST_JOURNAL, INGEST_WRITE, INGEST_REST, INGEST_STAGES };
extern const char *const ingest_names[INGEST_STAGES];
/* One request: the body alone, whose it is. */
struct ingest_request { struct text body, feed; int party; };
/* Takes all of them into the log in `dir`, which nobody else has open: the first `warm` unmeasured, written in batches of `batch`. `out`: CPU seconds of
 * each stage. Returns the bytes that the journal took for those measured. */
uint64_t ingest_stages(const char *dir, const struct ingest_request *all, uint32_t count, uint32_t warm, uint32_t batch, instant now,
                       double out[INGEST_STAGES]);

/* simdjson alone: its document of `size` bytes (with room for its padding behind), and nothing done with it. CPU seconds. */
#ifdef __cplusplus
extern "C"
#endif
double ingest_simdjson(const char *at, size_t size);

#endif
