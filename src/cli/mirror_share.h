/* What `parley mirror … --listen` hands to the process that shows and signs (door/mirror_server.h): that process, and the files in DIR/serve. */
#ifndef PARLEY_CLI_MIRROR_SHARE_H
#define PARLEY_CLI_MIRROR_SHARE_H

#include <sys/types.h>

#include "cli/cli.h"
#include "log/mirror_store.h"
#include "log/tile_store.h"

#define MIRROR_SHARE_TOLD "PARLEY_MIRROR_SHOWS"
struct mirror_share {
    const struct cli *cli;         /* NULL: nothing is shared */
    const char *dir;
    struct mirror_sink sink;
    struct tile_store *leaves;
    struct merkle seen;            /* of the leaves that came */
    bool stale;                    /* what the file had is not what came */
    pid_t child;                   /* 0: none */
    int status;                    /* of its end */
};
/* The options, as far as they can be judged before anything is done. */
result mirror_share_read(const struct cli *c, const char *dir, struct mirror_share *out, struct fault *f);
bool mirror_share_on(const struct mirror_share *s);
/* mirror_store_open, with the stream's leaves kept for those who ask for tiles. */
result mirror_share_open(struct mirror_share *s, struct mirror_store *store, struct mirror_report *report, struct fault *f);
/* The process: this program begun anew, with the same words, so nothing of what is in memory or open here is there; MIRROR_SHARE_TOLD in its environment tells it, and whose mirror it shows. */
result mirror_share_start(struct mirror_share *s, const struct mirror *m, struct fault *f);
/* Is this that process? Then it shows until it is told to end, with this exit status. */
bool mirror_share_told(void);
int mirror_share_show(const struct mirror_share *s);
bool mirror_share_up(struct mirror_share *s); /* false: it has ended, with s->status */
/* `offer`, `sealed`, `pulled`. */
result mirror_share_put(const struct mirror_share *s, const char *name, struct text note, struct fault *f);
/* How the pulling goes: when all was held that the server had (seconds since 1970; 0: not yet), was a fork seen, is nothing more pulled. */
struct mirror_share_pulled { uint64_t seconds; bool fork, stopped; };
result mirror_share_say(const struct mirror_share *s, const struct mirror_share_pulled *p, struct fault *f);
void mirror_share_end(struct mirror_share *s); /* ends it, and waits for it */

#endif
