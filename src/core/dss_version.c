/* OVNs, versions and ids. What the server makes is a hash of the bytes that it drew for the request, so that nobody guesses it and whoever has the record can make it again. */
#include "core/dss_store.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct hash made_of(const struct dss_request *q, const char *what, uint8_t number) {
    struct sha256 s;
    struct hash h;
    sha256_init(&s);
    sha256_update(&s, "parley/dss/1\n", 13);
    sha256_update(&s, what, strlen(what));
    sha256_update(&s, &number, 1);
    sha256_update(&s, q->id.bytes, sizeof q->id.bytes);
    sha256_update(&s, q->entropy, DSS_ENTROPY);
    h = sha256_final(&s);
    return h;
}
struct dss_ovn dss_version_make(const struct dss_request *q, const char *what) {
    struct dss_ovn o = {.form = DSS_OVN_MADE};
    struct hash h = made_of(q, what, 0);
    memcpy(o.bytes, h.bytes, sizeof o.bytes);
    return o;
}
struct dss_ovn dss_ovn_make(const struct dss_request *q) {
    if (!q->has_suffix) return dss_version_make(q, "ovn");
    struct dss_ovn o = {.form = DSS_OVN_SUFFIX};
    memcpy(o.bytes, q->id.bytes, 16);
    memcpy(o.bytes + 16, q->suffix.bytes, 16);
    return o;
}
struct id dss_id_make(const struct state *st, const struct dss_request *q, enum dss_kind kind) {
    for (uint8_t n = 0;; n++) {
        struct id id;
        struct hash h = made_of(q, "id", n);
        memcpy(id.bytes, h.bytes, sizeof id.bytes);
        id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x40);
        id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
        if (dss_subscription_find(st, kind, &id) == ROW_NONE) return id;
        assert(n < UINT8_MAX); /* as many hits of 122 bits are no chance */
    }
}

/* ---- as text: 43 characters of the URL-safe alphabet, or two UUIDs ---- */
void dss_id_append(struct append *a, const struct id *id) {
    static const int ends[] = {4, 6, 8, 10, 16};
    for (int i = 0, from = 0; i < 5; from = ends[i++]) {
        if (i > 0) append_char(a, '-');
        append_hex(a, &id->bytes[from], (size_t)(ends[i] - from));
    }
}
void dss_ovn_append(struct append *a, const struct dss_ovn *o) {
    if (o->form == DSS_OVN_SUFFIX) {
        struct id half;
        memcpy(half.bytes, o->bytes, 16);
        dss_id_append(a, &half);
        append_char(a, '_');
        memcpy(half.bytes, o->bytes + 16, 16);
        dss_id_append(a, &half);
        return;
    }
    char text[43];
    uint32_t bits = 0, have = 0, at = 0;
    for (int i = 0; i < 32; i++) {
        bits = bits << 8 | o->bytes[i];
        for (have += 8; have >= 6; have -= 6) text[at++] = digits[bits >> (have - 6) & 63];
    }
    text[at++] = digits[bits << (6 - have) & 63];
    assert(at == sizeof text);
    append_bytes(a, text, sizeof text);
}
static bool uuid_read(const char *at, uint8_t out[16]) {
    char hex[32];
    int n = 0;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (at[i] == '-')) return false;
        if (!dash) hex[n++] = at[i];
    }
    return hex_read((struct text){hex, sizeof hex}, out, 16);
}
bool dss_ovn_read(struct text t, struct dss_ovn *out) {
    memset(out, 0, sizeof *out);
    if (t.size == 73) {
        out->form = DSS_OVN_SUFFIX;
        return t.at[36] == '_' && uuid_read(t.at, out->bytes) && uuid_read(t.at + 37, out->bytes + 16);
    }
    if (t.size != 43) return false;
    uint32_t bits = 0, have = 0, at = 0;
    for (size_t i = 0; i < t.size; i++) {
        const char *digit = t.at[i] != '\0' ? strchr(digits, t.at[i]) : NULL;
        if (digit == NULL) return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        if ((have += 6) >= 8) out->bytes[at++] = (uint8_t)(bits >> (have -= 8));
    }
    return (bits & ((1u << have) - 1)) == 0; /* one text for each */
}
bool dss_ovn_is(const struct dss_ovn *o, struct text t) {
    struct dss_ovn said;
    return dss_ovn_read(t, &said) && said.form == o->form && memcmp(said.bytes, o->bytes, sizeof said.bytes) == 0;
}
