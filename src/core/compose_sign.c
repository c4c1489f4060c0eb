/* Co-signing, genesis and key files. */
#include <assert.h>
#include <sodium.h>

#include "base/note.h"
#include "core/compose.h"

/* --- co-signing --- */

static struct text second_line(struct text text) {
    const char *first = memchr(text.at, '\n', text.size);
    size_t head = first == NULL ? text.size : (size_t)(first - text.at) + 1;
    size_t left = text.size - head;
    return (struct text){text.at + head, left == 0 ? 0 : left - 1};
}

/* Name and key of one who signs, by position: a member of `by`, or a founder. false at the end. */
static bool signer_at(const struct json *top, struct text mode, uint32_t i, char room[128], struct text *name,
                      struct hash *key) {
    const struct json *by = json_member(top, "by"), *founders = json_member(top, "founders");
    const struct json *list = by != NULL ? by : founders, *e = json_first(list);
    while (i > 0 && e != NULL) e = json_next(list, e), i--;
    if (e == NULL) return false;
    const struct json *hex = by != NULL ? e : json_member(e, "root_key");
    if (hex == NULL || hex->kind != JSON_STRING || !hex_read(hex->string, key->bytes, SHA256_SIZE)) return false;
    if (by != NULL) {
        *name = e->name;
        return true;
    }
    const struct json *founder = json_member(e, "name");
    if (founder == NULL || founder->kind != JSON_STRING) return false;
    struct append a = append_fixed(room, 128);
    append_format(&a, "%.*s/%.*s/root", TEXT_ARG(mode), TEXT_ARG(founder->string));
    *name = append_view(&a);
    return !a.full;
}

/* What the first line ends in: behind its last '/'. */
static struct text mode_of(struct text text) {
    size_t end = 0, from = 0;
    while (end < text.size && text.at[end] != '\n') end++;
    for (size_t i = 0; i < end; i++)
        if (text.at[i] == '/') from = i + 1;
    return (struct text){text.at + from, end - from};
}

static void append_line(const struct note_line *line, struct append *out) {
    append_str(out, "\xE2\x80\x94 ");
    append_text(out, line->name);
    append_char(out, ' ');
    append_text(out, line->base64);
    append_char(out, '\n');
}

result compose_cosign(struct json_reader *json, struct text bytes, const struct compose_key *key, struct append *out,
                      struct fault *f) {
    assert(key->secret != NULL);
    struct note n;
    TRY(note_parse(bytes, &n, f));
    const struct json *top = NULL;
    TRY(json_parse(json, second_line(n.text), JSON_PARLEY, &top, f));
    bool named = false;
    uint32_t next = 0, written = 0;
    struct text name;
    struct hash public_key;
    char room[128];
    note_begin(out, n.text);
    for (uint32_t i = 0; signer_at(top, mode_of(n.text), i, room, &name, &public_key); i++) {
        bool there = next < n.count && note_line_of(&n.lines[next], name, public_key.bytes);
        bool mine = text_equal(name, key->name) && hash_equal(&public_key, &key->public_key);
        if (mine && there)
            return fail(f, RESULT_CONFLICT, "/note", "'%.*s' has signed it already", TEXT_ARG(key->name));
        if (there) {
            append_line(&n.lines[next++], out);
            written++;
        }
        if (mine) {
            note_sign(out, n.text, key->name, key->secret);
            named = true;
        }
    }
    if (!named) return fail(f, RESULT_NOT_FOUND, "/note", "the note does not ask for '%.*s' with this key", TEXT_ARG(key->name));
    if (written != n.count) return fail(f, RESULT_MALFORMED, "/note", "its signature lines are not in the order of 'by'");
    return out->full ? fail(f, RESULT_TOO_LARGE, "/note", "no room for one more signature") : OK;
}

/* --- genesis --- */

static void append_seconds(const char *member, int64_t ns, bool *first, struct append *a) {
    if (ns == INT64_MIN) return;
    append_format(a, "%s\"%s\":", *first ? "" : ",", member);
    append_fixed_point(a, ns, 9);
    *first = false;
}

static void append_metres(const char *member, int64_t cm, bool *first, struct append *a) {
    if (cm == INT64_MIN) return;
    append_format(a, "%s\"%s\":", *first ? "" : ",", member);
    append_fixed_point(a, cm, 2);
    *first = false;
}

static void append_settings(const struct body_settings *s, struct append *a) {
    bool first = true;
    append_char(a, '{');
    append_seconds("immediate_s", s->immediate_ns, &first, a);
    append_seconds("warning_s", s->warning_ns, &first, a);
    append_seconds("caution_s", s->caution_ns, &first, a);
    append_seconds("hysteresis_s", s->hysteresis_ns, &first, a);
    append_seconds("lookahead_s", s->lookahead_ns, &first, a);
    append_seconds("tube_hold_s", s->tube_hold_ns, &first, a);
    append_seconds("track_silent_s", s->track_silent_ns, &first, a);
    append_seconds("hold_repeat_s", s->hold_repeat_ns, &first, a);
    append_seconds("query_repeat_s", s->query_repeat_ns, &first, a);
    append_metres("separation_m", s->separation_cm, &first, a);
    append_metres("separation_height_m", s->separation_height_cm, &first, a);
    append_seconds("recovery_delay_s", s->recovery_delay_ns, &first, a);
    if (s->step_work != INT64_MIN) {
        append_format(a, "%s\"step_work\":%lld", first ? "" : ",", (long long)s->step_work);
        first = false;
    }
    if (s->has_offsets) {
        append_str(a, first ? "\"offsets\":{" : ",\"offsets\":{");
        first = true;
        append_metres("geoid_low_m", s->offsets.geoid_low, &first, a);
        append_metres("geoid_high_m", s->offsets.geoid_high, &first, a);
        append_metres("pressure_low_m", s->offsets.pressure_low, &first, a);
        append_metres("pressure_high_m", s->offsets.pressure_high, &first, a);
        append_metres("terrain_low_m", s->offsets.terrain_low, &first, a);
        append_metres("terrain_high_m", s->offsets.terrain_high, &first, a);
        append_char(a, '}');
    }
    append_char(a, '}');
}

static void append_capacity(const struct capacity *c, struct append *a) {
    append_format(a,
                  "{\"parties\":%u,\"keys\":%u,\"agreements\":%u,\"areas\":%u,\"feeds\":%u,\"notices\":%u,\"flights\":%u,"
                  "\"volumes\":%u,\"vertices\":%u,\"tracks\":%u,\"alerts\":%u,\"pending\":%u,\"recent\":%u,\"holds\":%u,"
                  "\"slots_log2\":%u",
                  c->parties, c->keys, c->agreements, c->areas, c->feeds, c->notices, c->flights, c->volumes, c->vertices,
                  c->tracks, c->alerts, c->pending, c->recent, c->holds, c->slots_log2);
    if (c->managers > 0)
        append_format(a, ",\"managers\":%u,\"references\":%u,\"subscriptions\":%u,\"footprints\":%u,\"points\":%u", c->managers, c->references, c->subscriptions,
                      c->footprints, c->points);
    append_char(a, '}');
}

static void append_founder(const struct founder *p, struct append *a) {
    append_str(a, "{\"name\":");
    append_json_string(a, name_text(&p->name));
    append_str(a, ",\"root_key\":\"");
    append_hex(a, p->root_key.bytes, SHA256_SIZE);
    append_str(a, "\",\"display\":");
    append_json_string(a, p->display);
    append_str(a, ",\"zone\":");
    append_json_string(a, p->zone);
    append_str(a, ",\"desks\":[");
    for (uint32_t i = 0; i < p->desks; i++) {
        if (i > 0) append_char(a, ',');
        append_json_string(a, name_text(&p->desk[i]));
    }
    append_str(a, p->operator_ ? "],\"operator\":true}" : "]}");
}

static void append_genesis(const struct body_genesis *g, struct append *a) {
    append_str(a, "parley/1 genesis ");
    append_text(a, g->origin);
    append_str(a, "\n{\"tick_s\":");
    append_fixed_point(a, g->tick_ns, 9);
    append_format(a, ",\"recovery_quorum\":%u,\"log_key\":\"", g->recovery_quorum);
    append_hex(a, g->log_key.bytes, SHA256_SIZE);
    append_str(a, "\",\"receipt_key\":\"");
    append_hex(a, g->receipt_key.bytes, SHA256_SIZE);
    append_str(a, "\",\"capacity\":");
    append_capacity(&g->capacity, a);
    append_str(a, ",\"founders\":[");
    for (uint32_t i = 0; i < g->founder_count; i++) {
        if (i > 0) append_char(a, ',');
        append_founder(&g->founders[i], a);
    }
    append_str(a, "],\"settings\":");
    append_settings(&g->settings, a);
    append_str(a, "}\n");
}

/* The lines of those keys that founders have, in the order of the founders, over what stands in `a`, which they follow. */
static uint32_t append_founder_lines(const struct body_genesis *g, const struct compose_key *keys, uint32_t key_count,
                                     struct text text, struct append *lines) {
    uint32_t signatures = 0;
    note_begin(lines, text);
    for (uint32_t i = 0; i < g->founder_count; i++)
        for (uint32_t k = 0; k < key_count; k++) {
            if (keys[k].secret == NULL || !hash_equal(&keys[k].public_key, &g->founders[i].root_key)) continue;
            note_sign(lines, text, keys[k].name, keys[k].secret);
            signatures++;
            break;
        }
    return signatures;
}

result compose_genesis(const struct body_genesis *g, const struct compose_key *keys, uint32_t key_count, struct arena *a,
                       struct text *note, struct fault *f) {
    struct append text = append_growing(LIMIT_TEXT_BYTES), lines = append_growing(2 * LIMIT_TEXT_BYTES);
    append_genesis(g, &text);
    uint32_t signatures = 0;
    if (!text.full) signatures = append_founder_lines(g, keys, key_count, append_view(&text), &lines);
    char *room = text.full || lines.full ? NULL : arena_alloc(a, lines.size, 1);
    if (room != NULL) memcpy(room, lines.at, lines.size);
    *note = (struct text){room, room == NULL ? 0 : lines.size};
    append_free(&text);
    append_free(&lines);
    if (room == NULL) return fail(f, RESULT_TOO_LARGE, "", "the genesis statement is too large");
    return signatures > 0 ? OK : fail(f, RESULT_MALFORMED, "/founders", "no key of a founder that can sign was given");
}

/* --- key files --- */

void compose_key_new(void (*random)(void *bytes, size_t size), uint8_t secret[64], struct hash *public_key) {
    uint8_t seed[NOTE_KEY_BYTES];
    random(seed, sizeof seed);
    note_key_from_seed(seed, secret, public_key->bytes);
    sodium_memzero(seed, sizeof seed);
}

void compose_key_write(struct text name, const uint8_t secret[64], struct append *secret_line,
                       struct append *public_line) {
    note_skey(secret_line, name, secret);
    append_char(secret_line, '\n');
    note_vkey(public_line, name, secret + NOTE_KEY_BYTES);
    append_char(public_line, '\n');
}

static struct text without_line_end(struct text in) {
    if (in.size > 0 && in.at[in.size - 1] == '\n') in.size--;
    if (in.size > 0 && in.at[in.size - 1] == '\r') in.size--;
    return in;
}

result compose_key_read(struct text in, struct compose_key_file *out, struct fault *f) {
    TRY(note_skey_read(without_line_end(in), &out->name, out->secret, f));
    memcpy(out->public_key.bytes, out->secret + NOTE_KEY_BYTES, NOTE_KEY_BYTES);
    return OK;
}

result compose_public_key_read(struct text in, struct text *name, struct hash *public_key, struct fault *f) {
    return note_vkey_read(without_line_end(in), name, public_key->bytes, f);
}
