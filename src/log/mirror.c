#include "log/mirror.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/note.h"
#include "log/record.h"
#include "log/stream.h"

struct mirror_tools {
    struct json_reader *json; size_t json_room; /* a reader takes its memory for the largest document at once: it is made for what is at hand, and kept while it suffices */
    struct arena arena;
    struct decoder decoder;
    struct note note;
};

static result room_for(struct mirror_tools *t, size_t size, struct fault *f) {
    if (t->json != NULL && size <= t->json_room) return OK;
    json_reader_free(t->json);
    t->json_room = size * 2 > 65536 ? size * 2 : 65536;
    t->decoder.json = t->json = json_reader_new(t->json_room);
    return t->json == NULL ? fail(f, RESULT_FULL, "memory", "no memory for JSON of %zu bytes", size) : OK;
}

/* --- the log --- */

static result take_genesis(struct mirror *m, struct text genesis, struct fault *f) {
    struct statement s;
    struct fault inner = {0};
    if (!result_is_ok(decode_genesis(&m->tools->decoder, genesis, true, &s, &inner))) return fail(f, RESULT_UNAUTHENTIC, "genesis", "%s: %s", inner.field, inner.message);
    const struct body_genesis *g = &s.sections[0].body.genesis;
    m->log = s.hash;
    m->log_key = g->log_key;
    m->receipt_key = g->receipt_key;
    m->live = g->live;
    m->slots_log2 = g->capacity.slots_log2;
    m->tick_ns = g->tick_ns;
    snprintf(m->origin, sizeof m->origin, "%.*s", TEXT_ARG(g->origin));
    return m->slots_log2 > MIRROR_PATH ? fail(f, RESULT_UNSUPPORTED, "genesis", "ticks over 2^%u slots", m->slots_log2) : OK;
}

result mirror_new(struct text genesis, struct mirror *out, struct fault *f) {
    *out = (struct mirror){.tick_time = INT64_MIN, .record_time = INT64_MIN};
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system's generator does not work");
    merkle_init(&out->ticks);
    merkle_init(&out->stream);
    out->tools = calloc(1, sizeof *out->tools);
    if (out->tools == NULL) return fail(f, RESULT_FULL, "memory", "out of memory");
    arena_growing(&out->tools->arena, LIMIT_SCRATCH_BYTES);
    out->tools->decoder = (struct decoder){.arena = &out->tools->arena};
    result r = room_for(out->tools, genesis.size, f);
    if (result_is_ok(r)) r = take_genesis(out, genesis, f);
    if (result_is_ok(r)) out->tools->decoder.log = out->log;
    if (!result_is_ok(r)) mirror_free(out);
    return r;
}

void mirror_free(struct mirror *m) {
    if (m->tools == NULL) return;
    if (m->tools->json != NULL) json_reader_free(m->tools->json);
    arena_free(&m->tools->arena);
    free(m->tools);
    sodium_memzero(&m->blind, sizeof m->blind);
    m->tools = NULL;
}

result mirror_of(struct mirror *m, struct text party, uint64_t slot, const uint8_t blind[32], struct fault *f) {
    TRY(name_read(party, &m->party, f));
    if (slot >> m->slots_log2 != 0) return fail(f, RESULT_RANGE, "slot", "slot %llu of 2^%u", (unsigned long long)slot, m->slots_log2);
    m->slot = (uint16_t)slot;
    hmac_key_init(&m->blind, blind, 32);
    return OK;
}

/* --- records --- */

__attribute__((format(printf, 5, 6))) static result wrong(struct fault *f, enum result_code code, const char *what, uint64_t number, const char *format, ...) {
    char message[sizeof f->message], field[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    snprintf(field, sizeof field, "%s %llu", what, (unsigned long long)number);
    return fail(f, code, field, "%s", message);
}

static result part_wrong(const struct node_record *r, const struct part *p, struct fault *f) {
    char field[96];
    snprintf(field, sizeof field, "seq %llu, part '%.*s'", (unsigned long long)r->place, p->name.size > 32 ? 32 : (int)p->name.size, p->name.at);
    return fail(f, RESULT_ROT, field, "is not what its hash says: its bytes or its salt are others");
}

/* The statement's commitments, once it is decoded, its sections held against them and its signatures verified. NULL: there are none. */
static result said(struct mirror *m, const struct node_record *r, struct statement *s, const struct hash **commit, struct fault *f) {
    struct fault inner = {0};
    *commit = NULL;
    m->said = (struct hash){{0}};
    if (r->parts[0].part_class == PART_TOLD) return OK;
    size_t longest = 0;
    for (uint32_t i = 0; i < r->part_count; i++) longest = r->parts[i].bytes.size > longest ? r->parts[i].bytes.size : longest;
    TRY(room_for(m->tools, longest, f));
    m->tools->decoder.origin = text_of(m->origin);
    arena_reset(&m->tools->arena);
    result done = decode_parts(&m->tools->decoder, r->parts, r->part_count, true, s, &inner);
    if (done.code == RESULT_FULL || done.code == RESULT_IO) return fail(f, done.code, inner.field, "%s", inner.message);
    if (done.code == RESULT_UNAUTHENTIC) return wrong(f, RESULT_UNAUTHENTIC, "seq", r->place, "a signature on the statement is not good: %s", inner.message);
    if (!result_is_ok(done)) return wrong(f, RESULT_ROT, "seq", r->place, "the statement or a section is not what was committed to: %s: %s", inner.field, inner.message);
    if (statement_kind_commits(s->kind)) *commit = s->commit;
    m->said = s->hash;
    return OK;
}

static result compare(struct mirror_shown *shown, const struct hash *commit, const struct hash *leaves, struct fault *f) {
    const struct node_record *r = &shown->record;
    uint32_t at = 0;
    for (uint32_t i = 0; i < r->part_count; i++) {
        const struct part *p = &r->parts[i];
        bool section = p->part_class == PART_SECTION;
        if (section && commit == NULL) return wrong(f, RESULT_ROT, "seq", r->place, "there is a section, and no commitment to it");
        uint32_t leaf = section ? 1u + p->slot : at;
        if (!hash_equal(&leaves[leaf], &shown->claimed[i])) return part_wrong(r, p, f);
        if (!section) at += at == 0 && commit != NULL ? 1 + LIMIT_SECTIONS : 1;
    }
    return OK;
}

static result leaves_of(struct mirror *m, struct mirror_shown *shown, struct arena *scratch, struct fault *f) {
    struct node_record *r = &shown->record;
    const struct hash *commit;
    struct statement s;
    TRY(said(m, r, &s, &commit, f));
    struct hash *leaves = arena_alloc(scratch, (size_t)r->part_count + LIMIT_SECTIONS + r->withheld, sizeof *leaves);
    if (leaves == NULL) return fail(f, RESULT_TOO_LARGE, "record", "no memory for its hashes");
    uint32_t count = record_leaves(r->parts, r->part_count, commit, &m->log, leaves);
    TRY(compare(shown, commit, leaves, f));
    for (uint32_t i = 0; i < r->withheld; i++) leaves[count + i] = shown->withheld[i];
    r->hashes = leaves;
    r->hash_count = count + r->withheld;
    struct hash root = merkle_root_of(leaves, r->hash_count);
    return hash_equal(&root, &r->root) ? OK : wrong(f, RESULT_ROT, "seq", r->place, "the record's root is not that of its leaves: a part is missing or too much");
}

result mirror_record_alone(struct mirror *m, struct mirror_shown *shown, struct arena *scratch, struct fault *f) {
    struct node_record *r = &shown->record;
    char *room = arena_alloc(scratch, STREAM_LEAF_BYTES, 1);
    if (room == NULL) return fail(f, RESULT_TOO_LARGE, "record", "no memory for its leaf");
    const char *misformed = record_misformed(r->parts, r->part_count);
    if (misformed != NULL) return wrong(f, RESULT_ROT, "seq", r->place, "%s", misformed);
    TRY(leaves_of(m, shown, scratch, f));
    if (r->hash_count > 99999) return wrong(f, RESULT_TOO_LARGE, "seq", r->place, "%u leaves", r->hash_count);
    struct append leaf = append_fixed(room, STREAM_LEAF_BYTES);
    stream_leaf(r->place, r->time, r->hash_count, &r->root, &leaf);
    r->leaf = append_view(&leaf);
    return OK;
}

result mirror_record(struct mirror *m, struct mirror_shown *shown, struct arena *scratch, struct fault *f) {
    struct node_record *r = &shown->record;
    if (r->place != m->stream.size) return wrong(f, RESULT_ROT, "seq", r->place, "is shown where seq %llu is next", (unsigned long long)m->stream.size);
    if (r->time < m->record_time || r->time < m->tick_time) return wrong(f, RESULT_ROT, "seq", r->place, "its time is before that of what stands before it: it was dated back");
    TRY(mirror_record_alone(m, shown, scratch, f));
    struct hash h = merkle_leaf(r->leaf.at, r->leaf.size);
    (void)merkle_append(&m->stream, &h, NULL);
    m->record_time = r->time;
    return OK;
}

/* --- ticks --- */

static result check_slot(struct mirror *m, const struct mirror_tick *t, struct fault *f) {
    if (!t->has_slot && (m->entered || m->stream.size > 0)) return wrong(f, RESULT_ROT, "tick", t->tick, "has no slot of the party, which had one before");
    if (!t->has_slot) return OK;
    if (t->size != m->stream.size) return wrong(f, RESULT_ROT, "tick", t->tick, "seals %llu records, where %llu were shown", (unsigned long long)t->size, (unsigned long long)m->stream.size);
    uint8_t number[8];
    for (int i = 0; i < 8; i++) number[i] = (uint8_t)(t->tick >> (56 - 8 * i));
    struct hash blind = hmac_of(&m->blind, number, sizeof number), root = merkle_root(&m->stream);
    struct hash slot = stream_slot(&blind, t->size, &root);
    if (t->length != m->slots_log2 || !merkle_check_inclusion(&slot, m->slot, UINT64_C(1) << m->slots_log2, t->path, t->length, &t->root))
        return wrong(f, RESULT_ROT, "tick", t->tick, "its slot does not hold the stream of %llu records that was shown: another stream was sealed", (unsigned long long)t->size);
    return OK;
}

result mirror_tick(struct mirror *m, const struct mirror_tick *t, struct fault *f) {
    if (t->tick != m->ticks.size + 1) return wrong(f, RESULT_ROT, "tick", t->tick, "is shown where tick %llu is next", (unsigned long long)m->ticks.size + 1);
    if (t->time < m->tick_time) return wrong(f, RESULT_ROT, "tick", t->tick, "its time is before that of the tick before it");
    if (t->time < m->record_time) return wrong(f, RESULT_ROT, "tick", t->tick, "a record that it seals is later than the tick itself");
    TRY(check_slot(m, t, f));
    char room[STREAM_LEAF_BYTES];
    struct append leaf = append_fixed(room, sizeof room);
    stream_log_leaf(&(struct stream_tick){.tick = t->tick, .time = t->time, .root = t->root}, &leaf);
    struct hash h = merkle_leaf(leaf.at, leaf.size);
    (void)merkle_append(&m->ticks, &h, NULL);
    m->entered = m->entered || t->has_slot;
    m->sealed = t->has_slot ? t->size : 0;
    m->tick_time = t->time;
    return OK;
}

/* --- checkpoints --- */

static bool next_line(struct text *rest, struct text *line) {
    const char *end = memchr(rest->at, '\n', rest->size);
    if (end == NULL) return false;
    *line = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = (struct text){end + 1, rest->size - line->size - 1};
    return true;
}

static bool decimal(struct text t, uint64_t *out) {
    *out = 0;
    if (t.size == 0 || t.size > 19 || (t.size > 1 && t.at[0] == '0')) return false;
    for (size_t i = 0; i < t.size; i++) {
        if (t.at[i] < '0' || t.at[i] > '9') return false;
        *out = *out * 10 + (uint64_t)(t.at[i] - '0');
    }
    return true;
}

result mirror_note(const struct mirror *m, struct text note, struct mirror_checkpoint *out, struct fault *f) {
    struct note *n = &m->tools->note;
    struct fault inner = {0};
    struct text origin, size, root;
    size_t got = 0;
    if (!result_is_ok(note_parse(note, n, &inner))) return fail(f, RESULT_MALFORMED, "checkpoint", "%s", inner.message);
    struct text rest = n->text;
    bool read = next_line(&rest, &origin) && next_line(&rest, &size) && next_line(&rest, &root) && rest.size == 0 && decimal(size, &out->size) &&
                base64_read(root, out->root.bytes, SHA256_SIZE, &got) && got == SHA256_SIZE;
    if (!read) return fail(f, RESULT_MALFORMED, "checkpoint", "has not the three lines origin (%.200s), size and root", m->origin);
    if (!text_is(origin, m->origin)) return fail(f, RESULT_CONFLICT, "checkpoint", "is of another log: %.*s, not %.150s", origin.size > 150 ? 150 : (int)origin.size, origin.at, m->origin);
    if (!note_verify(n, text_of(m->origin), m->log_key.bytes)) return fail(f, RESULT_UNAUTHENTIC, "checkpoint", "of size %llu: the log's key has not signed it", (unsigned long long)out->size);
    return OK;
}

result mirror_prefix(const struct mirror *m, const struct mirror_checkpoint *of, const struct hash *path, unsigned length, struct fault *f) {
    struct hash own = merkle_root(&m->ticks);
    if (of->size < m->ticks.size)
        return fail(f, RESULT_LOST_TAIL, "checkpoint", "is of %llu ticks, where %llu are held: the end of the log is lost, or is not shown", (unsigned long long)of->size,
                    (unsigned long long)m->ticks.size);
    bool prefix = m->ticks.size == 0 ? length == 0 : merkle_check_consistency(m->ticks.size, &own, of->size, &of->root, path, length);
    if (prefix) return OK;
    return fail(f, RESULT_DIVERGED, "checkpoint", "a fork: the log of %llu ticks that the log's key signed does not begin with the %llu ticks that are held", (unsigned long long)of->size,
                (unsigned long long)m->ticks.size);
}
