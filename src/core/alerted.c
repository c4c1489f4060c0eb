/* Which reports matter most: those of aircraft in alerts. Asked by the door before it sheds. */
#include "core/watch.h"

static bool stands(const struct state *st, row alert, uint16_t owner) {
    const struct alert_row *a = alert_at(st, alert);
    return a->owner == owner && !a->withheld && a->level > LEVEL_NONE;
}
static bool is_alerted(const struct state *st, row track, uint16_t owner) {
    const struct watch *w = st->watch;
    uint32_t code = alert_entity_code(OWNER_TRACK, track);
    for (row r = hash_index_first(&w->alert_by_a, code); r != ROW_NONE; r = hash_index_more(&w->alert_by_a, r)) {
        const struct alert_row *a = alert_at(st, r);
        if (a->a == track && alert_kind_a(a->kind) == OWNER_TRACK && stands(st, r, owner)) return true;
    }
    for (row r = hash_index_first(&w->alert_by_b, code); r != ROW_NONE; r = hash_index_more(&w->alert_by_b, r)) {
        const struct alert_row *a = alert_at(st, r);
        if (a->b == track && alert_kind_b(a->kind) == OWNER_TRACK && stands(st, r, owner)) return true;
    }
    return false;
}
bool state_track_alerted(const struct state *st, uint16_t party, const struct name *feed, struct text identity) {
    row from = feed_find(st, party, feed);
    if (from == ROW_NONE) return false;
    const struct hash_index *x = &st->watch->track_by_identity;
    for (row r = hash_index_first(x, table_code(identity.at, identity.size)); r != ROW_NONE; r = hash_index_more(x, r)) {
        const struct track_row *t = track_at(st, r);
        if (t->feed == from && text_equal((struct text){t->identity, t->identity_size}, identity) && is_alerted(st, r, party)) return true;
    }
    return false;
}
