"""ASTM F3548-21 from outside, rule by rule: every status of every route in the order of its checks, every field at its bounds."""
import math
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import compare as c
import schema
from table_base import *
import table_base as base
import harness as h

ID = "2f8343be-6482-4d1b-a474-16847e01af1e"
NOBODY = "00000000-0000-4000-8000-000000000000"
OVN = "0123456789abcdef0123"
ANY = (STRATEGIC, CONFORMANCE, MANAGEMENT, PROCESSING, ARBITRATION)
# Every route with the scopes that open it.
ROUTES = [("POST", INTENTS + "/query", (STRATEGIC, CONFORMANCE)), ("GET", INTENTS + "/" + ID, (STRATEGIC, CONFORMANCE)),
          ("PUT", INTENTS + "/" + ID, (STRATEGIC, CONFORMANCE)), ("PUT", INTENTS + "/" + ID + "/" + OVN, (STRATEGIC, CONFORMANCE)),
          ("DELETE", INTENTS + "/" + ID + "/" + OVN, (STRATEGIC, CONFORMANCE)), ("POST", CONSTRAINTS + "/query", (MANAGEMENT, PROCESSING)),
          ("GET", CONSTRAINTS + "/" + ID, (MANAGEMENT, PROCESSING)), ("PUT", CONSTRAINTS + "/" + ID, (MANAGEMENT,)),
          ("PUT", CONSTRAINTS + "/" + ID + "/" + OVN, (MANAGEMENT,)), ("DELETE", CONSTRAINTS + "/" + ID + "/" + OVN, (MANAGEMENT,)),
          ("POST", SUBSCRIPTIONS + "/query", (STRATEGIC, PROCESSING)), ("GET", SUBSCRIPTIONS + "/" + ID, (STRATEGIC, PROCESSING)),
          ("PUT", SUBSCRIPTIONS + "/" + ID, (STRATEGIC, PROCESSING)), ("PUT", SUBSCRIPTIONS + "/" + ID + "/v", (STRATEGIC, PROCESSING)),
          ("DELETE", SUBSCRIPTIONS + "/" + ID + "/v", (STRATEGIC, PROCESSING)), ("POST", "/dss/v1/reports", ANY),
          ("PUT", AVAILABILITY + "/x", (ARBITRATION,)), ("GET", AVAILABILITY + "/x", (ARBITRATION, STRATEGIC, CONFORMANCE))]
WRITES = ((INTENTS, intent), (CONSTRAINTS, constraint), (SUBSCRIPTIONS, lambda volume, **more: subscription(volume, **more)))


def who_may_call():
    """401, then 403, before the id and the body are looked at."""
    token = cl.ISSUER.token
    for method, path, scopes in ROUTES:
        bad = path.replace(ID, "not-an-id")
        for wrong in (None, "x", token("uss1", scopes[0], exp=int(now()) - 400), token("uss1", scopes[0], aud="https://sorrel.example"), token("uss1", scopes[0], sub=None),
                      token("uss1", scopes[0])[:-6] + "AAAAAA"):
            status, _ = base.Asked.client.ask(method, bad, b"{", token=wrong)
            assert status == 401, (method, path, wrong, status)
        for scope in ANY + ("", "utm", "dss.write.identification_service_areas", scopes[0] + "x"):
            status, _ = base.Asked.client.ask(method, bad if scope not in scopes else path, b"{", "uss1", {scope})
            assert (status != 403) == (scope in scopes) and status != 401, (method, path, scope, status)
        status, _ = base.Asked.client.ask(method, path, b"{", "uss1", {"other", scopes[-1], "more"})
        assert status in (200, 400, 404), (method, path, status)
        status, _ = base.Asked.client.ask(method, path, b"{", token=token("uss1", scopes[0], aud=["x", cl.AUDIENCE]))
        assert status in (400, 404, 200), (method, path, status)


def routes_and_verbs():
    for method, path in (("POST", INTENTS + "/" + ID), ("DELETE", INTENTS + "/" + ID), ("GET", INTENTS), ("GET", INTENTS + "/" + ID + "/" + OVN), ("PUT", INTENTS),
                         ("PATCH", INTENTS + "/" + ID), ("GET", "/dss/v1/none"), ("GET", "/dss/v2/subscriptions/" + ID), ("DELETE", SUBSCRIPTIONS + "/" + ID),
                         ("PUT", "/dss/v1/reports"), ("GET", "/dss/v1/reports"), ("DELETE", AVAILABILITY + "/x"), ("POST", AVAILABILITY + "/x"),
                         ("PUT", INTENTS + "/" + ID + "/" + OVN + "/more"), ("POST", CONSTRAINTS), ("GET", "/dss/v1"), ("POST", SUBSCRIPTIONS + "/query/more")):
        ask(404, method, path, {} if method in ("PUT", "POST") else None)
    # Empty last segments: a missing version or OVN.
    for path in (INTENTS, CONSTRAINTS, SUBSCRIPTIONS):
        ask(400, "DELETE", path + "/" + ID + "/")
    lat, lng = place()
    body = intent(block(lat, lng))
    made = make_intent(body)
    ask(409, "PUT", INTENTS + "/" + made["id"] + "/", body)
    ask(400, "DELETE", INTENTS + "/" + made["id"] + "/")
    assert get(INTENTS, made["id"]) == made
    closed = constraint(block(lat, lng))
    made = make_constraint(closed)
    ask(409, "PUT", CONSTRAINTS + "/" + made["id"] + "/", closed)
    wanted = subscription(block(lat, lng))
    made = make_subscription(wanted)
    ask(409, "PUT", SUBSCRIPTIONS + "/" + made["id"] + "/", wanted)
    remove(SUBSCRIPTIONS, made)


def ids():
    lat, lng = place()
    for bad in ("x", "2f8343be-6482-1d1b-a474-16847e01af1e", "2f8343be-6482-7d1b-a474-16847e01af1e", "2f8343be-6482-4d1b-a474-16847e01af1", "2f8343be-6482-4d1b-a474-16847e01af1ee",
                "2f8343be-6482-4d1b-a474-16847e01af1g", "%7B2f8343be-6482-4d1b-a474-16847e01af1e%7D", "2f8343be-6482-4d1b-a474_16847e01af1e", "query"):
        for path, body in ((INTENTS, intent(block(lat, lng))), (CONSTRAINTS, constraint(block(lat, lng))), (SUBSCRIPTIONS, subscription(block(lat, lng)))):
            ask(400, "GET", path + "/" + bad)
            ask(400, "PUT", path + "/" + bad, body)
            ask(400, "PUT", path + "/" + bad + "/" + OVN, body)
            ask(400, "DELETE", path + "/" + bad + "/" + OVN)
    # Any case in, lower case out; each kind has ids of its own.
    id = cl.id4()
    made = ask(201, "PUT", INTENTS + "/" + id.upper(), intent(block(lat, lng)))["operational_intent_reference"]
    assert made["id"] == id and get(INTENTS, id) == get(INTENTS, id.upper()) == made
    get(CONSTRAINTS, id, status=404)
    get(SUBSCRIPTIONS, id, status=404)
    for path, name, body, created in ((CONSTRAINTS, "constraint_reference", constraint(block(lat, lng)), 201), (SUBSCRIPTIONS, "subscription", subscription(block(lat, lng)), 200)):
        made = ask(created, "PUT", path + "/" + id, body)[name]
        assert made["id"] == id
        remove(path, made)
    made = get(INTENTS, id)
    gone = ask(200, "DELETE", INTENTS + "/" + id.upper() + "/" + made["ovn"])
    assert gone["operational_intent_reference"] == made
    get(INTENTS, id, status=404)
    get(SUBSCRIPTIONS, NOBODY, status=404)
    ask(400, "PUT", SUBSCRIPTIONS + "/" + NOBODY, subscription(block(lat, lng)))


def bodies():
    lat, lng = place()
    for method, path, scopes in ROUTES:
        if method not in ("PUT", "POST"):
            continue
        for bad in (None, b"", b"{", b"[]", b"{}", b"null", b'"x"', b"{}{}", b"\xff\xfe", {"extents": [], "area_of_interest": [], "exchange": [], "availability": []}):
            ask(400, method, path, bad, scopes=scopes[0])
    whole = intent(block(lat, lng))
    for name in whole:
        for left in ({k: v for k, v in whole.items() if k != name}, dict(whole, **{name: None}), dict(whole, **{name: 5}), dict(whole, **{name: []}), dict(whole, **{name: {}})):
            ask(400, "PUT", INTENTS + "/" + cl.id4(), left)
    for bad in ({"key": "x"}, {"key": 5}, {"subscription_id": 5}, {"subscription_id": "x"}, {"new_subscription": []}, {"new_subscription": {}}, {"new_subscription": {"uss_base_url": "x"}},
                {"requested_ovn_suffix": 7}, {"new_subscription": {"uss_base_url": "https://u.example", "notify_for_constraints": "yes"}}, {"uss_base_url": ""},
                {"uss_base_url": "http://uss1.example"}, {"uss_base_url": "uss1.example/utm"}, {"uss_base_url": "ftp://uss1.example"}, {"uss_base_url": "https://"}):
        ask(400, "PUT", INTENTS + "/" + cl.id4(), dict(whole, **bad), why=str(bad))
    for path, make in ((CONSTRAINTS, constraint), (SUBSCRIPTIONS, subscription)):
        for bad in ({"uss_base_url": None}, {"uss_base_url": "uss1.example"}, {"uss_base_url": "http://uss1.example"}, {"extents": None}, {"extents": "x"}):
            ask(400, "PUT", path + "/" + cl.id4(), dict(make(block(lat, lng)), **bad), why=str(bad))
    # What is unknown is ignored, null is absent; so are old_version, and a key of strangers.
    made = make_intent(dict(whole, old_version=0, flavour={"a": [1, None]}, key=None, subscription_id=None, new_subscription=None, requested_ovn_suffix=None))
    assert made["version"] == 1 and made["subscription_id"] == NOBODY and made["manager"] == "uss1" and made["state"] == "Accepted" and made["uss_availability"] == "Unknown"
    volume = whole["extents"][0]
    volume["volume"].update(outline_polygon=None, colour="red")
    again = update(INTENTS, made, dict(whole, key=["0123456789abcdef", made["ovn"]]))
    assert again["operational_intent_reference"]["version"] == 2 and again["subscribers"] == []
    remove(INTENTS, again["operational_intent_reference"])
    long = dict(whole, filler="x" * (4 << 20))
    ask(413, "PUT", INTENTS + "/" + cl.id4(), long)
    made = make_intent(dict(whole, filler="x" * ((4 << 20) - 4096)))
    remove(INTENTS, made)
    # Dozens of volumes in one.
    made = make_intent(intent(*(block(lat + 0.001 * i, lng) for i in range(48))))
    remove(INTENTS, made)


# Outlines: what is wrong with them, the outline.
def bad_outlines(lat, lng):
    tri = ((lat, lng), (lat, lng + 0.1), (lat + 0.1, lng))
    one = cl.circle(lat, lng, 100)
    center = {"lat": lat, "lng": lng}
    return [("none", {}), ("both", dict(one, **cl.polygon(*tri))), ("two vertices", cl.polygon(*tri[:2])), ("no vertices", cl.polygon()), ("vertices missing", {"outline_polygon": {}}),
            ("repeated at the end", cl.polygon(*tri, tri[0])), ("duplicate", cl.polygon(tri[0], tri[0], *tri[1:])), ("duplicate apart", cl.polygon(*tri, (lat + 0.2, lng + 0.2), tri[1])),
            ("bow tie", cl.polygon((lat, lng), (lat + 0.1, lng + 0.1), (lat, lng + 0.1), (lat + 0.1, lng))), ("north of the pole", cl.polygon((90.1, lng), *tri[:2])),
            ("west of the world", cl.polygon((lat, -180.1), *tri[:2])), ("east of the world", cl.polygon((lat, 180.1), *tri[:2])), ("south of the pole", cl.circle(-90.1, lng, 100)),
            ("circle east", cl.circle(lat, 181, 100)), ("radius 0", cl.circle(lat, lng, 0)), ("radius below", cl.circle(lat, lng, -5)), ("no center", {"outline_circle": {"radius": {"value": 1, "units": "M"}}}),
            ("no radius", {"outline_circle": {"center": center}}), ("radius in feet", {"outline_circle": {"center": center, "radius": {"value": 100, "units": "FT"}}}),
            ("radius a text", {"outline_circle": {"center": center, "radius": {"value": "100", "units": "M"}}}), ("lat missing", {"outline_circle": {"center": {"lng": lng}, "radius": {"value": 1, "units": "M"}}}),
            ("vertex no object", {"outline_polygon": {"vertices": [1, 2, 3]}}), ("too large", cl.square(lat, lng, 26)), ("too large", cl.circle(lat, lng, 20000001))]


def outlines():
    lat, lng = place()
    for why, outline in bad_outlines(lat, lng):
        bad = cl.volume(outline, 0, 120, now(HOUR), now(2 * HOUR))
        good = block(lat, lng)
        for path, body in ((INTENTS, intent(bad)), (INTENTS, intent(good, bad)), (CONSTRAINTS, constraint(bad)), (CONSTRAINTS, constraint(bad, good)), (SUBSCRIPTIONS, subscription(bad))):
            ask(400, "PUT", path + "/" + cl.id4(), body, why=why)
        for path in (INTENTS, CONSTRAINTS, SUBSCRIPTIONS):
            ask(413 if why == "too large" and path != INTENTS else 400, "POST", path + "/query", {"area_of_interest": bad}, why=why)
    # Right ones, and who meets whom: both windings, poles, antimeridian, very large circles, about 650 and just under 2,500 km2.
    corners = ((lat, lng), (lat, lng + 0.1), (lat + 0.1, lng + 0.1), (lat + 0.1, lng))
    for why, outline, within, beyond in (
            ("counterclockwise", cl.polygon(*corners), (lat + 0.05, lng + 0.05), (lat + 0.05, lng + 0.12)), ("clockwise", cl.polygon(*corners[::-1]), (lat + 0.05, lng + 0.05), (lat - 0.02, lng)),
            ("a notch", cl.polygon(*corners[:2], (lat + 0.02, lng + 0.05), *corners[2:]), (lat + 0.005, lng + 0.05), (lat + 0.05, lng + 0.085)),
            ("antimeridian", cl.polygon((-0.1, 179.9), (-0.1, -179.9), (0.1, -179.9), (0.1, 179.9)), (0, 180), (0, 179.5)),
            ("antimeridian, told as 180 and -180", cl.polygon((10, 179.9), (10, 180), (10.1, -180), (10.1, 179.9)), (10.05, 179.95), (10.05, -179.8)),
            ("antimeridian circle", cl.circle(5, 179.999, 1000), (5, -179.998), (5, -179.9)), ("north pole", cl.circle(90, 0, 1000), (89.999, 133), (89.9, 0)),
            ("polygon around the south pole", cl.polygon((-89.9, 0), (-89.9, 120), (-89.9, -120)), (-90, 0), (-89.8, 60)),
            ("a very large circle", cl.circle(20, 60, 400000), (22, 60), (24.5, 60)), ("650 km2", cl.square(lat, lng, 12.75), (lat + 0.1, lng + 0.1), (lat + 0.2, lng)),
            ("2,490 km2", cl.square(lat, lng, 24.95), (lat + 0.2, lng + 0.2), (lat + 0.3, lng))):
        area = cl.volume(outline, None, None)
        inner, outer = (make_intent(intent(block(*at, radius=20))) for at in (within, beyond))
        assert query(INTENTS, area) & {inner["id"], outer["id"]} == {inner["id"]}, why
        reply = ask(409, "PUT", INTENTS + "/" + cl.id4(), intent(cl.volume(outline, 0, 100, now(HOUR), now(2 * HOUR))), why=why)
        missing = {i["id"] for i in reply["missing_operational_intents"]}
        assert inner["id"] in missing and outer["id"] not in missing, why
        watch = make_subscription(subscription(cl.volume(outline, None, None)))
        assert inner["id"] in {i["id"] for i in ask(200, "PUT", SUBSCRIPTIONS + "/%s/%s" % (watch["id"], watch["version"]), subscription(cl.volume(outline, None, None)))["operational_intent_references"]}
        remove(SUBSCRIPTIONS, get(SUBSCRIPTIONS, watch["id"]))
        for i in (inner, outer):
            remove(INTENTS, i)


def touching_counts():
    """Two squares with one corner in common, and an altitude and a time in common; with the least gap in altitude or time they miss each other."""
    lat, lng = place()
    t = [round(now()) + HOUR * i + 0.5 for i in range(1, 4)]
    one = make_intent(intent(cl.volume(cl.polygon((lat, lng), (lat, lng + 0.01), (lat + 0.01, lng + 0.01), (lat + 0.01, lng)), 50, 100, t[0], t[1])))
    outline = cl.polygon((lat + 0.01, lng + 0.01), (lat + 0.01, lng + 0.02), (lat + 0.02, lng + 0.02), (lat + 0.02, lng + 0.01))
    for lower, upper, start, end, meets in ((100, 150, t[1], t[2], True), (0, 50, t[0] - 60, t[0], True), (100.02, 150, t[1], t[2], False), (0, 49.98, t[0] - 60, t[0], False),
                                            (100, 150, t[1] + 1e-6, t[2], False), (0, 50, t[0] - 60, t[0] - 1e-6, False), (60, 60, t[0] + 1, t[0] + 1, True)):
        volume = cl.volume(outline, lower, upper, start, end)
        assert query(INTENTS, volume) == ({one["id"]} if meets else set()), volume
        reply = ask(409 if meets else 201, "PUT", INTENTS + "/" + cl.id4(), intent(volume))
        if not meets:
            remove(INTENTS, reply["operational_intent_reference"])
    remove(INTENTS, one)


def altitudes():
    lat, lng = place()
    right = cl.altitude(10)
    for bad in (dict(right, reference="SFC"), dict(right, units="FT"), dict(right, value="10"), {"value": 10, "units": "M"}, {"value": 10, "reference": "W84"}, {"reference": "W84", "units": "M"}, 10,
                dict(right, reference="w84")):
        for name in ("altitude_lower", "altitude_upper"):
            volume = block(lat, lng)
            volume["volume"][name] = bad
            for path, make in WRITES:
                ask(400, "PUT", path + "/" + cl.id4(), make(volume), why=str(bad))
            for path in (INTENTS, CONSTRAINTS, SUBSCRIPTIONS):
                ask(400, "POST", path + "/query", {"area_of_interest": volume}, why=str(bad))
    above = block(lat, lng, lower=10, upper=9.9)
    for path, make in WRITES:
        ask(400, "PUT", path + "/" + cl.id4(), make(above))
    ask(400, "PUT", INTENTS + "/" + cl.id4(), intent(block(lat, lng), above))
    ask(400, "POST", INTENTS + "/query", {"area_of_interest": above})
    for left in (block(lat, lng, lower=None), block(lat, lng, upper=None)):
        ask(400, "PUT", INTENTS + "/" + cl.id4(), intent(left))
        remove(CONSTRAINTS, make_constraint(constraint(left)))
        remove(SUBSCRIPTIONS, make_subscription(subscription(left)))
    for lower, upper in ((-20, -20), (-20, 5.25), (0, 0), (-100, 10000), (99.99, 100)):
        remove(INTENTS, make_intent(intent(block(lat, lng, lower=lower, upper=upper))))


def times_of_entities():
    lat, lng = place()
    for path, make in WRITES[:2]:
        for start, end, status in ((None, HOUR, 400), (HOUR, None, 400), (None, None, 400), (2 * HOUR, HOUR, 400), (-HOUR, -60, 400), (-HOUR, 60, 201), (HOUR, HOUR, 201)):
            reply = ask(status, "PUT", path + "/" + cl.id4(), make(block(lat, lng, start, end)))
            if status == 201:
                remove(path, reply[NAMES[path]])
        # One volume in the past is no fault where the merged end is not.
        reply = ask(201, "PUT", path + "/" + cl.id4(), make(block(lat, lng, -HOUR, -60), block(lat, lng, HOUR, 2 * HOUR)))
        remove(path, reply[NAMES[path]])
        ask(400, "PUT", path + "/" + cl.id4(), make(block(lat, lng), block(lat, lng, 2 * HOUR, HOUR)))
        for bad in ("2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "", 5, "now", "2026-01-01 00:00:00Z "):
            volume = block(lat, lng)
            volume["time_end"] = {"value": bad, "format": "RFC3339"}
            ask(400, "PUT", path + "/" + cl.id4(), make(volume), why=str(bad))
            ask(400, "POST", path + "/query", {"area_of_interest": volume}, why=str(bad))
        # From 1969 to 2120, offsets, fractions: the same to the microsecond, and the same text in each reply.
        for start, end in (("1969-12-31T23:59:59.999999Z", "2030-01-01T00:00:00Z"), ("1969-01-01T00:00:00Z", "2120-06-01T12:00:00.5Z"), ("2026-01-01T00:00:00+05:30", "2040-02-29T23:30:00.123456-08:00"),
                           ("2026-01-01T00:00:00.1Z", "2040-01-01T00:00:00.123456789Z"), ("2000-02-29T00:00:00.000001+00:00", "2050-12-31T23:59:59.999999+14:00")):
            volume = dict(block(lat, lng), time_start={"value": start, "format": "RFC3339"}, time_end={"value": end, "format": "RFC3339"})
            reply = ask(201, "PUT", path + "/" + cl.id4(), make(volume))[NAMES[path]]
            for name, sent in (("time_start", start), ("time_end", end)):
                assert abs(c.micros(reply[name]["value"]) - c.micros(sent)) <= 1, (sent, reply[name])
            assert get(path, reply["id"]) == reply
            assert query(path, volume) >= {reply["id"]}
            remove(path, reply)


def queries():
    lat, lng = place()
    found = {INTENTS: make_intent(intent(block(lat, lng, lower=50, upper=100)))["id"], CONSTRAINTS: make_constraint(constraint(block(lat, lng, lower=50, upper=100)))["id"],
             SUBSCRIPTIONS: make_subscription(subscription(block(lat, lng, lower=50, upper=100)))["id"]}
    for path, id in found.items():
        for bad in ({}, {"area_of_interest": {}}, {"area_of_interest": None}, {"area_of_interest": {"volume": {}}}, {"area_of_interest": block(lat, lng, 2 * HOUR, HOUR)}, {"area_of_interest": 5}):
            ask(400, "POST", path + "/query", bad)
        assert query(path, block(lat, lng, None, None, None, None)) == {id}
        assert query(path, block(lat, lng, 90 * 60, None, None, None)) == {id} and query(path, block(lat, lng, None, 90 * 60, None, None)) == {id}
        assert query(path, block(lat, lng, 2.5 * HOUR, None, None, None)) == set() and query(path, block(lat, lng, None, 1800, None, None)) == set()
        assert query(path, block(lat, lng, -2 * HOUR, -HOUR)) == set()  # wholly in the past: an answer
        assert query(path, block(lat, lng, lower=101, upper=None)) == query(path, block(lat, lng, lower=None, upper=49)) == (set() if path == INTENTS else {id})
        assert query(path, block(lat + 0.1, lng)) == set()
        assert query(path, cl.volume(cl.square(lat, lng, 12.7), None, None)) == {id}
    # Of others: everybody's entities, nobody else's subscriptions.
    assert query(INTENTS, block(lat, lng), "uss2") == {found[INTENTS]} and query(CONSTRAINTS, block(lat, lng), "uss2") == {found[CONSTRAINTS]}
    assert query(SUBSCRIPTIONS, block(lat, lng), "uss2") == set()
    reply = ask(200, "POST", INTENTS + "/query", {"area_of_interest": block(lat, lng)}, "uss2", CONFORMANCE)["operational_intent_references"]
    assert [(i["ovn"], i["manager"]) for i in reply] == [("Available from USS", "uss1")]
    # Ended ones stay until they are deleted.
    lat, lng = place()
    gone = make_intent(intent(block(lat, lng, -HOUR, SHORT)))
    until_after(gone)
    assert query(INTENTS, block(lat, lng, -2 * HOUR, -60)) == {gone["id"]} and get(INTENTS, gone["id"]) == gone
    remove(INTENTS, gone)


# --- operational intents ---

WATCH = {"uss_base_url": "https://watch.example/a"}


def states():
    lat, lng = place()
    whole = intent(block(lat, lng))
    for bad in ("Ended", "accepted", "", "Rejected"):
        ask(400, "PUT", INTENTS + "/" + cl.id4(), dict(whole, state=bad))
    for state in ("Activated", "Nonconforming", "Contingent"):
        ask(400, "PUT", INTENTS + "/" + cl.id4(), dict(whole, state=state, new_subscription=WATCH), scopes={STRATEGIC, CONFORMANCE})
    made = make_intent(whole)
    assert made["subscription_id"] == NOBODY
    for state in ("Activated", "Nonconforming", "Contingent"):
        update(INTENTS, made, dict(whole, state=state), 400, scopes={STRATEGIC, CONFORMANCE})  # without a subscription
    for state in ("Nonconforming", "Contingent"):
        update(INTENTS, made, dict(whole, state=state, new_subscription=WATCH), 403)
    for version, (state, scopes) in enumerate((("Activated", {STRATEGIC}), ("Nonconforming", {CONFORMANCE}), ("Activated", {CONFORMANCE}), ("Accepted", {STRATEGIC}), ("Activated", {STRATEGIC}),
                                               ("Contingent", {STRATEGIC, CONFORMANCE}), ("Contingent", {CONFORMANCE})), 2):
        before = made
        made = update(INTENTS, made, dict(whole, state=state, new_subscription=WATCH), scopes=scopes)["operational_intent_reference"]
        assert made["state"] == state and made["version"] == version and made["ovn"] != before["ovn"], made
        update(INTENTS, before, dict(whole, state=state, new_subscription=WATCH), 409, scopes={STRATEGIC, CONFORMANCE})
        assert get(INTENTS, made["id"]) == made
    gone = remove(INTENTS, made, scopes=CONFORMANCE)["operational_intent_reference"]
    assert gone == made and gone["version"] == 8
    for status, method in ((404, "GET"), (404, "DELETE"), (400, "PUT")):
        ask(status, method, INTENTS + "/" + made["id"] + ("" if method == "GET" else "/" + made["ovn"]), whole if method == "PUT" else None)


def order_of_checks_of_an_intent():
    """Body 400, scope for the state 403, manager 403, OVN 409, subscription 400 or 403, key 409; and what is refused changes nothing."""
    lat, lng = place()
    volume = block(lat, lng)
    made = make_intent(intent(volume))
    other = make_intent(intent(volume, key=[made["ovn"]]), sub="uss2")
    theirs = make_subscription(subscription(cl.volume(cl.square(lat, lng, 5), None, None, now(), now(20 * HOUR))), "uss2")
    unknown, narrow = cl.id4(), make_subscription(subscription(block(lat, lng, radius=500)))
    after = made["id"] + "/"
    right, wrong = INTENTS + "/" + after + made["ovn"], INTENTS + "/" + after + other["ovn"]
    bad, good = intent(block(lat, lng, lower=5, upper=4)), intent(volume, key=[])
    cases = [(400, wrong, dict(bad, state="Contingent", subscription_id=theirs["id"]), "uss2", {STRATEGIC}), (400, right, dict(bad, state="Contingent"), "uss2", {STRATEGIC}),
             (400, right, dict(good, subscription_id=unknown, new_subscription=WATCH), "uss2", {STRATEGIC}),
             (403, wrong, dict(good, state="Contingent", subscription_id=unknown), "uss1", {STRATEGIC}), (403, wrong, dict(good, subscription_id=unknown), "uss2", {STRATEGIC}),
             (403, right, good, "uss2", {STRATEGIC}), (403, INTENTS + "/" + made["id"], good, "uss2", {STRATEGIC}), (409, wrong, dict(good, subscription_id=unknown), "uss1", {STRATEGIC}),
             (409, wrong, dict(good, subscription_id=theirs["id"]), "uss1", {STRATEGIC}), (409, INTENTS + "/" + made["id"], good, "uss1", {STRATEGIC}),
             (400, right, dict(good, subscription_id=unknown), "uss1", {STRATEGIC}), (403, right, dict(good, subscription_id=theirs["id"]), "uss1", {STRATEGIC}),
             (400, right, dict(good, subscription_id=narrow["id"]), "uss1", {STRATEGIC}), (409, right, good, "uss1", {STRATEGIC}),
             (409, right, dict(good, new_subscription=WATCH), "uss1", {STRATEGIC}), (409, right, dict(good, key=["Available from USS", made["ovn"]]), "uss1", {STRATEGIC}),
             (400, INTENTS + "/" + cl.id4() + "/" + made["ovn"], good, "uss1", {STRATEGIC})]
    for status, path, body, sub, scopes in cases:
        reply = ask(status, "PUT", path, body, sub, scopes)
        assert ("missing_operational_intents" in reply) == (path == right and status == 409) and "missing_constraints" not in reply, reply
    ask(403, "DELETE", wrong, sub="uss2")
    ask(403, "DELETE", right, sub="uss2")
    ask(409, "DELETE", wrong)
    ask(409, "DELETE", INTENTS + "/" + after + "Available%20from%20USS")
    ask(404, "DELETE", INTENTS + "/" + cl.id4() + "/" + made["ovn"])
    assert get(INTENTS, made["id"]) == made and get(INTENTS, other["id"], "uss2") == other
    assert {s["notification_index"] for s in (get(SUBSCRIPTIONS, theirs["id"], "uss2"), get(SUBSCRIPTIONS, narrow["id"]))} == {0}


def the_key():
    lat, lng = place()
    one, own = make_intent(intent(block(lat, lng)), sub="uss2"), make_intent(intent(block(lat, lng, 2 * HOUR, 3 * HOUR)))
    high, far = make_intent(intent(block(lat, lng, lower=121, upper=200))), make_intent(intent(block(lat + 0.1, lng)))
    wall, low = make_constraint(constraint(block(lat, lng, lower=None, upper=None)), "uss3"), make_constraint(constraint(block(lat, lng, lower=-50, upper=-1)), "uss3")
    body = intent(block(lat, lng, HOUR, 2.5 * HOUR))

    def missing(body, status=409, reference=None, sub="uss1"):
        path = INTENTS + "/" + (reference["id"] + "/" + reference["ovn"] if reference else cl.id4())
        reply = ask(status, "PUT", path, body, sub)
        for i in reply.get("missing_operational_intents", []):
            assert i == get(INTENTS, i["id"], sub) and (i["ovn"] == "Available from USS") == (i["manager"] != sub), i
        for x in reply.get("missing_constraints", []):
            assert x == get(CONSTRAINTS, x["id"], sub, scopes=PROCESSING) and (x["ovn"] == "Available from USS") == (x["manager"] != sub), x
        return {e["id"] for name in ("missing_operational_intents", "missing_constraints") for e in reply.get(name, [])}
    assert missing(body) == {one["id"], own["id"]} and missing(dict(body, key=[one["ovn"]])) == {own["id"]}
    assert missing(dict(body, key=[own["ovn"], high["ovn"], wall["ovn"], "x" * 40])) == {one["id"]}
    assert missing(body, sub="uss3") == {one["id"], own["id"]}
    for flag, more in ((None, set()), (False, set()), (True, {wall["id"]})):
        watch = dict(WATCH, notify_for_constraints=flag)
        assert missing(dict(body, new_subscription=watch)) == {one["id"], own["id"]} | more, flag
        made = make_subscription(subscription(cl.volume(cl.square(lat, lng, 5), None, None, now(), now(20 * HOUR)), notify_for_constraints=flag))
        assert missing(dict(body, subscription_id=made["id"])) == {one["id"], own["id"]} | more, flag
        if more:
            assert missing(dict(body, subscription_id=made["id"], key=[one["ovn"], own["ovn"]])) == more
        remove(SUBSCRIPTIONS, made)
    # An intent's own extents as a query return all that its key needs; with that it goes through, and its own OVN is never asked for.
    reply = ask(200, "POST", INTENTS + "/query", {"area_of_interest": body["extents"][0]})["operational_intent_references"]
    assert {i["id"] for i in reply} == {one["id"], own["id"]}
    made = make_intent(dict(body, key=[one["ovn"], own["ovn"]]))
    update(INTENTS, made, dict(body, key=[one["ovn"], own["ovn"], made["ovn"]]))
    made = get(INTENTS, made["id"])
    # Activated needs it too, what is not conforming does not; whoever comes later needs the OVN of that.
    assert missing(dict(body, state="Activated", new_subscription=WATCH), reference=made) == {one["id"], own["id"]}
    made = update(INTENTS, made, dict(body, state="Nonconforming", new_subscription=WATCH), scopes={CONFORMANCE})["operational_intent_reference"]
    made = update(INTENTS, made, dict(body, state="Contingent", new_subscription=WATCH), scopes={CONFORMANCE})["operational_intent_reference"]
    assert missing(body, sub="uss2") == {one["id"], own["id"], made["id"]}
    # What is Accepted and whose manager is Down is not asked for; Unknown and Normal make no difference.
    shown = None
    for state, needed in (("Normal", {one["id"], own["id"], made["id"]}), ("Down", {made["id"], one["id"]}), ("Unknown", {one["id"], own["id"], made["id"]})):
        version = ask(200, "GET", AVAILABILITY + "/uss1")["version"]
        ask(200, "PUT", AVAILABILITY + "/uss1", {"old_version": version, "availability": state}, "arbiter")
        assert missing(body, sub="uss2") == needed, state
        shown = get(INTENTS, own["id"], "uss2")
        assert shown["uss_availability"] == state == get(INTENTS, own["id"])["uss_availability"] and get(CONSTRAINTS, wall["id"])["uss_availability"] == "Unknown"
        if state == "Down":
            assert remove(INTENTS, far)["operational_intent_reference"]["uss_availability"] == "Down"  # never 412
    for i, sub in ((one, "uss2"), (own, "uss1"), (high, "uss1"), (made, "uss1")):
        remove(INTENTS, i, sub=sub)
    for x in (wall, low):
        remove(CONSTRAINTS, x, sub="uss3")


def volumes_are_merged():
    """Single volumes that all miss each other, by place, altitude and time, conflict where the merged ones meet."""
    lat, lng = place()
    made = make_intent(intent(block(lat, lng, HOUR, 2 * HOUR, 0, 50), block(lat, lng + 0.1, 3 * HOUR, 4 * HOUR, 100, 150)))
    other = intent(block(lat, lng, 3.1 * HOUR, 3.2 * HOUR, 80, 90))
    assert [i["id"] for i in ask(409, "PUT", INTENTS + "/" + cl.id4(), other)["missing_operational_intents"]] == [made["id"]]
    assert abs(c.micros(made["time_end"]["value"]) - c.micros(made["time_start"]["value"]) - 3 * HOUR * 10**6) < 10**6
    assert query(INTENTS, other["extents"][0]) == {made["id"]}
    assert query(INTENTS, block(lat, lng + 0.05, HOUR, 4 * HOUR)) == set()  # footprints are united, not what lies between
    two = make_intent(intent(block(lat, lng + 0.1, 2.1 * HOUR, 2.2 * HOUR, 151, 200), block(lat, lng + 0.3, 8 * HOUR, 9 * HOUR, 151, 300)))
    reply = ask(409, "PUT", INTENTS + "/" + cl.id4(), intent(block(lat, lng + 0.3, 5 * HOUR, 6 * HOUR, 250, 260), block(lat, lng, 0.5 * HOUR, 0.9 * HOUR, 0, 1)))
    assert {i["id"] for i in reply["missing_operational_intents"]} == {two["id"], made["id"]}
    for i in (made, two):
        remove(INTENTS, i)


def chosen_ovns():
    lat, lng = place()
    id, suffix = cl.id4(), cl.suffix7()
    whole = intent(block(lat, lng))
    for bad in ("", "x", cl.id4(), cl.suffix7(now(-330)), cl.suffix7(now(330)), suffix[:-1], suffix + "0", id + "_" + suffix, "{" + suffix + "}"):
        ask(400, "PUT", INTENTS + "/" + id, dict(whole, requested_ovn_suffix=bad), why=bad)
    made = make_intent(dict(whole, requested_ovn_suffix=suffix), id=id)
    assert made["ovn"] == id + "_" + suffix and len(made["ovn"]) == 73
    ahead = now(270)
    later = cl.suffix7(ahead)
    made = update(INTENTS, made, dict(whole, requested_ovn_suffix=later))["operational_intent_reference"]
    assert made["ovn"] == id + "_" + later
    made = update(INTENTS, made, whole)["operational_intent_reference"]
    assert later not in made["ovn"] and 16 <= len(made["ovn"]) <= 128
    ask(409, "PUT", INTENTS + "/" + id + "/" + id + "_" + suffix, whole)
    # An OVN never comes back: another's key for the old volume would be taken for the new one.
    for again in (later, suffix, cl.suffix7(ahead - 1)):
        ask(400, "PUT", INTENTS + "/" + id + "/" + made["ovn"], dict(whole, requested_ovn_suffix=again), why=again)
    remove(INTENTS, made)
    for again in (later, suffix):
        ask(400, "PUT", INTENTS + "/" + id, dict(whole, requested_ovn_suffix=again), why=again)
    made = make_intent(dict(whole, requested_ovn_suffix=cl.suffix7(now(280))), id=id)
    remove(INTENTS, made)


# --- subscriptions ---

def implicit_subscriptions():
    lat, lng = place()
    volume = block(lat, lng, HOUR, 30 * HOUR)  # longer than a subscription may be
    reply = ask(201, "PUT", INTENTS + "/" + cl.id4(), intent(volume, new_subscription=dict(WATCH, notify_for_constraints=True)))
    made = reply["operational_intent_reference"]
    watch = get(SUBSCRIPTIONS, made["subscription_id"])
    assert reply["subscribers"] == [{"uss_base_url": WATCH["uss_base_url"], "subscriptions": [{"subscription_id": watch["id"], "notification_index": 1}]}], reply
    assert watch["implicit_subscription"] and watch["notify_for_operational_intents"] and watch["notify_for_constraints"] and watch["notification_index"] == 1
    assert watch["dependent_operational_intents"] == [made["id"]] and (watch["time_start"], watch["time_end"]) == (made["time_start"], made["time_end"])
    get(SUBSCRIPTIONS, watch["id"], "uss2", 403)
    remove(SUBSCRIPTIONS, watch, 400)
    # Another intent attaches: it is stretched in time and area; by another manager: 403.
    wide = intent(block(lat, lng + 0.1, 0.5 * HOUR, 31 * HOUR), subscription_id=watch["id"])
    ask(403, "PUT", INTENTS + "/" + cl.id4(), wide, "uss2")
    second = make_intent(wide)
    now_ = get(SUBSCRIPTIONS, watch["id"])
    assert (now_["time_start"], now_["time_end"]) == (second["time_start"], second["time_end"]) and sorted(now_["dependent_operational_intents"]) == sorted((made["id"], second["id"]))
    third = ask(201, "PUT", INTENTS + "/" + cl.id4(), intent(block(lat, lng + 0.1, 30.5 * HOUR, 30.6 * HOUR), key=[second["ovn"]]), "uss2")
    assert told(third) == {watch["id"]: now_["notification_index"] + 1}
    # It stays while one depends, goes with the last: by deletion, by being replaced, by being detached.
    remove(INTENTS, made)
    assert get(SUBSCRIPTIONS, watch["id"])["dependent_operational_intents"] == [second["id"]]
    second = update(INTENTS, second, dict(intent(block(lat, lng + 0.2)), new_subscription=WATCH))["operational_intent_reference"]
    get(SUBSCRIPTIONS, watch["id"], status=404)
    assert second["subscription_id"] != watch["id"]
    last = second["subscription_id"]
    second = update(INTENTS, second, intent(block(lat, lng + 0.2)))["operational_intent_reference"]
    assert second["subscription_id"] == NOBODY
    get(SUBSCRIPTIONS, last, status=404)
    second = update(INTENTS, second, dict(intent(block(lat, lng + 0.2)), new_subscription=WATCH))["operational_intent_reference"]
    explicit = make_subscription(subscription(cl.volume(cl.square(lat, lng + 0.2, 5), None, None)))
    last = second["subscription_id"]
    second = update(INTENTS, second, dict(intent(block(lat, lng + 0.2)), subscription_id=explicit["id"]))["operational_intent_reference"]
    assert second["subscription_id"] == explicit["id"] and get(SUBSCRIPTIONS, explicit["id"])["dependent_operational_intents"] == [second["id"]]
    get(SUBSCRIPTIONS, last, status=404)
    remove(INTENTS, second)
    assert get(SUBSCRIPTIONS, explicit["id"])["dependent_operational_intents"] == []  # an explicit one stays
    # A PUT on an implicit one makes it explicit, and it stays.
    made = make_intent(intent(block(lat, lng + 0.3), new_subscription=WATCH))
    watch = get(SUBSCRIPTIONS, made["subscription_id"])
    new = update(SUBSCRIPTIONS, watch, subscription(cl.volume(cl.square(lat, lng + 0.3, 5), None, None, now(), now(10 * HOUR))))["subscription"]
    assert not new.get("implicit_subscription") and new["notification_index"] == watch["notification_index"] and new["dependent_operational_intents"] == [made["id"]]
    remove(INTENTS, made)
    watch = get(SUBSCRIPTIONS, watch["id"])
    remove(SUBSCRIPTIONS, watch)


def explicit_subscriptions_cover():
    lat, lng = place()
    watch = make_subscription(subscription(cl.volume(cl.circle(lat, lng, 3000), 50, 60, now(0.5 * HOUR), now(5 * HOUR))))
    for why, volume, status in (("area", block(lat, lng + 0.04, HOUR, 2 * HOUR), 400), ("apart", block(lat, lng + 0.2, HOUR, 2 * HOUR), 400), ("begins before", block(lat, lng, 0.2 * HOUR, 2 * HOUR), 400),
                                ("ends after", block(lat, lng, HOUR, 5.5 * HOUR), 400), ("covered, whatever the altitude", block(lat, lng, HOUR, 2 * HOUR, 0, 500), 201),
                                ("its own bounds in time", cl.volume(cl.circle(lat, lng, 2500), 0, 1, c.micros(watch["time_start"]["value"]) / 1e6, c.micros(watch["time_end"]["value"]) / 1e6), 201)):
        reply = ask(status, "PUT", INTENTS + "/" + cl.id4(), intent(volume, subscription_id=watch["id"]), why=why)
        if status == 201:
            remove(INTENTS, reply["operational_intent_reference"])
    # A polygon covers what is within it, several volumes count each.
    watch = make_subscription(subscription(cl.volume(cl.square(lat, lng, 6), None, None, now(), now(5 * HOUR))))
    remove(INTENTS, make_intent(intent(block(lat + 0.03, lng + 0.03), block(lat - 0.03, lng), subscription_id=watch["id"])))
    ask(400, "PUT", INTENTS + "/" + cl.id4(), intent(block(lat + 0.03, lng + 0.03), block(lat - 0.3, lng), subscription_id=watch["id"]))
    # An update of it must still cover every dependent intent, in area, altitude and time; the start may be up to 5 minutes later.
    made = make_intent(intent(block(lat, lng, lower=50, upper=100), subscription_id=watch["id"]))
    start = c.micros(made["time_start"]["value"]) / 1e6
    square = cl.square(lat, lng, 5)
    for why, volume, status in (("area", cl.volume(cl.circle(lat, lng, 800), None, None, now(), now(5 * HOUR)), 400), ("lower", cl.volume(square, 51, None, now(), now(5 * HOUR)), 400),
                                ("upper", cl.volume(square, None, 99, now(), now(5 * HOUR)), 400), ("end", cl.volume(square, None, None, now(), now(1.9 * HOUR)), 400),
                                ("start", cl.volume(square, None, None, start + 310, now(5 * HOUR)), 400), ("start a little later", cl.volume(square, None, None, start + 290, now(5 * HOUR)), 200),
                                ("just so", cl.volume(square, 50, 100, now(), c.micros(made["time_end"]["value"]) / 1e6), 200)):
        before = get(SUBSCRIPTIONS, watch["id"])
        reply = update(SUBSCRIPTIONS, watch, subscription(volume), status)
        if status == 200:
            watch = reply["subscription"]
            assert watch["version"] != before["version"]
        assert get(SUBSCRIPTIONS, watch["id"]) == (watch if status == 200 else before), why
    remove(SUBSCRIPTIONS, watch, 400)
    remove(INTENTS, made)
    remove(SUBSCRIPTIONS, get(SUBSCRIPTIONS, watch["id"]))


def covering_allows_roundoff():
    """A subscription of the intent's own outline and bounds covers it, however many digits it has, told from any vertex, either way round; so does a larger one that shares edges."""
    chosen = random.Random(5)
    for turn in range(24):
        lat, lng = chosen.uniform(-75, 75), chosen.uniform(-179, 179)
        if turn % 3 == 0:
            outlines = [cl.circle(lat, lng, chosen.uniform(50, 30000))] * 2
        else:
            count = chosen.randrange(3, 12)
            turns = [2 * math.pi * (i + chosen.uniform(0, 0.8)) / count for i in range(count)]
            points = [(lat + far * math.sin(t), lng + far * math.cos(t)) for t in turns for far in (chosen.uniform(0.02, 0.12),)]
            again = points[turn % count:] + points[:turn % count]
            outlines = [cl.polygon(*points), cl.polygon(*(again[::-1] if turn % 2 else again))]
        start, end, low = now(chosen.uniform(60, 3600)), now(chosen.uniform(7200, 40000)), chosen.uniform(-20, 50)
        for outline, other in (outlines, outlines[::-1]):
            watch = make_subscription(subscription(cl.volume(other, low, low + 33.3333333, start, end)))
            made = make_intent(intent(cl.volume(outline, low, low + 33.3333333, start, end), subscription_id=watch["id"]))
            watch = update(SUBSCRIPTIONS, get(SUBSCRIPTIONS, watch["id"]), subscription(cl.volume(outline, low, low + 33.3333333, start, end)))
            assert [i["id"] for i in watch["operational_intent_references"]] == [made["id"]]
            for times in ((None, start), (end, None)):  # its first and last moment, its lowest and highest height
                assert query(INTENTS, cl.volume(other, None, low, *times)) == {made["id"]} == query(INTENTS, cl.volume(other, low + 33.3333333, None, *times))
            remove(INTENTS, made)
            remove(SUBSCRIPTIONS, watch["subscription"])
    lat, lng = place()
    whole = make_subscription(subscription(cl.volume(cl.polygon((lat, lng), (lat, lng + 0.3), (lat + 0.1, lng + 0.3), (lat + 0.1, lng)), None, None)))
    for west in (0, 0.1, 0.2):  # thirds along a meridian's edges; the parallels' edges are great circles, so these stay a little inside
        inner = cl.polygon((lat + 0.001, lng + west), (lat + 0.001, lng + west + 0.1), (lat + 0.099, lng + west + 0.1), (lat + 0.099, lng + west))
        remove(INTENTS, make_intent(intent(cl.volume(inner, 0, 100, now(HOUR), now(2 * HOUR)), subscription_id=whole["id"])))
    remove(SUBSCRIPTIONS, get(SUBSCRIPTIONS, whole["id"]))


def times_of_subscriptions():
    lat, lng = place()
    for why, start, end, status in (("25 h", 0, 24.01 * HOUR, 400), ("24 h", 60, 24 * HOUR + 59, 200), ("6 minutes ago", -360, HOUR, 400), ("4 minutes ago", -240, HOUR, 200), ("end before start", 2 * HOUR, HOUR, 400),
                                    ("later", 48 * HOUR, 50 * HOUR, 200), ("end before now", None, -60, 400), ("end 25 h from now", None, 25 * HOUR, 400), ("without end", HOUR, None, 200), ("neither", None, None, 200)):
        at = now()
        reply = ask(status, "PUT", SUBSCRIPTIONS + "/" + cl.id4(), subscription(block(lat, lng, start, end)), why=why)
        if status != 200:
            continue
        made = reply["subscription"]
        begins, ends = (c.micros(made[n]["value"]) for n in ("time_start", "time_end"))
        assert abs(begins - 1e6 * (at + (start or 0))) < 5e6 and (end is not None or ends - begins == 24 * HOUR * 10**6), (why, made)
        # An update keeps a time that is missing.
        new = update(SUBSCRIPTIONS, made, subscription(block(lat, lng, None, None), uss_base_url="https://uss1.example/2"))["subscription"]
        assert (new["time_start"], new["time_end"], new["notification_index"]) == (made["time_start"], made["time_end"], 0) and new["uss_base_url"].endswith("/2") and new["version"] != made["version"]
        update(SUBSCRIPTIONS, new, subscription(block(lat, lng, -360, None)), 400)
        update(SUBSCRIPTIONS, new, subscription(cl.volume(cl.circle(lat, lng, 5), None, None, None, ends / 1e6 + 25 * HOUR)), 400)
        assert get(SUBSCRIPTIONS, made["id"]) == new
        remove(SUBSCRIPTIONS, made, 409)
        assert remove(SUBSCRIPTIONS, new)["subscription"] == new
    # Bounds belong to it: no length at all, and 24 h to the microsecond.
    start = round(now(60))
    for length, status in ((0, 200), (24 * HOUR, 200), (24 * HOUR + 1e-6, 400), (-1e-6, 400)):
        volume = cl.volume(cl.circle(lat, lng, 100), None, None, start, start + length)
        reply = ask(status, "PUT", SUBSCRIPTIONS + "/" + cl.id4(), subscription(volume), why=str(length))
        if status == 200:
            remove(SUBSCRIPTIONS, reply["subscription"])
    # An expired one is hidden from queries.
    lat, lng = place()
    made = make_subscription(subscription(block(lat, lng, None, SHORT)))
    assert query(SUBSCRIPTIONS, block(lat, lng, None, None)) == {made["id"]}
    until_after(made)
    assert query(SUBSCRIPTIONS, block(lat, lng, None, None)) == set()


def subscriptions():
    lat, lng = place()
    whole = subscription(block(lat, lng, 0, 5 * HOUR))
    for flags, status in (({}, 400), ({"notify_for_operational_intents": False, "notify_for_constraints": False}, 400), ({"notify_for_operational_intents": None}, 400),
                          ({"notify_for_constraints": True}, 200), ({"notify_for_operational_intents": True}, 200), ({"notify_for_operational_intents": "true"}, 400)):
        for scope in (STRATEGIC, PROCESSING):  # one suffices, whatever the flags
            body = {k: v for k, v in whole.items() if not k.startswith("notify")}
            reply = ask(status, "PUT", SUBSCRIPTIONS + "/" + cl.id4(), dict(body, **flags), scopes=scope)
            if status == 200:
                made = reply["subscription"]
                for name in ("notify_for_operational_intents", "notify_for_constraints"):
                    assert made.get(name, False) == bool(flags.get(name)), made
                assert ("operational_intent_references" in reply, "constraint_references" in reply) == (bool(flags.get("notify_for_operational_intents")), bool(flags.get("notify_for_constraints")))
                assert made["notification_index"] == 0 and not made.get("implicit_subscription") and made["dependent_operational_intents"] == []
                remove(SUBSCRIPTIONS, made, scopes=scope)
    made = make_subscription(whole)
    path = SUBSCRIPTIONS + "/" + made["id"]
    ask(409, "PUT", path, whole)
    ask(409, "PUT", path + "/xyz", whole)
    ask(403, "PUT", path + "/" + made["version"], whole, "uss2")
    # A creation keeps nothing of what is there, and what another is refused tells nothing of the times that it has.
    ask(409, "PUT", path, subscription(block(lat, lng, 30 * HOUR, None)))
    ask(403, "PUT", path + "/" + made["version"], subscription(block(lat, lng, 30 * HOUR, None)), "uss2")
    ask(400, "PUT", path + "/" + made["version"], subscription(block(lat, lng, 30 * HOUR, None)))
    ask(403, "GET", path, None, "uss2")
    ask(403, "DELETE", path + "/" + made["version"], None, "uss2")
    ask(409, "DELETE", path + "/xyz")
    ask(400, "PUT", SUBSCRIPTIONS + "/" + cl.id4() + "/" + made["version"], whole)
    ask(404, "DELETE", SUBSCRIPTIONS + "/" + cl.id4() + "/" + made["version"])
    ask(404, "GET", SUBSCRIPTIONS + "/" + cl.id4())
    assert get(SUBSCRIPTIONS, made["id"]) == made
    # What is in its area and time, altitude left out, is in the reply; OVNs of others are not.
    i, x = make_intent(intent(block(lat, lng, lower=500, upper=600)), sub="uss2"), make_constraint(constraint(block(lat, lng, lower=700, upper=800)))
    late = make_intent(intent(block(lat, lng, 6 * HOUR, 7 * HOUR)))
    for flags in ((True, False), (False, True), (True, True)):
        reply = update(SUBSCRIPTIONS, made, dict(whole, notify_for_operational_intents=flags[0], notify_for_constraints=flags[1]))
        made = reply["subscription"]
        assert reply.get("operational_intent_references") == ([get(INTENTS, i["id"])] if flags[0] else None)
        assert reply.get("constraint_references") == ([x] if flags[1] else None)
    for path, e, sub in ((INTENTS, i, "uss2"), (INTENTS, late, "uss1"), (CONSTRAINTS, x, "uss1"), (SUBSCRIPTIONS, made, "uss1")):
        remove(path, e, sub=sub)
    ask(404, "GET", SUBSCRIPTIONS + "/" + made["id"])


def notifications():
    lat, lng = place()
    around = cl.volume(cl.square(lat, lng, 4), None, None, now(), now(3 * HOUR))

    def watch(volume=around, sub="uss1", intents=True, constraints=False, url="https://uss1.example/a"):
        return make_subscription(subscription(volume, notify_for_operational_intents=intents, notify_for_constraints=constraints, uss_base_url=url), sub)["id"]
    both, walls, other = watch(constraints=True), watch(intents=False, constraints=True, url="https://uss1.example/b"), watch(sub="uss2", url="https://uss2.example")
    low, twin = watch(cl.volume(cl.square(lat, lng, 4), 0, 1, now(), now(3 * HOUR)), "uss3", url="https://uss1.example/a"), watch(url="https://uss2.example")
    late, far = watch(cl.volume(cl.square(lat, lng, 4), None, None, now(2.5 * HOUR), now(3 * HOUR))), watch(cl.volume(cl.square(lat, lng + 0.2, 4), None, None, now(), now(3 * HOUR)))
    versions = {s: get(SUBSCRIPTIONS, s)["version"] for s in (both, walls, twin, late, far)}
    index = {s: 0 for s in (both, walls, other, low, twin, late, far)}

    def expect(reply, *concerned):
        for s in concerned:
            index[s] += 1
        assert told(reply) == {s: index[s] for s in concerned}, (told(reply), index, concerned)
        urls = [e["uss_base_url"] for e in reply["subscribers"]]
        assert len(urls) == len(set(urls)), reply  # one entry per URL, of several managers too
        for s in index:
            assert get(SUBSCRIPTIONS, s, {low: "uss3", other: "uss2"}.get(s, "uss1"))["notification_index"] == index[s]
    first = (both, other, low, twin)
    reply = ask(201, "PUT", INTENTS + "/" + cl.id4(), intent(block(lat, lng, lower=100, upper=110)), "uss2")
    expect(reply, *first)
    made = reply["operational_intent_reference"]
    entries = {e["uss_base_url"]: {s["subscription_id"] for s in e["subscriptions"]} for e in reply["subscribers"]}
    assert entries == {"https://uss1.example/a": {both, low}, "https://uss2.example": {other, twin}}
    # Old and new volume are merged: it moves away, and those of both places hear; also those of the time between.
    reply = update(INTENTS, made, intent(block(lat, lng + 0.2)), sub="uss2")
    expect(reply, *first, far)
    reply = update(INTENTS, reply["operational_intent_reference"], intent(block(lat, lng + 0.2, 2.4 * HOUR, 2.6 * HOUR)), sub="uss2")
    expect(reply, far)
    reply = update(INTENTS, reply["operational_intent_reference"], intent(block(lat, lng, HOUR, 1.1 * HOUR)), sub="uss2")
    expect(reply, *first, far, late)
    ask(409, "PUT", INTENTS + "/" + made["id"] + "/" + OVN, intent(block(lat, lng)), "uss2")
    expect(remove(INTENTS, reply["operational_intent_reference"], sub="uss2"), *first)
    # Constraints, with and without altitudes.
    reply = ask(201, "PUT", CONSTRAINTS + "/" + cl.id4(), constraint(block(lat, lng, lower=None, upper=None)))
    expect(reply, both, walls)
    reply = update(CONSTRAINTS, reply["constraint_reference"], constraint(block(lat, lng + 0.2)))
    expect(reply, both, walls)
    expect(update(CONSTRAINTS, reply["constraint_reference"], constraint(block(lat, lng + 0.2))), *())
    reply = get(CONSTRAINTS, reply["constraint_reference"]["id"])
    expect(remove(CONSTRAINTS, reply), *())
    # Neither notifying nor an update of it changes what it should not.
    for s, version in versions.items():
        assert get(SUBSCRIPTIONS, s)["version"] == version
    new = update(SUBSCRIPTIONS, get(SUBSCRIPTIONS, both), subscription(around, notify_for_constraints=True))["subscription"]
    assert new["notification_index"] == index[both] and new["version"] != versions[both]


def constraints():
    lat, lng = place()
    whole, id = constraint(block(lat, lng)), cl.id4()
    ask(409, "PUT", CONSTRAINTS + "/" + id + "/" + OVN, whole)  # unlike intents
    ask(404, "DELETE", CONSTRAINTS + "/" + id + "/" + OVN)
    ask(404, "GET", CONSTRAINTS + "/" + id)
    made = ask(201, "PUT", CONSTRAINTS + "/" + id, whole)["constraint_reference"]
    assert made["version"] == 1 and made["manager"] == "uss1" and made["uss_availability"] == "Unknown" and "state" not in made and "subscription_id" not in made
    shown = get(CONSTRAINTS, id, "uss2", scopes=PROCESSING)
    assert shown == dict(made, ovn="Available from USS")
    ask(409, "PUT", CONSTRAINTS + "/" + id, whole)
    ask(409, "PUT", CONSTRAINTS + "/" + id + "/" + OVN, whole)
    ask(403, "PUT", CONSTRAINTS + "/" + id, whole, "uss2")
    ask(403, "PUT", CONSTRAINTS + "/" + id + "/" + made["ovn"], whole, "uss2")
    ask(403, "DELETE", CONSTRAINTS + "/" + id + "/" + made["ovn"], None, "uss2")
    ask(409, "DELETE", CONSTRAINTS + "/" + id + "/" + OVN)
    ask(400, "PUT", CONSTRAINTS + "/" + id + "/" + OVN, constraint(), "uss2")
    assert get(CONSTRAINTS, id) == made
    new = update(CONSTRAINTS, made, constraint(block(lat, lng, lower=None, upper=None), uss_base_url="https://uss1.example"))
    assert new["subscribers"] == [] and new["constraint_reference"]["version"] == 2 and new["constraint_reference"]["ovn"] != made["ovn"]
    gone = remove(CONSTRAINTS, new["constraint_reference"])
    assert gone == new
    ask(404, "GET", CONSTRAINTS + "/" + id)


def availability():
    for uss in ("uss-%s" % cl.id4(), "a b", "%C3%A9/", "x" * 200, "..", "%25"):
        path = AVAILABILITY + "/" + uss if uss not in ("..", "%C3%A9/") else AVAILABILITY + "/" + {"..": "%2E%2E", "%C3%A9/": "%C3%A9"}[uss]
        path = path.replace(" ", "%20")
        import urllib.parse
        name = urllib.parse.unquote(path.rsplit("/", 1)[1])
        assert ask(200, "GET", path, scopes=STRATEGIC) == {"version": "", "status": {"uss": name, "availability": "Unknown"}}
        for bad in ({}, {"old_version": ""}, {"old_version": "", "availability": "Up"}, {"old_version": "", "availability": ""}, {"old_version": 5, "availability": "Down"}, {"availability": 1}, {"availability": None}):
            ask(400, "PUT", path, bad)
        ask(409, "PUT", path, {"old_version": "x", "availability": "Down"})
        version, seen = None, {""}
        for sent, shown in (("down", "Down"), ("NORMAL", "Normal"), ("Normal", "Normal"), ("uNKNOWN", "Unknown")):
            reply = ask(200, "PUT", path, dict({"availability": sent}, **({} if version is None else {"old_version": version})))
            assert reply["status"] == {"uss": name, "availability": shown} and reply["version"] not in seen
            version = reply["version"]
            seen.add(version)
            for scope in (STRATEGIC, CONFORMANCE, ARBITRATION):
                assert ask(200, "GET", path, scopes=scope, sub="uss9") == reply
            for old in seen - {version}:
                ask(409, "PUT", path, {"old_version": old, "availability": "Down"})
        ask(409, "PUT", path, {"availability": "Down"})  # a missing old_version is ""


def reports():
    exchange = {"url": "https://dss.example/dss/v1/subscriptions/" + ID, "method": "PUT", "recorder_role": "Client", "request_time": cl.when(now())}
    ids = set()
    for more in ({}, {"headers": ["Authorization: x"], "request_body": "e30=", "response_time": cl.when(now()), "response_code": 500, "response_body": "", "problem": "slow"}):
        for scope in ANY:
            reply = ask(201, "POST", "/dss/v1/reports", {"exchange": dict(exchange, **more)}, scopes=scope)
            assert reply["exchange"] == dict(exchange, **more), reply
            ids.add(reply["report_id"])
    assert len(ids) == 2 * len(ANY)
    for name in exchange:
        ask(400, "POST", "/dss/v1/reports", {"exchange": {k: v for k, v in exchange.items() if k != name}}, scopes=STRATEGIC)
    for bad in ({"recorder_role": "Judge"}, {"request_time": "now"}, {"request_time": {"value": "x", "format": "RFC3339"}}, {"url": 5}):
        ask(400, "POST", "/dss/v1/reports", {"exchange": dict(exchange, **bad)}, scopes=STRATEGIC, why=str(bad))


def managers_of_any_name():
    """The token's `sub` is the manager, to the letter."""
    lat, lng = place()
    for who in ("uss 1", "é/Ü", "USS1", "x" * 128, "a\"b\\c", "https://issuer.example|sub"):
        made = make_intent(intent(block(lat, lng)), sub=who)
        assert made["manager"] == who and get(INTENTS, made["id"])["manager"] == who
        remove(INTENTS, made, 403)
        remove(INTENTS, made, sub=who)


def plain_http_where_it_is_allowed():
    if base.Asked.server is None:
        raise h.Skip("the model")
    with cl.server(plain_http_urls=1) as server:
        client = cl.Client(server)
        for url, status in (("http://uss1.example/utm", 201), ("http://localhost:8080", 201), ("https://uss1.example", 201), ("uss1.example", 400), ("ftp://uss1.example", 400), ("", 400), ("http://", 400)):
            got, reply = client.ask("PUT", INTENTS + "/" + cl.id4(), intent(block(-70.0, 10.0, lower=0, upper=1), key=[], uss_base_url=url), "uss1", {STRATEGIC})
            assert got == status, (url, got, reply)
            if got == 201:
                client.ask("DELETE", INTENTS + "/%s/%s" % tuple(reply["operational_intent_reference"][n] for n in ("id", "ovn")), None, "uss1", {STRATEGIC})


def every_status_was_reached():
    """412 no Parley answers, 429 is of the rates, 413 of a body or of an area; /uss/v1 is bridge_test's."""
    left = sorted((m, p, s) for (m, p), replies in schema.F3548.items() for s in replies if (m, p, s) not in schema.REACHED and s not in (412, 413, 429) and not p.startswith("/uss/v1/")
                  and (m, s, p) != ("GET", 400, AVAILABILITY + "/{}"))  # any string is a USS
    assert not left, left
    for path in (CONSTRAINTS + "/query", SUBSCRIPTIONS + "/query", INTENTS + "/{}"):
        assert any(p == path and s == 413 for _, p, s in schema.REACHED), path


def nothing_is_left():
    for path in (INTENTS, CONSTRAINTS, SUBSCRIPTIONS):
        for lat in (-45, 0, 45):
            for lng in (-180, -90, 0, 90):
                if path != SUBSCRIPTIONS:
                    left = query(path, cl.volume(cl.circle(lat, lng, 5000000), None, None))
                    assert not left, (path, left)


TESTS = [who_may_call, routes_and_verbs, ids, bodies, outlines, touching_counts, altitudes, times_of_entities, queries, states, order_of_checks_of_an_intent, the_key, volumes_are_merged,
         chosen_ovns, implicit_subscriptions, explicit_subscriptions_cover, covering_allows_roundoff, times_of_subscriptions, subscriptions, notifications, constraints, availability, reports, managers_of_any_name]


def main():
    def the_server_ends_cleanly():
        base.Asked.client.close()
        base.Asked.server.stop()
    try:
        base.start()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run(TESTS + [plain_http_where_it_is_allowed, every_status_was_reached, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
