/* That the auditor judges the door of F3548: a good log of it stands before it, and each of these forgeries, sealed anew with every hash and signature, does not. */
#include "forge.h"

enum { ST = DSS_SCOPE_STRATEGIC, CM = DSS_SCOPE_CONFORMANCE, CW = DSS_SCOPE_CONSTRAINT_MANAGEMENT, CR = DSS_SCOPE_CONSTRAINT_PROCESSING, AV = DSS_SCOPE_AVAILABILITY };
/* Four managers, with four references and four subscriptions each. */
static const struct capacity small = {.parties = 4, .keys = 40, .agreements = 4, .areas = 4, .feeds = 4, .notices = 8, .flights = 8, .volumes = 80, .vertices = 2048, .tracks = 8, .alerts = 64,
    .pending = 8, .recent = 80, .holds = 4, .slots_log2 = 3, .managers = 4, .references = 16, .subscriptions = 16, .footprints = 64, .points = 2048};
static struct ground g;
static size_t scene_end;

/* ---- bodies ---- */
static const char *when(int64_t seconds) {
    static char text[8][48];
    static int at;
    struct append a = append_fixed(text[at = (at + 1) % 8], 47);
    append_instant(&a, g.now + seconds * INSTANT_SECOND);
    text[at][a.size] = '\0';
    return text[at];
}
static const char *id_of(char letter) {
    static char text[4][40];
    static int at;
    snprintf(text[at = (at + 1) % 4], 40, "%c0000000-0000-4000-8000-00000000000%c", letter, letter);
    return text[at];
}
/* A UUID of version 7 of now; `n` orders those of one moment. */
static const char *suffix(int n) {
    static char text[40];
    unsigned long long ms = (unsigned long long)(g.now / 1000000);
    snprintf(text, sizeof text, "%08x-%04x-7000-8000-%012x", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff), (unsigned)n);
    return text;
}
static const char *extent(double lat, double lng, double metres, int lower, int upper, int64_t from, int64_t to) {
    static char text[4][768];
    static int at;
    snprintf(text[at = (at + 1) % 4], 768,
             "{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":%.6f,\"lng\":%.6f},\"radius\":{\"value\":%.0f,\"units\":\"M\"}},\"altitude_lower\":{\"value\":%d,\"reference\":\"W84\",\"units\":\"M\"},"
             "\"altitude_upper\":{\"value\":%d,\"reference\":\"W84\",\"units\":\"M\"}},\"time_start\":{\"value\":\"%s\",\"format\":\"RFC3339\"},\"time_end\":{\"value\":\"%s\",\"format\":\"RFC3339\"}}",
             lat, lng, metres, lower, upper, when(from), when(to));
    return text[at];
}
static const char *here(void) { return extent(47, 8, 1000, 0, 120, 3600, 7200); }
static const char *intent(const char *volume, const char *state, const char *key, const char *more) {
    static char text[2048];
    snprintf(text, sizeof text, "{\"extents\":[%s],\"uss_base_url\":\"https://uss.example/utm\",\"state\":\"%s\",\"key\":[%s]%s}", volume, state, key, more);
    return text;
}
static const char *subscription(const char *volume, const char *url) {
    static char text[2048];
    snprintf(text, sizeof text, "{\"extents\":%s,\"uss_base_url\":\"https://%s\",\"notify_for_operational_intents\":true,\"notify_for_constraints\":true}", volume, url);
    return text;
}

/* ---- calls: each has its number as the request's id, by which the forgeries find it ---- */
static char ovn[128][96]; /* of a letter, as its last write gave it */
static void learn(char letter, const char *member) {
    const char *at = strstr(g.reply, member);
    if (at) sscanf(at + strlen(member), "%90[^\"]", ovn[(int)letter]);
}
static void call(unsigned status, int number, const char *sub, uint32_t scopes, const char *method, const char *kind, char letter, const char *version, const char *body) {
    char path[256], request[8];
    snprintf(request, sizeof request, "r%03d", number);
    if (!letter) snprintf(path, sizeof path, "/dss/v1/%s", kind);
    else snprintf(path, sizeof path, "/dss/v1/%s/%s%s%s", kind, strcmp(kind, "uss_availability") == 0 ? "uss2" : id_of(letter), version ? "/" : "", version ? version : "");
    unsigned got = ground_call(&g, sub, scopes, request, method, path, body);
    if (got != status) fprintf(stderr, "# %s: %u: %s %.400s\n", request, got, g.refusal, g.reply);
    assert_int_equal(got, status);
    if (status >= 300) return;
    learn(letter, strcmp(kind, "subscriptions") == 0 || strcmp(kind, "uss_availability") == 0 ? "\"version\":\"" : "\"ovn\":\"");
}
#define INTENT "operational_intent_references"
static char *named(const char *letters) {
    static char text[1024];
    *text = '\0';
    for (const char *c = letters; *c; c++) sprintf(text + strlen(text), "%s\"%s\"", c > letters ? "," : "", ovn[(int)*c]);
    return text;
}
static const char *implicit(void) { return ",\"new_subscription\":{\"uss_base_url\":\"https://b.example\",\"notify_for_constraints\":true}"; }

static void scene_of_one_place(void) {
    static char more[512];
    for (int i = 0; i < 2; i++) { /* what is sealed anew knows a party by its records */
        struct saying s = {.kind = KIND_MESSAGE, .by = {i ? "bob/root" : "ann/root"}, .section = {{"body", "log", "{\"text\":\"here\"}", false}}, .open_by = INSTANT_NONE};
        assert_true(ground_say(&g, &s));
    }
    call(200, 1, "uss1", ST, "PUT", "subscriptions", 'a', NULL, subscription(extent(47, 8, 5000, 0, 3000, 0, 80000), "a.example"));
    call(201, 2, "uss2", ST, "PUT", INTENT, 'b', NULL, intent(here(), "Accepted", "", ""));
    call(409, 3, "uss1", CM, "PUT", INTENT, 'c', NULL, intent(extent(47.005, 8, 1000, 60, 200, 5000, 9000), "Accepted", "", ""));
    call(201, 4, "uss1", ST, "PUT", INTENT, 'c', NULL, intent(extent(47.005, 8, 1000, 60, 200, 5000, 9000), "Accepted", named("b"), implicit()));
    snprintf(more, sizeof more, ",\"subscription_id\":\"%s\"", id_of('a'));
    call(200, 5, "uss1", ST, "PUT", INTENT, 'c', ovn['c'], intent(extent(47.005, 8, 1100, 60, 200, 5000, 9000), "Activated", named("b"), more));
    call(409, 6, "uss1", ST, "PUT", INTENT, 'c', "0123456789012345678901234567890123456789012", intent(here(), "Activated", named("b"), more));
    call(403, 7, "uss2", ST, "PUT", INTENT, 'c', ovn['c'], intent(here(), "Accepted", named("b"), ""));
    call(201, 8, "uss3", CW, "PUT", "constraint_references", 'd', NULL, intent(extent(47, 8.001, 500, 0, 60, 3000, 6000), "x", "", ""));
    call(200, 9, "uss4", CR, "PUT", "subscriptions", 'e', NULL, subscription(extent(47, 8, 3000, 0, 3000, 60, 80000), "e.example"));
    call(200, 10, "arbiter", AV, "PUT", "uss_availability", 'z', NULL, "{\"availability\":\"Down\"}");
    call(201, 11, "uss4", ST, "PUT", INTENT, 'f', NULL, intent(here(), "Accepted", named("c"), "")); /* b is of one that is Down */
    call(409, 12, "arbiter", AV, "PUT", "uss_availability", 'z', NULL, "{\"availability\":\"Normal\",\"old_version\":\"\"}");
    call(400, 13, "uss1", ST, "DELETE", "subscriptions", 'a', ovn['a'], "");
    snprintf(more, sizeof more, ",\"subscription_id\":\"%s\"", id_of('a'));
    call(200, 14, "uss1", ST | CM, "PUT", INTENT, 'c', ovn['c'], intent(extent(47.005, 8, 1200, 60, 200, 5000, 9000), "Nonconforming", "", more));
    call(403, 15, "uss1", ST, "PUT", INTENT, 'c', ovn['c'], intent(here(), "Contingent", "", more));
    call(400, 16, "uss1", ST, "PUT", INTENT, 'c', ovn['c'], intent(extent(48, 8, 1000, 0, 100, 5000, 9000), "Activated", "", more)); /* not covered */
    ground_tick(&g, 1);
}
static void scene_of_shares(void) {
    for (int i = 0; i < 3; i++) call(201, 20 + i, "uss2", ST, "PUT", INTENT, (char)('1' + i), NULL, intent(extent(10 + i, 20, 500, 0, 100, 3600, 200000), "Accepted", "", ""));
    call(429, 23, "uss2", ST, "PUT", INTENT, '4', NULL, intent(extent(15, 20, 500, 0, 100, 3600, 7200), "Accepted", "", ""));
    call(200, 24, "uss2", ST, "DELETE", INTENT, 'b', ovn['b'], "");
    call(201, 25, "uss2", ST, "PUT", INTENT, '4', NULL, intent(extent(15, 20, 500, 0, 100, 3600, 7200), "Accepted", "", ""));
    call(200, 26, "uss4", CR, "PUT", "subscriptions", 'e', ovn['e'], subscription(extent(47, 8, 3000, 0, 3000, 60, 80000), "e.example")); /* b is not among them */
    call(429, 27, "uss5", CR, "PUT", "subscriptions", '7', NULL, subscription(extent(47, 8, 3000, 0, 3000, 60, 80000), "e.example"));
    ground_tick(&g, 1);
}
static void scene_of_suffixes(void) {
    char more[128];
    snprintf(more, sizeof more, ",\"requested_ovn_suffix\":\"%s\"", suffix(2));
    call(200, 30, "uss2", ST, "PUT", INTENT, '1', ovn['1'], intent(extent(10, 20, 500, 0, 100, 3600, 200000), "Accepted", "", more));
    snprintf(more, sizeof more, ",\"requested_ovn_suffix\":\"%s\"", suffix(1));
    call(400, 31, "uss2", ST, "PUT", INTENT, '1', ovn['1'], intent(extent(10, 20, 500, 0, 100, 3600, 200000), "Accepted", "", more));
    call(200, 32, "uss2", ST, "DELETE", INTENT, '1', ovn['1'], "");
    call(429, 33, "uss2", ST, "PUT", INTENT, '5', NULL, intent(extent(16, 20, 500, 0, 100, 3600, 7200), "Accepted", "", "")); /* its suffix takes a place */
    for (int i = 0; i < 11; i++) ground_tick(&g, 60);
    call(201, 34, "uss2", ST, "PUT", INTENT, '5', NULL, intent(extent(16, 20, 500, 0, 100, 3600, 7200), "Accepted", "", ""));
    call(201, 35, "uss3", CW, "POST", "reports", 0, NULL, "{\"exchange\":{\"url\":\"https://x.example\",\"method\":\"GET\",\"recorder_role\":\"Client\",\"request_time\":{\"value\":\"2026-11-23T06:00:00Z\","
         "\"format\":\"RFC3339\"}}}");
    ground_tick(&g, 1);
}
/* Implicit subscriptions: one that others attach to is stretched, told, and goes with its last intent. */
static void scene_of_implicit_ones(void) {
    char more[512], id[40];
    call(201, 40, "uss3", ST, "PUT", INTENT, '8', NULL, intent(extent(30, 30, 1000, 0, 100, 3600, 7200), "Accepted", "", implicit()));
    assert_true(sscanf(strstr(g.reply, "\"subscription_id\":\""), "\"subscription_id\":\"%36s", id) == 1);
    snprintf(more, sizeof more, ",\"subscription_id\":\"%s\"", id);
    call(201, 41, "uss3", ST, "PUT", INTENT, '9', NULL, intent(extent(30.1, 30, 1000, 0, 100, 7200, 9000), "Accepted", "", more));
    call(201, 42, "uss4", ST, "PUT", INTENT, '0', NULL, intent(extent(30.1, 30, 500, 200, 300, 7300, 8000), "Accepted", "", "")); /* above, and told all the same */
    call(200, 43, "uss3", ST, "DELETE", INTENT, '8', ovn['8'], "");
    call(200, 44, "uss3", ST, "DELETE", INTENT, '9', ovn['9'], "");
    call(200, 45, "uss4", ST, "DELETE", INTENT, '0', ovn['0'], ""); /* nobody is told any more */
    for (int i = 0; i < 3; i++) ground_tick(&g, 86400);
    call(400, 46, "uss1", ST, "PUT", INTENT, '6', NULL, intent(extent(16, 20, 500, 0, 100, -7200, -60), "Accepted", "", ""));
    call(200, 47, "uss1", ST, "PUT", INTENT, 'c', ovn['c'], intent(extent(47.005, 8, 1000, 60, 200, 0, 7200), "Accepted", "", "")); /* detached */
    call(200, 48, "uss1", ST, "DELETE", "subscriptions", 'a', ovn['a'], "");
    ground_tick(&g, 1);
    scene_end = g.lines;
}

/* ---- forgeries ---- */
struct forgery { const char *name; int number; const char *class_, *from, *to; };
static const struct forgery forgeries[] = {
    {"an intent is accepted whose key lacks another's", 4, "request", "\"key\":[\"", "\"key\":[\"x"},
    {"an update is accepted whose key lacks another's", 5, "request", "\"key\":[\"", "\"key\":[\"x"},
    {"a stale OVN is accepted", 5, "request", "000c/", "000c/x"},
    {"a foreign manager changes it", 5, "claims", "\"sub\":\"uss1\"", "\"sub\":\"uss3\""},
    {"a foreign manager deletes it", 24, "claims", "\"sub\":\"uss2\"", "\"sub\":\"uss1\""},
    {"a subscriber is not notified", 2, "outcome", "\"subscribers\":[{\"uss_base_url\":\"https://a.example\",\"subscriptions\":[{", "\"subscribers\":[],\"x\":[{\"y\":[{"},
    {"a subscriber's index is another", 5, "outcome", "\"notification_index\":", "\"notification_index\":1"},
    {"a subscriber of constraints is not notified", 8, "outcome", "\"subscribers\":[{", "\"subscribers\":[],\"x\":[{"},
    {"one is notified that is none", 20, "outcome", "\"subscribers\":[]", "\"subscribers\":[{\"uss_base_url\":\"https://a.example\",\"subscriptions\":[{\"subscription_id\":\"a0000000-0000-4000-8000-00000000000a\",\"notification_index\":3}]}]"},
    {"another's OVN is shown", 9, "outcome", "Available from USS", "0123456789012345678901234567890123456789012"},
    {"the own OVN is not", 5, "outcome", "\"ovn\":\"", "\"ovn\":\"x"},
    {"what is there is not shown to a subscriber", 9, "outcome", "\"operational_intent_references\":[", "\"operational_intent_references\":[],\"x\":["},
    {"a deleted one is still found", 26, "outcome", "\"operational_intent_references\":[", "\"operational_intent_references\":[{\"id\":\"b0000000-0000-4000-8000-00000000000b\"},"},
    {"a deletion that made room is not on record", 24, NULL, NULL, NULL},
    {"a creation that filled the share is not on record", 20, NULL, NULL, NULL},
    {"a key lacks less than it does", 3, "outcome", "\"missing_operational_intents\":[", "\"missing_operational_intents\":[],\"x\":["},
    {"a key lacks a constraint that nobody asked for", 3, "outcome", "\"missing_operational_intents\":[", "\"missing_constraints\":[{\"id\":\"d0000000-0000-4000-8000-00000000000d\"}],\"missing_operational_intents\":["},
    {"heights of a conflict are told to who may not know", 3, "outcome", "\"overlap_s\":", "\"overlap_lower_m\":60,\"overlap_height_m\":60,\"overlap_s\":"},
    {"a conflict is shorter than it is", 3, "outcome", "\"overlap_s\":", "\"overlap_s\":1"},
    {"one that is Down counts as Normal", 10, "request", "Down", "Normal"},
    {"the availability shown is not the stated one", 10, "outcome", "\"availability\":\"Down\"", "\"availability\":\"Normal\""},
    {"an availability of another version is taken for stale", 12, "request", "\"old_version\":\"\"", "\"old_version\":\"%AVAILABILITY%\""},
    {"a subscription is kept though nothing depends on it", 13, "request", "000a/", "000a/x"},
    {"a state that needs another scope", 14, "claims", "[\"utm.strategic_coordination\",\"utm.conformance_monitoring_sa\"]", "[\"utm.strategic_coordination\"]"},
    {"a call without its scope", 8, "claims", "utm.constraint_management", "utm.constraint_processing"},
    {"one is attached to what does not cover it", 5, "request", "\"value\":1100", "\"value\":9100"},
    {"what is covered is refused as not", 16, "request", "\"lat\":48.0", "\"lat\":47.0"},
    {"a height that does not meet is refused for its key", 3, "request", "\"altitude_lower\":{\"value\":60", "\"altitude_lower\":{\"value\":121"},
    {"a time that does not meet is refused for its key", 3, "request", "\"time_start\":{\"value\":\"2026-11-23T07", "\"time_start\":{\"value\":\"2026-11-23T08"},
    {"a share that is not full is called so", 23, "claims", "\"sub\":\"uss2\"", "\"sub\":\"uss3\""},
    {"a fifth manager is one of the four", 27, "claims", "\"sub\":\"uss5\"", "\"sub\":\"uss3\""},
    {"a suffix is taken that comes again", 30, "request", "\"requested_ovn_suffix\":\"", "\"requested_ovn_suffix\":\"f"},
    {"a later suffix is refused", 31, "request", "-000000000001\"", "-000000000003\""},
    {"an OVN without the suffix that was asked for", 30, "outcome", "\"ovn\":\"10000000-", "\"ovn\":\"20000000-"},
    {"a deletion is answered as a creation", 32, "outcome", "\"status\":200", "\"status\":201"},
    {"a report is told back otherwise", 35, "outcome", "\"method\":\"GET\"", "\"method\":\"PUT\""},
    {"a stretched subscription is not told", 42, "outcome", "\"subscribers\":[{", "\"subscribers\":[],\"x\":[{"},
    {"an implicit one outlives its last intent", 45, "outcome", "\"subscribers\":[]", "\"subscribers\":[{\"uss_base_url\":\"https://b.example\",\"subscriptions\":[]}],\"subscriber\":[]"},
    {"what has ended is accepted", 47, "request", "\"time_end\":{\"value\":\"2026", "\"time_end\":{\"value\":\"2025"},
    {"what has not ended is refused as ended", 46, "request", "\"time_end\":{\"value\":\"2026", "\"time_end\":{\"value\":\"2027"},
    {"an update counts no version up", 47, "outcome", "\"version\":4", "\"version\":3"},
    {"an intent stays attached that was detached", 47, "outcome", "\"subscription_id\":\"00000000", "\"subscription_id\":\"a0000000"},
    {"a deleted subscription's index is another", 48, "outcome", "\"notification_index\":", "\"notification_index\":1"},
    {"a subscription's dependents are others", 48, "outcome", "\"dependent_operational_intents\":[", "\"dependent_operational_intents\":[\"c0000000-0000-4000-8000-00000000000c\""},
    {"a subscription ends at another time", 9, "outcome", "\"time_end\":{\"value\":\"2026", "\"time_end\":{\"value\":\"2027"},
    {"another status than the reason's", 7, "outcome", "\"status\":403", "\"status\":409"},
    {"another reason", 6, "outcome", "\"reason\":\"stale\"", "\"reason\":\"entity-exists\""},
};

static bool heard;
static char first[512];
static void listen(void *context, const char *line) {
    (void)context;
    if (!*first) snprintf(first, sizeof first, "%s", line);
    heard = heard || strstr(line, ": dss: ");
}
static bool find(const struct forge *f, int number, size_t *at) {
    char request[32];
    snprintf(request, sizeof request, "\"request\":\"r%03d\"", number);
    for (*at = 0; *at < f->count; ++*at)
        if (strstr(forge_text(&f->at[*at], "claims"), request)) return true;
    return false;
}
/* Where one is missing, the operator's records behind it move down. */
static void dropped(struct forge *f, size_t at) {
    forge_drop(f, at);
    for (size_t i = at; i < f->count; i++) {
        struct forged *x = &f->at[i];
        if (x->kind != LINE_RECORD || strcmp(x->party, "op") != 0) continue;
        json_int_t seq = json_integer_value(json_object_get(x->record, "seq"));
        char from[64], to[64];
        sprintf(from, "\"place\":%lld", (long long)seq);
        sprintf(to, "\"place\":%lld", (long long)seq - 1);
        json_object_set_new(x->record, "seq", json_integer(seq - 1));
        forge_put(x, "outcome", from, to);
        x->changed = true;
    }
}
static struct forge forge;
static uint64_t judged(const struct forgery *y) {
    size_t at;
    forge_take(&forge, &g, scene_end, small.slots_log2);
    heard = false;
    *first = '\0';
    if (y) {
        assert_true(find(&forge, y->number, &at));
        const char *to = y->to && strstr(y->to, "%AVAILABILITY%") ? "\"old_version\":\"" : y->to;
        char room[256];
        if (to != y->to) {
            snprintf(room, sizeof room, "%s%s\"", to, ovn['z']);
            to = room;
        }
        if (!y->class_) dropped(&forge, at);
        else if (!forge_put(&forge.at[at], y->class_, y->from, to)) {
            snprintf(first, sizeof first, "there is no %s in %.400s", y->from, forge_text(&forge.at[at], y->class_));
            forge_free(&forge);
            return 0;
        }
    }
    forge_seal(&forge);
    struct audit *a = audit_new(g.genesis.at, g.genesis.size, listen, NULL);
    audit_blinds(a, (const uint8_t(*)[32])forge.blinds, (1u << small.slots_log2) + 1);
    forge_feed(&forge, a);
    uint64_t complaints = audit_end(a);
    if (!y) {
        char figures[2048];
        audit_figures(a, figures, sizeof figures);
        print_message("# %s\n", figures);
        assert_int_equal(audit_figure(a, "not judged"), 0);
        assert_true(audit_figure(a, "keys found wanting") >= 1 && audit_figure(a, "subscribers notified") >= 12);
        assert_int_equal(audit_figure(a, "within a margin: either is right"), 0); /* nothing here is near a bound */
    }
    audit_free(a);
    forge_free(&forge);
    return complaints;
}
static void the_good_log_stands(void **state) {
    (void)state;
    uint64_t complaints = judged(NULL);
    if (complaints) print_message("# %s\n", first);
    assert_int_equal(complaints, 0);
}
static void each_forgery_is_caught(void **state) {
    (void)state;
    int missed = 0;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        uint64_t complaints = judged(&forgeries[i]);
        if (heard) continue;
        print_message("# not caught: %s: %llu complaints; first: %s\n", forgeries[i].name, (unsigned long long)complaints, first);
        missed++;
    }
    print_message("# %zu forgeries\n", sizeof forgeries / sizeof *forgeries);
    assert_int_equal(missed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_good_log_stands), cmocka_unit_test(each_forgery_is_caught)};
    ground_open(&g, 5, false, &small, (const char *const[]){"ann", "bob", "*op", NULL});
    scene_of_one_place();
    scene_of_shares();
    scene_of_suffixes();
    scene_of_implicit_ones();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("audit f3548", tests, NULL, NULL);
    ground_close(&g);
    return failed;
}
