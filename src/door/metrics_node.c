/* Figures of the log, the state, the disk, the clock and the build; those of HTTP are in metrics.c. */
#include <unistd.h>

#include "core/figures.h"
#include "door/door.h"
#include "door/exposition.h"
#include "door/limits.h"
#include "door/report.h"

static void log_figures(const struct door *d, const struct node_numbers *n, struct append *out) {
    exposition_number(out, "applied", "gauge", "Order number applied to the state.", n->applied);
    exposition_number(out, "durable", "gauge", "Order number up to which the journal is durable.", n->durable);
    exposition_number(out, "log_size", "gauge", "Ticks in the log.", node_log_size(d->node));
    exposition_number(out, "queued", "gauge", "Statements between proposal and order.", n->queued);
    exposition_number(out, "queued_bytes", "gauge", "Bytes of them.", n->queued_bytes);
    exposition_number(out, "queued_limit_bytes", "gauge", "Beyond so many nothing is taken.", LIMIT_QUEUE_BYTES);
    exposition_number(out, "refused_busy_total", "counter", "Statements not taken: queue full.", n->refused_busy);
    exposition_number(out, "refused_full_total", "counter", "Statements not taken: disk full.", n->refused_full);
    exposition_head(out, "batches", "gauge", "Batches by where they are; the rest of parley_batches_room is free.");
    exposition_sample(out, "batches", "at", "filling", n->batches_filling);
    exposition_sample(out, "batches", "at", "writing", n->batches_writing);
    exposition_sample(out, "batches", "at", "done", n->batches_done);
    exposition_number(out, "batches_room", "gauge", "Batches there are.", n->batches_room);
    exposition_seconds(out, "writing_seconds", "gauge", "How long the batch that is being written has been so; 0: none is.", (int64_t)n->writing_ns);
    exposition_histogram(out, "write_seconds", "Time until a batch was durable: payload, hashes and, with a tick, the checkpoint, each a synced write.", &n->write_ns);
    exposition_seconds(out, "write_longest_seconds", "gauge", "Longest of them since the start.", (int64_t)n->write_ns_max);
    exposition_histogram(out, "batch_records", "Records of a batch.", &n->batch_records);
    exposition_histogram(out, "batch_bytes", "Bytes of a batch on disk.", &n->batch_bytes);
    exposition_histogram(out, "step_seconds", "Time that applying one statement took, decoding included.", &n->step_ns);
    exposition_number(out, "steps_slow_total", "counter", "Steps that took more than 5 ms, decoding apart; 'parley status' has the slowest.", node_slow_steps(d->node)->over);
    exposition_number(out, "memory_touched_bytes", "gauge", "Of the tables' memory the system has given so much ahead of its use, bit by bit: a process that has just begun grows by it until it holds what 'parley doctor' says.", n->memory_touched);
    exposition_number(out, "searches_waiting", "gauge", "Notices, flights, tracks and folded alerts whose search for conflicts exceeded a step and waits to be continued.", n->backlog);
    exposition_number(out, "searches_oldest_statements", "gauge", "Statements since the oldest of them was queued.", n->backlog_age);
    exposition_number(out, "continues_total", "counter", "Steps of such searches in this log.", n->continues);
    exposition_number(out, "syncs_total", "counter", "Synced writes.", n->syncs);
    exposition_number(out, "journal_written_bytes_total", "counter", "Bytes written to the journal.", n->bytes_written);
    exposition_number(out, "journal_bytes", "gauge", "Size of the journal.", n->journal_bytes);
    exposition_number(out, "index_rotten", "gauge", "1: a file of index/ is not what was written; the next start makes it anew from the journal.", n->index_rotten);
    exposition_number(out, "rot_total", "counter", "Reads of records that are no longer what their hashes say.", n->rot);
    exposition_number(out, "ticks_total", "counter", "Ticks proposed since the start.", n->ticks);
    exposition_number(out, "ticks_missed_total", "counter", "Ticks left out because the one before came too late.", n->ticks_missed);
    exposition_histogram(out, "tick_late_seconds", "How long after its time a tick was proposed.", &n->tick_late_ns);
}

static void snapshot_figures(const struct door *d, const struct node_numbers *n, struct append *out) {
    const struct keeper *k = &d->keeper;
    exposition_number(out, "keeper_up", "gauge", "1: a process beside the server writes snapshots.", child_up(&k->child));
    exposition_number(out, "keeper_lost", "gauge", "1: it has ended before the server, or could not be made; the next start has another.", n->keeper_lost);
    exposition_number(out, "keeper_behind_batches", "gauge", "Durable batches that it had not followed when it was last heard of.", child_up(&k->child) && n->batch > k->batch ? n->batch - k->batch : 0);
    exposition_seconds(out, "keeper_longest_seconds", "gauge", "Longest time that a snapshot of it took.", k->longest_ns);
    exposition_number(out, "keeper_wanted_ticks", "gauge", "Ticks since the state that it is to keep was marked; 0: there is none, or it is kept. No other is marked meanwhile.", n->wanted_ticks);
    exposition_number(out, "snapshot_age_ticks", "gauge", "Ticks since the state of the newest snapshot; without one, since the log began.", n->snapshot_ticks);
    exposition_number(out, "snapshots_total", "counter", "Snapshots of the state written since the start.", n->snapshots);
    exposition_number(out, "snapshots_failed_total", "counter", "Those that could not be written.", n->snapshots_failed);
    exposition_number(out, "snapshots_passed_over", "gauge", "Snapshots that this start could not use.", n->snapshots_passed);
    exposition_number(out, "snapshot_order", "gauge", "Order number of the newest snapshot; 0: there is none.", n->snapshot_order);
    exposition_number(out, "snapshot_bytes", "gauge", "Bytes of its state.", n->snapshot_bytes);
    exposition_number(out, "snapshot_behind_statements", "gauge", "Statements since then, which the next start has to step.", n->applied - n->snapshot_order);
}

static void disk_figures(const struct door *d, const struct node_numbers *n, struct append *out) {
    exposition_number(out, "disk_free_bytes", "gauge", "Free space of the file system.", n->disk_free);
    exposition_number(out, "disk_reserve_bytes", "gauge", "Space kept for ticks, acknowledgements and notices.", n->disk_reserve);
    exposition_number(out, "disk_unread_total", "counter", "Batches after which free space could not be read; it then stands as last known, less what was written.", n->disk_unread);
    int64_t left = disk_watch_seconds(d);
    exposition_head(out, "disk_left_seconds", "gauge", "Until the disk is full but for the reserve, by the log's growth, of the last day or of the last hours if they grew faster; NaN in the first minute.");
    if (left < 0) append_str(out, "parley_disk_left_seconds NaN\n");
    else if (left == INT64_MAX) append_str(out, "parley_disk_left_seconds +Inf\n");
    else append_format(out, "parley_disk_left_seconds %lld\n", (long long)left);
}

static void table_figures(const struct figures *g, struct append *out) {
    exposition_head(out, "table_rows", "gauge", "Rows that are taken, by table.");
    for (int i = 0; i < FIGURES_TABLES; i++) exposition_sample(out, "table_rows", "table", g->tables[i].name, g->tables[i].used);
    exposition_sample(out, "table_rows", "table", "parties", g->parties);
    exposition_sample(out, "table_rows", "table", "timers", g->timers);
    exposition_sample(out, "table_rows", "table", "index", g->index_boxes);
    exposition_head(out, "table_capacity", "gauge", "Rows there are, by table.");
    for (int i = 0; i < FIGURES_TABLES; i++) exposition_sample(out, "table_capacity", "table", g->tables[i].name, g->tables[i].capacity);
    exposition_sample(out, "table_capacity", "table", "parties", g->parties_room);
    exposition_sample(out, "table_capacity", "table", "timers", g->timers_room);
    exposition_sample(out, "table_capacity", "table", "index", g->index_room);
}

static void world_figures(const struct figures *g, struct append *out) {
    exposition_head(out, "world_references", "gauge", "What is released to the world and shows at the doors of F3548, by kind.");
    exposition_sample(out, "world_references", "kind", "constraint", g->world.constraints);
    exposition_sample(out, "world_references", "kind", "operational_intent", g->world.intents);
    exposition_number(out, "world_references_coarse", "gauge", "Of these, those where circles stand for a volume of too many pieces.", g->world.coarse);
    exposition_number(out, "world_waiting", "gauge", "Notices and flights whose change does not show there yet, for it exceeded the work of its step.", g->world.waits);
}

static void quota_figures(const struct state *st, const struct figures *g, struct append *out) {
    exposition_head(out, "quota_share", "gauge", "What one party may have of each.");
    for (int i = 0; i < FIGURES_QUOTAS; i++) exposition_sample(out, "quota_share", "quota", g->quotas[i].name, g->quotas[i].share);
    exposition_head(out, "quota_fullest", "gauge", "What the party with most of it has.");
    for (int i = 0; i < FIGURES_QUOTAS; i++) exposition_sample(out, "quota_fullest", "quota", g->quotas[i].name, g->quotas[i].fullest);
    exposition_head(out, "quota_used", "gauge", "What each party has.");
    for (uint16_t p = 0; p < state_party_count(st); p++)
        for (unsigned i = 0; i < FIGURES_QUOTAS; i++)
            append_format(out, "parley_quota_used{party=\"%.*s\",quota=\"%s\"} %u\n", TEXT_ARG(name_text(state_party_name(st, p))), g->quotas[i].name, figures_used(st, p, i));
}

static void watch_figures(const struct figures *g, struct append *out) {
    exposition_head(out, "notices", "gauge", "Notices by state.");
    for (int i = 0; i < FIGURES_STATES && g->notices[i].state != NULL; i++) exposition_sample(out, "notices", "state", g->notices[i].state, g->notices[i].count);
    exposition_head(out, "flights", "gauge", "Flights by state.");
    for (int i = 0; i < FIGURES_STATES && g->flights[i].state != NULL; i++) exposition_sample(out, "flights", "state", g->flights[i].state, g->flights[i].count);
    exposition_head(out, "alerts", "gauge", "Alerts by level.");
    for (int i = 0; i < FIGURES_LEVELS; i++) exposition_sample(out, "alerts", "level", g->alerts[i].level, g->alerts[i].count);
    exposition_number(out, "readbacks_waiting", "gauge", "Read-backs that are awaited.", g->readbacks);
    exposition_number(out, "readbacks_overdue", "gauge", "Those whose deadline is past, of hazards that stand.", g->readbacks_overdue);
    exposition_number(out, "readbacks_past", "gauge", "Never made, of hazards that are over.", g->readbacks_past);
    exposition_seconds(out, "readback_overdue_longest_seconds", "gauge", "How long the longest of them is overdue.", g->readback_oldest_ns);
    exposition_number(out, "readback_escalations", "gauge", "Further desks called for those that wait.", g->escalations);
    exposition_number(out, "holds_unanswered", "gauge", "Holds without WILCO or UNABLE.", g->holds_unanswered);
    exposition_seconds(out, "hold_unanswered_longest_seconds", "gauge", "How long ago the longest of them was asked.", g->hold_oldest_ns);
    exposition_number(out, "statements_pending", "gauge", "Statements that wait for signatures.", g->pending);
    exposition_number(out, "sealed_unopened", "gauge", "Sealed statements not opened.", g->sealed);
    exposition_number(out, "sealed_late", "gauge", "Those that should have been.", g->sealed_late);
    exposition_number(out, "recoveries_waiting", "gauge", "Keys being recovered, within the delay.", g->recoveries);
    exposition_number(out, "feeds_silent", "gauge", "Feeds from which nothing came for too long.", g->feeds_silent);
    exposition_number(out, "tracks_silent", "gauge", "Tracks of which nothing came for too long.", g->tracks_silent);
    exposition_number(out, "forks_total", "counter", "Statements whose sender had seen another log than this.", g->forks);
    exposition_seconds(out, "timer_late_seconds", "gauge", "How long the earliest timer that has not fired has been due.", g->timer_late_ns);
}

static void feed_figures(const struct state *st, struct append *out) {
    struct figures_feed f;
    uint32_t none = 0;
    if (!figures_feed(st, &none, &f)) return; /* a figure without a sample is none */
    exposition_head(out, "feed_shed_total", "counter", "Positions of a feed that were shed, in this log.");
    for (uint32_t at = 0; figures_feed(st, &at, &f);)
        append_format(out, "parley_feed_shed_total{party=\"%.*s\",feed=\"%.*s\"} %llu\n", TEXT_ARG(name_text(f.party)), TEXT_ARG(name_text(f.name)), (unsigned long long)f.shed);
    exposition_head(out, "feed_tracks", "gauge", "Tracks of a feed.");
    for (uint32_t at = 0; figures_feed(st, &at, &f);)
        append_format(out, "parley_feed_tracks{party=\"%.*s\",feed=\"%.*s\"} %u\n", TEXT_ARG(name_text(f.party)), TEXT_ARG(name_text(f.name)), f.tracks);
}

static void process_figures(struct door *d, struct append *out) {
    exposition_head(out, "build_info", "gauge", "Always 1; the version is the label.");
    exposition_sample(out, "build_info", "version", PARLEY_VERSION, 1);
    exposition_head(out, "start_time_seconds", "gauge", "When the server started, since 1970.");
    append_format(out, "parley_start_time_seconds %lld\n", (long long)d->started_s);
    exposition_seconds(out, "recovery_seconds", "gauge", "What replaying the journal took at the start.", d->recovered_ns);
    exposition_number(out, "draining", "gauge", "1: it is going away.", d->draining);
    exposition_number(out, "reloads_total", "counter", "Settings and certificate read anew.", d->numbers.reloads);
    exposition_number(out, "reloads_refused_total", "counter", "Those that were refused, with the old ones kept.", d->numbers.reloads_refused);
    exposition_number(out, "log_lines_total", "counter", "Lines of the server's log.", report_lines());
    exposition_number(out, "log_lines_lost_total", "counter", "Lines left out of the log because nobody read them.", report_lost());
    exposition_number(out, "clock_unsure", "gauge", "1: the clock jumped and awaits a clock statement.", clock_unsure(&d->clock));
    exposition_seconds(out, "clock_error_seconds", "gauge", "What the system says of its clock's error.", clock_error_ns(&d->clock));
    instant from, until;
    exposition_head(out, "certificate_expiry_seconds", "gauge", "When the certificate ends, since 1970; NaN: no TLS.");
    if (!http_certificate_validity(d->http, &from, &until)) append_str(out, "parley_certificate_expiry_seconds NaN\n");
    else append_format(out, "parley_certificate_expiry_seconds %lld\n", (long long)(until / INSTANT_SECOND));
}

void metrics_node(struct door *d, struct append *out) {
    struct node_numbers n;
    struct figures g;
    const struct state *st = node_state(d->node);
    node_numbers(d->node, &n);
    figures_take(st, &g);
    log_figures(d, &n, out);
    snapshot_figures(d, &n, out);
    scrubber_figures(&d->scrubber, out);
    disk_figures(d, &n, out);
    table_figures(&g, out);
    quota_figures(st, &g, out);
    world_figures(&g, out);
    watch_figures(&g, out);
    feed_figures(st, out);
    process_figures(d, out);
}
