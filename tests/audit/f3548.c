/* F3548: one call, and what becomes of the model. Written from FORMAT.md, "dss", and the standard's rules. */
#include <stdio.h>
#include <stdlib.h>

#include "f3548.h"

/* ---- the model ---- */
struct f_ref *f_ref_find(const struct audit *a, bool constraint, const char *id) {
    for (size_t i = 0; i < a->f3548->refs.count; i++)
        if (a->f3548->refs.at[i].constraint == constraint && strcmp(a->f3548->refs.at[i].id, id) == 0) return &a->f3548->refs.at[i];
    return NULL;
}
struct f_sub *f_sub_find(const struct audit *a, const char *id) {
    for (size_t i = 0; i < a->f3548->subs.count; i++)
        if (strcmp(a->f3548->subs.at[i].id, id) == 0) return &a->f3548->subs.at[i];
    return NULL;
}
struct f_stated *f_stated_find(const struct audit *a, const char *uss) {
    for (size_t i = 0; i < a->f3548->stated.count; i++)
        if (strcmp(a->f3548->stated.at[i].uss, uss) == 0) return &a->f3548->stated.at[i];
    return NULL;
}
struct f_retired *f_retired_find(const struct audit *a, const char *id) {
    for (size_t i = 0; i < a->f3548->retired.count; i++)
        if (strcmp(a->f3548->retired.at[i].id, id) == 0) return &a->f3548->retired.at[i];
    return NULL;
}
int f_dependents(const struct audit *a, const char *sub) {
    int n = 0;
    for (size_t i = 0; i < a->f3548->refs.count; i++) n += strcmp(a->f3548->refs.at[i].sub, sub) == 0;
    return n;
}
static char *copy(const char *text) {
    char *out = strdup(text);
    if (!out) abort();
    return out;
}
static void text_set(char **to, const char *text) {
    free(*to);
    *to = copy(text);
}
static bool has_suffix(const uint8_t suffix[16]) {
    static const uint8_t none[16];
    return memcmp(suffix, none, 16) != 0;
}
static bool is_past(const uint8_t suffix[16], int64_t now) { return f_suffix_ms(suffix) < now / 1000000 - F_FORGIVEN / 1000000; }
static void retired_drop(struct f3548 *f, size_t i) {
    free(f->retired.at[i].manager);
    DROP(f->retired, i);
}
static struct f_ref *ref_enter(struct audit *a, bool constraint, const char *id, const char *manager) {
    struct f_ref *r = ADD(a->f3548->refs);
    r->constraint = constraint;
    r->manager = copy(manager);
    snprintf(r->id, sizeof r->id, "%s", id);
    return r;
}
/* The last suffix of an intent is remembered while it might be asked for again. */
static void ref_drop(struct audit *a, struct f_ref *r, int64_t now) {
    struct f_retired *before = r->constraint ? NULL : f_retired_find(a, r->id);
    if (!r->constraint && has_suffix(r->suffix) && !is_past(r->suffix, now)) {
        if (before) retired_drop(a->f3548, (size_t)(before - a->f3548->retired.at));
        struct f_retired *x = ADD(a->f3548->retired);
        memcpy(x->id, r->id, sizeof x->id);
        memcpy(x->suffix, r->suffix, 16);
        x->manager = copy(r->manager);
    }
    f_place_free(&r->where);
    free(r->manager);
    free(r->url);
    DROP(a->f3548->refs, (size_t)(r - a->f3548->refs.at));
}
static void sub_drop(struct f3548 *f, struct f_sub *s) {
    f_place_free(&s->where);
    free(s->manager);
    free(s->url);
    DROP(f->subs, (size_t)(s - f->subs.at));
}
void f3548_ticked(struct audit *a) {
    struct f3548 *f = a->f3548;
    while (f && f->retired.count > 0 && is_past(f->retired.at[0].suffix, a->time)) retired_drop(f, 0);
}
void f3548_free(struct audit *a) {
    struct f3548 *f = a->f3548;
    if (!f) return;
    while (f->refs.count > 0) {
        memset(f->refs.at[0].suffix, 0, 16);
        ref_drop(a, &f->refs.at[0], 0);
    }
    while (f->subs.count > 0) sub_drop(f, &f->subs.at[0]);
    while (f->retired.count > 0) retired_drop(f, 0);
    for (size_t i = 0; i < f->stated.count; i++) free(f->stated.at[i].uss);
    free(f->refs.at), free(f->subs.at), free(f->stated.at), free(f->retired.at), free(f);
}

/* ---- what is accepted ---- */
static void subscribes(struct audit *a, const struct f_call *x, char id[40]) {
    struct hash h;
    uint8_t number = 0;
    do {
        f_made(x, "id", number++, &h);
        h.at[6] = (uint8_t)((h.at[6] & 0x0f) | 0x40);
        h.at[8] = (uint8_t)((h.at[8] & 0x3f) | 0x80);
        for (int i = 0, n = 0; i < 16; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) id[n++] = '-';
            hex_write(h.at + i, 1, id + n);
            n += 2;
        }
    } while (f_sub_find(a, id) && number > 0);
    struct f_sub *s = ADD(a->f3548->subs);
    memcpy(s->id, id, sizeof s->id);
    s->manager = copy(x->sub);
    s->url = copy(x->made_url);
    s->implicit = s->for_intents = true;
    s->for_constraints = x->makes_for_constraints;
    f_version_made(x, "subscription", s->version);
    f_place_copy(&x->where, &s->where);
}
static void written(struct f_ref *r, const struct f_call *x) {
    f_place_free(&r->where);
    f_place_copy(&x->where, &r->where);
    text_set(&r->url, x->url);
    r->version++;
    if (x->has_suffix) snprintf(r->ovn, sizeof r->ovn, "%s_%s", x->id, x->suffix_text);
    else f_version_made(x, "ovn", r->ovn);
}
static void intent_written(struct audit *a, const struct f_call *x, const json_t *reply) {
    struct f_ref *old = f_ref_find(a, false, x->id);
    char attached[40] = "", goes[40];
    if (x->chooses) memcpy(attached, x->chosen, sizeof attached);
    if (x->makes) subscribes(a, x, attached);
    f_implicit_goes(a, old, attached, goes);
    f_told_judge(a, &(struct f_telling){old ? &old->where : NULL, &x->where, false, attached, goes, x->heavy}, json_object_get(reply, "subscribers"));
    if (*goes) sub_drop(a->f3548, f_sub_find(a, goes));
    struct f_sub *s = x->chooses ? f_sub_find(a, attached) : NULL;
    if (s && s->implicit) f_stretch(&s->where, &x->where);
    struct f_ref *r = old ? old : ref_enter(a, false, x->id, x->sub);
    written(r, x);
    r->state = x->state;
    if (x->has_suffix) memcpy(r->suffix, x->suffix, 16);
    memcpy(r->sub, attached, sizeof r->sub);
    f_ref_judge(a, r, x->sub, json_object_get(reply, "operational_intent_reference"));
}
static void constraint_written(struct audit *a, const struct f_call *x, const json_t *reply) {
    struct f_ref *old = f_ref_find(a, true, x->id);
    f_told_judge(a, &(struct f_telling){old ? &old->where : NULL, &x->where, true, "", "", x->heavy}, json_object_get(reply, "subscribers"));
    struct f_ref *r = old ? old : ref_enter(a, true, x->id, x->sub);
    written(r, x);
    f_ref_judge(a, r, x->sub, json_object_get(reply, "constraint_reference"));
}
static void reference_deleted(struct audit *a, const struct f_call *x, const json_t *reply) {
    struct f_ref *old = f_ref_find(a, x->kind == F_CONSTRAINT, x->id);
    char goes[40];
    f_implicit_goes(a, old, "", goes);
    f_told_judge(a, &(struct f_telling){&old->where, NULL, old->constraint, old->sub, "", x->heavy}, json_object_get(reply, "subscribers"));
    f_ref_judge(a, old, x->sub, json_object_get(reply, old->constraint ? "constraint_reference" : "operational_intent_reference"));
    ref_drop(a, old, x->now);
    if (*goes) sub_drop(a->f3548, f_sub_find(a, goes));
}
static void subscription_written(struct audit *a, const struct f_call *x, const json_t *reply) {
    struct f_sub *s = f_sub_find(a, x->id);
    if (!s) {
        s = ADD(a->f3548->subs);
        memcpy(s->id, x->id, sizeof s->id);
        s->manager = copy(x->sub);
    }
    f_place_free(&s->where);
    f_place_copy(&x->where, &s->where);
    text_set(&s->url, x->url);
    s->for_intents = x->for_intents;
    s->for_constraints = x->for_constraints;
    s->implicit = false;
    f_version_made(x, "subscription", s->version);
    f_sub_judge(a, s, json_object_get(reply, "subscription"));
    f_found_judge(a, x, s, reply);
}
static void availability_written(struct audit *a, const struct f_call *x, const json_t *reply) {
    static const char *const words[] = {"Unknown", "Normal", "Down"};
    struct f_stated *s = f_stated_find(a, x->uss);
    int victim = -1;
    if (!s) {
        (void)f_stated_full(a, x->uss, &victim);
        if (victim >= 0) {
            free(a->f3548->stated.at[victim].uss);
            DROP(a->f3548->stated, (size_t)victim);
        }
        s = ADD(a->f3548->stated);
        s->uss = copy(x->uss);
    }
    s->availability = x->availability;
    f_version_made(x, "availability", s->version);
    const json_t *status = json_object_get(reply, "status");
    if (strcmp(text_of(reply, "version"), s->version) != 0 || !f_same_text(text_of(status, "uss"), s->uss) || strcmp(text_of(status, "availability"), words[x->availability]) != 0)
        wrong(a, "dss", "the availability of '%s' is shown as it is not", s->uss);
}
static void report_taken(struct audit *a, const struct f_call *x, const json_t *reply) {
    char id[48];
    json_t *body = json_copy((json_t *)(uintptr_t)x->body); /* jansson counts references in what it does not change */
    f_version_made(x, "report", id);
    json_object_set_new(body, "report_id", json_string(id));
    if (!json_equal(body, (json_t *)(uintptr_t)reply)) wrong(a, "dss", "a report is told back as it did not come");
    json_decref(body);
}
static void accepted(struct audit *a, const struct f_call *x, const json_t *reply) {
    switch (x->kind) {
    case F_INTENT: (x->put ? intent_written : reference_deleted)(a, x, reply); return;
    case F_CONSTRAINT: (x->put ? constraint_written : reference_deleted)(a, x, reply); return;
    case F_USS: availability_written(a, x, reply); return;
    case F_REPORT: report_taken(a, x, reply); return;
    case F_SUBSCRIPTION: break;
    }
    if (x->put) {
        subscription_written(a, x, reply);
        return;
    }
    struct f_sub *s = f_sub_find(a, x->id);
    f_sub_judge(a, s, json_object_get(reply, "subscription"));
    sub_drop(a->f3548, s);
}

/* ---- one call ---- */
void f3548_judge(struct audit *a, const struct step *c) {
    static const enum figure figures[] = {G_INTENTS, G_CONSTRAINTS, G_SUBSCRIPTIONS, G_USS, G_USS};
    static const char *const names[] = {"operational intent", "constraint", "subscription", "availability", "report"};
    struct f_call x;
    struct f_verdicts v = {.count = 0};
    const json_t *outcome = c->r->outcome, *reply = json_object_get(outcome, "reply");
    int status = (int)json_number_value(json_object_get(outcome, "status"));
    const char *reason = text_of(outcome, "reason");
    if (!a->f3548 && !(a->f3548 = calloc(1, sizeof *a->f3548))) abort();
    if (!f_call_read(c, &x)) {
        a->figure[G_UNJUDGED]++;
    } else {
        a->figure[figures[x.kind]]++;
        if (!(x.scopes & f_scopes_of(&x))) wrong(a, "dss", "a call about %s %s without a scope for it", names[x.kind], x.uss ? x.uss : x.id);
        f_expected(a, &x, &v);
        a->figure[G_EITHER] += v.count > 1;
        if (!f_among(&v, status, reason))
            wrong(a, "dss", "%s %s %s: %d %s, not %d %s%s", x.put ? "PUT" : "DELETE", names[x.kind], x.uss ? x.uss : x.id, status, reason, v.at[0].status, v.at[0].reason, v.count > 1 ? " or another" : "");
        else if (status < 300) accepted(a, &x, reply);
        else if (status == 409 && strcmp(reason, "conflict") == 0) f_missing_judge(a, &x, f_wants_constraints(a, &x), reply);
    }
    f_call_free(&x);
}
