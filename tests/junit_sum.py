#!/usr/bin/python3
"""Adds up test reports (JUnit as meson writes it, or TAP): a line per failed or skipped test, and a last line of totals.

Usage: junit_sum.py REPORT... ; exit status 1 when a test failed, a report is missing, or no test ran at all.
"""
import re
import sys
import xml.etree.ElementTree as tree

TAP = re.compile(r"(not )?ok\b *\d* *(?:- )?(.*)")


def junit(path):
    build = path.split("/meson-logs/")[0].rsplit("/", 1)[-1]
    for suite in tree.parse(path).getroot().iter("testsuite"):
        cases = list(suite.iter("testcase"))
        bad = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
        for case in cases:
            name = f"{build}: {suite.get('name')}: {case.get('name')}"
            yield name, "failed" if case in bad else "skipped" if case.find("skipped") is not None else "passed"
        # A test program that dies or prints fewer results than it planned has no failed case of its own.
        if not bad and (int(suite.get("errors", 0)) or int(suite.get("failures", 0))):
            yield f"{build}: {suite.get('name')}: the program itself", "failed"


def tap(path):
    """The results of one TAP file. One that is cut short, or that nothing was written to, fails: what a program that died did not say was not good."""
    planned, seen = None, 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found, plan = TAP.match(line), re.match(r"1\.\.(\d+)", line)
            if plan:
                planned = int(plan[1])
            if line.startswith(("Bail out!", "# exit status ")):
                yield f"{path}: {line.strip()}", "failed"
            if found:
                seen += 1
                yield found.group(2), "failed" if found.group(1) else "skipped" if "# SKIP" in line else "passed"
    if planned is None or planned != seen:
        yield f"{path}: {'no plan' if planned is None else f'{planned} tests were planned'}, {seen} have a result", "failed"


def main(paths):
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        try:
            results = list(tap(path) if path.endswith(".tap") else junit(path))
        except (OSError, tree.ParseError) as why:
            results = [(f"{path}: {why}", "failed")]
        for name, what in results:
            totals[what] += 1
            if what != "passed":
                print(f"{what.upper() if what == 'failed' else what} {name}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**totals))
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
