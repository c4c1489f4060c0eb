#include "cli/cosigner.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "log/secret.h"

static struct text trimmed(struct text line) {
    while (line.size > 0 && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r')) line.size--;
    return line;
}

/* The key, and behind it whose it is: a mirror's signature says that it holds the log, a witness' only that it has seen it, and neither format tells them apart. */
static struct text first_line(const struct append *file) {
    struct text all = append_view(file);
    const char *end = memchr(all.at, '\n', all.size);
    return trimmed(end == NULL ? all : (struct text){all.at, (size_t)(end - all.at)});
}

static result check_role(const struct append *file, const char *path, const char *whose, struct fault *f) {
    struct text line = first_line(file), all = append_view(file);
    struct text role = trimmed((struct text){line.at + line.size, all.size - line.size});
    while (role.size > 0 && (role.at[0] == '\n' || role.at[0] == '\r')) role = (struct text){role.at + 1, role.size - 1};
    if (role.size == 0 || text_is(role, whose)) return OK; /* none: one that was made elsewhere */
    const char *other = strcmp(whose, "mirror") == 0 ? "witness" : "mirror";
    if (!text_is(role, other)) return fail(f, RESULT_MALFORMED, path, "holds more than a key, and whose it is: 'mirror' or 'witness'");
    return fail(f, RESULT_CONFLICT, path, "is a %s's key, and one key in two roles would sign for what it must not: a %s has its own ('parley %s key')", other, whose, whose);
}

result cosigner_secret(const char *path, const char *whose, char room[COSIGNER_KEY_BYTES], struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    struct append file = append_fixed(room, COSIGNER_KEY_BYTES);
    struct fault inner = {0};
    TRY(secret_read(path, &file, f));
    result r = note_skey_read_of(NOTE_COSIGNATURE, first_line(&file), name, secret, &inner);
    r = result_is_ok(r) ? check_role(&file, path, whose, f) : fail(f, r.code, path, "holds no %s's secret key ('parley %s key' makes one): %s", whose, whose, inner.message);
    if (!result_is_ok(r)) {
        sodium_memzero(room, COSIGNER_KEY_BYTES);
        sodium_memzero(secret, NOTE_SECRET_BYTES);
        return r;
    }
    char kept[NOTE_NAME_BYTES + 1]; /* the name stands before the secret in the file's text: that alone is kept */
    size_t size = name->size;
    memcpy(kept, name->at, size);
    sodium_memzero(room, COSIGNER_KEY_BYTES);
    memcpy(room, kept, size);
    *name = (struct text){room, size};
    return OK;
}

static result write_pair(const char *path, const char *whose, struct text name, const uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    char room[COSIGNER_KEY_BYTES], public_path[LIMIT_PATH];
    struct append key = append_fixed(room, sizeof room);
    if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path) return fail(f, RESULT_TOO_LARGE, path, "is too long a name");
    note_skey_of(NOTE_COSIGNATURE, &key, name, secret);
    append_format(&key, "\n%s\n", whose);
    result r = cli_write_file(path, append_view(&key), 0600, false, f);
    append_reset(&key);
    note_vkey_of(NOTE_COSIGNATURE, &key, name, secret + NOTE_KEY_BYTES);
    append_char(&key, '\n');
    if (result_is_ok(r)) r = cli_write_file(public_path, append_view(&key), 0644, true, f);
    sodium_memzero(room, sizeof room);
    return r;
}

static result make_key(const struct cli *c, const char *whose, struct text *name, uint8_t secret[NOTE_SECRET_BYTES], struct fault *f) {
    uint8_t seed[NOTE_KEY_BYTES], public_key[NOTE_KEY_BYTES];
    *name = text_of(cli_get(c, "name"));
    if (!note_name_valid(*name)) return fail(f, RESULT_USAGE, "--name", "has no '+' and no space, and is not empty: a name of yours, such as %s.example/north", whose);
    if (sodium_init() < 0) return fail(f, RESULT_IO, "random", "the system has no random numbers");
    randombytes_buf(seed, sizeof seed);
    note_key_from_seed(seed, secret, public_key);
    sodium_memzero(seed, sizeof seed);
    return write_pair(c->arguments[0], whose, *name, secret, f);
}

int cosigner_key_run(struct cli *c, const char *whose) {
    struct fault f = {0};
    struct text name = {0};
    uint8_t secret[NOTE_SECRET_BYTES];
    char room[COSIGNER_KEY_BYTES], shown[COSIGNER_KEY_BYTES];
    struct append vkey = append_fixed(shown, sizeof shown);
    result r = cli_has(c, "name") ? make_key(c, whose, &name, secret, &f) : cosigner_secret(c->arguments[0], whose, room, &name, secret, &f);
    if (result_is_ok(r)) note_vkey_of(NOTE_COSIGNATURE, &vkey, name, secret + NOTE_KEY_BYTES);
    sodium_memzero(secret, sizeof secret);
    if (result_is_ok(r)) printf("%.*s\n", TEXT_ARG(append_view(&vkey)));
    sodium_memzero(room, sizeof room);
    return result_is_ok(r) ? CLI_OK : cli_fail(c, &f);
}
