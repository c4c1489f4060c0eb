"""Tables that are full, raised by a statement, and larger from the next start on; and a machine that has too little memory for what was stated."""
import json
import time

import system
from system import Place, Server

CIRCLE = ("--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", "+1h", "--to", "+2h")


def notice(place, status=0):
    return place.parley("notice", "file", "--area", "A", "--category", "missile", *CIRCLE, "--key", "north.key", status=status)


def operator(place, *words, status=0):
    return place.parley("capacity", *words, "--key", "registry.key", status=status)


def small(place):
    place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=4", "--capacity", "volumes=64")


def what_is_full_takes_more_behind_the_next_start():
    with Place() as place:
        small(place)
        with Server(place):
            place.party("north")
            notice(place)
            assert "notices" in notice(place, status=8)[1]
            out, _ = operator(place, "notices=12", "--show")
            assert "notices               4  then         12" in out and "taken at the next start\nnothing was stated: the same without --show states it\n" in out, out
            assert "then" not in operator(place)[0]  # it stated nothing
            out, _ = operator(place, "notices=12")
            assert "then         12" in out and "nothing was stated" not in out, out
            assert "notices" in notice(place, status=8)[1]  # it waits
            assert json.loads(operator(place, "--json")[0])["notices"] == {"in_force": 4, "then": 12}
            for words, field in ((("notices=3",), "/notices"), (("slots_log2=4",), "slots_log2=4"), (("dues=4",), "dues=4"), (("parties=9",), "/parties")):
                _, err = operator(place, *words, status=(3, 64))
                assert field in err, err
            _, err = place.parley("capacity", "--key", "north.key", status=4)
            assert "operator" in err, err
        with Server(place):
            notice(place)
            notice(place)
            assert "notices" in notice(place, status=8)[1]
            got = json.loads(operator(place, "--json")[0])
            assert got["notices"] == {"in_force": 12, "then": 12}, got
            assert got["memory"]["in_force"] == got["memory"]["then"] > 1e6
        place.check()
        with Server(place, "--verify"):
            assert "notices" in notice(place, status=8)[1]
        place.check()


def memory(place, *words, status=0):
    said = json.loads(place.parley(*words, "--json", status=status)[0])
    said = said.get("memory", said)
    assert said["bytes"] == sum(t["bytes"] for t in said["tables"]) and said["then"] == sum(t["then"] for t in said["tables"]), said
    return said["bytes"], said["then"], {t["table"]: (t["bytes"], t["then"]) for t in said["tables"]}


def memory_is_said_table_by_table():
    """By init, by limits (of a log to come, of one that is there), and by doctor; what waits counts, and what was raised, not the genesis alone."""
    capacities = ("slots_log2=3", "parties=4", "notices=4", "volumes=64")
    with Place() as place:
        out = place.init(*[w for c in capacities for w in ("--capacity", c)])
        assert "memory of the tables" in out and "notices" in out and "  all  " in out, out
        to_come = memory(place, "limits", *[w for c in capacities for w in ("--capacity", c)])
        first = memory(place, "limits", "log")
        assert first == to_come == memory(place, "doctor", "log", status=(0, 9)) and first[0] == first[1] > 1e6, (first, to_come)
        place.parley("limits", "--capacity", "parties=4", "--capacity", "notices=3", status=3)
        assert "TABLE=N" in place.parley("limits", "--capacity", "dues=3", status=64)[1]
        assert "--capacity" in place.parley("limits", "log", "--capacity", "notices=3", status=64)[1]
        place.parley("limits", "none", status=5)
        usual, _ = place.parley("limits")
        assert "604,800,000,000,000 ns  7 days" in usual and "4,194,304 bytes" in usual and "memory of the tables" in usual, usual
        assert "OK: the state takes" in usual and all(set(l) == {"name", "value", "unit", "meaning"} for l in json.loads(place.parley("limits", "--json")[0]))
        with Server(place):
            operator(place, "notices=4096")
            waits = memory(place, "limits", "log")
            assert waits[0] == first[0] and waits[1] > first[1] and waits[2]["notices"][1] > waits[2]["notices"][0] == first[2]["notices"][0], waits
        assert memory(place, "doctor", "log", status=(0, 9)) == waits
        out, _ = place.parley("doctor", "log", status=(0, 9))
        assert "from the next start on by the capacities that wait" in out and "come into force at the next start" in out, out
        with Server(place):
            assert "then" not in operator(place)[0]
        raised = memory(place, "doctor", "log", status=(0, 9))
        assert raised[0] == raised[1] == waits[1] and raised[2]["notices"] == (waits[2]["notices"][1],) * 2, raised
        with Server(place):
            operator(place, "tracks=67108864", "alerts=67108864", "recent=67108864", "volumes=67108864")
        out, _ = place.parley("doctor", "log", status=10)
        assert "the next start would be refused" in out, out


def the_keeper_grows_with_it():
    """Confined as it is: it takes the memory when it meets the statement, and goes on to write snapshots that a start uses and the check finds good."""
    def kept(server):
        return system.harness.figures(server.ask("GET", "/metrics")[2].decode())

    def until(what, condition):
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.05)

    with Place() as place:
        small(place)
        with Server(place, "--snapshot-ticks", "1") as server:
            place.party("north")
            until("no snapshots", lambda: kept(server)["parley_snapshots_total"] >= 1)
            operator(place, "notices=12", "tracks=140000")  # so large that the arena asks for large pages
        for _ in range(2):  # it meets grow behind a snapshot; then it starts from one that has it in force
            with Server(place, "--snapshot-ticks", "1") as server:
                assert "then" not in operator(place)[0]
                until("it writes no more", lambda: kept(server)["parley_snapshots_total"] >= 2)
                assert kept(server)["parley_keeper_up"] == 1 and '"keeper_failed"' not in server.stderr() and '"forbidden_call"' not in server.stderr(), server.stderr()
                notice(place)
                system.wait_for_tick(server, 2)
        assert place.check()["digests"] >= 3


def too_little_memory_is_said_and_nothing_is_lost():
    with Place() as place:
        small(place)
        with Server(place):
            place.party("north")
            operator(place, "tracks=67108864", "alerts=67108864", "recent=67108864", "volumes=67108864")
        before = place.check()
        _, err = place.parley("serve", "--data", "log", "--listen", "127.0.0.1:0", status=8)
        for word in ("capacities stated with order", "bytes of memory", "the machine has", "Nothing is lost", "--hold-capacity"):
            assert word in err, err
        assert place.check() == before  # it was looked at, and is as it was
        with Server(place, "--hold-capacity"):
            notice(place)
            operator(place, "tracks=16384", "alerts=16384", "recent=262144", "volumes=64")  # taken back
        with Server(place):
            assert "then" not in operator(place)[0]
        place.check()


if __name__ == "__main__":
    system.run([what_is_full_takes_more_behind_the_next_start, memory_is_said_table_by_table, the_keeper_grows_with_it, too_little_memory_is_said_and_nothing_is_lost])
