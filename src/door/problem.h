/* Errors as RFC 9457 problem details (application/problem+json): {"type","title","status","detail"} and, as extension
 * members, "code" (a result's or a reason's stable word), "field", "rule", "value" where a value was at fault, "request". */
#ifndef PARLEY_DOOR_PROBLEM_H
#define PARLEY_DOOR_PROBLEM_H

#include "base/bytes.h"
#include "core/outcome.h"

#define PROBLEM_TYPE "application/problem+json"

struct problem {
    unsigned status;
    const char *code;       /* stable word; `type` is urn:parley:problem:<code> */
    struct text field;      /* path or header name, may be empty */
    struct text rule;       /* for a human: what is wrong and which rule says so; also the detail */
    struct text value;      /* the value at fault, cut to 64 bytes; `has_value` */
    bool has_value;
    struct text extension;  /* further members, each with a comma before it; may be empty */
};
unsigned problem_status(enum result_code code);        /* HTTP status of a fault */
unsigned problem_reason_status(enum reason reason);    /* HTTP status of a recorded refusal */
/* "Forbidden" reads exactly as "unknown": both give this, byte for byte but for the request's id. */
struct problem problem_unknown(void);
struct problem problem_of(const struct fault *f);      /* borrows from f */
/* On the paths of other systems' doors: as the documents of F3548-21 and F3411 have it, {"message"} with "field: rule", and "code", "field", "request"
 * beside it. */
bool problem_is_message(struct text path);
void problem_render_message(const struct problem *p, struct text request_id, struct append *out);
void problem_render(const struct problem *p, struct text request_id, struct append *out);

#endif
