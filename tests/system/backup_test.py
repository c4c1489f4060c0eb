#!/usr/bin/python3
"""parley backup, restore and drill with the real program: beside a server under statements, killed anywhere, into places where nothing may be written, of backups in which any
file is rotten or gone; what comes back answers as before. And the page's walk."""
import base64
import fcntl
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import system  # noqa: E402
import mirror_serve_test  # noqa: E402
import walk_test  # noqa: E402
from system import Place, Server, run, wait_for_tick  # noqa: E402
import tlog  # noqa: E402

PATH_MOST = 512  # LIMIT_PATH
SEED = int(os.environ.get("PARLEY_SEED", "20261130"))


def backed_up(place, dest="backup", log="log", status=0):
    out, err = place.parley("backup", log, dest, "--json", status=status)
    return json.loads(out) if status == 0 else (out + err)


def streams(place, server):
    place.serve(server)
    return {party: place.parley("stream", "--key", "%s.key" % party)[0] for party in ("north", "south")}


def spoken(place, text):
    for party, other in (("north", "south"), ("south", "north")):
        place.parley("message", other, "%s from %s" % (text, party), "--key", "%s.key" % party)


def log_with_two(place, words=3):
    place.init()
    with Server(place) as server:
        for party in ("north", "south"):
            place.party(party)
        for i in range(words):
            spoken(place, "word %d" % i)
        wait_for_tick(server)
        return streams(place, server)


class Talk:
    """Statements without end."""

    def __init__(self, place):
        self.place, self.count, self.over, self.thread = place, 0, False, threading.Thread(target=self.talk)

    def talk(self):
        while not self.over:
            spoken(self.place, "talk %d" % self.count)
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()

    def wait(self, more):
        wanted = self.count + more
        while self.count < wanted:
            assert self.thread.is_alive(), "nobody speaks any more"
            time.sleep(0.02)


def beside_a_server_under_statements():
    with Place() as place:
        place.init()
        with Server(place, "--snapshot-ticks", "2") as server:
            for party in ("north", "south"):
                place.party(party)
            last = {"batch": 0}
            with Talk(place) as talk:
                for _ in range(12):
                    talk.wait(1)
                    said = backed_up(place)
                    assert said["batch"] > last["batch"] and said["batches"] == said["batch"] - last["batch"] and said["order"] > last.get("order", 0), (said, last)
                    assert said["origin"] == server.origin and said["time"].endswith("Z"), said
                    whole = place.check("backup")
                    assert whole["orders"] == said["order"] and whole["ticks"] == said["tick"] and whole["cut_bytes"] == 0 and whole["last"] == said["time"], (whole, said)
                    last = said
            assert last["snapshot"] > 0, last
            out, _ = place.parley("drill", "backup")
            assert "comes back as of tick %d," % last["tick"] in out and place.check("backup")["digest"] in out, out
            wait_for_tick(server)
            before = streams(place, server)
        last = backed_up(place)  # the server has ended: all of it
        open(place.file("backup/journal/log-00000009.seg.new"), "wb").close()  # what a run that was killed may leave
        judged = subprocess.run([sys.executable, os.path.join(system.ROOT, "verifier", "verify.py"), "backup"], cwd=place.path, stdout=subprocess.PIPE, encoding="utf-8")
        assert judged.returncode == 0 and judged.stdout.startswith("GOOD"), judged
        assert place.check() == dict(place.check("backup"), snapshots=place.check()["snapshots"])
        place.parley("restore", "backup", "again")
        assert place.check("again")["digest"] == place.check()["digest"]
        with Server(place, log="again") as server:
            assert streams(place, server) == before
            spoken(place, "and on it goes")
            assert len(place.parley("stream", "--key", "north.key")[0]) > len(before["north"])


def modes_are_of_secrets():
    with Place() as place:
        log_with_two(place)
        old = os.umask(0)
        try:
            backed_up(place)
            place.parley("restore", "backup", "again")
        finally:
            os.umask(old)
        for top in ("backup", "again"):
            for folder, _, names in os.walk(place.file(top)):
                assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700, folder
                for name in names:
                    assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600, name
        os.chmod(place.file("backup"), 0o770)
        assert "chmod 700" in backed_up(place, status=4)


def where_nothing_may_be_written():
    with Place() as place:
        log_with_two(place)
        place.parley("init", "other", "--origin", "other.example", "--operator", "registry", "--key", "registry.key")
        os.mkdir(place.file("mine"))
        place.write("mine/letters", "x")
        before = place.check("other")
        for dest, words, status in (("log/backup", "lies within", 4), ("log", "lies within", 4), (".", "lies within", 4), ("other", "another log", 4), ("mine", "letters", 4),
                                    ("none/backup", "to be made in", 5), ("log/../log/journal/b", "lies within", 4)):
            said = backed_up(place, dest, status=status)
            assert words in said, (dest, said)
        os.symlink("log", place.file("link"))
        assert "lies within" in backed_up(place, "link/b", status=4)
        assert place.check("other") == before and os.listdir(place.file("mine")) == ["letters"]
        assert "no log" in backed_up(place, "b", "mine", status=5) and "none" in backed_up(place, "b", "none", status=5)
        backed_up(place)
        assert "holds a log" in place.parley("restore", "backup", "log", status=4)[1]
        with Server(place, log="backup") as server:  # a backup that is served is a log of its own
            wait_for_tick(server)
            assert "another process" in backed_up(place, status=8)
        assert "gone on by itself" in backed_up(place, status=7)
        assert "no log" in place.parley("drill", "mine", status=5)[1] and "no log" in place.parley("restore", "mine", "d", status=5)[1]
        assert not [name for name in os.listdir(place.path) if ".drill" in name]


def no_link_is_followed():
    """What would be written elsewhere, or into the log itself, is not written; of a new backup and of one that is there."""
    with Place() as place:
        log_with_two(place)
        before = place.check()
        sum_of = lambda top: {os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mtime_ns for folder, _, names in os.walk(place.file(top)) for name in names}
        stood = sum_of("log")
        os.mkdir(place.file("elsewhere"), 0o700)
        backed_up(place, "there")
        for to in ("../elsewhere", place.file("elsewhere"), "../log/journal", "../nowhere"):
            for name in ("journal", "snapshots"):
                for made in (False, True):
                    shutil.rmtree(place.file("b"), ignore_errors=True)
                    if made:
                        shutil.copytree(place.file("there"), place.file("b"))
                        shutil.rmtree(place.file("b/" + name), ignore_errors=True)
                    else:
                        os.mkdir(place.file("b"), 0o700)
                    os.symlink(to, place.file("b/" + name))
                    had = sorted(os.listdir(place.file("b")))
                    said = backed_up(place, "b", status=4)
                    assert "b/%s" % name in said and "is a link" in said, (to, name, made, said)
                    if not made:
                        assert "is a link" in place.parley("restore", "there", "b", status=4)[1]
                    assert sorted(os.listdir(place.file("b"))) == had
        assert os.listdir(place.file("elsewhere")) == [] and not os.path.exists(place.file("nowhere"))
        assert sum_of("log") == stood and place.check() == before


def killed_anywhere():
    """Either there is no log yet, or one that is whole, never older than before; and the next run brings it up to date."""
    chance, ended, killed = random.Random(SEED), 0, 0
    with Place() as place:
        log_with_two(place)
        with Server(place, "--snapshot-ticks", "1") as server:
            held, began = None, time.monotonic()
            backed_up(place, "timed")
            most = time.monotonic() - began
            for turn in range(400):  # on a busy machine most of them come to their end first
                if turn >= 24 and killed > 3:
                    break
                spoken(place, "turn %d" % turn)
                if turn % 6 == 0:
                    shutil.rmtree(place.file("backup"), ignore_errors=True)
                    held = None
                process = subprocess.Popen([system.binary(), "backup", "log", "backup"], cwd=place.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(chance.random() * most)
                process.kill()
                over = process.wait() == 0
                ended, killed = ended + over, killed + (not over)
                if not os.path.exists(place.file("backup/genesis")):
                    assert held is None
                    continue
                now = place.check("backup")
                assert held is None or now["orders"] >= held["orders"]
                held = now
            wait_for_tick(server)
        backed_up(place)
        assert place.check("backup")["digest"] == place.check()["digest"] and killed > 3, (killed, ended)


def every_rotten_or_missing_file_is_told():
    """By drill, by its exit status; nothing of it stays behind; the backup itself is not touched."""
    with Place() as place:
        place.init()
        with Server(place, "--snapshot-ticks", "1") as server:
            for party in ("north", "south"):
                place.party(party)
            for i in range(3):
                spoken(place, "word %d" % i)
                wait_for_tick(server)
        backed_up(place)
        good = json.loads(place.parley("drill", "backup", "--json")[0])
        assert good["drill"] and good["digest"] == place.check()["digest"] and good["checked_s"] > 0 and good["orders"] == place.check()["orders"], good
        whole = place.check("backup")
        snapshot = "snapshots/" + sorted(os.listdir(place.file("backup/snapshots")))[-1]
        # byte None: the file is gone; a snapshot, whose state the journal gives too, is named all the same
        cases = [("genesis", 40, 7, ""), ("genesis", None, 5, "no log"), ("log.key", 20, (3, 4, 7), ""), ("log.key", None, 5, "log.key"), ("blinds", 40, 7, ""), ("blinds", None, 5, "blinds"),
                 ("checkpoint", 20, 7, "checkpoint"), ("checkpoint", None, 5, "checkpoint"), ("journal/log-00000001.seg", 700, 7, "byte"), ("journal/pay-00000001.seg", 60, 7, "byte"),
                 ("journal/pay-00000001.seg", None, 7, "pay-00000001"), ("journal/log-00000001.seg", None, 7, "end is lost"), (snapshot, 5000, 7, "snapshot")]
        for name, byte, status, word in cases:
            shutil.copytree(place.file("backup"), place.file("spoilt"))
            path = place.file(os.path.join("spoilt", name))
            if byte is None:
                os.remove(path)
            else:
                with open(path, "r+b") as file:
                    file.seek(byte)
                    was = file.read(1)
                    file.seek(byte)
                    file.write(bytes([was[0] ^ 4]))
            if name == "checkpoint" and byte is not None:
                with open(path, "r+b") as file:  # whichever of the two blocks is not empty
                    file.seek(byte + 4096)
                    was = file.read(1)
                    file.seek(byte + 4096)
                    file.write(bytes([was[0] ^ 4]))
            print("# %s, byte %s" % (name, byte))
            out, err = place.parley("drill", "spoilt", status=status)
            assert word in err and not out, (name, byte, out, err)
            shutil.rmtree(place.file("spoilt"))
            assert not [left for left in os.listdir(place.path) if ".drill" in left], name
        assert place.check("backup") == whole
        os.mkdir(place.file("elsewhere"))
        place.parley("drill", "backup", "--scratch", "elsewhere/")
        assert os.listdir(place.file("elsewhere")) == []
        for none in ("none", "backup/genesis"):
            err = place.parley("drill", "backup", "--scratch", none, status=(5, 71))[1]
            assert "parley: --scratch: make %s/drill-" % none in err, err
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # the lease is asked back
        place.write("elsewhere/genesis", "")
        with open(place.file("backup/blinds"), "r+b") as held:  # where it is, while it is there
            fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            drill = subprocess.Popen([system.binary(), "drill", "backup", "--scratch", "elsewhere"], cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while fcntl.fcntl(held, fcntl.F_GETLEASE) == fcntl.F_WRLCK:
                assert drill.poll() is None, drill.communicate()
                time.sleep(0.002)
            assert [name[:6] for name in sorted(os.listdir(place.file("elsewhere")))] == ["drill-", "genesi"] and not [left for left in os.listdir(place.path) if "drill" in left]
        drill.communicate(timeout=120)
        assert drill.returncode == 0 and os.listdir(place.file("elsewhere")) == ["genesis"]


def children(pid):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8") as file:
                found += [int(name)] if int(file.read().rsplit(")", 1)[1].split()[1]) == pid else []
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def a_drill_that_is_stopped_leaves_nothing():
    """In its midst, held there by a lease on a file of the backup: by signals to it, and by the system that ends the process which does the work."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # the lease is asked back
    with Place() as place:
        log_with_two(place)
        backed_up(place)
        name = place.file("backup/blinds")
        for number, inner in ((signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGHUP, False), (signal.SIGKILL, True)):
            with open(name, "r+b") as held:
                fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
                drill = subprocess.Popen([system.binary(), "drill", "backup"], cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
                while fcntl.fcntl(held, fcntl.F_GETLEASE) == fcntl.F_WRLCK:  # asked back: it has come so far, and waits
                    assert drill.poll() is None, drill.communicate()
                    time.sleep(0.002)
                assert [left for left in os.listdir(place.path) if ".drill" in left]
                if inner:
                    for child in children(drill.pid):
                        os.kill(child, signal.SIGSTOP)  # that alone ends nothing
                        os.kill(child, signal.SIGCONT)
                        os.kill(child, number)
                else:
                    drill.send_signal(number)
                out, err = drill.communicate(timeout=60)
            assert drill.returncode == (71 if inner else -number), (drill.returncode, err)
            assert ("is there memory" if inner else "stopped by signal %d; its copy was removed" % number) in err and not out, (out, err)
            assert not [left for left in os.listdir(place.path) if ".drill" in left], number
        place.parley("drill", "backup")


def an_end_that_is_lost_is_not_copied():
    """The checkpoint that was given out says that there was more."""
    with Place() as place:
        log_with_two(place)
        path = place.file("log/journal/log-00000001.seg")
        with open(path, "r+b") as file:
            was = file.read()
            begins = [i for i in range(0, len(was), 512) if was[i + 4:i + 8] == bytes(4) and any(was[i:i + 512])]
            long = [i for i in begins if any(was[i + 512:i + 1024]) and i + 512 not in begins]
            file.seek(long[-1] + 512)
            file.write(bytes(len(was) - long[-1] - 512))
        assert "its end is lost" in backed_up(place, status=7) and not os.path.exists(place.file("backup/genesis"))
        with open(path, "wb") as file:
            file.write(was)
        backed_up(place)
        assert place.check("backup")["digest"] == place.check()["digest"]


def what_others_have_seen():
    with Place() as place:
        log_with_two(place)
        with Server(place, "--log-open") as server:
            url = "http://%s:%d" % (server.host, server.port)
            place.parley("mirror", url, "--as", "north", "--into", "n", "--key", "north.key", "--once")
            place.write("seen", place.parley("checkpoint")[0])
            wait_for_tick(server)
            backed_up(place)
            place.parley("restore", "backup", "r0", "--witnessed", "seen", "--witnessed", "n")
            wait_for_tick(server, 3)
            place.write("later", place.parley("checkpoint")[0])
            place.parley("mirror", url, "--as", "north", "--into", "n", "--key", "north.key", "--once")
            for more in ("later", "n", url, url + "/log/checkpoint", url + "/"):
                out, err = place.parley("restore", "backup", "r1", "--witnessed", "seen", "--witnessed", more, status=12)
                assert "nothing was restored" in err and "ends with tick" in err and not os.path.exists(place.file("r1")), (more, err)
            place.parley("restore", "backup", "r1", "--witnessed", url + "/nothing", status=5)
        place.parley("restore", "backup", "r1", "--witnessed", url, status=6)  # nobody answers: nothing is known
        place.parley("restore", "backup", "r1", "--witnessed", "none", status=(5, 71))
        place.write("junk", "junk\n")
        place.parley("restore", "backup", "r1", "--witnessed", "junk", status=(3, 7))
        os.mkdir(place.file("empty"))
        place.parley("restore", "backup", "r1", "--witnessed", "empty", status=(3, 5))
        assert not os.path.exists(place.file("r1"))
        # What is of another log says nothing of this one, in whatever form it comes.
        place.parley("key", "new", "other.key", "--name", "exercise/registry/root")
        place.parley("init", "other", "--origin", "other.example", "--operator", "registry", "--key", "other.key")
        with Server(place, log="other") as server:
            url = "http://%s:%d" % (server.host, server.port)
            place.parley("party", "add", "--root", "north.key.pub", "--key", "other.key", "--key", "north.key")
            wait_for_tick(server)
            place.write("theirs", place.parley("checkpoint", "--key", "north.key")[0])
            place.parley("mirror", url, "--as", "north", "--into", "o", "--key", "north.key", "--once")
            for address in (url, url + "/log/checkpoint"):  # it is asked without a key, and shows nobody anything without one
                _, err = place.parley("restore", "backup", "r1", "--witnessed", address, status=7)
                assert err.startswith("parley: --witnessed: %s shows its checkpoint to none but" % address) and "--log-open" in err and "parley checkpoint --key FILE" in err, err
        for theirs, words in (("theirs", "theirs: is of another log: other.example/exercise, not system.example/exercise"), ("o", "o: is a mirror of another log: other.example/exercise")):
            assert words in place.parley("restore", "backup", "r1", "--witnessed", "seen", "--witnessed", theirs, status=12)[1], theirs
        assert "theirs: is of another log" in place.parley("diff", "n", "theirs", status=4)[1]
        assert "junk: " in place.parley("diff", "n", "junk", status=3)[1] and not os.path.exists(place.file("r1"))
        # A fork: the restored one went on, and signed as many ticks as the log that was lost.
        with Server(place, log="r0") as server:
            place.serve(server)
            while server.ask("GET", "/v1/log")[2]["size"] < int(open(place.file("later"), encoding="utf-8").read().split("\n")[1]):
                time.sleep(0.1)
        backed_up(place, "forked", "r0")
        out, err = place.parley("restore", "forked", "r1", "--witnessed", "later", status=12)
        assert "fork" in err and "nothing was restored" in err, err
        out, _ = place.parley("restore", "backup", "r1")
        assert "a fork" in out and "compared with 0" in out, out
        assert json.loads(place.parley("restore", "backup", "r2", "--json", "--witnessed", "seen")[0])["compared"] == 1


def what_a_mirror_and_the_witness_beside_it_have_signed():
    """More than what it has pulled: its server is away, others bring it the log."""
    with Place() as place:
        log_with_two(place)
        for name, kind in (("m", "mirror"), ("w", "witness")):
            place.parley(kind, "key", name + ".key", "--name", "%s.example/north" % kind)
        signs = ("--log-open", "--mirror-key", "m.key", "--witness-key", "w.key")
        with Server(place, "--log-open") as server:
            with mirror_serve_test.Mirror(place, "n", *signs, server=server) as mirror:
                mirror_serve_test.eventually(lambda: mirror.ask("/log/checkpoint")[0] == 200)
            wait_for_tick(server)
            backed_up(place)
            wait_for_tick(server, 3)
            later = place.parley("checkpoint")[0]
            size = int(later.split("\n")[1])
            entries = tlog.entries_of(server_tile(server, size))[:size]
        restore = ("restore", "backup", "r", "--witnessed", "n")
        place.parley("restore", "backup", "r0", "--witnessed", "n")  # of what it has pulled the backup holds all
        with mirror_serve_test.Mirror(place, "n", *signs, server=mirror_serve_test.Away) as mirror:
            url = "http://127.0.0.1:%d" % mirror.port
            held = mirror.ask("/log/checkpoint")[2]
            held = int(held.split(b"\n")[1])
            place.parley("restore", "backup", "r1", "--witnessed", url)
            leaves = [hashlib.sha256(b"\0" + e).digest() for e in entries]
            proof = "".join(base64.b64encode(h).decode() + "\n" for h in tlog.proof(held, leaves))
            assert mirror.ask("/add-checkpoint", ("old %d\n%s\n%s" % (held, proof, later)).encode())[0] == 200
            refused = lambda by: seen_more(place, size, by)
            refused(url)  # the witness beside it has signed; the mirror has not
            refused(url + "/")
            refused("n")
            assert int(mirror.ask("/log/checkpoint")[2].split(b"\n")[1]) == held
            assert mirror.ask("/add-entries", tlog.add_entries(system_origin(later), entries, held, size))[0] == 200
            refused(url)
        refused("n")
        os.remove(place.file("n/serve/pending/%s" % hashlib.sha256(system_origin(later).encode()).hexdigest()))
        refused("n")  # the mirror's own signature, alone
        deep = os.path.join(*["d" * 49] * ((PATH_MOST - 40) // 50), "n")  # a mirror may be there, and what it serves not
        deep = "d" * (PATH_MOST - 40 - len(deep)) + deep
        os.makedirs(place.file(os.path.dirname(deep)))
        shutil.copytree(place.file("n"), place.file(deep), ignore=shutil.ignore_patterns("serve"))
        assert "too long a path" in place.parley("restore", "backup", "r", "--witnessed", deep, status=3)[1]
        place.write("n/serve/mirror", "no head")
        assert "does not begin as a mirror's file" in place.parley(*restore, status=7)[1]
        assert not os.path.exists(place.file("r"))


def system_origin(note):
    return note.split("\n")[0]


def server_tile(server, size):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    connection.request("GET", "/log/tile/entries/000.p/%d" % size)
    data = connection.getresponse().read()
    connection.close()
    return data


def seen_more(place, size, by):
    err = place.parley("restore", "backup", "r", "--witnessed", by, status=12)[1]
    assert "has seen %d ticks" % size in err and "nothing was restored" in err and not os.path.exists(place.file("r")), (by, err)


def the_page_goes_on_with_what_was_restored():
    """Of the log that was lost and of what came back from its backup one goes on, in all that the page serves behind that: two would be a fork."""
    commands = [c for heading in ("A walk with your own log", "Running it") for block in walk_test.blocks(heading) for c in block]
    at = next(i for i, c in enumerate(commands) if c.startswith("parley restore "))
    restored = commands[at].split()[3]
    served = [re.search(r"--data (\S+)", c)[1] for c in commands[at:] if c.startswith("parley serve ")]
    assert len(served) >= 3 and set(served) == {restored}, (restored, served)
    before = {re.search(r"--data (\S+)", c)[1] for c in commands[:at] if c.startswith("parley serve ")}
    assert restored not in before or any(c.split()[:2] == ["mv", restored] for c in commands[:at]), (restored, before)


def the_walk_of_the_page():
    with Place() as place:
        log_with_two(place)
        os.mkdir(place.file("build"))
        os.mkdir(place.file("walk"))
        os.symlink(system.binary(), place.file("build/parley"))
        os.rename(place.file("log"), place.file("walk/log"))
        shell = walk_test.Shell(place, walk_test.free_port(), {})
        shell.before += ["parley() { build/parley \"$@\"; }", "export PARLEY_SERVER=http://localhost:%d" % shell.port]
        found = [block for block in walk_test.blocks("Running it") if any(c.startswith("parley backup") for c in block)]
        assert len(found) == 1
        server, said = shell.start("parley serve --data walk/log --listen localhost:8421"), []
        try:
            assert server.stdout.readline().startswith("parley: listening on ")
            for command in found[0]:
                if command.startswith("parley serve"):
                    server = shell.start(command)
                    assert server.stdout.readline().startswith("parley: listening on ")
                    continue
                if command.startswith("# "):
                    server.terminate()
                    assert server.wait(timeout=30) == 0
                    continue
                said.append(shell.run(command))
            assert len(said) == 6 and said[0].startswith("backup: ") and "comes back as of tick" in said[1] and said[5].startswith("restored: "), said
            assert re.search(r"compared with 1 that others hold", said[5]), said
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=30) == 0
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()


if __name__ == "__main__":
    run([beside_a_server_under_statements, modes_are_of_secrets, where_nothing_may_be_written, no_link_is_followed, killed_anywhere, every_rotten_or_missing_file_is_told, a_drill_that_is_stopped_leaves_nothing, an_end_that_is_lost_is_not_copied,
         what_others_have_seen, what_a_mirror_and_the_witness_beside_it_have_signed, the_page_goes_on_with_what_was_restored, the_walk_of_the_page])
