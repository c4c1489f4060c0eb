/* Connections that are held: what `prefix` says is sent, then a byte of the rest every drip_ms, or the whole again and again (spray=1); what
 * comes is read not at all (read=0), or so many bytes every drip_ms. Those that the server closes are opened again.
 *   hold port= connections= addresses= first= prefix=FILE [rest=FILE] drip_ms= read= spray= milliseconds= reopen_ms= */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile.h"

struct held {
    int fd;
    uint32_t address;
    size_t sent;
    int64_t next_us;
    bool counted; /* as open */
};
static struct {
    const char *bytes;
    size_t size, prefix;
    unsigned port;
    bool spray;
    long drip_us, reopen_us;
    size_t read;
    uint64_t opened, refused, closed, bytes_out, bytes_in;
} h;

static void begin(struct held *c, int64_t now) {
    int small = 4096;
    c->fd = socket_from(c->address, true);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    c->sent = 0;
    c->counted = false;
    c->next_us = now;
    int failed = connect_to(c->fd, h.port);
    if (failed == 0 || failed == EINPROGRESS) return;
    h.refused++;
    close(c->fd);
    c->fd = -1;
    c->next_us = now + h.reopen_us;
}

static void gone(struct held *c, int64_t now) {
    if (c->counted) h.closed++;
    else h.refused++;
    close(c->fd);
    c->fd = -1;
    c->next_us = now + h.reopen_us;
}

/* False: closed by the server. */
static bool look(struct held *c) {
    static char away[1 << 16];
    struct pollfd p = {.fd = c->fd, .events = POLLIN | POLLRDHUP | POLLOUT};
    if (poll(&p, 1, 0) < 0) die("poll");
    if ((p.revents & POLLOUT) != 0 && !c->counted) {
        c->counted = true;
        h.opened++;
    }
    if ((p.revents & (POLLERR | POLLHUP | POLLRDHUP)) != 0) return false;
    if ((p.revents & POLLIN) != 0 && h.read > 0) {
        ssize_t n = recv(c->fd, away, h.read < sizeof away ? h.read : sizeof away, MSG_DONTWAIT);
        if (n == 0) return false;
        if (n > 0) h.bytes_in += (uint64_t)n;
    }
    return true;
}

static bool drip(struct held *c) {
    size_t until = c->sent < h.prefix ? h.prefix : h.spray ? h.size : c->sent + 1 < h.size ? c->sent + 1 : h.size;
    while (c->counted && c->sent < until) {
        ssize_t n = send(c->fd, h.bytes + c->sent, until - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) return errno == EAGAIN;
        c->sent += (size_t)n;
        h.bytes_out += (uint64_t)n;
        if (h.spray && c->sent == h.size) c->sent = h.prefix;
    }
    return true;
}

int hold_main(const struct options *o) {
    unsigned connections = (unsigned)option_number(o, "connections", 100), addresses = (unsigned)option_number(o, "addresses", 1);
    size_t rest_size = 0;
    h.port = (unsigned)option_number(o, "port", 0);
    h.drip_us = option_number(o, "drip_ms", 100) * 1000;
    h.reopen_us = option_number(o, "reopen_ms", 50) * 1000;
    h.read = (size_t)option_number(o, "read", 0);
    h.spray = option_number(o, "spray", 0) != 0;
    char *prefix = read_file(option_text(o, "prefix", "/dev/null"), &h.prefix), *rest = read_file(option_text(o, "rest", "/dev/null"), &rest_size);
    h.size = h.prefix + rest_size;
    prefix = room(prefix, h.size + 1);
    memcpy(prefix + h.prefix, rest, rest_size);
    h.bytes = prefix;
    struct held *all = room(NULL, connections * sizeof *all);
    int64_t now = now_us(), end = now + option_number(o, "milliseconds", 1000) * 1000;
    for (unsigned i = 0; i < connections; i++)
        all[i] = (struct held){.fd = -1, .address = address_at(option_text(o, "first", "127.0.2.1"), i % addresses), .next_us = now};
    while ((now = now_us()) < end) {
        for (unsigned i = 0; i < connections; i++) {
            struct held *c = &all[i];
            if (c->next_us > now) continue;
            if (c->fd < 0) {
                begin(c, now);
                continue;
            }
            c->next_us = c->sent < h.prefix || !c->counted ? now + 1000 : now + h.drip_us;
            if (!look(c) || !drip(c)) gone(c, now);
        }
        usleep(500);
    }
    uint64_t open = 0;
    for (unsigned i = 0; i < connections; i++) {
        if (all[i].fd < 0) continue;
        if (!look(&all[i])) gone(&all[i], now);
        else open += all[i].counted;
    }
    printf("{\"opened\":%llu,\"refused\":%llu,\"closed\":%llu,\"open\":%llu,\"bytes_out\":%llu,\"bytes_in\":%llu}\n", (unsigned long long)h.opened,
           (unsigned long long)h.refused, (unsigned long long)h.closed, (unsigned long long)open, (unsigned long long)h.bytes_out, (unsigned long long)h.bytes_in);
    return 0;
}
