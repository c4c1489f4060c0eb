/* Ticks and records of a party as JSON: as the server shows them, and as they are kept. */
#include "log/mirror.h"

#include "base/limits.h"

enum { PARTS_MOST = 99999 }; /* that a stream's leaf can count */

result mirror_read_path(const struct json *top, const char *name, unsigned most, struct hash *path, unsigned *length, struct fault *f) {
    const struct json *array = NULL;
    *length = 0;
    TRY(json_get_array(top, name, true, most, &array, f));
    for (const struct json *h = json_first(array); h != NULL; h = json_next(array, h))
        if (h->kind != JSON_STRING || !hex_read(h->string, path[(*length)++].bytes, SHA256_SIZE)) return fail(f, RESULT_MALFORMED, name, "holds something that is no hash in hex");
    return OK;
}

result mirror_read_count(const struct json *top, const char *name, uint64_t *out, struct fault *f) {
    const struct json *number = json_member(top, name);
    int64_t value = 0;
    TRY(json_get_scaled(top, name, true, 0, 0, INT64_MAX, &value, f));
    for (size_t i = 0; i < number->string.size; i++)
        if (number->string.at[i] != '-' && (number->string.at[i] < '0' || number->string.at[i] > '9')) return fail(f, RESULT_MALFORMED, name, "is a count: a whole number, in digits alone");
    *out = (uint64_t)value;
    return OK;
}

static result read_time(const struct json *top, instant *out, struct fault *f) {
    struct text time;
    TRY(json_get_text(top, "time", true, 32, &time, f));
    return instant_parse_millis(time, out, f);
}

result mirror_read_tick(const struct json *top, struct mirror_tick *out, struct fault *f) {
    static const char *const known[] = {"tick", "time", "root", "size", "path"};
    *out = (struct mirror_tick){0};
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(mirror_read_count(top, "tick", &out->tick, f));
    TRY(read_time(top, &out->time, f));
    TRY(json_get_hex(top, "root", true, out->root.bytes, SHA256_SIZE, f));
    out->has_slot = json_member(top, "size") != NULL;
    if (!out->has_slot) return json_member(top, "path") == NULL ? OK : fail(f, RESULT_MALFORMED, "path", "stands without a size");
    TRY(mirror_read_count(top, "size", &out->size, f));
    return mirror_read_path(top, "path", MIRROR_PATH, out->path, &out->length, f);
}

void mirror_tick_render(const struct mirror_tick *t, struct append *out) {
    append_format(out, "{\"tick\":%llu,\"time\":\"", (unsigned long long)t->tick);
    append_instant(out, t->time);
    append_str(out, "\",\"root\":\"");
    append_hex(out, t->root.bytes, SHA256_SIZE);
    append_char(out, '"');
    if (t->has_slot) {
        append_format(out, ",\"size\":%llu,\"path\":[", (unsigned long long)t->size);
        for (unsigned i = 0; i < t->length; i++) {
            append_str(out, i == 0 ? "\"" : ",\"");
            append_hex(out, t->path[i].bytes, SHA256_SIZE);
            append_char(out, '"');
        }
        append_char(out, ']');
    }
    append_char(out, '}');
}

static result read_class(const struct json *top, uint8_t *out, struct fault *f) {
    static const char *const names[] = {"", "note", "section", "request", "credential", "outcome", "claims", "order", "told", "aircraft", "frame"};
    struct text word;
    TRY(json_get_text(top, "class", true, 16, &word, f));
    for (uint8_t i = PART_NOTE; i <= PART_FRAME; i++)
        if (text_is(word, names[i])) {
            *out = i;
            return OK;
        }
    return fail(f, RESULT_MALFORMED, "class", "'%.*s' is no class of parts", TEXT_ARG(word));
}

/* As text, or in hex where they are none. */
static result read_bytes(const struct json *top, struct arena *scratch, struct text *out, struct fault *f) {
    struct text hex;
    if (json_member(top, "text") != NULL) {
        if (json_member(top, "bytes") != NULL) return fail(f, RESULT_MALFORMED, "bytes", "stands beside 'text'");
        return json_get_text(top, "text", true, SIZE_MAX, out, f);
    }
    TRY(json_get_text(top, "bytes", true, SIZE_MAX, &hex, f));
    char *room = arena_alloc(scratch, hex.size / 2 + 1, 1);
    if (room == NULL) return fail(f, RESULT_TOO_LARGE, "bytes", "no memory for %zu bytes", hex.size / 2);
    if (hex.size % 2 != 0 || !hex_read(hex, room, hex.size / 2)) return fail(f, RESULT_MALFORMED, "bytes", "is no hex");
    *out = (struct text){room, hex.size / 2};
    return OK;
}

static result read_part(const struct json *top, struct arena *scratch, struct part *out, struct hash *claimed, struct fault *f) {
    static const char *const known[] = {"class", "name", "slot", "text", "bytes", "salt", "hash"};
    int64_t slot = 0;
    *out = (struct part){0};
    if (top->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "parts", "holds something that is no part");
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(read_class(top, &out->part_class, f));
    TRY(json_get_text(top, "name", true, 32, &out->name, f));
    if (out->name.size == 0) return fail(f, RESULT_MALFORMED, "name", "is empty");
    TRY(json_get_scaled(top, "slot", out->part_class == PART_SECTION, 0, 0, LIMIT_SECTIONS - 1, &slot, f));
    out->slot = (uint8_t)slot;
    TRY(read_bytes(top, scratch, &out->bytes, f));
    TRY(json_get_hex(top, "salt", true, out->salt, sizeof out->salt, f));
    return json_get_hex(top, "hash", true, claimed->bytes, SHA256_SIZE, f);
}

static result read_parts(const struct json *top, struct arena *scratch, struct mirror_shown *out, struct fault *f) {
    const struct json *array = NULL;
    TRY(json_get_array(top, "parts", true, PARTS_MOST, &array, f));
    if (array->count == 0) return fail(f, RESULT_MALFORMED, "parts", "there are none");
    struct part *parts = arena_alloc(scratch, array->count, sizeof *parts);
    struct hash *claimed = arena_alloc(scratch, array->count, sizeof *claimed);
    if (parts == NULL || claimed == NULL) return fail(f, RESULT_TOO_LARGE, "parts", "no memory for %u", array->count);
    uint32_t count = 0;
    for (const struct json *p = json_first(array); p != NULL; p = json_next(array, p), count++) TRY(read_part(p, scratch, &parts[count], &claimed[count], f));
    out->record.parts = parts;
    out->record.part_count = count;
    out->claimed = claimed;
    return OK;
}

result mirror_read_record(const struct json *top, struct arena *scratch, struct mirror_shown *out, struct fault *f) {
    static const char *const known[] = {"seq", "time", "kind", "root", "withheld", "parts"};
    enum { WITHHELD = 2 }; /* order, credential */
    *out = (struct mirror_shown){0};
    TRY(json_only(top, known, sizeof known / sizeof known[0], f));
    TRY(mirror_read_count(top, "seq", &out->record.place, f));
    TRY(read_time(top, &out->record.time, f));
    TRY(json_get_hex(top, "root", true, out->record.root.bytes, SHA256_SIZE, f));
    struct hash *withheld = arena_alloc(scratch, WITHHELD, sizeof *withheld);
    if (withheld == NULL) return fail(f, RESULT_TOO_LARGE, "withheld", "no memory");
    unsigned length = 0;
    if (json_member(top, "withheld") != NULL) TRY(mirror_read_path(top, "withheld", WITHHELD, withheld, &length, f));
    out->withheld = withheld;
    out->record.withheld = length;
    return read_parts(top, scratch, out, f);
}
