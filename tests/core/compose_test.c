#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "spoken.h"

#include <cmocka.h> /* last: it has a macro called fail */

static struct arena arena, kept;
static struct json_reader *json;
static struct speaker aramoor, desk, velland;
static struct decoder decoder;

static void must(result r, const struct fault *f) {
    if (!result_is_ok(r)) fail_msg("%s at %s: %s", result_name(r.code), f->field, f->message);
}

static void setup_all(void) {
    arena_growing(&arena, 64 << 20);
    arena_growing(&kept, 64 << 20);
    json = json_reader_new(LIMIT_BODY_BYTES);
    assert(json != NULL);
    speaker_init(&aramoor, "exercise/aramoor/root", 1);
    speaker_init(&desk, "exercise/aramoor/desk-1", 2);
    speaker_init(&velland, "exercise/velland/root", 3);
    decoder = (struct decoder){.json = json, .arena = &arena, .origin = text_of(SPOKEN_ORIGIN)};
    memset(decoder.log.bytes, 0x5f, SHA256_SIZE);
}

static struct compose base_of(enum statement_kind kind, const struct compose_key *by, uint32_t count) {
    return (struct compose){.origin = decoder.origin, .log = decoder.log, .kind = kind, .at = SPOKEN_AT,
                            .open_by = INSTANT_NONE, .by = by, .by_count = count};
}

/* Says it, sends it through the door's form, reads it. */
static struct statement round_trip(const struct compose *c, struct composed *said) {
    struct fault f = {0};
    must(compose_statement(c, spoken_random, &kept, said, &f), &f);
    struct append body = append_growing(LIMIT_BODY_BYTES);
    compose_body(said, &body);
    assert_false(body.full);
    struct part parts[LIMIT_SECTIONS + 2];
    uint32_t count;
    bool plain = true;
    arena_reset(&arena);
    must(decode_body(&decoder, append_view(&body), spoken_random, parts, &count, &plain, &f), &f);
    append_free(&body);
    assert_false(plain);
    struct statement s;
    must(decode_parts(&decoder, parts, count, true, &s, &f), &f);
    assert_memory_equal(s.hash.bytes, said->hash.bytes, SHA256_SIZE);
    assert_int_equal(s.kind, c->kind);
    assert_int_equal(s.origin, ORIGIN_SIGNED);
    assert_true(id_equal(&s.id, &said->id));
    assert_int_equal(s.at, c->at);
    for (uint32_t i = 0; i < s.section_count; i++)
        assert_memory_equal(s.sections[i].commitment.bytes, s.commit[s.sections[i].slot].bytes, SHA256_SIZE);
    return s;
}

static void check_bodies(const struct statement *s) {
    const struct section *b = &s->sections[0];
    switch (s->kind) {
    case KIND_SETTINGS:
        assert_int_equal(b->body.settings.immediate_ns, 60 * INSTANT_SECOND);
        assert_int_equal(b->body.settings.warning_ns, INT64_MIN);
        assert_int_equal(b->body.settings.separation_cm, 926050);
        assert_int_equal(b->body.settings.offsets.geoid_low, -10700);
        break;
    case KIND_PARTY:
        assert_int_equal(b->body.party.party.desks, 2);
        assert_true(text_is(b->body.party.party.zone, "Pacific/Auckland"));
        break;
    case KIND_KEY: assert_true(b->body.key.feeds_only); break;
    case KIND_AGREEMENT:
        assert_int_equal(b->body.agreement.party_count, 2);
        assert_int_equal(b->body.agreement.until, INSTANT_NONE);
        assert_int_equal(b->body.agreement.rules[0].binds, 2);
        assert_int_equal(b->body.agreement.rules[0].reaction_after_ns, INT64_C(300250000000));
        assert_true(b->body.agreement.tell_undisclosed && !b->body.agreement.signed_only);
        break;
    case KIND_AREA:
        assert_int_equal(b->body.area.volumes[0].upper.cm, ALTITUDE_UNLIMITED);
        assert_int_equal(b->body.area.volumes[0].start, 0);
        assert_true(b->body.area.volumes[0].shape.count > 4); /* 20 degrees of longitude were cut */
        break;
    case KIND_FEED: assert_int_equal(b->body.feed.reader_count, 2); break;
    case KIND_NOTICE:
        assert_true(text_is(b->body.notice.area, "SORREL 4"));
        assert_int_equal(b->body.notice.marks, MARK_WIDENED | MARK_LATE_ENTRY);
        assert_int_equal(b->body.notice.volumes[0].shape.reach_cm, 926000);
        assert_int_equal(b->body.notice.volumes[0].upper.cm, 746760);
        assert_int_equal(b->body.notice.volumes[0].shape.at[0].lat, -471000000);
        break;
    case KIND_FLIGHT: {
        const struct volume *v = b->body.flight.volumes;
        assert_int_equal(b->body.flight.volume_count, 2);
        assert_int_equal(b->body.flight.icao24, 0xc81234);
        assert_int_equal(v[0].lower.cm, 200 * 3048 - 30000);
        assert_int_equal(v[0].upper.cm, 240 * 3048 + 30000);
        assert_int_equal(v[0].shape.reach_cm, 926000);
        assert_int_equal(v[1].start - v[0].end, -240 * INSTANT_SECOND);
        assert_int_equal(v[0].shape.count, 2);
        assert_true(v[1].shape.count > 2); /* over 500 km */
        break;
    }
    case KIND_ACK:
        assert_int_equal(b->body.ack.step, ACK_READ_BACK);
        assert_int_equal(b->body.ack.lower.cm, 30483); /* 1000.1 ft = 30483.048 cm */
        assert_int_equal(b->body.ack.upper.cm, 150056);
        break;
    case KIND_HOLD_ANSWER: assert_int_equal(b->body.hold_answer.reply, HOLD_STANDBY); break;
    case KIND_MESSAGE: assert_true(text_is(b->body.message.text, "say \"again\"\nall after")); break;
    case KIND_CLOCK: assert_int_equal(b->body.clock.error_ns, 50000000); break;
    case KIND_CAPACITY:
        assert_int_equal(b->body.capacity.notices, 70000);
        assert_int_equal(b->body.capacity.tracks, UINT32_MAX);
        assert_int_equal(b->body.capacity.parties, 0);
        break;
    default: break;
    }
}

static void every_kind_comes_back_as_it_was_said(void **state) {
    (void)state;
    bool seen[STATEMENT_KINDS] = {[KIND_GENESIS] = true, [KIND_FRAME] = true, [KIND_TICK] = true, [KIND_CONTINUE] = true, [KIND_SNAPSHOT] = true, [KIND_GROW] = true, [KIND_BRIDGE] = true, [KIND_COSIGNED] = true, [KIND_SNAPSHOT_DIGEST] = true,
                                  [KIND_OPEN] = true, [KIND_DSS] = true};
    for (int i = 0; i < SPOKEN; i++) {
        arena_reset(&kept);
        const struct compose_key by[] = {velland.key, desk.key, aramoor.key};
        struct compose c = base_of(spoken[i].kind, by, 3);
        bool party = spoken[i].kind == KIND_PARTY, air = spoken_is_air(spoken[i].kind);
        struct compose_section section = {.name = air ? TEXT("public") : TEXT("body"), .to = TEXT("log,agreement:sorrel-basin"),
                                          .body = spoken_body(&spoken[i], party ? &aramoor.key.public_key : &desk.key.public_key, &kept)};
        c.sections = &section;
        c.section_count = 1;
        c.has_on = spoken[i].on;
        c.on = (struct entity_ref){.party = {"aramoor"}, .id = {{9}}};
        c.has_prev = i % 2 == 0;
        c.prev.bytes[0] = 4;
        c.has_seen = i % 3 == 0;
        c.seen_size = 99;
        struct composed said;
        struct statement s = round_trip(&c, &said);
        assert_int_equal(s.section_count, 1);
        assert_int_equal(s.sections[0].reader_count, 2);
        assert_int_equal(s.sections[0].readers[1].kind, READER_AGREEMENT);
        assert_int_equal(s.signer_count, 3);
        assert_true(text_is(s.signers[0].key_name, "exercise/aramoor/desk-1"));
        assert_true(text_is(name_text(&s.signers[2].party), "velland"));
        for (uint32_t k = 0; k < 3; k++) assert_true(s.signers[k].verified);
        assert_int_equal(s.has_prev, i % 2 == 0);
        assert_int_equal(s.has_seen, i % 3 == 0);
        if (s.has_on && !spoken[i].on) { /* it files: the entity is the statement's own id */
            assert_true(id_equal(&s.on.id, &s.id));
            assert_true(text_is(name_text(&s.on.party), "aramoor"));
        }
        check_bodies(&s);
        seen[s.kind] = true;
    }
    for (int k = 0; k < STATEMENT_KINDS; k++)
        if (!seen[k]) fail_msg("no example of %s", statement_kind_name((enum statement_kind)k));
}

static const struct spoken *example_of(enum statement_kind k) {
    for (int i = 0; i < SPOKEN; i++)
        if (spoken[i].kind == k) return &spoken[i];
    return NULL;
}

static void a_sealed_section_is_opened_later(void **state) {
    (void)state;
    arena_reset(&kept);
    struct text body = spoken_body(example_of(KIND_NOTICE), &desk.key.public_key, &kept);
    const struct compose_section sections[] = {
        {.name = TEXT("public"), .to = TEXT("world"), .body = body},
        {.name = TEXT("own"), .to = TEXT(""), .body = body, .sealed = true},
    };
    const struct compose_key by[] = {aramoor.key, velland.key};
    struct compose c = base_of(KIND_NOTICE, by, 2);
    c.sections = sections;
    c.section_count = 2;
    c.open_by = SPOKEN_AT + INSTANT_DAY;
    struct composed sealed;
    struct statement s = round_trip(&c, &sealed);
    assert_int_equal(s.section_count, 1);
    assert_int_equal(s.open_by, c.open_by);
    struct hash commitment = s.commit[2];

    const struct hash keys[] = {velland.key.public_key, aramoor.key.public_key};
    struct compose_earlier earlier = {.statement = sealed.hash, .kind = KIND_NOTICE, .id = sealed.id, .keys = keys,
                                      .key_count = 2, .sections = &sealed.section[1], .section_count = 1};
    struct compose_section own = {.to = TEXT("log")};
    struct compose open = base_of(KIND_OPEN, &aramoor.key, 1);
    open.sections = &own;
    open.section_count = 1;
    open.earlier = &earlier;
    struct composed opened;
    s = round_trip(&open, &opened);
    assert_int_equal(s.section_count, 2);
    assert_true(text_is(s.sections[0].name, "body"));
    assert_true(text_is(s.sections[1].name, "own"));
    assert_memory_equal(s.sections[1].commitment.bytes, commitment.bytes, SHA256_SIZE);
    assert_memory_equal(s.sections[0].body.open.statement.bytes, sealed.hash.bytes, SHA256_SIZE);
    assert_int_equal(s.sections[0].body.open.kind, KIND_NOTICE);
    struct fault none = {0};
    earlier.section_count = 0;
    assert_int_equal(compose_statement(&open, spoken_random, &kept, &opened, &none).code, RESULT_RANGE);
    assert_string_equal(none.field, "/sections");
    earlier.section_count = 1;
    none = (struct fault){0};
    earlier.key_count = 0;
    assert_int_equal(compose_statement(&open, spoken_random, &kept, &opened, &none).code, RESULT_RANGE);
    assert_string_equal(none.field, "/keys");
    earlier.key_count = 2;
    struct hash context = part_section_context(&decoder.log, &sealed.id, keys, 2);
    assert_memory_equal(s.sections[0].body.open.context.bytes, context.bytes, SHA256_SIZE);

    /* Opened under another id, another key: another context, so the section's hash is no longer the one committed to. Whoever
     * restates the commitment under the false context gets another commitment than the sealed text holds. */
    struct compose_earlier other = earlier;
    other.id.bytes[0] ^= 1;
    open.earlier = &other;
    s = round_trip(&open, &opened);
    assert_memory_not_equal(s.sections[1].commitment.bytes, commitment.bytes, SHA256_SIZE);
    other = earlier;
    other.key_count = 1;
    s = round_trip(&open, &opened);
    assert_memory_not_equal(s.sections[1].commitment.bytes, commitment.bytes, SHA256_SIZE);
}

static struct statement decode_note_of(struct text note, const struct composed *said, struct fault *f) {
    struct composed again = *said;
    again.note = note;
    struct part parts[LIMIT_SECTIONS + 1];
    uint32_t count = compose_parts(&again, spoken_random, parts);
    struct statement s;
    arena_reset(&arena);
    must(decode_parts(&decoder, parts, count, true, &s, f), f);
    return s;
}

static void signatures_accumulate_in_the_order_of_by(void **state) {
    (void)state;
    arena_reset(&kept);
    struct fault f = {0};
    struct compose_key by[] = {aramoor.key, desk.key, velland.key};
    by[0].secret = by[1].secret = NULL;
    struct compose c = base_of(KIND_AGREEMENT, by, 3);
    struct compose_section section = {.name = TEXT("body"), .to = TEXT("log"),
                                      .body = spoken_body(example_of(KIND_AGREEMENT), &desk.key.public_key, &kept)};
    c.sections = &section;
    c.section_count = 1;
    struct composed said;
    struct statement s = round_trip(&c, &said);
    assert_false(s.signers[0].verified || s.signers[1].verified);
    assert_true(s.signers[2].verified);
    struct append second = append_growing(1 << 16), third = append_growing(1 << 16), extra = append_growing(1 << 16);
    must(compose_cosign(json, said.note, &desk.key, &second, &f), &f);
    s = decode_note_of(append_view(&second), &said, &f);
    assert_true(s.signers[0].verified && !s.signers[1].verified && s.signers[2].verified);
    must(compose_cosign(json, append_view(&second), &aramoor.key, &third, &f), &f);
    s = decode_note_of(append_view(&third), &said, &f);
    assert_memory_equal(s.hash.bytes, said.hash.bytes, SHA256_SIZE);
    for (int i = 0; i < 3; i++) assert_true(s.signers[i].verified);
    assert_int_equal(compose_cosign(json, append_view(&third), &aramoor.key, &extra, &f).code, RESULT_CONFLICT);
    struct speaker stranger;
    speaker_init(&stranger, "exercise/aramoor/root", 9);
    append_reset(&extra);
    assert_int_equal(compose_cosign(json, append_view(&third), &stranger.key, &extra, &f).code, RESULT_NOT_FOUND);
    append_free(&second);
    append_free(&third);
    append_free(&extra);
}

static struct body_genesis genesis_of(const struct founder *founders, uint32_t count) {
    struct body_genesis g = {.origin = decoder.origin, .tick_ns = INSTANT_SECOND, .recovery_quorum = 2,
                             .founders = founders, .founder_count = count};
    memset(&g.log_key, 0x11, sizeof g.log_key);
    memset(&g.receipt_key, 0x22, sizeof g.receipt_key);
    g.capacity = (struct capacity){8, 64, 8, 16, 8, 100, 100, 1000, 10000, 1000, 100, 16, 1000, 16, 4, 32, 16, 64, 512, 4};
    int64_t *settings[] = {&g.settings.immediate_ns, &g.settings.warning_ns, &g.settings.caution_ns, &g.settings.hysteresis_ns,
                           &g.settings.lookahead_ns, &g.settings.tube_hold_ns, &g.settings.track_silent_ns,
                           &g.settings.hold_repeat_ns, &g.settings.query_repeat_ns, &g.settings.separation_cm,
                           &g.settings.separation_height_cm, &g.settings.recovery_delay_ns, &g.settings.step_work};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) *settings[i] = INT64_MIN;
    g.settings.separation_cm = 123456;
    g.settings.warning_ns = 90500 * INSTANT_SECOND / 1000;
    g.settings.recovery_delay_ns = 3 * INSTANT_DAY;
    g.settings.step_work = 4321;
    g.settings.has_offsets = true;
    g.settings.offsets = altitude_offsets_default;
    return g;
}

static void genesis_needs_every_founder(void **state) {
    (void)state;
    arena_reset(&kept);
    struct fault f = {0};
    const struct founder founders[] = {
        {.name = {"aramoor"}, .root_key = aramoor.key.public_key, .display = TEXT("Aramoor \"A\""), .zone = TEXT("Pacific/Auckland"),
         .desks = 1, .desk = {{"watch"}}, .operator_ = true},
        {.name = {"velland"}, .root_key = velland.key.public_key, .display = TEXT("Velland"), .zone = TEXT("UTC"),
         .desks = 2, .desk = {{"a"}, {"b"}}},
    };
    struct body_genesis g = genesis_of(founders, 2);
    struct text note;
    must(compose_genesis(&g, &aramoor.key, 1, &kept, &note, &f), &f);
    struct statement s;
    struct decoder any = {.json = json, .arena = &arena};
    assert_int_equal(decode_genesis(&any, note, true, &s, &f).code, RESULT_UNAUTHENTIC);
    struct append both = append_growing(1 << 17);
    must(compose_cosign(json, note, &velland.key, &both, &f), &f);
    must(decode_genesis(&any, append_view(&both), true, &s, &f), &f);
    const struct body_genesis *back = &s.sections[0].body.genesis;
    assert_true(text_is(back->origin, SPOKEN_ORIGIN));
    assert_false(back->live);
    assert_memory_equal(&back->capacity, &g.capacity, sizeof g.capacity);
    assert_memory_equal(&back->settings.offsets, &g.settings.offsets, sizeof g.settings.offsets);
    assert_int_equal(back->settings.separation_cm, 123456);
    assert_int_equal(back->settings.immediate_ns, INT64_MIN);
    assert_int_equal(back->settings.warning_ns, INT64_C(90500000000));
    assert_int_equal(back->settings.recovery_delay_ns, 3 * INSTANT_DAY);
    assert_int_equal(back->settings.step_work, 4321);
    assert_true(back->founders[0].operator_ && !back->founders[1].operator_);
    assert_true(text_is(back->founders[0].display, "Aramoor \"A\""));
    assert_int_equal(back->founders[1].desks, 2);
    struct note n;
    must(note_parse(append_view(&both), &n, &f), &f);
    uint8_t leaf[4096] = {0};
    assert_true(n.text.size < sizeof leaf);
    memcpy(leaf + 1, n.text.at, n.text.size);
    struct hash log = sha256_of(leaf, n.text.size + 1);
    assert_memory_equal(log.bytes, s.hash.bytes, SHA256_SIZE);
    append_free(&both);
}

static void keys_are_written_and_read(void **state) {
    (void)state;
    uint8_t secret[64];
    struct hash public_key, again;
    struct fault f = {0};
    struct text name;
    compose_key_new(spoken_random, secret, &public_key);
    struct append s = append_growing(1000), p = append_growing(1000);
    compose_key_write(TEXT("live/aramoor/root"), secret, &s, &p);
    struct compose_key_file file;
    must(compose_key_read(append_view(&s), &file, &f), &f);
    assert_memory_equal(file.secret, secret, 64);
    assert_true(text_is(file.name, "live/aramoor/root"));
    must(compose_public_key_read(append_view(&p), &name, &again, &f), &f);
    assert_memory_equal(again.bytes, public_key.bytes, 32);
    assert_memory_equal(file.public_key.bytes, public_key.bytes, 32);
    assert_int_equal(compose_key_read(append_view(&p), &file, &f).code, RESULT_MALFORMED);
    append_free(&s);
    append_free(&p);
}

static void what_cannot_be_said_is_named(void **state) {
    (void)state;
    arena_reset(&kept);
    struct composed out;
    struct fault f = {0};
    struct compose_section twice[2] = {{.name = TEXT("body"), .body = TEXT("{}")}, {.name = TEXT("body"), .body = TEXT("{}")}};
    struct compose_key keys[2] = {aramoor.key, aramoor.key};
    struct compose c = base_of(KIND_NOTICE_OVER, keys, 2);
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_MALFORMED);
    assert_string_equal(f.field, "/by");
    c.by_count = 0;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_RANGE);
    c.by_count = 1;
    c.sections = twice;
    c.section_count = 2;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_MALFORMED);
    assert_string_equal(f.field, "/sections");
    c.section_count = 5;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_TOO_LARGE);
    c.section_count = 1;
    keys[0].secret = NULL;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_MALFORMED);
    keys[0].secret = aramoor.secret;
    c.at = INSTANT_NONE;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_MALFORMED);
    c.at = SPOKEN_AT;
    c.kind = KIND_OPEN;
    assert_int_equal(compose_statement(&c, spoken_random, &kept, &out, &f).code, RESULT_MALFORMED);
    assert_string_equal(f.field, "/kind");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_was_said), cmocka_unit_test(a_sealed_section_is_opened_later),
        cmocka_unit_test(signatures_accumulate_in_the_order_of_by), cmocka_unit_test(genesis_needs_every_founder),
        cmocka_unit_test(keys_are_written_and_read), cmocka_unit_test(what_cannot_be_said_is_named),
    };
    if (sodium_init() < 0) return 1;
    setup_all();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("compose", tests, NULL, NULL);
    json_reader_free(json);
    arena_free(&arena);
    arena_free(&kept);
    return failed;
}
