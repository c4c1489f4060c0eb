/* add-entries (C2SP tlog-mirror): entries in packages, each with the proof that it is of the pending tree. */
#include <inttypes.h>

#include "log/tile_mirror_private.h"

enum { PROOF_MOST = 63, HEAD_FEW = 1024, HEAD_MOST = 2 + UINT16_MAX + 8 + 8 + 2 + UINT16_MAX };

struct upload { const struct tile_body *body; struct text origin; uint64_t begin, end; const struct tile_pending *to; size_t at; /* at: where the next package begins */ };

static bool read_head(struct text body, struct upload *u) {
    struct cursor c = cursor_of(body.at, body.size);
    uint16_t size = cursor_u16(&c);
    const uint8_t *origin = cursor_bytes(&c, size);
    u->origin = (struct text){(const char *)origin, size};
    u->begin = cursor_u64(&c);
    u->end = cursor_u64(&c);
    size = cursor_u16(&c);
    (void)cursor_bytes(&c, size); /* a ticket: this mirror gives none */
    u->at = body.size - c.left;
    return !c.failed;
}

/* The pending checkpoint, present or recent, or the mirror's own, of that size. */
static const struct tile_pending *known(const struct tile_mirror *m, uint64_t size, struct tile_pending *room) {
    for (int i = 0; i < LIMIT_MIRROR_PENDING && m->recent[i].note.size > 0; i++)
        if (m->recent[i].size == size) return &m->recent[i];
    if (m->note.size == 0 || m->size != size) return NULL;
    *room = (struct tile_pending){.size = m->size, .root = m->root, .note = m->note};
    return room;
}

static void info(const struct tile_mirror *m, uint64_t size, struct append *out) { append_format(out, "%" PRIu64 "\n%" PRIu64 "\n\n", size, m->held); }

static unsigned conflict(const struct tile_mirror *m, const struct upload *u, struct append *out, struct fault *f, const char *why) {
    info(m, u->to != NULL && u->end >= m->size ? u->end : m->recent[0].size, out);
    (void)fail(f, RESULT_CONFLICT, "/upload_start", "%s; held are %" PRIu64 " entries, signed %" PRIu64, why, m->held, m->size);
    return 409;
}

static unsigned judge_head(struct tile_mirror *m, struct upload *u, struct tile_pending *room, struct append *out, struct fault *f) {
    const struct tile_body *body = u->body;
    u->to = NULL;
    if (!read_head(body->upto(body->context, HEAD_FEW), u) && !read_head(body->upto(body->context, HEAD_MOST), u)) return (void)fail(f, RESULT_MALFORMED, "/", "the body ends before its first package: log_origin, upload_start, upload_end, ticket"), 400;
    if (!text_equal(u->origin, m->log.origin)) return (void)fail(f, RESULT_NOT_FOUND, "/log_origin", "this mirror does not know the log '%.*s'", u->origin.size > 200 ? 200 : (int)u->origin.size, u->origin.at), 404;
    if (m->recent[0].note.size == 0) return (void)fail(f, RESULT_MALFORMED, "/log_origin", "no checkpoint of the log is pending: ask add-checkpoint first"), 422;
    if (u->begin > u->end) return (void)fail(f, RESULT_MALFORMED, "/upload_start", "is behind upload_end: %" PRIu64 ", %" PRIu64, u->begin, u->end), 400;
    u->to = known(m, u->end, room);
    if (u->to == NULL) return conflict(m, u, out, f, "upload_end is the size of no pending checkpoint");
    if (u->end < m->size) return conflict(m, u, out, f, "upload_end is less than what was signed");
    if (u->begin > m->held) return conflict(m, u, out, f, "entries are missing before upload_start");
    uint64_t excess = (u->end < m->held ? u->end : m->held) - u->begin;
    return excess > LIMIT_MIRROR_EXCESS ? conflict(m, u, out, f, "too many of the entries are here already") : 200;
}

struct package { uint64_t first, begin, end; struct text entries[TILE_WIDTH]; struct hash proof[PROOF_MOST]; unsigned length; };

/* [first, end) is the subtree, [begin, end) what is sent of it. False: it is not all there, or no package. */
static bool read_package(struct cursor *in, struct package *p) {
    struct cursor c = *in;
    for (uint64_t i = p->begin; i < p->end; i++) {
        uint16_t size = cursor_u16(&c);
        const uint8_t *at = cursor_bytes(&c, size);
        p->entries[i - p->begin] = (struct text){(const char *)at, size};
    }
    p->length = cursor_u8(&c);
    if (p->length > PROOF_MOST) return false;
    for (unsigned i = 0; i < p->length; i++) (void)cursor_copy(&c, p->proof[i].bytes, SHA256_SIZE);
    if (c.failed) return false;
    *in = c;
    return true;
}

/* The subtree consistency proof of a subtree that begins at a multiple of 256 and has 256 leaves, or ends where the tree does, is the inclusion path of its root in the tree whose leaves are such
 * roots: both split at the same powers of two. */
static unsigned check_package(struct tile_mirror *m, const struct package *p, const struct tile_pending *to, struct fault *f) {
    struct hash leaves[TILE_WIDTH];
    unsigned count = (unsigned)(p->begin - p->first);
    if (count > 0 && !result_is_ok(tile_store_leaves(m->entries, p->first, count, leaves, f))) return 503;
    for (uint64_t i = p->begin; i < p->end; i++) leaves[count++] = merkle_leaf(p->entries[i - p->begin].at, p->entries[i - p->begin].size);
    struct hash root = merkle_root_of(leaves, count);
    if (merkle_check_inclusion(&root, p->first / TILE_WIDTH, (to->size + TILE_WIDTH - 1) / TILE_WIDTH, p->proof, p->length, &to->root)) return 200;
    (void)fail(f, RESULT_UNAUTHENTIC, "/proof", "entries %" PRIu64 " to %" PRIu64 " are not those of the log's tree of %" PRIu64, p->begin, p->end - 1, to->size);
    return 422;
}

static unsigned take_package(struct tile_mirror *m, const struct package *p, const struct tile_pending *to, struct fault *f) {
    unsigned status = check_package(m, p, to, f);
    uint64_t have = tile_store_size(m->entries);
    if (status != 200 || p->end <= have) return status;
    uint64_t skip = have > p->begin ? have - p->begin : 0;
    m->failed = !result_is_ok(tile_store_add(m->entries, p->entries + skip, (unsigned)(p->end - p->begin - skip), f));
    return m->failed ? 503 : 200;
}

static unsigned no_package(const struct package *p, struct fault *f) {
    if (p->length > PROOF_MOST) (void)fail(f, RESULT_MALFORMED, "/proof", "of the first package has more than %d hashes", PROOF_MOST);
    else (void)fail(f, RESULT_MALFORMED, "/", "the first package is not whole");
    return 400;
}

/* *reached: up to where packages were good. */
static unsigned take_packages(struct tile_mirror *m, struct upload *u, uint64_t *reached, struct fault *f) {
    struct package p;
    *reached = u->begin;
    for (uint64_t at = u->begin; at < u->end; at = p.end) {
        p.first = at / TILE_WIDTH * TILE_WIDTH;
        p.begin = at;
        p.end = u->end < p.first + TILE_WIDTH ? u->end : p.first + TILE_WIDTH;
        struct text all = u->body->upto(u->body->context, u->at + LIMIT_MIRROR_UNPROVEN);
        struct cursor in = cursor_of(all.at + u->at, all.size - u->at);
        if (!read_package(&in, &p)) return *reached > u->begin ? 202 : no_package(&p, f);
        unsigned status = take_package(m, &p, u->to, f);
        if (status != 200) return status;
        *reached = p.end;
        u->at = all.size - in.left;
    }
    return 200;
}

static struct text all_of(void *context, size_t bytes) {
    (void)bytes;
    return *(const struct text *)context;
}

unsigned tile_mirror_entries(struct tile_mirror *m, struct text body, uint64_t seconds, struct append *out, struct fault *f) {
    return tile_mirror_entries_of(m, &(struct tile_body){all_of, &body}, seconds, out, f);
}

unsigned tile_mirror_entries_of(struct tile_mirror *m, const struct tile_body *body, uint64_t seconds, struct append *out, struct fault *f) {
    struct upload u = {.body = body};
    struct tile_pending room;
    uint64_t reached;
    if (!result_is_ok(tile_mirror_stopped(m, f))) return 503;
    unsigned status = judge_head(m, &u, &room, out, f);
    if (status != 200) return status;
    if (tile_mirror_pulls(m)) return (void)fail(f, RESULT_BUSY, "mirror", "is taking what it has pulled: try again"), 503;
    tile_store_back(m->entries);
    status = take_packages(m, &u, &reached, f);
    if (status == 503 && !m->failed) tile_store_back(m->entries);
    if (status == 503) return status;
    bool more = tile_store_size(m->entries) > m->held;
    if (more && !result_is_ok(tile_store_sync(m->entries, f))) m->failed = true;
    if (m->failed) return 503;
    bool dated = status != 200 || result_is_ok(tile_mirror_clock(m, seconds, f));
    if (status == 200 && dated) return tile_mirror_keep(m, u.to, seconds, out, f);
    struct fault kept = {0};
    if (more && tile_mirror_keep(m, NULL, seconds, NULL, &kept) != 200) return *f = kept, 503;
    if (status == 202) info(m, u.end, out);
    return dated ? status : 503;
}
