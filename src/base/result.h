/* One result type for the whole tree. A function that can fail on input returns `result`; the caller must look
 * at it. Detail for a human goes into a `struct fault`: which field, which value, which rule. Asserts are for bugs. */
#ifndef PARLEY_BASE_RESULT_H
#define PARLEY_BASE_RESULT_H

#include <stdbool.h>
#include <stddef.h>

enum result_code {
    RESULT_OK = 0,
    RESULT_MALFORMED,   /* bytes break a stated rule of form; field and rule in the fault */
    RESULT_RANGE,       /* a value is outside its range */
    RESULT_TOO_LARGE,   /* a size limit of limits.h */
    RESULT_FULL,        /* a table, buffer or disk has no room; nothing was changed */
    RESULT_NOT_FOUND,
    RESULT_CONFLICT,    /* exists already, or the expected version is not the current one */
    RESULT_FORBIDDEN,   /* known caller, not allowed */
    RESULT_UNAUTHENTIC, /* signature or token does not verify */
    RESULT_UNSUPPORTED, /* well formed, but not something this version does */
    RESULT_IO,          /* the system refused a read or write; errno's text in the fault */
    RESULT_ROT,         /* stored bytes do not match their hash */
    RESULT_LOST_TAIL,   /* a checkpoint given out is ahead of what is stored */
    RESULT_DIVERGED,    /* a recomputed outcome differs from the recorded one */
    RESULT_BUSY,        /* another process holds the lock, or a queue is full: try again */
    RESULT_UNKNOWN,     /* outcome unknown: it may or may not take effect */
    RESULT_USAGE,       /* command line */
    RESULT_CODES
};

/* gcc 12 knows the must-use mark of a type only in its C23 spelling, clang 14 in C17 only in its own. */
#if defined(__cplusplus)
#define RESULT_MUST_USE
#elif defined(__clang__)
#define RESULT_MUST_USE __attribute__((warn_unused_result))
#else
#define RESULT_MUST_USE [[nodiscard]]
#endif

typedef struct RESULT_MUST_USE result {
    enum result_code code;
} result;

/* `field` is a JSON-pointer-like path (`/sections/0/body/volumes/2/lower`) or an option name; both texts are
 * always terminated and cut at the array's end, never beyond. */
struct fault {
    enum result_code code;
    char field[128];
    char message[384];
};

static inline result result_of(enum result_code code) { return (result){code}; }
static inline bool result_is_ok(result r) { return r.code == RESULT_OK; }
#define OK ((result){RESULT_OK})

/* Lower-case word for a code ("malformed"), stable: it is part of the API and of exit statuses. */
const char *result_name(enum result_code code);

/* Fills *f (may be NULL) and returns the code, so that a check is one line:
 *   if (n > LIMIT) return fail(f, RESULT_TOO_LARGE, "volumes", "%zu volumes; at most %u", n, LIMIT); */
__attribute__((format(printf, 4, 5))) result fail(struct fault *f, enum result_code code, const char *field,
                                                  const char *format, ...);

/* Puts `prefix` before f->field ("/sections/0" + "/body" ): used while unwinding. */
void fault_prefix(struct fault *f, const char *prefix);

#define TRY(expression)                                                                                            \
    do {                                                                                                           \
        result try_result_ = (expression);                                                                         \
        if (!result_is_ok(try_result_)) return try_result_;                                                        \
    } while (0)

#endif
