/* What a statement or a tick must tell, to whom; and the told records of the group against it: none missing, none more, none else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

json_t *told_begin(const char *told) {
    json_t *j = json_object();
    put_text(j, "told", told);
    return j;
}
void put_text(json_t *j, const char *member, const char *value) { json_object_set_new(j, member, json_string(value)); }
void put_party(const struct audit *a, json_t *j, const char *member, int party) { put_text(j, member, a->parties.at[party].name); }
void put_entity(const struct audit *a, json_t *j, const char *member, int party, const char *id) {
    char text[NAME + 40];
    snprintf(text, sizeof text, "%s/%s", a->parties.at[party].name, id);
    put_text(j, member, text);
}
void put_number(json_t *j, const char *member, double value) { json_object_set_new(j, member, json_real(value)); }
void put_bool(json_t *j, const char *member, bool value) { json_object_set_new(j, member, json_boolean(value)); }
void put_time(json_t *j, const char *member, int64_t t) {
    char text[40];
    if (t == NEVER) {
        json_object_set_new(j, member, json_null());
        return;
    }
    time_write(t, text);
    put_text(j, member, text);
}

struct expect *must_tell(struct audit *a, int party, json_t *told) {
    struct expect *e = ADD(a->expected);
    *e = (struct expect){.party = party, .json = told, .slots = -1};
    return e;
}
void must_tell_statement(struct audit *a, const struct step *c, int party, int slots) {
    (void)c;
    for (size_t i = 0; i < a->expected.count; i++)
        if (a->expected.at[i].party == party && a->expected.at[i].slots >= 0) {
            a->expected.at[i].slots |= slots;
            return;
        }
    *ADD(a->expected) = (struct expect){.party = party, .slots = slots};
}
bool signs(const struct step *c, int party) {
    for (int i = 0; i < c->cos; i++)
        if (c->co[i] == party) return true;
    return c->party == party;
}
/* Readers as they are named now: an agreement that came since counts, for this statement is delivered now. */
void must_deliver(struct audit *a, const struct step *c) {
    for (size_t p = 0; p < a->parties.count; p++) {
        int slots = 0;
        if (signs(c, (int)p)) continue;
        for (int i = 0; i < c->s->sections; i++) {
            struct readers to = c->s->section[i].to;
            resolve(a, &to);
            if (may_read(a, &to, (int)p)) slots |= 1 << c->s->section[i].slot;
        }
        if (slots) must_tell_statement(a, c, (int)p, slots);
    }
}
uint64_t told_place(const struct audit *a, int party) {
    for (size_t i = 1; i < a->group.count; i++)
        if (a->group.at[i].party == party && a->group.at[i].told && strcmp(text_of(a->group.at[i].told, "told"), "statement") == 0) return a->group.at[i].seq;
    return UINT64_MAX;
}

/* ---- judging ---- */
static json_t *statement_told(const struct step *c, int slots) {
    const struct part *first = &c->r->parts.at[0];
    char hex[65];
    json_t *j = told_begin("statement"), *list = json_array();
    hex_write(c->s->hash.at, 32, hex);
    put_text(j, "kind", kind_names[c->s->kind]);
    put_text(j, "statement", hex);
    if (c->s->form == PLAIN) put_text(j, "party", c->s->attested);
    json_object_set_new(j, first->class_ == NOTE ? "note" : "request", json_stringn(first->bytes.at, first->bytes.size));
    for (int i = 0; i < c->s->sections; i++) {
        const struct section *x = &c->s->section[i];
        if (!(slots >> x->slot & 1)) continue;
        json_t *one = json_object();
        put_number(one, "slot", x->slot);
        hex_write(x->part->salt.at, 32, hex);
        put_text(one, "salt", hex);
        json_object_set_new(one, "bytes", json_stringn(x->part->bytes.at, x->part->bytes.size));
        json_array_append_new(list, one);
    }
    json_object_set_new(j, "sections", list);
    return j;
}
/* Equal, but that numbers may differ in the last digit that is printed. */
static bool alike(const json_t *a, const json_t *b) {
    const char *name;
    json_t *v;
    size_t i;
    if (json_is_real(a) && json_is_real(b)) return fabs(json_real_value(a) - json_real_value(b)) <= 1e-9 * fmax(1, fabs(json_real_value(a)));
    if (json_typeof(a) != json_typeof(b)) return false;
    if (json_is_array(a)) {
        if (json_array_size(a) != json_array_size(b)) return false;
        json_array_foreach(a, i, v) if (!alike(v, json_array_get(b, i))) return false;
        return true;
    }
    if (!json_is_object(a)) return json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b) == 1;
    if (json_object_size(a) != json_object_size(b)) return false;
    json_object_foreach((json_t *)(uintptr_t)a, name, v) {
        const json_t *w = json_object_get(b, name);
        if (!w || !alike(v, w)) return false;
    }
    return true;
}
static void show(const json_t *j, char *to, size_t room) {
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    snprintf(to, room, "%.*s", (int)room - 1, text ? text : "nothing");
    free(text);
}
/* The told record that comes nearest: of that party, kind and thing. For the complaint alone. */
static const struct record *nearest(const struct audit *a, const struct expect *e, const json_t *wanted) {
    for (size_t i = 1; i < a->group.count; i++) {
        const struct record *r = &a->group.at[i];
        if (!r->matched && r->party == e->party && r->told && strcmp(text_of(r->told, "told"), text_of(wanted, "told")) == 0) return r;
    }
    return NULL;
}
static void missing(struct audit *a, const struct expect *e, const json_t *wanted) {
    char expected[500], found[500];
    const struct record *r = nearest(a, e, wanted);
    show(wanted, expected, sizeof expected);
    show(r ? r->told : NULL, found, sizeof found);
    if (r) a->group.at[r - a->group.at].matched = true; /* one complaint is enough */
    wrong(a, "told", "%s must be told %s; found %s", a->parties.at[e->party].name, expected, found);
}
void told_judge(struct audit *a, struct step *c) {
    if (a->crowded) {
        a->figure[G_UNJUDGED]++;
        expect_clear(a);
        return;
    }
    for (size_t i = 0; i < a->expected.count; i++) {
        struct expect *e = &a->expected.at[i];
        json_t *wanted = e->slots >= 0 ? statement_told(c, e->slots) : json_incref(e->json);
        for (size_t k = 1; k < a->group.count && !e->met; k++) {
            struct record *r = &a->group.at[k];
            if (r->matched || r->party != e->party || !r->told || !alike(wanted, r->told)) continue;
            r->matched = e->met = true;
            a->figure[G_SECTIONS] += json_array_size(json_object_get(wanted, "sections"));
        }
        if (!e->met && !e->perhaps) missing(a, e, wanted);
        json_decref(wanted);
    }
    for (size_t k = 1; k < a->group.count; k++) {
        char found[500];
        a->figure[G_TOLD]++;
        if (a->group.at[k].matched) continue;
        show(a->group.at[k].told, found, sizeof found);
        wrong(a, "told", "%s is told what nothing explains: %s", a->parties.at[a->group.at[k].party].name, found);
    }
    expect_clear(a);
}
void expect_clear(struct audit *a) {
    for (size_t i = 0; i < a->expected.count; i++) json_decref(a->expected.at[i].json);
    a->expected.count = 0;
}
