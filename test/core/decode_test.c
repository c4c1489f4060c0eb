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

/* A row's expectation: code, field (exact), and a piece of the message. */
#define EXPECT(i, r, f, code_, field_, says_)                                                                          \
    do {                                                                                                               \
        if ((r).code != (code_) || ((code_) != RESULT_OK && (strcmp((f).field, (field_)) != 0 || strstr((f).message, (says_)) == NULL))) \
            fail_msg("row %zu: %s at %s: %s", (size_t)(i), result_name((r).code), (f).field, (f).message);             \
    } while (0)

static struct text copy_of(const struct append *a) {
    char *room = arena_alloc(&kept, a->size, 1);
    assert_true(room != NULL && !a->full);
    memcpy(room, a->at, a->size);
    return (struct text){room, a->size};
}

/* `in` with the first `from` replaced by `to`; fails the test when it is not there. */
static struct text edited(struct text in, const char *from, const char *to) {
    const char *at = strlen(from) == 0 ? in.at : memmem(in.at, in.size, from, strlen(from));
    if (at == NULL) fail_msg("'%s' is not in the text", from);
    struct append a = append_growing(1 << 24);
    append_bytes(&a, in.at, (size_t)(at - in.at));
    append_str(&a, to);
    append_bytes(&a, at + strlen(from), in.size - (size_t)(at - in.at) - strlen(from));
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static struct text signed_by(struct text text, const struct speaker *const *who, size_t count) {
    struct append a = append_growing(1 << 24);
    note_begin(&a, text);
    for (size_t i = 0; i < count; i++) note_sign(&a, text, who[i]->key.name, who[i]->secret);
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

/* --- a notice with two sections, signed by two keys of one party and one of another --- */

static struct composed notice;
static struct text notice_text, notice_section;
static struct compose_key notice_keys[3];

static struct text example_body(enum statement_kind kind) {
    for (int i = 0; i < SPOKEN; i++)
        if (spoken[i].kind == kind) return spoken_body(&spoken[i], &desk.key.public_key, &kept);
    fail_msg("no example");
    return (struct text){NULL, 0};
}

static void say_notice(void) {
    struct compose_section sections[] = {
        {.name = TEXT("public"), .to = TEXT("world"), .body = example_body(KIND_NOTICE)},
        {.name = TEXT("parties"), .to = TEXT("agreement:sorrel-basin"), .body = example_body(KIND_NOTICE)},
    };
    notice_keys[0] = desk.key, notice_keys[1] = aramoor.key, notice_keys[2] = velland.key;
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = KIND_NOTICE, .at = SPOKEN_AT, .open_by = INSTANT_NONE,
                        .by = notice_keys, .by_count = 3, .sections = sections, .section_count = 2};
    struct fault f = {0};
    must(compose_statement(&c, spoken_random, &kept, &notice, &f), &f);
    struct note n;
    must(note_parse(notice.note, &n, &f), &f);
    notice_text = n.text;
    notice_section = notice.section[0].bytes;
}

static int setup(void **state) {
    (void)state;
    arena_growing(&arena, 128 << 20);
    arena_growing(&kept, 128 << 20);
    json = json_reader_new(LIMIT_BODY_BYTES);
    assert_non_null(json);
    speaker_init(&aramoor, "exercise/aramoor/root", 1);
    speaker_init(&desk, "exercise/aramoor/desk-1", 2);
    speaker_init(&velland, "exercise/velland/root", 3);
    decoder = (struct decoder){.json = json, .arena = &arena, .origin = text_of(SPOKEN_ORIGIN)};
    memset(decoder.log.bytes, 0x5f, SHA256_SIZE);
    say_notice();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    json_reader_free(json);
    arena_free(&arena);
    arena_free(&kept);
    return 0;
}

static struct statement last;

static result decode_with(struct text note, const struct part *sections, uint32_t count, bool verify, struct fault *f) {
    struct part parts[8] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = note}};
    for (uint32_t i = 0; i < count; i++) parts[i + 1] = sections[i];
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, parts, count + 1, verify, &last, f);
}

/* --- the text --- */

static void texts_that_break_a_rule(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {"", "", RESULT_OK, "", ""},
        {"parley/1 statement", "parley/2 statement", RESULT_MALFORMED, "/note", "first line"},
        {"parley/1 statement", "parley/1 session", RESULT_MALFORMED, "/note", "first line"},
        {"parley/1 statement ", "", RESULT_MALFORMED, "/note", "first line"},
        {"/exercise\n", "/live\n", RESULT_CONFLICT, "/note", "another origin"},
        {"/exercise\n", "/exercise\nmore\n", RESULT_MALFORMED, "/note", "exactly two lines"},
        {"/exercise\n{", "/exercise {", RESULT_MALFORMED, "/note", "exactly two lines"},
        {"\"log\":\"5f", "\"log\":\"6f", RESULT_CONFLICT, "/note/log", "another log"},
        {"\"log\":\"5f", "\"log\":\"5F", RESULT_MALFORMED, "/note/log", "lower-case hex"},
        {"\"log\":\"5f5f", "\"log\":\"5f", RESULT_MALFORMED, "/note/log", "hex"},
        {"\"kind\":\"notice\"", "\"kind\":\"notices\"", RESULT_UNSUPPORTED, "/note/kind", "no kind"},
        {"\"kind\":\"notice\"", "\"kind\":\"tick\"", RESULT_MALFORMED, "/note/kind", "this form"},
        {"\"kind\":\"notice\"", "\"kind\":\"frame\"", RESULT_MALFORMED, "/note/kind", "this form"},
        {"\"kind\":\"notice\"", "\"kind\":\"genesis\"", RESULT_MALFORMED, "/note/kind", "this form"},
        {"\"kind\":\"notice\"", "\"kind\":7", RESULT_MALFORMED, "/note/kind", "string"},
        {"\"kind\":\"notice\"", "\"kind\":\"notice\",\"kind\":\"notice\"", RESULT_MALFORMED, "/note/kind", "before"},
        {"\"kind\":\"notice\"", "\"kind\":\"notice\",\"k\\u0069nd\":\"notice\"", RESULT_MALFORMED, "/note/kind", "escapes"},
        {"\"kind\":\"notice\"", "\"kind\":\"notice\",\"more\":1", RESULT_MALFORMED, "/note/more", "unknown"},
        {"\"kind\":\"notice\"", "\"kind\":\"notice/over\"", RESULT_MALFORMED, "/note/on", "must name"},
        {"\"kind\":\"notice\"", "\"kind\":\"message\"", RESULT_MALFORMED, "/sections", "exactly one"},
        {"\"id\":\"", "\"id\":\"0", RESULT_MALFORMED, "/note/id", "hex"},
        {"\"on\":null", "\"on\":\"aramoor/0123456789abcdef0123456789abcdef\"", RESULT_OK, "", ""},
        {"\"on\":null", "\"on\":\"aramoor\"", RESULT_MALFORMED, "/note/on", "<party>"},
        {"\"on\":null", "\"on\":\"aramoor/0123\"", RESULT_MALFORMED, "/note/on", "32 lower-case"},
        {"\"on\":null", "\"on\":\"Aramoor/0123456789abcdef0123456789abcdef\"", RESULT_MALFORMED, "/note/on", "a name"},
        {"\"on\":null,", "", RESULT_MALFORMED, "/note/on", "is missing"},
        {"\"prev\":null,", "", RESULT_MALFORMED, "/note/prev", "is missing"},
        {"\"prev\":null", "\"prev\":\"00\"", RESULT_MALFORMED, "/note/prev", "hex"},
        {"\"seen\":null,", "", RESULT_MALFORMED, "/note/seen", "is missing"},
        {"\"seen\":null", "\"seen\":[]", RESULT_MALFORMED, "/note/seen", "object"},
        {"\"seen\":null", "\"seen\":{\"size\":1}", RESULT_MALFORMED, "/note/seen/root", "missing"},
        {"\"seen\":null", "\"seen\":{\"size\":-1,\"root\":\"" SPOKEN_KEY "\"}", RESULT_RANGE, "/note/seen/size", ""},
        {"\"seen\":null", "\"seen\":{\"size\":1.5,\"root\":\"" SPOKEN_KEY "\"}", RESULT_MALFORMED, "/note/seen/size", "whole"},
        {"\"seen\":null", "\"seen\":{\"size\":1e4,\"root\":\"" SPOKEN_KEY "\"}", RESULT_MALFORMED, "/note/seen/size", "exponents"},
        {"\"seen\":null", "\"seen\":{\"size\":1,\"root\":\"" SPOKEN_KEY "\",\"x\":1}", RESULT_MALFORMED, "/note/seen/x", "unknown"},
        {"\"seen\":null", "\"seen\":{\"size\":1,\"root\":\"" SPOKEN_KEY "\"}", RESULT_OK, "", ""},
        {".000Z\",\"seen", "Z\",\"seen", RESULT_MALFORMED, "/note/at", ""},
        {"\"at\":\"2026-", "\"at\":\"2026-13-", RESULT_MALFORMED, "/note/at", ""},
        {"\"at\":\"2026-11", "\"at\":\"2026-13", RESULT_RANGE, "/note/at", "month"},
        {"\"open_by\":null,", "", RESULT_MALFORMED, "/note/open_by", "is missing"},
        {"\"open_by\":null", "\"open_by\":\"2026-11-24T00:00:00.000Z\"", RESULT_OK, "", ""},
        {"\"open_by\":null", "\"open_by\":\"tomorrow\"", RESULT_MALFORMED, "/note/open_by", ""},
        {"\"commit\":[\"", "\"commit\":[\"" SPOKEN_KEY "\",\"", RESULT_TOO_LARGE, "/note/commit", "5"},
        {"\"commit\":[\"", "\"commit\":[\"0", RESULT_MALFORMED, "/note/commit/0", "hex"},
        {"\"by\":{", "\"by\":{},\"x\":{", RESULT_MALFORMED, "/note/x", "unknown"},
        {"\"by\":{", "\"by\":{\"live/aramoor/a\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "begin with 'exercise/'"},
        {"\"by\":{", "\"by\":{\"aramoor\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "<mode>/<party>/<key>"},
        {"\"by\":{", "\"by\":{\"exercise/aramoor\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "<mode>/<party>/<key>"},
        {"\"by\":{", "\"by\":{\"exercise/a/b/c\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "a name"},
        {"\"by\":{", "\"by\":{\"exercise//c\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "empty"},
        {"\"by\":{", "\"by\":{\"exercise/aramoor/zz\":\"" SPOKEN_KEY "\",", RESULT_MALFORMED, "/note/by", "ascend"},
        {"\"by\":{", "\"by\":{\"exercise/aramoor/a\":7,", RESULT_MALFORMED, "/note/by", "64 lower-case"},
        {"\"by\":{", "\"by\":{\"exercise/aramoor/a\":\"00\",", RESULT_MALFORMED, "/note/by", "64 lower-case"},
    };
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = edited(notice_text, rows[i].from, rows[i].to);
        struct fault f;
        /* Sections are bound to id and keys, which some rows change: those rows fail before, as they should. */
        result r = decode_with(signed_by(text, who, 3), notice.section, 2, true, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
    }
}

static void one_key_has_one_name(void **state) {
    (void)state;
    char wanted[256], twice[512];
    char hex[65] = {0};
    struct append a = append_fixed(hex, 64);
    append_hex(&a, velland.key.public_key.bytes, SHA256_SIZE);
    snprintf(wanted, sizeof wanted, "\"exercise/velland/root\":\"%s\"", hex);
    snprintf(twice, sizeof twice, "%s,\"exercise/velland/second\":\"%s\"", wanted, hex);
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    struct fault f;
    result r = decode_with(signed_by(edited(notice_text, wanted, twice), who, 3), notice.section, 2, true, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/note/by", "one key, one name");
}

static void equal_commitments_are_refused(void **state) {
    (void)state;
    const char *at = memmem(notice_text.at, notice_text.size, "\"commit\":[\"", 11);
    char first[80], both[200], second[80];
    snprintf(first, sizeof first, "\"%.64s\"", at + 11);
    snprintf(second, sizeof second, ",\"%.64s\",", at + 11 + 67);
    snprintf(both, sizeof both, ",%s,", first);
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    struct fault f;
    result r = decode_with(signed_by(edited(notice_text, second, both), who, 3), notice.section, 2, true, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/note/commit/1", "commitment 0 again");
}

static void signature_lines_follow_by(void **state) {
    (void)state;
    struct speaker other;
    speaker_init(&other, "exercise/aramoor/root", 9); /* the name of a key in `by`, but another key */
    const struct {
        const struct speaker *who[4];
        size_t count;
        enum result_code code;
        const char *says;
        unsigned verified;
    } rows[] = {
        {{&desk, &aramoor, &velland}, 3, RESULT_OK, "", 7},
        {{&desk, &velland}, 2, RESULT_OK, "", 5},
        {{&velland}, 1, RESULT_OK, "", 4},
        {{NULL}, 0, RESULT_MALFORMED, "no signature line", 0},
        {{&aramoor, &desk}, 2, RESULT_MALFORMED, "out of the order", 0},
        {{&desk, &desk}, 2, RESULT_MALFORMED, "two signature lines", 0},
        {{&desk, &other}, 2, RESULT_MALFORMED, "'by' does not name", 0},
        {{&desk, &aramoor, &velland, &other}, 4, RESULT_MALFORMED, "out of the order", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        result r = decode_with(signed_by(notice_text, rows[i].who, rows[i].count), notice.section, 2, true, &f);
        EXPECT(i, r, f, rows[i].code, "/note", rows[i].says);
        if (!result_is_ok(r)) continue;
        for (unsigned k = 0; k < 3; k++) assert_int_equal(last.signers[k].verified, rows[i].verified >> k & 1);
        assert_memory_equal(last.hash.bytes, notice.hash.bytes, SHA256_SIZE); /* signatures are no part of the identity */
    }
    /* A good line over another text. */
    struct text false_note = signed_by(edited(notice_text, "\"prev\":null", "\"prev\": null"), rows[0].who, 3);
    struct append a = append_growing(1 << 20);
    note_begin(&a, notice_text);
    const char *lines = memmem(false_note.at, false_note.size, "\n\n", 2);
    append_bytes(&a, lines + 2, false_note.size - (size_t)(lines + 2 - false_note.at));
    struct fault f;
    result r = decode_with(append_view(&a), notice.section, 2, true, &f);
    EXPECT(99, r, f, RESULT_UNAUTHENTIC, "/note", "does not verify");
    must(decode_with(append_view(&a), notice.section, 2, false, &f), &f); /* recovery: lines were verified before */
    append_free(&a);
}

/* --- sections against the text --- */

static void sections_must_be_committed_to(void **state) {
    (void)state;
    struct fault f;
    struct part s[5];
    memcpy(s, notice.section, 2 * sizeof *s);
    must(decode_with(notice.note, s, 2, true, &f), &f);
    assert_int_equal(last.section_count, 2);
    assert_int_equal(last.sections[1].slot, 1);
    assert_int_equal(last.sections[1].part, 2);
    must(decode_with(notice.note, s + 1, 1, true, &f), &f); /* a reader of one section checks it without the rest */
    EXPECT(0, decode_with(notice.note, s, 0, true, &f), f, RESULT_MALFORMED, "/sections", "at least one");

    s[0].salt[0] ^= 1;
    EXPECT(1, decode_with(notice.note, s, 2, true, &f), f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
    s[0].salt[0] ^= 1;
    s[1].name = TEXT("public");
    EXPECT(2, decode_with(notice.note, s, 2, true, &f), f, RESULT_MALFORMED, "/sections/1", "no commitment names it");
    s[1] = s[0];
    EXPECT(3, decode_with(notice.note, s, 2, true, &f), f, RESULT_MALFORMED, "/sections/1/salt", "section 0");
    s[1] = notice.section[1];
    s[1].part_class = PART_OUTCOME; /* with equal bytes: passed over, never taken for a section */
    must(decode_with(notice.note, s, 2, true, &f), &f);
    assert_int_equal(last.section_count, 1);
    s[1] = notice.section[1];
    for (uint32_t i = 2; i < 5; i++) {
        s[i] = notice.section[0];
        s[i].salt[31] ^= (uint8_t)i;
    }
    EXPECT(4, decode_with(notice.note, s, 5, true, &f), f, RESULT_TOO_LARGE, "/sections", "4 sections");
    s[1].name = TEXT("Parties");
    EXPECT(5, decode_with(notice.note, s, 2, true, &f), f, RESULT_MALFORMED, "/sections/1/section", "1 to 32");
    s[1] = notice.section[1];
    s[1].bytes = (struct text){NULL, 7}; /* erased */
    must(decode_with(notice.note, s, 2, true, &f), &f);
    assert_int_equal(last.section_count, 1);
    s[1].bytes = (struct text){s[0].bytes.at, LIMIT_SECTION_BYTES + 1};
    EXPECT(6, decode_with(notice.note, s, 2, true, &f), f, RESULT_TOO_LARGE, "/sections/1", "at most");
}

/* A section opened under another id or another key: its hash is another one. */
static void the_context_binds_id_and_keys(void **state) {
    (void)state;
    const char *id = memmem(notice_text.at, notice_text.size, "\"id\":\"", 6);
    char from[40], to[40];
    snprintf(from, sizeof from, "\"id\":\"%.4s", id + 6);
    snprintf(to, sizeof to, "\"id\":\"%.3s%c", id + 6, id[9] == '0' ? '1' : '0');
    const struct speaker *const who[] = {&desk, &aramoor};
    struct fault f;
    result r = decode_with(signed_by(edited(notice_text, from, to), who, 2), notice.section, 2, true, &f);
    EXPECT(0, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
    char key[128], hex[65] = {0};
    struct append a = append_fixed(hex, 64);
    append_hex(&a, velland.key.public_key.bytes, SHA256_SIZE);
    snprintf(key, sizeof key, ",\"exercise/velland/root\":\"%s\"", hex);
    r = decode_with(signed_by(edited(notice_text, key, ""), who, 2), notice.section, 2, true, &f);
    EXPECT(1, r, f, RESULT_MALFORMED, "/sections/0", "no commitment names it");
}

static void sealing_has_rules(void **state) {
    (void)state;
    struct compose_section sections[] = {
        {.name = TEXT("public"), .to = TEXT("world"), .body = example_body(KIND_NOTICE)},
        {.name = TEXT("parties"), .body = example_body(KIND_NOTICE)},
        {.name = TEXT("own"), .body = example_body(KIND_NOTICE)},
    };
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = KIND_NOTICE, .at = SPOKEN_AT, .by = notice_keys,
                        .by_count = 1, .sections = sections, .section_count = 3, .open_by = SPOKEN_AT + INSTANT_DAY};
    struct composed s;
    struct fault f = {0};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    must(decode_with(s.note, s.section, 0, true, &f), &f);
    assert_int_equal(last.section_count, 0);
    must(decode_with(s.note, s.section, 3, true, &f), &f);
    c.kind = KIND_NOTICE_OVER;
    c.has_on = true;
    c.on.party = (struct name){"aramoor"};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    EXPECT(0, decode_with(s.note, s.section, 0, true, &f), f, RESULT_MALFORMED, "/note/open_by", "only a notice");
}

/* --- any changed bit --- */

static void any_changed_bit_is_noticed(void **state) {
    (void)state;
    struct fault f;
    char *note = arena_alloc(&kept, notice.note.size, 1);
    memcpy(note, notice.note.at, notice.note.size);
    struct text changed = {note, notice.note.size};
    for (size_t i = 0; i < changed.size; i++) {
        int bit = (int)(i % 8); /* one per byte with verification, all without: the hash must tell */
        note[i] ^= (char)(1 << bit);
        assert_false(result_is_ok(decode_with(changed, notice.section, 2, true, &f)));
        note[i] ^= (char)(1 << bit);
        for (bit = 0; bit < 8 && i < notice_text.size; bit++) {
            note[i] ^= (char)(1 << bit);
            if (result_is_ok(decode_with(changed, notice.section, 2, false, &f)))
                assert_memory_not_equal(last.hash.bytes, notice.hash.bytes, SHA256_SIZE);
            note[i] ^= (char)(1 << bit);
        }
    }
    struct part s = notice.section[0];
    char *bytes = arena_alloc(&kept, s.bytes.size, 1);
    memcpy(bytes, s.bytes.at, s.bytes.size);
    s.bytes.at = bytes;
    for (size_t i = 0; i < s.bytes.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            EXPECT(i, decode_with(notice.note, &s, 1, false, &f), f, RESULT_MALFORMED, "/sections/0", "no commitment");
            bytes[i] ^= (char)(1 << bit);
        }
    for (size_t i = 0; i < s.bytes.size; i++) { /* cut short */
        struct part cut = s;
        cut.bytes.size = i;
        assert_false(result_is_ok(decode_with(notice.note, &cut, 1, false, &f)));
    }
}

/* --- bodies, by the plain form --- */

static result decode_plain_of(const char *statement, struct text section, struct fault *f) {
    struct part parts[3] = {
        {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(statement)},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":\"k 1\"}")},
        {.part_class = PART_SECTION, .bytes = section, .salt = {1}},
    };
    parts[2].name = memmem(section.at, section.size, "\"public\"", 8) != NULL ? TEXT("public")
                    : memmem(section.at, section.size, "\"own\"", 5) != NULL  ? TEXT("own")
                                                                                : TEXT("body");
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, parts, 3, true, &last, f);
}

static const char *request_of(enum statement_kind kind) {
    static char room[256];
    static const enum statement_kind named[] = {KIND_AGREEMENT_SUSPEND, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_LEAVE, KIND_AREA_END,
                                                KIND_NOTICE_ACTIVATE,   KIND_NOTICE_OVER,      KIND_NOTICE_CANCEL,   KIND_FLIGHT_ACTIVATE,
                                                KIND_FLIGHT_END,        KIND_FLIGHT_CANCEL,    KIND_FLIGHT_RELEASE};
    const char *on = "null";
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i] == kind) on = SPOKEN_ENTITY;
    snprintf(room, sizeof room, "{\"kind\":\"%s\",\"id\":\"00112233445566778899aabbccddeeff\",\"on\":%s}", statement_kind_name(kind), on);
    return room;
}

static struct text section_of(enum statement_kind kind, struct text body) {
    struct append a = append_growing(1 << 24);
    append_format(&a, "{\"section\":\"%s\",\"to\":[\"log\"],\"body\":", spoken_is_air(kind) ? "public" : "body");
    append_text(&a, body);
    append_char(&a, '}');
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

#define B "/sections/0/body"
static const struct {
    enum statement_kind kind;
    const char *from, *to;
    enum result_code code;
    const char *field, *says;
} body_rows[] = {
    /* every kind: an unknown member, and what is a body of another type */
    {KIND_MESSAGE, "{\"text\"", "{\"x\":1,\"text\"", RESULT_MALFORMED, B "/x", "unknown"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "{\"text\":7}", RESULT_MALFORMED, B "/text", "string"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "[]", RESULT_MALFORMED, B, "object"},
    {KIND_NOTICE_OVER, "{\"text\":\"OVER\"}", "null", RESULT_MALFORMED, B, "null"},
    /* JSON */
    {KIND_NOTICE_OVER, "\"text\":\"OVER\"", "\"text\":\"a\",\"t\\u0065xt\":\"b\"", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_NOTICE_OVER, "\"text\":\"OVER\"", "\"text\":\"a\",\"text\":\"b\"", RESULT_MALFORMED, B "/text", "before"},
    {KIND_MESSAGE, "\"test\":true", "\"test\":1e400", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "\"test\":true", "\"test\":NaN", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\\ud800", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\xed\xa0\x80", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_MESSAGE, "again", "\xe2\x80\xae", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_ACK, "\"place\":17", "\"place\":9007199254740993", RESULT_MALFORMED, "/sections/0", ""},
    {KIND_ACK, "\"place\":17", "\"place\":-0", RESULT_MALFORMED, "/sections/0", ""},
    /* settings */
    {KIND_SETTINGS, "\"immediate_s\":60", "\"immediate_s\":-1", RESULT_RANGE, B "/immediate_s", ""},
    {KIND_SETTINGS, "\"immediate_s\":60", "\"immediate_s\":31536001", RESULT_RANGE, B "/immediate_s", ""},
    {KIND_SETTINGS, "\"separation_m\":9260.5", "\"separation_m\":10000001", RESULT_RANGE, B "/separation_m", ""},
    {KIND_SETTINGS, "\"geoid_low_m\":-107", "\"geoid_low_m\":107", RESULT_RANGE, B "/offsets/geoid_low_m", "above"},
    {KIND_SETTINGS, "\"geoid_low_m\":-107,", "", RESULT_MALFORMED, B "/offsets/geoid_low_m", "missing"},
    /* party */
    {KIND_PARTY, "\"name\":\"aramoor\"", "\"name\":\"world\"", RESULT_MALFORMED, B "/name", "reader's word"},
    {KIND_PARTY, "\"name\":\"aramoor\"", "\"name\":\"Aramoor\"", RESULT_MALFORMED, B "/name", "a name"},
    {KIND_PARTY, "\"display\":\"Aramoor\"", "\"display\":\"\"", RESULT_RANGE, B "/display", "empty"},
    {KIND_PARTY, "Pacific/Auckland", "Pacific Auckland", RESULT_MALFORMED, B "/zone", "IANA"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[]", RESULT_RANGE, B "/desks", "at least one"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]", RESULT_TOO_LARGE, B "/desks", ""},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",\"a\"]", RESULT_MALFORMED, B "/desks/1", "twice"},
    {KIND_PARTY, "[\"watch\",\"ops\"]", "[\"a\",7]", RESULT_MALFORMED, B "/desks/1", "string"},
    {KIND_PARTY, "\"desks\"", "\"operator\":true,\"desks\"", RESULT_MALFORMED, B "/operator", "unknown"},
    /* keys */
    {KIND_KEY, "\"key\":\"desk-1\"", "\"key\":\"root\"", RESULT_MALFORMED, B "/key", "'root'"},
    {KIND_KEY, "\"public_key\":\"", "\"public_key\":\"0", RESULT_MALFORMED, B "/public_key", "hex"},
    {KIND_KEY_REVOKE, "2026-11-20T00:00:00Z", "1969-11-20T00:00:00Z", RESULT_RANGE, B "/suspect_from", "1970"},
    {KIND_KEY_REVOKE, "2026-11-20T00:00:00Z", "yesterday", RESULT_MALFORMED, B "/suspect_from", ""},
    {KIND_KEY_RECOVER, "\"new_root\"", "\"new_rot\"", RESULT_MALFORMED, B "/new_rot", "unknown"},
    /* agreement */
    {KIND_AGREEMENT, "\"version\":1", "\"version\":0", RESULT_RANGE, B "/version", ""},
    {KIND_AGREEMENT, "\"version\":1", "\"version\":1.5", RESULT_MALFORMED, B "/version", "whole"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"aramoor\"]", RESULT_RANGE, B "/parties", "at least 2"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"velland\",\"aramoor\"]", RESULT_MALFORMED, B "/parties/1", "ascend"},
    {KIND_AGREEMENT, "[\"aramoor\",\"velland\"]", "[\"velland\",\"velland\"]", RESULT_MALFORMED, B "/parties/1", "ascend"},
    {KIND_AGREEMENT, "\"until\":null", "\"until\":\"2026-11-23T00:00:00Z\"", RESULT_RANGE, B "/until", "after"},
    {KIND_AGREEMENT, "\"rules\":[{", "\"rules\":[],\"x\":[{", RESULT_MALFORMED, B "/x", "unknown"},
    {KIND_AGREEMENT, "\"readback\"", "\"signed\"", RESULT_MALFORMED, B "/rules/0/binds", "sequenced, delivered or readback"},
    {KIND_AGREEMENT, "\"lead_s\":3600", "\"lead_s\":-3600", RESULT_RANGE, B "/rules/0/lead_s", ""},
    {KIND_AGREEMENT, "\"rules\":[", "\"rules\":[7,", RESULT_MALFORMED, B "/rules/0", "object"},
    {KIND_AGREEMENT_LEAVE, "{\"from\":\"2026-12-01T00:00:00Z\"}", "{}", RESULT_MALFORMED, B "/from", "missing"},
    {KIND_AGREEMENT_SUSPEND, "{", "{\"from\":\"2250-01-01T00:00:00Z\",", RESULT_RANGE, B "/from", "2199"},
    /* volumes */
    {KIND_NOTICE, "\"circle\"", "\"holes\":[],\"circle\"", RESULT_UNSUPPORTED, B "/volumes/0/holes", "not supported"},
    {KIND_NOTICE, "\"circle\"", "\"x\":[],\"circle\"", RESULT_MALFORMED, B "/volumes/0/x", "unknown"},
    {KIND_NOTICE, "\"circle\"", "\"polygon\":[],\"circle\"", RESULT_MALFORMED, B "/volumes/0", "exactly one"},
    {KIND_NOTICE, "\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260},", "", RESULT_MALFORMED, B "/volumes/0", "exactly one"},
    {KIND_NOTICE, "\"lat\":-47.1", "\"lat\":-90.0000001", RESULT_RANGE, B "/volumes/0/circle/center/lat", ""},
    {KIND_NOTICE, "\"lng\":-126.2", "\"lng\":180.5", RESULT_RANGE, B "/volumes/0/circle/center/lng", ""},
    {KIND_NOTICE, "\"lat\":-47.1", "\"alt\":1,\"lat\":-47.1", RESULT_MALFORMED, B "/volumes/0/circle/center/alt", "unknown"},
    {KIND_NOTICE, "\"radius_m\":9260", "\"radius_m\":0", RESULT_RANGE, B "/volumes/0/circle/radius_m", ""},
    {KIND_NOTICE, "\"radius_m\":9260", "\"radius_m\":20000001", RESULT_RANGE, B "/volumes/0/circle/radius_m", ""},
    {KIND_NOTICE, "\"reference\":\"SFC\"", "\"reference\":\"MSL\"", RESULT_MALFORMED, B "/volumes/0/lower/reference", "W84, AMSL, FL or SFC"},
    {KIND_NOTICE, "\"reference\":\"SFC\",\"units\":\"M\"", "\"reference\":\"SFC\",\"units\":\"FL\"", RESULT_MALFORMED, B "/volumes/0/lower/units", "FL has units FL"},
    {KIND_NOTICE, "\"reference\":\"FL\",\"units\":\"FL\"", "\"reference\":\"FL\",\"units\":\"FT\"", RESULT_MALFORMED, B "/volumes/0/upper/units", "FL has units FL"},
    {KIND_NOTICE, "\"value\":0", "\"value\":-1", RESULT_RANGE, B "/volumes/0/lower/value", "0 m"},
    {KIND_NOTICE, "\"value\":245", "\"value\":400000", RESULT_RANGE, B "/volumes/0/upper/value", "1,000,000"},
    {KIND_NOTICE, "{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}", "\"UNL\"", RESULT_OK, "", ""},
    {KIND_NOTICE, "{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}", "\"unl\"", RESULT_MALFORMED, B "/volumes/0/upper", "UNL"},
    {KIND_NOTICE, "\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"", "\"value\":250,\"reference\":\"FL\",\"units\":\"FL\"", RESULT_RANGE, B "/volumes/0/upper", "below lower"},
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2026-11-23T09:59:59.999Z", RESULT_RANGE, B "/volumes/0/end", "before start"},
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2026-11-23T10:00:00Z", RESULT_OK, "", ""},
    {KIND_NOTICE, "2026-11-23T12:00:00.5Z", "2200-11-23T10:00:00Z", RESULT_RANGE, B "/volumes/0/end", "2199"},
    {KIND_NOTICE, ",\"end\":\"2026-11-23T12:00:00.5Z\"", "", RESULT_MALFORMED, B "/volumes/0/end", "missing"},
    {KIND_AREA, "{\"lat\":-50,\"lng\":-170},", "{\"lat\":-50,\"lng\":170},", RESULT_MALFORMED, B "/volumes/0/polygon/1", "repeats"},
    {KIND_AREA, "{\"lat\":-50,\"lng\":-170},{\"lat\":-40,\"lng\":-170},", "", RESULT_RANGE, B "/volumes/0/polygon", "at least 3"},
    {KIND_AREA, "\"polygon\":[", "\"polygon\":[7,", RESULT_MALFORMED, B "/volumes/0/polygon/0", "object"},
    {KIND_AREA, "\"name\":\"Oceanic\"", "\"name\":\"\"", RESULT_RANGE, B "/name", "empty"},
    /* notice */
    {KIND_NOTICE, "\"category\":\"missile\",", "", RESULT_MALFORMED, B "/category", "missing"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"]", "[\"widened\",\"widened\"]", RESULT_MALFORMED, B "/marks/1", "twice"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"]", "[\"wide\"]", RESULT_MALFORMED, B "/marks/0", "no known mark"},
    {KIND_NOTICE, "\"volumes\":[" SPOKEN_VOLUME "]", "\"volumes\":[]", RESULT_RANGE, B "/volumes", "at least 1"},
    {KIND_NOTICE, "[\"widened\",\"late-entry\"],\"volumes\":[" SPOKEN_VOLUME "]", "[\"incomplete\"],\"volumes\":[]", RESULT_OK, "", ""},
    {KIND_NOTICE, "\"volumes\":[", "\"volumes\":[7,", RESULT_MALFORMED, B "/volumes/0", "object"},
    /* flight */
    {KIND_FLIGHT, "\"MRL12\"", "\"MRL 12\"", RESULT_MALFORMED, B "/callsign", "printable"},
    {KIND_FLIGHT, "\"C130\"", "\"12345678901234567\"", RESULT_MALFORMED, B "/aircraft_type", "1 to 16"},
    {KIND_FLIGHT, "\"c81234\"", "\"C81234\"", RESULT_MALFORMED, B "/icao24", "hex"},
    {KIND_FLIGHT, "\"c81234\"", "\"000000\"", RESULT_RANGE, B "/icao24", "nobody"},
    {KIND_FLIGHT, "\"priority\":50", "\"priority\":101", RESULT_RANGE, B "/priority", ""},
    {KIND_FLIGHT, "\"persons_on_board\":6", "\"persons_on_board\":0.5", RESULT_MALFORMED, B "/persons_on_board", "whole"},
    {KIND_FLIGHT, "\"route\"", "\"volumes\":[" SPOKEN_VOLUME "],\"route\"", RESULT_MALFORMED, B, "exactly one"},
    {KIND_FLIGHT_RELEASE, "\"volumes\":[" SPOKEN_VOLUME "]", "", RESULT_MALFORMED, B, "exactly one"},
    {KIND_FLIGHT, "\"width_m\":18520", "\"width_m\":0", RESULT_RANGE, B "/route/width_m", ""},
    {KIND_FLIGHT, "10:20:00Z", "10:00:00Z", RESULT_RANGE, B "/route/points/1/time", "after"},
    {KIND_FLIGHT, "{\"value\":200,\"reference\":\"FL\",\"units\":\"FL\"}", "{\"value\":200,\"reference\":\"AMSL\",\"units\":\"FT\"}", RESULT_MALFORMED, B "/route/points/1/altitude/reference", "point before"},
    {KIND_FLIGHT, "\"lat\":-46,\"lng\":-127", "\"lat\":-47,\"lng\":-126", RESULT_OK, "", ""}, /* it holds there */
    {KIND_FLIGHT, "\"points\":[", "\"points\":[7,", RESULT_MALFORMED, B "/route/points/0", "object"},
    {KIND_FLIGHT, "\"points\":[", "\"points\":[],\"x\":[", RESULT_MALFORMED, B "/route/x", "unknown"},
    /* join, ack, hold, message, clock, feed */
    {KIND_JOIN, "\"c81234\"", "\"C8\"", RESULT_MALFORMED, B "/track/identity", "1 to 16"},
    {KIND_JOIN, "\"feed\":\"radar-1\",", "", RESULT_MALFORMED, B "/track/feed", "missing"},
    {KIND_ACK, "\"readback\"", "\"read\"", RESULT_MALFORMED, B "/step", "received, displayed"},
    {KIND_ACK, "\"readback\"", "\"received\"", RESULT_MALFORMED, B "/start", "readback only"},
    {KIND_ACK, ",\"area\":\"SORREL 4\"", "", RESULT_MALFORMED, B "/area", "missing"},
    {KIND_ACK, "\"place\":17", "\"place\":-17", RESULT_RANGE, B "/place", ""},
    {KIND_HOLD, SPOKEN_ENTITY, "\"aramoor\"", RESULT_MALFORMED, B "/notice", "<party>"},
    {KIND_HOLD_ANSWER, "standby", "maybe", RESULT_MALFORMED, B "/reply", "wilco, unable or standby"},
    {KIND_MESSAGE, "\"text\":\"say \\\"again\\\"\\nall after\"", "\"text\":\"\"", RESULT_RANGE, B "/text", "empty"},
    {KIND_MESSAGE, "\"test\":true", "\"test\":1", RESULT_MALFORMED, B "/test", "true or false"},
    {KIND_CLOCK, "\"error_s\":0.05", "\"error_s\":-0.05", RESULT_RANGE, B "/error_s", ""},
    {KIND_FEED, "\"velland\"", "\"agreement:sorrel-basin\"", RESULT_MALFORMED, B "/readers/1", "twice"},
    {KIND_FEED, "\"velland\"", "\"agreement:\"", RESULT_MALFORMED, B "/readers/1", "empty"},
};

static void bodies_that_break_a_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof body_rows / sizeof *body_rows; i++) {
        struct text body = edited(example_body(body_rows[i].kind), body_rows[i].from, body_rows[i].to);
        struct fault f;
        result r = decode_plain_of(request_of(body_rows[i].kind), section_of(body_rows[i].kind, body), &f);
        /* Where the JSON itself is broken the path is that of the place that the scan had reached. */
        if (strcmp(body_rows[i].field, "/sections/0") == 0 && strncmp(f.field, "/sections/0", 11) == 0) f.field[11] = '\0';
        EXPECT(i, r, f, body_rows[i].code, body_rows[i].field, body_rows[i].says);
    }
    for (int i = 0; i < SPOKEN; i++) { /* and without the edit each is well, except that keys must be brought in by signature */
        struct fault f;
        must(decode_plain_of(request_of(spoken[i].kind), section_of(spoken[i].kind, example_body(spoken[i].kind)), &f), &f);
        assert_int_equal(last.origin, ORIGIN_ATTESTED);
        assert_true(text_is(name_text(&last.attested), "aramoor"));
        assert_true(text_is(name_text(&last.session_key), "desk-1"));
    }
}

static void sections_that_break_a_rule(void **state) {
    (void)state;
    static const struct {
        enum statement_kind kind;
        const char *section;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_OK, "", ""},
        {KIND_NOTICE_OVER, " {\"section\":\"body\",\n\"to\":[] ,\"body\": {} } ", RESULT_OK, "", ""},
        {KIND_NOTICE_OVER, "{\"section\":\"public\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "called body"},
        {KIND_NOTICE, "{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "public, parties or own"},
        {KIND_NOTICE_OVER, "{\"section\":\"other\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0/section", "a part named 'body'"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"body\":{}}", RESULT_MALFORMED, "/sections/0/to", "missing"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":\"log\",\"body\":{}}", RESULT_MALFORMED, "/sections/0/to", "array"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[\"log\",\"log\"],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/1", "twice"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[\"World\"],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/0", "a name"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[7],\"body\":{}}", RESULT_MALFORMED, "/sections/0/to/0", "string"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[]}", RESULT_MALFORMED, "/sections/0/body", "missing"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{},\"more\":1}", RESULT_MALFORMED, "/sections/0/more", "unknown"},
        {KIND_NOTICE_OVER, "[]", RESULT_MALFORMED, "/sections/0", ""},
        {KIND_NOTICE_OVER, "", RESULT_MALFORMED, "/sections/0", ""},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}", RESULT_MALFORMED, "/sections/0/body", "does not end"},
        {KIND_NOTICE_OVER, "{\"section\":\"body\",\"to\":[],\"body\":{}}}", RESULT_MALFORMED, "/sections/0/body", "follow"},
        {KIND_NOTICE_OVER, "\xEF\xBB\xBF{\"section\":\"body\",\"to\":[],\"body\":{}}", RESULT_MALFORMED, "/sections/0", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part parts[3] = {
            {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request_of(rows[i].kind))},
            {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
            {.part_class = PART_SECTION, .name = TEXT("body"), .bytes = text_of(rows[i].section), .salt = {1}},
        };
        if (strstr(rows[i].section, "\"public\"") != NULL) parts[2].name = TEXT("public");
        struct fault f = {0};
        arena_reset(&arena);
        result r = decode_parts(&decoder, parts, 3, true, &last, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
    }
    /* Two sections of one name. */
    struct text own = edited(section_of(KIND_NOTICE, example_body(KIND_NOTICE)), "", "");
    struct part parts[4] = {
        {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(request_of(KIND_NOTICE))},
        {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\",\"idempotency\":null}")},
        {.part_class = PART_SECTION, .name = TEXT("public"), .bytes = own, .salt = {1}},
        {.part_class = PART_SECTION, .name = TEXT("public"), .bytes = own, .salt = {2}},
    };
    struct fault f = {0};
    result r = decode_parts(&decoder, parts, 4, true, &last, &f);
    EXPECT(99, r, f, RESULT_MALFORMED, "/sections", "two sections called 'public'");
}

/* --- limits --- */

static struct text repeated(const char *head, const char *item, size_t count, const char *tail) {
    struct append a = append_growing(1 << 24);
    append_str(&a, head);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) append_char(&a, ',');
        append_str(&a, item);
    }
    append_str(&a, tail);
    struct text t = copy_of(&a);
    append_free(&a);
    return t;
}

static void limits_are_kept(void **state) {
    (void)state;
    struct fault f;
    const char *head = "{\"section\":\"public\",\"to\":[],\"body\":{\"area\":\"A\",\"category\":\"uas\",\"volumes\":[";
    must(decode_plain_of(request_of(KIND_NOTICE), repeated(head, SPOKEN_VOLUME, LIMIT_VOLUMES, "]}}"), &f), &f);
    assert_int_equal(last.sections[0].body.notice.volume_count, LIMIT_VOLUMES);
    EXPECT(0, decode_plain_of(request_of(KIND_NOTICE), repeated(head, SPOKEN_VOLUME, LIMIT_VOLUMES + 1, "]}}"), &f), f,
           RESULT_TOO_LARGE, B "/volumes", "at most 1024");

    struct append a = append_growing(1 << 20); /* a polygon of as many vertices as there may be, around a circle */
    for (int more = 0; more < 2; more++) {
        append_reset(&a);
        append_str(&a, "{\"section\":\"public\",\"to\":[],\"body\":{\"area\":\"A\",\"category\":\"uas\",\"volumes\":[{\"polygon\":[");
        int half = LIMIT_VERTICES / 2 + more;
        for (int i = 0; i < half; i++) append_format(&a, "{\"lat\":%d.%03d,\"lng\":10},", i / 1000, i % 1000);
        for (int i = half - 1; i >= 0; i--)
            append_format(&a, "{\"lat\":%d.%03d,\"lng\":10.5}%s", i / 1000, i % 1000, i > 0 ? "," : "");
        append_str(&a, "],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":\"UNL\","
                       "\"start\":\"2026-11-23T10:00:00Z\",\"end\":\"2026-11-23T12:00:00Z\"}]}}");
        result r = decode_plain_of(request_of(KIND_NOTICE), append_view(&a), &f);
        EXPECT(1, r, f, more ? RESULT_TOO_LARGE : RESULT_OK, B "/volumes/0/polygon", "at most 1000");
    }
    append_free(&a);
    EXPECT(2, decode_plain_of(request_of(KIND_NOTICE_OVER), repeated("{\"section\":\"body\",\"body\":{},\"to\":[", "\"log\"", 65, "]}"), &f), f,
           RESULT_TOO_LARGE, "/sections/0/to", "at most 64");
    struct text over = repeated("{\"section\":\"body\",\"to\":[],\"body\":{\"text\":\"", "xxxxxxx", 600, "\"}}");
    EXPECT(3, decode_plain_of(request_of(KIND_NOTICE_OVER), over, &f), f, RESULT_TOO_LARGE, B "/text", "at most 4096");
    struct arena small;
    assert_true(arena_take(&small, 4096));
    struct decoder tight = decoder;
    tight.arena = &small;
    struct part parts[3] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = notice.note}};
    memcpy(parts + 1, notice.section, 2 * sizeof *parts);
    assert_int_equal(decode_parts(&tight, parts, 3, false, &last, &f).code, RESULT_FULL);
    arena_free(&small);
}

static void a_text_has_64_signers_and_64_kib(void **state) {
    (void)state;
    struct fault f;
    for (int count = 64; count <= 65; count++) {
        struct append by = append_growing(1 << 20);
        const char *old = memmem(notice_text.at, notice_text.size, "\"by\":{", 6), *end = memchr(old, '}', 1000);
        append_bytes(&by, notice_text.at, (size_t)(old - notice_text.at) + 6);
        for (int i = 0; i < count; i++) append_format(&by, "%s\"exercise/aramoor/k%02d\":\"%064x\"", i > 0 ? "," : "", i, i + 1);
        append_bytes(&by, end, notice_text.size - (size_t)(end - notice_text.at));
        const struct speaker *const who[] = {&desk};
        result r = decode_with(signed_by(copy_of(&by), who, 1), notice.section, 2, false, &f);
        EXPECT(count, r, f, count == 64 ? RESULT_MALFORMED : RESULT_RANGE, count == 64 ? "/note" : "/note/by",
               count == 64 ? "'by' does not name" : "1 to 64");
        append_free(&by);
    }
    struct text spaces = repeated("", " ", 33000, "");
    char *terminated = arena_alloc(&kept, spaces.size + 1, 1);
    memset(terminated, ' ', spaces.size);
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    EXPECT(1, decode_with(signed_by(edited(notice_text, "\"on\":", terminated), who, 3), notice.section, 2, false, &f), f,
           RESULT_TOO_LARGE, "/note", "65536");
}

/* --- plain --- */

static void plain_statements(void **state) {
    (void)state;
    static const struct {
        const char *request, *claims;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\",\"idempotency\":\"x\"}", RESULT_OK, "", ""},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\",\"prev\":null,\"on\":null}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_OK, "", ""},
        {"{\"kind\":\"key/object\"}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/id", "missing"},
        {"{\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/kind", "missing"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\",\"by\":{}}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/by", "unknown"},
        {"{\"kind\":\"open\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_UNSUPPORTED, "/statement/kind", "signature"},
        {"{\"kind\":\"frame\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/kind", "this form"},
        {"{\"kind\":\"notice/over\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/on", "must name"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\",\"on\":" SPOKEN_ENTITY "}", "{\"party\":\"a\",\"key\":\"k\"}", RESULT_MALFORMED, "/statement/on", "must be null"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"A\",\"key\":\"k\"}", RESULT_MALFORMED, "/claims/party", "a name"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\"}", RESULT_MALFORMED, "/claims/key", "missing"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\",\"idempotency\":\"\"}", RESULT_MALFORMED, "/claims/idempotency", "1 to 128"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "{\"party\":\"a\",\"key\":\"k\",\"idempotency\":\"\xC3\xA9\"}", RESULT_MALFORMED, "/claims/idempotency", "1 to 128"},
        {"{\"kind\":\"key/object\",\"id\":\"00112233445566778899aabbccddeeff\"}", "[]", RESULT_MALFORMED, "/claims", ""},
    };
    struct hash first = {{0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part parts[3] = {
            {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = text_of(rows[i].request), .salt = {7}},
            {.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = text_of(rows[i].claims)},
            {.part_class = PART_SECTION, .name = TEXT("body"), .bytes = TEXT("{\"section\":\"body\",\"to\":[],\"body\":{}}"), .salt = {1}},
        };
        struct fault f = {0};
        arena_reset(&arena);
        result r = decode_parts(&decoder, parts, 3, true, &last, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
        if (i == 0) {
            struct hash context = part_section_context(&decoder.log, &last.id, NULL, 0), h = part_hash(&parts[2], &context);
            assert_memory_equal(last.commit[0].bytes, h.bytes, SHA256_SIZE);
            assert_memory_equal(last.sections[0].commitment.bytes, h.bytes, SHA256_SIZE);
            assert_memory_not_equal(last.commit[1].bytes, last.commit[2].bytes, SHA256_SIZE);
            assert_int_equal(last.at, INSTANT_NONE);
            first = last.hash;
        }
        if (i == 1) assert_memory_not_equal(first.bytes, last.hash.bytes, SHA256_SIZE); /* another idempotency key */
    }
}

/* --- frames --- */

static struct frame_position position_of(const char *identity) {
    return (struct frame_position){.identity = text_of(identity), .callsign = TEXT("MRL12"), .time = SPOKEN_AT, .at = {-471000000, 1799999999},
                                   .altitude = {-5000, ALTITUDE_AMSL}, .has_altitude = true, .speed_cms = 12345, .track_mdeg = 359999,
                                   .climb_cms = -700, .uncertainty_cm = 1500};
}

static result frame_back(struct part *parts, uint32_t count, struct fault *f) {
    static struct part all[8];
    memcpy(all, parts, count * sizeof *parts);
    all[count] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"halcyon\",\"key\":\"feed\",\"idempotency\":null}")};
    *f = (struct fault){0};
    arena_reset(&arena);
    return decode_parts(&decoder, all, count + 1, true, &last, f);
}

static void frames_come_back(void **state) {
    (void)state;
    struct frame_position p[3] = {position_of("4b1617"), position_of("a-b"), position_of("zz")};
    p[1].has_altitude = false;
    p[1].altitude = (struct altitude){0, 0};
    p[1].callsign.size = 0;
    p[2].speed_cms = p[2].track_mdeg = p[2].uncertainty_cm = -1;
    p[2].climb_cms = INT32_MIN;
    p[2].altitude = (struct altitude){100000000, ALTITUDE_SFC};
    struct body_frame frame = {.feed = {"radar-1"}, .number = 77, .time = SPOKEN_AT, .positions = p, .count = 3};
    struct part parts[4];
    uint32_t count;
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    assert_int_equal(count, 4);
    must(frame_back(parts, count, &f), &f);
    assert_int_equal(last.kind, KIND_FRAME);
    assert_int_equal(last.origin, ORIGIN_ATTESTED);
    assert_int_equal(last.frame.number, 77);
    assert_true(text_is(name_text(&last.frame.feed), "radar-1"));
    for (int i = 0; i < 3; i++) {
        const struct frame_position *b = &last.frame.positions[i];
        assert_true(text_equal(b->identity, p[i].identity) && text_equal(b->callsign, p[i].callsign));
        assert_int_equal(b->time, p[i].time);
        assert_int_equal(b->at.lat, p[i].at.lat);
        assert_int_equal(b->at.lon, p[i].at.lon);
        assert_int_equal(b->has_altitude, p[i].has_altitude);
        assert_int_equal(b->altitude.cm, p[i].altitude.cm);
        assert_int_equal(b->altitude.reference, p[i].altitude.reference);
        assert_int_equal(b->speed_cms, p[i].speed_cms);
        assert_int_equal(b->track_mdeg, p[i].track_mdeg);
        assert_int_equal(b->climb_cms, p[i].climb_cms);
        assert_int_equal(b->uncertainty_cm, p[i].uncertainty_cm);
    }
    struct hash h = last.hash;
    frame.number = 78;
    must(decode_frame_parts(&kept, &frame, parts, 4, &count, &f), &f);
    must(frame_back(parts, count, &f), &f);
    assert_memory_not_equal(h.bytes, last.hash.bytes, SHA256_SIZE);
}

/* Offset and bytes to put there, in the aircraft part of position_of. */
static void aircraft_bytes_that_break_a_rule(void **state) {
    (void)state;
    static const struct {
        size_t at, size;
        const char *bytes, *says;
        enum result_code code;
    } rows[] = {
        {0, 1, "\x02", "version", RESULT_UNSUPPORTED},
        {1, 1, "\x03", "flags", RESULT_MALFORMED},
        {2, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "time", RESULT_RANGE},
        {10, 4, "\x35\xa4\xe9\x01", "latitude", RESULT_RANGE},
        {14, 4, "\x94\xb6\x2d\xff", "longitude", RESULT_RANGE},
        {18, 4, "\x05\xf5\xe1\x01", "altitude", RESULT_RANGE},
        {22, 1, "\x04", "reference", RESULT_RANGE},
        {1, 1, "\x00", "0 when there is none", RESULT_RANGE},
        {23, 4, "\xff\xff\xff\xfe", "speed", RESULT_RANGE},
        {27, 4, "\x00\x05\x7e\x40", "track", RESULT_RANGE},
        {31, 4, "\x80\x00\x00\x01", "climb", RESULT_RANGE},
        {35, 4, "\xff\xff\xff\xfe", "uncertainty", RESULT_RANGE},
        {39, 1, "\x04", "layout", RESULT_MALFORMED},
        {39, 1, "\x06", "layout", RESULT_MALFORMED},
        {40, 1, " ", "callsign", RESULT_RANGE},
    };
    struct frame_position p = position_of("4b1617");
    struct body_frame frame = {.feed = {"radar-1"}, .number = 1, .time = SPOKEN_AT, .positions = &p, .count = 1};
    struct part parts[3];
    uint32_t count;
    struct fault f = {0};
    must(decode_frame_parts(&kept, &frame, parts, 2, &count, &f), &f);
    char bytes[64];
    struct part good = parts[1];
    assert_true(good.bytes.size == 45);
    parts[1].bytes.at = bytes;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memcpy(bytes, good.bytes.at, good.bytes.size);
        memcpy(bytes + rows[i].at, rows[i].bytes, rows[i].size);
        EXPECT(i, frame_back(parts, 2, &f), f, rows[i].code, "/aircraft/0", rows[i].says);
    }
    parts[1] = good;
    for (size_t i = 0; i < good.bytes.size; i++) {
        parts[1].bytes.size = i;
        assert_int_equal(frame_back(parts, 2, &f).code, RESULT_MALFORMED);
    }
    parts[1] = good;
    struct text header = parts[0].bytes;
    for (size_t i = 0; i < header.size; i++) {
        parts[0].bytes.size = i;
        assert_int_equal(frame_back(parts, 2, &f).code, RESULT_MALFORMED);
    }
    parts[0].bytes = header;
    EXPECT(50, frame_back(parts, 1, &f), f, RESULT_MALFORMED, "/frame", "0 aircraft; the frame states 1");
    parts[2] = parts[1];
    EXPECT(51, frame_back(parts, 3, &f), f, RESULT_MALFORMED, "/frame", "more aircraft");
    parts[1].name = TEXT("4B1617");
    EXPECT(52, frame_back(parts, 2, &f), f, RESULT_RANGE, "/aircraft/0", "identity");
    parts[1].name = good.name;
    parts[1].bytes = (struct text){NULL, 45};
    EXPECT(53, frame_back(parts, 2, &f), f, RESULT_NOT_FOUND, "/aircraft/0", "erased");
    parts[1] = good;
    parts[0].name = TEXT("frames");
    EXPECT(54, frame_back(parts, 2, &f), f, RESULT_MALFORMED, "/frame", "named 'frame'");

    struct frame_position two[2] = {position_of("b"), position_of("a")};
    frame.positions = two;
    frame.count = 2;
    EXPECT(60, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_MALFORMED, "/positions/1", "ascend");
    two[1].identity = TEXT("b");
    EXPECT(61, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_MALFORMED, "/positions/1", "ascend");
    EXPECT(62, decode_frame_parts(&kept, &frame, parts, 2, &count, &f), f, RESULT_TOO_LARGE, "/positions", "at most");
    two[0].at.lat = 900000001;
    EXPECT(63, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_RANGE, "/positions/0", "latitude");
    frame.number = 0;
    EXPECT(64, decode_frame_parts(&kept, &frame, parts, 3, &count, &f), f, RESULT_RANGE, "/number", "from 1");
}

/* --- ticks and mixtures --- */

static void ticks(void **state) {
    (void)state;
    char room[200];
    struct append a = append_fixed(room, sizeof room);
    struct body_tick t = {.tick = 12345, .error_ns = 1234567, .unsure = true};
    decode_tick_render(&t, &a);
    struct part request = {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&a)};
    struct fault f = {0};
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_int_equal(last.kind, KIND_TICK);
    assert_int_equal(last.origin, ORIGIN_SERVER);
    assert_int_equal(last.tick.tick, 12345);
    assert_int_equal(last.tick.error_ns, 1234567);
    assert_true(last.tick.unsure);
    append_reset(&a);
    t.error_ns = INT64_MAX; /* a clock of which nothing is known */
    decode_tick_render(&t, &a);
    request.bytes = append_view(&a);
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_int_equal(last.tick.error_ns, INT64_C(999999999999999));
    static const char *const bad[] = {"{}", "{\"kind\":\"tock\",\"tick\":1,\"error_s\":0,\"unsure\":false}",
                                      "{\"kind\":\"tick\",\"tick\":0,\"error_s\":0,\"unsure\":false}",
                                      "{\"kind\":\"tick\",\"tick\":1,\"error_s\":0}", "{\"kind\":\"tick\",\"tick\":1,\"error_s\":0,\"unsure\":false,\"x\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.bytes = text_of(bad[i]);
        assert_false(result_is_ok(decode_parts(&decoder, &request, 1, true, &last, &f)));
        assert_int_equal(strncmp(f.field, "/statement/", 11), 0);
    }
}

static void mixtures_are_refused(void **state) {
    (void)state;
    enum { N = PART_NOTE, S = PART_SECTION, R = PART_REQUEST, C = PART_CLAIMS, A = PART_AIRCRAFT, F = PART_FRAME };
    static const uint8_t rows[][4] = {{0}, {S}, {C}, {A}, {N, R}, {N, C}, {N, F}, {N, A}, {N, N}, {R, S}, {R, A}, {R, C, A},
                                      {F}, {F, C, S}, {F, C, R}, {R, R}, {C, C}, {77}, {F, F, C}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part parts[4];
        uint32_t count = 0;
        for (; count < 4 && rows[i][count] != 0; count++)
            parts[count] = (struct part){.part_class = rows[i][count], .name = TEXT("x"), .bytes = TEXT("{}"), .salt = {(uint8_t)count}};
        struct fault f = {0};
        result r = decode_parts(&decoder, parts, count, true, &last, &f);
        if (r.code != RESULT_MALFORMED) fail_msg("row %zu: %s", i, result_name(r.code));
    }
    struct part erased = {.part_class = PART_NOTE, .name = TEXT("note"), .bytes = {NULL, 9}};
    struct fault f = {0};
    assert_int_equal(decode_parts(&decoder, &erased, 1, true, &last, &f).code, RESULT_NOT_FOUND);
}

/* --- bodies of requests --- */

static void request_bodies(void **state) {
    (void)state;
    static const struct {
        const char *body;
        enum result_code code;
        const char *field, *says;
        uint32_t count;
    } rows[] = {
        {"{\"statement\":{\"a\":1},\"sections\":[{\"section\":\"body\"},{\"x\":\"[{\\\"\",\"section\":\"own\"}]}", RESULT_OK, "", "", 3},
        {"{\"statement\" : {\"a\":[1,{}]} }", RESULT_OK, "", "", 1},
        {"{\"sections\":[ ],\"statement\":{}}", RESULT_OK, "", "", 1},
        {"{\"note\":\"x\"}", RESULT_OK, "", "", 1},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"to\\\":[],\\\"section\\\":\\\"own\\\"}\"}]}", RESULT_OK, "", "", 2},
        {"", RESULT_MALFORMED, "", "", 0},
        {"[]", RESULT_MALFORMED, "", "the body is", 0},
        {"{}", RESULT_MALFORMED, "", "the body is", 0},
        {"{\"note\":\"x\",\"statement\":{}}", RESULT_MALFORMED, "", "the body is", 0},
        {"{\"note\":7}", RESULT_MALFORMED, "/note", "string", 0},
        {"{\"note\":\"\"}", RESULT_RANGE, "/note", "empty", 0},
        {"{\"note\":\"x\",\"more\":1}", RESULT_MALFORMED, "/more", "unknown", 0},
        {"{\"statement\":{},\"more\":1}", RESULT_MALFORMED, "/more", "unknown", 0},
        {"{\"st\\u0061tement\":{}}", RESULT_MALFORMED, "/statement", "escapes", 0},
        {"{\"statement\":{},\"s\\u0065ctions\":[]}", RESULT_MALFORMED, "/sections", "escapes", 0},
        {"{\"note\":\"x\",\"sections\":[7]}", RESULT_MALFORMED, "/sections/0", "object", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"00\",\"bytes\":\"x\"}]}", RESULT_MALFORMED, "/sections/0/salt", "hex", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"x\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\"}]}", RESULT_MALFORMED, "/sections/0/bytes", "missing", 0},
        {"{\"statement\":{},\"sections\":[{},{},{},{},{}]}", RESULT_MALFORMED, "/sections", "at most 4", 0},
        {"{\"statement\":{},\"sections\":{}}", RESULT_MALFORMED, "/sections", "array", 0},
        {"{\"statement\":{},\"sections\":[{\"to\":[]}]}", RESULT_MALFORMED, "/sections/0/section", "a section is", 0},
        {"{\"statement\":{},\"sections\":[{\"section\":\"b\\\\u\"}]}", RESULT_MALFORMED, "/sections/0/section", "1 to 32", 0},
        {"{\"statement\":{},\"sections\":[{\"section\":7}]}", RESULT_MALFORMED, "/sections/0/section", "a section is", 0},
        {"{\"statement\":{}", RESULT_MALFORMED, "", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct part parts[LIMIT_SECTIONS + 2];
        uint32_t count = 0;
        bool plain = false;
        struct fault f = {0};
        arena_reset(&arena);
        result r = decode_body(&decoder, text_of(rows[i].body), spoken_random, parts, &count, &plain, &f);
        if (rows[i].field[0] == '\0') f.field[0] = '\0';
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
        if (!result_is_ok(r)) continue;
        assert_int_equal(count, rows[i].count);
        assert_int_equal(plain, strstr(rows[i].body, "statement") != NULL);
        assert_int_equal(parts[0].part_class, plain ? PART_REQUEST : PART_NOTE);
    }
    struct part parts[LIMIT_SECTIONS + 2];
    uint32_t count;
    bool plain;
    struct fault f = {0};
    must(decode_body(&decoder, text_of(rows[0].body), spoken_random, parts, &count, &plain, &f), &f);
    assert_true(text_is(parts[0].bytes, "{\"a\":1}"));
    assert_true(text_is(parts[2].bytes, "{\"x\":\"[{\\\"\",\"section\":\"own\"}"));
    assert_true(text_is(parts[2].name, "own"));
    assert_memory_not_equal(parts[1].salt, parts[2].salt, 32);
}

/* --- who brings a key in signs with it --- */

static void new_keys_sign(void **state) {
    (void)state;
    static const enum statement_kind kinds[] = {KIND_PARTY, KIND_KEY, KIND_KEY_RECOVER};
    for (int i = 0; i < 3; i++) {
        struct compose_section section = {.name = TEXT("body"), .to = TEXT("log"), .body = example_body(kinds[i])};
        struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = kinds[i], .at = SPOKEN_AT, .open_by = INSTANT_NONE,
                            .by = &velland.key, .by_count = 1, .sections = &section, .section_count = 1};
        struct composed s;
        struct fault f = {0};
        must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
        EXPECT(i, decode_with(s.note, s.section, 1, true, &f), f, RESULT_MALFORMED, "/note/by", "must name the new key");
    }
}

/* --- genesis --- */

static void genesis_rules(void **state) {
    (void)state;
    static const char good[] =
        "parley/1 genesis sorrel.example/live\n{\"tick_s\":1,\"recovery_quorum\":2,"
        "\"log_key\":\"1111111111111111111111111111111111111111111111111111111111111111\","
        "\"receipt_key\":\"2222222222222222222222222222222222222222222222222222222222222222\","
        "\"capacity\":{\"parties\":8,\"keys\":64,\"agreements\":8,\"areas\":16,\"feeds\":8,\"notices\":100,\"flights\":100,\"volumes\":1000,"
        "\"vertices\":10000,\"tracks\":1000,\"alerts\":100,\"pending\":16,\"recent\":1000,\"holds\":16,\"slots_log2\":12},"
        "\"founders\":[{\"name\":\"aramoor\",\"root_key\":\"KEY\",\"display\":\"A\",\"zone\":\"UTC\",\"desks\":[\"watch\"],\"operator\":true}]}\n";
    static const struct {
        const char *from, *to;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {"", "", RESULT_OK, "", ""},
        {"genesis sorrel", "statement sorrel", RESULT_MALFORMED, "/note", "first line"},
        {"/live\n", "/dead\n", RESULT_MALFORMED, "/note", "an origin"},
        {"sorrel.", "Sorrel.", RESULT_MALFORMED, "/note", "an origin"},
        {"\"tick_s\":1", "\"tick_s\":0", RESULT_RANGE, "/note/tick_s", ""},
        {"\"recovery_quorum\":2", "\"recovery_quorum\":0", RESULT_RANGE, "/note/recovery_quorum", ""},
        {"\"slots_log2\":12", "\"slots_log2\":17", RESULT_RANGE, "/note/capacity/slots_log2", ""},
        {"\"parties\":8", "\"parties\":0", RESULT_RANGE, "/note/capacity/parties", ""},
        {"\"parties\":8,", "", RESULT_MALFORMED, "/note/capacity/parties", "missing"},
        {"\"operator\":true", "\"operator\":false", RESULT_MALFORMED, "/note/founders", "operator"},
        {"2222222222222222222222222222222222222222222222222222222222222222", "1111111111111111111111111111111111111111111111111111111111111111",
         RESULT_MALFORMED, "/note/receipt_key", "two roles"},
        {"\"root_key\":\"KEY\"", "\"root_key\":\"1111111111111111111111111111111111111111111111111111111111111111\"", RESULT_MALFORMED,
         "/note/founders/0/root_key", "two roles"},
        {"\"founders\":[", "\"founders\":[{\"name\":\"b\",\"root_key\":\"" SPOKEN_KEY "\",\"display\":\"B\",\"zone\":\"UTC\",\"desks\":[\"w\"]},",
         RESULT_MALFORMED, "/note/founders/1/name", "ascend"},
        {"\"tick_s\":1", "\"settings\":{\"x\":1},\"tick_s\":1", RESULT_MALFORMED, "/note/settings/x", "unknown"},
    };
    struct speaker root;
    speaker_init(&root, "live/aramoor/root", 5);
    char hex[65] = {0};
    struct append a = append_fixed(hex, 64);
    append_hex(&a, root.key.public_key.bytes, SHA256_SIZE);
    const struct speaker *const who[] = {&root};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = edited(text_of(good), rows[i].from, rows[i].to);
        if (memmem(text.at, text.size, "KEY", 3) != NULL) text = edited(text, "KEY", hex);
        struct fault f = {0};
        arena_reset(&arena);
        result r = decode_genesis(&decoder, signed_by(text, who, 1), true, &last, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
        if (i == 0) assert_true(last.sections[0].body.genesis.live);
    }
    const struct speaker *const wrong[] = {&aramoor};
    struct fault f = {0};
    EXPECT(99, decode_genesis(&decoder, signed_by(edited(text_of(good), "KEY", hex), wrong, 1), true, &last, &f), f, RESULT_MALFORMED,
           "/note", "'by' does not name");
}

static void kinds_have_one_name_each(void **state) {
    (void)state;
    for (int k = 0; k < STATEMENT_KINDS; k++) {
        enum statement_kind back = STATEMENT_KINDS;
        assert_true(statement_kind_read(text_of(statement_kind_name((enum statement_kind)k)), &back));
        assert_int_equal(back, k);
    }
    enum statement_kind none;
    assert_false(statement_kind_read(TEXT("Notice"), &none));
    assert_false(statement_kind_read(TEXT(""), &none));
}

/* Class, context, salt, name and bytes each change a part's hash; lengths keep name and bytes apart. */
static void parts_hash_everything(void **state) {
    (void)state;
    struct hash context = {{1}}, other = {{2}};
    struct part p = {.part_class = PART_OUTCOME, .name = TEXT("ab"), .bytes = TEXT("cd")}, q = p;
    struct hash h = part_hash(&p, &context), g;
    q.part_class = PART_SECTION;
    g = part_hash(&q, &context);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
    g = part_hash(&p, &other);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
    q = p;
    q.salt[31] = 1;
    g = part_hash(&q, &context);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
    q = p;
    q.name = TEXT("abc");
    q.bytes = TEXT("d");
    g = part_hash(&q, &context);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
    g = part_commit(&h);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
    struct id id = {{3}};
    struct hash keys[3] = {{{9}}, {{1}}, {{5}}}, sorted[3] = {{{1}}, {{5}}, {{9}}};
    h = part_section_context(&context, &id, keys, 3);
    g = part_section_context(&context, &id, sorted, 3);
    assert_memory_equal(h.bytes, g.bytes, SHA256_SIZE);
    g = part_section_context(&context, &id, sorted, 2);
    assert_memory_not_equal(h.bytes, g.bytes, SHA256_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_break_a_rule),       cmocka_unit_test(one_key_has_one_name),
        cmocka_unit_test(equal_commitments_are_refused), cmocka_unit_test(signature_lines_follow_by),
        cmocka_unit_test(sections_must_be_committed_to), cmocka_unit_test(the_context_binds_id_and_keys),
        cmocka_unit_test(sealing_has_rules),             cmocka_unit_test(any_changed_bit_is_noticed),
        cmocka_unit_test(bodies_that_break_a_rule),      cmocka_unit_test(sections_that_break_a_rule),
        cmocka_unit_test(limits_are_kept),               cmocka_unit_test(a_text_has_64_signers_and_64_kib),
        cmocka_unit_test(plain_statements),              cmocka_unit_test(frames_come_back),
        cmocka_unit_test(aircraft_bytes_that_break_a_rule), cmocka_unit_test(ticks),
        cmocka_unit_test(mixtures_are_refused),          cmocka_unit_test(request_bodies),
        cmocka_unit_test(new_keys_sign),                 cmocka_unit_test(genesis_rules),
        cmocka_unit_test(kinds_have_one_name_each),      cmocka_unit_test(parts_hash_everything),
    };
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode", tests, setup, teardown);
}
