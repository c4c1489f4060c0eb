#!/usr/bin/python3
"""Planted bugs: each patch of tests/planted/ is a mistake that a tired engineer could make in src/. It is applied to a copy (one per core), built, and must
make a check of one of the tests fail that its head names, or an assertion of the program; how is printed. One that nothing notices is a test that is
missing; one that does not build, or crashes, is no mistake that was found. Prints TAP.
Usage: tests/planted.py [--list | --check] [NAME…]      NAME: a part of a patch's name; default: all of them
  --list     what is planted     --check    nothing is built: each patch still applies to the tree, and its tests are there

A patch's head, before its first "--- ":  Harm: what the mistake would do to people.   Catch: a test as `meson test --list` names it, with
arguments and NAME=VALUE of its environment behind it; several of them stand on a line each and are tried in this order."""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "planted"
CORES = len(os.sched_getaffinity(0))
COPIED = ("src", "packaging", "README.md", "tests", "verifier", "tools", "docs", "benchmarks", "meson.build", "meson_options.txt", "VERSION")
SECONDS = 180  # for one test; one that does not end proves nothing
LEAST = 25     # patches that must be caught when all are run


class Patch:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        head, self.body = re.split(r"^(?=--- )", path.read_text(), maxsplit=1, flags=re.M)
        self.harm = " ".join(re.search(r"^Harm: (.*?)(?=^\w+:|\Z)", head, re.M | re.S).group(1).split())
        self.catch = [Catch(line) for line in re.findall(r"^Catch: (.*)$", head, re.M)]
        self.files = re.findall(r"^\+\+\+ b/(\S+)$", self.body, re.M)
        if not self.catch or not self.files or not all(f.startswith("src/") for f in self.files):
            raise ValueError(f"{path.name}: needs a Catch line and changes src/ only")


class Catch:
    def __init__(self, line):
        words = line.split()
        self.line, self.test = line, words[0]
        self.env = dict(w.split("=", 1) for w in words[1:] if re.match(r"[A-Z_]+=", w))
        self.args = [w for w in words[1:] if not re.match(r"[A-Z_]+=", w)]


class Bad(Exception):
    pass


def run(command, **how):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **how)


def must(command, what, **how):
    done = run(command, **how)
    if done.returncode != 0:
        raise Bad(f"{what}:\n" + "\n".join(done.stdout.splitlines()[-40:]))


# --- the copies ---

class Copy:
    """A tree and its build. The first stays from run to run; the others are copied from it when it is built: in build.ninja all that is built has
    relative names, and files keep their times, so there is nothing to build in them."""

    def __init__(self, number):
        self.place = PLACE / str(number)
        self.tree, self.build = self.place / "tree", self.place / "build"


FIRST = Copy(0)


def copy_tree():
    """What is unchanged keeps its time, so that a second run builds little. What was taken away goes."""
    wanted = set()
    for top in COPIED:
        source = ROOT / top
        for path in [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            name = path.relative_to(ROOT)
            wanted.add(name)
            to = FIRST.tree / name
            if to.is_file() and to.read_bytes() == path.read_bytes():
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    for path in [p for p in FIRST.tree.rglob("*") if p.is_file()]:
        if path.relative_to(FIRST.tree) not in wanted and "__pycache__" not in path.parts:
            path.unlink()


def configure():
    if not (FIRST.build / "build.ninja").exists():
        cache = "ccache " if shutil.which("ccache") else "" # what is restored is then compiled no second time
        must(["meson", "setup", FIRST.build, FIRST.tree, "-Dbench=false", "-Dwerror=false", "-Dbuildtype=plain", "-Dc_args=-O1", "-Dcpp_args=-O1"],
             "meson setup", env=dict(os.environ, CC=os.environ.get("CC", cache + "gcc"), CXX=os.environ.get("CXX", cache + "g++"), CC_LD="lld", CXX_LD="lld"))


def copy_of_first(number):
    copy = Copy(number)
    shutil.rmtree(copy.place, ignore_errors=True)
    must(["cp", "-a", FIRST.place, copy.place], "cp")
    return copy


def introspect(what):
    done = subprocess.run(["meson", "introspect", FIRST.build, f"--{what}"], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


class Tests:
    """The tests as tests/meson.build has them: command, environment, and what must be built for them."""

    def __init__(self):
        files = {t["id"]: [os.path.relpath(f, FIRST.build) for f in t["filename"]] for t in introspect("targets")}
        self.known = {t["name"]: (t, [f for d in t["depends"] for f in files[d]]) for t in introspect("tests")}

    def of(self, catch):
        if catch.test not in self.known:
            raise Bad(f"there is no test '{catch.test}'")
        return self.known[catch.test]

    def build(self, copy, catches):
        targets = sorted({f for c in catches for f in self.of(c)[1]})
        must(["ninja", "-C", copy.build, *targets], "does not build")

    def run(self, copy, catch):
        """None when the test passes; else what failed. Bad when it did not end."""
        test, _ = self.of(catch)

        def here(word):
            return word.replace(str(FIRST.place) + os.sep, str(copy.place) + os.sep)
        env = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}
        env.update({k: here(v) for k, v in test["env"].items()}, **catch.env)
        try:
            done = run([here(w) for w in test["cmd"]] + catch.args, cwd=copy.tree, env=env, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Bad(f"{catch.test} did not end within {SECONDS} s")
        if done.returncode == 0 and not re.search(r"^not ok", done.stdout, re.M):
            return None
        return f"{catch.test}: {how_it_failed(catch, done)}"


def how_it_failed(catch, done):
    """By a check that failed, in its words, or by an assertion of the program; else Bad: what crashes, or ends before its first check, proves nothing."""
    lines = done.stdout.splitlines()
    said = re.search(r"^.*(Assertion [`'].*failed|assertion failed).*$", done.stdout, re.M | re.I)
    if said and "/src/" in said.group(0): # the program's own, wherever the test was
        return "by an assertion: " + said.group(0)[-160:]
    if not any(re.match(r"1\.\.\d", line) for line in lines):
        raise Bad(f"{catch.test} ended before its first check (exit status {done.returncode}): {' / '.join(lines[-3:])[:300]}")
    checks = []
    for at, line in enumerate(lines):
        if re.match(r"not ok \d+ - ", line):
            # What it said of it stands before (the simulation) or behind (cmocka, the tests in Python).
            end = next((i for i in range(at + 1, len(lines)) if re.match(r"(not )?ok ", lines[i])), len(lines))
            near = [w for w in lines[max(0, at - 1):at] + lines[at + 1:end] if w.startswith("# ")]
            if near and "Traceback" in near[0]:
                near = near[-1:]
            if not any("exception:" in w for w in near):
                checks.append(line.split(" - ", 1)[1][:120] + (f" ({near[0][2:][:160]})" if near else ""))
    checks += re.findall(r"^a check failed: (.{1,160})", done.stdout, re.M) # of a test that goes no further (fixture_must)
    if checks:
        return "by a check: " + "; ".join(checks)[:500]
    if said:
        return "by an assertion: " + said.group(0)[-160:]
    raise Bad(f"{catch.test} crashed, and no check noticed anything (exit status {done.returncode}): {' / '.join(lines[-3:])[:300]}")


# --- the patches ---

def apply(copy, patch):
    # Not as part of the repository that the copy lies in: git would pass over what it ignores there.
    env = dict(os.environ, GIT_CEILING_DIRECTORIES=str(copy.place))
    done = subprocess.run(["git", "apply", "-p1", "-"], input=patch.body, cwd=copy.tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Bad("does not apply any more: the code has changed; plant the mistake anew\n" + done.stdout)


def planted(copy, patch, tests, broken):
    """Who caught it, and how; Bad when nobody did, when it does not build, or when a test only crashed. What fails without a patch too is not asked."""
    if copy is None:
        raise Bad("not tried: there is no build to plant it in")
    sound = [c for c in patch.catch if c.line not in broken]
    if not sound:
        raise Bad("not tried: without it fails, too: " + ", ".join(c.line for c in patch.catch))
    before = {name: (copy.tree / name).read_bytes() for name in patch.files if (copy.tree / name).is_file()}
    try:
        apply(copy, patch)
        for catch in sound: # most are caught by the first: the others need not be built
            tests.build(copy, [catch])
            found = tests.run(copy, catch)
            if found:
                return found
    finally:
        for name, content in before.items():
            (copy.tree / name).write_bytes(content)
    raise Bad("SURVIVES: nothing noticed. " + patch.harm)


def clean(patches, tests, broken):
    """The tests pass without a patch; else their failing would prove nothing. Those that do not are added to `broken`: the others are still worth a patch."""
    catches = {c.line: c for p in patches for c in p.catch}

    def one(line):
        start = time.monotonic()
        try:
            found = tests.run(FIRST, catches[line])
        except Bad as why:
            found = str(why)
        print(f"# {time.monotonic() - start:5.1f} s  {line}", flush=True)
        return found
    with ThreadPoolExecutor(CORES) as pool:
        failed = [(line, found) for line, found in zip(sorted(catches), pool.map(one, sorted(catches))) if found]
    broken.update(line for line, _ in failed)
    if failed:
        raise Bad("\n".join(f"fails without any patch: {line}: {found}" for line, found in failed))


class Report:
    """TAP, numbered as things end."""

    def __init__(self):
        self.lock, self.number, self.good = threading.Lock(), 0, True

    def of(self, name, work):
        start = time.monotonic()
        try:
            said, ok = work(), True
        except Bad as why:
            said, ok = str(why), False
        except Exception as why: # else a worker would end, and what it had left would go untold
            said, ok = f"{type(why).__name__}: {why}", False
        with self.lock:
            self.number += 1
            self.good &= ok
            print(f"{'ok' if ok else 'not ok'} {self.number} - {name}")
            if ok and said:
                said = f"{time.monotonic() - start:4.1f} s, {said}"
            print("".join(f"# {line}\n" for line in (said or "").splitlines()), end="", flush=True)
        return ok


def by_file(patches):
    """Those that change the same file first go one after another in the same copy: it is then compiled once for each, not twice. The longest first."""
    groups = collections.defaultdict(list)
    for p in patches:
        groups[p.files[0]].append(p)
    return sorted(groups.values(), key=len, reverse=True)


def no_such_test(catch):
    """Empty, or what is wrong with its name: as tests/meson.build makes names of files."""
    if catch.test in ("sim", "sim-few", "layers"):
        return ""
    file = ROOT / "tests" / (catch.test[:-3] + "_test.py" if catch.test.endswith("-py") else catch.test + "_test.c")
    return "" if file.is_file() else f"there is no test '{catch.test}': {file.relative_to(ROOT)} is missing"


def check(paths):
    """What planting them would come to say after half an hour, said at once."""
    print(f"1..{len(paths) + 1}")
    print(f"{'ok' if len(paths) >= LEAST else 'not ok'} - there are {len(paths)} planted bugs, at least {LEAST}")
    good = len(paths) >= LEAST
    for path in paths:
        try:
            patch = Patch(path)
            wrong = [w for w in map(no_such_test, patch.catch) if w]
            done = subprocess.run(["git", "apply", "--check", "-p1", "-"], input=patch.body, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            wrong += ["does not apply any more: the code has changed; plant the mistake anew"] + done.stdout.splitlines() if done.returncode else []
        except (ValueError, AttributeError) as why: # a head without Harm has no match
            wrong = [f"cannot be read: {why}"]
        good &= not wrong
        print(f"{'not ok' if wrong else 'ok'} - planted, applies: {path.stem}")
        print("".join(f"# {line}\n" for line in wrong), end="", flush=True)
    return 0 if good else 1


def main(names):
    paths = sorted((ROOT / "tests/planted").glob("*.patch"))
    if "--check" in names:
        return check(paths)
    patches = [Patch(p) for p in paths]
    if "--list" in names:
        for p in patches:
            print(f"{p.name}: {p.harm}")
        return 0
    chosen = [p for p in patches if not names or any(n in p.name for n in names)]
    if not chosen or (not names and len(chosen) < LEAST):
        print(f"1..1\nnot ok 1 - {len(chosen)} planted bugs chosen")
        return 1
    print(f"1..{len(chosen) + 1}", flush=True)
    groups, report, tests, copies, broken = collections.deque(by_file(chosen)), Report(), None, [], set()

    def prepare():
        nonlocal tests
        copy_tree()
        configure()
        must(["ninja", "-C", FIRST.build, "build.ninja"], "meson")
        tests = Tests()
        tests.build(FIRST, [c for p in chosen for c in p.catch])
        copies.append(FIRST)
        copies.extend(copy_of_first(n) for n in range(1, min(CORES, len(groups))))
        clean(chosen, tests, broken)

    def worker(copy):
        while True:
            try:
                group = groups.popleft()
            except IndexError:
                return
            for patch in group:
                report.of(f"planted: {patch.name}", lambda p=patch: planted(copy, p, tests, broken))

    report.of("the tests pass without a patch", prepare)
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(worker, copies or [None]))
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
