"""Who may speak (FORMAT.md, 14, "Keys"): parties and their keys, as the accepted statements make them."""
from fault import Fault
from instant import of_decimal
from statement import KEY_NAME

RULE, DAY_NS = "14, Keys", 86400 * 10 ** 9
# Kinds that the operator says; that a root key signs; that no session may say.
OPERATORS = ("settings", "capacity", "clock", "party", "key/recover")
ROOTS = ("key", "key/revoke")
NEVER_PLAIN = ("party", "key", "key/revoke", "key/recover", "agreement", "open")
FEEDS = ("feed", "frame")


class Key:
    def __init__(self, public, valid_from, feeds_only=False):
        self.public, self.valid_from, self.feeds_only, self.revoked = public, valid_from, feeds_only, None


class Party:
    """root: the name of its root key; recovery: (the new root key's name, when it takes effect) or None."""

    def __init__(self, number, root_public, time):
        self.number, self.root, self.keys, self.recovery = number, "root", {"root": Key(root_public, time)}, None


class Parties:
    """The parties by name, numbered as their slots are."""

    def __init__(self, genesis):
        self.by_name, self.names = {}, []
        for name, public in genesis.parties():
            self._enter(name, public, 0)
        self.operator, self.slots = self.names[0], 1 << genesis.slots_log2
        self.delay = of_decimal(genesis.settings.get("recovery_delay_s", 86400))

    def _enter(self, name, public, time):
        self.by_name[name] = Party(len(self.names), public, time)
        self.names.append(name)

    def count(self):
        return len(self.names)

    # --- who speaks ---

    def _of(self, key_name):
        _, party, key = KEY_NAME.fullmatch(key_name).groups()
        found = self.by_name.get(party)
        return party, key, found, found.keys.get(key) if found else None

    def _speaks(self, key_name, public, time):
        key = self._of(key_name)[3]
        return key is not None and key.public == public and key.revoked is None and key.valid_from <= time

    def speaker(self, statement, time):
        """The party in whose stream a statement stands: of the first key that is valid and has signed, or the session's; else the operator's."""
        if statement.form in ("dss", "own"):
            return self.operator
        if statement.form != "signed":
            if statement.party not in self.by_name:
                raise Fault(RULE, "a session of %.40r, which is no party" % statement.party)
            return statement.party
        for name, public in statement.keys.items():
            if name in statement.signed and self._speaks(name, public, time):
                return self._of(name)[0]
        for name in statement.signed:
            key = self._of(name)[3]
            if key is not None and key.revoked is not None and key.public == statement.keys[name]:
                raise Fault(RULE, "the key %s was revoked before (order %d), nobody else has signed, and the statement is on record" % (name, key.revoked))
        raise Fault(RULE, "no valid key of any party has signed this statement (%s), and it is on record" % ", ".join(statement.signed))

    def check_spoken(self, statement, time):
        """Of one that was taken (accepted, or pending): each key that it names is valid at its time, or enters by it."""
        if statement.form in ("plain", "frame"):
            if statement.kind in NEVER_PLAIN:
                raise Fault(RULE, "'%s' is never plain, and was taken so" % statement.kind)
            self._check_key("%s of a session of %s" % (statement.session_key, statement.party), self.by_name[statement.party].keys.get(statement.session_key), statement, time)
        for name, public in statement.keys.items():
            key = self._of(name)[3]
            if (key is None or not self._speaks(name, public, time)) and self._enters(statement, name, public):
                continue
            if key is not None and key.public != public:
                raise Fault(RULE, "the key %s is another one than its party's, and the statement was taken" % name)
            self._check_key(name, key, statement, time)
        if statement.form == "signed":
            self._check_right(statement)

    def _check_key(self, name, key, statement, time):
        if key is None or key.valid_from > time:
            raise Fault(RULE, "the key %s was not valid yet, and its statement was taken" % name)
        if key.revoked is not None:
            raise Fault(RULE, "the key %s was revoked before (order %d), and its statement was taken" % (name, key.revoked))
        if key.feeds_only and statement.kind not in FEEDS:
            raise Fault(RULE, "the key %s is for feeds only, and said '%s'" % (name, statement.kind))

    def _check_right(self, statement):
        parties = [(self._of(name)[0], self._of(name)[1]) for name in statement.keys]
        if statement.kind in OPERATORS and self.operator not in [party for party, _ in parties]:
            raise Fault(RULE, "'%s' was taken without a key of the operator" % statement.kind)
        if statement.kind in ROOTS and not any(p in self.by_name and self.by_name[p].root == k for p, k in parties):
            raise Fault(RULE, "'%s' was taken without a root key" % statement.kind)

    def _enters(self, statement, name, public):
        """A key that comes in by this very statement: its body has it, and `by` names it."""
        body = statement.sections.get("body", {}).get("body", {})
        _, party, key = KEY_NAME.fullmatch(name).groups()
        said = {"party": (body.get("name"), "root", body.get("root_key")), "key": (body.get("party"), body.get("key"), body.get("public_key")),
                "key/recover": (body.get("party"), body.get("key"), body.get("new_root"))}.get(statement.kind)
        return said == (party, key, public.hex())

    # --- what an accepted statement changes ---

    def apply(self, statement, party, order, time):
        body = statement.sections.get("body", {}).get("body", {})
        change = {"party": self._on_party, "key": self._on_key, "key/revoke": self._on_revoke, "key/recover": self._on_recover, "key/object": self._on_object,
                  "settings": self._on_settings}.get(statement.kind)
        if change is not None and statement.form in ("signed", "plain"):
            try:
                change(self.by_name[party], body, order, time)
            except (KeyError, ValueError, TypeError) as e:
                raise Fault("14", "the body of '%s' was accepted, and does not hold: %s" % (statement.kind, e)) from None

    def _on_party(self, _, body, order, time):
        if body["name"] in self.by_name or self.count() >= self.slots:
            raise Fault(RULE, "the party %s was let in, though it is there already or no slot is left" % body["name"])
        self._enter(body["name"], self._new_key(body["root_key"]), time)

    def _new_key(self, public_hex):
        public = bytes.fromhex(public_hex)
        if any(key.public == public for p in self.by_name.values() for key in p.keys.values()):
            raise Fault(RULE, "the public key %s was let in twice" % public_hex)
        return public

    def _add(self, party, name, key):
        if name in party.keys:
            raise Fault(RULE, "the name %s of a key was given twice" % name)
        party.keys[name] = key

    def _on_key(self, _, body, order, time):
        self._add(self.by_name[body["party"]], body["key"], Key(self._new_key(body["public_key"]), time, body.get("feeds_only") is True))

    def _on_revoke(self, party, body, order, time):
        party.keys[body["key"]].revoked = order

    def _on_recover(self, _, body, order, time):
        party, at = self.by_name[body["party"]], time + self.delay
        self._add(party, body["key"], Key(self._new_key(body["new_root"]), at))
        party.recovery = (body["key"], at)

    def _on_object(self, party, body, order, time):
        if party.recovery is None:
            raise Fault(RULE, "an objection was accepted, and no recovery waits")
        party.keys[party.recovery[0]].revoked = order
        party.recovery = None

    def _on_settings(self, party, body, order, time):
        if body.get("recovery_delay_s") is not None:
            self.delay = of_decimal(body["recovery_delay_s"])

    def tick(self, order, time):
        """Recoveries whose time has come: the new root key is in force, the lost one void."""
        for party in self.by_name.values():
            if party.recovery is not None and party.recovery[1] <= time:
                old = party.keys[party.root]
                old.revoked = order if old.revoked is None else old.revoked
                party.root, party.recovery = party.recovery[0], None
