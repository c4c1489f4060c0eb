/* GET /v1/status: how full it is, and what waits too long. A party sees its own; the operator that of all. */
#include "core/capacity.h"
#include "core/figures.h"
#include "core/quota.h"
#include "core/view_inner.h"

static void render_fill(const struct state *st, uint16_t party, struct append *out) {
    append_char(out, '{');
    for (int q = 0; q < QUOTAS; q++)
        append_format(out, "%s\"%s\":{\"used\":%u,\"share\":%u}", q ? "," : "", quota_name((enum quota)q), st->parties[party].used[q],
                      quota_share(st, (enum quota)q));
    append_char(out, '}');
}
static void render_capacity(const char *name, const struct capacity *c, struct append *out) {
    append_format(out, "\"%s\":{", name);
    for (int i = 0; i < CAPACITY_MEMBERS; i++) append_format(out, "%s\"%s\":%u", i ? "," : "", capacity_name(i), capacity_get(c, i));
    append_char(out, '}');
}
static void render_capacities(const struct state *st, struct append *out) {
    append_str(out, ",\"capacities\":{");
    render_capacity("in_force", &st->capacity, out);
    append_char(out, ',');
    render_capacity("waiting", &st->wanted, out);
    append_format(out, ",\"order\":%llu}", (unsigned long long)st->wanted_order);
}
static void render_tables(const struct state *st, struct append *out) {
    render_capacities(st, out);
    struct quota_table tables[QUOTA_TABLES];
    quota_tables(st, tables);
    append_str(out, ",\"tables\":{");
    for (int i = 0; i < QUOTA_TABLES; i++)
        append_format(out, "%s\"%s\":{\"used\":%u,\"capacity\":%u}", i ? "," : "", tables[i].name, tables[i].t->used, tables[i].rows);
    append_str(out, "},\"parties\":[");
    for (uint16_t p = 0; p < st->party_count; p++) {
        append_str(out, p ? ",{\"party\":" : "{\"party\":");
        append_party(out, st, p);
        append_format(out, ",\"stream\":%llu,\"forks\":%llu,\"quotas\":", (unsigned long long)st->parties[p].stream_size,
                      (unsigned long long)st->parties[p].forks);
        render_fill(st, p, out);
        append_char(out, '}');
    }
    append_char(out, ']');
}
/* The longest overdue first, and of those overdue alike the first that was told. */
static bool later(const struct state *st, row a, row b) {
    const struct due_row *x = due_at(st, a), *y = due_at(st, b);
    return x->deadline != y->deadline ? x->deadline > y->deadline : x->serial > y->serial;
}
static uint32_t longest_overdue(const struct state *st, uint16_t party, row worst[VIEW_STATUS_LATE]) {
    uint32_t count = 0;
    for (row r = table_next(&st->dues, 0); r != ROW_NONE; r = table_next(&st->dues, r + 1)) {
        if ((party != PARTY_NONE && due_at(st, r)->party != party) || !figures_overdue(st, r)) continue;
        if (count == VIEW_STATUS_LATE && !later(st, worst[count - 1], r)) continue;
        uint32_t i = count < VIEW_STATUS_LATE ? count++ : count - 1;
        for (; i > 0 && later(st, worst[i - 1], r); i--) worst[i] = worst[i - 1];
        worst[i] = r;
    }
    return count;
}
/* Read-backs that are awaited of the party, or of all of them (PARTY_NONE), and those that are overdue the longest. */
static void render_waiting(const struct state *st, uint16_t party, const char *member, struct append *out) {
    struct figures_readbacks all;
    row worst[VIEW_STATUS_LATE];
    figures_readbacks(st, party, &all);
    uint32_t count = longest_overdue(st, party, worst);
    append_format(out, ",\"%s\":{\"waiting\":%u,\"overdue\":%u,\"past\":%u,\"told_over\":%u", member, all.waiting, all.overdue, all.past, all.told_over);
    view_seconds(out, "longest_s", all.longest_ns);
    append_str(out, ",\"late\":[");
    for (uint32_t i = 0; i < count; i++) {
        const struct due_row *d = due_at(st, worst[i]);
        append_str(out, i ? ",{\"party\":" : "{\"party\":");
        append_party(out, st, d->party);
        append_format(out, ",\"place\":%llu", (unsigned long long)d->place);
        due_render_ref(st, d, out);
        if (d->has_told) {
            view_text(out, "area", d->area, d->area_size);
            view_time(out, "start", d->start);
            view_time(out, "until", figures_until(st, worst[i]));
        }
        view_time(out, "deadline", d->deadline);
        view_seconds(out, "overdue_s", st->ticked - d->deadline);
        instant again = INSTANT_NONE;
        (void)timer_get(st, TIMER_DUE, worst[i], &again);
        append_format(out, ",\"calls\":%u", d->escalations);
        view_time(out, "next_call", again);
        append_char(out, '}');
    }
    append_str(out, "]}");
}
void view_status(const struct state *st, uint16_t reader, struct append *out) {
    append_str(out, "{\"mode\":");
    append_str(out, st->live ? "\"LIVE\"" : "\"EXERCISE\"");
    append_str(out, ",\"origin\":");
    append_json_string(out, st->origin);
    append_str(out, ",\"log\":");
    view_hash(&st->log, out);
    append_format(out, ",\"tick\":%llu", (unsigned long long)st->tick);
    view_time(out, "time", st->ticked); /* not of the last statement: that may be another's, and hidden */
    append_format(out, ",\"clock_unsure\":%s", st->unsure ? "true" : "false");
    view_seconds(out, "clock_error_s", st->clock_error_ns);
    if (reader != PARTY_NONE) {
        append_str(out, ",\"party\":");
        append_party(out, st, reader);
        append_format(out, ",\"stream\":%llu,\"quotas\":", (unsigned long long)st->parties[reader].stream_size);
        render_fill(st, reader, out);
        render_waiting(st, reader, "readbacks", out);
    }
    if (reader == st->operator_) {
        render_waiting(st, PARTY_NONE, "readbacks_of_all", out);
        render_tables(st, out);
    }
    append_char(out, '}');
}
