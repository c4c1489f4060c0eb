"""The Swiss day (139,098 positions of 842 aircraft, 17 h) through `parley replay --dir`, offline, in virtual time, with fictional
parties, areas of responsibility and notices over Switzerland. Everything that decides is fixed: the log's time, the start, the
notices; so the numbers are. Salts and ids are random and enter none of them.

Who owns a track: no flight is joined, so the party in whose area of responsibility it is (norda from 47 N, surda up to 46.9 N: areas
that touch would need both signatures), else the party of the feed (radar). The sender of the notices, testa, owns none.
"""
import collections
import datetime
import json
import os
import shutil

import system
from system import Place, Server

TIME, START = "2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z"
AREAS = {"norda": "47,5.9 47,10.6 47.9,10.6 47.9,5.9", "surda": "45.8,5.9 45.8,10.6 46.9,10.6 46.9,5.9"}
# area, shape, lower, upper, from, to (the recording runs from 01:00 to 18:00 of the log's day)
NOTICES = [
    ("ALPHA", "--circle", "47.45,8.55,8NM", "SFC", "FL130", "2030-01-01T06:00:00Z", "2030-01-01T09:00:00Z"),  # Zurich, low
    ("BRAVO", "--polygon", "46.1,6.9 46.1,7.5 46.6,7.5 46.6,6.9", "SFC", "FL450", "2030-01-01T08:00:00Z", "2030-01-01T10:00:00Z"),  # under airways
    ("CHARLIE", "--corridor", "6NM 46.3,8.6 46.9,9.6", "FL200", "FL400", "2030-01-01T12:00:00Z", "2030-01-01T13:30:00Z"),
    ("DELTA", "--circle", "46.2,6.1,5NM", "SFC", "FL100", "2030-01-01T14:00:00Z", "2030-01-01T16:00:00Z"),  # Geneva, low
    ("ECHO", "--circle", "47.0,8.0,25NM", "FL500", "FL600", "2030-01-01T02:00:00Z", "2030-01-01T17:00:00Z"),  # above all that flies
    ("FOXTROT", "--circle", "44.0,12.5,10NM", "SFC", "UNL", "2030-01-01T02:00:00Z", "2030-01-01T17:00:00Z"),  # where nobody was seen
]
# Alerts that began, by who was told and of what. Track-track: nearer than 9,260 m and 300 m within the 300 s that are predicted, the
# defaults where no agreement binds; many, because on crossing airways one passes closer than that. A pair whose tracks have two owners counts at
# both; one that is left by a hair and met again begins once (FORMAT.md: an alert about a track has a hold). Notice-track: the predicted path meets the notice's volume. radar has those outside of both areas, the strip of 46.9 to 47 N included.
BEGAN = {"norda track-track": 682, "norda notice-track": 81, "radar track-track": 354, "radar notice-track": 173, "surda track-track": 668,
         "surda notice-track": 333}
# BRAVO and CHARLIE lie across airways. The recording holds nothing below 30,000 ft: ALPHA (to FL130) and DELTA (to FL100) meet nobody,
# nor does FOXTROT, which lies aside. ECHO begins at FL500, above all that flies: the two are climbs that reach it when they are
# extrapolated for 300 s; both end when the aircraft levels off.
AREA_COUNTS = {"norda BRAVO": 29, "norda CHARLIE": 50, "norda ECHO": 2, "radar BRAVO": 105, "radar CHARLIE": 68, "surda BRAVO": 205, "surda CHARLIE": 128}
HYSTERESIS_S = 30


def tracks(name):
    return system.shared("data", "tracks", name)


def prepare(place):
    place.init("--capacity", "slots_log2=4", "--capacity", "parties=8")
    with Server(place, "--clock-rate", "1", "--clock-start", TIME):
        for party in ("norda", "radar", "surda", "testa"):
            place.party(party)
        place.parley("feed", "declare", "day", "--feed-reader", "log", "--key", "radar.key")
        for party, polygon in AREAS.items():
            place.parley("area", "declare", party.upper(), "--polygon", polygon, "--lower", "SFC", "--upper", "UNL", "--key", party + ".key")
        for area, shape, where, lower, upper, start, end in NOTICES:
            place.parley("notice", "file", "--area", area, "--category", "missile", shape, where, "--lower", lower, "--upper", upper, "--from", start,
                         "--to", end, "--key", "testa.key")


def replay(place, log, *more):
    return json.loads(place.parley("replay", tracks("switzerland.json.gz"), "--dir", log, "--as", "radar", "--feed", "day", "--start", START, "--json",
                                   *more, timeout=1700)[0])


def told(place, log):
    """Every told record of every party: (party, body), in the order of each stream."""
    for line in place.parley("log", "cat", log)[0].splitlines():
        record = json.loads(line)
        for part in record["parts"]:
            if part["class"] == "told":
                yield record["stream"], system.strictly(part["text"])


def alerts(everything):
    return [(party, body) for party, body in everything if body["told"] == "alert"]


def pair_of(body):
    own, other = body["own"], body["other"]
    return own["identity"], other.get("identity") or other["area"]


class Day:
    """The replay, made once for all tests of this file."""
    made = None

    def __init__(self):
        self.place = Place()
        self.place.__enter__()
        prepare(self.place)
        shutil.copytree(self.place.file("log"), self.place.file("log-2"))
        self.report = replay(self.place, "log")
        self.told = list(told(self.place, "log"))
        self.alerts = alerts(self.told)

    @classmethod
    def get(cls):
        tracks("switzerland.json.gz")
        assert cls.made is not cls, "the day could not be prepared: see the first test"
        if cls.made is None:
            cls.made = cls
            cls.made = cls()
        return cls.made


def every_position_enters_and_nothing_is_refused():
    r = Day.get().report
    assert (r["positions"], r["aircraft"], r["refused"], r["skipped"]) == (139098, 842, 0, 0), r
    # One frame each 10 s, as recorded: 17 h are 6,120.
    assert r["frames"] == 6120 and r["hours"] == 16.997, r


def the_alerts_by_party_and_class_are_these():
    day = Day.get()
    began = collections.Counter("%s %s" % (p, a["kind"]) for p, a in day.alerts if a["state"] == "began")
    assert dict(began) == BEGAN, dict(began)
    areas = collections.Counter("%s %s" % (p, a["other"]["area"]) for p, a in day.alerts if a["state"] == "began" and a["kind"] == "notice-track")
    assert dict(areas) == AREA_COUNTS, dict(areas)


def the_report_counts_what_the_streams_hold():
    day = Day.get()
    began = collections.Counter((p, a["desk"]) for p, a in day.alerts if a["state"] == "began")
    said = {(d["party"], d["desk"]): d["alerts"] for d in day.report["desks"]}
    assert dict(began) == said, (began, said)
    for d in day.report["desks"]:
        assert abs(d["per_desk_hour"] - d["alerts"] / day.report["hours"]) < 0.01, d


def a_pair_begins_once_until_it_has_ended():
    open_now, ids = {}, set()
    for party, a in Day.get().alerts:
        key = (party, a["kind"]) + pair_of(a)
        if a["state"] == "began":
            assert key not in open_now, ("began twice", key, a)
            assert a["alert"] not in ids, ("an id twice", a)
            ids.add(a["alert"])
            open_now[key] = a["alert"]
        else:
            assert open_now.get(key) == a["alert"], (a["state"] + " without began", key, a)
            if a["state"] == "ended":
                del open_now[key]
    # Ten minutes behind the last position nothing is predicted any more.
    assert not open_now, open_now


def a_pair_of_tracks_is_told_in_one_order_to_one_owner():
    """Two aircraft of one owner are one alert, not (a, b) and (b, a). Where one of them comes over from another owner the older
    alert falls with the hysteresis while the new one has begun: no longer than that both stand."""
    began = {}
    for party, a in Day.get().alerts:
        if a["kind"] != "track-track":
            continue
        key, at = (party, frozenset(pair_of(a))), datetime.datetime.fromisoformat(a["time"].replace("Z", "+00:00"))
        standing = began.setdefault(key, {})
        if a["state"] == "began":
            standing[a["alert"]] = at
        elif a["state"] == "ended":
            del standing[a["alert"]]
            for other in standing.values():
                assert (at - other).total_seconds() <= HYSTERESIS_S + 10, (key, a)


def alerts_come_at_the_owner_and_nobody_else():
    """The sender of the notices is told of no aircraft; where each alert came is where the track was."""
    day = Day.get()
    assert {p for p, _ in day.alerts} <= {"norda", "radar", "surda"}, "an alert came at a party that looks after nothing"
    assert all(a["other"]["party"] == "testa" for _, a in day.alerts if a["kind"] == "notice-track")
    for body in (b for p, b in day.told if p == "testa"):
        # "silent": the feed, which all may read, says nothing more at the end. "query": is the notice over?
        assert body["told"] in ("statement", "query") or body["told"] == "silent" and body["what"] == "feed", body
        assert "identity" not in json.dumps(body), body


def rises_at_once_and_each_move_is_a_level():
    levels = {"advisory": 1, "caution": 2, "warning": 3, "immediate": 4}
    now = {}
    for party, a in Day.get().alerts:
        before, told = now.get(a["alert"], (None, None))
        if a["state"] == "level":  # or what was told at the same time is put right (FORMAT.md, 14)
            assert before is not None and (levels[a["level"]] != before or a["time"] == told), a
        now[a["alert"]] = levels[a["level"]], a["time"]


def the_record_is_whole():
    checked = Day.get().place.check()
    assert checked["cut_bytes"] == 0 and checked["orders"] > 6120 + 61200, checked


def a_second_replay_has_the_same_alerts_and_the_same_digest():
    """Of the same prepared log: what is drawn anew are salts, and those enter neither outcome nor state."""
    day = Day.get()
    assert replay(day.place, "log-2") == day.report
    assert alerts(told(day.place, "log-2")) == day.alerts
    one, two = day.place.check("log"), day.place.check("log-2")
    assert one["digest"] == two["digest"] and one["records"] == two["records"], (one, two)


def a_start_from_a_snapshot_has_the_same_state():
    """The first start steps the whole day and keeps what comes of it; the second steps what came since. The check recomputes both."""
    place = Day.get().place
    shutil.copytree(place.file("log-2"), place.file("log-3"))
    for _ in range(2):
        with Server(place, "--clock-rate", "1", log="log-3") as server:
            system.wait_for_tick(server, 1)
    kept = os.listdir(place.file("log-3/snapshots"))
    with Server(place, "--clock-rate", "1", log="log-3") as server:
        server.kill()
        server.start()  # from the snapshot, and from what was kept of the index beside it, whatever was under way
        began = [json.loads(l) for l in server.stderr().splitlines() if '"recovered"' in l][-1]
        assert int(kept[0]) == began["snapshot"] and 2048 < began["indexed"] <= began["records"], began
        assert not [l for l in server.stderr().splitlines() if "passed_over" in l]
    checked = place.check("log-3")
    assert len(kept) == checked["snapshots"] == 1, (kept, checked)
    assert checked["orders"] - int(kept[0]) < 100, (kept, checked)


def a_trace_of_readsb_enters_as_well():
    with Place() as place:
        trace = tracks("readsb_trace_full_ac671b.json")
        prepare(place)
        r = json.loads(place.parley("replay", trace, "--dir", "log", "--as", "radar", "--feed", "day", "--start", START, "--json")[0])
        with open(trace, encoding="utf-8") as file:
            entries = len(json.load(file)["trace"])
        # One aircraft, each of its entries a frame of its own: no two are of one second.
        assert (r["positions"] + r["skipped"], r["frames"], r["refused"], r["aircraft"]) == (entries, 2500, 0, 1), (r, entries)
        assert r["desks"] == [], r  # it flies elsewhere
        assert place.check()["cut_bytes"] == 0


def a_start_that_is_not_behind_the_log_is_refused():
    with Place() as place:
        place.init("--capacity", "slots_log2=4")
        _, err = place.parley("replay", tracks("switzerland.json.gz"), "--dir", "log", "--as", "registry", "--start", "tomorrow", status=64)
        assert "--start" in err and "tomorrow" in err, err
        _, err = place.parley("replay", tracks("switzerland.json.gz"), "--dir", "log", "--as", "registry", "--start", "2030-01-01T00:00:00.5Z", status=3)
        assert "--start" in err, err
        _, err = place.parley("replay", tracks("switzerland.json.gz"), "--dir", "log", "--as", "nobody", status=5)
        assert "nobody" in err, err
        _, err = place.parley("replay", tracks("switzerland.json.gz"), "--dir", "log", status=64)
        assert "--as" in err, err


if __name__ == "__main__":
    try:
        system.run([every_position_enters_and_nothing_is_refused, the_alerts_by_party_and_class_are_these, the_report_counts_what_the_streams_hold,
                    a_pair_begins_once_until_it_has_ended, a_pair_of_tracks_is_told_in_one_order_to_one_owner,
                    alerts_come_at_the_owner_and_nobody_else, rises_at_once_and_each_move_is_a_level, the_record_is_whole,
                    a_second_replay_has_the_same_alerts_and_the_same_digest, a_start_from_a_snapshot_has_the_same_state,
                    a_trace_of_readsb_enters_as_well,
                    a_start_that_is_not_behind_the_log_is_refused])
    finally:
        if isinstance(Day.made, Day):
            Day.made.place.__exit__(None, None, None)
