/* The words and the JSON of outcomes and told records. */
#include "said.h"

static struct world w;
static char room[8192];

static void check(struct append *out, const char *expected) {
    append_char(out, '\0');
    assert_false(out->full);
    assert_string_equal(room, expected);
}
static void words_are_stable_and_distinct(void **unused) {
    (void)unused;
    for (int i = 0; i < REASONS; i++)
        for (int k = 0; k < i; k++) assert_string_not_equal(reason_name((enum reason)i), reason_name((enum reason)k));
    for (int i = 0; i < TOLD_KINDS; i++)
        for (int k = 0; k < i; k++) assert_string_not_equal(told_kind_name((enum told_kind)i), told_kind_name((enum told_kind)k));
    assert_string_equal(verdict_name(VERDICT_REPEATED), "repeated");
    assert_string_equal(reason_name(REASON_MUST_BE_SIGNED), "must-be-signed");
    assert_string_equal(told_kind_name(TOLD_HOLD_REPEAT), "hold-repeat");
}
static void outcomes_are_rendered(void **unused) {
    (void)unused;
    world_small(&w);
    struct said *x = say(&w, KIND_NOTICE_OVER);
    say_sign(&w, x, "ann", "root");
    say_sign(&w, x, "bob", "root");
    struct outcome o = {.verdict = VERDICT_ACCEPTED, .party = 1, .place = 7};
    struct append out = append_fixed(room, sizeof room);
    outcome_render(&x->s, &o, &out);
    check(&out, "{\"verdict\":\"accepted\",\"kind\":\"notice/over\",\"place\":7}");
    out = append_fixed(room, sizeof room);
    o.verdict = VERDICT_REFUSED;
    o.reason = REASON_STALE;
    o.party = PARTY_NONE;
    strcpy(o.detail, "prev: \"x\"");
    outcome_render(&x->s, &o, &out);
    check(&out, "{\"verdict\":\"refused\",\"reason\":\"stale\",\"detail\":\"prev: \\\"x\\\"\",\"kind\":\"notice/over\",\"place\":null}");
    out = append_fixed(room, sizeof room);
    o = (struct outcome){.verdict = VERDICT_PENDING, .place = INT64_MAX, .missing = {2}, .marks = OUTCOME_MARK_LATE | OUTCOME_MARK_UNSURE};
    outcome_render(&x->s, &o, &out);
    check(&out, "{\"verdict\":\"pending\",\"kind\":\"notice/over\",\"place\":9223372036854775807,\"marks\":[\"late\",\"unsure\"],\"missing\":[\"exercise/bob/root\"]}");
    out = append_fixed(room, sizeof room);
    o = (struct outcome){.verdict = VERDICT_ACCEPTED, .lead_count = 2};
    o.lead[0] = (struct lead){.judged = true, .agreement = said_name("pact"), .version = 3, .start = SAID_START, .agreed_ns = 3600 * INSTANT_SECOND,
        .binds = 2, .sequenced_ns = 2700500000000, .short_ns = 899500000000, .pieces = 4};
    o.lead[1] = (struct lead){.agreement = said_name("two"), .version = 1, .start = INSTANT_NONE};
    outcome_render(&x->s, &o, &out);
    check(&out, "{\"verdict\":\"accepted\",\"kind\":\"notice/over\",\"place\":0,\"lead\":[{\"agreement\":\"pact\",\"version\":3,\"judged\":true,"
        "\"start\":\"2026-11-23T06:00:00.000Z\",\"agreed_s\":3600,\"binds\":\"readback\",\"sequenced_s\":2700.5,\"short_s\":899.5,\"pieces\":4},"
        "{\"agreement\":\"two\",\"version\":1,\"judged\":false,\"agreed_s\":0,\"binds\":\"sequenced\",\"sequenced_s\":0,\"short_s\":0,\"pieces\":0}]}");
    out = append_fixed(room, sizeof room); /* nanoseconds would tell the order of the log: less lead, more short, to the millisecond */
    o.lead_count = 1;
    o.lead[0].start = SAID_START + 1;
    o.lead[0].sequenced_ns = 2700500000000 - 1;
    o.lead[0].short_ns = 899500000001;
    outcome_render(&x->s, &o, &out);
    check(&out, "{\"verdict\":\"accepted\",\"kind\":\"notice/over\",\"place\":0,\"lead\":[{\"agreement\":\"pact\",\"version\":3,\"judged\":true,"
        "\"start\":\"2026-11-23T06:00:00.000Z\",\"agreed_s\":3600,\"binds\":\"readback\",\"sequenced_s\":2700.499,\"short_s\":899.501,\"pieces\":4}]}");
    world_close(&w);
}
static void told_is_rendered(void **unused) {
    (void)unused;
    world_small(&w);
    struct said *x = say(&w, KIND_MESSAGE);
    memset(x->s.hash.bytes, 0xab, sizeof x->s.hash.bytes);
    x->s.time = SAID_START;
    say_attest(x, "ann", "root");
    struct effect e = {.kind = TOLD_STATEMENT, .party = 2, .place = 9};
    struct append out = append_fixed(room, sizeof room);
    told_render_open(w.st, &x->s, &e, &out);
    check(&out, "{\"told\":\"statement\",\"place\":9,\"time\":\"2026-11-23T06:00:00.000Z\",\"kind\":\"message\",\"statement\":\""
        "abababababababababababababababababababababababababababababababab\",\"party\":\"ann\"");
    out = append_fixed(room, sizeof room);
    e = (struct effect){.kind = TOLD_ALERT, .place = 1, .desk = said_name("watch"), .json = TEXT("\"level\":\"warning\"")};
    told_render_open(w.st, &x->s, &e, &out);
    check(&out, "{\"told\":\"alert\",\"place\":1,\"time\":\"2026-11-23T06:00:00.000Z\",\"desk\":\"watch\",\"level\":\"warning\"");
    world_close(&w);
}
/* A detail that is too long is cut between characters. */
static void details_stay_text(void **unused) {
    (void)unused;
    char text[400];
    for (int lead = 0; lead < 3; lead++) {
        struct outcome o = {0};
        struct step c = {.out = &o};
        memset(text, 'a', (size_t)lead);
        for (size_t i = (size_t)lead; i + 3 < sizeof text; i += 3) memcpy(text + i, "\xe2\x82\xac", 4);
        assert_false(refuse(&c, REASON_BODY, "%s", text));
        size_t n = strlen(o.detail);
        assert_true(n < sizeof o.detail && n > sizeof o.detail - 5 && (n - (size_t)lead) % 3 == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_stable_and_distinct), cmocka_unit_test(outcomes_are_rendered), cmocka_unit_test(told_is_rendered),
        cmocka_unit_test(details_stay_text),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
