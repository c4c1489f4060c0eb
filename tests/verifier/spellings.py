"""Other spellings of JSON in a flight and its section, committed to and signed as its own party could have done."""
import re

import day
import system
from hashes import section_context
from lies import of_kind

# In the flight's section or its statement: what stands there, what is put there, and whether it is still the same.
SPELLINGS = [("section", b'"lat":-47.3', b'"lat":-47.3000000000000', True), ("section", b'"lat":-47.3', b'"lat":-47.30000000000000', False),
             ("section", b'"lat":-47.3', b'"lat":-4.730e1', False), ("section", b'"lat":-47.3', b'"lat":-047.3', False), ("section", b'"persons_on_board":6', b'"persons_on_board":+6', False),
             ("section", b'"persons_on_board":6', b'"persons_on_board":06', False), ("section", b'"persons_on_board":6', b'"persons_on_board":6,"persons_on_board":6', False),
             ("section", b'"persons_on_board":6', b'"persons_on_board" :\n6 ', True), ("section", b'"persons_on_board":6', b'"persons_on_board":\t6', False),
             ("section", b'"persons_on_board":6', b'"persons_on_board":6\r', False), ("section", b'"persons_on_board":6', b'"persons_on_board":\xc2\xa06', False),
             ("section", b'"persons_on_board":6', b'"persons_on_board":NaN', False), ("section", b'"persons_on_board":6', b'"persons_on_board":6,"priority":-0', False),
             ("section", b'"persons_on_board":6', b'"persons_on_board":6,"priority":0', True),
             ("section", b'"callsign"', b'"c\\u0061llsign"', False), ("section", b'"RLF1"', b'"RL\\u00461"', False), ("section", b'"RLF1"', b'"RLF\\/1"', False),
             ("section", b'"RLF1"', b'"RLF\x7f1"', False), ("section", b'"RLF1"', b'"RLF\xc2\x851"', False), ("section", b'"RLF1"', b'"RLF\xe2\x80\xa81"', False),
             ("section", b'"RLF1"', b'"RLF\xef\xbf\xbf1"', False), ("section", b'"RLF1"', b'"RLF\xed\xa0\x801"', False), ("section", b'"RLF1"', b'"RLF\xf4\x90\x80\x801"', False),
             ("section", b'"RLF1"', b'"RLF\xc1\x811"', False), ("section", b'{"section"', b'\xef\xbb\xbf{"section"', False), ("section", b'"to":[', b'"two":[', False),
             ("statement", b'"prev":null', b'"prev":null,"prev":null', False), ("statement", b'"prev":null', b'"prev": null ', True), ("statement", b'"prev":null,', b'', False),
             ("statement", b'"prev":null', b'"prev":null,"more":1', False), ("statement", b'"open_by":null', b'"open_by":"2030-02-30T00:00:00.000Z"', False),
             ("statement", b'"at":"2', b'"at":"+2', False), ("statement", b'"commit":[', b'"commit":["' + b"0" * 64 + b'",', False), ("statement", b'"kind":"flight"', b'"kind":"flights"', False)]


def respelled(forged, place, where, old, new):
    """Changes it, commits to it anew and signs it anew, as the flight's own party could have done. The order of the statement."""
    order = of_kind(forged, "flight")
    note, section = forged.entries(order, False)[0].parts[:2]
    text = note.data.split(b"\n\n")[0] + b"\n"
    if where == "section":
        context = section_context(forged.genesis.log, bytes.fromhex(re.search(rb'"id":"([0-9a-f]{32})"', text)[1].decode()), [root_key(place).public])
        before = section.hash(context).hex().encode()
        assert old in section.data and before in text
        section.data = section.data.replace(old, new)
        text = text.replace(before, section.hash(context).hex().encode())
    else:
        assert old in text
        text = text.replace(old, new)
    note.data = system.harness.sign(text.decode(), [root_key(place)]).encode()
    return order


def root_key(place):
    return system.harness.Key("exercise/relief/root", day.secret_of(place, "relief"))
