/* Two aircraft that use one identity on one feed at once: its reports go to and fro between places between which nothing can fly. A single jump stays one. When
 * a track has come back for the second time to where it was, each within a minute, it becomes two: each report is of the one that can have flown there, both
 * stay watched, and one goes as any track does that is not heard any more.
 *
 *     A B        a jump: the track is at B; A is remembered
 *     A B A      back: once. What a single wrong position does
 *     A B A B    back: twice. Two aircraft: the first stays at A, a second is at B */
#include "core/heed.h"

#define TURNS_TWICE 2
#define PLACE_KEPT_NS (60 * INSTANT_SECOND)

row twin_of(const struct state *st, row r) {
    const struct track_row *t = track_at(st, r);
    if (t->twin == TWIN_NONE) return ROW_NONE;
    const struct hash_index *x = &st->watch->track_by_identity;
    for (row o = hash_index_first(x, table_code(t->identity, t->identity_size)); o != ROW_NONE; o = hash_index_more(x, o)) {
        const struct track_row *u = track_at(st, o);
        if (o != r && u->feed == t->feed && track_same_identity(t, u)) return o;
    }
    return ROW_NONE;
}

row twin_pick(const struct state *st, row first, row second, const struct frame_position *p) {
    const struct track_row *a = track_at(st, first), *b = track_at(st, second);
    bool from_a = !track_leaps(a->time, &a->at, p), from_b = !track_leaps(b->time, &b->at, p);
    if (from_a != from_b) return from_a ? first : second;
    return meet_distance_cm(&b->at, &p->at) < meet_distance_cm(&a->at, &p->at) ? second : first;
}

bool twin_turns(struct track_row *t, const struct frame_position *p) {
    bool back = t->left != INSTANT_NONE && p->time - t->left <= PLACE_KEPT_NS && !track_leaps(t->left, &t->left_at, p);
    t->turns = !back ? 0 : t->turns < TURNS_TWICE ? t->turns + 1 : TURNS_TWICE;
    t->left = t->time;
    t->left_at = t->at;
    return t->turns == TURNS_TWICE;
}

void twin_pair(struct state *st, row first, row second) {
    struct track_row *a = track_at(st, first), *b = track_at(st, second);
    rival_leave(st, first);
    a->twin = TWIN_FIRST;
    b->twin = TWIN_SECOND;
    a->turns = 0;
    a->left = INSTANT_NONE;
    heed_later(st, first);
}
void twin_part(struct state *st, row r) {
    row other = twin_of(st, r);
    if (other == ROW_NONE) return;
    struct track_row *t = track_at(st, r), *o = track_at(st, other);
    if (t->twin == TWIN_FIRST) o->told |= t->told & TRACK_TOLD_TWIN; /* that it was told passes to the one that stays */
    t->twin = o->twin = TWIN_NONE;
    heed_later(st, other);
}
