/* How long the disk will last: the log's growth of the last day against what is free. */
#ifndef PARLEY_DOOR_DISK_WATCH_H
#define PARLEY_DOOR_DISK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_WATCH_SAMPLES 24 /* one an hour */
struct disk_watch {
    struct { int64_t at_ms; uint64_t journal; } samples[DISK_WATCH_SAMPLES];
    unsigned count, next;
    uint32_t beside_permille; /* what else grows with the journal (the index), in thousandths of it */
    bool low;
};
/* Seconds until `free` is used up but for `reserve`, at so many bytes in so many seconds. INT64_MAX: it does not grow. */
int64_t disk_watch_left(uint64_t free, uint64_t reserve, uint64_t bytes, int64_t seconds);
struct door;
void disk_watch_tick(struct door *d);               /* about once a second; warns, once, when little is left */
int64_t disk_watch_seconds(const struct door *d);   /* left; -1: not known yet (the first minute) */

#endif
