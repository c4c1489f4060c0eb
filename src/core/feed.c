/* feed: a source of positions and who may read it. Its silence is told: a picture that has stopped must not look like an empty sky. */

#include "core/handlers.h"
#include "core/render.h"
#include "core/watch.h"

static uint32_t code(uint16_t party, const struct name *name) {
    uint8_t bytes[2 + NAME_ROOM] = {(uint8_t)(party >> 8), (uint8_t)party};
    memcpy(bytes + 2, name->at, NAME_ROOM);
    return table_code(bytes, sizeof bytes);
}
row feed_find(const struct state *st, uint16_t party, const struct name *name) {
    row r = hash_index_first(&st->feeds.by_id, code(party, name));
    while (r != ROW_NONE && (feed_at(st, r)->party != party || !name_equal(&feed_at(st, r)->name, name)))
        r = hash_index_more(&st->feeds.by_id, r);
    return r;
}
/* The body's readers, in the form of a section's. */
static bool readers_resolve(const struct state *st, const struct body_feed *b, uint16_t sender, struct reader_set *out) {
    struct section s;
    memset(&s, 0, sizeof s);
    memcpy(s.readers, b->readers, sizeof s.readers);
    s.reader_count = b->reader_count;
    return reader_set_resolve(st, &s, sender, out);
}
bool feed_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *one = section_one(s);
    if (!one) return refuse(c, REASON_SECTION, "feed: one section is needed");
    c->entity = feed_find(st, c->party, &one->body.feed.feed);
    if (c->entity != ROW_NONE) return step_prev(c, s, &feed_at(st, c->entity)->last_statement);
    if (s->has_prev) return refuse(c, REASON_STALE, "prev: there is no such feed");
    if (!quota_room(st, c->party, QUOTA_FEEDS, 1, true)) return refuse(c, REASON_FULL, "%s", quota_name(QUOTA_FEEDS));
    return true;
}
void feed_index(struct state *st, row r) { hash_index_put(&st->feeds.by_id, r, code(feed_at(st, r)->party, &feed_at(st, r)->name)); }
void feed_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_feed *b = &section_one(s)->body.feed;
    row r = c->entity;
    if (r == ROW_NONE) {
        quota_take(st, c->party, QUOTA_FEEDS, 1);
        r = table_take(&st->feeds);
        *feed_at(st, r) = (struct feed_row){.party = c->party, .name = b->feed, .serial = state_serial(st), .last = INSTANT_NONE, .last_time = INSTANT_NONE, .shed_last = INSTANT_NONE,
                                               .untracked_last = INSTANT_NONE};
        feed_index(st, r);
    }
    if (readers_resolve(st, b, c->party, &feed_at(st, r)->readers)) c->out->marks |= OUTCOME_MARK_NO_READER;
    feed_at(st, r)->last_statement = s->hash;
    if (c->entity != ROW_NONE) watch_on_feed(st, r, fx);
}

/* Told to the feed's party and to all who may read it. */
static void silence_tell(struct state *st, const struct feed_row *f, struct effects *fx) {
    for (uint16_t p = 0; p < st->party_count; p++) {
        if (p != f->party && !reader_set_has(st, &f->readers, p)) continue;
        struct append *out = tell_begin(st, fx, TOLD_SILENT, p, NULL);
        append_str(out, "\"what\":\"feed\",\"party\":");
        append_json_string(out, name_text(&st->parties[f->party].name));
        append_str(out, ",\"feed\":");
        append_json_string(out, name_text(&f->name));
        append_str(out, f->silent ? ",\"silent\":true,\"last\":\"" : ",\"silent\":false,\"last\":\"");
        append_instant(out, f->last);
        append_char(out, '"');
        tell_end(st, fx);
    }
}
/* To its party alone: what fills its share may be what its other feeds bring, which nobody else need know of. */
static void untracked_tell(struct state *st, const struct feed_row *f, struct effects *fx) {
    struct append *out = tell_begin(st, fx, TOLD_UNTRACKED, f->party, NULL);
    append_str(out, "\"feed\":");
    append_json_string(out, name_text(&f->name));
    append_format(out, ",\"untracked\":%s,\"reports\":%llu,\"tracks\":%u,\"share\":%u,\"last\":", f->untracked_told ? "true" : "false", (unsigned long long)f->untracked,
                  st->parties[f->party].used[QUOTA_TRACKS], quota_share(st, QUOTA_TRACKS));
    render_time(f->untracked_last, out);
    tell_end(st, fx);
}
static void feed_schedule(struct state *st, row feed) {
    const struct feed_row *f = feed_at(st, feed);
    instant silent = f->silent ? INSTANT_NONE : f->last + watch_silent_ns(st), next = silent;
    if (f->untracked > 0) {
        instant look = f->untracked_told ? f->untracked_last + watch_silent_ns(st) : st->time;
        if (next == INSTANT_NONE || look < next) next = look;
    }
    if (next != INSTANT_NONE) timer_set(st, TIMER_FEED, feed, f->serial, next);
}
void feed_untracked(struct state *st, row feed, uint32_t reports) {
    struct feed_row *f = feed_at(st, feed);
    f->untracked += reports;
    if (reports > 0) f->untracked_last = st->time;
    feed_schedule(st, feed);
}
bool feed_repeats(const struct state *st, uint16_t party, const struct body_frame *frame, uint64_t *place) {
    row r = feed_find(st, party, &frame->feed);
    if (r == ROW_NONE || frame->number > feed_at(st, r)->number) return false;
    const struct feed_row *f = feed_at(st, r);
    for (uint64_t n = f->frames < LIMIT_FRAME_REPEATS ? f->frames : LIMIT_FRAME_REPEATS; n > 0; n--) {
        uint64_t i = (f->frames - n) % LIMIT_FRAME_REPEATS;
        *place = f->frame[i].place;
        if (f->frame[i].number == frame->number) return true;
    }
    return false;
}
void feed_heard(struct state *st, row feed, const struct body_frame *frame, uint64_t place, struct effects *fx) {
    struct feed_row *f = feed_at(st, feed);
    assert(frame->number > f->number);
    uint64_t i = f->frames++ % LIMIT_FRAME_REPEATS;
    f->frame[i].number = frame->number;
    f->frame[i].place = place;
    f->number = frame->number;
    f->last = st->time;
    f->last_time = frame->time;
    if (frame->shed > 0) {
        f->shed += frame->shed;
        f->shed_last = st->time;
    }
    if (f->silent) {
        f->silent = false;
        silence_tell(st, f, fx);
    }
}
static void untracked_look(struct state *st, struct feed_row *f, struct effects *fx) {
    bool over = f->untracked_told && st->time - f->untracked_last >= watch_silent_ns(st);
    if (f->untracked == 0 || (f->untracked_told && !over)) return;
    f->untracked_told = !over;
    untracked_tell(st, f, fx);
    if (over) f->untracked = 0;
}
void feed_on_timer(struct state *st, row feed, struct effects *fx) {
    struct feed_row *f = feed_at(st, feed);
    untracked_look(st, f, fx);
    if (!f->silent && st->time - f->last >= watch_silent_ns(st)) {
        f->silent = true;
        silence_tell(st, f, fx);
    }
    feed_schedule(st, feed);
}
