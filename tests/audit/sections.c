/* What notices and flights have in common: sections as they come, room for them, whether the wider contain the narrow; lead times. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

const struct section *came(const struct said *s, int rank);
const struct section *came(const struct said *s, int rank) { /* of that rank, among those that came (of an opening: those it opens) */
    for (int i = 0; i < s->sections; i++)
        if (s->section[i].rank == rank && (s->kind != OPEN || s->section[i].opened)) return &s->section[i];
    return NULL;
}

const char *sections_check(struct audit *a, struct step *c, bool flight) {
    uint64_t volumes = 0, vertices = 0, v, w;
    bool by_any = false;
    for (int rank = 0; rank < RANKS; rank++) {
        const struct section *x = came(c->s, rank);
        if (!x) continue;
        struct readers to = x->to;
        int known = 0;
        resolve(a, &to);
        if (unknown_to(a, &to, c->party)) c->marks[M_NO_READER] = true;
        for (int i = 0; i < to.count; i++) known += to.at[i].kind < OF_AGREEMENT || to.at[i].ref >= 0;
        by_any = by_any || known > 0;
        volumes_cost(&x->volumes, flight ? 0 : strlen(text_of(x->body, "text")), &v, &w);
        volumes += v;
        vertices += w;
    }
    if (!by_any && !flight) c->marks[M_NO_READER] = true;
    c->room_unsure = a->parties.at[c->party].unsure_room;
    if (!room_for(a, c->party, Q_VOLUMES, volumes, !flight)) return full(c, Q_VOLUMES);
    return room_for(a, c->party, Q_VERTICES, vertices, !flight) ? NULL : full(c, Q_VERTICES);
}

/* ---- do the wider sections contain the narrowest? ---- */
static const struct volumes *of_rank(const struct step *c, const struct air_section *old, bool merge, int rank) {
    const struct section *x = came(c->s, rank);
    if (x) return &x->volumes;
    return merge && old && old[rank].present && old[rank].volumes.count ? &old[rank].volumes : NULL;
}
static enum answer held_by_one(const struct audit *a, const struct volume *exact, const struct volumes *wide) {
    enum answer best = NO;
    for (size_t i = 0; i < wide->count && best != YES; i++) {
        struct volume v = wide->at[i];
        v.start = v.stated_start;
        v.end = v.stated_end;
        enum answer one = volume_within(a, &v, exact);
        if (one != NO) best = one;
    }
    return best;
}
void sections_marks(struct audit *a, struct step *c, const struct air_section *old, bool flight, bool merge) {
    int rank = RANKS - 1;
    (void)flight;
    while (rank >= 0 && !of_rank(c, old, merge, rank)) rank--;
    const struct volumes *exact = rank < 0 ? NULL : of_rank(c, old, merge, rank);
    for (int outer = 0; exact && outer < rank; outer++) {
        const struct volumes *wide = of_rank(c, old, merge, outer);
        for (size_t i = 0; wide && i < exact->count; i++) {
            struct volume v = exact->at[i];
            v.start = v.stated_start;
            v.end = v.stated_end;
            enum answer one = held_by_one(a, &v, wide);
            if (one == NO) c->marks[M_NOT_CONTAINED] = true;
            if (one == EITHER) c->mark_unsure[M_NOT_CONTAINED] = true;
        }
    }
    if (c->marks[M_NOT_CONTAINED]) c->mark_unsure[M_NOT_CONTAINED] = false;
}

/* ---- what is claimed anew ---- */
struct claim { uint64_t pieces; bool any; int64_t start; };
static int by_number(const void *x, const void *y) {
    const int64_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}
static bool covers(const struct volume *v, int64_t from, int64_t to, int64_t low, int64_t high) {
    return v->stated_start <= from && v->stated_end >= to && v->lower.cm <= low && (v->upper.cm == UNLIMITED || v->upper.cm >= high);
}
static size_t cuts(int64_t *at, size_t n, int64_t from, int64_t to) {
    qsort(at, n, sizeof *at, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (at[i] >= from && at[i] <= to && (kept == 0 || at[i] != at[kept - 1])) at[kept++] = at[i];
    return kept;
}
/* Cells of time and height of `fresh` that none of `old` covers; all are of one reference. */
static void uncovered(const struct volume *fresh, const struct volume *const *old, size_t count, struct claim *out) {
    int64_t *time = malloc((2 * count + 2) * sizeof *time), *height = malloc((2 * count + 2) * sizeof *height);
    size_t times = 0, heights = 0;
    if (!time || !height) abort();
    time[times++] = fresh->start;
    time[times++] = fresh->end;
    height[heights++] = fresh->lower.cm;
    height[heights++] = fresh->upper.cm;
    for (size_t i = 0; i < count; i++) {
        time[times++] = old[i]->stated_start;
        time[times++] = old[i]->stated_end;
        height[heights++] = old[i]->lower.cm;
        height[heights++] = old[i]->upper.cm;
    }
    times = cuts(time, times, fresh->start, fresh->end);
    heights = cuts(height, heights, fresh->lower.cm, fresh->upper.cm);
    for (size_t t = 0; t + (times > 1) < times; t++)
        for (size_t h = 0; h + (heights > 1) < heights; h++) {
            bool held = false;
            for (size_t i = 0; i < count && !held; i++) held = covers(old[i], time[t], time[times > 1 ? t + 1 : t], height[h], height[heights > 1 ? h + 1 : h]);
            if (held) continue;
            if (!out->any || time[t] < out->start) out->start = time[t];
            out->any = true;
            out->pieces++;
        }
    free(time);
    free(height);
}
/* At least and at most what is new: where geometry cannot tell, an old volume covers, or covers nothing. True: heights of unlike references are left out. */
static bool claim_of(const struct volumes *fresh, const struct volume *const *old, size_t olds, struct claim *least, struct claim *most) {
    bool any_swallowed = false;
    const struct volume **sure = malloc((olds + 1) * sizeof *sure), **some = malloc((olds + 1) * sizeof *some);
    if (!sure || !some) abort();
    for (size_t i = 0; i < fresh->count; i++) {
        const struct volume *v = &fresh->at[i];
        size_t sures = 0, somes = 0;
        bool swallowed = false;
        for (size_t k = 0; k < olds; k++) {
            enum answer one = footprint_within(old[k], v);
            if (one == NO || old[k]->stated_end < v->start || old[k]->stated_start > v->end) continue;
            bool alike = old[k]->lower.reference == v->lower.reference && old[k]->upper.reference == v->upper.reference && v->lower.reference == v->upper.reference;
            if (!alike) swallowed = true; /* heights of unlike references: not judged */
            if (alike) some[somes++] = old[k];
            if (alike && one == YES) sure[sures++] = old[k];
        }
        any_swallowed = any_swallowed || swallowed;
        uncovered(v, sure, sures, most);
        if (!swallowed) uncovered(v, some, somes, least);
    }
    free(sure);
    free(some);
    return any_swallowed;
}

/* ---- lead ---- */
static bool all_read(const struct audit *a, const struct version *v, int sender, const struct readers *r) {
    for (int i = 0; i < v->members; i++)
        if (v->member[i].party != sender && member_counts(&v->member[i], a->time) && !may_read(a, r, v->member[i].party)) return false;
    return true;
}
static int by_name(const void *x, const void *y) { return strcmp(((const struct agreement *const *)x)[0]->name, ((const struct agreement *const *)y)[0]->name); }
static size_t agreements_sorted(struct audit *a, int party, const struct agreement **out) {
    size_t n = 0;
    for (size_t i = 0; i < a->agreements.count; i++)
        if (is_member(a, (int)i, party, a->time)) out[n++] = &a->agreements.at[i];
    qsort(out, n, sizeof *out, by_name);
    return n;
}
static size_t old_claims(const struct audit *a, const struct version *v, const struct notice *n, const char *category, const struct volume **out) {
    size_t count = 0;
    for (int i = 0; n && i < RANKS; i++) {
        const struct air_section *s = &n->section[i];
        if (!s->present || strcmp(s->category, category) != 0 || !all_read(a, v, n->party, &s->readers)) continue;
        for (size_t k = 0; k < s->volumes.count; k++) out[count++] = &s->volumes.at[k];
    }
    return count;
}
static void lead_of(struct audit *a, struct step *c, struct notice *n, int agreement, bool merge) {
    const struct version *v = in_force(a, agreement, a->time);
    const struct section *x = NULL;
    for (int rank = RANKS - 1; rank >= 0 && !x; rank--) {
        struct readers to;
        x = came(c->s, rank);
        if (!x) continue;
        to = x->to;
        resolve(a, &to);
        if (!all_read(a, v, c->party, &to)) x = NULL;
    }
    if (!x && merge) return;
    struct lead l = {.agreement = agreement, .version = v->version, .start = NEVER, .sequenced = a->time, .sure = true};
    if (x) {
        const struct rule *rule = rule_for(v, text_of(x->body, "category"));
        if (!rule) return;
        size_t room = 1;
        for (int i = 0; n && i < RANKS; i++) room += n->section[i].volumes.count;
        const struct volume **old = malloc(room * sizeof *old);
        if (!old) abort();
        struct claim least = {0}, most = {0};
        size_t olds = old_claims(a, v, n, text_of(x->body, "category"), old);
        bool swallowed = claim_of(&x->volumes, old, olds, &least, &most);
        free(old);
        l = (struct lead){.agreement = agreement, .version = v->version, .binds = rule->binds, .judged = true, .start = most.any ? most.start : NEVER,
                          .sequenced = a->time, .agreed = rule->lead, .pieces = most.any, .sure = least.any == most.any && least.start == most.start,
                          .counted = !swallowed && least.pieces == most.pieces, .new_pieces = most.pieces};
    }
    *ADD(c->lead) = l;
}
void notice_leads(struct audit *a, struct step *c, struct notice *n, bool merge) {
    const struct agreement **all = malloc((a->agreements.count + 1) * sizeof *all);
    if (!all) abort();
    size_t count = agreements_sorted(a, c->party, all);
    for (size_t i = 0; i < count && c->lead.count < MEMBERS_MOST; i++) lead_of(a, c, n, (int)(all[i] - a->agreements.at), merge);
    free(all);
}
/* An activation before the first start claims the time from now to then, with no lead at all. */
void notice_lead_early(struct audit *a, struct step *c, struct notice *n) {
    const struct agreement **all = malloc((a->agreements.count + 1) * sizeof *all);
    if (!all) abort();
    size_t count = agreements_sorted(a, c->party, all);
    c->early = true;
    for (size_t i = 0; n->activated == NEVER && i < count && c->lead.count < MEMBERS_MOST; i++) {
        int agreement = (int)(all[i] - a->agreements.at), rank = RANKS - 1;
        const struct version *v = in_force(a, agreement, a->time);
        while (rank >= 0 && (!n->section[rank].present || !all_read(a, v, n->party, &n->section[rank].readers))) rank--;
        if (rank < 0) continue;
        const struct rule *rule = rule_for(v, n->section[rank].category);
        int64_t first = NEVER;
        for (size_t k = 0; k < n->section[rank].volumes.count; k++) {
            int64_t start = n->section[rank].volumes.at[k].stated_start;
            if (first == NEVER || start < first) first = start;
        }
        if (!rule || first == NEVER || first <= a->time) continue;
        *ADD(c->lead) = (struct lead){.agreement = agreement, .version = v->version, .binds = rule->binds, .judged = true, .start = a->time, .sequenced = a->time,
                                      .agreed = rule->lead, .pieces = true, .sure = true};
    }
    free(all);
}
