/* Statements of every kind in a log that lives: the input is a list of statements, each made from the example of its kind (tests/core/spoken.h)
 * by changing values, members and elements, signed by keys that it chooses (or some of them; or spoiled), opened, sealed, repeated.
 * They are decoded with verification and stepped. What must hold: a spoiled note is refused and names why; what was stepped can be told again to a
 * fresh state with the same digest; every invariant of the state; outcomes and every view are JSON. */
#include "spoken.h"

#include "fuzz.h"

#include "core/state.h"
#include "core/view.h"

enum { STATEMENTS = 16, KEYS = 6, PARTIES = 3, ENTITIES = 16, BODY = 8192 };
static const char *const key_names[KEYS] = {"exercise/aramoor/root", "exercise/operator/root", "exercise/velland/root", "exercise/aramoor/desk-1",
                                            "exercise/halcyon/root", "exercise/velland/desk-1"};
static struct speaker keys[KEYS];
static struct arena memory, genesis_arena, arena, scratch;
static struct json_reader *json, *other;
static struct statement genesis;
static struct hash log_hash;
static struct text genesis_note;

struct said {
    struct composed composed;
    struct part parts[LIMIT_SECTIONS + 1];
    uint32_t count;
    enum statement_kind kind;
    struct statement decoded;
    struct hash keys[4]; uint32_t key_count;
    char entity[80];
};
struct run {
    struct draw d;
    struct state *st;
    struct said said[STATEMENTS];
    uint32_t count;
    instant now;
    struct statement taken[4 * STATEMENTS]; uint32_t taken_count; /* what changed the state, in order */
};

static void start(void) {
    static const struct capacity small = {4, 16, 4, 8, 4, 12, 12, 24, 1200, 12, 24, 8, 800, 8, 3, 24, 12, 48, 384, 3};
    struct founder founders[PARTIES];
    struct compose_key signers[PARTIES];
    struct fault f = {0};
    if (json != NULL) return;
    json = json_reader_new(1 << 18);
    other = json_reader_new(1 << 20);
    arena_growing(&genesis_arena, 1 << 22);
    arena_growing(&arena, 64 << 20);
    arena_growing(&scratch, 64 << 20);
    for (int i = 0; i < KEYS; i++) speaker_init(&keys[i], key_names[i], (uint8_t)(i + 1));
    static const char *const names[PARTIES] = {"aramoor", "operator", "velland"};
    for (int i = 0; i < PARTIES; i++) {
        founders[i] = (struct founder){.root_key = keys[i].key.public_key, .display = text_of(names[i]), .zone = TEXT("Etc/UTC"), .desks = 2,
                                       .desk = {{"watch"}, {"ops"}}, .operator_ = i == 1};
        memcpy(founders[i].name.at, names[i], strlen(names[i]));
        signers[i] = keys[i].key;
    }
    struct body_genesis g = {.origin = text_of(SPOKEN_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .founders = founders, .founder_count = PARTIES,
                             .capacity = small, .log_key = {{0xa}}, .receipt_key = {{0xb}}};
    int64_t *const members[] = {&g.settings.immediate_ns, &g.settings.warning_ns, &g.settings.caution_ns, &g.settings.hysteresis_ns, &g.settings.lookahead_ns,
        &g.settings.tube_hold_ns, &g.settings.track_silent_ns, &g.settings.hold_repeat_ns, &g.settings.query_repeat_ns, &g.settings.separation_cm,
        &g.settings.separation_height_cm, &g.settings.recovery_delay_ns, &g.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) *members[i] = INT64_MIN;
    if (!result_is_ok(compose_genesis(&g, signers, PARTIES, &genesis_arena, &genesis_note, &f))) abort();
    struct decoder d = {.json = json, .arena = &genesis_arena};
    if (!result_is_ok(decode_genesis(&d, genesis_note, true, &genesis, &f))) abort();
    log_hash = genesis.hash;
}

static void fresh_state(struct state **st, struct arena *a) {
    size_t bytes;
    struct fault f = {0};
    if (!result_is_ok(state_memory(&genesis.sections[0].body.genesis.capacity, &bytes, &f)) || !arena_take(a, bytes) ||
        !result_is_ok(state_new(a, &genesis, st, &f)))
        abort();
}

/* --- a body: the example, changed --- */

static void put_instant(struct run *r, struct append *out) {
    static const int64_t steps[] = {0, 1, -1, 60, -60, 600, 3600, 7200, -3600, 86400, 691200, -86400};
    append_char(out, '"');
    append_instant(out, r->now + steps[draw_below(&r->d, 12)] * INSTANT_SECOND);
    append_char(out, '"');
}

static void put_string(struct run *r, struct append *out, struct text was) {
    static const char *const pool[] = {"aramoor", "operator", "velland", "halcyon", "root", "desk-1", "watch", "ops", "sorrel-basin", "agreement:sorrel-basin", "world",
        "log", "radar-1", "c81234", "4b1617", "missile", "default", "readback", "sequenced", "delivered", "received", "displayed", "relayed", "complied", "unable",
        "wilco", "standby", "UNL", "SFC", "AMSL", "W84", "FL", "FT", "M", "", "SORREL 4", "Pacific/Auckland", "\\\"", "\\n", "\xC3\xA9"};
    struct text entity = TEXT("aramoor/0123456789abcdef0123456789abcdef");
    bool time = was.size >= 20 && was.at[4] == '-' && was.at[10] == 'T';
    if (time && !draw_one_in(&r->d, 16)) {
        put_instant(r, out);
    } else if ((text_equal(was, entity) || draw_one_in(&r->d, 64)) && r->count > 0) {
        append_format(out, "\"%s\"", r->said[draw_below(&r->d, r->count)].entity);
    } else if (draw_one_in(&r->d, 5)) {
        append_format(out, "\"%s\"", pool[draw_below(&r->d, sizeof pool / sizeof *pool)]);
    } else {
        append_json_string(out, was);
    }
}

static void put_number(struct run *r, struct append *out, struct text was) {
    static const char *const pool[] = {"0", "1", "2", "-1", "0.5", "100", "1000000000", "90", "180", "-90", "-180", "179.9999999", "0.0000001", "123456789012345", "1000", "60", "17"};
    if (!draw_one_in(&r->d, 6)) append_text(out, was);
    else if (draw_one_in(&r->d, 2)) append_format(out, "%d", (int)draw_below(&r->d, 70000) - 100);
    else append_str(out, pool[draw_below(&r->d, sizeof pool / sizeof *pool)]);
}

static void put_changed(struct run *r, struct append *out, const struct json *node) {
    bool first = true;
    if (draw_one_in(&r->d, 120)) { /* something of another kind altogether */
        static const char *const odd[] = {"null", "true", "[]", "{}", "\"x\"", "7"};
        append_str(out, odd[draw_below(&r->d, 6)]);
        return;
    }
    switch (node->kind) {
    case JSON_NULL: append_str(out, "null"); return;
    case JSON_BOOL: append_str(out, draw_one_in(&r->d, 4) != node->boolean ? "true" : "false"); return;
    case JSON_NUMBER: put_number(r, out, node->string); return;
    case JSON_STRING: put_string(r, out, node->string); return;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    append_char(out, node->kind == JSON_ARRAY ? '[' : '{');
    for (const struct json *c = json_first(node); c != NULL; c = json_next(node, c)) {
        if (draw_one_in(&r->d, 40)) continue;
        for (int again = draw_one_in(&r->d, node->kind == JSON_ARRAY ? 8 : 120) ? 2 : 1; again > 0; again--) {
            if (!first) append_char(out, ',');
            first = false;
            if (node->kind == JSON_OBJECT) {
                append_json_string(out, c->name);
                append_char(out, ':');
            }
            put_changed(r, out, c);
        }
    }
    append_char(out, node->kind == JSON_ARRAY ? ']' : '}');
}

static struct text changed_body(struct run *r, const struct spoken *example) {
    struct text body = spoken_body(example, &keys[draw_below(&r->d, KEYS)].key.public_key, &arena);
    const struct json *top;
    struct append out = append_growing(1 << 16);
    if (!result_is_ok(json_parse(other, body, JSON_PARLEY, &top, NULL))) abort();
    put_changed(r, &out, top);
    char *room = arena_alloc(&arena, out.size + 1, 1);
    if (room == NULL) abort();
    memcpy(room, out.at, out.size);
    struct text t = {room, out.size};
    append_free(&out);
    return t;
}

/* --- a statement --- */

static struct text some_readers(struct draw *d) {
    static const char *const pool[] = {"log", "world", "", "velland", "aramoor,velland", "agreement:sorrel-basin", "operator", "log,agreement:sorrel-basin"};
    return text_of(pool[draw_below(d, 8)]);
}

/* Entities are "<party>/<id>": one that was filed, or the unknown one. */
static void on_some(struct run *r, struct compose *c) {
    const struct said *s = r->count > 0 ? &r->said[draw_below(&r->d, r->count)] : NULL;
    if (s == NULL || draw_one_in(&r->d, 30)) {
        c->on = (struct entity_ref){{"aramoor"}, {{1}}};
    } else {
        const char *slash = strchr(s->entity, '/');
        c->on = (struct entity_ref){.id = s->composed.id};
        memcpy(c->on.party.at, s->entity, (size_t)(slash - s->entity));
        c->has_prev = draw_one_in(&r->d, 8);
        c->prev = s->composed.hash;
    }
    c->has_on = true;
}

static uint32_t some_keys(struct run *r, const struct spoken *example, struct compose_key *by) {
    /* Who usually must: two for what binds two, else one; sometimes any. */
    static const uint8_t usual[][3] = {{0, 255, 255}, {2, 255, 255}, {1, 255, 255}, {0, 2, 255}, {1, 4, 255}, {0, 3, 255}, {1, 2, 4}, {0, 1, 2}};
    uint32_t pick = draw_below(&r->d, 8), count = 0;
    if (example->kind == KIND_AGREEMENT && pick < 6) pick = 3;
    if (example->kind == KIND_PARTY && pick < 6) pick = 4;
    if (example->kind == KIND_KEY && pick < 6) pick = 5;
    if (example->kind == KIND_KEY_RECOVER && pick < 6) pick = 6;
    if ((example->kind == KIND_SETTINGS || example->kind == KIND_CLOCK) && pick < 6) pick = 2;
    for (int i = 0; i < 3 && usual[pick][i] != 255; i++) {
        by[count] = keys[usual[pick][i]].key;
        if (draw_one_in(&r->d, 12) && count > 0) by[count].secret = NULL; /* it signs later, or never */
        count++;
    }
    return count;
}

/* A sealed statement's sections, opened. */
static bool opens(struct run *r, struct compose *c, struct compose_earlier *earlier) {
    for (uint32_t i = r->count; i > 0; i--) {
        struct said *s = &r->said[i - 1];
        if (s->composed.section_count == 0 || !s->composed.sealed[0] || draw_one_in(&r->d, 4)) continue;
        *earlier = (struct compose_earlier){.statement = s->composed.hash, .kind = s->kind, .id = s->composed.id, .keys = s->keys, .key_count = s->key_count,
                                            .sections = s->composed.section, .section_count = 1};
        c->earlier = earlier;
        return true;
    }
    return false;
}

static bool compose_one(struct run *r, struct said *s) {
    const struct spoken *example = &spoken[draw_below(&r->d, SPOKEN)];
    struct compose_section sections[3];
    struct compose_key by[4];
    struct compose_earlier earlier;
    struct fault f = {0};
    memset(s, 0, sizeof *s);
    struct compose c = {.origin = text_of(SPOKEN_ORIGIN), .log = log_hash, .kind = example->kind, .at = r->now, .open_by = INSTANT_NONE, .by = by, .sections = sections};
    s->kind = example->kind;
    c.by_count = some_keys(r, example, by);
    bool air = spoken_is_air(example->kind), sealed = air && draw_one_in(&r->d, 5);
    static const char *const air_names[] = {"public", "parties", "own"};
    c.section_count = air ? 1 + draw_below(&r->d, 3) : 1;
    for (uint32_t i = 0; i < c.section_count; i++)
        sections[i] = (struct compose_section){.name = text_of(air ? air_names[i] : "body"), .to = some_readers(&r->d), .body = changed_body(r, example), .sealed = sealed};
    if (sealed) c.open_by = r->now + (int64_t)draw_below(&r->d, 7200) * INSTANT_SECOND;
    if (example->on || draw_one_in(&r->d, 10)) on_some(r, &c);
    if (draw_one_in(&r->d, 25) && opens(r, &c, &earlier)) {
        c.kind = s->kind = KIND_OPEN;
        c.section_count = 1;
        c.open_by = INSTANT_NONE;
        sections[0].sealed = false;
    }
    if (!result_is_ok(compose_statement(&c, spoken_random, &arena, &s->composed, &f))) return false;
    for (uint32_t i = 0; i < c.by_count && i < 4; i++) s->keys[s->key_count++] = by[i].public_key;
    s->count = compose_parts(&s->composed, spoken_random, s->parts);
    const char *party = strchr(by[0].name.at, '/') + 1; /* of the first key, ascending */
    for (uint32_t i = 1; i < c.by_count; i++)
        if (text_compare(by[i].name, (struct text){party - 9, strlen(party - 9)}) < 0) party = strchr(by[i].name.at, '/') + 1;
    struct append entity = append_fixed(s->entity, sizeof s->entity - 1);
    append_format(&entity, "%.*s/", (int)(strchr(party, '/') - party), party);
    append_hex(&entity, s->composed.id.bytes, sizeof s->composed.id.bytes);
    return true;
}

/* One bit of the note's text or of a section: nothing of it may be taken. */
static void check_spoiled(struct run *r, const struct decoder *d, const struct said *s) {
    struct part parts[LIMIT_SECTIONS + 1];
    struct statement out;
    struct fault f = {0};
    memcpy(parts, s->parts, sizeof parts);
    uint32_t which = draw_below(&r->d, s->count);
    size_t size = parts[which].bytes.size, at = draw_below(&r->d, 65536) % size;
    char *copy = arena_alloc(&arena, size, 1);
    if (copy == NULL) abort();
    memcpy(copy, parts[which].bytes.at, size);
    if (draw_one_in(&r->d, 3) && which > 0) {
        parts[which].salt[at % 32] ^= 1;
    } else {
        copy[at] = (char)((uint8_t)copy[at] ^ (uint8_t)(1u << draw_below(&r->d, 8)));
        parts[which].bytes.at = copy;
    }
    result x = decode_parts(d, parts, s->count, true, &out, &f);
    check_fault(x, &f);
    assert(!result_is_ok(x));
}

static void check_json(const struct append *out, enum json_dialect dialect) {
    const struct json *top;
    struct fault f = {0};
    if (out->size == 0) return;
    result r = json_parse(other, append_view(out), dialect, &top, &f);
    if (!result_is_ok(r)) fprintf(stderr, "%s: %.*s\n", f.message, TEXT_ARG(append_view(out)));
    assert(result_is_ok(r));
}

static void step(struct run *r, struct statement *s) {
    struct outcome out;
    struct effects *fx = state_effects(r->st);
    struct append text = append_growing(1 << 22);
    s->order = state_order(r->st) + 1;
    s->time = r->now;
    state_step(r->st, s, &out, fx);
    assert((unsigned)out.verdict <= VERDICT_REFUSED && memchr(out.detail, 0, sizeof out.detail) != NULL);
    if (out.verdict == VERDICT_REFUSED) assert(out.reason != REASON_NONE);
    if (state_order(r->st) == s->order) {
        assert(r->taken_count < sizeof r->taken / sizeof *r->taken);
        r->taken[r->taken_count++] = *s;
    }
    if (s->origin != ORIGIN_SERVER) {
        outcome_render(s, &out, &text);
        check_json(&text, JSON_PARLEY);
    }
    append_free(&text);
}

static void tick(struct run *r) {
    struct statement s = {.kind = KIND_TICK, .origin = ORIGIN_SERVER, .open_by = INSTANT_NONE};
    static const int64_t steps[] = {1, 1, 1, 60, 600, 3600, 86400, 8 * 86400};
    r->now += steps[draw_below(&r->d, 8)] * INSTANT_SECOND;
    s.tick = (struct body_tick){.tick = state_tick(r->st) + 1, .error_ns = 1000000};
    s.hash = sha256_of(&s.tick.tick, sizeof s.tick.tick);
    step(r, &s);
}

static void check_told_again(const struct run *r) {
    struct arena a = {0};
    struct state *st;
    struct outcome out;
    fresh_state(&st, &a);
    for (uint32_t i = 0; i < r->taken_count; i++) state_step(st, &r->taken[i], &out, state_effects(st));
    struct hash one = state_digest(r->st), two = state_digest(st);
    assert(hash_equal(&one, &two));
    arena_free(&a);
}

static void check_views(const struct state *st) {
    struct fault f = {0};
    for (int v = 0; v < VIEWS; v++)
        for (int reader = 0; reader < 2; reader++) {
            struct append out = append_growing(1 << 22);
            result r = view_render(st, reader == 0 ? 0 : PARTY_NONE, (enum view)v, NULL, &out, &f);
            check_fault(r, &f);
            if (result_is_ok(r)) check_json(&out, JSON_OPEN); /* lists nest deeper than statements may */
            append_free(&out);
        }
}

static void seeds(void) {
    for (unsigned i = 0; i < SPOKEN; i++) {
        uint8_t in[600];
        for (size_t k = 0; k < sizeof in; k++) in[k] = (uint8_t)((i * 7 + k * (i + 3)) % 40);
        in[0] = (uint8_t)i;
        seed("statements", i, in, sizeof in);
    }
    uint8_t many[4000];
    for (unsigned i = 0; i < 8; i++) {
        uint32_t x = i + 1;
        for (size_t k = 0; k < sizeof many; k++) many[k] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
        seed("many", i, many, sizeof many);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct run r;
    start();
    arena_reset(&arena);
    spoken_counter = 0;
    r.d = (struct draw){bytes, size};
    r.count = r.taken_count = 0;
    r.now = SPOKEN_AT;
    fresh_state(&r.st, &memory);
    struct decoder d = {.json = json, .arena = &arena, .log = log_hash, .origin = text_of(SPOKEN_ORIGIN)};
    while (r.count < STATEMENTS && r.d.left > 0) {
        struct said *s = &r.said[r.count];
        struct fault f = {0};
        if (draw_one_in(&r.d, 4)) tick(&r);
        if (!compose_one(&r, s)) continue;
        result x = decode_parts(&d, s->parts, s->count, true, &s->decoded, &f);
        check_fault(x, &f);
        if (!result_is_ok(x)) {
            r.count += draw_one_in(&r.d, 2); /* what was refused may be named all the same */
            continue;
        }
        assert(hash_equal(&s->decoded.hash, &s->composed.hash) && s->decoded.kind == s->kind);
        if (draw_one_in(&r.d, 6)) check_spoiled(&r, &d, s);
        step(&r, &s->decoded);
        if (draw_one_in(&r.d, 12)) step(&r, &s->decoded); /* again */
        r.count++;
    }
    state_check(r.st);
    check_views(r.st);
    check_told_again(&r);
    arena_free(&memory);
    return 0;
}
