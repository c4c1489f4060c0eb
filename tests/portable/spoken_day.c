/* A day of bytes: statements are composed as text with figures of every form, some bytes are turned into others, and what the decoders
 * take is stepped. What they refuse counts as much: field and message go into the digest too. */
#include "verdict.h"

#include "core/spoken.h"

#define STATEMENTS 60
enum { SPEAKERS = 3 };

static const char *const names[SPEAKERS] = {"aramoor", "halcyon", "velland"};
static struct arena arena, kept, rows; /* what is decoded; what is said; the state */
static struct json_reader *json;
static struct decoder decoder;
static struct speaker speakers[SPEAKERS];
static struct state *st;
static struct filed { struct id id; uint32_t who; enum statement_kind kind; } filed[STATEMENTS];
static uint32_t filed_count;
static instant now;
static uint64_t roll;

static uint32_t below(uint32_t n) { /* splitmix64 */
    uint64_t z = (roll += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 33) % n;
}
static void must(result r, const struct fault *f) {
    if (result_is_ok(r)) return;
    fprintf(stderr, "%s at %s: %s\n", result_name(r.code), f->field, f->message);
    abort();
}
static struct text keep(const struct append *a) {
    char *room = arena_alloc(&kept, a->size, 1);
    if (room == NULL || a->full) abort();
    memcpy(room, a->at, a->size);
    return (struct text){room, a->size};
}

/* `whole` and up to 9 digits behind the point: what is rounded is rounded on the text. */
static void put_number(struct append *a, int whole) {
    append_format(a, "%d", whole);
    uint32_t digits = below(10);
    if (digits > 0) append_char(a, '.');
    for (uint32_t i = 0; i < digits; i++) append_char(a, (char)('0' + below(10)));
}
static void put_time(struct append *a, int64_t seconds) {
    int64_t whole = now + seconds * INSTANT_SECOND;
    append_char(a, '"');
    append_instant(a, whole - whole % INSTANT_SECOND + below(1000) * INT64_C(1000000));
    append_char(a, '"');
}
static void put_altitude(struct append *a, const char *name, int low, int high) {
    static const char *const forms[] = {"\"AMSL\",\"units\":\"M\"", "\"W84\",\"units\":\"M\"", "\"SFC\",\"units\":\"FT\"", "\"AMSL\",\"units\":\"FT\""};
    append_format(a, "\"%s\":{\"value\":", name);
    put_number(a, low + (int)below((uint32_t)(high - low)));
    append_format(a, ",\"reference\":%s}", forms[below(4)]);
}
static void put_place(struct append *a, int lat, int lon) {
    append_str(a, "{\"lat\":");
    put_number(a, lat + (int)below(2));
    append_str(a, ",\"lng\":");
    put_number(a, lon - (int)below(2));
    append_char(a, '}');
}
static void put_volume(struct append *a) {
    int lat = -48 + (int)below(2), lon = -126 - (int)below(2);
    int64_t from = (int64_t)below(7200) - 600;
    if (below(2)) {
        append_str(a, "{\"circle\":{\"center\":");
        put_place(a, lat, lon);
        append_str(a, ",\"radius_m\":");
        put_number(a, 100 + (int)below(40000));
        append_str(a, "},");
    } else {
        append_str(a, "{\"polygon\":[");
        put_place(a, lat, lon);
        append_char(a, ',');
        put_place(a, lat, lon - 2);
        append_char(a, ',');
        put_place(a, lat + 2, lon - 2);
        append_str(a, "],");
    }
    put_altitude(a, "lower", 0, 400);
    append_char(a, ',');
    put_altitude(a, "upper", 3000, 12000);
    append_str(a, ",\"start\":");
    put_time(a, from);
    append_str(a, ",\"end\":");
    put_time(a, from + 60 + below(7200));
    append_char(a, '}');
}
static struct text random_body(enum statement_kind kind) {
    struct append a = append_growing(1 << 16);
    append_str(&a, kind == KIND_NOTICE ? "{\"area\":\"SORREL 4\",\"category\":\"missile\",\"volumes\":[" : "{\"callsign\":\"MRL12\",\"persons_on_board\":6,\"volumes\":[");
    uint32_t volumes = 1 + below(3);
    for (uint32_t i = 0; i < volumes; i++) {
        if (i > 0) append_char(&a, ',');
        put_volume(&a);
    }
    append_str(&a, "]}");
    struct text t = keep(&a);
    append_free(&a);
    return t;
}
/* Some bytes become others that stand in such texts. */
static struct text hurt(struct text in) {
    static const char instead[] = "0123456789.-+eE\"\\{}[],: \n\ttfn\x80\xc3\xff/Zu";
    struct append a = append_growing(1 << 20);
    append_text(&a, in);
    for (uint32_t n = 1 + below(3); n > 0; n--) a.at[below((uint32_t)a.size)] = instead[below(sizeof instead - 1)];
    struct text t = keep(&a);
    append_free(&a);
    return t;
}

/* What it is about: something that this speaker filed, of the kind if there is one. */
static void find_filed(struct compose *c, uint32_t who) {
    enum statement_kind kind = c->kind < KIND_FLIGHT ? KIND_NOTICE : KIND_FLIGHT;
    for (int tries = 0; tries < 20 && filed_count > 0; tries++) {
        const struct filed *f = &filed[below(filed_count)];
        if (f->who != who || f->kind != kind) continue;
        c->has_on = true;
        c->on = (struct entity_ref){.id = f->id};
        memcpy(c->on.party.at, names[who], strlen(names[who]));
        return;
    }
}

/* The next request's body, as a sender would write it. */
static struct text next_body(void) {
    static const enum statement_kind often[] = {KIND_NOTICE, KIND_FLIGHT, KIND_NOTICE, KIND_FLIGHT, KIND_NOTICE_OVER, KIND_FLIGHT_ACTIVATE};
    static const char *const readers[] = {"log", "world", "velland", "", "agreement:sorrel-basin", "halcyon,velland"};
    struct fault f = {0};
    struct composed said;
    const struct spoken *example = &spoken[below(SPOKEN)];
    enum statement_kind kind = below(3) ? often[below(6)] : example->kind;
    bool drawn = kind == KIND_NOTICE || kind == KIND_FLIGHT, moves = kind == KIND_NOTICE_OVER || kind == KIND_FLIGHT_ACTIVATE;
    uint32_t who = below(SPEAKERS);
    struct compose_key by[SPEAKERS] = {speakers[0].key, speakers[1].key, speakers[2].key};
    struct compose_section section = {.name = spoken_is_air(kind) ? TEXT("public") : TEXT("body"), .to = text_of(readers[below(6)])};
    section.body = drawn ? random_body(kind) : moves ? TEXT("{}") : spoken_body(example, &speakers[0].key.public_key, &kept);
    if (below(4) == 0) section.body = hurt(section.body);
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = kind, .at = now, .open_by = INSTANT_NONE, .by = &by[who], .by_count = 1,
                        .sections = &section, .section_count = 1};
    if (kind == KIND_AGREEMENT) { /* of aramoor and velland */
        by[1] = by[2];
        c.by = by;
        c.by_count = 2;
    }
    if (!drawn && (moves || example->on)) find_filed(&c, who);
    must(compose_statement(&c, spoken_random, &kept, &said, &f), &f);
    if (drawn) filed[filed_count++] = (struct filed){said.id, who, kind};
    struct append body = append_growing(LIMIT_BODY_BYTES);
    compose_body(&said, &body);
    struct text t = keep(&body);
    append_free(&body);
    return below(6) == 0 ? hurt(t) : t;
}

static void begin(uint64_t seed) {
    static struct statement genesis;
    struct founder founders[SPEAKERS];
    struct compose_key keys[SPEAKERS];
    struct fault f = {0};
    size_t bytes;
    struct body_genesis g = {.origin = TEXT(SPOKEN_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1};
    g.capacity = (struct capacity){.parties = 3, .keys = 24, .agreements = 6, .areas = 12, .feeds = 6, .notices = 60, .flights = 60, .volumes = 240,
        .vertices = 9000, .tracks = 30, .alerts = 300, .pending = 12, .recent = 600, .holds = 12, .slots_log2 = 4};
    int64_t *const members[] = {&g.settings.immediate_ns, &g.settings.warning_ns, &g.settings.caution_ns, &g.settings.hysteresis_ns,
        &g.settings.lookahead_ns, &g.settings.tube_hold_ns, &g.settings.track_silent_ns, &g.settings.hold_repeat_ns, &g.settings.query_repeat_ns,
        &g.settings.separation_cm, &g.settings.separation_height_cm, &g.settings.recovery_delay_ns, &g.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) *members[i] = INT64_MIN;
    memset(&g.log_key, 0x11, sizeof g.log_key);
    memset(&g.receipt_key, 0x22, sizeof g.receipt_key);
    for (int i = 0; i < SPEAKERS; i++) {
        char name[64];
        snprintf(name, sizeof name, "exercise/%s/root", names[i]);
        speaker_init(&speakers[i], name, (uint8_t)(i + 1));
        keys[i] = speakers[i].key;
        founders[i] = (struct founder){.root_key = keys[i].public_key, .display = text_of(names[i]), .zone = TEXT("UTC"), .desks = 1, .desk = {{"watch"}},
            .operator_ = i == 0};
        memcpy(founders[i].name.at, names[i], strlen(names[i]));
    }
    g.founders = founders;
    g.founder_count = SPEAKERS;
    roll = seed;
    spoken_counter = seed << 20;
    filed_count = 0;
    now = SPOKEN_AT;
    arena_growing(&arena, 64 << 20);
    arena_growing(&kept, 64 << 20);
    json = json_reader_new(1 << 20);
    if (json == NULL) abort();
    decoder = (struct decoder){.json = json, .arena = &kept};
    struct text note;
    must(compose_genesis(&g, keys, SPEAKERS, &kept, &note, &f), &f);
    must(decode_genesis(&decoder, note, true, &genesis, &f), &f);
    must(state_memory(&genesis.sections[0].body.genesis.capacity, &bytes, &f), &f);
    if (!arena_take(&rows, bytes)) abort();
    must(state_new(&rows, &genesis, &st, &f), &f);
    decoder = (struct decoder){.json = json, .arena = &arena, .origin = TEXT(SPOKEN_ORIGIN), .log = genesis.hash};
}

static void step(struct sha256 *running, struct statement *s) {
    struct outcome out;
    s->order = state_order(st) + 1;
    s->time = now;
    state_step(st, s, &out, state_effects(st));
    verdict_add(running, st, s, &out, state_effects(st));
}
static void tick(struct sha256 *running) {
    struct statement s = {.kind = KIND_TICK, .origin = ORIGIN_SERVER, .open_by = INSTANT_NONE, .at = now};
    s.tick = (struct body_tick){.tick = state_tick(st) + 1, .error_ns = 1000000};
    step(running, &s);
}

struct day_verdict verdict_spoken_day(uint64_t seed) {
    struct sha256 running;
    sha256_init(&running);
    begin(seed);
    for (int i = 0; i < STATEMENTS; i++) {
        struct part parts[LIMIT_SECTIONS + 2];
        struct statement s;
        struct fault f = {0};
        uint32_t count = 0;
        bool plain = false;
        now += 1 + below(40) * INSTANT_SECOND;
        arena_reset(&arena);
        result r = decode_body(&decoder, next_body(), spoken_random, parts, &count, &plain, &f);
        if (result_is_ok(r) && !plain) r = decode_parts(&decoder, parts, count, true, &s, &f);
        char line[1024];
        int n = snprintf(line, sizeof line, "%s %s %s\n", result_name(r.code), f.field, f.message);
        sha256_update(&running, line, (size_t)n);
        if (result_is_ok(r) && !plain) step(&running, &s);
        if (i % 3 == 0) tick(&running);
    }
    verdict_add_views(&running, st);
    struct day_verdict v = {state_digest(st), sha256_final(&running)};
    json_reader_free(json);
    arena_free(&arena);
    arena_free(&kept);
    arena_free(&rows);
    return v;
}
