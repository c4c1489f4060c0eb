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
    "th{color:#9fb0c0;font-weight:600;border-bottom-color:#4a6076}td.word{overflow-wrap:anywhere}"
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

/* --- a view as a table: one row an item, one column a member that any of the first items has --- */
#define COLUMNS 14
#define ROWS 200

struct columns { struct text name[COLUMNS]; unsigned count; };

/* What tells a person nothing: shapes' points and hashes. */
static bool is_noise(struct text name) {
    static const char *const skip[] = {"volumes", "prev", "statement", "public_key", "commit", "note", "sections", "marks", "hash", "root_key"};
    for (size_t i = 0; i < sizeof skip / sizeof skip[0]; i++)
        if (text_is(name, skip[i])) return true;
    return false;
}

static void collect_columns(const struct json *items, struct columns *c) {
    unsigned seen = 0;
    c->count = 0;
    for (const struct json *item = json_first(items); item != NULL && seen < 50; item = json_next(items, item), seen++) {
        for (const struct json *m = json_first(item); m != NULL; m = json_next(item, m)) {
            unsigned i = 0;
            while (i < c->count && !text_equal(c->name[i], m->name)) i++;
            if (i == c->count && c->count < COLUMNS && !is_noise(m->name)) c->name[c->count++] = m->name;
        }
    }
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
            if (v->kind == JSON_OBJECT && is_noise(e->name)) continue;
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

static const struct json *member(const struct json *item, struct text name) {
    for (const struct json *m = json_first(item); m != NULL; m = json_next(item, m))
        if (text_equal(m->name, name)) return m;
    return NULL;
}

static void append_row(struct append *out, const struct json *item, const struct columns *c) {
    static const char *const levels[] = {"advisory", "caution", "warning", "immediate"};
    const struct json *level = json_member(item, "level");
    const char *class = NULL;
    for (size_t i = 0; level != NULL && level->kind == JSON_STRING && i < 4; i++)
        if (text_is(level->string, levels[i])) class = levels[i];
    append_str(out, "<tr");
    if (class != NULL) append_format(out, " class=\"%s\"", class);
    append_char(out, '>');
    for (unsigned i = 0; i < c->count; i++) {
        const struct json *m = member(item, c->name[i]);
        append_str(out, "<td class=\"word\">");
        if (m != NULL) append_value(out, m, 0);
        append_str(out, "</td>");
    }
    append_str(out, "</tr>\n");
}

static void append_table(struct append *out, const char *title, const struct json *items) {
    struct columns c;
    collect_columns(items, &c);
    append_format(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>", title);
    for (unsigned i = 0; i < c.count; i++) {
        append_str(out, "<th scope=\"col\">");
        for (size_t k = 0; k < c.name[i].size; k++) append_html(out, c.name[i].at[k] == '_' ? TEXT(" ") : (struct text){c.name[i].at + k, 1});
        append_str(out, "</th>");
    }
    append_str(out, "</tr></thead><tbody>\n");
    unsigned rows = 0;
    for (const struct json *item = json_first(items); item != NULL && rows < ROWS; item = json_next(items, item), rows++) append_row(out, item, &c);
    append_str(out, "</tbody></table></div>\n");
    if (items->count > ROWS) append_format(out, "<p class=\"quiet\">%u further ones are not shown on this page.</p>\n", items->count - ROWS);
}

static void append_view_of(struct door *d, struct append *out, uint16_t reader, enum view what, const char *title) {
    struct fault f;
    const struct json *top = NULL;
    struct append text = append_growing(DOOR_REPLY_BYTES / 4);
    append_format(out, "<h2>%s", title);
    result r = view_render(node_state(d->node), reader, what, NULL, &text, &f);
    if (result_is_ok(r) && !text.full) r = json_parse(d->json, append_view(&text), JSON_OPEN, &top, &f);
    const struct json *items = top == NULL ? NULL : json_member(top, "items");
    if (!result_is_ok(r) || items == NULL || items->kind != JSON_ARRAY) {
        append_str(out, "</h2>\n<p>This list is too long for this page; see the interface.</p>\n");
    } else if (items->count == 0) {
        append_str(out, "</h2>\n<p class=\"quiet\">None.</p>\n");
    } else {
        append_format(out, " <span class=\"quiet\">(%u)</span></h2>\n", items->count);
        append_table(out, title, items);
    }
    append_free(&text);
}

static void append_picture(struct door *d, struct append *out) {
    static const struct { enum view what; const char *title; bool open; } views[] = {
        {VIEW_ALERTS, "Alerts", false}, {VIEW_HOLDS, "Holds", false}, {VIEW_NOTICES, "Notices", true}, {VIEW_FLIGHTS, "Flights", true},
        {VIEW_TRACKS, "Tracks", false}, {VIEW_AREAS, "Areas of responsibility", false}, {VIEW_AGREEMENTS, "Agreements", false}, {VIEW_PARTIES, "Parties", false}};
    const struct state *st = node_state(d->node);
    bool demo = d->options->demo_page && !state_is_live(st);
    append_str(out, "<p><time>");
    append_instant(out, clock_now(&d->clock));
    append_format(out, "</time> UTC%s · tick %llu · log ", clock_unsure(&d->clock) ? " · <strong>CLOCK UNSURE</strong>" : "", (unsigned long long)state_tick(st));
    append_hex(out, node_log_hash(d->node)->bytes, 6);
    append_str(out, demo ? "… · the operator's view</p>\n" : "… · what is released to the world</p>\n");
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (demo || views[i].open) append_view_of(d, out, demo ? PARTY_OPERATOR : PARTY_NONE, views[i].what, views[i].title);
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
