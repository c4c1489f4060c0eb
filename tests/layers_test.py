#!/usr/bin/python3
"""The floors of src/: a lower one never includes a higher one, and the pure floors touch nothing outside themselves."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = {"base": 0, "geo": 1, "core": 2, "notam": 2, "log": 3, "door": 4, "cli": 5}
# notam stands beside core: neither knows the other.
APART = {("core", "notam"), ("notam", "core"), ("log", "notam"), ("door", "notam")}
PURE = ("geo", "core")
IMPURE = re.compile(
    r'#include\s*<(math|time|locale|pthread|threads|unistd|fcntl|sys/[a-z]+|errno|signal|dirent|microhttpd)\.h>'
    r"|\b(malloc|calloc|realloc|free|getenv|rand|random|time|clock_gettime|gettimeofday|fopen|printf|fprintf|puts|fputs|perror|setlocale)\s*\(")
# What a file of a pure floor may do all the same, and why.
ALLOWED = {name: "the client's side, not part of the step" for name in ("src/core/compose.c", "src/core/compose_sign.c")}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z0-9_]+)/[^"]+"', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"", re.S)
LONGEST_FILE = 800
LONGEST_FUNCTION = 70


def sources():
    return sorted(p for p in (ROOT / "src").rglob("*") if p.suffix in (".c", ".h", ".cpp"))


def long_functions(name, text):
    """A function's head ends with ") {", its body with a "}" in the first column."""
    begun = None
    for number, line in enumerate(text.splitlines(), 1):
        if begun is None and line.endswith(") {"):
            begun = number
        if line.startswith("}"):
            if begun is not None and number - begun >= LONGEST_FUNCTION:
                yield f"{name}:{begun}: {number - begun + 1} lines"
            begun = None


def forms():
    """The number of the state's form stands in three places that nothing else holds together: who changes it forgets the second verifier."""
    said = {name: re.findall(pattern, (ROOT / name).read_text()) for name, pattern in (
        ("src/core/saved.h", r"#define SAVED_VERSION (\d+)"), ("FORMAT.md", r"    u32 form \((\d+)\); LOG;"), ("verifier/snapshot.py", r"STATE_FORM, STATE_ORDER = (\d+),"))}
    return [] if len({tuple(f) for f in said.values()}) == 1 and all(len(f) == 1 for f in said.values()) else [f"{name}: {f}" for name, f in said.items()]


def main():
    wrong_floor, impure, long_files, long_ones = [], [], [], []
    files = sources()
    for path in files:
        name = str(path.relative_to(ROOT))
        floor = path.relative_to(ROOT / "src").parts[0]
        text = path.read_text()
        for target in INCLUDE.findall(text):
            if FLOORS[target] > FLOORS[floor] or (floor, target) in APART:
                wrong_floor.append(f"{name} includes {target}/")
        if floor in PURE and name not in ALLOWED:
            for hit in IMPURE.finditer(COMMENT.sub(" ", text)):
                impure.append(f"{name}: {hit.group(0)}")
        lines = text.count("\n")
        if lines > LONGEST_FILE:
            long_files.append(f"{name}: {lines} lines")
        long_ones += long_functions(name, text)
    checks = [
        ("there are sources to look at", [] if len(files) > 40 else [f"{len(files)} files"]),
        ("lower floors know nothing of higher ones", wrong_floor),
        ("geo and core are pure", impure),
        ("no file is over 800 lines", long_files),
        ("no function is over 70 lines", long_ones),
        ("the state has one form: the core's, the page's and the second verifier's", forms()),
    ]
    print(f"1..{len(checks)}")
    for number, (name, found) in enumerate(checks, 1):
        print(f"{'not ok' if found else 'ok'} {number} - {name}")
        for line in found:
            print(f"# {line}")
    return 1 if any(found for _, found in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
