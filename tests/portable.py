#!/usr/bin/python3
"""The same verdict everywhere: tests/portable/ and the pure floors, built by gcc and clang, -O0 and -O3, for 64 and 32 bits and for
WebAssembly, live the same random days and must print the same digests. Prints TAP.
Usage: tests/portable.py [--quick] [--seeds N] [--from SEED] [--keep DIR]"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = "arena base64 bytes cosignature id instant json_read json_scan json_walk note result sha256 siphash text utf8".split()
LINES = 4  # a seed's: geometry, watched, random, spoken
I386 = ["-m32", "-msse2", "-mfpmath=sse"]
WASM = ["--target=wasm32-wasi", "-D_WASI_EMULATED_MMAN"]
WASM_LINK = ["-lwasi-emulated-mman", "-Wl,-z,stack-size=8388608"]  # lld gives 64 KiB otherwise
PLAIN = ["-DPARLEY_NO_OPENSSL"]
# name, compiler, options, what is linked, simdjson and OpenSSL in place of the plain readers
BUILDS = [
    ("gcc -O0", "gcc", ["-O0"], ["-lm"], False),
    ("wasm32 -O2", "clang", ["-O2"] + WASM, WASM_LINK, False),
    ("gcc -O3 with simdjson and OpenSSL", "gcc", ["-O3"], ["-lm", "-lstdc++", "-lsimdjson", "-lcrypto"], True),
    ("clang -O0", "clang", ["-O0"], ["-lm"], False),
    ("clang -O3", "clang", ["-O3"], ["-lm"], False),
    ("i386 gcc -O2", "gcc", ["-O2"] + I386, ["-lm"], False),
]
QUICK = BUILDS[:2]


def exact_options(compiler, room):
    """Those of meson.build that this compiler knows, as Meson chooses them."""
    listed = re.search(r"^exact = \[(.*)\]$", (ROOT / "meson.build").read_text(), re.M).group(1)
    source = room / "empty.c"
    source.write_text("int empty;\n")
    known = []
    for option in re.findall(r"'([^']+)'", listed):
        tried = subprocess.run([compiler, "-Werror", option, "-fsyntax-only", source], capture_output=True)
        known += [option] if tried.returncode == 0 else []
    return known


def build(how, room):
    """The program's path; raises with what the compiler said."""
    name, compiler, options, link, libraries = how
    program = room / re.sub(r"[^a-z0-9]+", "_", name.lower())
    sources = sorted((ROOT / "src/geo").glob("*.c")) + sorted((ROOT / "src/core").glob("*.c")) + [ROOT / f"src/base/{b}.c" for b in BASE]
    portable = sorted((ROOT / "tests/portable").glob("*.c"))
    common = options + exact_options(compiler, room) + ["-D_GNU_SOURCE", "-w", f"-I{ROOT}/src", f"-I{ROOT}/tests", f"-I{ROOT}/tests/core",
                                                        f"-I{ROOT}/tests/portable", f"-I{ROOT}/tests/portable/shim"]
    objects = []
    if libraries:
        portable = [p for p in portable if p.name != "plain_json.c"]
        objects = [f"{program}_json.o"]
        run(["g++", "-std=c++17", "-O1", f"-I{ROOT}/src", "-c", ROOT / "src/base/json.cpp", "-o", objects[0]])
    else:
        common = common + PLAIN
    run([compiler, "-std=c17", *common, *sources, *portable, *objects, *link, "-o", program])
    return program


def run(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(str(c) for c in command)[:300]}: ends with {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def verdict(how, program, first, seeds):
    command = [program, str(first), str(seeds)]
    if "wasm32" in how[0]:
        command = ["node", ROOT / "tests/portable/run_wasm.mjs"] + command
    return run(command).splitlines()


def one(how, room, first, seeds):
    try:
        return verdict(how, build(how, room), first, seeds)
    except (OSError, RuntimeError) as e:
        return e


def difference(expected, lines, seeds):
    """Empty, or what is wrong with these lines."""
    if isinstance(lines, Exception):
        return str(lines)
    if len(lines) != LINES * seeds:
        return f"{len(lines)} lines, {LINES * seeds} expected"
    if isinstance(expected, Exception):
        return "nothing to compare with"
    for mine, theirs in zip(lines, expected):
        if mine != theirs:
            return f"first difference:\n{mine}\n{BUILDS[0][0]}:\n{theirs}"
    return ""


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--quick", action="store_true")
    args.add_argument("--seeds", type=int)
    args.add_argument("--from", dest="first", type=int, default=1)
    args.add_argument("--keep", help="leave the programs here")
    args = args.parse_args()
    builds = QUICK if args.quick else BUILDS
    seeds = args.seeds or (4 if args.quick else 20)
    room = pathlib.Path(args.keep or tempfile.mkdtemp())
    room.mkdir(parents=True, exist_ok=True)
    try:
        with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            found = list(pool.map(lambda how: one(how, room, args.first, seeds), builds))
    finally:
        if not args.keep:
            shutil.rmtree(room)
    wrong = [difference(found[0], lines, seeds) for lines in found]
    if not wrong[0] and len({line.split(" ", 1)[1] for line in found[0]}) != LINES * seeds:
        wrong[0] = "two seeds have the same digest: the days are not drawn from the seed"
    print(f"1..{len(builds)}")
    for number, (how, why) in enumerate(zip(builds, wrong), 1):
        print(f"{'not ok' if why else 'ok'} {number} - {how[0]}: seeds {args.first} to {args.first + seeds - 1}, geometry and random days")
        for line in why.splitlines():
            print(f"# {line}")
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
