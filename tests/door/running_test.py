"""Running it: what the log tells, settings and certificates read anew, the drain."""
import datetime
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h


def strictly(line):
    def members(pairs):
        assert len({name for name, _ in pairs}) == len(pairs), line
        return dict(pairs)
    return json.loads(line, object_pairs_hook=members)


def log_of(server):
    """Every line of the log, each of the right form."""
    lines = [strictly(l) for l in server.stderr().splitlines()]
    for l in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", l["time"]) and l["level"] in ("debug", "info", "warning", "error"), l
        assert re.fullmatch(r"[a-z_]+", l["event"]), l
    return lines


def await_log(server, event, count=1, seconds=20):
    end = time.time() + seconds
    while True:
        found = [l for l in log_of(server) if l["event"] == event]
        if len(found) >= count:
            return found
        assert time.time() < end, "no line %s in %s" % (event, server.stderr()[-3000:])
        time.sleep(0.02)


def plain(server, token, text):
    headers = {"Authorization": "Bearer " + token, "Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    return json.dumps({"statement": {"kind": "message", "id": secrets.token_hex(16), "on": None, "prev": None},
                       "sections": [{"section": "body", "to": ["velland"], "body": {"text": text}}]}), headers


# --- the log ---

def every_reply_is_found_in_the_log_by_its_id():
    with h.Server(log_level="debug") as server:
        replies, token = {}, server.session("aramoor")

        def ask(method, path, *arguments, **named):
            status, headers, body = server.ask(method, path, *arguments, **named)
            replies[headers["Request-Id"]] = (status, body)
            return headers["Request-Id"]
        for path in ("/healthy", "/v1/log", "/v1/clock", "/nothing", "/v1/stream", "/metrics", "/v1/log?x=1", "/v1/log?token=" + token, "/v1/" + token):
            ask("GET", path)
        for path in ("/v1/stream", "/v1/notices", "/v1/notices/aramoor/" + "0" * 32, "/metrics"):
            ask("GET", path, token=token)
        ask("GET", "/v1/stream", token="0" * 64)
        ask("POST", "/v1/statements", b"{")
        ask("PUT", "/v1/session")
        text = secrets.token_hex(20)
        said = ask("POST", "/v1/statements", server.statement("message", [("body", ["velland"], {"text": text})], ["aramoor"]))
        body, headers = plain(server, token, text)
        unsigned = ask("POST", "/v1/statements", body.encode(), headers=headers)
        raw = server.raw(b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").decode()
        replies[re.search("Request-Id: ([0-9a-f]{16})", raw)[1]] = (411, None)
        await_log(server, "request", len(replies))
        server.stop(remove=False)
        lines = log_of(server)
        told = {l["request"]: l for l in lines if l["event"] == "request"}
        for id, (status, _) in replies.items():
            assert told[id]["status"] == status and told[id]["address"] == "127.0.0.1" and told[id]["took_ms"] >= 0, (id, status, told.get(id))
        for id in (said, unsigned):
            answer = replies[id][1]
            assert (told[id]["statement"], told[id]["place"], told[id]["verdict"]) == (answer["statement"], answer["place"], "accepted"), (told[id], answer)
        assert told[unsigned]["party"] == "aramoor" and told[said]["stream"] == "aramoor" and told[said]["route"] == "/v1/statements"
        assert {l["route"] for l in told.values() if "route" in l} >= {"/healthy", "/v1/notices/{}/{}", "/v1/stream"}
        everything = server.stderr()
        assert token not in everything and text not in everything and "?" not in everything
        assert [l["event"] for l in lines if l["level"] == "info"][0] == "starting"
        assert {"starting", "recovered", "listening", "draining", "ended", "refused"} <= {l["event"] for l in lines}


def levels_and_slow_requests():
    with h.Server(log_level="error") as server:
        server.ask("GET", "/nothing")
        assert server.stderr() == ""
    with h.Server(log_level="warning", slow_ms=1) as server:
        fast = server.ask("GET", "/healthy")[1]["Request-Id"]
        body = json.dumps(server.statement("message", [("body", ["velland"], {"text": "one"})], ["aramoor"]), ensure_ascii=False).encode()
        with socket.create_connection((server.host, server.port), timeout=30) as s:  # slow for sure: its body comes late
            s.sendall(b"POST /v1/statements HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            time.sleep(0.1)
            s.sendall(body)
            reply = s.recv(1 << 16).decode()
        assert reply.startswith("HTTP/1.1 201"), reply
        slow = re.search(r"^Request-Id: (\w+)", reply, re.M)[1]
        end = time.time() + 10
        while slow not in server.stderr() and time.time() < end:
            time.sleep(0.02)
        line = [l for l in log_of(server) if l["event"] == "request" and l["request"] == slow][0]
        assert line["level"] == "warning" and line["slow"] and line["answered_ms"] >= 1 and line["route"] == "/v1/statements", line
        assert all(l["level"] != "info" for l in log_of(server)) and not [l for l in log_of(server) if l.get("request") == fast and not l.get("slow")]
        server.stop(remove=False)
        assert any(l.get("slow", 0) >= 1 for l in log_of(server) if l["event"] == "refused")


def a_flood_of_bad_requests_is_no_flood_of_the_log():
    with h.Server(log_level="debug", rate_address=100000) as server:
        count, began = 3000, time.time()
        bad = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.create_connection((server.host, server.port), timeout=30) as s:
            for _ in range(count // 100):
                s.sendall(bad * 100)
                got = 0
                while got < 100:
                    got += s.recv(1 << 20).count(b"HTTP/1.1 404")
        seconds = time.time() - began
        server.stop(remove=False)
        lines = log_of(server)
        single = sum(l["event"] == "request" and l["status"] == 404 for l in lines)
        assert 100 <= single <= 100 * (seconds + 2), (single, seconds)
        sums = [l for l in lines if l["event"] == "refused"]
        assert sum(l.get("path", 0) for l in sums) == count and sum(l.get("lines_left_out", 0) for l in sums) == count - single, sums


def a_reader_of_the_log_that_stands_still_stops_nothing():
    """Standard error is a pipe, then a socket, that nobody reads."""
    for make in (os.pipe, lambda: [s.detach() for s in socket.socketpair()]):
        ours, theirs = make()
        server = h.Server(log_level="debug", rate_address=100000, metrics_local=1, stderr=theirs)
        os.close(theirs)
        for _ in range(1500):
            assert server.ask("GET", "/healthy")[0] == 200
        text = server.ask("GET", "/metrics")[2].decode()
        assert float(re.search(r"^parley_log_lines_lost_total ([0-9.]+)$", text, re.M)[1]) > 0, text
        # It reads again: what comes are whole lines, and how many are missing.
        got, end = b"", time.time() + 20
        os.set_blocking(ours, False)
        while b'"log_lines_lost"' not in got:
            assert time.time() < end, got[-1000:]
            try:
                got += os.read(ours, 1 << 20)
            except BlockingIOError:
                server.ask("GET", "/healthy")
        for line in got.decode().splitlines()[:-1]:
            strictly(line)
        os.close(ours)
        server.stop()


# --- the figures ---

def figures_are_valid_and_true():
    with h.Server() as server:
        def figures():
            return h.figures(server.ask("GET", "/metrics")[2].decode())
        first = figures()
        text = server.ask("GET", "/metrics")[2].decode()
        for wrong in (text.replace("\nparley_applied ", "\nparley_aplied "), text + text[-200:].splitlines()[-1] + "\n", text.replace("# TYPE parley_queued gauge", "# TYPE parley_queued counter"),
                      text.replace('le="+Inf"} ', 'le="+Inf"} 9', 1), text.replace("# HELP parley_durable ", "# HELP parley_durable_ns "), text[:-1], text.replace("parley_disk_left_seconds NaN", "parley_disk_left_seconds nan")):
            try:
                h.figures(wrong)
            except AssertionError:
                continue
            raise AssertionError("the checker passes " + wrong[:300])
        assert server.say("notice", h.notice(server, area="FIGURES", to=("velland",)), ["aramoor"])[0] == 201
        assert server.say("message", [("body", ["velland"], {"text": "one"})], ["aramoor"])[0] == 201
        assert server.ask("GET", "/nothing")[0] == 404
        token = server.session("aramoor")
        reader = h.Events(server, token)
        end = time.time() + 20
        while True:
            now = figures()
            if now["parley_ticks_total"] - first["parley_ticks_total"] >= 2 or time.time() > end:
                break
            time.sleep(0.2)
        grown = {k: v - first.get(k, 0) for k, v in now.items()}
        assert grown['parley_statements_total{verdict="accepted"}'] == 2 and grown['parley_noise_total{kind="path"}'] == 1
        assert grown['parley_table_rows{table="notices"}'] == grown['parley_quota_used{party="aramoor",quota="notices"}'] == grown['parley_quota_fullest{quota="notices"}'] == 1
        assert grown['parley_notices{state="filed"}'] == 1 and grown['parley_table_rows{table="volumes"}'] == grown['parley_table_rows{table="index"}'] == 1
        assert grown["parley_ticks_total"] >= 2 and now["parley_tick_late_seconds_count"] == now["parley_ticks_total"] - 1
        assert grown["parley_write_seconds_count"] >= 3 and grown["parley_write_seconds_sum"] > 0 and grown["parley_batch_records_sum"] >= 4
        assert grown["parley_step_seconds_count"] >= 4 and grown["parley_batch_bytes_sum"] == grown["parley_journal_written_bytes_total"] == grown["parley_journal_bytes"] > 0
        assert now["parley_applied"] >= now["parley_durable"] > first["parley_durable"] and now["parley_event_readers"] == 1 and now["parley_sessions"] == 1
        assert now["parley_disk_free_bytes"] > 0 and now["parley_recovery_seconds"] > 0 and abs(now["parley_start_time_seconds"] - time.time()) < 60
        assert now["parley_http_answer_seconds_count"] == sum(v for k, v in now.items() if k.startswith("parley_http_replies_total"))
        for kind in ("keys", "recent", "dues", "pending", "tracks", "alerts", "holds", "feeds", "timers", "chunks", "parties"):
            assert 0 <= now['parley_table_rows{table="%s"}' % kind] <= now['parley_table_capacity{table="%s"}' % kind] > 0, kind
        for name in ("readbacks_waiting", "readbacks_overdue", "holds_unanswered", "statements_pending", "sealed_unopened", "recoveries_waiting", "feeds_silent", "queued", "queued_bytes",
                     "answers_outstanding", "replies_waiting", "writing_seconds", "ticks_missed_total", "certificate_expiry_seconds", "draining", "timer_late_seconds"):
            assert "parley_" + name in now, name
        reader.close()


# --- settings ---

class Settings:
    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="parley-settings-")
        self.path = os.path.join(self.place, "settings")

    def write(self, text):
        with open(self.path + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename(self.path + ".new", self.path)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.place)


def wrong_settings_are_named():
    with Settings() as s:
        for text, why in (("nonsense 1\n", "settings:1"), ("# fine\n\nrate-party\n", "settings:3"), ("rate-party 1\nrate-party 2\n", "given twice"), ("verify yes\n", "takes no value"),
                          ("rate-party 0\n", "--rate-party"), ("log-level loud\n", "log-level"), ("config x\n", "settings:1"), ("log-level \x07info\n", "control character"),
                          ("listen 127.0.0.1:1\n", "command line"), ("a" * 70000, "longer"), ("session-seconds 10\n", "session-seconds"), ("log-level info\0\n", "zero byte")):
            s.write(text)
            try:
                server = h.Server(config=s.path)
            except RuntimeError as error:
                assert why in str(error), (text[:80], error)
                continue
            server.kill()
            raise AssertionError("started with " + text[:80])


def hang_up(server, event):
    count = len([l for l in log_of(server) if l["event"] == event])
    os.kill(server.process.pid, signal.SIGHUP)
    return await_log(server, event, count + 1)[-1]


def told_to_wait(server, tries):
    """That an address is refused at two requests a second: each try but two costs it one, so that only a machine which takes half a second for each would miss it."""
    return any(server.ask("GET", "/healthy")[0] == 429 for _ in range(tries))


def await_alone(server):
    """Until no connection is open but the one that asks."""
    while h.figures(server.ask("GET", "/metrics")[2].decode())["parley_http_connections"] > 1:
        time.sleep(0.02)


def settings_are_read_anew():
    with Settings() as s:
        s.write("# nothing yet\nrate-address 1000\n")
        with h.Server(config=s.path) as server:
            id = server.ask("GET", "/healthy")[1]["Request-Id"]
            server.ask("GET", "/healthy"), server.ask("GET", "/healthy")  # so that the first is over for the server too, which logs it then
            s.write("rate-address 1000\nlog-level debug\nsession-seconds 60\n")
            hang_up(server, "reloaded")
            now = server.ask("GET", "/healthy")[1]["Request-Id"]
            await_log(server, "request")
            assert now in server.stderr() and id not in server.stderr()
            session = server.ask("POST", "/v1/session/challenge", {"party": "aramoor", "key": "root"})[2]
            times = [datetime.datetime.strptime(session[n], "%Y-%m-%dT%H:%M:%S.%fZ") for n in ("time", "expires")]
            assert times[1] - times[0] == datetime.timedelta(seconds=60), session
            s.write("rate-address 2\n")
            hang_up(server, "reloaded")
            assert told_to_wait(server, 100)
            s.write("rate-address 1000\nconnections-per-address 2\n")
            hang_up(server, "reloaded")
            await_alone(server)
            held = [socket.create_connection((server.host, server.port), timeout=5) for _ in range(6)]
            answered = 0
            for c in held:
                try:
                    c.sendall(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    answered += c.recv(100).startswith(b"HTTP/1.1 200")
                except ConnectionError:
                    pass
                c.close()
            assert answered == 2, answered
            s.write("rate-address 2\n")
            hang_up(server, "reloaded")
            # What cannot change is named, and nothing of such a file is taken.
            for text, field in (("rate-address 100000\nconnections 5\n", "connections"), ("rate-address 100000\nbehind-proxy\n", "behind-proxy"), ("rate-address 100000\nclock-rate 5\n", "clock-rate"),
                                ("rate-address 100000\nno-keeper\n", "no-keeper"), ("rate-address 100000\nsnapshot-ticks 5\n", "snapshot-ticks"),
                                ("rate-address 100000\nnonsense\n", "settings:2"), ("rate-address 100000\nlog-level loud\n", "log-level"), ("rate-address 100000\nmetrics-token /absent\n", "metrics-token")):
                s.write(text)
                refused = hang_up(server, "reload_refused")
                assert field in refused["field"] and refused["message"], refused
                if field == "connections":
                    assert "is 1024 and cannot become 5 " in refused["message"], refused
                assert told_to_wait(server, 100), text
            s.write("rate-address 100000\n")
            hang_up(server, "reloaded")
            assert all(server.ask("GET", "/healthy")[0] == 200 for _ in range(50))


def a_token_reads_the_figures_and_nothing_else():
    with Settings() as s:
        token = os.path.join(s.place, "token")
        with open(token, "w", encoding="ascii") as out:
            out.write("figures-0123456789\n")
        os.chmod(token, 0o600)
        s.write("metrics-token %s\n" % token)
        with h.Server(config=s.path, metrics_local=0) as server:
            assert server.ask("GET", "/metrics")[0] == 401
            assert server.ask("GET", "/metrics", token="figures-0123456789")[0] == 200
            assert server.ask("GET", "/metrics", token="figures-0123456788")[0] == 401
            assert server.ask("GET", "/v1/stream", token="figures-0123456789")[0] == 401
            with open(token, "w", encoding="ascii") as out:
                out.write("others-0123456789")
            hang_up(server, "reloaded")
            assert server.ask("GET", "/metrics", token="figures-0123456789")[0] == 401
            assert server.ask("GET", "/metrics", token="others-0123456789")[0] == 200
            os.chmod(token, 0o644)
            assert "chmod" in hang_up(server, "reload_refused")["message"]
            assert server.ask("GET", "/metrics", token="others-0123456789")[0] == 200
            assert "0123456789" not in server.stderr()


# --- certificates ---

class Certificates:
    def __init__(self, place):
        self.place, self.chain, self.key = place, os.path.join(place, "chain.pem"), os.path.join(place, "key.pem")

    def put(self, days=(-1, 2), other_key=False, text=None):
        """A new pair in the place of the old one; its certificate as DER."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.utcnow()
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now + datetime.timedelta(days=days[0])).not_valid_after(now + datetime.timedelta(days=days[1])).sign(key, hashes.SHA256())
        secret = ec.generate_private_key(ec.SECP256R1()) if other_key else key
        self.write(self.chain, text or made.public_bytes(serialization.Encoding.PEM))
        self.write(self.key, secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return made.public_bytes(serialization.Encoding.DER)

    def write(self, path, data):
        with open(path + ".new", "wb") as out:
            out.write(data)
        os.chmod(path + ".new", 0o600)
        os.rename(path + ".new", path)


def shown(server):
    """The certificate that a new handshake gets."""
    with socket.create_connection((server.host, server.port), timeout=30) as s:
        with ssl._create_unverified_context().wrap_socket(s) as t:
            return t.getpeercert(True)


class Load:
    """Threads that ask without pause until told to end; what went wrong is kept."""

    def __init__(self, threads, ask):
        self.ended, self.wrong, self.count = False, [], 0
        self.threads = [threading.Thread(target=self.run, args=(ask, i)) for i in range(threads)]
        for t in self.threads:
            t.start()

    def run(self, ask, i):
        while not self.ended:
            try:
                ask(i)
                self.count += 1
            except Exception as error:
                self.wrong.append(repr(error))
                return

    def end(self):
        self.ended = True
        for t in self.threads:
            t.join()


def certificates_are_read_anew_and_no_request_fails():
    with Settings() as s:
        c = Certificates(s.place)
        first = c.put()
        with h.Server(certificate=c.chain, key=c.key, rate_address=1000000) as server:
            assert shown(server) == first
            old = server.connect()  # lives on with what it began with
            old.request("GET", "/healthy")
            assert old.getresponse().read() == b"ok\n"
            load = Load(3, lambda i: server.ask("GET", "/healthy")[2] == b"ok\n" or 1 / 0)
            for _ in range(12):
                now = c.put()
                hang_up(server, "reloaded")
                assert shown(server) == now
            load.end()
            assert not load.wrong and load.count > 20, (load.count, load.wrong)
            old.request("GET", "/v1/log")
            assert json.loads(old.getresponse().read())["log"] == server.log_hash and old.sock.getpeercert(True) == first
            old.close()
            for why, put in (("no PEM certificate", dict(text=b"nothing")), ("not the key", dict(other_key=True)), ("expired", dict(days=(-3, -1))), ("not valid yet", dict(days=(1, 3)))):
                c.put(**put)
                assert why in hang_up(server, "reload_refused")["message"]
                assert shown(server) == now
            c.put()
            os.chmod(c.key, 0o644)
            assert "chmod 600" in hang_up(server, "reload_refused")["message"]
            os.remove(c.key)
            assert "key.pem" in hang_up(server, "reload_refused")["message"]
            assert shown(server) == now
            now = c.put()
            assert "certificate_until" in hang_up(server, "reloaded") and shown(server) == now


# --- the drain ---

class Client:
    """One kept-alive connection that sends statements and notes which were answered; torn: a reply began and did not end."""

    def __init__(self, server, token):
        self.server, self.token, self.answered, self.torn, self.socket = server, token, [], [], None

    def connect(self):
        self.socket = socket.create_connection((self.server.host, self.server.port), timeout=30)
        if self.server.scheme == "https":
            self.socket = ssl._create_unverified_context().wrap_socket(self.socket)

    def post(self):
        text = secrets.token_hex(8)
        body, headers = plain(self.server, self.token, text)
        head = "POST /v1/statements HTTP/1.1\r\nHost: localhost\r\n" + "".join("%s: %s\r\n" % x for x in headers.items()) + "Content-Length: %d\r\n\r\n" % len(body)
        return text, self.ask(head + body)

    def ask(self, request):
        """(head, body); None: refused or ended before the reply began."""
        data = b""
        try:
            if self.socket is None:
                self.connect()
            self.socket.sendall(request.encode())
            while b"\r\n\r\n" not in data:
                part = self.socket.recv(65536)
                if not part:
                    raise ConnectionError("ended")
                data += part
            head, _, body = data.partition(b"\r\n\r\n")
            size = int(re.search(rb"Content-Length: (\d+)", head)[1])
            while len(body) < size:
                part = self.socket.recv(65536)
                if not part:
                    raise ConnectionError("ended")
                body += part
        except (OSError, ssl.SSLError):
            if data:
                self.torn.append(data)
            self.close()
            return None
        if b"Connection: close" in head:
            self.close()
        return head.decode(), body

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def run(self, stop):
        while not stop.is_set():
            text, got = self.post()
            if got is None:
                time.sleep(0.05)
                continue
            status = int(got[0].split()[1])
            if status == 201:
                self.answered.append((json.loads(got[1])["place"], text))


def a_drain_loses_nothing_and_tears_nothing():
    drains(h.Server(rate_party=1000000), 3)


def nor_does_one_under_tls():
    with Settings() as s:
        c = Certificates(s.place)
        c.put()
        drains(h.Server(rate_party=1000000, rate_address=1000000, certificate=c.chain, key=c.key), 2)


class Reading(threading.Thread):
    """Reads events until their end: who does not read fills his socket, and is cut off when the drain is over."""

    def __init__(self, server, token):
        super().__init__()
        self.reader, self.last = h.Events(server, token), None
        self.start()

    def run(self):
        got = self.reader.next()
        while got is not None:
            self.last, got = got, self.reader.next()


def drains(server, rounds):
    with server:
        token = server.session("aramoor")
        stop, clients = threading.Event(), []
        for round in range(rounds):
            token = server.session("aramoor")
            clients += [Client(server, token) for _ in range(6)]
            threads = [threading.Thread(target=c.run, args=(stop,)) for c in clients[-6:]]
            reading = Reading(server, token)
            for t in threads:
                t.start()
            time.sleep(0.7)
            began = time.time()
            os.kill(server.process.pid, signal.SIGTERM)
            assert server.process.wait(timeout=60) == 0 and time.time() - began < 20  # 12 s and what a busy machine adds
            stop.set()
            for t in threads:
                t.join()
            stop.clear()
            reading.join()
            assert reading.last is not None and reading.last[0] == "end", "the stream ended without a word: %s" % (reading.last,)
            assert json.loads(reading.last[2])["retry_ms"] == 2000
            server.process.stdout.close()
            server.log.close()
            server.start()
        answered = [s for c in clients for s in c.answered]
        torn = [t for c in clients for t in c.torn]
        assert len(answered) > 2 * rounds and not torn, (len(answered), torn[:3])
        records, token = {}, server.session("aramoor")
        for place, text in sorted(answered):
            if place not in records:
                page = server.ask("GET", "/v1/stream?limit=1000&from=%d" % place, token=token)[2]
                records.update((r["seq"], json.dumps(r)) for r in page["records"])
            assert text in records[place], (place, text)


def while_it_drains_it_says_so():
    server = h.Server()
    with server:
        kept = Client(server, server.session("aramoor"))
        assert kept.ask("GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")[1] == b"ok\n"
        slow = socket.create_connection((server.host, server.port), timeout=30)  # a request that is under way
        body = b'{"party":"aramoor","key":"root"}'
        slow.sendall(b"POST /v1/session/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.3)
        os.kill(server.process.pid, signal.SIGTERM)
        await_log(server, "draining")
        head, text = kept.ask("GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert head.startswith("HTTP/1.1 503") and text == b"draining\n" and "Connection: close" in head
        try:
            socket.create_connection((server.host, server.port), timeout=5).close()
            raise AssertionError("takes connections")
        except ConnectionRefusedError:
            pass
        time.sleep(1)
        slow.sendall(body[5:])
        got = slow.recv(65536)
        assert got.startswith(b"HTTP/1.1 200") and b"nonce" in got, got
        slow.close()
        assert server.process.wait(timeout=9) == 0  # before the drain's own end


def a_second_signal_ends_the_waiting():
    server = h.Server()
    with server:
        slow = socket.create_connection((server.host, server.port), timeout=30)
        slow.sendall(b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.3)
        os.kill(server.process.pid, signal.SIGINT)
        time.sleep(1.5)
        assert server.process.poll() is None
        os.kill(server.process.pid, signal.SIGINT)
        assert server.process.wait(timeout=8) == 0  # before the drain's own end
        slow.close()


def a_start_that_fails_is_in_the_log():
    server = h.Server()
    server.stop(remove=False)
    try:
        journal = os.path.join(server.directory, "journal")
        segment = [n for n in os.listdir(journal) if n.startswith("pay-")][0]
        with open(os.path.join(journal, segment), "r+b") as file:
            data = file.read()
            at = next(i for i, b in enumerate(data) if b)
            file.seek(at)
            file.write(bytes([data[at] ^ 1]))
        try:
            server.start()
            raise AssertionError("started")
        except RuntimeError:
            pass
        lines = [strictly(l) for l in server.stderr().splitlines() if l.startswith("{")]
        assert lines[-1]["event"] == "rot" and segment in lines[-1]["field"] + lines[-1]["message"], lines[-1]
    finally:
        shutil.rmtree(os.path.dirname(server.directory))


# --- the service manager ---

class Manager:
    """What systemd is to a service of Type=notify: a socket of datagrams, named in the environment."""

    def __init__(self, name, **environment):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(30)
        self.environment = dict(environment, NOTIFY_SOCKET=name)

    def said(self):
        return self.socket.recv(4096).decode()

    def start(self, **options):
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            return h.Server(**options)
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def the_service_manager_is_told():
    with tempfile.TemporaryDirectory(prefix="parley-notify-") as place:
        for name in (os.path.join(place, "notify"), "@parley-notify-" + secrets.token_hex(8)):
            manager = Manager(name, WATCHDOG_USEC="100000")
            with manager.start() as server:
                assert manager.said() == "READY=1"
                assert server.ask("GET", "/healthy")[0] == 200  # ready is what answers
                assert [manager.said() for _ in range(2)] == ["WATCHDOG=1"] * 2
                os.kill(server.process.pid, signal.SIGTERM)
                said = manager.said()
                while said == "WATCHDOG=1":
                    said = manager.said()
                assert said == "STOPPING=1", said
                server.process.wait(timeout=30)
                assert not [l for l in log_of(server) if l["event"] == "notify_failed"]
            manager.socket.close()
        # Another's watchdog is not ours: nothing is said between ready and stopping.
        manager = Manager(os.path.join(place, "other"), WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        with manager.start() as server:
            assert manager.said() == "READY=1"
            size = server.ask("GET", "/v1/log")[2]["size"]
            while server.ask("GET", "/v1/log")[2]["size"] < size + 2:
                time.sleep(0.05)
            os.kill(server.process.pid, signal.SIGTERM)
            assert manager.said() == "STOPPING=1"
            server.process.wait(timeout=30)
        # One that is not there, and a name that is none: it serves all the same and says so.
        for name, why in ((os.path.join(place, "gone"), "No such file"), ("gone", "is no path")):
            manager.environment = {"NOTIFY_SOCKET": name}
            with manager.start() as server:
                failed = await_log(server, "notify_failed")[0]
                assert failed["word"] == "READY=1" and why in failed["why"], failed
                assert server.ask("GET", "/healthy")[0] == 200
        manager.socket.close()


if __name__ == "__main__":
    h.run([every_reply_is_found_in_the_log_by_its_id, levels_and_slow_requests, a_flood_of_bad_requests_is_no_flood_of_the_log,
           a_reader_of_the_log_that_stands_still_stops_nothing, figures_are_valid_and_true, wrong_settings_are_named, settings_are_read_anew,
           a_token_reads_the_figures_and_nothing_else, certificates_are_read_anew_and_no_request_fails, a_drain_loses_nothing_and_tears_nothing,
           nor_does_one_under_tls, while_it_drains_it_says_so, a_second_signal_ends_the_waiting, a_start_that_fails_is_in_the_log,
           the_service_manager_is_told])
