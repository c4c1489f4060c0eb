#include "log/directory.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/sha256.h"

/* A log's keys, blinds and journal are of a log without its genesis too: nothing may be made over what is left of it. */
struct seen { bool log, party, ticks, leaves, signed_; };

/* What a witness has signed is under the SHA-256 of the log's origin. */
static bool is_hash(const char *name) { return strlen(name) == 2 * SHA256_SIZE && strspn(name, "0123456789abcdef") == 2 * SHA256_SIZE; }

static bool look(void *context, const char *name) {
    struct seen *s = context;
    s->log = s->log || strcmp(name, "log.key") == 0 || strcmp(name, "receipt.key") == 0 || strcmp(name, "blinds") == 0 || strcmp(name, "journal") == 0;
    s->party = s->party || strcmp(name, "party") == 0;
    s->ticks = s->ticks || strcmp(name, "ticks") == 0;
    s->leaves = s->leaves || strcmp(name, "leaves") == 0;
    s->signed_ = s->signed_ || is_hash(name);
    return true;
}

enum directory_kind directory_kind(struct disk *d, const char *dir) {
    struct seen s = {0};
    struct fault f = {0};
    if (!result_is_ok(disk_list(d, dir, look, &s, &f))) return DIRECTORY_OTHER;
    if (s.log) return DIRECTORY_LOG;
    if (s.party && s.ticks) return DIRECTORY_MIRROR;
    if (s.signed_) return DIRECTORY_WITNESS;
    return s.leaves ? DIRECTORY_DEPOSITS : DIRECTORY_OTHER;
}

result directory_of(struct disk *d, const char *dir, enum directory_kind wanted, struct fault *f) {
    static const char *const called[] = {[DIRECTORY_LOG] = "a log, as 'parley serve' keeps it", [DIRECTORY_MIRROR] = "a mirror of a log ('parley mirror')",
                                         [DIRECTORY_WITNESS] = "what a witness has signed ('parley witness')", [DIRECTORY_DEPOSITS] = "deposits ('parley deposit')"};
    enum directory_kind is = directory_kind(d, dir);
    if (is == DIRECTORY_OTHER || is == wanted) return OK;
    return fail(f, RESULT_CONFLICT, dir, "holds %s, and not %s: name another directory", called[is], called[wanted]);
}
