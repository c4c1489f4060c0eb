/* What conflicts rest on has changed: settings, an agreement, areas. Everything that it touches is looked at anew, in order of serial. */
#include "core/track.h"

static int notice_order(const void *a, const void *b) {
    const struct notice_row *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}
static int flight_order(const void *a, const void *b) {
    const struct flight_row *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}
static int track_order(const void *a, const void *b) {
    const struct track_row *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static bool concerns(const struct agreement_row *a, uint16_t party) {
    if (!a) return true;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
        for (uint16_t k = 0; a->version[i].used && k < a->version[i].member_count; k++)
            if (a->version[i].member[k].party == party) return true;
    return false;
}

static void refresh_tracks(struct state *st, bool anew, struct effects *fx) {
    uint32_t count = table_sorted(&st->tracks, track_order, st->work_rows_2);
    for (uint32_t i = 0; i < count; i++) {
        if (anew) track_anchor(st, st->work_rows_2[i], fx);
        else conflict_refresh(st, OWNER_TRACK, st->work_rows_2[i], fx);
    }
}

static void refresh(struct state *st, const struct agreement_row *a, struct effects *fx) {
    uint32_t count = table_sorted(&st->notices, notice_order, st->work_rows_2);
    for (uint32_t i = 0; i < count; i++) {
        const struct notice_row *n = notice_at(st, st->work_rows_2[i]);
        if (notice_hazardous(n) && concerns(a, n->party)) conflict_refresh(st, OWNER_NOTICE, st->work_rows_2[i], fx);
    }
    count = table_sorted(&st->flights, flight_order, st->work_rows_2);
    for (uint32_t i = 0; i < count; i++) {
        const struct flight_row *f = flight_at(st, st->work_rows_2[i]);
        if (flight_stands(f) && concerns(a, f->party)) conflict_refresh(st, OWNER_FLIGHT, st->work_rows_2[i], fx);
    }
}

void watch_on_settings(struct state *st, struct effects *fx) {
    st->watch->area_changes++; /* offsets move their heights */
    refresh(st, NULL, fx);
    refresh_tracks(st, true, fx);
}
void watch_on_agreement(struct state *st, row agreement, struct effects *fx) {
    refresh(st, agreement_at(st, agreement), fx);
    refresh_tracks(st, false, fx);
}
void watch_on_areas(struct state *st, struct effects *fx) {
    st->watch->area_changes++;
    refresh_tracks(st, false, fx);
}

void watch_on_feed(struct state *st, row feed, struct effects *fx) {
    uint32_t count = table_sorted(&st->tracks, track_order, st->work_rows_2);
    for (uint32_t i = 0; i < count; i++) {
        const struct track_row *t = track_at(st, st->work_rows_2[i]);
        if (t->feed != feed) continue;
        conflict_refresh(st, OWNER_TRACK, st->work_rows_2[i], fx);
        if (t->flight != ROW_NONE) conflict_shared(st, t->flight, fx);
    }
}
