/* The keeper: what door/keeper.c does in a process of its own, here as calls between two turns of the server. It follows the journal at its own pace, writes
 * what the node has marked, and may be cut off, or die, at any moment of that; it may not find anything wrong that is not. */
#include "log/follower.h"
#include "sim.h"

void follow_up(struct sim *s) {
    struct fault f = {0};
    struct node_from from;
    s->keeper_draw = draw_of(s->plan.seed, "keeper", s->starts, 0);
    node_from(s->node, &from);
    sim_must(s, follower_open("sim", s->disk, &s->follower, &f), &f, "the keeper");
    sim_must(s, follower_begin(s->follower, &from, &f), &f, "the keeper begins");
}
void follow_down(struct sim *s) {
    follower_close(s->follower);
    s->follower = NULL;
}

static void write_one(struct sim *s) {
    struct sim_draw *d = &s->keeper_draw;
    struct node_snapshot_kept k;
    struct fault f = {0};
    /* The power goes at one of its writes, or soon after. Twins break where both can. */
    if (!s->plan.twin && !s->quiet && !s->filling && draw_chance(d, 60)) disk_simulated_fault(s->disk, disk_simulated_operations(s->disk) + 1 + draw_below(d, 6), DISK_POWER_CUT);
    result r = follower_snapshot(s->follower, &k, &f);
    s->figures.kept_cut += disk_simulated_down(s->disk);
    if (!result_is_ok(r)) {
        if (!disk_simulated_down(s->disk) && r.code != RESULT_FULL) sim_fail(s, "the keeper writes no snapshot: %s: %s", f.field, f.message);
        node_snapshot_missed(s->node);
        return;
    }
    s->figures.kept++;
    node_snapshot_kept(s->node, &k);
}
static void die(struct sim *s) {
    follow_down(s);
    node_keeper_gone(s->node);
    s->figures.keepers_died++;
}
/* Where it has come as far as the node, both have the same state. */
static void compare(struct sim *s) {
    struct node_numbers n;
    node_numbers(s->node, &n);
    if (follower_order(s->follower) != n.applied) return;
    struct hash a = state_digest(node_state(s->node)), b = state_digest(follower_state(s->follower));
    if (!hash_equal(&a, &b)) sim_fail(s, "the keeper has another state than the server behind statement %llu", (unsigned long long)n.applied);
    s->figures.compared++;
}
void follow_turn(struct sim *s) {
    struct sim_draw *d = &s->keeper_draw;
    if (s->follower == NULL) return;
    if (draw_chance(d, 1)) {
        die(s);
        return;
    }
    if (draw_chance(d, 250)) return; /* it has no turn */
    for (uint32_t i = 1 + draw_below(d, 12); i > 0 && !disk_simulated_down(s->disk); i--) {
        struct fault f = {0};
        bool there = false;
        uint64_t wanted = node_wanted(s->node);
        if (wanted > 0 && follower_order(s->follower) == wanted) {
            write_one(s);
            continue;
        }
        result r = follower_step(s->follower, node_batch(s->node), &there, &f);
        if (!result_is_ok(r) && disk_simulated_down(s->disk)) return;
        if (!result_is_ok(r)) sim_fail(s, "the keeper says: %s: %s: %s", result_name(r.code), f.field, f.message);
        if (!there) continue;
        if (draw_chance(d, 20)) compare(s);
        return;
    }
}
