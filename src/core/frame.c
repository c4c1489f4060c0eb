/* A frame: positions of one feed, at most one second's. */
#include "core/track.h"

#include <stdio.h>

bool frame_check(struct state *st, const struct statement *s, struct step *c) {
    const struct body_frame *f = &s->frame;
    row feed = c->r[0] = feed_find(st, c->party, &f->feed);
    if (feed == ROW_NONE)
        return refuse(c, REASON_UNKNOWN_ENTITY, "feed: \"%.*s\" is not declared by this party", TEXT_ARG(name_text(&f->feed)));
    if (f->number <= feed_at(st, feed)->number)
        return refuse(c, REASON_OLD_FRAME, "number: %llu; must be above %llu", (unsigned long long)f->number,
                      (unsigned long long)feed_at(st, feed)->number);
    return true;
}

static void count(char *to, size_t room, size_t *size, const char *name, uint32_t n) {
    if (n == 0 || *size >= room) return;
    int wrote = snprintf(to + *size, room - *size, "%s%s %u", *size ? ", " : "", name, n);
    assert(wrote > 0);
    *size += (size_t)wrote;
}

enum { AHEAD = 8 };
static void reports(struct state *st, row feed, const struct body_frame *f, struct track_counts *n, struct effects *fx) {
    uint32_t code[2 * AHEAD];
    for (uint32_t i = 0; i < f->count + 2 * AHEAD; i++) { /* three hands along the frame, each AHEAD of the next */
        if (i >= 2 * AHEAD) track_report(st, feed, &f->positions[i - 2 * AHEAD], code[i % (2 * AHEAD)], n, fx);
        if (i >= AHEAD && i - AHEAD < f->count) track_fetch_row(st, code[(i - AHEAD) % (2 * AHEAD)]);
        if (i < f->count) code[i % (2 * AHEAD)] = track_fetch(st, f->positions[i].identity);
    }
}

void frame_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct track_counts n = {0};
    feed_heard(st, c->r[0], &s->frame, c->out->place, fx);
    reports(st, c->r[0], &s->frame, &n, fx);
    feed_untracked(st, c->r[0], n.untracked);
    size_t size = 0;
    char *detail = c->out->detail;
    detail[0] = '\0';
    count(detail, sizeof c->out->detail, &size, "new", n.fresh);
    count(detail, sizeof c->out->detail, &size, "late", n.late);
    count(detail, sizeof c->out->detail, &size, "duplicate", n.duplicates);
    count(detail, sizeof c->out->detail, &size, "jump", n.jumps);
    count(detail, sizeof c->out->detail, &size, "on another feed too", n.elsewhere);
    count(detail, sizeof c->out->detail, &size, "not tracked (quota of tracks)", n.untracked);
    count(detail, sizeof c->out->detail, &size, "shed (overload)", s->frame.shed);
}
