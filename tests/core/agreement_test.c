/* Agreements (versions, dates, moves of members), notes that wait for signatures, areas, feeds, messages. */
#include "said.h"

static struct world w;
static const char *const ann_bob[] = {"ann", "bob", NULL}, *const ann_bob_cat[] = {"ann", "bob", "cat", NULL}, *const bob_cat[] = {"bob", "cat", NULL},
    *const ann_zed[] = {"ann", "zed", NULL}, *const ann_ann[] = {"ann", "ann", NULL}, *const ann_alone[] = {"ann", NULL};
static void open_small(void) { world_small(&w); }
static void done(void) {
    world_replay(&w);
    world_close(&w);
}
static row pact(void) {
    struct name n = said_name("pact");
    return agreement_find_name(w.st, &n);
}
/* Which version is in force now; 0: none. */
static uint32_t in_force(void) {
    const struct agreement_version *v = agreement_in_force(w.st, pact(), w.st->time);
    return v ? v->version : 0;
}

static void all_of_them_sign(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *x = say_agreement(&w, "pact", 1, ann_bob, &b);
    say_reader(&x->section[0], READER_AGREEMENT, "pact");
    x->signer[1].verified = false;
    assert_int_equal(world_say(&w, x), VERDICT_PENDING);
    assert_int_equal(w.out.missing[0], 2);
    assert_int_equal(w.out.party, 1);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, 2), 1); /* bob is asked */
    assert_int_equal(w.fx->count, 1);
    uint64_t place = w.out.place;
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    assert_int_equal(w.out.place, place);
    x->s.section_count = 0; /* a reader who sends it on without its section harms nobody */
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    x->s.section_count = 1;
    assert_int_equal(pact(), ROW_NONE);
    x->signer[1].verified = true;
    x->signer[0].verified = false;
    world_accept(&w, x); /* bob sends his line alone */
    assert_int_equal(w.out.party, 2);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, 1), 1);
    assert_int_equal(in_force(), 1);
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED);
    struct id id = x->s.id;
    assert_int_equal(agreement_find(w.st, 1, &id), pact()); /* under the first key of `by` */
    done();
}
static void what_waits_lapses(void **unused) {
    (void)unused;
    open_small();
    struct said *x = say_agreement(&w, "pact", 1, ann_bob, NULL);
    x->signer[1].verified = false;
    assert_int_equal(world_say(&w, x), VERDICT_PENDING);
    world_pass(&w, LIMIT_PENDING_NS - 1);
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 0);
    world_pass(&w, 1);
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 2);
    assert_int_equal(w.st->pending.used, 0);
    x->signer[1].verified = true;
    x->signer[0].verified = false;
    assert_int_equal(world_say(&w, x), VERDICT_PENDING); /* begins anew */
    for (int i = 0; i < 3; i++) { /* 4 each */
        struct said *y = say_agreement(&w, "other", 1, ann_bob, NULL);
        y->signer[0].verified = false;
        assert_int_equal(world_say(&w, y), VERDICT_PENDING);
    }
    struct said *y = say_agreement(&w, "other", 1, ann_bob, NULL);
    y->signer[0].verified = false;
    world_refuse(&w, y, REASON_FULL);
    assert_string_equal(w.out.detail, "pending");
    y = say_agreement(&w, "other", 1, ann_bob, NULL);
    y->signer[1].verified = false;
    assert_int_equal(world_say(&w, y), VERDICT_PENDING); /* ann's own share */
    done();
}
static void a_key_revoked_meanwhile_spoils_it(void **unused) {
    (void)unused;
    open_small();
    struct said *x = say_agreement(&w, "pact", 1, ann_bob, NULL);
    x->signer[1].verified = false;
    assert_int_equal(world_say(&w, x), VERDICT_PENDING);
    struct section *b;
    struct said *r = say_body(&w, KIND_KEY_REVOKE, "ann", "root", &b);
    b->body.key_revoke = (struct body_key_revoke){said_name("root"), w.now, TEXT("")};
    world_accept(&w, r);
    x->signer[1].verified = true;
    world_refuse(&w, x, REASON_KEY_REVOKED);
    assert_int_equal(w.out.party, 2);
    assert_int_equal(w.st->pending.used, 0);
    done();
}
static void bodies_are_judged(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *x;
    world_refuse(&w, say_agreement(&w, "pact", 2, ann_bob, NULL), REASON_VERSION);
    x = say_agreement(&w, "pact", 1, ann_zed, NULL);
    x->s.signer_count = 1;
    world_refuse(&w, x, REASON_UNKNOWN_PARTY);
    x = say_agreement(&w, "pact", 1, ann_ann, NULL);
    x->s.signer_count = 1;
    world_refuse(&w, x, REASON_BODY);
    world_refuse(&w, say_agreement(&w, "pact", 1, ann_alone, NULL), REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, NULL);
    x->s.signer_count = 1; /* bob is not asked at all */
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    x = say_agreement(&w, "pact", 1, ann_bob, NULL);
    say_sign(&w, x, "cat", "root");
    world_refuse(&w, x, REASON_BODY);
    world_key(&w, "bob", "desk", false);
    x = say_agreement(&w, "pact", 1, ann_bob, NULL);
    x->s.signer_count = 1;
    say_sign(&w, x, "bob", "desk");
    world_refuse(&w, x, REASON_NOT_ROOT);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    b->until = w.now;
    world_refuse(&w, x, REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    b->separation_cm = -1;
    world_refuse(&w, x, REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    x->rule[0].binds = 3;
    world_refuse(&w, x, REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    x->rule[0].tail_ns = -1;
    world_refuse(&w, x, REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    x->rule[1] = x->rule[0];
    b->rule_count = 2;
    world_refuse(&w, x, REASON_BODY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    say_on(x, "cat", &x->s.id);
    world_refuse(&w, x, REASON_NOT_OWNER);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    say_on(x, "zed", &x->s.id);
    world_refuse(&w, x, REASON_UNKNOWN_PARTY);
    x = say_agreement(&w, "pact", 1, ann_bob, &b);
    say_prev(x, &x->s.hash);
    world_refuse(&w, x, REASON_STALE);
    world_accept(&w, say_agreement(&w, "pact", 1, ann_bob, NULL));
    world_refuse(&w, say_agreement(&w, "pact", 1, bob_cat, NULL), REASON_NAME_USED);
    world_accept(&w, say_agreement(&w, "two", 1, ann_bob, NULL));
    world_refuse(&w, say_agreement(&w, "three", 1, ann_bob, NULL), REASON_FULL); /* 2 each */
    world_accept(&w, say_agreement(&w, "three", 1, bob_cat, NULL));
    done();
}
static struct said *version(const struct id *id, uint32_t v, const char *const *parties, int64_t from, struct body_agreement **b) {
    struct body_agreement *own;
    struct said *x = say_agreement(&w, "pact", v, parties, &own);
    say_on(x, "ann", id);
    own->from = w.now + from;
    if (b) *b = own;
    return x;
}
static void versions_follow_each_other(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *first = say_agreement(&w, "pact", 1, ann_bob, NULL), *x;
    struct id id = first->s.id;
    world_accept(&w, first);
    world_refuse(&w, version(&id, 1, ann_bob, 0, NULL), REASON_VERSION);
    world_refuse(&w, version(&id, 3, ann_bob, 0, NULL), REASON_VERSION);
    x = version(&id, 2, ann_bob, 0, &b);
    b->name = said_name("pakt");
    world_refuse(&w, x, REASON_BODY);
    x = version(&id, 2, ann_bob, 0, NULL);
    say_prev(x, &x->s.hash);
    world_refuse(&w, x, REASON_STALE);
    x = version(&id, 2, bob_cat, 0, NULL); /* ann is not put out without her word */
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    x = version(&id, 2, ann_bob_cat, 10 * INSTANT_SECOND, NULL);
    say_prev(x, &first->s.hash);
    world_accept(&w, x);
    assert_int_equal(in_force(), 1);
    assert_false(agreement_has(w.st, pact(), 3, w.st->time));
    world_pass(&w, 9 * INSTANT_SECOND);
    assert_int_equal(in_force(), 1);
    world_pass(&w, INSTANT_SECOND);
    assert_int_equal(in_force(), 2);
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 3);
    assert_true(agreement_has(w.st, pact(), 3, w.st->time));
    x = version(&id, 3, ann_bob_cat, 0, &b);
    b->until = w.now + 5 * INSTANT_SECOND;
    world_accept(&w, x);
    assert_int_equal(in_force(), 3);
    world_pass(&w, 5 * INSTANT_SECOND);
    assert_int_equal(in_force(), 0); /* nothing revives a version that was replaced */
    for (uint32_t v = 4; v < 7; v++) world_accept(&w, version(&id, v, ann_bob_cat, v * INSTANT_HOUR, NULL));
    world_refuse(&w, version(&id, 7, ann_bob_cat, 9 * INSTANT_HOUR, NULL), REASON_FULL);
    world_pass(&w, 6 * INSTANT_HOUR);
    assert_int_equal(in_force(), 6);
    world_accept(&w, version(&id, 7, ann_bob_cat, 9 * INSTANT_HOUR, NULL));
    done();
}
static void rules_are_by_category(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *x = say_agreement(&w, "pact", 1, ann_bob, &b);
    x->rule[1] = x->rule[0];
    x->rule[1].category = said_name("missile");
    b->rule_count = 2;
    world_accept(&w, x);
    world_accept(&w, say_agreement(&w, "aaa", 1, bob_cat, NULL));
    struct name missile = said_name("missile"), other = said_name("uas");
    const struct agreement_version *v = agreement_in_force(w.st, pact(), w.st->time);
    assert_true(name_equal(&agreement_rule(v, &missile)->category, &missile));
    assert_string_equal(agreement_rule(v, &other)->category.at, "default");
    row rows[4], both;
    assert_int_equal(agreements_of(w.st, 2, w.st->time, rows, 4), 2);
    assert_true(rows[1] == pact());
    assert_int_equal(agreements_of(w.st, 2, w.st->time, rows, 1), 1);
    assert_true(rows[0] != pact());
    assert_true(agreement_both(w.st, 1, 2, w.st->time, &both) && both == pact());
    assert_false(agreement_both(w.st, 1, 3, w.st->time, &both));
    done();
}
/* Whichever was made first, and stands first in its table. */
static void of_two_agreements_the_first_by_name_counts(void **unused) {
    (void)unused;
    for (int swapped = 0; swapped < 2; swapped++) {
        row both = ROW_NONE;
        open_small();
        world_accept(&w, say_agreement(&w, swapped ? "aaa" : "pact", 1, ann_bob, NULL));
        assert_true(agreement_both(w.st, 1, 2, w.st->time, &both));
        world_accept(&w, say_agreement(&w, swapped ? "pact" : "aaa", 1, ann_bob_cat, NULL));
        assert_true(agreement_both(w.st, 1, 2, w.st->time, &both));
        assert_string_equal(agreement_at(w.st, both)->name.at, "aaa");
        done();
    }
}
/* Who leaves before the first version is in force is bound by what that version says. */
static void leaving_what_is_not_in_force_yet(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *x = say_agreement(&w, "pact", 1, ann_bob_cat, &b);
    b->from = w.now + INSTANT_HOUR / 2;
    b->withdraw_notice_s = 7200;
    world_accept(&w, x);
    assert_int_equal(in_force(), 0);
    struct said *leave = say_text(&w, KIND_AGREEMENT_LEAVE, "cat", "ann", &x->s.id);
    leave->section[0].body.agreement_date.from = w.now + 2 * INSTANT_HOUR - 1;
    world_refuse(&w, leave, REASON_BODY);
    leave = say_text(&w, KIND_AGREEMENT_LEAVE, "cat", "ann", &x->s.id);
    world_accept(&w, leave);
    world_pass(&w, 2 * INSTANT_HOUR - 1);
    assert_true(agreement_has(w.st, pact(), 3, w.st->time));
    world_pass(&w, 1);
    assert_false(agreement_has(w.st, pact(), 3, w.st->time));
    assert_true(agreement_has(w.st, pact(), 2, w.st->time));
    done();
}
static void members_suspend_resume_and_leave(void **unused) {
    (void)unused;
    open_small();
    struct said *x = say_agreement(&w, "pact", 1, ann_bob_cat, NULL);
    struct id id = x->s.id, none = {{1}};
    struct hash last;
    world_accept(&w, x);
    world_refuse(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "ann", "ann", &none), REASON_UNKNOWN_ENTITY);
    world_refuse(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "op", "ann", &id), REASON_UNKNOWN_ENTITY); /* a stranger learns nothing */
    world_refuse(&w, say_text(&w, KIND_AGREEMENT_RESUME, "cat", "ann", &id), REASON_BAD_STATE);
    x = say_text(&w, KIND_AGREEMENT_SUSPEND, "cat", "ann", &id);
    last = x->s.hash;
    world_accept(&w, x);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 2); /* the rest see what is uncovered */
    assert_false(agreement_has(w.st, pact(), 3, w.st->time));
    assert_int_equal(in_force(), 1);
    world_refuse(&w, say_text(&w, KIND_AGREEMENT_SUSPEND, "cat", "ann", &id), REASON_BAD_STATE);
    x = say_text(&w, KIND_AGREEMENT_RESUME, "cat", "ann", &id);
    say_prev(x, &x->s.hash);
    world_refuse(&w, x, REASON_STALE);
    x = say_text(&w, KIND_AGREEMENT_RESUME, "cat", "ann", &id);
    say_prev(x, &last);
    world_accept(&w, x);
    assert_true(agreement_has(w.st, pact(), 3, w.st->time));
    x = say_text(&w, KIND_AGREEMENT_SUSPEND, "cat", "ann", &id);
    x->section[0].body.agreement_date.from = w.now + 3 * INSTANT_SECOND;
    world_accept(&w, x);
    assert_true(agreement_has(w.st, pact(), 3, w.st->time));
    world_pass(&w, 3 * INSTANT_SECOND);
    assert_false(agreement_has(w.st, pact(), 3, w.st->time));
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 3);
    x = say_text(&w, KIND_AGREEMENT_LEAVE, "bob", "ann", &id);
    x->section[0].body.agreement_date.from = w.now + INSTANT_HOUR - 1; /* an hour was agreed */
    world_refuse(&w, x, REASON_BODY);
    world_accept(&w, say_text(&w, KIND_AGREEMENT_LEAVE, "bob", "ann", &id));
    world_refuse(&w, say_text(&w, KIND_AGREEMENT_LEAVE, "bob", "ann", &id), REASON_BAD_STATE);
    assert_int_equal(in_force(), 1);
    world_pass(&w, INSTANT_HOUR);
    assert_int_equal(in_force(), 0); /* ann alone is no agreement */
    x = say_text(&w, KIND_AGREEMENT_RESUME, "cat", "ann", &id);
    world_accept(&w, x);
    assert_int_equal(in_force(), 1);
    x = say_text(&w, KIND_AGREEMENT_LEAVE, "ann", "ann", &id);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    done();
}
static void an_agreement_may_demand_signatures(void **unused) {
    (void)unused;
    open_small();
    struct body_agreement *b;
    struct said *x = say_agreement(&w, "pact", 1, ann_bob, &b);
    struct id id = x->s.id;
    b->signed_only = true;
    world_accept(&w, x);
    for (int i = 0; i < 2; i++) {
        x = say_text(&w, KIND_AGREEMENT_LEAVE, i ? "cat" : "ann", "ann", &id);
        say_attest(x, i ? "cat" : "ann", "root");
        x->s.signer_count = 0;
        world_refuse(&w, x, i ? REASON_UNKNOWN_ENTITY : REASON_MUST_BE_SIGNED);
    }
    done();
}

/* ---- areas ---- */
static struct said *area_say(const char *party, double lat, double lon, double size, int64_t from, int64_t to) {
    struct section *b;
    struct said *x = say_body(&w, KIND_AREA, party, "root", &b);
    say_square(x, 0, &w, lat, lon, size, from, to);
    b->body.area = (struct body_area){TEXT("Sector"), x->volume, 1};
    say_reader(b, READER_LOG, "");
    return x;
}
static uint32_t responsible(double lat, double lon, uint16_t out[4]) {
    struct position p = {(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)};
    struct volume v = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 100, .at = &p}, .lower = {1000, ALTITUDE_AMSL}, .upper = {1000, ALTITUDE_AMSL}};
    return area_responsible(w.st, &v, w.st->time, out, 4);
}
static void areas_need_their_neighbours_word(void **unused) {
    (void)unused;
    uint16_t who[4];
    struct id id, none = {{1}};
    open_small();
    struct said *x = area_say("ann", -47, -126, 1, 0, 10000);
    world_accept(&w, x);
    id = x->s.id;
    struct hash last = x->s.hash;
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 3);
    assert_int_equal(responsible(-46.5, -125.5, who), 1);
    assert_int_equal(who[0], 1);
    assert_int_equal(responsible(-40, -125.5, who), 0);
    world_refuse(&w, area_say("bob", -46.5, -125.5, 1, 0, 10000), REASON_OVERLAP);
    assert_non_null(strstr(w.out.detail, "ann"));
    world_accept(&w, area_say("bob", -46.5, -125.5, 1, 20000, 30000)); /* later */
    world_accept(&w, area_say("ann", -46.7, -125.7, 0.1, 0, 10000));   /* its own */
    x = area_say("bob", -46.5, -125.5, 1, 0, 10000);
    say_sign(&w, x, "ann", "root");
    world_refuse(&w, x, REASON_BODY); /* whose is it to be? */
    x = area_say("bob", -46.5, -125.5, 1, 0, 10000);
    say_on(x, "bob", &x->s.id);
    say_sign(&w, x, "cat", "root");
    world_refuse(&w, x, REASON_OVERLAP); /* the wrong one consents */
    x = area_say("bob", -46.5, -125.5, 1, 0, 10000);
    say_on(x, "bob", &x->s.id);
    say_sign(&w, x, "ann", "root");
    world_accept(&w, x);
    x = area_say("ann", -46.4, -125.4, 0.1, 0, 10000); /* the neighbour sends what the owner signs too */
    say_on(x, "bob", &x->s.id);
    say_sign(&w, x, "bob", "root");
    world_accept(&w, x);
    world_accept(&w, say_text(&w, KIND_AREA_END, "bob", "bob", &x->s.id));
    assert_int_equal(responsible(-46.4, -125.4, who), 2);
    assert_true(who[0] == 1 && who[1] == 2);
    x = area_say("bob", 0, 0, 1, 0, 10000);
    say_on(x, "ann", &id);
    world_refuse(&w, x, REASON_NOT_OWNER);
    x = area_say("ann", 0, 0, 1, 0, 10000);
    say_on(x, "ann", &id);
    say_prev(x, &x->s.hash);
    world_refuse(&w, x, REASON_STALE);
    x = area_say("ann", 0, 0, 1, 0, 10000);
    say_on(x, "ann", &id);
    say_prev(x, &last);
    world_accept(&w, x); /* moved */
    assert_int_equal(responsible(-46.9, -125.9, who), 0);
    assert_int_equal(responsible(0.5, 0.5, who), 1);
    x = area_say("ann", 0, 0, 1, 0, 10000);
    x->section[0].body.area.volume_count = 0;
    world_refuse(&w, x, REASON_BODY);
    x = area_say("ann", 0, 0, 1, 0, 10000);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    x = area_say("ann", 0, 0, 1, 0, 10000);
    say_prev(x, &last);
    world_refuse(&w, x, REASON_STALE);
    world_refuse(&w, say_text(&w, KIND_AREA_END, "ann", "ann", &none), REASON_UNKNOWN_ENTITY);
    world_refuse(&w, say_text(&w, KIND_AREA_END, "bob", "ann", &id), REASON_NOT_OWNER); /* it may read it */
    world_accept(&w, say_text(&w, KIND_AREA_END, "ann", "ann", &id));
    assert_int_equal(responsible(0.5, 0.5, who), 0);
    done();
}
static void areas_fill_their_share(void **unused) {
    (void)unused;
    struct capacity c = said_capacity;
    c.areas = 8 * 3;
    c.volumes = 8 * 2;
    c.vertices = 8 * 64;
    world_open(&w, &c, false, said_founders);
    world_accept(&w, area_say("ann", 0, 0, 1, 0, 100));
    struct said *x = area_say("ann", 2, 0, 1, 0, 100);
    world_accept(&w, x);
    struct id id = x->s.id;
    world_refuse(&w, area_say("ann", 4, 0, 1, 0, 100), REASON_FULL);
    assert_string_equal(w.out.detail, "volumes");
    world_accept(&w, area_say("bob", 4, 0, 1, 0, 100));
    world_accept(&w, say_text(&w, KIND_AREA_END, "ann", "ann", &id));
    world_accept(&w, area_say("ann", 6, 0, 1, 0, 100));
    done();
    c.volumes = 8 * 100;
    c.areas = 8 * 2;
    world_open(&w, &c, false, said_founders);
    world_accept(&w, area_say("ann", 0, 0, 1, 0, 100));
    world_accept(&w, area_say("ann", 2, 0, 1, 0, 100));
    world_refuse(&w, area_say("ann", 4, 0, 1, 0, 100), REASON_FULL);
    assert_string_equal(w.out.detail, "areas");
    done();
}

/* ---- feeds, messages ---- */
static struct said *feed_say(const char *party, const char *name) {
    struct section *b;
    struct said *x = say_body(&w, KIND_FEED, party, "root", &b);
    b->body.feed.feed = said_name(name);
    b->body.feed.readers[b->body.feed.reader_count++] = (struct reader){READER_PARTY, said_name("bob")};
    return x;
}
static void feeds_are_declared_and_changed(void **unused) {
    (void)unused;
    open_small();
    struct said *x = feed_say("ann", "radar"), *y;
    world_accept(&w, x);
    y = feed_say("ann", "radar");
    say_prev(y, &y->s.hash);
    world_refuse(&w, y, REASON_STALE);
    y = feed_say("ann", "radar");
    say_prev(y, &x->s.hash);
    y->section[0].body.feed.readers[0].name = said_name("zed");
    world_accept(&w, y);
    assert_int_equal(w.out.marks, OUTCOME_MARK_NO_READER);
    y = feed_say("ann", "two");
    say_prev(y, &y->s.hash);
    world_refuse(&w, y, REASON_STALE);
    world_accept(&w, feed_say("ann", "two"));
    world_refuse(&w, feed_say("ann", "three"), REASON_FULL);
    world_accept(&w, feed_say("bob", "radar"));
    y = feed_say("bob", "radar");
    y->s.section_count = 0;
    world_refuse(&w, y, REASON_SECTION);
    done();
}
/* The hash of a name is what it is looked up by first; the names decide. */
static void feeds_whose_names_share_a_hash_are_two(void **unused) {
    (void)unused;
    enum { TRIED = 1 << 18 };
    static struct { uint32_t code, number; } seen[2 * TRIED];
    struct name name[2];
    uint32_t i, other = 0;
    for (i = 1; i < TRIED && other == 0; i++) {
        uint8_t key[2 + NAME_ROOM] = {0, 1}; /* of ann */
        snprintf((char *)key + 2, NAME_ROOM, "feed-%u", i);
        uint32_t code = table_code(key, sizeof key), at = code % (2 * TRIED);
        while (seen[at].number != 0 && seen[at].code != code) at = (at + 1) % (2 * TRIED);
        other = seen[at].number;
        seen[at].code = code;
        seen[at].number = i;
    }
    assert_true(other != 0);
    for (int k = 0; k < 2; k++) {
        name[k] = (struct name){{0}};
        snprintf(name[k].at, NAME_ROOM, "feed-%u", k ? other : i - 1);
    }
    open_small();
    for (int k = 0; k < 2; k++) {
        struct section *b;
        struct said *x = say_body(&w, KIND_FEED, "ann", "root", &b);
        b->body.feed.feed = name[k];
        world_accept(&w, x);
        if (k == 0) assert_int_equal(feed_find(w.st, 1, &name[1]), ROW_NONE);
    }
    row first = feed_find(w.st, 1, &name[0]), second = feed_find(w.st, 1, &name[1]);
    assert_true(first != ROW_NONE && second != ROW_NONE && first != second);
    assert_int_equal(w.st->feeds.used, 2);
    done();
}
static void a_feed_falls_silent(void **unused) {
    (void)unused;
    open_small();
    world_accept(&w, feed_say("ann", "radar"));
    struct said *x = say(&w, KIND_FRAME);
    say_attest(x, "ann", "root");
    x->s.frame = (struct body_frame){.feed = said_name("radar"), .number = 1, .time = w.now};
    world_accept(&w, x);
    world_pass(&w, w.st->settings.track_silent_ns - 1);
    assert_int_equal(world_told(&w, TOLD_SILENT, PARTY_NONE), 0);
    world_pass(&w, 1);
    assert_int_equal(world_told(&w, TOLD_SILENT, PARTY_NONE), 2); /* ann and bob */
    world_pass(&w, INSTANT_HOUR);
    assert_int_equal(world_told(&w, TOLD_SILENT, PARTY_NONE), 0);
    x = say(&w, KIND_FRAME);
    say_attest(x, "ann", "root");
    x->s.frame = (struct body_frame){.feed = said_name("radar"), .number = 1, .time = w.now};
    assert_int_equal(world_say(&w, x), VERDICT_REPEATED); /* the answer was lost, it is told its place */
    x = say(&w, KIND_FRAME);
    say_attest(x, "ann", "root");
    x->s.frame = (struct body_frame){.feed = said_name("radar"), .number = 2, .time = w.now};
    world_accept(&w, x);
    assert_int_equal(world_told(&w, TOLD_SILENT, PARTY_NONE), 2);
    done();
}
static void messages_are_bounded(void **unused) {
    (void)unused;
    static char longest[LIMIT_MESSAGE_BYTES + 1];
    open_small();
    memset(longest, 'x', sizeof longest);
    struct section *b;
    struct said *x = say_body(&w, KIND_MESSAGE, "ann", "root", &b);
    b->body.message.text = (struct text){longest, sizeof longest};
    world_refuse(&w, x, REASON_BODY);
    x = say_body(&w, KIND_MESSAGE, "ann", "root", &b);
    b->body.message.text = (struct text){longest, sizeof longest - 1};
    say_reader(b, READER_LOG, "");
    world_accept(&w, x);
    x = say_body(&w, KIND_MESSAGE, "ann", "root", &b);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_sign), cmocka_unit_test(what_waits_lapses), cmocka_unit_test(a_key_revoked_meanwhile_spoils_it),
        cmocka_unit_test(bodies_are_judged), cmocka_unit_test(versions_follow_each_other), cmocka_unit_test(rules_are_by_category),
        cmocka_unit_test(of_two_agreements_the_first_by_name_counts), cmocka_unit_test(leaving_what_is_not_in_force_yet),
        cmocka_unit_test(members_suspend_resume_and_leave), cmocka_unit_test(an_agreement_may_demand_signatures),
        cmocka_unit_test(areas_need_their_neighbours_word), cmocka_unit_test(areas_fill_their_share), cmocka_unit_test(feeds_are_declared_and_changed),
        cmocka_unit_test(feeds_whose_names_share_a_hash_are_two), cmocka_unit_test(a_feed_falls_silent), cmocka_unit_test(messages_are_bounded),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("agreement", tests, NULL, NULL);
}
