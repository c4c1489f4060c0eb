/* Bodies of those who run the log: genesis, settings, parties, keys, agreements. FORMAT.md, "Kinds". */
#include "core/capacity.h"
#include "core/decode_inner.h"

/* --- settings --- */

static result read_offsets(const struct json *object, struct altitude_offsets *out, struct fault *f) {
    DECODE_ONLY(object, f, "geoid_low_m", "geoid_high_m", "pressure_low_m", "pressure_high_m", "terrain_low_m",
                "terrain_high_m");
    const struct {
        const char *low, *high;
        int32_t *low_cm, *high_cm;
    } pairs[] = {
        {"geoid_low_m", "geoid_high_m", &out->geoid_low, &out->geoid_high},
        {"pressure_low_m", "pressure_high_m", &out->pressure_low, &out->pressure_high},
        {"terrain_low_m", "terrain_high_m", &out->terrain_low, &out->terrain_high},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int64_t low = 0, high = 0;
        TRY(decode_metres(object, pairs[i].low, true, -100000, 100000, &low, f));
        TRY(decode_metres(object, pairs[i].high, true, -100000, 100000, &high, f));
        if (low > high) return decode_at(f, fail(f, RESULT_RANGE, "", "must not be above %s", pairs[i].high), pairs[i].low);
        *pairs[i].low_cm = (int32_t)low;
        *pairs[i].high_cm = (int32_t)high;
    }
    return OK;
}

static result read_settings(const struct json *object, struct body_settings *out, struct fault *f) {
    DECODE_ONLY(object, f, "immediate_s", "warning_s", "caution_s", "hysteresis_s", "lookahead_s", "tube_hold_s",
                "track_silent_s", "hold_repeat_s", "query_repeat_s", "separation_m", "separation_height_m",
                "recovery_delay_s", "step_work", "offsets");
    const struct {
        const char *name;
        int64_t *ns;
    } durations[] = {
        {"immediate_s", &out->immediate_ns},       {"warning_s", &out->warning_ns},
        {"caution_s", &out->caution_ns},           {"hysteresis_s", &out->hysteresis_ns},
        {"lookahead_s", &out->lookahead_ns},       {"tube_hold_s", &out->tube_hold_ns},
        {"track_silent_s", &out->track_silent_ns}, {"hold_repeat_s", &out->hold_repeat_ns},
        {"query_repeat_s", &out->query_repeat_ns}, {"recovery_delay_s", &out->recovery_delay_ns},
    };
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        *durations[i].ns = INT64_MIN;
        TRY(decode_seconds(object, durations[i].name, false, 0, DECODE_YEAR_S * INSTANT_SECOND, durations[i].ns, f));
    }
    out->separation_cm = out->separation_height_cm = INT64_MIN;
    TRY(decode_metres(object, "separation_m", false, 0, DECODE_FAR_M, &out->separation_cm, f));
    TRY(decode_metres(object, "separation_height_m", false, 0, DECODE_FAR_M, &out->separation_height_cm, f));
    out->step_work = INT64_MIN;
    TRY(decode_count(object, "step_work", false, 1, LIMIT_STEP_WORK_MOST, &out->step_work, f));
    const struct json *offsets = NULL;
    TRY(json_get_object(object, "offsets", false, &offsets, f));
    out->has_offsets = offsets != NULL;
    return offsets == NULL ? OK : decode_at(f, read_offsets(offsets, &out->offsets, f), "offsets");
}

result decode_settings(const struct json *object, struct body_settings *out, struct fault *f) {
    *out = (struct body_settings){0};
    return read_settings(object, out, f);
}

result decode_body_settings(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    return decode_settings(body, &out->body.settings, f);
}

/* --- parties --- */

static bool is_zone(struct text t) {
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && memchr("_+/-", c, 4) == NULL) return false;
    }
    return t.size > 0;
}

result decode_founder(const struct decoder *d, const struct json *object, bool genesis, struct founder *out,
                      struct fault *f) {
    if (object->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "", "must be an object");
    if (genesis)
        DECODE_ONLY(object, f, "name", "root_key", "display", "zone", "desks", "operator");
    else
        DECODE_ONLY(object, f, "name", "root_key", "display", "zone", "desks");
    TRY(decode_party_name(object, "name", &out->name, f));
    TRY(json_get_hex(object, "root_key", true, out->root_key.bytes, SHA256_SIZE, f));
    TRY(decode_text(d, object, "display", true, 1, 128, &out->display, f));
    TRY(decode_text(d, object, "zone", true, 1, 64, &out->zone, f));
    if (!is_zone(out->zone)) return fail(f, RESULT_MALFORMED, "/zone", "must be an IANA name such as Pacific/Auckland");
    TRY(json_get_bool(object, "operator", false, &out->operator_, f));
    const struct json *desks = NULL;
    TRY(json_get_array(object, "desks", true, LIMIT_DESKS, &desks, f));
    if (desks->count == 0) return fail(f, RESULT_RANGE, "/desks", "at least one desk");
    for (const struct json *e = json_first(desks); e != NULL; e = json_next(desks, e)) {
        uint32_t n = out->desks;
        TRY(decode_at_index(f, decode_element_name(e, &out->desk[n], f), "desks", n));
        for (uint32_t i = 0; i < n; i++)
            if (name_equal(&out->desk[i], &out->desk[n]))
                return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "stands twice"), "desks", n);
        out->desks++;
    }
    return OK;
}

result decode_body_party(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    return decode_founder(d, body, false, &out->body.party.party, f);
}

/* --- keys --- */

result decode_body_key(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    struct body_key *b = &out->body.key;
    DECODE_ONLY(body, f, "party", "key", "public_key", "feeds_only");
    TRY(decode_name(body, "party", true, &b->party, f));
    TRY(decode_name(body, "key", true, &b->key, f));
    if (text_is(name_text(&b->key), "root"))
        return fail(f, RESULT_MALFORMED, "/key", "the name 'root' comes with the party only");
    TRY(json_get_hex(body, "public_key", true, b->public_key.bytes, SHA256_SIZE, f));
    return json_get_bool(body, "feeds_only", false, &b->feeds_only, f);
}

result decode_body_key_revoke(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_key_revoke *b = &out->body.key_revoke;
    DECODE_ONLY(body, f, "key", "suspect_from", "reason");
    TRY(decode_name(body, "key", true, &b->key, f));
    TRY(decode_time(body, "suspect_from", true, &b->suspect_from, f));
    return decode_text(d, body, "reason", false, 0, LIMIT_TEXT_FIELD, &b->reason, f);
}

result decode_body_key_recover(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    struct body_key_recover *b = &out->body.key_recover;
    DECODE_ONLY(body, f, "party", "key", "new_root");
    TRY(decode_name(body, "party", true, &b->party, f));
    TRY(decode_name(body, "key", true, &b->key, f));
    return json_get_hex(body, "new_root", true, b->new_root.bytes, SHA256_SIZE, f);
}

/* --- agreements --- */

static const char *const binds_words[] = {"sequenced", "delivered", "readback"};

static result read_rule(const struct json *object, struct category_rule *out, struct fault *f) {
    if (object->kind != JSON_OBJECT) return fail(f, RESULT_MALFORMED, "", "must be an object");
    DECODE_ONLY(object, f, "category", "lead_s", "binds", "readback_s", "reaction_m", "reaction_height_m",
                "reaction_before_s", "reaction_after_s", "tail_s");
    const int64_t year = DECODE_YEAR_S * INSTANT_SECOND;
    TRY(decode_name(object, "category", true, &out->category, f));
    TRY(decode_seconds(object, "lead_s", true, 0, year, &out->lead_ns, f));
    TRY(decode_word(object, "binds", binds_words, 3, &out->binds, f));
    TRY(decode_seconds(object, "readback_s", true, 0, year, &out->readback_ns, f));
    TRY(decode_metres(object, "reaction_m", true, 0, DECODE_FAR_M, &out->reaction_cm, f));
    TRY(decode_metres(object, "reaction_height_m", true, 0, DECODE_FAR_M, &out->reaction_height_cm, f));
    TRY(decode_seconds(object, "reaction_before_s", true, 0, year, &out->reaction_before_ns, f));
    TRY(decode_seconds(object, "reaction_after_s", true, 0, year, &out->reaction_after_ns, f));
    return decode_seconds(object, "tail_s", true, 0, year, &out->tail_ns, f);
}

static result read_members(const struct decoder *d, const struct json *body, struct body_agreement *b,
                           struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(body, "parties", true, LIMIT_AGREEMENT_PARTIES, &list, f));
    if (list->count < 2) return fail(f, RESULT_RANGE, "/parties", "at least 2 parties");
    void *room;
    TRY(decode_room(d, list->count, sizeof(struct name), &room, f));
    struct name *at = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        TRY(decode_at_index(f, decode_element_name(e, &at[n], f), "parties", n));
        if (n > 0 && memcmp(at[n - 1].at, at[n].at, sizeof at[n].at) >= 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "", "parties must ascend, each once"), "parties", n);
    }
    b->parties = at;
    b->party_count = n;
    return OK;
}

static result read_rules(const struct decoder *d, const struct json *body, struct body_agreement *b, struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(body, "rules", true, LIMIT_AGREEMENT_CATEGORIES, &list, f));
    if (list->count == 0) return fail(f, RESULT_RANGE, "/rules", "at least one rule");
    void *room;
    TRY(decode_room(d, list->count, sizeof(struct category_rule), &room, f));
    struct category_rule *at = room;
    uint32_t n = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        TRY(decode_at_index(f, read_rule(e, &at[n], f), "rules", n));
        for (uint32_t i = 0; i < n; i++)
            if (name_equal(&at[i].category, &at[n].category))
                return decode_at_index(f, fail(f, RESULT_MALFORMED, "/category", "stands twice"), "rules", n);
    }
    b->rules = at;
    b->rule_count = n;
    return OK;
}

result decode_body_agreement(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    struct body_agreement *b = &out->body.agreement;
    DECODE_ONLY(body, f, "name", "version", "parties", "from", "until", "separation_m", "separation_height_m",
                "tell_undisclosed", "signed_only", "withdraw_notice_s", "rules");
    TRY(decode_name(body, "name", true, &b->name, f));
    int64_t version = 0, withdraw = 0;
    TRY(decode_count(body, "version", true, 1, UINT32_MAX, &version, f));
    TRY(decode_count(body, "withdraw_notice_s", false, 0, DECODE_YEAR_S, &withdraw, f));
    b->version = (uint32_t)version;
    b->withdraw_notice_s = (uint32_t)withdraw;
    TRY(read_members(d, body, b, f));
    b->until = INSTANT_NONE;
    TRY(decode_time(body, "from", true, &b->from, f));
    TRY(decode_time(body, "until", false, &b->until, f));
    if (b->until != INSTANT_NONE && b->until <= b->from) return fail(f, RESULT_RANGE, "/until", "must be after from");
    TRY(decode_metres(body, "separation_m", true, 0, DECODE_FAR_M, &b->separation_cm, f));
    TRY(decode_metres(body, "separation_height_m", true, 0, DECODE_FAR_M, &b->separation_height_cm, f));
    TRY(json_get_bool(body, "tell_undisclosed", false, &b->tell_undisclosed, f));
    TRY(json_get_bool(body, "signed_only", false, &b->signed_only, f));
    return read_rules(d, body, b, f);
}

static result read_date(const struct decoder *d, const struct json *body, bool required, struct body_agreement_date *b,
                        struct fault *f) {
    DECODE_ONLY(body, f, "text", "from");
    b->from = INSTANT_NONE;
    TRY(decode_text(d, body, "text", false, 0, LIMIT_TEXT_FIELD, &b->text, f));
    return decode_time(body, "from", required, &b->from, f);
}

result decode_body_suspend(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    return read_date(d, body, false, &out->body.agreement_date, f);
}

result decode_body_leave(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    return read_date(d, body, true, &out->body.agreement_date, f);
}

/* --- genesis --- */

/* `all`: of the genesis, with every member; else of a statement, which names what it raises. */
static result read_capacity(const struct json *object, bool all, struct capacity *out, struct fault *f) {
    DECODE_ONLY(object, f, "parties", "keys", "agreements", "areas", "feeds", "notices", "flights", "volumes",
                "vertices", "tracks", "alerts", "pending", "recent", "holds", "managers", "references", "subscriptions", "footprints", "points", "slots_log2");
    for (int i = 0; i < CAPACITY_MEMBERS; i++) {
        int64_t v = 0;
        bool needed = all && (i < CAPACITY_NEEDED || i >= CAPACITY_RAISED);
        TRY(decode_count(object, capacity_name(i), needed, 1, i >= CAPACITY_RAISED ? LIMIT_PARTY_SLOTS_LOG2_MOST : UINT32_MAX, &v, f));
        *capacity_at(out, i) = (uint32_t)v;
    }
    return OK;
}

result decode_body_capacity(const struct decoder *d, const struct json *body, struct section *out, struct fault *f) {
    (void)d;
    out->body.capacity = (struct capacity){0};
    if (json_member(body, "slots_log2") != NULL)
        return fail(f, RESULT_RANGE, "/slots_log2", "is fixed by the genesis: every tick's tree has that width");
    TRY(read_capacity(body, false, &out->body.capacity, f));
    return body->count > 0 ? OK : fail(f, RESULT_MALFORMED, "", "names no capacity");
}

/* No key in two roles: not among the founders, not log and receipt. */
static result refuse_shared_keys(const struct body_genesis *g, struct fault *f) {
    if (hash_equal(&g->log_key, &g->receipt_key))
        return fail(f, RESULT_MALFORMED, "/receipt_key", "is the log key: one key never serves two roles");
    for (uint32_t i = 0; i < g->founder_count; i++) {
        const struct hash *key = &g->founders[i].root_key;
        bool twice = hash_equal(key, &g->log_key) || hash_equal(key, &g->receipt_key);
        for (uint32_t k = 0; k < i; k++) twice = twice || hash_equal(key, &g->founders[k].root_key);
        if (twice)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "/root_key", "stands twice: one key never serves two roles"),
                                   "founders", i);
    }
    return OK;
}

static result read_founders(const struct decoder *d, const struct json *object, struct body_genesis *g,
                            struct fault *f) {
    const struct json *list = NULL;
    TRY(json_get_array(object, "founders", true, LIMIT_SIGNERS, &list, f));
    if (list->count == 0) return fail(f, RESULT_RANGE, "/founders", "at least one founder");
    void *room;
    TRY(decode_room(d, list->count, sizeof(struct founder), &room, f));
    struct founder *at = room;
    uint32_t n = 0, operators = 0;
    for (const struct json *e = json_first(list); e != NULL; e = json_next(list, e), n++) {
        TRY(decode_at_index(f, decode_founder(d, e, true, &at[n], f), "founders", n));
        if (n > 0 && memcmp(at[n - 1].name.at, at[n].name.at, NAME_ROOM) >= 0)
            return decode_at_index(f, fail(f, RESULT_MALFORMED, "/name", "founders must ascend by name, each once"),
                                   "founders", n);
        operators += at[n].operator_;
    }
    if (operators != 1) return fail(f, RESULT_MALFORMED, "/founders", "exactly one founder is the operator");
    g->founders = at;
    g->founder_count = n;
    return refuse_shared_keys(g, f);
}

result decode_genesis_body(const struct decoder *d, const struct json *object, struct body_genesis *out,
                           struct fault *f) {
    DECODE_ONLY(object, f, "tick_s", "recovery_quorum", "log_key", "receipt_key", "capacity", "founders", "settings");
    int64_t quorum = 0;
    TRY(decode_seconds(object, "tick_s", true, INSTANT_SECOND / 10, INSTANT_MINUTE, &out->tick_ns, f));
    TRY(decode_count(object, "recovery_quorum", true, 1, LIMIT_SIGNERS, &quorum, f));
    out->recovery_quorum = (uint32_t)quorum;
    TRY(json_get_hex(object, "log_key", true, out->log_key.bytes, SHA256_SIZE, f));
    TRY(json_get_hex(object, "receipt_key", true, out->receipt_key.bytes, SHA256_SIZE, f));
    const struct json *capacity = NULL, *settings = NULL;
    TRY(json_get_object(object, "capacity", true, &capacity, f));
    TRY(decode_at(f, read_capacity(capacity, true, &out->capacity, f), "capacity"));
    TRY(json_get_object(object, "settings", false, &settings, f));
    TRY(decode_at(f, decode_settings(settings, &out->settings, f), "settings"));
    return read_founders(d, object, out, f);
}
