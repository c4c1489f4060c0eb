/* FORMAT.md, chapter 14, "Must fail": every item of its list, by name, through the decoders that the door and recovery use (and the state, where
 * it is the one to say no). Elsewhere: an inner node offered as a part and a leaf at another place in log/proof, Ed25519 in vectors/ed25519.
 * "Must hold": core/owner_first, core/random (owner_first) and the twin runs of tests/sim. */
#include "decoding.h"

#include "core/state.h"

static struct composed message;
static struct text message_text;

/* A statement of one section by one key, with any body, all in order but for that. */
static struct composed say(enum statement_kind kind, const char *body) {
    struct compose_section section = {.name = TEXT("body"), .to = TEXT("log"), .body = text_of(body)};
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = kind, .at = SPOKEN_AT, .by = &aramoor.key, .by_count = 1, .sections = &section,
                        .section_count = 1, .open_by = INSTANT_NONE};
    struct composed s;
    struct fault f = {0};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    return s;
}

static result decode(struct text note, const struct part *sections, uint32_t count, struct fault *f) {
    struct part parts[8] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = note}};
    for (uint32_t i = 0; i < count; i++) parts[i + 1] = sections[i];
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, parts, count + 1, true, &last, f);
}

static int start(void **state) {
    decoding_start(state);
    message = say(KIND_MESSAGE, "{\"text\":\"all is well\"}");
    struct note n;
    struct fault f = {0};
    must(note_parse(message.note, &n, &f), &f);
    message_text = n.text;
    must(decode(message.note, message.section, 1, &f), &f); /* what all others begin from is good */
    return 0;
}

static struct text with_line(const char *more) {
    struct append a = append_growing(1 << 16);
    append_text(&a, message.note);
    append_str(&a, more);
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static void a_junk_signature_line(void **state) {
    (void)state;
    static const char *const lines[] = {"junk\n", "\xE2\x80\x94 exercise/aramoor/root\n", "\xE2\x80\x94 exercise/aramoor/root !!!!\n", "\xE2\x80\x94 stranger AAAAAAAAAAAA\n", "\n"};
    struct fault f;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        result r = decode(with_line(lines[i]), message.section, 1, &f);
        EXPECT(i, r, f, RESULT_MALFORMED, "/note", "");
    }
}

static void a_doubled_signature_line(void **state) {
    (void)state;
    char line[512];
    struct fault f;
    const char *at = memmem(message.note.at, message.note.size, "\xE2\x80\x94", 3);
    snprintf(line, sizeof line, "%.*s", (int)(message.note.at + message.note.size - at), at);
    result r = decode(with_line(line), message.section, 1, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/note", "two signature lines");
}

static void a_text_under_another_log(void **state) {
    (void)state;
    struct fault f;
    decoder.log.bytes[0] ^= 1;
    result r = decode(message.note, message.section, 1, &f);
    decoder.log.bytes[0] ^= 1;
    EXPECT(0, r, f, RESULT_CONFLICT, "/note/log", "another log");
    struct decoder elsewhere = decoder;
    elsewhere.origin = TEXT("sorrel.example/live");
    struct part parts[2] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = message.note}, message.section[0]};
    EXPECT(1, decode_parts(&elsewhere, parts, 2, true, &last, &f), f, RESULT_CONFLICT, "/note", "another origin");
}

static void a_key_under_a_second_name(void **state) {
    (void)state;
    char from[200], to[400], hex[65] = {0};
    struct speaker twin = aramoor;
    struct fault f;
    struct append a = append_fixed(hex, 64);
    append_hex(&a, aramoor.key.public_key.bytes, SHA256_SIZE);
    snprintf(from, sizeof from, "\"exercise/aramoor/root\":\"%s\"", hex);
    snprintf(to, sizeof to, "%s,\"exercise/aramoor/second\":\"%s\"", from, hex);
    snprintf(twin.name, sizeof twin.name, "exercise/aramoor/second");
    twin.key.name = text_of(twin.name);
    const struct speaker *const who[] = {&aramoor, &twin};
    result r = decode(signed_by(edited(message_text, from, to), who, 2), message.section, 1, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/note/by", "");
    assert_non_null(strstr(f.message, "key"));
}

/* --- a section under another id or key: committed elsewhere, and opened --- */

static void a_section_under_another_id_or_key(void **state) {
    (void)state;
    struct fault f;
    struct composed other = say(KIND_MESSAGE, "{\"text\":\"all is well\"}");
    /* Committed to by hash: the section of one statement, with its salt, beside the note of another that says the same. */
    result r = decode(message.note, other.section, 1, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
    /* And the very commitment carried over into a text with another id, or by another key. */
    const char *id = memmem(message_text.at, message_text.size, "\"id\":\"", 6);
    char from[16], to[16];
    snprintf(from, sizeof from, "\"id\":\"%.2s", id + 6);
    snprintf(to, sizeof to, "\"id\":\"%.1s%c", id + 6, id[7] == '0' ? '1' : '0');
    const struct speaker *const same[] = {&aramoor};
    r = decode(signed_by(edited(message_text, from, to), same, 1), message.section, 1, &f);
    EXPECT(1, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
    char mine[65] = {0}, theirs[65] = {0};
    struct append a = append_fixed(mine, 64), b = append_fixed(theirs, 64);
    append_hex(&a, aramoor.key.public_key.bytes, SHA256_SIZE);
    append_hex(&b, velland.key.public_key.bytes, SHA256_SIZE);
    const struct speaker *const thief[] = {&velland};
    r = decode(signed_by(edited(edited(message_text, mine, theirs), "aramoor/root", "velland/root"), thief, 1), message.section, 1, &f);
    EXPECT(2, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
}

struct log { struct arena memory, arena; struct statement genesis; struct state *st; instant now; };

static void log_begin(struct log *l) {
    const struct speaker *const who[2] = {&aramoor, &velland};
    static const char *const names[2] = {"aramoor", "velland"};
    struct founder founders[2];
    struct compose_key keys[2];
    struct text note;
    struct fault f = {0};
    struct body_genesis g = {.origin = text_of(SPOKEN_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .founders = founders, .founder_count = 2,
        .log_key = {{0xa}}, .receipt_key = {{0xb}}, .capacity = {4, 16, 4, 8, 4, 40, 40, 80, 1200, 40, 40, 8, 800, 8, 0, 0, 0, 0, 0, 3}};
    int64_t *const members[] = {&g.settings.immediate_ns, &g.settings.warning_ns, &g.settings.caution_ns, &g.settings.hysteresis_ns, &g.settings.lookahead_ns,
        &g.settings.tube_hold_ns, &g.settings.track_silent_ns, &g.settings.hold_repeat_ns, &g.settings.query_repeat_ns, &g.settings.separation_cm,
        &g.settings.separation_height_cm, &g.settings.recovery_delay_ns, &g.settings.step_work};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) *members[i] = INT64_MIN;
    memset(l, 0, sizeof *l);
    for (int i = 0; i < 2; i++) {
        founders[i] = (struct founder){.root_key = who[i]->key.public_key, .display = text_of(names[i]), .zone = TEXT("Etc/UTC"), .desks = 1, .desk = {{"watch"}}, .operator_ = i == 0};
        memcpy(founders[i].name.at, names[i], strlen(names[i]));
        keys[i] = who[i]->key;
    }
    arena_growing(&l->memory, SIZE_MAX / 2);
    arena_growing(&l->arena, 16 << 20);
    l->now = SPOKEN_AT;
    must(compose_genesis(&g, keys, 2, &l->arena, &note, &f), &f);
    struct decoder d = {.json = json, .arena = &l->arena};
    must(decode_genesis(&d, note, true, &l->genesis, &f), &f);
    must(state_new(&l->memory, &l->genesis, &l->st, &f), &f);
}
static void log_end(struct log *l) {
    arena_free(&l->memory);
    arena_free(&l->arena);
}
static struct outcome log_say(struct log *l, const struct composed *said, const struct part *sections, uint32_t count) {
    struct part parts[8] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = said->note}};
    struct decoder d = {.json = json, .arena = &arena, .log = l->genesis.hash, .origin = text_of(SPOKEN_ORIGIN)};
    struct outcome out;
    struct fault f = {0};
    for (uint32_t i = 0; i < count; i++) parts[i + 1] = sections[i];
    arena_reset(&arena);
    must(decode_parts(&d, parts, count + 1, true, &last, &f), &f);
    last.order = state_order(l->st) + 1;
    last.time = l->now;
    state_step(l->st, &last, &out, state_effects(l->st));
    return out;
}
/* An opening of `section` that claims to be of that statement, id and key. */
static struct outcome log_open(struct log *l, const struct hash *statement, const struct id *id, const struct hash *key, const struct part *section) {
    struct compose_earlier earlier = {.statement = *statement, .kind = KIND_NOTICE, .id = *id, .keys = key, .key_count = 1, .sections = section, .section_count = 1};
    struct compose_section to = {.name = TEXT("body"), .to = TEXT("log"), .body = TEXT("{}")};
    struct compose c = {.origin = text_of(SPOKEN_ORIGIN), .log = l->genesis.hash, .kind = KIND_OPEN, .at = SPOKEN_AT, .open_by = INSTANT_NONE, .by = &aramoor.key,
                        .by_count = 1, .sections = &to, .section_count = 1, .earlier = &earlier};
    struct composed s;
    struct fault f = {0};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    return log_say(l, &s, s.section, s.section_count);
}
static void expect_refused(const struct outcome *o) {
    if (o->verdict != VERDICT_REFUSED || (o->reason != REASON_SECTION && o->reason != REASON_NOT_SEALED))
        fail_msg("%s %s: %s", verdict_name(o->verdict), reason_name(o->reason), o->detail);
}

static void an_opening_under_another_id_or_key(void **state) {
    (void)state;
    struct log l;
    struct fault f = {0};
    struct composed sealed[2];
    log_begin(&l);
    for (int i = 0; i < 2; i++) {
        struct compose_section section = {.name = TEXT("public"), .to = TEXT("log"), .body = example_body(KIND_NOTICE), .sealed = true};
        struct compose c = {.origin = text_of(SPOKEN_ORIGIN), .log = l.genesis.hash, .kind = KIND_NOTICE, .at = SPOKEN_AT, .open_by = SPOKEN_AT + INSTANT_HOUR,
                            .by = &aramoor.key, .by_count = 1, .sections = &section, .section_count = 1};
        must(compose_statement(&c, spoken_random, &kept, &sealed[i], &f), &f);
        struct outcome o = log_say(&l, &sealed[i], NULL, 0);
        if (o.verdict != VERDICT_ACCEPTED) fail_msg("%s: %s", reason_name(o.reason), o.detail);
    }
    const struct hash *key = &aramoor.key.public_key, *other = &velland.key.public_key;
    struct outcome o = log_open(&l, &sealed[0].hash, &sealed[1].id, key, sealed[0].section); /* another id */
    expect_refused(&o);
    o = log_open(&l, &sealed[0].hash, &sealed[0].id, other, sealed[0].section); /* another key */
    expect_refused(&o);
    o = log_open(&l, &sealed[1].hash, &sealed[1].id, key, sealed[0].section); /* another sealed statement's */
    expect_refused(&o);
    struct part changed = sealed[0].section[0];
    changed.salt[0] ^= 1;
    o = log_open(&l, &sealed[0].hash, &sealed[0].id, key, &changed); /* one that no commitment names */
    expect_refused(&o);
    o = log_open(&l, &sealed[0].hash, &sealed[0].id, key, sealed[0].section);
    if (o.verdict != VERDICT_ACCEPTED) fail_msg("the right one: %s: %s", reason_name(o.reason), o.detail);
    log_end(&l);
}

static void the_class_changed_with_equal_bytes(void **state) {
    (void)state;
    struct fault f;
    /* In the hash, */
    struct hash hashes[10];
    struct part p = message.section[0];
    for (uint8_t class = 1; class <= 10; class++) {
        p.part_class = class;
        hashes[class - 1] = part_hash(&p, &decoder.log);
        for (uint8_t i = 1; i < class; i++) assert_false(hash_equal(&hashes[i - 1], &hashes[class - 1]));
    }
    /* and in what is decoded: as any other class it is not taken for the section. */
    for (uint8_t class = 1; class <= 11; class++) {
        p.part_class = class;
        result r = decode(message.note, &p, 1, &f);
        assert_int_equal(result_is_ok(r), class == PART_SECTION);
    }
}

/* --- JSON, in a text and in a body that are signed and committed to as they should be --- */

static void json_that_breaks_a_rule(void **state) {
    (void)state;
    static const struct {
        const char *item;
        enum statement_kind kind;
        const char *body, *field, *says;
    } rows[] = {
        {"fits", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":0.05}", NULL, NULL},
        {"\"a\" beside \"\\u0061\"", KIND_MESSAGE, "{\"text\":\"a\",\"\\u0074ext\":\"b\"}", "/sections/0/body/", "escapes"},
        {"\"a\" beside \"a\"", KIND_MESSAGE, "{\"text\":\"a\",\"text\":\"b\"}", "/sections/0/body/text", "before"},
        {"1e400", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":1e400}", "/sections/0/body/error_s", "exponents"},
        {"2^53+1", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":9007199254740993}", "/sections/0/body/error_s", "15"},
        {"0.1 and 15 digits more", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":0.1000000000000001}", "/sections/0/body/error_s", "15"},
        {"a lone high surrogate", KIND_MESSAGE, "{\"text\":\"\\ud800\"}", "/sections/0/body/text", "escapes"},
        {"a lone low surrogate", KIND_MESSAGE, "{\"text\":\"\\udc00\"}", "/sections/0/body/text", "escapes"},
        {"a surrogate as bytes", KIND_MESSAGE, "{\"text\":\"\xED\xA0\x80\"}", "/sections/0/body/text", "UTF-8"},
        {"NaN", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":NaN}", "/sections/0/body/error_s", "JSON value"},
        {"-Infinity", KIND_CLOCK, "{\"now\":\"2026-11-23T10:00:00.000Z\",\"error_s\":-Infinity}", "/sections/0/body/error_s", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct composed s = say(rows[i].kind, rows[i].body);
        struct fault f;
        result r = decode(s.note, s.section, 1, &f);
        if (rows[i].field == NULL) must(r, &f);
        else if (r.code != RESULT_MALFORMED || strncmp(f.field, "/sections/0", 11) != 0 || strstr(f.message, rows[i].says) == NULL)
            fail_msg("%s: %s at %s: %s", rows[i].item, result_name(r.code), f.field, f.message);
    }
}

static void a_fifth_commitment(void **state) {
    (void)state;
    const struct speaker *const who[] = {&aramoor};
    struct fault f;
    result r = decode(signed_by(edited(message_text, "\"commit\":[", "\"commit\":[\"" SPOKEN_KEY "\","), who, 1), message.section, 1, &f);
    EXPECT(0, r, f, RESULT_TOO_LARGE, "/note/commit", "");
}

static void a_section_that_no_commitment_names(void **state) {
    (void)state;
    struct part changed = message.section[0];
    struct fault f;
    changed.salt[0] ^= 1;
    result r = decode(message.note, &changed, 1, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
    changed = message.section[0];
    changed.bytes.size--;
    r = decode(message.note, &changed, 1, &f);
    EXPECT(1, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
}

/* --- A and R of small order, in a statement that would be taken without --- */

static struct text with_signature(struct text text, struct text name, const uint8_t key[32], const uint8_t signature[64]) {
    uint8_t bytes[68];
    struct append a = append_growing(1 << 16);
    note_key_id(name, key, bytes);
    memcpy(bytes + 4, signature, 64);
    note_begin(&a, text);
    append_format(&a, "\xE2\x80\x94 %.*s ", TEXT_ARG(name));
    append_base64(&a, bytes, sizeof bytes);
    append_char(&a, '\n');
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static void a_of_small_order(void **state) {
    (void)state;
    static const uint8_t neutral[32] = {1};
    uint8_t signature[64] = {1}; /* R neutral, S = 0: with such an A "good" for every text */
    struct composed s;
    struct fault f = {0};
    struct speaker small = aramoor;
    memcpy(small.key.public_key.bytes, neutral, 32);
    struct compose_section section = {.name = TEXT("body"), .to = TEXT("log"), .body = TEXT("{\"text\":\"all is well\"}")};
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = KIND_MESSAGE, .at = SPOKEN_AT, .by = &small.key, .by_count = 1, .sections = &section,
                        .section_count = 1, .open_by = INSTANT_NONE};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    struct text text = {s.note.at, (size_t)((const char *)memmem(s.note.at, s.note.size, "\n\n", 2) + 1 - s.note.at)};
    result r = decode(with_signature(text, small.key.name, neutral, signature), s.section, 1, &f);
    assert_false(result_is_ok(r));
    assert_true(r.code == RESULT_UNAUTHENTIC);
}

static void r_of_small_order(void **state) {
    (void)state;
    uint8_t seed[32], wide[64], a[32], h[32], signature[64] = {1}; /* R neutral */
    struct fault f;
    crypto_hash_sha512_state sha;
    memset(seed, 1, sizeof seed); /* aramoor's */
    crypto_hash_sha512(wide, seed, sizeof seed);
    wide[0] &= 248, wide[31] &= 127, wide[31] |= 64;
    memset(wide + 32, 0, 32);
    crypto_core_ed25519_scalar_reduce(a, wide);
    crypto_hash_sha512_init(&sha);
    crypto_hash_sha512_update(&sha, signature, 32);
    crypto_hash_sha512_update(&sha, aramoor.key.public_key.bytes, 32);
    crypto_hash_sha512_update(&sha, (const uint8_t *)message_text.at, message_text.size);
    crypto_hash_sha512_final(&sha, wide);
    crypto_core_ed25519_scalar_reduce(h, wide);
    crypto_core_ed25519_scalar_mul(signature + 32, h, a); /* S = h a: the equation holds */
    result r = decode(with_signature(message_text, aramoor.key.name, aramoor.key.public_key.bytes, signature), message.section, 1, &f);
    assert_true(r.code == RESULT_UNAUTHENTIC);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_junk_signature_line), cmocka_unit_test(a_doubled_signature_line), cmocka_unit_test(a_text_under_another_log),
        cmocka_unit_test(a_key_under_a_second_name), cmocka_unit_test(a_section_under_another_id_or_key), cmocka_unit_test(an_opening_under_another_id_or_key),
        cmocka_unit_test(the_class_changed_with_equal_bytes), cmocka_unit_test(json_that_breaks_a_rule), cmocka_unit_test(a_fifth_commitment),
        cmocka_unit_test(a_section_that_no_commitment_names), cmocka_unit_test(a_of_small_order), cmocka_unit_test(r_of_small_order)};
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("must_fail", tests, start, decoding_end);
}
