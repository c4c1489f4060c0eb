/* A mirror's directory (FORMAT.md, 10, "A mirror"): genesis, party, ticks, stream, checkpoints, as lines of JSON that each have one form only, so that every byte
 * of them counts. Written by one process under a lock.
 *
 * A batch (ticks, the records that they seal, a signed checkpoint that they are a prefix of) is checked whole (mirror.h), then written: records, ticks, and last the line of
 * checkpoints, each synced before the next. What the last whole line of checkpoints does not cover was never taken: a start cuts it and says so. So after a kill at any moment
 * the directory holds the batches up to one of them. A write that fails ends it: nothing is taken that may not be there. */
#ifndef PARLEY_LOG_MIRROR_STORE_H
#define PARLEY_LOG_MIRROR_STORE_H

#include "base/limits.h"
#include "log/disk.h"
#include "log/mirror.h"

enum mirror_file { MIRROR_STREAM, MIRROR_TICKS, MIRROR_CHECKPOINTS, MIRROR_FILES };
extern const char *const mirror_file_names[MIRROR_FILES];

struct mirror_lines {      /* a file, line by line */
    struct disk_file *file;
    struct append room;
    size_t used;           /* of room: before the next line */
    uint64_t read, begin, number; /* bytes read; where the last line begins, its number from 1 */
};
/* *any false: no further line that is ended. *line is valid until the next call. */
result mirror_line(struct mirror_lines *l, struct text *line, bool *any, struct fault *f);

/* Gets each leaf of the stream once it is taken, from seq 0 on: those that are there when the directory is opened, then those of each batch, behind its last write. */
struct mirror_sink { result (*leaf)(void *context, struct text leaf, struct fault *f); void *context; };

struct mirror_store {
    struct disk *disk;
    char dir[LIMIT_PATH];
    struct disk_file *lock, *files[MIRROR_FILES];
    uint64_t ends[MIRROR_FILES];   /* what was taken */
    struct mirror mirror;
    struct append note;            /* the last checkpoint taken, as it came; empty: none */
    struct json_reader *json; size_t json_room;
    struct append again;
    struct arena scratch;
    const struct mirror_sink *sink; /* NULL: none */
    bool failed;                   /* a write did: nothing more is taken */
};
struct mirror_report {
    uint64_t records, parts, ticks, checkpoints;
    uint64_t cut[MIRROR_FILES];    /* bytes behind what was taken; read only: they are still there */
    uint32_t forks;                /* files named fork-… */
};

/* Whoever wants to see what is there while it is checked: each is called once it has been found good, in the mirror's order. NULL: not asked. An error ends the opening. */
struct mirror_watch {
    void *context;
    result (*record)(void *context, const struct mirror *m, const struct node_record *r, struct fault *f); /* m->said */
    result (*tick)(void *context, const struct mirror_tick *t, struct fault *f);
    /* held: ticks that it covers here; path: of consistency from these to it */
    result (*checkpoint)(void *context, uint64_t held, const struct mirror_checkpoint *c, struct text note, const struct hash *path, unsigned length, struct fault *f);
};

/* A new one. `dir` is made; CONFLICT: something else is in it. */
result mirror_store_make(struct disk *d, const char *dir, struct text genesis, struct text party, uint64_t slot, const uint8_t blind[32], struct fault *f);
bool mirror_store_exists(struct disk *d, const char *dir);
/* Reads and checks all of it, as if it came anew. mirror_store_close also after a failure. `write`: under the lock, the tail is cut. BUSY; NOT_FOUND: no mirror is there; ROT, UNAUTHENTIC,
 * DIVERGED name the file, the line, and what is wrong in it. */
result mirror_store_open(struct disk *d, const char *dir, bool write, struct mirror_store *out, struct mirror_report *report, struct fault *f);
result mirror_store_watch(struct disk *d, const char *dir, const struct mirror_watch *watch, struct mirror_store *out, struct mirror_report *report, struct fault *f); /* read only */
result mirror_store_open_to(struct disk *d, const char *dir, bool write, const struct mirror_sink *sink, struct mirror_store *out, struct mirror_report *report, struct fault *f);
void mirror_store_close(struct mirror_store *s);

struct mirror_batch {
    struct mirror_store *store;
    struct mirror now;             /* behind what was fed */
    struct append stream, ticks, line, note, leaves;
};
void mirror_batch_begin(struct mirror_store *s, struct mirror_batch *b);
void mirror_batch_free(struct mirror_batch *b);
/* As the server shows them: an element of "records", one of "ticks", what stands behind these. Each is checked before its line is made; records come before the
 * tick that seals them. An error leaves the batch of no use, and the directory as it was. */
result mirror_batch_record(struct mirror_batch *b, const struct json *record, struct fault *f);
result mirror_batch_tick(struct mirror_batch *b, const struct mirror_tick *t, struct fault *f);
result mirror_batch_end(struct mirror_batch *b, struct text note, const struct hash *path, unsigned length, struct fault *f);
/* A batch without a tick and with the checkpoint that is held writes nothing. */
result mirror_store_commit(struct mirror_store *s, const struct mirror_batch *b, struct fault *f);

/* Keeps what proves a fork: the checkpoint held, then the one shown, as lines of checkpoints, in `fork-<size>-<begin of its root>`. What stands there is never written over. */
result mirror_store_fork(struct mirror_store *s, struct text shown, char name[80], struct fault *f);

/* The root of the first `size` ticks that are held, from the file. */
result mirror_store_root_at(struct mirror_store *s, uint64_t size, struct hash *out, struct fault *f);
/* A line of ticks, parsed and held against its one form. */
result mirror_store_tick(struct mirror_store *s, struct text line, struct mirror_tick *out, struct fault *f);

#endif
