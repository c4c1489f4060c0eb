#!/usr/bin/python3
"""verify.py [--json] [--log HEX] [--witness VKEY]… DIRECTORY|FILE…: a second verifier of Parley's record, written from FORMAT.md alone; nothing of src is in it.

verify.py [--json] --deposited FILE|HASH --witness VKEY… PROOF…: by when did that text exist? (parley deposit)

DIRECTORY is a log's directory or a copy of it, or a party's mirror. FILEs are what a party took away from a server: the answer of GET /v1/log or the genesis (needed
where there is no directory), checkpoints, records of a stream, proofs, the log's leaves, its blinding key, receipts and evidence about them; they are told apart by their content.
--log HEX: the log must be this one; without it, compare the LOG that is printed with the one that the parties know.

--witness VKEY: a witness that you trust, by its public key (parley witness key prints it): its dated signatures, on checkpoints among the FILEs and as recorded in
DIRECTORY, are verified, and bound the time; one that has signed nothing here is named. May be repeated, also with several keys of one name.

Nothing is written, nothing is asked of the network. Ends with 0: all that was checked holds; 1: the record is bad, the first fault is named with its file,
byte and the chapter of FORMAT.md; 64: usage; 3: an input is none of these, or cannot be read."""
import base64
import glob
import json
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bundle  # noqa: E402
import mirror  # noqa: E402
from checkpoint import witness_key  # noqa: E402
from deposit import read_times  # noqa: E402
from directory import Directory  # noqa: E402
from fault import Broken, Fault, Tally  # noqa: E402
from hashes import sha256  # noqa: E402
from instant import to_ms  # noqa: E402
from receipt import Receipt  # noqa: E402

GOOD, BAD, BROKEN, USAGE = 0, 1, 3, 64
# What no check of a record can show, and what this verifier leaves to others.
NEVER = ["that nothing else existed: what was never sent, or never recorded, leaves no trace here",
         "that this is the log that others hold: compare LOG, and a checkpoint of theirs (give it as a file)",
         "that what was said is true, or that a person read it"]
RULES_UNTOLD = "whether bodies have the members of their kind, and verdicts, leads, what was told and to whom follow from the rules: parley log check steps every statement again, this verifier does not"
ATTESTED_UNTOLD = "who spoke where there is no signature: what came by a session or token is the server's word"


class Usage(Exception):
    pass


def arguments(words):
    """Paths, --json, --log's value, of the witnesses name and public key, and --deposited's hash."""
    paths, as_json, log, witnesses, deposited, words = [], False, None, [], None, list(words)
    while words:
        word = words.pop(0)
        if word == "--json":
            as_json = True
        elif word == "--log":
            log = words.pop(0) if words else ""
            if len(log) != 64 or log.strip("0123456789abcdef"):
                raise Usage("--log takes 64 lower-case hex digits")
        elif word == "--witness":
            try:
                witnesses.append(witness_key(words.pop(0) if words else ""))
            except Fault as fault:
                raise Usage("--witness: %s" % fault.what) from None
        elif word == "--deposited":
            deposited = digest_of(words.pop(0) if words else "")
        elif word.startswith("-"):
            raise Usage("there is no option %s" % word)
        else:
            paths.append(word)
    if not paths:
        raise Usage("name a directory or files")
    if sum(os.path.isdir(path) for path in paths) > 1:
        raise Usage("one directory at a time")
    if deposited and (log or not witnesses):
        raise Usage("--deposited goes with --witness, and without --log")
    return paths, as_json, log, witnesses, deposited


def digest_of(given):
    """SHA-256 of a file; or itself, as 64 hex digits."""
    if len(given) == 64 and not given.strip("0123456789abcdef"):
        return bytes.fromhex(given)
    try:
        with open(given, "rb") as file:
            return sha256(file.read())
    except OSError as e:
        raise Broken("%s: %s" % (given, e.strerror)) from None


def files_of(path):
    """A mirror's directory stands for the files in it."""
    return [os.path.join(path, name) for name in mirror.NAMES] + sorted(glob.glob(os.path.join(path, "fork-*"))) if mirror.is_one(path) else [path]


def check_deposits(paths, digest, witnesses, tally):
    tally.fact("deposited", digest.hex())
    for path in paths:
        try:
            with open(path, "rb") as file:
                origin, seen = read_times(file.read(), digest, witnesses)
        except OSError as e:
            raise Broken("%s: %s" % (path, e.strerror)) from None
        except Fault as fault:
            raise fault.at(path, None)
        tally.fact("origin", origin)
        tally.add("proofs of a deposit")
        for (name, _), seconds in seen:
            tally.add("dated signatures of witnesses")
            tally.remark("%s: a text with this hash existed by %s, by the clock of %s" % (path, to_ms(seconds * 10 ** 9), name))
        if not seen:
            tally.cannot_tell("when the text of %s existed: none of these witnesses has signed it" % path)
    tally.cannot_tell("more than existence: who made the text, whether it was sent or received, whether it is in any log of Parley's")


def check(paths, log, witnesses, tally):
    taken = {}
    for path in filter(mirror.is_one, paths):
        taken.update(mirror.Mirror(path, tally).take())
    paths = [file for path in paths for file in files_of(path)]
    directories = [path for path in paths if os.path.isdir(path)]
    files = bundle.read_all([path for path in paths if path not in directories], taken)
    genesis, tree = bundle.genesis_of(files), None
    if not directories and genesis is None:
        raise Usage("no genesis among these files: add the answer of GET /v1/log (parley: curl -s SERVER/v1/log >log.json)")
    if directories:
        directory = Directory(directories[0], tally)
        if genesis is not None and genesis.log != directory.genesis.log:
            raise Fault("1", "the directory's genesis is another than that among the files", "genesis", None)
        genesis = directory.genesis
    tally.fact("log", genesis.log.hex())
    tally.fact("origin", genesis.origin)
    if log is not None and log != genesis.log.hex():
        raise Fault("1", "this is the log %s, not %s" % (genesis.log.hex(), log))
    if directories:
        for piece in files.receipts:
            try:
                receipt = Receipt(genesis, piece.value)
            except Fault as fault:
                raise fault.at(piece.file, piece.byte)
            directory.history.ask(receipt.slot, receipt.seq)
        directory.check()
        tree = directory.history.log
        for name, public in witnesses:
            size, seconds = directory.history.cosigned.get(base64.b64encode(b"\x04" + public).decode(), (0, 0))
            if size > 0:
                tally.witnessed((name, public), size, seconds)
        tally.cannot_tell(RULES_UNTOLD)
    if len(directories) < len(paths):
        try:
            bundle.Bundle(files, genesis, tally, tree, witnesses, directory.history if directories else None, directory.signed if directories else 0).check()
        except Broken as e:
            if not taken:
                raise
            raise Fault(mirror.RULE, "the mirror holds what none writes: %s" % e) from None
    for witness in witnesses:
        if witness not in tally.seen_by:
            tally.remark("the witness %s (key %s), whom you trust, has signed nothing that is here: it bounds no time" % (witness[0], witness[1].hex()[:16]))
    if tally.counts.get("statements") != tally.counts.get("signed notes"):
        tally.cannot_tell(ATTESTED_UNTOLD)


# --- what is printed ---

def result(paths, tally, status, fault):
    said = {"verdict": {GOOD: "good", BAD: "bad"}[status], "inputs": paths, "facts": tally.facts, "checked": tally.counts, "remarks": tally.remarks,
            "cannot_tell": tally.untold + NEVER}
    if fault is not None:
        said["fault"] = {"file": fault.file, "byte": fault.byte, "rule": "FORMAT.md, " + fault.rule, "what": fault.what}
    return said


def show(said):
    lines = ["GOOD: all that was checked holds" if said["verdict"] == "good" else "BAD: the record breaks a rule", ""]
    if "fault" in said:
        where = said["fault"]
        lines = ["BAD: %s" % where["what"], "  where   %s" % ("the whole" if where["file"] is None else where["file"] + ("" if where["byte"] is None else ", byte %d" % where["byte"])),
                 "  rule    %s" % where["rule"], ""]
    lines += ["%-9s %s" % (name, ", ".join(value) if isinstance(value, list) else value) for name, value in said["facts"].items()]
    lines += ["", "checked" if said["verdict"] == "good" else "checked until then"] + ["%9d  %s" % (count, name) for name, count in said["checked"].items()]
    lines += [""] * bool(said["remarks"]) + ["note: " + remark for remark in said["remarks"]]
    return "\n".join(lines + ["", "what this cannot show"] + ["  - " + text for text in said["cannot_tell"]])


def complain(as_json, status, what):
    print(json.dumps({"verdict": None, "error": what}) if as_json else "verify: " + what, file=sys.stdout if as_json else sys.stderr)
    return status


def main(words):
    if "--help" in words:
        print(__doc__)
        return GOOD
    as_json = "--json" in words
    try:
        paths, as_json, log, witnesses, deposited = arguments(words)
        tally, fault = Tally(), None
        try:
            if deposited:
                check_deposits(paths, deposited, witnesses, tally)
            else:
                check(paths, log, witnesses, tally)
        except Fault as found:
            fault = found
    except Usage as e:
        return complain(as_json, USAGE, "%s (--help)" % e)
    except Broken as e:
        return complain(as_json, BROKEN, str(e))
    said = result(paths, tally, GOOD if fault is None else BAD, fault)
    print(json.dumps(said, ensure_ascii=False) if as_json else show(said))
    return GOOD if fault is None else BAD


def run(words):
    """main(), and what it does not foresee: neither is a verdict."""
    try:
        status = main(words)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # who reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN
    except Exception as e:
        traceback.print_exc()
        return complain("--json" in words, BROKEN, "this verifier did not foresee that: %r; nothing is said of the record" % e)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
