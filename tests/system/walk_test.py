"""README.md's walk as a new user types it: the commands are taken out of the page, run by a shell in an empty directory, with the
words that the page says to replace (PLACE, START, ALERT, NOTICE, HOLD) taken from what was printed. And the demonstration plays to its end."""
import fcntl
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

import system
from system import Place, Server, Skip

PAGE = os.path.join(system.ROOT, "README.md")


def blocks(heading):
    """The code blocks of a section, each a list of commands: continued lines and here-documents are one command."""
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().split("\n## " + heading + "\n")[1].split("\n## ")[0]
    found = []
    for block in re.findall(r"(?:^|\n\n)((?:    [^\n]*(?:\n|$))+(?:\n(?:    [^\n]*(?:\n|$))+)*)", section):
        commands, lines = [], [line[4:] for line in block.rstrip("\n").split("\n")]
        while lines:
            command = lines.pop(0)
            while command.endswith("\\") or command.count("'") % 2 == 1:
                command += "\n" + lines.pop(0)
            heredoc = re.search(r"<<'?(\w+)'?$", command)
            while heredoc and command.split("\n")[-1] != heredoc[1]:
                command += "\n" + lines.pop(0)
            if command.strip():
                commands.append(command)
        found.append(commands)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Shell:
    """A shell of the user's, in which aliases and exports hold."""

    def __init__(self, place, port, words):
        self.place, self.port, self.words, self.before = place, port, words, []

    def text(self, command):
        command = command.replace("localhost:8421", "localhost:%d" % self.port)
        for word, value in self.words.items():
            command = re.sub(r"\b%s\b" % word, value, command)
        return "shopt -s expand_aliases\nset -o pipefail\n%s\n%s\n" % ("\n".join(self.before), command)

    def run(self, command, timeout=60):
        taken = re.match(r"export (\w+)=\$\(", command)
        if taken:  # once: each would be another session
            value = self.run("%s\nprintf '%%s' \"$%s\"" % (command.replace("export ", "", 1), taken[1]), timeout)
            self.before.append("export %s=%s" % (taken[1], shlex.quote(value)))
            return value
        if command.startswith(("alias ", "export ")):
            self.before.append(command.replace("8421", str(self.port)))
            return ""
        done = subprocess.run(["bash", "-c", self.text(command)], cwd=self.place.path, env=self.place.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", timeout=timeout)
        print("# $ %s\n%s" % (command.replace("\n", "\n#   "), "".join("#     %s\n" % l[:200] for l in done.stdout.splitlines()[:8])), end="", flush=True)
        assert done.returncode == 0, "%s\nended with %d:\n%s" % (command, done.returncode, done.stdout)
        return done.stdout

    def start(self, command):
        return subprocess.Popen(["bash", "-c", self.text("exec " + command.replace("parley ", "build/parley ", 1))], cwd=self.place.path,
                                env=self.place.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")


def learn(words, command, out):
    """What a user reads off the screen."""
    for kind, word in (("notice", "NOTICE"), ("hold", "HOLD")):
        found = re.search(r"^%s (\S+/[0-9a-f]{32})$" % kind, out, re.M)
        if found:
            words[word] = found[1]
    if "list due" in command:
        for line in out.splitlines():
            if "kind=alert" in line:
                words["ALERT"] = re.search(r"place=(\d+)", line)[1]
            if "kind=notice" in line and not line.startswith("done "):
                words["PLACE"] = re.search(r"place=(\d+)", line)[1]
                start = re.search(r"start=(\S+)", line)
                if start:
                    words["START"] = start[1]


def the_walk_of_the_readme_goes_through():
    for tool in ("bash", "jq", "curl"):
        if not shutil.which(tool):
            raise Skip("no %s here" % tool)
    with Place() as place:
        os.mkdir(place.file("build"))
        os.symlink(system.binary(), place.file("build/parley"))
        os.symlink(os.path.join(system.ROOT, "verifier"), place.file("verifier"))
        port, words, server = free_port(), {}, None
        walk = blocks("A walk with your own log")
        first, second = Shell(place, port, words), Shell(place, port, words)
        try:
            for command in walk[0]:
                if command.startswith("parley serve"):
                    server = first.start(command)
                    assert server.stdout.readline().startswith("parley: listening on "), "the server did not start"
                else:
                    first.run(command)
            ran = 0
            for command in [c for block in walk[1:] for c in block]:
                if re.search(r"\bFILE|\bTRACKS|\.jwt\b", command):
                    continue  # those of the user; tried by the tests of import and replay
                if command.startswith("parley watch"):
                    watcher = second.start(command.split("#")[0])
                    assert watcher.stdout.readline(), "watch printed nothing"
                    time.sleep(0.2)
                    watcher.send_signal(signal.SIGINT)
                    watcher.communicate(timeout=20)
                    continue
                out = second.run(command)
                for _ in range(100):  # who types is slower than the tick behind which the entry has come
                    if "parley status" not in command or "first entry in" not in out:
                        break
                    time.sleep(0.1)
                    out = second.run(command)
                learn(words, command, out)
                say_so(command, out)
                ran += 1
            # Nobody is waited for any more: what stands is the alert of the plan, until the tail of its notice ends, and what is of this machine.
            said = second.run("parley status --key walk/relief.key")
            assert re.search(r"^read-backs: 0 waiting, 0 overdue$", said, re.M) and not re.search("ALARM  (alerts|read-backs)", said), said
            assert re.search(r"^  warn   alerts +1 immediate, a filed flight meets a notice or another flight by its plan, no aircraft is seen there: ", said, re.M), said
            assert ran >= 27 and set(words) == {"PLACE", "START", "ALERT", "NOTICE", "HOLD"}, (ran, words)
            investigate(second)
            server.terminate()
            assert server.wait(timeout=30) == 0
            # "with the server running or not"
            looks = [c for block in walk for c in block if c.startswith(("parley log cat", "parley log check"))]
            assert len(looks) == 2, looks
            for command in looks:
                first.run(command)
        finally:
            if server is not None and server.poll() is None:
                server.kill()
                server.wait()


def sealed(shell, command):
    """What came within the last second has no proof yet, says the page: ask again."""
    for again in range(99, -1, -1):
        try:
            return shell.run(command)
        except AssertionError:
            if not re.search("/v1/proof/|^parley receipt check .* http:", command) or again == 0:
                raise
            time.sleep(0.2)


def investigate(shell):
    """The section for investigators, while the server still runs."""
    said = [sealed(shell, command) for block in blocks("For investigators") for command in block]
    good = said[5:7]
    assert len(said) == 9 and all(out.startswith("GOOD: ") for out in good), said
    assert re.search(r"^ +\d+  parts proven by a path$", good[0], re.M) and re.search(r"^ +1  checkpoints shown$", good[1], re.M), said
    assert all(re.fullmatch(r"\S+\+[0-9a-f]{8}\+\S+\n", key) for key in said[7:]), said[7:]
    with Background(shell) as shown:
        for command in next(b for b in blocks("Running it") if any(c.startswith("parley mirror key ") for c in b)):
            shown.run(command)
        # Receipts need the mirror's directory: what the page has begun there must have ended by its own words.
        said = [sealed(shell, command) for command in next(b for b in blocks("Running it") if any(" --receipt " in c for c in b))]
    assert len(said) == 6 and "  receipt for place " in said[0] and all(out.startswith("kept: place ") for out in (said[2], said[4])) and "kept: walk/" in said[5], said


class Background:
    """A shell's `&` and `$!`, of one process at a time; ended when it is left, whatever the page says."""

    def __init__(self, shell):
        self.shell, self.process, self.address = shell, None, "localhost:%d" % free_port()

    def answers(self):
        try:
            with urllib.request.urlopen("http://%s/log/checkpoint" % self.address, timeout=30):
                return True
        except OSError:
            return False

    def run(self, command):
        if command.endswith(" &"):
            self.process = self.shell.start(command.rstrip(" &").replace("localhost:8423", self.address))
            while not self.answers():
                assert self.process.poll() is None, "%s\nended" % command
                time.sleep(0.05)
        elif command.startswith("kill $!"):
            self.process.terminate()
            assert self.process.wait(timeout=30) == 0
        else:
            self.shell.run(command)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def the_doors_of_other_systems_as_the_page_has_them():
    for tool in ("bash", "jq", "curl"):
        if not shutil.which(tool):
            raise Skip("no %s here" % tool)
    found = blocks("Running it")
    first = next(i for i, b in enumerate(found) if any("--token-key" in c for c in b))
    commands = found[first] + found[first + 1]
    with Place() as place:
        os.mkdir(place.file("walk"))
        os.mkdir(place.file("build"))
        os.symlink(system.binary(), place.file("build/parley"))
        server, said, shell = None, [], Shell(place, free_port(), {})
        shell.before += ["parley() { build/parley \"$@\"; }", "export PARLEY_SERVER=http://localhost:%d" % shell.port]
        shell.run("parley key new walk/registry.key --name exercise/registry/root && parley init walk/log --origin basin.example --operator registry --key walk/registry.key")
        try:
            for command in commands:
                if command.startswith("parley serve"):
                    server = shell.start(command.rstrip(" &"))
                    assert server.stdout.readline().startswith("parley: listening on "), "the server did not start"
                elif re.match(r"\w+\(\) \{|[A-Z]+=", command):
                    shell.before.append(command.replace("localhost:8421", "localhost:%d" % shell.port))
                else:
                    said.append(shell.run(command))
            assert "not recorded" in shell.run("parley why 0123456789abcdef --key walk/registry.key; test $? = 5")
            created, refused, why, activated, deleted = said[1:6]
            subscribed, told, seen, gone, ended = said[6:]
            assert (subscribed, told) == ('["uss2",0,[]]\n', '["uss1",1]\n') and gone == '["7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11",2]\n', said
            assert seen == '["7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11"]\n' and ended == '"0c9a4e52-8d17-4b6f-a3c5-91e7d2f40b22"\n', said
            assert len(commands) > 10 and created.startswith('["Accepted",1,"') and activated == '["Activated",2]\n' and deleted == '["7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11",2]\n', said
            assert "7d2b5f0a-5c1e-4f3a-9b1d-2f6c8e4a0b11" in refused and re.search(r"^status +409$", why, re.M) and re.search(r"^manager +uss2$", why, re.M), said
            server.terminate()
            assert server.wait(timeout=30) == 0
        finally:
            if server is not None and server.poll() is None:
                server.kill()
                server.wait()


def figures_add_up(out):
    """What was given and what is missing make what was agreed, to the second, as they are printed."""
    found = re.findall(r"given (\d+):(\d\d):(\d\d) agreed (\d+):(\d\d):(\d\d) SHORT by (\d+):(\d\d):(\d\d)", out)
    assert found, out
    for figures in found:
        given, agreed, short = [sum(int(n) * s for n, s in zip(figures[i:i + 3], (3600, 60, 1))) for i in (0, 3, 6)]
        assert given + short == agreed, out


def say_so(command, out):
    """What the page says of a step is what the step prints."""
    if "notice file --area \"NORTH 1\"" in command:
        assert "marked late" in out and "SHORT by 0:05:0" in out, out
        figures_add_up(out)
    if "list alerts" in command:
        assert "notice-flight" in out and "RLF1" in out, out
    if "parley status" in command:
        assert "a filed flight meets" in out and "an aircraft is inside" not in out and "ALARM  alerts" not in out, out
    if "--seal " in command:
        assert "marked no-reader: sealed, nobody else can read it until it is opened\n" in out, out
        assert re.search(r"sealed, nobody has seen it yet: section 'public', kept in walk/seal.json\n  to be opened by \d{4}-\S+Z, else all parties are told: parley open walk/seal.json\n", out), out
    if "/v1/alerts" in command:
        assert re.search(r'^\["(caution|warning|immediate)","20', out, re.M), out
    if "/v1/statements" in command:
        assert re.fullmatch(r'\["accepted",\d+\]\n', out), out
    if "/metrics" in command:
        assert re.search(r"^parley_readbacks_overdue \d", out, re.M), out
    if " readback " in command:
        assert "accepted" in out and "mismatch" not in out, out
    if "log check" in command:
        assert "whole: " in out and "digest" in out, out


def every_command_that_the_readme_names_exists():
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    overview = subprocess.run([system.binary(), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    known = {line.strip().split("  ")[0] for line in overview.splitlines() if line.startswith("  ")}
    for words in re.findall(r"^ {4}parley ((?:[a-z][a-z-]* ?){1,2})", text, re.M):
        parts = words.split()
        assert " ".join(parts) in known or parts[0] in known, words


def the_demonstration_plays_to_its_end():
    with Place() as place:
        environment = dict(place.environment, PARLEY_BIN=system.binary())
        done = subprocess.run([os.path.join(system.ROOT, "tools", "demonstration"), "--script-only", "--port", str(free_port()), "--data", place.file("demo")],
                              env=environment, cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300)
        assert done.returncode == 0, done.stdout
        figures_add_up(done.stdout)
        for said in ("given 0:14:59 agreed 0:10:00", "SHORT by 0:07:0", "mismatch: upper", "immediate notice-flight", "whole: ", "digest"):
            assert said in done.stdout or said == "given 0:14:59 agreed 0:10:00" and "given 0:15:00" in done.stdout, (said, done.stdout)
        assert place.check("demo/log")["cut_bytes"] == 0
        # A directory that is not a demonstration's own is left alone.
        os.mkdir(place.file("mine"))
        done = subprocess.run([os.path.join(system.ROOT, "tools", "demonstration"), "--script-only", "--data", place.file("mine")], env=environment,
                              cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
        assert done.returncode == 73 and os.path.isdir(place.file("mine")), done.stdout


def a_second_demonstration_leaves_the_first_alone():
    """Neither by the port nor by the directory; and of a step that fails the reason is shown."""
    with Place() as place:
        def play(parley=system.binary(), port=None, data="demo"):
            done = subprocess.run([os.path.join(system.ROOT, "tools", "demonstration"), "--script-only", "--port", str(port or free_port()), "--data", place.file(data)],
                                  env=dict(place.environment, PARLEY_BIN=parley), cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120)
            return done.returncode, done.stderr
        os.mkdir(place.file("demo"))
        place.init(log="demo/log")
        place.write("demo/.demonstration", "")
        kept = place.write("demo/kept", "x")
        with Server(place, log="demo/log") as server:
            status, said = play(port=server.port)
            assert status == 75 and "a Parley server answers there" in said and "--port N" in said and os.path.exists(kept), said
            status, said = play()
            assert status == 75 and "is served by another process" in said and "--data DIR" in said and os.path.exists(kept), said
        with socket.socket() as other:  # what answers is no Parley
            other.bind(("127.0.0.1", 0))
            other.listen()
            closer = threading.Thread(target=lambda: other.accept()[0].close())
            closer.start()
            status, said = play(port=other.getsockname()[1])
            closer.join()
            assert status == 75 and "is taken" in said and os.path.exists(kept), said
        with open(place.file("demo/.demonstration"), "a") as first:  # one that has no server yet
            fcntl.flock(first, fcntl.LOCK_EX)
            status, said = play()
            assert status == 75 and "another demonstration's that still runs" in said and os.path.exists(kept), said
        broken = place.write("broken", "#!/bin/sh\n[ \"$1\" != party ] || { echo 'the reason of it' >&2; exit 4; }\nexec '%s' \"$@\"\n" % system.binary())
        os.chmod(broken, 0o755)
        status, said = play(parley=broken)
        assert status == 1 and "the reason of it" in said and "ended with 4" in said and not os.path.exists(kept), said


def arguments_are_looked_at_first():
    for words in (["run", "--port"], ["run", "--port", "x"], ["run", "--data"], ["run", "--prot", "1"], ["test", "--sim"], ["test", "--fuzz"], ["test", "--nothing"]):
        done = subprocess.run([os.path.join(system.ROOT, words[0])] + words[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
        assert done.returncode == 64 and done.stdout == "" and "./%s: " % words[0] in done.stderr and words[1] in done.stderr, (words, done)


def what_steers_the_tests_is_explained():
    """Each variable that a test reads stands in ./test --help; but for those that meson or tests/coverage sets."""
    said = subprocess.run([os.path.join(system.ROOT, "test"), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True, timeout=60).stdout
    assert said.startswith("All tests") and "set -eu" not in said, said
    with open(os.path.join(system.ROOT, "tests", "meson.build"), encoding="utf-8") as file:
        known = {"PARLEY_COUNTED"} | set(re.findall(r"test_env.set\('(PARLEY_\w+)', \w+\.full_path", file.read())) | {"PARLEY_SERVER", "PARLEY_KEY"}
    read = set()
    for folder, _, names in os.walk(os.path.join(system.ROOT, "tests")):
        for name in names:
            if name.endswith((".c", ".h", ".py", ".sh")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    read.update(re.findall(r"(?:getenv\(|environ\.get\(|environ\[|\$\{)\"?(PARLEY_\w+)", file.read()))
    assert len(read) > 15, read
    assert not [name for name in sorted(read - known) if not re.search(r"\b%s\b" % name, said)], sorted(read - known)


if __name__ == "__main__":
    system.run([the_walk_of_the_readme_goes_through, the_doors_of_other_systems_as_the_page_has_them, every_command_that_the_readme_names_exists, the_demonstration_plays_to_its_end, a_second_demonstration_leaves_the_first_alone, arguments_are_looked_at_first, what_steers_the_tests_is_explained])
