"""A log's directory (FORMAT.md, 10 to 13): the genesis, the journal with all it says, the checkpoint file, snapshots."""
import os
import struct

import checkpoint
import notes
import snapshot
from fault import Broken, Fault
from genesis import Genesis
from hashes import crc32c
from history import History
from instant import to_ms
from journal import Journal
from record import read_parts

CHECKPOINT, BLOCK, SECTOR, TOGETHER = "checkpoint", 4096, 512, 256
MAGIC = b"parley/check/1\n\x00"


def read_file(directory, name, needed=True):
    try:
        with open(os.path.join(directory, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        if needed:
            raise Broken("%s: there is no file %s: name the directory that 'parley init' made, or a copy of it" % (directory, name)) from None
        return None
    except OSError as e:
        raise Broken("%s/%s: %s" % (directory, name, e.strerror)) from None


def read_genesis(directory):
    try:
        return Genesis(read_file(directory, "genesis"))
    except Fault as fault:
        raise fault.at("genesis", 0)


def _read_blinds(directory, genesis, tally):
    blinds = read_file(directory, "blinds", needed=False)
    if blinds is None:
        tally.cannot_tell("whether the ticks' roots are those of the streams: the file blinds is not there")
    elif len(blinds) != 32 * (1 + (1 << genesis.slots_log2)):
        raise Fault("10", "the file has %d bytes, not %d" % (len(blinds), 32 * (1 + (1 << genesis.slots_log2))), "blinds", None)
    return blinds


class Directory:
    """check() goes through all of it."""

    def __init__(self, path, tally):
        self.path, self.tally, self.genesis = path, tally, read_genesis(path)
        # Before the journal: of a server that runs it only grows behind what these say.
        self.stored, self.snapshots = read_file(path, CHECKPOINT, needed=False), snapshot.names(path)
        try:
            self.journal = Journal(path, self.genesis.log)
        except OSError as e:
            raise Broken("%s: %s" % (e.filename, e.strerror)) from None
        self.signed = 0  # ticks under the stored checkpoints
        self.behind = {}  # of each batch: its hash, the last order and the ticks behind it
        self.history = History(self.genesis, _read_blinds(path, self.genesis, tally), tally)

    def check(self):
        self.tally.add("founders' signatures on the genesis", len(self.genesis.founders))
        for group in self._groups():
            self._check_sums(group)
            for batch, data, name in group:
                self._batch(batch, data, name)
        self.history.end()
        if self.journal.cut:
            self.tally.remark("the journal ends in a torn tail of %d bytes, as a crash leaves it: nothing of it was ever answered" % self.journal.cut)
        self._checkpoints()
        snapshot.check_all(self.path, self.snapshots, self.genesis, self.behind, self.history.snapshots, self.tally)
        self._facts()

    def _groups(self):
        """Batches with their payload, as many together as make checksums cheap; what stands before a fault is looked at first."""
        group, fault = [], None
        batches = self.journal.batches()
        while fault is None:
            try:
                batch = next(batches, None)
                if batch is None:
                    break
                group.append((batch,) + self.journal.payload(batch))
            except Fault as found:
                fault = found
            if len(group) == TOGETHER:
                yield group
                group = []
        yield group
        if fault is not None:
            raise fault

    def _check_sums(self, group):
        texts = [data[e.pay_at:e.pay_at + e.pay_size] for batch, data, _ in group for e in batch.records()]
        sums = iter(crc32c(texts))
        for batch, _, name in group:
            end = 0
            for entry in batch.records():
                if entry.pay_at != end:
                    raise Fault("11", "the records of batch %d do not stand one after the other" % batch.number, name, batch.pay_at + end)
                if entry.crc != next(sums):
                    raise Fault("11", "the %d bytes of a record from here have changed since they were written" % entry.pay_size, name, batch.pay_at + entry.pay_at)
                end += entry.pay_size
            if end != batch.pay_size:
                raise Fault("11", "the payload of batch %d is longer than its records" % batch.number, name, batch.pay_at + end)

    def _batch(self, batch, data, name):
        self.history.begin_batch()
        for entry in batch.entries:
            at = batch.pay_at + entry.pay_at if entry.tick is None else batch.at
            try:
                if entry.tick is None:
                    self.history.record(entry, read_parts(data[entry.pay_at:entry.pay_at + entry.pay_size], at))
                else:
                    self.history.tick(entry)
            except Fault as fault:
                raise fault.at(name if entry.tick is None else batch.file, at)
        self.behind[batch.number] = (batch.hash, self.history.order, self.history.log.size)
        self.tally.add("batches")

    def _facts(self):
        history, fact = self.history, self.tally.fact
        fact("log", self.genesis.log.hex())
        fact("origin", self.genesis.origin)
        fact("parties", history.parties.names)
        fact("size", history.log.size)
        fact("root", history.log.root().hex())
        fact("orders", history.order)
        if history.time is not None:
            fact("first", to_ms(history.first_time))
            fact("last", to_ms(history.time))

    # --- the checkpoint file ---

    def _checkpoints(self):
        data = self.stored
        if data is None:
            self.tally.cannot_tell("whether the journal lacks its end: the file checkpoint is not there")
            return
        if len(data) != 2 * BLOCK:
            raise Fault("12", "the file has %d bytes, not %d" % (len(data), 2 * BLOCK), CHECKPOINT, None)
        found = [self._checkpoint(data[at:at + BLOCK], at) for at in (0, BLOCK)]
        if not any(found):
            self.tally.cannot_tell("whether the journal lacks its end: no checkpoint was stored")

    def _checkpoint(self, block, at):
        """True if one stands in this block and is of this log."""
        sector = block[:SECTOR]
        if not sector.strip(b"\0"):
            return False
        if crc32c([sector[:-4]])[0] != int.from_bytes(sector[-4:], "big"):
            raise Fault("12", "the checksum of a checkpoint does not fit", CHECKPOINT, at)
        size, root, signature = struct.unpack(">Q32s64s", sector[16:120])
        if sector[:16] != MAGIC or sector[120:-4].strip(b"\0") or size % 2 != at // BLOCK:
            raise Fault("12", "no checkpoint stands here, or one that belongs into the other block", CHECKPOINT, at)
        if not notes.verifies(self.genesis.log_key, signature, checkpoint.text_of(self.genesis.origin, size, root)):
            raise Fault("8", "the signature of the checkpoint of size %d does not verify" % size, CHECKPOINT, at)
        check_prefix(self.history.log, size, root, CHECKPOINT, at)
        self.signed = max(self.signed, size)
        self.tally.add("stored checkpoints")
        return True


def check_prefix(log, size, root, file, at):
    """A signed root of this log must be that of the ticks that the journal has: else the end is lost, or the log was forked."""
    if size > log.size:
        raise Fault("12", "a signed checkpoint has %d ticks, the journal %d: its end is lost" % (size, log.size), file, at)
    if log.roots[size] != root:
        raise Fault("8", "the log was forked: the signed root of its first %d ticks is %s, that of the journal %s" % (size, root.hex(), log.roots[size].hex()), file, at)
