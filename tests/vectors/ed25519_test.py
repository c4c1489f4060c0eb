#!/usr/bin/python3
"""Ed25519 as FORMAT.md demands it (A and R canonical, none of small order, S < L, no cofactor), three times: our verifier, the second one
(OpenSSL through python3-cryptography, behind the checks that FORMAT.md says such a verifier needs), and the arithmetic of RFC 8032 written here.

Vectors made here: every encoding of every point of small order, mixed points, other spellings of points and scalars. And the public ones (CCTV),
fetched as Go modules by their pinned versions (they are not ours to keep), or read from the file that PARLEY_CCTV names; skipped by name without."""
import hashlib
import json
import os
import subprocess
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "verifier"))
import notes  # noqa: E402

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
CHECK = os.environ.get("PARLEY_ED25519_CHECK", "build/sanitize/tests/ed25519_check")
# (module, version, its file, how many): the CCTV module, and the vectors under the name that they had before.
MODULES = [("c2sp.org/CCTV/ed25519", "v0.0.0-20240306222714-3ec4d716e805", "ed25519vectors.json", 914, 43),
           ("filippo.io/mostly-harmless/ed25519vectors", "v0.0.0-20210322192420-30a2d7243a94", "ed25519vectors.json", 768, 43)]
results = []


def check(name, holds, why=""):
    results.append(f"{'ok' if holds else 'not ok'} {len(results) + 1} - {name}" + ("" if holds else f"\n# {why}"))


# --- the curve; points are (x, y) outside, extended coordinates (RFC 8032, 5.1.4) inside ---

def add_extended(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n, k, w = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P, 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, w - k, w + k, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def extended(a):
    return a[0], a[1], 1, a[0] * a[1] % P


def affine(a):
    i = pow(a[2], P - 2, P)
    return a[0] * i % P, a[1] * i % P


def add(a, b):
    return affine(add_extended(extended(a), extended(b)))


def times(n, a):
    r, a = (0, 1, 1, 0), extended(a)
    while n:
        if n & 1:
            r = add_extended(r, a)
        a = add_extended(a, a)
        n >>= 1
    return affine(r)


def x_of(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * ROOT % P
    if (x * x - xx) % P:
        return None
    return x if x & 1 == sign else -x % P


def encode(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def decode(data):
    """(point, canonical) of 32 bytes, None when they are none. As lax as they come: y >= p and "-0" are taken."""
    n = int.from_bytes(data, "little")
    sign, y = n >> 255, n & (2**255 - 1)
    x = x_of(y % P, sign)
    return None if x is None else ((x, y % P), encode((x, y % P)) == data)


BASE = (x_of(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)


def torsion():
    """The eight points of small order."""
    y = 2
    while True:
        x = x_of(y, 0)
        if x is not None:
            t = times(L, (x, y))
            if times(4, t) != (0, 1):
                return [times(i, t) for i in range(8)]
        y += 1


SMALL = torsion()


def spellings(point):
    """Every 32 bytes that a lax reader takes for this point."""
    found = []
    for sign in (0, 1):
        for y in (point[1], point[1] + P):
            data = (y | sign << 255)
            if y < 2**255 and decode(data.to_bytes(32, "little")) and decode(data.to_bytes(32, "little"))[0] == point:
                found.append(data.to_bytes(32, "little"))
    return found


def rule(key, signature, message):
    """FORMAT.md's words, nothing else."""
    a, r, s = decode(key), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or not a[1] or not r[1] or a[0] in SMALL or r[0] in SMALL or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return times(s, BASE) == add(r[0], times(h, a[0]))


# --- the second verifier ---

REFUSED = {s for p in SMALL for s in spellings(p)}


def second(key, signature, message):
    if key in REFUSED or signature[:32] in REFUSED:
        return False
    if int.from_bytes(key, "little") & (2**255 - 1) >= P:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def ours(vectors):
    lines = "".join(f"{k.hex()} {s.hex()} {m.hex()}\n" for k, s, m in vectors)
    done = subprocess.run([CHECK], input=lines, capture_output=True, text=True, check=True)
    return [line == "1" for line in done.stdout.split()]


def agree(name, vectors, expected):
    said = ours(vectors)
    bad = [i for i, v in enumerate(vectors) if said[i] != expected[i]]
    check(f"{name}: our verifier takes {sum(expected)} of {len(vectors)}", len(said) == len(vectors) and not bad, f"differ: {bad[:10]}")
    bad = [i for i, v in enumerate(vectors) if second(*v) != expected[i]]
    check(f"{name}: the second verifier agrees", not bad, f"differ: {bad[:10]}")
    bad = [i for i, v in enumerate(vectors) if notes.verifies(*v) != expected[i]]
    check(f"{name}: so does verifier/", not bad, f"differ: {bad[:10]}")
    return said


# --- vectors made here ---

def scalar(text):
    return int.from_bytes(hashlib.sha512(text.encode()).digest(), "little") % L


def signed(a, t, u, key, wanted, extra=0):
    """A signature by key = aB + t (in this spelling), R = rB + u, whose cofactorless equation holds or fails as wanted."""
    for i in range(10000):
        message = f"vector {i}".encode()
        r = scalar(f"nonce {i}")
        big_r = encode(add(times(r, BASE), u))
        h = int.from_bytes(hashlib.sha512(big_r + key + message).digest(), "little") % L
        if (add(u, times(h, t)) == (0, 1)) == wanted:
            return key, big_r + ((r + h * a) % L + extra).to_bytes(32, "little"), message
    raise AssertionError("no such message")


def own():
    a = scalar("key")
    point = times(a, BASE)
    good = signed(a, SMALL[0], SMALL[0], encode(point), True)
    cases = {"good": [good],
             "S + L": [(good[0], good[1][:32] + (int.from_bytes(good[1][32:], "little") + L).to_bytes(32, "little"), good[2])],
             "S with a high bit": [(good[0], good[1][:63] + bytes([good[1][63] | b]), good[2]) for b in (0x20, 0x40, 0x80)],
             "another message": [(good[0], good[1], good[2] + b"x")],
             "a changed R": [(good[0], bytes([good[1][0] ^ 1]) + good[1][1:], good[2])],
             "a component of small order in A, or in A and R, and the equation holds": [], "the same, and it holds with the cofactor only": [],
             "A of small order": [], "R of small order": [], "A and R of small order, S = 0": []}
    holds = cases["a component of small order in A, or in A and R, and the equation holds"]
    fails = cases["the same, and it holds with the cofactor only"]
    for t in SMALL[1:]:
        key = encode(add(point, t))
        holds.append(signed(a, t, SMALL[0], key, True))
        fails.append(signed(a, t, SMALL[0], key, False))
        holds.append(signed(a, t, t, key, True))
        fails.append(signed(a, SMALL[0], t, encode(point), False))
    for t in SMALL:
        for key in spellings(t):
            r = scalar("r")
            big_r = encode(times(r, BASE))
            cases["A of small order"].append((key, big_r + r.to_bytes(32, "little"), b"A"))
            cases["A and R of small order, S = 0"] += [(key, other + bytes(32), m) for other in sorted(REFUSED) for m in (b"", b"x")]
        for big_r in spellings(t):
            h = int.from_bytes(hashlib.sha512(big_r + encode(point) + b"R").digest(), "little") % L
            cases["R of small order"].append((encode(point), big_r + (h * a % L).to_bytes(32, "little"), b"R"))
    return cases


def public(name, vectors, verify):
    flags = [{f.replace("_", "").lower() for f in v.get("Flags", v.get("flags")) or []} for v in vectors]
    expected = [f <= {"lowordercomponenta", "lowordercomponentr"} for f in flags]
    rows = []
    for v in vectors:
        sig = v.get("Sig", v.get("sig")) or v.get("R", v.get("r")) + v.get("S", v.get("s"))
        rows.append((bytes.fromhex(v.get("A", v.get("key", v.get("a")))), bytes.fromhex(sig), v.get("M", v.get("msg", v.get("m"))).encode()))
    agree(name, rows, expected)
    if verify is not None:
        check(f"{name}: exactly {verify} verify", sum(expected) == verify, sum(expected))
    bad = [i for i in range(len(rows)) if rule(*rows[i]) != expected[i]]
    check(f"{name}: so does the arithmetic of RFC 8032", not bad, f"differ: {bad[:10]}")


def fetched(module, version):
    """The module's folder; None without Go or a proxy that has it."""
    home = os.path.abspath(os.environ.get("PARLEY_GO", "build/go"))
    env = dict(os.environ, GOFLAGS="-mod=mod", GOPATH=home, GOCACHE=home + "/cache", GO111MODULE="on", GOTOOLCHAIN="local")
    try:
        done = subprocess.run(["go", "mod", "download", "-modcacherw", "-json", f"{module}@{version}"], cwd="/", env=env, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout).get("Dir")
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def main():
    for name, vectors in own().items():
        expected = [rule(*v) for v in vectors]
        wanted = name == "good" or name.endswith("the equation holds")
        check(f"{name}: {'good' if wanted else 'refused'} by the rule, {len(vectors)} vectors", vectors and all(e == wanted for e in expected))
        agree(name, vectors, expected)
    check("the points of small order have 14 spellings", len(REFUSED) == 14, len(REFUSED))
    given = os.environ.get("PARLEY_CCTV")
    for module, version, file, count, verify in MODULES:
        folder = os.path.dirname(given) if given and count == 914 else fetched(module, version)
        if folder is None:
            results.append(f"ok {len(results) + 1} - {module}: {count} public vectors # SKIP the module cannot be fetched here")
            continue
        with open(given if given and count == 914 else os.path.join(folder, file), encoding="utf-8") as f:
            vectors = json.load(f)
        check(f"{module}: {count} vectors", len(vectors) == count, len(vectors))
        public(module, vectors, verify)
    print(f"1..{len(results)}")
    print("\n".join(results))
    sys.exit(any(r.startswith("not ok") for r in results))


main()
