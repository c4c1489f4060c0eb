/* That the auditor judges what is released to the world at the doors of F3548: a good log stands before it, with what was shown to whoever asked at every moment; and each of
 * these forgeries, of the log (sealed anew with every hash and signature) or of what was shown, does not. */
#include "forge.h"

#include "onlook.h"

enum { ST = DSS_SCOPE_STRATEGIC, CR = DSS_SCOPE_CONSTRAINT_PROCESSING };
static const struct capacity small = {.parties = 4, .keys = 40, .agreements = 4, .areas = 4, .feeds = 4, .notices = 64, .flights = 32, .volumes = 640, .vertices = 20480, .tracks = 8, .alerts = 256,
    .pending = 8, .recent = 800, .holds = 4, .slots_log2 = 3, .managers = 4, .references = 32, .subscriptions = 32, .footprints = 128, .points = 4096};
#define URL "https://parley.example"
static struct ground g;

/* ---- what is shown ---- */
struct look { size_t at; char *text; size_t size; };
static struct look looks[128];
static size_t look_count;
static struct json_reader *reader;
static struct arena scratch;
static void look(void) {
    const struct state *st = node_state(g.node);
    const struct decoder d = {.json = reader, .arena = &scratch, .log = g.log, .origin = state_origin(st)};
    struct append out = append_growing(1 << 26);
    onlook(st, &d, &out);
    assert(look_count < sizeof looks / sizeof *looks);
    looks[look_count++] = (struct look){g.lines, strndup(out.at, out.size), out.size};
    append_free(&out);
}

/* ---- words ---- */
static const char *when(int64_t seconds) {
    static char text[16][48];
    static int at;
    struct append a = append_fixed(text[at = (at + 1) % 16], 47);
    append_instant(&a, g.now + seconds * INSTANT_SECOND);
    text[at][a.size] = '\0';
    return text[at];
}
static char words[1 << 14];
static void volume(const char *shape, int lower, const char *reference, int upper, int64_t from, int64_t to) {
    size_t n = strlen(words);
    snprintf(words + n, sizeof words - n, "%s{%s,\"lower\":{\"value\":%d,\"reference\":\"%s\",\"units\":\"M\"},\"upper\":{\"value\":%d,\"reference\":\"%s\",\"units\":\"M\"},\"start\":\"%s\",\"end\":\"%s\"}",
             n ? "," : "", shape, lower, reference, upper, reference, when(from), when(to));
}
static double east(double lng) { return lng > 180 ? lng - 360 : lng; }
static const char *square(double lat, double lng, double size) {
    static char text[512];
    snprintf(text, sizeof text, "\"polygon\":[{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f}]", lat, lng, lat, east(lng + size), lat + size, east(lng + size),
             lat + size, lng);
    return text;
}
static const char *circle(double lat, double lng, double metres) {
    static char text[256];
    snprintf(text, sizeof text, "\"circle\":{\"center\":{\"lat\":%.6f,\"lng\":%.6f},\"radius_m\":%.0f}", lat, lng, metres);
    return text;
}
static const char *corridor(double lat, double lng) {
    static char text[512];
    snprintf(text, sizeof text, "\"corridor\":{\"width_m\":4000,\"path\":[{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f}]}", lat, lng, lat + 0.4, lng + 0.2, lat + 0.3, lng + 0.9);
    return text;
}
static char body[2][(1 << 14) + 256];
static const char *hazard(int which, const char *category) {
    snprintf(body[which], sizeof body[which], "{\"area\":\"SORREL 4\",\"category\":\"%s\",\"volumes\":[%s]}", category, words);
    *words = '\0';
    return body[which];
}
static const char *flies(int which, int priority) {
    snprintf(body[which], sizeof body[which], "{\"callsign\":\"MRL12\",\"priority\":%d,\"volumes\":[%s]}", priority, words);
    *words = '\0';
    return body[which];
}
static char entity[8][64];
static const char *entity_said(int slot, const char *party) {
    char hex[33];
    struct append h = append_fixed(hex, 32);
    append_hex(&h, g.last.id.bytes, 16);
    hex[32] = '\0';
    snprintf(entity[slot], sizeof entity[slot], "%s/%s", party, hex);
    return entity[slot];
}
static void said(struct saying s) {
    s.open_by = INSTANT_NONE;
    bool taken = ground_say(&g, &s);
    if (!taken) fprintf(stderr, "# refused: %s %.300s\n", g.refusal, g.out.detail);
    assert_true(taken);
    look();
}
static void call(unsigned status, const char *sub, const char *method, const char *kind, char letter, const char *version, const char *text) {
    static int number;
    char path[256], request[16];
    snprintf(request, sizeof request, "r%03d", ++number);
    snprintf(path, sizeof path, "/dss/v1/%s/%c0000000-0000-4000-8000-00000000000%c%s%s", kind, letter, letter, version ? "/" : "", version ? version : "");
    unsigned got = ground_call(&g, sub, ST | CR, request, method, path, text);
    if (got != status) fprintf(stderr, "# %s: %u: %s %.400s\n", request, got, g.refusal, g.reply);
    assert_int_equal(got, status);
}
static const char *extent(double lat, double lng, double metres, int lower, int upper, int64_t from, int64_t to) {
    static char text[1024];
    snprintf(text, sizeof text,
             "{\"volume\":{\"outline_circle\":{\"center\":{\"lat\":%.6f,\"lng\":%.6f},\"radius\":{\"value\":%.0f,\"units\":\"M\"}},\"altitude_lower\":{\"value\":%d,\"reference\":\"W84\",\"units\":\"M\"},"
             "\"altitude_upper\":{\"value\":%d,\"reference\":\"W84\",\"units\":\"M\"}},\"time_start\":{\"value\":\"%s\",\"format\":\"RFC3339\"},\"time_end\":{\"value\":\"%s\",\"format\":\"RFC3339\"}}",
             lat, lng, metres, lower, upper, when(from), when(to));
    return text;
}
static void subscribe(const char *sub, char letter, double lat, double lng, double metres, bool intents, bool constraints) {
    char text[2048];
    snprintf(text, sizeof text, "{\"extents\":%s,\"uss_base_url\":\"https://%s.example\",\"notify_for_operational_intents\":%s,\"notify_for_constraints\":%s}", extent(lat, lng, metres, 0, 3000, 60, 80000), sub,
             intents ? "true" : "false", constraints ? "true" : "false");
    call(200, sub, "PUT", "subscriptions", letter, NULL, text);
}
/* The true OVN that details gave last. */
static const char *ovn_of(const char *id) {
    static char text[96];
    const char *at = strstr(strstr(looks[look_count - 1].text, "\"details\":["), id);
    if (!at) return "none";
    assert(sscanf(strstr(at, "\"ovn\":\""), "\"ovn\":\"%90[^\"]", text) == 1);
    return text;
}

/* The id that the last look has and the one before had not. */
static void new_id(char out[40]) {
    const char *at = strstr(looks[look_count - 1].text, "\"details\":[");
    while ((at = strstr(at, "{\"id\":\"")) != NULL) {
        assert_int_equal(sscanf(at, "{\"id\":\"%36s", out), 1);
        if (!strstr(looks[look_count - 2].text, out)) return;
        at += 7;
    }
    strcpy(out, "nothing new is shown");
}

/* ---- scenes ---- */
static char enlarged[40], again[2][40], flown[40], old_ovn[96], enlarged_ovn[96];
static size_t filed_at, enlarged_at, again_at, hidden_at, released_at, active_at, over_at, ended_at, url_at;
static void scene_of_a_notice(void) {
    for (int i = 0; i < 2; i++) said((struct saying){.kind = KIND_MESSAGE, .by = {i ? "bob/root" : "ann/root"}, .section = {{"body", "log", "{\"text\":\"here\"}", false}}});
    subscribe("uss1", 'a', 47.05, 8.05, 20000, true, true);
    subscribe("uss2", 'b', 47.05, 8.05, 20000, true, false);
    subscribe("uss3", 'c', -20, 8, 5000, true, true);
    volume(square(47, 8, 0.1), 0, "AMSL", 3000, 3600, 7200);
    const char *own = hazard(0, "missile");
    volume(square(46.9, 7.9, 0.3), 0, "AMSL", 4000, 3000, 9000);
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "world", hazard(1, "activity"), false}, {"own", "bob", own, false}}});
    entity_said(0, "ann");
    filed_at = look_count - 1;
    new_id(enlarged);
    strcpy(old_ovn, ovn_of(enlarged));
    volume(square(47, 8, 0.1), 0, "AMSL", 3000, 3600, 7200); /* another to the parties alone */
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "log", hazard(0, "missile"), false}}});
    entity_said(1, "ann");
    ground_tick(&g, 1);
    look();
    subscribe("uss4", 'd', 47.05, 8.05, 1000, true, true); /* which is shown it */
    volume(square(46.9, 7.9, 0.4), 0, "AMSL", 4000, 3000, 9000); /* enlarged */
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .on = entity[0], .section = {{"public", "world", hazard(0, "activity"), false}}});
    enlarged_at = look_count - 1;
    strcpy(enlarged_ovn, ovn_of(enlarged));
    ground_tick(&g, 1);
    volume(square(47, 8, 0.1), 0, "AMSL", 3000, 3600, 7200); /* the other one is released, and then no more */
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .on = entity[1], .section = {{"public", "world", hazard(0, "missile"), false}}});
    new_id(again[0]);
    volume(square(47, 8, 0.1), 0, "AMSL", 3000, 3600, 7200);
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .on = entity[1], .section = {{"public", "log", hazard(0, "missile"), false}}});
    hidden_at = look_count - 1;
    volume(square(47, 8, 0.1), 0, "AMSL", 3000, 3600, 7200); /* and again: with another id */
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .on = entity[1], .section = {{"public", "world", hazard(0, "missile"), false}}});
    new_id(again[1]);
    again_at = look_count - 1;
    ground_tick(&g, 1);
    look();
}
static void scene_of_a_flight(void) {
    char text[4096];
    volume(circle(47.02, 8.02, 2000), 100, "W84", 900, 3600, 7200);
    said((struct saying){.kind = KIND_FLIGHT, .by = {"bob/root"}, .section = {{"public", "ann", flies(0, 3), false}}});
    entity_said(2, "bob");
    volume(circle(47.02, 8.02, 2500), 50, "W84", 1000, 3600, 7200);
    said((struct saying){.kind = KIND_FLIGHT_RELEASE, .by = {"bob/root"}, .on = entity[2], .section = {{"public", "world", flies(0, 40), false}}});
    new_id(flown);
    released_at = look_count - 1;
    ground_tick(&g, 1);
    look();
    /* A drone's intent lacks them, and is shown which. */
    snprintf(text, sizeof text, "{\"extents\":[%s],\"uss_base_url\":\"https://uss1.example\",\"state\":\"Accepted\",\"key\":[],\"new_subscription\":{\"uss_base_url\":\"https://uss1.example\",\"notify_for_constraints\":true}}",
             extent(47.02, 8.02, 500, 100, 200, 3700, 3800));
    call(409, "uss1", "PUT", "operational_intent_references", 'e', NULL, text);
    char key[1024] = "";
    for (const char *at = g.reply; (at = strstr(at, "{\"id\":\"")) != NULL; at += 7) {
        char id[40];
        assert_int_equal(sscanf(at, "{\"id\":\"%36s", id), 1);
        const char *ovn = ovn_of(id);
        if (!strstr(key, ovn)) snprintf(key + strlen(key), sizeof key - strlen(key), "%s\"%s\"", *key ? "," : "", ovn);
    }
    snprintf(text, sizeof text, "{\"extents\":[%s],\"uss_base_url\":\"https://uss1.example\",\"state\":\"Accepted\",\"key\":[%s],\"new_subscription\":{\"uss_base_url\":\"https://uss1.example\",\"notify_for_constraints\":true}}",
             extent(47.02, 8.02, 500, 100, 200, 3700, 3800), key);
    call(201, "uss1", "PUT", "operational_intent_references", 'e', NULL, text);
    look();
    said((struct saying){.kind = KIND_FLIGHT_ACTIVATE, .by = {"bob/root"}, .on = entity[2], .section = {{"body", "log", "{\"text\":\"so\"}", false}}});
    active_at = look_count - 1;
    ground_tick(&g, 1);
}
/* Days, bands, corridors, large areas, the antimeridian, more than there may be of pieces. */
static void scene_of_pieces(void) {
    volume(corridor(10, 20), 0, "SFC", 300, 60, 200000);
    volume(square(10, 20, 0.2), 0, "AMSL", 2000, 60, 200000);
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "world", hazard(0, "missile"), false}}});
    volume(square(-10, 179, 2.5), 0, "AMSL", 2000, 60, 7200);
    said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "world", hazard(0, "missile"), false}}});
    for (int i = 0; i < 9; i++) volume(square(-30 + i * 0.3, 20, 0.1), 0, "AMSL", 1000 + 10 * i, 60, 9 * 86400);
    said((struct saying){.kind = KIND_NOTICE, .by = {"bob/root"}, .section = {{"public", "world", hazard(0, "missile"), false}}});
    volume(circle(-50, 20, 90000), 0, "SFC", 100, 60, 80 * 86400); /* days beyond number are not cut */
    said((struct saying){.kind = KIND_NOTICE, .by = {"bob/root"}, .section = {{"public", "world", hazard(0, "missile"), false}}});
    for (int i = 0; i < 3; i++) volume(corridor(30 + i, 40), 100 * i, "W84", 100 * i + 90, 60 + 600 * i, 1200 + 600 * i);
    said((struct saying){.kind = KIND_FLIGHT, .by = {"bob/root"}, .section = {{"public", "world", flies(0, 0), false}}});
    entity_said(3, "bob");
    for (int i = 0; i < 3; i++) volume(corridor(30 + i, 40), 100 * i, "W84", 100 * i + 90, 60 + 600 * i, 1200 + 600 * i); /* another priority alone, another category alone: another OVN */
    said((struct saying){.kind = KIND_FLIGHT, .by = {"bob/root"}, .on = entity[3], .section = {{"public", "world", flies(0, 5), false}}});
    for (int i = 0; i < 2; i++) {
        volume(square(-60, 20, 0.1), 0, "AMSL", 2000, 3600, 7200);
        said((struct saying){.kind = KIND_NOTICE, .by = {"bob/root"}, .on = i ? entity[4] : NULL, .section = {{"public", "world", hazard(0, i ? "missile" : "activity"), false}}});
        if (i == 0) entity_said(4, "bob");
    }
    for (int i = 0; i < 6; i++) { /* a share that is full: coarser, and never smaller */
        volume(square(-5 + 3 * i, -60, 2.2), 0, "AMSL", 2000, 60, 20 * 86400);
        said((struct saying){.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "world", hazard(0, "missile"), false}}});
    }
    volume(square(60, 100, 0.4), 0, "AMSL", 3000, 60, 7200); /* the wider does not hold the exact one: all are warned of both */
    const char *own = hazard(0, "missile");
    volume(square(60.1, 100.1, 0.1), 0, "AMSL", 3000, 60, 7200);
    said((struct saying){.kind = KIND_NOTICE, .by = {"bob/root"}, .section = {{"public", "world", hazard(1, "activity"), false}, {"own", "ann", own, false}}});
    ground_tick(&g, 1);
    look();
}
static void scene_of_ends(void) {
    for (int i = 0; i < 8; i++) {
        ground_tick(&g, 1500);
        look();
    }
    said((struct saying){.kind = KIND_NOTICE_OVER, .by = {"ann/root"}, .on = entity[0], .section = {{"body", "log", "{\"text\":\"so\"}", false}}});
    over_at = look_count - 1;
    ground_tick(&g, 1);
    look();
    said((struct saying){.kind = KIND_FLIGHT_END, .by = {"bob/root"}, .on = entity[2], .section = {{"body", "log", "{\"text\":\"so\"}", false}}});
    ended_at = look_count - 1;
    ground_tick(&g, 1);
    look();
    said((struct saying){.kind = KIND_FLIGHT_CANCEL, .by = {"bob/root"}, .on = entity[3], .section = {{"body", "log", "{\"text\":\"so\"}", false}}});
    ground_tick(&g, 1);
    look();
    ground_bridge_url = "https://other.example/parley";
    ground_restart(&g); /* another URL: all of them are written anew */
    look();
    url_at = look_count - 1;
    ground_tick(&g, 1);
    look();
    ground_bridge_url = "";
    ground_restart(&g);
    ground_tick(&g, 1);
    look();
    ground_bridge_url = URL;
    ground_restart(&g);
    ground_tick(&g, 1);
    look();
}

/* ---- forgeries ---- */
static bool heard;
static char first[512];
static void listen(void *context, const char *line) {
    (void)context;
    if (getenv("PARLEY_AUDIT_LOUD")) fprintf(stderr, "%s\n", line);
    if (!*first) snprintf(first, sizeof first, "%s", line);
    heard = heard || strstr(line, ": bridge: ") || strstr(line, ": dss: ");
}
static struct forge forge;
/* What is shown from the look `*at` on, once or always, made another: in all places, or the first behind `behind`. */
struct forgery { const char *name; const size_t *at; bool once; const char *behind, *from, *to; char *(*made)(size_t n); };
static char *put(const char *text, const struct forgery *y) {
    size_t from = strlen(y->from), to = strlen(y->to), n = 0;
    const char *at = y->behind ? strstr(text, y->behind) : text;
    char *out = malloc(2 * strlen(text) + to + 1);
    assert(out);
    *out = '\0';
    strncat(out, text, at ? (size_t)(at - text) : 0);
    for (const char *next; at && (next = strstr(at, y->from)) != NULL && !(y->behind && n > 0); at = next + from, n++) {
        strncat(out, at, (size_t)(next - at));
        strcat(out, y->to);
    }
    if (n > 0) return strcat(out, at);
    free(out);
    return NULL;
}
static char *as_before_the_end(size_t n) { return n >= over_at ? strdup(looks[over_at - 1].text) : NULL; }
static char *as_before_the_filing(size_t n) { return n >= filed_at ? strdup(looks[filed_at - 1].text) : NULL; }
static char *as_before_the_flight_ended(size_t n) { return n == ended_at ? strdup(looks[ended_at - 1].text) : NULL; }
static char *as_released(size_t n) { return n == hidden_at ? strdup(looks[hidden_at - 1].text) : NULL; }
static char *as_active(size_t n) { return n + 1 == active_at ? strdup(looks[active_at].text) : NULL; }
static const struct forgery forgeries[] = {
    {"a piece is smaller than the notice", &enlarged_at, false, enlarged, "\"lat\":47.3", "\"lat\":47.2", NULL},
    {"a corner lies where the world may read of nothing", &enlarged_at, false, enlarged, "\"lat\":47.3", "\"lat\":47.5", NULL},
    {"it ends before it ends", &enlarged_at, false, NULL, "T08:30:0", "T08:29:0", NULL},
    {"it is listed with another end", &enlarged_at, false, enlarged, "T08:30:0", "T08:29:0", NULL},
    {"it reaches less high", &enlarged_at, false, enlarged, "\"altitude_upper\":{\"value\":40", "\"altitude_upper\":{\"value\":39", NULL},
    {"it reaches higher than the world may read", &enlarged_at, false, enlarged, "\"altitude_upper\":{\"value\":40", "\"altitude_upper\":{\"value\":41", NULL},
    {"an id comes again", &again_at, false, NULL, again[1], again[0], NULL},
    {"an id is one that nobody drew", &again_at, false, NULL, again[1], "00000000-0000-4000-8000-000000000000", NULL},
    {"a category that the world may not read is shown", &filed_at, false, enlarged, "\"type\":\"activity\"", "\"type\":\"missile\"", NULL},
    {"a priority that the world may not read is shown", &released_at, false, flown, "\"priority\":40", "\"priority\":3", NULL},
    {"a notice that is released no more is shown", &hidden_at, true, NULL, "", "", as_released},
    {"a reference stays after the end", &over_at, false, NULL, "", "", as_before_the_end},
    {"a flight's stays after its end", &ended_at, false, NULL, "", "", as_before_the_flight_ended},
    {"a notice is filed, and not shown", &filed_at, false, NULL, "", "", as_before_the_filing},
    {"a change is shown before it is said", &active_at, false, NULL, "", "", as_active},
    {"an OVN does not change with what it stands for", &enlarged_at, false, NULL, enlarged_ovn, old_ovn, NULL},
    {"an OVN changes where nothing else does", &again_at, true, NULL, enlarged_ovn, "0123456789012345678901234567890123456789012", NULL},
    {"an OVN is one that nobody drew", &enlarged_at, false, NULL, enlarged_ovn, "0123456789012345678901234567890123456789012", NULL},
    {"a version is not counted up", &enlarged_at, false, NULL, "\"version\":2", "\"version\":1", NULL},
    {"a true OVN is shown to everybody", &enlarged_at, false, enlarged, "Available from USS", enlarged_ovn, NULL},
    {"a flight in the air is shown as accepted", &active_at, false, NULL, "\"state\":\"Activated\"", "\"state\":\"Accepted\"", NULL},
    {"a state off nominal", &active_at, false, NULL, "\"state\":\"Activated\"", "\"state\":\"Contingent\"", NULL},
    {"it is managed elsewhere", &url_at, false, NULL, "https://other.example/parley", "https://parley.example", NULL},
    {"a manager is called Down that nobody called so", &released_at, false, flown, "\"uss_availability\":\"Unknown\"", "\"uss_availability\":\"Down\"", NULL},
    {"one with details is not listed", &enlarged_at, false, NULL, "\"constraint_references\":[", "\"constraint_references\":[],\"x\":[", NULL},
    {"a reference has other times than its details", &enlarged_at, false, "\"details\":[", "T08:30:0", "T08:31:0", NULL},
    {"an intent is attached to what is nobody's", &released_at, false, NULL, "00000000-0000-4000-8000-000000000000", "10000000-0000-4000-8000-000000000000", NULL},
};
struct told_forgery { const char *name, *needle, *from, *to; };
#define TOLD "\"told\":\"subscribers\""
static const struct told_forgery told_forgeries[] = {
    {"a subscriber's index is another", TOLD, ",1]", ",2]"},
    {"a subscriber is not to be notified", TOLD, "[\"a0000000-0000-4000-8000-00000000000a\",1]", ""},
    {"one is to be notified that is elsewhere", TOLD, "[\"a0000000-0000-4000-8000-00000000000a\",1]", "[\"c0000000-0000-4000-8000-00000000000c\",1]"},
    {"one is to be notified that did not ask", TOLD, "[\"a0000000-0000-4000-8000-00000000000a\",1]", "[\"b0000000-0000-4000-8000-00000000000b\",1]"},
    {"one is to be notified that there is not", TOLD, "[\"a0000000-0000-4000-8000-00000000000a\",1]", "[\"f0000000-0000-4000-8000-00000000000f\",1]"},
    {"what is created is version 2", "\"change\":\"created\"", "\"version\":1", "\"version\":2"},
    {"what changes keeps its version", "\"change\":\"changed\"", "\"version\":2", "\"version\":1"},
    {"what is deleted is changed", "\"change\":\"deleted\"", "deleted", "changed"},
    {"an unknown one is told of", TOLD, "\"constraint\":\"", "\"constraint\":\"0"},
    {"a subscriber is not shown a constraint", "\"constraint_references\":[{", "\"constraint_references\":[{", "\"constraint_references\":[],\"x\":[{"},
    {"a key lacks no constraint", "\"missing_constraints\":[{", "\"missing_constraints\":[{", "\"x\":[{"},
    {"a key lacks no flight that was released", "\"missing_operational_intents\":[{", "\"missing_operational_intents\":[{", "\"x\":[{"},
    {"a lacking one is managed elsewhere", "\"missing_constraints\":[{", "\"uss_base_url\":\"https://parley.example\"", "\"uss_base_url\":\"https://x.example\""},
};
/* Every record is sealed anew where `told` changes one; *changed: something was. */
static uint64_t judged(const struct forgery *y, const struct told_forgery *t, bool *changed) {
    heard = false;
    *first = '\0';
    *changed = !y && !t;
    forge_take(&forge, &g, g.lines, small.slots_log2);
    for (size_t i = 0; t && i < forge.count && !*changed; i++) {
        if (!strstr(forge_text(&forge.at[i], "told"), t->needle) && !strstr(forge_text(&forge.at[i], "outcome"), t->needle)) continue;
        *changed = forge_put(&forge.at[i], "told", t->from, t->to) || forge_put(&forge.at[i], "outcome", t->from, t->to);
    }
    if (t) forge_seal(&forge);
    struct audit *a = audit_new(g.genesis.at, g.genesis.size, listen, NULL);
    audit_blinds(a, (const uint8_t(*)[32])forge.blinds, (1u << small.slots_log2) + 1);
    for (size_t i = 0, n = 0; i <= forge.count; i++) {
        for (; n < look_count && looks[n].at == i; n++) {
            bool now = y && n >= *y->at && !(y->once && *changed);
            char *text = y && y->made ? y->made(n) : now ? put(looks[n].text, y) : NULL;
            *changed = *changed || text;
            audit_shown(a, text ? text : looks[n].text, text ? strlen(text) : looks[n].size);
            free(text);
        }
        const struct forged *x = &forge.at[i];
        if (i == forge.count || ((y || t) && *changed && heard)) break;
        if (x->kind == LINE_RECORD) {
            char *text = json_dumps(x->record, JSON_COMPACT);
            audit_record(a, x->party, text, strlen(text));
            free(text);
        } else if (x->kind == LINE_LEAF) {
            audit_leaf(a, x->text, x->size);
        } else {
            audit_checkpoint(a, x->text, x->size);
        }
    }
    uint64_t complaints = audit_end(a);
    if (!y && !t) {
        char figures[2048];
        audit_figures(a, figures, sizeof figures);
        print_message("# %s\n", figures);
        if (complaints == 0) assert_true(audit_figure(a, "references shown") > 200 && audit_figure(a, "points held") > 500 && audit_figure(a, "subscribers notified") > 10);
    }
    audit_free(a);
    forge_free(&forge);
    return complaints;
}
static void the_good_log_stands(void **state) {
    bool changed;
    (void)state;
    uint64_t complaints = judged(NULL, NULL, &changed);
    if (complaints) print_message("# %llu complaints; first: %s\n", (unsigned long long)complaints, first);
    assert_int_equal(complaints, 0);
}
static void each_forgery_is_caught(void **state) {
    int missed = 0;
    size_t shown = sizeof forgeries / sizeof *forgeries, all = shown + sizeof told_forgeries / sizeof *told_forgeries;
    (void)state;
    for (size_t i = 0; i < all; i++) {
        bool changed;
        uint64_t complaints = judged(i < shown ? &forgeries[i] : NULL, i < shown ? NULL : &told_forgeries[i - shown], &changed);
        if (changed && heard) continue;
        print_message("# not %s: %s: %llu complaints; first: %s\n", changed ? "caught" : "forged", i < shown ? forgeries[i].name : told_forgeries[i - shown].name, (unsigned long long)complaints, first);
        missed++;
    }
    print_message("# %zu forgeries\n", all);
    assert_int_equal(missed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_good_log_stands), cmocka_unit_test(each_forgery_is_caught)};
    reader = json_reader_new(8 << 20);
    arena_growing(&scratch, 1 << 26);
    ground_bridge_url = URL;
    ground_open(&g, 7, false, &small, (const char *const[]){"ann", "bob", "*op", NULL});
    scene_of_a_notice();
    scene_of_a_flight();
    scene_of_pieces();
    scene_of_ends();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("audit bridge", tests, NULL, NULL);
    ground_close(&g);
    for (size_t i = 0; i < look_count; i++) free(looks[i].text);
    json_reader_free(reader);
    arena_free(&scratch);
    return failed;
}
