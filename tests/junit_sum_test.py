#!/usr/bin/python3
"""junit_sum.py counts what a TAP file says, and what it should have said."""
import contextlib
import io
import os
import tempfile

import junit_sum

CASES = [
    ("1..2\nok 1 - a\nok 2 - b # SKIP no network\n", 0, "1 passed, 0 failed, 1 skipped"),
    ("ok 1 - a\n1..1\n", 0, "1 passed, 0 failed, 0 skipped"),
    ("1..2\nok 1 - a\nnot ok 2 - b\n", 1, "1 passed, 1 failed, 0 skipped"),
    ("1..3\nok 1 - a\nok 2 - b\n", 1, "2 passed, 1 failed, 0 skipped"),                   # it died
    ("1..1\nok 1 - a\n# exit status 136\n", 1, "1 passed, 1 failed, 0 skipped"),
    ("1..1\nok 1 - a\nBail out! no fixtures\n", 1, "1 passed, 1 failed, 0 skipped"),
    ("ok 1 - a\n", 1, "1 passed, 1 failed, 0 skipped"),                                   # no plan: how many were meant?
    ("", 1, "0 passed, 1 failed, 0 skipped"),
]

print(f"1..{len(CASES)}")
with tempfile.TemporaryDirectory() as folder:
    for number, (text, status, last) in enumerate(CASES, 1):
        path = os.path.join(folder, f"{number}.tap")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            got = junit_sum.main([path])
        good = got == status and said.getvalue().splitlines()[-1] == last
        print(f"{'ok' if good else 'not ok'} {number} - {text.encode()!r}" + ("" if good else f"\n# {got}, {said.getvalue()!r}"))
