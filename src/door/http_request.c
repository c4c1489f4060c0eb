#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/rand.h"
#include "door/http_inner.h"
#include "log/monotonic.h"

/* --- what is refused before any handler --- */

struct head {
    unsigned lengths, encodings, authorizations, hosts, count;
    bool bad_name, bad_value, bad_length, folded, expects, other_coding;
    uint64_t length;
};

static bool token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void read_length(struct head *head, const char *value, size_t size) {
    head->lengths++;
    if (size == 0 || size > 18) head->bad_length = true;
    head->length = 0;
    for (size_t i = 0; i < size && i < 18; i++) {
        if (value[i] < '0' || value[i] > '9') head->bad_length = true;
        head->length = head->length * 10 + (uint64_t)(value[i] - '0');
    }
}

/* Of a header that goes on in a second line, behind white space, the library takes that line for the end of the name, which it then keeps elsewhere: what is a
 * length to others would be a header of no meaning to us, and their body our next request. A header of one line stands as it came: name, colon, white space, value. */
static bool one_line(const char *name, size_t name_size, const char *value) {
    uintptr_t end = (uintptr_t)name + name_size, begin = (uintptr_t)value;
    if (begin <= end || begin - end > DOOR_CONNECTION_MEMORY) return false;
    for (size_t i = 1; i < begin - end; i++)
        if (name[name_size + i] != ' ' && name[name_size + i] != '\t') return false;
    return true;
}

static enum MHD_Result see_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
                                  const char *value, size_t value_size) {
    struct head *head = context;
    (void)kind;
    head->count++;
    if (name == NULL || name_size == 0) head->bad_name = true;
    /* "Content-Length : 5" is another name to us and a length to others: that is how requests are smuggled. */
    for (size_t i = 0; name != NULL && i < name_size; i++)
        if (!token_char(name[i])) head->bad_name = true;
    if (value == NULL) value_size = 0;
    for (size_t i = 0; i < value_size; i++)
        if ((unsigned char)value[i] < 0x20 && value[i] != '\t') head->bad_value = true;
    if (name == NULL) return MHD_YES;
    head->folded |= value == NULL || !one_line(name, name_size, value);
    if (strcasecmp(name, "Content-Length") == 0) read_length(head, value, value_size);
    else if (strcasecmp(name, "Transfer-Encoding") == 0) head->encodings++, head->other_coding |= value == NULL || strcasecmp(value, "chunked") != 0;
    else if (strcasecmp(name, "Authorization") == 0) head->authorizations++;
    else if (strcasecmp(name, "Host") == 0) head->hosts++;
    else if (strcasecmp(name, "Expect") == 0 && strcasecmp(value == NULL ? "" : value, "100-continue") != 0) head->expects = true;
    return MHD_YES;
}

#define REFUSE(number, word, where, text) \
    return (struct problem) { .status = number, .code = word, .field = TEXT(where), .rule = TEXT(text) }

static struct problem refusal_of(const struct request *r, const struct head *head, const char *version) {
    if (head->bad_name) REFUSE(400, "malformed", "header", "a header's name holds a character that RFC 9110 does not allow");
    if (head->bad_value) REFUSE(400, "malformed", "header", "a header's value holds a control character");
    if (head->folded) REFUSE(400, "malformed", "header", "goes on in a second line, which RFC 9112 forbids");
    if (head->count > DOOR_HEADERS) REFUSE(400, "too-large", "header", "at most " DOOR_SAID(DOOR_HEADERS) " header lines");
    if (head->lengths > 0 && head->encodings > 0)
        REFUSE(400, "malformed", "Transfer-Encoding", "Content-Length and Transfer-Encoding exclude each other");
    if (head->lengths > 1) REFUSE(400, "malformed", "Content-Length", "stated more than once");
    if (head->bad_length) REFUSE(400, "malformed", "Content-Length", "is not a plain decimal of at most 18 digits");
    if (head->encodings > 1) REFUSE(400, "malformed", "Transfer-Encoding", "stated more than once");
    if (head->other_coding)
        REFUSE(411, "length-required", "Transfer-Encoding", "bodies come with Content-Length here, or chunked, in no other coding");
    if (head->encodings > 0 && strcmp(version, "HTTP/1.1") != 0) REFUSE(400, "malformed", "Transfer-Encoding", "HTTP/1.0 has none");
    if (head->authorizations > 1) REFUSE(400, "malformed", "Authorization", "stated more than once");
    if (head->hosts > 1) REFUSE(400, "malformed", "Host", "stated more than once");
    if (head->hosts == 0 && strcmp(version, "HTTP/1.1") == 0) REFUSE(400, "malformed", "Host", "HTTP/1.1 requires it");
    if (head->expects) REFUSE(417, "unsupported", "Expect", "only 100-continue is known");
    if (r->target == NULL || r->target_size > DOOR_URL_BYTES) REFUSE(400, "too-large", "url", "at most " DOOR_SAID(DOOR_URL_BYTES) " bytes");
    if (r->target[0] != '/') REFUSE(400, "malformed", "url", "is not an absolute path");
    return (struct problem){.status = 0};
}

/* A page of another site whose name an attacker resolves to 127.0.0.1 must not reach a server that trusts loopback. */
static bool host_is_ours(const struct request *r) {
    struct text host;
    if (!r->http->loopback_only || r->http->behind_proxy || r->http->tls) return true;
    if (!request_header(r, "Host", &host)) return true;
    size_t size = host.size;
    while (size > 0 && host.at[size - 1] >= '0' && host.at[size - 1] <= '9') size--;
    if (size > 0 && host.at[size - 1] == ':') host.size = size - 1;
    uint8_t four[4];
    char name[64];
    if (host.size >= sizeof name) return false;
    memcpy(name, host.at, host.size);
    name[host.size] = '\0';
    if (inet_pton(AF_INET, name, four) == 1) return four[0] == 127;
    return strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0;
}

void request_refuse(struct request *r, struct problem p) {
    r->refusal = p;
    r->closing = true;
    r->http->numbers.refused++;
    r->http->methods.noise(r->http->methods.context, "http");
}

static void read_head(struct request *r, const char *method, const char *version) {
    struct head head = {.count = 0};
    if (strlen(method) >= sizeof r->method) {
        request_refuse(r, (struct problem){.status = 501, .code = "unsupported", .field = TEXT("method"), .rule = TEXT("is none of this server's")});
        return;
    }
    memcpy(r->method, method, strlen(method) + 1);
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, see_header, &head);
    struct problem p = refusal_of(r, &head, version);
    if (p.status == 0 && !host_is_ours(r))
        p = (struct problem){.status = 421, .code = "misdirected", .field = TEXT("Host"), .rule = TEXT("is not a name of this server")};
    bool fits = p.status == 0;
    if (fits && head.encodings > 0) {
        r->chunked = true;
        r->closing = r->http->behind_proxy; /* should it see the chunks' ends elsewhere than the library does, nothing of the rest is taken for another's request */
    } else if (fits) {
        p = body_judge(r, head.length);
    }
    if (p.status != 0) request_refuse(r, p);
    /* A body that is refused for its size or for what it is sent to is still read when it is not absurd: a client that is sending would else
     * see a reset in place of the reason. */
    if (p.status != 0 && p.status != 503 && (p.status == 413 || fits) && head.length <= DOOR_BODY_READ_TIMES * r->http->largest_body) r->swallowed = 1;
}

/* --- life --- */

void *request_begin(void *http, const char *uri, struct MHD_Connection *connection) {
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->http = http;
    r->connection = connection;
    r->link = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (r->link != NULL) {
        r->link->source->fresh -= !r->link->asked;
        r->link->asked = true;
        r->link->request = r;
    }
    uint8_t id[8];
    random_bytes(id, sizeof id);
    struct append hex = append_fixed(r->id, 16);
    append_hex(&hex, id, sizeof id);
    r->members = append_fixed(r->members_room, sizeof r->members_room);
    r->begun_us = monotonic_us();
    r->answered_us = -1;
    r->target = strdup(uri);
    if (r->target != NULL) {
        r->target_size = strlen(uri);
        r->path_size = strcspn(uri, "?#");
    }
    r->http->numbers.requests++;
    return r;
}

static void phase(struct request *r, enum link_phase p) {
    if (r->link == NULL) return;
    r->link->phase = p;
    r->link->since_ms = r->http->now_ms;
}

static void tell_done(struct request *r, enum MHD_RequestTerminationCode how) {
    struct http *h = r->http;
    struct http_done d = {.status = r->queued ? r->status : 0, .cut = how != MHD_REQUEST_TERMINATED_COMPLETED_OK, .body_bytes = r->body_size,
                          .reply_bytes = r->streaming ? r->sent : r->queued ? r->reply_size : 0,
                          .answered_us = r->answered_us < 0 ? -1 : r->answered_us - r->begun_us, .took_us = monotonic_us() - r->begun_us};
    h->numbers.reply_bytes += d.reply_bytes;
    if (h->methods.done != NULL) h->methods.done(h->methods.context, r, &d);
}

void request_completed(void *http, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode how) {
    struct request *r = *slot;
    ((struct http *)http)->calls++;
    if (r == NULL) return;
    *slot = NULL;
    struct http_numbers *n = &r->http->numbers;
    n->unanswered += !r->queued;
    n->broken_off += r->queued && !r->streaming && how != MHD_REQUEST_TERMINATED_COMPLETED_OK;
    queue_drop(r);
    /* Chunks behind the one at which it was suspended are read all the same, and may be none: ended while suspended, the library would never look at it again. */
    if (r->suspended) MHD_resume_connection(connection);
    phase(r, LINK_HEAD);
    if (r->link != NULL) r->link->request = NULL;
    if (r->streaming) r->stream.close(r->stream.context);
    tell_done(r, how);
    body_give(r);
    n->replies_held -= r->reply_claim;
    if (r->source != NULL) {
        r->source->replies -= r->reply_claim;
        r->source->uses--;
    }
    if (!r->queued) free(r->reply);
    free(r->target);
    free(r->kept);
    free(r);
}

static ssize_t pull(void *context, uint64_t offset, char *to, size_t room) {
    struct request *r = context;
    (void)offset;
    r->http->calls++;
    long got = r->stream.pull(r->stream.context, to, room);
    if (got > 0) {
        r->sent += (uint64_t)got;
        return got;
    }
    if (got < 0) return MHD_CONTENT_READER_END_OF_STREAM;
    r->suspended = true;
    MHD_suspend_connection(r->connection);
    return 0;
}

static enum MHD_Result queue(struct request *r) {
    struct MHD_Response *response;
    if (r->streaming) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 * 1024, pull, r, NULL);
        MHD_set_connection_option(r->connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)DOOR_EVENT_STALL_SECONDS);
    } else {
        response = MHD_create_response_from_buffer(r->reply_size, r->reply_size == 0 ? (void *)(uintptr_t) "" : r->reply,
                                                   r->reply_size == 0 ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
        if (r->reply_size == 0) free(r->reply);
        r->reply = NULL;
    }
    if (response == NULL) return MHD_NO;
    r->queued = true;
    MHD_add_response_header(response, "Request-Id", r->id);
    MHD_add_response_header(response, "Cache-Control", r->cache != NULL ? r->cache : "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    if (r->type != NULL) MHD_add_response_header(response, "Content-Type", r->type);
    for (unsigned i = 0; i < r->header_count; i++)
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    if (r->closing || r->http->quiescing) MHD_add_response_header(response, "Connection", "close");
    phase(r, r->streaming ? LINK_STREAM : LINK_REPLY);
    r->answered_us = monotonic_us();
    histogram_add(&r->http->numbers.answer_ns, (r->answered_us - r->begun_us) * 1000);
    unsigned class = r->status / 100;
    r->http->numbers.by_class[class < 6 ? class : 0]++;
    enum MHD_Result queued = MHD_queue_response(r->connection, r->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse_now(struct request *r) {
    request_reply_problem(r, &r->refusal);
    r->released = true;
    return queue(r);
}

/* Not at its begin: behind a proxy the address stands in a header. */
static void own(struct request *r) {
    uint8_t address[16];
    request_address(r, address);
    r->source = source_of(r->http->sources, address, r->http->now_ms);
    r->source->uses++;
}

enum MHD_Result request_step(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *upload, size_t *upload_size, void **slot) {
    struct request *r = *slot;
    (void)connection, (void)url;
    ((struct http *)http)->calls++;
    if (r == NULL) return MHD_NO; /* no memory for it */
    if (!r->headed) {
        r->headed = true;
        phase(r, LINK_BODY);
        own(r);
        read_head(r, method, version);
        bool body_allowed = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
        /* Only for these two does the library stop reading when a reply is queued early. */
        if (r->refusal.status == 0 || !body_allowed || r->swallowed != 0) return MHD_YES;
        if (r->refusal.status != 503) return refuse_now(r);
        /* Who brings more than there is room for waits, else he would be back at once, again and again. */
        queue_late(r);
        r->suspended = true;
        MHD_suspend_connection(r->connection);
        return MHD_YES;
    }
    bool waited = r->refusal.status == 503 && !r->chunked;
    if (*upload_size > 0 && !waited) return body_take(r, upload, upload_size);
    if (r->queued) return MHD_YES;
    if (r->refusal.status != 0) return refuse_now(r);
    if (!r->handled && r->http->turns && !r->http->quiescing) {
        phase(r, LINK_ANSWERING);
        queue_ask(r);
    } else if (!r->handled) {
        r->handled = true;
        phase(r, LINK_ANSWERING);
        r->http->methods.handle(r->http->methods.context, r);
    }
    r->suspended = false;
    if (r->released && r->replied && r->queue == NULL) return queue(r);
    r->suspended = true;
    MHD_suspend_connection(r->connection);
    return MHD_YES;
}

/* --- reading it --- */

struct text request_method(const struct request *r) { return text_of(r->method); }
struct text request_path(const struct request *r) { return (struct text){r->target, r->path_size}; }
struct text request_body(const struct request *r) { return (struct text){r->body, r->body_size}; }
struct text request_id(const struct request *r) { return (struct text){r->id, 16}; }

bool request_header(const struct request *r, const char *name, struct text *value) {
    const char *found = NULL;
    size_t size = 0;
    if (MHD_lookup_connection_value_n(r->connection, MHD_HEADER_KIND, name, strlen(name), &found, &size) != MHD_YES || found == NULL)
        return false;
    *value = (struct text){found, size};
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static struct text unescape(char *at, size_t size) {
    size_t to = 0;
    for (size_t i = 0; i < size; i++) {
        if (at[i] == '%' && i + 2 < size && hex_digit(at[i + 1]) >= 0 && hex_digit(at[i + 2]) >= 0) {
            at[to++] = (char)(hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2]));
            i += 2;
        } else {
            at[to++] = at[i] == '+' ? ' ' : at[i];
        }
    }
    return (struct text){at, to};
}

void request_query(const struct request *r, bool (*each)(void *context, struct text name, struct text value), void *context) {
    char room[DOOR_URL_BYTES + 1];
    if (r->path_size >= r->target_size || r->target[r->path_size] != '?') return;
    size_t size = r->target_size - r->path_size - 1;
    assert(size < sizeof room);
    memcpy(room, r->target + r->path_size + 1, size);
    room[size] = '\0';
    for (char *at = room; *at != '\0';) {
        size_t length = strcspn(at, "&"), name = 0;
        char *next = at[length] == '\0' ? at + length : at + length + 1;
        while (name < length && at[name] != '=') name++;
        struct text n = unescape(at, name);
        struct text v = name < length ? unescape(at + name + 1, length - name - 1) : (struct text){at + length, 0};
        if (length > 0 && !each(context, n, v)) return;
        at = next;
    }
}

struct text request_raw_query(const struct request *r) {
    if (r->path_size >= r->target_size || r->target[r->path_size] != '?') return (struct text){"", 0};
    return (struct text){r->target + r->path_size + 1, r->target_size - r->path_size - 1};
}

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static enum MHD_Result last_forwarded(void *context, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value, size_t value_size) {
    (void)kind, (void)name_size;
    if (name != NULL && value != NULL && strcasecmp(name, "X-Forwarded-For") == 0) *(struct text *)context = (struct text){value, value_size};
    return MHD_YES;
}

/* The proxy in front appends the peer it saw: only the last element is its word, all before it the client's. Some proxies append to the client's
 * line, some add a line of their own below it, so it is the last element of the last line. */
static void forwarded(const struct request *r, uint8_t out[16]) {
    struct text list = {NULL, 0};
    char last[64];
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, last_forwarded, &list);
    size_t from = list.size;
    while (from > 0 && list.at[from - 1] != ',') from--;
    while (from < list.size && (list.at[from] == ' ' || list.at[from] == '\t')) from++;
    size_t size = list.size - from;
    if (size == 0 || size >= sizeof last) return;
    memcpy(last, list.at + from, size);
    last[size] = '\0';
    uint8_t address[16];
    if (inet_pton(AF_INET6, last, address) == 1) {
        source_narrow(address);
        memcpy(out, address, 16);
    } else if (inet_pton(AF_INET, last, address) == 1) {
        memcpy(out, mapped, 12);
        memcpy(out + 12, address, 4);
    }
}

void request_address(const struct request *r, uint8_t out[16]) {
    source_address(MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, out);
    if (r->http->behind_proxy) forwarded(r, out);
}

bool request_from_loopback(const struct request *r) {
    const struct sockaddr *from = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    if (r->http->behind_proxy) return false;
    if (from->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr)) return true;
    uint8_t address[16];
    source_address(from, address);
    return memcmp(address, mapped, 12) == 0 && address[12] == 127;
}

void request_trust(struct request *r, uint32_t who) {
    /* No address begins so: the party's or the manager's own row, wherever its requests come from. */
    const uint8_t key[16] = {0xff, 'p', (uint8_t)(who >> 16), (uint8_t)(who >> 8), (uint8_t)who};
    struct source *from = r->source, *to = source_of(r->http->sources, key, r->http->now_ms);
    if (r->link != NULL) r->link->trusted = r->link->source->trusted = true;
    from->uses--, to->uses++;
    from->bodies -= r->body_claim, to->bodies += r->body_claim;
    from->replies -= r->reply_claim, to->replies += r->reply_claim;
    r->source = to;
}

bool request_gone(const struct request *r) {
    struct pollfd p = {.fd = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

struct append *request_members(struct request *r) { return &r->members; }
void request_mark(struct request *r, uint16_t mark) { r->mark = mark; }
uint16_t request_marked(const struct request *r) { return r->mark; }

void request_keep(struct request *r, void *owned) {
    assert(r->kept == NULL);
    r->kept = owned;
}

void *request_kept(const struct request *r) { return r->kept; }

/* --- answering it --- */

void request_add_header(struct request *r, const char *name, const char *value) {
    assert(r->header_count < REQUEST_HEADERS && strlen(value) < sizeof r->headers[0].value);
    r->headers[r->header_count].name = name;
    memcpy(r->headers[r->header_count].value, value, strlen(value) + 1);
    r->header_count++;
}

void request_cache(struct request *r, const char *directives) { r->cache = directives; }

/* A slow reader holds what it was told until it has read it. */
static bool claim_reply(struct request *r, size_t size) {
    struct http_numbers *n = &r->http->numbers;
    if (size <= DOOR_REPLY_SMALL) return true;
    if (n->replies_held + size > DOOR_REPLIES_BYTES || r->source->replies + size > DOOR_REPLIES_BYTES_EACH) {
        n->replies_refused++;
        return false;
    }
    r->reply_claim = size;
    n->replies_held += size;
    r->source->replies += size;
    return true;
}

void request_reply(struct request *r, unsigned status, const char *type, struct append *body) {
    assert(!r->replied);
    if (body != NULL && !claim_reply(r, body->size)) {
        append_free(body);
        request_reply_problem(r, &(struct problem){.status = 503, .code = "busy",
            .rule = TEXT("too many bytes of replies are under way to this address, or to all: read them first")});
        return;
    }
    r->replied = true;
    r->status = status;
    r->type = type;
    r->reply_size = body == NULL ? 0 : body->size;
    if (body != NULL && body->owned) {
        r->reply = body->at;
        *body = append_growing(0);
    } else if (r->reply_size > 0) {
        r->reply = malloc(r->reply_size);
        assert(r->reply != NULL); /* fixed bodies are small; without memory for them nothing can be told to anybody */
        memcpy(r->reply, body->at, r->reply_size);
    }
}

void request_reply_problem(struct request *r, const struct problem *p) {
    char room[8192];
    struct append body = append_fixed(room, sizeof room);
    bool message = r->http->other_doors && problem_is_message(request_path(r));
    message ? problem_render_message(p, request_id(r), &body) : problem_render(p, request_id(r), &body);
    assert(!body.full);
    if (p->status == 401) request_add_header(r, "WWW-Authenticate", "Bearer realm=\"parley\"");
    if (p->status == 429 || p->status == 503) request_add_header(r, "Retry-After", "1");
    request_reply(r, p->status, message ? "application/json" : PROBLEM_TYPE, &body);
}

void request_resume(struct request *r) {
    if (!r->suspended) return;
    r->suspended = false;
    MHD_resume_connection(r->connection);
}

void request_release(struct request *r) {
    assert(!r->released);
    r->released = true;
    queue_reply(r);
}

void request_cut(struct request *r) {
    shutdown(MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, SHUT_RDWR);
    request_release(r);
}

void request_stream(struct request *r, const char *type, const struct http_stream *s) {
    assert(!r->replied);
    r->replied = r->streaming = true;
    r->status = 200;
    r->type = type;
    r->stream = *s;
}

/* Not before it is released: who waits for the journal is in a queue there, and a connection that runs may end. */
void request_wake(struct request *r) {
    if (r->released) request_resume(r);
}
