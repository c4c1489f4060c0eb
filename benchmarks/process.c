#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

double process_cpu(pid_t pid) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) bench_die("CPU time");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct process process_server(const char *dir) { return process_server_with(dir, (const char *const[]){NULL}); }

struct process process_server_with(const char *dir, const char *const *more) {
    struct process p = {.pid = -1};
    const char *binary = getenv("PARLEY_BIN");
    int ends[2];
    char line[512];
    size_t got = 0;
    if (binary == NULL) binary = "src/parley";
    if (pipe(ends) != 0 || (p.pid = fork()) < 0) bench_die("fork");
    if (p.pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(ends[1], 1);
        if (getenv("BENCH_LOUD") == NULL) dup2(null, 2);
        close(ends[0]);
        const char *arguments[32] = {binary, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--rate-address", "1000000", "--connections-per-address", "1000"};
        for (unsigned i = 0; i < 16 && more[i] != NULL; i++) arguments[10 + i] = more[i];
        execv(binary, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(ends[1]);
    p.out = ends[0];
    while (got < sizeof line - 1 && memchr(line, '\n', got) == NULL) {
        ssize_t n = read(p.out, line + got, sizeof line - 1 - got);
        if (n <= 0) bench_die("the server did not start (PARLEY_BIN names the binary)");
        got += (size_t)n;
    }
    line[got] = '\0';
    const char *at = strstr(line, "127.0.0.1:");
    if (at == NULL) bench_die(line);
    p.port = (unsigned)strtoul(at + 10, NULL, 10);
    return p;
}

void process_stop(struct process *p, int with) {
    int status = 0;
    if (kill(p->pid, with) != 0 || waitpid(p->pid, &status, 0) != p->pid) bench_die("stop");
    close(p->out);
    if (with == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) bench_die("the server ended badly");
}
