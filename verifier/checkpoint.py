"""Checkpoints and proofs of the log (FORMAT.md, 8 and 9; C2SP tlog-checkpoint and tlog-proof)."""
import base64
import binascii
import re

import notes
from fault import Fault
from hashes import leaf_hash, root_by_path, sha256

NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")


def _hash(text, what):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise Fault("8", "%s: %.60r is no hash in base64" % (what, text))
    return raw


def text_of(origin, size, root):
    return ("%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())).encode()


def witness_key(text):
    """Name and public key of a witness (C2SP tlog-cosignature: type 0x04)."""
    words = text.split("+", 2)
    try:
        blob = base64.b64decode(words[2], validate=True) if len(words) == 3 else b""
    except (binascii.Error, ValueError):
        blob = b""
    if len(blob) != 33 or blob[0] != 4 or not words[0] or words[1] != sha256(words[0].encode(), b"\n\x04", blob[1:])[:4].hex():
        raise Fault("8", "%.120r is no public key of a witness" % text)
    return words[0], blob[1:]


def cosigned(public, text, seconds, signature):
    return 0 < seconds < 1 << 63 and notes.verifies(public, signature, b"cosignature/v1\ntime %d\n" % seconds + text)


def read_cosignatures(data, witnesses):
    """[((name, public key), seconds)] of those witnesses ([(name, public key)]) whose line stands on the checkpoint; one that does not verify is a fault."""
    text, lines = notes.split(data, "the checkpoint", (68, 76))
    found = []
    for line in lines:
        for name, public in witnesses:
            if line.name != name or len(line.signature) != 72 or line.ident != sha256(name.encode(), b"\n\x04", public)[:4]:
                continue
            seconds = int.from_bytes(line.signature[:8], "big")
            if not cosigned(public, text, seconds, line.signature[8:]):
                raise Fault("8", "the signature of the witness %s on the checkpoint does not verify" % name)
            found.append(((name, public), seconds))
    return found


def read(genesis, data):
    """Size and root of a checkpoint that the log's key has signed. Lines of witnesses may stand behind it: whose, their keys alone can tell."""
    text, lines = notes.split(data, "the checkpoint", (68, 76))
    rows = text.decode().split("\n")
    if len(rows) != 4 or rows[0] != genesis.origin or not NUMBER.fullmatch(rows[1]):
        raise Fault("8", "the checkpoint has not the three lines origin (%s), size and root" % genesis.origin)
    size, root = int(rows[1]), _hash(rows[2], "the checkpoint")
    own = [line for line in lines if line.is_of(genesis.origin, genesis.log_key)]
    if len(own) != 1 or lines[0] is not own[0] or any(len(line.signature) != 72 for line in lines[1:]):
        raise Fault("8", "the checkpoint has not exactly one signature line, that of the log's key, and behind it none but those of witnesses")
    if not notes.verifies(genesis.log_key, own[0].signature, text):
        raise Fault("8", "the signature of the log's key on the checkpoint of size %d does not verify" % size)
    return size, root


def read_proof(genesis, text, leaf):
    """A tlog-proof of this leaf of the log: its index, and the checkpoint that it leads to."""
    head, _, note = text.partition("\n\n")
    rows = head.split("\n")
    if len(rows) < 2 or rows[0] != "c2sp.org/tlog-proof@v1" or not rows[1].startswith("index ") or not NUMBER.fullmatch(rows[1][6:]):
        raise Fault("9", "\"log\" is no tlog-proof")
    index = int(rows[1][6:])
    size, root = read(genesis, note.encode())
    if root_by_path(leaf_hash(leaf), index, size, [_hash(row, "the tlog-proof") for row in rows[2:]]) != root:
        raise Fault("9", "the path of log leaf %d does not lead to the root that the log's key signed for size %d" % (index, size))
    return index, size, root


class Seen:
    """The roots that the log's key has signed, by size; two for one size prove a fork."""

    def __init__(self):
        self.roots = {}

    def add(self, size, root, file, byte):
        before = self.roots.setdefault(size, (root, file))
        if before[0] != root:
            raise Fault("8", "the log was forked: its key has signed two roots for size %d, this one and that in %s" % (size, before[1]), file, byte)

    def check(self, log, what):
        """Against a log whose leaves are there, as a Tree with history."""
        for size, (root, file) in sorted(self.roots.items()):
            if size <= log.size and log.roots[size] != root:
                raise Fault("8", "the log was forked: its key has signed another root for size %d than that of %s" % (size, what), file, None)
        return [size for size in self.roots if size > log.size]
