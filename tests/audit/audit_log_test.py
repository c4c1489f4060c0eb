"""The auditor on logs that the program made: the demonstration, and a part of the Swiss day. PARLEY_AUDIT_LOG names the tool."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import swiss_test  # noqa: E402
import system  # noqa: E402
from system import Place  # noqa: E402


def audit(log):
    done = subprocess.run([os.environ["PARLEY_AUDIT_LOG"], log], env=dict(os.environ, PARLEY_BIN=system.binary()), stdout=subprocess.PIPE, encoding="utf-8", timeout=1200)
    last = done.stdout.splitlines()[-1]
    print("# " + last)
    assert done.returncode == 0, done.stdout[:8000]
    # "0 complaints; looked at 103 records, 318 parts, …"
    return {name.strip(): int(n) for n, name in (x.strip().split(" ", 1) for x in last.split("looked at ")[1].split("; ")[0].split(", "))}


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def the_demonstration_stands():
    with Place() as place:
        subprocess.run(["tools/demonstration", "--script-only", "--port", str(free_port()), "--data", place.file("day")], check=True, cwd=system.ROOT,
                       env=dict(os.environ, PARLEY_BIN=system.binary()), stdout=subprocess.DEVNULL, timeout=600)
        seen = audit(place.file("day/log"))
        assert seen["records"] > 90 and seen["alerts"] >= 3 and seen["lead times"] >= 3 and seen["not judged"] == 0, seen


def an_hour_of_the_swiss_day_stands():
    swiss_test.tracks("switzerland.json.gz")
    with Place() as place:
        swiss_test.prepare(place)

        place.parley("replay", part_of_the_day(place), "--dir", "log", "--as", "radar", "--feed", "day", "--start", "2030-01-01T08:00:00Z", timeout=1200)
        seen = audit(place.file("log"))
        assert seen["alerts"] > 250 and seen["ticks"] > 3600 and seen["not judged"] == 0, seen


def part_of_the_day(place):
    """The positions between hour 7 and hour 8 of the recording, which is 08:00 of the log: two notices stand."""
    import gzip
    import json
    with gzip.open(swiss_test.tracks("switzerland.json.gz"), "rt", encoding="utf-8") as file:
        everything = json.load(file)
    first = min(p["timestamp"] for p in everything)
    hour = [p for p in everything if first + 7 * 3600000 <= p["timestamp"] < first + 8 * 3600000]
    return place.write("part.json", json.dumps([dict(p, timestamp=p["timestamp"]) for p in hour]))


if __name__ == "__main__":
    system.run([the_demonstration_stands, an_hour_of_the_swiss_day_stands])
