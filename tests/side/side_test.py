#!/usr/bin/python3
"""Side channels at the sockets: what the handlers' twin runs (twin_test.c) cannot see. A test per row; SECURITY.md names them."""
import json
import os
import re
import secrets
import socket
import statistics
import sys
import threading
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "door"))
import harness as h  # noqa: E402
from tokens_test import Issuer, keys_in  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
S = None
NEVER = "f" * 32


def reply(method, path, body=None, token=None, headers=None):
    """Status, headers in order, bytes: all that comes, but for the date and the request's own random id."""
    connection = S.connect()
    sent = dict(headers or {})
    if body is not None:
        body = json.dumps(body, ensure_ascii=False).encode()
        sent["Content-Type"] = "application/json"
    if token:
        sent["Authorization"] = "Bearer " + token
    connection.request(method, path, body, sent)
    got = connection.getresponse()
    data = got.read().decode()
    connection.close()
    id = got.getheader("Request-Id")
    return got.status, [(k, v) for k, v in got.getheaders() if k not in ("Date", "Request-Id")], data.replace(id, "ID") if id else data


def plain(kind, on=None, body=None, section="body", to=()):
    return {"statement": {"kind": kind, "id": secrets.token_hex(16), "on": on}, "sections": [{"section": section, "to": list(to), "body": body or {}}]}


def post(party, statement, token):
    return S.ask("POST", "/v1/statements", statement, token=token, headers={"Idempotency-Key": secrets.token_hex(8)})


def without(text, *words):
    for word in words:
        text = text.replace(word, "X" * len(word))
    return re.sub(r'"statement":"[0-9a-f]{64}"|"place":\d+', "", text)


def volume():
    return dict(h.VOLUME, start=h.soon(S, 0), end=h.soon(S, 2))


def ids_and_existence():
    """For every kind of entity and every route: what is there and hidden is answered exactly as what never was."""
    owner, prober = S.session("aramoor"), S.session("velland")
    hidden = {}
    for kind, section, body in (("flight", "own", {"callsign": "HID1", "volumes": [volume()]}),
                                ("notice", "own", {"area": "HIDDEN", "category": "missile", "volumes": [volume()]}),
                                ("area", "body", {"name": "HIDDEN", "volumes": [dict(h.VOLUME, start=None, end=None)]})):
        said = plain(kind, body=body, section=section)
        status, _, got = post("aramoor", said, owner)
        assert status == 201, got
        hidden[kind] = said["statement"]["id"]
    said = plain("hold", body={"notice": "velland/" + NEVER})
    assert post("aramoor", said, owner)[0] == 404
    assert post("aramoor", plain("feed", body={"feed": "own", "readers": []}), owner)[0] == 201
    for token in (prober, None):
        for view in ("notices", "flights", "alerts", "holds", "areas", "agreements"):
            for id in list(hidden.values()):
                there, never = (reply("GET", "/v1/%s/aramoor/%s" % (view, x), token=token) for x in (id, NEVER))
                assert there == never and there[0] in (401, 404), (view, there, never)
            nobody = reply("GET", "/v1/%s/nobody/%s" % (view, NEVER), token=token)
            assert nobody == never, (view, nobody)
        for view in ("notices", "flights", "tracks", "areas", "feeds", "holds", "alerts", "due", "pending"):
            assert "HID" not in reply("GET", "/v1/" + view, token=token)[2] and hidden["flight"] not in reply("GET", "/v1/" + view, token=token)[2], view
    tries = [(kind, {}) for kind in ("flight/cancel", "flight/activate", "flight/end", "notice/activate", "notice/over", "notice/cancel", "area/end")]
    for kind, body in tries:
        outcomes = []
        for id in list(hidden.values()) + [NEVER]:
            key = secrets.token_hex(8)
            status, headers, data = reply("POST", "/v1/statements", plain(kind, "aramoor/" + id, body), prober, {"Idempotency-Key": key})
            outcomes.append((status, [x for x in headers if x[0] != "Content-Length"], without(data, id)))  # its own place has its own number of digits
        assert all(o == outcomes[0] for o in outcomes), (kind, outcomes)
    for kind, body in (("hold", lambda id: {"notice": "aramoor/" + id}), ("hold/answer", lambda id: {"hold": "aramoor/" + id, "reply": "wilco"}),
                       ("join", lambda id: {"flight": "aramoor/" + id, "track": {"party": "aramoor", "feed": "own", "identity": "abcdef"}})):
        outcomes = []
        for id in list(hidden.values()) + [NEVER]:
            status, headers, data = reply("POST", "/v1/statements", plain(kind, body=body(id)), prober, {"Idempotency-Key": secrets.token_hex(8)})
            outcomes.append((status, [x for x in headers if x[0] != "Content-Length"], without(data, id)))  # its own place has its own number of digits
        assert all(o == outcomes[0] for o in outcomes), (kind, outcomes)
    for feed in ("own", "never"):
        status, headers, data = reply("POST", "/v1/statements", plain("join", body={"flight": "velland/" + NEVER, "track": {"party": "aramoor", "feed": feed, "identity": "abcdef"}}), prober,
                                      {"Idempotency-Key": secrets.token_hex(8)})
        assert status == 404, data


def global_order_and_nanoseconds():
    """Flights stand in lists in the order of their ids: in that of filing one would see when a flight was filed long before its release."""
    owner, prober = S.session("aramoor"), S.session("velland")
    for _ in range(6):
        assert post("aramoor", plain("flight", body={"callsign": "SEEN", "volumes": [volume()]}, section="own", to=["log"]), owner)[0] == 201
        assert post("velland", plain("flight", body={"callsign": "MINE", "volumes": [volume()]}, section="own"), prober)[0] == 201
    ids = [f["id"] for f in S.ask("GET", "/v1/flights", token=prober)[2]["items"]]
    assert len(ids) >= 12 and ids == sorted(ids), ids


def sessions_of_unknown_parties():
    """A challenge and a refused session note tell nobody which parties and keys there are."""
    shapes = set()
    for party, key in (("aramoor", "root"), ("aramoor", "desk-1"), ("nobody", "root"), ("zz", "a")):
        status, headers, data = reply("POST", "/v1/session/challenge", {"party": party, "key": key})
        shapes.add((status, str(headers), re.sub(r'"nonce":"[0-9a-f]{64}"|\d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d', "", data)))
    assert len(shapes) == 1, shapes
    stranger = h.Key("exercise/aramoor/root", bytes([9]) * 32)
    refused = set()
    for party, key in (("aramoor", "root"), ("aramoor", "desk-1"), ("nobody", "root")):
        signer = h.Key("exercise/%s/%s" % (party, key), bytes([9]) * 32)
        status, headers, data = reply("POST", "/v1/session", {"note": S.session_note(party, signer=signer, key=key)})
        refused.add((status, str(headers), data))
    assert len(refused) == 1 and next(iter(refused))[0] == 401, refused
    assert stranger.public != S.key("aramoor").public


def counts_metrics_status_health():
    with h.Server(metrics_local=0) as server:
        tokens = {p: server.session(p) for p in h.SEEDS}
        assert server.ask("GET", "/metrics")[0] == 401
        assert server.ask("GET", "/metrics", token=tokens["aramoor"])[0] == 404 and server.ask("GET", "/metrics", token=tokens["operator"])[0] == 200
        for token in (None, tokens["velland"]):
            assert server.ask("GET", "/healthy", token=token)[2] == b"ok\n"
        assert server.ask("GET", "/v1/status")[0] == 401
        own = server.ask("GET", "/v1/status", token=tokens["velland"])[2]
        assert own["party"] == "velland" and "tables" not in own and "parties" not in own, own
        whole = server.ask("GET", "/v1/status", token=tokens["operator"])[2]
        assert "tables" in whole and {p["party"] for p in whole["parties"]} == set(h.SEEDS)


def growth_of_the_log_its_leaves_times_and_sizes():
    """While one party floods, every leaf has its own whole second: nothing of how late the loop came."""
    token = S.session("aramoor")
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            post("aramoor", plain("flight", body={"callsign": "FLOOD", "volumes": [volume()] * 50}, section="own"), token)
    first = S.ask("GET", "/v1/log")[2]["size"]
    threads = [threading.Thread(target=flood) for _ in range(4)]
    for t in threads:
        t.start()
    last = first
    while last - first < 4:
        time.sleep(0.1)
        last = S.ask("GET", "/v1/log")[2]["size"]
    stop.set()
    for t in threads:
        t.join()
    sizes = set()
    for tick in range(first + 1, last + 1):
        leaf = S.ask("GET", "/v1/log/%d" % tick)[2]
        assert leaf["time"].endswith(".000Z"), leaf
        sizes.add(len(json.dumps(leaf)))
    assert len(sizes) == 1
    # As tiles too: an entry a tick, of one length; whoever reads them, and whatever he says.
    count = min(200, S.ask("GET", "/v1/log")[2]["size"])
    seen = {S.ask("GET", "/log/tile/entries/000.p/%d" % count, token=S.session(party))[2] for party in ("aramoor", "velland", "operator")}
    assert len(seen) == 1 and len(seen.pop()) == count * (2 + len(h.dumps(leaf))), "more than cadence, or not the same to all"


def tiles_of_a_stream_are_its_own_partys():
    """What velland gets under /stream/ is its own tree, whatever else is asked for, and no byte of it moves while another party speaks."""
    token, other = S.session("velland"), S.session("aramoor")
    assert post("velland", plain("message", body={"text": "own"}, to=["operator"]), token)[0] == 201
    size = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["next"]
    while int(S.ask("GET", "/stream/checkpoint", token=token)[2].split(b"\n")[1]) < size:
        time.sleep(0.05)

    def looks():
        paths = ["checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "tile/0/000.p/%d" % (size % 256 or 1), "tile/0/999", "tile/3/000"]
        out = []
        for path in paths + ["aramoor/checkpoint", "tile/aramoor/0/000"]:
            status, head, body = S.ask("GET", "/stream/" + path, token=token)
            head = [(k, v) for k, v in head.items() if k not in ("Date", "Request-Id")]
            out.append((path, status, head, {k: v for k, v in body.items() if k != "request"} if isinstance(body, dict) else body))
        return out
    before = looks()
    assert [x[1] for x in before] == [200, 200, 200, 200, 404, 404, 404, 400], before
    entries = S.ask("GET", "/stream/tile/entries/000.p/1", token=token)[2][2:]
    first = S.ask("GET", "/v1/stream?from=0&limit=1", token=token)[2]["records"][0]
    assert json.loads(entries)["root"] == first["root"], "another's leaf"
    tick = S.ask("GET", "/v1/log")[2]["size"]
    for _ in range(3):
        assert post("aramoor", plain("flight", body={"callsign": "HID2", "volumes": [volume()]}, section="own"), other)[0] == 201
    while S.ask("GET", "/v1/log")[2]["size"] < tick + 2:
        time.sleep(0.05)
    assert looks() == before, "another party's flights show in a stream's tiles"
    for path in ("checkpoint", "tile/0/000.p/1"):
        assert S.ask("GET", "/stream/" + path)[0] == 401 and S.ask("GET", "/stream/" + path, token="0" * 64)[0] == 401


def length_of_pushes():
    """On the wire each push is a multiple of 1,024 bytes: greeting, events of any length, heartbeats."""
    token = S.session("velland")
    with socket.create_connection((S.host, S.port), timeout=30) as s:
        s.sendall(("GET /v1/events?from=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n" % token).encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += s.recv(65536)
        got = got.split(b"\r\n\r\n", 1)[1]
        for size in (1, 700, 3000):
            assert S.say("message", [("body", ["velland"], {"text": "x" * size})], ["aramoor"])[0] == 201
        lengths, plain_text = [], b""
        deadline = time.monotonic() + 40
        s.settimeout(18)
        beat = False
        while time.monotonic() < deadline and not beat:
            while b"\r\n" in got:
                size, rest = got.split(b"\r\n", 1)
                size = int(size, 16)
                if len(rest) < size + 2:
                    break
                lengths.append(size)
                beat = rest[:size].strip(b" \n") == b":" and size == 1024 and len(lengths) > 4
                plain_text += rest[:size]
                got = rest[size + 2:]
            if not beat:
                got += s.recv(65536)
        assert len(lengths) > 4 and all(n % 1024 == 0 for n in lengths), lengths
        assert plain_text.count(b"\ndata: ") >= 3 and beat


STEP = 0.2


def phases_of(server, token, connection):
    """When, within a step of the grid, replies to writes and to reads come."""
    phases = []
    for i in range(24):
        time.sleep((i * 37 % 200) / 1000)
        body = json.dumps(plain("message", body={"text": "x"}, to=["aramoor"])).encode()
        connection.request("POST", "/v1/statements", body, {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)})
        answer = connection.getresponse()
        phases.append(time.monotonic() % STEP)  # the server's clock, too
        assert answer.status == 201, answer.read()
        answer.read()
        assert server.ask("GET", "/v1/flights", token=token)[0] == 200
        phases.append(time.monotonic() % STEP)
    return phases


def seconds_of_an_answer(server, token):
    began = time.monotonic()
    status = server.ask("POST", "/v1/statements", plain("message", body={"text": "x"}, to=["aramoor"]), token=token, headers={"Idempotency-Key": secrets.token_hex(8)})[0]
    assert status == 201
    return time.monotonic() - began


def within(tries, measured, good):
    """On a busy machine this process itself is woken late: measured again. What never holds is no chance."""
    for _ in range(tries):
        got = measured()
        if good(got):
            return
    raise AssertionError(got)


def latency_of_a_reply():
    """With a grid, replies leave in its first quarter only, to writes and to reads: a read is looked for among what is hidden, too."""
    with h.Server(reply_grid=int(STEP * 1000)) as server:
        token = server.session("velland")
        connection = server.connect()
        within(12, lambda: phases_of(server, token, connection), lambda phases: sum(p > STEP / 4 + 0.04 for p in phases) <= len(phases) / 6)
        refused = server.ask("POST", "/v1/statements", {"statement": {}}, token=token)
        assert refused[0] == 400
        connection.close()
    with h.Server() as server:  # without one they leave at once
        token = server.session("velland")
        within(12, lambda: [seconds_of_an_answer(server, token) for _ in range(9)], lambda took: statistics.median(took) < STEP)


def f3548_key_check_subscribers_notification_index():
    """Where the doors are closed their paths say so, all alike; where they are open, nothing that parties say natively: no key lacks it, no query finds it, nobody is notified."""
    closed = reply("GET", "/dss/v1/" + NEVER)
    for path in ("/dss/v1/operational_intent_references/query", "/dss/v1/subscriptions/query", "/dss/v1/constraint_references/query", "/dss/v1/operational_intent_references/" + NEVER,
                 "/uss/v1/operational_intents/" + NEVER):
        assert reply("GET", path) == closed, path
    issuer = Issuer("ES256")
    scope = "utm.strategic_coordination utm.constraint_processing"
    token = issuer.token(scope, aud="localhost")
    center = h.VOLUME["circle"]["center"]
    with h.Server(token_key=keys_in(h.scratch("parley-keys-"), "key.pem", issuer), audience="localhost") as server:
        start, end = ({"value": h.soon(server, hours), "format": "RFC3339"} for hours in (0.1, 1))
        outline = {"volume": {"outline_circle": {"center": center, "radius": {"value": 5000, "units": "M"}}, "altitude_lower": {"value": 0, "reference": "W84", "units": "M"},
                              "altitude_upper": {"value": 5000, "reference": "W84", "units": "M"}}, "time_start": start, "time_end": end}

        def asked(what):
            """A query, a subscription and an intent there, and what is left is taken away again."""
            said, id = [], str(uuid.uuid4())
            found = server.ask("POST", "/dss/v1/%s/query" % what, {"area_of_interest": outline}, token=token)
            made = server.ask("PUT", "/dss/v1/operational_intent_references/" + id, {"extents": [outline], "key": [], "state": "Accepted", "uss_base_url": "https://uss.example",
                              "new_subscription": {"uss_base_url": "https://uss.example", "notify_for_constraints": True}}, token=token)
            assert found[0] == 200 and made[0] == 201, (found, made)
            said += [found[2], [len(s["subscriptions"]) for s in made[2]["subscribers"]], sorted(made[2])]
            gone = server.ask("DELETE", "/dss/v1/operational_intent_references/%s/%s" % (id, made[2]["operational_intent_reference"]["ovn"]), token=token)
            assert gone[0] == 200, gone
            return said + [sorted(gone[2])]
        before = [asked("operational_intent_references"), asked("constraint_references")]
        there = dict(h.VOLUME, start=h.soon(server, 0), end=h.soon(server, 2))
        for kind, section, to, body in (("flight", "own", [], {"callsign": "HID1", "volumes": [there]}), ("notice", "parties", ["log"], {"area": "A", "category": "missile", "text": "x", "volumes": [there]})):
            status, _, got = server.say(kind, [(section, to, body)], ["aramoor"])
            assert status == 201, got
        assert [asked("operational_intent_references"), asked("constraint_references")] == before


def every_row_stands_in_the_document():
    facts = os.path.join(os.environ.get("PARLEY_SHARED") or os.path.join(ROOT, "..", "shared"), "facts", "side-channels.md")
    with open(os.path.join(ROOT, "SECURITY.md"), encoding="utf-8") as text:
        document = text.read()
    for name in re.findall(r"`([a-z0-9_]+)`", document):
        if name.count("_") > 2:
            known = any(name in open(os.path.join(at, f), encoding="utf-8").read() for at, _, files in os.walk(os.path.join(ROOT, "tests")) for f in files
                        if f.endswith(("_test.py", "_test.c", ".h")))
            assert known, "SECURITY.md names the test %s, which there is not" % name
    if not os.path.exists(facts):
        raise h.Skip("%s is not here: set PARLEY_SHARED" % facts)
    with open(facts, encoding="utf-8") as text:
        rows = [line.split("|")[1].strip() for line in text if line.startswith("| ") and not line.startswith("| channel")]
    assert len(rows) >= 14
    for row in rows:
        assert row in document, row


def main():
    global S
    tests = [ids_and_existence, global_order_and_nanoseconds, sessions_of_unknown_parties, counts_metrics_status_health, growth_of_the_log_its_leaves_times_and_sizes,
             tiles_of_a_stream_are_its_own_partys, length_of_pushes,
             latency_of_a_reply, f3548_key_check_subscribers_notification_index, every_row_stands_in_the_document]

    def the_server_ends_cleanly():
        S.stop()
    try:
        S = h.Server()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run(tests + [the_server_ends_cleanly])


if __name__ == "__main__":
    main()
