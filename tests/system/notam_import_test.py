"""`parley import notam` of all real NOTAMs and of fictional ones that replace and cancel, into a fresh log whose time is fixed.

The real files, 192 entries, at 2025-10-15T00:00Z (the numbers of their reading stand in ../notam/notam_data_test.c):
  filed      191  each distinct message once
  unchanged    1  N3340/21 YBBB has two areas and stands twice in its file, once for each; ours has both areas, both times
  incomplete   1  of the 191: A3352/23 VVHN is part 1 of 2, its item E breaks off before the area; filed with the Q circle, the safe side
  over       168  of the 191: item C has passed. A notice does not end by its time, its sender has to say OVER, and the import does
  hazardous or to come  23: item C is after that day
  nothing     16  NOTAMR whose old message has ended by then (10) or never stood in these files (6): there is nothing to end
  cancelled    0  for the same reason; the fictional messages below reach it
"""
import glob
import json
import re

import system
from system import Place, Server

TIME = "2025-10-15T00:00:00Z"
COUNTS = re.compile(r"^(\d+) filed \((\d+) of them incomplete\), (\d+) changed, (\d+) unchanged, (\d+) over, (\d+) cancelled, (\d+) refused, (\d+) not read$",
                    re.M)
NAMES = ("filed", "incomplete", "changed", "unchanged", "over", "cancelled", "refused", "unread")


class Fresh:
    """A log at a fixed time, a server on it, the party `north` that imports."""

    def __init__(self):
        self.place = Place()
        self.place.init("--capacity", "slots_log2=4", "--capacity", "parties=2", "--capacity", "notices=2048")
        self.server = Server(self.place, "--clock-rate", "1", "--clock-start", TIME)
        self.place.party("north")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.server.__exit__(kind, value, trace)
        self.place.__exit__(kind, value, trace)

    def load(self, *files, status=0):
        out, _ = self.place.parley("import", "notam", *files, "--key", "north.key", status=status)
        return dict(zip(NAMES, map(int, COUNTS.search(out).groups()))), out

    def notices(self):
        return json.loads(self.place.parley("list", "notices", "--key", "north.key", "--json")[0])["items"]

    def stream(self):
        return self.place.parley("stream", "--key", "north.key")[0]

    def state(self, area):
        found = [n for n in self.notices() if n["area"] == area]
        assert len(found) == 1, (area, found)
        return found[0]["state"]


def only(**counts):
    return dict(dict.fromkeys(NAMES, 0), **counts)


def all_real_files_have_these_numbers_and_a_second_import_changes_nothing():
    files = sorted(glob.glob(system.shared("data", "notam") + "/*.json"))
    assert len(files) == 12, files
    with Fresh() as f:
        counts, out = f.load(*files)
        assert counts == only(filed=191, incomplete=1, unchanged=1, over=168), counts
        became = [line[21:].split()[0] for line in out.splitlines() if re.match(r"[A-Z]\d{4}/\d\d ", line)]
        assert {w: became.count(w) for w in set(became)} == {"filed": 190, "incomplete": 1, "unchanged": 1, "over": 168, "nothing": 16}, sorted(set(became))
        assert len(re.findall("that it replaces has ended already", out)) == 10 and len(re.findall("that it replaces is not on file", out)) == 6
        assert re.search(r"^N3340/21 YBBB +unchanged", out, re.M) and re.search(r"^A3352/23 VVHN 1/2 +incomplete", out, re.M)
        notices, stream = f.notices(), f.stream()
        assert len(notices) == 191
        assert sum(n["hazardous"] or n["state"] == "filed" for n in notices) == 23
        # Every statement of the import was taken: nothing tried and refused stands in the stream.
        assert '"verdict\\":\\"refused' not in stream
        again, _ = f.load(*files)
        assert again == only(unchanged=192), again
        assert f.stream() == stream, "the second import said something"
        assert f.notices() == notices


def what_was_imported_stays_imported_after_a_restart():
    files = sorted(glob.glob(system.shared("data", "notam") + "/2024*.json"))
    with Fresh() as f:
        first, _ = f.load(*files)
        before = f.notices()
        f.server.kill()
        f.server.words = ["--clock-rate", "1", "--clock-start", "2025-11-15T00:00:00Z"]  # a month later
        f.server.start()
        f.place.serve(f.server)
        again, _ = f.load(*files)
        assert again["filed"] == again["changed"] == again["refused"] == 0 and again["unchanged"] == first["filed"] + first["unchanged"], again
        # What ended a month ago is in no table any more; the record remembers that it was filed. What nobody ended still stands.
        after = {n["id"] for n in f.notices()}
        assert after < {n["id"] for n in before} and after >= {n["id"] for n in before if n["state"] in ("filed", "active", "unconfirmed")}


FORM = """({name} {type}{old}
Q) XXXX/QWMLW/IV/BO/W/000/250/4700S12600W010
A) XXXX B) {b} C) {c}
E) MISSILE FIRING WILL TAKE PLACE IN THE AREA BOUNDED BY
4700S12600W - 4700S12500W - 4800S12500W - 4800S12600W
F) SFC G) FL250)
"""


def message(name, b, c, type="NOTAMN", old=""):
    return FORM.format(name=name, type=type, b=b, c=c, old=" " + old if old else "")


def cancellation(name, old):
    return "(%s NOTAMC %s\nQ) XXXX/QWMXX/IV/BO/W/000/250/4700S12600W010\nA) XXXX B) 2510150000\nE) NOTAM CANCELLED)\n" % (name, old)


def replacing_and_cancelling_end_what_they_name():
    with Fresh() as f:
        ahead, under_way = ("2510160000", "2510170000"), ("2510140000", "2510160000")
        f.place.write("first.txt", message("A0001/25", *ahead) + "\n" + message("A0002/25", *under_way) + "\n" + message("A0003/25", *ahead))
        counts, _ = f.load("first.txt")
        assert counts == only(filed=3), counts
        assert [f.state("A000%d/25 XXXX" % i) for i in (1, 2, 3)] == ["filed", "active", "filed"]
        # Ahead of its time: cancelled. Hazardous: OVER, and without an agreement there is no tail.
        f.place.write("second.txt", message("A0004/25", *ahead, type="NOTAMR", old="A0001/25") + "\n" + message("A0005/25", *under_way, type="NOTAMR", old="A0002/25"))
        counts, _ = f.load("second.txt")
        assert counts == only(filed=2, cancelled=1, over=1), counts
        assert [f.state("A000%d/25 XXXX" % i) for i in (1, 2, 3, 4, 5)] == ["cancelled", "closed", "filed", "filed", "active"]
        f.place.write("third.txt", cancellation("A0006/25", "A0003/25") + "\n" + cancellation("A0007/25", "A0005/25") + "\n" + cancellation("A0008/25", "A0999/25"))
        counts, out = f.load("third.txt")
        assert counts == only(cancelled=1, over=1), counts
        assert "A0999/25 XXXX that it cancels is not on file" in out, out
        assert [f.state("A000%d/25 XXXX" % i) for i in (3, 4, 5)] == ["cancelled", "filed", "closed"]
        stream = f.stream()
        counts, out = f.load("first.txt", "second.txt", "third.txt")
        assert counts == only(unchanged=5), counts
        assert out.count("has ended already") == 2, out
        assert f.stream() == stream and '"verdict\\":\\"refused' not in stream


def a_changed_text_under_the_same_number_changes_the_notice():
    with Fresh() as f:
        f.place.write("one.txt", message("A0001/25", "2510160000", "2510170000"))
        f.load("one.txt")
        f.place.write("two.txt", message("A0001/25", "2510160000", "2510180000"))
        counts, _ = f.load("two.txt")
        assert counts == only(changed=1), counts
        notices = f.notices()
        assert len(notices) == 1 and notices[0]["version"] == 2, notices


def what_is_no_notam_is_named_and_the_rest_is_filed():
    with Fresh() as f:
        f.place.write("mixed.txt", "weather is fine\n\n" + message("A0001/25", "2510160000", "2510170000") + "\n(A0002/25 NOTAMN\nQ) nonsense\nE) nothing)\n")
        out, _ = f.place.parley("import", "notam", "mixed.txt", "--key", "north.key", status=(0, 3))
        assert "weather is fine" in out and re.search(r"^A0001/25 XXXX +filed", out, re.M), out
        assert re.search(r"^A0002/25.* (incomplete|not read) ", out, re.M) or "not read" in out, out
        _, err = f.place.parley("import", "notam", "absent.txt", "--key", "north.key", status=71)
        assert "absent.txt" in err, err


if __name__ == "__main__":
    system.run([all_real_files_have_these_numbers_and_a_second_import_changes_nothing, what_was_imported_stays_imported_after_a_restart,
                replacing_and_cancelling_end_what_they_name, a_changed_text_under_the_same_number_changes_the_notice,
                what_is_no_notam_is_named_and_the_rest_is_filed])
