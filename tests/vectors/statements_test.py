#!/usr/bin/env python3
"""Recomputes test/vectors/statements.json from the rules of FORMAT.md alone: hashlib, Ed25519, nothing of the C code."""
import base64
import hashlib
import json
import os
import struct
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives import serialization
except ImportError:
    print("1..1\nok 1 - statements # SKIP python3-cryptography is not installed")
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
results = []


def check(name, holds):
    results.append((name, bool(holds)))


def H(data):
    return hashlib.sha256(data).digest()


def u64(value):
    return struct.pack(">Q", value)


def part_hash(part_class, context, salt, name, data):
    name = name.encode()
    return H(b"\x00" + b"parley/part/1\n" + bytes([part_class]) + context + salt + bytes([len(name)]) + name + u64(len(data)) + data)


def section_context(log, statement_id, keys):
    return H(b"parley/ctx/1\n" + log + statement_id + b"".join(sorted(keys)))


def in_record(commitment):
    return H(b"\x00" + b"parley/commit/1\n" + commitment)


def key_id(name, public):
    return H(name.encode() + b"\n\x01" + public)[:4]


def public_of(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def split_note(note):
    """The text (with its last line feed) and [(name, key id, signature)]."""
    end = note.rindex("\n\n") + 1
    lines = []
    for line in note[end + 1:].split("\n")[:-1]:
        dash, name, blob = line.split(" ")
        assert dash == "\u2014"
        raw = base64.b64decode(blob, validate=True)
        lines.append((name, raw[:4], raw[4:]))
    return note[:end], lines


def check_note(label, note, by, seeds):
    """Every line is of a key of `by`, in its order, and is what that key's signature must be."""
    text, lines = split_note(note)
    names = [name for name, _ in by]
    check(label + ": lines in the order of by", [n for n in names if n in [l[0] for l in lines]] == [l[0] for l in lines])
    keys = dict(by)
    for name, identity, signature in lines:
        check(f"{label}: key id of {name}", identity == key_id(name, keys[name]))
        check(f"{label}: signature of {name}", signature == Ed25519PrivateKey.from_private_bytes(seeds[name]).sign(text.encode()))
        Ed25519PublicKey.from_public_bytes(keys[name]).verify(signature, text.encode())
    return text, [l[0] for l in lines]


def check_genesis(v, seeds):
    body = json.loads(split_note(v["genesis"])[0].split("\n")[1])
    by = [(f"exercise/{f['name']}/root", bytes.fromhex(f["root_key"])) for f in body["founders"]]
    text, signed = check_note("genesis", v["genesis"], by, seeds)
    check("genesis: every founder signs", signed == [name for name, _ in by])
    check("genesis: LOG", H(b"\x00" + text.encode()) == bytes.fromhex(v["log"]))
    check("genesis: first line", text.split("\n")[0] == "parley/1 genesis sorrel.example/exercise")


def check_signed(label, v, log, seeds):
    lines = split_note(v["note"])[0].split("\n")
    check(label + ": two lines", len(lines) == 3 and lines[2] == "" and lines[0] == "parley/1 statement sorrel.example/exercise")
    body = json.loads(lines[1])
    check(label + ": members", list(body) == ["log", "kind", "id", "on", "prev", "by", "at", "seen", "open_by", "commit"])
    check(label + ": log", bytes.fromhex(body["log"]) == log)
    by = [(name, bytes.fromhex(key)) for name, key in body["by"].items()]
    check(label + ": by ascends", [n for n, _ in by] == sorted(n for n, _ in by))
    text, signed = check_note(label, v["note"], by, seeds)
    check(label + ": who signed", [name in signed for name, _ in by] == v["signed"])
    check(label + ": statement hash", H(text.encode()).hex() == v["hash"])
    check(label + ": note part", part_hash(1, log, bytes.fromhex(v["note_salt"]), "note", v["note"].encode()).hex() == v["note_part"])
    check(label + ": four commitments", len(set(body["commit"])) == 4)
    own = section_context(log, bytes.fromhex(body["id"]), [key for _, key in by])
    earlier = None
    for s in v["sections"]:
        data = s["bytes"].encode()
        section = json.loads(data)
        context = own
        if body["kind"] == "open":
            if s["name"] == "body":
                opened = section["body"]
                earlier = section_context(log, bytes.fromhex(opened["id"]), [bytes.fromhex(k) for k in opened["keys"]])
            else:
                context = earlier
        commitment = part_hash(2, context, bytes.fromhex(s["salt"]), s["name"], data)
        check(f"{label}: {s['name']}: named as it says", section["section"] == s["name"] and list(section) == ["section", "to", "body"])
        check(f"{label}: {s['name']}: commitment", commitment.hex() == s["commitment"] == body["commit"][s["slot"]])
        check(f"{label}: {s['name']}: in the record", in_record(commitment).hex() == s["in_record"])
    return body, v["hash"]


def check_parts(label, parts, log, context):
    for p in parts:
        data = bytes.fromhex(p["bytes"])
        h = part_hash(p["class"], context if p["class"] == 2 else log, bytes.fromhex(p["salt"]), p["name"], data)
        check(f"{label}: part {p['name']}", h.hex() == p["hash"])
    return {p["class"]: p for p in parts}


def check_plain(label, v, log):
    by_class = {p["class"]: p for p in v["parts"]}
    request = json.loads(bytes.fromhex(by_class[3]["bytes"]))
    claims = json.loads(bytes.fromhex(by_class[6]["bytes"]))
    context = section_context(log, bytes.fromhex(request["id"]), [])
    check_parts(label, v["parts"], log, context)
    check(label + ": parts are the bytes of the body", all(
        bytes.fromhex(by_class[c]["bytes"]).decode() in v["body"] for c in (2, 3)))
    check(label + ": commitment", v["commit"][0] == by_class[2]["hash"])
    salt = bytes.fromhex(by_class[3]["salt"])
    check(label + ": unused commitments", v["commit"][1:] == [H(b"parley/unused/1\n" + salt + bytes([i])).hex() for i in (1, 2, 3)])
    key = claims["idempotency"] if claims["idempotency"] is not None else request["id"]
    check(label + ": identity", H(b"parley/idempotency/1\n" + log + claims["party"].encode() + b"\n" + key.encode()).hex() == v["hash"])


def check_frame(v, log):
    check_parts("frame", v["parts"], log, None)
    frame = bytes.fromhex(v["parts"][0]["bytes"])
    version, number, time, count, size = struct.unpack(">BQqHB", frame[:20])
    check("frame: header", (version, number, count, frame[20:].decode(), size) == (1, v["number"], 2, v["feed"], len(v["feed"])))
    check("frame: time", time == 1795413600 * 10**9)
    names = [p["name"] for p in v["parts"] if p["class"] == 9]
    check("frame: identities ascend", names == sorted(set(names)))
    for p, wanted in zip((p for p in v["parts"] if p["class"] == 9), v["aircraft"]):
        data = bytes.fromhex(p["bytes"])
        fields = struct.unpack(">BBqiiiBiiiiB", data[:40])
        check(f"frame: {p['name']}", fields[0] == 1 and list(fields[1:11]) + [data[40:].decode()] == wanted and fields[11] == len(data) - 40)
    identity = H(b"parley/frame/1\n" + log + v["party"].encode() + b"\n" + v["feed"].encode() + b"\n" + u64(v["number"]))
    check("frame: identity", identity.hex() == v["hash"])


def main():
    with open(os.path.join(HERE, "statements.json"), encoding="utf-8") as file:
        v = json.load(file)
    log = bytes.fromhex(v["log"])
    seeds = {}
    for k in v["keys"]:
        seed = seeds[k["name"]] = bytes.fromhex(k["seed"])
        public = public_of(seed)
        identity = key_id(k["name"], public)
        check("key " + k["name"], public.hex() == k["public"] and identity.hex() == k["key_id"])
        check("vkey " + k["name"], k["vkey"] == f"{k['name']}+{identity.hex()}+{base64.b64encode(bytes([1]) + public).decode()}")
        check("skey " + k["name"], k["skey"] == f"PRIVATE+KEY+{k['name']}+{identity.hex()}+{base64.b64encode(bytes([1]) + seed).decode()}")
    check_genesis(v, seeds)
    check_signed("notice", v["notice"], log, seeds)
    check_signed("agreement", v["agreement"], log, seeds)
    sealed, sealed_hash = check_signed("sealed", v["sealed"], log, seeds)
    check_signed("open", v["open"], log, seeds)
    opened = json.loads(v["open"]["sections"][0]["bytes"])["body"]
    check("open: states the sealed statement", (opened["statement"], opened["kind"], opened["id"], opened["keys"]) ==
          (sealed_hash, sealed["kind"], sealed["id"], sorted(sealed["by"].values())))
    check("open: what it opens is among the four", v["open"]["sections"][1]["commitment"] in sealed["commit"])
    check_plain("plain", v["plain"], log)
    check_plain("plain without key", v["plain_without_key"], log)
    check_frame(v["frame"], log)
    check_parts("tick", v["tick"]["parts"], log, None)
    check("tick: identity", H(b"parley/tick/1\n" + log + u64(v["tick"]["tick"])).hex() == v["tick"]["hash"])

    print(f"1..{len(results)}")
    for i, (name, holds) in enumerate(results, 1):
        print(f"{'ok' if holds else 'not ok'} {i} - {name}")
    return 0 if all(holds for _, holds in results) else 1


if __name__ == "__main__":
    sys.exit(main())
