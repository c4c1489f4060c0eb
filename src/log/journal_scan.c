/* Going through the journal from its beginning: what is whole is taken, a torn end is told from rot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/crc32c.h"
#include "log/journal_private.h"

enum { SCAN = 64 * 1024 };

/* A torn batch stands in one segment, flipped zeros may stand in the one before it; more there cannot be. */
static result note_cut(struct journal *j, struct segment_place at, struct fault *f) {
    j->torn += SEGMENT_SECTOR;
    if (j->cuts == 0 || j->cut[j->cuts - 1].from.segment != at.segment) {
        if (j->cuts == 2) return journal_rot(j->log, at, f, "bytes stand far behind the last batch");
        j->cut[j->cuts++].from = at;
    }
    j->cut[j->cuts - 1].size = at.offset + SEGMENT_SECTOR - j->cut[j->cuts - 1].from.offset;
    return OK;
}

/* Behind the last whole batch there may be sectors of the next one, torn; never a whole sector of any other batch. Nonzero
 * sectors that are not whole stand where nothing was ever written: they are cleared with the torn ones. */
static result check_tail(struct journal *j, struct segment_place at, struct fault *f) {
    if (at.segment == 0) return OK;
    uint8_t *room = malloc(SCAN);
    if (room == NULL) return fail(f, RESULT_FULL, "journal", "out of memory");
    result r = OK;
    uint32_t last = segments_last(j->log);
    for (; at.segment <= last && result_is_ok(r); at = (struct segment_place){at.segment + 1, 0}) {
        uint64_t length = 0;
        r = segments_length(j->log, at.segment, &length, f);
        for (; result_is_ok(r) && at.offset < length; at.offset += SCAN) {
            size_t run = length - at.offset < SCAN ? (size_t)(length - at.offset) : SCAN;
            memset(room, 0, SCAN);
            r = segments_read(j->log, at, room, run, f);
            for (size_t i = 0; i < run && result_is_ok(r); i += SEGMENT_SECTOR) {
                uint64_t number;
                uint32_t index;
                struct segment_place here = {at.segment, at.offset + i};
                enum journal_sector kind = journal_sector_of(room + i, &number, &index);
                if (kind == SECTOR_ZERO) continue;
                if (kind == SECTOR_WHOLE && number != j->number + 1)
                    r = journal_rot(j->log, here, f, "a later batch stands here, but the one before it is not whole");
                else
                    r = note_cut(j, here, f);
            }
        }
    }
    free(room);
    return r;
}

/* The sectors of one batch into j->content. *torn: some were never written. */
static result take_sectors(struct journal *j, struct segment_place at, size_t count, bool *torn, struct fault *f) {
    /* What the file has not is not there: no memory for what only a number claims. */
    uint64_t length = 0, there;
    TRY(segments_length(j->log, at.segment, &length, f));
    there = length > at.offset ? (length - at.offset + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR : 0;
    if (count > there) {
        count = (size_t)there;
        *torn = true;
    }
    if (!journal_room(&j->frame, count * SEGMENT_SECTOR)) return journal_rot(j->log, at, f, "a batch's length is not possible");
    TRY(segments_read(j->log, at, j->frame.at, count * SEGMENT_SECTOR, f));
    append_reset(&j->content);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *s = (const uint8_t *)j->frame.at + i * SEGMENT_SECTOR;
        struct segment_place here = {at.segment, at.offset + i * SEGMENT_SECTOR};
        uint64_t number = 0;
        uint32_t index = 0;
        enum journal_sector kind = journal_sector_of(s, &number, &index);
        if (kind == SECTOR_BAD) return journal_rot(j->log, here, f, "the checksum of a sector does not fit");
        if (kind == SECTOR_ZERO) *torn = true;
        else if (number != j->number + 1 || index != i) return journal_rot(j->log, here, f, "a sector of another batch");
        else append_bytes(&j->content, s + JOURNAL_SECTOR_HEAD, JOURNAL_BODY);
    }
    return OK;
}

static result check_content(struct journal *j, struct segment_place at, uint64_t length, struct fault *f) {
    static const uint8_t zeros[JOURNAL_BODY];
    const uint8_t *c = (const uint8_t *)j->content.at;
    struct hash hash = sha256_of(c, length - SHA256_SIZE);
    if (memcmp(hash.bytes, c + length - SHA256_SIZE, SHA256_SIZE) != 0)
        return journal_rot(j->log, at, f, "a batch does not match its hash");
    if (memcmp(c + 24, j->previous.bytes, SHA256_SIZE) != 0)
        return journal_rot(j->log, at, f, "a batch does not follow the one before it");
    if (memcmp(c + length, zeros, j->content.size - length) != 0)
        return journal_rot(j->log, at, f, "the padding behind a batch is not zero");
    j->previous = hash;
    return OK;
}

static result take_payload(struct journal *j, struct journal_batch *b, uint64_t size, struct fault *f) {
    uint64_t length = 0;
    struct fault inner = {0};
    b->payload = (struct text){"", 0};
    if (size == 0 || j->skip_payloads) return OK;
    result r = segments_length(j->pay, b->pay.segment, &length, &inner);
    if (r.code == RESULT_NOT_FOUND) return journal_rot(j->pay, b->pay, f, "the file of a batch's payload is missing");
    if (!result_is_ok(r)) return fail(f, r.code, inner.field, "%s", inner.message);
    /* The payload was written whole before anything named it. */
    if (b->pay.offset > length || size > length - b->pay.offset) return journal_rot(j->pay, b->pay, f, "a batch's payload goes beyond its file");
    if (size > j->payload_room) {
        free(j->payload);
        j->payload_room = size < SIZE_MAX / 2 ? 2 * (size_t)size : 0;
        j->payload = malloc(j->payload_room);
        if (j->payload == NULL) return fail(f, RESULT_FULL, "journal", "out of memory");
    }
    b->payload = (struct text){(const char *)j->payload, (size_t)size};
    return segments_read(j->pay, b->pay, j->payload, (size_t)size, f);
}

result journal_take_batch(struct journal *j, struct segment_place at, const uint8_t *first, struct journal_batch *out, bool *torn,
                          struct fault *f) {
    struct cursor c = cursor_of(first + JOURNAL_SECTOR_HEAD, JOURNAL_BODY);
    bool magic = memcmp(cursor_bytes(&c, 16), JOURNAL_MAGIC, 16) == 0;
    uint64_t number = cursor_u64(&c);
    cursor_bytes(&c, SHA256_SIZE);
    uint64_t length = cursor_u64(&c), payload_size;
    *out = (struct journal_batch){.number = number, .log = at};
    out->sequencer = cursor_u64(&c);
    out->pay.segment = cursor_u32(&c);
    out->pay.offset = cursor_u64(&c);
    payload_size = cursor_u64(&c);
    out->entries = cursor_u32(&c);
    if (!magic || number != j->number + 1 || length < JOURNAL_HEAD + SHA256_SIZE || length > UINT32_MAX)
        return journal_rot(j->log, at, f, "the head of a batch is not possible");
    size_t count = (size_t)((length + JOURNAL_BODY - 1) / JOURNAL_BODY);
    struct journal_before before = {{at, j->number, j->previous}, j->bytes};
    TRY(take_sectors(j, at, count, torn, f));
    if (*torn) return OK;
    TRY(check_content(j, at, length, f));
    TRY(take_payload(j, out, payload_size, f));
    out->content_size = (uint32_t)length;
    out->rest = cursor_of(j->content.at + JOURNAL_HEAD, (size_t)length - JOURNAL_HEAD - SHA256_SIZE);
    j->before = before;
    j->number++;
    j->sequencer = out->sequencer;
    j->at = (struct segment_place){at.segment, at.offset + count * SEGMENT_SECTOR};
    uint64_t extent = (payload_size + SEGMENT_SECTOR - 1) / SEGMENT_SECTOR * SEGMENT_SECTOR;
    j->pay_end = payload_size == 0 ? j->pay_end : (struct segment_place){out->pay.segment, out->pay.offset + extent};
    j->bytes += count * SEGMENT_SECTOR + extent;
    return OK;
}

/* True when segment `at.segment` begins with the batch that is looked for. */
static result begins_with_next(struct journal *j, uint32_t segment, uint8_t *sector, bool *yes, struct fault *f) {
    uint64_t number = 0;
    uint32_t index = 0;
    *yes = false;
    if (segment > segments_last(j->log) && j->follows) TRY(segments_look(j->log, f));
    if (segment > segments_last(j->log)) return OK;
    TRY(segments_read(j->log, (struct segment_place){segment, 0}, sector, SEGMENT_SECTOR, f));
    *yes = journal_sector_of(sector, &number, &index) == SECTOR_WHOLE && number == j->number + 1 && index == 0;
    return OK;
}

result journal_next(struct journal *j, struct journal_batch *out, bool *end, struct fault *f) {
    *end = true;
    if (j->at.segment == 0) return OK;
    uint8_t sector[SEGMENT_SECTOR];
    uint64_t number = 0;
    uint32_t index = 0;
    struct segment_place at = j->at;
    TRY(segments_read(j->log, at, sector, sizeof sector, f));
    enum journal_sector kind = journal_sector_of(sector, &number, &index);
    if (kind == SECTOR_BAD) return journal_rot(j->log, at, f, "the checksum of a sector does not fit");
    if (kind == SECTOR_ZERO) {
        bool next = false;
        TRY(begins_with_next(j, at.segment + 1, sector, &next, f));
        if (!next) return check_tail(j, at, f);
        at = (struct segment_place){at.segment + 1, 0};
    } else if (number != j->number + 1 || index != 0) {
        return journal_rot(j->log, at, f, "a sector of another batch");
    }
    bool torn = false;
    TRY(journal_take_batch(j, at, sector, out, &torn, f));
    if (torn) return check_tail(j, j->at, f);
    *end = false;
    return OK;
}

result journal_entry(struct journal *j, struct journal_batch *b, struct journal_entry *out, bool *end, struct fault *f) {
    struct cursor *c = &b->rest;
    *end = c->left == 0;
    if (*end) return OK;
    *out = (struct journal_entry){0};
    uint8_t type = cursor_u8(c);
    out->tick = type == JOURNAL_ENTRY_TICK;
    if (out->tick) {
        out->number = cursor_u64(c);
        out->order = cursor_u64(c);
        out->time = cursor_i64(c);
        cursor_copy(c, out->root.bytes, SHA256_SIZE);
        return c->failed ? journal_rot(j->log, b->log, f, "an entry is cut") : OK;
    }
    out->told = cursor_u8(c) != 0;
    out->party = cursor_u16(c);
    out->place = cursor_u64(c);
    out->order = cursor_u64(c);
    out->time = cursor_i64(c);
    out->payload_at = cursor_u64(c);
    out->payload_size = cursor_u64(c);
    out->crc = cursor_u32(c);
    cursor_copy(c, out->root.bytes, SHA256_SIZE);
    out->hash_count = cursor_u32(c);
    out->content_at = (uint32_t)(b->content_size - SHA256_SIZE - c->left);
    out->hashes = cursor_bytes(c, (size_t)out->hash_count * SHA256_SIZE);
    if (type != JOURNAL_ENTRY_RECORD || c->failed) return journal_rot(j->log, b->log, f, "an entry of no known form");
    if (j->skip_payloads) return OK;
    if (out->payload_at > b->payload.size || out->payload_size > b->payload.size - out->payload_at)
        return journal_rot(j->log, b->log, f, "an entry points beyond its payload");
    if (crc32c_of(b->payload.at + out->payload_at, (size_t)out->payload_size) == out->crc) return OK;
    out->payload_rotten = true;
    struct segment_place at = {b->pay.segment, b->pay.offset + out->payload_at};
    char what[96];
    snprintf(what, sizeof what, "the %llu bytes of a record from here have changed since they were written",
             (unsigned long long)out->payload_size);
    return journal_rot(j->pay, at, f, what);
}
