/* base/json_dom.h without simdjson, whose sources Debian has for no machine but its own: fills in what the scan has laid out. The scan
 * has checked grammar, escapes and UTF-8; tests/portable.py builds once with simdjson, so that the two readers are compared as well. */
#include <stdlib.h>

#include "base/json_dom.h"
#include "base/utf8.h"

struct json_dom {
    char *texts; /* unescaped, one after the other: never longer than the document */
    size_t used;
};

struct json_dom *json_dom_new(size_t largest) {
    struct json_dom *d = calloc(1, sizeof *d);
    if (d != NULL) d->texts = malloc(largest + 1);
    return d;
}
void json_dom_free(struct json_dom *d) {
    free(d->texts);
    free(d);
}
size_t json_dom_padding(void) { return 1; }

static uint32_t hex4(const char *at) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) v = v << 4 | (uint32_t)(at[i] <= '9' ? at[i] - '0' : (at[i] | 32) - 'a' + 10);
    return v;
}
static void put(struct json_dom *d, uint32_t byte) { d->texts[d->used++] = (char)byte; }
static struct text unescaped(struct json_dom *d, struct text in) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    size_t before = d->used;
    for (size_t i = 0; i < in.size; i++) {
        if (in.at[i] != '\\') {
            put(d, (uint8_t)in.at[i]);
            continue;
        }
        char c = in.at[++i];
        const char *known = memchr(from, c, sizeof from - 1);
        if (known != NULL) put(d, (uint8_t)to[known - from]);
        else if (c != 'u') put(d, (uint8_t)c);
        else {
            uint32_t unit = hex4(in.at + i + 1);
            i += 4;
            if (unit >= 0xD800 && unit < 0xDC00) { /* the scan has seen the other half */
                unit = 0x10000 + ((unit - 0xD800) << 10) + (hex4(in.at + i + 3) - 0xDC00);
                i += 6;
            }
            d->used += utf8_put(unit, d->texts + d->used);
        }
    }
    return (struct text){d->texts + before, d->used - before};
}

/* The scan keeps no place of true and false; no other word or number has a t or an f. */
static void fill_booleans(const char *text, size_t size, struct json *nodes, size_t count) {
    size_t node = 0;
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        if (inside && text[i] == '\\') i++;
        else if (text[i] == '"') inside = !inside;
        else if (!inside && (text[i] == 't' || text[i] == 'f')) {
            while (node < count && nodes[node].kind != JSON_BOOL) node++;
            nodes[node++].boolean = text[i] == 't';
        }
    }
}

bool json_dom_fill(struct json_dom *d, const char *text, size_t size, struct json *nodes, size_t count, const char **why) {
    *why = NULL;
    d->used = 0;
    fill_booleans(text, size, nodes, count);
    for (size_t i = 0; i < count; i++) {
        struct json *n = &nodes[i];
        n->name = unescaped(d, n->name);
        if (n->kind == JSON_STRING) n->string = unescaped(d, n->string);
        if (n->kind == JSON_NUMBER) {
            n->number = strtod(n->string.at, NULL); /* a byte that is no part of a number follows */
            if (n->number - n->number != 0) return false; /* beyond the range of doubles */
        }
    }
    return true;
}
