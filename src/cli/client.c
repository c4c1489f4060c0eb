#include "cli/client.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "log/secret.h"

enum { KEY_FILE_BYTES = 4096 };

static result key_name_split(struct text name, struct client_key *out, struct fault *f, const char *path) {
    const char *first = memchr(name.at, '/', name.size);
    const char *second = first != NULL ? memchr(first + 1, '/', name.size - (size_t)(first + 1 - name.at)) : NULL;
    if (second == NULL || name.size > NOTE_NAME_BYTES)
        return fail(f, RESULT_MALFORMED, path, "key name '%.*s' is not <mode>/<party>/<key>", TEXT_ARG(name));
    struct fault inner = {0};
    struct text party = {first + 1, (size_t)(second - first - 1)}, key = {second + 1, name.size - (size_t)(second + 1 - name.at)};
    if (!result_is_ok(name_read(party, &out->party, &inner)) || !result_is_ok(name_read(key, &out->key, &inner)))
        return fail(f, RESULT_MALFORMED, path, "key name '%.*s': %s", TEXT_ARG(name), inner.message);
    memcpy(out->name, name.at, name.size);
    out->name[name.size] = '\0';
    return OK;
}

/* `otherwise`, unless it is a public key that stands there. */
static result not_public(const char *path, struct text line, result otherwise, struct fault *f) {
    struct text name;
    struct fault ignored;
    uint8_t key[NOTE_KEY_BYTES];
    size_t size = strlen(path);
    while (line.size > 0 && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r')) line.size--;
    if (!result_is_ok(note_vkey_read(line, &name, key, &ignored))) return otherwise;
    if (size > 4 && strcmp(path + size - 4, ".pub") == 0) return fail(f, RESULT_USAGE, path, "this is the public key; the secret one is %.*s", (int)size - 4, path);
    return fail(f, RESULT_USAGE, path, "this is a public key; name the file of the secret one");
}

result client_key_file(const char *path, struct append *out, struct fault *f) {
    result r = secret_read(path, out, f);
    if (result_is_ok(r)) return not_public(path, append_view(out), r, f);
    if (r.code != RESULT_FORBIDDEN) return r;
    /* Whoever takes a public key for the secret one must not be told to hide it. Only of a plain file the rights are refused: it can be read again. */
    struct append text;
    if (!result_is_ok(cli_read_file(path, KEY_FILE_BYTES, &text, NULL))) return r;
    r = not_public(path, append_view(&text), r, f);
    sodium_memzero(text.at, text.size);
    append_free(&text);
    return r;
}

result client_key_read(const char *path, struct client_key *out, struct fault *f) {
    char room[KEY_FILE_BYTES];
    struct append file = append_fixed(room, sizeof room);
    struct text name;
    result read = client_key_file(path, &file, f);
    if (!result_is_ok(read)) {
        sodium_memzero(room, sizeof room);
        return read;
    }
    struct text line = append_view(&file);
    while (line.size > 0 && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r')) line.size--;
    struct fault inner = {0};
    result r = note_skey_read(line, &name, out->secret, &inner);
    if (!result_is_ok(r)) r = fail(f, r.code, path, "holds no secret key: %s", inner.message);
    else r = key_name_split(name, out, f, path);
    out->path = path;
    memcpy(out->public_key, out->secret + NOTE_SECRET_BYTES - NOTE_KEY_BYTES, NOTE_KEY_BYTES);
    sodium_memzero(room, sizeof room);
    return r;
}

static result read_keys(struct client *k, bool needed, struct fault *f) {
    const char *path;
    for (unsigned i = 0; (path = cli_nth(k->cli, "key", i)) != NULL; i++) {
        if (k->key_count == CLIENT_KEYS) return fail(f, RESULT_USAGE, "--key", "at most %d keys", CLIENT_KEYS);
        TRY(client_key_read(path, &k->keys[k->key_count], f));
        k->key_count++;
    }
    if (k->key_count == 0 && (path = getenv("PARLEY_KEY")) != NULL && path[0] != '\0') {
        TRY(client_key_read(path, &k->keys[0], f));
        k->key_count = 1;
    }
    if (needed && k->key_count == 0) return fail(f, RESULT_USAGE, "--key", "is needed (or set PARLEY_KEY): the file of a secret key");
    return OK;
}

const char *client_server(const struct cli *c) {
    const char *server = cli_get(c, "server"), *set = getenv("PARLEY_SERVER");
    if (server != NULL) return server;
    return set != NULL && set[0] != '\0' ? set : "http://localhost:8420";
}

/* A reader takes its memory for the largest document at once, so it is made for the reply at hand and kept while it suffices. */
result client_parse(struct client *k, struct text in, const struct json **top, struct fault *f) {
    if (k->json == NULL || in.size > k->json_room) {
        json_reader_free(k->json);
        k->json_room = in.size * 2 > 65536 ? in.size * 2 : 65536;
        k->json = json_reader_new(k->json_room);
        if (k->json == NULL) return fail(f, RESULT_IO, "", "no memory for JSON of %zu bytes", in.size);
    }
    return json_parse(k->json, in, JSON_OPEN, top, f);
}

result client_get(struct client *k, const char *path, struct http_reply *reply, const struct json **top, struct fault *f) {
    TRY(http_call(k->http, path, NULL, reply, f));
    result r = http_problem(reply, f);
    if (reply->status == 401 && k->key_count == 0) r = fail(f, RESULT_USAGE, "--key", "give --key (or set PARLEY_KEY): %.80s is shown to parties only", path);
    if (result_is_ok(r) && top != NULL) r = client_parse(k, append_view(&reply->body), top, f);
    if (!result_is_ok(r)) append_free(&reply->body);
    return r;
}

static result read_clock(struct client *k, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    struct text time;
    int64_t rate = 1;
    TRY(client_get(k, "/v1/clock", &reply, &top, f));
    result r = json_get_text(top, "time", true, 64, &time, f);
    if (result_is_ok(r)) r = json_get_scaled(top, "rate", false, 0, 1, UINT32_MAX, &rate, f);
    k->clock_rate = (uint32_t)rate;
    if (result_is_ok(r)) r = instant_parse(time, &k->now, f);
    append_free(&reply.body);
    return r;
}

static result read_log(struct client *k, struct fault *f) {
    struct http_reply reply = {0};
    const struct json *top;
    result asked = client_get(k, "/v1/log", &reply, &top, f);
    if (asked.code == RESULT_MALFORMED && reply.status == 200) (void)fail(f, RESULT_MALFORMED, client_server(k->cli), "answers otherwise than Parley does: is that a Parley server?");
    TRY(asked);
    struct text origin = TEXT(""), mode = TEXT("");
    result r = json_get_text(top, "origin", true, sizeof k->origin_room, &origin, f);
    if (result_is_ok(r)) r = json_get_hex(top, "log", true, k->log.bytes, sizeof k->log.bytes, f);
    if (result_is_ok(r)) r = json_get_text(top, "mode", true, 16, &mode, f);
    if (result_is_ok(r)) {
        memcpy(k->origin_room, origin.at, origin.size);
        k->origin = (struct text){k->origin_room, origin.size};
        k->live = text_is(mode, "LIVE");
    }
    if (!result_is_ok(r)) (void)fail(f, RESULT_MALFORMED, client_server(k->cli), "answers otherwise than Parley does: is that a Parley server?");
    append_free(&reply.body);
    return result_is_ok(r) ? read_clock(k, f) : r;
}

/* POST; *top is valid until the next use of k->json. */
static result post_json(struct client *k, const char *path, const struct append *body, struct http_reply *reply, const struct json **top, struct fault *f) {
    struct text bytes = append_view(body);
    TRY(http_call(k->http, path, &bytes, reply, f));
    result r = http_problem(reply, f);
    if (result_is_ok(r)) r = client_parse(k, append_view(&reply->body), top, f);
    if (!result_is_ok(r)) append_free(&reply->body);
    return r;
}

static void names_json(const struct client_key *key, struct append *out) {
    append_str(out, "\"party\":");
    append_json_string(out, name_text(&key->party));
    append_str(out, ",\"key\":");
    append_json_string(out, name_text(&key->key));
}

/* The text that a session's key signs (FORMAT.md, "session"), from the challenge; written by us, so that the server cannot have
 * anything else signed. */
static result session_text(struct client *k, struct append *out, struct fault *f) {
    const struct client_key *key = &k->keys[0];
    struct append body = append_growing(65536);
    struct http_reply reply;
    const struct json *top;
    struct text nonce = TEXT(""), expires = TEXT("");
    append_char(&body, '{');
    names_json(key, &body);
    append_char(&body, '}');
    result r = post_json(k, "/v1/session/challenge", &body, &reply, &top, f);
    append_free(&body);
    TRY(r);
    r = json_get_text(top, "nonce", true, 64, &nonce, f);
    if (result_is_ok(r)) r = json_get_text(top, "expires", true, 64, &expires, f);
    append_str(out, "parley/1 session ");
    append_text(out, k->origin);
    append_str(out, "\n{\"log\":\"");
    append_hex(out, k->log.bytes, sizeof k->log.bytes);
    append_str(out, "\",");
    names_json(key, out);
    append_str(out, ",\"nonce\":");
    append_json_string(out, nonce);
    append_str(out, ",\"expires\":");
    append_json_string(out, expires);
    append_str(out, "}\n");
    append_free(&reply.body);
    return r;
}

result client_session(struct client *k, struct fault *f) {
    if (k->session) return OK;
    const struct client_key *key = &k->keys[0];
    struct append body = append_growing(65536), text = append_growing(65536), note = append_growing(65536);
    struct http_reply reply;
    const struct json *top;
    struct text token, expires;
    result r = session_text(k, &text, f);
    if (result_is_ok(r)) {
        note_begin(&note, append_view(&text));
        note_sign(&note, append_view(&text), text_of(key->name), key->secret);
        append_str(&body, "{\"note\":");
        append_json_string(&body, append_view(&note));
        append_char(&body, '}');
        r = post_json(k, "/v1/session", &body, &reply, &top, f);
        /* The server does not tell strangers which of its keys there are: whoever holds the secret may hear what it comes to. */
        if (r.code == RESULT_UNAUTHENTIC) r = fail(f, RESULT_UNAUTHENTIC, "--key", "this log does not know the key %s, or knows another of that name, or it was revoked", key->name);
        if (result_is_ok(r)) {
            r = json_get_text(top, "token", true, 128, &token, f);
            if (result_is_ok(r)) r = json_get_text(top, "expires", true, 64, &expires, f);
            if (result_is_ok(r)) r = instant_parse(expires, &k->token_until, f);
            if (result_is_ok(r)) http_token(k->http, token);
            if (result_is_ok(r)) snprintf(k->token, sizeof k->token, "%.*s", TEXT_ARG(token));
            k->session = result_is_ok(r);
            append_free(&reply.body);
        }
    }
    append_free(&body);
    append_free(&text);
    append_free(&note);
    return r;
}

result client_open(struct client *k, const struct cli *c, bool keys_needed, bool session, struct fault *f) {
    *k = (struct client){.cli = c};
    if (sodium_init() < 0) return fail(f, RESULT_IO, "", "libsodium cannot start");
    (void)sodium_mlock(k->keys, sizeof k->keys); /* as far as the system lets us */
    TRY(read_keys(k, keys_needed, f));
    TRY(http_new(&(struct http_options){.server = client_server(c), .ca = cli_get(c, "ca")}, &k->http, f));
    TRY(read_log(k, f));
    if (session && k->key_count > 0) TRY(client_session(k, f));
    return OK;
}

void client_close(struct client *k) {
    if (k->session) http_delete(k->http, "/v1/session"); /* a party has a bounded number of them */
    http_free(k->http);
    json_reader_free(k->json);
    sodium_munlock(k->keys, sizeof k->keys); /* wipes them */
    sodium_memzero(k->token, sizeof k->token);
}
