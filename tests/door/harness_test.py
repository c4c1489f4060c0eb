"""What the tests' own harness promises: whatever a test started is gone when it ends, also when its time is over."""
import os
import signal
import subprocess
import sys
import textwrap
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h

# Three that stay: one in our group that does not listen, one in a session of its own, one that stands still.
STARTS = """
    import os, signal, subprocess, sys, time
    sys.path.insert(0, %r)
    import harness as h
    def it_starts_some():
        deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; echo; exec sleep 600"], stdout=subprocess.PIPE)
        deaf.stdout.readline()
        apart = subprocess.Popen(["sleep", "600"], start_new_session=True)
        still = subprocess.Popen(["sleep", "600"])
        os.kill(still.pid, signal.SIGSTOP)
        print("#", deaf.pid, apart.pid, still.pid, flush=True)
        %s
    h.run([it_starts_some])
"""


def begin(then):
    text = textwrap.dedent(STARTS) % (os.path.dirname(os.path.abspath(__file__)), then)
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True)
    assert process.stdout.readline() == "1..1\n"
    return process, [int(pid) for pid in process.stdout.readline()[1:].split()]


def gone(pids):
    """SIGKILL takes effect a moment after it was sent; who still runs ten seconds later was not sent it."""
    for _ in range(1000):
        left = [p for p in pids if os.path.exists("/proc/%d" % p) and open("/proc/%d/stat" % p, encoding="utf-8").read().rsplit(")", 1)[1].split()[0] not in "ZX"]
        if not left:
            return True
        time.sleep(0.01)
    return False


def nothing_is_left_when_the_time_is_over():
    process, pids = begin("time.sleep(600)")
    os.killpg(process.pid, signal.SIGTERM)  # as meson does it
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert len(pids) == 3 and gone(pids), pids


def nothing_is_left_at_the_end():
    process, pids = begin("return")
    said = process.stdout.read()
    assert process.wait(timeout=20) == 0 and "ok 1 - it starts some" in said
    assert all("was still running, ended now: %d " % pid in said for pid in pids), said
    assert gone(pids), pids


if __name__ == "__main__":
    h.run([nothing_is_left_when_the_time_is_over, nothing_is_left_at_the_end])
