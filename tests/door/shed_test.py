"""Feeds are shed first: under a flood of frames what other people say is answered, an aircraft in an alert is never shed, and every position that was is
counted: in the answer, in the record of its frame, at the feed and in /metrics. sent = recorded + shed, to the last one."""
import datetime
import json
import threading
import time

import harness as h

S = None
AHEAD, CRAFT, FEEDS = 80, 60, 2
SECONDS = 3
URGENT = "a00001"


def craft(feed, i, at):
    """The first of the first feed is where a notice is active, all others far away and far from each other."""
    if feed == 0 and i == 1:
        return {"identity": URGENT, "time": at, "lat": -47.1, "lng": -126.2, "altitude": {"value": 1000, "reference": "AMSL", "units": "M"}, "speed_mps": 10, "track_deg": 0}
    return {"identity": "b%d%04d" % (feed, i), "time": at, "lat": -30 + i, "lng": 10 + 20 * feed, "altitude": {"value": 1000, "reference": "AMSL", "units": "M"}, "speed_mps": 10, "track_deg": 0}


def frame(feed, number, at):
    return {"number": number, "time": at, "aircraft": [craft(feed, i, at) for i in range(CRAFT)]}


def records(token):
    """Every record of the caller's stream."""
    at, found = 0, []
    while True:
        status, _, page = S.ask("GET", "/v1/stream?from=%d&limit=1000" % at, token=token)
        assert status == 200, page
        found += page["records"]
        if page["next"] == at:
            return found
        at = page["next"]


def read_frame(record):
    """Number, feed, identities, and how many were shed, from the bytes of FORMAT.md."""
    head = next(p for p in record["parts"] if p["class"] == "frame")
    b = bytes.fromhex(head["bytes"]) if "bytes" in head else head["text"].encode()
    names = [p["name"] for p in record["parts"] if p["class"] == "aircraft"]
    size = b[19]
    assert b[0] in (1, 2) and len(b) == 20 + size + (2 if b[0] == 2 else 0) and int.from_bytes(b[17:19], "big") == len(names), b.hex()
    shed = int.from_bytes(b[20 + size:], "big")
    assert (shed > 0) == (b[0] == 2), b.hex()
    return int.from_bytes(b[1:9], "big"), b[20:20 + size].decode(), names, shed


def an_aircraft_in_an_alert():
    for i in range(FEEDS):
        status, _, body = S.say("feed", [("body", ["log"], {"feed": "radar-%d" % i, "readers": ["log"]})], ["aramoor"])
        assert status == 201, body
    volume = dict(h.VOLUME, start=S.now(), end=h.soon(S, 2))
    assert S.say("notice", h.notice(S, to=("log",), volumes=[volume]), ["velland"])[0] == 201
    token = S.session("aramoor")
    at = S.now()
    status, _, answers = S.ask("POST", "/v1/feeds/radar-0/frames", {"frames": [{"number": 1, "time": at, "aircraft": [craft(0, 1, at)]}]}, token=token)
    assert status == 200 and answers["frames"][0]["shed"] == 0, answers
    alerts = S.ask("GET", "/v1/alerts", token=token)[2]["items"]
    assert any(URGENT in json.dumps(a) for a in alerts), alerts


class Feed(threading.Thread):
    """One frame after the other, as fast as they are answered: half of the server's room at a time, while others want it, too."""
    def __init__(self, which, until):
        super().__init__()
        self.which, self.until, self.answers, self.odd = which, until, {}, []

    def run(self):
        token, number, connection = S.session("aramoor"), 1, S.connect()
        while time.monotonic() < self.until:
            at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            body = {"frames": [frame(self.which, number + k, at) for k in (1, 2)]}
            number += 2
            connection.request("POST", "/v1/feeds/radar-%d/frames" % self.which, json.dumps(body), {"Content-Type": "application/json", "Authorization": "Bearer " + token})
            reply = connection.getresponse()
            status, headers, answers = reply.status, reply.headers, json.loads(reply.read())
            if status != 200 or any(a["verdict"] != "accepted" for a in answers["frames"]):
                self.odd.append((status, answers))
                continue
            for a in answers["frames"]:
                self.answers[a["number"]] = a["shed"]
            if any(a["shed"] for a in answers["frames"]) != ("Retry-After" in headers):
                self.odd.append(("Retry-After", answers))
        connection.close()


def feeds_flood_and_people_are_heard():
    global FLOOD
    FLOOD = [Feed(i, time.monotonic() + SECONDS) for i in range(FEEDS)]
    for f in FLOOD:
        f.start()
    token, waits = S.session("velland"), []
    due = [i["place"] for i in S.ask("GET", "/v1/due", token=S.session("aramoor"))[2]["items"]]
    assert due, "nothing waits to be read back"
    while any(f.is_alive() for f in FLOOD):
        begun = time.monotonic()
        assert S.say("notice", h.notice(S, to=("log",)), ["velland"])[0] == 201
        assert S.say("ack", [("body", [], {"step": "displayed", "place": due[0]})], ["aramoor"])[0] == 201
        assert S.ask("GET", "/v1/alerts", token=token)[0] == 200
        waits.append(time.monotonic() - begun)
        time.sleep(0.05)  # a party has a share of so many notices
    for f in FLOOD:
        f.join()
        assert not f.odd and len(f.answers) > 3, (f.odd[:3], len(f.answers))
    assert waits and max(waits) < 10, waits
    assert sum(sum(f.answers.values()) for f in FLOOD) > 0, "nothing was shed: this proves nothing"


def every_shed_position_is_counted():
    token, told, seen = S.session("aramoor"), {}, {}
    for r in records(token):
        if r["kind"] != "frame":
            continue
        number, feed, names, shed = read_frame(r)
        if number == 1:
            continue
        told[feed, number] = (names, shed)
        seen.setdefault(feed, set()).update(names)
    for f in FLOOD:
        for number, shed in f.answers.items():
            names, recorded = told.pop(("radar-%d" % f.which, number))
            assert recorded == shed and len(names) + shed == CRAFT, (number, shed, recorded, len(names))
            if f.which == 0:
                assert URGENT in names, (number, names)
            if shed:
                assert ("shed (overload) %d" % shed) in json.dumps([r for r in records_of(token, f.which, number)]), number
    assert not told, told
    feeds = {i["feed"]: i for i in S.ask("GET", "/v1/feeds", token=token)[2]["items"]}
    for f in FLOOD:
        assert feeds["radar-%d" % f.which]["shed"] == sum(f.answers.values()), feeds
        assert len(seen["radar-%d" % f.which]) == CRAFT, "some aircraft never came through"
    reader = {i["feed"]: i for i in S.ask("GET", "/v1/feeds", token=S.session("velland"))[2]["items"]}
    assert reader["radar-0"]["shed"] == feeds["radar-0"]["shed"] and ("shed_last" in reader["radar-0"])
    figures = h.figures(S.ask("GET", "/metrics")[2].decode())
    shed = sum(sum(f.answers.values()) for f in FLOOD)
    sent = sum(len(f.answers) for f in FLOOD) * CRAFT + 1
    assert (figures["parley_positions_shed_total"]) == shed and (figures["parley_positions_total"]) == sent - shed, (shed, sent, figures)
    assert (figures["parley_positions_ahead"]) == 0
    for f in FLOOD:
        assert (figures['parley_feed_shed_total{party="aramoor",feed="radar-%d"}' % f.which]) == sum(f.answers.values()), figures


RECORDS = {}


def records_of(token, which, number):
    if not RECORDS:
        for r in records(token):
            if r["kind"] == "frame":
                n, feed, _, _ = read_frame(r)
                RECORDS[feed, n] = r
    return [p.get("text") for p in RECORDS["radar-%d" % which, number]["parts"] if p["class"] == "outcome"]


def the_aircraft_in_the_alert_is_up_to_date():
    token = S.session("aramoor")
    track = next(t for t in S.ask("GET", "/v1/tracks", token=token)[2]["items"] if t["identity"] == URGENT)
    assert track["time"] > h.soon(S, -15 / 3600), track


def who_waits_is_not_shed():
    token, at = S.session("aramoor"), S.now()
    half = {"frames": [{"number": 10 ** 6, "time": at, "aircraft": [craft(1, i, at) for i in range(AHEAD // 2)]}]}
    assert S.ask("POST", "/v1/feeds/radar-1/frames", half, token=token)[2]["frames"][0]["shed"] == 0
    half["frames"][0]["aircraft"].append(craft(1, AHEAD // 2, at))
    half["frames"][0]["number"] += 1
    assert S.ask("POST", "/v1/feeds/radar-1/frames", half, token=token)[2]["frames"][0]["shed"] == 1
    answer = S.ask("POST", "/v1/feeds/radar-1/frames", half, token=token)[2]["frames"][0]
    assert answer["verdict"] == "repeated" and answer["shed"] == 0, answer


def it_comes_back_from_a_kill():
    before = {i["feed"]: i["shed"] for i in S.ask("GET", "/v1/feeds", token=S.session("aramoor"))[2]["items"]}
    S.kill()
    S.start()
    h.figures(S.ask("GET", "/metrics")[2].decode())
    after = {i["feed"]: i["shed"] for i in S.ask("GET", "/v1/feeds", token=S.session("aramoor"))[2]["items"]}
    assert after == before, (before, after)


def main():
    global S

    def the_server_ends_cleanly():
        S.stop()
    try:
        S = h.Server(positions_ahead=AHEAD)
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run([an_aircraft_in_an_alert, feeds_flood_and_people_are_heard, every_shed_position_is_counted, the_aircraft_in_the_alert_is_up_to_date, who_waits_is_not_shed,
           it_comes_back_from_a_kill, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
