#!/usr/bin/python3
"""Rot with the real program: the process beside the server finds it while statements come in, and status, figures, log and doctor say where; parley scrub puts back what a backup or
a party's mirror has, byte for byte, and names what nobody has."""
import glob
import json
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
from system import Place, Server, run, wait_for_tick  # noqa: E402

LOG, PAY = "journal/log-00000001.seg", "journal/pay-00000001.seg"


def spoken(place, text):
    for party, other in (("north", "south"), ("south", "north")):
        place.parley("message", other, "%s from %s" % (text, party), "--key", "%s.key" % party)


def lived(place, words=4):
    """A log in which two spoke, with a backup `backup` and the mirrors of both."""
    place.init()
    with Server(place) as server:
        for party in ("north", "south"):
            place.party(party)
        for i in range(words):
            spoken(place, "word number %d" % i)
        wait_for_tick(server)
        for party in ("north", "south"):
            place.parley("mirror", "http://%s:%d" % (server.host, server.port), "--as", party, "--into", "mirror-" + party, "--key", party + ".key", "--once")
    place.parley("backup", "log", "backup")


def bytes_of(place, name):
    with open(place.file(os.path.join("log", name)), "rb") as file:
        return file.read()


def flip(place, name, at, log="log", bit=2):
    with open(place.file(os.path.join(log, name)), "r+b") as file:
        file.seek(at)
        was = file.read(1)
        file.seek(at)
        file.write(bytes([was[0] ^ bit]))


def scrub(place, *words, status=0):
    lines = [json.loads(line) for line in place.parley("scrub", "log", "--json", *words, status=status)[0].splitlines()]
    return lines[:-1], lines[-1]


def figures(server):
    return dict(re.findall(r"^parley_(scrub_\w+) (\S+)$", server.ask("GET", "/metrics")[2].decode(), re.M))


def wait(what, seconds=60):
    for _ in range(seconds * 20):
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def beside_a_server():
    with Place() as place:
        lived(place)
        with Server(place, "--scrub-every", "1", "--scrub-rate", "1000", "--snapshot-ticks", "2") as server:
            wait(lambda: float(figures(server)["scrub_rounds_total"]) >= 2)
            spoken(place, "while it reads")
            said = figures(server)
            assert said["scrub_up"] == "1" and said["scrub_rot"] == "0" and float(said["scrub_read_bytes_total"]) > 10000 and said["scrub_failed"] == "0" and said["scrub_lost"] == "0", said
            out = place.parley("status", "--key", "registry.key")[0]
            assert re.search(r"^rot: none found; all was read through .* ago; .* read since the start$", out, re.M) and "ALARM  rot" not in out, out
            doctor = place.parley("doctor", "log", status=(0, 9, 10))[0]
            assert re.search(r"^OK +rot +none found; all was read through 0 days ago, \d+ times in all", doctor, re.M), doctor
            at = bytes_of(place, PAY).index(b"word number 2 from north")
            flip(place, PAY, at)
            wait(lambda: float(figures(server)["scrub_rot"]) > 0)
            out = place.parley("status", "--key", "registry.key", status=(0, 10, 9))[0]
            assert re.search(r"^ *ALARM +rot .*place.* of the log's directory .* no longer what was written, the first in journal/pay-00000001.seg, byte \d+", out, re.M), out
            assert re.search(r"^rot: 2 places|^rot: 1 places", out, re.M), out
            doctor = place.parley("doctor", "log", status=10)[0]
            assert re.search(r"^FAIL +rot +\d+ places of this directory are no longer what was written, the first in journal/pay-00000001.seg", doctor, re.M), doctor
            spoken(place, "all goes on")
            wait_for_tick(server)
            lines = [line for line in map(json.loads, (l for l in server.stderr().splitlines() if l.startswith("{"))) if line.get("event") == "rot"]
            assert lines and lines[0]["file"] == PAY and lines[0]["byte"] <= at < lines[0]["byte"] + lines[0]["size"] and lines[0]["order"] > 0, lines
            found, end = scrub(place, status=7)  # beside the server it looks
            assert end["found"] >= 1 and end["repaired"] == 0 and end["lost"] == 0
            assert "another process holds it" in place.parley("scrub", "log", "--backup", "backup", status=8)[1]
        found, end = scrub(place, "--backup", "backup")
        assert end["found"] == end["repaired"] >= 1, end
        # What is mended is not called rotten until two rounds have passed.
        doctor = place.parley("doctor", "log", status=(0, 9, 10))[0]
        assert re.search(r"^OK +rot +none found", doctor, re.M), doctor
        with Server(place, "--scrub-every", "1", "--scrub-rate", "1000") as server:
            assert float(figures(server)["scrub_rounds_total"]) >= 2  # as it was kept
            wait(lambda: figures(server)["scrub_rot"] == "0")
        with Server(place, "--no-scrub") as server:
            assert figures(server)["scrub_up"] == "0"
            assert "nobody looks" in place.parley("status", "--key", "registry.key")[0]
        place.check()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF).to_bytes(4, "big")


def a_start_in_the_midst_counts_once():
    """As a stop in the midst of a segment leaves it: that is begun anew, and what was found in it is found again."""
    with Place() as place:
        lived(place)
        with Server(place, "--scrub-every", "3600", "--scrub-rate", "1000", "--snapshot-ticks", "2") as server:
            wait(lambda: float(figures(server)["scrub_rounds_total"]) >= 1 and glob.glob(place.file("log/snapshots/[0-9]*[0-9]")))  # a start passes what is behind it
        name = place.file("log/scrub")
        with open(name, "rb") as file:
            kept = file.read()
        assert kept[508:] == crc32c(kept[:508])
        flip(place, PAY, bytes_of(place, PAY).index(b"word number 2 from north"))
        rounds = int.from_bytes(kept[52:60], "big")
        for found in (0, 1, 3):  # the last: two were mended by somebody meanwhile
            state = kept[:48] + (1).to_bytes(4, "big") + rounds.to_bytes(8, "big") + kept[60:84] + found.to_bytes(8, "big") + kept[92:508]
            with open(name, "wb") as file:
                file.write(state + crc32c(state))
            with Server(place, "--scrub-every", "3600", "--scrub-rate", "1000") as server:
                rounds += 1
                wait(lambda: float(figures(server)["scrub_rounds_total"]) == rounds)
                assert figures(server)["scrub_rot"] == "1", (found, figures(server))


def its_end_is_told():
    with Place() as place:
        lived(place, 1)
        with Server(place, "--scrub-every", "1") as server:
            wait(lambda: figures(server)["scrub_up"] == "1")
            pid = next(int(p) for p in os.listdir("/proc") if p.isdigit() and child_of(p, server.process.pid) == "parley-scrub")
            os.kill(pid, 9)
            wait(lambda: figures(server)["scrub_lost"] == "1")
            assert re.search(r"warn +rot +the process that looks for it has ended", place.parley("status", "--key", "registry.key")[0]), "no word"
            spoken(place, "it serves")


def child_of(pid, parent):
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8") as file:
            name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
        return name if int(rest.split()[1]) == parent else None
    except (FileNotFoundError, ProcessLookupError):
        return None


def payloads_come_from_mirrors():
    """Of what was said and what was told; the order part, which no party is shown, is here or nowhere."""
    with Place() as place:
        lived(place)
        good = bytes_of(place, PAY)
        for text, whose in ((b"word number 1 from north", "north"), (b"word number 3 from south", "south")):
            at = -1
            places = []
            while (at := good.find(text, at + 1)) >= 0:
                places.append(at)
            assert len(places) == 2, places  # said by the one, told to the other
            for at in places:
                flip(place, PAY, at)
                flip(place, PAY, at + 7)
            found, end = scrub(place, "--mirror", "mirror-" + whose, status=7)
            assert end["found"] == 2 and end["repaired"] == 1 and sorted(f["from"] for f in found)[0] == "mirror-" + whose, (found, end)
            found, end = scrub(place, "--mirror", "mirror-north", "--mirror", "mirror-south")
            assert end["found"] == end["repaired"] == 1
            assert bytes_of(place, PAY) == good
        order = good.index(b'{"order":7,')
        flip(place, PAY, order + 3)
        found, end = scrub(place, "--mirror", "mirror-north", "--mirror", "mirror-south", status=7)
        assert end["found"] == 1 and end["repaired"] == 0 and found[0]["order"] == 7 and "no copy here has bytes" in found[0]["from"], found
        found, end = scrub(place, "--mirror", "mirror-north", "--backup", "backup")
        assert end["repaired"] == 1 and bytes_of(place, PAY) == good
        place.check()


def hashes_come_from_a_backup():
    with Place() as place:
        lived(place)
        good = bytes_of(place, LOG)
        flip(place, LOG, 5 * 512 + 100)
        place.parley("log", "check", "log", status=7)
        found, end = scrub(place, "--mirror", "mirror-north", status=7)
        assert found[0]["rot"] == "hashes" and found[0]["byte"] == 5 * 512 and end["repaired"] == 0 and "no mirror has" in found[0]["from"] and end["lost"] >= 1, (found, end)
        out, _ = place.parley("scrub", "log", "--backup", "backup")
        assert "ROT  journal/log-00000001.seg, byte 2560, 512 bytes" in out and "repaired from backup" in out and "1 places are not, 1 of them repaired" in out, out
        assert bytes_of(place, LOG) == good
        # A backup that is rotten in the same place gives nothing.
        shutil.copytree(place.file("backup"), place.file("spoilt"))
        flip(place, LOG, 5 * 512 + 100)
        flip(place, LOG, 5 * 512 + 200, log="spoilt")
        spoilt = bytes_of(place, LOG)
        found, end = scrub(place, "--backup", "spoilt", status=7)
        assert end["repaired"] == 0 and bytes_of(place, LOG) == spoilt
        scrub(place, "--backup", "spoilt", "--backup", "backup")
        assert bytes_of(place, LOG) == good
        place.parley("scrub", "none", status=5)
        place.parley("scrub", "log", "--backup", "none", status=5)
        place.parley("scrub", "log", "--mirror", "none", status=5)


if __name__ == "__main__":
    run([beside_a_server, a_start_in_the_midst_counts_once, its_end_is_told, payloads_come_from_mirrors, hashes_come_from_a_backup])
