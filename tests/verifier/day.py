"""A small log made by the program itself, with every form of a statement in it: notes, sealed and opened ones, plain ones, frames, calls of drone services,
notes that wait for a second signature, a key that is revoked, refusals, a snapshot and its digest. Small, so that each of its bytes can be tried."""
import json
import os
import secrets
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import system  # noqa: E402
from system import Server, wait_for_tick  # noqa: E402

SMALL = {"slots_log2": 3, "parties": 4, "keys": 16, "agreements": 16, "areas": 8, "feeds": 8, "notices": 64, "flights": 64, "volumes": 512, "vertices": 4096, "tracks": 64,
         "alerts": 64, "pending": 16, "recent": 256, "holds": 16, "managers": 4, "references": 64, "subscriptions": 64, "footprints": 256, "points": 2048}
AGREEMENT = {"name": "basin", "version": 1, "parties": ["north", "relief"], "from": "2026-01-01T00:00:00Z", "until": None, "separation_m": 9260,
             "separation_height_m": 300, "withdraw_notice_s": 604800,
             "rules": [{"category": "default", "lead_s": 600, "binds": "readback", "readback_s": 60, "reaction_m": 9260, "reaction_height_m": 300,
                        "reaction_before_s": 60, "reaction_after_s": 60, "tail_s": 120}]}
HERE = ("--circle", "-46.7,-126.4,15NM", "--lower", "SFC", "--upper", "FL250", "--from", "+5m", "--to", "+30m")


def capacities():
    return [word for name, figure in SMALL.items() for word in ("--capacity", "%s=%d" % (name, figure))]


def plain(server, token, kind, body, to, key):
    said = {"statement": {"kind": kind, "id": secrets.token_hex(16)}, "sections": [{"section": "body", "to": to, "body": body}]}
    status, _, answer = server.ask("POST", "/v1/statements", said, token, {"Idempotency-Key": key})
    assert status in (200, 201), (status, answer)
    return answer


def intent(state):
    at = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + s)) for s in (60, 3600)]
    volume = {"outline_circle": {"center": {"lat": 46.95, "lng": 7.44}, "radius": {"value": 300, "units": "M"}},
              "altitude_lower": {"value": 500, "reference": "W84", "units": "M"}, "altitude_upper": {"value": 620, "reference": "W84", "units": "M"}}
    times = {name: {"value": value, "format": "RFC3339"} for name, value in zip(("time_start", "time_end"), at)}
    return {"extents": [dict(times, volume=volume)], "state": state, "key": [], "uss_base_url": "https://uss.example"}


def drone_services(place, server):
    """Two managers whose intents meet: the second one is refused, which is a record too."""
    for manager, ident, wanted in (("uss1", "7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11", 201), ("uss2", "0c9a4e52-8d17-4b6f-a3c5-91e7d2f40b22", 409)):
        token = place.parley("dev-token", "authority", "--sub", manager, "--audience", "localhost", "--scope", "utm.strategic_coordination")[0].strip()
        status, _, answer = server.ask("PUT", "/dss/v1/operational_intent_references/" + ident, intent("Accepted"), token)
        assert status == wanted, (status, answer)


def parties(place):
    for name in ("north", "relief"):
        place.party(name)
    place.write("agreement.json", AGREEMENT)
    place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--co-signer", "relief.key.pub", "--draft", "draft.json")
    place.parley("cosign", "draft.json", "--key", "relief.key", "--send")
    place.key("relief", "desk")
    place.parley("key", "add", "--new", "relief-desk.key.pub", "--key", "relief.key", "--key", "relief-desk.key")


def half_signed(server, place):
    """A statement of two parties that only one has signed; the other's line comes later."""
    keys = [system.harness.Key("exercise/%s/root" % name, secret_of(place, name)) for name in ("north", "relief")]
    said = server.statement("agreement", [("body", ["log"], dict(AGREEMENT, name="basin-two"))], [], keys=keys)
    text, lines = said["note"].split("\n\n")
    for kept in (lines.split("\n")[:1], lines.split("\n")):
        status, _, answer = server.ask("POST", "/v1/statements", dict(said, note=text + "\n\n" + "\n".join(kept).rstrip("\n") + "\n"))
        assert status in (200, 201, 202), (status, answer)


def secret_of(place, name):
    import base64
    with open(place.file(name + ".key"), encoding="utf-8") as file:
        return base64.b64decode(file.read().split("+", 4)[4])[1:]


def revoked(server, place):
    """A key speaks, is revoked, and is not heard any more. None of this says what checkpoint its sender had seen."""
    root, desk = (system.harness.Key("exercise/relief/" + name, secret_of(place, file)) for name, file in (("root", "relief"), ("desk", "relief-desk")))
    message = [("body", ["north"], {"text": "\u201cclear\u201d of \"your\" area"})]
    for kind, body, key, wanted in (("message", message, desk, (200, 201)), ("key/revoke", [("body", ["log"], {"key": "desk", "suspect_from": server.now()})], root, (200, 201)),
                                    ("message", message, desk, (401, 403))):
        status, _, answer = server.say(kind, body, [], keys=[key])
        assert status in wanted, (kind, status, answer)


def sealed(server):
    """Waits for a tick behind what was said until now: what is signed next has seen it."""
    def ticks():
        status, _, note = server.ask("GET", "/v1/checkpoint")
        return int(note.decode().split("\n")[1]) if status == 200 else 0
    began = ticks()
    for _ in range(1200):
        if ticks() > began:
            return
        time.sleep(0.1)
    raise AssertionError("no tick came")


def desks(place, server):
    """What people say: notices, flights, a read-back, a message, a sealed notice and its opening."""
    place.parley("flight", "file", "--callsign", "RLF1", "--persons", "6", "--corridor", "10NM -47.3,-127.3 -46.1,-125.5", "--lower", "FL160", "--upper", "FL200",
                 "--from", "+0s", "--to", "+2h", "--key", "relief.key")
    sealed(server)
    out = place.parley("notice", "file", "--area", "NORTH 1", "--category", "missile", *HERE, "--key", "north.key")[0]
    notice = place.entity(out, "notice")
    revoked(server, place)
    place.parley("notice", "file", "--area", "NORTH 2", "--category", "missile", *HERE, "--seal", "seal.json", "--open-by", "+4m", "--key", "north.key")
    place.parley("open", "seal.json", "--key", "north.key")
    place.parley("notice", "cancel", notice, "--key", "north.key")
    token = place.parley("session", "--key", "relief.key")[0].strip()
    plain(server, token, "message", {"text": "by curl"}, ["north"], "curl-1")
    plain(server, token, "message", {"text": "to all"}, ["log"], "curl-2")


def positions(place):
    place.parley("feed", "declare", "radar", "--feed-reader", "log", "--key", "north.key")
    at = [{"timestamp": 1600000000000 + i * 1000, "icao24": icao, "callsign": "RLF 1", "latitude": -47.0, "longitude": -126.0 + i / 1000, "altitude": 10000,
           "groundspeed": 150, "track": 270, "vertical_rate": -64} for i in range(2) for icao in ("ab12cd", "c81234")]
    place.write("tracks.json", at)
    place.parley("replay", "tracks.json", "--feed", "radar", "--key", "north.key")


def kept(server):
    """Waits until the keeper's snapshot is there and its digest is said."""
    for _ in range(200):
        if os.listdir(os.path.join(server.directory, "snapshots")) and b'"kind":"snapshot/digest"' in journal(server.directory):
            return
        time.sleep(0.1)
    raise AssertionError("no snapshot came")


def journal(directory):
    with open(os.path.join(directory, "journal", "pay-00000001.seg"), "rb") as file:
        return file.read()


def export(place, server):
    """What a party can take away with it: its stream, the genesis, a checkpoint, proofs, its blinding key, the log's leaves."""
    token = place.parley("session", "--key", "relief.key")[0].strip()
    wait_for_tick(server)
    place.write("stream.jsonl", place.parley("stream", "--key", "relief.key")[0])
    place.write("head.json", server.ask("GET", "/v1/log")[2])
    place.write("blind.json", server.ask("GET", "/v1/blind", token=token)[2])
    records = [json.loads(line) for line in open(place.file("stream.jsonl"), encoding="utf-8")]
    with open(place.file("proofs.jsonl"), "w", encoding="utf-8") as out:
        for record in records:
            for number, _ in enumerate(record["parts"]):
                status, _, proof = server.ask("GET", "/v1/proof/%d/%d" % (record["seq"], number), token=token)
                assert status == 200, (record["seq"], number, proof)
                out.write(json.dumps(proof) + "\n")
    place.write("checkpoint", place.parley("checkpoint")[0])


def live(place):
    """All of it, in place's `log`; what relief exports lies beside it."""
    place.init(*capacities())
    place.parley("dev-token", "authority", "--sub", "uss1", "--audience", "localhost", "--scope", "utm.strategic_coordination")
    with Server(place, "--token-key", place.file("authority.pub"), "--audience", "localhost", "--public-url", "https://parley.example", "--snapshot-ticks", "2") as server:
        parties(place)
        half_signed(server, place)
        desks(place, server)
        drone_services(place, server)
        positions(place)
        kept(server)
        export(place, server)
    return place.file("log")


if __name__ == "__main__":
    with system.Place() as here:
        live(here)
        subprocess.run(["cp", "-a", here.path, sys.argv[1]], check=True)
