"""What the tests of the whole program share: a place of its own, the program as a user types it, and its server. The server's
HTTP and the signing of statements are those of ../door/harness.py."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "door"))
import harness  # noqa: E402
from harness import Skip, run  # noqa: E402,F401


def binary():
    """PARLEY_BIN, or where ./run builds it."""
    for path in (os.environ.get("PARLEY_BIN"), os.path.join(ROOT, "build", "parley")):
        if path and os.path.exists(path):
            return os.path.abspath(path)
    raise Skip("no parley: set PARLEY_BIN")


def shared(*names):
    path = os.path.join(os.environ.get("PARLEY_SHARED") or os.path.join(ROOT, "..", "shared"), *names)
    if not os.path.exists(path):
        raise Skip("%s is not here: set PARLEY_SHARED" % "/".join(names))
    return os.path.abspath(path)


def scratch():
    """A directory in memory where there is one: the tests are about what is written, not about how fast a disk is."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix="parley-system-", dir=memory)


class Place:
    """A directory in which the program is run; removed at the end."""

    def __init__(self):
        self.path = scratch()
        self.environment = dict(os.environ, TZ="UTC")
        for name in ("PARLEY_SERVER", "PARLEY_KEY"):
            self.environment.pop(name, None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, value):
        with open(self.file(name), "w", encoding="utf-8") as out:
            out.write(value if isinstance(value, str) else json.dumps(value))
        return self.file(name)

    def serve(self, server):
        self.environment["PARLEY_SERVER"] = "http://%s:%d" % (server.host, server.port)

    def parley(self, *words, status=0, input=None, timeout=300):
        """Runs it, checks the exit status, returns (stdout, stderr)."""
        done = subprocess.run([binary()] + [str(w) for w in words], cwd=self.path, env=self.environment, input=input, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=timeout)
        wanted = status if isinstance(status, tuple) else (status,)
        assert done.returncode in wanted, "parley %s: exit %d instead of %s\n%s\n%s" % (" ".join(map(str, words)), done.returncode, status, done.stdout,
                                                                                   done.stderr)
        return done.stdout, done.stderr

    def key(self, party, name="root", mode="exercise"):
        path = "%s.key" % party if name == "root" else "%s-%s.key" % (party, name)
        self.parley("key", "new", path, "--name", "%s/%s/%s" % (mode, party, name))
        return path

    def init(self, *options, log="log"):
        """A log whose operator is `registry`."""
        self.key("registry")
        out, _ = self.parley("init", log, "--origin", "system.example", "--operator", "registry", "--key", "registry.key", *options)
        return out

    def party(self, name, *options):
        """Makes its key, lets it in; the name of the key's file."""
        key = self.key(name)
        self.parley("party", "add", "--root", key + ".pub", "--key", "registry.key", "--key", key, *options)
        return key

    def entity(self, out, kind):
        found = re.search(r"^%s (\S+/[0-9a-f]{32})$" % re.escape(kind), out, re.M)
        assert found, out
        return found[1]

    def check(self, log="log"):
        """parley log check; its numbers and the digest."""
        return json.loads(self.parley("log", "check", log, "--json")[0])


def wait_for_tick(server, ticks=2):
    """Until so many more are sealed; with two, one lies whole behind what was answered before."""
    size = server.ask("GET", "/v1/log")[2]["size"]
    for _ in range(100):
        if server.ask("GET", "/v1/log")[2]["size"] >= size + ticks:
            return
        time.sleep(0.1)
    raise AssertionError("the ticks stand still at %d" % size)


class Server(harness.Server):
    """`parley serve` on a log that exists. Leave with `with`: it must end with status 0 and without a complaint."""

    def __init__(self, place, *options, log="log", environment=None, prefix=()):
        self.own, self.directory, self.process = False, place.file(log), None
        self.words, self.prefix = [str(o) for o in options], list(prefix)
        self.start()
        place.serve(self)

    def command(self, create):
        return self.prefix + [binary(), "serve", "--data", self.directory, "--listen", "127.0.0.1:0", "--metrics-local"] + self.words

    def start(self, create=False):
        super().start(False)
        self.origin = json.loads(json.dumps(self.ask("GET", "/v1/log")[2]))["origin"]


def strictly(text):
    """JSON in which no member stands twice."""
    def members(pairs):
        assert len({name for name, _ in pairs}) == len(pairs), text
        return dict(pairs)
    return json.loads(text, object_pairs_hook=members)
