#include "door/probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "log/disk.h"
#include "log/monotonic.h"

#define GROWTH_SECONDS (7 * 86400)
#define SYNC_WRITES 16
#define SYNC_BYTES 4096

static bool path_of(const char *dir, const char *name, char path[LIMIT_PATH]) {
    return snprintf(path, LIMIT_PATH, "%s%s%s", dir, name[0] == '\0' ? "" : "/", name) < LIMIT_PATH;
}

/* Each regular file directly in DIR/NAME, by descriptor of the directory and name. */
static void each_file(const char *dir, const char *name, void (*each)(void *context, int at, const char *file), void *context) {
    char path[LIMIT_PATH];
    DIR *at = path_of(dir, name, path) ? opendir(path) : NULL;
    if (at == NULL) return;
    for (const struct dirent *e = readdir(at); e != NULL; e = readdir(at)) {
        struct stat about;
        if (fstatat(dirfd(at), e->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode)) each(context, dirfd(at), e->d_name);
    }
    closedir(at);
}

static void add_bytes(void *context, int at, const char *file) {
    struct stat about;
    if (fstatat(at, file, &about, AT_SYMLINK_NOFOLLOW) == 0) *(uint64_t *)context += (uint64_t)about.st_blocks * 512;
}

uint64_t probe_tree_bytes(const char *dir, const char *name) {
    uint64_t bytes = 0;
    each_file(dir, name, add_bytes, &bytes);
    return bytes;
}

void probe_space(const char *dir, struct probe_space *out) {
    static const struct { uint64_t type; const char *kind; bool in_memory, over_network; } kinds[] = {
        {0xef53, "ext4", false, false}, {0x58465342, "xfs", false, false}, {0x9123683e, "btrfs", false, false}, {0x2fc12fc1, "zfs", false, false},
        {0xf2f52010, "f2fs", false, false}, {0x794c7630, "overlay", false, false}, {0x01021994, "tmpfs", true, false}, {0x858458f6, "ramfs", true, false},
        {0x6969, "nfs", false, true}, {0xff534d42, "cifs", false, true}, {0xfe534d42, "smb", false, true}, {0x517b, "smb", false, true},
        {0x65735546, "fuse", false, true}, {0x01021997, "9p", false, true}, {0x00c36400, "ceph", false, true}, {0x47504653, "gpfs", false, true},
        {0x0bd00bd0, "lustre", false, true}, {0x01161970, "gfs2", false, true}, {0x7461636f, "ocfs2", false, true}, {0x5346414f, "afs", false, true}};
    struct statfs about;
    *out = (struct probe_space){.kind = "unknown"};
    if (statfs(dir, &about) != 0) return;
    out->known = true;
    out->free = (uint64_t)about.f_bavail * (uint64_t)about.f_bsize;
    out->total = (uint64_t)about.f_blocks * (uint64_t)about.f_bsize;
    out->type = (uint64_t)about.f_type & 0xffffffff;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].type != out->type) continue;
        snprintf(out->kind, sizeof out->kind, "%s", kinds[i].kind);
        out->in_memory = kinds[i].in_memory;
        out->over_network = kinds[i].over_network;
    }
}

/* --- how long a synced write takes --- */

static int by_size(const void *a, const void *b) { return *(const int64_t *)a < *(const int64_t *)b ? -1 : *(const int64_t *)a > *(const int64_t *)b; }

static result measure(struct disk_file *file, int64_t took[SYNC_WRITES], struct fault *f) {
    static _Alignas(4096) uint8_t block[SYNC_BYTES];
    memset(block, 0x5a, sizeof block);
    for (unsigned i = 0; i < SYNC_WRITES; i++) {
        int64_t began = monotonic_ns();
        TRY(disk_write(file, (uint64_t)i * SYNC_BYTES, block, sizeof block, f));
        took[i] = monotonic_ns() - began;
    }
    return OK;
}

result probe_sync(const char *dir, struct probe_sync *out, struct fault *f) {
    char path[LIMIT_PATH], name[64];
    int64_t took[SYNC_WRITES];
    struct disk_file *file = NULL;
    snprintf(name, sizeof name, "doctor.%ld", (long)getpid());
    if (!path_of(dir, name, path)) return fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
    TRY(disk_open(disk_real(), path, DISK_DIRECT, true, &file, f));
    result r = measure(file, took, f);
    disk_close(file);
    unlink(path);
    TRY(r);
    qsort(took, SYNC_WRITES, sizeof took[0], by_size);
    *out = (struct probe_sync){took[SYNC_WRITES / 2], took[SYNC_WRITES - 1], SYNC_WRITES};
    return OK;
}

/* --- growth --- */

struct files { int64_t since, first, last; uint64_t bytes; };

static int64_t born(const struct statx *x) { return (x->stx_mask & STATX_BTIME) != 0 ? x->stx_btime.tv_sec : 0; }

static void find_last(void *context, int at, const char *file) {
    struct statx x;
    struct files *s = context;
    if (statx(at, file, AT_SYMLINK_NOFOLLOW, STATX_MTIME, &x) == 0 && x.stx_mtime.tv_sec > s->last) s->last = x.stx_mtime.tv_sec;
}

static void add_recent(void *context, int at, const char *file) {
    struct statx x;
    struct files *s = context;
    if (statx(at, file, AT_SYMLINK_NOFOLLOW, STATX_MTIME | STATX_BTIME | STATX_BLOCKS, &x) != 0 || x.stx_mtime.tv_sec < s->since) return;
    int64_t from = born(&x);
    /* A file that was begun before the time looked at counts by its part of it. */
    uint64_t bytes = x.stx_blocks * 512;
    int64_t life = x.stx_mtime.tv_sec - from;
    if (from < s->since && from > 0 && life > 0) bytes = (uint64_t)((double)bytes * (double)(x.stx_mtime.tv_sec - s->since) / (double)life);
    s->bytes += bytes;
    if (from < s->first) s->first = from;
}

void probe_growth(const char *dir, struct probe_growth *out) {
    struct files s = {.first = INT64_MAX};
    *out = (struct probe_growth){.known = false};
    each_file(dir, "journal", find_last, &s);
    s.since = s.last - GROWTH_SECONDS;
    each_file(dir, "journal", add_recent, &s);
    if (s.last == 0 || s.first == 0 || s.first == INT64_MAX) return; /* no file, or a file system that does not know when one was made */
    out->seconds = s.last - (s.first > s.since ? s.first : s.since);
    if (out->seconds < 600) return; /* room written ahead would count for growth */
    uint64_t journal = probe_tree_bytes(dir, "journal"), index = probe_tree_bytes(dir, "index");
    out->known = true;
    out->bytes = s.bytes + (journal == 0 ? 0 : (uint64_t)((double)s.bytes * (double)index / (double)journal));
}

/* --- clock, limits, files --- */

void probe_clock(struct probe_clock *out) {
    struct timex t = {.modes = 0};
    struct timespec now;
    *out = (struct probe_clock){.known = false};
    clock_gettime(CLOCK_REALTIME, &now);
    out->now = (instant)now.tv_sec * INSTANT_SECOND + now.tv_nsec;
    int state = adjtimex(&t);
    if (state < 0) return;
    out->known = true;
    out->synchronised = state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
    out->error_ns = (int64_t)t.maxerror * 1000;
}

static uint64_t hard_limit(int which) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)which, &limit) != 0) return 0;
    return limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_max;
}

void probe_limits(struct probe_limits *out) {
    *out = (struct probe_limits){.files = hard_limit(RLIMIT_NOFILE), .locked_bytes = hard_limit(RLIMIT_MEMLOCK)};
    FILE *info = fopen("/proc/meminfo", "re");
    char line[128];
    while (info != NULL && fgets(line, sizeof line, info) != NULL) {
        unsigned long long kib;
        if (sscanf(line, "MemTotal: %llu kB", &kib) == 1) out->memory_total = kib * 1024;
        else if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1) out->memory_available = kib * 1024;
    }
    if (info != NULL) fclose(info);
}

void probe_file(const char *dir, const char *name, struct probe_file *out) {
    char path[LIMIT_PATH];
    struct stat about;
    *out = (struct probe_file){.there = false};
    if (!path_of(dir, name, path) || stat(path, &about) != 0) return;
    *out = (struct probe_file){true, S_ISDIR(about.st_mode), (unsigned)about.st_mode & 07777, about.st_uid};
}

static bool is_parley(long pid) {
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *comm = fopen(path, "re");
    bool any = comm != NULL && fgets(name, sizeof name, comm) != NULL;
    if (comm != NULL) fclose(comm);
    return any && strcmp(name, "parley\n") == 0;
}

/* /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF", the device in hexadecimal. */
bool probe_lock(const char *dir, pid_t *holder) {
    char path[LIMIT_PATH], line[256];
    struct stat about;
    bool held = false;
    *holder = 0;
    if (!path_of(dir, "lock", path) || stat(path, &about) != 0) return false;
    FILE *locks = fopen("/proc/locks", "re");
    while (locks != NULL && !held && fgets(line, sizeof line, locks) != NULL) {
        long pid;
        unsigned major_number, minor_number;
        unsigned long long inode;
        if (strstr(line, "FLOCK") == NULL) continue;
        if (sscanf(line, "%*s FLOCK %*s WRITE %ld %x:%x:%llu", &pid, &major_number, &minor_number, &inode) != 4) continue;
        /* Some file systems (btrfs) show stat another device than /proc/locks. */
        held = inode == about.st_ino && ((major_number == major(about.st_dev) && minor_number == minor(about.st_dev)) || is_parley(pid));
        if (held && pid > 0) *holder = (pid_t)pid;
    }
    if (locks != NULL) fclose(locks);
    return held;
}
