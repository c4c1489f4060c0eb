"""Stopping, starting, and what may have happened to the directory in between: a full disk, a second server, flipped bytes, a lost tail."""
import fcntl
import os
import shutil
import signal
import subprocess
import time

import system
from system import Place, Server, Skip, wait_for_tick

CIRCLE = ("--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", "+1h", "--to", "+2h")
MB = 1024 * 1024


def fill(place, count, party="north"):
    for i in range(count):
        place.parley("message", "registry", "number %d" % i, "--key", party + ".key")


def small_log(place):
    place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=1024", "--capacity", "volumes=8192")


# --- a second server, a clean stop ---

def a_second_server_on_the_directory_is_refused():
    with Place() as place:
        small_log(place)
        with Server(place):
            place.party("north")
            out, err = place.parley("serve", "--data", "log", "--listen", "127.0.0.1:0", status=8)
            assert "log" in err and out == "", (out, err)
            _, err = place.parley("replay", "absent.json", "--dir", "log", "--as", "north", status=(8, 71))
            place.parley("log", "check", "log")  # looks, and takes no lock
            place.parley("message", "registry", "the first one goes on", "--key", "north.key")
        with Server(place):  # the lock went with its holder
            fill(place, 1)


def a_stop_and_a_start_change_nothing():
    with Place() as place:
        small_log(place)
        with Server(place):
            place.party("north")
            place.parley("notice", "file", "--area", "A", "--category", "missile", *CIRCLE, "--key", "north.key")
            fill(place, 3)
            notices, stream = (place.parley(*w, "--key", "north.key")[0] for w in (("list", "notices", "--json"), ("stream",)))
        before = place.check()
        with Server(place, "--verify"):
            assert place.parley("list", "notices", "--json", "--key", "north.key")[0] == notices
            assert place.parley("stream", "--key", "north.key")[0].startswith(stream)
        assert place.check()["orders"] >= before["orders"]


# --- rot and loss ---

class Written:
    """A log with something in it, stopped; each test takes a copy."""
    made = None

    @classmethod
    def get(cls):
        if cls.made is None:
            cls.made = cls()
        return cls.made

    def __init__(self):
        self.place = place = Place()
        small_log(place)
        with Server(place) as server:
            place.party("north")
            place.parley("notice", "file", "--area", "A", "--category", "missile", *CIRCLE, "--key", "north.key")
            fill(place, 4)
            wait_for_tick(server)
        shutil.copytree(place.file("log"), place.file("earlier"))
        with Server(place) as server:
            fill(place, 4)
            wait_for_tick(server)
        self.numbers = place.check()

    def copy(self):
        shutil.rmtree(self.place.file("copy"), ignore_errors=True)
        shutil.copytree(self.place.file("log"), self.place.file("copy"))
        return self.place.file("copy")


def used(path):
    with open(path, "rb") as file:
        return len(file.read().rstrip(b"\0"))


def flip(path, at):
    """The first byte from there on that is not zero: zeros are the room between batches, which belongs to no record."""
    with open(path, "r+b") as file:
        file.seek(at)
        rest = file.read()
        at += len(rest) - len(rest.lstrip(b"\0"))
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x10]))


def stored(directory):
    """What the log consists of. lock is empty; index is computed anew at every start; scrub says how far the search for rot came."""
    for folder, _, names in os.walk(directory):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name not in ("lock", "scrub") and os.sep + "index" not in folder and used(path) > 0:
                yield path


def a_flipped_byte_in_any_file_is_found_and_the_file_named():
    w = Written.get()
    kinds = set()
    for path in list(stored(w.copy())):
        name = os.path.relpath(path, w.place.file("copy"))
        kinds.add(os.path.basename(name)[:3])
        size = used(path)
        for at in sorted({0, size // 3, size // 2, size - 1}):
            w.copy()
            flip(path, at)
            if name.endswith(".key"):  # secrets: the check needs none, the server does
                _, err = w.place.parley("serve", "--data", "copy", "--listen", "127.0.0.1:0", status=(3, 4, 7), timeout=30)
                assert name in err, (name, at, err)
                continue
            out, err = w.place.parley("log", "check", "copy", status=7 if name not in ("checkpoint", "blinds") else (0, 7))
            if err == "":
                # The older one of a checkpoint's two places; a random number of a party that does not exist yet.
                assert name in ("checkpoint", "blinds"), "%s, byte %d of %d: not found\n%s" % (name, at, size, out)
            elif name == "blinds":
                assert "tick 1 does not match" in err, err  # random numbers: only the ticks that they blinded can tell
            else:
                assert os.path.basename(name) in err, (name, at, err)
    assert {"pay", "log", "gen", "che", "bli"} <= kinds, kinds
    w.copy()
    w.place.check("copy")


def a_damaged_log_is_not_served():
    w = Written.get()
    segment = [p for p in stored(w.copy()) if os.path.basename(p).startswith("pay")][0]
    flip(segment, used(segment) // 2)
    _, err = w.place.parley("serve", "--data", "copy", "--listen", "127.0.0.1:0", "--verify", status=7, timeout=30)
    assert os.path.basename(segment) in err, err


def a_lost_tail_is_refused():
    """The journal of yesterday under the checkpoint of today: what was given out would be missing."""
    w = Written.get()
    copy = w.copy()
    shutil.rmtree(os.path.join(copy, "journal"))
    shutil.copytree(os.path.join(w.place.file("earlier"), "journal"), os.path.join(copy, "journal"))
    for words in (("log", "check", "copy"), ("serve", "--data", "copy", "--listen", "127.0.0.1:0")):
        out, err = w.place.parley(*words, status=7, timeout=30)
        assert "checkpoint" in err or "tail" in err, err


def a_truncated_journal_is_refused():
    w = Written.get()
    for kind in ("log-", "pay-"):
        segment = [p for p in stored(w.copy()) if os.path.basename(p).startswith(kind)][-1]
        os.truncate(segment, used(segment) // 2)
        _, err = w.place.parley("log", "check", "copy", status=7)
        assert err, kind
        os.remove(segment)
        _, err = w.place.parley("log", "check", "copy", status=(7, 71))
        assert err, kind


def the_index_is_computed_anew():
    w = Written.get()
    copy = w.copy()
    for name in os.listdir(os.path.join(copy, "index")):
        path = os.path.join(copy, "index", name)
        if os.path.getsize(path) > 10:
            flip(path, 8)
    server = Server(w.place, log="copy")
    try:
        assert "number 3" in w.place.parley("stream", "--key", "north.key")[0]
    finally:
        server.stop()
    shutil.rmtree(os.path.join(copy, "index"))
    with Server(w.place, log="copy"):
        assert "number 3" in w.place.parley("stream", "--key", "north.key")[0]


# --- a full disk ---

class SmallDisk:
    def __init__(self, place, size):
        self.path = place.file("disk")
        os.mkdir(self.path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", self.path], stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Skip("no file system can be mounted here")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        subprocess.run(["umount", self.path], check=True)

    def leave(self, free):
        """Fills it until so many bytes are left."""
        filler = os.path.join(self.path, "filler")
        if os.path.exists(filler):
            os.remove(filler)
        s = os.statvfs(self.path)
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, s.f_bavail * s.f_frsize - free))


def metric(server, name):
    text = server.ask("GET", "/metrics")[2].decode()
    return float([line for line in text.splitlines() if line.startswith(name + " ")][0].split()[1])


def a_full_disk_refuses_clearly_and_loses_nothing():
    with Place() as place:
        with SmallDisk(place, 2048 * MB) as disk:
            place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=1024", "--capacity", "volumes=8192", log="disk/log")
            server = Server(place, log="disk/log")
            try:
                place.party("north")
                reserve = int(metric(server, "parley_disk_reserve_bytes"))
                flight = ["flight", "file", "--callsign", "ABC1", *CIRCLE, "--key", "north.key"]
                notice = ["notice", "file", "--area", "N", "--category", "missile", *CIRCLE, "--key", "north.key"]
                message = ["message", "registry", "we can still speak", "--key", "north.key"]
                feed = ["feed", "declare", "radar", "--key", "north.key"]
                for words in (flight, notice, message, feed):
                    place.parley(*words)
                # Less than three times the reserve: flights stop, what warns people goes on.
                disk.leave(5 * reserve // 2)
                wait_for_tick(server)
                _, err = place.parley(*flight, status=8)
                assert "disk" in err and "no room left" in err and "507" in err, err
                for words in (notice, message, feed):
                    place.parley(*words)
                disk.leave(3 * reserve // 2)
                wait_for_tick(server)
                place.parley(*feed, status=8)
                for words in (notice, message):
                    place.parley(*words)
                # The reserve is for the ticks: nothing else is taken; reads go on, and so do the ticks.
                disk.leave(reserve // 2)
                wait_for_tick(server)
                for words in (flight, feed, notice, message):
                    place.parley(*words, status=8)
                assert "N" in place.parley("list", "notices", "--key", "north.key")[0]
                wait_for_tick(server)
                said = place.parley("stream", "--key", "north.key")[0].count("we can still speak")
                assert said == 3, said
                disk.leave(6 * reserve)
                wait_for_tick(server)
                for words in (flight, notice, message, feed):
                    place.parley(*words)
                server.stop()
            except BaseException:
                if server.process.poll() is None:
                    server.kill()
                raise
            assert place.check("disk/log")["cut_bytes"] == 0


class Doomed(Server):
    """A server whose next write fails: it may end before it was asked anything."""

    def start(self, create=False):
        system.harness.Server.start(self, False)


def a_write_that_fails_ends_the_server_and_the_next_one_recovers():
    """A limit on the size of a file stands for the disk that fails although space was admitted."""
    if not shutil.which("prlimit"):
        raise Skip("no prlimit here")
    with Place() as place:
        small_log(place)
        with Server(place):
            place.party("north")
            fill(place, 2)
            answered = place.parley("stream", "--key", "north.key")[0]
        largest = max(used(p) for p in stored(place.file("log")) if "journal" in p)
        try:
            server = Doomed(place, prefix=["prlimit", "--fsize=%d" % (largest // 4096 * 4096), "--"])
        except RuntimeError as why:
            assert "cannot" in str(why) or "File too large" in str(why), why # it ended before it listened
        else:
            place.parley("message", "registry", "x" * 4000, "--key", "north.key", status=(6, 8))
            for _ in range(100):
                if server.process.poll() is not None:
                    break
                time.sleep(0.1)
            status = server.process.poll()
            if status is None:
                server.kill()
            assert status not in (None, 0), "the server goes on after a failed write"
            fatal = [l for l in map(system.strictly, (l for l in server.stderr().splitlines() if l.startswith("{"))) if l["event"] == "fatal"]
            assert len(fatal) == 1 and fatal[0]["level"] == "error" and "File too large" in fatal[0]["message"] and "journal" in fatal[0]["field"], server.stderr()
        os.remove(place.file("stderr.txt"))  # its last words are no complaint of the next one
        with Server(place):
            assert place.parley("stream", "--key", "north.key")[0].startswith(answered)
            fill(place, 1)
        place.check()


def who_still_reads_the_log_ends_at_once():
    """A long log is read for minutes; a stop must not wait for its end. Here one file is held by a lease, and opening it waits for us."""
    with Place() as place:
        place.init()
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # by which the kernel asks for the lease
        held = os.open(place.file("log/log.key"), os.O_RDWR)
        fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        for name in (signal.SIGTERM, signal.SIGINT):
            process = subprocess.Popen([system.binary(), "serve", "--data", place.file("log"), "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE)
            try:
                assert b'"starting"' in process.stderr.readline()
                time.sleep(0.3)
                assert process.poll() is None
                process.send_signal(signal.SIGHUP)  # asks for nothing before it serves
                time.sleep(0.1)
                assert process.poll() is None
                process.send_signal(name)
                assert process.wait(timeout=20) == -name
            finally:
                process.kill()
                process.wait()
                process.stderr.close()
            fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        os.close(held)
        with Server(place) as server:
            assert server.ask("GET", "/healthy")[0] == 200


if __name__ == "__main__":
    try:
        system.run([a_second_server_on_the_directory_is_refused, who_still_reads_the_log_ends_at_once, a_stop_and_a_start_change_nothing, a_flipped_byte_in_any_file_is_found_and_the_file_named,
                    a_damaged_log_is_not_served, a_lost_tail_is_refused, a_truncated_journal_is_refused, the_index_is_computed_anew,
                    a_full_disk_refuses_clearly_and_loses_nothing, a_write_that_fails_ends_the_server_and_the_next_one_recovers])
    finally:
        if Written.made is not None:
            Written.made.place.__exit__(None, None, None)
