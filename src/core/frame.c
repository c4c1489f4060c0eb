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

void frame_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    struct track_counts n = {0};
    feed_heard(st, c->r[0], &s->frame, c->out->place, fx);
    for (uint32_t i = 0; i < s->frame.count; i++) track_report(st, c->r[0], &s->frame.positions[i], &n, fx);
    size_t size = 0;
    char *detail = c->out->detail;
    detail[0] = '\0';
    count(detail, sizeof c->out->detail, &size, "new", n.fresh);
    count(detail, sizeof c->out->detail, &size, "late", n.late);
    count(detail, sizeof c->out->detail, &size, "duplicate", n.duplicates);
    count(detail, sizeof c->out->detail, &size, "jump", n.jumps);
    count(detail, sizeof c->out->detail, &size, "on another feed too", n.elsewhere);
    count(detail, sizeof c->out->detail, &size, "not tracked (quota of tracks)", n.untracked);
}
