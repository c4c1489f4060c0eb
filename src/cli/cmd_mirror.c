/* mirror, mirror check: a party's own verified copy of the log and of its whole stream (log/mirror_store.h), taken from a server that it does not believe. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cosignature.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/cosigner.h"
#include "cli/mirror_share.h"
#include "log/mirror_store.h"

enum {
    ASK_TICKS = 1000,            /* of one read; the server gives fewer of what it has to compute */
    ASK_RECORDS = 1000,
    ENOUGH_BYTES = 64 * 1024 * 1024, /* of a batch's records: with more, the next batch is of fewer ticks */
    EVERY_SECONDS = 5, EVERY_MOST = 3600,
    TAKEN_MOST = 4,              /* times that a directory is found taken, over 15 s, as by one that ends; whoever goes on has it for good */
    WAIT_MOST = 60               /* seconds between two attempts while the server is away */
};

static volatile sig_atomic_t asked_to_end, child_ended;
static void on_signal(int number) {
    if (number == SIGCHLD) child_ended = 1;
    else asked_to_end = 1;
}

struct run {
    struct cli *cli;
    const char *dir;
    struct client client;
    bool connected;
    unsigned taken;              /* how often another process had the directory */
    struct mirror_store store;
    struct mirror_share share;
    struct mirror_tick *ticks;   /* ASK_TICKS */
    unsigned ask;                /* ticks, next time */
    unsigned waited;             /* seconds, after failures */
    struct mirror_share_pulled pulled;
};

/* --- words --- */

static void say(const struct run *u, const char *what) {
    const struct mirror *m = &u->store.mirror;
    char room[48];
    struct append time = append_fixed(room, sizeof room);
    if (m->ticks.size > 0) append_instant(&time, m->tick_time);
    printf(u->cli->json ? "{\"mirror\":\"%s\",\"ticks\":%llu,\"records\":%llu,\"time\":\"%.*s\"}\n" : "%s: %llu ticks, %llu records, up to %.*s\n", what,
           (unsigned long long)m->ticks.size, (unsigned long long)m->sealed, TEXT_ARG(append_view(&time)));
    (void)fflush(stdout);
}

static void say_cut(const struct mirror_report *report, const char *done) {
    for (int i = 0; i < MIRROR_FILES; i++)
        if (report->cut[i] > 0)
            fprintf(stderr, "parley: %s: %llu bytes behind the last checkpoint that was taken%s\n", mirror_file_names[i], (unsigned long long)report->cut[i], done);
    if (report->forks > 0) fprintf(stderr, "parley: the directory holds the proof of %u fork%s of this log: files named fork-…\n", report->forks, report->forks == 1 ? "" : "s");
}

/* --- what a server shows --- */

struct batch_reading {
    struct run *u;
    struct mirror_batch batch;
    unsigned count;              /* of u->ticks */
    struct hash path[MERKLE_DEPTH];
    unsigned length;
    struct append note;
    struct http_reply page;      /* of the stream */
    bool has_page;
    const struct json *records, *next;
};

static result ask(struct run *u, const char *path, struct http_reply *reply, const struct json **top, struct fault *f) {
    result r = client_get(&u->client, path, reply, top, f);
    if (r.code != RESULT_UNAUTHENTIC) return r;
    u->client.session = false; /* it has expired, or the server has begun anew */
    TRY(client_session(&u->client, f));
    return client_get(&u->client, path, reply, top, f);
}

static result read_slots(struct batch_reading *b, const struct json *top, struct fault *f) {
    struct run *u = b->u;
    const struct json *ticks = NULL;
    struct text note;
    int64_t slot = 0;
    TRY(json_get_scaled(top, "slot", true, 0, 0, UINT16_MAX, &slot, f));
    if (slot != u->store.mirror.slot)
        return fail(f, RESULT_ROT, "slot", "the server says that the party's is %lld; it was %u", (long long)slot, u->store.mirror.slot);
    TRY(json_get_array(top, "ticks", true, ASK_TICKS, &ticks, f));
    for (const struct json *t = json_first(ticks); t != NULL; t = json_next(ticks, t)) TRY(mirror_read_tick(t, &u->ticks[b->count++], f));
    TRY(mirror_read_path(top, "consistency", MERKLE_DEPTH, b->path, &b->length, f));
    TRY(json_get_text(top, "checkpoint", true, SIZE_MAX, &note, f));
    append_text(&b->note, note);
    return OK;
}

static result next_page(struct batch_reading *b, struct fault *f) {
    char path[96];
    const struct json *top;
    if (b->has_page) append_free(&b->page.body);
    b->has_page = false;
    snprintf(path, sizeof path, "/v1/stream?from=%llu&limit=%d", (unsigned long long)b->batch.now.stream.size, ASK_RECORDS);
    TRY(ask(b->u, path, &b->page, &top, f));
    b->has_page = true;
    TRY(json_get_array(top, "records", true, ASK_RECORDS, &b->records, f));
    b->next = json_first(b->records);
    return OK;
}

static result take_record(struct batch_reading *b, const struct mirror_tick *t, struct fault *f) {
    if (b->next == NULL) TRY(next_page(b, f));
    if (b->next == NULL) {
        char field[48];
        snprintf(field, sizeof field, "seq %llu", (unsigned long long)b->batch.now.stream.size);
        return fail(f, RESULT_ROT, field, "is missing: tick %llu seals %llu records, and the server does not show this one", (unsigned long long)t->tick, (unsigned long long)t->size);
    }
    const struct json *record = b->next;
    b->next = json_next(b->records, record);
    return mirror_batch_record(&b->batch, record, f);
}

static result take_batch(struct batch_reading *b, struct fault *f) {
    for (unsigned i = 0; i < b->count; i++) {
        const struct mirror_tick *t = &b->u->ticks[i];
        while (t->has_slot && b->batch.now.stream.size < t->size) TRY(take_record(b, t, f));
        TRY(mirror_batch_tick(&b->batch, t, f));
        if (b->batch.stream.size > ENOUGH_BYTES && i + 1 < b->count) { /* the proof is of all of them: so fewer are asked for */
            b->u->ask = i + 1;
            return result_of(RESULT_BUSY);
        }
    }
    return mirror_batch_end(&b->batch, append_view(&b->note), b->path, b->length, f);
}

static result keep_fork(struct run *u, struct text note, struct fault *f) {
    char name[80];
    struct fault why = *f;
    u->pulled.fork = true;
    TRY(mirror_store_fork(&u->store, note, name, f));
    *f = why;
    printf("FORK: two logs bear the signature of one key. What is held, and what was shown now, as kept in %s/%s:\n\n%.*s\n%.*s", u->dir, name,
           TEXT_ARG(append_view(&u->store.note)), TEXT_ARG(note));
    (void)fflush(stdout);
    return result_of(RESULT_DIVERGED);
}

/* The server has fewer ticks than are held: is its log a beginning of ours, or another? */
static result look_behind(struct run *u, struct fault *f) {
    struct http_reply reply;
    struct mirror_checkpoint c;
    struct hash own;
    TRY(ask(u, "/v1/checkpoint", &reply, NULL, f));
    result r = mirror_note(&u->store.mirror, append_view(&reply.body), &c, f);
    if (result_is_ok(r) && c.size >= u->store.mirror.ticks.size) {
        append_free(&reply.body);
        return result_of(RESULT_BUSY); /* it has come meanwhile */
    }
    if (result_is_ok(r)) r = mirror_store_root_at(&u->store, c.size, &own, f);
    if (result_is_ok(r) && hash_equal(&own, &c.root)) r = mirror_prefix(&u->store.mirror, &c, NULL, 0, f); /* LOST_TAIL */
    else if (result_is_ok(r)) {
        (void)fail(f, RESULT_DIVERGED, "checkpoint", "a fork: the log's key has signed another log of %llu ticks than the one that is held", (unsigned long long)c.size);
        r = keep_fork(u, append_view(&reply.body), f);
    }
    append_free(&reply.body);
    return r;
}

/* What was shown does not fit. Of another log, or of ours and changed? A proof between what is held and what is signed now tells. `r`: what was found, in *f. */
static result is_fork(struct run *u, result r, struct fault *f) {
    char path[96];
    struct http_reply reply;
    const struct json *top;
    struct hash proof[MERKLE_DEPTH];
    struct mirror_checkpoint c;
    struct fault why;
    struct text note;
    unsigned length = 0;
    if (r.code != RESULT_ROT || u->store.mirror.ticks.size == 0) return r;
    snprintf(path, sizeof path, "/v1/slots?from=%llu&limit=0", (unsigned long long)u->store.mirror.ticks.size + 1);
    if (!result_is_ok(ask(u, path, &reply, &top, &why))) return r;
    result seen = mirror_read_path(top, "consistency", MERKLE_DEPTH, proof, &length, &why);
    if (result_is_ok(seen)) seen = json_get_text(top, "checkpoint", true, SIZE_MAX, &note, &why);
    if (result_is_ok(seen)) seen = mirror_note(&u->store.mirror, note, &c, &why);
    if (result_is_ok(seen)) seen = mirror_prefix(&u->store.mirror, &c, proof, length, &why);
    if (seen.code == RESULT_DIVERGED) {
        *f = why;
        r = keep_fork(u, note, f);
    }
    append_free(&reply.body);
    return r;
}

/* One read of ticks with all that they seal, checked and kept. *more: there are others. */
static result pull(struct run *u, bool *more, struct fault *f) {
    char path[96];
    struct http_reply reply;
    const struct json *top;
    struct batch_reading b = {.u = u, .note = append_growing(1 << 20)};
    *more = false;
    snprintf(path, sizeof path, "/v1/slots?from=%llu&limit=%u", (unsigned long long)u->store.mirror.ticks.size + 1, u->ask);
    result r = ask(u, path, &reply, &top, f);
    if (r.code == RESULT_NOT_FOUND) return u->store.mirror.ticks.size == 0 ? result_of(RESULT_BUSY) : look_behind(u, f); /* no tick yet */
    TRY(r);
    r = read_slots(&b, top, f);
    append_free(&reply.body);
    mirror_batch_begin(&u->store, &b.batch);
    if (result_is_ok(r)) r = take_batch(&b, f);
    if (r.code == RESULT_DIVERGED) r = keep_fork(u, append_view(&b.note), f);
    else if (!result_is_ok(r)) r = is_fork(u, r, f);
    if (result_is_ok(r)) r = mirror_store_commit(&u->store, &b.batch, f);
    *more = r.code == RESULT_BUSY || (result_is_ok(r) && b.count > 0);
    if (result_is_ok(r) && u->ask < ASK_TICKS && b.count == u->ask) u->ask = u->ask * 2 > ASK_TICKS ? ASK_TICKS : u->ask * 2;
    mirror_batch_free(&b.batch);
    if (b.has_page) append_free(&b.page.body);
    append_free(&b.note);
    return r.code == RESULT_BUSY && *more ? OK : r;
}

/* --- beginning --- */

static result make(struct run *u, struct fault *f) {
    struct http_reply log = {0}, blind = {0}, slots = {0};
    const struct json *top;
    struct text text;
    struct append genesis = append_growing(LIMIT_GENESIS_BYTES);
    uint8_t key[32] = {0};
    int64_t slot = 0;
    struct mirror whole = {0};
    result r = ask(u, "/v1/log", &log, &top, f);
    if (result_is_ok(r)) r = json_get_text(top, "genesis", true, LIMIT_GENESIS_BYTES, &text, f);
    if (result_is_ok(r)) append_text(&genesis, text);
    if (result_is_ok(r)) r = mirror_new(append_view(&genesis), &whole, f);
    if (result_is_ok(r) && !hash_equal(&whole.log, &u->client.log)) r = fail(f, RESULT_ROT, "genesis", "is not of the log that the server says it is");
    if (result_is_ok(r)) r = ask(u, "/v1/slots?from=1&limit=0", &slots, &top, f);
    if (result_is_ok(r)) r = json_get_scaled(top, "slot", true, 0, 0, UINT16_MAX, &slot, f);
    if (result_is_ok(r)) r = ask(u, "/v1/blind", &blind, &top, f);
    if (result_is_ok(r)) r = json_get_hex(top, "blind", true, key, sizeof key, f);
    if (result_is_ok(r)) r = mirror_store_make(disk_real(), u->dir, append_view(&genesis), name_text(&u->client.keys[0].party), (uint64_t)slot, key, f);
    mirror_free(&whole);
    append_free(&genesis);
    append_free(&log.body);
    append_free(&blind.body);
    append_free(&slots.body);
    memset(key, 0, sizeof key);
    return r;
}

static result same_log(const struct run *u, struct fault *f) {
    const struct mirror *m = &u->store.mirror;
    const char *as = cli_get(u->cli, "as");
    if (!hash_equal(&m->log, &u->client.log)) return fail(f, RESULT_CONFLICT, u->dir, "is the mirror of another log (%s) than the server's", m->origin);
    if (!text_equal(name_text(&m->party), name_text(&u->client.keys[0].party)))
        return fail(f, RESULT_CONFLICT, u->dir, "is the mirror of %.*s's stream, and the key is %.*s's", TEXT_ARG(name_text(&m->party)), TEXT_ARG(name_text(&u->client.keys[0].party)));
    if (as != NULL && !text_is(name_text(&m->party), as)) return fail(f, RESULT_CONFLICT, "--as", "the mirror is of %.*s's stream", TEXT_ARG(name_text(&m->party)));
    return OK;
}

static result connect(struct run *u, struct fault *f) {
    if (u->connected) return OK;
    result r = client_open(&u->client, u->cli, true, true, f);
    const char *as = cli_get(u->cli, "as");
    if (result_is_ok(r) && as != NULL && !text_is(name_text(&u->client.keys[0].party), as))
        r = fail(f, RESULT_USAGE, "--as", "the key is of %.*s", TEXT_ARG(name_text(&u->client.keys[0].party)));
    if (!result_is_ok(r)) client_close(&u->client);
    u->connected = result_is_ok(r);
    return r;
}

static result open_store(struct run *u, bool *opened, struct fault *f) {
    struct mirror_report report;
    if (*opened) return OK;
    result r = mirror_share_open(&u->share, &u->store, &report, f);
    if (!result_is_ok(r)) {
        mirror_store_close(&u->store);
        u->taken = r.code == RESULT_BUSY ? u->taken + 1 : 0;
        return r;
    }
    *opened = true;
    u->pulled.fork = report.forks > 0; /* until somebody has looked, and moved it away */
    say_cut(&report, ": cut; it was never taken");
    if (report.ticks > 0) say(u, "held");
    return mirror_share_start(&u->share, &u->store.mirror, f);
}

/* Who shows the mirror is another process, which begins before a party's key is read, or after it was wiped. */
static result begin(struct run *u, bool *opened, struct fault *f) {
    if (mirror_share_on(&u->share) && !*opened && mirror_store_exists(disk_real(), u->dir)) TRY(open_store(u, opened, f));
    TRY(connect(u, f));
    if (*opened) return OK;
    if (!mirror_store_exists(disk_real(), u->dir)) TRY(make(u, f));
    if (!mirror_share_on(&u->share)) return open_store(u, opened, f);
    client_close(&u->client);
    u->connected = false;
    TRY(open_store(u, opened, f));
    return connect(u, f);
}

/* --- what is handed on to who shows it --- */

static result checkpoint_size(const struct append *note, uint64_t *size, struct fault *f) {
    static struct note parsed;
    struct checkpoint c;
    TRY(note_parse(append_view(note), &parsed, f));
    TRY(checkpoint_read(parsed.text, &c, f));
    *size = c.size;
    return OK;
}

static result put_offer(struct run *u, const struct append *note, struct fault *f) {
    struct append offer = append_growing(note->size + 64);
    append_format(&offer, "ticks %llu\n", (unsigned long long)u->store.mirror.ticks.size);
    append_text(&offer, append_view(note));
    result r = mirror_share_put(&u->share, "offer", append_view(&offer), f);
    append_free(&offer);
    return r;
}

/* The log's checkpoint with the witnesses' signatures, once all of its ticks are held; before, the one that came with them. The stream's where the server shows one of what is held. */
static result hand_on(struct run *u, struct fault *f) {
    struct http_reply reply;
    uint64_t size = 0;
    const struct mirror *m = &u->store.mirror;
    if (!mirror_share_on(&u->share) || m->ticks.size == 0) return OK;
    TRY(ask(u, "/log/checkpoint", &reply, NULL, f));
    result r = checkpoint_size(&reply.body, &size, f);
    if (result_is_ok(r) && size <= m->ticks.size) r = put_offer(u, &reply.body, f);
    else if (result_is_ok(r) && result_is_ok(r = checkpoint_size(&u->store.note, &size, f)) && size == m->ticks.size) r = put_offer(u, &u->store.note, f);
    append_free(&reply.body);
    TRY(r);
    r = ask(u, "/stream/checkpoint", &reply, NULL, f);
    if (r.code == RESULT_NOT_FOUND || r.code == RESULT_FORBIDDEN) return OK; /* no tick has sealed it, or the server shows none */
    TRY(r);
    r = checkpoint_size(&reply.body, &size, f);
    if (result_is_ok(r) && size <= m->sealed) r = mirror_share_put(&u->share, "sealed", append_view(&reply.body), f);
    append_free(&reply.body);
    return r;
}

/* --- going on --- */

static bool comes_back(result r) { return r.code == RESULT_UNKNOWN || r.code == RESULT_BUSY; }

static void pause_seconds(unsigned seconds) {
    struct timespec t = {.tv_sec = (time_t)seconds};
    while (!asked_to_end && !child_ended && nanosleep(&t, &t) != 0 && errno == EINTR) continue;
}

/* All that there is; what was said of it is in *f. */
static result catch_up(struct run *u, bool *opened, struct fault *f) {
    bool more = true;
    TRY(begin(u, opened, f));
    TRY(same_log(u, f));
    uint64_t before = u->store.mirror.ticks.size;
    while (more && !asked_to_end) {
        f->code = RESULT_OK;
        TRY(pull(u, &more, f));
    }
    if (u->store.mirror.ticks.size > before || cli_has(u->cli, "once")) say(u, "taken");
    if (asked_to_end) return OK;
    TRY(hand_on(u, f));
    u->pulled.seconds = (uint64_t)time(NULL);
    return mirror_share_say(&u->share, &u->pulled, f);
}

/* What the server shows is not taken any more; what is held is still shown, until somebody looks. */
static void go_on_showing(struct run *u) {
    struct fault f = {0};
    u->pulled.stopped = true;
    bool said = result_is_ok(mirror_share_say(&u->share, &u->pulled, &f));
    fprintf(stderr, "parley: nothing more is pulled; what is held is still shown, until this is ended%s%s\n", said ? "" : "; whoever watches /healthy does not see it: ", said ? "" : f.message);
    while (!asked_to_end && mirror_share_up(&u->share)) pause_seconds(1);
}

static int follow(struct run *u, uint64_t every) {
    bool opened = false, once = cli_has(u->cli, "once");
    int status = CLI_OK;
    while (!asked_to_end) {
        struct fault f = {0};
        result r = catch_up(u, &opened, &f);
        if (r.code == RESULT_BUSY && f.message[0] == '\0') (void)fail(&f, RESULT_BUSY, "checkpoint", "the log has no tick yet");
        if (!result_is_ok(r) && (once || !comes_back(r) || u->store.failed || u->taken > TAKEN_MOST)) {
            status = cli_fail(u->cli, &f);
            if (r.code == RESULT_DIVERGED) status = CLI_FORK;
            if (u->share.child != 0) go_on_showing(u);
            break;
        }
        if (result_is_ok(r)) u->waited = 0;
        else (void)cli_fail(u->cli, &f), u->waited = u->waited == 0 ? 1 : u->waited * 2 > WAIT_MOST ? WAIT_MOST : u->waited * 2;
        if (once) break;
        pause_seconds(result_is_ok(r) ? (unsigned)every : u->waited);
        child_ended = 0;
        if (!mirror_share_up(&u->share)) {
            status = u->share.status != CLI_OK ? u->share.status : CLI_SYSTEM;
            break;
        }
    }
    mirror_share_end(&u->share);
    if (status == CLI_OK) status = u->share.status;
    if (opened) mirror_store_close(&u->store);
    if (u->connected) client_close(&u->client);
    return status;
}

static int mirror_run(struct cli *c) {
    static struct run u;
    struct fault f;
    struct sigaction end = {.sa_handler = on_signal};
    uint64_t every = EVERY_SECONDS;
    if (cli_need(c, "into") == NULL) return CLI_USAGE;
    if (cli_has(c, "every") && !result_is_ok(cli_number("--every", cli_get(c, "every"), 1, EVERY_MOST, &every, &f))) return cli_fail(c, &f);
    if (mirror_share_told()) return result_is_ok(mirror_share_read(c, cli_get(c, "into"), &u.share, &f)) && mirror_share_on(&u.share) ? mirror_share_show(&u.share) : cli_error(c, RESULT_USAGE, MIRROR_SHARE_TOLD, "is set: unset it");
    if (c->argument_count == 1) c->values[c->value_count++] = (struct cli_value){"server", c->arguments[0]};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    end.sa_flags = SA_NOCLDSTOP;
    sigaction(SIGCHLD, &end, NULL);
    u = (struct run){.cli = c, .dir = cli_get(c, "into"), .ask = ASK_TICKS, .ticks = calloc(ASK_TICKS, sizeof *u.ticks)};
    if (u.ticks == NULL) return cli_error(c, RESULT_IO, "", "no memory");
    if (!result_is_ok(mirror_share_read(c, u.dir, &u.share, &f))) {
        free(u.ticks);
        return cli_fail(c, &f);
    }
    int status = follow(&u, every);
    free(u.ticks);
    return status;
}

static int check_run(struct cli *c) {
    static struct mirror_store s;
    struct mirror_report report;
    struct fault f = {0};
    result r = mirror_store_open(disk_real(), c->arguments[0], false, &s, &report, &f);
    bool whole = report.cut[MIRROR_STREAM] == 0 && report.cut[MIRROR_TICKS] == 0 && report.cut[MIRROR_CHECKPOINTS] == 0;
    if (result_is_ok(r)) {
        printf(c->json ? "{\"whole\":%s,\"log\":\"%s\",\"party\":\"%.*s\",\"ticks\":%llu,\"records\":%llu,\"parts\":%llu,\"checkpoints\":%llu,\"forks\":%u}\n"
                       : "%s: %s, the stream of %.*s; %llu ticks, each with its slot; %llu records of %llu parts; %llu checkpoints; %u forks\n",
               c->json ? (whole ? "true" : "false") : (whole ? "whole" : "whole but for its tail"), s.mirror.origin, TEXT_ARG(name_text(&s.mirror.party)), (unsigned long long)report.ticks,
               (unsigned long long)report.records, (unsigned long long)report.parts, (unsigned long long)report.checkpoints, report.forks);
        say_cut(&report, ", which the next start cuts: a kill leaves such, and so does a change of the last line");
    }
    int status = !result_is_ok(r) ? cli_fail(c, &f) : report.forks > 0 ? CLI_FORK : whole ? CLI_OK : CLI_DOUBTFUL;
    mirror_store_close(&s);
    return status;
}

static const struct cli_option mirror_options[] = {{"as", "PARTY", "whose stream: must be the party of --key"},
                                                   {"into", "DIR", "the mirror's directory; made if it is not there"},
                                                   {"once", NULL, "catch up and end"},
                                                   {"every", "SECONDS", "from one look to the next while following; default 5"},
                                                   {"listen", "HOST:PORT", "show it to others as tiles, /log/ and /stream/, while it goes on pulling; port 0: any free one"},
                                                   {"log-open", NULL, "the log is shown to whoever asks; else to who has the token"},
                                                   {"stream-open", NULL, "the stream's tiles too: hashes and times of records, not what they say"},
                                                   {"token", "FILE", "a line of 16 characters or more, mode 0600, that who asks sends as \"Authorization: Bearer …\""},
                                                   {"mirror-key", "FILE", "sign as a mirror (C2SP tlog-mirror), with this key, made by 'parley mirror key'"},
                                                   {"witness-key", "FILE", "a witness beside it, of another name and key: what add-checkpoint answers with"},
                                                   {"tls-cert", "FILE", "certificate chain, PEM: https"},
                                                   {"tls-key", "FILE", "its secret key, PEM, mode 0600"},
                                                   {"behind-proxy", NULL, "plain http on any address: a proxy in front does TLS"},
                                                   {"no-seccomp", NULL, "the process that listens does without the filter of system calls"},
                                                   {"verbose", NULL, "the log tells of every signature"},
                                                   {NULL, NULL, NULL}};
static const struct cli_option none[] = {{NULL, NULL, NULL}};
const struct cli_command command_mirror = {
    "mirror", "[URL]", 0, 1, "keep a verified copy of the log and of the party's whole stream",
    "Pulls every tick of the log with the party's own slot in it, every record of its stream with all parts that it may read, and the checkpoints; checks all of it before it is written, and goes on from "
    "there after any kill. What the server does not show, or shows otherwise than it signed, is named by tick, seq and part, with exit status 7, and not written. Another log under the same key's signature "
    "is a fork: both signed notes are printed and kept in DIR/fork-…, with exit status 12. While the server is away it is tried again, at the longest every minute. URL stands for --server. DIR holds "
    "what your party may read, and its blinding key: it is a secret. With --listen a second process shows the log and the stream as tiles and, with --mirror-key, signs: each checkpoint of the log once all "
    "its ticks are on disk here. It takes them from what is pulled, or by add-checkpoint and add-entries from whoever has them. When the server shows what is not so, nothing more is pulled, and what is "
    "held is still shown until you end it.",
    mirror_options, true, mirror_run};
const struct cli_command command_mirror_check = {
    "mirror check", "DIR", 1, 1, "check a mirror again, without a server",
    "Every hash, signature and path from its files alone. Names the file, line and seq, tick or part that is wrong, and exits with 7; with 9 where bytes stand behind the last checkpoint that was taken, "
    "as a kill leaves them; with 12 where it holds the proof of a fork.", none, false, check_run};
static int key_run(struct cli *c) { return cosigner_key_run(c, "mirror"); }
static const struct cli_option key_options[] = {{"name", "NAME", "makes it: the name under which the mirror signs, such as mirror.example/north"}, {NULL, NULL, NULL}};
const struct cli_command command_mirror_key = {
    "mirror key", "FILE", 1, 1, "make a mirror's key (--name), and print its public one",
    "FILE is the secret key, FILE.pub the public one, which is also printed: who trusts the mirror is given that line. Its signature says that the mirror holds the log up to there. Of one key there is one "
    "mirror, and its DIR/serve is what it knows: after a loss of that begin anew with a new key.", key_options, false, key_run};
