/* Need to know, on random days: a section goes to those it names and to nobody else; and what a party may not read changes not one byte
 * of what it gets. */
#include "day.h"

#define DAYS 40
#define STATEMENTS 200

/* As the statement says it, not as the core resolves it: all of ann, bob and cat are of the agreement, everybody of the log. */
static bool names(const struct section *s, const char *party) {
    for (uint32_t i = 0; i < s->reader_count; i++) {
        const struct reader *r = &s->readers[i];
        if (r->kind == READER_WORLD || r->kind == READER_LOG) return true;
        if (r->kind == READER_AGREEMENT && strcmp(party, "op") != 0) return true;
        if (r->kind == READER_PARTY && strcmp(r->name.at, party) == 0) return true;
    }
    return false;
}
static const struct effect *statement_to(const struct world *w, uint16_t party) {
    for (uint32_t i = 0; i < w->fx->count; i++)
        if (w->fx->at[i].kind == TOLD_STATEMENT && w->fx->at[i].party == party) return &w->fx->at[i];
    return NULL;
}
static void sections_go_to_whom_they_name(void **unused) {
    (void)unused;
    static struct day d;
    uint32_t told = 0, partly = 0;
    for (uint64_t seed = 300; seed < 300 + DAYS; seed++) {
        day_begin(&d, seed, false);
        for (uint64_t n = 0; n < STATEMENTS; n++) {
            day_step(&d, n);
            if (!d.said || d.w.out.verdict != VERDICT_ACCEPTED) continue;
            for (uint16_t p = 0; p < 4; p++) {
                if (p == d.w.out.party) continue;
                const struct effect *e = statement_to(&d.w, p);
                uint8_t due = 0;
                for (uint32_t i = 0; i < d.last->s.section_count; i++)
                    if (names(&d.last->section[i], day_parties[p])) due |= (uint8_t)(1u << d.last->section[i].slot);
                uint8_t got = e ? e->sections : 0;
                if (got != due)
                    fail_msg("seed %llu, statement %llu (%s): %s gets sections %u, named by %u", (unsigned long long)seed, (unsigned long long)n,
                             statement_kind_name(d.last->s.kind), day_parties[p], got, due);
                told += due != 0;
                partly += due != 0 && d.last->s.section_count > (uint32_t)__builtin_popcount(due);
            }
        }
        world_close(&d.w);
    }
    print_message("# %u told, %u of them less than all\n", told, partly);
    assert_true(told > 2000 && partly > 200);
}

/* Everything that `party` gets of this step, in one text. */
static void hear(const struct day *d, uint16_t party, struct append *out) {
    append_reset(out);
    if (d->said && d->w.out.party == party) outcome_render(&d->last->s, &d->w.out, out);
    for (uint32_t i = 0; i < d->w.fx->count; i++) {
        const struct effect *e = &d->w.fx->at[i];
        if (e->party != party) continue;
        append_format(out, "\n%llu %u ", (unsigned long long)e->place, e->sections);
        told_render_open(d->w.st, &d->last->s, e, out);
    }
}
static void see(const struct day *d, uint16_t party, struct append *out) {
    struct fault f;
    append_reset(out);
    for (int v = 0; v < VIEWS; v++) assert_true(result_is_ok(view_render(d->w.st, party, (enum view)v, NULL, out, &f)));
}
static void same(const struct day *a, uint64_t n, const char *what, struct append *x, struct append *y) {
    size_t i = 0;
    assert_false(x->full || y->full);
    while (i < x->size && i < y->size && x->at[i] == y->at[i]) i++;
    if (i == x->size && i == y->size) return;
    size_t from = i > 200 ? i - 200 : 0;
    fail_msg("seed %llu, statement %llu: %s of %s tells of what it may not read:\n%.*s\n%.*s", (unsigned long long)a->seed, (unsigned long long)n, what, a->blur ? a->blur : "",
             (int)(x->size - from < 500 ? x->size - from : 500), x->at + from, (int)(y->size - from < 500 ? y->size - from : 500), y->at + from);
}
static void what_is_hidden_moves_nothing(void **unused) {
    (void)unused;
    static struct day a, b;
    static char one[4 << 20], two[4 << 20];
    struct append x = append_fixed(one, sizeof one), y = append_fixed(two, sizeof two);
    uint32_t blurred = 0, alerts = 0, others = 0;
    for (uint64_t seed = 400; seed < 400 + DAYS; seed++) {
        const uint16_t party = (uint16_t)(1 + seed % 3);
        day_begin(&a, seed, false);
        day_begin(&b, seed, false);
        a.blur = day_parties[party];
        a.same_readers = b.same_readers = true;
        for (uint64_t n = 0; n < STATEMENTS; n++) {
            day_step(&a, n);
            day_step(&b, n);
            hear(&a, party, &x);
            hear(&b, party, &y);
            same(&a, n, "the stream", &x, &y);
            alerts += told(&a.w, TOLD_ALERT, day_parties[party], 0) != NULL;
            if (n % 20 != 0) continue;
            see(&a, party, &x);
            see(&b, party, &y);
            same(&a, n, "a view", &x, &y);
        }
        blurred += a.blurred;
        struct hash p = state_digest(a.w.st), q = state_digest(b.w.st);
        others += !hash_equal(&p, &q);
        world_close(&a.w);
        world_close(&b.w);
    }
    print_message("# %u exact volumes lay elsewhere, in %u of %d days; %u steps with alerts\n", blurred, others, DAYS, alerts);
    assert_true(blurred > 200 && others > DAYS / 2 && alerts > 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sections_go_to_whom_they_name), cmocka_unit_test(what_is_hidden_moves_nothing)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("need_to_know", tests, NULL, NULL);
}
