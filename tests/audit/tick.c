/* Time passes: what is due, in the order in which it falls due; the tick's leaf in the log, and checkpoints. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inner.h"

void clock_lost(struct audit *a);

/* ---- what is due: the earliest of everything, looked for anew each time ---- */
enum timer { T_AGREEMENT, T_RECOVERY, T_PENDING, T_SEALED, T_NOTICE, T_FLIGHT, T_TRACK, T_FEED, T_HOLD, T_DUE, TIMERS };
struct next { int64_t at; enum timer kind; size_t i; };
static int64_t seal_due(const struct party *p) {
    int64_t at = NEVER;
    for (int i = 0; i < SEALS; i++)
        if (p->sealed[i].used && !p->sealed[i].told_late && (at == NEVER || p->sealed[i].open_by < at)) at = p->sealed[i].open_by;
    return at;
}
/* One timer: when it is due, whose it is, and whether it waits since an earlier step. */
struct one { int64_t at; int party; struct wait *wait; };
static struct one timer_of(struct audit *a, enum timer kind, size_t i) {
    struct party *p = &a->parties.at[i < a->parties.count ? i : 0];
    switch (kind) {
    case T_AGREEMENT: return (struct one){a->agreements.at[i].timer, a->agreements.at[i].party, &a->agreements.at[i].wait};
    case T_RECOVERY: return (struct one){p->recovering ? p->recover_at : NEVER, (int)i, &p->recover_wait};
    case T_PENDING: return (struct one){a->pending.at[i].lapses, a->pending.at[i].party, &a->pending.at[i].wait};
    case T_SEALED: return (struct one){seal_due(p), (int)i, &p->seal_wait};
    case T_NOTICE: return (struct one){a->notices.at[i]->timer, a->notices.at[i]->party, &a->notices.at[i]->wait};
    case T_FLIGHT: return (struct one){a->flights.at[i]->timer, a->flights.at[i]->party, &a->flights.at[i]->wait};
    case T_TRACK: return (struct one){a->tracks.at[i]->timer, a->tracks.at[i]->party, NULL};
    case T_FEED: return (struct one){a->feeds.at[i]->timer, a->feeds.at[i]->party, &a->feeds.at[i]->wait};
    case T_HOLD: return (struct one){a->holds.at[i]->timer, a->holds.at[i]->party, &a->holds.at[i]->wait};
    case T_DUE: case TIMERS: break;
    }
    return (struct one){a->dues.at[i]->timer, a->dues.at[i]->party, &a->dues.at[i]->wait};
}
static size_t timers_of(const struct audit *a, enum timer kind) {
    const size_t counts[TIMERS] = {a->agreements.count, a->parties.count, a->pending.count, a->parties.count, a->notices.count, a->flights.count, a->tracks.count, a->feeds.count, a->holds.count, a->dues.count};
    return counts[kind];
}
static bool waits(const struct one *o) { return o->wait && o->wait->turn > 0 && o->wait->at == o->at && o->at != NEVER; }
/* Of those that do not wait, or (waiting) of those that do and waited when the step began, by their turns. */
static struct next next_of(struct audit *a, enum timer kind, bool waiting, uint64_t turns, const bool *passed) {
    struct next n = {.at = NEVER, .kind = kind};
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < timers_of(a, kind); i++) {
        struct one o = timer_of(a, kind, i);
        if (o.at == NEVER || waits(&o) != waiting || (passed && passed[o.party])) continue;
        if (waiting ? o.wait->turn > turns || o.wait->turn >= first : n.at != NEVER && o.at >= n.at) continue;
        if (waiting) first = o.wait->turn;
        n.at = o.at;
        n.i = i;
    }
    return n;
}
static struct next next_due(struct audit *a) {
    struct next n = {.at = NEVER};
    for (int k = 0; k < TIMERS; k++) {
        struct next x = next_of(a, (enum timer)k, false, 0, NULL);
        if (x.at != NEVER && (n.at == NEVER || x.at < n.at)) n = x;
    }
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
    case T_TRACK: track_fired(a, a->tracks.at[n->i], n->at); break;
    case T_FEED: feed_fired(a, a->feeds.at[n->i]); break;
    case T_HOLD: hold_fired(a, a->holds.at[n->i]); break;
    case T_DUE: case TIMERS: due_fired(a, a->dues.at[n->i]); break;
    }
}

/* ---- of each party and kind so many in a step; the rest waits for a continue ---- */
static uint64_t most_of(const struct audit *a) { return a->settings.step_work / 32 > 1 ? (uint64_t)a->settings.step_work / 32 : 1; }
static bool left(const struct step *c) { return json_number_value(json_object_get(c->r->outcome, "left")) > 0; }
/* How many dues were before it in this step cannot be seen: those of alerts that were told anew are gone. So the record says whether its turn has come. */
static bool called(const struct audit *a, const struct due *d) {
    for (size_t i = 1; i < a->group.count; i++) {
        const json_t *t = a->group.at[i].told;
        if (a->group.at[i].party == d->party && t && strcmp(text_of(t, "told"), "overdue") == 0 && party_find(a, text_of(t, "party")) == d->party &&
            (uint64_t)json_number_value(json_object_get(t, "due")) == d->place)
            return true;
    }
    return false;
}
static bool fits(struct audit *a, const struct step *c, const struct next *n, uint64_t *fired) {
    if (n->kind == T_TRACK) return true;
    if (n->kind == T_DUE) return !left(c) || !due_wanted(a->dues.at[n->i]) || called(a, a->dues.at[n->i]);
    if (*fired >= most_of(a)) return false;
    ++*fired;
    return true;
}
static void wait(struct audit *a, const struct next *n) { *timer_of(a, n->kind, n->i).wait = (struct wait){n->at, ++a->turn}; }
/* What waited when the step began, kind by kind. */
static void go_on(struct audit *a, const struct step *c, uint64_t *fired) {
    bool *passed = calloc(a->parties.count, sizeof *passed);
    uint64_t turns = a->turn;
    if (!passed) abort();
    for (int k = 0; k < TIMERS; k++) {
        memset(passed, 0, a->parties.count * sizeof *passed);
        for (struct next n = next_of(a, (enum timer)k, true, turns, passed); n.at != NEVER; n = next_of(a, (enum timer)k, true, turns, passed)) {
            struct one o = timer_of(a, n.kind, n.i);
            if (fits(a, c, &n, &fired[k * (int)a->parties.count + o.party])) {
                o.wait->turn = 0;
                fire(a, &n);
            } else if (k == T_DUE) {
                wait(a, &n); /* others of its party may have been told */
            } else {
                passed[o.party] = true;
            }
        }
    }
    free(passed);
}
static uint64_t *fired_begin(const struct audit *a) {
    uint64_t *fired = calloc(TIMERS * a->parties.count, sizeof *fired);
    if (!fired) abort();
    return fired;
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
    f3548_ticked(a);
    uint64_t *fired = fired_begin(a);
    go_on(a, c, fired);
    for (struct next n = next_due(a); n.at != NEVER && n.at <= a->time; n = next_due(a)) {
        if (fits(a, c, &n, &fired[(size_t)n.kind * a->parties.count + (size_t)timer_of(a, n.kind, n.i).party])) fire(a, &n);
        else wait(a, &n);
    }
    free(fired);
}

/* No time passes with a continue, and nothing happens but that conflicts are found, and deadlines called, which were due before. */
const char *continue_check(struct audit *a, struct step *c) { return c->s->tick == a->continues + 1 ? NULL : "stale"; }
void continue_apply(struct audit *a, struct step *c) {
    uint64_t *fired = fired_begin(a);
    a->continues = c->s->tick;
    go_on(a, c, fired);
    free(fired);
    paths_go_on(a);
}

/* What a start may begin from, and the digest of it: told to nobody. Whether the digest is right, only going through the journal shows. */
const char *snapshot_check(struct audit *a, struct step *c) { return c->s->tick == a->snapshots + 1 ? NULL : "stale"; }
void snapshot_apply(struct audit *a, struct step *c) {
    a->snapshots = c->s->tick;
    a->snapshot_order = c->s->order;
}
const char *snapshot_digest_check(struct audit *a, struct step *c) { return a->snapshot_order && c->s->tick == a->snapshot_order ? NULL : "stale"; }
void snapshot_digest_apply(struct audit *a, struct step *c) {
    (void)c;
    a->snapshot_order = 0;
}

/* ---- what witnesses signed (FORMAT.md, 14, "cosigned") ---- */
static bool witness_read(const json_t *text, struct witnessed *out) {
    const char *given = text_of(text, "witness"), *first = strchr(given, '+');
    unsigned char blob[40];
    if (!first || (size_t)(first - given) >= sizeof out->name || strlen(first) != 10 + 44 || EVP_DecodeBlock(blob, (const unsigned char *)first + 10, 44) != 33 || blob[0] != 4) return false;
    memset(out, 0, sizeof *out);
    memcpy(out->name, given, (size_t)(first - given));
    memcpy(out->key.at, blob + 1, 32);
    out->size = (uint64_t)json_integer_value(json_object_get(text, "size"));
    out->seconds = (uint64_t)json_integer_value(json_object_get(text, "seconds"));
    return true;
}
static struct witnessed *witness_of(struct audit *a, const struct witnessed *w) {
    for (size_t i = 0; i < a->witnessed.count; i++)
        if (same(&a->witnessed.at[i].key, &w->key)) return &a->witnessed.at[i];
    return NULL;
}
const char *cosigned_check(struct audit *a, struct step *c) {
    struct witnessed w;
    if (c->s->tick != a->cosigned + 1) return "stale";
    if (!witness_read(c->s->text, &w)) return "body";
    const struct witnessed *last = witness_of(a, &w);
    if (w.size > a->tick || (last && strcmp(last->name, w.name) != 0)) return "body";
    return last && (w.size <= last->size || w.seconds < last->seconds) ? "stale" : NULL;
}
/* Whether it is signed, and over which tree, no step tells: of a record it must be so. */
void cosigned_apply(struct audit *a, struct step *c) {
    struct witnessed w, *last;
    char message[1024], base64[64];
    uint8_t signature[64];
    struct hash root;
    if (!witness_read(c->s->text, &w)) return;
    a->cosigned = c->s->tick;
    const char *hex = text_of(c->s->text, "signature"), *said = text_of(c->s->text, "root");
    if (!hex_read(hex, strlen(hex), signature, 64) || !hex_read(said, strlen(said), root.at, 32) || w.size >= a->roots.count || !same(&root, &a->roots.at[w.size]))
        wrong(a, "cosigned", "of %llu leaves: another root", (unsigned long long)w.size);
    EVP_EncodeBlock((unsigned char *)base64, root.at, 32);
    int length = snprintf(message, sizeof message, "cosignature/v1\ntime %llu\n%s\n%llu\n%s\n", (unsigned long long)w.seconds, a->origin, (unsigned long long)w.size, base64);
    a->figure[G_SIGNATURES]++;
    if (!signature_good(&w.key, message, (size_t)length, signature)) wrong(a, "cosigned", "its signature is bad");
    last = witness_of(a, &w);
    size_t out = 0;
    for (size_t i = 1; !last && i < a->witnessed.count; i++)
        if (a->witnessed.at[i].size < a->witnessed.at[out].size) out = i;
    if (!last && a->witnessed.count == 16) {
        memmove(&a->witnessed.at[out], &a->witnessed.at[out + 1], (a->witnessed.count - out - 1) * sizeof a->witnessed.at[0]);
        a->witnessed.count--;
    }
    *(last ? last : ADD(a->witnessed)) = w;
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
    a->figure[G_SLOTS]++;
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
