/* Time passes: what is due, in the order in which it falls due; the tick's leaf in the log, and checkpoints. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

void clock_lost(struct audit *a);

/* ---- what is due: the earliest of everything, looked for anew each time ---- */
enum timer { T_AGREEMENT, T_RECOVERY, T_PENDING, T_SEALED, T_NOTICE, T_FLIGHT, T_TRACK, T_FEED, T_HOLD, T_DUE };
struct next { int64_t at; enum timer kind; size_t i; };
static void sooner(struct next *n, int64_t at, enum timer kind, size_t i) {
    if (at == NEVER || (n->at != NEVER && (at > n->at || (at == n->at && kind >= n->kind)))) return;
    *n = (struct next){at, kind, i};
}
static int64_t seal_due(const struct party *p) {
    int64_t at = NEVER;
    for (int i = 0; i < SEALS; i++)
        if (p->sealed[i].used && !p->sealed[i].told_late && (at == NEVER || p->sealed[i].open_by < at)) at = p->sealed[i].open_by;
    return at;
}
static struct next next_due(const struct audit *a) {
    struct next n = {.at = NEVER};
    for (size_t i = 0; i < a->agreements.count; i++) sooner(&n, a->agreements.at[i].timer, T_AGREEMENT, i);
    for (size_t i = 0; i < a->parties.count; i++) {
        if (a->parties.at[i].recovering) sooner(&n, a->parties.at[i].recover_at, T_RECOVERY, i);
        sooner(&n, seal_due(&a->parties.at[i]), T_SEALED, i);
    }
    for (size_t i = 0; i < a->pending.count; i++) sooner(&n, a->pending.at[i].lapses, T_PENDING, i);
    for (size_t i = 0; i < a->notices.count; i++) sooner(&n, a->notices.at[i]->timer, T_NOTICE, i);
    for (size_t i = 0; i < a->flights.count; i++) sooner(&n, a->flights.at[i]->timer, T_FLIGHT, i);
    for (size_t i = 0; i < a->tracks.count; i++) sooner(&n, a->tracks.at[i]->timer, T_TRACK, i);
    for (size_t i = 0; i < a->feeds.count; i++) sooner(&n, a->feeds.at[i]->timer, T_FEED, i);
    for (size_t i = 0; i < a->holds.count; i++) sooner(&n, a->holds.at[i]->timer, T_HOLD, i);
    for (size_t i = 0; i < a->dues.count; i++) sooner(&n, a->dues.at[i]->timer, T_DUE, i);
    return n;
}
static void fire(struct audit *a, const struct next *n) {
    switch (n->kind) {
    case T_AGREEMENT: agreement_fired(a, (int)n->i); break;
    case T_RECOVERY: recovery_fired(a, (int)n->i); break;
    case T_PENDING: pending_fired(a, n->i); break;
    case T_SEALED: seal_fired(a, (int)n->i); break;
    case T_NOTICE: notice_fired(a, a->notices.at[n->i]); break;
    case T_FLIGHT: flight_fired(a, a->flights.at[n->i]); break;
    case T_TRACK: track_fired(a, a->tracks.at[n->i]); break;
    case T_FEED: feed_fired(a, a->feeds.at[n->i]); break;
    case T_HOLD: hold_fired(a, a->holds.at[n->i]); break;
    case T_DUE: due_fired(a, a->dues.at[n->i]); break;
    }
}
static void recent_expire(struct audit *a) {
    size_t kept = 0;
    if (a->recent.count == 0 || a->recent.at[0].time > a->time - WEEK) return; /* they came in order */
    for (size_t i = 0; i < a->recent.count; i++) {
        if (a->recent.at[i].time <= a->time - WEEK) give(a, a->recent.at[i].party, Q_RECENT, 1);
        else a->recent.at[kept++] = a->recent.at[i];
    }
    a->recent.count = kept;
}
const char *tick_check(struct audit *a, struct step *c) { return c->s->tick == a->tick + 1 ? NULL : "clock"; }
void tick_apply(struct audit *a, struct step *c) {
    if (a->leaf_due) wrong(a, "tick", "tick %llu made no leaf", (unsigned long long)a->tick);
    a->tick = c->s->tick;
    a->tick_time = a->time;
    a->leaf_due = true;
    a->error_ns = c->s->error_ns;
    a->figure[G_TICKS]++;
    if (c->s->unsure && !a->unsure) clock_lost(a);
    recent_expire(a);
    for (struct next n = next_due(a); n.at != NEVER && n.at <= a->time; n = next_due(a)) fire(a, &n);
}

/* ---- slots, leaf, log (FORMAT.md, 7 and 8) ---- */
static void slot_of(const struct audit *a, uint32_t i, struct hash *out) {
    uint8_t text[10];
    for (int k = 0; k < 8; k++) text[k] = (uint8_t)(a->tick >> (56 - 8 * k));
    text[8] = (uint8_t)(i >> 8);
    text[9] = (uint8_t)i;
    if (i >= a->parties.count) {
        hmac(&a->blinds[0], text, 10, out);
        return;
    }
    struct hash blind, root;
    hmac(&a->blinds[1 + i], text, 8, &blind);
    tree_root(&a->parties.at[i].stream, &root);
    struct digest *d = digest_new();
    digest_add(d, "\0parley/slot/1\n", 15);
    digest_add(d, blind.at, 32);
    hash_u64(d, a->parties.at[i].stream.size);
    digest_add(d, root.at, 32);
    digest_end(d, out);
}
static void slots_judge(struct audit *a, const char *root) {
    struct tree t = {0};
    struct hash slot, mine;
    char hex[65];
    if (a->blind_count < ((size_t)1 << a->slots_log2) + 1) {
        a->figure[G_UNJUDGED]++;
        return;
    }
    for (uint32_t i = 0; i < UINT32_C(1) << a->slots_log2; i++) {
        slot_of(a, i, &slot);
        tree_add(&t, &slot);
    }
    tree_root(&t, &mine);
    hex_write(mine.at, 32, hex);
    if (strcmp(hex, root) != 0) wrong(a, "slots", "tick %llu: the streams give another root", (unsigned long long)a->tick);
}
void audit_leaf(struct audit *a, const char *leaf, size_t size) {
    char wanted[256], time[40];
    if (a->dead) return;
    audit_group(a);
    json_t *j = parse(leaf, size, false);
    const char *root = text_of(j, "root");
    time_write(a->tick_time, time);
    int length = snprintf(wanted, sizeof wanted, "{\"parley\":1,\"tick\":\"%020llu\",\"time\":\"%s\",\"root\":\"%.64s\"}", (unsigned long long)a->tick, time, root);
    if (!a->leaf_due) wrong(a, "leaf", "without a tick");
    if ((size_t)length != size || memcmp(wanted, leaf, size) != 0) wrong(a, "leaf", "of tick %llu: must be %s; is %.*s", (unsigned long long)a->tick, wanted, (int)size, leaf);
    slots_judge(a, root);
    json_decref(j);
    tree_add_leaf(&a->tree, leaf, size);
    tree_root(&a->tree, ADD(a->roots));
    a->leaf_due = false;
}
void audit_checkpoint(struct audit *a, const char *note, size_t size) {
    struct note_line line[8];
    size_t text = 0;
    char origin[256] = "", base64[64] = "", wanted[64];
    unsigned long long leaves = 0;
    if (a->dead) return;
    audit_group(a);
    a->figure[G_CHECKPOINTS]++;
    int lines = note_lines(note, size, &text, line, 8), used = 0;
    if (lines != 1 || sscanf(note, "%255[^\n]\n%llu\n%63[^\n]%n", origin, &leaves, base64, &used) != 3 || (size_t)used + 1 != text) {
        wrong(a, "checkpoint", "is not three lines and one signature");
        return;
    }
    a->figure[G_SIGNATURES]++;
    if (strcmp(origin, a->origin) != 0) wrong(a, "checkpoint", "of another origin");
    if (!note_line_of(&line[0], a->origin, &a->log_key) || !signature_good(&a->log_key, note, text, line[0].signature)) wrong(a, "checkpoint", "its signature is bad");
    if (leaves >= a->roots.count) {
        wrong(a, "checkpoint", "of %llu leaves; the log has %zu", leaves, a->roots.count - 1);
        return;
    }
    EVP_EncodeBlock((unsigned char *)wanted, a->roots.at[leaves].at, 32);
    if (strcmp(wanted, base64) != 0) wrong(a, "checkpoint", "of %llu leaves: another root", leaves);
}
