"""The real binary under 8 clients over HTTP, killed with -9 at random moments and started again, round after round (120, or PARLEY_ROUNDS).
Clients file, change, cancel, acknowledge and send messages, half of them signed, half plain under an Idempotency-Key; what was not
answered is sent again, the same bytes. Whatever was ever shown (an answer, a record of a stream, a leaf, a checkpoint) must hold for ever.
RFC 6962 and the checkpoint's signature are computed here, from FORMAT.md, not by Parley."""
import base64
import hashlib
import http.client
import json
import os
import random
import secrets
import threading
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


import system

from system import Place, Server, harness

ROUNDS = int(os.environ.get("PARLEY_ROUNDS", "120"))
CLIENTS, EACH = 8, 5
SEED = int(os.environ.get("PARLEY_SEED", "20261123"))
PARTIES = ("north", "relief")


# --- RFC 6962 ---

def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


class Tree:
    """Grows by leaves; its root at every size is kept."""

    def __init__(self):
        self.roots, self.peaks = [hashlib.sha256(b"").digest()], []

    def add(self, leaf):
        height, node = 0, leaf
        while self.peaks and self.peaks[-1][0] == height:
            node = hashlib.sha256(b"\1" + self.peaks.pop()[1] + node).digest()
            height += 1
        self.peaks.append((height, node))
        root = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\1" + peak + root).digest()
        self.roots.append(root)


# --- one statement, the same bytes however often it is sent ---

class Statement:
    def __init__(self, run, party, kind, section, on=None):
        self.party, self.kind, self.on, self.id = party, kind, on, secrets.token_hex(16)
        self.tries, self.path, self.headers = 0, "/v1/statements", {"Content-Type": "application/json"}
        name, to, body = section
        if run.chance.random() < 0.5:
            self.plain = True
            self.headers["Idempotency-Key"] = "kill-" + self.id
            self.bytes = harness.dumps({"statement": {"kind": kind, "id": self.id, "on": on, "prev": None},
                                        "sections": [{"section": name, "to": to, "body": body}]}).encode()
        else:
            self.plain = False
            key = run.keys[party]
            text, salt = harness.dumps({"section": name, "to": to, "body": body}), secrets.token_bytes(32)
            context = harness.context_of(run.log, self.id, [key])
            commit = [harness.part_hash(2, context, salt, name.encode(), text.encode()).hex()] + [secrets.token_hex(32) for _ in range(3)]
            said = {"log": run.log, "kind": kind, "id": self.id, "on": on, "prev": None, "by": {key.name: key.public.hex()},
                    "at": "2026-01-01T00:00:00.000Z", "seen": None, "open_by": None, "commit": commit}
            note = harness.sign("parley/1 statement %s\n%s\n" % (run.origin, harness.dumps(said)), [key])
            self.bytes = harness.dumps({"note": note, "sections": [{"salt": salt.hex(), "bytes": text}]}).encode()


class Run:
    """Everything that was ever shown, and what checks it."""

    def __init__(self, place):
        self.place, self.lock, self.chance = place, threading.Lock(), random.Random(SEED)
        self.answers = {}                      # id -> (party, place)
        self.waiting = []                      # sent, not answered
        self.checkpoints = {}                  # size -> root
        self.tree, self.leaves = Tree(), []
        self.records = {p: [] for p in PARTIES}  # place -> (root, seq, time)
        self.ids = {p: {} for p in PARTIES}      # id -> places
        self.notices = {p: [] for p in PARTIES}
        self.due = {p: [] for p in PARTIES}
        self.tokens, self.sent, self.repeats, self.lost = {}, 0, 0, 0

    def begin(self, server):
        log = server.ask("GET", "/v1/log")[2]
        self.log, self.origin = log["log"], log["origin"]
        self.log_key = bytes.fromhex(json.loads(log["genesis"].split("\n")[1])["log_key"])
        self.keys = {p: key_of(self.place.file(p + ".key")) for p in PARTIES}

    # --- what holds for ever ---

    def see_checkpoint(self, note):
        text, _, signature = note.partition("\n\n")
        origin, size, root = text.split("\n")
        name, blob = signature.strip("\n").split(" ")[1:]
        assert origin == self.origin and name == self.origin, note
        blob = base64.b64decode(blob)
        assert blob[:4] == hashlib.sha256(name.encode() + b"\n\x01" + self.log_key).digest()[:4]
        Ed25519PublicKey.from_public_bytes(self.log_key).verify(blob[4:], (text + "\n").encode())
        with self.lock:
            kept = self.checkpoints.setdefault(int(size), root)
        assert kept == root, "two checkpoints of size %s: %s and %s" % (size, kept, root)

    def check_log(self, server):
        status, _, note = server.ask("GET", "/v1/checkpoint")
        if status == 404:
            assert not self.checkpoints, "checkpoints were given out, the log is empty"
            return
        self.see_checkpoint(note.decode())
        size = max(self.checkpoints)
        assert server.ask("GET", "/v1/log")[2]["size"] >= size, "a checkpoint that was given out is ahead of the log"
        for tick in range(len(self.leaves) + 1, size + 1):
            self.leaves.append(self.leaf(server, tick))
            self.tree.add(leaf_hash(self.leaves[-1]))
        for tick in self.chance.sample(range(1, size + 1), min(3, size)):
            assert self.leaf(server, tick) == self.leaves[tick - 1], "leaf %d has changed" % tick
        for at, root in self.checkpoints.items():
            assert base64.b64encode(self.tree.roots[at]).decode() == root, "the checkpoint of size %d is no prefix of the log" % at

    def leaf(self, server, tick):
        """Its bytes, canonical as FORMAT.md has them."""
        status, _, leaf = server.ask("GET", "/v1/log/%d" % tick)
        assert status == 200, leaf
        assert list(leaf) == ["parley", "tick", "time", "root"] and leaf["tick"] == "%020d" % tick, leaf
        return harness.dumps(leaf).encode()

    def page(self, server, party, start, limit=1000):
        status, _, page = server.ask("GET", "/v1/stream?from=%d&limit=%d" % (start, limit), token=self.tokens[party])
        assert status == 200, page
        return page["records"]

    def check_stream(self, server, party):
        seen = self.records[party]
        if seen:
            start = self.chance.randrange(len(seen))
            again = self.page(server, party, start, 50)
            for offset, record in enumerate(again[:len(seen) - start]):
                assert (record["root"], record["seq"], record["time"]) == seen[start + offset], "record %d of %s has changed" % (start + offset, party)
            assert start + len(again) >= min(len(seen), start + 50), "the stream of %s is shorter than it was" % party
        while True:
            records = self.page(server, party, len(seen))
            for record in records:
                assert record["seq"] == len(seen), record["seq"]
                self.take_record(party, record)
            if not records:
                return

    def take_record(self, party, record):
        for part in record["parts"]:
            # A told record carries the note of another: it is that one's statement.
            if part["name"] not in ("note", "request") or record["parts"][0]["class"] == "told":
                continue
            said = json.loads(part["text"].split("\n")[1] if part["name"] == "note" else part["text"])
            assert said["id"] not in self.ids[party], "statement %s stands twice" % said["id"]
            self.ids[party][said["id"]] = record["seq"]
        self.records[party].append((record["root"], record["seq"], record["time"]))

    def check_answers(self):
        for id, (party, place) in self.answers.items():
            at = self.ids[party].get(id)
            assert at is not None and place in (None, at), "statement %s of %s was answered at place %s; it is at %s" % (id, party, place, at)

    # --- a client ---

    def invent(self, chance, party):
        other = PARTIES[1 - PARTIES.index(party)]
        mine, due = self.notices[party], self.due[party]
        what = chance.random()
        if what < 0.25 or not mine:
            return Statement(self, party, "notice", ("public", ["log"], notice(chance, "NEW %d" % chance.randrange(1000))))
        if what < 0.45:
            return Statement(self, party, "notice", ("public", ["log"], notice(chance, "MOVED")), on=chance.choice(mine))
        if what < 0.55 and len(mine) > 20:
            return Statement(self, party, "notice/cancel", ("body", ["log"], {"text": "not today"}), on=mine.pop(chance.randrange(len(mine))))
        if what < 0.75 and due:
            return Statement(self, party, "ack", ("body", [], {"step": "received", "place": due.pop(), "desk": "watch"}))
        return Statement(self, party, "message", ("body", [other], {"text": "all well? %d" % chance.randrange(10**9)}))

    def send(self, connection, statement):
        """False when no answer came."""
        headers = dict(statement.headers)
        if statement.plain:
            headers["Authorization"] = "Bearer " + self.tokens[statement.party]
        statement.tries += 1
        try:
            connection.request("POST", statement.path, statement.bytes, headers)
            reply = connection.getresponse()
            answer = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            return False
        if "place" not in answer:  # busy: it was not taken
            assert reply.status in (429, 503, 504), (reply.status, answer, statement.bytes[:300])
            return False
        assert answer["party"] == statement.party and answer["verdict"] in ("accepted", "repeated", "refused"), answer
        with self.lock:
            self.repeats += answer["verdict"] == "repeated"
            known = self.answers.get(statement.id, (statement.party, None))
            place = answer["place"] if answer["place"] is not None else known[1]  # of a signed repeat without a token it is not told
            assert known in ((statement.party, None), (statement.party, place)), (known, answer)
            self.answers[statement.id] = (statement.party, place)
            if statement.kind == "notice" and statement.on is None and answer["verdict"] == "accepted":
                self.notices[statement.party].append("%s/%s" % (statement.party, statement.id))
        return True

    def client(self, server, number, retries, end, failures):
        chance, party = random.Random("%d/%d/%d" % (SEED, number, self.sent)), PARTIES[number % 2]
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        left = list(retries)
        try:
            for _ in range(EACH + len(retries)):
                if end.is_set():
                    break
                if left:
                    statement = left.pop()
                else:
                    with self.lock:
                        statement = self.invent(chance, party)
                        self.sent += 1
                if not self.send(connection, statement):
                    left.append(statement)
                    break
                if chance.random() < 0.1:
                    # What a reader saw before the kill must hold after it too.
                    connection.request("GET", "/v1/checkpoint")
                    reply = connection.getresponse()
                    note = reply.read().decode()
                    if reply.status == 200:
                        self.see_checkpoint(note)
        except (OSError, http.client.HTTPException):
            pass
        except BaseException as why:  # an assertion in a thread must fail the test
            failures.append(why)
        finally:
            connection.close()
            with self.lock:
                self.waiting += left


def key_of(path):
    with open(path, encoding="utf-8") as file:
        _, _, name, _, blob = file.read().strip().split("+", 4)
    return harness.Key(name, base64.b64decode(blob)[1:33])


def notice(chance, area):
    start = "2031-01-%02dT%02d:00:00Z" % (chance.randrange(1, 28), chance.randrange(12))
    volume = dict(harness.VOLUME, start=start, end=start[:11] + "23:00:00Z")
    volume["circle"] = {"center": {"lat": round(-40 - chance.randrange(1000) / 100, 2), "lng": round(-120 - chance.randrange(1000) / 100, 2)}, "radius_m": 5000}
    return {"area": area, "category": "missile", "text": "keep off", "volumes": [volume]}


def session(run, server, party):
    key = run.keys[party]
    status, _, challenge = server.ask("POST", "/v1/session/challenge", {"party": party, "key": "root"})
    assert status == 200, challenge
    said = {"log": run.log, "party": party, "key": "root", "nonce": challenge["nonce"], "expires": challenge["expires"]}
    status, _, body = server.ask("POST", "/v1/session", {"note": harness.sign("parley/1 session %s\n%s\n" % (run.origin, harness.dumps(said)), [key])})
    assert status == 201, body
    return body["token"]


def open_round(run, server):
    run.tokens = {p: session(run, server, p) for p in PARTIES}
    run.check_log(server)
    for party in PARTIES:
        run.check_stream(server, party)
        items = server.ask("GET", "/v1/due", token=run.tokens[party])[2]["items"]
        run.due[party] = [i["place"] for i in items if not i["steps"]][:40]
    run.check_answers()


def clients(run, server, seconds):
    end, failures, retries, run.waiting = threading.Event(), [], run.waiting, []
    run.lost += len(retries)
    threads = [threading.Thread(target=run.client, args=(server, n, retries[n::CLIENTS], end, failures)) for n in range(CLIENTS)]
    for t in threads:
        t.start()
    if seconds is not None:
        time.sleep(seconds)
        server.kill()
        end.set()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]


class Killed:
    """All rounds, once for all tests."""
    made = None

    @classmethod
    def get(cls):
        assert cls.made is not cls, "the rounds did not end: see the first test"
        if cls.made is None:
            cls.made = cls
            cls.made = cls()
        return cls.made

    def __init__(self):
        self.place = Place()
        self.place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=16384", "--capacity", "volumes=65536")
        limits = ("--rate-party", "1000000", "--rate-address", "1000000")
        with Server(self.place, *limits):
            for party in PARTIES:
                self.place.party(party)
        self.run = run = Run(self.place)
        server = Server(self.place, *limits)
        try:
            run.begin(server)
            for _ in range(ROUNDS):
                open_round(run, server)
                clients(run, server, run.chance.uniform(0.0, 0.25))
                server.start()
            for _ in range(20):  # what is still without an answer, until all have one
                open_round(run, server)
                if not run.waiting:
                    break
                clients(run, server, None)
            open_round(run, server)
            server.stop(remove=False)
        except BaseException:
            if server.process.poll() is None:
                server.kill()
            raise


def every_round_recovers_and_shows_again_what_it_showed():
    Killed.get()


def every_answered_statement_is_there_once_at_its_place():
    run = Killed.get().run
    assert not run.waiting, run.waiting
    run.check_answers()
    assert len(run.answers) >= ROUNDS, len(run.answers)
    assert sum(len(ids) for ids in run.ids.values()) == len(run.answers), "a statement stands in a stream that nobody was answered"


def unanswered_statements_were_sent_again_and_applied_once():
    run = Killed.get().run
    print("# %d rounds, %d statements, %d sent again, %d of them had been applied; %d ticks, %d checkpoints" %
          (ROUNDS, len(run.answers), run.lost, run.repeats, len(run.leaves), len(run.checkpoints)))
    # Some kills fall between the disk and the answer, else the test has not tried what it is for.
    assert ROUNDS < 100 or run.lost > 0 and run.repeats > 0, (run.lost, run.repeats)


def every_checkpoint_seen_is_a_prefix_of_the_log():
    run = Killed.get().run
    assert len(run.checkpoints) > 1
    for size, root in run.checkpoints.items():
        assert base64.b64encode(run.tree.roots[size]).decode() == root


def the_log_is_whole():
    killed = Killed.get()
    numbers = killed.place.check()
    assert numbers["cut_bytes"] == 0 and numbers["ticks"] >= len(killed.run.leaves), numbers


if __name__ == "__main__":
    try:
        system.run([every_round_recovers_and_shows_again_what_it_showed, every_answered_statement_is_there_once_at_its_place,
                    unanswered_statements_were_sent_again_and_applied_once, every_checkpoint_seen_is_a_prefix_of_the_log, the_log_is_whole])
    finally:
        if isinstance(Killed.made, Killed):
            Killed.made.place.__exit__(None, None, None)
