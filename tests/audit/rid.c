/* F3411: identification service areas and their subscriptions, both versions over one list. Written from FORMAT.md, "dss". What meets is asked of geometry.c, whose
 * third answer leaves it to the server; what ended more than a day ago may be gone. */
#include <stdio.h>
#include <stdlib.h>

#include "inner.h"

#define OLD (300 * SECOND) /* a start may be so long ago */
enum { TEN = 10 };

/* ---- what was asked ---- */
struct call {
    bool area, v2, put, has_version; const char *sub; char id[40]; uint64_t version;
    json_t *request; const json_t *body; struct rid_place where; bool has_start, has_end; int64_t start, end; const char *url;
};
static bool version_read(const char *text, uint64_t *out) {
    size_t n = strlen(text);
    if (n == 0 || n > 13) return false;
    for (*out = 0; *text; text++) {
        int digit = *text >= '0' && *text <= '9' ? *text - '0' : *text >= 'a' && *text <= 'v' ? *text - 'a' + 10 : -1;
        if (digit < 0 || *out >> 58) return false;
        *out = *out * 32 + (uint64_t)digit;
    }
    return true;
}
static bool path_read(struct call *x, const char *path) {
    static const char *const roots[] = {"/v1/dss/identification_service_areas/", "/v1/dss/subscriptions/", "/rid/v2/dss/identification_service_areas/", "/rid/v2/dss/subscriptions/"};
    for (int i = 0; i < 4; i++) {
        size_t n = strlen(roots[i]);
        if (strncmp(path, roots[i], n) != 0) continue;
        x->area = i % 2 == 0;
        x->v2 = i >= 2;
        const char *rest = path + n, *slash = strchr(rest, '/');
        if ((slash ? (size_t)(slash - rest) : strlen(rest)) != 36) return false;
        for (int k = 0; k < 36; k++) x->id[k] = (char)(rest[k] >= 'A' && rest[k] <= 'F' ? rest[k] + 32 : rest[k]);
        x->has_version = slash != NULL;
        return !slash || version_read(slash + 1, &x->version);
    }
    return false;
}
static bool moment_read(const struct call *x, const json_t *extents, const char *name, bool up, bool *has, int64_t *out) {
    const json_t *m = json_object_get(extents, name);
    *has = m && !json_is_null(m);
    return !*has || place_instant(x->v2 ? text_of(m, "value") : json_is_string(m) ? json_string_value(m) : "", up, out);
}
static bool call_read(const struct step *c, struct call *x) {
    const struct part *p = record_part(c->r, REQUEST);
    *x = (struct call){.sub = text_of(c->s->claims, "sub"), .request = parse(p->bytes.at, p->bytes.size, true)};
    const char *method = text_of(x->request, "method");
    if (!x->request || !path_read(x, text_of(x->request, "path"))) return false;
    x->put = strcmp(method, "PUT") == 0;
    if (!x->put) return strcmp(method, "DELETE") == 0 && x->has_version;
    x->body = json_object_get(x->request, "body");
    const json_t *extents = json_object_get(x->body, "extents");
    x->url = text_of(!x->v2 && !x->area ? json_object_get(x->body, "callbacks") : x->body, x->v2 ? "uss_base_url" : x->area ? "flights_url" : "identification_service_area_url");
    const json_t *volume = json_object_get(extents, x->v2 ? "volume" : "spatial_volume");
    return place_outline(volume, x->v2 ? "outline_polygon" : "footprint", &x->where.volume, &x->where.unsure) && moment_read(x, extents, "time_start", false, &x->has_start, &x->start) && moment_read(x, extents, "time_end", true, &x->has_end, &x->end);
}

/* ---- what must become of it ---- */
static struct rid *find(struct audit *a, const struct call *x) {
    for (size_t i = 0; i < a->rids.count; i++)
        if (a->rids.at[i].area == x->area && strcmp(a->rids.at[i].id, x->id) == 0) return &a->rids.at[i];
    return NULL;
}
static void drop(struct audit *a, struct rid *e) {
    size_t i = (size_t)(e - a->rids.at);
    free(e->where.volume.at);
    free(e->owner);
    free(e->url);
    DROP(a->rids, i);
}
static enum answer meets(const struct rid_place *x, const struct rid_place *y) { return x->unsure || y->unsure ? EITHER : near_enough(&x->volume, &y->volume, 0); }
/* Times as they will stand; false: 400. */
static bool times_settle(struct call *x, const struct rid *old, int64_t now) {
    if (x->has_start && x->start < now - OLD) return false;
    if (!x->has_start) x->start = old ? old->start : now;
    if (!x->has_end) x->end = old ? old->end : x->start + DAY;
    return x->end >= x->start && (x->area || x->end - x->start <= DAY);
}
/* Others of this owner that have not ended and hold a vertex of one of them, or of the request, which the request holds, too: so many are at one place for sure. */
static int sure_at(const struct audit *a, const struct call *x, const struct rid *self, const struct point *at, int64_t now) {
    struct point p = *at;
    struct rid_place here = {.volume = {.shape = CIRCLE, .count = 1, .at = &p, .reach_cm = 1}};
    int n = 0;
    volume_cap(&here.volume);
    if (meets(&here, &x->where) != YES) return 0;
    for (size_t i = 0; i < a->rids.count; i++) {
        const struct rid *e = &a->rids.at[i];
        n += !e->area && e != self && strcmp(e->owner, x->sub) == 0 && e->end >= now && meets(&here, &e->where) == YES;
    }
    return n;
}
static bool full_for_sure(const struct audit *a, const struct call *x, const struct rid *self, int64_t now) {
    if (x->end < now) return false;
    for (uint32_t i = 0; i < x->where.volume.count; i++)
        if (sure_at(a, x, self, &x->where.volume.at[i], now) >= TEN) return true;
    for (size_t i = 0; i < a->rids.count; i++)
        for (uint32_t k = 0; !a->rids.at[i].area && k < a->rids.at[i].where.volume.count; k++)
            if (sure_at(a, x, self, &a->rids.at[i].where.volume.at[k], now) >= TEN) return true;
    return false;
}
static bool ten_near(const struct audit *a, const struct call *x, const struct rid *self, int64_t now) {
    int n = 0;
    for (size_t i = 0; i < a->rids.count; i++) {
        const struct rid *e = &a->rids.at[i];
        if (!e->area && e != self && strcmp(e->owner, x->sub) == 0 && e->end >= now) n += e->where.unsure || x->where.unsure || near_enough(&e->where.volume, &x->where.volume, 2000) != NO;
    }
    return n >= TEN;
}
static int expected(struct call *x, const struct rid *old, int64_t now) {
    bool owns = old && strcmp(old->owner, x->sub) == 0, current = old && x->has_version && x->version == old->version;
    if (x->put && !x->has_version) return !times_settle(x, NULL, now) ? 400 : old ? 409 : 200;
    if (!old) return x->put ? 400 : 404;
    if (x->put && x->area && !owns) return 403;
    if (!current) return 409;
    if (!owns) return 403;
    return x->put && !times_settle(x, old, now) ? 400 : 200;
}

/* ---- the reply ---- */
static uint64_t version_made(const struct call *x, const json_t *claims) {
    uint8_t id[16], entropy[32];
    struct hash h;
    char hex[33] = "";
    for (int i = 0, n = 0; i < 36 && n < 32; i++)
        if (x->id[i] != '-') hex[n++] = x->id[i];
    const char *drawn = text_of(claims, "entropy");
    if (!hex_read(hex, 32, id, 16) || !hex_read(drawn, strlen(drawn), entropy, 32)) return 0;
    struct digest *d = digest_new();
    digest_add(d, "parley/dss/1\n", 13);
    digest_add(d, "version\0", 8);
    digest_add(d, id, 16);
    digest_add(d, entropy, 32);
    digest_end(d, &h);
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v = v << 8 | h.at[i];
    return (v & (UINT64_MAX >> 2)) | UINT64_C(1) << 62;
}
static void entity_judge(struct audit *a, const struct call *x, const struct rid *e, const json_t *shown) {
    uint64_t version;
    int64_t start = NEVER, end = NEVER;
    const json_t *s = json_object_get(shown, "time_start"), *t = json_object_get(shown, "time_end");
    const char *url = text_of(!x->v2 && !e->area ? json_object_get(shown, "callbacks") : shown, x->v2 ? "uss_base_url" : e->area ? "flights_url" : "identification_service_area_url");
    bool good = version_read(text_of(shown, "version"), &version) && version == e->version && strcmp(text_of(shown, "id"), e->id) == 0 && strcmp(text_of(shown, "owner"), e->owner) == 0 && strcmp(url, e->url) == 0;
    good = good && time_read(x->v2 ? text_of(s, "value") : text_of(shown, "time_start"), &start) && time_read(x->v2 ? text_of(t, "value") : text_of(shown, "time_end"), &end) && start == e->start && end == e->end;
    if (!good || (!e->area && json_number_value(json_object_get(shown, "notification_index")) != (double)e->index)) wrong(a, "dss", "%s %s is shown as it is not", e->area ? "area" : "subscription", e->id);
}
static bool told_of(const json_t *subscribers, const struct rid *e, int64_t *index) {
    bool found = false;
    for (size_t i = 0; i < json_array_size(subscribers); i++) {
        const json_t *entry = json_array_get(subscribers, i), *list = json_object_get(entry, "subscriptions");
        for (size_t k = 0; strcmp(text_of(entry, "url"), e->url) == 0 && k < json_array_size(list); k++) {
            if (strcmp(text_of(json_array_get(list, k), "subscription_id"), e->id) != 0) continue;
            if (found) return false; /* twice */
            found = true;
            *index = (int64_t)json_number_value(json_object_get(json_array_get(list, k), "notification_index"));
        }
    }
    return found;
}
static void told_judge_all(struct audit *a, const struct rid_place *was, const struct rid_place *is, int64_t now, const json_t *subscribers) {
    size_t listed = 0, met = 0;
    for (size_t i = 0; i < json_array_size(subscribers); i++) {
        const json_t *entry = json_array_get(subscribers, i);
        listed += json_array_size(json_object_get(entry, "subscriptions"));
        if (i > 0 && strcmp(text_of(json_array_get(subscribers, i - 1), "url"), text_of(entry, "url")) >= 0) wrong(a, "dss", "subscribers are not in order of URLs, one for each");
    }
    for (size_t i = 0; i < a->rids.count; i++) {
        struct rid *e = &a->rids.at[i];
        if (e->area || e->end < now) continue;
        enum answer x = was ? meets(was, &e->where) : NO, y = is ? meets(is, &e->where) : NO, must = x == YES || y == YES ? YES : x == EITHER || y == EITHER ? EITHER : NO;
        int64_t index = -1;
        bool told = told_of(subscribers, e, &index);
        if (must == YES && !told) wrong(a, "dss", "subscription %s is not told", e->id);
        if (must == NO && told) wrong(a, "dss", "subscription %s is told of what is elsewhere", e->id);
        a->figure[G_EITHER] += must == EITHER;
        if (!told) continue;
        met++;
        if (index != ++e->index) wrong(a, "dss", "subscription %s has the index %lld, not %lld", e->id, (long long)index, (long long)e->index);
    }
    if (met != listed) wrong(a, "dss", "%zu are told who are none", listed - met);
}
static void areas_judge(struct audit *a, const struct call *x, const struct rid *s, int64_t now, const json_t *shown) {
    size_t met = 0;
    for (size_t i = 0; i < a->rids.count; i++) {
        const struct rid *e = &a->rids.at[i];
        if (!e->area || e->end < now) continue;
        enum answer must = meets(&s->where, &e->where);
        const json_t *found = NULL;
        for (size_t k = 0; k < json_array_size(shown); k++)
            if (strcmp(text_of(json_array_get(shown, k), "id"), e->id) == 0) found = json_array_get(shown, k);
        if ((must == YES && !found) || (must == NO && found)) wrong(a, "dss", "area %s is %s a new subscription", e->id, found ? "shown elsewhere to" : "not shown to");
        a->figure[G_EITHER] += must == EITHER;
        met += found != NULL;
        if (found) entity_judge(a, x, e, found);
    }
    if (met != json_array_size(shown)) wrong(a, "dss", "areas are shown that are not there");
}

/* ---- one call ---- */
static void accepted(struct audit *a, const struct step *c, struct call *x, struct rid *old, const json_t *reply) {
    int64_t now = c->r->exact;
    const json_t *shown = json_object_get(reply, x->area ? "service_area" : "subscription");
    if (!x->put) {
        if (x->area) told_judge_all(a, &old->where, NULL, now, json_object_get(reply, "subscribers"));
        entity_judge(a, x, old, shown);
        drop(a, old);
        return;
    }
    if (!x->area && full_for_sure(a, x, old, now)) wrong(a, "dss", "subscription %s is the eleventh at its place", x->id);
    if (x->area) told_judge_all(a, old ? &old->where : NULL, &x->where, now, json_object_get(reply, "subscribers"));
    struct rid *e = old ? old : ADD(a->rids);
    if (old) free(e->where.volume.at), free(e->url);
    else snprintf(e->id, sizeof e->id, "%s", x->id), e->area = x->area, e->owner = strdup(x->sub);
    e->where = x->where;
    x->where.volume.at = NULL;
    e->start = x->start, e->end = x->end, e->url = strdup(x->url), e->version = version_made(x, c->s->claims);
    entity_judge(a, x, e, shown);
    if (!x->area) areas_judge(a, x, e, now, json_object_get(reply, "service_areas"));
}
/* Of the owner's share, in which what ended more than a day ago makes room. */
static enum answer room_lacks(const struct audit *a, const struct call *x, const struct rid *old) {
    struct room more[2], less[2] = {{0}, {0}};
    more[0] = rid_room(&x->where, x->url, x->area);
    if (old) {
        less[0] = rid_room(&old->where, old->url, old->area);
        more[0].references -= less[0].references;
        more[0].subscriptions -= less[0].subscriptions;
        less[0].references = less[0].subscriptions = 0;
    }
    more[1] = more[0];
    less[1] = less[0];
    if (x->where.unsure) more[1].points += 1000; /* edges that are cut */
    if (old && (old->where.unsure || old->end < a->time - DAY)) return EITHER;
    return f3548_full(a, x->sub, more, less);
}
void rid_judge(struct audit *a, const struct step *c) {
    struct call x;
    const json_t *outcome = c->r->outcome;
    int status = (int)json_number_value(json_object_get(outcome, "status"));
    if (!call_read(c, &x)) a->figure[G_UNJUDGED]++;
    else {
        struct rid *old = find(a, &x);
        int64_t now = c->r->exact;
        int must = expected(&x, old, now);
        if (old && old->end < now - DAY && status != must) { /* it made room for others, which shows in nothing else */
            drop(a, old);
            old = NULL;
            must = expected(&x, NULL, now);
        }
        bool full = status == 429 && must == 200 && x.put, placed = strncmp(text_of(outcome, "detail"), "/extents", 8) == 0;
        enum answer lacks = x.put && must == 200 ? room_lacks(a, &x, old) : NO;
        if (full && !placed && lacks == NO) wrong(a, "dss", "%s %s is refused for want of room that there is", x.area ? "area" : "subscription", x.id);
        if (status == 200 && lacks == YES) wrong(a, "dss", "%s %s passes its owner's share", x.area ? "area" : "subscription", x.id);
        if (full && placed && (x.area || !ten_near(a, &x, old, now))) wrong(a, "dss", "subscription %s is refused, and no ten are near", x.id);
        if (!full && status != must) wrong(a, "dss", "%s %s: %d, not %d", x.area ? "area" : "subscription", x.id, status, must);
        else if (status == 200) accepted(a, c, &x, old, json_object_get(outcome, "reply"));
        a->figure[G_RIDS]++;
    }
    free(x.where.volume.at);
    json_decref(x.request);
}
void rid_free(struct audit *a) {
    while (a->rids.count > 0) drop(a, &a->rids.at[a->rids.count - 1]);
    free(a->rids.at);
}
