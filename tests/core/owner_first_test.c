/* Parley must not become a way to find aircraft: random days are lived twice, with and without bob's undisclosed flights and his own
 * feed. Everything that ann, cat and a reader without token get must be equal byte by byte. */
#include "day.h"

#define DAYS 60
#define STATEMENTS 220

static void same_outcome(const struct day *a, const struct day *b, uint64_t number) {
    const struct outcome *x = &a->w.out, *y = &b->w.out;
    if (x->party == party_of(&a->w, "bob") || x->party == party_of(&a->w, "op")) return;
    assert_int_equal(x->verdict, y->verdict);
    assert_int_equal(x->reason, y->reason);
    assert_string_equal(x->detail, y->detail);
    assert_int_equal(x->party, y->party);
    if (x->place != y->place) fail_msg("statement %llu: place %llu, %llu", (unsigned long long)number, (unsigned long long)x->place, (unsigned long long)y->place);
    assert_int_equal(x->marks, y->marks);
    assert_int_equal(x->lead_count, y->lead_count);
    assert_memory_equal(x->lead, y->lead, sizeof x->lead);
}
static bool prober(const struct world *w, uint16_t party) { return party == party_of(w, "ann") || party == party_of(w, "cat"); }
static const struct effect *next_effect(const struct day *d, uint32_t *i) {
    while (*i < d->w.fx->count && !prober(&d->w, d->w.fx->at[*i].party)) ++*i;
    return *i < d->w.fx->count ? &d->w.fx->at[(*i)++] : NULL;
}
/* Of a message beyond 1,024 bytes cmocka would lose the end, and with it the line of the result. */
static int at_most(size_t size) { return size < 400 ? (int)size : 400; }
static void same_effects(const struct day *a, const struct day *b, uint64_t number) {
    uint32_t i = 0, k = 0;
    for (;;) {
        const struct effect *x = next_effect(a, &i), *y = next_effect(b, &k);
        if (!x && !y) return;
        const struct effect *one = x ? x : y;
        if (!x || !y || x->kind != y->kind || x->party != y->party || x->place != y->place || x->sections != y->sections ||
            !name_equal(&x->desk, &y->desk) || !text_equal(x->json, y->json))
            fail_msg("seed %llu, statement %llu: %s to %u differs: %.*s / %.*s", (unsigned long long)a->seed, (unsigned long long)number,
                     told_kind_name(one->kind), one->party, x ? at_most(x->json.size) : 0, x ? x->json.at : "", y ? at_most(y->json.size) : 0, y ? y->json.at : "");
    }
}
static void same_views(const struct day *a, const struct day *b) {
    static char one[1 << 20], two[1 << 20];
    const uint16_t readers[] = {party_of(&a->w, "ann"), party_of(&a->w, "cat"), PARTY_NONE};
    struct fault f;
    for (size_t r = 0; r < 3; r++)
        for (int v = 0; v < VIEWS; v++) {
            struct append x = append_fixed(one, sizeof one), y = append_fixed(two, sizeof two);
            assert_true(result_is_ok(view_render(a->w.st, readers[r], (enum view)v, NULL, &x, &f)));
            assert_true(result_is_ok(view_render(b->w.st, readers[r], (enum view)v, NULL, &y, &f)));
            size_t same = 0;
            while (same < x.size && same < y.size && one[same] == two[same]) same++;
            if (same < x.size || same < y.size)
                fail_msg("seed %llu: view %d of reader %u differs from byte %zu: %.*s / %.*s", (unsigned long long)a->seed, v, readers[r], same,
                         at_most(x.size - same), one + same, at_most(y.size - same), two + same);
        }
}

static void twin_days(void **unused) {
    (void)unused;
    static struct day a, b;
    uint64_t hidden = 0, alerts = 0, withheld = 0;
    for (uint64_t seed = 1; seed <= DAYS; seed++) {
        day_begin(&a, seed, false);
        day_begin(&b, seed, true);
        for (uint64_t n = 0; n < STATEMENTS; n++) {
            day_step(&a, n);
            day_step(&b, n);
            hidden += a.hidden && a.said;
            alerts += world_told(&a.w, TOLD_ALERT, PARTY_NONE);
            withheld += world_told(&a.w, TOLD_WITHHELD, PARTY_NONE);
            if (b.said) same_outcome(&a, &b, n);
            same_effects(&a, &b, n);
            if (n % 20 == 0) same_views(&a, &b);
        }
        state_check(a.w.st);
        state_check(b.w.st);
        same_views(&a, &b);
        world_replay(&a.w);
        world_close(&a.w);
        world_close(&b.w);
    }
    print_message("# %llu hidden statements, %llu alerts, %llu withheld\n", (unsigned long long)hidden, (unsigned long long)alerts, (unsigned long long)withheld);
    assert_true(hidden > 500 && alerts > 500 && withheld > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(twin_days)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("owner_first", tests, NULL, NULL);
}
