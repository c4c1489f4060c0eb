/* What the rules of CORE_RULES give: a digest of every outcome, every told record and the states of some random days. It is another one when a journal
 * that was taken before means something else now. Then CORE_RULES is to be raised and the new digest pinned: snapshots of older rules must not be started from.
 * (Where only the days that are drawn are others, random_day.h having changed, the number stays.) */
#include "random_day.h"

#include "core/rules.h"

static const struct { uint32_t rules; const char *digest; } pinned = {20, "3cfb6b05f5278522cab651ab76367ef1bc25d4abf0b6c2086d032f9005bc808c"};

static void one_day(uint64_t seed, struct sha256 *all) {
    struct append said = append_growing(64 << 20);
    begin(seed);
    w.quick = true;
    for (int i = 0; i < STEPS; i++) {
        bool hidden, again;
        struct said *x = random_next(&hidden, &again);
        if (!x) continue;
        world_say(&w, x);
        append_reset(&said);
        outcome_render(&x->s, &w.out, &said);
        append_format(&said, " %u %llu\n", w.out.party, (unsigned long long)w.out.place);
        for (uint32_t k = 0; k < w.fx->count; k++) {
            append_format(&said, "%u %llu ", w.fx->at[k].party, (unsigned long long)w.fx->at[k].place);
            told_render_open(w.st, &x->s, &w.fx->at[k], &said);
            append_char(&said, '\n');
        }
        assert_false(said.full);
        sha256_update(all, said.at, said.size);
        if (w.out.verdict == VERDICT_ACCEPTED) random_taken(x);
    }
    struct hash end = state_digest(w.st);
    sha256_update(all, end.bytes, sizeof end.bytes);
    append_free(&said);
    world_close(&w);
}
static void what_the_rules_give(void **unused) {
    (void)unused;
    struct sha256 all;
    char text[2 * SHA256_SIZE + 1];
    sha256_init(&all);
    for (uint64_t seed = 1; seed <= 6; seed++) one_day(seed, &all);
    struct hash h = sha256_final(&all);
    for (size_t i = 0; i < SHA256_SIZE; i++) snprintf(text + 2 * i, 3, "%02x", h.bytes[i]);
    bool same = strcmp(text, pinned.digest) == 0;
    if (!same && CORE_RULES == pinned.rules)
        fail_msg("the outcomes of rules %u were %s and are %s: raise CORE_RULES (src/core/rules.h), and pin the new digest here", CORE_RULES, pinned.digest, text);
    if (CORE_RULES != pinned.rules) fail_msg("rules %u are not pinned: {%u, \"%s\"}", CORE_RULES, CORE_RULES, text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_rules_give)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
