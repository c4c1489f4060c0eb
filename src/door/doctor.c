#include "door/doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/span.h"
#include "door/disk_watch.h"
#include "door/limits.h"

#define GB(bytes) ((double)(bytes) / 1e9)
#define MB(bytes) ((double)(bytes) / 1e6)
#define MS(ns) ((double)(ns) / 1e6)

const char *doctor_level_name(enum doctor_level l) {
    static const char *const names[] = {"OK", "WARN", "FAIL"};
    return names[l];
}

__attribute__((format(printf, 3, 4))) static void say(char *room, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(room, size, format, arguments);
    va_end(arguments);
}
#define FOUND(...) say(l->found, sizeof l->found, __VA_ARGS__)
#define JUDGE(level_, ...) (l->level = (level_), say(l->fix, sizeof l->fix, __VA_ARGS__))

static void begin(struct doctor_line *l, const char *what) { *l = (struct doctor_line){.what = what}; }

/* --- disk --- */

void doctor_space(struct doctor_line *l, const struct probe_space *s, uint64_t reserve) {
    begin(l, "disk");
    if (!s->known) {
        FOUND("the free space is not known");
        JUDGE(DOCTOR_FAIL, "look whether the directory is there and may be entered");
        return;
    }
    FOUND("%.1f of %.1f GB are free; %.2f GB are kept for ticks, notices and acknowledgements", GB(s->free), GB(s->total), GB(reserve));
    /* The classes of log/node_submit.c: from the reserve upwards each quarter of it lets one more kind of statement in; frames need four times it. */
    if (s->free < reserve)
        JUDGE(DOCTOR_FAIL, "less than the reserve: nothing but ticks is taken; free space or move the log to a larger disk");
    else if (s->free < 4 * reserve)
        JUDGE(DOCTOR_WARN, "frames, and soon flights, are refused for want of space; free some or move the log to a larger disk");
}

void doctor_days(struct doctor_line *l, const struct probe_space *s, uint64_t reserve, const struct probe_growth *g) {
    begin(l, "disk days");
    if (!s->known || !g->known) {
        FOUND("not known: the log is too young to say how fast it grows, or the file system does not tell its age");
        return;
    }
    int64_t left = disk_watch_left(s->free, reserve, g->bytes, g->seconds);
    double daily = (double)g->bytes / (double)g->seconds * 86400;
    if (left > INT64_C(3650) * 86400) FOUND("more than 3650 days left: the log grew by %.1f MB a day", MB(daily));
    else FOUND("%.1f days left: the log grew by %.1f MB a day", (double)left / 86400, MB(daily));
    if (left < DOOR_DISK_ALARM_SECONDS) JUDGE(DOCTOR_FAIL, "get a larger disk today: when the reserve is reached only what warns people is taken");
    else if (left < DOOR_DISK_WARN_SECONDS) JUDGE(DOCTOR_WARN, "get a larger disk this week");
}

void doctor_kind(struct doctor_line *l, const struct probe_space *s) {
    begin(l, "file system");
    if (s->type != 0 && s->kind[0] == 'u') FOUND("of type 0x%" PRIx64, s->type);
    else FOUND("%s", s->kind);
    if (s->in_memory) JUDGE(DOCTOR_WARN, "it is in memory: nothing outlives a power cut; put the log on a disk");
    else if (s->over_network)
        JUDGE(DOCTOR_WARN, "it goes over a network or another program, which may say that something is stored when it is not; use a disk of this machine");
}

void doctor_sync(struct doctor_line *l, result measured, const struct probe_sync *s, const struct fault *f) {
    begin(l, "disk writes");
    if (!result_is_ok(measured)) {
        FOUND("not measured: %s", f->message);
        JUDGE(DOCTOR_WARN, "run this as the user that the server runs as");
        return;
    }
    FOUND("a synced write takes %.2f ms (median of %u), the longest took %.1f ms", MS(s->median_ns), s->writes, MS(s->worst_ns));
    /* Two of them stand before every answer. */
    if (s->median_ns > 250 * INSTANT_SECOND / 1000)
        JUDGE(DOCTOR_FAIL, "every answer waits for two of them, and a tick is due each second: the disk is too slow, or broken");
    else if (s->median_ns > 20 * INSTANT_SECOND / 1000)
        JUDGE(DOCTOR_WARN, "every answer waits for two of them: use a faster disk, or a controller with a battery");
}

/* --- clock --- */

void doctor_clock(struct doctor_line *l, const struct probe_clock *c) {
    begin(l, "clock");
    if (!c->known) {
        FOUND("the kernel does not tell how good its clock is");
        JUDGE(DOCTOR_WARN, "look whether chrony or systemd-timesyncd runs on the host");
        return;
    }
    char room[32];
    struct append span = append_fixed(room, sizeof room);
    append_span(&span, c->error_ns);
    FOUND("%s, its error may be %.*s", c->synchronised ? "synchronised" : "NOT synchronised", TEXT_ARG(append_view(&span)));
    if (!c->synchronised) JUDGE(DOCTOR_WARN, "start chrony or systemd-timesyncd; lead times are judged by this clock");
    else if (c->error_ns > INSTANT_SECOND) JUDGE(DOCTOR_WARN, "the time servers are far or few: add some");
}

void doctor_time(struct doctor_line *l, instant now, bool any, instant last) {
    begin(l, "time");
    if (!any) {
        FOUND("nothing is recorded yet");
        return;
    }
    double behind = (double)(last - now) / (double)INSTANT_SECOND;
    if (behind <= 0) FOUND("the last record is %.0f s old", -behind);
    else FOUND("this clock is %.1f s behind the last record", behind);
    if (last - now > DOOR_CLOCK_JUMP_NS)
        JUDGE(DOCTOR_FAIL, "set the clock right before the server starts; else its time is UNSURE until a clock statement ('parley clock')");
}

/* --- limits --- */

void doctor_files(struct doctor_line *l, const struct probe_limits *s, uint64_t connections) {
    uint64_t needed = connections + DOOR_OTHER_FILES;
    begin(l, "open files");
    if (s->files == UINT64_MAX) FOUND("no limit; %" PRIu64 " connections are allowed", connections);
    else FOUND("%" PRIu64 " may be open; %" PRIu64 " connections are allowed", s->files, connections);
    if (s->files < needed) JUDGE(DOCTOR_FAIL, "raise the hard limit (LimitNOFILE= of the unit) to %" PRIu64 ", or lower --connections", needed);
}

void doctor_locked(struct doctor_line *l, const struct probe_limits *s, const struct capacity *c) {
    uint64_t needed = (UINT64_C(64) << c->slots_log2) + DOOR_LOCKED_BYTES;
    begin(l, "locked memory");
    if (s->locked_bytes == UINT64_MAX) FOUND("no limit");
    else FOUND("%.2f MB may be locked; secrets take %.2f MB", MB(s->locked_bytes), MB(needed));
    if (s->locked_bytes < needed) JUDGE(DOCTOR_WARN, "secrets may get into the swap: raise LimitMEMLOCK= of the unit to %" PRIu64 ", or have no swap", needed);
}

void doctor_memory(struct doctor_line *l, const struct probe_limits *s, uint64_t needed, uint64_t then, bool running) {
    begin(l, "memory");
    char raised[96] = "";
    if (then != needed) say(raised, sizeof raised, ", %.2f GB from the next start on by the capacities that wait,", GB(then));
    FOUND("the state takes %.2f GB%s and as much again in the keeper, unless with --no-keeper; the machine has %.1f GB, %.1f of them free", GB(needed), then != needed ? raised : ",", GB(s->memory_total), GB(s->memory_available));
    uint64_t held = running ? 2 * needed : 0; /* by the server and its keeper: theirs again when they end */
    if (s->memory_total == 0) JUDGE(DOCTOR_WARN, "/proc/meminfo cannot be read");
    else if (then > s->memory_total && then != needed) JUDGE(DOCTOR_FAIL, "the next start would be refused: state less ('parley capacity'), start with --hold-capacity, or get a larger machine");
    else if (then > s->memory_total) JUDGE(DOCTOR_FAIL, "the log's capacities need a larger machine");
    else if (2 * then > s->memory_total) JUDGE(DOCTOR_WARN, "serve with --no-keeper, or get a larger machine");
    else if (2 * then > held && 2 * then - held > s->memory_available) JUDGE(DOCTOR_WARN, "end other programs first, serve with --no-keeper, or get more memory");
}

/* --- files --- */

void doctor_file(struct doctor_line *l, const char *path, const struct probe_file *file, uid_t owner, bool secret) {
    begin(l, "permissions");
    if (!file->there) {
        FOUND("%s is not there", path);
        JUDGE(DOCTOR_FAIL, "a log is whole or nothing: bring it back from a backup of the whole directory, as new as the last checkpoint that anybody was given");
        return;
    }
    FOUND("%s: mode %04o, user %u", path, file->mode, (unsigned)file->owner);
    unsigned right = file->directory ? 0700 : 0600;
    if (file->owner != owner) JUDGE(DOCTOR_FAIL, "chown %u '%s'", (unsigned)owner, path);
    else if ((file->mode & 022) != 0) JUDGE(DOCTOR_FAIL, "others may change it: chmod %o '%s'", right, path);
    else if (secret && (file->mode & 077) != 0) JUDGE(DOCTOR_FAIL, "others may read it: chmod %o '%s'", right, path);
    else if ((file->mode & right) != right) JUDGE(DOCTOR_FAIL, "its owner may not use it: chmod %o '%s'", right, path);
}

void doctor_user(struct doctor_line *l, uid_t self, uid_t owner) {
    begin(l, "user");
    if (self == 0) FOUND("the log is of user %u, this runs as root", (unsigned)owner);
    else FOUND("the log is of user %u, this runs as user %u", (unsigned)owner, (unsigned)self);
    if (owner == 0) JUDGE(DOCTOR_WARN, "the server need not be root: give the directory to a user of its own");
    else if (self == 0) JUDGE(DOCTOR_WARN, "the server has to run as that user: another, root too, is refused the secret files");
    else if (self != owner) JUDGE(DOCTOR_WARN, "run it as that user: what cannot be read cannot be judged");
}

/* --- the log's end --- */

void doctor_ending(struct doctor_line *l, result read, const struct node_ending *e, const struct fault *f) {
    begin(l, "journal end");
    if (!result_is_ok(read)) {
        FOUND("%s", f->message);
        JUDGE(DOCTOR_FAIL, read.code == RESULT_ROT || read.code == RESULT_LOST_TAIL
                               ? "do not start the server; keep this directory as it is, and bring the log back from a copy at least as new as the last checkpoint that anybody was given; an older one forks the log"
                                                                                      : "what cannot be read cannot be judged");
        return;
    }
    FOUND("batch %" PRIu64 ", tick %" PRIu64 ", checkpoint of %" PRIu64 " ticks%s", e->batch, e->tick, e->checkpoint, e->torn ? "; a torn end" : "");
    if (e->torn) JUDGE(DOCTOR_WARN, "nothing to do: nobody was answered from it, and the next start cuts it");
}

void doctor_certificate(struct doctor_line *l, result read, const char *path, instant from, instant until, instant now, const struct fault *f) {
    begin(l, "certificate");
    if (!result_is_ok(read)) {
        FOUND("%s", f->message);
        JUDGE(DOCTOR_FAIL, "certificate and key must be PEM, of one pair, and the key's mode 0600");
        return;
    }
    double days = (double)(until - now) / (double)INSTANT_DAY;
    if (days > 36500) FOUND("%s has no end", path);
    else FOUND("%s ends in %.1f days", path, days);
    if (now < from) JUDGE(DOCTOR_FAIL, "it is not valid yet");
    else if (now >= until) JUDGE(DOCTOR_FAIL, "it has expired: renew it, then send the server SIGHUP");
    else if (days < 3) JUDGE(DOCTOR_FAIL, "renew it now, then send the server SIGHUP");
    else if (days < 21) JUDGE(DOCTOR_WARN, "renew it, then send the server SIGHUP");
}

/* --- rot --- */

void doctor_scrub(struct doctor_line *l, result read, const struct scrub_state *s, instant now) {
    begin(l, "rot");
    uint64_t rot = s->found > 0 ? s->found : s->found_whole;
    int64_t days = s->whole == 0 ? 0 : (now - s->whole) / (86400 * INSTANT_SECOND);
    if (!result_is_ok(read)) {
        FOUND("nobody has looked for it yet; 'parley serve' does, and 'parley scrub'");
        return;
    }
    if (rot > 0) {
        FOUND("%" PRIu64 " places of this directory are no longer what was written, the first in %s, byte %" PRIu64, rot, s->first, s->first_at);
        JUDGE(DOCTOR_FAIL, "stop the server, 'parley scrub' with a backup and the parties' mirrors, while there are copies; replace the disk");
    } else if (s->whole == 0) {
        FOUND("none found so far; the first round has come to journal/log-%08u.seg", s->segment);
    } else {
        FOUND("none found; all was read through %" PRIi64 " days ago, %" PRIu64 " times in all", days, s->rounds);
        if (now - s->whole > DOOR_SCRUB_OLD_SECONDS * INSTANT_SECOND) JUDGE(DOCTOR_WARN, "serve with a higher --scrub-rate, or without --no-scrub: what rots unseen rots in the backups' turn too");
    }
}
