"""The journal on disk (FORMAT.md, 11): sectors, batches, entries; what is whole, a torn tail, or rot."""
import os
import struct

from fault import Fault
from hashes import crc32c, sha256

SECTOR, BODY, SEGMENT = 512, 496, 64 << 20
ZEROS = bytes(SECTOR)
MAGIC, HEAD = b"parley/batch/1\n\x00", 16 + 8 + 32 + 8 + 8 + 20 + 4
RULE = "11"


class Entry:
    """Of a record (tick is None) or a tick."""

    def __init__(self, order, time, root):
        self.order, self.time, self.root, self.tick = order, time, root, None


class Segment:
    """A file of the journal; of the log's, each sector's checksum is looked at once, as many at a time as are near."""
    AHEAD = 4096

    def __init__(self, directory, name):
        self.name, path = os.path.join("journal", name), os.path.join(directory, "journal", name)
        with open(path, "rb") as file:
            self.data = file.read()
        self.good, self.begin = [], 0

    def sector(self, at):
        return self.data[at:at + SECTOR]

    def is_whole(self, at):
        if not self.begin <= at < self.begin + len(self.good) * SECTOR:
            self._look(at)
        return self.good[(at - self.begin) // SECTOR]

    def _look(self, at):
        sectors = [self.sector(i) for i in range(at, min(len(self.data), at + self.AHEAD * SECTOR), SECTOR)]
        written = [i for i, s in enumerate(sectors) if s != ZEROS and len(s) == SECTOR]
        self.begin, self.good = at, [False] * len(sectors)
        for i, checksum in zip(written, crc32c([sectors[i][4:] for i in written])):
            self.good[i] = int.from_bytes(sectors[i][:4], "big") == checksum

    def is_zero(self, at):
        return not self.sector(at).strip(b"\0")


class Journal:
    """Goes through the batches: `batches()` yields each with its entries, in order, after all of chapter 11's checks on it."""

    def __init__(self, directory, log):
        self.directory, self.previous, self.number, self.cut = directory, log, 1, 0
        names = sorted(os.listdir(os.path.join(directory, "journal")))
        self.logs, self.pays = ([n for n in names if n.startswith(k) and n.endswith(".seg")] for k in ("log-", "pay-"))
        if self.logs != ["log-%08d.seg" % (i + 1) for i in range(len(self.logs))] or not self.logs:
            raise Fault(RULE, "the log segments are not numbered from 1 without a gap: %s" % ", ".join(self.logs)).at("journal", None)
        self.segment, self.at, self.index, self.paid = Segment(directory, self.logs[0]), 0, 0, None

    def _fault(self, what, at=None):
        return Fault(RULE, what, self.segment.name, self.at if at is None else at)

    def batches(self):
        while True:
            batch = self._next()
            if batch is None:
                return
            yield batch
            self.number += 1

    def _next(self):
        """The next batch, from here or the begin of the next segment; None at the end."""
        if self._begins(self.segment, self.at):
            return self._batch()
        behind = None
        if self.index + 1 < len(self.logs) and (self.at >= len(self.segment.data) or self.segment.is_zero(self.at)):
            behind = Segment(self.directory, self.logs[self.index + 1])
        if behind is None or not self._begins(behind, 0):
            self._end()
            return None
        left, self.segment, self.at, self.index = self.at, behind, 0, self.index + 1
        batch = self._batch()
        if left + self.at <= SEGMENT:
            raise self._fault("batch %d begins a new segment, though there was room in the one before" % batch.number, 0)
        return batch

    def _begins(self, segment, at):
        """A whole sector, the first of a batch with the expected number."""
        return at < len(segment.data) and segment.is_whole(at) and segment.sector(at)[4:16] == struct.pack(">IQ", 0, self.number)

    def _batch(self):
        """The batch that begins here. One that lacks sectors is a torn tail or rot: then None, or a fault."""
        first = self.segment.sector(self.at)[16:]
        if first[:16] != MAGIC or first[16:24] != struct.pack(">Q", self.number):
            raise self._fault("no batch begins here")
        length = struct.unpack(">Q", first[56:64])[0]
        count = -(-length // BODY)
        end = self.at + count * SECTOR
        if length < HEAD + 32 or end > SEGMENT and self.at:
            raise self._fault("batch %d says that it has %d bytes" % (self.number, length))
        whole = [self._is_of(self.at + i * SECTOR, i) for i in range(count)]
        if not all(whole):
            return self._torn(whole)
        content = b"".join(self.segment.sector(self.at + i * SECTOR)[16:] for i in range(count))
        return self._content(content[:length], content[length:], end)

    def _is_of(self, at, index):
        s = self.segment
        return at < len(s.data) and s.is_whole(at) and s.sector(at)[4:16] == struct.pack(">IQ", index, self.number)

    def _torn(self, whole):
        for i, good in enumerate(whole):
            at = self.at + i * SECTOR
            if not good and at < len(self.segment.data) and not self.segment.is_zero(at):
                raise self._fault("the checksum of a sector does not fit", at)
        self._nothing_behind(self.at + len(whole) * SECTOR)
        self._cut(sum(whole))
        return None

    def _content(self, content, rest, end):
        if sha256(content[:-32]) != content[-32:]:
            raise self._fault("the hash of batch %d does not fit its content" % self.number)
        if content[24:56] != self.previous:
            raise self._fault("batch %d does not name the hash of the batch before it" % self.number)
        if rest.strip(b"\0"):
            raise self._fault("the last sector of batch %d is not filled with zeros" % self.number)
        batch = Batch(self, content)
        self.previous, self.at = content[-32:], end
        return batch

    def _end(self):
        """No batch begins here: that is the end, a torn tail, or rot."""
        at, segment = self.at, self.segment
        if at < len(segment.data) and not segment.is_zero(at) and not self._is_of_tail(segment, at):
            raise self._fault("the checksum of a sector does not fit" if not segment.is_whole(at) else "a sector of another batch stands where batch %d should begin" % self.number)
        self._cut(self._nothing_behind(at))

    def _is_of_tail(self, segment, at):
        return segment.is_whole(at) and segment.sector(at)[8:16] == struct.pack(">Q", self.number)

    def _nothing_behind(self, at):
        """No whole sector from here on, but of this very batch; how many of those."""
        found, segment = 0, self.segment
        for index in range(self.index, len(self.logs)):
            if index > self.index:
                segment, at = Segment(self.directory, self.logs[index]), 0
            for place in range(at, len(segment.data), SECTOR):
                if segment.is_zero(place) or not segment.is_whole(place):
                    continue
                if not self._is_of_tail(segment, place):
                    raise Fault(RULE, "a sector of a later batch stands behind the end of the journal: batch %d is not whole" % self.number, segment.name, place)
                found += 1
        return found

    def _cut(self, sectors):
        self.cut += sectors * SECTOR

    def payload(self, batch):
        """The bytes of a batch's payload extent, and the name of its file."""
        name = "pay-%08d.seg" % batch.pay_segment
        if name not in self.pays:
            raise self._fault("the payload of batch %d stands in %s, which is not there" % (batch.number, name))
        if self.paid is None or self.paid.name != os.path.join("journal", name):
            self.paid = Segment(self.directory, name)
        data = self.paid.data[batch.pay_at:batch.pay_at + batch.pay_size]
        if len(data) != batch.pay_size or batch.pay_at % SECTOR or batch.pay_at and batch.pay_at + batch.pay_size > SEGMENT:
            raise Fault(RULE, "the payload of batch %d, %d bytes, does not stand here" % (batch.number, batch.pay_size), self.paid.name, batch.pay_at)
        return data, self.paid.name


class Batch:
    """Its head and entries."""

    def __init__(self, journal, content):
        self.number, self.at, self.file = journal.number, journal.at, journal.segment.name
        self.sequencer, self.pay_segment, self.pay_at, self.pay_size, count = struct.unpack(">QIQQI", content[64:96])
        self.hash, self.entries, self._content, self._pos = content[-32:], [], content[:-32], HEAD
        for _ in range(count):
            self.entries.append(self._entry())
        if self._pos != len(self._content):
            raise Fault(RULE, "bytes stand behind the last entry of batch %d" % self.number, self.file, self.at)

    def records(self):
        return [entry for entry in self.entries if entry.tick is None]

    def _take(self, form):
        size = struct.calcsize(form)
        if self._pos + size > len(self._content):
            raise Fault(RULE, "batch %d ends within an entry" % self.number, self.file, self.at)
        out = struct.unpack(form, self._content[self._pos:self._pos + size])
        self._pos += size
        return out

    def _entry(self):
        kind = self._take(">B")[0]
        if kind == 2:
            tick, order, time, root = self._take(">QQq32s")
            entry = Entry(order, time, root)
            entry.tick = tick
            return entry
        if kind != 1:
            raise Fault(RULE, "batch %d has an entry of kind %d" % (self.number, kind), self.file, self.at)
        told, party, place, order, time, at, size, crc, root, count = self._take(">BHQQqQQI32sI")
        if told > 1 or at + size > self.pay_size or size < 4:
            raise Fault(RULE, "batch %d has an entry whose payload is not in its extent" % self.number, self.file, self.at)
        entry = Entry(order, time, root)
        entry.told, entry.party, entry.place, entry.pay_at, entry.pay_size, entry.crc = bool(told), party, place, at, size, crc
        hashes = self._take(">%ds" % (32 * count))[0]
        entry.leaves = [hashes[i:i + 32] for i in range(0, len(hashes), 32)]
        return entry
