#include "door/witness_courier.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "door/key_url.h"

/* A message is this and what was answered. Both ends are one program: the order of bytes is the machine's. */
struct letter { uint32_t status; char text[DOOR_WITNESS_REPLY_BYTES]; };
#define HEAD offsetof(struct letter, text)

/* ---- the process that asks ---- */
static size_t take_body(char *bytes, size_t each, size_t count, void *context) {
    struct append *body = context;
    append_bytes(body, bytes, each * count);
    return body->full ? 0 : each * count;
}
static CURL *prepare(const char *url, struct append *reply, char why[CURL_ERROR_SIZE], struct curl_slist **heads) {
    CURL *c = curl_easy_init();
    char whole[DOOR_URL_BYTES + 32];
    if (c == NULL) return NULL;
    snprintf(whole, sizeof whole, "%s%sadd-checkpoint", url, url[strlen(url) - 1] == '/' ? "" : "/");
    *heads = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
    *heads = curl_slist_append(*heads, "Expect:");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)DOOR_WITNESS_SECONDS);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "parley/" PARLEY_VERSION);
    curl_easy_setopt(c, CURLOPT_URL, whole);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, *heads);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, reply);
    return c;
}
/* The library's words name no password, as far as is known. */
static const char *shown(const char *url, const char *why, CURLcode code) {
    struct text secret = key_url_secret(url);
    bool tells = secret.size > 0 && memmem(why, strlen(why), secret.at, secret.size) != NULL;
    return why[0] == '\0' || tells ? curl_easy_strerror(code) : why;
}
/* One connection, kept from one question to the next. */
static _Noreturn void ask_on(const char *url, int socket) {
    static struct letter out;
    static char body[DOOR_WITNESS_REQUEST_BYTES];
    char why[CURL_ERROR_SIZE];
    struct append reply = append_fixed(out.text, sizeof out.text);
    struct curl_slist *heads = NULL;
    CURL *c = prepare(url, &reply, why, &heads);
    for (ssize_t size; c != NULL && (size = recv(socket, body, sizeof body, 0)) != 0;) {
        long status = 0;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) break;
        append_reset(&reply);
        why[0] = '\0';
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)size);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
        CURLcode code = curl_easy_perform(c);
        if (code == CURLE_OK) code = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
        out.status = code == CURLE_OK ? (uint32_t)status : 0;
        if (code != CURLE_OK) {
            const char *words = reply.full ? "its answer is longer than one of a witness may be" : shown(url, why, code);
            append_reset(&reply);
            append_str(&reply, words);
        }
        if (send(socket, &out, HEAD + reply.size, MSG_NOSIGNAL) < 0) break;
    }
    _exit(c == NULL); /* the server is gone */
}
/* What a library breaks goes with the process that used it: another one takes its place. */
static void live(void *context, int socket) {
    const char *url = context;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return;
    for (;;) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            ask_on(url, socket);
        }
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
        if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return;
        static const char words[] = "the process that asked died";
        struct { uint32_t status; char text[sizeof words]; } said = {.status = 0};
        memcpy(said.text, words, sizeof words);
        if (send(socket, &said, HEAD + sizeof words - 1, MSG_NOSIGNAL) < 0) return;
        sleep(1);
    }
}

/* ---- the server's side ---- */
result witness_courier_start(struct child *c, const char *url, struct fault *f) {
    static const struct child_how how = {.name = "parley-witness", .type = SOCK_SEQPACKET};
    struct fault inner = {0};
    if (result_is_ok(child_start(c, &how, live, (void *)(uintptr_t)url, &inner))) return OK;
    return fail(f, RESULT_IO, "witness", "cannot be asked: %s", inner.message);
}
bool witness_courier_ask(struct child *c, struct text body) { return body.size <= DOOR_WITNESS_REQUEST_BYTES && child_tell(c, body.at, body.size); }
bool witness_courier_next(struct child *c, struct witness_answer *out) {
    static struct letter in; /* of the loop's thread alone */
    size_t got;
    if (!child_hear(c, &in, sizeof in, &got) || got < HEAD) return false;
    *out = (struct witness_answer){in.status, {in.text, got - HEAD}};
    return true;
}
