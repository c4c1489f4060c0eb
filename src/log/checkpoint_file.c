#include "log/checkpoint_file.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "log/crc32c.h"
#include "log/segment.h"

#define CHECKPOINT_MAGIC "parley/check/1\n" /* with its zero: 16 bytes */

uint64_t checkpoint_file_render(const struct checkpoint_file *c, uint8_t block[CHECKPOINT_BLOCK]) {
    memset(block, 0, CHECKPOINT_BLOCK);
    struct append a = append_fixed(block, SEGMENT_SECTOR);
    append_bytes(&a, CHECKPOINT_MAGIC, 16);
    append_u64(&a, c->size);
    append_bytes(&a, c->root.bytes, SHA256_SIZE);
    append_bytes(&a, c->signature, sizeof c->signature);
    a.size = SEGMENT_SECTOR - 4;
    append_u32(&a, crc32c_of(block, SEGMENT_SECTOR - 4));
    assert(!a.full);
    return c->size % 2 * CHECKPOINT_BLOCK;
}

static result take(const uint8_t sector[SEGMENT_SECTOR], const char *path, unsigned at, struct checkpoint_file *out, struct fault *f) {
    struct cursor c = cursor_of(sector, SEGMENT_SECTOR), end = cursor_of(sector + SEGMENT_SECTOR - 4, 4);
    bool magic = memcmp(cursor_bytes(&c, 16), CHECKPOINT_MAGIC, 16) == 0;
    uint64_t found = cursor_u64(&c);
    if (!magic || cursor_u32(&end) != crc32c_of(sector, SEGMENT_SECTOR - 4))
        return fail(f, RESULT_ROT, path, "%s, byte %u: the checksum of a checkpoint does not fit", path, at);
    if (out->any && found <= out->size) return OK;
    out->any = true;
    out->size = found;
    cursor_copy(&c, out->root.bytes, SHA256_SIZE);
    cursor_copy(&c, out->signature, sizeof out->signature);
    return OK;
}

result checkpoint_file_read(struct disk *d, const char *path, struct checkpoint_file *out, struct fault *f) {
    static const uint8_t zeros[SEGMENT_SECTOR];
    struct disk_file *file = NULL;
    *out = (struct checkpoint_file){0};
    TRY(disk_open(d, path, DISK_READ, false, &file, f));
    result r = OK;
    for (unsigned i = 0; i < 2 && result_is_ok(r); i++) {
        uint8_t sector[SEGMENT_SECTOR] = {0};
        size_t got = 0;
        r = disk_read(file, i * CHECKPOINT_BLOCK, sector, sizeof sector, &got, f);
        if (result_is_ok(r) && memcmp(sector, zeros, sizeof sector) != 0) r = take(sector, path, i * CHECKPOINT_BLOCK, out, f);
    }
    disk_close(file);
    return r;
}
