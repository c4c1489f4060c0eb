"""Deposits (FORMAT.md, 9): by when did a text exist, by the clocks of witnesses that are trusted."""
import base64
import re

import notes
from checkpoint import NUMBER, cosigned
from fault import Fault
from hashes import leaf_hash, root_by_path, sha256

RULE, FIRST = "9, Deposits", "c2sp.org/tlog-proof@v1\nextra "


def _raw(text, what):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32 or base64.b64encode(raw).decode() != text:
        raise Fault(RULE, "the proof's %s is no base64 of 32 bytes: %.60r" % (what, text))
    return raw


def _checkpoint(note):
    """Its text, origin, size and root, and the signature lines. Whose key the first is does not matter here: the witnesses say what was seen."""
    text, lines = notes.split(note.encode(), "the checkpoint", range(5, notes.LINE))
    rows = text.decode().split("\n")
    if len(rows) < 4 or not all(rows[:-1]) or not NUMBER.fullmatch(rows[1]):
        raise Fault(RULE, "the proof ends with no checkpoint")
    return text, rows[0], int(rows[1]), _raw(rows[2], "root"), lines


def read_times(data, digest, witnesses):
    """Origin, and [((name, public key), seconds)] of the witnesses (name, public key) that have signed: a text with this SHA-256 existed by then."""
    whole = data.decode("utf-8", errors="replace")
    head, _, note = whole.partition("\n\n")
    if not whole.startswith(FIRST) or whole.encode() != data:
        raise Fault(RULE, "this is no tlog-proof with extra data")
    salt, index, *path = (head[len(FIRST):] + "\n" * ("\n" not in head[len(FIRST):])).split("\n")
    found = re.fullmatch(r"index (0|[1-9][0-9]{0,17})", index)
    if not found:
        raise Fault(RULE, "the proof has no index")
    text, origin, size, root, lines = _checkpoint(note)
    leaf = leaf_hash(b"parley/deposit/1\n" + _raw(salt, "salt") + digest)
    if root_by_path(leaf, int(found[1]), size, [_raw(row, "path") for row in path]) != root:
        raise Fault(RULE, "the proof does not lead from this text to the checkpoint: it is of another text, or was changed")
    seen = {}
    for line in lines:
        for name, public in witnesses:
            if line.name != name or len(line.signature) != 72 or line.ident != sha256(name.encode(), b"\n\x04", public)[:4]:
                continue
            seconds = int.from_bytes(line.signature[:8], "big")
            if not cosigned(public, text, seconds, line.signature[8:]):
                raise Fault(RULE, "the signature of %s is not good" % name)
            seen[(name, public)] = min(seconds, seen.get((name, public), seconds))
    return origin, list(seen.items())
