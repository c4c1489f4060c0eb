/* The store of F3548 against plain lists: what meets, what is missing in a key, who is notified, what a query shows; over snapshots, and told again. */
#include "dss_world.h"

#include "saved.h"

#include <math.h>

#define OI "/dss/v1/operational_intent_references"
#define CR "/dss/v1/constraint_references"
#define SUB "/dss/v1/subscriptions"
enum { THINGS = 120, VOLUMES = 3 };
static struct doors x;
static uint64_t drawn;
static uint32_t below(uint32_t n) {
    drawn = drawn * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((drawn >> 33) % n);
}
static const char *const people[] = {"ann", "bob", "cat", "dan"};

/* ---- the plain lists ---- */
struct thing {
    bool live, for_intents, for_constraints; int who; char id[40], version[80];
    struct where v[VOLUMES]; int volumes;
    uint32_t index; /* of a subscription */
};
static struct thing intents[THINGS], constraints[THINGS], subs[THINGS];
static const double epoch = SAID_START / 1e9;

/* Times are absolute here: seconds after SAID_START. */
static struct where merged(const struct thing *t) {
    struct where m = t->v[0];
    for (int i = 1; i < t->volumes; i++) {
        if (t->v[i].low < m.low) m.low = t->v[i].low;
        if (t->v[i].high > m.high) m.high = t->v[i].high;
        if (t->v[i].from < m.from) m.from = t->v[i].from;
        if (t->v[i].to > m.to) m.to = t->v[i].to;
    }
    return m;
}
static bool footprints_meet(const struct thing *a, const struct thing *b) {
    for (int i = 0; i < a->volumes; i++)
        for (int k = 0; k < b->volumes; k++) {
            struct position p = {(int32_t)lround(a->v[i].lat * 1e7), (int32_t)lround(a->v[i].lng * 1e7)}, q = {(int32_t)lround(b->v[k].lat * 1e7), (int32_t)lround(b->v[k].lng * 1e7)};
            struct volume u = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = (int64_t)(a->v[i].radius * 100), .at = &p}};
            struct volume v = {.shape = {.kind = SHAPE_CIRCLE, .count = 1, .reach_cm = (int64_t)(b->v[k].radius * 100), .at = &q}};
            struct meeting m;
            meet_volumes(&u, &v, &altitude_offsets_default, 0, 0, 0, 0, &m);
            if (m.meets) return true;
        }
    return false;
}
static bool things_meet(const struct thing *a, const struct thing *b, bool heights) {
    struct where u = merged(a), v = merged(b);
    if (u.from > v.to || v.from > u.to) return false;
    if (heights && (u.low > v.high || v.low > u.high)) return false;
    return footprints_meet(a, b);
}
static int by_id(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }
/* Ids of those that meet, ascending. */
static int meeting(const struct thing *list, const struct thing *t, bool heights, const char *out[THINGS]) {
    int n = 0;
    for (int i = 0; i < THINGS; i++)
        if (list[i].live && &list[i] != t && things_meet(&list[i], t, heights)) out[n++] = list[i].id;
    qsort(out, (size_t)n, sizeof *out, by_id);
    return n;
}
static void same_ids(const char *path, const char *const *ids, int n) {
    int got = doors_count(&x, path);
    if (got != n) fail_msg("%s: %d, expected %d: %.*s", path, got, n, TEXT_ARG(append_view(&x.reply)));
    for (int i = 0; i < n; i++) assert_string_equal(doors_text(&x, doors_print(&x, "%s/%d/id", path, i)), ids[i]);
}

/* ---- drawing ---- */
static struct where draw_where(double now) {
    struct where v = {46.0 + below(6) * 0.01, 7.0 + below(6) * 0.01, 200 + below(4) * 300, below(10) * 100, 0, now + below(10) * 600, 0};
    v.high = v.low + below(4) * 50;
    v.to = v.from + below(6) * 300;
    return v;
}
static const char *volume_of(struct where v, double now) {
    v.from -= now, v.to -= now;
    return doors_volume(&x, v);
}
static const char *extents_of(const struct thing *t, double now) {
    const char *all = volume_of(t->v[0], now);
    for (int i = 1; i < t->volumes; i++) all = doors_print(&x, "%s,%s", all, volume_of(t->v[i], now));
    return all;
}
static void notified(const struct thing *before, const struct thing *after, bool intents_) {
    struct thing both = after ? *after : *before; /* footprints of both, times of both */
    for (int i = 0; i < THINGS; i++) {
        struct thing *s = &subs[i];
        if (!s->live || !(intents_ ? s->for_intents : s->for_constraints)) continue;
        struct where m = merged(&both), w = before ? merged(before) : m, v = merged(s);
        double from = m.from < w.from ? m.from : w.from, to = m.to > w.to ? m.to : w.to;
        if (v.from > to || from > v.to) continue;
        if (footprints_meet(s, &both) || (before && footprints_meet(s, before))) s->index++;
    }
}

/* ---- one call each ---- */
/* Of every third write; each is later than those before. */
static const char *suffix(void) {
    static unsigned made;
    uint64_t ms = (uint64_t)x.w.now / 1000000;
    return below(3) > 0 ? "" : doors_print(&x, ",\"requested_ovn_suffix\":\"%08x-%04x-7000-8000-0000%08x\"", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF), ++made);
}
static void say_availability(void) {
    const char *uss = doors_print(&x, "/dss/v1/uss_availability/%s%s", people[below(4)], below(3) == 0 ? "-too" : "");
    doors_expect(&x, 200, "arb", "GET", uss, "");
    doors_expect(&x, 200, "arb", "PUT", uss, doors_print(&x, "{\"old_version\":\"%s\",\"availability\":\"%s\"}", doors_text(&x, "version"), below(2) ? "Normal" : "Unknown"));
}
static void say_intent(double now) {
    struct thing *t = &intents[below(THINGS)], was = *t;
    const char *ids[THINGS], *missing[THINGS], *key = "";
    int n, lacks = 0;
    if (!t->live) t->who = (int)below(4);
    if (t->live && below(3) == 0) {
        doors_expect(&x, 200, people[t->who], "DELETE", doors_print(&x, OI "/%s/%s", t->id, t->version), "");
        notified(&was, NULL, true);
        t->live = false;
        return;
    }
    struct thing next = *t;
    next.volumes = 1 + (int)below(VOLUMES);
    for (int i = 0; i < next.volumes; i++) next.v[i] = draw_where(now);
    *t = next;
    n = meeting(intents, t, true, ids);
    for (int i = 0; i < n; i++) {
        const struct thing *other = intents;
        while (strcmp(other->id, ids[i]) != 0) other++;
        if (below(12) == 0) missing[lacks++] = ids[i];
        else key = doors_print(&x, "%s%s\"%s\"", key, *key ? "," : "", other->version);
    }
    const char *body = doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://%s.example\",\"key\":[%s]%s}", extents_of(t, now), people[t->who], key, suffix());
    const char *path = was.live ? doors_print(&x, OI "/%s/%s", t->id, t->version) : doors_print(&x, OI "/%s", t->id);
    doors_expect(&x, lacks > 0 ? 409 : was.live ? 200 : 201, people[t->who], "PUT", path, body);
    if (lacks > 0) {
        same_ids("missing_operational_intents", missing, lacks);
        *t = was;
        return;
    }
    snprintf(t->version, sizeof t->version, "%s", doors_text(&x, "operational_intent_reference/ovn"));
    t->live = true;
    notified(was.live ? &was : NULL, t, true);
}
static void say_constraint(double now) {
    struct thing *t = &constraints[below(THINGS)], was = *t;
    if (!t->live) t->who = (int)below(4);
    t->volumes = 1;
    t->v[0] = draw_where(now);
    const char *body = doors_print(&x, "{\"extents\":[%s],\"uss_base_url\":\"https://%s.example\"}", extents_of(t, now), people[t->who]);
    doors_expect(&x, was.live ? 200 : 201, people[t->who], "PUT", doors_print(&x, was.live ? CR "/%s/%s" : CR "/%s", t->id, t->version), body);
    snprintf(t->version, sizeof t->version, "%s", doors_text(&x, "constraint_reference/ovn"));
    t->live = true;
    notified(was.live ? &was : NULL, t, false);
}
static void say_subscription(double now) {
    struct thing *t = &subs[below(THINGS)], was = *t;
    const char *ids[THINGS];
    if (t->live && below(3) == 0) {
        doors_expect(&x, 200, people[t->who], "DELETE", doors_print(&x, SUB "/%s/%s", t->id, t->version), "");
        t->live = false;
        return;
    }
    if (!t->live) t->who = (int)below(4), t->index = 0;
    t->volumes = 1;
    t->v[0] = draw_where(now);
    t->for_intents = below(3) > 0;
    t->for_constraints = !t->for_intents || below(2);
    const char *body = doors_print(&x, "{\"extents\":%s,\"uss_base_url\":\"https://%s.example/%u\",\"notify_for_operational_intents\":%s,\"notify_for_constraints\":%s}", volume_of(t->v[0], now),
                                   people[t->who], below(2), t->for_intents ? "true" : "false", t->for_constraints ? "true" : "false");
    doors_expect(&x, 200, people[t->who], "PUT", doors_print(&x, was.live ? SUB "/%s/%s" : SUB "/%s", t->id, t->version), body);
    snprintf(t->version, sizeof t->version, "%s", doors_text(&x, "subscription/version"));
    t->live = true;
    if (t->for_intents) same_ids("operational_intent_references", ids, meeting(intents, t, false, ids));
    if (t->for_constraints) same_ids("constraint_references", ids, meeting(constraints, t, false, ids));
}
static void ask(double now) {
    struct thing q = {.volumes = 1};
    const char *ids[THINGS];
    int n = 0;
    q.v[0] = draw_where(now - 3000);
    const char *body = doors_print(&x, "{\"area_of_interest\":%s}", volume_of(q.v[0], now)), *who = people[below(4)];
    doors_expect(&x, 200, who, "POST", OI "/query", body);
    same_ids("operational_intent_references", ids, meeting(intents, &q, true, ids));
    doors_expect(&x, 200, who, "POST", CR "/query", body);
    same_ids("constraint_references", ids, meeting(constraints, &q, false, ids));
    doors_expect(&x, 200, who, "POST", SUB "/query", body);
    for (int i = 0; i < THINGS; i++)
        if (subs[i].live && strcmp(people[subs[i].who], who) == 0 && subs[i].v[0].to >= now && things_meet(&subs[i], &q, false)) ids[n++] = subs[i].id;
    qsort(ids, (size_t)n, sizeof *ids, by_id);
    same_ids("subscriptions", ids, n);
    for (int i = 0; i < n; i++) {
        const struct thing *s = subs;
        while (strcmp(s->id, ids[i]) != 0) s++;
        assert_int_equal(atoi(doors_text(&x, doors_print(&x, "subscriptions/%d/notification_index", i))), (int)s->index);
    }
}
/* Goes on in a state that was loaded. */
static void start_again(void) {
    struct append bytes = append_growing(64 << 20), again = append_growing(64 << 20);
    struct arena a = {0};
    struct state *st = NULL;
    struct fault f = {0};
    struct hash before = state_digest(x.w.st), after;
    assert_true(result_is_ok(kept_save(x.w.st, &bytes, &f)));
    if (!result_is_ok(kept_load(&bytes, 7, &x.w.genesis, &a, &st, &f))) fail_msg("%s", f.message);
    state_check(st);
    after = state_digest(st);
    assert_memory_equal(&before, &after, sizeof before);
    assert_true(result_is_ok(kept_save(st, &again, &f)));
    assert_true(text_equal(append_view(&bytes), append_view(&again)));
    state_free(x.w.st);
    arena_free(&x.w.arena);
    x.w.st = st;
    x.w.arena = a;
    x.w.fx = state_effects(st);
    append_free(&bytes);
    append_free(&again);
}
static void against_plain_lists(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        drawn = seed;
        doors_open(&x, &doors_capacity);
        memset(intents, 0, sizeof intents), memset(constraints, 0, sizeof constraints), memset(subs, 0, sizeof subs);
        for (uint32_t i = 0; i < THINGS; i++) {
            uint32_t shuffled = i * 2654435761u;
            snprintf(intents[i].id, sizeof intents[i].id, "%08x-0000-4000-8000-000000000001", shuffled);
            snprintf(constraints[i].id, sizeof constraints[i].id, "%08x-0000-4000-8000-000000000002", shuffled);
            snprintf(subs[i].id, sizeof subs[i].id, "%08x-0000-4000-8000-000000000003", shuffled);
        }
        for (int i = 0; i < 600; i++) {
            double now = (double)(x.w.now / INSTANT_SECOND) - epoch;
            uint32_t what = below(10);
            x.w.quick = i % 8 != 0;
            if (what < 5) say_intent(now);
            else if (what == 5) say_constraint(now);
            else if (what < 8) say_subscription(now);
            else ask(now);
            if (below(10) == 0) x.w.now += below(120) * INSTANT_SECOND;
            if (below(20) == 0) say_availability();
            if (below(20) == 0) world_pass(&x.w, 0);
            if (i % 150 == 149) start_again();
        }
        x.w.quick = false;
        state_check(x.w.st);
        x.w.quick = true;
        world_replay(&x.w); /* its end is the same, told to a state that was never saved */
        doors_close(&x);
    }
}

/* What it takes, index and all, by what is live. */
static void memory_of_an_intent(void **unused) {
    (void)unused;
    struct capacity c = doors_capacity;
    struct memory_part with[STATE_PARTS], without[STATE_PARTS];
    size_t more = 0, less = 0;
    c.references = c.footprints = 1 << 20, c.subscriptions = 4, c.points = 32;
    uint32_t n = state_memory_parts(&c, with);
    c.references = c.footprints = 4;
    assert_int_equal(state_memory_parts(&c, without), n);
    for (uint32_t i = 0; i < n; i++) more += with[i].bytes, less += without[i].bytes;
    double each = (double)(more - less) / (1 << 20), chunk = (double)(sizeof(struct dss_chunk) + 5) / DSS_CHUNK_POINTS;
    print_message("# an operational intent of one outline takes %.0f bytes, and each point or eight bytes of a URL %.1f (in steps of %d)\n", each, chunk, DSS_CHUNK_POINTS);
    assert_true(each < 1024);
}

/* Bytes that were changed: another possible state, or refused; never more. */
static void changed_bytes(void **unused) {
    (void)unused;
    struct append bytes = append_growing(64 << 20);
    struct fault f = {0};
    uint32_t refused = 0, taken = 0;
    drawn = 77;
    doors_open(&x, &doors_capacity);
    for (uint32_t i = 0; i < 6; i++) {
        struct thing t = {.volumes = 1 + (int)(i % 3)};
        for (int k = 0; k < t.volumes; k++) t.v[k] = draw_where(0), t.v[k].lat += i;
        doors_expect(&x, 201, people[i % 2], "PUT", doors_print(&x, OI "/%s", doors_id(&x, i)),
                     doors_print(&x, "{\"extents\":[%s],\"state\":\"Accepted\",\"uss_base_url\":\"https://a.example\",\"new_subscription\":{\"uss_base_url\":\"https://a.example\"}%s}", extents_of(&t, 0), suffix()));
        if (i == 4) doors_expect(&x, 200, people[i % 2], "DELETE", doors_print(&x, OI "/%s/%s", doors_id(&x, i), doors_text(&x, "operational_intent_reference/ovn")), "");
        if (i > 3) say_availability();
    }
    assert_true(result_is_ok(kept_save(x.w.st, &bytes, &f)));
    for (size_t i = 400; i < bytes.size; i += 1 + below(3)) {
        struct arena a = {0};
        struct state *st = NULL;
        char kept = bytes.at[i];
        bytes.at[i] = (char)(kept ^ (1 << below(8)));
        result r = kept_load(&bytes, 0, &x.w.genesis, &a, &st, &f);
        if (result_is_ok(r)) {
            taken++;
            (void)state_digest(st);
            state_free(st);
        } else {
            refused++;
        }
        bytes.at[i] = kept;
        arena_free(&a);
    }
    print_message("# %u changed snapshots refused, %u another possible state\n", refused, taken);
    assert_true(refused > 0 && taken > 0);
    append_free(&bytes);
    doors_close(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_plain_lists), cmocka_unit_test(memory_of_an_intent), cmocka_unit_test(changed_bytes)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("dss_store", tests, NULL, NULL);
}
