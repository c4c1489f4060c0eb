"""What became of the promises among a party's exports (FORMAT.md, 9, Receipts): from ticks under a signed root, records, proofs and evidence."""
import receipt as receipts
from fault import Fault
from strict_json import need


class Promises:
    """Of a Bundle, which has read all of it."""

    def _promises(self):
        """Each is judged, and all verdicts are said, before the first that was not kept ends it."""
        broken, verdicts = None, []
        for piece in self.exports.receipts + self.exports.evidence:
            try:
                verdict, why = self._evidence(piece) if isinstance(piece.value, dict) else self._promise(receipts.Receipt(self.genesis, piece.value))
            except Fault as fault:
                raise fault.at(piece.file, piece.byte)
            verdicts.append("%s: %s" % (verdict, piece.file))
            self.tally.add("receipts judged")
            self.tally.remark("%s: %s: %s" % (piece.file, verdict, why))
            if verdict == receipts.UNANSWERED:
                self.tally.cannot_tell("whether the promise of %s was kept: %s" % (piece.file, why))
            elif verdict != receipts.KEPT and broken is None:
                broken = Fault("9, Receipts", "the promise was not kept (%s): %s" % (verdict, why), piece.file, piece.byte)
        if verdicts:
            self.tally.fact("receipts", verdicts)
        if broken is not None:
            raise broken

    def _evidence(self, piece):
        value = piece.value
        if not {"genesis", "receipt"} <= set(value) <= {"genesis", "receipt", "sealed", "before", "record"}:
            raise Fault("9, Receipts", "evidence has members that are unknown")
        receipt = receipts.Receipt(self.genesis, value["receipt"].encode())
        sealed = receipts.read_sealed(self.genesis, receipt, need(value, "sealed", dict, "evidence")) if "sealed" in value else None
        before = receipts.read_before(self.genesis, receipt, need(value, "before", dict, "evidence")) if "before" in value else None
        return receipts.judge(receipt, sealed, before, self._said_in(receipt, piece) if "record" in value else None)

    def _promise(self, receipt):
        """By the directory; by the stream and the ticks that are here; else by a proof of the place. Of ticks, those alone that stand under a root which the log's key has signed:
        anybody can write others."""
        if self.history is not None:
            asked = self.history.asked[(receipt.slot, receipt.seq)]
            if self.history.parties.names[receipt.slot:receipt.slot + 1] != [receipt.party]:
                raise Fault("9, Receipts", "slot %d of this log is not that of the party '%s'" % (receipt.slot, receipt.party))
            after, before = asked.around(self.covered)
            return self._by_ticks(receipt, after, before, asked.said if asked.leaf == receipt.leaf() else None)
        own = [key.value for key in self.exports.blinds if "slot" in key.value and key.value["party"] == receipt.party]
        if not own or not self.sealings or len(self.streams) != 1:
            return receipts.judge(receipt, self.openings.get((receipt.slot, receipt.seq)), None, self._said_of(receipt))
        if own[0]["slot"] != receipt.slot:
            raise Fault("9, Receipts", "the receipt names slot %d, where the party's is %d in every tick: it promises nothing that could be checked" % (receipt.slot, own[0]["slot"]))
        signed = [tick for tick in self.sealings if tick.tick <= self.covered]
        after = next((tick for tick in signed if tick.size > receipt.seq), None)
        before = next((tick for tick in reversed(signed) if tick.size <= receipt.seq), None)
        if after is not None:
            after.leaf = next(iter(self.by_place.values()))[receipt.seq].stream_leaf().decode()
        return self._by_ticks(receipt, after, before, self._said_of(receipt))

    def _said_of(self, receipt):
        """The statement that the promised record is of, where it is shown and proven; the receipt itself signs its root."""
        for places in self.by_place.values():
            shown = places.get(receipt.seq)
            if shown is not None and None not in shown.leaves and shown.stream_leaf().decode() == receipt.leaf():
                return shown.record.statement.hash if shown.record.statement else b""
        return None

    def _by_ticks(self, receipt, after, before, said):
        verdict, why = receipts.judge(receipt, after, before, said)
        if verdict == receipts.UNANSWERED:
            why += "; %d ticks here are under a root that the log's key has signed" % self.covered
        return verdict, why
