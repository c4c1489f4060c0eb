"""parley doctor: each thing that it looks at is made wrong."""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import time
import urllib.request

import system
from system import Place, Server, Skip, strictly, wait_for_tick

DISK = 64 * 1024 * 1024


def doctor(place, *words, status=None, before=None, log="log"):
    """{what: [(level, found, fix)]} and the exit status, which must be that of the worst line."""
    done = subprocess.run([system.binary(), "doctor", log, "--json"] + [str(w) for w in words], cwd=place.path, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=120, preexec_fn=before)
    told = [line for line in done.stderr.splitlines() if not line.startswith("profiling:")]  # another user cannot write a build's counters
    assert told == [], told
    said, lines = strictly(done.stdout), {}
    for l in said["lines"]:
        assert set(l) == {"what", "level", "found", "fix"} and (l["fix"] is None) == (l["level"] == "OK"), l
        lines.setdefault(l["what"], []).append((l["level"], l["found"], l["fix"] or ""))
    worst = max((l["level"] for l in said["lines"]), key=["OK", "WARN", "FAIL"].index)
    assert said["worst"] == worst and done.returncode == {"OK": 0, "WARN": 9, "FAIL": 10}[worst], (done.returncode, worst)
    if status is not None:
        assert done.returncode == status, done.stdout
    return lines


def only(lines, what, level, *parts):
    found = [l for l in lines[what] if l[0] == level]
    assert found and any(all(p in l[1] + l[2] for p in parts) for l in found), (what, level, parts, lines[what])


def a_log(place):
    place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=1024", "--capacity", "volumes=8192")


def run_for(place):
    with Server(place) as server:
        place.party("north")
        wait_for_tick(server)


def a_log_that_is_well():
    with Place() as place:
        a_log(place)
        run_for(place)
        before = {n: os.stat(place.file("log/" + n)).st_mtime_ns for n in os.listdir(place.file("log"))}
        lines = doctor(place)
        assert not [l for ls in lines.values() for l in ls if l[0] == "FAIL"], lines
        for what in ("version", "log", "lock", "permissions", "journal end", "time", "disk", "disk writes", "open files", "memory"):
            only(lines, what, "OK")
        assert len(lines["key"]) == 2 and all(l[0] == "OK" for l in lines["key"])
        assert {n: os.stat(place.file("log/" + n)).st_mtime_ns for n in os.listdir(place.file("log"))} == before
        text, _ = place.parley("doctor", "log", status=(0, 9))
        text, tables = text.split("memory of the tables\n")
        assert re.search(r"^  notices +\S+ [kM]B$", tables, re.M) and re.search(r"^  all +\S+ MB$", tables, re.M), tables
        for line in text.splitlines():
            assert line[:4].strip() in ("OK", "WARN") or line.strip().startswith("->"), line
        assert "permissions" in text and "journal end" in text


def growth_is_measured():
    """A journal that was written to for ten days, by its times: the last week of it counts."""
    with Place() as place:
        a_log(place)
        run_for(place)
        only(doctor(place), "disk days", "OK", "too young")
        journal = [place.file("log/journal/" + n) for n in os.listdir(place.file("log/journal"))]
        for days in (1, 10):
            for path in journal:
                os.utime(path, (time.time(), time.time() + days * 86400))
            said = doctor(place)["disk days"][0][1]
            if "too young" in said:
                raise Skip("this file system does not tell when a file was made")
            grown = float(re.search(r"grew by ([0-9.]+) MB a day", said)[1])
            bytes_ = sum(os.stat(p).st_blocks * 512 for p in journal + [place.file("log/index/" + n) for n in os.listdir(place.file("log/index"))])
            assert abs(grown - bytes_ / days / 1e6) < 0.06 + 0.1 * grown, (said, bytes_, days)


def size_of(port):
    """Ticks sealed; 0 as long as nobody answers."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/v1/log" % port, timeout=30) as reply:
            return json.load(reply)["size"]
    except OSError:
        return 0


def standard_files_that_are_closed():
    """What would be written to them must not get into the log's files."""
    with Place() as place:
        a_log(place)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        done = subprocess.Popen(["sh", "-c", 'exec "$0" serve --data log --listen 127.0.0.1:%d --log-level debug <&- >&- 2>&-' % port, system.binary()], cwd=place.path, env=place.environment)
        while size_of(port) < 2:
            assert done.poll() is None
            time.sleep(0.05)
        try:
            stand = [os.readlink("/proc/%d/fd/%d" % (done.pid, i)) for i in range(3)]
        except PermissionError:
            stand = None  # it lets none but root look in
        done.terminate()
        assert done.wait(timeout=20) == 0
        if stand is None:
            raise Skip("needs root to look at another process's files")
        assert stand == ["/dev/null"] * 3, stand
        assert place.check()["ticks"] >= 1
        only(doctor(place), "journal end", "OK")


def no_log():
    with Place() as place:
        only(doctor(place, status=10), "log", "FAIL", "No such file", "parley init")
        os.mkdir(place.file("log"))
        only(doctor(place, status=10), "log", "FAIL", "genesis")
        place.parley("doctor", status=64)


def who_may_not_read_it():
    """A healthy log: nothing has to be brought back, which would fork it."""
    if os.geteuid() != 0 or subprocess.run([system.binary(), "--version"], stdout=subprocess.DEVNULL, preexec_fn=lambda: os.setuid(12345)).returncode != 0:
        raise Skip("needs root, and a program that others may run")
    with Place() as place:
        a_log(place)
        os.chmod(place.path, 0o711)

        def as_user(status=10):
            lines = doctor(place, status=status, before=lambda: os.setuid(12345))
            assert "backup" not in str(lines), lines
            return lines
        only(as_user(), "log", "FAIL", "user 12345 may not read it", "Permission denied", "run this as user 0", "chown")
        for at, _, names in os.walk(place.file("log")):
            for path in [at] + [os.path.join(at, n) for n in names]:
                os.chown(path, 12345, -1)
        os.chmod(place.file("log/genesis"), 0)
        only(as_user(), "log", "FAIL", "Permission denied", "chmod 600")
        os.chmod(place.path, 0o700)
        only(as_user(), "log", "FAIL", "Permission denied", "run this as the user")


def what_remains_of_a_log():
    with Place() as place:
        a_log(place)
        os.remove(place.file("log/genesis"))
        only(doctor(place, status=10), "log", "FAIL", "it holds log.key of a log", "backup")
        os.rmdir(place.file("log/journal"))
        place.write("log/journal", "no directory\n")
        only(doctor(place, status=10), "log", "FAIL", "it holds something of a log", "backup")
        for words in (["serve", "--data", "log", "--listen", "127.0.0.1:0"], ["init", "log", "--operator", "registry", "--key", "registry.key"]):
            assert "log/journal" in place.parley(*words, status=71)[1], words


def a_mirror():
    with Place() as place:
        a_log(place)
        with Server(place) as server:
            key = place.party("north")
            wait_for_tick(server)
            place.parley("mirror", "--as", "north", "--into", "mirror", "--key", key, "--once")
        lines = doctor(place, status=10, log="mirror")
        only(lines, "log", "FAIL", "is a mirror of a log", "parley mirror check")
        assert set(lines) == {"version", "log"}, lines


def rot_before_the_end():
    """The last batches are good; a start, which goes through all of them, is refused, and both say what to do."""
    with Place() as place:
        a_log(place)
        run_for(place)
        for prefix in ("log-", "pay-"):
            shutil.rmtree(place.file("copy"), ignore_errors=True)
            shutil.copytree(place.file("log"), place.file("copy"))
            (path,) = [place.file("copy/journal/" + n) for n in os.listdir(place.file("copy/journal")) if n.startswith(prefix)]
            with open(path, "r+b") as file:
                file.seek(used(path) // 4)
                byte = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte[0] ^ 0x20]))
            lines = doctor(place, status=10, log="copy")
            only(lines, "journal", "FAIL", os.path.basename(path), "parley scrub", "do not start")
            only(lines, "journal end", "OK")
            assert "capacities" not in lines, lines
            _, err = place.parley("serve", "--data", "copy", "--listen", "127.0.0.1:0", status=7)
            (refusal,) = [l for l in err.splitlines() if l.startswith("parley: ")]
            assert refusal.count("copy/journal/" + os.path.basename(path)) == 1 and "'parley scrub copy'" in refusal, refusal


def rights_and_owners():
    with Place() as place:
        a_log(place)
        run_for(place)
        for name, mode, right in (("log.key", 0o644, 0o600), ("receipt.key", 0o640, 0o600), ("blinds", 0o604, 0o600), ("journal", 0o750, 0o700), ("index", 0o701, 0o700),
                                  ("genesis", 0o666, 0o600), ("checkpoint", 0o622, 0o600), (".", 0o777, 0o700)):
            path = place.file(os.path.join("log", name))
            was = os.stat(path).st_mode & 0o7777
            os.chmod(path, mode)
            lines = doctor(place, status=10)
            only(lines, "permissions", "FAIL", "mode %04o" % mode, "chmod %o 'log%s'" % (right, "" if name == "." else "/" + name))
            assert len(lines["permissions"]) == 1
            os.chmod(path, was)
        if os.geteuid() == 0:
            os.chown(place.file("log/blinds"), 12345, -1)
            only(doctor(place, status=10), "permissions", "FAIL", "user 12345", "chown 0 'log/blinds'")
            os.chown(place.file("log/blinds"), 0, -1)
        os.rename(place.file("log/blinds"), place.file("blinds"))
        only(doctor(place, status=10), "permissions", "FAIL", "blinds is not there", "backup")
        os.rename(place.file("blinds"), place.file("log/blinds"))
        assert "FAIL" not in {l[0] for ls in doctor(place).values() for l in ls}


def keys_of_others():
    with Place() as place:
        a_log(place)
        for name, other in (("log.key", "receipt.key"), ("receipt.key", "log.key")):
            shutil.copy(place.file("log/" + name), place.file("kept"))
            shutil.copy(place.file("log/" + other), place.file("log/" + name))
            only(doctor(place, status=10), "key", "FAIL", name, "not the key that the genesis names")
            with open(place.file("log/" + name), "w", encoding="ascii") as out:
                out.write("PRIVATE+KEY+broken\n")
            only(doctor(place, status=10), "key", "FAIL", name)
            shutil.copy(place.file("kept"), place.file("log/" + name))
        os.chmod(place.file("log/genesis"), 0o600)
        with open(place.file("log/genesis"), "r+b") as file:
            file.seek(200)
            file.write(b"~")
        only(doctor(place, status=10), "log", "FAIL", "genesis", "backup")


def used(path):
    with open(path, "rb") as file:
        return len(file.read().rstrip(b"\0"))


def an_end_that_does_not_hold():
    with Place() as place:
        a_log(place)
        run_for(place)
        shutil.copytree(place.file("log"), place.file("earlier"))
        with Server(place) as server:
            wait_for_tick(server)

        def copy():
            shutil.rmtree(place.file("copy"), ignore_errors=True)
            shutil.copytree(place.file("log"), place.file("copy"))

        def segment(prefix):
            return sorted(place.file("copy/journal/" + n) for n in os.listdir(place.file("copy/journal")) if n.startswith(prefix))[-1]
        for prefix in ("log-", "pay-"):
            copy()
            at = used(segment(prefix)) - 40
            with open(segment(prefix), "r+b") as file:
                file.seek(at)
                byte = file.read(1)
                file.seek(at)
                file.write(bytes([byte[0] ^ 0x20]))
            if prefix == "log-":
                # The last sector is then no whole one: what it was cannot be told, so the checkpoint shows that it is missing.
                only(doctor(place, status=10, log="copy"), "journal end", "FAIL", "do not start")
            else:
                only(doctor(place, status=10, log="copy"), "journal end", "FAIL", os.path.basename(segment(prefix)), "do not start")
        copy()
        shutil.rmtree(place.file("copy/journal"))
        shutil.copytree(place.file("earlier/journal"), place.file("copy/journal"))
        only(doctor(place, status=10, log="copy"), "journal end", "FAIL", "its end is lost", "do not start")
        copy()
        with open(place.file("copy/checkpoint"), "r+b") as file:
            for slot in (0, 4096):
                file.seek(slot + 100)
                file.write(b"\x55")
        only(doctor(place, status=10, log="copy"), "journal end", "FAIL", "checkpoint")


def a_clock_behind_the_log():
    with Place() as place:
        a_log(place)
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
        with Server(place, "--clock-rate", "1", "--clock-start", start) as server:
            wait_for_tick(server, 1)
        only(doctor(place, status=10), "time", "FAIL", "behind the last record", "UNSURE")


def limits_that_are_too_low():
    def lower(which, value):
        return lambda: resource.setrlimit(which, (value, value))
    with Place() as place:
        a_log(place)
        only(doctor(place, status=10, before=lower(resource.RLIMIT_NOFILE, 200)), "open files", "FAIL", "200 may be open", "LimitNOFILE")
        only(doctor(place, "--connections", 100, before=lower(resource.RLIMIT_NOFILE, 200)), "open files", "OK", "100 connections")
        only(doctor(place, before=lower(resource.RLIMIT_MEMLOCK, 4096)), "locked memory", "WARN", "LimitMEMLOCK")
        place.parley("init", "huge", "--origin", "system.example", "--operator", "registry", "--key", "registry.key", "--capacity", "notices=60000000", "--capacity", "volumes=60000000")
        only(doctor(place, status=10, log="huge"), "memory", "FAIL", "the state takes", "larger machine")


def a_small_disk_in_memory():
    with Place() as place:
        os.mkdir(place.file("disk"))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % DISK, "tmpfs", place.file("disk")], stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Skip("no file system can be mounted here")
        try:
            place.init("--capacity", "slots_log2=3", "--capacity", "parties=4", "--capacity", "notices=1024", "--capacity", "volumes=8192", log="disk/log")
            lines = doctor(place, status=10, log="disk/log")
            only(lines, "disk", "FAIL", "less than the reserve")
            only(lines, "file system", "WARN", "tmpfs", "power cut")
            with Server(place, "--metrics-local", log="disk/log") as server:
                for _ in range(100):
                    if "disk_low" in server.stderr():
                        break
                    time.sleep(0.05)
                low = [strictly(l) for l in server.stderr().splitlines() if "disk_low" in l]
                assert len(low) == 1 and low[0]["level"] == "error" and low[0]["free_bytes"] < low[0]["reserve_bytes"], server.stderr()
                assert system.harness.figures(server.ask("GET", "/metrics")[2].decode())["parley_disk_free_bytes"] < DISK
        finally:
            subprocess.run(["umount", place.file("disk")], check=True)


def a_server_that_runs():
    with Place() as place:
        a_log(place)
        place.parley("key", "new", "other.key", "--name", "exercise/registry/root")
        place.parley("init", "other", "--origin", "system.example", "--operator", "registry", "--key", "other.key")
        with Server(place) as server:
            place.party("north")
            url = place.environment["PARLEY_SERVER"]
            lines = doctor(place, "--server", url)
            only(lines, "lock", "OK", "held by process %d" % server.process.pid)
            only(lines, "journal end", "OK", "not looked at")
            only(lines, "server", "OK", "serves this log")
            (clock,) = lines["server's clock"]
            assert clock[0] == ("OK" if float(re.search(r"^no jump seen; (?:NOT synchronised, )?error up to ([0-9.e+-]+) s$", clock[1])[1]) <= 0.5 else "WARN"), clock
            only(doctor(place, "--server", url, status=10, log="other"), "server", "FAIL", "another log")
        only(doctor(place, "--server", url, status=10), "server", "FAIL", "start it")
        only(doctor(place), "lock", "OK", "free")


def certificates():
    with Place() as place:
        a_log(place)

        def certificate(days, name="cert"):
            made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj", "/CN=localhost", "-keyout",
                                   place.file(name + ".key"), "-out", place.file(name + ".pem")], capture_output=True)
            if made.returncode != 0:
                raise Skip("no openssl command")
            os.chmod(place.file(name + ".key"), 0o600)
        place.write("settings", "data log\ntls-cert cert.pem\ntls-key cert.key\nconnections 300\n")
        for days, level, fix in ((60, "OK", ""), (10, "WARN", "SIGHUP"), (1, "FAIL", "renew it now")):
            certificate(days)
            only(doctor(place, "--tls-cert", "cert.pem", "--tls-key", "cert.key"), "certificate", level, "cert.pem ends in", fix)
            lines = doctor(place, "--config", "settings")
            only(lines, "certificate", level, fix)
            only(lines, "open files", "OK", "300 connections")
        certificate(60, "other")
        only(doctor(place, "--tls-cert", "cert.pem", "--tls-key", "other.key", status=10), "certificate", "FAIL", "not the key")
        os.chmod(place.file("cert.key"), 0o644)
        only(doctor(place, "--tls-cert", "cert.pem", "--tls-key", "cert.key", status=10), "certificate", "FAIL", "chmod 600")
        only(doctor(place, "--tls-cert", "cert.pem", status=10), "certificate", "FAIL", "together")
        assert "certificate" not in doctor(place)


def doors_of_other_systems():
    with Place() as place:
        a_log(place)
        place.write("settings", "data log\ntoken-key authority.pem\naudience localhost\n")
        only(doctor(place, "--config", "settings"), "other doors", "OK", "authority.pem", "https")
        place.write("settings", "data log\ntoken-key authority.pem\naudience localhost\nplain-http-urls\n")
        only(doctor(place, "--config", "settings"), "other doors", "OK", "may be http")
        assert "other doors" not in doctor(place)


if __name__ == "__main__":
    system.run([a_log_that_is_well, growth_is_measured, standard_files_that_are_closed, no_log, who_may_not_read_it, what_remains_of_a_log, a_mirror, rot_before_the_end, rights_and_owners, keys_of_others, an_end_that_does_not_hold, a_clock_behind_the_log, limits_that_are_too_low, a_small_disk_in_memory,
                a_server_that_runs, certificates, doors_of_other_systems])
