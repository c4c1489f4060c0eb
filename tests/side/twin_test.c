/* Side channels, row by row: random days are lived twice through the door, with and without what one party ("the victim") discloses to nobody: its
 * flights, its own feed, what concerns them. The prober files notices and flights everywhere, asks every route, tries to touch what it guesses. Each
 * byte that it gets belongs to a row of the table, and must be the same on both days. SECURITY.md names these tests. */
#include "twin.h"

#include <ctype.h>

enum { DAYS = 3, STEPS = 260, ENTITIES = 64 }; /* PARLEY_TWIN_DAYS: more of them */

enum channel { LEAVES, PLACES, CONTENT, QUOTAS_FULL, EXISTENCE, STATUS, PUSHES, CHANNELS };
struct entry { enum channel channel; size_t at, size; };
struct transcript {
    struct append bytes;
    struct entry *entries; size_t count, room;
};
struct tally { uint64_t entries[CHANNELS], different[CHANNELS]; char first[CHANNELS][1024]; };
static struct tally tally;
static uint64_t days, hidden_said, own_alerts, withheld, fulls, fine_times, odd_pushes, pushes;

static void note(struct transcript *to, enum channel c, const char *what, struct text bytes) {
    if (to->count == to->room) {
        to->room = to->room == 0 ? 1024 : 2 * to->room;
        to->entries = realloc(to->entries, to->room * sizeof *to->entries);
    }
    struct entry *e = &to->entries[to->count++];
    *e = (struct entry){.channel = c, .at = to->bytes.size};
    append_str(&to->bytes, what);
    append_char(&to->bytes, '\n');
    append_text(&to->bytes, bytes);
    assert_false(to->bytes.full);
    e->size = to->bytes.size - e->at;
}

/* What must differ, and tells nothing: roots, which commit to salts and to the parts that only operator and investigators read, and those parts' own salted hashes. */
static void mask_member(struct append *a, const char *member) {
    size_t size = strlen(member);
    for (size_t i = 0; i + size + 64 < a->size; i++)
        if (memcmp((char *)a->at + i, member, size) == 0) memset((char *)a->at + i + size, 'r', 64);
}
static void mask_roots(struct append *a) {
    mask_member(a, "\"root\":\"");
    mask_member(a, "\"withheld\":[\"");
}
/* In proofs and checkpoints every hash: theirs is the number and the length. */
static void mask_hashes(struct append *a) {
    char *at = (char *)a->at;
    for (size_t i = 0; i < a->size;) {
        size_t run = 0;
        while (i + run < a->size && (isalnum((unsigned char)at[i + run]) || strchr("+/=", at[i + run]) != NULL)) run++;
        if (run >= 43) memset(at + i, 'h', run);
        i += run > 0 ? run : 1;
    }
}

/* --- a day --- */
struct day {
    struct twin t;
    struct transcript to;
    uint64_t seed, roll, number;
    bool hide;
    char notice[ENTITIES][48], flight[ENTITIES][48], secret[ENTITIES][48], mine[ENTITIES][48]; /* "<party>/<id>" */
    uint32_t notices, flights, secrets, mines;
    uint64_t frames[3], read_to;
};

static uint32_t roll(struct day *d, uint32_t below) {
    d->roll = d->roll * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(d->roll >> 33) % below;
}
static const char *stamp(int64_t seconds) {
    static char room[4][48];
    static unsigned next;
    char *at = room[next++ % 4];
    struct append a = append_fixed(at, 39);
    append_instant(&a, twin_now + seconds * INSTANT_SECOND);
    at[a.size] = '\0';
    return at;
}

static void record(struct day *d, int caller, enum channel c, const char *what, struct request *r) {
    if (caller != PROBER && caller != NOBODY) return;
    char head[3072];
    snprintf(head, sizeof head, "%llu %s %s: %u %s\n%s", (unsigned long long)d->number, caller == PROBER ? "prober" : "nobody", what, r->status, r->type == NULL ? "-" : r->type,
             r->headers);
    mask_roots(&r->reply);
    note(&d->to, c, head, append_view(&r->reply));
}

/* Says a plain statement; its id is of its number. `hidden`: not on the second day. The status; 0: was not said. */
static unsigned say(struct day *d, int caller, enum channel c, const char *kind, const char *on, const char *sections, bool hidden, uint32_t part) {
    char body[8192], quoted[64] = "null", what[64];
    struct request r;
    d->t.keys = d->number * 512 + part;
    if (hidden && d->hide) return 0;
    hidden_said += hidden;
    drawn[caller] = (d->seed << 40) + (d->number << 16) + part * 16; /* a salt of what is said hangs on nothing said before */
    if (on != NULL) snprintf(quoted, sizeof quoted, "\"%s\"", on);
    int n = snprintf(body, sizeof body, "{\"statement\":{\"kind\":\"%s\",\"id\":\"%016llx%016x\",\"on\":%s},\"sections\":[%s]}", kind, (unsigned long long)d->number + 1, part, quoted,
                     sections);
    assert_true(n > 0 && (size_t)n < sizeof body);
    snprintf(what, sizeof what, "says %s", kind);
    twin_ask(&d->t, caller, "POST", "/v1/statements", body, &r);
    unsigned status = r.status;
    record(d, caller, c, what, &r);
    twin_free(&r);
    return status;
}
static void name_new(struct day *d, int caller, uint32_t part, char out[48]) {
    snprintf(out, 48, "%s/%016llx%016x", caller_names[caller], (unsigned long long)d->number + 1, part);
}
static void volume(struct day *d, char out[512]) {
    int64_t from = (int64_t)roll(d, 1800) - 300;
    double lat = -48 + roll(d, 200) / 100.0, lng = -127 + roll(d, 200) / 100.0;
    snprintf(out, 512, "{\"circle\":{\"center\":{\"lat\":%.2f,\"lng\":%.2f},\"radius_m\":%u},\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},"
             "\"upper\":{\"value\":%u,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"%s\",\"end\":\"%s\"}", lat, lng, 5000 + roll(d, 40000), 100 + roll(d, 200), stamp(from),
             stamp(from + 600 + roll(d, 3600)));
}

static void file_notice(struct day *d, int caller) {
    char at[512], section[1024], where[48];
    static const char *const readers[] = {"\"world\"", "\"log\"", "\"agreement:sorrel\""};
    if (d->notices == ENTITIES) return;
    volume(d, at);
    snprintf(section, sizeof section, "{\"section\":\"public\",\"to\":[%s],\"body\":{\"area\":\"A %llu\",\"category\":\"missile\",\"volumes\":[%s]}}", readers[roll(d, 3)],
             (unsigned long long)d->number, at);
    name_new(d, caller, 0, where);
    if (say(d, caller, CONTENT, "notice", NULL, section, false, 0) == 201) memcpy(d->notice[d->notices++], where, sizeof where);
}
static void file_flight(struct day *d, int caller, bool hidden, uint32_t part) {
    char at[512], section[1024], where[48];
    volume(d, at);
    snprintf(section, sizeof section, "{\"section\":\"own\",\"to\":[%s],\"body\":{\"callsign\":\"F%llu\",\"icao24\":\"%06x\",\"persons_on_board\":%u,\"volumes\":[%s]}}",
             hidden || caller == PROBER ? "" : "\"log\"", (unsigned long long)d->number, 0x100001 + roll(d, 8) + (caller == PROBER ? 0x1000 : 0), roll(d, 200), at);
    name_new(d, caller, part, where);
    (void)say(d, caller, CONTENT, "flight", NULL, section, hidden, part);
    if (hidden && d->secrets < ENTITIES) memcpy(d->secret[d->secrets++], where, sizeof where);
    else if (!hidden && caller == PROBER && d->mines < ENTITIES) memcpy(d->mine[d->mines++], where, sizeof where);
    else if (!hidden && caller == VICTIM && d->flights < ENTITIES) memcpy(d->flight[d->flights++], where, sizeof where);
}
static void move(struct day *d, int caller) {
    static const char *const notices[] = {"notice/activate", "notice/over", "notice/cancel"}, *const flights[] = {"flight/activate", "flight/end", "flight/cancel"};
    bool notice = roll(d, 2) == 0, hidden = caller == VICTIM && !notice && roll(d, 3) > 0;
    uint32_t count = notice ? d->notices : hidden ? d->secrets : caller == VICTIM ? d->flights : d->mines, kind = roll(d, 3);
    if (count == 0) return;
    uint32_t which = roll(d, count);
    const char *on = notice ? d->notice[which] : hidden ? d->secret[which] : caller == VICTIM ? d->flight[which] : d->mine[which];
    (void)say(d, caller, CONTENT, notice ? notices[kind] : flights[kind], on, "{\"section\":\"body\",\"to\":[],\"body\":{}}", hidden, 0);
}
static void frame(struct day *d, int caller, const char *feed, uint32_t which, bool hidden) {
    char target[64], body[1024];
    struct request r;
    int n = snprintf(body, sizeof body, "{\"frames\":[{\"number\":%llu,\"time\":\"%s\",\"aircraft\":[{\"identity\":\"%06x\",\"time\":\"%s\",\"lat\":%.2f,\"lng\":%.2f,"
                     "\"altitude\":{\"value\":%u,\"reference\":\"FL\",\"units\":\"FL\"},\"speed_mps\":%u,\"track_deg\":%u}]}]}", (unsigned long long)++d->frames[which], stamp(0),
                     0x100001 + roll(d, 8), stamp(0), -48 + roll(d, 200) / 100.0, -127 + roll(d, 200) / 100.0, 50 + roll(d, 200), roll(d, 250), roll(d, 360));
    assert_true(n > 0 && (size_t)n < sizeof body);
    snprintf(target, sizeof target, "/v1/feeds/%s/frames", feed);
    if (hidden && d->hide) return;
    hidden_said += hidden;
    drawn[caller] = (d->seed << 40) + (d->number << 16) + 8;
    twin_ask(&d->t, caller, "POST", target, body, &r);
    record(d, caller, CONTENT, target, &r);
    twin_free(&r);
}

/* The oldest told notice that this caller has not answered; false: there is none. The place is in its own stream. */
static bool due_notice(struct day *d, int caller, char item[1024], unsigned long long *place) {
    struct request r;
    twin_ask(&d->t, caller, "GET", "/v1/due", NULL, &r);
    append_char(&r.reply, '\0');
    const char *at = strstr((char *)r.reply.at, "\"kind\":\"notice\",\"steps\":[],");
    bool found = at != NULL;
    if (found) {
        const char *begin = at;
        while (begin > (char *)r.reply.at && strncmp(begin, "{\"place\":", 9) != 0) begin--;
        found = sscanf(begin, "{\"place\":%llu", place) == 1;
        snprintf(item, 1024, "%s", begin);
    }
    twin_free(&r);
    return found;
}
static void acknowledge(struct day *d, int caller) {
    char item[1024], section[1024];
    unsigned long long place = 0;
    if (!due_notice(d, caller, item, &place)) return;
    /* "start":…,"lower":{…},"upper":{…},"area":"…" as it was told: what a desk re-keys. */
    const char *told = strstr(item, "\"start\":"), *close = told == NULL ? NULL : strstr(told, "\"}");
    if (close != NULL && roll(d, 2) == 0)
        snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"step\":\"readback\",\"place\":%llu,%.*s}}", place, (int)(close + 1 - told), told);
    else
        snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"step\":\"received\",\"place\":%llu}}", place);
    (void)say(d, caller, CONTENT, "ack", NULL, section, false, 1);
}

/* What a prober tries with names that it has guessed or heard of; on the one day they are there. */
static void pry(struct day *d) {
    char other[48], section[512];
    bool real = d->secrets > 0 && roll(d, 2) == 0;
    name_new(d, VICTIM, 77, other);
    const char *on = real ? d->secret[roll(d, d->secrets)] : other;
    static const char *const kinds[] = {"flight/cancel", "flight/activate", "flight/end", "notice/over", "notice/cancel", "area/end", "agreement/leave"};
    static const char body[] = "{\"section\":\"body\",\"to\":[],\"body\":{}}", from[] = "{\"section\":\"body\",\"to\":[],\"body\":{\"from\":\"2026-12-30T00:00:00Z\"}}";
    uint32_t kind = roll(d, 7);
    (void)say(d, PROBER, EXISTENCE, kinds[kind], on, kind == 6 ? from : body, false, 2);
    snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"notice\":\"%s\"}}", on);
    (void)say(d, PROBER, EXISTENCE, "hold", NULL, section, false, 3);
    snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"flight\":\"%s\",\"track\":{\"party\":\"aramoor\",\"feed\":\"own\",\"identity\":\"%06x\"}}}",
             d->mines > 0 && roll(d, 2) == 0 ? d->mine[0] : on, 0x100001 + roll(d, 8));
    (void)say(d, PROBER, EXISTENCE, "join", NULL, section, false, 4);
    snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"step\":\"received\",\"place\":%u}}", roll(d, 400));
    (void)say(d, PROBER, EXISTENCE, "ack", NULL, section, false, 5);
    snprintf(section, sizeof section, "{\"section\":\"body\",\"to\":[],\"body\":{\"hold\":\"%s\",\"reply\":\"wilco\"}}", on);
    (void)say(d, PROBER, EXISTENCE, "hold/answer", NULL, section, false, 6);
    snprintf(section, sizeof section, "{\"section\":\"own\",\"to\":[],\"body\":{\"callsign\":\"X\",\"volumes\":[]}}");
    (void)say(d, PROBER, EXISTENCE, "flight", on, section, false, 7);
}

static void ask(struct day *d, int caller, enum channel c, const char *target, bool hashes) {
    struct request r;
    twin_ask(&d->t, caller, "GET", target, NULL, &r);
    if (hashes) mask_hashes(&r.reply);
    if (c == STATUS && strcmp(target, "/metrics") == 0) assert_int_not_equal(r.status, 200);
    fulls += r.status == 507;
    record(d, caller, c, target, &r);
    twin_free(&r);
}
/* Every route that reads, as the prober and as nobody. */
static void look_around(struct day *d) {
    static const struct { const char *target; enum channel c; } lists[] = {
        {"/v1/notices", CONTENT}, {"/v1/flights", CONTENT}, {"/v1/tracks", CONTENT}, {"/v1/alerts", CONTENT}, {"/v1/holds", CONTENT}, {"/v1/areas", CONTENT},
        {"/v1/due", CONTENT}, {"/v1/agreements", STATUS}, {"/v1/parties", STATUS}, {"/v1/feeds", STATUS}, {"/v1/pending", STATUS}, {"/v1/status", QUOTAS_FULL},
        {"/v1/clock", STATUS}, {"/metrics", STATUS}, {"/healthy", STATUS}, {"/v1/session", STATUS}, {"/", STATUS}, {"/picture", CONTENT}, {"/v1/log", LEAVES},
        {"/v1/blind", PLACES}};
    static const char *const single[] = {"notices", "flights", "alerts", "holds", "areas", "agreements"};
    char target[128];
    for (int caller = PROBER; caller <= NOBODY; caller++) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) ask(d, caller, lists[i].c, lists[i].target, false);
        ask(d, caller, LEAVES, "/v1/checkpoint", true);
        snprintf(target, sizeof target, "/v1/slots?from=%llu&limit=3", (unsigned long long)(node_log_size(d->t.d.node) > 2 ? node_log_size(d->t.d.node) - 2 : 1));
        ask(d, caller, PLACES, target, true);
        snprintf(target, sizeof target, "/v1/log/%llu", (unsigned long long)node_log_size(d->t.d.node));
        ask(d, caller, LEAVES, target, false);
        for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
            for (uint32_t k = 0; k < 3; k++) { /* what is hidden, what there never was, what is another's and seen */
                if (k == 0 && d->secrets > 0) snprintf(target, sizeof target, "/v1/%s/%s", single[i], d->secret[roll(d, d->secrets)]);
                else if (k == 1 && d->notices > 0) snprintf(target, sizeof target, "/v1/%s/%s", single[i], d->notice[roll(d, d->notices)]);
                else snprintf(target, sizeof target, "/v1/%s/aramoor/%032x", single[i], roll(d, 3));
                ask(d, caller, EXISTENCE, target, false);
            }
        }
    }
    snprintf(target, sizeof target, "/v1/stream?from=%llu&limit=1000", (unsigned long long)d->read_to);
    ask(d, PROBER, PLACES, target, false);
    uint64_t size = state_stream_size(node_state(d->t.d.node), PROBER);
    d->read_to = size;
    for (uint32_t i = 0; i < 3 && size > 0; i++) {
        uint32_t place = roll(d, (uint32_t)size);
        snprintf(target, sizeof target, "/v1/proof/%u/0", place);
        ask(d, PROBER, PLACES, target, true);
        snprintf(target, sizeof target, "/v1/sealed/%u", place);
        ask(d, PROBER, PLACES, target, true);
    }
    snprintf(target, sizeof target, "/v1/proof/%llu/0", (unsigned long long)size + 5);
    ask(d, PROBER, PLACES, target, false);
    snprintf(target, sizeof target, "/v1/sealed/%llu", (unsigned long long)size + 5);
    ask(d, PROBER, PLACES, target, true);
}

static uint64_t count_of(struct text t, const char *word) {
    uint64_t n = 0;
    size_t size = strlen(word);
    for (const char *at = t.at, *end = t.at + t.size; at < end && (at = memmem(at, (size_t)(end - at), word, size)) != NULL; at += size) n++;
    return n;
}
static void pull_events(struct day *d) {
    struct append got = append_growing(64 << 20);
    twin_pull(&d->t, PROBER, &got);
    pushes += got.size > 0;
    odd_pushes += got.size % DOOR_EVENT_STEP != 0;
    own_alerts += count_of(append_view(&got), "told\\\":\\\"alert");
    mask_roots(&got);
    if (got.size > 0) note(&d->to, PUSHES, "events", append_view(&got));
    append_reset(&got);
    twin_pull(&d->t, OPERATOR, &got);
    if (!d->hide) withheld += count_of(append_view(&got), "told\\\":\\\"withheld");
    append_reset(&got);
    twin_pull(&d->t, VICTIM, &got);
    append_free(&got);
}

static void agree(struct day *d) {
    static const char body[] = "{\"name\":\"sorrel\",\"version\":1,\"parties\":[\"aramoor\",\"velland\"],\"from\":\"2026-01-01T00:00:00Z\",\"until\":null,\"separation_m\":9260,"
        "\"separation_height_m\":300,\"rules\":[{\"category\":\"default\",\"lead_s\":600,\"binds\":\"readback\",\"readback_s\":60,\"reaction_m\":9260,\"reaction_height_m\":300,"
        "\"reaction_before_s\":60,\"reaction_after_s\":60,\"tail_s\":60}]}";
    struct compose_key keys[2] = {{TEXT("exercise/aramoor/root"), d->t.x.public_key[0], d->t.x.secret[0]}, {TEXT("exercise/velland/root"), d->t.x.public_key[2], d->t.x.secret[2]}};
    struct compose_section part = {TEXT("body"), TEXT("log"), text_of(body), false};
    struct compose c = {.origin = TEXT(FIXTURE_ORIGIN_EXERCISE), .log = *node_log_hash(d->t.d.node), .kind = KIND_AGREEMENT, .at = twin_now, .open_by = INSTANT_NONE, .by = keys,
                        .by_count = 2, .sections = &part, .section_count = 1, .has_on = true, .on = {{"aramoor"}, {{1}}}};
    struct composed said;
    struct fault f = {0};
    struct request r;
    drawing = OPERATOR;
    twin_must(compose_statement(&c, random_bytes, &d->t.x.arena, &said, &f), &f);
    struct append text = append_growing(1 << 20);
    compose_body(&said, &text);
    append_char(&text, '\0');
    twin_ask(&d->t, VICTIM, "POST", "/v1/statements", (const char *)text.at, &r);
    assert_int_equal(r.status, 201);
    twin_free(&r);
    append_free(&text);
}
static void begin(struct day *d) {
    twin_begin(&d->t, d->seed);
    d->to.bytes = append_growing((size_t)1 << 30);
    agree(d);
    static const char *const feeds[] = {"{\"section\":\"body\",\"to\":[],\"body\":{\"feed\":\"own\",\"readers\":[]}}", "{\"section\":\"body\",\"to\":[\"log\"],\"body\":{\"feed\":\"open\",\"readers\":[\"log\"]}}",
        "{\"section\":\"body\",\"to\":[],\"body\":{\"feed\":\"radar\",\"readers\":[]}}"};
    for (int i = 0; i < 3; i++) assert_int_equal(say(d, i == 2 ? PROBER : VICTIM, CONTENT, "feed", NULL, feeds[i], false, 100 + (uint32_t)i), 201);
    /* The prober looks after the north: tracks there are its own, such as it may read. */
    assert_int_equal(say(d, PROBER, CONTENT, "area", NULL, "{\"section\":\"body\",\"to\":[\"log\"],\"body\":{\"name\":\"NORTH\",\"volumes\":[{\"circle\":{\"center\":{\"lat\":-46.5,\"lng\":-126},"
        "\"radius_m\":90000},\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":\"UNL\"}]}}", false, 103), 201);
}

static void step(struct day *d) {
    d->roll = (d->seed << 20) + d->number * UINT64_C(2654435761);
    (void)roll(d, 2);
    instant until = twin_now + (1 + roll(d, 6)) * INSTANT_SECOND;
    while (twin_now + INSTANT_SECOND <= until) { /* the loop wakes every second, and late */
        twin_now = (twin_now / INSTANT_SECOND + 1) * INSTANT_SECOND + (instant)roll(d, 400) * 1000003;
        if (!d->hide) twin_now += 1234567; /* the more so with more to do: the tick has its own time all the same */
        twin_tick(&d->t);
    }
    twin_now = twin_now / INSTANT_SECOND * INSTANT_SECOND + 500123457 + (instant)roll(d, 400) * 1000003;
    switch (roll(d, 16)) {
    case 0: file_notice(d, VICTIM); break;
    case 1: case 2: file_notice(d, PROBER); break;
    case 3: case 4: case 5: file_flight(d, VICTIM, true, 0); break;
    case 6: file_flight(d, VICTIM, false, 0); break;
    case 7: case 8: file_flight(d, PROBER, false, 0); break;
    case 9: move(d, VICTIM); break;
    case 10: move(d, PROBER); break;
    case 11: frame(d, VICTIM, "own", 0, true); break;
    case 12: frame(d, roll(d, 2) == 0 ? VICTIM : PROBER, d->roll >> 40 & 1 ? "open" : "radar", 1, false); break;
    case 13: acknowledge(d, VICTIM); break;
    case 14: acknowledge(d, PROBER); break;
    default: pry(d); break;
    }
    ask(d, PROBER, QUOTAS_FULL, "/v1/status", false);
    pull_events(d);
    if (d->number % 20 == 19) look_around(d);
}

/* Both fill their share of flights, the one without the other knowing. */
static void fill_up(struct day *d) {
    for (uint32_t i = 0; i < 110; i++) file_flight(d, VICTIM, true, 200 + i);
    for (uint32_t i = 0; i < 110; i++) {
        char at[512], section[1024];
        volume(d, at);
        snprintf(section, sizeof section, "{\"section\":\"own\",\"to\":[],\"body\":{\"callsign\":\"FULL\",\"volumes\":[%s]}}", at);
        fulls += say(d, PROBER, QUOTAS_FULL, "flight", NULL, section, false, 400 + i) == 507;
    }
    ask(d, PROBER, QUOTAS_FULL, "/v1/status", false);
    pull_events(d);
    look_around(d);
}

static void live(struct day *d, uint64_t seed, bool hide) {
    *d = (struct day){.seed = seed, .hide = hide};
    begin(d);
    for (d->number = 0; d->number < STEPS; d->number++) step(d);
    fill_up(d);
    twin_end(&d->t);
}

/* Times finer than a millisecond, and the part that says the global order. */
static uint64_t fine_in(struct text t) {
    uint64_t n = count_of(t, "\"class\":\"order\"") + count_of(t, "{\\\"order\\\":");
    for (size_t i = 0; i + 6 < t.size; i++)
        if (t.at[i] == '.') {
            size_t k = i + 1;
            while (k < t.size && isdigit((unsigned char)t.at[k])) k++;
            n += k - i - 1 > 3 && k < t.size && t.at[k] == 'Z';
        }
    return n;
}

static void compare(const struct day *a, const struct day *b) {
    assert_int_equal(a->to.count, b->to.count);
    for (size_t i = 0; i < a->to.count; i++) {
        const struct entry *x = &a->to.entries[i], *y = &b->to.entries[i];
        assert_int_equal(x->channel, y->channel);
        tally.entries[x->channel]++;
        const char *p = (const char *)a->to.bytes.at + x->at, *q = (const char *)b->to.bytes.at + y->at;
        if (x->size == y->size && memcmp(p, q, x->size) == 0) continue;
        size_t same = 0;
        while (same < x->size && same < y->size && p[same] == q[same]) same++;
        if (tally.different[x->channel]++ == 0)
            snprintf(tally.first[x->channel], sizeof tally.first[0], "seed %llu: %.*s\nat byte %zu: with: %.*s\n without: %.*s", (unsigned long long)a->seed, (int)strcspn(p, "\n"), p, same,
                     (int)(x->size - same > 200 ? 200 : x->size - same), p + same, (int)(y->size - same > 200 ? 200 : y->size - same), q + same);
    }
}

static int live_all(void **unused) {
    static struct day a, b;
    (void)unused;
    const char *more = getenv("PARLEY_TWIN_DAYS");
    days = more == NULL ? DAYS : strtoull(more, NULL, 10);
    for (uint64_t seed = 1; seed <= days; seed++) {
        live(&a, seed, false);
        live(&b, seed, true);
        compare(&a, &b);
        fine_times += fine_in(append_view(&a.to.bytes));
        struct day *both[] = {&a, &b};
        for (int i = 0; i < 2; i++) {
            append_free(&both[i]->to.bytes);
            free(both[i]->to.entries);
        }
    }
    print_message("# %llu hidden statements, %llu alerts to the prober, %llu withheld, %llu pushes, %llu refusals for want of room\n", (unsigned long long)hidden_said,
                  (unsigned long long)own_alerts, (unsigned long long)withheld, (unsigned long long)pushes, (unsigned long long)fulls);
    return 0;
}

/* --- the rows --- */
static void same(enum channel c, uint64_t a_day) {
    if (tally.different[c] > 0)
        fail_msg("%llu of %llu differ, the first: %s", (unsigned long long)tally.different[c], (unsigned long long)tally.entries[c], tally.first[c]);
    assert_true(tally.entries[c] >= a_day * days);
}
static void growth_of_the_log_its_leaves_times_and_sizes(void **u) { (void)u; same(LEAVES, 60); }
static void places_in_a_stream_event_ids_versions_proof_lengths(void **u) { (void)u; same(PLACES, 60); }
static void global_order_and_nanoseconds(void **u) { (void)u; assert_int_equal(fine_times, 0); }
static void content_of_replies_outcomes_alerts_distances_leads(void **u) {
    (void)u;
    same(CONTENT, 300);
    assert_true(own_alerts > 200 * days && hidden_said > 100 * days);
}
static void quotas_and_full_tables(void **u) {
    (void)u;
    same(QUOTAS_FULL, 300);
    assert_true(fulls > 20 * days);
}
static void ids_and_existence(void **u) { (void)u; same(EXISTENCE, 400); }
static void counts_metrics_status_health(void **u) { (void)u; same(STATUS, 200); }
static void length_of_pushes(void **u) {
    (void)u;
    same(PUSHES, 150);
    assert_int_equal(odd_pushes, 0);
}
static void a_conflict_of_two_flights_undisclosed_to_each_other(void **u) { (void)u; assert_true(withheld > 20 * days); } /* told to the operator; that the prober heard nothing, the rows above say */

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_of_the_log_its_leaves_times_and_sizes), cmocka_unit_test(places_in_a_stream_event_ids_versions_proof_lengths),
        cmocka_unit_test(global_order_and_nanoseconds), cmocka_unit_test(content_of_replies_outcomes_alerts_distances_leads), cmocka_unit_test(quotas_and_full_tables),
        cmocka_unit_test(ids_and_existence), cmocka_unit_test(counts_metrics_status_health), cmocka_unit_test(length_of_pushes),
        cmocka_unit_test(a_conflict_of_two_flights_undisclosed_to_each_other)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("side channels", tests, live_all, NULL);
}
