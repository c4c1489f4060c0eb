#include "door/door.h"
#include "door/limits.h"

static result read_entity(const struct match *m, struct entity_ref *out, struct fault *f) {
    result r = name_read(m->segments[0], &out->party, f);
    if (!result_is_ok(r)) {
        fault_prefix(f, "party");
        return r;
    }
    if (!id_read(m->segments[1], &out->id))
        return fail(f, RESULT_MALFORMED, "id", "\"%.*s\" is not 32 lower-case hex digits", m->segments[1].size > 64 ? 64 : (int)m->segments[1].size, m->segments[1].at);
    return OK;
}

void reads_view(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct entity_ref entity;
    bool one = m->segments[0].size > 0;
    struct append body = append_growing(DOOR_REPLY_BYTES);
    result read = one ? read_entity(m, &entity, &f) : OK;
    if (result_is_ok(read))
        read = view_render(node_state(d->node), m->caller.party, (enum view)m->route->argument, one ? &entity : NULL, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    append_char(&body, '\n');
    door_reply_json(d, r, &body);
}

void reads_clock(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(4096);
    (void)m;
    append_str(&body, "{\"time\":\"");
    append_instant(&body, clock_now(&d->clock));
    append_str(&body, "\",\"error_ns\":");
    append_decimal(&body, clock_error_ns(&d->clock));
    append_format(&body, ",\"unsure\":%s,\"simulated\":%s,\"rate\":%u}\n", clock_unsure(&d->clock) ? "true" : "false", d->clock.rate > 0 ? "true" : "false",
                  d->clock.rate > 0 ? d->clock.rate : 1);
    door_reply_json(d, r, &body);
}

void reads_log(struct door *d, struct request *r, const struct match *m) {
    const struct state *st = node_state(d->node);
    struct append body = append_growing(1024 * 1024);
    (void)m;
    append_str(&body, "{\"log\":\"");
    append_hex(&body, node_log_hash(d->node)->bytes, SHA256_SIZE);
    append_str(&body, "\",\"origin\":");
    append_json_string(&body, state_origin(st));
    append_format(&body, ",\"mode\":\"%s\",\"size\":%llu,\"genesis\":", state_is_live(st) ? "LIVE" : "EXERCISE", (unsigned long long)node_log_size(d->node));
    append_json_string(&body, node_genesis(d->node));
    append_str(&body, "}\n");
    door_reply_json(d, r, &body);
}

void reads_leaf(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    uint64_t tick = 0;
    struct append body = append_growing(4096);
    result read = door_number(m->segments[0], "tick", INT64_MAX, &tick, &f);
    if (result_is_ok(read) && (tick == 0 || tick > node_log_size(d->node))) read = fail(&f, RESULT_NOT_FOUND, "tick", "not in the log");
    if (result_is_ok(read)) read = node_log_leaf(d->node, tick - 1, &body, &f); /* ticks count from 1, leaves from 0 */
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    door_reply_json(d, r, &body);
}

void reads_checkpoint(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct append body = append_growing(16 * 1024);
    (void)m;
    result read = node_log_size(d->node) == 0 ? fail(&f, RESULT_NOT_FOUND, "checkpoint", "no tick yet") : node_checkpoint(d->node, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    door_reply(d, r, 200, "text/plain; charset=utf-8", &body);
}

void reads_witnessed(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    struct append body = append_growing(16 * 1024);
    (void)m;
    result read = node_checkpoint_cosigned(d->node, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        struct problem none = {.status = 404, .code = "not-found", .field = TEXT("checkpoint"), .rule = TEXT("no witness has signed one yet: with the operator's key 'parley status' says why")};
        if (read.code == RESULT_NOT_FOUND) door_reply_problem(d, r, &none);
        else door_reply_fault(d, r, &f);
        return;
    }
    door_reply(d, r, 200, "text/plain; charset=utf-8", &body);
}

/* Records from..., until `limit` of them, the durable end, or DOOR_STREAM_BYTES; `next` says where to go on. */
static result render_stream(struct door *d, uint16_t party, uint64_t from, uint64_t limit, struct append *body, struct fault *f) {
    uint64_t at = from;
    append_format(body, "{\"from\":%llu,\"records\":[", (unsigned long long)from);
    for (; at < from + limit && body->size < DOOR_STREAM_BYTES; at++) {
        struct node_record record;
        arena_reset(&d->scratch);
        result r = node_record(d->node, party, at, &d->scratch, &record, f);
        if (r.code == RESULT_NOT_FOUND) break;
        /* What comes before it is given out; asked for first it is an error, and who knows its place goes on behind it. */
        if (r.code == RESULT_ROT && at > from) break;
        TRY(r);
        if (at > from) append_char(body, ',');
        append_char(body, '\n');
        node_record_render(&record, party == PARTY_OPERATOR, body);
    }
    append_format(body, "\n],\"next\":%llu}\n", (unsigned long long)at);
    return OK;
}

void reads_stream(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    uint64_t from = 0, limit = DOOR_STREAM_DEFAULT;
    struct append body = append_growing(DOOR_REPLY_BYTES);
    result read = m->given[0] ? door_number(text_of(m->parameters[0]), "from", INT64_MAX / 2, &from, &f) : OK;
    if (result_is_ok(read) && m->given[1]) read = door_number(text_of(m->parameters[1]), "limit", DOOR_STREAM_MOST, &limit, &f);
    if (result_is_ok(read)) read = render_stream(d, m->caller.party, from, limit, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    door_reply_json(d, r, &body);
}

void reads_proof(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    uint64_t place = 0, part = 0;
    struct append body = append_growing(DOOR_REPLY_BYTES);
    result read = door_number(m->segments[0], "place", INT64_MAX, &place, &f);
    if (result_is_ok(read) && m->segments[1].size > 0) read = door_number(m->segments[1], "part", UINT32_MAX, &part, &f);
    if (result_is_ok(read)) read = node_proof(d->node, m->caller.party, place, (uint32_t)part, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        struct problem p = problem_unknown();
        p.rule = text_of(f.message); /* of the caller's own stream: there is nothing to hide, and a proof that comes with the next tick is no proof that is missing */
        if (read.code == RESULT_NOT_FOUND) door_reply_problem(d, r, &p);
        else door_reply_fault(d, r, &f);
        return;
    }
    append_char(&body, '\n');
    door_reply_json(d, r, &body);
}

void reads_sealed(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    uint64_t place = 0;
    struct append body = append_growing(DOOR_REPLY_BYTES);
    result read = door_number(m->segments[0], "place", INT64_MAX, &place, &f);
    if (result_is_ok(read)) read = node_sealed(d->node, m->caller.party, place, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    append_char(&body, '\n');
    door_reply_json(d, r, &body);
}

void reads_slots(struct door *d, struct request *r, const struct match *m) {
    struct fault f;
    uint64_t from = 1, most = DOOR_STREAM_DEFAULT;
    struct append body = append_growing(DOOR_REPLY_BYTES);
    result read = m->given[0] ? door_number(text_of(m->parameters[0]), "from", INT64_MAX, &from, &f) : OK;
    if (result_is_ok(read) && m->given[1]) read = door_number(text_of(m->parameters[1]), "limit", DOOR_SLOTS_MOST, &most, &f);
    if (result_is_ok(read)) read = node_slots(d->node, m->caller.party, from, most, &body, &f);
    if (!result_is_ok(read)) {
        append_free(&body);
        door_reply_fault(d, r, &f);
        return;
    }
    append_char(&body, '\n');
    door_reply_json(d, r, &body);
}

void reads_blind(struct door *d, struct request *r, const struct match *m) {
    uint8_t blind[32];
    struct append body = append_growing(4096);
    node_blind(d->node, m->caller.party, blind);
    append_str(&body, "{\"party\":");
    append_json_string(&body, name_text(&m->caller.session.party_name));
    append_str(&body, ",\"blind\":\"");
    append_hex(&body, blind, sizeof blind);
    append_str(&body, "\"}\n");
    door_reply_json(d, r, &body);
}
