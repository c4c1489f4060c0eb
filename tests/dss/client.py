"""Clients of the doors of other systems: a server with known keys, tokens of several managers, one connection per thread that is kept; each reply is held
against the interface documents (schema.py) before anybody reads it."""
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "door")]
import harness as h
import schema

AUDIENCE = "sorrel.example"


class Issuer:
    """An authority with one key; a token for each manager and set of scopes is made once."""

    def __init__(self):
        from cryptography.hazmat.primitives.asymmetric import ec
        self.key, self.made, self.made_at = ec.generate_private_key(ec.SECP256R1()), {}, {}

    def pem(self):
        from cryptography.hazmat.primitives import serialization
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def token(self, who, scopes, **changes):
        scope = " ".join(sorted(scopes)) if not isinstance(scopes, str) else scopes
        name = (who, scope)
        if changes or name not in self.made or self.made_at.get(name, 0) < time.time() - 1800:
            claims = dict({"iss": "https://issuer.example", "sub": who, "aud": AUDIENCE, "exp": int(time.time()) + 3600, "scope": scope}, **changes)
            made = self.sign({k: v for k, v in claims.items() if v is not None})
            if changes:
                return made
            self.made[name], self.made_at[name] = made, time.time()
        return self.made[name]

    def sign(self, claims):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        said = url64(b'{"alg":"ES256","typ":"JWT"}') + "." + url64(json.dumps(claims).encode())
        r, s = utils.decode_dss_signature(self.key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
        return said + "." + url64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def url64(data):
    import base64
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


ISSUER = Issuer()


def server(**options):
    """A server that trusts ISSUER; limits of rates are far off, they have tests of their own."""
    folder = h.scratch("parley-keys-")
    path = os.path.join(folder, "key.pem")
    with open(path, "wb") as f:
        f.write(ISSUER.pem())
    return h.Server(**dict({"token_key": path, "audience": AUDIENCE, "managers": 64, "rate_party": 100000, "rate_address": 100000}, **options))


class Client:
    """Speaks with what has `host` and `port`; of several threads, each has a connection."""

    def __init__(self, at, issuer=None, log=None):
        self.at, self.own, self.issuer, self.log = at, threading.local(), issuer or ISSUER, log

    def raw(self, method, path, body=None, token=None, headers=None):
        """Status, headers, bytes."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = "Bearer " + token
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        for attempt in (1, 2):
            kept = getattr(self.own, "connection", None)
            if kept is None:
                kept = self.own.connection = http.client.HTTPConnection(self.at.host, self.at.port, timeout=60)
                attempt = 2
            try:
                kept.request(method, path, body, sent)
                reply = kept.getresponse()
                return reply.status, reply.headers, reply.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                if attempt == 2:
                    raise

    def close(self):
        if getattr(self.own, "connection", None):
            self.own.connection.close()
        self.own.connection = None

    def ask(self, method, path, body=None, sub=None, scopes=(), token=None):
        """Status and body, JSON that fits the document of that path."""
        status, headers, data = self.raw(method, path, body, token or (self.issuer.token(sub, scopes) if sub else None))
        kind = (headers.get("Content-Type") or "").split(";")[0]
        if kind != "application/json":
            raise schema.Unfit("%s %s: %s: Content-Type %r: %r" % (method, path, status, kind, data[:300]))
        reply = json.loads(data)
        schema.check(method, path, status, reply)
        if self.log is not None:
            self.log.append((method, path, body, sub, sorted(scopes), status, reply))
        return status, reply


# --- what is sent ---

def id4():
    return str(uuid.uuid4())


def suffix7(at=None):
    """A UUID version 7 of that time in seconds, or of now."""
    at = int((time.time() if at is None else at) * 1000)
    digits = "%012x7%03x%x%015x" % (at, uuid.uuid4().int & 0xfff, 8 + (uuid.uuid4().int & 3), uuid.uuid4().int & (1 << 60) - 1)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def stamp(seconds, offset=None, digits=6):
    """RFC 3339 of a time in seconds, in UTC or at an offset in minutes."""
    import datetime
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=round(seconds * 1e6)) + datetime.timedelta(minutes=offset or 0)
    text = at.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = ("%06d" % at.microsecond).ljust(9, "0")[:digits]
    zone = "Z" if offset is None else "%s%02d:%02d" % ("-" if offset < 0 else "+", abs(offset) // 60, abs(offset) % 60)
    return text + ("." + fraction if digits else "") + zone


def when(seconds, **how):
    return {"value": stamp(seconds, **how), "format": "RFC3339"}


def circle(lat, lng, radius):
    return {"outline_circle": {"center": {"lat": lat, "lng": lng}, "radius": {"value": radius, "units": "M"}}}


def polygon(*points):
    return {"outline_polygon": {"vertices": [{"lat": a, "lng": o} for a, o in points]}}


def square(lat, lng, half):
    """A polygon of about 2 half km wide, not near a pole."""
    import math
    a, o = half / 111.2, half / 111.2 / math.cos(math.radians(lat))
    return polygon((lat - a, lng - o), (lat - a, lng + o), (lat + a, lng + o), (lat + a, lng - o))


def altitude(metres):
    return {"value": metres, "reference": "W84", "units": "M"}


def volume(outline, lower=0, upper=120, start=None, end=None):
    """A Volume4D; times in seconds since 1970. None leaves a member out."""
    out = {"volume": dict(outline)}
    for name, metres in (("altitude_lower", lower), ("altitude_upper", upper)):
        if metres is not None:
            out["volume"][name] = altitude(metres)
    for name, at in (("time_start", start), ("time_end", end)):
        if at is not None:
            out[name] = when(at)
    return out


def quoted(text):
    return urllib.parse.quote(text, safe="")
