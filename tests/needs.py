#!/usr/bin/python3
"""What ninja has to build in a directory so that the tests of some suites can run there: its targets, on one line.
Usage: tests/needs.py BUILD SUITE…"""
import json
import os
import subprocess
import sys


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", build, "--" + what], check=True, stdout=subprocess.PIPE).stdout)


def main(build, *suites):
    files = {t["id"]: [os.path.relpath(f, os.path.realpath(build)) for f in t["filename"]] for t in introspect(build, "targets")}
    tests = [t for t in introspect(build, "tests") if {s.split(":")[-1] for s in t["suite"]} & set(suites)]
    if not tests:
        sys.exit(f"tests/needs.py: no test of {build} is of {' or '.join(suites)}")
    print(*sorted({f for t in tests for d in t["depends"] for f in files[d]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
