/* libFuzzer target: any bytes as each part that decode reads. The first byte says as what: a note, a section of each kind (plain, so that no
 * hash stands before the schemas), a request with claims, a frame with one aircraft, a genesis, a request's body, a key line, a
 * note to be co-signed. Build with -fsanitize=fuzzer,address,undefined. */
#include "spoken.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct arena arena;
static struct json_reader *json;
static struct speaker speaker;

static void start(void) {
    if (json != NULL) return;
    if (sodium_init() < 0) abort();
    json = json_reader_new(1 << 20);
    arena_growing(&arena, 64 << 20);
    speaker_init(&speaker, "exercise/aramoor/root", 1);
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
    if (result_is_ok(decode_parts(d, parts, 3, true, &s, NULL))) check(d, &s);
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
