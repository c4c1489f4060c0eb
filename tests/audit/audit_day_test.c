/* Random days: parties that are honest, wrong, late and full, said to a node in memory; the auditor must agree with every record. */
#include "ground.h"

enum { THINGS = 40 };
struct thing { enum statement_kind kind; char on[64]; uint16_t party; struct hash last; };
static struct ground g;
static struct thing thing[THINGS];
static uint32_t things;
static uint64_t frames[2];
static char body[16384], body2[16384];
static const char *const parties[] = {"op", "ann", "bob", "cat", "dan"};
static const char *const roots[] = {"op/root", "ann/root", "bob/root", "cat/root", "dan/root"};
static const struct capacity tight = {.parties = 8, .keys = 80, .agreements = 16, .areas = 32, .feeds = 16, .notices = 64, .flights = 64, .volumes = 400, .vertices = 16384,
    .tracks = 64, .alerts = 400, .pending = 32, .recent = 4096, .holds = 32, .slots_log2 = 4};

static uint16_t somebody(void) { return (uint16_t)(1 + roll(&g, 4)); }
static const char *reader(void) {
    static const char *const all[] = {"log", "agreement:pact", "ann", "bob", "cat", "dan", "world", "", "agreement:none", "ann,cat"};
    return all[roll(&g, 10)];
}
static struct thing *some(enum statement_kind kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < things; i++) count += thing[i].kind == kind;
    if (!count) return NULL;
    uint32_t n = roll(&g, count);
    for (uint32_t i = 0; i < things; i++)
        if (thing[i].kind == kind && n-- == 0) return &thing[i];
    return NULL;
}
static void remember(enum statement_kind kind, uint16_t party) {
    struct thing *t = things < THINGS ? &thing[things++] : &thing[roll(&g, THINGS)];
    *t = (struct thing){.kind = kind, .party = party, .last = g.last_hash};
    char hex[33];
    struct append a = append_fixed(hex, 32);
    append_hex(&a, g.last.id.bytes, 16);
    hex[32] = '\0';
    snprintf(t->on, sizeof t->on, "%s/%s", parties[party], hex);
}
static const char *when(int64_t seconds) {
    static char text[8][48];
    static int at;
    struct append a = append_fixed(text[at = (at + 1) % 8], 47);
    append_instant(&a, g.now + seconds * INSTANT_SECOND);
    text[at][a.size] = '\0';
    return text[at];
}
static double near_(double middle, double around) { return middle + ((double)roll(&g, 20001) - 10000) / 10000.0 * around; }

/* ---- bodies ---- */
static const char *band(void) {
    static const char *const all[] = {
        "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}",
        "\"lower\":{\"value\":1000,\"reference\":\"AMSL\",\"units\":\"M\"},\"upper\":{\"value\":3000,\"reference\":\"AMSL\",\"units\":\"M\"}",
        "\"lower\":{\"value\":8000,\"reference\":\"AMSL\",\"units\":\"FT\"},\"upper\":\"UNL\"",
        "\"lower\":{\"value\":5000,\"reference\":\"W84\",\"units\":\"M\"},\"upper\":{\"value\":6000,\"reference\":\"W84\",\"units\":\"M\"}"};
    return all[roll(&g, 4)];
}
static void volume(char *out, size_t room, double y, double x, double size, int64_t from, int64_t to, const char *height) {
    size_t n = strlen(out);
    switch (roll(&g, 3)) {
    case 0: snprintf(out + n, room - n, "{\"circle\":{\"center\":{\"lat\":%.6f,\"lng\":%.6f},\"radius_m\":%.0f},", y, x, size * 60000); break;
    case 1:
        snprintf(out + n, room - n, "{\"polygon\":[{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f}],", y - size,
                 x - size, y - size, x + size, y + size, x + size, y + size, x - size);
        break;
    default:
        snprintf(out + n, room - n, "{\"corridor\":{\"path\":[{\"lat\":%.6f,\"lng\":%.6f},{\"lat\":%.6f,\"lng\":%.6f}],\"width_m\":%.0f},", y, x - size, y + size / 2, x + size,
                 size * 30000);
    }
    n = strlen(out);
    snprintf(out + n, room - n, "%s,\"start\":\"%s\",\"end\":\"%s\"}", height, when(from), when(to));
}
static void volumes(char *out, size_t room, double y, double x, double size, int64_t from, int64_t to) {
    uint32_t count = roll(&g, 4) == 0 ? 3 : 1;
    for (uint32_t i = 0; i < count; i++) {
        if (i) strncat(out, ",", room - strlen(out) - 1);
        volume(out, room, near_(y, i ? 0.5 : 0), near_(x, i ? 0.5 : 0), size, from + (int64_t)(i ? roll(&g, 600) : 0), to + (int64_t)(i ? roll(&g, 600) : 0), band());
    }
}
static void hazard(char *out, size_t room, double y, double x, double size, int64_t from, int64_t to) {
    snprintf(out, room, "{\"area\":\"SORREL %u\",\"category\":\"%s\",\"text\":\"firing\",\"volumes\":[", roll(&g, 5), roll(&g, 3) ? "missile" : "uas");
    volumes(out, room, y, x, size, from, to);
    strncat(out, "]}", room - strlen(out) - 1);
}
static void flight(char *out, size_t room, double y, double x, double size, int64_t from, int64_t to) {
    snprintf(out, room, "{\"callsign\":\"C%u\",%s\"persons_on_board\":3,", 100 + roll(&g, 800), roll(&g, 2) ? "\"icao24\":\"c81231\"," : "");
    size_t n = strlen(out);
    if (roll(&g, 3) == 0) {
        snprintf(out + n, room - n, "\"route\":{\"width_m\":4000,\"height_m\":300,\"time_s\":60,\"points\":[{\"lat\":%.6f,\"lng\":%.6f,\"time\":\"%s\",\"altitude\":{\"value\":2000,"
                 "\"reference\":\"AMSL\",\"units\":\"M\"}},{\"lat\":%.6f,\"lng\":%.6f,\"time\":\"%s\",\"altitude\":{\"value\":2500,\"reference\":\"AMSL\",\"units\":\"M\"}}]}}", y, x,
                 when(from), y + size, x + size, when(to));
        return;
    }
    snprintf(out + n, room - n, "\"volumes\":[");
    volumes(out, room, y, x, size, from, to);
    strncat(out, "]}", room - strlen(out) - 1);
}

/* ---- statements ---- */
static const struct hash *prev_of(const struct thing *t) {
    static struct hash wrong = {{7}};
    uint32_t r = t ? roll(&g, 8) : 7;
    return r == 0 ? &wrong : r < 4 ? &t->last : NULL;
}
static bool said(struct saying *s, uint16_t party, struct thing *t) {
    if (!s->by[0]) s->by[0] = roots[party];
    if (!s->open_by) s->open_by = INSTANT_NONE;
    if (t) s->on = t->on, s->prev = prev_of(t);
    bool good = ground_say(&g, s);
    if (good && t) t->last = g.last_hash;
    return good;
}
static void notice(void) {
    struct thing *t = roll(&g, 3) == 0 ? some(KIND_NOTICE) : NULL;
    uint16_t p = t && roll(&g, 10) ? t->party : somebody();
    double y = near_(-47, 0.8), x = near_(-126, 0.8), size = 0.05 + roll(&g, 10) / 30.0;
    int64_t from = (int64_t)roll(&g, 1800) - 300, to = from + 30 + roll(&g, 2400);
    hazard(body, sizeof body, y, x, size, from, to);
    hazard(body2, sizeof body2, near_(y, 0.05), near_(x, 0.05), size / 3, from + 1, to - 1);
    struct saying s = {.kind = KIND_NOTICE, .section = {{roll(&g, 2) ? "public" : "parties", reader(), body, false}}};
    if (roll(&g, 3) == 0) s.section[1] = (struct said_section){"own", reader(), body2, false};
    if (said(&s, p, t) && !t) remember(KIND_NOTICE, p);
}
static void fly(void) {
    struct thing *t = roll(&g, 3) == 0 ? some(KIND_FLIGHT) : NULL;
    uint16_t p = t && roll(&g, 10) ? t->party : somebody();
    double y = near_(-47, 0.8), x = near_(-126, 0.8), size = 0.05 + roll(&g, 10) / 40.0;
    int64_t from = (int64_t)roll(&g, 1800) - 300, to = from + 60 + roll(&g, 2400);
    flight(body, sizeof body, y, x, size, from, to);
    flight(body2, sizeof body2, y, x, size * 3, from, to);
    enum statement_kind kind = t && roll(&g, 3) == 0 ? KIND_FLIGHT_RELEASE : KIND_FLIGHT;
    struct saying s = {.kind = kind, .section = {{"own", roll(&g, 2) ? "" : reader(), body, false}}};
    if (roll(&g, 3) == 0) s.section[1] = (struct said_section){"public", reader(), body2, false};
    if (said(&s, p, t) && !t) remember(KIND_FLIGHT, p);
}
static void move_(void) {
    static const enum statement_kind kinds[] = {KIND_NOTICE_ACTIVATE, KIND_NOTICE_OVER, KIND_NOTICE_CANCEL, KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_ACTIVATE, KIND_FLIGHT_END, KIND_FLIGHT_CANCEL, KIND_AREA_END};
    enum statement_kind kind = kinds[roll(&g, 8)];
    struct thing *t = some(kind == KIND_AREA_END ? KIND_AREA : kind <= KIND_NOTICE_CANCEL ? KIND_NOTICE : KIND_FLIGHT);
    if (!t) return;
    uint16_t p = roll(&g, 12) ? t->party : somebody();
    if (roll(&g, 5) == 0) {
        if (ground_plain(&g, roots[p], kind, t->on, "body", reader(), "{\"text\":\"plain\"}")) t->last = g.last_hash;
        return;
    }
    char key[64];
    snprintf(key, sizeof key, "%s/desk-1", parties[p]);
    struct saying s = {.kind = kind, .by = {roll(&g, 3) ? roots[p] : key}, .section = {{"body", reader(), "{\"text\":\"as said\"}", false}}};
    said(&s, p, t);
}
static void ack(void) {
    static const char *const steps[] = {"received", "displayed", "readback", "readback", "relayed", "complied", "unable"};
    const struct state *st = node_state(g.node);
    const struct due_row *d = NULL;
    uint32_t skip = roll(&g, 6);
    for (row r = 0; r < st->dues.capacity; r++) /* one of them, by no order in particular */
        if (st->dues.live[r] && (!d || skip-- > 0)) d = due_at(st, r);
    uint16_t p = d ? d->party : somebody();
    const char *step = steps[roll(&g, 7)];
    char *at = body;
    at += sprintf(at, "{\"step\":\"%s\",\"place\":%llu,\"desk\":\"watch\"", step, (unsigned long long)(d ? d->place + (roll(&g, 12) == 0) : 3));
    if (strcmp(step, "readback") == 0) {
        struct append a = append_fixed(at, 400);
        append_str(&a, ",\"start\":");
        instant start = d && d->has_told ? d->start : g.now;
        append_char(&a, '"');
        append_instant(&a, start + (roll(&g, 6) == 0 ? 120 * INSTANT_SECOND : 0));
        append_char(&a, '"');
        append_str(&a, ",\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":");
        if (d && d->has_told && d->upper.cm == ALTITUDE_UNLIMITED) append_str(&a, "\"UNL\"");
        else if (d && d->has_told && d->upper.reference == ALTITUDE_FL) append_str(&a, "{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}");
        else append_str(&a, "{\"value\":3000,\"reference\":\"AMSL\",\"units\":\"M\"}");
        append_format(&a, ",\"area\":\"%.*s\"", d && d->has_told ? (int)d->area_size : 1, d && d->has_told ? d->area : "X");
        at += a.size;
    }
    strcpy(at, "}");
    if (roll(&g, 3) == 0) ground_plain(&g, roots[p], KIND_ACK, NULL, "body", "", body);
    else said(&(struct saying){.kind = KIND_ACK, .section = {{"body", roll(&g, 4) ? "" : reader(), body, false}}}, p, NULL);
}
static void hold(void) {
    struct thing *t = some(KIND_HOLD), *n = some(KIND_NOTICE);
    uint16_t p = somebody();
    if (t && roll(&g, 2)) {
        static const char *const replies[] = {"wilco", "unable", "standby"};
        sprintf(body, "{\"hold\":\"%s\",\"reply\":\"%s\"}", t->on, replies[roll(&g, 3)]);
        said(&(struct saying){.kind = KIND_HOLD_ANSWER, .section = {{"body", reader(), body, false}}}, p, NULL);
    } else if (n) {
        sprintf(body, "{\"notice\":\"%s\",\"until\":\"%s\",\"text\":\"wait\"}", n->on, when(60 + roll(&g, 300)));
        if (said(&(struct saying){.kind = KIND_HOLD, .section = {{"body", reader(), body, false}}}, p, NULL)) remember(KIND_HOLD, p);
    }
}
static void message(void) {
    uint16_t p = somebody();
    if (roll(&g, 2)) ground_plain(&g, roots[p], KIND_MESSAGE, NULL, "body", reader(), "{\"text\":\"hello\",\"desk\":\"watch\"}");
    else said(&(struct saying){.kind = KIND_MESSAGE, .section = {{"body", reader(), "{\"text\":\"hello\"}", false}}}, p, NULL);
}
static double lat[2][5], lng[2][5];
static void frame(void) {
    static const char *const ids[] = {"c81230", "c81231", "c81232", "c81239", "drone-1"};
    struct frame_position at[5];
    uint32_t n = 0, which = roll(&g, 2);
    for (uint32_t i = 0; i < 5; i++) {
        if (roll(&g, 3) == 0) continue;
        if (lat[which][i] == 0 || roll(&g, 12) == 0) lat[which][i] = near_(-47, 0.8), lng[which][i] = near_(-126, 0.8);
        lat[which][i] += 0.002;
        struct frame_position *f = &at[n++];
        *f = (struct frame_position){.identity = text_of(ids[i]), .callsign = TEXT("MRL12"), .time = g.now - (int64_t)roll(&g, 3) * INSTANT_SECOND, .has_altitude = roll(&g, 8) != 0,
                                     .speed_cms = roll(&g, 10) == 0 ? -1 : 15000 + (int32_t)roll(&g, 800), .track_mdeg = (int32_t)roll(&g, 3000),
                                     .climb_cms = roll(&g, 3) ? 0 : (int32_t)roll(&g, 1000) - 500, .uncertainty_cm = roll(&g, 2) ? 5000 : -1};
        f->at.lat = (int32_t)(lat[which][i] * 1e7);
        f->at.lon = (int32_t)(lng[which][i] * 1e7);
        if (f->has_altitude) f->altitude = (struct altitude){200000 + (int32_t)roll(&g, 3) * 20000, ALTITUDE_AMSL};
    }
    frames[which] += roll(&g, 10) != 0;
    ground_frame(&g, which ? "bob" : "ann", "radar", frames[which] ? frames[which] : 1, at, n);
}
static void area(void) {
    uint16_t p = somebody();
    char one[2048] = "";
    volume(one, sizeof one, near_(-47, 1), near_(-126, 1), 0.3, 0, 1, "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":\"UNL\"");
    *strstr(one, ",\"start\"") = '\0';
    sprintf(body, "{\"name\":\"Sector\",\"volumes\":[%s}]}", one);
    if (said(&(struct saying){.kind = KIND_AREA, .section = {{"body", reader(), body, false}}}, p, NULL)) remember(KIND_AREA, p);
}
static void agreement_body(uint32_t version, int64_t from, bool tell) {
    sprintf(body, "{\"name\":\"pact\",\"version\":%u,\"parties\":[\"ann\",\"bob\",\"cat\"],\"from\":\"%s\",\"until\":null,\"separation_m\":9260,\"separation_height_m\":300,"
            "\"tell_undisclosed\":%s,\"signed_only\":false,\"withdraw_notice_s\":120,\"rules\":[{\"category\":\"default\",\"lead_s\":600,\"binds\":\"readback\",\"readback_s\":60,"
            "\"reaction_m\":%u,\"reaction_height_m\":300,\"reaction_before_s\":60,\"reaction_after_s\":60,\"tail_s\":%u},{\"category\":\"uas\",\"lead_s\":60,\"binds\":\"delivered\","
            "\"readback_s\":0,\"reaction_m\":500,\"reaction_height_m\":100,\"reaction_before_s\":0,\"reaction_after_s\":0,\"tail_s\":0}]}",
            version, when(from), tell ? "true" : "false", 2000 + roll(&g, 3) * 3000, 10 * roll(&g, 6));
}
static uint32_t pact_version;
static void agreement(void) {
    struct thing *t = some(KIND_AGREEMENT);
    if (!t) return;
    if (roll(&g, 2)) {
        static const enum statement_kind moves[] = {KIND_AGREEMENT_SUSPEND, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_LEAVE};
        enum statement_kind kind = moves[roll(&g, roll(&g, 8) ? 3 : 4)];
        sprintf(body, kind == KIND_AGREEMENT_RESUME ? "{\"text\":\"x\"}" : "{\"from\":\"%s\"}", when((int64_t)roll(&g, 300)));
        said(&(struct saying){.kind = kind, .section = {{"body", reader(), body, false}}}, somebody(), t);
        return;
    }
    agreement_body(pact_version + 1, (int64_t)roll(&g, 3) * 60, roll(&g, 2));
    struct saying s = {.kind = KIND_AGREEMENT, .by = {"ann/root", roll(&g, 4) ? "bob/root" : "-bob/root", "cat/root"}, .section = {{"body", "log", body, false}}};
    if (said(&s, 1, t)) pact_version++;
}
static uint32_t number;
static void key(void) {
    uint16_t p = somebody();
    char name[64], old[64], hex[65];
    snprintf(name, sizeof name, "%s/desk-%u", parties[p], 1 + roll(&g, 2) + (roll(&g, 2) ? 0 : number++));
    snprintf(old, sizeof old, "desk-%u", 1 + roll(&g, 3));
    const struct ground_key *k = ground_key(&g, name);
    struct append a = append_fixed(hex, 64);
    append_hex(&a, k->public_key.bytes, 32);
    hex[64] = '\0';
    if (roll(&g, 4) == 0) {
        sprintf(body, "{\"key\":\"%s\",\"suspect_from\":\"%s\"}", old, when(-(int64_t)roll(&g, 600)));
        said(&(struct saying){.kind = KIND_KEY_REVOKE, .section = {{"body", "log", body, false}}}, p, NULL);
        return;
    }
    sprintf(body, "{\"party\":\"%s\",\"key\":\"%s\",\"public_key\":\"%s\",\"feeds_only\":%s}", parties[p], strchr(name, '/') + 1, hex, roll(&g, 5) ? "false" : "true");
    said(&(struct saying){.kind = KIND_KEY, .by = {roots[p], name}, .section = {{"body", "log", body, false}}}, p, NULL);
}
static void settings(void) {
    sprintf(body, roll(&g, 3) ? "{\"caution_s\":%u,\"hysteresis_s\":20}" : "{\"caution_s\":%u,\"warning_s\":2000}", 700 + roll(&g, 400));
    said(&(struct saying){.kind = KIND_SETTINGS, .section = {{"body", "", body, false}}}, roll(&g, 4) ? 0 : somebody(), NULL);
}
static struct composed sealed[8];
static struct hash sealed_key[8];
static char sealed_by[8][64];
static uint32_t seals;
static void seal(void) {
    if (seals > 0 && roll(&g, 2)) {
        uint32_t i = roll(&g, seals < 8 ? seals : 8);
        struct compose_earlier e = {.statement = sealed[i].hash, .kind = KIND_NOTICE, .id = sealed[i].id, .keys = &sealed_key[i], .key_count = 1};
        struct part some_[LIMIT_SECTIONS];
        for (uint32_t k = 0; k < sealed[i].section_count; k++)
            if (sealed[i].sealed[k]) some_[e.section_count++] = sealed[i].section[k];
        e.sections = some_;
        struct saying s = {.kind = KIND_OPEN, .by = {sealed_by[i]}, .section = {{"body", "log", "{}", false}}, .open_by = INSTANT_NONE, .earlier = &e};
        ground_say(&g, &s);
        return;
    }
    uint16_t p = somebody();
    double y = near_(-47, 0.8), x = near_(-126, 0.8);
    hazard(body, sizeof body, y, x, 0.2, 300, 900);
    hazard(body2, sizeof body2, y, x, 0.05, 310, 890);
    struct saying s = {.kind = KIND_NOTICE, .section = {{"public", "log", body, roll(&g, 2)}, {"own", reader(), body2, true}}, .open_by = (g.now / INSTANT_SECOND + 30 + roll(&g, 300)) * INSTANT_SECOND};
    if (!said(&s, p, NULL)) return;
    remember(KIND_NOTICE, p);
    sealed[seals % 8] = g.last;
    snprintf(sealed_by[seals % 8], sizeof *sealed_by, "%s", roots[p]);
    sealed_key[seals++ % 8] = ground_key(&g, roots[p])->public_key;
}
static void join(void) {
    struct thing *t = some(KIND_FLIGHT);
    if (!t) return;
    uint16_t p = (uint16_t)(1 + roll(&g, 2));
    sprintf(body, "{\"flight\":\"%s\",\"track\":{\"party\":\"%s\",\"feed\":\"radar\",\"identity\":\"c8123%u\"}}", t->on, parties[p], roll(&g, 3));
    struct saying s = {.kind = roll(&g, 3) ? KIND_JOIN : KIND_JOIN_UNDO, .by = {roots[t->party], p != t->party && roll(&g, 2) ? roots[p] : NULL}, .section = {{"body", reader(), body, false}}};
    if (s.kind == KIND_JOIN_UNDO) s.by[1] = NULL;
    said(&s, t->party, NULL);
}
static void clock_(void) {
    if (roll(&g, 2)) g.unsure_ticks = 1;
    sprintf(body, "{\"now\":\"%s\",\"error_s\":0.05}", when(1));
    said(&(struct saying){.kind = KIND_CLOCK, .section = {{"body", "", body, false}}}, 0, NULL);
}
static void recover(void) {
    char hex[65], name[64];
    snprintf(name, sizeof name, "dan/root-%u", ++number);
    struct append a = append_fixed(hex, 64);
    append_hex(&a, ground_key(&g, name)->public_key.bytes, 32);
    hex[64] = '\0';
    if (roll(&g, 2)) {
        said(&(struct saying){.kind = KIND_KEY_OBJECT, .section = {{"body", "", "{\"text\":\"no\"}", false}}}, 4, NULL);
        return;
    }
    sprintf(body, "{\"party\":\"dan\",\"new_root\":\"%s\",\"key\":\"root-%u\"}", hex, number);
    said(&(struct saying){.kind = KIND_KEY_RECOVER, .by = {"op/root", name, "ann/root", roll(&g, 3) ? "bob/root" : NULL}, .section = {{"body", "log", body, false}}}, 0, NULL);
}
static void seen(void) {
    struct append note = append_growing(4096);
    struct fault f = {0};
    struct hash root;
    size_t got;
    if (node_log_size(g.node) == 0) return;
    must(node_checkpoint(g.node, &note, &f), &f, "checkpoint");
    const char *second = (const char *)memchr(note.at, '\n', note.size) + 1, *third = strchr(second, '\n') + 1;
    assert(base64_read((struct text){third, 44}, root.bytes, 32, &got) && got == 32);
    root.bytes[3] ^= (uint8_t)(roll(&g, 4) == 0);
    struct saying s = {.kind = KIND_MESSAGE, .section = {{"body", "log", "{\"text\":\"seen\"}", false}}, .seen = &root, .seen_size = strtoull(second, NULL, 10)};
    said(&s, somebody(), NULL);
    append_free(&note);
}
static void (*const makers[])(void) = {notice, notice, notice, fly, fly, fly, fly, move_, move_, move_, ack, ack, ack, hold, message, frame, frame, frame, frame, area, agreement, key, settings, seal,
    seal, join, clock_, recover, seen};

/* ---- a day ---- */
static void begin(uint64_t seed, bool live) {
    static const int64_t work[] = {INT64_MIN, 1, 30, 300}; /* steps that are cut, at every place */
    ground_step_work = work[seed % 4];
    ground_open(&g, seed, live, &tight, (const char *const[]){"ann", "bob", "cat", "dan", "*op", NULL});
    things = seals = pact_version = number = 0;
    memset(lat, 0, sizeof lat);
    memset(lng, 0, sizeof lng);
    frames[0] = frames[1] = 0;
    memset(thing, 0, sizeof thing);
    agreement_body(1, 0, false);
    assert_true(said(&(struct saying){.kind = KIND_AGREEMENT, .by = {"ann/root", "bob/root", "cat/root"}, .section = {{"body", "log", body, false}}}, 1, NULL));
    remember(KIND_AGREEMENT, 1);
    pact_version = 1;
    assert_true(said(&(struct saying){.kind = KIND_FEED, .section = {{"body", "log", "{\"feed\":\"radar\",\"readers\":[\"log\"]}", false}}}, 1, NULL));
    assert_true(said(&(struct saying){.kind = KIND_FEED, .section = {{"body", "", "{\"feed\":\"radar\",\"readers\":[]}", false}}}, 2, NULL));
}
static uint64_t complaints;
static void complain(void *context, const char *line) {
    (void)context;
    if (complaints++ < 20) print_message("# %.900s\n", line);
}
static uint64_t either, surely, distances; /* of all days */
static uint64_t judged(void) {
    struct audit *a = audit_new(g.genesis.at, g.genesis.size, complain, NULL);
    char figures[2048];
    complaints = 0;
    ground_blinds(&g, a, 1u << tight.slots_log2);
    const char *show = getenv("PARLEY_SHOW"); /* the records of an order number, or all */
    for (size_t i = 0; i < g.lines; i++) {
        if (show && (strcmp(show, "all") == 0 || g.line[i].order == strtoull(show, NULL, 10))) fprintf(stderr, "# %s %s\n", g.line[i].party, g.line[i].text);
        ground_feed(a, &g.line[i]);
    }
    audit_end(a);
    either += audit_figure(a, "within a margin: either is right");
    surely += audit_figure(a, "surely meeting");
    distances += audit_figure(a, "distances");
    audit_figures(a, figures, sizeof figures);
    print_message("# %s\n", figures);
    audit_free(a);
    return complaints;
}
static uint64_t day(uint64_t seed, uint64_t steps) {
    begin(seed, seed % 3 == 0);
    for (uint64_t k = 0; k < steps; k++) {
        if (roll(&g, 3) == 0) ground_tick(&g, 1 + (int64_t)roll(&g, roll(&g, 10) ? 20 : 400));
        else makers[roll(&g, sizeof makers / sizeof *makers)]();
        g.now += (int64_t)roll(&g, 3) * 100000000;
    }
    print_message("# seed %llu\n", (unsigned long long)seed);
    uint64_t wrong = judged();
    ground_close(&g);
    return wrong;
}
static uint64_t number_of(const char *name, uint64_t otherwise) { return getenv(name) ? strtoull(getenv(name), NULL, 10) : otherwise; }
static void random_days(void **state) {
    (void)state;
    uint64_t seed = number_of("PARLEY_SEED", 1), count = number_of("PARLEY_DAYS", 4), steps = number_of("PARLEY_STEPS", 700), wrong = 0;
    for (uint64_t i = 0; i < count; i++) wrong += day(seed + i, steps);
    assert_int_equal(wrong, 0);
    /* Where geometry's margin lets either answer pass, nothing is judged: that is rare, but for the day on which an aircraft flies along a bound. */
    print_message("# %llu distances judged; %llu answers within a margin beside %llu sure ones\n", (unsigned long long)distances, (unsigned long long)either, (unsigned long long)surely);
    assert_true(count * steps < 2800 || (either * 100 <= surely && distances >= 100 * count));
}
/* Days that found something, as far as it takes. */
static void days_that_found_something(void **state) {
    (void)state;
    static const struct { uint64_t seed, steps; } days[] = {
        {131, 210}, /* an alert was told an entry two minutes behind the right one, before its notice's own deadline of that tick; a pair of one frame ended while one of the two was still where it had been */
        {95, 225},  /* a distance so, by the count of a folded alert */
        {138, 130}, /* a path was taken anew behind the deadlines of its step, which had told of the old one */
        {136, 270}, /* flights that were told of each other on a shared feed, which lost a track */
        {90, 300},  /* of two hidden flights that fitted alike the auditor took the wrong one */
        {17, 490},  /* a fall that was due waited, and by then the alert had been as high again */
    };
    uint64_t wrong = 0;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) wrong += day(days[i].seed, days[i].steps);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_days), cmocka_unit_test(days_that_found_something)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("audit days", tests, NULL, NULL);
}
