"""Receipts (FORMAT.md, 2 and 9): what the server promised, and what became of it by the paths at hand."""
import calendar
import re
import time

import notes
import strict_json
from checkpoint import read_proof
from fault import Fault
from hashes import leaf_hash, root_by_path, slot_hash
from instant import is_ms
from statement import NAME, hex_bytes
from strict_json import need

MEMBERS = ["log", "statement", "party", "slot", "seq", "time", "parts", "root"]
FORM = '{"log":"%s","statement":"%s","party":"%s","slot":%d,"seq":%d,"time":"%s","parts":%d,"root":"%s"}\n'
SECONDS = 10  # from the record's time to that of the tick that seals it
KEPT, LATE, BREACH, UNANSWERED = "kept", "late", "breach", "unanswered"


def milliseconds(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000 + int(text[20:23])


class Receipt:
    """Read from a note's bytes; its form, its log and its signature are checked."""

    def __init__(self, genesis, data):
        text, lines = notes.split(data, "the receipt")
        first = "parley/1 receipt " + genesis.origin
        object_ = notes.body(text, first, "the receipt")
        value = strict_json.read(object_, "the receipt")
        if list(value) != MEMBERS:
            raise Fault("2", "the receipt has not exactly the members %s, in this order" % ", ".join(MEMBERS))
        self.root, self.statement = hex_bytes(value["root"], 32, "root", "2"), hex_bytes(value["statement"], 32, "statement", "2")
        self.slot, self.seq, self.parts = (need(value, name, int, "the receipt") for name in ("slot", "seq", "parts"))
        self.party, self.time = value["party"], value["time"]
        if not isinstance(self.party, str) or not re.fullmatch(NAME, self.party) or not is_ms(self.time) or not 0 <= self.slot < 1 << genesis.slots_log2 or not 1 <= self.parts <= 99999:
            raise Fault("2", "the receipt's party, time, slot or parts are none")
        if (object_ + b"\n").decode() != FORM % (value["log"], self.statement.hex(), self.party, self.slot, self.seq, self.time, self.parts, self.root.hex()):
            raise Fault("2", "the receipt is not written in its one form")
        if value["log"] != genesis.log.hex():
            raise Fault("1", "the receipt is of another log")
        if len(lines) != 1 or not lines[0].is_of(genesis.origin + "/receipt", genesis.receipt_key) or not notes.verifies(genesis.receipt_key, lines[0].signature, text):
            raise Fault("2", "the receipts' key of this log has not signed the receipt")

    def leaf(self):
        """Of the party's stream: what was promised."""
        return '{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (self.seq, self.time, self.parts, self.root.hex())

    def is_late(self, text):
        return milliseconds(text) > milliseconds(self.time) + SECONDS * 1000


class Opening:
    """What a tick sealed of the party's stream. `leaf` is None where the place was not there yet; `under`: size and root of the log that was signed, None: the same for all."""

    def __init__(self, tick, time_, size, leaf=None, under=None):
        self.tick, self.time, self.size, self.leaf, self.under = tick, time_, size, leaf, under


def _opened(genesis, receipt, value, size, root, leaf):
    slot, tick = need(value, "slot", dict, "evidence"), need(value, "tick", dict, "evidence")
    number, path = need(tick, "tick", int, "evidence"), [hex_bytes(h, 32, "path", "9") for h in need(tick, "path", list, "evidence")]
    if need(slot, "index", int, "evidence") != receipt.slot:
        raise Fault("9", "this is another party's slot (%d): the receipt is for slot %d" % (slot["index"], receipt.slot))
    if not is_ms(tick.get("time")) or number < 1 or len(path) != genesis.slots_log2:
        raise Fault("9", "the tick has no number, no time, or not %d hashes from the slot" % genesis.slots_log2)
    top = root_by_path(slot_hash(hex_bytes(slot.get("blind"), 32, "blind", "7"), size, root), receipt.slot, 1 << len(path), path)
    line = '{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (number, tick["time"], top.hex())
    index, *under = read_proof(genesis, need(value, "log", str, "evidence"), line.encode())
    if index != number - 1:
        raise Fault("9", "the log leaf %d is not that of tick %d" % (index, number))
    return Opening(number, tick["time"], size, leaf, tuple(under))


def read_sealed(genesis, receipt, value):
    stream, leaf = need(value, "stream", dict, "evidence"), need(value, "stream_leaf", str, "evidence")
    size = need(stream, "size", int, "evidence")
    root = root_by_path(leaf_hash(leaf.encode()), receipt.seq, size, [hex_bytes(h, 32, "path", "9") for h in need(stream, "path", list, "evidence")])
    if root is None:
        raise Fault("9", "the path in the stream does not fit place %d of %d" % (receipt.seq, size))
    return _opened(genesis, receipt, value, size, root, leaf)


def read_before(genesis, receipt, value):
    stream = need(value, "stream", dict, "evidence")
    size = need(stream, "size", int, "evidence")
    return _opened(genesis, receipt, value, size, hex_bytes(stream.get("root"), 32, "root", "9"), None)


def judge(receipt, sealed, before, said=None):
    """(verdict, why). sealed, before: Openings or None. said: the statement that the record with the promised leaf is of, where that record is here."""
    holding = before if before and before.size > receipt.seq else None  # shows neither that it is late nor what is there
    before = None if holding else before
    if sealed and sealed.leaf != receipt.leaf():
        return BREACH, "tick %d seals another record at that place: %s was promised, %.191s stands there" % (sealed.tick, receipt.leaf(), sealed.leaf)
    if said is not None and said != receipt.statement:
        return BREACH, "the record that was promised is of another statement (%s) than the receipt names (%s)" % (said.hex(), receipt.statement.hex())
    if sealed and not receipt.is_late(sealed.time):
        return KEPT, "tick %d seals it, in time" % sealed.tick
    if before and receipt.is_late(before.time):
        return LATE, "tick %d, later than was promised, seals only %d records" % (before.tick, before.size)
    if sealed and (sealed.tick == 1 or before and before.tick + 1 == sealed.tick and before.under == sealed.under):
        return LATE, "tick %d is the first that seals it, later than was promised" % sealed.tick
    if sealed:
        return UNANSWERED, "tick %d seals it; whether one in time does is not shown" % sealed.tick
    if holding:
        return UNANSWERED, "tick %d seals the place, and no path to it was given" % holding.tick
    return UNANSWERED, "tick %d does not seal the place, and was still in time" % before.tick if before else "no path to the place was given"
