"""What an operator who has every key may write into his own record: each function changes one thing in a journal that was taken apart (forge.py)."""
import copy
import re

import forge  # noqa: F401  (finds the verifier's modules)
import day
import system
from record import Part


def part(entry, part_class):
    return next(p for p in entry.parts if p.part_class == part_class)


def of_kind(f, kind, number=0):
    """The order of a statement of this kind."""
    found = [e.order for batch in f.batches for e in batch if e.tick is None and not e.told and b'"kind":"%s"' % kind.encode() in part(e, 5).data]
    return found[number]


def said(f, kind, number=0):
    """Its own record, not those told of it."""
    return f.entries(of_kind(f, kind, number), False)[0]


def other_salt_of_a_section(f, place):
    said(f, "feed").parts[1].salt = bytes(32)


def salt_of_an_outcome_unsealed(f, place):
    part(said(f, "feed"), 5).salt = bytes(32)
    return False


def two_statements_swapped(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    f.batches[i - 1], f.batches[i] = f.batches[i], f.batches[i - 1]


def a_statement_left_out(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    del f.batches[i], f.sequencers[i]


def a_statement_doubled(f, place):
    i = f.batch_of(of_kind(f, "feed"))
    f.batches.insert(i, copy.deepcopy(f.batches[i]))
    f.sequencers.insert(i, f.sequencers[i])


def a_statement_said_twice(f, place):
    """A whole copy with an order and places of its own."""
    i = f.batch_of(of_kind(f, "feed"))
    f.batches.insert(i + 1, copy.deepcopy(f.batches[i]))
    f.sequencers.insert(i, f.sequencers[i])
    f.renumber()


def a_told_record_left_out(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch.remove(next(e for e in batch if e.told and e.party == 0))


def a_told_record_doubled(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch.insert(1, copy.deepcopy(next(e for e in batch if e.told)))


def told_what_nobody_said(f, place):
    """A told record that quotes another note than the one on record: its sender's own signature is not on it."""
    told = next(e for e in f.entries(of_kind(f, "feed")) if e.told)
    told.parts[0].data = told.parts[0].data.replace(b'\\"kind\\":\\"feed\\"', b'\\"kind\\":\\"fred\\"')


def a_text_of_another_log(f, place):
    """Signed by the party's own key, for a log that is not this one."""
    entry = said(f, "message")
    key = system.harness.Key("exercise/relief/desk", day.secret_of(place, "relief-desk"))
    text = entry.parts[0].data.decode().split("\n\n")[0] + "\n"
    entry.parts[0].data = system.harness.sign(text.replace(f.genesis.log.hex(), "ab" * 32), [key]).encode()


def another_signature(f, place):
    entry = said(f, "feed")
    data = entry.parts[0].data
    entry.parts[0].data = data[:-20] + (b"A" if data[-20:-19] != b"A" else b"B") + data[-19:]


def a_line_left_out(f, place):
    """Of two that had to sign one did, and it is on record as accepted."""
    entry = said(f, "agreement")
    entry.parts[0].data = b"\n".join(entry.parts[0].data.split(b"\n")[:-2]) + b"\n"


def a_revoked_key_speaks(f, place):
    """The desk's message comes behind the revocation of the desk's key; everything is numbered as if it had always been so."""
    later = said(f, "key/revoke").time
    first, second = f.batch_of(of_kind(f, "message")), f.batch_of(of_kind(f, "key/revoke"))
    f.batches[first], f.batches[second] = f.batches[second], f.batches[first]
    for entry in f.batches[first] + f.batches[second]:
        entry.time = later
    f.renumber()


def the_time_goes_back(f, place):
    for entry in f.entries(of_kind(f, "feed")):
        entry.time -= 10 ** 9
        f.say_order(entry)


def seen_size(entry):
    return int(re.search(rb'"seen":\{"size":(\d+)', entry.parts[0].data)[1])


def ticks_before(f, number):
    """Sealed before a batch."""
    return sum(e.tick is not None for batch in f.batches[:number] for e in batch)


def seen_said_wrong(f, place):
    """Of a checkpoint that was out for long: said to be no prefix of this log, in both parts."""
    entry = next(batch[0] for at, batch in enumerate(f.batches) if at > 9 and b'"seen":true' in part(batch[0], 7).data and b'"marks"' not in part(batch[0], 5).data and seen_size(batch[0]) <= ticks_before(f, at - 1))
    order, outcome = part(entry, 7), part(entry, 5)
    order.data = order.data.replace(b'"seen":true', b'"seen":false')
    outcome.data = outcome.data[:-1] + b',"marks":["fork"]}'


def seen_judged_twice(f, place):
    order = part(said(f, "feed"), 7)
    order.data = order.data.replace(b'"seen":true', b'"seen":false')


def an_outcome_of_another_place(f, place):
    outcome = part(said(f, "feed"), 5)
    outcome.data = outcome.data.replace(b'"place":', b'"place":1', 1)


def in_the_stream_of_another(f, place):
    said(f, "dss").party = 1


def a_tick_over_other_streams(f, place):
    next(e for batch in f.batches for e in batch if e.tick == 3).root = bytes(32)
    return False


def a_tick_left_out(f, place):
    del f.batches[f.batch_of(of_kind(f, "tick", 2))]


def a_class_changed(f, place):
    outcome = part(said(f, "feed"), 5)
    outcome.part_class, outcome.name = 6, "claims"


def two_sections_on_a_slot(f, place):
    said(f, "open").parts[2].slot = 0


def a_slot_for_an_outcome(f, place):
    part(said(f, "feed"), 5).slot = 1


def a_slot_for_what_was_told(f, place):
    next(e for e in f.entries(of_kind(f, "feed")) if e.told).parts[0].slot = 1


def a_section_on_another_slot(f, place):
    said(f, "feed").parts[1].slot = 2


def parts_in_another_order(f, place):
    parts = said(f, "feed").parts
    parts[-1], parts[-2] = parts[-2], parts[-1]


def a_part_too_many(f, place):
    parts = said(f, "feed").parts
    parts.insert(2, copy.deepcopy(parts[2]))


def claims_of_a_signed_statement(f, place):
    parts = said(f, "feed").parts
    parts.insert(3, Part(6, 0, "claims", bytes(32), b'{"party":"relief","key":"root","idempotency":null}'))


def a_part_of_another_name(f, place):
    part(said(f, "feed"), 5).name = "outcomes"


def told_before_it_was_said(f, place):
    batch = f.batches[f.batch_of(of_kind(f, "feed"))]
    batch[0], batch[1] = batch[1], batch[0]


def told_of_another_time(f, place):
    told = next(e for e in f.entries(of_kind(f, "feed")) if e.told)
    told.time += 1
    f.say_order(told)


def the_order_part_of_another_time(f, place):
    order = part(said(f, "feed"), 7)
    order.data = order.data.replace(b'Z"', b'0Z"')


def told_in_another_stream(f, place):
    told = [e for e in f.entries(of_kind(f, "feed")) if e.told]
    told[0].party, told[1].party = told[1].party, told[0].party
    f.renumber()


def aircraft_in_another_order(f, place):
    parts = said(f, "frame").parts
    parts[1], parts[2] = parts[2], parts[1]


def an_aircraft_left_out(f, place):
    del said(f, "frame").parts[2]


def a_session_of_another_key(f, place):
    claims = part(said(f, "frame"), 6)
    claims.data = claims.data.replace(b'"root"', b'"desk"')


def a_digest_of_another_order(f, place):
    request = said(f, "snapshot/digest").parts[0]
    request.data = re.sub(rb'"order":\d+', b'"order":2', request.data)


def another_entropy(f, place):
    claims = part(said(f, "dss"), 6)
    claims.data = claims.data.replace(b'"entropy"', b'"entropie"')


# Each lie, and what the second verifier says of it.
LIES = {other_salt_of_a_section: "is not what commitment 0", salt_of_an_outcome_unsealed: "leaf 5 of the record is not the hash", two_statements_swapped: "where .* is next",
        a_statement_left_out: "where .* is next", a_statement_doubled: "where .* is next", a_statement_said_twice: "a second time", a_told_record_left_out: "place .* is next",
        a_told_record_doubled: "place", told_what_nobody_said: "does not verify", a_text_of_another_log: "of another log", another_signature: "does not verify|no base64",
        a_line_left_out: "lines are missing", a_revoked_key_speaks: "was revoked before", the_time_goes_back: "goes back", seen_said_wrong: "had seen is one of this log", seen_judged_twice: "had seen is one of this log|mark 'fork'",
        an_outcome_of_another_place: "another kind or place", in_the_stream_of_another: "stands in the stream of party 1", a_tick_over_other_streams: "does not match the streams",
        a_tick_left_out: "where .* is next", a_class_changed: "has the parts", two_sections_on_a_slot: "slot, salt or name",
        a_slot_for_an_outcome: "slot 1 is named", a_slot_for_what_was_told: "slot 1 is named", a_section_on_another_slot: "is not what commitment 2",
        parts_in_another_order: "has the parts", a_part_too_many: "has the parts", claims_of_a_signed_statement: "has the parts", a_part_of_another_name: "is named 'outcomes'",
        told_before_it_was_said: "order", told_of_another_time: "with order", the_order_part_of_another_time: "the part 'order' is",
        aircraft_in_another_order: "aircraft", an_aircraft_left_out: "aircraft",
        a_session_of_another_key: "was not valid yet", a_digest_of_another_order: "no snapshot waits", another_entropy: "entropy"}
