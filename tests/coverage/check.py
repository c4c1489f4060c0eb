#!/usr/bin/python3
"""Line coverage per floor, from a build with gcov's counters after its tests ran; every block of lines that no test reached must be explained.

  check.py [BUILD]          TAP: a line per floor and one for all; fails where a block has no explanation, or an explanation's text is gone
  check.py --tests="ok" or "not ok" [BUILD]   a line more, for how the tests ended
  check.py --list [BUILD]   the blocks without explanation, as lines for uncovered.txt

A block is a run of lines of one function that no test executed, with no executed line between. uncovered.txt beside this file has a line for
each: FILE | FUNCTION | text of its first line | why. The text is compared, not the number, so that it survives edits elsewhere; one line may explain several
equal blocks. WHY is a code of the list on top of the file, or a code and words, or words. An explanation may be without a block, for whether lines run
can depend on the moment or the machine, and is printed then; but its text must still stand in its file."""
import collections
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FLOORS = ["base", "geo", "core", "notam", "log", "door", "cli"]
Block = collections.namedtuple("Block", "file function text line lines")


def measured(build):
    """{file: {line: (count, function, partly)}} of everything under src."""
    files = {}
    notes = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(build, "src")) for name in names if name.endswith(".gcno")]
    for note in sorted(notes):
        done = subprocess.run(["gcov", "--json-format", "--stdout", os.path.abspath(note)], capture_output=True, text=True, cwd=build)
        for line in done.stdout.splitlines():
            for file in json.loads(line)["files"]:
                path = os.path.relpath(os.path.normpath(os.path.join(build, file["file"])), ROOT)
                if not path.startswith("src/"):
                    continue
                into = files.setdefault(path, {})
                for x in file["lines"]:
                    old = into.get(x["line_number"], (0, "", True))
                    into[x["line_number"]] = (max(old[0], x["count"]), x.get("function_name") or old[1], old[2] and x["unexecuted_block"])
    return files


def blocks_of(path, lines):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        text = f.read().splitlines()
    found, run = [], []
    for number in sorted(lines) + [None]:
        count, function, _ = lines[number] if number is not None else (1, None, False)
        if run and (count > 0 or function != run[0][1]):
            found.append(Block(path, run[0][1], " ".join(text[run[0][0] - 1].split()), run[0][0], len(run)))
            run = []
        if count == 0:
            run.append((number, function))
    return found


def explanations():
    """(floors that are checked, codes, [(file, function, text, why)])"""
    floors, codes, rows = [], {}, []
    with open(os.path.join(HERE, "uncovered.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if line.startswith("floors:"):
                floors = line.split()[1:]
            elif " | " not in line:
                code, words = line.split(": ", 1)
                codes[code] = words
            else:
                row = line.split(" | ")
                if len(row) < 4:
                    sys.exit(f"uncovered.txt:{number}: FILE | FUNCTION | TEXT | WHY")
                rows.append((row[0], row[1], " | ".join(row[2:-1]), row[-1]))
    for file, function, _, why in rows:
        code = why.split(":")[0].split()[0]
        if code.isupper() and code not in codes and len(code) > 2:
            sys.exit(f"uncovered.txt: {file}, {function}: no code '{code}' on top")
    return floors, codes, rows


def stands(path, text):
    if not os.path.exists(os.path.join(ROOT, path)):
        return False
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return any(" ".join(line.split()) == text for line in f)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    build = os.path.abspath(arguments[0] if arguments else os.path.join(ROOT, "build/coverage"))
    files = measured(build)
    if not files:
        sys.exit(f"{build}: no counters; was it built with -Db_coverage=true, and did its tests run?")
    floors, _, rows = explanations()
    blocks = [b for path in sorted(files) for b in blocks_of(path, files[path])]
    explained = {row[:3] for row in rows}
    bare = [b for b in blocks if (b.file, b.function, b.text) not in explained]
    if "--list" in sys.argv:
        for b in bare:
            print(f"{b.file} | {b.function} | {b.text} | ?   {b.lines} lines from {b.line}")
        return 0
    there = {(b.file, b.function, b.text) for b in blocks}
    gone = [row for row in rows if not stands(row[0], row[2])]
    idle = [row for row in rows if row[:3] not in there and row not in gone]
    shared = os.path.isdir(os.environ.get("PARLEY_SHARED", os.path.join(os.path.dirname(ROOT), "shared")))
    failed, total = 0, [0, 0, 0, 0]
    tests = [a.split("=", 1)[1] for a in sys.argv if a.startswith("--tests=")]
    print(f"1..{len(FLOORS) + 1 + len(tests)}")
    for how in tests:
        print(f"{how} - the tests in the build with counters (build/coverage/meson-logs/testlog.txt)")
    for floor in FLOORS:
        lines = [x for path, of in files.items() if path.split("/")[1] == floor for x in of.values()]
        mine = [b for b in blocks if b.file.split("/")[1] == floor]
        reached, partly = sum(x[0] > 0 for x in lines), sum(x[0] > 0 and x[2] for x in lines)
        total = [total[0] + reached, total[1] + len(lines), total[2] + len(mine), total[3] + partly]
        mine_bare = [b for b in bare if b in mine]
        mine_gone = [row for row in gone if row[0].split("/")[1] == floor]
        name = f"coverage {floor}: {100 * reached / max(len(lines), 1):.1f} % of {len(lines)} lines ({partly} of them in part), {len(mine)} blocks not reached"
        if floor not in floors:
            print(f"ok - {name}, {len(mine_bare)} of them not explained yet")
        elif not shared:
            print(f"ok - {name} # SKIP whether each is explained: the recordings of ../shared are missing")
        elif mine_bare or mine_gone:
            failed += 1
            print(f"not ok - {name}, {len(mine_bare)} without an explanation in tests/coverage/uncovered.txt")
            for b in mine_bare:
                print(f"# {b.file}:{b.line}: {b.function}: {b.text} ({b.lines} lines)")
            for row in mine_gone:
                print(f"# explained, but gone: {' | '.join(row[:3])}")
        else:
            print(f"ok - {name}, each explained")
        for row in idle:
            if floor in floors and row[0].split("/")[1] == floor:
                print(f"# explained, but reached this time: {' | '.join(row[:3])}")
    print(f"ok - coverage of all: {100 * total[0] / max(total[1], 1):.1f} % of {total[1]} lines ({total[3]} of them in part), {total[2]} blocks not reached")
    return 1 if failed else 0


sys.exit(main())
