/* settings: thresholds, deadlines, offsets. The operator's; all parties are told. */
#include "core/settings.h"

#include "core/bridge.h"
#include "core/pool.h"
#include "core/tube.h"

#define SETTINGS_SPAN_MOST (INT64_C(31536000) * INSTANT_SECOND)
#define SETTINGS_REACH_MOST INT64_C(1000000000)

const struct body_settings settings_default = {
    .immediate_ns = 60 * INSTANT_SECOND, .warning_ns = 300 * INSTANT_SECOND, .caution_ns = 900 * INSTANT_SECOND,
    .hysteresis_ns = 30 * INSTANT_SECOND, .lookahead_ns = 300 * INSTANT_SECOND, .tube_hold_ns = 60 * INSTANT_SECOND,
    .track_silent_ns = 30 * INSTANT_SECOND, .hold_repeat_ns = 30 * INSTANT_SECOND, .query_repeat_ns = 300 * INSTANT_SECOND,
    .separation_cm = 926000, .separation_height_cm = 30000, .recovery_delay_ns = INSTANT_DAY,
    .step_work = LIMIT_STEP_WORK,
    .offsets = {.geoid_low = -10700, .geoid_high = 8600, .pressure_low = -60000, .pressure_high = 60000, .terrain_low = 0, .terrain_high = 885000},
    .has_offsets = true,
};

struct member { const char *name; size_t at; int64_t least, most; };
#define MEMBER(name, least, most) {"/" #name, offsetof(struct body_settings, name), least, most}
static const struct member members[] = {
    MEMBER(immediate_ns, 0, SETTINGS_SPAN_MOST), MEMBER(warning_ns, 0, SETTINGS_SPAN_MOST), MEMBER(caution_ns, 0, SETTINGS_SPAN_MOST),
    MEMBER(hysteresis_ns, 0, SETTINGS_SPAN_MOST),
    MEMBER(lookahead_ns, INSTANT_SECOND, SETTINGS_SPAN_MOST), /* a tube needs a span */
    MEMBER(tube_hold_ns, 0, SETTINGS_SPAN_MOST),
    /* repeats and silences of 0 would fire at every tick for ever */
    MEMBER(track_silent_ns, INSTANT_SECOND, SETTINGS_SPAN_MOST), MEMBER(hold_repeat_ns, INSTANT_SECOND, SETTINGS_SPAN_MOST),
    MEMBER(query_repeat_ns, INSTANT_SECOND, SETTINGS_SPAN_MOST),
    MEMBER(separation_cm, 0, SETTINGS_REACH_MOST), MEMBER(separation_height_cm, 0, SETTINGS_REACH_MOST),
    MEMBER(recovery_delay_ns, 0, SETTINGS_SPAN_MOST),
    MEMBER(step_work, 1, LIMIT_STEP_WORK_MOST),
};
enum { MEMBERS = sizeof members / sizeof *members };
static int64_t *member_at(struct body_settings *s, const struct member *m) { return (int64_t *)(void *)((char *)s + m->at); }
static int64_t member_value(const struct body_settings *s, const struct member *m) {
    int64_t v;
    memcpy(&v, (const char *)s + m->at, sizeof v);
    return v;
}

void settings_merge(struct body_settings *now, const struct body_settings *change) {
    for (int i = 0; i < MEMBERS; i++) {
        int64_t v = member_value(change, &members[i]);
        if (v != INT64_MIN) *member_at(now, &members[i]) = v;
    }
    if (change->has_offsets) now->offsets = change->offsets;
    now->has_offsets = true;
}
result settings_check_body(const struct body_settings *change, const struct body_settings *now, struct fault *f) {
    struct body_settings then = *now;
    settings_merge(&then, change);
    for (int i = 0; i < MEMBERS; i++) {
        int64_t v = member_value(&then, &members[i]);
        if (v < members[i].least || v > members[i].most)
            return fail(f, RESULT_RANGE, members[i].name, "%lld; must be %lld to %lld", (long long)v, (long long)members[i].least, (long long)members[i].most);
    }
    if (then.immediate_ns > then.warning_ns || then.warning_ns > then.caution_ns)
        return fail(f, RESULT_RANGE, "/warning_ns", "immediate <= warning <= caution must hold");
    const struct altitude_offsets *o = &then.offsets;
    if (o->geoid_low > o->geoid_high || o->pressure_low > o->pressure_high || o->terrain_low > o->terrain_high)
        return fail(f, RESULT_RANGE, "/offsets", "a low offset is above its high one");
    return OK;
}

bool settings_check(struct state *st, const struct statement *s, struct step *c) {
    const struct section *b = section_one(s);
    struct fault f = {0};
    if (!b) return refuse(c, REASON_SECTION, "settings: one section is needed");
    if (!result_is_ok(settings_check_body(&b->body.settings, &st->settings, &f)))
        return refuse(c, REASON_BODY, "%s: %s", f.field, f.message);
    return true;
}
void settings_apply(struct state *st, const struct statement *s, struct step *c, struct effects *fx) {
    (void)c;
    const struct body_settings *change = &section_one(s)->body.settings;
    struct altitude_offsets before = st->settings.offsets;
    settings_merge(&st->settings, change);
    if (change->has_offsets) pool_reindex(st, &before), tubes_reindex(st, &before), bridge_all(st);
    watch_on_settings(st, fx);
}
