/* Capacities: stated, they wait; memory is taken at a start; with `grow` they are in force. What is full refuses up to that order and no more behind it,
 * whatever starts there were and whoever replays it. */
#include "core/capacity.h"
#include "core/quota.h"
#include "said.h"
#include "saved.h"

static struct world w;
static const struct capacity four = {.parties = 4, .keys = 16, .agreements = 4, .areas = 4, .feeds = 4, .notices = 4, .flights = 4,
    .volumes = 16, .vertices = 1024, .tracks = 4, .alerts = 64, .pending = 4, .recent = 4096, .holds = 4, .slots_log2 = 3};

static void open_four(void) { world_open(&w, &four, false, said_founders); }
static struct said *say_capacity(const char *party, struct capacity c) {
    struct section *b;
    struct said *x = say_body(&w, KIND_CAPACITY, party, "root", &b);
    b->body.capacity = c;
    return x;
}
static struct said *say_grow(uint64_t order) {
    struct said *x = say(&w, KIND_GROW);
    x->s.origin = ORIGIN_SERVER;
    x->s.grow.order = order;
    return x;
}
static struct said *say_notice(const char *party, double lat) {
    struct section *b;
    struct said *x = say_body(&w, KIND_NOTICE, party, "root", &b);
    b->name = TEXT("public");
    say_reader(b, READER_LOG, "");
    say_square(x, 0, &w, lat, 10, 0.5, 7200, 10800);
    b->body.notice = (struct body_notice){.area = TEXT("SORREL"), .category = said_name("missile"), .volumes = x->volume, .volume_count = 1};
    return x;
}
/* Into memory for what waits: what a server does at its start, and a replay when the statement comes. */
static void larger(struct state **st, struct arena *a, const struct statement *genesis, struct effects **fx) {
    struct append bytes = append_growing(64 << 20);
    struct fault f = {0};
    struct hash before = state_digest(*st), after;
    assert_true(result_is_ok(kept_save(*st, &bytes, &f)));
    struct kept_bytes from = {bytes, 0, 0};
    struct arena old = *a;
    *a = (struct arena){0};
    result r = state_load_larger(a, genesis, kept_get, &from, st, &f);
    if (!result_is_ok(r)) fail_msg("%s: %s", f.field, f.message);
    after = state_digest(*st);
    assert_memory_equal(&before, &after, sizeof before); /* how much memory there is, is no part of what the state means */
    assert_true(capacity_equal(state_room(*st), state_wanted(*st)));
    state_check(*st);
    *fx = state_effects(*st);
    arena_free(&old);
    append_free(&bytes);
}
static void start_again(void) { larger(&w.st, &w.arena, &w.genesis, &w.fx); }
/* Told to a fresh state that knows of no start: the same digest after every statement. */
static void replay(void) {
    struct arena a = {0};
    struct state *st;
    struct fault f;
    struct outcome out;
    assert_true(result_is_ok(state_new(&a, &w.genesis, &st, &f)));
    struct effects *fx = state_effects(st);
    for (struct said *x = w.first; x; x = x->next) {
        if (x->s.kind == KIND_GROW && x->s.grow.order == state_wanted_order(st) && !capacity_within(state_wanted(st), state_room(st))) larger(&st, &a, &w.genesis, &fx);
        state_step(st, &x->s, &out, fx);
        struct hash now = state_digest(st);
        if (!hash_equal(&now, &x->after)) fail_msg("order %u, %s: another digest when told again", (unsigned)x->s.order, statement_kind_name(x->s.kind));
    }
    state_check(st);
    arena_free(&a);
}
static void done(void) {
    replay();
    world_close(&w);
}

static void what_is_full_refuses_until_then(void **unused) {
    (void)unused;
    open_four();
    world_accept(&w, say_notice("ann", 10));
    struct said *second = say_notice("ann", 20);
    world_refuse(&w, second, REASON_FULL);
    struct said *raise = say_capacity("op", (struct capacity){.notices = 12});
    world_accept(&w, raise);
    uint64_t order = state_order(w.st);
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 3); /* all others are told */
    assert_int_equal(state_wanted_order(w.st), order);
    assert_int_equal(state_capacity(w.st)->notices, 4);
    assert_int_equal(state_wanted(w.st)->notices, 12);
    world_refuse(&w, second, REASON_FULL); /* it waits */
    start_again();
    world_refuse(&w, second, REASON_FULL); /* the memory is there, the statement that says so is not */
    world_accept(&w, say_grow(order));
    assert_int_equal(state_capacity(w.st)->notices, 12);
    assert_int_equal(state_wanted_order(w.st), 0);
    world_accept(&w, second);
    world_accept(&w, say_notice("ann", 30));
    world_refuse(&w, say_notice("ann", 40), REASON_FULL); /* three are the share of twelve among four */
    world_refuse(&w, say_grow(order), REASON_STALE);
    world_accept(&w, say_capacity("op", (struct capacity){.notices = 16, .flights = 8}));
    start_again();
    world_accept(&w, say_grow(state_wanted_order(w.st)));
    world_accept(&w, say_notice("ann", 40));
    done();
}
static void another_statement_meanwhile_waits_for_a_start_of_its_own(void **unused) {
    (void)unused;
    open_four();
    world_accept(&w, say_capacity("op", (struct capacity){.notices = 8}));
    uint64_t first = state_wanted_order(w.st);
    start_again();
    world_accept(&w, say_capacity("op", (struct capacity){.flights = 8}));
    world_refuse(&w, say_grow(first), REASON_STALE);
    assert_int_equal(state_wanted(w.st)->notices, 8); /* over what waited */
    assert_int_equal(state_capacity(w.st)->notices, 4);
    start_again();
    world_accept(&w, say_grow(state_wanted_order(w.st)));
    assert_int_equal(state_capacity(w.st)->notices, 8);
    assert_int_equal(state_capacity(w.st)->flights, 8);
    done();
}
static void what_waits_is_taken_back(void **unused) {
    (void)unused;
    open_four();
    world_accept(&w, say_capacity("op", (struct capacity){.notices = 8}));
    world_accept(&w, say_capacity("op", (struct capacity){.notices = 4}));
    assert_int_equal(state_wanted_order(w.st), 0);
    world_refuse(&w, say_grow(1), REASON_STALE);
    done();
}
static void refused(const char *party, struct capacity c, enum reason why, const char *detail) {
    world_refuse(&w, say_capacity(party, c), why);
    if (strcmp(w.out.detail, detail) != 0) fail_msg("'%s'; expected '%s'", w.out.detail, detail);
}
static void every_refusal_names_its_field(void **unused) {
    (void)unused;
    open_four();
    refused("ann", (struct capacity){.notices = 8}, REASON_NOT_OPERATOR, "capacity is the operator's");
    refused("op", (struct capacity){.notices = 3}, REASON_BODY, "/notices: 3; 4 are in force, and no party's share is taken away");
    refused("op", (struct capacity){.slots_log2 = 4}, REASON_BODY, "/slots_log2: is fixed by the genesis: every tick's tree has that width");
    refused("op", (struct capacity){.notices = UINT32_MAX}, REASON_BODY, "/notices: 4294967295; must be 4 to 67108864 (each party needs its share)");
    refused("op", (struct capacity){.parties = 9}, REASON_BODY, "/parties: 9; must be 1 to 8 (each party needs its share)");
    refused("op", (struct capacity){.parties = 8, .keys = 32, .agreements = 8, .areas = 8, .feeds = 8, .notices = 4}, REASON_BODY, "/notices: 4; must be 8 to 67108864 (each party needs its share)");
    struct capacity all = {.parties = 8, .keys = 32, .agreements = 8, .areas = 8, .feeds = 8, .notices = 8, .flights = 8, .volumes = 31, .vertices = 2048, .tracks = 8,
                           .alerts = 256, .pending = 8, .recent = 8192, .holds = 8};
    refused("op", all, REASON_BODY, "/parties: 8 parties would have 3 volumes each, and have 4 now; raise that too");
    all.volumes = 32;
    world_accept(&w, say_capacity("op", all));
    refused("op", all, REASON_BODY, "/: these are the capacities already");
    refused("op", (struct capacity){.notices = 7}, REASON_BODY, "/notices: 7; must be 8 to 67108864 (each party needs its share)");
    struct said *x = say_capacity("op", (struct capacity){.notices = 9});
    say_section(x, "more");
    world_refuse(&w, x, REASON_SECTION);
    struct said *plain = say_capacity("op", (struct capacity){.notices = 9});
    plain->s.signer_count = 0;
    say_attest(plain, "op", NULL);
    world_accept(&w, plain); /* in an exercise */
    done();
    world_open(&w, &four, true, said_founders);
    plain = say_capacity("op", (struct capacity){.notices = 9});
    plain->s.signer_count = 0;
    say_attest(plain, "op", NULL);
    world_refuse(&w, plain, REASON_MUST_BE_SIGNED);
    done();
}
static void more_parties_find_their_place(void **unused) {
    (void)unused;
    open_four();
    world_refuse(&w, say_party(&w, "dan"), REASON_FULL);
    world_accept(&w, say_capacity("op", (struct capacity){.parties = 8, .keys = 32, .agreements = 8, .areas = 8, .feeds = 8, .notices = 8, .flights = 8, .volumes = 32,
                                                         .vertices = 2048, .tracks = 8, .alerts = 256, .pending = 8, .recent = 8192, .holds = 8}));
    world_accept(&w, say_notice("ann", 10));
    start_again();
    world_refuse(&w, say_party(&w, "dan"), REASON_FULL);
    world_accept(&w, say_grow(state_wanted_order(w.st)));
    world_accept(&w, say_party(&w, "dan"));
    world_accept(&w, say_notice("dan", 10));
    assert_int_equal(world_told(&w, TOLD_STATEMENT, PARTY_NONE), 4);
    done();
}
/* A snapshot between the statement and `grow`, and one behind it, are loaded with their capacities; one that lies is not. */
static void saved_and_loaded(void **unused) {
    (void)unused;
    struct append bytes = append_growing(64 << 20), again = append_growing(64 << 20);
    struct fault f = {0};
    open_four();
    world_accept(&w, say_capacity("op", (struct capacity){.notices = 8}));
    for (int i = 0; i < 2; i++) {
        struct arena a = {0};
        struct state *st = NULL;
        assert_true(result_is_ok(kept_save(w.st, &bytes, &f)));
        struct kept_bytes from = {bytes, 0, 7};
        assert_true(result_is_ok(state_load(&a, &w.genesis, kept_get, &from, &st, &f)));
        struct hash before = state_digest(w.st), after = state_digest(st);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(state_wanted_order(st), i == 0 ? 1 : 0);
        assert_true(capacity_equal(state_room(st), state_capacity(st)));
        assert_true(result_is_ok(kept_save(st, &again, &f)));
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.at, bytes.at, bytes.size);
        arena_free(&a);
        if (i == 1) break;
        start_again();
        world_accept(&w, say_grow(1));
    }
    const struct { size_t at; uint8_t to; const char *why; } lies[] = {
        {36 + 4 * 5 + 3, 3, "snapshot: head, row 0: /capacity/notices: 3; must be 4 to 67108864 (each party needs its share)"},
        {36 + 4 * 19 + 3, 4, "snapshot: head, row 0: the capacities are not those of the genesis, nor raised ones"},
        {36 + 4 * 1 + 3, 15, "snapshot: head, row 0: the capacities are not those of the genesis, nor raised ones"},
        {36 + 80 + 4 * 5 + 3, 7, "snapshot: head, row 0: what waits, /notices: 7; 8 are in force, and no party's share is taken away"},
        {36 + 80 + 4 * 5 + 3, 9, "snapshot: head, row 0: capacities wait that no statement made wait"},
        {36 + 160 + 7, 1, "snapshot: head, row 0: capacities wait that no statement made wait"}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct arena a = {0};
        struct state *st = NULL;
        char kept = bytes.at[lies[i].at];
        bytes.at[lies[i].at] = (char)lies[i].to;
        struct kept_bytes from = {bytes, 0, 0};
        assert_int_equal(state_load(&a, &w.genesis, kept_get, &from, &st, &f).code, RESULT_ROT);
        assert_string_equal(f.message, lies[i].why);
        bytes.at[lies[i].at] = kept;
        arena_free(&a);
    }
    append_free(&bytes);
    append_free(&again);
    done();
}
/* What is said beforehand is what is taken, table by table. */
static void memory_is_known_before(void **unused) {
    (void)unused;
    const struct capacity all[] = {four, said_capacity, {.parties = 16, .keys = 256, .agreements = 64, .areas = 64, .feeds = 64, .notices = 8192, .flights = 8192, .volumes = 65536,
        .vertices = 1048576, .tracks = 16384, .alerts = 16384, .pending = 256, .recent = 262144, .holds = 1024, .managers = 64, .references = 131072,
        .subscriptions = 32768, .footprints = 262144, .points = 4194304, .slots_log2 = 12}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct memory_part part[STATE_PARTS];
        size_t bytes = 0, sum = 0;
        struct fault f;
        assert_true(result_is_ok(state_memory(&all[i], &bytes, &f)));
        uint32_t count = state_memory_parts(&all[i], part);
        for (uint32_t k = 0; k < count; k++) {
            assert_non_null(part[k].name);
            assert_true(part[k].bytes > 0);
            for (uint32_t n = 0; n < k; n++) assert_string_not_equal(part[k].name, part[n].name);
            sum += part[k].bytes;
        }
        assert_int_equal(sum, bytes);
        world_open(&w, &all[i], false, said_founders);
        size_t taken = w.arena.used;
        assert_true(taken <= bytes && taken + bytes / 100 >= bytes);
        world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_full_refuses_until_then), cmocka_unit_test(another_statement_meanwhile_waits_for_a_start_of_its_own),
        cmocka_unit_test(what_waits_is_taken_back), cmocka_unit_test(every_refusal_names_its_field), cmocka_unit_test(more_parties_find_their_place),
        cmocka_unit_test(saved_and_loaded), cmocka_unit_test(memory_is_known_before)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
