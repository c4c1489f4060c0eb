/* What conflicts rest on has changed: settings, an agreement, areas. Everything that it touches is looked at anew, in the order in which it came,
 * which is that of serials. */
#include "core/track.h"

static bool concerns(const struct agreement_row *a, uint16_t party) {
    if (!a) return true;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
        for (uint16_t k = 0; a->version[i].used && k < a->version[i].member_count; k++)
            if (a->version[i].member[k].party == party) return true;
    return false;
}

/* A refresh takes and drops no row of these tables: alerts alone come and go. */
static void refresh_tracks(struct state *st, bool anew, struct effects *fx) {
    for (row r = table_oldest(&st->tracks); r != ROW_NONE; r = table_newer(&st->tracks, r)) {
        if (anew) track_anchor(st, r, fx);
        else conflict_refresh(st, OWNER_TRACK, r, fx);
    }
}

static void refresh(struct state *st, const struct agreement_row *a, struct effects *fx) {
    for (row r = table_oldest(&st->notices); r != ROW_NONE; r = table_newer(&st->notices, r))
        if (notice_hazardous(notice_at(st, r)) && concerns(a, notice_at(st, r)->party)) conflict_refresh(st, OWNER_NOTICE, r, fx);
    for (row r = table_oldest(&st->flights); r != ROW_NONE; r = table_newer(&st->flights, r))
        if (flight_stands(flight_at(st, r)) && concerns(a, flight_at(st, r)->party)) conflict_refresh(st, OWNER_FLIGHT, r, fx);
}

void watch_on_settings(struct state *st, struct effects *fx) {
    st->watch->area_changes++; /* offsets move their heights */
    st->watch->sweeps = true;
    refresh(st, NULL, fx);
    refresh_tracks(st, true, fx);
    st->watch->sweeps = false;
}
void watch_on_agreement(struct state *st, row agreement, struct effects *fx) {
    st->watch->sweeps = true;
    refresh(st, agreement_at(st, agreement), fx);
    refresh_tracks(st, false, fx);
    st->watch->sweeps = false;
}
void watch_on_areas(struct state *st, struct effects *fx) {
    st->watch->area_changes++;
    st->watch->sweeps = true;
    refresh_tracks(st, false, fx);
    st->watch->sweeps = false;
}

void watch_on_feed(struct state *st, row feed, struct effects *fx) {
    uint32_t count = tracks_of_feed(st, feed, st->work_rows_2);
    st->watch->sweeps = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct track_row *t = track_at(st, st->work_rows_2[i]);
        conflict_refresh(st, OWNER_TRACK, st->work_rows_2[i], fx);
        if (t->flight != ROW_NONE) conflict_shared(st, t->flight, fx);
    }
    st->watch->sweeps = false;
}
