/* Internal to src/core: the two phases of every kind, the owners of timers, and the hooks between modules. step.c dispatches.
 * X_check computes everything and may refuse(); X_apply cannot fail. Both see c->party, c->co, c->key, c->entity (see tables.h).
 * After apply step.c sends the sections to their readers (kinds marked so in its table), unless the handler did. */
#ifndef PARLEY_CORE_HANDLERS_H
#define PARLEY_CORE_HANDLERS_H

#include "core/tables.h"

#define HANDLER(name)                                                                                                  \
    bool name##_check(struct state *st, const struct statement *s, struct step *c);                                    \
    void name##_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx)

/* core A */
HANDLER(settings);
HANDLER(party);
HANDLER(key);
HANDLER(key_revoke);
HANDLER(key_recover);
HANDLER(key_object);
HANDLER(agreement);
HANDLER(agreement_suspend);
HANDLER(agreement_resume);
HANDLER(agreement_leave);
HANDLER(area);
HANDLER(area_end);
HANDLER(feed);
HANDLER(message);
HANDLER(clock);
HANDLER(capacity);
HANDLER(grow);
HANDLER(bridge);
HANDLER(cosigned);
HANDLER(dss); /* dss_step.c: a refusal has a status and a reply, too */
void agreement_on_timer(struct state *st, row agreement, struct effects *fx); /* a version comes into force, ends, a member goes */
void key_on_timer(struct state *st, row party, struct effects *fx);           /* TIMER_RECOVERY */
void pending_on_timer(struct state *st, row pending, struct effects *fx);
void seal_on_timer(struct state *st, row party, struct effects *fx);          /* TIMER_SEALED */
void feed_on_timer(struct state *st, row feed, struct effects *fx);
/* [apply] A frame of this feed came: number, times, the timer of its silence, "came back" when it was silent. */
void feed_heard(struct state *st, row feed, const struct body_frame *f, uint64_t place, struct effects *fx);
void feed_untracked(struct state *st, row feed, uint32_t reports); /* [apply] behind the frame's reports: so many of them opened no track; sets its timer */
/* One of the last frames of this feed, sent again? Its place. */
bool feed_repeats(const struct state *st, uint16_t party, const struct body_frame *f, uint64_t *place);

/* Sealed statements (seal.c). step.c checks and stores them for every kind that may be sealed (notice, flight); `open` uses: */
struct sealed_row *seal_find(struct state *st, uint16_t party, const struct hash *statement); /* NULL */
/* [check] Which unopened commitment of the sealed statement does this section, as it came (bytes and salt), hash to? -1: none. */
int seal_slot(const struct sealed_row *sealed, const struct section *s);
void seal_opened(struct state *st, uint16_t party, struct sealed_row *sealed, uint8_t slots); /* [apply] frees it with the last slot */

/* core B */
HANDLER(notice);
HANDLER(notice_activate);
HANDLER(notice_over);
HANDLER(notice_cancel);
HANDLER(open);
HANDLER(flight);
HANDLER(flight_activate);
HANDLER(flight_end);
HANDLER(flight_cancel);
HANDLER(flight_release);
HANDLER(join);
HANDLER(join_undo);
HANDLER(ack);
HANDLER(hold);
HANDLER(hold_answer);
HANDLER(frame);
HANDLER(continue);
HANDLER(snapshot);
HANDLER(snapshot_digest);
void notice_on_timer(struct state *st, row notice, struct effects *fx);
void flight_on_timer(struct state *st, row flight, struct effects *fx);
void track_on_timer(struct state *st, row track, instant at /* which it was set to */, struct effects *fx);
void alert_on_timer(struct state *st, const struct timer *t /* it has gone off */, struct effects *fx);
void hold_on_timer(struct state *st, row hold, struct effects *fx);
void due_on_timer(struct state *st, row due, struct effects *fx);

/* Hooks that core A calls when something changes that conflicts depend on (after its own change, within apply). */
void notice_on_key_suspect(struct state *st, uint16_t party, row key, instant from, struct effects *fx);
void watch_on_settings(struct state *st, struct effects *fx);  /* thresholds, separation, altitude offsets (st->index is rebuilt) */
void watch_on_agreement(struct state *st, row agreement, struct effects *fx); /* another version in force, a member came or went */
void watch_on_areas(struct state *st, struct effects *fx);     /* parties responsible changed somewhere */
void watch_on_feed(struct state *st, row feed, struct effects *fx); /* a feed has other readers */

/* Dues: something told that wants steps of the ladder. `payer`: on whose quota. */
bool due_room(const struct state *st, uint16_t payer, uint32_t n);
row due_make(struct state *st, uint16_t party, uint16_t payer, uint64_t place, enum due_kind kind, row ref, uint64_t ref_serial,
             instant deadline);

/* Memory of core B beyond the tables of tables.h: fills st->watch; `m` counts or takes. Called by state.c after the tables. */
void watch_layout(struct state *st, struct memory *m);
/* Canonical bytes of every row of the watch's tables, sorted by id, without row numbers (digest.c), and its invariants (check.c). */
void watch_digest(const struct state *st, struct sha256 *to);
void watch_check(const struct state *st);

#endif
