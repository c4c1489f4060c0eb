// The only C++ of the tree: simdjson's DOM behind json_dom.h. No exception is thrown or passes through: every call used here
// returns an error code.
#include <simdjson.h>

#include <new>

#include "base/json_dom.h"

using simdjson::dom::element;
using simdjson::dom::element_type;

struct json_dom {
    simdjson::dom::parser parser;
};

namespace {

constexpr size_t deepest = 64;  // above both dialects, as the scan has checked the depth

// Where the filling stands in the nodes; `same` turns false when simdjson reads another document than the scan did.
struct filler {
    json *nodes;
    size_t count, at;
    bool same;
};

text text_from(std::string_view v) { return text{v.data(), v.size()}; }

json_kind kind_of(element_type type) {
    switch (type) {
        case element_type::ARRAY: return JSON_ARRAY;
        case element_type::OBJECT: return JSON_OBJECT;
        case element_type::STRING: return JSON_STRING;
        case element_type::BOOL: return JSON_BOOL;
        case element_type::NULL_VALUE: return JSON_NULL;
        default: return JSON_NUMBER;
    }
}

void fill(filler &f, element value, text name);

void fill_children(filler &f, element value, json *node) {
    size_t children = 0;
    if (node->kind == JSON_ARRAY) {
        simdjson::dom::array array;
        f.same = f.same && value.get(array) == simdjson::SUCCESS;
        if (!f.same) return;
        for (element child : array) {
            fill(f, child, text{"", 0});
            if (!f.same) return;
            children++;
        }
    } else {
        simdjson::dom::object object;
        f.same = f.same && value.get(object) == simdjson::SUCCESS;
        if (!f.same) return;
        for (simdjson::dom::key_value_pair member : object) {
            fill(f, member.value, text_from(member.key));
            if (!f.same) return;
            children++;
        }
    }
    f.same = children == node->count && f.nodes + f.at == node + node->next;
}

// Recursive: at most 32 deep, as the scan has found.
void fill(filler &f, element value, text name) {
    if (f.at == f.count || f.nodes[f.at].kind != kind_of(value.type())) {
        f.same = false;
        return;
    }
    json *node = &f.nodes[f.at++];
    node->name = name;
    std::string_view string;
    switch (node->kind) {
        case JSON_ARRAY:
        case JSON_OBJECT: fill_children(f, value, node); break;
        case JSON_STRING:
            f.same = value.get(string) == simdjson::SUCCESS;
            if (f.same) node->string = text_from(string);
            break;
        case JSON_NUMBER: f.same = value.get(node->number) == simdjson::SUCCESS; break;
        case JSON_BOOL: f.same = value.get(node->boolean) == simdjson::SUCCESS; break;
        case JSON_NULL: break;
    }
}

}  // namespace

json_dom *json_dom_new(size_t largest) {
    json_dom *d = new (std::nothrow) json_dom;
    if (d == nullptr) return nullptr;
    size_t capacity = largest < 64 ? 64 : largest;
    if (d->parser.allocate(capacity, deepest) == simdjson::SUCCESS &&
        d->parser.doc.allocate(capacity) == simdjson::SUCCESS)
        return d;
    delete d;
    return nullptr;
}

void json_dom_free(json_dom *d) { delete d; }

size_t json_dom_padding(void) { return simdjson::SIMDJSON_PADDING; }

bool json_dom_fill(json_dom *d, const char *text, size_t size, json *nodes, size_t count, const char **why) {
    element top;
    simdjson::error_code error =
        d->parser.parse(reinterpret_cast<const uint8_t *>(text), size, false).get(top);
    if (error != simdjson::SUCCESS) {
        *why = error == simdjson::NUMBER_ERROR ? nullptr : simdjson::error_message(error);
        return false;
    }
    filler f{nodes, count, 0, true};
    fill(f, top, ::text{"", 0});
    *why = "two readers disagree about this text";
    return f.same && f.at == count;
}
