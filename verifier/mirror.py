"""A party's mirror as a whole (FORMAT.md, 10, "A mirror"): each line in its one form and at its place, from the first tick to the last that was taken. What the lines say is for bundle.py."""
import json
import os
import re

from fault import Broken, Fault
from hashes import sha256
from record import CLASSES
from strict_json import BARRED

NAMES = ("genesis", "party", "stream", "ticks", "checkpoints")
RULE = "10, A mirror"
CONTROL = re.compile(rb"[\0-\x1f\x7f]")  # what BARRED has of ASCII, and is found sooner
TICK, CHECKPOINT = (("tick", "time", "root"), ("tick", "time", "root", "size", "path")), (("size", "checkpoint", "consistency"),)
RECORD = (("seq", "time", "kind", "root", "parts"), ("seq", "time", "kind", "root", "withheld", "parts"))
PART = tuple(("class", "name", *slot, body, "salt", "hash") for slot in ((), ("slot",)) for body in ("text", "bytes"))


def is_one(path):
    return os.path.isdir(path) and all(os.path.exists(os.path.join(path, name)) for name in NAMES)


def _load(line):
    """The object of a line in its one form: these bytes and no others; ValueError where it is none."""
    text = line.decode("utf-8")
    if CONTROL.search(line) if line.isascii() else BARRED.search(text):
        raise ValueError("a character stands in it that is not allowed")
    value = json.loads(text)
    if not isinstance(value, dict) or json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() != line:
        raise ValueError("it is not written as a mirror writes it")
    return value


def _form(value, forms):
    if tuple(value) not in forms:
        raise ValueError("its members are %s" % ", ".join(value))


def _part(part):
    _form(part, PART)
    if part["class"] not in CLASSES:
        raise ValueError("%.40r is no class of parts" % part["class"])
    if "bytes" in part and _is_text(bytes.fromhex(part["bytes"])):
        raise ValueError("a part's text is written in hex")
    if part.get("bytes", "").lower() != part.get("bytes", ""):
        raise ValueError("a part's hex has capitals")


def _is_text(data):
    try:
        return not BARRED.search(data.decode("utf-8").replace("\n", ""))
    except UnicodeDecodeError:
        return False


class Mirror:
    """take() gives what was taken, by file; what a kill may leave behind it is a remark."""

    def __init__(self, path, tally):
        self.path, self.tally, self.data = path, tally, {}
        for name in NAMES:
            try:
                with open(os.path.join(path, name), "rb") as file:
                    self.data[name] = file.read()
            except OSError as e:
                raise Broken("%s/%s: %s" % (path, name, e.strerror)) from None

    def _file(self, name):
        return os.path.join(self.path, name)

    def take(self):
        if not self.data["genesis"].startswith(b"parley/1 genesis "):
            raise Fault(RULE, "it does not begin as a genesis", self._file("genesis"), 0)
        self._party()
        lines = {name: self._lines(name) for name in ("checkpoints", "ticks", "stream")}
        covered = self._checkpoints(lines["checkpoints"])
        records = self._ticks(lines["ticks"], covered)
        self._records(lines["stream"], records)
        self._cut("checkpoints", lines["checkpoints"], len(self.taken))
        self._cut("ticks", lines["ticks"], covered)
        self._cut("stream", lines["stream"], records)
        return {self._file(name): data for name, data in self.data.items()}

    def _lines(self, name):
        """(begin, line without its end) of those that are ended."""
        found, at, data = [], 0, self.data[name]
        while (end := data.find(b"\n", at)) >= 0:
            found.append((at, data[at:end]))
            at = end + 1
        return found

    def _cut(self, name, lines, count):
        end = lines[count][0] if count < len(lines) else lines[-1][0] + len(lines[-1][1]) + 1 if lines else 0
        if end < len(self.data[name]):
            self.tally.remark("%s: from byte %d on stand %d bytes behind the last checkpoint that was taken, as a kill leaves them: they were never taken" % (
                self._file(name), end, len(self.data[name]) - end))
            self.data[name] = self.data[name][:end]

    def _party(self):
        data = self.data["party"]
        try:
            value = _load(data[:-1] if data.endswith(b"\n") else b"")
            _form(value, (("party", "blind", "slot", "sum"),))
            before = data[:data.rindex(b'"sum":"') + 7]
            if value["sum"] != sha256(before).hex() or not isinstance(value["slot"], int):
                raise ValueError("the sum does not fit: it was changed")
        except (ValueError, RecursionError) as e:
            raise Fault(RULE, "the party's file: %s" % e, self._file("party"), 0) from None

    def _read(self, name, what, begin, line, forms):
        try:
            value = _load(line)
            _form(value, forms)
            for part in value.get("parts", []):
                _part(part)
            return value
        except (ValueError, TypeError, AttributeError, RecursionError) as e:
            raise Fault(RULE, "%s: %s" % (what, e), self._file(name), begin) from None

    def _checkpoints(self, lines):
        """Ticks that are covered; self.taken: lines that count."""
        self.taken, covered = [], 0
        for i, (begin, line) in enumerate(lines):
            try:
                value = self._read("checkpoints", "checkpoint %d" % (i + 1), begin, line, CHECKPOINT)
            except Fault:
                if i + 1 < len(lines):
                    raise
                break  # the last may be torn: it was never taken
            if not isinstance(value["size"], int) or value["size"] < max(covered, 1):
                raise Fault(RULE, "checkpoint %d: its size goes back" % (i + 1), self._file("checkpoints"), begin)
            covered = value["size"]
            self.taken.append(value)
        return covered

    def _ticks(self, lines, count):
        sealed = 0
        for i in range(count):
            if i >= len(lines):
                raise Fault(RULE, "tick %d is missing" % (i + 1), self._file("ticks"), len(self.data["ticks"]))
            value = self._read("ticks", "tick %d" % (i + 1), *lines[i], TICK)
            if value["tick"] != i + 1 or not isinstance(value["tick"], int):
                raise Fault(RULE, "tick %s is shown where tick %d is next" % (value["tick"], i + 1), self._file("ticks"), lines[i][0])
            if not isinstance(value.get("size", 0), int) or value.get("size", 0) < sealed:
                raise Fault(RULE, "tick %d seals fewer records than the tick before it" % (i + 1), self._file("ticks"), lines[i][0])
            sealed = value.get("size", 0)
        return sealed

    def _records(self, lines, count):
        for i in range(count):
            if i >= len(lines):
                raise Fault(RULE, "seq %d is missing" % i, self._file("stream"), len(self.data["stream"]))
            value = self._read("stream", "seq %d" % i, *lines[i], RECORD)
            if value["seq"] != i or not isinstance(value["seq"], int):
                raise Fault(RULE, "seq %s is shown where seq %d is next" % (value["seq"], i), self._file("stream"), lines[i][0])
