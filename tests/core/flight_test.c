/* The life of a flight, release, sealed sections, and who may see what in the views. */
#include <math.h>

#include "watched.h"

enum { FILED = FLIGHT_FILED, ACTIVE = FLIGHT_ACTIVE, ENDED = FLIGHT_ENDED, CANCELLED = FLIGHT_CANCELLED };

static int state_of(const struct world *w, const struct said *x) {
    row r = flight_find(w->st, party_of(w, "bob"), &x->s.id);
    return r == ROW_NONE ? -1 : flight_at(w->st, r)->state;
}
static void act(struct world *w, enum statement_kind kind, const struct said *x, enum reason why) {
    struct said *m = say_text(w, kind, "bob", "bob", &x->s.id);
    if (why == REASON_NONE) world_accept(w, m);
    else world_refuse(w, m, why);
}
static struct said *brought(struct world *w, int state) {
    struct said *x = say_flight(w, "bob", "", -47, -126, 1, 0, 3600);
    world_accept(w, x);
    if (state == CANCELLED) act(w, KIND_FLIGHT_CANCEL, x, REASON_NONE);
    if (state == ACTIVE || state == ENDED) act(w, KIND_FLIGHT_ACTIVATE, x, REASON_NONE);
    if (state == ENDED) act(w, KIND_FLIGHT_END, x, REASON_NONE);
    assert_int_equal(state_of(w, x), state);
    return x;
}

static void moves(void **unused) {
    (void)unused;
    static const struct { enum statement_kind kind; int from; enum reason why; int to; } table[] = {
        {KIND_FLIGHT_ACTIVATE, FILED, REASON_NONE, ACTIVE},
        {KIND_FLIGHT_ACTIVATE, ACTIVE, REASON_BAD_STATE, ACTIVE},
        {KIND_FLIGHT_ACTIVATE, ENDED, REASON_BAD_STATE, ENDED},
        {KIND_FLIGHT_ACTIVATE, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_FLIGHT_END, FILED, REASON_BAD_STATE, FILED},
        {KIND_FLIGHT_END, ACTIVE, REASON_NONE, ENDED},
        {KIND_FLIGHT_END, ENDED, REASON_BAD_STATE, ENDED},
        {KIND_FLIGHT_END, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_FLIGHT_CANCEL, FILED, REASON_NONE, CANCELLED},
        {KIND_FLIGHT_CANCEL, ACTIVE, REASON_BAD_STATE, ACTIVE},
        {KIND_FLIGHT_CANCEL, ENDED, REASON_BAD_STATE, ENDED},
        {KIND_FLIGHT_CANCEL, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_FLIGHT, FILED, REASON_NONE, FILED},
        {KIND_FLIGHT, ACTIVE, REASON_NONE, ACTIVE},
        {KIND_FLIGHT, ENDED, REASON_BAD_STATE, ENDED},
        {KIND_FLIGHT, CANCELLED, REASON_BAD_STATE, CANCELLED},
        {KIND_FLIGHT_RELEASE, FILED, REASON_NONE, FILED},
        {KIND_FLIGHT_RELEASE, ACTIVE, REASON_NONE, ACTIVE},
        {KIND_FLIGHT_RELEASE, ENDED, REASON_BAD_STATE, ENDED},
        {KIND_FLIGHT_RELEASE, CANCELLED, REASON_BAD_STATE, CANCELLED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world w;
        world_small(&w);
        struct said *x = brought(&w, table[i].from);
        if (table[i].kind == KIND_FLIGHT || table[i].kind == KIND_FLIGHT_RELEASE) {
            struct said *change = say_flight(&w, "bob", "log", -47, -126, 1, 0, 3600);
            change->s.kind = table[i].kind;
            say_on(change, "bob", &x->s.id);
            if (table[i].why == REASON_NONE) world_accept(&w, change);
            else world_refuse(&w, change, table[i].why);
        } else {
            act(&w, table[i].kind, x, table[i].why);
        }
        assert_int_equal(state_of(&w, x), table[i].to);
        world_pass(&w, 26 * INSTANT_HOUR);
        world_pass(&w, 26 * INSTANT_HOUR);
        assert_int_equal(state_of(&w, x), table[i].to == ACTIVE ? ACTIVE : -1); /* what is over goes; what is never activated lapses */
        world_replay(&w);
        world_close(&w);
    }
}

static void filing_is_checked(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *x = brought(&w, FILED);
    struct said *foreign = say_flight(&w, "ann", "", -47, -126, 1, 0, 60);
    say_on(foreign, "bob", &x->s.id);
    world_refuse(&w, foreign, REASON_NOT_OWNER);
    struct said *none = say_text(&w, KIND_FLIGHT_ACTIVATE, "bob", "bob", &foreign->s.id);
    world_refuse(&w, none, REASON_UNKNOWN_ENTITY);
    struct said *stale = say_flight(&w, "bob", "", -47, -126, 1, 0, 60);
    say_on(stale, "bob", &x->s.id);
    say_prev(stale, &foreign->s.hash);
    world_refuse(&w, stale, REASON_STALE);
    for (int i = 0; i < 6; i++) world_accept(&w, say_flight(&w, "bob", "", -47 + i * 2, -126, 1, 0, 60)); /* 8 a party, one kept in reserve */
    world_refuse(&w, say_flight(&w, "bob", "", -47, -126, 1, 0, 60), REASON_FULL);
    assert_non_null(strstr(w.out.detail, "flights"));
    world_close(&w);
}

/* ---- views ---- */
static char *view_of(const struct world *w, const char *reader, enum view what, const struct entity_ref *one) {
    static char room[1 << 18];
    struct append out = append_fixed(room, sizeof room - 1);
    struct fault f;
    result r = view_render(w->st, reader ? party_of(w, reader) : PARTY_NONE, what, one, &out, &f);
    room[out.size] = '\0';
    return result_is_ok(r) ? room : NULL;
}
static void views_show_what_may_be_seen(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    struct said *f = say_flight(&w, "bob", "ann", -47, -126, 0.2, 0, 3600);
    f->section[0].name = TEXT("parties");
    say_route(&w, f, "own", "", -46.95, -125.95, 0.05, 0, 3600)->body.flight.callsign = TEXT("SECRET1");
    world_accept(&w, f);
    struct entity_ref one = {said_name("bob"), f->s.id};
    assert_non_null(strstr(view_of(&w, "bob", VIEW_FLIGHTS, &one), "SECRET1"));
    char *ann = view_of(&w, "ann", VIEW_FLIGHTS, &one);
    assert_non_null(strstr(ann, "MRL12"));
    assert_null(strstr(ann, "SECRET1"));
    assert_null(strstr(ann, "\"own\""));
    assert_null(strstr(ann, "\"to\""));
    assert_null(view_of(&w, "cat", VIEW_FLIGHTS, &one)); /* reads as unknown */
    assert_string_equal(view_of(&w, "cat", VIEW_FLIGHTS, NULL), "{\"items\":[]}");
    assert_string_equal(view_of(&w, NULL, VIEW_FLIGHTS, NULL), "{\"items\":[]}");
    one.id.bytes[0] ^= 1;
    assert_null(view_of(&w, "bob", VIEW_FLIGHTS, &one));
    world_accept(&w, say_notice(&w, "ann", "world", -47, -126, 1, 0, 3600));
    assert_non_null(strstr(view_of(&w, NULL, VIEW_NOTICES, NULL), "\"area\":\"SORREL 4\""));
    assert_null(strstr(view_of(&w, NULL, VIEW_NOTICES, NULL), "ladder"));
    assert_non_null(strstr(view_of(&w, "ann", VIEW_NOTICES, NULL), "\"ladder\":[{\"party\":\"op\""));
    assert_non_null(strstr(view_of(&w, "bob", VIEW_ALERTS, NULL), "\"kind\":\"notice-flight\""));
    assert_string_equal(view_of(&w, "ann", VIEW_ALERTS, NULL), "{\"items\":[]}");
    assert_non_null(strstr(view_of(&w, "cat", VIEW_DUE, NULL), "\"kind\":\"notice\""));
    assert_null(strstr(view_of(&w, "cat", VIEW_STATUS, NULL), "tables"));
    assert_non_null(strstr(view_of(&w, "op", VIEW_STATUS, NULL), "tables"));
    for (int v = 0; v < VIEWS; v++) {
        assert_non_null(view_of(&w, "op", (enum view)v, NULL));
        assert_non_null(view_of(&w, NULL, (enum view)v, NULL));
    }
    struct append small = append_fixed((char[16]){0}, 16);
    struct fault fault;
    assert_int_equal(view_render(w.st, 0, VIEW_NOTICES, NULL, &small, &fault).code, RESULT_TOO_LARGE);
    world_close(&w);
}

static void views_of_what_waits(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    struct said *n = say_notice(&w, "ann", "bob", -47, -126, 1, 3600, 7200);
    struct body_notice *body = &n->section[0].body.notice;
    struct volume *v = &n->volume[1];
    v[0] = v[1] = n->volume[0];
    v[0].shape = (struct shape){.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 100050, .at = n->at[0]};
    v[1].shape = (struct shape){.kind = SHAPE_CORRIDOR, .count = 2, .reach_cm = 50000, .at = n->at[0]};
    v[1].upper = (struct altitude){30480, ALTITUDE_FL};
    body->text = TEXT("keep off");
    body->marks = 5;
    body->volume_count = 3;
    world_accept(&w, n);
    struct entity_ref one = {said_name("ann"), n->s.id};
    char *view = view_of(&w, "bob", VIEW_NOTICES, &one);
    static const char *const parts[] = {"\"text\":\"keep off\"", "\"marks\":[\"incomplete\",\"hull\"]", "\"radius_m\":1000.5}", "\"corridor\":{\"path\":[", "\"width_m\":1000",
                                        "{\"value\":10,\"reference\":\"FL\",\"units\":\"FL\"}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(view, parts[i])) fail_msg("%s: not in %s", parts[i], view);
    assert_null(view_of(&w, "cat", VIEW_NOTICES, &one));
    struct said *h = say_body(&w, KIND_HOLD, "bob", "root", &b);
    b->body.hold = (struct body_hold){.notice = one, .until = INSTANT_NONE, .text = TEXT("aircraft inside")};
    world_accept(&w, h);
    struct entity_ref hold = {said_name("bob"), h->s.id};
    assert_non_null(strstr(view_of(&w, "bob", VIEW_HOLDS, &hold), "\"state\":\"asked\""));
    assert_non_null(strstr(view_of(&w, "ann", VIEW_HOLDS, &hold), "\"text\":\"aircraft inside\",\"place\":"));
    assert_null(view_of(&w, "cat", VIEW_HOLDS, &hold));
    assert_non_null(strstr(view_of(&w, "ann", VIEW_DUE, NULL), "\"kind\":\"hold\""));
    struct said *half = say_agreement(&w, "sorrel", 1, (const char *const[]){"ann", "bob", NULL}, NULL);
    half->signer[1].verified = false;
    assert_int_equal(world_say(&w, half), VERDICT_PENDING);
    assert_non_null(strstr(view_of(&w, "bob", VIEW_PENDING, NULL), "\"kind\":\"agreement\""));
    assert_string_equal(view_of(&w, "cat", VIEW_PENDING, NULL), "{\"items\":[]}");
    world_replay(&w);
    world_close(&w);
}

/* A list wound so that its pairs cost more than a step may look at: beyond the limit a pair counts as meeting. Never a missed conflict. */
static void too_many_pairs_count_as_meeting(void **unused) {
    (void)unused;
    enum { CORNERS = 130, VOLUMES = 64 };
    static struct position band[CORNERS], disc[CORNERS];
    static struct volume hazards[VOLUMES], routes[VOLUMES];
    for (int i = 0; i < CORNERS / 2; i++) { /* two sides of a triangle; the disc stands between them, 25 km from either */
        double along = i * 2.0 / (CORNERS / 2 - 1);
        band[i] = (struct position){-470000000 + (int32_t)(1e7 * (along < 1 ? along : 2 - along)), -1260000000 + (int32_t)(5e6 * along)};
        band[CORNERS - 1 - i] = (struct position){band[i].lat - 10000, band[i].lon};
    }
    for (int i = 0; i < CORNERS; i++) {
        double turn = i * 6.283185307179586 / CORNERS;
        disc[i] = (struct position){-468000000 + (int32_t)(100000 * sin(turn)), -1255000000 + (int32_t)(100000 * cos(turn))};
    }
    struct capacity much = said_capacity;
    much.volumes = 4096;
    much.vertices = 1 << 18;
    for (uint32_t count = 8; count <= VOLUMES; count += VOLUMES - 8) {
        struct world w;
        world_open(&w, &much, false, said_founders);
        struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 3600), *f = say_flight(&w, "bob", "", -47, -126, 1, 0, 3600);
        for (uint32_t i = 0; i < count; i++) {
            hazards[i] = n->volume[0];
            hazards[i].shape = (struct shape){.kind = SHAPE_POLYGON, .count = CORNERS, .at = band};
            routes[i] = f->volume[0];
            routes[i].shape = (struct shape){.kind = SHAPE_POLYGON, .count = CORNERS, .at = disc};
        }
        n->section[0].body.notice.volumes = hazards;
        f->section[0].body.flight.volumes = routes;
        n->section[0].body.notice.volume_count = f->section[0].body.flight.volume_count = count;
        world_accept(&w, n);
        world_accept(&w, f);
        assert_int_equal(live_alerts(&w, "bob"), count == VOLUMES);
        world_close(&w);
    }
    struct world w; /* and what has no room is refused */
    world_small(&w);
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 3600);
    static struct position many[LIMIT_VERTICES];
    for (uint32_t i = 0; i < VOLUMES; i++) hazards[i].shape = (struct shape){.kind = SHAPE_POLYGON, .count = LIMIT_VERTICES, .at = many};
    n->section[0].body.notice.volumes = hazards;
    n->section[0].body.notice.volume_count = 20;
    world_refuse(&w, n, REASON_FULL);
    assert_non_null(strstr(w.out.detail, "vertices"));
    n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 0, 3600);
    n->section[0].name = TEXT("private");
    world_refuse(&w, n, REASON_SECTION);
    world_replay(&w);
    world_close(&w);
}

/* ---- sealed ---- */
static struct said *say_open(struct world *w, const struct said *sealed, enum statement_kind kind) {
    struct section *b;
    struct said *x = say_body(w, KIND_OPEN, "ann", "root", &b);
    b->body.open = (struct body_open){.statement = sealed->s.hash, .kind = kind};
    return x;
}
static void sealed_sections_open(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob"); /* an hour of lead */
    world_accept(&w, say_flight(&w, "bob", "", -47, -126, 1, 3600, 9000));
    struct said *n = say(&w, KIND_NOTICE);
    say_sign(&w, n, "ann", "root");
    n->s.open_by = w.now + INSTANT_HOUR;
    world_accept(&w, n);
    assert_int_equal(live_alerts(&w, "bob"), 0); /* nobody knows of it */
    assert_int_equal(w.out.lead_count > 0 && w.out.lead[0].judged, 0);
    struct said *wrong = say_open(&w, n, KIND_NOTICE);
    say_hazard(&w, wrong, "public", FOR_ALL, -47, -126, 1, 5400, 7200);
    world_refuse(&w, wrong, REASON_SECTION); /* no commitment of it */
    struct said *strange = say_open(&w, wrong, KIND_NOTICE);
    world_refuse(&w, strange, REASON_NOT_SEALED);
    struct said *other_kind = say_open(&w, n, KIND_FLIGHT);
    world_refuse(&w, other_kind, REASON_NOT_SEALED);
    struct said *nothing = say_open(&w, n, KIND_NOTICE);
    world_refuse(&w, nothing, REASON_SECTION);
    w.now += 1800 * INSTANT_SECOND;
    struct said *open = say_open(&w, n, KIND_NOTICE);
    say_hazard(&w, open, "public", FOR_ALL, -47, -126, 1, 2700, 5400)->commitment = n->s.commit[2];
    world_accept(&w, open);
    assert_true(w.out.lead[0].judged && w.out.lead[0].sequenced_ns == 2700 * INSTANT_SECOND); /* from its opening */
    assert_true(w.out.marks & OUTCOME_MARK_LATE);
    assert_int_equal(live_alerts(&w, "bob"), 1);
    assert_true(due_find(w.st, party_of(&w, "bob"), told(&w, TOLD_STATEMENT, "bob", 0)->place) != ROW_NONE);
    struct said *again = say_open(&w, n, KIND_NOTICE);
    say_hazard(&w, again, "public", FOR_ALL, -47, -126, 1, 2700, 5400)->commitment = n->s.commit[2];
    world_refuse(&w, again, REASON_NOT_SEALED);
    world_replay(&w);
    world_close(&w);
}
static void opening_merges(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_agree(&w, "sorrel", "ann", "bob");
    struct said *n = say_notice(&w, "ann", FOR_ALL, -47, -126, 1, 7200, 9000);
    n->s.open_by = w.now + INSTANT_HOUR;
    world_accept(&w, n);
    struct said *open = say_open(&w, n, KIND_NOTICE);
    say_hazard(&w, open, "own", "bob", -46.8, -125.8, 0.2, 7300, 8000)->commitment = n->s.commit[3];
    world_accept(&w, open);
    assert_true(w.out.lead_count == 1 && w.out.lead[0].judged && w.out.lead[0].pieces == 0); /* within what bob knew already */
    assert_false(w.out.marks & OUTCOME_MARK_NOT_CONTAINED);
    const struct notice_row *row_ = notice_at(w.st, notice_find(w.st, party_of(&w, "ann"), &n->s.id));
    assert_true(row_->section[RANK_PUBLIC].present && row_->section[RANK_OWN].present);
    world_accept(&w, say_flight(&w, "bob", "", -46.1, -126, 0.05, 7200, 9000)); /* in the outline, not in the exact volume */
    assert_int_equal(live_alerts(&w, "bob"), 0);
    world_accept(&w, say_flight(&w, "cat", "", -46.1, -126, 0.05, 7200, 9000));
    assert_int_equal(live_alerts(&w, "cat"), 1);
    world_replay(&w);
    world_close(&w);
}

/* Naming readers opens a flight: in LIVE a session alone does not. */
static void live_opens_flights_signed_only(void **unused) {
    (void)unused;
    for (int live = 0; live < 2; live++) {
        struct world w;
        world_open(&w, &said_capacity, live, said_founders);
        struct said *open = say_flight(&w, "op", "world", -47, -126, 1, 60, 4000);
        say_attest(open, "op", "root");
        open->s.signer_count = 0;
        if (live) world_refuse(&w, open, REASON_MUST_BE_SIGNED);
        else world_accept(&w, open);
        struct said *own = say_flight(&w, "op", "", -47, -126, 1, 60, 4000);
        say_attest(own, "op", "root");
        own->s.signer_count = 0;
        world_accept(&w, own);
        world_replay(&w);
        world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_opens_flights_signed_only),
        cmocka_unit_test(moves), cmocka_unit_test(filing_is_checked), cmocka_unit_test(views_show_what_may_be_seen),
        cmocka_unit_test(views_of_what_waits), cmocka_unit_test(too_many_pairs_count_as_meeting),
        cmocka_unit_test(sealed_sections_open), cmocka_unit_test(opening_merges),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
