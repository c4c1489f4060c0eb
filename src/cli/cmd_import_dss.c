/* import dss: what a manager has at a DSS that runs already comes to this server: his subscriptions, constraints and operational intents, under their ids.
 *
 * A DSS shows no volumes (utm.yaml): those of an entity come from its manager's own USS, and a subscription gets the whole area that was asked about, which holds
 * its own. OVNs and versions are this server's, notification indices begin at 0. What others manage stays theirs: they bring it themselves. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "log/secret.h"

enum { TOKEN_MOST = HTTP_TOKEN_MOST, SUBSCRIPTIONS_MOST = 65536, BODY_MOST = 64 * 1024 * 1024 };
#define HIDDEN "Available from USS"
#define NO_SUBSCRIPTION "00000000-0000-4000-8000-000000000000"

struct peer { struct http *http; char server[512], prefix[512]; };
struct answer { struct json_reader *json; size_t room; }; /* what was read last, by a reader that grows with the replies */
struct watch { char id[40]; bool taken, constraints; };
struct taker {
    const struct cli *cli;
    struct peer from, to, uss;
    char uss_server[sizeof ((struct peer *)0)->server]; /* that was sent the token of --uss-token-file last */
    struct append from_token, to_token, uss_token, area, body, key; /* key: own OVNs here, as elements of a JSON array */
    struct answer list, one;
    struct watch *watches;
    uint32_t watch_count;
    unsigned taken, refused, others, unread, unseen;
};

/* --- peers --- */

static void peer_close(struct peer *p) {
    http_free(p->http);
    *p = (struct peer){0};
}

/* http://host:port/what/stands/before */
static result peer_open(struct peer *p, struct text url, const char *given, const struct cli *c, const struct append *token, struct fault *f) {
    const char *host = memmem(url.at, url.size, "://", 3), *end = url.at + url.size;
    while (end > url.at && end[-1] == '/') end--;
    const char *slash = host == NULL ? NULL : memchr(host + 3, '/', host + 3 < end ? (size_t)(end - host) - 3 : 0);
    if (slash == NULL) slash = end;
    if (host == NULL || (size_t)(slash - url.at) >= sizeof p->server || (size_t)(end - slash) >= sizeof p->prefix)
        return fail(f, RESULT_USAGE, "URL", "'%.*s' is no http:// or https:// address", (int)(url.size < 200 ? url.size : 200), url.at);
    *p = (struct peer){0};
    memcpy(p->server, url.at, (size_t)(slash - url.at));
    memcpy(p->prefix, slash, (size_t)(end - slash));
    TRY(http_new(&(struct http_options){.server = p->server, .ca = cli_get(c, "ca"), .given = given}, &p->http, f));
    http_token(p->http, append_view(token));
    return OK;
}

static bool is_read(struct answer *a, struct text in, const struct json **top) {
    if (a->json == NULL || in.size > a->room) {
        json_reader_free(a->json);
        a->room = in.size < 65536 ? 65536 : in.size;
        a->json = json_reader_new(a->room);
    }
    return a->json != NULL && result_is_ok(json_parse(a->json, in, JSON_OPEN, top, NULL)) && (*top)->kind == JSON_OBJECT;
}

/* `top` NULL unless the reply is a JSON object. */
static result call(struct peer *p, const char *method, const char *path, const struct append *body, struct answer *answer, long *status, const struct json **top, struct fault *f) {
    char whole[2048];
    struct http_reply reply = {0};
    struct text text = body != NULL ? append_view(body) : TEXT("");
    *top = NULL;
    snprintf(whole, sizeof whole, "%s%s", p->prefix, path);
    TRY(http_send(p->http, method, whole, body != NULL ? &text : NULL, &reply, f));
    *status = reply.status;
    if (!is_read(answer, append_view(&reply.body), top)) *top = NULL;
    append_free(&reply.body);
    return OK;
}

static result read_token(const struct cli *c, const char *option, struct append *out, struct fault *f) {
    const char *path = cli_get(c, option);
    char room[TOKEN_MOST + 1];
    struct append file = append_fixed(room, sizeof room);
    *out = append_growing(TOKEN_MOST);
    result r = secret_read(path, &file, f); /* whoever reads it is this manager */
    if (result_is_ok(r)) append_text(out, append_view(&file));
    sodium_memzero(room, sizeof room);
    TRY(r);
    while (out->size > 0 && (out->at[out->size - 1] == '\n' || out->at[out->size - 1] == '\r' || out->at[out->size - 1] == ' ')) out->size--;
    for (size_t i = 0; i < out->size; i++)
        if (out->at[i] <= 0x20 || out->at[i] >= 0x7F) return fail(f, RESULT_MALFORMED, path, "holds more than one token");
    return out->size > 0 ? OK : fail(f, RESULT_MALFORMED, path, "holds no token");
}

/* --- words --- */

static struct text member(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_STRING ? m->string : TEXT("");
}

static bool flag(const struct json *object, const char *name) {
    const struct json *m = json_member(object, name);
    return m != NULL && m->kind == JSON_BOOL && m->boolean;
}

static void say(const struct taker *t, const char *kind, struct text id, const char *became, struct text detail) {
    struct append line = append_growing(1 << 20);
    if (t->cli->json) {
        append_format(&line, "{\"kind\":\"%s\",\"id\":", kind);
        append_json_string(&line, id);
        append_format(&line, ",\"became\":\"%s\",\"detail\":", became);
        append_json_string(&line, detail);
        append_char(&line, '}');
    } else {
        append_format(&line, "%-18s %-36.*s %-10s %.*s", kind, TEXT_ARG(id), became, TEXT_ARG(detail));
        cli_tame(line.at, line.size);
    }
    printf("%.*s\n", TEXT_ARG(append_view(&line)));
    append_free(&line);
}

static void refused(struct taker *t, const char *kind, struct text id, long status, const struct json *top) {
    struct append why = append_growing(1 << 16);
    append_format(&why, "status %ld: ", status);
    append_text(&why, member(top, "message"));
    if (member(top, "message").size == 0) append_format(&why, status == 404 ? "no DSS answers at %s%s" : "%s%s does not say why", t->to.server, t->to.prefix);
    say(t, kind, id, "refused", append_view(&why));
    append_free(&why);
    t->refused++;
}

/* JSON again, as it was read. */
static void put(struct append *out, const struct json *node) {
    static const char *const words[] = {"false", "true"};
    bool object = node->kind == JSON_OBJECT, first = true;
    if (node->kind == JSON_NULL) append_str(out, "null");
    if (node->kind == JSON_BOOL) append_str(out, words[node->boolean]);
    if (node->kind == JSON_NUMBER) append_text(out, node->string);
    if (node->kind == JSON_STRING) append_json_string(out, node->string);
    if (!object && node->kind != JSON_ARRAY) return;
    append_char(out, object ? '{' : '[');
    for (const struct json *m = json_first(node); m != NULL; m = json_next(node, m), first = false) {
        if (!first) append_char(out, ',');
        if (object) append_json_string(out, m->name);
        if (object) append_char(out, ':');
        put(out, m);
    }
    append_char(out, object ? '}' : ']');
}

static void put_member(struct append *out, const struct json *object, const char *name, const char *as) {
    append_format(out, "\"%s\":", as);
    append_json_string(out, member(object, name));
}

/* --- subscriptions --- */

static struct watch *watch_find(const struct taker *t, struct text id) {
    for (uint32_t i = 0; i < t->watch_count; i++)
        if (text_is(id, t->watches[i].id)) return &t->watches[i];
    return NULL;
}

/* A start that has passed is left out, for it could be too long ago; the server takes now. */
static void put_times(struct append *out, const struct json *subscription) {
    struct timespec now;
    int64_t start = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct json *from = json_member(subscription, "time_start"), *until = json_member(subscription, "time_end");
    if (from != NULL && result_is_ok(instant_parse_rounded(member(from, "value"), false, &start, NULL)) && start / INSTANT_SECOND > now.tv_sec) {
        append_str(out, ",\"time_start\":");
        put(out, from);
    }
    if (until != NULL) {
        append_str(out, ",\"time_end\":");
        put(out, until);
    }
}

static result take_subscription(struct taker *t, const struct json *s, struct fault *f) {
    struct text id = member(s, "id");
    char path[128];
    long status;
    const struct json *top;
    struct watch *w = &t->watches[t->watch_count];
    if (t->watch_count == SUBSCRIPTIONS_MOST) return fail(f, RESULT_TOO_LARGE, "subscriptions", "more than %d in the area: take a smaller one", SUBSCRIPTIONS_MOST);
    *w = (struct watch){.constraints = flag(s, "notify_for_constraints")};
    memcpy(w->id, id.at, id.size);
    t->watch_count++;
    if (flag(s, "implicit_subscription")) return OK; /* made anew with its operational intent */
    append_reset(&t->body);
    append_str(&t->body, "{\"extents\":{\"volume\":");
    append_text(&t->body, append_view(&t->area));
    put_times(&t->body, s);
    append_str(&t->body, "},");
    put_member(&t->body, s, "uss_base_url", "uss_base_url");
    append_format(&t->body, ",\"notify_for_operational_intents\":%s,\"notify_for_constraints\":%s}", flag(s, "notify_for_operational_intents") ? "true" : "false", w->constraints ? "true" : "false");
    snprintf(path, sizeof path, "/dss/v1/subscriptions/%s", w->id);
    TRY(call(&t->to, "PUT", path, &t->body, &t->one, &status, &top, f));
    w->taken = status == 200;
    if (!w->taken) return refused(t, "subscription", id, status, top), OK;
    t->taken++;
    say(t, "subscription", id, "taken", TEXT("for the whole area that was asked about"));
    return OK;
}

/* --- constraints and operational intents --- */

/* The host of scheme://host:port, as audiences name it: without port. */
static struct text host_of(const char *server) {
    const char *at = strstr(server, "://");
    at = at == NULL ? server : at + 3;
    size_t size = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":");
    return (struct text){at, size};
}
/* Does a JWT's "aud" name this host? What is no JWT, or has none, says nothing: `otherwise`. */
static bool names_audience(const struct append *token, struct text host, bool otherwise) {
    static unsigned char claims[TOKEN_MOST];
    const char *from = token->size > 0 ? memchr(token->at, '.', token->size) : NULL, *end = from != NULL ? memchr(from + 1, '.', token->size - (size_t)(from + 1 - token->at)) : NULL;
    const struct json *top = NULL, *audience = NULL;
    struct fault f = {0};
    size_t size = 0;
    bool names = otherwise;
    if (end == NULL || sodium_base642bin(claims, sizeof claims, from + 1, (size_t)(end - from) - 1, NULL, &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) return otherwise;
    struct json_reader *json = json_reader_new(sizeof claims);
    if (json != NULL && result_is_ok(json_parse(json, (struct text){(const char *)claims, size}, JSON_OPEN, &top, &f))) audience = json_member(top, "aud");
    if (audience != NULL) names = audience->kind == JSON_STRING && text_equal(audience->string, host);
    for (const struct json *a = audience != NULL && audience->kind == JSON_ARRAY ? json_first(audience) : NULL; a != NULL; a = json_next(audience, a))
        names = names || (a->kind == JSON_STRING && text_equal(a->string, host));
    json_reader_free(json);
    return names;
}
/* A token is for one host: who is sent it can use it there as its bearer. So that of a DSS goes to no USS, and one for a USS to whom its audience names, or where it does not say, to the
 * first that is asked. */
static result uss_open(struct taker *t, struct text base, struct fault *f) {
    peer_close(&t->uss);
    if (t->uss_token.size == 0) return fail(f, RESULT_USAGE, "", "--uss-token-file is missing, and a token for the DSS is not sent to another machine");
    TRY(peer_open(&t->uss, base, "its uss_base_url", t->cli, &t->uss_token, f));
    bool first = t->uss_server[0] == '\0' || strcmp(t->uss_server, t->uss.server) == 0;
    struct text host = host_of(t->uss.server);
    bool meant = names_audience(&t->uss_token, host, first);
    if (meant) memcpy(t->uss_server, t->uss.server, sizeof t->uss_server);
    if (meant) return OK;
    result r = fail(f, RESULT_USAGE, "", "the token of --uss-token-file is for another machine and is not sent to this one: run it again with one for %.*s (its 'aud')", TEXT_ARG(host));
    peer_close(&t->uss); /* `host` stands in it */
    return r;
}

/* The volumes that the manager's USS shows, as members of an array, into the body; false: it does not. */
static result put_volumes(struct taker *t, const struct json *reference, const char *kind, const char *resource, const char *name, bool *there, struct fault *f) {
    static const char *const lists[] = {"volumes", "off_nominal_volumes"};
    char path[128], server[1024];
    long status = 0;
    const struct json *top = NULL;
    struct fault why = {0};
    struct text base = member(reference, "uss_base_url");
    bool first = true;
    snprintf(server, sizeof server, "%s%s", t->uss.server, t->uss.prefix);
    if (!text_is(base, server)) {
        if (!result_is_ok(uss_open(t, base, &why))) peer_close(&t->uss);
    }
    snprintf(path, sizeof path, "/uss/v1/%s/%.*s", resource, TEXT_ARG(member(reference, "id")));
    *there = t->uss.http != NULL && result_is_ok(call(&t->uss, "GET", path, NULL, &t->one, &status, &top, &why)) && status == 200;
    if (!*there) {
        char text[512];
        snprintf(text, sizeof text, "its USS at %.*s does not show its volumes: %s", (int)(base.size < 100 ? base.size : 100), base.at, status != 0 ? "" : why.message);
        if (status != 0) snprintf(text + strlen(text), sizeof text - strlen(text), "status %ld", status);
        say(t, kind, member(reference, "id"), "not read", text_of(text));
        t->unread++;
        return OK;
    }
    const struct json *details = json_member(json_member(top, name), "details");
    for (int i = 0; i < 2; i++) {
        const struct json *list = json_member(details, lists[i]);
        for (const struct json *v = list != NULL && list->kind == JSON_ARRAY ? json_first(list) : NULL; v != NULL; v = json_next(list, v), first = false) {
            if (!first) append_char(&t->body, ',');
            put(&t->body, v);
        }
    }
    return t->body.full ? fail(f, RESULT_TOO_LARGE, resource, "an entity has more volumes than this program takes") : OK;
}

static void keep_ovn(struct taker *t, struct text ovn) {
    if (t->key.size > 0) append_char(&t->key, ',');
    append_json_string(&t->key, ovn);
}

static result take_constraint(struct taker *t, const struct json *r, struct fault *f) {
    char path[128];
    long status;
    bool there;
    const struct json *top;
    append_reset(&t->body);
    append_char(&t->body, '{');
    put_member(&t->body, r, "uss_base_url", "uss_base_url");
    append_str(&t->body, ",\"extents\":[");
    TRY(put_volumes(t, r, "constraint", "constraints", "constraint", &there, f));
    if (!there) return OK;
    append_str(&t->body, "]}");
    snprintf(path, sizeof path, "/dss/v1/constraint_references/%.*s", TEXT_ARG(member(r, "id")));
    TRY(call(&t->to, "PUT", path, &t->body, &t->one, &status, &top, f));
    if (status != 201) return refused(t, "constraint", member(r, "id"), status, top), OK;
    keep_ovn(t, member(json_member(top, "constraint_reference"), "ovn"));
    t->taken++;
    say(t, "constraint", member(r, "id"), "taken", TEXT("under a new OVN"));
    return OK;
}

/* What is put behind the extents, for a state. */
static void put_intent(struct taker *t, const struct json *r, struct text state) {
    struct text id = member(r, "subscription_id");
    const struct watch *w = watch_find(t, id);
    append_str(&t->body, "],\"state\":");
    append_json_string(&t->body, state);
    append_str(&t->body, ",\"key\":[");
    append_text(&t->body, append_view(&t->key));
    append_char(&t->body, ']');
    if (w != NULL && w->taken) {
        append_str(&t->body, ",\"subscription_id\":");
        append_json_string(&t->body, id);
    } else if (w != NULL || (id.size > 0 && !text_is(id, NO_SUBSCRIPTION)) || !text_is(state, "Accepted")) {
        append_str(&t->body, ",\"new_subscription\":{");
        put_member(&t->body, r, "uss_base_url", "uss_base_url");
        append_format(&t->body, ",\"notify_for_constraints\":%s}", w != NULL && w->constraints ? "true" : "false");
    }
    append_char(&t->body, '}');
}

/* Created as Accepted, as each is; then brought to the state that it has. */
static result take_intent(struct taker *t, const struct json *r, struct fault *f) {
    char path[512];
    long status;
    bool there;
    const struct json *top;
    struct text id = member(r, "id"), state = member(r, "state");
    append_reset(&t->body);
    append_char(&t->body, '{');
    put_member(&t->body, r, "uss_base_url", "uss_base_url");
    append_str(&t->body, ",\"extents\":[");
    TRY(put_volumes(t, r, "operational intent", "operational_intents", "operational_intent", &there, f));
    if (!there) return OK;
    size_t head = t->body.size;
    put_intent(t, r, TEXT("Accepted"));
    int n = snprintf(path, sizeof path, "/dss/v1/operational_intent_references/%.*s", TEXT_ARG(id));
    TRY(call(&t->to, "PUT", path, &t->body, &t->one, &status, &top, f));
    if (status != 201) return refused(t, "operational intent", id, status, top), OK;
    struct text ovn = member(json_member(top, "operational_intent_reference"), "ovn");
    if (!text_is(state, "Accepted")) {
        snprintf(path + n, sizeof path - (size_t)n, "/%.*s", TEXT_ARG(ovn));
        t->body.size = head;
        put_intent(t, r, state);
        keep_ovn(t, ovn); /* if the state is refused, this is its OVN */
        TRY(call(&t->to, "PUT", path, &t->body, &t->one, &status, &top, f));
        if (status != 200) return refused(t, "operational intent", id, status, top), OK;
        ovn = member(json_member(top, "operational_intent_reference"), "ovn");
    }
    keep_ovn(t, ovn);
    t->taken++;
    say(t, "operational intent", id, "taken", state);
    return OK;
}

/* --- one kind after the other --- */

typedef result take_one(struct taker *t, const struct json *item, struct fault *f);
static const struct { const char *resource, *list, *kind; take_one *take; bool owned; } kinds[] = {
    {"subscriptions", "subscriptions", "subscription", take_subscription, false}, /* first: operational intents attach to them */
    {"constraint_references", "constraint_references", "constraint", take_constraint, true},
    {"operational_intent_references", "operational_intent_references", "operational intent", take_intent, true},
};

/* It goes into paths. */
static bool is_id(struct text t) {
    for (size_t i = 0; i < t.size; i++)
        if (strchr("0123456789abcdefABCDEF-", t.at[i]) == NULL || t.at[i] == '\0') return false;
    return t.size == 36;
}

static result take_kind(struct taker *t, unsigned i, struct fault *f) {
    char path[128];
    long status;
    const struct json *top;
    struct append body = append_growing(4096);
    append_str(&body, "{\"area_of_interest\":{\"volume\":");
    append_text(&body, append_view(&t->area));
    append_str(&body, "}}");
    snprintf(path, sizeof path, "/dss/v1/%s/query", kinds[i].resource);
    result r = call(&t->from, "POST", path, &body, &t->list, &status, &top, f);
    append_free(&body);
    if (!result_is_ok(r)) return r;
    if (status == 403) {
        say(t, kinds[i].kind, TEXT("-"), "not seen", TEXT("the token's scopes do not open them"));
        t->unseen++;
        return OK;
    }
    const struct json *list = json_member(top, kinds[i].list);
    if (status != 200 && member(top, "message").size == 0)
        return fail(f, status == 404 ? RESULT_NOT_FOUND : RESULT_MALFORMED, "URL", "no DSS answers at %s%s: status %ld, and no message, at %s", t->from.server, t->from.prefix, status, path);
    if (status != 200 || list == NULL || list->kind != JSON_ARRAY)
        return fail(f, status == 401 ? RESULT_FORBIDDEN : RESULT_MALFORMED, kinds[i].resource, "the DSS answers with status %ld: %.*s", status,
                    TEXT_ARG(status == 200 ? (struct text)TEXT("and without the list that is asked for") : member(top, "message")));
    for (const struct json *item = json_first(list); item != NULL; item = json_next(list, item)) {
        if (!is_id(member(item, "id"))) return fail(f, RESULT_MALFORMED, kinds[i].resource, "the DSS answers with an id that is none: '%.*s'", (int)(member(item, "id").size < 60 ? member(item, "id").size : 60), member(item, "id").at);
        if (kinds[i].owned && (member(item, "ovn").size == 0 || text_is(member(item, "ovn"), HIDDEN))) { /* a DSS may hide an OVN or leave it out */
            char of[300];
            struct text manager = member(item, "manager");
            snprintf(of, sizeof of, "of %.*s, whose OVN only he is shown: he brings it himself", (int)(manager.size < 200 ? manager.size : 200), manager.at);
            say(t, kinds[i].kind, member(item, "id"), "not ours", text_of(of));
            t->others++;
            continue;
        }
        TRY(kinds[i].take(t, item, f));
    }
    return OK;
}

/* LAT,LNG,RADIUS_M as a volume without heights. */
static result read_area(struct taker *t, struct fault *f) {
    double lat, lng, radius;
    char rest;
    const char *given = cli_get(t->cli, "area");
    if (sscanf(given, "%lf,%lf,%lf%c", &lat, &lng, &radius, &rest) != 3 || !(lat >= -90 && lat <= 90) || !(lng >= -180 && lng <= 180) || !(radius > 0 && radius <= 2e7))
        return fail(f, RESULT_USAGE, "--area", "'%s' is no LAT,LNG,RADIUS_M: degrees, and metres up to 20,000,000", given);
    append_format(&t->area, "{\"outline_circle\":{\"center\":{\"lat\":%.7f,\"lng\":%.7f},\"radius\":{\"value\":%.2f,\"units\":\"M\"}}}", lat, lng, radius);
    return OK;
}

static int import_dss_run(struct cli *c) {
    static struct taker t;
    struct fault f = {0};
    if (cli_need(c, "token-file") == NULL || cli_need(c, "to-token-file") == NULL || cli_need(c, "area") == NULL) return CLI_USAGE;
    t = (struct taker){.cli = c, .area = append_growing(4096), .body = append_growing(BODY_MOST), .key = append_growing(BODY_MOST), .watches = calloc(SUBSCRIPTIONS_MOST, sizeof *t.watches)};
    result r = t.watches == NULL ? fail(&f, RESULT_FULL, "", "no memory") : read_area(&t, &f);
    if (result_is_ok(r)) r = read_token(c, "token-file", &t.from_token, &f);
    if (result_is_ok(r)) r = read_token(c, "to-token-file", &t.to_token, &f);
    if (result_is_ok(r) && cli_has(c, "uss-token-file")) r = read_token(c, "uss-token-file", &t.uss_token, &f);
    if (result_is_ok(r)) r = peer_open(&t.from, text_of(c->arguments[0]), "URL", c, &t.from_token, &f);
    if (result_is_ok(r)) r = peer_open(&t.to, text_of(client_server(c)), NULL, c, &t.to_token, &f);
    for (unsigned i = 0; result_is_ok(r) && i < sizeof kinds / sizeof *kinds; i++) r = take_kind(&t, i, &f);
    if (result_is_ok(r) && !c->json)
        printf("%u taken, %u refused, %u whose volumes no USS shows, %u of others. Not seen: subscriptions of other managers (a DSS shows them to nobody else), availabilities%s.\n", t.taken,
               t.refused, t.unread, t.others, t.unseen > 0 ? ", what the token does not open" : "");
    int status = !result_is_ok(r) ? cli_fail(c, &f) : t.refused > 0 ? CLI_REFUSED : t.unread + t.unseen > 0 ? CLI_NOT_FOUND : CLI_OK;
    peer_close(&t.from);
    peer_close(&t.to);
    peer_close(&t.uss);
    json_reader_free(t.list.json);
    json_reader_free(t.one.json);
    free(t.watches);
    struct append *const texts[] = {&t.from_token, &t.to_token, &t.uss_token, &t.area, &t.body, &t.key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) append_free(texts[i]);
    return status;
}

static const struct cli_option import_dss_options[] = {
    {"token-file", "FILE", "a file with a token for the DSS at URL; like the others of mode 0600, or - for standard input"},
    {"to-token-file", "FILE", "a file with a token for --server, of the same manager"},
    {"uss-token-file", "FILE", "a file with a token for your USS, which shows the volumes; without it entities are listed and not taken, for no token goes to a machine that it is not for"},
    {"area", "LAT,LNG,RADIUS_M", "where: a circle"},
    {NULL, NULL, NULL}};
const struct cli_command command_import_dss = {
    "import dss", "URL", 1, 1, "take over what you manage at a running F3548 DSS",
    "Your subscriptions, constraints and operational intents in a circle come from the DSS at URL to --server, under their ids, with new OVNs and versions. A DSS shows no volumes: those of "
    "entities are asked of your USS (uss_base_url), and a subscription is given the whole circle. An operational intent that meets what others have here already is refused, as its key does not "
    "name that. What others manage is listed, not taken; their subscriptions and availabilities are not to be seen at all. Nothing at URL changes; what is here already is refused, "
    "so it may be run again.",
    import_dss_options, true, import_dss_run};
