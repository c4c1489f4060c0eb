#!/usr/bin/python3
"""A server that asks witnesses: honest ones, one that has signed before (409), and all that are slow, gone, or lie. What was signed stands on the checkpoint and
in the record, which both verifiers judge; whatever a witness does, the log goes on."""
import base64
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h  # noqa: E402
import tlog  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
S = HONEST = BEFORE = None
LIARS = {}


class Liar:
    """A witness that answers every request by answer(self, checkpoint's text): (status, body), or hangs (None)."""

    def __init__(self, name, answer):
        self.key, self.answer, self.asked, self.open = h.Key(name, os.urandom(32)), answer, 0, threading.Event()
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"])).decode()
                liar.asked += 1
                assert self.path == "/some/prefix/add-checkpoint", self.path
                said = liar.answer(liar, data.split("\n\n", 1)[1].split("\n\n")[0] + "\n")
                if said is None:
                    liar.open.wait(100)
                    return
                status, body = said
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def option(self):
        return "%s=http://user:hidden-word@127.0.0.1:%d/some/prefix" % (tlog.vkey(self.key.name, self.key.public, 4), self.server.server_port)


def line(text, key, seconds=None):
    return tlog.cosign(key, text, int(time.time()) if seconds is None else seconds).encode()


def other_size(text):
    rows = text.split("\n")
    return "\n".join([rows[0], str(int(rows[1]) - 1)] + rows[2:])


def other_root(text):
    rows = text.split("\n")
    return "\n".join(rows[:2] + [base64.b64encode(bytes(32)).decode()] + rows[3:])


# What each does, and by which figure it is counted.
ANSWERS = {
    "another-key": (lambda w, text: (200, line(text, h.Key(w.key.name, bytes(32)))), "untrue"),
    "another-name": (lambda w, text: (200, line(text, h.Key("witness.example/x", bytes([9]) * 32))), "untrue"),
    "its-name-another-signature": (lambda w, text: (200, line(other_root(text), w.key)), "untrue"),
    "older-tree": (lambda w, text: (200, line(other_size(text), w.key)), "untrue"),
    "early": (lambda w, text: (200, line(text, w.key, int(time.time()) - 4000)), "untrue"),
    "late": (lambda w, text: (200, line(text, w.key, int(time.time()) + 4000)), "untrue"),
    "garbage": (lambda w, text: (200, b"\xff\x00garbage"), "untrue"),
    "empty": (lambda w, text: (200, b""), "untrue"),
    "undated": (lambda w, text: (200, h.sign(text, [w.key]).split("\n\n")[1].encode()), "untrue"),
    "endless": (lambda w, text: (200, line(text, w.key) * 1000), "unreachable"),
    "conflict-without-size": (lambda w, text: (409, b"many\n"), "untrue"),
    "conflict-ahead": (lambda w, text: (409, b"99999999\n"), "untrue"),
    "conflict-without-end": (lambda w, text: (409, b"0\n"), "refuses"),
    "forbids": (lambda w, text: (403, b""), "refuses"),
}


def figures():
    return h.figures(S.ask("GET", "/metrics")[2].decode())


def figure(name, witness):
    return figures()['parley_witness_%s{witness="%s"}' % (name, witness)]


def until(what, holds, seconds=180):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        assert S.process.poll() is None, "the server has ended"
        time.sleep(0.1)


def children(pid):
    """The processes that ask witnesses."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8") as file:
                comm, rest = file.read().split(")", 1)
        except OSError:
            continue  # it has ended meanwhile
        if int(rest.split()[1]) == pid and "parley-witness" in comm:
            found.append(int(name))
    return found


def witnessed():
    status, _, data = S.ask("GET", "/v1/checkpoint/witnessed")
    return data.decode() if status == 200 else None


def lines_of(note, witness):
    text, lines = note.split("\n\n")
    return [tlog.cosigned(l, text + "\n", witness.vkey) for l in lines.splitlines(keepends=True) if l.startswith("\u2014 %s " % witness.vkey.split("+")[0])]


def none_is_asked_none_has_signed():
    status, _, problem = S.ask("GET", "/v1/checkpoint/witnessed")
    assert status == 404, problem
    until("a tick", lambda: S.ask("GET", "/v1/checkpoint")[0] == 200)
    assert "parley_witness_" not in S.ask("GET", "/metrics")[2].decode()


def options_are_judged():
    good = "%s=%s" % (HONEST.vkey, HONEST.url)
    for bad in (HONEST.vkey, HONEST.url, HONEST.vkey + "=", HONEST.vkey + "=ftp://x", good + "?a=b", HONEST.vkey[:-1] + "=http://x", tlog.Log("basin.example/live", 3).vkey() + "=http://x"):
        tlog.run("serve", "--data", S.directory, "--listen", "127.0.0.1:0", "--witness", bad, status=64)
    tlog.run("serve", "--data", S.directory, "--witness-every", "5", status=64)
    for every, silent in ((("--witness-every", "6"), ("--witness-silent", "11")), (("--witness-every", "151"), ()), ((), ("--witness-silent", "19"))):
        tlog.run("serve", "--data", S.directory, "--listen", "127.0.0.1:0", "--witness", good, *every, *silent, status=64)
    tlog.run("serve", "--data", S.directory, "--listen", "127.0.0.1:0", "--witness", good, "--witness", good, status=64)
    for name in ("witness\u202e", "w\u007f"):  # the record would show another
        tlog.run("serve", "--data", S.directory, "--listen", "127.0.0.1:0", "--witness", "%s=%s" % (tlog.vkey(name, bytes(31) + b"\x01", 4), HONEST.url), status=64)


def honest_ones_sign_also_one_that_had_signed():
    """BEFORE has signed this log already, so that what the server thinks of it is wrong: 409, and again from there."""
    global S
    until("some ticks", lambda: int(S.ask("GET", "/v1/checkpoint")[2].decode().split("\n")[1]) >= 3)
    status, _, data = BEFORE.add(b"old 0\n\n" + S.ask("GET", "/v1/checkpoint")[2])
    assert status == 200, data
    S.stop(remove=False)
    S.options.update(witness=["%s=%s" % (w.vkey, w.url) for w in (HONEST, BEFORE)], witness_every=1)
    S.start()
    until("both have signed", lambda: min(figure("signed_total", w.vkey.split("+")[0]) for w in (HONEST, BEFORE)) >= 2)
    until("a checkpoint with both", lambda: len(lines_of(witnessed() or "a\n\n", HONEST)) + len(lines_of(witnessed() or "a\n\n", BEFORE)) == 2)
    note = witnessed()
    text = note.split("\n\n")[0] + "\n"
    assert note.split("\n\n")[1].splitlines(keepends=True)[0] == S_LOG_LINE(note), note
    for w in (HONEST, BEFORE):
        assert abs(lines_of(note, w)[0] - time.time()) < 120
    # Its tree is the log's own: leaves as they are served.
    import hashlib
    size = int(text.split("\n")[1])
    leaves = [hashlib.sha256(b"\0" + json.dumps(S.ask("GET", "/v1/log/%d" % t)[2], separators=(",", ":")).encode()).digest() for t in range(1, size + 1)]
    assert base64.b64encode(tlog.root(leaves)).decode() == text.split("\n")[2]


def S_LOG_LINE(note):
    """The line that the log's key signed, verified."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    name, public = tlog.vkey_read(tlog.run("log", "vkey", S.directory).strip(), 1)
    text, lines = note.split("\n\n")
    first = lines.splitlines(keepends=True)[0]
    blob = base64.b64decode(first.split(" ")[2])
    assert first.split(" ")[1] == name and blob[:4] == tlog.key_id(name, public, 1)
    Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], (text + "\n").encode())
    return first


def who_follows_the_tiles_gets_them_and_nothing_goes_back():
    token, last, signed, end = S.session("aramoor"), 0, 0, time.monotonic() + 180
    while signed < 3:
        assert time.monotonic() < end, "no checkpoint with signatures"
        status, _, data = S.ask("GET", "/log/checkpoint", token=token)
        note = data.decode()
        size = int(note.split("\n")[1])
        S_LOG_LINE(note)
        assert status == 200 and size >= last, (size, last)
        both = len(lines_of(note, HONEST)) + len(lines_of(note, BEFORE))
        signed += both > 0 and size > last
        last = size
        time.sleep(0.05)


def status_tells_of_them():
    status, _, said = S.ask("GET", "/v1/status", token=S.session("operator"))
    assert status == 200
    mine = {w["name"]: w for w in said["server"]["witnesses"]}
    assert set(mine) == {"witness.example/one", "witness.example/two"} and all(w["size"] > 0 and w["signed"] > 0 and not w["silent"] for w in mine.values()), mine
    assert not [a for a in said["attention"] if a["what"] == "witness"], said["attention"]
    found = json.loads(tlog.run("doctor", S.directory, "--server", "http://127.0.0.1:%d" % S.port, "--json", status=(0, 9, 10)))
    line = [l for l in found["lines"] if l["what"] == "witnesses"]
    assert len(line) == 1 and line[0]["level"] == "OK" and "signed a tree of" in line[0]["found"], line
    other = S.ask("GET", "/v1/status", token=S.session("aramoor"))[2]
    assert "witness" not in json.dumps(other)


def children_of(parent):
    """Processes of the server's that ask witnesses."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % entry, encoding="utf-8", errors="replace") as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
        except (OSError, IndexError):
            continue
        if name == "parley-witness" and int(rest.split()[1]) == parent and rest.split()[0] not in "ZX":
            found.append(int(entry))
    return sorted(found)


def a_process_that_asks_and_dies_is_told():
    """The one that a library broke has a successor; where that cannot be, the server says so and goes on."""
    couriers = children_of(S.process.pid)
    assert len(couriers) == 2, couriers
    for asking in children_of(couriers[0]):
        os.kill(asking, signal.SIGKILL)
    broken = HONEST.vkey.split("+")[0], BEFORE.vkey.split("+")[0]
    signed = [figure("signed_total", w) for w in broken]
    until("both sign again", lambda: all(figure("signed_total", w) > s for w, s in zip(broken, signed)))
    os.kill(couriers[1], signal.SIGKILL)
    until("it is missed", lambda: "witness_courier_died" in S.stderr())
    signed = figure("signed_total", broken[0])
    until("the other one signs", lambda: figure("signed_total", broken[0]) > signed)


def after_a_kill_the_checkpoint_has_them_still():
    S.stop(remove=False)  # one that ends by itself writes its counters, where there are such
    S.start()
    before = witnessed()
    S.kill()
    S.options.pop("witness")
    S.options.pop("witness_every")
    S.start()
    after = witnessed()  # from the record: nobody is asked
    assert int(after.split("\n")[1]) >= int(before.split("\n")[1]) - 30 and (lines_of(after, HONEST) or lines_of(after, BEFORE)), after
    S_LOG_LINE(after)


def whatever_they_do_is_counted_and_the_log_goes_on():
    S.stop(remove=False)
    gone = h.Key("witness.example/gone", bytes([7]) * 32)
    LIARS.update({name: Liar("witness.example/" + name, answer) for name, (answer, _) in ANSWERS.items()})
    hangs = LIARS["hangs"] = Liar("witness.example/hangs", lambda w, text: None)
    S.options.update(witness=["%s=%s" % (HONEST.vkey, HONEST.url)] + [l.option() for l in list(LIARS.values())[:14]] + [hangs.option()], witness_every=1, witness_silent=5)
    S.start()
    for name, (_, kind) in ANSWERS.items():
        until(name, lambda: figure(kind + "_total", "witness.example/" + name) >= 1)
        assert figure("signed_total", "witness.example/" + name) == 0 and figure("ticks", "witness.example/" + name) == 0, name
    until("the one that hangs is given up", lambda: figure("unreachable_total", "witness.example/hangs") >= 1)
    signed = figure("signed_total", "witness.example/one")
    until("the honest one signs", lambda: figure("signed_total", "witness.example/one") >= signed + 2)
    until("they are silent", lambda: figure("silent", "witness.example/garbage") == 1)
    attention = [a for a in S.ask("GET", "/v1/status", token=S.session("operator"))[2]["attention"] if a["what"] == "witness"]
    assert len(attention) == 15 and all(a["level"] == "warn" for a in attention), attention
    note = witnessed()
    assert len(note.split("\n\n")[1].splitlines()) <= 3 and lines_of(note, HONEST)
    events = [json.loads(l) for l in S.stderr().splitlines() if l.startswith("{")]
    assert {"witness_failed", "witness_silent"} <= {e["event"] for e in events}
    assert "hidden-word" not in S.stderr(), "a password in a URL is told"
    status, _, said = S.say("notice", h.notice(S), ["aramoor"])
    assert status == 201 and said["verdict"] == "accepted", said
    # Gone altogether.
    S.stop(remove=False)
    S.options.update(witness=["%s=http://127.0.0.1:9" % tlog.vkey(gone.name, gone.public, 4), "%s=%s" % (HONEST.vkey, HONEST.url)])
    S.start()
    until("it is gone", lambda: figure("unreachable_total", "witness.example/gone") >= 1)
    until("the other signs", lambda: figure("signed_total", "witness.example/one") >= 1)
    # The settings are read anew: whom to ask stays. And a process that asks is killed: told, and the server goes on.
    os.kill(S.process.pid, signal.SIGHUP)
    until("it is told of", lambda: '"reloaded"' in S.stderr())
    for child in children(S.process.pid):
        os.kill(child, signal.SIGKILL)
    until("it is told of", lambda: '"witness_courier_died"' in S.stderr())
    assert S.ask("GET", "/v1/checkpoint")[0] == 200


def both_verifiers_judge_the_record():
    note = witnessed()
    genesis = S.ask("GET", "/v1/log")[2]
    S.stop(remove=False)
    out = tlog.run("log", "check", S.directory)
    assert "whole:" in out and "signed by the witness witness.example/one" in out and "signed by the witness witness.example/two" in out, out
    auditor = os.environ.get("PARLEY_AUDIT_LOG")
    if auditor and os.path.exists(auditor):
        done = subprocess.run([auditor, S.directory], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=600)
        assert done.returncode == 0, done.stdout[-2000:]
    place = h.scratch("parley-witnessed-")
    with open(place + "/checkpoint", "w", encoding="utf-8") as file:
        file.write(note)
    with open(place + "/log.json", "w", encoding="utf-8") as file:
        json.dump(genesis, file)
    verify = [sys.executable, os.path.join(ROOT, "verifier", "verify.py"), "--json"]

    def verified(*words, status=0):
        done = subprocess.run(verify + list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=600)
        assert done.returncode == status, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return json.loads(done.stdout)
    said = verified(S.directory, place + "/checkpoint")
    assert said["checked"]["signatures of witnesses, each over a tree of this log"] >= 4, said["checked"]
    said = verified("--witness", HONEST.vkey, place + "/log.json", place + "/checkpoint")
    assert said["checked"]["dated signatures of witnesses"] == 1 and any("witness.example/one" in r for r in said["remarks"]), said
    assert not any("signed nothing" in r for r in said["remarks"]), said
    # A key that has signed nothing is named, also one of the same name as one that has; what the directory has recorded counts.
    other = tlog.vkey("witness.example/one", h.Key("witness.example/one", bytes([9]) * 32).public, 4)
    said = verified("--witness", HONEST.vkey, "--witness", other, place + "/log.json", place + "/checkpoint")
    assert said["checked"]["dated signatures of witnesses"] == 1 and len([r for r in said["remarks"] if "signed nothing" in r]) == 1, said
    said = verified("--witness", HONEST.vkey, "--witness", other, S.directory)
    assert said["checked"]["dated signatures of witnesses"] == 1 and len([r for r in said["remarks"] if "signed nothing" in r]) == 1, said
    with open(place + "/changed", "w", encoding="utf-8") as file:
        text, lines = note.split("\n\n")
        lines = lines.splitlines(keepends=True)
        at = next(i for i, l in enumerate(lines) if l.startswith("\u2014 witness.example/one "))
        lines[at] = lines[at][:-6] + ("A" if lines[at][-6] != "A" else "B") + lines[at][-5:]
        file.write(text + "\n\n" + "".join(lines))
    verified(place + "/log.json", place + "/changed")  # whose key that is, nobody has said
    verified("--witness", HONEST.vkey, place + "/log.json", place + "/changed", status=1)


def all_end():
    for witness in (HONEST, BEFORE):
        if witness.process.poll() is None:
            witness.stop()
    for liar in LIARS.values():
        liar.open.set()
        liar.server.shutdown()
    if S.process.poll() is None:
        S.stop()


def main():
    global S, HONEST, BEFORE
    try:
        tlog.parley()
        S = h.Server()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    vkey = tlog.run("log", "vkey", S.directory).strip()
    HONEST = tlog.Witness([vkey])
    BEFORE = tlog.Witness([vkey], name="witness.example/two")
    h.run([none_is_asked_none_has_signed, options_are_judged, honest_ones_sign_also_one_that_had_signed, who_follows_the_tiles_gets_them_and_nothing_goes_back, status_tells_of_them, a_process_that_asks_and_dies_is_told, after_a_kill_the_checkpoint_has_them_still,
           whatever_they_do_is_counted_and_the_log_goes_on, both_verifiers_judge_the_record, all_end])


if __name__ == "__main__":
    main()
