/* Forging a log well: after a change of a record's words its hashes, the streams' trees, the ticks' slots, the log's leaves and the checkpoints'
 * signatures are made anew, so that nothing but the rule that was broken gives it away. */
#ifndef PARLEY_TEST_AUDIT_FORGE_H
#define PARLEY_TEST_AUDIT_FORGE_H

#include "ground.h"

/* jansson's kinds of values have the names of base/json.h; none of them is used here. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_NULL
#include <openssl/hmac.h>

#include "core/part.h"
#include "log/merkle.h"

enum { FORGE_LINES = 4096, FORGE_PARTIES = 16 };
struct forged { enum line_kind kind; char party[GROUND_NAME]; json_t *record; char *text; size_t size; bool changed, raw /* as it stands, whatever it is */; };
struct forge { struct forged at[FORGE_LINES]; size_t count; struct ground *g; uint32_t slots_log2; uint8_t (*blinds)[32]; };

static inline void forge_take(struct forge *f, struct ground *g, size_t lines, uint32_t slots_log2) {
    struct disk_file *file;
    struct fault fault = {0};
    size_t got, size = ((size_t)1 << slots_log2) + 1;
    memset(f, 0, sizeof *f);
    f->g = g;
    f->slots_log2 = slots_log2;
    f->blinds = malloc(size * 32);
    assert(f->blinds && lines < FORGE_LINES);
    must(disk_open(g->disk, "/log/blinds", DISK_READ, false, &file, &fault), &fault, "blinds");
    must(disk_read(file, 0, f->blinds, size * 32, &got, &fault), &fault, "blinds");
    disk_close(file);
    for (size_t i = 0; i < lines; i++) {
        const struct line *l = &g->line[i];
        struct forged *x = &f->at[f->count++];
        x->kind = l->kind;
        strcpy(x->party, l->party);
        if (l->kind == LINE_RECORD) x->record = json_loadb(l->text, l->size, 0, NULL);
        else x->text = strndup(l->text, l->size), x->size = l->size;
        assert(x->record || x->text);
    }
}
static inline void forge_free(struct forge *f) {
    for (size_t i = 0; i < f->count; i++) {
        json_decref(f->at[i].record);
        free(f->at[i].text);
    }
    free(f->blinds);
}
static inline json_t *forge_part(const struct forged *x, const char *class_) {
    json_t *p;
    size_t i;
    json_array_foreach(json_object_get(x->record, "parts"), i, p) if (strcmp(json_string_value(json_object_get(p, "class")), class_) == 0) return p;
    return NULL;
}
static inline const char *forge_text(const struct forged *x, const char *class_) {
    const char *t = x->record ? json_string_value(json_object_get(forge_part(x, class_), "text")) : NULL;
    return t ? t : "";
}
static inline void forge_set(struct forged *x, const char *class_, const char *text) {
    json_object_set_new(forge_part(x, class_), "text", json_string(text));
    x->changed = true;
}
/* `from` becomes `to` in a part's text; false: it is not there. */
static inline bool forge_put(struct forged *x, const char *class_, const char *from, const char *to) {
    const char *text = forge_text(x, class_), *at = strstr(text, from);
    if (!at) return false;
    char *made = malloc(strlen(text) + strlen(to) + 1);
    assert(made);
    sprintf(made, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    forge_set(x, class_, made);
    free(made);
    return true;
}
static inline uint64_t forge_order(const struct forged *x) {
    const char *t = strstr(forge_text(x, "order"), "\"order\":");
    return t ? strtoull(t + 8, NULL, 10) : 0;
}
static inline void forge_insert(struct forge *f, size_t at, const struct forged *like, const char *party) {
    assert(f->count < FORGE_LINES);
    struct forged copy = *like;
    memmove(&f->at[at + 1], &f->at[at], (f->count++ - at) * sizeof *f->at);
    copy.record = json_deep_copy(copy.record);
    snprintf(copy.party, sizeof copy.party, "%s", party);
    copy.changed = true;
    f->at[at] = copy;
}
static inline void forge_drop(struct forge *f, size_t at) {
    json_decref(f->at[at].record);
    free(f->at[at].text);
    memmove(&f->at[at], &f->at[at + 1], (f->count - at - 1) * sizeof *f->at);
    f->count--;
}

/* ---- hashes anew ---- */
static inline struct hash forge_hash(const json_t *p, const char *member) {
    struct hash h = {{0}};
    const char *hex = json_string_value(json_object_get(p, member));
    assert(hex && hex_read(text_of(hex), h.bytes, 32));
    return h;
}
static inline void forge_put_hash(json_t *j, const char *member, const struct hash *h) {
    char hex[65];
    struct append a = append_fixed(hex, 64);
    append_hex(&a, h->bytes, 32);
    hex[64] = '\0';
    json_object_set_new(j, member, json_string(hex));
}
static inline struct hash forge_part_hash(const struct forge *f, const json_t *p) {
    static const char *const names[] = {"", "note", "section", "request", "credential", "outcome", "claims", "order", "told", "aircraft", "frame"};
    struct part part = {.name = text_of(json_string_value(json_object_get(p, "name")))};
    const char *class_ = json_string_value(json_object_get(p, "class")), *text = json_string_value(json_object_get(p, "text"));
    struct hash salt = forge_hash(p, "salt");
    for (uint8_t c = 1; c < 11; c++)
        if (strcmp(names[c], class_) == 0) part.part_class = c;
    if (!text) return forge_hash(p, "hash");
    part.bytes = text_of(text);
    memcpy(part.salt, salt.bytes, 32);
    return part_hash(&part, &f->g->log);
}
/* The four commitments of a signed statement as its text names them. */
static inline uint32_t forge_commitments(const char *note, struct hash *out) {
    json_t *j = json_loads(strchr(note, '\n') + 1, JSON_DISABLE_EOF_CHECK, NULL);
    for (size_t i = 0; i < 4; i++) {
        struct hash c;
        const char *hex = json_string_value(json_array_get(json_object_get(j, "commit"), i));
        assert(hex && hex_read(text_of(hex), c.bytes, 32));
        out[i] = part_commit(&c);
    }
    json_decref(j);
    return 4;
}
static inline void forge_record(const struct forge *f, struct forged *x, struct hash *root, uint32_t *leaves) {
    static struct hash leaf[128];
    json_t *p;
    size_t i;
    *leaves = 0;
    json_array_foreach(json_object_get(x->record, "parts"), i, p) {
        const char *class_ = json_string_value(json_object_get(p, "class"));
        if (strcmp(class_, "section") == 0) continue;
        leaf[*leaves] = forge_part_hash(f, p);
        if (x->changed) forge_put_hash(p, "hash", &leaf[*leaves]);
        ++*leaves;
        if (strcmp(class_, "note") == 0) *leaves += forge_commitments(forge_text(x, "note"), &leaf[*leaves]);
        if (strcmp(class_, "request") == 0 && forge_part(x, "claims") && !strstr(forge_text(x, "claims"), "\"sub\":")) *leaves += 4; /* plain ones are not changed */
    }
    if (x->changed) {
        *root = merkle_root_of(leaf, *leaves);
        forge_put_hash(x->record, "root", root);
    }
    *root = forge_hash(x->record, "root");
}
static inline void forge_tick_leaf(struct forge *f, struct forged *x, const struct merkle *stream, uint32_t parties) {
    static struct hash slot[1 << 10];
    uint64_t tick = 0;
    char root[65], *time = strstr(x->text, "\"time\":\"");
    sscanf(x->text, "{\"parley\":1,\"tick\":\"%llu", (unsigned long long *)&tick);
    for (uint32_t i = 0; i < 1u << f->slots_log2; i++) {
        uint8_t text[10], blind[32];
        unsigned n = 32;
        for (int k = 0; k < 8; k++) text[k] = (uint8_t)(tick >> (56 - 8 * k));
        text[8] = (uint8_t)(i >> 8);
        text[9] = (uint8_t)i;
        HMAC(EVP_sha256(), f->blinds[i < parties ? 1 + i : 0], 32, text, i < parties ? 8 : 10, i < parties ? blind : slot[i].bytes, &n);
        if (i >= parties) continue;
        struct hash r = merkle_root(&stream[i]);
        struct sha256 s;
        for (int k = 0; k < 8; k++) text[k] = (uint8_t)(stream[i].size >> (56 - 8 * k));
        sha256_init(&s);
        sha256_update(&s, "\0parley/slot/1\n", 15);
        sha256_update(&s, blind, 32);
        sha256_update(&s, text, 8);
        sha256_update(&s, r.bytes, 32);
        slot[i] = sha256_final(&s);
    }
    struct hash h = merkle_perfect(slot, f->slots_log2);
    struct append a = append_fixed(root, 64);
    append_hex(&a, h.bytes, 32);
    root[64] = '\0';
    memcpy(strstr(time, "\"root\":\"") + 8, root, 64);
}
static inline void forge_checkpoint(struct forge *f, struct forged *x, const struct merkle *log) {
    struct append text = append_growing(4096), note = append_growing(4096);
    struct hash root = merkle_root(log);
    append_format(&text, "%s\n%llu\n", f->g->origin, (unsigned long long)log->size);
    append_base64(&text, root.bytes, 32);
    append_char(&text, '\n');
    note_begin(&note, append_view(&text));
    note_sign(&note, append_view(&text), text_of(f->g->origin), f->g->log_secret);
    free(x->text);
    x->text = strndup(note.at, note.size);
    x->size = note.size;
    append_free(&text);
    append_free(&note);
}
/* All trees from the first record on. */
static inline void forge_seal(struct forge *f) {
    static struct merkle stream[FORGE_PARTIES], log;
    const struct state *st = node_state(f->g->node);
    for (int i = 0; i < FORGE_PARTIES; i++) merkle_init(&stream[i]);
    merkle_init(&log);
    uint32_t parties = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct forged *x = &f->at[i];
        if (x->kind == LINE_LEAF) {
            if (!x->raw) forge_tick_leaf(f, x, stream, parties);
            struct hash leaf = merkle_leaf(x->text, x->size);
            merkle_append(&log, &leaf, NULL);
        } else if (x->kind == LINE_CHECKPOINT) {
            if (!x->raw) forge_checkpoint(f, x, &log);
        } else {
            struct hash root;
            uint32_t leaves, p = 0;
            char room[256];
            struct name who = {{0}};
            memcpy(who.at, x->party, strlen(x->party));
            p = state_party_find(st, &who);
            if (p >= parties) parties = p + 1;
            forge_record(f, x, &root, &leaves);
            char hex[65];
            struct append a = append_fixed(hex, 64);
            append_hex(&a, root.bytes, 32);
            hex[64] = '\0';
            int n = snprintf(room, sizeof room, "{\"parley\":1,\"seq\":\"%020llu\",\"time\":\"%s\",\"parts\":\"%05u\",\"root\":\"%s\"}",
                             (unsigned long long)json_integer_value(json_object_get(x->record, "seq")), json_string_value(json_object_get(x->record, "time")), leaves, hex);
            struct hash leaf = merkle_leaf(room, (size_t)n);
            merkle_append(&stream[p], &leaf, NULL);
        }
    }
}
static inline void forge_feed(const struct forge *f, struct audit *a) {
    for (size_t i = 0; i < f->count; i++) {
        const struct forged *x = &f->at[i];
        if (x->kind == LINE_RECORD) {
            char *text = json_dumps(x->record, JSON_COMPACT);
            audit_record(a, x->party, text, strlen(text));
            free(text);
        } else if (x->kind == LINE_LEAF) {
            audit_leaf(a, x->text, x->size);
        } else {
            audit_checkpoint(a, x->text, x->size);
        }
    }
}

#endif
