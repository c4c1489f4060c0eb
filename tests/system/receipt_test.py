#!/usr/bin/python3
"""Receipts against real servers: given with a filing, checked and kept; judged from a mirror, the directory, the server and evidence, by the program and by verify.py, which agree; a server
that puts another record there, comes late, shows no path, or gives receipts that are good for nothing."""
import base64
import datetime
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from mirror_test import AtOnePort, mirrored, other_hex, ours, through  # noqa: E402
from system import Place, Server, run, wait_for_tick  # noqa: E402

sys.path.insert(0, os.path.join(system.ROOT, "verifier"))
import notes  # noqa: E402
from genesis import Genesis  # noqa: E402
from hashes import leaf_hash, root_by_path, slot_hash, tree  # noqa: E402

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402

STATUS = {"kept": 0, "breach": 13, "late": 14, "unanswered": 15}
KEPT = {}


def world():
    if not KEPT:
        place = KEPT["place"] = Place()
        place.init()
        server = KEPT["server"] = AtOnePort(place)
        for party in ("north", "south"):
            place.party(party)
    return KEPT["place"], KEPT["server"]


def kept_in(place, party="north"):
    folder = place.file("%s.key.receipts" % party)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []


def filed(place, *words, party="north", status=0):
    """Files with --receipt; the receipt's file."""
    before = kept_in(place, party)
    out, err = place.parley(*words, "--key", "%s.key" % party, "--receipt", status=status)
    new = [path for path in kept_in(place, party) if path not in before]
    assert len(new) == 1 and new[0].endswith(out.split("%s.key.receipts/" % party)[1].split()[0]), (out, err, new)
    assert oct(os.stat(new[0]).st_mode)[-3:] == "600" and oct(os.stat(os.path.dirname(new[0])).st_mode)[-3:] == "700"
    return new[0]


def judged(place, receipt, source, verdict, *options):
    """By the program; the evidence that it gives is judged again by itself and by verify.py, and the verdicts are one."""
    out, _ = place.parley("receipt", "check", receipt, source, "--json", *options, status=STATUS[verdict])
    said = json.loads(out)
    assert said["verdict"] == verdict, said
    proof = place.write("evidence", said["evidence"])
    again = json.loads(place.parley("receipt", "check", receipt, proof, "--json", status=STATUS[verdict])[0])
    assert again["verdict"] == verdict and again["evidence"] == said["evidence"], again
    agreed(place, verdict, proof)
    return said


def agreed(place, verdict, *paths):
    status, said = ours(*paths)
    assert status == (0 if verdict in ("kept", "unanswered") else 1), (status, said)
    assert said["facts"]["receipts"] == ["%s: %s" % (verdict, paths[-1])], (verdict, said)
    if verdict == "unanswered":
        assert any("whether the promise of %s" % paths[-1] in text for text in said["cannot_tell"]), said["cannot_tell"]
    return said


def everywhere(place, server, receipt, verdict, mirror, party="north"):
    url = "http://%s:%d" % (server.host, server.port)
    for source, options in ((mirror, ()), ("log", ()), (url, ("--key", "%s.key" % party))):
        judged(place, receipt, source, verdict, *options)
    agreed(place, verdict, place.file(mirror), receipt)


def what_is_filed_is_promised_and_kept():
    place, server = world()
    notice = ("notice", "file", "--area", "ONE", "--category", "missile", "--circle", "-46.7,-126.4,15NM", "--lower", "SFC", "--upper", "FL250", "--from", "+5m", "--to", "+30m")
    receipts = [filed(place, *notice), filed(place, "message", "south", "hello"), filed(place, "notice", "over", "north/" + "0" * 32, status=5)]  # refused, and on record
    vkey = place.parley("log", "vkey", "log", "--receipt")[0].split("+", 2)
    for path in receipts:
        text, lines = notes.split(open(path, "rb").read(), "the receipt")  # by the key that is printed
        assert lines[0].name == vkey[0] == server.origin + "/receipt" and notes.verifies(base64.b64decode(vkey[2])[1:], lines[0].signature, text)
        assert json.loads(text.split(b"\n")[1])["party"] == "north"
    wait_for_tick(server)
    mirrored(place, "north", "n", "--once")
    for path in receipts:
        everywhere(place, server, path, "kept", "n")
    out, _ = place.parley("receipt", "check", receipts[0], "n", "--proof", "kept.json")
    assert out.startswith("kept: place ") and agreed(place, "kept", place.file("kept.json"))
    # Who holds a stream with its proofs, as README has it.
    token = {"Authorization": "Bearer " + place.parley("session", "--key", "north.key")[0].strip()}
    seq = json.loads(open(receipts[1]).read().split("\n")[1])["seq"]
    place.write("genesis.json", server.ask("GET", "/v1/log")[2])
    place.write("proofs", server.ask("GET", "/v1/proof/%d/0" % seq, headers=token)[2])
    agreed(place, "kept", place.file("genesis.json"), place.file("proofs"), receipts[1])


def what_the_mirror_does_not_reach_is_unanswered():
    place, server = world()
    mirrored(place, "north", "n", "--once")
    receipt = filed(place, "message", "south", "later")
    said = judged(place, receipt, "n", "unanswered")
    assert "still in time" in said["why"] or "no path" in said["why"], said
    agreed(place, "unanswered", place.file("n"), receipt)
    # A server that will not say where the record is.
    wait_for_tick(server)
    proxy = through(server, lambda path, data: data, asked=staticmethod(lambda path: "/v1/sealed/99999999" if path.startswith("/v1/sealed/") else path))
    url = "http://127.0.0.1:%d" % proxy.port
    said = judged(place, receipt, url, "unanswered", "--key", "north.key")
    assert "no path to it was given" in said["why"], said
    judged(place, receipt, "http://%s:%d" % (server.host, server.port), "kept", "--key", "north.key")
    proxy.shutdown()
    proxy.server_close()
    empty = json.loads(place.parley("receipt", "check", receipt, "n", "--json", status=15)[0])["evidence"]
    judged(place, receipt, place.write("nothing", {name: empty[name] for name in ("genesis", "receipt")}), "unanswered")


def what_no_key_has_signed_judges_nobody():
    """Ticks that anybody could have written: moved, with another record sealed, or behind what a checkpoint covers. A blinding key is all that it takes."""
    place, server = world()
    mirrored(place, "north", "signed", "--once")
    receipt = filed(place, "message", "south", "sealed")
    wait_for_tick(server)
    mirrored(place, "north", "signed", "--once")
    value = json.loads(open(receipt).read().split("\n")[1])
    lines = [json.loads(line) for line in open(place.file("signed/ticks"), encoding="utf-8")]
    sealing = next(tick["tick"] for tick in lines if tick.get("size", 0) > value["seq"])
    checkpoints = [json.loads(line) for line in open(place.file("signed/checkpoints"), encoding="utf-8")]

    def ticks(count, change=lambda tick: tick):
        return place.write("ticks", "".join(json.dumps(change(dict(tick)), separators=(",", ":")) + "\n" for tick in lines[:count]))

    def later(tick):
        return dict(tick, time="2027-06-01T00:00:00.000Z") if tick["tick"] >= sealing else tick

    files = [place.file("signed/%s" % name) for name in ("genesis", "party", "stream")]
    note = checkpoints[-1]["checkpoint"]
    whole = place.write("whole", note)
    agreed(place, "unanswered", *files, ticks(len(lines)), receipt)
    agreed(place, "unanswered", *files, ticks(len(lines), later), receipt)
    agreed(place, "kept", *files, ticks(int(note.split("\n")[1])), whole, receipt)
    status, said = ours(*files, ticks(len(lines), later), whole, receipt)
    assert status == 1 and "forked" in said["fault"]["what"], said
    older = [line["checkpoint"] for line in checkpoints if int(line["checkpoint"].split("\n")[1]) < sealing]
    assert older
    agreed(place, "unanswered", *files, ticks(len(lines), later), place.write("old", older[-1]), receipt)
    server.stop(remove=False)
    shutil.copytree(place.file("log"), place.file("unsigned"))
    os.remove(place.file("unsigned/checkpoint"))
    agreed(place, "kept", place.file("log"), receipt)
    agreed(place, "unanswered", place.file("unsigned"), receipt)
    agreed(place, "kept", place.file("unsigned"), whole, receipt)
    server.start()
    place.serve(server)


def another_record_there_is_a_breach():
    """The operator goes back to a copy and lets something else be said at the place: two logs, one key, and the receipt convicts whichever is shown."""
    place, server = world()
    server.stop(remove=False)
    for before in kept_in(place)[:2]:
        agreed(place, "kept", place.file("log"), before)
    shutil.copytree(place.file("log"), place.file("fork"))
    server.start()
    place.serve(server)
    receipt = filed(place, "message", "south", "what I said")
    wait_for_tick(server)
    mirrored(place, "north", "true", "--once")
    judged(place, receipt, "true", "kept")
    with Server(place, log="fork") as other:
        place.parley("message", "south", "what I never said", "--key", "north.key")
        wait_for_tick(other)
        mirrored(place, "north", "false", "--once")
        judged(place, receipt, "http://%s:%d" % (other.host, other.port), "breach", "--key", "north.key")
    place.serve(server)
    said = judged(place, receipt, "false", "breach")
    assert "another record" in said["why"], said
    judged(place, receipt, "fork", "breach")
    agreed(place, "breach", place.file("fork"), receipt)
    out, _ = place.parley("receipt", "check", receipt, "false", status=13)
    assert "promised {" in out and "stands   {" in out and '"sealed":' in out, out  # both are named, and the proof is there
    found = agreed(place, "breach", place.file("false"), receipt)
    assert "was promised" in found["fault"]["what"] and "stands there" in found["fault"]["what"], found
    KEPT["breach"] = json.loads(place.parley("receipt", "check", receipt, "false", "--json", status=13)[0])["evidence"]
    KEPT["receipt"] = receipt


def by_hand(place, receipt, leaf, time="2026-11-30T00:00:00.000Z"):
    """Evidence of an operator who seals whatever he likes: a log of one tick, signed with his key."""
    genesis = KEPT["breach"]["genesis"]
    seq, slot = (json.loads(receipt.split("\n")[1])[name] for name in ("seq", "slot"))
    with open(place.file("log/log.key"), encoding="utf-8") as file:
        words = file.read().strip().split("+", 4)
    name, secret = words[2], Ed25519PrivateKey.from_private_bytes(base64.b64decode(words[4])[1:])
    path = [bytes([at]) * 32 for at in range(64)]
    length = next(n for n in range(64) if root_by_path(leaf_hash(leaf.encode()), seq, seq + 1, path[:n]) is not None)
    root, blind, up = root_by_path(leaf_hash(leaf.encode()), seq, seq + 1, path[:length]), bytes(32), path[:Genesis(genesis.encode()).slots_log2]
    top = root_by_path(slot_hash(blind, seq + 1, root), slot, 1 << len(up), up)
    line = '{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (1, time, top.hex())
    text = ("%s\n1\n%s\n" % (name, base64.b64encode(leaf_hash(line.encode())).decode())).encode()
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    note = "%s\n\u2014 %s %s\n" % (text.decode(), name, base64.b64encode(notes.key_id(name, public) + secret.sign(text)).decode())
    sealed = {"stream_leaf": leaf, "stream": {"size": seq + 1, "path": [h.hex() for h in path[:length]]}, "slot": {"index": slot, "blind": blind.hex()},
              "tick": {"tick": 1, "time": time, "path": [h.hex() for h in up]}, "log": "c2sp.org/tlog-proof@v1\nindex 0\n\n" + note}
    return {"genesis": genesis, "receipt": receipt, "sealed": sealed}


def whatever_is_sealed_is_judged_alike():
    """Any bytes at the place are another record; times to the last instant that there is count, and later ones are none; counts and slots are whole numbers."""
    place, _ = world()
    receipt = KEPT["breach"]["receipt"]
    value = json.loads(receipt.split("\n")[1])
    for leaf in ("", "x" * 191, "x" * 192, "x" * 5000, "\u2014" * 100):
        proof = place.write("leaf.json", by_hand(place, receipt, leaf))
        out, _ = place.parley("receipt", "check", KEPT["receipt"], proof, status=13)
        assert "stands   " in out and ("and more" in out) == (len(leaf.encode()) >= 192) and ("no bytes" in out) == (not leaf), out
        found = agreed(place, "breach", proof)
        assert len(found["fault"]["what"]) < 1000, found
    last = "2262-04-11T23:47:16.854Z"
    for promised, sealed, verdict in ((last, last, "kept"), ("2262-04-11T23:47:06.854Z", last, "kept"), ("2262-04-11T23:47:06.853Z", last, "late"), (last, "2262-04-11T23:47:16.855Z", None),
                                      ("2026-11-30T00:00:00.000Z", "9999-12-31T23:59:59.999Z", None), (last, "1677-09-21T00:12:43.146Z", "kept"), (last, "1677-09-21T00:12:43.145Z", None),
                                      ("2262-04-11T23:47:16.855Z", last, None)):
        note = signed(place, json.dumps(dict(value, time=promised), separators=(",", ":")))
        leaf = '{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (value["seq"], promised, value["parts"], value["root"])
        proof, path = place.write("end.json", by_hand(place, note, leaf, sealed)), place.write("end.receipt", note)
        place.parley("receipt", "check", path, proof, status=3 if verdict is None else STATUS[verdict])
        if verdict is None:
            status, said = ours(proof)
            assert status == 1 and "receipts" not in said["facts"], (promised, sealed, said)
        else:
            agreed(place, verdict, proof)
    # A record's slot that is none is no traceback, and no verdict.
    lie = place.write("slot.lie", signed(place, json.dumps(dict(value, statement=other_hex(value["statement"])), separators=(",", ":"))))
    whole = json.loads(place.parley("receipt", "check", lie, "true", "--json", status=13)[0])["evidence"]
    for slot in ("1", 1.0, 1.5, None, [], -1):
        changed = json.loads(json.dumps(whole))
        section = next(part for part in changed["record"]["parts"] if part["class"] == "section")
        section["slot"] = slot
        proof = place.write("slot.json", changed)
        place.parley("receipt", "check", lie, proof, status=(3, 7))
        status, said = ours(proof)
        assert status in (1, 3) and "receipts" not in said.get("facts", {}), (slot, status, said)
    agreed(place, "breach", place.write("slot.json", whole))


def a_reader_who_has_enough_is_no_verdict():
    place, _ = world()
    words = [sys.executable, os.path.join(system.ROOT, "verifier", "verify.py"), place.write("evidence", KEPT["breach"])]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)
    os.close(write)
    assert done.returncode == 3 and not done.stderr, done


def a_namesake_convicts_nobody():
    """Whoever makes a log of the same name can convict it of anything: LOG tells, and is printed."""
    place, server = world()
    log = server.ask("GET", "/v1/log")[2]["log"]
    other = other_hex(log)
    proof = place.write("evidence", KEPT["breach"])
    url = "http://%s:%d" % (server.host, server.port)
    for source, status, options in ((proof, 13, ()), ("false", 13, ()), ("log", 0, ()), (url, 0, ("--key", "north.key"))):
        out, _ = place.parley("receipt", "check", KEPT["receipt"], source, *options, status=status)
        assert "LOG %s (compare it" % log in out, out
        out, _ = place.parley("receipt", "check", KEPT["receipt"], source, "--log", log, *options, status=status)
        assert "LOG %s\n" % log in out, out
        out, err = place.parley("receipt", "check", KEPT["receipt"], source, "--log", other, *options, status=4)
        assert not out and "this is the log %s, not %s" % (log, other) in err, (out, err)
        assert "64 lower-case hex" in place.parley("receipt", "check", KEPT["receipt"], source, "--log", log[1:], *options, status=64)[1]
    assert json.loads(place.parley("receipt", "check", KEPT["receipt"], proof, "--json", status=13)[0])["log"] == log
    assert ours("--log", log, proof)[1]["fault"]["rule"].startswith("FORMAT.md, 9") and ours("--log", other, proof)[1]["fault"]["rule"] == "FORMAT.md, 1"


def every_changed_byte_of_the_evidence_is_refused():
    """By both; or it changes nothing. Never does it make a promise kept, or another's breach."""
    place, _ = world()
    text = json.dumps(KEPT["breach"], ensure_ascii=False, separators=(",", ":"))
    refused = same = 0
    for at in range(0, len(text), 41):
        changed = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1:]
        path = place.write("changed", changed)
        out, err = place.parley("receipt", "check", KEPT["receipt"], path, "--json", status=tuple(range(80)))
        status, said = ours(path)
        mine = json.loads(out)["verdict"] if out and '"verdict"' in out else None
        other = said["facts"]["receipts"][0].split(":")[0] if said["verdict"] and "receipts" in said["facts"] else None
        assert mine == other and mine in (None, "breach", "unanswered"), (at, changed[max(0, at - 30):at + 30], mine, other, err, said)
        refused += mine is None
        same += mine is not None
    assert refused > 50 and refused > 20 * same, (refused, same)


def signed(place, body, key="log/receipt.key", origin=None, name=None):
    """A note with the operator's own key: he lies as well as he can."""
    with open(place.file(key), encoding="utf-8") as file:
        secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(file.read().strip().split("+", 4)[4])[1:])
    origin = origin or world()[1].origin
    name = name or origin + "/receipt"
    text = ("parley/1 receipt %s\n%s\n" % (origin, body)).encode()
    public = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return text.decode() + "\n\u2014 %s %s\n" % (name, base64.b64encode(notes.key_id(name, public) + secret.sign(text)).decode())


def forged_and_foreign_ones_are_told():
    place, server = world()
    receipt = filed(place, "message", "south", "mine")
    text = open(receipt).read()
    body = text.split("\n")[1]
    wait_for_tick(server)
    mirrored(place, "north", "n", "--once")
    mirrored(place, "south", "s", "--once")
    assert signed(place, body) == text  # this is how it is made
    value = json.loads(body)

    def with_(**members):
        return json.dumps(dict(value, **members), separators=(",", ":"))

    refused = {
        "signed by another key": (signed(place, body, key="log/log.key"), 7),
        "by the log's key under its own name": (signed(place, body, key="log/log.key", name=server.origin), 7),
        "of another log": (signed(place, with_(log=other_hex(value["log"]))), 4),
        "of another origin": (signed(place, body, origin="other.example/exercise"), 4),
        "another slot": (signed(place, with_(slot=value["slot"] + 1)), 7),
        "spaces in it": (signed(place, body.replace(",", ", ")), 3),
        "a member more": (signed(place, body[:-1] + ',"x":1}'), 3),
        "a member less": (signed(place, body.replace('"slot":%d,' % value["slot"], "")), 3),
        "another order": (signed(place, json.dumps(dict(reversed(list(value.items()))), separators=(",", ":"))), 3),
        "no signature": (text.split("\n\n")[0] + "\n", 3),
        "the signature of another text": (text.replace('"seq":%d' % value["seq"], '"seq":%d' % (value["seq"] + 1)), 7),
    }
    for name, (note, status) in refused.items():
        path = place.write("forged", note)
        place.parley("receipt", "check", path, "n", status=status)
        found, said = ours(place.file("n"), path)
        assert found == 1 and said["verdict"] == "bad" or found == 3, (name, found, said)
    # What the key did sign, and is not so.
    for members in ({"root": other_hex(value["root"])}, {"parts": value["parts"] + 1}, {"time": "2026-01-01T00:00:00.000Z"}, {"seq": value["seq"] - 1}, {"statement": other_hex(value["statement"])}):
        path = place.write("lie", signed(place, with_(**members)))
        everywhere(place, server, path, "breach", "n")
        said = judged(place, path, "n", "breach")
        out, _ = place.parley("receipt", "check", path, "n", status=13)
        assert ("it is of %s" % value["statement"] in out) == ("statement" in members) and "the proof, which anybody can check" in out, out
        assert ("record" in said["evidence"]) == ("statement" in members), said
    # Who has no ticks: the records alone convict him, for the receipt signs the root.
    agreed(place, "breach", place.file("n/genesis"), place.file("n/stream"), path)
    # A server that shows another record, or one that is none, hides nothing by it and is told.
    for change in (lambda record: record.update(root=other_hex(record["root"])), lambda record: record.clear()):
        def edit(asked, data, change=change):
            value = json.loads(data)
            change(value["records"][0])
            return json.dumps(value).encode()
        proxy = through(server, lambda asked, data: edit(asked, data) if asked.startswith("/v1/stream") else data)
        out, err = place.parley("receipt", "check", receipt, "http://127.0.0.1:%d" % proxy.port, "--key", "north.key", status=0)
        assert out.startswith("kept") and "shows no record at place %d that holds" % value["seq"] in err, (out, err)
        proxy.shutdown()
        proxy.server_close()
    for shown in (lambda asked, data: b"{}" if asked.startswith("/v1/stream") else data, None):
        proxy = through(server, shown) if shown else through(server, lambda asked, data: data, asked=staticmethod(lambda asked: asked.replace("/v1/stream", "/v1/none")))
        out, err = place.parley("receipt", "check", receipt, "http://127.0.0.1:%d" % proxy.port, "--key", "north.key", status=0)
        assert out.startswith("kept") and "shows no record at place %d that holds" % value["seq"] in err, (out, err)
        proxy.shutdown()
        proxy.server_close()
    judged(place, place.write("beyond", signed(place, with_(seq=99999))), "log", "unanswered")
    # Nobody else's mirror can answer for it.
    assert "is the mirror of south's stream, and the receipt is for north's" in place.parley("receipt", "check", receipt, "s", status=4)[1]
    assert "--key" in place.parley("receipt", "check", receipt, "http://%s:%d" % (server.host, server.port), "--key", "south.key", status=64)[1]
    assert "no such" in place.parley("receipt", "check", place.file("none"), "n", status=71)[1].lower()
    path = place.write("foreign", signed(place, with_(party="nobody")))
    assert "has no party" in place.parley("receipt", "check", path, "log", status=7)[1]


def what_the_server_gives_is_looked_at():
    """At once, for later nobody could tell: the receipt must be of what was sent, and its record must hold it."""
    place, server = world()

    def edit(change):
        def of(path, data):
            if path != "/v1/statements":
                return data
            value = json.loads(data)
            change(value)
            return json.dumps(value, ensure_ascii=False).encode()
        return of

    def other(member):
        def change(value):
            body = json.loads(value["receipt"]["note"].split("\n")[1])
            if member == "time":
                body[member] = re.sub("^[0-9]*", lambda year: str(int(year[0]) + 1), body[member])
            else:
                body[member] = other_hex(body[member]) if isinstance(body[member], str) else body[member] + 1
            value["receipt"]["note"] = signed(place, json.dumps(body, separators=(",", ":")))
        return change

    lies = {
        "none": (lambda value: value.pop("receipt"), "the server gave none"),
        "a reason": (lambda value: value.update(receipt=None, no_receipt="not today"), "not today"),
        "unsigned": (lambda value: value["receipt"].update(note=value["receipt"]["note"].replace('"seq":', '"seq":1')), "receipt"),
        "another place": (other("seq"), "something else than the answer"),
        "another statement": (other("statement"), "something else than the answer"),
        "another root": (other("root"), "does not hold what was sent"),
        "another slot": (other("slot"), "slot: is "),
        "a time to come": (other("time"), "time: is more than two minutes ahead"),
        "another salt": (lambda value: value["receipt"].update(salt=other_hex(value["receipt"]["salt"])), "does not hold what was sent"),
        "no path": (lambda value: value["receipt"].update(path=[]), "does not hold what was sent"),
    }
    before = kept_in(place)
    for name, (change, words) in lies.items():
        proxy = through(server, edit(change))
        place.serve(proxy)
        out, err = place.parley("message", "south", name, "--key", "north.key", "--receipt", status=15)
        assert "accepted at place" in out and words in err and "no good receipt" in err, (name, out, err)
        proxy.shutdown()
        proxy.server_close()
    place.serve(server)
    assert kept_in(place) == before
    # Of a draft nothing is promised; the last signer asks, and where the place is another's it is his alone.
    assert "--receipt" in place.parley("message", "south", "x", "--key", "north.key", "--receipt", "--draft", "d", status=64)[1]
    agreement = {"name": "two", "version": 1, "parties": ["north", "south"], "from": "2026-01-01T00:00:00Z", "until": None, "separation_m": 9260, "separation_height_m": 300, "withdraw_notice_s": 604800,
                 "rules": [{"category": "default", "lead_s": 600, "binds": "readback", "readback_s": 60, "reaction_m": 9260, "reaction_height_m": 300, "reaction_before_s": 60, "reaction_after_s": 60,
                            "tail_s": 120}]}
    place.write("agreement.json", agreement)
    place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--co-signer", "south.key.pub", "--draft", "draft.json")
    assert "--send" in place.parley("cosign", "draft.json", "--key", "south.key", "--receipt", status=64)[1]
    out, err = place.parley("cosign", "draft.json", "--key", "south.key", "--send", "--receipt", status=15)
    assert "accepted" in out and "told to a session of that stream's party alone" in err and not kept_in(place, "south"), (out, err)


def over_http():
    place, server = world()
    token = {"Authorization": "Bearer " + place.parley("session", "--key", "north.key")[0].strip(), "Content-Type": "application/json"}

    def say(number, query, text="plain"):
        body = {"statement": {"kind": "message", "id": "%032d" % number}, "sections": [{"section": "body", "to": ["south"], "body": {"text": text}}]}
        return server.ask("POST", "/v1/statements" + query, json.dumps(body).encode(), headers=dict(token, **{"Idempotency-Key": "n%d" % number}))

    status, _, first = say(1, "")
    assert status == 201 and "receipt" not in first
    assert "receipt" not in say(2, "?receipt=false")[2]
    status, _, again = say(1, "?receipt=true")  # of a repeat: of the first one's place
    assert status == 200 and again["place"] == first["place"], again
    status, _, problem = say(3, "?receipt=maybe")
    assert status == 400 and "receipt" in json.dumps(problem), problem
    status, _, refused = say(4, "?receipt=true", text="")
    assert status >= 400
    for path in (again,) + ((refused,) if "receipt" in refused else ()):
        note = path["receipt"]["note"]
        assert json.loads(note.split("\n")[1])["seq"] == path["place"] and json.loads(note.split("\n")[1])["statement"] == path["statement"], path
    wait_for_tick(server)
    judged(place, place.write("plain.receipt", again["receipt"]["note"]), "log", "kept")
    status, _, sealed = server.ask("GET", "/v1/sealed/%d" % first["place"], headers=token)
    assert status == 200 and set(sealed) == {"sealed", "before"} and sealed["sealed"]["tick"]["tick"] == sealed["before"]["tick"]["tick"] + 1, sealed
    status, _, sealed = server.ask("GET", "/v1/sealed/999999", headers=token)
    assert status == 200 and set(sealed) == {"before"}, sealed
    assert server.ask("GET", "/v1/sealed/x", headers=token)[0] == 400 and server.ask("GET", "/v1/sealed/1")[0] == 401


def consistency(held, leaves, known=True):
    """RFC 9162, 2.1.4.1, as it stands there."""
    if held == len(leaves):
        return [] if known else [tree(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if held <= k:
        return consistency(held, leaves[:k], known) + [tree(leaves[k:])]
    return consistency(held - k, leaves[k:], False) + [tree(leaves[:k])]


def who_signs_ahead_of_what_is_shown_is_judged():
    """Each checkpoint is of more ticks than the mirror was ever given: what it proves is judged all the same."""
    place, server = world()
    receipt = filed(place, "message", "south", "ahead")
    value = json.loads(open(receipt).read().split("\n")[1])
    lie = place.write("ahead.lie", signed(place, json.dumps(dict(value, root=other_hex(value["root"])), separators=(",", ":"))))
    for _ in range(4):
        wait_for_tick(server)
    mirrored(place, "north", "lag", "--once")
    agreed(place, "kept", place.file("lag"), receipt)
    with open(place.file("lag/ticks"), encoding="utf-8") as file:
        lines = file.readlines()
    with open(place.file("lag/checkpoints"), encoding="utf-8") as file:
        last = json.loads(file.readlines()[-1])
    ticks = [json.loads(line) for line in lines]
    leaves = [leaf_hash(('{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (t["tick"], t["time"], t["root"])).encode()) for t in ticks]
    sealing = next(tick["tick"] for tick in ticks if tick.get("size", 0) > value["seq"])
    assert last["size"] == len(ticks) and len(ticks) - sealing >= 3, (last["size"], len(ticks), sealing)
    for held in range(sealing, len(ticks)):
        place.write("lag/ticks", "".join(lines[:held]))
        ahead = {"size": held, "checkpoint": last["checkpoint"], "consistency": [h.hex() for h in consistency(held, leaves)]}
        place.write("lag/checkpoints", json.dumps(ahead, separators=(",", ":"), ensure_ascii=False) + "\n")
        place.parley("mirror", "check", "lag")
        for path, verdict in ((receipt, "kept"), (lie, "breach")):
            judged(place, path, "lag", verdict)
            agreed(place, verdict, place.file("lag"), path)


def after_a_crash_the_place_stands_and_time_may_be_lost():
    place, server = world()
    server.stop(remove=False)  # in good order, once
    server.start()
    place.serve(server)
    for attempt in range(5):
        receipt = filed(place, "message", "south", "attempt %d" % attempt)
        server.process.kill()  # between the answer and the tick, as often as not
        server.process.wait()
        time = json.loads(open(receipt).read().split("\n")[1])["time"]
        later = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(seconds=30 + 3600 * attempt)
        server.words = ["--clock-rate", "1", "--clock-start", later.strftime("%Y-%m-%dT%H:%M:%SZ")]
        server.start()
        place.serve(server)
        wait_for_tick(server)
        shutil.rmtree(place.file("c"), ignore_errors=True)
        mirrored(place, "north", "c", "--once")
        out, _ = place.parley("receipt", "check", receipt, "c", "--json", status=(0, 14))
        if json.loads(out)["verdict"] == "late":
            everywhere(place, server, receipt, "late", "c")
            server.stop(remove=False)
            agreed(place, "late", place.file("log"), receipt)
            server.start()
            return
    raise AssertionError("five times a tick came before the kill")


def it_ends():
    if KEPT:
        KEPT["server"].stop(remove=False)
        KEPT["place"].__exit__(None, None, None)


if __name__ == "__main__":
    run([what_is_filed_is_promised_and_kept, what_the_mirror_does_not_reach_is_unanswered, what_no_key_has_signed_judges_nobody, another_record_there_is_a_breach, a_namesake_convicts_nobody, whatever_is_sealed_is_judged_alike,
         a_reader_who_has_enough_is_no_verdict, every_changed_byte_of_the_evidence_is_refused,
         forged_and_foreign_ones_are_told, what_the_server_gives_is_looked_at, over_http, who_signs_ahead_of_what_is_shown_is_judged,
         after_a_crash_the_place_stands_and_time_may_be_lost, it_ends])
