#include "base/ring.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "seeded.h"

static bool is_readable(const struct ring *r, int milliseconds) {
    struct pollfd p = {.fd = ring_fd(r), .events = POLLIN};
    return poll(&p, 1, milliseconds) == 1;
}

static void *item(uintptr_t n) { return (void *)(n + 1); }

static void items_come_in_order_and_a_full_ring_refuses(void **state) {
    (void)state;
    for (size_t capacity = 1; capacity < 9; capacity++) {
        struct ring *r = ring_new(capacity);
        assert_non_null(r);
        void *out[16];
        uintptr_t in = 0, popped = 0;
        assert_int_equal(ring_pop_all(r, out, 16), 0);
        for (int round = 0; round < 20; round++) {
            while (ring_push(r, item(in))) in++;
            assert_int_equal(in - popped, capacity);
            assert_false(ring_put(r, item(in)));
            size_t room = (size_t)round % (capacity + 2), n = ring_pop_all(r, out, room);
            assert_int_equal(n, room < capacity ? room : capacity);
            for (size_t i = 0; i < n; i++) assert_ptr_equal(out[i], item(popped + i));
            popped += n;
            assert_int_equal(is_readable(r, 0), in != popped); /* what remains is still announced */
        }
        ring_free(r);
    }
    ring_free(NULL);
    assert_null(ring_new(SIZE_MAX / 4));
}

static void a_batch_wakes_once(void **state) {
    (void)state;
    struct ring *r = ring_new(8);
    void *out[8];
    assert_true(ring_put(r, item(0)));
    assert_true(ring_put(r, item(1)));
    assert_false(is_readable(r, 0));
    ring_wake(r);
    ring_wake(r);
    assert_true(is_readable(r, 0));
    assert_int_equal(ring_pop_all(r, out, 8), 2);
    assert_false(is_readable(r, 0)); /* both wake-ups were one */
    assert_int_equal(ring_pop_all(r, out, 8), 0);
    assert_true(ring_push(r, item(2)));
    assert_true(is_readable(r, 0));
    assert_int_equal(ring_pop_all(r, out, 8), 1);
    ring_free(r);
}

enum { ITEMS = 200000 };

static void *produce(void *ring) {
    struct seeded s = {8};
    for (uintptr_t n = 0; n < ITEMS;) {
        uintptr_t batch = 1 + seeded_below(&s, 20);
        for (; batch > 0 && n < ITEMS; batch--, n++)
            while (!ring_put(ring, item(n))) {
                ring_wake(ring); /* a full ring whose consumer sleeps would stay full */
                sched_yield();
            }
        ring_wake(ring);
        if (seeded_below(&s, 50) == 0) sched_yield();
    }
    return NULL;
}

/* The consumer only ever looks when it is woken: a lost wake-up shows as a poll that times out. */
static void nothing_is_lost_between_two_threads(void **state) {
    (void)state;
    static const size_t capacities[] = {1, 3, 64, 4096};
    for (size_t k = 0; k < 4; k++) {
        struct ring *r = ring_new(capacities[k]);
        struct seeded s = seeded_start(9);
        pthread_t producer;
        assert_int_equal(pthread_create(&producer, NULL, produce, r), 0);
        uintptr_t next = 0;
        while (next < ITEMS) {
            if (!is_readable(r, 20000)) fail_msg("not woken at item %zu", (size_t)next);
            void *out[32];
            size_t n = ring_pop_all(r, out, 1 + seeded_below(&s, 32));
            for (size_t i = 0; i < n; i++) assert_ptr_equal(out[i], item(next++));
        }
        assert_int_equal(pthread_join(producer, NULL), 0);
        ring_free(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order_and_a_full_ring_refuses),
        cmocka_unit_test(a_batch_wakes_once),
        cmocka_unit_test(nothing_is_lost_between_two_threads),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
