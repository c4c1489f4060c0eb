#include "door/key_courier.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door/child.h"
#include "door/key_url.h"
#include "log/monotonic.h"

/* What is sent: this, then `size` bytes: the set, or the words why there is none. Both ends are one program: the order of bytes is the machine's. */
struct letter { uint32_t source, failed, size; };
struct key_courier {
    struct child child;
    bool died;                         /* as far as was heard, and taken */
    int64_t poked_ms;
    size_t got, taken;                 /* bytes in `room`; those of the letter that was handed out */
    char room[sizeof(struct letter) + DOOR_TOKEN_SOURCE_BYTES];
};

/* ---- the process that asks ---- */
static size_t take_body(char *bytes, size_t each, size_t count, void *context) {
    struct append *body = context;
    append_bytes(body, bytes, each * count);
    return body->full ? 0 : each * count;
}
static CURLcode fetch(const char *url, struct append *body, char why[CURL_ERROR_SIZE]) {
    CURL *c = curl_easy_init();
    if (c == NULL) return CURLE_OUT_OF_MEMORY;
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)DOOR_KEYS_FETCH_SECONDS);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    CURLcode code = curl_easy_perform(c);
    long status = 0;
    if (code == CURLE_OK && curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status != 200) {
        snprintf(why, CURL_ERROR_SIZE, "it answered with status %ld", status);
        code = CURLE_HTTP_RETURNED_ERROR;
    }
    curl_easy_cleanup(c);
    return code;
}
static bool send_all(int to, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = send(to, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}
/* Lives for one fetch: what a library leaks or breaks goes with it. */
static _Noreturn void ask(const struct key_source *s, int to) {
    char why[CURL_ERROR_SIZE] = "";
    struct append body = append_growing(DOOR_TOKEN_SOURCE_BYTES);
    CURLcode code = fetch(s->url, &body, why);
    struct letter head = {.source = s->number, .failed = code != CURLE_OK};
    struct text secret = key_url_secret(s->url);
    if (secret.size > 0 && memmem(why, strlen(why), secret.at, secret.size) != NULL) why[0] = '\0'; /* the library's words name none, as far as is known */
    struct text said = code == CURLE_OK ? append_view(&body) : body.full ? TEXT("its answer is longer than a set of keys may be") : text_of(why[0] != '\0' ? why : curl_easy_strerror(code));
    head.size = (uint32_t)said.size;
    bool sent = send_all(to, &head, sizeof head) && send_all(to, said.at, said.size);
    _exit(sent && code == CURLE_OK ? 0 : 1);
}
/* True: the set came. A child that hangs or dies is told of as a fetch that failed, so that nobody waits for it. */
static bool ask_in_child(const struct key_source *s, int to) {
    pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        ask(s, to);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (pid > 0 && WIFEXITED(status)) return WEXITSTATUS(status) == 0;
    static const char words[] = "the process that asked died";
    struct letter head = {.source = s->number, .failed = 1, .size = sizeof words - 1};
    return send_all(to, &head, sizeof head) && send_all(to, words, sizeof words - 1) && false;
}
struct life { const struct key_source *sources; uint32_t count; };
static void live(void *context, int socket) {
    const struct life *l = context;
    int64_t due[DOOR_TOKEN_SOURCES] = {0};
    char poke[64];
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return;
    for (;;) {
        int64_t now = monotonic_ms(), next = now + DOOR_KEYS_REFRESH_SECONDS * 1000;
        for (uint32_t i = 0; i < l->count; i++) {
            if (due[i] <= now) due[i] = monotonic_ms() + 1000 * (ask_in_child(&l->sources[i], socket) ? DOOR_KEYS_REFRESH_SECONDS : DOOR_KEYS_RETRY_SECONDS);
            if (due[i] < next) next = due[i];
        }
        now = monotonic_ms();
        struct pollfd p = {.fd = socket, .events = POLLIN};
        if (poll(&p, 1, next > now ? (int)(next - now) : 0) <= 0) continue;
        if (recv(socket, poke, sizeof poke, 0) <= 0) return; /* the server is gone */
        memset(due, 0, sizeof due);
    }
}

/* ---- the server's side ---- */
result key_courier_start(const struct key_source *sources, uint32_t count, struct key_courier **out, struct fault *f) {
    *out = NULL;
    if (count == 0) return OK;
    static const struct child_how how = {.name = "parley-keys", .type = SOCK_STREAM};
    struct life life = {sources, count};
    struct key_courier *c = calloc(1, sizeof *c);
    if (c == NULL) return fail(f, RESULT_FULL, "token-key", "no memory");
    struct fault inner = {0};
    if (!result_is_ok(child_start(&c->child, &how, live, &life, &inner))) {
        free(c);
        return fail(f, RESULT_IO, "token-key", "keys cannot be fetched: %s", inner.message);
    }
    *out = c;
    return OK;
}
void key_courier_end(struct key_courier *c) {
    if (c == NULL) return;
    (void)child_end(&c->child, 0);
    free(c);
}
pid_t key_courier_pid(const struct key_courier *c) { return c == NULL ? 0 : c->child.pid; }
int key_courier_fd(const struct key_courier *c) { return c == NULL || c->died ? -1 : c->child.socket; }
bool key_courier_died(const struct key_courier *c) { return c->died; }

static void take_more(struct key_courier *c) {
    size_t got;
    while (!c->died && c->got < sizeof c->room && child_hear(&c->child, c->room + c->got, sizeof c->room - c->got, &got)) c->got += got;
    c->died = c->died || !child_up(&c->child);
}
bool key_courier_next(struct key_courier *c, struct key_fetch *out) {
    struct letter head;
    if (c->taken > 0) memmove(c->room, c->room + c->taken, c->got -= c->taken);
    c->taken = 0;
    take_more(c);
    if (c->got < sizeof head) return false;
    memcpy(&head, c->room, sizeof head);
    if (head.size > DOOR_TOKEN_SOURCE_BYTES || head.source >= DOOR_TOKEN_SOURCES) c->died = true; /* not one of ours any more */
    if (c->died || c->got - sizeof head < head.size) return false;
    c->taken = sizeof head + head.size;
    *out = (struct key_fetch){.source = head.source, .failed = head.failed != 0, .set = {c->room + sizeof head, head.size}};
    if (out->failed) snprintf(out->why, sizeof out->why, "%.*s", (int)(head.size < sizeof out->why - 1 ? head.size : sizeof out->why - 1), out->set.at);
    return true;
}
void key_courier_poke(struct key_courier *c, int64_t now_ms) {
    if (c == NULL || c->died || now_ms - c->poked_ms < DOOR_KEYS_RETRY_SECONDS * 1000) return;
    c->poked_ms = now_ms;
    (void)child_tell(&c->child, "k", 1); /* that it has died key_courier_next finds */
}
