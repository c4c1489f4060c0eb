/* Any bytes as a file of NOTAMs, plain text or a JSON collection; every message of it as notam_fuzz has it. */
#include "notam.h"

static void seeds(void) {
    char room[4096];
    seed_text("json", 0, notam_json);
    int n = snprintf(room, sizeof room, "GG NZZOYNYX\n%s\n\n%s\n%s", notam_example, notam_replacement, notam_cancel);
    seed("text", 0, room, (size_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct arena arena;
    static struct json_reader *reader;
    struct notam_file file;
    struct fault f = {0};
    if (reader == NULL) {
        reader = json_reader_new(1 << 16);
        arena_growing(&arena, 1 << 26);
    }
    arena_reset(&arena);
    result r = notam_file_read((struct text){(const char *)bytes, size}, reader, &arena, &file, &f);
    check_fault(r, &f);
    if (!result_is_ok(r)) return 0;
    size_t before = 0;
    for (uint32_t i = 0; i < file.count; i++) {
        const struct notam_entry *e = &file.entries[i];
        if (!file.json) {
            assert(e->offset >= before && e->offset + e->raw.size <= size && memcmp(e->raw.at, bytes + e->offset, e->raw.size) == 0);
            before = e->offset + e->raw.size;
        }
        if (i < 8) check_message(e, &arena);
    }
    return 0;
}
