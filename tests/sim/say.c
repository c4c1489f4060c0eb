/* What parties say of keys, agreements, words and steps of the ladder; and what is wrong on purpose. say_air.c has areas, notices, flights, tracks. */
#include <stdlib.h>

#include "core/capacity.h"
#include "sim.h"

/* --- composing --- */

struct saying saying_of(struct client *c, struct sim_draw *d, enum statement_kind kind) {
    struct saying x = {.c = c, .d = d, .kind = kind, .open_by = INSTANT_NONE};
    struct sim *s = c->sim;
    struct sim_draw id = draw_of(s->plan.seed, "id", c->index, ++c->actions << 20 | s->rooms);
    struct sim_draw *before = draw_source;
    draw_source = &id;
    draw_bytes(x.id.bytes, sizeof x.id.bytes);
    draw_source = before;
    s->rooms = 0;
    arena_reset(&s->arena);
    return x;
}

void saying_sign(struct saying *x, const struct client *c, uint32_t key) {
    const struct sim_key *k = &c->key[key];
    x->by[x->by_count++] = (struct compose_key){text_of(k->full), k->public_key, k->secret};
}

struct append *saying_body(struct sim *s) {
    assert(s->rooms < sizeof s->room / sizeof *s->room);
    struct append *a = &s->room[s->rooms++];
    append_reset(a);
    return a;
}

void saying_section(struct saying *x, const char *name, const char *to, struct append *body) {
    x->section[x->section_count++] = (struct compose_section){text_of(name), text_of(to), append_view(body), false};
}

void saying_on(struct saying *x, uint32_t thing) {
    const struct thing *t = &x->c->thing[thing];
    x->thing = thing + 1;
    x->has_on = true;
    x->on = (struct entity_ref){x->c->name, t->id};
    x->hidden = x->hidden || t->hidden;
    if (t->has_last && draw_chance(x->d, 500)) {
        x->has_prev = true;
        x->prev = t->last;
    }
}

static void render_to(struct text to, struct append *out) {
    append_char(out, '[');
    while (to.size > 0) {
        const char *comma = memchr(to.at, ',', to.size);
        size_t size = comma == NULL ? to.size : (size_t)(comma - to.at);
        append_json_string(out, (struct text){to.at, size});
        to = comma == NULL ? TEXT("") : (struct text){comma + 1, to.size - size - 1};
        if (comma != NULL) append_char(out, ',');
    }
    append_char(out, ']');
}

static void plain_body(const struct saying *x, struct append *out) {
    append_format(out, "{\"statement\":{\"kind\":\"%s\",\"id\":\"", statement_kind_name(x->kind));
    append_id(out, &x->id);
    append_str(out, "\",\"on\":");
    if (x->has_on) {
        append_format(out, "\"%s/", x->on.party.at);
        append_id(out, &x->on.id);
        append_char(out, '"');
    } else {
        append_str(out, "null");
    }
    append_str(out, ",\"prev\":");
    if (x->has_prev) {
        append_char(out, '"');
        append_hex(out, x->prev.bytes, SHA256_SIZE);
        append_char(out, '"');
    } else {
        append_str(out, "null");
    }
    append_str(out, "},\"sections\":[");
    for (uint32_t i = 0; i < x->section_count; i++) {
        append_format(out, "%s{\"section\":\"%.*s\",\"to\":", i > 0 ? "," : "", TEXT_ARG(x->section[i].name));
        render_to(x->section[i].to, out);
        append_format(out, ",\"body\":%.*s}", TEXT_ARG(x->section[i].body));
    }
    append_str(out, "]}");
}

static result signed_body(struct saying *x, struct composed *said, struct append *out, struct fault *f) {
    struct sim *s = x->c->sim;
    struct compose c = {.origin = s->origin, .log = s->log, .kind = x->kind, .id = x->id, .has_on = x->has_on, .on = x->on, .has_prev = x->has_prev,
                        .prev = x->prev, .at = sim_time(s), .open_by = x->open_by, .by = x->by, .by_count = x->by_count, .sections = x->section,
                        .section_count = x->section_count, .earlier = x->earlier};
    if (x->c->seen.any && !s->plan.twin && draw_chance(x->d, 300)) { /* roots differ between twins */
        c.has_seen = true;
        c.seen_size = x->c->seen.size;
        c.seen_root = x->c->seen.root;
        if (draw_chance(x->d, 30)) c.seen_root.bytes[0] ^= 1; /* a fork? */
    }
    struct sim_draw *before = draw_source;
    draw_source = x->d;
    result r = compose_statement(&c, draw_bytes, &s->arena, said, f);
    draw_source = before;
    if (result_is_ok(r)) compose_body(said, out);
    return r;
}

static void keep_sealed(struct saying *x, const struct composed *said) {
    for (int i = 0; i < SIM_SEALED; i++) {
        struct sealed_thing *t = &x->c->sealed[i];
        if (t->used) continue;
        const struct part *p = &said->section[said->section_count - 1];
        free(t->bytes);
        *t = (struct sealed_thing){.used = true, .statement = said->hash, .id = said->id, .kind = x->kind, .key = x->by[0].public_key, .part = *p};
        t->bytes = malloc(p->bytes.size);
        if (t->bytes == NULL) abort();
        memcpy(t->bytes, p->bytes.at, p->bytes.size);
        snprintf(t->name, sizeof t->name, "%.*s", TEXT_ARG(p->name));
        t->part.bytes.at = t->bytes;
        t->part.name = text_of(t->name);
        return;
    }
}

struct post *saying_post(struct saying *x) {
    struct sim *s = x->c->sim;
    struct append body = append_growing(LIMIT_BODY_BYTES);
    struct composed said = {.section_count = 0};
    struct fault f = {0};
    char idempotency[40];
    struct hash key;
    snprintf(idempotency, sizeof idempotency, "%s-%llu", x->c->name.at, (unsigned long long)x->c->actions);
    if (x->plain) {
        plain_body(x, &body);
        key = ledger_plain_key(s, x->c->index, text_of(idempotency));
    } else {
        sim_must(s, signed_body(x, &said, &body, &f), &f, "composing");
        key = said.hash;
        if (x->open_by != INSTANT_NONE) keep_sealed(x, &said);
    }
    uint64_t luck = ++x->c->lucks;
    if (s->plan.hide && x->hidden) {
        append_free(&body);
        return NULL;
    }
    struct post *p = post_new(x->c, x->kind);
    p->luck = luck;
    if (x->plain) memcpy(p->idempotency, idempotency, sizeof idempotency);
    p->session = x->plain || draw_chance(x->d, 700);
    p->key = key;
    p->thing = x->thing;
    if (x->thing > 0 && x->kind != KIND_KEY && x->kind != KIND_KEY_REVOKE) p->of = x->c->thing[x->thing - 1].id;
    p->hidden = x->hidden;
    p->sealed = x->open_by != INSTANT_NONE;
    p->body = body.at;
    p->size = body.size;
    return p;
}

bool say_plain_allowed(const struct client *c, enum statement_kind kind) {
    switch (kind) {
    case KIND_OPEN: case KIND_AGREEMENT: case KIND_PARTY: case KIND_KEY: case KIND_KEY_REVOKE: case KIND_KEY_RECOVER: return false;
    default: return c->in_session;
    }
}

static uint32_t speaking_key(struct saying *x) {
    const struct client *c = x->c;
    bool desk = c->desk != 0 && c->key[c->desk].in_force && !c->key[c->desk].revoked;
    return desk && draw_chance(x->d, 500) ? c->desk : c->root;
}

/* One section `body`, by this party's key or plain. */
static struct post *say_one(struct saying *x, const char *to, struct append *body) {
    saying_section(x, "body", to, body);
    x->plain = say_plain_allowed(x->c, x->kind) && draw_chance(x->d, 400);
    if (!x->plain) saying_sign(x, x->c, speaking_key(x));
    return saying_post(x);
}

static const char *somebody(struct sim *s, struct sim_draw *d) { return s->client[draw_below(d, s->plan.parties)].name.at; }

static const char *readers(struct sim *s, struct sim_draw *d) {
    switch (draw_below(d, 5)) {
    case 0: return "world";
    case 1: return "log";
    case 2: return "agreement:pact";
    case 3: return somebody(s, d);
    default: return "";
    }
}

/* --- words --- */

static void say_message(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_MESSAGE);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"text\":\"word %llu\",\"desk\":\"watch\"}", (unsigned long long)c->actions);
    const char *to = readers(c->sim, d);
    (void)say_one(&x, to, b);
}

void say_much(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_MESSAGE);
    struct append *b = saying_body(c->sim);
    append_str(b, "{\"text\":\"");
    for (int i = 0; i < LIMIT_MESSAGE_BYTES / 2; i++) append_str(b, "\\n"); /* told to others it is twice as long */
    append_str(b, "\"}");
    (void)say_one(&x, "log", b);
}

static void say_hold(struct client *c, struct sim_draw *d) {
    if (!c->has_asked) return;
    struct saying x = saying_of(c, d, KIND_HOLD);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"notice\":\"%s/", c->asked.at);
    append_id(b, &c->asked_id);
    append_str(b, "\",\"until\":\"");
    append_instant(b, sim_time(c->sim) + 40 * c->sim->plan.pause_ns);
    append_str(b, "\",\"text\":\"wait\"}");
    (void)say_one(&x, c->asked.at, b);
}

void say_hold_answer(struct client *c, const struct json *items, struct sim_draw *d) {
    static const char *const replies[] = {"wilco", "unable", "standby"};
    struct fault f = {0};
    for (const struct json *e = json_first(items); e != NULL; e = json_next(items, e)) {
        struct text asked, id;
        if (!result_is_ok(json_get_text(e, "asked", true, 64, &asked, &f)) || !text_is(asked, c->name.at) || draw_chance(d, 500)) continue;
        if (!result_is_ok(json_get_text(e, "id", true, 80, &id, &f))) continue;
        struct saying x = saying_of(c, d, KIND_HOLD_ANSWER);
        struct append *b = saying_body(c->sim);
        append_format(b, "{\"hold\":\"%.*s\",\"reply\":\"%s\"}", TEXT_ARG(id), replies[draw_below(d, 3)]);
        (void)say_one(&x, "log", b);
        return;
    }
}

/* --- the ladder --- */

static void raw_altitude(const struct json *item, const char *member, int64_t wrong, struct append *out) {
    const struct json *a = json_member(item, member);
    append_format(out, ",\"%s\":", member);
    if (a == NULL || a->kind != JSON_OBJECT) {
        append_str(out, strcmp(member, "upper") == 0 ? "\"UNL\"" : "{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"}");
        return;
    }
    struct text reference = TEXT("AMSL"), units = TEXT("M");
    struct fault f = {0};
    int64_t value = 0;
    (void)json_get_text(a, "reference", true, 8, &reference, &f);
    (void)json_get_text(a, "units", true, 8, &units, &f);
    (void)json_get_scaled(a, "value", true, 5, INT64_MIN / 2, INT64_MAX / 2, &value, &f);
    append_str(out, "{\"value\":");
    append_fixed_point(out, value + wrong * 10000000, 5);
    append_format(out, ",\"reference\":\"%.*s\",\"units\":\"%.*s\"}", TEXT_ARG(reference), TEXT_ARG(units));
}

static const struct json *one_due(const struct client *c, const struct json *items, struct sim_draw *d) {
    const struct json *e = json_first(items);
    for (uint32_t skip = draw_below(d, items->count); skip > 0; skip--) e = json_next(items, e);
    struct fault f = {0};
    int64_t made = 0;
    if (c->lag_ns > 0 && (!result_is_ok(json_get_instant(e, "made", true, &made, &f)) || made + c->lag_ns > sim_time(c->sim))) return NULL;
    return e;
}

void say_ack(struct client *c, const struct json *items, struct sim_draw *d) {
    static const char *const steps[] = {"received", "displayed", "readback", "readback", "readback", "relayed", "complied", "unable"};
    struct fault f = {0};
    struct text start, area;
    int64_t place = 0;
    const struct json *e = items->count == 0 ? NULL : one_due(c, items, d);
    if (e == NULL || !result_is_ok(json_get_scaled(e, "place", true, 0, 0, INT64_MAX / 2, &place, &f))) return;
    bool told = result_is_ok(json_get_text(e, "start", true, 64, &start, &f)) && result_is_ok(json_get_text(e, "area", true, 64, &area, &f));
    const char *step = steps[draw_below(d, 8)];
    if (strcmp(step, "readback") == 0 && !told) step = "received";
    if (draw_chance(d, 20)) place += draw_below(d, 3); /* a place that asks for nothing, perhaps */
    struct saying x = saying_of(c, d, KIND_ACK);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"step\":\"%s\",\"place\":%lld,\"desk\":\"watch\"", step, (long long)place);
    if (strcmp(step, "readback") == 0) {
        int64_t wrong = draw_chance(d, 150);
        append_format(b, ",\"start\":\"%.*s\"", TEXT_ARG(start));
        raw_altitude(e, "lower", 0, b);
        raw_altitude(e, "upper", wrong, b);
        append_str(b, ",\"area\":");
        append_json_string(b, area);
    }
    append_char(b, '}');
    (void)say_one(&x, "", b);
}

static void ask(struct client *c, enum purpose purpose, const char *path) {
    struct request *r = transport_new(c, purpose, "GET");
    snprintf(r->path, sizeof r->path, "%s", path);
    transport_send(r);
}

/* --- keys --- */

static void say_key(struct client *c, struct sim_draw *d) {
    uint32_t fresh = 1;
    while (fresh < 7 && (c->key[fresh].in_force || c->key[fresh].revoked)) fresh++;
    if (fresh == 7) return;
    struct saying x = saying_of(c, d, KIND_KEY);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"party\":\"%s\",\"key\":\"%s\",\"public_key\":\"", c->name.at, c->key[fresh].name.at);
    append_hex(b, c->key[fresh].public_key.bytes, SHA256_SIZE);
    append_str(b, "\"}");
    saying_section(&x, "body", "", b);
    saying_sign(&x, c, c->root);
    saying_sign(&x, c, fresh);
    x.thing = fresh + 1;
    if (saying_post(&x) != NULL) c->desk = fresh;
}

static void say_revoke(struct client *c, struct sim_draw *d) {
    if (c->desk == 0 || !c->key[c->desk].in_force) return;
    struct saying x = saying_of(c, d, KIND_KEY_REVOKE);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"key\":\"%s\",\"suspect_from\":\"", c->key[c->desk].name.at);
    int64_t back = draw_between(d, 0, 50);
    append_instant(b, sim_time(c->sim) - back * c->sim->plan.pause_ns);
    append_str(b, "\"}");
    saying_section(&x, "body", "", b);
    saying_sign(&x, c, c->root);
    x.thing = c->desk + 1;
    (void)saying_post(&x);
}

/* The operator, the new root key and two others speak for a party that says it has lost its root key. */
static void say_recover(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    uint32_t fresh = c->root < 7 ? 7 : c->root + 1;
    if (fresh >= SIM_KEYS || s->plan.parties < 4) return;
    struct saying x = saying_of(c, d, KIND_KEY_RECOVER);
    struct append *b = saying_body(s);
    append_format(b, "{\"party\":\"%s\",\"new_root\":\"", c->name.at);
    append_hex(b, c->key[fresh].public_key.bytes, SHA256_SIZE);
    append_format(b, "\",\"key\":\"%s\"}", c->key[fresh].name.at);
    saying_section(&x, "body", "", b);
    saying_sign(&x, c, fresh);
    for (uint32_t i = 0; i < 4; i++)
        if (i != c->index && x.by_count < 4) saying_sign(&x, &s->client[i], s->client[i].root);
    struct post *p = saying_post(&x);
    if (p != NULL) p->session = false;
}

static void say_object(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_KEY_OBJECT);
    struct append *b = saying_body(c->sim);
    append_str(b, "{\"text\":\"we have it still\"}");
    (void)say_one(&x, "", b);
}

static void say_enter(struct client *operator_, struct sim_draw *d) {
    struct sim *s = operator_->sim;
    struct client *c = &s->client[s->plan.parties - 1];
    struct saying x = saying_of(operator_, d, KIND_PARTY);
    struct append *b = saying_body(s);
    append_format(b, "{\"name\":\"%s\",\"root_key\":\"", c->name.at);
    append_hex(b, c->key[0].public_key.bytes, SHA256_SIZE);
    append_str(b, "\",\"display\":\"New here\",\"zone\":\"Etc/UTC\",\"desks\":[\"watch\"]}");
    saying_section(&x, "body", "", b);
    saying_sign(&x, operator_, 0);
    saying_sign(&x, c, 0);
    (void)saying_post(&x);
}

/* --- agreements: all sign at once, or one after the other, or not to the end --- */

static void rules_json(struct append *b, int64_t unit_s) {
    append_format(b, "\"rules\":[{\"category\":\"default\",\"lead_s\":%lld,\"binds\":\"readback\",\"readback_s\":%lld,\"reaction_m\":2000,"
                     "\"reaction_height_m\":300,\"reaction_before_s\":60,\"reaction_after_s\":60,\"tail_s\":%lld}]}",
                  (long long)unit_s * 20, (long long)unit_s * 10, (long long)unit_s * 5);
}

static void say_agreement(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    uint32_t count = s->plan.parties - 1 - (s->plan.enters ? 1 : 0);
    if (c->index > count) return;
    struct saying x = saying_of(c, d, KIND_AGREEMENT);
    struct append *b = saying_body(s);
    append_format(b, "{\"name\":\"pact\",\"version\":%u,\"parties\":[", s->versions + 1);
    for (uint32_t i = 1; i <= count; i++) append_format(b, "%s\"%s\"", i > 1 ? "," : "", s->client[i].name.at);
    append_str(b, "],\"from\":\"");
    append_instant(b, sim_time(s));
    bool tell = draw_chance(d, 150) && !s->plan.twin;
    append_format(b, "\",\"separation_m\":3000,\"separation_height_m\":200,\"tell_undisclosed\":%s,\"withdraw_notice_s\":60,", tell ? "true" : "false");
    rules_json(b, s->plan.pause_ns / INSTANT_SECOND + 1);
    saying_section(&x, "body", "", b);
    if (!s->has_pact) {
        s->pact = x.id;
        s->has_pact = true;
    }
    x.has_on = true;
    x.on = (struct entity_ref){s->client[1].name, s->pact};
    bool all = draw_chance(d, 600);
    for (uint32_t i = 1; i <= count; i++) {
        saying_sign(&x, &s->client[i], s->client[i].root);
        if (!all && i != c->index) x.by[x.by_count - 1].secret = NULL;
    }
    struct post *p = saying_post(&x);
    if (p == NULL || all || s->cosign.used) return;
    s->cosign.used = true;
    s->cosign.count = 0;
    for (uint32_t i = 1; i <= count; i++)
        if (i != c->index) s->cosign.left[s->cosign.count++] = i;
    s->cosign.key = p->key;
    s->cosign.client = c->index;
    s->cosign.sections = append_growing(1 << 20);
    append_bytes(&s->cosign.sections, p->body, p->size);
}

/* Who is asked to sign sends the note again with its own line. Here the line alone goes into the body as it was; what a client would read out of its
 * stream the simulation has kept. */
static void say_cosign(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    if (!s->cosign.used || s->cosign.count == 0 || s->cosign.left[s->cosign.count - 1] != c->index) return;
    struct fault f = {0};
    const struct json *top, *sections;
    struct text note;
    sim_must(s, json_parse(s->json_inner, append_view(&s->cosign.sections), JSON_OPEN, &top, &f), &f, "a note to sign");
    sim_must(s, json_get_text(top, "note", true, LIMIT_BODY_BYTES, &note, &f), &f, "a note to sign");
    sections = json_member(top, "sections");
    struct append out = append_growing(1 << 20), body = append_growing(1 << 20);
    struct compose_key key = {text_of(c->key[c->root].full), c->key[c->root].public_key, c->key[c->root].secret};
    result r = compose_cosign(s->json, note, &key, &out, &f);
    if (result_is_ok(r)) {
        append_str(&body, "{\"note\":");
        append_json_string(&body, append_view(&out));
        append_str(&body, ",\"sections\":[");
        for (const struct json *e = json_first(sections); e != NULL; e = json_next(sections, e)) {
            struct text salt, bytes;
            sim_must(s, json_get_text(e, "salt", true, 64, &salt, &f), &f, "a section to sign");
            sim_must(s, json_get_text(e, "bytes", true, LIMIT_BODY_BYTES, &bytes, &f), &f, "a section to sign");
            append_format(&body, "{\"salt\":\"%.*s\",\"bytes\":", TEXT_ARG(salt));
            append_json_string(&body, bytes);
            append_char(&body, '}');
        }
        append_str(&body, "]}");
        struct post *p = post_new(c, KIND_AGREEMENT);
        p->luck = ++c->lucks;
        p->key = s->cosign.key;
        p->foreign = s->cosign.count > 1;
        p->body = malloc(body.size);
        if (p->body == NULL) abort();
        memcpy(p->body, body.at, body.size);
        p->size = body.size;
        append_reset(&s->cosign.sections);
        append_text(&s->cosign.sections, append_view(&body));
    }
    append_free(&out);
    append_free(&body);
    if (!result_is_ok(r) || --s->cosign.count == 0 || draw_chance(d, 100)) {
        append_free(&s->cosign.sections);
        s->cosign.used = false;
    }
}

static void say_agreement_move(struct client *c, struct sim_draw *d) {
    static const enum statement_kind kinds[] = {KIND_AGREEMENT_SUSPEND, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_RESUME, KIND_AGREEMENT_LEAVE};
    struct sim *s = c->sim;
    if (!s->has_pact) return;
    struct saying x = saying_of(c, d, kinds[draw_below(d, 4)]);
    struct append *b = saying_body(s);
    x.has_on = true;
    x.on = (struct entity_ref){s->client[1].name, s->pact};
    append_str(b, "{\"text\":\"so it is\"");
    if (x.kind == KIND_AGREEMENT_LEAVE) {
        append_str(b, ",\"from\":\"");
        append_instant(b, sim_time(s) + 3600 * INSTANT_SECOND);
        append_char(b, '"');
    }
    append_char(b, '}');
    (void)say_one(&x, "log", b);
}

/* --- the operator --- */

/* The operator's engineer sets the system's clock right and says so. */
void say_clock(struct client *operator_, struct sim_draw *d) {
    struct sim *s = operator_->sim;
    s->skew = 0;
    struct saying x = saying_of(operator_, d, KIND_CLOCK);
    struct append *b = saying_body(s);
    append_str(b, "{\"now\":\"");
    append_instant(b, sim_time(s));
    append_str(b, "\",\"error_s\":0.01}");
    (void)say_one(&x, "", b);
}

static void say_settings(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_SETTINGS);
    struct append *b = saying_body(c->sim);
    append_format(b, "{\"hysteresis_s\":%u,\"track_silent_s\":%u,\"hold_repeat_s\":%u,\"recovery_delay_s\":600}", 10 + draw_below(d, 60), 20, 30);
    (void)say_one(&x, "", b);
}

/* Larger tables from the next start on; now and then what must be refused: less than is in force, more than may be, what is stated already, a party more
 * than there are shares for. What waits is taken back, too. */
static void say_capacity(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    const struct state *st = node_state(s->node);
    const struct capacity *now = state_capacity(st), *wanted = state_wanted(st);
    struct saying x = saying_of(c, d, KIND_CAPACITY);
    struct append *b = saying_body(s);
    append_char(b, '{');
    uint32_t first = draw_below(d, CAPACITY_RAISED), count = 1 + draw_below(d, 3), how = draw_below(d, 8);
    bool parties = draw_chance(d, 100); /* a party more, with shares for it or without */
    if (parties) first = 0, count = draw_chance(d, 700) ? CAPACITY_RAISED : 1;
    for (uint32_t k = 0; k < count; k++) {
        int i = (int)((first + k) % CAPACITY_RAISED);
        uint64_t is = capacity_get(now, i), then = capacity_get(wanted, i);
        uint64_t to = parties ? (i == 0 ? is + 1 : 2 * is) : how == 0 ? is - (is > 0) : how == 1 ? is : how == 2 ? then : is + now->parties * (1 + draw_below(d, 4));
        if (!parties && i == 0) to = then; /* alone it is refused always */
        append_format(b, "%s\"%s\":%llu", k ? "," : "", capacity_name(i), (unsigned long long)(to > 0 ? to : 1));
    }
    append_char(b, '}');
    (void)say_one(&x, "", b);
}

/* --- what is wrong --- */

static struct post *copy_of(struct client *c, const struct post *was) {
    char *body = malloc(was->size + 1);
    if (body == NULL) abort();
    memcpy(body, was->body, was->size);
    struct post copy = *was;
    struct post *p = post_new(c, copy.kind);
    p->luck = ++c->lucks;
    p->body = body;
    p->size = copy.size;
    p->key = copy.key;
    return p;
}

/* A note of somebody else's, or an own one again long after. */
static void say_again(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    uint32_t back = draw_below(d, 40);
    for (uint32_t i = s->posts; i > 0; i--) {
        const struct post *was = &s->post[i - 1];
        if (s->plan.twin && (was->client == 2 || was->client == 0)) continue; /* what is hidden shows to these two */
        if (was->state != POST_DONE || was->garbage || was->frame_count > 0 || was->idempotency[0] != '\0') continue;
        if (back-- > 0) continue;
        struct post *p = copy_of(c, was);
        p->foreign = true;
        p->session = draw_chance(d, 500);
        return;
    }
}

/* By a key that is revoked; with a signature that is not good; with bytes changed anywhere. */
static void say_forged(struct client *c, struct sim_draw *d) {
    struct saying x = saying_of(c, d, KIND_MESSAGE);
    struct append *b = saying_body(c->sim);
    append_str(b, "{\"text\":\"not so\"}");
    saying_section(&x, "body", "log", b);
    uint32_t key = c->root, how = draw_below(d, 3);
    for (uint32_t k = 1; k < 7 && how == 0; k++)
        if (c->key[k].revoked) key = k;
    saying_sign(&x, c, key);
    struct post *p = saying_post(&x);
    if (p == NULL || how == 0) return;
    p->garbage = true;
    if (how == 1) { /* the last line's base64 */
        char *end = memmem(p->body, p->size, "\\n\",\"sections\"", 14);
        if (end != NULL) end[-8] = end[-8] == 'A' ? 'B' : 'A';
        return;
    }
    for (uint32_t n = 1 + draw_below(d, 4); n > 0; n--) {
        uint32_t at = draw_below(d, (uint32_t)p->size);
        p->body[at] = (char)draw_below(d, 256);
    }
}

/* --- reads --- */

static void say_read(struct client *c, struct sim_draw *d) {
    static const char *const paths[] = {"/v1/notices", "/v1/notices", "/v1/notices", "/v1/flights", "/v1/tracks", "/v1/alerts", "/v1/areas", "/v1/agreements",
                                        "/v1/parties", "/v1/feeds", "/v1/pending", "/v1/status", "/v1/session", "/v1/clock", "/v1/log", "/v1/blind", "/nothing"};
    const char *path = paths[draw_below(d, sizeof paths / sizeof *paths)];
    bool nobody = draw_chance(d, 100);
    if (c->sim->plan.twin && strcmp(path, "/v1/log") == 0) return;
    struct request *r = transport_new(c, FOR_READ, "GET");
    snprintf(r->path, sizeof r->path, "%s", path);
    if (nobody) r->authorization[0] = '\0';
    transport_send(r);
    if (draw_chance(d, 200) && c->heard_count > 0 && !c->sim->plan.twin) {
        r = transport_new(c, FOR_READ, "GET");
        uint64_t place = (uint64_t)draw_between(d, 0, (int64_t)c->heard_count - 1);
        snprintf(r->path, sizeof r->path, "/v1/proof/%llu/0", (unsigned long long)place);
        transport_send(r);
    }
    if (draw_chance(d, 300)) ask(c, FOR_CHECKPOINT, "/v1/checkpoint");
    if (!draw_chance(d, 100)) return;
    r = transport_new(c, FOR_READ, "GET");
    snprintf(r->path, sizeof r->path, "/v1/stream");
    snprintf(r->query, sizeof r->query, "from=%llu&limit=20", (unsigned long long)(c->heard_count > 10 ? c->heard_count - 10 : 0));
    transport_send(r);
}

/* --- who says what --- */

typedef void saying_function(struct client *, struct sim_draw *);
static void say_due(struct client *c, struct sim_draw *d) {
    (void)d;
    if (!c->sim->plan.twin || c->role != ROLE_OPERATOR) ask(c, FOR_DUE, "/v1/due"); /* the operator is told what is withheld, so its places are others */
}
static void say_holds(struct client *c, struct sim_draw *d) { (void)d, ask(c, FOR_HOLDS, "/v1/holds"); }

static const struct { saying_function *say; uint16_t weight[ROLES]; } sayings[] = {
    /*                    operator honest late flooding probing reposting forging hiding */
    {say_notice,         {0, 12, 10, 60, 14, 8, 8, 8}},
    {say_flight,         {0, 12, 10, 40, 14, 8, 8, 24}},
    {say_move,           {0, 14, 8, 10, 12, 10, 8, 14}},
    {say_release,        {0, 3, 2, 2, 3, 2, 2, 2}},
    {say_frame,          {0, 14, 10, 20, 14, 10, 10, 20}},
    {say_feed,           {0, 3, 3, 6, 4, 3, 3, 5}},
    {say_join,           {0, 3, 2, 2, 4, 2, 2, 0}},
    {say_area,           {0, 3, 2, 12, 6, 2, 2, 0}},
    {say_open,           {0, 3, 3, 2, 2, 2, 2, 0}},
    {say_due,            {2, 20, 20, 2, 12, 8, 8, 0}},
    {say_holds,          {1, 4, 4, 0, 3, 2, 2, 0}},
    {say_message,        {3, 4, 4, 20, 4, 3, 3, 3}},
    {say_hold,           {0, 4, 4, 10, 6, 3, 3, 0}},
    {say_key,            {1, 3, 3, 3, 2, 3, 8, 2}},
    {say_revoke,         {0, 1, 1, 1, 1, 1, 6, 0}},
    {say_recover,        {0, 1, 0, 0, 1, 0, 1, 0}},
    {say_object,         {0, 1, 1, 1, 1, 1, 1, 0}},
    {say_agreement,      {0, 2, 2, 2, 2, 2, 2, 0}},
    {say_cosign,         {0, 6, 6, 6, 6, 6, 6, 6}},
    {say_agreement_move, {0, 2, 2, 1, 1, 1, 1, 0}},
    {say_settings,       {1, 0, 0, 0, 1, 0, 1, 0}},
    {say_again,          {0, 2, 2, 2, 3, 20, 6, 0}},
    {say_forged,         {0, 0, 0, 2, 2, 4, 24, 0}},
    {say_read,           {6, 10, 6, 2, 30, 8, 6, 4}},
};
enum { SAYINGS = sizeof sayings / sizeof *sayings };

static void one(struct client *c, struct sim_draw *d) {
    uint32_t sum = 0, i = 0;
    for (int k = 0; k < SAYINGS; k++) sum += sayings[k].weight[c->role];
    for (uint32_t at = draw_below(d, sum); at >= sayings[i].weight[c->role]; i++) at -= sayings[i].weight[c->role];
    sayings[i].say(c, d);
}

void say_something(struct client *c, struct sim_draw *d) {
    struct sim *s = c->sim;
    if (s->filling) {
        for (int i = 0; i < 4 && c->open_posts < 8; i++) say_much(c, d);
        return;
    }
    if (c->role == ROLE_OPERATOR && clock_unsure(&s->door.clock)) {
        say_clock(c, d);
        return;
    }
    if (c->role == ROLE_OPERATOR && s->plan.enters && !s->client[s->plan.parties - 1].entered && c->actions > 12) {
        say_enter(c, d);
        return;
    }
    if (c->role == ROLE_OPERATOR && s->plan.raises && c->actions > 12 && draw_chance(d, 120)) {
        say_capacity(c, d);
        return;
    }
    if (!s->plan.twin && draw_chance(d, c->role == ROLE_OPERATOR ? 60 : 250)) { /* twins: a call's entropy and times are nobody's secret, but the order of what is durable is not kept alike */
        call_something(c, d);
        return;
    }
    if (c->index == 1 && s->versions == 0 && draw_chance(d, 300)) {
        say_agreement(c, d);
        return;
    }
    uint32_t times = c->role == ROLE_FLOODING ? 1 + draw_below(d, 6) : 1;
    for (; times > 0 && (c->open_posts < 8 || c->role == ROLE_HIDING); times--) one(c, d);
}
