"""What the verifier says: a fault in the record, an input that cannot be read, and the tally of what was looked at."""
from instant import to_ms


class Fault(Exception):
    """The record breaks a rule: where (file and byte, where one can be named), which section of FORMAT.md, and how."""

    def __init__(self, rule, what, file=None, byte=None):
        super().__init__(what)
        self.rule, self.what, self.file, self.byte = rule, what, file, byte

    def at(self, file, byte):
        """Says where, unless somebody nearer to it has said so."""
        if self.file is None:
            self.file = file
            self.byte = byte if self.byte is None else self.byte
        return self

    def __str__(self):
        where = "" if self.file is None else self.file + ("" if self.byte is None else ", byte %d" % self.byte) + ": "
        return where + self.what


class Broken(Exception):
    """The input is no such thing as it is taken for: nothing can be said about a record."""


class Tally:
    """How many of each were checked, what was noticed on the way, and what could not be told."""

    def __init__(self):
        self.counts, self.facts, self.remarks, self.untold, self.seen_by = {}, {}, [], [], set()

    def add(self, what, count=1):
        self.counts[what] = self.counts.get(what, 0) + count

    def fact(self, name, value):
        self.facts[name] = value

    def remark(self, text):
        if text not in self.remarks:
            self.remarks.append(text)

    def witnessed(self, witness, size, seconds):
        """By a witness that is trusted, (name, public key): the log's first `size` ticks."""
        self.seen_by.add(witness)
        self.add("dated signatures of witnesses")
        self.remark("the witness %s has seen the log's first %d ticks, and what stands in them, by %s of its clock" % (witness[0], size, to_ms(seconds * 10 ** 9)))

    def cannot_tell(self, text):
        if text not in self.untold:
            self.untold.append(text)
