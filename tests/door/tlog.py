"""RFC 6962 trees, checkpoints and cosignatures (C2SP) once more, for tests: none of the program's code."""
import base64
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess

import harness as h


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def proof(m, leaves, whole=True):
    """RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    return proof(m, leaves[:k], whole) + [root(leaves[k:])] if m <= k else proof(m - k, leaves[k:], False) + [root(leaves[:k])]


def subtree_proof(start, end, leaves, whole=True):
    """SUBTREE_PROOF of draft-ietf-plants-merkle-tree-certs, 4.4, by its own words."""
    if start == 0 and end == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if end <= k:
        return subtree_proof(start, end, leaves[:k], whole) + [root(leaves[k:])]
    if k <= start:
        return subtree_proof(start - k, end - k, leaves[k:], whole) + [root(leaves[:k])]
    return subtree_proof(0, end - k, leaves[k:], False) + [root(leaves[:k])]


def add_entries(origin, entries, begin, end, packages=None, ticket=b"", change=lambda i, package: package):
    """The body of add-entries (C2SP tlog-mirror) for the tree of the first `end` entries; so many packages."""
    leaves = [hashlib.sha256(b"\0" + e).digest() for e in entries[:end]]
    out = len(origin.encode()).to_bytes(2, "big") + origin.encode() + begin.to_bytes(8, "big") + end.to_bytes(8, "big") + len(ticket).to_bytes(2, "big") + ticket
    for i, first in enumerate(range(begin // 256 * 256, end if begin < end else 0, 256)):
        if packages is not None and i >= packages:
            break
        last = min(end, first + 256)
        proof_ = subtree_proof(first, last, leaves)
        package = b"".join(len(e).to_bytes(2, "big") + e for e in entries[max(begin, first):last]) + bytes([len(proof_)]) + b"".join(proof_)
        out += change(i, package)
    return out


def tile_path(number):
    text = "%03d" % (number % 1000)
    while number >= 1000:
        number //= 1000
        text = "x%03d/%s" % (number % 1000, text)
    return text


def entries_of(bundle):
    out = []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        assert len(bundle) >= 2 + size
        out.append(bundle[2:2 + size])
        bundle = bundle[2 + size:]
    return out


class Log:
    """A log of any kind, whose leaves follow from its name."""

    def __init__(self, origin, seed, forks_at=None):
        self.origin, self.key, self.forks_at = origin, h.Key(origin, bytes([seed]) * 32), forks_at

    def leaves(self, size):
        side = lambda i: b"other" if self.forks_at is not None and i >= self.forks_at else b""
        return [hashlib.sha256(b"\0%d %s" % (i, side(i))).digest() for i in range(size)]

    def text(self, size):
        return "%s\n%d\n%s\n" % (self.origin, size, base64.b64encode(root(self.leaves(size))).decode())

    def checkpoint(self, size):
        return h.sign(self.text(size), [self.key])

    def vkey(self):
        return vkey(self.key.name, self.key.public, 1)

    def request(self, old, size, path=None):
        path = path if path is not None else proof(old, self.leaves(size)) if 0 < old < size else []
        return ("old %d\n%s\n%s" % (old, "".join(base64.b64encode(p).decode() + "\n" for p in path), self.checkpoint(size))).encode()


def key_id(name, public, kind):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name, public, kind):
    return "%s+%s+%s" % (name, key_id(name, public, kind).hex(), base64.b64encode(bytes([kind]) + public).decode())


def vkey_read(text, kind):
    name, known, coded = text.split("+", 2)
    data = base64.b64decode(coded, validate=True)
    assert data[0] == kind and len(data) == 33 and key_id(name, data[1:], kind).hex() == known, text
    return name, data[1:]


def cosign(key, text, seconds):
    message = "cosignature/v1\ntime %d\n%s" % (seconds, text)
    return "\u2014 %s %s\n" % (key.name, base64.b64encode(key_id(key.name, key.public, 4) + seconds.to_bytes(8, "big") + key.private.sign(message.encode())).decode())


def cosigned(line, text, witness):
    """The time of a witness's line over a checkpoint's text; raises where it is not good. `witness`: its vkey."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    name, public = vkey_read(witness, 4)
    found = re.fullmatch("\u2014 (\\S+) (\\S+)\n", line)
    assert found and found[1] == name, line
    data = base64.b64decode(found[2], validate=True)
    assert len(data) == 76 and data[:4] == key_id(name, public, 4), line
    seconds = int.from_bytes(data[4:12], "big")
    Ed25519PublicKey.from_public_bytes(public).verify(data[12:], ("cosignature/v1\ntime %d\n%s" % (seconds, text)).encode())
    return seconds


def parley():
    if not os.environ.get("PARLEY_BIN"):
        raise h.Skip("no parley: set PARLEY_BIN")
    return os.environ["PARLEY_BIN"]


def run(*words, status=0):
    done = subprocess.run([parley()] + [str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=300)
    assert done.returncode in (status if isinstance(status, tuple) else (status,)), (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Witness:
    """`parley witness` on a free port."""

    def __init__(self, logs, name="witness.example/one", directory=None, options=()):
        self.place = directory or h.scratch("parley-witness-")
        self.logs, self.options = logs, list(options)
        self.key, self.data = os.path.join(self.place, "witness.key"), os.path.join(self.place, "witness")
        self.vkey = run("witness", "key", self.key, *(() if os.path.exists(self.key) else ("--name", name))).strip()
        self.process = None
        self.start()

    def start(self, listen="127.0.0.1:0"):
        self.log = open(os.path.join(self.place, "stderr.txt"), "ab")
        given = [w for l in self.logs for w in ("--log", l if isinstance(l, str) else l.vkey())]
        self.process = subprocess.Popen([parley(), "witness", "--data", self.data, "--key", self.key, "--listen", listen] + given + self.options + h.COUNTED, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"parley: witness (\S+) listening on (https?)://(\S+):(\d+) \((\d+) logs\)\n", line)
        if not found:
            self.process.wait()
            raise RuntimeError("did not start: %r %s" % (line, self.stderr()[-2000:]))
        self.port = int(found[4])
        self.url = "%s://127.0.0.1:%d" % (found[2], self.port)

    def stderr(self):
        with open(os.path.join(self.place, "stderr.txt"), encoding="utf-8") as text:
            return text.read()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body)
        reply = connection.getresponse()
        data = reply.read()
        connection.close()
        return reply.status, reply.headers, data

    def add(self, body):
        return self.ask("POST", "/add-checkpoint", body)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        os.kill(self.process.pid, signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.log.close()
        complaints = [l for l in self.stderr().splitlines() if not l.startswith("{")]
        assert status == 0 and not complaints, (status, complaints[:40])
        return [json.loads(l) for l in self.stderr().splitlines()]
