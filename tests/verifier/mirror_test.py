#!/usr/bin/python3
"""The second verifier and `parley mirror check` on the same mirror, a real one: bytes changed, lines moved, left out, doubled, taken from another party's mirror, from another log's, or from a fork; what a server
shows that lies. Both must find it, and name the file; where a line tells by itself, both name that line.

PARLEY_EVERY_BYTE=1 tries every byte, not a sample; PARLEY_FLIPS=N tries N of each file, PARLEY_SEED=N others."""
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import system  # noqa: E402
from system import Place, Server, wait_for_tick  # noqa: E402

sys.path.insert(0, os.path.join(system.ROOT, "verifier"))
import verify  # noqa: E402

SEED = int(os.environ.get("PARLEY_SEED", "20261130"))
EVERY = os.environ.get("PARLEY_EVERY_BYTE") == "1"
FLIPS = int(os.environ.get("PARLEY_FLIPS", "40"))
FILES = ("genesis", "party", "stream", "ticks", "checkpoints")
LINES = ("stream", "ticks", "checkpoints")
KEPT = {}


def world():
    """Two logs, each with two parties who have spoken and a mirror for both: small ones, of a few ticks."""
    if not KEPT:
        for name in ("one", "two"):
            place = KEPT[name] = Place()
            place.init()
            with Server(place) as server:
                for party in ("north", "south"):
                    place.party(party)
                place.parley("message", "south", "a word", "--key", "north.key")
                wait_for_tick(server)
                for party in ("north", "south"):
                    place.parley("mirror", "--into", party, "--key", party + ".key", "--once")
                place.parley("message", "north", "and an answer", "--key", "south.key")
                wait_for_tick(server)
                for party in ("north", "south"):
                    place.parley("mirror", "--into", party, "--key", party + ".key", "--once")
    return KEPT["one"], KEPT["two"]


class Mirror:
    """A copy that is spoiled."""

    def __enter__(self):
        place, _ = world()
        self.path = place.file("spoiled")
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(place.file("north"), self.path)
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.path)

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def write(self, name, data):
        with open(os.path.join(self.path, name), "wb") as file:
            file.write(data)

    def lines(self, name):
        return self.read(name).splitlines(keepends=True)

    def ours(self):
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            status = verify.main(["--json", self.path])
        text = out.getvalue()
        assert status in (0, 1), text
        said = json.loads(text)
        tail = [remark for remark in said["remarks"] if "behind the last checkpoint that was taken" in remark]
        return status, said["fault"] if status == 1 else tail

    def theirs(self):
        done = subprocess.run([system.binary(), "mirror", "check", self.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=120)
        return done.returncode, done.stderr.strip()


def both(m, what):
    """Is it bad, or has bytes behind what was taken, for both? (verdict of the second verifier, its fault or remarks, status and words of the first)"""
    status, fault = m.ours()
    other, words = m.theirs()
    mine = 7 if status == 1 else 9 if fault else 0
    assert mine == other or mine == 7 and other == 8, "%s: verify.py %d %r, parley mirror check %d %r" % (what, status, fault, other, words)
    assert mine != 9 or len(fault) == words.count("behind the last checkpoint"), (what, fault, words)
    return mine, fault, other, words


def it_is_whole_for_both():
    for place in world():
        for party in ("north", "south"):
            out = io.StringIO()
            with redirect_stdout(out):
                assert verify.main(["--json", place.file(party)]) == 0
            checked = json.loads(out.getvalue())["checked"]
            said = json.loads(place.parley("mirror", "check", party, "--json")[0])
            assert said["whole"] and checked["records shown"] == said["records"] and checked["ticks shown with the party's slot"] == said["ticks"] >= 2, (checked, said)


def line_at(data, at):
    return data.count(b"\n", 0, at) + 1


def each_changed_byte_is_found_by_both():
    chance, tried, named, later = random.Random(SEED), 0, 0, []
    with Mirror() as m:
        for name in FILES:
            data = m.read(name)
            for at in range(len(data)) if EVERY else sorted({chance.randrange(len(data)) for _ in range(FLIPS)} | {0, len(data) - 1}):
                m.write(name, data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1:])
                status, fault, other, words = both(m, "%s, byte %d" % (name, at))
                assert status != 0 and other != 0, "%s, byte %d: not found" % (name, at)
                tried += 1
                if status == 7 and fault["file"] and os.path.basename(fault["file"]) == name and name in words:
                    theirs = re.search(r"%s, line (\d+), byte (\d+)" % name, words)
                    good = name not in LINES or theirs is None or line_at(data, int(theirs[2])) == line_at(data, at) and line_at(data, fault["byte"] or 0) == line_at(data, at)
                    named += good
                    if not good:
                        later.append((name, at, fault["what"], words))
                else:
                    later.append((name, at, fault if status != 7 else (fault["file"], fault["what"]), words))
            m.write(name, data)
        assert both(m, "put back")[0] == 0
    print("# %d bytes changed (seed %d), all found by both; %d named by both in their own line" % (tried, SEED, named))
    for case in later[:int(os.environ.get("PARLEY_SHOW", "0"))]:
        print("#   %s" % (case,))
    assert named > tried * 3 // 4, later


def the_name_of_another_log_is_found_by_both():
    with Mirror() as m:
        m.write("checkpoints", m.read("checkpoints").replace(b"system.example/", b"system.exampla/", 1))
        status, fault, _, words = both(m, "another origin")
        assert status == 7 and "checkpoints" in fault["file"] and "another log" in words, (fault, words)


def counts_are_whole_numbers_for_both():
    for name, member in (("ticks", "tick"), ("ticks", "size"), ("stream", "seq"), ("checkpoints", "size")):
        for other in ("%s.0", "%se0", '"%s"'):
            with Mirror() as m:
                data = m.read(name)
                found = re.search(rb'"%s":(\d+)' % member.encode(), data)
                m.write(name, data[:found.start(1)] + (other % found[1].decode()).encode() + data[found.end(1):])
                status, fault, other_status, words = both(m, "%s %s" % (member, other))
                assert status == 7 and fault["file"].endswith(name), (name, member, other, fault, words)


def lines_moved_are_found_by_both():
    orders = {"swapped": lambda p: [p[1], p[0]] + p[2:], "the last two swapped": lambda p: p[:-2] + [p[-1], p[-2]], "left out": lambda p: p[:1] + p[2:], "the first left out": lambda p: p[1:],
              "doubled": lambda p: p[:2] + p[1:], "the last doubled": lambda p: p + p[-1:], "all lost": lambda p: [], "the last lost": lambda p: p[:-1]}
    for name in LINES:
        for what, how in orders.items():
            with Mirror() as m:
                before = m.lines(name)
                assert len(before) >= 2, name
                m.write(name, b"".join(how(before)))
                status, fault, other, words = both(m, "%s: %s" % (name, what))
                # what a checkpoint in between says, the next one says too: one that is not there, or twice, is a batch more or less
                assert status != 0 or name == "checkpoints" and what in ("left out", "the first left out", "doubled", "the last doubled"), (name, what, status, fault, other, words)


def foreign_lines_are_found_by_both():
    place, elsewhere = world()
    sources = {"the other party's": place.file("south"), "another log's": elsewhere.file("north")}
    for whose, path in sources.items():
        for name in FILES:
            with open(os.path.join(path, name), "rb") as file:
                other = file.read()
            with Mirror() as m:
                if other == m.read(name):
                    continue
                if name == "checkpoints" and whose == "the other party's":
                    continue  # of the same log: it may be true
                m.write(name, other)
                status, fault, code, words = both(m, "%s %s" % (whose, name))
                assert status != 0 and code != 0, (whose, name, fault, words)
            if name not in LINES:
                continue
            for at in (0, -1):
                with Mirror() as m:
                    lines, foreign = m.lines(name), other.splitlines(keepends=True)
                    if foreign[at] in lines:
                        continue
                    lines[at] = foreign[at]
                    m.write(name, b"".join(lines))
                    status, fault, code, words = both(m, "%s line %d of %s" % (whose, at, name))
                    assert status != 0 and code != 0, (whose, name, at, fault, words)


def other_hex(text):
    return ("1" if text[0] == "0" else "0") + text[1:]


def what_a_server_could_show_is_found_by_both():
    """Written in the one form, as a server would have to: so it is what it says that is wrong, not how."""
    def part(cls, member, change):
        def edit(lines):
            for i, line in enumerate(lines):
                record = json.loads(line)
                for p in record["parts"]:
                    if p["class"] == cls and member in p:
                        p[member] = change(p[member])
                        lines[i] = form(record)
                        return
            raise AssertionError(cls)
        return edit

    def member(name, change, at=0):
        def edit(lines):
            value = json.loads(lines[at])
            value[name] = change(value[name])
            lines[at] = form(value)
        return edit

    def swap_salts(lines):
        for i, line in enumerate(lines):
            record = json.loads(line)
            if len(record["parts"]) > 1:
                a, b = record["parts"][:2]
                a["salt"], b["salt"] = b["salt"], a["salt"]
                lines[i] = form(record)
                return
        raise AssertionError("one part each")

    def without_part(lines):
        for i, line in enumerate(lines):
            record = json.loads(line)
            if len(record["parts"]) > 1:
                del record["parts"][-1]
                lines[i] = form(record)
                return
        raise AssertionError("one part each")

    def sides_slot(lines):
        """The other party's path and size, at the same tick."""
        with open(world()[0].file("south/ticks"), "rb") as file:
            lines[-1] = file.read().splitlines(keepends=True)[len(lines) - 1]

    form = lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    lies = {
        "a salt of another part": ("stream", swap_salts), "a part held back": ("stream", without_part), "other words in an outcome": ("stream", part("outcome", "text", lambda t: t.replace("accepted", "refused"))),
        "another hash": ("stream", part("outcome", "hash", other_hex)), "another root": ("stream", member("root", other_hex)), "dated back": ("stream", member("time", lambda t: "2001" + t[4:], 1)),
        "dated forward": ("stream", member("time", lambda t: "2201" + t[4:])), "another place": ("stream", member("seq", lambda n: n + 1)), "a tick dated back": ("ticks", member("time", lambda t: "2001" + t[4:], -1)),
        "a tick's root": ("ticks", member("root", other_hex, -1)), "another path": ("ticks", member("path", lambda p: [other_hex(p[0])] + p[1:], -1)), "fewer sealed": ("ticks", member("size", lambda n: n - 1, -1)),
        "another's slot": ("ticks", sides_slot), "more ticks than there are": ("checkpoints", member("size", lambda n: n + 1, -1)),
        "a signature of nobody": ("checkpoints", member("checkpoint", lambda t: re.sub(r"(.)(.{20}\n)$", lambda g: ("A" if g[1] != "A" else "B") + g[2], t), -1)),
        "another proof": ("checkpoints", member("consistency", lambda p: [other_hex(p[0])] + p[1:] if p else ["0" * 64], 0))}
    for what, (name, edit) in lies.items():
        with Mirror() as m:
            lines = m.lines(name)
            assert all(form(json.loads(line)) == line for line in lines), name
            edit(lines)
            m.write(name, b"".join(lines))
            status, fault, other, words = both(m, what)
            assert status != 0 and other != 0, (what, fault, words)
            print("# %s: %s | %s" % (what, fault if status != 7 else "%s, byte %s: %s" % (fault["file"] and os.path.basename(fault["file"]), fault["byte"], fault["what"]), words.split("\n")[0][8:]))


def two_logs_are_not_compared():
    one, two = world()
    assert "is a mirror of another log" in one.parley("diff", "north", two.file("north"), status=4)[1]
    assert "the same log" in one.parley("diff", "north", "south")[0]


def it_ends():
    for place in KEPT.values():
        place.__exit__(None, None, None)


if __name__ == "__main__":
    system.run([it_is_whole_for_both, each_changed_byte_is_found_by_both, counts_are_whole_numbers_for_both, the_name_of_another_log_is_found_by_both, lines_moved_are_found_by_both, foreign_lines_are_found_by_both, what_a_server_could_show_is_found_by_both, two_logs_are_not_compared, it_ends])
