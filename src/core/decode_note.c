#include "base/note.h"

#include "core/decode_inner.h"

/* --- kinds and what they are about --- */

enum on_rule { ON_NONE, ON_NEW, ON_OLD };

static enum on_rule on_rule(enum statement_kind k) {
    switch (k) {
    case KIND_AGREEMENT:
    case KIND_AREA:
    case KIND_NOTICE:
    case KIND_FLIGHT:
    case KIND_HOLD: return ON_NEW;
    case KIND_AGREEMENT_SUSPEND:
    case KIND_AGREEMENT_RESUME:
    case KIND_AGREEMENT_LEAVE:
    case KIND_AREA_END:
    case KIND_NOTICE_ACTIVATE:
    case KIND_NOTICE_OVER:
    case KIND_NOTICE_CANCEL:
    case KIND_FLIGHT_ACTIVATE:
    case KIND_FLIGHT_END:
    case KIND_FLIGHT_CANCEL:
    case KIND_FLIGHT_RELEASE: return ON_OLD;
    default: return ON_NONE;
    }
}

result decode_on(const struct name *sender, struct statement *out, struct fault *f) {
    enum on_rule rule = on_rule(out->kind);
    const char *kind = statement_kind_name(out->kind);
    if (rule == ON_NONE && out->has_on)
        return fail(f, RESULT_MALFORMED, "/on", "%s is about no entity: must be null", kind);
    if (rule == ON_OLD && !out->has_on)
        return fail(f, RESULT_MALFORMED, "/on", "%s must name the entity that it is about", kind);
    if (rule == ON_NEW && !out->has_on) {
        out->has_on = true;
        out->on = (struct entity_ref){.party = *sender, .id = out->id};
    }
    return OK;
}

result decode_head(const struct json *object, struct statement *out, struct fault *f) {
    struct text kind = {NULL, 0}, on = {NULL, 0};
    TRY(json_get_text(object, "kind", true, 64, &kind, f));
    if (!statement_kind_read(kind, &out->kind))
        return fail(f, RESULT_UNSUPPORTED, "/kind", "'%.*s' is no kind of statement", TEXT_ARG(kind));
    if (out->kind == KIND_GENESIS || out->kind == KIND_FRAME || out->kind == KIND_DSS || statement_kind_own(out->kind))
        return fail(f, RESULT_MALFORMED, "/kind", "'%.*s' does not come in this form", TEXT_ARG(kind));
    TRY(decode_id(object, "id", true, &out->id, f));
    TRY(json_get_text(object, "on", false, LIMIT_TEXT_FIELD, &on, f));
    out->has_on = json_member(object, "on") != NULL;
    if (out->has_on) TRY(decode_at(f, decode_entity_text(on, &out->on, f), "on"));
    out->has_prev = json_member(object, "prev") != NULL;
    return json_get_hex(object, "prev", false, out->prev.bytes, SHA256_SIZE, f);
}

/* --- origin and mode --- */

struct text decode_mode(struct text origin) {
    static const struct text modes[] = {{"live", 4}, {"exercise", 8}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        size_t size = modes[i].size;
        if (origin.size <= size + 1 || origin.at[origin.size - size - 1] != '/') continue;
        if (memcmp(origin.at + origin.size - size, modes[i].at, size) == 0) return modes[i];
    }
    return (struct text){"", 0};
}

static bool origin_valid(struct text t) {
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || memchr("._/-", c, 4) != NULL)) return false;
    }
    return t.size >= 1 && t.size <= 200 && decode_mode(t).size > 0;
}

/* The two lines "parley/1 <role> <origin>" and JSON, each with its line feed. */
static result two_lines(struct text text, const char *role, struct text *origin, struct text *json, struct fault *f) {
    if (text.size > LIMIT_TEXT_BYTES)
        return fail(f, RESULT_TOO_LARGE, "", "the text has %zu bytes; at most %d", text.size, LIMIT_TEXT_BYTES);
    const char *first = memchr(text.at, '\n', text.size);
    size_t head = (size_t)(first - text.at);
    const char *second = memchr(first + 1, '\n', text.size - head - 1);
    if (second == NULL || second + 1 != text.at + text.size)
        return fail(f, RESULT_MALFORMED, "", "the text must be exactly two lines");
    *json = (struct text){first + 1, (size_t)(second - first - 1)};
    char start[32];
    struct append a = append_fixed(start, sizeof start);
    append_format(&a, "parley/1 %s ", role);
    if (a.full || head < a.size || memcmp(text.at, a.at, a.size) != 0)
        return fail(f, RESULT_MALFORMED, "", "the first line must be 'parley/1 %s <origin>'", role);
    *origin = (struct text){text.at + a.size, head - a.size};
    return OK;
}

/* --- signers --- */

static result read_signer(const struct decoder *d, struct text mode, const struct json *member, struct signer *out,
                          struct fault *f) {
    struct text name = member->name;
    int shown = (int)(name.size < 80 ? name.size : 80);
    const char *first = name.size == 0 ? NULL : memchr(name.at, '/', name.size);
    size_t head = first == NULL ? 0 : (size_t)(first - name.at);
    const char *second = first == NULL ? NULL : memchr(first + 1, '/', name.size - head - 1);
    if (second == NULL)
        return fail(f, RESULT_MALFORMED, "", "'%.*s': a key name is '<mode>/<party>/<key>'", shown, name.at);
    if (!text_equal((struct text){name.at, head}, mode))
        return fail(f, RESULT_MALFORMED, "", "'%.*s': keys of this log begin with '%.*s/'", shown, name.at,
                    TEXT_ARG(mode));
    size_t middle = (size_t)(second - first - 1);
    TRY(name_read((struct text){first + 1, middle}, &out->party, f));
    TRY(name_read((struct text){second + 1, name.size - head - middle - 2}, &out->key, f));
    if (member->kind != JSON_STRING || !hex_read(member->string, out->public_key.bytes, SHA256_SIZE))
        return fail(f, RESULT_MALFORMED, "", "the key of '%.*s' must be 64 lower-case hex digits", shown, name.at);
    return decode_keep(d, name, &out->key_name, f);
}

static result read_signers(const struct decoder *d, struct text mode, const struct json *by, struct signer **out,
                           uint32_t *count, struct fault *f) {
    if (by->count == 0 || by->count > LIMIT_SIGNERS)
        return fail(f, RESULT_RANGE, "", "%u keys; 1 to %d", by->count, LIMIT_SIGNERS);
    void *room;
    TRY(decode_room(d, by->count, sizeof(struct signer), &room, f));
    struct signer *at = room;
    uint32_t n = 0;
    for (const struct json *m = json_first(by); m != NULL; m = json_next(by, m), n++) {
        TRY(read_signer(d, mode, m, &at[n], f));
        if (n > 0 && text_compare(at[n - 1].key_name, at[n].key_name) >= 0)
            return fail(f, RESULT_MALFORMED, "", "'%.*s': key names must ascend", TEXT_ARG(at[n].key_name));
        for (uint32_t i = 0; i < n; i++)
            if (hash_equal(&at[i].public_key, &at[n].public_key))
                return fail(f, RESULT_MALFORMED, "", "'%.*s' has the key of '%.*s': one key, one name",
                            TEXT_ARG(at[n].key_name), TEXT_ARG(at[i].key_name));
    }
    *out = at;
    *count = n;
    return OK;
}

/* Lines are of the signers, in their order, each at most once. */
static result check_lines(const struct note *n, bool verify, struct signer *signers, uint32_t count, struct fault *f) {
    uint32_t next = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        const struct note_line *line = &n->lines[i];
        uint32_t k = next;
        while (k < count && !note_line_of(line, signers[k].key_name, signers[k].public_key.bytes)) k++;
        if (k == count) {
            for (k = 0; k < next; k++)
                if (text_equal(line->name, signers[k].key_name))
                    return fail(f, RESULT_MALFORMED, "", "the line of '%.*s' is out of the order of 'by' or doubled",
                                TEXT_ARG(line->name));
            return fail(f, RESULT_MALFORMED, "", "a signature line of '%.*s' with a key that 'by' does not name",
                        TEXT_ARG(line->name));
        }
        if (!note_line_signature(line, signers[k].signature, sizeof signers[k].signature))
            return fail(f, RESULT_MALFORMED, "", "the signature of '%.*s' must have 64 bytes", TEXT_ARG(line->name));
        if (verify && !note_line_verify(n, line, signers[k].key_name, signers[k].public_key.bytes))
            return fail(f, RESULT_UNAUTHENTIC, "", "the signature of '%.*s' does not verify", TEXT_ARG(line->name));
        signers[k].verified = true;
        next = k + 1;
    }
    return OK;
}

/* --- the text of a statement --- */

static const char *const members[] = {"log",  "kind", "id",      "on",    "prev", "by",
                                      "at", "seen", "open_by", "commit"};
enum { MEMBERS = sizeof members / sizeof *members };

static result read_seen(const struct json *object, struct statement *out, struct fault *f) {
    const struct json *seen = NULL;
    TRY(json_get_object(object, "seen", false, &seen, f));
    out->has_seen = seen != NULL;
    if (seen == NULL) return OK;
    static const char *const names[] = {"size", "root"};
    TRY(decode_at(f, json_only(seen, names, 2, f), "seen"));
    int64_t size = 0;
    TRY(decode_at(f, decode_count(seen, "size", true, 0, INT64_C(999999999999999), &size, f), "seen"));
    out->seen_size = (uint64_t)size;
    return decode_at(f, json_get_hex(seen, "root", true, out->seen_root.bytes, SHA256_SIZE, f), "seen");
}

static result read_millis(const struct json *object, const char *name, bool required, instant *out, struct fault *f) {
    *out = INSTANT_NONE;
    if (!required && json_member(object, name) == NULL) return OK;
    struct text t = {NULL, 0};
    TRY(json_get_text(object, name, true, 64, &t, f));
    return decode_at(f, instant_parse_millis(t, out, f), name);
}

static result read_commit(const struct json *object, struct hash *out, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, "commit", true, LIMIT_SECTIONS, &list, f));
    if (list->count != LIMIT_SECTIONS)
        return fail(f, RESULT_MALFORMED, "/commit", "%u hashes; exactly %d", list->count, LIMIT_SECTIONS);
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        if (e->kind != JSON_STRING || !hex_read(e->string, out[n].bytes, SHA256_SIZE))
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "must be 64 lower-case hex digits"), "commit", n);
        for (uint32_t i = 0; i < n; i++)
            if (hash_equal(&out[i], &out[n]))
                return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "is the commitment %u again", i), "commit", n);
    }
    return OK;
}

static result check_log(const struct decoder *d, const struct json *top, struct fault *f) {
    struct hash log = {{0}};
    TRY(json_get_hex(top, "log", true, log.bytes, SHA256_SIZE, f));
    if (!hash_equal(&log, &d->log))
        return fail(f, RESULT_CONFLICT, "/log", "this statement is for another log and void here");
    return OK;
}

static result read_members(const struct decoder *d, const struct json *top, struct statement *out, struct fault *f) {
    TRY(json_only(top, members, MEMBERS, f));
    for (size_t i = 0; i < MEMBERS; i++)
        if (!decode_has(top, members[i])) return decode_at(f, fail(f, RESULT_MALFORMED, "", "is missing"), members[i]);
    TRY(check_log(d, top, f));
    TRY(decode_head(top, out, f));
    TRY(read_millis(top, "at", true, &out->at, f));
    TRY(read_millis(top, "open_by", false, &out->open_by, f));
    if (out->open_by != INSTANT_NONE && !decode_kind_is_sealable(out->kind))
        return fail(f, RESULT_MALFORMED, "/open_by", "only a notice or a flight can be sealed");
    TRY(read_seen(top, out, f));
    return read_commit(top, out->commit, f);
}

/* party, key and key/recover bring a key in: it must sign, under the name that it will have. */
result decode_introduced(const struct statement *s, struct fault *f) {
    const struct name *party, *key;
    const struct hash *public_key;
    static const struct name root = {"root"};
    if (s->origin != ORIGIN_SIGNED || s->section_count != 1) return OK;
    const struct section *b = &s->sections[0];
    switch (s->kind) {
    case KIND_PARTY:
        party = &b->body.party.party.name, key = &root, public_key = &b->body.party.party.root_key;
        break;
    case KIND_KEY: party = &b->body.key.party, key = &b->body.key.key, public_key = &b->body.key.public_key; break;
    case KIND_KEY_RECOVER:
        party = &b->body.key_recover.party, key = &b->body.key_recover.key, public_key = &b->body.key_recover.new_root;
        break;
    default: return OK;
    }
    for (uint32_t i = 0; i < s->signer_count; i++)
        if (name_equal(&s->signers[i].party, party) && name_equal(&s->signers[i].key, key) &&
            hash_equal(&s->signers[i].public_key, public_key))
            return OK;
    return fail(f, RESULT_MALFORMED, "/note/by", "must name the new key of '%s/%s' as it stands in the body", party->at,
                key->at);
}

result decode_note(const struct decoder *d, struct text bytes, bool verify, struct statement *out, struct fault *f) {
    struct note n;
    TRY(note_parse(bytes, &n, f));
    struct text origin, json;
    TRY(decode_at(f, two_lines(n.text, "statement", &origin, &json, f), "note"));
    if (!text_equal(origin, d->origin))
        return fail(f, RESULT_CONFLICT, "/note", "this statement is for another origin; here is '%.*s'",
                    TEXT_ARG(d->origin));
    const struct json *top = NULL;
    TRY(decode_at(f, decode_json(d, json, JSON_PARLEY, &top, f), "note"));
    out->origin = ORIGIN_SIGNED;
    out->text = n.text;
    out->hash = sha256_of(n.text.at, n.text.size);
    TRY(decode_at(f, read_members(d, top, out, f), "note"));
    const struct json *by = NULL;
    struct signer *signers = NULL;
    TRY(decode_at(f, json_get_object(top, "by", true, &by, f), "note"));
    TRY(decode_at(f, read_signers(d, decode_mode(d->origin), by, &signers, &out->signer_count, f), "note/by"));
    TRY(decode_at(f, check_lines(&n, verify, signers, out->signer_count, f), "note"));
    out->signers = signers;
    out->proven = verify;
    return decode_at(f, decode_on(&signers[0].party, out, f), "note");
}

/* --- genesis --- */

/* H(0x00 || text): LOG. */
static struct hash log_hash(struct text text) {
    static const uint8_t leaf = 0x00;
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, &leaf, 1);
    sha256_update(&s, text.at, text.size);
    return sha256_final(&s);
}

static result founder_signers(const struct decoder *d, const struct body_genesis *g, struct text mode,
                              struct signer **out, struct fault *f) {
    void *room;
    TRY(decode_room(d, g->founder_count, sizeof(struct signer), &room, f));
    struct signer *at = room;
    for (uint32_t i = 0; i < g->founder_count; i++) {
        char bytes[64];
        struct append name = append_fixed(bytes, sizeof bytes);
        append_text(&name, mode);
        append_char(&name, '/');
        append_text(&name, name_text(&g->founders[i].name));
        append_str(&name, "/root");
        at[i] = (struct signer){.party = g->founders[i].name, .key = {"root"}, .public_key = g->founders[i].root_key};
        TRY(decode_keep(d, append_view(&name), &at[i].key_name, f));
    }
    *out = at;
    return OK;
}

result decode_genesis(const struct decoder *d, struct text bytes, bool verify, struct statement *out, struct fault *f) {
    *out = (struct statement){.kind = KIND_GENESIS, .origin = ORIGIN_SIGNED, .at = INSTANT_NONE, .open_by = INSTANT_NONE};
    struct note n;
    TRY(note_parse(bytes, &n, f));
    struct text origin, json;
    TRY(decode_at(f, two_lines(n.text, "genesis", &origin, &json, f), "note"));
    if (!origin_valid(origin))
        return fail(f, RESULT_MALFORMED, "/note", "an origin is a-z, 0-9, '.', '_', '/', '-' and ends in /live or /exercise");
    const struct json *top = NULL;
    TRY(decode_at(f, decode_json(d, json, JSON_PARLEY, &top, f), "note"));
    void *room;
    TRY(decode_room(d, 1, sizeof(struct section), &room, f));
    struct section *section = room;
    struct body_genesis *g = &section->body.genesis;
    TRY(decode_at(f, decode_genesis_body(d, top, g, f), "note"));
    TRY(decode_keep(d, origin, &g->origin, f));
    g->live = text_is(decode_mode(origin), "live");
    struct signer *signers = NULL;
    TRY(founder_signers(d, g, decode_mode(origin), &signers, f));
    out->signer_count = g->founder_count;
    TRY(decode_at(f, check_lines(&n, verify, signers, out->signer_count, f), "note"));
    for (uint32_t i = 0; i < out->signer_count; i++)
        if (!signers[i].verified)
            return fail(f, RESULT_UNAUTHENTIC, "/note", "every founder signs: '%.*s' did not", TEXT_ARG(signers[i].key_name));
    section->name = TEXT("body");
    section->bytes = json;
    out->signers = signers;
    out->hash = log_hash(n.text);
    out->sections = section;
    out->section_count = 1;
    return OK;
}
