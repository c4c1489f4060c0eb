/* The store of the drone world's doors: its memory, its rows, and the managers' shares of them. */
#include "core/dss_rid.h"

#include "core/bridge.h"
#include "core/sort.h"

const struct id dss_id_none = {{0, 0, 0, 0, 0, 0, 0x40, 0, 0x80}};

/* ---- memory ---- */
static uint32_t rows_of(const struct capacity *c, enum dss_quota q) {
    switch (q) {
    case DSS_QUOTA_REFERENCES: return c->references;
    case DSS_QUOTA_SUBSCRIPTIONS: return c->subscriptions;
    case DSS_QUOTA_FOOTPRINTS: return c->footprints;
    case DSS_QUOTA_POINTS: return c->points;
    case DSS_QUOTAS: break;
    }
    assert(!"no such quota");
    return 0;
}
uint32_t dss_share_of(const struct capacity *c, enum dss_quota q) {
    uint32_t share = c->managers > 0 ? rows_of(c, q) / c->managers : 0;
    return q == DSS_QUOTA_POINTS ? share / DSS_CHUNK_POINTS * DSS_CHUNK_POINTS : share;
}
uint32_t dss_share_at(const struct state *st, row manager, enum dss_quota q) {
    return dss_manager_at(st, manager)->bridge ? bridge_rows(&st->capacity, q) : dss_share_of(&st->capacity, q);
}
const char *dss_quota_name(enum dss_quota q) {
    static const char *const names[DSS_QUOTAS] = {"references", "subscriptions", "footprints", "points"};
    assert(q < DSS_QUOTAS);
    return names[q];
}
void dss_layout(struct state *st, struct memory *m) {
    const struct capacity *c = &st->room;
    const uint32_t references = c->references + bridge_rows(c, DSS_QUOTA_REFERENCES), footprints = c->footprints + bridge_rows(c, DSS_QUOTA_FOOTPRINTS);
    struct dss counting = {0}, *d;
    memory_part(m, "dss");
    st->dss = memory_take(m, 1, sizeof *st->dss);
    d = st->dss ? st->dss : &counting;
    d->reply = append_growing(LIMIT_DSS_REPLY);
    table_layout(&d->managers, m, c->managers + (c->managers > 0), sizeof(struct dss_manager), true);
    table_layout(&d->availabilities, m, 2 * c->managers, sizeof(struct dss_stated), true);
    table_layout_aged(&d->retired, m, c->references, sizeof(struct dss_retired), true);
    table_layout(&d->references, m, references, sizeof(struct dss_reference), true);
    table_layout(&d->subscriptions, m, c->subscriptions, sizeof(struct dss_subscription), true);
    d->references_seen = memory_take(m, references, sizeof *d->references_seen);
    d->subscriptions_seen = memory_take(m, c->subscriptions, sizeof *d->subscriptions_seen);
    uint32_t most = references > c->subscriptions ? references : c->subscriptions;
    for (int i = 0; i < 3; i++) d->rows[i] = memory_take(m, most, sizeof(row));
    d->asked = memory_take(m, c->managers ? LIMIT_VERTICES : 0, sizeof *d->asked);
    d->found = memory_take(m, c->managers ? LIMIT_VERTICES : 0, sizeof *d->found);
    memory_part(m, "dss shapes");
    table_layout(&d->footprints, m, footprints, sizeof(struct dss_footprint), false);
    if (footprints > 0) memory_count(m, index_memory(footprints));
    if (m->a && footprints > 0) d->index = index_new(m->a, footprints);
    memory_part(m, "dss points");
    table_layout(&d->chunks, m, c->points / DSS_CHUNK_POINTS + bridge_rows(c, DSS_QUOTA_POINTS) / DSS_CHUNK_POINTS, sizeof(struct dss_chunk), false);
    memory_part(m, "bridge");
    bridge_layout(st, m);
}
void state_free(struct state *st) {
    if (st != NULL) append_free(&st->dss->reply);
}

/* ---- finding ---- */
uint32_t dss_code(const struct state *st, const void *bytes, size_t size) { return (uint32_t)siphash(st->dss->hash_key, bytes, size); }
static uint32_t code_of(const struct state *st, enum dss_kind kind, const struct id *id) {
    uint8_t key[17] = {(uint8_t)kind};
    memcpy(key + 1, id->bytes, 16);
    return dss_code(st, key, sizeof key);
}
row dss_manager_find(const struct state *st, struct text name) {
    const struct hash_index *x = &st->dss->managers.by_id;
    if (name.size > LIMIT_DSS_NAME) return ROW_NONE;
    row r = hash_index_first(x, dss_code(st, name.at, name.size));
    while (r != ROW_NONE && !text_equal((struct text){dss_manager_at(st, r)->name, dss_manager_at(st, r)->name_size}, name)) r = hash_index_more(x, r);
    return r;
}
row dss_reference_find(const struct state *st, enum dss_kind kind, const struct id *id) {
    const struct hash_index *x = &st->dss->references.by_id;
    row r = hash_index_first(x, code_of(st, kind, id));
    while (r != ROW_NONE && (dss_reference_at(st, r)->kind != kind || !id_equal(&dss_reference_at(st, r)->id, id))) r = hash_index_more(x, r);
    return r;
}
row dss_subscription_find(const struct state *st, enum dss_kind kind, const struct id *id) {
    const struct hash_index *x = &st->dss->subscriptions.by_id;
    row r = hash_index_first(x, code_of(st, kind, id));
    while (r != ROW_NONE && (dss_subscription_at(st, r)->kind != kind || !id_equal(&dss_subscription_at(st, r)->id, id))) r = hash_index_more(x, r);
    return r;
}
void dss_reference_index(struct state *st, row r) {
    hash_index_put(&st->dss->references.by_id, r, code_of(st, (enum dss_kind)dss_reference_at(st, r)->kind, &dss_reference_at(st, r)->id));
}
void dss_subscription_index(struct state *st, row r) {
    hash_index_put(&st->dss->subscriptions.by_id, r, code_of(st, (enum dss_kind)dss_subscription_at(st, r)->kind, &dss_subscription_at(st, r)->id));
}
void dss_manager_index(struct state *st, row r) { hash_index_put(&st->dss->managers.by_id, r, dss_code(st, dss_manager_at(st, r)->name, dss_manager_at(st, r)->name_size)); }

/* ---- shares ---- */
static uint32_t chunks_of(size_t units, size_t each) { return (uint32_t)((units + each - 1) / each); }
static uint32_t points_of(uint32_t vertices) { return chunks_of(vertices, DSS_CHUNK_POINTS) * DSS_CHUNK_POINTS; }
static uint32_t text_points(size_t size) { return chunks_of(size, sizeof(struct dss_chunk) - sizeof(row)) * DSS_CHUNK_POINTS; }
struct dss_cost dss_cost_of(const struct shape *shapes, uint32_t count, struct text url) {
    struct dss_cost c = {.of = {[DSS_QUOTA_FOOTPRINTS] = count, [DSS_QUOTA_POINTS] = text_points(url.size)}};
    for (uint32_t i = 0; i < count; i++) c.of[DSS_QUOTA_POINTS] += points_of(shapes[i].count);
    return c;
}
struct dss_cost dss_cost_place(const struct state *st, const struct dss_place *p, const struct text_ref *url) {
    struct dss_cost c = {.of = {[DSS_QUOTA_FOOTPRINTS] = p->count, [DSS_QUOTA_POINTS] = text_points(url->size)}};
    for (row f = p->footprint; f != ROW_NONE; f = dss_footprint_at(st, f)->next) c.of[DSS_QUOTA_POINTS] += points_of(dss_footprint_at(st, f)->count);
    return c;
}
int dss_full(const struct state *st, row manager, const struct dss_cost *more, const struct dss_cost *less) {
    static const struct dss_cost none;
    const struct dss_cost *used = manager == ROW_NONE ? &none : &dss_manager_at(st, manager)->used;
    if (manager == ROW_NONE && st->dss->managers.used - bridge_manager_there(st) >= st->capacity.managers) return DSS_QUOTAS;
    for (int q = 0; q < DSS_QUOTAS; q++)
        if ((uint64_t)used->of[q] - less->of[q] + more->of[q] > dss_share_of(&st->capacity, (enum dss_quota)q)) return q;
    if (more->told <= less->told) return -1;
    uint64_t grows = more->told - less->told;
    return used->told + grows > dss_told_share(&st->capacity) || st->dss->told + grows > LIMIT_DSS_TOLD ? DSS_FULL_TOLD : -1;
}
void dss_share_take(struct state *st, row manager, enum dss_quota q, uint32_t n) {
    uint32_t *used = &dss_manager_at(st, manager)->used.of[q], share = dss_share_at(st, manager, q);
    assert(n <= share && *used <= share - n); /* as checked: what is replaced was given back before */
    *used += n;
}
void dss_share_give(struct state *st, row manager, enum dss_quota q, uint32_t n) {
    uint32_t *used = &dss_manager_at(st, manager)->used.of[q];
    assert(*used >= n);
    *used -= n;
}

/* More managers make the share smaller, and who had more keeps it: so the sum is bounded, too. */
uint32_t dss_told_share(const struct capacity *c) { return c->managers > 0 ? LIMIT_DSS_TOLD / c->managers : 0; }
static void told_give(struct state *st, const struct dss_subscription *s) {
    uint32_t *used = &dss_manager_at(st, s->manager)->used.told, bytes = s->url.chunk == ROW_NONE ? 0 : dss_told_bytes(s->url.size);
    assert(*used >= bytes && st->dss->told >= bytes);
    *used -= bytes;
    st->dss->told -= bytes;
}
static bool told_take(struct state *st, const struct dss_subscription *s) {
    uint32_t *used = &dss_manager_at(st, s->manager)->used.told, bytes = dss_told_bytes(s->url.size);
    if (st->dss->told + bytes > LIMIT_DSS_TOLD) return false;
    *used += bytes;
    st->dss->told += bytes;
    return true;
}
void dss_subscription_url(struct state *st, row subscription, struct text url) {
    struct dss_subscription *s = dss_subscription_at(st, subscription);
    told_give(st, s);
    dss_text_release(st, s->manager, &s->url);
    s->url = dss_text_store(st, s->manager, url);
    bool fits = told_take(st, s);
    assert(fits); /* as checked */
    (void)fits;
}
bool saved_dss_told(struct state *st, row subscription) { return told_take(st, dss_subscription_at(st, subscription)); }

/* ---- managers ---- */
row dss_manager_enter(struct state *st, struct text name) {
    row r = dss_manager_find(st, name);
    if (r != ROW_NONE) return r;
    assert(name.size <= LIMIT_DSS_NAME);
    r = table_take(&st->dss->managers);
    struct dss_manager *m = dss_manager_at(st, r);
    m->serial = state_serial(st);
    m->name_size = (uint16_t)name.size;
    memcpy(m->name, name.at, name.size);
    m->ends_first[DSS_OF_REFERENCES] = m->ends_first[DSS_OF_SUBSCRIPTIONS] = ROW_NONE;
    row stated = dss_stated_find(st, name);
    if (stated != ROW_NONE) m->availability = dss_stated_at(st, stated)->availability;
    dss_manager_index(st, r);
    return r;
}
void dss_manager_settle(struct state *st, row manager) {
    static const struct dss_cost none;
    const struct dss_manager *m = dss_manager_at(st, manager);
    if (memcmp(&m->used, &none, sizeof none) != 0) return;
    hash_index_remove(&st->dss->managers.by_id, manager);
    table_drop(&st->dss->managers, manager);
}

/* ---- references and subscriptions ---- */
static const struct dss_place nowhere = {.footprint = ROW_NONE};
row dss_reference_take(struct state *st, enum dss_kind kind, const struct id *id, row manager) {
    dss_share_take(st, manager, DSS_QUOTA_REFERENCES, 1);
    row r = table_take(&st->dss->references);
    *dss_reference_at(st, r) = (struct dss_reference){.id = *id, .serial = state_serial(st), .manager = manager, .kind = (uint8_t)kind, .place = nowhere,
                                                      .url = {ROW_NONE, 0}, .subscription = ROW_NONE, .newer = ROW_NONE, .older = ROW_NONE, .of = ROW_NONE, .next_piece = ROW_NONE};
    dss_reference_index(st, r);
    return r;
}
row dss_subscription_take(struct state *st, enum dss_kind kind, const struct id *id, row manager) {
    dss_share_take(st, manager, DSS_QUOTA_SUBSCRIPTIONS, 1);
    row r = table_take(&st->dss->subscriptions);
    *dss_subscription_at(st, r) = (struct dss_subscription){.id = *id, .serial = state_serial(st), .manager = manager, .kind = (uint8_t)kind, .place = nowhere,
                                                            .url = {ROW_NONE, 0}, .dependent = ROW_NONE};
    dss_subscription_index(st, r);
    return r;
}
void dss_reference_drop(struct state *st, row r) {
    struct dss_reference *x = dss_reference_at(st, r);
    assert(x->subscription == ROW_NONE);
    if (x->kind == DSS_AREA) dss_ends_leave(st, DSS_OF_REFERENCES, r);
    dss_place_release(st, &x->place, x->manager);
    dss_text_release(st, x->manager, &x->url);
    dss_share_give(st, x->manager, DSS_QUOTA_REFERENCES, 1);
    hash_index_remove(&st->dss->references.by_id, r);
    dss_suffix_retire(st, x);
    table_drop(&st->dss->references, r);
}
void dss_subscription_drop(struct state *st, row r) {
    struct dss_subscription *x = dss_subscription_at(st, r);
    assert(x->dependents == 0 && x->dependent == ROW_NONE);
    if (x->kind == DSS_AREA_SUBSCRIPTION) dss_ends_leave(st, DSS_OF_SUBSCRIPTIONS, r);
    dss_place_release(st, &x->place, x->manager);
    told_give(st, x);
    dss_text_release(st, x->manager, &x->url);
    dss_share_give(st, x->manager, DSS_QUOTA_SUBSCRIPTIONS, 1);
    hash_index_remove(&st->dss->subscriptions.by_id, r);
    table_drop(&st->dss->subscriptions, r);
}
void dss_attach(struct state *st, row intent, row subscription) {
    struct dss_reference *x = dss_reference_at(st, intent);
    struct dss_subscription *s = dss_subscription_at(st, subscription);
    assert(x->subscription == ROW_NONE && x->manager == s->manager);
    x->subscription = subscription;
    x->older = s->dependent;
    x->newer = ROW_NONE;
    if (s->dependent != ROW_NONE) dss_reference_at(st, s->dependent)->newer = intent;
    s->dependent = intent;
    s->dependents++;
}
void dss_detach(struct state *st, row intent) {
    struct dss_reference *x = dss_reference_at(st, intent);
    row was = x->subscription;
    if (was == ROW_NONE) return;
    struct dss_subscription *s = dss_subscription_at(st, was);
    if (x->newer == ROW_NONE) s->dependent = x->older;
    else dss_reference_at(st, x->newer)->older = x->older;
    if (x->older != ROW_NONE) dss_reference_at(st, x->older)->newer = x->newer;
    x->subscription = x->newer = x->older = ROW_NONE;
    assert(s->dependents > 0);
    if (--s->dependents == 0 && s->implicit) dss_subscription_drop(st, was);
}
