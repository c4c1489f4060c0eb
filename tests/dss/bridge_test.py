"""What parties release to the world, as a client of the doors of F3548 meets it: a notice filed natively is a constraint, a released flight an operational intent; the
409 names them, the managing side gives their OVNs, and with these in its key the drone's intent is taken. Kill -9 and a restart change none of it."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import schema
import table_base as base
from table_base import CONFORMANCE, CONSTRAINTS, HOUR, INTENTS, MANAGEMENT, PROCESSING, STRATEGIC, SUBSCRIPTIONS
import harness as h

URL = "https://parley.example"
LAT, LNG = -47.1, -126.2  # of harness.VOLUME
ALL = {STRATEGIC, PROCESSING}


def server(**more):
    return cl.server(**dict({"public_url": URL}, **more))


def must(status, answer):
    assert answer[0] == status, answer
    return answer[1]


def said(answer):
    assert answer[0] in (200, 201) and answer[2]["verdict"] == "accepted", answer


def area(start=None, end=None):
    return {"area_of_interest": base.block(LAT, LNG, start, end, None, None)}


def constraints(client, **where):
    return must(200, client.ask("POST", CONSTRAINTS + "/query", area(**where), "uss1", {PROCESSING}))["constraint_references"]


def intents(client):
    return must(200, client.ask("POST", INTENTS + "/query", area(), "uss1", {STRATEGIC}))["operational_intent_references"]


def flight(s, to):
    volume = dict(h.notice(s)[0][2]["volumes"][0], lower={"value": 0, "reference": "W84", "units": "M"}, upper={"value": 300, "reference": "W84", "units": "M"})
    return [("public", to, {"callsign": "MRL12", "persons_on_board": 2, "priority": 40, "volumes": [volume]})]


def wait_for(ask, enough):
    """What parties say shows with the step that takes it; the URL with the server's first step."""
    import time
    for _ in range(200):
        got = ask()
        if enough(got):
            return got
        time.sleep(0.05)
    raise AssertionError("in vain: %r" % (got,))


def lived(s):
    client = cl.Client(s)
    watch = must(200, client.ask("PUT", SUBSCRIPTIONS + "/" + cl.id4(), {"extents": base.block(LAT, LNG, None, None, None, None), "uss_base_url": "https://uss9.example",
                                                                        "notify_for_constraints": True, "notify_for_operational_intents": True}, "uss9", ALL))["subscription"]
    said(s.say("notice", h.notice(s), ["aramoor"]))
    said(s.say("notice", h.notice(s, to=("log",)), ["aramoor"]))
    said(s.say("flight", flight(s, ["world"]), ["velland"]))
    said(s.say("flight", flight(s, ["aramoor"]), ["velland"]))
    zones = wait_for(lambda: constraints(client), lambda got: len(got) == 1)
    flights = wait_for(lambda: intents(client), lambda got: len(got) == 1)
    assert zones[0]["uss_base_url"] == URL and zones[0]["manager"] == flights[0]["manager"] == "operator" and zones[0]["ovn"] == "Available from USS", zones
    watched = must(200, client.ask("GET", SUBSCRIPTIONS + "/" + watch["id"], None, "uss9", ALL))["subscription"]
    assert watched["notification_index"] == 2, watched

    told = s.ask("GET", "/v1/status", token=s.session("operator"))[2]["server"]["world"]
    assert told == {"url": URL, "constraints": 1, "intents": 1, "coarse": 0, "waiting": 0}, told

    path, key = INTENTS + "/" + cl.id4(), []
    body = base.intent(base.block(LAT, LNG, 3 * HOUR, 3 * HOUR + 60, 100, 200), new_subscription={"uss_base_url": "https://uss1.example", "notify_for_constraints": True})
    missing = must(409, client.ask("PUT", path, dict(body, key=[]), "uss1", ALL))
    assert [len(missing[m]) for m in ("missing_constraints", "missing_operational_intents")] == [1, 1], missing
    zone = must(200, client.ask("GET", "/uss/v1/constraints/" + missing["missing_constraints"][0]["id"], None, "uss1", {PROCESSING}))["constraint"]
    other = must(200, client.ask("GET", "/uss/v1/operational_intents/" + missing["missing_operational_intents"][0]["id"], None, "uss1", {STRATEGIC}))["operational_intent"]
    assert zone["details"]["type"] == "missile" and zone["details"]["volumes"][0]["volume"]["outline_circle"]["radius"]["value"] == 9260, zone
    assert other["details"]["priority"] == 40 and other["reference"]["state"] == "Accepted", other
    key = [zone["reference"]["ovn"], other["reference"]["ovn"]]
    must(409, client.ask("PUT", path, dict(body, key=key[:1]), "uss1", ALL))
    must(201, client.ask("PUT", path, dict(body, key=key), "uss1", ALL))
    # Who may ask what, and for what.
    must(403, client.ask("GET", "/uss/v1/constraints/" + zone["reference"]["id"], None, "uss1", {STRATEGIC}))
    must(403, client.ask("GET", "/uss/v1/operational_intents/" + other["reference"]["id"], None, "uss1", {PROCESSING}))
    must(404, client.ask("GET", "/uss/v1/constraints/" + cl.id4(), None, "uss1", {PROCESSING}))
    must(400, client.ask("GET", "/uss/v1/constraints/none", None, "uss1", {PROCESSING}))
    must(401, client.ask("GET", "/uss/v1/constraints/" + cl.id4()))
    must(400, client.ask("GET", "/uss/v1/operational_intents/none", None, "uss1", {STRATEGIC}))
    must(401, client.ask("GET", "/uss/v1/operational_intents/" + cl.id4()))
    must(404, client.ask("GET", "/uss/v1/operational_intents/" + path.rsplit("/", 1)[1], None, "uss1", {STRATEGIC}))  # its own USS has that
    # What is as planned has no positions to share.
    for status, id, scopes in ((409, other["reference"]["id"], {CONFORMANCE}), (404, cl.id4(), {CONFORMANCE}), (400, "none", {CONFORMANCE}), (403, other["reference"]["id"], {STRATEGIC})):
        must(status, client.ask("GET", "/uss/v1/operational_intents/%s/telemetry" % id, None, "uss1", scopes))
    must(401, client.ask("GET", "/uss/v1/operational_intents/%s/telemetry" % cl.id4()))
    must(403, client.ask("DELETE", CONSTRAINTS + "/%s/%s" % (zone["reference"]["id"], zone["reference"]["ovn"]), None, "operator", {MANAGEMENT}))
    s.kill()
    s.process.wait()
    s.start()
    client.close()
    client = cl.Client(s)
    again = must(200, client.ask("GET", "/uss/v1/constraints/" + zone["reference"]["id"], None, "uss1", {PROCESSING}))["constraint"]
    assert again == zone, (again, zone)
    # Under the base URL that references show, with a token for its host.
    asked = client.ask("GET", "/uss/v1/constraints/" + zone["reference"]["id"], token=cl.ISSUER.token("uss1", PROCESSING, aud="parley.example"))
    assert must(200, asked)["constraint"] == zone, asked
    client.close()


def from_notice_to_key():
    with server() as s:
        lived(s)


def without_a_url():
    """Nothing shows; with one, what stands already does; and no more once it is gone."""
    with cl.server() as s:
        client = cl.Client(s)
        said(s.say("notice", h.notice(s), ["aramoor"]))
        assert constraints(client) == []
        s.options["public_url"] = URL
        for shows in (1, 1, 0):
            s.kill()
            s.process.wait()
            if not shows:
                del s.options["public_url"]
            s.start()
            client.close()
            client = cl.Client(s)
            wait_for(lambda: constraints(client), lambda got: len(got) == shows)
        client.close()


def bad_urls():
    for url, why in (("http://parley.example", "https"), ("https://parley.example/", "slash"), ("nothing", "URL"), ("https://a@b", "user")):
        try:
            server(public_url=url).stop()
        except RuntimeError as refused:
            assert "public-url" in str(refused) and why in str(refused), refused
        else:
            raise AssertionError("taken: " + url)


def every_status_of_the_managing_side_was_reached():
    left = sorted((m, p, s) for (m, p), replies in schema.F3548.items() for s in replies if p.startswith("/uss/v1/") and s not in (413, 429) and (m, p, s) not in schema.REACHED)
    assert not left, left


if __name__ == "__main__":
    h.run([from_notice_to_key, without_a_url, bad_urls, every_status_of_the_managing_side_was_reached])
