/* Which bits of a log's files are ever read? Worked out from the bytes alone, by FORMAT.md, chapters 7 and 10 to 12, before a bit is flipped there:
 * what is read must be found and named at the next start; what is not must be taken for what it is, nothing. A new kind of file gets a function and a
 * line in rot_is_read. */
#include <stdlib.h>

#include "log/crc32c.h"
#include "sim.h"

enum { SECTOR = 512, HEAD = 16, BODY = SECTOR - HEAD, BATCH_HEAD = 96, CHECKPOINT_BLOCK = 4096 };

static uint64_t number_at(const uint8_t *b, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | b[i];
    return v;
}

static struct append file_of(struct sim *s, const char *path) {
    struct append out = append_growing((size_t)1 << 30);
    struct disk_file *file = NULL;
    struct fault f = {0};
    uint64_t size = 0;
    static uint8_t room[65536];
    if (!disk_exists(s->disk, path)) return out;
    sim_must(s, disk_open(s->disk, path, DISK_READ, false, &file, &f), &f, path);
    sim_must(s, disk_size(file, &size, &f), &f, path);
    for (size_t got = 0; out.size < size; append_bytes(&out, room, got)) sim_must(s, disk_read(file, out.size, room, sizeof room, &got, &f), &f, path);
    disk_close(file);
    return out;
}

/* --- the journal: batches one after the other --- */
struct place { uint32_t segment; uint64_t byte; };
struct walk { struct sim *s; bool payload; struct place wanted; uint64_t batch; bool read; }; /* read: the place that is wanted is one */

static bool sector_whole(const struct append *file, uint64_t at, uint64_t batch, uint64_t index) {
    const uint8_t *b = (const uint8_t *)file->at + at;
    if (at + SECTOR > file->size || number_at(b, 4) != crc32c_of(b + 4, SECTOR - 4)) return false;
    return number_at(b + 4, 4) == index && number_at(b + 8, 8) == batch;
}

static void payloads(struct walk *w, const struct append *content) {
    const uint8_t *b = (const uint8_t *)content->at, *end = b + content->size;
    uint64_t segment = number_at(b + 72, 4), offset = number_at(b + 76, 8), entries = number_at(b + 92, 4);
    b += BATCH_HEAD;
    for (uint64_t i = 0; i < entries; i++) {
        assert(b < end);
        if (*b == 2) {
            b += 1 + 8 + 8 + 8 + 32;
            continue;
        }
        uint64_t from = offset + number_at(b + 28, 8), size = number_at(b + 36, 8), hashes = number_at(b + 80, 4);
        if (w->payload && segment == w->wanted.segment && w->wanted.byte >= from && w->wanted.byte < from + size) w->read = true;
        b += 84 + 32 * hashes;
    }
}

/* The batch that begins here, if it is whole; *sectors: how many it takes, 0 when not even the first is. */
static bool batch_at(struct walk *w, const struct append *file, uint64_t at, uint64_t *sectors) {
    *sectors = 0;
    if (!sector_whole(file, at, w->batch, 0)) return false;
    uint64_t length = number_at((const uint8_t *)file->at + at + HEAD + 56, 8);
    *sectors = (length + BODY - 1) / BODY;
    struct append content = append_growing((size_t)1 << 30);
    bool whole = true;
    for (uint64_t i = 0; i < *sectors && whole; i++) {
        whole = sector_whole(file, at + i * SECTOR, w->batch, i);
        if (whole) append_bytes(&content, file->at + at + i * SECTOR + HEAD, BODY);
    }
    if (whole) payloads(w, &content);
    append_free(&content);
    return whole;
}

/* Behind the last batch of a segment the next sector is looked at, and of a batch that was torn all; further on only that there is no later one. */
static bool segment_walk(struct walk *w, uint32_t segment, bool *more) {
    char path[96];
    snprintf(path, sizeof path, "sim/journal/log-%08u.seg", segment);
    struct append file = file_of(w->s, path);
    uint64_t at = 0, sectors = 0, first = w->batch;
    bool here = !w->payload && segment == w->wanted.segment;
    while (batch_at(w, &file, at, &sectors)) {
        w->batch++;
        at += sectors * SECTOR;
    }
    *more = file.size > 0 && w->batch > first;
    if (here && *more && w->wanted.byte < at + (sectors == 0 ? 1 : sectors) * SECTOR) w->read = true;
    if (here && !*more && segment == 1) w->read = w->wanted.byte < (sectors == 0 ? 1 : sectors) * SECTOR;
    append_free(&file);
    return here;
}

static bool journal_is_read(struct sim *s, bool payload, uint32_t segment, uint64_t byte) {
    struct walk w = {.s = s, .payload = payload, .wanted = {segment, byte}, .batch = 1};
    bool more = true;
    for (uint32_t i = 1; more; i++) (void)segment_walk(&w, i, &more);
    return w.read;
}

/* --- the others --- */

/* Of each block the first sector. */
static bool checkpoint_is_read(uint64_t byte) { return byte % CHECKPOINT_BLOCK < SECTOR; }

/* Every start computes the last tick's slots: of the parties that there were, and what fills the others, if there are any. */
static bool blinds_are_read(const struct sim *s, uint64_t byte) {
    uint32_t founders = s->plan.parties - s->plan.enters, slots = UINT32_C(1) << s->plan.capacity.slots_log2;
    if (s->ledger.leaf_count == 0) return false;
    return byte < 32 ? founders + 1 < slots : byte / 32 - 1 < founders;
}

bool rot_is_read(struct sim *s, const char *path, uint64_t byte) {
    unsigned segment = 0;
    if (sscanf(path, "sim/journal/log-%8u.seg", &segment) == 1) return journal_is_read(s, false, segment, byte);
    if (sscanf(path, "sim/journal/pay-%8u.seg", &segment) == 1) return journal_is_read(s, true, segment, byte);
    if (strcmp(path, "sim/checkpoint") == 0) return checkpoint_is_read(byte);
    if (strcmp(path, "sim/blinds") == 0) return blinds_are_read(s, byte);
    return true;
}
