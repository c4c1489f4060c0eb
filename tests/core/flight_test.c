/* The life of a flight, release, sealed sections, and who may see what in the views. */
#include <math.h>

#include "watched.h"
#include "saved.h"

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

/* One row by its name: under its own party only, and for its own readers only. */
static void one_is_found_by_its_name(void **unused) {
    (void)unused;
    struct world w;
    struct section *b;
    world_small(&w);
    struct said *agreement = say_agreement(&w, "sorrel", 1, (const char *const[]){"ann", "bob", NULL}, NULL);
    world_accept(&w, agreement);
    struct said *area = say_body(&w, KIND_AREA, "ann", "root", &b);
    say_square(area, 0, &w, -40, -126, 1, 0, 86400);
    say_to(b, "bob");
    b->body.area = (struct body_area){.name = TEXT("NORTH"), .volumes = area->volume, .volume_count = 1};
    world_accept(&w, area);
    world_feed(&w, "ann", "radar", "bob");
    world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 3600));
    world_accept(&w, say_flight(&w, "ann", "", -47, -126, 1, 0, 3600));
    const struct alert_row *alert = NULL;
    for (row r = 0; r < w.st->alerts.capacity; r++)
        if (w.st->alerts.live[r]) alert = alert_at(w.st, r);
    assert_non_null(alert);
    const struct { enum view view; struct id id; const char *reader, *other, *holds; } table[] = {
        {VIEW_ALERTS, alert->id, "ann", "bob", "\"kind\":\"notice-flight\""},
        {VIEW_AGREEMENTS, agreement->s.id, "bob", "cat", "\"name\":\"sorrel\""},
        {VIEW_AREAS, area->s.id, "bob", "cat", "\"name\":\"NORTH\""}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct entity_ref one = {said_name("ann"), table[i].id};
        char *view = view_of(&w, table[i].reader, table[i].view, &one);
        if (!view || !strstr(view, table[i].holds)) fail_msg("row %zu: %s", i, view ? view : "nothing");
        assert_null(view_of(&w, table[i].other, table[i].view, &one));
        assert_string_equal(view_of(&w, table[i].other, table[i].view, NULL), "{\"items\":[]}");
        one.id.bytes[15] ^= 1;
        assert_null(view_of(&w, table[i].reader, table[i].view, &one));
        one = (struct entity_ref){said_name("bob"), table[i].id};
        assert_null(view_of(&w, table[i].reader, table[i].view, &one));
    }
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
        while (state_backlog(w.st) > 0) world_accept(&w, say_continue(&w)); /* it takes several steps */
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
    struct said *bare = say(&w, KIND_OPEN); /* what is opened, and not of what */
    say_sign(&w, bare, "ann", "root");
    say_hazard(&w, bare, "public", FOR_ALL, -47, -126, 1, 2700, 5400)->commitment = n->s.commit[2];
    world_refuse(&w, bare, REASON_SECTION);
    assert_non_null(strstr(w.out.detail, "\"body\" is missing"));
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

/* A flight that was filed sealed counts for nothing before it is opened; what is opened is there with its whole effect. */
static void a_sealed_flight_opens(void **unused) {
    (void)unused;
    struct world w;
    world_small(&w);
    world_accept(&w, say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 7200));
    struct said *f = say(&w, KIND_FLIGHT);
    say_sign(&w, f, "ann", "root");
    say_on(f, "ann", &f->s.id);
    f->s.open_by = w.now + INSTANT_HOUR;
    world_accept(&w, f);
    row r = flight_find(w.st, party_of(&w, "ann"), &f->s.id);
    assert_true(flight_at(w.st, r)->sealed && live_alerts(&w, "ann") == 0);
    struct said *twice = say_open(&w, f, KIND_FLIGHT);
    say_route(&w, twice, "own", "cat", -46.5, -125.5, 0.1, 0, 3600)->commitment = f->s.commit[1];
    say_route(&w, twice, "own", "cat", -46.5, -125.5, 0.1, 0, 3600)->commitment = f->s.commit[2];
    world_refuse(&w, twice, REASON_SECTION);
    struct said *open = say_open(&w, f, KIND_FLIGHT);
    say_route(&w, open, "own", "cat", -46.5, -125.5, 0.1, 0, 3600)->commitment = f->s.commit[1];
    world_accept(&w, open);
    assert_false(flight_at(w.st, r)->sealed);
    assert_memory_equal(&flight_at(w.st, r)->last_statement, &open->s.hash, SHA256_SIZE);
    assert_int_equal(live_alerts(&w, "ann"), 1);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, party_of(&w, "cat")), 1);
    struct said *end = say_text(&w, KIND_FLIGHT_CANCEL, "ann", "ann", &f->s.id);
    say_prev(end, &f->s.hash);
    world_refuse(&w, end, REASON_STALE); /* its opening is the last statement on it */
    world_replay(&w);
    world_close(&w);
}
/* What replaced a sealed statement stands: opening that one shows what was said, and moves nothing. */
static void what_was_replaced_opens_as_evidence(void **unused) {
    (void)unused;
    for (int flight = 0; flight < 2; flight++) {
        struct world w;
        world_small(&w);
        enum statement_kind kind = flight ? KIND_FLIGHT : KIND_NOTICE;
        struct said *sealed = say(&w, kind);
        say_sign(&w, sealed, "ann", "root");
        say_on(sealed, "ann", &sealed->s.id);
        sealed->s.open_by = w.now + INSTANT_HOUR;
        world_accept(&w, sealed);
        struct said *instead = flight ? say_flight(&w, "ann", "", -20, -100, 1, 0, 3600) : say_notice(&w, "ann", FOR_ALL, -20, -100, 1, 0, 3600);
        say_on(instead, "ann", &sealed->s.id);
        world_accept(&w, instead);
        world_accept(&w, flight ? say_notice(&w, "bob", FOR_ALL, -47, -126, 1, 0, 3600) : say_flight(&w, "bob", "", -47, -126, 1, 0, 3600));
        struct said *open = say_open(&w, sealed, kind);
        if (flight) say_route(&w, open, "own", "cat", -47, -126, 1, 0, 3600)->commitment = sealed->s.commit[1];
        else say_hazard(&w, open, "public", "cat", -47, -126, 1, 0, 3600)->commitment = sealed->s.commit[1];
        world_accept(&w, open);
        assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 1);
        assert_int_equal(world_told(&w, TOLD_STATEMENT, party_of(&w, "cat")), 1);
        assert_int_equal(live_alerts(&w, "ann") + live_alerts(&w, "bob"), 0);
        open = say_open(&w, sealed, kind);
        say_section(open, flight ? "own" : "public")->commitment = sealed->s.commit[1];
        world_refuse(&w, open, REASON_NOT_SEALED); /* opened already */
        world_replay(&w);
        world_close(&w);
    }
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

/* A corridor of 5,400 km lies in the index in pieces, and is looked up in pieces: it meets what lies at any place of it, whichever came first, each once. */
static void a_long_way_meets_all_along_it(void **unused) {
    (void)unused;
    enum { POINTS = 13 };
    struct world w;
    for (int first = 0; first < 2; first++) {
        world_small(&w);
        struct said *way = say_flight(&w, "bob", "", 0, 0, 1, 0, 3600), *hazard[POINTS];
        struct volume *v = &way->volume[way->section[0].slot];
        for (int i = 0; i < POINTS; i++) way->at[way->section[0].slot][i] = (struct position){-200000000 + i * 35000000, i * 20000000};
        v->shape = (struct shape){.kind = SHAPE_CORRIDOR, .count = POINTS, .reach_cm = 500000, .at = way->at[way->section[0].slot]};
        if (first == 0) world_accept(&w, way);
        for (int i = 4; i < POINTS; i += 8) {
            hazard[i] = say_notice(&w, "ann", "log", -20.01 + 3.5 * i, 2.0 * i - 0.01, 0.02, 0, 3600);
            world_accept(&w, hazard[i]);
            world_accept(&w, say_notice(&w, "ann", "log", -17 + 3.5 * i, 2.0 * i - 3, 0.02, 0, 3600)); /* beside the way, in the whole's box */
        }
        if (first == 1) world_accept(&w, way);
        row r = flight_find(w.st, party_of(&w, "bob"), &way->s.id);
        assert_true(volume_at(w.st, flight_at(w.st, r)->section[RANK_OWN].volume)->piece != ROW_NONE);
        for (int i = 4; i < POINTS; i += 8) {
            row n = notice_find(w.st, party_of(&w, "ann"), &hazard[i]->s.id);
            uint32_t told = 0;
            for (row a = table_next(&w.st->alerts, 0); a != ROW_NONE; a = table_next(&w.st->alerts, a + 1)) told += alert_at(w.st, a)->a == n && alert_at(w.st, a)->b == r;
            assert_int_equal(told, 1);
        }
        assert_int_equal(w.st->alerts.used, 2);
        world_accept(&w, say_text(&w, KIND_FLIGHT_CANCEL, "bob", "bob", &way->s.id));
        state_check(w.st);
        world_close(&w);
    }
}

/* Two rows of one kind with one serial, whose timers stand at one time: which would be the first? Whoever redoes every checksum can write that. */
static void timers_that_are_alike(void **unused) {
    (void)unused;
    struct append bytes = append_growing(64 << 20);
    struct fault f = {0};
    struct arena a = {0};
    struct state *st;
    struct world w;
    struct id second = {{0}};
    uint64_t serial[2];
    world_small(&w);
    for (int i = 0; i < 2; i++) {
        struct said *s = say_flight(&w, "ann", FOR_ALL, -47, -126 + i, 0.1, 600, 7200);
        world_accept(&w, s);
        row r = flight_find(w.st, party_of(&w, "ann"), &s->s.id);
        serial[i] = flight_at(w.st, r)->serial;
        second = s->s.id;
    }
    assert_true(result_is_ok(kept_save(w.st, &bytes, &f)));
    uint32_t found = 0;
    for (size_t i = 0; i + sizeof second + 10 <= bytes.size; i++) { /* its id, its party, its serial */
        if (memcmp(bytes.at + i, &second, sizeof second) != 0) continue;
        uint8_t *at = (uint8_t *)bytes.at + i + sizeof second + 2;
        uint64_t is = 0;
        for (int k = 0; k < 8; k++) is = is << 8 | at[k];
        if (is != serial[1]) continue;
        for (int k = 0; k < 8; k++) at[k] = (uint8_t)(serial[0] >> (56 - 8 * k));
        found++;
    }
    assert_int_equal(found, 1);
    result r = kept_load(&bytes, 0, &w.genesis, &a, &st, &f);
    assert_int_equal(r.code, RESULT_ROT);
    assert_non_null(strstr(f.message, "flights, row 1: a timer of serial"));
    arena_free(&a);
    append_free(&bytes);
    world_close(&w);
}
int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_long_way_meets_all_along_it), cmocka_unit_test(timers_that_are_alike), 
        cmocka_unit_test(live_opens_flights_signed_only),
        cmocka_unit_test(moves), cmocka_unit_test(filing_is_checked), cmocka_unit_test(views_show_what_may_be_seen),
        cmocka_unit_test(views_of_what_waits), cmocka_unit_test(too_many_pairs_count_as_meeting),
        cmocka_unit_test(sealed_sections_open), cmocka_unit_test(opening_merges), cmocka_unit_test(a_sealed_flight_opens),
        cmocka_unit_test(what_was_replaced_opens_as_evidence), cmocka_unit_test(one_is_found_by_its_name),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
