#include "door/shed.h"

#include <assert.h>
#include <stdlib.h>

#include "core/decode.h"
#include "door/limits.h"
#include "door/reader.h"

struct shed {
    uint64_t most, ahead;
    uint32_t parties;
    uint64_t of[]; /* by party */
};

struct shed *shed_new(uint32_t parties, uint32_t most) {
    struct shed *s = calloc(1, sizeof *s + parties * sizeof s->of[0]);
    if (s == NULL) return NULL;
    s->parties = parties;
    s->most = most;
    return s;
}

void shed_free(struct shed *s) { free(s); }
void shed_most(struct shed *s, uint32_t most) { s->most = most; }
uint64_t shed_ahead(const struct shed *s) { return s->ahead; }

/* x with of + x <= most - (ahead + x) */
uint64_t shed_room(const struct shed *s, uint16_t party, int64_t waited_us) {
    assert(party < s->parties);
    if (waited_us > INT64_C(1000) * DOOR_SHED_MS) return 0;
    uint64_t taken = s->ahead + s->of[party];
    return taken >= s->most ? 0 : (s->most - taken) / 2;
}

void shed_took(struct shed *s, uint16_t party, uint32_t positions) {
    assert(party < s->parties);
    s->ahead += positions;
    s->of[party] += positions;
}

void shed_durable(struct shed *s, uint16_t party, uint32_t positions) {
    assert(party < s->parties && s->of[party] >= positions && s->ahead >= positions);
    s->ahead -= positions;
    s->of[party] -= positions;
}

/* Where the choice of a frame begins: anywhere, so that it is not always the same aircraft that are shed. */
static uint32_t begin_at(uint64_t number, uint32_t count) {
    uint64_t z = number * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
    return (uint32_t)((z ^ z >> 32) % count);
}

result shed_trim(const struct state *st, uint16_t party, uint64_t room, struct framed *frame, char *head, uint32_t *shed, struct fault *f) {
    uint32_t count = frame->aircraft, kept = 0;
    *shed = 0;
    if (count <= room) return OK;
    bool *keep = calloc(count, sizeof *keep);
    if (keep == NULL) return fail(f, RESULT_BUSY, "memory", "no memory left for this request");
    for (uint32_t i = 0; i < count; i++) kept += keep[i] = state_track_alerted(st, party, &frame->feed, frame->parts[1 + i].name);
    for (uint32_t i = 0, from = begin_at(frame->number, count); i < count && kept < room; i++) {
        bool *one = &keep[(from + i) % count];
        kept += !*one;
        *one = true;
    }
    *shed = count - kept;
    if (*shed > 0) decode_frame_shed(frame->parts, &frame->count, keep, head);
    frame->aircraft = kept;
    free(keep);
    return OK;
}
