#!/usr/bin/python3
"""parley deposit with real witnesses: several, one that is away, one that was not told of the log, one that lies; the proof is judged by the program, by verify.py and by a reader of tlog-proofs
that knows nothing of either."""
import base64
import hashlib
import http.server
import io
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from contextlib import redirect_stdout

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, run  # noqa: E402

sys.path.insert(0, os.path.join(system.ROOT, "verifier"))
import verify  # noqa: E402

NAME = "deposits.example/north"
ONLY = "existence only: not who made it, nor that it was sent, received or true, nor that it is in any log of Parley's"
KEPT = {}


class Witness:
    """One of our own, on a free port; it knows `log` (public keys)."""

    def __init__(self, place, name, *logs):
        self.place, self.name, self.logs = place, name, logs
        self.vkey = place.parley("witness", "key", name + ".key", "--name", name + ".example")[0].strip()
        self.start()

    def start(self):
        words = [system.binary(), "witness", "--data", self.name, "--key", self.name + ".key", "--listen", "localhost:0"] + [w for log in self.logs for w in ("--log", log)]
        self.process = subprocess.Popen(words, cwd=self.place.path, env=self.place.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        self.url = "http://localhost:" + self.process.stdout.readline().split(":")[-1].split()[0].split("/")[0]

    def word(self):
        return ("--witness", "%s=%s" % (self.vkey, self.url))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def world():
    if not KEPT:
        place = KEPT["place"] = Place()
        KEPT["vkey"] = place.parley("deposit", "key", "d.key", "--name", NAME)[0].strip()
        KEPT["all"] = [Witness(place, "w%d" % i, KEPT["vkey"]) for i in range(2)]
    return (KEPT["place"], *KEPT["all"])


def deposited(place, what, *witnesses, status=0, into="dep"):
    words = [w for witness in witnesses for w in (witness if isinstance(witness, tuple) else witness.word())]
    out, err = place.parley("deposit", what, "--into", into, "--key", "d.key", *words, "--json", status=status)
    return json.loads(out) if out else err


def ours(*words):
    with redirect_stdout(io.StringIO()) as out:
        status = verify.main(["--json", *words])
    return status, json.loads(out.getvalue())


def checked(place, what, proof, *keys, status=0):
    """By both: the times, by name."""
    words = [w for key in keys for w in ("--witness", key)]
    out, _ = place.parley("deposit", "check", what, proof, *words, "--json", status=status)
    mine = {w["name"]: w["by"] for w in json.loads(out)["witnesses"] if "by" in w} if status in (0, 15) else None
    given = place.file(what) if len(what) != 64 else what
    other, said = ours("--deposited", given, *words, place.file(proof))
    assert (other == 0) == (status in (0, 15)), (status, said)
    times = {text.rsplit("by the clock of ", 1)[1]: text.split(" existed by ")[1].split(",")[0] for text in said["remarks"]} if other == 0 else None
    assert mine == times, (mine, times)
    return mine


def a_text_is_dated_by_all():
    place, one, two = world()
    place.write("text", "what the server would not take\n")
    said = deposited(place, "text", one, two)
    assert said["hash"] == hashlib.sha256(b"what the server would not take\n").hexdigest() and said["shows"] == ONLY and [w["name"] for w in said["witnesses"]] == ["w0.example", "w1.example"], said
    proof = said["proof"]
    assert oct(os.stat(place.file(proof)).st_mode)[-3:] == "600" and oct(os.stat(place.file("dep")).st_mode)[-3:] == "700"
    times = checked(place, "text", proof, one.vkey, two.vkey)
    assert set(times) == {"w0.example", "w1.example"}
    assert checked(place, said["hash"], proof, one.vkey) == {"w0.example": times["w0.example"]}
    out, _ = place.parley("deposit", "check", "text", proof, "--witness", one.vkey)
    assert ONLY in out and "existed by " in out and NAME in out, out
    # Published formats alone: tlog-proof, tlog-checkpoint, and a leaf of which one needs to know the salt.
    head, note = open(place.file(proof), encoding="utf-8").read().split("\n\n", 1)
    rows = head.split("\n")
    assert rows[0] == "c2sp.org/tlog-proof@v1" and rows[1].startswith("extra ") and rows[2] == "index 0" and len(rows) == 3, rows
    leaf = b"\0parley/deposit/1\n" + base64.b64decode(rows[1][6:]) + hashlib.sha256(b"what the server would not take\n").digest()
    assert note.split("\n")[:3] == [NAME, "1", base64.b64encode(hashlib.sha256(leaf).digest()).decode()], note
    assert [line.split(" ")[1] for line in note.strip().split("\n")[4:]] == [NAME, "w0.example", "w1.example"], note
    KEPT["proof"] = proof


def more_texts_and_the_same_again():
    place, one, two = world()
    for i in range(5):
        said = deposited(place, hashlib.sha256(b"%d" % i).hexdigest(), *([one] if i % 2 else [one, two]))
        checked(place, said["hash"], said["proof"], one.vkey)
    before = len(os.listdir(place.file("dep")))
    again = [deposited(place, "text", one, two)["proof"] for _ in range(3)]  # other times, the same leaf; nothing is written over
    assert len(set(again)) == 3 and KEPT["proof"] not in again and len(os.listdir(place.file("dep"))) == before + 3
    assert open(place.file("dep/leaves")).read().count("\n") == 6
    first, later = checked(place, "text", KEPT["proof"], one.vkey), checked(place, "text", again[0], one.vkey)
    assert first["w0.example"] <= later["w0.example"], (first, later)


def one_that_is_away_or_does_not_know_the_log():
    place, one, two = world()
    stranger = Witness(place, "stranger", place.parley("deposit", "key", "other.key", "--name", "deposits.example/other")[0].strip())
    two.stop()
    said = deposited(place, "text", one, two, stranger, status=9)
    why = {w["name"]: w.get("why") for w in said["witnesses"]}
    assert why["w0.example"] is None and "nobody answers" in why["w1.example"] and "does not know the log %s" % NAME in why["stranger.example"], why
    said = deposited(place, "text", stranger, two, status=15)
    assert said["proof"] is None and not any("by" in w for w in said["witnesses"]), said
    two.start()
    said = deposited(place, "text", two)
    assert checked(place, "text", said["proof"], one.vkey, status=15) == {}
    # In words for people.
    out, _ = place.parley("deposit", "text", "--into", "dep", "--key", "d.key", *one.word(), *stranger.word(), status=9)
    assert out.startswith("deposited: dep/") and "existed by " in out and "nothing from stranger.example: it does not know" in out and ONLY in out, out
    out, _ = place.parley("deposit", "text", "--into", "dep", "--key", "d.key", *stranger.word(), status=15)
    assert out.startswith("not deposited: no witness has signed") and "tries again" in out, out
    out, _ = place.parley("deposit", "check", "text", said["proof"], "--witness", one.vkey, status=15)
    assert out.startswith("dated by none of these") and "it has not signed this" in out, out
    long = deposited(place, "text", ("--witness", "%s=http://localhost:1/%s" % (one.vkey, "x" * 600)), status=15)
    assert long["proof"] is None and long["witnesses"][0]["why"].startswith("'http://localhost:1/xxx"), long
    stranger.stop()


def a_witness_that_lies_dates_nothing():
    place, one, _ = world()
    bodies = {}

    class Liar(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = bodies["now"]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    key = place.parley("witness", "key", "liar.key", "--name", "liar.example")[0].strip()
    old = open(place.file(KEPT["proof"]), encoding="utf-8").read().strip().split("\n")[-2]  # w0's, over a smaller tree
    lie = ("--witness", "%s=http://127.0.0.1:%d" % (one.vkey, server.server_port))
    for body, words in (((200, b""), "no good signature"), ((200, b"garbage\n"), "no good signature"), ((200, (old + "\n").encode()), "no good signature"), ((409, b"99999\n"), "an older copy"),
                        ((409, b"x\n"), "refused with 409"), ((409, b"3\n"), "again and again"), ((422, b"no\x1b[2J"), "refused with 422: no?[2J"), ((500, b"x" * 5000), "refused with 500"), ((403, b""), "refused with 403")):
        bodies["now"] = body
        said = deposited(place, "text", lie, status=15)
        assert words in said["witnesses"][0]["why"], (body, said)
    bodies["now"] = (200, (old.replace("w0.example", "liar.example") + "\n").encode())
    assert "no good signature" in deposited(place, "text", ("--witness", "%s=http://127.0.0.1:%d" % (key, server.server_port)), status=15)["witnesses"][0]["why"]
    server.shutdown()
    server.server_close()


def a_changed_proof_dates_nothing_else():
    """Both refuse it, or both see the same."""
    place, one, two = world()
    with open(place.file(KEPT["proof"]), "rb") as file:
        whole = file.read()
    draw, time, refused = random.Random(7), checked(place, "text", KEPT["proof"], one.vkey), 0
    for at in sorted(draw.sample(range(len(whole)), 60)):
        changed = bytearray(whole)
        changed[at] ^= 1 << draw.randrange(7)
        with open(place.file("changed"), "wb") as file:
            file.write(changed)
        done = subprocess.run([system.binary(), "deposit", "check", "text", "changed", "--witness", one.vkey, "--json"], cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        status, said = ours("--deposited", place.file("text"), "--witness", one.vkey, place.file("changed"))
        assert (done.returncode in (0, 15)) == (status == 0), (at, done, said)
        if status == 0 and done.returncode == 0:
            assert checked(place, "text", "changed", one.vkey) == time
        refused += status != 0
    assert refused > 20, refused
    place.parley("deposit", "check", "d.key.pub", KEPT["proof"], "--witness", one.vkey, status=7)
    assert checked(place, "d.key.pub", KEPT["proof"], one.vkey, status=7) is None


def lines_of_others_are_judged_alike():
    """Whatever a line of another holds, it changes nothing, up to the limits; one that stands twice is refused."""
    place, one, _ = world()
    with open(place.file(KEPT["proof"]), encoding="utf-8") as file:
        whole = file.read()
    time = checked(place, "text", KEPT["proof"], one.vkey)
    own = next(line for line in whole.split("\n") if line.startswith("\u2014 w0.example "))

    def line(size, name="another.example", number=0):
        return "\u2014 %s %s\n" % (name, base64.b64encode(number.to_bytes(4, "big") + b"s" * (size - 4)).decode())

    for more, good in ((line(5), True), (line(4096), True), (line(6144), True), (line(6145), False), (line(4), False), (own + "\n", False), (line(80) + line(90), False), (line(80) + line(80, number=1), True),
                       ("".join(line(80, number=n) for n in range(97)), True), ("".join(line(80, number=n) for n in range(98)), False), (line(80, name="w0.example"), True)):
        proof = place.write("lines", whole + more)
        assert checked(place, "text", proof, one.vkey, status=0 if good else (3, 7)) == (time if good else None), (more[:200], good)
        status, said = ours("--deposited", place.file("text"), "--witness", one.vkey, proof)
        assert good or status == 1 and len(said["fault"]["what"]) < 500, (more[:200], said)


def wrong_words_are_told():
    place, one, _ = world()
    shutil.copytree(place.file("dep"), place.file("copy"))
    with open(place.file("copy/leaves"), "r+", encoding="utf-8") as file:
        file.truncate(130)
    assert "an older copy of the directory was brought back" in deposited(place, "text", one, status=15, into="copy")["witnesses"][0]["why"]
    key = place.key("north")
    for words, status, told in ((("text", "--into", "x", "--key", key, *one.word()), 64, "is a party's key"), (("text", "--into", "x", "--key", "d.key"), 64, "--witness"),
                                (("text", "--into", "x", "--key", "d.key", "--witness", one.vkey), 64, "VKEY=URL"), (("text", "--into", "x", "--key", "d.key", *one.word(), *one.word()), 64, "given twice"),
                                (("none", "--into", "x", "--key", "d.key", *one.word()), 5, "a file is meant"), (("text", "--key", "d.key", *one.word()), 64, "--into"), (("text", "--into", "x", *one.word()), 64, "--key"),
                                (("text", "--into", "x", "--key", "w0.key", *one.word()), (3, 4, 64, 71), "holds no key for deposits"), (("text", "--into", "x", "--key", "d.key", "--key", "d.key", *one.word()), 64, "given twice"),
                                (("key", "y.key", "--name", "live/north/root"), 64, "no party's"), (("key", "d.key", "--name", "again"), 4, "d.key"), (("check", "text", KEPT["proof"]), 64, "--witness"),
                                (("check", "text", KEPT["proof"], "--witness", KEPT["vkey"]), 64, "no public key of a witness"), (("check", "text", "text", "--witness", one.vkey), 3, "is none of a deposit")):
        err = place.parley("deposit", *words, status=status)[1]
        assert told in err, (words, err)
    assert place.parley("deposit", "key", "d.key")[0].strip() == KEPT["vkey"]
    for words in (["--deposited", place.file("text"), place.file("text")], ["--deposited", place.file("none"), "--witness", one.vkey, place.file("text")],
                  ["--deposited", place.file("text"), "--log", "0" * 64, "--witness", one.vkey, place.file("text")]):
        assert ours(*words)[0] in (3, 64)


def it_ends():
    for witness in KEPT.get("all", []):
        witness.stop()
    if KEPT:
        KEPT["place"].__exit__(None, None, None)


if __name__ == "__main__":
    run([a_text_is_dated_by_all, more_texts_and_the_same_again, one_that_is_away_or_does_not_know_the_log, a_witness_that_lies_dates_nothing, a_changed_proof_dates_nothing_else, lines_of_others_are_judged_alike, wrong_words_are_told, it_ends])
