/* Any bytes as a recording of tracks, plain or gzipped; every frame that a replay would make of it is one that the server takes. The first
 * byte says whether the rest is compressed here first, so that mutations reach what stands behind the gzip. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "cli/track_file.h"
#include "core/decode.h"

static const char array[] = "[{\"timestamp\":1700000000000,\"icao24\":\"4B1617\",\"latitude\":47.1,\"longitude\":8.2,\"groundspeed\":120.5,\"track\":359.9996,"
    "\"vertical_rate\":-640,\"callsign\":\"HBABC \",\"altitude\":4500},{\"timestamp\":1700000000500,\"icao24\":\"4b1617\",\"latitude\":-90,\"longitude\":-180}]";
static const char trace[] = "{\"icao\":\"4b1617\",\"r\":\"HB-ABC\",\"timestamp\":1700000000.25,\"trace\":[[0,47.1,8.2,\"ground\",0,10,0,null],[1.5,47.2,8.3,4500,120.5,90.1,1,-640],"
    "[2,47.2]]}";

static void seeds(void) {
    char room[1024];
    for (unsigned i = 0; i < 4; i++) {
        int n = snprintf(room, sizeof room, "%c%s", i & 1 ? 'z' : 'p', i < 2 ? array : trace);
        seed("track", i, room, (size_t)n);
    }
}

static void check_frames(const struct track_file *t, struct arena *arena, struct json_reader *json) {
    struct frame_position out[8];
    struct part parts[10];
    struct decoder d = {.json = json, .arena = arena, .origin = TEXT("sorrel.example/exercise")};
    uint32_t taken, made, number = 0;
    for (uint32_t from = 0; from < t->count && number < 64; from += taken) {
        uint32_t count = track_file_frame(t, from, out, 8, &taken);
        assert(count >= 1 && taken >= 1 && taken <= t->count - from && count <= taken);
        struct body_frame frame = {.feed = {"feed"}, .number = ++number, .time = t->points[from].time, .positions = out, .count = count};
        struct statement s;
        struct fault f = {0};
        if (!result_is_ok(decode_frame_parts(arena, &frame, parts, 9, &made, &f))) abort();
        parts[made++] = (struct part){.part_class = PART_CLAIMS, .name = TEXT("claims"), .bytes = TEXT("{\"party\":\"aramoor\",\"key\":\"desk-1\"}")};
        result r = decode_parts(&d, parts, made, false, &s, &f);
        if (!result_is_ok(r)) fprintf(stderr, "%s: %s\n", f.field, f.message);
        assert(result_is_ok(r));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct arena arena;
    static struct json_reader *json;
    static uint8_t packed[1 << 16];
    char path[64];
    struct track_file t;
    struct fault f = {0};
    if (json == NULL) {
        json = json_reader_new(1 << 12);
        arena_growing(&arena, 256 << 20);
    }
    arena_reset(&arena);
    if (size < 1) return 0;
    const uint8_t *at = bytes + 1;
    size_t left = size - 1;
    if (bytes[0] == 'z') {
        z_stream z = {0};
        if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
        z.next_in = (Bytef *)(uintptr_t)at;
        z.avail_in = (unsigned)left;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        int done = deflate(&z, Z_FINISH);
        left = sizeof packed - z.avail_out;
        at = packed;
        deflateEnd(&z);
        if (done != Z_STREAM_END) return 0;
    }
    int fd = memfd_create("track", MFD_CLOEXEC);
    if (fd < 0 || write(fd, at, left) != (ssize_t)left) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    result r = track_file_read(path, &arena, &t, &f);
    close(fd);
    check_fault(r, &f);
    if (!result_is_ok(r)) return 0;
    for (uint32_t i = 0; i + 1 < t.count; i++) assert(t.points[i].time <= t.points[i + 1].time);
    uint32_t aircraft = track_file_aircraft(&t, &arena);
    assert(aircraft <= t.count && (t.count == 0) == (aircraft == 0));
    check_frames(&t, &arena, json);
    return 0;
}
