"""The command line: help, wrong use, values that do not hold, exit statuses, JSON, keys, and what needs several parties."""
import json
import os
import re
import shutil
import stat
import subprocess

import system
from system import Place, Server, Skip

CIRCLE = ("--circle", "-47,-126,5NM", "--lower", "SFC", "--upper", "FL100", "--from", "+1h", "--to", "+2h")


def commands():
    out = subprocess.run([system.binary(), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    found = [m[1] for m in re.finditer(r"^  ([a-z]+(?: [a-z]+)?)  +\S", out, re.M)]
    assert len(found) > 40, out
    return found


class World:
    """A log, its server, the parties north, relief and south; one for all tests that need no own."""
    made = None

    @classmethod
    def get(cls):
        if cls.made is None:
            cls.made = cls()
        return cls.made.place

    def __init__(self):
        self.place = Place()
        self.place.init("--capacity", "slots_log2=4", "--capacity", "parties=8")
        self.server = Server(self.place)
        for party in ("north", "relief", "south"):
            self.place.party(party)

    @classmethod
    def end(cls):
        if cls.made is not None:
            cls.made.server.stop()
            cls.made.place.__exit__(None, None, None)


def refuses(place, words, status, *named):
    out, err = place.parley(*words, status=status)
    for word in named:
        assert word in err, "%s: %r is not named in %r" % (words, word, err)
    assert out == "", out
    assert err.startswith("parley: ") and err.count("\n") == 1, err


def every_subcommand_has_help():
    with Place() as place:
        for command in commands():
            out, err = place.parley(*command.split(), "--help")
            assert out.startswith("usage: parley %s " % command) and "--json" in out and err == "", (command, out)
            assert place.parley(*command.split(), "-h")[0] == out
        assert "COMMAND" in place.parley("--help")[0]
        assert re.match(r"parley \d", place.parley("--version")[0])
        assert "usage" in place.parley(status=64)[1]
        assert "notice file" in place.parley("notice", status=64)[1]
        assert "'fly'" in place.parley("fly", status=64)[1]


def an_unknown_option_or_a_wrong_count_of_arguments_is_named():
    with Place() as place:
        for command in commands():
            refuses(place, command.split() + ["--no-such"], 64, "--no-such", command)
            _, err = place.parley(*command.split(), *["x"] * 5, status=(64,)) if command != "import notam" else (None, "parley: ")
            assert err.startswith("parley: "), err
        refuses(place, ["key", "new", "k", "--name"], 64, "--name", "needs a value")
        refuses(place, ["key", "new", "k"], 64, "--name", "is needed")
        refuses(place, ["serve"], 64, "--data", "is needed")
        refuses(place, ["status", "--json=yes"], 64, "--json", "takes no value")


def the_manual_passes_the_lint():
    if not shutil.which("mandoc"):
        raise Skip("no mandoc here")
    with Place() as place:
        page = place.write("parley.1", place.parley("--man")[0])
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        assert done.stdout == "" and done.returncode == 0, done.stdout
        text = subprocess.run(["mandoc", "-Tutf8", page], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        text = re.sub(r".\x08", "", text)
        for command in commands():
            assert "parley " + command in text, command
        for status in ("0", "2", "3", "4", "5", "6", "7", "8", "64", "71"):
            assert re.search(r"^ +%s +\S" % status, text, re.M), status


def malformed_values_are_named_with_their_rule():
    place = World.get()
    filing = ["notice", "file", "--area", "A", "--category", "missile", "--key", "north.key"]

    def shape(**changes):
        given = {"circle": "-47,-126,5NM", "lower": "SFC", "upper": "FL100", "from": "+1h", "to": "+2h"}
        given.update(changes)
        return filing + [w for k, v in given.items() if v is not None for w in ("--" + k, v)]
    refuses(place, shape(circle="-47,-126"), 64, "--circle", "-47,-126", "LAT,LNG,RADIUS")
    refuses(place, shape(circle="-47,x,5NM"), 64, "--circle", "-47,x", "decimal degrees")
    refuses(place, shape(circle="-47,-126,5miles"), 64, "--circle", "5miles", "5NM")
    refuses(place, shape(lower="low"), 64, "--lower", "'low'", "FL245")
    refuses(place, shape(upper=None), 64, "--upper", "is needed")
    refuses(place, shape(upper="250"), 64, "--upper", "'250'", "no unit", "FL250")
    refuses(place, shape(to="2020-01-01T00:00:00Z", **{"from": "2019-01-01T00:00:00Z"}), 64, "--to", "2020-01-01", "past", "--late-entry")
    refuses(place, shape(to="2030-01-01T00:00:00Z", **{"from": "2031-01-01T00:00:00Z"}), 64, "--to", "2030-01-01", "not after", "2031-01-01")
    refuses(place, shape() + ["--area", "B"], 64, "--area", "twice", "'A'", "'B'")
    refuses(place, ["notice", "over", "north/" + "0" * 32, "--key", "north.key"], 5, "north/" + "0" * 32, "no such notice")
    refuses(place, shape(**{"from": "noon"}), 64, "--from", "'noon'", "RFC 3339")
    refuses(place, shape(to="+2y"), 64, "--to", "2y", "7d")
    # What only the rules of statements forbid comes back from the server with its place in the body.
    refuses(place, shape(circle="-97,-126,5NM"), 3, "lat", "-97")
    refuses(place, shape(lower="FL200", upper="FL100"), 3, "lower")
    refuses(place, shape(circle=None, polygon="-47,-126 -47,-126 -48,-126"), 3, "polygon")
    refuses(place, shape(circle=None, polygon="-47,-126 -48,-125 -47,-125 -48,-126"), 3, "polygon")
    refuses(place, filing[:4] + ["--category", "Missile!"] + filing[6:] + list(CIRCLE), 3, "category", "Missile!")
    refuses(place, ["flight", "file", "--icao24", "xyz", "--key", "north.key"] + list(CIRCLE), 3, "icao24", "'xyz' must be 6 lower-case hex digits")
    refuses(place, ["flight", "file", "--persons", "-1", "--key", "north.key"] + list(CIRCLE), 64, "--persons", "-1", "100000")
    refuses(place, ["ack", "seven", "received", "--key", "north.key"], 64, "PLACE", "seven")
    refuses(place, ["ack", "7", "noticed", "--key", "north.key"], 64, "STEP", "noticed", "displayed")
    refuses(place, ["answer", "north/" + "0" * 32, "MAYBE", "--key", "north.key"], 64, "REPLY", "MAYBE", "WILCO")
    refuses(place, ["list", "things"], 64, "WHAT", "things", "notices")
    refuses(place, ["show", "notice", "nonsense", "--key", "north.key"], 64, "nonsense", "32")
    refuses(place, ["init", "new", "--capacity", "pilots=4"], 64, "--capacity", "pilots=4", "notices")
    refuses(place, ["init", "new", "--mode", "practice"], 64, "--mode", "practice")
    refuses(place, ["init", "new", "--operator", "Big Boss"], 3, "Big Boss")
    refuses(place, ["init", "new", "--capacity", "slots_log2=60"], 3, "slots_log2", "60")
    refuses(place, ["serve", "--data", "log", "--clock-rate", "fast"], 64, "--clock-rate", "fast")
    refuses(place, ["key", "new", "k", "--name", "practice/x/root"], 64, "--name", "practice/x/root")
    place.write("bad.json", "{\"name\":")
    refuses(place, ["agreement", "sign", "bad.json", "--key", "north.key"], 3)
    place.write("bad.key", "hello")
    refuses(place, ["status", "--key", "bad.key"], 4, "bad.key", "mode 0644", "chmod 600")
    os.chmod(place.file("bad.key"), 0o600)
    refuses(place, ["status", "--key", "bad.key"], 3, "bad.key")
    refuses(place, ["status", "--key", "none.key"], 71, "none.key")
    assert not os.path.exists(place.file("new")) and not os.path.exists(place.file("new.operator.key"))


def errors_are_json_where_asked():
    place = World.get()
    for words, status in ((["list", "things", "--json"], 64), (["show", "notice", "north/" + "0" * 32, "--key", "north.key", "--json"], 5),
                          (["notice", "file", "--json", "--key", "north.key"], 64)):
        out, err = place.parley(*words, status=status)
        said = json.loads(err)
        assert set(said) == {"error", "field", "message"} and said["message"], said
        assert out == "", out
    out, _ = place.parley("notice", "over", "north/" + "0" * 32, "--key", "north.key", "--json", status=(4, 5))
    assert json.loads(out)["reason"] == "unknown-entity", out


def every_answer_is_json_where_asked():
    place = World.get()
    for what in ("notices", "flights", "tracks", "alerts", "holds", "areas", "agreements", "parties", "feeds", "pending", "due"):
        assert isinstance(json.loads(place.parley("list", what, "--key", "north.key", "--json")[0])["items"], list), what
    json.loads(place.parley("status", "--key", "north.key", "--json")[0])
    out, _ = place.parley("notice", "file", "--area", "J", "--category", "missile", *CIRCLE, "--key", "north.key", "--json")
    assert json.loads(out)["verdict"] == "accepted"
    for line in place.parley("stream", "--key", "north.key", "--json")[0].splitlines():
        system.strictly(line)


def exit_statuses_tell_what_happened():
    place = World.get()
    zero = "north/" + "0" * 32
    refuses(place, ["show", "notice", zero, "--key", "north.key"], 5, zero)
    # Another's party: refused as forbidden, recorded.
    out, _ = place.parley("notice", "file", "--area", "E", "--category", "missile", *CIRCLE, "--key", "north.key")
    notice = place.entity(out, "notice")
    _, err = place.parley("notice", "cancel", notice, "--key", "south.key", status=4)
    assert err.startswith("parley: "), err
    _, err = place.parley("notice", "over", notice, "--key", "north.key", status=4)
    assert "cancel" in err, err
    refuses(place, ["list", "notices", "--server", "http://127.0.0.1:9"], 6, "127.0.0.1:9")
    refuses(place, ["list", "notices", "--server", "ftp://x"], 64, "--server", "ftp://x")
    refuses(place, ["log", "check", "nowhere"], (71, 5, 3), "nowhere")
    refuses(place, ["stream", "relief", "--key", "north.key"], 4, "PARTY")
    place.parley("key", "new", "stranger.key", "--name", "exercise/stranger/root")
    place.parley("status", "--key", "stranger.key", status=(5, 7))
    # The list without a key is what the world may read: nothing of this.
    assert notice not in place.parley("list", "notices")[0]


def key_files_are_secret_and_never_overwritten():
    with Place() as place:
        place.key("alpha")
        assert stat.S_IMODE(os.stat(place.file("alpha.key")).st_mode) == 0o600
        before = open(place.file("alpha.key"), encoding="utf-8").read()
        refuses(place, ["key", "new", "alpha.key", "--name", "exercise/alpha/root"], 4, "alpha.key")
        assert open(place.file("alpha.key"), encoding="utf-8").read() == before
        out, _ = place.parley("init", "log", "--origin", "keys.example")
        assert stat.S_IMODE(os.stat(place.file("log.operator.key")).st_mode) == 0o600
        assert "MB" in out and stat.S_IMODE(os.stat(place.file("log")).st_mode) == 0o700
        for name in os.listdir(place.file("log")):
            mode = stat.S_IMODE(os.stat(place.file("log/" + name)).st_mode)
            assert mode & 0o077 == 0, (name, oct(mode))


def a_public_key_in_the_secret_ones_place_is_named():
    place = World.get()
    refuses(place, ["list", "notices", "--key", "north.key.pub"], 64, "north.key.pub: this is the public key; the secret one is north.key\n")
    place.write("open.txt", open(place.file("north.key.pub"), encoding="utf-8").read())
    for mode in (0o644, 0o600):
        os.chmod(place.file("open.txt"), mode)
        refuses(place, ["list", "notices", "--key", "open.txt"], 64, "this is a public key")
    refuses(place, ["init", "other", "--operator", "north", "--key", "north.key.pub"], 64, "the secret one is north.key")
    os.chmod(place.file("north.key"), 0o644)
    refuses(place, ["list", "notices", "--key", "north.key"], 4, "chmod 600")
    os.chmod(place.file("north.key"), 0o600)


def a_server_that_knows_less_is_named():
    place = World.get()
    refuses(place, ["watch", "--after", "99999", "--key", "north.key"], 3, "Last-Event-ID: is beyond the end of this stream (", "was an older copy restored?")


def the_state_of_the_clock_is_told():
    place = World.get()
    out, _ = place.parley("status", "--key", "north.key")
    told = float(re.search(r", clock: no jump seen(?:; NOT synchronised)?, error up to ([0-9.e+-]+) s$", out, re.M)[1])
    assert ("NOT synchronised" in out) == (told >= 16), out


def init_leaves_an_existing_log_alone():
    with Place() as place:
        place.init()
        inside = sorted(os.listdir(place.file("log")))
        _, err = place.parley("init", "log", "--origin", "other.example", "--operator", "registry", "--key", "registry.key", status=4)
        assert "log" in err and sorted(os.listdir(place.file("log"))) == inside
        os.mkdir(place.file("mine"))
        place.write("mine/letter.txt", "dear")
        place.parley("init", "mine", "--origin", "other.example", "--operator", "registry", "--key", "registry.key", status=(0, 4))
        assert open(place.file("mine/letter.txt"), encoding="utf-8").read() == "dear"


AGREEMENT = {"name": "basin", "version": 1, "parties": ["north", "relief"], "from": "2026-01-01T00:00:00Z", "until": None, "separation_m": 9260,
             "separation_height_m": 300, "withdraw_notice_s": 604800,
             "rules": [{"category": "default", "lead_s": 600, "binds": "sequenced", "readback_s": 60, "reaction_m": 0, "reaction_height_m": 0,
                        "reaction_before_s": 0, "reaction_after_s": 0, "tail_s": 5}]}


def an_agreement_is_drafted_and_cosigned():
    place = World.get()
    place.write("agreement.json", AGREEMENT)
    place.parley("agreement", "sign", "agreement.json", "--key", "north.key", "--co-signer", "relief.key.pub", "--draft", "draft.json")
    assert stat.S_IMODE(os.stat(place.file("draft.json")).st_mode) == 0o600
    assert "basin" not in place.parley("list", "agreements", "--key", "relief.key")[0]
    place.parley("cosign", "draft.json", "--key", "south.key", status=5)  # its text asks for no such key
    place.parley("cosign", "draft.json", "--key", "relief.key")
    out, _ = place.parley("cosign", "draft.json", "--key", "relief.key", "--send")  # has signed already: it is only sent
    assert "accepted" in out and "basin" in place.parley("list", "agreements", "--key", "relief.key")[0], out
    out, _ = place.parley("cosign", "draft.json", "--key", "north.key", "--send")
    assert "repeated" in out, out


def an_agreement_by_two_separate_sends_is_pending_first():
    place = World.get()
    place.write("second.json", dict(AGREEMENT, name="strait", parties=["north", "south"]))
    place.parley("agreement", "sign", "second.json", "--key", "north.key", "--co-signer", "south.key.pub", "--draft", "second.draft")
    # Each party sends what it has signed: the same text, so the same statement; signatures add up.
    one = json.load(open(place.file("second.draft"), encoding="utf-8"))
    text, signatures = one["note"].split("\n\n")
    out, _ = place.parley("cosign", "second.draft", "--key", "north.key", "--send", status=2)
    assert "pending" in out and "exercise/south/root" in out, out
    assert "strait" not in place.parley("list", "agreements", "--key", "south.key")[0]
    assert place.parley("list", "pending", "--key", "south.key")[0].count("agreement") >= 1
    out, _ = place.parley("cosign", "second.draft", "--key", "south.key", "--send")
    assert "accepted" in out and "strait" in place.parley("list", "agreements", "--key", "south.key")[0], out
    assert text in json.load(open(place.file("second.draft"), encoding="utf-8"))["note"] and signatures


def a_sealed_notice_is_opened_by_its_sender_only():
    place = World.get()
    out, _ = place.parley("notice", "file", "--area", "SEALED", "--category", "missile", *CIRCLE, "--seal", "seal.json", "--open-by", "+30m", "--key", "north.key")
    notice = place.entity(out, "notice")
    assert stat.S_IMODE(os.stat(place.file("seal.json")).st_mode) == 0o600
    assert "SEALED" not in place.parley("list", "notices", "--key", "relief.key")[0]
    refuses(place, ["notice", "file", "--area", "X", "--category", "missile", *CIRCLE, "--open-by", "+30m", "--key", "north.key"], 64, "--seal")
    place.parley("open", "seal.json", "--key", "south.key", status=(3, 4))
    changed = open(place.file("seal.json"), encoding="utf-8").read().replace("SEALED", "SWAPPD")
    place.write("forged.json", changed)
    place.parley("open", "forged.json", "--key", "north.key", status=(3, 4))
    place.parley("open", "seal.json", "--key", "north.key")
    listed = place.parley("list", "notices", "--key", "relief.key")[0]
    assert notice in listed and "SEALED" in listed and "SWAPPD" not in listed, listed


def keys_are_added_and_revoked_and_recovered():
    with Place() as place:
        place.init("--capacity", "slots_log2=4", "--capacity", "parties=8", "--recovery-quorum", "2")
        with Server(place):
            for party in ("north", "relief", "south"):
                place.party(party)
            desk = place.key("north", "desk-1")
            place.parley("status", "--key", desk, status=(4, 5, 7))
            _, err = place.parley("key", "add", "--new", desk + ".pub", "--key", "north.key", status=(3, 4))  # its own signature is missing
            place.parley("key", "add", "--new", desk + ".pub", "--key", "north.key", "--key", desk)
            place.parley("message", "relief", "from the desk", "--key", desk)
            place.parley("key", "revoke", "desk-1", "--suspect-from", "-1h", "--reason", "left in a car", "--key", "north.key")
            place.parley("message", "relief", "from the car", "--key", desk, status=(4, 7))
            # north loses its root key: the operator, the new key and two others sign; it waits for the delay.
            new = place.key("north", "root-2")
            words = ["key", "recover", "--new", new + ".pub", "--key", "registry.key", "--key", new]
            place.parley(*words, status=(2, 4))
            out, _ = place.parley(*words, "--key", "relief.key", "--key", "south.key")
            assert "accepted" in out, out
            place.parley("message", "relief", "too early", "--key", new, status=(4, 7))
            place.parley("key", "object", "--text", "we have it still", "--key", "north.key")
        assert place.check()["cut_bytes"] == 0


def what_is_typed_is_what_is_filed():
    place = World.get()
    for number, (radius, lower, upper, metres, low, high) in enumerate((
            ("5NM", "1000ft", "4500ft", 9260, 304.8, 1371.6), ("5nm", "300m", "1500m", 9260, 300, 1500),
            ("9.26km", "0ft:W84", "250.5m:W84", 9260, 0, 250.5), ("750m", "100ft:AMSL", "12000ft:AMSL", 750, 30.48, 3657.6))):
        area = "TYPED %d" % number
        place.parley("notice", "file", "--area", area, "--category", "missile", "--circle", "-47.1,-126.2," + radius, "--lower", lower, "--upper", upper,
                     "--from", "+2h", "--to", "+1h", "--key", "north.key")
        items = json.loads(place.parley("list", "notices", "--key", "north.key", "--json")[0])["items"]
        filed = [v for n in items if n.get("area") == area for v in n["volumes"]]
        assert len(filed) == 1, (area, filed)
        volume = filed[0]
        assert volume["circle"]["radius_m"] == metres and volume["circle"]["center"] == {"lat": -47.1, "lng": -126.2}, volume
        for end, value in (("lower", low), ("upper", high)):
            assert volume[end]["units"] == "M" and abs(volume[end]["value"] - value) <= 0.01, (area, volume)


def a_read_back_that_does_not_match_names_the_field():
    place = World.get()
    place.parley("notice", "file", "--area", "READ ME", "--category", "missile", *CIRCLE, "--key", "north.key")
    due = [d for d in json.loads(place.parley("list", "due", "--key", "relief.key", "--json")[0])["items"] if d["area"] == "READ ME"][0]
    where = str(due["place"])

    def back(**changes):
        given = dict({"start": due["start"], "lower": "SFC", "upper": "FL100", "area": "READ ME"}, **changes)
        words = [w for k, v in given.items() for w in ("--" + k, v)]
        return place.parley("ack", where, "readback", *words, "--key", "relief.key")[0]
    refuses(place, ["ack", where, "readback", "--key", "relief.key"], 64, "--start", "is needed")
    for field, wrong in (("area", "READ YOU"), ("upper", "FL110"), ("lower", "100m"), ("start", "2027-01-01T00:00:00Z")):
        out = back(**{field: wrong})
        assert "mismatch: %s" % field in out, (field, out)
    assert "mismatch" not in back()
    assert "mismatch: " not in back(start=due["start"][:17] + "59Z")  # the minute counts, not the second


def a_hold_is_asked_and_answered():
    place = World.get()
    notice = place.entity(place.parley("notice", "file", "--area", "HOLD ME", "--category", "missile", *CIRCLE, "--key", "north.key")[0], "notice")
    hold = place.entity(place.parley("hold", notice, "--until", "+20m", "--text", "inbound", "--key", "relief.key")[0], "hold")
    assert hold in place.parley("list", "holds", "--key", "north.key")[0]
    place.parley("answer", hold, "STANDBY", "--key", "north.key")
    place.parley("answer", hold, "WILCO", "--key", "south.key", status=5)
    place.parley("answer", hold, "wilco", "--text", "holding", "--key", "north.key")
    assert "wilco" in place.parley("list", "holds", "--key", "relief.key")[0].lower()
    place.parley("answer", hold, "UNABLE", "--key", "north.key", status=4)


def a_genesis_is_signed_by_two_founders():
    with Place() as place:
        place.key("alpha")
        place.key("beta")
        draft = place.file("genesis.txt")  # an absolute path
        place.parley("genesis", "draft", draft, "--origin", "two.example", "--founder", "alpha.key.pub", "--founder", "beta.key.pub", "--capacity", "slots_log2=4")
        for secret in (".log.key", ".receipt.key"):
            assert stat.S_IMODE(os.stat(draft + secret).st_mode) == 0o600
        place.parley("init", "log", "--genesis", draft, status=(3, 7))  # nobody has signed
        place.parley("genesis", "sign", draft, "--key", "alpha.key")
        place.parley("init", "log", "--genesis", draft, status=(3, 7))  # one of two
        place.parley("genesis", "sign", draft, "--key", "beta.key")
        place.parley("init", "log", "--genesis", draft)
        with Server(place):
            listed = place.parley("list", "parties", "--key", "beta.key")[0]
            assert "alpha" in listed and "beta" in listed, listed
            place.parley("message", "alpha", "here we are", "--key", "beta.key")
        place.check()


def a_live_log_takes_only_keys_of_its_mode():
    with Place() as place:
        place.key("registry", mode="live")
        place.parley("init", "log", "--origin", "real.example", "--operator", "registry", "--key", "registry.key", "--mode", "live", "--capacity", "slots_log2=4")
        with Server(place):
            place.parley("status", "--key", "registry.key")
            place.key("north")  # exercise/north/root
            place.parley("party", "add", "--root", "north.key.pub", "--key", "registry.key", "--key", "north.key", status=(3, 4, 64))
        _, err = place.parley("serve", "--data", "log", "--clock-rate", "10", status=(4, 64))
        assert "LIVE" in err and "clock-rate" in err, err
        refuses(place, ["replay", "x.json", "--dir", "log", "--as", "registry"], (71, 4))


if __name__ == "__main__":
    try:
        system.run([every_subcommand_has_help, an_unknown_option_or_a_wrong_count_of_arguments_is_named, the_manual_passes_the_lint,
                    malformed_values_are_named_with_their_rule, errors_are_json_where_asked, every_answer_is_json_where_asked, exit_statuses_tell_what_happened,
                    key_files_are_secret_and_never_overwritten, a_public_key_in_the_secret_ones_place_is_named, a_server_that_knows_less_is_named,
                    the_state_of_the_clock_is_told, init_leaves_an_existing_log_alone, an_agreement_is_drafted_and_cosigned,
                    an_agreement_by_two_separate_sends_is_pending_first, a_sealed_notice_is_opened_by_its_sender_only,
                    keys_are_added_and_revoked_and_recovered, what_is_typed_is_what_is_filed, a_read_back_that_does_not_match_names_the_field, a_hold_is_asked_and_answered,
                    a_genesis_is_signed_by_two_founders, a_live_log_takes_only_keys_of_its_mode])
    finally:
        World.end()
