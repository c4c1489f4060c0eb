"""What both standards' models share: faults in the order of their checks, extents decoded from JSON, and a plan of what one request must do."""
import json
import math
import re
import sys
import os

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare as c
import geometry as g

MINUTE, HOUR = 60_000_000, 3_600_000_000
ID4 = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
MOST_SQUARE_KM = 2500
MOST_RADIUS = 20e6  # m: nearly the whole earth


class Unsure(Exception):
    """Either answer is right here: not a request for this test."""


class Bad(Exception):
    """The body, the id or the query is malformed."""

    def __init__(self, why, too_large=False):
        super().__init__(why)
        self.too_large = too_large


class Fault:
    """`first` to `last`: where among the checks it may be judged. `perhaps`: a server may also let it pass."""

    def __init__(self, status, why, first, last=None, body=None, perhaps=False):
        self.status, self.why, self.first, self.last, self.body, self.perhaps = status, why, first, last or first, body or {}, perhaps


class Plan:
    """What a request must be answered; `apply` does it in the model and gives the body that is expected."""

    def __init__(self, faults, status, apply):
        self.status, self.apply = status, apply
        sure = [f for f in faults if not f.perhaps]
        bound = min((f.last for f in sure), default=99)
        self.faults = [f for f in faults if f.first <= bound]
        self.succeeds = not sure
        self.statuses = {f.status for f in self.faults} | ({status} if self.succeeds else set())

    def settle(self, status, body):
        """Holds a reply against it and follows it where several are right. Raises Differs."""
        if status not in self.statuses:
            raise c.Differs("expected %s (%s), got %s" % (sorted(self.statuses), "; ".join(f.why for f in self.faults) or "success", status))
        if self.succeeds and status == self.status:
            c.match(self.apply(), body)
            return
        said = []
        for fault in self.faults:
            if fault.status == status:
                try:
                    match_error(fault.body, body)
                    return
                except c.Differs as why:
                    said.append(str(why))
        raise c.Differs(" / ".join(said))

    def answer(self):
        """As a server: what the model itself would reply."""
        if self.succeeds:
            return self.status, c.show(self.apply())
        fault = min(self.faults, key=lambda f: (f.first, f.perhaps))
        return fault.status, dict(c.show(fault.body), message=fault.why)


LISTS = ("missing_operational_intents", "missing_constraints", "conflicts")  # the last is no part of the standard: a server may leave it out


def match_error(expected, got):
    if not isinstance(got, dict) or not isinstance(got.get("message"), str) or not got["message"]:
        raise c.Differs("no message: %r" % (got,))
    c.match({name: value for name, value in expected.items() if name in got or name != "conflicts"}, {name: got[name] for name in LISTS if name in got})


# --- decoding ---

def without_nulls(value):
    if isinstance(value, dict):
        return {n: without_nulls(v) for n, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def body_of(body):
    if isinstance(body, (bytes, str)):
        try:
            body = json.loads(body)
        except ValueError:
            raise Bad("not JSON")
    if not isinstance(body, dict):
        raise Bad("no object")
    return without_nulls(body)


def of(value, name, kind, absent=None):
    """A member of that kind; `absent` where it is missing, or Bad where that is `Bad`."""
    if name not in value:
        if absent is Bad:
            raise Bad(name + " is missing")
        return absent
    got = value[name]
    if kind is float:
        if isinstance(got, bool) or not isinstance(got, (int, float)) or not math.isfinite(got):
            raise Bad(name + " is no number")
        return float(got)
    if not isinstance(got, kind) or kind is int and isinstance(got, bool):
        raise Bad("%s is no %s" % (name, kind.__name__))
    return got


def entity_id(text):
    if not ID4.fullmatch(text):
        raise Bad("id is no UUID version 4")
    return text.lower()


def time_of(value, name, absent=None):
    got = of(value, name, dict, absent)
    if got is None:
        return None
    try:
        return c.micros(of(got, "value", str, Bad))
    except ValueError:
        raise Bad(name + " is no time")


def base_url(value, name, plain=False):
    url = of(value, name, str, Bad)
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?" if plain else r"https://[^/\s]+(/\S*)?", url):
        raise Bad(name + " is no URL")
    return url


def point(value):
    lat, lng = of(value, "lat", float, Bad), of(value, "lng", float, Bad)
    if abs(lat) > 90 or abs(lng) > 180:
        raise Bad("out of range")
    return lat, lng


def polygon(points):
    if len(points) < 3 or len(set(points)) < len(points):
        raise Bad("vertices")
    shape = g.Shape(points)
    lines = g.edges(g.flat(shape.points, shape.middle))
    if any(g.crossing(a, b) for i, a in enumerate(lines) for b in lines[i + 1:]):
        raise Bad("edges cross")
    if g.square_km(shape) > MOST_SQUARE_KM:
        raise Bad("area", too_large=True)
    return shape


def outline(volume):
    round_, many = of(volume, "outline_circle", dict), of(volume, "outline_polygon", dict)
    if (round_ is None) == (many is None):
        raise Bad("exactly one outline")
    if round_ is None:
        vertices = of(many, "vertices", list, Bad)
        if not all(isinstance(v, dict) for v in vertices):
            raise Bad("a vertex is no object")
        return polygon([point(v) for v in vertices])
    radius = of(round_, "radius", dict, Bad)
    if of(radius, "value", float, Bad) <= 0 or of(radius, "units", str, Bad) != "M":
        raise Bad("radius")
    center = point(of(round_, "center", dict, Bad))
    if radius["value"] > MOST_RADIUS:
        raise Bad("area", too_large=True)
    return g.Shape([center], float(radius["value"]))


def altitude(volume, name):
    got = of(volume, name, dict)
    if got is None:
        return None
    if of(got, "reference", str, Bad) != "W84" or of(got, "units", str, Bad) != "M":
        raise Bad(name)
    return of(got, "value", float, Bad)


class Extent:
    """Shapes, altitudes, times; None is open."""

    def __init__(self, shapes, lower=None, upper=None, start=None, end=None):
        self.shapes, self.lower, self.upper, self.start, self.end = shapes, lower, upper, start, end

    def checked(self):
        if None not in (self.lower, self.upper) and self.lower > self.upper:
            raise Bad("lower above upper")
        if None not in (self.start, self.end) and self.start > self.end:
            raise Bad("start after end")
        return self

    def with_(self, other):
        """Both, merged."""
        def least(a, b, choose):
            return None if a is None or b is None else choose(a, b)
        return Extent(self.shapes + other.shapes, least(self.lower, other.lower, min), least(self.upper, other.upper, max),
                      least(self.start, other.start, min), least(self.end, other.end, max))


def overlap(a_low, a_high, b_low, b_high):
    """Of closed ranges, each bound perhaps open."""
    return not (None not in (a_high, b_low) and a_high < b_low or None not in (b_high, a_low) and b_high < a_low)


def meets(a, b, altitudes=True, times=True, slack=0.0):
    if altitudes and not overlap(a.lower, a.upper, b.lower, b.upper) or times and not overlap(a.start, a.end, b.start, b.end):
        return False
    answer = g.meet(a.shapes, b.shapes, slack=slack)
    if answer is None:
        raise Unsure()
    return answer


def volume4(value, needs=()):
    """A Volume4D of F3548 and of F3411-22a; `needs` names what may not be missing."""
    volume = of(value, "volume", dict, Bad)
    extent = Extent([outline(volume)], altitude(volume, "altitude_lower"), altitude(volume, "altitude_upper"), time_of(value, "time_start"),
                    time_of(value, "time_end"))
    for name, got in (("altitude", extent.lower), ("altitude", extent.upper), ("time", extent.start), ("time", extent.end)):
        if name in needs and got is None:
            raise Bad(name + " is missing")
    return extent
