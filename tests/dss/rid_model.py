"""A second implementation of the rules of an ASTM F3411 remote-ID DSS, both versions over one store: lists that are walked, nothing of src."""
import re
import secrets
import urllib.parse

import compare as c
import geometry as g
from model import DayAfter, Entity
from rules import HOUR, MINUTE, Bad, Extent, Fault, Plan, Unsure, altitude, base_url, body_of, entity_id, meets, of, outline, point, polygon, time_of

READ, WRITE, DISPLAY, SERVICE = "dss.read.identification_service_areas", "dss.write.identification_service_areas", "rid.display_provider", "rid.service_provider"
SLACK = 1000.0  # metres by which an area may be taken for larger; several kilometres must not match
MOST = 10  # subscriptions of one owner at one place
BODY, UNKNOWN, SECOND, THIRD, LAST = range(1, 6)


def well_formed(version):
    return re.fullmatch("[0-9a-v]{1,13}", version) is not None and int(version, 32) < 2**63


class Told:
    """A moment as version 1 or 2 writes it."""

    def __init__(self, moment, plain):
        self.moment, self.plain = moment, plain

    def match(self, got, path):
        if isinstance(got, str) != self.plain:
            raise c.Differs("%s: %r is of the other version" % (path, got))
        self.moment.match(got, path)

    def show(self):
        return self.moment.show() if self.plain else {"value": self.moment.show(), "format": "RFC3339"}


class Store:
    def __init__(self, plain_http=False):
        self.areas, self.subscriptions, self.versions, self.plain_http = [], [], set(), plain_http

    def version(self):
        def make():
            number, out = secrets.randbelow(2**62) + 2**60, ""
            while number:
                number, out = number // 32, "0123456789abcdefghijklmnopqrstuv"[number % 32] + out
            return out
        return c.Slot(self.versions, "[0-9a-v]{3,13}", make=make)


class View:
    """One version's door to a store."""

    def __init__(self, store, version):
        self.store, self.plain = store, version == 1
        self.read, self.write = (READ, WRITE) if version == 1 else (DISPLAY, SERVICE)

    def find(self, entities, id):
        return next((e for e in entities if e.id == id), None)

    # --- as it is shown ---
    def seen(self, e):
        shown = {"id": e.id, "owner": e.owner, "version": e.version, "time_start": Told(e.start, self.plain), "time_end": Told(e.end, self.plain)}
        if e.kind == "subscription":
            shown["notification_index"] = e.index if e.settled else c.Learnt([e.index, 0], lambda got: e.__dict__.update(index=got, settled=True))
            shown.update({"callbacks": {"identification_service_area_url": e.url}} if self.plain else {"uss_base_url": e.url})
        else:
            shown["flights_url" if self.plain else "uss_base_url"] = e.url
        return shown

    def bag(self, entities):
        return c.Bag([self.seen(e) for e in entities], "id")

    def told(self, extent, now):
        return [s for s in self.store.subscriptions if s.extent.end >= now and meets(s.extent, extent, False, False, SLACK)]

    def notify(self, subscriptions):
        for s in subscriptions:
            s.index += 1
        return c.Bag([{"url": url, "subscriptions": c.Bag([{"subscription_id": s.id, "notification_index": s.index} for s in subscriptions if s.url == url], "subscription_id")}
                      for url in sorted({s.url for s in subscriptions})], "url")

    def certain(self, extent):
        """Raises Unsure where something lies so near that a later request could be answered either way."""
        for e in self.store.areas + self.store.subscriptions:
            if g.meet(e.extent.shapes, extent.shapes, slack=SLACK) is None:
                raise Unsure()

    # --- decoding ---
    def time(self, value, name):
        if self.plain:
            got = of(value, name, str)
            try:
                return None if got is None else c.micros(got)
            except ValueError:
                raise Bad(name)
        got = time_of(value, name)
        if got is not None and value[name].get("format") != "RFC3339":
            raise Bad("format")
        return got

    def extent(self, body):
        value = of(body, "extents", dict, Bad)
        if self.plain:
            volume = of(value, "spatial_volume", dict, Bad)
            vertices = of(of(volume, "footprint", dict, Bad), "vertices", list, Bad)
            if not all(isinstance(v, dict) for v in vertices):
                raise Bad("a vertex")
            for name in ("altitude_lo", "altitude_hi"):
                of(volume, name, float)
            shapes = [polygon([point(v) for v in vertices])]
        else:
            volume = of(value, "volume", dict, Bad)
            shapes = [outline(volume)]
            altitude(volume, "altitude_lower"), altitude(volume, "altitude_upper")
        return Extent(shapes, None, None, self.time(value, "time_start"), self.time(value, "time_end"))

    def area(self, query):
        text = dict(urllib.parse.parse_qsl(query, keep_blank_values=True)).get("area", "")
        try:
            numbers = [float(n) for n in text.split(",")]
        except ValueError:
            raise Bad("area")
        if len(numbers) % 2 or any(n != n for n in numbers):
            raise Bad("area")
        return Extent([polygon([point({"lat": a, "lng": o}) for a, o in zip(numbers[::2], numbers[1::2])])])

    # --- requests ---
    def refuse(self, status, why):
        return Plan([Fault(status, why, BODY)], 0, None)

    def plan(self, method, path, body, who, scopes, now):
        kind, *rest = path
        areas, scopes = kind == "identification_service_areas", set(scopes)
        needed = ({self.read, self.write} if not areas or not self.plain else {self.read}) if method == "GET" and rest else \
            {self.read} if method == "GET" or not areas else {self.write}
        if not scopes & needed:
            return self.refuse(403, "scope")
        try:
            if not rest:
                return self.search(areas, body or "", who, now)
            id = entity_id(rest[0])
            if len(rest) > 1 and not well_formed(rest[1]):
                raise Bad("version")
            old = self.find(self.store.areas if areas else self.store.subscriptions, id)
            if method == "GET":
                name = "service_area" if areas else "subscription"
                return Plan([], 200, lambda: {name: self.seen(old)}) if old else self.refuse(404, "unknown")
            faults = self.faults(areas, method, old, rest[1] if len(rest) > 1 else None, who)
            if method == "DELETE":
                return self.delete(areas, old, faults, now)
            body = body_of(body)
            extent = self.extent(body)
            if areas:
                url = base_url(body, "flights_url" if self.plain else "uss_base_url", self.store.plain_http)
            elif self.plain:
                url = base_url(of(body, "callbacks", dict, Bad), "identification_service_area_url", self.store.plain_http)
            else:
                url = base_url(body, "uss_base_url", self.store.plain_http)
        except Bad as bad:
            return self.refuse(413 if bad.too_large and not rest else 400, str(bad))
        self.certain(extent)
        start, end = self.times(old if len(rest) > 1 else None, extent, faults, now, not areas)
        return (self.put_area if areas else self.put_subscription)(old, id, extent, start, end, url, who, faults, now)

    def search(self, areas, query, who, now):
        extent, given = self.area(query), dict(urllib.parse.parse_qsl(query))
        if not areas:
            mine = [s for s in self.store.subscriptions if s.owner == who and s.extent.end >= now and meets(s.extent, extent, False, False, SLACK)]
            return Plan([], 200, lambda: {"subscriptions": self.bag(mine)})
        try:
            earliest, latest = (c.micros(given[n]) if n in given else None for n in ("earliest_time", "latest_time"))
        except ValueError:
            raise Bad("time")
        found = [a for a in self.store.areas if a.extent.end >= max(now, earliest or now) and (latest is None or a.extent.start <= latest)
                 and meets(a.extent, extent, False, False, SLACK)]
        return Plan([], 200, lambda: {"service_areas": self.bag(found)})

    def faults(self, areas, method, old, version, who):
        if version is None:
            return [Fault(409, "it exists", SECOND)] if old else []
        if old is None:
            return [Fault(404 if method == "DELETE" else 400, "unknown", UNKNOWN)]
        owner_first = areas and method == "PUT"
        return ([Fault(403, "of another owner", SECOND if owner_first else THIRD)] if old.owner != who else []) + (
            [Fault(409, "not the version", THIRD if owner_first else SECOND)] if old.version.value != version else [])

    def delete(self, areas, old, faults, now):
        if old is None:
            return Plan(faults, 200, None)
        told = self.told(old.extent, now) if areas else []

        def apply():
            shown = self.seen(old)
            (self.store.areas if areas else self.store.subscriptions).remove(old)
            return {"service_area": shown, "subscribers": self.notify(told)} if areas else {"subscription": shown}
        return Plan(faults, 200, apply)

    def times(self, old, extent, faults, now, day):
        """The moments that an update keeps or that stand in for what is missing; faults are added. `day`: of a subscription."""
        start, end = c.Moment(extent.start), c.Moment(extent.end)
        if extent.start is not None:
            if abs(now - 5 * MINUTE - extent.start) < 10_000_000:
                raise Unsure()
            if extent.start < now - 5 * MINUTE:
                faults.append(Fault(400, "it starts in the past", BODY, LAST))
        elif old:
            start, extent.start = old.start, old.extent.start
        else:
            start, extent.start = c.Moment(near=now), now
        if extent.end is None and old:
            end, extent.end = old.end, old.extent.end
        elif extent.end is None and day:
            end, extent.end = DayAfter(start, now), extent.start + 24 * HOUR
        elif extent.end is None:
            faults.append(Fault(400, "no end", BODY, LAST))
            extent.end = extent.start
            return start, end
        if extent.end < extent.start or day and extent.end - extent.start > 24 * HOUR:
            faults.append(Fault(400, "its times", BODY, BODY if day and not old else LAST))
        if extent.end < now:
            faults.append(Fault(400, "it has ended", BODY, LAST, perhaps=True))
        return start, end

    def put_area(self, old, id, extent, start, end, url, who, faults, now):
        told = self.told(Extent(extent.shapes + (old.extent.shapes if old else [])), now)

        def apply():
            e = old or Entity(kind="area", id=id, owner=who)
            e.extent, e.url, e.start, e.end, e.version = extent, url, start, end, self.store.version()
            if not old:
                self.store.areas.append(e)
            return {"service_area": self.seen(e), "subscribers": self.notify(told)}
        return Plan(faults, 200, apply)

    def put_subscription(self, old, id, extent, start, end, url, who, faults, now):
        others = [s for s in self.store.subscriptions if s is not old and s.owner == who and s.extent.end >= now and g.meet(s.extent.shapes, extent.shapes, slack=SLACK) is not False]
        if len(others) >= MOST - (old is not None):
            faults.append(Fault(429, "too many there", BODY, LAST, perhaps=True))
        found = [a for a in self.store.areas if a.extent.end >= now and meets(a.extent, extent, False, False, SLACK)]

        def apply():
            s = old or Entity(kind="subscription", id=id, owner=who, index=0)
            s.settled = old is None or s.index == 0
            s.extent, s.url, s.start, s.end, s.version = extent, url, start, end, self.store.version()
            if not old:
                self.store.subscriptions.append(s)
            return {"subscription": self.seen(s), "service_areas": self.bag(found)}
        return Plan(faults, 200, apply)
