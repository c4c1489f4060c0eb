#include "core/view_inner.h"

#include "core/quota.h"

/* ---- values ---- */
void view_hash(const struct hash *h, struct append *out) {
    append_char(out, '"');
    append_hex(out, h->bytes, SHA256_SIZE);
    append_char(out, '"');
}
void view_text(struct append *out, const char *member, const char *at, size_t size) {
    if (size == 0) return;
    append_format(out, ",\"%s\":", member);
    append_json_string(out, (struct text){at, size});
}
void view_time(struct append *out, const char *member, instant t) {
    append_format(out, ",\"%s\":", member);
    render_time(t, out);
}
void view_seconds(struct append *out, const char *member, int64_t ns) {
    append_format(out, ",\"%s\":", member);
    append_fixed_point(out, ns / 1000000, 3);
}
void view_metres(struct append *out, const char *member, int64_t cm) {
    append_format(out, ",\"%s\":", member);
    append_fixed_point(out, cm, 2);
}
void view_volumes(const struct state *st, row first, bool stated, struct append *out) {
    append_char(out, '[');
    for (row r = first; r != ROW_NONE; r = volume_at(st, r)->next) {
        const struct volume_row *x = volume_at(st, r);
        struct volume v;
        pool_volume_view(st, r, st->work_positions_a, &v);
        append_str(out, r == first ? "{" : ",{");
        render_shape(&v.shape, out);
        append_char(out, ',');
        render_band(&v.lower, &v.upper, out);
        view_time(out, "start", stated ? x->stated_start : v.start);
        view_time(out, "end", stated ? x->stated_end : v.end);
        if (stated) { /* what holds now: pulled forward, open, with the tail */
            view_time(out, "hazard_from", x->idle ? INSTANT_NONE : v.start);
            view_time(out, "hazard_until", x->idle || v.end >= WATCH_OPEN_END ? INSTANT_NONE : v.end);
            append_format(out, ",\"hazard_open\":%s", !x->idle && v.end >= WATCH_OPEN_END ? "true" : "false");
        }
        append_char(out, '}');
    }
    append_char(out, ']');
}
void view_readers(const struct state *st, const struct reader_set *set, struct append *out) {
    append_char(out, '[');
    for (uint16_t i = 0; i < set->count; i++) {
        const struct reader_ref *r = &set->at[i];
        append_str(out, i ? ",\"" : "\"");
        if (r->kind == READER_WORLD) append_str(out, "world");
        else if (r->kind == READER_LOG) append_str(out, "log");
        else if (r->kind == READER_PARTY) append_text(out, name_text(&st->parties[r->ref].name));
        else {
            append_str(out, "agreement:");
            append_text(out, name_text(&agreement_at(st, r->ref)->name));
        }
        append_char(out, '"');
    }
    append_char(out, ']');
}
void view_steps(const struct due_row *d, struct append *out) {
    static const char *const names[] = {"received", "displayed", "readback", "relayed", "complied", "unable"};
    bool first = true;
    append_char(out, '[');
    for (int i = 0; i <= ACK_UNABLE; i++) {
        if (!(d->steps >> i & 1)) continue;
        append_format(out, "%s\"%s\"", first ? "" : ",", names[i]);
        first = false;
    }
    append_char(out, ']');
}

/* ---- parties and status: no table of rows ---- */
static void party_keys(const struct state *st, uint16_t party, struct append *out) {
    bool first = true;
    uint64_t last = 0;
    append_str(out, ",\"keys\":[");
    for (;;) { /* by serial */
        const struct key_row *next = NULL;
        for (row r = 0; r < st->keys.capacity; r++) {
            if (!st->keys.live[r]) continue;
            const struct key_row *k = key_row_at(st, r);
            if (k->party == party && (k->serial > last || (first && k->serial == 0)) && (!next || k->serial < next->serial)) next = k;
        }
        if (!next) break;
        append_str(out, first ? "{\"key\":\"" : ",{\"key\":\"");
        append_text(out, name_text(&next->name));
        append_str(out, "\",\"public_key\":");
        view_hash(&next->public_key, out);
        append_format(out, ",\"root\":%s,\"feeds_only\":%s,\"revoked\":%s", next->root ? "true" : "false", next->feeds_only ? "true" : "false",
                      next->revoked ? "true" : "false");
        if (next->revoked) view_time(out, "suspect_from", next->suspect_from);
        append_char(out, '}');
        last = next->serial;
        first = false;
    }
    append_char(out, ']');
}
static void render_party(const struct state *st, uint16_t party, struct append *out) {
    const struct party_row *p = &st->parties[party];
    append_str(out, "{\"party\":");
    append_party(out, st, party);
    view_text(out, "display", p->display, p->display_size);
    view_text(out, "zone", p->zone, p->zone_size);
    append_format(out, ",\"operator\":%s,\"desks\":[", p->operator_ ? "true" : "false");
    for (uint8_t i = 0; i < p->desk_count; i++) {
        append_str(out, i ? ",\"" : "\"");
        append_text(out, name_text(&p->desk[i]));
        append_char(out, '"');
    }
    append_char(out, ']');
    party_keys(st, party, out);
    append_char(out, '}');
}
static void render_parties(const struct state *st, uint16_t reader, struct append *out) {
    append_str(out, "{\"items\":[");
    for (uint16_t p = 0; reader != PARTY_NONE && p < st->party_count; p++) {
        if (p) append_char(out, ',');
        render_party(st, p, out);
    }
    append_str(out, "]}");
}

/* ---- lists ---- */
static const struct view_kind *const kinds[VIEWS] = {
    [VIEW_NOTICES] = &view_notices, [VIEW_FLIGHTS] = &view_flights, [VIEW_TRACKS] = &view_tracks, [VIEW_ALERTS] = &view_alerts,
    [VIEW_HOLDS] = &view_holds, [VIEW_AREAS] = &view_areas, [VIEW_AGREEMENTS] = &view_agreements, [VIEW_FEEDS] = &view_feeds,
    [VIEW_PENDING] = &view_pending, [VIEW_DUE] = &view_due,
};

static result render_one(const struct state *st, const struct view_kind *k, uint16_t reader, const struct entity_ref *entity,
                         struct append *out, struct fault *f) {
    uint16_t party = state_party_find(st, &entity->party);
    const struct table *t = k->table(st);
    for (row r = 0; k->is && party != PARTY_NONE && r < t->capacity; r++) {
        if (!t->live[r] || !k->is(st, r, party, &entity->id) || !k->readable(st, r, reader)) continue;
        append_str(out, "{\"item\":");
        k->render(st, r, reader, out);
        append_char(out, '}');
        return OK;
    }
    return fail(f, RESULT_NOT_FOUND, "entity", "there is none that this reader may read");
}

static void render_list(const struct state *st, const struct view_kind *k, uint16_t reader, struct append *out) {
    uint32_t count = table_sorted(k->table(st), k->order, st->work_rows);
    bool first = true;
    append_str(out, "{\"items\":[");
    for (uint32_t i = 0; i < count; i++) {
        if (!k->readable(st, st->work_rows[i], reader)) continue;
        if (!first) append_char(out, ',');
        first = false;
        k->render(st, st->work_rows[i], reader, out);
    }
    append_str(out, "]}");
}

result view_render(const struct state *st, uint16_t reader, enum view what, const struct entity_ref *entity, struct append *out,
                   struct fault *f) {
    assert((unsigned)what < VIEWS && (reader == PARTY_NONE || reader < st->party_count));
    size_t before = out->size;
    if (entity && (what == VIEW_STATUS || what == VIEW_PARTIES)) return fail(f, RESULT_NOT_FOUND, "entity", "this view has no single items");
    if (what == VIEW_STATUS) view_status(st, reader, out);
    else if (what == VIEW_PARTIES) render_parties(st, reader, out);
    else if (entity) TRY(render_one(st, kinds[what], reader, entity, out, f));
    else render_list(st, kinds[what], reader, out);
    if (out->full) {
        out->size = before;
        return fail(f, RESULT_TOO_LARGE, "view", "the answer is larger than the room for it");
    }
    return OK;
}
