/* What witnesses signed last, in the state: each one's last, none that goes back, of too many the one furthest behind. */
#include "said.h"

#include "saved.h"

static const struct capacity capacity = {.parties = 4, .keys = 16, .agreements = 4, .areas = 4, .feeds = 4, .notices = 16, .flights = 16, .volumes = 64, .vertices = 1024,
                                         .tracks = 16, .alerts = 16, .pending = 16, .recent = 64, .holds = 16, .slots_log2 = 4};

static struct said *say_cosigned(struct world *w, unsigned witness, uint64_t size, uint64_t seconds) {
    static char names[LIMIT_WITNESSES + 2][32];
    struct said *x = say(w, KIND_COSIGNED);
    snprintf(names[witness], sizeof names[witness], "witness.example/%u", witness);
    x->s.origin = ORIGIN_SERVER;
    x->s.cosigned = (struct body_cosigned){.number = state_cosigned_number(w->st) + 1, .name = text_of(names[witness]), .key = {{(uint8_t)(witness + 1)}}, .size = size,
                                           .root = {{(uint8_t)size}}, .seconds = seconds, .signature = {(uint8_t)witness, (uint8_t)size}};
    return x;
}
static void open_world(struct world *w, unsigned ticks) {
    memset(w, 0, sizeof *w);
    world_open(w, &capacity, false, said_founders);
    for (unsigned i = 0; i < ticks; i++) world_pass(w, INSTANT_SECOND);
}
static void saved_again(struct world *w) {
    struct append bytes = append_growing((size_t)1 << 24);
    struct arena a = {0};
    struct state *again = NULL;
    struct fault f = {0};
    assert_true(result_is_ok(kept_save(w->st, &bytes, &f)));
    if (!result_is_ok(kept_load(&bytes, 1000, &w->genesis, &a, &again, &f))) fail_msg("%s: %s", f.field, f.message);
    struct hash one = state_digest(w->st), other = state_digest(again);
    assert_memory_equal(&one, &other, sizeof one);
    state_free(again);
    arena_free(&a);
    append_free(&bytes);
}
static void expect(const struct world *w, uint32_t index, unsigned witness, uint64_t size, uint64_t seconds) {
    struct state_cosignature c;
    char name[32];
    snprintf(name, sizeof name, "witness.example/%u", witness);
    assert_true(state_cosignature(w->st, index, &c));
    assert_true(text_is(c.name, name) && c.key->bytes[0] == witness + 1 && c.size == size && c.seconds == seconds && c.root->bytes[0] == size && c.signature[1] == size);
}

static void each_ones_last_is_kept(void **state) {
    (void)state;
    struct world w;
    struct state_cosignature none;
    open_world(&w, 9);
    assert_false(state_cosignature(w.st, 0, &none));
    instant before = state_time(w.st);
    struct hash digest = state_digest(w.st);
    world_accept(&w, say_cosigned(&w, 0, 3, 100));
    assert_true(state_time(w.st) == before);
    struct hash after = state_digest(w.st);
    assert_memory_not_equal(&digest, &after, sizeof digest);
    world_accept(&w, say_cosigned(&w, 1, 3, 90));
    world_accept(&w, say_cosigned(&w, 0, 9, 100));
    expect(&w, 0, 0, 9, 100);
    expect(&w, 1, 1, 3, 90);
    assert_int_equal(state_cosigned_number(w.st), 3);
    saved_again(&w);
    world_replay(&w);
    world_close(&w);
}

static void none_goes_back(void **state) {
    (void)state;
    struct world w;
    open_world(&w, 9);
    world_refuse(&w, say_cosigned(&w, 0, 10, 100), REASON_BODY); /* a tree that there is not yet */
    world_accept(&w, say_cosigned(&w, 0, 5, 100));
    world_refuse(&w, say_cosigned(&w, 0, 4, 101), REASON_STALE);
    world_refuse(&w, say_cosigned(&w, 0, 5, 101), REASON_STALE);
    world_refuse(&w, say_cosigned(&w, 0, 6, 99), REASON_STALE);
    struct said *x = say_cosigned(&w, 0, 6, 100);
    x->s.cosigned.number++;
    world_refuse(&w, x, REASON_STALE);
    x = say_cosigned(&w, 0, 6, 100);
    x->s.cosigned.number--;
    world_refuse(&w, x, REASON_STALE);
    x = say_cosigned(&w, 0, 6, 100);
    x->s.cosigned.name = TEXT("witness.example/other");
    world_refuse(&w, x, REASON_BODY);
    expect(&w, 0, 0, 5, 100);
    world_accept(&w, say_cosigned(&w, 0, 6, 100));
    world_replay(&w);
    world_close(&w);
}

static void of_too_many_the_last_behind_goes(void **state) {
    (void)state;
    struct world w;
    struct state_cosignature none;
    open_world(&w, LIMIT_WITNESSES + 5);
    for (unsigned i = 0; i < LIMIT_WITNESSES; i++) world_accept(&w, say_cosigned(&w, i, i == 3 ? 1 : 2 + i, 100));
    saved_again(&w);
    world_accept(&w, say_cosigned(&w, LIMIT_WITNESSES, 9, 7));
    assert_false(state_cosignature(w.st, LIMIT_WITNESSES, &none));
    expect(&w, 2, 2, 4, 100);
    expect(&w, 3, 4, 6, 100);
    expect(&w, LIMIT_WITNESSES - 1, LIMIT_WITNESSES, 9, 7);
    saved_again(&w);
    world_replay(&w);
    world_close(&w);
}

/* Bytes of a state that no state has. */
static void saved_bytes_are_judged(void **state) {
    (void)state;
    struct world w;
    open_world(&w, 9);
    world_accept(&w, say_cosigned(&w, 0, 3, 100));
    world_accept(&w, say_cosigned(&w, 1, 4, 100));
    struct append bytes = append_growing((size_t)1 << 24);
    struct fault f = {0};
    assert_true(result_is_ok(kept_save(w.st, &bytes, &f)));
    unsigned refused = 0, taken = 0;
    for (size_t i = bytes.size - 2 * 220; i < bytes.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            struct arena a = {0};
            struct state *again = NULL;
            bytes.at[i] ^= (char)(1 << bit);
            if (result_is_ok(kept_load(&bytes, 1000, &w.genesis, &a, &again, &f))) {
                struct hash one = state_digest(w.st), other = state_digest(again);
                assert_memory_not_equal(&one, &other, sizeof one);
                taken++;
                state_free(again);
            } else {
                refused++;
            }
            arena_free(&a);
            bytes.at[i] ^= (char)(1 << bit);
        }
    assert_true(refused > 0 && taken > 0);
    append_free(&bytes);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_ones_last_is_kept), cmocka_unit_test(none_goes_back), cmocka_unit_test(of_too_many_the_last_behind_goes), cmocka_unit_test(saved_bytes_are_judged)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
