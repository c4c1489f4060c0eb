#include "door/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "base/limits.h"
#include "door/report.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

bool confine_impossible(void) { return SANITIZED; }

/* By what they are for. Names that an architecture does not have are passed over. */
static const char *const allowed[] = {
    /* the journal, the index, certificates read anew, the log */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "open", "openat", "close", "fstat", "stat",
    "lstat", "newfstatat", "statx", "statfs", "fstatfs", "lseek", "ftruncate", "fallocate", "fsync", "fdatasync", "flock", "fcntl", "access",
    "faccessat", "faccessat2", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "getdents64", "readlink", "readlinkat", "getcwd",
    /* connections that came */
    "accept", "accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "sendfile", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "eventfd2", "signalfd4",
    /* memory, none of it executable (mmap and mprotect: below) */
    "munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock",
    /* threads, time, random numbers, oneself */
    "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "membarrier", "getcpu", "gettid", "getpid", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group", "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday",
    "time", "adjtimex", "clock_adjtime", "getrandom", "getrusage", "getrlimit", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo",
};

static const char *const allowed_keeper[] = {
    /* the journal, snapshots */
    "read", "write", "pread64", "pwrite64", "open", "openat", "close", "fstat", "stat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "lseek", "ftruncate",
    "fsync", "fdatasync", "fcntl", "access", "faccessat", "faccessat2", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "getdents64",
    "fadvise64",
    /* the server */
    "recvfrom", "recvmsg", "sendto", "sendmsg", "poll", "ppoll",
    /* memory, none of it executable */
    "munmap", "mremap", "madvise", "brk",
    /* time, random numbers, oneself */
    "futex", "sched_yield", "gettid", "getpid", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "restart_syscall", "exit", "exit_group", "clock_gettime",
    "gettimeofday", "time", "nanosleep", "clock_nanosleep", "getrandom", "uname", "sysinfo", "rseq",
};

static int allow(scmp_filter_ctx x, const char *name) {
    int call = seccomp_syscall_resolve_name(name);
    return call == __NR_SCMP_ERROR || call < 0 ? 0 : seccomp_rule_add(x, SCMP_ACT_ALLOW, call, 0);
}

/* The library's macros leave the last member out where it has no meaning, which clang takes for an oversight. */
static struct scmp_arg_cmp when(unsigned argument, enum scmp_compare how, scmp_datum_t a, scmp_datum_t b) {
    return (struct scmp_arg_cmp){.arg = argument, .op = how, .datum_a = a, .datum_b = b};
}

static int allow_if(scmp_filter_ctx x, int call, struct scmp_arg_cmp condition) { return seccomp_rule_add_array(x, SCMP_ACT_ALLOW, call, 1, &condition); }

static int allow_memory(scmp_filter_ctx x) {
    int r = allow_if(x, SCMP_SYS(mmap), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (r == 0) r = allow_if(x, SCMP_SYS(mprotect), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (r == 0) r = allow_if(x, SCMP_SYS(tgkill), when(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)); /* an assertion that fails */
    return r;
}

/* Calls that are harmless with some arguments only. */
static int allow_partly(scmp_filter_ctx x) {
    int r = allow_memory(x);
    /* clone3 hides its flags behind a pointer; without it the C library falls back to clone. */
    if (r == 0) r = seccomp_rule_add(x, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (r == 0) r = allow_if(x, SCMP_SYS(clone), when(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    if (r == 0) r = allow_if(x, SCMP_SYS(prlimit64), when(0, SCMP_CMP_EQ, 0, 0));
    /* To say to the service manager that we are ready, or ending; no other kind of socket is made once we listen. */
    if (r == 0) r = allow_if(x, SCMP_SYS(socket), when(0, SCMP_CMP_EQ, AF_UNIX, 0));
    if (r == 0) r = allow_if(x, SCMP_SYS(ioctl), when(1, SCMP_CMP_EQ, TCGETS, 0)); /* isatty */
    if (r == 0) r = allow_if(x, SCMP_SYS(ioctl), when(1, SCMP_CMP_EQ, FIONREAD, 0));
    if (r == 0) r = allow_if(x, SCMP_SYS(ioctl), when(1, SCMP_CMP_EQ, FIONBIO, 0));
    return r;
}

/* The call itself was not made. Says which it was, then dies of it. */
static void forbidden(int signal_number, siginfo_t *info, void *context) {
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    (void)context;
    report_number(&m, "call", info->si_syscall);
    report_number(&m, "arch", (int64_t)info->si_arch);
    report_dying("forbidden_call", &m);
    signal(signal_number, SIG_DFL);
    (void)syscall(SYS_tgkill, getpid(), gettid(), signal_number);
    _exit(128 + signal_number);
}

static int allow_kill(scmp_filter_ctx x, pid_t pid) {
    struct scmp_arg_cmp both[] = {when(0, SCMP_CMP_EQ, (scmp_datum_t)pid, 0), when(1, SCMP_CMP_EQ, SIGKILL, 0)};
    return pid > 0 ? seccomp_rule_add_array(x, SCMP_ACT_ALLOW, SCMP_SYS(kill), 2, both) : 0;
}

static result load(const char *const *names, size_t count, int (*partly)(scmp_filter_ctx), const pid_t *beside, size_t beside_count, struct fault *f) {
    struct sigaction act = {.sa_sigaction = forbidden, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (sigaction(SIGSYS, &act, NULL) != 0) return fail(f, RESULT_IO, "seccomp", "no handler: %s", strerror(errno));
    scmp_filter_ctx x = seccomp_init(SCMP_ACT_TRAP);
    if (x == NULL) return fail(f, RESULT_FULL, "seccomp", "no memory for the filter");
    int r = seccomp_attr_set(x, SCMP_FLTATR_CTL_TSYNC, 1); /* the writer's thread runs already */
    for (size_t i = 0; r == 0 && i < count; i++) r = allow(x, names[i]);
    if (r == 0) r = partly(x);
    for (size_t i = 0; r == 0 && i < beside_count; i++) r = allow_kill(x, beside[i]);
    if (r == 0) r = seccomp_load(x);
    seccomp_release(x);
    return r == 0 ? OK : fail(f, RESULT_UNSUPPORTED, "seccomp", "the kernel does not take the filter: %s", strerror(-r));
}

result confine(const pid_t *beside, size_t count, struct fault *f) { return load(allowed, sizeof allowed / sizeof allowed[0], allow_partly, beside, count, f); }

/* --- files (Landlock): a filter of calls sees no paths --- */

static int permit(int rules, const char *dir, const char *name, uint64_t access) {
    char path[LIMIT_PATH];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || n >= (int)sizeof path) return -1;
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0) return -1;
    int done = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return done;
}

/* Of what this header knows, what the kernel does not: nothing is lost but that. */
static uint64_t file_rights(long version) {
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
#ifdef LANDLOCK_ACCESS_FS_REFER
    if (version >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
#endif
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
    if (version >= 3) all |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
    return all;
}

static uint64_t keep_rights(long version) {
    uint64_t keep = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
#ifdef LANDLOCK_ACCESS_FS_TRUNCATE
    if (version >= 3) keep |= LANDLOCK_ACCESS_FS_TRUNCATE;
#endif
    (void)version;
    return keep;
}

result confine_small(const char *dir, struct fault *f) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version >= 1) {
        struct landlock_ruleset_attr attr = {.handled_access_fs = file_rights(version)};
        int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
        bool good = rules >= 0 && permit(rules, dir, ".", keep_rights(version)) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
        result r = good ? OK : fail(f, RESULT_UNSUPPORTED, "landlock", "the kernel does not take the rules for %s: %s", dir, strerror(errno));
        if (rules >= 0) close(rules);
        TRY(r);
    }
    return confine(NULL, 0, f);
}

/* OK too where the kernel has no Landlock: the filter of calls stands alone then. */
static result confine_files(const char *dir, bool keeps, struct fault *f) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return OK;
    struct landlock_ruleset_attr attr = {.handled_access_fs = file_rights(version)};
    uint64_t look = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    uint64_t keep = keep_rights(version);
    static const char *const made[] = {"snapshots", "index"}; /* index: synced before a snapshot counts on it */
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        char path[LIMIT_PATH];
        int n = snprintf(path, sizeof path, "%s/%s", dir, made[i]);
        if (n < 0 || n >= (int)sizeof path || (mkdir(path, 0700) != 0 && errno != EEXIST)) return fail(f, RESULT_IO, dir, "has no place for %s: %s", made[i], strerror(errno));
    }
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    bool good = rules >= 0 && permit(rules, dir, "genesis", LANDLOCK_ACCESS_FS_READ_FILE) == 0 && permit(rules, dir, "journal", look) == 0 &&
                permit(rules, dir, "snapshots", keeps ? keep : look) == 0 && (keeps || permit(rules, dir, "checkpoint", LANDLOCK_ACCESS_FS_READ_FILE) == 0) && permit(rules, dir, "index", look) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    result r = good ? OK : fail(f, RESULT_UNSUPPORTED, "landlock", "the kernel does not take the rules for %s: %s", dir, strerror(errno));
    if (rules >= 0) close(rules);
    return r;
}

result confine_keeper(const char *dir, struct fault *f) {
    TRY(confine_files(dir, true, f));
    return load(allowed_keeper, sizeof allowed_keeper / sizeof allowed_keeper[0], allow_memory, NULL, 0, f);
}

result confine_scrubber(const char *dir, struct fault *f) {
    TRY(confine_files(dir, false, f));
    return load(allowed_keeper, sizeof allowed_keeper / sizeof allowed_keeper[0], allow_memory, NULL, 0, f);
}
