/* A recorded statement, stepped again: it takes the path that it took when it was new, and what comes out must be what was recorded. */
#include <stdio.h>

#include "log/node_private.h"

static struct text shown(struct text t, size_t from) {
    size_t left = t.size > from ? t.size - from : 0;
    return (struct text){t.at + (t.size > from ? from : t.size), left < 88 ? left : 88};
}

static result diverged(const struct node_replay *r, struct fault *f, const char *what, struct text recorded, struct text computed) {
    /* From a little before the first byte in which they differ. */
    size_t same = 0;
    while (same < recorded.size && same < computed.size && recorded.at[same] == computed.at[same]) same++;
    size_t from = same > 24 ? same - 24 : 0;
    return fail(f, RESULT_DIVERGED, "order", "statement %llu: %s recorded ...%.*s, recomputed ...%.*s; the log was changed, or taken under other rules (Parley %s here): serve it with the version that wrote it, or from a copy",
                (unsigned long long)r->folded.statement.order, what, TEXT_ARG(shown(recorded, from)), TEXT_ARG(shown(computed, from)), PARLEY_VERSION);
}

result node_replay_diverged(const struct node_replay *r, struct fault *f, const char *what, uint64_t recorded, uint64_t computed) {
    char a[24], b[24];
    snprintf(a, sizeof a, "%llu", (unsigned long long)recorded);
    snprintf(b, sizeof b, "%llu", (unsigned long long)computed);
    return diverged(r, f, what, text_of(a), text_of(b));
}

/* A digest in the journal is somebody's word of the state behind a `snapshot`. Computed anew there, where everything is; a start compares it with the
 * snapshot that it began from, which was good by itself. */
static result digest_said(struct node_replay *r, struct fault *f) {
    const struct statement *s = &r->folded.statement;
    const struct body_snapshot_digest *said = &s->snapshot_digest;
    if (s->kind == KIND_SNAPSHOT) r->now = (struct body_snapshot_digest){.order = 0};
    if (s->kind == KIND_SNAPSHOT && r->full) r->now = (struct body_snapshot_digest){s->order, state_digest(r->n->state)};
    if (s->kind != KIND_SNAPSHOT_DIGEST || said->order != r->now.order) return OK;
    if (hash_equal(&said->digest, &r->now.digest)) {
        r->report->digests += r->full;
        return OK;
    }
    char a[65], b[65];
    struct append recorded = append_fixed(a, sizeof a), computed = append_fixed(b, sizeof b);
    append_hex(&recorded, said->digest.bytes, SHA256_SIZE);
    append_hex(&computed, r->now.digest.bytes, SHA256_SIZE);
    char what[64];
    snprintf(what, sizeof what, "the state's digest behind statement %llu", (unsigned long long)said->order);
    return diverged(r, f, what, append_view(&recorded), append_view(&computed));
}

/* The statement under way must have caused just what was recorded behind it. */
result node_replay_finish(struct node_replay *r, struct fault *f) {
    if (!r->open) return OK;
    r->open = false;
    if (r->told != r->folded.effects->count)
        return node_replay_diverged(r, f, "number of told records", r->told, r->folded.effects->count);
    if (r->folded.ticked) node_tick_cost(r->n, r->bytes, 1 + (uint64_t)r->told);
    if (node_between(r->folded.statement.kind)) node_continue_cost(r->n, r->bytes, 1 + (uint64_t)r->told);
    if (r->folded.outcome.verdict == VERDICT_ACCEPTED) TRY(digest_said(r, f));
    if (r->tick_came != r->folded.ticked) return node_replay_diverged(r, f, "ticks", r->tick_came, r->folded.ticked);
    return OK;
}

static const struct part *find_part(const struct part *parts, uint32_t count, uint8_t part_class) {
    for (uint32_t i = count; i > 0; i--)
        if (parts[i - 1].part_class == part_class) return &parts[i - 1];
    return NULL;
}

static bool ends_with(struct text t, struct text end) {
    return t.size >= end.size && memcmp(t.at + t.size - end.size, end.at, end.size) == 0;
}

static result missing(const struct node_replay *r, struct fault *f, const char *part) {
    return fail(f, RESULT_ROT, "journal", "batch %llu holds a record without %s", (unsigned long long)r->batch->number, part);
}

static result check_order_part(struct node_replay *r, const struct part *order, bool told, struct fault *f) {
    struct append *text = &r->n->text;
    append_reset(text);
    node_order_part(&r->folded, told, text);
    return text_equal(append_view(text), order->bytes) ? OK : diverged(r, f, "order", order->bytes, append_view(text));
}

/* What was judged then must hold now; what was judged a fork must not have been a prefix that was out at that time. */
static result check_seen(struct node_replay *r, struct fault *f) {
    const struct statement *s = &r->folded.statement;
    bool prefix = false;
    if (!s->has_seen || !r->full) return OK;
    TRY(node_seen(r->n, s, streams_log(r->n->streams)->size, &prefix, f));
    bool good = s->seen_is_prefix ? prefix : !prefix || s->seen_size > r->log_before;
    return good ? OK : node_replay_diverged(r, f, "seen is a prefix", s->seen_is_prefix, prefix);
}

/* The signature was verified when it was decoded; that it is over this log's tree, the tree alone can tell. */
static result check_cosigned(struct node_replay *r, const struct journal_entry *e, struct fault *f) {
    const struct statement *s = &r->folded.statement;
    bool ours = false;
    if (s->kind != KIND_COSIGNED || r->folded.outcome.verdict != VERDICT_ACCEPTED || !r->full) return OK;
    struct statement seen = {.seen_size = s->cosigned.size, .seen_root = s->cosigned.root};
    TRY(node_seen(r->n, &seen, streams_log(r->n->streams)->size, &ours, f));
    return ours ? OK : node_replay_rot(r, e, f, "the tree that a witness signed is not one of this log");
}

result node_replay_rot(const struct node_replay *r, const struct journal_entry *e, struct fault *f, const char *what) {
    return fail(f, RESULT_ROT, "journal", "pay-%08u.seg, byte %llu, order %llu: %s", r->batch->pay.segment,
                (unsigned long long)(r->batch->pay.offset + e->payload_at), (unsigned long long)e->order, what);
}

static result check_hashes(struct node_replay *r, const struct journal_entry *e, const struct part *parts, uint32_t count,
                           const struct hash *commit, struct fault *f) {
    struct node *n = r->n;
    uint32_t leaves = node_leaves(n, parts, count, commit);
    if (leaves != e->hash_count) return node_replay_rot(r, e, f, "the record has not as many parts as hashes");
    if (memcmp(n->leaves, e->hashes, (size_t)leaves * SHA256_SIZE) != 0)
        return node_replay_rot(r, e, f, "a part does not match its hash");
    struct hash root = merkle_root_of(n->leaves, leaves);
    return hash_equal(&root, &e->root) ? OK : node_replay_rot(r, e, f, "the parts' hashes do not match the record's root");
}

/* No hash covers on which commitment a section stands as the payload has it; whoever reads the record is shown this one, so it must be right. */
static result check_slots(const struct node_replay *r, const struct journal_entry *e, const struct part *parts, struct fault *f) {
    const struct statement *s = &r->folded.statement;
    for (uint32_t i = 0; i < s->section_count; i++)
        if (parts[s->sections[i].part].slot != s->sections[i].slot) return node_replay_rot(r, e, f, "a section stands on another slot than the commitment that names it");
    return OK;
}

result node_replay_statement(struct node_replay *r, const struct journal_entry *e, struct text payload, struct fault *f) {
    struct node *n = r->n;
    struct part *parts = NULL;
    uint32_t count = 0;
    arena_reset(&n->decoded);
    TRY(record_parse(payload, &n->decoded, &parts, &count, f));
    const struct part *outcome = find_part(parts, count, PART_OUTCOME), *order = find_part(parts, count, PART_ORDER);
    if (outcome == NULL || order == NULL) return missing(r, f, "its outcome or order");
    if (record_misformed(parts, count) != NULL) return node_replay_rot(r, e, f, record_misformed(parts, count));
    bool seen = ends_with(order->bytes, TEXT("true}"));
    if (e->order != state_order(n->state) + 1)
        return fail(f, RESULT_ROT, "journal", "order %llu follows %llu", (unsigned long long)e->order,
                    (unsigned long long)state_order(n->state));
    if (e->time < state_time(n->state)) return node_replay_rot(r, e, f, "time runs back");
    struct fault inner = {0};
    result folded = node_decode(n, parts, count, r->full, &r->folded, &inner);
    if (result_is_ok(folded)) {
        TRY(check_slots(r, e, parts, f));
        folded = node_fold(n, e->time, &seen, &r->folded, &inner);
    }
    if (folded.code == RESULT_IO || folded.code == RESULT_FULL) return fail(f, folded.code, inner.field, "%s", inner.message);
    if (!result_is_ok(folded)) { /* what was recorded was well-formed, and signed where it says so */
        char what[sizeof inner.field + 2 + sizeof inner.message];
        snprintf(what, sizeof what, "%s%s%s", inner.field, inner.field[0] == '\0' ? "" : ": ", inner.message);
        return node_replay_rot(r, e, f, what);
    }
    const struct folded *s = &r->folded;
    append_reset(&n->text);
    outcome_render(&s->statement, &s->outcome, &n->text);
    if (!text_equal(append_view(&n->text), outcome->bytes)) return diverged(r, f, "outcome", outcome->bytes, append_view(&n->text));
    if (!s->recorded) return diverged(r, f, "outcome", TEXT("as one to record"), TEXT("as none"));
    if (s->outcome.party != e->party) return node_replay_diverged(r, f, "party", e->party, s->outcome.party);
    if (s->outcome.place != e->place) return node_replay_diverged(r, f, "place", e->place, s->outcome.place);
    TRY(check_order_part(r, order, false, f));
    TRY(check_seen(r, f));
    TRY(check_cosigned(r, e, f));
    r->open = true;
    r->told = 0;
    r->bytes = e->payload_size;
    r->tick_came = false;
    r->report->orders++;
    if (r->report->records == 0) r->report->first = e->time;
    r->report->last = e->time;
    bool commits = statement_kind_commits(s->statement.kind);
    return r->full ? check_hashes(r, e, parts, count, commits ? s->statement.commit : NULL, f) : OK;
}

/* What a statement causes bears its time: the leaf of a record no tick has covered yet is checked by nothing else. */
static result another_time(const struct node_replay *r, const struct journal_entry *e, struct fault *f) {
    char recorded[32], computed[32];
    struct append a = append_fixed(recorded, sizeof recorded), b = append_fixed(computed, sizeof computed);
    append_instant_exact(&a, e->time);
    append_instant_exact(&b, r->folded.statement.time);
    return diverged(r, f, e->tick ? "time of the tick" : "time of what was told", append_view(&a), append_view(&b));
}

result node_replay_tick(struct node_replay *r, const struct journal_entry *e, struct fault *f) {
    uint64_t tick = state_tick(r->n->state);
    if (!r->open || r->tick_came || e->number != tick) return node_replay_diverged(r, f, "tick", e->number, tick);
    if (e->time != r->folded.statement.time) return another_time(r, e, f);
    r->tick_came = true;
    return OK;
}

result node_replay_told(struct node_replay *r, const struct journal_entry *e, struct text payload, struct fault *f) {
    struct node *n = r->n;
    struct part *parts = NULL;
    uint32_t count = 0;
    arena_reset(&n->write_scratch); /* the statement's own parts are still needed */
    TRY(record_parse(payload, &n->write_scratch, &parts, &count, f));
    if (count != 2 || parts[0].part_class != PART_TOLD || parts[1].part_class != PART_ORDER) return missing(r, f, "told and order");
    if (record_misformed(parts, count) != NULL) return node_replay_rot(r, e, f, record_misformed(parts, count));
    if (!r->open || e->order != r->folded.statement.order || r->told >= r->folded.effects->count)
        return node_replay_diverged(r, f, "told records", r->told + 1, r->told);
    if (e->time != r->folded.statement.time) return another_time(r, e, f);
    const struct effect *effect = &r->folded.effects->at[r->told];
    if (effect->party != e->party) return node_replay_diverged(r, f, "party told", e->party, effect->party);
    if (effect->place != e->place) return node_replay_diverged(r, f, "place told", e->place, effect->place);
    struct text told = node_told_part(n, &r->folded, r->told);
    if (!text_equal(told, parts[0].bytes)) return diverged(r, f, "told", parts[0].bytes, told);
    TRY(check_order_part(r, &parts[1], true, f));
    r->told++;
    r->bytes += e->payload_size;
    return r->full ? check_hashes(r, e, parts, count, NULL, f) : OK;
}
