/* Effects: what a step tells to whom. Places are given at once, in the order of telling within one stream; sorting by party at
 * the end of the step therefore never changes a place. */
#include "core/tell.h"
#include "core/sort.h"

/* Half of the room is for one statement or one timer (at most 8 to each party and 1 per alert, and some), half for what a tick's timers
 * told before: tick_apply stops there. */
static uint32_t tell_room(const struct capacity *c) {
    return 1024 + 16 * c->parties + 2 * c->alerts;
}
void tell_layout(struct state *st, struct memory *m) {
    uint32_t room = tell_room(&st->room);
    st->effects.at = memory_take(m, room, sizeof *st->effects.at);
    char *json = memory_take(m, room, LIMIT_EFFECT_BYTES);
    if (json) st->effects.json = append_fixed(json, (size_t)room * LIMIT_EFFECT_BYTES);
    tell_resize(st);
}
/* By what is in force, however much memory there is: how much a step can tell is part of what it does. */
void tell_resize(struct state *st) { st->effects.room = tell_room(&st->capacity); }
void tell_reset(struct state *st, struct effects *fx) {
    fx->count = 0;
    append_reset(&fx->json);
    st->delivered = false;
}
uint32_t tell_left(const struct state *st, const struct effects *fx) {
    (void)st;
    return fx->room - fx->count;
}

struct append *tell_begin(struct state *st, struct effects *fx, enum told_kind kind, uint16_t party, const struct name *desk) {
    assert(party < st->party_count && fx->count < fx->room);
    struct effect *e = &fx->at[fx->count];
    *e = (struct effect){.kind = kind, .party = party, .place = st->parties[party].stream_size};
    if (desk) e->desk = *desk;
    e->json.at = fx->json.at + fx->json.size;
    return &fx->json;
}
uint64_t tell_end(struct state *st, struct effects *fx) {
    struct effect *e = &fx->at[fx->count++];
    assert(!fx->json.full);
    e->json.size = (size_t)(fx->json.at + fx->json.size - e->json.at);
    assert(e->json.size <= LIMIT_EFFECT_BYTES);
    return st->parties[e->party].stream_size++;
}

static struct effect *told_statement(const struct effects *fx, uint16_t party) {
    for (uint32_t i = 0; i < fx->count; i++)
        if (fx->at[i].kind == TOLD_STATEMENT && fx->at[i].party == party) return &fx->at[i];
    return NULL;
}
bool told_statement_place(const struct effects *fx, uint16_t party, uint64_t *place) {
    const struct effect *e = told_statement(fx, party);
    if (e) *place = e->place;
    return e != NULL;
}
uint64_t tell_statement(struct state *st, struct effects *fx, uint16_t party, uint8_t sections) {
    struct effect *e = told_statement(fx, party);
    if (e) {
        e->sections |= sections;
        return e->place;
    }
    tell_begin(st, fx, TOLD_STATEMENT, party, NULL);
    fx->at[fx->count].sections = sections;
    return tell_end(st, fx);
}

static bool reads(const struct state *st, const struct section *s, uint16_t party) {
    for (uint32_t i = 0; i < s->reader_count; i++)
        if (state_may_read(st, party, &s->readers[i])) return true;
    return false;
}
static bool sender(const struct step *c, uint16_t party) {
    if (party == c->party) return true;
    for (uint16_t i = 0; i < c->co_count; i++)
        if (c->co[i] == party) return true;
    return false;
}
uint8_t sections_all(const struct statement *s) {
    uint8_t mask = 0;
    for (uint32_t i = 0; i < s->section_count; i++) mask |= (uint8_t)(1u << s->sections[i].slot);
    return mask;
}
void deliver_sections(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    if (st->delivered) return;
    st->delivered = true;
    for (uint16_t p = 0; p < st->party_count; p++) {
        if (sender(c, p)) continue;
        uint8_t mask = 0;
        for (uint32_t i = 0; i < s->section_count; i++)
            if (reads(st, &s->sections[i], p)) mask |= (uint8_t)(1u << s->sections[i].slot);
        if (mask) tell_statement(st, fx, p, mask);
    }
}

static bool effect_before(const struct effect *a, const struct effect *b) {
    return a->party != b->party ? a->party < b->party : a->place < b->place;
}
static void sift(struct effect *at, uint32_t from, uint32_t count) {
    for (uint32_t i = from;;) {
        uint32_t child = 2 * i + 1;
        if (child >= count) return;
        if (child + 1 < count && effect_before(&at[child], &at[child + 1])) child++;
        if (!effect_before(&at[i], &at[child])) return;
        struct effect swap = at[i];
        at[i] = at[child];
        at[child] = swap;
        i = child;
    }
}
void tell_sort(struct effects *fx) {
    for (uint32_t i = fx->count / 2; i > 0; i--) sift(fx->at, i - 1, fx->count);
    for (uint32_t n = fx->count; n > 1; n--) {
        struct effect swap = fx->at[0];
        fx->at[0] = fx->at[n - 1];
        fx->at[n - 1] = swap;
        sift(fx->at, 0, n - 1);
    }
}
