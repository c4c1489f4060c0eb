/* Views of what a desk works with: alerts, holds, what is due, what waits for signatures; and of agreements, areas and feeds. */
#include "core/figures.h"
#include "core/view_inner.h"

static bool operator_or(const struct state *st, uint16_t reader, uint16_t party) {
    return reader != PARTY_NONE && (reader == party || reader == st->operator_);
}
#define TABLE(name) \
    static const struct table *name(const struct state *st) { return &st->name; }
#define ORDER(type)                                                                                                    \
    static int type##_order(const void *a, const void *b) {                                                            \
        const struct type##_row *x = a, *y = b;                                                                        \
        return x->serial < y->serial ? -1 : x->serial > y->serial;                                                     \
    }
TABLE(alerts) TABLE(holds) TABLE(dues) TABLE(pending) TABLE(agreements) TABLE(areas) TABLE(feeds)
ORDER(alert) ORDER(hold) ORDER(due) ORDER(pending) ORDER(agreement) ORDER(area) ORDER(feed)

/* ---- alerts: the owner's alone ---- */
static bool alert_may(const struct state *st, row r, uint16_t reader) { return alert_at(st, r)->owner == reader && alert_at(st, r)->told_level != LEVEL_NONE; }
static bool alert_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return alert_at(st, r)->owner == party && id_equal(&alert_at(st, r)->id, id);
}
static void alert_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const kinds[] = {"notice-flight", "notice-track", "flight-flight", "track-track", "folded"};
    const struct alert_row *a = alert_at(st, r);
    (void)reader;
    append_str(out, "{\"id\":");
    append_entity(out, st, a->owner, &a->id);
    append_format(out, ",\"kind\":\"%s\",\"level\":\"%s\",\"withheld\":%s,", kinds[a->kind], alert_level_name(a->told_level), a->withheld ? "true" : "false");
    alert_append_pair(st, a, out);
    view_time(out, "began", a->began);
    view_time(out, "changed", a->changed);
    if (a->kind != ALERT_FOLDED) {
        view_time(out, "entry", a->entry);
        view_seconds(out, "time_to_entry_s", a->entry > st->ticked ? a->entry - st->ticked : 0);
        view_time(out, "until", a->until);
        view_time(out, "closest", a->closest);
        view_metres(out, "distance_m", a->distance_cm);
        view_metres(out, "margin_m", a->margin_cm);
        view_metres(out, "height_gap_m", a->height_gap_cm);
        append_format(out, ",\"ending\":%s", a->lower_since != INSTANT_NONE ? "true" : "false");
    }
    if (a->due != ROW_NONE) {
        const struct due_row *d = due_at(st, a->due);
        append_format(out, ",\"place\":%llu,\"steps\":", (unsigned long long)d->place);
        view_steps(d, out);
        view_time(out, "deadline", d->deadline);
    }
    append_char(out, '}');
}
const struct view_kind view_alerts = {alerts, alert_order, alert_may, alert_is, alert_render};

/* ---- holds ---- */
static bool hold_may(const struct state *st, row r, uint16_t reader) {
    return operator_or(st, reader, hold_at(st, r)->party) || reader == hold_at(st, r)->asked;
}
static bool hold_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return hold_at(st, r)->party == party && id_equal(&hold_at(st, r)->id, id);
}
static void hold_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const states[HOLD_STATES] = {"asked", "standby", "answered", "ended"};
    static const char *const replies[] = {"wilco", "unable", "standby"};
    const struct hold_row *h = hold_at(st, r);
    append_str(out, "{\"id\":");
    append_entity(out, st, h->party, &h->id);
    append_str(out, ",\"party\":");
    append_party(out, st, h->party);
    append_str(out, ",\"asked\":");
    append_party(out, st, h->asked);
    append_str(out, ",\"notice\":");
    append_entity(out, st, h->asked, &h->notice_id);
    append_format(out, ",\"state\":\"%s\"", states[h->state]);
    if (h->state == HOLD_ANSWERED || h->state == HOLD_STANDING_BY) append_format(out, ",\"reply\":\"%s\"", replies[h->reply]);
    view_time(out, "made", h->made);
    view_time(out, "until", h->until);
    view_time(out, "repeat_at", h->repeat_at);
    append_format(out, ",\"repeats\":%u", h->repeats);
    if (h->text.size) {
        append_str(out, ",\"text\":");
        pool_text_append_json(st, h->text, out);
    }
    if (h->due != ROW_NONE && reader == h->asked) append_format(out, ",\"place\":%llu", (unsigned long long)due_at(st, h->due)->place);
    append_char(out, '}');
}
const struct view_kind view_holds = {holds, hold_order, hold_may, hold_is, hold_render};

/* ---- due ---- */
static bool due_may(const struct state *st, row r, uint16_t reader) { return due_at(st, r)->party == reader; }
static void due_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    static const char *const kinds[] = {"notice", "alert", "hold", "message"}, *const hazards[] = {"stands", "over", "over-when-told", "cancelled"};
    const struct due_row *d = due_at(st, r);
    (void)reader;
    append_format(out, "{\"place\":%llu,\"kind\":\"%s\",\"steps\":", (unsigned long long)d->place, kinds[d->kind]);
    view_steps(d, out);
    if (d->kind == DUE_NOTICE) {
        append_str(out, ",\"notice\":");
        append_entity(out, st, notice_at(st, d->ref)->party, &notice_at(st, d->ref)->id);
        append_format(out, ",\"hazard\":\"%s\"", hazards[figures_hazard(st, r)]);
    } else if (d->kind == DUE_ALERT) {
        append_str(out, ",\"alert\":");
        append_entity(out, st, alert_at(st, d->ref)->owner, &alert_at(st, d->ref)->id);
    } else if (d->kind == DUE_HOLD) {
        append_str(out, ",\"hold\":");
        append_entity(out, st, hold_at(st, d->ref)->party, &hold_at(st, d->ref)->id);
        append_str(out, ",\"on\":"); /* who is asked to hold what, and why: the desk need not look it up */
        append_entity(out, st, hold_at(st, d->ref)->asked, &hold_at(st, d->ref)->notice_id);
        if (hold_at(st, d->ref)->text.size) {
            append_str(out, ",\"text\":");
            pool_text_append_json(st, hold_at(st, d->ref)->text, out);
        }
    }
    view_time(out, "made", d->made);
    view_time(out, "deadline", d->deadline);
    view_time(out, "received", d->received);
    view_time(out, "read_back", d->read_back);
    append_format(out, ",\"mismatches\":%u,\"calls\":%u", d->mismatches, d->escalations);
    if (d->has_told) {
        view_time(out, "start", d->start);
        append_char(out, ',');
        render_band(&d->lower, &d->upper, out);
        view_text(out, "area", d->area, d->area_size);
    }
    append_char(out, '}');
}
const struct view_kind view_due = {dues, due_order, due_may, NULL, due_render};

/* ---- pending ---- */
static bool pending_may(const struct state *st, row r, uint16_t reader) {
    const struct pending_row *p = pending_at(st, r);
    if (operator_or(st, reader, p->party)) return true;
    for (uint16_t i = 0; reader != PARTY_NONE && i < p->signer_count; i++)
        if (p->signer_party[i] == reader) return true;
    return false;
}
static void pending_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    const struct pending_row *p = pending_at(st, r);
    (void)reader;
    append_str(out, "{\"statement\":");
    view_hash(&p->statement, out);
    append_format(out, ",\"kind\":\"%s\",\"party\":", statement_kind_name(p->kind));
    append_party(out, st, p->party);
    view_time(out, "time", p->time);
    view_time(out, "lapses", p->lapses);
    append_str(out, ",\"signers\":[");
    for (uint16_t i = 0; i < p->signer_count; i++) {
        append_str(out, i ? ",{\"party\":\"" : "{\"party\":\"");
        append_text(out, name_text(&p->key_party[i]));
        append_str(out, "\",\"key\":\"");
        append_text(out, name_text(&p->key_name[i]));
        append_format(out, "\",\"signed\":%s}", p->have[i / 32] >> (i % 32) & 1 ? "true" : "false");
    }
    append_str(out, "]}");
}
const struct view_kind view_pending = {pending, pending_order, pending_may, NULL, pending_render};

/* ---- agreements: their parties' ---- */
static bool agreement_may(const struct state *st, row r, uint16_t reader) {
    const struct agreement_row *a = agreement_at(st, r);
    if (operator_or(st, reader, a->party)) return true;
    for (int i = 0; reader != PARTY_NONE && i < LIMIT_AGREEMENT_VERSIONS; i++)
        for (uint16_t k = 0; a->version[i].used && k < a->version[i].member_count; k++)
            if (a->version[i].member[k].party == reader) return true;
    return false;
}
static bool agreement_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return agreement_at(st, r)->party == party && id_equal(&agreement_at(st, r)->id, id);
}
static void append_rule(const struct category_rule *r, struct append *out) {
    static const char *const binds[] = {"sequenced", "delivered", "readback"};
    append_str(out, "{\"category\":\"");
    append_text(out, name_text(&r->category));
    append_format(out, "\",\"binds\":\"%s\"", binds[r->binds]);
    view_seconds(out, "lead_s", r->lead_ns);
    view_seconds(out, "readback_s", r->readback_ns);
    view_metres(out, "reaction_m", r->reaction_cm);
    view_metres(out, "reaction_height_m", r->reaction_height_cm);
    view_seconds(out, "reaction_before_s", r->reaction_before_ns);
    view_seconds(out, "reaction_after_s", r->reaction_after_ns);
    view_seconds(out, "tail_s", r->tail_ns);
    append_char(out, '}');
}
static void append_version(const struct state *st, const struct agreement_version *v, bool in_force, struct append *out) {
    append_format(out, "{\"version\":%u,\"in_force\":%s", v->version, in_force ? "true" : "false");
    view_time(out, "from", v->from);
    view_time(out, "until", v->until);
    append_str(out, ",\"parties\":[");
    for (uint16_t i = 0; i < v->member_count; i++) {
        append_str(out, i ? ",{\"party\":" : "{\"party\":");
        append_party(out, st, v->member[i].party);
        view_time(out, "suspended_from", v->member[i].suspended_from);
        view_time(out, "leaves_at", v->member[i].leaves_at);
        append_char(out, '}');
    }
    append_char(out, ']');
    view_metres(out, "separation_m", v->separation_cm);
    view_metres(out, "separation_height_m", v->separation_height_cm);
    append_format(out, ",\"tell_undisclosed\":%s,\"signed_only\":%s,\"withdraw_notice_s\":%u,\"rules\":[", v->tell_undisclosed ? "true" : "false",
                  v->signed_only ? "true" : "false", v->withdraw_notice_s);
    for (uint16_t i = 0; i < v->rule_count; i++) {
        if (i) append_char(out, ',');
        append_rule(&v->rule[i], out);
    }
    append_str(out, "]}");
}
static void agreement_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    const struct agreement_row *a = agreement_at(st, r);
    const struct agreement_version *now = agreement_in_force(st, r, st->time);
    (void)reader;
    append_str(out, "{\"id\":");
    append_entity(out, st, a->party, &a->id);
    append_str(out, ",\"name\":\"");
    append_text(out, name_text(&a->name));
    append_format(out, "\",\"current\":%u,\"last_statement\":", a->current);
    view_hash(&a->last_statement, out);
    append_str(out, ",\"versions\":[");
    uint32_t last = 0;
    for (bool first = true;; first = false) { /* ascending by version, wherever they stand */
        const struct agreement_version *next = NULL;
        for (int i = 0; i < LIMIT_AGREEMENT_VERSIONS; i++)
            if (a->version[i].used && a->version[i].version > last && (!next || a->version[i].version < next->version)) next = &a->version[i];
        if (!next) break;
        if (!first) append_char(out, ',');
        append_version(st, next, next == now, out);
        last = next->version;
    }
    append_str(out, "]}");
}
const struct view_kind view_agreements = {agreements, agreement_order, agreement_may, agreement_is, agreement_render};

/* ---- areas and feeds ---- */
static bool area_may(const struct state *st, row r, uint16_t reader) {
    return operator_or(st, reader, area_at(st, r)->party) || reader_set_has(st, &area_at(st, r)->readers, reader);
}
static bool area_is(const struct state *st, row r, uint16_t party, const struct id *id) {
    return area_at(st, r)->party == party && id_equal(&area_at(st, r)->id, id);
}
static void area_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    const struct area_row *a = area_at(st, r);
    append_str(out, "{\"id\":");
    append_entity(out, st, a->party, &a->id);
    append_str(out, ",\"party\":");
    append_party(out, st, a->party);
    view_text(out, "name", a->name, a->name_size);
    if (operator_or(st, reader, a->party)) {
        append_str(out, ",\"to\":");
        view_readers(st, &a->readers, out);
        append_str(out, ",\"last_statement\":");
        view_hash(&a->last_statement, out);
    }
    append_str(out, ",\"volumes\":");
    view_volumes(st, a->volume, false, out);
    append_char(out, '}');
}
const struct view_kind view_areas = {areas, area_order, area_may, area_is, area_render};

static bool feed_may(const struct state *st, row r, uint16_t reader) { return feed_readable(st, r, reader); }
static void feed_render(const struct state *st, row r, uint16_t reader, struct append *out) {
    const struct feed_row *f = feed_at(st, r);
    append_str(out, "{\"party\":");
    append_party(out, st, f->party);
    append_str(out, ",\"feed\":\"");
    append_text(out, name_text(&f->name));
    append_format(out, "\",\"number\":%llu,\"silent\":%s,\"tracks\":%u", (unsigned long long)f->number, f->silent ? "true" : "false", f->track_count);
    view_time(out, "last", f->last);
    view_time(out, "last_time", f->last_time);
    append_format(out, ",\"shed\":%llu", (unsigned long long)f->shed);
    view_time(out, "shed_last", f->shed_last);
    if (operator_or(st, reader, f->party)) {
        append_str(out, ",\"to\":");
        view_readers(st, &f->readers, out);
        append_format(out, ",\"untracked\":%llu", (unsigned long long)f->untracked);
    }
    append_char(out, '}');
}
const struct view_kind view_feeds = {feeds, feed_order, feed_may, NULL, feed_render};
