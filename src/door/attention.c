#include "door/attention.h"

#include <assert.h>
#include <string.h>

#include "base/span.h"
#include "door/limits.h"

/* A line that is being written; `end` closes its text. */
static struct append begin(struct attention *a, enum attention_level level, const char *what) {
    assert(a->count < ATTENTION_MOST);
    struct attention_line *l = &a->at[a->count++];
    l->level = level;
    l->what = what;
    return append_fixed(l->text, sizeof l->text - 1);
}
static void end(struct attention *a, const struct append *text) { a->at[a->count - 1].text[text->size] = '\0'; }

static void put_count(struct append *t, uint64_t n, const char *one, const char *many) {
    append_format(t, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}
static void put_longest(struct append *t, const char *words, int64_t ns) {
    append_str(t, words);
    append_span(t, ns);
}

/* --- how full --- */

/* These are made by hand and stay: one of one is no emergency. Of all others an eighth of a share is kept for what warns people. */
static bool stays(const char *name) {
    static const char *const names[] = {"keys", "agreements", "areas", "feeds"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}
static uint32_t ordinary(uint32_t share) { return share - share / LIMIT_RESERVE_PART; }
static bool full(const struct attention_fill *f) { return !stays(f->name) && f->used >= ordinary(f->most); }
static bool filling(const struct attention_fill *f) {
    return stays(f->name) ? f->most > LIMIT_RESERVE_PART && f->used >= ordinary(f->most) : (uint64_t)f->used * 4 >= (uint64_t)f->most * 3;
}
static bool fuller(const struct attention_fill *x, const struct attention_fill *y) {
    if (full(x) != full(y)) return full(x);
    return (uint64_t)x->used * y->most > (uint64_t)y->used * x->most;
}

void attention_fill(struct attention *a, struct text whose, const char *name, uint32_t used, uint32_t most) {
    struct attention_fill one = {whose, name, used, most};
    if (most == 0 || used == 0 || !filling(&one)) return;
    unsigned i = a->fills;
    if (i == ATTENTION_FILLS) {
        a->more_fills++;
        if (!fuller(&one, &a->fill[--i])) return;
    } else {
        a->fills++;
    }
    for (; i > 0 && fuller(&one, &a->fill[i - 1]); i--) a->fill[i] = a->fill[i - 1];
    a->fill[i] = one;
}

void attention_fills_done(struct attention *a) {
    for (unsigned i = 0; i < a->fills; i++) {
        const struct attention_fill *f = &a->fill[i];
        bool own = f->whose.size > 0;
        struct append t = begin(a, full(f) ? ATTENTION_ALARM : ATTENTION_WARN, own ? "quota" : "table");
        if (own) append_format(&t, "%.*s: ", TEXT_ARG(f->whose));
        append_format(&t, "%s %u of %u (%u %%)", f->name, f->used, f->most, (unsigned)((uint64_t)f->used * 100 / f->most));
        if (full(f)) append_str(&t, own ? ": only what warns people is still taken" : ": little is left of the whole log's");
        end(a, &t);
    }
    if (a->more_fills == 0) return;
    struct append t = begin(a, full(&a->fill[a->fills - 1]) ? ATTENTION_ALARM : ATTENTION_WARN, "quota");
    put_count(&t, a->more_fills, "further one is nearly full", "further ones are nearly full");
    end(a, &t);
}

/* --- people --- */

void attention_readbacks(struct attention *a, const struct figures_readbacks *r) {
    struct append t;
    if (r->overdue > 0) {
        t = begin(a, ATTENTION_ALARM, "read-backs");
        append_format(&t, "%u overdue", r->overdue);
        put_longest(&t, ", the longest for ", r->longest_ns);
        end(a, &t);
    }
    if (r->past > 0) { /* nobody flies into these any more: not now, but somebody sat at no desk */
        t = begin(a, ATTENTION_WARN, "read-backs");
        put_count(&t, r->past, "of a hazard that is over was never made", "of hazards that are over were never made");
        append_str(&t, ": is that desk on watch? 'parley list notices' says whose");
        end(a, &t);
    }
}

/* What it is that meets. That an aircraft is inside is said of a track alone: a flight's volumes are what was planned. */
static void put_met(struct append *t, uint32_t n, const char *words) {
    if (n == 1) append_format(t, ", %s", words);
    else if (n > 1) append_format(t, ", %u times %s", n, words);
}
/* Plans whose time has come, of flights that were not activated, each read back: whoever is to see to it knows of it, and no aircraft was seen. All else is for now. */
static bool plans_alone(const struct figures_own *o) { return o->planned == o->immediate && o->unread == 0; }
static void attend_alerts(struct attention *a, const struct figures_own *o) {
    if (o->immediate == 0) return;
    struct append t = begin(a, plans_alone(o) ? ATTENTION_WARN : ATTENTION_ALARM, "alerts");
    bool seen = o->inside + o->close > 0, plans = o->planned + o->under_way > 0;
    append_format(&t, "%u immediate", o->immediate);
    put_met(&t, o->inside, "an aircraft is inside");
    put_met(&t, o->close, "two aircraft are too close");
    put_met(&t, o->under_way, "a flight under way meets a notice or another flight by its plan");
    put_met(&t, o->planned, "a filed flight meets a notice or another flight by its plan");
    if (plans && !seen) append_str(&t, ", no aircraft is seen there");
    if (o->entry != INSTANT_NONE) put_longest(&t, seen || plans ? ", the next entry in " : ", the first entry in ", o->entry - o->now);
    if (o->unread > 0) append_format(&t, ", %u not read back", o->unread);
    append_str(&t, ": 'parley list alerts'");
    end(a, &t);
}
static void attend_feeds(struct attention *a, const struct figures_own *o) {
    if (o->silent == 0) return;
    struct append t = begin(a, ATTENTION_WARN, "feeds");
    for (uint32_t i = 0; i < o->silent && i < FIGURES_SILENT; i++)
        append_format(&t, "%s%.*s/%.*s", i ? ", " : "", TEXT_ARG(name_text(o->feed[i].party)), TEXT_ARG(name_text(o->feed[i].name)));
    if (o->silent > FIGURES_SILENT) append_format(&t, " and %u more", o->silent - FIGURES_SILENT);
    append_str(&t, o->silent == 1 ? " is silent: its aircraft are not watched" : " are silent: their aircraft are not watched");
    end(a, &t);
}
static void attend_seals(struct attention *a, const struct figures_own *o) {
    struct append t;
    if (o->sealed_late > 0) {
        t = begin(a, ATTENTION_WARN, "sealed");
        put_count(&t, o->sealed_late, "of your statements was not opened in time: 'parley open'", "of your statements were not opened in time: 'parley open'");
        end(a, &t);
    }
    if (o->open_by != INSTANT_NONE && o->open_by - o->now <= DOOR_SEALED_WARN_SECONDS * INSTANT_SECOND) {
        t = begin(a, ATTENTION_WARN, "sealed");
        put_longest(&t, "one of your statements has to be opened within ", o->open_by - o->now);
        append_str(&t, ": 'parley open'");
        end(a, &t);
    }
}
void attention_own(struct attention *a, const struct figures_own *o) {
    struct append t;
    attend_alerts(a, o);
    if (o->asked_of > 0) { /* an answer is wanted within half a minute */
        t = begin(a, ATTENTION_ALARM, "holds");
        append_format(&t, "%u asked of you without your answer", o->asked_of);
        put_longest(&t, ", the longest for ", o->of_oldest_ns);
        append_str(&t, ": 'parley list holds'");
        end(a, &t);
    }
    if (o->asked_by > 0) {
        t = begin(a, ATTENTION_WARN, "holds");
        append_format(&t, "%u of yours without an answer", o->asked_by);
        put_longest(&t, ", the longest for ", o->by_oldest_ns);
        append_str(&t, ": telephone");
        end(a, &t);
    }
    attend_feeds(a, o);
    attend_seals(a, o);
}

void attention_watch(struct attention *a, const struct figures *g) {
    struct append t;
    if (g->holds_unanswered > 0) {
        t = begin(a, ATTENTION_WARN, "holds");
        append_format(&t, "%u without an answer", g->holds_unanswered);
        put_longest(&t, ", the longest for ", g->hold_oldest_ns);
        end(a, &t);
    }
    if (g->feeds_silent > 0) {
        t = begin(a, ATTENTION_WARN, "feeds");
        put_count(&t, g->feeds_silent, "is silent", "are silent");
        append_str(&t, ": 'parley list feeds' says which");
        end(a, &t);
    }
    if (g->sealed_late > 0) {
        t = begin(a, ATTENTION_WARN, "sealed");
        put_count(&t, g->sealed_late, "statement was not opened in time", "statements were not opened in time");
        end(a, &t);
    }
    if (g->recoveries > 0) {
        t = begin(a, ATTENTION_WARN, "keys");
        put_count(&t, g->recoveries, "recovery of a root key waits: is it really theirs?", "recoveries of root keys wait: are they really theirs?");
        end(a, &t);
    }
    if (g->forks > 0) {
        t = begin(a, ATTENTION_WARN, "forks");
        put_count(&t, g->forks, "statement whose sender had seen another log than this: was an older copy restored?",
                  "statements whose senders had seen another log than this: was an older copy restored?");
        end(a, &t);
    }
}

/* --- clock, certificate --- */

void attention_clock(struct attention *a, bool unsure, int64_t error_ns) {
    struct append t;
    if (unsure) {
        t = begin(a, ATTENTION_ALARM, "clock");
        append_str(&t, "UNSURE, it jumped: set the machine's clock right, then 'parley clock'");
        end(a, &t);
    } else if (error_ns > DOOR_CLOCK_ERROR_NS) {
        t = begin(a, ATTENTION_WARN, "clock");
        append_str(&t, error_ns >= DOOR_CLOCK_UNSYNC_NS ? "not synchronised: start chrony or systemd-timesyncd" : "its error may be ");
        if (error_ns < DOOR_CLOCK_UNSYNC_NS) append_span(&t, error_ns);
        end(a, &t);
    }
}

/* Never an alarm: a witness that is gone stops nothing. */
void attention_witness(struct attention *a, struct text name, bool silent, bool untrue, int64_t age_ns, const char *why) {
    if (!silent && !untrue) return;
    struct append t = begin(a, ATTENTION_WARN, "witness");
    append_text(&t, name);
    if (silent) put_longest(&t, " has signed nothing for ", age_ns);
    else append_str(&t, " answers what is not true");
    if (why[0] != '\0') append_format(&t, " (%.150s)", why);
    append_str(&t, "; the log goes on without: ask who runs it");
    end(a, &t);
}

void attention_certificate(struct attention *a, instant until, instant now) {
    if (until - now >= DOOR_CERTIFICATE_WARN_SECONDS * INSTANT_SECOND) return;
    struct append t = begin(a, until - now < DOOR_CERTIFICATE_ALARM_SECONDS * INSTANT_SECOND ? ATTENTION_ALARM : ATTENTION_WARN, "certificate");
    if (until <= now) append_str(&t, "has expired");
    else put_longest(&t, "ends in ", until - now);
    append_str(&t, ": renew it, then send the server SIGHUP");
    end(a, &t);
}

/* --- disk and log --- */

static void put_disk(struct append *t, const struct node_numbers *n) {
    append_size(t, n->disk_free);
    append_str(t, " free, ");
    append_size(t, n->disk_reserve);
    append_str(t, " of it kept for what warns people");
}

void attention_disk(struct attention *a, const struct node_numbers *n, int64_t left_s, int64_t over_s) {
    struct append t;
    bool days = left_s >= 0 && left_s < DOOR_DISK_WARN_SECONDS;
    if (n->disk_unknown) {
        t = begin(a, ATTENTION_ALARM, "disk");
        append_format(&t, "what is free cannot be read: %s", n->disk_why.message);
        end(a, &t);
    }
    if (n->disk_free < 2 * n->disk_reserve) {
        t = begin(a, ATTENTION_ALARM, "disk");
        append_str(&t, "nearly full: ");
        put_disk(&t, n);
        append_str(&t, "; ordinary statements are refused soon, or are already");
        end(a, &t);
    } else if (days) {
        bool measured = over_s >= DOOR_DISK_MEASURED_SECONDS; /* what an import wrote in minutes goes on for no day */
        t = begin(a, left_s < DOOR_DISK_ALARM_SECONDS && measured ? ATTENTION_ALARM : ATTENTION_WARN, "disk");
        put_longest(&t, "full in ", left_s * INSTANT_SECOND);
        if (measured) append_str(&t, " at the present rate: get a larger one; ");
        else put_longest(&t, " at the rate of the last ", over_s * INSTANT_SECOND), append_str(&t, " alone: look again in an hour; ");
        put_disk(&t, n);
        end(a, &t);
    }
}

void attention_snapshots(struct attention *a, const struct node_numbers *n, instant now) {
    struct append t;
    if (n->snapshots_failed > 0 && n->applied - n->snapshot_order >= LIMIT_SNAPSHOT_ORDERS) { /* none was written since */
        t = begin(a, ATTENTION_WARN, "snapshots");
        put_count(&t, n->snapshots_failed, "could not be written", "could not be written");
        if (n->snapshot_order > 0) put_longest(&t, "; the newest is of before ", now - n->snapshot_time);
        append_str(&t, ": see the server's log");
        end(a, &t);
    }
    if (n->keeper_lost) {
        t = begin(a, ATTENTION_WARN, "snapshots");
        append_str(&t, "the keeper, which writes them, has ended or could not be made; until the next start none is written: see the server's log");
        end(a, &t);
    }
    if (!n->keeper_lost && n->wanted_ticks > DOOR_KEEPER_LATE_TICKS) { /* neither written nor failed, and no other is begun meanwhile */
        t = begin(a, ATTENTION_WARN, "snapshots");
        append_format(&t, "the keeper, which writes them, has not written one that is due since %llu ticks: it hangs, or cannot keep up", (unsigned long long)n->wanted_ticks);
        end(a, &t);
    }
    if (n->snapshots_passed > 0 && n->snapshots == 0) { /* nor here */
        t = begin(a, ATTENTION_WARN, "snapshots");
        put_count(&t, n->snapshots_passed, "could not be used by this start", "could not be used by this start");
        append_str(&t, ": see the server's log");
        end(a, &t);
    }
}

void attention_scrub(struct attention *a, uint64_t rot, const char *file, uint64_t byte, const char *failed, bool lost) {
    struct append t;
    if (rot > 0) {
        t = begin(a, ATTENTION_ALARM, "rot");
        put_count(&t, rot, "place of the log's directory is no longer what was written", "places of the log's directory are no longer what was written");
        append_format(&t, ", the first in %.60s, byte %llu: 'parley scrub' with the server stopped, while there are copies; and look at the disk", file, (unsigned long long)byte);
        end(a, &t);
    }
    if (failed != NULL) {
        t = begin(a, ATTENTION_ALARM, "rot");
        append_format(&t, "the log's directory could not be read to its end: %.200s", failed);
        end(a, &t);
    }
    if (lost) {
        t = begin(a, ATTENTION_WARN, "rot");
        append_str(&t, "the process that looks for it has ended or could not be made; until the next start nobody does: see the server's log");
        end(a, &t);
    }
}

void attention_log(struct attention *a, const struct node_numbers *n, int64_t timer_late_ns, int64_t tick_ns) {
    struct append t;
    if (n->rot > 0) {
        t = begin(a, ATTENTION_ALARM, "record");
        put_count(&t, n->rot, "read of a record that is no longer what its hashes say", "reads of records that are no longer what their hashes say");
        append_str(&t, ": 'parley log check' on a copy, and look at the disk");
        end(a, &t);
    }
    if (n->index_rotten) {
        t = begin(a, ATTENTION_WARN, "index");
        append_format(&t, "start the server anew soon, and look at the disk: until then some records are not given out. %.150s", n->index_why.message);
        end(a, &t);
    }
    if ((int64_t)n->writing_ns > DOOR_WRITE_STUCK_NS) {
        t = begin(a, ATTENTION_ALARM, "disk");
        put_longest(&t, "a write has not come back for ", (int64_t)n->writing_ns);
        end(a, &t);
    }
    if (timer_late_ns > 2 * tick_ns) {
        t = begin(a, ATTENTION_ALARM, "timers");
        put_longest(&t, "what is due is late by ", timer_late_ns);
        end(a, &t);
    }
}

void attention_steps(struct attention *a, const struct slow_steps *s, instant now) {
    const struct slow_step *worst = NULL;
    enum statement_kind kind = KIND_GENESIS;
    for (int k = 0; k < STATEMENT_KINDS; k++)
        for (uint32_t i = 0; i < s->of[k].count; i++) {
            const struct slow_step *x = &s->of[k].worst[i];
            if (x->ns < DOOR_STEP_WARN_NS || now - x->time > INSTANT_HOUR || (worst != NULL && worst->ns >= x->ns)) continue;
            worst = x;
            kind = (enum statement_kind)k;
        }
    if (worst == NULL) return;
    struct append t = begin(a, ATTENTION_WARN, "steps");
    append_format(&t, "%s took ", statement_kind_name(kind));
    append_span(&t, worst->ns);
    append_str(&t, "; nobody else was served meanwhile");
    end(a, &t);
}

void attention_render(const struct attention *a, struct append *out) {
    static const char *const levels[ATTENTION_LEVELS] = {"alarm", "warn"};
    bool first = true;
    append_char(out, '[');
    for (int level = 0; level < ATTENTION_LEVELS; level++)
        for (unsigned i = 0; i < a->count; i++) {
            const struct attention_line *l = &a->at[i];
            if ((int)l->level != level) continue;
            append_format(out, "%s{\"level\":\"%s\",\"what\":\"%s\",\"text\":", first ? "" : ",", levels[level], l->what);
            append_json_string(out, text_of(l->text));
            append_char(out, '}');
            first = false;
        }
    append_char(out, ']');
}
