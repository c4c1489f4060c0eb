/* The JSON door's reader: copy, scan, fill, look for duplicates. */
#include <assert.h>
#include <stdlib.h>

#include "base/json_dom.h"
#include "base/json_scan.h"

struct json_reader {
    size_t largest;
    char *copy; /* the document and simdjson's padding */
    struct json *nodes;
    uint32_t *name_at;
    uint32_t *order; /* of one object's members while duplicates are looked for */
    struct json_dom *dom;
};

/* A member takes five bytes at least: "":1, */
static size_t most_members(size_t size) { return size / 5 + 1; }

struct json_reader *json_reader_new(size_t largest) {
    assert(largest < (size_t)1 << 31); /* nodes are counted in 32 bits */
    struct json_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->largest = largest;
    r->copy = malloc(largest + json_dom_padding());
    r->nodes = malloc(json_scan_nodes(largest) * sizeof *r->nodes);
    r->name_at = malloc(json_scan_nodes(largest) * sizeof *r->name_at);
    r->order = malloc(most_members(largest) * sizeof *r->order);
    r->dom = json_dom_new(largest);
    if (r->copy != NULL && r->nodes != NULL && r->name_at != NULL && r->order != NULL && r->dom != NULL) return r;
    json_reader_free(r);
    return NULL;
}

void json_reader_free(struct json_reader *r) {
    if (r == NULL) return;
    if (r->dom != NULL) json_dom_free(r->dom);
    free(r->order);
    free(r->name_at);
    free(r->nodes);
    free(r->copy);
    free(r);
}

/* --- duplicate names --- */

/* Any order that has equal names side by side, and of equal names the earlier first: size decides before bytes, because
 * that is quick. */
static bool is_before(const struct json *nodes, uint32_t a, uint32_t b) {
    struct text x = nodes[a].name, y = nodes[b].name;
    if (x.size != y.size) return x.size < y.size;
    int order = x.size == 0 ? 0 : memcmp(x.at, y.at, x.size);
    return order != 0 ? order < 0 : a < b;
}

static void sift(const struct json *nodes, uint32_t *heap, size_t size, size_t at) {
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= size) return;
        if (child + 1 < size && is_before(nodes, heap[child], heap[child + 1])) child++;
        if (!is_before(nodes, heap[at], heap[child])) return;
        uint32_t held = heap[at];
        heap[at] = heap[child];
        heap[child] = held;
        at = child;
    }
}

/* Heapsort: n log n whatever a hostile sender writes, in place. */
static void sort_names(const struct json *nodes, uint32_t *order, size_t size) {
    for (size_t at = size / 2; at > 0; at--) sift(nodes, order, size, at - 1);
    for (size_t left = size; left > 1; left--) {
        uint32_t held = order[0];
        order[0] = order[left - 1];
        order[left - 1] = held;
        sift(nodes, order, left - 1, 0);
    }
}

/* Few names are compared each with each: sizes tell most of them apart, and a heap of ten costs as much as all else that is done for them. */
#define FEW_NAMES 16
static size_t find_among_few(const struct json *nodes, const uint32_t *order, size_t count) {
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (text_equal(nodes[order[k]].name, nodes[order[i]].name)) return order[i];
    return 0;
}

/* The index of a member whose name an earlier member of the same object has; 0 when there is none (0 is the top). */
static size_t find_duplicate(const struct json_reader *r, size_t object) {
    const struct json *nodes = r->nodes;
    size_t count = nodes[object].count, member = object + 1;
    assert(count <= most_members(r->largest));
    for (size_t i = 0; i < count; i++) {
        r->order[i] = (uint32_t)member;
        member += nodes[member].next;
    }
    if (count <= FEW_NAMES) return find_among_few(nodes, r->order, count);
    sort_names(nodes, r->order, count);
    size_t found = 0;
    for (size_t i = 1; i < count; i++)
        if (text_equal(nodes[r->order[i - 1]].name, nodes[r->order[i]].name) && (found == 0 || r->order[i] < found))
            found = r->order[i];
    return found;
}

static result refuse_duplicates(const struct json_reader *r, size_t count, struct fault *f) {
    for (size_t at = 0; at < count; at++) {
        size_t second = r->nodes[at].kind == JSON_OBJECT ? find_duplicate(r, at) : 0;
        if (second == 0) continue;
        char path[128];
        json_path(r->nodes, second, path, sizeof path);
        return fail(f, RESULT_MALFORMED, path, "byte %u: the object has a member of this name before", r->name_at[second]);
    }
    return OK;
}

result json_parse(struct json_reader *r, struct text in, enum json_dialect dialect, const struct json **top,
                  struct fault *f) {
    *top = NULL;
    if (in.size > r->largest)
        return fail(f, RESULT_TOO_LARGE, "/", "%zu bytes of JSON; at most %zu", in.size, r->largest);
    if (in.size > 0) memcpy(r->copy, in.at, in.size);
    memset(r->copy + in.size, 0, json_dom_padding());
    struct json_scan scan = {
        .text = {r->copy, in.size}, .dialect = dialect, .nodes = r->nodes, .name_at = r->name_at};
    TRY(json_scan(&scan, f));
    const char *why;
    if (!json_dom_fill(r->dom, r->copy, in.size, r->nodes, scan.count, &why))
        return fail(f, RESULT_MALFORMED, "/", "%s", why != NULL ? why : "a number is beyond the range of doubles");
    TRY(refuse_duplicates(r, scan.count, f));
    *top = r->nodes;
    return OK;
}
