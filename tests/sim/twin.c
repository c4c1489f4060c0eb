/* Owner first, through the whole path: the seed is lived twice, with and without what one party keeps to itself. Every byte that anybody else got,
 * replies and events, must be the same. (The operator sees all; roots differ.) */
#include "sim.h"

enum { SURPLUS_LEAST = 1 }; /* statements that were kept from the others, or nothing was shown; a round of seeds wants more */

static void differs(struct sim *a, const struct sim *b, uint32_t i) {
    const struct append *x = &a->client[i].transcript, *y = &b->client[i].transcript;
    size_t n = x->size < y->size ? x->size : y->size, at = 0;
    while (at < n && x->at[at] == y->at[at]) at++;
    size_t from = at > 120 ? at - 120 : 0;
    size_t size_x = x->size - from < 700 ? x->size - from : 700, size_y = y->size - from < 700 ? y->size - from : 700;
    printf("# with:    %.*s\n# without: %.*s\n", (int)size_x, x->at + from, (int)size_y, y->at + from);
    sim_fail(a, "what %s keeps to itself shows to %s", a->client[2].name.at, a->client[i].name.at);
}

void twin_seed(uint64_t seed, struct hash *digest, struct append *line, struct figures *figures) {
    static struct sim a, b;
    struct hash other;
    struct plan p = plan_of(seed);
    run_seed(&a, &p, digest);
    p.hide = true;
    run_seed(&b, &p, &other);
    for (uint32_t i = 1; i < p.parties; i++) {
        if (p.role[i] == ROLE_HIDING) continue;
        if (!text_equal(append_view(&a.client[i].transcript), append_view(&b.client[i].transcript))) differs(&a, &b, i);
    }
    if (a.figures.statements < b.figures.statements + SURPLUS_LEAST)
        sim_fail(&a, "there was hardly anything to hide: %llu statements, %llu without", (unsigned long long)a.figures.statements, (unsigned long long)b.figures.statements);
    run_figures(&a, line);
    append_format(line, ", %llu statements more than its twin", (unsigned long long)(a.figures.statements - b.figures.statements));
    *figures = a.figures;
    figures->hidden = a.figures.statements - b.figures.statements;
    run_free(&a);
    run_free(&b);
}
