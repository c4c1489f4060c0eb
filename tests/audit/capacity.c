/* Capacities: those of the genesis, those that were stated and wait, and when they come into force (FORMAT.md, 14, "capacity", "grow"). */
#include "inner.h"

static const struct { const char *name; enum quota q; uint64_t most; } tables[] = {
    {"keys", Q_KEYS, 1 << 26}, {"agreements", Q_AGREEMENTS, 65535}, {"areas", Q_AREAS, 1 << 26}, {"feeds", Q_FEEDS, 1 << 26}, {"notices", Q_NOTICES, 1 << 26},
    {"flights", Q_FLIGHTS, 1 << 26}, {"volumes", Q_VOLUMES, 1 << 26}, {"vertices", Q_VERTICES, UINT64_C(1) << 30}, {"tracks", Q_TRACKS, 1 << 26}, {"alerts", Q_ALERTS, 1 << 26},
    {"pending", Q_PENDING, 1 << 26}, {"recent", Q_RECENT, 1 << 26}, {"holds", Q_HOLDS, 1 << 26}};
/* Of the doors of F3548 and F3411: all or none of them, each manager has its share. */
static const char *const doors[] = {"managers", "references", "subscriptions", "footprints", "points"};
enum { DOORS = sizeof doors / sizeof *doors, MANAGERS_MOST = 65536, DOOR_UNIT = 8 };
enum { TABLES = sizeof tables / sizeof *tables, DUES_MOST = 1 << 30, PARTIES_MOST = 4096 };

static void merge(struct capacities *c, const json_t *j) {
    for (int i = 0; i < TABLES; i++) c->rows[tables[i].q] = (uint64_t)scaled_of(j, tables[i].name, 0, (int64_t)c->rows[tables[i].q]);
    c->parties = (uint64_t)scaled_of(j, "parties", 0, (int64_t)c->parties);
    for (int i = 0; i < DOORS; i++) c->doors[i] = (uint64_t)scaled_of(j, doors[i], 0, (int64_t)c->doors[i]);
}
/* Rows that there are: each pair of parties has four alerts at least, and there are as many dues as all that wants them can have. */
static struct capacities computed(struct capacities c) {
    uint64_t pairs = 4 * c.parties * c.parties, members = c.parties < MEMBERS_MOST ? c.parties : MEMBERS_MOST;
    if (c.rows[Q_ALERTS] < pairs) c.rows[Q_ALERTS] = pairs < DUES_MOST ? pairs : DUES_MOST;
    uint64_t dues = c.rows[Q_NOTICES] * members + c.rows[Q_ALERTS] + c.rows[Q_HOLDS] + 64 * c.parties;
    c.rows[Q_DUES] = dues < DUES_MOST ? dues : DUES_MOST;
    return c;
}
static void take_force(struct audit *a, const struct capacities *stated) {
    a->in_force = *stated;
    struct capacities c = computed(*stated);
    for (int q = 0; q < QUOTAS; q++) a->capacity[q] = c.rows[q];
    a->alert_rows = a->capacity[Q_ALERTS];
    a->parties_most = c.parties;
}
void capacities_read(struct audit *a, const json_t *c) {
    struct capacities first = {.parties = 1};
    merge(&first, c);
    a->slots_log2 = (uint32_t)scaled_of(c, "slots_log2", 0, 1);
    take_force(a, &first);
    a->wanted = first;
}

static bool in_bounds(const struct audit *a, const struct capacities *c) {
    if (c->parties > UINT64_C(1) << a->slots_log2 || c->parties > PARTIES_MOST || c->doors[0] > MANAGERS_MOST) return false;
    for (int i = 1; i < DOORS; i++) {
        uint64_t most = c->doors[0] == 0 ? 0 : i == DOORS - 1 ? UINT64_C(1) << 30 : UINT64_C(1) << 26;
        if (c->doors[i] < c->doors[0] * (i == DOORS - 1 ? DOOR_UNIT : 1) || c->doors[i] > most) return false;
    }
    for (int i = 0; i < TABLES; i++)
        if (c->rows[tables[i].q] > tables[i].most || c->rows[tables[i].q] < c->parties * (tables[i].q == Q_VERTICES ? 16 : 1)) return false;
    return true;
}
static bool shares_stay(const struct capacities *now, const struct capacities *then) {
    struct capacities x = computed(*now), y = computed(*then);
    for (int q = 0; q < QUOTAS; q++) {
        uint64_t unit = q == Q_VERTICES ? 16 : 1;
        if (y.rows[q] / y.parties / unit < x.rows[q] / x.parties / unit) return false;
    }
    for (int i = 1; i < DOORS && now->doors[0] > 0; i++) {
        uint64_t unit = i == DOORS - 1 ? DOOR_UNIT : 1;
        if (then->doors[i] / then->doors[0] / unit < now->doors[i] / now->doors[0] / unit) return false;
    }
    return y.rows[Q_ALERTS] / (y.parties * y.parties) >= x.rows[Q_ALERTS] / (x.parties * x.parties);
}
const char *capacity_check(struct audit *a, struct step *c) {
    struct capacities then = a->wanted;
    merge(&then, said_body(c->s)->body);
    if (memcmp(&then, &a->wanted, sizeof then) == 0 || then.parties < a->in_force.parties) return "body";
    for (int i = 0; i < TABLES; i++)
        if (then.rows[tables[i].q] < a->in_force.rows[tables[i].q]) return "body";
    for (int i = 0; i < DOORS; i++)
        if (then.doors[i] < a->in_force.doors[i]) return "body";
    return in_bounds(a, &then) && shares_stay(&a->in_force, &then) ? NULL : "body";
}
void capacity_apply(struct audit *a, struct step *c) {
    merge(&a->wanted, said_body(c->s)->body);
    a->wanted_order = memcmp(&a->wanted, &a->in_force, sizeof a->wanted) == 0 ? 0 : a->order;
}
/* Whatever is full at this order still refuses in the one before it and no more in the one behind. */
const char *grow_check(struct audit *a, struct step *c) { return a->wanted_order > 0 && c->s->tick == a->wanted_order ? NULL : "stale"; }
void grow_apply(struct audit *a, struct step *c) {
    (void)c;
    take_force(a, &a->wanted);
    a->wanted_order = 0;
}
