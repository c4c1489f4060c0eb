/* Any bytes as a saved state ('s' in front), as a snapshot's file ('f'), or over the head of a good one under a checksum that fits ('h'), from which a log is
 * then opened: it comes up as the journal says, or a batch that the journal has not keeps it down, and nothing else. What is taken is a state: it has a digest, and saved again it gives the very
 * bytes, for equal states have one spelling. */
#include "fuzz.h"

#include "fixture.h"

#include "log/crc32c.h"
#include "log/snapshot.h"

static struct fixture script;
static struct arena genesis_arena;
static struct statement genesis;
static size_t memory;

static void start(void) {
    struct fault f = {0};
    if (memory > 0) return;
    fixture_make(&script);
    arena_growing(&genesis_arena, 16 << 20);
    struct decoder d = {.json = json_reader_new(1 << 20), .arena = &genesis_arena};
    fixture_must(decode_genesis(&d, script.genesis, true, &genesis, &f), &f, "genesis");
    json_reader_free(d.json);
    fixture_must(state_memory(&genesis.sections[0].body.genesis.capacity, &memory, &f), &f, "memory");
}
static bool put(void *context, const void *bytes, size_t size) {
    append_bytes(context, bytes, size);
    return true;
}
static void save(const struct state *st, struct append *to) {
    struct arena work;
    struct fault f = {0};
    if (!arena_take(&work, state_save_memory(st))) abort();
    fixture_must(state_save(st, &work, put, to, &f), &f, "save");
    arena_free(&work);
}

enum { HEAD = 4096 };
static const struct node_options opening = {.dir = "/log", .random = fixture_random, .inline_writer = true, .read_only = true};
static struct disk *lived;
static char head_path[64];
static uint8_t good_head[HEAD];
static struct hash lived_to;
static void live(void) {
    struct fault f = {0};
    struct node *n = NULL;
    struct node_event e;
    struct node_options o = opening;
    struct disk_file *file = NULL;
    size_t got = 0;
    if (lived != NULL) return;
    lived = o.disk = disk_simulated(2);
    o.read_only = false;
    fixture_must(node_create(lived, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    fixture_must(node_open(&o, &n, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        if (i == 20) {
            fixture_must(node_snapshot(n, &f), &f, "snapshot");
            snprintf(head_path, sizeof head_path, "/log/snapshots/%020llu", (unsigned long long)node_applied(n));
        }
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
    }
    lived_to = state_digest(node_state(n));
    node_close(n);
    fixture_must(disk_open(lived, head_path, DISK_READ, false, &file, &f), &f, "open");
    fixture_must(disk_read(file, 0, good_head, sizeof good_head, &got, &f), &f, "read");
    assert(got == sizeof good_head);
    disk_close(file);
}
/* Where, so many bytes and what they are, again and again. */
static void as_head(const uint8_t *bytes, size_t size) {
    uint8_t head[HEAD];
    struct fault f = {0};
    struct disk_file *file = NULL;
    struct node *n = NULL;
    struct node_options o = opening;
    live();
    memcpy(head, good_head, sizeof head);
    while (size > 2) {
        size_t at = bytes[0], run = bytes[1] % 8 + 1u;
        bytes += 2;
        size -= 2;
        for (; run > 0 && size > 0; run--, size--) head[at++] = *bytes++;
    }
    struct append crc = append_fixed(head + HEAD - 4, 4);
    append_u32(&crc, crc32c_of(head, HEAD - 4));
    fixture_must(disk_open(lived, head_path, DISK_WRITE, false, &file, &f), &f, "open");
    fixture_must(disk_write(file, 0, head, sizeof head, &f), &f, "write");
    disk_close(file);
    o.disk = lived;
    result r = node_open(&o, &n, NULL, &f);
    check_fault(r, &f);
    assert(result_is_ok(r) || (r.code == RESULT_LOST_TAIL && strcmp(f.field, "snapshots") == 0));
    if (!result_is_ok(r)) return;
    struct hash now = state_digest(node_state(n));
    assert(hash_equal(&now, &lived_to));
    node_close(n);
}

static void seeds(void) {
    start();
    static const uint8_t parties[] = {'h', 136, 3, 0x7f, 0xff, 0xff, 0xff}, batch[] = {'h', 88, 7, 0, 0, 0, 0, 0, 0, 0, 1}, mean[] = {'h', 128, 1, 0, 16};
    seed("head", 0, parties, sizeof parties);
    seed("head", 1, batch, sizeof batch);
    seed("head", 2, mean, sizeof mean);
    struct disk *d = disk_simulated(1);
    struct fault f = {0};
    struct node *n = NULL;
    struct node_event e;
    fixture_must(node_create(d, "/log", script.genesis, script.log_secret, script.receipt_secret, &f), &f, "create");
    fixture_must(node_open(&(struct node_options){.dir = "/log", .disk = d, .random = fixture_random, .inline_writer = true}, &n, NULL, &f), &f, "open");
    for (uint32_t i = 0; i < script.count; i++) {
        const struct step_script *s = &script.steps[i];
        fixture_must(s->tick ? node_tick(n, s->now, 1000000, false, &f) : node_submit(n, s->parts, s->count, s->now, i + 1, &f), &f, "step");
        fixture_must(node_poll(n, &f), &f, "poll");
        while (node_next(n, &e)) continue;
        if (i % 8 != 7 && i + 1 != script.count) continue;
        struct append a = append_growing(64 << 20);
        append_char(&a, 's');
        save(node_state(n), &a);
        seed("state", i, a.at, a.size);
        append_free(&a);
    }
    fixture_must(node_snapshot(n, &f), &f, "snapshot");
    uint64_t order = node_applied(n);
    char path[64];
    static uint8_t room[1 << 20];
    struct disk_file *file = NULL;
    size_t got = 0;
    snprintf(path, sizeof path, "/log/snapshots/%020llu", (unsigned long long)order);
    fixture_must(disk_open(d, path, DISK_READ, false, &file, &f), &f, "open");
    room[0] = 'f';
    fixture_must(disk_read(file, 0, room + 1, sizeof room - 1, &got, &f), &f, "read");
    disk_close(file);
    seed("file", 0, room, got + 1);
    node_close(n);
    disk_simulated_free(d);
}

static size_t get(void *context, void *bytes, size_t room) {
    struct draw *d = context;
    size_t run = d->left < room ? d->left : room;
    memcpy(bytes, d->at, run);
    d->at += run;
    d->left -= run;
    return run;
}
static void as_state(const uint8_t *bytes, size_t size) {
    struct arena a;
    struct draw d = {bytes, size};
    struct state *st = NULL;
    struct fault f = {0};
    if (!arena_take(&a, memory)) abort();
    result r = state_load(&a, &genesis, get, &d, &st, &f);
    check_fault(r, &f);
    if (result_is_ok(r)) {
        struct append again = append_growing(64 << 20);
        (void)state_digest(st);
        save(st, &again);
        assert(again.size == size && memcmp(again.at, bytes, size) == 0);
        append_free(&again);
    }
    arena_free(&a);
}
static void as_file(const uint8_t *bytes, size_t size) {
    struct disk *d = disk_simulated(1);
    struct disk_file *file = NULL;
    struct snapshot_head head;
    struct fault f = {0};
    struct arena a;
    struct state *st;
    uint64_t order = 0;
    for (size_t i = 48; i < 56 && i < size; i++) order = order << 8 | bytes[i];
    char path[64];
    snprintf(path, sizeof path, "/s/%020llu", (unsigned long long)order);
    fixture_must(disk_make_dir(d, "/s", &f), &f, "directory");
    fixture_must(disk_open(d, path, DISK_WRITE, true, &file, &f), &f, "open");
    if (size > 0) fixture_must(disk_write(file, 0, bytes, size, &f), &f, "write");
    disk_close(file);
    result r = snapshot_head_read(d, "/s", order, &head, &f);
    check_fault(r, &f);
    if (result_is_ok(r)) {
        if (!arena_take(&a, memory)) abort();
        r = snapshot_load(d, "/s", &head, &a, &genesis, &st, &f);
        check_fault(r, &f);
        arena_free(&a);
    }
    disk_simulated_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    start();
    if (size > 0 && bytes[0] == 'h') as_head(bytes + 1, size - 1);
    else if (size > 0 && bytes[0] == 'f') as_file(bytes + 1, size - 1);
    else if (size > 0) as_state(bytes + 1, size - 1);
    return 0;
}
