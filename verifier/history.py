"""A log's records in their order (FORMAT.md, 5 to 8): orders, times, places, who spoke, what was told of it, ticks, the log's tree."""
from array import array

import strict_json
from fault import Fault
from hashes import Tree, blind_of, leaf_hash, slot_hash, tree, unused_slot
from instant import exact, to_ms
from parties import Parties
from receipt import Opening
from record import Part, Record
from statement import NOTE, ORDER, OUTCOME, SECTION, check_sections, hex_bytes, read_note
from strict_json import need

WEEK_NS = 7 * 86400 * 10 ** 9
VERDICTS = ("accepted", "pending", "refused")
NUMBERED = ("continue", "snapshot", "bridge", "cosigned")


def stream_leaf(place, time, leaves, root):
    return ('{"parley":1,"seq":"%020d","time":"%s","parts":"%05d","root":"%s"}' % (place, to_ms(time), leaves, root.hex())).encode()


def log_leaf(tick, time, root):
    return ('{"parley":1,"tick":"%020d","time":"%s","root":"%s"}' % (tick, to_ms(time), root.hex())).encode()


def told_sections(told):
    """What was told of a statement's sections, as parts."""
    out = []
    for section in told.get("sections", []):
        data = need(section, "bytes", str, "a told section").encode()
        name = strict_json.read(data, "a told section").get("section")
        out.append(Part(SECTION, need(section, "slot", int, "a told section"), str(name), hex_bytes(section.get("salt"), 32, "the salt of a told section", "5"), data))
    return out


def check_told_note(genesis, told, known=None):
    """The note that a told record quotes: its lines, its hash, its sections. The statement; `known` is one that was verified already."""
    data = told["note"].encode()
    quoted = known if known is not None and known.note == data else read_note(genesis, data)
    if quoted.hash.hex() != told.get("statement"):
        raise Fault("5", "what was told names the statement %s and quotes %s" % (told.get("statement"), quoted.hash.hex()))
    check_sections(genesis.log, quoted, told_sections(told))
    return quoted


class Asked:
    """Of a place: its leaf and statement, the first tick that seals it, and those before, which do not."""

    def __init__(self):
        self.leaf, self.said, self.after, self.first, self.times, self.sizes = None, None, None, 1, array("q"), array("q")

    def stands(self, leaf, record):
        self.leaf, self.said = leaf.decode(), record.statement.hash if record.statement else b""

    def tick(self, tick, time, size, seq):
        if size > seq:
            self.after = self.after or Opening(tick, to_ms(time), size, self.leaf)
            return
        self.first = self.first if self.times else tick
        self.times.append(time)
        self.sizes.append(size)

    def around(self, covered):
        """Of the first `covered` ticks the first that seals it, the last that does not; None where there is none."""
        last = min(len(self.times), covered - self.first + 1) - 1
        before = Opening(self.first + last, to_ms(self.times[last]), self.sizes[last]) if last >= 0 else None
        return self.after if self.after and self.after.tick <= covered else None, before


class History:
    """blinds: None, or the bytes of that file: without it no tick's root can be recomputed."""

    def __init__(self, genesis, blinds, tally):
        self.genesis, self.blinds, self.tally, self.parties = genesis, blinds, tally, Parties(genesis)
        self.streams, self.log = {}, Tree(history=True)
        self.order, self.time, self.first_time, self.numbers = 0, None, None, dict.fromkeys(NUMBERED, 0)
        self.statements, self.taken, self.statement, self.due_tick = set(), {}, None, None
        self.given_out = [0, 0]  # ticks sealed when the batch before the last one, and the last one, began
        self.snapshots, self.cosigned, self.asked = {}, {}, {}

    def ask(self, slot, seq):
        """Before all begins: what stands at that place, and what the ticks around it seal (receipt.py)."""
        return self.asked.setdefault((slot, seq), Asked())

    def stream(self, party):
        return self.streams.setdefault(party, Tree())

    def begin_batch(self):
        self.given_out = [self.given_out[1], self.log.size]

    # --- records ---

    def record(self, entry, parts):
        record = Record(self.genesis, parts)
        record.check_form()
        if record.told != entry.told:
            raise Fault("11", "the entry and the record differ in whether it was told")
        if record.told:
            self._told(entry, record)
        else:
            self._statement(entry, record)
        self._order_part(entry, record)
        self._seal(entry, record)

    def _order_part(self, entry, record):
        part = record.part(ORDER)
        seen = record.statement.seen if record.statement else None
        judged = ("null",) if seen is None else ("true", "false")
        said = [j for j in judged if part.data == ('{"order":%d,"time":"%s","seen":%s}' % (entry.order, exact(entry.time), j)).encode()]
        if not said:
            raise Fault("3", "the part 'order' is %.120r; the journal says order %d at %s" % (part.data.decode(errors="replace"), entry.order, exact(entry.time)), byte=part.at)
        if seen is not None:
            self._check_seen(seen, said[0] == "true")
        if record.statement is not None and ("fork" in self.outcome.get("marks", [])) != (said[0] == "false"):
            raise Fault("5", "the part 'order' says that `seen` is of this log: %s; the outcome's mark 'fork' says otherwise" % said[0], byte=part.at)

    def _check_seen(self, seen, prefix):
        sealed = seen["size"] <= self.log.size and self.log.roots[seen["size"]].hex() == seen["root"]
        if prefix and not sealed or not prefix and sealed and seen["size"] <= self.given_out[0]:
            raise Fault("3", "the checkpoint of size %d that the sender had seen %s one of this log, and the part 'order' says %s"
                        % (seen["size"], "is" if sealed else "is not", str(prefix).lower()))
        self.tally.add("checkpoints that senders had seen")

    def _seal(self, entry, record):
        """Leaves and root as the journal has them; then the stream's next leaf."""
        leaves = record.leaves()
        if leaves != entry.leaves:
            at = next((i for i, (a, b) in enumerate(zip(leaves, entry.leaves)) if a != b), min(len(leaves), len(entry.leaves)))
            raise Fault("3", "leaf %d of the record is not the hash of its part: bytes, salt, class or name are others" % at)
        if tree(leaves) != entry.root:
            raise Fault("5", "the record's root is not that of its leaves")
        if entry.place != self.stream(entry.party).size:
            raise Fault("6", "the record says place %d of its stream, where place %d is next" % (entry.place, self.stream(entry.party).size))
        leaf = stream_leaf(entry.place, entry.time, len(leaves), entry.root)
        self.stream(entry.party).add(leaf_hash(leaf))
        if (entry.party, entry.place) in self.asked:
            self.asked[(entry.party, entry.place)].stands(leaf, record)
        self.tally.add("records")
        self.tally.add("parts", len(record.parts))
        self.tally.add("sections opened by their commitments", len(record.sections))

    # --- statements ---

    def _statement(self, entry, record):
        said = record.statement
        if self.due_tick is not None:
            raise Fault("7", "tick %d was stated, and is not sealed" % self.due_tick)
        if entry.order != self.order + 1:
            raise Fault("5", "the statement has the order %d, where %d is next" % (entry.order, self.order + 1))
        if self.time is not None and entry.time < self.time:
            raise Fault("7", "the time goes back from %s to %s" % (exact(self.time), exact(entry.time)))
        self._check_server_time(entry, said)
        speaker = self.parties.speaker(said, entry.time)
        if entry.party != self.parties.by_name[speaker].number:
            raise Fault("6", "a statement of %s stands in the stream of party %d" % (speaker, entry.party))
        verdict = self._outcome(entry, record)
        if verdict != "refused":
            self.parties.check_spoken(said, entry.time)
        self._once(entry, said, verdict)
        self.order, self.time, self.first_time = entry.order, entry.time, entry.time if self.first_time is None else self.first_time
        said.note = record.first.data if record.first.part_class == NOTE else None
        said.request, self.statement = record.first.data, said
        if verdict == "accepted":
            self._apply(entry, said, speaker)
        self.tally.add("statements")
        self.tally.add("signatures", len(said.signed))
        self.tally.add({"signed": "signed notes", "plain": "plain statements (a session's word)", "frame": "frames of positions",
                        "dss": "calls of drone services", "own": "statements of the server"}[said.form])

    def _check_server_time(self, entry, said):
        if said.form == "own" and said.kind != "tick" and entry.time != self.time:
            raise Fault("14", "'%s' has another time than the statement before it" % said.kind)

    def _outcome(self, entry, record):
        part = record.part(OUTCOME)
        outcome = strict_json.read_dss(part.data, "the outcome")
        if outcome.get("verdict") not in VERDICTS or outcome.get("kind") != record.statement.kind or outcome.get("place") != entry.place:
            raise Fault("5", "the outcome is of another kind or place, or has no verdict: %.120r" % part.data.decode(), byte=part.at)
        said = record.statement
        missing = [name for name in said.keys if name not in said.signed]
        if outcome["verdict"] == "accepted" and missing or outcome["verdict"] == "pending" and outcome.get("missing") != missing:
            raise Fault("5", "the statement is %s, and these lines are missing: %s" % (outcome["verdict"], ", ".join(missing) or "none"), byte=part.at)
        self.outcome = outcome
        return outcome["verdict"]

    def _once(self, entry, said, verdict):
        """A repeat is answered and not recorded."""
        if verdict == "accepted" and said.form in ("signed", "plain"):
            before = self.taken.get(said.hash)
            if before is not None and entry.time - before < WEEK_NS:
                raise Fault("2", "the statement %s is recorded a second time" % said.hash.hex())
            self.taken[said.hash] = entry.time
        self.statements.add(said.hash)

    def _apply(self, entry, said, speaker):
        self.parties.apply(said, speaker, entry.order, entry.time)
        if said.kind == "tick" and said.form == "own":
            self._state_tick(entry, said)
        elif said.form == "own" and said.kind in NUMBERED:
            if said.body["number"] != self.numbers[said.kind] + 1:
                raise Fault("14", "'%s' has the number %d, where %d is next" % (said.kind, said.body["number"], self.numbers[said.kind] + 1))
            self.numbers[said.kind] += 1
            if said.kind == "cosigned":
                self._cosigned(said.body)
            if said.kind == "snapshot":
                self.snapshots[entry.order] = None
        elif said.form == "own" and said.kind == "snapshot/digest":
            self._digest(said)

    def _cosigned(self, body):
        size, seconds = body["size"], body["seconds"]
        if size > self.log.size or self.log.roots[size].hex() != body["root"]:
            raise Fault("14", "a witness has signed a tree of size %d that is not one of this log" % size)
        key = body["witness"].split("+", 2)[2]
        before = self.cosigned.get(key, (0, 0))
        if size <= before[0] or seconds < before[1]:
            raise Fault("14", "the witness %s goes back behind size %d, time %d" % (body["witness"], before[0], before[1]))
        self.cosigned[key] = (size, seconds)
        self.tally.add("signatures of witnesses, each over a tree of this log")

    def _digest(self, said):
        order, digest = said.body["order"], hex_bytes(said.body.get("digest"), 32, "digest", "14")
        if not self.snapshots or order != max(self.snapshots) or self.snapshots[order] is not None:
            raise Fault("14", "a digest of the state behind order %d, where no snapshot waits for one" % order)
        self.snapshots[order] = digest

    def _state_tick(self, entry, said):
        if said.body["tick"] != self.log.size + 1:
            raise Fault("7", "tick %d is stated, where %d is next" % (said.body["tick"], self.log.size + 1))
        self.due_tick = said.body["tick"]

    # --- told ---

    def _told(self, entry, record):
        if entry.order != self.order or entry.time != self.time:
            raise Fault("5", "a record that was told with order %d stands behind order %d" % (entry.order, self.order))
        if entry.party >= self.parties.count():
            raise Fault("6", "a record in the stream of party %d, which there is not" % entry.party)
        told = strict_json.read_dss(record.first.data, "what was told")
        if list(told)[:3] != ["told", "place", "time"] or told["place"] != entry.place or told["time"] != to_ms(entry.time):
            raise Fault("5", "what was told does not begin with its kind, place %d and time %s" % (entry.place, to_ms(entry.time)), byte=record.first.at)
        self.tally.add("records told")
        if "note" in told or "request" in told:
            self._quoted(told, record)

    def _quoted(self, told, record):
        if hex_bytes(told.get("statement"), 32, "told: statement", "5") not in self.statements:
            raise Fault("5", "a statement is told that stands nowhere in the record before: %.80r" % told.get("statement"), byte=record.first.at)
        if "note" in told:
            check_told_note(self.genesis, told, self.statement if self.statement.note else None)
        elif told["statement"] == self.statement.hash.hex() and told["request"].encode() != self.statement.request:
            raise Fault("5", "what was told quotes other bytes than the statement's", byte=record.first.at)

    # --- ticks ---

    def tick(self, entry):
        if entry.tick != self.due_tick or entry.order != self.order or entry.time != self.time:
            raise Fault("7", "the journal seals tick %d with order %d, which did not state it" % (entry.tick, entry.order))
        if self.blinds is not None and tree(self._slots(entry.tick)) != entry.root:
            raise Fault("7", "tick %d does not match the streams and the file blinds" % entry.tick)
        self.parties.tick(entry.order, entry.time)
        leaf = log_leaf(entry.tick, entry.time, entry.root)
        self.log.add(leaf_hash(leaf))
        for (slot, seq), asked in self.asked.items():
            if slot < self.parties.count():
                asked.tick(entry.tick, entry.time, self.stream(slot).size, seq)
        self.due_tick = None
        self.tally.add("ticks")
        if self.blinds is not None:
            self.tally.add("slots of streams", self.parties.count())

    def _slots(self, tick):
        keys = [self.blinds[i:i + 32] for i in range(0, len(self.blinds), 32)]
        used = [slot_hash(blind_of(keys[1 + p], tick), self.stream(p).size, self.stream(p).root()) for p in range(self.parties.count())]
        return used + [unused_slot(keys[0], tick, i) for i in range(len(used), 1 << self.genesis.slots_log2)]

    def end(self):
        if self.due_tick is not None:
            raise Fault("7", "tick %d was stated, and is not sealed" % self.due_tick)
