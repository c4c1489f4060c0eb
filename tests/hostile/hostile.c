#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void die(const char *what) {
    fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
    exit(1);
}

int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void *room(void *at, size_t size) {
    void *got = realloc(at, size);
    if (got == NULL) die("memory");
    return got;
}

const char *option_text(const struct options *o, const char *name, const char *otherwise) {
    size_t size = strlen(name);
    for (int i = 0; i < o->count; i++)
        if (strncmp(o->at[i], name, size) == 0 && o->at[i][size] == '=') return o->at[i] + size + 1;
    return otherwise;
}

long option_number(const struct options *o, const char *name, long otherwise) {
    const char *text = option_text(o, name, NULL);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

char *read_file(const char *path, size_t *size) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) die(path);
    char *at = room(NULL, (size_t)about.st_size + 1);
    *size = 0;
    for (ssize_t got; (got = read(fd, at + *size, (size_t)about.st_size - *size)) > 0;) *size += (size_t)got;
    at[*size] = '\0';
    close(fd);
    return at;
}

struct request *read_requests(const char *path, size_t *count) {
    size_t size, space = 0;
    char *at = read_file(path, &size), *end = at + size;
    struct request *all = NULL;
    for (*count = 0; at < end; (*count)++) {
        char *line = memchr(at, '\n', (size_t)(end - at)), *after;
        if (line == NULL) die("a file of requests");
        if (*count == space) all = room(all, (space = space * 2 + 64) * sizeof *all);
        struct request *r = &all[*count];
        *r = (struct request){.at = line + 1, .size = strtoul(at, &after, 10)};
        size_t id = (size_t)(line - after) - 1;
        if (r->size > (size_t)(end - line - 1) || id >= sizeof r->id) die("a request");
        memcpy(r->id, after + 1, id);
        at = line + 1 + r->size;
    }
    if (*count == 0) die("no requests");
    return all;
}

uint32_t address_at(const char *first, unsigned i) {
    struct in_addr a;
    if (inet_pton(AF_INET, first, &a) != 1 || ntohl(a.s_addr) >> 24 != 127) die("loopback addresses only");
    uint32_t at = ntohl(a.s_addr) + i / 250 * 256 + i % 250;
    if (at >> 24 != 127) die("loopback addresses only");
    return at;
}

int socket_from(uint32_t address, bool nonblocking) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
    if (s < 0) die("socket");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&from, sizeof from) != 0) die("bind");
    return s;
}

int connect_to(int s, unsigned port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(s, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

size_t reply_size(const char *at, size_t size, size_t *body_left) {
    const char *end = memmem(at, size, "\r\n\r\n", 4);
    *body_left = 0;
    if (end == NULL) return 0;
    size_t head = (size_t)(end - at) + 4, body = 0;
    for (const char *line = at; line < end; line = (const char *)memchr(line, '\n', size - (size_t)(line - at)) + 1)
        if (strncasecmp(line, "Content-Length:", 15) == 0) body = strtoul(line + 15, NULL, 10);
    if (size < head + body) *body_left = head + body - size;
    return *body_left > 0 ? size : head + body;
}

int main(int argc, char **argv) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    struct options o = {argc - 2, argv + 2};
    if (argc >= 2 && strcmp(argv[1], "honest") == 0) return honest_main(&o);
    if (argc >= 2 && strcmp(argv[1], "flood") == 0) return flood_main(&o);
    if (argc >= 2 && strcmp(argv[1], "hold") == 0) return hold_main(&o);
    if (argc >= 2 && strcmp(argv[1], "shake") == 0) return shake_main(&o);
    fprintf(stderr, "usage: hostile honest|flood|hold|shake name=value...\n");
    return 64;
}
