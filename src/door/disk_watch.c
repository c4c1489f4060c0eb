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
    w->unread = false;
}

/* Bytes in an hour: the middle one of the last three whole hours; 0: there are not so many. One hour's burst does not move it, a feed that
 * stays shows in it after two. */
static uint64_t hours_middle(const struct disk_watch *w) {
    uint64_t of[3];
    if (w->count <= 3) return 0;
    for (unsigned i = 0; i < 3; i++) {
        unsigned to = (w->next + DISK_WATCH_SAMPLES - 1 - i) % DISK_WATCH_SAMPLES, from = (to + DISK_WATCH_SAMPLES - 1) % DISK_WATCH_SAMPLES;
        uint64_t minutes = (uint64_t)(w->samples[to].at_ms - w->samples[from].at_ms) / 60000; /* 60 or a few more */
        of[i] = (w->samples[to].journal - w->samples[from].journal) / minutes * 60;
    }
    uint64_t low = of[0] < of[1] ? of[0] : of[1], high = of[0] < of[1] ? of[1] : of[0];
    return of[2] < low ? low : of[2] > high ? high : of[2];
}

int64_t disk_watch_over(const struct door *d) {
    const struct disk_watch *w = &d->disk;
    if (w->count == 0) return 0;
    unsigned oldest = w->count < DISK_WATCH_SAMPLES ? 0 : w->next;
    return (d->now_ms - w->samples[oldest].at_ms) / 1000;
}

static uint64_t with_beside(const struct disk_watch *w, uint64_t grown) { return grown + grown / 1000 * w->beside_permille; }

int64_t disk_watch_seconds(const struct door *d) {
    const struct disk_watch *w = &d->disk;
    struct node_numbers n;
    int64_t seconds = disk_watch_over(d);
    if (seconds < 60) return -1;
    node_numbers(d->node, &n);
    unsigned oldest = w->count < DISK_WATCH_SAMPLES ? 0 : w->next;
    int64_t by_day = disk_watch_left(n.disk_free, n.disk_reserve, with_beside(w, n.journal_bytes - w->samples[oldest].journal), seconds);
    int64_t by_hours = disk_watch_left(n.disk_free, n.disk_reserve, with_beside(w, hours_middle(w)), 3600);
    return by_hours < by_day ? by_hours : by_day;
}

void disk_watch_tick(struct door *d) {
    struct disk_watch *w = &d->disk;
    struct node_numbers n;
    node_numbers(d->node, &n);
    unsigned last = (w->next + DISK_WATCH_SAMPLES - 1) % DISK_WATCH_SAMPLES;
    if (w->count == 0 || d->now_ms - w->samples[last].at_ms >= 3600000) sample(d, n.journal_bytes);
    if (n.disk_unknown && !w->unread) {
        w->unread = true;
        report_fault(REPORT_WARNING, "disk_unread", &n.disk_why);
    }
    if (n.index_rotten && !w->index) {
        w->index = true;
        report_fault(REPORT_ERROR, "index_rotten", &n.index_why);
    }
    int64_t left = disk_watch_seconds(d);
    /* Ordinary statements are refused from four quarters of the reserve above it on (log/node_submit.c). */
    uint64_t enough = 2 * n.disk_reserve;
    int64_t long_enough = DOOR_DISK_LOW_SECONDS;
    /* At the threshold it goes to and fro: what was low is enough again only when that much beyond it. */
    if (w->low) {
        enough += enough / 100 * DOOR_DISK_ENOUGH_PERCENT;
        long_enough += long_enough / 100 * DOOR_DISK_ENOUGH_PERCENT;
    }
    bool low = n.disk_free < enough || (left >= 0 && left < long_enough);
    if (low == w->low) return;
    w->low = low;
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    report_number(&m, "free_bytes", (int64_t)n.disk_free);
    report_number(&m, "reserve_bytes", (int64_t)n.disk_reserve);
    if (left >= 0 && left < INT64_MAX) report_number(&m, "hours_left", left / 3600);
    report(low ? REPORT_ERROR : REPORT_INFO, low ? "disk_low" : "disk_enough", &m);
}
