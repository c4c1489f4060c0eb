/* What breaks, and when. Times are drawn at the start; a break is armed for one of the disk's next operations, or falls at once, between two
 * steps of the server. */
#include <stdlib.h>

#include "sim.h"

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

void faults_begin(struct sim *s) {
    struct sim_draw d = draw_of(s->plan.seed, "breaks", 0, 0);
    s->break_at = calloc(s->plan.breaks + 1, sizeof *s->break_at);
    if (s->break_at == NULL) abort();
    for (uint32_t i = 0; i < s->plan.breaks; i++) s->break_at[i] = draw_between(&d, s->plan.span_ns / 50, s->plan.span_ns);
    qsort(s->break_at, s->plan.breaks, sizeof *s->break_at, by_time);
    s->break_at[s->plan.breaks] = INT64_MAX;
}

static void arm(struct sim *s, struct sim_draw *d) {
    static const enum disk_fault kinds[] = {DISK_POWER_CUT, DISK_POWER_CUT, DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
    enum disk_fault what = kinds[draw_below(d, 6)];
    uint64_t at = disk_simulated_operations(s->disk) + 1 + draw_below(d, 12);
    disk_simulated_fault(s->disk, at, what);
}

/* In twins the break falls when nothing is under way: else it would fall elsewhere in the other run. */
void faults_now(struct sim *s) {
    while (s->up && s->boot >= s->break_at[s->breaks_done]) {
        struct sim_draw d = draw_of(s->plan.seed, "break", s->breaks_done++, 0);
        uint32_t what = draw_below(&d, 8);
        if (s->plan.twin) what = 7;
        if (what < 5) {
            arm(s, &d);
        } else if (what == 5) {
            s->figures.cuts++;
            server_down(s, DOWN_CUT);
        } else if (what == 6) {
            s->figures.kills++;
            server_down(s, DOWN_KILL);
        } else {
            s->figures.stops++;
            server_down(s, DOWN_STOP);
        }
    }
}

/* With a client's action: the writer stalls, or the system's clock is set, mostly wrongly, later right again. */
void faults_action(struct sim *s, struct sim_draw *d) {
    if (draw_chance(d, s->plan.stall)) {
        s->figures.stalls++;
        s->stall_until = s->boot + draw_between(d, 1, 20) * s->plan.tick_ns / 4;
    }
    if (!draw_chance(d, s->plan.jump)) return;
    s->figures.jumps++;
    static const int64_t far[] = {3, 60, 3600, 86400, 400 * 86400};
    int64_t by = far[draw_below(d, 5)] * INSTANT_SECOND;
    s->skew = draw_chance(d, 400) ? 0 : draw_chance(d, 500) ? by : -by;
}

/* --- around a start --- */

static bool list(void *context, const char *name) {
    char(*paths)[96] = context;
    for (int i = 0; i < 30; i++)
        if (paths[i][0] == '\0') {
            snprintf(paths[i], sizeof paths[i], "sim/journal/%s", name);
            return true;
        }
    return false;
}

static uint8_t byte_at(struct sim *s, const char *path, uint64_t at, uint64_t *size) {
    struct disk_file *file = NULL;
    struct fault f = {0};
    uint8_t b = 0;
    size_t got = 0;
    sim_must(s, disk_open(s->disk, path, DISK_READ, false, &file, &f), &f, path);
    sim_must(s, disk_size(file, size, &f), &f, path);
    if (at < *size) sim_must(s, disk_read(file, at, &b, 1, &got, &f), &f, path);
    disk_close(file);
    return b;
}

/* One bit of one file. Near the end of what was written it is most likely to be taken for a torn tail. */
static void plant_rot(struct sim *s, struct sim_draw *d) {
    char paths[34][96];
    struct fault f = {0};
    memset(paths, 0, sizeof paths);
    sim_must(s, disk_list(s->disk, "sim/journal", list, paths, &f), &f, "journal");
    uint32_t count = 0;
    while (count < 30 && paths[count][0] != '\0') count++;
    if (count == 0 || draw_chance(d, 150)) {
        static const char *const others[] = {"sim/genesis", "sim/checkpoint", "sim/log.key"};
        const char *other = others[draw_below(d, 3)];
        snprintf(paths[count], sizeof paths[count], "%s", other);
        snprintf(s->rot.path, sizeof s->rot.path, "%s", paths[count]);
    } else {
        uint32_t which = draw_below(d, count);
        snprintf(s->rot.path, sizeof s->rot.path, "%s", paths[which]);
    }
    uint64_t size = 0;
    (void)byte_at(s, s->rot.path, 0, &size);
    if (size == 0) return;
    s->rot.bit = draw_next(d) % (size * 8);
    s->rot.was = byte_at(s, s->rot.path, s->rot.bit / 8, &size);
    disk_simulated_flip(s->disk, s->rot.path, s->rot.bit);
    s->rot.planted = true;
    s->figures.rotten++;
}

static void mend_rot(struct sim *s) {
    uint64_t size = 0;
    uint8_t rotten = s->rot.was ^ (uint8_t)(1u << s->rot.bit % 8);
    s->rot.planted = false;
    if (byte_at(s, s->rot.path, s->rot.bit / 8, &size) == rotten) disk_simulated_flip(s->disk, s->rot.path, s->rot.bit);
}

void faults_arm_start(struct sim *s, struct sim_draw *d) {
    disk_simulated_fault(s->disk, 0, DISK_POWER_CUT);
    disk_simulated_read_fault(s->disk, 0);
    s->start_faulty = false;
    if (s->plan.twin || s->starts == 1) return;
    if (!s->rot.planted && draw_chance(d, s->plan.rot)) {
        plant_rot(s, d);
        return;
    }
    uint32_t what = draw_below(d, 10);
    s->start_faulty = what < 2;
    if (what == 0) disk_simulated_fault(s->disk, disk_simulated_operations(s->disk) + 1 + draw_below(d, 8), DISK_POWER_CUT);
    if (what == 1) disk_simulated_read_fault(s->disk, disk_simulated_reads(s->disk) + 1 + draw_below(d, 400));
}

/* A file that rots is named. What is no rot must not be called so. */
bool faults_explain(struct sim *s, result r, const struct fault *f) {
    if (s->rot.planted) {
        const char *name = strrchr(s->rot.path, '/') + 1;
        bool named = strstr(f->message, name) != NULL || strstr(f->field, name) != NULL;
        bool code = r.code == RESULT_ROT || r.code == RESULT_LOST_TAIL || r.code == RESULT_CONFLICT || r.code == RESULT_MALFORMED || r.code == RESULT_DIVERGED;
        if (!named || !code)
            sim_fail(s, "bit %llu of %s has rotted; the server says %s: %s: %s", (unsigned long long)s->rot.bit, s->rot.path, result_name(r.code), f->field, f->message);
        mend_rot(s);
        return true;
    }
    if (r.code == RESULT_IO && (s->start_faulty || s->plan.space > 0)) { /* nothing else breaks a start by itself */
        s->figures.read_errors++;
        disk_simulated_restart(s->disk);
        return true;
    }
    return false;
}

/* It came up although a bit had rotted: FORMAT.md, chapter 11, lists those that nothing reads. That nothing else is different, ledger_compare and
 * the digest show; and the bit is set right, unless the start itself wrote there. */
void faults_started(struct sim *s) {
    disk_simulated_fault(s->disk, 0, DISK_POWER_CUT);
    disk_simulated_read_fault(s->disk, 0);
    if (!s->rot.planted) return;
    s->figures.rot_silent++;
    mend_rot(s);
}
