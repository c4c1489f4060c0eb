/* Steps of the ladder and their deadlines: acks, holds, messages; what falls due. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

static const char *const steps[] = {"received", "displayed", "readback", "relayed", "complied", "unable"};
static const char *const due_kinds[] = {"notice", "alert", "hold", "message"};

bool due_room(const struct audit *a, int payer, uint64_t n) { return room_for(a, payer, Q_DUES, n, true); }
struct due *due_make(struct audit *a, int party, int payer, uint64_t place, enum due_kind kind, int64_t deadline) {
    struct due *d = calloc(1, sizeof *d);
    if (!d) abort();
    int64_t wait = deadline == NEVER ? 0 : deadline - a->time, at = deadline != NEVER ? deadline : kind == D_MESSAGE ? a->time + DAY : NEVER;
    *d = (struct due){.party = party, .payer = payer, .place = place, .kind = kind, .made = a->time, .deadline = deadline,
                      .repeat = wait < 10 * SECOND ? 10 * SECOND : wait, .timer = at == NEVER ? NEVER : at > a->time ? at : a->time + 1};
    *ADD(a->dues) = d;
    take(a, payer, Q_DUES, 1);
    return d;
}
static void due_drop(struct audit *a, size_t i) {
    give(a, a->dues.at[i]->payer, Q_DUES, 1);
    free(a->dues.at[i]);
    DROP(a->dues, i);
}
void dues_drop(struct audit *a, const struct notice *n, const struct alert *alert, const struct hold *h) {
    for (size_t i = a->dues.count; i-- > 0;) {
        const struct due *d = a->dues.at[i];
        if ((n && d->kind == D_NOTICE && d->notice == n) || (alert && d->kind == D_ALERT && d->alert == alert) || (h && d->kind == D_HOLD && d->hold == h)) due_drop(a, i);
    }
}
/* What a reader of that section was told: earliest start, lowest and highest bound, name. */
void due_told(const struct audit *a, struct due *d, const struct notice *n, int rank) {
    const struct air_section *s = &n->section[rank];
    int64_t low, high, lowest = 0, highest = 0;
    for (size_t i = 0; i < s->volumes.count; i++) {
        const struct volume *v = &s->volumes.at[i];
        if (v->maybe) d->told_unsure = true;
        if (!d->has_told || v->stated_start < d->start) d->start = v->stated_start;
        altitude_w84(a, &v->lower, &low, &high);
        if (!d->has_told || low < lowest) d->lower = v->lower, lowest = low;
        altitude_w84(a, &v->upper, &low, &high);
        if (!d->has_told || high > highest) d->upper = v->upper, highest = high;
        d->has_told = true;
    }
    snprintf(d->area, sizeof d->area, "%s", s->area);
}

/* ---- ack ---- */
const char *ack_check(struct audit *a, struct step *c) {
    uint64_t place = (uint64_t)scaled_of(said_body(c->s)->body, "place", 0, -1);
    c->due = NULL;
    for (size_t i = 0; i < a->dues.count; i++)
        if (a->dues.at[i]->party == c->party && a->dues.at[i]->place == place) c->due = a->dues.at[i];
    return c->due ? NULL : "place";
}
static bool same_altitude(const struct altitude *x, const struct altitude *y) {
    return x->cm == y->cm && (x->cm == UNLIMITED || x->reference == y->reference);
}
static int64_t minute(int64_t t) { return t / (60 * SECOND) - (t % (60 * SECOND) < 0); }
static void mismatch_of(const struct due *d, const json_t *b, char *out, size_t room) {
    struct altitude lower = {0}, upper = {0};
    *out = '\0';
    if (!d->has_told || !band_read(b, &lower, &upper)) return;
    const struct { const char *name; bool differs; } field[] = {{"start", minute(d->start) != minute(time_of(b, "start", NEVER))}, {"lower", !same_altitude(&d->lower, &lower)},
        {"upper", !same_altitude(&d->upper, &upper)}, {"area", strcmp(d->area, text_of(b, "area")) != 0}};
    for (int i = 0; i < 4; i++) {
        size_t size = strlen(out);
        if (field[i].differs) snprintf(out + size, room - size, "%s%s", size ? ", " : "", field[i].name);
    }
}
void ack_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct due *d = c->due;
    char mismatch[64] = "";
    int step = 0;
    while (step < 5 && strcmp(text_of(b, "step"), steps[step]) != 0) step++;
    if (step == 2) mismatch_of(d, b, mismatch, sizeof mismatch);
    c->has_detail = true;
    c->detail_unsure = d->told_unsure && step == 2;
    if (c->detail_unsure) { /* hangs on a margin of geometry: as the record says */
        const char *said = text_of(c->r->outcome, "detail");
        snprintf(mismatch, sizeof mismatch, "%.*s", *said ? (int)(strchr(said, ';') ? strchr(said, ';') - said - 10 : 0) : 0, *said ? said + 10 : "");
    }
    if (*mismatch) snprintf(c->detail, sizeof c->detail, "mismatch: %s; not what was told: it does not count as read back", mismatch);
    else d->steps |= 1 << step;
    if (step == 2 && !*mismatch) d->read_back = true;
    d->steps |= 1;
    must_deliver(a, c);
    if (d->kind != D_NOTICE) return;
    json_t *j = told_begin("ladder");
    put_entity(a, j, "notice", d->notice->party, d->notice->id);
    put_number(j, "version", d->notice->version);
    put_party(a, j, "party", d->party);
    put_text(j, "step", steps[step]);
    if (*text_of(b, "desk")) put_text(j, "desk", text_of(b, "desk"));
    if (*mismatch) put_text(j, "mismatch", mismatch);
    must_tell(a, d->notice->party, j);
    lead_check(a, d->notice);
}

/* ---- lead: delivered to all, read back by all ---- */
static bool step_of_all(const struct audit *a, const struct notice *n, const struct lead *l, int step) {
    const struct version *v = NULL;
    for (int i = 0; i < VERSIONS; i++)
        if (a->agreements.at[l->agreement].version[i].used && a->agreements.at[l->agreement].version[i].version == l->version) v = &a->agreements.at[l->agreement].version[i];
    for (int i = 0; v && i < v->members; i++) {
        bool done = v->member[i].party == n->party || !member_counts(&v->member[i], a->time);
        for (size_t k = 0; k < a->dues.count && !done; k++) {
            const struct due *d = a->dues.at[k];
            done = d->kind == D_NOTICE && d->notice == n && d->party == v->member[i].party && (d->steps >> step & 1);
        }
        if (!done) return false;
    }
    return v != NULL;
}
static double seconds(int64_t ns) { return (double)(ns / 1000000) / 1000.0; }
static void lead_tell(struct audit *a, const struct notice *n, const struct lead *l, int figure) {
    static const char *const names[] = {"sequenced", "delivered", "readback"};
    json_t *j = told_begin("lead");
    put_entity(a, j, "notice", n->party, n->id);
    put_text(j, "agreement", a->agreements.at[l->agreement].name);
    put_number(j, "version", l->version);
    put_text(j, "figure", names[figure]);
    put_text(j, "binds", names[l->binds]);
    put_number(j, "pieces", l->count);
    put_time(j, "start", l->start);
    int64_t missing = l->pieces ? short_ms(l->start, a->time, l->agreed) : 0;
    if (l->pieces) {
        put_number(j, "lead_s", (double)lead_ms(l->start, a->time) / 1000.0);
        put_number(j, "sequenced_s", (double)lead_ms(l->start, l->sequenced) / 1000.0);
        put_number(j, "agreed_s", seconds(l->agreed));
    }
    if (figure == l->binds) {
        put_bool(j, "met", !l->pieces || l->start - a->time >= l->agreed);
        put_number(j, "short_s", (double)missing / 1000.0);
    }
    must_tell(a, n->party, j);
    a->figure[G_LEADS]++;
}
void lead_check(struct audit *a, struct notice *n) {
    for (size_t i = 0; i < n->lead.count; i++) {
        struct lead *l = &n->lead.at[i];
        if (!l->judged) continue;
        if (!l->delivered && step_of_all(a, n, l, 0)) {
            l->delivered = true;
            lead_tell(a, n, l, 1);
        }
        if (!l->read_back && step_of_all(a, n, l, 2)) {
            l->read_back = true;
            lead_tell(a, n, l, 2);
        }
    }
}

/* ---- overdue ---- */
static void overdue_tell(struct audit *a, const struct due *d, int to, const char *desk) {
    json_t *j = told_begin("overdue");
    if (desk) put_text(j, "desk", desk);
    put_party(a, j, "party", d->party);
    put_number(j, "due", (double)d->place);
    put_text(j, "kind", due_kinds[d->kind]);
    put_number(j, "call", d->calls);
    if (d->kind == D_NOTICE) put_entity(a, j, "notice", d->notice->party, d->notice->id);
    if (d->kind == D_ALERT) put_entity(a, j, "alert", d->alert->owner, d->alert->id);
    if (d->kind == D_HOLD) put_entity(a, j, "hold", d->hold->party, d->hold->id);
    put_time(j, "deadline", d->deadline);
    struct expect *e = must_tell(a, to, j);
    for (size_t i = 1; d->kind == D_ALERT && i < a->group.count; i++) { /* told anew in this very tick: which came first cannot be seen */
        const json_t *t = a->group.at[i].told;
        if (a->group.at[i].party == d->party && strcmp(text_of(t, "told"), "alert") == 0 && strstr(text_of(t, "alert"), d->alert->id)) e->perhaps = true;
    }
}
bool due_wanted(const struct due *d) { return !d->read_back && d->deadline != NEVER && (d->kind != D_NOTICE || notice_hazardous(d->notice)); }
void due_fired(struct audit *a, struct due *d) {
    const struct party *p = &a->parties.at[d->party];
    bool message = d->kind == D_MESSAGE;
    d->timer = NEVER;
    if (message && a->time >= d->made + DAY) {
        for (size_t i = 0; i < a->dues.count; i++)
            if (a->dues.at[i] == d) {
                due_drop(a, i);
                return;
            }
    }
    if (!due_wanted(d)) {
        if (message) d->timer = d->made + DAY;
        return;
    }
    d->calls++;
    if (p->desks) d->desk = (d->desk + 1) % p->desks;
    overdue_tell(a, d, d->party, p->desks ? p->desk[d->desk] : NULL);
    if (!p->operator_) overdue_tell(a, d, operator_of(a), NULL);
    d->timer = a->time + (d->repeat << (d->calls > 10 ? 6 : d->calls > 4 ? d->calls - 4 : 0));
    a->figure[G_DEADLINES]++;
}

/* ---- holds ---- */
static int all_slots(const struct said *s) {
    int mask = 0;
    for (int i = 0; i < s->sections; i++) mask |= 1 << s->section[i].slot;
    return mask;
}
static int64_t repeat_of(const struct audit *a) { return a->settings.hold_repeat < SECOND ? SECOND : a->settings.hold_repeat; }
const char *hold_check(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    char party[NAME], id[33];
    if (!c->s->has_on || party_find(a, c->s->on_party) != c->party) return "not-owner";
    if (hold_find(a, c->party, c->s->on_id)) return "entity-exists";
    int asked = entity_read(text_of(b, "notice"), party, id) ? party_find(a, party) : NOBODY;
    struct notice *n = c->notice = asked == NOBODY ? NULL : notice_find(a, asked, id);
    if (!n || !notice_readable(a, n, c->party)) return "unknown-entity";
    if (asked == c->party) return "not-owner";
    if (!notice_stands(n)) return "bad-state";
    int64_t until = time_of(b, "until", NEVER);
    if (until != NEVER && until <= a->time) return "body";
    if (!room_for(a, c->party, Q_HOLDS, 1, true)) return full(c, Q_HOLDS);
    if (!due_room(a, c->party, 1)) return full(c, Q_DUES);
    c->room_unsure = a->parties.at[c->party].unsure_room;
    return room_for(a, c->party, Q_VERTICES, (strlen(text_of(b, "text")) + 127) / 128 * 16, true) ? NULL : full(c, Q_VERTICES);
}
void hold_apply(struct audit *a, struct step *c) {
    const json_t *b = said_body(c->s)->body;
    struct hold *h = calloc(1, sizeof *h);
    if (!h) abort();
    *h = (struct hold){.party = c->party, .asked = c->notice->party, .notice = c->notice, .until = time_of(b, "until", NEVER), .repeat_at = a->time + repeat_of(a),
                       .text = strlen(text_of(b, "text"))};
    h->timer = h->repeat_at;
    strcpy(h->id, c->s->on_id);
    strcpy(h->notice_id, c->notice->id);
    *ADD(a->holds) = h;
    take(a, c->party, Q_HOLDS, 1);
    take(a, c->party, Q_VERTICES, (h->text + 127) / 128 * 16);
    must_tell_statement(a, c, h->asked, all_slots(c->s));
    must_deliver(a, c);
    due_make(a, h->asked, c->party, told_place(a, h->asked), D_HOLD, NEVER)->hold = h;
}
static void hold_rests(struct audit *a, struct hold *h, int state) {
    h->state = state;
    h->repeat_at = NEVER;
    h->timer = a->time + DAY;
}
const char *hold_answer_check(struct audit *a, struct step *c) {
    char party[NAME], id[33];
    int asker = entity_read(text_of(said_body(c->s)->body, "hold"), party, id) ? party_find(a, party) : NOBODY;
    c->hold = asker == NOBODY ? NULL : hold_find(a, asker, id);
    if (!c->hold || c->hold->asked != c->party) return "unknown-entity";
    return c->hold->state <= H_STANDING_BY ? NULL : "bad-state";
}
void hold_answer_apply(struct audit *a, struct step *c) {
    const char *reply = text_of(said_body(c->s)->body, "reply");
    must_tell_statement(a, c, c->hold->party, all_slots(c->s));
    must_deliver(a, c);
    if (strcmp(reply, "standby") == 0) c->hold->state = H_STANDING_BY;
    else hold_rests(a, c->hold, H_ANSWERED);
}
void hold_fired(struct audit *a, struct hold *h) {
    const struct party *p = &a->parties.at[h->asked];
    if (h->state >= H_ANSWERED) {
        dues_drop(a, NULL, NULL, h);
        give(a, h->party, Q_VERTICES, (h->text + 127) / 128 * 16);
        give(a, h->party, Q_HOLDS, 1);
        for (size_t i = 0; i < a->holds.count; i++)
            if (a->holds.at[i] == h) {
                DROP(a->holds, i);
                break;
            }
        free(h);
        return;
    }
    if (!h->notice || !notice_stands(h->notice) || (h->until != NEVER && h->until <= a->time)) {
        hold_rests(a, h, H_ENDED);
        return;
    }
    h->repeat_at = h->timer = a->time + repeat_of(a);
    h->repeats++;
    if (p->desks) h->desk = (h->desk + 1) % p->desks;
    json_t *j = told_begin("hold-repeat");
    if (p->desks) put_text(j, "desk", p->desk[h->desk]);
    put_entity(a, j, "hold", h->party, h->id);
    put_entity(a, j, "notice", h->asked, h->notice_id);
    put_number(j, "repeat", h->repeats);
    if (h->state == H_STANDING_BY) put_text(j, "reply", "standby");
    else json_object_set_new(j, "reply", json_null());
    must_tell(a, h->asked, j);
    a->figure[G_DEADLINES]++;
}

/* ---- messages ---- */
const char *message_check(struct audit *a, struct step *c) {
    struct readers to = said_body(c->s)->to;
    uint64_t n = 0;
    resolve(a, &to);
    for (size_t p = 0; p < a->parties.count; p++) n += (int)p != c->party && may_read(a, &to, (int)p);
    return due_room(a, c->party, n) ? NULL : full(c, Q_DUES);
}
void message_apply(struct audit *a, struct step *c) {
    struct readers to = said_body(c->s)->to;
    resolve(a, &to);
    must_deliver(a, c);
    for (size_t p = 0; p < a->parties.count; p++)
        if ((int)p != c->party && may_read(a, &to, (int)p)) due_make(a, (int)p, c->party, told_place(a, (int)p), D_MESSAGE, NEVER);
}
