/* The journal's end alone: for whoever wants to know in a moment whether it holds together. */
#include <string.h>

#include "log/journal_private.h"

enum { TAIL_STARTS = 64 };

/* Where the last batches of a segment begin, the latest last; more than TAIL_STARTS of them are not remembered. */
struct starts { uint64_t at[TAIL_STARTS]; uint64_t number[TAIL_STARTS]; uint32_t count; };

/* Every batch of a segment, where it begins, until `enough` says so. */
static result each_start(struct journal *j, uint32_t segment, bool (*enough)(void *context, uint64_t at, uint64_t number), void *context, struct fault *f) {
    uint64_t length = 0;
    uint8_t room[64 * SEGMENT_SECTOR];
    TRY(segments_length(j->log, segment, &length, f));
    for (struct segment_place at = {segment, 0}; at.offset < length; at.offset += sizeof room) {
        size_t run = length - at.offset < sizeof room ? (size_t)(length - at.offset) : sizeof room;
        TRY(segments_read(j->log, at, room, run, f));
        for (size_t i = 0; i + SEGMENT_SECTOR <= run; i += SEGMENT_SECTOR) {
            uint64_t number = 0;
            uint32_t index = 0;
            if (journal_sector_of(room + i, &number, &index) == SECTOR_WHOLE && index == 0 && enough(context, at.offset + i, number)) return OK;
        }
    }
    return OK;
}

static bool remember(void *context, uint64_t at, uint64_t number) {
    struct starts *s = context;
    if (s->count == TAIL_STARTS) {
        memmove(s->at, s->at + 1, (TAIL_STARTS - 1) * sizeof s->at[0]);
        memmove(s->number, s->number + 1, (TAIL_STARTS - 1) * sizeof s->number[0]);
        s->count--;
    }
    s->at[s->count] = at;
    s->number[s->count++] = number;
    return false;
}

static result take_tick(struct journal *j, struct journal_batch *b, struct journal_tail *out, struct fault *f) {
    struct journal_entry e;
    bool end = false;
    for (;;) {
        TRY(journal_entry(j, b, &e, &end, f));
        if (end) return OK;
        if (!out->any_time || e.time > out->time) out->time = e.time;
        out->any_time = true;
        if (!e.tick) continue;
        out->any_tick = true;
        if (e.number > out->tick) out->tick = e.number;
    }
}

struct wanted { uint64_t number, at; bool found; };
static bool is_wanted(void *context, uint64_t at, uint64_t number) {
    struct wanted *w = context;
    if (number != w->number) return false;
    w->at = at;
    w->found = true;
    return true;
}
result journal_behind(struct journal *j, uint64_t batch, const struct hash *hash, bool *end, struct fault *f) {
    struct segment_place at = {0, 0};
    for (uint32_t segment = segments_last(j->log); segment > 0 && at.segment == 0; segment--) {
        uint8_t first[SEGMENT_SECTOR];
        uint64_t number = 0;
        uint32_t index = 0;
        TRY(segments_read(j->log, (struct segment_place){segment, 0}, first, sizeof first, f));
        if (journal_sector_of(first, &number, &index) != SECTOR_WHOLE || number > batch + 1) continue;
        struct wanted next = {.number = batch + 1};
        TRY(each_start(j, segment, is_wanted, &next, f));
        if (next.found) at = (struct segment_place){segment, next.at};
        break;
    }
    *end = at.segment == 0;
    journal_follow(j, &(struct journal_place){at, batch, *hash});
    return OK;
}

result journal_begin_at(struct journal *j, uint32_t segment, struct fault *f) {
    uint8_t first[SEGMENT_SECTOR];
    uint64_t number = 0;
    uint32_t index = 0;
    struct journal_place place = {{segment, 0}, 0, j->previous};
    if (segment == 0) {
        journal_follow(j, &place);
        if (segments_last(j->log) == 0) j->at = place.at;
        return OK;
    }
    TRY(segments_read(j->log, place.at, first, sizeof first, f));
    enum journal_sector kind = journal_sector_of(first, &number, &index);
    if (kind == SECTOR_ZERO) return fail(f, RESULT_NOT_FOUND, "journal", "no batch stands in segment %u", segment);
    if (kind == SECTOR_BAD || index != 0 || number == 0) return journal_rot(j->log, place.at, f, "no batch begins here");
    place.number = number - 1;
    memcpy(place.hash.bytes, first + JOURNAL_SECTOR_HEAD + 24, SHA256_SIZE);
    journal_follow(j, &place);
    return OK;
}

/* One batch by itself: what it says of the one before is believed. */
static result check_one(struct journal *j, uint32_t segment, uint64_t at, uint64_t number, struct journal_tail *out, bool *torn, struct fault *f) {
    uint8_t first[SEGMENT_SECTOR];
    struct segment_place place = {segment, at};
    struct journal_batch b;
    TRY(segments_read(j->log, place, first, sizeof first, f));
    j->number = number - 1;
    memcpy(j->previous.bytes, first + JOURNAL_SECTOR_HEAD + 24, SHA256_SIZE);
    *torn = false;
    TRY(journal_take_batch(j, place, first, &b, torn, f));
    if (*torn) return OK;
    if (out->batch == 0) out->batch = number;
    out->checked++;
    return take_tick(j, &b, out, f);
}

result journal_tail(struct disk *d, const char *dir, struct journal_tail *out, struct fault *f) {
    static const struct hash none;
    struct journal *j = NULL;
    struct starts starts;
    *out = (struct journal_tail){0};
    TRY(journal_open(d, dir, &none, LIMIT_SEGMENT_BYTES, &j, f));
    result r = OK;
    /* Back to the last batch with a tick: one a second has one. */
    for (uint32_t segment = segments_last(j->log); segment > 0 && !out->any_tick && result_is_ok(r); segment--) {
        starts.count = 0;
        r = each_start(j, segment, remember, &starts, f);
        for (uint32_t i = starts.count; i > 0 && !out->any_tick && result_is_ok(r); i--) {
            bool torn = false;
            r = check_one(j, segment, starts.at[i - 1], starts.number[i - 1], out, &torn, f);
            out->torn |= torn;
        }
    }
    journal_close(j);
    return r;
}
