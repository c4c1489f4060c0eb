#!/usr/bin/python3
"""Golden vectors of FORMAT.md, computed from that page alone and compared with records.json (which the C tests check too).
With --write the file is made anew."""
import base64
import hashlib
import hmac
import json
import os
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "records.json")


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u8(v): return struct.pack(">B", v)
def u16(v): return struct.pack(">H", v)
def u32(v): return struct.pack(">I", v)
def u64(v): return struct.pack(">Q", v)
def i64(v): return struct.pack(">q", v)


def tree(leaves):
    """RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return H(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return H(b"\x01", tree(leaves[:k]), tree(leaves[k:]))


def leaf(data):
    return H(b"\x00", data)


def key(seed):
    secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return secret, secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(text, name, seed):
    """A signature line of a C2SP signed note."""
    secret, public = key(seed)
    key_id = H(name.encode(), b"\x0a\x01", public)[:4]
    return "— %s %s\n" % (name, base64.b64encode(key_id + secret.sign(text)).decode())


def part_hash(cls, context, salt, name, data):
    return H(b"\x00", b"parley/part/1\n", u8(cls), context, salt, u8(len(name)), name, u64(len(data)), data)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


ORIGIN = "sorrel.example/exercise"
NAMES = {1: "note", 3: "request", 5: "outcome", 6: "claims", 7: "order", 8: "told"}


def salt(n):
    return H(b"vector salt", u8(n))


def encode(parts):
    """A record's parts on disk."""
    out = u32(len(parts))
    for p in parts:
        out += u8(p["class"]) + u8(p["slot"]) + u8(len(p["name"])) + p["name"].encode() + p["salt"]
        out += u32(len(p["bytes"])) + p["bytes"]
    return out


def plain_part(cls, n, data):
    return {"class": cls, "slot": 0, "name": NAMES[cls], "salt": salt(n), "bytes": data}


def record_leaves(log, parts, commitments):
    leaves = []
    for i, p in enumerate(parts):
        if p["class"] == 2:
            continue
        leaves.append(part_hash(p["class"], log, p["salt"], p["name"].encode(), p["bytes"]))
        if i == 0:
            leaves += [H(b"\x00", b"parley/commit/1\n", c) for c in commitments]
    return leaves


def show_parts(parts):
    return [{"class": p["class"], "slot": p["slot"], "name": p["name"], "salt": p["salt"].hex(), "bytes": p["bytes"].decode()}
            for p in parts]


def make():
    v = {"origin": ORIGIN}
    _, log_public = key(0x0A)
    genesis = ('parley/1 genesis %s\n{"tick_s":1,"log_key":"%s"}\n' % (ORIGIN, log_public.hex())).encode()
    log = H(b"\x00", genesis)
    v["genesis_text"], v["log"] = genesis.decode(), log.hex()

    # a signed statement with one section
    _, public = key(0x01)
    ident = bytes(range(16))
    context = H(b"parley/ctx/1\n", log, ident, public)
    section = '{"section":"body","to":["world"],"body":{"text":"grüß\\n\\"Gott\\""}}'.encode()
    c0 = part_hash(2, context, salt(1), b"body", section)
    commitments = [c0] + [H(b"unused", u8(i)) for i in range(1, 4)]
    text = ('parley/1 statement %s\n{"log":"%s","kind":"message","id":"%s","on":null,"prev":null,"by":{"exercise/aramoor/root":"%s"},'
            '"at":"2026-11-23T06:00:00.000Z","seen":null,"open_by":null,"commit":[%s]}\n'
            % (ORIGIN, log.hex(), ident.hex(), public.hex(), ",".join('"%s"' % c.hex() for c in commitments))).encode()
    note = text + b"\n" + sign(text, "exercise/aramoor/root", 0x01).encode()
    v["statement"] = {"id": ident.hex(), "keys": [public.hex()], "text": text.decode(), "note": note.decode(), "hash": H(text).hex(),
                      "section_context": context.hex(), "commitments": [c.hex() for c in commitments]}

    when = 1795413600_123456789
    outcome = b'{"verdict":"accepted","kind":"message","place":0}'
    order = b'{"order":1,"time":"2026-11-23T06:00:00.123456789Z","seen":null}'
    parts = [plain_part(1, 2, note), {"class": 2, "slot": 0, "name": "body", "salt": salt(1), "bytes": section},
             plain_part(5, 3, outcome), plain_part(7, 4, order)]
    leaves = record_leaves(log, parts, commitments)
    root = tree(leaves)
    v["record"] = {"parts": show_parts(parts), "leaves": [x.hex() for x in leaves], "root": root.hex(), "encoded": encode(parts).hex()}

    # what another party was told of it
    told = ('{"told":"statement","place":0,"time":"2026-11-23T06:00:00.123Z","kind":"message","statement":"%s"}' % H(text).hex()).encode()
    told_parts = [plain_part(8, 5, told), plain_part(7, 6, order)]
    told_leaves = record_leaves(log, told_parts, [])
    told_root = tree(told_leaves)
    v["told"] = {"parts": show_parts(told_parts), "leaves": [x.hex() for x in told_leaves], "root": told_root.hex(),
                 "encoded": encode(told_parts).hex()}

    # the unused slot of a plain statement
    v["unused"] = {"salt": salt(7).hex(), "slot": 3, "commitment": H(b"parley/unused/1\n", salt(7), u8(3)).hex()}

    # streams: party 0 has the record at places 0 to 2 (as if it were three), party 1 the told one; party 2 nothing
    def stream_leaf(place, r, count):
        return ('{"parley":1,"seq":"%020d","time":"2026-11-23T06:00:00.123Z","parts":"%05d","root":"%s"}' % (place, count, r.hex())).encode()
    streams = [[stream_leaf(i, root, len(leaves)) for i in range(3)], [stream_leaf(0, told_root, len(told_leaves))], []]
    roots = [tree([leaf(x) for x in s]) for s in streams]
    v["streams"] = [{"leaves": [x.decode() for x in s], "hashes": [leaf(x).hex() for x in s], "root": r.hex()} for s, r in zip(streams, roots)]

    # a tick over 8 slots
    unused_key, blinds = salt(20), [salt(21 + i) for i in range(8)]
    tick = 7
    slots = []
    for i in range(8):
        if i < 3:
            blind = hmac.new(blinds[i], u64(tick), "sha256").digest()
            slots.append(H(b"\x00", b"parley/slot/1\n", blind, u64(len(streams[i])), roots[i]))
        else:
            slots.append(hmac.new(unused_key, u64(tick) + u16(i), "sha256").digest())
    v["tick"] = {"tick": tick, "unused_key": unused_key.hex(), "blind_keys": [b.hex() for b in blinds], "parties": 3,
                 "slots": [s.hex() for s in slots], "root": tree(slots).hex()}

    # the log: three leaves
    log_leaves = [('{"parley":1,"tick":"%020d","time":"2026-11-23T06:00:0%d.000Z","root":"%s"}' % (t, t - 4, tree(slots).hex())).encode()
                  for t in (5, 6, 7)]
    log_root = tree([leaf(x) for x in log_leaves])
    v["log_tree"] = {"leaves": [x.decode() for x in log_leaves], "hashes": [leaf(x).hex() for x in log_leaves], "root": log_root.hex()}
    checkpoint = ("%s\n3\n%s\n" % (ORIGIN, base64.b64encode(log_root).decode())).encode()
    v["checkpoint"] = (checkpoint + b"\n" + sign(checkpoint, ORIGIN, 0x0A).encode()).decode()

    # a batch of the record, the told record and the tick
    payload = encode(parts) + encode(told_parts)

    def entry(told_flag, party, place, at, data, r, hashes):
        return (u8(1) + u8(told_flag) + u16(party) + u64(place) + u64(1) + i64(when) + u64(at) + u64(len(data)) + u32(crc32c(data)) + r
                + u32(len(hashes)) + b"".join(hashes))
    entries = entry(0, 0, 0, 0, encode(parts), root, leaves)
    entries += entry(1, 1, 0, len(encode(parts)), encode(told_parts), told_root, told_leaves)
    entries += u8(2) + u64(tick) + u64(1) + i64(when) + tree(slots)
    head = b"parley/batch/1\n\x00" + u64(1) + log
    length = len(head) + 8 + 8 + 4 + 8 + 8 + 4 + len(entries) + 32
    content = head + u64(length) + u64(9) + u32(1) + u64(0) + u64(len(payload)) + u32(3) + entries
    content += H(content)
    assert len(content) == length
    sectors = b""
    for i in range(0, len(content), 496):
        body = u32(i // 496) + u64(1) + content[i:i + 496].ljust(496, b"\x00")
        sectors += u32(crc32c(body)) + body
    v["batch"] = {"sequencer": 9, "order": 1, "time_ns": str(when), "payload": payload.hex(), "log_extent": sectors.hex()}
    return v


def main():
    made = make()
    if "--write" in sys.argv:
        with open(FILE, "w", encoding="utf-8") as f:
            json.dump(made, f, ensure_ascii=False, indent=1)
            f.write("\n")
    with open(FILE, encoding="utf-8") as f:
        stored = json.load(f)
    print("1..%d" % (len(made) + 1))
    bad = 0
    for n, name in enumerate(made, 1):
        good = stored.get(name) == made[name]
        bad += not good
        print("%s %d - %s" % ("ok" if good else "not ok", n, name))
    good = set(stored) == set(made)
    bad += not good
    print("%s %d - nothing else" % ("ok" if good else "not ok", len(made) + 1))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
