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

/* In twins the break falls when nothing is under way, or with the next tick: else it would fall elsewhere in the other run. */
static void break_twin(struct sim *s, struct sim_draw *d) {
    static const enum disk_fault kinds[] = {DISK_POWER_CUT, DISK_EIO, DISK_ENOSPC, DISK_SHORT_WRITE};
    uint32_t what = draw_below(d, 6), kind = draw_below(d, 4), fate = draw_below(d, 3);
    if (what < 3) {
        static const char *const parts[] = {"/pay-", "/log-", "sim/checkpoint"};
        s->tick_fault.part = parts[what];
        s->tick_fault.what = kinds[kind];
        s->tick_fault.fate = what == 1 ? DISK_FATE_LOST : (enum disk_fate)fate;
    } else if (what == 3) {
        s->figures.stops++;
        server_down(s, DOWN_STOP);
    } else {
        server_settle(s);
        if (what == 4) s->figures.kills++;
        else s->figures.cuts++;
        server_down(s, what == 4 ? DOWN_KILL : DOWN_CUT);
    }
}

void faults_now(struct sim *s) {
    while (s->up && s->boot >= s->break_at[s->breaks_done]) {
        struct sim_draw d = draw_of(s->plan.seed, "break", s->breaks_done++, 0);
        if (s->plan.twin) {
            break_twin(s, &d);
            continue;
        }
        uint32_t what = draw_below(&d, 8);
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

/* The newest snapshot is the one that a start takes; it is derived, so a rotten one is said and passed over. */
static bool newer(void *context, const char *name) {
    char *newest = context;
    if (strlen(name) == 20 && strcmp(name, newest) > 0) snprintf(newest, 24, "%s", name);
    return true;
}
static bool newest_snapshot(struct sim *s) {
    char name[24] = "";
    struct fault f = {0};
    sim_must(s, disk_list(s->disk, "sim/snapshots", newer, name, &f), &f, "snapshots");
    if (name[0] != '\0') snprintf(s->rot.path, sizeof s->rot.path, "sim/snapshots/%s", name);
    return name[0] != '\0';
}
bool faults_rot_in_snapshot(const struct sim *s) { return s->rot.planted && strncmp(s->rot.path, "sim/snapshots/", 14) == 0; }

/* Whether a party that may enter by a statement has done so does not show in the files: what blinds it is left alone. */
static bool doubtful(const struct sim *s, const char *path, uint64_t byte) {
    return s->plan.enters && strcmp(path, "sim/blinds") == 0 && byte / 32 == s->plan.parties;
}

/* One bit of one file; mostly one that something reads (most of a journal's files are zeros, written ahead). */
static bool draw_bit(struct sim *s, struct sim_draw *d, uint64_t size) {
    for (int tries = draw_chance(d, 700) ? 6 : 1; tries > 0; tries--) {
        s->rot.bit = draw_next(d) % (size * 8);
        if (doubtful(s, s->rot.path, s->rot.bit / 8)) continue;
        s->rot.read = rot_is_read(s, s->rot.path, s->rot.bit / 8);
        if (s->rot.read || tries == 1) return true;
    }
    return false;
}

static void plant_rot(struct sim *s, struct sim_draw *d) {
    char paths[34][96];
    struct fault f = {0};
    memset(paths, 0, sizeof paths);
    sim_must(s, disk_list(s->disk, "sim/journal", list, paths, &f), &f, "journal");
    uint32_t count = 0;
    while (count < 30 && paths[count][0] != '\0') count++;
    if (draw_chance(d, 200) && !s->plan.twin && newest_snapshot(s)) { /* in twins one may be further than in the other */
        /* that one */
    } else if (count == 0 || draw_chance(d, 150)) {
        static const char *const others[] = {"sim/genesis", "sim/checkpoint", "sim/log.key", "sim/blinds"};
        const char *other = others[draw_below(d, 4)];
        snprintf(paths[count], sizeof paths[count], "%s", other);
        snprintf(s->rot.path, sizeof s->rot.path, "%s", paths[count]);
    } else {
        uint32_t which = draw_below(d, count);
        snprintf(s->rot.path, sizeof s->rot.path, "%s", paths[which]);
    }
    uint64_t size = 0;
    (void)byte_at(s, s->rot.path, 0, &size);
    if (size == 0 || !draw_bit(s, d, size)) return;
    s->rot.was = byte_at(s, s->rot.path, s->rot.bit / 8, &size);
    disk_simulated_flip(s->disk, s->rot.path, s->rot.bit);
    s->rot.planted = true;
    s->figures.rotten++;
}

static void mend_rot(struct sim *s) {
    uint64_t size = 0;
    uint8_t rotten = s->rot.was ^ (uint8_t)(1u << s->rot.bit % 8);
    s->rot.planted = false;
    if (disk_exists(s->disk, s->rot.path) && byte_at(s, s->rot.path, s->rot.bit / 8, &size) == rotten) disk_simulated_flip(s->disk, s->rot.path, s->rot.bit);
}

void faults_arm_start(struct sim *s, struct sim_draw *d) {
    disk_simulated_fault(s->disk, 0, DISK_POWER_CUT);
    disk_simulated_read_fault(s->disk, 0);
    s->start_faulty = false;
    if (s->starts == 1) return;
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
        bool code = r.code == RESULT_ROT || r.code == RESULT_LOST_TAIL || r.code == RESULT_CONFLICT || r.code == RESULT_MALFORMED || r.code == RESULT_DIVERGED ||
                    r.code == RESULT_UNSUPPORTED; /* a key of a kind that there is not */
        if (!s->rot.read) sim_fail(s, "nothing reads bit %llu of %s, but the server says %s: %s", (unsigned long long)s->rot.bit, s->rot.path, f->field, f->message);
        if (faults_rot_in_snapshot(s)) sim_fail(s, "a rotten snapshot keeps the server from starting: %s: %s", f->field, f->message);
        s->figures.rot_found++;
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

/* It came up although a bit had rotted: then it is one that nothing reads. That nothing else is different, ledger_compare and the digest show; and
 * the bit is set right, unless the start itself wrote there. */
void faults_started(struct sim *s, uint32_t snapshots_passed) {
    disk_simulated_fault(s->disk, 0, DISK_POWER_CUT);
    disk_simulated_read_fault(s->disk, 0);
    if (!s->rot.planted) return;
    if (faults_rot_in_snapshot(s)) {
        if (snapshots_passed == 0) sim_fail(s, "bit %llu of %s has rotted, and the server starts from it", (unsigned long long)s->rot.bit, s->rot.path);
        s->figures.rot_found++;
        mend_rot(s);
        return;
    }
    if (s->rot.read) sim_fail(s, "bit %llu of %s has rotted, which is read, and the server starts as if nothing were", (unsigned long long)s->rot.bit, s->rot.path);
    s->figures.rot_idle++;
    mend_rot(s);
}
