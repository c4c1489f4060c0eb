#include "door/exposition.h"

void exposition_head(struct append *out, const char *name, const char *type, const char *help) {
    append_format(out, "# HELP parley_%s %s\n# TYPE parley_%s %s\n", name, help, name, type);
}

void exposition_number(struct append *out, const char *name, const char *type, const char *help, uint64_t value) {
    exposition_head(out, name, type, help);
    append_format(out, "parley_%s %llu\n", name, (unsigned long long)value);
}

void exposition_seconds(struct append *out, const char *name, const char *type, const char *help, int64_t ns) {
    exposition_head(out, name, type, help);
    append_format(out, "parley_%s ", name);
    append_fixed_point(out, ns, 9);
    append_char(out, '\n');
}

void exposition_sample(struct append *out, const char *name, const char *label, const char *value, uint64_t number) {
    append_format(out, "parley_%s{%s=\"%s\"} %llu\n", name, label, value, (unsigned long long)number);
}

void exposition_sample_text(struct append *out, const char *name, const char *label, struct text value, uint64_t number) {
    append_format(out, "parley_%s{%s=", name, label);
    append_json_string(out, value);
    append_format(out, "} %llu\n", (unsigned long long)number);
}

void exposition_histogram(struct append *out, const char *name, const char *help, const struct histogram *h) {
    unsigned places = h->bounds == &histogram_times ? 9 : 0;
    uint64_t count = 0;
    if (h->bounds == NULL) return; /* nobody measures it here */
    exposition_head(out, name, "histogram", help);
    for (unsigned i = 0; i < h->bounds->count; i++) {
        count += h->counts[i];
        append_format(out, "parley_%s_bucket{le=\"", name);
        append_fixed_point(out, h->bounds->at[i], places);
        append_format(out, "\"} %llu\n", (unsigned long long)count);
    }
    append_format(out, "parley_%s_bucket{le=\"+Inf\"} %llu\nparley_%s_sum ", name, (unsigned long long)histogram_count(h), name);
    append_fixed_point(out, (int64_t)h->sum, places);
    append_format(out, "\nparley_%s_count %llu\n", name, (unsigned long long)histogram_count(h));
}
