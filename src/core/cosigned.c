/* cosigned: a witness has signed, dated, a checkpoint of this log. A step sees neither tree nor signature: decoding verifies the signature, the log floor
 * compares the root with its own tree (log/node_cosigned.c, node_replay.c). Here it is kept, each witness's last, so that the checkpoint can be served with it
 * and everybody sees how old it is. */
#include "core/digest.h"
#include "core/saved.h"

static struct cosigned_row *row_of(struct state *st, const struct body_cosigned *b) {
    for (uint16_t i = 0; i < st->cosigned.count; i++)
        if (hash_equal(&st->cosigned.of[i].key, &b->key)) return &st->cosigned.of[i];
    return NULL;
}

bool cosigned_check(struct state *st, const struct statement *s, struct step *c) {
    const struct body_cosigned *b = &s->cosigned;
    const struct cosigned_row *last = row_of(st, b);
    if (b->number != st->cosigned.number + 1)
        return refuse(c, REASON_STALE, "cosigned %llu; the next is %llu", (unsigned long long)b->number, (unsigned long long)st->cosigned.number + 1);
    if (b->size > st->tick) return refuse(c, REASON_BODY, "size: the log has %llu ticks", (unsigned long long)st->tick);
    if (last == NULL) return true;
    if (!text_equal(b->name, (struct text){last->name, last->name_size})) return refuse(c, REASON_BODY, "witness: this key has another name");
    /* A witness never goes back; one that does is no bound of anything. */
    if (b->size > last->size && b->seconds >= last->seconds) return true;
    return refuse(c, REASON_STALE, "the last one of this witness is of size %llu and time %llu", (unsigned long long)last->size, (unsigned long long)last->seconds);
}

/* Of more witnesses than there is room for, the one furthest behind goes, of equals the first. */
static struct cosigned_row *room_for(struct cosigned *all) {
    uint16_t out = 0;
    if (all->count < LIMIT_WITNESSES) return &all->of[all->count++];
    for (uint16_t i = 1; i < all->count; i++)
        if (all->of[i].size < all->of[out].size) out = i;
    memmove(&all->of[out], &all->of[out + 1], (all->count - out - 1u) * sizeof all->of[0]);
    return &all->of[all->count - 1];
}

void cosigned_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_cosigned *b = &s->cosigned;
    struct cosigned_row *r = row_of(st, b);
    (void)c, (void)fx;
    if (r == NULL) r = room_for(&st->cosigned);
    *r = (struct cosigned_row){.name_size = (uint8_t)b->name.size, .key = b->key, .size = b->size, .seconds = b->seconds, .root = b->root};
    memcpy(r->name, b->name.at, b->name.size);
    memcpy(r->signature, b->signature, sizeof r->signature);
    st->cosigned.number = b->number;
}

bool state_cosignature(const struct state *st, uint32_t index, struct state_cosignature *out) {
    if (index >= st->cosigned.count) return false;
    const struct cosigned_row *r = &st->cosigned.of[index];
    *out = (struct state_cosignature){{r->name, r->name_size}, &r->key, r->size, r->seconds, &r->root, r->signature};
    return true;
}
uint64_t state_cosigned_number(const struct state *st) { return st->cosigned.number; }

/* --- snapshots, digest --- */
void saved_cosigned(struct saved *c) {
    struct cosigned *all = &c->st->cosigned;
    c->table = "cosigned";
    c->number = 0;
    saved_u64(c, &all->number);
    saved_count(c, &all->count, LIMIT_WITNESSES, "witnesses");
    if (c->loading && (all->number > c->st->order || all->count > all->number || (all->number > 0 && all->count == 0))) saved_bad(c, "%u witnesses of %llu cosignatures", all->count, (unsigned long long)all->number);
    for (uint16_t i = 0; i < all->count && !c->failed; i++) {
        struct cosigned_row *r = &all->of[i];
        c->number = i;
        saved_text(c, r->name, &r->name_size, LIMIT_WITNESS_NAME);
        saved_hash(c, &r->key);
        saved_u64(c, &r->size);
        saved_u64(c, &r->seconds);
        saved_hash(c, &r->root);
        saved_bytes(c, r->signature, sizeof r->signature);
        if (c->loading && (r->name_size == 0 || r->size == 0 || r->size > c->st->tick || r->seconds == 0)) saved_bad(c, "size %llu, time %llu", (unsigned long long)r->size, (unsigned long long)r->seconds);
        for (uint16_t k = 0; k < i && c->loading; k++)
            if (hash_equal(&all->of[k].key, &r->key)) saved_bad(c, "a witness stands twice");
    }
}

void cosigned_digest(const struct state *st, struct sha256 *to) {
    const struct cosigned *all = &st->cosigned;
    DIGEST_ALL(to, all->number, all->count);
    for (uint16_t i = 0; i < all->count; i++) {
        const struct cosigned_row *r = &all->of[i];
        digest_bytes(to, r->name, r->name_size);
        digest_hash(to, &r->key);
        digest_u64(to, r->size);
        digest_u64(to, r->seconds);
        digest_hash(to, &r->root);
        digest_bytes(to, r->signature, sizeof r->signature);
    }
}
