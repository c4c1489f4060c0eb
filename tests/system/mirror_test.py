#!/usr/bin/python3
"""parley mirror against real servers: it catches up, follows, goes on after any kill and while the server is away; a server that lies, forks, or leaves something out is named, and
nothing of that is kept; verify.py reads the directory as it stands; diff tells one log from two."""
import base64
import http.client
import http.server
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import redirect_stdout
import io

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, Server, run, wait_for_tick  # noqa: E402

sys.path.insert(0, os.path.join(system.ROOT, "verifier"))
import verify  # noqa: E402

FILES = ("genesis", "party", "stream", "ticks", "checkpoints")
KEPT = {}


def spoken(place, text):
    for party in ("north", "south"):
        place.parley("message", "south" if party == "north" else "north", "%s from %s" % (text, party), "--key", "%s.key" % party)


def mirrored(place, party, into, *options, server=None, status=0):
    where = ["http://%s:%d" % (server.host, server.port)] if server is not None else []
    return place.parley("mirror", *where, "--as", party, "--into", into, "--key", "%s.key" % party, *options, status=status)


def content(place, into, names=("stream", "ticks")):
    out = {}
    for name in names:
        with open(os.path.join(place.file(into), name), "rb") as file:
            out[name] = file.read()
    return out


def numbers(place, into, status=0):
    return json.loads(place.parley("mirror", "check", into, "--json", status=status)[0])


def ours(*paths):
    with redirect_stdout(io.StringIO()) as out:
        status = verify.main(["--json", *paths])
    return status, json.loads(out.getvalue())


def world():
    """A place with a log, two parties who have spoken, and its server; once."""
    if not KEPT:
        place = KEPT["place"] = Place()
        place.init()
        server = KEPT["server"] = AtOnePort(place)
        for party in ("north", "south"):
            place.party(party)
        for i in range(3):
            spoken(place, "word %d" % i)
            wait_for_tick(server)
    return KEPT["place"], KEPT["server"]


def two_parties_have_the_same_log():
    place, server = world()
    mirrored(place, "north", "n", "--once")
    out, _ = mirrored(place, "south", "s", "--once")
    assert "taken: " in out
    for into, party in (("n", "north"), ("s", "south")):
        said = numbers(place, into)
        assert said["whole"] and said["party"] == party and said["records"] >= 6 and said["parts"] > said["records"] and not said["forks"], said
        status, judged = ours(place.file(into))
        assert status == 0 and judged["checked"]["ticks shown with the party's slot"] == said["ticks"] and judged["checked"]["records shown"] == said["records"], judged
        assert judged["checked"]["places of the stream sealed in the log"] == said["records"], judged
        assert not any("whether" in text and "checkpoint" in text or "slots hold" in text for text in judged["cannot_tell"]), judged["cannot_tell"]
    assert place.parley("diff", "n", "s")[0].startswith("the same log up to tick ")
    place.write("note", server.ask("GET", "/v1/checkpoint")[2].decode())
    mirrored(place, "north", "n", "--once")
    assert "the same log" in place.parley("diff", "n", "note")[0]
    assert "the same log" in place.parley("diff", "n", place.file("s/checkpoints"))[0]
    before = content(place, "n")
    mirrored(place, "north", "n", "--once")
    after = content(place, "n")
    assert all(after[name].startswith(before[name]) for name in before)
    assert oct(os.stat(place.file("n")).st_mode)[-3:] == "700" and oct(os.stat(place.file("n/party")).st_mode)[-3:] == "600"


def wrong_words_are_told():
    place, _ = world()
    assert "the key is of north" in place.parley("mirror", "--as", "south", "--into", "x", "--key", "north.key", "--once", status=64)[1]
    assert "is the mirror of south's" in place.parley("mirror", "--into", "s", "--key", "north.key", "--once", status=4)[1]
    assert "--into is needed" in place.parley("mirror", "--key", "north.key", status=64)[1].replace(": ", " ")
    assert "every" in place.parley("mirror", "--into", "x", "--every", "0", "--key", "north.key", status=(3, 64))[1]
    assert "holds no mirror" in place.parley("mirror", "check", "nothing", status=5)[1]
    assert "a log's own directory" in place.parley("mirror", "check", "log", status=5)[1]
    assert "nobody answers" in place.parley("mirror", "http://127.0.0.1:9", "--into", "s", "--key", "south.key", "--once", status=6)[1]


class AtOnePort(Server):
    """Begun anew, it is where it was."""

    def command(self, create):
        words = super().command(create)
        return [("127.0.0.1:%d" % self.port) if word == "127.0.0.1:0" and hasattr(self, "port") else word for word in words]


class Follower:
    def __init__(self, place, party, into, *options):
        words = [system.binary(), "mirror", "--as", party, "--into", into, "--key", "%s.key" % party, "--every", "1", *options]
        self.process = subprocess.Popen(words, cwd=place.path, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    def line(self, word):
        """The next line that begins so."""
        while True:
            line = self.process.stdout.readline()
            assert line, (self.process.wait(), self.process.stderr.read())
            if line.startswith(word):
                return line

    def end(self, number=signal.SIGTERM):
        os.kill(self.process.pid, number)
        self.process.wait(timeout=60)
        out = self.process.communicate()
        return self.process.returncode, out


def a_checkpoint_beyond_is_not_compared():
    place, server = world()
    held = numbers(place, "s")["ticks"]
    while server.ask("GET", "/v1/log")[2]["size"] <= held:
        wait_for_tick(server)
    place.write("later", server.ask("GET", "/v1/checkpoint")[2].decode())
    assert "let it go on, then compare" in place.parley("diff", "s", "later", status=5)[1]


def it_follows_over_an_outage():
    place, server = world()
    shutil.copytree(place.file("n"), place.file("f"))
    follower = Follower(place, "north", "f", "http://127.0.0.1:%d" % server.port)
    follower.line("taken")
    server.stop(remove=False)
    assert "nobody answers" in follower.process.stderr.readline()
    server.start()
    follower.line("taken")
    spoken(place, "after the outage")
    wait_for_tick(server)
    follower.line("taken")
    status, (_, err) = follower.end()
    assert status == 0 and "ERROR" not in err, (status, err)
    assert "parley: http://" in err or err == "", err
    assert numbers(place, "f")["whole"]


def a_directory_has_one_at_a_time():
    """The second is told by whom it is held, and ends; following, once it has waited for one that may be ending."""
    place, server = world()
    shutil.rmtree(place.file("one"), ignore_errors=True)
    mirrored(place, "north", "one", "--once")
    with subprocess.Popen([system.binary(), "mirror", place.environment["PARLEY_SERVER"], "--as", "north", "--into", "one", "--key", "north.key", "--every", "1"], cwd=place.path, env=place.environment,
                          stdout=subprocess.PIPE, encoding="utf-8") as first:
        try:
            assert first.stdout.readline().startswith("held: ")
            for options, times in ((["--once"], 1), ([], 5)):
                _, err = place.parley("mirror", "--as", "north", "--into", "one", "--key", "north.key", *options, status=8, timeout=60)
                assert err == times * "parley: one: another 'parley mirror' runs on this directory: end it first, or name another one\n", err
        finally:
            first.terminate()
    mirrored(place, "north", "one", "--once")


def it_is_whole_after_every_kill():
    place, server = world()
    chance = random.Random(7)
    for i in range(12):
        follower = Follower(place, "south", "k")
        if i % 3 == 0:
            spoken(place, "before kill %d" % i)
        time.sleep(chance.random() * 0.6)  # any moment will do
        follower.end(signal.SIGKILL)
        if os.path.exists(place.file("k/genesis")):
            numbers(place, "k", status=(0, 9))
    mirrored(place, "south", "k", "--once")
    mirrored(place, "south", "k2", "--once")
    one, two = content(place, "k"), content(place, "k2")
    assert all(two[name].startswith(one[name]) for name in one) and numbers(place, "k")["whole"]


def a_torn_tail_is_cut():
    place, _ = world()
    for name in ("stream", "ticks", "checkpoints"):
        with open(place.file("k/" + name), "ab") as file:
            file.write(b'{"seq":')
    out = place.parley("mirror", "check", "k", status=9)
    assert "whole but for its tail" in out[0] and out[1].count("7 bytes behind") == 3, out
    out = mirrored(place, "south", "k", "--once")
    assert out[1].count("7 bytes behind the last checkpoint that was taken: cut") == 3, out
    assert numbers(place, "k")["whole"]


# --- a server that lies ---

class Lies(http.server.BaseHTTPRequestHandler):
    """Passes everything on, and changes answers on their way."""
    protocol_version = "HTTP/1.1"
    change = to = None

    @staticmethod
    def asked(path):
        return path

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        connection = http.client.HTTPConnection(*type(self).to)
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
        connection.request(self.command, type(self).asked(self.path), body, headers)
        reply = connection.getresponse()
        data = type(self).change(self.path.split("?")[0], reply.read()) if reply.status in (200, 201) else reply.read()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.getheader("Content-Type") or "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        connection.close()

    do_GET = do_POST = do_DELETE = pass_on

    def log_message(self, *words):
        pass


def through(server, change, **more):
    handler = type("Handler", (Lies,), dict({"change": staticmethod(change), "to": (server.host, server.port)}, **more))
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    proxy.host, proxy.port = proxy.server_address
    return proxy


def of(route, edit):
    def change(path, data):
        if path != route:
            return data
        value = json.loads(data)
        edit(value)
        return json.dumps(value, ensure_ascii=False).encode()
    return change


def other_hex(text):
    return ("1" if text[0] == "0" else "0") + text[1:]


def edit_part(name, member, other):
    def edit(value):
        for record in value["records"]:
            for part in record["parts"]:
                if part["class"] == name and member in part:
                    part[member] = other(part[member])
                    return
    return edit


def edit_record(member, other):
    def edit(value):
        if value["records"]:
            value["records"][-1][member] = other(value["records"][-1][member])
    return edit


def edit_tick(member, other):
    def edit(value):
        if value["ticks"] and member in value["ticks"][-1]:
            value["ticks"][-1][member] = other(value["ticks"][-1][member])
    return edit


def leave_out(value):
    value["records"] = [record for record in value["records"] if record["seq"] != 2]


def hide_a_part(value):
    for record in value["records"]:
        if len(record["parts"]) > 1:
            del record["parts"][-1]
            return


def cut_short(value):
    value["records"] = value["records"][:2] if value["from"] == 0 else []


def other_signature(value):
    head, tail = value["checkpoint"].rstrip("\n").rsplit(" ", 1)
    raw = bytearray(base64.b64decode(tail))
    raw[40] ^= 1
    value["checkpoint"] = "%s %s\n" % (head, base64.b64encode(raw).decode())


LIES = {
    "a record left out": ("/v1/stream", leave_out, "seq 2"),
    "the last ones left out": ("/v1/stream", cut_short, "seq 2: is missing"),
    "a salt swapped": ("/v1/stream", edit_part("told", "salt", other_hex), "part 'told'"),
    "words changed": ("/v1/stream", edit_part("outcome", "text", lambda t: t.replace("accepted", "refused")), "part 'outcome'"),
    "a section changed": ("/v1/stream", edit_part("section", "text", lambda t: t.replace("word", "sword")), "seq "),
    "a hash changed": ("/v1/stream", edit_part("told", "hash", other_hex), "part 'told'"),
    "a record dated back": ("/v1/stream", edit_record("time", lambda t: "2001" + t[4:]), "dated back"),
    "a record dated forward": ("/v1/stream", edit_record("time", lambda t: "2201" + t[4:]), ""),
    "a part hidden": ("/v1/stream", hide_a_part, "seq "),
    "what is withheld changed": ("/v1/stream", edit_record("withheld", lambda w: [other_hex(w[0])]), "seq "),
    "a root changed": ("/v1/stream", edit_record("root", other_hex), "seq "),
    "another path": ("/v1/slots", edit_tick("path", lambda p: [other_hex(p[0])] + p[1:]), "tick "),
    "fewer sealed": ("/v1/slots", edit_tick("size", lambda s: s - 1 if s else 0), "tick "),
    "another tick's root": ("/v1/slots", edit_tick("root", other_hex), "tick "),
    "a tick dated back": ("/v1/slots", edit_tick("time", lambda t: "2001" + t[4:]), "tick "),
    "another slot": ("/v1/slots", lambda value: value.update(slot=value["slot"] + 1), "slot"),
    "a signature that is none": ("/v1/slots", other_signature, "checkpoint"),
    "an unknown member": ("/v1/stream", edit_record("kind", lambda k: k), None),
}


def what_a_server_changes_is_named_and_not_kept():
    place, server = world()
    shutil.rmtree(place.file("l"), ignore_errors=True)
    mirrored(place, "north", "l", "--once")
    whole = content(place, "l")
    for name, (route, edit, words) in LIES.items():
        shutil.rmtree(place.file("l"))
        proxy = through(server, of(route, edit))
        if route == "/v1/slots" and name == "another slot":  # it is believed once, and held to it
            mirrored(place, "north", "l", "--once")
        out, err = mirrored(place, "north", "l", "--once", server=proxy, status=(0, 7))
        assert words is None and err == "" or words is not None and words in err and err, (name, out, err)
        is_ = content(place, "l")
        assert all(is_[n].startswith(whole[n]) or whole[n].startswith(is_[n]) for n in is_), name
        assert numbers(place, "l", status=0)["whole"]
        proxy.shutdown()
        proxy.server_close()
        mirrored(place, "north", "l", "--once")  # nothing of it has stuck
        assert content(place, "l")["stream"].startswith(whole["stream"]), name


def a_fork_is_proven_and_kept():
    place, server = world()
    mirrored(place, "north", "a", "--once")
    server.stop(remove=False)
    shutil.copytree(place.file("log"), place.file("log2"))
    server.start()
    place.serve(server)
    spoken(place, "to the one")
    wait_for_tick(server)
    mirrored(place, "north", "a", "--once")
    with Server(place, log="log2") as other:
        spoken(place, "to the other")
        wait_for_tick(other)
        shutil.copytree(place.file("n"), place.file("b"))
        mirrored(place, "north", "b", "--once", server=other)  # it held what both have
        size = numbers(place, "a")["ticks"]
        while other.ask("GET", "/v1/log")[2]["size"] <= size:
            wait_for_tick(other)
        before = content(place, "a", FILES)
        out, err = mirrored(place, "north", "a", "--once", server=other, status=12)
        assert out.count("\u2014 %s " % server.origin) == 2 and "FORK" in out and "a fork" in err, (out, err)
        assert content(place, "a", FILES) == before
        mirrored(place, "north", "b", "--once", server=other)
    place.serve(server)
    forks = [name for name in os.listdir(place.file("a")) if name.startswith("fork-")]
    assert len(forks) == 1, forks
    place.parley("mirror", "check", "a", status=12)
    out = place.parley("diff", "a", "b", status=12)[0]
    assert "FORK" in out and "They are the same up to tick" in out, out
    assert json.loads(place.parley("diff", "a", "b", "--json", status=12)[0])["verdict"] == "fork"
    status, judged = ours(place.file("a"), place.file("b/checkpoints"))
    assert status == 1 and "forked" in judged["fault"]["what"] or "end is missing" in judged["fault"]["what"], judged


def a_fork_that_is_shorter_is_one_too():
    """The other log has fewer ticks than are held, and is no beginning of these."""
    place, server = world()
    server.stop(remove=False)
    shutil.copytree(place.file("log"), place.file("log3"))
    with Server(place, log="log3") as other:
        wait_for_tick(other)
    server.start()
    place.serve(server)
    mirrored(place, "north", "s1", "--once")
    for _ in range(300):
        if numbers(place, "s1")["ticks"] > tick_of(place, "log3") + 12:
            break
        wait_for_tick(server)
        mirrored(place, "north", "s1", "--once")
    before = content(place, "s1", FILES)
    with Server(place, log="log3") as other:
        out, err = mirrored(place, "north", "s1", "--once", server=other, status=12)
        assert "FORK" in out and "another log of" in err and "than the one that is held" in err, (out, err)
    place.serve(server)
    assert content(place, "s1", FILES) == before
    place.parley("mirror", "check", "s1", status=12)


def tick_of(place, log):
    return place.check(log)["ticks"]


def a_spoiled_mirror_is_not_followed():
    place, _ = world()
    shutil.copytree(place.file("s"), place.file("spoiled"))
    with open(place.file("spoiled/ticks"), "r+b") as file:
        file.seek(9)
        file.write(b"7")
    out, err = mirrored(place, "south", "spoiled", "--once", status=7)
    assert "ticks, line 1, byte 0" in err and "taken" not in out, (out, err)


def an_older_log_is_no_fork():
    """As it stands after its end was lost, or as it shows itself: nothing new, and a checkpoint of before."""
    place, server = world()
    old = server.ask("GET", "/v1/checkpoint")[2]
    wait_for_tick(server)
    mirrored(place, "north", "f", "--once")
    proxy = through(server, lambda path, data: old if path == "/v1/checkpoint" else data,
                    asked=staticmethod(lambda path: "/v1/slots?from=99999999" if path.startswith("/v1/slots") else path))
    before = content(place, "f", FILES)
    out, err = mirrored(place, "north", "f", "--once", server=proxy, status=7)
    assert "the end of the log is lost, or is not shown" in err, (out, err)
    assert content(place, "f", FILES) == before and numbers(place, "f")["whole"]
    proxy.shutdown()
    proxy.server_close()


def it_ends():
    if KEPT:
        KEPT["server"].stop(remove=False)
        KEPT["place"].__exit__(None, None, None)


if __name__ == "__main__":
    run([two_parties_have_the_same_log, wrong_words_are_told, a_checkpoint_beyond_is_not_compared, it_follows_over_an_outage, a_directory_has_one_at_a_time, it_is_whole_after_every_kill, a_torn_tail_is_cut,
         what_a_server_changes_is_named_and_not_kept, a_fork_is_proven_and_kept, a_fork_that_is_shorter_is_one_too, a_spoiled_mirror_is_not_followed, an_older_log_is_no_fork, it_ends])
