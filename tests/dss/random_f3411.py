"""Random requests of several owners to an F3411 DSS, through both of its versions at once, drawn by a seed."""
import json
import math
import time
import urllib.parse

import client as cl
import compare as c
import rid_model as m
from random_f3548 import Different, World
from rules import Unsure

PREFIX = {1: "/v1/dss", 2: "/rid/v2/dss"}


class RidWorld(World):
    """Spots further apart than an area may be taken for larger."""

    def __init__(self, seed, life=""):
        super().__init__(seed, life)
        self.ids = {kind: [self.id4() for _ in range(size)] for kind, size in (("area", 8), ("subscription", 8))}

    def corners(self, wide=0.2):
        while True:
            outline = self.outline(wide)
            if "outline_polygon" in outline:
                return [(v["lat"], v["lng"]) for v in outline["outline_polygon"]["vertices"]]

    def extents(self, version, times=()):
        start, end = times or (None, None)
        if version == 1:
            corners = self.corners()
            out = {"spatial_volume": {"footprint": {"vertices": [{"lat": a, "lng": o} for a, o in corners]}}}
            if self.random.random() < 0.5:
                out["spatial_volume"].update(altitude_lo=20.5, altitude_hi=self.random.choice((400, 10)))
            out.update({n: t["value"] for n, t in (("time_start", start), ("time_end", end)) if t})
            return out
        out = {"volume": self.outline(0.2)}
        if self.random.random() < 0.5:
            out["volume"].update(altitude_lower=cl.altitude(20.5), altitude_upper=cl.altitude(self.random.choice((400, 10))))
        out.update({n: t for n, t in (("time_start", start), ("time_end", end)) if t})
        return out


def spoil(r, version, body):
    """One of the ways to make it bad."""
    body = json.loads(json.dumps(body))
    extents = body["extents"]
    volume = extents.get("spatial_volume") or extents.get("volume")
    where = volume["footprint"] if version == 1 else volume
    ways = [lambda: body.pop("extents"), lambda: extents.pop("spatial_volume", extents.pop("volume", None)), lambda: where.clear(), lambda: body.update(extents=[]),
            lambda: extents.update(time_end="tomorrow" if version == 1 else {"value": "tomorrow", "format": "RFC3339"}),
            lambda: [body.pop(n, None) for n in ("flights_url", "callbacks", "uss_base_url")]]
    if version == 2:
        ways += [lambda: extents.update(time_start=cl.when(time.time() + 60)["value"]), lambda: extents.update(time_end=dict(cl.when(time.time() + 60), format="rfc3339")),
                 lambda: volume.update(altitude_lower=dict(cl.altitude(1), reference="SFC")), lambda: volume.update(altitude_upper=5)]
    corners = where.get("vertices") or where.get("outline_polygon", {}).get("vertices")
    if corners:
        ways += [lambda: corners.append(dict(corners[0])), lambda: corners[0].update(lat=-90.5), lambda: corners.__delitem__(slice(2, None)), lambda: corners[1].pop("lng")]
    r.choice(ways)()
    return body


class Run:
    def __init__(self, client, seed, life=""):
        self.client, self.world, self.done, self.counted = client, RidWorld(seed, life), 0, {}
        self.random, self.store = self.world.random, m.Store()
        self.views = {v: m.View(self.store, v) for v in (1, 2)}
        self.old_numbers = []

    def send(self, version, method, path, body, who, scopes):
        """`body`: of a search, its query as a dict."""
        searched = method == "GET" and "/" not in path[1:]
        query = urllib.parse.urlencode(body) if searched else ""
        try:
            plan = self.views[version].plan(method, path[1:].split("/"), query if searched else body, who, scopes, int(time.time() * 1e6))
        except Unsure:
            return False
        sent = PREFIX[version] + path + ("?" + query if query else "")
        status, reply = self.client.ask(method, sent, None if searched else body, who, scopes)
        try:
            plan.settle(status, reply)
        except c.Differs as why:
            raise Different("seed %d, step %d: %s %s by %s with %s\n  body: %s\n  expected: %s%s\n  got: %s %s\n  difference: %s" % (
                self.world.seed, self.done, method, sent, who, " ".join(sorted(scopes)), json.dumps(body), sorted(plan.statuses), "".join("; " + f.why for f in plan.faults), status,
                json.dumps(reply), why))
        key = (version, method, path.split("/")[1], status)
        self.counted[key] = self.counted.get(key, 0) + 1
        return True

    def step(self):
        self.done += 1
        for _ in range(50):
            if self.random.choices((self.put, self.delete, self.get, self.search), (50, 12, 15, 23))[0]():
                return
        raise Different("seed %d, step %d: no request found whose answer is sure" % (self.world.seed, self.done))

    def pick(self):
        """Kind, path, version of the door, id, owner, entity."""
        r = self.random
        areas = r.random() < 0.55
        entities = self.store.areas if areas else self.store.subscriptions
        name = "identification_service_areas" if areas else "subscriptions"
        if entities and r.random() < 0.75:
            e = r.choice(entities)
            return areas, name, r.choice((1, 2)), e.id, e.owner if r.random() < 0.9 else r.choice(self.world.managers), e
        id = r.choice(self.world.ids["area" if areas else "subscription"])
        return areas, name, r.choice((1, 2)), id, r.choice(self.world.managers), self.views[1].find(entities, id)

    def number(self, e, who):
        """Mostly the right one; several checks are open where another owner comes with a wrong one."""
        r = self.random
        if e and r.random() < (0.92 if e.owner == who else 0.5):
            return e.version.value
        shorter = [e.version.value[1:-1]] if e else []
        return r.choice(self.old_numbers + shorter + ["thisversionisbadly", "0", "7vvvvvvvvvvvv", "8000000000000", "w", "abc-d", "A0", "vvvvvvvvvvvvv"])

    def scope(self, version, areas, writes):
        r = self.random
        if r.random() < 0.04:
            return {r.choice((m.READ, m.WRITE, m.DISPLAY, m.SERVICE, "utm.strategic_coordination"))}
        return {(m.WRITE if version == 1 else m.SERVICE) if areas and writes else m.READ if version == 1 else m.DISPLAY}

    def put(self):
        r, world = self.random, self.world
        areas, name, version, id, who, old = self.pick()
        start = world.moment(r.choice((-1, 0, 0, r.randrange(8)))) if r.random() < 0.6 else None
        end = world.moment(r.choice((16, 16, r.randrange(3, 12), 30, 90))) if r.random() < 0.8 else None
        if r.random() < 0.02:
            start = cl.when(time.time() - 400)
        if old and r.random() < 0.5:
            self.old_numbers = self.old_numbers[-5:] + [old.version.value]
        url = world.url()
        member = {(True, 1): {"flights_url": url + "/flights"}, (False, 1): {"callbacks": {"identification_service_area_url": url + "/identification_service_areas"}}}
        body = dict({"extents": world.extents(version, (start, end))}, **member.get((areas, version), {"uss_base_url": url}))
        if r.random() < 0.06:
            body = spoil(r, version, body)
        path = "/%s/%s" % (name, id.upper() if r.random() < 0.1 else id)
        if old and r.random() < 0.93 or r.random() < 0.05:
            path += "/" + self.number(old, who)
        return self.send(version, "PUT", path, body, who, self.scope(version, areas, True))

    def delete(self):
        areas, name, version, id, who, old = self.pick()
        return self.send(version, "DELETE", "/%s/%s/%s" % (name, id, self.number(old, who)), None, who, self.scope(version, areas, True))

    def get(self):
        areas, name, version, id, who, _ = self.pick()
        return self.send(version, "GET", "/%s/%s" % (name, id if self.random.random() < 0.96 else id + "0"), None, who, self.scope(version, areas, False))

    def search(self):
        r = self.random
        areas, name, version, _, who, _ = self.pick()
        corners = self.world.corners(0.5)
        query = {"area": r.choice((",", ", ")).join("%.7f" % n for at in corners for n in at)}
        if areas and r.random() < 0.6:
            for member in ("earliest_time", "latest_time"):
                if r.random() < 0.7:
                    query[member] = self.world.moment(r.randrange(16))["value"]
        if r.random() < 0.06:
            query["area"] = r.choice(("", "1,2,3", "1,2,3,4", "a,b,c,d,e,f", query["area"] + ",5", query["area"] + ",%.7f,%.7f" % corners[0], "91,0,91,1,90,1", "0,0,0,1,1,1,1,0"))
        if r.random() < 0.02:
            query["latest_time" if areas else "area"] = "later"
        return self.send(version, "GET", "/" + name, query, who, self.scope(version, areas, False))

    def clear(self):
        """Each entity through both versions, then all are deleted through either, and nothing is found."""
        for version in (1, 2):
            for e in self.store.areas + self.store.subscriptions:
                name = "identification_service_areas" if e.kind == "area" else "subscriptions"
                assert self.send(version, "GET", "/%s/%s" % (name, e.id), None, "uss9", self.scopes_of(version, False))
        for e in list(self.store.areas) + list(self.store.subscriptions):
            name, version = "identification_service_areas" if e.kind == "area" else "subscriptions", self.random.choice((1, 2))
            assert self.send(version, "DELETE", "/%s/%s/%s" % (name, e.id, e.version.value), None, e.owner, self.scopes_of(version, e.kind == "area"))
        area = {"area": ",".join("%.7f,%.7f" % self.world.at(x, y) for x, y in ((-22000, -8000), (22000, -8000), (22000, 22000), (-22000, 22000)))}
        for version in (1, 2):
            for name in ("identification_service_areas", "subscriptions"):
                for who in self.world.managers:
                    assert self.send(version, "GET", "/" + name, area, who, self.scopes_of(version, False))

    def scopes_of(self, version, writes):
        return {(m.WRITE if version == 1 else m.SERVICE) if writes else m.READ if version == 1 else m.DISPLAY}
