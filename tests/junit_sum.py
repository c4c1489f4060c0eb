#!/usr/bin/python3
"""Adds up the JUnit reports that meson wrote, one line per failed or skipped test, and a last line of totals.

Usage: junit_sum.py REPORT... ; exit status 1 when a test failed or no test ran at all.
"""
import sys
import xml.etree.ElementTree as tree


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        build = path.split("/meson-logs/")[0].rsplit("/", 1)[-1]
        for suite in tree.parse(path).getroot().iter("testsuite"):
            for case in suite.iter("testcase"):
                name = f"{build}: {suite.get('name')}: {case.get('name')}"
                if case.find("failure") is not None or case.find("error") is not None:
                    failed += 1
                    print(f"FAILED {name}")
                elif case.find("skipped") is not None:
                    skipped += 1
                    print(f"skipped {name}")
                else:
                    passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
