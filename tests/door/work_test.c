/* What a request cost: not what other programs took of the processor, but all that the thread waited by itself (door/work.h). */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "door/work.h"

static volatile unsigned spun;

static void spin_ms(int64_t ms) {
    for (int64_t end = monotonic_ms() + ms; monotonic_ms() < end;) spun++;
}

/* Another program on the same core, until it is ended. */
static pid_t rival(void) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((unsigned)sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (child == 0) spun++;
    return child;
}

static void what_others_took_does_not_count(void **context) {
    (void)context;
    pid_t other = rival();
    struct work begin = work_now();
    int64_t passed_us = 0, took_us = 0;
    for (int turn = 0; turn < 2000 && took_us < 20000; turn++) { /* until it has taken so much, whatever the machine does beside */
        spin_ms(5);
        struct work now = work_now();
        passed_us = now.began_us - begin.began_us;
        took_us = passed_us - (now.processor_us - begin.processor_us);
    }
    int64_t cost_us = work_us(&begin, passed_us);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    assert_true(took_us >= 20000);
    assert_true(cost_us > 0 && cost_us <= passed_us - 15000);
}

static void waiting_counts(void **context) {
    (void)context;
    struct work begin = work_now();
    usleep(20000);
    int64_t passed_us = monotonic_us() - begin.began_us;
    assert_true(passed_us >= 20000);
    assert_int_equal(work_us(&begin, passed_us), passed_us);
}

static void work_counts(void **context) {
    (void)context;
    struct work begin = work_now();
    while (work_now().processor_us - begin.processor_us < 10000) spin_ms(1);
    int64_t cost_us = work_us(&begin, monotonic_us() - begin.began_us);
    assert_true(cost_us >= 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_others_took_does_not_count), cmocka_unit_test(waiting_counts), cmocka_unit_test(work_counts)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
