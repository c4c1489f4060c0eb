#include "base/cosignature.h"
#include "decoding.h"

#include "core/decode_inner.h"

#define B "/sections/0/body"

/* --- a notice with two sections, signed by two keys of one party and one of another --- */

static struct composed notice;
static struct text notice_text, notice_section;
static struct compose_key notice_keys[3];

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

static int start(void **state) {
    decoding_start(state);
    say_notice();
    return 0;
}

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

static void three_commitments_are_too_few(void **state) {
    (void)state;
    const char *at = memmem(notice_text.at, notice_text.size, "\"commit\":[\"", 11);
    char first[80];
    snprintf(first, sizeof first, "\"%.64s\",", at + 11);
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    struct fault f;
    EXPECT(0, decode_with(signed_by(edited(notice_text, first, ""), who, 3), notice.section, 2, true, &f), f, RESULT_MALFORMED, "/note/commit",
           "exactly 4");
}

/* The key id is right, but what follows is no Ed25519 signature. */
static void signatures_have_64_bytes(void **state) {
    (void)state;
    uint8_t bytes[40] = {0};
    note_key_id(desk.key.name, desk.key.public_key.bytes, bytes);
    struct append a = append_growing(1 << 20);
    note_begin(&a, notice_text);
    append_format(&a, "\xE2\x80\x94 %s ", desk.name);
    append_base64(&a, bytes, sizeof bytes);
    append_char(&a, '\n');
    struct fault f;
    EXPECT(0, decode_with(append_view(&a), notice.section, 2, false, &f), f, RESULT_MALFORMED, "/note", "64 bytes");
    append_free(&a);
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
    struct part four[4] = {s.section[0], s.section[1], s.section[2], s.section[0]};
    four[3].salt[0] ^= 1;
    EXPECT(1, decode_with(s.note, four, 4, true, &f), f, RESULT_MALFORMED, "/note/open_by", "every commitment");
    c.kind = KIND_NOTICE_OVER;
    c.has_on = true;
    c.on.party = (struct name){"aramoor"};
    must(compose_statement(&c, spoken_random, &kept, &s, &f), &f);
    EXPECT(0, decode_with(s.note, s.section, 0, true, &f), f, RESULT_MALFORMED, "/note/open_by", "only a notice");
}

/* An opening whose body is anything, properly committed to and signed: said as a message, its kind changed in the text. */
static result open_with(const char *body, struct fault *f) {
    struct compose_section section = {.name = TEXT("body"), .to = TEXT("log"), .body = text_of(body)};
    struct compose c = {.origin = decoder.origin, .log = decoder.log, .kind = KIND_MESSAGE, .at = SPOKEN_AT, .by = notice_keys,
                        .by_count = 1, .sections = &section, .section_count = 1, .open_by = INSTANT_NONE};
    struct composed s;
    must(compose_statement(&c, spoken_random, &kept, &s, f), f);
    struct note n;
    must(note_parse(s.note, &n, f), f);
    const struct speaker *const who[] = {&desk};
    return decode_with(signed_by(edited(n.text, "\"message\"", "\"open\""), who, 1), s.section, 1, true, f);
}

static void openings_have_rules(void **state) {
    (void)state;
#define OPEN_HEAD "{\"statement\":\"" SPOKEN_KEY "\",\"id\":\"00112233445566778899aabbccddeeff\","
    static const struct {
        const char *body;
        enum result_code code;
        const char *field, *says;
    } rows[] = {
        {OPEN_HEAD "\"kind\":\"notice\",\"keys\":[\"" SPOKEN_KEY "\"]}", RESULT_MALFORMED, "/sections", "at least one section"},
        {OPEN_HEAD "\"kind\":\"area\",\"keys\":[\"" SPOKEN_KEY "\"]}", RESULT_MALFORMED, B "/kind", "notice or a flight"},
        {OPEN_HEAD "\"kind\":\"notice\",\"keys\":[]}", RESULT_RANGE, B "/keys", "at least one"},
        {OPEN_HEAD "\"kind\":\"notice\",\"keys\":[7]}", RESULT_MALFORMED, B "/keys/0", "hex"},
        {OPEN_HEAD "\"kind\":\"notice\",\"keys\":[\"" SPOKEN_KEY "\",\"" SPOKEN_KEY "\"]}", RESULT_MALFORMED, B "/keys/1", "ascend"},
        {OPEN_HEAD "\"kind\":\"notice\"}", RESULT_MALFORMED, B "/keys", "missing"},
        {"{}", RESULT_MALFORMED, B "/statement", "missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault f;
        result r = open_with(rows[i].body, &f);
        EXPECT(i, r, f, rows[i].code, rows[i].field, rows[i].says);
    }
    struct fault f;
    const struct speaker *const who[] = {&desk, &aramoor, &velland};
    EXPECT(99, decode_with(signed_by(edited(notice_text, "\"kind\":\"notice\"", "\"kind\":\"open\""), who, 3), notice.section, 2, true, &f), f,
           RESULT_MALFORMED, "/sections", "of its own");
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

/* --- limits --- */

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

static void memory_is_bounded(void **state) {
    (void)state;
    struct fault f;
    struct arena small;
    assert_true(arena_take(&small, 4096));
    struct decoder tight = decoder;
    tight.arena = &small;
    struct part parts[3] = {{.part_class = PART_NOTE, .name = TEXT("note"), .bytes = notice.note}};
    memcpy(parts + 1, notice.section, 2 * sizeof *parts);
    assert_int_equal(decode_parts(&tight, parts, 3, false, &last, &f).code, RESULT_FULL);
    arena_free(&small);
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
    append_reset(&a);
    decode_continue_render(&(struct body_continue){.number = 77}, &a);
    request.bytes = append_view(&a);
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_true(last.kind == KIND_CONTINUE && last.origin == ORIGIN_SERVER && last.onward.number == 77);
    append_reset(&a);
    decode_snapshot_render(&(struct body_snapshot){.number = 78}, &a);
    request.bytes = append_view(&a);
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_true(last.kind == KIND_SNAPSHOT && last.origin == ORIGIN_SERVER && last.snapshot.number == 78);
    struct body_snapshot_digest digest = {.order = 79, .digest = sha256_of("a state", 7)};
    append_reset(&a);
    decode_snapshot_digest_render(&digest, &a);
    request.bytes = append_view(&a);
    struct hash before = last.hash;
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_true(last.kind == KIND_SNAPSHOT_DIGEST && last.origin == ORIGIN_SERVER && last.snapshot_digest.order == 79);
    assert_true(hash_equal(&last.snapshot_digest.digest, &digest.digest) && !hash_equal(&before, &last.hash));
    append_reset(&a);
    decode_grow_render(&(struct body_grow){.order = 78}, &a);
    request.bytes = append_view(&a);
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_true(last.kind == KIND_GROW && last.origin == ORIGIN_SERVER && last.grow.order == 78);
    append_reset(&a);
    decode_bridge_render(&(struct body_bridge){.number = 3, .url = TEXT("https://parley.example")}, &a);
    request = (struct part){.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&a), .salt = {7, 8}};
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    assert_true(last.kind == KIND_BRIDGE && last.origin == ORIGIN_SERVER && last.bridge.number == 3 && text_is(last.bridge.url, "https://parley.example"));
    assert_true(last.drawn[0] == 7 && last.drawn[1] == 8 && last.drawn[2] == 0);
    /* What a witness signed: good where its signature is verified, and where it is trusted. */
    char key_room[256], text_room[512];
    struct append key = append_fixed(key_room, sizeof key_room), checkpoint = append_fixed(text_room, sizeof text_room), line = append_growing(4096), whole = append_growing(4096);
    uint8_t seed[32] = {9}, secret[64], public_key[32];
    note_key_from_seed(seed, secret, public_key);
    note_vkey_of(NOTE_COSIGNATURE, &key, TEXT("witness.example/one"), public_key);
    struct body_cosigned said = {.number = 4, .witness = append_view(&key), .size = 80, .root = sha256_of("a tree", 6), .seconds = 1795000000}, got;
    checkpoint_text(decoder.origin, said.size, &said.root, &checkpoint);
    note_begin(&line, append_view(&checkpoint));
    cosignature_sign(&line, append_view(&checkpoint), TEXT("witness.example/one"), secret, said.seconds);
    static struct note note;
    uint64_t seconds;
    must(note_parse(append_view(&line), &note, &f), &f);
    assert_true(cosignature_read(&note.lines[0], &seconds, said.signature) && seconds == said.seconds);
    append_reset(&whole);
    decode_cosigned_render(&said, &whole);
    request.bytes = append_view(&whole);
    must(decode_parts(&decoder, &request, 1, true, &last, &f), &f);
    got = last.cosigned;
    assert_true(last.kind == KIND_COSIGNED && last.origin == ORIGIN_SERVER && got.number == 4 && got.size == 80 && got.seconds == said.seconds && text_is(got.name, "witness.example/one"));
    assert_true(memcmp(got.key.bytes, public_key, 32) == 0 && hash_equal(&got.root, &said.root) && memcmp(got.signature, said.signature, 64) == 0);
    for (int i = 0; i < 4; i++) { /* another tree, size, time, signature: only who verifies finds it */
        struct body_cosigned lie = said;
        if (i == 0) lie.root.bytes[3] ^= 1;
        else if (i == 1) lie.size++;
        else if (i == 2) lie.seconds++;
        else lie.signature[5] ^= 1;
        append_reset(&whole);
        decode_cosigned_render(&lie, &whole);
        request.bytes = append_view(&whole);
        must(decode_parts(&decoder, &request, 1, false, &last, &f), &f);
        assert_int_equal(decode_parts(&decoder, &request, 1, true, &last, &f).code, RESULT_UNAUTHENTIC);
    }
    char long_name[256], long_room[512];
    memset(long_name, 'w', LIMIT_WITNESS_NAME + 1);
    struct append long_key = append_fixed(long_room, sizeof long_room);
    for (int over = 0; over < 2; over++) {
        append_reset(&long_key);
        append_reset(&whole);
        note_vkey_of(NOTE_COSIGNATURE, &long_key, (struct text){long_name, (size_t)LIMIT_WITNESS_NAME + (size_t)over}, public_key);
        said.witness = append_view(&long_key);
        decode_cosigned_render(&said, &whole);
        request.bytes = append_view(&whole);
        assert_int_equal(decode_parts(&decoder, &request, 1, false, &last, &f).code, over ? RESULT_TOO_LARGE : RESULT_OK);
    }
    append_free(&line);
    append_free(&whole);
    static const char *const bad[] = {"{\"kind\":\"cosigned\",\"number\":1}", "{\"kind\":\"cosigned\",\"number\":1,\"witness\":\"x\",\"size\":1,\"root\":\"00\",\"seconds\":1,\"signature\":\"00\"}",
                                      "{\"kind\":\"bridge\",\"number\":1}", "{\"kind\":\"bridge\",\"url\":\"\"}", "{\"kind\":\"grow\",\"order\":0}", "{\"kind\":\"grow\",\"number\":1}", "{\"kind\":\"grow\",\"order\":1,\"number\":1}",
                                      "{}", "{\"kind\":\"snapshot\",\"number\":0}", "{\"kind\":\"snapshot\",\"number\":1,\"order\":1}", "{\"kind\":\"snapshot/digest\",\"order\":1}",
                                      "{\"kind\":\"snapshot/digest\",\"order\":1,\"digest\":\"00\"}", "{\"kind\":\"notice\",\"number\":1}", "{\"kind\":\"continue\",\"number\":0}", "{\"kind\":\"continue\"}",
                                      "{\"kind\":\"continue\",\"number\":1,\"tick\":1}", "{\"kind\":\"tock\",\"tick\":1,\"error_s\":0,\"unsure\":false}",
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
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\"\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\":\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\":1\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\":[1\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\":1 x\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"section\\\":\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"section\\\":1\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"[]\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
        {"{\"note\":\"x\",\"sections\":[{\"salt\":\"" SPOKEN_KEY "\",\"bytes\":\"{\\\"a\\\":\\\"x\"}]}", RESULT_MALFORMED, "/sections/0/bytes/section", "a section is", 0},
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
    struct text long_one = {rows[0].body, LIMIT_BODY_BYTES + 1};
    assert_int_equal(decode_body(&decoder, long_one, spoken_random, parts, &count, &plain, &f).code, RESULT_TOO_LARGE);
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

/* The bytes of an array's elements, as they came. It goes over what the JSON reader has taken, and relies on none of that. */
static void elements_are_cut_out_of_an_array(void **state) {
    (void)state;
    static const struct { const char *array; uint32_t count; const char *last; } rows[] = {
        {"[]", 0, NULL}, {" [ ] ", 0, NULL}, {"[1]", 1, "1"}, {"[ {\"a\":[1,2]} , \"],\\\"\" ]", 2, "\"],\\\"\""}, {"[[],{},3]", 3, "3"},
        {"", UINT32_MAX, NULL}, {"{}", UINT32_MAX, NULL}, {"[", UINT32_MAX, NULL}, {"[1", UINT32_MAX, NULL}, {"[1,", UINT32_MAX, NULL}, {"[1, ", UINT32_MAX, NULL},
        {"[,1]", UINT32_MAX, NULL}, {"[1 2]", UINT32_MAX, NULL}, {"[1,2,3,4]", UINT32_MAX, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text out[3];
        uint32_t count = decode_raw_elements(text_of(rows[i].array), out, 3);
        if (count != rows[i].count) fail_msg("%s: %u elements", rows[i].array, count);
        if (rows[i].last != NULL) assert_true(text_is(out[count - 1], rows[i].last));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_break_a_rule),       cmocka_unit_test(one_key_has_one_name),
        cmocka_unit_test(equal_commitments_are_refused), cmocka_unit_test(signature_lines_follow_by),
        cmocka_unit_test(three_commitments_are_too_few), cmocka_unit_test(signatures_have_64_bytes),
        cmocka_unit_test(sections_must_be_committed_to), cmocka_unit_test(the_context_binds_id_and_keys),
        cmocka_unit_test(sealing_has_rules),             cmocka_unit_test(openings_have_rules),
        cmocka_unit_test(elements_are_cut_out_of_an_array), cmocka_unit_test(any_changed_bit_is_noticed),
        cmocka_unit_test(a_text_has_64_signers_and_64_kib), cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(plain_statements),              cmocka_unit_test(ticks),
        cmocka_unit_test(mixtures_are_refused),          cmocka_unit_test(request_bodies),
        cmocka_unit_test(new_keys_sign),                 cmocka_unit_test(genesis_rules),
        cmocka_unit_test(kinds_have_one_name_each),      cmocka_unit_test(parts_hash_everything),
    };
    if (sodium_init() < 0) return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decode", tests, start, decoding_end);
}
