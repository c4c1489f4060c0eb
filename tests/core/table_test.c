/* What everything stands on: tables, hash indexes, sorting, timers, quotas, the pool. Each against a naive model. */
#include "core/pool.h"
#include "core/tube.h"
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
    for (int i = 0; i < 64; i++) { /* whose a timer is stands in its row */
        row n = table_take(&w.st->notices), f = table_take(&w.st->flights);
        assert_true(n < 64 && f < 64);
        notice_at(w.st, n)->party = (uint16_t)(n % 8); /* as many as a party's share */
        flight_at(w.st, f)->party = (uint16_t)(7 - f % 8);
    }
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
    for (row r = 0; r < 64; r++) {
        timer_cancel(w.st, TIMER_NOTICE, r);
        timer_cancel(w.st, TIMER_FLIGHT, r);
        table_drop(&w.st->notices, r);
        table_drop(&w.st->flights, r);
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

static void reindex_all(struct state *st) {
    struct altitude_offsets before = st->settings.offsets;
    st->settings.offsets.pressure_high += 100;
    pool_reindex(st, &before);
    while (st->reindexing.under_way) pool_reindex_on(st);
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
    reindex_all(w.st);
    pool_check(w.st);
    pool_release(w.st, first);
    pool_release(w.st, ROW_NONE);
    assert_int_equal(w.st->parties[1].used[QUOTA_VERTICES] + w.st->volumes.used + w.st->chunks.used, 0);
    table_drop(&w.st->areas, o);
    state_check(w.st);
    world_close(&w);
}
/* Long volumes stand in the index in pieces, each a row that is paid for. What is found is found once, and all that meets is found. */
static void long_volumes_in_pieces(void **unused) {
    (void)unused;
    enum { N = 4, POINTS = 9 };
    static struct position at[N][POINTS];
    struct volume v[N];
    uint32_t volumes, vertices, met = 0, more = 0, in_one = 0;
    row first;
    world_small(&w);
    row o = table_take(&w.st->areas);
    *area_at(w.st, o) = (struct area_row){.party = 1, .serial = 5};
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t k = 0; k < POINTS; k++) at[i][k] = (struct position){-160000000 + (int32_t)(k * 40000000), (int32_t)(i * 25000000 + k * (i % 4) * 15000000)};
        v[i] = (struct volume){.shape = {.kind = SHAPE_CORRIDOR, .count = i == 0 ? 1 : POINTS, .reach_cm = 1000000, .at = at[i]}, .lower = {0, ALTITUDE_W84},
            .upper = {1000, ALTITUDE_W84}, .start = w.now, .end = w.now + 100};
    }
    pool_cost(v, N, &volumes, &vertices);
    assert_int_equal(volumes, 1 + (N - 1) * (POINTS - 1)); /* edges of 450 km and more */
    pool_volumes_store(w.st, OWNER_AREA, o, 1, 2, v, N, &first);
    assert_int_equal(w.st->parties[1].used[QUOTA_VOLUMES], volumes);
    assert_true(w.st->volumes.used == volumes && index_count(w.st->index) == volumes);
    pool_check(w.st);
    for (int q = 0; q < 3000; q++) {
        struct position p[2] = {{-170000000 + q * 37 % 360 * 1000000, q * 53 % 241 * 1000000}};
        p[1] = (struct position){p[0].lat + q % 7 * 20000000, p[0].lon + 5000000};
        struct volume asked = {.shape = {.kind = SHAPE_CORRIDOR, .count = 2, .reach_cm = 100000, .at = p}, .lower = {0, ALTITUDE_W84}, .upper = {1000, ALTITUDE_W84}, .start = w.now, .end = w.now};
        struct box b;
        bool found[N] = {false};
        box_of_volume(&asked, &w.st->settings.offsets, 0, 0, 0, 0, &b);
        uint32_t n = pool_query(w.st, &b, OWNER_AREA, w.st->work_rows);
        for (uint32_t i = 0; i < n; i++) {
            const struct volume_row *x = volume_at(w.st, w.st->work_rows[i]);
            assert_true(x->whole == ROW_NONE && !found[x->number]);
            found[x->number] = true;
        }
        for (uint32_t i = 0; i < N; i++) {
            struct meeting m;
            meet_volumes(&asked, &v[i], &w.st->settings.offsets, 0, 0, 0, 0, &m);
            assert_true(found[i] || !m.meets);
            met += m.meets;
            more += found[i] && !m.meets;
            struct box whole;
            box_of_volume(&v[i], &w.st->settings.offsets, 0, 0, 0, 0, &whole);
            in_one += box_meets(&whole, &b) && !m.meets;
        }
    }
    print_message("# %u meet; %u were found that do not, with one box each %u\n", met, more, in_one);
    assert_true(met > 200 && more * 3 < in_one);
    reindex_all(w.st);
    pool_check(w.st);
    pool_release(w.st, first);
    assert_int_equal(w.st->parties[1].used[QUOTA_VOLUMES] + w.st->volumes.used + index_count(w.st->index), 0);
    table_drop(&w.st->areas, o);
    state_check(w.st);
    world_close(&w);
}
/* New offsets move the boxes of thousands of volumes, some with each tick. However far that has come, what is found is what meets their boxes as they are now. */
static void asked_as_of_now(struct state *st, row first, uint32_t random) {
    uint32_t x = random;
    for (int q = 0; q < 12; q++) {
        struct box b = {{-1073741824, -1073741824, -1073741824, 0}, {1073741824, 1073741824, 1073741824, 0}, 0, INT64_C(1) << 50}, own;
        x = x * 1664525 + 1013904223;
        b.low[3] = (int32_t)(x >> 12) - 200000; /* to about 8 km */
        b.high[3] = b.low[3] + 500;
        uint32_t n = pool_query(st, &b, OWNER_AREA, st->work_rows), k = 0;
        for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
            struct volume v;
            pool_volume_view(st, r, st->work_positions_a, &v);
            box_of_volume(&v, &st->settings.offsets, 0, 0, 0, 0, &own);
            if (!box_meets(&own, &b)) continue;
            assert_true(k < n && st->work_rows[k] == r);
            k++;
        }
        assert_int_equal(k, n);
    }
}
static void offsets_move_the_boxes_in_turns(void **unused) {
    (void)unused;
    enum { N = 5000 };
    static struct volume v[N];
    static const char *const founders[] = {"ann", "ben", NULL};
    struct capacity large = said_capacity;
    struct position at = {100000000, 200000000};
    row first, o;
    large.volumes = 8 * N;
    large.vertices = 8 * N * CHUNK_VERTICES;
    world_open(&w, &large, true, founders);
    o = table_take(&w.st->areas);
    *area_at(w.st, o) = (struct area_row){.party = 1, .serial = 5};
    for (uint32_t i = 0; i < N; i++) {
        int32_t low = (int32_t)(i * 7919 % 800000);
        v[i] = (struct volume){.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = 100000, .at = &at}, .lower = {low, (uint8_t)(i % 4)}, .upper = {low + 3000, (uint8_t)(i / 4 % 4)},
            .start = w.now, .end = w.now + 100};
    }
    pool_volumes_store(w.st, OWNER_AREA, o, 1, 2, v, N, &first);
    int turns = 0, again = 0;
    struct altitude_offsets before = w.st->settings.offsets;
    w.st->settings.offsets = (struct altitude_offsets){-30000, -9000, -20000, 150000, -5000, 300000};
    pool_reindex(w.st, &before);
    for (; w.st->reindexing.under_way; turns++) {
        asked_as_of_now(w.st, first, (uint32_t)turns + 1);
        if (turns == 1 && again == 0) { /* others yet, with some of the boxes of before */
            before = w.st->settings.offsets;
            w.st->settings.offsets = (struct altitude_offsets){5000, 40000, -150000, -1000, 0, 885000};
            pool_reindex(w.st, &before);
            asked_as_of_now(w.st, first, 99);
            turns = 0;
            again = 1;
        }
        pool_reindex_on(w.st);
        assert_true(turns < N / LIMIT_REINDEX_ROWS + 2);
    }
    assert_true(again == 1 && turns >= N / LIMIT_REINDEX_ROWS);
    asked_as_of_now(w.st, first, 7);
    before = w.st->settings.offsets;
    pool_reindex(w.st, &before); /* the same ones: nothing moves */
    assert_false(w.st->reindexing.under_way);
    pool_check(w.st);
    pool_release(w.st, first);
    table_drop(&w.st->areas, o);
    state_check(w.st);
    world_close(&w);
}
/* Tubes lie in a grid of their own: the same of them. A track's row is made by hand, with an anchor and a tube. */
struct asked_tubes { struct state *st; uint32_t count; unsigned char *seen; };
static bool tube_seen(void *context, uint32_t item) {
    struct asked_tubes *a = context;
    assert_true(item < a->st->tracks.capacity && !a->seen[item]);
    a->seen[item] = 1;
    a->count++;
    return true;
}
static void tubes_as_of_now(struct state *st, uint32_t random) {
    static unsigned char seen[8 * 5000];
    uint32_t x = random;
    for (int q = 0; q < 12; q++) {
        struct box b = {{-1073741824, -1073741824, -1073741824, 0}, {1073741824, 1073741824, 1073741824, 0}, 0, INT64_C(1) << 50}, own;
        struct asked_tubes a = {st, 0, seen};
        uint32_t met = 0;
        x = x * 1664525 + 1013904223;
        b.low[3] = (int32_t)(x >> 12) - 200000;
        b.high[3] = b.low[3] + 500;
        memset(seen, 0, sizeof seen);
        tubes_query(st, &b, tube_seen, &a, NULL);
        for (row r = table_next(&st->tracks, 0); r != ROW_NONE; r = table_next(&st->tracks, r + 1)) {
            struct volume v;
            struct position room[4];
            tube_view(track_at(st, r), room, &v);
            box_of_volume(&v, &st->settings.offsets, 0, 0, 0, 0, &own);
            assert_int_equal(seen[r], box_meets(&own, &b));
            met += seen[r];
        }
        assert_int_equal(a.count, met);
    }
}
static void offsets_move_the_tubes_in_turns(void **unused) {
    (void)unused;
    enum { N = 5000 };
    static const char *const founders[] = {"ann", "ben", NULL};
    struct capacity large = said_capacity;
    large.tracks = 8 * N;
    world_open(&w, &large, true, founders);
    for (uint32_t i = 0; i < N; i++) {
        row r = table_take(&w.st->tracks);
        struct track_row *t = track_at(w.st, r);
        t->has_altitude = true;
        t->anchor = (struct anchor){.time = w.now, .span = 360 * INSTANT_SECOND, .at = {(int32_t)(i * 100000), (int32_t)(i * 200000)}, .altitude_cm = (int32_t)(i * 7919 % 800000),
                                    .speed_cms = 20000, .track_mdeg = (int32_t)(i * 70), .climb_cms = (int32_t)(i % 5 * 300) - 600, .reference = (uint8_t)(i % 4), .circle = i % 50 == 0};
        tube_store(w.st, r);
    }
    int turns = 0;
    struct altitude_offsets before = w.st->settings.offsets;
    w.st->settings.offsets = (struct altitude_offsets){-30000, -9000, -20000, 150000, -5000, 300000};
    tubes_reindex(w.st, &before);
    for (bool again = false; w.st->tubes_moving.under_way; turns++) {
        tubes_as_of_now(w.st, (uint32_t)turns + 1);
        if (turns == 1 && !again) {
            before = w.st->settings.offsets;
            w.st->settings.offsets = (struct altitude_offsets){5000, 40000, -150000, -1000, 0, 885000};
            tubes_reindex(w.st, &before);
            tubes_as_of_now(w.st, 99);
            turns = 0;
            again = true;
        }
        tube_store(w.st, (row)(turns * 3 + 4000)); /* a new tube meanwhile, where the turns have not come yet */
        tubes_reindex_on(w.st);
        assert_true(turns < N / LIMIT_REINDEX_ROWS + 2);
    }
    assert_true(turns >= N / LIMIT_REINDEX_ROWS);
    tubes_as_of_now(w.st, 7);
    before = w.st->settings.offsets;
    tubes_reindex(w.st, &before);
    assert_false(w.st->tubes_moving.under_way);
    tubes_check(w.st);
    for (row r = table_next(&w.st->tracks, 0); r != ROW_NONE; r = table_next(&w.st->tracks, r + 1)) tube_drop(w.st, r), table_drop(&w.st->tracks, r);
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
        cmocka_unit_test(long_volumes_in_pieces), cmocka_unit_test(offsets_move_the_boxes_in_turns), cmocka_unit_test(offsets_move_the_tubes_in_turns), cmocka_unit_test(texts_come_back_as_they_went),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
