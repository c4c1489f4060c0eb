/* The life of a notice, by the diagram of ARCHITECTURE.md. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

const struct section *came(const struct said *s, int rank);

/* ---- what is hazardous now ---- */
static int64_t first_of(const struct air_section *s) {
    int64_t first = NEVER;
    for (size_t i = 0; s->present && i < s->volumes.count; i++)
        if (first == NEVER || s->volumes.at[i].stated_start < first) first = s->volumes.at[i].stated_start;
    return first;
}
static int64_t first_start(const struct notice *n) {
    int64_t first = NEVER;
    for (int i = 0; i < RANKS; i++) {
        int64_t one = first_of(&n->section[i]);
        if (one != NEVER && (first == NEVER || one < first)) first = one;
    }
    return first;
}
static int64_t last_end(const struct notice *n) {
    int64_t last = NEVER;
    for (int i = 0; i < RANKS; i++)
        for (size_t k = 0; n->section[i].present && k < n->section[i].volumes.count; k++)
            if (n->section[i].volumes.at[k].stated_end > last) last = n->section[i].volumes.at[k].stated_end;
    return last;
}
/* From its start, or the activation if that is earlier; until OVER and the tail; an end that nobody confirms opens nothing. */
static void respan(struct audit *a, struct notice *n) {
    for (int i = 0; i < RANKS; i++) {
        int64_t first = first_of(&n->section[i]);
        for (size_t k = 0; n->section[i].present && k < n->section[i].volumes.count; k++) {
            struct volume *v = &n->section[i].volumes.at[k];
            int64_t from = v->stated_start, to = v->stated_end, now = n->over == NEVER ? a->time : n->over;
            if (n->activated != NEVER && n->activated < first && from == first) from = n->activated;
            if (v->last_window && v->stated_end <= now && n->state != N_FILED) to = OPEN_END;
            v->idle = n->state >= N_CLOSED;
            if (n->state == N_OVER) {
                v->idle = from > n->over || to < n->over;
                to = n->tail_until;
            }
            if (v->idle) continue;
            v->start = from;
            v->end = to;
        }
    }
}
static void windows(struct volumes *v) { /* no later one has the same footprint: it stays hazardous until OVER */
    for (size_t i = 0; i < v->count; i++) {
        v->at[i].last_window = true;
        for (size_t k = 0; k < v->count; k++)
            if (v->at[k].stated_end > v->at[i].stated_end && same_footprint(&v->at[i], &v->at[k])) v->at[i].last_window = false;
    }
}

/* ---- timers ---- */
static void schedule(struct audit *a, struct notice *n) {
    int64_t next = NEVER, repeat = a->settings.query_repeat < SECOND ? SECOND : a->settings.query_repeat;
    uint32_t doublings = n->queries > 4 ? (n->queries > 10 ? 6 : n->queries - 4) : 0;
    if (n->state == N_FILED) next = first_start(n);
    if (n->state == N_ACTIVE)
        for (int i = 0; i < RANKS; i++)
            for (size_t k = 0; n->section[i].present && k < n->section[i].volumes.count; k++) {
                const struct volume *v = &n->section[i].volumes.at[k];
                if (v->last_window && v->stated_end > a->time && (next == NEVER || v->stated_end < next)) next = v->stated_end;
            }
    if (n->state == N_UNCONFIRMED) next = n->queried + (repeat << doublings);
    if (n->state == N_OVER) next = n->tail_until;
    if (n->state >= N_CLOSED) next = (n->tail_until > n->over ? n->tail_until : n->over) + DAY;
    n->timer = next == NEVER ? NEVER : next > a->time ? next : a->time + 1;
}
static void query(struct audit *a, struct notice *n, const char *why) {
    const struct party *p = &a->parties.at[n->party];
    json_t *j = told_begin("query");
    n->queried = a->time;
    n->queries++;
    if (p->desks) put_text(j, "desk", p->desk[(n->queries - 1) % (uint32_t)p->desks]);
    put_entity(a, j, "notice", n->party, n->id);
    put_text(j, "why", why);
    put_number(j, "query", n->queries);
    put_time(j, "ends", n->ends);
    must_tell(a, n->party, j);
    a->figure[G_DEADLINES]++;
}
static void catch_up(struct audit *a, struct notice *n) {
    int64_t first = first_start(n);
    if (n->state == N_FILED && first != NEVER && first <= a->time) n->state = N_ACTIVE;
    n->ends = last_end(n);
    if (n->state == N_ACTIVE && n->ends != NEVER && n->ends <= a->time) {
        n->state = N_UNCONFIRMED;
        n->queries = 0;
        query(a, n, "end");
    }
}
static void settle(struct audit *a, struct notice *n) {
    respan(a, n);
    schedule(a, n);
    touch_notice(a, n);
}
static void section_release(struct audit *a, struct notice *n, int rank) {
    struct air_section *s = &n->section[rank];
    uint64_t volumes, vertices;
    volumes_cost(&s->volumes, s->text, &volumes, &vertices);
    give(a, n->party, Q_VOLUMES, volumes);
    give(a, n->party, Q_VERTICES, vertices);
    volumes_free(&s->volumes);
    *s = (struct air_section){0};
}
static void purge(struct audit *a, struct notice *n) {
    alerts_forget(a, n, NULL, NULL);
    dues_drop(a, n, NULL, NULL);
    for (size_t i = 0; i < a->holds.count; i++)
        if (a->holds.at[i]->notice == n) a->holds.at[i]->notice = NULL;
    for (int i = 0; i < RANKS; i++) {
        uint64_t volumes, vertices;
        volumes_cost(&n->section[i].volumes, n->section[i].text, &volumes, &vertices);
        give(a, n->party, Q_VOLUMES, volumes);
        give(a, n->party, Q_VERTICES, vertices);
    }
    give(a, n->party, Q_NOTICES, 1);
    for (size_t i = 0; i < a->notices.count; i++)
        if (a->notices.at[i] == n) {
            DROP(a->notices, i);
            break;
        }
    *ADD(a->gone_notices) = n;
}
void notice_fired(struct audit *a, struct notice *n) {
    if (n->state == N_FILED || n->state == N_ACTIVE) {
        catch_up(a, n);
    } else if (n->state == N_UNCONFIRMED) {
        query(a, n, n->hazard_again ? "key-suspect" : "end");
        schedule(a, n);
        return;
    } else if (n->state == N_OVER) {
        n->state = N_CLOSED;
    } else {
        purge(a, n);
        return;
    }
    settle(a, n);
}

/* ---- filing, changing, opening ---- */
static int readers_among(const struct audit *a, const struct step *c, int party) { /* ranks of the sections that came, for that party */
    int mask = 0;
    for (int rank = 0; rank < RANKS; rank++) {
        const struct section *x = came(c->s, rank);
        struct readers to;
        if (!x) continue;
        to = x->to;
        resolve(a, &to);
        if (may_read(a, &to, party)) mask |= 1 << rank;
    }
    return mask;
}
const char *notice_sections_check(struct audit *a, struct step *c, struct notice *n, bool merge) {
    const char *why = sections_check(a, c, false);
    uint64_t readers = 0;
    if (why) return why;
    for (size_t p = 0; p < a->parties.count; p++) readers += (int)p != c->party && readers_among(a, c, (int)p) != 0;
    if (!due_room(a, c->party, readers)) return full(c, Q_DUES);
    notice_leads(a, c, n, merge);
    sections_marks(a, c, n ? n->section : NULL, false, merge);
    for (int rank = 0; rank < RANKS; rank++) {
        const struct section *x = came(c->s, rank);
        const json_t *mark;
        size_t i;
        if (!x) continue;
        json_array_foreach(json_object_get(x->body, "marks"), i, mark)
            if (strcmp(json_string_value(mark) ? json_string_value(mark) : "", "schedule-unread") == 0) c->marks[M_SCHEDULE] = true;
    }
    return NULL;
}
static const char *own(struct audit *a, struct step *c) { return c->s->has_on && party_find(a, c->s->on_party) == c->party ? NULL : "not-owner"; }
const char *notice_check(struct audit *a, struct step *c) {
    if (own(a, c)) return "not-owner";
    struct notice *n = c->notice = notice_find(a, c->party, c->s->on_id);
    if (n) {
        if (stale(c, &n->last_statement)) return "stale";
        if (n->state > N_UNCONFIRMED) return "bad-state";
    } else {
        if (c->s->has_prev) return "unknown-entity";
        if (!room_for(a, c->party, Q_NOTICES, 1, true)) return full(c, Q_NOTICES);
    }
    return notice_sections_check(a, c, n, false);
}

/* A change opens nothing: what is hazardous now and not within the new volumes of its section stays until OVER. */
static enum answer stays(const struct audit *a, const struct volume *v, const struct section *by) {
    enum answer held = NO;
    if (v->idle || v->start > a->time || v->end < a->time) return NO;
    struct volume old = *v;
    old.start = a->time;
    old.end = v->stated_end > a->time ? v->stated_end : a->time;
    for (size_t i = 0; by && i < by->volumes.count && held != YES; i++) {
        enum answer one = volume_within(a, &by->volumes.at[i], &old);
        if (one != NO) held = one;
    }
    return held == YES ? NO : held == NO ? YES : EITHER;
}
static void section_store(struct audit *a, struct step *c, struct notice *n, int rank, struct volumes *kept) {
    const struct section *x = came(c->s, rank);
    struct air_section *s = &n->section[rank];
    if (x) {
        *s = (struct air_section){.present = true, .slot = x->slot, .readers = x->to, .text = strlen(text_of(x->body, "text"))};
        resolve(a, &s->readers);
        snprintf(s->area, sizeof s->area, "%s", text_of(x->body, "area"));
        snprintf(s->category, sizeof s->category, "%.60s", text_of(x->body, "category"));
        volumes_copy(&x->volumes, &s->volumes);
        windows(&s->volumes);
    }
    for (size_t i = 0; i < kept->count; i++) *ADD(s->volumes) = kept->at[i];
    free(kept->at);
}
static void section_replace(struct audit *a, struct step *c, struct notice *n, int rank, bool keeps) {
    struct air_section *s = &n->section[rank];
    struct volumes kept = {0};
    const struct section *x = came(c->s, rank);
    for (size_t i = 0; s->present && keeps && i < s->volumes.count;) {
        enum answer one = stays(a, &s->volumes.at[i], x);
        if (one == NO) {
            i++;
            continue;
        }
        struct volume v = s->volumes.at[i];
        uint64_t none, vertices;
        v.last_window = true;
        v.stated_start = v.start;
        v.maybe = v.maybe || one == EITHER;
        if (one == EITHER) a->parties.at[n->party].unsure_room = true;
        struct volumes alone = {&s->volumes.at[i], 1, 1};
        volumes_cost(&alone, 0, &none, &vertices);
        take(a, n->party, Q_VOLUMES, 1); /* the release below gives it back with the rest */
        take(a, n->party, Q_VERTICES, vertices);
        *ADD(kept) = v;
        s->volumes.at[i].at = NULL;
        i++;
    }
    struct air_section was = *s;
    bool stays_alone = !x && kept.count > 0;
    if (s->present) section_release(a, n, rank);
    if (stays_alone) { /* left out, but for what stays: its readers, its name and its text stay with it */
        was.volumes = (struct volumes){0};
        *s = was;
        take(a, n->party, Q_VERTICES, (was.text + 127) / 128 * 16);
    }
    if (x) {
        uint64_t volumes, vertices;
        volumes_cost(&x->volumes, strlen(text_of(x->body, "text")), &volumes, &vertices);
        take(a, n->party, Q_VOLUMES, volumes);
        take(a, n->party, Q_VERTICES, vertices);
    }
    section_store(a, c, n, rank, &kept);
}
static void keep_tail(struct audit *a, struct notice *n) {
    for (size_t g = 0; g < a->agreements.count; g++) {
        if (!is_member(a, (int)g, n->party, a->time)) continue;
        for (int i = 0; i < RANKS; i++) {
            const struct rule *rule = n->section[i].present ? rule_for(in_force(a, (int)g, a->time), n->section[i].category) : NULL;
            if (rule && rule->tail > n->tail) n->tail = rule->tail;
        }
    }
}
static void open_dues(struct audit *a, struct step *c, struct notice *n) {
    for (size_t p = 0; p < a->parties.count; p++) {
        int mask = (int)p == n->party ? 0 : readers_among(a, c, (int)p);
        int64_t deadline = NEVER;
        if (!mask) continue;
        int rank = narrowest(mask);
        for (size_t g = 0; g < a->agreements.count; g++) {
            const struct version *v = binds_both(a, (int)g, n->party, (int)p);
            const struct rule *rule = v ? rule_for(v, n->section[rank].category) : NULL;
            if (rule && rule->readback > 0 && (deadline == NEVER || a->time + rule->readback < deadline)) deadline = a->time + rule->readback;
        }
        struct due *d = due_make(a, (int)p, n->party, told_place(a, (int)p), D_NOTICE, deadline);
        d->notice = n;
        due_told(a, d, n, rank);
    }
}
static void drop_dues_of(struct audit *a, struct step *c, struct notice *n, bool merge) {
    if (!merge) {
        dues_drop(a, n, NULL, NULL);
        return;
    }
    for (size_t i = a->dues.count; i-- > 0;) {
        struct due *d = a->dues.at[i];
        if (d->kind != D_NOTICE || d->notice != n || !readers_among(a, c, d->party)) continue;
        give(a, d->payer, Q_DUES, 1);
        free(d);
        DROP(a->dues, i);
    }
}
static void leads_keep(struct step *c, struct notice *n, bool merge) {
    if (!merge) n->lead.count = 0;
    for (size_t i = 0; i < c->lead.count; i++) {
        size_t k = 0;
        while (k < n->lead.count && n->lead.at[k].agreement != c->lead.at[i].agreement) k++;
        if (k == MEMBERS_MOST) continue;
        if (k == n->lead.count) (void)ADD(n->lead);
        n->lead.at[k] = c->lead.at[i];
    }
}
void notice_sections_apply(struct audit *a, struct step *c, struct notice *n, bool merge) {
    bool keeps = !merge && (n->state == N_ACTIVE || n->state == N_UNCONFIRMED);
    drop_dues_of(a, c, n, merge);
    for (int i = 0; i < RANKS; i++)
        if (!merge || came(c->s, i)) section_replace(a, c, n, i, keeps);
    n->not_contained = c->marks[M_NOT_CONTAINED];
    keep_tail(a, n);
    leads_keep(c, n, merge);
    must_deliver(a, c);
    open_dues(a, c, n);
    if (n->state <= N_UNCONFIRMED) {
        n->ends = last_end(n);
        if (n->state == N_UNCONFIRMED && n->ends > a->time) {
            n->state = N_ACTIVE;
            n->hazard_again = false;
        }
        catch_up(a, n);
    }
    settle(a, n);
}
void notice_apply(struct audit *a, struct step *c) {
    struct notice *n = c->notice;
    if (!n) {
        n = calloc(1, sizeof *n);
        if (!n) abort();
        *n = (struct notice){.party = c->party, .activated = NEVER, .over = NEVER, .tail_until = NEVER, .ends = NEVER, .queried = a->time, .timer = NEVER, .serial = ++a->serial};
        strcpy(n->id, c->s->on_id);
        *ADD(a->notices) = n;
        take(a, c->party, Q_NOTICES, 1);
    }
    n->version++;
    n->last_statement = n->filed_statement = c->s->hash;
    notice_sections_apply(a, c, n, false);
}

/* ---- activate, over, cancel ---- */
static const char *move_check(struct audit *a, struct step *c, int first, int last) {
    if (own(a, c)) return "not-owner";
    struct notice *n = c->notice = notice_find(a, c->party, c->s->on_id);
    if (!n) return "unknown-entity";
    if (stale(c, &n->last_statement)) return "stale";
    return n->state >= first && n->state <= last ? NULL : "bad-state";
}
static void tell_readers(struct audit *a, struct step *c, const struct notice *n) {
    must_deliver(a, c);
    for (size_t p = 0; p < a->parties.count; p++) {
        bool reads = false;
        for (int i = 0; i < RANKS; i++) reads = reads || (n->section[i].present && may_read(a, &n->section[i].readers, (int)p));
        if (reads && (int)p != n->party) must_tell_statement(a, c, (int)p, 0);
    }
}
const char *notice_activate_check(struct audit *a, struct step *c) {
    const char *why = move_check(a, c, N_FILED, N_ACTIVE);
    if (!why) notice_lead_early(a, c, c->notice);
    return why;
}
void notice_activate_apply(struct audit *a, struct step *c) {
    struct notice *n = c->notice;
    n->last_statement = c->s->hash;
    n->state = N_ACTIVE;
    if (n->activated == NEVER) n->activated = a->time;
    keep_tail(a, n);
    tell_readers(a, c, n);
    settle(a, n);
}
static void ended(struct audit *a, struct step *c) {
    struct notice *n = c->notice;
    n->last_statement = c->s->hash;
    n->over = a->time;
    snprintf(n->key, sizeof n->key, "%s", c->key < 0 ? "" : a->keys.at[c->key].name);
}
const char *notice_over_check(struct audit *a, struct step *c) { return move_check(a, c, N_ACTIVE, N_UNCONFIRMED); }
void notice_over_apply(struct audit *a, struct step *c) {
    struct notice *n = c->notice;
    ended(a, c);
    keep_tail(a, n);
    n->tail_until = a->time + n->tail;
    n->hazard_again = false;
    n->state = n->tail == 0 ? N_CLOSED : N_OVER;
    tell_readers(a, c, n);
    settle(a, n);
}
const char *notice_cancel_check(struct audit *a, struct step *c) { return move_check(a, c, N_FILED, N_FILED); }
void notice_cancel_apply(struct audit *a, struct step *c) {
    ended(a, c);
    c->notice->state = N_CANCELLED;
    tell_readers(a, c, c->notice);
    settle(a, c->notice);
}
/* What a suspect key ended stands again. */
void key_is_suspect(struct audit *a, int party, const char *key, int64_t from) {
    for (size_t i = 0; i < a->notices.count; i++) {
        struct notice *n = a->notices.at[i];
        if (n->party != party || n->state < N_OVER || n->over < from || strcmp(n->key, key) != 0) continue;
        n->over = n->tail_until = NEVER;
        n->hazard_again = true;
        n->queries = 0;
        n->state = N_UNCONFIRMED;
        if (n->ends != NEVER && n->ends > a->time) n->state = first_start(n) <= a->time ? N_ACTIVE : N_FILED;
        if (n->state == N_FILED) n->activated = NEVER;
        query(a, n, "key-suspect");
        settle(a, n);
    }
}
