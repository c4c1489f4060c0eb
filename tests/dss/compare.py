"""What a model expects of a reply: plain values, and the shapes below for what only the server knows (OVNs, versions, the moment of a write)."""
import datetime
import re
import secrets

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Differs(Exception):
    pass


def micros(text):
    """Microseconds since 1970 of an RFC 3339 time with any offset; more digits are cut off."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text)
    if not found:
        raise ValueError(text)
    at = datetime.datetime.fromisoformat(found[1] + "T" + found[2] + ("+00:00" if found[4] in "Zz" else found[4]))
    return (at - EPOCH) // datetime.timedelta(microseconds=1) + int(((found[3] or ".0")[1:] + "000000")[:6])


def rfc3339(at):
    return (EPOCH + datetime.timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ").replace("+", "")


class Slot:
    """A value of the server's own making: learnt where it is first seen, the same wherever it stands again, unlike all others of `family`."""

    def __init__(self, family, pattern=r"[A-Za-z0-9_.~-]+", value=None, make=lambda: secrets.token_urlsafe(33), learn=None):
        self.family, self.pattern, self.value, self.make, self.learn = family, pattern, value, make, learn

    def match(self, got, path):
        if not isinstance(got, str) or not re.fullmatch(self.pattern, got):
            raise Differs("%s: %r is not %s" % (path, got, self.pattern))
        if self.value is None:
            if got in self.family:
                raise Differs("%s: %r was given out before" % (path, got))
            self.family.add(got)
            self.value = got
            if self.learn:
                self.learn(got)
        elif self.value != got:
            raise Differs("%s: expected %r, got %r" % (path, self.value, got))

    def show(self):
        if self.value is None:
            self.match(self.make(), "$")
        return self.value


class Moment:
    """A time that is told to the microsecond (a nanosecond's rounding aside), or learnt where it is "now", and always written as it was first."""

    def __init__(self, at=None, near=None):
        self.at, self.near, self.text = at, near, None

    def match(self, got, path):
        text = got.get("value") if isinstance(got, dict) else got
        if isinstance(got, dict) and (got.get("format") != "RFC3339" or got.keys() != {"value", "format"}):
            raise Differs("%s: %r" % (path, got))
        if not isinstance(text, str) or not TIME.fullmatch(text):
            raise Differs("%s: %r is no time with Z" % (path, got))
        if self.text is not None and text != self.text:
            raise Differs("%s: was %s, is %s" % (path, self.text, text))
        at = micros(text)
        if self.at is None:
            if abs(at - self.near) > 20_000_000:
                raise Differs("%s: %s is not about %s" % (path, text, rfc3339(self.near)))
            self.at = at
        if abs(at - self.at) > 1:
            raise Differs("%s: expected %s, got %s" % (path, rfc3339(self.at), text))
        self.text = text

    def show(self):
        if self.at is None:
            self.at = self.near
        return self.text or rfc3339(self.at)


class Near:
    """A number, up to what the roundings of its parts make of it."""

    def __init__(self, value, off):
        self.value, self.off = value, off

    def match(self, got, path):
        if isinstance(got, bool) or not isinstance(got, (int, float)) or abs(got - self.value) > self.off:
            raise Differs("%s: expected about %r, got %r" % (path, self.value, got))

    def show(self):
        return self.value


class Plain:
    """A moment as text alone."""

    def __init__(self, at):
        self.moment = Moment(at)

    def match(self, got, path):
        if not isinstance(got, str):
            raise Differs("%s: %r is no text" % (path, got))
        self.moment.match(got, path)

    def show(self):
        return self.moment.show()


class Learnt:
    """Either of several values, kept by `learn`."""

    def __init__(self, allowed, learn):
        self.allowed, self.learn = allowed, learn

    def match(self, got, path):
        if got not in self.allowed:
            raise Differs("%s: expected one of %r, got %r" % (path, self.allowed, got))
        self.learn(got)

    def show(self):
        self.learn(self.allowed[0])
        return self.allowed[0]


class Bag:
    """A list in any order; each item is named by its members `key`. Those of `perhaps` may be missing."""

    def __init__(self, items, key, perhaps=()):
        self.items, self.key, self.perhaps = items, key, list(perhaps)

    def match(self, got, path):
        if not isinstance(got, list):
            raise Differs("%s: %r is no list" % (path, got))
        named = {}
        for item in got:
            name = item.get(self.key) if isinstance(item, dict) else item
            if name in named:
                raise Differs("%s: %r twice" % (path, name))
            named[name] = item
        known = {i[self.key] if self.key else i: i for i in self.items + self.perhaps}
        must = {i[self.key] if self.key else i for i in self.items}
        if must - named.keys() or named.keys() - known.keys():
            raise Differs("%s: missing %s, too much %s" % (path, sorted(must - named.keys()), sorted(named.keys() - known.keys())))
        for name, item in named.items():
            match(known[name], item, "%s[%s]" % (path, name))


def match(expected, got, path="$"):
    """Raises Differs. Members that are None are absent, or may be false where they are Absent."""
    if hasattr(expected, "match"):
        expected.match(got, path)
    elif isinstance(expected, dict):
        if not isinstance(got, dict):
            raise Differs("%s: %r is no object" % (path, got))
        for name in list(expected) + sorted(got.keys() - expected.keys()):
            if name not in got and expected[name] is False:
                continue  # a flag whose default is false
            if name not in got or name not in expected:
                raise Differs("%s: %s %s" % (path, "lacks" if name not in got else "has", name))
            match(expected[name], got[name], path + "." + name)
    elif isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            raise Differs("%s: expected %r, got %r" % (path, expected, got))
        for i, (e, g) in enumerate(zip(expected, got)):
            match(e, g, "%s[%d]" % (path, i))
    elif expected != got or isinstance(expected, bool) != isinstance(got, bool):
        raise Differs("%s: expected %r, got %r" % (path, expected, got))


def show(expected):
    """The plain JSON of it, as a server would send it."""
    if isinstance(expected, Bag):
        return [show(i) for i in expected.items]
    if isinstance(expected, Moment):
        return {"value": expected.show(), "format": "RFC3339"}
    if hasattr(expected, "show"):
        return expected.show()
    if isinstance(expected, dict):
        return {name: show(value) for name, value in expected.items()}
    if isinstance(expected, list):
        return [show(value) for value in expected]
    return expected
