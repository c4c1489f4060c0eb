/* A party's USS at the doors of F3548 and F3411: an access token, a call, what its reply says of the own entities. Honest ones keep what they were told and ask anew where
 * it does not hold; late ones bear old keys; who floods creates; who probes and forges takes others' ids, old versions, tokens of nobody. A call whose reply is lost is sent
 * again as it was. What was answered is on record, and as it was answered. */
#include <sodium.h>
#include <stdlib.h>

#include "sim.h"

#define SKEW_SECONDS 86400 /* clocks jump here, by hours; tokens have tests of their own */
static const char issuer_url[] = "https://tokens.example/jwks";

/* --- tokens --- */
static void issuer_key(struct sim *s, uint8_t secret[64], struct hash *public_key) {
    struct sim_draw d = draw_of(s->plan.seed, "issuer", 0, 0), *before = draw_source;
    uint8_t seed[32];
    draw_source = &d;
    draw_bytes(seed, sizeof seed);
    draw_source = before;
    note_key_from_seed(seed, secret, public_key->bytes);
}
static void base64_url(struct append *out, const void *at, size_t size) {
    char room[1024];
    sodium_bin2base64(room, sizeof room, at, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    append_str(out, room);
}
void call_keys(struct sim *s) {
    struct door *d = &s->door;
    struct server_options o = {.token_keys = {issuer_url}, .token_key_count = 1, .audiences = {"dss.example"}, .audience_count = 1, .has_token_skew = true, .token_skew_seconds = SKEW_SECONDS};
    struct fault f = {0};
    uint8_t secret[64];
    struct hash public_key;
    char room[256];
    struct append set = append_fixed(room, sizeof room);
    issuer_key(s, secret, &public_key);
    d->managers = managers_new();
    d->dss = dss_new();
    sim_must(s, bearers_new(&o, s->plan.live, &d->bearers, &f), &f, "the issuer's keys");
    append_str(&set, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"sig\",\"x\":\"");
    base64_url(&set, public_key.bytes, 32);
    append_str(&set, "\"}]}");
    sim_must(s, bearers_fetched(d->bearers, 0, append_view(&set), s->boot / 1000000, &f), &f, "the issuer's keys");
}
/* The same for an hour, as clients have it. */
static void token(const struct client *c, const char *scopes, bool forged, struct request *r) {
    static const char head[] = "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}";
    struct sim *s = c->sim;
    char claims[512], text[1024];
    uint8_t secret[64], signature[64];
    struct hash public_key;
    int64_t until = (sim_time(s) / INSTANT_HOUR + 1) * 3600;
    int n = snprintf(claims, sizeof claims, "{\"sub\":\"uss-%s\",\"iss\":\"https://tokens.example\",\"aud\":\"dss.example\",\"exp\":%lld,\"scope\":\"%s\"}", c->name.at, (long long)until, scopes);
    struct append out = append_fixed(text, sizeof text - 1);
    base64_url(&out, head, sizeof head - 1);
    append_char(&out, '.');
    base64_url(&out, claims, (size_t)n);
    issuer_key(s, secret, &public_key);
    secret[3] ^= forged;
    crypto_sign_detached(signature, NULL, (const unsigned char *)text, out.size, secret);
    append_char(&out, '.');
    base64_url(&out, signature, 64);
    snprintf(r->authorization, sizeof r->authorization, "Bearer %.*s", (int)out.size, text);
}
static const char *scopes_of(enum call_kind kind, bool v2, bool aware) {
    switch (kind) {
    case CALL_INTENT: return aware ? "utm.strategic_coordination utm.conformance_monitoring_sa" : "utm.strategic_coordination";
    case CALL_CONSTRAINT: return "utm.constraint_management";
    case CALL_SUBSCRIPTION: case CALL_REPORT: return "utm.strategic_coordination";
    case CALL_AVAILABILITY: return "utm.availability_arbitration";
    case CALL_AREA: return v2 ? "rid.service_provider" : "dss.write.identification_service_areas dss.read.identification_service_areas";
    case CALL_AREA_SUBSCRIPTION: return v2 ? "rid.display_provider" : "dss.read.identification_service_areas";
    case CALL_DETAILS: return "utm.strategic_coordination utm.constraint_processing";
    case CALL_KINDS: break;
    }
    return "";
}

/* --- sending --- */
static const char *root_of(enum call_kind kind, bool v2) {
    static const char *const roots[] = {"/dss/v1/operational_intent_references", "/dss/v1/constraint_references", "/dss/v1/subscriptions"};
    if (kind == CALL_AREA) return v2 ? "/rid/v2/dss/identification_service_areas" : "/v1/dss/identification_service_areas";
    if (kind == CALL_AREA_SUBSCRIPTION) return v2 ? "/rid/v2/dss/subscriptions" : "/v1/dss/subscriptions";
    return kind == CALL_AVAILABILITY ? "/dss/v1/uss_availability" : kind == CALL_REPORT ? "/dss/v1/reports" : roots[kind];
}
/* Takes x's body. */
static void send(struct client *c, const struct calling *x, bool forged) {
    struct sim *s = c->sim;
    const char *method = strcmp(x->method, "GET") == 0 ? "GET" : strcmp(x->method, "PUT") == 0 ? "PUT" : strcmp(x->method, "POST") == 0 ? "POST" : "DELETE";
    struct request *r = transport_new(c, FOR_CALL, method);
    struct sim_draw luck = draw_of(s->plan.seed, "loss of a call", c->index, ++c->uss.calls);
    r->call = *x;
    r->call.attempts++;
    if (draw_chance(&luck, s->plan.loss)) *(draw_chance(&luck, 500) ? &r->lost_request : &r->lost_reply) = true;
    snprintf(r->path, sizeof r->path, "%s", x->path);
    token(c, scopes_of((enum call_kind)x->kind, x->v2, true), forged, r);
    if (x->body != NULL) append_str(&r->body, x->body);
    c->uss.out++;
    transport_send(r);
}
/* An answer that did not come: the same once more, a few times. What is under way again already keeps its place. */
void call_cut(struct client *c, struct request *r) {
    struct uss *u = &c->uss;
    u->out--;
    if (u->again.method[0] != '\0' || r->call.attempts > 4) return;
    u->again = r->call;
    r->call.body = NULL;
}
void call_end(struct client *c) { free(c->uss.again.body); }

/* --- answers --- */
static void learn(struct client *c, const struct request *r, struct called *e, const struct json *top) {
    static const char *const members[] = {"operational_intent_reference", "constraint_reference", "subscription", "service_area", "subscription"};
    const struct json *shown = json_member(top, members[r->call.kind]);
    struct fault f = {0};
    struct text version = {NULL, 0}, id = {NULL, 0};
    sim_must(c->sim, shown != NULL ? json_get_text(shown, r->call.kind <= CALL_CONSTRAINT ? "ovn" : "version", true, 90, &version, &f) : fail(&f, RESULT_MALFORMED, members[r->call.kind], "is missing"), &f, r->path);
    sim_must(c->sim, json_get_text(shown, "id", true, 36, &id, &f), &f, r->path);
    if (!text_is(id, e->id) || e->kind != r->call.kind) return; /* meanwhile its slot is another's */
    if (text_is(r->method, "DELETE")) {
        e->used = false;
        return;
    }
    memcpy(e->old, e->version, sizeof e->old);
    snprintf(e->version, sizeof e->version, "%.*s", TEXT_ARG(version));
    e->known = true;
}
static void check_record(struct client *c, const struct request *r) {
    uint16_t party;
    uint64_t place;
    struct hash key = ledger_call_key(c->sim, text_of(r->id));
    const struct ledger_record *record = ledger_find(c->sim, &key, &party, &place);
    bool good = r->status < 300;
    if (good && record == NULL) sim_fail(c->sim, "%s %s was answered with %u, but the log does not have it", r->call.method, r->path, r->status);
    if (record != NULL && record->accepted != good) sim_fail(c->sim, "%s %s was answered with %u; the log says otherwise", r->call.method, r->path, r->status);
    c->sim->figures.called_wrong += record == NULL;
}
static void learn_availability(struct client *c, const struct request *r, const struct json *top) {
    struct fault f = {0};
    struct text version = {NULL, 0};
    if (r->status == 200 && result_is_ok(json_get_text(top, "version", true, 90, &version, &f))) snprintf(c->uss.availability[r->call.slot], 96, "%.*s", TEXT_ARG(version));
    else if (r->status == 409) snprintf(c->uss.availability[r->call.slot], 96, "?"); /* asked for next */
}
/* What a key lacked that the server itself manages: its details are fetched before the next call; an OVN that is there already is an old one. */
static void lacked(struct client *c, const struct json *top, const char *member, bool flight) {
    const struct json *list = json_member(top, member);
    struct uss *u = &c->uss;
    for (const struct json *e = list == NULL ? NULL : json_first(list); e != NULL; e = json_next(list, e)) {
        struct fault f = {0};
        struct text manager = {NULL, 0}, id = {NULL, 0};
        sim_must(c->sim, json_get_text(e, "manager", true, 200, &manager, &f), &f, member);
        sim_must(c->sim, json_get_text(e, "id", true, 36, &id, &f), &f, member);
        if (!text_equal(manager, name_text(&c->sim->client[0].name))) continue;
        struct released *x = NULL;
        for (uint32_t i = 0; i < CALL_RELEASED; i++)
            if (text_is(id, u->released[i].id)) x = &u->released[i];
        if (x == NULL) x = &u->released[u->next_released++ % CALL_RELEASED];
        *x = (struct released){.flight = flight};
        snprintf(x->id, sizeof x->id, "%.*s", TEXT_ARG(id));
        c->sim->figures.lacked++;
    }
}
static void learn_details(struct client *c, const struct request *r, const struct json *top) {
    struct released *x = &c->uss.released[r->call.slot];
    struct fault f = {0};
    struct text ovn = {NULL, 0};
    if (strstr(r->path, x->id) == NULL) return; /* meanwhile its place is another's */
    if (r->status == 404) x->id[0] = '\0';
    if (r->status != 200) return;
    const struct json *entity = json_member(top, x->flight ? "operational_intent" : "constraint"), *reference = entity == NULL ? NULL : json_member(entity, "reference");
    sim_must(c->sim, reference != NULL ? json_get_text(reference, "ovn", true, 90, &ovn, &f) : fail(&f, RESULT_MALFORMED, "reference", "is missing"), &f, r->path);
    snprintf(x->ovn, sizeof x->ovn, "%.*s", TEXT_ARG(ovn));
    c->sim->figures.fetched++;
}
static bool call_details(struct client *c) {
    for (uint32_t i = 0; i < CALL_RELEASED; i++) {
        const struct released *e = &c->uss.released[i];
        struct calling x = {.kind = CALL_DETAILS, .method = "GET", .slot = i};
        if (e->id[0] == '\0' || e->ovn[0] != '\0') continue;
        snprintf(x.path, sizeof x.path, "/uss/v1/%s/%s", e->flight ? "operational_intents" : "constraints", e->id);
        send(c, &x, false);
        return true;
    }
    return false;
}
void call_answer(struct client *c, struct request *r) {
    struct sim *s = c->sim;
    struct fault f = {0};
    const struct json *top;
    bool read = text_is(r->method, "GET");
    c->uss.out--;
    if (r->status == 503 || r->status == 504 || r->status == 507) {
        s->figures.unknown += r->status == 504;
        s->figures.busy += r->status != 504;
        c->uss.out++;
        call_cut(c, r);
        return;
    }
    if (r->status >= 500) sim_fail(s, "%s %s was answered with %u: %.*s", r->call.method, r->path, r->status, (int)r->reply.size, r->reply.at);
    sim_must(s, json_parse(s->json, append_view(&r->reply), JSON_OPEN, &top, &f), &f, r->path);
    if (!read) check_record(c, r);
    enum call_kind kind = (enum call_kind)r->call.kind;
    if (kind == CALL_REPORT) return;
    if (kind == CALL_DETAILS) {
        learn_details(c, r, top);
        return;
    }
    if (r->status == 409 && kind == CALL_INTENT) lacked(c, top, "missing_constraints", false), lacked(c, top, "missing_operational_intents", true);
    if (kind == CALL_AVAILABILITY) {
        learn_availability(c, r, top);
        return;
    }
    struct called *e = &c->uss.own[r->call.slot];
    if (r->status < 300) learn(c, r, e, top);
    else if (r->status == 404 && read && e->used && strstr(r->path, e->id) != NULL) e->used = false;
    else if (strstr(r->path, e->id) != NULL) e->known = false; /* asked for before it is changed again */
    struct sim_draw d = draw_of(s->plan.seed, "cut after a call", c->index, r->number);
    if (draw_chance(&d, s->plan.cut_after)) s->cut_now = true;
}

/* --- what is called --- */
static char *kept(const struct append *a) {
    char *out = malloc(a->size + 1);
    if (out == NULL) abort();
    memcpy(out, a->at, a->size);
    out[a->size] = '\0';
    return out;
}
static void call_availability(struct client *c, struct sim_draw *d) {
    static const char *const words[] = {"Normal", "Down", "Unknown", "normal"};
    struct calling x = {.kind = CALL_AVAILABILITY, .slot = 1 + draw_below(d, c->sim->plan.parties - 1)};
    const char *version = c->uss.availability[x.slot];
    bool ask = strcmp(version, "?") == 0;
    snprintf(x.method, sizeof x.method, ask ? "GET" : "PUT");
    snprintf(x.path, sizeof x.path, "%s/uss-%s", root_of(CALL_AVAILABILITY, false), c->sim->client[x.slot].name.at);
    if (!ask) {
        char body[256];
        snprintf(body, sizeof body, "{\"old_version\":\"%s\",\"availability\":\"%s\"}", version, words[draw_below(d, 4)]);
        x.body = strdup(body);
    }
    send(c, &x, false);
}
static uint32_t slot_of(struct client *c, enum call_kind kind, struct sim_draw *d, bool fresh) {
    uint32_t first = draw_below(d, CALL_SLOTS);
    for (int pass = fresh ? 1 : 0; pass < 2; pass++)
        for (uint32_t i = 0; i < CALL_SLOTS; i++) {
            const struct called *e = &c->uss.own[(first + i) % CALL_SLOTS];
            if (pass == 0 ? e->used && e->kind == kind : !e->used) return (first + i) % CALL_SLOTS;
        }
    struct called *e = &c->uss.own[first]; /* given up: it stays where it is, and ends */
    e->used = false;
    return first;
}
/* Of another party: an id to be taken, a version to be guessed. */
static const struct called *of_others(const struct client *c, struct sim_draw *d) {
    const struct client *o = &c->sim->client[1 + draw_below(d, c->sim->plan.parties - 1)];
    const struct called *e = &o->uss.own[draw_below(d, CALL_SLOTS)];
    return o != c && e->used ? e : NULL;
}
static void call_entity(struct client *c, enum call_kind kind, struct sim_draw *d) {
    bool flood = c->role == ROLE_FLOODING, sly = c->role == ROLE_PROBING || c->role == ROLE_FORGING;
    struct calling x = {.kind = (uint8_t)kind, .v2 = draw_chance(d, 500)};
    bool fresh = draw_chance(d, flood ? 800 : 300);
    x.slot = slot_of(c, kind, d, fresh);
    struct called *e = &c->uss.own[x.slot];
    const struct called *other = sly && draw_chance(d, 300) ? of_others(c, d) : NULL;
    bool create = !e->used;
    if (create) {
        *e = (struct called){.used = true, .kind = (uint8_t)kind};
        call_uuid(e->id, d);
    }
    const char *id = other != NULL && other->kind == kind ? other->id : e->id, *version = other != NULL && other->kind == kind ? other->version : draw_chance(d, 60) ? e->old : e->version;
    bool ask = !create && !e->known, delete = !create && draw_chance(d, 250);
    snprintf(x.method, sizeof x.method, ask ? "GET" : delete ? "DELETE" : "PUT");
    if (create || ask) snprintf(x.path, sizeof x.path, "%s/%s", root_of(kind, x.v2), id);
    else snprintf(x.path, sizeof x.path, "%s/%s/%.90s", root_of(kind, x.v2), id, *version ? version : "0");
    if (!ask && !delete) {
        struct append body = append_growing(1 << 16);
        uint8_t state = create ? 0 : (uint8_t)(draw_chance(d, 600) ? draw_below(d, 2) : draw_below(d, 4));
        call_body(c, &x, kind, state, d, &body);
        x.body = kept(&body);
        append_free(&body);
    }
    send(c, &x, c->role == ROLE_FORGING && draw_chance(d, 200));
}
static void call_one(struct client *c, struct sim_draw *d) {
    static const uint16_t weights[CALL_KINDS] = {46, 10, 16, 14, 14, 0, 3, 0};
    uint32_t at = draw_below(d, 103), kind = 0;
    for (; at >= weights[kind]; kind++) at -= weights[kind];
    if (kind != CALL_REPORT) {
        call_entity(c, (enum call_kind)kind, d);
        return;
    }
    struct calling x = {.kind = CALL_REPORT, .method = "POST"};
    struct append body = append_growing(4096);
    snprintf(x.path, sizeof x.path, "%s", root_of(CALL_REPORT, false));
    call_body(c, &x, CALL_REPORT, 0, d, &body);
    x.body = kept(&body);
    append_free(&body);
    send(c, &x, false);
}
void call_something(struct client *c, struct sim_draw *d) {
    struct uss *u = &c->uss;
    if (u->out >= CALL_OUT) return;
    if (u->again.method[0] != '\0') {
        struct calling x = u->again;
        u->again = (struct calling){.method = ""};
        c->sim->figures.called_again++;
        send(c, &x, false);
        return;
    }
    if (c->role == ROLE_OPERATOR) {
        call_availability(c, d);
        return;
    }
    if (call_details(c)) return;
    for (uint32_t n = c->role == ROLE_FLOODING ? 3 : 1; n > 0 && u->out < CALL_OUT; n--) call_one(c, d);
}
