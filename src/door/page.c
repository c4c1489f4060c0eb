/* `/`: the live picture as text, until there is a console. The server renders it; the only script fetches it anew and can be
 * paused. Shown is what is released to world; in an EXERCISE started with a demonstration page, what the operator sees. */
#include <sodium.h>

#include "door/door.h"
#include "door/limits.h"

static const char style[] =
    "body{background:#0d1620;color:#e6edf3;font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:84rem;padding:1rem 1.5rem}"
    "h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem;color:#b8c7d6}"
    ".mode{display:inline-block;border:2px solid #56b4e9;border-radius:.3rem;padding:0 .5rem;font-weight:700}"
    ".mode.live{border-color:#ffc20a}.quiet{color:#9fb0c0}"
    "table{border-collapse:collapse;width:100%;font:14px/1.45 ui-monospace,'IBM Plex Mono',monospace}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;border-bottom:1px solid #26384a}"
    "th{color:#9fb0c0;font-weight:600;border-bottom-color:#4a6076}td{overflow-wrap:anywhere}"
    ".advisory{border-left:4px solid #56b4e9}.caution,.warning{border-left:4px solid #ffc20a}.immediate{border-left:4px solid #ff5a4d;font-weight:700}"
    "tr.advisory td:first-child,tr.caution td:first-child,tr.warning td:first-child,tr.immediate td:first-child{padding-left:.6rem}"
    ".scroll{overflow-x:auto}button{font:inherit;color:inherit;background:#1b2a3a;border:1px solid #7d93a8;border-radius:.3rem;padding:.2rem .8rem}"
    "button:focus-visible,.scroll:focus-visible{outline:3px solid #ffc20a;outline-offset:2px}a{color:#8ecbff}";

static const char script[] =
    "(function(){var on=true,b=document.getElementById('pause'),p=document.getElementById('picture'),s=document.getElementById('link');"
    "b.hidden=false;b.onclick=function(){on=!on;b.textContent=on?'Pause':'Go on';s.textContent=on?'live':'paused'};"
    "setInterval(function(){if(!on)return;fetch('/picture',{cache:'no-store'}).then(function(r){if(!r.ok)throw 0;return r.text()})"
    ".then(function(t){if(on){p.innerHTML=t;s.textContent='live'}}).catch(function(){s.textContent='NO ANSWER from the server: this picture is old'})},2000)})();";

static void append_hash(struct append *out, const char *text) {
    struct hash h = sha256_of(text, strlen(text));
    append_str(out, "'sha256-");
    append_base64(out, h.bytes, sizeof h.bytes);
    append_char(out, '\'');
}

void page_begin(struct door *d) {
    struct append out = append_fixed(d->policy, sizeof d->policy - 1);
    append_str(&out, "default-src 'none';script-src ");
    append_hash(&out, script);
    append_str(&out, ";style-src ");
    append_hash(&out, style);
    append_str(&out, ";connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'");
    d->policy[out.size] = '\0';
}

static void append_html(struct append *out, struct text t) {
    for (size_t i = 0; i < t.size; i++) {
        switch (t.at[i]) {
        case '<': append_str(out, "&lt;"); break;
        case '>': append_str(out, "&gt;"); break;
        case '&': append_str(out, "&amp;"); break;
        case '"': append_str(out, "&quot;"); break;
        default: append_char(out, t.at[i]);
        }
    }
}

/* --- a view as a table: one row an item --- */
#define COLUMNS 9

struct table { enum view what; const char *title; bool open, each; const char *columns[COLUMNS]; };
/* open: to anybody. each: the items are each party's own, so a demonstration asks for every party in turn. Volumes show as
 * time and band: a person reads no coordinates off a table. */
static const struct table tables[] = {
    {VIEW_ALERTS, "Alerts", false, true, {"level", "told to", "kind", "own", "other", "time_to_entry_s", "distance_m", "entry", "steps"}},
    {VIEW_HOLDS, "Holds", false, false, {"state", "party", "asked", "notice", "reply", "until", "text", NULL}},
    {VIEW_NOTICES, "Notices", true, false, {"area", "party", "state", "category", "volumes", "text", "marks", "version", "id"}},
    {VIEW_FLIGHTS, "Flights", true, false, {"callsign", "party", "state", "volumes", "persons_on_board", "priority", "id", NULL}},
    {VIEW_TRACKS, "Tracks", false, true, {"callsign", "identity", "party", "feed", "at", "altitude", "speed_mps", "track_deg", "age_s"}},
    {VIEW_AREAS, "Areas of responsibility", false, false, {"name", "party", "volumes", NULL}},
    {VIEW_AGREEMENTS, "Agreements", false, false, {"name", "parties", "version", "in_force", "from", "until", NULL}},
    {VIEW_PARTIES, "Parties", false, false, {"party", "display", "zone", "desks", "operator", NULL}},
};

/* What tells a person nothing inside of a cell. */
static bool is_noise(struct text name) {
    static const char *const skip[] = {"prev", "statement", "public_key", "commit", "note", "sections", "hash", "root_key", "units", "last_statement", "id"};
    for (size_t i = 0; i < sizeof skip / sizeof skip[0]; i++)
        if (text_is(name, skip[i])) return true;
    return false;
}

static void append_value(struct append *out, const struct json *v, unsigned depth) {
    switch (v->kind) {
    case JSON_NULL: append_str(out, "–"); break;
    case JSON_BOOL: append_str(out, v->boolean ? "yes" : "no"); break;
    case JSON_NUMBER:
    case JSON_STRING: append_html(out, (struct text){v->string.at, v->string.size < 400 ? v->string.size : 400}); break;
    case JSON_ARRAY:
    case JSON_OBJECT: {
        unsigned shown = 0;
        if (depth == 3) {
            append_char(out, '(');
            append_decimal(out, v->count);
            append_char(out, ')');
            break;
        }
        for (const struct json *e = json_first(v); e != NULL && shown < 8; e = json_next(v, e)) {
            if (v->kind == JSON_OBJECT && (e->kind == JSON_NULL || is_noise(e->name))) continue;
            if (shown++ > 0) append_str(out, v->kind == JSON_ARRAY ? ", " : " ");
            if (v->kind == JSON_OBJECT && e->kind != JSON_NUMBER && e->kind != JSON_STRING) {
                append_html(out, e->name);
                append_char(out, ' ');
            }
            append_value(out, e, depth + 1);
        }
        if (v->count > 8) append_str(out, " …");
    }
    }
}

static void append_volumes(struct append *out, const struct json *volumes) {
    static const char *const members[] = {"start", "end", "lower", "upper"};
    const struct json *first = json_first(volumes);
    for (size_t i = 0; first != NULL && i < 4; i++) {
        const struct json *m = json_member(first, members[i]);
        if (m == NULL) continue;
        append_str(out, i == 1 || i == 3 ? " to " : i == 2 ? "<br>" : "");
        append_value(out, m, 0);
    }
    if (volumes->count > 1) append_format(out, "<br>and %u more", volumes->count - 1);
}

/* Of an agreement: the version in force; where none is, the newest. */
static const struct json *version_of(const struct json *item) {
    const struct json *versions = json_member(item, "versions"), *found = NULL;
    for (const struct json *v = json_first(versions); v != NULL; v = json_next(versions, v)) {
        const struct json *in_force = json_member(v, "in_force");
        found = v;
        if (in_force != NULL && in_force->boolean) break;
    }
    return found;
}

/* A length is rounded for reading; the interface has it whole. */
static void append_cell(struct append *out, const struct json *item, const char *name, struct text told_to) {
    const struct json *m = json_member(item, name), *version = m == NULL ? version_of(item) : NULL;
    if (version != NULL) m = json_member(version, name);
    append_str(out, "<td>");
    if (strcmp(name, "told to") == 0) append_html(out, told_to);
    else if (m == NULL) append_str(out, "–");
    else if (strcmp(name, "volumes") == 0 && m->kind == JSON_ARRAY) append_volumes(out, m);
    else if (strcmp(name, "distance_m") == 0 && m->kind == JSON_NUMBER) append_format(out, "%.1f km", m->number / 1000);
    else append_value(out, m, 0);
    append_str(out, "</td>");
}

static void append_row(struct append *out, const struct json *item, const struct table *t, struct text told_to) {
    static const char *const levels[] = {"advisory", "caution", "warning", "immediate"};
    const struct json *level = json_member(item, "level");
    append_str(out, "<tr");
    for (size_t i = 0; level != NULL && level->kind == JSON_STRING && i < 4; i++)
        if (text_is(level->string, levels[i])) append_format(out, " class=\"%s\"", levels[i]);
    append_char(out, '>');
    for (unsigned i = 0; i < COLUMNS && t->columns[i] != NULL; i++) append_cell(out, item, t->columns[i], told_to);
    append_str(out, "</tr>\n");
}

static void append_head(struct append *out, const struct table *t) {
    append_format(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>", t->title);
    for (unsigned i = 0; i < COLUMNS && t->columns[i] != NULL; i++) {
        append_str(out, "<th scope=\"col\">");
        for (const char *c = t->columns[i]; *c != '\0'; c++) append_char(out, *c == '_' ? ' ' : *c);
        append_str(out, "</th>");
    }
    append_str(out, "</tr></thead><tbody>\n");
}

/* The items of one reader as rows; how many there are. With `own`, only those that are the reader's own. UINT32_MAX: unreadable. */
static uint32_t append_rows(struct door *d, struct append *out, const struct table *t, uint16_t reader, bool own, uint32_t room) {
    struct fault f;
    const struct json *top = NULL;
    struct append text = append_growing(DOOR_REPLY_BYTES / 4);
    struct text name = reader == PARTY_NONE ? TEXT("") : name_text(state_party_name(node_state(d->node), reader));
    uint32_t count = 0;
    result r = view_render(node_state(d->node), reader, t->what, NULL, &text, &f);
    if (result_is_ok(r) && !text.full) r = json_parse(d->json, append_view(&text), JSON_OPEN, &top, &f);
    const struct json *items = result_is_ok(r) ? json_member(top, "items") : NULL;
    for (const struct json *item = json_first(items); item != NULL; item = json_next(items, item)) {
        const struct json *party = json_member(item, "party");
        if (own && party != NULL && party->kind == JSON_STRING && !text_equal(party->string, name)) continue;
        if (count++ < room) append_row(out, item, t, name);
    }
    append_free(&text);
    return items == NULL ? UINT32_MAX : count;
}

static void append_table(struct door *d, struct append *out, const struct table *t, bool demo) {
    struct append rows = append_growing(DOOR_REPLY_BYTES / 4);
    uint32_t parties = demo && t->each ? state_party_count(node_state(d->node)) : 1, count = 0;
    bool whole = true;
    for (uint32_t p = 0; p < parties && whole; p++) {
        uint16_t reader = !demo ? PARTY_NONE : t->each ? (uint16_t)p : PARTY_OPERATOR;
        uint32_t more = append_rows(d, &rows, t, reader, demo && t->each, count < DOOR_PAGE_ROWS ? DOOR_PAGE_ROWS - count : 0);
        whole = more != UINT32_MAX && !rows.full;
        if (whole) count += more;
    }
    append_format(out, "<h2>%s", t->title);
    if (count > 0) append_format(out, " <span class=\"quiet\">(%u)</span>", count);
    append_str(out, "</h2>\n");
    if (!whole) append_str(out, "<p>This list is too long for this page; the interface has it.</p>\n");
    else if (count == 0) append_str(out, "<p class=\"quiet\">None.</p>\n");
    if (whole && count > 0) {
        append_head(out, t);
        append_text(out, append_view(&rows));
        append_str(out, "</tbody></table></div>\n");
    }
    if (whole && count > DOOR_PAGE_ROWS) append_format(out, "<p class=\"quiet\">%u further ones are not shown on this page.</p>\n", count - DOOR_PAGE_ROWS);
    append_free(&rows);
}

static void append_picture(struct door *d, struct append *out) {
    const struct state *st = node_state(d->node);
    bool demo = d->settings.demo_page && !state_is_live(st);
    append_str(out, "<p><time>");
    append_instant(out, clock_now(&d->clock));
    append_format(out, "</time> UTC%s · tick %llu · log ", clock_unsure(&d->clock) ? " · <strong>CLOCK UNSURE</strong>" : "", (unsigned long long)state_tick(st));
    append_hex(out, node_log_hash(d->node)->bytes, 6);
    append_str(out, demo ? "… · a demonstration: every party's view at once</p>\n" : "… · what is released to the world</p>\n");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (demo || tables[i].open) append_table(d, out, &tables[i], demo);
}

static void reply_html(struct door *d, struct request *r, struct append *body) {
    if (body->full) {
        append_free(body);
        struct problem p = {.status = 422, .code = "too-large", .rule = TEXT("the picture is too long for this page; see the interface")};
        door_reply_problem(d, r, &p);
        return;
    }
    request_add_header(r, "Content-Security-Policy", d->policy);
    door_reply(d, r, 200, "text/html; charset=utf-8", body);
}

void page_picture(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(DOOR_REPLY_BYTES);
    (void)m;
    append_picture(d, &body);
    reply_html(d, r, &body);
}

void page_get(struct door *d, struct request *r, const struct match *m) {
    struct append body = append_growing(DOOR_REPLY_BYTES);
    bool live = state_is_live(node_state(d->node));
    (void)m;
    append_str(&body, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Parley – ");
    append_html(&body, state_origin(node_state(d->node)));
    append_str(&body, "</title><style>");
    append_str(&body, style);
    append_str(&body, "</style></head><body>\n<header><h1>Parley <span class=\"mode");
    append_str(&body, live ? " live\">LIVE" : "\">EXERCISE");
    append_str(&body, "</span> ");
    append_html(&body, state_origin(node_state(d->node)));
    append_str(&body, "</h1>\n<p><span id=\"link\" role=\"status\">as of loading</span> <button id=\"pause\" type=\"button\" hidden>Pause</button> <a href=\"/v1/openapi.json\">interface</a></p></header>\n<main id=\"picture\">\n");
    append_picture(d, &body);
    append_str(&body, "</main>\n<script>");
    append_str(&body, script);
    append_str(&body, "</script></body></html>\n");
    reply_html(d, r, &body);
}
