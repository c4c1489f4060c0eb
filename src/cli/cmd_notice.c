/* notice file, change, activate, over, cancel; open; import's sections share notice_body. */
#include <string.h>

#include "cli/commands.h"
#include "cli/statement.h"
#include "cli/volume.h"

enum { BODY_MOST = 4 * 1024 * 1024 };

static result file_body(const char *path, struct append *out, struct fault *f) {
    return cli_read_file(path, BODY_MOST, out, f);
}

static result notice_body(const struct client *k, struct append *out, struct fault *f) {
    const struct cli *c = k->cli;
    if (!cli_has(c, "area") || !cli_has(c, "category"))
        return fail(f, RESULT_USAGE, cli_has(c, "area") ? "--category" : "--area", "is needed (or --body FILE)");
    append_char(out, '{');
    statement_text_member(c, "area", "area", out);
    statement_text_member(c, "category", "category", out);
    statement_text_member(c, "text", "text", out);
    if (cli_has(c, "late-entry")) append_str(out, ",\"marks\":[\"late-entry\"]");
    append_char(out, ',');
    TRY(volume_list(c, true, k->now, out, f));
    append_char(out, '}');
    return OK;
}

/* --body FILE is the section `public` as it stands; --parties-body and --own-body the narrower ones. */
static int send_sections(struct client *k, const char *kind, const char *on, result (*make)(const struct client *, struct append *, struct fault *)) {
    const struct cli *c = k->cli;
    static const char *const names[] = {"public", "parties", "own"}, *const files[] = {"body", "parties-body", "own-body"};
    struct append bodies[3] = {{0}}, readers = append_growing(65536), parties = append_growing(65536);
    struct outgoing o = {.kind = kind, .on = on, .open_by = INSTANT_NONE};
    struct fault f = {0};
    /* A flight is its owner's secret until released; a notice is for all. */
    result r = statement_readers(c, strncmp(kind, "flight", 6) == 0 ? NULL : "log", &readers, &f);
    const char *agreement = cli_get(c, "parties-to");
    if (agreement != NULL) append_str(&parties, agreement);
    for (int i = 0; i < 3 && result_is_ok(r); i++) {
        const char *path = cli_get(c, files[i]);
        if (path == NULL && i > 0) continue;
        if (path != NULL) r = file_body(path, &bodies[i], &f);
        else bodies[i] = append_growing(BODY_MOST), r = make(k, &bodies[i], &f);
        struct text to = i == 0 ? append_view(&readers) : i == 1 ? append_view(&parties) : TEXT("");
        o.sections[o.count++] = (struct outgoing_section){names[i], to, append_view(&bodies[i])};
    }
    if (result_is_ok(r) && cli_has(c, "open-by")) r = volume_instant("--open-by", cli_get(c, "open-by"), k->now, &o.open_by, &f);
    if (result_is_ok(r) && cli_has(c, "open-by") && !cli_has(c, "seal"))
        r = fail(&f, RESULT_USAGE, "--seal", "is needed with --open-by: the file that keeps the sections until they are opened");
    int status = result_is_ok(r) ? statement_send(k, &o) : cli_fail(c, &f);
    for (int i = 0; i < 3; i++) append_free(&bodies[i]);
    append_free(&readers);
    append_free(&parties);
    return status;
}

static int with_client(struct cli *c, const char *kind, result (*make)(const struct client *, struct append *, struct fault *)) {
    static struct client k;
    struct fault f = {0};
    char on[80];
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r) && c->argument_count > 0) r = statement_entity(&k, c->arguments[0], on, &f);
    int status = result_is_ok(r) ? send_sections(&k, kind, c->argument_count > 0 ? on : NULL, make) : cli_fail(c, &f);
    client_close(&k);
    return status;
}

/* A statement whose single section has an optional text: activate, over, cancel, end, area/end, object, suspend, resume. */
int command_plain(struct cli *c, const char *kind, bool on_entity) {
    static struct client k;
    struct fault f = {0};
    char on[80];
    struct append body = append_growing(65536), readers = append_growing(65536);
    append_char(&body, '{');
    statement_text_member(c, "text", "text", &body);
    result r = client_open(&k, c, true, false, &f);
    if (result_is_ok(r) && on_entity) r = statement_entity(&k, c->arguments[0], on, &f);
    if (result_is_ok(r) && cli_has(c, "from")) {
        instant from;
        r = volume_instant("--from", cli_get(c, "from"), k.now, &from, &f);
        statement_comma(&body);
        append_str(&body, "\"from\":\"");
        if (result_is_ok(r)) append_instant(&body, from);
        append_char(&body, '"');
    }
    append_char(&body, '}');
    if (result_is_ok(r)) r = statement_readers(c, "log", &readers, &f);
    struct outgoing o = {.kind = kind, .on = on_entity ? on : NULL, .open_by = INSTANT_NONE, .count = 1,
                         .sections = {{"body", append_view(&readers), append_view(&body)}}};
    int status = result_is_ok(r) ? statement_send(&k, &o) : cli_fail(c, &f);
    client_close(&k);
    append_free(&body);
    append_free(&readers);
    return status;
}

static int notice_file(struct cli *c) { return with_client(c, "notice", notice_body); }
static int notice_activate(struct cli *c) { return command_plain(c, "notice/activate", true); }
static int notice_over(struct cli *c) { return command_plain(c, "notice/over", true); }
static int notice_cancel(struct cli *c) { return command_plain(c, "notice/cancel", true); }

static result flight_body(const struct client *k, struct append *out, struct fault *f) {
    const struct cli *c = k->cli;
    static const char *const texts[][2] = {{"callsign", "callsign"}, {"registration", "registration"}, {"type", "aircraft_type"}, {"icao24", "icao24"}};
    append_char(out, '{');
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) statement_text_member(c, texts[i][0], texts[i][1], out);
    static const struct {
        const char *option, *member;
        uint64_t high;
    } numbers[] = {{"persons", "persons_on_board", 100000}, {"priority", "priority", 100}};
    for (size_t i = 0; i < 2; i++) {
        if (!cli_has(c, numbers[i].option)) continue;
        uint64_t value;
        char option[32];
        snprintf(option, sizeof option, "--%s", numbers[i].option);
        TRY(cli_number(option, cli_get(c, numbers[i].option), 0, numbers[i].high, &value, f));
        statement_comma(out);
        append_format(out, "\"%s\":%llu", numbers[i].member, (unsigned long long)value);
    }
    statement_comma(out);
    TRY(volume_list(c, true, k->now, out, f));
    append_char(out, '}');
    return OK;
}

static int flight_file(struct cli *c) { return with_client(c, "flight", flight_body); }
static int flight_release(struct cli *c) { return with_client(c, "flight/release", flight_body); }
static int flight_activate(struct cli *c) { return command_plain(c, "flight/activate", true); }
static int flight_end(struct cli *c) { return command_plain(c, "flight/end", true); }
static int flight_cancel(struct cli *c) { return command_plain(c, "flight/cancel", true); }

#define SHAPE_OPTIONS                                                                                                  \
    {"polygon", "POINTS", "'LAT,LNG LAT,LNG LAT,LNG …', at least three, not closed"},                                  \
        {"circle", "LAT,LNG,RADIUS", "centre and radius (9260m, 9.26km, 5NM)"},                                         \
        {"corridor", "WIDTH POINTS", "whole width (18520m, 10NM), then the path"},                                                    \
        {"lower", "ALTITUDE", "SFC, FL245, 1500m, 4500ft; ':W84' or ':SFC' behind"},                                   \
        {"upper", "ALTITUDE", "the same, or UNL"}, {"from", "TIME", "RFC 3339, +90m, or the next HH:MM UTC"},          \
        {"to", "TIME", "the same; +2h counts from --from"}
#define BODY_OPTIONS                                                                                                   \
    {"body", "FILE", "JSON of the section 'public' instead of the options above ('-': standard input)"},               \
        {"parties-body", "FILE", "JSON of the narrower section 'parties'"},                                            \
        {"parties-to", "READER", "who may read 'parties'"},                                                            \
        {"own-body", "FILE", "JSON of the exact section 'own': you and the operator only"},                            \
        {"seal", "FILE", "send only the commitments; keep the sections in FILE until 'parley open FILE'"},             \
        {"open-by", "TIME", "when a sealed statement will be opened at the latest"}

static const struct cli_option notice_options[] = {
    {"area", "NAME", "the area's name, which is read back"},
    {"category", "NAME", "category of the agreement, such as missile, artillery, uas"},
    {"text", "TEXT", "free text"},
    {"late-entry", NULL, "typed in after the fact"},
    SHAPE_OPTIONS,
    BODY_OPTIONS,
    STATEMENT_OPTIONS,
    {NULL, NULL, NULL},
};
static const struct cli_option flight_options[] = {
    {"callsign", "TEXT", "such as MRL12"},
    {"registration", "TEXT", "such as ZK-MRL"},
    {"type", "TEXT", "aircraft type, such as C130"},
    {"icao24", "HEX", "24-bit address"},
    {"persons", "N", "persons on board"},
    {"priority", "N", "0 to 100"},
    SHAPE_OPTIONS,
    BODY_OPTIONS,
    STATEMENT_OPTIONS,
    {NULL, NULL, NULL},
};
const struct cli_option plain_options[] = {
    {"text", "TEXT", "why, in your words"},
    STATEMENT_OPTIONS,
    {NULL, NULL, NULL},
};

const struct cli_command command_notice_file = {"notice file", "", 0, 0, "file a notice: you will make a volume hazardous",
                                                volume_help, notice_options, true, notice_file};
const struct cli_command command_notice_change = {"notice change", "NOTICE", 1, 1, "change a notice; what is newly claimed has its own lead time",
                                                  volume_help, notice_options, true, notice_file};
const struct cli_command command_notice_activate = {"notice activate", "NOTICE", 1, 1, "the hazard begins now", NULL, plain_options, true, notice_activate};
const struct cli_command command_notice_over = {"notice over", "NOTICE", 1, 1, "say OVER: the hazard ends when the tail has run", NULL, plain_options, true, notice_over};
const struct cli_command command_notice_cancel = {"notice cancel", "NOTICE", 1, 1, "cancel a notice that was never active", NULL, plain_options, true, notice_cancel};
const struct cli_command command_flight_file = {"flight file", "", 0, 0, "file a flight", volume_help, flight_options, true, flight_file};
const struct cli_command command_flight_change = {"flight change", "FLIGHT", 1, 1, "change a flight", volume_help, flight_options, true, flight_file};
const struct cli_command command_flight_release = {"flight release", "FLIGHT", 1, 1, "open a flight to more readers", volume_help, flight_options, true, flight_release};
const struct cli_command command_flight_activate = {"flight activate", "FLIGHT", 1, 1, "the flight is under way", NULL, plain_options, true, flight_activate};
const struct cli_command command_flight_end = {"flight end", "FLIGHT", 1, 1, "the flight has ended", NULL, plain_options, true, flight_end};
const struct cli_command command_flight_cancel = {"flight cancel", "FLIGHT", 1, 1, "the flight will not take place", NULL, plain_options, true, flight_cancel};
