/* The ladder: what was told and wants steps. Told -> received -> displayed -> read back (the desk re-keys start, area, band) -> relayed ->
 * complied or unable. Where a read-back is wanted and does not come in time, the next desk is called, in turn, again and again. */
#include "core/watch.h"

#define DUE_KEPT_NS INSTANT_DAY      /* of a message: then nothing is asked any more */
#define REPEAT_LEAST (10 * INSTANT_SECOND)

static uint32_t due_code(uint16_t party, uint64_t place) {
    uint64_t key[2] = {party, place};
    return table_code(key, sizeof key);
}
row due_find(const struct state *st, uint16_t party, uint64_t place) {
    for (row r = hash_index_first(&st->dues.by_id, due_code(party, place)); r != ROW_NONE; r = hash_index_more(&st->dues.by_id, r))
        if (due_at(st, r)->party == party && due_at(st, r)->place == place) return r;
    return ROW_NONE;
}

bool due_room(const struct state *st, uint16_t payer, uint32_t n) { return quota_room(st, payer, QUOTA_DUES, n, true); }

void due_index(struct state *st, row r) { hash_index_put(&st->dues.by_id, r, due_code(due_at(st, r)->party, due_at(st, r)->place)); }

row due_make(struct state *st, uint16_t party, uint16_t payer, uint64_t place, enum due_kind kind, row ref, uint64_t ref_serial,
             instant deadline) {
    row r = table_take(&st->dues);
    int64_t wait = deadline == INSTANT_NONE ? 0 : deadline - st->time;
    *due_at(st, r) = (struct due_row){.party = party, .payer = payer, .place = place, .kind = (uint8_t)kind, .ref = ref, .ref_serial = ref_serial,
                                      .serial = state_serial(st), .made = st->time, .deadline = deadline,
                                      .repeat_ns = wait < REPEAT_LEAST ? REPEAT_LEAST : wait, .received = INSTANT_NONE,
                                      .read_back = INSTANT_NONE, .next = ROW_NONE, .previous = ROW_NONE};
    due_index(st, r);
    quota_take(st, payer, QUOTA_DUES, 1);
    bool ends = kind == DUE_MESSAGE;
    instant at = deadline != INSTANT_NONE ? deadline : ends ? st->time + DUE_KEPT_NS : INSTANT_NONE;
    if (at != INSTANT_NONE) timer_set(st, TIMER_DUE, r, due_at(st, r)->serial, at > st->time ? at : st->time + 1);
    return r;
}

void due_chain(struct state *st, row due, row *first) {
    struct due_row *d = due_at(st, due);
    d->next = *first;
    d->previous = ROW_NONE;
    if (*first != ROW_NONE) due_at(st, *first)->previous = due;
    *first = due;
}

void due_drop(struct state *st, row r) {
    struct due_row *d = due_at(st, r);
    if (d->next != ROW_NONE) due_at(st, d->next)->previous = d->previous;
    if (d->previous != ROW_NONE) due_at(st, d->previous)->next = d->next;
    timer_cancel(st, TIMER_DUE, r);
    hash_index_remove(&st->dues.by_id, r);
    quota_give(st, d->payer, QUOTA_DUES, 1);
    table_drop(&st->dues, r);
}

void due_drop_chain(struct state *st, row *first) {
    while (*first != ROW_NONE) {
        row next = due_at(st, *first)->next;
        due_drop(st, *first);
        *first = next;
    }
}

void due_told(struct due_row *d, instant start, const struct altitude *lower, const struct altitude *upper, struct text area) {
    assert(area.size <= sizeof d->area);
    d->has_told = true;
    d->start = start;
    d->lower = *lower;
    d->upper = *upper;
    d->area_size = (uint8_t)area.size;
    if (area.size) memcpy(d->area, area.at, area.size);
}

void notice_told(const struct state *st, const struct notice_row *n, uint8_t rank, struct due_row *d) {
    const struct notice_section *s = &n->section[rank];
    instant start = INSTANT_NONE;
    const struct altitude *lower = NULL, *upper = NULL;
    int32_t lowest = 0, highest = 0, low, high;
    for (row r = s->volume; r != ROW_NONE; r = volume_at(st, r)->next) {
        const struct volume_row *v = volume_at(st, r);
        if (start == INSTANT_NONE || v->stated_start < start) start = v->stated_start;
        altitude_w84(&v->lower, &st->settings.offsets, &low, &high);
        if (!lower || low < lowest) {
            lower = &v->lower;
            lowest = low;
        }
        altitude_w84(&v->upper, &st->settings.offsets, &low, &high);
        if (!upper || high > highest) {
            upper = &v->upper;
            highest = high;
        }
    }
    if (lower) due_told(d, start, lower, upper, (struct text){s->area, s->area_size});
}

/* ---- overdue ---- */
void due_render_ref(const struct state *st, const struct due_row *d, struct append *out) {
    if (d->kind == DUE_NOTICE) {
        append_str(out, ",\"notice\":");
        append_entity(out, st, notice_at(st, d->ref)->party, &notice_at(st, d->ref)->id);
    } else {
        append_str(out, ",\"alert\":");
        append_entity(out, st, alert_at(st, d->ref)->owner, &alert_at(st, d->ref)->id);
    }
}

static void tell_overdue(struct state *st, row r, uint16_t to, const struct name *desk, struct effects *fx) {
    const struct due_row *d = due_at(st, r);
    assert(d->kind == DUE_NOTICE || d->kind == DUE_ALERT);
    struct append *out = tell_begin(st, fx, TOLD_OVERDUE, to, desk);
    append_str(out, "\"party\":");
    append_party(out, st, d->party);
    append_format(out, ",\"due\":%llu,\"kind\":\"%s\",\"call\":%u", (unsigned long long)d->place, d->kind == DUE_NOTICE ? "notice" : "alert", d->escalations);
    due_render_ref(st, d, out);
    append_str(out, ",\"deadline\":");
    render_time(d->deadline, out);
    tell_end(st, fx);
}

static bool still_wanted(const struct state *st, const struct due_row *d) {
    if (d->read_back != INSTANT_NONE || d->deadline == INSTANT_NONE) return false;
    return d->kind != DUE_NOTICE || notice_hazardous(notice_at(st, d->ref));
}

/* Calls of a desk repeat ever more slowly, up to 64 times the first interval: a desk that nobody sits at is called for as long as the hazard stands,
 * and what it is told of everything else must be found between. */
int64_t due_interval(const struct due_row *d, uint32_t calls) {
    uint32_t doublings = calls > 4 ? (calls - 4 < 6 ? calls - 4 : 6) : 0;
    return d->repeat_ns << doublings;
}

void due_on_timer(struct state *st, row r, struct effects *fx) {
    struct due_row *d = due_at(st, r);
    bool message = d->kind == DUE_MESSAGE;
    if (message && st->time >= d->made + DUE_KEPT_NS) {
        due_drop(st, r);
        return;
    }
    if (!still_wanted(st, d)) {
        if (message) timer_set(st, TIMER_DUE, r, d->serial, d->made + DUE_KEPT_NS);
        return;
    }
    const struct party_row *p = &st->parties[d->party];
    d->escalations++;
    if (p->desk_count) d->desk = (uint8_t)((d->desk + 1) % p->desk_count);
    tell_overdue(st, r, d->party, p->desk_count ? &p->desk[d->desk] : NULL, fx);
    if (d->party != st->operator_) tell_overdue(st, r, st->operator_, NULL, fx);
    timer_set(st, TIMER_DUE, r, d->serial, st->time + due_interval(d, d->escalations));
}

/* ---- lead: delivered, read back ---- */
static bool step_of_all(const struct state *st, const struct notice_row *n, const struct notice_lead *l, uint8_t step) {
    const struct agreement_row *a = agreement_at(st, l->agreement);
    const struct agreement_version *v = NULL;
    for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
        if (a->version[i].used && a->version[i].version == l->version) v = &a->version[i];
    if (!v) return false; /* too many versions since: the figure cannot be told any more */
    for (uint16_t i = 0; i < v->member_count; i++) {
        uint16_t party = v->member[i].party;
        if (party == n->party || !agreement_member_counts(&v->member[i], st->time)) continue;
        bool done = false;
        for (row d = n->due; d != ROW_NONE && !done; d = due_at(st, d)->next)
            done = due_at(st, d)->party == party && (due_at(st, d)->steps >> step & 1);
        if (!done) return false;
    }
    return true;
}

static void append_seconds(struct append *out, int64_t ns) { append_fixed_point(out, ns / 1000000, 3); }

static void tell_lead(struct state *st, const struct notice_row *n, const struct notice_lead *l, uint8_t figure, struct effects *fx) {
    static const char *const names[] = {"sequenced", "delivered", "readback"};
    struct append *out = tell_begin(st, fx, TOLD_LEAD, n->party, NULL);
    append_str(out, "\"notice\":");
    append_entity(out, st, n->party, &n->id);
    append_str(out, ",\"agreement\":\"");
    append_text(out, name_text(&agreement_at(st, l->agreement)->name));
    append_format(out, "\",\"version\":%u,\"figure\":\"%s\",\"binds\":\"%s\",\"pieces\":%u,\"start\":", l->version, names[figure], names[l->binds],
                  l->pieces);
    render_time(l->start, out);
    if (l->pieces > 0) {
        append_str(out, ",\"lead_s\":");
        render_lead(l->start, st->time, out);
        append_str(out, ",\"sequenced_s\":");
        render_lead(l->start, l->sequenced, out);
        append_str(out, ",\"agreed_s\":");
        append_seconds(out, l->agreed_ns);
        if (figure == l->binds) {
            append_format(out, ",\"met\":%s,\"short_s\":", l->start - st->time >= l->agreed_ns ? "true" : "false");
            render_short(l->start, st->time, l->agreed_ns, out);
        }
    } else if (figure == l->binds) {
        append_str(out, ",\"met\":true,\"short_s\":0");
    }
    tell_end(st, fx);
}

void notice_lead_check(struct state *st, row r, struct effects *fx) {
    struct notice_row *n = notice_at(st, r);
    for (uint8_t i = 0; i < n->lead_count; i++) {
        struct notice_lead *l = &n->lead[i];
        if (!l->judged) continue;
        if (!l->delivered_told && step_of_all(st, n, l, ACK_RECEIVED)) {
            l->delivered_told = true;
            tell_lead(st, n, l, 1, fx);
        }
        if (!l->read_back_told && step_of_all(st, n, l, ACK_READ_BACK)) {
            l->read_back_told = true;
            tell_lead(st, n, l, 2, fx);
        }
    }
}
