"""The auditor, which shares no code with the server, on the logs that a day of F3548 and one of F3411 left behind: every status and reason, told subscriber, index, OVN,
version and time once more, from the records alone."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bridge_test
import client as cl
import random_f3411
import random_f3548
import rid_table_test
import table_base as base
import table_test
import harness as h

STEPS = int(os.environ.get("PARLEY_STEPS", "250"))


def lived(table, kind, seeds):
    """A log: the table's scenes, then random days."""
    base.start({"directory": os.path.join(h.scratch("parley-audit-"), "log")})
    base.Asked.place = 0
    for scene in table:
        scene()
    for seed in seeds:
        run = kind.Run(cl.Client(base.Asked.server), seed)
        for _ in range(STEPS):
            run.step()
        run.clear()
    base.Asked.client.close()
    base.Asked.server.stop()
    return audited(base.Asked.server.directory)


def audited(directory):
    done = subprocess.run([os.environ["PARLEY_AUDIT_LOG"], directory], stdout=subprocess.PIPE, encoding="utf-8", stderr=subprocess.STDOUT, timeout=600)
    assert done.returncode == 0, "%s: %s" % (done.returncode, done.stdout[-4000:])
    last = done.stdout.splitlines()[-1]
    print("# " + last)
    return {name.strip(): int(n) for n, name in (x.strip().split(" ", 1) for x in last.split("looked at ")[1].split("; ")[0].split(", "))}


def the_log_of_f3411_stands():
    seen = lived(rid_table_test.TESTS, random_f3411, range(21, 25))
    assert seen["calls of F3411"] > 500 and seen["not judged"] < seen["calls of F3411"] / 50, seen


def the_log_of_f3548_stands():
    seen = lived(table_test.TESTS, random_f3548, range(31, 35))
    calls = sum(n for name, n in seen.items() if name.startswith("calls about "))
    assert calls > 700 and seen["calls about operational intents"] > 300 and seen["calls about constraints"] > 60 and seen["calls about subscriptions"] > 100, seen
    assert seen["keys found wanting"] > 20 and seen["subscribers notified"] > 300, seen
    assert seen["not judged"] <= 5 and seen["within a margin: either is right"] < calls / 10, seen


def the_log_of_what_is_released_stands():
    """Notices and flights of parties at the doors of F3548, beside what USSs call there: who is told of them, what lists and keys have of them."""
    server = bridge_test.server()
    bridge_test.lived(server)
    server.stop(remove=False)
    seen = audited(server.directory)
    assert seen["subscribers notified"] >= 2 and seen["keys found wanting"] >= 2 and seen["not judged"] == 0, seen
    shutil.rmtree(os.path.dirname(server.directory))


if __name__ == "__main__":
    if "PARLEY_AUDIT_LOG" not in os.environ:
        print("1..0 # SKIP PARLEY_AUDIT_LOG names no auditor")
    else:
        h.run([the_log_of_f3411_stands, the_log_of_f3548_stands, the_log_of_what_is_released_stands])
