/* Operational intents and constraints of F3548: every status of every route, the order of checks, the key, OVNs, implicit subscriptions. */
#include "dss_world.h"

#define OI "/dss/v1/operational_intent_references/"
#define CR "/dss/v1/constraint_references/"
#define SUB "/dss/v1/subscriptions/"
#define NONE_ID "00000000-0000-4000-8000-000000000000"
static struct doors x;
static const struct where here = {46.0, 7.0, 500, 100, 200, 60, 3600};

/* `late` seconds from now, the last digits `tail`. */
static const char *suffix_of(int late, unsigned tail) {
    uint64_t ms = (uint64_t)(x.w.now / 1000000 + late * 1000);
    return doors_print(&x, "%08x-%04x-7abc-8def-0123456789%02x", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF), tail);
}
static const char *at(const char *base, const char *id) { return doors_print(&x, "%s%s", base, id); }
static const char *at2(const char *base, const char *id, const char *ovn) { return doors_print(&x, "%s%s/%s", base, id, ovn); }
/* `more`: members that begin with a comma. */
static const char *intent(struct where v, const char *state, const char *more) {
    return doors_print(&x, "{\"extents\":[%s],\"state\":\"%s\",\"uss_base_url\":\"https://uss.example/one\"%s}", doors_volume(&x, v), state, more);
}
static const char *zone(struct where v) { return doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://uss.example/zones\"}", doors_volume(&x, v)); }
static const char *query(struct where v) { return doors_print(&x, "{\"area_of_interest\":%s}", doors_volume(&x, v)); }
static const char *ovn_of_last(void) { return doors_text(&x, "operational_intent_reference/ovn"); }
#define NEW_SUB ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/one\"}"

static void a_life(void **unused) {
    (void)unused;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1);
    doors_expect(&x, 404, "ann", "GET", at(OI, id), "");
    doors_expect(&x, 201, "ann", "PUT", at(OI, id), intent(here, "Accepted", ""));
    const char *ovn = ovn_of_last();
    assert_int_equal(strlen(ovn), 43);
    assert_string_equal(doors_text(&x, "operational_intent_reference/version"), "1");
    assert_string_equal(doors_text(&x, "operational_intent_reference/manager"), "ann");
    assert_string_equal(doors_text(&x, "operational_intent_reference/state"), "Accepted");
    assert_string_equal(doors_text(&x, "operational_intent_reference/uss_availability"), "Unknown");
    assert_string_equal(doors_text(&x, "operational_intent_reference/subscription_id"), NONE_ID);
    assert_string_equal(doors_text(&x, "operational_intent_reference/time_start/value"), "2026-11-23T06:01:00Z");
    assert_string_equal(doors_text(&x, "operational_intent_reference/time_end/format"), "RFC3339");
    assert_int_equal(doors_count(&x, "subscribers"), 0);
    doors_expect(&x, 200, "ann", "GET", at(OI, id), "");
    assert_string_equal(ovn_of_last(), ovn);
    doors_expect(&x, 200, "bob", "GET", at(OI, id), "");
    assert_string_equal(ovn_of_last(), "Available from USS");
    doors_expect(&x, 200, "bob", "POST", OI "query", query(here));
    assert_int_equal(doors_count(&x, "operational_intent_references"), 1);
    assert_string_equal(doors_text(&x, "operational_intent_references/0/ovn"), "Available from USS");

    doors_expect(&x, 409, "ann", "PUT", at(OI, id), intent(here, "Accepted", ""));                       /* it is there */
    assert_non_null(strstr(doors_text(&x, "message"), "there is an operational intent of this id already"));
    doors_expect(&x, 409, "ann", "PUT", at2(OI, id, ""), intent(here, "Accepted", ""));                  /* a missing OVN */
    doors_expect(&x, 409, "ann", "PUT", at2(OI, id, "0123456789abcdef"), intent(here, "Accepted", ""));  /* a wrong one */
    doors_expect(&x, 403, "bob", "PUT", at2(OI, id, ovn), intent(here, "Accepted", ""));
    doors_expect(&x, 403, "bob", "PUT", at(OI, id), intent(here, "Accepted", ""));
    doors_expect(&x, 403, "bob", "DELETE", at2(OI, id, ovn), "");
    doors_expect(&x, 409, "ann", "DELETE", at2(OI, id, "0123456789abcdef"), "");
    doors_expect(&x, 400, "ann", "DELETE", at2(OI, id, ""), "");
    doors_expect(&x, 404, "ann", "DELETE", at2(OI, doors_id(&x, 2), ovn), "");
    doors_expect(&x, 400, "ann", "PUT", at2(OI, doors_id(&x, 2), ovn), intent(here, "Accepted", ""));

    doors_expect(&x, 200, "ann", "PUT", at2(OI, id, ovn), intent(here, "Activated", NEW_SUB)); /* its own OVN needs no key */
    const char *second = ovn_of_last();
    assert_string_not_equal(second, ovn);
    assert_string_equal(doors_text(&x, "operational_intent_reference/version"), "2");
    assert_int_equal(doors_count(&x, "subscribers"), 1);
    assert_string_equal(doors_text(&x, "subscribers/0/uss_base_url"), "https://uss.example/one");
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/notification_index"), "1");
    const char *sub = doors_text(&x, "operational_intent_reference/subscription_id");
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/subscription_id"), sub);
    doors_expect(&x, 200, "ann", "GET", at(SUB, sub), "");
    assert_true(doors_at(&x, "subscription/implicit_subscription")->boolean);
    assert_string_equal(doors_text(&x, "subscription/dependent_operational_intents/0"), id);
    doors_expect(&x, 403, "bob", "GET", at(SUB, sub), "");
    doors_expect(&x, 404, "ann", "GET", at(SUB, NONE_ID), "");

    doors_expect(&x, 200, "ann", "DELETE", at2(OI, id, second), "");
    assert_string_equal(ovn_of_last(), second);
    assert_string_equal(doors_text(&x, "operational_intent_reference/version"), "2");
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/notification_index"), "2");
    doors_expect(&x, 404, "ann", "GET", at(SUB, sub), ""); /* gone with it */
    doors_expect(&x, 404, "ann", "GET", at(OI, id), "");
    assert_int_equal(x.w.st->dss->managers.used, 0);
    doors_close(&x);
}

/* A request that is wrong in several ways gets the first in the order of checks. */
static void order_of_checks(void **unused) {
    (void)unused;
    struct where past = here, upside = here;
    past.from = -7200, past.to = -3600;
    upside.low = 300;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1), *other = doors_id(&x, 2);
    doors_expect(&x, 201, "ann", "PUT", at(OI, id), intent(here, "Accepted", ""));
    const char *ovn = ovn_of_last();
    doors_expect(&x, 200, "bob", "PUT", at(SUB, other), doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://b.example\",\"notify_for_operational_intents\":true}", doors_volume(&x, here)));
    doors_expect(&x, 400, "bob", "PUT", at2(OI, id, "x"), intent(past, "Nonconforming", NEW_SUB));       /* the body first */
    assert_true(doors_call(&x, "bob", DSS_SCOPE_STRATEGIC, "PUT", at2(OI, id, "x"), intent(here, "Nonconforming", NEW_SUB)) == 403); /* the state's scope */
    assert_non_null(strstr(doors_text(&x, "message"), "conformance"));
    doors_expect(&x, 403, "bob", "PUT", at2(OI, id, "x"), intent(here, "Nonconforming", NEW_SUB));       /* whose it is */
    assert_non_null(strstr(doors_text(&x, "message"), "managed by 'ann'"));
    doors_expect(&x, 409, "ann", "PUT", at2(OI, id, "x"), intent(here, "Contingent", doors_print(&x, ",\"subscription_id\":\"%s\"", doors_id(&x, 9)))); /* its OVN */
    assert_non_null(strstr(doors_text(&x, "message"), "ovn"));
    doors_expect(&x, 400, "ann", "PUT", at2(OI, id, ovn), intent(here, "Contingent", doors_print(&x, ",\"subscription_id\":\"%s\"", doors_id(&x, 9)))); /* no such subscription */
    doors_expect(&x, 403, "ann", "PUT", at2(OI, id, ovn), intent(here, "Contingent", doors_print(&x, ",\"subscription_id\":\"%s\"", other)));
    doors_expect(&x, 409, "ann", "PUT", at(OI, doors_id(&x, 3)), intent(here, "Accepted", "")); /* the key last */

    const char *more[] = {",\"requested_ovn_suffix\":\"00000000-0000-7000-8000-000000000000\"", ",\"requested_ovn_suffix\":\"\""};
    for (int i = 0; i < 2; i++) doors_expect(&x, 400, "ann", "PUT", at(OI, doors_id(&x, 3)), intent(here, "Accepted", more[i]));
    doors_expect(&x, 400, "ann", "PUT", at(OI, doors_id(&x, 3)), intent(upside, "Accepted", ""));
    doors_expect(&x, 400, "ann", "PUT", at(OI, doors_id(&x, 3)), intent(here, "Activated", NEW_SUB)); /* created as Accepted */
    doors_expect(&x, 400, "ann", "PUT", at2(OI, id, ovn), intent(here, "Activated", ""));              /* without a subscription */
    doors_expect(&x, 400, "ann", "PUT", at2(OI, id, ovn), intent(here, "Activated", doors_print(&x, NEW_SUB ",\"subscription_id\":\"%s\"", other)));
    doors_expect(&x, 400, "ann", "PUT", at2(OI, id, ovn), intent(here, "Flying", NEW_SUB));
    doors_expect(&x, 400, "ann", "GET", OI "no-uuid", "");
    doors_expect(&x, 404, "ann", "GET", "/dss/v1/nothing", "");
    doors_expect(&x, 404, "ann", "PATCH", at(OI, id), "");
    doors_close(&x);
}

static void suffixes(void **unused) {
    (void)unused;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1);
    int64_t near_ms = SAID_START / 1000000;
    for (int late = -301; late <= 301; late += 301) {
        uint64_t ms = (uint64_t)(near_ms + late * 1000);
        const char *suffix = doors_print(&x, "%08x-%04x-7abc-8def-0123456789ab", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF));
        const char *body = intent(here, "Accepted", doors_print(&x, ",\"requested_ovn_suffix\":\"%s\"", suffix));
        doors_expect(&x, late == 0 ? 201 : 400, "ann", "PUT", at(OI, id), body);
        if (late == 0) assert_string_equal(ovn_of_last(), doors_print(&x, "%s_%s", id, suffix));
    }
    doors_expect(&x, 200, "ann", "GET", at(OI, id), "");
    const char *ovn = ovn_of_last();
    doors_expect(&x, 409, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", ""));
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", doors_print(&x, ",\"key\":[\"junk\",\"\",\"%s\",\"%s\"]", ovn, ovn)));
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, id, ovn), "");
    doors_close(&x);
}

static void the_key(void **unused) {
    (void)unused;
    struct where above = here, later = here, beside = here, touching = here;
    above.low = 200.01, above.high = 300;
    touching.low = 200, touching.high = 300;
    later.from = 3600.001, later.to = 7200;
    beside.lng = 7.1;
    doors_open(&x, &doors_capacity);
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 1)), intent(here, "Accepted", ""));
    const char *first = ovn_of_last();
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 2)), intent(above, "Accepted", ""));
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 3)), intent(later, "Accepted", ""));
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 4)), intent(beside, "Accepted", ""));
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 5)), intent(touching, "Accepted", "")); /* bounds are inclusive: 1 and 2 */
    assert_int_equal(doors_count(&x, "missing_operational_intents"), 2);
    assert_null(doors_at(&x, "missing_constraints"));
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/id"), doors_id(&x, 1));
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/ovn"), "Available from USS");
    assert_string_equal(doors_text(&x, "conflicts/0/manager"), "ann");
    assert_string_equal(doors_text(&x, "conflicts/0/overlap_s"), "3540");
    assert_string_equal(doors_text(&x, "conflicts/0/overlap_height_m"), "0");
    assert_string_equal(doors_text(&x, "conflicts/1/overlap_height_m"), "99.99");
    assert_int_equal(doors_call(&x, "bob", DSS_SCOPE_CONFORMANCE, "PUT", at(OI, doors_id(&x, 5)), intent(touching, "Accepted", "")), 409);
    assert_null(doors_at(&x, "conflicts/0/overlap_height_m")); /* this scope cannot ask ann for her volumes */
    assert_non_null(doors_at(&x, "conflicts/1/overlap_height_m"));
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 5)), intent(touching, "Accepted", doors_print(&x, ",\"key\":[\"%s\"]", first)));
    assert_int_equal(doors_count(&x, "missing_operational_intents"), 1);
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/id"), doors_id(&x, 2));

    /* Whose manager is down, and only accepted: not asked for. Its deletion works all the same. */
    doors_expect(&x, 200, "arb", "PUT", "/dss/v1/uss_availability/ann", "{\"old_version\":\"\",\"availability\":\"down\"}");
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 6)), intent((struct where){46.0, 7.0, 500, 100, 199, 60, 3600}, "Accepted", ""));
    const char *sixth = ovn_of_last();
    doors_expect(&x, 200, "cat", "GET", at(OI, doors_id(&x, 1)), "");
    assert_string_equal(doors_text(&x, "operational_intent_reference/uss_availability"), "Down");
    doors_expect(&x, 200, "bob", "DELETE", at2(OI, doors_id(&x, 6), sixth), "");
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 1), first), intent(here, "Activated", NEW_SUB));
    const char *active = ovn_of_last();
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 6)), intent((struct where){46.0, 7.0, 500, 100, 199, 60, 3600}, "Accepted", ""));
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 1), active), intent(above, "Nonconforming", NEW_SUB)); /* no key for this */
    active = ovn_of_last();
    doors_expect(&x, 409, "ann", "PUT", at2(OI, doors_id(&x, 1), active), intent(above, "Activated", NEW_SUB));
    doors_expect(&x, 200, "ann", "PUT", at2(OI, doors_id(&x, 1), active), intent(above, "Contingent", NEW_SUB));
    active = ovn_of_last();
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, doors_id(&x, 1), active), "");
    doors_close(&x);
}

/* A key that names an OVN of an id names one version of it: no suffix gives an OVN again, nor after a deletion. */
static void write_suffixed(uint16_t status, const char *who, const char *path, const char *suffix) {
    doors_expect(&x, status, who, "PUT", path, intent(here, "Accepted", *suffix ? doors_print(&x, ",\"requested_ovn_suffix\":\"%s\"", suffix) : ""));
    if (status == 400) assert_non_null(strstr(doors_text(&x, "message"), "requested_ovn_suffix: is not later"));
}
static void a_suffix_is_taken_once(void **unused) {
    (void)unused;
    struct capacity c = doors_capacity;
    c.references = 4 * 2;
    doors_open(&x, &c);
    const char *id = doors_id(&x, 1), *path = at(OI, id), *five = suffix_of(0, 0x55), *six = suffix_of(0, 0x66), *seven = suffix_of(0, 0x77);
    write_suffixed(201, "ann", path, five);
    const char *ovn = ovn_of_last();
    write_suffixed(400, "ann", at2(OI, id, ovn), five);
    write_suffixed(400, "ann", at2(OI, id, ovn), suffix_of(-1, 0xff));
    doors_expect(&x, 409, "ann", "PUT", at2(OI, id, "x"), intent(here, "Accepted", doors_print(&x, ",\"requested_ovn_suffix\":\"%s\"", five))); /* the OVN before */
    write_suffixed(200, "ann", at2(OI, id, ovn), six);
    ovn = ovn_of_last();
    write_suffixed(400, "ann", at2(OI, id, ovn), five);
    write_suffixed(200, "ann", at2(OI, id, ovn), "");
    ovn = ovn_of_last();
    write_suffixed(400, "ann", at2(OI, id, ovn), six); /* with another OVN between */
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, id, ovn), "");
    assert_int_equal(x.w.st->dss->retired.used, 1);
    assert_int_equal(x.w.st->dss->managers.used, 1);
    write_suffixed(400, "ann", path, six);
    write_suffixed(400, "bob", path, five);
    write_suffixed(201, "bob", path, seven);
    ovn = ovn_of_last();
    assert_string_equal(ovn, doors_print(&x, "%s_%s", id, seven));
    doors_expect(&x, 200, "bob", "DELETE", at2(OI, id, ovn), "");
    assert_int_equal(x.w.st->dss->retired.used, 1); /* ann's went, and with it what was known of her */
    assert_int_equal(x.w.st->dss->managers.used, 1);
    write_suffixed(201, "ann", path, "");
    ovn = ovn_of_last();
    write_suffixed(400, "ann", at2(OI, id, ovn), seven); /* of the deleted one */
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, id, ovn), "");
    assert_int_equal(x.w.st->dss->retired.used, 1);
    write_suffixed(400, "ann", path, seven);

    /* They take of their manager's share; behind one of five minutes ahead they wait with it. */
    for (uint32_t i = 2; i < 4; i++) {
        write_suffixed(201, "cat", at(OI, doors_id(&x, i)), suffix_of(i == 2 ? 300 : 0, 1));
        doors_expect(&x, 200, "cat", "DELETE", at2(OI, doors_id(&x, i), ovn_of_last()), "");
    }
    write_suffixed(429, "cat", at(OI, doors_id(&x, 4)), "");
    write_suffixed(201, "ann", at(OI, doors_id(&x, 4)), "");
    const char *ahead = suffix_of(300, 1);
    state_check(x.w.st);
    world_pass(&x.w, 300 * INSTANT_SECOND);
    assert_int_equal(x.w.st->dss->retired.used, 3); /* five minutes old is still near */
    write_suffixed(400, "ann", path, seven);
    world_pass(&x.w, 1 * INSTANT_SECOND);
    assert_int_equal(x.w.st->dss->retired.used, 2);
    doors_expect(&x, 400, "ann", "PUT", path, intent(here, "Accepted", doors_print(&x, ",\"requested_ovn_suffix\":\"%s\"", seven)));
    assert_non_null(strstr(doors_text(&x, "message"), "within 5 minutes"));
    write_suffixed(400, "cat", at(OI, doors_id(&x, 2)), ahead);
    world_pass(&x.w, 300 * INSTANT_SECOND);
    assert_int_equal(x.w.st->dss->retired.used, 0);
    assert_int_equal(x.w.st->dss->managers.used, 1);
    state_check(x.w.st);
    doors_close(&x);
}

/* Of very many that a key lacks a bounded number is named, those of the lowest ids; their count is said. A read shows all. */
static void a_key_lacks_very_many(void **unused) {
    (void)unused;
    enum { MANY = LIMIT_DSS_MISSING + 7 };
    struct capacity c = doors_capacity;
    c.references = 4 * (2 * MANY), c.footprints = 4 * (2 * MANY), c.points = 4 * (2 * MANY * 16), c.managers = 4;
    const char *told = ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/one\",\"notify_for_constraints\":true}";
    struct where all = {46.0, 7.0, 500, 0, 2 * MANY, 60, 3600};
    doors_open(&x, &c);
    x.w.quick = true;
    for (uint32_t i = 0; i < MANY; i++)
        doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, MANY - i)), intent((struct where){46.0, 7.0, 500, 2 * i, 2 * i + 1, 60, 3600}, "Accepted", ""));
    doors_expect(&x, 201, "zed", "PUT", at(CR, doors_id(&x, 1)), zone(all));
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 5000)), intent(all, "Accepted", told));
    assert_int_equal(doors_count(&x, "missing_operational_intents"), LIMIT_DSS_MISSING);
    assert_int_equal(doors_count(&x, "missing_constraints"), 1);
    assert_int_equal(doors_count(&x, "conflicts"), LIMIT_DSS_MISSING + 1);
    assert_string_equal(doors_text(&x, "missing_operational_intents/0/id"), doors_id(&x, 1));
    assert_string_equal(doors_text(&x, doors_print(&x, "missing_operational_intents/%d/id", LIMIT_DSS_MISSING - 1)), doors_id(&x, LIMIT_DSS_MISSING));
    assert_string_equal(doors_text(&x, doors_print(&x, "conflicts/%d/kind", LIMIT_DSS_MISSING)), "constraint");
    assert_non_null(strstr(doors_text(&x, "message"), doors_print(&x, "OVNs of %d operational intents and 1 constraints", MANY)));
    assert_non_null(strstr(doors_text(&x, "message"), doors_print(&x, "the first %d by id are named", LIMIT_DSS_MISSING)));
    for (uint32_t i = 2; i <= MANY; i++) doors_expect(&x, 201, "zed", "PUT", at(CR, doors_id(&x, i)), zone(all));
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 5000)), intent(all, "Accepted", told));
    assert_int_equal(doors_count(&x, "missing_constraints"), LIMIT_DSS_MISSING);
    assert_int_equal(doors_count(&x, "conflicts"), 2 * LIMIT_DSS_MISSING);
    doors_expect(&x, 200, "bob", "POST", OI "query", query(all));
    assert_int_equal(doors_count(&x, "operational_intent_references"), MANY);
    doors_close(&x);
}

/* Two volumes that each miss another, whose merger does not. */
static void volumes_are_merged(void **unused) {
    (void)unused;
    struct where low_early = {46.0, 7.0, 500, 0, 100, 60, 600}, high_late = {46.2, 7.0, 500, 1000, 1100, 3000, 3600}, between = {46.0, 7.0, 500, 500, 600, 1000, 2000};
    doors_open(&x, &doors_capacity);
    const char *two = doors_print(&x, "{\"extents\":[%s,%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://uss.example\"}", doors_volume(&x, low_early), doors_volume(&x, high_late));
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 1)), two);
    doors_expect(&x, 409, "bob", "PUT", at(OI, doors_id(&x, 2)), intent(between, "Accepted", ""));
    between.lat = 46.1; /* between the footprints */
    doors_expect(&x, 201, "bob", "PUT", at(OI, doors_id(&x, 2)), intent(between, "Accepted", ""));
    doors_close(&x);
}

static void constraints(void **unused) {
    (void)unused;
    struct where always = here, past = here;
    always.low = always.high = DOORS_NONE;
    past.from = -7200, past.to = -1;
    doors_open(&x, &doors_capacity);
    const char *id = doors_id(&x, 1);
    doors_expect(&x, 404, "zed", "GET", at(CR, id), "");
    doors_expect(&x, 400, "zed", "PUT", at(CR, id), zone(past));
    doors_expect(&x, 409, "zed", "PUT", at2(CR, id, "0123456789abcdef"), zone(here));
    doors_expect(&x, 201, "zed", "PUT", at(CR, id), zone(always));
    const char *ovn = doors_text(&x, "constraint_reference/ovn");
    assert_string_equal(doors_text(&x, "constraint_reference/uss_availability"), "Unknown");
    assert_null(doors_at(&x, "constraint_reference/state"));
    doors_expect(&x, 403, "ann", "PUT", at2(CR, id, ovn), zone(here));
    doors_expect(&x, 409, "zed", "PUT", at(CR, id), zone(here));
    doors_expect(&x, 409, "zed", "PUT", at2(CR, id, "x"), zone(here));
    doors_expect(&x, 200, "zed", "PUT", at2(CR, id, ovn), zone(here));
    assert_string_equal(doors_text(&x, "constraint_reference/version"), "2");
    ovn = doors_text(&x, "constraint_reference/ovn");
    doors_expect(&x, 200, "ann", "POST", CR "query", query((struct where){46.0, 7.0, 1, 5000, 6000, 60, 60})); /* the height is left out */
    assert_int_equal(doors_count(&x, "constraint_references"), 1);
    doors_expect(&x, 200, "ann", "POST", CR "query", query((struct where){46.0, 7.0, 1, 0, 1, 3601, 3602}));
    assert_int_equal(doors_count(&x, "constraint_references"), 0);

    /* In the key of those who are told of constraints. */
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", NEW_SUB));
    doors_expect(&x, 200, "ann", "DELETE", at2(OI, doors_id(&x, 2), ovn_of_last()), "");
    const char *told = ",\"new_subscription\":{\"uss_base_url\":\"https://uss.example/one\",\"notify_for_constraints\":true}";
    doors_expect(&x, 409, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", told));
    assert_null(doors_at(&x, "missing_operational_intents"));
    assert_int_equal(doors_count(&x, "missing_constraints"), 1);
    assert_string_equal(doors_text(&x, "conflicts/0/kind"), "constraint");
    doors_expect(&x, 201, "ann", "PUT", at(OI, doors_id(&x, 2)), intent(here, "Accepted", doors_print(&x, "%s,\"key\":[\"%s\"]", told, ovn)));
    doors_expect(&x, 201, "zed", "PUT", at(CR, doors_id(&x, 2)), zone(here)); /* an id of its own space */
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/notification_index"), "2");
    doors_expect(&x, 403, "ann", "DELETE", at2(CR, id, ovn), "");
    doors_expect(&x, 400, "zed", "DELETE", at2(CR, id, ""), "");
    doors_expect(&x, 409, "zed", "DELETE", at2(CR, id, "x"), "");
    doors_expect(&x, 404, "zed", "DELETE", at2(CR, doors_id(&x, 7), "x"), "");
    doors_expect(&x, 200, "zed", "DELETE", at2(CR, id, ovn), "");
    assert_string_equal(doors_text(&x, "subscribers/0/subscriptions/0/notification_index"), "3");
    doors_close(&x);
}

static void availability_and_reports(void **unused) {
    (void)unused;
    doors_open(&x, &doors_capacity);
    const char *uss = "/dss/v1/uss_availability/any%20uss";
    doors_expect(&x, 200, "arb", "GET", uss, "");
    assert_string_equal(doors_text(&x, "status/availability"), "Unknown");
    assert_string_equal(doors_text(&x, "version"), "");
    doors_expect(&x, 400, "arb", "PUT", uss, "{\"old_version\":\"\",\"availability\":\"Gone\"}");
    doors_expect(&x, 409, "arb", "PUT", uss, "{\"old_version\":\"x\",\"availability\":\"Down\"}");
    doors_expect(&x, 200, "arb", "PUT", uss, "{\"availability\":\"nORMAL\"}");
    assert_string_equal(doors_text(&x, "status/availability"), "Normal");
    assert_string_equal(doors_text(&x, "status/uss"), "any uss");
    const char *version = doors_text(&x, "version");
    doors_expect(&x, 409, "arb", "PUT", uss, "{\"availability\":\"Down\"}");
    doors_expect(&x, 200, "arb", "PUT", uss, doors_print(&x, "{\"old_version\":\"%s\",\"availability\":\"Normal\"}", version));
    assert_string_not_equal(doors_text(&x, "version"), version);
    const char *exchange = "\"exchange\":{\"url\":\"https://u.example/x\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":{\"value\":\"2026-11-23T05:00:00Z\",\"format\":\"RFC3339\"}}";
    doors_expect(&x, 201, "ann", "POST", "/dss/v1/reports", doors_print(&x, "{\"report_id\":\"mine\",%s}", exchange));
    assert_int_equal(strlen(doors_text(&x, "report_id")), 43);
    assert_string_equal(doors_text(&x, "exchange/method"), "GET");
    doors_expect(&x, 400, "ann", "POST", "/dss/v1/reports", "{}");
    doors_close(&x);
}

/* Room is for four managers: what is stated of USSs that have nothing takes none of theirs. */
static const char *uss_of(const char *name, int i) { return doors_print(&x, "/dss/v1/uss_availability/%s%d", name, i); }
static const char *state_uss(uint16_t status, const char *uss, const char *version, const char *availability) {
    doors_expect(&x, status, "arb", "PUT", uss, doors_print(&x, "{\"old_version\":\"%s\",\"availability\":\"%s\"}", version, availability));
    return status == 200 ? doors_text(&x, "version") : NULL;
}
static void availabilities_have_a_place_of_their_own(void **unused) {
    (void)unused;
    const char *first = NULL, *second, *ovns[4];
    doors_open(&x, &doors_capacity);
    for (int i = 0; i < 4; i++) {
        const char *version = state_uss(200, uss_of("u", i), "", "Normal");
        if (i == 0) first = version;
    }
    state_uss(429, uss_of("u", 4), "", "Down");
    assert_non_null(strstr(doors_text(&x, "message"), "set to Unknown makes room"));
    for (int i = 0; i < 4; i++) {
        doors_expect(&x, 201, doors_print(&x, "m%d", i), "PUT", at(OI, doors_id(&x, (uint32_t)i)), intent((struct where){40.0 + i, 7.0, 500, 100, 200, 60, 3600}, "Accepted", ""));
        ovns[i] = ovn_of_last();
        state_uss(200, uss_of("m", i), "", "Down");
        doors_expect(&x, 200, "ann", "GET", at(OI, doors_id(&x, (uint32_t)i)), "");
        assert_string_equal(doors_text(&x, "operational_intent_reference/uss_availability"), "Down");
    }
    doors_expect(&x, 429, "m4", "PUT", at(OI, doors_id(&x, 4)), intent(here, "Accepted", "")); /* a fifth manager */
    second = state_uss(200, uss_of("u", 0), first, "Unknown");
    state_uss(200, uss_of("u", 4), "", "Down"); /* u0 went for it */
    doors_expect(&x, 200, "arb", "GET", uss_of("u", 0), "");
    assert_string_equal(doors_text(&x, "version"), "");
    state_uss(409, uss_of("u", 0), second, "Normal");
    state_uss(429, uss_of("u", 0), "", "Normal");
    assert_int_equal(x.w.st->dss->availabilities.used, 8);

    /* Who leaves keeps what was stated of him: it counts again when he comes back. */
    doors_expect(&x, 200, "m0", "DELETE", at2(OI, doors_id(&x, 0), ovns[0]), "");
    doors_expect(&x, 201, "m0", "PUT", at(OI, doors_id(&x, 0)), intent((struct where){40.0, 7.0, 500, 100, 200, 60, 3600}, "Accepted", ""));
    assert_string_equal(doors_text(&x, "operational_intent_reference/uss_availability"), "Down");
    ovns[0] = ovn_of_last();
    /* All leave, others come: the table is full of those that have nothing, and each new manager's still has room. The oldest goes, and one that is Unknown before. */
    for (int i = 0; i < 4; i++) doors_expect(&x, 200, doors_print(&x, "m%d", i), "DELETE", at2(OI, doors_id(&x, (uint32_t)i), ovns[i]), "");
    assert_int_equal(x.w.st->dss->managers.used, 0);
    doors_expect(&x, 200, "arb", "GET", uss_of("m", 2), "");
    state_uss(200, uss_of("m", 2), doors_text(&x, "version"), "Unknown");
    for (int i = 0; i < 4; i++) {
        doors_expect(&x, 201, doors_print(&x, "n%d", i), "PUT", at(OI, doors_id(&x, (uint32_t)i)), intent((struct where){40.0 + i, 7.0, 500, 100, 200, 60, 3600}, "Accepted", ""));
        state_uss(200, uss_of("n", i), "", "Down");
        doors_expect(&x, 200, "ann", "GET", at(OI, doors_id(&x, (uint32_t)i)), "");
        assert_string_equal(doors_text(&x, "operational_intent_reference/uss_availability"), "Down");
        doors_expect(&x, 200, "arb", "GET", i == 0 ? uss_of("m", 2) : uss_of("u", i), "");
        assert_string_equal(doors_text(&x, "version"), "");
    }
    state_check(x.w.st);
    doors_close(&x);
}

static void full_and_shut(void **unused) {
    (void)unused;
    struct capacity c = doors_capacity;
    c.references = 8;
    doors_open(&x, &c);
    for (uint32_t i = 0; i < 2; i++) doors_expect(&x, 201, "ann", "PUT", at(CR, doors_id(&x, i)), zone(here));
    doors_expect(&x, 429, "ann", "PUT", at(CR, doors_id(&x, 3)), zone(here));
    assert_non_null(strstr(doors_text(&x, "message"), "references"));
    doors_expect(&x, 201, "bob", "PUT", at(CR, doors_id(&x, 3)), zone(here)); /* has a share of its own */
    doors_close(&x);
    c.managers = c.references = c.subscriptions = c.footprints = c.points = 0;
    doors_open(&x, &c);
    doors_expect(&x, 503, "ann", "PUT", at(CR, doors_id(&x, 3)), zone(here));
    doors_expect(&x, 503, "ann", "GET", at(CR, doors_id(&x, 3)), "");
    assert_true(x.w.out.reason == REASON_FULL);
    struct said *s = say(&x.w, KIND_DSS); /* said by somebody: noise */
    say_sign(&x.w, s, "op", "root");
    world_refuse(&x.w, s, REASON_NOT_OPERATOR);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_life),      cmocka_unit_test(order_of_checks), cmocka_unit_test(suffixes), cmocka_unit_test(a_suffix_is_taken_once),
                                       cmocka_unit_test(the_key),     cmocka_unit_test(a_key_lacks_very_many), cmocka_unit_test(volumes_are_merged), cmocka_unit_test(constraints),
                                       cmocka_unit_test(availability_and_reports), cmocka_unit_test(availabilities_have_a_place_of_their_own), cmocka_unit_test(full_and_shut)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_intent", tests, NULL, NULL);
}
