"""Starts a server on a free loopback port, speaks with it, signs for the parties of fixture.h, ends it by its pid."""
import atexit
import base64
import copy
import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# What a witness and a mirror are given where their lines are counted: confined, they open no file for the counters.
COUNTED = ["--no-seccomp"] if os.environ.get("PARLEY_COUNTED") else []
SEEDS = {"aramoor": 1, "operator": 2, "velland": 3}


class Skip(Exception):
    pass


def binary():
    """PARLEY_DOOR_SERVER, or where the build puts it."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for path in (os.environ.get("PARLEY_DOOR_SERVER"), os.path.join(root, "build", "test", "door", "door_server"),
                 os.path.join(root, "build", "test", "door_server")):
        if path and os.path.exists(path):
            return path
    raise Skip("no door_server: set PARLEY_DOOR_SERVER")


def scratch(prefix):
    """A directory that is gone when the program ends, however the tests went."""
    path = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


class Server:
    def __init__(self, directory=None, mode=1, listen="127.0.0.1:0", **options):
        self.own = directory is None
        self.directory = directory or os.path.join(scratch("parley-door-"), "log")
        self.create = ["%s=%s" % (n, options.pop(n)) for n in ("managers",) if n in options]  # of the log that is made
        self.standard_error = options.pop("stderr", None)  # a descriptor; else a file, which stderr() reads
        self.options, self.listen, self.mode = dict({"metrics_local": 1}, **options), listen, mode
        self.process = None
        self.start(create=not os.path.exists(self.directory))

    def command(self, create):
        """`parley serve` where PARLEY_BIN names it; door_server makes the log, whose keys are known here, and else serves too."""
        parley = os.environ.get("PARLEY_BIN")
        if not parley:
            command = [binary(), self.directory, self.listen] + ["%s=%s" % item for item in self.options.items()]
            return command + (["create=%d" % self.mode] + self.create if create else [])
        if create:
            subprocess.run([binary(), self.directory, self.listen, "create=%d" % self.mode, "only=1"] + self.create, check=True)
        command = [parley, "serve", "--data", self.directory, "--listen", self.listen]
        for name, value in self.options.items():
            option = {"certificate": "--tls-cert", "key": "--tls-key"}.get(name, "--" + name.replace("_", "-"))
            if name == "clock_start":
                value = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
            if name in ("behind_proxy", "demo_page", "log_open", "metrics_local", "no_keeper", "plain_http_urls"):
                command += [option] if value else []
            elif isinstance(value, list):
                for each in value:
                    command += [option, str(each)]
            else:
                command += [option, str(value)]
        return command

    def start(self, create=False):
        self.log = open(os.path.join(os.path.dirname(self.directory), "stderr.txt"), "ab")
        self.process = subprocess.Popen(self.command(create), stdout=subprocess.PIPE, stderr=self.log if getattr(self, "standard_error", None) is None else self.standard_error)
        line = self.process.stdout.readline().decode()
        found = re.match(r"parley: listening on (https?)://(\S+):(\d+) \(log ([0-9a-f]{64}), (LIVE|EXERCISE)\)", line)
        if not found:
            self.process.wait()
            raise RuntimeError("did not start: %r %s" % (line, self.stderr()[-2000:]))
        self.scheme, self.host, self.port, self.log_hash = found[1], found[2].strip("[]"), int(found[3]), found[4]
        self.origin = "sorrel.example/" + ("live" if found[5] == "LIVE" else "exercise")

    def stderr(self):
        with open(os.path.join(os.path.dirname(self.directory), "stderr.txt"), encoding="utf-8", errors="replace") as text:
            return text.read()

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self, remove=True):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.log.close()
        complaints = [l for l in self.stderr().splitlines() if not l.startswith("{")]
        if remove and self.own:
            shutil.rmtree(os.path.dirname(self.directory))
        assert status == 0 and not complaints, (status, complaints[:40])

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        elif self.process.poll() is None:
            self.kill()
            sys.stderr.write("".join("# %s\n" % l for l in self.stderr().splitlines()[-40:]))

    # --- HTTP ---
    def connect(self, timeout=30):
        if self.scheme == "https":
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=ssl._create_unverified_context())
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def ask(self, method, path, body=None, token=None, headers=None):
        """Status, headers, body (JSON where it is JSON)."""
        connection = self.connect()
        sent = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if token:
            sent["Authorization"] = "Bearer " + token
        connection.request(method, path, body, sent)
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        kind = (reply.getheader("Content-Type") or "").split(";")[0]
        if kind in ("application/json", "application/problem+json"):
            data = json.loads(data)
        return reply.status, reply.headers, data

    def raw(self, data, timeout=30, half_close=False):
        """Sends bytes, returns everything until the server closes or says nothing more for a while."""
        with socket.create_connection((self.host, self.port), timeout=timeout) as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            got = b""
            while True:
                try:
                    part = s.recv(65536)
                except (ConnectionResetError, socket.timeout):
                    break
                if not part:
                    break
                got += part
            return got

    def key(self, party):
        return Key("%s/%s/root" % (self.origin.rsplit("/", 1)[1], party), bytes([SEEDS[party]]) * 32)

    def session_note(self, who, signer=None, key="root", **changes):
        status, _, challenge = self.ask("POST", "/v1/session/challenge", {"party": who, "key": key})
        assert status == 200, challenge
        said = {"log": self.log_hash, "party": who, "key": key, "nonce": challenge["nonce"], "expires": challenge["expires"]}
        said.update(changes)
        return sign("parley/1 session %s\n%s\n" % (self.origin, dumps(said)), [signer or self.key(who)])

    def session(self, party):
        status, _, body = self.ask("POST", "/v1/session", {"note": self.session_note(party)})
        assert status == 201, body
        return body["token"]

    # --- statements ---
    def now(self):
        return self.ask("GET", "/v1/clock")[2]["time"]

    def statement(self, kind, sections, parties, id=None, on=None, prev=None, log=None, keys=None):
        """The body of POST /v1/statements. sections: [(name, [readers], body)]."""
        keys = sorted(keys or [self.key(p) for p in parties], key=lambda k: k.name)
        id = id or secrets.token_hex(16)
        context = context_of(self.log_hash, id, keys)
        opened, commit = [], []
        for name, to, body in sections:
            text, salt = dumps({"section": name, "to": to, "body": body}), secrets.token_bytes(32)
            commit.append(part_hash(2, context, salt, name.encode(), text.encode()).hex())
            opened.append({"salt": salt.hex(), "bytes": text})
        while len(commit) < 4:
            commit.append(secrets.token_hex(32))
        said = {"log": log or self.log_hash, "kind": kind, "id": id, "on": on, "prev": prev, "by": {k.name: k.public.hex() for k in keys},
                "at": self.now(), "seen": None, "open_by": None, "commit": commit}
        return {"note": sign("parley/1 statement %s\n%s\n" % (self.origin, dumps(said)), keys), "sections": opened}

    def say(self, *arguments, **named):
        return self.ask("POST", "/v1/statements", self.statement(*arguments, **named))


class Key:
    def __init__(self, name, seed):
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes_raw() if hasattr(self.private.public_key(), "public_bytes_raw") else raw_public(self.private)


def raw_public(private):
    from cryptography.hazmat.primitives import serialization
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def sign(text, keys):
    lines = []
    for key in keys:
        known = hashlib.sha256(key.name.encode() + b"\n\x01" + key.public).digest()[:4]
        lines.append("\u2014 %s %s\n" % (key.name, base64.b64encode(known + key.private.sign(text.encode())).decode()))
    return text + "\n" + "".join(lines)


def context_of(log, id, keys):
    return hashlib.sha256(b"parley/ctx/1\n" + bytes.fromhex(log) + bytes.fromhex(id) + b"".join(sorted(k.public for k in keys))).digest()


def part_hash(part_class, context, salt, name, data):
    return hashlib.sha256(b"\0parley/part/1\n" + bytes([part_class]) + context + salt + bytes([len(name)]) + name +
                          len(data).to_bytes(8, "big") + data).digest()


class Events:
    """A reader of /v1/events over a raw socket: yields (id, data) of events, ("comment", text) of comments."""

    def __init__(self, server, token, last=None, query="", timeout=60):
        self.connection = server.connect(timeout)
        headers = {"Authorization": "Bearer " + token, "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.connection.request("GET", "/v1/events" + query, headers=headers)
        self.reply = self.connection.getresponse()
        self.status, self.last = self.reply.status, last

    def next(self, comments=False):
        data, kind = [], "message"
        while True:
            line = self.reply.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line == "":
                if data:
                    return kind, self.last, "\n".join(data)
                continue
            if line.startswith(":"):
                if comments:
                    return "comment", self.last, line
                continue
            name, _, value = line.partition(": ")
            if name == "id":
                self.last = int(value)
            elif name == "data":
                data.append(value)
            elif name == "event":
                kind = value

    def close(self):
        self.connection.close()


def figures(text):
    """The samples of /metrics, {'name{label="value"}': number}, once the whole is what Prometheus' text format 0.0.4 and its naming rules ask for."""
    out, kinds, now, past = {}, {}, None, set()
    assert text.endswith("\n") and "\r" not in text
    for line in text.splitlines():
        head = re.fullmatch(r"# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)", line)
        if head and head[1] == "HELP":
            assert head[2] not in past and head[3].endswith((".", "total", "?")), line
            now = head[2]
            past.add(now)
            continue
        if head:
            assert head[2] == now and now not in kinds and head[3] in ("gauge", "counter", "histogram"), line
            kinds[now] = head[3]
            assert (head[3] == "counter") == now.endswith("_total"), line
            assert not re.search(r"_(ns|ms|us|kb|mb)(_|$)", now), "base units only: " + line
            continue
        sample = re.fullmatch(r'([a-z][a-z0-9_]*)(\{([a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*)\})? ([0-9]+(\.[0-9]+)?|NaN|\+Inf)', line)
        assert sample, line
        name = sample[1]
        if kinds.get(now) == "histogram":
            assert re.sub("_(bucket|sum|count)$", "", name) == now, line
        else:
            assert name == now, "a sample apart from its HELP and TYPE: " + line
        key = name + (sample[2] or "")
        assert key not in out, "twice: " + line
        out[key] = float(sample[5].replace("+Inf", "inf"))
    for name, kind in kinds.items():
        mine = [k for k in out if k == name or k.startswith((name + "{", name + "_bucket{", name + "_sum", name + "_count"))]
        assert mine, name + " has no sample"
        if kind != "histogram":
            continue
        buckets = [(float(re.search('le="([^"]+)"', k)[1].replace("+Inf", "inf")), out[k]) for k in mine if "_bucket{" in k]
        assert buckets == sorted(buckets) and [b for _, b in buckets] == sorted(b for _, b in buckets), name
        assert buckets[-1][0] == float("inf") and buckets[-1][1] == out[name + "_count"] and name + "_sum" in out, name
    assert all(k.startswith("parley_") for k in out) and set(kinds) == past
    return out


VOLUME = {"circle": {"center": {"lat": -47.1, "lng": -126.2}, "radius_m": 9260}, "lower": {"value": 0, "reference": "SFC", "units": "M"},
          "upper": {"value": 245, "reference": "FL", "units": "FL"}}


def soon(server, hours):
    """RFC 3339 of the server's time plus so many hours."""
    import datetime
    at = datetime.datetime.strptime(server.now(), "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def notice(server, area="SORREL 4", to=("world",), **more):
    volume = dict(copy.deepcopy(VOLUME), start=soon(server, 2), end=soon(server, 4))
    body = {"area": area, "category": "missile", "text": "keep off", "volumes": [volume]}
    body.update(more)
    return [("public", list(to), body)]


def left_running():
    """What this process started and nobody ended: {pid: name} of all that descend from it, or are of the group that it leads."""
    found, known = {}, {}
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % entry, encoding="utf-8", errors="replace") as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
        except (OSError, IndexError):
            continue
        state, parent, group = rest.split()[:3]
        if state not in "ZX" and entry.isdigit():
            known[int(entry)] = (name, int(parent), int(group))
    mine, grown = {os.getpid()}, True
    while grown:
        grown = False
        for pid, (name, parent, group) in known.items():
            if pid not in mine and (parent in mine or group == os.getpid()):
                mine.add(pid)
                found[pid], grown = name, True
    return found


def end_what_is_left():
    for pid, name in left_running().items():
        print("# was still running, ended now: %d %s" % (pid, name), flush=True)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def told_to_end(number, frame):
    """meson's time is over: it waits half a second before it kills us, and would leave whatever drains or has a group of its own."""
    end_what_is_left()
    raise SystemExit(128 + number)


def run(tests):
    """TAP; a test is a function, skipped by raising Skip. PARLEY_ONLY names some with commas; what ends things is the last and always run."""
    signal.signal(signal.SIGTERM, told_to_end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background of a shell it is ignored, and so by all that we start
    atexit.register(end_what_is_left)
    only = os.environ.get("PARLEY_ONLY", "").split(",")
    tests = [t for t in tests if only == [""] or t.__name__ in only or t is tests[-1]]
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print("ok %d - %s" % (number, name), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        except SystemExit:
            raise  # told to end
        except BaseException:
            failed += 1
            print("not ok %d - %s" % (number, name), flush=True)
            print("".join("# %s\n" % l for l in traceback.format_exc().splitlines()), end="", flush=True)
    sys.exit(1 if failed else 0)
