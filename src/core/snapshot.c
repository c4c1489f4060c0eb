/* snapshot, snapshot/digest: which states are kept for a start, and what they were. A step only notes it: the digest comes from whoever has the time to
 * compute it, and is proved by going through the journal again (log/node_replay.c). */
#include "core/handlers.h"

bool snapshot_check(struct state *st, const struct statement *s, struct step *c) {
    uint64_t next = st->snapshots + 1;
    if (s->snapshot.number == next) return true;
    return refuse(c, REASON_STALE, "snapshot %llu; the next is %llu", (unsigned long long)s->snapshot.number, (unsigned long long)next);
}
void snapshot_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)c, (void)fx;
    st->snapshots = s->snapshot.number;
    st->snapshot_order = s->order;
}
/* Of one that another has followed, or whose digest was said, nobody would know what it was. */
bool snapshot_digest_check(struct state *st, const struct statement *s, struct step *c) {
    if (st->snapshot_order > 0 && s->snapshot_digest.order == st->snapshot_order) return true;
    return refuse(c, REASON_STALE, "the digest behind statement %llu; awaited is that of %llu", (unsigned long long)s->snapshot_digest.order,
                  (unsigned long long)st->snapshot_order);
}
void snapshot_digest_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)s, (void)c, (void)fx;
    st->snapshot_order = 0;
}
uint64_t state_snapshots(const struct state *st) { return st->snapshots; }
uint64_t state_snapshot_order(const struct state *st) { return st->snapshot_order; }
