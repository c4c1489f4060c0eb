/* Witnesses, as the log sees them: what they are asked, what comes back into the record, and the checkpoint with their signatures. */
#include <assert.h>
#include <string.h>

#include "log/node_private.h"
#include "log/witness.h"

enum { TEXT_MOST = 512, REPLY_MOST = 16 * 1024 };

static result text_at(struct node *n, uint64_t size, struct hash *root, struct append *text, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = streams_log_store(n->streams, &room);
    TRY(merkle_root_at(&store, size, root, f));
    checkpoint_text(append_view(&n->origin), size, root, text);
    assert(!text->full);
    return OK;
}

result node_witness_request(struct node *n, uint64_t old, struct append *out, uint64_t *size, struct fault *f) {
    struct streams_store room;
    struct merkle_store store = streams_log_store(n->streams, &room);
    struct hash proof[MERKLE_DEPTH];
    unsigned length = 0;
    char bytes[TEXT_MOST + 512];
    struct append note = append_fixed(bytes, sizeof bytes);
    TRY(node_checkpoint(n, &note, f));
    *size = n->sealed.log_size;
    if (old > *size) return fail(f, RESULT_RANGE, "size", "has signed a tree of %llu ticks, of %llu that there are: what it signed is gone from this log, or was never of it", (unsigned long long)old, (unsigned long long)*size);
    if (old > 0) TRY(merkle_consistency(&store, old, *size, proof, &length, f));
    assert(length <= WITNESS_PROOF_LINES);
    witness_request_write(old, proof, length, append_view(&note), out);
    return out->full ? fail(f, RESULT_FULL, "memory", "no room for a request") : OK;
}

/* --- what comes back --- */

static result find_line(const struct note *note, struct text name, const uint8_t *public_key, struct body_cosigned *b, struct fault *f) {
    for (uint32_t i = 0; i < note->count; i++) {
        const struct note_line *line = &note->lines[i];
        if (!cosignature_line_of(line, name, public_key)) continue; /* of keys that nobody knows nothing is said */
        if (!cosignature_verify(note->text, line, name, public_key, &b->seconds)) return fail(f, RESULT_UNAUTHENTIC, "signature", "is not good over this checkpoint");
        bool read = cosignature_read(line, &b->seconds, b->signature);
        assert(read);
        return OK;
    }
    return fail(f, RESULT_UNAUTHENTIC, "signature", "no line is of this witness's key");
}

/* A step would refuse another: a key has one name in a log. */
static result one_name(const struct node *n, const struct body_cosigned *b, struct fault *f) {
    struct state_cosignature last;
    for (uint32_t i = 0; state_cosignature(n->state, i, &last); i++)
        if (hash_equal(last.key, &b->key) && !text_equal(last.name, b->name)) return fail(f, RESULT_CONFLICT, "witness", "this key stands in the record as '%.*s': a key has one name in a log", TEXT_ARG(last.name));
    return OK;
}
static bool goes_back(const struct node *n, const struct body_cosigned *b) {
    struct state_cosignature last;
    for (uint32_t i = 0; state_cosignature(n->state, i, &last); i++)
        if (hash_equal(last.key, &b->key)) return b->size <= last.size || b->seconds < last.seconds;
    return false;
}

static void offer(struct node *n, const struct body_cosigned *b) {
    struct cosigned_offer *o = NULL;
    for (uint32_t i = 0; i < n->offer_count && o == NULL; i++)
        if (hash_equal(&n->offers[i].body.key, &b->key)) o = &n->offers[i];
    if (o == NULL) {
        assert(n->offer_count < LIMIT_WITNESSES); /* no more are asked */
        o = &n->offers[n->offer_count++];
    }
    struct append witness = append_fixed(o->witness, sizeof o->witness);
    note_vkey_of(NOTE_COSIGNATURE, &witness, b->name, b->key.bytes);
    assert(!witness.full);
    o->body = *b;
    o->body.witness = append_view(&witness);
}

result node_cosigned_take(struct node *n, struct text name, const uint8_t public_key[32], uint64_t size, struct text reply, uint64_t now, uint64_t skew, uint64_t *seconds, struct fault *f) {
    static struct note parsed; /* of the loop's thread alone */
    struct body_cosigned b = {.name = name, .size = size};
    char text_room[TEXT_MOST], room[TEXT_MOST + REPLY_MOST];
    struct append text = append_fixed(text_room, sizeof text_room), note = append_fixed(room, sizeof room);
    memcpy(b.key.bytes, public_key, sizeof b.key.bytes);
    TRY(text_at(n, size, &b.root, &text, f));
    note_begin(&note, append_view(&text));
    append_text(&note, reply);
    if (note.full) return fail(f, RESULT_TOO_LARGE, "reply", "has %zu bytes; at most %d", reply.size, REPLY_MOST);
    struct fault inner = {0};
    if (!result_is_ok(note_parse(append_view(&note), &parsed, &inner)) || !text_equal(parsed.text, append_view(&text))) return fail(f, RESULT_MALFORMED, "reply", "is no row of signature lines");
    TRY(find_line(&parsed, name, public_key, &b, f));
    *seconds = b.seconds;
    if ((b.seconds > now ? b.seconds - now : now - b.seconds) > skew)
        return fail(f, RESULT_RANGE, "signature", "its time is %llu s %s ours: one of the two clocks is wrong", (unsigned long long)(b.seconds > now ? b.seconds - now : now - b.seconds), b.seconds > now ? "ahead of" : "behind");
    TRY(one_name(n, &b, f));
    if (goes_back(n, &b)) return fail(f, RESULT_CONFLICT, "signature", "is not later, or not over a larger tree, than the one before");
    TRY(node_admit(n, KIND_COSIGNED, sizeof b, f));
    offer(n, &b);
    return OK;
}

/* One at a time: each has the next number. One that is refused or lost is asked for anew, with a later tree. */
void node_cosigned(struct node *n) {
    if (n->failed || n->ending || n->cosigned_waits || n->offer_count == 0 || n->options.read_only) return;
    struct cosigned_offer o = n->offers[0];
    o.body.witness.at = o.witness;
    o.body.number = state_cosigned_number(n->state) + 1;
    n->offer_count--;
    for (uint32_t i = 0; i < n->offer_count; i++) {
        n->offers[i] = n->offers[i + 1];
        n->offers[i].body.witness.at = n->offers[i].witness;
    }
    if (goes_back(n, &o.body)) return;
    char room[1024];
    struct append bytes = append_fixed(room, sizeof room);
    struct fault f;
    decode_cosigned_render(&o.body, &bytes);
    assert(!bytes.full);
    struct part p = {.bytes = append_view(&bytes)};
    node_salt(n, p.salt);
    n->cosigned_waits = result_is_ok(node_propose_own(n, &p, state_time(n->state), NODE_TICKET_COSIGNED, &f));
}

/* --- the checkpoint with their signatures --- */

uint64_t node_cosigned_size(const struct node *n) {
    struct state_cosignature a, b;
    uint64_t best = 0, largest = 0;
    unsigned most = 0;
    for (uint32_t i = 0; state_cosignature(n->state, i, &a); i++)
        if (a.size > largest) largest = a.size;
    for (uint32_t i = 0; state_cosignature(n->state, i, &a); i++) {
        unsigned count = 0;
        if (largest - a.size > LIMIT_WITNESS_BEHIND) continue; /* who has fallen silent does not speak for those who sign */
        for (uint32_t k = 0; state_cosignature(n->state, k, &b); k++) count += b.size == a.size;
        if (count < most || (count == most && a.size < best)) continue;
        most = count;
        best = a.size;
    }
    return best;
}

result node_checkpoint_at(struct node *n, uint64_t size, struct append *out, struct fault *f) {
    char room[TEXT_MOST];
    struct append text = append_fixed(room, sizeof room);
    struct hash root;
    assert(size > 0 && size <= n->sealed.log_size);
    if (!n->has_secret) return fail(f, RESULT_FORBIDDEN, "checkpoint", "the log key is not here");
    TRY(text_at(n, size, &root, &text, f));
    note_begin(out, append_view(&text));
    note_sign(out, append_view(&text), append_view(&n->origin), n->secret); /* what it has signed before, in the same bytes: Ed25519 draws nothing */
    return out->full ? fail(f, RESULT_FULL, "checkpoint", "no room") : OK;
}

result node_checkpoint_cosigned(struct node *n, struct append *out, struct fault *f) {
    struct state_cosignature c;
    uint64_t size = node_cosigned_size(n);
    if (size == 0) return fail(f, RESULT_NOT_FOUND, "checkpoint", "no witness has signed one yet");
    TRY(node_checkpoint_at(n, size, out, f));
    for (uint32_t i = 0; state_cosignature(n->state, i, &c); i++)
        if (c.size == size) cosignature_line(out, c.name, c.key->bytes, c.seconds, c.signature);
    return out->full ? fail(f, RESULT_FULL, "checkpoint", "no room") : OK;
}
