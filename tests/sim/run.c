/* One seed from its begin to its end. */
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include "door/report.h"
#include "sim.h"

#define FULL_DAY_TICK (10 * INSTANT_SECOND) /* with shorter ones a day on a full disk would be the longest part of a seed */

void sim_fail(struct sim *s, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char words[sizeof s->last_words];
    vsnprintf(words, sizeof words, format, list); /* which may quote the last ones */
    va_end(list);
    memcpy(s->last_words, words, sizeof words);
    char now[64];
    struct append at = append_fixed(now, sizeof now - 1);
    append_instant(&at, sim_time(s));
    now[at.size] = '\0';
    printf("# seed %llu%s, %s, after %llu statements: %s\n", (unsigned long long)s->plan.seed, s->plan.hide ? " (second run)" : "", now,
           (unsigned long long)s->figures.statements, s->last_words);
    printf("not ok 1 - seed %llu; repeat it: ./test --sim %llu\n", (unsigned long long)s->plan.seed, (unsigned long long)s->plan.seed);
    fflush(stdout);
    _Exit(1); /* memory is not given back: what leaks here is not what failed */
}

void sim_must(struct sim *s, result r, const struct fault *f, const char *what) {
    if (!result_is_ok(r)) sim_fail(s, "%s: %s: %s: %s", what, result_name(r.code), f->field, f->message);
}

/* --- the log --- */

static void key_of(struct sim *s, const char *purpose, uint8_t secret[64], struct hash *public_key) {
    uint8_t seed[32];
    struct sim_draw d = draw_of(s->plan.seed, purpose, 0, 0);
    draw_source = &d;
    draw_bytes(seed, sizeof seed);
    note_key_from_seed(seed, secret, public_key->bytes);
}

static void settings(const struct sim *s, struct body_settings *out) {
    *out = (struct body_settings){.has_offsets = false};
    int64_t *const members[] = {&out->immediate_ns, &out->warning_ns, &out->caution_ns, &out->hysteresis_ns, &out->lookahead_ns, &out->tube_hold_ns,
                                &out->track_silent_ns, &out->hold_repeat_ns, &out->query_repeat_ns, &out->separation_cm, &out->separation_height_cm,
                                &out->recovery_delay_ns, &out->step_work};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) *members[i] = INT64_MIN;
    /* Months with a repeat every five minutes would be nothing but repeats. */
    if (s->plan.long_ || s->plan.tight) out->query_repeat_ns = out->hold_repeat_ns = 12 * INSTANT_HOUR;
    out->step_work = s->plan.step_work;
    out->recovery_delay_ns = 20 * s->plan.pause_ns;
}

static void genesis(struct sim *s) {
    struct founder founders[SIM_PARTIES];
    struct compose_key keys[SIM_PARTIES];
    struct body_genesis g = {.origin = s->plan.live ? TEXT("sorrel.example/live") : TEXT("sorrel.example/exercise"), .live = s->plan.live,
                             .tick_ns = s->plan.tick_ns, .recovery_quorum = 2, .capacity = s->plan.capacity, .founders = founders};
    struct fault f = {0};
    settings(s, &g.settings);
    key_of(s, "log key", s->log_secret, &g.log_key);
    key_of(s, "receipt key", s->receipt_secret, &g.receipt_key);
    static const uint32_t by_name[SIM_PARTIES] = {1, 2, 3, 4, 5, 0}; /* the operator's name comes last of them */
    for (uint32_t k = 0; k < SIM_PARTIES; k++) {
        uint32_t i = by_name[k];
        if (i >= s->plan.parties || !s->client[i].entered) continue;
        struct client *c = &s->client[i];
        struct founder *x = &founders[g.founder_count];
        *x = (struct founder){.name = c->name, .root_key = c->key[0].public_key, .display = name_text(&c->name), .zone = TEXT("Pacific/Auckland"),
                              .desks = 2, .operator_ = i == 0};
        snprintf(x->desk[0].at, sizeof x->desk[0].at, "watch");
        snprintf(x->desk[1].at, sizeof x->desk[1].at, "supervisor");
        keys[g.founder_count++] = (struct compose_key){text_of(c->key[0].full), c->key[0].public_key, c->key[0].secret};
    }
    sim_must(s, compose_genesis(&g, keys, g.founder_count, &s->keep, &s->genesis, &f), &f, "genesis");
    struct note note;
    sim_must(s, note_parse(s->genesis, &note, &f), &f, "genesis");
    s->origin = g.origin;
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, "", 1);
    sha256_update(&h, note.text.at, note.text.size);
    s->log = sha256_final(&h);
}

/* --- the run --- */

static void begin(struct sim *s, const struct plan *p) {
    memset(s, 0, sizeof *s);
    s->plan = *p;
    s->end = p->span_ns;
    sha256_init(&s->digest);
    arena_growing(&s->arena, (size_t)64 << 20);
    arena_growing(&s->keep, (size_t)16 << 20);
    s->json = json_reader_new((size_t)16 << 20);
    s->json_inner = json_reader_new((size_t)4 << 20);
    for (size_t i = 0; i < sizeof s->room / sizeof *s->room; i++) s->room[i] = append_growing(1 << 20);
    client_begin(s);
    genesis(s);
    ledger_begin(s);
    faults_begin(s);
    server_create(s);
    ledger_blinds(s);
    server_up(s);
}

static int64_t next_time(struct sim *s) {
    int64_t next = s->up ? server_tick_due(s) : s->boot + INSTANT_SECOND;
    for (uint32_t i = 0; i < s->plan.parties; i++)
        if (s->client[i].next_at < next) next = s->client[i].next_at;
    for (uint32_t i = s->first_open; i < s->posts; i++)
        if (s->post[i].state == POST_OPEN && s->post[i].next_at < next) next = s->post[i].next_at;
    if (s->break_at[s->breaks_done] < next) next = s->break_at[s->breaks_done];
    if (server_busy(s)) {
        int64_t soon = s->stall_until > s->boot ? s->stall_until : s->boot + 2000000;
        if (soon < next) next = soon;
    }
    return next > s->boot ? next : s->boot + (next < s->boot ? 0 : 0);
}

static void clients_turn(struct sim *s) {
    for (uint32_t i = 0; i < s->plan.parties; i++)
        if (s->client[i].next_at <= s->boot) client_act(&s->client[i]);
    while (s->first_open < s->posts && s->post[s->first_open].state >= POST_DONE) s->first_open++;
    for (uint32_t i = s->first_open; i < s->posts; i++)
        if (s->post[i].state == POST_OPEN && s->post[i].next_at <= s->boot) post_send(s, i);
}

static void one_turn(struct sim *s) {
    int64_t before = s->boot;
    s->boot = next_time(s);
    if (s->boot == before && ++s->still > 10000) sim_fail(s, "time stands still");
    if (s->boot != before) s->still = 0;
    if (s->plan.tick_ns < FULL_DAY_TICK && s->boot >= s->plan.span_ns / 3 * 2) server_disk_limited(s);
    faults_now(s);
    if (!s->up) {
        struct sim_draw d = draw_of(s->plan.seed, "away", s->starts, 0);
        s->boot += draw_between(&d, 1, s->plan.long_ ? 600 : 20) * INSTANT_SECOND;
        server_up(s);
    }
    clients_turn(s);
    server_turn(s);
}

/* All speak as much as they can until the disk is refused to them; then there is room for a day of ticks and of all calls, and no write fails. */
static void full_day(struct sim *s) {
    if (s->plan.space == 0 || s->plan.tick_ns < FULL_DAY_TICK) return;
    server_disk_limited(s);
    s->filling = true;
    s->plan.cut_after = s->plan.jump = s->plan.stall = s->plan.loss = 0;
    s->breaks_done = s->plan.breaks;
    disk_simulated_fault(s->disk, UINT64_MAX, DISK_EIO); /* nor one that is armed for a write to come */
    uint64_t failed = s->figures.failed, refused = s->figures.disk_full;
    for (int i = 0; i < 20000 && s->figures.disk_full < refused + 40; i++) one_turn(s);
    s->quiet = true;
    int64_t until = s->boot + INSTANT_DAY;
    uint64_t ticks = s->figures.ticks;
    while (s->boot < until) one_turn(s);
    if (s->figures.failed != failed) sim_fail(s, "the disk was full before a day of ticks was over: a write failed");
    uint64_t due = (uint64_t)(INSTANT_DAY / s->plan.tick_ns) - 2; /* one that the order refuses or loses is not made up */
    if (s->figures.ticks - ticks < due * (s->plan.simulated_order ? 70 : 100) / 100)
        sim_fail(s, "a day on a full disk had %llu ticks", (unsigned long long)(s->figures.ticks - ticks));
    s->figures.full_days++;
}

/* At the end all is said again to a server that verifies everything. */
static void end(struct sim *s, struct hash *digest) {
    for (int i = 0; i < 20000 && server_busy(s); i++) {
        s->boot += 2000000;
        s->stall_until = 0;
        server_turn(s);
    }
    if (!s->up) server_up(s);
    s->figures.continues = state_continues(node_state(s->node));
    server_down(s, DOWN_STOP);
    s->plan.rot = 0;
    server_up(s);
    struct hash state = state_digest(node_state(s->node)), root = merkle_root(&s->ledger.tree);
    sha256_update(&s->digest, state.bytes, SHA256_SIZE);
    sha256_update(&s->digest, root.bytes, SHA256_SIZE);
    *digest = sha256_final(&s->digest);
    server_down(s, DOWN_STOP);
    s->figures.days = (uint64_t)(s->boot / (INSTANT_DAY / 1000));
    ledger_judge(s);
}

/* A server that refuses everything, or clients that say nothing, would fail nowhere else. */
static void demand(struct sim *s) {
    const struct figures *n = &s->figures;
    uint64_t due = (uint64_t)(s->boot / s->plan.tick_ns);
    if (n->accepted < 30 || n->accepted * 100 < n->statements * 15)
        sim_fail(s, "of %llu statements %llu were accepted: nothing was tested", (unsigned long long)n->statements, (unsigned long long)n->accepted);
    if (n->alerts == 0 || n->events < n->accepted || n->reads < 20)
        sim_fail(s, "%llu alerts, %llu events, %llu reads", (unsigned long long)n->alerts, (unsigned long long)n->events, (unsigned long long)n->reads);
    if (n->ticks < due / 3) sim_fail(s, "%llu ticks of %llu that were due", (unsigned long long)n->ticks, (unsigned long long)due);
    if (n->cuts + n->kills + n->failed + n->stops + s->plan.breaks / 2 < s->plan.breaks) sim_fail(s, "of %u breaks hardly any came", s->plan.breaks);
    if (s->plan.tight && n->full < 15 && n->full * 20 < n->statements) /* a day in which little is said fills little */
        sim_fail(s, "tables of four, and %llu refusals for want of room", (unsigned long long)n->full);
}

void run_seed(struct sim *s, const struct plan *p, struct hash *digest) {
    if (sodium_init() < 0) abort();
    report_from(REPORT_LEVELS); /* what the server says of itself would be said many times */
    begin(s, p);
    while (s->boot < s->end && s->figures.statements < p->statements_most * UINT64_C(4)) one_turn(s);
    full_day(s);
    end(s, digest);
    demand(s);
}

void run_free(struct sim *s) {
    transport_cut(s);
    while (transport_deliver(s)) {}
    client_end(s);
    ledger_end(s);
    disk_simulated_free(s->disk);
    for (size_t i = 0; i < sizeof s->room / sizeof *s->room; i++) append_free(&s->room[i]);
    if (s->cosign.used) append_free(&s->cosign.sections);
    json_reader_free(s->json);
    json_reader_free(s->json_inner);
    arena_free(&s->arena);
    arena_free(&s->keep);
    free(s->break_at);
}

static void figure(struct append *out, uint64_t n, const char *what) {
    if (n == 0) return;
    append_str(out, ", ");
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0) append_char(out, ',');
        append_char(out, digits[i]);
    }
    append_format(out, " %s", what);
}

void run_figures(const struct sim *s, struct append *out) {
    const struct figures *n = &s->figures;
    append_format(out, "%s%s%s, tick %llds, %.1f days", s->plan.twin ? "twin" : s->plan.long_ ? "long" : s->plan.tight ? "tight" : "busy",
                  s->plan.live ? " LIVE" : "", s->plan.audit ? "" : ", no auditor", (long long)(s->plan.tick_ns / INSTANT_SECOND),
                  (double)s->boot / (double)INSTANT_DAY);
    if (s->plan.step_work != INT64_MIN) append_format(out, ", work %lld", (long long)s->plan.step_work);
    figure(out, n->statements, "statements");
    figure(out, n->accepted, "of them accepted");
    figure(out, n->continues, "continues");
    figure(out, n->shed, "shed");
    figure(out, n->stated, "capacities stated");
    figure(out, n->grown, "of them in force");
    figure(out, n->calls, "calls");
    figure(out, n->called, "of them accepted");
    figure(out, n->called_full, "full");
    figure(out, n->wanting, "keys wanting");
    figure(out, n->called_wrong, "calls turned away");
    figure(out, n->called_again, "sent again");
    figure(out, n->released, "changes of what is released told");
    figure(out, n->lacked, "lacking of it");
    figure(out, n->fetched, "details fetched");
    figure(out, n->looks, "looks at it");
    figure(out, n->shown, "references seen");
    figure(out, n->ticks, "ticks");
    figure(out, n->alerts, "alerts");
    figure(out, n->leads, "lead judgements");
    figure(out, n->refused, "refused");
    figure(out, n->full, "of them full");
    figure(out, n->full_checked, "looked into");
    figure(out, n->repeated, "repeated");
    figure(out, n->retries, "retries");
    figure(out, n->lost, "lost");
    figure(out, n->noise, "noise");
    figure(out, n->events, "events");
    figure(out, n->reads, "reads");
    figure(out, n->cuts, "power cuts");
    figure(out, n->kills, "kills");
    figure(out, n->failed, "failed writes");
    figure(out, n->snapshots, "snapshots");
    figure(out, n->kept, "beside the server");
    figure(out, n->kept_cut, "of them cut off");
    figure(out, n->from_snapshot, "starts from one");
    figure(out, n->digests, "digests recomputed");
    figure(out, n->compared, "states compared");
    figure(out, n->keepers_died, "keepers died");
    figure(out, n->stops, "stops");
    figure(out, n->recoveries, "starts");
    figure(out, n->broken_recoveries, "broken starts");
    figure(out, n->torn, "torn tails");
    figure(out, n->rotten, "rotten bits");
    figure(out, n->rot_found, "of them found");
    figure(out, n->rot_idle, "of them where nothing reads");
    figure(out, n->jumps, "clock jumps");
    figure(out, n->unsure, "unsure ticks");
    figure(out, n->stalls, "stalls");
    figure(out, n->busy, "not taken");
    figure(out, n->disk_full, "of them the disk full");
    figure(out, n->full_days, "day on a full disk");
    figure(out, n->unknown, "unknown");
    figure(out, n->slots, "slots judged");
    figure(out, n->distances, "distances judged");
    figure(out, n->either, "answers within a margin");
}
