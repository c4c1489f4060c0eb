/* Any text as one NOTAM: nothing is read past its end, and what comes out keeps its promises. */
#include "notam.h"

static void seeds(void) {
    seed_text("notam", 0, notam_example);
    seed_text("notam", 1, notam_replacement);
    seed_text("notam", 2, notam_cancel);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct arena arena;
    static bool begun;
    if (!begun) arena_growing(&arena, 1 << 26);
    begun = true;
    arena_reset(&arena);
    struct notam_entry e = {.raw = {(const char *)bytes, size}, .coordinates = TEXT("4706S12612W"), .time = TEXT("2401200001-2401252359")};
    check_message(&e, &arena);
    return 0;
}
