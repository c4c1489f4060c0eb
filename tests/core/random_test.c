/* Random days in a small world: every kind, right and wrong, small shares. After every step state_check; at the end the journal told
 * anew gives the same digest; and told without one party's undisclosed flights it gives the others byte-equal replies and streams. */
#include "random_day.h"

/* What the parties but HIDER and the operator got, and were answered, in order. */
struct heard { struct append text[PARTIES]; };
static void hear(struct heard *h, const struct state *st, const struct statement *s, const struct outcome *o, const struct effects *fx) {
    if (o->party < PARTIES) outcome_render(s, o, &h->text[o->party]);
    for (uint32_t i = 0; i < fx->count; i++) {
        struct append *to = &h->text[fx->at[i].party];
        told_render_open(st, s, &fx->at[i], to);
        append_char(to, '\n');
    }
}
static void tell_day(const bool *skip, struct heard *h) {
    struct arena a;
    struct state *st;
    struct outcome out;
    struct fault f;
    size_t bytes;
    uint32_t i = 0;
    assert_true(result_is_ok(state_memory(state_capacity(w.st), &bytes, &f)));
    assert_true(arena_take(&a, bytes));
    assert_true(result_is_ok(state_new(&a, &w.genesis, &st, &f)));
    for (int p = 0; p < PARTIES; p++) h->text[p] = append_growing(64 << 20);
    for (struct said *x = w.first; x; x = x->next, i++) {
        if (skip && skip[i]) continue;
        struct statement s = x->s;
        s.order = state_order(st) + 1;
        state_step(st, &s, &out, state_effects(st));
        hear(h, st, &s, &out, state_effects(st));
    }
    arena_free(&a);
}
/* The first of the others who heard something else, and where; PARTIES: none. */
static int differ(const struct heard *a, const struct heard *b, size_t *at) {
    for (int p = 1; p < PARTIES; p++) {
        size_t n = a->text[p].size < b->text[p].size ? a->text[p].size : b->text[p].size, i = 0;
        if (p == HIDER) continue;
        while (i < n && a->text[p].at[i] == b->text[p].at[i]) i++;
        *at = i;
        if (i < n || a->text[p].size != b->text[p].size) return p;
    }
    return PARTIES;
}
static void forget(struct heard *h) {
    for (int p = 0; p < PARTIES; p++) append_free(&h->text[p]);
}
static struct text around(const struct append *a, size_t at) {
    size_t from = at > 150 ? at - 150 : 0, to = at + 900 < a->size ? at + 900 : a->size;
    return (struct text){a->at + from, to - from};
}
/* Names the last hidden statement that makes a difference when it and all later ones are left out. */
static void blame(const bool *skip, uint32_t count, const struct heard *with) {
    static bool some[STEPS * 2];
    struct heard without;
    size_t at;
    for (uint32_t k = count; k-- > 0;) {
        if (!skip[k]) continue;
        for (uint32_t i = 0; i < count; i++) some[i] = skip[i] && i >= k;
        tell_day(some, &without);
        int p = differ(with, &without, &at);
        if (p < PARTIES) {
            struct said *x = w.first;
            for (uint32_t i = 0; i < k; i++) x = x->next;
            struct text a = around(&with->text[p], at), b = around(&without.text[p], at);
            fprintf(stderr, "# statement %u of %s (%s, on %02x%02x) shows to %s\n# with: %.*s\n# without: %.*s\n", k, parties[HIDER], statement_kind_name(x->s.kind),
                x->s.on.id.bytes[0], x->s.on.id.bytes[1], parties[p], TEXT_ARG(a), TEXT_ARG(b));
            forget(&without);
            return;
        }
        forget(&without);
    }
}
static bool owner_first(const bool *skip, uint32_t count) {
    struct heard with, without;
    size_t at;
    tell_day(NULL, &with);
    tell_day(skip, &without);
    bool equal = differ(&with, &without, &at) == PARTIES;
    if (!equal) blame(skip, count, &with);
    forget(&with);
    forget(&without);
    return equal;
}
static uint32_t reached[REASONS], accepted[STATEMENT_KINDS], told[TOLD_KINDS];
static void one_day(uint64_t seed) {
    static bool skip[STEPS * 2];
    begin(seed);
    uint32_t recorded = 3;
    memset(skip, 0, sizeof skip);
    for (int i = 0; i < STEPS; i++) {
        bool hidden, again;
        struct said *x = random_next(&hidden, &again);
        if (!x) continue;
        uint64_t order = state_order(w.st);
        world_say(&w, x);
        if (state_order(w.st) == order) continue;
        /* What it hides fills its own share: a refusal for want of room is of its own making and left out with the rest. */
        skip[recorded++] = hidden || (w.out.party == HIDER && w.out.verdict == VERDICT_REFUSED && w.out.reason == REASON_FULL);
        if (w.out.verdict == VERDICT_ACCEPTED) accepted[x->s.kind]++;
        else if (w.out.verdict == VERDICT_REFUSED) reached[w.out.reason]++;
        for (uint32_t k = 0; k < w.fx->count; k++) told[w.fx->at[k].kind]++;
        if (w.out.verdict == VERDICT_ACCEPTED) random_taken(x);
    }
    struct hash end = state_digest(w.st); /* the same whatever compiled it */
    print_message("# digest %02x%02x%02x%02x%02x%02x%02x%02x\n", end.bytes[0], end.bytes[1], end.bytes[2], end.bytes[3], end.bytes[4], end.bytes[5], end.bytes[6], end.bytes[7]);
    world_replay(&w);
    assert_true(owner_first(skip, recorded));
    world_close(&w);
}
static void random_days(void **unused) {
    (void)unused;
    const char *from = getenv("PARLEY_SEED"), *days = getenv("PARLEY_DAYS");
    uint64_t seed = from ? strtoull(from, NULL, 10) : 1;
    for (uint64_t i = 0; i < (days ? strtoull(days, NULL, 10) : 6); i++) {
        print_message("# seed %llu\n", (unsigned long long)(seed + i));
        one_day(seed + i);
    }
    for (int k = 1; k < STATEMENT_KINDS; k++)
        if (accepted[k]) print_message("# accepted %s: %u\n", statement_kind_name((enum statement_kind)k), accepted[k]);
    for (int r = 1; r < REASONS; r++)
        if (reached[r]) print_message("# refused %s: %u\n", reason_name((enum reason)r), reached[r]);
    for (int t = 0; t < TOLD_KINDS; t++) print_message("# told %s: %u\n", told_kind_name((enum told_kind)t), told[t]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_days)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
