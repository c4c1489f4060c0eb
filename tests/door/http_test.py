"""The door over HTTP: form, smuggling, sessions, statements, streams, events, frames, limits, TLS, ending and restarting."""
import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h

S = None


def parse(data):
    """Replies in a run of bytes: [(status, headers, body)]."""
    out = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {l.split(":", 1)[0].lower(): l.split(":", 1)[1].strip() for l in lines[1:]}
        size = int(headers.get("content-length", 0))
        out.append((int(lines[0].split()[1]), headers, rest[:size]))
        data = rest[size:]
    return out


def one(request, **named):
    """The only reply to these bytes, after which the server must have closed."""
    got = parse(S.raw(request, **named))
    assert len(got) == 1, got
    return got[0]


def refused(request, status, field=None):
    """...and nothing of what follows may be taken for a request."""
    got = one(request.replace(b"HOST", ("127.0.0.1:%d" % S.port).encode()) + b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert got[0] == status, got
    if field is not None:
        problem = json.loads(got[2])
        assert problem["field"] == field and problem["status"] == status and problem["rule"], problem
        assert problem["request"] == got[1]["request-id"], got


def every_reply_has_a_request_id():
    seen = set()
    for path in ("/healthy", "/nothing", "/v1/log", "/v1/tracks", "/"):
        _, headers, _ = S.ask("GET", path)
        assert re.fullmatch("[0-9a-f]{16}", headers["Request-Id"]), path
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
        seen.add(headers["Request-Id"])
    assert len(seen) == 5
    assert S.ask("GET", "/healthy")[2] == b"ok\n"


def smuggling_is_refused():
    post = b"POST /v1/session HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"
    refused(post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: xchunked\r\n\r\n", 411, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 411, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 411, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding:\r\n\r\n", 411, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding")
    refused(post + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding")
    refused(post.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "Transfer-Encoding")
    # In two lines: the library would know the first of them by another name, or none.
    for folded in (b"Transfer-Encoding:\r\n chunked\r\n", b"Transfer-Encoding: \r\n\tchunked\r\n", b"Transfer-Encoding: chu\r\n nked\r\n", b"Content-Length:\r\n 60\r\n", b"Content-Length: 6\r\n 0\r\n",
                   b"Content-Length:\r\n 60\r\nAccept: */*\r\n", b"Content-Length:\n 60\r\n", b"Accept: a\r\n b\r\n"):
        refused(post + folded + b"\r\n", 400, "header")
    refused(post + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "Content-Length")
    refused(post + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}", 400, "Content-Length")
    refused(post + b"Content-Length: 2\r\ncontent-length: 0\r\n\r\n{}", 400, "Content-Length")
    refused(post + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 2\r\n\r\n{}", 400, "Authorization")
    refused(post + b"Host: localhost\r\nContent-Length: 2\r\n\r\n{}", 400, "Host")


def chunks(body, sizes=(1,), extension=b"", trailer=b""):
    """In the chunked coding: pieces of these sizes again and again."""
    out, at, turn = b"", 0, 0
    while at < len(body):
        piece = body[at:at + sizes[turn % len(sizes)]]
        out += b"%x%s\r\n%s\r\n" % (len(piece), extension, piece)
        at, turn = at + len(piece), turn + 1
    return out + b"0\r\n" + trailer + b"\r\n"


def chunked_bodies_are_bodies():
    """As Go and Java send them: the same answers as with a stated length, the same limits, and what follows on the connection is the next request."""
    def ask(path, body, more=b"", close=True, **how):
        head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sTransfer-Encoding: chunked\r\n%s\r\n" % (
            path.encode(), b"Connection: close\r\n" if close else b"", more)
        return head + chunks(body, **how)
    who = json.dumps({"party": "aramoor", "key": "root"}).encode()
    for how in ({}, {"sizes": (7, 1, 100)}, {"sizes": (1000,), "extension": b";a=b"}, {"trailer": b"X-Sum: 1\r\n"}):
        got = one(ask("/v1/session/challenge", who, **how))
        assert got[0] == 200 and len(json.loads(got[2])["nonce"]) == 64, (how, got)
    got = parse(S.raw(ask("/v1/session/challenge", who, close=False) + b"GET /healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    assert [g[0] for g in got] == [200, 200] and got[1][2] == b"ok\n", got
    assert one(ask("/v1/session/challenge", b""))[0] == 400
    token = b"Authorization: Bearer %s\r\n" % S.session("aramoor").encode()
    said = S.statement("message", [("body", ["velland"], {"text": "in chunks"})], ["aramoor"])
    got = one(ask("/v1/statements", ("{" + " " * 500000 + json.dumps(said)[1:]).encode(), token, sizes=(1, 5000, 70000)))
    assert got[0] == 201, got
    assert S.ask("POST", "/v1/statements", said)[0] == 200  # it was taken: the same again
    # The limits are those of a stated length, and what is refused is read to its end.
    for size, more, status in ((20000, b"", 401), (300000, b"", 401), (4 << 20, token, 400), ((4 << 20) + 1, token, 413), (9 << 20, token, 413)):
        path = "/v1/statements" if size > 20000 else "/v1/stream"
        got = one(ask(path, b"{" + b" " * (size - 1), more, sizes=(65536,)))
        assert got[0] == (405 if path == "/v1/stream" else status), (size, got)
    assert one(ask("/v1/session", b"{" + b" " * 20000, sizes=(4096,)))[0] == 413
    try:
        assert S.raw(ask("/v1/statements", b" " * (40 << 20), token, sizes=(1 << 20,))) == b""
    except (BrokenPipeError, ConnectionResetError):
        pass  # absurd: cut off
    # What is no chunk ends the connection, and nothing behind it is taken for a request.
    behind = b"\r\n\r\nGET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /v1/session/challenge HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    for bad in (b"zz", b"-5\r\nhello", b"+5\r\nhello", b"0x5\r\nhello", b"ffffffffffffffffff\r\nhello", b"5\r\nhello0\r\n", b"5 5\r\nhello", b"\r\nhello"):
        got = S.raw(head + bad + behind)
        assert b"ok\n" not in got and b"HTTP/1.1 2" not in got, (bad, got)
    # Every chunk counts against the rate, however many of them are read at once; and what is refused as it begins is cut off, too, where it is absurdly long.
    request, began = ask("/v1/nothing", b" " * (15 << 20), sizes=(1000,)), time.monotonic()
    assert one(request)[0] == 404 and time.monotonic() - began > 0.8  # 16 MiB a second of what is refused, and one at once
    doubled = ask("/v1/statements", b" " * (40 << 20), b"Authorization: a\r\nAuthorization: b\r\n", sizes=(1 << 20,)).replace(b"POST", b"DELETE", 1)
    try:
        assert S.raw(doubled) == b""
    except (BrokenPipeError, ConnectionResetError):
        pass
    for path in ("/v1/statements", "/v1/nothing"):  # behind a chunk at which the server stopped reading for a moment
        got = S.raw(ask(path, b" " * 30000, sizes=(30000,))[:-5] + b"zz" + behind)
        assert b"HTTP/1.1 2" not in got, (path, got)
    assert S.ask("GET", "/healthy")[0] == 200


def a_chunk_that_cannot_be_read_keeps_nobody_busy():
    """Its head fills the buffer of its connection: until that is closed, the server does nothing for it, and others are served."""
    def used():
        with open("/proc/%d/stat" % S.process.pid, encoding="ascii") as text:
            times = text.read().rsplit(")", 1)[1].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    held = []
    for size in (31000, 40000, 300000):
        connection = socket.create_connection((S.host, S.port), timeout=30)
        connection.sendall(b"POST /v1/session/challenge HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"a" * 1000)
        connection.setblocking(False)
        try:
            connection.send(b"a" * (size - 1000))
        except BlockingIOError:
            pass
        held.append(connection)
    time.sleep(0.3)
    began, before = time.monotonic(), used()
    time.sleep(1.5)
    share = (used() - before) / (time.monotonic() - began)
    assert S.ask("GET", "/healthy")[0] == 200
    for connection in held:
        connection.close()
    print("# %.0f %% of a processor" % (100 * share))
    assert share < 0.2, share


def malformed_lengths_are_refused():
    post = b"POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for length in (b"+2", b"-2", b"0x2", b"2,2", b"2 2", b"", b"99999999999999999999"):
        # Some of these the library refuses, with a head that stands twice; what counts is that nothing is taken for a request.
        got = S.raw(post + b"Content-Length: " + length + b"\r\n\r\n{}GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=5)
        assert got.startswith(b"HTTP/1.1 4") and b"HTTP/1.1 2" not in got and b"ok" not in got, (length, got)
    for line in (b"Content-Length : 2\r\n", b" Content-Length: 2\r\n", b"Con tent: 2\r\n", b"X\x01: 2\r\n"):
        got = parse(S.raw(post + line + b"Content-Length: 2\r\n\r\n{}GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=5))
        assert len(got) <= 1 and all(400 <= g[0] < 500 for g in got), (line, got)
    assert S.ask("GET", "/healthy")[0] == 200


def heads_are_bounded():
    got = parse(S.raw(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100000 + b"\r\n\r\n", timeout=5))
    assert len(got) <= 1 and all(g[0] in (400, 413, 431) for g in got), got
    many = b"".join(b"X-%d: 1\r\n" % i for i in range(80))
    refused(b"GET /healthy HTTP/1.1\r\nHost: HOST\r\n" + many + b"\r\n", 400, "header")
    refused(b"GET /healthy?" + b"a" * 3000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n", 400, "url")
    refused(b"GET /healthy HTTP/1.1\r\n\r\n", 400)
    refused(b"GET /healthy HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "Host")
    refused(b"GET /healthy HTTP/1.1\r\nHost: 127.0.0.1.evil.example:80\r\n\r\n", 421, "Host")
    refused(b"GET /healthy HTTP/1.1\r\nHost: HOST\r\nExpect: miracles\r\n\r\n", 417, "Expect")
    refused(b"PROPFINDPROPFIND /healthy HTTP/1.1\r\nHost: HOST\r\n\r\n", 501, "method")


def pipelined_requests_are_answered_in_order():
    requests = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % p for p in (b"/healthy", b"/v1/log/999999999", b"/v1/log", b"/healthy"))
    requests = requests[:-2] + b"Connection: close\r\n\r\n"
    got = parse(S.raw(requests))
    assert [g[0] for g in got] == [200, 404, 200, 200], got
    assert got[0][2] == got[3][2] == b"ok\n" and json.loads(got[2][2])["log"] == S.log_hash


def half_open_and_broken_connections_are_survived():
    got = parse(S.raw(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", half_close=True))
    assert [g[0] for g in got] in ([200], []), got
    for data in (b"", b"GET", b"POST /v1/statements HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", b"\x16\x03\x01\x02\x00\x01", b"\r\n" * 50, b"\xff" * 1000):
        with socket.create_connection((S.host, S.port)) as s:
            s.sendall(data)
    body = json.dumps({"party": "aramoor", "key": "root"}).encode()
    request = b"POST /v1/session/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with socket.create_connection((S.host, S.port), timeout=30) as s:
        for i in range(len(request)):  # byte by byte
            s.sendall(request[i:i + 1])
        got = b""
        while True:
            part = s.recv(65536)
            if not part:
                break
            got += part
    assert parse(got)[0][0] == 200, got
    assert S.ask("GET", "/healthy")[0] == 200


def wrong_paths_methods_parameters():
    for path in ("/v2", "/v1/", "/v1/notices/", "/v1/notices/a", "//", "/v1/%6eotices", "/../etc/passwd"):
        status, _, problem = S.ask("GET", path)
        assert status == 404 and problem["code"] == "not-found", (path, problem)
    status, headers, problem = S.ask("PUT", "/v1/session")
    assert status == 405 and set(headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "DELETE"}, headers["Allow"]
    status, _, problem = S.ask("GET", "/v1/log?x=1")
    assert status == 400 and problem["field"] == "query" and problem["value"] == "x"
    status, _, problem = S.ask("GET", "/healthy?token=" + "0" * 64)
    assert status == 400 and "Authorization" in problem["rule"] and "0" * 64 not in json.dumps(problem)
    assert S.ask("GET", "/v1/stream?access_token=x", token="0" * 64)[0] == 400
    status, _, problem = S.ask("GET", "/healthy", body=b"{}")
    assert status == 400 and problem["field"] == "body"
    status, _, problem = S.ask("POST", "/v1/session", b"note=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 415 and problem["field"] == "Content-Type"
    connection = S.connect()
    connection.request("HEAD", "/healthy")
    reply = connection.getresponse()
    assert reply.status == 200 and reply.read() == b"" and reply.getheader("Content-Length") == "3"


def large_bodies_are_refused():
    assert S.ask("POST", "/v1/session", b"{" + b" " * 20000 + b"}")[0] == 413
    status, _, problem = S.ask("POST", "/v1/statements", b"{" + b" " * (5 << 20) + b"}")
    assert status == 413 and problem["field"] == "body", problem
    got = one(b"POST /v1/statements HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000000\r\n\r\n")
    assert got[0] == 413
    long = b"{" + b" " * ((4 << 20) - 2)
    assert S.ask("POST", "/v1/statements", long, token=S.session("aramoor"))[0] == 400
    status, _, problem = S.ask("POST", "/v1/statements", long)
    assert status == 401 and problem["field"] == "Authorization" and "262144 bytes" in problem["rule"], problem
    assert S.ask("POST", "/v1/statements", long[:256 << 10])[0] == 400
    assert S.ask("POST", "/v1/clock", long)[0] == 405 and S.ask("POST", "/v1/nothing", long)[0] == 404


def sessions_open_show_and_close():
    note = S.session_note("aramoor")
    status, headers, opened = S.ask("POST", "/v1/session", {"note": note})
    assert status == 201 and re.fullmatch("[0-9a-f]{64}", opened["token"]) and opened["party"] == "aramoor"
    token = opened["token"]
    assert S.ask("POST", "/v1/session", {"note": note})[0] == 401  # a note serves once
    assert S.ask("GET", "/v1/session", token=token)[2] == {k: opened[k] for k in ("party", "key", "expires")}
    assert S.ask("DELETE", "/v1/session", token=token)[0] == 204
    for bad in (token, "0" * 64, "x", ""):
        status, headers, problem = S.ask("GET", "/v1/session", headers={"Authorization": "Bearer " + bad})
        assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer"), (bad, problem)
        assert not bad or bad not in json.dumps(problem)
    assert S.ask("GET", "/v1/session", headers={"Authorization": "Basic YTpi"})[0] == 401
    assert S.ask("GET", "/v1/session")[0] == 401
    assert token not in S.stderr()


def session_notes_that_do_not_hold():
    for party, changes, status in (("aramoor", {"log": "0" * 64}, 400), ("aramoor", {"party": "velland"}, 401), ("aramoor", {"nonce": "0" * 64}, 401),
                                   ("aramoor", {"expires": "2001-01-01T00:00:00.000Z"}, 422), ("aramoor", {"expires": "9999-01-01T00:00:00.000Z"}, (400, 422)),
                                   ("aramoor", {"extra": 1}, 400), ("aramoor", {"key": "none"}, 401)):
        got, _, problem = S.ask("POST", "/v1/session", {"note": S.session_note(party, **changes)})
        assert got in (status if isinstance(status, tuple) else (status,)), (changes, problem)
    assert S.ask("POST", "/v1/session", {"note": S.session_note("aramoor", signer=S.key("velland"))})[0] == 401
    known, unknown = (S.ask("POST", "/v1/session/challenge", {"party": p, "key": "root"}) for p in ("velland", "nobody"))
    assert known[0] == unknown[0] == 200 and known[2].keys() == unknown[2].keys()
    status, _, problem = S.ask("POST", "/v1/session/challenge", {"party": "No Body", "key": "root"})
    assert status == 400 and problem["field"] == "/party", problem
    status, _, problem = S.ask("POST", "/v1/session/challenge", b'{"party":"a","party":"b","key":"c"}')
    assert status == 400 and "party" in json.dumps(problem), problem


def signed_statements_are_answered():
    body = S.statement("notice", h.notice(S), ["aramoor"])
    status, _, first = S.ask("POST", "/v1/statements", body)
    assert status == 201 and first["verdict"] == "accepted" and first["party"] == "aramoor", first
    status, _, again = S.ask("POST", "/v1/statements", body)
    # Whoever was told it can send it again: its place in the sender's stream is for the sender.
    assert status == 200 and again["verdict"] == "repeated" and again["statement"] == first["statement"], again
    assert again["place"] is None and again["outcome"]["place"] is None, again
    assert S.ask("POST", "/v1/statements", body, token=S.session("velland"))[2]["place"] is None
    status, _, again = S.ask("POST", "/v1/statements", body, token=S.session("aramoor"))
    assert status == 200 and again["place"] == first["place"] and again["outcome"]["place"] == first["place"], again
    text = body["note"].split("\n\n")[0] + "\n"
    import hashlib
    assert hashlib.sha256(b"\0" + text.encode()).hexdigest() == first["statement"] or hashlib.sha256(text.encode()).hexdigest() == first["statement"], first
    token = S.session("aramoor")
    record = S.ask("GET", "/v1/stream?from=%d&limit=1" % first["place"], token=token)[2]["records"][0]
    assert record["seq"] == first["place"] and record["kind"] == "notice", record
    note = [p for p in record["parts"] if p["name"] == "note"][0]
    assert body["note"] in (note.get("text"), note.get("bytes")), note
    items = S.ask("GET", "/v1/notices")[2]["items"]
    assert len(items) == 1, items  # released to world: no token needed


def bad_statements_are_refused():
    good = S.statement("notice", h.notice(S), ["aramoor"])
    broken = dict(good, note=good["note"][:-10] + "AAAAAAA=\n")
    assert S.ask("POST", "/v1/statements", broken)[0] in (400, 403)
    # Well-formed, of a key in force, and one bit of the signature is wrong: of R, of S; a signature of another text.
    name, line = good["note"].split("\n")[-2].rsplit(" ", 1)
    raw = base64.b64decode(line)
    other = base64.b64decode(S.statement("notice", h.notice(S), ["aramoor"])["note"].split("\n")[-2].rsplit(" ", 1)[1])
    for wrong in (raw[:8] + bytes([raw[8] ^ 1]) + raw[9:], raw[:40] + bytes([raw[40] ^ 1]) + raw[41:], other):
        forged = dict(good, note=good["note"].replace(line, base64.b64encode(wrong).decode()))
        status, _, problem = S.ask("POST", "/v1/statements", forged)
        assert status == 403 and problem["code"] == "unauthentic" and "does not verify" in problem["rule"], (status, problem)
    # A valid line of a stranger beside it changes nothing, nor does a forged one of a stranger beside a valid one.
    guest = h.Key("exercise/zulu/root", bytes([79]) * 32)
    both = S.statement("notice", h.notice(S), ["aramoor"], keys=[S.key("aramoor"), guest])
    for who in ("exercise/aramoor/root", "exercise/zulu/root"):
        at = [l for l in both["note"].split("\n") if " %s " % who in l][0].rsplit(" ", 1)[1]
        bytes_ = base64.b64decode(at)
        forged = dict(both, note=both["note"].replace(at, base64.b64encode(bytes_[:-9] + bytes([bytes_[-9] ^ 1]) + bytes_[-8:]).decode()))
        status, _, problem = S.ask("POST", "/v1/statements", forged)
        assert status == 403 and who in problem["rule"], (status, problem)
    stranger = h.Key("exercise/aramoor/other", bytes([77]) * 32)
    status, _, problem = S.ask("POST", "/v1/statements", S.statement("notice", h.notice(S), ["aramoor"], keys=[stranger]))
    assert status == 403 and problem["code"] == "unauthentic", problem
    impostor = h.Key("exercise/aramoor/root", bytes([78]) * 32)
    assert S.ask("POST", "/v1/statements", S.statement("notice", h.notice(S), ["aramoor"], keys=[impostor]))[0] == 403
    status, _, problem = S.ask("POST", "/v1/statements", S.statement("notice", h.notice(S), ["aramoor"], log="0" * 64))
    assert status == 409 and problem["field"] == "/note/log", problem
    changed = dict(good, sections=[dict(good["sections"][0], bytes=good["sections"][0]["bytes"].replace("keep off", "come in"))])
    assert S.ask("POST", "/v1/statements", changed)[0] in (400, 422)
    for body, field in ((b"", None), (b"[]", None), (b"{", None), (b'{"note":1}', "note"), (b'{"x":1}', "note"), (b'{"note":"","sections":[],"sections":[]}', None)):
        status, _, problem = S.ask("POST", "/v1/statements", body)
        assert status in (400, 422) and problem["field"] and (field is None or field in problem["field"] + problem["rule"]), (body, problem)
    late = h.notice(S)
    late[0][2]["volumes"][0]["lower"]["reference"] = "XYZ"
    status, _, problem = S.ask("POST", "/v1/statements", S.statement("notice", late, ["aramoor"]))
    assert status in (400, 422) and "reference" in problem["field"] and "XYZ" in problem["rule"], problem


def refusals_are_recorded_and_told():
    token = S.session("aramoor")
    end = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["next"]
    status, _, problem = S.say("notice/over", [("body", ["log"], {})], ["aramoor"], on="aramoor/" + "0" * 32)
    assert status == 404 and problem["code"] == "unknown-entity" or problem["verdict"] == "refused", problem
    assert problem["place"] == end and problem["outcome"] is not None, problem
    after = S.ask("GET", "/v1/stream?from=%d" % end, token=token)[2]
    assert after["records"][0]["kind"] == "notice/over" and after["next"] > end
    # Another's notice and nobody's read alike: the reply tells no more than that.
    mine = S.ask("GET", "/v1/notices/aramoor/" + "1" * 32)
    other = S.ask("GET", "/v1/notices/nobody/" + "1" * 32)
    for reply in (mine, other):
        assert reply[0] == 404 and reply[2].pop("request")
    assert mine[2] == other[2]


def plain_statements_need_session_and_key():
    body = {"statement": {"kind": "message", "id": secrets.token_hex(16), "on": None, "prev": None},
            "sections": [{"section": "body", "to": ["velland"], "body": {"text": "Mayday Mayday"}}]}
    assert S.ask("POST", "/v1/statements", body)[0] == 401
    token = S.session("aramoor")
    status, _, problem = S.ask("POST", "/v1/statements", body, token=token)
    assert status == 400 and problem["field"] == "Idempotency-Key", problem
    status, _, problem = S.ask("POST", "/v1/statements", body, token=token, headers={"Idempotency-Key": "x" * 65})
    assert status == 400, problem
    status, _, first = S.ask("POST", "/v1/statements", body, token=token, headers={"Idempotency-Key": "call-1"})
    assert status == 201 and first["verdict"] == "accepted", first
    status, _, again = S.ask("POST", "/v1/statements", body, token=token, headers={"Idempotency-Key": "call-1"})
    assert status == 200 and again["place"] == first["place"], again
    record = S.ask("GET", "/v1/stream?from=%d&limit=1" % first["place"], token=token)[2]["records"][0]
    assert {p["name"] for p in record["parts"]} >= {"request", "claims", "outcome"}, record
    assert "order" not in {p["name"] for p in record["parts"]}


def long_bodies_are_read_aside():
    """By another thread, and to the same end: what a short body would have been answered, and the record is its bytes."""
    def aside():
        return int(re.search(r"^parley_requests_aside_total (\d+)$", S.ask("GET", "/metrics")[2].decode(), re.M)[1])

    def long(body):
        text = json.dumps(body, ensure_ascii=False)
        return ("{" + " " * 100000 + text[1:]).encode()
    before, token = aside(), S.session("aramoor")
    signed = S.statement("message", [("body", ["velland"], {"text": "long"})], ["aramoor"])
    status, _, first = S.ask("POST", "/v1/statements", long(signed))
    assert status == 201 and first["verdict"] == "accepted", first
    status, _, again = S.ask("POST", "/v1/statements", signed, token=token)
    assert status == 200 and again["place"] == first["place"], again
    signed = S.statement("message", [("body", ["velland"], {"text": "forged"})], ["aramoor"])
    lines = signed["note"].rsplit(" ", 1)
    raw = bytearray(base64.b64decode(lines[1]))
    raw[40] ^= 1
    status, _, problem = S.ask("POST", "/v1/statements", long(dict(signed, note=lines[0] + " " + base64.b64encode(raw).decode() + "\n")))
    assert status == 403 and problem["field"] == "/note", problem
    plain = {"statement": {"kind": "message", "id": secrets.token_hex(16), "on": None, "prev": None},
             "sections": [{"section": "body", "to": ["velland"], "body": {"text": "long and plain"}}]}
    padded = json.dumps(plain["sections"][0]).replace("{", "{" + " " * 100000, 1)
    body = json.dumps(dict(plain, sections=[0])).replace("[0]", "[" + padded + "]").encode()
    assert S.ask("POST", "/v1/statements", body)[0] == 401
    assert S.ask("POST", "/v1/statements", body, token=token)[2]["field"] == "Idempotency-Key"
    status, _, taken = S.ask("POST", "/v1/statements", body, token=token, headers={"Idempotency-Key": "long-1"})
    assert status == 201, taken
    record = S.ask("GET", "/v1/stream?from=%d&limit=1" % taken["place"], token=token)[2]["records"][0]
    assert [p["text"] for p in record["parts"] if p["name"] == "body"] == [padded], [p["name"] for p in record["parts"]]
    status, _, problem = S.ask("POST", "/v1/statements", long(plain)[:-1], token=token, headers={"Idempotency-Key": "long-2"})
    assert status == 400 and problem["code"] == "malformed", problem
    frames = {"frames": [{"number": 1, "time": S.now(), "aircraft": []}]}
    status, _, answers = S.ask("POST", "/v1/feeds/none/frames", long(frames), token=token)
    assert status == 200 and answers["frames"][0]["verdict"] == "refused", answers
    assert aside() - before == 7, (before, aside())


def streams_page_and_prove():
    token = S.session("aramoor")
    whole = S.ask("GET", "/v1/stream?from=0&limit=1000", token=token)[2]
    assert whole["next"] == len(whole["records"]) and [r["seq"] for r in whole["records"]] == list(range(whole["next"]))
    at, parts = 0, []
    while at < whole["next"]:
        page = S.ask("GET", "/v1/stream?from=%d&limit=2" % at, token=token)[2]
        assert page["next"] == at + len(page["records"]) and len(page["records"]) <= 2
        parts += page["records"]
        at = page["next"]
    assert parts == whole["records"]
    for query, status in (("from=x", 400), ("from=01", 400), ("limit=1001", 422), ("from=-1", 400), ("from=1&from=2", 400), ("from=%31", 200)):
        got, _, problem = S.ask("GET", "/v1/stream?" + query, token=token)
        assert got == status, (query, problem)
    status = 404
    while status == 404:  # until the next tick has sealed it
        time.sleep(0.02)  # a quick machine asks more often than an address may connect
        status, _, proof = S.ask("GET", "/v1/proof/0/0", token=token)
    assert status == 200 and {"record", "stream", "slot", "tick", "log"} <= proof.keys(), proof
    status, _, problem = S.ask("GET", "/v1/proof/999999/0", token=token)
    assert status == 404 and problem["rule"] == "no tick has sealed place 999999 yet; one comes each second", problem
    status, _, problem = S.ask("GET", "/v1/proof/0/99", token=token)
    assert status == 404 and re.fullmatch(r"the record has \d parts", problem["rule"]), problem
    assert S.ask("GET", "/v1/proof/x/0", token=token)[0] == 400
    assert re.fullmatch("[0-9a-f]{64}", S.ask("GET", "/v1/blind", token=token)[2]["blind"])
    assert S.ask("GET", "/v1/log/1")[2]["tick"] == "%020d" % 1 and S.ask("GET", "/v1/log/0")[0] == 404
    assert S.ask("GET", "/v1/checkpoint")[2].decode().startswith(S.origin + "\n")


def frames_are_answered_one_by_one():
    token = S.session("velland")
    assert S.say("feed", [("body", ["log"], {"feed": "radar-1", "readers": ["log"]})], ["velland"])[0] == 201
    at = S.now()

    def aircraft(name, **more):
        return dict({"identity": name, "time": at, "lat": -47.5, "lng": -126.25, "altitude": {"value": 330, "reference": "FL", "units": "FL"},
                     "speed_mps": 220.5, "track_deg": 90, "climb_mps": -2.5, "uncertainty_m": 50, "callsign": "QFA9"}, **more)
    frames = {"frames": [{"number": n, "time": at, "aircraft": [aircraft("7c0002"), aircraft("7c0001")]} for n in (1, 2, 3)]}
    status, _, answers = S.ask("POST", "/v1/feeds/radar-1/frames", frames, token=token)
    assert status == 200 and [a["number"] for a in answers["frames"]] == [1, 2, 3], answers
    assert all(a["verdict"] == "accepted" for a in answers["frames"]), answers
    places = [a["place"] for a in answers["frames"]]
    assert places == sorted(places) and len(set(places)) == 3
    status, _, answers = S.ask("POST", "/v1/feeds/radar-1/frames", frames, token=token)
    assert status == 200 and all(a["verdict"] in ("repeated", "refused") for a in answers["frames"]), answers
    assert len(S.ask("GET", "/v1/tracks", token=token)[2]["items"]) == 2
    for change, where in (({"identity": "7C0001"}, "/frames/0/aircraft/1/identity"), ({"lat": 91}, "/frames/0/aircraft/1/lat"), ({"lat": None}, "/frames/0/aircraft/1/lat"),
                          ({"time": "yesterday"}, "/frames/0/aircraft/1/time"), ({"altitude": {"value": 1}}, "/frames/0/aircraft/1/altitude/reference"), ({"wings": 2}, "/frames/0/aircraft/1/wings"), ({"speed_mps": 10000.01}, "/frames/0/aircraft/1/speed_mps"),
                          ({"identity": "7c0009"}, "/frames/0/aircraft")):
        bad = {"frames": [{"number": 9, "time": at, "aircraft": [aircraft("7c0009"), aircraft("7c0003", **change)]}]}
        status, _, problem = S.ask("POST", "/v1/feeds/radar-1/frames", bad, token=token)
        assert status in (400, 422) and problem["field"] == where, (change, problem)
    # A fault in the last of many: none of them was taken.
    bad = {"frames": [{"number": 10, "time": at, "aircraft": [aircraft("7c0009")]}, {"number": 0, "time": at, "aircraft": []}]}
    assert S.ask("POST", "/v1/feeds/radar-1/frames", bad, token=token)[0] in (400, 422)
    assert len(S.ask("GET", "/v1/tracks", token=token)[2]["items"]) == 2
    assert S.ask("POST", "/v1/feeds/radar-1/frames", {"frames": []}, token=token)[0] == 422
    assert S.ask("POST", "/v1/feeds/Radar/frames", frames, token=token)[0] == 400
    status, _, answers = S.ask("POST", "/v1/feeds/none/frames", frames, token=token)
    assert status == 200 and all(a["verdict"] == "refused" for a in answers["frames"]), answers


def a_key_that_feeds_only_reads_nothing():
    radar = h.Key(S.key("velland").name.replace("/root", "/radar"), bytes([77]) * 32)
    body = {"party": "velland", "key": "radar", "public_key": radar.public.hex(), "feeds_only": True}
    assert S.say("key", [("body", [], body)], [], keys=[S.key("velland"), radar])[0] == 201
    status, _, opened = S.ask("POST", "/v1/session", {"note": S.session_note("velland", signer=radar, key="radar")})
    assert status == 201, opened
    token = opened["token"]
    for path in ("notices", "flights", "tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due", "status", "stream", "events",
                 "blind", "proof/0/0"):
        status, _, problem = S.ask("GET", "/v1/" + path, token=token)
        assert status == 401 and problem["field"] == "Authorization" and "feeds only" in problem["rule"], (path, problem)
    assert S.ask("GET", "/v1/session", token=token)[0] == 200
    frames = {"frames": [{"number": 100, "time": S.now(), "aircraft": []}]}
    status, _, answers = S.ask("POST", "/v1/feeds/radar-1/frames", frames, token=token)
    assert status == 200 and answers["frames"][0]["verdict"] == "accepted", answers
    said = {"statement": {"kind": "message", "id": "%032x" % 77}, "sections": [{"section": "body", "to": ["aramoor"], "body": {"text": "no"}}]}
    status, _, problem = S.ask("POST", "/v1/statements", said, token=token, headers={"Idempotency-Key": "feeds-only-1"})
    assert status in (401, 403, 422) and problem["code"] == "unknown-key", problem
    assert S.ask("DELETE", "/v1/session", token=token)[0] == 204


def events_resume_without_loss_or_repetition():
    token = S.session("aramoor")
    first = h.Events(S, token, query="?from=0")
    assert first.status == 200 and first.reply.getheader("Content-Type") == "text/event-stream"
    size = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["next"]
    seen = [first.next() for _ in range(2)]
    first.close()
    for _ in range(3):  # while nobody listens
        assert S.say("message", [("body", ["velland"], {"text": "hello"})], ["aramoor"])[0] == 201
    second = h.Events(S, token, last=seen[-1][1])
    live = h.Events(S, token)  # from now on
    assert S.say("message", [("body", ["velland"], {"text": "bye"})], ["aramoor"])[0] == 201
    while seen[-1][1] < size + 3:
        seen.append(second.next())
    assert [s[1] for s in seen] == list(range(size + 4)), [s[1] for s in seen]
    assert [json.loads(s[2])["seq"] for s in seen] == list(range(size + 4))
    assert live.next() == seen[-1]
    records = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["records"]
    assert [json.loads(s[2]) for s in seen] == records
    second.close()
    live.close()
    # Who has seen no event yet resumes at the beginning of what came since.
    assert h.Events(S, token, last=-1).next()[1] == 0
    for headers, status in (({"Last-Event-ID": "x"}, 400), ({"Last-Event-ID": "999999"}, 422)):
        assert S.ask("GET", "/v1/events", token=token, headers=headers)[0] == status
    assert S.ask("GET", "/v1/events")[0] == 401


def a_reader_sees_its_own_stream_only():
    aramoor, velland = S.session("aramoor"), S.session("velland")
    reader = h.Events(S, velland)
    _, _, said = S.say("message", [("body", ["velland"], {"text": "to velland"})], ["aramoor"])
    event = json.loads(reader.next()[2])
    assert event["kind"] == "told" or "to velland" in json.dumps(event), event
    own = json.loads(h.Events(S, aramoor, last=said["place"] - 1).next()[2])
    assert own["kind"] == "message" and own["seq"] == said["place"]
    reader.close()
    # The number that an order has among all parties' is the operator's: to others it would count what they cannot see.
    classes = lambda record: {p["class"] for p in record["parts"]}  # noqa: E731
    assert "order" not in classes(event) and "order" not in classes(own), (event, own)
    for party in ("aramoor", "velland", "operator"):
        records = S.ask("GET", "/v1/stream", token=S.session(party))[2]["records"]
        assert records and all(("order" in classes(r)) == (party == "operator") for r in records), records


def readers_are_limited_and_slow_ones_wait():
    token = S.session("operator")
    readers = [h.Events(S, token) for _ in range(32)]
    assert all(r.status == 200 for r in readers)
    status, headers, problem = S.ask("GET", "/v1/events", token=token)
    assert status == 429 and headers["Retry-After"] == "1", problem
    for reader in readers:
        reader.close()
    # One that does not read, with more behind it than its socket holds, loses nothing.
    token = S.session("velland")
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect((S.host, S.port))
    start = S.ask("GET", "/v1/stream?limit=1000", token=token)[2]["next"]
    slow.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: %d\r\nAuthorization: Bearer %s\r\n\r\n" % (start - 1, token.encode()))
    for _ in range(120):
        assert S.say("message", [("body", ["aramoor"], {"text": "x" * 4000})], ["velland"])[0] == 201
    end = S.ask("GET", "/v1/stream?from=%d&limit=1" % start, token=token)[2]
    slow.settimeout(30)
    got = b""
    while got.count(b"\ndata: ") < 120:
        got += slow.recv(65536)
    slow.close()
    text = got.partition(b"\r\n\r\n")[2]
    plain = b""
    while text:  # chunked
        size, _, text = text.partition(b"\r\n")
        plain += text[:int(size, 16)]
        text = text[int(size, 16) + 2:]
    ids = [int(i) for i in re.findall(rb"^id: (\d+)\ndata", plain, re.M)]
    assert ids[:120] == list(range(start, start + 120)), ids[:10]


def metrics_and_page():
    status, headers, text = S.ask("GET", "/metrics")  # from the machine itself
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    figures = h.figures(text.decode())
    assert figures["parley_applied"] >= 1 and figures['parley_noise_total{kind="http"}'] > 5 and figures['parley_noise_total{kind="token"}'] > 3
    assert S.ask("GET", "/metrics", token=S.session("velland"))[0] == 404
    assert S.ask("GET", "/metrics", token=S.session("operator"))[0] == 200
    status, headers, page = S.ask("GET", "/")
    page = page.decode()
    policy = headers["Content-Security-Policy"]
    import base64
    import hashlib
    for tag in ("script", "style"):
        for inline in re.findall("<%s>(.*?)</%s>" % (tag, tag), page, re.S):
            assert "'sha256-%s'" % base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode() in policy
    assert "default-src 'none'" in policy and "SORREL 4" in page and "EXERCISE" in page and "<script src" not in page
    assert "Tracks" not in page  # not without --demo-page
    assert "SORREL 4" in S.ask("GET", "/picture")[2].decode()
    assert S.ask("GET", "/v1/openapi.json")[2]["openapi"].startswith("3.1")


def nothing_secret_is_logged():
    token = S.session("aramoor")
    S.ask("GET", "/v1/stream?token=" + token)
    text = S.stderr()
    assert token not in text and "Mayday" not in text
    for line in text.splitlines():
        assert {"time", "level", "event"} <= json.loads(line).keys(), line


def rates_are_limited():
    with h.Server(rate_address=2, rate_party=3) as slow:
        assert slow.ask("GET", "/healthy")[0] == 200
        tight = next(r for r in (slow.ask("GET", "/healthy") for _ in range(100)) if r[0] != 200)
        assert tight[0] == 429 and tight[1]["Retry-After"] == "1" and tight[2]["code"] == "rate", tight


def connections_are_limited():
    with h.Server(connections_per_address=3) as few:
        held = [socket.create_connection((few.host, few.port), timeout=5) for _ in range(8)]
        answered = 0
        for s in held:
            try:
                s.sendall(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answered += s.recv(100).startswith(b"HTTP/1.1 200")
            except (ConnectionError, socket.timeout):
                pass
        assert answered == 3, answered
        for s in held:
            s.close()


def connections_of_the_first_second_live_on():
    """Deadlines count from when a connection came, also before the loop's first sweep."""
    with h.Server() as young:
        held = [socket.create_connection((young.host, young.port), timeout=5) for _ in range(4)]
        time.sleep(2.5)
        for s in held:
            s.sendall(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert s.recv(100).startswith(b"HTTP/1.1 200")
            s.close()


def ending_tells_its_readers():
    server = h.Server()
    with server:
        token = server.session("aramoor")
        reader = h.Events(server, token)
        idle = socket.create_connection((server.host, server.port), timeout=60)
        idle.sendall(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.say("message", [("body", ["velland"], {"text": "one"})], ["aramoor"])[0] == 201
        assert reader.next()[1] == 0
        os.kill(server.process.pid, signal.SIGTERM)
        kind, _, data = reader.next()
        assert kind == "end" and json.loads(data)["next"] == 1, data
        assert reader.next() is None
        assert idle.recv(4096) == b""
        idle.close()
        assert server.process.wait(timeout=30) == 0


def answered_statements_survive_a_kill():
    server = h.Server()
    with server:
        answered = []
        for round in range(4):
            for i in range(3):
                _, _, answer = server.say("message", [("body", ["velland"], {"text": "%d.%d" % (round, i)})], ["aramoor"])
                answered.append((answer["place"], answer["statement"]))
            token = server.session("aramoor")
            last = h.Events(server, token, last=-1)
            seen = [last.next()[1] for _ in range(len(answered))]
            server.kill()
            server.start()
            token = server.session("aramoor")
            records = server.ask("GET", "/v1/stream?limit=1000", token=token)[2]["records"]
            assert [r["seq"] for r in records if r["kind"] == "message"] == [p for p, _ in answered] == seen
            resumed = h.Events(server, token, last=seen[-1])
            assert server.say("message", [("body", ["velland"], {"text": "again"})], ["aramoor"])[2]["place"] == seen[-1] + 1
            assert resumed.next()[1] == seen[-1] + 1
            answered.append((seen[-1] + 1, None))
            resumed.close()


def tls_by_certificate():
    place = h.scratch("parley-tls-")
    certificate, key = os.path.join(place, "cert.pem"), os.path.join(place, "key.pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                           "-keyout", key, "-out", certificate], capture_output=True)
    if made.returncode != 0:
        raise h.Skip("no openssl command")
    os.chmod(key, 0o600)
    with h.Server(certificate=certificate, key=key) as server:
        assert server.scheme == "https" and server.ask("GET", "/healthy")[0] == 200
        token = server.session("aramoor")
        reader = h.Events(server, token)
        assert server.say("message", [("body", ["velland"], {"text": "over TLS"})], ["aramoor"])[0] == 201
        assert reader.next()[1] == 0
        reader.close()
        assert b"HTTP/1.1 200" not in server.raw(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=5)
    os.chmod(key, 0o644)
    refuses_to_start("may be read by others", certificate=certificate, key=key)
    os.chmod(key, 0o600)
    refuses_to_start("come together", certificate=certificate)
    refuses_to_start("TLS cannot start", certificate=key, key=key)


def refuses_to_start(why, mode=1, listen="127.0.0.1:0", **options):
    try:
        server = h.Server(mode=mode, listen=listen, **options)
    except RuntimeError as error:
        assert why in str(error), error
        return
    server.kill()
    raise AssertionError("started")


def options_that_exclude_each_other():
    refuses_to_start("not loopback", listen="0.0.0.0:0")
    refuses_to_start("HOST:PORT", listen="8420")
    refuses_to_start("HOST:PORT", listen="127.0.0.1:99999")
    refuses_to_start("is LIVE", mode=2, demo_page=1)
    refuses_to_start("is LIVE", mode=2, clock_rate=10)
    refuses_to_start("needs clock-rate", clock_start=1000)
    with h.Server(listen="0.0.0.0:0", behind_proxy=1) as server:
        assert server.ask("GET", "/healthy", headers={"Host": "parley.example"})[0] == 200
        assert server.ask("GET", "/metrics")[0] == 401  # behind a proxy everybody comes from loopback
    with h.Server(metrics_local=0) as server:
        assert server.ask("GET", "/metrics")[0] == 401 and server.ask("GET", "/metrics", token=server.session("aramoor"))[0] == 404
        assert server.ask("GET", "/metrics", token=server.session("operator"))[0] == 200
    with h.Server(demo_page=1) as server:
        assert "Alerts" in server.ask("GET", "/")[2].decode()
        agreement = {"name": "basin", "version": 1, "parties": ["aramoor", "velland"], "from": server.now()[:19] + "Z", "until": None, "separation_m": 9260,
                     "separation_height_m": 300, "withdraw_notice_s": 604800,
                     "rules": [{"category": "default", "lead_s": 600, "binds": "readback", "readback_s": 60, "reaction_m": 1, "reaction_height_m": 1,
                                "reaction_before_s": 1, "reaction_after_s": 1, "tail_s": 1}]}
        status, _, said = server.say("agreement", [("body", ["log"], agreement)], [], keys=[server.key("aramoor"), server.key("velland")])
        assert status == 201, said
        # Its members and its version stand in the version, not in the agreement itself.
        assert "<tr><td>basin</td><td>aramoor, velland</td><td>1</td><td>yes</td>" in server.ask("GET", "/")[2].decode()


def who_reads_events_with_a_revoked_key_hears_nothing_more():
    with h.Server() as server:
        root, desk = server.key("aramoor"), h.Key(server.origin.rsplit("/", 1)[1] + "/aramoor/desk-1", b"\x55" * 32)
        body = {"party": "aramoor", "key": "desk-1", "public_key": desk.public.hex(), "feeds_only": False}
        assert server.say("key", [("body", ["log"], body)], ["aramoor"], keys=[root, desk])[0] == 201
        status, _, session = server.ask("POST", "/v1/session", {"note": server.session_note("aramoor", signer=desk, key="desk-1")})
        assert status == 201, session
        reader = h.Events(server, session["token"], query="?from=0")
        assert reader.next()[1] == 0
        body = {"key": "desk-1", "suspect_from": server.now(), "reason": "lost"}
        status, _, revoked = server.say("key/revoke", [("body", ["log"], body)], ["aramoor"], keys=[root])
        assert status == 201, revoked
        for number in range(10):
            assert server.say("message", [("body", ["aramoor"], {"text": "where we are now %d" % number})], ["velland"])[0] == 201
        while True:
            kind, place, data = reader.next()
            if kind == "end":
                break
            assert place <= revoked["place"], (place, revoked["place"])
        assert json.loads(data)["reason"] == "the session has ended", data
        reader.close()


def behind_a_proxy_only_its_own_word_counts():
    """It appends the peer it saw, to the client's line or as a line below it: what the client says of himself decides no limit and stands in no log."""
    with h.Server(listen="127.0.0.1:0", behind_proxy=1, log_level="debug") as server:
        seen = []
        for lines in ("X-Forwarded-For: 203.0.113.1, 198.51.100.7", "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 198.51.100.7",
                      "x-forwarded-for: 203.0.113.1\r\nX-Other: 1\r\nX-FORWARDED-FOR: 203.0.113.2,\t198.51.100.7"):
            reply = server.raw(("GET /healthy HTTP/1.1\r\nHost: x\r\n%s\r\nConnection: close\r\n\r\n" % lines).encode())
            assert reply.startswith(b"HTTP/1.1 200"), reply
        deadline = time.monotonic() + 10
        while len(seen) < 3 and time.monotonic() < deadline:
            seen = [json.loads(l)["address"] for l in server.stderr().splitlines() if '"event":"request"' in l]
            time.sleep(0.05)
        assert seen == ["198.51.100.7"] * 3, seen


def time_may_be_simulated_in_an_exercise():
    with h.Server(clock_start=1617264000, clock_rate=60) as server:
        clock = server.ask("GET", "/v1/clock")[2]
        assert clock["simulated"] and clock["time"].startswith("2021-04-01T08:") and clock["error_ns"] == 0, clock
        assert server.say("message", [("body", ["velland"], {"text": "then"})], ["aramoor"])[0] == 201
        record = server.ask("GET", "/v1/stream", token=server.session("aramoor"))[2]["records"][0]
        assert record["time"].startswith("2021-04-01T0"), record


def who_trickles_is_cut_off():
    """A head that never ends, a byte a second: the library's own timeout would never come."""
    with socket.create_connection((S.host, S.port), timeout=1) as slow:
        slow.sendall(b"GET /healthy HTTP/1.1\r\nHost: localhost\r\nX: ")
        while True:
            try:
                slow.sendall(b"a")
                if slow.recv(1) == b"":
                    break
            except socket.timeout:
                continue
            except ConnectionError:
                break


def quiet_readers_hear_a_heartbeat():
    reader = h.Events(S, S.session("velland"), timeout=120)
    for _ in range(2):  # what fills up the greeting, then one that comes by itself
        got = reader.next(comments=True)
        while got is not None and got[0] == "message":  # a feed of an earlier test may have fallen silent meanwhile
            got = reader.next(comments=True)
        assert got is not None and got[0] == "comment", got
    reader.close()


def main():
    global S
    tests = [every_reply_has_a_request_id, smuggling_is_refused, chunked_bodies_are_bodies, a_chunk_that_cannot_be_read_keeps_nobody_busy, malformed_lengths_are_refused, heads_are_bounded, pipelined_requests_are_answered_in_order,
             half_open_and_broken_connections_are_survived, wrong_paths_methods_parameters, large_bodies_are_refused, sessions_open_show_and_close,
             session_notes_that_do_not_hold, signed_statements_are_answered, bad_statements_are_refused, refusals_are_recorded_and_told,
             plain_statements_need_session_and_key, long_bodies_are_read_aside, streams_page_and_prove, frames_are_answered_one_by_one, a_key_that_feeds_only_reads_nothing, events_resume_without_loss_or_repetition,
             a_reader_sees_its_own_stream_only, readers_are_limited_and_slow_ones_wait, metrics_and_page, nothing_secret_is_logged, quiet_readers_hear_a_heartbeat, who_trickles_is_cut_off,
             rates_are_limited, connections_are_limited, connections_of_the_first_second_live_on, ending_tells_its_readers, answered_statements_survive_a_kill, tls_by_certificate,
             options_that_exclude_each_other, behind_a_proxy_only_its_own_word_counts, who_reads_events_with_a_revoked_key_hears_nothing_more, time_may_be_simulated_in_an_exercise]

    def the_server_ends_cleanly():
        S.stop()
    try:
        S = h.Server()
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run(tests + [the_server_ends_cleanly])


if __name__ == "__main__":
    main()
