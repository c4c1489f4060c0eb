/* What was kept of the streams in memory, as a start takes it: any bytes. Taken is only what, kept again, is the same bytes; of it every place and node that stands
 * in memory can be read. All else is refused with a reason. */
#include "fuzz.h"

#include "log/stream.h"

enum { LOG2 = 2, PARTIES = 4, RECORDS = 20 };
static uint8_t blinds[32 * (PARTIES + 1)];

static struct streams *opened(struct disk *d) {
    struct streams *s = NULL;
    struct fault f = {0};
    if (!result_is_ok(disk_make_dir(d, "/i", &f)) || !result_is_ok(streams_new(d, "/i", LOG2, blinds, &s, &f))) abort();
    return s;
}
static void grow(struct streams *s, uint32_t records, uint32_t ticks) {
    struct fault f;
    for (uint32_t i = 0; i < records; i++) {
        uint16_t party = (uint16_t)(i % 3);
        struct hash root = {{(uint8_t)i}};
        struct stream_row row = {.order = i + 1, .batch = i + 1, .time = i, .root = root, .log = {1, i}, .pay = {1, i}, .hash_count = 3};
        if (!result_is_ok(streams_leaf(s, party, (instant)i, 3, &root, &f)) || !result_is_ok(streams_place(s, party, &row, &f))) abort();
    }
    for (uint32_t i = 0; i < ticks; i++)
        if (!result_is_ok(streams_tick(s, &(struct stream_tick){.tick = i + 1, .time = (instant)i * INSTANT_SECOND, .root = {{(uint8_t)i}}, .order = i + 1}, &f))) abort();
}
static void seeds(void) {
    for (uint32_t i = 0; i < 4; i++) {
        struct disk *d = disk_simulated(1);
        struct streams *s = opened(d);
        struct append kept = append_growing(1 << 20);
        grow(s, i * RECORDS, i);
        streams_keep(s, &kept);
        seed("kept", i, kept.at, kept.size);
        append_free(&kept);
        streams_free(s);
        disk_simulated_free(d);
    }
}
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct disk *d = disk_simulated(1);
    struct streams *s = opened(d);
    struct cursor c = cursor_of(bytes, size);
    struct fault f = {0};
    result r = streams_take(s, &c, &f);
    if (result_is_ok(r)) {
        struct append again = append_growing(1 << 24);
        streams_keep(s, &again);
        assert(again.size == size && memcmp(again.at, bytes, size) == 0);
        append_free(&again);
        for (uint16_t p = 0; p < PARTIES; p++)
            for (uint64_t i = 0; i < streams_size(s, p); i++) {
                struct stream_row row;
                assert(result_is_ok(streams_row(s, p, i, &row, &f)));
            }
        grow(s, 1, 1);
    } else {
        assert(f.message[0] != '\0');
        assert(result_is_ok(streams_clear(s, &f)));
    }
    streams_free(s);
    disk_simulated_free(d);
    return 0;
}
