/* Internal to src/core: pieces of the views. */
#ifndef PARLEY_CORE_VIEW_INNER_H
#define PARLEY_CORE_VIEW_INNER_H

#include "core/render.h"
#include "core/view.h"
#include "core/watch.h"

/* One kind of item: its table and order, who may read a row, and how it reads. Rows that may not be read do not exist for the reader. */
struct view_kind {
    const struct table *(*table)(const struct state *st);
    int (*order)(const void *, const void *);
    bool (*readable)(const struct state *st, row r, uint16_t reader);
    /* NULL: items of this view are not asked for one by one */
    bool (*is)(const struct state *st, row r, uint16_t party, const struct id *id);
    void (*render)(const struct state *st, row r, uint16_t reader, struct append *out);
};
extern const struct view_kind view_notices, view_flights, view_tracks, view_alerts, view_holds, view_areas, view_agreements, view_feeds,
    view_pending, view_due;

#define VIEW_STATUS_LATE 8 /* read-backs that are overdue and named */
void view_status(const struct state *st, uint16_t reader, struct append *out); /* {…} */

void view_volumes(const struct state *st, row first, bool stated, struct append *out);  /* [ … ] */
void view_readers(const struct state *st, const struct reader_set *set, struct append *out);
void view_hash(const struct hash *h, struct append *out);                  /* in quotes */
void view_text(struct append *out, const char *member, const char *at, size_t size);   /* ,"member":"…"; nothing when empty */
void view_time(struct append *out, const char *member, instant t);                     /* ,"member":"…" or null */
void view_seconds(struct append *out, const char *member, int64_t ns);
void view_metres(struct append *out, const char *member, int64_t cm);
void view_steps(const struct due_row *d, struct append *out);              /* ["received",…] */

#endif
