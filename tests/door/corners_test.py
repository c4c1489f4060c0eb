"""What a server meets seldom: settings and limits that few have, and what only a second address, a broken disk or a slow client brings."""
import json
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h

GET = b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"


def figure(server, name):
    return h.figures(server.ask("GET", "/metrics")[2].decode())[name]


def starts_not(words, status=None, **options):
    try:
        server = h.Server(**options)
    except RuntimeError as error:
        assert all(w in str(error) for w in words), (words, error)
        return
    server.kill()
    raise AssertionError("started with %s" % options)


def replies_on_a_grid():
    with h.Server(reply_grid=20) as server:
        token = server.session("aramoor")
        for _ in range(5):
            assert server.ask("GET", "/v1/stream", token=token)[0] == 200
        assert server.say("message", [("body", ["velland"], {"text": "on the grid"})], ["aramoor"])[0] == 201
        assert server.raw(GET * 3, timeout=1).count(b"HTTP/1.1 200") == 3


def noise_has_its_rate():
    """Guesses cost an address what questions cost it; signatures that do not verify have a rate of their own."""
    with h.Server(rate_address=3) as server:
        status = 401
        for _ in range(100):
            status, headers, body = server.ask("GET", "/v1/stream", token="0" * 64)
            if status != 401:
                break
        assert status == 429 and headers["Retry-After"] == "1" and body["code"] == "rate", body
    with h.Server() as server:
        bad = h.sign(server.session_note("aramoor").split("\n\n")[0] + "\n", [h.Key("exercise/aramoor/root", bytes(32))])
        seen = [server.ask("POST", "/v1/session", {"note": bad})[0] for _ in range(60)]
        assert 429 in seen and set(seen) <= {400, 401, 403, 429}, seen
        # The same for statements, which are told apart only after a signature was looked at.
        forged = server.statement("message", [("body", ["velland"], {"text": "x"})], ["aramoor"])
        text = forged["note"].split("\n\n")[0] + "\n"
        key = server.key("aramoor")
        forged["note"] = h.sign(text, [type("K", (), {"name": key.name, "public": key.public, "private": h.Key(key.name, bytes(32)).private})])
        seen = [server.ask("POST", "/v1/statements", forged)[0] for _ in range(60)]
        assert 429 in seen and 201 not in seen, seen


def a_session_note_has_two_lines():
    with h.Server() as server:
        note = server.session_note("aramoor")
        text = note.split("\n\n")[0] + "\n"
        for changed in (text + "more\n", text.split("\n")[0] + "\n"):
            status, _, body = server.ask("POST", "/v1/session", {"note": h.sign(changed, [server.key("aramoor")])})
            assert status in (400, 401, 422) and "line" in body["rule"], body


def a_record_that_rotted_is_not_given_out():
    """The bytes of records change under a running server, one into zeros, others into other words: who asks is told so and no more, the log has the place, a
    counter counts; a reader of events is told the place and what stands behind it."""
    server = h.Server()
    try:
        mark = "a text that stands once on the disk " + secrets.token_hex(8)
        token = server.session("aramoor")
        before = server.say("message", [("body", ["velland"], {"text": "whole"})], ["aramoor"])[2]["place"]
        places = []
        for body in (mark + " North", mark + " East"):
            status, _, said = server.say("message", [("body", ["velland"], {"text": body})], ["aramoor"])
            assert status == 201
            places.append(said["place"])
        after = server.say("message", [("body", ["velland"], {"text": "whole again"})], ["aramoor"])[2]["place"]
        for _ in range(8):  # the journal's last block is written again with what comes next: what is to rot lies well before it
            assert server.say("message", [("body", ["velland"], {"text": "behind it " * 150})], ["aramoor"])[0] == 201
        other = server.session("velland")
        told = [r["seq"] for r in server.ask("GET", "/v1/stream?limit=1000", token=other)[2]["records"] if mark in json.dumps(r)]
        assert len(told) == 2
        server.stop(remove=False)
        server.start()  # what was just written is in memory; what stood there at the start is read when it is asked for
        token, other = server.session("aramoor"), server.session("velland")
        journal, found = os.path.join(server.directory, "journal"), 0
        for name in os.listdir(journal):
            with open(os.path.join(journal, name), "r+b") as file:
                data = file.read()
                for word, new in ((b" North", b" South"), (b" East", bytes(5))):
                    at = data.find(mark.encode() + word)
                    while at >= 0:
                        file.seek(at + len(mark))
                        file.write(new)
                        found += 1
                        at = data.find(mark.encode() + word, at + 1)
        assert found == 4, found  # the sender's section and what the other party was told, twice
        asked = 0
        for place, who in [(p, token) for p in places] + [(p, other) for p in told]:
            for path in ("/v1/stream?from=%d" % place, "/v1/stream?from=%d&limit=1" % place, "/v1/proof/%d/0" % place):
                status, _, body = server.ask("GET", path, token=who)
                while status == 404 and path.startswith("/v1/proof"):  # not sealed by a tick yet
                    time.sleep(0.2)
                    status, _, body = server.ask("GET", path, token=who)
                assert status == 500 and body["code"] == "rot" and body["rule"] == "the server could not do this; its log says why", (path, status, body)
                assert "journal" not in json.dumps(body) and mark not in json.dumps(body), body
                asked += 1
        assert figure(server, "parley_rot_total") == asked, asked
        page = server.ask("GET", "/v1/stream?from=%d" % before, token=token)[2]
        assert [r["seq"] for r in page["records"]] == [before] and page["next"] == before + 1, page
        reader = h.Events(server, token, query="?from=%d" % before)
        seen = [reader.next() for _ in range(4)]
        assert [k for k, _, _ in seen] == ["message", "rot", "rot", "message"] and [p for _, p, _ in seen] == [before] + places + [after], seen
        assert [json.loads(d)["seq"] for _, _, d in seen] == [before] + places + [after] and json.loads(seen[1][2])["code"] == "rot"
        log = [json.loads(l) for l in server.stderr().splitlines()]
        for event in ("request_failed", "event_failed"):
            lines = [l for l in log if l["event"] == event]
            assert lines and all(l["level"] == "error" and l["code"] == "rot" and "pay-00000001.seg, byte" in l["message"] for l in lines), lines
        reader.close()
        server.stop()
    finally:
        if server.process.poll() is None:
            server.kill()


def a_path_is_read_as_it_is_meant():
    with h.Server() as server:
        token = server.session("aramoor")

        def get(path):
            reply = server.raw(b"GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n" % (path, token.encode()), timeout=5)
            return int(reply.split()[1]), reply
        zeros = b"0" * 32
        for path, status in ((b"/v1/notices/aramoor/" + zeros, 404), (b"/v1/notices/%61ramoor/" + zeros, 404), (b"/v1/notices/%41ramoor/" + zeros, 400), (b"/v1/notices/aramoor%2F/" + zeros, 400),
                             (b"/v1/notices/aramoor%2f/" + zeros, 400), (b"/v1/notices/aramoor%zz/" + zeros, 400), (b"/v1/notices/aramoor%4/" + zeros, 400), (b"/v1/notices/ARAMOOR/" + zeros, 400),
                             (b"/v1/notices/aramoor/xyz", 400)):
            got, reply = get(path)
            assert got == status or {got, status} == {400, 404}, (path, reply)
            if path.startswith(b"/v1/notices/ARAMOOR"):
                assert b"party" in reply, reply
        for query, status in ((b"from=%30", 200), (b"from=%3a", 400), (b"from=%3A", 400), (b"from=%zz", 400), (b"from=%3", 400)):
            got, reply = get(b"/v1/stream?" + query)
            assert got == status, (query, reply)


def addresses_of_both_kinds():
    six = socket.has_ipv6
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        six = False
    if six:
        for listen in ("[::1]:0", "[::ffff:127.0.0.1]:0"):
            with h.Server(listen=listen) as server:
                server.host = "::1" if listen == "[::1]:0" else "127.0.0.1"
                assert server.ask("GET", "/healthy")[0] == 200
    with socket.create_server(("127.0.0.1", 0)) as taken:
        starts_not(["cannot listen on", "in use", "another program has it"], listen="127.0.0.1:%d" % taken.getsockname()[1])
    starts_not(["is not loopback"], listen="0.0.0.0:0")
    starts_not(["nobody.invalid"], listen="nobody.invalid:0")
    if not six:
        raise h.Skip("no IPv6 here")


def behind_a_proxy_the_last_one_counts():
    with h.Server(behind_proxy=1, rate_address=4) as server:
        def told(address):
            return server.ask("GET", "/healthy", headers={"X-Forwarded-For": "10.1.1.1, " + address})[0]
        # Each address has its own rate; of IPv6 a network of 64 bits is one.
        assert any(told("2001:db8:0:1::%x" % i) == 429 for i in range(100))
        assert told("2001:db8:0:2::1") == 200 and told("192.0.2.7") == 200 and told("nonsense") == 200


def whoever_has_most_makes_room():
    """At the limit a second address gets a place of the first; the first gets none of the second's, nor one of its own."""
    with h.Server(connections=6, connections_per_address=100) as server:
        def connect(address):
            s = socket.socket()
            s.bind((address, 0))
            s.settimeout(20)
            s.connect((server.host, server.port))
            return s

        def answered(s):
            try:
                s.sendall(GET)
                return s.recv(4096).startswith(b"HTTP/1.1 200")
            except OSError:
                return False
        def turned_away(address):
            try:
                return not answered(connect(address))
            except OSError:
                return True

        first = []
        for _ in range(6):
            first.append(connect("127.0.0.1"))
            assert answered(first[-1])
        assert turned_away("127.0.0.1")  # an address does not push out its own
        second = [connect("127.0.0.2") for _ in range(2)]
        assert all(answered(s) for s in second)
        assert sum(answered(s) for s in first) == 4
        assert turned_away("127.0.0.1")
        for s in first + second:
            s.close()
        for _ in range(400):  # until those are gone, this one may be turned away too
            try:
                if figure(server, "parley_http_connections") == 1:
                    break
            except OSError:
                pass
            time.sleep(0.02)
        assert figure(server, "parley_http_evicted_total") == 2 and figure(server, 'parley_http_turned_away_total{why="full"}') >= 2


def bodies_have_room_for_so_many():
    """What a party's bodies may take together is claimed when their length is known, before a byte of them came; and what they took is given back."""
    with h.Server() as server:
        token, most = server.session("aramoor"), 4 * 1024 * 1024
        head = b"POST /v1/feeds/radar/frames HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (token.encode(), most)
        held = [socket.create_connection((server.host, server.port), timeout=60) for _ in range(12)]
        for s in held:
            s.sendall(head + b"{")
        for _ in range(200):
            if figure(server, "parley_http_bodies_refused_total") > 0:
                break
            time.sleep(0.05)
        assert figure(server, "parley_http_bodies_refused_total") == 4  # 8 of 4 MiB are 32 MiB
        size = server.ask("GET", "/v1/log")[2]["size"]
        while server.ask("GET", "/v1/log")[2]["size"] < size + 3:  # the loop looks once a second at what they take
            time.sleep(0.1)
        for s in held:
            s.close()
        for _ in range(400):
            if figure(server, "parley_http_body_bytes") == 0:
                break
            time.sleep(0.05)
        assert figure(server, "parley_http_body_bytes") == 0
        size = server.ask("GET", "/v1/log")[2]["size"]
        while server.ask("GET", "/v1/log")[2]["size"] < size + 3:  # ... and gives it back
            time.sleep(0.1)


def a_frame_of_nonsense_names_the_member():
    with h.Server() as server:
        token = server.session("aramoor")
        assert server.say("feed", [("body", ["log"], {"feed": "radar-1", "readers": []})], ["aramoor"])[0] == 201
        now = server.now()
        for callsign, status in (("A B", 400), ("é", 400), ("", 400), ("OK1", 200)):
            aircraft = {"identity": "7c0001", "time": now, "lat": -47, "lng": -126, "callsign": callsign}
            got, _, body = server.ask("POST", "/v1/feeds/radar-1/frames", {"frames": [{"number": 1, "time": now, "aircraft": [aircraft]}]}, token=token)
            assert got == status and (got == 200 or "/frames/0/aircraft/0/callsign" in body["field"]), body


def the_page_shows_what_is_there_and_runs_nothing():
    """Names of others are text on it, whatever they hold; what is urgent is marked."""
    with h.Server(demo_page=1) as server:
        area = 'A<b>&"c"'
        assert server.say("flight", [("public", ["log"], {"callsign": "RLF1", "volumes": [dict(h.VOLUME, start=h.soon(server, 0), end=h.soon(server, 4))]})], ["velland"])[0] == 201
        status, _, body = server.say("notice", h.notice(server, area=area, volumes=[dict(h.VOLUME, start=h.soon(server, 0), end=h.soon(server, 3))]), ["aramoor"])
        assert status == 201, body
        for _ in range(100):
            page = server.ask("GET", "/")[2].decode()
            if 'class="' in page and "A&lt;b&gt;&amp;&quot;c&quot;" in page:
                break
            time.sleep(0.05)
        assert "A&lt;b&gt;&amp;&quot;c&quot;" in page and area not in page and re.search(r'<tr class="(advisory|caution|warning|immediate)">', page), page[:3000]


def while_it_ends_new_readers_are_sent_away():
    server = h.Server()
    with server:
        token = server.session("aramoor")
        kept = socket.create_connection((server.host, server.port), timeout=30)
        kept.sendall(GET)
        assert kept.recv(4096).startswith(b"HTTP/1.1 200")
        slow = socket.create_connection((server.host, server.port), timeout=30)  # keeps the drain waiting
        slow.sendall(b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        while figure(server, "parley_http_connections") < 3:
            time.sleep(0.02)
        os.kill(server.process.pid, signal.SIGTERM)
        while '"event":"draining"' not in server.stderr():
            time.sleep(0.02)
        kept.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode())
        got = kept.recv(65536)
        assert got.startswith(b"HTTP/1.1 503") and b"the server is going away" in got, got
        slow.close()
        kept.close()
        assert server.process.wait(timeout=30) == 0


def settings_that_are_odd():
    with tempfile.TemporaryDirectory(prefix="parley-corners-") as place:
        token = os.path.join(place, "token")
        for text in ("short", "has a blank in the middle", "x" * 300, ""):
            with open(token, "w", encoding="ascii") as out:
                out.write(text)
            os.chmod(token, 0o600)
            starts_not(["metrics-token"], metrics_token=token)
        # A certificate that is a folder, or more than one file should be.
        key = os.path.join(place, "key")
        for name in (place, key):
            if name == key:
                with open(key, "wb") as out:
                    out.write(b"x" * (1024 * 1024 + 1))
                os.chmod(key, 0o600)
            starts_not(["is no file of at most 1048576 bytes" if name == key else "is no regular file"], certificate=name, key=key)
        starts_not(["come together"], certificate=place)
        # What cannot change is refused at a reload with both values.
        settings = os.path.join(place, "settings")
        with open(settings, "w", encoding="ascii") as out:
            out.write("# nothing\n")
        with h.Server(config=settings) as server:
            with open(settings, "w", encoding="ascii") as out:
                out.write("tls-cert %s\n" % key)
            os.kill(server.process.pid, signal.SIGHUP)
            while '"event":"reload_refused"' not in server.stderr():
                time.sleep(0.02)
            refused = [json.loads(l) for l in server.stderr().splitlines() if "reload_refused" in l][-1]
            assert refused["field"] == "tls-cert" and "not given" in refused["message"], refused


def a_time_that_begins_now():
    with h.Server(clock_rate=5) as server:  # without a start: from now on, faster
        begun, now = time.time(), server.now()
        assert abs(time.mktime(time.strptime(now[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - begun) < 600, now


if __name__ == "__main__":
    h.run([replies_on_a_grid, noise_has_its_rate, a_session_note_has_two_lines, a_record_that_rotted_is_not_given_out, a_path_is_read_as_it_is_meant, addresses_of_both_kinds,
           behind_a_proxy_the_last_one_counts, whoever_has_most_makes_room, bodies_have_room_for_so_many, a_frame_of_nonsense_names_the_member,
           the_page_shows_what_is_there_and_runs_nothing, while_it_ends_new_readers_are_sent_away, settings_that_are_odd, a_time_that_begins_now])
