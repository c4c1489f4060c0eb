#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/crc32c.h"
#include "log/journal_private.h"

static uint32_t load_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_u32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (24 - 8 * i));
}

enum journal_sector journal_sector_of(const uint8_t sector[SEGMENT_SECTOR], uint64_t *number, uint32_t *index) {
    static const uint8_t zeros[SEGMENT_SECTOR];
    if (memcmp(sector, zeros, SEGMENT_SECTOR) == 0) return SECTOR_ZERO;
    *index = load_u32(sector + 4);
    *number = (uint64_t)load_u32(sector + 8) << 32 | load_u32(sector + 12);
    return load_u32(sector) == crc32c_of(sector + 4, SEGMENT_SECTOR - 4) ? SECTOR_WHOLE : SECTOR_BAD;
}

result journal_rot(const struct segments *s, struct segment_place at, struct fault *f, const char *what) {
    char path[LIMIT_PATH];
    segments_path(s, at.segment, path);
    return fail(f, RESULT_ROT, path, "%s, byte %llu: %s", path, (unsigned long long)at.offset, what);
}

bool journal_room(struct append *a, size_t size) {
    append_reset(a);
    static const char zeros[SEGMENT_BLOCK];
    while (a->size < size && !a->full) append_bytes(a, zeros, size - a->size < sizeof zeros ? size - a->size : sizeof zeros);
    return !a->full;
}

result journal_open(struct disk *d, const char *dir, const struct hash *first, uint64_t segment_bytes, struct journal **out,
                    struct fault *f) {
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL) return fail(f, RESULT_FULL, dir, "out of memory");
    j->previous = *first;
    j->content = append_growing(LIMIT_BATCH_MOST);
    j->frame = append_growing(LIMIT_BATCH_MOST + LIMIT_BATCH_MOST / 16);
    result r = segments_open(d, dir, "log", segment_bytes, &j->log, f);
    if (result_is_ok(r)) r = segments_open(d, dir, "pay", segment_bytes, &j->pay, f);
    if (result_is_ok(r)) r = segments_open(d, dir, "log", segment_bytes, &j->log_read, f);
    if (result_is_ok(r)) r = segments_open(d, dir, "pay", segment_bytes, &j->pay_read, f);
    if (!result_is_ok(r)) {
        journal_close(j);
        return r;
    }
    j->at = (struct segment_place){segments_last(j->log) == 0 ? 0 : 1, 0};
    *out = j;
    return OK;
}

void journal_close(struct journal *j) {
    if (j == NULL) return;
    segments_close(j->log);
    segments_close(j->pay);
    segments_close(j->log_read);
    segments_close(j->pay_read);
    append_free(&j->content);
    append_free(&j->frame);
    free(j->payload);
    free(j);
}

uint64_t journal_torn(const struct journal *j) { return j->torn; }
uint64_t journal_bytes(const struct journal *j) { return j->bytes; }
uint64_t journal_sequencer(const struct journal *j) { return j->sequencer; }
uint64_t journal_number(const struct journal *j) { return j->number; }
const struct hash *journal_last_hash(const struct journal *j) { return &j->previous; }
void journal_here(const struct journal *j, struct journal_place *out) { *out = (struct journal_place){j->at, j->number, j->previous}; }
void journal_follow(struct journal *j, const struct journal_place *from) {
    j->at = from->at.segment == 0 ? (struct segment_place){1, 0} : from->at;
    j->number = from->number;
    j->previous = from->hash;
    j->follows = true;
    j->torn = j->cuts = 0;
}
uint32_t journal_segments(const struct journal *j) { return segments_last(j->log); }
struct segment_place journal_payload_end(const struct journal *j) { return j->pay_end; }
struct text journal_extent(const struct journal *j) { return append_view(&j->frame); }
void journal_before(const struct journal *j, struct journal_before *out) { *out = j->before; }
void journal_resume(struct journal *j, const struct journal_before *from) {
    j->at = from->place.at;
    j->number = from->place.number;
    j->previous = from->place.hash;
    j->bytes = from->bytes;
}
void journal_skip_payloads(struct journal *j, bool skip) { j->skip_payloads = skip; }

result journal_continue(struct journal *j, struct fault *f) {
    for (uint32_t i = 0; i < j->cuts; i++) TRY(segments_clear(j->log, j->cut[i].from, j->cut[i].size, f));
    j->cuts = 0;
    TRY(segments_continue(j->log, j->at, f));
    return segments_continue(j->pay, j->pay_end, f);
}

/* --- appending --- */

void journal_begin(struct journal *j) {
    bool good = journal_room(&j->content, JOURNAL_HEAD); /* filled in by journal_commit */
    assert(good);
    j->entries = 0;
}

uint32_t journal_put_record(struct journal *j, const struct journal_entry *e, const struct hash *hashes, struct text payload) {
    struct append *a = &j->content;
    append_u8(a, JOURNAL_ENTRY_RECORD);
    append_u8(a, e->told ? 1 : 0);
    append_u16(a, e->party);
    append_u64(a, e->place);
    append_u64(a, e->order);
    append_u64(a, (uint64_t)e->time);
    append_u64(a, e->payload_at);
    append_u64(a, e->payload_size);
    append_u32(a, crc32c_of(payload.at, payload.size));
    append_bytes(a, e->root.bytes, SHA256_SIZE);
    append_u32(a, e->hash_count);
    uint32_t at = (uint32_t)a->size;
    append_bytes(a, hashes, (size_t)e->hash_count * SHA256_SIZE);
    j->entries++;
    return at;
}

void journal_put_tick(struct journal *j, const struct journal_entry *e) {
    struct append *a = &j->content;
    append_u8(a, JOURNAL_ENTRY_TICK);
    append_u64(a, e->number);
    append_u64(a, e->order);
    append_u64(a, (uint64_t)e->time);
    append_bytes(a, e->root.bytes, SHA256_SIZE);
    j->entries++;
}

static void put_head(struct journal *j, uint64_t sequencer, struct segment_place pay, size_t payload_size) {
    struct append h = append_fixed(j->content.at, JOURNAL_HEAD);
    append_bytes(&h, JOURNAL_MAGIC, 16);
    append_u64(&h, j->number + 1);
    append_bytes(&h, j->previous.bytes, SHA256_SIZE);
    append_u64(&h, j->content.size + SHA256_SIZE);
    append_u64(&h, sequencer);
    append_u32(&h, pay.segment);
    append_u64(&h, pay.offset);
    append_u64(&h, payload_size);
    append_u32(&h, j->entries);
    assert(!h.full && h.size == JOURNAL_HEAD);
}

/* Content cut into sectors: checksum, index, batch number, body. */
static bool put_sectors(struct journal *j) {
    size_t count = (j->content.size + JOURNAL_BODY - 1) / JOURNAL_BODY;
    if (!journal_room(&j->frame, count * SEGMENT_SECTOR)) return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t *s = (uint8_t *)j->frame.at + i * SEGMENT_SECTOR;
        size_t from = i * JOURNAL_BODY, run = j->content.size - from < JOURNAL_BODY ? j->content.size - from : JOURNAL_BODY;
        store_u32(s + 4, (uint32_t)i);
        store_u32(s + 8, (uint32_t)((j->number + 1) >> 32));
        store_u32(s + 12, (uint32_t)(j->number + 1));
        memcpy(s + JOURNAL_SECTOR_HEAD, j->content.at + from, run);
        store_u32(s, crc32c_of(s + 4, SEGMENT_SECTOR - 4));
    }
    return true;
}

static result write_payload(struct journal *j, struct text payload, struct segment_place *at, struct fault *f) {
    size_t size = (payload.size + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR;
    *at = segments_next(j->pay, size);
    if (size == 0) return OK;
    j->bytes += size;
    return segments_append(j->pay, payload.at, payload.size, at, f);
}

result journal_commit(struct journal *j, uint64_t sequencer, struct text payload, struct segment_place *log,
                      struct segment_place *pay, struct fault *f) {
    struct journal_before before = {{.number = j->number, .hash = j->previous}, j->bytes};
    TRY(write_payload(j, payload, pay, f));
    put_head(j, sequencer, *pay, payload.size);
    struct hash hash = sha256_of(j->content.at, j->content.size);
    append_bytes(&j->content, hash.bytes, SHA256_SIZE);
    if (j->content.full || !put_sectors(j))
        return fail(f, RESULT_TOO_LARGE, "journal", "a batch of more than %zu bytes", LIMIT_BATCH_MOST);
    TRY(segments_append(j->log, j->frame.at, j->frame.size, log, f));
    j->bytes += j->frame.size;
    before.place.at = *log;
    j->before = before;
    j->at = (struct segment_place){log->segment, log->offset + j->frame.size};
    j->previous = hash;
    j->number++;
    j->sequencer = sequencer;
    return OK;
}

/* --- reading back --- */

result journal_hashes(struct journal *j, struct segment_place log, uint64_t batch, uint32_t content_at, struct hash *out,
                      uint32_t count, struct fault *f) {
    uint8_t sector[SEGMENT_SECTOR];
    uint8_t *to = (uint8_t *)out;
    for (size_t left = (size_t)count * SHA256_SIZE, at = content_at; left > 0;) {
        uint32_t index = (uint32_t)(at / JOURNAL_BODY), in, seen;
        uint64_t number;
        struct segment_place place = {log.segment, log.offset + (uint64_t)index * SEGMENT_SECTOR};
        TRY(segments_read(j->log_read, place, sector, sizeof sector, f));
        if (journal_sector_of(sector, &number, &seen) != SECTOR_WHOLE || number != batch || seen != index)
            return journal_rot(j->log_read, place, f, "a sector of a batch has changed since it was written");
        in = (uint32_t)(at % JOURNAL_BODY);
        size_t run = JOURNAL_BODY - in < left ? JOURNAL_BODY - in : left;
        memcpy(to, sector + JOURNAL_SECTOR_HEAD + in, run);
        to += run, at += run, left -= run;
    }
    return OK;
}

result journal_payload(struct journal *j, struct segment_place pay, uint64_t at, void *out, size_t size, struct fault *f) {
    return segments_read(j->pay_read, (struct segment_place){pay.segment, pay.offset + at}, out, size, f);
}
