/* A track is this flight: said by the flight's owner, and by the track's present owner where that is another. */
#include "core/watch.h"

static bool signs(const struct step *c, uint16_t party) {
    if (party == c->party) return true;
    for (uint16_t i = 0; i < c->co_count; i++)
        if (c->co[i] == party) return true;
    return false;
}

static bool find_both(struct state *st, const struct statement *s, struct step *c, row *flight, row *track) {
    const struct section *x = section_one(s);
    if (!x) return refuse(c, REASON_SECTION, "/sections: one section \"body\" is needed");
    const struct body_join *b = &x->body.join;
    uint16_t owner = state_party_find(st, &b->flight.party);
    if (owner == PARTY_NONE || !signs(c, owner)) return refuse(c, REASON_NOT_OWNER, "/body/flight: its party must sign");
    *flight = flight_find(st, owner, &b->flight.id);
    if (*flight == ROW_NONE || !flight_stands(flight_at(st, *flight)))
        return refuse(c, REASON_UNKNOWN_ENTITY, "/body/flight: no such flight that is filed or active");
    uint16_t party = state_party_find(st, &b->track.feed_party);
    row feed = party == PARTY_NONE ? ROW_NONE : feed_find(st, party, &b->track.feed);
    *track = feed == ROW_NONE || !feed_readable(st, feed, owner) ? ROW_NONE : track_find(st, feed, b->track.identity);
    if (*track == ROW_NONE) return refuse(c, REASON_UNKNOWN_ENTITY, "/body/track: no such track");
    return true;
}

bool join_check(struct state *st, const struct statement *s, struct step *c) {
    if (!find_both(st, s, c, &c->r[0], &c->r[1])) return false;
    uint16_t *owners = st->watch->owners;
    uint32_t count = track_owners(st, track_at(st, c->r[1]), owners);
    for (uint32_t i = 0; i < count; i++)
        if (!signs(c, owners[i])) return refuse(c, REASON_CONSENT, "/body/track: its present owner must sign too");
    return true;
}
void join_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    track_join(st, c->r[1], c->r[0], true);
    deliver_sections(st, s, c, fx);
    conflict_refresh(st, OWNER_TRACK, c->r[1], fx);
    conflict_shared(st, c->r[0], fx);
}

bool join_undo_check(struct state *st, const struct statement *s, struct step *c) {
    if (!find_both(st, s, c, &c->r[0], &c->r[1])) return false;
    if (track_at(st, c->r[1])->flight != c->r[0]) return refuse(c, REASON_BAD_STATE, "/body/track: is not joined to this flight");
    return true;
}
void join_undo_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    track_join(st, c->r[1], ROW_NONE, false);
    deliver_sections(st, s, c, fx);
    conflict_refresh(st, OWNER_TRACK, c->r[1], fx);
}
