#include "core/recent.h"

static uint32_t code(const struct hash *h) { return table_code(h->bytes, SHA256_SIZE); }
static bool old(const struct state *st, const struct recent_row *r) { return r->time <= st->time - LIMIT_DEDUPE_NS; }

row recent_find(const struct state *st, const struct hash *statement) {
    row r = hash_index_first(&st->recent.by_id, code(statement));
    while (r != ROW_NONE && !(st->recent.live[r] && hash_equal(&recent_at(st, r)->statement, statement))) r = hash_index_more(&st->recent.by_id, r);
    return r != ROW_NONE && old(st, recent_at(st, r)) ? ROW_NONE : r;
}
static const struct recent_row *gone_at(const struct state *st, row r) { return (const void *)(st->recent.rows + (size_t)r * st->recent.each); }
/* It is gone for everybody: of no share, digest or snapshot any more, and not found, for it is old. What it leaves in the hash index is taken apart by and by. */
static void leave_oldest(struct state *st) {
    row r = st->recent_oldest;
    const struct recent_row *x = recent_at(st, r);
    if (st->recent_gone == ROW_NONE) st->recent_gone = r;
    st->recent_oldest = x->newer;
    if (x->newer == ROW_NONE) st->recent_newest = ROW_NONE;
    else recent_at(st, x->newer)->older = ROW_NONE;
    quota_give(st, x->party, QUOTA_RECENT, 1);
    table_leaving(&st->recent, r);
}
static void take_apart(struct state *st, uint32_t most) {
    for (; most > 0 && st->recent_gone != ROW_NONE; most--) {
        row r = st->recent_gone, newer = gone_at(st, r)->newer;
        st->recent_gone = newer == st->recent_oldest ? ROW_NONE : newer;
        hash_index_remove(&st->recent.by_id, r);
        table_left(&st->recent, r);
    }
}
void recent_add(struct state *st, const struct statement *s, uint16_t party, uint64_t place) {
    take_apart(st, 2); /* faster than they come: so there is a free row, for shares count those alone that stand */
    row r = table_take(&st->recent);
    *recent_at(st, r) = (struct recent_row){.statement = s->hash, .party = party, .place = place, .order = s->order, .time = s->time};
    recent_enter(st, r);
}
void recent_enter(struct state *st, row r) {
    struct recent_row *x = recent_at(st, r);
    quota_take(st, x->party, QUOTA_RECENT, 1);
    x->older = st->recent_newest;
    x->newer = ROW_NONE;
    if (st->recent_newest == ROW_NONE) st->recent_oldest = r;
    else recent_at(st, st->recent_newest)->newer = r;
    st->recent_newest = r;
    hash_index_put(&st->recent.by_id, r, code(&x->statement));
}
/* That they are gone is not bounded by a number per tick: how far the sweep of others' rows has come must not show in one's own quota. That is quick, for they lie in their order; what is dear is. */
void recent_expire(struct state *st) {
    while (st->recent_oldest != ROW_NONE && old(st, recent_at(st, st->recent_oldest))) leave_oldest(st);
    take_apart(st, LIMIT_RECENT_APART);
}
void recent_check(const struct state *st) {
    uint32_t n = 0;
    for (row r = st->recent_oldest; r != ROW_NONE; r = recent_at(st, r)->newer) {
        const struct recent_row *x = recent_at(st, r);
        assert(x->newer != ROW_NONE ? recent_at(st, x->newer)->older == r && recent_at(st, x->newer)->time >= x->time : st->recent_newest == r);
        assert(x->party < st->party_count && x->place < st->parties[x->party].stream_size);
        n++;
    }
    assert(n == st->recent.used);
    uint32_t gone = 0;
    for (row r = st->recent_gone; r != ROW_NONE && r != st->recent_oldest; r = gone_at(st, r)->newer, gone++) assert(!st->recent.live[r] && old(st, gone_at(st, r)));
    assert(gone == st->recent.leaving && (gone > 0) == (st->recent_gone != ROW_NONE));
}
