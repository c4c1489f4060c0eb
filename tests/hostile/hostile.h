/* The client that does harm, and the one that is measured meanwhile: `hostile MODE name=value…`, on loopback only. Each mode prints one line
 * of JSON with what it did and what it was answered; the driver (hostile_test.py) holds that against the server's own counters. */
#ifndef PARLEY_TESTS_HOSTILE_H
#define PARLEY_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    int count;
    char **at;
};
const char *option_text(const struct options *o, const char *name, const char *otherwise);
long option_number(const struct options *o, const char *name, long otherwise);

_Noreturn void die(const char *what);
int64_t now_us(void);
void *room(void *at, size_t size); /* realloc that does not fail */
char *read_file(const char *path, size_t *size);

/* A file of requests: each "<decimal size> <id or ->\n" and then its bytes. */
struct request { const char *at; size_t size; char id[33]; };
struct request *read_requests(const char *path, size_t *count);

/* 127.A.B.C of `first` plus i; a socket bound to it, not yet connected. */
uint32_t address_at(const char *first, unsigned i);
int socket_from(uint32_t address, bool nonblocking);
int connect_to(int s, unsigned port); /* 0, EINPROGRESS, or what failed */

/* Size of the whole reply at the begin of these bytes, 0: not whole yet. *body_left: when the head is whole, what of the body is still to
 * come (then the result is the bytes that are there). */
size_t reply_size(const char *at, size_t size, size_t *body_left);

int honest_main(const struct options *o);
int flood_main(const struct options *o);
int hold_main(const struct options *o);
int shake_main(const struct options *o);

#endif
