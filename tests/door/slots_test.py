#!/usr/bin/python3
"""GET /v1/slots: every tick, busy or idle, leads from the party's own stream to the log, and no tick of it can be had without; over a restart, from any tick on."""
import hashlib
import hmac
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "verifier"))
import checkpoint  # noqa: E402
import harness as h  # noqa: E402
from genesis import Genesis  # noqa: E402
from hashes import Tree, leaf_hash, node, root_by_path, slot_hash, tree  # noqa: E402

S = h.Server()
PARTIES = ("aramoor", "operator", "velland")


def until_tick(more):
    size = S.ask("GET", "/v1/log")[2]["size"] + more
    while S.ask("GET", "/v1/log")[2]["size"] < size:
        time.sleep(0.05)


def all_of(token):
    """(slot, ticks, the last answer), by as many reads as the server wants."""
    at, ticks = 1, []
    while True:
        status, _, answer = S.ask("GET", "/v1/slots?from=%d&limit=7" % at, token=token)
        assert status == 200 and answer["next"] == at + len(answer["ticks"]) and len(answer["ticks"]) <= 7, answer
        ticks += answer["ticks"]
        at = answer["next"]
        if not answer["ticks"]:
            return answer["slot"], ticks, answer


def consistent(old, size, answer, genesis):
    """RFC 9162, 2.1.4.2."""
    to, root = checkpoint.read(genesis, answer["checkpoint"].encode())
    path = [bytes.fromhex(p) for p in answer["consistency"]]
    if size == to:
        return not path and old == root
    if size & (size - 1) == 0:
        path = [old] + path
    at, last, a, b = size - 1, to - 1, path[0], path[0]
    while at & 1:
        at, last = at >> 1, last >> 1
    for step in path[1:]:
        if at & 1 or at == last:
            a, b = node(step, a), node(step, b)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            b = node(b, step)
        at, last = at >> 1, last >> 1
    return a == old and b == root and last == 0


def record_leaf(record):
    """The stream's leaf, when the record's root is that of the leaves shown and withheld."""
    sections = [p for p in record["parts"] if p["class"] == "section"]
    assert not sections  # of those that are looked at here
    leaves = [bytes.fromhex(p["hash"]) for p in record["parts"]] + [bytes.fromhex(w) for w in record.get("withheld", [])]
    assert tree(leaves).hex() == record["root"], record["kind"]
    text = '{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (record["seq"], record["time"], len(leaves), record["root"])
    return text.encode()


def hold_against(party):
    """All ticks of this party against its stream; how many were idle."""
    token = S.session(party)
    log = S.ask("GET", "/v1/log")[2]
    genesis = Genesis(log["genesis"].encode())
    blind = bytes.fromhex(S.ask("GET", "/v1/blind", token=token)[2]["blind"])
    slot, ticks, _ = all_of(token)
    records, at = [], 0
    while at < ticks[-1]["size"]:
        answer = S.ask("GET", "/v1/stream?from=%d" % at, token=token)[2]
        records, at = records + answer["records"], answer["next"]
    leaves, log_tree, stream, roots, idle = [], Tree(history=True), Tree(), {}, 0
    for record in records:
        leaves.append(stream_leaf(record))
    for number, t in enumerate(ticks, 1):
        assert t["tick"] == number and len(t["path"]) == genesis.slots_log2, t
        idle += stream.size == t["size"]
        while stream.size < t["size"]:
            stream.add(leaf_hash(leaves[stream.size]))
        mine = slot_hash(hmac.digest(blind, number.to_bytes(8, "big"), "sha256"), t["size"], stream.root())
        top = root_by_path(mine, slot, 1 << genesis.slots_log2, [bytes.fromhex(p) for p in t["path"]])
        assert top.hex() == t["root"], (party, number)
        log_tree.add(leaf_hash(('{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (number, t["time"], t["root"])).encode()))
        roots[number] = log_tree.root()
    for number in (1, 2, len(ticks) // 2, len(ticks)):
        answer = S.ask("GET", "/v1/slots?from=%d&limit=0" % (number + 1), token=token)[2]
        assert consistent(roots[number], number, answer, genesis), number
        assert not consistent(hashlib.sha256(b"x").digest(), number, answer, genesis)
    return idle


def stream_leaf(record):
    if not any(p["class"] in ("note", "request") for p in record["parts"]) or record["kind"] in ("tick", "snapshot", "snapshot/digest", "bridge", "grow"):
        return record_leaf(record)
    count = len([p for p in record["parts"] if p["class"] != "section"]) + 4 + len(record.get("withheld", []))
    return ('{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (record["seq"], record["time"], count, record["root"])).encode()


def every_tick_leads_to_the_own_stream():
    for area in ("SORREL 1", "SORREL 2", "SORREL 3"):
        assert S.say("notice", h.notice(S, area), ["aramoor"])[0] == 201
        until_tick(2)
    idle = {party: hold_against(party) for party in PARTIES}
    assert idle["velland"] > 0 and idle["operator"] == 0, idle  # ticks stand in the operator's stream


def so_it_does_over_a_restart():
    for _ in range(2):
        S.kill()
        S.start()
        assert S.say("notice", h.notice(S, "SORREL 9"), ["velland"])[0] == 201
        until_tick(2)
        for party in PARTIES:
            hold_against(party)


def from_any_tick_the_same():
    token = S.session("velland")
    _, ticks, _ = all_of(token)
    for at in (len(ticks), 1, len(ticks) // 2, 3):  # back and forth: trees that were kept serve nobody here
        answer = S.ask("GET", "/v1/slots?from=%d&limit=2" % at, token=token)[2]
        assert answer["ticks"] == ticks[at - 1:at + 1] or at == len(ticks), at
    size = S.ask("GET", "/v1/log")[2]["size"]
    assert S.ask("GET", "/v1/slots?from=%d" % (size + 1000), token=token)[0] == 404
    assert S.ask("GET", "/v1/slots?from=1&limit=1")[0] == 401


def what_is_withheld_completes_the_record():
    for party in PARTIES:
        token = S.session(party)
        records = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["records"]
        assert records and all(("withheld" in r) == (party != "operator") for r in records)
        told = [r for r in records if r["parts"][0]["class"] == "told"]
        assert all(record_leaf(r) for r in told) and told


def it_ends():
    S.stop()


if __name__ == "__main__":
    h.run([every_tick_leads_to_the_own_stream, so_it_does_over_a_restart, from_any_tick_the_same, what_is_withheld_completes_the_record, it_ends])
