"""ASTM F3411-19 and F3411-22a from outside, rule by rule, both versions over one store: every status of every route, every field at its bounds."""
import math
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import compare as c
import geometry as g
import rid_model as m
import schema
import table_base as base
from table_base import HOUR, now, place
import harness as h

PREFIX = {1: "/v1/dss", 2: "/rid/v2/dss"}
AREAS, SUBSCRIPTIONS = "/identification_service_areas", "/subscriptions"
READ, WRITE = {1: m.READ, 2: m.DISPLAY}, {1: m.WRITE, 2: m.SERVICE}
ALL_SCOPES = (m.READ, m.WRITE, m.DISPLAY, m.SERVICE)
ID, V = "2f8343be-6482-4d1b-a474-16847e01af1e", "abc"
BOTH = (1, 2)


def ask(status, version, method, path, body=None, who="owner1", scopes=None, why=""):
    if scopes is None:
        scopes = WRITE[version] if path.startswith(AREAS) and method != "GET" else READ[version]
    got, reply = base.Asked.client.ask(method, PREFIX[version] + path, body, who, {scopes} if isinstance(scopes, str) else scopes)
    assert got in (status if isinstance(status, tuple) else (status,)), "%sv%d %s %s %s: expected %s, got %s: %s" % (why and why + ": ", version, method, path, str(body)[:1000], status, got, str(reply)[:1000])
    return reply


def corners(lat, lng, half=2.0):
    return [(v["lat"], v["lng"]) for v in cl.square(lat, lng, half)["outline_polygon"]["vertices"]]


def extents(version, points, start=60, end=HOUR, **volume):
    """Of corners; times in seconds from now, or as they stand, or None."""
    times = {name: at if isinstance(at, str) else cl.stamp(now(at)) for name, at in (("time_start", start), ("time_end", end)) if at is not None}
    if version == 1:
        return dict({"spatial_volume": dict({"footprint": {"vertices": [{"lat": a, "lng": o} for a, o in points]}}, **volume)}, **times)
    return dict({"volume": dict(cl.polygon(*points), **volume)}, **{n: {"value": v, "format": "RFC3339"} for n, v in times.items()})


def body_of(kind, version, extents, url="https://owner1.example/rid"):
    if version == 2:
        return {"extents": extents, "uss_base_url": url}
    return {"extents": extents, "flights_url": url + "/flights"} if kind == AREAS else {"extents": extents, "callbacks": {"identification_service_area_url": url + "/identification_service_areas"}}


def plain(version, shown):
    """The two times of an entity as text."""
    return tuple(shown[n] if version == 1 else shown[n]["value"] for n in ("time_start", "time_end"))


def make(kind, version, points, start=60, end=HOUR, id=None, status=200, who="owner1", url="https://owner1.example/rid", why=""):
    return ask(status, version, "PUT", kind + "/" + (id or cl.id4()), body_of(kind, version, extents(version, points, start, end), url), who, why=why)


def entity(kind, reply):
    return reply["service_area" if kind == AREAS else "subscription"]


def update(kind, version, shown, body, status=200, who="owner1"):
    return ask(status, version, "PUT", "%s/%s/%s" % (kind, shown["id"], shown["version"]), body, who)


def remove(kind, version, shown, status=200, who="owner1"):
    return ask(status, version, "DELETE", "%s/%s/%s" % (kind, shown["id"], shown["version"]), None, who)


def search(kind, version, points, status=200, who="owner1", text=None, **times):
    query = dict({"area": ",".join("%.9g,%.9g" % p for p in points) if text is None else text}, **times)
    reply = ask(status, version, "GET", kind + "?" + urllib.parse.urlencode(query), None, who)
    return {e["id"] for e in reply["service_areas" if kind == AREAS else "subscriptions"]} if status == 200 else reply


def told(reply):
    return {s["subscription_id"]: s["notification_index"] for entry in reply["subscribers"] for s in entry["subscriptions"]}


def who_may_call():
    for v in BOTH:
        area, both = {READ[v]}, {READ[v], WRITE[v]}
        rows = [("GET", AREAS, area), ("GET", AREAS + "/" + ID, area if v == 1 else both), ("PUT", AREAS + "/" + ID, {WRITE[v]}), ("PUT", AREAS + "/" + ID + "/" + V, {WRITE[v]}),
                ("DELETE", AREAS + "/" + ID + "/" + V, {WRITE[v]}), ("GET", SUBSCRIPTIONS, area), ("GET", SUBSCRIPTIONS + "/" + ID, both), ("PUT", SUBSCRIPTIONS + "/" + ID, area),
                ("PUT", SUBSCRIPTIONS + "/" + ID + "/" + V, area), ("DELETE", SUBSCRIPTIONS + "/" + ID + "/" + V, area)]
        for method, path, open_ in rows:
            bad = PREFIX[v] + path.replace(ID, "not-an-id")
            for token in (None, "x", cl.ISSUER.token("owner1", min(open_), exp=int(now()) - 400), cl.ISSUER.token("owner1", min(open_), aud="elsewhere")):
                status, _ = base.Asked.client.ask(method, bad, b"{", token=token)
                assert status == 401, (method, bad, token, status)
            for scope in ALL_SCOPES + ("", "utm.strategic_coordination", min(open_) + "x"):
                status, _ = base.Asked.client.ask(method, bad if scope not in open_ else PREFIX[v] + path, b"{" if method == "PUT" else None, "owner1", {scope})
                assert (status != 403) == (scope in open_) and status != 401, (method, path, scope, status)


def routes_and_verbs():
    for v in BOTH:
        for method, path in (("POST", AREAS), ("POST", AREAS + "/" + ID), ("DELETE", AREAS + "/" + ID), ("PUT", AREAS), ("GET", AREAS + "/" + ID + "/" + V), ("PATCH", SUBSCRIPTIONS + "/" + ID),
                             ("GET", "/none"), ("PUT", AREAS + "/" + ID + "/" + V + "/more"), ("DELETE", SUBSCRIPTIONS)):
            ask(404, v, method, path, {} if method in ("PUT", "POST") else None)
        for kind in (AREAS, SUBSCRIPTIONS):
            ask(400, v, "DELETE", kind + "/" + ID + "/")
            ask(400, v, "PUT", kind + "/" + ID + "/", body_of(kind, v, extents(v, corners(*place()))))
            for bad in ("x", "2f8343be-6482-1d1b-a474-16847e01af1e", "2f8343be-6482-4d1b-a474-16847e01af1", "2f8343be-6482-4d1b-a474-16847e01af1g"):
                for method, path in (("GET", ""), ("PUT", ""), ("PUT", "/" + V), ("DELETE", "/" + V)):
                    ask(400, v, method, kind + "/" + bad + path, body_of(kind, v, extents(v, corners(*place()))) if method == "PUT" else None)
    for path in ("/v2/dss", "/dss", "/rid/v1/dss", "/rid/dss"):
        status, _, _ = base.Asked.client.raw("GET", path + AREAS + "/" + ID, None, cl.ISSUER.token("owner1", {m.READ, m.DISPLAY}))
        assert status == 404, path


def versions_in_paths():
    lat, lng = place()
    for v in BOTH:
        for kind in (AREAS, SUBSCRIPTIONS):
            shown = entity(kind, make(kind, v, corners(lat, lng)))
            number = shown["version"]
            assert m.well_formed(number) and m.well_formed(number[1:-1]), number
            body = body_of(kind, v, extents(v, corners(lat, lng)))
            for bad in ("anoldversionnumber", "w", "Abc", "ab-c", "ab_c", "8000000000000", "vvvvvvvvvvvvv", "01234567890123", "-1", "%20", "1.5"):
                for other in BOTH:
                    ask(400, other, "PUT", "%s/%s/%s" % (kind, shown["id"], bad), body_of(kind, other, extents(other, corners(lat, lng))), why=bad)
                    ask(400, other, "DELETE", "%s/%s/%s" % (kind, shown["id"], bad), why=bad)
            for wrong in (number[1:-1], "0", "7vvvvvvvvvvvv", "1"):
                ask(409, v, "PUT", "%s/%s/%s" % (kind, shown["id"], wrong), body, why=wrong)
                ask(409, v, "DELETE", "%s/%s/%s" % (kind, shown["id"], wrong), why=wrong)
            assert entity(kind, ask(200, v, "GET", kind + "/" + shown["id"])) == shown
            new = entity(kind, update(kind, v, shown, body))
            assert new["version"] != number
            remove(kind, v, shown, 409)
            gone = entity(kind, remove(kind, 3 - v, new))
            assert gone["version"] == new["version"]
            ask(404, v, "GET", kind + "/" + shown["id"])


def bodies():
    lat, lng = place()
    points = corners(lat, lng)
    for v in BOTH:
        for kind in (AREAS, SUBSCRIPTIONS):
            for bad in (None, b"", b"{", b"[]", b"{}", b"null", b"\xff"):
                ask(400, v, "PUT", kind + "/" + cl.id4(), bad)
            whole = body_of(kind, v, extents(v, points))
            volume, url = ("spatial_volume", "flights_url" if kind == AREAS else "callbacks") if v == 1 else ("volume", "uss_base_url")
            outline = "footprint" if v == 1 else "outline_polygon"

            def refused(change, why):
                body = body_of(kind, v, extents(v, points))
                change(body)
                ask(400, v, "PUT", kind + "/" + cl.id4(), body, why=why)
                shown = entity(kind, make(kind, v, points))
                update(kind, v, shown, body, 400)
                assert entity(kind, ask(200, v, "GET", kind + "/" + shown["id"])) == shown
                remove(kind, v, shown)
            refused(lambda b: b.pop("extents"), "no extents")
            refused(lambda b: b.update(extents=None), "null extents")
            refused(lambda b: b["extents"].pop(volume), "no volume")
            refused(lambda b: b["extents"][volume].pop(outline), "no outline")
            refused(lambda b: b["extents"][volume][outline].pop("vertices"), "no vertices")
            refused(lambda b: b.pop(url), "no URL")
            refused(lambda b: b.update({url: None}), "null URL")
            for text in ("", "owner1.example", "http://owner1.example", "ftp://owner1.example"):
                refused(lambda b: b.update({url: {"identification_service_area_url": text} if url == "callbacks" else text}), "URL " + text)
            if url == "callbacks":
                refused(lambda b: b.update(callbacks={}), "no URL")
            for bad in ("tomorrow", "2030-01-01", "2030-13-01T00:00:00Z", ""):
                refused(lambda b: b["extents"].update(time_end=bad if v == 1 else {"value": bad, "format": "RFC3339"}), "time " + bad)
            if v == 2:
                for change in (lambda b: b["extents"].update(time_end=cl.stamp(now(HOUR))), lambda b: b["extents"]["time_end"].update(format="rfc3339"), lambda b: b["extents"]["time_end"].pop("format"),
                               lambda b: b["extents"][volume].update(altitude_lower=5), lambda b: b["extents"][volume].update(altitude_lower=dict(cl.altitude(5), reference="SFC")),
                               lambda b: b["extents"][volume].update(altitude_upper=dict(cl.altitude(5), units="FT")), lambda b: b["extents"][volume].update(cl.circle(lat, lng, 100)),
                               lambda b: b["extents"].update({volume: cl.circle(lat, lng, 0)}), lambda b: b["extents"].update({volume: cl.circle(lat, lng, -1)})):
                    refused(change, "version 2")
            else:
                refused(lambda b: b["extents"].update(time_end=cl.when(now(HOUR))), "a time of version 2")
            # Unknown members, null, altitudes upside down.
            whole.update(more={"a": 1})
            whole["extents"][volume].update({"altitude_lo": 100.5, "altitude_hi": -20} if v == 1 else {"altitude_lower": cl.altitude(100.5), "altitude_upper": cl.altitude(-20), "outline_circle": None})
            shown = entity(kind, ask(200, v, "PUT", kind + "/" + cl.id4(), whole))
            assert shown["owner"] == "owner1" and "extents" not in shown
            remove(kind, v, shown)
            ask(413, v, "PUT", kind + "/" + cl.id4(), dict(whole, filler="x" * (4 << 20)))
    for kind in (AREAS, SUBSCRIPTIONS):
        shown = entity(kind, ask(200, 2, "PUT", kind + "/" + cl.id4(), body_of(kind, 2, dict(extents(2, points), volume=cl.circle(lat, lng, 300000)))))  # no area limit
        assert shown["id"] in search(kind, 1, corners(lat + 2, lng)) and shown["id"] not in search(kind, 1, corners(lat + 3, lng))
        remove(kind, 1, shown)


def bad_areas(lat, lng):
    a = corners(lat, lng)
    return [("two vertices", a[:2]), ("one", a[:1]), ("repeated at the end", a + a[:1]), ("duplicate", [a[0]] + a), ("bow tie", [a[0], a[2], a[1], a[3]]), ("latitude", [(90.5, lng)] + a[1:3]),
            ("longitude", [(lat, 180.5)] + a[1:3])]


def areas():
    lat, lng = place()
    right = corners(lat, lng)
    large, limit = corners(lat, lng, 26), corners(lat, lng, 24.9)
    for v in BOTH:
        for kind in (AREAS, SUBSCRIPTIONS):
            for why, bad in bad_areas(lat, lng):
                search(kind, v, bad, 400)
                ask(400, v, "PUT", kind + "/" + cl.id4(), body_of(kind, v, extents(v, bad)), why=why)
            for text in ("", "1,2,3,4,5", "a,b,c,d,e,f", "1,2,3,4,5,", "1;2;3;4;5;6", "1,2,3,4,5,nan", "1,2,3,4,5,inf", ",,,,,"):
                search(kind, v, None, 400, text=text)
            ask(400, v, "GET", kind)
            search(kind, v, large, 413)
            ask(400, v, "PUT", kind + "/" + cl.id4(), body_of(kind, v, extents(v, large)), why="too large")
            shown = entity(kind, make(kind, v, limit))
            assert shown["id"] in search(kind, v, limit) & search(kind, 3 - v, right[::-1])
            assert shown["id"] in search(kind, v, None, text=" , ".join("%.9g , %.9g" % p for p in right).replace(" ", "  "))
            remove(kind, v, shown)
            # Antimeridian, pole, one corner in common, a line; several kilometres away never.
            for points, near, far in (([(-0.1, 179.9), (-0.1, -179.9), (0.1, -179.9), (0.1, 179.9)], corners(0, 179.95, 1), corners(0, 179.7, 1)),
                                      ([(89.9, 0), (89.9, 120), (89.9, -120)], [(89.99, 10), (89.99, 100), (89.98, 50)], [(89.7, 60), (89.75, 61), (89.7, 62)]),
                                      (right, [right[2], (right[2][0] + 0.02, right[2][1]), (right[2][0] + 0.02, right[2][1] + 0.02)], corners(lat + 0.1, lng)),
                                      (right, [(lat - 0.2, lng), (lat, lng), (lat + 0.2, lng)], [(lat - 0.2, lng + 0.1), (lat, lng + 0.1), (lat + 0.2, lng + 0.1)]),
                                      (right, [(lat, lng - 0.2), (lat, lng), (lat, lng + 0.2)], [(lat + 0.1, lng - 0.2), (lat + 0.1, lng), (lat + 0.1, lng + 0.2)])):
                shown = entity(kind, make(kind, v, points))
                assert shown["id"] in search(kind, v, near), (points, near)
                assert shown["id"] not in search(kind, v, far), (points, far)
                remove(kind, v, shown)


def times_of_areas():
    lat, lng = place()
    for v in BOTH:
        for why, start, end, status in (("no end", 60, None, 400), ("6 minutes ago", -360, HOUR, 400), ("4 minutes ago", -240, HOUR, 200), ("end before start", HOUR, 60, 400), ("start missing", None, HOUR, 200),
                                        ("a month", 60, 31 * 24 * HOUR, 200), ("offset", "2040-01-01T00:00:00.123456+05:30", "2040-01-02T00:00:00.9-11:00", 200), ("nanoseconds", None, "2120-01-01T00:00:00.123456789Z", 200),
                                        ("begins in 2119", "2119-12-31T23:59:59.999999Z", "2120-01-01T00:00:00Z", 200)):
            at = now()
            reply = make(AREAS, v, corners(lat, lng), start, end, status=status, why=why)
            if status != 200:
                continue
            shown = reply["service_area"]
            for got, sent in zip(plain(v, shown), (start, end)):
                assert abs(c.micros(got) - (c.micros(sent) if isinstance(sent, str) else 1e6 * (at + (sent or 0)))) <= (1 if isinstance(sent, str) else 5e6), (why, shown)
            for other in BOTH:
                assert plain(other, ask(200, other, "GET", AREAS + "/" + shown["id"])["service_area"]) == plain(v, shown)
            # An update keeps a missing time; one that is sent is judged as on creation.
            new = update(AREAS, v, shown, body_of(AREAS, v, extents(v, corners(lat, lng), None, None)))["service_area"]
            assert plain(v, new) == plain(v, shown)
            update(AREAS, v, new, body_of(AREAS, v, extents(v, corners(lat, lng), -360, None)), 400)
            update(AREAS, v, new, body_of(AREAS, v, extents(v, corners(lat, lng), None, "2001-01-01T00:00:00Z")), 400)
            remove(AREAS, v, new)


def writes_of_areas():
    lat, lng = place()
    points = corners(lat, lng)
    for v in BOTH:
        good, id = body_of(AREAS, v, extents(v, points)), cl.id4()
        reply = ask(200, v, "PUT", AREAS + "/" + id.upper(), good)
        shown = reply["service_area"]
        assert shown["id"] == id and shown["owner"] == "owner1" and reply["subscribers"] == []
        for other in BOTH:
            for who in ("owner1", "owner2"):  # whoever owns it
                make(AREAS, other, points, id=id, status=409, who=who)
        update(AREAS, v, shown, good, 403, who="owner2")
        ask(403, v, "PUT", AREAS + "/" + id + "/" + V, good, "owner2")
        ask(409, v, "PUT", AREAS + "/" + id + "/" + V, good)
        ask(400, v, "PUT", AREAS + "/" + cl.id4() + "/" + V, good)
        ask(404, v, "DELETE", AREAS + "/" + cl.id4() + "/" + V)
        ask(409, v, "DELETE", AREAS + "/" + id + "/" + V)
        ask(409, v, "DELETE", AREAS + "/" + id + "/" + V, None, "owner2")
        remove(AREAS, v, shown, 403, who="owner2")
        ask(404, v, "GET", AREAS + "/" + cl.id4())
        assert ask(200, v, "GET", AREAS + "/" + id, who="owner2")["service_area"] == shown
        if v == 2:
            assert ask(200, v, "GET", AREAS + "/" + id, scopes=m.SERVICE)["service_area"] == shown
        new = update(AREAS, 3 - v, shown, body_of(AREAS, 3 - v, extents(3 - v, corners(lat, lng + 0.2), 60, 2 * HOUR)))["service_area"]
        assert search(AREAS, v, points) & {id} == set() and id in search(AREAS, v, corners(lat, lng + 0.2))
        gone = remove(AREAS, 3 - v, new)
        assert gone["service_area"] == new
        ask(404, v, "GET", AREAS + "/" + id)
        ask(404, v, "DELETE", AREAS + "/" + id + "/" + new["version"])


def both_versions_are_views():
    lat, lng = place()
    points = corners(lat, lng)
    for v in BOTH:
        for kind in (AREAS, SUBSCRIPTIONS):
            shown = entity(kind, make(kind, v, points))
            seen = entity(kind, ask(200, 3 - v, "GET", kind + "/" + shown["id"]))
            assert (shown["id"], shown["owner"], shown["version"], shown.get("notification_index"), plain(v, shown)) == \
                (seen["id"], seen["owner"], seen["version"], seen.get("notification_index"), plain(3 - v, seen))
            urls = [e.get("flights_url") or e.get("uss_base_url") or e["callbacks"]["identification_service_area_url"] for e in (shown, seen)]
            assert urls[0] == urls[1] == "https://owner1.example/rid" + ("" if v == 2 else AREAS if kind == SUBSCRIPTIONS else "/flights"), urls
            assert shown["id"] in search(kind, 3 - v, points)
            new = entity(kind, update(kind, 3 - v, seen, body_of(kind, 3 - v, extents(3 - v, points))))
            remove(kind, v, shown, 409)
            remove(kind, v, new)
            ask(404, 3 - v, "GET", kind + "/" + shown["id"])


def searches():
    lat, lng = place()
    points = corners(lat, lng)
    t = [round(now()) + HOUR + 0.25, round(now()) + 2 * HOUR + 0.75]
    one = make(AREAS, 1, points, cl.stamp(t[0]), cl.stamp(t[1]))["service_area"]
    two = make(AREAS, 2, points, 60, 6 * HOUR, who="owner2")["service_area"]
    both = {one["id"], two["id"]}
    for v in BOTH:
        for who in ("owner1", "owner3"):
            assert search(AREAS, v, points, who=who) == both
        for earliest, latest, found in ((None, None, both), (t[1], None, both), (t[1] + 1e-6, None, {two["id"]}), (None, t[0], both), (None, t[0] - 1e-6, {two["id"]}), (t[0], t[1], both),
                                        (7 * HOUR + now(), None, set()), (-1000, None, both), (-1000, -500, set()), (t[1], t[0], both)):
            times = {n: cl.stamp(at) for n, at in (("earliest_time", earliest), ("latest_time", latest)) if at is not None}
            assert search(AREAS, v, points, **times) == found, (earliest, latest)
        assert search(AREAS, v, points, earliest_time=cl.stamp(t[1], offset=330), latest_time=cl.stamp(t[0], offset=-60)) == both
        for name in ("earliest_time", "latest_time"):
            for bad in ("now", "2030-01-01", "5"):
                search(AREAS, v, points, 400, **{name: bad})
        assert search(AREAS, v, corners(lat, lng + 0.2)) == set()
    # Expired ones are hidden, but found by their id.
    gone = make(AREAS, 2, points, None, base.SHORT)["service_area"]
    mine = make(SUBSCRIPTIONS, 1, points, None, base.SHORT)["subscription"]
    theirs = make(SUBSCRIPTIONS, 1, points, who="owner2")["subscription"]
    assert gone["id"] in search(AREAS, 1, points) and search(SUBSCRIPTIONS, 2, points) == {mine["id"]} and search(SUBSCRIPTIONS, 2, points, who="owner2") == {theirs["id"]}
    base.until_after(mine)
    for v in BOTH:
        assert search(AREAS, v, points) == both == search(AREAS, v, points, earliest_time=cl.stamp(0)) and search(SUBSCRIPTIONS, v, points) == set()
        assert ask(200, v, "GET", AREAS + "/" + gone["id"])["service_area"]["version"] == gone["version"]
        assert ask(200, v, "GET", SUBSCRIPTIONS + "/" + mine["id"], who="owner2", scopes=WRITE[v])["subscription"]["id"] == mine["id"]
        # A new subscription is told of all that meet it, whatever their times, but of none that expired.
        made = make(SUBSCRIPTIONS, v, points, 3 * HOUR, 4 * HOUR)
        assert {a["id"] for a in made["service_areas"]} == both and made["subscription"]["notification_index"] == 0
        remove(SUBSCRIPTIONS, v, made["subscription"])
    # Nor is an expired one notified or listed.
    reply = remove(AREAS, 1, one)
    assert told(reply) == {theirs["id"]: 1} and mine["id"] not in told(reply)
    assert ask(200, 1, "GET", SUBSCRIPTIONS + "/" + mine["id"])["subscription"]["notification_index"] == 0
    remove(AREAS, 2, two, who="owner2")
    remove(AREAS, 2, gone)
    remove(SUBSCRIPTIONS, 2, theirs, who="owner2")
    remove(SUBSCRIPTIONS, 2, mine)


def subscriptions():
    lat, lng = place()
    points = corners(lat, lng)
    for v in BOTH:
        for why, start, end, status in (("25 h", 60, 24.1 * HOUR, 400), ("24 h", 60, 24 * HOUR + 59, 200), ("6 minutes ago", -360, HOUR, 400), ("4 minutes ago", -240, HOUR, 200), ("end before start", HOUR, 60, 400),
                                        ("no end", HOUR, None, 200), ("no start", None, HOUR, 200), ("neither", None, None, 200), ("end 25 h ahead", None, 25 * HOUR, 400), ("next week", 160 * HOUR, 170 * HOUR, 200)):
            at = now()
            reply = make(SUBSCRIPTIONS, v, points, start, end, status=status, why=why)
            if status != 200:
                known = make(SUBSCRIPTIONS, v, points)["subscription"]
                make(SUBSCRIPTIONS, v, points, start, end, id=known["id"], status=(400, 409) if "ago" in why else 400, why=why + ", of one that exists")
                remove(SUBSCRIPTIONS, v, known)
                continue
            shown = reply["subscription"]
            assert reply["service_areas"] == [] and shown["owner"] == "owner1" and shown["notification_index"] == 0
            begins, ends = map(c.micros, plain(v, shown))
            assert abs(begins - 1e6 * (at + (start or 0))) < 5e6 and (end is not None or ends - begins == 24 * HOUR * 10**6), (why, shown)
            new = update(SUBSCRIPTIONS, v, shown, body_of(SUBSCRIPTIONS, v, extents(v, points, None, None)))["subscription"]
            assert plain(v, new) == plain(v, shown) and new["version"] != shown["version"]
            update(SUBSCRIPTIONS, v, new, body_of(SUBSCRIPTIONS, v, extents(v, points, None, cl.stamp(ends / 1e6 + 25 * HOUR))), 400)
            assert remove(SUBSCRIPTIONS, v, new) == {"subscription": new}
        start = round(now(60))
        for length, status in ((0, 200), (24 * HOUR, 200), (24 * HOUR + 1e-6, 400), (-1e-6, 400)):  # bounds belong to it
            for kind in (SUBSCRIPTIONS, AREAS):
                if kind == SUBSCRIPTIONS or length <= 0:
                    reply = make(kind, v, points, cl.stamp(start), cl.stamp(start + length), status=status, why=str(length))
                    if status == 200:
                        remove(kind, v, entity(kind, reply))
        id = cl.id4()
        shown, good = make(SUBSCRIPTIONS, v, points, id=id)["subscription"], body_of(SUBSCRIPTIONS, v, extents(v, points))
        for who in ("owner1", "owner2"):
            make(SUBSCRIPTIONS, v, points, id=id, status=409, who=who)
        ask(400, v, "PUT", SUBSCRIPTIONS + "/" + cl.id4() + "/" + V, good)
        ask(404, v, "DELETE", SUBSCRIPTIONS + "/" + cl.id4() + "/" + V)
        for method, body in (("PUT", good), ("DELETE", None)):  # wrong version, then another owner
            for who in ("owner1", "owner2"):
                ask(409, v, method, SUBSCRIPTIONS + "/" + id + "/" + V, body, who)
            ask(403, v, method, SUBSCRIPTIONS + "/" + id + "/" + shown["version"], body, "owner2")
        ask(404, v, "GET", SUBSCRIPTIONS + "/" + cl.id4())
        assert ask(200, v, "GET", SUBSCRIPTIONS + "/" + id, who="owner2", scopes=WRITE[v])["subscription"] == shown
        remove(SUBSCRIPTIONS, v, shown)


def ten_at_a_place():
    lat, lng = place()
    points = corners(lat, lng, 1)
    made = [make(SUBSCRIPTIONS, 1 + i % 2, points, *((None, 2 * base.SHORT) if i == 9 else (60, HOUR)))["subscription"] for i in range(10)]
    for v in BOTH:
        make(SUBSCRIPTIONS, v, points, status=429)
        make(SUBSCRIPTIONS, v, corners(lat, lng, 20), status=429)  # at any place of the area
        make(SUBSCRIPTIONS, v, corners(lat, lng, 0.1), status=429)
        made.append(make(SUBSCRIPTIONS, v, points, who="owner2")["subscription"])
        elsewhere = make(SUBSCRIPTIONS, v, corners(lat + 0.2, lng))["subscription"]
        update(SUBSCRIPTIONS, v, elsewhere, body_of(SUBSCRIPTIONS, v, extents(v, points)), 429)
        assert ask(200, v, "GET", SUBSCRIPTIONS + "/" + elsewhere["id"])["subscription"] == elsewhere
        remove(SUBSCRIPTIONS, v, elsewhere)
    base.until_after(made[9])  # one has expired: it does not count
    more = make(SUBSCRIPTIONS, 2, points)["subscription"]
    make(SUBSCRIPTIONS, 1, points, status=429)
    remove(SUBSCRIPTIONS, 1, made.pop(0))
    made.append(make(SUBSCRIPTIONS, 1, points)["subscription"])
    for s, who in [(more, "owner1")] + [(s, s["owner"]) for s in made]:
        remove(SUBSCRIPTIONS, 2, s, who=who)
    # Ten side by side in one large area, two or three at each place, leave room.
    made = [make(SUBSCRIPTIONS, 2, corners(lat, lng + 0.06 * i, 3))["subscription"] for i in range(10)]
    made.append(make(SUBSCRIPTIONS, 1, corners(lat, lng + 0.2, 20))["subscription"])
    for s in made:
        remove(SUBSCRIPTIONS, 1, s)


def around(lat, lng):
    """East and north in metres of a point, as latitude and longitude."""
    middle = g.unit(lat, lng)
    e, n = g.frame(middle)

    def at(east, north):
        x, y, z = (m_ + (east * a + north * b) / g.R for m_, a, b in zip(middle, e, n))
        return round(math.degrees(math.atan2(z, math.hypot(x, y))), 7), round(math.degrees(math.atan2(y, x)), 7)
    return at


def ten_that_cross_at_one_place():
    """Strips of 40 by 3 km like a star: whoever comes to the middle is the eleventh there, on a strip the second or third, between them the first."""
    for middle in (place(), (0.0, 179.999), (89.999, 10.0), (51.5, 0.0)):
        at = around(*middle)

        def strip(angle, far=20000, wide=1500):
            c_, s_ = math.cos(angle), math.sin(angle)
            return [at(a * c_ - b * s_, a * s_ + b * c_) for a, b in ((-far, -wide), (far, -wide), (far, wide), (-far, wide))]
        angles = [i * math.pi / 10 for i in range(10)]
        made = [make(SUBSCRIPTIONS, 1 + i % 2, strip(a))["subscription"] for i, a in enumerate(angles)]
        for v in BOTH:
            make(SUBSCRIPTIONS, v, strip(0.1, 300, 300), status=429)
            make(SUBSCRIPTIONS, v, strip(0.15, 18000, 300), status=429)
            make(SUBSCRIPTIONS, v, strip(0, 24000, 24000), status=429)
            for far in (12000, 18000, 40000):
                for a in (angles[3], (angles[3] + angles[4]) / 2):
                    x, y = far * math.cos(a), far * math.sin(a)
                    made.append(make(SUBSCRIPTIONS, v, [at(x - 800, y - 800), at(x + 800, y - 800), at(x, y + 800)])["subscription"])
        # Circles have no limit: the crowded place counts wherever in the large one it lies, and beyond it does not.
        # `at` is on the tangent plane: 4,000 km there are 3,572 along the earth.
        for north, radius, status in ((250000, 300000, 429), (-1000000, 1100000, 429), (250000, 150000, 200), (4000000, 3500000, 200)):
            body = {"extents": dict(extents(2, [], 60, HOUR), volume=cl.circle(*at(0, north), radius)), "uss_base_url": "https://owner1.example/rid"}
            reply = ask(status, 2, "PUT", SUBSCRIPTIONS + "/" + cl.id4(), body, why="%d, %d" % (north, radius))
            if status == 200:
                remove(SUBSCRIPTIONS, 2, reply["subscription"])
        # The place is free again with one less, for one.
        remove(SUBSCRIPTIONS, 1, made.pop(4))
        made.append(make(SUBSCRIPTIONS, 1, strip(1.0, 300, 300))["subscription"])
        make(SUBSCRIPTIONS, 2, strip(1.0, 300, 300), status=429)
        for s in made:
            remove(SUBSCRIPTIONS, 2, s)


def notifications():
    lat, lng = place()
    here, there = corners(lat, lng), corners(lat, lng + 0.3)
    one = make(SUBSCRIPTIONS, 1, here, 60, HOUR)["subscription"]
    two = make(SUBSCRIPTIONS, 2, here, 20 * HOUR, 21 * HOUR, who="owner2")["subscription"]
    far = make(SUBSCRIPTIONS, 2, there)["subscription"]
    same = make(SUBSCRIPTIONS, 2, here, url="https://owner1.example/rid/identification_service_areas"[:-len(AREAS)], who="owner3")["subscription"]
    subscribed = {s["id"]: s for s in (one, two, far, same)}
    index = dict.fromkeys(subscribed, 0)

    def expect(reply, *concerned):
        for s in concerned:
            index[s["id"]] += 1
        assert told(reply) == {s["id"]: index[s["id"]] for s in concerned}, (told(reply), index)
        urls = [entry["url"] for entry in reply["subscribers"]]
        assert len(urls) == len(set(urls)), reply
        for id, n in index.items():
            for v in BOTH:
                seen = ask(200, v, "GET", SUBSCRIPTIONS + "/" + id)["subscription"]
                assert seen["notification_index"] == n and seen["version"] == subscribed[id]["version"], seen
    for v in BOTH:
        reply = make(AREAS, v, here, 2 * HOUR, 3 * HOUR)  # times are ignored
        expect(reply, one, two, same)
        assert {e["url"] for e in reply["subscribers"]} == {"https://owner1.example/rid" + AREAS, "https://owner1.example/rid"}, reply
        reply = update(AREAS, 3 - v, reply["service_area"], body_of(AREAS, 3 - v, extents(3 - v, there)))
        expect(reply, one, two, same, far)  # the old area and the new one
        shown = reply["service_area"]
        ask(409, v, "PUT", AREAS + "/" + shown["id"] + "/" + V, body_of(AREAS, v, extents(v, here)))
        expect(remove(AREAS, v, shown), far)
    # An update of the subscription keeps or resets the index; then it goes on from there.
    new = update(SUBSCRIPTIONS, 1, one, body_of(SUBSCRIPTIONS, 1, extents(1, here)))["subscription"]
    assert new["notification_index"] in (0, index[one["id"]])
    reply = make(AREAS, 1, here)
    assert told(reply)[one["id"]] == new["notification_index"] + 1
    remove(AREAS, 1, reply["service_area"])
    for s in (new, two, far, same):
        remove(SUBSCRIPTIONS, 2, s, who=s["owner"])


def ids_may_coincide_with_those_of_f3548():
    """Subscriptions of the two standards have nothing to do with each other."""
    lat, lng = place()
    shown = make(SUBSCRIPTIONS, 2, corners(lat, lng), who="uss1")["subscription"]
    other = base.ask(200, "PUT", base.SUBSCRIPTIONS + "/" + shown["id"], base.subscription(base.block(lat, lng)))["subscription"]
    reply = make(AREAS, 2, corners(lat, lng), 60, 2 * HOUR)
    assert told(reply) == {shown["id"]: 1} and base.get(base.SUBSCRIPTIONS, other["id"]) == other
    assert base.query(base.SUBSCRIPTIONS, base.block(lat, lng)) == {other["id"]}
    base.remove(base.SUBSCRIPTIONS, other)
    assert ask(200, 1, "GET", SUBSCRIPTIONS + "/" + shown["id"])["subscription"]["notification_index"] == 1
    remove(AREAS, 2, reply["service_area"])
    remove(SUBSCRIPTIONS, 2, shown, who="uss1")


def every_status_was_reached():
    left = sorted((m_, p, s) for table in (schema.RID_V1, schema.RID_V2) for (m_, p), replies in table.items() for s in replies
                  if (m_, p, s) not in schema.REACHED and not (s == 413 and "{}" in p) and not (s == 429 and not (m_ == "PUT" and "/subscriptions" in p)))
    assert not left, left


TESTS = [who_may_call, routes_and_verbs, versions_in_paths, bodies, areas, times_of_areas, writes_of_areas, both_versions_are_views, searches, subscriptions, ten_at_a_place, ten_that_cross_at_one_place, notifications,
         ids_may_coincide_with_those_of_f3548]


def main():
    def the_server_ends_cleanly():
        base.Asked.client.close()
        base.Asked.server.stop()
    try:
        base.start()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run(TESTS + [every_status_was_reached, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
