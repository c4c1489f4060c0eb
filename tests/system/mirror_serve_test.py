#!/usr/bin/python3
"""parley mirror --listen: the tiles of the log and of the stream beside those of the server, byte for byte; who may read which; add-checkpoint and add-entries with every status of C2SP
tlog-mirror; forks and rollbacks refused; kill -9 at any moment; a server that counts the witness beside it. The client is of tlog.py, which has none of the program's code."""
import base64
import gzip
import hashlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, Server, harness, run, wait_for_tick  # noqa: E402
import tlog  # noqa: E402

ORIGIN = "system.example/exercise"
HASH = hashlib.sha256(ORIGIN.encode()).hexdigest()
KEPT = {}


class Mirror:
    """`parley mirror … --listen` on a free port; leave with `with`."""

    def __init__(self, place, into, *options, server=None, party="north", every=1, listen="127.0.0.1:0"):
        self.place, self.into = place, into
        words = [system.binary(), "mirror", "--as", party, "--into", into, "--key", "%s.key" % party, "--every", every, "--listen", listen, *options, *harness.COUNTED]
        if server is not None:
            words[2:2] = ["http://127.0.0.1:%d" % server.port]
        self.errors = open(place.file(into + ".stderr"), "ab")
        self.process = subprocess.Popen([str(w) for w in words], cwd=place.path, env=place.environment, stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = []
        while not self.lines or not self.lines[-1].startswith("parley: mirror "):
            line = self.process.stdout.readline().decode()
            assert line, (self.process.wait(), self.stderr())
            self.lines.append(line)
        self.port = int(re.fullmatch(r"parley: mirror \S+ listening on http://127.0.0.1:(\d+)\n", self.lines[-1])[1])

    def stderr(self):
        with open(self.place.file(self.into + ".stderr"), encoding="utf-8") as text:
            return text.read()

    def ask(self, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET" if body is None else "POST", path, body, {n.replace("_", "-"): v for n, v in headers.items()})
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        return reply.status, reply.headers, data

    def end(self, number=signal.SIGTERM):
        os.kill(self.process.pid, number)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            status = self.end()
            assert kind is not None or status == 0, (status, self.stderr())


def eventually(what, seconds=60):
    for _ in range(seconds * 10):
        got = what()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError("it never came")


def note_of(data):
    text, lines = data.decode().split("\n\n", 1)
    return text + "\n", lines.splitlines(keepends=True)


def size_of(data):
    return int(data.split(b"\n")[1])


class AtOnePort(Server):
    def command(self, create):
        words = super().command(create)
        return [("127.0.0.1:%d" % self.port) if word == "127.0.0.1:0" and hasattr(self, "port") else word for word in words]


def world():
    if not KEPT:
        place = KEPT["place"] = Place()
        place.init()
        server = KEPT["server"] = AtOnePort(place, "--log-open")
        for party in ("north", "south"):
            place.party(party)
        for i in range(3):
            place.parley("message", "south", "word %d" % i, "--key", "north.key")
        wait_for_tick(server)
        for name, kind in (("m", "mirror"), ("w", "witness")):
            KEPT[name] = place.parley(kind, "key", name + ".key", "--name", "%s.example/north" % kind)[0].strip()
        with open(place.file("token"), "w", encoding="ascii") as out:
            out.write("a-token-of-the-mirror\n")
        os.chmod(place.file("token"), 0o600)
        with open(place.file("log/log.key"), encoding="ascii") as text:
            KEPT["log"] = harness.Key(ORIGIN, base64.b64decode(text.read().strip().split("+", 4)[4])[1:])
    return KEPT["place"], KEPT["server"]


def words_are_judged():
    place, _ = world()
    common = ("mirror", "--into", "x", "--key", "north.key")
    assert "needs --log-open" in place.parley(*common, "--listen", "127.0.0.1:0", "--mirror-key", "m.key", status=64)[1]
    assert "witness beside a mirror" in place.parley(*common, "--listen", "127.0.0.1:0", "--witness-key", "w.key", status=64)[1]
    assert "--listen goes on" in place.parley(*common, "--listen", "127.0.0.1:0", "--once", status=64)[1]
    for option in ("--mirror-key", "--token", "--tls-cert"):
        assert "--listen says where" in place.parley(*common, option, "m.key", status=64)[1]
    assert "--listen says where" in place.parley(*common, "--log-open", status=64)[1]
    place.write("short", "short\n")
    os.chmod(place.file("short"), 0o600)
    assert "holds no token" in place.parley(*common, "--listen", "127.0.0.1:0", "--token", "short", status=64)[1]
    assert "holds no mirror's secret key" in place.parley(*common, "--listen", "127.0.0.1:0", "--log-open", "--mirror-key", "north.key", status=3)[1]
    for words, told in ((("--mirror-key", "w.key"), "is a witness's key"), (("--mirror-key", "m.key", "--witness-key", "m.key"), "is a mirror's key")):
        assert told in place.parley(*common, "--listen", "127.0.0.1:0", "--log-open", *words, status=4, timeout=60)[1]
    assert "is a mirror's key" in place.parley("witness", "--data", "x2", "--key", "m.key", "--log", place.parley("log", "vkey", "log")[0].strip(), status=4, timeout=60)[1] and not os.path.exists(place.file("x2"))
    assert "is a mirror's key" in place.parley("witness", "key", "m.key", status=4)[1] and "is a witness's key" in place.parley("mirror", "key", "w.key", status=4)[1]
    with open(place.file("m.key"), encoding="ascii") as text:
        line, role = text.read().split("\n", 1)
    assert role == "mirror\n"
    for more, status in (("", 0), ("\n", 0), ("\r\nmirror\r\n", 0), ("\nwitness\n", 4), ("\nmirrors\n", 3), ("\nmirror\nwitness\n", 3)):  # without a role: one that was made elsewhere
        place.write("bare", line + more)
        os.chmod(place.file("bare"), 0o600)
        assert place.parley("mirror", "key", "bare", status=status)[0].strip() == (KEPT["m"] if status == 0 else ""), more
    place.write("bare", line)
    assert "another name and another key" in place.parley(*common, "--listen", "127.0.0.1:0", "--log-open", "--mirror-key", "m.key", "--witness-key", "bare", status=4)[1]
    assert place.parley("mirror", "key", "m.key")[0].strip() == KEPT["m"] and tlog.vkey_read(KEPT["m"], 4)[0] == "mirror.example/north"
    shutil.rmtree(place.file("x"))
    key = "0" * 64
    for told in ("", "x", key + " " + key, key + " " + key + " north", "%s %s  %s" % (key, key, ORIGIN), "%s %s north %s" % ("G" * 64, key, ORIGIN)):  # nobody but the program sets it
        done = subprocess.run([system.binary(), "mirror", "--into", "x", "--listen", "127.0.0.1:0"], cwd=place.path, env=dict(place.environment, PARLEY_MIRROR_SHOWS=told), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 3 and b"unset it" in done.stderr, (told, done)
    done = subprocess.run([system.binary(), "mirror", "--into", "x"], cwd=place.path, env=dict(place.environment, PARLEY_MIRROR_SHOWS="x"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 64 and b"unset it" in done.stderr, done
    assert not os.path.exists(place.file("x"))


def it_shows_what_the_server_shows():
    place, server = world()
    with Mirror(place, "a", "--log-open", "--stream-open", "--mirror-key", "m.key") as mirror:
        data = eventually(lambda: mirror.ask("/log/checkpoint")[2] if mirror.ask("/log/checkpoint")[0] == 200 else None)
        text, lines = note_of(data)
        assert any(line.startswith("\u2014 mirror.example/north ") and abs(tlog.cosigned(line, text, KEPT["m"]) - time.time()) < 120 for line in lines), data
        assert mirror.ask("/%s/checkpoint" % HASH)[2].split(b"\n\n")[0] != b""
        size = size_of(data)
        status, headers, bundle = mirror.ask("/%s/tile/entries/000.p/%d" % (HASH, size % 256))
        assert status == 200 and "immutable" in headers["Cache-Control"] and "public" in headers["Cache-Control"], (status, headers)
        entries = tlog.entries_of(bundle)
        assert len(entries) == size and json.loads(entries[0])["tick"].strip("0") == "1"
        leaves = [hashlib.sha256(b"\0" + e).digest() for e in entries]
        assert base64.b64encode(tlog.root(leaves)).decode() == text.split("\n")[2]
        assert mirror.ask("/log/tile/0/000.p/%d" % size)[2] == b"".join(leaves)
        for path in ("tile/entries/000.p/%d" % size, "tile/0/000.p/%d" % size, "tile/0/000.p/1"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.request("GET", "/log/" + path)
            assert connection.getresponse().read() == mirror.ask("/log/" + path)[2], path
            connection.close()
        status, headers, packed = mirror.ask("/log/tile/entries/000.p/%d" % size, Accept_Encoding="gzip")
        assert headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == bundle
        assert mirror.ask("/log/tile/0/000.p/%d" % (size + 200))[0] == 404 and mirror.ask("/log/tile/0/00")[0] == 400 and mirror.ask("/log/tile/1/000.p/1")[0] == 404
        assert mirror.ask("/log/other")[0] == 404 and mirror.ask("/")[0] == 404 and mirror.ask("/log/checkpoint", b"")[0] == 405 and mirror.ask("/add-entries")[0] == 405
        assert mirror.ask("/witness/%s/checkpoint" % HASH)[0] == 404
        stream = eventually(lambda: mirror.ask("/stream/checkpoint")[2] if mirror.ask("/stream/checkpoint")[0] == 200 else None)
        lines = stream.decode().split("\n")
        assert lines[0] == ORIGIN + "/stream/north" and int(lines[1]) >= 3
        records = tlog.entries_of(mirror.ask("/stream/tile/entries/000.p/%d" % int(lines[1]))[2])
        assert base64.b64encode(tlog.root([hashlib.sha256(b"\0" + r).digest() for r in records])).decode() == lines[2]
        assert [int(json.loads(r)["seq"]) for r in records] == list(range(int(lines[1])))
        place.parley("message", "south", "one more", "--key", "north.key")
        eventually(lambda: size_of(mirror.ask("/stream/checkpoint")[2]) > int(lines[1]))
        eventually(lambda: size_of(mirror.ask("/log/checkpoint")[2]) > size)


def leaves_that_rotted_are_made_anew():
    """Those of the stream are derived: changed, or with more behind them than was taken."""
    place, _ = world()
    for spoil in (lambda data: data[:30] + bytes([data[30] ^ 1]) + data[31:], lambda data: data + b"\0\3abc", lambda data: data[:-7]):
        with open(place.file("a/serve/leaves"), "r+b") as file:
            data = file.read()
            file.seek(0)
            file.truncate()
            file.write(spoil(data))
        with Mirror(place, "a", "--stream-open") as mirror:
            size = size_of(eventually(lambda: mirror.ask("/stream/checkpoint")[2] if mirror.ask("/stream/checkpoint")[0] == 200 else None))
            shown = tlog.entries_of(mirror.ask("/stream/tile/entries/000.p/%d" % size)[2])
            assert [int(json.loads(r)["seq"]) for r in shown] == list(range(size))
        with open(place.file("a/serve/leaves"), "rb") as file:
            assert file.read().startswith(data[:len(data) - 200])


def it_asks_for_a_token():
    place, _ = world()
    with Mirror(place, "b", "--token", "token") as mirror:
        for path in ("/log/checkpoint", "/stream/checkpoint", "/log/tile/0/000.p/1", "/stream/tile/entries/000.p/1", "/%s/checkpoint" % HASH):
            for wrong in ({}, {"Authorization": "Bearer another-token-of-him"}, {"Authorization": "Basic a-token-of-the-mirror"}, {"Authorization": "Bearer "}):
                status, headers, _ = mirror.ask(path, **wrong)
                assert status == 401 and headers["WWW-Authenticate"] == "Bearer", (path, wrong, status)
            eventually(lambda: mirror.ask(path, Authorization="Bearer a-token-of-the-mirror")[0] == 200)
        headers = mirror.ask("/log/tile/0/000.p/1", Authorization="Bearer a-token-of-the-mirror")[1]
        assert "private" in headers["Cache-Control"] and "Authorization" in headers["Vary"]
        assert mirror.ask("/add-checkpoint", b"old 0\n\n")[0] == 405 and mirror.ask("/add-entries", b"")[0] == 405  # it signs nothing
        assert b"mirror" not in mirror.ask("/log/checkpoint", Authorization="Bearer a-token-of-the-mirror")[2]
        assert mirror.ask("/metrics")[0] == 401 and mirror.ask("/metrics", b"")[0] == 405 and mirror.ask("/healthy", b"")[0] == 405
        token = {"Authorization": "Bearer a-token-of-the-mirror"}
        eventually(lambda: mirror.ask("/healthy")[::2] == (200, b"ok\n") and abs(figures(mirror, **token)["pulled_seconds"] - time.time()) < 120)
        seen, size = figures(mirror, **token), size_of(mirror.ask("/log/checkpoint", **token)[2])
        assert seen["stopped"] == seen["fork"] == 0 and 0 < seen["ticks"] <= size and seen["records"] > 0, (seen, size)
    with Mirror(place, "b") as mirror:
        assert mirror.ask("/log/checkpoint", Authorization="Bearer a-token-of-the-mirror")[0] == 401


class Pushed:
    """The log's side, with its own key: the entries that the mirror holds, and more of our own."""

    def __init__(self, mirror, extra):
        data = mirror.ask("/log/checkpoint")[2]
        self.begin, self.entries = size_of(data), []
        for first in range(0, self.begin, 256):
            width = min(256, self.begin - first)
            self.entries += tlog.entries_of(mirror.ask("/log/tile/entries/%s%s" % (tlog.tile_path(first // 256), "" if width == 256 else ".p/%d" % width))[2])
        self.entries += [b"entry %d " % i + b"x" * (i % 50) for i in range(extra)]

    def checkpoint(self, size, entries=None):
        leaves = [hashlib.sha256(b"\0" + e).digest() for e in (entries or self.entries)[:size]]
        return harness.sign("%s\n%d\n%s\n" % (ORIGIN, size, base64.b64encode(tlog.root(leaves)).decode()), [KEPT["log"]])

    def request(self, old, size, entries=None):
        leaves = [hashlib.sha256(b"\0" + e).digest() for e in (entries or self.entries)[:size]]
        path = tlog.proof(old, leaves) if 0 < old < size else []
        return ("old %d\n%s\n%s" % (old, "".join(base64.b64encode(p).decode() + "\n" for p in path), self.checkpoint(size, entries))).encode()

    def body(self, begin, end, **more):
        return tlog.add_entries(more.pop("origin", ORIGIN), self.entries, begin, end, **more)

    def signed(self, reply, size):
        assert reply[0] == 200, reply
        return tlog.cosigned(reply[2].decode(), note_of(self.checkpoint(size).encode() if isinstance(self.checkpoint(size), str) else self.checkpoint(size))[0], KEPT["m"])


def info(reply, status):
    assert reply[0] == status and reply[1]["Content-Type"] == "text/x.tlog.mirror-info", reply
    lines = reply[2].split(b"\n")
    assert len(lines) == 4 and lines[2] == lines[3] == b"", reply
    return int(lines[0]), int(lines[1])


class Away:
    port = 9  # nobody answers there


def offline(place, into, *options):
    """A mirror that has pulled once, and whose server is away since, so that all that comes is what is pushed."""
    common = ("--log-open", "--mirror-key", "m.key", *options)
    if not os.path.exists(place.file(into)):
        with Mirror(place, into, *common) as mirror:
            eventually(lambda: mirror.ask("/log/checkpoint")[0] == 200)
    return Mirror(place, into, *common, server=Away)


def it_takes_entries_and_signs():
    place, server = world()
    mirror = offline(place, "c")
    with mirror:
        p = Pushed(mirror, 700)
        b, e = p.begin, p.begin + 600
        assert mirror.ask("/add-entries", p.body(0, e, origin="elsewhere.example"))[0] == 404
        assert info(mirror.ask("/add-entries", p.body(b, e)), 409) == (b, b)  # not pending
        assert mirror.ask("/add-entries", b"\0")[0] == 400
        assert mirror.ask("/add-checkpoint", p.request(0, e))[0] == 409 and mirror.ask("/add-checkpoint", p.request(0, e))[2] == b"%d\n" % b
        assert mirror.ask("/add-checkpoint", p.request(b, e, p.entries[1:]))[0] == 422
        status, _, data = mirror.ask("/add-checkpoint", p.request(b, e))
        assert status == 200 and data == b"", data  # the mirror's key signs nothing here
        assert size_of(mirror.ask("/log/checkpoint")[2]) == b
        assert info(mirror.ask("/add-entries", p.body(b + 1, e)), 409) == (e, b)  # a gap
        assert mirror.ask("/add-entries", p.body(e, e)[:-2] + b"\xff\xff")[0] == 400
        assert mirror.ask("/add-entries", tlog.add_entries(ORIGIN, p.entries, e, e).replace(e.to_bytes(8, "big"), (e + 1).to_bytes(8, "big"), 1))[0] == 400  # begins behind its end
        assert mirror.ask("/add-entries", p.body(b, e, packages=0))[0] == 400
        assert mirror.ask("/add-entries", p.body(b, e, packages=1)[:-1])[0] == 400
        assert mirror.ask("/add-entries", p.body(b, e, packages=1, change=lambda i, d: d.replace(b"entry", b"enter", 1)))[0] == 422
        flip = lambda i, d: d[:-1] + bytes([d[-1] ^ 1])
        assert mirror.ask("/add-entries", p.body(b, e, packages=1, change=flip))[0] == 422
        assert info(mirror.ask("/add-entries", p.body(b, e, packages=1)), 202) == (e, 256)
        assert mirror.ask("/log/tile/0/000")[0] == 404  # not signed yet
        packed = gzip.compress(p.body(256, e, packages=1)[:-1] + p.body(256, e, packages=1)[-1:])
        assert info(mirror.ask("/add-entries", packed, Content_Encoding="gzip"), 202) == (e, 512)
        assert mirror.ask("/add-entries", p.body(300, e), Content_Encoding="br")[0] == 415
        assert mirror.ask("/add-entries", p.body(512, e, change=flip))[0] == 422
        p.signed(mirror.ask("/add-entries", p.body(300, e)), e)  # some of it for the second time
        assert mirror.ask("/log/tile/1/000.p/2")[0] == 200 and mirror.ask("/log/tile/0/000")[0] == 200
        assert size_of(mirror.ask("/%s/checkpoint" % HASH)[2]) == e
        p.signed(mirror.ask("/add-entries", p.body(e, e)), e)  # nothing new: the same again
        assert info(mirror.ask("/add-entries", p.body(b, b)), 409) == (e, e)  # goes back
        # an earlier pending checkpoint is still good
        assert mirror.ask("/add-checkpoint", p.request(e, e + 20))[0] == 200 and mirror.ask("/add-checkpoint", p.request(e + 20, e + 60))[0] == 200
        p.signed(mirror.ask("/add-entries", p.body(e, e + 20)), e + 20)
        # truncated in its second package: the first counts; and a gzip that breaks off is a body that does
        cut = gzip.compress(p.body(0, e + 60, packages=2))[:-40]
        assert mirror.ask("/add-entries", cut, Content_Encoding="gzip")[0] in (202, 400)
        info(mirror.ask("/add-entries", p.body(0, e + 60, packages=2)[:-9]), 202)
        # of what was packed no more is unpacked than what is judged next: its head, a package
        nothing = bytes(9 << 20)
        assert mirror.ask("/add-entries", gzip.compress(nothing), Content_Encoding="gzip")[0] == 404
        assert mirror.ask("/add-entries", gzip.compress(p.body(b, e + 1, packages=0) + nothing), Content_Encoding="gzip")[0] == 409
        assert mirror.ask("/add-entries", gzip.compress(p.body(e + 20, e + 60, packages=0) + nothing), Content_Encoding="gzip")[0] == 422
        status, _, data = mirror.ask("/add-entries", gzip.compress(p.body(e + 20, e + 60, packages=0) + (b"\xff\xff" + bytes(65535)) * 40), Content_Encoding="gzip")
        assert status == 413 and b"without gzip" in data, (status, data)
        assert mirror.ask("/add-entries", b"no gzip", Content_Encoding="gzip")[0] == 400
        many = p.body(e + 20, e + 60, packages=0) + (b"\0\0" * 40 + b"\x40" + bytes(9 << 20))
        status, _, data = mirror.ask("/add-entries", gzip.compress(many), Content_Encoding="gzip")
        assert status == 400 and b"more than 63" in data, (status, data)
        assert mirror.ask("/add-entries", bytes(9 << 20))[0] == 413
    KEPT["pushed"] = p
    again = offline(place, "c")
    with again:  # what was pending is known after a start, what was signed too
        assert size_of(again.ask("/log/checkpoint")[2]) >= e + 20
        p.signed(again.ask("/add-entries", p.body(e + 20, e + 60)), e + 60)


def lines_of(mirror):
    return [json.loads(line) for line in mirror.stderr().splitlines() if line.startswith("{")]


def strangers_do_not_fill_its_log(mirror, body, path, count=300):
    """So many requests that are refused; a second has few lines about them, and says how many it left out."""
    before, begun = len(lines_of(mirror)), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", mirror.port, timeout=60)
    for _ in range(count):
        connection.request("POST", path, body)
        reply = connection.getresponse()
        reply.read()
        assert reply.status >= 400, reply.status
        if reply.will_close:
            connection.close()
    connection.close()
    seconds = int(time.monotonic() - begun) + 2
    said = len(lines_of(mirror)) - before
    assert 0 < said <= 11 * seconds, (said, seconds)
    assert seconds > 20 or said < count, (said, seconds)


def figures(mirror, **headers):
    status, _, data = mirror.ask("/metrics", **headers)
    assert status == 200, status
    return {name.replace("parley_mirror_", ""): value for name, value in harness.figures(data.decode()).items()}


def is_forked(mirror):
    return mirror.ask("/healthy")[::2] == (503, b"fork\n") and figures(mirror)["fork"] == 1


def it_is_stopped(mirror, p, size):
    assert is_forked(mirror)
    shown = mirror.ask("/log/checkpoint")
    assert shown[0] == 200 and size_of(shown[2]) == size
    for path, body in (("/add-checkpoint", p.request(size, size + 5)), ("/add-entries", p.body(size, size))):
        status, _, data = mirror.ask(path, body)
        assert status == 503 and b"move it away" in data, (path, status, data)
    assert mirror.ask("/log/checkpoint")[2] == shown[2]


def a_fork_is_never_signed():
    place, server = world()
    mirror = offline(place, "c")
    with mirror:
        p = KEPT["pushed"]
        size = size_of(mirror.ask("/log/checkpoint")[2])
        other = Pushed(mirror, 0)
        other.entries = p.entries[:size - 1] + [b"another"] + [b"further %d" % i for i in range(40)]
        for old, to in ((size, size + 5), (size - 1, size + 5)):
            assert mirror.ask("/add-checkpoint", other.request(old, to))[0] in (409, 422)
        assert mirror.ask("/add-checkpoint", p.request(size, size + 30))[0] == 200
        assert mirror.ask("/add-entries", other.body(size, size + 30))[0] == 422
        p.signed(mirror.ask("/add-entries", p.body(size, size + 30)), size + 30)
        size += 30
        assert not any(line["event"] == "fork" for line in lines_of(mirror)) and mirror.ask("/healthy")[::2] == (200, b"ok\n") and figures(mirror)["fork"] == 0
        assert mirror.ask("/add-checkpoint", other.request(size, size))[0] == 422
        strangers_do_not_fill_its_log(mirror, other.request(size, size), "/add-checkpoint")
        assert any(line["event"] == "fork" for line in lines_of(mirror))
        it_is_stopped(mirror, p, size)
    begun = len(lines_of(mirror))
    with offline(place, "c") as mirror:  # a start changes nothing: somebody has to look
        it_is_stopped(mirror, p, size)
        assert any(line["event"] == "fork" and "pending/%s.fork" % HASH in line["message"] for line in lines_of(mirror)[begun:])
    os.rename(place.file("c/serve/pending/%s.fork" % HASH), place.file("seen.fork"))
    with offline(place, "c") as mirror:
        assert mirror.ask("/healthy")[0] == 200
        assert mirror.ask("/add-checkpoint", p.request(size, size + 5))[0] == 200
        p.signed(mirror.ask("/add-entries", p.body(size, size + 5)), size + 5)
    # its server goes on otherwise than what was pushed: that is a fork under the log's key, and nothing of it is taken
    with Mirror(place, "c", "--log-open", "--mirror-key", "m.key") as mirror:
        before = size_of(mirror.ask("/log/checkpoint")[2])
        wait_for_tick(server, 3)
        assert size_of(mirror.ask("/log/checkpoint")[2]) == before


def a_server_that_lies_is_not_followed_and_what_is_held_is_shown():
    place, server = world()
    place.parley("mirror", "--into", "d", "--key", "north.key", "--once")
    for name in ("ticks", "stream", "checkpoints"):
        shutil.copy(place.file("d/" + name), place.file(name + ".kept"))
    server.stop(remove=False)
    shutil.copytree(place.file("log"), place.file("log2"))
    server.start()
    mirror = Mirror(place, "d", "--log-open", "--mirror-key", "m.key", "--stream-open")
    eventually(lambda: mirror.ask("/log/checkpoint")[0] == 200)
    size = size_of(mirror.ask("/log/checkpoint")[2])
    wait_for_tick(server, 3)
    eventually(lambda: size_of(mirror.ask("/log/checkpoint")[2]) > size)
    server.stop(remove=False)
    os.rename(place.file("log"), place.file("log1"))
    os.rename(place.file("log2"), place.file("log"))
    server.start()  # the same log from before, which goes on in another way
    place.parley("message", "south", "another past", "--key", "north.key")
    eventually(lambda: "nothing more is pulled" in mirror.stderr(), 120)
    assert mirror.ask("/log/checkpoint")[0] == 200 and mirror.ask("/log/tile/0/000.p/1")[0] == 200
    eventually(lambda: mirror.ask("/healthy")[0] == 503 and figures(mirror)["stopped"] == 1)  # it runs, and whoever watches sees that it should be looked at
    kept = [name for name in os.listdir(place.file("d")) if name.startswith("fork-")]
    assert mirror.ask("/healthy")[2] == (b"fork\n" if kept else b"stopped\n") and figures(mirror)["fork"] == bool(kept)
    status = mirror.end()
    assert status == (12 if kept else 7), (status, mirror.stderr())
    server.stop(remove=False)
    shutil.rmtree(place.file("log"))
    os.rename(place.file("log1"), place.file("log"))
    server.start()


def it_knows_what_it_signed_after_any_kill():
    place, server = world()
    mirror = offline(place, "k")
    p, signed, state = Pushed(mirror, 4000), 0, None
    at = p.begin
    mirror.end(signal.SIGKILL)
    for i in range(12):
        mirror = offline(place, "k")
        text = note_of(mirror.ask("/log/checkpoint")[2])[0]
        held = int(text.split("\n")[1])
        assert held >= signed, (held, signed)
        leaves = [hashlib.sha256(b"\0" + e).digest() for e in p.entries[:held]]
        assert base64.b64encode(tlog.root(leaves)).decode() == text.split("\n")[2]
        pending = int(mirror.ask("/add-checkpoint", p.request(0, len(p.entries)))[2])
        at = min(len(p.entries), max(pending, held) + 300)
        status = mirror.ask("/add-checkpoint", p.request(pending, at))[0]
        assert status == 200, status
        answers = []

        def push():
            try:
                begin = held
                while True:
                    reply = mirror.ask("/add-entries", p.body(begin, at, packages=1))
                    if reply[0] == 200:
                        answers.append(at)
                        return
                    begin = info(reply, 202)[1]
            except (OSError, http.client.HTTPException):
                pass
        thread = threading.Thread(target=push)
        thread.start()
        time.sleep(0.004 * i)
        mirror.end(signal.SIGKILL)
        thread.join()
        signed = max([signed] + answers)
    assert signed > 0


def a_server_counts_the_witness_beside_it():
    place, server = world()
    server.stop(remove=False)
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
    probe.close()
    server.words = ["--log-open", "--witness", "%s=http://127.0.0.1:%d" % (KEPT["w"], port), "--witness-every", "1"]
    server.start()
    mirror = Mirror(place, "e", "--log-open", "--mirror-key", "m.key", "--witness-key", "w.key", listen="127.0.0.1:%d" % port)
    with mirror:
        names = lambda: [line.split(" ")[1] for line in note_of(mirror.ask("/log/checkpoint")[2])[1]] if mirror.ask("/log/checkpoint")[0] == 200 else []
        eventually(lambda: set(names()) >= {ORIGIN, "witness.example/north", "mirror.example/north"})
        text, lines = note_of(mirror.ask("/witness/%s/checkpoint" % HASH)[2])
        assert [line.split(" ")[1] for line in lines] == [ORIGIN, "witness.example/north"]
        tlog.cosigned(lines[1], text, KEPT["w"])


class Between:
    """What the server shows, through us: its checkpoint of the log is the one of the last ticks, under one more signature. Counts what is asked."""

    def __init__(self, server):
        self.count, self.note = 0, None

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def do_GET(handler):
                self.count += 1
                body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                connection.request(handler.command, handler.path, body or None, {n: v for n, v in handler.headers.items() if n not in ("Host", "Connection")})
                reply = connection.getresponse()
                data, status = reply.read(), reply.status
                kind = reply.headers["Content-Type"]
                connection.close()
                if handler.path.startswith("/v1/slots") and status == 200:
                    self.note = json.loads(data)["checkpoint"]
                if handler.path == "/log/checkpoint" and self.note:
                    data, status = (self.note + "\u2014 far.example %s\n" % base64.b64encode(b"\1\2\3\4" + bytes(64)).decode()).encode(), 200
                handler.send_response(status)
                for name in ("Set-Cookie", "WWW-Authenticate"):
                    if reply.headers[name]:
                        handler.send_header(name, reply.headers[name])
                handler.send_header("Content-Type", kind or "text/plain")
                handler.send_header("Content-Length", str(len(data)))
                handler.end_headers()
                handler.wfile.write(data)
            do_POST = do_GET
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def end(self):
        self.http.shutdown()
        self.http.server_close()


def shown_by(mirror):
    with open("/proc/%d/task/%d/children" % (mirror.process.pid, mirror.process.pid), encoding="ascii") as text:
        return int(text.read().split()[0])


def what_others_signed_is_shown_and_a_pause_of_who_shows_it_is_none_of_the_pull():
    place, server = world()
    between = Between(server)
    with Mirror(place, "f", "--log-open", "--mirror-key", "m.key", server=between, every=600) as mirror:
        data = eventually(lambda: mirror.ask("/log/checkpoint")[2] if mirror.ask("/log/checkpoint")[0] == 200 else None)
        assert "\u2014 far.example " in data.decode(), data
        size = size_of(data)
        if mirror.ask("/add-entries", tlog.add_entries(ORIGIN, [], size, size))[0] == 200:  # the bare tree, brought by a stranger
            assert "\u2014 far.example " in mirror.ask("/log/checkpoint")[2].decode()
        eventually(lambda: os.path.exists(place.file("f/serve/sealed")))  # what comes last before it waits
        asked, child = between.count, shown_by(mirror)
        for _ in range(3):
            os.kill(child, signal.SIGSTOP)
            eventually(lambda: status_of(child) == "T")
            os.kill(child, signal.SIGCONT)
            for _ in range(20):
                assert mirror.ask("/log/checkpoint")[0] == 200
        assert between.count == asked, (between.count, asked)
    between.end()


def status_of(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as text:
        return text.read().rsplit(")", 1)[1].split()[0]


def files_of(pid):
    folder, held = "/proc/%d/fd" % pid, []
    for name in os.listdir(folder):
        try:
            held.append(os.readlink(os.path.join(folder, name)))
        except FileNotFoundError:
            pass  # a connection that was closed meanwhile
    return held


def who_shows_it_has_nothing_of_who_pulls_it():
    """Not its files, not the blinding key, no word of the stream, and no way to the party's key."""
    place, server = world()
    place.parley("message", "south", "a word that strangers do not see", "--key", "north.key")
    with Mirror(place, "g", "--log-open", "--stream-open", "--mirror-key", "m.key", server=server):
        eventually(lambda: os.path.exists(place.file("g/serve/sealed")))
    with Mirror(place, "g", "--log-open", "--stream-open", "--mirror-key", "m.key", server=server) as mirror:  # one that has read it all before it begins
        eventually(lambda: mirror.ask("/log/checkpoint")[0] == 200)
        child = shown_by(mirror)
        try:
            held = files_of(child)
            memory = open("/proc/%d/mem" % child, "rb")
        except PermissionError:
            raise system.Skip("only root may look into it") from None
        assert not [path for path in held if path.endswith(("/g/stream", "/g/checkpoints", "/g/lock"))], held
        with open(place.file("g/party"), encoding="ascii") as text:
            blind = json.load(text)["blind"]
        with open(place.file("g/stream"), "rb") as text:
            last = text.read().splitlines()[-1]
        secrets = [blind.encode(), bytes.fromhex(blind), b"a word that strangers", last[-200:]]
        seen = 0
        with memory, open("/proc/%d/maps" % child, encoding="utf-8") as maps:
            for line in maps:
                ends, rights = line.split()[:2]
                if "r" not in rights or "[v" in line:
                    continue
                begin, end = (int(x, 16) for x in ends.split("-"))
                if end - begin > 1 << 30:
                    continue  # a sanitizer's own
                try:
                    memory.seek(begin)
                    data = memory.read(end - begin)
                except (OSError, ValueError, OverflowError):
                    continue
                seen += len(data)
                assert not [s for s in secrets if s in data], line
        assert seen > 1 << 20
        text = mirror.stderr()
        assert "forbidden_call" not in text and ("unconfined" in text) == bool(harness.COUNTED or sanitized()), text


def sanitized():
    return b"libasan" in subprocess.run(["ldd", system.binary()], stdout=subprocess.PIPE).stdout


def who_finds_the_directory_taken_ends_and_harms_nothing():
    place, server = world()
    with Mirror(place, "f", "--log-open", "--mirror-key", "m.key", server=server) as mirror:
        err = place.parley("mirror", "http://127.0.0.1:%d" % server.port, "--as", "north", "--into", "f", "--key", "north.key", "--listen", "127.0.0.1:0", status=8)[1]
        assert len(set(err.splitlines())) == 1 and "another 'parley mirror' runs on this directory" in err, err
        eventually(lambda: mirror.ask("/log/checkpoint")[0] == 200 and mirror.ask("/healthy")[0] == 200)


def it_ends():
    if KEPT:
        KEPT["server"].stop(remove=False)
        KEPT["place"].__exit__(None, None, None)


if __name__ == "__main__":
    run([words_are_judged, it_shows_what_the_server_shows, leaves_that_rotted_are_made_anew, it_asks_for_a_token, it_takes_entries_and_signs, a_fork_is_never_signed, it_knows_what_it_signed_after_any_kill,
         a_server_that_lies_is_not_followed_and_what_is_held_is_shown, a_server_counts_the_witness_beside_it, what_others_signed_is_shown_and_a_pause_of_who_shows_it_is_none_of_the_pull,
         who_finds_the_directory_taken_ends_and_harms_nothing, who_shows_it_has_nothing_of_who_pulls_it, it_ends])
