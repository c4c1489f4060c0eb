/* How long the disk will last: what is free against the log's growth, that of the last day or, where it is more, that of the middle one of the last
 * three hours: what was written in a burst counts as it was, and what grows faster from now on shows within the night. */
#ifndef PARLEY_DOOR_DISK_WATCH_H
#define PARLEY_DOOR_DISK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_WATCH_SAMPLES 24 /* one an hour */
struct disk_watch {
    struct { int64_t at_ms; uint64_t journal; } samples[DISK_WATCH_SAMPLES];
    unsigned count, next;
    uint32_t beside_permille; /* what else grows with the journal (the index), in thousandths of it */
    bool low, unread, index;  /* warned of; unread: in the last hour; index: that a file of it has rotted */
};
/* Seconds until `free` is used up but for `reserve`, at so many bytes in so many seconds. INT64_MAX: it does not grow. */
int64_t disk_watch_left(uint64_t free, uint64_t reserve, uint64_t bytes, int64_t seconds);
struct door;
void disk_watch_tick(struct door *d);               /* about once a second; warns, once, when little is left, and when what is free cannot be read */
int64_t disk_watch_seconds(const struct door *d);   /* left; -1: not known yet (the first minute) */
int64_t disk_watch_over(const struct door *d);      /* seconds that the estimate is made over: a day at most */

#endif
