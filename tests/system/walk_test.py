"""README.md's walk as a new user types it: the commands are taken out of the page, run by a shell in an empty directory, with the
words that the page says to replace (PLACE, START, NOTICE, HOLD) taken from what was printed. And the demonstration plays to its end."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import system
from system import Place, Skip

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
            while command.endswith("\\"):
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
            if "kind=notice" in line:
                words["PLACE"] = re.search(r"place=(\d+)", line)[1]
                start = re.search(r"start=(\S+)", line)
                if start:
                    words["START"] = start[1]


def the_walk_of_the_readme_goes_through():
    for tool in ("bash", "jq"):
        if not shutil.which(tool):
            raise Skip("no %s here" % tool)
    with Place() as place:
        os.mkdir(place.file("build"))
        os.symlink(system.binary(), place.file("build/parley"))
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
                if re.search(r"\bFILE|\bTRACKS", command):
                    continue  # those of the user; tried by the tests of import and replay
                if command.startswith("parley watch"):
                    watcher = second.start(command.split("#")[0])
                    assert watcher.stdout.readline(), "watch printed nothing"
                    time.sleep(0.2)
                    watcher.send_signal(signal.SIGINT)
                    watcher.communicate(timeout=20)
                    continue
                out = second.run(command)
                learn(words, command, out)
                say_so(command, out)
                ran += 1
            assert ran >= 18 and set(words) == {"PLACE", "START", "NOTICE", "HOLD"}, (ran, words)
            server.terminate()
            assert server.wait(timeout=30) == 0
            # "with the server running or not"
            for command in walk[-2]:
                if "log c" in command:
                    first.run(command)
        finally:
            if server is not None and server.poll() is None:
                server.kill()
                server.wait()


def say_so(command, out):
    """What the page says of a step is what the step prints."""
    if "notice file --area \"NORTH 1\"" in command:
        assert "marked late" in out and "SHORT by 0:05:0" in out, out
    if "list alerts" in command:
        assert "notice-flight" in out and "RLF1" in out, out
    if " readback " in command:
        assert "accepted" in out and "mismatch" not in out, out
    if "log check" in command:
        assert "whole: " in out and "digest" in out, out


def every_command_that_the_readme_names_exists():
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    overview = subprocess.run([system.binary(), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    known = {line.strip().split("  ")[0] for line in overview.splitlines() if line.startswith("  ")}
    for words in re.findall(r"^ {4}parley ((?:[a-z]+ ?){1,2})", text, re.M):
        parts = words.split()
        assert " ".join(parts) in known or parts[0] in known, words


def the_demonstration_plays_to_its_end():
    with Place() as place:
        environment = dict(place.environment, PARLEY_BIN=system.binary())
        done = subprocess.run([os.path.join(system.ROOT, "tools", "demonstration"), "--script-only", "--port", str(free_port()), "--data", place.file("demo")],
                              env=environment, cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=300)
        assert done.returncode == 0, done.stdout
        for said in ("given 0:14:59 agreed 0:10:00", "SHORT by 0:07:00", "mismatch: upper", "immediate notice-flight", "whole: ", "digest"):
            assert said in done.stdout or said == "given 0:14:59 agreed 0:10:00" and "given 0:15:00" in done.stdout, (said, done.stdout)
        assert place.check("demo/log")["cut_bytes"] == 0
        # A directory that is not a demonstration's own is left alone.
        os.mkdir(place.file("mine"))
        done = subprocess.run([os.path.join(system.ROOT, "tools", "demonstration"), "--script-only", "--data", place.file("mine")], env=environment,
                              cwd=place.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
        assert done.returncode == 73 and os.path.isdir(place.file("mine")), done.stdout


def arguments_are_looked_at_first():
    for words in (["run", "--port"], ["run", "--port", "x"], ["run", "--data"], ["run", "--prot", "1"], ["test", "--sim"], ["test", "--fuzz"], ["test", "--nothing"]):
        done = subprocess.run([os.path.join(system.ROOT, words[0])] + words[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
        assert done.returncode == 64 and done.stdout == "" and "./%s: " % words[0] in done.stderr and words[1] in done.stderr, (words, done)


if __name__ == "__main__":
    system.run([the_walk_of_the_readme_goes_through, every_command_that_the_readme_names_exists, the_demonstration_plays_to_its_end, arguments_are_looked_at_first])
