/* Confines itself as the server does, then tries what its arguments say: `confine_probe ACTION`. Prints "done" and ends with 0 when it lived. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "door/confine.h"

static void *in_thread(void *argument) { return argument; }
static void threads(void) {
    pthread_t t;
    if (pthread_create(&t, NULL, in_thread, NULL) != 0 || pthread_join(t, NULL) != 0) _exit(3);
}
static void files(void) {
    char path[] = "/tmp/parley-confine-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0 || unlink(path) != 0) _exit(3);
    close(fd);
}
static void sockets(void) {
    if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0) _exit(3);
}
static void heap(void) {
    void *at = malloc((size_t)8 << 20);
    if (at == NULL) _exit(3);
    memset(at, 1, (size_t)8 << 20);
    free(at);
}
static void aborts(void) { abort(); }
static void program(void) { execl("/bin/true", "true", (char *)NULL); }
static void program_at(void) { syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0); }
static void child(void) {
    if (fork() == 0) _exit(0);
}
static void trace(void) { ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static void peek(void) { syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }
static void internet(void) { socket(AF_INET, SOCK_STREAM, 0); }
static void netlink(void) { socket(AF_NETLINK, SOCK_RAW, 0); }
static void packet(void) { socket(AF_PACKET, SOCK_RAW, 0); }
static void executable(void) { mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void made_executable(void) {
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(at, 4096, PROT_READ | PROT_EXEC);
}
static void kills(void) { kill(getppid(), SIGTERM); }
/* A process of its own, of which the filter knows: to end it is the one signal that may be sent. */
static pid_t own;
static pid_t other_process(void) {
    pid_t parent = getpid();
    own = fork();
    if (own > 0) return own;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    while (getppid() == parent) pause();
    _exit(0);
}
static void kills_its_own(void) {
    if (kill(own, SIGKILL) != 0) _exit(3);
}
static void stops_its_own(void) { kill(own, SIGSTOP); }
static void chmods(void) { syscall(SYS_fchmodat, AT_FDCWD, "/", 0777); }
static void root(void) { syscall(SYS_setuid, 0); }
static void mounts(void) { syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL); }
static void kernel(void) { syscall(SYS_bpf, 0, NULL, 0); }
static void module(void) { syscall(SYS_init_module, NULL, 0, ""); }
static void connects(void) { syscall(SYS_connect, 0, NULL, 0); }

static void *forbidden_thread(void *argument) {
    int *go = argument;
    while (__atomic_load_n(go, __ATOMIC_ACQUIRE) == 0) sched_yield();
    program();
    return NULL;
}

static const struct { const char *name; result (*confine)(const char *dir, struct fault *f); } roles[] = {{"keeper", confine_keeper}, {"scrubber", confine_scrubber}, {"small", confine_small}};
enum { ROLES = sizeof roles / sizeof roles[0] };

static int role_of(const char *word) {
    int i = 0;
    while (i < ROLES && strcmp(word, roles[i].name) != 0) i++;
    return i;
}

/* keeper DIR read|write PATH, keeper DIR ACTION: as the keeper of the log in DIR, or its scrubber; small: as a witness or a mirror whose directory it is. */
static int as_keeper(char **argv) {
    struct fault f = {0};
    if (!result_is_ok(roles[role_of(argv[1])].confine(argv[2], &f))) {
        fprintf(stderr, "%s: %s\n", f.field, f.message);
        return 2;
    }
    if (strcmp(argv[3], "socket") == 0) sockets();
    else if (strcmp(argv[3], "child") == 0) child();
    else if (strcmp(argv[3], "threads") == 0) threads();
    else if (strcmp(argv[3], "program") == 0) program();
    else if (strcmp(argv[3], "heap") == 0) heap();
    else if (open(argv[4], strcmp(argv[3], "read") == 0 ? O_RDONLY : O_WRONLY | O_CREAT, 0600) < 0) _exit(errno == EACCES ? 13 : 5);
    if (write(STDOUT_FILENO, "done\n", 5) != 5) return 3;
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc > 3 && role_of(argv[1]) < ROLES) return as_keeper(argv);
    static const struct { const char *name; void (*run)(void); } actions[] = {
        {"nothing", heap}, {"threads", threads}, {"files", files}, {"sockets", sockets}, {"heap", heap}, {"aborts", aborts}, {"program", program},
        {"program-at", program_at}, {"child", child}, {"trace", trace}, {"peek", peek}, {"internet", internet}, {"netlink", netlink}, {"packet", packet},
        {"executable", executable}, {"made-executable", made_executable}, {"kills", kills}, {"kills-its-own", kills_its_own}, {"stops-its-own", stops_its_own}, {"chmods", chmods}, {"root", root}, {"mounts", mounts},
        {"kernel", kernel}, {"module", module}, {"connects", connects}};
    static int go;
    struct fault f = {0};
    pthread_t other;
    pid_t beside = other_process();
    bool in_other = argc > 1 && strcmp(argv[1], "program-in-thread") == 0;
    if (in_other && pthread_create(&other, NULL, forbidden_thread, &go) != 0) return 3;
    if (!result_is_ok(confine(&beside, 1, &f))) {
        fprintf(stderr, "%s: %s\n", f.field, f.message);
        return 2;
    }
    if (in_other) {
        __atomic_store_n(&go, 1, __ATOMIC_RELEASE);
        pthread_join(other, NULL);
        _exit(0);
    }
    for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(argv[1], actions[i].name) == 0) {
            actions[i].run();
            if (write(STDOUT_FILENO, "done\n", 5) != 5) return 3;
            _exit(0); /* a sanitizer's look for leaks needs more than the filter allows */
        }
    return 64;
}
