#include <assert.h>

#include "core/effect.h"
#include "core/state.h"

static const char *const names[TOLD_KINDS] = {
    [TOLD_STATEMENT] = "statement", [TOLD_ALERT] = "alert", [TOLD_LEAD] = "lead", [TOLD_LADDER] = "ladder", [TOLD_QUERY] = "query",
    [TOLD_OVERDUE] = "overdue", [TOLD_HOLD_REPEAT] = "hold-repeat", [TOLD_SILENT] = "silent", [TOLD_UNOPENED] = "unopened",
    [TOLD_WITHHELD] = "withheld", [TOLD_LAPSED] = "lapsed", [TOLD_CLOCK] = "clock",
    [TOLD_UNTRACKED] = "untracked", [TOLD_DISAGREE] = "disagree", [TOLD_TWIN] = "twin", [TOLD_SUBSCRIBERS] = "subscribers",
};
const char *told_kind_name(enum told_kind k) {
    assert((unsigned)k < TOLD_KINDS && names[k]);
    return names[k];
}
/* A statement's own place in its sender's stream is not said: it would show how much its sender says and hears. */
void told_render_open(const struct state *st, const struct statement *cause, const struct effect *e, struct append *out) {
    (void)st;
    append_str(out, "{\"told\":\"");
    append_str(out, told_kind_name(e->kind));
    append_str(out, "\",\"place\":");
    append_format(out, "%llu", (unsigned long long)e->place);
    append_str(out, ",\"time\":\"");
    append_instant(out, cause->time);
    append_char(out, '"');
    if (e->desk.at[0] != '\0') {
        append_str(out, ",\"desk\":");
        append_json_string(out, name_text(&e->desk));
    }
    if (e->kind == TOLD_STATEMENT) {
        append_str(out, ",\"kind\":\"");
        append_str(out, statement_kind_name(cause->kind));
        append_str(out, "\",\"statement\":\"");
        append_hex(out, cause->hash.bytes, SHA256_SIZE);
        append_char(out, '"');
        if (cause->origin == ORIGIN_ATTESTED) { /* no note says whose it is */
            append_str(out, ",\"party\":");
            append_json_string(out, name_text(&cause->attested));
        }
    }
    if (e->json.size > 0) {
        append_char(out, ',');
        append_text(out, e->json);
    }
}
