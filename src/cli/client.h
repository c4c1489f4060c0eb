/* What every command that speaks with a server needs: the connection, the log's identity, keys, a session, a clock. */
#ifndef PARLEY_CLI_CLIENT_H
#define PARLEY_CLI_CLIENT_H

#include "base/id.h"
#include "base/json.h"
#include "base/note.h"
#include "base/sha256.h"
#include "cli/cli.h"
#include "cli/http.h"

struct client_key {
    char name[NOTE_NAME_BYTES + 1]; /* "<mode>/<party>/<key>" */
    struct name party, key;
    const char *path; /* of its file, as it was given */
    uint8_t secret[NOTE_SECRET_BYTES], public_key[NOTE_KEY_BYTES];
};
enum { CLIENT_KEYS = 64 };
struct client {
    const struct cli *cli;
    struct http *http;
    struct json_reader *json; size_t json_room; /* client_parse's own */
    struct text origin;       /* in `origin_room` */
    char origin_room[256];
    struct hash log;
    bool live;
    int64_t now;              /* the server's clock when opened */
    bool session;             /* a token was had: client_close gives it back */
    char token[129];
    int64_t token_until;      /* ns since 1970, by the server's clock; while there is a token */
    uint32_t clock_rate;      /* its seconds a second: 1 but in an exercise */
    struct client_key keys[CLIENT_KEYS];
    unsigned key_count;
};
/* Connects, reads GET /v1/log, and reads the secret keys of --key (or PARLEY_KEY). `session`: also obtains a token for the first
 * key. `keys_needed`: fail with a usage fault when none is given. The caller closes it also after a failure. */
result client_open(struct client *k, const struct cli *c, bool keys_needed, bool session, struct fault *f);
/* A token for the first key, unless there is one. */
result client_session(struct client *k, struct fault *f);
const char *client_server(const struct cli *c); /* --server, PARLEY_SERVER or the default */
void client_close(struct client *k);
/* The text of a secret key's file, as secret_read; a public key's file is named as such (USAGE). The caller zeroes it. */
result client_key_file(const char *path, struct append *out, struct fault *f);
result client_key_read(const char *path, struct client_key *out, struct fault *f);
/* GET; *top is valid until the next use of the client; reply->body must be freed. Problems become faults. */
result client_get(struct client *k, const char *path, struct http_reply *reply, const struct json **top, struct fault *f);
/* Parses a reply; *top is valid until the next use. */
result client_parse(struct client *k, struct text in, const struct json **top, struct fault *f);

#endif
