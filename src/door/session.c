#include "door/session.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/note.h"
#include "door/limits.h"
#include "log/secret.h"

#define NONCE_SIZE 32 /* expiry u64, 8 random bytes, 16 bytes of HMAC */
#define NO_SLOT UINT32_MAX

struct slot {
    struct hash token; /* SHA-256 of it */
    struct hash public_key;
    struct session session;
    uint8_t nonce[NONCE_SIZE];
    instant used, nonce_until;
    uint32_t next; /* in its bucket */
    bool live;
};

struct sessions {
    struct slot *slots; /* DOOR_SESSIONS_PER_PARTY for each party */
    uint32_t parties, count;
    int64_t life_ns, challenge_ns;
    struct hmac_key secret;
    uint8_t nobodys[NOTE_KEY_BYTES]; /* a public key whose secret half was forgotten */
    void (*random)(void *bytes, size_t size);
    uint32_t buckets[DOOR_SESSION_BUCKETS];
};

struct sessions *sessions_new(uint32_t parties, int64_t life_ns, int64_t challenge_ns, void (*random)(void *bytes, size_t size)) {
    struct sessions *s = secret_alloc(sizeof *s);
    if (s == NULL) return NULL;
    s->slots = calloc((size_t)parties * DOOR_SESSIONS_PER_PARTY, sizeof *s->slots);
    if (s->slots == NULL) {
        secret_free(s);
        return NULL;
    }
    s->parties = parties;
    s->life_ns = life_ns;
    s->challenge_ns = challenge_ns;
    s->random = random;
    for (uint32_t i = 0; i < DOOR_SESSION_BUCKETS; i++) s->buckets[i] = NO_SLOT;
    uint8_t secret[32];
    random(secret, sizeof secret);
    hmac_key_init(&s->secret, secret, sizeof secret);
    uint8_t forgotten[NOTE_SECRET_BYTES];
    struct hash seed = hmac_of(&s->secret, "nobody", 6);
    note_key_from_seed(seed.bytes, forgotten, s->nobodys);
    sodium_memzero(&seed, sizeof seed);
    sodium_memzero(forgotten, sizeof forgotten);
    sodium_memzero(secret, sizeof secret);
    return s;
}

void sessions_free(struct sessions *s) {
    if (s == NULL) return;
    sodium_memzero(s->slots, (size_t)s->parties * DOOR_SESSIONS_PER_PARTY * sizeof *s->slots);
    free(s->slots);
    secret_free(s);
}

void sessions_life(struct sessions *s, int64_t life_ns) { s->life_ns = life_ns; }
uint32_t sessions_count(const struct sessions *s) { return s->count; }
instant sessions_latest(const struct sessions *s, instant now) { return now + s->life_ns; }

/* --- challenges --- */

static void seal_nonce(const struct sessions *s, const struct name *party, const struct name *key, uint8_t nonce[NONCE_SIZE]) {
    uint8_t room[16 + 2 * NAME_ROOM];
    memcpy(room, nonce, 16);
    memcpy(room + 16, party->at, NAME_ROOM);
    memcpy(room + 16 + NAME_ROOM, key->at, NAME_ROOM);
    struct hash mac = hmac_of(&s->secret, room, sizeof room);
    memcpy(nonce + 16, mac.bytes, 16);
}

void sessions_challenge(struct sessions *s, const struct name *party, const struct name *key, instant now, char nonce[65]) {
    uint8_t bytes[NONCE_SIZE];
    struct append head = append_fixed(bytes, 8);
    append_u64(&head, (uint64_t)(now + s->challenge_ns));
    s->random(bytes + 8, 8);
    seal_nonce(s, party, key, bytes);
    struct append hex = append_fixed(nonce, 64);
    append_hex(&hex, bytes, sizeof bytes);
    nonce[64] = '\0';
}

static bool nonce_holds(const struct sessions *s, const struct name *party, const struct name *key,
                        const uint8_t nonce[NONCE_SIZE], instant now, instant *until) {
    uint8_t again[NONCE_SIZE];
    memcpy(again, nonce, 16);
    seal_nonce(s, party, key, again);
    struct cursor c = cursor_of(nonce, 8);
    *until = (instant)cursor_u64(&c);
    return sodium_memcmp(again, nonce, NONCE_SIZE) == 0 && now <= *until;
}

/* --- the table --- */

static uint32_t *bucket_of(struct sessions *s, const struct hash *token) {
    return &s->buckets[((uint32_t)token->bytes[0] << 8 | token->bytes[1]) % DOOR_SESSION_BUCKETS];
}

static void slot_free(struct sessions *s, uint32_t i) {
    struct slot *slot = &s->slots[i];
    uint32_t *at = bucket_of(s, &slot->token);
    while (*at != i) {
        assert(*at != NO_SLOT);
        at = &s->slots[*at].next;
    }
    *at = slot->next;
    s->count--;
    /* The nonce stays: it must not serve again before it has expired. */
    slot->live = false;
    sodium_memzero(&slot->token, sizeof slot->token);
}

bool session_token_hash(struct text token, struct hash *out) {
    uint8_t bytes[SESSION_TOKEN_DIGITS / 2];
    bool good = token.size == SESSION_TOKEN_DIGITS && hex_read(token, bytes, sizeof bytes);
    if (good) *out = sha256_of(bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return good;
}

static uint32_t slot_find(struct sessions *s, const struct hash *token) {
    for (uint32_t i = *bucket_of(s, token); i != NO_SLOT; i = s->slots[i].next)
        if (sodium_memcmp(s->slots[i].token.bytes, token->bytes, SHA256_SIZE) == 0) return i;
    return NO_SLOT;
}

/* A free slot of the party; else the one longest unused; never one whose nonce could still be played again. */
static result slot_take(struct sessions *s, uint16_t party, const uint8_t nonce[NONCE_SIZE], instant now, uint32_t *out,
                        struct fault *f) {
    uint32_t first = (uint32_t)party * DOOR_SESSIONS_PER_PARTY, best = NO_SLOT;
    for (uint32_t i = first; i < first + DOOR_SESSIONS_PER_PARTY; i++) {
        struct slot *slot = &s->slots[i];
        bool remembers = slot->nonce_until >= now && slot->nonce_until != 0;
        if (remembers && sodium_memcmp(slot->nonce, nonce, NONCE_SIZE) == 0)
            return fail(f, RESULT_UNAUTHENTIC, "/note", "the session note does not verify");
        if (slot->live && slot->session.expires <= now) slot_free(s, i);
        if (remembers) continue;
        if (best == NO_SLOT || (s->slots[best].live && (!slot->live || slot->used < s->slots[best].used))) best = i;
    }
    if (best == NO_SLOT)
        return fail(f, RESULT_FULL, "/note", "%d sessions of this party were opened within a minute; wait", DOOR_SESSIONS_PER_PARTY);
    if (s->slots[best].live) slot_free(s, best);
    *out = best;
    return OK;
}

/* --- the note --- */

struct session_note {
    struct note note;
    struct name party, key;
    uint8_t nonce[NONCE_SIZE];
    struct hash log;
    instant expires;
};

static result take_members(struct json_reader *json, struct text line, struct session_note *out, struct fault *f) {
    static const char *const names[] = {"log", "party", "key", "nonce", "expires"};
    const struct json *top;
    struct text party, key;
    TRY(json_parse(json, line, JSON_PARLEY, &top, f));
    TRY(json_only(top, names, 5, f));
    TRY(json_get_hex(top, "log", true, out->log.bytes, SHA256_SIZE, f));
    TRY(json_get_text(top, "party", true, NAME_ROOM, &party, f));
    TRY(name_read(party, &out->party, f));
    TRY(json_get_text(top, "key", true, NAME_ROOM, &key, f));
    TRY(name_read(key, &out->key, f));
    TRY(json_get_hex(top, "nonce", true, out->nonce, NONCE_SIZE, f));
    struct text expires;
    TRY(json_get_text(top, "expires", true, 64, &expires, f));
    return instant_parse_millis(expires, &out->expires, f);
}

static result note_read(struct json_reader *json, struct text text, struct text origin, struct session_note *out, struct fault *f) {
    static const char head[] = "parley/1 session ";
    TRY(note_parse(text, &out->note, f));
    struct text t = out->note.text;
    size_t first = sizeof head - 1 + origin.size;
    if (t.size <= first || memcmp(t.at, head, sizeof head - 1) != 0 || memcmp(t.at + sizeof head - 1, origin.at, origin.size) != 0 || t.at[first] != '\n')
        return fail(f, RESULT_MALFORMED, "/note", "the first line is not \"parley/1 session %.*s\"", TEXT_ARG(origin));
    struct text second = {t.at + first + 1, t.size - first - 1};
    if (second.size == 0 || memchr(second.at, '\n', second.size) != second.at + second.size - 1)
        return fail(f, RESULT_MALFORMED, "/note", "the text is not two lines, each ended by a line feed");
    if (out->note.count != 1) return fail(f, RESULT_MALFORMED, "/note", "%u signature lines; exactly one", out->note.count);
    second.size--;
    result r = take_members(json, second, out, f);
    if (!result_is_ok(r)) fault_prefix(f, "/note");
    return r;
}

/* The work is the same for every note: how long it takes tells nobody who exists. So the signature is verified also where its line is not the key's:
 * a line's key id is a hash over the public key, which its sender may choose to fit one party or none. */
static bool signature_holds(const struct state *st, const struct session_note *n, const uint8_t public_key[NOTE_KEY_BYTES]) {
    char room[2 * NAME_ROOM + 16];
    uint8_t signature[NOTE_SIGNATURE_BYTES] = {0};
    struct append name = append_fixed(room, sizeof room);
    append_str(&name, state_is_live(st) ? "live/" : "exercise/");
    append_text(&name, name_text(&n->party));
    append_char(&name, '/');
    append_text(&name, name_text(&n->key));
    bool line = note_line_of(&n->note.lines[0], append_view(&name), public_key);
    bool whole = note_line_signature(&n->note.lines[0], signature, sizeof signature);
    return note_signature_verify(n->note.text, signature, public_key) && line && whole && !name.full;
}

result sessions_open(struct sessions *s, const struct state *st, struct json_reader *json, struct text note, instant now,
                     char token[SESSION_TOKEN_DIGITS + 1], struct session *out, struct fault *f) {
    struct session_note n;
    instant until;
    TRY(note_read(json, note, state_origin(st), &n, f));
    if (!hash_equal(&n.log, state_log(st))) return fail(f, RESULT_MALFORMED, "/note/log", "is not this log");
    if (n.expires <= now || n.expires > now + s->life_ns)
        return fail(f, RESULT_RANGE, "/note/expires", "is past, or later than a session may last (%lld s)",
                    (long long)(s->life_ns / INSTANT_SECOND));
    const struct hash *public_key = state_key(st, &n.party, &n.key);
    uint16_t party = state_party_find(st, &n.party);
    bool holds = signature_holds(st, &n, public_key != NULL ? public_key->bytes : s->nobodys) && public_key != NULL;
    if (!nonce_holds(s, &n.party, &n.key, n.nonce, now, &until) || party >= s->parties || !holds)
        return fail(f, RESULT_UNAUTHENTIC, "/note", "the session note does not verify");
    uint32_t i = 0;
    TRY(slot_take(s, party, n.nonce, now, &i, f));
    uint8_t secret[SESSION_TOKEN_DIGITS / 2];
    s->random(secret, sizeof secret);
    struct slot *slot = &s->slots[i];
    *slot = (struct slot){.token = sha256_of(secret, sizeof secret), .public_key = *public_key, .used = now, .nonce_until = until, .live = true};
    slot->session = (struct session){party, n.party, n.key, n.expires, state_key_feeds_only(st, &n.party, &n.key)};
    memcpy(slot->nonce, n.nonce, NONCE_SIZE);
    uint32_t *bucket = bucket_of(s, &slot->token);
    slot->next = *bucket;
    *bucket = i;
    s->count++;
    struct append hex = append_fixed(token, SESSION_TOKEN_DIGITS);
    append_hex(&hex, secret, sizeof secret);
    token[SESSION_TOKEN_DIGITS] = '\0';
    sodium_memzero(secret, sizeof secret);
    *out = slot->session;
    return OK;
}

bool sessions_find_hash(struct sessions *s, const struct state *st, const struct hash *token, instant now, struct session *out) {
    uint32_t i = slot_find(s, token);
    if (i == NO_SLOT) return false;
    struct slot *slot = &s->slots[i];
    const struct hash *key = state_key(st, &slot->session.party_name, &slot->session.key_name);
    if (slot->session.expires <= now || key == NULL || !hash_equal(key, &slot->public_key)) {
        slot_free(s, i);
        return false;
    }
    slot->used = now;
    *out = slot->session;
    return true;
}

bool sessions_find(struct sessions *s, const struct state *st, struct text token, instant now, struct session *out) {
    struct hash h;
    return session_token_hash(token, &h) && sessions_find_hash(s, st, &h, now, out);
}

bool sessions_close(struct sessions *s, struct text token) {
    struct hash h;
    uint32_t i = session_token_hash(token, &h) ? slot_find(s, &h) : NO_SLOT;
    if (i == NO_SLOT) return false;
    slot_free(s, i);
    return true;
}
