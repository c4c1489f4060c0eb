/* A call of F3548, read from its record. What is recorded was well formed; what cannot be read here is counted as not judged. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <strings.h>

#include "f3548.h"

static const char *const states[] = {"Accepted", "Activated", "Nonconforming", "Contingent"};
static int word_of(const char *const *words, int count, const char *word) {
    for (int i = 0; i < count; i++)
        if (strcasecmp(words[i], word) == 0) return i;
    return -1;
}

/* ---- path ---- */
static int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }
static char *unescaped(const char *at, size_t size) {
    char *out = calloc(size + 1, 1), *to = out;
    if (!out) abort();
    for (size_t i = 0; i < size; i++) {
        bool escape = at[i] == '%' && i + 2 < size && hex_digit(at[i + 1]) >= 0 && hex_digit(at[i + 2]) >= 0;
        *to++ = escape ? (char)(hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2])) : at[i];
        i += escape ? 2 : 0;
    }
    return out;
}
static bool uuid_read(const char *text, char lower[40], uint8_t bytes[16]) {
    char hex[33];
    int n = 0;
    if (strlen(text) != 36) return false;
    for (int i = 0; i < 36; i++) {
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] + 32 : text[i]);
        if (lower[i] != '-' && n < 32) hex[n++] = lower[i];
    }
    lower[36] = '\0';
    return n == 32 && (!bytes || hex_read(hex, 32, bytes, 16));
}
static bool path_read(struct f_call *x, const char *path) {
    static const char *const roots[] = {"/dss/v1/operational_intent_references/", "/dss/v1/constraint_references/", "/dss/v1/subscriptions/", "/dss/v1/uss_availability/"};
    if (strcmp(path, "/dss/v1/reports") == 0) return x->kind = F_REPORT, strcpy(x->id, F_NONE), true;
    for (int i = 0; i < 4; i++) {
        if (strncmp(path, roots[i], strlen(roots[i])) != 0) continue;
        const char *rest = path + strlen(roots[i]), *slash = strchr(rest, '/');
        char *first = unescaped(rest, slash ? (size_t)(slash - rest) : strlen(rest));
        x->kind = (enum f_kind)i;
        x->version = slash ? unescaped(slash + 1, strlen(slash + 1)) : NULL;
        bool good = i == F_USS || uuid_read(first, x->id, NULL);
        if (i == F_USS) x->uss = first;
        else free(first);
        return good;
    }
    return false;
}

/* ---- bodies ---- */
static bool height_read(const json_t *volume, const char *name, bool up, bool *has, int64_t *out) {
    const json_t *h = json_object_get(volume, name);
    *has = json_is_object(h);
    return !*has || place_outward(json_object_get(h, "value"), 2, up, out);
}
static bool moment_read(const json_t *extent, const char *name, bool up, bool *has, int64_t *out) {
    const json_t *m = json_object_get(extent, name);
    *has = json_is_object(m);
    return !*has || place_instant(text_of(m, "value"), up, out);
}
static bool extent_read(const json_t *extent, struct f_place *all) {
    const json_t *volume = json_object_get(extent, "volume");
    struct f_place one = {.unsure = all->unsure};
    bool first = all->shapes.count == 0;
    if (!place_outline(volume, "outline_polygon", ADD(all->shapes), &one.unsure)) return false;
    if (!height_read(volume, "altitude_lower", false, &one.has_lower, &one.lower) || !height_read(volume, "altitude_upper", true, &one.has_upper, &one.upper)) return false;
    if (!moment_read(extent, "time_start", false, &one.has_start, &one.start) || !moment_read(extent, "time_end", true, &one.has_end, &one.end)) return false;
    if (!first) {
        f_bounds_merge(all, &one);
    } else {
        struct volumes shapes = all->shapes;
        *all = one;
        all->shapes = shapes;
    }
    all->unsure = one.unsure;
    return true;
}
static bool intent_read(struct f_call *x) {
    const json_t *chosen = json_object_get(x->body, "subscription_id"), *made = json_object_get(x->body, "new_subscription"), *suffix = json_object_get(x->body, "requested_ovn_suffix");
    x->state = word_of(states, 4, text_of(x->body, "state"));
    x->chooses = json_is_string(chosen);
    x->makes = json_is_object(made);
    x->made_url = text_of(made, "uss_base_url");
    x->makes_for_constraints = json_is_true(json_object_get(made, "notify_for_constraints"));
    x->has_suffix = json_is_string(suffix);
    if (x->has_suffix && !uuid_read(json_string_value(suffix), x->suffix_text, x->suffix)) return false;
    return x->state >= 0 && (!x->chooses || uuid_read(json_string_value(chosen), x->chosen, NULL));
}
static bool body_read(struct f_call *x) {
    static const char *const words[] = {"Unknown", "Normal", "Down"};
    const json_t *extents = json_object_get(x->body, "extents"), *e;
    size_t i;
    x->url = text_of(x->body, "uss_base_url");
    x->old_version = text_of(x->body, "old_version");
    if (x->kind == F_REPORT) return json_is_object(x->body);
    if (x->kind == F_USS) return (x->availability = word_of(words, 3, text_of(x->body, "availability"))) >= 0;
    if (x->kind == F_SUBSCRIPTION) {
        x->for_intents = json_is_true(json_object_get(x->body, "notify_for_operational_intents"));
        x->for_constraints = json_is_true(json_object_get(x->body, "notify_for_constraints"));
        return extent_read(extents, &x->where);
    }
    json_array_foreach(extents, i, e) if (!extent_read(e, &x->where)) return false;
    return x->where.shapes.count > 0 && (x->kind == F_CONSTRAINT || intent_read(x));
}

/* ---- claims ---- */
static unsigned scopes_read(const json_t *list) {
    static const char *const names[] = {"utm.strategic_coordination", "utm.conformance_monitoring_sa", "utm.constraint_management", "utm.constraint_processing", "utm.availability_arbitration"};
    unsigned out = 0;
    const json_t *e;
    size_t i;
    json_array_foreach(list, i, e) {
        int k = json_is_string(e) ? word_of(names, 5, json_string_value(e)) : -1;
        if (k >= 0) out |= 1u << k;
    }
    return out;
}
unsigned f_scopes_of(const struct f_call *x) {
    switch (x->kind) {
    case F_INTENT: return SC_STRATEGIC | SC_CONFORMANCE;
    case F_CONSTRAINT: return SC_MANAGEMENT;
    case F_SUBSCRIPTION: return SC_STRATEGIC | SC_PROCESSING;
    case F_USS: return SC_ARBITRATION;
    case F_REPORT: break;
    }
    return SC_STRATEGIC | SC_CONFORMANCE | SC_MANAGEMENT | SC_PROCESSING | SC_ARBITRATION;
}
bool f_call_read(const struct step *c, struct f_call *x) {
    const struct part *p = record_part(c->r, REQUEST);
    *x = (struct f_call){.now = c->r->exact, .sub = text_of(c->s->claims, "sub"), .claims = c->s->claims, .scopes = scopes_read(json_object_get(c->s->claims, "scopes")),
                         .request = parse(p->bytes.at, p->bytes.size, true), .url = "", .made_url = "", .old_version = ""};
    const char *method = text_of(x->request, "method");
    if (!x->request || !path_read(x, text_of(x->request, "path"))) return false;
    x->put = strcmp(method, "DELETE") != 0;
    x->body = json_object_get(x->request, "body");
    if (!x->put) return x->version != NULL && x->kind <= F_SUBSCRIPTION;
    return strcmp(method, x->kind == F_REPORT ? "POST" : "PUT") == 0 && body_read(x);
}
void f_call_free(struct f_call *x) {
    f_place_free(&x->where);
    json_decref(x->request);
    free(x->version);
    free(x->uss);
}
bool f_creates(const struct f_call *x) { return x->version == NULL || *x->version == '\0'; }

/* ---- what the server makes of its random bytes ---- */
void f_made(const struct f_call *x, const char *what, uint8_t number, struct hash *out) {
    uint8_t id[16] = {0}, entropy[32];
    char lower[40];
    const char *drawn = text_of(x->claims, "entropy");
    if (x->kind < F_USS) uuid_read(x->id, lower, id);
    hex_read(drawn, strlen(drawn), entropy, 32);
    struct digest *d = digest_new();
    digest_add(d, "parley/dss/1\n", 13);
    digest_add(d, what, strlen(what));
    digest_add(d, &number, 1);
    digest_add(d, id, 16);
    digest_add(d, entropy, 32);
    digest_end(d, out);
}
void f_version_made(const struct f_call *x, const char *what, char out[48]) {
    struct hash h;
    f_made(x, what, 0, &h);
    EVP_EncodeBlock((unsigned char *)out, h.at, 32); /* 44 characters with the filling */
    out[43] = '\0';
    for (char *c = out; *c; c++) *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}
int64_t f_suffix_ms(const uint8_t suffix[16]) {
    int64_t ms = 0;
    for (int i = 0; i < 6; i++) ms = ms << 8 | suffix[i];
    return ms;
}
