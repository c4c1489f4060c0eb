/* A disk in memory, under a seed. Every file keeps what is durable and what was written; a power cut decides for each 512-byte
 * sector that was written since the last sync whether its new bytes got there. Names behave like journaling file systems
 * do at their worst: a file made or renamed and not followed by disk_sync_dir may be gone after the cut. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "log/disk_private.h"

enum { SECTOR = 512 };

struct content { /* of a file; names point to it */
    uint8_t *now, *durable;
    uint64_t size, room;     /* of now */
    uint64_t durable_size, durable_room;
    uint8_t *dirty;          /* one per sector of `now` */
    uint64_t dirty_room;
    uint32_t users;          /* names (now and durable) and open files */
    bool locked;
};
struct entry {
    char *path;
    struct content *now, *durable; /* NULL: no such name */
};
struct simulated {
    struct disk disk;
    struct entry *entries;
    uint32_t count, room;
    uint64_t random, operations, fault_at, space, used;
    enum disk_fault fault;
    enum disk_fate fate;
    char fault_part[32]; /* of a path: the next write there fails */
    char look_fault[32]; /* its end: looking there fails */
    bool fault_set, down, limited;
    uint64_t generation; /* restarts: files of before are dead */
    uint64_t reads, read_fault_at;
};
struct simulated_file {
    struct disk_file file;
    struct content *content;
    char *path;
    enum disk_mode mode;
    bool lock;
    uint64_t generation;
};

static uint64_t draw(struct simulated *d) { /* splitmix64 */
    uint64_t z = d->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static struct simulated *sim(struct disk *d) { return (struct simulated *)d; }

static void *grow(void *at, uint64_t *room, uint64_t need) {
    if (need <= *room) return at;
    uint64_t next = *room < 4096 ? 4096 : *room;
    while (next < need) next *= 2;
    uint8_t *bigger = realloc(at, next);
    assert(bigger != NULL);
    memset(bigger + *room, 0, next - *room);
    *room = next;
    return bigger;
}

static void let_go(struct content *c) {
    if (c == NULL || --c->users > 0) return;
    free(c->now);
    free(c->durable);
    free(c->dirty);
    free(c);
}

static struct content *hold(struct content *c) {
    if (c != NULL) c->users++;
    return c;
}

static struct entry *find(struct simulated *d, const char *path) {
    for (uint32_t i = 0; i < d->count; i++)
        if (strcmp(d->entries[i].path, path) == 0) return &d->entries[i];
    return NULL;
}

static struct entry *find_or_add(struct simulated *d, const char *path) {
    struct entry *e = find(d, path);
    if (e != NULL) return e;
    if (d->count == d->room) {
        d->room = d->room == 0 ? 16 : 2 * d->room;
        d->entries = realloc(d->entries, d->room * sizeof *d->entries);
        assert(d->entries != NULL);
    }
    e = &d->entries[d->count++];
    *e = (struct entry){.path = strdup(path)};
    assert(e->path != NULL);
    return e;
}

static void set_name(struct content **at, struct content *c) {
    hold(c);
    let_go(*at);
    *at = c;
}

static void resize(struct simulated *d, struct content *c, uint64_t size) {
    d->used += size;
    d->used -= c->size;
    c->now = grow(c->now, &c->room, size);
    if (size < c->size) memset(c->now + size, 0, c->size - size);
    c->size = size;
    c->dirty = grow(c->dirty, &c->dirty_room, (c->room + SECTOR - 1) / SECTOR);
}

/* One sector, or the whole size, becomes durable. */
static void settle(struct content *c, uint64_t sector) {
    uint64_t from = sector * SECTOR, end = from + SECTOR < c->size ? from + SECTOR : c->size;
    if (from < end) {
        c->durable = grow(c->durable, &c->durable_room, end);
        memcpy(c->durable + from, c->now + from, end - from);
        if (c->durable_size < end) c->durable_size = end;
    }
    c->dirty[sector] = 0;
}

static void settle_all(struct content *c) {
    for (uint64_t s = 0; s < (c->size + SECTOR - 1) / SECTOR; s++)
        if (c->dirty[s]) settle(c, s);
    c->durable = grow(c->durable, &c->durable_room, c->size);
    if (c->durable_size > c->size) memset(c->durable + c->size, 0, c->durable_size - c->size);
    c->durable_size = c->size;
}

/* Counts an operation; true when it is the one that fails. */
static bool fails(struct simulated *d) {
    if (d->down) return true;
    d->operations++;
    if (d->fault_set && d->operations >= d->fault_at) d->down = true;
    return d->down;
}

static result broken(const struct simulated *d, const char *path, struct fault *f) {
    static const char *const words[] = {"power cut", "Input/output error", "No space left on device", "short write"};
    return fail(f, d->fault == DISK_ENOSPC ? RESULT_FULL : RESULT_IO, path, "%s: %s", path, words[d->fault]);
}

static bool sim_exists(struct disk *disk, const char *path);
static result sim_open(struct disk *disk, const char *path, enum disk_mode mode, bool create, struct disk_file **out,
                       struct fault *f) {
    struct simulated *d = sim(disk);
    if (d->down) return broken(d, path, f);
    if (mode == DISK_NEW && sim_exists(disk, path)) return fail(f, RESULT_CONFLICT, path, "is there already, and was to be made: rm '%s'", path);
    struct entry *e = create ? find_or_add(d, path) : find(d, path);
    if (e == NULL || (e->now == NULL && !create)) return fail(f, RESULT_NOT_FOUND, path, "open %s: no such file", path);
    if (e->now == NULL) {
        struct content *c = calloc(1, sizeof *c);
        assert(c != NULL);
        set_name(&e->now, c);
    }
    struct simulated_file *file = calloc(1, sizeof *file);
    assert(file != NULL);
    *file = (struct simulated_file){
        .file = {disk}, .content = hold(e->now), .path = strdup(path), .mode = mode, .generation = d->generation};
    *out = &file->file;
    return OK;
}

static void sim_close(struct disk_file *file) {
    struct simulated_file *s = (struct simulated_file *)file;
    if (s->lock && s->generation == sim(file->disk)->generation) s->content->locked = false;
    let_go(s->content);
    free(s->path);
    free(s);
}

static void store(struct simulated *d, struct content *c, uint64_t offset, const void *bytes, size_t size) {
    if (size == 0) return;
    if (offset + size > c->size) resize(d, c, offset + size);
    memcpy(c->now + offset, bytes, size);
    for (uint64_t s = offset / SECTOR; s <= (offset + size - 1) / SECTOR; s++) c->dirty[s] = 1;
}

/* What a failing write leaves: a prefix (EIO, ENOSPC, short), or any mix of sectors (power cut, decided at the restart). */
static void store_some(struct simulated *d, struct content *c, uint64_t offset, const void *bytes, size_t size) {
    size_t part = d->fate == DISK_FATE_LOST ? 0 : d->fault == DISK_POWER_CUT || d->fate == DISK_FATE_KEPT ? size : (size_t)(draw(d) % (size / SECTOR + 1)) * SECTOR;
    store(d, c, offset, bytes, part < size ? part : size);
}

static result sim_write(struct disk_file *file, uint64_t offset, const void *bytes, size_t size, struct fault *f) {
    struct simulated_file *s = (struct simulated_file *)file;
    struct simulated *d = sim(file->disk);
    assert(s->mode != DISK_READ && s->generation == d->generation);
    assert(s->mode != DISK_DIRECT || (offset % 4096 == 0 && size % 4096 == 0 && (uintptr_t)bytes % 4096 == 0));
    bool was_down = d->down;
    if (d->fault_part[0] != '\0' && strstr(s->path, d->fault_part) != NULL) {
        d->fault_set = true;
        d->fault_at = d->operations + 1;
        d->fault_part[0] = '\0';
    }
    if (fails(d)) {
        if (!was_down) store_some(d, s->content, offset, bytes, size);
        return broken(d, s->path, f);
    }
    uint64_t growth = offset + size > s->content->size ? offset + size - s->content->size : 0;
    if (d->limited && growth > (d->space > d->used ? d->space - d->used : 0))
        return fail(f, RESULT_FULL, s->path, "write %s: No space left on device", s->path);
    store(d, s->content, offset, bytes, size);
    if (s->mode == DISK_DIRECT && size > 0)
        for (uint64_t i = offset / SECTOR; i <= (offset + size - 1) / SECTOR; i++) settle(s->content, i);
    return OK;
}

static result sim_read(struct disk_file *file, uint64_t offset, void *bytes, size_t size, size_t *got, struct fault *f) {
    struct simulated_file *s = (struct simulated_file *)file;
    struct simulated *d = sim(file->disk);
    const struct content *c = s->content;
    if (d->down) return broken(d, s->path, f);
    if (++d->reads == d->read_fault_at) return fail(f, RESULT_IO, s->path, "%s: Input/output error", s->path);
    *got = offset >= c->size ? 0 : c->size - offset < size ? (size_t)(c->size - offset) : size;
    if (*got > 0) memcpy(bytes, c->now + offset, *got);
    return OK;
}

static result sim_sync(struct disk_file *file, struct fault *f) {
    struct simulated_file *s = (struct simulated_file *)file;
    struct simulated *d = sim(file->disk);
    if (fails(d)) return broken(d, s->path, f);
    settle_all(s->content);
    return OK;
}

static result sim_size(struct disk_file *file, uint64_t *size, struct fault *f) {
    (void)f;
    *size = ((struct simulated_file *)file)->content->size;
    return OK;
}

static result sim_truncate(struct disk_file *file, uint64_t size, struct fault *f) {
    struct simulated_file *s = (struct simulated_file *)file;
    struct simulated *d = sim(file->disk);
    if (fails(d)) return broken(d, s->path, f);
    resize(d, s->content, size);
    return OK;
}

static result sim_make_dir(struct disk *disk, const char *path, struct fault *f) {
    return sim(disk)->down ? broken(sim(disk), path, f) : OK; /* directories are the paths of files */
}

static bool in_dir(const char *path, const char *dir) {
    size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && path[n] == '/' && strchr(path + n + 1, '/') == NULL;
}

static result sim_sync_dir(struct disk *disk, const char *path, struct fault *f) {
    struct simulated *d = sim(disk);
    if (fails(d)) return broken(d, path, f);
    for (uint32_t i = 0; i < d->count; i++)
        if (in_dir(d->entries[i].path, path)) set_name(&d->entries[i].durable, d->entries[i].now);
    return OK;
}

static result sim_rename(struct disk *disk, const char *from, const char *to, struct fault *f) {
    struct simulated *d = sim(disk);
    if (fails(d)) return broken(d, from, f);
    struct entry *target = find_or_add(d, to), *source = find(d, from);
    if (source == NULL || source->now == NULL) return fail(f, RESULT_NOT_FOUND, from, "rename %s: no such file", from);
    set_name(&target->now, source->now);
    set_name(&source->now, NULL);
    return OK;
}

static result sim_remove(struct disk *disk, const char *path, struct fault *f) {
    struct simulated *d = sim(disk);
    if (fails(d)) return broken(d, path, f);
    struct entry *e = find(d, path);
    if (e == NULL || e->now == NULL) return fail(f, RESULT_NOT_FOUND, path, "remove %s: no such file", path);
    d->used -= e->now->size;
    set_name(&e->now, NULL);
    return OK;
}

static bool sim_exists(struct disk *disk, const char *path) {
    const struct entry *e = find(sim(disk), path);
    return e != NULL && e->now != NULL;
}

static bool unlooked(const struct simulated *d, const char *dir) {
    size_t size = strlen(dir), end = strlen(d->look_fault);
    return end > 0 && size >= end && strcmp(dir + size - end, d->look_fault) == 0;
}

static result sim_list(struct disk *disk, const char *dir, bool (*each)(void *context, const char *name), void *context,
                       struct fault *f) {
    struct simulated *d = sim(disk);
    if (unlooked(d, dir)) return fail(f, RESULT_IO, dir, "list %s: Input/output error", dir);
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->entries[i].now == NULL || !in_dir(d->entries[i].path, dir)) continue;
        if (!each(context, d->entries[i].path + strlen(dir) + 1)) break;
    }
    return OK;
}

static result sim_free_space(struct disk *disk, const char *dir, uint64_t *bytes, struct fault *f) {
    const struct simulated *d = sim(disk);
    if (unlooked(d, dir)) return fail(f, RESULT_IO, dir, "free space of %s: Input/output error", dir);
    *bytes = !d->limited ? UINT64_MAX / 2 : d->space > d->used ? d->space - d->used : 0;
    return OK;
}

static result sim_own(struct disk *disk, const char *path, bool link, struct fault *f) { return (void)disk, (void)path, (void)link, (void)f, OK; }
static result sim_private(struct disk *disk, const char *path, struct fault *f) { return (void)disk, (void)path, (void)f, OK; }

static result sim_lock(struct disk *disk, const char *path, struct disk_file **lock, struct fault *f) {
    struct disk_file *file = NULL;
    TRY(sim_open(disk, path, DISK_WRITE, true, &file, f));
    struct simulated_file *s = (struct simulated_file *)file;
    if (s->content->locked) {
        sim_close(file);
        return fail(f, RESULT_BUSY, path, "another process holds it: a server runs on this log already, or one that ends");
    }
    s->content->locked = s->lock = true;
    *lock = file;
    return OK;
}

struct disk *disk_simulated(uint64_t seed) {
    static const struct disk_methods methods = {
        .open = sim_open, .close = sim_close, .write = sim_write, .read = sim_read, .sync = sim_sync, .size = sim_size,
        .truncate = sim_truncate, .make_dir = sim_make_dir, .sync_dir = sim_sync_dir, .rename = sim_rename,
        .remove = sim_remove, .private = sim_private, .own = sim_own, .exists = sim_exists, .list = sim_list, .free_space = sim_free_space, .lock = sim_lock};
    struct simulated *d = calloc(1, sizeof *d);
    assert(d != NULL);
    d->disk.methods = &methods;
    d->random = seed;
    return &d->disk;
}

void disk_simulated_free(struct disk *disk) {
    struct simulated *d = sim(disk);
    for (uint32_t i = 0; i < d->count; i++) {
        let_go(d->entries[i].now);
        let_go(d->entries[i].durable);
        free(d->entries[i].path);
    }
    free(d->entries);
    free(d);
}

uint64_t disk_simulated_operations(const struct disk *disk) { return ((const struct simulated *)disk)->operations; }

void disk_simulated_fault(struct disk *disk, uint64_t at, enum disk_fault what) {
    struct simulated *d = sim(disk);
    d->fault_set = at > 0;
    d->fault_at = at;
    d->fault = what;
    d->fate = DISK_FATE_DRAWN;
    d->fault_part[0] = '\0';
}

void disk_simulated_fault_in(struct disk *disk, const char *part, enum disk_fault what, enum disk_fate fate) {
    struct simulated *d = sim(disk);
    size_t size = strlen(part) + 1;
    assert(size <= sizeof d->fault_part);
    d->fault_set = false;
    d->fault = what;
    d->fate = fate;
    memcpy(d->fault_part, part, size);
}

bool disk_simulated_down(const struct disk *disk) { return ((const struct simulated *)disk)->down; }

uint64_t disk_simulated_reads(const struct disk *disk) { return ((const struct simulated *)disk)->reads; }

void disk_simulated_read_fault(struct disk *disk, uint64_t at) { sim(disk)->read_fault_at = at; }

void disk_simulated_look_fault(struct disk *disk, const char *end) {
    struct simulated *d = sim(disk);
    assert(end == NULL || strlen(end) < sizeof d->look_fault);
    strcpy(d->look_fault, end == NULL ? "" : end);
}

static bool survives(struct simulated *d) {
    return d->fate == DISK_FATE_KEPT || (d->fate == DISK_FATE_DRAWN && draw(d) % 2 == 0);
}

/* After a cut: each unsynced sector is there or not. After EIO and the like the machine lives on: all that was
 * written is seen again (a later sync would have kept it). */
static void survive(struct simulated *d, struct content *c) {
    uint64_t sectors = (c->size + SECTOR - 1) / SECTOR;
    if (d->fault != DISK_POWER_CUT) {
        settle_all(c);
        return;
    }
    for (uint64_t s = 0; s < sectors; s++)
        if (c->dirty[s] && survives(d)) settle(c, s);
    resize(d, c, c->durable_size);
    c->now = grow(c->now, &c->room, c->durable_size);
    if (c->durable_size > 0) memcpy(c->now, c->durable, c->durable_size);
    c->dirty = grow(c->dirty, &c->dirty_room, (c->room + SECTOR - 1) / SECTOR);
    if (c->dirty != NULL) memset(c->dirty, 0, c->dirty_room);
}

void disk_simulated_restart(struct disk *disk) {
    struct simulated *d = sim(disk);
    if (!d->fault_set) d->fault = DISK_POWER_CUT;
    if (!d->fault_set) d->fate = DISK_FATE_DRAWN;
    for (uint32_t i = 0; i < d->count; i++) {
        struct entry *e = &d->entries[i];
        bool kept = d->fault != DISK_POWER_CUT || e->now == e->durable || survives(d);
        if (kept) set_name(&e->durable, e->now);
        else set_name(&e->now, e->durable);
        if (e->now != NULL) {
            survive(d, e->now);
            e->now->locked = false;
        }
    }
    d->used = 0; /* what a name was lost of takes no room any more */
    for (uint32_t i = 0; i < d->count; i++)
        if (d->entries[i].now != NULL) d->used += d->entries[i].now->size;
    d->down = d->fault_set = false;
    d->fate = DISK_FATE_DRAWN;
    d->fault_part[0] = '\0';
    d->generation++;
}

void disk_simulated_flip(struct disk *disk, const char *path, uint64_t bit) {
    struct entry *e = find(sim(disk), path);
    assert(e != NULL && e->now != NULL && bit / 8 < e->now->size);
    e->now->now[bit / 8] ^= (uint8_t)(1u << bit % 8);
    if (bit / 8 < e->now->durable_size) e->now->durable[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

void disk_simulated_room(struct disk *disk, uint64_t bytes) {
    struct simulated *d = sim(disk);
    d->limited = true;
    d->space = d->used + bytes;
}
