/* What a desk says: ack (with read-back), hold and its answer, message, join, area, feed. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/statement.h"
#include "cli/volume.h"

enum { BODY_MOST = 4 * 1024 * 1024 };

struct desk_call {
    struct client client;
    struct append body, readers;
    struct fault fault;
    char on[80];
};

static result desk_begin(struct desk_call *d, struct cli *c) {
    *d = (struct desk_call){.body = append_growing(BODY_MOST), .readers = append_growing(65536)};
    append_char(&d->body, '{');
    return client_open(&d->client, c, true, false, &d->fault);
}

/* Sends `kind` with what was written to d->body, or prints the fault; releases everything. */
static int desk_end(struct desk_call *d, result r, const char *kind, const char *on, const char *fallback) {
    const struct cli *c = d->client.cli;
    append_char(&d->body, '}');
    if (result_is_ok(r)) r = statement_readers(c, fallback, &d->readers, &d->fault);
    struct outgoing o = {.kind = kind, .on = on, .open_by = INSTANT_NONE, .count = 1,
                         .sections = {{"body", append_view(&d->readers), append_view(&d->body)}}};
    int status = result_is_ok(r) ? statement_send(&d->client, &o) : cli_fail(c, &d->fault);
    client_close(&d->client);
    append_free(&d->body);
    append_free(&d->readers);
    return status;
}

static void string_member(struct append *out, const char *name, const char *value) {
    statement_comma(out);
    append_format(out, "\"%s\":", name);
    append_json_string(out, text_of(value));
}

/* Of a time that is not typed out: which day it was taken to be of, never by what was told. Before it is sent. */
static void say_start(const struct cli *c, instant start) {
    char room[40];
    struct append a = append_fixed(room, sizeof room);
    if (strchr(cli_get(c, "start"), 'T') != NULL) return;
    append_instant(&a, start);
    fprintf(c->json ? stderr : stdout, "--start %s is taken as %.19sZ\n", cli_get(c, "start"), append_view(&a).at);
    fflush(stdout);
}

static result readback(struct desk_call *d, const struct cli *c) {
    static const char *const needed[] = {"start", "lower", "upper", "area"};
    for (size_t i = 0; i < 4; i++)
        if (!cli_has(c, needed[i])) {
            char option[32];
            snprintf(option, sizeof option, "--%s", needed[i]);
            return fail(&d->fault, RESULT_USAGE, option, "is needed for a read-back: start minute, band and area as you re-key them");
        }
    instant start;
    TRY(volume_instant_nearest("--start", cli_get(c, "start"), d->client.now, &start, &d->fault));
    say_start(c, start);
    append_str(&d->body, ",\"start\":\"");
    append_instant(&d->body, start);
    append_str(&d->body, "\",\"lower\":");
    TRY(volume_altitude("--lower", cli_get(c, "lower"), false, &d->body, &d->fault));
    append_str(&d->body, ",\"upper\":");
    TRY(volume_altitude("--upper", cli_get(c, "upper"), true, &d->body, &d->fault));
    string_member(&d->body, "area", cli_get(c, "area"));
    return OK;
}

static int ack_run(struct cli *c) {
    static struct desk_call d;
    static const char *const steps[] = {"received", "displayed", "readback", "relayed", "complied", "unable"};
    uint64_t place = 0;
    result r = desk_begin(&d, c);
    bool known = false;
    for (size_t i = 0; i < 6; i++) known = known || strcmp(steps[i], c->arguments[1]) == 0;
    if (result_is_ok(r) && !known)
        r = fail(&d.fault, RESULT_USAGE, "STEP", "'%s' is not received, displayed, readback, relayed, complied or unable", c->arguments[1]);
    if (result_is_ok(r)) r = cli_number("PLACE", c->arguments[0], 0, UINT64_MAX / 2, &place, &d.fault);
    string_member(&d.body, "step", c->arguments[1]);
    append_format(&d.body, ",\"place\":%llu", (unsigned long long)place);
    statement_text_member(c, "desk", "desk", &d.body);
    statement_text_member(c, "text", "text", &d.body);
    if (result_is_ok(r) && strcmp(c->arguments[1], "readback") == 0) r = readback(&d, c);
    return desk_end(&d, r, "ack", NULL, NULL);
}

static int hold_run(struct cli *c) {
    static struct desk_call d;
    char notice[80];
    result r = desk_begin(&d, c);
    if (result_is_ok(r)) r = statement_entity(&d.client, c->arguments[0], notice, &d.fault);
    if (result_is_ok(r)) {
        string_member(&d.body, "notice", notice);
        statement_text_member(c, "text", "text", &d.body);
    }
    instant until;
    if (result_is_ok(r) && cli_has(c, "until")) {
        r = volume_instant("--until", cli_get(c, "until"), d.client.now, &until, &d.fault);
        append_str(&d.body, ",\"until\":\"");
        if (result_is_ok(r)) append_instant(&d.body, until);
        append_char(&d.body, '"');
    }
    char sender[80] = "";
    if (result_is_ok(r)) snprintf(sender, sizeof sender, "%.*s", (int)strcspn(notice, "/"), notice);
    return desk_end(&d, r, "hold", NULL, sender); /* asked of the notice's sender */
}

static int answer_run(struct cli *c) {
    static struct desk_call d;
    char hold[80] = "", asker[80] = "", reply[16] = "";
    result r = desk_begin(&d, c);
    if (result_is_ok(r)) r = statement_entity(&d.client, c->arguments[0], hold, &d.fault);
    for (size_t i = 0; i + 1 < sizeof reply && c->arguments[1][i] != '\0'; i++) {
        char letter = c->arguments[1][i];
        reply[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
    }
    if (result_is_ok(r) && strcmp(reply, "wilco") != 0 && strcmp(reply, "unable") != 0 && strcmp(reply, "standby") != 0)
        r = fail(&d.fault, RESULT_USAGE, "REPLY", "'%s' is not WILCO, UNABLE or STANDBY", c->arguments[1]);
    string_member(&d.body, "hold", hold);
    string_member(&d.body, "reply", reply);
    statement_text_member(c, "text", "text", &d.body);
    snprintf(asker, sizeof asker, "%.*s", (int)strcspn(hold, "/"), hold);
    return desk_end(&d, r, "hold/answer", NULL, asker);
}

/* A text to a party that is not there would be taken, and read by nobody. Where the parties cannot be asked for the server judges. */
static result reader_exists(struct client *k, const char *reader, struct fault *f) {
    struct http_reply reply;
    const struct json *top;
    struct fault ignored;
    if (strcmp(reader, "log") == 0 || strcmp(reader, "world") == 0 || strpbrk(reader, ":,") != NULL || reader[0] == '\0') return OK;
    if (!result_is_ok(client_session(k, &ignored)) || !result_is_ok(client_get(k, "/v1/parties", &reply, &top, &ignored))) return OK;
    const struct json *items = json_member(top, "items");
    bool found = items == NULL;
    for (const struct json *p = json_first(items); p != NULL && !found; p = json_next(items, p)) {
        const struct json *name = json_member(p, "party");
        found = name != NULL && text_is(name->string, reader);
    }
    append_free(&reply.body);
    return found ? OK : fail(f, RESULT_NOT_FOUND, "READER", "no party of that name: '%s'; nothing was sent ('parley list parties')", reader);
}

static int message_run(struct cli *c) {
    static struct desk_call d;
    result r = desk_begin(&d, c);
    if (result_is_ok(r)) r = reader_exists(&d.client, c->arguments[0], &d.fault);
    string_member(&d.body, "text", c->arguments[1]);
    statement_text_member(c, "desk", "desk", &d.body);
    statement_text_member(c, "answers", "answers", &d.body);
    if (cli_has(c, "test")) append_str(&d.body, ",\"test\":true");
    return desk_end(&d, r, "message", NULL, c->arguments[0]);
}

/* FLIGHT PARTY/FEED/IDENTITY */
static result join_body(struct desk_call *d, const struct cli *c) {
    char flight[80];
    TRY(statement_entity(&d->client, c->arguments[0], flight, &d->fault));
    const char *feed = strchr(c->arguments[1], '/'), *identity = feed != NULL ? strchr(feed + 1, '/') : NULL;
    if (identity == NULL) return fail(&d->fault, RESULT_USAGE, "TRACK", "'%s' is not PARTY/FEED/IDENTITY", c->arguments[1]);
    string_member(&d->body, "flight", flight);
    append_str(&d->body, ",\"track\":{\"party\":");
    append_json_string(&d->body, (struct text){c->arguments[1], (size_t)(feed - c->arguments[1])});
    append_str(&d->body, ",\"feed\":");
    append_json_string(&d->body, (struct text){feed + 1, (size_t)(identity - feed - 1)});
    append_str(&d->body, ",\"identity\":");
    append_json_string(&d->body, text_of(identity + 1));
    append_char(&d->body, '}');
    return OK;
}

static int join_with(struct cli *c, const char *kind) {
    static struct desk_call d;
    result r = desk_begin(&d, c);
    if (result_is_ok(r)) r = join_body(&d, c);
    return desk_end(&d, r, kind, NULL, NULL);
}
static int join_run(struct cli *c) { return join_with(c, "join"); }
static int unjoin_run(struct cli *c) { return join_with(c, "join/undo"); }

static int area_run(struct cli *c) {
    static struct desk_call d;
    result r = desk_begin(&d, c);
    string_member(&d.body, "name", c->arguments[0]);
    append_char(&d.body, ',');
    if (result_is_ok(r)) r = volume_list(c, false, d.client.now, &d.body, &d.fault);
    return desk_end(&d, r, "area", NULL, "log");
}
static int area_end_run(struct cli *c) { return command_plain(c, "area/end", true); }

static int feed_run(struct cli *c) {
    static struct desk_call d;
    result r = desk_begin(&d, c);
    string_member(&d.body, "feed", c->arguments[0]);
    append_str(&d.body, ",\"readers\":");
    append_char(&d.body, '[');
    for (unsigned i = 0; cli_nth(c, "feed-reader", i) != NULL; i++) {
        statement_comma(&d.body);
        append_json_string(&d.body, text_of(cli_nth(c, "feed-reader", i)));
    }
    append_char(&d.body, ']');
    return desk_end(&d, r, "feed", NULL, "log");
}

static const struct cli_option ack_options[] = {
    {"desk", "NAME", "the desk that speaks"},
    {"start", "TIME", "read-back: start minute as you re-key it: RFC 3339, or the HH:MM UTC that is nearest to now"},
    {"lower", "ALTITUDE", "read-back: lower limit"},
    {"upper", "ALTITUDE", "read-back: upper limit"},
    {"area", "NAME", "read-back: name of the area"},
    {"text", "TEXT", "remark"},
    STATEMENT_OPTIONS,
    {NULL, NULL, NULL},
};
static const struct cli_option hold_options[] = {
    {"until", "TIME", "asked to hold until then"}, {"text", "TEXT", "why"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option answer_options[] = {{"text", "TEXT", "remark"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option message_options[] = {
    {"desk", "NAME", "desk it is for"}, {"answers", "ID", "id of the message it answers"}, {"test", NULL, "marked TEST: a check of the line"},
    STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option feed_options[] = {
    {"feed-reader", "READER", "who may read its positions; may be repeated; default: you and the operator"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option statement_only[] = {STATEMENT_OPTIONS, {NULL, NULL, NULL}};
static const struct cli_option area_options[] = {
    {"polygon", "POINTS", "'LAT,LNG LAT,LNG LAT,LNG …'"}, {"circle", "LAT,LNG,RADIUS", "centre and radius (9260m, 9.26km, 5NM)"},
    {"corridor", "WIDTH POINTS", "whole width (18520m, 10NM), then the path"}, {"lower", "ALTITUDE", "lower limit"}, {"upper", "ALTITUDE", "upper limit"},
    {"from", "TIME", "default: always"}, {"to", "TIME", "default: always"}, STATEMENT_OPTIONS, {NULL, NULL, NULL}};

const struct cli_command command_ack = {
    "ack", "PLACE STEP", 2, 2, "acknowledge what was told at PLACE of your stream",
    "STEP is received, displayed, readback, relayed, complied or unable. A read-back repeats start minute, band and area as you re-keyed "
    "them; a mismatch is recorded and the answer names the field. --start 14:30 is the 14:30 UTC nearest to now, past or to come, never more than 12 hours away; the whole "
    "time is printed before it is sent. What starts in more than 12 hours, or started longer ago, needs its date: --start 2026-11-23T14:30Z.", ack_options, true, ack_run};
const struct cli_command command_hold = {"hold", "NOTICE", 1, 1, "ask the sender of a notice to stop or delay", NULL, hold_options, true, hold_run};
const struct cli_command command_answer = {"answer", "HOLD REPLY", 2, 2, "answer a hold: WILCO, UNABLE or STANDBY", NULL, answer_options, true, answer_run};
const struct cli_command command_message = {"message", "READER TEXT", 2, 2, "send a text to a party, agreement:NAME or log: the hot line", NULL,
                                            message_options, true, message_run};
const struct cli_command command_join = {"join", "FLIGHT TRACK", 2, 2, "say that a track (PARTY/FEED/IDENTITY) is your flight", NULL, statement_only, true, join_run};
const struct cli_command command_unjoin = {"unjoin", "FLIGHT TRACK", 2, 2, "take a join back", NULL, statement_only, true, unjoin_run};
const struct cli_command command_area_declare = {"area declare", "NAME", 1, 1, "declare an area of responsibility",
    "Where it overlaps another party's area, that party must sign too: use --draft and 'parley cosign'.", area_options, true, area_run};
const struct cli_command command_area_end = {"area end", "AREA", 1, 1, "give an area of responsibility up", NULL, plain_options, true, area_end_run};
const struct cli_command command_feed_declare = {"feed declare", "FEED", 1, 1, "declare a feed of positions, or change who may read it", NULL,
                                                 feed_options, true, feed_run};
