/* The auditor's door: genesis, records into groups of one order number, complaints, figures. */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

void wrong(struct audit *a, const char *rule, const char *format, ...) {
    char text[1600];
    va_list list;
    int n = snprintf(text, sizeof text, "order %llu: %s: ", (unsigned long long)a->order, rule);
    va_start(list, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, list);
    va_end(list);
    a->complaints++;
    if (a->complain) a->complain(a->context, text);
}

/* ---- genesis ---- */
static void founders_read(struct audit *a, const json_t *list) {
    const json_t *f;
    size_t i;
    for (int pass = 0; pass < 2; pass++) /* the operator is 0 */
        json_array_foreach(list, i, f)
            if (json_is_true(json_object_get(f, "operator")) == (pass == 0)) party_enter(a, f, 0);
}
static void founders_judge(struct audit *a, const char *note, size_t text, const struct note_line *line, int lines, const json_t *list) {
    const json_t *f;
    size_t i;
    if ((size_t)lines != json_array_size(list)) wrong(a, "genesis", "%d lines of %zu founders", lines, json_array_size(list));
    json_array_foreach(list, i, f) {
        char name[200];
        struct hash key = {{0}};
        snprintf(name, sizeof name, "%s/%.60s/root", a->mode, text_of(f, "name"));
        hex_read(text_of(f, "root_key"), strlen(text_of(f, "root_key")), key.at, 32);
        if ((int)i >= lines || !note_line_of(&line[i], name, &key) || !signature_good(&key, note, text, line[i].signature)) wrong(a, "genesis", "'%s' has not signed", name);
    }
}
static void genesis_read(struct audit *a, const char *note, size_t size) {
    static const struct settings usual = {60 * SECOND, 300 * SECOND, 900 * SECOND, 30 * SECOND, 300 * SECOND, 60 * SECOND, 30 * SECOND, 30 * SECOND, 300 * SECOND,
                                          926000, 30000, DAY, 8192, -10700, 8600, -60000, 60000, 0, 885000};
    static struct note_line line[100];
    size_t text = 0;
    int lines = note_lines(note, size, &text, line, 100);
    const char *second = lines < 0 ? NULL : memchr(note, '\n', text);
    if (!second || sscanf(note, "parley/1 genesis %255[^\n]", a->origin) != 1) {
        a->dead = true;
        wrong(a, "genesis", "is none");
        return;
    }
    struct digest *d = digest_new();
    digest_add(d, "\0", 1);
    digest_add(d, note, text);
    digest_end(d, &a->log);
    const char *slash = strrchr(a->origin, '/');
    snprintf(a->mode, sizeof a->mode, "%s", slash ? slash + 1 : "");
    a->live = strcmp(a->mode, "live") == 0;
    json_t *j = parse(second + 1, text - (size_t)(second + 1 - note) - 1, false);
    a->tick_ns = scaled_of(j, "tick_s", 9, SECOND);
    a->quorum = (int)scaled_of(j, "recovery_quorum", 0, 1);
    hex_read(text_of(j, "log_key"), strlen(text_of(j, "log_key")), a->log_key.at, 32);
    hex_read(text_of(j, "receipt_key"), strlen(text_of(j, "receipt_key")), a->receipt_key.at, 32);
    a->settings = usual;
    settings_merge(&a->settings, json_object_get(j, "settings"));
    capacities_read(a, json_object_get(j, "capacity"));
    founders_read(a, json_object_get(j, "founders"));
    founders_judge(a, note, text, line, lines, json_object_get(j, "founders"));
    if (!j || a->parties.count == 0) {
        a->dead = true;
        wrong(a, "genesis", "has no body");
    }
    json_decref(j);
}

struct audit *audit_new(const char *genesis_note, size_t size, void (*complain)(void *, const char *), void *context) {
    struct audit *a = calloc(1, sizeof *a);
    if (!a) abort();
    a->complain = complain;
    a->context = context;
    a->time = INT64_MIN + 1;
    genesis_read(a, genesis_note, size);
    tree_root(&a->tree, ADD(a->roots));
    return a;
}
void audit_blinds(struct audit *a, const uint8_t (*blinds)[32], size_t count) {
    free(a->blinds);
    a->blinds = malloc(count * sizeof *a->blinds + 1);
    if (!a->blinds) abort();
    memcpy(a->blinds, blinds, count * sizeof *a->blinds);
    a->blind_count = count;
}
void audit_record(struct audit *a, const char *party, const char *json, size_t size) {
    struct record r;
    if (a->dead) return;
    bool good = record_read(a, NOBODY, json, size, &r);
    bool next = a->group.count == 0 || r.order != a->group.at[0].order;
    if (next) audit_group(a);
    r.party = party_find(a, party);
    /* A party's own stream begins within the statement that makes it, before the model knows it. */
    if (r.party == NOBODY && a->group.count > 0 && good) {
        struct said s;
        if (said_read(a, &a->group.at[0], &s) && s.kind == PARTY && strcmp(text_of(said_body(&s)->body, "name"), party) == 0) r.party = (int)a->parties.count;
        said_free(&s);
    }
    if (!good || r.party == NOBODY) {
        wrong(a, "record", "of '%s': cannot be read, or there is no such party", party);
        record_free(&r);
        return;
    }
    *ADD(a->group) = r;
}

uint64_t audit_end(struct audit *a) {
    if (a->dead) return a->complaints;
    audit_group(a);
    if (a->leaf_due) wrong(a, "tick", "the last tick made no leaf");
    a->figure[G_UNJUDGED] += a->late.count; /* it may have been told by what would follow */
    return a->complaints;
}
static const char *const figure_names[FIGURES] = {"records", "parts", "signatures", "statements", "refused", "told", "sections told", "ticks", "slots", "checkpoints", "lead times",
    "deadlines", "pairs", "surely meeting", "alerts", "levels", "distances", "pieces counted", "texts searched for what is another's", "within a margin: either is right", "not judged", "feeds compared", "calls about operational intents", "calls about constraints",
    "calls about subscriptions", "calls about availability and reports", "calls of F3411", "keys found wanting", "subscribers notified", "references shown", "points held"};
uint64_t audit_figure(const struct audit *a, const char *name) {
    for (int i = 0; i < FIGURES; i++)
        if (strcmp(figure_names[i], name) == 0) return a->figure[i];
    abort();
}
void audit_figures(const struct audit *a, char *text, size_t room) {
    size_t size = 0;
    *text = '\0';
    for (int i = 0; i < FIGURES && size < room; i++) size += (size_t)snprintf(text + size, room - size, "%s%llu %s", i ? ", " : "", (unsigned long long)a->figure[i], figure_names[i]);
    if (size < room)
        snprintf(text + size, room - size, "; never judged: an alert's end and gap of heights, how many a folded one stands for and when it rises, what a section in a corridor holds, shapes wider than 8,000 km, the words of a refusal's detail, answers to reads, how much work a call of F3548 may take beyond what it surely does not");
}

/* ---- end ---- */
static void air_free(struct air_section *s) {
    for (int i = 0; i < RANKS; i++) volumes_free(&s[i].volumes);
}
static void notice_free(struct notice *n) {
    air_free(n->section);
    free(n->lead.at);
    free(n);
}
static void flight_free(struct flight *f) {
    air_free(f->section);
    free(f);
}
static void track_free(struct track *t) {
    free(t->tube.at);
    free(t->left_behind.tube.at);
    free(t);
}
void graves_clear(struct audit *a) {
    for (size_t i = 0; i < a->gone_notices.count; i++) notice_free(a->gone_notices.at[i]);
    for (size_t i = 0; i < a->gone_flights.count; i++) flight_free(a->gone_flights.at[i]);
    for (size_t i = 0; i < a->gone_tracks.count; i++) track_free(a->gone_tracks.at[i]);
    a->gone_notices.count = a->gone_flights.count = a->gone_tracks.count = 0;
}
void audit_free(struct audit *a) {
    graves_clear(a);
    for (size_t i = 0; i < a->group.count; i++) record_free(&a->group.at[i]);
    for (size_t i = 0; i < a->notices.count; i++) notice_free(a->notices.at[i]);
    for (size_t i = 0; i < a->flights.count; i++) flight_free(a->flights.at[i]);
    for (size_t i = 0; i < a->tracks.count; i++) track_free(a->tracks.at[i]);
    for (size_t i = 0; i < a->feeds.count; i++) free(a->feeds.at[i]);
    for (size_t i = 0; i < a->holds.count; i++) free(a->holds.at[i]);
    for (size_t i = 0; i < a->dues.count; i++) free(a->dues.at[i]);
    for (size_t i = 0; i < a->alerts.count; i++) free(a->alerts.at[i]);
    for (size_t i = 0; i < a->areas.count; i++) volumes_free(&a->areas.at[i].volumes);
    rid_free(a);
    f3548_free(a);
    bridge_free(a);
    expect_clear(a);
    late_clear(a);
    void *lists[] = {a->late.at, a->witnessed.at, a->group.at, a->notices.at, a->flights.at, a->tracks.at, a->feeds.at, a->holds.at, a->dues.at, a->alerts.at, a->rivalries.at, a->areas.at, a->parties.at, a->keys.at,
                     a->agreements.at, a->near.at, a->pending.at, a->recent.at, a->expected.at, a->dirty.at, a->roots.at, a->blinds, a->gone_notices.at, a->gone_flights.at, a->gone_tracks.at};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free(lists[i]);
    free(a);
}
