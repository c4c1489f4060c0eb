#include "cli/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

enum { REPLY_MOST = 256 * 1024 * 1024, CONNECT_SECONDS = 10, CALL_SECONDS = 60 };

struct http {
    CURL *curl;
    char server[512];
    const char *given;       /* as of the options */
    char type[96];           /* a header */
    char authorization[HTTP_TOKEN_MOST + 64];
    char why[CURL_ERROR_SIZE]; /* the library's words on the last failure */
};

struct event_reader {
    CURL *curl;
    http_event each;
    void *context;
    struct append line, id, name, data;
    bool ended;
};

result http_new(const struct http_options *o, struct http **out, struct fault *f) {
    size_t size = strlen(o->server);
    while (size > 0 && o->server[size - 1] == '/') size--;
    bool plain = strncmp(o->server, "http://", 7) == 0, tls = strncmp(o->server, "https://", 8) == 0;
    if ((!plain && !tls) || size >= sizeof((struct http *)0)->server)
        return fail(f, RESULT_USAGE, "--server", "'%s' is no http:// or https:// address", o->server);
    struct http *h = calloc(1, sizeof *h);
    if (h != NULL) h->curl = curl_easy_init();
    if (h == NULL || h->curl == NULL) {
        free(h);
        return fail(f, RESULT_IO, "", "no memory for an HTTP client");
    }
    memcpy(h->server, o->server, size);
    snprintf(h->type, sizeof h->type, "Content-Type: %s", o->type != NULL ? o->type : "application/json");
    h->given = o->given != NULL ? o->given : "--server (or PARLEY_SERVER)";
    curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->why);
    if (o->ca != NULL) curl_easy_setopt(h->curl, CURLOPT_CAINFO, o->ca);
    *out = h;
    return OK;
}

void http_free(struct http *h) {
    if (h == NULL) return;
    curl_easy_cleanup(h->curl);
    free(h);
}

void http_token(struct http *h, struct text token) {
    h->authorization[0] = '\0';
    if (token.size > 0) snprintf(h->authorization, sizeof h->authorization, "Authorization: Bearer %.*s", TEXT_ARG(token));
}

static size_t take_body(char *bytes, size_t each, size_t count, void *context) {
    struct append *body = context;
    append_bytes(body, bytes, each * count);
    return body->full ? 0 : each * count;
}

static struct curl_slist *headers_of(const struct http *h, const char *accept, bool body) {
    struct curl_slist *list = curl_slist_append(NULL, accept);
    if (h->authorization[0] != '\0') list = curl_slist_append(list, h->authorization);
    if (body) list = curl_slist_append(list, h->type);
    list = curl_slist_append(list, "Expect:");
    return list;
}

/* The library's codes as who sits before the screen meets them: what is so, and what to do. `sent`: what was asked may have arrived. '@': where the server was named. */
static const struct {
    CURLcode code;
    bool sent;
    const char *words;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, false, "no machine has this name: is @ spelled right?"},
    {CURLE_URL_MALFORMAT, false, "is no address of a server: @ is http://HOST:PORT or https://HOST:PORT"},
    {CURLE_COULDNT_CONNECT, false, "nobody answers there: does the server run, and is @ its address?"},
    {CURLE_PEER_FAILED_VERIFICATION, false, "its certificate is not to be trusted: name the one that it descends from by --ca FILE, and the server by the name in its certificate"},
    {CURLE_SSL_CACERT_BADFILE, false, "the file of --ca cannot be read, or holds no certificate (PEM)"},
    {CURLE_SSL_CONNECT_ERROR, false, "no TLS is spoken there as we speak it: is it http:// rather than https://?"},
    {CURLE_UNSUPPORTED_PROTOCOL, true, "no HTTP is spoken there: is it https:// rather than http://, or another port?"},
    {CURLE_WEIRD_SERVER_REPLY, true, "no HTTP is spoken there: is it https:// rather than http://, or another port?"},
    {CURLE_GOT_NOTHING, true, "it closed the line without a word: is it https:// rather than http://, or is the server ending?"},
    {CURLE_OPERATION_TIMEDOUT, true, "no answer came in time: look at the server's log, and try again"},
    {CURLE_PARTIAL_FILE, true, "the line broke within the answer: try again"},
    {CURLE_RECV_ERROR, true, "the line broke: try again"},
    {CURLE_SEND_ERROR, true, "the line broke: try again"},
    {CURLE_WRITE_ERROR, true, "its answer is longer than this program takes"},
};

static result curl_fault(const struct http *h, CURLcode code, bool write, struct fault *f) {
    const char *words = "the request failed", *why = h->why[0] != '\0' ? h->why : curl_easy_strerror(code);
    bool sent = true;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i].code == code) words = failures[i].words, sent = failures[i].sent;
    const char *at = strchr(words, '@');
    int before = at != NULL ? (int)(at - words) : (int)strlen(words);
    /* What was sent may have arrived. */
    return fail(f, RESULT_UNKNOWN, h->server, "%.*s%s%s%s (%s)", before, words, at != NULL ? h->given : "", at != NULL ? at + 1 : "", write && sent ? "; the outcome is unknown: send the same statement again" : "", why);
}

result http_call(struct http *h, const char *path, const struct text *body, struct http_reply *reply, struct fault *f) {
    return http_send(h, body != NULL ? "POST" : "GET", path, body, reply, f);
}

result http_send(struct http *h, const char *method, const char *path, const struct text *body, struct http_reply *reply, struct fault *f) {
    char url[4096];
    snprintf(url, sizeof url, "%s%s", h->server, path);
    reply->body = append_growing(REPLY_MOST);
    struct curl_slist *headers = headers_of(h, "Accept: application/json", body != NULL);
    curl_easy_setopt(h->curl, CURLOPT_URL, url);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, (long)CALL_SECONDS);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &reply->body);
    if (body != NULL) {
        curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
        curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body->at);
    } else {
        curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, method);
    h->why[0] = '\0';
    CURLcode code = curl_easy_perform(h->curl);
    curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        append_free(&reply->body);
        return curl_fault(h, code, body != NULL, f);
    }
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    return OK;
}

void http_delete(struct http *h, const char *path) {
    char url[2048];
    struct append ignored = append_growing(65536);
    struct curl_slist *headers = headers_of(h, "Accept: application/json", false);
    snprintf(url, sizeof url, "%s%s", h->server, path);
    curl_easy_setopt(h->curl, CURLOPT_URL, url);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &ignored);
    (void)curl_easy_perform(h->curl);
    curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_slist_free_all(headers);
    append_free(&ignored);
}

static enum result_code code_of_status(long status) {
    switch (status) {
    case 400: case 422: return RESULT_MALFORMED;
    case 401: return RESULT_UNAUTHENTIC;
    case 403: return RESULT_FORBIDDEN;
    case 404: return RESULT_NOT_FOUND;
    case 409: return RESULT_CONFLICT;
    case 413: return RESULT_TOO_LARGE;
    case 429: case 503: return RESULT_BUSY;
    case 507: return RESULT_FULL;
    default: return RESULT_UNKNOWN;
    }
}

result http_problem(const struct http_reply *reply, struct fault *f) {
    if (reply->status < 400) return OK;
    enum result_code code = code_of_status(reply->status);
    struct json_reader *reader = json_reader_new(reply->body.size + 1);
    const struct json *top = NULL;
    struct text field = TEXT(""), detail = TEXT("");
    struct fault ignored = {0};
    bool read = reader != NULL && result_is_ok(json_parse(reader, append_view(&reply->body), JSON_OPEN, &top, &ignored));
    if (read && json_member(top, "field") != NULL) field = json_member(top, "field")->string;
    /* "detail" is field and rule in one; the field is shown by itself. */
    const struct json *said = read && field.size > 0 ? json_member(top, "rule") : NULL;
    if (said == NULL && read) said = json_member(top, "detail");
    if (said == NULL && read) said = json_member(top, "title");
    if (said != NULL) detail = said->string;
    if (detail.size == 0) detail = TEXT("the server refuses it and does not say why");
    const struct json *word = read ? json_member(top, "code") : NULL;
    if (word != NULL && text_is(word->string, "rot")) code = RESULT_ROT; /* more than that the server failed: its disk did */
    char name[128];
    snprintf(name, sizeof name, "%.*s", TEXT_ARG(field));
    result r = fail(f, code, name, "%.*s (status %ld)", TEXT_ARG(detail), reply->status);
    json_reader_free(reader);
    return r;
}

/* --- server-sent events (WHATWG HTML, "Server-sent events") --- */

static void event_field(struct event_reader *e, struct text line) {
    const char *colon = memchr(line.at, ':', line.size);
    size_t name = colon != NULL ? (size_t)(colon - line.at) : line.size;
    struct text value = {line.at + line.size, 0};
    if (colon != NULL) value = (struct text){colon + 1, line.size - name - 1};
    if (value.size > 0 && value.at[0] == ' ') value = (struct text){value.at + 1, value.size - 1};
    struct text field = {line.at, name};
    if (text_is(field, "id")) {
        append_reset(&e->id);
        append_text(&e->id, value);
    } else if (text_is(field, "event")) {
        append_reset(&e->name);
        append_text(&e->name, value);
    } else if (text_is(field, "data")) {
        if (e->data.size > 0) append_char(&e->data, '\n');
        append_text(&e->data, value);
    }
}

static bool event_line(struct event_reader *e) {
    struct text line = append_view(&e->line);
    if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
    bool on = true;
    if (line.size > 0) {
        event_field(e, line);
    } else if (e->data.size > 0) {
        on = e->each(e->context, append_view(&e->id), append_view(&e->name), append_view(&e->data));
        append_reset(&e->data);
        append_reset(&e->name);
    }
    append_reset(&e->line);
    return on;
}

static size_t take_events(char *bytes, size_t each, size_t count, void *context) {
    struct event_reader *e = context;
    size_t size = each * count, from = 0;
    long status = 0;
    curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400) from = size; /* a refusal is one text, not events: kept whole for http_problem */
    if (status >= 400) append_bytes(&e->line, bytes, size);
    for (size_t i = from; i < size; i++) {
        if (bytes[i] != '\n') continue;
        append_bytes(&e->line, bytes + from, i - from);
        from = i + 1;
        if (!event_line(e)) {
            e->ended = true;
            return 0;
        }
    }
    append_bytes(&e->line, bytes + from, size - from);
    return e->line.full || e->data.full ? 0 : size;
}

result http_events(struct http *h, const char *path, uint64_t last, http_event each, void *context, struct fault *f) {
    char url[2048], resume[64];
    struct event_reader e = {.curl = h->curl, .each = each, .context = context, .line = append_growing(REPLY_MOST), .id = append_growing(256),
                             .name = append_growing(256), .data = append_growing(REPLY_MOST)};
    struct curl_slist *headers = headers_of(h, "Accept: text/event-stream", false);
    snprintf(url, sizeof url, "%s%s", h->server, path);
    if (last != UINT64_MAX) {
        snprintf(resume, sizeof resume, "Last-Event-ID: %llu", (unsigned long long)last);
        headers = curl_slist_append(headers, resume);
    }
    curl_easy_setopt(h->curl, CURLOPT_URL, url);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, 0L);
    /* The server sends a heartbeat every 15 s: 60 s of nothing is a dead line. */
    curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_TIME, 60L);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_events);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &e);
    h->why[0] = '\0';
    CURLcode code = curl_easy_perform(h->curl);
    long status = 0;
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_LIMIT, 0L);
    curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_TIME, 0L);
    curl_slist_free_all(headers);
    struct http_reply refused = {.status = status, .body = e.line};
    result r = e.ended ? OK : code != CURLE_OK ? curl_fault(h, code, false, f) : http_problem(&refused, f);
    append_free(&e.line);
    append_free(&e.id);
    append_free(&e.name);
    append_free(&e.data);
    return r;
}
