"""The log and a stream, read by a client of C2SP's family that knows nothing of Parley: tlog_client/main.go over golang.org/x/mod/sumdb/note and tlog, fetched by its pinned version
and sum (it is not ours to keep); skipped by name where there is no Go or no net."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h  # noqa: E402
from tiles_test import Tree  # noqa: E402
import tiles_test  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
S = None
CLIENT = None


def built():
    """The client, once it is built; why not, else."""
    home = os.path.abspath(os.environ.get("PARLEY_GO", "build/go"))
    out = os.path.join(h.scratch("parley-tlog-"), "client")
    env = dict(os.environ, GOFLAGS="-mod=readonly -modcacherw -buildvcs=false", GOPATH=home, GOCACHE=home + "/cache", GO111MODULE="on", GOTOOLCHAIN="local", CGO_ENABLED="0")
    folder = os.path.join(HERE, "tlog_client")
    try:
        got = subprocess.run(["go", "mod", "download"], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as why:
        return None, str(why)
    if got.returncode != 0:
        return None, got.stderr.strip().replace("\n", " ")[:200]
    subprocess.run(["go", "build", "-o", out, "."], cwd=folder, env=env, check=True)
    return out, ""


def vkey(*words):
    parley = os.environ.get("PARLEY_BIN")
    if not parley:
        raise h.Skip("PARLEY_BIN is not set")
    return subprocess.run([parley, "log", "vkey", S.directory, *words], check=True, capture_output=True, text=True).stdout.strip()


def client(key, prefix, token, old=(0, "-"), change=lambda path, body: body):
    """What it says of the checkpoint; None when it takes none of it."""
    run = subprocess.Popen([CLIENT, key, str(old[0]), old[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with run:
        for line in run.stdout:
            line = line.decode().strip()
            if line.startswith("= "):
                size, root = line[2:].split()
                return int(size), root
            status, _, body = S.ask("GET", prefix + line, token=token)
            assert status == 200, (line, status, body)
            body = change(line, body)
            run.stdin.write(b"%d\n" % len(body) + body)
            run.stdin.flush()
        assert run.stderr.read(), "it ended without a word"
    return None


def takes(key, prefix, token):
    before = client(key, prefix, token)
    assert before is not None
    while int(S.ask("GET", prefix + "checkpoint", token=token)[2].split(b"\n")[1]) <= before[0]:
        if prefix == "/stream/":
            tiles_test.say_many("aramoor", 1)
        time.sleep(0.02)
    after = client(key, prefix, token, before)
    assert after is not None and after[0] > before[0]
    # And it would have said so: another tree, another key, a changed tile, a changed entry.
    assert client(key, prefix, token, (before[0] - 1, before[1])) is None
    assert client(vkey("--stream", "velland"), prefix, token) is None
    for kind in ("tile/0/", "tile/entries/"):
        assert client(key, prefix, token, change=lambda path, body: body[:40] + bytes([body[40] ^ 1]) + body[41:] if path.startswith(kind) else body) is None, kind


def the_log_is_taken_unchanged():
    token = S.session("velland")
    Tree("/log/", tiles_test.log_key(), token).reaches(300)
    takes(vkey(), "/log/", token)


def a_stream_is_taken_unchanged():
    token = tiles_test.say_many("aramoor", 20)
    Tree("/stream/", tiles_test.stream_key("aramoor"), token).reaches(20)
    takes(vkey("--stream", "aramoor"), "/stream/", token)


def main():
    global S, CLIENT

    def the_server_ends_cleanly():
        S.stop()
    CLIENT, why = built()
    if CLIENT is None:
        print("1..0 # SKIP golang.org/x/mod v0.17.0 cannot be fetched or built here: %s" % why)
        return
    try:
        S = tiles_test.S = h.Server(clock_rate=100, clock_start=1795000000, rate_party=100000, rate_address=100000)
    except h.Skip as why:
        print("1..0 # SKIP %s" % why)
        return
    h.run([the_log_is_taken_unchanged, a_stream_is_taken_unchanged, the_server_ends_cleanly])


if __name__ == "__main__":
    main()
