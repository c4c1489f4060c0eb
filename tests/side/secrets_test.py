#!/usr/bin/python3
"""Secrets and keys: who may read their files, what the process lets out of its memory, and that no log, figure or refusal holds any."""
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import system  # noqa: E402
from system import Place, Server, harness  # noqa: E402

SECRET_FILES = ["log.key", "receipt.key", "blinds"]
ROOT = os.geteuid() == 0
NOBODY = 65534


def modes(path):
    """Of everything below: {relative path: mode}."""
    found = {}
    for at, folders, files in os.walk(path):
        for name in folders + files:
            full = os.path.join(at, name)
            found[os.path.relpath(full, path)] = stat.S_IMODE(os.lstat(full).st_mode)
    return found


def what_is_made_is_its_owners_alone():
    with Place() as place:
        os.umask(0)  # the worst that a shell can leave us
        try:
            place.init()
            with Server(place):
                place.party("north")
        finally:
            os.umask(0o022)
        assert stat.S_IMODE(os.stat(place.file("log")).st_mode) == 0o700
        for name, mode in modes(place.file("log")).items():
            assert mode in (0o600, 0o700), (name, oct(mode))
        for name in ("registry.key", "north.key"):
            assert stat.S_IMODE(os.stat(place.file(name)).st_mode) == 0o600, name


def refused(place, words, path, *texts):
    _, err = place.parley(*words, status=4, timeout=60)
    for text in (path,) + texts:
        assert text in err, (text, err)
    return err


def the_server_refuses_what_others_may_read():
    with Place() as place:
        place.init()
        serve = ["serve", "--data", "log", "--listen", "127.0.0.1:0"]
        for name in SECRET_FILES + ["journal", "index"]:
            path = place.file("log/" + name)
            if not os.path.exists(path):
                continue
            right = stat.S_IMODE(os.stat(path).st_mode)
            for bit in (0o040, 0o004, 0o020, 0o002, 0o010, 0o001):
                os.chmod(path, right | bit)
                refused(place, serve, "log/" + name, "mode %04o" % (right | bit), "chmod %o 'log/%s'" % (right, name))
            os.chmod(path, right)
            if ROOT:
                os.chown(path, NOBODY, NOBODY)
                refused(place, serve, "log/" + name, "belongs to user %d" % NOBODY, "chown")
                os.chown(path, 0, 0)
        for bit in (0o020, 0o002, 0o077):
            os.chmod(place.file("log"), 0o700 | bit)
            refused(place, serve, "log", "mode %04o" % (0o700 | bit), "chmod 700 'log'")
        os.chmod(place.file("log"), 0o700)
        os.mkdir(place.file("elsewhere"), 0o700)
        if os.path.isdir(place.file("log/snapshots")):
            os.rename(place.file("log/snapshots"), place.file("was"))
        os.symlink(place.file("elsewhere"), place.file("log/snapshots"))
        refused(place, serve, "log/snapshots", "is a link", "rm 'log/snapshots'")
        assert os.listdir(place.file("elsewhere")) == []
        os.remove(place.file("log/snapshots"))
        with Server(place) as server:
            assert server.ask("GET", "/healthy")[0] == 200
        os.chmod(place.file("log/log.key"), 0o644)  # a copy to be checked may lie anywhere
        place.check()


def commands_refuse_a_key_that_others_may_read():
    with Place() as place:
        place.init()
        with Server(place):
            key = place.party("north")
            text = open(place.file(key), encoding="ascii").read().strip()
            for mode in (0o640, 0o604, 0o660, 0o644):
                os.chmod(place.file(key), mode)
                err = refused(place, ["status", "--key", key], key, "mode %04o" % mode, "chmod 600 '%s'" % key)
                assert text not in err and text.split("+", 4)[4] not in err
            os.chmod(place.file(key), 0o600)
            place.parley("status", "--key", key)
            if ROOT:
                os.chown(place.file(key), NOBODY, NOBODY)
                refused(place, ["status", "--key", key], key, "belongs to user %d" % NOBODY)
                os.chown(place.file(key), 0, 0)
            os.symlink(place.file(key), place.file("link.key"))  # what a link leads to counts
            place.parley("status", "--key", "link.key")
            place.parley("status", "--key", "-", input=text + "\n")
            os.chmod(place.file("registry.key"), 0o640)
            refused(place, ["init", "other", "--operator", "registry", "--key", "registry.key"], "registry.key", "mode 0640")


def a_key_is_never_written_over_or_through_a_link():
    with Place() as place:
        place.key("north")
        before = open(place.file("north.key"), "rb").read()
        place.parley("key", "new", "north.key", "--name", "exercise/north/root", status=4)
        assert open(place.file("north.key"), "rb").read() == before
        os.symlink(place.file("elsewhere"), place.file("link.key"))
        place.parley("key", "new", "link.key", "--name", "exercise/north/two", status=4)
        assert not os.path.exists(place.file("elsewhere"))


def broken_keys_are_not_shown():
    """The refusal of a damaged secret key names the file, never what stands in it."""
    with Place() as place:
        place.init()
        place.key("north")
        with Server(place):
            text = open(place.file("north.key"), encoding="ascii").read().strip()
            body = text.split("+", 4)[4]
            for broken in (text[:-4], text + "x", text.replace("PRIVATE", "SECRET"), text[0:20] + "A" + text[21:], "x" + text, text + "\n" + text, text * 40):
                place.write("broken.key", broken)
                os.chmod(place.file("broken.key"), 0o600)
                out, err = place.parley("status", "--key", "broken.key", status=(3, 4, 5, 6, 7, 70, 71))
                assert "broken.key" in err
                for at in range(0, len(body) - 12):
                    assert body[at:at + 12] not in out + err, (broken[:30], err)
            place.parley("status", "--key", place.file("north.key"), status=(2, 3, 4, 5, 6, 7))  # no party of this log


def limits_of(pid):
    with open("/proc/%d/limits" % pid, encoding="ascii") as text:
        return {line[:26].strip(): line[26:].split()[:2] for line in text}


def status_of(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as text:
        return dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)


def the_process_leaves_no_core_and_locks_what_is_secret():
    with Place() as place:
        place.init()
        with Server(place) as server:
            assert limits_of(server.process.pid)["Max core file size"] == ["0", "0"]
            if b"libasan" in subprocess.run(["ldd", system.binary()], stdout=subprocess.PIPE).stdout:
                return  # the address sanitizer makes mlock do nothing
            assert int(status_of(server.process.pid)["VmLck"].split()[0]) > 0


def nobody_of_the_same_user_may_look_into_it():
    """Dumpable 0 gives /proc/PID to root. Only where it does not run as root can that be seen, so then it runs as nobody."""
    if not ROOT:
        raise harness.Skip("needs root, to start it as another user")
    if not shutil.which("setpriv"):
        raise harness.Skip("no setpriv")
    with Place() as place:
        place.init()
        os.chmod(place.path, 0o755)
        for at, folders, files in os.walk(place.file("log")):
            for name in [at] + [os.path.join(at, n) for n in folders + files]:
                os.chown(name, NOBODY, NOBODY)
        binary = shutil.copy(system.binary(), place.file("parley"))
        os.chmod(binary, 0o755)
        drop = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        with Server(place, prefix=drop) as server:
            pid = server.process.pid
            assert status_of(pid)["Uid"].split()[0] == str(NOBODY)
            assert os.stat("/proc/%d/mem" % pid).st_uid == 0, "still dumpable"
            peek = subprocess.run(drop + ["dd", "if=/proc/%d/mem" % pid, "bs=1", "count=1", "skip=4096"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert peek.returncode != 0 and b"ermission denied" in peek.stderr, peek.stderr


def nothing_secret_is_told():
    """A server lives through sessions, keys, sealed and hidden sections, bad tokens and broken requests. Nothing that only a party may know
    stands in its log, its figures, or in what anybody else is answered."""
    with Place() as place:
        place.init()
        marks = {name: secrets.token_hex(9) for name in ("callsign", "area", "text", "message", "desk", "idempotency", "path", "member", "header")}
        with Server(place) as server:
            pid = server.process.pid
            north, relief = place.party("north"), place.party("relief")
            tokens = [session(place, server, "north"), session(place, server, "relief")]
            place.parley("flight", "file", "--callsign", marks["callsign"][:16], "--persons", "6", "--circle", "-46.7,-126.4,5NM", "--lower", "SFC", "--upper",
                         "FL200", "--from", "+0s", "--to", "+2h", "--key", relief)
            place.parley("notice", "file", "--area", marks["area"], "--category", "missile", "--circle", "-46.7,-126.4,15NM", "--lower", "SFC", "--upper",
                         "FL250", "--from", "+5m", "--to", "+30m", "--text", marks["text"], "--key", north)
            place.parley("message", "north", marks["message"], "--key", relief)
            place.parley("notice", "file", "--area", "NORTH 2", "--category", "missile", "--circle", "-45,-124,10NM", "--lower", "SFC", "--upper", "FL100",
                         "--from", "+1h", "--to", "+2h", "--seal", "seal.json", "--open-by", "+30m", "--key", north)
            answers = []
            for token in tokens + [None, secrets.token_hex(32)]:
                for path in ("/v1/stream?token=" + tokens[0], "/v1/flights/relief/" + "0" * 32, "/" + marks["path"], "/metrics", "/v1/proof/x/y",
                             "/v1/notices/north/" + marks["path"], "/v1/stream?from=" + marks["path"]):
                    answers.append(server.ask("GET", path, token=token)[2])
                plain = {"statement": {"kind": "message", "id": secrets.token_hex(16)}, "sections": [
                    {"section": "body", "to": ["north"], "body": {"text": marks["message"], "desk": 7, marks["member"]: 1}}]}
                server.ask("POST", "/v1/statements", plain, token=token, headers={"Idempotency-Key": marks["idempotency"], "X-Note": marks["header"]})
            server.raw(b"POST /v1/statements HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + tokens[1].encode() +
                       b"\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n" + marks["member"].encode())
            figures = server.ask("GET", "/metrics")[2].decode()
            with open("/proc/%d/cmdline" % pid, "rb") as text:
                command = text.read().decode()
            log = server.stderr()
        log += server.stderr()
        secret = ["PRIVATE+KEY"] + tokens
        for key in ("registry.key", north, relief, "log/log.key", "log/receipt.key"):
            body = open(place.file(key), encoding="ascii").read().strip().split("+", 4)[4]
            secret += [body, body[4:40]]
        blinds = open(place.file("log/blinds"), "rb").read()
        secret += [blinds[i:i + 32].hex() for i in range(0, 32 * 8, 32)]
        for text, where in ((log, "the log"), (figures, "/metrics"), (command, "the command line")):
            for word in secret + list(marks.values()):
                assert word not in text, (word, where)
        for line in log.splitlines():
            assert line.startswith("{"), line
        others = "".join(str(a) for a in answers)
        for word in secret:
            assert word not in others, (word, "answers")
        assert marks["callsign"][:16] not in "".join(str(a) for a in answers[7:]), "another's flight, or a stranger's"


def session(place, server, party):
    """A token, signed for with a key that this test reads itself."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    import base64
    name = "exercise/%s/root" % party
    body = base64.b64decode(open(place.file(party + ".key"), encoding="ascii").read().strip().split("+", 4)[4])
    key = harness.Key(name, body[1:33])
    assert isinstance(key.private, Ed25519PrivateKey)
    server.log_hash = server.ask("GET", "/v1/log")[2]["log"]
    status, _, got = server.ask("POST", "/v1/session", {"note": server.session_note(party, signer=key)})
    assert status == 201, got
    return got["token"]


SECRET_WORDS = re.compile(r"\b(token|nonce|mac|blinds?|seed|skey|password|secret)\b(?!\s*\+\s*32)", re.I)


def secrets_are_compared_in_constant_time():
    """In the code: what compares a token, a nonce, a MAC or a key's secret half does so with sodium_memcmp."""
    source = os.path.join(system.ROOT, "src")
    seen = 0
    for at, _, files in os.walk(source):
        for name in files:
            if not name.endswith((".c", ".h")):
                continue
            for number, line in enumerate(open(os.path.join(at, name), encoding="utf-8"), 1):
                seen += "sodium_memcmp" in line
                for call in re.findall(r"(?<!sodium_)\b(?:memcmp|strcmp|strncmp|hash_equal|text_equal|text_is)\(([^;]*)\)", line):
                    assert not SECRET_WORDS.search(re.sub(r'"[^"]*"', "", call)) or "secret_prefix" in call, "%s:%d: %s" % (name, number, line.strip())
    assert seen >= 3


def a_password_in_a_url_of_keys_is_shown_nowhere():
    """Neither when nobody answers there, nor when nonsense comes, nor when settings are read anew with another one."""
    user, word, query = secrets.token_hex(9), secrets.token_hex(9), secrets.token_hex(9)
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))  # and does not listen
    with Place() as place:
        place.init()
        url = "http://%s:%%s@127.0.0.1:%d/keys?key=%s" % (user, nobody.getsockname()[1], query)
        config = place.write("settings", "token-key %s\naudience sorrel.example\n" % (url % word))
        with Server(place, "--config", config) as server:
            end = time.monotonic() + 30
            while '"token_keys_failed"' not in server.stderr():
                assert time.monotonic() < end, server.stderr()
                time.sleep(0.05)
            place.write("settings", "token-key %s\naudience sorrel.example\n" % (url % (word + "x")))
            os.kill(server.process.pid, signal.SIGHUP)
            while '"reload_refused"' not in server.stderr():
                assert time.monotonic() < end, server.stderr()
                time.sleep(0.05)
            answers = [server.ask("GET", "/metrics")[2], server.ask("GET", "/aux/v1/pool", token="x.y.z")[2], place.parley("status", "--key", "registry.key", "--json")[0]]
            told = server.stderr() + "".join(str(a) for a in answers)
        assert "127.0.0.1:%d/keys?..." % nobody.getsockname()[1] in told and "name, password or query are others" in told, told
        assert not any(w in told for w in (user, word, query)), told
    nobody.close()


def keys_over_an_open_line():
    """LIVE: refused, unless it is asked for. EXERCISE: warned of. From this machine: neither."""
    far, near = "http://user:geheim@keys.invalid/keys", "http://localhost:1/keys"
    with Place() as place:
        place.init()
        for url, warned in ((near, False), (far, True)):  # one log of both
            with Server(place, "--token-key", url, "--audience", "sorrel.example") as server:
                assert ('"token_keys_open_line"' in server.stderr()) == warned and "geheim" not in server.stderr(), server.stderr()
    with Place() as place:
        place.key("registry", mode="live")
        place.parley("init", "log", "--mode", "live", "--origin", "system.example", "--operator", "registry", "--key", "registry.key")
        words = ("serve", "--data", "log", "--listen", "127.0.0.1:0", "--audience", "sorrel.example", "--token-key")
        _, err = place.parley(*words, far, status=64)
        assert "LIVE" in err and "http://keys.invalid/keys" in err and "geheim" not in err, err
        for extra, warned in ((("--token-key", near), False), (("--token-key", far, "--token-key-http"), True)):
            with Server(place, "--audience", "sorrel.example", *extra) as server:
                assert ('"token_keys_open_line"' in server.stderr()) == warned, server.stderr()


if __name__ == "__main__":
    try:
        system.binary()
    except harness.Skip as why:
        print("1..0 # SKIP %s" % why)
        sys.exit(0)
    system.run([what_is_made_is_its_owners_alone, the_server_refuses_what_others_may_read, commands_refuse_a_key_that_others_may_read,
                a_key_is_never_written_over_or_through_a_link, broken_keys_are_not_shown, the_process_leaves_no_core_and_locks_what_is_secret,
                nobody_of_the_same_user_may_look_into_it, nothing_secret_is_told, a_password_in_a_url_of_keys_is_shown_nowhere, keys_over_an_open_line, secrets_are_compared_in_constant_time])
