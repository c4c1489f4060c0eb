"""The command line: help, wrong use, values that do not hold, exit statuses, JSON, keys, and what needs several parties."""
import json
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import threading

import system
from system import Place, Server, Skip, wait_for_tick

CIRCLE = ("--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", "+1h", "--to", "+2h")


def commands():
    out = subprocess.run([system.binary(), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    found = [m[1] for m in re.finditer(r"^  ([a-z]+(?: [a-z]+)?)  +\S", out, re.M)]
    assert len(found) > 40, out
    return found


class World:
    """A log, its server, the parties north, relief and south; one for all tests that need no own."""
    made = None

    @classmethod
    def get(cls):
        if cls.made is None:
            cls.made = cls()
        return cls.made.place

    def __init__(self):
        self.place = Place()
        self.place.init("--capacity", "slots_log2=4", "--capacity", "parties=8")
        self.server = Server(self.place)
        for party in ("north", "relief", "south"):
            self.place.party(party)

    @classmethod
    def end(cls):
        if cls.made is not None:
            cls.made.server.stop()
            cls.made.place.__exit__(None, None, None)


def refuses(place, words, status, *named):
    out, err = place.parley(*words, status=status)
    for word in named:
        assert word in err, "%s: %r is not named in %r" % (words, word, err)
    assert out == "", out
    assert err.startswith("parley: ") and err.count("\n") == 1, err


def every_subcommand_has_help():
    with Place() as place:
        for command in commands():
            out, err = place.parley(*command.split(), "--help")
            assert out.startswith("usage: parley %s " % command) and "--json" in out and err == "", (command, out)
            assert place.parley(*command.split(), "-h")[0] == out
        assert "COMMAND" in place.parley("--help")[0]
        assert re.match(r"parley \d", place.parley("--version")[0])
        assert "usage" in place.parley(status=64)[1]
        assert "notice file" in place.parley("notice", status=64)[1]
        assert "'fly'" in place.parley("fly", status=64)[1]
        # help COMMAND is COMMAND --help, of two words too.
        for command in ("init", "notice file", "log check"):
            assert place.parley("help", *command.split())[0] == place.parley(*command.split(), "--help")[0]
        assert place.parley("help")[0] == place.parley("--help")[0]
        assert "'fly'" in place.parley("help", "fly", status=64)[1] and "notice file" in place.parley("help", "notice", status=64)[1]
        out, _ = place.parley("help", "init")
        _, err = place.parley("init", "x", "--capacity", "?", status=64)
        tables = re.search(r"TABLE being one of((?: \w+)+)$", err, re.M)[1].split()
        assert len(tables) == 20 and all(re.search(r"^%s=\d+ \(\w" % t, out, re.M) for t in tables), (tables, out)


def an_unknown_option_or_a_wrong_count_of_arguments_is_named():
    with Place() as place:
        for command in commands():
            refuses(place, command.split() + ["--no-such"], 64, "--no-such", command)
            _, err = place.parley(*command.split(), *["x"] * 5, status=(64,)) if command != "import notam" else (None, "parley: ")
            assert err.startswith("parley: "), err
        refuses(place, ["key", "new", "k", "--name"], 64, "--name", "needs a value")
        refuses(place, ["key", "new", "k"], 64, "--name", "is needed")
        refuses(place, ["serve"], 64, "--data", "is needed")
        refuses(place, ["status", "--json=yes"], 64, "--json", "takes no value")


def the_manual_passes_the_lint():
    if not shutil.which("mandoc"):
        raise Skip("no mandoc here")
    with Place() as place:
        page = place.write("parley.1", place.parley("--man")[0])
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        assert done.stdout == "" and done.returncode == 0, done.stdout
        text = subprocess.run(["mandoc", "-Tutf8", page], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        text = re.sub(r".\x08", "", text)
        for command in commands():
            assert "parley " + command in text, command
        for status in ("0", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "64", "71"):
            assert re.search(r"^ +%s +\S" % status, text, re.M), status
        for heading in ("ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "LIMITS"):
            assert re.search(r"^%s$" % heading, text, re.M), heading


def the_manuals_examples_work():
    with Place() as place:
        page = place.parley("--man")[0].split(".Sh EXAMPLES")[1]
        lines = [l for block in re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", page, re.S) for l in block.splitlines()]
        assert len(lines) >= 12, lines
        server = None
        try:
            for line in lines:
                words = shlex.split(line)
                if words[:2] == ["parley", "serve"]:
                    server = Server(place, log=words[words.index("--data") + 1])
                elif words[0] == "curl":
                    if not shutil.which("curl"):
                        continue
                    token = place.parley("session", "--key", "north.key")[0].strip()
                    command = re.sub(r"\$\(parley [^)]*\)", token, line).replace("localhost:8420", "%s:%d" % (server.host, server.port))
                    assert "items" in json.loads(subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, check=True, timeout=60).stdout)
                else:
                    assert words[0] == "parley", line
                    place.parley(*[w.replace("localhost:8420", "%s:%d" % (server.host, server.port)) if server else w for w in words[1:]], status=(0, 9) if "doctor" in line else 0)
        finally:
            if server is not None:
                server.stop()


def malformed_values_are_named_with_their_rule():
    place = World.get()
    filing = ["notice", "file", "--area", "A", "--category", "missile", "--key", "north.key"]

    def shape(**changes):
        given = {"circle": "-47,-126,5NM", "lower": "SFC", "upper": "FL100", "from": "+1h", "to": "+2h"}
        given.update(changes)
        return filing + [w for k, v in given.items() if v is not None for w in ("--" + k, v)]
    refuses(place, shape(circle="-47,-126"), 64, "--circle", "-47,-126", "LAT,LNG,RADIUS")
    refuses(place, shape(circle="-47,x,5NM"), 64, "--circle", "-47,x", "decimal degrees")
    refuses(place, shape(circle="-47,-126,5miles"), 64, "--circle", "5miles", "5NM")
    refuses(place, shape(circle="-47,-126,9260"), 64, "--circle", "'9260' needs its unit: 9260m, 9260km or 9260NM?")
    refuses(place, shape(circle=None, corridor="10 -47,-126 -46,-126"), 64, "--corridor", "'10' needs its unit", "10NM")
    for lower, upper in (("FL250", "SFC"), ("FL250", "4500ft"), ("1500m", "GND"), ("300m:SFC", "SFC"), ("FL101", "10000ft"), ("3001m:W84", "3000m"), ("FL200", "FL100")):
        refuses(place, shape(lower=lower, upper=upper), 64, "--upper: '%s' is below --lower '%s'" % (upper, lower))
    refuses(place, shape(lower="low"), 64, "--lower", "'low'", "FL245")
    refuses(place, shape(upper=None), 64, "--upper", "is needed")
    refuses(place, shape(upper="250"), 64, "--upper", "'250'", "no unit", "FL250")
    refuses(place, shape(to="2020-01-01T00:00:00Z", **{"from": "2019-01-01T00:00:00Z"}), 64, "--to", "2020-01-01", "past", "--late-entry")
    refuses(place, shape(to="2030-01-01T00:00:00Z", **{"from": "2031-01-01T00:00:00Z"}), 64, "--to", "2030-01-01", "not after", "2031-01-01")
    refuses(place, shape() + ["--area", "B"], 64, "--area", "twice", "'A'", "'B'")
    refuses(place, ["notice", "over", "north/" + "0" * 32, "--key", "north.key"], 5, "north/" + "0" * 32, "no such notice")
    refuses(place, shape(**{"from": "noon"}), 64, "--from", "'noon'", "RFC 3339")
    refuses(place, shape(**{"from": "2030-02-30T00:00:00Z"}), 64, "--from: '2030-02-30T00:00:00Z': day must be")
    refuses(place, shape(**{"from": "2030-02-20T00:0Z"}), 64, "--from: '2030-02-20T00:0Z' is no time such as 2026-11-23T10:00:00Z (RFC 3339; to the minute too), +90m or 14:30")
    refuses(place, shape(to="2030-01-01T00:00Z", **{"from": "2031-01-01T00:00Z"}), 64, "--to", "2030-01-01", "not after", "2031-01-01")
    refuses(place, shape(to="+2y"), 64, "--to", "2y", "7d")
    # What only the rules of statements forbid comes back from the server with its place in the body.
    # What was typed is named first, then that place.
    refuses(place, shape(circle="-97,-126,5NM"), 3, "parley: --circle (/volumes/0/circle/center/lat): -97")
    inverted = {"area": "A", "category": "missile", "volumes": [{"circle": {"center": {"lat": -47, "lng": -126}, "radius_m": 9260}, "start": "2030-01-01T00:00:00Z", "end": "2030-01-01T01:00:00Z",
                "lower": {"value": 250, "reference": "FL", "units": "FL"}, "upper": {"value": 4500, "reference": "AMSL", "units": "FT"}}]}
    body = place.write("inverted.json", json.dumps(inverted))
    refuses(place, ["notice", "file", "--body", body, "--key", "north.key"], 3, "/volumes/0/upper", "1371.60 m AMSL must not be below lower, 7620.00 m FL")
    refuses(place, shape(circle=None, polygon="-47,-126 -47,-126 -48,-126"), 3, "parley: --polygon (/volumes/0/polygon/1): ")
    refuses(place, shape(circle=None, polygon="-47,-126 -48,-125 -47,-125 -48,-126"), 3, "parley: --polygon (")
    refuses(place, filing[:4] + ["--category", "Missile!"] + filing[6:] + list(CIRCLE), 3, "parley: --category (/category): ", "Missile!")
    refuses(place, shape() + ["--readers", "No One"], 3, "parley: --readers (/to/0): ", "No One")
    refuses(place, ["flight", "file", "--icao24", "xyz", "--key", "north.key"] + list(CIRCLE), 3, "parley: --icao24 (/icao24): ", "'xyz' must be 6 lower-case hex digits")
    refuses(place, ["message", "relieff", "hear me", "--key", "north.key"], 5, "parley: READER: no party of that name: 'relieff'")
    for what in ("alerts", "due"):
        refuses(place, ["list", what], 64, "parley: --key: give --key")
    refuses(place, ["message", "relief", "", "--key", "north.key"], 3, "parley: TEXT (/text): ", "empty")
    refuses(place, ["feed", "declare", "My Feed", "--key", "north.key"], 3, "parley: FEED (/feed): ", "My Feed")
    refuses(place, ["ack", "7", "received", "--desk", "A B", "--key", "north.key"], 3, "parley: --desk (/desk): ", "A B")
    refuses(place, ["party", "add", "--root", "north.key.pub", "--key", "registry.key", "--key", "north.key"], 4, "parley: --root (/name): ", "north is a party already")
    place.write("body.json", {"area": "X", "category": "missile", "volumes": [], "colour": "red"})
    place.write("own.json", {"area": "X", "category": "Missile!", "volumes": []})
    refuses(place, ["notice", "file", "--body", "body.json", "--key", "north.key"], 3, "parley: body.json (/colour): ")
    place.write("body.json", {"area": "X", "category": "missile", "volumes": [{"circle": {"center": {"lat": 1, "lng": 1}, "radius_m": 10}, "lower": {"value": 0, "reference": "SFC", "units": "M"},
                                                                           "upper": "UNL", "start": "2190-01-01T00:00:00Z", "end": "2191-01-01T00:00:00Z"}]})
    refuses(place, ["notice", "file", "--body", "body.json", "--own-body", "own.json", "--key", "north.key"], 3, "parley: own.json (/category): ")
    place.write("agreement.bad", dict(AGREEMENT, colour="red"))
    refuses(place, ["agreement", "sign", "agreement.bad", "--key", "north.key"], 3, "parley: agreement.bad (/colour): ")
    refuses(place, ["flight", "file", "--persons", "-1", "--key", "north.key"] + list(CIRCLE), 64, "--persons", "-1", "100000")
    refuses(place, ["ack", "seven", "received", "--key", "north.key"], 64, "PLACE", "seven")
    refuses(place, ["ack", "7", "noticed", "--key", "north.key"], 64, "STEP", "noticed", "displayed")
    refuses(place, ["answer", "north/" + "0" * 32, "MAYBE", "--key", "north.key"], 64, "REPLY", "MAYBE", "WILCO")
    refuses(place, ["list", "things"], 64, "WHAT", "things", "notices")
    refuses(place, ["show", "notice", "nonsense", "--key", "north.key"], 64, "nonsense", "32")
    refuses(place, ["init", "new", "--capacity", "pilots=4"], 64, "--capacity", "pilots=4", "notices")
    refuses(place, ["init", "new", "--mode", "practice"], 64, "--mode", "practice")
    refuses(place, ["init", "new", "--operator", "Big Boss"], 3, "Big Boss")
    refuses(place, ["init", "new", "--capacity", "slots_log2=60"], 3, "slots_log2", "60")
    refuses(place, ["serve", "--data", "log", "--clock-rate", "fast"], 64, "--clock-rate", "fast")
    refuses(place, ["key", "new", "k", "--name", "practice/x/root"], 64, "--name", "practice/x/root")
    place.write("bad.json", "{\"name\":")
    refuses(place, ["agreement", "sign", "bad.json", "--key", "north.key"], 3)
    place.write("bad.key", "hello")
    refuses(place, ["status", "--key", "bad.key"], 4, "bad.key", "mode 0644", "chmod 600")
    os.chmod(place.file("bad.key"), 0o600)
    refuses(place, ["status", "--key", "bad.key"], 3, "bad.key")
    refuses(place, ["status", "--key", "none.key"], 71, "none.key")
    assert not os.path.exists(place.file("new")) and not os.path.exists(place.file("new.operator.key"))


def a_line_that_breaks_is_told_in_words():
    """Servers that are none, or break off: each with the sentence for it, and whether what was said may have arrived."""
    place = World.get()
    said = place.environment["PARLEY_SERVER"]
    real = (said.split("/")[2].split(":")[0], int(said.rsplit(":", 1)[1]))

    def forward(request):
        with socket.create_connection(real) as s:
            s.sendall(request)
            s.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: s.recv(65536), b""))

    class Liar(threading.Thread):
        """Passes what is asked on, but what begins with `about` it answers with `reply` and closes."""

        def __init__(self, reply, about=b""):
            super().__init__(daemon=True)
            self.reply, self.about = reply, about
            self.socket = socket.create_server(("127.0.0.1", 0))
            self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
            self.start()

        def run(self):
            while True:
                try:
                    s, _ = self.socket.accept()
                except OSError:
                    return
                with s:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        part = s.recv(65536)
                        if not part:
                            break
                        request += part
                    length = re.search(rb"Content-Length: (\d+)", request)
                    while length and len(request.split(b"\r\n\r\n", 1)[1]) < int(length[1]):
                        request += s.recv(65536)
                    if not request:
                        continue
                    s.sendall(self.reply if request.startswith(self.about) else forward(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)))

    unknown = "the outcome is unknown: send the same statement again"
    for reply, words in ((b"", "it closed the line without a word"), (b"220 mail.example ESMTP\r\n", "no HTTP is spoken there"), (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "the line broke within the answer"),
                         (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "is that a Parley server?"), (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ht>", "is that a Parley server?"),
                         (b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", "(status 413)"), (b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n", "(status 418)"),
                         (b"HTTP/1.1 429 No\r\nContent-Length: 17\r\n\r\n{\"title\":\"Later\"}", "Later (status 429)"), (b"HTTP/1.1 507 No\r\nContent-Length: 0\r\n\r\n", "(status 507)"),
                         (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "does not say why")):
        liar = Liar(reply)
        status = {b"413": 3, b"429": 8, b"507": 8}.get(reply[9:12], 3 if b" 200 " in reply and words[0] == "i" else 6)
        _, err = place.parley("list", "notices", "--server", liar.url, status=status)
        assert words in err and unknown not in err and err.count("\n") == 1, (words, err)
        liar.socket.close()
    for reply, words in ((b"", "it closed the line without a word"), (b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{", "the line broke within the answer")):
        liar = Liar(reply, b"POST /v1/statements")
        out, err = place.parley("message", "relief", "anybody there?", "--key", "north.key", "--server", liar.url, status=6)
        assert words in err and unknown in err and re.search(r"^message north/[0-9a-f]{32}$", out, re.M), (words, out, err)
        liar.socket.close()
    liar = Liar(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n<ht>", b"POST /v1/statements")
    _, err = place.parley("message", "relief", "anybody there?", "--key", "north.key", "--server", liar.url, status=6)
    assert "the server's answer is not understood" in err, err
    liar.socket.close()
    for body in (b"one line", b"name\n7\nAAAA\n", b"name\n7\n%\n"):
        liar = Liar(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body), b"GET /v1/checkpoint")
        refuses(place, ["message", "relief", "anybody there?", "--key", "north.key", "--server", liar.url], 3, "the server's checkpoint is not understood")
        liar.socket.close()


def a_session_is_for_curl():
    place = World.get()
    token = place.parley("session", "--key", "north.key")[0].strip()
    assert World.made.server.ask("GET", "/v1/stream", token=token)[0] == 200
    said = json.loads(place.parley("session", "--key", "north.key", "--json")[0])
    assert set(said) == {"token", "expires"} and said["token"] != token and said["expires"] > World.made.server.now(), said
    assert World.made.server.ask("DELETE", "/v1/session", token=said["token"])[0] in (200, 204)
    assert World.made.server.ask("GET", "/v1/stream", token=said["token"])[0] == 401
    refuses(place, ["session"], 64, "--key", "is needed")


def a_category_that_no_rule_names_is_told():
    place = World.get()
    rule = AGREEMENT["rules"][0]
    place.write("named.json", dict(AGREEMENT, name="named", parties=["north", "relief"], rules=[rule, dict(rule, category="missile", lead_s=1200)]))
    place.parley("agreement", "sign", "named.json", "--key", "north.key", "--key", "relief.key")
    filing = ["notice", "file", "--area", "C", *CIRCLE, "--key", "north.key"]
    said = "  named has no rule for the category 'missle': its rule 'default' holds\n"
    assert said in place.parley(*filing, "--category", "missle")[0]
    out = place.parley(*filing, "--category", "missile")[0]
    assert "has no rule" not in out and "agreed 0:20:00" in out, out
    assert "has no rule" not in place.parley(*filing, "--category", "default")[0]
    # Nor is one judged by what is not in force yet.
    place.write("later.json", dict(AGREEMENT, name="later", parties=["north", "relief"], rules=[rule, dict(rule, category="uas")], **{"from": "2190-01-01T00:00:00Z"}))
    place.parley("agreement", "sign", "later.json", "--key", "north.key", "--key", "relief.key")
    assert "later has no rule" not in place.parley(*filing, "--category", "missile")[0]
    # Not of another's agreement, and not as part of JSON.
    assert "has no rule" not in place.parley("notice", "file", "--area", "C", *CIRCLE, "--key", "south.key", "--category", "missle")[0]
    json.loads(place.parley(*filing, "--category", "missle", "--json")[0])


def what_is_overdue_is_said():
    """In lists, and by watch in a sentence. The rule's read-back is short: it passes while we look."""
    place = World.get()
    server = World.made.server
    rule = dict(AGREEMENT["rules"][0], readback_s=1, lead_s=0)
    place.write("quick.json", dict(AGREEMENT, name="quick", parties=["north", "south"], rules=[rule]))
    place.parley("agreement", "sign", "quick.json", "--key", "north.key", "--key", "south.key")
    since = int(json.loads(place.parley("status", "--key", "south.key", "--json")[0])["stream"])
    notice = place.entity(place.parley("notice", "file", "--area", "LATE", "--category", "missile", *CIRCLE, "--key", "north.key")[0], "notice")
    due = [d for d in json.loads(place.parley("list", "due", "--key", "south.key", "--json")[0])["items"] if d["area"] == "LATE"][0]
    system.wait_for_tick(server, 3)
    listed = [l for l in place.parley("list", "due", "--key", "south.key")[0].splitlines() if "area=LATE" in l]
    assert len(listed) == 1 and listed[0].startswith("OVERDUE place=%d " % due["place"]) and "; was to be answered by " in listed[0], listed
    told = place.parley("watch", "--after", since - 1, "--count", 2, "--key", "south.key")[0].splitlines()
    assert re.search(r" OVERDUE: south has not read back the notice at place %d of its stream \(notice %s\), was to by \S+Z; call 1, for desk watch$" % (due["place"], notice), told[1]), told
    place.parley("ack", due["place"], "readback", "--start", due["start"], "--lower", "SFC", "--upper", "FL100", "--area", "LATE", "--key", "south.key")
    listed = [l for l in place.parley("list", "due", "--key", "south.key")[0].splitlines() if "area=LATE" in l]
    assert len(listed) == 1 and listed[0].startswith("done place=") and "read back" in listed[0], listed
    # The sender hears of each step, and that its lead is read back by all.
    lines = place.parley("watch", "--all", "--count", int(json.loads(place.parley("status", "--key", "north.key", "--json")[0])["stream"]), "--key", "north.key")[0]
    assert re.search(r" south: readback, notice %s$" % notice, lines, re.M), lines
    assert re.search(r" LEAD: notice %s was read back by all of quick \d+ s before its start, agreed are 0 s$" % notice, lines, re.M), lines


def errors_are_json_where_asked():
    place = World.get()
    for words, status in ((["list", "things", "--json"], 64), (["show", "notice", "north/" + "0" * 32, "--key", "north.key", "--json"], 5),
                          (["notice", "file", "--json", "--key", "north.key"], 64)):
        out, err = place.parley(*words, status=status)
        said = json.loads(err)
        assert set(said) == {"error", "field", "message"} and said["message"], said
        assert out == "", out
    out, _ = place.parley("notice", "over", "north/" + "0" * 32, "--key", "north.key", "--json", status=(4, 5))
    assert json.loads(out)["reason"] == "unknown-entity", out


def every_answer_is_json_where_asked():
    place = World.get()
    for what in ("notices", "flights", "tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due"):
        assert isinstance(json.loads(place.parley("list", what, "--key", "north.key", "--json")[0])["items"], list), what
    json.loads(place.parley("status", "--key", "north.key", "--json")[0])
    out, _ = place.parley("notice", "file", "--area", "J", "--category", "missile", *CIRCLE, "--key", "north.key", "--json")
    assert json.loads(out)["verdict"] == "accepted"
    for line in place.parley("stream", "--key", "north.key", "--json")[0].splitlines():
        system.strictly(line)


def exit_statuses_tell_what_happened():
    place = World.get()
    zero = "north/" + "0" * 32
    refuses(place, ["show", "notice", zero, "--key", "north.key"], 5, zero)
    # Another's party: refused as forbidden, recorded.
    out, _ = place.parley("notice", "file", "--area", "E", "--category", "missile", *CIRCLE, "--key", "north.key")
    notice = place.entity(out, "notice")
    _, err = place.parley("notice", "cancel", notice, "--key", "south.key", status=4)
    assert err.startswith("parley: ") and "it is north's, you are south" in err, err
    _, err = place.parley("notice", "over", notice, "--key", "north.key", status=4)
    assert "cancel" in err, err
    refuses(place, ["list", "notices", "--server", "http://127.0.0.1:9"], 6, "127.0.0.1:9", "nobody answers there: does the server run")
    refuses(place, ["list", "notices", "--server", "http://nobody.invalid"], 6, "nobody.invalid", "no machine has this name")
    refuses(place, ["list", "notices", "--server", "http://[::"], 6, "is no address of a server")
    refuses(place, ["list", "notices", "--server", place.environment["PARLEY_SERVER"].replace("http", "https")], 6, "is it http:// rather than https://?")
    refuses(place, ["list", "notices", "--server", place.environment["PARLEY_SERVER"].replace("http", "https"), "--ca", "absent.pem"], 6, "the file of --ca cannot be read")
    refuses(place, ["list", "notices", "--server", "ftp://x"], 64, "--server", "ftp://x")
    refuses(place, ["log", "check", "nowhere"], 5, "nowhere: holds no log")
    refuses(place, ["why", "0123456789abcdef", "--data", "nowhere"], 5, "nowhere: holds no log")
    refuses(place, ["scrub", "nowhere"], 5, "nowhere: holds no log")
    refuses(place, ["restore", "log", "elsewhere", "--witnessed", "localhost:8421"], 64, "'localhost:8421' is no file or mirror that is there; an address begins with http://")
    refuses(place, ["restore", "log", "elsewhere", "--witnessed", "absent"], 71, "absent: cannot be opened")
    place.write("seen", "a checkpoint\n")
    refuses(place, ["receipt", "check", "north.key.pub", "seen"], 3, "seen: is no address of a server, no directory and no proof of a receipt")
    _, err = place.parley("serve", "--data", "log", "--listen", "localhost:99999", status=64)
    assert "is not HOST:PORT" in err and "starting" not in err, err  # before the log is read
    refuses(place, ["serve", "--data", "log", "--token-key", "x.pub"], 64, "--audience: is needed with --token-key")
    refuses(place, ["serve", "--data", "log", "--audience", "x"], 64, "--audience: needs --token-key too")
    refuses(place, ["doctor", "--server", "http://127.0.0.1:9"], 64, "DIR: give the log's directory too")
    refuses(place, ["stream", "relief", "--key", "north.key"], 4, "PARTY")
    place.parley("key", "new", "stranger.key", "--name", "exercise/stranger/root")
    _, err = place.parley("notice", "file", "--area", "X", "--category", "missile", *CIRCLE, "--key", "stranger.key", status=(4, 7))
    assert "/note: bears no valid signature" in err and "; signed by --key stranger.key (exercise/stranger/root)" in err, err
    # One point and a width: FORMAT.md has it, the answer says what it is.
    out, _ = place.parley("notice", "file", "--area", "P", "--category", "missile", "--corridor", "10NM -47,-126", *CIRCLE[2:], "--key", "north.key")
    assert "corridor of 1 point, 10.00 NM wide (a circle)" in out, out
    assert "a corridor of one point is a circle" in re.sub(r"\s+", " ", place.parley("notice", "file", "--help")[0])
    refuses(place, ["status", "--key", "stranger.key"], 7, "--key: this log does not know the key exercise/stranger/root")


def without_a_key_the_world_s_part_is_called_so():
    """What everybody may read is not all there is: an empty list must not read as "nothing there"."""
    place = World.get()
    out, _ = place.parley("notice", "file", "--area", "W", "--category", "missile", *CIRCLE, "--key", "north.key")
    notice = place.entity(out, "notice")
    for what in ("notices", "flights"):
        out, err = place.parley("list", what)
        assert notice not in out and "with --key: what you may read" in out and "shown to everybody" in out and "no %s\n" % what not in out, out
        assert err.startswith("parley: no --key") and "shown to everybody; with --key: what you may read" in err, err
        out, err = place.parley("list", what, "--key", "north.key")
        assert (notice in out) == (what == "notices") and "everybody" not in out and err == "", (out, err)
        out, err = place.parley("list", what, "--json")
        assert isinstance(json.loads(out)["items"], list) and "shown to everybody" in err, (out, err)
    for what in ("tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due"):
        refuses(place, ["list", what], 64, "--key: give --key (or set PARLEY_KEY)", what)
    refuses(place, ["show", "hold", "north/" + "0" * 32], 64, "--key: give --key (or set PARLEY_KEY)")


def key_files_are_secret_and_never_overwritten():
    with Place() as place:
        place.key("alpha")
        assert stat.S_IMODE(os.stat(place.file("alpha.key")).st_mode) == 0o600
        before = open(place.file("alpha.key"), encoding="utf-8").read()
        refuses(place, ["key", "new", "alpha.key", "--name", "exercise/alpha/root"], 4, "alpha.key")
        assert open(place.file("alpha.key"), encoding="utf-8").read() == before
        out, _ = place.parley("init", "log", "--origin", "keys.example")
        assert stat.S_IMODE(os.stat(place.file("log.operator.key")).st_mode) == 0o600
        assert "MB" in out and stat.S_IMODE(os.stat(place.file("log")).st_mode) == 0o700
        for name in os.listdir(place.file("log")):
            mode = stat.S_IMODE(os.stat(place.file("log/" + name)).st_mode)
            assert mode & 0o077 == 0, (name, oct(mode))


def pipes_are_not_waited_for():
    """A named pipe in a file's place, with nobody at its other end, is refused at once: of a key, a genesis, settings, a certificate, the log itself."""
    with Place() as place:
        place.init()
        place.key("alpha")
        os.mkfifo(place.file("pipe"), 0o600)
        os.rename(place.file("log/genesis"), place.file("genesis"))
        os.mkfifo(place.file("log/genesis"), 0o600)
        for words in (["list", "notices", "--key", "pipe"], ["init", "other", "--genesis", "pipe"],
                      ["serve", "--config", "pipe"], ["log", "check", "log"],
                      ["serve", "--data", "log", "--listen", "127.0.0.1:0", "--tls-cert", "pipe", "--tls-key", "pipe"]):
            _, err = place.parley(*words, status=tuple(range(1, 128)), timeout=60)
            if "no regular file" not in err:
                raise AssertionError("%s: %r" % (words, err))


def a_public_key_in_the_secret_ones_place_is_named():
    place = World.get()
    refuses(place, ["list", "notices", "--key", "north.key.pub"], 64, "north.key.pub: this is the public key; the secret one is north.key\n")
    place.write("open.txt", open(place.file("north.key.pub"), encoding="utf-8").read())
    for mode in (0o644, 0o600):
        os.chmod(place.file("open.txt"), mode)
        refuses(place, ["list", "notices", "--key", "open.txt"], 64, "this is a public key")
    refuses(place, ["init", "other", "--operator", "north", "--key", "north.key.pub"], 64, "the secret one is north.key")
    os.chmod(place.file("north.key"), 0o644)
    refuses(place, ["list", "notices", "--key", "north.key"], 4, "chmod 600")
    os.chmod(place.file("north.key"), 0o600)


def a_server_that_knows_less_is_named():
    place = World.get()
    refuses(place, ["watch", "--after", "99999", "--key", "north.key"], 7, "--after: is beyond the end of this stream (", "was an older copy restored?")


def the_state_of_the_clock_is_told():
    place = World.get()
    out, _ = place.parley("status", "--key", "north.key")
    told = float(re.search(r", clock: no jump seen(?:; NOT synchronised)?, error up to ([0-9.e+-]+) s$", out, re.M)[1])
    assert ("NOT synchronised" in out) == (told >= 16), out


def init_leaves_an_existing_log_alone():
    with Place() as place:
        place.init()
        inside = sorted(os.listdir(place.file("log")))
        _, err = place.parley("init", "log", "--origin", "other.example", "--operator", "registry", "--key", "registry.key", status=4)
        assert "log" in err and sorted(os.listdir(place.file("log"))) == inside
        os.mkdir(place.file("mine"))
        place.write("mine/letter.txt", "dear")
        place.parley("init", "mine", "--origin", "other.example", "--operator", "registry", "--key", "registry.key", status=(0, 4))
        assert open(place.file("mine/letter.txt"), encoding="utf-8").read() == "dear"


def init_leaves_what_remains_of_a_log_alone():
    """With its genesis gone, or as a restore leaves it that failed, it is no place for a new log: its keys are in no other."""
    def all_of(top):
        return {os.path.join(at, n): open(os.path.join(at, n), "rb").read() for at, _, names in os.walk(place.file(top)) for n in names}
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=8")
        with system.Server(place) as server:
            place.party("north")
            wait_for_tick(server)
        os.rename(place.file("log/genesis"), place.file("genesis"))
        before, making = all_of("log"), ["init", "log", "--origin", "other.example", "--operator", "registry"]
        _, err = place.parley("serve", "--data", "log", status=5)
        assert "journal of a log, and no genesis" in err and "make no new log" in err, err
        for words in ([], ["--key", "registry.key"]):
            _, err = place.parley(*making, *words, status=4)
            assert "parley: log: holds journal of a log, and no genesis" in err and "backup" in err, err
            assert all_of("log") == before and not os.path.exists(place.file("log.operator.key"))
        shutil.rmtree(place.file("log/journal"))
        shutil.rmtree(place.file("log/snapshots"), ignore_errors=True)
        for name in ("log.key", "receipt.key", "blinds"):
            assert "holds %s of a log" % name in place.parley(*making, status=4)[1]
            os.remove(place.file("log/" + name))
        place.parley(*making)  # nothing of it is left
        _, err = place.parley("serve", "--data", "nowhere", status=5)
        assert "is its disk mounted" in err and "'parley init nowhere'" in err, err


AGREEMENT = {"name": "basin", "version": 1, "parties": ["north", "relief"], "from": "2026-01-01T00:00:00Z", "until": None, "separation_m": 9260,
             "separation_height_m": 300, "withdraw_notice_s": 604800,
             "rules": [{"category": "default", "lead_s": 600, "binds": "sequenced", "readback_s": 60, "reaction_m": 0, "reaction_height_m": 0,
                        "reaction_before_s": 0, "reaction_after_s": 0, "tail_s": 5}]}


def an_agreement_is_drafted_and_cosigned():
    place = World.get()
    place.write("agreement.json", AGREEMENT)
    place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--co-signer", "relief.key.pub", "--draft", "draft.json")
    assert stat.S_IMODE(os.stat(place.file("draft.json")).st_mode) == 0o600
    assert "basin" not in place.parley("list", "agreements", "--key", "relief.key")[0]
    place.parley("cosign", "draft.json", "--key", "south.key", status=5)  # its text asks for no such key
    place.parley("cosign", "draft.json", "--key", "relief.key")
    out, _ = place.parley("cosign", "draft.json", "--key", "relief.key", "--send")  # has signed already: it is only sent
    assert "accepted" in out and "basin" in place.parley("list", "agreements", "--key", "relief.key")[0], out
    out, _ = place.parley("cosign", "draft.json", "--key", "north.key", "--send")
    assert "repeated" in out, out


def an_agreement_by_two_separate_sends_is_pending_first():
    place = World.get()
    place.write("second.json", dict(AGREEMENT, name="strait", parties=["north", "south"]))
    place.parley("agreement", "sign", "second.json", "--key", "north.key", "--co-signer", "south.key.pub", "--draft", "second.draft")
    # Each party sends what it has signed: the same text, so the same statement; signatures add up.
    one = json.load(open(place.file("second.draft"), encoding="utf-8"))
    text, signatures = one["note"].split("\n\n")
    out, _ = place.parley("cosign", "second.draft", "--key", "north.key", "--send", status=2)
    assert "pending" in out and "exercise/south/root" in out, out
    assert "strait" not in place.parley("list", "agreements", "--key", "south.key")[0]
    assert place.parley("list", "pending", "--key", "south.key")[0].count("agreement") >= 1
    out, _ = place.parley("cosign", "second.draft", "--key", "south.key", "--send")
    assert "accepted" in out and "strait" in place.parley("list", "agreements", "--key", "south.key")[0], out
    assert text in json.load(open(place.file("second.draft"), encoding="utf-8"))["note"] and signatures


def a_sealed_notice_is_opened_by_its_sender_only():
    place = World.get()
    out, _ = place.parley("notice", "file", "--area", "SEALED", "--category", "missile", *CIRCLE, "--seal", "seal.json", "--open-by", "+30m", "--key", "north.key")
    notice = place.entity(out, "notice")
    assert stat.S_IMODE(os.stat(place.file("seal.json")).st_mode) == 0o600
    assert "SEALED" not in place.parley("list", "notices", "--key", "relief.key")[0]
    refuses(place, ["notice", "file", "--area", "X", "--category", "missile", *CIRCLE, "--open-by", "+30m", "--key", "north.key"], 64, "--seal")
    place.parley("open", "seal.json", "--key", "south.key", status=(3, 4))
    changed = open(place.file("seal.json"), encoding="utf-8").read().replace("SEALED", "SWAPPD")
    place.write("forged.json", changed)
    place.parley("open", "forged.json", "--key", "north.key", status=(3, 4))
    place.parley("open", "seal.json", "--key", "north.key")
    listed = place.parley("list", "notices", "--key", "relief.key")[0]
    assert notice in listed and "SEALED" in listed and "SWAPPD" not in listed, listed


def keys_are_added_and_revoked_and_recovered():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=8", "--recovery-quorum", "2")
        with Server(place):
            for party in ("north", "relief", "south"):
                place.party(party)
            desk = place.key("north", "desk-1")
            place.parley("status", "--key", desk, status=(4, 5, 7))
            _, err = place.parley("key", "add", "--new", desk + ".pub", "--key", "north.key", status=(3, 4))  # its own signature is missing
            place.parley("key", "add", "--new", desk + ".pub", "--key", "north.key", "--key", desk)
            place.parley("message", "relief", "from the desk", "--key", desk)
            place.parley("key", "revoke", "desk-1", "--suspect-from", "-1h", "--reason", "left in a car", "--key", "north.key")
            place.parley("message", "relief", "from the car", "--key", desk, status=(4, 7))
            # north loses its root key: the operator, the new key and two others sign; it waits for the delay.
            new = place.key("north", "root-2")
            words = ["key", "recover", "--new", new + ".pub", "--key", "registry.key", "--key", new]
            place.parley(*words, status=(2, 4))
            out, _ = place.parley(*words, "--key", "relief.key", "--key", "south.key")
            assert "accepted" in out, out
            place.parley("message", "relief", "too early", "--key", new, status=(4, 7))
            place.parley("key", "object", "--text", "we have it still", "--key", "north.key")
        assert place.check()["cut_bytes"] == 0


def what_is_typed_is_what_is_filed():
    place = World.get()
    for number, (radius, lower, upper, metres, low, high) in enumerate((
            ("5NM", "1000ft", "4500ft", 9260, 304.8, 1371.6), ("5nm", "300m", "1500m", 9260, 300, 1500),
            ("9.26km", "0ft:W84", "250.5m:W84", 9260, 0, 250.5), ("750m", "100ft:AMSL", "12000ft:AMSL", 750, 30.48, 3657.6))):
        area = "TYPED %d" % number
        said = place.parley("notice", "file", "--area", area, "--category", "missile", "--circle", "-47.1,-126.2," + radius, "--lower", lower, "--upper", upper,
                     "--from", "+2h", "--to", "+1h", "--key", "north.key")[0]
        assert re.search(r'^  filed "TYPED %d" missile: \S+Z to \S+Z, %s to %s, circle -47.1,-126.2 radius %.2f NM$' % (
            number, lower.replace(":AMSL", ""), upper.replace(":AMSL", ""), metres / 1852), said, re.M), said
        items = json.loads(place.parley("list", "notices", "--key", "north.key", "--json")[0])["items"]
        filed = [v for n in items if n.get("area") == area for v in n["volumes"]]
        assert len(filed) == 1, (area, filed)
        volume = filed[0]
        assert volume["circle"]["radius_m"] == metres and volume["circle"]["center"] == {"lat": -47.1, "lng": -126.2}, volume
        for end, value in (("lower", low), ("upper", high)):
            assert volume[end]["units"] == "M" and abs(volume[end]["value"] - value) <= 0.01, (area, volume)


def limits_the_wrong_way_round_count_as_all_between_them():
    place = World.get()
    place.parley("flight", "file", "--callsign", "MIDDLE", "--circle", "-41,-131,5NM", "--lower", "3900m", "--upper", "4000m", "--from", "+3h", "--to", "+4h", "--key", "relief.key")
    begin, end = (d["volumes"][0][k] for d in json.loads(place.parley("list", "flights", "--key", "relief.key", "--json")[0])["items"] if d["callsign"] == "MIDDLE" for k in ("start", "end"))
    volume = {"circle": {"center": {"lat": -41, "lng": -131}, "radius_m": 9260}, "start": begin, "end": end,
              "lower": {"value": 160, "reference": "FL", "units": "FL"}, "upper": {"value": 3000, "reference": "AMSL", "units": "M"}}
    body = place.write("turned.json", json.dumps({"area": "TURNED", "category": "missile", "volumes": [volume]}))
    place.parley("notice", "file", "--body", body, "--key", "north.key")
    alerts = place.parley("list", "alerts", "--key", "relief.key")[0]
    assert "TURNED" in alerts and "MIDDLE" in alerts, alerts


def a_read_back_that_does_not_match_names_the_field():
    place = World.get()
    place.parley("notice", "file", "--area", "READ ME", "--category", "missile", *CIRCLE, "--key", "north.key")
    due = [d for d in json.loads(place.parley("list", "due", "--key", "relief.key", "--json")[0])["items"] if d["area"] == "READ ME"][0]
    where = str(due["place"])

    def back(status=0, **changes):
        given = dict({"start": due["start"], "lower": "SFC", "upper": "FL100", "area": "READ ME"}, **changes)
        words = [w for k, v in given.items() for w in ("--" + k, v)]
        return place.parley("ack", where, "readback", *words, "--key", "relief.key", status=status)[0]
    refuses(place, ["ack", where, "readback", "--key", "relief.key"], 64, "--start", "is needed")
    for field, wrong in (("area", "READ YOU"), ("upper", "FL110"), ("lower", "100m"), ("start", "2027-01-01T00:00:00Z")):
        out = back(11, **{field: wrong})
        assert "mismatch: %s" % field in out and re.search("^NOT READ BACK; recorded at place", out, re.M) and "accepted" not in out, (field, out)
    place.parley("ack", where, "readback", "--start", due["start"], "--lower", "SFC", "--upper", "FL110", "--area", "READ ME", "--key", "relief.key", "--json", status=11)
    assert "mismatch" not in back()
    assert "mismatch: " not in back(start=due["start"][:17] + "59Z")  # the minute counts, not the second


def the_time_of_a_read_back_is_the_nearest_to_now():
    """HH:MM a minute ago is today's, not tomorrow's. What was told does not help: of what starts tomorrow HH:MM is a mismatch."""
    with Place() as place:
        place.init()
        with Server(place, "--clock-rate", "1", "--clock-start", "2030-01-01T12:30:00Z"):
            for party in ("north", "relief"):
                place.party(party)

            def told(area, start, end):
                place.parley("notice", "file", "--area", area, "--category", "missile", "--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", start, "--to", end, "--key", "north.key")
                due = json.loads(place.parley("list", "due", "--key", "relief.key", "--json")[0])["items"]
                return [d for d in due if d["area"] == area][0]["place"]

            def back(at, area, start, status=0, *more):
                return place.parley("ack", at, "readback", "--start", start, "--lower", "SFC", "--upper", "FL100", "--area", area, "--key", "relief.key", *more, status=status)
            for i, (start, typed, day) in enumerate((("2030-01-01T12:26Z", "12:26", 1), ("2030-01-01T00:40Z", "00:40", 1), ("2030-01-02T00:20Z", "00:20", 2), ("2030-01-01T13:00Z", "13:00", 1))):
                at = told("N %d" % i, start, "2030-01-02T06:00Z")
                out = back(at, "N %d" % i, typed)[0]
                assert out.startswith("--start %s is taken as 2030-01-0%dT%s:00Z\n" % (typed, day, typed)) and "\naccepted at place " in out, out
            at = told("FAR", "2030-01-02T12:20Z", "2030-01-02T13:00Z")
            out, err = back(at, "FAR", "12:20", 11, "--json")
            assert json.loads(out)["outcome"]["detail"].startswith("mismatch: start;") and err.startswith("--start 12:20 is taken as 2030-01-01T12:20:00Z\n"), (out, err)
            out = back(at, "FAR", "2030-01-02T12:20Z")[0]
            assert "taken as" not in out and "\naccepted at place " in out, out


def what_is_due_is_listed_by_what_it_asks():
    place = World.get()
    place.parley("message", "relief", "are you clear of it?", "--key", "south.key")
    lines = place.parley("list", "due", "--key", "relief.key")[0].splitlines()
    assert any(re.search(r"^place=\d+ kind=message.*; \S+Z #\d+ south message .*text=\"are you clear of it\?\"", l) for l in lines), lines
    ranks = [0 if l.startswith("OVERDUE ") else 2 if l.startswith("done ") else 1 for l in lines]
    assert ranks == sorted(ranks) and 2 in ranks and 1 in ranks, lines


def a_hold_is_asked_and_answered():
    place = World.get()
    notice = place.entity(place.parley("notice", "file", "--area", "HOLD ME", "--category", "missile", *CIRCLE, "--key", "north.key")[0], "notice")
    hold = place.entity(place.parley("hold", notice, "--until", "+20m", "--text", "inbound", "--key", "relief.key")[0], "hold")
    assert hold in place.parley("list", "holds", "--key", "north.key")[0]
    due = [l for l in place.parley("list", "due", "--key", "north.key")[0].splitlines() if hold in l]
    assert len(due) == 1 and "hold=%s on=%s text=inbound" % (hold, notice) in due[0], due
    place.parley("answer", hold, "STANDBY", "--key", "north.key")
    place.parley("answer", hold, "WILCO", "--key", "south.key", status=5)
    place.parley("answer", hold, "wilco", "--text", "holding", "--key", "north.key")
    assert "wilco" in place.parley("list", "holds", "--key", "relief.key")[0].lower()
    place.parley("answer", hold, "UNABLE", "--key", "north.key", status=4)


def a_genesis_is_signed_by_two_founders():
    with Place() as place:
        place.key("alpha")
        place.key("beta")
        draft = place.file("genesis.txt")  # an absolute path
        place.parley("genesis", "draft", draft, "--origin", "two.example", "--founder", "alpha.key.pub", "--founder", "beta.key.pub", "--capacity", "slots_log2=4")
        for secret in (".log.key", ".receipt.key"):
            assert stat.S_IMODE(os.stat(draft + secret).st_mode) == 0o600
        place.parley("init", "log", "--genesis", draft, status=(3, 7))  # nobody has signed
        place.parley("genesis", "sign", draft, "--key", "alpha.key")
        place.parley("init", "log", "--genesis", draft, status=(3, 7))  # one of two
        place.parley("genesis", "sign", draft, "--key", "beta.key")
        place.parley("init", "log", "--genesis", draft)
        with Server(place):
            listed = place.parley("list", "parties", "--key", "beta.key")[0]
            assert "alpha" in listed and "beta" in listed, listed
            place.parley("message", "alpha", "here we are", "--key", "beta.key")
        place.check()


def a_live_log_takes_only_keys_of_its_mode():
    with Place() as place:
        place.key("registry", mode="live")
        place.parley("init", "log", "--origin", "real.example", "--operator", "registry", "--key", "registry.key", "--mode", "live", "--capacity", "slots_log2=4")
        with Server(place) as server:
            place.parley("status", "--key", "registry.key")
            wait_for_tick(server)
            out, err = place.parley("notice", "over", "registry/" + "0" * 32, "--key", "registry.key", "--receipt", status=5)  # refused, on record, and dated by the machine's clock
            assert "receipt for place" in out and "no good receipt" not in err, (out, err)
            place.key("north")  # exercise/north/root
            place.parley("party", "add", "--root", "north.key.pub", "--key", "registry.key", "--key", "north.key", status=(3, 4, 64))
        _, err = place.parley("serve", "--data", "log", "--clock-rate", "10", status=(4, 64))
        assert "LIVE" in err and "clock-rate" in err, err
        refuses(place, ["replay", "x.json", "--dir", "log", "--as", "registry"], (71, 4))


if __name__ == "__main__":
    try:
        system.run([every_subcommand_has_help, an_unknown_option_or_a_wrong_count_of_arguments_is_named, the_manual_passes_the_lint,
                    the_manuals_examples_work, a_line_that_breaks_is_told_in_words, a_session_is_for_curl, a_category_that_no_rule_names_is_told, what_is_overdue_is_said, malformed_values_are_named_with_their_rule, errors_are_json_where_asked, every_answer_is_json_where_asked, exit_statuses_tell_what_happened, without_a_key_the_world_s_part_is_called_so,
                    key_files_are_secret_and_never_overwritten, pipes_are_not_waited_for, a_public_key_in_the_secret_ones_place_is_named, a_server_that_knows_less_is_named,
                    the_state_of_the_clock_is_told, init_leaves_an_existing_log_alone, init_leaves_what_remains_of_a_log_alone, an_agreement_is_drafted_and_cosigned,
                    an_agreement_by_two_separate_sends_is_pending_first, a_sealed_notice_is_opened_by_its_sender_only,
                    keys_are_added_and_revoked_and_recovered, what_is_typed_is_what_is_filed, limits_the_wrong_way_round_count_as_all_between_them, a_read_back_that_does_not_match_names_the_field, the_time_of_a_read_back_is_the_nearest_to_now, what_is_due_is_listed_by_what_it_asks, a_hold_is_asked_and_answered,
                    a_genesis_is_signed_by_two_founders, a_live_log_takes_only_keys_of_its_mode])
    finally:
        World.end()
