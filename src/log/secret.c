#include "log/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/file.h"

void secret_process(void) {
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void *secret_alloc(size_t size) {
    if (sodium_init() < 0) return NULL;
    void *at = sodium_malloc(size);
    if (at != NULL) memset(at, 0, size);
    return at;
}

void secret_free(void *at) { sodium_free(at); }

result secret_check(int fd, const char *path, struct fault *f) {
    struct stat s;
    if (fstat(fd, &s) != 0) return fail(f, RESULT_IO, path, "cannot be looked at: %s", strerror(errno));
    unsigned right = S_ISDIR(s.st_mode) ? 0700 : 0600;
    if (s.st_uid != geteuid())
        return fail(f, RESULT_FORBIDDEN, path, "belongs to user %u, not to %u, who runs this: chown %u '%s'", (unsigned)s.st_uid,
                    (unsigned)geteuid(), (unsigned)geteuid(), path);
    if ((s.st_mode & 077) != 0)
        return fail(f, RESULT_FORBIDDEN, path, "has mode %04o: others than its owner could read what is secret in it: chmod %o '%s'",
                    (unsigned)(s.st_mode & 07777), right, path);
    return OK;
}

result secret_read(const char *path, struct append *out, struct fault *f) {
    bool standard = strcmp(path, "-") == 0;
    const char *why = "";
    int fd = standard ? STDIN_FILENO : file_open(path, O_RDONLY, 0, false, &why);
    if (fd < 0) return fail(f, RESULT_IO, path, "cannot be opened: %s", why);
    result r = standard ? OK : secret_check(fd, path, f);
    ssize_t got = 0;
    while (result_is_ok(r) && out->size < out->room && (got = read(fd, out->at + out->size, out->room - out->size)) != 0) {
        if (got < 0 && errno != EINTR) r = fail(f, RESULT_IO, path, "cannot be read: %s", strerror(errno));
        if (got > 0) out->size += (size_t)got;
    }
    if (result_is_ok(r) && out->size == out->room) r = fail(f, RESULT_TOO_LARGE, path, "is longer than %zu bytes", out->room - 1);
    if (!standard) close(fd);
    return r;
}
