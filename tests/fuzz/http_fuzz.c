/* Raw bytes at the real server: server_run in a thread of this process, with its loop, library, node and disk behind it, and a
 * connection over loopback per input. "@T" in the input stands for a session's token, "@B" for an access token of F3548 and F3411, "@N" for a line end (CR LF). The first byte says in what
 * pieces it is sent. What comes back is a row of well-formed replies, whatever was asked: JSON where JSON is said, as long as was said, and none
 * more than there can have been requests. Nothing hangs: the sender ends its half, and the server ends the connection. */
#include "fixture.h"

#include "fuzz.h"
#include "issuer.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/report.h"
#include "door/server.h"
#include "log/node.h"

enum { REPLIES = 1 << 20, WAIT_MS = 5000, IDLE_MS = 60 };
static struct fixture x;
static sem_t listening;
static char address[64], token[65], bearer[2048], key_path[96];
static struct json_reader *json;
static char replies[REPLIES + 1];

static void listens(void *context, const char *url) {
    (void)context;
    snprintf(address, sizeof address, "%s", url);
    sem_post(&listening);
}

static char dir[64];

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}
static void clean_up(void) { nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS); }

static void *serve(void *unused) {
    (void)unused;
    struct server_options o = {.dir = dir, .listen = "127.0.0.1:0", .listening = listens, .token_keys = {key_path}, .token_key_count = 1, .audiences = {"localhost"}, .audience_count = 1, .log_level = "error", .rate_party = 1000000, .rate_address = 1000000};
    struct fault f = {0};
    if (!result_is_ok(server_run(&o, &f))) fprintf(stderr, "%s: %s\n", f.field, f.message);
    abort(); /* it has no reason to end */
}

static int connect_to(void) {
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1))};
    /* Closed with a reset, else a hundred thousand connections would wait for late segments. */
    struct linger at_once = {1, 0};
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) abort();
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return s;
}

/* What came back until the server ended the connection, or sent nothing for so long. *ended: it did end it. */
static size_t exchange(const char *bytes, size_t size, size_t piece, int idle_ms, bool *ended) {
    int s = connect_to();
    size_t sent = 0, got = 0;
    *ended = false;
    while (sent < size) {
        ssize_t n = send(s, bytes + sent, size - sent < piece ? size - sent : piece, MSG_NOSIGNAL);
        if (n <= 0) break; /* it has heard enough */
        sent += (size_t)n;
    }
    shutdown(s, SHUT_WR);
    for (;;) {
        struct pollfd p = {.fd = s, .events = POLLIN};
        if (poll(&p, 1, idle_ms) <= 0) break;
        ssize_t n = recv(s, replies + got, REPLIES - got, 0);
        *ended = n <= 0;
        if (n <= 0 || got + (size_t)n == REPLIES) break;
        got += (size_t)n;
    }
    close(s);
    replies[got] = '\0';
    return got;
}

static const char *ask(const char *method, const char *path, const char *body, size_t size) {
    char room[8192];
    bool ended;
    int n = snprintf(room, sizeof room, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", method, path, size);
    memcpy(room + n, body, size);
    exchange(room, (size_t)n + size, sizeof room, WAIT_MS, &ended);
    const char *end = strstr(replies, "\r\n\r\n");
    if (end == NULL) abort();
    return end + 4;
}

static void log_in(void) {
    const struct json *top;
    struct text nonce, expires, given;
    struct fault f = {0};
    struct hash log;
    static const char who[] = "{\"party\":\"aramoor\",\"key\":\"root\"}";
    struct note note;
    struct sha256 h;
    if (!result_is_ok(note_parse(x.note, &note, &f))) abort();
    sha256_init(&h);
    sha256_update(&h, "", 1);
    sha256_update(&h, note.text.at, note.text.size);
    log = sha256_final(&h);
    const char *answer = ask("POST", "/v1/session/challenge", who, sizeof who - 1);
    if (!result_is_ok(json_parse(json, text_of(answer), JSON_OPEN, &top, &f)) || !result_is_ok(json_get_text(top, "nonce", true, 64, &nonce, &f)) ||
        !result_is_ok(json_get_text(top, "expires", true, 64, &expires, &f))) {
        fprintf(stderr, "challenge: %s\n", answer);
        abort();
    }
    struct append text = append_growing(4096), whole = append_growing(8192);
    append_str(&text, "parley/1 session " FIXTURE_ORIGIN_EXERCISE "\n{\"log\":\"");
    append_hex(&text, log.bytes, SHA256_SIZE);
    append_format(&text, "\",\"party\":\"aramoor\",\"key\":\"root\",\"nonce\":\"%.*s\",\"expires\":\"%.*s\"}\n", TEXT_ARG(nonce), TEXT_ARG(expires));
    note_begin(&whole, append_view(&text));
    note_sign(&whole, append_view(&text), TEXT("exercise/aramoor/root"), x.secret[0]);
    struct append body = append_growing(16384);
    append_str(&body, "{\"note\":");
    append_json_string(&body, append_view(&whole));
    append_str(&body, "}");
    answer = ask("POST", "/v1/session", body.at, body.size);
    if (!result_is_ok(json_parse(json, text_of(answer), JSON_OPEN, &top, &f)) || !result_is_ok(json_get_text(top, "token", true, 64, &given, &f))) {
        fprintf(stderr, "session: %s\n", answer);
        abort();
    }
    memcpy(token, given.at, given.size);
    append_free(&text);
    append_free(&whole);
    append_free(&body);
}

static void start(void) {
    struct fault f = {0};
    pthread_t thread;
    if (json != NULL) return;
    json = json_reader_new(REPLIES);
    snprintf(dir, sizeof dir, "/tmp/parley-fuzz-XXXXXX");
    if (mkdtemp(dir) == NULL) abort();
    atexit(clean_up);
    if (!result_is_ok(fixture_make(&x, false, &f)) || !result_is_ok(node_create(disk_real(), dir, x.note, x.log_secret, x.receipt_secret, &f))) abort();
    uint8_t secret[64];
    struct append jwt = append_fixed(bearer, sizeof bearer - 1);
    snprintf(key_path, sizeof key_path, "%s/issuer.pem", dir);
    issuer_key(key_path, secret);
    issuer_token(secret, (instant)time(NULL) * INSTANT_SECOND, &jwt);
    sem_init(&listening, 0, 0);
    if (pthread_create(&thread, NULL, serve, NULL) != 0) abort();
    sem_wait(&listening);
    log_in();
}

#define STATEMENT "{\"statement\":{\"kind\":\"message\",\"id\":\"00112233445566778899aabbccddeeff\"},\"sections\":[{\"section\":\"body\",\"to\":[\"log\"],\"body\":{\"text\":\"hello there\"}}]}"
static void seeds(void) {
    static const char *const requests[] = {
        "\7GET /v1/log HTTP/1.1@NHost: localhost@N@N", "\7GET / HTTP/1.0@N@N", "\1GET /v1/openapi.json HTTP/1.1@NHost: localhost@NConnection: close@N@N",
        "\7GET /v1/notices?x=1 HTTP/1.1@NHost: localhost@NAuthorization: Bearer @T@N@N", "\7GET /v1/stream?from=0&limit=3 HTTP/1.1@NHost: localhost@NAuthorization: Bearer @T@N@N",
        "\7GET /v1/events?from=0 HTTP/1.1@NHost: localhost@NAuthorization: Bearer @T@N@N",
        ("\7POST /v1/statements HTTP/1.1@NHost: localhost@NAuthorization: Bearer @T@NContent-Type: application/json@NContent-Length: 147@N@N" STATEMENT),
        "\7POST /v1/feeds/radar/frames HTTP/1.1@NHost: localhost@NAuthorization: Bearer @T@NContent-Length: 2@N@N{}GET /v1/clock HTTP/1.1@NHost: localhost@N@N",
        "\7POST /v1/session/challenge HTTP/1.1@NHost: localhost@NContent-Length: 32@N@N{\"party\":\"aramoor\",\"key\":\"root\"}HEAD / HTTP/1.1@NHost: localhost@N@N",
        "\7POST /v1/statements HTTP/1.1@NHost: localhost@NTransfer-Encoding: chunked@N@N5@Nhello@N0@N@NGET /v1/log HTTP/1.1@NHost: localhost@N@N",
        "\7POST / HTTP/1.1@NHost: localhost@NContent-Length: 5@NContent-Length: 6@N@Nhello", "\2PUT /v1/log HTTP/1.1@NHost: x@NExpect: 100-continue@NContent-Length: 3@N@Nabc",
        "\7GET /v1/log HTTP/1.1@NHost: a@NHost: b@NX: @N y@N@N", "\7GET http://localhost/v1/log HTTP/1.1@NHost: localhost@N@N"};
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++) seed_text("request", i, requests[i]);
    for (unsigned i = 0; i < ISSUER_CALLS; i++) { /* with a stated length, and in two chunks */
        const char *body = issuer_calls[i].body;
        size_t size = strlen(body), half = size / 2;
        char room[4096];
        snprintf(room, sizeof room, "\7%s %s HTTP/1.1@NHost: localhost@NAuthorization: Bearer @B@NContent-Length: %zu@N@N%s", issuer_calls[i].method, issuer_calls[i].path, size, body);
        seed_text("dss", i, room);
        if (half == 0) continue;
        snprintf(room, sizeof room, "\3%s %s HTTP/1.1@NHost: localhost@NAuthorization: Bearer @B@NTransfer-Encoding: chunked@N@N%zx@N%.*s@N%zx;x=y@N%s@N0@N@N", issuer_calls[i].method,
                 issuer_calls[i].path, half, (int)half, body, size - half, body + half);
        seed_text("chunked", i, room);
    }
}

/* --- what came back --- */

static bool has(const char *head, const char *end, const char *name, const char **value) {
    size_t size = strlen(name);
    for (const char *line = head; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            *value = line + size + 1 + strspn(line + size + 1, " ");
            return true;
        }
    return false;
}

static void check_body(const char *head, const char *end, const char *body, size_t size) {
    const char *type;
    const struct json *top;
    struct fault f = {0};
    if (!has(head, end, "Content-Type", &type) || size == 0) return;
    bool is_json = strncmp(type, "application/json", 16) == 0 || strncmp(type, "application/problem+json", 24) == 0;
    if (!is_json) return;
    result r = json_parse(json, (struct text){body, size}, JSON_OPEN, &top, &f);
    if (!result_is_ok(r)) fprintf(stderr, "%s in %.*s\n", f.message, (int)size, body);
    assert(result_is_ok(r));
}

/* Each reply in turn. `heads`: there may be replies without the body that they announce. */
static void check_replies(size_t size, bool ended, bool heads, unsigned most) {
    unsigned count = 0;
    for (size_t at = 0; at < size; count++) {
        const char *head = replies + at, *end = strstr(head, "\r\n\r\n"), *value;
        if (end == NULL) {
            assert(!ended || size - at < 4096); /* cut */
            return;
        }
        assert(strncmp(head, "HTTP/1.", 7) == 0 && head[8] == ' ' && head[9] >= '1' && head[9] <= '5');
        at = (size_t)(end + 4 - replies);
        if (head[9] == '1') { /* 100 Continue: the reply follows */
            count--;
            continue;
        }
        if (has(head, end, "Transfer-Encoding", &value)) return; /* events: until it ends */
        if (!has(head, end, "Content-Length", &value)) {
            assert(ended);
            return;
        }
        size_t length = strtoull(value, NULL, 10);
        if (heads && (at == size || strncmp(replies + at, "HTTP/1.", 7) == 0)) continue;
        if (length > size - at) {
            assert(heads || !ended || length > REPLIES / 2 || size - at < length);
            return;
        }
        check_body(head, end, replies + at, length);
        at += length;
    }
    assert(count <= most);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const size_t pieces[8] = {1, 7, 64, 500, 1000, 4000, 16384, 1 << 20};
    start();
    if (size < 1) return 0;
    struct append in = append_growing(1 << 22);
    unsigned lines = 0;
    bool heads = false;
    for (size_t i = 1; i < size; i++) {
        char c = bytes[i] == '@' && i + 1 < size ? (char)bytes[i + 1] : '\0';
        if (c == 'T') append_str(&in, token);
        else if (c == 'B') append_str(&in, bearer);
        else if (c == 'N') append_str(&in, "\r\n");
        else append_char(&in, (char)bytes[i]);
        if (c == 'T' || c == 'B' || c == 'N') i++;
    }
    for (size_t i = 0; i < in.size; i++) lines += in.at[i] == '\n';
    heads = in.size >= 4 && memmem(in.at, in.size, "HEAD", 4) != NULL;
    bool ended, closes = in.size >= 6 && memmem(in.at, in.size, "DELETE", 6) != NULL;
    size_t piece = pieces[bytes[0] & 7];
    if (piece < in.size / 64) piece = in.size / 64 + 1; /* not thousands of packets */
    size_t got = exchange(in.at == NULL ? "" : in.at, in.size, piece, IDLE_MS, &ended);
    check_replies(got, ended, heads, lines + 1);
    if (closes) log_in();
    append_free(&in);
    return 0;
}
