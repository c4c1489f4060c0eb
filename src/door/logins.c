/* Sessions over HTTP: session.h does the work. */
#include <sodium.h>

#include "core/decode_value.h"
#include "door/door.h"
#include "door/limits.h"

static result read_names(struct door *d, struct request *r, struct name *party, struct name *key, struct fault *f) {
    const struct json *top;
    TRY(json_parse(d->json, request_body(r), JSON_PARLEY, &top, f));
    DECODE_ONLY(top, f, "party", "key");
    TRY(decode_name(top, "party", true, party, f));
    return decode_name(top, "key", true, key, f);
}

void logins_challenge(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct name party, key;
    char nonce[65];
    (void)m;
    if (!result_is_ok(read_names(d, r, &party, &key, &f))) {
        door_reply_fault(d, r, &f);
        return;
    }
    instant now = clock_now(&d->clock);
    sessions_challenge(d->sessions, &party, &key, now, nonce);
    struct append body = append_growing(4096);
    append_str(&body, "{\"nonce\":\"");
    append_str(&body, nonce);
    append_str(&body, "\",\"log\":\"");
    append_hex(&body, node_log_hash(d->node)->bytes, SHA256_SIZE);
    append_str(&body, "\",\"origin\":");
    append_json_string(&body, state_origin(node_state(d->node)));
    append_str(&body, ",\"time\":\"");
    append_instant(&body, now);
    append_str(&body, "\",\"expires\":\"");
    append_instant(&body, sessions_latest(d->sessions, now));
    append_str(&body, "\"}\n");
    door_reply_json(d, r, &body);
}

static result read_note(struct door *d, struct request *r, struct text *note, struct fault *f) {
    const struct json *top;
    TRY(json_parse(d->json, request_body(r), JSON_PARLEY, &top, f));
    DECODE_ONLY(top, f, "note");
    TRY(json_get_text(top, "note", true, DOOR_SMALL_BODY, note, f));
    /* The note's own JSON is read with the same reader: keep the text. */
    char *copy = arena_alloc(&d->scratch, note->size + 1, 1);
    if (copy == NULL) return fail(f, RESULT_BUSY, "memory", "no memory left for this request");
    memcpy(copy, note->at, note->size);
    note->at = copy;
    return OK;
}

static void session_members(const struct session *s, struct append *body) {
    append_str(body, "\"party\":");
    append_json_string(body, name_text(&s->party_name));
    append_str(body, ",\"key\":");
    append_json_string(body, name_text(&s->key_name));
    append_str(body, ",\"expires\":\"");
    append_instant(body, s->expires);
    append_char(body, '"');
}

void logins_open(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct text note;
    struct session s;
    char token[SESSION_TOKEN_DIGITS + 1];
    if (!door_may_verify(d, r, &m->caller)) {
        door_reply_too_fast(d, r);
        return;
    }
    arena_reset(&d->scratch);
    result opened = read_note(d, r, &note, &f);
    if (result_is_ok(opened))
        opened = sessions_open(d->sessions, node_state(d->node), d->json, note, clock_now(&d->clock), token, &s, &f);
    if (!result_is_ok(opened)) {
        struct problem p = problem_of(&f);
        if (opened.code == RESULT_FULL) p.status = 429;
        if (opened.code == RESULT_UNAUTHENTIC) door_failed_signature(d, r, &m->caller);
        door_noise(d, opened.code == RESULT_UNAUTHENTIC ? NOISE_SIGNATURE : NOISE_SYNTAX);
        door_reply_problem(d, r, &p);
        return;
    }
    struct append body = append_growing(4096);
    append_str(&body, "{\"token\":\"");
    append_str(&body, token);
    append_str(&body, "\",");
    session_members(&s, &body);
    append_str(&body, "}\n");
    sodium_memzero(token, sizeof token);
    door_reply(d, r, 201, "application/json", &body);
}

void logins_show(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(4096);
    append_char(&body, '{');
    session_members(&m->caller.session, &body);
    append_str(&body, "}\n");
    door_reply_json(d, r, &body);
}

void logins_close(struct door *d, struct request *r, const struct match *m) {
    struct text token;
    (void)m;
    if (door_token(r, &token) == NULL) (void)sessions_close(d->sessions, token);
    door_reply(d, r, 204, NULL, NULL);
}
