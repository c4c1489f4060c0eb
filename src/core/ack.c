/* A step of the ladder. A read-back is compared with what that reader was told; a mismatch is recorded and told, not refused. */
#include <stdio.h>

#include "core/watch.h"

static const char *const step_names[] = {"received", "displayed", "readback", "relayed", "complied", "unable"};

bool ack_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *x = section_one(s);
    if (!x) return refuse(c, REASON_SECTION, "/sections: one section \"body\" is needed");
    c->r[0] = due_find(st, c->party, x->body.ack.place);
    if (c->r[0] == ROW_NONE)
        return refuse(c, REASON_PLACE, "/body/place: %llu; nothing there waits for a step (it is over, or was told anew)",
                      (unsigned long long)x->body.ack.place);
    return true;
}

static bool same_altitude(const struct altitude *a, const struct altitude *b) {
    if (a->cm == ALTITUDE_UNLIMITED || b->cm == ALTITUDE_UNLIMITED) return a->cm == b->cm;
    return a->cm == b->cm && a->reference == b->reference;
}
static instant minute_of(instant t) {
    instant m = t / INSTANT_MINUTE;
    return t % INSTANT_MINUTE < 0 ? m - 1 : m;
}

static void name_field(char *to, size_t room, const char *field) {
    size_t size = strlen(to);
    int wrote = snprintf(to + size, room - size, "%s%s", size ? ", " : "", field);
    assert(wrote > 0 && (size_t)wrote < room - size);
}

/* Names the fields that differ; empty when all agree. */
static void compare(const struct due_row *d, const struct body_ack *a, char *to, size_t room) {
    to[0] = '\0';
    if (!d->has_told) return; /* nothing to compare with was told: a flight, a track, a message */
    if (minute_of(d->start) != minute_of(a->start)) name_field(to, room, "start");
    if (!same_altitude(&d->lower, &a->lower)) name_field(to, room, "lower");
    if (!same_altitude(&d->upper, &a->upper)) name_field(to, room, "upper");
    if (!text_equal((struct text){d->area, d->area_size}, a->area)) name_field(to, room, "area");
}

/* To the notice's sender, about the notice itself: never about an alert, which would tell of traffic. */
static void tell_ladder(struct state *st, const struct due_row *d, const struct body_ack *a, const char *mismatch, struct effects *fx) {
    const struct notice_row *n = notice_at(st, d->ref);
    struct append *out = tell_begin(st, fx, TOLD_LADDER, n->party, NULL);
    append_str(out, "\"notice\":");
    append_entity(out, st, n->party, &n->id);
    append_format(out, ",\"version\":%u,\"party\":", n->version);
    append_party(out, st, d->party);
    append_format(out, ",\"step\":\"%s\"", step_names[a->step]);
    if (a->desk.at[0]) {
        append_str(out, ",\"desk\":\"");
        append_text(out, name_text(&a->desk));
        append_char(out, '"');
    }
    if (mismatch[0]) append_format(out, ",\"mismatch\":\"%s\"", mismatch);
    tell_end(st, fx);
}

void ack_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    const struct body_ack *a = &section_one(s)->body.ack;
    struct due_row *d = due_at(st, c->r[0]);
    char mismatch[64] = "";
    if (a->step == ACK_READ_BACK) compare(d, a, mismatch, sizeof mismatch);
    if (mismatch[0]) {
        d->mismatches++;
        snprintf(c->out->detail, sizeof c->out->detail, "mismatch: %s; not what was told: it does not count as read back", mismatch);
    } else {
        d->steps |= (uint8_t)(1u << a->step);
        if (a->step == ACK_READ_BACK) d->read_back = s->time;
    }
    d->steps |= 1u << ACK_RECEIVED; /* who displays or reads back has received */
    if (d->received == INSTANT_NONE) d->received = s->time;
    deliver_sections(st, s, c, fx);
    if (d->kind != DUE_NOTICE) return;
    tell_ladder(st, d, a, mismatch, fx);
    notice_lead_check(st, d->ref, fx);
}
