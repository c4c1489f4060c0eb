/* Notes that open a session: right ones with bytes changed after the signature, texts with members that the input chooses signed by
 * the right key, or any bytes. A session is had only with the challenge, the log, the party and the key that are the server's own. */
#include "fixture.h"

#include "fuzz.h"

#include "door/session.h"

static struct fixture x;
static struct arena memory;
static struct state *st;
static struct json_reader *json;
static struct sessions *sessions;
static uint64_t counter;
#define NOW (INT64_C(1795413600) * INSTANT_SECOND)

static void random_for_sessions(void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) ((uint8_t *)bytes)[i] = (uint8_t)(++counter * 2654435761u >> 13);
}

static void start(void) {
    struct statement genesis;
    struct fault f = {0};
    if (json != NULL) return;
    json = json_reader_new(1 << 18);
    arena_growing(&memory, SIZE_MAX / 2);
    if (!result_is_ok(fixture_make(&x, false, &f))) abort();
    struct decoder first = {json, &x.arena, {{0}}, text_of(FIXTURE_ORIGIN_EXERCISE)};
    if (!result_is_ok(decode_genesis(&first, x.note, true, &genesis, &f)) || !result_is_ok(state_new(&memory, &genesis, &st, &f))) abort();
}

static void text_right(struct append *out, const char *nonce) {
    append_str(out, "parley/1 session " FIXTURE_ORIGIN_EXERCISE "\n{\"log\":\"");
    append_hex(out, state_log(st)->bytes, SHA256_SIZE);
    append_format(out, "\",\"party\":\"aramoor\",\"key\":\"root\",\"nonce\":\"%s\",\"expires\":\"", nonce);
    append_instant(out, sessions_latest(sessions, NOW));
    append_str(out, "\"}\n");
}

static void seeds(void) {
    seed("changed", 0, "\0\0\0", 3);
    seed("changed", 1, "\0\1\0\5\177", 5);
    seed_text("text", 0, "\1{\"log\":\"@L\",\"party\":\"aramoor\",\"key\":\"root\",\"nonce\":\"@N\",\"expires\":\"@E\"}");
    seed_text("text", 1, "\1{\"nonce\":\"@N\",\"party\":\"velland\",\"key\":\"root\",\"log\":\"@L\",\"expires\":\"@E\",\"more\":1}");
    seed_text("any", 0, "\2parley/1 session sorrel.example/exercise\n{}\n\n\xE2\x80\x94 exercise/aramoor/root AAAAAAA=\n");
}

/* "@L" the log, "@N" the nonce, "@E" the latest end: so that what is interesting can be put together from few bytes. */
static void put_template(struct append *out, struct text t, const char *nonce) {
    append_str(out, "parley/1 session " FIXTURE_ORIGIN_EXERCISE "\n");
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i] == '@' && i + 1 < t.size ? t.at[++i] : '\0';
        if (c == 'L') append_hex(out, state_log(st)->bytes, SHA256_SIZE);
        else if (c == 'N') append_str(out, nonce);
        else if (c == 'E') append_instant(out, sessions_latest(sessions, NOW));
        else append_char(out, t.at[i]);
    }
    append_char(out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char nonce[65], token[SESSION_TOKEN_DIGITS + 1];
    struct name party = {"aramoor"}, key = {"root"};
    struct session s;
    struct fault f = {0};
    start();
    sessions = sessions_new(8, 12 * INSTANT_HOUR, INSTANT_MINUTE, random_for_sessions);
    sessions_challenge(sessions, &party, &key, NOW, nonce);
    struct append text = append_growing(1 << 17), note = append_growing(1 << 18);
    struct draw d = {bytes, size};
    uint8_t way = draw_byte(&d) % 3;
    bool changed = false;
    if (way == 0) text_right(&text, nonce);
    else if (way == 1) put_template(&text, draw_rest(&d), nonce);
    if (way == 2) {
        append_text(&note, draw_rest(&d));
    } else {
        note_begin(&note, append_view(&text));
        note_sign(&note, append_view(&text), TEXT("exercise/aramoor/root"), x.secret[0]);
        while (d.left >= 3) {
            uint32_t at = draw_below(&d, (uint32_t)note.size < 65537 ? 65536 : 70000) % (uint32_t)note.size;
            uint8_t by = draw_byte(&d);
            note.at[at] = (char)((uint8_t)note.at[at] ^ by);
            changed = changed || by != 0;
        }
    }
    /* The reader may hold on to nothing beyond the note: it gets bytes of exactly its size. */
    char *exact = malloc(note.size + 1);
    memcpy(exact, note.at == NULL ? "" : note.at, note.size);
    result r = sessions_open(sessions, st, json, (struct text){exact, note.size}, NOW, token, &s, &f);
    check_fault(r, &f);
    if (result_is_ok(r)) {
        struct session again;
        assert(way != 2 && s.party == state_party_find(st, &party) && s.expires <= sessions_latest(sessions, NOW) && s.expires > NOW);
        assert(memmem(exact, note.size, nonce, 64) != NULL && sessions_count(sessions) == 1);
        assert(sessions_find(sessions, st, text_of(token), NOW, &again) && again.party == s.party);
        /* Once: the same challenge opens nothing a second time. */
        assert(!result_is_ok(sessions_open(sessions, st, json, (struct text){exact, note.size}, NOW, token, &again, &f)));
    } else {
        assert(sessions_count(sessions) == 0 && !(way == 0 && !changed));
    }
    /* Changes that undo each other leave the note as it was; any other must be noticed, but in what Ed25519 does not cover: nothing. */
    if (way == 0 && result_is_ok(r)) {
        struct append right = append_growing(1 << 16);
        note_begin(&right, append_view(&text));
        note_sign(&right, append_view(&text), TEXT("exercise/aramoor/root"), x.secret[0]);
        assert(text_equal(append_view(&right), (struct text){exact, note.size}));
        append_free(&right);
    }
    free(exact);
    append_free(&text);
    append_free(&note);
    sessions_free(sessions);
    return 0;
}
