/* What conflicts rest on has changed: settings, an agreement, areas, the readers of a feed. Everything that it touches is looked at anew (sweep.h). */
#include "core/track.h"

static bool concerns(const struct agreement_row *a, uint16_t party) {
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
        for (uint16_t k = 0; a->version[i].used && k < a->version[i].member_count; k++)
            if (a->version[i].member[k].party == party) return true;
    return false;
}
static void all_tracks(struct state *st) {
    for (uint16_t p = 0; p < st->party_count; p++) (void)sweep_begin(st, SWEEP_TRACKS, p);
    for (row f = table_next(&st->feeds, 0); f != ROW_NONE; f = table_next(&st->feeds, f + 1))
        if (sweep_at(&st->watch->sweep, SWEEP_TRACKS, feed_at(st, f)->party)->runs) feed_at(st, f)->sweep |= SWEEP_CONFLICTS;
}

void watch_on_settings(struct state *st, struct effects *fx) {
    st->watch->area_changes++; /* offsets move their heights */
    for (uint16_t p = 0; p < st->party_count; p++) {
        (void)sweep_begin(st, SWEEP_NOTICES, p);
        (void)sweep_begin(st, SWEEP_FLIGHTS, p);
        (void)sweep_begin(st, SWEEP_PATHS, p);
    }
    sweeps_first(st, fx);
}
void watch_on_agreement(struct state *st, row agreement, struct effects *fx) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        if (!concerns(agreement_at(st, agreement), p)) continue;
        (void)sweep_begin(st, SWEEP_NOTICES, p);
        (void)sweep_begin(st, SWEEP_FLIGHTS, p);
    }
    all_tracks(st);
    sweeps_first(st, fx);
}
void watch_on_areas(struct state *st, struct effects *fx) {
    st->watch->area_changes++;
    all_tracks(st);
    sweeps_first(st, fx);
}
void watch_on_feed(struct state *st, row feed, struct effects *fx) {
    struct feed_row *f = feed_at(st, feed);
    if (f->track_count == 0) return;
    bool runs = sweep_begin(st, SWEEP_TRACKS, f->party);
    assert(runs);
    (void)runs;
    f->sweep |= SWEEP_CONFLICTS | SWEEP_READERS;
    sweeps_first(st, fx);
}
