/* Both disks: the system's in a directory of its own (and on tmpfs, where O_DIRECT is refused), the simulated one and what a cut leaves of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "log/segment.h"

#include <cmocka.h>

static void must(result r, const struct fault *f) { fixture_must(r, f, "disk"); }
static _Alignas(4096) uint8_t block[4096], back[4096];

static bool count_names(void *context, const char *name) {
    ++*(unsigned *)context;
    return name[0] != '\0';
}

/* The same contract for both. */
static void contract(struct disk *d, const char *dir) {
    struct fault f = {0};
    char a[256], b[256];
    struct disk_file *file = NULL, *lock = NULL, *second = NULL;
    size_t got;
    uint64_t size;
    unsigned names = 0;
    snprintf(a, sizeof a, "%s/a", dir);
    snprintf(b, sizeof b, "%s/b", dir);
    must(disk_make_dir(d, dir, &f), &f);
    must(disk_make_dir(d, dir, &f), &f);
    assert_int_equal(disk_open(d, a, DISK_READ, false, &file, &f).code, RESULT_NOT_FOUND);
    assert_false(disk_exists(d, a));
    must(disk_open(d, a, DISK_DIRECT, true, &file, &f), &f);
    memset(block, 7, sizeof block);
    must(disk_write(file, 4096, block, sizeof block, &f), &f);
    must(disk_size(file, &size, &f), &f);
    assert_int_equal(size, 8192);
    disk_close(file);
    must(disk_sync_dir(d, dir, &f), &f);
    must(disk_open(d, a, DISK_READ, false, &file, &f), &f);
    must(disk_read(file, 4000, back, 200, &got, &f), &f);
    assert_int_equal(got, 200);
    assert_true(back[95] == 0 && back[96] == 7);
    must(disk_read(file, 8000, back, 4096, &got, &f), &f);
    assert_int_equal(got, 192);
    must(disk_read(file, 9000, back, 4096, &got, &f), &f);
    assert_int_equal(got, 0);
    disk_close(file);
    must(disk_rename(d, a, b, &f), &f);
    assert_true(disk_exists(d, b) && !disk_exists(d, a));
    must(disk_open(d, b, DISK_WRITE, false, &file, &f), &f);
    must(disk_truncate(file, 100, &f), &f);
    must(disk_write(file, 100, "xyz", 3, &f), &f);
    must(disk_sync(file, &f), &f);
    must(disk_size(file, &size, &f), &f);
    assert_int_equal(size, 103);
    disk_close(file);
    must(disk_list(d, dir, count_names, &names, &f), &f);
    assert_int_equal(names, 1);
    must(disk_free_space(d, dir, &size, &f), &f);
    assert_true(size > 0);
    must(disk_lock(d, a, &lock, &f), &f);
    assert_int_equal(disk_lock(d, a, &second, &f).code, RESULT_BUSY);
    disk_close(lock);
    must(disk_lock(d, a, &lock, &f), &f);
    disk_close(lock);
    must(disk_remove(d, a, &f), &f);
    must(disk_remove(d, b, &f), &f);
    assert_int_equal(disk_remove(d, b, &f).code, RESULT_NOT_FOUND);
}

/* A link in a file's place is neither read nor written through, nor is what it points to made. */
static void no_link_is_followed(const char *dir) {
    struct fault f = {0};
    struct disk_file *file = NULL;
    char target[300], path[300];
    snprintf(target, sizeof target, "%s/target", dir);
    snprintf(path, sizeof path, "%s/link", dir);
    assert_int_equal(symlink("target", path), 0);
    for (int there = 0; there < 2; there++) {
        assert_int_equal(disk_open(disk_real(), path, DISK_READ, false, &file, &f).code, RESULT_FORBIDDEN);
        assert_int_equal(disk_open(disk_real(), path, DISK_WRITE, true, &file, &f).code, RESULT_FORBIDDEN);
        assert_int_equal(disk_open(disk_real(), path, DISK_DIRECT, true, &file, &f).code, RESULT_FORBIDDEN);
        assert_non_null(strstr(f.message, "is a link"));
        assert_int_equal(disk_open(disk_real(), path, DISK_NEW, true, &file, &f).code, RESULT_CONFLICT);
        assert_non_null(strstr(f.message, "is there already"));
        assert_true(disk_exists(disk_real(), path));
        assert_int_equal(disk_exists(disk_real(), target), there);
        if (there) break;
        must(disk_open(disk_real(), target, DISK_WRITE, true, &file, &f), &f);
        disk_close(file);
    }
    assert_int_equal(disk_open(disk_real(), target, DISK_NEW, true, &file, &f).code, RESULT_CONFLICT);
    must(disk_remove(disk_real(), path, &f), &f); /* the link, not what it leads to */
    must(disk_open(disk_real(), path, DISK_NEW, true, &file, &f), &f);
    disk_close(file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(target), 0);
}

static void real_in(const char *base) {
    char dir[256];
    snprintf(dir, sizeof dir, "%s/parley-disk-XXXXXX", base);
    if (mkdtemp(dir) == NULL) {
        print_message("# %s is not writable: passed over\n", base);
        return;
    }
    contract(disk_real(), dir);
    no_link_is_followed(dir);
    assert_int_equal(rmdir(dir), 0);
}

static void real(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    real_in(base != NULL ? base : "/tmp");
    real_in("/dev/shm");
}

/* Who is root gives a file away; who is not looks at one of root's. */
static void of_another_user(void **state) {
    (void)state;
    struct fault f = {0};
    char dir[256], owner[64];
    const char *base = getenv("TMPDIR"), *path = "/";
    bool root = geteuid() == 0;
    snprintf(dir, sizeof dir, "%s/parley-user-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(dir));
    must(disk_private(disk_real(), dir, &f), &f);
    if (root) {
        if (chown(dir, 12345, (gid_t)-1) == 0) path = dir;
        else print_message("# no file can be given away here: passed over\n");
    }
    if (!root || path == dir) {
        assert_int_equal(disk_private(disk_real(), path, &f).code, RESULT_FORBIDDEN);
        snprintf(owner, sizeof owner, "belongs to user %d, not to %u", root ? 12345 : 0, (unsigned)geteuid());
        assert_non_null(strstr(f.message, owner));
    }
    assert_int_equal(rmdir(dir), 0);
    struct segments *s = NULL; /* where the directory has gone, its segments cannot be listed */
    assert_int_equal(segments_open(disk_real(), dir, "pay", 1 << 20, &s, &f).code, RESULT_NOT_FOUND);
    assert_null(s);
    assert_non_null(strstr(f.message, dir));
}

static void simulated(void **state) {
    (void)state;
    struct disk *d = disk_simulated(1);
    contract(d, "/d");
    disk_simulated_free(d);
}

/* What was synced survives a cut, each other sector is there or not. */
static void cut(void **state) {
    (void)state;
    unsigned old = 0, new = 0, gone = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct fault f = {0};
        struct disk *d = disk_simulated(seed);
        struct disk_file *file = NULL, *other = NULL;
        size_t got;
        must(disk_open(d, "/d/a", DISK_WRITE, true, &file, &f), &f);
        memset(block, 1, sizeof block);
        must(disk_write(file, 0, block, sizeof block, &f), &f);
        must(disk_sync(file, &f), &f);
        must(disk_sync_dir(d, "/d", &f), &f);
        memset(block, 2, sizeof block);
        must(disk_write(file, 0, block, sizeof block, &f), &f);
        must(disk_open(d, "/d/b", DISK_WRITE, true, &other, &f), &f);
        disk_close(file);
        disk_close(other);
        disk_simulated_restart(d);
        gone += !disk_exists(d, "/d/b");
        must(disk_open(d, "/d/a", DISK_READ, false, &file, &f), &f);
        must(disk_read(file, 0, back, sizeof back, &got, &f), &f);
        assert_int_equal(got, 4096);
        for (int s = 0; s < 8; s++) {
            for (int i = 0; i < 512; i++) assert_int_equal(back[512 * s + i], back[512 * s]);
            assert_true(back[512 * s] == 1 || back[512 * s] == 2);
            old += back[512 * s] == 1;
            new += back[512 * s] == 2;
        }
        disk_close(file);
        disk_simulated_free(d);
    }
    assert_true(old > 100 && new > 100 && gone > 10 && gone < 50);
}

/* A simulated disk that is full refuses what grows a file, and takes what does not. */
/* Whatever fails, and whenever the power goes: the bytes of before or these, and once more is enough. */
static void replaced(void **state) {
    (void)state;
    static const enum disk_fault faults[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
    char long_name[LIMIT_PATH], first[3000], second[1500];
    struct fault f = {0};
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    memset(first, 'a', sizeof first);
    memset(second, 'b', sizeof second);
    unsigned lost = 0, kept = 0;
    for (unsigned what = 0; what < 4; what++)
        for (uint64_t seed = 1; seed <= 20; seed++)
            for (uint64_t at = 1; at <= 6; at++) {
                struct disk *d = disk_simulated(seed);
                struct disk_file *file = NULL;
                char room[4000];
                size_t got = 0;
                must(disk_make_dir(d, "d", &f), &f);
                assert_int_equal(disk_replace(d, "d", long_name, TEXT("x"), &f).code, RESULT_TOO_LARGE);
                must(disk_replace(d, "d", "name", (struct text){first, sizeof first}, &f), &f);
                disk_simulated_fault(d, disk_simulated_operations(d) + at, faults[what]);
                bool good = result_is_ok(disk_replace(d, "d", "name", (struct text){second, sizeof second}, &f));
                disk_simulated_restart(d);
                must(disk_open(d, "d/name", DISK_READ, false, &file, &f), &f);
                must(disk_read(file, 0, room, sizeof room, &got, &f), &f);
                disk_close(file);
                bool new = got == sizeof second && memcmp(room, second, got) == 0, old = got == sizeof first && memcmp(room, first, got) == 0;
                assert_true(good ? new : new || old);
                lost += old;
                kept += new;
                must(disk_replace(d, "d", "name", TEXT("again"), &f), &f);
                disk_simulated_free(d);
            }
    assert_true(lost > 0 && kept > 0);
}

static void full(void **state) {
    (void)state;
    struct fault f = {0};
    struct disk *d = disk_simulated(1);
    struct disk_file *file = NULL;
    uint64_t size;
    must(disk_open(d, "/d/a", DISK_WRITE, true, &file, &f), &f);
    must(disk_write(file, 0, block, 1000, &f), &f);
    disk_simulated_room(d, 100);
    must(disk_write(file, 1000, block, 60, &f), &f);
    assert_int_equal(disk_write(file, 1060, block, 41, &f).code, RESULT_FULL);
    assert_non_null(strstr(f.message, "No space left on device"));
    must(disk_size(file, &size, &f), &f);
    assert_int_equal(size, 1060);
    must(disk_write(file, 0, block, 1060, &f), &f);
    must(disk_write(file, 1060, block, 40, &f), &f);
    disk_close(file);
    disk_simulated_free(d);
}

static void remove_tree(const char *dir) {
    static const char *const names[] = {"journal/log-00000001.seg", "journal/pay-00000001.seg", "journal", "index/places", "index/ticks",
                                        "index/nodes", "index", "genesis", "log.key", "receipt.key", "blinds", "checkpoint", "lock", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[320];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(remove(path), 0);
    }
}

/* Reads what an event tells of while the writer is at its next batch. */
static void read_back(struct node *n, const struct node_event *e) {
    struct fault f = {0};
    struct node_record r;
    struct arena a;
    struct append text = append_growing(1 << 20);
    arena_growing(&a, 1 << 24);
    if (e->kind == NODE_APPENDED) {
        must(node_record(n, e->party, e->place, &a, &r, &f), &f);
        struct hash root = merkle_root_of(r.hashes, r.hash_count);
        assert_true(hash_equal(&root, &r.root));
        node_record_render(&r, true, &text);
    }
    if (e->kind == NODE_TICKED) {
        must(node_checkpoint(n, &text, &f), &f);
        must(node_proof(n, 0, 0, 0, &text, &f), &f);
    }
    append_free(&text);
    arena_free(&a);
}

static void take_events(struct node *n, uint32_t *left) {
    struct node_event e;
    while (node_next(n, &e)) {
        *left -= e.kind == NODE_ANSWERED;
        read_back(n, &e);
    }
}

/* The scripted day on the system's disk with the writer's thread, and back. */
static void node_on_real(void **state) {
    (void)state;
    struct fault f = {0};
    static struct fixture script;
    char dir[256], key[300];
    const char *base = getenv("TMPDIR");
    fixture_make(&script);
    snprintf(dir, sizeof dir, "%s/parley-node-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(dir));
    must(node_create(NULL, dir, script.genesis, script.log_secret, script.receipt_secret, &f), &f);
    struct stat s;
    snprintf(key, sizeof key, "%s/log.key", dir);
    assert_int_equal(stat(key, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    struct node_options o = {.dir = dir};
    struct node *n = NULL, *second = NULL;
    must(node_open(&o, &n, NULL, &f), &f);
    assert_int_equal(node_open(&o, &second, NULL, &f).code, RESULT_BUSY);
    uint32_t left = 0;
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *step = &script.steps[i];
        if (step->tick) must(node_tick(n, step->now, 0, false, &f), &f);
        else must(node_submit(n, step->parts, step->count, step->now, i + 1, &f), &f);
        left += !step->tick;
        must(node_poll(n, &f), &f);
        take_events(n, &left);
    }
    while (left > 0) {
        must(node_poll(n, &f), &f);
        take_events(n, &left);
        usleep(200);
    }
    struct hash digest = state_digest(node_state(n));
    node_close(n);
    struct node_report report;
    o.read_only = o.verify_signatures = true;
    must(node_open(&o, &n, &report, &f), &f);
    struct hash came = state_digest(node_state(n));
    assert_true(hash_equal(&digest, &came));
    assert_int_equal(report.cut_bytes, 0);
    node_close(n);
    o.read_only = false;
    must(node_open(&o, &n, &report, &f), &f);
    came = state_digest(node_state(n));
    assert_true(hash_equal(&digest, &came));
    node_close(n);
    remove_tree(dir);
    arena_free(&script.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(real), cmocka_unit_test(of_another_user), cmocka_unit_test(simulated), cmocka_unit_test(cut), cmocka_unit_test(replaced), cmocka_unit_test(full), cmocka_unit_test(node_on_real)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
