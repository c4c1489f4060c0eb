#!/usr/bin/python3
"""`parley witness` over HTTP: each status of C2SP tlog-witness, many at once, kill -9 between and under requests, and what Go's own code says of its
signatures. The log's side is that of tlog.py, which has none of the program's code."""
import base64
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h  # noqa: E402
import tlog  # noqa: E402

BASIN, PLAIN = tlog.Log("basin.example/live", 31), tlog.Log("another format's log, with spaces", 32)
PLAIN.key = h.Key("plain.example/key", bytes([32]) * 32)
FORK = tlog.Log("basin.example/live", 31, forks_at=5)
W = None


def signed(reply, log, size, witness=None):
    status, headers, data = reply
    assert status == 200 and headers["Content-Type"].startswith("text/plain"), (status, data)
    lines = data.decode().splitlines(keepends=True)
    assert len(lines) == 1
    at = tlog.cosigned(lines[0], log.text(size), (witness or W).vkey)
    assert abs(at - time.time()) < 120, at
    return at


def refused(reply, status):
    assert reply[0] == status, reply
    assert reply[1]["Content-Type"] == "application/problem+json", reply
    problem = json.loads(reply[2])
    assert problem["status"] == status and problem["detail"], problem
    return problem


def conflict(reply):
    status, headers, data = reply
    assert status == 409 and headers["Content-Type"] == "text/x.tlog.size", reply
    assert re.fullmatch(rb"(0|[1-9][0-9]*)\n", data), data
    return int(data)


def its_key_is_of_its_own_type_and_secret():
    assert tlog.vkey_read(W.vkey, 4)[0] == "witness.example/one"
    with open(W.key + ".pub", encoding="utf-8") as public:
        assert public.read() == W.vkey + "\n"
    assert stat.S_IMODE(os.stat(W.key).st_mode) == 0o600
    assert tlog.run("witness", "key", W.key).strip() == W.vkey
    tlog.run("witness", "key", W.key, "--name", "witness.example/two", status=4)  # there already
    tlog.run("witness", "key", W.key + "2", "--name", "two words", status=64)
    tlog.run("witness", "key", W.key + ".none", status=71)
    tlog.run("key", "new", W.key + ".root", "--name", "exercise/north/root")
    tlog.run("witness", "key", W.key + ".root", status=3)  # a party's key is no witness's


def a_tree_that_grows_is_signed():
    old = 0
    for size in (1, 2, 3, 7, 8, 64, 65, 200):
        signed(W.add(BASIN.request(old, size)), BASIN, size)
        old = size
    signed(W.add(BASIN.request(200, 200)), BASIN, 200)
    signed(W.add(PLAIN.request(0, 0)), PLAIN, 0)
    signed(W.add(PLAIN.request(0, 9)), PLAIN, 9)


def healthy(witness):
    status, headers, data = witness.ask("GET", "/healthy")
    assert headers["Content-Type"].startswith("text/plain"), headers
    return status, data


def figures(witness):
    status, headers, data = witness.ask("GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), (status, headers)
    seen = h.figures(data.decode())
    return {(what, log): seen['parley_witness_log_%s{log="%s"}' % (what, log.origin)] for what in ("ticks", "signed_seconds", "fork") for log in (BASIN, PLAIN)}


def what_it_signed_last_is_there_for_all():
    path = "/%s/checkpoint" % hashlib.sha256(BASIN.origin.encode()).hexdigest()
    status, _, data = W.ask("GET", path)
    assert status == 200
    lines = data.decode().splitlines(keepends=True)
    assert "".join(lines[:5]) == BASIN.checkpoint(200) and len(lines) == 6, data
    tlog.cosigned(lines[5], BASIN.text(200), W.vkey)
    status, headers, data = W.ask("HEAD", path)
    assert status == 200 and data == b""
    refused(W.ask("GET", "/%064x/checkpoint" % 7), 404)
    refused(W.ask("GET", "/"), 404)
    refused(W.ask("GET", "/add-checkpoint"), 405)
    refused(W.ask("POST", path, b""), 405)
    assert healthy(W) == (200, b"ok\n") and W.ask("HEAD", "/healthy")[0] == 200 and W.ask("HEAD", "/metrics")[0] == 200
    refused(W.ask("POST", "/healthy", b""), 405)
    refused(W.ask("POST", "/metrics", b""), 405)
    seen = figures(W)
    assert seen["ticks", BASIN] == 200 and seen["ticks", PLAIN] == 9 and seen["fork", BASIN] == seen["fork", PLAIN] == 0 and abs(seen["signed_seconds", BASIN] - time.time()) < 120, seen


def what_is_wrong_has_its_status():
    size = conflict(W.add(BASIN.request(0, 201)))
    assert size == 200
    assert conflict(W.add(BASIN.request(10, 20))) == 200  # a rollback
    assert conflict(W.add(BASIN.request(201, 202))) == 200
    refused(W.add(BASIN.request(200, 200).replace(b"old 200\n", b"old 201\n")), 400)
    for body in (b"", b"old 200", b"old 0200\n\n", b"old 200\n\nx", BASIN.request(200, 201).replace(b"\n\n", b"\n", 1), BASIN.request(200, 201)[:-1], b"\xff" * 100, b"old 200\n" + b"A" * 44 + b"\n" * 2):
        refused(W.add(body), 400)
    refused(W.add(BASIN.request(200, 201, [b"\0" * 32] * 64)), 400)
    refused(W.add(tlog.Log("stranger.example", 33).request(0, 3)), 404)
    false = tlog.Log("basin.example/live", 34)  # its origin and name, another key
    refused(W.add(false.request(200, 200)), 403)
    body = BASIN.request(200, 201)
    refused(W.add(body[:-12] + (b"A" if body[-12:-11] != b"A" else b"B") + body[-11:]), 403)
    assert healthy(W)[0] == 200
    refused(W.add(FORK.request(200, 200)), 422)
    refused(W.add(FORK.request(200, 300)), 422)
    right = tlog.proof(200, BASIN.leaves(300))
    for wrong in (right[:-1], right + [right[0]], right[::-1], [b"\0" * 32] + right[1:], []):
        refused(W.add(BASIN.request(200, 300, wrong)), 422)
    refused(W.add(BASIN.request(200, 200, right[:1])), 422)
    signed(W.add(BASIN.request(200, 300, right)), BASIN, 300)
    refused(W.add(b"x" * (256 * 1024 + 1)), 413)
    assert any(json.loads(l).get("event") == "fork" for l in W.stderr().splitlines()), "a fork is told in its log"
    with open(os.path.join(W.data, hashlib.sha256(BASIN.origin.encode()).hexdigest() + ".fork"), encoding="utf-8") as kept:
        both = kept.read()
    assert BASIN.checkpoint(200) in both and FORK.checkpoint(200) in both
    assert healthy(W) == (503, b"fork\n") and figures(W)["fork", BASIN] == 1 and figures(W)["fork", PLAIN] == 0


def a_log_with_many_signatures_is_read():
    others = [h.Key("other.example/%d" % i, bytes([40 + i]) * 32) for i in range(16)]
    note = h.sign(BASIN.text(300), [BASIN.key] + others)
    large = "\u2014 pq.example/key %s\n" % base64.b64encode(os.urandom(4 + 2420)).decode()
    signed(W.add(("old 300\n\n" + note + large).encode()), BASIN, 300)


def go_agrees():
    """golang.org/x/mod/sumdb/note opens the checkpoint with both signatures, and the cosignature by the code of transparency-dev."""
    home = os.path.abspath(os.environ.get("PARLEY_GO", "build/go"))
    env = dict(os.environ, GOFLAGS="-mod=mod", GOPATH=home, GOCACHE=home + "/cache", GO111MODULE="on", GOTOOLCHAIN="local")
    place = h.scratch("parley-go-")
    with open(place + "/go.mod", "w", encoding="utf-8") as out:
        out.write("module check\n\ngo 1.23\n\nrequire (\n\tgithub.com/transparency-dev/formats v0.0.0-20250421220931-bb8ad4d07c26\n\tgolang.org/x/mod v0.24.0\n)\n")
    with open(place + "/main.go", "w", encoding="utf-8") as out:
        out.write(GO)
    try:
        done = subprocess.run(["go", "build", "-modcacherw", "-o", place + "/check", "."], cwd=place, env=env, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired):
        raise h.Skip("no Go here")
    if done.returncode != 0:
        if "main.go" in done.stderr:
            raise AssertionError(done.stderr)
        raise h.Skip("Go's modules cannot be fetched")
    name, public = tlog.vkey_read(W.vkey, 4)
    note = W.ask("GET", "/%s/checkpoint" % hashlib.sha256(BASIN.origin.encode()).hexdigest())[2]

    def check(data, first=BASIN.vkey(), second=tlog.vkey(name, public, 1)):
        return subprocess.run([place + "/check", first, second], input=data, capture_output=True, timeout=60)
    good = check(note)
    assert good.returncode == 0, good.stderr
    text, line = note.decode().split("\n\n")[0] + "\n", note.decode().splitlines(keepends=True)[-1]
    assert int(good.stdout) == tlog.cosigned(line, text, W.vkey)
    assert check(note.replace(b"\n300\n", b"\n301\n")).returncode != 0
    assert check(note, second=tlog.vkey(name, BASIN.key.public, 1)).returncode != 0


GO = r'''package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"
	cosig "github.com/transparency-dev/formats/note"
)

func main() {
	data, _ := io.ReadAll(os.Stdin)
	log, err := note.NewVerifier(os.Args[1])
	if err != nil {
		panic(err)
	}
	witness, err := cosig.NewVerifierForCosignatureV1(os.Args[2])
	if err != nil {
		panic(err)
	}
	n, err := note.Open(data, note.VerifierList(log, witness))
	if err != nil || len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0 {
		fmt.Fprintln(os.Stderr, err, n)
		os.Exit(1)
	}
	at, err := cosig.CoSigV1Timestamp(n.Sigs[1])
	if err != nil {
		panic(err)
	}
	fmt.Println(at.Unix())
}
'''


def of_many_at_once_one_past_is_signed():
    """Two pasts and many sizes at the same moment: whatever was signed is of one tree, and never goes back."""
    basin, fork = tlog.Log("race.example", 50), tlog.Log("race.example", 50, forks_at=0)
    with_race = tlog.Witness([basin], directory=h.scratch("parley-witness-"))
    won, lock = [], threading.Lock()

    def ask(log, own):
        old = 0
        for _ in range(12):
            reply = with_race.add(log.request(old, old + own))
            with lock:
                if reply[0] == 200:
                    won.append((log, old + own))
            if reply[0] == 200:
                old += own
            elif reply[0] == 409:
                old = int(reply[2])
            else:
                assert reply[0] == 422, reply
    threads = [threading.Thread(target=ask, args=(log, own)) for log in (basin, fork) for own in (1, 2, 3, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert won and len({log for log, _ in won}) == 1, "both pasts were signed"
    assert conflict(with_race.add(won[0][0].request(0, 1000))) == max(size for _, size in won)
    with_race.stop()


def a_kill_at_any_moment_loses_no_signature():
    log = tlog.Log("killed.example", 51)
    witness = tlog.Witness([log], directory=h.scratch("parley-witness-"))
    last = 0
    for round in range(12):
        answered = [last]

        def go_on():
            try:
                for size in range(last + 1, last + 60):
                    if witness.add(log.request(size - 1, size))[0] == 200:
                        answered.append(size)
            except OSError:
                pass  # killed
        thread = threading.Thread(target=go_on)
        thread.start()
        while len(answered) < 2 + round and thread.is_alive():
            time.sleep(0.001)
        witness.kill()
        thread.join()
        witness.start()
        known = conflict(witness.add(log.request(0, 5000)))
        assert known in (answered[-1], answered[-1] + 1), (known, answered[-1])
        refused(witness.add(tlog.Log("killed.example", 51, forks_at=0).request(known, known)), 422)
        last = known
    with open(witness.data + "/" + hashlib.sha256(log.origin.encode()).hexdigest(), "r+b") as rot:
        rot.seek(30)
        rot.write(b"!")
    witness.stop()
    try:
        witness.start()
        raise AssertionError("began on what it cannot read")
    except RuntimeError as why:
        assert "rot" in str(why), why
    with open(witness.key, encoding="utf-8") as key:
        secret = key.read().strip().split("+", 4)[4]
    assert secret not in witness.stderr()


def a_request_that_comes_in_pieces_or_never_ends_holds_up_nobody():
    half = socket.create_connection(("127.0.0.1", W.port))
    body = BASIN.request(300, 300)
    half.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:50])
    signed(W.add(body), BASIN, 300)
    half.sendall(body[50:])
    reply = http.client.HTTPResponse(half)
    reply.begin()
    data = reply.read()
    assert reply.status == 200, (reply.status, data)
    half.close()


def what_it_is_given_is_checked():
    place = h.scratch("parley-witness-")
    key = os.path.join(place, "key")
    tlog.run("witness", "key", key, "--name", "w")
    data = os.path.join(place, "data")
    tlog.run("witness", "--key", key, "--log", BASIN.vkey(), status=64)
    tlog.run("witness", "--key", key, "--data", data, status=64)
    tlog.run("witness", "--key", key, "--key", key, "--data", data, "--log", BASIN.vkey(), status=64)
    for bad in ("x", BASIN.vkey()[:-1], BASIN.vkey() + "=", W.vkey, BASIN.vkey().replace("+", "=", 1)):
        tlog.run("witness", "--key", key, "--data", data, "--log", bad, status=64)
    os.chmod(key, 0o644)
    tlog.run("witness", "--key", key, "--data", data, "--log", BASIN.vkey(), status=4)
    os.chmod(key, 0o600)
    tlog.run("witness", "--key", key, "--data", data, "--log", BASIN.vkey(), "--log", BASIN.vkey(), "--listen", "127.0.0.1:0", status=4)
    tlog.run("witness", "--key", key, "--data", data, "--log", BASIN.vkey(), "--listen", "0.0.0.0:0", status=4)  # plain http for all
    tlog.run("witness", "--key", key, "--data", W.data, "--log", BASIN.vkey(), "--listen", "127.0.0.1:0", status=8)  # another has it


def the_log_of_a_server_is_one_of_them():
    """Its key from the genesis, its checkpoint as it is served."""
    with h.Server() as server:
        vkey = tlog.run("log", "vkey", server.directory).strip()
        assert vkey == tlog.run("log", "vkey", server.directory + "/genesis").strip()
        name, _ = tlog.vkey_read(vkey, 1)
        assert name == server.origin
        witness = tlog.Witness([vkey], directory=h.scratch("parley-witness-"))
        deadline = time.monotonic() + 60
        while True:
            status, _, note = server.ask("GET", "/v1/checkpoint")
            if status == 200 or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        text = note.decode().split("\n\n")[0] + "\n"
        status, _, line = witness.add(b"old 0\n\n" + note)
        assert status == 200, line
        tlog.cosigned(line.decode(), text, witness.vkey)
        witness.stop()


def it_ends_when_it_is_asked_to():
    lines = W.stop()
    assert [l["event"] for l in lines if l["event"] in ("listening", "draining", "ended")] == ["listening", "draining", "ended"], lines
    assert lines[-1]["event"] == "ended"


def main():
    global W
    try:
        W = tlog.Witness([BASIN, PLAIN.vkey() + "=" + PLAIN.origin])
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run([its_key_is_of_its_own_type_and_secret, a_tree_that_grows_is_signed, what_it_signed_last_is_there_for_all, what_is_wrong_has_its_status, a_log_with_many_signatures_is_read, go_agrees,
           of_many_at_once_one_past_is_signed, a_kill_at_any_moment_loses_no_signature, a_request_that_comes_in_pieces_or_never_ends_holds_up_nobody, what_it_is_given_is_checked,
           the_log_of_a_server_is_one_of_them, it_ends_when_it_is_asked_to])


if __name__ == "__main__":
    main()
