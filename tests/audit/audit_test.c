/* That the auditor is alive: a good log stands before it, and each of these forgeries of it does not. */
#include "forge.h"

static struct ground g;
static char body[8192];
static size_t scene_end;
static struct hash notice_hash;
static char notice_on[64], flight_on[64], bob_on[64];
static const struct capacity small = {.parties = 6, .keys = 60, .agreements = 8, .areas = 16, .feeds = 8, .notices = 12, .flights = 24, .volumes = 200, .vertices = 8192,
    .tracks = 40, .alerts = 400, .pending = 16, .recent = 800, .holds = 12, .slots_log2 = 3};

static const char *when(int64_t seconds) {
    static char text[8][48];
    static int at;
    struct append a = append_fixed(text[at = (at + 1) % 8], 47);
    append_instant(&a, g.now + seconds * INSTANT_SECOND);
    text[at][a.size] = '\0';
    return text[at];
}
static void entity(const char *party, char *out) {
    char hex[33];
    struct append a = append_fixed(hex, 32);
    append_hex(&a, g.last.id.bytes, 16);
    hex[32] = '\0';
    sprintf(out, "%s/%s", party, hex);
}
static bool say_one(enum statement_kind kind, const char *by, const char *on, const char *to, const char *text) {
    struct saying s = {.kind = kind, .by = {by}, .on = on, .section = {{"body", to, text, false}}, .open_by = INSTANT_NONE};
    return ground_say(&g, &s);
}
static void yes(bool accepted) {
    if (!accepted) fprintf(stderr, "# refused: %s %s\n", g.refusal, g.ordered ? g.out.detail : "");
    assert_true(accepted);
}
static const char *circle(double lat, double lng, double metres, int64_t from, int64_t to) {
    static char text[4][512];
    static int at;
    at = (at + 1) % 4;
    sprintf(text[at], "{\"circle\":{\"center\":{\"lat\":%.6f,\"lng\":%.6f},\"radius_m\":%.0f},\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},"
            "\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"%s\",\"end\":\"%s\"}", lat, lng, metres, when(from), when(to));
    return text[at];
}
static char *hazard(const char *volumes) {
    sprintf(body, "{\"area\":\"SORREL 4\",\"category\":\"missile\",\"volumes\":[%s]}", volumes);
    return body;
}
static char *route(const char *volumes) {
    sprintf(body, "{\"callsign\":\"MRL12\",\"icao24\":\"c81231\",\"volumes\":[%s]}", volumes);
    return body;
}

/* ---- the scene ---- */
static void scene_parties(void) {
    sprintf(body, "{\"name\":\"pact\",\"version\":1,\"parties\":[\"ann\",\"bob\",\"cat\"],\"from\":\"%s\",\"until\":null,\"separation_m\":9260,\"separation_height_m\":300,"
            "\"tell_undisclosed\":true,\"withdraw_notice_s\":120,\"rules\":[{\"category\":\"default\",\"lead_s\":600,\"binds\":\"readback\",\"readback_s\":60,\"reaction_m\":5000,\"reaction_height_m\":300,"
            "\"reaction_before_s\":60,\"reaction_after_s\":60,\"tail_s\":20}]}", when(0));
    struct saying s = {.kind = KIND_AGREEMENT, .by = {"ann/root", "bob/root", "-cat/root"}, .section = {{"body", "log", body, false}}, .open_by = INSTANT_NONE};
    assert_false(ground_say(&g, &s)); /* pending: cat has not signed; it lapses at the end */
    s.by[2] = "cat/root";
    yes(ground_say(&g, &s));
    yes(say_one(KIND_FEED, "cat/root", NULL, "", "{\"feed\":\"radar\",\"readers\":[\"log\"]}"));
    char hex[65];
    struct append a = append_fixed(hex, 64);
    append_hex(&a, ground_key(&g, "ann/desk-1")->public_key.bytes, 32);
    hex[64] = '\0';
    sprintf(body, "{\"party\":\"ann\",\"key\":\"desk-1\",\"public_key\":\"%s\"}", hex);
    s = (struct saying){.kind = KIND_KEY, .by = {"ann/root", "ann/desk-1"}, .section = {{"body", "log", body, false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    ground_tick(&g, 1);
}
static void scene_notice(void) {
    static char own[1024];
    sprintf(own, "{\"area\":\"SORREL 4\",\"category\":\"missile\",\"volumes\":[%s]}", circle(-47, -126, 3000, 240, 900));
    struct saying s = {.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "log", hazard(circle(-47, -126, 9000, 240, 900)), false}, {"own", "bob", own, false}},
                       .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    entity("ann", notice_on);
    notice_hash = g.last_hash;
    ground_tick(&g, 1);
    /* bob's flight goes through it, and nobody else may know of it */
    s = (struct saying){.kind = KIND_FLIGHT, .by = {"bob/root"}, .section = {{"own", "", route(circle(-47.05, -126, 4000, 100, 3000)), false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    entity("bob", flight_on);
    s = (struct saying){.kind = KIND_FLIGHT, .by = {"cat/root"}, .section = {{"own", "bob", route(circle(-47.02, -126.02, 4000, 1200, 3000)), false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    entity("cat", bob_on);
    ground_tick(&g, 1);
}
static void scene_ladder(void) {
    const struct state *st = node_state(g.node);
    uint64_t place[3] = {0};
    for (row r = 0; r < st->dues.capacity; r++)
        if (st->dues.live[r] && due_at(st, r)->kind == DUE_NOTICE && due_at(st, r)->party >= 2 && due_at(st, r)->party < 4) place[due_at(st, r)->party - 2] = due_at(st, r)->place;
    for (int i = 0; i < 2; i++) { /* bob and cat */
        sprintf(body, "{\"step\":\"received\",\"place\":%llu}", (unsigned long long)place[i]);
        yes(ground_plain(&g, i ? "cat/root" : "bob/root", KIND_ACK, NULL, "body", "", body));
    }
    for (int i = 0; i < 2; i++) { /* bob with a slip, then rightly */
        sprintf(body, "{\"step\":\"readback\",\"place\":%llu,\"desk\":\"watch\",\"start\":\"%s\",\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":%d,"
                "\"reference\":\"FL\",\"units\":\"FL\"},\"area\":\"SORREL 4\"}", (unsigned long long)place[0], when(237), i ? 245 : 200);
        yes(say_one(KIND_ACK, "bob/root", NULL, "", body));
    }
    sprintf(body, "{\"notice\":\"%s\",\"until\":\"%s\",\"text\":\"wait\"}", notice_on, when(400));
    yes(say_one(KIND_HOLD, "bob/root", NULL, "ann", body));
    yes(say_one(KIND_MESSAGE, "cat/root", NULL, "log", "{\"text\":\"test of the line\",\"test\":true}"));
    ground_tick(&g, 35); /* the hold is repeated */
    ground_tick(&g, 30); /* cat has not read back */
}
static void scene_air(void) {
    for (int i = 0; i < 3; i++) {
        struct frame_position at[2] = {{.identity = TEXT("a0beef"), .time = g.now, .has_altitude = true, .altitude = {300000, ALTITUDE_AMSL}, .speed_cms = 15000, .track_mdeg = 0,
                                        .climb_cms = 0, .uncertainty_cm = 5000},
                                       {.identity = TEXT("a0c0de"), .time = g.now, .has_altitude = true, .altitude = {310000, ALTITUDE_AMSL}, .speed_cms = 15000, .track_mdeg = 180000,
                                        .climb_cms = 0, .uncertainty_cm = -1}};
        at[0].at = (struct position){-473000000 + i * 40000, -1260000000};
        at[1].at = (struct position){-468000000 - i * 40000, -1260000000};
        yes(ground_frame(&g, "cat", "radar", (uint64_t)i + 1, at, 2));
        ground_tick(&g, 3);
    }
    ground_tick(&g, 40); /* the feed is silent */
    struct saying s = {.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "log", hazard(circle(-48, -126, 9000, 900, 1800)), true}},
                       .open_by = (g.now / INSTANT_SECOND + 20) * INSTANT_SECOND};
    yes(ground_say(&g, &s));
    ground_tick(&g, 25); /* unopened */
    yes(say_one(KIND_FLIGHT_ACTIVATE, "bob/root", flight_on, "", "{\"text\":\"off\"}"));
    yes(say_one(KIND_NOTICE_ACTIVATE, "ann/root", notice_on, "log", "{\"text\":\"hot\"}"));
    ground_tick(&g, 1);
}
static void scene_end_of_it(void) {
    struct saying s = {.kind = KIND_NOTICE, .by = {"ann/root"}, .on = notice_on, .section = {{"public", "log", hazard(circle(-47, -126, 15000, 60, 1200)), false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s)); /* enlarged: no lead is inherited */
    assert_false(say_one(KIND_NOTICE_CANCEL, "ann/root", notice_on, "log", "{\"text\":\"no\"}")); /* bad-state */
    assert_false(say_one(KIND_NOTICE_OVER, "bob/root", notice_on, "log", "{\"text\":\"no\"}"));  /* not-owner */
    for (int i = 0; i < 3; i++) { /* two notices are a party's share; a third is refused */
        s = (struct saying){.kind = KIND_NOTICE, .by = {"cat/root"}, .section = {{"public", "log", hazard(circle(-40, -126 - i, 5000, 1000, 2000)), false}}, .open_by = INSTANT_NONE};
        if (ground_say(&g, &s) != (i < 2)) yes(false);
    }
    struct hash other = {{9}};
    s = (struct saying){.kind = KIND_MESSAGE, .by = {"cat/root"}, .section = {{"body", "log", "{\"text\":\"I saw another log\"}", false}}, .seen = &other, .seen_size = 3, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    ground_tick(&g, 1500); /* the ends pass: queries */
    yes(say_one(KIND_NOTICE_OVER, "ann/desk-1", notice_on, "log", "{\"text\":\"over\"}"));
    ground_tick(&g, 1);
    sprintf(body, "{\"key\":\"desk-1\",\"suspect_from\":\"%s\"}", when(-30));
    yes(say_one(KIND_KEY_REVOKE, "ann/root", NULL, "log", body)); /* what it ended stands again */
    ground_tick(&g, 1);
    yes(say_one(KIND_NOTICE_OVER, "ann/root", notice_on, "log", "{\"text\":\"over\"}"));
    ground_tick(&g, 30);
    g.unsure_ticks = 1;
    ground_tick(&g, 1);
    yes(say_one(KIND_MESSAGE, "bob/root", NULL, "log", "{\"text\":\"is it late?\"}"));
    ground_tick(&g, 7 * 86400 + 10);
    sprintf(body, "{\"now\":\"%s\",\"error_s\":0.05}", when(1));
    yes(say_one(KIND_CLOCK, "op/root", NULL, "", body));
    ground_tick(&g, 1);
    scene_end = g.lines;
}
/* Steps that are cut: one notice over six flights, which are found one after the other. */
static void scene_of_cut_steps(void) {
    ground_step_work = 12;
    ground_open(&g, 2, false, &small, (const char *const[]){"ann", "bob", "cat", "*op", NULL});
    ground_step_work = INT64_MIN;
    yes(say_one(KIND_FEED, "ann/root", NULL, "", "{\"feed\":\"radar\",\"readers\":[\"log\"]}"));
    for (int i = 1; i <= 6; i++) {
        sprintf(body, "{\"callsign\":\"CUT%d\",\"volumes\":[%s]}", i, circle(-47, -126 + i, 4000, 100, 3000));
        struct saying s = {.kind = KIND_FLIGHT, .by = {i % 2 ? "bob/root" : "cat/root"}, .section = {{"own", "log", body, false}}, .open_by = INSTANT_NONE};
        yes(ground_say(&g, &s));
        ground_tick(&g, 1);
    }
    char all[2048] = "";
    for (int i = 1; i <= 6; i++) sprintf(all + strlen(all), "%s%s", i > 1 ? "," : "", circle(-47, -126 + i, 9000, 240, 900));
    struct saying s = {.kind = KIND_NOTICE, .by = {"ann/root"}, .section = {{"public", "log", hazard(all), false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    for (int i = 0; i < 20; i++) ground_tick(&g, 1);
    scene_end = g.lines;
}
/* Tracks with which something is wrong: feeds that disagree and agree again, an identity that two aircraft use, aircraft beyond the share, and silence. */
static void one_place(const char *party, const char *feed, uint64_t number, const char *identity, int32_t lat, int32_t lon) {
    struct frame_position at = {.identity = text_of(identity), .time = g.now, .at = {lat, lon}, .has_altitude = true, .altitude = {300000, ALTITUDE_AMSL}, .speed_cms = 10000,
                                .track_mdeg = 90000, .climb_cms = 0, .uncertainty_cm = -1};
    yes(ground_frame(&g, party, feed, number, &at, 1));
}
static void scene_of_wrong_tracks(void) {
    uint64_t radar = 0, mlat = 0;
    ground_open(&g, 3, false, &small, (const char *const[]){"ann", "bob", "cat", "*op", NULL});
    yes(say_one(KIND_FEED, "cat/root", NULL, "", "{\"feed\":\"radar\",\"readers\":[\"log\"]}"));
    yes(say_one(KIND_FEED, "ann/root", NULL, "", "{\"feed\":\"mlat\",\"readers\":[\"cat\"]}"));
    struct saying s = {.kind = KIND_NOTICE, .by = {"bob/root"}, .section = {{"public", "log", hazard(circle(-47, -126, 9000, 0, 3000)), false}}, .open_by = INSTANT_NONE};
    yes(ground_say(&g, &s));
    for (int i = 0; i < 32; i++) { /* mlat is 3 km off for a while, five seconds behind; that they agree again is told with tick 60 */
        one_place("cat", "radar", ++radar, "c81234", -470000000, -1261000000 + i * 6590);
        ground_tick(&g, 2);
        one_place("ann", "mlat", ++mlat, "c81234", -470000000 + (i >= 3 && i < 7 ? 270000 : 3000), -1261000000 + i * 6590 + 2636);
        ground_tick(&g, 3);
    }
    for (int i = 0; i < 6; i++) {
        one_place("cat", "radar", ++radar, "c80000", -440000000 + i % 2 * 20000000, -1260000000 + i * 3000);
        ground_tick(&g, 2);
    }
    static const char *const many[] = {"c80001", "c80002", "c80003", "c80004", "c80005", "c80006"};
    for (int i = 0; i < 6; i++) one_place("cat", "radar", ++radar, many[i], -430000000, -1260000000 + i * 10000000);
    ground_tick(&g, 2);
    for (int i = 0; i < 8; i++) ground_tick(&g, 5);
    one_place("cat", "radar", ++radar, "c81234", -470000000, -1260900000); /* heard again */
    ground_tick(&g, 1);
    for (int i = 0; i < 70; i++) ground_tick(&g, 5); /* and forgotten */
    scene_end = g.lines;
}
static void scene(void) {
    ground_open(&g, 1, false, &small, (const char *const[]){"ann", "bob", "cat", "*op", NULL});
    scene_parties();
    scene_notice();
    scene_ladder();
    scene_air();
    scene_end_of_it();
}

/* ---- forgeries ---- */
enum op {
    PUT,        /* `from` becomes `to` in the told, outcome, order or note part; all is sealed anew */
    DROP,       /* the record is not there */
    AGAIN,      /* it stands twice */
    ALSO_TO,    /* `to` is told, too */
    LATER,      /* it comes with the next tick instead */
    EARLIER,    /* it came with the tick before */
    RECORDED_AGAIN, /* the statement stands a second time, behind all others */
    BYTES,      /* `from` becomes `to` in the line as it is shown; nothing is sealed anew */
    LEAF, CHECKPOINT, CHECKPOINT_SEALED /* … in a leaf, in a checkpoint, in a checkpoint that is signed anew */
};
struct forgery { const char *name, *party, *class_, *has, *and_; enum op op; const char *from, *to; const char *rule; };
static const struct forgery forgeries[] = {
    {"a statement is not delivered", "bob", "told", "\"kind\":\"notice\"", "SORREL 4", DROP, NULL, NULL, "told"},
    {"a statement is delivered twice", "cat", "told", "\"kind\":\"message\"", "", AGAIN, NULL, NULL, "told"},
    {"a statement is delivered to whom it does not name", "ann", "told", "\"kind\":\"hold\"", "", ALSO_TO, NULL, "cat", "told"},
    {"a section goes to one who may not read it", "cat", "told", "\"kind\":\"notice\"", "\"slot\":0", PUT, "\"sections\":[", "\"sections\":[{\"slot\":1,\"salt\":\"00\",\"bytes\":\"x\"},", "told"},
    {"a section's bytes are others", "bob", "told", "\"kind\":\"notice\"", "SORREL 4", PUT, "SORREL 4", "SORREL 5", "told"},
    {"the note that is delivered is another", "bob", "told", "\"kind\":\"notice\"", "SORREL 4", PUT, "parley/1 statement", "parley/1 Statement", "told"},
    {"the conflict is not told", "bob", "told", "\"state\":\"began\"", "notice-flight", DROP, NULL, NULL, "conflict"},
    {"two flights: the one who may know is not told", "bob", "told", "\"state\":\"began\"", "flight-flight", DROP, NULL, NULL, "conflict"},
    {"a track's conflict is not told", "cat", "told", "\"state\":\"began\"", "track-track", DROP, NULL, NULL, "conflict"},
    {"the alert is higher than it may be", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"level\":\"warning\"", "\"level\":\"immediate\"", "level"},
    {"the alert is lower than it must be", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"level\":\"warning\"", "\"level\":\"advisory\"", "level"},
    {"the alert does not rise", "bob", "told", "\"state\":\"level\"", "notice-flight", DROP, NULL, NULL, "level"},
    {"the alert is told to the sender of the notice", "bob", "told", "\"state\":\"began\"", "notice-flight", ALSO_TO, NULL, "ann", "alert"},
    {"the alert names a flight that its reader may not know", "cat", "told", "\"told\":\"alert\"", "\"other\":{\"kind\":\"flight\"", PUT, "\"party\":\"bob\"}", "\"party\":\"bob\",\"id\":\"%FLIGHT%\"}",
     "alert"},
    {"an alert of what conflicts with nothing", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "%NOTICE%", "cat/00000000000000000000000000000001", "alert"},
    {"alerts are numbered over all parties", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "00000001\"", "00000007\"", "alert"},
    {"an alert does not end with the notice", "bob", "told", "\"state\":\"ended\"", "notice-flight", DROP, NULL, NULL, "alert"},
    {"the alert says another time to entry", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"time_to_entry_s\":", "\"time_to_entry_s\":1", "alert"},
    {"the entry is that of a section which its reader may not read", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"entry\":\"2026-11-23T06", "\"entry\":\"2026-11-23T07", "entry"},
    {"the distance is larger than it is", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"distance_m\":", "\"distance_m\":9", "distance"},
    {"two flights: the distance is larger", "bob", "told", "\"state\":\"began\"", "flight-flight", PUT, "\"distance_m\":", "\"distance_m\":9", "distance"},
    {"a track's distance is larger", "cat", "told", "\"state\":\"began\"", "track-track", PUT, "\"distance_m\":", "\"distance_m\":9", "distance"},
    {"a track's distance from a notice is larger", "cat", "told", "\"state\":\"began\"", "notice-track", PUT, "\"distance_m\":", "\"distance_m\":9", "distance"},
    {"the margin is larger than may be", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"margin_m\":", "\"margin_m\":9", "margin"},
    {"they are nearest at another time", "bob", "told", "\"state\":\"began\"", "notice-flight", PUT, "\"closest\":\"2026-11-23T06", "\"closest\":\"2026-11-23T07", "closest"},
    {"tracks are nearest at another time", "cat", "told", "\"state\":\"began\"", "track-track", PUT, "\"closest\":\"2026-11-23T06", "\"closest\":\"2026-11-23T07", "closest"},
    {"new pieces are counted twice", "ann", "outcome", "\"kind\":\"notice\"", "\"late\"", PUT, "\"pieces\":1", "\"pieces\":2", "pieces"},
    {"an overdue read-back is not told", "op", "told", "\"told\":\"overdue\"", "\"party\":\"cat\"", DROP, NULL, NULL, "told"},
    {"an overdue read-back is told late", "op", "told", "\"told\":\"overdue\"", "\"party\":\"cat\"", LATER, NULL, NULL, "told"},
    {"an overdue read-back is told early", "op", "told", "\"told\":\"overdue\"", "\"party\":\"cat\"", EARLIER, NULL, NULL, "told"},
    {"an overdue read-back is told twice", "cat", "told", "\"told\":\"overdue\"", "\"party\":\"cat\"", AGAIN, NULL, NULL, "told"},
    {"the next desk is not called", "cat", "told", "\"told\":\"overdue\"", "\"party\":\"cat\"", PUT, "supervisor", "watch", "told"},
    {"a hold is not repeated", "ann", "told", "\"told\":\"hold-repeat\"", "", DROP, NULL, NULL, "told"},
    {"repeats are counted wrongly", "ann", "told", "\"told\":\"hold-repeat\"", "", PUT, "\"repeat\":1", "\"repeat\":2", "told"},
    {"the end without OVER is not queried", "ann", "told", "\"told\":\"query\"", "\"why\":\"end\"", DROP, NULL, NULL, "told"},
    {"what a suspect key ended is not queried", "ann", "told", "\"told\":\"query\"", "key-suspect", DROP, NULL, NULL, "told"},
    {"a step of the ladder is not told", "ann", "told", "\"told\":\"ladder\"", "mismatch", DROP, NULL, NULL, "told"},
    {"a mismatch is kept quiet", "ann", "told", "\"told\":\"ladder\"", "mismatch", PUT, ",\"mismatch\":\"upper\"", "", "told"},
    {"the delivered lead is another", "ann", "told", "\"told\":\"lead\"", "\"figure\":\"delivered\"", PUT, "\"lead_s\":", "\"lead_s\":1", "told"},
    {"a sealed notice that is not opened is not told of", "cat", "told", "\"told\":\"unopened\"", "", DROP, NULL, NULL, "told"},
    {"a silent feed is not told of", "bob", "told", "\"told\":\"silent\"", "", DROP, NULL, NULL, "told"},
    {"an unsure clock is not told of", "bob", "told", "\"told\":\"clock\"", "true", DROP, NULL, NULL, "told"},
    {"a fork is not told to the operator", "op", "told", "\"what\":\"fork\"", "", DROP, NULL, NULL, "told"},
    {"a place in the told part is another", "bob", "told", "\"told\":\"alert\"", "\"began\"", PUT, "\"place\":", "\"place\":1", "told"},
    {"the lead in the outcome is longer", "ann", "outcome", "\"kind\":\"notice\"", "\"pieces\":1", PUT, "\"sequenced_s\":2", "\"sequenced_s\":9", "lead"},
    {"the enlarged notice inherits its lead", "ann", "outcome", "\"kind\":\"notice\"", "\"start\":\"%LATE%\"", PUT, "\"pieces\":1", "\"pieces\":0", "lead"},
    {"it is said not to be late", "ann", "outcome", "\"kind\":\"notice\"", "\"late\"", PUT, "\"late\"", "\"schedule\"", "mark"},
    {"what is short is called met", "ann", "outcome", "\"kind\":\"notice\"", "\"late\"", PUT, "\"short_s\":3", "\"short_s\":0.3", "lead"},
    {"the agreed lead is another", "ann", "outcome", "\"kind\":\"notice\"", "\"late\"", PUT, "\"agreed_s\":600", "\"agreed_s\":60", "lead"},
    {"a refusal for want of room that there is", "cat", "outcome", "\"kind\":\"message\"", "accepted", PUT, "\"accepted\"", "\"refused\",\"reason\":\"full\",\"detail\":\"dues\"", "verdict"},
    {"what is full is taken", "cat", "outcome", "\"reason\":\"full\"", "", PUT, "\"refused\",\"reason\":\"full\",\"detail\":\"notices\"", "\"accepted\"", "verdict"},
    {"another table is said to be full", "cat", "outcome", "\"reason\":\"full\"", "", PUT, "\"detail\":\"notices\"", "\"detail\":\"volumes\"", "full"},
    {"another reason", "ann", "outcome", "\"reason\":\"bad-state\"", "", PUT, "bad-state", "stale", "verdict"},
    {"what another party may not do is done", "bob", "outcome", "\"reason\":\"not-owner\"", "", PUT, "\"refused\",\"reason\":\"not-owner\"", "\"accepted\"", "verdict"},
    {"a mismatch is taken for a read-back", "bob", "outcome", "mismatch", "", PUT, ",\"detail\":\"mismatch: upper; not what was told: it does not count as read back\"", "", "detail"},
    {"a frame's count is wrong", "cat", "outcome", "\"new 2\"", "", PUT, "new 2", "new 1", "detail"},
    {"who is missing is not named", "ann", "outcome", "\"pending\"", "", PUT, "exercise/cat/root", "exercise/dan/root", "missing"},
    {"the outcome names another place", "bob", "outcome", "\"kind\":\"hold\"", "", PUT, "\"place\":", "\"place\":1", "outcome"},
    {"`seen` is called a prefix", "cat", "order", "\"seen\":false", "", PUT, "\"seen\":false", "\"seen\":true", "seen"},
    {"the unsure clock does not mark", "bob", "outcome", "\"unsure\"", "", PUT, ",\"marks\":[\"unsure\"]", "", "mark"},
    {"a statement is applied twice", "cat", "outcome", "\"kind\":\"message\"", "accepted", RECORDED_AGAIN, NULL, NULL, "repeat"},
    {"an order number is left out", "cat", "order", "\"seen\":false", "", PUT, "{\"order\":", "{\"order\":9", "order"},
    {"the time runs back", "cat", "order", "\"seen\":false", "", PUT, "\"time\":\"2026-", "\"time\":\"2025-", "time"},
    {"a signature is of another text", "ann", "note", "\"kind\":\"notice/activate\"", "", PUT, "\"at\":\"2026", "\"at\":\"2027", "signature"},
    {"a part's hash", "bob", "told", "\"told\":\"alert\"", "", BYTES, "\"hash\":\"", "\"hash\":\"%FLIP%", "part hash"},
    {"a salt", "bob", "told", "\"told\":\"alert\"", "", BYTES, "\"salt\":\"", "\"salt\":\"%FLIP%", "part hash"},
    {"a record's root", "bob", "told", "\"told\":\"alert\"", "", BYTES, "\"root\":\"", "\"root\":\"%FLIP%", "record root"},
    {"a record's time", "bob", "told", "\"told\":\"alert\"", "", BYTES, "\"time\":\"2026", "\"time\":\"2027", "time"},
    {"a place", "bob", "told", "\"told\":\"alert\"", "", BYTES, "\"seq\":", "\"seq\":1", "place"},
    {"a tick's root", "", "", "", "", LEAF, "\"root\":\"", "\"root\":\"%FLIP%", "slots"},
    {"a leaf's time", "", "", "", "", LEAF, "\"time\":\"2026", "\"time\":\"2027", "leaf"},
    {"a leaf's tick", "", "", "", "", LEAF, "\"tick\":\"0", "\"tick\":\"1", "leaf"},
    {"a checkpoint's signature", "", "", "", "", CHECKPOINT, "exercise ", "exercise %FLIP%", "checkpoint"},
    {"a checkpoint of another tree", "", "", "", "", CHECKPOINT_SEALED, NULL, NULL, "checkpoint"},
};

static bool heard;
static char first[1024];
static void listen(void *context, const char *line) {
    char rule[64];
    snprintf(rule, sizeof rule, ": %s: ", ((const struct forgery *)context)->rule);
    if (!*first) snprintf(first, sizeof first, "%s", line);
    heard = heard || strstr(line, rule);
}
static const char *words(const char *text) { /* names that are drawn when the scene is made */
    static char out[4][512];
    static int at;
    const struct { const char *mark, *text; } all[] = {{"%FLIGHT%", flight_on}, {"%NOTICE%", notice_on}};
    if (!text) return NULL;
    for (size_t i = 0; i < 2; i++) {
        const char *mark = strstr(text, all[i].mark);
        if (!mark) continue;
        at = (at + 1) % 4;
        snprintf(out[at], sizeof out[at], "%.*s%s%s", (int)(mark - text), text, all[i].text, mark + strlen(all[i].mark));
        return out[at];
    }
    return text;
}
static bool find(const struct forge *f, const struct forgery *y, size_t *at) {
    const char *late = strstr(y->and_, "%LATE%");
    for (size_t n = 0; n < f->count; n++) {
        const struct forged *x = &f->at[n];
        if (y->op == LEAF && x->kind == LINE_LEAF && n > f->count / 2) return *at = n, true;
        if ((y->op == CHECKPOINT || y->op == CHECKPOINT_SEALED) && x->kind == LINE_CHECKPOINT && n > f->count / 2) return *at = n, true;
        if (y->op >= LEAF || x->kind != LINE_RECORD || strcmp(x->party, y->party) != 0) continue;
        const char *text = forge_text(x, y->class_);
        if (late && !strstr(text, "\"late\"")) continue;
        if (!strstr(text, y->has) || (!late && !strstr(text, words(y->and_)))) continue;
        if (y->from && y->op == PUT && !strstr(text, words(y->from))) continue;
        return *at = n, true;
    }
    return false;
}
/* The group's end: the first line behind it that is of another order number. */
static size_t group_end(const struct forge *f, size_t at) {
    uint64_t order = forge_order(&f->at[at]);
    while (at < f->count && f->at[at].kind == LINE_RECORD && forge_order(&f->at[at]) == order) at++;
    return at;
}
static uint64_t next_place(const struct forge *f, size_t before, const char *party) {
    for (size_t i = before; i-- > 0;)
        if (f->at[i].kind == LINE_RECORD && strcmp(f->at[i].party, party) == 0) return (uint64_t)json_integer_value(json_object_get(f->at[i].record, "seq")) + 1;
    return 0;
}
static void place(struct forged *x, uint64_t seq) {
    char from[64], to[64];
    json_object_set_new(x->record, "seq", json_integer((json_int_t)seq));
    for (int i = 0; i < 2; i++) {
        const char *class_ = i ? "outcome" : "told", *at = strstr(forge_text(x, class_), "\"place\":");
        if (!at) continue;
        sprintf(from, "\"place\":%llu", strtoull(at + 8, NULL, 10));
        sprintf(to, "\"place\":%llu", (unsigned long long)seq);
        forge_put(x, class_, from, to);
    }
    x->changed = true;
}
/* Gives it the time and order number of another record. */
static void moved(struct forged *x, const struct forged *like) {
    const char *time = json_string_value(json_object_get(like->record, "time"));
    char from[64], to[64];
    const char *old = json_string_value(json_object_get(x->record, "time"));
    sprintf(from, "\"time\":\"%s\"", old);
    sprintf(to, "\"time\":\"%s\"", time);
    forge_put(x, "told", from, to);
    json_object_set_new(x->record, "time", json_string(time));
    char *order = strdup(forge_text(like, "order"));
    forge_set(x, "order", order);
    free(order);
}
/* From here on nothing is fed: places behind would shift. */
static void cut(struct forge *f, size_t at) {
    while (f->count > at) forge_drop(f, f->count - 1);
}
static void cut_after_tick(struct forge *f, size_t at, int ticks) {
    while (at < f->count && ticks > 0) ticks -= f->at[at++].kind == LINE_CHECKPOINT;
    cut(f, at);
}
/* Behind it in its group others of that party move up, or down. */
static void shift(struct forge *f, size_t from, const char *party, int by) {
    for (size_t i = from; i < f->count; i++)
        if (f->at[i].kind == LINE_RECORD && strcmp(f->at[i].party, party) == 0) place(&f->at[i], (uint64_t)(json_integer_value(json_object_get(f->at[i].record, "seq")) + by));
}
static size_t tick_near(const struct forge *f, size_t at, int step) { /* the tick's statement behind, or before */
    for (size_t i = step > 0 ? group_end(f, at) : at; i < f->count; i += (size_t)step) {
        if (f->at[i].kind != LINE_RECORD || strcmp(f->at[i].party, "op") != 0 || !strstr(forge_text(&f->at[i], "request"), "\"tick\"")) continue;
        if (forge_order(&f->at[i]) != forge_order(&f->at[at])) return i;
    }
    return 0;
}
static void forge_bytes(struct forged *x, const char *from, const char *to) {
    char *text = x->record ? json_dumps(x->record, JSON_COMPACT) : strdup(x->text), *at = strstr(text, from), *made = malloc(strlen(text) + 64);
    const char *flip = strstr(to, "%FLIP%");
    assert(at && made);
    if (flip) { /* the character behind becomes another of its kind */
        at += strlen(from);
        *at = *at == '1' ? '2' : '1';
        strcpy(made, text);
    } else {
        sprintf(made, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    }
    if (x->record) {
        json_decref(x->record);
        x->record = json_loads(made, 0, NULL);
        assert(x->record);
    } else {
        free(x->text);
        x->text = strdup(made);
        x->size = strlen(made);
    }
    free(text);
    free(made);
    x->raw = true;
}

/* To another tick: later or earlier. */
static void forge_moved(struct forge *f, enum op op, size_t at, const char *party) {
    size_t to = tick_near(f, at, op == LATER ? 1 : -1);
    assert_true(to > 0);
    cut_after_tick(f, at > to ? at : to, 1);
    forge_insert(f, to + 1, &f->at[at], party);
    moved(&f->at[to + 1], &f->at[to]);
    if (op == LATER) {
        forge_drop(f, at);
        shift(f, at, party, -1);
        place(&f->at[to], next_place(f, to, party));
        return;
    }
    forge_drop(f, at + 1);
    place(&f->at[to + 1], next_place(f, to + 1, party));
    for (size_t i = to + 2; i < f->count && i <= at; i++) {
        if (f->at[i].kind != LINE_RECORD || strcmp(f->at[i].party, party) != 0) continue;
        place(&f->at[i], (uint64_t)(json_integer_value(json_object_get(f->at[i].record, "seq")) + 1));
    }
}

/* The same record once more at the end, with the next order number. */
static void forge_recorded_again(struct forge *f, size_t at, const char *party) {
    char order[128], time[64];
    cut_after_tick(f, at, 1);
    struct forged *last = &f->at[f->count - 1];
    while (last->kind != LINE_RECORD) last--;
    uint64_t number = forge_order(last) + 1;
    snprintf(time, sizeof time, "%s", json_string_value(json_object_get(last->record, "time")));
    forge_insert(f, f->count, &f->at[at], party);
    struct forged *x = &f->at[f->count - 1];
    snprintf(order, sizeof order, "{\"order\":%llu,\"time\":\"%s\",\"seen\":null}", (unsigned long long)number, time);
    forge_set(x, "order", order);
    json_object_set_new(x->record, "time", json_string(time));
    place(x, next_place(f, f->count - 1, party));
}

/* A checkpoint over another root, with the log's own signature. */
static void forge_other_root(struct forge *f, size_t at) {
    struct append text = append_growing(4096), note = append_growing(4096);
    unsigned long long size = 0;
    struct hash root = sha256_of("another", 7);
    cut_after_tick(f, at, 1);
    sscanf(strchr(f->at[at].text, '\n') + 1, "%llu", &size);
    append_format(&text, "%s\n%llu\n", g.origin, size);
    append_base64(&text, root.bytes, 32);
    append_char(&text, '\n');
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), text_of(g.origin), g.log_secret);
    free(f->at[at].text);
    f->at[at].text = strndup(note.at, note.size);
    f->at[at].size = note.size;
    f->at[at].raw = true;
    append_free(&text);
    append_free(&note);
}

static void forge_it(struct forge *f, const struct forgery *y, size_t at) {
    char party[GROUND_NAME];
    snprintf(party, sizeof party, "%s", f->at[at].party);
    size_t to;
    switch (y->op) {
    case PUT:
        assert_true(forge_put(&f->at[at], y->class_, words(y->from), words(y->to)));
        cut_after_tick(f, at, 1);
        break;
    case DROP:
        forge_drop(f, at);
        cut_after_tick(f, at, 1);
        shift(f, at, party, -1);
        break;
    case AGAIN:
        cut_after_tick(f, at, 1);
        forge_insert(f, at + 1, &f->at[at], party);
        shift(f, at + 1, party, 1);
        break;
    case ALSO_TO:
        cut_after_tick(f, at, 1);
        for (to = group_end(f, at); to > at && strcmp(y->to, party) < 0 && strcmp(f->at[to - 1].party, y->to) > 0;) to--;
        if (strcmp(y->to, party) < 0) to = at;
        forge_insert(f, to, &f->at[at], y->to);
        place(&f->at[to], next_place(f, to, y->to));
        shift(f, to + 1, y->to, 1);
        break;
    case LATER:
    case EARLIER: forge_moved(f, y->op, at, party); break;
    case RECORDED_AGAIN: forge_recorded_again(f, at, party); break;
    case BYTES:
    case LEAF:
    case CHECKPOINT:
        cut_after_tick(f, at, 1);
        forge_bytes(&f->at[at], y->from, y->to);
        break;
    case CHECKPOINT_SEALED: forge_other_root(f, at); break;
    }
}

static struct forge forge;
static bool caught(const struct forgery *y, uint64_t *complaints) {
    size_t at;
    forge_take(&forge, &g, scene_end, small.slots_log2);
    heard = false;
    *first = '\0';
    if (y->op != BYTES || y->from) {
        if (!find(&forge, y, &at)) {
            snprintf(first, sizeof first, "the scene has no such record");
            forge_free(&forge);
            return false;
        }
        forge_it(&forge, y, at);
    }
    forge_seal(&forge);
    struct audit *a = audit_new(g.genesis.at, g.genesis.size, listen, (void *)(uintptr_t)y);
    audit_blinds(a, (const uint8_t(*)[32])forge.blinds, (1u << small.slots_log2) + 1);
    forge_feed(&forge, a);
    *complaints = audit_end(a);
    audit_free(a);
    forge_free(&forge);
    return heard;
}

static void the_good_log_stands(void **state) {
    (void)state;
    struct forgery none = {.name = "none", .rule = "none", .op = BYTES};
    uint64_t complaints;
    caught(&none, &complaints); /* sealed anew though nothing was changed: the forger's seals are good ones */
    if (complaints) print_message("# %s\n", first);
    assert_int_equal(complaints, 0);
    struct audit *a = audit_new(g.genesis.at, g.genesis.size, listen, &none);
    char figures[2048];
    ground_blinds(&g, a, 1u << small.slots_log2);
    for (size_t i = 0; i < g.lines; i++) ground_feed(a, &g.line[i]);
    assert_int_equal(audit_end(a), 0);
    audit_figures(a, figures, sizeof figures);
    print_message("# %s\n", figures);
    audit_free(a);
}
static void each_is_caught(const struct forgery *of, size_t count) {
    int missed = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t complaints = 0;
        if (caught(&of[i], &complaints)) continue;
        print_message("# not caught: %s (%s): %llu complaints; first: %.600s\n", of[i].name, of[i].rule, (unsigned long long)complaints, first);
        missed++;
    }
    print_message("# %zu forgeries\n", count);
    assert_int_equal(missed, 0);
}
static void each_forgery_is_caught(void **state) {
    (void)state;
    each_is_caught(forgeries, sizeof forgeries / sizeof *forgeries);
}
static void what_is_continued_is_held_to_account(void **state) {
    static const struct forgery of_cut_steps[] = {
        {"what a continue found is not told", "cat", "told", "\"state\":\"began\"", "CUT6", DROP, NULL, NULL, "conflict"},
        {"a continue says too early that nothing is left", "op", "outcome", "\"kind\":\"continue\"", "\"left\":1", PUT, "\"left\":1", "\"left\":0", "conflict"},
        {"a continue says nothing of what is left", "op", "outcome", "\"kind\":\"continue\"", "", PUT, ",\"left\":1", "", "outcome"},
        {"a party is told how much of others is left", "bob", "outcome", "\"kind\":\"flight\"", "", PUT, "\"kind\":\"flight\"", "\"kind\":\"flight\",\"left\":3", "outcome"},
        {"a continue has another number", "op", "request", "\"kind\":\"continue\"", "\"number\":3}", PUT, "\"number\":3", "\"number\":4", "verdict"},
    };
    ground_close(&g);
    scene_of_cut_steps();
    the_good_log_stands(state);
    each_is_caught(of_cut_steps, sizeof of_cut_steps / sizeof *of_cut_steps);
}
/* States that are marked, and their digests (which only a replay can judge). */
static void scene_of_snapshots(void) {
    struct fault f = {0};
    ground_snapshot_ticks = 2;
    ground_open(&g, 3, false, &small, (const char *const[]){"ann", "bob", "cat", "*op", NULL});
    ground_snapshot_ticks = 0;
    yes(say_one(KIND_FEED, "cat/root", NULL, "", "{\"feed\":\"radar\",\"readers\":[\"log\"]}"));
    for (int i = 0; i < 12; i++) {
        ground_tick(&g, 1);
        struct node_snapshot_kept k = {.order = node_wanted(g.node), .bytes = 1, .digest = state_digest(node_state(g.node))};
        if (k.order == 0) continue;
        node_snapshot_kept(g.node, &k);
        must(node_poll(g.node, &f), &f, "poll");
        ground_show(&g);
    }
    assert_true(state_snapshots(node_state(g.node)) > 3);
    scene_end = g.lines;
}
static void what_is_kept_is_held_to_account(void **state) {
    static const struct forgery of_snapshots[] = {
        {"a snapshot has another number", "op", "request", "\"kind\":\"snapshot\"", "\"number\":2}", PUT, "\"number\":2", "\"number\":4", "verdict"},
        {"a snapshot is taken twice", "op", "outcome", "\"kind\":\"snapshot/digest\"", "", PUT, "accepted\"", "refused\",\"reason\":\"stale\"", "verdict"},
        {"a digest that is none", "op", "request", "\"kind\":\"snapshot/digest\"", "", PUT, "\"digest\":\"", "\"digest\":\"x", "snapshot"},
        {"a snapshot says what is left", "op", "outcome", "\"kind\":\"snapshot\"", "", PUT, "\"kind\":\"snapshot\"", "\"kind\":\"snapshot\",\"left\":3", "outcome"},
    };
    ground_close(&g);
    scene_of_snapshots();
    the_good_log_stands(state);
    each_is_caught(of_snapshots, sizeof of_snapshots / sizeof *of_snapshots);
}

/* Tables that are full, stated larger, and larger behind the next start; what waits is taken back, stated anew, and refused where it takes a share away. */
static bool notice_of_cat(int i) {
    struct saying s = {.kind = KIND_NOTICE, .by = {"cat/root"}, .section = {{"public", "log", hazard(circle(-40, -126 - i, 5000, 1000, 2000)), false}}, .open_by = INSTANT_NONE};
    return ground_say(&g, &s);
}
static bool capacities(const char *text) { return say_one(KIND_CAPACITY, "op/root", NULL, "log", text); }
static void scene_of_raised_tables(void) {
    ground_open(&g, 4, false, &small, (const char *const[]){"ann", "bob", "cat", "*op", NULL});
    yes(notice_of_cat(0));
    yes(notice_of_cat(1));
    assert_false(notice_of_cat(2)); /* twelve in all, two each */
    assert_false(capacities("{\"notices\":11}"));
    assert_false(capacities("{\"parties\":8}")); /* no shares for two more */
    assert_false(capacities("{\"notices\":12}")); /* it is so */
    assert_false(capacities("{\"notices\":67108865}"));
    assert_false(say_one(KIND_CAPACITY, "ann/root", NULL, "log", "{\"notices\":24}"));
    yes(capacities("{\"notices\":24,\"tracks\":60}"));
    assert_false(notice_of_cat(3)); /* they wait */
    yes(capacities("{\"notices\":18}"));
    ground_tick(&g, 1);
    ground_restart(&g);
    assert_int_equal(state_capacity(node_state(g.node))->notices, 18);
    ground_tick(&g, 1);
    yes(notice_of_cat(4)); /* three each */
    assert_false(notice_of_cat(5));
    yes(capacities("{\"notices\":36}"));
    yes(capacities("{\"notices\":18}")); /* taken back: nothing waits */
    ground_tick(&g, 1);
    ground_restart(&g);
    assert_int_equal(state_wanted_order(node_state(g.node)), 0);
    assert_false(notice_of_cat(6));
    ground_tick(&g, 1);
    scene_end = g.lines;
}
static void capacities_are_held_to_account(void **state) {
    static const struct forgery of_capacities[] = {
        {"what takes a share away is accepted", "op", "outcome", "\"kind\":\"capacity\"", "/notices: 11", PUT, "\"refused\",\"reason\":\"body\"", "\"accepted\"", "verdict"},
        {"more parties than there are shares for are accepted", "op", "outcome", "\"kind\":\"capacity\"", "/parties", PUT, "\"refused\",\"reason\":\"body\"", "\"accepted\"", "verdict"},
        {"what is beyond the bounds is accepted", "op", "outcome", "\"kind\":\"capacity\"", "67108865", PUT, "\"refused\",\"reason\":\"body\"", "\"accepted\"", "verdict"},
        {"another than the operator states it", "ann", "outcome", "\"kind\":\"capacity\"", "refused", PUT, "\"refused\",\"reason\":\"", "\"accepted\",\"x\":\"", "verdict"},
        {"what may be stated is refused", "op", "outcome", "\"kind\":\"capacity\"", "accepted", PUT, "\"accepted\"", "\"refused\",\"reason\":\"body\"", "verdict"},
        {"a party is not told of it", "ann", "told", "\"kind\":\"capacity\"", "", DROP, NULL, NULL, "told"},
        {"the server names another statement than what waits", "op", "request", "\"kind\":\"grow\"", "", PUT, "\"order\":", "\"order\":1", "verdict"},
        {"tables that wait are not taken", "op", "outcome", "\"kind\":\"grow\"", "accepted", PUT, "\"accepted\"", "\"refused\",\"reason\":\"stale\"", "verdict"},
        {"a table is still said to be full behind it", "cat", "outcome", "\"kind\":\"notice\"", "\"place\":6", PUT, "\"accepted\"", "\"refused\",\"reason\":\"full\",\"detail\":\"notices\"", "verdict"},
    };
    ground_close(&g);
    scene_of_raised_tables();
    the_good_log_stands(state);
    each_is_caught(of_capacities, sizeof of_capacities / sizeof *of_capacities);
}

static void what_is_wrong_with_tracks_is_told(void **state) {
    static const struct forgery of_tracks[] = {
        {"one of two is not told that feeds disagree", "cat", "told", "\"disagree\":true", "", DROP, NULL, NULL, "told"},
        {"the other is not told", "ann", "told", "\"disagree\":true", "", DROP, NULL, NULL, "told"},
        {"how far they disagree is made small", "cat", "told", "\"disagree\":true", "\"distance_m\":3", PUT, "\"distance_m\":3", "\"distance_m\":1", "told"},
        {"what they may differ is made large", "cat", "told", "\"disagree\":true", "\"allowed_m\":7", PUT, "\"allowed_m\":7", "\"allowed_m\":97", "told"},
        {"that they agree again is not told", "ann", "told", "\"disagree\":false,\"why\":\"agree\"", "", DROP, NULL, NULL, "told"},
        {"a reader is not told of two aircraft", "bob", "told", "\"twin\":true", "", DROP, NULL, NULL, "told"},
        {"two aircraft are said to be nearer", "cat", "told", "\"twin\":true", "\"distance_m\":2", PUT, "\"distance_m\":2", "\"distance_m\":1", "told"},
        {"that one uses it again is not told", "cat", "told", "\"twin\":false", "", DROP, NULL, NULL, "told"},
        {"what opens no track is not told", "cat", "told", "\"untracked\":true", "", DROP, NULL, NULL, "told"},
        {"so many reports less opened none", "cat", "told", "\"untracked\":true", "\"reports\":3", PUT, "\"reports\":3", "\"reports\":1", "told"},
        {"that all are watched again is not told", "cat", "told", "\"untracked\":false", "", DROP, NULL, NULL, "told"},
        {"who has an alert is not told of the silence", "cat", "told", "\"identity\":\"c81234\"},\"silent\":true", "", DROP, NULL, NULL, "told"},
        {"nor that it is heard again", "cat", "told", "\"identity\":\"c81234\"},\"silent\":false", "", DROP, NULL, NULL, "told"},
    };
    ground_close(&g);
    scene_of_wrong_tracks();
    the_good_log_stands(state);
    each_is_caught(of_tracks, sizeof of_tracks / sizeof *of_tracks);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_good_log_stands), cmocka_unit_test(each_forgery_is_caught), cmocka_unit_test(what_is_continued_is_held_to_account),
                                       cmocka_unit_test(what_is_kept_is_held_to_account), cmocka_unit_test(capacities_are_held_to_account),
                                       cmocka_unit_test(what_is_wrong_with_tracks_is_told)};
    scene();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("audit", tests, NULL, NULL);
    ground_close(&g);
    return failed;
}
