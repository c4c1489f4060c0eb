"""The auditor, which shares no code with the server, on the log that a day of F3411 left behind: every status, told record, index, version and time once more."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import random_f3411
import rid_table_test
import table_base as base
import harness as h


def the_log_of_f3411_stands():
    base.start({"directory": os.path.join(h.scratch("parley-audit-"), "log")})
    for scene in rid_table_test.TESTS:
        scene()
    for seed in range(21, 25):
        run = random_f3411.Run(cl.Client(base.Asked.server), seed)
        for _ in range(int(os.environ.get("PARLEY_STEPS", "250"))):
            run.step()
        run.clear()
    base.Asked.client.close()
    base.Asked.server.stop()
    done = subprocess.run([os.environ["PARLEY_AUDIT_LOG"], base.Asked.server.directory], stdout=subprocess.PIPE, encoding="utf-8", stderr=subprocess.STDOUT, timeout=600)
    assert done.returncode == 0, "%s: %s" % (done.returncode, done.stdout[-4000:])
    last = done.stdout.splitlines()[-1]
    print("# " + last)
    seen = {name.strip(): int(n) for n, name in (x.strip().split(" ", 1) for x in last.split("looked at ")[1].split("; ")[0].split(", "))}
    assert seen["calls of F3411"] > 500 and seen["not judged"] < seen["calls of F3411"] / 50, seen


if __name__ == "__main__":
    if "PARLEY_AUDIT_LOG" not in os.environ:
        print("1..0 # SKIP PARLEY_AUDIT_LOG names no auditor")
    else:
        h.run([the_log_of_f3411_stands])
