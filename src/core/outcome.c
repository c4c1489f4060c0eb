#include "core/outcome.h"

#include <assert.h>

#include "core/render.h"

static const char *const verdicts[] = {"accepted", "pending", "repeated", "refused"};
static const char *const reasons[REASONS] = {
    [REASON_NONE] = "none", [REASON_WRONG_LOG] = "wrong-log", [REASON_UNKNOWN_PARTY] = "unknown-party", [REASON_UNKNOWN_KEY] = "unknown-key",
    [REASON_KEY_REVOKED] = "key-revoked", [REASON_KEY_USED] = "key-used", [REASON_NAME_USED] = "name-used", [REASON_NOT_ROOT] = "not-root",
    [REASON_SIGNATURE_NEEDED] = "signature-needed", [REASON_MUST_BE_SIGNED] = "must-be-signed", [REASON_NOT_OPERATOR] = "not-operator",
    [REASON_UNKNOWN_ENTITY] = "unknown-entity", [REASON_ENTITY_EXISTS] = "entity-exists", [REASON_NOT_OWNER] = "not-owner",
    [REASON_STALE] = "stale", [REASON_BAD_STATE] = "bad-state", [REASON_FULL] = "full", [REASON_BODY] = "body", [REASON_SECTION] = "section",
    [REASON_SEALED_LIMIT] = "sealed-limit", [REASON_NOT_SEALED] = "not-sealed", [REASON_OVERLAP] = "overlap", [REASON_CONSENT] = "consent",
    [REASON_VERSION] = "version", [REASON_PLACE] = "place", [REASON_OLD_FRAME] = "old-frame", [REASON_CLOCK] = "clock",
    [REASON_CONFLICT] = "conflict", [REASON_DEPENDED] = "depended", [REASON_SCOPE] = "scope",
};
static const char *const marks[] = {"not-contained", "no-reader", "late", "fork", "schedule", "unsure"};
static const char *const binds[] = {"sequenced", "delivered", "readback"};

const char *verdict_name(enum verdict v) {
    assert((unsigned)v < sizeof verdicts / sizeof *verdicts);
    return verdicts[v];
}
const char *reason_name(enum reason r) {
    assert((unsigned)r < REASONS && reasons[r]);
    return reasons[r];
}

static void marks_render(uint32_t bits, struct append *out) {
    bool first = true;
    append_str(out, ",\"marks\":[");
    for (uint32_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!(bits >> i & 1)) continue;
        append_str(out, first ? "\"" : ",\"");
        append_str(out, marks[i]);
        append_char(out, '"');
        first = false;
    }
    append_char(out, ']');
}
static void lead_render(const struct lead *l, struct append *out) {
    assert(l->binds < sizeof binds / sizeof *binds);
    append_str(out, "{\"agreement\":");
    append_json_string(out, name_text(&l->agreement));
    append_str(out, ",\"version\":");
    append_decimal(out, l->version);
    append_str(out, ",\"judged\":");
    append_str(out, l->judged ? "true" : "false");
    if (l->pieces > 0) {
        append_str(out, ",\"start\":\"");
        append_instant(out, l->start);
        append_char(out, '"');
    }
    append_str(out, ",\"agreed_s\":");
    append_fixed_point(out, l->agreed_ns, 9);
    append_str(out, ",\"binds\":\"");
    append_str(out, binds[l->binds]);
    append_str(out, "\",\"sequenced_s\":");
    render_lead(l->start, l->start - l->sequenced_ns, out);
    append_str(out, ",\"short_s\":");
    if (l->short_ns == 0) append_char(out, '0'); /* also where nothing new is claimed */
    else render_short(l->start, l->start - l->sequenced_ns, l->agreed_ns, out);
    append_str(out, ",\"pieces\":");
    append_decimal(out, l->pieces);
    append_char(out, '}');
}
static void missing_render(const struct statement *s, const struct outcome *o, struct append *out) {
    bool first = true;
    append_str(out, ",\"missing\":[");
    for (uint32_t i = 0; i < s->signer_count; i++) {
        if (!(o->missing[i / 32] >> (i % 32) & 1)) continue;
        if (!first) append_char(out, ',');
        append_json_string(out, s->signers[i].key_name);
        first = false;
    }
    append_char(out, ']');
}
void outcome_render(const struct statement *s, const struct outcome *o, struct append *out) {
    append_str(out, "{\"verdict\":\"");
    append_str(out, verdict_name(o->verdict));
    append_char(out, '"');
    if (o->verdict == VERDICT_REFUSED) {
        append_str(out, ",\"reason\":\"");
        append_str(out, reason_name(o->reason));
        append_char(out, '"');
    }
    if (o->detail[0] != '\0') {
        append_str(out, ",\"detail\":");
        append_json_string(out, text_of(o->detail));
    }
    append_str(out, ",\"kind\":\"");
    append_str(out, statement_kind_name(s->kind));
    append_str(out, "\",\"place\":");
    if (o->party == OUTCOME_PARTY_NONE) append_str(out, "null");
    else append_decimal(out, (int64_t)o->place);
    if (o->marks) marks_render(o->marks, out);
    if (o->lead_count > 0) {
        append_str(out, ",\"lead\":[");
        for (uint32_t i = 0; i < o->lead_count; i++) {
            if (i > 0) append_char(out, ',');
            lead_render(&o->lead[i], out);
        }
        append_char(out, ']');
    }
    if (o->verdict == VERDICT_PENDING) missing_render(s, o, out);
    if (s->kind == KIND_CONTINUE || (s->kind == KIND_TICK && o->left > 0)) append_format(out, ",\"left\":%u", o->left);
    if (o->status > 0) {
        append_str(out, ",\"status\":");
        append_decimal(out, o->status);
        append_str(out, ",\"reply\":");
        append_text(out, o->reply);
    }
    append_char(out, '}');
}
