/* What a server answers, as the client shows it: records of a stream, items of a list. The server may be anybody's, and others wrote the
 * texts in it: a line for a watch officer has no line end and no control character, nothing that moves his cursor. */
#include "fuzz.h"

#include "cli/event_text.h"

static const char *const views[] = {"notices", "flights", "tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due", "status"};
enum { VIEWS_SHOWN = sizeof views / sizeof *views };
#define VOLUME "{\"circle\":{\"center\":{\"lat\":-47,\"lng\":-126},\"radius_m\":9260},\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"}," \
    "\"upper\":{\"value\":245,\"reference\":\"FL\",\"units\":\"FL\"},\"start\":\"2026-11-23T10:00:00Z\",\"end\":\"2026-11-23T12:00:00.5Z\"}"
static const char *const items[] = {
    "{\"id\":\"aramoor/00112233445566778899aabbccddeeff\",\"party\":\"aramoor\",\"state\":\"ACTIVE\",\"area\":\"SORREL 4\",\"category\":\"missile\",\"text\":\"keep off\",\"volumes\":[" VOLUME "],\"hazardous\":true}",
    "{\"id\":\"meridian/00112233445566778899aabbccddeeff\",\"party\":\"meridian\",\"state\":\"FILED\",\"callsign\":\"MRL12\",\"persons_on_board\":6,\"priority\":50,\"volumes\":[" VOLUME "]}",
    "{\"party\":\"halcyon\",\"feed\":\"radar-1\",\"identity\":\"c81234\",\"position\":{\"lat\":-47,\"lng\":-126},\"altitude\":{\"value\":200,\"reference\":\"FL\",\"units\":\"FL\"}}",
    "{\"id\":\"00112233445566778899aabbccddeeff\",\"kind\":\"conflict\",\"level\":\"WARNING\",\"own\":{\"kind\":\"flight\",\"party\":\"meridian\",\"id\":\"x\",\"callsign\":\"MRL12\"},\"other\":{\"kind\":\"notice\","
    "\"party\":\"aramoor\",\"id\":\"y\",\"area\":\"SORREL 4\"},\"entry\":\"2026-11-23T10:00:00.000Z\",\"time_to_entry_s\":300.5,\"until\":\"2026-11-23T11:00:00.000Z\",\"closest\":\"2026-11-23T10:00:00.000Z\","
    "\"distance_m\":1852,\"height_gap_m\":300,\"began\":\"2026-11-23T09:00:00.000Z\",\"place\":7,\"deadline\":\"2026-11-23T09:10:00.000Z\"}",
    "{\"id\":\"z\",\"party\":\"meridian\",\"asked\":\"aramoor\",\"notice\":\"aramoor/00\",\"state\":\"ASKED\",\"reply\":\"wilco\",\"made\":\"2026-11-23T09:00:00.000Z\",\"until\":\"2026-11-23T09:30:00.000Z\",\"text\":\"MRL12 inside\"}",
    "{\"name\":\"Oceanic\",\"id\":\"a\",\"volumes\":[{\"polygon\":[{\"lat\":-50,\"lng\":170}],\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"FT\"},\"upper\":\"UNL\"}]}",
    "{\"name\":\"basin\",\"version\":1,\"parties\":[\"north\",\"relief\"],\"rules\":[{\"category\":\"default\",\"lead_s\":600}]}",
    "{\"party\":\"aramoor\",\"display\":\"Aramoor\",\"keys\":[{\"key\":\"root\",\"public_key\":\"00\"},{\"key\":\"desk-1\",\"feeds_only\":true}]}",
    "{\"feed\":\"radar\",\"party\":\"halcyon\",\"readers\":[\"log\"]}", "{\"kind\":\"agreement\",\"missing\":[\"exercise/velland/root\"]}",
    "{\"place\":17,\"kind\":\"notice\",\"area\":\"SORREL 4\",\"start\":\"2026-11-23T10:00:00.000Z\",\"lower\":{\"value\":0,\"reference\":\"SFC\",\"units\":\"M\"},\"upper\":\"UNL\",\"deadline\":\"2026-11-23T09:10:00.000Z\",\"mismatches\":1,\"calls\":2}",
    "{\"party\":\"aramoor\",\"tables\":[{\"table\":\"notices\",\"used\":1,\"share\":10}]}"};
static const char *const records[] = {
    "{\"seq\":7,\"time\":\"2026-11-23T10:00:00.000Z\",\"kind\":\"statement\",\"root\":\"00\",\"parts\":[{\"class\":1,\"name\":\"note\",\"text\":\"parley/1 statement o\\n{\\\"kind\\\":\\\"message\\\",\\\"id\\\":\\\"00\\\",\\\"by\\\":"
    "{\\\"exercise/aramoor/root\\\":\\\"00\\\"}}\\n\\n\\u2014 x y\\n\"},{\"class\":2,\"name\":\"body\",\"text\":\"{\\\"section\\\":\\\"body\\\",\\\"to\\\":[\\\"log\\\"],\\\"body\\\":{\\\"text\\\":\\\"hello\\\"}}\"},"
    "{\"class\":5,\"name\":\"outcome\",\"text\":\"{\\\"verdict\\\":\\\"accepted\\\",\\\"kind\\\":\\\"message\\\",\\\"place\\\":7}\"}]}",
    "{\"seq\":8,\"time\":\"2026-11-23T10:00:01.000Z\",\"kind\":\"told\",\"root\":\"00\",\"parts\":[{\"class\":8,\"name\":\"told\",\"text\":\"{\\\"told\\\":\\\"notice\\\",\\\"place\\\":8,\\\"time\\\":\\\"2026-11-23T10:00:01.000Z\\\","
    "\\\"note\\\":\\\"parley/1 statement o\\\\n{\\\\\\\"kind\\\\\\\":\\\\\\\"notice\\\\\\\"}\\\\n\\\\n\\\",\\\"sections\\\":[{\\\"slot\\\":0,\\\"salt\\\":\\\"00\\\",\\\"bytes\\\":\\\"{}\\\"}]}\"}]}"};

static void seeds(void) {
    char room[4096];
    for (unsigned i = 0; i < VIEWS_SHOWN; i++) {
        int n = snprintf(room, sizeof room, "%c%s", (char)i, items[i]);
        seed("item", i, room, (size_t)n);
    }
    for (unsigned i = 0; i < 2; i++) {
        int n = snprintf(room, sizeof room, "%c%s", 'r', records[i]);
        seed("record", i, room, (size_t)n);
    }
}

static void check_line(const struct append *line) {
    for (size_t i = 0; i < line->size; i++) {
        uint8_t c = (uint8_t)line->at[i];
        /* C0, DEL; and C1 as UTF-8 writes it, which some terminals obey. */
        bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < line->size && (uint8_t)line->at[i + 1] < 0xa0);
        if (control) fprintf(stderr, "byte %zu of: %.*s\n", i, TEXT_ARG(append_view(line)));
        assert(!control);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct json_reader *outer, *inner;
    if (outer == NULL) {
        outer = json_reader_new(1 << 16);
        inner = json_reader_new(1 << 16);
    }
    if (size < 1) return 0;
    struct text in = {(const char *)bytes + 1, size - 1};
    struct append line = append_growing(1 << 24);
    const struct json *top;
    if (bytes[0] < VIEWS_SHOWN) {
        if (result_is_ok(json_parse(outer, in, JSON_OPEN, &top, NULL))) event_item_line(views[bytes[0]], top, (instant)bytes[0] * INSTANT_DAY * 365, &line);
    } else {
        event_line(inner, in, &line);
    }
    check_line(&line);
    append_free(&line);
    return 0;
}
