/* The journal back into the state. Every statement takes the path that it took when it was new; what comes out must be what was
 * recorded. With verify_signatures everything is recomputed: signatures, part hashes, records' and ticks' trees, checkpoints. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#include "log/node_private.h"

struct recovery {
    struct node *n;
    struct node_report *report;
    struct journal_batch batch;
    struct folded folded;
    uint32_t told;               /* effects of `folded` whose told records came */
    uint64_t bytes;              /* of its records */
    bool open, tick_came;        /* a statement is under way; its tick entry came */
    bool full;
    uint64_t log_before[2];      /* size of the log when this and the last batch began */
    uint64_t tick; instant tick_time; uint32_t tick_parties; struct hash tick_root;
};

static struct text shown(struct text t, size_t from) {
    size_t left = t.size > from ? t.size - from : 0;
    return (struct text){t.at + (t.size > from ? from : t.size), left < 88 ? left : 88};
}

static result diverged(const struct recovery *r, struct fault *f, const char *what, struct text recorded, struct text computed) {
    /* From a little before the first byte in which they differ. */
    size_t same = 0;
    while (same < recorded.size && same < computed.size && recorded.at[same] == computed.at[same]) same++;
    size_t from = same > 24 ? same - 24 : 0;
    return fail(f, RESULT_DIVERGED, "order", "statement %llu: %s recorded ...%.*s, recomputed ...%.*s; the log was changed, or taken under other rules (Parley %s here)",
                (unsigned long long)r->folded.statement.order, what, TEXT_ARG(shown(recorded, from)), TEXT_ARG(shown(computed, from)), PARLEY_VERSION);
}

static result diverged_number(const struct recovery *r, struct fault *f, const char *what, uint64_t recorded, uint64_t computed) {
    char a[24], b[24];
    snprintf(a, sizeof a, "%llu", (unsigned long long)recorded);
    snprintf(b, sizeof b, "%llu", (unsigned long long)computed);
    return diverged(r, f, what, text_of(a), text_of(b));
}

/* The statement under way must have caused just what was recorded behind it. */
static result finish_statement(struct recovery *r, struct fault *f) {
    if (!r->open) return OK;
    r->open = false;
    if (r->told != r->folded.effects->count)
        return diverged_number(r, f, "number of told records", r->told, r->folded.effects->count);
    if (r->folded.ticked) node_tick_cost(r->n, r->bytes, 1 + (uint64_t)r->told);
    if (r->tick_came != r->folded.ticked) return diverged_number(r, f, "ticks", r->tick_came, r->folded.ticked);
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

static result missing(const struct recovery *r, struct fault *f, const char *part) {
    return fail(f, RESULT_ROT, "journal", "batch %llu holds a record without %s", (unsigned long long)r->batch.number, part);
}

static result check_order_part(struct recovery *r, const struct part *order, bool told, struct fault *f) {
    struct append *text = &r->n->text;
    append_reset(text);
    node_order_part(&r->folded, told, text);
    return text_equal(append_view(text), order->bytes) ? OK : diverged(r, f, "order", order->bytes, append_view(text));
}

/* What was judged then must hold now; what was judged a fork must not have been a prefix that was out at that time. */
static result check_seen(struct recovery *r, struct fault *f) {
    const struct statement *s = &r->folded.statement;
    bool prefix = false;
    if (!s->has_seen || !r->full) return OK;
    TRY(node_seen(r->n, s, streams_log(r->n->streams)->size, &prefix, f));
    bool good = s->seen_is_prefix ? prefix : !prefix || s->seen_size > r->log_before[1];
    return good ? OK : diverged_number(r, f, "seen is a prefix", s->seen_is_prefix, prefix);
}

static result rot_here(const struct recovery *r, const struct journal_entry *e, struct fault *f, const char *what) {
    return fail(f, RESULT_ROT, "journal", "pay-%08u.seg, byte %llu, order %llu: %s", r->batch.pay.segment,
                (unsigned long long)(r->batch.pay.offset + e->payload_at), (unsigned long long)e->order, what);
}

static result check_hashes(struct recovery *r, const struct journal_entry *e, const struct part *parts, uint32_t count,
                           const struct hash *commit, struct fault *f) {
    struct node *n = r->n;
    uint32_t leaves = node_leaves(n, parts, count, commit);
    if (leaves != e->hash_count) return rot_here(r, e, f, "the record has not as many parts as hashes");
    if (memcmp(n->leaves, e->hashes, (size_t)leaves * SHA256_SIZE) != 0)
        return rot_here(r, e, f, "a part does not match its hash");
    struct hash root = merkle_root_of(n->leaves, leaves);
    return hash_equal(&root, &e->root) ? OK : rot_here(r, e, f, "the parts' hashes do not match the record's root");
}

static result take_statement(struct recovery *r, const struct journal_entry *e, struct text payload, struct fault *f) {
    struct node *n = r->n;
    struct part *parts = NULL;
    uint32_t count = 0;
    arena_reset(&n->decoded);
    TRY(record_parse(payload, &n->decoded, &parts, &count, f));
    const struct part *outcome = find_part(parts, count, PART_OUTCOME), *order = find_part(parts, count, PART_ORDER);
    if (outcome == NULL || order == NULL) return missing(r, f, "its outcome or order");
    bool seen = ends_with(order->bytes, TEXT("true}"));
    if (e->order != state_order(n->state) + 1)
        return fail(f, RESULT_ROT, "journal", "order %llu follows %llu", (unsigned long long)e->order,
                    (unsigned long long)state_order(n->state));
    if (e->time < state_time(n->state)) return rot_here(r, e, f, "time runs back");
    struct fault inner = {0};
    result folded = node_decode(n, parts, count, r->full, &r->folded, &inner);
    if (result_is_ok(folded)) folded = node_fold(n, e->time, &seen, &r->folded, &inner);
    if (folded.code == RESULT_IO || folded.code == RESULT_FULL) return fail(f, folded.code, inner.field, "%s", inner.message);
    if (!result_is_ok(folded)) { /* what was recorded was well-formed, and signed where it says so */
        char what[sizeof inner.field + 2 + sizeof inner.message];
        snprintf(what, sizeof what, "%s%s%s", inner.field, inner.field[0] == '\0' ? "" : ": ", inner.message);
        return rot_here(r, e, f, what);
    }
    const struct folded *s = &r->folded;
    append_reset(&n->text);
    outcome_render(&s->statement, &s->outcome, &n->text);
    if (!text_equal(append_view(&n->text), outcome->bytes)) return diverged(r, f, "outcome", outcome->bytes, append_view(&n->text));
    if (!s->recorded) return diverged(r, f, "outcome", TEXT("as one to record"), TEXT("as none"));
    if (s->outcome.party != e->party) return diverged_number(r, f, "party", e->party, s->outcome.party);
    if (s->outcome.place != e->place) return diverged_number(r, f, "place", e->place, s->outcome.place);
    TRY(check_order_part(r, order, false, f));
    TRY(check_seen(r, f));
    r->open = true;
    r->told = 0;
    r->bytes = e->payload_size;
    r->tick_came = false;
    r->report->orders++;
    if (r->report->orders == 1) r->report->first = e->time;
    r->report->last = e->time;
    bool commits = s->statement.origin != ORIGIN_SERVER && s->statement.kind != KIND_FRAME;
    return r->full ? check_hashes(r, e, parts, count, commits ? s->statement.commit : NULL, f) : OK;
}

static result take_told(struct recovery *r, const struct journal_entry *e, struct text payload, struct fault *f) {
    struct node *n = r->n;
    struct part *parts = NULL;
    uint32_t count = 0;
    arena_reset(&n->write_scratch); /* the statement's own parts are still needed */
    TRY(record_parse(payload, &n->write_scratch, &parts, &count, f));
    if (count != 2 || parts[0].part_class != PART_TOLD || parts[1].part_class != PART_ORDER) return missing(r, f, "told and order");
    if (!r->open || e->order != r->folded.statement.order || r->told >= r->folded.effects->count)
        return diverged_number(r, f, "told records", r->told + 1, r->told);
    const struct effect *effect = &r->folded.effects->at[r->told];
    if (effect->party != e->party) return diverged_number(r, f, "party told", e->party, effect->party);
    if (effect->place != e->place) return diverged_number(r, f, "place told", e->place, effect->place);
    struct text told = node_told_part(n, &r->folded, r->told);
    if (!text_equal(told, parts[0].bytes)) return diverged(r, f, "told", parts[0].bytes, told);
    TRY(check_order_part(r, &parts[1], true, f));
    r->told++;
    r->bytes += e->payload_size;
    return r->full ? check_hashes(r, e, parts, count, NULL, f) : OK;
}

static result take_record(struct recovery *r, const struct journal_entry *e, struct fault *f) {
    struct node *n = r->n;
    struct text payload = {r->batch.payload.at + e->payload_at, (size_t)e->payload_size};
    if (e->party >= streams_width(n->streams) || e->place != streams_size(n->streams, e->party))
        return rot_here(r, e, f, "the record's place is not the next of its stream");
    if (!e->told) TRY(finish_statement(r, f));
    TRY(e->told ? take_told(r, e, payload, f) : take_statement(r, e, payload, f));
    TRY(streams_leaf(n->streams, e->party, e->time, e->hash_count, &e->root, f));
    struct stream_row row = {.order = e->order, .batch = r->batch.number, .time = e->time, .root = e->root,
                             .log = r->batch.log, .pay = r->batch.pay, .payload_at = e->payload_at,
                             .payload_size = e->payload_size, .content_at = e->content_at, .hash_count = e->hash_count};
    r->report->records++;
    return streams_place(n->streams, e->party, &row, f);
}

static result take_tick(struct recovery *r, const struct journal_entry *e, struct fault *f) {
    struct node *n = r->n;
    if (!r->open || r->tick_came || e->number != state_tick(n->state))
        return diverged_number(r, f, "tick", e->number, state_tick(n->state));
    r->tick_came = true;
    r->tick = e->number;
    r->tick_time = e->time;
    r->tick_root = e->root;
    r->tick_parties = state_party_count(n->state);
    if (r->full) {
        streams_slots(n->streams, e->number, r->tick_parties, n->sealed.slots, n->sealed.sizes);
        struct hash root = node_tick_root(n, n->sealed.slots);
        if (!hash_equal(&root, &e->root))
            return fail(f, RESULT_ROT, "journal", "tick %llu does not match the streams", (unsigned long long)e->number);
    }
    for (uint32_t i = 0; i < r->tick_parties; i++) n->sealed.sizes[i] = streams_size(n->streams, (uint16_t)i);
    r->report->ticks++;
    struct stream_tick leaf = {e->number, e->time, e->root};
    return streams_tick(n->streams, &leaf, f);
}

static result take_batches(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    for (bool end = false;;) {
        TRY(journal_next(n->journal, &r->batch, &end, f));
        if (end) return OK;
        r->log_before[1] = r->log_before[0];
        r->log_before[0] = streams_log(n->streams)->size;
        for (bool last = false; !last;) {
            struct journal_entry e;
            TRY(journal_entry(n->journal, &r->batch, &e, &last, f));
            if (!last) TRY(e.tick ? take_tick(r, &e, f) : take_record(r, &e, f));
        }
        TRY(finish_statement(r, f));
    }
}

/* What the node would have published when it wrote the last tick. The slots are computed anew, so at least the last tick's
 * root is compared at every start. */
static result seal_last(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    struct sealed *s = &n->sealed;
    s->log_size = streams_log(n->streams)->size;
    s->log_root = merkle_root(streams_log(n->streams));
    s->any = s->log_size > 0;
    for (uint32_t i = 0; i < streams_width(n->streams); i++) n->durable_size[i] = streams_size(n->streams, (uint16_t)i);
    if (!s->any) return OK;
    s->tick = r->tick;
    s->time = r->tick_time;
    s->parties = r->tick_parties;
    TRY(streams_slots_at(n->streams, s->tick, s->parties, s->sizes, s->slots, f));
    struct hash root = node_tick_root(n, s->slots);
    return hash_equal(&root, &r->tick_root) ? OK
        : fail(f, RESULT_ROT, "journal", "tick %llu does not match the streams", (unsigned long long)s->tick);
}

/* The stored checkpoint may have been given out: the log must contain it. */
static result check_checkpoint(struct recovery *r, struct fault *f) {
    struct node *n = r->n;
    uint64_t size = 0;
    struct hash root, own;
    uint8_t signature[64];
    bool any = false;
    TRY(node_checkpoint_load(n, &size, &root, signature, &any, f));
    if (any && size > n->sealed.log_size)
        return fail(f, RESULT_LOST_TAIL, "checkpoint", "a checkpoint of %llu ticks was given out; the journal holds %llu: its end is lost",
                    (unsigned long long)size, (unsigned long long)n->sealed.log_size);
    if (any) {
        struct streams_store room;
        struct merkle_store store = streams_log_store(n->streams, &room);
        TRY(merkle_root_at(&store, size, &own, f));
        if (!hash_equal(&own, &root))
            return fail(f, RESULT_ROT, "checkpoint", "the checkpoint of %llu ticks that was given out is not of this log", (unsigned long long)size);
        char text[1024];
        struct append note = append_fixed(text, sizeof text);
        node_checkpoint_text(append_view(&n->origin), size, &root, &note);
        if (crypto_sign_verify_detached(signature, (const uint8_t *)text, note.size, n->log_key.bytes) != 0)
            return fail(f, RESULT_ROT, "checkpoint", "the signature of the stored checkpoint is not good");
    }
    if (any && size == n->sealed.log_size) {
        memcpy(n->sealed.signature, signature, sizeof signature);
        return OK;
    }
    if (!n->has_secret || !n->sealed.any) return OK;
    node_checkpoint_sign(n, &n->sealed);
    return n->options.read_only ? OK : node_checkpoint_store(n, &n->sealed, f);
}

result node_recover(struct node *n, struct node_report *report, struct fault *f) {
    *report = (struct node_report){0};
    struct recovery r = {.n = n, .report = report, .full = n->options.verify_signatures};
    TRY(take_batches(&r, f));
    TRY(seal_last(&r, f));
    TRY(check_checkpoint(&r, f));
    if (!n->options.read_only) TRY(journal_continue(n->journal, f));
    report->cut_bytes = journal_torn(n->journal);
    report->bytes_read = journal_bytes(n->journal);
    report->digest = state_digest(n->state);
    n->numbers.journal_bytes = report->bytes_read;
    n->sequenced = journal_sequencer(n->journal);
    if (r.full) state_check(n->state);
    return OK;
}
