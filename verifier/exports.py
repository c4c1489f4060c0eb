"""What a party can take away from a server, told apart by its content: the genesis, checkpoints, leaves of the log, its blinding key, records, proofs, receipts."""
import json
import re

from fault import Broken

KINDS = (("records", "records of a stream"), ("proofs", "proofs"), ("leaves", "leaves of the log"), ("slots", "ticks with the party's slot"),
         ("checkpoints", "checkpoints"), ("blinds", "a blinding key"),
         ("genesis", "a genesis"), ("receipts", "receipts"), ("evidence", "evidence about a receipt"))
BETWEEN = re.compile(r"[ \t\r\n]*")  # JSON's, which are a byte each


class Piece:
    """One record, proof, leaf, note or key: where it stands, and what it is (JSON, or a note's bytes)."""

    def __init__(self, file, byte, value):
        self.file, self.byte, self.value = file, byte, value


class Exports:
    def __init__(self):
        for kind, _ in KINDS:
            setattr(self, kind, [])

    def read(self, path, data=None):
        """`data`: what counts of it, where somebody has looked."""
        try:
            if data is None:
                with open(path, "rb") as file:
                    data = file.read()
        except OSError as e:
            raise Broken("%s: %s" % (path, e.strerror)) from None
        if not data:
            return  # of a mirror that has taken nothing yet
        if data.lstrip()[:1] == b"{":
            for byte, value in _objects(path, data):
                self._take(path, byte, value)
        elif data.startswith(b"parley/1 genesis "):
            self.genesis.append(Piece(path, 0, data))
        elif data.startswith(b"parley/1 receipt "):
            self.receipts.append(Piece(path, 0, data))
        elif data.count(b"\n") >= 5 and data.split(b"\n")[1].isdigit():
            self.checkpoints.append(Piece(path, 0, data))
        else:
            raise Broken("%s is none of %s" % (path, ", ".join(what for _, what in KINDS)))

    def _take(self, path, byte, value):
        if isinstance(value.get("genesis"), str) and isinstance(value.get("receipt"), str):
            self.genesis.append(Piece(path, byte, value["genesis"].encode()))
            self.evidence.append(Piece(path, byte, value))
        elif "records" in value and isinstance(value["records"], list):  # an answer of /v1/stream
            self.records += [Piece(path, byte, record) for record in value["records"]]
        elif "parts" in value and "root" in value:
            self.records.append(Piece(path, byte, value))
        elif "stream_leaf" in value:
            self.proofs.append(Piece(path, byte, value))
        elif "ticks" in value and "consistency" in value:  # an answer of /v1/slots
            self.slots += [Piece(path, byte, tick) for tick in value["ticks"]]
            self.checkpoints.append(Piece(path, byte, dict(value, size=value["next"] - 1)))
        elif "checkpoint" in value and "consistency" in value:  # a line of a mirror's
            self.checkpoints.append(Piece(path, byte, value))
        elif "tick" in value and "parley" not in value:
            self.slots.append(Piece(path, byte, value))
        elif "parley" in value and "tick" in value:
            self.leaves.append(Piece(path, byte, value))
        elif "blind" in value and "party" in value:
            self.blinds.append(Piece(path, byte, value))
        elif isinstance(value.get("genesis"), str):  # an answer of /v1/log
            self.genesis.append(Piece(path, byte, value["genesis"].encode()))
        else:
            raise Broken("%s, byte %d: this JSON is none of %s" % (path, byte, ", ".join(what for _, what in KINDS)))


def _once(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member stands twice")
    return dict(pairs)


def _objects(path, data):
    """JSON objects one behind the other, a line each or over many; with the byte at which each begins."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Broken("%s, byte %d: no UTF-8" % (path, e.start)) from None
    decoder, at, byte = json.JSONDecoder(object_pairs_hook=_once), 0, 0
    while at < len(text):
        begin = BETWEEN.match(text, at).end()
        at, byte = begin, byte + begin - at
        if at == len(text):
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as e:
            raise Broken("%s, byte %d: no JSON (%s)" % (path, byte, e)) from None
        if not isinstance(value, dict):
            raise Broken("%s, byte %d: no JSON object" % (path, byte))
        yield byte, value
        byte += len(text[at:end].encode())
        at = end
