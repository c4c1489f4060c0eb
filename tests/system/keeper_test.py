#!/usr/bin/python3
"""The process beside the server that writes snapshots while it serves: killed with the server under load, killed alone, given a journal that has rotted, confined."""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, Server  # noqa: E402

ROUNDS, EACH = 6, 60


def numbers(server):
    return system.harness.figures(server.ask("GET", "/metrics")[2].decode())


def lines(server, event):
    return [json.loads(l) for l in server.stderr().splitlines() if '"event":"%s"' % event in l]


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def named(pid):
    try:
        with open("/proc/%s/comm" % pid, encoding="ascii") as text:
            return text.read().strip()
    except FileNotFoundError:
        return ""


def keepers(server):
    with open("/proc/%d/task/%d/children" % (server.process.pid, server.process.pid), encoding="ascii") as text:
        return [int(pid) for pid in text.read().split() if named(pid) == "parley-keeper"]


def keeper(server):
    found = keepers(server)
    assert len(found) == 1, found
    return found[0]


def gone(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as text:
            return text.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def small_log(place):
    place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=1024", "--capacity", "volumes=8192")


def say(place, count):
    """Messages as fast as they are answered; ends quietly when the server does."""
    for i in range(count):
        done = subprocess.run([system.binary(), "message", "registry", "number %d" % i, "--key", "north.key"], cwd=place.path, env=dict(place.environment),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            return


def killed_under_load_it_starts_from_the_newest():
    with Place() as place:
        small_log(place)
        server = Server(place, "--snapshot-ticks", "1")
        try:
            place.party("north")
            tails = []
            for _ in range(ROUNDS):
                talker = threading.Thread(target=say, args=(place, EACH))
                talker.start()
                before = numbers(server)["parley_snapshots_total"]
                until("no snapshots", lambda: numbers(server)["parley_snapshots_total"] >= before + 2)
                applied, beside = numbers(server)["parley_applied"], keeper(server)
                server.kill()
                until("the keeper outlives its server", lambda: gone(beside), 10)
                talker.join()
                server.start()
                place.serve(server)
                found = lines(server, "recovered")[-1]
                assert found["snapshot"] > 0 and not lines(server, "snapshot_passed_over"), found
                tails.append((found["orders"], int(applied)))
            # What is stepped again hangs on the last second or two, not on the log.
            assert tails[-1][1] > 4 * max(t for t, _ in tails) or tails[-1][1] > 150, tails
            assert all(tail <= 60 for tail, _ in tails), tails
            names = sorted(n for n in os.listdir(place.file("log/snapshots")) if n != "new")
            assert 1 <= len(names) <= 2, names
            server.stop(remove=False)
        except BaseException:
            if server.process.poll() is None:
                server.kill()
            raise
        whole = place.check()
        assert whole["digests"] >= ROUNDS, whole
        with Server(place, "--no-keeper"):
            pass
        assert place.check()["digest"] != "" and place.check()["orders"] >= whole["orders"]


def the_server_goes_on_without_it():
    with Place() as place:
        small_log(place)
        with Server(place, "--snapshot-ticks", "1") as server:
            place.party("north")
            until("it is not up", lambda: numbers(server)["parley_snapshots_total"] >= 1)
            assert numbers(server)["parley_keeper_up"] == 1 and numbers(server)["parley_keeper_lost"] == 0
            os.kill(keeper(server), signal.SIGTERM)  # which is the server's to hear
            time.sleep(0.2)
            assert not gone(keeper(server))
            os.kill(keeper(server), signal.SIGKILL)
            until("nobody misses it", lambda: numbers(server)["parley_keeper_lost"] == 1)
            assert numbers(server)["parley_keeper_up"] == 0 and lines(server, "keeper_ended")[-1]["level"] == "error"
            place.parley("message", "registry", "on it goes", "--key", "north.key")
            written = numbers(server)["parley_snapshots_total"]
            system.wait_for_tick(server, 3)
            assert numbers(server)["parley_snapshots_total"] == written
            assert "keeper" in place.parley("status", "--key", "registry.key", status=(0, 9, 10))[0]
        with Server(place, "--snapshot-ticks", "1") as server:
            until("the next start has none", lambda: numbers(server)["parley_snapshots_total"] >= 1)


def one_that_hangs_does_not_hold_the_server():
    """Stopped, it hears nothing; the server that is told to end waits five seconds for it, kills it, says so, and still writes what is due. One that ends by itself is not killed."""
    with Place() as place:
        small_log(place)
        for hangs in (True, False):
            server = Server(place, "--snapshot-ticks", "1")
            try:
                if hangs:
                    place.party("north")
                until("it is not up", lambda: numbers(server)["parley_snapshots_total"] >= 1)
                beside = keeper(server)
                if hangs:
                    os.kill(beside, signal.SIGSTOP)
                before = time.monotonic()
                server.stop(remove=False)
                took = time.monotonic() - before
            except BaseException:
                os.kill(beside, signal.SIGCONT)
                if server.process.poll() is None:
                    server.kill()
                raise
            said = lines(server, "keeper_killed")  # one log of both
            assert (4.5 < took < 12) if hangs else took < 4, took
            assert len(said) == 1 and all(l["level"] == "warning" and l["waited_s"] == 5 for l in said), server.stderr()
            assert not lines(server, "keeper_stuck") and not lines(server, "forbidden_call") and lines(server, "ended")
            until("it lives on", lambda: gone(beside), 5)
        place.check()


def where_none_can_be_made_that_is_told():
    with Place() as place:
        small_log(place)
        with Server(place, "--snapshot-ticks", "1", prefix=["prlimit", "--nofile=4:", "--"]) as server:  # no room for a socket's two ends
            assert numbers(server)["parley_keeper_up"] == 0 and numbers(server)["parley_keeper_lost"] == 1
            assert lines(server, "keeper_ended")[0]["level"] == "warning", server.stderr()
            attention = json.loads(place.parley("status", "--key", "registry.key", "--json")[0])["attention"]
            assert any(a["what"] == "snapshots" and "could not be made" in a["text"] for a in attention), attention
            system.wait_for_tick(server, 2)
            assert numbers(server)["parley_snapshots_total"] == 0
        assert place.check()["digests"] == 0


def it_finds_what_has_rotted():
    with Place() as place:
        small_log(place)
        with Server(place, "--snapshot-ticks", "1000") as server:
            place.party("north")
            until("it does not follow", lambda: numbers(server)["parley_keeper_behind_batches"] <= 2)
            os.kill(keeper(server), signal.SIGSTOP)
            pay = place.file("log/journal/pay-00000001.seg")
            place.parley("message", "registry", "a word that will change" + 4000 * ".", "--key", "north.key")
            with open(pay, "r+b") as file:  # what shares its last block with what comes next is written again
                at = file.read().index(b"a word that will change")
                file.seek(at)
                file.write(b"another")
            os.kill(keeper(server), signal.SIGCONT)
            until("it is not found", lambda: lines(server, "keeper_failed"))
            said = lines(server, "keeper_failed")[-1]
            assert said["code"] == "rot" and "pay-00000001.seg" in said["message"], said
            until("it is not said", lambda: numbers(server)["parley_keeper_lost"] == 1)
            place.parley("message", "registry", "on it goes", "--key", "north.key")


def it_is_confined():
    if b"libasan" in subprocess.run(["ldd", system.binary()], stdout=subprocess.PIPE).stdout:
        raise system.Skip("a sanitizer's runtime needs more than the filter allows")
    with Place() as place:
        small_log(place)
        with Server(place, "--snapshot-ticks", "1") as server:
            until("no snapshots", lambda: numbers(server)["parley_snapshots_total"] >= 2)
            with open("/proc/%d/status" % keeper(server), encoding="ascii") as text:
                status = text.read()
            assert re.search(r"^Seccomp:\t2$", status, re.M) and re.search(r"^NoNewPrivs:\t1$", status, re.M), status
            assert re.search(r"^Threads:\t1$", status, re.M), status
            held = {os.readlink("/proc/%d/fd/%s" % (keeper(server), fd)) for fd in os.listdir("/proc/%d/fd" % keeper(server))}
            assert not any("key" in h or "blinds" in h or "lock" in h or "eventpoll" in h or "index" in h for h in held), held
            assert not lines(server, "forbidden_call"), server.stderr()


def without_it_nothing_is_marked():
    with Place() as place:
        small_log(place)
        with Server(place, "--snapshot-ticks", "1", "--no-keeper") as server:
            system.wait_for_tick(server, 3)
            assert numbers(server)["parley_keeper_up"] == 0 and numbers(server)["parley_snapshots_total"] == 0
            assert keepers(server) == []
        assert place.check()["digests"] == 0


if __name__ == "__main__":
    system.run([killed_under_load_it_starts_from_the_newest, the_server_goes_on_without_it, one_that_hangs_does_not_hold_the_server, where_none_can_be_made_that_is_told, it_finds_what_has_rotted, it_is_confined, without_it_nothing_is_marked])
