"""A statement's forms (FORMAT.md, 2 and 14): what it is, who speaks, its hash, and the commitments that its record must have."""
import re
import struct

import checkpoint
import notes
import strict_json
from fault import Fault
from hashes import part_hash, section_context, sha256, u64, unused_commitment
from instant import is_ms
from strict_json import need

NOTE, SECTION, REQUEST, CREDENTIAL, OUTCOME, CLAIMS, ORDER, TOLD, AIRCRAFT, FRAME = range(1, 11)
MEMBERS = ("log", "kind", "id", "on", "prev", "by", "at", "seen", "open_by", "commit")
KIND, NAME = re.compile(r"[a-z0-9._/-]{1,64}"), r"[a-z0-9][a-z0-9-]{0,30}"
KEY_NAME, ENTITY = re.compile("(live|exercise)/(%s)/(%s)" % (NAME, NAME)), re.compile("%s/[0-9a-f]{32}" % NAME)
OWN = {"tick": ("tick", "parley/tick/1\n"), "continue": ("number", "parley/continue/1\n"), "grow": ("order", "parley/grow/1\n"), "bridge": ("number", "parley/bridge/1\n"),
       "cosigned": ("number", "parley/cosigned/1\n"),
       "snapshot": ("number", "parley/snapshot/1\n"), "snapshot/digest": ("order", "parley/snapshot/digest/1\n")}


def hex_bytes(value, size, what, rule="2"):
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{%d}" % (2 * size), value):
        raise Fault(rule, "%s must be %d lower-case hex digits, is %.80r" % (what, 2 * size, value))
    return bytes.fromhex(value)


class Statement:
    """form: signed, plain, frame, dss or own. party: whose stream it is in, None: the operator's. keys: name to public key of `by`.
    commitments: four, or none where the form has none. body: the JSON that it is made of, {} of a frame."""

    def __init__(self, form, kind, ident, body):
        self.form, self.kind, self.hash, self.body = form, kind, ident, body
        self.party, self.session_key, self.keys, self.signed, self.commitments, self.sections = None, None, {}, [], [], {}
        self.seen = body.get("seen") if form == "signed" else None


# --- sections ---

def _read_section(name, data):
    value = strict_json.read(data, "the section '%s'" % name)
    if set(value) != {"section", "to", "body"} or value["section"] != name:
        raise Fault("4", "the section '%s' has not exactly the members section, to and body, or another name" % name)
    if not isinstance(value["to"], list) or not isinstance(value["body"], dict):
        raise Fault("4", "the section '%s': 'to' is a list, 'body' an object" % name)
    return value


def read_sections(sections):
    """Of parts; by name. No slot, no salt and no name twice."""
    out, slots, salts = {}, set(), set()
    for part in sections:
        if part.slot > 3 or part.slot in slots or part.salt in salts or part.name in out:
            raise Fault("3", "the section '%s' has a slot, salt or name that another has, or a slot beyond the four" % part.name)
        slots.add(part.slot)
        salts.add(part.salt)
        out[part.name] = _read_section(part.name, part.data)
    return out


def commitment(context, part):
    return part_hash(SECTION, context, part.salt, part.name.encode(), part.data)


def _earlier_context(log, sections):
    """Of an `open`: the context of the sealed statement, which its body repeats."""
    body = sections.get("body", {}).get("body", {})
    ident = hex_bytes(body.get("id"), 16, "open: id", "14")
    keys = [hex_bytes(key, 32, "open: a key", "14") for key in need(body, "keys", list, "open")]
    return section_context(log, ident, keys)


def check_sections(log, statement, sections):
    """Each section's hash is the commitment on its slot: under its own context, or (opened ones) the sealed statement's. The sections by name."""
    read = read_sections(sections)
    own = section_context(log, bytes.fromhex(statement.body["id"]), list(statement.keys.values()))
    earlier = _earlier_context(log, read) if statement.kind == "open" and "body" in read else None
    for part in sections:
        context = earlier if earlier and part.name != "body" else own
        if commitment(context, part) != statement.commitments[part.slot]:
            raise Fault("4", "the section '%s' is not what commitment %d of its statement names: its bytes, its salt or the statement's id or keys are others"
                        % (part.name, part.slot), byte=part.at)
    return read


# --- signed notes ---

def _read_by(value, mode):
    names = list(value)
    if not 1 <= len(names) <= 64 or names != sorted(names, key=str.encode):
        raise Fault("2", "'by' names 1 to 64 keys, ascending")
    for name in names:
        found = KEY_NAME.fullmatch(name)
        if not found or found[1] != mode:
            raise Fault("2", "'by': %.90r is no key name of this log, %s/PARTY/KEY" % (name, mode))
    keys = {name: hex_bytes(value[name], 32, "'by': the key of " + name) for name in names}
    if len(set(keys.values())) != len(keys):
        raise Fault("2", "'by' names one public key twice")
    return keys


def _check_members(body):
    if tuple(sorted(body)) != tuple(sorted(MEMBERS)):
        raise Fault("2", "the statement has not exactly the ten members: %s" % ", ".join(sorted(set(body) ^ set(MEMBERS))))
    if not isinstance(body["kind"], str) or not KIND.fullmatch(body["kind"]):
        raise Fault("2", "kind: %.80r" % (body["kind"],))
    hex_bytes(body["id"], 16, "id")
    if body["on"] is not None and not ENTITY.fullmatch(str(body["on"])):
        raise Fault("2", "on: %.90r is no entity" % (body["on"],))
    if body["prev"] is not None:
        hex_bytes(body["prev"], 32, "prev")
    if not is_ms(body["at"]) or body["open_by"] is not None and not is_ms(body["open_by"]):
        raise Fault("2", "at and open_by are times with milliseconds")
    _check_seen(body["seen"])


def _check_seen(seen):
    if seen is None:
        return
    if not isinstance(seen, dict) or set(seen) != {"size", "root"} or not isinstance(seen["size"], int) or isinstance(seen["size"], bool) or seen["size"] < 0:
        raise Fault("2", "seen is {\"size\",\"root\"} or null")
    hex_bytes(seen["root"], 32, "seen: root")


def read_note(genesis, data):
    """The statement of a signed note, its lines verified."""
    text, lines = notes.split(data, "the note")
    body = strict_json.read(notes.body(text, "parley/1 statement " + genesis.origin, "the note"), "the statement")
    _check_members(body)
    if body["log"] != genesis.log.hex():
        raise Fault("2", "the statement is of another log, %s" % body["log"])
    out = Statement("signed", body["kind"], sha256(text), body)
    out.keys = _read_by(need(body, "by", dict, "the statement"), genesis.mode)
    commit = need(body, "commit", list, "the statement")
    if len(commit) != 4:
        raise Fault("2", "commit has %d commitments, not 4" % len(commit))
    out.commitments = [hex_bytes(c, 32, "commit") for c in commit]
    out.signed = notes.check_lines(text, lines, out.keys, "the note")
    return out


# --- what comes without a note ---

def read_claims(data):
    return strict_json.read_dss(data, "the claims")


def _read_plain(genesis, request, claims):
    body = strict_json.read(request.data, "the request")
    if not {"kind", "id"} <= set(body) <= {"kind", "id", "on", "prev"} or not isinstance(body["kind"], str):
        raise Fault("14", "the request of a plain statement has the members kind, id, on and prev")
    if set(claims) != {"party", "key", "idempotency"} or not isinstance(claims["party"], str):
        raise Fault("14", "the claims of a session have the members party, key and idempotency")
    hex_bytes(body["id"], 16, "id", "14")
    key = claims["idempotency"] if claims["idempotency"] is not None else body["id"]
    ident = sha256(b"parley/idempotency/1\n", genesis.log, claims["party"].encode(), b"\n", str(key).encode())
    out = Statement("plain", body["kind"], ident, body)
    out.party, out.session_key = claims["party"], claims["key"]
    return out


def plain_commitments(log, statement, request, sections):
    """Four: those of the sections on their slots, and of what is not used."""
    context, by_slot = section_context(log, bytes.fromhex(statement.body["id"]), []), {part.slot: part for part in sections}
    return [commitment(context, by_slot[i]) if i in by_slot else unused_commitment(request.salt, i) for i in range(4)]


def _read_dss(genesis, request, claims):
    body = strict_json.read_dss(request.data, "the request")
    if list(body) != ["door", "method", "path", "body"] or list(claims) != ["sub", "iss", "scopes", "plain_http", "request", "entropy"]:
        raise Fault("14", "a call of a drone service has the members door, method, path, body, its claims sub, iss, scopes, plain_http, request, entropy, in this order")
    entropy = hex_bytes(claims["entropy"], 32, "entropy", "14")
    return Statement("dss", "dss", sha256(b"parley/dss/1\n", genesis.log, entropy), body)


def _check_cosigned(genesis, body):
    """A witness's signature on one of the log's checkpoints; whether that is one of its trees, history.py knows."""
    size, seconds = need(body, "size", int, "the request"), need(body, "seconds", int, "the request")
    root, signature = hex_bytes(body.get("root"), 32, "root", "14"), hex_bytes(body.get("signature"), 64, "signature", "14")
    name, public = checkpoint.witness_key(need(body, "witness", str, "the request"))
    if set(body) != {"kind", "number", "witness", "size", "root", "seconds", "signature"}:
        raise Fault("14", "'cosigned' has the members kind, number, witness, size, root, seconds, signature")
    if len(name.encode()) > 128 or size < 1 or seconds < 1:
        raise Fault("14", "'cosigned': a name of more than 128 bytes, or size or time is 0")
    if not checkpoint.cosigned(public, checkpoint.text_of(genesis.origin, size, root), seconds, signature):
        raise Fault("14", "the signature of the witness %s on the checkpoint of size %d does not verify" % (name, size))


def _read_own(genesis, request):
    body = strict_json.read(request.data, "the request")
    kind = body.get("kind")
    if kind not in OWN:
        raise Fault("14", "the server says no statement of the kind %.60r, and no claims say who else did" % (kind,))
    member, domain = OWN[kind]
    number = need(body, member, int, "the request")
    if not 0 <= number < 1 << 64:
        raise Fault("14", "%s: %s is %d" % (kind, member, number))
    if kind == "bridge":
        need(body, "url", str, "the request")
    if kind == "cosigned":
        _check_cosigned(genesis, body)
    return Statement("own", kind, sha256(domain.encode(), genesis.log, u64(number)), body)


def read_request(genesis, request, claims):
    """A plain statement, a drone service's call or the server's own, by its claims (None: there are none)."""
    if claims is None:
        return _read_own(genesis, request)
    return _read_dss(genesis, request, claims) if "sub" in claims else _read_plain(genesis, request, claims)


def read_frame(genesis, frame, aircraft, claims):
    data = frame.data
    if len(data) < 21 or data[0] not in (1, 2) or len(data) != 20 + data[19] + (2 if data[0] == 2 else 0):
        raise Fault("14, frame", "the head of the frame has another version or length")
    number, _, count = struct.unpack(">QqH", data[1:19])
    names = [part.name for part in aircraft]
    if count != len(names) or names != sorted(set(names)):
        raise Fault("14, frame", "the frame has %d aircraft, its head says %d; they stand once each, ascending" % (len(names), count))
    for part in aircraft:
        if len(part.data) < 40 or part.data[0] != 1 or len(part.data) != 40 + part.data[39]:
            raise Fault("14, frame", "the aircraft %s has another version or length" % part.name)
    if set(claims) != {"party", "key", "idempotency"} or not isinstance(claims["party"], str):
        raise Fault("14", "the claims of a session have the members party, key and idempotency")
    feed = data[20:20 + data[19]]
    out = Statement("frame", "frame", sha256(b"parley/frame/1\n", genesis.log, claims["party"].encode(), b"\n", feed, b"\n", u64(number)), {})
    out.party, out.session_key = claims["party"], claims["key"]
    return out
