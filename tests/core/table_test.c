/* What everything stands on: tables, hash indexes, sorting, timers, quotas, the pool. Each against a naive model. */
#include "core/pool.h"
#include "core/quota.h"
#include "core/timer.h"
#include "said.h"

#include "core/sort.h"

static struct world w;
static uint64_t seed;
static uint32_t below(uint32_t n) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

static void rows_come_and_go(void **unused) {
    (void)unused;
    enum { ROWS = 50, KEYS = 8 }; /* few codes: long chains */
    struct arena a;
    struct table t = {0};
    arena_growing(&a, 1 << 20);
    struct memory m = {.a = &a};
    table_layout(&t, &m, ROWS, sizeof(uint32_t), true);
    uint32_t code[ROWS];
    bool live[ROWS] = {false};
    seed = 1;
    for (int i = 0; i < 20000; i++) {
        row r = below(ROWS);
        if (!live[r] && t.used < ROWS) {
            r = table_take(&t);
            assert_false(live[r]);
            live[r] = true;
            code[r] = below(KEYS);
            hash_index_put(&t.by_id, r, code[r]);
        } else if (live[r]) {
            hash_index_remove(&t.by_id, r);
            table_drop(&t, r);
            live[r] = false;
        }
        if (i % 100 == 0) table_check(&t);
        uint32_t k = below(KEYS), want = 0, got = 0;
        for (row x = 0; x < ROWS; x++) want += live[x] && code[x] == k;
        for (row x = hash_index_first(&t.by_id, k); x != ROW_NONE; x = hash_index_more(&t.by_id, x), got++) assert_true(live[x] && code[x] == k);
        assert_int_equal(got, want);
        if (i % 500 != 7) continue;
        for (row from = 0; from <= ROWS; from++) {
            row next = from;
            while (next < ROWS && !live[next]) next++;
            assert_true(table_next(&t, from) == (next < ROWS ? next : ROW_NONE));
        }
    }
    while (t.used > 0) {
        row r = table_next(&t, 0);
        hash_index_remove(&t.by_id, r);
        table_drop(&t, r);
    }
    assert_true(table_next(&t, 0) == ROW_NONE);
    arena_free(&a);
}
static bool mixed_before(const void *context, row a, row b) {
    const uint32_t *key = context;
    return key[a] != key[b] ? key[a] < key[b] : a < b;
}
static void sorting_sorts(void **unused) {
    (void)unused;
    uint32_t key[200] = {0};
    row at[200] = {0};
    for (uint32_t n = 0; n <= 200; n++) {
        seed = n;
        for (uint32_t i = 0; i < n; i++) { key[i] = below(20); at[i] = i; }
        sort_rows(at, n, mixed_before, key);
        for (uint32_t i = 1; i < n; i++) assert_true(mixed_before(key, at[i - 1], at[i]));
    }
}
static void memory_is_counted_before_it_is_taken(void **unused) {
    (void)unused;
    struct memory m = {0};
    assert_null(memory_take(&m, 3, 5));
    assert_int_equal(m.total, 16);
    assert_null(memory_take(&m, SIZE_MAX / 2, 4)); /* overflow is far too much, not a little */
    assert_true(m.total > SIZE_MAX / 4);
    struct capacity c = said_capacity;
    struct fault f;
    size_t bytes;
    c.recent = c.tracks = c.alerts = c.notices = c.flights = UINT32_C(1) << 26;
    c.parties = 4096;
    c.keys = c.agreements = c.areas = c.feeds = c.volumes = c.pending = c.holds = 4096;
    c.vertices = 4096 * 16;
    assert_true(result_is_ok(state_memory(&c, &bytes, &f))); /* said, though no machine has it */
    assert_true(bytes > UINT64_C(1) << 36);
}

static void timers_fire_in_order(void **unused) {
    (void)unused;
    struct { bool set; instant at; } model[2][64] = {{{false, 0}}};
    static const enum timer_kind kinds[2] = {TIMER_NOTICE, TIMER_FLIGHT};
    world_small(&w);
    seed = 7;
    for (int i = 0; i < 5000; i++) {
        int k = (int)below(2);
        row r = below(64);
        instant at;
        if (below(4)) {
            model[k][r].set = true;
            model[k][r].at = below(50);
            timer_set(w.st, kinds[k], r, 1000 - r, model[k][r].at); /* serials against rows: rows must not count */
        } else {
            model[k][r].set = false;
            timer_cancel(w.st, kinds[k], r);
        }
        assert_int_equal(timer_get(w.st, kinds[k], r, &at), model[k][r].set);
        if (model[k][r].set) assert_int_equal(at, model[k][r].at);
        if (i % 50 == 0) timer_check(w.st);
        if (below(20)) continue;
        instant now = below(50);
        struct timer t, last = {.at = INT64_MIN};
        while (timer_pop(w.st, now, &t)) {
            k = t.kind == TIMER_FLIGHT;
            assert_true(model[k][t.r].set && model[k][t.r].at == t.at && t.at <= now);
            model[k][t.r].set = false;
            assert_true(last.at < t.at || (last.at == t.at && (last.kind < t.kind || (last.kind == t.kind && last.serial < t.serial))));
            last = t;
        }
        for (k = 0; k < 2; k++)
            for (r = 0; r < 64; r++) assert_false(model[k][r].set && model[k][r].at <= now);
    }
    world_close(&w);
}

static void shares_add_up(void **unused) {
    (void)unused;
    world_small(&w);
    for (int q = 0; q < QUOTAS; q++) {
        uint32_t share = quota_share(w.st, (enum quota)q);
        assert_true(share > 0 && (uint64_t)share * w.st->capacity.parties <= quota_capacity(&w.st->capacity, (enum quota)q));
        assert_true(quota_room(w.st, 1, (enum quota)q, 0, false));
        uint32_t used = w.st->parties[1].used[q], most = share - share / 8;
        assert_true(quota_room(w.st, 1, (enum quota)q, most - used, false));
        assert_false(quota_room(w.st, 1, (enum quota)q, most - used + 1, false));
        assert_true(quota_room(w.st, 1, (enum quota)q, share - used, true));
        assert_false(quota_room(w.st, 1, (enum quota)q, share - used + 1, true));
        assert_false(quota_room(w.st, 1, (enum quota)q, UINT32_MAX, true));
        quota_take(w.st, 1, (enum quota)q, share - used);
        assert_int_equal(quota_room(w.st, 1, (enum quota)q, 1, false), false);
        assert_true(quota_room(w.st, 2, (enum quota)q, 1, true));
        quota_give(w.st, 1, (enum quota)q, share - used);
        assert_non_null(quota_name((enum quota)q));
    }
    state_check(w.st);
    world_close(&w);
}

static void volumes_come_back_as_they_went(void **unused) {
    (void)unused;
    static struct position at[3][200], room[LIMIT_VERTICES];
    static const uint32_t counts[3] = {1, 17, 160};
    struct volume v[3], got;
    uint32_t volumes, vertices;
    world_small(&w);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t k = 0; k < counts[i]; k++) at[i][k] = (struct position){(int32_t)(i * 1000000 + k * 1000), (int32_t)(k * 1001)};
        v[i] = (struct volume){.shape = {.kind = SHAPE_CORRIDOR, .count = counts[i], .reach_cm = 100 + i, .at = at[i]}, .lower = {(int32_t)i, ALTITUDE_AMSL},
            .upper = {1000, ALTITUDE_AMSL}, .start = w.now + i, .end = w.now + 100 + i};
    }
    pool_cost(v, 3, &volumes, &vertices);
    assert_int_equal(volumes, 3);
    assert_int_equal(vertices, 16 + 32 + 160);
    struct area_row owner = {.party = 1, .serial = 5};
    row o = table_take(&w.st->areas), first;
    *area_at(w.st, o) = owner;
    assert_true(pool_room(w.st, 1, v, 3, 4096, false));
    pool_volumes_store(w.st, OWNER_AREA, o, 1, 2, v, 3, &first);
    assert_int_equal(w.st->parties[1].used[QUOTA_VERTICES], vertices);
    uint32_t n = 0;
    for (row r = first; r != ROW_NONE; r = volume_at(w.st, r)->next, n++) {
        pool_volume_view(w.st, r, room, &got);
        assert_int_equal(got.shape.count, counts[n]);
        assert_memory_equal(room, at[n], counts[n] * sizeof *room);
        assert_true(got.shape.reach_cm == v[n].shape.reach_cm && got.lower.cm == v[n].lower.cm && got.start == v[n].start && got.end == v[n].end);
        assert_int_equal(volume_at(w.st, r)->slot, 2);
    }
    assert_int_equal(n, 3);
    struct box b;
    box_of_volume(&v[1], &w.st->settings.offsets, 0, 0, 0, 0, &b);
    assert_int_equal(pool_query(w.st, &b, OWNER_NOTICE, w.st->work_rows), 0);
    n = pool_query(w.st, &b, OWNER_AREA, w.st->work_rows);
    assert_true(n >= 1 && n <= 3);
    for (uint32_t i = 1; i < n; i++) assert_true(volume_at(w.st, w.st->work_rows[i - 1])->number < volume_at(w.st, w.st->work_rows[i])->number);
    pool_check(w.st);
    pool_reindex(w.st);
    pool_check(w.st);
    pool_release(w.st, first);
    pool_release(w.st, ROW_NONE);
    assert_int_equal(w.st->parties[1].used[QUOTA_VERTICES] + w.st->volumes.used + w.st->chunks.used, 0);
    table_drop(&w.st->areas, o);
    state_check(w.st);
    world_close(&w);
}
static void texts_come_back_as_they_went(void **unused) {
    (void)unused;
    static char text[LIMIT_TEXT_FIELD], room[LIMIT_TEXT_FIELD];
    world_small(&w);
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i % 26);
    static const size_t sizes[] = {0, 1, 127, 128, 129, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(pool_room(w.st, 1, NULL, 0, (uint32_t)sizes[i], false));
        struct text_ref ref = pool_text_store(w.st, 1, (struct text){text, sizes[i]});
        assert_int_equal(w.st->parties[1].used[QUOTA_VERTICES], (sizes[i] + 127) / 128 * 16);
        assert_true(text_equal(pool_text_view(w.st, ref, room), (struct text){text, sizes[i]}));
        pool_text_release(w.st, 1, ref);
        assert_int_equal(w.st->parties[1].used[QUOTA_VERTICES] + w.st->chunks.used, 0);
    }
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_and_go), cmocka_unit_test(sorting_sorts), cmocka_unit_test(memory_is_counted_before_it_is_taken),
        cmocka_unit_test(timers_fire_in_order), cmocka_unit_test(shares_add_up), cmocka_unit_test(volumes_come_back_as_they_went),
        cmocka_unit_test(texts_come_back_as_they_went),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
