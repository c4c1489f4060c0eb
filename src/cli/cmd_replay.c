/* replay: a recording of tracks enters as frames of a feed; over HTTP at the server's own pace, or into a log directory under
 * virtual time, as fast as it goes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/replay.h"
#include "cli/statement.h"
#include "core/render.h"
#include "log/monotonic.h"

enum { ARENA_MOST = 2000 * 1024 * 1024, FRAMES_A_REQUEST = 64, BODY_MOST = 3 * 1024 * 1024 };

static int desk_order(const void *a, const void *b) {
    const struct replay_desk *x = a, *y = b;
    int parties = strcmp(x->party, y->party);
    return parties != 0 ? parties : strcmp(x->desk, y->desk);
}

void replay_report(struct replay *r) {
    const struct cli *c = r->cli;
    /* Which desk was seen first depends on what was written together. */
    qsort(r->desks, r->desk_count, sizeof r->desks[0], desk_order);
    double hours = (double)(r->last - r->first) / (double)INSTANT_HOUR;
    printf(c->json ? "{\"positions\":%llu,\"frames\":%llu,\"refused\":%llu,\"skipped\":%u,\"aircraft\":%u,\"hours\":%.3f,\"desks\":["
                   : "%llu positions in %llu frames (%llu frames refused, %u entries without position passed over), %u aircraft, %.2f h\n",
           (unsigned long long)r->positions, (unsigned long long)r->frames, (unsigned long long)r->refused, r->file.skipped, r->aircraft, hours);
    for (unsigned i = 0; i < r->desk_count; i++) {
        const struct replay_desk *d = &r->desks[i];
        printf(c->json ? "%s{\"party\":\"%s\",\"desk\":\"%s\",\"alerts\":%llu,\"per_desk_hour\":%.3f}" : "%s%s/%s: %llu alerts, %.3f an hour\n",
               c->json && i > 0 ? "," : "", d->party, d->desk, (unsigned long long)d->alerts, hours > 0 ? (double)d->alerts / hours : 0.0);
    }
    if (c->json) printf("],\"shed\":%llu}\n", (unsigned long long)r->shed);
    else if (r->shed > 0) printf("%llu positions were shed: the server had too much to take in\n", (unsigned long long)r->shed);
    if (!c->json && r->desk_count == 0) printf("no alerts\n");
}

void replay_told(struct replay *r, const char *party, struct text told) {
    const struct json *top;
    struct fault ignored;
    struct text kind, state = TEXT(""), desk = TEXT("");
    if (!result_is_ok(json_parse(r->told_json, told, JSON_OPEN, &top, &ignored)) || !result_is_ok(json_get_text(top, "told", true, 64, &kind, &ignored))) return;
    (void)json_get_text(top, "state", false, 64, &state, &ignored);
    (void)json_get_text(top, "desk", false, 64, &desk, &ignored);
    if (!text_is(kind, "alert") || !text_is(state, "began")) return;
    unsigned i = 0;
    while (i < r->desk_count && !(strcmp(r->desks[i].party, party) == 0 && text_is(desk, r->desks[i].desk))) i++;
    if (i == REPLAY_DESKS) return;
    if (i == r->desk_count) {
        r->desk_count++;
        snprintf(r->desks[i].party, sizeof r->desks[i].party, "%s", party);
        snprintf(r->desks[i].desk, sizeof r->desks[i].desk, "%.*s", TEXT_ARG(desk));
    }
    r->desks[i].alerts++;
}

void replay_refused(struct replay *r, struct text reason, struct text detail) {
    if (r->refused++ > 0) return;
    fprintf(stderr, "parley: a frame was refused: %.*s %.*s\n", TEXT_ARG(reason), TEXT_ARG(detail));
    if (text_is(reason, "old-frame"))
        fprintf(stderr, "parley: '%.*s' has had later frames than these, from another replay perhaps: name another feed with --feed\n", TEXT_ARG(name_text(&r->feed)));
}

bool replay_frame(struct replay *r, uint32_t *at, struct body_frame *out) {
    uint32_t taken;
    if (*at >= r->end) return false;
    instant second = r->file.points[*at].time / INSTANT_SECOND * INSTANT_SECOND;
    uint32_t count = track_file_frame(&r->file, *at, r->positions_room, LIMIT_FRAME_AIRCRAFT, &taken);
    for (uint32_t i = 0; i < count; i++) r->positions_room[i].time += r->shift;
    uint64_t number = (uint64_t)((second + r->shift) / 1000000);
    r->number = number > r->number ? number : r->number + 1;
    *out = (struct body_frame){.feed = r->feed, .number = r->number, .time = second + r->shift, .positions = r->positions_room, .count = count};
    *at += taken;
    r->positions += count;
    r->frames++;
    return true;
}

/* --- over HTTP --- */

static void optional(struct append *out, const char *name, int64_t value, unsigned places, bool known) {
    if (!known) return;
    append_format(out, ",\"%s\":", name);
    append_fixed_point(out, value, places);
}

static void position_json(const struct frame_position *p, struct append *out) {
    append_str(out, "{\"identity\":");
    append_json_string(out, p->identity);
    append_str(out, ",\"time\":\"");
    append_instant(out, p->time);
    append_str(out, "\",\"lat\":");
    append_fixed_point(out, p->at.lat, 7);
    append_str(out, ",\"lng\":");
    append_fixed_point(out, p->at.lon, 7);
    if (p->has_altitude) {
        append_str(out, ",\"altitude\":");
        render_altitude(&p->altitude, out);
    }
    optional(out, "speed_mps", p->speed_cms, 2, p->speed_cms >= 0);
    optional(out, "track_deg", p->track_mdeg, 3, p->track_mdeg >= 0);
    optional(out, "climb_mps", p->climb_cms, 2, p->climb_cms != INT32_MIN);
    if (p->callsign.size > 0) {
        append_str(out, ",\"callsign\":");
        append_json_string(out, p->callsign);
    }
    append_char(out, '}');
}

static void frame_json(const struct body_frame *frame, struct append *out) {
    append_format(out, "{\"number\":%llu,\"time\":\"", (unsigned long long)frame->number);
    append_instant(out, frame->time);
    append_str(out, "\",\"aircraft\":[");
    for (uint32_t i = 0; i < frame->count; i++) {
        if (i > 0) append_char(out, ',');
        position_json(&frame->positions[i], out);
    }
    append_str(out, "]}");
}

static result post_frames(struct replay *r, struct append *body, struct fault *f) {
    char path[96];
    struct http_reply reply;
    const struct json *top;
    append_str(body, "]}");
    snprintf(path, sizeof path, "/v1/feeds/%.*s/frames", TEXT_ARG(name_text(&r->feed)));
    struct text bytes = append_view(body);
    TRY(http_call(r->client.http, path, &bytes, &reply, f));
    result sent = http_problem(&reply, f);
    if (result_is_ok(sent)) sent = client_parse(&r->client, append_view(&reply.body), &top, f);
    const struct json *frames = result_is_ok(sent) ? json_member(top, "frames") : NULL;
    for (const struct json *e = json_first(frames); e != NULL; e = json_next(frames, e)) {
        const struct json *verdict = json_member(e, "verdict"), *detail = json_member(e, "detail"), *reason = json_member(e, "reason");
        int64_t shed = 0;
        if (result_is_ok(json_get_scaled(e, "shed", false, 0, 0, LIMIT_FRAME_AIRCRAFT, &shed, f))) r->shed += (uint64_t)shed;
        if (verdict != NULL && text_is(verdict->string, "accepted")) continue;
        replay_refused(r, reason != NULL ? reason->string : TEXT("?"), detail != NULL ? detail->string : TEXT(""));
    }
    append_free(&reply.body);
    append_reset(body);
    return sent;
}

/* Sleeps until the server's clock, which runs at `rate`, shows `t`. */
static void wait_for(const struct replay *r, instant t) {
    int64_t elapsed = monotonic_ns() - r->started;
    int64_t left = (t - r->client.now) / (int64_t)r->rate - elapsed;
    if (left <= 0) return;
    struct timespec sleep = {left / INSTANT_SECOND, left % INSTANT_SECOND};
    nanosleep(&sleep, NULL);
}

static result send_all(struct replay *r, struct fault *f) {
    struct append body = append_growing(BODY_MOST);
    struct body_frame frame;
    uint32_t at = r->begin, in_body = 0;
    result sent = OK;
    while (result_is_ok(sent) && replay_frame(r, &at, &frame)) {
        if (in_body > 0 && !r->unpaced) {
            sent = post_frames(r, &body, f);
            in_body = 0;
        }
        if (!r->unpaced) wait_for(r, frame.time);
        append_str(&body, in_body++ == 0 ? "{\"frames\":[" : ",");
        frame_json(&frame, &body);
        if (result_is_ok(sent) && (in_body == FRAMES_A_REQUEST || body.size > BODY_MOST / 2)) {
            sent = post_frames(r, &body, f);
            in_body = 0;
        }
    }
    if (result_is_ok(sent) && in_body > 0) sent = post_frames(r, &body, f);
    append_free(&body);
    return sent;
}

/* The alerts told to the replaying party meanwhile: its own stream from where it stood at the start. */
static result stream_from(struct replay *r, uint64_t from, bool count, uint64_t *end, struct fault *f) {
    char path[96], party[NAME_ROOM + 1];
    snprintf(party, sizeof party, "%.*s", TEXT_ARG(name_text(&r->client.keys[0].party)));
    for (;;) {
        struct http_reply reply;
        const struct json *top;
        snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=1000", (unsigned long long)from);
        TRY(client_get(&r->client, path, &reply, &top, f));
        const struct json *records = json_member(top, "records");
        for (const struct json *e = json_first(records); e != NULL && count; e = json_next(records, e))
            for (const struct json *p = json_first(json_member(e, "parts")); p != NULL; p = json_next(json_member(e, "parts"), p)) {
                const struct json *name = json_member(p, "name"), *text = json_member(p, "text");
                if (name != NULL && text != NULL && text_is(name->string, "told")) replay_told(r, party, text->string);
            }
        uint32_t got = records != NULL ? records->count : 0;
        append_free(&reply.body);
        from += got;
        if (got == 0) break;
    }
    *end = from;
    return OK;
}

/* A feed is declared by a statement; a replay declares its own when it is new, readable by nobody else. */
static result declare_feed(struct replay *r, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    bool there = false;
    TRY(client_get(&r->client, "/v1/feeds", &reply, &top, f));
    const struct json *items = json_member(top, "items");
    for (const struct json *e = json_first(items); e != NULL; e = json_next(items, e)) {
        const struct json *feed = json_member(e, "feed"), *party = json_member(e, "party");
        there = there || (feed != NULL && party != NULL && text_equal(feed->string, name_text(&r->feed)) &&
                          text_equal(party->string, name_text(&r->client.keys[0].party)));
    }
    append_free(&reply.body);
    if (there) return OK;
    struct append body = append_growing(4096), answer = append_growing(1 << 20);
    append_str(&body, "{\"feed\":");
    append_json_string(&body, name_text(&r->feed));
    append_str(&body, ",\"readers\":[]}");
    struct outgoing o = {.kind = "feed", .open_by = INSTANT_NONE, .count = 1, .sections = {{"body", TEXT(""), append_view(&body)}}};
    int status = statement_post(&r->client, &o, &answer, f);
    append_free(&body);
    append_free(&answer);
    if (status == CLI_OK)
        fprintf(stderr, "the feed '%.*s' is new: declared, its positions are yours and the operator's to read ('parley feed declare' opens it to others)\n", TEXT_ARG(name_text(&r->feed)));
    return status == CLI_OK ? OK : result_of(f->code != RESULT_OK ? f->code : RESULT_CONFLICT);
}

static result replay_http(struct replay *r, struct fault *f) {
    uint64_t before = 0, after = 0, size = 0;
    TRY(client_open(&r->client, r->cli, true, true, f));
    if (!cli_has(r->cli, "speed")) r->rate = r->client.clock_rate;
    if (!r->unpaced && r->rate != r->client.clock_rate)
        return fail(f, RESULT_USAGE, "--speed", "%u, but the server's clock runs at %u: aircraft would seem to fly that much faster (serve with --clock-rate %u)",
                    r->rate, r->client.clock_rate, r->rate);
    TRY(declare_feed(r, f));
    TRY(stream_from(r, 0, false, &before, f));
    r->started = monotonic_ns();
    r->shift = r->client.now - r->file.points[r->begin].time;
    /* As fast as it goes: the recording has just ended, so that no position is ahead of the server's clock. */
    if (r->unpaced) r->shift = r->client.now - r->file.points[r->end - 1].time;
    TRY(send_all(r, f));
    size = before;
    TRY(stream_from(r, size, true, &after, f));
    return OK;
}

static result options(struct replay *r, struct fault *f) {
    const struct cli *c = r->cli;
    const char *speed = cli_get(c, "speed"), *feed = cli_has(c, "feed") ? cli_get(c, "feed") : "replay";
    uint64_t value = 0;
    r->rate = 1;
    r->unpaced = speed != NULL && strcmp(speed, "max") == 0;
    if (speed != NULL && !r->unpaced) {
        TRY(cli_number("--speed", speed, 1, 10000, &value, f));
        r->rate = (uint32_t)value;
    }
    TRY(name_read(text_of(feed), &r->feed, f));
    r->end = r->file.count;
    if (cli_has(c, "limit")) {
        TRY(cli_number("--limit", cli_get(c, "limit"), 1, UINT32_MAX, &value, f));
        if (value < r->end) r->end = r->file.count = (uint32_t)value; /* a frame takes no point beyond it either */
    }
    return r->end > r->begin ? OK : fail(f, RESULT_RANGE, c->arguments[0], "holds no position");
}

static int replay_run(struct cli *c) {
    static struct replay r;
    struct fault f = {0};
    struct arena arena;
    arena_growing(&arena, ARENA_MOST);
    r = (struct replay){.cli = c, .told_json = json_reader_new(4u << 20)};
    r.positions_room = calloc(LIMIT_FRAME_AIRCRAFT, sizeof *r.positions_room);
    result done = r.told_json == NULL || r.positions_room == NULL ? fail(&f, RESULT_IO, "", "no memory") : track_file_read(c->arguments[0], &arena, &r.file, &f);
    if (result_is_ok(done)) done = options(&r, &f);
    if (result_is_ok(done)) {
        r.aircraft = track_file_aircraft(&r.file, &arena); /* behind --limit: those that are sent */
        r.first = r.file.points[r.begin].time;
        r.last = r.file.points[r.end - 1].time;
        done = cli_has(c, "dir") ? replay_offline(&r, &f) : replay_http(&r, &f);
    }
    if (result_is_ok(done)) replay_report(&r);
    client_close(&r.client);
    json_reader_free(r.told_json);
    free(r.positions_room);
    arena_free(&arena);
    return !result_is_ok(done) ? cli_fail(c, &f) : r.refused > 0 ? CLI_REFUSED : CLI_OK;
}

static const struct cli_option replay_options[] = {
    {"feed", "NAME", "the feed's name; default: replay"},
    {"speed", "N", "N seconds of the recording a second, N being the server's --clock-rate (default), or max: as fast as it goes"},
    {"limit", "N", "the first N positions only"},
    {"dir", "DIR", "into this EXERCISE log, without a server, under virtual time"},
    {"as", "PARTY", "with --dir: the party whose feed it is; it has declared it"},
    {"start", "TIME", "with --dir: when the recording begins, a whole second behind everything in the log; default: now"},
    {NULL, NULL, NULL},
};
const struct cli_command command_replay = {
    "replay", "FILE", 1, 1, "send a recording of tracks as a feed, and count the alerts that it causes",
    "FILE is a JSON array of positions or a trace of readsb, gzipped or not. Its times are moved so that it begins now, and it takes as long as it was; with --speed max it ends now, and what flew within hours is told within seconds, "
    "so that alerts are none that anybody had. --dir takes a day in minutes and is true to its times. At the end the alerts that began "
    "are printed by desk and hour: with a server those told to your own party, with --dir those of all parties.",
    replay_options, true, replay_run};
