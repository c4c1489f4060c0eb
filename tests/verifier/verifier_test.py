"""The second verifier (verifier/, written from FORMAT.md) and `parley log check` on the same directory: a real one, each byte of it changed, entries moved, left out, doubled,
taken from elsewhere, and lies of an operator who has every key. Both must say the same; where both name a byte, the same one. And what a party exports.

With --bytes many changed bytes and nothing else; PARLEY_EVERY_BYTE=1 tries every one, not a sample; PARLEY_FLIPS=N tries N of each file, PARLEY_SEED=N others."""
import base64
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import day  # noqa: E402
import forge  # noqa: E402
import lies  # noqa: E402
import notes  # noqa: E402
import spellings  # noqa: E402
import system  # noqa: E402
import verify  # noqa: E402
from bundle import read_all  # noqa: E402
from hashes import crc32c, sha256  # noqa: E402
from journal import Journal  # noqa: E402
from system import Place, Server  # noqa: E402

SEED = int(os.environ.get("PARLEY_SEED", "20261129"))
EVERY = os.environ.get("PARLEY_EVERY_BYTE") == "1"
MANY = "--bytes" in sys.argv[1:]  # the test that is long: changed bytes alone, and many of them
FLIPS = int(os.environ.get("PARLEY_FLIPS", "50" if MANY else "8"))
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
              "all lost": lambda p: [], "the begin lost": lambda p: p[1:], "behind zeros": lambda p: p[:-2] + [bytes(512)] + p[-2:]}  # the last alone may be a torn tail, where no tick is in it
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

def lies_that_fit_are_found_by_both():
    with Copy() as place:  # made anew without a lie it is the same bytes
        before = [open(place.file("log/journal/%s-00000001.seg" % n), "rb").read().rstrip(b"\0") for n in ("log", "pay")]
        forge.Forged(place.file("log")).write()
        assert before == [open(place.file("log/journal/%s-00000001.seg" % n), "rb").read().rstrip(b"\0") for n in ("log", "pay")]
        assert not agree(place.file("log"), "made anew")[0]
    for lie, what in lies.LIES.items():
        with Copy() as place:
            forged = forge.Forged(place.file("log"))
            seal = lie(forged, place) is not False
            forged.write(seal)
            bad, fault, message = agree(place.file("log"), lie.__name__)
            print("# %s: %s | %s" % (lie.__name__, fault and "%s (%s)" % (fault["what"], fault["rule"]), message[:160]))
            assert bad and re.search(what, fault["what"]), (lie.__name__, fault)


# --- JSON, spelled in other ways by a party that signs it ---

def spellings_of_json_are_judged_alike():
    """A good spelling changes nothing but hashes: then what others had seen later is what does not fit any more, for both."""
    for where, old, new, good in spellings.SPELLINGS:
        with Copy() as place:
            forged = forge.Forged(place.file("log"))
            order = spellings.respelled(forged, place, where, old, new)
            forged.recommit(order)
            forged.write()
            entry = forged.entries(order, False)[0]
            begin = forged.extents[forged.batch_of(order)]
            _, fault, message = agree(place.file("log"), new)
            here = fault is not None and fault["file"].endswith("pay-00000001.seg") and begin <= fault["byte"] < begin + entry.pay_size
            theirs_here = re.search(r"order %d: /" % order, message) is not None
            assert here == theirs_here == (not good), (where, new, fault, message)


def what_only_the_rules_find_is_said():
    """Who is told is a rule: the second verifier has none, finds nothing, and says that it could not."""
    with Copy() as place:
        forged = forge.Forged(place.file("log"))
        lies.told_in_another_stream(forged, place)
        forged.write()
        status, seen = ours(place.file("log"))
        assert status == 0 and any("and to whom follow from the rules" in text for text in seen["cannot_tell"]), seen
        assert theirs(place.file("log"))[0] == 7


def a_forked_log_is_proven_by_a_checkpoint():
    """Every rule holds in the other history: nothing but what a party kept tells the two apart."""
    with Copy() as place:
        forged = forge.Forged(place.file("log"))
        lies.part(lies.said(forged, "tick", -1), 5).salt = bytes(32)
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
    assert said["verdict"] == "good" and not any("roots name" in text for text in said["cannot_tell"]) and any("sealed" in text for text in said["cannot_tell"]), said
    with open(place.file("stream.jsonl"), encoding="utf-8") as stream:  # as it was before there was `withheld`
        bare = [json.loads(line) for line in stream]
    place.write("bare.jsonl", "".join(json.dumps({n: v for n, v in r.items() if n != "withheld"}, ensure_ascii=False) + "\n" for r in bare))
    said = ours(place.file("head.json"), place.file("bare.jsonl"))[1]
    assert said["verdict"] == "good" and any("roots name" in text for text in said["cannot_tell"]), said
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


def long_exports_take_their_length():
    """Eight times the leaves, not much more than eight times the work: a year of ticks is 31 million."""
    took = []
    for count in (3000, 24000):
        with Place() as place:
            leaf = '{"parley":1,"tick":"%020d","time":"2026-11-29T00:00:00.000Z","root":"' + "0" * 64 + '"}\n'
            place.write("leaves.jsonl", "".join(leaf % (i + 1) for i in range(count)))
            begin = time.process_time()
            assert len(read_all([place.file("leaves.jsonl")]).leaves) == count
            took.append(time.process_time() - begin)
    assert took[1] < 16 * took[0] + 0.1, took


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
                                       lies_that_fit_are_found_by_both, spellings_of_json_are_judged_alike, what_only_the_rules_find_is_said,
                                       a_forked_log_is_proven_by_a_checkpoint, exports_hold, a_line_of_an_export_moved_is_found, long_exports_take_their_length,
                                       usage_and_broken_input, it_imports_nothing_of_the_program, checksums_of_many_at_once, small_orders_and_other_spellings_are_refused])
    finally:
        if made is not None:
            made.__exit__(None, None, None)
