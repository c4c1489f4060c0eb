"""What the tables of both doors share: the server that is asked, requests with the status they must get, and bodies that are right."""
import time

import client as cl
import compare as c
import model as m

STRATEGIC, CONFORMANCE, MANAGEMENT, PROCESSING, ARBITRATION = m.STRATEGIC, m.CONFORMANCE, m.MANAGEMENT, m.PROCESSING, m.ARBITRATION
INTENTS, CONSTRAINTS, SUBSCRIPTIONS, AVAILABILITY = ("/dss/v1/" + n for n in ("operational_intent_references", "constraint_references", "subscriptions", "uss_availability"))
MINE = {INTENTS: STRATEGIC, CONSTRAINTS: MANAGEMENT, SUBSCRIPTIONS: STRATEGIC, AVAILABILITY: ARBITRATION}  # the scope that usually does
NAMES = {INTENTS: "operational_intent_reference", CONSTRAINTS: "constraint_reference", SUBSCRIPTIONS: "subscription"}
HOUR = 3600


class Asked:
    """The client, and a place for each scene: places are far from one another."""
    client = server = None
    place = 0


def start(options=None):
    Asked.server = cl.server(**(options or {}))
    Asked.client = cl.Client(Asked.server)


def ask(status, method, path, body=None, sub="uss1", scopes=None, why=""):
    """One request that must be answered so; its body."""
    if scopes is None:
        scopes = {scope for prefix, scope in MINE.items() if path.startswith(prefix)}
    got, reply = Asked.client.ask(method, path, body, sub, {scopes} if isinstance(scopes, str) else scopes)
    assert got in (status if isinstance(status, tuple) else (status,)), "%s%s %s %s: expected %s, got %s: %s" % (why and why + ": ", method, path, str(body)[:1500], status, got, str(reply)[:1500])
    return reply


def place():
    """Latitude and longitude of a scene of its own."""
    Asked.place += 1
    return -60.0 + 2.0 * (Asked.place % 60), -170.0 + 3.0 * (Asked.place // 60)


def now(plus=0):
    return time.time() + plus


SHORT = 4  # seconds that something lives which a test sees end, even where everything is slow


def until_after(shown):
    """Waits until the end of what lives SHORT; its time_end as a reply tells it."""
    text = shown["time_end"] if isinstance(shown["time_end"], str) else shown["time_end"]["value"]
    time.sleep(max(0.0, c.micros(text) / 1e6 + 0.3 - time.time()))


def block(lat, lng, start=HOUR, end=2 * HOUR, lower=0, upper=120, radius=1000):
    """A Volume4D around a point; times from now."""
    return cl.volume(cl.circle(lat, lng, radius), lower, upper, None if start is None else now(start), None if end is None else now(end))


def intent(*volumes, **more):
    return dict({"extents": list(volumes), "state": "Accepted", "uss_base_url": "https://uss1.example/utm"}, **more)


def constraint(*volumes, **more):
    return dict({"extents": list(volumes), "uss_base_url": "https://uss1.example/utm"}, **more)


def subscription(volume, **more):
    return dict({"extents": volume, "uss_base_url": "https://uss1.example/utm", "notify_for_operational_intents": True}, **more)


def make_intent(body, status=201, id=None, sub="uss1", **more):
    id = id or cl.id4()
    return ask(status, "PUT", "%s/%s" % (INTENTS, id), body, sub, **more)["operational_intent_reference"]


def update(path, reference, body, status=200, sub="uss1", **more):
    """By its OVN or version; the whole reply."""
    return ask(status, "PUT", "%s/%s/%s" % (path, reference["id"], reference.get("ovn") or reference["version"]), body, sub, **more)


def remove(path, reference, status=200, sub="uss1", **more):
    return ask(status, "DELETE", "%s/%s/%s" % (path, reference["id"], reference.get("ovn") or reference["version"]), None, sub, **more)


def make_constraint(body, sub="uss1"):
    return ask(201, "PUT", "%s/%s" % (CONSTRAINTS, cl.id4()), body, sub)["constraint_reference"]


def make_subscription(body, sub="uss1", status=200):
    return ask(status, "PUT", "%s/%s" % (SUBSCRIPTIONS, cl.id4()), body, sub)["subscription"]


def get(path, id, sub="uss1", status=200, **more):
    reply = ask(status, "GET", "%s/%s" % (path, id), None, sub, **more)
    return reply[NAMES[path]] if status == 200 else reply


def query(path, area, sub="uss1", status=200):
    """The ids that are found."""
    reply = ask(status, "POST", path + "/query", {"area_of_interest": area}, sub)
    return {e["id"] for e in reply[NAMES[path].replace("subscription", "subscriptions") if path == SUBSCRIPTIONS else NAMES[path] + "s"]} if status == 200 else reply


def told(reply):
    """{subscription: index} of a reply's subscribers."""
    return {s["subscription_id"]: s["notification_index"] for entry in reply["subscribers"] for s in entry["subscriptions"]}
