#!/usr/bin/python3
"""Planted bugs: each patch of tests/planted/ is a mistake that a tired engineer could make in src/. It is applied to a copy, built, and must
make one of the tests fail that its head names. One that nothing notices is a test that is missing. Prints TAP.
Usage: tests/planted.py [--list] [NAME…]      NAME: a part of a patch's name; default: all of them

A patch's head, before its first "--- ":  Harm: what the mistake would do to people.   Catch: a test as `meson test --list` names it, with
arguments and NAME=VALUE of its environment behind it; several of them stand on a line each and are tried in this order."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "planted"
TREE = PLACE / "tree"
BUILD = PLACE / "build"
COPIED = ("src", "tests", "tools", "docs", "benchmarks", "meson.build", "meson_options.txt", "VERSION")
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


# --- the copy ---

def copy_tree():
    """What is unchanged keeps its time, so that a second run builds little. What was taken away goes."""
    wanted = set()
    for top in COPIED:
        source = ROOT / top
        for path in [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            name = path.relative_to(ROOT)
            wanted.add(name)
            to = TREE / name
            if to.is_file() and to.read_bytes() == path.read_bytes():
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    for path in [p for p in TREE.rglob("*") if p.is_file()]:
        if path.relative_to(TREE) not in wanted and "__pycache__" not in path.parts:
            path.unlink()


def configure():
    if not (BUILD / "build.ninja").exists():
        must(["meson", "setup", BUILD, TREE, "-Dbench=false", "-Dwerror=false", "-Dbuildtype=plain", "-Dc_args=-O1", "-Dcpp_args=-O1"], "meson setup",
             env=dict(os.environ, CC=os.environ.get("CC", "gcc"), CXX=os.environ.get("CXX", "g++")))


def introspect(what):
    done = subprocess.run(["meson", "introspect", BUILD, f"--{what}"], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


class Tests:
    """The tests as tests/meson.build has them: command, environment, and what must be built for them."""

    def __init__(self):
        files = {t["id"]: [os.path.relpath(f, BUILD) for f in t["filename"]] for t in introspect("targets")}
        self.known = {t["name"]: (t, [f for d in t["depends"] for f in files[d]]) for t in introspect("tests")}

    def of(self, catch):
        if catch.test not in self.known:
            raise Bad(f"there is no test '{catch.test}'")
        return self.known[catch.test]

    def build(self, catches):
        targets = sorted({f for c in catches for f in self.of(c)[1]})
        must(["ninja", "-C", BUILD, *targets], "does not build")

    def run(self, catch):
        """None when the test passes; else what failed. Bad when it did not end."""
        test, _ = self.of(catch)
        env = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}
        env.update(test["env"], **catch.env)
        try:
            done = run(test["cmd"] + catch.args, cwd=TREE, env=env, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise Bad(f"{catch.test} did not end within {SECONDS} s")
        failed = re.findall(r"^not ok \d+ - (.*)$", done.stdout, re.M)
        if done.returncode < 0 or "Assertion `" in done.stdout or re.search(r"Assertion .* failed", done.stdout):
            said = re.search(r"^.*Assertion.*$", done.stdout, re.M)
            failed.append("an assertion: " + said.group(0)[-100:] if said else f"signal {-done.returncode}")
        if done.returncode == 0 and not failed:
            return None
        return f"{catch.test}: " + ("; ".join(failed)[:300] if failed else f"exit status {done.returncode}: {' / '.join(done.stdout.splitlines()[-3:])[:200]}")


# --- the patches ---

def apply(patch):
    # Not as part of the repository that the copy lies in: git would pass over what it ignores there.
    env = dict(os.environ, GIT_CEILING_DIRECTORIES=str(TREE.parent))
    done = subprocess.run(["git", "apply", "-p1", "-"], input=patch.body, cwd=TREE, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Bad("does not apply any more: the code has changed; plant the mistake anew\n" + done.stdout)


def planted(patch, tests):
    """Who caught it; Bad when nobody did."""
    before = {name: (TREE / name).read_bytes() for name in patch.files if (TREE / name).is_file()}
    try:
        apply(patch)
        tests.build(patch.catch)
        for catch in patch.catch:
            found = tests.run(catch)
            if found:
                return found
    finally:
        for name, content in before.items():
            (TREE / name).write_bytes(content)
    raise Bad("SURVIVES: nothing noticed. " + patch.harm)


def clean(patches, tests):
    """The tests pass without a patch; else their failing would prove nothing."""
    catches = {c.line: c for p in patches for c in p.catch}
    tests.build(catches.values())
    for line, catch in sorted(catches.items()):
        start = time.monotonic()
        found = tests.run(catch)
        print(f"# {time.monotonic() - start:5.1f} s  {line}", flush=True)
        if found:
            raise Bad(f"fails without any patch: {found}")


def report(number, name, start, work):
    try:
        said = work()
    except Bad as why:
        print(f"not ok {number} - {name}")
        print("\n".join(f"# {line}" for line in str(why).splitlines()), flush=True)
        return False
    print(f"ok {number} - {name}" + (f"\n# {time.monotonic() - start:4.1f} s, {said}" if said else ""), flush=True)
    return True


def main(names):
    patches = [Patch(p) for p in sorted((ROOT / "tests/planted").glob("*.patch"))]
    if "--list" in names:
        for p in patches:
            print(f"{p.name}: {p.harm}")
        return 0
    chosen = [p for p in patches if not names or any(n in p.name for n in names)]
    if not chosen or (not names and len(chosen) < LEAST):
        print(f"1..1\nnot ok 1 - {len(chosen)} planted bugs chosen")
        return 1
    print(f"1..{len(chosen) + 1}", flush=True)
    copy_tree()
    tests = None

    def prepare():
        nonlocal tests
        configure()
        must(["ninja", "-C", BUILD, "build.ninja"], "meson")
        tests = Tests()
        clean(chosen, tests)

    def try_it(patch):
        if tests is None:
            raise Bad("not tried: there is no build to plant it in")
        return planted(patch, tests)

    good = report(1, "the tests pass without a patch", time.monotonic(), prepare)
    for number, patch in enumerate(chosen, 2):
        good &= report(number, f"planted: {patch.name}", time.monotonic(), lambda p=patch: try_it(p))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
