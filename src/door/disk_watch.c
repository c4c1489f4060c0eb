#include "door/disk_watch.h"

#include "door/door.h"
#include "door/limits.h"
#include "door/probe.h"
#include "door/report.h"

int64_t disk_watch_left(uint64_t free, uint64_t reserve, uint64_t bytes, int64_t seconds) {
    if (free <= reserve) return 0;
    if (bytes == 0 || seconds <= 0) return INT64_MAX;
    __extension__ typedef unsigned __int128 wide;
    wide left = (wide)(free - reserve) * (uint64_t)seconds / bytes;
    return left > INT64_MAX ? INT64_MAX : (int64_t)left;
}

/* The index is not counted by the journal; it grows along with it. */
static uint32_t beside(const char *dir) {
    uint64_t journal = probe_tree_bytes(dir, "journal"), index = probe_tree_bytes(dir, "index");
    return journal == 0 ? 0 : index / journal >= 1000 ? 1000000 : (uint32_t)(index * 1000 / journal);
}

static void sample(struct door *d, uint64_t journal) {
    struct disk_watch *w = &d->disk;
    w->samples[w->next].at_ms = d->now_ms;
    w->samples[w->next].journal = journal;
    w->next = (w->next + 1) % DISK_WATCH_SAMPLES;
    if (w->count < DISK_WATCH_SAMPLES) w->count++;
    w->beside_permille = beside(d->settings.dir);
}

int64_t disk_watch_seconds(const struct door *d) {
    const struct disk_watch *w = &d->disk;
    struct node_numbers n;
    if (w->count == 0) return -1;
    node_numbers(d->node, &n);
    unsigned oldest = w->count < DISK_WATCH_SAMPLES ? 0 : w->next;
    int64_t seconds = (d->now_ms - w->samples[oldest].at_ms) / 1000;
    if (seconds < 60) return -1;
    uint64_t grown = n.journal_bytes - w->samples[oldest].journal;
    return disk_watch_left(n.disk_free, n.disk_reserve, grown + grown / 1000 * w->beside_permille, seconds);
}

void disk_watch_tick(struct door *d) {
    struct disk_watch *w = &d->disk;
    struct node_numbers n;
    node_numbers(d->node, &n);
    unsigned last = (w->next + DISK_WATCH_SAMPLES - 1) % DISK_WATCH_SAMPLES;
    if (w->count == 0 || d->now_ms - w->samples[last].at_ms >= 3600000) sample(d, n.journal_bytes);
    int64_t left = disk_watch_seconds(d);
    /* Ordinary statements are refused from four quarters of the reserve above it on (log/node_submit.c). */
    bool low = n.disk_free < 2 * n.disk_reserve || (left >= 0 && left < DOOR_DISK_LOW_SECONDS);
    if (low == w->low) return;
    w->low = low;
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    report_number(&m, "free_bytes", (int64_t)n.disk_free);
    report_number(&m, "reserve_bytes", (int64_t)n.disk_reserve);
    if (left >= 0 && left < INT64_MAX) report_number(&m, "hours_left", left / 3600);
    report(low ? REPORT_ERROR : REPORT_INFO, low ? "disk_low" : "disk_enough", &m);
}
