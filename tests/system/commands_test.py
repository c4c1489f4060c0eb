"""Commands that no other test runs, and what each says and returns: recordings of tracks as a feed, changes of agreements, settings and the
clock, ends and releases, files and numbers that do not hold. Tables where one process needs little."""
import gzip
import json
import os
import re
import resource
import subprocess
import time
import urllib.error
import urllib.request

import system
from cli_test import AGREEMENT, CIRCLE, World, refuses
from system import Place, Server

# Two aircraft that meet nose to nose at 10,000 ft, one report of each a second; times in ms, as a recording has them.
SECONDS = 70  # more frames than one request takes


def recording(spoiled=True):
    entries = []
    for i in range(SECONDS):
        for icao, sign in (("AB12CD", -1), ("c81234", 1)):
            entries.append({"timestamp": 1600000000000 + i * 1000, "icao24": icao, "callsign": "RLF 1" if sign > 0 else "", "latitude": -47.0, "longitude": -126 + sign * (0.08 - 0.001 * i),
                            "altitude": 10000, "groundspeed": 150, "track": 270 if sign > 0 else 90, "vertical_rate": -64})
    if spoiled:  # each for a reason of its own: passed over, or taken without what is not to be believed
        good = entries[0]
        entries += [dict(good, icao24=None), dict(good, icao24="--//"[2:]), dict(good, latitude=91), dict(good, timestamp=-1), dict(good, longitude=None), {"icao24": "x"}]
        entries += [dict(good, timestamp=good["timestamp"] + 500, icao24="odd-1", groundspeed=-5, track=700, vertical_rate=1e9, altitude=1e9, callsign="éà"),
                    {k: v for k, v in dict(good, icao24="bare-1").items() if k not in ("altitude", "groundspeed", "track", "vertical_rate", "callsign")}]
    return entries


def trace():
    """One aircraft as readsb writes it: on the ground first, then without what is not known."""
    return {"icao": "~3C6444", "r": "D-ABCD", "timestamp": 1600000000.25, "trace": [[0, -47, -126, "ground", 10, 90, 0, None], [1.2, -47.0001, -126, 0, 150.5, 359.9999, 0, 2000], [2, -47.0002, -126, None, None, None, 0, None],
                                                                      [3, None, -126, 100, 1, 1, 0, 1], ["4", -47, -126], [1e12, -47, -126, 1]]}


def positions_of(place, log, feed_party):
    return [json.loads(p["text"]) for line in place.parley("log", "cat", log, "--party", feed_party)[0].splitlines() for p in json.loads(line)["parts"] if p["class"] == "aircraft" and p.get("text")]


def a_recording_is_replayed_into_a_directory():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place, "--clock-rate", "1", "--clock-start", "2030-01-01T00:00:00Z"):
            for party in ("north", "radar"):
                place.party(party)
            place.parley("feed", "declare", "day", "--feed-reader", "log", "--key", "radar.key")
            place.party("east")
            for party, polygon in (("north", "-48,-128 -48,-126.001 -46,-126.001 -46,-128"), ("east", "-48,-125.999 -48,-124 -46,-124 -46,-125.999")):
                place.parley("area", "declare", party.upper(), "--polygon", polygon, "--lower", "SFC", "--upper", "UNL", "--key", party + ".key")
        place.write("day.json", recording())
        with gzip.open(place.file("trace.json.gz"), "wt") as out:
            json.dump(trace(), out)
        words = ["replay", "day.json", "--dir", "log", "--as", "radar", "--feed", "day", "--start", "2030-01-01T00:05:00Z"]
        said = json.loads(place.parley(*words, "--json")[0])
        assert said["positions"] == 2 * SECONDS + 2 and said["skipped"] == 6 and said["aircraft"] == 4 and said["refused"] == 0, said
        assert said["frames"] == SECONDS, said
        # Each is told by the party in whose area it is.
        assert [(d["party"], d["desk"]) for d in said["desks"]][:2] == [("east", "watch"), ("north", "watch")] and all(d["alerts"] >= 1 for d in said["desks"]), said
        # The time is behind the log's now; the text says the same.
        refuses(place, words, 3, "--start", "is not a whole second behind the log's time")
        refuses(place, words[:-1] + ["2030-01-01T00:30:00.5Z"], 3, "--start", "whole second")
        refuses(place, words[:-1] + ["tomorrow"], 64, "--start", "'tomorrow'")
        out = place.parley("replay", "trace.json.gz", "--dir", "log", "--as", "radar", "--feed", "day", "--start", "2030-01-01T00:30:00Z")[0]
        assert re.match(r"3 positions in 3 frames \(0 frames refused, 3 entries without position passed over\), 1 aircraft, 0\.00 h\n", out) and out.endswith("no alerts\n"), out
        first = json.loads(place.parley(*words[:-1], "2030-01-01T01:00:00Z", "--limit", "1", "--json")[0])
        assert (first["positions"], first["aircraft"]) == (1, 1), first  # of four in the recording: what was not sent is not counted
        refuses(place, ["replay", "trace.json.gz", "--dir", "log", "--feed", "day"], 64, "--as", "is needed with --dir")
        refuses(place, ["replay", "trace.json.gz", "--dir", "log", "--as", "nobody", "--feed", "day"], 5, "--as", "no party 'nobody'")
        refuses(place, ["replay", "trace.json.gz", "--dir", "log", "--as", "radar", "--feed", "none"], 5, "--feed", "radar has declared no feed 'none'")
        # The log knows now what they sent: knots, feet and degrees in its own units.
        leaves = place.parley("log", "cat", "log", "--ticks")[0].splitlines()
        assert len(leaves) > 600 and all("\"tick\"" in l for l in leaves[:5])
        refuses(place, ["log", "cat", "log", "--party", "nobody"], 5, "--party", "no party 'nobody'")
        refuses(place, ["log", "cat", "log", "--party", "No Name"], 3, "No Name")
        streams = {json.loads(l)["stream"] for l in place.parley("log", "cat", "log", "--party", "radar")[0].splitlines()}
        assert streams == {"radar"}, streams
        place.check()


def recordings_that_are_none():
    with Place() as place:
        place.write("empty.json", [])
        place.write("object.json", {"trace": []})
        place.write("number.json", "7")
        place.write("broken.json", "[{")
        place.write("noid.json", {"icao": "///", "timestamp": 1, "trace": []})
        place.write("broken.gz", "\x1f\x8b\x08\x00garbage")
        with open(place.file("broken.gz"), "wb") as out:
            out.write(gzip.compress(b"[" + b" " * 4000)[:-9] + b"123456789")
        for name, status, word in (("empty.json", 3, "holds no position"), ("object.json", 3, "'icao' and 'timestamp' are needed"), ("noid.json", 3, "'icao' and 'timestamp'"),
                                   ("number.json", 3, "neither an array"), ("broken.json", 3, "broken.json: "), ("broken.gz", 71, "cannot be read"), ("absent.json", 71, "cannot be opened")):
            refuses(place, ["replay", name, "--dir", "log", "--as", "x"], status, name, word)
        place.write("one.json", recording(False)[:1])
        for words, status, named in ((["--speed", "fast"], 64, "--speed"), (["--speed", "0"], 64, "--speed"), (["--limit", "0"], 64, "--limit"), (["--feed", "Big Feed"], 3, "Big Feed")):
            refuses(place, ["replay", "one.json", *words], status, named)


def a_recording_is_replayed_to_a_server():
    place = World.get()
    place.write("all.json", recording())
    place.write("few.json", recording(False)[:6])
    out, err = place.parley("replay", "all.json", "--key", "relief.key", "--feed", "tower", "--speed", "max")
    assert err == "the feed 'tower' is new: declared, its positions are yours and the operator's to read ('parley feed declare' opens it to others)\n", err
    assert "%d positions in %d frames (0 frames refused, 6 entries" % (2 * SECONDS + 2, SECONDS) in out and re.search(r"^relief/watch: \d+ alerts, ", out, re.M), out
    # Again it is not new; at the server's own pace a second is a second.
    out, err = place.parley("replay", "few.json", "--key", "relief.key", "--feed", "tower")
    assert err == "" and "6 positions in 3 frames (0 frames refused" in out, (out, err)
    # What has had later frames takes none of before; the first of them says what to do.
    out, err = place.parley("replay", "all.json", "--key", "relief.key", "--feed", "tower", "--speed", "max", status=4)
    assert re.search(r"frames \([1-9]\d* frames refused", out), out
    assert err.count("a frame was refused: old-frame") == 1 and "'tower' has had later frames" in err and "--feed" in err, err
    refuses(place, ["replay", "few.json", "--key", "relief.key", "--speed", "60"], 64, "--speed", "--clock-rate 60")
    # Another's key: the feed `tower` of north is a new one.
    _, err = place.parley("replay", "few.json", "--key", "north.key", "--feed", "tower", "--speed", "max", "--json")
    assert "is new" in err
    flight = place.entity(place.parley("flight", "file", "--callsign", "RLF1", *CIRCLE, "--key", "relief.key")[0], "flight")
    place.parley("join", flight, "relief/tower/c81234", "--key", "relief.key")
    place.parley("unjoin", flight, "relief/tower/c81234", "--key", "relief.key")
    refuses(place, ["join", flight, "relief/tower", "--key", "relief.key"], 64, "TRACK", "PARTY/FEED/IDENTITY")
    assert "tower" in place.parley("list", "tracks", "--key", "relief.key")[0]


def a_flight_is_released_and_ends():
    place = World.get()

    def state(flight):
        return {f["id"]: f["state"] for f in json.loads(place.parley("list", "flights", "--key", "south.key", "--json")[0])["items"]}.get(flight)
    filing = ["flight", "file", "--callsign", "RLF2", "--persons", "3", "--priority", "7", *CIRCLE, "--key", "south.key"]
    flight = place.entity(place.parley(*filing)[0], "flight")
    line = [l for l in place.parley("list", "flights", "--key", "south.key")[0].splitlines() if flight in l]
    assert len(line) == 1 and line[0].startswith("RLF2 filed %s: " % flight) and "; 3 on board; priority 7" in line[0], line
    assert flight not in place.parley("list", "flights", "--key", "relief.key")[0]
    place.parley("flight", "release", flight, "--callsign", "RLF2", *CIRCLE, "--readers", "relief", "--key", "south.key")
    assert flight in place.parley("list", "flights", "--key", "relief.key")[0]
    place.parley("flight", "activate", flight, "--key", "south.key")
    assert state(flight) == "active"
    place.parley("flight", "end", flight, "--text", "landed", "--key", "south.key")
    assert state(flight) == "ended"
    other = place.entity(place.parley(*filing)[0], "flight")
    place.parley("flight", "cancel", other, "--key", "south.key")
    assert state(other) == "cancelled"
    refuses(place, filing + ["--readers", "none", "--readers", "log"], 64, "--readers", "'none' stands alone")
    assert "RLF2" in place.parley("show", "flight", flight, "--key", "south.key")[0]
    out, _ = place.parley("flight", "change", flight.split("/")[1], "--callsign", "RLF3", *CIRCLE, "--key", "south.key", status=4)  # ended; the digits alone are of one's own party


def an_area_is_given_up():
    place = World.get()
    area = place.entity(place.parley("area", "declare", "SOUTH", "--polygon", "-60,-120 -60,-118 -58,-118", "--lower", "1000ft", "--upper", "9000ft:W84", "--key", "south.key")[0], "area")
    assert re.search(r'^"SOUTH" %s: \S+Z to \S+Z, 304.8m to 2743.2m:W84, polygon of 3 points from -60,-120$' % area, place.parley("list", "areas", "--key", "south.key")[0], re.M)
    assert json.loads(place.parley("show", "area", area, "--key", "south.key")[0])["item"]["name"] == "SOUTH"
    place.parley("area", "end", area, "--key", "south.key")
    assert area not in place.parley("list", "areas", "--key", "south.key")[0]


def an_agreement_is_suspended_resumed_and_left():
    place = World.get()
    place.write("short.json", dict(AGREEMENT, name="short", parties=["relief", "south"], withdraw_notice_s=60))
    agreement = place.entity(place.parley("agreement", "sign", "short.json", "--key", "relief.key", "--key", "south.key")[0], "agreement")

    def members():
        item = json.loads(place.parley("show", "agreement", agreement, "--key", "south.key")[0])["item"]
        return {p["party"]: p for v in item["versions"] if v["in_force"] for p in v["parties"]}
    place.parley("agreement", "suspend", agreement, "--text", "for now", "--from", "+1m", "--key", "south.key")
    assert members()["south"]["suspended_from"] is not None
    place.parley("agreement", "resume", agreement, "--key", "south.key")
    assert members()["south"].get("suspended_from") is None
    refuses(place, ["agreement", "leave", agreement, "--key", "south.key"], 64, "--from", "is needed")
    refuses(place, ["agreement", "leave", agreement, "--from", "soon", "--key", "south.key"], 64, "--from", "'soon'")
    place.parley("agreement", "leave", agreement, "--from", "+1h", "--key", "south.key")
    assert members()["south"]["leaves_at"] is not None
    place.write("short2.json", dict(AGREEMENT, name="short", version=2, parties=["relief", "south"]))
    place.parley("agreement", "sign", "short2.json", "--on", agreement, "--key", "relief.key", "--key", "south.key")
    listed = json.loads(place.parley("list", "agreements", "--key", "south.key", "--json")[0])["items"]
    assert [a["current"] for a in listed if a["id"] == agreement] == [2], listed
    refuses(place, ["agreement", "sign", "absent.json", "--key", "south.key"], 71, "absent.json")


def the_operator_changes_settings_and_the_clock():
    place = World.get()
    place.write("settings.json", {"hold_repeat_s": 25})
    place.parley("settings", "settings.json", "--key", "registry.key")
    refuses(place, ["settings", "settings.json", "--key", "north.key"], (4, 7), "parley: ")
    place.write("settings.json", {"hold_repeat_s": 25, "colour": "red"})
    refuses(place, ["settings", "settings.json", "--key", "registry.key"], 3, "settings.json (/colour): ")
    refuses(place, ["clock", "+0s", "--error", "0.5", "--key", "registry.key"], 3, "the clock is not unsure")  # FORMAT.md: only then
    refuses(place, ["clock", "noonish", "--key", "registry.key"], 64, "TIME", "'noonish'")
    refuses(place, ["clock", "+0s", "--error", "much", "--key", "registry.key"], 64, "--error", "'much'")


def times_of_the_day_are_the_next_ones():
    place = World.get()
    now = World.made.server.now()  # 2026-11-29T01:02:03.456Z
    filing = ["notice", "file", "--area", "CLOCK", "--category", "missile", "--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--key", "south.key"]
    for given, shown in (("00:00", "T00:00:00.000Z"), ("23:59:30", "T23:59:30.000Z"), ("12:30", "T12:30:00.000Z")):
        out = place.parley(*filing, "--from", given, "--to", "+1h", "--json")[0]
        starts = [v["start"] for n in json.loads(place.parley("list", "notices", "--key", "south.key", "--json")[0])["items"] if n["id"].endswith(json.loads(out)["id"] if "id" in json.loads(out) else "")
                  and n.get("area") == "CLOCK" for v in n["volumes"]]
        assert any(s.endswith(shown[:9]) or s[10:19] == shown[:9] for s in starts) and all(s > now for s in starts), (given, starts)
    for wrong in ("24:00", "12:60", "12:30:61", "12:3:", "1:+5", "12:30:30:30", "::"):
        refuses(place, filing + ["--from", wrong, "--to", "+1h"], 64, "--from", "'%s'" % wrong)


def numbers_of_options_and_arguments_have_ends():
    with Place() as place:
        refuses(place, ["notice", "file"] + ["--key", "x"] * 257, 64, "too many options")
        refuses(place, ["import", "notam"] + ["f"] * 1025, 64, "too many arguments")
        refuses(place, ["key", "new", "--", "--name", "a", "b"], 64, "key new", "takes FILE")  # behind -- all are arguments
        refuses(place, ["key", "new", "--name", "exercise/x/root", "--", "absent/--file"], 71, "absent/--file")
        refuses(place, ["key", "new", "k" * 5000, "--name", "exercise/x/root"], 64, "FILE", "too long")
        refuses(place, ["serve", "--data", "log", "--clock-rate", "5", "--clock-start", "then"], 64, "--clock-start", "'then'")
        refuses(place, ["init", "log", "--origin", "Big.Name"], 3, "--origin", "'Big.Name'")
        refuses(place, ["init", "log", "--origin", ""], 3, "--origin")
        refuses(place, ["genesis", "draft", "g", "--capacity", "x=1"], 64, "--capacity")
        refuses(place, ["init", "log", "--recovery-quorum", "2,\"x\":1"], 64, "--recovery-quorum")
        refuses(place, ["genesis", "draft", "g"], 64, "--founder", "is needed")
        place.write("no.pub", "hello\n")
        refuses(place, ["genesis", "draft", "g", "--founder", "no.pub"], 3, "no.pub", "holds no public root key")
        refuses(place, ["genesis", "draft", "g", *[w for _ in range(65) for w in ("--founder", "a.pub")]], (64, 71), "parley: ")
        refuses(place, ["genesis", "sign", "g"], 64, "--key", "is needed")
        place.key("alpha")
        refuses(place, ["genesis", "sign", "no.pub", "--key", "alpha.key"], 3, "no.pub", "is no genesis draft")
        said = json.loads(place.parley("key", "new", "b\"q.key", "--name", "exercise/beta/root", "--json")[0])
        assert said["secret"] == "b\"q.key" and said["public"] == "b\"q.key.pub" and said["vkey"].startswith("exercise/beta/root+"), said
        said = json.loads(place.parley("init", "log", "--desk", "one", "--desk", "two", "--display", "The \"Registry\"", "--zone", "Pacific/Auckland", "--capacity", "slots_log2=4", "--json")[0])
        assert set(said) == {"dir", "origin", "log", "memory"} and said["memory"]["bytes"] > 1000000, said
        with Server(place):
            me = json.loads(place.parley("list", "parties", "--key", "log.operator.key", "--json")[0])["items"][0]
            assert me["display"] == "The \"Registry\"" and me["zone"] == "Pacific/Auckland" and len(me["desks"]) == 2, me
        # Another directory is in use: the first one's process has it.
        with Server(place):
            place.parley("serve", "--data", "log", "--listen", "127.0.0.1:0", status=8)
            place.write("one.json", recording(False)[:1])
            refuses(place, ["replay", "one.json", "--dir", "log", "--as", "operator"], 8, "log")


def keys_whose_names_are_none():
    """A key's name decides for whom it speaks: FORMAT.md, 2."""
    with Place() as place:
        for i, (name, word) in enumerate((("north", "<mode>/<party>/<key>"), ("exercise/north", "<mode>/<party>/<key>"), ("exercise/NORTH/root", "exercise/NORTH/root"))):
            path = place.file("k%d" % i)
            seed = bytes([i + 1]) * 32
            public = system.harness.Key(name, seed).public
            import base64
            import hashlib
            known = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
            with open(path, "w", encoding="ascii") as out:
                out.write("PRIVATE+KEY+%s+%s+%s\n" % (name, known.hex(), base64.b64encode(b"\x01" + seed).decode()))
            os.chmod(path, 0o600)
            refuses(place, ["list", "notices", "--key", path], 3, word)
            place.environment["PARLEY_KEY"] = path
            refuses(place, ["status"], 3, word)
        place.environment["PARLEY_KEY"] = "absent.key"
        refuses(place, ["status"], 71, "absent.key")
        refuses(place, ["list", "notices", *["--key", path] * 1], 3, path)


def sections_come_from_files():
    place = World.get()
    volume = {"circle": {"center": {"lat": -47, "lng": -126}, "radius_m": 9260}, "lower": {"value": 0, "reference": "SFC", "units": "M"}, "upper": {"value": 4500, "reference": "AMSL", "units": "FT"},
              "start": "2190-01-01T00:00:00Z", "end": "2190-01-01T02:00:00Z"}
    body = {"area": "THREE", "category": "missile", "volumes": [volume]}
    place.write("public.json", body)
    place.write("parties.json", dict(body, text="for relief"))
    place.write("own.json", dict(body, text="for us alone"))
    notice = place.entity(place.parley("notice", "file", "--body", "public.json", "--parties-body", "parties.json", "--parties-to", "relief", "--own-body", "own.json", "--key", "north.key")[0], "notice")
    texts = {k: place.parley("show", "notice", notice, "--key", k + ".key")[0] for k in ("north", "relief", "south")}
    assert "for us alone" in texts["north"] and "for us alone" not in texts["relief"] + texts["south"] and "for relief" in texts["relief"] and "for relief" not in texts["south"], texts
    # Standard input; and a statement that must be the next after one that is known.
    done, _ = place.parley("notice", "file", "--body", "-", "--key", "north.key", input=json.dumps(body))
    last = json.loads(place.parley("show", "notice", place.entity(done, "notice"), "--key", "north.key")[0])["item"]["last_statement"]
    entity = place.entity(done, "notice")
    refuses(place, ["notice", "cancel", entity, "--prev", "xyz", "--key", "north.key"], 64, "--prev", "64 lower-case hex digits")
    place.parley("notice", "cancel", entity, "--prev", "0" * 64, "--key", "north.key", status=4)
    place.parley("notice", "cancel", entity, "--prev", last, "--key", "north.key")
    place.write("large.json", " " * (4 * 1024 * 1024 + 1))
    refuses(place, ["notice", "file", "--body", "large.json", "--key", "north.key"], 3, "large.json", "longer than")
    refuses(place, ["notice", "file", "--body", "absent.json", "--key", "north.key"], 71, "absent.json")
    refuses(place, ["notice", "file", "--body", ".", "--key", "north.key"], 71, "is no regular file")
    refuses(place, ["show", "notice", "0" * 32], 64, "0" * 32, "is no entity")  # whose, without a key?
    refuses(place, ["notice", "activate", "NOTICE", "--key", "north.key"], 64, "NOTICE: is no entity: its id is not 32 lower-case hex digits; 'parley list' shows entities as PARTY/ID")


def a_file_that_cannot_be_written_is_named():
    place = World.get()
    words = [system.binary(), "notice", "file", "--area", "A", "--category", "missile", *CIRCLE, "--draft", "small.json", "--key", "north.key"]

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    done = subprocess.run(words, cwd=place.path, env=place.environment, preexec_fn=no_room, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert done.returncode == 71 and "small.json: cannot be written: File too large" in done.stderr, (done.returncode, done.stderr)


def a_log_is_checked_beside_its_server():
    """Two hundred ticks a second: whatever is read in the wrong order is seen to have moved."""
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place, "--clock-rate", "200") as server:
            for _ in range(6):
                assert place.check()["ticks"] > 0
            lines = place.parley("doctor", "log", "--server", place.environment["PARLEY_SERVER"], status=(0, 9))[0]
            assert "not looked at while a server writes to it" in lines, lines


NOTAM = """(A0001/25 NOTAMN
Q) XXXX/QWMLW/IV/BO/W/000/250/4700S12600W010
A) XXXX B) 2510160000 C) 9012310000
E) MISSILE FIRING WILL TAKE PLACE IN THE AREA BOUNDED BY
4700S12600W - 4700S12500W - 4800S12500W - 4800S12600W
F) SFC G) FL250)
"""


def messages_become_notices_and_what_became_of_each_is_json():
    place = World.get()
    place.write("notam.txt", NOTAM + "\nweather is fine\n\n(A0002/25 NOTAMN\nE) nothing)\n")
    lines = [json.loads(l) for l in place.parley("import", "notam", "notam.txt", "--key", "south.key", "--json", status=(0, 3))[0].splitlines()]
    became = {l["notam"]: l["became"] for l in lines if "notam" in l}
    assert became.get("A0001/25 XXXX") == "filed" and became.get("?") in ("no NOTAM", "not read"), lines
    place.write("notam2.txt", NOTAM.replace("A0001", "A0003"))
    out, err = place.parley("import", "notam", "notam2.txt", "--category", "Bad One!", "--key", "south.key", status=(0, 3, 4))
    assert re.search(r"^A0003/25 XXXX +refused .*category", out, re.M), out


def a_reader_is_told_when_the_server_goes():
    with Place() as place:
        place.init("--capacity", "slots_log2=3", "--capacity", "parties=4")
        server = Server(place)
        watcher = subprocess.Popen([system.binary(), "watch", "--all", "--key", "registry.key"], cwd=place.path, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        place.party("north")
        assert watcher.stdout.readline()  # it reads
        server.stop()
        _, err = watcher.communicate(timeout=60)
        assert watcher.returncode == 6 and re.search(r"^parley: /v1/events: the server ended it: .+; 'parley watch --after \d+' goes on$", err), (watcher.returncode, err)


def a_reader_who_was_told_nothing_knows_where_to_go_on():
    """His stream may have grown while he watched and the line was lost: from behind what stood there when he began nothing is missing."""
    with Place() as place:
        place.init("--capacity", "slots_log2=3", "--capacity", "parties=4")
        server = Server(place)
        place.party("north")
        before = json.loads(place.parley("status", "--key", "registry.key", "--json")[0])["stream"]
        watchers = [subprocess.Popen([system.binary(), "watch", *words], cwd=place.path, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
                    for words in (("--key", "registry.key"), ("--after", "0", "--key", "registry.key"))]
        assert watchers[1].stdout.readline()
        for _ in range(600):  # the first says nothing: the server knows when it has connected
            if system.harness.figures(server.ask("GET", "/metrics")[2].decode())["parley_event_readers"] == 2:
                break
            time.sleep(0.1)
        after = json.loads(place.parley("status", "--key", "registry.key", "--json")[0])["stream"]  # what the server says itself comes between on a busy machine
        server.stop()
        heard, err = watchers[0].communicate(timeout=60)
        goes_on = re.search(r"; 'parley watch --after (\d+)' goes on\n$", err)
        assert watchers[0].returncode == 6 and goes_on, err
        assert before - 1 <= int(goes_on[1]) - len(heard.splitlines()) <= after - 1, (heard, err, before, after)
        watchers[1].communicate(timeout=60)


def what_is_there_is_not_overwritten():
    with Place() as place:
        place.init("--capacity", "slots_log2=3", "--capacity", "parties=4")
        assert place.parley("key", "new", "registry.key", "--name", "exercise/x/root", status=4)[1] == "parley: registry.key: is there already, and is not overwritten\n"
        assert place.parley("init", "log", "--origin", "x.example", "--operator", "registry", "--key", "registry.key", status=4)[1] == "parley: log: holds a log already\n"
        server = Server(place)
        assert place.parley("serve", "--data", "log", "--listen", "localhost:0", status=8)[1].endswith("\nparley: log/lock: another process holds it: a server runs on this log already, or one that ends\n")
        server.stop()


def the_key_of_the_environment_is_used():
    place = World.get()
    place.environment["PARLEY_KEY"] = "north.key"
    try:
        assert json.loads(place.parley("status", "--json")[0])["party"] == "north"
    finally:
        del place.environment["PARLEY_KEY"]


def a_certificate_is_looked_at():
    with Place() as place:
        place.init("--capacity", "slots_log2=3", "--capacity", "parties=4")
        for name in ("tls", "other"):
            done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj", "/CN=localhost", "-addext",
                                   "subjectAltName=DNS:localhost", "-keyout", place.file(name + ".key"), "-out", place.file(name + ".pem")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if done.returncode != 0:
                raise system.Skip("no openssl command")
            os.chmod(place.file(name + ".key"), 0o600)
        with Server(place, "--tls-cert", place.file("tls.pem"), "--tls-key", place.file("tls.key")) as server:
            figures = system.harness.figures(server.ask("GET", "/metrics")[2].decode())
            assert 59 * 86400 < figures["parley_certificate_expiry_seconds"] - figures["parley_start_time_seconds"] <= 60 * 86400, figures["parley_certificate_expiry_seconds"]
            url = "https://localhost:%d" % server.port
            assert "EXERCISE" in place.parley("status", "--key", "registry.key", "--server", url, "--ca", "tls.pem")[0]
            refuses(place, ["list", "notices", "--server", url], 6, "its certificate is not to be trusted", "--ca FILE")
            refuses(place, ["list", "notices", "--server", url, "--ca", "other.pem"], 6, "its certificate is not to be trusted")
            refuses(place, ["list", "notices", "--server", "https://127.0.0.1:%d" % server.port, "--ca", "tls.pem"], 6, "its certificate is not to be trusted")  # it has another name
            refuses(place, ["list", "notices", "--server", url.replace("https", "http")], 6, "is it https://")


def what_is_read_to_its_end_ends():
    place = World.get()
    for text in "abcdef":
        place.parley("message", "relief", text, "--key", "south.key")
    whole = place.parley("stream", "--key", "south.key")[0].splitlines()
    some = place.parley("stream", "--from", 1, "--limit", 2, "--key", "south.key")[0].splitlines()
    assert some == whole[1:3] and len(whole) > 5
    assert place.parley("stream", "--from", 10 ** 6, "--key", "south.key")[0] == ""
    assert len(place.parley("watch", "--all", "--count", 3, "--key", "south.key", "--json")[0].splitlines()) == 3


def who_may_ask_why_and_what_the_log_says():
    """Requests stand in the operator's stream, those of no good form in the server's log, at its default level and not without end."""
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=8")
        token = place.parley("dev-token", "authority", "--sub", "uss1", "--audience", "localhost", "--scope", "utm.strategic_coordination")[0].strip()
        with Server(place, "--token-key", place.file("authority.pub"), "--audience", "localhost", "--rate-manager", "1000") as server:
            place.party("north")

            def put(body, token=token):
                request = urllib.request.Request("http://%s:%d/dss/v1/operational_intent_references/7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11" % (server.host, server.port), body.encode(),
                                                 {"Authorization": "Bearer " + token, "Content-Type": "application/json"}, method="PUT")
                try:
                    with urllib.request.urlopen(request, timeout=60) as reply:
                        return reply.status, reply.headers["Request-Id"]
                except urllib.error.HTTPError as refused:
                    with refused:
                        return refused.code, refused.headers["Request-Id"]

            def time_at(seconds):
                return json.dumps({"value": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds)), "format": "RFC3339"})
            status, id = put("""{"extents":[{"volume":{"outline_circle":{"center":{"lat":46.95,"lng":7.44},"radius":{"value":300,"units":"M"}},
\t"altitude_lower":{"value":500,"reference":"W84","units":"M"},"altitude_upper":{"value":620,"reference":"W84","units":"M"}},
\t"time_start":%s,"time_end":%s}],\r\n"state":"Accepted","key":[],"uss_base_url":"https://uss.example"}""" % (time_at(60), time_at(3600)))
            assert status == 201, status
            out, _ = place.parley("why", id, "--key", "registry.key")
            assert "?" not in out and '\n            "altitude_lower":' in out and '\n           "state":"Accepted"' in out, out
            _, err = place.parley("why", id, "--key", "north.key", status=4)
            assert err.startswith("parley: --key: is of 'north'") and "give a key of 'registry'" in err and "/aux/v1/why/" + id in err, err
            refused = [put("{"), put("{}", token="x"), put("{", token=token[:-4] + "AAAA")]
            assert [status for status, _ in refused] == [400, 401, 401], refused
            _, err = place.parley("why", refused[0][1], "--key", "registry.key", status=5)
            assert "the server's log has a line" in err and "--log-level debug" in err, err
            end = time.time() + 20
            while not all(id in server.stderr() for _, id in refused) and time.time() < end:
                time.sleep(0.05)
            lines = [json.loads(line) for line in server.stderr().splitlines()]
            told = {line["request"]: line for line in lines if line["event"] == "request"}
            assert [(told[id]["status"], told[id]["level"]) for _, id in refused] == [(status, "info") for status, _ in refused], told
            assert told[refused[0][1]]["subject"] == "uss1" and id not in told
            time.sleep(1.1)  # those lines were of another second
            began, count = time.time(), 150
            for _ in range(count):
                assert put("{")[0] == 400
            seconds = time.time() - began
            time.sleep(0.2)
            told = [line for line in map(json.loads, server.stderr().splitlines()) if line["event"] == "request" and line["status"] == 400]
            assert 10 <= len(told) <= 10 * (seconds + 2) + 1, (len(told), seconds)


if __name__ == "__main__":
    try:
        system.run([a_recording_is_replayed_into_a_directory, recordings_that_are_none, a_recording_is_replayed_to_a_server, a_flight_is_released_and_ends, an_area_is_given_up,
                    an_agreement_is_suspended_resumed_and_left, the_operator_changes_settings_and_the_clock, times_of_the_day_are_the_next_ones, numbers_of_options_and_arguments_have_ends,
                    keys_whose_names_are_none, sections_come_from_files, a_file_that_cannot_be_written_is_named, a_log_is_checked_beside_its_server,
                    messages_become_notices_and_what_became_of_each_is_json, a_reader_is_told_when_the_server_goes, a_reader_who_was_told_nothing_knows_where_to_go_on,
                    what_is_there_is_not_overwritten, the_key_of_the_environment_is_used, a_certificate_is_looked_at, what_is_read_to_its_end_ends,
                    who_may_ask_why_and_what_the_log_says])
    finally:
        World.end()
