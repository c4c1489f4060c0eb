/* An ICAO NOTAM (Annex 15; PANS-AIM Doc 10066 appendix 4; OPADD 4.1) taken apart. Pure functions over untrusted bytes.
 *
 * Real files break the rules of form. Whatever is understood beyond doubt is read; everything else is listed as a remark with
 * its text and place, and never guessed. Only a text that is no NOTAM at all (no "A1234/24 NOTAMx") is an error.
 * All texts are borrowed from the message; remarks live in the caller's arena. */
#ifndef PARLEY_NOTAM_NOTAM_H
#define PARLEY_NOTAM_NOTAM_H

#include "base/arena.h"
#include "geo/shape.h"

#define NOTAM_RAW_MOST (256 * 1024) /* bytes of one message */
#define NOTAM_NM_CM INT64_C(185200) /* a nautical mile in cm */
#define NOTAM_IDENTITY_ROOM 48

enum notam_type { NOTAM_NEW, NOTAM_REPLACE, NOTAM_CANCEL };

struct notam_number { /* A0194/24 */
    char series;
    uint16_t number; /* 0..9999 */
    uint16_t year;   /* 2000..2099: the two digits of the message */
};

enum notam_item { NOTAM_A, NOTAM_B, NOTAM_C, NOTAM_D, NOTAM_E, NOTAM_F, NOTAM_G, NOTAM_ITEMS };

/* Item Q: FIR/Qcccc/traffic/purpose/scope/lower/upper/ddmmNdddmmEradius. Empty fields stay empty. */
struct notam_qualifiers {
    bool present, has_lower, has_upper, has_circle;
    struct text fir, code, traffic, purpose, scope;
    struct altitude lower, upper; /* 000 = SFC, 999 = unlimited, else FL */
    struct position centre;       /* to the minute */
    uint16_t radius_nm;           /* 1..999; 999 may stand for more */
};

/* Something that was not understood: kept, with its place. */
struct notam_remark {
    const char *field; /* "header", "q", "a" ... "g" */
    const char *rule;  /* what was expected */
    struct text text;  /* as it stands in the message */
    size_t offset;     /* of `text` in the message, bytes */
    struct notam_remark *next;
};

struct notam {
    struct text raw;
    struct notam_number number;
    enum notam_type type;
    bool has_reference;
    struct notam_number reference; /* of NOTAMR and NOTAMC */
    struct notam_qualifiers q;
    struct text item[NOTAM_ITEMS]; /* trimmed; .at == NULL: absent */
    struct text location;          /* first place of item A, else the FIR of item Q, else empty */
    uint16_t part, parts;          /* "PART 1 OF 2"; 0 of 0: whole */
    bool has_begin, has_end;
    instant begin, end;            /* UTC */
    bool permanent;                /* C) PERM: has_end is false */
    bool estimated;                /* C) ... EST */
    bool has_lower, has_upper;     /* items F and G */
    struct altitude lower, upper;
    struct notam_remark *remarks, *last_remark; /* in order of reading */
    uint32_t remark_count;
};

/* Errors: MALFORMED (no NOTAM: field "header"), TOO_LARGE, FULL (arena). */
result notam_read(struct text raw, struct arena *arena, struct notam *out, struct fault *f);

/* A stable name: "A0194/24 VVHM", for a part "A3352/23 VVHN 1/2", without a place "A0194/24". The same message gives the
 * same name for ever, so that importing a file twice changes nothing. The place is needed since every issuing office counts
 * for itself; the office is not in the message, item A's first place stands for it. Returns the size, at most
 * NOTAM_IDENTITY_ROOM - 1, and terminates. */
size_t notam_identity(const struct notam *n, char out[NOTAM_IDENTITY_ROOM]);
/* The same for the message that a NOTAMR or NOTAMC refers to (any part of it); 0 and "" when there is none. */
size_t notam_reference_identity(const struct notam *n, char out[NOTAM_IDENTITY_ROOM]);
/* "A0194/24" at `at`; *after is the place behind it. */
bool notam_number_read(struct text t, size_t at, struct notam_number *out, size_t *after);

/* A level of items F and G: SFC, GND, UNL, FL410, FL 410, 5000FT AMSL, 300M AGL, 5000FT. A height without reference counts as
 * AMSL. *after is the place behind it. */
bool notam_level_read(struct text t, size_t at, bool upper, struct altitude *out, size_t *after);

/* Adds a remark; on a full arena the arena's `failed` says so. */
void notam_remark_add(struct notam *n, struct arena *arena, const char *field, const char *rule, struct text text);

#endif
