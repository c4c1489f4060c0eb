"""`parley status`: what a service engineer sees at a glance. An empty server, one of which a table is almost full, a read-back that is overdue;
and that a party sees its own alone."""
import json
import re
import time

import system
from cli_test import AGREEMENT, CIRCLE
from notam_import_test import message
from system import Place, Server

SIMULATED = ("--clock-rate", "20", "--clock-start", "2030-01-01T00:00:00Z")  # sure of its time, whatever the machine's clock


def status(place, key, *words):
    return place.parley("status", "--key", key, *words)[0]


def parsed(place, key):
    return json.loads(status(place, key, "--json"))


def an_empty_server_is_well():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place, *SIMULATED):
            out = status(place, "registry.key")
            assert out.startswith("OK: nothing wants attention\n"), out
            assert re.search(r"^server: version \S+, up for [\d.]+ (ms|s|us); \d+ statements queued, 0 searches wait to go on$", out, re.M), out
            assert re.search(r"^disk: [\d.]+ [MGT]B free, [\d.]+ [kMG]B of it kept for what warns people; for how long is known a minute after the start$", out, re.M), out
            assert re.search(r"^snapshot: none yet; a start steps \d+ statements; 0 written since the start, 0 failed, 0 unusable$", out, re.M), out
            assert re.search(r"^read-backs of all parties: 0 waiting, 0 overdue$", out, re.M), out
            assert re.search(r"^tables, of the log's capacity\n  keys +1 of +256   <1 %\n  empty: .*\bnotices\b", out, re.M), out
            assert re.search(r"^quotas of the parties, of their shares\n  registry +keys +1 of +64    1 %\n", out, re.M), out
            told = parsed(place, "registry.key")
            assert told["attention"] == [] and told["server"]["snapshot"]["age_s"] is None and told["server"]["disk"]["left_s"] is None
            north = place.party("north")
            out = status(place, north)
            assert out.startswith("OK: nothing wants attention\n") and "your own, of your share" in out and "registry" not in out.replace("system.example", ""), out


def an_almost_full_table_is_named_first():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4", "--capacity", "notices=32")
        with Server(place, *SIMULATED):
            for party in ("north", "south"):
                place.party(party)
            for i in range(6):  # of a share of 8: three quarters
                place.parley("notice", "file", "--area", "AREA %d" % i, "--category", "missile", *CIRCLE, "--key", "north.key")
            for key in ("north.key", "registry.key"):
                lines = status(place, key).splitlines()
                assert lines[0] == "WARN: 1 thing to look at by day" and re.fullmatch(r"  warn   quota +north: notices 6 of 8 \(75 %\)", lines[1]), lines
            place.parley("notice", "file", "--area", "AREA 6", "--category", "missile", *CIRCLE, "--key", "north.key")
            for key in ("north.key", "registry.key"):
                lines = status(place, key).splitlines()
                assert lines[0] == "ALARM: 1 thing to look at now", lines
                assert re.fullmatch(r"  ALARM  quota +north: notices 7 of 8 \(87 %\): only what warns people is still taken", lines[1]), lines
            own, out = status(place, "north.key"), status(place, "registry.key")
            assert re.search(r"^your own, of your share\n  notices +7 of +8   87 %  NEARLY FULL$", own, re.M), own
            assert re.search(r"^quotas of the parties, of their shares\n  north +notices +7 of +8   87 %  NEARLY FULL$", out, re.M), out
            assert re.search(r"^tables, of the log's capacity\n  notices +7 of +32   21 %$", out, re.M), out
            # Nobody else learns of it.
            other = status(place, "south.key")
            assert other.startswith("OK") and "north" not in other, other
            assert "north" not in json.dumps(parsed(place, "south.key"))
            place.parley("notice", "file", "--area", "AREA 7", "--category", "missile", *CIRCLE, "--key", "north.key")
            assert re.search(r"^  notices +8 of +8  100 %  FULL$", status(place, "north.key"), re.M)
            # The slowest steps by kind, the worst first, with their orders.
            told = parsed(place, "registry.key")["server"]["steps"]
            kinds = {k["kind"]: k for k in told["kinds"]}
            assert kinds["notice"]["count"] == 8 and len(kinds["notice"]["slowest"]) == 4 and told["count"] == sum(k["count"] for k in told["kinds"]), told
            for k in told["kinds"]:
                ms = [s["ms"] for s in k["slowest"]]
                assert ms == sorted(ms, reverse=True) and ms[0] > 0 and all(s["order"] > 0 for s in k["slowest"]), k
            worst = [k["slowest"][0]["ms"] for k in told["kinds"]]
            assert worst == sorted(worst, reverse=True)
            out = status(place, "registry.key", "--all")
            assert re.search(r"^  notice +[\d.]+ \w+ \(order \d+\), \d+ of 8 over the limit$", out, re.M) and re.search(r"^  key|^  party ", out, re.M), out
            assert re.search(r"^south: \d+ records, 0 forks$", out, re.M), out


def an_overdue_read_back_is_an_alarm():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place, *SIMULATED):
            for party in ("north", "relief", "south"):
                place.party(party)
            place.write("agreement.json", AGREEMENT)
            place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--key", "relief.key")
            notice = place.entity(place.parley("notice", "file", "--area", "LATE", "--category", "missile", "--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100",
                                               "--from", "+3h", "--to", "+4h", "--key", "north.key")[0], "notice")
            assert "read-backs: 1 waiting, 0 overdue" in status(place, "relief.key")
            until = time.monotonic() + 60
            while parsed(place, "relief.key")["readbacks"]["overdue"] == 0:
                assert time.monotonic() < until
                time.sleep(0.2)
            for key, whose in (("relief.key", "read-backs"), ("registry.key", "read-backs of all parties")):
                lines = status(place, key).splitlines()
                assert lines[0] == "ALARM: 1 thing to look at now" and re.fullmatch(r"  ALARM  read-backs +1 overdue, the longest for [\d.]+ (s|ms|us|min)", lines[1]), lines
                at = [i for i, line in enumerate(lines) if line.startswith("%s: 1 waiting, 1 overdue" % whose)]
                assert len(at) == 1 and re.fullmatch(r"  relief: notice %s, overdue for [\d.]+ (s|ms|us|min), called (once|\d+ times)(, again in [\d.]+ (s|ms|us|min))?, place \d+" % notice, lines[at[0] + 1]), lines
                assert re.fullmatch(r'    "LATE" from 2030-01-01T0\d:\d\d:\d\dZ to 2030-01-01T0\d:\d\d:\d\dZ', lines[at[0] + 2]), lines
            for key in ("north.key", "south.key"):
                assert "overdue" not in status(place, key).replace("0 waiting, 0 overdue", ""), key
            late = parsed(place, "registry.key")["readbacks_of_all"]
            assert late["late"][0]["party"] == "relief" and late["late"][0]["notice"] == notice and late["longest_s"] == late["late"][0]["overdue_s"] > 0, late
            # Cancelled, there is nothing to read back any more.
            place.parley("notice", "cancel", notice, "--key", "north.key")
            assert parsed(place, "relief.key")["readbacks"]["past"] == 0 and status(place, "relief.key").startswith("OK")


def what_was_over_when_it_was_imported_alarms_nobody():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place, *SIMULATED):
            for party in ("north", "relief"):
                place.party(party)
            place.write("agreement.json", dict(AGREEMENT, rules=[dict(AGREEMENT["rules"][0], tail_s=86400)]))
            place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--key", "relief.key")
            place.write("old.txt", message("A0001/29", "2912300000", "2912310000") + "\n" + message("A0002/29", "2912310000", "3001020000"))
            assert " 1 over, " in place.parley("import", "notam", "old.txt", "--key", "north.key")[0]
            until = time.monotonic() + 60
            while parsed(place, "relief.key")["readbacks"]["told_over"] == 0:
                assert time.monotonic() < until
                time.sleep(0.2)
            for key in ("relief.key", "registry.key"):
                out = status(place, key)
                assert re.search(r"^  ALARM  read-backs +1 overdue, ", out, re.M) and "is that desk on watch" not in out, out
                assert re.search(r"^read-backs.*: 2 waiting, 1 overdue, 1 not made, of hazards that were over when told", out, re.M), out
            due = place.parley("list", "due", "--key", "relief.key")[0].splitlines()
            assert len(due) == 2 and due[0].startswith("OVERDUE ") and 'area="A0002/29' in due[0], due
            assert due[1].startswith("past ") and 'area="A0001/29' in due[1] and "; of a hazard that was over when it was told; was to be answered by " in due[1], due


def what_a_party_has_to_look_at_is_told_to_it():
    """Its immediate alerts, the holds that wait for its answer and for that of others; nobody else's."""
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        with Server(place) as server:
            for party in ("north", "relief", "south"):
                place.party(party)
            place.parley("flight", "file", "--callsign", "RLF1", "--persons", "6", "--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", "+0s", "--to", "+2h", "--key", "relief.key")
            notice = place.entity(place.parley("notice", "file", "--area", "NOW", "--category", "missile", "--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100",
                                               "--from", "+25s", "--to", "+1h", "--key", "north.key")[0], "notice")
            hold = place.entity(place.parley("hold", notice, "--text", "RLF1 inside", "--key", "relief.key")[0], "hold")
            system.wait_for_tick(server, 1)
            relief, north, south = (status(place, p + ".key") for p in ("relief", "north", "south"))
            assert re.search(r"^  ALARM  alerts +1 immediate, the first entry in [\d.]+ (s|min), 1 not read back: 'parley list alerts'$", relief, re.M), relief
            assert re.search(r"^  warn   holds +1 of yours without an answer, the longest for [\d.]+ \w+: telephone$", relief, re.M), relief
            assert north.startswith("ALARM: 1 thing") and re.search(r"^  ALARM  holds +1 asked of you without your answer, the longest for [\d.]+ \w+: 'parley list holds'$", north, re.M), north
            assert not re.search("immediate|answer", south), south
            place.parley("answer", hold, "WILCO", "--key", "north.key")
            assert "holds " not in status(place, "north.key").split("your own")[0] and "holds " not in status(place, "relief.key").split("your own")[0]


def what_others_see_and_sign_is_shown():
    """What is released to the drone world, and who is asked to sign the log: here one that is not there."""
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=4")
        place.parley("dev-token", "authority", "--sub", "uss1", "--audience", "localhost", "--scope", "utm.strategic_coordination")
        key = place.parley("witness", "key", "witness.key", "--name", "witness.example/gone")[0].strip()
        with Server(place, "--token-key", place.file("authority.pub"), "--audience", "localhost", "--public-url", "https://sorrel.example", "--witness", key + "=http://127.0.0.1:9"):
            place.party("north")
            place.parley("notice", "file", "--area", "SHOWN", "--category", "missile", *CIRCLE, "--key", "north.key")
            for _ in range(600):
                out = status(place, "registry.key")
                if "failed, now" in out:
                    break
                time.sleep(0.1)
            assert re.search(r"^witness witness\.example/gone: has signed nothing yet; none since the start, .+ ago, 0 times, \d+ failed, now: unreachable", out, re.M), out
            assert re.search(r"^to the drone world: \d+ constraints and 0 operational intents under https://sorrel\.example, 0 of them by circles; 0 wait to be shown$", out, re.M), out


def main():
    system.run([what_others_see_and_sign_is_shown, an_empty_server_is_well, an_almost_full_table_is_named_first, an_overdue_read_back_is_an_alarm, what_was_over_when_it_was_imported_alarms_nobody, what_a_party_has_to_look_at_is_told_to_it])


if __name__ == "__main__":
    main()
