"""The second verifier (verifier/, written from FORMAT.md) and `parley log check` on the same directory: a real one, each byte of it changed, entries moved, left out, doubled,
taken from elsewhere, and lies of an operator who has every key. Both must say the same; where both name a byte, the same one. And what a party exports.

With --bytes many changed bytes and nothing else; PARLEY_EVERY_BYTE=1 tries every one, not a sample; PARLEY_FLIPS=N tries N of each file, PARLEY_SEED=N others."""
import base64
import copy
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import day  # noqa: E402
import forge  # noqa: E402
import notes  # noqa: E402
import system  # noqa: E402
import verify  # noqa: E402
from hashes import crc32c, sha256  # noqa: E402
from journal import Journal  # noqa: E402
from record import Part  # noqa: E402
from system import Place, Server  # noqa: E402

SEED = int(os.environ.get("PARLEY_SEED", "20261129"))
EVERY = os.environ.get("PARLEY_EVERY_BYTE") == "1"
MANY = "--bytes" in sys.argv[1:]  # the test that is long: changed bytes alone, and many of them
FLIPS = int(os.environ.get("PARLEY_FLIPS", "400" if MANY else "8"))
PROGRAM = os.path.join(system.ROOT, "verifier", "verify.py")
made = None


def today():
    """The day is lived once for all tests; each gets a copy."""
    global made
    if made is None:
        made = Place()
        day.live(made)
    return made


class Copy(Place):
    def __enter__(self):
        shutil.copytree(today().path, self.path, dirs_exist_ok=True)
        return self


def ours(*paths):
    """Verdict and what --json says."""
    out = io.StringIO()
    with redirect_stdout(out):
        status = verify.main(["--json"] + list(paths))
    return status, json.loads(out.getvalue())


def theirs(log):
    done = subprocess.run([system.binary(), "log", "check", log], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=120)
    assert done.returncode in (0, 7), (done.returncode, done.stderr)
    return done.returncode, done.stderr.strip()


def agree(log, what):
    """Both verdicts on a directory: (bad?, our fault, what the other said)."""
    status, said = ours(log)
    other, message = theirs(log)
    assert status in (0, 1) and (status == 0) == (other == 0), "%s: verify.py %d %r, parley log check %d %r" % (what, status, said.get("fault"), other, message)
    # Of what spoils nothing (a snapshot that no start can use) both speak, or neither.
    assert status == 1 or bool(message) == any("snapshot" in r for r in said["remarks"]), (what, message, said["remarks"])
    return status == 1, said.get("fault"), message


def the_real_directory_is_whole_for_both():
    log = today().file("log")
    bad, _, _ = agree(log, "the day")
    assert not bad
    said, counts = ours(log)[1], json.loads(today().parley("log", "check", "log", "--json")[0])
    checked = said["checked"]
    assert (checked["statements"], checked["records"], checked["ticks"], checked["snapshots"]) == (counts["orders"], counts["records"], counts["ticks"], counts["snapshots"]), (checked, counts)
    assert (said["facts"]["first"], said["facts"]["last"]) == (counts["first"], counts["last"])
    for form in ("signed notes", "plain statements (a session's word)", "frames of positions", "calls of drone services", "records told", "stored checkpoints",
                 "checkpoints that senders had seen", "sections opened by their commitments"):
        assert checked[form] >= 2, (form, checked)


# --- each byte ---

def files_of(log):
    """What the record is made of; keys and index/ prove nothing, and neither verifier reads them."""
    for folder, _, names in os.walk(log):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.endswith(".key") and os.path.basename(folder) != "index" and os.path.getsize(path) > 0:
                yield path


def places(path, data, chance):
    """All bytes up to somewhat behind the last that is not zero; or a sample: of the begin, and of the rest."""
    used = min(len(data), len(data.rstrip(b"\0")) + 1100)
    if EVERY:
        return range(used)
    many = FLIPS * (3 if "journal" in path else 1)
    return sorted({chance.randrange(used) for _ in range(many)} | {chance.randrange(min(used, 1024)) for _ in range(many // 3)})


def byte_that_they_name(message, file):
    found = re.search(r"%s(?:: [^,]*)?, byte (\d+)" % re.escape(os.path.basename(file)), message)
    return int(found[1]) if found else None


def each_changed_byte_is_judged_alike():
    chance, tried, bad_ones = random.Random(SEED), 0, 0
    with Copy() as place:
        log = place.file("log")
        for path in files_of(log):
            name = os.path.relpath(path, log)
            with open(path, "r+b", buffering=0) as file:
                data = file.read()
                for at in places(path, data, chance):
                    file.seek(at)
                    file.write(bytes([data[at] ^ chance.randrange(1, 256)]))
                    bad, fault, message = agree(log, "%s, byte %d" % (name, at))
                    file.seek(at)
                    file.write(data[at:at + 1])
                    tried, bad_ones = tried + 1, bad_ones + bad
                    if bad:
                        check_named(name, at, fault, message)
        assert not agree(log, "put back")[0]
    print("# %d bytes changed (seed %d), %d of them make the record bad" % (tried, SEED, bad_ones))
    assert tried > 12 * FLIPS and bad_ones > tried // 3


def check_named(name, at, fault, message):
    """The file that was changed, but for blinding keys: there it is the tick that does not fit any more; the same byte, where both name one."""
    if name == "blinds":
        assert fault["rule"] == "FORMAT.md, 7" and "blinds" in fault["what"], fault
        return
    assert fault["file"] == name, (name, at, fault)
    other = byte_that_they_name(message, name)
    if name.startswith("journal"):
        assert other == fault["byte"] and fault["byte"] <= at, (name, at, fault, message)


# --- entries moved, left out, doubled ---

def extents(log):
    """(begin, end) of each batch in the log segment, and the segment's bytes."""
    with open(os.path.join(log, "genesis"), "rb") as file:
        journal = Journal(log, sha256(b"\0" + file.read().split(b"\n\n")[0] + b"\n"))
    found = [batch.at for batch in journal.batches()]
    return list(zip(found, found[1:] + [journal.at])), journal.segment.data


def rearranged(log, how):
    where, data = extents(log)
    pieces = how([data[a:b] for a, b in where])
    with open(os.path.join(log, "journal", "log-00000001.seg"), "wb") as file:
        file.write(b"".join(pieces).ljust(len(data), b"\0"))


def moved_entries_are_found_by_both():
    orders = {"swapped": lambda p: p[:8] + [p[9], p[8]] + p[10:], "left out": lambda p: p[:8] + p[9:], "doubled": lambda p: p[:9] + p[8:], "the end lost": lambda p: p[:-3],
              "all lost": lambda p: [], "the begin lost": lambda p: p[1:], "behind zeros": lambda p: p[:-1] + [bytes(512)] + p[-1:]}
    for what, how in orders.items():
        with Copy() as place:
            rearranged(place.file("log"), how)
            bad, fault, message = agree(place.file("log"), what)
            assert bad, what
            print("# %s: %s | %s" % (what, fault, message))


def a_torn_tail_is_none_of_the_record():
    """The last batch written in part, no checkpoint or snapshot of it given out: both cut it."""
    with Copy() as place:
        log = place.file("log")
        where, data = extents(log)
        begin = next(a for a, b in reversed(where) if b - a > 512)
        for name in os.listdir(os.path.join(log, "snapshots")):
            os.remove(os.path.join(log, "snapshots", name))
        os.truncate(os.path.join(log, "checkpoint"), 0)
        os.truncate(os.path.join(log, "checkpoint"), 8192)
        with open(os.path.join(log, "journal", "log-00000001.seg"), "wb") as file:
            file.write((data[:begin] + data[begin:begin + 512]).ljust(len(data), b"\0"))
        bad, _, _ = agree(log, "torn")
        cut = json.loads(place.parley("log", "check", "log", "--json")[0])["cut_bytes"]
        assert not bad and any("torn tail of %d bytes" % cut in r for r in ours(log)[1]["remarks"]), (bad, cut, ours(log)[1])


# --- an operator who lies ---

def part(entry, part_class):
    return next(p for p in entry.parts if p.part_class == part_class)


def of_kind(f, kind, number=0):
    """The order of a statement of this kind."""
    found = [e.order for batch in f.batches for e in batch if e.tick is None and not e.told and b'"kind":"%s"' % kind.encode() in part(e, 5).data]
    return found[number]


def said(f, kind, number=0):
    """Its own record, not those told of it."""
    return f.entries(of_kind(f, kind, number), False)[0]


def other_salt_of_a_section(f, place):
    said(f, "feed").parts[1].salt = bytes(32)


def salt_of_an_outcome_unsealed(f, place):
    part(said(f, "feed"), 5).salt = bytes(32)
    return False


def two_statements_swapped(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    f.batches[i - 1], f.batches[i] = f.batches[i], f.batches[i - 1]


def a_statement_left_out(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    del f.batches[i], f.sequencers[i]


def a_statement_doubled(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    f.batches.insert(i, copy.deepcopy(f.batches[i]))
    f.sequencers.insert(i, f.sequencers[i])


def a_statement_said_twice(f, place):
    """A whole copy with an order and places of its own."""
    i = f.batch_of(of_kind(f, "feed"))
    f.batches.insert(i + 1, copy.deepcopy(f.batches[i]))
    f.sequencers.insert(i, f.sequencers[i])
    f.renumber()


def a_told_record_left_out(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch.remove(next(e for e in batch if e.told and e.party == 0))


def a_told_record_doubled(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch.insert(1, copy.deepcopy(next(e for e in batch if e.told)))


def told_what_nobody_said(f, place):
    """A told record that quotes another note than the one on record: its sender's own signature is not on it."""
    told = next(e for e in f.entries(of_kind(f, "feed")) if e.told)
    told.parts[0].data = told.parts[0].data.replace(b'\\"kind\\":\\"feed\\"', b'\\"kind\\":\\"fred\\"')


def a_text_of_another_log(f, place):
    """Signed by the party's own key, for a log that is not this one."""
    entry = said(f, "message")
    key = system.harness.Key("exercise/relief/desk", day.secret_of(place, "relief-desk"))
    text = entry.parts[0].data.decode().split("\n\n")[0] + "\n"
    entry.parts[0].data = system.harness.sign(text.replace(f.genesis.log.hex(), "ab" * 32), [key]).encode()


def another_signature(f, place):
    entry = said(f, "feed")
    data = entry.parts[0].data
    entry.parts[0].data = data[:-20] + (b"A" if data[-20:-19] != b"A" else b"B") + data[-19:]


def a_line_left_out(f, place):
    """Of two that had to sign one did, and it is on record as accepted."""
    entry = said(f, "agreement")
    entry.parts[0].data = b"\n".join(entry.parts[0].data.split(b"\n")[:-2]) + b"\n"


def a_revoked_key_speaks(f, place):
    """The desk's message comes behind the revocation of the desk's key; everything is numbered as if it had always been so."""
    later = said(f, "key/revoke").time
    first, second = f.batch_of(of_kind(f, "message")), f.batch_of(of_kind(f, "key/revoke"))
    f.batches[first], f.batches[second] = f.batches[second], f.batches[first]
    for entry in f.batches[first] + f.batches[second]:
        entry.time = later
    f.renumber()


def the_time_goes_back(f, place):
    for entry in f.entries(of_kind(f, "feed")):
        entry.time -= 10 ** 9
        f.say_order(entry)


def seen_said_wrong(f, place):
    order = part(said(f, "feed"), 7)
    order.data = order.data.replace(b'"seen":true', b'"seen":false')


def an_outcome_of_another_place(f, place):
    outcome = part(said(f, "feed"), 5)
    outcome.data = outcome.data.replace(b'"place":', b'"place":1', 1)


def in_the_stream_of_another(f, place):
    said(f, "dss").party = 1


def a_tick_over_other_streams(f, place):
    next(e for batch in f.batches for e in batch if e.tick == 3).root = bytes(32)
    return False


def a_tick_left_out(f, place):
    del f.batches[f.batch_of(of_kind(f, "tick", 2))]


def a_class_changed(f, place):
    outcome = part(said(f, "feed"), 5)
    outcome.part_class, outcome.name = 6, "claims"


def two_sections_on_a_slot(f, place):
    said(f, "open").parts[2].slot = 0


def a_slot_for_an_outcome(f, place):
    part(said(f, "feed"), 5).slot = 1


def a_slot_for_what_was_told(f, place):
    next(e for e in f.entries(of_kind(f, "feed")) if e.told).parts[0].slot = 1


def a_section_on_another_slot(f, place):
    said(f, "feed").parts[1].slot = 2


def parts_in_another_order(f, place):
    parts = said(f, "feed").parts
    parts[-1], parts[-2] = parts[-2], parts[-1]


def a_part_too_many(f, place):
    parts = said(f, "feed").parts
    parts.insert(2, copy.deepcopy(parts[2]))


def claims_of_a_signed_statement(f, place):
    parts = said(f, "feed").parts
    parts.insert(3, Part(6, 0, "claims", bytes(32), b'{"party":"relief","key":"root","idempotency":null}'))


def a_part_of_another_name(f, place):
    part(said(f, "feed"), 5).name = "outcomes"


def told_before_it_was_said(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch[0], batch[1] = batch[1], batch[0]


def told_of_another_time(f, place):
    told = next(e for e in f.entries(of_kind(f, "feed")) if e.told)
    told.time += 1
    f.say_order(told)


def the_order_part_of_another_time(f, place):
    order = part(said(f, "feed"), 7)
    order.data = order.data.replace(b'Z"', b'0Z"')


def told_in_another_stream(f, place):
    told = [e for e in f.entries(of_kind(f, "feed")) if e.told]
    told[0].party, told[1].party = told[1].party, told[0].party
    f.renumber()


def a_tick_between_the_ticks(f, place):
    order = of_kind(f, "tick", -1)
    for entry in (e for batch in f.batches for e in batch if e.order >= order):
        entry.time += 1
        if entry.tick is None:
            f.say_order(entry)


def aircraft_in_another_order(f, place):
    parts = said(f, "frame").parts
    parts[1], parts[2] = parts[2], parts[1]


def an_aircraft_left_out(f, place):
    del said(f, "frame").parts[2]


def a_session_of_another_key(f, place):
    claims = part(said(f, "frame"), 6)
    claims.data = claims.data.replace(b'"root"', b'"desk"')


def a_digest_of_another_order(f, place):
    request = said(f, "snapshot/digest").parts[0]
    request.data = re.sub(rb'"order":\d+', b'"order":2', request.data)


def another_entropy(f, place):
    claims = part(said(f, "dss"), 6)
    claims.data = claims.data.replace(b'"entropy"', b'"entropie"')


# Each lie, and what the second verifier says of it.
LIES = {other_salt_of_a_section: "is not what commitment 0", salt_of_an_outcome_unsealed: "leaf 5 of the record is not the hash", two_statements_swapped: "where .* is next",
        a_statement_left_out: "where .* is next", a_statement_doubled: "where .* is next", a_statement_said_twice: "a second time", a_told_record_left_out: "place .* is next",
        a_told_record_doubled: "place", told_what_nobody_said: "does not verify", a_text_of_another_log: "of another log", another_signature: "does not verify|no base64",
        a_line_left_out: "lines are missing", a_revoked_key_speaks: "was revoked before", the_time_goes_back: "goes back", seen_said_wrong: "had seen is one of this log",
        an_outcome_of_another_place: "another kind or place", in_the_stream_of_another: "stands in the stream of party 1", a_tick_over_other_streams: "does not match the streams",
        a_tick_left_out: "where .* is next", a_class_changed: "has the parts", two_sections_on_a_slot: "slot, salt or name",
        a_slot_for_an_outcome: "slot 1 is named", a_slot_for_what_was_told: "slot 1 is named", a_section_on_another_slot: "is not what commitment 2",
        parts_in_another_order: "has the parts", a_part_too_many: "has the parts", claims_of_a_signed_statement: "has the parts", a_part_of_another_name: "is named 'outcomes'",
        told_before_it_was_said: "order", told_of_another_time: "with order", the_order_part_of_another_time: "the part 'order' is",
        a_tick_between_the_ticks: "neither a multiple", aircraft_in_another_order: "aircraft", an_aircraft_left_out: "aircraft",
        a_session_of_another_key: "was not valid yet", a_digest_of_another_order: "no snapshot waits", another_entropy: "entropy"}


def lies_that_fit_are_found_by_both():
    with Copy() as place:  # made anew without a lie it is the same bytes
        before = [open(place.file("log/journal/%s-00000001.seg" % n), "rb").read().rstrip(b"\0") for n in ("log", "pay")]
        forge.Forged(place.file("log")).write()
        assert before == [open(place.file("log/journal/%s-00000001.seg" % n), "rb").read().rstrip(b"\0") for n in ("log", "pay")]
        assert not agree(place.file("log"), "made anew")[0]
    for lie, what in LIES.items():
        with Copy() as place:
            forged = forge.Forged(place.file("log"))
            seal = lie(forged, place) is not False
            forged.write(seal)
            bad, fault, message = agree(place.file("log"), lie.__name__)
            print("# %s: %s | %s" % (lie.__name__, fault and "%s (%s)" % (fault["what"], fault["rule"]), message[:160]))
            assert bad and re.search(what, fault["what"]), (lie.__name__, fault)


def what_only_the_rules_find_is_said():
    """Who is told is a rule: the second verifier has none, finds nothing, and says that it could not."""
    with Copy() as place:
        forged = forge.Forged(place.file("log"))
        told_in_another_stream(forged, place)
        forged.write()
        status, seen = ours(place.file("log"))
        assert status == 0 and any("and to whom, follow from the rules" in text for text in seen["cannot_tell"]), seen
        assert theirs(place.file("log"))[0] == 7


def a_forked_log_is_proven_by_a_checkpoint():
    """Every rule holds in the other history: nothing but what a party kept tells the two apart."""
    with Copy() as place:
        forged = forge.Forged(place.file("log"))
        part(said(forged, "tick", -1), 5).salt = bytes(32)
        forged.write()
        assert not agree(place.file("log"), "forked")[0]
        status, seen = ours(place.file("log"), place.file("checkpoint"))
        assert status == 1 and "forked" in seen["fault"]["what"] and seen["fault"]["file"] == place.file("checkpoint"), seen
        assert ours(today().file("log"), place.file("checkpoint"))[0] == 0
        # Two signed roots of one size are enough; no directory is needed.
        place.write("other", signed_head(forged, place))
        status, seen = ours(place.file("head.json"), place.file("checkpoint"), place.file("other"))
        assert status == 1 and "two roots" in seen["fault"]["what"], seen


def signed_head(forged, place):
    """The forger's checkpoint of the size that the party's has."""
    size = int(open(place.file("checkpoint"), encoding="utf-8").read().split("\n")[1])
    origin, secret = forged.genesis.origin, open(place.file("log/log.key"), encoding="utf-8").read()
    key = system.harness.Key(origin, base64.b64decode(secret.split("+", 4)[4])[1:])
    return system.harness.sign("%s\n%d\n%s\n" % (origin, size, base64.b64encode(sha256(b"another")).decode()), [key])


# --- what a party exports ---

EXPORTS = ("head.json", "stream.jsonl", "proofs.jsonl", "blind.json", "checkpoint")


def exports(place):
    return [place.file(name) for name in EXPORTS]


def exports_hold():
    place = today()
    status, said = ours(*exports(place))
    assert status == 0, said
    checked = said["checked"]
    assert checked["records shown"] == checked["places of the stream sealed in the log"] and checked["proofs"] == checked["parts proven by a path"] > 20, said
    assert not any("roots name" in text for text in said["cannot_tell"])
    # Less is told less surely, and says so.
    said = ours(place.file("head.json"), place.file("stream.jsonl"))[1]
    assert said["verdict"] == "good" and any("roots name" in text for text in said["cannot_tell"]) and any("sealed" in text for text in said["cannot_tell"]), said
    # All streams, as the operator has them, and the log's leaves.
    for name, words in (("all.jsonl", ("log", "cat", "log")), ("ticks.jsonl", ("log", "cat", "--ticks", "log"))):
        place.write(name, place.parley(*words)[0])
    status, said = ours(*[place.file(n) for n in ("head.json", "all.jsonl", "ticks.jsonl", "checkpoint")])
    assert status == 0 and said["checked"]["records shown"] > 40 and said["checked"]["leaves of the log shown"] > 3, said


def a_changed_export_is_found():
    chance, tried = random.Random(SEED), 0
    with Copy() as place:
        for name in EXPORTS:
            path = place.file(name)
            data = open(path, "rb").read()
            for at in range(len(data)) if EVERY else sorted(chance.sample(range(len(data)), min(len(data), FLIPS))):
                if name == "blind.json" and at < data.index(b'"blind"'):
                    continue  # whose it is: nothing follows from it
                if name == "head.json" and not data.index(b"parley/1 genesis") <= at < data.index(b"=\\n") or chr(data[at]).isspace():
                    continue
                with open(path, "wb") as file:
                    file.write(data[:at] + bytes([data[at] ^ chance.randrange(1, 128)]) + data[at + 1:])
                status, said = ours(*exports(place))
                assert status in (1, 3, 64), (name, at, said)
                tried += 1
            with open(path, "wb") as file:
                file.write(data)
    print("# %d changed" % tried)


def a_line_of_an_export_moved_is_found():
    with Copy() as place:
        lines = open(place.file("stream.jsonl"), encoding="utf-8").read().splitlines(True)
        for what, other in (("swapped", lines[:4] + [lines[5], lines[4]] + lines[6:]), ("left out", lines[:4] + lines[5:]), ("doubled", lines[:5] + lines[4:])):
            place.write("stream.jsonl", "".join(other))
            status, said = ours(*exports(place))
            assert status == 1 and said["fault"]["rule"] == "FORMAT.md, 6", (what, said)


# --- how it is used ---

def usage_and_broken_input():
    with Place() as place, redirect_stderr(io.StringIO()):
        place.write("text", "neither this nor that\n")
        place.write("cut.json", '{"seq":1,')
        for words, status in (([], 64), (["--what", "."], 64), ([place.file("checkpoint")], 3), ([place.path], 3), ([place.file("text")], 3), ([place.file("cut.json")], 3),
                              (["--log", "x", "."], 64), ([today().file("stream.jsonl")], 64), (["--log", "0" * 64, today().file("log")], 1)):
            with redirect_stdout(io.StringIO()):
                assert verify.main(words) == status, (words, status)
    done = subprocess.run([sys.executable, PROGRAM, today().file("log")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert done.returncode == 0 and done.stdout.startswith("GOOD: ") and "that nothing else existed" in done.stdout and not done.stderr, done
    assert re.search(r"^ +\d+  signed notes$", done.stdout, re.M), done.stdout


def it_imports_nothing_of_the_program():
    """Written from the page: the standard library, one package for Ed25519, and itself."""
    folder = os.path.join(system.ROOT, "verifier")
    own = {name[:-3] for name in os.listdir(folder) if name.endswith(".py")}
    for name in own:
        with open(os.path.join(folder, name + ".py"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        assert len(lines) < 400, name
        for word in [re.match(r"(?:from|import) (\w+)", line)[1] for line in lines if re.match(r"(from|import) ", line)]:
            assert word in own or word == "cryptography" or word in sys.stdlib_module_names and word not in ("socket", "subprocess", "ctypes"), (name, word)


def checksums_of_many_at_once():
    chance = random.Random(SEED)
    texts = [chance.randbytes(chance.randrange(4, 700)) for _ in range(200)] + [b"123456789"]
    assert crc32c(texts) == [crc32c([t])[0] for t in texts] and crc32c([b"123456789"]) == [0xE3069283]


def small_orders_and_other_spellings_are_refused():
    small = [y.to_bytes(32, "little") for y in notes.SMALL] + [(y | 1 << 255).to_bytes(32, "little") for y in notes.SMALL] + [(notes.P + 1).to_bytes(32, "little")]
    assert not any(notes.point_may_be(point) for point in small) and notes.point_may_be((3).to_bytes(32, "little"))
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    secret = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1")
    public, signature = system.harness.raw_public(secret), secret.sign(b"text")
    s = int.from_bytes(signature[32:], "little") + notes.ORDER
    assert notes.verifies(public, signature, b"text") and not notes.verifies(public, signature[:32] + s.to_bytes(32, "little"), b"text")
    assert not notes.verifies(public, signature, b"Text")


if __name__ == "__main__":
    try:
        BYTES = [each_changed_byte_is_judged_alike, a_changed_export_is_found]
        system.run(BYTES if MANY else [the_real_directory_is_whole_for_both, *BYTES, moved_entries_are_found_by_both, a_torn_tail_is_none_of_the_record,
                                       lies_that_fit_are_found_by_both, what_only_the_rules_find_is_said, a_forked_log_is_proven_by_a_checkpoint, exports_hold, a_line_of_an_export_moved_is_found,
                                       usage_and_broken_input, it_imports_nothing_of_the_program, checksums_of_many_at_once, small_orders_and_other_spellings_are_refused])
    finally:
        if made is not None:
            made.__exit__(None, None, None)
