#!/usr/bin/python3
"""What is not built in a directory is at least read by its compiler, so that its warnings, which are errors, are seen: a line of TAP.
Usage: tests/syntax.py BUILD"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys


def read(build, unit):
    """What the compiler says of it; nothing is written."""
    command = re.sub(r" -(MD|MQ \S+|MF \S+|o \S+)", "", unit["command"])
    done = subprocess.run(command + " -fsyntax-only", shell=True, cwd=build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout if done.returncode else ""


def main(build):
    with open(os.path.join(build, "compile_commands.json")) as text:
        units = [u for u in json.load(text) if not os.path.exists(os.path.join(build, u["output"]))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [s for s in pool.map(lambda u: read(build, u), units) if s]
    print(f"1..1\n{'not ok' if said else 'ok'} 1 - {build}: {len(units)} files that are not built there are read without a warning")
    for line in "".join(said).splitlines()[:100]:
        print("# " + line)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
