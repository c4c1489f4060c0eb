/* Records and items as lines for people: a table of what the server says and what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "cli/event_text.h"

enum { ROOM = 1 << 20 };
#define NORTH "north/00000000000000000000000000000001"
#define RELIEF "relief/00000000000000000000000000000002"

static struct json_reader *reader;
static struct append line;

static void shows(const char *expected) {
    if (!text_is(append_view(&line), expected)) print_error("shown:    %.*s\nexpected: %s\n", TEXT_ARG(append_view(&line)), expected);
    assert_true(text_is(append_view(&line), expected));
}

static const struct json *parsed(const char *text) {
    const struct json *top;
    struct fault f = {0};
    if (!result_is_ok(json_parse(reader, text_of(text), JSON_OPEN, &top, &f))) print_error("%s: %s: %s\n", text, f.field, f.message);
    assert_int_equal(f.code, RESULT_OK);
    return top;
}

#define BAND "\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"}"
#define WHEN "\"start\":\"2026-11-29T08:00:00.5Z\",\"end\":\"2026-11-30T09:00:00Z\""
#define CIRCLE "{\"circle\":{\"center\":{\"lat\":-47.1,\"lng\":-126.2},\"radius_m\":9260}," WHEN "," BAND "}"
#define CIRCLE_SHOWN "2026-11-29T08:00:00Z to 2026-11-30T09:00:00Z, SFC to FL245, circle -47.1,-126.2 radius 5.00 NM"

static const struct { const char *view, *item, *shown; } items[] = {
    {"notices", "{\"id\":\"" NORTH "\",\"party\":\"north\",\"state\":\"filed\",\"area\":\"N 1\",\"category\":\"missile\",\"text\":\"keep off\",\"marks\":[\"late\"],\"hazardous\":true,\"volumes\":[" CIRCLE "]}",
     "\"N 1\" missile filed " NORTH ": " CIRCLE_SHOWN "; \"keep off\"; marks=[late]"},
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"active\",\"activated\":\"2026-11-29T07:58:00.5Z\",\"area\":\"N 1\",\"category\":\"missile\",\"volumes\":[" CIRCLE "]}",
     "\"N 1\" missile ACTIVE since 2026-11-29T07:58:00Z " NORTH ": 08:00:00Z to 2026-11-30T09:00:00Z, SFC to FL245, circle -47.1,-126.2 radius 5.00 NM"},
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"filed\",\"category\":\"\",\"volumes\":[]}", "(sealed)  filed " NORTH},
    /* its sender's own: seal, lead, ladder, in words */
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"filed\",\"area\":\"N 1\",\"category\":\"missile\",\"volumes\":[],\"sealed\":false,\"not_contained\":false,\"open_by\":null,\"lead\":["
                "{\"agreement\":\"basin\",\"version\":1,\"judged\":true,\"binds\":\"readback\",\"pieces\":1,\"delivered\":true,\"read_back\":false,\"start\":\"2026-11-29T08:00:00Z\",\"sequenced_s\":298.9,\"agreed_s\":600},"
                "{\"agreement\":\"polar\",\"pieces\":1,\"delivered\":true,\"read_back\":true,\"sequenced_s\":600,\"agreed_s\":600},{\"agreement\":\"none\",\"pieces\":0,\"agreed_s\":600}],\"ladder\":["
                "{\"party\":\"relief\",\"steps\":[\"received\"],\"mismatches\":2,\"received\":\"2026-11-29T07:00:00Z\",\"read_back\":null,\"deadline\":\"2026-11-29T07:01:00Z\"},"
                "{\"party\":\"south\",\"steps\":[],\"mismatches\":0,\"received\":null,\"read_back\":null,\"deadline\":\"2026-11-29T08:00:00Z\"},"
                "{\"party\":\"west\",\"steps\":[\"readback\"],\"mismatches\":0,\"received\":null,\"read_back\":\"2026-11-29T07:00:30Z\",\"deadline\":\"2026-11-29T07:01:00Z\"}]}",
     "\"N 1\" missile filed " NORTH "; lead 298 s of 600 s agreed in basin, SHORT by 302 s, delivered to all; lead 600 s of 600 s agreed in polar, read back by all"
     "; relief received 2026-11-29T07:00:00Z, OVERDUE, was to read back by 07:01:00Z, mismatches 2; south told, to read back by 08:00:00Z; west read back 07:00:30Z"},
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"closed\",\"hazardous\":false,\"area\":\"N 1\",\"category\":\"uas\",\"volumes\":[],\"ladder\":[{\"party\":\"relief\",\"mismatches\":0,\"received\":null,\"read_back\":null,\"deadline\":\"2026-11-29T07:01:00Z\"}]}",
     "\"N 1\" uas closed " NORTH "; relief told, not read back, was to by 2026-11-29T07:01:00Z"},
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"filed\",\"volumes\":[],\"sealed\":true,\"open_by\":\"2026-11-29T08:00:00Z\"}", "(sealed)  filed " NORTH "; sealed, to be opened by 2026-11-29T08:00:00Z"},
    {"notices", "{\"id\":\"" NORTH "\",\"state\":\"filed\",\"volumes\":[],\"sealed\":true,\"open_by\":\"2026-11-29T07:59:59Z\"}", "(sealed)  filed " NORTH "; sealed and NOT OPENED, was to be by 2026-11-29T07:59:59Z"},
    {"flights", "{\"id\":\"" RELIEF "\",\"state\":\"filed\",\"volumes\":[],\"sealed\":true,\"open_by\":null}", "(no callsign) filed " RELIEF "; sealed"},
    {"tracks", "{\"party\":\"north\",\"feed\":\"radar\",\"identity\":\"c81234\",\"callsign\":\"RLF1\",\"time\":\"2026-11-29T07:59:56.5Z\",\"age_s\":3.5,\"at\":{\"lat\":-47.1234567,\"lng\":-126},\"altitude\":{\"value\":1000,\"reference\":\"AMSL\",\"units\":\"M\"},"
               "\"speed_mps\":180.4,\"track_deg\":90.5,\"climb_mps\":-2,\"uncertainty_m\":50,\"silent\":false,\"flags\":[],\"flight\":\"" RELIEF "\"}",
     "c81234 RLF1 north/radar 2026-11-29T07:59:56Z (4 s old): -47.12346,-126.00000 1000m, 180 m/s towards 090, climbs -2.0 m/s, within 50 m; flight " RELIEF},
    {"tracks", "{\"party\":\"north\",\"feed\":\"radar\",\"identity\":\"x\",\"time\":\"2026-11-29T08:00:02.1Z\",\"age_s\":0,\"at\":{\"lat\":0.000001,\"lng\":1.5},\"silent\":true,\"flags\":[\"late\",\"clock\"],\"second\":true,\"new\":7}",
     "x (the second of that identity) north/radar SILENT 2026-11-29T08:00:02Z (its time is AHEAD of ours): 0.00000,1.50000; ODD: late, its clock is wrong; new=7"},
    {"tracks", "{\"party\":\"north\",\"feed\":\"radar\",\"identity\":\"y\",\"time\":\"2026-11-29T08:00:02Z\",\"age_s\":0,\"at\":{\"lat\":1,\"lng\":2},\"silent\":false,\"flags\":[\"jump\"]}",
     "y north/radar 2026-11-29T08:00:02Z (0 s old): 1.00000,2.00000; ODD: jump"},
    {"flights", "{\"id\":\"" RELIEF "\",\"state\":\"active\",\"callsign\":\"RLF1\",\"persons_on_board\":6,\"priority\":3,\"icao24\":\"c81234\",\"joined\":null,\"volumes\":["
                "{\"corridor\":{\"path\":[{\"lat\":-47,\"lng\":-127},{\"lat\":-46,\"lng\":-125}],\"width_m\":18520}," WHEN ",\"lower\":{\"value\":300,\"reference\":\"AMSL\",\"units\":\"M\"},\"upper\":\"UNL\"}]}",
     "RLF1 active " RELIEF ": 2026-11-29T08:00:00Z to 2026-11-30T09:00:00Z, 300m to UNL, corridor of 2 points, 10.00 NM wide from -47,-127; 6 on board; priority 3; icao24=c81234"},
    {"flights", "{\"id\":\"" RELIEF "\",\"state\":\"ended\",\"volumes\":[" CIRCLE "," CIRCLE "," CIRCLE "," CIRCLE "," CIRCLE "]}",
     "(no callsign) ended " RELIEF ": " CIRCLE_SHOWN "; 2026-11-29T08:00:00Z to 2026-11-30T09:00:00Z, SFC to FL245, circle -47.1,-126.2 radius 5.00 NM; "
     "2026-11-29T08:00:00Z to 2026-11-30T09:00:00Z, SFC to FL245, circle -47.1,-126.2 radius 5.00 NM; and 2 volumes more"},
    {"areas", "{\"id\":\"" NORTH "\",\"name\":\"Far North\",\"volumes\":[{\"polygon\":[{\"lat\":1,\"lng\":2},{\"lat\":3,\"lng\":4},{\"lat\":5,\"lng\":6}],"
              "\"lower\":{\"value\":4500,\"reference\":\"W84\",\"units\":\"FT\"},\"upper\":{\"value\":9000,\"reference\":\"AMSL\",\"units\":\"FT\"}}]}",
     "\"Far North\" " NORTH ": 4500ft:W84 to 9000ft, polygon of 3 points from 1,2"},
    {"areas", "{\"id\":\"" NORTH "\",\"name\":\"x\",\"volumes\":[{\"corridor\":{\"path\":[{\"lat\":1,\"lng\":2}],\"width_m\":1852},\"upper\":\"UNL\"}]}", "\"x\" " NORTH ": ? to UNL, corridor of 1 point, 1.00 NM wide (a circle) from 1,2"},
    {"holds", "{\"id\":\"" RELIEF "\",\"party\":\"relief\",\"asked\":\"north\",\"notice\":\"" NORTH "\",\"state\":\"answered\",\"reply\":\"wilco\",\"made\":\"2026-11-29T08:00:00Z\",\"until\":\"2026-11-29T08:20:00Z\",\"text\":\"inbound\"}",
     "answered wilco: relief asks north to hold " NORTH ", asked 2026-11-29T08:00:00Z, until 08:20:00Z \"inbound\"; hold " RELIEF},
    {"alerts", "{\"id\":\"" RELIEF "\",\"kind\":\"notice-track\",\"level\":\"warning\",\"own\":{\"kind\":\"track\",\"party\":\"halcyon\",\"feed\":\"radar\",\"identity\":\"c81234\"},\"entry\":\"2026-11-29T08:05:00Z\",\"time_to_entry_s\":3723.5,"
               "\"closest\":\"2026-11-29T08:06:00Z\",\"distance_m\":926,\"height_gap_m\":120.4,\"began\":\"2026-11-29T08:00:00Z\",\"deadline\":\"2026-11-29T08:01:00Z\",\"place\":9}",
     "warning notice-track: track c81234 (halcyon/radar/c81234) meets what is withheld; entry 2026-11-29T08:05:00Z (in 1:02:03); closest 08:06:00Z 0.50 NM and 120 m of height; since 08:00:00Z; "
     "answer by 08:01:00Z (place 9); alert " RELIEF},
    {"alerts", "{\"id\":\"" RELIEF "\",\"kind\":\"flight-flight\",\"level\":\"caution\",\"own\":{\"kind\":\"flight\",\"id\":\"" RELIEF "\",\"callsign\":\"RLF1\"},\"other\":{\"kind\":\"flight\",\"party\":\"velland\"},\"ending\":true,"
               "\"entry\":\"2026-11-29T08:05:00Z\",\"closest\":\"2026-11-29T08:05:00Z\"}",
     "caution flight-flight: flight RLF1 (" RELIEF ") meets flight (velland); entry 2026-11-29T08:05:00Z; closest ending=yes; alert " RELIEF},
    {"alerts", "{\"id\":\"" RELIEF "\",\"kind\":\"folded\",\"level\":\"caution\",\"withheld\":false,\"count\":12,\"by\":\"north\",\"began\":\"2026-11-29T08:00:00Z\",\"changed\":\"2026-11-29T08:00:00Z\"}",
     "caution folded: 12 further conflicts with what is of north; since 2026-11-29T08:00:00Z; alert " RELIEF},
    {"parties", "{\"party\":\"north\",\"display\":\"North Air\",\"zone\":\"UTC\",\"operator\":false,\"keys\":[{\"key\":\"root\",\"public_key\":\"00\"},{\"key\":\"desk\",\"public_key\":\"01\",\"feeds_only\":true}]}",
     "north \"North Air\" zone=UTC keys: root, desk feeds_only=yes"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"area\":\"N 1\",\"start\":\"2026-11-29T08:00:00Z\"," BAND ",\"notice\":\"" NORTH "\",\"steps\":[],\"deadline\":\"2026-11-29T09:00:00Z\",\"received\":\"2026-11-29T07:00:00Z\",\"mismatches\":1,\"calls\":2}",
     "place=4 kind=notice area=\"N 1\" start=2026-11-29T08:00:00Z lower=SFC upper=FL245 notice=" NORTH "; answer by 09:00:00Z; received 07:00:00Z; mismatches 1; called 2 times"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"notice\":\"" NORTH "\",\"hazard\":\"over\",\"deadline\":\"2026-11-29T07:59:00Z\",\"calls\":1}",
     "past place=4 kind=notice notice=" NORTH "; of a hazard that is over; was to be answered by 2026-11-29T07:59:00Z; called once"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"hazard\":\"over-when-told\",\"deadline\":\"2026-11-29T08:59:00Z\",\"calls\":0}", "past place=4 kind=notice; of a hazard that was over when it was told; to be answered by 2026-11-29T08:59:00Z"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"hazard\":\"cancelled\",\"deadline\":\"2026-11-29T07:59:00Z\"}", "past place=4 kind=notice; of a notice that was cancelled; was to be answered by 2026-11-29T07:59:00Z"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"hazard\":\"stands\",\"deadline\":\"2026-11-29T07:59:00Z\"}", "OVERDUE place=4 kind=notice; was to be answered by 2026-11-29T07:59:00Z"},
    {"due", "{\"place\":4,\"kind\":\"notice\",\"hazard\":\"over\",\"read_back\":\"2026-11-29T07:59:00Z\"}", "done place=4 kind=notice; read back 2026-11-29T07:59:00Z"},
    {"due", "{\"place\":5,\"kind\":\"hold\",\"deadline\":\"2026-11-29T07:59:59.999Z\"}", "OVERDUE place=5 kind=hold; was to be answered by 2026-11-29T07:59:59Z"},
    {"due", "{\"place\":6,\"kind\":\"alert\",\"deadline\":\"2026-11-29T07:00:00Z\",\"read_back\":\"2026-11-29T06:59:00Z\"}", "done place=6 kind=alert; read back 2026-11-29T06:59:00Z"},
    {"due", "{\"place\":7,\"kind\":\"alert\",\"deadline\":\"2026-11-29T08:00:00Z\"}", "place=7 kind=alert; answer by 2026-11-29T08:00:00Z"}, /* just now: not yet */
    {"due", "{\"place\":8,\"kind\":\"alert\",\"deadline\":\"2026-99-29T07:00:00Z\"}", "place=8 kind=alert; answer by 2026-99-29T07:00:00Z"},
    {"feeds", "{\"party\":\"north\",\"feed\":\"radar\",\"silent\":false,\"last\":null,\"at\":{\"lat\":1,\"lng\":2},\"list\":[null,true,1.50,\"a b\",{}],\"deep\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1,\"f\":2}}}}},\"long\":[[[[[[1,2,3]]]]]]}",
     "party=north feed=radar at=1,2 list=[- yes 1.50 \"a b\" {}] deep={a={b={c={d={2 members}}}}} long=[[[[[1]]]]]"},
    {"feeds", "{\"a\":\"esc\\u001b[2J\",\"b\":\"turn\\u202e\",\"c\":\"\"}", "a=\"esc\xef\xbf\xbd[2J\" b=turn??? c=\"\""},
    {"pending", "{}", ""},
};

static void items_of_lists(void **state) {
    (void)state;
    instant now;
    assert_true(result_is_ok(instant_parse(TEXT("2026-11-29T08:00:00Z"), &now, NULL)));
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        append_reset(&line);
        event_item_line(items[i].view, parsed(items[i].item), now, &line);
        shows(items[i].shown);
    }
    append_reset(&line); /* where the server's time is not known nothing is overdue */
    event_item_line("due", parsed("{\"place\":5,\"deadline\":\"1970-01-01T00:00:00Z\"}"), 0, &line);
    shows("place=5; answer by 1970-01-01T00:00:00Z");
}

/* What stands in the part `told` of a record, and the line behind its time and place. */
static const struct { const char *told, *shown; } events[] = {
    {"{\"told\":\"overdue\",\"place\":7,\"desk\":\"watch\",\"party\":\"relief\",\"due\":4,\"kind\":\"notice\",\"call\":2,\"notice\":\"" NORTH "\",\"deadline\":\"2026-11-29T07:59:00Z\"}",
     "OVERDUE: relief has not read back the notice at place 4 of its stream (notice " NORTH "), was to by 07:59:00Z; call 2, for desk watch"},
    {"{\"told\":\"overdue\",\"place\":7,\"party\":\"relief\",\"due\":4,\"kind\":\"message\",\"call\":1,\"deadline\":null}", "OVERDUE: relief has not read back the message at place 4 of its stream; call 1"},
    {"{\"told\":\"lead\",\"notice\":\"" NORTH "\",\"agreement\":\"basin\",\"figure\":\"readback\",\"binds\":\"readback\",\"pieces\":1,\"lead_s\":298.9,\"agreed_s\":600.000,\"met\":false,\"short_s\":301.1}",
     "LEAD: notice " NORTH " was read back by all of basin 298 s before its start, agreed are 600 s: SHORT by 302 s"},
    {"{\"told\":\"lead\",\"notice\":\"" NORTH "\",\"agreement\":\"basin\",\"figure\":\"delivered\",\"binds\":\"delivered\",\"lead_s\":-0.5,\"agreed_s\":0,\"met\":true}",
     "LEAD: notice " NORTH " was delivered to all of basin -1 s before its start, agreed are 0 s: met"},
    {"{\"told\":\"lead\",\"notice\":\"" NORTH "\",\"agreement\":\"basin\",\"figure\":\"delivered\",\"binds\":\"readback\",\"pieces\":0}", "LEAD: notice " NORTH " was delivered to all of basin"},
    {"{\"told\":\"lead\",\"notice\":\"" NORTH "\",\"agreement\":\"basin\",\"figure\":\"readback\",\"met\":false,\"short_s\":1e300}", "LEAD: notice " NORTH " was read back by all of basin: SHORT by 0 s"},
    {"{\"told\":\"ladder\",\"notice\":\"" NORTH "\",\"version\":1,\"party\":\"relief\",\"step\":\"readback\",\"desk\":\"watch\",\"mismatch\":\"upper\"}", "relief (desk watch): readback, notice " NORTH "; MISMATCH: upper"},
    {"{\"told\":\"query\",\"notice\":\"" NORTH "\",\"why\":\"end\",\"query\":3,\"ends\":\"2026-11-29T07:00:00Z\"}",
     "QUERY 3: is notice " NORTH " over (end)? It stays hazardous until you say so; its stated end was 07:00:00Z"},
    {"{\"told\":\"hold-repeat\",\"hold\":\"" RELIEF "\",\"notice\":\"" NORTH "\",\"repeat\":2,\"reply\":null}", "HOLD again (2): " RELIEF " asks to hold notice " NORTH ", NOT ANSWERED"},
    {"{\"told\":\"hold-repeat\",\"hold\":\"" RELIEF "\",\"notice\":\"" NORTH "\",\"repeat\":3,\"reply\":\"standby\"}", "HOLD again (3): " RELIEF " asks to hold notice " NORTH ", answered standby only"},
    {"{\"told\":\"silent\",\"what\":\"feed\",\"party\":\"halcyon\",\"feed\":\"radar\",\"silent\":true,\"last\":\"2026-11-29T07:00:00Z\"}", "SILENT: feed halcyon/radar, last position 07:00:00Z"},
    {"{\"told\":\"silent\",\"flight\":\"" RELIEF "\",\"track\":{\"party\":\"halcyon\",\"feed\":\"radar\",\"identity\":\"c81234\"},\"silent\":false,\"last\":\"2026-11-29T07:00:00Z\",\"at\":{\"lat\":-47,\"lng\":-126}}",
     "heard again: track halcyon/radar/c81234 of flight " RELIEF ", last position 07:00:00Z at -47,-126"},
    {"{\"told\":\"silent\",\"track\":{\"party\":\"halcyon\",\"feed\":\"radar\",\"identity\":\"c81234\",\"second\":true},\"silent\":true,\"forgotten\":true,\"last\":\"2026-11-29T07:00:00Z\",\"at\":{\"lat\":-47,\"lng\":-126}}",
     "SILENT: track halcyon/radar/c81234 (the second of that identity), FORGOTTEN: its alerts end, not its danger, last position 07:00:00Z at -47,-126"},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":true,\"distance_m\":1515.69,\"allowed_m\":700,\"tracks\":[{\"party\":\"halcyon\",\"feed\":\"radar\",\"time\":\"2026-11-29T07:00:00Z\",\"at\":{\"lat\":-47,\"lng\":-126}},"
     "{\"party\":\"north\",\"feed\":\"mlat\",\"time\":\"2026-11-29T07:00:01Z\",\"at\":{\"lat\":-47,\"lng\":-125.98}}]}",
     "FEEDS DISAGREE about c81234, 1516 m apart (up to 700 m is within their errors): halcyon/radar 07:00:00Z at -47,-126 and north/mlat 07:00:01Z at -47,-125.98; both places are watched"},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":false,\"why\":\"agree\",\"distance_m\":12.5,\"allowed_m\":700,\"tracks\":[]}",
     "feeds disagree no more about c81234, 12 m apart (up to 700 m is within their errors): "},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":true,\"by\":\"height\",\"distance_m\":12.5,\"allowed_m\":700,\"height_m\":914.4,\"height_allowed_m\":215,\"tracks\":[]}",
     "FEEDS DISAGREE about c81234, 12 m apart (up to 700 m is within their errors), heights 914 m apart (up to 215 m is within their errors): ; both places are watched"},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":true,\"by\":\"place\",\"distance_m\":1500,\"allowed_m\":700,\"height_m\":0,\"height_allowed_m\":215,\"tracks\":[]}",
     "FEEDS DISAGREE about c81234, 1500 m apart (up to 700 m is within their errors): ; both places are watched"},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":false,\"why\":\"silent\",\"tracks\":[]}", "feeds disagree no more about c81234: one is silent: "},
    {"{\"told\":\"disagree\",\"identity\":\"c81234\",\"disagree\":false,\"why\":\"twin\",\"tracks\":[]}", "feeds disagree no more about c81234: two aircraft use it: "},
    {"{\"told\":\"twin\",\"party\":\"halcyon\",\"feed\":\"radar\",\"identity\":\"c81234\",\"twin\":true,\"distance_m\":111204.5,\"tracks\":[{\"time\":\"2026-11-29T07:00:00Z\",\"at\":{\"lat\":-47,\"lng\":-126}},"
     "{\"time\":\"2026-11-29T07:00:01Z\",\"at\":{\"lat\":-46,\"lng\":-126}}]}",
     "TWO AIRCRAFT use c81234 on feed halcyon/radar, 111204 m apart: 07:00:00Z at -47,-126 and 07:00:01Z at -46,-126; both are watched"},
    {"{\"told\":\"twin\",\"party\":\"halcyon\",\"feed\":\"radar\",\"identity\":\"c81234\",\"twin\":false,\"tracks\":[{\"time\":\"2026-11-29T07:00:00Z\"}]}",
     "one aircraft uses c81234 again on feed halcyon/radar: 07:00:00Z"},
    {"{\"told\":\"untracked\",\"feed\":\"radar\",\"untracked\":true,\"reports\":1,\"tracks\":8,\"share\":8,\"last\":\"2026-11-29T07:00:00Z\"}",
     "NOT WATCHED: feed radar brings aircraft beyond this party's share (8 of 8 tracks); 1 report so far, the last 07:00:00Z"},
    {"{\"told\":\"untracked\",\"feed\":\"radar\",\"untracked\":false,\"reports\":20,\"tracks\":7,\"share\":8,\"last\":\"2026-11-29T07:00:00Z\"}",
     "all watched again: feed radar; 20 reports opened no track, the last 07:00:00Z"},
    {"{\"told\":\"unopened\",\"party\":\"north\",\"statement\":\"ab\",\"kind\":\"notice\",\"open_by\":\"2026-11-29T07:00:00Z\"}", "UNOPENED: north sealed a notice and did not open it by 07:00:00Z (statement ab)"},
    {"{\"told\":\"clock\",\"unsure\":true,\"error_s\":2.500}", "CLOCK of the server UNSURE: lead times may be wrong, error up to 2.5 s"},
    {"{\"told\":\"clock\",\"unsure\":false,\"error_s\":0.01}", "CLOCK of the server sure again, error up to 0.01 s"},
    {"{\"told\":\"lapsed\",\"place\":7,\"time\":\"2026-11-29T08:00:00Z\",\"what\":\"agreement\",\"agreement\":\"basin\",\"version\":null,\"in_force\":false}", "told lapsed what=agreement agreement=basin"},
    {"{\"told\":\"alert\",\"state\":\"began\",\"alert\":\"" RELIEF "\",\"level\":\"warning\",\"kind\":\"notice-flight\",\"own\":{\"kind\":\"flight\",\"id\":\"" RELIEF "\"},\"other\":{\"kind\":\"notice\",\"id\":\"" NORTH "\",\"area\":\"N 1\"}}",
     "ALERT began warning notice-flight: flight (" RELIEF ") meets notice \"N 1\" (" NORTH "); alert " RELIEF},
    {"{\"told\":\"statement\",\"kind\":\"message\",\"party\":\"north\",\"note\":null,\"sections\":[{\"bytes\":\"{\\\"section\\\":\\\"body\\\",\\\"body\\\":{\\\"text\\\":\\\"hello there\\\"}}\"}]}", "north message text=\"hello there\""},
    {"{\"told\":\"statement\",\"kind\":\"notice\",\"note\":\"parley/1 statement x\\n{\\\"kind\\\":\\\"notice\\\",\\\"id\\\":\\\"00000000000000000000000000000001\\\",\\\"on\\\":null,"
     "\\\"by\\\":{\\\"exercise/north/desk\\\":\\\"1\\\",\\\"exercise/north/root\\\":\\\"2\\\",\\\"exercise/relief/root\\\":\\\"3\\\",\\\"odd\\\":\\\"4\\\"}}\\n\\nx\",\"sections\":[{\"bytes\":\"no JSON\"},{\"bytes\":\"{}\"}]}",
     "north+relief+odd notice " NORTH " no JSON"},
    {"{\"told\":\"statement\",\"kind\":\"notice\",\"note\":\"a single line\",\"sections\":[]}", ""},
    {"no JSON", "no JSON"},
};

static void what_was_told(void **state) {
    (void)state;
    struct append record = append_growing(ROOM);
    char expected[1024];
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        append_reset(&record);
        append_str(&record, "{\"seq\":7,\"time\":\"2026-11-29T08:00:00.123Z\",\"kind\":\"told\",\"parts\":[{\"class\":\"told\",\"name\":\"told\",\"text\":");
        append_json_string(&record, text_of(events[i].told));
        append_str(&record, "}]}");
        append_reset(&line);
        event_line(reader, append_view(&record), &line);
        snprintf(expected, sizeof expected, "2026-11-29T08:00:00Z #7%s%s", events[i].shown[0] != '\0' ? " " : "", events[i].shown);
        shows(expected);
    }
    append_free(&record);
}

/* Our own statements: note, sections, outcome. */
static void what_we_said(void **state) {
    (void)state;
    static const struct { const char *record, *shown; } said[] = {
        {"{\"seq\":3,\"time\":\"2026-11-29T08:00:00Z\",\"kind\":\"notice\",\"parts\":[{\"class\":\"note\",\"name\":\"note\",\"text\":\"parley/1 statement x\\n{\\\"kind\\\":\\\"notice\\\",\\\"id\\\":\\\"00000000000000000000000000000001\\\",\\\"by\\\":{\\\"exercise/north/root\\\":\\\"1\\\"},\\\"on\\\":\\\"" NORTH "\\\"}\"},"
         "{\"class\":\"section\",\"name\":\"public\",\"text\":\"{\\\"section\\\":\\\"public\\\",\\\"body\\\":{\\\"area\\\":\\\"N 1\\\",\\\"category\\\":\\\"missile\\\",\\\"volumes\\\":[]}}\"},{\"class\":\"section\",\"name\":\"own\",\"text\":null},"
         "{\"class\":\"outcome\",\"name\":\"outcome\",\"text\":\"{\\\"verdict\\\":\\\"accepted\\\",\\\"place\\\":3,\\\"marks\\\":[\\\"late\\\"],\\\"detail\\\":\\\"so\\\",\\\"lead\\\":[{\\\"agreement\\\":\\\"basin\\\",\\\"pieces\\\":1,\\\"sequenced_s\\\":299.4,\\\"agreed_s\\\":600,\\\"short_s\\\":300.6},{\\\"agreement\\\":\\\"other\\\",\\\"pieces\\\":0}]}\"}]}",
         "2026-11-29T08:00:00Z #3 north notice changed " NORTH " \"N 1\" missile [accepted, late, lead 299 s of 600 s agreed in basin, SHORT by 301 s, so]"},
        {"{\"seq\":0,\"time\":\"2026-11-29T08:00:00Z\",\"kind\":\"genesis\",\"parts\":[{\"class\":\"note\",\"name\":\"note\",\"text\":null}]}", "2026-11-29T08:00:00Z #0 genesis"},
        {"{\"seq\":1,\"time\":null,\"kind\":\"tick\",\"parts\":[]}", " #1 tick"},
        {"{\"seq\":", "not understood (%): {\"seq\":"},
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        append_reset(&line);
        event_line(reader, text_of(said[i].record), &line);
        if (strncmp(said[i].shown, "not understood", 14) == 0) assert_true(line.size > 20 && memcmp(line.at, "not understood (", 16) == 0 && memmem(line.at, line.size, "): {\"seq\":", 10) != NULL);
        else shows(said[i].shown);
    }
}

static int begin(void **state) {
    (void)state;
    reader = json_reader_new(ROOM);
    line = append_growing(ROOM);
    return reader == NULL;
}

static int end(void **state) {
    (void)state;
    json_reader_free(reader);
    append_free(&line);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(items_of_lists), cmocka_unit_test(what_was_told), cmocka_unit_test(what_we_said)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("event text", tests, begin, end);
}
