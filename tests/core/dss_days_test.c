/* Days of three managers whose operational intents, constraints, subscriptions, implicit ones and identification service areas begin, end and are deleted, beside a plain list of what
 * should be there. What ended stays readable until its manager deletes it, and is hidden where the standards hide it; implicit subscriptions go with their last intent; suffixes of deleted
 * intents go at ticks; shares come back. In the end the tables are empty and the store is that of a log in which nothing was ever said. */
#include "dss_world.h"

static struct doors x;
enum { DAYS = 20, MOST = DAYS * 3 * 8, MANAGERS = 3 };
enum what { INTENT, SHARED /* attached to the implicit subscription of the one before */, CONSTRAINT, SUBSCRIPTION, IMPLICIT, AREA, WATCH };
struct plain { enum what what; int manager; char id[37], version[128]; instant end; struct plain *holds; int dependents; bool gone; };
static struct plain all[MOST];
static int count;
static const char *const managers[MANAGERS] = {"ann", "bob", "eve"};
static const char *const paths[] = {"/dss/v1/operational_intent_references/", "/dss/v1/operational_intent_references/", "/dss/v1/constraint_references/", "/dss/v1/subscriptions/",
                                    "/dss/v1/subscriptions/", "/rid/v2/dss/identification_service_areas/", "/rid/v2/dss/subscriptions/"};
static const char *const members[] = {"operational_intent_reference/ovn", "operational_intent_reference/ovn", "constraint_reference/ovn", "subscription/version", "subscription/version",
                                      "service_area/version", "subscription/version"};
static uint64_t seed = 11;
static int draw(int below) {
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return (int)((z ^ z >> 31) % (uint64_t)below);
}

/* ---- saying ---- */
static double place(int n) { return -70.0 + n * 0.05; }
static const char *around(int n, double to) { return doors_volume(&x, (struct where){place(n), 7, 50, 100, 150, 30, to}); }
static struct plain *made(enum what what, int manager, double to) {
    struct plain *p = &all[count];
    assert_true(count < MOST);
    *p = (struct plain){.what = what, .manager = manager, .end = x.w.now + (instant)(to * 1e9)};
    snprintf(p->id, sizeof p->id, "%08x-0000-4000-8000-000000000001", (unsigned)++count);
    return p;
}
static void put(struct plain *p, const char *body) {
    uint16_t status = doors_call(&x, managers[p->manager], DOORS_ALL | DSS_SCOPE_RID_DISPLAY | DSS_SCOPE_RID_SERVICE, "PUT", doors_print(&x, "%s%s", paths[p->what], p->id), body);
    if (status != 200 && status != 201) fail_msg("%s%s: %u: %.*s", paths[p->what], p->id, status, TEXT_ARG(append_view(&x.reply)));
    snprintf(p->version, sizeof p->version, "%s", doors_text(&x, members[p->what]));
}
static const char *suffix(void) {
    uint64_t ms = (uint64_t)(x.w.now / 1000000);
    return doors_print(&x, "%08x-%04x-7abc-8def-0123456789ab", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF));
}
/* Two intents in one place that is theirs, the second with the first's OVN as its key and attached to its implicit subscription, which lives as long as either. */
static void pair(int manager) {
    double to = 600 + draw(3 * 86400);
    int here = count;
    struct plain *a = made(INTENT, manager, to), *b = made(IMPLICIT, manager, to), *c;
    put(a, doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://a.example\",\"requested_ovn_suffix\":\"%s\",\"new_subscription\":{\"uss_base_url\":\"https://a.example\"}}",
                       around(here, to), suffix()));
    snprintf(b->id, sizeof b->id, "%s", doors_text(&x, "operational_intent_reference/subscription_id"));
    a->holds = b, b->dependents = 1;
    if (draw(2)) return;
    to = 600 + draw(4 * 86400);
    c = made(SHARED, manager, to);
    put(c, doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://a.example\",\"key\":[\"%s\"],\"subscription_id\":\"%s\"}", around(here, to), a->version, b->id));
    c->holds = b, b->dependents = 2;
    if (c->end > b->end) b->end = c->end; /* stretched */
}
static void morning(int manager) {
    double day = 600 + draw(80000), days = 600 + draw(3 * 86400);
    int here = count;
    struct plain *p;
    pair(manager);
    put(p = made(CONSTRAINT, manager, days), doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://a.example\"}", around(here + 5, days)));
    put(p = made(SUBSCRIPTION, manager, day), doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\",\"notify_for_constraints\":true}", around(here + 6, day)));
    put(p = made(AREA, manager, days), doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\"}", around(here + 7, days)));
    put(p = made(WATCH, manager, day), doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://a.example\"}", around(here + 8, day)));
}
static void delete(struct plain *p) {
    doors_expect(&x, 200, managers[p->manager], "DELETE", doors_print(&x, "%s%s/%s", paths[p->what], p->id, p->version), "");
    p->gone = true;
    if (p->holds != NULL && --p->holds->dependents == 0) p->holds->gone = true;
}

/* ---- the list beside the store ---- */
struct line { uint8_t kind; char id[37]; char manager[4]; instant end; };
static int line_order(const void *a, const void *b) {
    const struct line *p = a, *q = b;
    return p->kind != q->kind ? p->kind - q->kind : strcmp(p->id, q->id);
}
static struct line line_of(enum dss_kind kind, const struct id *id, row manager, instant end) {
    struct line l;
    memset(&l, 0, sizeof l);
    struct append a = append_fixed(l.id, sizeof l.id - 1);
    dss_id_append(&a, id);
    l.kind = (uint8_t)kind, l.end = end;
    memcpy(l.manager, dss_manager_at(x.w.st, manager)->name, 3);
    return l;
}
static struct hash digest_of(struct line *lines, int n) {
    qsort(lines, (size_t)n, sizeof *lines, line_order);
    return sha256_of(lines, (size_t)n * sizeof *lines);
}
static void same_as_the_list(void) {
    static struct line there[MOST], listed[MOST];
    static const uint8_t kinds[] = {DSS_INTENT, DSS_INTENT, DSS_CONSTRAINT, DSS_SUBSCRIPTION, DSS_SUBSCRIPTION, DSS_AREA, DSS_AREA_SUBSCRIPTION};
    const struct dss *d = x.w.st->dss;
    int n = 0, m = 0;
    for (row r = table_next(&d->references, 0); r != ROW_NONE; r = table_next(&d->references, r + 1)) {
        const struct dss_reference *e = dss_reference_at(x.w.st, r);
        there[n++] = line_of((enum dss_kind)e->kind, &e->id, e->manager, e->place.end);
    }
    for (row r = table_next(&d->subscriptions, 0); r != ROW_NONE; r = table_next(&d->subscriptions, r + 1)) {
        const struct dss_subscription *e = dss_subscription_at(x.w.st, r);
        there[n++] = line_of((enum dss_kind)e->kind, &e->id, e->manager, e->place.end);
    }
    for (int i = 0; i < count; i++) {
        if (all[i].gone) continue;
        memset(&listed[m], 0, sizeof listed[m]);
        listed[m].kind = kinds[all[i].what], listed[m].end = all[i].end;
        memcpy(listed[m].manager, managers[all[i].manager], 3);
        memcpy(listed[m++].id, all[i].id, 37);
    }
    struct hash one = digest_of(there, n), other = digest_of(listed, m);
    assert_int_equal(n, m);
    assert_memory_equal(&one, &other, sizeof one);
    state_check(x.w.st);
}
static bool lists(const char *list, const char *id) {
    const struct json *all_of = doors_at(&x, list);
    for (const struct json *e = json_first(all_of); e != NULL; e = json_next(all_of, e))
        if (text_is(json_member(e, "id")->string, id)) return true;
    return false;
}
/* Readable by its id until it is deleted; in searches as the standards have it. */
static void as_it_is_shown(const struct plain *p, int n) {
    const char *who = managers[p->manager];
    bool over = p->end < x.w.now;
    uint32_t scopes = DOORS_ALL | DSS_SCOPE_RID_DISPLAY | DSS_SCOPE_RID_SERVICE;
    uint16_t status = doors_call(&x, who, scopes, "GET", doors_print(&x, "%s%s", paths[p->what], p->id), "");
    if (status != (p->gone ? 404 : 200)) fail_msg("%s%s, gone %d: %u: %.*s", paths[p->what], p->id, p->gone, status, TEXT_ARG(append_view(&x.reply)));
    const char *area = doors_print(&x, "{\"area_of_interest\":{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":%.7f,\"lng\":7},\"radius\":{\"value\":100,\"units\":\"M\"}}}}}", place(n));
    const char *square = doors_print(&x, "?area=%.4f,6.999,%.4f,6.999,%.4f,7.001,%.4f,7.001", place(n) - 0.001, place(n) + 0.001, place(n) + 0.001, place(n) - 0.001);
    switch (p->what) {
    case CONSTRAINT:
        assert_int_equal(doors_call(&x, who, scopes, "POST", "/dss/v1/constraint_references/query", area), 200);
        assert_true(lists("constraint_references", p->id) == !p->gone); /* without times in the question ended ones are shown */
        break;
    case SUBSCRIPTION:
        assert_int_equal(doors_call(&x, who, scopes, "POST", "/dss/v1/subscriptions/query", area), 200);
        assert_true(lists("subscriptions", p->id) == (!p->gone && !over));
        break;
    case AREA:
        assert_int_equal(doors_call(&x, who, scopes, "GET", doors_print(&x, "/rid/v2/dss/identification_service_areas%s", square), ""), 200);
        assert_true(lists("service_areas", p->id) == (!p->gone && !over));
        break;
    case WATCH:
        assert_int_equal(doors_call(&x, who, scopes, "GET", doors_print(&x, "/rid/v2/dss/subscriptions%s", square), ""), 200);
        assert_true(lists("subscriptions", p->id) == (!p->gone && !over));
        break;
    case INTENT: case SHARED: case IMPLICIT: break;
    }
}

static void days(void **unused) {
    (void)unused;
    static int where[MOST];
    doors_open(&x, &doors_capacity);
    x.w.quick = true;
    struct hash before = doors_store(&x);
    for (int day = 0; day < DAYS + 8; day++) {
        for (int m = 0; m < MANAGERS && day < DAYS; m++) {
            int first = count;
            morning(m);
            for (int i = first; i < count; i++) where[i] = all[i].what == CONSTRAINT ? first + 5 : all[i].what == SUBSCRIPTION ? first + 6 : all[i].what == AREA ? first + 7 : first + 8;
        }
        same_as_the_list();
        for (int i = count > 40 ? count - 40 : 0; i < count; i++) as_it_is_shown(&all[i], where[i]);
        x.w.now += INSTANT_DAY;
        world_pass(&x.w, INSTANT_SECOND);
        assert_int_equal(x.w.st->dss->retired.used, 0); /* of intents that were deleted yesterday */
        same_as_the_list();                              /* that time passes takes nothing away */
        for (int i = 0; i < count; i++)
            if (!all[i].gone && all[i].what != IMPLICIT && all[i].end < x.w.now - (day < DAYS ? draw(2) * INSTANT_DAY : 0)) delete(&all[i]);
    }
    for (int i = 0; i < count; i++) assert_true(all[i].gone);
    world_pass(&x.w, INSTANT_DAY);
    same_as_the_list();
    const struct dss *d = x.w.st->dss;
    assert_int_equal(d->references.used + d->subscriptions.used + d->footprints.used + d->chunks.used + d->managers.used + d->retired.used, 0);
    assert_int_equal(index_count(d->index), 0);
    assert_true(d->told == 0);
    struct hash after = doors_store(&x);
    assert_memory_equal(&before, &after, sizeof before);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(days)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_days", tests, NULL, NULL);
}
