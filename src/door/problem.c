#include "door/problem.h"

#include <assert.h>

static const uint16_t statuses[RESULT_CODES] = {
    [RESULT_OK] = 200,          [RESULT_MALFORMED] = 400,   [RESULT_RANGE] = 422,      [RESULT_TOO_LARGE] = 413,
    [RESULT_FULL] = 507,        [RESULT_NOT_FOUND] = 404,   [RESULT_CONFLICT] = 409,   [RESULT_FORBIDDEN] = 404,
    [RESULT_UNAUTHENTIC] = 401, [RESULT_UNSUPPORTED] = 422, [RESULT_IO] = 500,         [RESULT_ROT] = 500,
    [RESULT_LOST_TAIL] = 500,   [RESULT_DIVERGED] = 500,    [RESULT_BUSY] = 503,       [RESULT_UNKNOWN] = 504,
    [RESULT_USAGE] = 400,
};

unsigned problem_status(enum result_code code) {
    assert((unsigned)code < RESULT_CODES);
    return statuses[code];
}

unsigned problem_reason_status(enum reason reason) {
    switch (reason) {
    case REASON_UNKNOWN_PARTY:
    case REASON_UNKNOWN_ENTITY:
    case REASON_PLACE: return 404;
    case REASON_UNKNOWN_KEY:
    case REASON_KEY_REVOKED:
    case REASON_NOT_ROOT:
    case REASON_SIGNATURE_NEEDED:
    case REASON_MUST_BE_SIGNED:
    case REASON_NOT_OPERATOR:
    case REASON_NOT_OWNER:
    case REASON_CONSENT: return 403;
    case REASON_KEY_USED:
    case REASON_NAME_USED:
    case REASON_ENTITY_EXISTS:
    case REASON_STALE:
    case REASON_BAD_STATE:
    case REASON_OVERLAP:
    case REASON_VERSION:
    case REASON_OLD_FRAME: return 409;
    case REASON_FULL:
    case REASON_SEALED_LIMIT: return 507;
    default: return 422;
    }
}

static const char *title_of(unsigned status) {
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        {400, "The request is malformed"},
        {401, "A valid session token is needed"},
        {403, "Refused: not allowed"},
        {404, "Nothing here that you may read"},
        {405, "This method is not for this resource"},
        {409, "Refused: it does not fit what is there"},
        {411, "The length must be stated"},
        {413, "Too large"},
        {415, "Not a media type taken here"},
        {417, "An expectation that is not met"},
        {421, "Not a host name of this server"},
        {422, "Understood, but not acceptable"},
        {429, "Too many requests"},
        {500, "The server failed"},
        {501, "Not a method of this server"},
        {503, "Busy: try again"},
        {504, "The outcome is unknown: send the same again"},
        {507, "No room"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status) return titles[i].title;
    return "An error";
}

struct problem problem_unknown(void) {
    return (struct problem){.status = 404, .code = "not-found", .rule = TEXT("there is no such thing, or it is not for you")};
}

struct problem problem_of(const struct fault *f) {
    if (f->code == RESULT_FORBIDDEN || f->code == RESULT_NOT_FOUND) return problem_unknown();
    return (struct problem){.status = problem_status(f->code),
                            .code = result_name(f->code),
                            .field = text_of(f->field),
                            .rule = text_of(f->message)};
}

static void member(struct append *out, const char *name, struct text value) {
    append_str(out, ",\"");
    append_str(out, name);
    append_str(out, "\":");
    append_json_string(out, value);
}

bool problem_is_message(struct text path) {
    static const char *const doors[] = {"/dss/", "/uss/", "/rid/", "/v1/dss/", "/aux/", "/versions/"};
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        size_t size = strlen(doors[i]);
        if (path.size >= size && memcmp(path.at, doors[i], size) == 0) return true;
    }
    return text_is(path, "/healthy"); /* those who come to them ask it, too */
}
void problem_render_message(const struct problem *p, struct text request_id, struct append *out) {
    char room[1024];
    struct append message = append_fixed(room, sizeof room);
    if (p->field.size > 0) append_text(&message, p->field);
    if (p->field.size > 0) append_str(&message, ": ");
    append_text(&message, p->rule);
    append_str(out, "{\"message\":");
    append_json_string(out, append_view(&message));
    append_str(out, ",\"code\":\"");
    append_str(out, p->code);
    append_char(out, '"');
    if (p->field.size > 0) member(out, "field", p->field);
    if (p->has_value) member(out, "value", (struct text){p->value.at, p->value.size < 64 ? p->value.size : 64});
    append_text(out, p->extension);
    member(out, "request", request_id);
    append_str(out, "}\n");
}

void problem_render(const struct problem *p, struct text request_id, struct append *out) {
    append_str(out, "{\"type\":\"urn:parley:problem:");
    append_str(out, p->code);
    append_str(out, "\",\"title\":");
    append_json_string(out, text_of(title_of(p->status)));
    append_str(out, ",\"status\":");
    append_decimal(out, p->status);
    append_str(out, ",\"detail\":");
    if (p->field.size == 0) {
        append_json_string(out, p->rule);
    } else {
        char room[640];
        struct append detail = append_fixed(room, sizeof room);
        append_text(&detail, p->field);
        append_str(&detail, ": ");
        append_text(&detail, p->rule);
        append_json_string(out, append_view(&detail));
    }
    append_str(out, ",\"code\":\"");
    append_str(out, p->code);
    append_char(out, '"');
    if (p->field.size > 0) member(out, "field", p->field);
    member(out, "rule", p->rule);
    if (p->has_value) member(out, "value", (struct text){p->value.at, p->value.size < 64 ? p->value.size : 64});
    append_text(out, p->extension);
    member(out, "request", request_id);
    append_str(out, "}\n");
}
