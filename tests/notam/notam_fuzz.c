/* Any bytes as a file of NOTAMs: nothing is read past its end, and what comes out keeps its promises.
 * clang -fsanitize=fuzzer,address,undefined; without libFuzzer define PARLEY_FUZZ_FILES: the arguments are inputs. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "notam/notam_compare.h"
#include "notam/notam_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena arena;
static struct json_reader *reader;

static void windows_check(const struct notam_areas *a) {
    const struct notam_schedule *s = &a->schedule;
    assert(s->count >= 1 && s->count <= NOTAM_WINDOWS_MOST && a->begin <= a->end);
    for (uint32_t i = 0; i < s->count; i++) {
        assert(s->windows[i].start <= s->windows[i].end);
        assert(s->windows[i].start >= a->begin && s->windows[i].end <= a->end);
        assert(i == 0 || s->windows[i - 1].end < s->windows[i].start);
    }
}

static void message_check(const struct notam_entry *e) {
    struct notam n;
    struct notam_areas a;
    struct fault f;
    char name[NOTAM_IDENTITY_ROOM];
    if (!result_is_ok(notam_read(e->raw, &arena, &n, &f))) return;
    assert(notam_identity(&n, name) == strlen(name));
    (void)notam_reference_identity(&n, name);
    for (const struct notam_remark *r = n.remarks; r != NULL; r = r->next)
        assert(r->offset + r->text.size <= n.raw.size || r->text.size == 0);
    if (!result_is_ok(notam_area_read(&n, 0, &arena, &a, &f))) return;
    windows_check(&a);
    for (uint32_t i = 0; i < a.coords.unread_count; i++)
        assert(a.coords.unread[i].offset + a.coords.unread[i].size <= n.item[NOTAM_E].size);
    uint32_t count = 0;
    const struct volume *volumes;
    if (!result_is_ok(notam_area_volumes(&a, &arena, &volumes, &count, &f))) return;
    assert(count <= LIMIT_VOLUMES);
    for (uint32_t i = 0; i < a.area_count; i++) assert(result_is_ok(shape_check(&a.areas[i].shape, &f)));
    enum compare_outline outline;
    (void)!result_is_ok(notam_compare_outline(&a, e->coordinates, &arena, &outline, &f));
    (void)notam_compare_time(&a, e->time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct notam_file file;
    struct fault f;
    if (reader == NULL) {
        reader = json_reader_new(1 << 14);
        arena_growing(&arena, 1 << 26);
    }
    arena_reset(&arena);
    if (!result_is_ok(notam_file_read((struct text){(const char *)data, size}, reader, &arena, &file, &f))) return 0;
    for (uint32_t i = 0; i < file.count && i < 8; i++) message_check(&file.entries[i]);
    return 0;
}

#ifdef PARLEY_FUZZ_FILES
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");
        if (in == NULL) return 1;
        char *bytes = malloc(1 << 20);
        if (bytes == NULL) return 1;
        size_t size = fread(bytes, 1, 1 << 20, in);
        fclose(in);
        uint8_t *exact = malloc(size + 1);
        if (exact == NULL) return 1;
        memcpy(exact, bytes, size);
        free(bytes);
        (void)LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    arena_free(&arena);
    json_reader_free(reader);
    return 0;
}
#endif
