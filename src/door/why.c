/* Why was this request answered so? Its record, found by the id that the reply bore: for the manager who asked, and for the operator the place, behind which `parley
 * why` tells the whole story. Of the last DOOR_ASKED writes since the start; older ones `parley why` looks for in the record. */
#include "door/door.h"
#include "door/dss_door.h"

static struct text part_of(const struct node_record *r, uint8_t part_class) {
    for (uint32_t i = 0; i < r->part_count; i++)
        if (r->parts[i].part_class == part_class) return r->parts[i].bytes;
    return (struct text){"null", 4};
}

static bool is_own(struct door *d, const struct node_record *r, const struct token *t) {
    const struct json *top, *sub;
    struct fault f;
    struct text subject = {t->subject, t->subject_size};
    if (!result_is_ok(json_parse(d->json, part_of(r, PART_CLAIMS), JSON_OPEN, &top, &f))) return false;
    sub = json_member(top, "sub");
    return sub != NULL && sub->kind == JSON_STRING && text_equal(sub->string, subject);
}

/* What another manager asked reads exactly as what nobody did. */
void why_own(struct door *d, struct request *r, const struct match *m) {
    uint64_t place;
    struct node_record record;
    struct fault f;
    struct problem unknown = problem_unknown();
    arena_reset(&d->scratch);
    if (!dss_asked_place(d->dss, m->segments[0], &place) || !result_is_ok(node_record(d->node, PARTY_OPERATOR, place, &d->scratch, &record, &f)) ||
        !is_own(d, &record, &m->caller.token)) {
        door_reply_problem(d, r, &unknown);
        return;
    }
    struct append body = append_growing(DOOR_REPLY_BYTES);
    append_str(&body, "{\"time\":\"");
    append_instant(&body, record.time);
    append_str(&body, "\",\"request\":");
    append_text(&body, part_of(&record, PART_REQUEST));
    append_str(&body, ",\"outcome\":");
    append_text(&body, part_of(&record, PART_OUTCOME));
    append_str(&body, "}\n");
    door_reply_json(d, r, &body);
}

void why_place(struct door *d, struct request *r, const struct match *m) {
    uint64_t place;
    struct problem unknown = problem_unknown();
    if (m->caller.party != PARTY_OPERATOR || d->dss == NULL || !dss_asked_place(d->dss, m->segments[0], &place)) {
        door_reply_problem(d, r, &unknown);
        return;
    }
    struct append body = append_growing(64);
    append_format(&body, "{\"place\":%llu}\n", (unsigned long long)place);
    door_reply_json(d, r, &body);
}
