/* The golden vectors of FORMAT.md, "Statements": made here from fixed keys and salts, compared with tests/vectors/statements.json byte by byte,
 * and read back by decode. statements_test.py recomputes them from the rules alone. `statements_test --print` writes the file
 * anew: only when FORMAT.md itself has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/spoken.h"

#include <cmocka.h> /* last: it has a macro called fail */

static struct arena arena, kept;
static struct json_reader *json;
static struct append out;
static struct speaker aramoor, desk, velland;
static struct hash log_hash;

static void must(result r, const struct fault *f) {
    if (result_is_ok(r)) return;
    fprintf(stderr, "a check failed: %s at %s: %s\n", result_name(r.code), f->field, f->message);
    abort();
}

static void member(const char *name) { append_format(&out, ",\n  \"%s\": ", name); }
static void hex_member(const char *name, const void *bytes, size_t size) {
    member(name);
    append_char(&out, '"');
    append_hex(&out, bytes, size);
    append_char(&out, '"');
}
static void text_member(const char *name, struct text t) {
    member(name);
    append_json_string(&out, t);
}

static void key_vector(const struct speaker *s, uint8_t seed, bool first) {
    uint8_t id[4];
    append_format(&out, "%s{\"name\": \"%s\", \"seed\": \"", first ? "" : ",\n   ", s->name);
    for (int i = 0; i < 32; i++) append_hex(&out, &seed, 1);
    append_str(&out, "\", \"public\": \"");
    append_hex(&out, s->key.public_key.bytes, 32);
    note_key_id(s->key.name, s->key.public_key.bytes, id);
    append_str(&out, "\", \"key_id\": \"");
    append_hex(&out, id, 4);
    append_str(&out, "\", \"vkey\": \"");
    note_vkey(&out, s->key.name, s->key.public_key.bytes);
    append_str(&out, "\", \"skey\": \"");
    note_skey(&out, s->key.name, s->secret);
    append_str(&out, "\"}");
}

static void genesis_vector(void) {
    const struct founder founders[] = {
        {.name = {"aramoor"}, .root_key = aramoor.key.public_key, .display = TEXT("Aramoor"), .zone = TEXT("Pacific/Auckland"), .desks = 1,
         .desk = {{"watch"}}, .operator_ = true},
        {.name = {"velland"}, .root_key = velland.key.public_key, .display = TEXT("Velland \xC3\xA9"), .zone = TEXT("UTC"), .desks = 1,
         .desk = {{"watch"}}},
    };
    struct body_genesis g = {.origin = text_of(SPOKEN_ORIGIN), .tick_ns = INSTANT_SECOND, .recovery_quorum = 1, .founders = founders,
                             .founder_count = 2, .capacity = {8, 64, 8, 16, 8, 100, 100, 1000, 10000, 1000, 100, 16, 1000, 16, 0, 0, 0, 0, 0, 4},
                             .settings = {60 * INSTANT_SECOND, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN,
                                          INT64_MIN, 926000, INT64_MIN, INT64_MIN, INT64_MIN, {0, 0, 0, 0, 0, 0}, false}};
    memset(&g.log_key, 0x11, sizeof g.log_key);
    memset(&g.receipt_key, 0x22, sizeof g.receipt_key);
    const struct compose_key keys[] = {aramoor.key, velland.key};
    struct text note;
    struct fault f;
    struct statement s;
    struct decoder d = {.json = json, .arena = &arena};
    must(compose_genesis(&g, keys, 2, &kept, &note, &f), &f);
    must(decode_genesis(&d, note, true, &s, &f), &f);
    log_hash = s.hash;
    text_member("genesis", note);
    hex_member("log", log_hash.bytes, SHA256_SIZE);
}

static struct decoder decoder_here(void) {
    arena_reset(&arena);
    return (struct decoder){.json = json, .arena = &arena, .log = log_hash, .origin = text_of(SPOKEN_ORIGIN)};
}

static struct text body_of(enum statement_kind kind) {
    for (int i = 0; i < SPOKEN; i++)
        if (spoken[i].kind == kind) return spoken_body(&spoken[i], &desk.key.public_key, &kept);
    abort();
}

static struct compose compose_of(enum statement_kind kind, const struct compose_key *by, uint32_t count,
                                 const struct compose_section *sections, uint32_t section_count) {
    return (struct compose){.origin = text_of(SPOKEN_ORIGIN), .log = log_hash, .kind = kind, .at = SPOKEN_AT, .open_by = INSTANT_NONE, .by = by,
                            .by_count = count, .sections = sections, .section_count = section_count};
}

static void signed_vector(const char *name, const struct compose *c, struct composed *said) {
    struct fault f;
    must(compose_statement(c, spoken_random, &kept, said, &f), &f);
    struct part parts[LIMIT_SECTIONS + 1];
    uint32_t count = compose_parts(said, spoken_random, parts);
    struct decoder d = decoder_here();
    struct statement s;
    must(decode_parts(&d, parts, count, true, &s, &f), &f);
    member(name);
    append_str(&out, "{\"note\": ");
    append_json_string(&out, said->note);
    append_str(&out, ",\n   \"hash\": \"");
    append_hex(&out, s.hash.bytes, SHA256_SIZE);
    append_str(&out, "\", \"signed\": [");
    for (uint32_t i = 0; i < s.signer_count; i++) append_format(&out, "%s%s", i > 0 ? ", " : "", s.signers[i].verified ? "true" : "false");
    append_str(&out, "],\n   \"note_salt\": \"");
    append_hex(&out, parts[0].salt, 32);
    struct hash h = part_hash(&parts[0], &log_hash);
    append_str(&out, "\", \"note_part\": \"");
    append_hex(&out, h.bytes, SHA256_SIZE);
    append_str(&out, "\",\n   \"sections\": [");
    for (uint32_t i = 0; i < said->section_count; i++) {
        const struct part *p = &said->section[i];
        append_format(&out, "%s\n    {\"slot\": %u, \"name\": \"%.*s\", \"sealed\": %s, \"salt\": \"", i > 0 ? "," : "", p->slot, TEXT_ARG(p->name),
                      said->sealed[i] ? "true" : "false");
        append_hex(&out, p->salt, 32);
        append_str(&out, "\", \"commitment\": \"");
        append_hex(&out, s.commit[p->slot].bytes, SHA256_SIZE);
        h = part_commit(&s.commit[p->slot]);
        append_str(&out, "\", \"in_record\": \"");
        append_hex(&out, h.bytes, SHA256_SIZE);
        append_str(&out, "\",\n     \"bytes\": ");
        append_json_string(&out, p->bytes);
        append_char(&out, '}');
    }
    append_str(&out, "]}");
}

static void signed_vectors(void) {
    const struct compose_section two[] = {
        {.name = TEXT("public"), .to = TEXT("world"), .body = body_of(KIND_NOTICE)},
        {.name = TEXT("parties"), .to = TEXT("agreement:sorrel-basin,velland"), .body = body_of(KIND_NOTICE)},
    };
    struct composed said, sealed, opened;
    struct compose c = compose_of(KIND_NOTICE, &desk.key, 1, two, 2);
    c.has_seen = true;
    c.seen_size = 42;
    memset(c.seen_root.bytes, 0x77, SHA256_SIZE);
    signed_vector("notice", &c, &said);
    /* An agreement by two, the second of whom has not signed yet. */
    struct compose_key both[] = {aramoor.key, velland.key};
    both[1].secret = NULL;
    const struct compose_section body = {.name = TEXT("body"), .to = TEXT("log"), .body = body_of(KIND_AGREEMENT)};
    c = compose_of(KIND_AGREEMENT, both, 2, &body, 1);
    signed_vector("agreement", &c, &said);
    const struct compose_section hidden[] = {
        {.name = TEXT("public"), .to = TEXT("world"), .body = body_of(KIND_NOTICE)},
        {.name = TEXT("own"), .to = TEXT(""), .body = body_of(KIND_NOTICE), .sealed = true},
    };
    both[1].secret = velland.secret;
    c = compose_of(KIND_NOTICE, both, 2, hidden, 2);
    c.open_by = SPOKEN_AT + INSTANT_DAY;
    signed_vector("sealed", &c, &sealed);
    const struct hash keys[] = {aramoor.key.public_key, velland.key.public_key};
    const struct compose_earlier earlier = {.statement = sealed.hash, .kind = KIND_NOTICE, .id = sealed.id, .keys = keys, .key_count = 2,
                                            .sections = &sealed.section[1], .section_count = 1};
    const struct compose_section own = {.to = TEXT("log")};
    c = compose_of(KIND_OPEN, &aramoor.key, 1, &own, 1);
    c.earlier = &earlier;
    signed_vector("open", &c, &opened);
}

static void append_parts(const struct part *parts, uint32_t count, const struct hash *context) {
    append_str(&out, "\"parts\": [");
    for (uint32_t i = 0; i < count; i++) {
        append_format(&out, "%s\n    {\"class\": %u, \"name\": \"%.*s\", \"salt\": \"", i > 0 ? "," : "", parts[i].part_class, TEXT_ARG(parts[i].name));
        append_hex(&out, parts[i].salt, 32);
        append_str(&out, "\", \"bytes\": \"");
        append_hex(&out, parts[i].bytes.at, parts[i].bytes.size);
        append_str(&out, "\",\n     \"hash\": \"");
        struct hash h = part_hash(&parts[i], parts[i].part_class == PART_SECTION ? context : &log_hash);
        append_hex(&out, h.bytes, SHA256_SIZE);
        append_str(&out, "\"}");
    }
    append_char(&out, ']');
}

static void plain_vector(const char *name, struct text idempotency) {
    static const struct name party = {"aramoor"}, key = {"desk-1"};
    struct decoder d = decoder_here();
    struct part parts[LIMIT_SECTIONS + 2];
    uint32_t count;
    bool plain;
    struct fault f;
    struct text body = TEXT("{\"statement\":{\"kind\":\"ack\", \"id\":\"00112233445566778899aabbccddeeff\"},\"sections\":["
                            "{\"section\":\"body\",\"to\":[],\"body\":{\"step\":\"received\",\"place\":17}}]}");
    must(decode_body(&d, body, spoken_random, parts, &count, &plain, &f), &f);
    struct append claims = append_growing(1000);
    decode_claims_render(&party, &key, idempotency, &claims);
    parts[count] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    spoken_random(parts[count++].salt, 32);
    struct statement s;
    must(decode_parts(&d, parts, count, true, &s, &f), &f);
    struct hash context = part_section_context(&log_hash, &s.id, NULL, 0);
    member(name);
    append_str(&out, "{\"body\": ");
    append_json_string(&out, body);
    append_str(&out, ",\n   ");
    append_parts(parts, count, &context);
    append_str(&out, ",\n   \"commit\": [");
    for (int i = 0; i < LIMIT_SECTIONS; i++) {
        append_str(&out, i > 0 ? ", \"" : "\"");
        append_hex(&out, s.commit[i].bytes, SHA256_SIZE);
        append_char(&out, '"');
    }
    append_str(&out, "],\n   \"hash\": \"");
    append_hex(&out, s.hash.bytes, SHA256_SIZE);
    append_str(&out, "\"}");
    append_free(&claims);
}

static void frame_vector(void) {
    const struct frame_position p[] = {
        {.identity = TEXT("4b1617"), .callsign = TEXT("SWR12"), .time = SPOKEN_AT - 250000000, .at = {471234567, 85432101}, .altitude = {1127760, ALTITUDE_FL},
         .has_altitude = true, .speed_cms = 23150, .track_mdeg = 271500, .climb_cms = -325, .uncertainty_cm = 3000},
        {.identity = TEXT("glider-7"), .time = SPOKEN_AT, .at = {-900000000, -1800000000}, .speed_cms = -1, .track_mdeg = -1, .climb_cms = INT32_MIN,
         .uncertainty_cm = -1},
    };
    static const struct name party = {"halcyon"}, key = {"feed"};
    struct body_frame frame = {.feed = {"radar-1"}, .number = 7, .time = SPOKEN_AT, .positions = p, .count = 2};
    struct part parts[4];
    uint32_t count;
    struct fault f;
    struct statement s;
    must(decode_frame_parts(&kept, &frame, parts, 3, &count, &f), &f);
    struct append claims = append_growing(1000);
    decode_claims_render(&party, &key, (struct text){NULL, 0}, &claims);
    parts[count++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = append_view(&claims)};
    for (uint32_t i = 0; i < count; i++) spoken_random(parts[i].salt, 32);
    struct decoder d = decoder_here();
    must(decode_parts(&d, parts, count, true, &s, &f), &f);
    member("frame");
    append_str(&out, "{\"party\": \"halcyon\", \"feed\": \"radar-1\", \"number\": 7,\n   \"aircraft\": ["
                     "[1, 1795413599750000000, 471234567, 85432101, 1127760, 2, 23150, 271500, -325, 3000, \"SWR12\"],\n    "
                     "[0, 1795413600000000000, -900000000, -1800000000, 0, 0, -1, -1, -2147483648, -1, \"\"]],\n   ");
    append_parts(parts, count, NULL);
    append_str(&out, ",\n   \"hash\": \"");
    append_hex(&out, s.hash.bytes, SHA256_SIZE);
    append_str(&out, "\"}");
    append_free(&claims);
}

static void tick_vector(void) {
    struct body_tick t = {.tick = 12345, .error_ns = 1500000, .unsure = false};
    struct append request = append_growing(1000);
    decode_tick_render(&t, &request);
    struct part part = {.part_class = PART_REQUEST, .name = TEXT("request"), .bytes = append_view(&request)};
    spoken_random(part.salt, 32);
    struct decoder d = decoder_here();
    struct statement s;
    struct fault f;
    must(decode_parts(&d, &part, 1, true, &s, &f), &f);
    member("tick");
    append_str(&out, "{\"tick\": 12345, ");
    append_parts(&part, 1, NULL);
    append_str(&out, ",\n   \"hash\": \"");
    append_hex(&out, s.hash.bytes, SHA256_SIZE);
    append_str(&out, "\"}");
    append_free(&request);
}

static void make_all(void) {
    spoken_counter = 1000000; /* salts, ids and unused commitments follow from here */
    append_reset(&out);
    append_str(&out, "{\n  \"keys\": [");
    key_vector(&aramoor, 1, true);
    key_vector(&desk, 2, false);
    key_vector(&velland, 3, false);
    append_char(&out, ']');
    genesis_vector();
    signed_vectors();
    plain_vector("plain", TEXT("retry \"1\""));
    plain_vector("plain_without_key", (struct text){NULL, 0});
    frame_vector();
    tick_vector();
    append_str(&out, "\n}\n");
    assert(!out.full);
}

static bool file_at(const char *path, struct append *to) {
    FILE *file = fopen(path, "rb");
    char block[4096];
    if (file == NULL) return false;
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) append_bytes(to, block, n);
    fclose(file);
    return true;
}

static void the_file_is_what_is_made(void **state) {
    (void)state;
    const char *given = getenv("PARLEY_VECTORS");
    struct append golden = append_growing(1 << 20);
    assert_true(file_at(given != NULL ? given : "tests/vectors/statements.json", &golden)); /* run from the root of the sources */
    make_all();
    assert_int_equal(golden.size, out.size);
    assert_memory_equal(golden.at, out.at, out.size);
    append_free(&golden);
}

int main(int argc, char **argv) {
    if (sodium_init() < 0) return 1;
    arena_growing(&arena, 64 << 20);
    arena_growing(&kept, 64 << 20);
    json = json_reader_new(LIMIT_BODY_BYTES);
    out = append_growing(1 << 20);
    speaker_init(&aramoor, "exercise/aramoor/root", 1);
    speaker_init(&desk, "exercise/aramoor/desk-1", 2);
    speaker_init(&velland, "exercise/velland/root", 3);
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        make_all();
        fwrite(out.at, 1, out.size, stdout);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_file_is_what_is_made)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("statements", tests, NULL, NULL);
    json_reader_free(json);
    append_free(&out);
    arena_free(&arena);
    arena_free(&kept);
    return failed;
}
