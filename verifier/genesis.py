"""The genesis (FORMAT.md, 1 and 14): what fixes a log, and LOG, its name."""
import re

import notes
import strict_json
from fault import Fault
from hashes import leaf_hash
from instant import of_decimal
from statement import NAME, hex_bytes
from strict_json import need

ORIGIN = re.compile(r"[a-z0-9._/-]{1,200}/(live|exercise)")
MEMBERS = {"tick_s", "recovery_quorum", "log_key", "receipt_key", "capacity", "founders", "settings"}


class Genesis:
    """Read from a note's bytes; every founder's signature is verified."""

    def __init__(self, data):
        text, lines = notes.split(data, "the genesis")
        first = text.split(b"\n")[0].decode()
        self.origin = first[len("parley/1 genesis "):]
        found = ORIGIN.fullmatch(self.origin)
        if not first.startswith("parley/1 genesis ") or not found:
            raise Fault("1", "the genesis begins with %.100r, not with 'parley/1 genesis ORIGIN/live' or '…/exercise'" % first)
        self.mode = found[1]
        self.body = strict_json.read(notes.body(text, first, "the genesis"), "the genesis")
        self._read()
        signed = notes.check_lines(text, lines, self.root_keys(), "the genesis")
        if signed != list(self.root_keys()):
            raise Fault("1", "not every founder has signed the genesis")
        self.text, self.log = text, leaf_hash(text)

    def _read(self):
        body = self.body
        if not MEMBERS - {"settings"} <= set(body) <= MEMBERS:
            raise Fault("14, genesis", "the genesis has not exactly its members: %s" % ", ".join(sorted(set(body) ^ MEMBERS)))
        if not isinstance(body["tick_s"], (int, str)) or isinstance(body["tick_s"], bool) or not 10 ** 8 <= of_decimal(body["tick_s"]) <= 60 * 10 ** 9:
            raise Fault("14, genesis", "tick_s is 0.1 to 60")
        self.tick_ns = of_decimal(body["tick_s"])
        self.log_key = hex_bytes(body["log_key"], 32, "log_key", "14, genesis")
        self.receipt_key = hex_bytes(body["receipt_key"], 32, "receipt_key", "14, genesis")
        self.slots_log2 = need(need(body, "capacity", dict, "genesis"), "slots_log2", int, "capacity")
        if not 1 <= self.slots_log2 <= 16:
            raise Fault("14, genesis", "slots_log2 is 1 to 16")
        self.settings = body.get("settings") or {}
        self._read_founders(need(body, "founders", list, "genesis"))

    def _read_founders(self, founders):
        self.founders, keys = [], [self.log_key, self.receipt_key]
        for founder in founders:
            name = need(founder, "name", str, "a founder") if isinstance(founder, dict) else ""
            if not re.fullmatch(NAME, name):
                raise Fault("14, genesis", "%.60r is no name of a founder" % (name,))
            key = hex_bytes(founder.get("root_key"), 32, "root_key of " + name, "14, genesis")
            self.founders.append((name, key, founder.get("operator") is True))
            keys.append(key)
        names = [name for name, _, _ in self.founders]
        if not 1 <= len(names) <= 64 or names != sorted(set(names)) or sum(o for _, _, o in self.founders) != 1:
            raise Fault("14, genesis", "founders are 1 to 64, ascending by name, one of them the operator")
        if len(set(keys)) != len(keys):
            raise Fault("1", "one public key serves two roles")

    def root_keys(self):
        return {"%s/%s/root" % (self.mode, name): key for name, key, _ in self.founders}

    def parties(self):
        """In the order of their slots: the operator, then the other founders."""
        return [(n, k) for n, k, o in self.founders if o] + [(n, k) for n, k, o in self.founders if not o]
