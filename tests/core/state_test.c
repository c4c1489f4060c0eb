/* The state as a whole: capacities, repeats, time, order of effects, sealed statements, quotas, digest; random days. */
#include "core/quota.h"
#include "core/recent.h"
#include "core/settings.h"
#include "said.h"

static struct world w;
static void open_small(void) { world_small(&w); }
static void done(void) {
    world_replay(&w);
    world_close(&w);
}

static void capacities_are_bounded(void **unused) {
    (void)unused;
    struct fault f;
    size_t bytes, twice;
    static const size_t members[] = {offsetof(struct capacity, parties), offsetof(struct capacity, keys), offsetof(struct capacity, agreements),
        offsetof(struct capacity, areas), offsetof(struct capacity, feeds), offsetof(struct capacity, notices), offsetof(struct capacity, flights),
        offsetof(struct capacity, volumes), offsetof(struct capacity, vertices), offsetof(struct capacity, tracks), offsetof(struct capacity, alerts),
        offsetof(struct capacity, pending), offsetof(struct capacity, recent), offsetof(struct capacity, holds), offsetof(struct capacity, slots_log2)};
    static const char *const names[] = {"parties", "keys", "agreements", "areas", "feeds", "notices", "flights", "volumes", "vertices", "tracks",
        "alerts", "pending", "recent", "holds", "slots_log2"};
    assert_true(result_is_ok(state_memory(&said_capacity, &bytes, &f)));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        for (int high = 0; high < 2; high++) {
            struct capacity c = said_capacity;
            *(uint32_t *)(void *)((char *)&c + members[i]) = high ? UINT32_MAX : 0;
            assert_int_equal(state_memory(&c, &twice, &f).code, RESULT_RANGE);
            assert_non_null(strstr(f.field, names[i]));
        }
    struct capacity c = said_capacity;
    c.notices *= 2;
    assert_true(result_is_ok(state_memory(&c, &twice, &f)));
    assert_true(twice > bytes);
}
static double bytes_more(uint32_t volumes, uint32_t vertices, uint32_t flights, uint32_t notices) {
    struct fault f;
    size_t less, more;
    struct capacity c = said_capacity;
    c.volumes = c.notices = c.flights = 65536; /* above every other table, so that what all share grows with these */
    c.vertices = 1 << 20;
    assert_true(result_is_ok(state_memory(&c, &less, &f)));
    c.volumes += volumes;
    c.vertices += vertices;
    c.flights += flights;
    c.notices += notices;
    assert_true(result_is_ok(state_memory(&c, &more, &f)));
    return (double)(more - less);
}
/* What is promised: a volume of up to 16 vertices, with its place in the index and all that names it, in a kilobyte, and 16 bytes for each vertex more. Of the
 * memory that is taken, not of what happens to be in use. */
static void a_volume_fits_a_kilobyte(void **unused) {
    (void)unused;
    enum { N = 1 << 20 };
    double volume = bytes_more(N, 16 * N, 0, 0) / N, vertex = bytes_more(0, 16 * N, 0, 0) / (16.0 * N);
    print_message("# a volume of up to 16 vertices %.0f bytes, each vertex more %.1f (in steps of 16); a flight beside its volumes %.0f, a notice %.0f\n", volume, vertex,
                  bytes_more(0, 0, N, 0) / N, bytes_more(0, 0, 0, N) / N);
    assert_true(volume > 300 && volume <= 1024);
    assert_true(vertex >= 8 && vertex <= 16);
}
static void genesis_is_checked(void **unused) {
    (void)unused;
    struct fault f;
    struct arena a;
    struct state *st;
    size_t bytes;
    open_small();
    assert_true(result_is_ok(state_memory(&said_capacity, &bytes, &f)));
    assert_true(arena_take(&a, bytes));
    struct body_genesis *g = &w.genesis_section.body.genesis;
    w.founder[1].operator_ = true;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_RANGE);
    w.founder[1].operator_ = false;
    struct hash keep = w.founder[1].root_key;
    w.founder[1].root_key = w.founder[0].root_key;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_CONFLICT);
    w.founder[1].root_key = g->log_key;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_CONFLICT);
    w.founder[1].root_key = keep;
    g->founder_count = 0;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_RANGE);
    g->founder_count = 4;
    g->settings.warning_ns = 1;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_RANGE);
    g->settings.warning_ns = INT64_MIN;
    g->settings.separation_cm = -1;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_RANGE);
    assert_string_equal(f.field, "/separation_cm");
    g->settings.separation_cm = INT64_MIN;
    static char much[1000];
    memset(much, 'x', sizeof much);
    struct text origin = g->origin;
    g->origin = (struct text){much, sizeof much};
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_TOO_LARGE);
    assert_string_equal(f.field, "/origin");
    g->origin = origin;
    a.room = 4096;
    assert_int_equal(state_new(&a, &w.genesis, &st, &f).code, RESULT_FULL);
    a.room = bytes;
    arena_free(&a);
    done();
}
static void founders_are_there(void **unused) {
    (void)unused;
    struct name op = said_name("op"), root = said_name("root"), nobody = said_name("zed");
    open_small();
    assert_int_equal(state_party_count(w.st), 4);
    assert_int_equal(state_party_find(w.st, &op), PARTY_OPERATOR);
    assert_int_equal(state_party_find(w.st, &nobody), PARTY_NONE);
    assert_non_null(state_key(w.st, &op, &root));
    assert_null(state_key(w.st, &nobody, &root));
    assert_null(state_key(w.st, &op, &nobody));
    assert_true(name_equal(state_party_name(w.st, PARTY_OPERATOR), &op));
    struct name ann = said_name("ann"), feeder = said_name("feeder");
    assert_false(state_key_feeds_only(w.st, &nobody, &root) || state_key_feeds_only(w.st, &ann, &root) || state_key_feeds_only(w.st, &ann, &feeder));
    assert_int_equal(state_order(w.st), 0);
    assert_false(state_is_live(w.st));
    assert_true(text_is(state_origin(w.st), "sorrel.example/exercise"));
    assert_memory_equal(state_log(w.st), &w.genesis.hash, sizeof w.genesis.hash);
    assert_int_equal(state_capacity(w.st)->parties, 8);
    done();
}

static struct said *message(const char *from, const char *to) {
    struct section *b;
    struct said *x = say_body(&w, KIND_MESSAGE, from, "root", &b);
    b->body.message = (struct body_message){.text = TEXT("hello")};
    if (to) say_reader(b, READER_PARTY, to);
    return x;
}
static void a_repeat_gets_its_place_for_seven_days(void **unused) {
    (void)unused;
    open_small();
    struct said *x = message("ann", "bob");
    world_accept(&w, x);
    uint64_t place = w.out.place;
    world_accept(&w, message("ann", "bob"));
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    assert_int_equal(w.out.place, place);
    struct said *bad = say_text(&w, KIND_KEY_OBJECT, "ann", NULL, NULL);
    world_refuse(&w, bad, REASON_BAD_STATE);
    place = w.out.place;
    assert_int_equal(world_say(&w, bad), VERDICT_REPEATED); /* a refusal stands too */
    assert_int_equal(w.out.place, place);
    bad->signer[0].verified = false; /* without a signature nobody learns where it stands */
    world_refuse(&w, bad, REASON_SIGNATURE_NEEDED);
    assert_int_equal(w.out.party, PARTY_NONE);
    bad->signer[0].verified = true;
    world_pass(&w, LIMIT_DEDUPE_NS - 1);
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    w.now += 1;
    world_accept(&w, x);
    world_pass(&w, 1);
    done();
}
static void an_attested_repeat_is_its_partys(void **unused) {
    (void)unused;
    open_small();
    struct said *x = message("ann", "bob");
    say_attest(x, "ann", "root");
    x->s.signer_count = 0;
    world_accept(&w, x);
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    x->s.attested = said_name("bob"); /* the identity holds the party: only a broken door sends this */
    world_accept(&w, x);
    done();
}

static void sections_go_to_their_readers(void **unused) {
    (void)unused;
    static const char *const two[] = {"ann", "bob", NULL};
    open_small();
    struct said *x = say_agreement(&w, "pact", 1, two, NULL);
    world_accept(&w, x);
    struct { enum reader_kind kind; const char *name; int told[4]; uint32_t marks; } cases[] = {
        {READER_WORLD, "", {1, 0, 1, 1}, 0},
        {READER_LOG, "", {1, 0, 1, 1}, 0},
        {READER_PARTY, "cat", {0, 0, 0, 1}, 0},
        {READER_PARTY, "ann", {0, 0, 0, 0}, 0},
        {READER_AGREEMENT, "pact", {0, 0, 1, 0}, 0},
        {READER_AGREEMENT, "none", {0, 0, 0, 0}, OUTCOME_MARK_NO_READER},
        {READER_PARTY, "zed", {0, 0, 0, 0}, OUTCOME_MARK_NO_READER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        x = message("ann", NULL);
        say_reader(&x->section[0], cases[i].kind, cases[i].name);
        world_accept(&w, x);
        for (uint16_t p = 0; p < 4; p++) assert_int_equal(world_told(&w, TOLD_STATEMENT, p), cases[i].told[p]);
        assert_int_equal(w.out.marks, cases[i].marks);
    }
    x = message("cat", NULL); /* of an agreement of others cat does not even learn that there is one; its parties hear all the same */
    say_reader(&x->section[0], READER_AGREEMENT, "pact");
    world_accept(&w, x);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, 1) + world_told(&w, TOLD_STATEMENT, 2), 2);
    assert_int_equal(w.out.marks, OUTCOME_MARK_NO_READER);
    struct reader world = {.kind = READER_WORLD}, log = {.kind = READER_LOG}, pact = {.kind = READER_AGREEMENT, .name = said_name("pact")};
    assert_true(state_may_read(w.st, PARTY_NONE, &world));
    assert_false(state_may_read(w.st, PARTY_NONE, &log));
    assert_true(state_may_read(w.st, 1, &pact));
    assert_false(state_may_read(w.st, 3, &pact));
    done();
}
static void forks_raise_an_alarm(void **unused) {
    (void)unused;
    open_small();
    struct said *x = message("ann", "bob");
    x->s.has_seen = true;
    x->s.seen_size = 7;
    world_accept(&w, x);
    assert_int_equal(w.out.marks, OUTCOME_MARK_FORK);
    assert_int_equal(world_told(&w, TOLD_LAPSED, 0), 1);
    x = message("ann", "bob");
    x->s.has_seen = x->s.seen_is_prefix = true;
    world_accept(&w, x);
    assert_int_equal(w.out.marks, 0);
    done();
}

static void ticks_count(void **unused) {
    (void)unused;
    open_small();
    struct said *x = say_tick(&w);
    x->s.tick.tick = 2;
    world_refuse(&w, x, REASON_CLOCK);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(state_tick(w.st), 1);
    assert_int_equal(w.out.party, PARTY_OPERATOR);
    x = say_tick(&w);
    x->s.origin = ORIGIN_SIGNED;
    world_refuse(&w, x, REASON_NOT_OPERATOR);
    assert_int_equal(state_time(w.st), w.now);
    done();
}
static struct said *clock_say(const char *party, int64_t now, int64_t error) {
    struct section *b;
    struct said *x = say_body(&w, KIND_CLOCK, party, "root", &b);
    b->body.clock = (struct body_clock){w.now + now, error};
    return x;
}
/* Numbers without a gap; a digest for the last of them, once. */
static void snapshots_and_their_digests(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, say_snapshot_digest(&w, 1), REASON_STALE);
    world_accept(&w, say_snapshot(&w));
    uint64_t order = state_order(w.st);
    assert_int_equal(state_snapshots(w.st), 1);
    assert_int_equal(state_snapshot_order(w.st), order);
    struct said *x = say_snapshot(&w);
    x->s.snapshot.number = 1;
    world_refuse(&w, x, REASON_STALE);
    x = say_snapshot(&w);
    x->s.snapshot.number = 3;
    world_refuse(&w, x, REASON_STALE);
    world_refuse(&w, say_snapshot_digest(&w, order + 1), REASON_STALE);
    struct hash before = state_digest(w.st), after;
    world_accept(&w, say_snapshot_digest(&w, order));
    after = state_digest(w.st);
    assert_false(hash_equal(&before, &after));
    assert_int_equal(state_snapshot_order(w.st), 0);
    world_refuse(&w, say_snapshot_digest(&w, order), REASON_STALE);
    world_accept(&w, say_snapshot(&w));
    world_accept(&w, say_snapshot(&w)); /* the one before was not kept */
    assert_int_equal(state_snapshots(w.st), 3);
    world_refuse(&w, say_snapshot_digest(&w, state_order(w.st) - 1), REASON_STALE); /* refused itself, it takes an order */
    world_accept(&w, say_snapshot_digest(&w, state_snapshot_order(w.st)));
    x = say_snapshot(&w); /* nobody else says them */
    x->s.origin = ORIGIN_SIGNED;
    assert_int_equal(world_say(&w, x), VERDICT_REFUSED);
    assert_int_equal(w.out.reason, REASON_NOT_OPERATOR);
    done();
}
static void an_unsure_clock_is_told_and_marked(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, clock_say("op", 0, 0), REASON_CLOCK);
    struct said *x = say_tick(&w);
    x->s.tick.unsure = true;
    world_accept(&w, x);
    assert_int_equal(world_told(&w, TOLD_CLOCK, PARTY_NONE), 4);
    x = say_tick(&w);
    x->s.tick.unsure = true;
    world_accept(&w, x);
    assert_int_equal(world_told(&w, TOLD_CLOCK, PARTY_NONE), 0); /* once */
    world_accept(&w, message("ann", "bob"));
    assert_int_equal(w.out.marks, OUTCOME_MARK_UNSURE);
    world_refuse(&w, clock_say("ann", 0, 0), REASON_NOT_OPERATOR);
    world_refuse(&w, clock_say("op", -2, 1), REASON_CLOCK);
    world_refuse(&w, clock_say("op", 0, -1), REASON_BODY);
    world_accept(&w, clock_say("op", 0, 5));
    assert_int_equal(world_told(&w, TOLD_CLOCK, PARTY_NONE), 4);
    world_accept(&w, message("ann", "bob"));
    assert_int_equal(w.out.marks, 0);
    done();
}

static struct said *settings_say(const char *party) {
    struct section *b;
    struct said *x = say_body(&w, KIND_SETTINGS, party, "root", &b);
    b->body.settings = w.genesis_section.body.genesis.settings;
    return x;
}
static void settings_are_the_operators(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, settings_say("ann"), REASON_NOT_OPERATOR);
    struct said *x = settings_say("op");
    x->section[0].body.settings.warning_ns = 0;
    world_refuse(&w, x, REASON_BODY);
    x = settings_say("op");
    x->section[0].body.settings.offsets = (struct altitude_offsets){.geoid_low = 1};
    x->section[0].body.settings.has_offsets = true;
    world_refuse(&w, x, REASON_BODY);
    x = settings_say("op");
    x->section[0].body.settings.hold_repeat_ns = 5 * INSTANT_SECOND;
    x->section[0].body.settings.has_offsets = true;
    world_accept(&w, x);
    assert_int_equal(w.st->settings.hold_repeat_ns, 5 * INSTANT_SECOND);
    assert_int_equal(w.st->settings.warning_ns, settings_default.warning_ns);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 3); /* all but the operator */
    x = settings_say("op");
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    done();
}

static struct said *sealed(const char *party, enum statement_kind kind, int64_t open_in) {
    struct said *x = say(&w, kind);
    say_sign(&w, x, party, "root");
    x->s.open_by = w.now + open_in;
    return x;
}
static void at_most_eight_are_sealed(void **unused) {
    (void)unused;
    open_small();
    for (int i = 0; i < LIMIT_SEALED_UNOPENED; i++) world_accept(&w, sealed("ann", KIND_NOTICE, (20 - i) * INSTANT_SECOND));
    world_refuse(&w, sealed("ann", KIND_NOTICE, INSTANT_SECOND), REASON_SEALED_LIMIT);
    world_accept(&w, sealed("bob", KIND_FLIGHT, 13 * INSTANT_SECOND));
    world_refuse(&w, sealed("bob", KIND_NOTICE, 0), REASON_BODY);
    struct said *x = sealed("bob", KIND_MESSAGE, INSTANT_SECOND);
    world_refuse(&w, x, REASON_BODY);
    x = sealed("bob", KIND_NOTICE, INSTANT_SECOND);
    say_attest(x, "bob", "root");
    x->s.signer_count = 0;
    world_refuse(&w, x, REASON_MUST_BE_SIGNED);
    x = sealed("bob", KIND_NOTICE, INSTANT_SECOND);
    for (int i = 0; i < LIMIT_SECTIONS; i++) say_section(x, "public");
    world_refuse(&w, x, REASON_BODY);
    world_pass(&w, 13 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_UNOPENED, 0), 2); /* ann's first notice and bob's flight: the operator */
    assert_int_equal(world_told(&w, TOLD_UNOPENED, 1), 1);
    assert_int_equal(world_told(&w, TOLD_UNOPENED, 2), 2);
    assert_int_equal(world_told(&w, TOLD_UNOPENED, 3), 1); /* a sealed flight is nobody else's business */
    world_pass(&w, 7 * INSTANT_SECOND);
    assert_int_equal(world_told(&w, TOLD_UNOPENED, 3), 7);
    world_pass(&w, INSTANT_HOUR);
    assert_int_equal(world_told(&w, TOLD_UNOPENED, PARTY_NONE), 0);
    done();
}

static void shares_of_recent_statements(void **unused) {
    (void)unused;
    static const char *const two[] = {"op", "ann", NULL};
    struct capacity c = said_capacity;
    c.recent = 8 * 16; /* 16 each, 14 of them for ordinary use */
    world_open(&w, &c, false, two);
    struct section *b;
    for (int i = 0; i < 14; i++) {
        struct said *x = say_body(&w, KIND_FEED, "ann", "root", &b);
        b->body.feed.feed = said_name("radar");
        world_accept(&w, x);
    }
    struct said *x = say_body(&w, KIND_FEED, "ann", "root", &b);
    b->body.feed.feed = said_name("radar");
    world_refuse(&w, x, REASON_FULL);
    assert_string_equal(w.out.detail, "recent");
    struct said *again = message("ann", "op");
    world_accept(&w, message("ann", "op")); /* the reserve */
    world_accept(&w, message("ann", "op"));
    world_refuse(&w, again, REASON_FULL);
    world_refuse(&w, again, REASON_FULL); /* not a repeat: it may be taken later */
    world_accept(&w, message("op", "ann")); /* nobody else is starved */
    world_pass(&w, LIMIT_DEDUPE_NS);
    world_accept(&w, again);
    done();
}
/* A week after very many came in one second they are gone for everybody at once, and their rows are taken out of the index by and by: what is said meanwhile has room. */
static void a_crowd_of_a_week_ago_goes(void **unused) {
    (void)unused;
    enum { EACH = LIMIT_RECENT_APART };
    static const char *const two[] = {"op", "ann", NULL};
    struct capacity c = said_capacity;
    c.parties = 2;
    c.recent = 2 * EACH;
    world_open(&w, &c, false, two);
    w.quick = true;
    struct said *first = NULL, *last = NULL;
    for (uint32_t used = w.st->recent.used; used < 2 * EACH; used = w.st->recent.used) {
        bool full = w.st->parties[0].used[QUOTA_RECENT] == EACH;
        world_accept(&w, last = message(full ? "ann" : "op", NULL));
        if (first == NULL) first = last;
    }
    world_refuse(&w, message("op", "ann"), REASON_FULL);
    world_pass(&w, LIMIT_DEDUPE_NS);
    assert_true(w.st->recent.used == 0 && w.st->recent.leaving == EACH && recent_find(w.st, &last->s.hash) == ROW_NONE);
    state_check(w.st);
    world_accept(&w, last); /* not a repeat any more, though its old row is still in the index: and now it is one again */
    world_say(&w, last);
    assert_int_equal(w.out.verdict, VERDICT_REPEATED);
    for (uint32_t used = w.st->recent.used; used < 2 * EACH; used = w.st->recent.used) {
        bool full = w.st->parties[0].used[QUOTA_RECENT] == EACH;
        world_accept(&w, message(full ? "ann" : "op", NULL));
    }
    assert_int_equal(w.st->recent.leaving, 0);
    state_check(w.st);
    world_pass(&w, LIMIT_DEDUPE_NS);
    world_pass(&w, INSTANT_SECOND);
    assert_true(w.st->recent.used == 0 && w.st->recent.leaving == 0);
    world_accept(&w, first);
    done();
}
static void the_digest_forgets_rows(void **unused) {
    (void)unused;
    /* Two journals that make and end areas in another order have other rows, other free lists and another index, but the same
     * areas; what then differs is only what must: serials are by order, so the areas are made in the same order. */
    struct hash digest[2];
    for (int turn = 0; turn < 2; turn++) {
        open_small();
        struct id gone[3], kept[3];
        for (int i = 0; i < 3; i++) {
            struct section *b;
            struct said *x = say_body(&w, KIND_AREA, "ann", "root", &b);
            b->body.area = (struct body_area){TEXT("gone"), x->volume, 1};
            say_square(x, 0, &w, 10 + i, 10, 0.5, 0, 1000);
            world_accept(&w, x);
            gone[i] = x->s.id;
        }
        struct said *end[3];
        for (int i = 0; i < 3; i++) {
            int k = turn ? 2 - i : i;
            end[k] = say_text(&w, KIND_AREA_END, "ann", "ann", &gone[k]);
        }
        /* the same statements at the same orders, but the rows go in another order */
        uint64_t n = 1000;
        for (int i = 0; i < 3; i++) {
            struct said *x = end[turn ? 2 - i : i];
            x->s.hash = sha256_of(&n, sizeof n);
            n++;
            world_accept(&w, x);
        }
        for (int i = 0; i < 3; i++) {
            struct section *b;
            w.counter = 2000 + (uint64_t)i;
            struct said *x = say_body(&w, KIND_AREA, "ann", "root", &b);
            b->body.area = (struct body_area){TEXT("kept"), x->volume, 1};
            say_square(x, 0, &w, 20 + i, 10, 0.5, 0, 1000);
            world_accept(&w, x);
            kept[i] = x->s.id;
        }
        assert_true(area_find(w.st, 1, &kept[0]) != ROW_NONE);
        if (turn) assert_true(area_find(w.st, 1, &kept[0]) == 0);
        else assert_true(area_find(w.st, 1, &kept[0]) == 2);
        digest[turn] = state_digest(w.st);
        done();
    }
    assert_memory_equal(&digest[0], &digest[1], sizeof digest[0]);
}
static void refusals_change_nothing_else(void **unused) {
    (void)unused;
    /* A refusal and a message without readers leave the same but for the refusal's own traces: stream, recent row, order. */
    open_small();
    struct hash before = state_digest(w.st), after;
    struct said *x = say_text(&w, KIND_KEY_OBJECT, "ann", NULL, NULL);
    uint64_t size = state_stream_size(w.st, 1);
    instant time = w.st->time, ticked = w.st->ticked;
    world_refuse(&w, x, REASON_BAD_STATE);
    assert_int_equal(w.fx->count, 0);
    assert_int_equal(state_stream_size(w.st, 1), size + 1);
    assert_int_equal(w.st->parties[1].used[QUOTA_RECENT], 1);
    /* undo the traces by hand: the digest is the old one */
    w.now += LIMIT_DEDUPE_NS;
    world_pass(&w, 0);
    w.st->parties[1].stream_size--;
    w.st->parties[0].stream_size--;
    w.st->order = w.st->tick = 0;
    w.st->clock_error_ns = 0;
    w.st->time = time;
    w.st->ticked = ticked;
    after = state_digest(w.st);
    assert_memory_equal(&before, &after, sizeof before);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacities_are_bounded), cmocka_unit_test(a_volume_fits_a_kilobyte), cmocka_unit_test(genesis_is_checked), cmocka_unit_test(founders_are_there),
        cmocka_unit_test(a_repeat_gets_its_place_for_seven_days), cmocka_unit_test(an_attested_repeat_is_its_partys),
        cmocka_unit_test(sections_go_to_their_readers), cmocka_unit_test(forks_raise_an_alarm), cmocka_unit_test(ticks_count), cmocka_unit_test(snapshots_and_their_digests),
        cmocka_unit_test(an_unsure_clock_is_told_and_marked), cmocka_unit_test(settings_are_the_operators), cmocka_unit_test(at_most_eight_are_sealed),
        cmocka_unit_test(shares_of_recent_statements), cmocka_unit_test(a_crowd_of_a_week_ago_goes), cmocka_unit_test(the_digest_forgets_rows), cmocka_unit_test(refusals_change_nothing_else),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
