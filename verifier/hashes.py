"""Hashes and trees of FORMAT.md: its head, 3, 4, 6 to 9."""
import hashlib
import hmac
import struct


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u8(value):
    return struct.pack(">B", value)


def u16(value):
    return struct.pack(">H", value)


def u64(value):
    return struct.pack(">Q", value)


def leaf_hash(data):
    return sha256(b"\x00", data)


def node(left, right):
    return sha256(b"\x01", left, right)


EMPTY = sha256()


def tree(leaves):
    """Root of RFC 6962's tree over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    size = 1
    while 2 * size < len(leaves):
        size *= 2
    return node(tree(leaves[:size]), tree(leaves[size:]))


class Tree:
    """One that grows leaf by leaf; with `history` the roots of all its sizes are kept."""

    def __init__(self, history=False):
        self.size, self.peaks, self.roots = 0, [], [EMPTY] if history else None

    def add(self, leaf):
        at, grown = self.size, leaf
        while at & 1:
            grown = node(self.peaks.pop(), grown)
            at >>= 1
        self.peaks.append(grown)
        self.size += 1
        if self.roots is not None:
            self.roots.append(self.root())

    def root(self):
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def root_by_path(leaf, index, size, path):
    """RFC 9162, 2.1.3.2: the root that this path leads to, or None where the path does not fit index and size."""
    if index >= size:
        return None
    at, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node(root, step)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def is_prefix(size, root, to, top, path):
    """RFC 9162, 2.1.4.2: the tree of `size` leaves with this root is the beginning of that of `to` leaves with the root `top`."""
    if size == to or size == 0:
        return not path and (size == 0 or root == top)
    if size > to or not path:
        return False
    path = path if size & (size - 1) else [root] + path
    at, last, old, new = size - 1, to - 1, path[0], path[0]
    while at & 1:
        at, last = at >> 1, last >> 1
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node(step, old), node(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root and new == top


def part_hash(part_class, context, salt, name, data):
    return sha256(b"\x00parley/part/1\n", u8(part_class), context, salt, u8(len(name)), name, u64(len(data)), data)


def section_context(log, ident, keys):
    """CTX of class 2; a plain statement has no keys."""
    return sha256(b"parley/ctx/1\n", log, ident, *sorted(keys))


def commitment_in_record(commitment):
    return sha256(b"\x00parley/commit/1\n", commitment)


def unused_commitment(salt, slot):
    return sha256(b"parley/unused/1\n", salt, u8(slot))


def blind_of(key, tick):
    return hmac.digest(key, u64(tick), "sha256")


def slot_hash(blind, size, root):
    return sha256(b"\x00parley/slot/1\n", blind, u64(size), root)


def unused_slot(key, tick, index):
    return hmac.digest(key, u64(tick) + u16(index), "sha256")


# --- CRC-32C, of many texts at once: one step of the table for a whole column of bytes ---

def _table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


WORDS, FEW = _table(), 32
TABLE = [bytes(value >> 8 * i & 255 for value in WORDS) for i in range(4)]


def _crc32c_of_one(text):
    register, words = 0xFFFFFFFF, WORDS
    for byte in text:
        register = words[(register ^ byte) & 255] ^ register >> 8
    return register ^ 0xFFFFFFFF


def _xor(a, b):
    return (int.from_bytes(a, "little") ^ int.from_bytes(b, "little")).to_bytes(len(a), "little")


def _columns(texts, width):
    """Right-aligned behind zeros, the first four bytes turned over: so the register may begin with 0, and zeros leave it there."""
    rows = b"".join((_xor(text[:4], b"\xff" * 4) + text[4:]).rjust(width, b"\0") for text in texts)
    return [rows[i::width] for i in range(width)]


def _crc32c_of(texts):
    if len(texts) < FEW:
        return [_crc32c_of_one(text) for text in texts]
    register = [bytes(len(texts))] * 4
    for column in _columns(texts, max(len(text) for text in texts)):
        index = _xor(register[0], column)
        step = [index.translate(table) for table in TABLE]
        register = [_xor(register[i + 1], step[i]) for i in range(3)] + [step[3]]
    return [int.from_bytes(bytes(column), "little") ^ 0xFFFFFFFF for column in zip(*register)]


def crc32c(texts):
    """The checksums of texts, each of 4 bytes or more; those of about one length go together."""
    out, order = [0] * len(texts), sorted(range(len(texts)), key=lambda i: len(texts[i]))
    begin = 0
    while begin < len(order):
        end, bound = begin, len(texts[order[begin]]) * 5 // 4 + 256
        while end < len(order) and len(texts[order[end]]) <= bound and end - begin < 4096:
            end += 1
        for i, checksum in zip(order[begin:end], _crc32c_of([texts[i] for i in order[begin:end]])):
            out[i] = checksum
        begin = end
    return out
