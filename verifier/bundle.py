"""A party's exports checked together (FORMAT.md, 3 to 9): what each record says, that it stands in the stream, and the stream in the log."""
import receipt as receipts
import statement
from checkpoint import Seen, read, read_cosignatures, read_proof
from exports import Exports
from fault import Broken, Fault
from genesis import Genesis
from hashes import Tree, blind_of, commitment_in_record, is_prefix, leaf_hash, root_by_path, slot_hash, tree
from instant import is_ms
from history import check_told_note, told_sections
from promises import Promises
from record import CLASSES, Part, Record
from statement import OUTCOME, REQUEST, SECTION, hex_bytes
from strict_json import need, read_dss


def _part(value):
    """A part as it is shown: its bytes as `text`, or in hex as `bytes`."""
    part_class = CLASSES.get(need(value, "class", str, "a part"))
    if part_class is None or ("text" in value) == ("bytes" in value):
        raise Broken("a part has an unknown class, or not exactly one of text and bytes")
    if not {"class", "name", "salt", "hash"} <= set(value) or ("slot" in value) != (part_class == SECTION):
        raise Broken("a part lacks class, name, salt, hash or, being a section, slot")
    data = value["text"].encode() if "text" in value else bytes.fromhex(value["bytes"])
    return Part(part_class, need(value, "slot", int, "a part") if "slot" in value else 0, need(value, "name", str, "a part"), hex_bytes(value.get("salt"), 32, "salt", "3"), data)


class Shown:
    """A record as it is shown. leaves: their hashes, None where the part was withheld (the order part of who is not the operator)."""

    def __init__(self, genesis, piece):
        value = piece.value
        self.piece, self.place, self.time = piece, need(value, "seq", int, "a record"), need(value, "time", str, "a record")
        self.root, self.stream = hex_bytes(value.get("root"), 32, "root", "6"), value.get("stream")
        try:
            parts = [_part(p) for p in need(value, "parts", list, "a record")]
        except (TypeError, ValueError, AttributeError) as e:
            raise Broken("%s, byte %d: a part is not as it is shown: %s" % (piece.file, piece.byte, e)) from None
        self.record = Record(genesis, parts)
        self.leaves = self.record.leaves()
        self._check_hashes(genesis, value["parts"], parts)
        withheld = value.get("withheld", [])
        if not isinstance(withheld, list) or self.record.part(statement.ORDER) is not None and withheld:
            raise Broken("%s, byte %d: 'withheld' is no list of hashes, or the order part is shown" % (piece.file, piece.byte))
        self.leaves += [hex_bytes(leaf, 32, "withheld", "9") for leaf in withheld]
        if self.record.part(statement.ORDER) is None and not withheld:
            self.leaves.append(None)  # as taken from a server that did not say it yet

    def _check_hashes(self, genesis, values, parts):
        for value, part in zip(values, parts):
            if part.part_class == SECTION:
                found = commitment_in_record(self.record.statement.commitments[part.slot])
            else:
                found = part.hash(genesis.log)
            if value.get("hash") != found.hex():
                raise Fault("3", "the part '%s' is not what its hash says: its bytes or its salt are others" % part.name)

    def stream_leaf(self):
        return ('{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (self.place, self.time, len(self.leaves), self.root.hex())).encode()


class Bundle(Promises):
    """check() goes through all of it. `log`, `history`, `signed` (ticks under its checkpoints): of a directory that was checked before, if there is one."""

    def __init__(self, exports, genesis, tally, log=None, witnesses=None, history=None, signed=0):
        self.history, self.signed = history, signed
        self.witnesses, self.exports, self.genesis, self.tally, self.log = witnesses or [], exports, genesis, tally, log
        self.seen, self.streams, self.by_place, self.proven, self.revoked, self.sealed = Seen(), {}, {}, set(), {}, 0
        self.last_time, self.proven_sizes = "", set()
        self.sealings, self.openings = [], {}  # of the ticks shown with the party's slot; of proofs, by slot and place
        self.shown_log, self.leaf_of = Tree(history=True), {}  # of the leaves among the exports; by tick
        self.covered = 0  # so many of the ticks shown, or of the directory's, stand under a root that the log's key has signed

    def check(self):
        for name in ("leaves", "records", "slots", "checkpoints", "proofs"):
            for piece in getattr(self.exports, name):
                try:
                    getattr(self, "_" + name)(piece)
                except Fault as fault:
                    raise fault.at(piece.file, piece.byte)
        self._compare()
        self._promises()
        self._what_is_left()

    # --- the log ---

    def _leaves(self, piece):
        value = piece.value
        text = '{"parley":1,"tick":"%s","time":"%s","root":"%s"}' % (value.get("tick"), value.get("time"), value.get("root"))
        tick = self.shown_log.size + 1
        if value.get("tick") != "%020d" % tick or set(value) != {"parley", "tick", "time", "root"} or value["parley"] != 1:
            raise Fault("8", "this is not the leaf of tick %d" % tick)
        self.leaf_of[tick] = text.encode()
        self.shown_log.add(leaf_hash(text.encode()))
        self.tally.add("leaves of the log shown")

    def _checkpoints(self, piece):
        note = piece.value["checkpoint"].encode() if isinstance(piece.value, dict) else piece.value
        size, root = read(self.genesis, note)
        self.seen.add(size, root, piece.file, piece.byte)
        self.tally.add("checkpoints shown")
        if isinstance(piece.value, dict):
            self._prefix(piece.value, size, root)
        for witness, seconds in read_cosignatures(note, self.witnesses):
            self.tally.witnessed(witness, size, seconds)

    def _prefix(self, value, size, root):
        """The ticks shown up to some size are a prefix of what was signed."""
        held, path = need(value, "size", int, "a checkpoint"), [hex_bytes(h, 32, "consistency", "9") for h in need(value, "consistency", list, "a checkpoint")]
        if not self.shown_log.size:
            return
        if held > self.shown_log.size:
            raise Fault("8", "the checkpoint is of a log of which %d ticks were taken; %d are here: the end is missing" % (held, self.shown_log.size))
        if not (held == size and not path) and not is_prefix(held, self.shown_log.roots[held], size, root, path):
            raise Fault("8", "the log was forked, or a proof is none: the first %d ticks are not the beginning of the %d that the log's key signed" % (held, size))
        self.proven_sizes.add(size)
        self.covered = max(self.covered, held)

    # --- the party's slot in each tick ---

    def _slots(self, piece):
        value, tick = piece.value, self.shown_log.size + 1
        if not {"tick", "time", "root"} <= set(value) <= {"tick", "time", "root", "size", "path"} or need(value, "tick", int, "a tick") != tick or not is_ms(value["time"]):
            raise Fault("9", "this is not tick %d with a party's slot" % tick)
        top = hex_bytes(value["root"], 32, "root", "8")
        if value["time"] < self.last_time:
            raise Fault("7", "the time of tick %d is before that of the tick before it" % tick)
        if "size" in value:
            self._slot(value, tick, top)
        elif self.sealed:
            raise Fault("7", "tick %d has no slot of the party, which had one before" % tick)
        self.last_time = value["time"]
        text = '{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (tick, value["time"], value["root"])
        self.leaf_of[tick] = text.encode()
        self.shown_log.add(leaf_hash(text.encode()))
        self.tally.add("ticks shown with the party's slot")

    def _slot(self, value, tick, top):
        need(value, "size", int, "a slot")
        own = [key.value for key in self.exports.blinds if "slot" in key.value]
        path = [hex_bytes(h, 32, "path", "9") for h in need(value, "path", list, "a slot")]
        if not own or len(self.streams) > 1 or not self.streams and value["size"]:
            self.tally.cannot_tell("what the party's slots hold: that takes its blinding key with the slot's number, and its stream alone")
            return
        name, stream = next(iter(self.streams.items()), (None, Tree(history=True)))
        if value["size"] > stream.size:
            raise Fault("6", "tick %d seals %d records of the stream; %d are here: the next one is missing" % (tick, value["size"], stream.size))
        mine = slot_hash(blind_of(hex_bytes(own[0]["blind"], 32, "blind", "7"), tick), value["size"], stream.roots[value["size"]])
        if len(path) != self.genesis.slots_log2 or root_by_path(mine, own[0]["slot"], 1 << len(path), path) != top:
            raise Fault("7", "the slot of tick %d does not hold the first %d records of the stream" % (tick, value["size"]))
        for place in range(self.sealed, value["size"]):
            if not self.last_time <= self.by_place[name][place].time <= value["time"]:
                raise Fault("7", "the record at place %d is of %s; it was sealed between %s and %s" % (place, self.by_place[name][place].time, self.last_time, value["time"]))
        if value["size"] < self.sealed:
            raise Fault("7", "tick %d seals fewer records than the one before it" % tick)
        self.sealed = value["size"]
        self.sealings.append(receipts.Opening(tick, value["time"], value["size"]))

    def _compare(self):
        if self.log is not None:
            for size in self.seen.check(self.log, "the directory"):
                raise Fault("12", "the log's key has signed %d ticks, the directory has %d: its end is lost" % (size, self.log.size), self.seen.roots[size][1], None)
            self.covered = max([self.signed, *self.seen.roots])
        elif self.shown_log.size:
            for size in set(self.seen.check(self.shown_log, "the leaves")) - self.proven_sizes:
                self.tally.cannot_tell("whether the checkpoint of size %d is of this log: the leaves here end with tick %d" % (size, self.shown_log.size))
            self.covered = max([self.covered, *(size for size in self.seen.roots if size <= self.shown_log.size)])
        elif len(self.seen.roots) > 1:
            self.tally.cannot_tell("whether the signed roots of %s ticks are of one log: that takes its leaves (parley log cat --ticks, or GET /v1/log/TICK)"
                                   % " and ".join(str(s) for s in sorted(self.seen.roots)))

    # --- records ---

    def _records(self, piece):
        shown = Shown(self.genesis, piece)
        name = shown.stream or piece.file
        places = self.by_place.setdefault(name, {})
        if shown.place in places:
            raise Fault("6", "place %d of the stream stands twice" % shown.place)
        if places and shown.place - 1 not in places:
            raise Fault("6", "place %d follows, where place %d is next" % (shown.place, max(places) + 1))
        places[shown.place] = shown
        self._check_said(shown)
        if None not in shown.leaves:
            if tree(shown.leaves) != shown.root:
                raise Fault("5", "the record's root is not that of its leaves")
            self.proven.add((name, shown.place))
        if next(iter(places)) == 0:  # they follow each other, so the first is the least
            self.streams.setdefault(name, Tree(history=True)).add(leaf_hash(shown.stream_leaf()))
        self.tally.add("records shown")
        self.tally.add("parts shown", len(shown.record.parts))

    def _check_said(self, shown):
        said, outcome = shown.record.statement, shown.record.part(OUTCOME)
        if outcome is not None and read_dss(outcome.data, "the outcome").get("place") != shown.place:
            raise Fault("5", "the outcome is of another place")
        if shown.record.told:
            told = read_dss(shown.record.first.data, "what was told")
            if list(told)[:3] != ["told", "place", "time"] or told["place"] != shown.place or told["time"] != shown.time:
                raise Fault("5", "what was told does not begin with its kind, place %d and time %s" % (shown.place, shown.time))
            self._check_kind(shown, told["told"])
            self.tally.add("records shown that were told")
            said = check_told_note(self.genesis, told) if "note" in told else None
            if said is not None:
                said.sections = statement.read_sections(told_sections(told))
        elif said.form == "signed":
            self.tally.add("own signed statements shown")
        elif shown.record.first.part_class == REQUEST:
            self.tally.add("own unsigned statements shown (the server's word)")
        if not shown.record.told:
            self._check_kind(shown, said.kind)
        if said is not None and said.form == "signed":
            self.tally.add("signatures on what is shown", len(said.signed))
            self._check_keys(shown.stream, said, outcome)

    def _check_kind(self, shown, kind):
        if shown.piece.value.get("kind") != kind:
            raise Fault("9", "the record is shown as %.60r, and is '%s'" % (shown.piece.value.get("kind"), kind))

    def _check_keys(self, stream, said, outcome):
        """Keys that this very stream tells to be revoked sign nothing that it tells later."""
        if outcome is not None and read_dss(outcome.data, "the outcome").get("verdict") == "refused":
            return
        for name in said.signed:
            if self.revoked.get((stream, name), said.hash) != said.hash:
                raise Fault("14, Keys", "the key %s has signed a statement that was taken after the stream told its revocation" % name)
        body = said.sections.get("body", {}).get("body", {})
        if said.kind == "key/revoke" and said.signed:
            party = said.signed[0].rsplit("/", 1)[0]
            self.revoked.setdefault((stream, "%s/%s" % (party, body.get("key"))), said.hash)

    # --- proofs ---

    def _proofs(self, piece):
        proof = piece.value
        try:
            self._proof(proof)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise Broken("%s, byte %d: no proof of FORMAT.md, 9: %r" % (piece.file, piece.byte, e)) from None
        self.tally.add("proofs")

    def _proof(self, proof):
        leaf, stream, slot, tick = proof["stream_leaf"].encode(), proof["stream"], proof["slot"], proof["tick"]
        place = self._record_of(proof)
        top = root_by_path(leaf_hash(leaf), place, stream["size"], [bytes.fromhex(h) for h in stream["path"]])
        if top is None:
            raise Fault("9", "the path in the stream does not fit place %d of %d" % (place, stream["size"]))
        self._compare_stream(stream["size"], top)
        blind = bytes.fromhex(slot["blind"])
        for key in self.exports.blinds:
            if blind_of(hex_bytes(key.value["blind"], 32, "blind", "7"), tick["tick"]) != blind:
                raise Fault("7", "the slot's blind is not that of the blinding key in %s" % key.file)
            self.tally.add("blinds of slots by the party's own key")
        top = root_by_path(slot_hash(blind, stream["size"], top), slot["index"], 1 << self.genesis.slots_log2, [bytes.fromhex(h) for h in tick["path"]])
        if top is None or len(tick["path"]) != self.genesis.slots_log2:
            raise Fault("9", "the path in the tick does not fit slot %d of %d" % (slot["index"], 1 << self.genesis.slots_log2))
        self._in_log(proof["log"], tick, top)
        self.openings.setdefault((slot["index"], place), receipts.Opening(tick["tick"], tick["time"], stream["size"], proof["stream_leaf"]))

    def _record_of(self, proof):
        """The root in the stream's leaf; and, where the record is there, that the proof's path leads from its part to it."""
        place, count, leaf = proof["place"], proof["leaves"], proof["stream_leaf"]
        value = read_dss(leaf.encode(), "the stream's leaf")
        root = hex_bytes(value.get("root"), 32, "root", "6")
        if leaf != '{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (place, value.get("time"), count, root.hex()):
            raise Fault("9", "the stream's leaf is not one of place %d with %d leaves" % (place, count))
        path = [bytes.fromhex(h) for h in proof["record"]]
        shown = {name: places[place] for name, places in self.by_place.items() if place in places}
        fitting = {name: record for name, record in shown.items() if record.root == root and len(record.leaves) == count}
        if shown and not fitting:
            raise Fault("9", "the record shown at place %d has another root or other parts than the proof" % place)
        for name, record in fitting.items():
            self._check_path(name, record, proof["leaf"], path)
        return place

    def _check_path(self, name, record, index, path):
        if record.leaves[index] is None:
            return
        if root_by_path(record.leaves[index], index, len(record.leaves), path) != record.root:
            raise Fault("9", "the path of leaf %d does not lead to the record's root" % index)
        self.proven.add((name, record.place))
        self.tally.add("parts proven by a path")

    def _compare_stream(self, size, root):
        """The stream as it was sealed is one of those that are shown, as far as they are shown."""
        whole = [stream for stream in self.streams.values() if size <= stream.size]
        if whole and root not in [stream.roots[size] for stream in whole]:
            raise Fault("9", "the stream of %d records that was sealed is another than the one shown" % size)
        if whole:
            self.sealed = max(self.sealed, size)

    def _in_log(self, text, tick, root):
        leaf = '{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (tick["tick"], tick["time"], root.hex())
        index, size, top = read_proof(self.genesis, text, leaf.encode())
        if index != tick["tick"] - 1:
            raise Fault("9", "the log leaf %d is not that of tick %d" % (index, tick["tick"]))
        if self.leaf_of.get(tick["tick"], leaf.encode()) != leaf.encode():
            raise Fault("9", "the leaf of tick %d is another in the leaves of the log" % tick["tick"])
        self.seen.add(size, top, "a proof", None)

    # --- receipts: promises.py ---

    def _said_in(self, receipt, piece):
        shown = Shown(self.genesis, type(piece)(piece.file, piece.byte, need(piece.value, "record", dict, "evidence")))
        if None in shown.leaves or tree(shown.leaves) != shown.root or shown.stream_leaf().decode() != receipt.leaf():
            raise Fault("9, Receipts", "the record is not the one that the receipt promised")
        return shown.record.statement.hash if shown.record.statement else b""

    # --- what it does not show ---

    def _what_is_left(self):
        if self.by_place and self.log is None:
            self.tally.cannot_tell("whether the keys that signed were the parties' own and valid: that takes the whole record; heeded here is what a stream tells of revocations")
            self.tally.cannot_tell("what stands in the streams of others")
        shown = sum(len(places) for places in self.by_place.values())
        bare = shown - len(self.proven)
        if bare:
            self.tally.cannot_tell("whether %d of %d records are those that their roots name: a proof of one of their parts would show it" % (bare, shown))
        if self.sealed:
            self.tally.add("places of the stream sealed in the log", self.sealed)
        for name, places in self.by_place.items():
            if min(places) > 0:
                self.tally.cannot_tell("what stood in the stream of %s before place %d, and whether these records are in the log" % (name, min(places)))
            elif len(self.by_place) == 1 and self.sealed < len(places):
                self.tally.cannot_tell("whether the last %d of %d records were sealed in the log: no proof here reaches them" % (len(places) - self.sealed, shown))
        if self.exports.proofs and not self.by_place:
            self.tally.cannot_tell("what the proofs are of: the records are not here")


def genesis_of(exports):
    """The one genesis among these files; None where there is none."""
    found = None
    for piece in exports.genesis:
        try:
            genesis = Genesis(piece.value)
        except Fault as fault:
            raise fault.at(piece.file, piece.byte)
        if found is not None and found.log != genesis.log:
            raise Fault("1", "this genesis is of another log than the first one", piece.file, piece.byte)
        found = genesis
    return found


def read_all(paths, taken=None):
    """`taken`: what counts of these files, by their path."""
    exports = Exports()
    for path in paths:
        exports.read(path, (taken or {}).get(path))
    return exports
