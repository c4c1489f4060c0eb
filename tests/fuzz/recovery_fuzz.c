/* A whole directory, changed: a small journal of a scripted day on a simulated disk, then what the input says is done to its files (bits,
 * bytes, sectors lost, moved, repeated, files cut, replaced or gone), and the node is opened on it. It may refuse, naming what; what it takes
 * must be the day as it was, or a beginning of it that no stored checkpoint goes beyond. With "fit" all checksums and chains are made anew
 * after the change, as somebody would who has the disk in his hands: then only the check of everything must see it. */
#include "fixture.h"

#include "fuzz.h"

#include "log/crc32c.h"
#include "log/journal_private.h"

enum { FILES = 7, ROOM = 1 << 18, STEPS = 14, RECORDS = 256 };
enum { GENESIS, LOG_KEY, RECEIPT_KEY, BLINDS, CHECKPOINT, SEGMENT_LOG, SEGMENT_PAY };
static const char *const paths[FILES] = {"/log/genesis", "/log/log.key", "/log/receipt.key", "/log/blinds", "/log/checkpoint",
                                         "/log/journal/log-00000001.seg", "/log/journal/pay-00000001.seg"};
struct image {
    uint8_t bytes[ROOM];
    size_t size;
    bool gone;
};
static struct image original[FILES], changed[FILES];
static struct fixture script;
static struct hash digests[4 * FIXTURE_STEPS];
static uint64_t orders, ticks[4 * FIXTURE_STEPS];
static struct { uint16_t party; uint64_t place; struct hash content; } records[RECORDS];
static uint32_t record_count;

static struct node_options options(struct disk *d, bool full, bool read_only) {
    return (struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true, .read_only = read_only, .verify_signatures = full};
}

/* Hash over all that a record says: its parts as stored, and its leaves. */
static struct hash content_of(const struct node_record *r) {
    struct sha256 s;
    sha256_init(&s);
    for (uint32_t i = 0; i < r->part_count; i++) {
        const struct part *p = &r->parts[i];
        uint8_t head[2] = {p->part_class, p->slot};
        sha256_update(&s, head, sizeof head);
        sha256_update(&s, p->name.at, p->name.size);
        sha256_update(&s, p->salt, sizeof p->salt);
        sha256_update(&s, p->bytes.at, p->bytes.size);
    }
    sha256_update(&s, r->hashes, r->hash_count * sizeof *r->hashes);
    sha256_update(&s, r->leaf.at, r->leaf.size);
    return sha256_final(&s);
}

static void read_image(struct disk *d, unsigned i) {
    struct disk_file *file;
    struct fault f = {0};
    uint64_t size;
    size_t got;
    fixture_must(disk_open(d, paths[i], DISK_READ, false, &file, &f), &f, paths[i]);
    fixture_must(disk_size(file, &size, &f), &f, paths[i]);
    fixture_must(disk_read(file, 0, original[i].bytes, size < ROOM ? (size_t)size : ROOM, &got, &f), &f, paths[i]);
    disk_close(file);
    original[i].size = got;
    if (i < SEGMENT_LOG) return;
    while (original[i].size > 0 && original[i].bytes[original[i].size - 1] == 0) original[i].size--; /* zeros written ahead are as if never written */
    original[i].size = (original[i].size + 511) / 512 * 512;
    assert(original[i].size < ROOM - 16384);
}

static void each_record(struct node *n, struct arena *a, void (*each)(uint16_t, uint64_t, const struct hash *)) {
    for (uint16_t p = 0; p < state_party_count(node_state(n)); p++)
        for (uint64_t place = 0; place < state_stream_size(node_state(n), p); place++) {
            struct node_record r;
            struct fault f = {0};
            arena_reset(a);
            fixture_must(node_record(n, p, place, a, &r, &f), &f, "record");
            struct hash content = content_of(&r);
            each(p, place, &content);
        }
}
static void keep_record(uint16_t party, uint64_t place, const struct hash *content) {
    assert(record_count < RECORDS);
    records[record_count].party = party;
    records[record_count].place = place;
    records[record_count++].content = *content;
}
static void same_record(uint16_t party, uint64_t place, const struct hash *content) {
    for (uint32_t i = 0; i < record_count; i++)
        if (records[i].party == party && records[i].place == place) {
            assert(hash_equal(&records[i].content, content));
            return;
        }
    assert(!"a record that nobody made");
}

/* The node's reader of JSON takes address space of 200 MB, whose shadow costs the sanitizer more than all that is tested here: it is kept and
 * given to the next node (linked with --wrap). */
struct json_reader *__wrap_json_reader_new(size_t largest);
struct json_reader *__real_json_reader_new(size_t largest);
void __wrap_json_reader_free(struct json_reader *r);
void __real_json_reader_free(struct json_reader *r);
static struct json_reader *kept_reader;
static size_t kept_size;
struct json_reader *__wrap_json_reader_new(size_t largest) {
    if (kept_reader == NULL || kept_size < largest) {
        kept_size = largest;
        return __real_json_reader_new(largest);
    }
    struct json_reader *r = kept_reader;
    kept_reader = NULL;
    return r;
}
void __wrap_json_reader_free(struct json_reader *r) {
    __real_json_reader_free(kept_reader);
    kept_reader = r;
}

static struct arena arena;

static void start(void) {
    static bool begun;
    if (begun) return;
    begun = true;
    fixture_make(&script);
    arena_growing(&arena, 16 << 20);
    struct disk *d = disk_simulated(1);
    struct fault f = {0};
    struct node *n = NULL;
    struct node_event e;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    struct node_options o = options(d, false, false);
    fixture_must(node_open(&o, &n, &(struct node_report){0}, &f), &f, "open");
    digests[0] = state_digest(node_state(n));
    for (uint32_t i = 0; i < STEPS; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
        orders = node_applied(n);
        digests[orders] = state_digest(node_state(n));
        ticks[orders] = node_log_size(n);
    }
    each_record(n, &arena, keep_record);
    node_close(n);
    for (unsigned i = 0; i < FILES; i++) read_image(d, i);
    disk_simulated_free(d);
}

/* --- what the input does --- */

static void put_be(uint8_t *to, uint64_t v, int size) {
    for (int i = 0; i < size; i++) to[i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

/* CRCs of the payloads that entries name, the batch's hash; false: the content has no such form. */
static bool fit_content(uint8_t *c, size_t length, const uint8_t *previous) {
    struct cursor head = cursor_of(c, JOURNAL_HEAD);
    cursor_bytes(&head, 16 + 8 + 32 + 8 + 8 + 4);
    uint64_t pay_at = cursor_u64(&head);
    memcpy(c + 24, previous, 32);
    for (size_t at = JOURNAL_HEAD; at + 32 < length;) {
        if (c[at] == JOURNAL_ENTRY_TICK) {
            at += 1 + 8 + 8 + 8 + 32;
            continue;
        }
        struct cursor e = cursor_of(c + at, length - at);
        cursor_bytes(&e, 1 + 1 + 2 + 8 + 8 + 8);
        uint64_t from = cursor_u64(&e), size = cursor_u64(&e);
        cursor_bytes(&e, 4 + 32);
        uint32_t count = cursor_u32(&e);
        if (e.failed || pay_at > ROOM || from > ROOM || size > ROOM || pay_at + from + size > ROOM || count > 1000) return false;
        put_be(c + at + 44, crc32c_of(changed[SEGMENT_PAY].bytes + pay_at + from, (size_t)size), 4);
        at += 1 + 1 + 2 + 8 + 8 + 8 + 8 + 8 + 4 + 32 + 4 + 32 * (size_t)count;
    }
    struct hash hash = sha256_of(c, length - 32);
    memcpy(c + length - 32, hash.bytes, 32);
    return true;
}

static void fit(void) {
    static uint8_t content[ROOM];
    struct image *log = &changed[SEGMENT_LOG];
    uint8_t previous[32];
    memcpy(previous, script.log.bytes, 32);
    for (size_t at = 0; at + 512 <= log->size;) {
        struct cursor c = cursor_of(log->bytes + at + 16 + 16 + 8 + 32, 8);
        uint64_t length = cursor_u64(&c);
        size_t sectors = (size_t)((length + JOURNAL_BODY - 1) / JOURNAL_BODY);
        if (length < JOURNAL_HEAD + 32 || length > ROOM || sectors * 512 > log->size - at) return;
        for (size_t i = 0; i < sectors; i++) memcpy(content + i * JOURNAL_BODY, log->bytes + at + i * 512 + 16, JOURNAL_BODY);
        if (!fit_content(content, (size_t)length, previous)) return;
        memcpy(previous, content + length - 32, 32);
        for (size_t i = 0; i < sectors; i++) {
            uint8_t *s = log->bytes + at + i * 512;
            memcpy(s + 16, content + i * JOURNAL_BODY, JOURNAL_BODY);
            put_be(s, crc32c_of(s + 4, 508), 4);
        }
        at += sectors * 512;
    }
}

static void change(struct draw *d) {
    uint8_t op = draw_byte(d) % 9;
    struct image *file = &changed[draw_byte(d) % FILES];
    size_t at = draw_below(d, 65536);
    at = file->size > 0 ? at % file->size : 0;
    size_t sector = at / 512 * 512, sectors = (file->size + 511) / 512;
    switch (op) {
    case 0: file->bytes[at] ^= draw_byte(d); break;
    case 1: {
        struct text with = draw_text(d, 64);
        memcpy(file->bytes + at, with.at == NULL ? "" : with.at, with.size);
        if (at + with.size > file->size) file->size = at + with.size;
        break;
    }
    case 2: memset(file->bytes + sector, 0, 512 * (size_t)(1 + draw_byte(d) % 8)); break;
    case 3: if (sectors > 0) memmove(file->bytes + sector, file->bytes + draw_below(d, 65536) % sectors * 512, 512); break;
    case 4:
        memset(file->bytes + at, 0, file->size - at);
        file->size = at;
        break;
    case 5: {
        struct text with = draw_rest(d);
        size_t size = with.size < 8192 ? with.size : 8192;
        memset(file->bytes, 0, file->size);
        memcpy(file->bytes, with.at == NULL ? "" : with.at, size);
        file->size = size;
        break;
    }
    case 6:
        if (sectors > 1) {
            uint8_t room[512];
            size_t other = draw_below(d, 65536) % sectors * 512;
            memcpy(room, file->bytes + sector, 512);
            memmove(file->bytes + sector, file->bytes + other, 512);
            memcpy(file->bytes + other, room, 512);
        }
        break;
    case 7: file->gone = true; break;
    default: /* all from here on is zero: the tail is lost */
        memset(file->bytes + sector, 0, file->size - sector);
    }
}

static struct disk *disk_of_changed(void) {
    struct disk *d = disk_simulated(2);
    struct fault f = {0};
    static const char *const dirs[] = {"/log", "/log/journal", "/log/index"};
    for (int i = 0; i < 3; i++) fixture_must(disk_make_dir(d, dirs[i], &f), &f, dirs[i]);
    for (unsigned i = 0; i < FILES; i++) {
        struct disk_file *file;
        if (changed[i].gone) continue;
        fixture_must(disk_open(d, paths[i], DISK_WRITE, true, &file, &f), &f, paths[i]);
        if (changed[i].size > 0) fixture_must(disk_write(file, 0, changed[i].bytes, changed[i].size, &f), &f, paths[i]);
        fixture_must(disk_sync(file, &f), &f, paths[i]);
        disk_close(file);
    }
    for (int i = 0; i < 3; i++) fixture_must(disk_sync_dir(d, dirs[i], &f), &f, dirs[i]);
    return d;
}

static void seeds(void) {
    start();
    for (uint8_t op = 0; op < 9; op++)
        for (uint8_t file = 0; file < FILES; file++) {
            uint8_t in[] = {(uint8_t)(op + file), op, file, (uint8_t)(file * 16 + op), (uint8_t)(op * 32 + 7), 1, 2, 3};
            seed("change", op * 16u + file, in, sizeof in);
        }
    for (unsigned i = 0; i < orders; i++) { /* the tail lost from each batch's sector on, in both families */
        uint8_t in[] = {0, 8, SEGMENT_LOG, (uint8_t)(i * 2), 0};
        seed("lost", i, in, sizeof in);
    }
}

/* Is what was taken the day, or a beginning of it? */
static void check_taken(struct node *n, bool checkpoint_kept, bool trusted) {
    uint64_t applied = node_applied(n);
    struct hash digest = state_digest(node_state(n));
    if (!trusted) return;
    assert(applied <= orders && hash_equal(&digest, &digests[applied]) && node_log_size(n) == ticks[applied]);
    each_record(n, &arena, same_record);
    assert(!checkpoint_kept || node_log_size(n) == ticks[orders]); /* what was given out is there */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size < 1) return 0;
    memcpy(changed, original, sizeof changed);
    struct draw d = {bytes, size};
    uint8_t how = draw_byte(&d);
    bool full = how & 1, read_only = !(how & 2), fitted = how & 4;
    for (int i = 0; i < 16 && d.left > 0; i++) change(&d);
    if (fitted) fit();
    bool same = true, kept = memcmp(&changed[CHECKPOINT], &original[CHECKPOINT], sizeof changed[0]) == 0;
    for (unsigned i = 0; i < FILES; i++) same = same && memcmp(&changed[i], &original[i], sizeof changed[i]) == 0;
    struct disk *disk = disk_of_changed();
    struct node *n = NULL;
    struct node_report report;
    struct fault f = {0};
    struct node_options o = options(disk, full, read_only);
    result r = node_open(&o, &n, &report, &f);
    check_fault(r, &f);
    if (same) assert(result_is_ok(r) && node_applied(n) == orders);
    if (result_is_ok(r)) {
        check_taken(n, kept, full || !fitted);
        node_close(n);
    }
    disk_simulated_free(disk);
    return 0;
}
