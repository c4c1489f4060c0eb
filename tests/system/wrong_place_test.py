#!/usr/bin/python3
"""A log, a backup, a mirror, what a witness has signed and deposits, each given where another is meant: it is refused and named, and nothing in it is touched."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, Server, run, wait_for_tick  # noqa: E402

KEPT = {}


def bytes_of(place, top):
    found = {}
    for folder, _, names in os.walk(place.file(top)):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.relpath(os.path.join(folder, name), place.file(top))] = file.read()
    return found


def world():
    """One of each, the log's server stopped."""
    if KEPT:
        return KEPT["place"]
    place = KEPT["place"] = Place()
    place.init()
    with Server(place, "--log-open") as server:
        place.party("north")
        KEPT["url"] = "http://%s:%d" % (server.host, server.port)
        wait_for_tick(server)
        place.parley("mirror", KEPT["url"], "--as", "north", "--into", "mirror", "--key", "north.key", "--once")
        place.parley("backup", "log", "early")
        place.parley("message", "registry", "one more", "--key", "north.key")
        wait_for_tick(server)
    place.parley("backup", "log", "backup")
    place.parley("backup", "log", "served")
    KEPT["vkey"] = place.parley("deposit", "key", "d.key", "--name", "deposits.example/north")[0].strip()
    KEPT["witness"] = place.parley("witness", "key", "w.key", "--name", "w.example")[0].strip()
    words = [system.binary(), "witness", "--data", "witness", "--key", "w.key", "--log", KEPT["vkey"], "--listen", "localhost:0"]
    process = subprocess.Popen(words, cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
    url = "http://localhost:" + process.stdout.readline().split(":")[-1].split()[0].split("/")[0]
    place.parley("deposit", "d.key.pub", "--into", "deposits", "--key", "d.key", "--witness", "%s=%s" % (KEPT["witness"], url))
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()
    return place


CALLED = {"log": "holds a log, as", "mirror": "holds a mirror of a log", "witness": "holds what a witness has signed", "deposits": "holds deposits"}


def each_kind_where_another_is_meant():
    place = world()
    before = {kind: bytes_of(place, kind) for kind in CALLED}
    witness = "%s=http://localhost:1" % KEPT["witness"]
    refused = 0
    for kind in CALLED:
        commands = {
            "deposits": [("deposit", "d.key.pub", "--into", kind, "--key", "d.key", "--witness", witness)],
            "witness": [("witness", "--data", kind, "--key", "w.key", "--log", KEPT["vkey"], "--listen", "localhost:0")],
            "log": [("backup", kind, "new"), ("backup", "log", kind), ("restore", kind, "new"), ("drill", kind), ("log", "check", kind), ("scrub", kind)],
        }
        for wanted, lines in commands.items():
            for words in lines:
                if wanted == kind:
                    continue
                err = place.parley(*words, status=4)[1]
                assert "parley: %s: %s" % (kind, CALLED[kind]) in err and "name another directory" in err, (words, err)
                refused += 1
        assert bytes_of(place, kind) == before[kind], kind
    assert refused == 3 + 3 + 3 * 6 and not os.path.exists(place.file("new"))
    for kind in ("log", "witness", "deposits"):
        with Server(place, "--log-open", log="served") as server:
            url = "http://%s:%d" % (server.host, server.port)
            err = place.parley("mirror", url, "--as", "north", "--into", kind, "--key", "north.key", "--once", status=(4, 5))[1]
            assert (CALLED[kind] in err or "a log's own directory" in err), err
    assert bytes_of(place, "witness") == before["witness"] and bytes_of(place, "deposits") == before["deposits"]


def a_mirror_is_not_served():
    place = world()
    before = bytes_of(place, "mirror")
    err = place.parley("serve", "--data", "mirror", "--listen", "localhost:0", status=4)[1]
    assert CALLED["mirror"] in err, err
    assert bytes_of(place, "mirror") == before


def a_backup_with_its_words_swapped():
    """Into a log that is ahead of the backup, as far as it, and behind it."""
    place = world()
    before = bytes_of(place, "log")
    for backup, status, words in (("early", 7, "the two are the wrong way round"), ("backup", 4, "is a log on which a server has run")):
        err = place.parley("backup", backup, "log", status=status)[1]
        assert words in err, err
        assert bytes_of(place, "log") == before
    place.parley("restore", "early", "older")
    os.makedirs(place.file("older/index"))  # as a start makes it; the journal ends before that of the backup
    before = bytes_of(place, "older")
    err = place.parley("backup", "backup", "older", status=4)[1]
    assert "is a log on which a server has run" in err and "parley backup LOG BACKUP" in err, err
    after = bytes_of(place, "older")
    after.pop("lock", None), before.pop("lock", None)
    assert after == before
    os.rmdir(place.file("older/index"))
    place.parley("backup", "log", "older")  # one that nobody served is brought up to date


def it_ends():
    if KEPT:
        KEPT["place"].__exit__(None, None, None)


if __name__ == "__main__":
    run([each_kind_where_another_is_meant, a_mirror_is_not_served, a_backup_with_its_words_swapped, it_ends])
