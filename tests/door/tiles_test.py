"""The log and a party's stream as C2SP tlog-tiles: every tile against a tree that is computed here from the entries (RFC 6962 as a recursion), the checkpoints against
their keys, partial tiles of every kind, names that are none, caching, gzip, and that nobody reads another's stream."""
import base64
import gzip
import hashlib
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: E402

S = None
MOST = 300  # leaves: a full tile, and something behind it


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes):
    """RFC 6962, 2.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return hashlib.sha256(b"\1" + root(hashes[:k]) + root(hashes[k:])).digest()


def name(n):
    groups = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        groups.insert(0, "x%03d" % (n % 1000))
    return "/".join(groups)


class Tree:
    """What a client sees of one tree."""

    def __init__(self, prefix, key, token=None):
        self.prefix, self.key, self.token = prefix, key, token  # key: name and public key

    def ask(self, path, status=200, **headers):
        got, head, body = S.ask("GET", self.prefix + path, token=self.token, headers=headers)
        assert got == status, (self.prefix, path, got, body)
        return head, body

    def checkpoint(self):
        """Size and root, once the signature is good."""
        head, note = self.ask("checkpoint")
        assert head["Content-Type"] == "text/plain; charset=utf-8" and head["Cache-Control"] == "no-store", head
        text, lines = note.decode().split("\n\n")
        who, public = self.key
        line, = re.findall("\u2014 (\\S+) (\\S+)\n", lines)
        signed = base64.b64decode(line[1])
        assert line[0] == who and signed[:4] == hashlib.sha256(who.encode() + b"\n\x01" + public).digest()[:4], line
        Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], (text + "\n").encode())
        origin, size, head = text.split("\n")
        assert origin == who and str(int(size)) == size, text
        return int(size), base64.b64decode(head)

    def entries(self, size):
        out = []
        for n in range(0, size, 256):
            width = min(256, size - n)
            head, body = self.ask("tile/entries/" + name(n // 256) + ("" if width == 256 else ".p/%d" % width))
            assert head["Content-Type"] == "application/octet-stream" and "Content-Encoding" not in head, head
            count = 0
            while body:
                length = int.from_bytes(body[:2], "big")
                out.append(body[2:2 + length])
                assert len(out[-1]) == length
                body, count = body[2 + length:], count + 1
            assert count == width, (n, count, width)
        return out

    def reaches(self, size):
        while self.checkpoint()[0] < size:
            time.sleep(0.02)
        return self.checkpoint()


def log_key():
    return S.origin, h.Key("", bytes([0x0a]) * 32).public


def stream_key(party):
    return "%s/stream/%s" % (S.origin, party), h.Key("", bytes([0x0b]) * 32).public


def tree_holds(tree, size, head):
    """All tiles of a tree of that size are what the entries give; so is the checkpoint's root."""
    hashes = [leaf_hash(e) for e in tree.entries(size)]
    assert len(hashes) == size and root(hashes) == head
    nodes, level = hashes, 0
    while nodes:
        for n in range(0, len(nodes), 256):
            part = nodes[n:n + 256]
            path = "tile/%d/%s" % (level, name(n // 256))
            if len(part) == 256:
                assert tree.ask(path)[1] == b"".join(part), path
            for width in {1, len(part) // 2, len(part)} - {0, 256}:  # once served, always served
                assert tree.ask("%s.p/%d" % (path, width))[1] == b"".join(part[:width]), (path, width)
        nodes = [root(nodes[n:n + 256]) for n in range(0, len(nodes) - 255, 256)]
        level += 1
    return hashes


def the_log_is_a_tiled_log():
    tree = Tree("/log/", log_key(), S.session("velland"))
    size, head = tree.reaches(MOST)
    tree_holds(tree, size, head)
    assert all(re.fullmatch(rb'\{"parley":1,"tick":"%020d","time":"[0-9T:.Z-]{24}","root":"[0-9a-f]{64}"\}' % (i + 1), e)
               for i, e in enumerate(tree.entries(size))), "a leaf shows more than cadence"
    assert S.ask("GET", "/v1/log/1")[2] is not None


def say_many(party, count):
    """Plain messages over one connection."""
    token, connection = S.session(party), S.connect()
    for _ in range(count):
        body = {"statement": {"kind": "message", "id": secrets.token_hex(16), "on": None, "prev": None},
                "sections": [{"section": "body", "to": ["operator"], "body": {"text": "x"}}]}
        connection.request("POST", "/v1/statements", h.dumps(body), {"Content-Type": "application/json", "Authorization": "Bearer " + token, "Idempotency-Key": secrets.token_hex(8)})
        reply = connection.getresponse()
        assert reply.status == 201, reply.read()
        reply.read()
    connection.close()
    return token


def a_stream_is_a_tiled_log():
    token = say_many("aramoor", MOST)
    tree = Tree("/stream/", stream_key("aramoor"), token)
    size, head = tree.reaches(MOST)
    hashes = tree_holds(tree, size, head)
    entries = tree.entries(size)
    shown = S.ask("GET", "/v1/stream?from=%d&limit=3" % (size - 3), token=token)[2]["records"]
    for record in shown:
        said = ('{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (record["seq"], record["time"], sum(p["class"] != "section" for p in record["parts"]) + 5, record["root"])).encode()
        assert entries[record["seq"]] == said, (entries[record["seq"]], said)
    # The head is one that a tick has committed to: the proof of a place has that size and that root.
    while True:
        size, head = tree.checkpoint()
        proof = S.ask("GET", "/v1/proof/0/0", token=token)[2]
        if proof["stream"]["size"] == size:
            break
    at, index, last = leaf_hash(proof["stream_leaf"].encode()), proof["place"], size - 1
    for node in map(bytes.fromhex, proof["stream"]["path"]):
        if index & 1 or index == last:
            at = hashlib.sha256(b"\1" + node + at).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            at = hashlib.sha256(b"\1" + at + node).digest()
        index, last = index >> 1, last >> 1
    assert last == 0 and at == head


def nobody_reads_anothers_stream():
    before = Tree("/stream/", stream_key("velland"), say_many("velland", 3))
    size, head = before.reaches(3)
    assert size < 256
    before.ask("tile/0/000", 404)
    mine = before.entries(size)
    others = Tree("/stream/", stream_key("aramoor"), S.session("aramoor")).entries(size)
    assert not set(mine) & set(others)
    for path in ("/stream/checkpoint", "/stream/tile/0/000", "/stream/tile/entries/000"):
        status, head, _ = S.ask("GET", path)
        assert status == 401 and head["Cache-Control"] == "no-store", (path, status)
    for path in ("/stream/aramoor/checkpoint", "/stream/aramoor/tile/0/000", "/stream/tile/aramoor/0/000", "/stream/checkpoint?party=aramoor", "/stream/tile/0/000?party=aramoor"):
        assert S.ask("GET", path, token=S.session("velland"))[0] in (400, 404), path


def names_that_are_none():
    token = S.session("velland")
    size = Tree("/log/", log_key(), token).checkpoint()[0]
    malformed = ("0", "0/", "/0/000", "00/000", "64/000", "0/0", "0/00", "0/0000", "0/x000", "0/x000/001", "0/000/000", "0/x001", "0/x001/x000", "0/X001/000", "0/000.p", "0/000.p/",
                 "0/000.p/0", "0/000.p/01", "0/000.p/256", "0/000.p/1000", "0/000.p/1/", "0/000.p/x", "-1/000", "entries", "entries/", "entries/0", "entries/000/", "entries/entries/000",
                 "0/000.P/1", "0/../0/000", "data/000", "0/x001/x001/x001/x001/x001/x001/001")
    absent = ("0/999", "0/x999/x999/x999/x999/x999/999", "63/000", "8/000.p/1", "9/000.p/1", "7/000.p/1", "2/000.p/1", "1/000", "0/%s" % name(size // 256 + 3), "entries/%s.p/255" % name(size // 256 + 9),
              "63/x999/x999/x999/x999/x999/999.p/255")
    for prefix in ("/log/tile/", "/stream/tile/"):
        for path, status in [(p, 400) for p in malformed] + [(p, 404) for p in absent]:
            got, head, problem = S.ask("GET", prefix + path, token=token)
            assert got == status and head["Cache-Control"] == "no-store" and problem["status"] == status, (prefix + path, got, problem)
            assert (problem["field"] == "tile") if status == 400 else ("leaves so far" in problem["rule"]), problem
    for path in ("/log", "/log/", "/log/tile", "/log/tile/", "/log/tile/0/%30%30%30", "/log/tile/0/000%2ep/1", "/stream", "/stream/tile/"):
        assert S.ask("GET", path, token=token)[0] == 404, path
    assert S.ask("POST", "/log/tile/0/000", b"{}", token=token)[0] in (400, 405)
    assert S.ask("HEAD", "/log/tile/0/000", token=token)[0] == 200


def tiles_are_cached_and_packed():
    token = S.session("velland")
    for prefix, private in (("/log/", True), ("/stream/", True)):
        tree = Tree(prefix, None, token)
        head, body = tree.ask("tile/0/000.p/1")
        assert head["Cache-Control"] == "private, max-age=31536000, immutable" and head["Vary"] == "Authorization" and len(body) == 32, head
        assert "Content-Encoding" not in tree.ask("tile/0/000.p/1", **{"Accept-Encoding": "gzip"})[0], "hashes do not become shorter"
    tree = Tree("/log/", None, token)
    plain = tree.ask("tile/entries/000")[1]
    for said in ("gzip", "br, gzip;q=0.5", "*", "GZIP", "identity, x-gzip", "gzip;q=0.001, *;q=0"):
        head, body = tree.ask("tile/entries/000", **{"Accept-Encoding": said})
        assert head["Content-Encoding"] == "gzip" and "Accept-Encoding" in head["Vary"] and gzip.decompress(body) == plain and 2 * len(body) < len(plain), said
        assert body == tree.ask("tile/entries/000", **{"Accept-Encoding": "gzip"})[1], "the same bytes, packed in another way"
    for said in ("identity", "gzip;q=0", "gzip;q=0.000, br", "*;q=0", "gzip2", "", ",;=", "gzip; q=0, *"):
        head, body = tree.ask("tile/entries/000", **{"Accept-Encoding": said})
        assert "Content-Encoding" not in head and body == plain, said


def the_log_is_open_where_it_is_said():
    for path in ("/log/checkpoint", "/log/tile/0/000.p/1"):
        assert S.ask("GET", path)[0] == 401, path
    with h.Server(log_open=1) as server:
        while server.ask("GET", "/log/checkpoint")[0] == 404:
            time.sleep(0.02)
        status, head, _ = server.ask("GET", "/log/tile/0/000.p/1")
        assert status == 200 and head["Cache-Control"] == "public, max-age=31536000, immutable" and "Vary" not in head, head
        assert server.ask("GET", "/log/tile/entries/000.p/1")[1]["Vary"] == "Accept-Encoding"
        assert server.ask("GET", "/log/checkpoint", token="0" * 64)[0] == 401
        assert server.ask("GET", "/stream/checkpoint")[0] == server.ask("GET", "/stream/tile/0/000.p/1")[0] == 401


def the_keys_are_printed():
    parley = os.environ.get("PARLEY_BIN")
    if not parley:
        raise h.Skip("PARLEY_BIN is not set")

    def vkey(*words):
        done = subprocess.run([parley, "log", "vkey", S.directory, *words], capture_output=True, text=True)
        return done.returncode, done.stdout

    for words, (who, public) in (((), log_key()), (("--stream", "aramoor"), stream_key("aramoor")), (("--receipt",), (S.origin + "/receipt", stream_key("aramoor")[1]))):
        number = hashlib.sha256(who.encode() + b"\n\x01" + public).digest()[:4].hex()
        assert vkey(*words) == (0, "%s+%s+%s\n" % (who, number, base64.b64encode(b"\x01" + public).decode())), words
    assert vkey("--receipt", "--stream", "aramoor")[0] == 64 and vkey("--stream", "A")[0] == 3
    done = subprocess.run([parley, "log", "vkey", "/"], capture_output=True, text=True)
    assert done.returncode != 0 and "holds no log" in done.stderr, done
    done = subprocess.run([parley, "log", "vkey", __file__], capture_output=True, text=True)
    assert done.returncode != 0 and "is no genesis" in done.stderr, done
    place = h.scratch("parley-genesis-")
    answer = S.ask("GET", "/v1/log")[2]
    for name, text in (("note", answer["genesis"]), ("log.json", json.dumps(answer))):
        with open(os.path.join(place, name), "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([parley, "log", "vkey", os.path.join(place, name)], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == vkey(), done


def what_was_given_out_stands_behind_a_restart():
    """Every tile and entry of a checkpoint that left before a kill is there after it, byte for byte."""
    trees = [("/log/", log_key()), ("/stream/", stream_key("aramoor"))]
    token = S.session("aramoor")
    before = [(p, k, Tree(p, k, token).checkpoint()) for p, k in trees]
    hashes = [tree_holds(Tree(p, k, token), *head) for p, k, head in before]
    S.stop(remove=False)  # one that ends by itself writes its counters, where there are such
    S.start()
    S.kill()
    S.start()
    token = S.session("aramoor")
    for (prefix, key, (size, head)), known in zip(before, hashes):
        tree = Tree(prefix, key, token)
        while tree.checkpoint()[0] < size:
            raise AssertionError("a checkpoint was ahead of what is durable")
        assert tree_holds(tree, size, head) == known


def main():
    global S

    def the_server_ends_cleanly():
        S.stop()
    try:
        S = h.Server(clock_rate=100, clock_start=1795000000, rate_party=100000, rate_address=100000)
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run([a_stream_is_a_tiled_log, the_log_is_a_tiled_log, nobody_reads_anothers_stream, names_that_are_none, tiles_are_cached_and_packed, the_log_is_open_where_it_is_said,
           the_keys_are_printed, what_was_given_out_stands_behind_a_restart, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
