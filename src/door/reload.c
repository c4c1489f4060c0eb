#include "door/reload.h"

#include <sodium.h>

#include "base/limits.h"
#include "core/dss.h"
#include "door/key_url.h"
#include "door/limits.h"
#include "door/report.h"
#include "door/shed.h"
#include "door/tls.h"
#include "log/secret.h"

static result check_level(const struct server_options *o, struct fault *f) {
    enum report_level level;
    if (o->log_level == NULL || report_level_read(text_of(o->log_level), &level)) return OK;
    return fail(f, RESULT_USAGE, "log-level", "\"%s\" is not debug, info, warning or error", o->log_level);
}

static result check_public(const struct server_options *o, struct fault *f) {
    struct text url = text_of(o->public_url != NULL ? o->public_url : "https://none.example");
    const char *why = url.size > LIMIT_DSS_URL ? "is longer than a base URL may be" : dss_url_fault(url, o->plain_http_urls);
    if (why == NULL && url.at[url.size - 1] == '/') why = "ends in a slash: the paths that follow begin with one";
    return why == NULL ? OK : fail(f, RESULT_USAGE, "public-url", "'%s' %s", o->public_url, why);
}
result reload_check(const struct server_options *o, struct fault *f) {
    if (o->dir == NULL) return fail(f, RESULT_USAGE, "data", "which directory?");
    if (o->listen == NULL) return fail(f, RESULT_USAGE, "listen", "which HOST:PORT?");
    if (o->clock_rate > DOOR_CLOCK_RATE_MOST) return fail(f, RESULT_USAGE, "clock-rate", "%u is not 1 to %d", o->clock_rate, DOOR_CLOCK_RATE_MOST);
    if (o->clock_rate == 0 && o->clock_start != 0) return fail(f, RESULT_USAGE, "clock-start", "needs clock-rate too");
    if (o->token_key_count == 0 && o->audience_count > 0) return fail(f, RESULT_USAGE, "audience", "needs --token-key too: without keys no token is taken");
    if (o->token_key_count > 0 && o->audience_count == 0)
        return fail(f, RESULT_USAGE, "audience", "is needed with --token-key: the name of this server that tokens must bear in \"aud\"");
    if (o->token_key_count == 0 && o->plain_http_urls) return fail(f, RESULT_USAGE, "plain-http-urls", "needs --token-key too: without keys nobody gives a URL");
    if (o->token_key_count == 0 && o->public_url != NULL) return fail(f, RESULT_USAGE, "public-url", "needs --token-key too: without keys nobody could ask what shows there");
    TRY(check_public(o, f));
    for (unsigned i = 0; i < o->witness_count; i++) {
        struct text name;
        const char *url;
        uint8_t key[32];
        TRY(witness_read(o->witnesses[i], &name, key, &url, f));
    }
    if (o->witness_count == 0 && (o->witness_every > 0 || o->witness_silent > 0)) return fail(f, RESULT_USAGE, "witness", "is needed with --witness-every and --witness-silent: whom to ask");
    unsigned every = o->witness_every > 0 ? o->witness_every : DOOR_WITNESS_EVERY_SECONDS, silent = o->witness_silent > 0 ? o->witness_silent : DOOR_WITNESS_SILENT_SECONDS;
    if (o->witness_count > 0 && silent < 2 * every) return fail(f, RESULT_USAGE, "witness-silent", "%u is less than two rounds of %u s (--witness-every): between two answers everybody would be silent", silent, every);
    if (o->session_seconds != 0 && (o->session_seconds < DOOR_SESSION_LEAST_SECONDS || o->session_seconds > DOOR_SESSION_SECONDS))
        return fail(f, RESULT_USAGE, "session-seconds", "%u is not %d to %d", o->session_seconds, DOOR_SESSION_LEAST_SECONDS, DOOR_SESSION_SECONDS);
    return check_level(o, f);
}

/* --- the metrics token --- */

static result load_token(const char *path, struct hash *out, struct fault *f) {
    char room[DOOR_METRICS_TOKEN_MOST + 2];
    struct append text = append_fixed(room, sizeof room);
    struct fault inner = {0};
    result r = secret_read(path, &text, &inner);
    if (!result_is_ok(r)) r = fail(f, r.code, "metrics-token", "%s: %s", path, inner.message);
    while (text.size > 0 && (room[text.size - 1] == '\n' || room[text.size - 1] == '\r')) text.size--;
    bool good = text.size >= DOOR_METRICS_TOKEN_LEAST && text.size <= DOOR_METRICS_TOKEN_MOST;
    for (size_t i = 0; good && i < text.size; i++) good = room[i] > ' ' && room[i] < 0x7f;
    if (result_is_ok(r) && !good)
        r = fail(f, RESULT_MALFORMED, "metrics-token", "%s does not hold %d to %d visible ASCII characters", path, DOOR_METRICS_TOKEN_LEAST, DOOR_METRICS_TOKEN_MOST);
    if (result_is_ok(r)) *out = sha256_of(room, text.size);
    sodium_memzero(room, sizeof room);
    return r;
}

/* --- into force --- */

void reload_log_level(const struct server_options *o) {
    enum report_level level = REPORT_INFO;
    if (o->log_level != NULL) (void)report_level_read(text_of(o->log_level), &level); /* it was checked */
    report_from(level);
}

static void apply(struct door *d) {
    const struct server_options *o = &d->settings;
    uint32_t rate = o->clock_rate > 0 ? o->clock_rate : 1;
    reload_log_level(o);
    d->slow_ms = o->slow_ms > 0 ? o->slow_ms : DOOR_SLOW_MS;
    uint32_t address = o->rate_address > 0 ? o->rate_address : DOOR_RATE_ADDRESS;
    limiter_rates(d->limiter, o->rate_party > 0 ? o->rate_party : DOOR_RATE_PARTY, address);
    limiter_manager_rate(d->limiter, o->rate_manager > 0 ? o->rate_manager : DOOR_RATE_MANAGER);
    shed_most(d->shed, o->positions_ahead > 0 ? o->positions_ahead : DOOR_POSITIONS_AHEAD);
    if (d->http != NULL) http_limits(d->http, address, o->connections_per_address);
    /* Lives run on the server's clock: where that is quick, so would they be over. */
    sessions_life(d->sessions, (int64_t)rate * (o->session_seconds > 0 ? o->session_seconds : DOOR_SESSION_SECONDS) * INSTANT_SECOND);
}

result reload_apply(struct door *d, struct fault *f) {
    if (d->settings.metrics_token != NULL) TRY(load_token(d->settings.metrics_token, &d->metrics_token, f));
    d->has_metrics_token = d->settings.metrics_token != NULL;
    apply(d);
    return OK;
}

static result fixed_text(const char *name, const char *now, const char *then, struct fault *f) {
    if (now == then || (now != NULL && then != NULL && strcmp(now, then) == 0)) return OK;
    return fail(f, RESULT_USAGE, name, "is %s and cannot become %s while the server runs: restart it, or take the change back",
                now == NULL ? "not given" : now, then == NULL ? "unset" : then);
}

static result fixed(const char *name, int64_t now, int64_t then, struct fault *f) {
    if (now == then) return OK;
    return fail(f, RESULT_USAGE, name, "is %lld and cannot become %lld while the server runs: restart it, or take the change back", (long long)now, (long long)then);
}

/* As they may be shown, for a password may stand in one: of two that look alike it is said that they differ. */
static result fixed_source(const char *now, const char *then, struct fault *f) {
    char room[2][256];
    if (strcmp(now, then) == 0) return OK;
    for (int i = 0; i < 2; i++) {
        struct append shown = append_fixed(room[i], sizeof room[i] - 1);
        key_url_show(i ? then : now, &shown);
        room[i][shown.size] = '\0';
    }
    if (strcmp(room[0], room[1]) != 0) return fixed_text("token-key", room[0], room[1], f);
    return fail(f, RESULT_USAGE, "token-key", "of %s name, password or query are others, which cannot be while the server runs: restart it, or take the change back", room[0]);
}

/* A password may stand in a URL: none is shown. */
static result fixed_witnesses(const struct server_options *a, const struct server_options *b, struct fault *f) {
    TRY(fixed("witness (how many)", a->witness_count, b->witness_count, f));
    for (unsigned i = 0; i < a->witness_count; i++)
        if (strcmp(a->witnesses[i], b->witnesses[i]) != 0) return fail(f, RESULT_USAGE, "witness", "number %u is another, which cannot be while the server runs: restart it, or take the change back", i + 1);
    TRY(fixed("witness-every", a->witness_every, b->witness_every, f));
    return fixed("witness-silent", a->witness_silent, b->witness_silent, f);
}

/* What sockets, tables or the clock were made from at the start. */
static result unchanged(const struct server_options *a, const struct server_options *b, struct fault *f) {
    TRY(fixed_text("data", a->dir, b->dir, f));
    TRY(fixed_text("listen", a->listen, b->listen, f));
    if ((a->certificate == NULL) != (b->certificate == NULL)) return fixed_text("tls-cert", a->certificate, b->certificate, f);
    if ((a->key == NULL) != (b->key == NULL)) return fixed_text("tls-key", a->key, b->key, f);
    TRY(fixed("behind-proxy", a->behind_proxy, b->behind_proxy, f));
    TRY(fixed("demo-page", a->demo_page, b->demo_page, f));
    TRY(fixed("verify", a->verify_signatures, b->verify_signatures, f));
    TRY(fixed("hold-capacity", a->hold_capacity, b->hold_capacity, f));
    TRY(fixed("clock-start", a->clock_start, b->clock_start, f));
    TRY(fixed("clock-rate", a->clock_rate > 0 ? a->clock_rate : 1, b->clock_rate > 0 ? b->clock_rate : 1, f));
    TRY(fixed("token-key (how many)", a->token_key_count, b->token_key_count, f));
    for (unsigned i = 0; i < a->token_key_count; i++) TRY(fixed_source(a->token_keys[i], b->token_keys[i], f));
    TRY(fixed("token-key-http", a->token_key_http, b->token_key_http, f));
    TRY(fixed_witnesses(a, b, f));
    TRY(fixed_text("public-url", a->public_url, b->public_url, f));
    TRY(fixed("no-scrub", a->no_scrub, b->no_scrub, f));
    TRY(fixed("scrub-rate", a->scrub_rate > 0 ? a->scrub_rate : DOOR_SCRUB_RATE, b->scrub_rate > 0 ? b->scrub_rate : DOOR_SCRUB_RATE, f));
    TRY(fixed("scrub-every", a->scrub_every > 0 ? a->scrub_every : DOOR_SCRUB_EVERY_SECONDS, b->scrub_every > 0 ? b->scrub_every : DOOR_SCRUB_EVERY_SECONDS, f));
    TRY(fixed("no-keeper", a->no_keeper, b->no_keeper, f));
    TRY(fixed("snapshot-ticks", a->snapshot_ticks > 0 ? a->snapshot_ticks : DOOR_SNAPSHOT_TICKS, b->snapshot_ticks > 0 ? b->snapshot_ticks : DOOR_SNAPSHOT_TICKS, f));
    TRY(fixed("no-seccomp", a->no_seccomp, b->no_seccomp, f));
    TRY(fixed("reply-grid", a->reply_grid_ms, b->reply_grid_ms, f));
    return fixed("connections", a->connections > 0 ? a->connections : DOOR_CONNECTIONS, b->connections > 0 ? b->connections : DOOR_CONNECTIONS, f);
}

/* A certificate that nobody would accept is not taken in place of one that may still be good. */
static result change_certificate(struct door *d, const struct server_options *fresh, struct fault *f) {
    instant from, until;
    if (!http_is_tls(d->http)) return OK;
    int64_t real, boot;
    clock_system.read(clock_system.context, &real, &boot);
    struct tls_pair *pair = NULL;
    TRY(tls_load(fresh->certificate, fresh->key, &pair, f));
    tls_validity(pair, &from, &until);
    result r = OK;
    if (real >= until) r = fail(f, RESULT_RANGE, "certificate", "%s has expired", fresh->certificate);
    if (real < from) r = fail(f, RESULT_RANGE, "certificate", "%s is not valid yet", fresh->certificate);
    if (result_is_ok(r)) r = http_certificate(d->http, pair, f);
    if (!result_is_ok(r)) tls_free(pair);
    return r;
}

static result change(struct door *d, struct fault *f) {
    struct server_options fresh = d->settings;
    struct hash token = d->metrics_token;
    if (fresh.reload != NULL) TRY(fresh.reload(fresh.reload_context, &fresh, f));
    TRY(reload_check(&fresh, f));
    TRY(unchanged(&d->settings, &fresh, f));
    if (fresh.metrics_token != NULL) TRY(load_token(fresh.metrics_token, &token, f));
    if (d->bearers != NULL) TRY(bearers_prepare(d->bearers, &fresh, f));
    TRY(change_certificate(d, &fresh, f));
    /* Nothing fails from here on. */
    if (d->bearers != NULL) bearers_commit(d->bearers, &fresh);
    d->settings = fresh;
    d->metrics_token = token;
    d->has_metrics_token = fresh.metrics_token != NULL;
    apply(d);
    if (fresh.reloaded != NULL) fresh.reloaded(fresh.reload_context);
    return OK;
}

void reload(struct door *d) {
    struct fault f = {.code = RESULT_OK};
    if (!result_is_ok(change(d, &f))) {
        d->numbers.reloads_refused++;
        report_fault(REPORT_ERROR, "reload_refused", &f);
        return;
    }
    d->numbers.reloads++;
    char room[256];
    struct append m = append_fixed(room, sizeof room);
    instant from, until;
    if (http_certificate_validity(d->http, &from, &until)) {
        append_str(&m, ",\"certificate_until\":\"");
        append_instant(&m, until);
        append_char(&m, '"');
    }
    report(REPORT_INFO, "reloaded", &m);
}
