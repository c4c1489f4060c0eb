"""Random requests of several managers to an F3548 DSS, drawn by a seed: a world far from that of any other seed, so that several can share a server."""
import copy
import json
import math
import random
import time
import uuid

import client as cl
import compare as c
import geometry as g
import model as m
from rules import Unsure

STRATEGIC, CONFORMANCE, MANAGEMENT, PROCESSING, ARBITRATION = m.STRATEGIC, m.CONFORMANCE, m.MANAGEMENT, m.PROCESSING, m.ARBITRATION
PLACES = [(46.5, 7.5), (-0.01, 100.0), (12.0, 179.99), (89.97, 30.0), (-89.995, -60.0), (-33.0, -71.5), (60.2, 24.9), (0.0, 0.0)]


class Different(Exception):
    pass


class World:
    """Spots some 14 km apart: shapes at one overlap often, at two never, and wide ones take in several. `seed` also moves it. `life` tells the
    managers of a second run of a seed from those of the first, whose availability has a version already."""

    def __init__(self, seed, life=""):
        self.random, self.seed = random.Random(seed), seed
        lat, lng = PLACES[seed % len(PLACES)]
        if abs(lat) < 80:
            lng, lat = (lng + 5.0 * (seed // 8) + 180) % 360 - 180, lat + 0.37 * (seed % 11)
        self.middle = g.unit(lat, lng)
        self.base = int(time.time()) + 1800 + self.random.random()
        self.managers = ["uss%d-of-%d%s" % (i, seed, life) for i in range(3)]
        self.ids = {kind: [self.id4() for _ in range(size)] for kind, size in (("intent", 14), ("constraint", 4), ("subscription", 7))}

    def id4(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # --- shapes ---
    def at(self, east, north):
        e, n = g.frame(self.middle)
        x, y, z = (m_ + (east * a + north * b) / g.R for m_, a, b in zip(self.middle, e, n))
        return round(math.degrees(math.atan2(z, math.hypot(x, y))), 7), round(math.degrees(math.atan2(y, x)), 7)

    def spot(self):
        r = self.random
        return 14000 * r.randrange(-1, 2) + r.uniform(-1500, 1500), 14000 * r.randrange(0, 2) + r.uniform(-1500, 1500)

    def outline(self, wide=0.15):
        r = self.random
        if r.random() < wide:
            return cl.polygon(*(self.at(x, y) for x, y in ((-21000, -7000), (21000, -7000), (21000, 21000), (-21000, 21000))[::r.choice((1, -1))]))
        east, north = self.spot()
        if r.random() < 0.5:
            return cl.circle(*self.at(east, north), round(r.uniform(1200, 4000), 1))
        count = r.randrange(3, 8)
        turns = sorted((i + r.uniform(0.1, 0.9)) * 2 * math.pi / count for i in range(count))
        return cl.polygon(*(self.at(east + far * math.cos(t), north + far * math.sin(t)) for t in turns for far in (r.uniform(1500, 4000),)))

    def moment(self, slot):
        """Of a slot of 20 minutes, told in one of the ways that RFC 3339 has."""
        r = self.random
        at = self.base + 1200 * slot
        return cl.when(at, offset=r.choice((None, None, 0, 120, -90)), digits=r.choice((6, 6, 9)))

    def times(self, longest=4):
        start = self.random.randrange(12)
        return start, start + self.random.randrange(0, longest + 1)

    def volume(self, altitudes=1.0, times=1.0, wide=0.15):
        r, out = self.random, {"volume": self.outline(wide)}
        low = r.randrange(-1, 6) * 50
        if r.random() < altitudes:
            out["volume"]["altitude_lower"], out["volume"]["altitude_upper"] = cl.altitude(low), cl.altitude(low + 50 * r.randrange(0, 4))
        if r.random() < times:
            out["time_start"], out["time_end"] = map(self.moment, self.times())
        return out

    def extents(self):
        return [self.volume() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]

    def url(self):
        return "https://uss%d.example/%s" % (self.random.randrange(3), self.random.choice(("utm", "a/b")))


# What makes a body bad, wherever it applies; each must be answered 400.
def spoil(r, body):
    body = copy.deepcopy(body)
    volumes = body.get("extents", body.get("area_of_interest"))
    one = volumes[0] if isinstance(volumes, list) else volumes
    outline = one["volume"].get("outline_polygon") or one["volume"]["outline_circle"]

    def without(of, name):
        of.pop(name, None)
    ways = [lambda: without(one, "volume"), lambda: one["volume"].update(outline_circle={}, outline_polygon={"vertices": []}),
            lambda: one["volume"].update(outline_polygon={"vertices": [{"lat": 1, "lng": 1}, {"lat": 1.001, "lng": 1}]}, outline_circle=None),
            lambda: one["volume"].update(altitude_lower=cl.altitude(10), altitude_upper=cl.altitude(9.5)),
            lambda: one["volume"].update(altitude_lower=dict(cl.altitude(10), reference="SFC")), lambda: one["volume"].update(altitude_upper=dict(cl.altitude(1000), units="FT")),
            lambda: one.update(time_start={"value": "yesterday", "format": "RFC3339"}), lambda: one.update(time_end={"value": 5, "format": "RFC3339"}),
            lambda: one["volume"].update(outline_circle=cl.circle(91, 0, 5)["outline_circle"], outline_polygon=None),
            lambda: one["volume"].update(outline_circle=cl.circle(0, 0, 0)["outline_circle"], outline_polygon=None)]
    if "vertices" in outline:
        corners = outline["vertices"]
        ways += [lambda: corners.append(dict(corners[0])), lambda: corners[0].update(lng=180.5), lambda: without(corners[1], "lat"),
                 lambda: corners.__setitem__(slice(None), [corners[0], corners[0], corners[1], corners[2]])]
    if "uss_base_url" in body:
        ways += [lambda: without(body, "uss_base_url"), lambda: body.update(uss_base_url="uss.example"), lambda: body.update(uss_base_url="http://uss.example"),
                 lambda: body.update(extents={} if isinstance(volumes, list) else []), lambda: without(body, "extents")]
    if "state" in body:
        ways += [lambda: body.update(state="Ended"), lambda: without(body, "state"), lambda: without(one, "time_end"), lambda: without(one["volume"], "altitude_upper"),
                 lambda: body.update(requested_ovn_suffix=r.choice(("", "x", str(uuid.UUID(int=5, version=4)), cl.suffix7(time.time() - 400)))),
                 lambda: body.update(key="all"), lambda: body.update(subscription_id="mine")]
    r.choice(ways)()
    return body


class Run:
    """One seed against one server. step() raises Different."""

    def __init__(self, client, seed, life="", prefix="/dss/v1"):
        self.client, self.world, self.prefix = client, World(seed, life), prefix
        self.model, self.random, self.done, self.counted = m.Model(), self.world.random, 0, {}
        self.old_numbers = []

    # --- sending ---
    def send(self, method, path, body, who, scopes):
        """True where it was sent; False where the rules leave too much open."""
        try:
            plan = self.model.plan(method, path[1:].split("/"), body, who, scopes, int(time.time() * 1e6))
        except Unsure:
            return False
        parts = "/".join(cl.quoted(p) for p in path.split("/"))
        status, reply = self.client.ask(method, self.prefix + parts, body, who, scopes)
        try:
            plan.settle(status, reply)
        except c.Differs as why:
            raise Different("seed %d, step %d: %s %s by %s with %s\n  body: %s\n  expected: %s%s\n  got: %s %s\n  difference: %s" % (
                self.world.seed, self.done, method, self.prefix + parts, who, " ".join(sorted(scopes)), json.dumps(body), sorted(plan.statuses),
                "".join("; " + f.why for f in plan.faults), status, json.dumps(reply), why))
        self.counted[method, path.split("/")[1], status] = self.counted.get((method, path.split("/")[1], status), 0) + 1
        return True

    def step(self):
        self.done += 1
        for _ in range(50):
            if self.random.choices((self.intent, self.constraint, self.subscription, self.query, self.get, self.availability), (44, 10, 16, 12, 12, 4))[0]():
                return
        raise Different("seed %d, step %d: no request found whose answer is sure" % (self.world.seed, self.done))

    # --- drawing ---
    def pick(self, kind, entities):
        """An id and a manager: mostly what exists, of its manager."""
        r = self.random
        if entities and r.random() < 0.75:
            e = r.choice(entities)
            return e.id, e.manager if r.random() < 0.92 else r.choice(self.world.managers), e
        id = r.choice(self.world.ids[kind])
        return id, r.choice(self.world.managers), self.model.find(entities, id)

    def number(self, e, name, who):
        """The OVN or version of it, mostly the right one; several checks are open where another manager comes with a wrong one."""
        r = self.random
        right = getattr(e, name).value if e else None
        if right and r.random() < (0.93 if e.manager == who else 0.5):
            return right
        return r.choice(self.old_numbers + [m.HIDDEN, "0123456789abcdef", "%s_%s" % (self.world.id4(), cl.suffix7())])

    def sent_id(self, id):
        return id.upper() if self.random.random() < 0.1 else id

    def scopes(self, usual):
        return set(usual) if self.random.random() < 0.97 else set(self.random.choice(((STRATEGIC,), (PROCESSING,), (ARBITRATION,), ("other",))))

    def spoilt(self, body):
        return spoil(self.random, body) if self.random.random() < 0.05 else body

    def keep_old(self, e, name):
        if e and getattr(e, name).value and self.random.random() < 0.3:
            self.old_numbers = self.old_numbers[-5:] + [getattr(e, name).value]

    def key(self, extents, old):
        """All that may matter, some of it, or less."""
        r = self.random
        everything = [e.ovn.value for e in self.model.intents + self.model.constraints]
        how = r.random()
        if how < 0.66:
            return everything
        if how < 0.9:
            return [o for o in everything if r.random() < 0.85] + self.old_numbers[:1]
        return [] if how < 0.97 else [m.HIDDEN]

    def intent(self):
        r, world = self.random, self.world
        id, who, old = self.pick("intent", self.model.intents)
        if old and r.random() < 0.22:
            sent = self.send("DELETE", "/operational_intent_references/%s/%s" % (self.sent_id(id), self.number(old, "ovn", who)), None, who, self.scopes({STRATEGIC}))
            return sent
        state = "Accepted" if not old and r.random() < 0.95 else r.choices(m.STATES, (40, 40, 12, 8))[0]
        extents = world.extents()
        body = {"extents": extents, "state": state, "uss_base_url": world.url(), "key": self.key(extents, old)}
        if r.random() < 0.1:
            body["old_version"] = 7
        mine = [s for s in self.model.subscriptions if s.manager == who] or self.model.subscriptions
        how = r.random()
        if how < 0.35 or state != "Accepted" and how < 0.5:
            body["new_subscription"] = {"uss_base_url": world.url(), "notify_for_constraints": r.random() < 0.5}
        elif how < 0.75 and mine or state != "Accepted" and how < 0.97 and mine:
            # Its own is chosen again often: it stays, or is stretched.
            own = old.subscription if old and old.subscription and r.random() < 0.6 else r.choice(mine if r.random() < 0.95 else self.model.subscriptions)
            body["subscription_id"] = own.id
        if how < 0.01:
            body["subscription_id"] = world.id4()
        if r.random() < 0.1:
            body["requested_ovn_suffix"] = cl.suffix7()
        elif old and len(old.ovn.value or "") == 73 and r.random() < 0.3:
            body["requested_ovn_suffix"] = old.ovn.value[37:]  # which may not come again
        if not body["key"] and r.random() < 0.5:
            body["key"] = None
        scopes = {STRATEGIC, CONFORMANCE} if state in m.STATES[2:] and r.random() < 0.9 else r.choice(({STRATEGIC}, {STRATEGIC}, {STRATEGIC, PROCESSING}, {CONFORMANCE}))
        path = "/operational_intent_references/" + self.sent_id(id)
        if old or r.random() < 0.03:
            path += "/" + self.number(old, "ovn", who) if r.random() < 0.98 else ""
        self.keep_old(old, "ovn")
        return self.send("PUT", path, self.spoilt(body), who, self.scopes(scopes))

    def constraint(self):
        r, world = self.random, self.world
        id, who, old = self.pick("constraint", self.model.constraints)
        if old and r.random() < 0.3:
            return self.send("DELETE", "/constraint_references/%s/%s" % (id, self.number(old, "ovn", who)), None, who, self.scopes({MANAGEMENT}))
        body = {"extents": [world.volume(altitudes=0.6)], "uss_base_url": world.url()}
        path = "/constraint_references/" + self.sent_id(id)
        if old or r.random() < 0.05:
            path += "/" + self.number(old, "ovn", who) if r.random() < 0.97 else ""
        self.keep_old(old, "ovn")
        return self.send("PUT", path, self.spoilt(body), who, self.scopes({MANAGEMENT}))

    def subscription(self):
        r, world = self.random, self.world
        id, who, old = self.pick("subscription", self.model.subscriptions)
        if old and r.random() < 0.3:
            return self.send("DELETE", "/subscriptions/%s/%s" % (self.sent_id(id), self.number(old, "version", who)), None, who, self.scopes({STRATEGIC}))
        volume = world.volume(altitudes=0.3, times=0, wide=0.6)
        if r.random() < 0.6:
            volume["time_start"] = world.moment(r.choice((-1, 0, 0, r.randrange(6))))
        if r.random() < 0.6:
            volume["time_end"] = world.moment(r.choice((16, 16, 16, r.randrange(5, 12), 90)))
        if r.random() < 0.02:
            volume["time_start"] = cl.when(time.time() - 400)
        body = {"extents": volume, "uss_base_url": world.url(), "notify_for_operational_intents": r.random() < 0.85, "notify_for_constraints": r.random() < 0.5}
        for name in [n for n, v in body.items() if v is False and r.random() < 0.5]:
            del body[name]
        path = "/subscriptions/" + self.sent_id(id)
        if old or r.random() < 0.05:
            path += "/" + self.number(old, "version", who) if r.random() < 0.97 else ""
        self.keep_old(old, "version")
        return self.send("PUT", path, self.spoilt(body), who, self.scopes(r.choice(({STRATEGIC}, {PROCESSING}))))

    def query(self):
        r = self.random
        area, who = self.world.volume(altitudes=0.5, times=0.5, wide=0.4), r.choice(self.world.managers)
        if r.random() < 0.1:
            area.pop("time_start", None)
        if r.random() < 0.05:
            area["time_start"], area["time_end"] = cl.when(-86400), cl.when(time.time() - 3600)
        kind, scope = r.choice((("operational_intent_references", STRATEGIC), ("constraint_references", PROCESSING), ("subscriptions", STRATEGIC)))
        return self.send("POST", "/%s/query" % kind, self.spoilt({"area_of_interest": area}), who, self.scopes({scope}))

    def get(self):
        r = self.random
        kind, entities, path, scope = r.choice((("intent", self.model.intents, "/operational_intent_references/", CONFORMANCE),
                                               ("constraint", self.model.constraints, "/constraint_references/", MANAGEMENT),
                                               ("subscription", self.model.subscriptions, "/subscriptions/", PROCESSING)))
        id, who, _ = self.pick(kind, entities)
        return self.send("GET", path + (self.sent_id(id) if r.random() < 0.97 else id[:-1]), None, who, self.scopes({scope}))

    def availability(self):
        r = self.random
        uss = r.choice(self.world.managers)
        if r.random() < 0.4:
            return self.send("GET", "/uss_availability/" + uss, None, uss, self.scopes({STRATEGIC}))
        _, version = self.model.availability.get(uss, ("Unknown", ""))
        body = {"availability": r.choice(("Normal", "normal", "Down", "DOWN", "unknown", "Up"))}
        if version and r.random() < 0.9:
            body["old_version"] = version.value
        return self.send("PUT", "/uss_availability/" + uss, body, r.choice(self.world.managers), self.scopes({ARBITRATION}))

    # --- the end ---
    def look_at_all(self):
        """Each entity as each manager sees it."""
        for who in self.world.managers:
            for i in self.model.intents:
                self.send("GET", "/operational_intent_references/" + i.id, None, who, {STRATEGIC})
            for x in self.model.constraints:
                self.send("GET", "/constraint_references/" + x.id, None, who, {PROCESSING})
            for s in self.model.subscriptions:
                self.send("GET", "/subscriptions/" + s.id, None, who, {STRATEGIC})

    def clear(self):
        """Everything is deleted by its manager, then nothing is found any more."""
        self.look_at_all()
        for i in list(self.model.intents):
            assert self.send("DELETE", "/operational_intent_references/%s/%s" % (i.id, i.ovn.value), None, i.manager, {STRATEGIC})
        for x in list(self.model.constraints):
            assert self.send("DELETE", "/constraint_references/%s/%s" % (x.id, x.ovn.value), None, x.manager, {MANAGEMENT})
        for s in list(self.model.subscriptions):
            assert self.send("DELETE", "/subscriptions/%s/%s" % (s.id, s.version.value), None, s.manager, {STRATEGIC})
        for uss, (_, version) in list(self.model.availability.items()):
            assert self.send("PUT", "/uss_availability/" + uss, {"old_version": version.value, "availability": "Unknown"}, "arbiter", {ARBITRATION})
        everywhere = {"area_of_interest": {"volume": cl.circle(*self.world.at(0, 0), 60000)}}
        for kind, scope in (("operational_intent_references", STRATEGIC), ("constraint_references", PROCESSING), ("subscriptions", STRATEGIC)):
            for who in self.world.managers:
                assert self.send("POST", "/%s/query" % kind, everywhere, who, {scope})
