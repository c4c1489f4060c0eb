/* The server: what door/server.c and door/loop.c do with sockets, threads and signals, here as calls. There are no outgoing calls yet; a courier
 * would be one more step of server_turn, beside the writer's. */
#include <stdlib.h>

#include "core/capacity.h"
#include "door/limits.h"
#include "door/shed.h"
#include "sim.h"

#define START INT64_C(1795413600000000000) /* 2026-11-23T06:00:00Z */
static const char dir[] = "sim";

instant sim_time(const struct sim *s) { return START + s->boot; }

static void read_clocks(void *context, int64_t *realtime, int64_t *boottime) {
    const struct sim *s = context;
    *boottime = s->boot;
    *realtime = START + s->boot + s->skew;
}
static int64_t clock_error(void *context) { return (void)context, 1000000; }

/* Salts of one party's records must not depend on how much others hear. */
static uint64_t salt_seed;
static void salt_of(uint16_t party, uint64_t place, uint8_t part_class, uint8_t salt[32]) {
    struct sim_draw d = draw_of(salt_seed, "salt", (uint64_t)party << 8 | part_class, place), *before = draw_source;
    draw_source = &d;
    draw_bytes(salt, 32);
    draw_source = before;
}

static struct sequencer *order(void *context, uint64_t last_number, instant last_time) {
    struct sim *s = context;
    struct sim_draw d = draw_of(s->plan.seed, "order", s->starts, 0);
    return sequencer_simulated_new(draw_next(&d), &s->plan.order, last_number, last_time);
}

void server_create(struct sim *s) {
    struct fault f = {0};
    struct sim_draw d = draw_of(s->plan.seed, "create", 0, 0);
    draw_source = &d;
    s->disk = disk_simulated(s->plan.seed);
    sim_must(s, node_create(s->disk, dir, s->genesis, s->log_secret, s->receipt_secret, &f), &f, "node_create");
}

/* From now on there is only so much room beyond what is kept for a day of ticks. */
void server_disk_limited(struct sim *s) {
    uint64_t reserve = (uint64_t)(LIMIT_RESERVE_NS / s->plan.tick_ns) * LIMIT_TICK_BYTES;
    if (s->limited || s->plan.space == 0) return;
    s->limited = true;
    disk_simulated_room(s->disk, reserve + s->plan.space);
}

/* --- up --- */

static void door_up(struct sim *s) {
    struct door *d = &s->door;
    memset(d, 0, sizeof *d);
    const struct state *st = node_state(s->node);
    uint32_t parties = state_room(st)->parties; /* those that wait come into force while it serves */
    d->node = s->node;
    d->sessions = sessions_new(parties, DOOR_SESSION_SECONDS * INSTANT_SECOND, DOOR_CHALLENGE_SECONDS * INSTANT_SECOND, draw_bytes);
    d->limiter = limiter_new(parties, DOOR_RATE_PARTY, DOOR_RATE_ADDRESS);
    d->events = events_new(d);
    d->tickets = tickets_new();
    call_keys(s);
    d->shed = shed_new(parties, s->plan.positions_ahead);
    d->json = json_reader_new(LIMIT_BODY_BYTES + 4096);
    d->part_room = 256;
    d->parts = calloc(d->part_room, sizeof *d->parts);
    d->waiting_room = 4096;
    d->waiting = calloc(d->waiting_room, sizeof *d->waiting);
    d->grid = calloc(d->waiting_room, sizeof *d->grid);
    arena_growing(&d->scratch, DOOR_SCRATCH_BYTES);
    d->decoder = (struct decoder){d->json, &d->scratch, *node_log_hash(s->node), state_origin(st)};
    struct clock_source source = {read_clocks, clock_error, s};
    clock_begin(&d->clock, &source, state_order(st) > 0 ? state_time(st) : INSTANT_NONE);
    d->now_ms = s->boot / 1000000;
}

void server_up(struct sim *s) {
    struct node_report report;
    struct fault f = {0};
    struct sim_draw d = draw_of(s->plan.seed, "up", ++s->starts, 0);
    s->server_draw = draw_of(s->plan.seed, "server", s->starts, 0);
    draw_source = &s->server_draw;
    salt_seed = s->plan.seed;
    for (;;) {
        faults_arm_start(s, &d);
        struct node_options o = {.dir = dir, .disk = s->disk, .random = draw_bytes, .salt = salt_of, .stepped_writer = true, .snapshot_ticks = s->plan.snapshot_ticks, .bridge_url = s->plan.bridge_url,
                                 .verify_signatures = draw_chance(&d, 100)};
        o.verify_signatures = !faults_rot_in_snapshot(s) && (o.verify_signatures || s->rot.planted); /* a start from a snapshot does not read the payloads before it */
        if (s->plan.simulated_order) o.sequencer = order, o.sequencer_context = s;
        result r = node_open(&o, &s->node, &report, &f);
        if (result_is_ok(r)) break;
        s->node = NULL;
        s->figures.broken_recoveries++;
        if (!faults_explain(s, r, &f)) sim_fail(s, "the server does not start: %s: %s: %s", result_name(r.code), f.field, f.message);
    }
    s->server_draw = draw_of(s->plan.seed, "door", s->starts, 0); /* one twin may have needed more starts than the other: what its sessions draw must not hang on that */
    faults_started(s, report.snapshots_passed);
    s->figures.recoveries++;
    s->figures.from_snapshot += report.snapshot > 0;
    s->figures.digests += report.digests;
    s->figures.torn += report.cut_bytes > 0;
    struct hash came = state_digest(node_state(s->node));
    if (s->has_settled && !hash_equal(&s->settled, &came)) sim_fail(s, "all was durable, but the state that comes back is another one");
    state_check(node_state(s->node));
    s->has_settled = false;
    door_up(s);
    follow_up(s);
    s->up = true;
    s->started_at = s->second_at = s->boot;
    ledger_compare(s);
}

/* --- down --- */

static void door_down(struct sim *s) {
    struct door *d = &s->door;
    events_free(d->events);
    tickets_free(d->tickets);
    shed_free(d->shed);
    sessions_free(d->sessions);
    bearers_free(d->bearers);
    managers_free(d->managers);
    dss_free(d->dss);
    limiter_free(d->limiter);
    json_reader_free(d->json);
    free(d->parts);
    free(d->waiting);
    free(d->grid);
    arena_free(&d->scratch);
}

static bool settled(const struct sim *s) {
    struct node_numbers n;
    node_numbers(s->node, &n);
    return n.applied == n.durable && tickets_out(s->door.tickets) == 0 && s->door.waiting_count == 0;
}

void server_settle(struct sim *s) {
    int64_t begun = s->boot;
    for (int i = 0; i < 4000 && server_busy(s) && !s->cut_now; i++) {
        s->boot += 1000000;
        s->stall_until = 0;
        server_turn(s);
    }
    if (s->plan.twin) s->boot = begun + 5 * INSTANT_SECOND; /* however long it took: the other may have less to do */
}

void server_down(struct sim *s, enum down how) {
    if (how == DOWN_STOP) server_settle(s);
    if (!s->up) return; /* it broke meanwhile */
    if (settled(s)) {
        s->settled = state_digest(node_state(s->node));
        s->has_settled = true;
    }
    s->up = false;
    transport_cut(s);
    door_down(s);
    follow_down(s);
    node_close(s->node);
    s->node = NULL;
    if (how != DOWN_CUT) disk_simulated_fault(s->disk, UINT64_MAX, DISK_EIO); /* the machine lives on: what was written is there */
    disk_simulated_restart(s->disk);
    for (uint32_t i = 0; i < s->plan.parties; i++) s->client[i].in_session = s->client[i].listening = s->client[i].logging_in = false;
    s->cut_now = false;
    s->stall_until = 0;
}

/* --- one turn --- */

bool server_busy(struct sim *s) {
    if (!s->up) return false;
    struct node_numbers n;
    node_numbers(s->node, &n);
    return n.queued > 0 || n.applied != n.durable || tickets_out(s->door.tickets) > 0 || s->door.waiting_count > 0;
}

int64_t server_tick_due(struct sim *s) {
    return s->boot + clock_until(&s->door.clock, node_next_tick(s->node));
}

/* The node ended for good, as it must when a write fails. Whoever waits hears nothing. */
static void broken(struct sim *s, const struct fault *f) {
    (void)f;
    s->figures.failed++;
    server_down(s, DOWN_CUT);
}

/* While it is sure the server's time is the system's, to a jump's width; else a jump was followed without a word. It never runs back, and between two
 * looks passes as much as CLOCK_BOOTTIME says, unless a `clock` statement has set it. */
static void check_clock(struct sim *s, instant now, bool unsure) {
    instant real = START + s->boot + s->skew;
    bool waits = now == s->clock_last; /* ahead of the system's: it stands until that has caught up */
    if (!unsure && !waits && (now > real + 2 * INSTANT_SECOND || now < real - 2 * INSTANT_SECOND))
        sim_fail(s, "the system's clock has jumped, but the server is sure of its own");
    if (now < s->clock_last) sim_fail(s, "the server's time runs back");
    int64_t passed = s->boot - s->clock_boot, went = now - s->clock_last;
    if (s->clock_start == s->starts && !s->clock_set && (went > passed + 2 * INSTANT_SECOND || (went < passed - 2 * INSTANT_SECOND && !waits)))
        sim_fail(s, "the server's time has gone on by %lld ms in %lld", (long long)(went / 1000000), (long long)(passed / 1000000));
    s->clock_last = now;
    s->clock_boot = s->boot;
    s->clock_start = s->starts;
    s->clock_set = false;
}

static result tick_when_due(struct sim *s, struct fault *f) {
    struct door *d = &s->door;
    instant now = clock_now(&d->clock);
    bool unsure = clock_unsure(&d->clock);
    if (now < node_next_tick(d->node)) return OK;
    check_clock(s, now, unsure);
    s->figures.unsure += unsure;
    result r = node_tick(d->node, now, clock_error_ns(&d->clock), unsure, f);
    return r.code == RESULT_BUSY || r.code == RESULT_FULL ? OK : r;
}

static result node_turn(struct sim *s, struct fault *f);

/* Twins: when all before it is written, and nothing else is under way, a tick is due, and its write fails. What a tick writes differs between the two,
 * but not whether it is there afterwards: without its payload or its hashes it is not, without its checkpoint it is. */
static result tick_fails(struct sim *s, struct fault *f) {
    s->stall_until = 0;
    for (int i = 0; i < 64 && server_busy(s); i++) TRY(node_turn(s, f));
    if (server_busy(s)) sim_fail(s, "a twin does not come to rest");
    disk_simulated_fault_in(s->disk, s->tick_fault.part, s->tick_fault.what, s->tick_fault.fate);
    s->tick_fault.part = NULL;
    TRY(tick_when_due(s, f));
    TRY(node_turn(s, f));
    sim_fail(s, "a tick was written, and no write of it failed");
}

static result node_turn(struct sim *s, struct fault *f) {
    struct door *d = &s->door;
    struct node_event e;
    for (int i = 0; i < 2; i++) { /* what was ordered meanwhile goes into the next batch, as with a thread */
        TRY(node_poll(s->node, f));
        if (s->boot >= s->stall_until) (void)node_write_step(s->node);
        if (!s->plan.twin && draw_chance(&s->server_draw, s->plan.cut_after)) break; /* written, not yet published */
        TRY(node_poll(s->node, f));
        while (node_next(s->node, &e)) {
            if (e.kind == NODE_APPENDED) s->ledger.grown[e.party] = e.place + 1;
            int64_t offset = d->clock.offset;
            door_node_event(d, &e);
            s->clock_set = s->clock_set || d->clock.offset != offset;
        }
        door_release(d);
    }
    return OK;
}

/* Of capacities: that some wait, and that those which waited are in force. */
static void watch_capacity(struct sim *s) {
    uint64_t waits = state_wanted_order(node_state(s->node));
    bool grown = s->waited > 0 && waits == 0 && capacity_equal(state_capacity(node_state(s->node)), &s->wanted);
    s->figures.stated += waits > s->waited;
    s->figures.grown += grown;
    s->waited = waits;
    s->wanted = *state_wanted(node_state(s->node));
}

/* Whether it comes to be or not, the server goes on; a start may use it. Not in twins: what a disk does with it is the same for nobody. */
static void maybe_snapshot(struct sim *s) {
    struct sim_draw d = draw_of(s->plan.seed, "snapshot", (uint64_t)s->boot, s->starts);
    struct fault f;
    if (s->plan.twin || !draw_chance(&d, 20)) return;
    result r = node_snapshot(s->node, &f);
    s->figures.snapshots += result_is_ok(r);
    s->figures.snapshots_failed += !result_is_ok(r) && r.code != RESULT_BUSY;
}

void server_turn(struct sim *s) {
    struct fault f = {0};
    for (int i = 0; i < 64 && s->up; i++) {
        s->door.now_ms = s->boot / 1000000;
        events_begin(s->door.events);
        bool fails = s->tick_fault.part != NULL && clock_now(&s->door.clock) >= node_next_tick(s->node);
        result r = fails ? tick_fails(s, &f) : tick_when_due(s, &f);
        if (result_is_ok(r)) r = node_turn(s, &f);
        if (!result_is_ok(r)) {
            broken(s, &f);
            return;
        }
        watch_capacity(s);
        if (i == 0) maybe_snapshot(s);
        if (i == 0) follow_turn(s);
        if (disk_simulated_down(s->disk)) { /* it went while a snapshot was written, which the server bears: until it restarts no read would work */
            broken(s, &f);
            return;
        }
        ledger_extend(s);
        /* In twins nothing goes to a client before all is durable: how long a read waits for what others have written is a channel of its own
         * (SECURITY.md, the reply grid), and would let the two go different ways. */
        if (s->plan.twin && s->boot < s->stall_until) return;
        if (s->plan.twin && server_busy(s)) continue;
        if (s->boot - s->second_at >= INSTANT_SECOND) {
            s->second_at = s->boot;
            events_tick(s->door.events);
        }
        transport_pull(s);
        bool any = transport_deliver(s);
        if (s->cut_now && s->up) {
            s->figures.cuts++;
            server_down(s, DOWN_CUT);
        }
        if (!any && !events_hungry(s->door.events)) return;
    }
}
