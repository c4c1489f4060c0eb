"""Checkpoints and proofs of the log (FORMAT.md, 8 and 9; C2SP tlog-checkpoint and tlog-proof)."""
import base64
import binascii
import re

import notes
from fault import Fault
from hashes import leaf_hash, root_by_path

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


def read(genesis, data):
    """Size and root of a checkpoint that the log's key has signed."""
    text, lines = notes.split(data, "the checkpoint")
    rows = text.decode().split("\n")
    if len(rows) != 4 or rows[0] != genesis.origin or not NUMBER.fullmatch(rows[1]):
        raise Fault("8", "the checkpoint has not the three lines origin (%s), size and root" % genesis.origin)
    size, root = int(rows[1]), _hash(rows[2], "the checkpoint")
    own = [line for line in lines if line.is_of(genesis.origin, genesis.log_key)]
    if len(own) != 1 or len(lines) != 1:
        raise Fault("8", "the checkpoint has not exactly one signature line, that of the log's key")
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
