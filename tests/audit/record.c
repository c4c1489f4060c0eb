/* Records: every part's hash, the commitments, the record's root, the leaf in its stream (FORMAT.md, 3 to 6). */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

static const char *const class_names[] = {"", "note", "section", "request", "credential", "outcome", "claims", "order", "told", "aircraft", "frame"};

static char *keep(const char *at, size_t size) {
    char *to = malloc(size + 1);
    if (!to) abort();
    if (size) memcpy(to, at, size);
    to[size] = '\0';
    return to;
}

static bool part_read(const json_t *j, struct part *out) {
    *out = (struct part){.slot = -1};
    for (int c = NOTE; c <= FRAME; c++)
        if (strcmp(text_of(j, "class"), class_names[c]) == 0) out->class_ = c;
    if (!out->class_ || strlen(text_of(j, "name")) >= sizeof out->name) return false;
    strcpy(out->name, text_of(j, "name"));
    if (out->class_ == SECTION) {
        const json_t *slot = json_object_get(j, "slot");
        if (!json_is_integer(slot) || json_integer_value(slot) < 0 || json_integer_value(slot) >= SLOTS) return false;
        out->slot = (int)json_integer_value(slot);
    }
    const json_t *text = json_object_get(j, "text"), *bytes = json_object_get(j, "bytes");
    if (json_is_string(text)) {
        out->bytes = (struct bytes){keep(json_string_value(text), json_string_length(text)), json_string_length(text)};
    } else if (json_is_string(bytes)) {
        size_t size = json_string_length(bytes) / 2;
        out->bytes = (struct bytes){keep("", 0), size};
        free(out->bytes.at);
        out->bytes.at = calloc(1, size + 1);
        if (!out->bytes.at || !hex_read(json_string_value(bytes), json_string_length(bytes), out->bytes.at, size)) return false;
    } else {
        return false;
    }
    return hex_read(text_of(j, "salt"), strlen(text_of(j, "salt")), out->salt.at, 32) &&
           hex_read(text_of(j, "hash"), strlen(text_of(j, "hash")), out->hash.at, 32);
}

const struct part *record_part(const struct record *r, int class_) {
    for (size_t i = 0; i < r->parts.count; i++)
        if (r->parts.at[i].class_ == class_) return &r->parts.at[i];
    return NULL;
}

static bool order_read(struct record *r) {
    const struct part *p = record_part(r, ORDER);
    json_t *j = p ? parse(p->bytes.at, p->bytes.size, false) : NULL;
    const json_t *seen = json_object_get(j, "seen");
    bool good = json_object_size(j) == 3 && json_is_integer(json_object_get(j, "order")) && time_read(text_of(j, "time"), &r->exact) && seen;
    r->order = good ? (uint64_t)json_integer_value(json_object_get(j, "order")) : 0;
    r->seen = json_is_null(seen) ? -1 : json_is_true(seen);
    json_decref(j);
    return good;
}

bool record_read(struct audit *a, int party, const char *json, size_t size, struct record *out) {
    (void)a;
    *out = (struct record){.party = party};
    json_t *j = parse(json, size, false);
    const json_t *list = json_object_get(j, "parts"), *element;
    size_t i;
    bool good = json_is_integer(json_object_get(j, "seq")) && time_read(text_of(j, "time"), &out->time) && json_array_size(list) > 0 &&
                hex_read(text_of(j, "root"), strlen(text_of(j, "root")), out->root.at, 32);
    if (good) out->seq = (uint64_t)json_integer_value(json_object_get(j, "seq"));
    snprintf(out->kind, sizeof out->kind, "%s", text_of(j, "kind"));
    json_array_foreach(list, i, element) {
        struct part *p = ADD(out->parts);
        good = part_read(element, p) && good;
    }
    json_decref(j);
    good = good && order_read(out);
    const struct part *told = record_part(out, TOLD), *outcome = record_part(out, OUTCOME);
    if (told) out->told = parse(told->bytes.at, told->bytes.size, true);
    if (outcome) out->outcome = parse(outcome->bytes.at, outcome->bytes.size, true);
    return good && (out->told != NULL) != (out->outcome != NULL);
}
void record_free(struct record *r) {
    for (size_t i = 0; i < r->parts.count; i++) free(r->parts.at[i].bytes.at);
    free(r->parts.at);
    json_decref(r->outcome);
    json_decref(r->told);
    *r = (struct record){0};
}

/* ---- judging ---- */
static void unused_commitment(const struct hash *salt, int slot, struct hash *out) {
    uint8_t number = (uint8_t)slot;
    struct digest *d = digest_new();
    digest_add(d, "parley/unused/1\n", 16);
    digest_add(d, salt->at, 32);
    digest_add(d, &number, 1);
    digest_end(d, out);
}
static void wrap(const struct hash *commitment, struct hash *out) {
    struct digest *d = digest_new();
    digest_add(d, "\0parley/commit/1\n", 17);
    digest_add(d, commitment->at, 32);
    digest_end(d, out);
}
static void commitments(struct audit *a, const struct record *r, const struct said *s, struct tree *t) {
    for (int slot = 0; slot < SLOTS; slot++) {
        struct hash c = s->commit[slot], wrapped;
        const struct section *x = NULL;
        for (int i = 0; i < s->sections; i++)
            if (s->section[i].slot == slot) x = &s->section[i];
        if (s->form == PLAIN && !x) unused_commitment(&r->parts.at[0].salt, slot, &c);
        if (x && s->form == SIGNED && !same(&x->commitment, &c)) wrong(a, "commitment", "the section on slot %d hashes to another than the text names", slot);
        if (x) c = x->commitment;
        wrap(&c, &wrapped);
        if (x && !same(&wrapped, &x->part->hash)) wrong(a, "part hash", "the section on slot %d stands under another hash", slot);
        tree_add(t, &wrapped);
    }
}
/* Classes in the order in which they must come (FORMAT.md, 5). */
static bool order_right(const struct record *r) {
    static const int rank[] = {[NOTE] = 0, [REQUEST] = 0, [FRAME] = 0, [TOLD] = 0, [SECTION] = 1, [AIRCRAFT] = 1, [OUTCOME] = 2, [CLAIMS] = 3, [CREDENTIAL] = 4, [ORDER] = 5};
    for (size_t i = 1; i < r->parts.count; i++) {
        const struct part *p = &r->parts.at[i - 1], *q = &r->parts.at[i];
        if (rank[p->class_] > rank[q->class_] || (rank[p->class_] == rank[q->class_] && rank[q->class_] != 1)) return false;
        if (p->class_ == AIRCRAFT && q->class_ == AIRCRAFT && strcmp(p->name, q->name) >= 0) return false;
    }
    return r->parts.count > 0 && rank[r->parts.at[0].class_] == 0;
}
static void leaf_judge(struct audit *a, const struct record *r, uint64_t leaves) {
    char leaf[256], time[40], root[65];
    time_write(r->exact, time);
    hex_write(r->root.at, 32, root);
    int size = snprintf(leaf, sizeof leaf, "{\"parley\":1,\"seq\":\"%020llu\",\"time\":\"%s\",\"parts\":\"%05llu\",\"root\":\"%s\"}", (unsigned long long)r->seq, time,
                        (unsigned long long)leaves, root);
    struct party *p = &a->parties.at[r->party];
    if (r->seq != p->stream.size) wrong(a, "place", "%s: place %llu; the next is %llu", p->name, (unsigned long long)r->seq, (unsigned long long)p->stream.size);
    tree_add_leaf(&p->stream, leaf, (size_t)size);
}
void record_judge(struct audit *a, struct record *r, const struct said *s) {
    struct tree t = {0};
    bool commits = s && s->form != BY_SERVER && s->kind != FRAMES && s->kind != DSS;
    a->figure[G_RECORDS]++;
    if (!order_right(r)) wrong(a, "parts", "%s: place %llu: parts out of order", a->parties.at[r->party].name, (unsigned long long)r->seq);
    for (size_t i = 0; i < r->parts.count; i++) {
        const struct part *p = &r->parts.at[i];
        struct hash h;
        a->figure[G_PARTS]++;
        for (size_t k = 0; k < i && r->parts.count < 16; k++)
            if (same(&p->salt, &r->parts.at[k].salt)) wrong(a, "salt", "parts %zu and %zu have one salt", k, i);
        if (p->class_ == SECTION) {
            if (!commits) wrong(a, "parts", "a section where there can be none");
            continue;
        }
        part_hash(p, &a->log, &h);
        if (!same(&h, &p->hash)) wrong(a, "part hash", "%s: place %llu: part %s stands under another hash", a->parties.at[r->party].name, (unsigned long long)r->seq, p->name);
        tree_add(&t, &h);
        if (i == 0 && commits) commitments(a, r, s, &t);
    }
    struct hash root;
    tree_root(&t, &root);
    if (!same(&root, &r->root)) wrong(a, "record root", "%s: place %llu: its parts give another root", a->parties.at[r->party].name, (unsigned long long)r->seq);
    int64_t ms = r->exact / 1000000 * 1000000;
    if (r->exact % 1000000 < 0) ms -= 1000000;
    if (r->time != ms) wrong(a, "time", "%s: place %llu: shown time and sequenced time differ", a->parties.at[r->party].name, (unsigned long long)r->seq);
    leaf_judge(a, r, t.size);
}
