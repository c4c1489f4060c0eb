"""Many clients at once, and a server that is killed: twenty that write disjoint volumes of one area all succeed; the versions of an entity that several
fight for are one line, and a read sees a version that stood while it was under way; what was answered is there after kill -9; a long sequence lived twice
on one server gives the same answers and leaves nothing behind."""
import http.client
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import random_f3411
import random_f3548
import rid_model as r
import table_base as base
from table_base import CONSTRAINTS, HOUR, INTENTS, MANAGEMENT, NAMES, STRATEGIC, SUBSCRIPTIONS, now
import harness as h

CLIENTS = 20
SEED = int(os.environ.get("PARLEY_SEED", "20261129"))
ROUNDS = int(os.environ.get("PARLEY_ROUNDS", "6"))
S = None


def at_once(work, count=CLIENTS):
    """work(number, client) in so many threads; the first failure of any is raised."""
    failed, gate = [], threading.Barrier(count)

    def run(number):
        try:
            client = cl.Client(S)
            gate.wait()
            work(number, client)
            client.close()
        except BaseException as why:
            failed.append(why)
    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failed:
        raise failed[0]


def must(status, answer):
    assert answer[0] == status, answer
    return answer[1]


def disjoint_volumes_of_one_area():
    """Each client its own spot; a subscription over all of them counts each write; every reply is seen by the next read and query."""
    lat, lng = 10.0, 20.0
    client = cl.Client(S)
    watch = must(200, client.ask("PUT", SUBSCRIPTIONS + "/" + cl.id4(), base.subscription(cl.volume(cl.square(lat + 0.1, lng + 0.1, 20), None, None, now(), now(20 * HOUR)),
                                                                                        notify_for_constraints=True), "watcher", {STRATEGIC}))["subscription"]
    indices, lock = [], threading.Lock()

    def told(reply):
        with lock:
            indices.extend(s["notification_index"] for e in reply["subscribers"] for s in e["subscriptions"] if s["subscription_id"] == watch["id"])

    def work(number, client):
        who, at = "uss%d" % number, (lat + 0.04 * (number % 5), lng + 0.05 * (number // 5))
        for turn in range(3):
            for path, scope, make, more in ((INTENTS, STRATEGIC, base.intent, {"new_subscription": {"uss_base_url": "https://uss%d.example" % number}}), (CONSTRAINTS, MANAGEMENT, base.constraint, {})):
                id, volume = cl.id4(), base.block(*at, radius=500)
                reply = must(201, client.ask("PUT", path + "/" + id, make(volume, **more), who, {scope}))
                told(reply)
                shown = reply[NAMES[path]]
                assert must(200, client.ask("GET", path + "/" + id, None, who, {scope}))[NAMES[path]] == shown
                found = must(200, client.ask("POST", path + "/query", {"area_of_interest": volume}, who, {scope}))[NAMES[path] + "s"]
                assert found == [shown], (found, shown)
                reply = must(200, client.ask("PUT", "%s/%s/%s" % (path, id, shown["ovn"]), make(base.block(*at, radius=600), **more), who, {scope}))
                told(reply)
                shown = reply[NAMES[path]]
                assert shown["version"] == 2
                told(must(200, client.ask("DELETE", "%s/%s/%s" % (path, id, shown["ovn"]), None, who, {scope})))
                assert client.ask("GET", path + "/" + id, None, who, {scope})[0] == 404
    at_once(work)
    assert sorted(indices) == list(range(1, CLIENTS * 3 * 2 * 3 + 1)), sorted(indices)
    left = must(200, client.ask("GET", SUBSCRIPTIONS + "/" + watch["id"], None, "watcher", {STRATEGIC}))["subscription"]
    assert left["version"] == watch["version"] and left["notification_index"] == len(indices)
    must(200, client.ask("DELETE", "%s/%s/%s" % (SUBSCRIPTIONS, watch["id"], watch["version"]), None, "watcher", {STRATEGIC}))


def a_hundred_areas_under_a_live_subscription():
    """F3411: created, read, searched and deleted by twenty at a time, through both versions."""
    client, points = cl.Client(S), [(12.0, 30.0), (12.0, 30.1), (12.1, 30.1), (12.1, 30.0)]
    text = "area=" + ",".join("%.7f,%.7f" % p for p in points)
    watch = must(200, client.ask("PUT", "/rid/v2/dss/subscriptions/" + cl.id4(), {"extents": cl.volume(cl.polygon(*points), None, None, None, now(HOUR)), "uss_base_url": "https://watch.example"},
                                 "watcher", {r.DISPLAY}))["subscription"]
    indices, lock = [], threading.Lock()

    def work(number, client):
        for turn in range(5):
            v1 = (number + turn) % 2
            path, write, read = ("/v1/dss", r.WRITE, r.READ) if v1 else ("/rid/v2/dss", r.SERVICE, r.DISPLAY)
            body = {"extents": {"spatial_volume": {"footprint": {"vertices": [{"lat": a, "lng": o} for a, o in points]}}, "time_end": cl.stamp(now(HOUR))}, "flights_url": "https://u.example/flights"} if v1 else \
                {"extents": cl.volume(cl.circle(12.05, 30.05, 300), None, None, None, now(HOUR)), "uss_base_url": "https://u.example"}
            id = cl.id4()
            made = must(200, client.ask("PUT", path + "/identification_service_areas/" + id, body, "owner%d" % number, {write}))
            assert must(200, client.ask("GET", path + "/identification_service_areas/" + id, None, "owner0", {read}))["service_area"] == made["service_area"]
            found = {a["id"] for a in must(200, client.ask("GET", path + "/identification_service_areas?" + text, None, "owner0", {read}))["service_areas"]}
            assert id in found
            gone = must(200, client.ask("DELETE", "%s/identification_service_areas/%s/%s" % (path, id, made["service_area"]["version"]), None, "owner%d" % number, {write}))
            found = {a["id"] for a in must(200, client.ask("GET", path + "/identification_service_areas?" + text, None, "owner0", {read}))["service_areas"]}
            assert id not in found
            with lock:
                indices.extend(s["notification_index"] for reply in (made, gone) for e in reply["subscribers"] for s in e["subscriptions"] if s["subscription_id"] == watch["id"])
    at_once(work)
    assert sorted(indices) == list(range(1, 201)), sorted(indices)
    must(200, client.ask("DELETE", "/rid/v2/dss/subscriptions/%s/%s" % (watch["id"], watch["version"]), None, "watcher", {r.DISPLAY}))


def answers_are_never_cut_short():
    """Hundreds in one place: a query, the missing ones of a key, and what a new subscription is told of, name them all."""
    at, client, ids = (18.0, 55.0), cl.Client(S), {"intents": set(), "constraints": set(), "areas": set()}
    lock = threading.Lock()

    def work(number, client):
        for turn in range(15):
            i, x, a = cl.id4(), cl.id4(), cl.id4()
            who, low = "uss%d" % number, 1000 + 15 * number + turn
            must(201, client.ask("PUT", INTENTS + "/" + i, base.intent(base.block(*at, lower=low, upper=low + 0.5)), who, {STRATEGIC}))
            must(201, client.ask("PUT", CONSTRAINTS + "/" + x, base.constraint(base.block(*at, lower=low, upper=low)), who, {MANAGEMENT}))
            must(200, client.ask("PUT", "/rid/v2/dss/identification_service_areas/" + a, {"extents": cl.volume(cl.circle(*at, 500), None, None, None, now(HOUR)), "uss_base_url": "https://u.example"}, who, {r.SERVICE}))
            with lock:
                ids["intents"].add(i), ids["constraints"].add(x), ids["areas"].add(a)
    at_once(work)

    def named(entities):
        found = [e["id"] for e in entities]
        assert len(found) == len(set(found))
        return set(found)
    area, wide = {"area_of_interest": base.block(*at, lower=0, upper=5000)}, base.intent(base.block(*at, lower=0, upper=5000), new_subscription={"uss_base_url": "https://w.example", "notify_for_constraints": True})
    intents = must(200, client.ask("POST", INTENTS + "/query", area, "watcher", {STRATEGIC}))["operational_intent_references"]
    constraints = must(200, client.ask("POST", CONSTRAINTS + "/query", area, "watcher", {MANAGEMENT}))["constraint_references"]
    assert named(intents) == ids["intents"] and named(constraints) == ids["constraints"]
    missing = must(409, client.ask("PUT", INTENTS + "/" + cl.id4(), wide, "watcher", {STRATEGIC}))
    assert named(missing["missing_operational_intents"]) == ids["intents"] and named(missing["missing_constraints"]) == ids["constraints"]
    reply = must(200, client.ask("PUT", SUBSCRIPTIONS + "/" + cl.id4(), base.subscription(base.block(*at), notify_for_constraints=True), "watcher", {STRATEGIC}))
    assert named(reply["operational_intent_references"]) == ids["intents"] and named(reply["constraint_references"]) == ids["constraints"]
    must(200, client.ask("DELETE", "%s/%s/%s" % (SUBSCRIPTIONS, reply["subscription"]["id"], reply["subscription"]["version"]), None, "watcher", {STRATEGIC}))
    text = "area=" + ",".join("%.7f,%.7f" % (at[0] + y, at[1] + x) for x, y in ((0, 0), (0.001, 0), (0, 0.001)))
    for path, read in (("/v1/dss", r.READ), ("/rid/v2/dss", r.DISPLAY)):
        found = must(200, client.ask("GET", path + "/identification_service_areas?" + text, None, "watcher", {read}))["service_areas"]
        assert named(found) == ids["areas"]
    for e in found:
        must(200, client.ask("DELETE", "/rid/v2/dss/identification_service_areas/%s/%s" % (e["id"], e["version"]), None, e["owner"], {r.SERVICE}))
    for path, entities, scope in ((INTENTS, intents, STRATEGIC), (CONSTRAINTS, constraints, MANAGEMENT)):
        for e in entities:
            own = must(200, client.ask("GET", path + "/" + e["id"], None, e["manager"], {scope}))[NAMES[path]]
            must(200, client.ask("DELETE", "%s/%s/%s" % (path, e["id"], own["ovn"]), None, e["manager"], {scope}))


# --- one entity, many hands ---

class Fought:
    """One entity that all write at once by the version that they last saw: what each success replaced, and when each reply came."""

    def __init__(self, start):
        self.lock, self.line, self.reads, self.refused = threading.Lock(), {start: (None, 0.0, 0.0)}, [], 0  # version -> (replaced, sent, answered)

    def wrote(self, before, after, sent, answered):
        with self.lock:
            assert after not in self.line, "a version given out twice"
            self.line[after] = (before, sent, answered)

    def check(self, last):
        """One line from the first to the last; a read between sees what stood at some moment of it."""
        followed = {}
        for after, (before, _, _) in self.line.items():
            assert before not in followed, "two writes replaced %s" % before
            followed[before] = after
        chain, at = [], followed.get(None)
        while at:
            chain.append(at)
            at = followed.get(at)
        assert len(chain) == len(self.line) and chain[-1] == last, (len(chain), len(self.line), chain[-1], last)
        place = {version: i for i, version in enumerate(chain)}
        for version, sent, answered in self.reads:
            assert version in place, "a read of what nobody wrote: %s" % version
            i = place[version]
            assert self.line[version][1] <= answered, "a read of what was not yet sent"
            if i + 1 < len(chain):  # its successor's reply had not come before the read was sent
                assert self.line[chain[i + 1]][2] >= sent, "a read of what had been replaced"
        return len(chain), self.refused


def fight(path, make, name, number, scopes, who=lambda i: "uss1", status=201):
    client, id = cl.Client(S), cl.id4()
    made = must(status, client.ask("PUT", path + "/" + id, make(0), "uss1", scopes))[name]
    fought, stop = Fought(made[number]), time.time() + 1.5

    def work(i, client):
        chosen, known = random.Random(SEED + i), made[number]
        while time.time() < stop:
            sent = time.time()
            if chosen.random() < 0.4:
                got, reply = client.ask("GET", path + "/" + id, None, "uss1", scopes)
                assert got == 200, reply
                known = reply[name][number]
                with fought.lock:
                    fought.reads.append((known, sent, time.time()))
                continue
            got, reply = client.ask("PUT", "%s/%s/%s" % (path, id, known), make(chosen.randrange(1000)), "uss1", scopes)
            assert got in (200, 409), reply
            if got == 200:
                fought.wrote(known, reply[name][number], sent, time.time())
                known = reply[name][number]
            else:
                fought.refused += 1
    at_once(work, 8)
    last = must(200, client.ask("GET", path + "/" + id, None, "uss1", scopes))[name]
    length, refused = fought.check(last[number])
    print("# %s: %d writes in one line, %d refused, %d reads" % (name, length, refused, len(fought.reads)), flush=True)
    assert length > 3 and refused > 0 and (name == "subscription" or name == "service_area" or last["version"] == length), (length, refused, last)
    must(200, client.ask("DELETE", "%s/%s/%s" % (path, id, last[number]), None, "uss1", scopes))


def versions_are_one_line():
    at = (14.0, 40.0)
    fight(INTENTS, lambda n: base.intent(base.block(*at, upper=100 + n)), "operational_intent_reference", "ovn", {STRATEGIC})
    fight(CONSTRAINTS, lambda n: base.constraint(base.block(*at, upper=100 + n)), "constraint_reference", "ovn", {MANAGEMENT})
    fight(SUBSCRIPTIONS, lambda n: base.subscription(base.block(*at, upper=100 + n)), "subscription", "version", {STRATEGIC}, status=200)
    fight("/rid/v2/dss/identification_service_areas", lambda n: {"extents": cl.volume(cl.circle(*at, 100 + n), None, None, None, now(HOUR)), "uss_base_url": "https://u.example"}, "service_area", "version",
          {r.SERVICE, r.DISPLAY}, status=200)


def one_of_those_who_meet_wins():
    """Many plan for the same place at once, each with an empty key: one at a time gets it, and the others are told of that one."""
    at, client = (16.0, 50.0), cl.Client(S)
    for turn in range(3):
        answers = [None] * CLIENTS

        def work(number, client):
            answers[number] = client.ask("PUT", INTENTS + "/" + cl.id4(), base.intent(base.block(*at)), "uss%d" % number, {STRATEGIC})
        at_once(work)
        won = [reply["operational_intent_reference"] for status, reply in answers if status == 201]
        assert len(won) == 1 and all(status in (201, 409) for status, _ in answers), answers
        assert all([i["id"] for i in reply["missing_operational_intents"]] == [won[0]["id"]] for status, reply in answers if status == 409)
        must(200, client.ask("DELETE", "%s/%s/%s" % (INTENTS, won[0]["id"], won[0]["ovn"]), None, won[0]["manager"], {STRATEGIC}))


def killed_or_ended_between_any_two_requests():
    """Random requests go on from life to life, over kill -9 and over an orderly end: what was answered is there as it was, and nothing else."""
    server = cl.server()
    chosen = random.Random(SEED)
    client = cl.Client(server)
    runs = [random_f3548.Run(client, SEED % 1000), random_f3411.Run(client, SEED % 1000 + 1)]
    for life in range(ROUNDS):
        for _ in range(chosen.randrange(10, 40)):
            chosen.choice(runs).step()
        client.close()
        if life % 3 == 2:
            server.stop(remove=False)
        else:
            server.kill()
        server.start()
        runs[0].look_at_all()
    for run in runs:
        run.clear()
    client.close()
    server.stop()


def killed_in_the_middle():
    """Eight write while the server is killed: each write that was answered is there; one without an answer is there or not, and a retry tells which."""
    server = cl.server()
    for life in range(max(2, ROUNDS // 3)):
        held, open_, lock = {}, [], threading.Lock()

        def work(number):
            client = cl.Client(server)
            while True:
                id = cl.id4()
                try:
                    status, reply = client.ask("PUT", CONSTRAINTS + "/" + id, base.constraint(base.block(20.0 + number, 60.0 + life)), "uss%d" % number, {MANAGEMENT})
                except (OSError, http.client.HTTPException, ValueError):  # no answer, or one that was cut off
                    with lock:
                        open_.append((number, id))
                    return
                assert status == 201, reply
                with lock:
                    held[id] = reply["constraint_reference"]
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        end = time.time() + 30
        while len(held) < 60 and time.time() < end:
            time.sleep(0.01)
        server.kill()
        for t in threads:
            t.join()
        server.start()
        client = cl.Client(server)
        assert len(held) > 8 and open_
        for number, id in open_:
            status, reply = client.ask("PUT", CONSTRAINTS + "/" + id, base.constraint(base.block(20.0 + number, 60.0 + life)), "uss%d" % number, {MANAGEMENT})
            assert status in (201, 409), reply
            held[id] = must(200, client.ask("GET", CONSTRAINTS + "/" + id, None, "uss%d" % number, {MANAGEMENT}))["constraint_reference"]
        found = {}
        for number in range(8):
            area = {"area_of_interest": cl.volume(cl.circle(20.0 + number, 60.0 + life, 2000), None, None)}
            found.update((x["id"], x) for x in must(200, client.ask("POST", CONSTRAINTS + "/query", area, "uss%d" % number, {MANAGEMENT}))["constraint_references"])
        assert found == held, (len(found), len(held))
        client.close()
    server.stop()


def the_same_again_on_one_server():
    """A long sequence twice: the same statuses, the same entities but for what is drawn anew, and nothing stays behind."""
    client, lives = cl.Client(S), []
    for life in (1, 2):
        statuses = []
        for kind in (random_f3548, random_f3411):
            client.log = []
            run = kind.Run(client, SEED % 1000 + 2, "-life-%d" % life)
            for _ in range(150):
                run.step()
            run.clear()
            statuses += [(method, path.split("?")[0].split("/")[3], status) for method, path, _, _, _, status, _ in client.log]
        lives.append(statuses)
    client.log = None
    assert lives[0] == lives[1]


def main():
    global S
    try:
        S = cl.server()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return

    def the_server_ends_cleanly():
        S.stop()
    h.run([disjoint_volumes_of_one_area, a_hundred_areas_under_a_live_subscription, answers_are_never_cut_short, versions_are_one_line, one_of_those_who_meet_wins, killed_or_ended_between_any_two_requests, killed_in_the_middle,
           the_same_again_on_one_server, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
