/* Bytes of the journal's segments: batches put together from the input, whole or with any field wrong, checksums right or not, at any sector; and
 * what stands between them. Going through ends with the end or with rot that names file and byte; a journal that was gone through
 * can be continued, and then holds what it held and one batch more. */
#include "fuzz.h"

#include "log/crc32c.h"
#include "log/journal_private.h"

static const struct hash first = {{1, 2, 3}};
enum { ROOM = 1 << 16 };
static uint8_t log_bytes[ROOM], pay_bytes[ROOM];

static void put_sectors(struct draw *d, const struct append *content, uint64_t number, size_t *at) {
    for (size_t i = 0; i * JOURNAL_BODY < content->size && *at + 512 <= ROOM; i++, *at += 512) {
        uint8_t *s = log_bytes + *at;
        size_t left = content->size - i * JOURNAL_BODY;
        memset(s, 0, 512);
        struct append head = append_fixed(s, JOURNAL_SECTOR_HEAD);
        append_u32(&head, 0);
        append_u32(&head, (uint32_t)i + draw_one_in(d, 60));
        append_u64(&head, number + draw_one_in(d, 60));
        memcpy(s + JOURNAL_SECTOR_HEAD, content->at + i * JOURNAL_BODY, left < JOURNAL_BODY ? left : JOURNAL_BODY);
        if (draw_one_in(d, 60)) s[16 + draw_below(d, 65536) % 496] ^= draw_byte(d);
        uint32_t crc = crc32c_of(s + 4, 508) + draw_one_in(d, 60);
        for (int k = 0; k < 4; k++) s[k] = (uint8_t)(crc >> (24 - 8 * k));
        if (draw_one_in(d, 60)) memset(s, 0, 512); /* a sector that was never written */
    }
}

static void put_entry(struct draw *d, struct append *c, size_t *pay_at) {
    if (draw_one_in(d, 3)) {
        append_u8(c, JOURNAL_ENTRY_TICK);
        for (int i = 0; i < 24; i++) append_u8(c, draw_byte(d));
        for (int i = 0; i < 32; i++) append_u8(c, (uint8_t)i);
        return;
    }
    size_t size = draw_byte(d);
    for (size_t i = 0; i < size && *pay_at + i < ROOM; i++) pay_bytes[*pay_at + i] = draw_byte(d);
    if (*pay_at + size > ROOM) size = 0;
    append_u8(c, draw_one_in(d, 60) ? draw_byte(d) : JOURNAL_ENTRY_RECORD);
    append_u8(c, draw_byte(d) & 1);
    append_u8(c, 0);
    append_u8(c, draw_byte(d));
    append_u64(c, draw_byte(d));
    append_u64(c, draw_byte(d));
    append_u64(c, draw_byte(d));
    uint64_t from = *pay_at % 512, stated = size;
    if (draw_one_in(d, 40)) from = draw_u64(d);
    if (draw_one_in(d, 40)) stated = draw_u64(d);
    append_u64(c, from);
    append_u64(c, stated);
    append_u32(c, crc32c_of(pay_bytes + *pay_at, size) + draw_one_in(d, 60));
    for (int i = 0; i < 32; i++) append_u8(c, draw_byte(d));
    uint32_t hashes = draw_byte(d) % 9;
    append_u32(c, draw_one_in(d, 60) ? (uint32_t)draw_u64(d) : hashes);
    for (uint32_t i = 0; i < 32 * hashes; i++) append_u8(c, (uint8_t)i);
    *pay_at += size;
}

static void put_batch(struct draw *d, uint64_t number, struct hash *previous, size_t *at, size_t *pay) {
    struct append c = append_growing(1 << 20), body = append_growing(1 << 20);
    uint8_t entries = draw_byte(d) % 4;
    size_t begin = (*pay + 511) / 512 * 512, end = begin;
    for (uint8_t i = 0; i < entries; i++) put_entry(d, &body, &end);
    append_bytes(&c, draw_one_in(d, 60) ? "parley/batch/2\n" : JOURNAL_MAGIC, 16);
    append_u64(&c, number + draw_one_in(d, 60));
    append_bytes(&c, previous->bytes, 32);
    if (draw_one_in(d, 60)) c.at[24] ^= 1;
    uint64_t length = JOURNAL_HEAD + body.size + 32;
    append_u64(&c, draw_one_in(d, 40) ? draw_u64(d) : length);
    append_u64(&c, number);
    append_u32(&c, draw_one_in(d, 40) ? draw_byte(d) : 1);
    append_u64(&c, draw_one_in(d, 40) ? draw_u64(d) : begin);
    append_u64(&c, draw_one_in(d, 40) ? draw_u64(d) >> draw_byte(d) % 64 : end - begin);
    append_u32(&c, draw_one_in(d, 40) ? draw_byte(d) : entries);
    append_text(&c, append_view(&body));
    *previous = sha256_of(c.at, c.size);
    append_bytes(&c, previous->bytes, 32);
    if (draw_one_in(d, 60)) c.at[c.size - 1] ^= 1;
    put_sectors(d, &c, number, at);
    *pay = end;
    append_free(&c);
    append_free(&body);
}

static void seeds(void) {
    for (unsigned i = 0; i < 6; i++) {
        uint8_t in[2048];
        for (size_t k = 0; k < sizeof in; k++) in[k] = (uint8_t)(i == 0 ? 1 : (k * 37 + i * 101) % 39); /* no one in 40 or 60: all is right */
        in[0] = (uint8_t)i;
        seed("batches", i, in, sizeof in);
    }
}

static void write_file(struct disk *disk, const char *path, const uint8_t *bytes, size_t size) {
    struct disk_file *file;
    struct fault f = {0};
    if (!result_is_ok(disk_open(disk, path, DISK_WRITE, true, &file, &f)) || !result_is_ok(disk_write(file, 0, bytes, size, &f)) || !result_is_ok(disk_sync(file, &f))) abort();
    disk_close(file);
}

/* Everything up to the end or the first fault; a hash over all entries. */
static result go_through(struct journal *j, uint64_t *batches, struct hash *content, struct fault *f) {
    struct sha256 s;
    sha256_init(&s);
    *batches = 0;
    for (bool end = false;;) {
        struct journal_batch b;
        TRY(journal_next(j, &b, &end, f));
        if (end) break;
        assert(b.number == *batches + 1);
        for (bool last = false;;) {
            struct journal_entry e;
            TRY(journal_entry(j, &b, &e, &last, f));
            if (last) break;
            sha256_update(&s, &e.order, sizeof e.order);
            sha256_update(&s, e.root.bytes, 32);
            if (!e.tick) sha256_update(&s, b.payload.at + e.payload_at, (size_t)e.payload_size);
            if (!e.tick && e.hash_count > 0) sha256_update(&s, e.hashes, (size_t)e.hash_count * 32);
        }
        *batches += 1;
    }
    *content = sha256_final(&s);
    return OK;
}

static result one_more(struct journal *j, struct fault *f) {
    struct journal_entry e = {.order = 77, .payload_size = 5};
    struct segment_place log, pay;
    TRY(journal_continue(j, f));
    journal_begin(j);
    journal_put_record(j, &e, &first, TEXT("hello"));
    return journal_commit(j, 99, TEXT("hello"), &log, &pay, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct draw d = {bytes, size};
    struct hash previous = first, before, after;
    size_t at = 0, pay = 0;
    memset(log_bytes, 0, sizeof log_bytes);
    memset(pay_bytes, 0, sizeof pay_bytes);
    uint8_t batches = draw_byte(&d) % 6;
    for (uint8_t i = 0; i < batches; i++) put_batch(&d, i + 1u, &previous, &at, &pay);
    while (d.left > 0 && draw_one_in(&d, 30)) log_bytes[draw_below(&d, 65536)] ^= draw_byte(&d);
    struct disk *disk = disk_simulated(1);
    struct fault f = {0};
    struct journal *j = NULL;
    uint64_t count = 0, again = 0;
    if (!result_is_ok(disk_make_dir(disk, "/j", &f))) abort();
    write_file(disk, "/j/log-00000001.seg", log_bytes, sizeof log_bytes);
    write_file(disk, "/j/pay-00000001.seg", pay_bytes, sizeof pay_bytes);
    result r = journal_open(disk, "/j", &first, 1 << 20, &j, &f);
    if (!result_is_ok(r)) abort();
    r = go_through(j, &count, &before, &f);
    check_fault(r, &f);
    if (r.code == RESULT_ROT) assert(strstr(f.message, ".seg") != NULL && strstr(f.message, "byte") != NULL);
    if (result_is_ok(r)) {
        r = one_more(j, &f);
        assert(result_is_ok(r));
        journal_close(j);
        if (!result_is_ok(journal_open(disk, "/j", &first, 1 << 20, &j, &f))) abort();
        /* Its hash is of one entry more: what was there comes first, and is taken by itself. */
        struct journal_batch b;
        bool end = false;
        for (; again < count; again++) {
            r = journal_next(j, &b, &end, &f);
            assert(result_is_ok(r) && !end);
        }
        r = journal_next(j, &b, &end, &f);
        assert(result_is_ok(r) && !end && b.sequencer == 99 && text_is(b.payload, "hello"));
        r = journal_next(j, &b, &end, &f);
        assert(result_is_ok(r) && end && journal_torn(j) == 0);
        journal_close(j);
        if (!result_is_ok(journal_open(disk, "/j", &first, 1 << 20, &j, &f))) abort();
        struct journal *whole = j;
        r = go_through(whole, &again, &after, &f);
        assert(result_is_ok(r) && again == count + 1 && !hash_equal(&before, &after));
    }
    journal_close(j);
    disk_simulated_free(disk);
    return 0;
}
