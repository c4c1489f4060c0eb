/* Order. Between "proposed" and "applied" stands a sequencer: on one node the local one, later a cluster's. Three things may
 * become of a proposal: it is ordered (and will be applied by every node), it is refused (certainly never applied), or its
 * proposer does not learn which (unknown): then it may still come out ordered later, and the identity of the statement
 * (FORMAT.md) makes a second try harmless. Proposals are bytes: an encoded list of parts. */
#ifndef PARLEY_LOG_SEQUENCER_H
#define PARLEY_LOG_SEQUENCER_H

#include "base/instant.h"
#include "base/result.h"
#include "base/text.h"

struct proposal {
    uint64_t ticket;   /* the proposer's own number; echoed. 0: nobody waits */
    instant time;      /* the proposer's clock when proposed; the order fixes max(last, time) */
    struct text bytes; /* borrowed until `propose` returns */
};
enum sequenced { SEQUENCED_ORDERED, SEQUENCED_REFUSED, SEQUENCED_UNKNOWN };
struct sequenced_event {
    enum sequenced what;
    uint64_t ticket;     /* 0 when another proposer's */
    uint64_t number;     /* ORDERED: 1, 2, 3, … without gap */
    instant time;        /* ORDERED: never runs back */
    struct text bytes;   /* ORDERED: valid until `next` is called again */
};
struct sequencer;
struct sequencer_methods {
    /* RESULT_BUSY: queue full, nothing happened. */
    result (*propose)(struct sequencer *s, const struct proposal *p, struct fault *f);
    /* The next event, in order of number; false when there is none now. */
    bool (*next)(struct sequencer *s, struct sequenced_event *out);
    /* Numbers up to this one are durable in the order itself: UINT64_MAX for the local one, whose order is the node's journal. */
    uint64_t (*durable)(const struct sequencer *s);
    void (*free)(struct sequencer *s);
};
struct sequencer { const struct sequencer_methods *methods; };

struct sequencer *sequencer_local_new(uint64_t last_number, instant last_time, size_t queue_bytes);
/* For tests: delays, reorders between proposers, loses answers (UNKNOWN whether ordered or not), refuses; all from the seed. */
struct sequencer_faults { uint32_t delay_most, reorder_percent, lose_percent, refuse_percent; };
struct sequencer *sequencer_simulated_new(uint64_t seed, const struct sequencer_faults *faults, uint64_t last_number, instant last_time);

#endif
