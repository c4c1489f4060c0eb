"""A journal taken apart and made anew by whoever has all the keys: every hash, tree and checksum fits again, the log's key signs, and what was changed is a lie."""
import base64
import os
import re
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "verifier"))
import checkpoint  # noqa: E402
import directory  # noqa: E402
from hashes import Tree, commitment_in_record, crc32c, leaf_hash, sha256, tree  # noqa: E402
from history import History, log_leaf, stream_leaf  # noqa: E402
from instant import exact, to_ms  # noqa: E402
from journal import BODY, MAGIC, SECTOR, Journal  # noqa: E402
from record import Record, read_parts  # noqa: E402
from statement import ORDER, OUTCOME, SECTION, TOLD  # noqa: E402


class Forged:
    """batches: lists of entries; a record's entry has `parts`. Change them, then write()."""

    def __init__(self, path):
        self.path, self.genesis = path, directory.read_genesis(path)
        with open(os.path.join(path, "blinds"), "rb") as file:
            self.blinds = file.read()
        journal, self.batches, self.sequencers = Journal(path, self.genesis.log), [], []
        for batch in journal.batches():
            data, _ = journal.payload(batch)
            for entry in batch.records():
                entry.parts = read_parts(data[entry.pay_at:entry.pay_at + entry.pay_size], 0)
            self.batches.append(batch.entries)
            self.sequencers.append(batch.sequencer)

    def entries(self, order, told=None):
        return [e for batch in self.batches for e in batch if e.order == order and e.tick is None and told in (None, e.told)]

    def batch_of(self, order):
        return next(i for i, batch in enumerate(self.batches) if batch[0].order == order)

    def renumber(self):
        """Orders, places and what parts say of them and of times: as if it had been so from the begin."""
        order, places = 0, {}
        for entry in (e for batch in self.batches for e in batch):
            if entry.tick is None:
                order += not entry.told
                entry.place = places.get(entry.party, 0)
                places[entry.party] = entry.place + 1
            entry.order = order
            if entry.tick is None:
                self.say_order(entry)
                self._say_place(entry)

    def _say_place(self, entry):
        part = next(p for p in entry.parts if p.part_class in (OUTCOME, TOLD))
        part.data = re.sub(rb'"place":\d+', b'"place":%d' % entry.place, part.data, count=1)
        if entry.told:
            part.data = re.sub(rb'"time":"[^"]*"', b'"time":"%s"' % to_ms(entry.time).encode(), part.data, count=1)

    def say_order(self, entry):
        part = next(p for p in entry.parts if p.part_class == ORDER)
        seen = part.data[part.data.rindex(b":") + 1:]
        part.data = b'{"order":%d,"time":"%s","seen":' % (entry.order, exact(entry.time).encode()) + seen

    def recommit(self, order):
        """The commitments among a statement's leaves, out of its text as it is now."""
        entry = self.entries(order, False)[0]
        found = re.search(rb'"commit":\[([^\]]*)\]', entry.parts[0].data)[1].decode().replace('"', "").split(",")
        entry.leaves[1:5] = [commitment_in_record(bytes.fromhex(c)) for c in found[:4]]

    # --- as bytes again ---

    def write(self, seal=True):
        """seal: roots of records and ticks are made anew; without it they stay what they were."""
        self.history, self.log = History(self.genesis, self.blinds, None), Tree(history=True)
        payload, sectors, previous, self.extents = b"", b"", self.genesis.log, []
        for number, (entries, sequencer) in enumerate(zip(self.batches, self.sequencers), 1):
            extent = b""
            for entry in entries:
                extent += self._settle(entry, len(extent), seal)
            content = self._content(number, previous, sequencer, len(payload), len(extent), entries)
            previous = content[-32:]
            self.extents.append(len(payload))
            payload += extent + bytes(-len(extent) % SECTOR)
            sectors += _sectors(number, content)
        self._put("journal/pay-00000001.seg", payload)
        self._put("journal/log-00000001.seg", sectors)
        self._checkpoint()
        for name in os.listdir(os.path.join(self.path, "snapshots")):
            os.remove(os.path.join(self.path, "snapshots", name))

    def _settle(self, entry, at, seal):
        if entry.tick is not None:
            if seal:
                entry.root = tree(self.history._slots(entry.tick))
            self.log.add(leaf_hash(log_leaf(entry.tick, entry.time, entry.root)))
            return b""
        if seal:
            entry.leaves = self._leaves(entry)
            entry.root = tree(entry.leaves)
        self._let_in(entry)
        self.history.stream(entry.party).add(leaf_hash(stream_leaf(entry.place, entry.time, len(entry.leaves), entry.root)))
        data = struct.pack(">I", len(entry.parts)) + b"".join(struct.pack(">BBB", p.part_class, p.slot, len(p.name)) + p.name.encode() + p.salt
                                                              + struct.pack(">I", len(p.data)) + p.data for p in entry.parts)
        entry.pay_at, entry.pay_size, entry.crc = at, len(data), crc32c([data])[0]
        return data

    def _leaves(self, entry):
        """Commitments as they stood; all other parts hashed as they are now."""
        hashes = [p.hash(self.genesis.log) for p in entry.parts if p.part_class != SECTION]
        return hashes[:1] + entry.leaves[1:1 + len(entry.leaves) - len(hashes)] + hashes[1:]

    def _let_in(self, entry):
        """Who has a slot: the forger lets in whom the record lets in."""
        if not entry.told and any(p.part_class == OUTCOME and b'"accepted","kind":"party"' in p.data for p in entry.parts):
            self.history.parties.apply(Record(self.genesis, entry.parts).statement, self.history.parties.operator, entry.order, entry.time)

    def _content(self, number, previous, sequencer, at, size, entries):
        body = b"".join(_entry(entry) for entry in entries)
        head = MAGIC + struct.pack(">Q", number) + previous
        length = len(head) + 40 + len(body) + 32
        content = head + struct.pack(">QQIQQI", length, sequencer, 1, at, size, len(entries)) + body
        return content + sha256(content)

    def _put(self, name, data):
        with open(os.path.join(self.path, name), "wb") as file:
            file.write(data + bytes(65536))

    def _checkpoint(self):
        with open(os.path.join(self.path, "log.key"), encoding="utf-8") as file:
            secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(file.read().split("+", 4)[4])[1:])
        size, root = self.log.size, self.log.root()
        sector = b"parley/check/1\n\0" + struct.pack(">Q", size) + root + secret.sign(checkpoint.text_of(self.genesis.origin, size, root))
        sector = sector.ljust(508, b"\0")
        blocks = [bytes(4096), bytes(4096)]
        blocks[size % 2] = (sector + struct.pack(">I", crc32c([sector])[0])).ljust(4096, b"\0")
        with open(os.path.join(self.path, "checkpoint"), "wb") as file:
            file.write(b"".join(blocks))


def _entry(e):
    if e.tick is not None:
        return struct.pack(">BQQq", 2, e.tick, e.order, e.time) + e.root
    return (struct.pack(">BBHQQqQQI", 1, e.told, e.party, e.place, e.order, e.time, e.pay_at, e.pay_size, e.crc) + e.root
            + struct.pack(">I", len(e.leaves)) + b"".join(e.leaves))


def _sectors(number, content):
    out = b""
    for i in range(0, len(content), BODY):
        body = struct.pack(">IQ", i // BODY, number) + content[i:i + BODY].ljust(BODY, b"\0")
        out += struct.pack(">I", crc32c([body])[0]) + body
    return out
