/* Subscriptions of F3548: statuses, times, who is notified, what depends on them, and implicit ones. */
#include "dss_world.h"

#define OI "/dss/v1/operational_intent_references/"
#define CR "/dss/v1/constraint_references/"
#define SUB "/dss/v1/subscriptions/"
static struct doors x;
static const struct where here = {46.0, 7.0, 500, 100, 200, 60, 3600};

static const char *at(const char *base, const char *id) { return doors_print(&x, "%s%s", base, id); }
static const char *at2(const char *base, const char *id, const char *version) { return doors_print(&x, "%s%s/%s", base, id, version); }
static const char *sub(struct where v, const char *url, bool intents, bool constraints) {
    return doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"%s\",\"notify_for_operational_intents\":%s,\"notify_for_constraints\":%s}", doors_volume(&x, v), url, intents ? "true" : "false",
                       constraints ? "true" : "false");
}
static const char *intent(struct where v, const char *state, const char *more) {
    return doors_print(&x, "{\"extents\":[%s],\"state\":\"%s\",\"uss_base_url\":\"https://uss.example/one\"%s}", doors_volume(&x, v), state, more);
}
static const char *zone(struct where v) { return doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://uss.example/zones\"}", doors_volume(&x, v)); }
static const char *query(struct where v) { return doors_print(&x, "{\"area_of_interest\":%s}", doors_volume(&x, v)); }
static const char *ovn_of_last(void) { return doors_text(&x, "operational_intent_reference/ovn"); }
static const char *version_of_last(void) { return doors_text(&x, "subscription/version"); }
static const char *index_of(const char *id, const char *who) {
    doors_expect(&x, 200, who, "GET", at(SUB, id), "");
    return doors_text(&x, "subscription/notification_index");
}
#define NEW_SUB ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/one\"}"

static void a_life(void **unused) {
    (void)unused;
    struct where open = here;
    open.from = open.to = DOORS_NONE;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1);
    doors_expect(&x, 404, "ann", "GET", at(SUB, id), "");
    doors_expect(&x, 400, "ann", "PUT", at(SUB, id), sub(here, "https://a.example", false, false));
    doors_expect(&x, 400, "ann", "PUT", at2(SUB, id, "x"), sub(here, "https://a.example", true, false));
    doors_expect(&x, 200, "ann", "PUT", at(SUB, id), sub(open, "https://a.example", true, false));
    assert_string_equal(doors_text(&x, "subscription/time_start/value"), "2026-11-23T06:00:00Z"); /* now */
    assert_string_equal(doors_text(&x, "subscription/time_end/value"), "2026-11-24T06:00:00Z");
    assert_int_equal(doors_count(&x, "operational_intent_references"), 0);
    assert_null(doors_at(&x, "constraint_references"));
    assert_int_equal(doors_count(&x, "subscription/dependent_operational_intents"), 0);
    const char *version = version_of_last();
    x.w.now += 600 * INSTANT_SECOND;
    doors_expect(&x, 409, "ann", "PUT", at(SUB, id), sub(open, "https://a.example", true, true));
    assert_non_null(strstr(doors_text(&x, "message"), "there is a subscription of this id already"));
    doors_expect(&x, 409, "ann", "PUT", at2(SUB, id, ""), sub(open, "https://a.example", true, true));
    doors_expect(&x, 409, "ann", "PUT", at2(SUB, id, "x"), sub(open, "https://a.example", true, true));
    doors_expect(&x, 403, "bob", "PUT", at2(SUB, id, version), sub(open, "https://a.example", true, true));
    doors_expect(&x, 200, "ann", "PUT", at2(SUB, id, version), sub(open, "https://a.example", true, true));
    assert_string_equal(doors_text(&x, "subscription/time_start/value"), "2026-11-23T06:00:00Z"); /* kept */
    assert_int_equal(doors_count(&x, "constraint_references"), 0);
    assert_string_not_equal(version_of_last(), version);
    version = version_of_last();

    static const struct { double from, to; uint16_t status; } times[] = {
        {-300, 3600, 200}, {-300.001, 3600, 400}, {0, 86400, 200}, {0, 86400.001, 400}, {60, 59, 400}, {DOORS_NONE, 3600, 200}, {3600, DOORS_NONE, 200}};
    for (uint32_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct where v = here;
        v.from = times[i].from, v.to = times[i].to;
        doors_expect(&x, times[i].status, "ann", "PUT", at(SUB, doors_id(&x, 100 + i)), sub(v, "https://a.example", true, false));
    }
    doors_expect(&x, 200, "ann", "POST", SUB "query", query(here));
    assert_int_equal(doors_count(&x, "subscriptions"), 5);
    doors_expect(&x, 200, "bob", "POST", SUB "query", query(here));
    assert_int_equal(doors_count(&x, "subscriptions"), 0);
    x.w.now += 3601 * INSTANT_SECOND; /* two have expired; a query of those times does not show them */
    struct where then = here;
    then.from = -3000, then.to = -1000;
    doors_expect(&x, 200, "ann", "POST", SUB "query", query(then));
    assert_int_equal(doors_count(&x, "subscriptions"), 2);

    doors_expect(&x, 403, "bob", "GET", at(SUB, id), "");
    doors_expect(&x, 403, "bob", "DELETE", at2(SUB, id, version), "");
    doors_expect(&x, 409, "ann", "DELETE", at2(SUB, id, "x"), "");
    doors_expect(&x, 400, "ann", "DELETE", at2(SUB, id, ""), "");
    doors_expect(&x, 404, "ann", "DELETE", at2(SUB, doors_id(&x, 7), "x"), "");
    doors_expect(&x, 200, "ann", "DELETE", at2(SUB, id, version), "");
    assert_string_equal(version_of_last(), version);
    doors_expect(&x, 404, "ann", "GET", at(SUB, id), "");
    doors_close(&x);
}

static void who_is_notified(void **unused) {
    (void)unused;
    struct where west = here, east = here, high = here, later = here, zones = here;
    west.lng = 6.95, east.lng = 7.05, high.low = 5000, high.high = 6000, later.from = 7200, later.to = 9000, zones.lng = 7.0;
    doors_open(&x, &doors_capacity);
    doors_expect(&x, 200, "ann", "PUT", at(SUB, doors_id(&x, 1)), sub(west, "https://a.example/uss", true, false));
    doors_expect(&x, 200, "ann", "PUT", at(SUB, doors_id(&x, 2)), sub(east, "https://a.example/uss", true, true));
    doors_expect(&x, 200, "bob", "PUT", at(SUB, doors_id(&x, 3)), sub(high, "https://b.example/uss", true, false));
    doors_expect(&x, 200, "bob", "PUT", at(SUB, doors_id(&x, 4)), sub(here, "https://b.example/uss", false, true));
    doors_expect(&x, 200, "bob", "PUT", at(SUB, doors_id(&x, 5)), sub(later, "https://b.example/uss", true, true));
    doors_expect(&x, 201, "cat", "PUT", at(OI, doors_id(&x, 1)), intent(here, "Accepted", "")); /* the height is no matter; flags are */
    assert_int_equal(doors_count(&x, "subscribers"), 1);
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/subscription_id"), doors_id(&x, 3));
    const char *ovn = ovn_of_last();
    doors_expect(&x, 200, "cat", "PUT", at2(OI, doors_id(&x, 1), ovn), intent(west, "Accepted", "")); /* old and new */
    assert_int_equal(doors_count(&x, "subscribers"), 2);
    assert_string_equal(doors_text(&x, "subscribers/0/uss_base_url"), "https://a.example/uss");
    assert_string_equal(doors_text(&x, "subscribers/1/subscriptions/0/notification_index"), "2");
    ovn = ovn_of_last();
    doors_expect(&x, 200, "cat", "PUT", at2(OI, doors_id(&x, 1), ovn), intent(east, "Accepted", ""));
    assert_int_equal(doors_count(&x, "subscribers"), 1); /* one base URL */
    assert_int_equal(doors_count(&x, "subscribers/0/subscriptions"), 2);
    ovn = ovn_of_last();
    /* Times are merged, too: from now to later meets both. */
    doors_expect(&x, 200, "cat", "PUT", at2(OI, doors_id(&x, 1), ovn), intent(later, "Accepted", ""));
    assert_string_equal(index_of(doors_id(&x, 5), "bob"), "1");
    assert_string_equal(index_of(doors_id(&x, 2), "ann"), "2");
    assert_string_equal(index_of(doors_id(&x, 3), "bob"), "3"); /* the new place at the old times */
    doors_expect(&x, 201, "zed", "PUT", at(CR, doors_id(&x, 1)), zone(zones));
    assert_int_equal(doors_count(&x, "subscribers"), 1);
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/subscription_id"), doors_id(&x, 4));
    /* What is there already comes with the subscription, whatever its height. */
    struct where wide = {46.0, 7.0, 20000, 9000, 9001, 60, 9000};
    doors_expect(&x, 200, "ann", "PUT", at(SUB, doors_id(&x, 9)), sub(wide, "https://a.example/uss", true, true));
    assert_int_equal(doors_count(&x, "operational_intent_references"), 1);
    assert_string_equal(doors_text(&x, "operational_intent_references/0/ovn"), "Available from USS");
    assert_int_equal(doors_count(&x, "constraint_references"), 1);
    doors_close(&x);
}

static void dependents(void **unused) {
    (void)unused;
    struct where wide = {46.0, 7.0, 2000, DOORS_NONE, DOORS_NONE, 0, 7200}, narrow = {46.0, 7.0, 400, DOORS_NONE, DOORS_NONE, 0, 7200}, low = wide, brief = wide;
    low.high = 150, brief.to = 3599;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1), *attach = doors_print(&x, ",\"subscription_id\":\"%s\"", id);
    doors_expect(&x, 200, "ann", "PUT", at(SUB, id), sub(narrow, "https://a.example", true, false));
    const char *version = version_of_last();
    doors_expect(&x, 400, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", attach)); /* does not cover it */
    doors_expect(&x, 200, "ann", "PUT", at2(SUB, id, version), sub(here, "https://a.example", true, false)); /* exactly covers it */
    version = version_of_last();
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", attach));
    const char *ovn = ovn_of_last();
    assert_string_equal(doors_text(&x, "operational_intent_reference/subscription_id"), id);
    doors_expect(&x, 400, "ann", "DELETE", at2(SUB, id, version), "");
    static const struct { double from; uint16_t status; } starts[] = {{60 + 300.001, 400}, {60 + 300, 200}};
    for (int i = 0; i < 2; i++) {
        struct where v = wide;
        v.from = starts[i].from;
        doors_expect(&x, starts[i].status, "ann", "PUT", at2(SUB, id, version), sub(v, "https://a.example", true, false));
        if (i == 1) version = version_of_last();
    }
    assert_string_equal(doors_text(&x, "subscription/dependent_operational_intents/0"), doors_id(&x, 2));
    const struct where bad[] = {narrow, low, brief};
    for (int i = 0; i < 3; i++) doors_expect(&x, 400, "ann", "PUT", at2(SUB, id, version), sub(bad[i], "https://a.example", true, false));
    doors_expect(&x, 400, "ann", "PUT", at2(OI, doors_id(&x, 2), ovn), intent(here, "Accepted", attach)); /* it starts later than the intent now */
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 2), ovn), intent(here, "Accepted", "")); /* with neither: detached */
    doors_expect(&x, 200, "ann", "DELETE", at2(SUB, id, version), "");
    doors_close(&x);
}

static void implicit_ones(void **unused) {
    (void)unused;
    struct where beside = here, long_one = here;
    beside.lat = 46.1, beside.to = 4000, beside.low = 50;
    long_one.to = 10 * 86400;
    doors_open(&x, &doors_capacity);
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 1)), intent(long_one, "Accepted", NEW_SUB)); /* may be longer than a day */
    const char *ovn = ovn_of_last(), *first = doors_text(&x, "operational_intent_reference/subscription_id");
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(beside, "Accepted", doors_print(&x, ",\"subscription_id\":\"%s\"", first))); /* stretched */
    const char *ovn2 = ovn_of_last();
    assert_int_equal(doors_count(&x, "subscribers/0/subscriptions"), 1);
    doors_expect(&x, 200, "ann", "GET", at(SUB, first), "");
    assert_int_equal(doors_count(&x, "subscription/dependent_operational_intents"), 2);
    assert_string_equal(doors_text(&x, "subscription/notification_index"), "2");
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 3)), intent((struct where){46.1, 7.0, 100, 3000, 3100, 60, 100}, "Accepted", ""));
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/subscription_id"), first); /* of its new place */
    /* One that holds what it has takes its place: the footprints do not pile up. */
    struct where over = beside;
    over.radius = 900, over.low = 4000, over.high = 4050;
    uint32_t before = x.w.st->dss->footprints.used;
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 4)), intent(over, "Accepted", doors_print(&x, ",\"subscription_id\":\"%s\",\"key\":[\"%s\"]", first, "none")));
    assert_int_equal(x.w.st->dss->footprints.used, before + 1);
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, doors_id(&x, 4), ovn_of_last()), "");
    /* Replaced: it stays for the other, and goes when that is detached. */
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 1), ovn), intent(long_one, "Accepted", NEW_SUB));
    assert_string_not_equal(doors_text(&x, "operational_intent_reference/subscription_id"), first);
    const char *second = doors_text(&x, "operational_intent_reference/subscription_id");
    ovn = ovn_of_last();
    doors_expect(&x, 200, "ann", "GET", at(SUB, first), "");
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 2), ovn2), intent(beside, "Accepted", ""));
    doors_expect(&x, 404, "ann", "GET", at(SUB, first), "");
    /* A PUT on it makes it explicit, and it stays. */
    doors_expect(&x, 200, "ann", "GET", at(SUB, second), "");
    const char *version = version_of_last();
    doors_expect(&x, 400, "ann", "PUT", at2(SUB, second, version), sub(here, "https://a.example", true, false)); /* too short for what depends on it */
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 1), ovn), intent(here, "Accepted", doors_print(&x, ",\"subscription_id\":\"%s\"", second)));
    ovn = ovn_of_last();
    doors_expect(&x, 200, "ann", "PUT", at2(SUB, second, version), sub(here, "https://a.example", true, false));
    assert_false(doors_at(&x, "subscription/implicit_subscription")->boolean);
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, doors_id(&x, 1), ovn), "");
    doors_expect(&x, 200, "ann", "GET", at(SUB, second), "");
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_life), cmocka_unit_test(who_is_notified), cmocka_unit_test(dependents), cmocka_unit_test(implicit_ones)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_subscription", tests, NULL, NULL);
}
