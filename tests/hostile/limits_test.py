"""Each limit is in one file and in the manual: every LIMIT_ and DOOR_ macro of the source is defined once, in base/limits.h or door/limits.h, and both
`parley limits` and the manual tell it with the value that the compiler gave it."""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "door"))
import harness as h  # noqa: E402

HEADERS = ("src/base/limits.h", "src/door/limits.h")


def parley(*words):
    return subprocess.run([os.environ["PARLEY_BIN"], *words], check=True, stdout=subprocess.PIPE).stdout.decode()


def defined():
    found = {}
    for path in HEADERS:
        with open(os.path.join(ROOT, path)) as text:
            for name in re.findall(r"^#define ((?:LIMIT|DOOR)_[A-Z0-9_]+)\s", text.read(), re.M):
                assert name not in found, "%s stands in %s and %s" % (name, found[name], path)
                found[name] = path
    return found


def no_limit_stands_elsewhere():
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if path in HEADERS or not name.endswith((".c", ".h")):
                continue
            with open(os.path.join(ROOT, path)) as text:
                assert not re.search(r"^#define (LIMIT|DOOR)_[A-Z0-9_]+\s+\S", text.read(), re.M), path


def the_command_tells_each():
    told = {row["name"]: row for row in json.loads(parley("limits", "--json"))}
    assert told.keys() == defined().keys(), told.keys() ^ defined().keys()
    assert told["LIMIT_TEXT_BYTES"]["value"] == 64 * 1024 and told["LIMIT_DEDUPE_NS"]["value"] == 7 * 86400 * 10 ** 9
    assert all(row["meaning"] and row["value"] > 0 for row in told.values()), told
    for name, row in told.items(): # what it bounds stands beside it: its own name in words would say nothing
        assert row["meaning"] != name.split("_", 1)[1].lower().replace("_", " "), name
    assert told["LIMIT_DEDUPE_NS"]["unit"] == "ns" and told["LIMIT_TEXT_BYTES"]["unit"] == "bytes" and told["LIMIT_SIGNERS"]["unit"] == ""
    lines = parley("limits").split("\n\n")[0].splitlines() # behind them: what memory the usual tables take
    assert [line.split()[:2] for line in lines] == [[n, "{:,}".format(row["value"])] for n, row in told.items()]


def the_manual_tells_each():
    manual = parley("--man")
    for row in json.loads(parley("limits", "--json")):
        assert "\n.It %s = %d\n" % (row["name"], row["value"]) in manual, row


if __name__ == "__main__":
    h.run([no_limit_stands_elsewhere, the_command_tells_each, the_manual_tells_each])
