#include "log/scrub_state.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "log/crc32c.h"

#define SCRUB_MAGIC "parley/scrub/1\n" /* with its zero: 16 bytes */

result scrub_state_write(struct disk_file *file, const struct scrub_state *s, struct fault *f) {
    uint8_t room[SCRUB_STATE_BYTES] = {0};
    struct append a = append_fixed(room, sizeof room);
    append_bytes(&a, SCRUB_MAGIC, 16);
    append_bytes(&a, s->log.bytes, SHA256_SIZE);
    append_u32(&a, s->segment);
    append_u64(&a, s->rounds);
    append_u64(&a, (uint64_t)s->whole);
    append_u64(&a, s->bytes);
    append_u64(&a, s->found_whole);
    append_u64(&a, s->found);
    append_bytes(&a, s->first, SCRUB_FIRST);
    append_u64(&a, s->first_at);
    append_u64(&a, s->before);
    a.size = sizeof room - 4;
    append_u32(&a, crc32c_of(room, sizeof room - 4));
    return disk_write(file, 0, room, sizeof room, f);
}

static result path_of(const char *dir, char path[LIMIT_PATH], struct fault *f) {
    return snprintf(path, LIMIT_PATH, "%s/scrub", dir) < LIMIT_PATH ? OK : fail(f, RESULT_TOO_LARGE, "data", "a path of over %d bytes", LIMIT_PATH - 1);
}

result scrub_state_read(struct disk *d, const char *dir, const struct hash *log, struct scrub_state *out, struct fault *f) {
    char path[LIMIT_PATH];
    uint8_t room[SCRUB_STATE_BYTES];
    struct disk_file *file = NULL;
    size_t got = 0;
    *out = (struct scrub_state){0};
    TRY(path_of(dir, path, f));
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = disk_read(file, 0, room, sizeof room, &got, f);
    disk_close(file);
    TRY(r);
    struct cursor c = cursor_of(room, sizeof room - 4), end = cursor_of(room + sizeof room - 4, 4);
    if (got != sizeof room || cursor_u32(&end) != crc32c_of(room, sizeof room - 4) || memcmp(cursor_bytes(&c, 16), SCRUB_MAGIC, 16) != 0)
        return fail(f, RESULT_NOT_FOUND, path, "%s is not whole", path);
    struct scrub_state s = {0};
    cursor_copy(&c, s.log.bytes, SHA256_SIZE);
    if (!hash_equal(&s.log, log)) return fail(f, RESULT_NOT_FOUND, path, "%s is of another log", path);
    s.segment = cursor_u32(&c);
    s.rounds = cursor_u64(&c);
    s.whole = cursor_i64(&c);
    s.bytes = cursor_u64(&c);
    s.found_whole = cursor_u64(&c);
    s.found = cursor_u64(&c);
    cursor_copy(&c, s.first, SCRUB_FIRST);
    s.first[SCRUB_FIRST - 1] = '\0';
    s.first_at = cursor_u64(&c);
    s.before = cursor_u64(&c);
    *out = s;
    return OK;
}

result scrub_state_mended(struct disk *d, const char *dir, const struct hash *log, struct fault *f) {
    char path[LIMIT_PATH];
    struct scrub_state s;
    struct disk_file *file = NULL;
    result r = scrub_state_read(d, dir, log, &s, f);
    if (r.code == RESULT_NOT_FOUND) return OK;
    TRY(r);
    s = (struct scrub_state){.log = s.log, .rounds = s.rounds, .whole = s.whole};
    TRY(path_of(dir, path, f));
    TRY(disk_open(d, path, DISK_WRITE, false, &file, f));
    r = scrub_state_write(file, &s, f);
    if (result_is_ok(r)) r = disk_sync(file, f);
    disk_close(file);
    return r;
}
