#include "base/span.h"

#include "base/instant.h"

/* One decimal below ten, none above. */
static void put(struct append *a, uint64_t tenths, const char *unit) {
    if (tenths < 100) append_format(a, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), unit);
    else append_format(a, "%llu %s", (unsigned long long)(tenths / 10), unit);
}

void append_span(struct append *a, int64_t ns) {
    static const struct { int64_t least, each; const char *unit; } whole[] = {
        {48 * INSTANT_HOUR, INSTANT_DAY, "days"}, {2 * INSTANT_HOUR, INSTANT_HOUR, "h"}, {2 * INSTANT_MINUTE, INSTANT_MINUTE, "min"}};
    if (ns < 0) ns = 0;
    if (ns > 365 * INSTANT_DAY) {
        append_str(a, "more than a year");
        return;
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (ns < whole[i].least) continue;
        append_format(a, "%lld %s", (long long)(ns / whole[i].each), whole[i].unit);
        return;
    }
    if (ns >= INSTANT_SECOND) put(a, (uint64_t)ns / 100000000, "s");
    else if (ns < 1000) append_str(a, "0 s");
    else if (ns < 1000000) append_format(a, "%lld us", (long long)(ns / 1000));
    else put(a, (uint64_t)ns / 100000, "ms");
}

void append_size(struct append *a, uint64_t bytes) {
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        append_format(a, "%llu B", (unsigned long long)bytes);
        return;
    }
    unsigned i = 0;
    uint64_t tenths = bytes / 100;
    for (; tenths >= 10000; tenths /= 1000) i++;
    put(a, tenths, units[i]);
}

void append_thousands(struct append *a, int64_t number) {
    uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
    unsigned groups[7], count = 0; /* three digits each; 64 bits have up to twenty */
    do {
        groups[count++] = (unsigned)(rest % 1000);
        rest /= 1000;
    } while (rest > 0);
    if (number < 0) append_char(a, '-');
    append_format(a, "%u", groups[--count]);
    while (count > 0) append_format(a, ",%03u", groups[--count]);
}
