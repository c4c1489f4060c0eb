#include "door/bearers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "door/key_url.h"
#include "door/report.h"
#include "door/token_seen.h"

struct source { struct token_keys keys; int64_t came_ms; bool came; };
struct bearers {
    struct source source[DOOR_TOKEN_SOURCES]; uint32_t source_count;
    struct token_keys fresh[DOOR_TOKEN_SOURCES];         /* between prepare and commit */
    bool url[DOOR_TOKEN_SOURCES];
    char name[DOOR_TOKEN_SOURCES][256];                  /* as they are shown: no password */
    struct token_keys all;                               /* keys of every source, borrowed from them */
    const char *audience[DOOR_TOKEN_AUDIENCES + 1]; uint32_t audience_count; /* the last: where what is released is to be asked for, if anywhere */
    char public_host[LIMIT_DSS_URL + 1];
    int64_t skew_ns;
    bool live;
    struct json_reader *json;
    struct token_seen *seen;
    struct token last;
    struct bearer_numbers numbers;
};

/* Whatever was verified under other keys is verified again. */
static void join(struct bearers *b) {
    b->all = (struct token_keys){.count = 0};
    for (uint32_t s = 0; s < b->source_count; s++) {
        const struct token_keys *k = &b->source[s].keys;
        for (uint32_t i = 0; i < k->count && b->all.count < DOOR_TOKEN_KEYS; i++) b->all.key[b->all.count++] = k->key[i];
        b->all.passed += k->passed;
    }
    token_seen_forget(b->seen);
}
static uint32_t keys_beside(const struct bearers *b, uint32_t source) {
    uint32_t n = 0;
    for (uint32_t s = 0; s < b->source_count; s++) n += s != source ? b->source[s].keys.count : 0;
    return n;
}

static result parse(struct bearers *b, const char *name, struct text bytes, struct token_keys *out, struct fault *f) {
    size_t at = 0;
    while (at < bytes.size && (bytes.at[at] == ' ' || bytes.at[at] == '\n' || bytes.at[at] == '\r' || bytes.at[at] == '\t')) at++;
    *out = (struct token_keys){.count = 0};
    result r = at < bytes.size && bytes.at[at] == '{' ? token_keys_jwks(out, name, b->json, bytes, f) : token_keys_pem(out, name, bytes, f);
    if (!result_is_ok(r)) token_keys_free(out);
    return r;
}
static result read_file(const char *path, struct append *out, struct fault *f) {
    FILE *in = fopen(path, "re");
    struct stat at;
    if (in == NULL) return fail(f, RESULT_IO, path, "%s", strerror(errno));
    char room[4096];
    size_t got;
    result r = fstat(fileno(in), &at) == 0 && S_ISREG(at.st_mode) ? OK : fail(f, RESULT_IO, path, "is no file");
    while (result_is_ok(r) && (got = fread(room, 1, sizeof room, in)) > 0) append_bytes(out, room, got);
    if (result_is_ok(r) && ferror(in)) r = fail(f, RESULT_IO, path, "%s", strerror(errno));
    if (result_is_ok(r) && out->full) r = fail(f, RESULT_TOO_LARGE, path, "is longer than %d bytes", DOOR_TOKEN_SOURCE_BYTES);
    fclose(in);
    return r;
}
static result read_keys(struct bearers *b, const char *path, struct token_keys *out, struct fault *f) {
    struct append text = append_growing(DOOR_TOKEN_SOURCE_BYTES);
    result r = read_file(path, &text, f);
    if (result_is_ok(r)) r = parse(b, path, append_view(&text), out, f);
    append_free(&text);
    return r;
}
static result room_for(uint32_t count, const char *name, struct fault *f) {
    return count <= DOOR_TOKEN_KEYS ? OK : fail(f, RESULT_FULL, name, "with it %u keys are trusted; at most %d", count, DOOR_TOKEN_KEYS);
}

static void drop_fresh(struct bearers *b) {
    for (uint32_t s = 0; s < b->source_count; s++) token_keys_free(&b->fresh[s]);
}
static void name_source(struct bearers *b, uint32_t s, const char *source) {
    struct append shown = append_fixed(b->name[s], sizeof b->name[s] - 1);
    key_url_show(source, &shown);
    b->name[s][shown.size] = '\0';
    b->url[s] = key_url_is(source);
}
/* Every file is read before one is taken. */
result bearers_prepare(struct bearers *b, const struct server_options *o, struct fault *f) {
    uint32_t count = 0;
    result r = OK;
    drop_fresh(b); /* of a reload that was refused for something else */
    for (uint32_t s = 0; result_is_ok(r) && s < b->source_count; s++) {
        bool url = key_url_is(o->token_keys[s]);
        if (!url) r = read_keys(b, o->token_keys[s], &b->fresh[s], f);
        count += url ? b->source[s].keys.count : b->fresh[s].count;
        if (result_is_ok(r)) r = room_for(count, b->name[s], f);
    }
    if (!result_is_ok(r)) drop_fresh(b);
    return r;
}
/* Whoever asks for details of what is released calls the base URL of its references, with a token for that URL's host, without a port (F3548-21). */
static void public_audience(struct bearers *b, const char *url) {
    const char *at = url == NULL ? NULL : strstr(url, "://");
    if (at == NULL) return;
    at += 3;
    bool bracket = *at == '[';
    at += bracket;
    snprintf(b->public_host, sizeof b->public_host, "%.*s", (int)strcspn(at, bracket ? "]" : ":/?#"), at);
    for (uint32_t i = 0; i < b->audience_count; i++)
        if (strcmp(b->audience[i], b->public_host) == 0) return;
    b->audience[b->audience_count++] = b->public_host;
}
void bearers_commit(struct bearers *b, const struct server_options *o) {
    for (uint32_t s = 0; s < b->source_count; s++) name_source(b, s, o->token_keys[s]);
    memcpy(b->audience, o->audiences, o->audience_count * sizeof *o->audiences);
    b->audience_count = o->audience_count;
    public_audience(b, o->public_url);
    b->skew_ns = (o->has_token_skew ? o->token_skew_seconds : DOOR_TOKEN_SKEW_SECONDS) * INSTANT_SECOND;
    for (uint32_t s = 0; s < b->source_count; s++) {
        if (b->url[s]) continue;
        token_keys_free(&b->source[s].keys);
        b->source[s].keys = b->fresh[s];
        b->source[s].came = true;
        b->fresh[s] = (struct token_keys){.count = 0};
    }
    join(b);
}

/* Keys that came over an open line are those of whoever stands on it. */
static result open_lines(const struct bearers *b, const struct server_options *o, struct fault *f) {
    for (uint32_t s = 0; s < b->source_count; s++) {
        if (!key_url_open_line(o->token_keys[s])) continue;
        if (b->live && !o->token_key_http)
            return fail(f, RESULT_USAGE, "token-key", "%s is plain http to another machine, and this log is LIVE: use https, or say --token-key-http", b->name[s]);
        char room[512];
        struct append m = append_fixed(room, sizeof room);
        report_text(&m, "url", text_of(b->name[s]));
        report(REPORT_WARNING, "token_keys_open_line", &m);
    }
    return OK;
}
result bearers_new(const struct server_options *o, bool live, struct bearers **out, struct fault *f) {
    *out = NULL;
    if (o->token_key_count == 0) return OK;
    struct bearers *b = calloc(1, sizeof *b);
    if (b != NULL) b->json = json_reader_new(DOOR_TOKEN_SOURCE_BYTES);
    if (b != NULL) b->seen = token_seen_new();
    result r = b != NULL && b->json != NULL && b->seen != NULL ? OK : fail(f, RESULT_FULL, "token-key", "no memory");
    if (result_is_ok(r)) {
        b->source_count = o->token_key_count;
        b->live = live;
        for (uint32_t i = 0; i < b->source_count; i++) name_source(b, i, o->token_keys[i]);
        r = open_lines(b, o, f);
        if (result_is_ok(r)) r = bearers_prepare(b, o, f);
    }
    if (!result_is_ok(r)) {
        bearers_free(b);
        return r;
    }
    bearers_commit(b, o);
    *out = b;
    return OK;
}
void bearers_free(struct bearers *b) {
    if (b == NULL) return;
    for (uint32_t s = 0; s < b->source_count; s++) token_keys_free(&b->source[s].keys);
    drop_fresh(b);
    if (b->json != NULL) json_reader_free(b->json);
    token_seen_free(b->seen);
    free(b);
}

/* ---- by URL ---- */
static bool same_keys(const struct token_keys *a, const struct token_keys *b) {
    bool same = a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        const struct token_key *x = &a->key[i], *y = &b->key[i];
        same = x->id_size == y->id_size && memcmp(x->id, y->id, x->id_size) == 0 && EVP_PKEY_eq(x->key, y->key) == 1;
    }
    return same;
}
result bearers_fetched(struct bearers *b, uint32_t source, struct text set, int64_t now_ms, struct fault *f) {
    struct token_keys fresh;
    struct source *s = &b->source[source];
    result r = parse(b, b->name[source], set, &fresh, f);
    if (result_is_ok(r)) {
        r = room_for(keys_beside(b, source) + fresh.count, b->name[source], f);
        if (!result_is_ok(r)) token_keys_free(&fresh);
    }
    if (!result_is_ok(r)) {
        b->numbers.fetches_failed++;
        return r;
    }
    b->numbers.fetched++;
    s->came_ms = now_ms;
    bool same = s->came && same_keys(&s->keys, &fresh);
    s->came = true;
    if (same) { /* what was seen stays verified */
        token_keys_free(&fresh);
        return OK;
    }
    token_keys_free(&s->keys);
    s->keys = fresh;
    join(b);
    return OK;
}
void bearers_fetch_failed(struct bearers *b) { b->numbers.fetches_failed++; }
uint32_t bearers_age(struct bearers *b, int64_t now_ms) {
    uint32_t gone = 0;
    for (uint32_t i = 0; i < b->source_count; i++) {
        struct source *s = &b->source[i];
        if (!b->url[i] || s->keys.count == 0 || now_ms - s->came_ms <= DOOR_KEYS_STALE_SECONDS * 1000) continue;
        token_keys_free(&s->keys);
        gone++;
    }
    if (gone > 0) join(b);
    return gone;
}
bool bearers_ready(const struct bearers *b) {
    for (uint32_t s = 0; s < b->source_count; s++)
        if (!b->source[s].came) return false;
    return b->all.count > 0;
}

/* ---- at every request ---- */
result bearers_check(struct bearers *b, struct text jwt, instant now, const struct token **out, struct fault *f) {
    const struct token_rules rules = {.keys = &b->all, .audiences = b->audience, .audience_count = b->audience_count, .skew_ns = b->skew_ns, .live = b->live};
    result r;
    *out = token_seen_find(b->seen, jwt);
    if (*out != NULL) {
        b->numbers.seen++;
        r = token_in_time(*out, b->skew_ns, now, f);
    } else {
        b->numbers.verified++;
        r = token_verify(&rules, b->json, jwt, now, &b->last, f);
        *out = &b->last;
        if (result_is_ok(r)) token_seen_put(b->seen, jwt, &b->last);
    }
    if (!result_is_ok(r)) b->numbers.refused++;
    return r;
}
bool bearers_seen(const struct bearers *b, struct text jwt) { return token_seen_find(b->seen, jwt) != NULL; }
void bearers_numbers(const struct bearers *b, struct bearer_numbers *out) {
    *out = b->numbers;
    out->keys = b->all.count;
    out->passed = b->all.passed;
}
const char *bearers_source(const struct bearers *b, uint32_t source) { return b->name[source]; }
