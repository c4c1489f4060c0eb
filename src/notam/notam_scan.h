/* Looking at untrusted text by place, never past its end. NOTAM text is ASCII upper case; lower case is read the same. */
#ifndef PARLEY_NOTAM_SCAN_H
#define PARLEY_NOTAM_SCAN_H

#include "base/text.h"

#define SCAN_NONE SIZE_MAX

/* The byte at `at`, in upper case; 0 at the end and beyond. */
char scan_char(struct text t, size_t at);
bool scan_is_digit(char c);
bool scan_is_letter(char c);
bool scan_is_alnum(char c);
bool scan_is_space(char c); /* blank, tab, line ends */
/* First place at or after `at` that is no space. */
size_t scan_skip(struct text t, size_t at);
/* Exactly `count` (<= 9) digits at `at`; whatever follows them. */
bool scan_number(struct text t, size_t at, size_t count, uint32_t *value);
/* Digits at `at`, none up to all of them. */
size_t scan_digit_count(struct text t, size_t at);
/* True iff `word` stands at `at`, whatever is around it. */
bool scan_has(struct text t, size_t at, const char *word);
/* The same, with no letter or digit next to it on either side. */
bool scan_has_word(struct text t, size_t at, const char *word);
/* First place in [from, to) where scan_has_word holds, or SCAN_NONE. */
size_t scan_find_word(struct text t, size_t from, size_t to, const char *word);
/* [from, to) cut to the text; from > to is empty. */
struct text scan_part(struct text t, size_t from, size_t to);
struct text scan_trim(struct text t);
/* Next run of non-space bytes at or after *at; *at moves behind it. Empty at the end. */
struct text scan_next_run(struct text t, size_t *at);

#endif
