#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#undef fail /* cmocka's macro; ours is a function */
#include <sodium.h>

#include "base/rand.h"
#include "door/limits.h"
#include "door/session.h"
#include "fixture.h"

#define NOW (INT64_C(1795413600) * INSTANT_SECOND)
#define LIFE (INT64_C(3600) * INSTANT_SECOND)
#define CHALLENGE (INT64_C(60) * INSTANT_SECOND)

struct world {
    struct fixture x;
    struct arena memory;
    struct state *st;
    struct json_reader *json;
    struct sessions *s;
};
static struct world w;

static int setup(void **state) {
    struct fault f;
    struct statement genesis;
    (void)state;
    assert_true(sodium_init() >= 0);
    memset(&w, 0, sizeof w);
    assert_true(result_is_ok(fixture_make(&w.x, false, &f)));
    w.json = json_reader_new(LIMIT_BODY_BYTES);
    struct decoder d = {w.json, &w.x.arena, {{0}}, text_of(FIXTURE_ORIGIN_EXERCISE)};
    assert_true(result_is_ok(decode_genesis(&d, w.x.note, true, &genesis, &f)));
    arena_growing(&w.memory, SIZE_MAX / 2);
    assert_true(result_is_ok(state_new(&w.memory, &genesis, &w.st, &f)));
    w.s = sessions_new(state_capacity(w.st)->parties, LIFE, CHALLENGE, random_bytes);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sessions_free(w.s);
    json_reader_free(w.json);
    arena_free(&w.memory);
    arena_free(&w.x.arena);
    return 0;
}

/* What a note says; NULL members are the true ones. */
struct say { const char *origin, *log, *party, *key, *nonce, *signer; instant expires; int secret; const char *extra; };

static void make_note(const struct say *y, instant now, struct append *note) {
    char nonce[65], room[1024];
    struct name party = {"aramoor"}, key = {"root"};
    sessions_challenge(w.s, &party, &key, now, nonce);
    struct append text = append_fixed(room, sizeof room);
    append_format(&text, "parley/1 session %s\n{\"log\":\"", y->origin != NULL ? y->origin : FIXTURE_ORIGIN_EXERCISE);
    if (y->log != NULL) append_str(&text, y->log);
    else append_hex(&text, state_log(w.st)->bytes, SHA256_SIZE);
    append_format(&text, "\",\"party\":\"%s\",\"key\":\"%s\",\"nonce\":\"%s\",\"expires\":\"", y->party != NULL ? y->party : "aramoor",
                  y->key != NULL ? y->key : "root", y->nonce != NULL ? y->nonce : nonce);
    append_instant(&text, y->expires != 0 ? y->expires : now + LIFE / 2);
    append_format(&text, "\"%s}\n", y->extra != NULL ? y->extra : "");
    append_reset(note);
    note_begin(note, append_view(&text));
    note_sign(note, append_view(&text), text_of(y->signer != NULL ? y->signer : "exercise/aramoor/root"), w.x.secret[y->secret]);
}

static enum result_code open_note(struct text note, instant now, char token[65]) {
    struct session s;
    struct fault f;
    result r = sessions_open(w.s, w.st, w.json, note, now, token, &s, &f);
    if (result_is_ok(r)) assert_string_equal(s.party_name.at, "aramoor");
    return r.code;
}

static enum result_code open_say(const struct say *y, instant now, char token[65]) {
    char room[4096];
    struct append note = append_fixed(room, sizeof room);
    make_note(y, now, &note);
    return open_note(append_view(&note), now, token);
}

static void opens_and_ends(void **state) {
    char token[65];
    struct session s;
    (void)state;
    assert_int_equal(open_say(&(struct say){.secret = 0}, NOW, token), RESULT_OK);
    assert_int_equal(strlen(token), 64);
    assert_true(sessions_find(w.s, w.st, text_of(token), NOW + 1, &s));
    assert_int_equal(s.party, state_party_find(w.st, &(struct name){"aramoor"}));
    assert_true(s.expires == NOW + LIFE / 2);
    assert_false(sessions_find(w.s, w.st, text_of(token), s.expires, &s)); /* the bound is outside */
    assert_int_equal(sessions_count(w.s), 0);
    assert_int_equal(open_say(&(struct say){.secret = 0}, NOW, token), RESULT_OK);
    assert_true(sessions_close(w.s, text_of(token)));
    assert_false(sessions_close(w.s, text_of(token)));
    assert_false(sessions_find(w.s, w.st, text_of(token), NOW, &s));
    token[0] = token[0] == 'a' ? 'b' : 'a';
    assert_false(sessions_find(w.s, w.st, text_of(token), NOW, &s));
    assert_false(sessions_find(w.s, w.st, TEXT(""), NOW, &s));
}

static void refuses(void **state) {
    static const char *zeros = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct { struct say y; enum result_code code; } cases[] = {
        {{.origin = "sorrel.example/live"}, RESULT_MALFORMED},
        {{.origin = "other.example/exercise"}, RESULT_MALFORMED},
        {{.log = zeros}, RESULT_MALFORMED},
        {{.log = "00"}, RESULT_MALFORMED},
        {{.extra = ",\"more\":1"}, RESULT_MALFORMED},
        {{.party = "Velland"}, RESULT_MALFORMED},
        {{.expires = NOW}, RESULT_RANGE},
        {{.expires = NOW + LIFE + INSTANT_SECOND}, RESULT_RANGE},
        {{.nonce = zeros}, RESULT_UNAUTHENTIC},
        {{.party = "velland"}, RESULT_UNAUTHENTIC},       /* the nonce is aramoor's */
        {{.party = "nobody"}, RESULT_UNAUTHENTIC},
        {{.key = "other"}, RESULT_UNAUTHENTIC},
        {{.secret = 2}, RESULT_UNAUTHENTIC},              /* signed by velland's key */
        {{.signer = "exercise/velland/root", .secret = 2}, RESULT_UNAUTHENTIC},
        {{.signer = "live/aramoor/root"}, RESULT_UNAUTHENTIC},
    };
    char token[65];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) assert_int_equal(open_say(&cases[i].y, NOW, token), cases[i].code);
    assert_int_equal(open_note(TEXT(""), NOW, token), RESULT_MALFORMED);
    assert_int_equal(open_note(TEXT("parley/1 session x\n{}\n"), NOW, token), RESULT_MALFORMED);
    assert_int_equal(sessions_count(w.s), 0);
}

static void a_note_serves_once(void **state) {
    char room[4096], token[65];
    struct append note = append_fixed(room, sizeof room);
    (void)state;
    make_note(&(struct say){.secret = 0}, NOW, &note);
    assert_int_equal(open_note(append_view(&note), NOW, token), RESULT_OK);
    assert_int_equal(open_note(append_view(&note), NOW, token), RESULT_UNAUTHENTIC);
    /* Nor after its session was closed, until the challenge is past; then the challenge itself is. */
    make_note(&(struct say){.secret = 0}, NOW, &note);
    assert_int_equal(open_note(append_view(&note), NOW, token), RESULT_OK);
    assert_true(sessions_close(w.s, text_of(token)));
    assert_int_equal(open_note(append_view(&note), NOW + CHALLENGE, token), RESULT_UNAUTHENTIC);
    assert_int_equal(open_note(append_view(&note), NOW + CHALLENGE + 1, token), RESULT_UNAUTHENTIC);
}

static void a_changed_note_is_void(void **state) {
    char room[4096], changed[4096], token[65];
    struct append note = append_fixed(room, sizeof room);
    (void)state;
    make_note(&(struct say){.secret = 0}, NOW, &note);
    for (size_t i = 0; i < note.size; i++) {
        memcpy(changed, room, note.size);
        changed[i] ^= 0x01;
        assert_int_not_equal(open_note((struct text){changed, note.size}, NOW, token), RESULT_OK);
    }
    for (size_t size = 0; size < note.size; size++) assert_int_not_equal(open_note((struct text){room, size}, NOW, token), RESULT_OK);
    assert_int_equal(open_note(append_view(&note), NOW, token), RESULT_OK);
}

static void each_party_has_its_share(void **state) {
    char token[65], first[65];
    struct session s;
    (void)state;
    for (int i = 0; i < DOOR_SESSIONS_PER_PARTY; i++) assert_int_equal(open_say(&(struct say){.secret = 0}, NOW + i, i == 0 ? first : token), RESULT_OK);
    assert_int_equal(open_say(&(struct say){.secret = 0}, NOW + 100, token), RESULT_FULL);
    assert_int_equal(sessions_count(w.s), DOOR_SESSIONS_PER_PARTY);
    /* Once their challenges are past, the one that was not used for longest makes room. */
    instant later = NOW + CHALLENGE + 1000;
    assert_true(sessions_find(w.s, w.st, text_of(token), later, &s));
    assert_int_equal(open_say(&(struct say){.secret = 0}, later, token), RESULT_OK);
    assert_false(sessions_find(w.s, w.st, text_of(first), later, &s));
    assert_int_equal(sessions_count(w.s), DOOR_SESSIONS_PER_PARTY);
}

/* A stolen key's sessions go with the key: the thief reads no further. */
static void a_revoked_key_ends_its_sessions(void **state) {
    char token[65];
    struct session s;
    struct outcome out;
    (void)state;
    assert_int_equal(open_say(&(struct say){.secret = 0}, NOW, token), RESULT_OK);
    struct name aramoor = {"aramoor"}, root = {"root"};
    struct signer by = {.key_name = TEXT("exercise/aramoor/root"), .party = aramoor, .key = root, .public_key = *state_key(w.st, &aramoor, &root), .verified = true};
    struct section body = {.name = TEXT("body")};
    body.body.key_revoke = (struct body_key_revoke){.key = root, .suspect_from = INSTANT_NONE};
    struct statement revoke = {.kind = KIND_KEY_REVOKE, .origin = ORIGIN_SIGNED, .open_by = INSTANT_NONE, .order = 1, .time = NOW + 1, .signers = &by,
                               .signer_count = 1, .sections = &body, .section_count = 1};
    assert_true(sessions_find(w.s, w.st, text_of(token), NOW + 1, &s));
    state_step(w.st, &revoke, &out, state_effects(w.st));
    assert_int_equal(out.verdict, VERDICT_ACCEPTED);
    assert_false(sessions_find(w.s, w.st, text_of(token), NOW + 2, &s));
    assert_int_equal(sessions_count(w.s), 0);
    assert_int_equal(open_say(&(struct say){.secret = 0}, NOW + 2, token), RESULT_UNAUTHENTIC);
}

/* CPU time of this thread for one note that is refused, the middle one of many; the kinds in turn, so that a slow moment is everybody's. */
enum { KINDS = 3, ROUNDS = 101 };

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void who_exists_shows_in_no_time(void **state) {
    static const struct say kinds[KINDS] = {
        {.nonce = "0000000000000000000000000000000000000000000000000000000000000000"}, /* a party's own line, good but for the nonce */
        {.secret = 1},                                                                 /* a line under the party's name with a key id that is not its key's */
        {.party = "nobody", .signer = "exercise/nobody/root"}};                        /* there is no such party */
    static int64_t took[KINDS][ROUNDS];
    char token[65], room[4096];
    (void)state;
    for (int i = 0; i < ROUNDS; i++)
        for (int k = 0; k < KINDS; k++) {
            struct append note = append_fixed(room, sizeof room);
            struct timespec before, after;
            make_note(&kinds[k], NOW, &note);
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
            assert_int_equal(open_note(append_view(&note), NOW, token), RESULT_UNAUTHENTIC);
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
            took[k][i] = (after.tv_sec - before.tv_sec) * INSTANT_SECOND + after.tv_nsec - before.tv_nsec;
        }
    int64_t least = INT64_MAX, most = 0;
    for (int k = 0; k < KINDS; k++) {
        qsort(took[k], ROUNDS, sizeof took[k][0], by_time);
        int64_t middle = took[k][ROUNDS / 2];
        print_message("# kind %d: %lld ns\n", k, (long long)middle);
        least = middle < least ? middle : least;
        most = middle > most ? middle : most;
    }
    assert_true(most < least + least / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(a_note_serves_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_note_is_void, setup, teardown),
        cmocka_unit_test_setup_teardown(each_party_has_its_share, setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_key_ends_its_sessions, setup, teardown),
        cmocka_unit_test_setup_teardown(who_exists_shows_in_no_time, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
