#include "log/record.h"

#include <assert.h>

#include "base/limits.h"

void record_put_count(struct append *out, uint32_t count) { append_u32(out, count); }

void record_put_part(struct append *out, const struct part *p) {
    assert(p->name.size >= 1 && p->name.size <= 32 && p->bytes.size <= UINT32_MAX);
    append_u8(out, p->part_class);
    append_u8(out, p->slot);
    append_u8(out, (uint8_t)p->name.size);
    append_text(out, p->name);
    append_bytes(out, p->salt, sizeof p->salt);
    append_u32(out, (uint32_t)p->bytes.size);
    append_text(out, p->bytes);
}

result record_parse(struct text bytes, struct arena *a, struct part **parts, uint32_t *count, struct fault *f) {
    enum { LEAST = 3 + 1 + 32 + 4 }; /* bytes of the shortest part */
    struct cursor c = cursor_of(bytes.at, bytes.size);
    *count = cursor_u32(&c);
    if (c.failed || *count == 0 || *count > c.left / LEAST) return fail(f, RESULT_ROT, "record", "%u parts in %zu bytes", *count, bytes.size);
    *parts = arena_alloc(a, *count, sizeof **parts);
    if (*parts == NULL) return fail(f, RESULT_FULL, "record", "no memory for %u parts", *count);
    for (uint32_t i = 0; i < *count; i++) {
        struct part *p = &(*parts)[i];
        p->part_class = cursor_u8(&c);
        p->slot = cursor_u8(&c);
        p->name.size = cursor_u8(&c);
        p->name.at = (const char *)cursor_bytes(&c, p->name.size);
        cursor_copy(&c, p->salt, sizeof p->salt);
        p->bytes.size = cursor_u32(&c);
        p->bytes.at = (const char *)cursor_bytes(&c, p->bytes.size);
        bool known = p->part_class >= PART_NOTE && p->part_class <= PART_FRAME && p->name.size >= 1 && p->name.size <= 32;
        if (c.failed || !known || p->slot >= LIMIT_SECTIONS) return fail(f, RESULT_ROT, "record", "part %u has no known form", i);
    }
    return cursor_done(&c) ? OK : fail(f, RESULT_ROT, "record", "%zu bytes behind the last part", c.left);
}

/* By class: where it stands in a record, and its name (NULL: its own, which the decoder looks at). */
static const struct form { uint8_t rank; const char *name; } forms[] = {
    [PART_NOTE] = {0, "note"}, [PART_REQUEST] = {0, "request"}, [PART_TOLD] = {0, "told"}, [PART_FRAME] = {0, "frame"}, [PART_SECTION] = {1, NULL},
    [PART_AIRCRAFT] = {1, NULL}, [PART_OUTCOME] = {2, "outcome"}, [PART_CLAIMS] = {3, "claims"}, [PART_CREDENTIAL] = {4, "credential"}, [PART_ORDER] = {5, "order"}};

const char *record_misformed(const struct part *parts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const struct part *p = &parts[i];
        uint8_t rank = forms[p->part_class].rank, before = i == 0 ? 0 : forms[parts[i - 1].part_class].rank;
        const char *name = forms[p->part_class].name;
        if (name != NULL && !text_equal(p->name, text_of(name))) return "a part has another name than its class";
        if (p->part_class != PART_SECTION && p->slot != 0) return "a part that is no section stands on a slot";
        if ((i == 0) != (rank == 0) || rank < before || (rank == before && rank > 1)) return "the parts do not stand in their order, each once";
    }
    return NULL;
}

uint32_t record_leaves(const struct part *parts, uint32_t count, const struct hash *commit, const struct hash *log,
                       struct hash *leaves) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].part_class == PART_SECTION) continue; /* its commitment stands for it */
        leaves[n++] = part_hash(&parts[i], log);
        if (i > 0 || commit == NULL) continue;
        for (uint32_t k = 0; k < LIMIT_SECTIONS; k++) leaves[n++] = part_commit(&commit[k]);
    }
    return n;
}
