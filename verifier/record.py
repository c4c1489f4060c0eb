"""Parts and records (FORMAT.md, 3 to 5): from a record's parts to its leaves and root."""
import re
import struct

import statement
from fault import Fault
from hashes import commitment_in_record, part_hash, tree
from statement import AIRCRAFT, CLAIMS, CREDENTIAL, FRAME, NOTE, ORDER, OUTCOME, REQUEST, SECTION, TOLD

NAME = re.compile(r"[a-z0-9._-]{1,32}")
FIXED = {NOTE: "note", REQUEST: "request", CREDENTIAL: "credential", OUTCOME: "outcome", CLAIMS: "claims", ORDER: "order", TOLD: "told", FRAME: "frame"}
CLASSES = {"note": NOTE, "section": SECTION, "request": REQUEST, "credential": CREDENTIAL, "outcome": OUTCOME, "claims": CLAIMS, "order": ORDER, "told": TOLD,
           "aircraft": AIRCRAFT, "frame": FRAME}
# The classes behind the first part (and sections, aircraft), by form, in their order; all are there.
BEHIND = {"signed": [OUTCOME, ORDER], "plain": [OUTCOME, CLAIMS, ORDER], "frame": [OUTCOME, CLAIMS, ORDER], "dss": [OUTCOME, CLAIMS, ORDER], "own": [OUTCOME, ORDER],
          "told": [ORDER]}
BETWEEN = {"signed": SECTION, "plain": SECTION, "frame": AIRCRAFT}


class Part:
    """Named bytes with a salt; `at` is where it begins in its file, for faults."""

    def __init__(self, part_class, slot, name, salt, data, at=None):
        self.part_class, self.slot, self.name, self.salt, self.data, self.at = part_class, slot, name, salt, data, at
        if not NAME.fullmatch(name) or name != FIXED.get(part_class, name) or not 1 <= part_class <= FRAME or slot and part_class != SECTION:
            raise Fault("3", "a part of class %d, slot %d is named %.40r" % (part_class, slot, name), byte=at)

    def hash(self, context):
        return part_hash(self.part_class, context, self.salt, self.name.encode(), self.data)


def read_parts(data, at):
    """Of a record as the payload has it; `at` is the record's first byte in its file."""
    if len(data) < 4:
        raise Fault("11", "a record of %d bytes" % len(data))
    count, pos, parts = struct.unpack(">I", data[:4])[0], 4, []
    for _ in range(count):
        begin = pos
        if len(data) < pos + 3 or len(data) < pos + 3 + data[pos + 2] + 36:
            raise Fault("11", "the record ends within a part's head", byte=at + begin)
        size = data[pos + 2]
        name, pos = data[pos + 3:pos + 3 + size], pos + 3 + size
        salt, length = data[pos:pos + 32], struct.unpack(">I", data[pos + 32:pos + 36])[0]
        pos += 36 + length
        if pos > len(data):
            raise Fault("11", "the record ends within a part's bytes", byte=at + begin)
        parts.append(Part(data[begin], data[begin + 1], name.decode("latin-1"), salt, data[pos - length:pos], at + begin))
    if pos != len(data):
        raise Fault("11", "%d bytes stand behind the record's last part" % (len(data) - pos), byte=at + pos)
    return parts


class Record:
    """A record's parts, sorted, and the statement that they are (None: told)."""

    def __init__(self, genesis, parts):
        if not parts:
            raise Fault("5", "a record without parts")
        self.parts, self.first, self.genesis = parts, parts[0], genesis
        self.sections = [p for p in parts[1:] if p.part_class == SECTION]
        self.aircraft = [p for p in parts[1:] if p.part_class == AIRCRAFT]
        self.behind = {p.part_class: p for p in parts[1:] if p.part_class not in (SECTION, AIRCRAFT)}
        self.told = self.first.part_class == TOLD
        self.statement = None if self.told else self._statement()

    def part(self, part_class):
        return self.behind.get(part_class)

    def _statement(self):
        claims = self.part(CLAIMS)
        said = statement.read_claims(claims.data) if claims else None
        if self.first.part_class == NOTE:
            return self._signed()
        if self.first.part_class == FRAME and claims:
            return statement.read_frame(self.genesis, self.first, self.aircraft, said)
        if self.first.part_class != REQUEST:
            raise Fault("5", "a record that begins with the part '%s'" % self.first.name)
        out = statement.read_request(self.genesis, self.first, said)
        if out.form == "plain":
            out.commitments = statement.plain_commitments(self.genesis.log, out, self.first, self.sections)
            out.sections = statement.check_sections(self.genesis.log, out, self.sections)
        return out

    def _signed(self):
        out = statement.read_note(self.genesis, self.first.data)
        out.sections = statement.check_sections(self.genesis.log, out, self.sections)
        return out

    def check_form(self):
        """The parts of its form, in the order of chapter 5, each once."""
        classes, form = [p.part_class for p in self.parts[1:]], "told" if self.told else self.statement.form
        lead = 0
        while lead < len(classes) and classes[lead] == BETWEEN.get(form):
            lead += 1
        if classes[lead:] != BEHIND[form]:
            raise Fault("5", "a record of the form '%s' has the parts %s" % (form, ", ".join(p.name for p in self.parts)))

    def leaves(self):
        """In the order of chapter 5."""
        log, out = self.genesis.log, [self.first.hash(self.genesis.log)]
        if self.statement is not None:
            out += [commitment_in_record(c) for c in self.statement.commitments]
        return out + [p.hash(log) for p in self.parts[1:] if p.part_class != SECTION]

    def root(self):
        return tree(self.leaves())
