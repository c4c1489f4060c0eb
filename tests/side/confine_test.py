#!/usr/bin/python3
"""Least privilege: what the served process can still ask of the kernel, and the unit that runs it as a user of its own."""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import system  # noqa: E402
from system import Place, Server, Skip, harness  # noqa: E402

UNIT = os.path.join(system.ROOT, "packaging", "parley.service")


def probe(action):
    path = os.environ.get("PARLEY_CONFINE_PROBE")
    if not path or not os.path.exists(path):
        raise Skip("no probe: set PARLEY_CONFINE_PROBE")
    done = subprocess.run([path, action], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode == 2 and b"does not take the filter" in done.stderr:
        raise Skip("this kernel takes no filter: " + done.stderr.decode().strip())
    return done


def what_it_needs_goes_on():
    for action in ("nothing", "threads", "files", "sockets", "heap", "kills-its-own"):
        done = probe(action)
        assert done.returncode == 0 and done.stdout == b"done\n", (action, done)
    assert probe("aborts").returncode in (-signal.SIGABRT, 1)  # an assertion that fails still ends it as itself


def what_it_does_not_need_ends_it():
    for action in ("program", "program-at", "program-in-thread", "child", "trace", "peek", "internet", "netlink", "packet", "executable", "made-executable",
                   "kills", "stops-its-own", "chmods", "root", "mounts", "kernel", "module", "connects"):
        done = probe(action)
        assert done.returncode == -signal.SIGSYS and done.stdout == b"", (action, done)
        said = json.loads(done.stderr.decode().splitlines()[-1])
        assert said["event"] == "forbidden_call" and said["level"] == "error" and said["call"] > 0, (action, said)


def the_keeper_and_the_scrubber_touch_nothing_else():
    path = os.environ.get("PARLEY_CONFINE_PROBE")
    if not path or not os.path.exists(path):
        raise Skip("no probe: set PARLEY_CONFINE_PROBE")

    def keeper(log, *words, role="keeper"):
        done = subprocess.run([path, role, log] + list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if done.returncode == 2 and b"does not take" in done.stderr:
            raise Skip("this kernel takes no such rules: " + done.stderr.decode().strip())
        return done.returncode

    with Place() as place:
        place.init()
        with Server(place):
            pass
        log = place.file("log")
        for role in ("keeper", "scrubber"):
            assert keeper(log, "heap", role=role) == 0
            for word in ("socket", "child", "threads", "program"):
                assert keeper(log, word, role=role) == -signal.SIGSYS, (role, word)
        for name in ("genesis", "checkpoint", "journal/log-00000001.seg", "journal/pay-00000001.seg", "index/places"):
            assert keeper(log, "read", log + "/" + name, role="scrubber") == 0, name
        assert keeper(log, "read", log + "/genesis") == 0 and keeper(log, "read", log + "/journal/log-00000001.seg") == 0
        assert keeper(log, "write", log + "/snapshots/new") == 0 and keeper(log, "read", log + "/index/places") == 0
        if keeper(log, "read", "/etc/passwd") == 0:
            raise Skip("this kernel has no Landlock")
        for name in ("log.key", "receipt.key", "blinds", "checkpoint", "lock"):
            assert keeper(log, "read", log + "/" + name) == 13, name
        for name in ("genesis", "journal/log-00000001.seg", "journal/pay-00000001.seg", "checkpoint", "new", "index/places"):
            assert keeper(log, "write", log + "/" + name) == 13, name
        for name in ("log.key", "receipt.key", "blinds", "lock"):
            assert keeper(log, "read", log + "/" + name, role="scrubber") == 13, name
        for name in ("genesis", "journal/log-00000001.seg", "journal/pay-00000001.seg", "checkpoint", "new", "index/places", "snapshots/new", "scrub"):
            assert keeper(log, "write", log + "/" + name, role="scrubber") == 13, name


def landlock():
    """Its version; what one that is confined can open does not tell whether there is any."""
    return max(0, ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


def a_witness_or_a_mirror_opens_what_is_its_own():
    path = os.environ.get("PARLEY_CONFINE_PROBE")
    if not path or not os.path.exists(path):
        raise Skip("no probe: set PARLEY_CONFINE_PROBE")
    with Place() as place:
        own, beside = place.file("m/serve"), place.file("m/key")
        os.makedirs(own + "/pending")
        for name in (beside, own + "/offer"):
            with open(name, "w", encoding="ascii") as out:
                out.write("x")

        def small(*words):
            done = subprocess.run([path, "small", own] + list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
            if done.returncode == 2 and b"does not take" in done.stderr:
                raise Skip("this kernel takes no such rules: " + done.stderr.decode().strip())
            return done.returncode
        for word in ("child", "program"):
            assert small(word) == -signal.SIGSYS, word
        assert small("socket") == 0 and small("threads") == 0
        assert small("read", own + "/offer") == 0 and small("write", own + "/mirror.new") == 0 and small("write", own + "/pending/new") == 0
        if not landlock():
            raise Skip("this kernel has no Landlock")
        assert small("read", "/etc/passwd") == 13
        for word in ("read", "write"):
            assert small(word, beside) == 13, word
        assert small("write", place.file("m/new")) == 13 and small("read", own + "/../key") == 13


def confined(pid):
    """Of each thread: 2 is filter."""
    found = []
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, thread), encoding="ascii") as text:
            found.append(re.search(r"^Seccomp:\t(\d)$", text.read(), re.M)[1])
    return found


def sanitized():
    return b"libasan" in subprocess.run(["ldd", system.binary()], stdout=subprocess.PIPE).stdout


def the_server_is_confined_and_does_its_work():
    if sanitized():
        raise Skip("a sanitizer's runtime needs more than the filter allows")
    probe("nothing")
    with Place() as place:
        place.key("registry", mode="live")
        place.parley("init", "log", "--origin", "system.example", "--operator", "registry", "--key", "registry.key", "--mode", "live")
        with Server(place, "--reply-grid", "20") as server:
            threads = confined(server.process.pid)
            assert len(threads) >= 2 and set(threads) == {"2"}, threads
            place.key("north", mode="live")
            place.parley("party", "add", "--root", "north.key.pub", "--key", "registry.key", "--key", "north.key")
            place.parley("notice", "file", "--area", "NORTH 1", "--category", "missile", "--circle", "-46.7,-126.4,15NM", "--lower", "SFC", "--upper",
                         "FL250", "--from", "+5m", "--to", "+30m", "--key", "north.key")
            place.parley("message", "registry", "hello", "--key", "north.key")
            for what in ("notices", "flights", "alerts", "due", "parties"):
                place.parley("list", what, "--key", "north.key")
            place.parley("stream", "--key", "registry.key")
            os.kill(server.process.pid, signal.SIGHUP)
            assert server.ask("GET", "/healthy")[0] == 200
            assert server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3, timeout=2).count(b"HTTP/1.1 200") == 3
            text = server.stderr()
        text += server.stderr()
        assert "forbidden_call" not in text and "unconfined" not in text, text
        with Server(place, "--no-seccomp") as server:
            assert set(confined(server.process.pid)) == {"0"}
            assert '"event":"unconfined","why":"--no-seccomp"' in server.stderr()
        place.check()


def the_unit_is_sound_and_hardened():
    tool = shutil.which("systemd-analyze")
    if not tool:
        raise Skip("no systemd-analyze")
    with tempfile.TemporaryDirectory() as folder, open(UNIT, encoding="utf-8") as text:
        path = os.path.join(folder, "parley.service")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text.read().replace("/usr/bin/parley", system.binary()))
        done = subprocess.run([tool, "verify", "--man=no", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        assert done.returncode == 0 and "parley.service" not in done.stdout, done.stdout
        done = subprocess.run([tool, "security", "--offline=true", "--threshold=20", "--no-pager", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8")
        assert done.returncode == 0, done.stdout[-500:]


def the_unit_says_what_it_must():
    with open(UNIT, encoding="utf-8") as text:
        lines = {line.strip() for line in text}
    for must in ("User=parley", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "StateDirectoryMode=0700", "UMask=0077", "LimitCORE=0",
                 "PrivateTmp=yes", "MemoryDenyWriteExecute=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallArchitectures=native",
                 "StartLimitIntervalSec=0", "Type=notify", "TimeoutStartSec=infinity", "WatchdogSec=30"):
        assert must in lines, must


def its_settings_are_valid():
    with open(os.path.join(system.ROOT, "packaging", "parley.conf"), encoding="utf-8") as text:
        sample = text.read()
    offered = re.findall(r"^#([a-z].*)$", sample, re.M)
    assert len(offered) >= 4, sample
    with Place() as place:
        for i, words in enumerate([sample] + offered):
            place.write("conf", words + "\n")
            _, err = place.parley("serve", "--data", "absent", "--config", "conf", status=(4, 5, 64, 71))
            # Whatever is wrong then, it is none of the settings' names or values.
            assert "conf:" not in err and (i > 0 or "absent" in err), (words, err)


def what_the_unit_says_to_install_is_there():
    with open(UNIT, encoding="utf-8") as text:
        head = text.read().split("[Unit]")[0]
    named = re.findall(r"packaging/\S+", head)
    assert sorted(named) == ["packaging/parley.conf", "packaging/parley.service"] and all(os.path.exists(os.path.join(system.ROOT, n)) for n in named), named
    assert re.search(r"install -d -g parley -m 0750 /etc/parley &&", head), head


def figures_of_the_rules_exist():
    """Each figure that a rule names is one of a running server's, and each rule stands in README's table."""
    with open(os.path.join(system.ROOT, "packaging", "parley.rules.yml"), encoding="utf-8") as text:
        rules = text.read()
    expressions = re.findall(r"^        expr: (.+)$", rules, re.M)
    alerts = re.findall(r"^      - alert: (\w+)$", rules, re.M)
    assert len(expressions) == len(alerts) == len(set(alerts)) >= 16 and rules.count("annotations: {summary: ") == len(alerts), alerts
    with open(os.path.join(system.ROOT, "README.md"), encoding="utf-8") as text:
        table = set(re.findall(r"`([^`]+)`", text.read()))
    assert not [e for e in expressions if e.replace('{job="parley"}', "") not in table], expressions
    with Place() as place:
        place.init("--capacity", "slots_log2=3", "--capacity", "parties=4")
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj", "/CN=localhost", "-keyout",
                               place.file("tls.key"), "-out", place.file("tls.pem")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert made.returncode == 0
        os.chmod(place.file("tls.key"), 0o600)
        place.parley("witness", "key", "witness.key", "--name", "witness.example")  # asked, it does not answer: its figures are there all the same
        with open(place.file("witness.key.pub"), encoding="utf-8") as text:
            witness = text.read().strip() + "=http://127.0.0.1:1"
        with Server(place, "--tls-cert", place.file("tls.pem"), "--tls-key", place.file("tls.key"), "--witness", witness) as server:
            figures = {re.sub(r"\{.*", "", name) for name in harness.figures(server.ask("GET", "/metrics")[2].decode())}
        with Server(place) as server:
            place.party("north")
            for words in (("witness", "--data", "w", "--key", "witness.key", "--log", place.parley("log", "vkey", "log")[0].strip()),
                          ("mirror", "http://%s:%d" % (server.host, server.port), "--as", "north", "--into", "m", "--key", "north.key", "--log-open")):
                beside = subprocess.Popen([system.binary(), *words, "--listen", "127.0.0.1:0"], cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
                line = beside.stdout.readline()
                while "listening on" not in line:
                    assert line, beside.wait()
                    line = beside.stdout.readline()
                with urllib.request.urlopen(re.search(r"http://\S+", line)[0] + "/metrics", timeout=60) as reply:
                    figures |= {re.sub(r"\{.*", "", name) for name in harness.figures(reply.read().decode())}
                beside.terminate()
                beside.wait(timeout=60)
                beside.stdout.close()
    named = {name for e in expressions for name in re.findall(r"parley_\w+", e)}
    assert len(named) >= 15 and named <= figures, named - figures
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "rules", os.path.join(system.ROOT, "packaging", "parley.rules.yml")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        assert done.returncode == 0, done.stdout


if __name__ == "__main__":
    try:
        system.binary()
    except harness.Skip as why:
        print("1..0 # SKIP %s" % why)
        sys.exit(0)
    system.run([what_it_needs_goes_on, what_it_does_not_need_ends_it, the_keeper_and_the_scrubber_touch_nothing_else, a_witness_or_a_mirror_opens_what_is_its_own, the_server_is_confined_and_does_its_work, the_unit_is_sound_and_hardened,
                the_unit_says_what_it_must, its_settings_are_valid, what_the_unit_says_to_install_is_there, figures_of_the_rules_exist])
