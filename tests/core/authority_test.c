/* Who may say what: parties, keys, signatures, sessions; every reason that authority and keys can give. */
#include "said.h"

static struct world w;
static void open_small(void) { world_small(&w); }
static void done(void) {
    world_replay(&w);
    world_close(&w);
}
static struct said *object_say(const char *party, const char *key) {
    return say_body(&w, KIND_KEY_OBJECT, party, key, NULL);
}
static struct said *feed_say(const char *party, const char *key) {
    struct section *b;
    struct said *x = say_body(&w, KIND_FEED, party, key, &b);
    b->body.feed.feed = said_name("radar");
    return x;
}

static void strangers_are_noise(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, feed_say("zed", "root"), REASON_UNKNOWN_PARTY);
    assert_int_equal(w.out.party, PARTY_NONE);
    world_refuse(&w, feed_say("ann", "desk"), REASON_UNKNOWN_KEY);
    assert_int_equal(w.out.party, PARTY_NONE);
    struct said *x = feed_say("ann", "root");
    x->signer[0].public_key = said_key("bob", "root"); /* a key under another's name */
    world_refuse(&w, x, REASON_UNKNOWN_KEY);
    assert_int_equal(w.out.party, PARTY_NONE);
    x = feed_say("ann", "root");
    x->signer[0].verified = false;
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    assert_int_equal(w.out.party, PARTY_NONE);
    x = feed_say("ann", "root");
    x->signer[0].key_name = TEXT("live/ann/root");
    world_refuse(&w, x, REASON_WRONG_LOG);
    x = feed_say("ann", "root");
    say_attest(x, "zed", "root");
    world_refuse(&w, x, REASON_UNKNOWN_PARTY);
    assert_int_equal(w.out.party, PARTY_NONE);
    x = feed_say("ann", "root");
    say_attest(x, "ann", "desk");
    world_refuse(&w, x, REASON_UNKNOWN_KEY);
    x = feed_say("ann", "root");
    say_attest(x, "ann", NULL); /* a token of another door */
    world_accept(&w, x);
    done();
}
static void one_good_key_makes_a_record(void **unused) {
    (void)unused;
    open_small();
    struct said *x = feed_say("ann", "root");
    say_sign(&w, x, "ann", "desk");
    world_refuse(&w, x, REASON_UNKNOWN_KEY);
    assert_int_equal(w.out.party, 1);
    x = feed_say("ann", "root");
    say_sign(&w, x, "bob", "root");
    world_refuse(&w, x, REASON_BODY); /* keys of two parties */
    x = feed_say("ann", "root");
    say_on(x, "ann", &x->s.id);
    world_refuse(&w, x, REASON_BODY);
    done();
}

/* Whoever's stream a statement stands in, what is the operator's needs the operator's signature, not its first one. */
static void the_operator_may_sign_after_others(void **unused) {
    (void)unused;
    open_small();
    for (int last = 0; last < 2; last++) {
        struct said *x = say(&w, KIND_PARTY);
        say_sign(&w, x, "ann", "root");
        say_sign(&w, x, last ? "op" : "bob", "root");
        say_sign(&w, x, "eve", "root");
        say_section(x, "body")->body.party = say_party(&w, "eve")->section[0].body.party;
        if (last) world_accept(&w, x);
        else world_refuse(&w, x, REASON_NOT_OPERATOR);
        assert_int_equal(w.out.party, 1);
        assert_int_equal(state_party_count(w.st), 4 + last);
    }
    done();
}

static void parties_enter(void **unused) {
    (void)unused;
    open_small();
    world_accept(&w, say_party(&w, "dan"));
    assert_int_equal(state_party_count(w.st), 5);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 4); /* all but the operator, dan too */
    world_accept(&w, feed_say("dan", "root"));
    world_refuse(&w, say_party(&w, "dan"), REASON_NAME_USED);
    struct said *x = say_party(&w, "eve");
    x->signer[1].public_key = x->section[0].body.party.party.root_key = said_key("ann", "root");
    world_refuse(&w, x, REASON_KEY_USED);
    x = say_party(&w, "eve");
    x->signer[1].public_key = x->section[0].body.party.party.root_key = said_key("log", "log");
    world_refuse(&w, x, REASON_KEY_USED);
    x = say_party(&w, "eve");
    x->s.signer_count = 1;
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    assert_int_equal(w.out.party, 0);
    x = say_party(&w, "eve");
    x->section[0].body.party.party.desks = 0;
    world_refuse(&w, x, REASON_BODY);
    static char much[1000];
    memset(much, 'x', sizeof much);
    for (int zone = 0; zone < 2; zone++) {
        x = say_party(&w, "eve");
        struct founder *p = &x->section[0].body.party.party;
        *(zone ? &p->zone : &p->display) = (struct text){much, sizeof much};
        world_refuse(&w, x, REASON_BODY);
        assert_non_null(strstr(w.out.detail, "/display: at most"));
    }
    x = say_party(&w, "eve");
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_UNKNOWN_PARTY); /* without its body nobody enters */
    x = say(&w, KIND_PARTY);
    say_sign(&w, x, "ann", "root");
    say_sign(&w, x, "eve", "root");
    say_section(x, "body")->body.party = say_party(&w, "eve")->section[0].body.party;
    world_refuse(&w, x, REASON_NOT_OPERATOR);
    x = say_party(&w, "eve");
    say_attest(x, "op", "root");
    x->s.signer_count = 0;
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    world_accept(&w, say_party(&w, "eve"));
    world_accept(&w, say_party(&w, "fay"));
    world_accept(&w, say_party(&w, "gus"));
    world_refuse(&w, say_party(&w, "hal"), REASON_FULL);
    assert_string_equal(w.out.detail, "parties");
    done();
}
static void a_party_enters_with_its_second_signature(void **unused) {
    (void)unused;
    open_small();
    struct said *x = say_party(&w, "dan");
    x->signer[1].verified = false;
    assert_int_equal(world_say(&w, x), VERDICT_PENDING);
    assert_int_equal(w.out.missing[0], 2);
    x->signer[1].verified = true;
    x->signer[0].verified = false;
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED); /* nobody known speaks: let the operator send both lines */
    x->signer[0].verified = true;
    world_accept(&w, x);
    done();
}

static void keys_enter_by_root_and_themselves(void **unused) {
    (void)unused;
    struct section *b;
    open_small();
    world_key(&w, "ann", "desk", false);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 3);
    world_accept(&w, feed_say("ann", "desk"));
    struct { const char *signer, *key, *party, *fresh; bool fresh_signs; enum reason why; } cases[] = {
        {"ann", "desk", "ann", "other", true, REASON_NOT_ROOT},
        {"ann", "root", "ann", "desk", true, REASON_NAME_USED},
        {"ann", "root", "ann", "root", true, REASON_BODY},
        {"ann", "root", "bob", "other", false, REASON_NOT_OWNER},
        {"op", "root", "bob", "other", false, REASON_NOT_OWNER}, /* the operator adds none to a party */
        {"ann", "root", "ann", "other", false, REASON_SIGNATURE_NEEDED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct said *x = say_body(&w, KIND_KEY, cases[i].signer, cases[i].key, &b);
        if (cases[i].fresh_signs) say_sign(&w, x, cases[i].party, cases[i].fresh);
        b->body.key = (struct body_key){said_name(cases[i].party), said_name(cases[i].fresh), said_key(cases[i].party, cases[i].fresh), false};
        world_refuse(&w, x, cases[i].why);
    }
    struct said *x = say_body(&w, KIND_KEY, "ann", "root", &b);
    say_sign(&w, x, "ann", "other")->public_key = said_key("bob", "root");
    b->body.key = (struct body_key){said_name("ann"), said_name("other"), said_key("bob", "root"), false};
    world_refuse(&w, x, REASON_KEY_USED);
    x = say_body(&w, KIND_KEY, "ann", "root", &b);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    char name[8] = "k0"; /* 10 keys each: root, desk and 8 more */
    for (int i = 0; i < 8; i++, name[1]++) world_key(&w, "ann", name, false);
    x = say_body(&w, KIND_KEY, "ann", "root", &b);
    say_sign(&w, x, "ann", "other");
    b->body.key = (struct body_key){said_name("ann"), said_name("other"), said_key("ann", "other"), false};
    world_refuse(&w, x, REASON_FULL);
    world_key(&w, "bob", "desk", false); /* nobody else is starved */
    done();
}
static void feed_keys_feed_only(void **unused) {
    (void)unused;
    open_small();
    world_key(&w, "ann", "feeder", true);
    world_accept(&w, feed_say("ann", "feeder"));
    world_refuse(&w, object_say("ann", "feeder"), REASON_UNKNOWN_KEY);
    assert_int_equal(w.out.party, 1);
    struct said *x = object_say("ann", "root");
    say_attest(x, "ann", "feeder");
    world_refuse(&w, x, REASON_UNKNOWN_KEY);
    done();
}

static struct said *revoke_say(const char *party, const char *by, const char *key, int64_t suspect) {
    struct section *b;
    struct said *x = say_body(&w, KIND_KEY_REVOKE, party, by, &b);
    b->body.key_revoke = (struct body_key_revoke){said_name(key), w.now + suspect, TEXT("lost")};
    return x;
}
static void revoked_keys_are_silent(void **unused) {
    (void)unused;
    open_small();
    world_key(&w, "ann", "desk", false);
    struct said *before = feed_say("ann", "desk");
    world_accept(&w, before);
    world_refuse(&w, revoke_say("ann", "desk", "desk", 0), REASON_NOT_ROOT);
    world_refuse(&w, revoke_say("ann", "root", "none", 0), REASON_UNKNOWN_ENTITY);
    world_refuse(&w, revoke_say("ann", "root", "desk", 1), REASON_BODY);
    world_accept(&w, revoke_say("ann", "root", "desk", -INSTANT_HOUR));
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 3);
    world_refuse(&w, revoke_say("ann", "root", "desk", 0), REASON_BAD_STATE);
    world_refuse(&w, feed_say("ann", "desk"), REASON_KEY_REVOKED);
    assert_int_equal(w.out.party, PARTY_NONE); /* its thief fills nobody's stream */
    struct said *x = feed_say("ann", "root");
    say_attest(x, "ann", "desk");
    world_refuse(&w, x, REASON_KEY_REVOKED);
    x = feed_say("ann", "root");
    say_sign(&w, x, "ann", "desk");
    world_refuse(&w, x, REASON_KEY_REVOKED);
    assert_int_equal(w.out.party, 1);
    assert_int_equal(world_say(&w, before), VERDICT_REPEATED); /* it changes no outcome */
    x = say_body(&w, KIND_KEY_REVOKE, "ann", "root", NULL);
    x->s.section_count = 0;
    world_refuse(&w, x, REASON_SECTION);
    struct name ann = said_name("ann"), desk = said_name("desk");
    assert_null(state_key(w.st, &ann, &desk));
    world_accept(&w, revoke_say("ann", "root", "root", 0)); /* its own root: recovery is what is left */
    world_refuse(&w, feed_say("ann", "root"), REASON_KEY_REVOKED);
    done();
}

static struct said *recover_say(const char *party, const char *key, const char *const *vouching) {
    struct section *b;
    struct said *x = say(&w, KIND_KEY_RECOVER);
    b = say_section(x, "body");
    for (; *vouching; vouching++) say_sign(&w, x, *vouching, "root");
    say_sign(&w, x, party, key);
    b->body.key_recover = (struct body_key_recover){.party = said_name(party), .key = said_name(key), .new_root = said_key(party, key)};
    return x;
}
static const char *const op_bob_cat[] = {"op", "bob", "cat", NULL}, *const op_bob[] = {"op", "bob", NULL}, *const bob_cat[] = {"bob", "cat", NULL};
static void a_lost_root_is_recovered(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, recover_say("ann", "root-2", op_bob), REASON_SIGNATURE_NEEDED);
    world_refuse(&w, recover_say("ann", "root-2", bob_cat), REASON_NOT_OPERATOR);
    world_refuse(&w, recover_say("ann", "root", op_bob_cat), REASON_NAME_USED);
    world_refuse(&w, recover_say("zed", "root-2", op_bob_cat), REASON_UNKNOWN_PARTY);
    struct said *x = recover_say("ann", "root-2", op_bob_cat);
    x->s.signer_count = 3; /* the new key does not sign */
    world_refuse(&w, x, REASON_SIGNATURE_NEEDED);
    x = recover_say("ann", "root-2", op_bob_cat);
    x->signer[3].public_key = x->section[0].body.key_recover.new_root = said_key("bob", "root");
    world_refuse(&w, x, REASON_KEY_USED);
    world_key(&w, "bob", "desk", false);
    x = recover_say("ann", "root-2", op_bob_cat);
    x->signer[1].key = said_name("desk");
    x->signer[1].public_key = said_key("bob", "desk");
    world_refuse(&w, x, REASON_NOT_ROOT);
    world_accept(&w, recover_say("ann", "root-2", op_bob_cat));
    assert_int_equal(world_told(&w, TOLD_STATEMENT, 1), 1); /* ann may object */
    world_refuse(&w, recover_say("ann", "root-3", op_bob_cat), REASON_BAD_STATE);
    world_refuse(&w, feed_say("ann", "root-2"), REASON_UNKNOWN_KEY); /* not yet */
    world_refuse(&w, revoke_say("ann", "root", "root-2", 0), REASON_BAD_STATE);
    world_accept(&w, feed_say("ann", "root"));
    world_pass(&w, w.st->settings.recovery_delay_ns - 1);
    world_accept(&w, feed_say("ann", "root"));
    world_pass(&w, 1);
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 4);
    world_refuse(&w, feed_say("ann", "root"), REASON_KEY_REVOKED);
    world_accept(&w, feed_say("ann", "root-2"));
    struct section *b;
    x = say_body(&w, KIND_KEY, "ann", "root-2", &b);
    say_sign(&w, x, "ann", "desk");
    b->body.key = (struct body_key){said_name("ann"), said_name("desk"), said_key("ann", "desk"), false};
    world_accept(&w, x);
    done();
}
static void a_recovery_is_objected_to(void **unused) {
    (void)unused;
    open_small();
    world_refuse(&w, object_say("ann", "root"), REASON_BAD_STATE);
    world_accept(&w, recover_say("ann", "root-2", op_bob_cat));
    world_refuse(&w, object_say("bob", "root"), REASON_BAD_STATE);
    world_accept(&w, object_say("ann", "root"));
    world_pass(&w, 2 * w.st->settings.recovery_delay_ns);
    world_refuse(&w, feed_say("ann", "root-2"), REASON_KEY_REVOKED);
    world_accept(&w, feed_say("ann", "root"));
    world_refuse(&w, recover_say("ann", "root-2", op_bob_cat), REASON_NAME_USED); /* once per log */
    world_accept(&w, recover_say("op", "root-2", bob_cat)); /* the operator too may lose its key */
    world_pass(&w, w.st->settings.recovery_delay_ns);
    assert_int_equal(world_told(&w, TOLD_LAPSED, PARTY_NONE), 4);
    done();
}
static void few_others_are_enough_but_not_none(void **unused) {
    (void)unused;
    world_open(&w, &said_capacity, false, (const char *const[]){"op", "ann", "bob", NULL});
    world_accept(&w, recover_say("ann", "root-2", op_bob));
    done();
    world_open(&w, &said_capacity, false, (const char *const[]){"op", "ann", NULL});
    world_refuse(&w, recover_say("ann", "root-2", (const char *const[]){"op", NULL}), REASON_SIGNATURE_NEEDED);
    done();
}

/* In LIVE what ends a hazard and what changes who may speak is taken signed only. */
static void live_takes_some_signed_only(void **unused) {
    (void)unused;
    static const struct { enum statement_kind kind; enum reason live, exercise; } cases[] = {
        {KIND_SETTINGS, REASON_MUST_BE_SIGNED, REASON_NONE}, {KIND_PARTY, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED},
        {KIND_KEY, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED}, {KIND_KEY_REVOKE, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED},
        {KIND_KEY_RECOVER, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED}, {KIND_KEY_OBJECT, REASON_MUST_BE_SIGNED, REASON_BAD_STATE},
        {KIND_AGREEMENT, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED}, {KIND_AGREEMENT_SUSPEND, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY},
        {KIND_AGREEMENT_RESUME, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY}, {KIND_AGREEMENT_LEAVE, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY},
        {KIND_AREA_END, REASON_UNKNOWN_ENTITY, REASON_UNKNOWN_ENTITY}, {KIND_NOTICE_OVER, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY},
        {KIND_NOTICE_CANCEL, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY}, {KIND_OPEN, REASON_SIGNATURE_NEEDED, REASON_SIGNATURE_NEEDED},
        {KIND_FLIGHT_CANCEL, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY}, {KIND_FLIGHT_RELEASE, REASON_MUST_BE_SIGNED, REASON_UNKNOWN_ENTITY},
    };
    for (int live = 0; live < 2; live++) {
        world_open(&w, &said_capacity, live, said_founders);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            bool on = cases[i].kind >= KIND_AGREEMENT_SUSPEND && cases[i].kind != KIND_OPEN;
            struct said *x = say_text(&w, cases[i].kind, "op", "op", on ? &w.genesis.id : NULL);
            if (cases[i].kind == KIND_SETTINGS) x->section[0].body.settings = w.genesis_section.body.genesis.settings;
            say_attest(x, "op", "root");
            x->s.signer_count = 0;
            enum reason why = live ? cases[i].live : cases[i].exercise;
            if (why == REASON_NONE) world_accept(&w, x);
            else world_refuse(&w, x, why);
        }
        struct said *x = say_text(&w, KIND_NOTICE_OVER, "op", NULL, NULL);
        world_refuse(&w, x, REASON_BODY); /* `on` is needed */
        done();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_noise), cmocka_unit_test(one_good_key_makes_a_record), cmocka_unit_test(parties_enter), cmocka_unit_test(the_operator_may_sign_after_others),
        cmocka_unit_test(a_party_enters_with_its_second_signature), cmocka_unit_test(keys_enter_by_root_and_themselves),
        cmocka_unit_test(feed_keys_feed_only), cmocka_unit_test(revoked_keys_are_silent), cmocka_unit_test(a_lost_root_is_recovered),
        cmocka_unit_test(a_recovery_is_objected_to), cmocka_unit_test(few_others_are_enough_but_not_none),
        cmocka_unit_test(live_takes_some_signed_only),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
