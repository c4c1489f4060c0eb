/* One aircraft on two feeds, and they disagree: at comparable times they say that it is in places which lie farther apart than the uncertainties of both, the
 * width of both tubes and what it may have flown off its course allow, or at heights that differ by more than both may be wrong and it may have climbed since. It
 * ends when both lie within half of that, or one of them is not heard any more.
 * Nothing is taken from either: conflicts are found for both places.
 *
 * Each pair is compared whoever reads it; who may not read both feeds is neither told nor shown. So what one party's hidden feed says changes nothing for others, up to the limit: feeds beyond
 * RIVAL_OF_PARTY of a party, and RIVAL_SLOTS of all, of one identity are not compared, and hidden ones may be among those that are. One party cannot use up what others are
 * compared with: seven together cannot. */
#include "core/heed.h"

#define COMPARABLE_NS (60 * INSTANT_SECOND)
#define CLIMB_CMS 1500         /* it may have begun to climb or descend so fast since: 3,000 ft a minute */
#define CLIMB_UNKNOWN_CMS 3000
#define OFF_COURSE_PART 8 /* of the way that it flew since: turns and speeds that no report has shown yet */

#define EACH_NAMESAKE(st, t, code, r) \
    (row r = hash_index_first(&(st)->watch->track_by_identity, code); r != ROW_NONE; r = hash_index_more(&(st)->watch->track_by_identity, r)) \
        if (track_at(st, r) != (t) && track_same_identity(t, track_at(st, r)))

void rival_enter(struct state *st, row r) {
    struct track_row *t = track_at(st, r);
    uint32_t taken = 0, own = 0;
    for EACH_NAMESAKE(st, t, table_code(t->identity, t->identity_size), o)
        if (track_at(st, o)->slot < RIVAL_SLOTS) {
            taken |= UINT32_C(1) << track_at(st, o)->slot;
            own += track_at(st, o)->party == t->party;
        }
    t->slot = own < RIVAL_OF_PARTY ? 0 : RIVAL_SLOTS;
    while (t->slot < RIVAL_SLOTS && taken >> t->slot & 1) t->slot++;
}
row rival_at(const struct state *st, row r, uint8_t slot) {
    const struct track_row *t = track_at(st, r);
    for EACH_NAMESAKE(st, t, table_code(t->identity, t->identity_size), o)
        if (track_at(st, o)->slot == slot) return o;
    return ROW_NONE;
}

/* Each height may be wrong by what a track's heights are taken wider everywhere. */
static void heights_measure(const struct state *st, const struct track_row *x, const struct track_row *y, int64_t ms, struct rival_gap *out) {
    struct altitude p = track_altitude(x), q = track_altitude(y);
    bool climb = x->climb_cms != INT32_MIN;
    int64_t low, high, above;
    out->heights = x->has_altitude && y->has_altitude;
    if (!out->heights) return;
    altitude_offset(&p, &q, &st->settings.offsets, &low, &high);
    above = (int64_t)p.cm - q.cm + (climb ? x->climb_cms * ms / 1000 : 0);
    out->height_cm = above + low > 0 ? above + low : above + high < 0 ? -(above + high) : 0;
    out->height_most_cm = 2 * WATCH_TRACK_HEIGHT_SLACK_CM + (climb ? CLIMB_CMS : CLIMB_UNKNOWN_CMS) * ms / 1000;
}
bool rival_measure(const struct state *st, row a, row b, struct rival_gap *out) {
    *out = (struct rival_gap){0};
    const struct track_row *x = track_at(st, a), *y = track_at(st, b);
    if (x->time > y->time || (x->time == y->time && x->serial > y->serial)) { /* x: the older report */
        const struct track_row *swap = x;
        x = y;
        y = swap;
    }
    if (x->time == INSTANT_NONE || x->silent || y->silent || y->time - x->time > COMPARABLE_NS) return false;
    bool course = x->speed_cms >= 0 && (x->track_mdeg >= 0 || x->speed_cms == 0);
    int64_t ms = (y->time - x->time) / 1000000, speed = x->speed_cms < 0 ? TRACK_SPEED_UNKNOWN_CMS : x->speed_cms, flown = speed * ms / 1000;
    out->most_cm = (x->uncertainty_cm < 0 ? TRACK_UNCERTAINTY_UNKNOWN_CM : x->uncertainty_cm) + (y->uncertainty_cm < 0 ? TRACK_UNCERTAINTY_UNKNOWN_CM : y->uncertainty_cm) +
               2 * TRACK_WIDEN_CM + (course ? flown / OFF_COURSE_PART : flown);
    out->cm = course && flown > 0 ? meet_course_distance_cm(&x->at, x->track_mdeg, flown, &y->at) : meet_distance_cm(&x->at, &y->at);
    heights_measure(st, x, y, ms, out);
    return true;
}

static void differ(struct track_row *t, struct track_row *o, bool yes) {
    t->rivals = yes ? t->rivals | UINT32_C(1) << o->slot : t->rivals & ~(UINT32_C(1) << o->slot);
    o->rivals = yes ? o->rivals | UINT32_C(1) << t->slot : o->rivals & ~(UINT32_C(1) << t->slot);
}
void rival_compare(struct state *st, row r, uint32_t code) {
    struct track_row *t = track_at(st, r);
    if (t->twin != TWIN_NONE || t->slot >= RIVAL_SLOTS) return;
    for EACH_NAMESAKE(st, t, code, other) {
        struct track_row *o = track_at(st, other);
        struct rival_gap gap;
        if (o->feed == t->feed || o->twin != TWIN_NONE || o->slot >= RIVAL_SLOTS || !rival_measure(st, r, other, &gap)) continue;
        if (gap.cm > gap.most_cm || gap.height_cm > gap.height_most_cm) differ(t, o, true);
        else if (gap.cm <= gap.most_cm / 2 && gap.height_cm <= gap.height_most_cm / 2) differ(t, o, false);
        if ((t->rivals ^ t->rivals_told) >> o->slot & 1) heed_pair_later(st, r, other);
    }
}
void rival_leave(struct state *st, row r) {
    struct track_row *t = track_at(st, r);
    for (uint8_t slot = 0; t->rivals && slot < RIVAL_SLOTS; slot++) {
        if (!(t->rivals >> slot & 1)) continue;
        row o = rival_at(st, r, slot);
        differ(t, track_at(st, o), false);
    }
}
