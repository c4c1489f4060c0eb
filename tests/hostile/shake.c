/* TLS: handshakes one after the other (renegotiate=0), or one connection that asks to negotiate anew until the server will not.
 *   shake port= threads= addresses= first= milliseconds= renegotiate= */
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile.h"

struct shaker {
    pthread_t thread;
    uint32_t address;
    unsigned shaken, failed, again, refused_again;
};
static struct {
    unsigned port;
    bool renegotiate;
    int64_t end_us;
    SSL_CTX *context;
} s;

/* How often the server took part in a negotiation after the first. */
static void again(struct shaker *k, SSL *tls) {
    char byte;
    while (now_us() < s.end_us) {
        if (SSL_renegotiate(tls) != 1 || SSL_do_handshake(tls) != 1) break;
        if (SSL_renegotiate_pending(tls)) break;
        k->again++;
    }
    k->refused_again++;
    (void)SSL_read(tls, &byte, 1);
}

static void *shake(void *context) {
    struct shaker *k = context;
    while (now_us() < s.end_us) {
        struct timeval patience = {.tv_sec = 2};
        int fd = socket_from(k->address, false);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        SSL *tls = SSL_new(s.context);
        SSL_set_fd(tls, fd);
        bool good = connect_to(fd, s.port) == 0 && SSL_connect(tls) == 1;
        if (good) k->shaken++;
        else k->failed++;
        if (good && s.renegotiate) again(k, tls);
        SSL_free(tls);
        close(fd);
    }
    return NULL;
}

int shake_main(const struct options *o) {
    unsigned threads = (unsigned)option_number(o, "threads", 8), addresses = (unsigned)option_number(o, "addresses", 1);
    s.port = (unsigned)option_number(o, "port", 0);
    s.renegotiate = option_number(o, "renegotiate", 0) != 0;
    s.end_us = now_us() + option_number(o, "milliseconds", 1000) * 1000;
    s.context = SSL_CTX_new(TLS_client_method());
    if (s.context == NULL) die("TLS");
    SSL_CTX_set_session_cache_mode(s.context, SSL_SESS_CACHE_OFF);
    if (s.renegotiate) SSL_CTX_set_max_proto_version(s.context, TLS1_2_VERSION);
    struct shaker *all = room(NULL, threads * sizeof *all), sum = {.shaken = 0};
    for (unsigned i = 0; i < threads; i++) {
        all[i] = (struct shaker){.address = address_at(option_text(o, "first", "127.0.2.1"), i % addresses)};
        if (pthread_create(&all[i].thread, NULL, shake, &all[i]) != 0) die("threads");
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(all[i].thread, NULL);
        sum.shaken += all[i].shaken, sum.failed += all[i].failed, sum.again += all[i].again, sum.refused_again += all[i].refused_again;
    }
    printf("{\"shaken\":%u,\"failed\":%u,\"again\":%u,\"refused_again\":%u}\n", sum.shaken, sum.failed, sum.again, sum.refused_again);
    return 0;
}
