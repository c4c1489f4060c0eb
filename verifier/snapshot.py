"""Snapshots (FORMAT.md, 13): head, blocks, the batch behind which they were written. The state in them is the core's, which this verifier has not."""
import os
import re
import struct

from fault import Fault
from hashes import crc32c, sha256

HEAD, BLOCK, BODY = 4096, 65536, 65528
MAGIC, FIELDS = b"parley/snap/2\n\0\0", ">32sQ32sQ32sQIQ32sI"
STATE_FORM, STATE_ORDER = 11, 4 + 32 + 80 + 80 + 8 + 13 * 8 + 6 * 4
NAME = re.compile(r"[0-9]{20}")


class Unusable(Exception):
    """No start can use it; nothing is lost with it."""

    def __init__(self, byte, what):
        super().__init__("byte %d: %s" % (byte, what))


class Head:
    def __init__(self, data):
        head = data[:HEAD]
        if len(head) < HEAD or crc32c([head[:-4]])[0] != int.from_bytes(head[-4:], "big"):
            raise Unusable(0, "the checksum of a snapshot's head does not fit")
        end = 16 + struct.calcsize(FIELDS)
        if head[:16] != MAGIC or head[end:-4].strip(b"\0"):
            raise Unusable(0, "no head of a snapshot of this form")
        (self.log, self.order, self.digest, self.batch, self.batch_hash, _, self.parties, self.size, self.state_hash, self.rules) = struct.unpack(FIELDS, head[16:end])


def _read_state(data, head):
    """The state's bytes, out of their blocks."""
    count = -(-head.size // BODY)
    if len(data) != HEAD + count * BLOCK:
        raise Unusable(HEAD, "the file has %d bytes; a state of %d takes %d" % (len(data), head.size, HEAD + count * BLOCK))
    blocks = [data[HEAD + i * BLOCK:HEAD + (i + 1) * BLOCK] for i in range(count)]
    sums = crc32c([block[4:] for block in blocks]) if blocks else []
    for i, (block, checksum) in enumerate(zip(blocks, sums)):
        if int.from_bytes(block[:4], "big") != checksum or int.from_bytes(block[4:8], "big") != i:
            raise Unusable(HEAD + i * BLOCK, "the checksum of a snapshot's block does not fit")
    state = b"".join(block[8:] for block in blocks)
    if state[head.size:].strip(b"\0") or sha256(state[:head.size]) != head.state_hash:
        raise Unusable(HEAD, "the state is not the one that the head names")
    return state[:head.size]


def _check_state(state, head, genesis, ticks, file):
    """What every state begins with: its form, LOG, and the last order and tick."""
    form = int.from_bytes(state[:4], "big")
    if form != STATE_FORM:
        raise Unusable(HEAD, "the state has the form %d, FORMAT.md knows %d" % (form, STATE_FORM))
    order, tick = struct.unpack(">QQ", state[STATE_ORDER:STATE_ORDER + 16])
    if state[4:36] != genesis.log or order != head.order or tick != ticks:
        raise Fault("13", "the state is of order %d and tick %d; behind its batch stand order %d and tick %d" % (order, tick, head.order, ticks), file, HEAD)


def _check(path, name, genesis, behind, digests):
    """True if this file is a good snapshot of this log."""
    file = os.path.join("snapshots", name)
    with open(os.path.join(path, file), "rb") as opened:
        data = opened.read()
    head = Head(data)
    if head.log != genesis.log:
        raise Unusable(16, "it is of another log")
    if head.batch not in behind or behind[head.batch][0] != head.batch_hash:
        raise Fault("13", "a snapshot proves batch %d, which the journal has not, or has another of: its end is lost, or it was forked" % head.batch, file, 88)
    _, order, ticks = behind[head.batch]
    if head.order != order or int(name) != order:
        raise Unusable(48, "it says order %d; behind its batch stands order %d" % (head.order, order))
    state = _read_state(data, head)
    _check_state(state, head, genesis, ticks, file)
    if digests.get(order) not in (None, head.digest):
        raise Fault("13", "the digest of its state is %s, the journal says %s" % (head.digest.hex(), digests[order].hex()), file, 56)


def names(path):
    folder = os.path.join(path, "snapshots")
    found = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [name for name in found if NAME.fullmatch(name) and int(name) < 1 << 64]


def check_all(path, found, genesis, behind, digests, tally):
    """digests: by order of a `snapshot`, what the journal says of the state behind it (None: nothing)."""
    for name in found:
        try:
            _check(path, name, genesis, behind, digests)
            tally.add("snapshots")
        except Unusable as e:
            tally.remark("a snapshot that no start can use: snapshots/%s, %s" % (name, e))
        except FileNotFoundError:
            continue  # a running server has removed it for a newer one
    if found:
        tally.cannot_tell("whether the states in snapshots are what the statements make: that takes the rules (parley log check has them)")
