/* libFuzzer target: any bytes as each part that decode reads. The first byte says as what: a note, a section of each kind (plain, so that no
 * hash stands before the schemas), a request with claims, a frame with one aircraft, a genesis, a request's body, a key line, a
 * note to be co-signed. What is taken plain is taken signed, and the other way round; every refusal names a rule. */
#include "spoken.h"

#include "fuzz.h"

static struct arena arena;
static struct json_reader *json;
static struct speaker speaker;

static void start(void) {
    if (json != NULL) return;
    json = json_reader_new(1 << 20);
    arena_growing(&arena, 64 << 20);
    speaker_init(&speaker, "exercise/aramoor/root", 1);
}

static void seed_genesis(void) {
    struct founder founder = {.name = {"aramoor"}, .root_key = speaker.key.public_key, .display = TEXT("Aramoor"), .zone = TEXT("Etc/UTC"), .desks = 1,
                              .desk = {{"watch"}}, .operator_ = true};
    struct body_genesis g = {.origin = text_of(SPOKEN_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .founders = &founder, .founder_count = 1,
        .log_key = {{1}}, .receipt_key = {{2}}, .capacity = {4, 16, 4, 8, 4, 40, 40, 80, 1200, 40, 40, 8, 800, 8, 0, 0, 0, 0, 0, 3},
        .settings = {60, 300, 900, 30, 300, 60, 30, 30, 300, 926000, 30000, 86400, 8192, {0}, false}};
    struct text note;
    struct fault f = {0};
    if (!result_is_ok(compose_genesis(&g, &speaker.key, 1, &arena, &note, &f))) abort();
    struct append a = append_growing(1 << 16);
    append_char(&a, (char)202);
    append_text(&a, note);
    seed("genesis", 0, a.at, a.size);
    append_free(&a);
}

static void seeds(void) {
    start();
    char room[8192];
    for (unsigned i = 0; i < SPOKEN; i++) {
        struct text body = spoken_body(&spoken[i], &speaker.key.public_key, &arena);
        int n = snprintf(room, sizeof room, "%c{\"section\":\"%s\",\"to\":[\"log\",\"velland\"],\"body\":%.*s}", (char)spoken[i].kind,
                         spoken_is_air(spoken[i].kind) ? "public" : "body", TEXT_ARG(body));
        seed("section", i, room, (size_t)n);
        struct compose_section section = {.name = spoken_is_air(spoken[i].kind) ? TEXT("public") : TEXT("body"), .to = TEXT("log"), .body = body};
        struct compose c = {.origin = text_of(SPOKEN_ORIGIN), .kind = spoken[i].kind, .at = SPOKEN_AT, .open_by = INSTANT_NONE, .by = &speaker.key,
                            .by_count = 1, .sections = &section, .section_count = 1};
        memset(c.log.bytes, 0x5f, SHA256_SIZE);
        struct composed said;
        struct fault f = {0};
        if (!result_is_ok(compose_statement(&c, spoken_random, &arena, &said, &f))) abort();
        struct append a = append_growing(1 << 20);
        append_char(&a, (char)200);
        append_text(&a, said.note);
        if (i % 8 == 0) seed("note", i, a.at, a.size);
        a.at[0] = (char)206;
        if (i == 0) seed("cosign", i, a.at, a.size);
        append_reset(&a);
        append_char(&a, (char)203);
        compose_body(&said, &a);
        if (i % 8 == 0) seed("body", i, a.at, a.size);
        append_free(&a);
    }
    static const char *const others[] = {"\xcb{\"statement\":{\"kind\":\"message\",\"id\":\"00112233445566778899aabbccddeeff\"},\"sections\":[{\"section\":\"body\",\"to\":[],"
        "\"body\":{\"text\":\"x\"}}]}", "\xcc{\"kind\":\"tick\",\"tick\":1,\"error_s\":0.001,\"unsure\":false}"};
    for (unsigned i = 0; i < 2; i++) seed_text("other", i, others[i]);
    struct append a = append_growing(4096);
    append_char(&a, (char)205);
    note_vkey(&a, speaker.key.name, speaker.key.public_key.bytes);
    seed("key", 0, a.at, a.size);
    append_free(&a);
    seed_genesis();
}

/* What a statement says of itself must hold. */
static void check(const struct decoder *d, const struct statement *s) {
    assert((unsigned)s->kind < STATEMENT_KINDS);
    for (uint32_t i = 0; i < s->section_count; i++) {
        const struct section *b = &s->sections[i];
        assert(b->slot < LIMIT_SECTIONS && b->reader_count <= LIMIT_READERS);
        if (s->kind == KIND_GENESIS) continue;
        assert(hash_equal(&b->commitment, &s->commit[b->slot]));
        assert(i == 0 || s->sections[i - 1].slot < b->slot);
        bool notice = s->kind == KIND_NOTICE, flight = s->kind == KIND_FLIGHT || s->kind == KIND_FLIGHT_RELEASE;
        const struct volume *v = notice ? b->body.notice.volumes : flight ? b->body.flight.volumes : NULL;
        uint32_t count = notice ? b->body.notice.volume_count : flight ? b->body.flight.volume_count : 0;
        for (uint32_t k = 0; k < count; k++) {
            assert(v[k].start <= v[k].end && v[k].shape.count >= 1 && v[k].shape.count <= LIMIT_VERTICES);
            assert(v[k].lower.reference != v[k].upper.reference || v[k].lower.cm <= v[k].upper.cm);
        }
    }
    for (uint32_t i = 0; i + 1 < s->frame.count; i++)
        assert(text_compare(s->frame.positions[i].identity, s->frame.positions[i + 1].identity) < 0);
    (void)d;
}

/* The same section in a signed note. Three kinds demand more of `by` than one key can give. */
static void as_signed(const struct decoder *d, enum statement_kind kind, bool on, const struct part *section, const struct statement *plain) {
    if (kind == KIND_PARTY || kind == KIND_KEY || kind == KIND_KEY_RECOVER) return;
    struct hash keys = speaker.key.public_key;
    struct id id = plain->id;
    struct hash context = part_section_context(&d->log, &id, &keys, 1);
    struct hash commitment = part_hash(section, &context);
    struct append text = append_growing(1 << 16), note = append_growing(1 << 17);
    append_format(&text, "parley/1 statement " SPOKEN_ORIGIN "\n{\"log\":\"");
    append_hex(&text, d->log.bytes, SHA256_SIZE);
    append_format(&text, "\",\"kind\":\"%s\",\"id\":\"00112233445566778899aabbccddeeff\",\"on\":%s,\"prev\":null,\"by\":{\"exercise/aramoor/root\":\"", statement_kind_name(kind),
                  on ? SPOKEN_ENTITY : "null");
    append_hex(&text, keys.bytes, SHA256_SIZE);
    append_str(&text, "\"},\"at\":\"2026-11-23T06:00:00.000Z\",\"seen\":null,\"open_by\":null,\"commit\":[\"");
    append_hex(&text, commitment.bytes, SHA256_SIZE);
    for (int i = 1; i < 4; i++) {
        struct hash unused = {{(uint8_t)i}};
        append_str(&text, "\",\"");
        append_hex(&text, unused.bytes, SHA256_SIZE);
    }
    append_str(&text, "\"]}\n");
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), speaker.key.name, speaker.secret);
    struct part parts[2] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = append_view(&note)}, *section};
    struct statement s;
    struct fault f = {0};
    result r = decode_parts(d, parts, 2, true, &s, &f);
    if (!result_is_ok(r)) fprintf(stderr, "%s: %s\n", f.field, f.message);
    assert(result_is_ok(r) && s.kind == kind && s.section_count == 1 && s.signer_count == 1 && s.signers[0].verified);
    parts[1].bytes.size--; /* and nothing but these bytes */
    assert(section->bytes.size == 0 || !result_is_ok(decode_parts(d, parts, 2, true, &s, &f)));
    append_free(&text);
    append_free(&note);
}

static void as_section(const struct decoder *d, enum statement_kind kind, struct text in) {
    char request[256];
    bool on = (kind >= KIND_AGREEMENT_SUSPEND && kind <= KIND_AGREEMENT_LEAVE) || kind == KIND_AREA_END ||
              (kind >= KIND_NOTICE_ACTIVATE && kind <= KIND_NOTICE_CANCEL) || (kind >= KIND_FLIGHT_ACTIVATE && kind <= KIND_FLIGHT_RELEASE);
    snprintf(request, sizeof request, "{\"kind\":\"%s\",\"id\":\"00112233445566778899aabbccddeeff\",\"on\":%s}", statement_kind_name(kind),
             on ? SPOKEN_ENTITY : "null");
    struct part parts[3] = {
        {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request)},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
        {.part_class = PART_SECTION, .name = spoken_is_air(kind) ? TEXT("public") : TEXT("body"), .bytes = in, .salt = {1}},
    };
    struct statement s;
    struct fault f = {0};
    result r = decode_parts(d, parts, 3, true, &s, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return;
    check(d, &s);
    as_signed(d, kind, on, &parts[2], &s);
}

static void as_frame(const struct decoder *d, struct text in) {
    size_t half = in.size < 27 ? in.size : 27;
    struct part parts[3] = {
        {.part_class = PART_FRAME, .name = TEXT("frame"), .bytes = {in.at, half}},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\"}")},
        {.part_class = PART_AIRCRAFT, .name = TEXT("4b1617"), .bytes = {in.at + half, in.size - half}},
    };
    struct statement s;
    struct part again[3];
    uint32_t count;
    if (!result_is_ok(decode_parts(d, parts, 3, true, &s, NULL))) return;
    check(d, &s);
    if (!result_is_ok(decode_frame_parts(d->arena, &s.frame, again, 3, &count, NULL))) abort();
    assert(count == 2 && text_equal(again[0].bytes, parts[0].bytes) && text_equal(again[1].bytes, parts[2].bytes));
}

static void as_body(const struct decoder *d, struct text in) {
    struct part parts[LIMIT_SECTIONS + 2];
    uint32_t count = 0;
    bool plain;
    struct statement s;
    if (!result_is_ok(decode_body(d, in, spoken_random, parts, &count, &plain, NULL))) return;
    assert(count >= 1 && count <= LIMIT_SECTIONS + 1);
    if (plain)
        parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"a\",\"key\":\"k\"}")};
    if (result_is_ok(decode_parts(d, parts, count, false, &s, NULL))) check(d, &s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    arena_reset(&arena);
    if (size < 1) return 0;
    struct decoder d = {.json = json, .arena = &arena, .origin = text_of(SPOKEN_ORIGIN)};
    memset(d.log.bytes, 0x5f, SHA256_SIZE);
    struct text in = {(const char *)bytes + 1, size - 1};
    struct statement s;
    struct fault f;
    switch (bytes[0]) {
    case 200: {
        struct part note = {.part_class = PART_NOTE, .name = TEXT("note"), .bytes = in};
        if (result_is_ok(decode_parts(&d, &note, 1, false, &s, &f))) check(&d, &s);
        break;
    }
    case 201: as_frame(&d, in); break;
    case 202:
        if (result_is_ok(decode_genesis(&d, in, false, &s, &f))) check(&d, &s);
        break;
    case 203: as_body(&d, in); break;
    case 204: {
        struct part request = {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = in};
        if (result_is_ok(decode_parts(&d, &request, 1, false, &s, &f))) check(&d, &s);
        break;
    }
    case 205: {
        struct text name;
        struct hash key;
        if (result_is_ok(compose_public_key_read(in, &name, &key, &f))) assert(note_name_valid(name));
        break;
    }
    case 206: {
        struct append out = append_growing(1 << 20);
        if (result_is_ok(compose_cosign(json, in, &speaker.key, &out, &f))) {
            struct note n;
            assert(result_is_ok(note_parse(append_view(&out), &n, &f)) && note_verify(&n, speaker.key.name, speaker.key.public_key.bytes));
        }
        append_free(&out);
        break;
    }
    default: {
        enum statement_kind kind = (enum statement_kind)(bytes[0] % STATEMENT_KINDS);
        as_section(&d, kind, in);
    }
    }
    return 0;
}
