/* The life of a notice, lead, read-back, holds: tables of moves, and what each party is told. */
#include "watched.h"

enum { FILED = NOTICE_FILED, ACTIVE = NOTICE_ACTIVE, UNCONFIRMED = NOTICE_UNCONFIRMED, OVER = NOTICE_OVER, CLOSED = NOTICE_CLOSED,
       CANCELLED = NOTICE_CANCELLED };

static int state_of(const struct world *w, const struct said *x) {
    row r = notice_find(w->st, party_of(w, "ann"), &x->s.id);
    return r == ROW_NONE ? -1 : notice_at(w->st, r)->state;
}
static void move_notice(struct world *w, enum statement_kind kind, const struct said *x, enum reason why) {
    struct said *m = say_text(w, kind, "ann", "ann", &x->s.id);
    if (why == REASON_NONE) world_accept(w, m);
    else world_refuse(w, m, why);
}

/* Brings a new notice of ann into a state; an hour from now to two hours. */
static struct said *brought(struct world *w, int state) {
    struct said *x = say_notice(w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200);
    world_accept(w, x);
    switch (state) {
    case CANCELLED: move_notice(w, KIND_NOTICE_CANCEL, x, REASON_NONE); break;
    case ACTIVE: move_notice(w, KIND_NOTICE_ACTIVATE, x, REASON_NONE); break;
    case UNCONFIRMED: world_pass(w, 7201 * INSTANT_SECOND); break;
    case OVER: case CLOSED:
        move_notice(w, KIND_NOTICE_ACTIVATE, x, REASON_NONE);
        move_notice(w, KIND_NOTICE_OVER, x, REASON_NONE);
        if (state == CLOSED) world_pass(w, 2 * INSTANT_MINUTE); /* the agreement's tail is a minute */
        break;
    default: break;
    }
    assert_int_equal(state_of(w, x), state);
    return x;
}

static void moves(void **unused) {
    (void)unused;
    static const struct { enum statement_kind kind; int from; enum reason why; int to; } table[] = {
        {KIND_NOTICE_ACTIVATE, FILED, REASON_NONE, ACTIVE},
        {KIND_NOTICE_ACTIVATE, ACTIVE, REASON_NONE, ACTIVE},
        {KIND_NOTICE_ACTIVATE, UNCONFIRMED, REASON_BAD_STATE, UNCONFIRMED},
        {KIND_NOTICE_ACTIVATE, OVER, REASON_BAD_STATE, OVER},
        {KIND_NOTICE_ACTIVATE, CLOSED, REASON_BAD_STATE, CLOSED},
        {KIND_NOTICE_ACTIVATE, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_NOTICE_OVER, FILED, REASON_BAD_STATE, FILED},
        {KIND_NOTICE_OVER, ACTIVE, REASON_NONE, OVER},
        {KIND_NOTICE_OVER, UNCONFIRMED, REASON_NONE, OVER},
        {KIND_NOTICE_OVER, OVER, REASON_BAD_STATE, OVER},
        {KIND_NOTICE_OVER, CLOSED, REASON_BAD_STATE, CLOSED},
        {KIND_NOTICE_OVER, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_NOTICE_CANCEL, FILED, REASON_NONE, CANCELLED},
        {KIND_NOTICE_CANCEL, ACTIVE, REASON_BAD_STATE, ACTIVE},
        {KIND_NOTICE_CANCEL, UNCONFIRMED, REASON_BAD_STATE, UNCONFIRMED},
        {KIND_NOTICE_CANCEL, OVER, REASON_BAD_STATE, OVER},
        {KIND_NOTICE_CANCEL, CLOSED, REASON_BAD_STATE, CLOSED},
        {KIND_NOTICE_CANCEL, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_NOTICE, FILED, REASON_NONE, FILED},
        {KIND_NOTICE, ACTIVE, REASON_NONE, ACTIVE},
        {KIND_NOTICE, UNCONFIRMED, REASON_NONE, ACTIVE},
        {KIND_NOTICE, OVER, REASON_BAD_STATE, OVER},
        {KIND_NOTICE, CLOSED, REASON_BAD_STATE, CLOSED},
        {KIND_NOTICE, CANCELLED, REASON_BAD_STATE, CANCELLED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_small(&w);
        world_agree(&w, "sorrel", "ann", "bob");
        struct said *x = brought(&w, table[i].from);
        if (table[i].kind == KIND_NOTICE) {
            struct said *change = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, table[i].from == FILED ? 3600 : 0, 7200);
            say_on(change, "ann", &x->s.id);
            if (table[i].why == REASON_NONE) world_accept(&w, change);
            else world_refuse(&w, change, table[i].why);
        } else {
            move_notice(&w, table[i].kind, x, table[i].why);
        }
        assert_int_equal(state_of(&w, x), table[i].to);
        world_replay(&w);
        world_close(&w);
    }
}

static void time_moves(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    struct said *x = brought(&w, FILED);
    world_pass(&w, 3600 * INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), ACTIVE);
    world_pass(&w, 3599 * INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), ACTIVE);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), UNCONFIRMED);
    assert_true(says(told(&w, TOLD_QUERY, "ann", 0), "\"query\":1"));
    world_pass(&w, 299 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_QUERY, PARTY_NONE), 0);
    world_pass(&w, INSTANT_SECOND); /* repeated, to the next desk */
    assert_true(says(told(&w, TOLD_QUERY, "ann", 0), "\"query\":2"));
    assert_string_equal(told(&w, TOLD_QUERY, "ann", 0)->desk.at, "supervisor");
    move_notice(&w, KIND_NOTICE_OVER, x, REASON_NONE);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, party_of(&w, "bob")), 1);
    world_pass(&w, 59 * INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), OVER);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), CLOSED);
    world_pass(&w, INSTANT_DAY);
    assert_int_equal(state_of(&w, x), -1);
    assert_int_equal(w.st->volumes.used, 0);
    world_replay(&w);
    world_close(&w);
}

static void filing_is_checked(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *x = brought(&w, FILED);
    struct said *other = say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 60);
    say_on(other, "ann", &x->s.id);
    world_refuse(&w, other, REASON_NOT_OWNER);
    struct said *stale = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 60);
    say_on(stale, "ann", &x->s.id);
    say_prev(stale, &stale->s.hash);
    world_refuse(&w, stale, REASON_STALE);
    struct said *strange = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 60);
    say_prev(strange, &x->s.hash);
    world_refuse(&w, strange, REASON_UNKNOWN_ENTITY);
    struct said *twice = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 60);
    say_hazard(&w, twice, "public", FOR_ALL, -47, -126, 1, 0, 60);
    world_refuse(&w, twice, REASON_SECTION);
    struct said *empty = say(&w, KIND_NOTICE);
    say_sign(&w, empty, "ann", "root");
    world_refuse(&w, empty, REASON_SECTION);
    world_refuse(&w, say_text(&w, KIND_NOTICE_OVER, "ann", "ann", &empty->s.id), REASON_UNKNOWN_ENTITY);
    struct said *change = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 60);
    say_on(change, "ann", &x->s.id);
    say_prev(change, &x->s.hash);
    world_accept(&w, change);
    /* Nobody reads it: taken and marked. */
    struct said *alone = say_notice(&w, "ann", "", -47, -126, 1, 600, 900);
    world_accept(&w, alone);
    assert_true(w.out.marks & OUTCOME_MARK_NO_READER);
    world_close(&w);
}

/* What was hazardous stays so until OVER, wherever the sender says that the area is now. */
static void a_change_of_an_active_notice_opens_nothing(void **unused) {
    (void)unused;
    static const int states[] = {ACTIVE, UNCONFIRMED, FILED};
    for (int i = 0; i < 3; i++) {
        struct world w;
        world_small(&w);
        world_agree(&w, "basin", "ann", "bob");
        struct said *x = brought(&w, states[i]);
        struct said *away = say_notice(&w, "ann", FOR_ALL, -20, -100, 1, 600, 86400);
        say_on(away, "ann", &x->s.id);
        world_accept(&w, away);
        uint32_t volumes = notice_at(w.st, notice_find(w.st, party_of(&w, "ann"), &x->s.id))->section[RANK_PUBLIC].volume_count;
        assert_int_equal(volumes, states[i] == FILED ? 1 : 2);
        world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 60, 4000)); /* where it was hazardous */
        assert_int_equal(live_alerts(&w, "bob"), states[i] == FILED ? 0 : 1);
        world_accept(&w, say_flight(&w, "bob", "", -20, -100, 1, 700, 4000)); /* and where it is announced to be */
        assert_int_equal(live_alerts(&w, "bob"), states[i] == FILED ? 1 : 2);
        struct said *wider = say_notice(&w, "ann", FOR_ALL, -47, -126, 3, -7200, 86400); /* holds the old area: nothing stands beside it */
        say_on(wider, "ann", &x->s.id);
        world_accept(&w, wider);
        if (states[i] != FILED) {
            move_notice(&w, KIND_NOTICE_OVER, x, REASON_NONE);
            world_pass(&w, 2 * INSTANT_MINUTE);
            assert_int_equal(live_alerts(&w, "bob"), 0);
        }
        world_replay(&w);
        world_close(&w);
    }
}

/* Two windows over one place: the end of the first is no end of the notice, nothing is hazardous between them. Where the places differ, however
 * little, each stays hazardous until OVER. */
static void windows_of_one_place_follow_each_other(void **unused) {
    (void)unused;
    enum { CORNERS = 3 * CHUNK_VERTICES / 2 };
    static const struct { int32_t corner, moved; bool hazardous; } table[] = {{0, 0, false}, {0, 1, true}, {CORNERS - 2, 1, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct world w;
        world_small(&w);
        struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 600, 1200);
        struct volume *v = n->volume;
        assert(CORNERS <= (int)(sizeof n->at[0] / sizeof n->at[0][0]));
        for (int k = 0; k < CORNERS; k++) { /* a band of a degree, with corners along its sides */
            int side = k < CORNERS / 2 ? k : CORNERS - 1 - k;
            n->at[0][k] = (struct position){k < CORNERS / 2 ? -470000000 : -460000000, -1260000000 + side * 200000};
        }
        memcpy(n->at[1], n->at[0], sizeof n->at[0]);
        n->at[1][table[i].corner].lat += table[i].moved;
        v[0].shape.count = CORNERS;
        v[1] = v[0];
        v[1].shape.at = n->at[1];
        v[1].start += 3000 * INSTANT_SECOND; /* 3600 to 4200 */
        v[1].end += 3000 * INSTANT_SECOND;
        n->section[0].body.notice.volume_count = 2;
        world_accept(&w, n);
        world_accept(&w, say_flight(&w, "bob", "", -46.6, -125.8, 0.1, 2400, 3000));
        assert_int_equal(live_alerts(&w, "bob"), 0);
        world_pass(&w, 1300 * INSTANT_SECOND); /* the first is over by what was stated */
        assert_int_equal(live_alerts(&w, "bob"), table[i].hazardous);
        assert_int_equal(state_of(&w, n), ACTIVE); /* a window is to come */
        world_replay(&w);
        world_close(&w);
    }
}

static void what_stays_must_find_room(void **unused) {
    (void)unused;
    static struct volume volumes[LIMIT_VOLUMES];
    struct capacity much = said_capacity;
    struct world w;
    much.volumes = 1 << 15;
    much.vertices = 1 << 18;
    world_open(&w, &much, false, said_founders);
    w.quick = true;
    struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 0.1, 0, 7200);
    for (int i = 0; i < LIMIT_VOLUMES; i++) volumes[i] = x->volume[0];
    x->section[0].body.notice.volumes = volumes;
    x->section[0].body.notice.volume_count = LIMIT_VOLUMES;
    world_accept(&w, x);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), ACTIVE);
    struct said *away = say_notice(&w, "ann", FOR_ALL, -20, -100, 1, 600, 7200);
    say_on(away, "ann", &x->s.id);
    world_refuse(&w, away, REASON_FULL);
    assert_string_equal(w.out.detail, "/sections: 1025 volumes with those that stay hazardous until OVER; at most 1024");
    struct said *around = say_notice(&w, "ann", FOR_ALL, -48, -127, 3, 0, 7200);
    say_on(around, "ann", &x->s.id);
    world_accept(&w, around);
    state_check(w.st);
    world_close(&w);
}

static void a_suspension_shortens_no_tail(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    const char *const parties[] = {"ann", "bob", NULL};
    struct said *agree = say_agreement(&w, "sorrel", 1, parties, NULL);
    world_accept(&w, agree);
    struct said *x = brought(&w, ACTIVE);
    world_accept(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "ann", "ann", &agree->s.id));
    move_notice(&w, KIND_NOTICE_OVER, x, REASON_NONE);
    world_pass(&w, 59 * INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), OVER);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(state_of(&w, x), CLOSED);
    world_replay(&w);
    world_close(&w);
}

static void full_tables_refuse(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w); /* 64 notices, 8 parties: 8 each; 256 volumes: 32 each */
    w.quick = true;
    for (int i = 0; i < 8; i++) world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200));
    world_refuse(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200), REASON_FULL);
    assert_non_null(strstr(w.out.detail, "notices"));
    world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 3600, 7200)); /* a flooding rival starves nobody */
    state_check(w.st);
    world_close(&w);
}

/* ---- lead ---- */
static void lead_by_agreement(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* an hour, sequenced */
    struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 10800);
    world_accept(&w, x);
    assert_int_equal(w.out.lead_count, 1);
    assert_true(w.out.lead[0].judged && w.out.lead[0].pieces == 1 && w.out.lead[0].sequenced_ns == 7200 * INSTANT_SECOND && w.out.lead[0].short_ns == 0);
    assert_false(w.out.marks & OUTCOME_MARK_LATE);
    w.now += 6000 * INSTANT_SECOND; /* starts in 20 minutes */
    struct said *same = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 1200, 4800);
    say_on(same, "ann", &x->s.id);
    world_accept(&w, same);
    assert_int_equal(w.out.lead[0].pieces, 0);
    assert_false(w.out.marks & OUTCOME_MARK_LATE);
    struct said *larger = say_notice(&w, "ann", FOR_ALL, -47, -126, 2, 1200, 4800); /* enlarging inherits no lead */
    say_on(larger, "ann", &x->s.id);
    world_accept(&w, larger);
    assert_int_equal(w.out.lead[0].pieces, 1);
    assert_true(w.out.lead[0].sequenced_ns == 1200 * INSTANT_SECOND && w.out.lead[0].short_ns == 2400 * INSTANT_SECOND);
    assert_true(w.out.marks & OUTCOME_MARK_LATE);
    struct said *longer = say_notice(&w, "ann", FOR_ALL, -47, -126, 2, 1200, 9600); /* later end: the new piece begins at the old end */
    say_on(longer, "ann", &x->s.id);
    world_accept(&w, longer);
    assert_true(w.out.lead[0].pieces == 1 && w.out.lead[0].sequenced_ns == 4800 * INSTANT_SECOND && w.out.lead[0].short_ns == 0);
    /* Where a member may read nothing, nothing is judged. */
    struct said *hidden = say_notice(&w, "ann", "cat", -47, -126, 1, 60, 600);
    world_accept(&w, hidden);
    assert_true(w.out.lead_count == 1 && !w.out.lead[0].judged);
    world_replay(&w);
    world_close(&w);
}

/* `at` is the sender's claim and bounds nothing: who dates his notice back is not the earlier for it. */
static void lead_counts_from_when_it_was_sequenced(void **unused) {
    (void)unused;
    static const int64_t claims[] = {-7200, 0, 7200}; /* seconds beside the truth */
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct world w;
        world_small(&w);
        world_agree(&w, "sorrel", "ann", "bob");
        struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 1200, 4800);
        x->s.at = w.now + claims[i] * INSTANT_SECOND;
        world_accept(&w, x);
        assert_true(w.out.lead[0].sequenced_ns == 1200 * INSTANT_SECOND && w.out.lead[0].short_ns == 2400 * INSTANT_SECOND);
        assert_true(w.out.marks & OUTCOME_MARK_LATE);
        world_close(&w);
    }
}

/* Of two agreements with different deadlines for the read-back the nearer one holds, whichever came first. */
static void the_nearer_read_back_deadline_holds(void **unused) {
    (void)unused;
    static const struct { int64_t first_s, second_s; } table[] = {{600, 60}, {60, 600}};
    static const char *const both[] = {"ann", "bob", NULL};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_small(&w);
        struct said *one = say_agreement(&w, "sorrel", 1, both, NULL), *two = say_agreement(&w, "tern", 1, both, NULL);
        one->rule[0].readback_ns = table[i].first_s * INSTANT_SECOND;
        two->rule[0].readback_ns = table[i].second_s * INSTANT_SECOND;
        world_accept(&w, one);
        world_accept(&w, two);
        world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 10800));
        world_pass(&w, 59 * INSTANT_SECOND);
        assert_null(told(&w, TOLD_OVERDUE, "bob", 0));
        world_pass(&w, INSTANT_SECOND);
        assert_non_null(told(&w, TOLD_OVERDUE, "bob", 0));
        world_close(&w);
    }
}

/* One member of three suspends: the other two's lead is judged as before, and read back by those who remain. */
static void who_suspended_leaves_the_rest_judged(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    const char *const three[] = {"ann", "bob", "cat", NULL};
    struct said *agree = say_agreement(&w, "sorrel", 1, three, NULL);
    agree->rule[0].binds = 2;
    world_accept(&w, agree);
    world_accept(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "cat", "ann", &agree->s.id));
    struct said *x = say_notice(&w, "ann", "agreement:sorrel", -47, -126, 1, 3660, 7200);
    world_accept(&w, x);
    assert_true(w.out.lead_count == 1 && w.out.lead[0].judged && w.out.lead[0].pieces == 1);
    assert_null(told(&w, TOLD_STATEMENT, "cat", 0));
    uint64_t place = told(&w, TOLD_STATEMENT, "bob", 0)->place;
    world_accept(&w, say_read_back(&w, "bob", place, x->volume[0].start, 300000, "SORREL 4"));
    assert_true(says(told(&w, TOLD_LEAD, "ann", 1), "\"figure\":\"readback\""));
    world_replay(&w);
    world_close(&w);
}

/* An activation before the stated start claims the time between: without any lead, whatever the filing had. */
static void an_early_activation_inherits_no_lead(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* an hour */
    struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 9000);
    world_accept(&w, x);
    assert_true(w.out.lead[0].judged && w.out.lead[0].short_ns == 0 && !(w.out.marks & OUTCOME_MARK_LATE));
    w.now += 60 * INSTANT_SECOND;
    world_accept(&w, say_text(&w, KIND_NOTICE_ACTIVATE, "ann", "ann", &x->s.id));
    assert_true(w.out.lead_count == 1 && w.out.lead[0].judged && w.out.lead[0].pieces == 1 && w.out.lead[0].start == w.now);
    assert_true(w.out.lead[0].sequenced_ns == 0 && w.out.lead[0].short_ns == INSTANT_HOUR && (w.out.marks & OUTCOME_MARK_LATE));
    world_accept(&w, say_text(&w, KIND_NOTICE_ACTIVATE, "ann", "ann", &x->s.id)); /* said again: nothing new */
    assert_true(w.out.lead_count == 0 && !(w.out.marks & OUTCOME_MARK_LATE));
    struct said *begun = say_notice(&w, "ann", FOR_ALL, -40, -126, 1, 3600, 9000);
    world_accept(&w, begun);
    world_pass(&w, 3601 * INSTANT_SECOND);
    world_accept(&w, say_text(&w, KIND_NOTICE_ACTIVATE, "ann", "ann", &begun->s.id)); /* after its start: as filed */
    assert_true(w.out.lead_count == 0 && !(w.out.marks & OUTCOME_MARK_LATE));
    world_replay(&w);
    world_close(&w);
}

/* The reader of a section that begins later than the one around it sees no other: an activation pulls that one forward too. */
static void an_early_activation_reaches_every_reader(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 9000);
    say_hazard(&w, x, "parties", "bob", -46.8, -125.8, 0.4, 7500, 8700);
    world_accept(&w, x);
    assert_false(w.out.marks & OUTCOME_MARK_NOT_CONTAINED);
    world_accept(&w, say_flight(&w, "bob", "", -46.8, -125.8, 0.2, 0, 1800));
    world_accept(&w, say_flight(&w, "cat", "", -46.8, -125.8, 0.2, 0, 1800));
    assert_true(live_alerts(&w, "bob") == 0 && live_alerts(&w, "cat") == 0);
    world_accept(&w, say_text(&w, KIND_NOTICE_ACTIVATE, "ann", "ann", &x->s.id));
    assert_int_equal(live_alerts(&w, "cat"), 1); /* reads the public section */
    assert_int_equal(live_alerts(&w, "bob"), 1); /* reads the narrow one */
    world_replay(&w);
    world_close(&w);
}

static void ladder_and_lead(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    const char *const three[] = {"ann", "bob", "cat", NULL};
    struct said *agree = say_agreement(&w, "sorrel", 1, three, NULL);
    agree->rule[0].binds = 2;
    world_accept(&w, agree);
    struct said *x = say_notice(&w, "ann", "agreement:sorrel", -47, -126, 1, 3660, 7200);
    instant start = x->volume[0].start;
    world_accept(&w, x);
    uint64_t bob = told(&w, TOLD_STATEMENT, "bob", 0)->place, cat = told(&w, TOLD_STATEMENT, "cat", 0)->place;
    assert_null(told(&w, TOLD_STATEMENT, "op", 0));
    world_refuse(&w, say_ack(&w, "bob", bob + 1, ACK_RECEIVED), REASON_PLACE);
    world_accept(&w, say_ack(&w, "bob", bob, ACK_RECEIVED));
    assert_true(says(told(&w, TOLD_LADDER, "ann", 0), "\"party\":\"bob\",\"step\":\"received\""));
    assert_null(told(&w, TOLD_LEAD, "ann", 0));
    w.now += 30 * INSTANT_SECOND;
    world_accept(&w, say_ack(&w, "cat", cat, ACK_RECEIVED));
    assert_true(says(told(&w, TOLD_LEAD, "ann", 0), "\"figure\":\"delivered\""));
    assert_true(says(told(&w, TOLD_LEAD, "ann", 0), "\"lead_s\":3630"));
    assert_false(says(told(&w, TOLD_LEAD, "ann", 0), "\"met\"")); /* the read-back binds */
    /* Each field that is read back wrong is named, and does not count. */
    world_accept(&w, say_read_back(&w, "bob", bob, start + 5 * INSTANT_MINUTE, 300000, "SORREL 4"));
    assert_non_null(strstr(w.out.detail, "mismatch: start;"));
    assert_true(says(told(&w, TOLD_LADDER, "ann", 0), "\"mismatch\":\"start\""));
    world_accept(&w, say_read_back(&w, "bob", bob, start, 310000, "SORREL 5"));
    assert_non_null(strstr(w.out.detail, "mismatch: upper, area;"));
    world_accept(&w, say_read_back(&w, "bob", bob, start + 59 * INSTANT_SECOND, 300000, "SORREL 4")); /* the same minute */
    assert_string_equal(w.out.detail, "");
    w.now += 60 * INSTANT_SECOND;
    world_accept(&w, say_read_back(&w, "cat", cat, start, 300000, "SORREL 4"));
    const struct effect *lead = told(&w, TOLD_LEAD, "ann", 0);
    assert_true(says(lead, "\"figure\":\"readback\"") && says(lead, "\"lead_s\":3570") && says(lead, "\"met\":false") && says(lead, "\"short_s\":30"));
    world_replay(&w);
    world_close(&w);
}

/* A change that claims nothing which was not claimed before has no lead to fall short of. */
static void what_claims_nothing_new_is_met(void **unused) {
    (void)unused;
    for (uint8_t binds = 0; binds < 3; binds++) {
        struct world w;
        world_small(&w);
        struct said *agree = say_agreement(&w, "sorrel", 1, (const char *const[]){"ann", "bob", NULL}, NULL);
        agree->rule[0].binds = binds;
        world_accept(&w, agree);
        struct said *x = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 10800);
        world_accept(&w, x);
        w.now += INSTANT_HOUR + INSTANT_MINUTE;
        struct said *less = say_notice(&w, "ann", FOR_ALL, -46.8, -125.8, 0.2, 7200 - 3660, 10800 - 3660);
        say_on(less, "ann", &x->s.id);
        world_accept(&w, less);
        assert_true(w.out.lead_count == 1 && w.out.lead[0].judged && w.out.lead[0].pieces == 0);
        uint64_t place = told(&w, TOLD_STATEMENT, "bob", 0)->place;
        world_accept(&w, say_ack(&w, "bob", place, ACK_RECEIVED));
        const struct effect *lead = told(&w, TOLD_LEAD, "ann", 0);
        assert_true(says(lead, "\"figure\":\"delivered\"") && says(lead, "\"pieces\":0") && !says(lead, "lead_s"));
        assert_int_equal(says(lead, "\"met\":true,\"short_s\":0"), binds == 1);
        world_accept(&w, say_read_back(&w, "bob", place, less->volume[0].start, 300000, "SORREL 4"));
        lead = told(&w, TOLD_LEAD, "ann", 0);
        assert_true(says(lead, "\"figure\":\"readback\"") && says(lead, "\"pieces\":0"));
        assert_int_equal(says(lead, "\"met\":true,\"short_s\":0"), binds == 2);
        world_replay(&w);
        world_close(&w);
    }
}

/* An agreement says what lead is due by category; of one that it does not name, it says nothing. */
static void a_category_without_rule_is_not_judged(void **unused) {
    (void)unused;
    for (int named = 0; named < 2; named++) {
        struct world w;
        world_small(&w);
        struct said *agree = say_agreement(&w, "sorrel", 1, (const char *const[]){"ann", "bob", NULL}, NULL);
        agree->rule[0].category = said_name(named ? "missile" : "uas");
        world_accept(&w, agree);
        world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 60, 7200));
        assert_int_equal(w.out.lead_count, named);
        assert_int_equal((w.out.marks & OUTCOME_MARK_LATE) != 0, named);
        world_replay(&w);
        world_close(&w);
    }
}

static void no_read_back_calls_the_next_desk(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* read back within ten minutes */
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3660, 7200));
    world_pass(&w, 599 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_OVERDUE, PARTY_NONE), 0);
    world_pass(&w, INSTANT_SECOND);
    assert_string_equal(told(&w, TOLD_OVERDUE, "bob", 0)->desk.at, "supervisor");
    assert_non_null(told(&w, TOLD_OVERDUE, "op", 0));
    assert_null(told(&w, TOLD_OVERDUE, "cat", 0)); /* no agreement, no deadline */
    world_pass(&w, 600 * INSTANT_SECOND);
    assert_string_equal(told(&w, TOLD_OVERDUE, "bob", 0)->desk.at, "watch");
    static const int64_t then[] = {1, 1, 1, 2, 4, 8, 16, 32, 64, 64}; /* of ten minutes: from the fifth call on ever more slowly, and for ever */
    for (size_t i = 0; i < sizeof then / sizeof *then; i++) {
        world_pass(&w, then[i] * 600 * INSTANT_SECOND - INSTANT_SECOND);
        assert_null(told(&w, TOLD_OVERDUE, "bob", 0));
        world_pass(&w, INSTANT_SECOND);
        assert_string_equal(told(&w, TOLD_OVERDUE, "bob", 0)->desk.at, i % 2 ? "watch" : "supervisor"); /* always the next desk */
    }
    world_replay(&w);
    world_close(&w);
}

/* ---- sections ---- */
static void wider_sections_must_contain(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *good = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200);
    say_hazard(&w, good, "own", "", -46.8, -125.8, 0.2, 4000, 5000);
    world_accept(&w, good);
    assert_false(w.out.marks & OUTCOME_MARK_NOT_CONTAINED);
    struct said *bad = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 3600, 7200);
    say_hazard(&w, bad, "own", "", -44, -125.8, 0.2, 4000, 5000);
    world_accept(&w, bad);
    assert_true(w.out.marks & OUTCOME_MARK_NOT_CONTAINED);
    /* Everybody who may read a section is warned on the union. */
    struct said *flight = say_flight(&w, "bob", "", -44, -125.8, 0.1, 4000, 5000);
    world_accept(&w, flight);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"began\""));
    world_close(&w);
}

static void holds(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, 3600, 7200);
    world_accept(&w, n);
    struct said *stranger = say_body(&w, KIND_HOLD, "cat", "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name("ann"), n->s.id}, .until = INSTANT_NONE};
    world_refuse(&w, stranger, REASON_UNKNOWN_ENTITY); /* what may not be read does not exist */
    struct said *h = say_body(&w, KIND_HOLD, "bob", "root", &b);
    b->body.hold = (struct body_hold){.notice = {said_name("ann"), n->s.id}, .until = INSTANT_NONE, .text = TEXT("aircraft inside")};
    world_accept(&w, h);
    uint64_t place = told(&w, TOLD_STATEMENT, "ann", 0)->place;
    world_accept(&w, say_ack(&w, "ann", place, ACK_DISPLAYED));
    world_pass(&w, 30 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_HOLD_REPEAT, "ann", 0), "\"repeat\":1,\"reply\":null"));
    struct said *answer = say_body(&w, KIND_HOLD_ANSWER, "ann", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_STANDBY};
    world_accept(&w, answer);
    assert_non_null(told(&w, TOLD_STATEMENT, "bob", 0));
    world_pass(&w, 30 * INSTANT_SECOND);
    assert_true(says(told(&w, TOLD_HOLD_REPEAT, "ann", 0), "\"repeat\":2,\"reply\":\"standby\""));
    struct said *foreign = say_body(&w, KIND_HOLD_ANSWER, "cat", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_WILCO};
    world_refuse(&w, foreign, REASON_UNKNOWN_ENTITY);
    struct said *wilco = say_body(&w, KIND_HOLD_ANSWER, "ann", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_WILCO};
    world_accept(&w, wilco);
    world_pass(&w, 30 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_HOLD_REPEAT, PARTY_NONE), 0);
    struct said *late = say_body(&w, KIND_HOLD_ANSWER, "ann", "root", &b);
    b->body.hold_answer = (struct body_hold_answer){.hold = {said_name("bob"), h->s.id}, .reply = HOLD_UNABLE};
    world_refuse(&w, late, REASON_BAD_STATE);
    world_pass(&w, INSTANT_DAY);
    assert_int_equal(w.st->holds.used, 0);
    world_replay(&w);
    world_close(&w);
}

static void a_suspect_key_ends_nothing(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    world_key(&w, "ann", "desk", false);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 7200);
    world_accept(&w, n);
    world_accept(&w, say_notice(&w, "ann", FOR_ALL, 10, 10, 1, 0, 7200)); /* another, which that key did not end */
    struct said *flight = say_flight(&w, "bob", "", -47, -126, 1, 0, 7200);
    world_accept(&w, flight);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    struct said *over = say_body(&w, KIND_NOTICE_OVER, "ann", "desk", NULL);
    say_on(over, "ann", &n->s.id);
    world_accept(&w, over);
    assert_int_equal(state_of(&w, n), CLOSED); /* no agreement, no tail */
    assert_true(says(told(&w, TOLD_ALERT, "bob", 0), "\"state\":\"ended\""));
    assert_int_equal(live_alerts(&w, "bob"), 0);
    struct said *revoke = say_body(&w, KIND_KEY_REVOKE, "ann", "root", &b);
    b->body.key_revoke = (struct body_key_revoke){.key = said_name("desk"), .suspect_from = w.now - INSTANT_MINUTE};
    world_accept(&w, revoke);
    assert_int_equal(state_of(&w, n), ACTIVE);
    assert_true(says(told(&w, TOLD_QUERY, "ann", 0), "key-suspect"));
    assert_int_equal(live_alerts(&w, "bob"), 1);
    world_replay(&w);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves), cmocka_unit_test(time_moves), cmocka_unit_test(filing_is_checked), cmocka_unit_test(full_tables_refuse),
        cmocka_unit_test(a_change_of_an_active_notice_opens_nothing), cmocka_unit_test(a_suspension_shortens_no_tail),
        cmocka_unit_test(lead_by_agreement), cmocka_unit_test(an_early_activation_inherits_no_lead),
        cmocka_unit_test(who_suspended_leaves_the_rest_judged), cmocka_unit_test(lead_counts_from_when_it_was_sequenced),
        cmocka_unit_test(the_nearer_read_back_deadline_holds),
        cmocka_unit_test(an_early_activation_reaches_every_reader), cmocka_unit_test(ladder_and_lead),
        cmocka_unit_test(windows_of_one_place_follow_each_other), cmocka_unit_test(what_stays_must_find_room),
        cmocka_unit_test(what_claims_nothing_new_is_met), cmocka_unit_test(a_category_without_rule_is_not_judged), cmocka_unit_test(no_read_back_calls_the_next_desk),
        cmocka_unit_test(wider_sections_must_contain), cmocka_unit_test(holds), cmocka_unit_test(a_suspect_key_ends_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
