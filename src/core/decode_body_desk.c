/* Bodies that desks send: texts, steps of the ladder, holds, messages; and open and clock. FORMAT.md, "Kinds". */
#include "core/decode_inner.h"

result decode_body_text(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    DECODE_ONLY(body, f, "text");
    return decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &out->body.text.text, f);
}

/* --- ack --- */

static const char *const step_words[] = {"received", "displayed", "readback", "relayed", "complied", "unable"};
_Static_assert(sizeof step_words / sizeof *step_words == ACK_UNABLE + 1, "a word per step");

result decode_body_ack(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_ack *b = &out->body.ack;
    DECODE_ONLY(body, f, "step", "place", "desk", "text", "start", "lower", "upper", "area");
    TRY(decode_word(body, "step", step_words, ACK_UNABLE + 1, &b->step, f));
    int64_t place = 0;
    TRY(decode_count(body, "place", true, 0, INT64_C(999999999999999), &place, f));
    b->place = (uint64_t)place;
    TRY(decode_name(body, "desk", false, &b->desk, f));
    TRY(decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &b->text, f));
    b->start = INSTANT_NONE;
    if (b->step == ACK_READ_BACK) {
        TRY(decode_time(body, "start", true, &b->start, f));
        TRY(decode_band(body, &b->lower, &b->upper, f));
        return decode_text(d, body, "area", true, 0, LIMIT_AREA_NAME, &b->area, f);
    }
    static const char *const read_back[] = {"start", "lower", "upper", "area"};
    for (size_t i = 0; i < sizeof read_back / sizeof *read_back; i++)
        if (json_member(body, read_back[i]) != NULL)
            return decode_at(f, fail(f, RESULT_MALFORMED, "", "belongs to the step readback only"), read_back[i]);
    return OK;
}

/* --- hold --- */

result decode_body_hold(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_hold *b = &out->body.hold;
    DECODE_ONLY(body, f, "notice", "until", "text");
    TRY(decode_entity(body, "notice", &b->notice, f));
    b->until = INSTANT_NONE;
    TRY(decode_time(body, "until", false, &b->until, f));
    return decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &b->text, f);
}

static const char *const reply_words[] = {"wilco", "unable", "standby"};

result decode_body_hold_answer(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_hold_answer *b = &out->body.hold_answer;
    DECODE_ONLY(body, f, "hold", "reply", "text");
    TRY(decode_entity(body, "hold", &b->hold, f));
    TRY(decode_word(body, "reply", reply_words, 3, &b->reply, f));
    return decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &b->text, f);
}

/* --- message --- */

result decode_body_message(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_message *b = &out->body.message;
    DECODE_ONLY(body, f, "text", "desk", "test", "answers");
    TRY(decode_text(d, body, "text", true, 1, LIMIT_MESSAGE_BYTES, &b->text, f));
    TRY(decode_name(body, "desk", false, &b->desk, f));
    TRY(json_get_bool(body, "test", false, &b->test, f));
    return decode_id(body, "answers", false, &b->answers, f);
}

/* --- open --- */

result decode_body_open(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_open *b = &out->body.open;
    DECODE_ONLY(body, f, "statement", "kind", "id", "keys");
    TRY(json_get_hex(body, "statement", true, b->statement.bytes, SHA256_SIZE, f));
    struct text kind = {NULL, 0};
    TRY(json_get_text(body, "kind", true, 64, &kind, f));
    if (!statement_kind_read(kind, &b->kind) || !decode_kind_is_sealable(b->kind))
        return fail(f, RESULT_MALFORMED, "/kind", "'%.*s': only a notice or a flight can be sealed", TEXT_ARG(kind));
    struct id id = {{0}};
    TRY(decode_id(body, "id", true, &id, f));
    const struct json *list = NULL;
    TRY(json_get_array(body, "keys", true, LIMIT_SIGNERS, &list, f));
    if (list->count == 0) return fail(f, RESULT_RANGE, "/keys", "at least one key");
    struct hash keys[LIMIT_SIGNERS];
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        if (e->kind != JSON_STRING || !hex_read(e->string, keys[n].bytes, SHA256_SIZE))
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "must be 64 lower-case hex digits"), "keys", n);
        if (n > 0 && memcmp(keys[n - 1].bytes, keys[n].bytes, SHA256_SIZE) >= 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "keys must ascend, each once"), "keys", n);
    }
    b->context = part_section_context(&d->log, &id, keys, n);
    return OK;
}

/* --- clock --- */

result decode_body_clock(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    struct body_clock *b = &out->body.clock;
    DECODE_ONLY(body, f, "now", "error_s");
    TRY(decode_time(body, "now", true, &b->now, f));
    return decode_seconds(body, "error_s", true, 0, DECODE_YEAR_S * INSTANT_SECOND, &b->error_ns, f);
}
