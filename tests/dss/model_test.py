"""The tests of the rules, tested: the models answer behind HTTP, tables and random sequences find no fault with them, and find each of the mistakes that
are planted into them. No server is needed."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import client as cl
import compare as c
import fake
import geometry as g
import model as m
import random_f3411
import random_f3548
import rid_model as r
import rid_table_test
import rules
import schema
import table_base as base
import table_test
import harness as h

SQUARE = [(10, 10), (10, 10.1), (10.1, 10.1), (10.1, 10)]


def geometry_of_its_own():
    """What is known of shapes: distances of a degree, areas, poles, the antimeridian; a few answers from the definition."""
    degree = g.distance(g.unit(0, 0), g.unit(0, 1))
    assert abs(degree - 111195.08) < 0.1 and abs(g.distance(g.unit(90, 0), g.unit(0, 77)) - 90 * degree) < 1
    assert abs(g.square_km(g.Shape(SQUARE)) - (degree / 10000) ** 2 * 0.98466) < 0.01
    assert abs(g.square_km(g.Shape([(0, 0), (0, 90), (90, 0)])) - 4 * 3.14159265 * 6371.0088 ** 2 / 8) < 10  # an eighth of the earth
    square, inner, hole = g.Shape(SQUARE), g.Shape([(10.02, 10.02), (10.02, 10.08), (10.08, 10.08), (10.08, 10.02)]), g.Shape([(10.05, 10.05)], 1000)
    far, notch = g.Shape([(10.2, 10.05)], 5000), g.Shape([(10, 10), (10, 10.1), (10.05, 10.02), (10.1, 10.1), (10.1, 10)])
    for one, two, meets, covers in ((square, inner, True, True), (inner, square, True, False), (square, hole, True, True), (hole, square, True, False), (square, far, False, False),
                                    (square, square, True, None), (far, hole, False, False), (notch, g.Shape([(10.05, 10.08)], 500), False, False), (notch, hole, False, False),
                                    (hole, g.Shape([(10.05, 10.06)], 500), True, False), (square, g.Shape([(10.05, 10.11)], 1090), None, False),
                                    (g.Shape([(90, 0)], 1000), g.Shape([(89.99, 100)], 500), True, False), (g.Shape([(5, 179.99)], 2000), g.Shape([(5, -179.99)], 500), True, False)):
        assert g.meet([one], [two]) is meets and g.meet([two], [one]) is meets, (one.points, two.points)
        assert g.cover([one], [two]) is covers, (one.points, two.points, g.cover([one], [two]))


def the_matcher_tells_differences():
    moment = c.Moment(1_000_000)
    c.match({"a": moment, "flag": False}, {"a": {"value": "1970-01-01T00:00:01Z", "format": "RFC3339"}})
    slot = c.Slot(set())
    c.match([slot, slot], ["x", "x"])
    for expected, got in ((1, True), (1, 1.5), ([1], [1, 2]), ({"a": 1}, {}), ({"a": 1}, {"a": 1, "b": 2}), (c.Bag(["a"], None), []), (c.Bag(["a"], None), ["a", "b"]), (c.Bag(["a"], None), ["a", "a"]),
                          (slot, "y"), (c.Slot({"z"}), "z"), (c.Slot(set()), "a b"), (moment, {"value": "1970-01-01T00:00:01.0Z", "format": "RFC3339"}), (c.Moment(5), "1970-01-01T00:00:00.000007Z"),
                          (c.Moment(0), "1970-01-01T00:00:00+00:00"), (c.Moment(near=0), "1970-01-01T01:00:00Z"), ({"a": True}, {})):
        try:
            c.match(expected, got)
        except c.Differs:
            continue
        raise AssertionError("no difference: %r %r" % (expected, got))
    for status, reply in ((200, {}), (204, {}), (404, {}), (404, {"message": ""}), (200, {"subscription": dict(id="x")}), (500, {"message": "x"})):
        try:
            schema.check("GET", "/dss/v1/subscriptions/x", status, reply)
        except schema.Unfit:
            continue
        raise AssertionError("it fits: %r" % reply)


def served(intents=None, store=None):
    """A server of the models; without `certain`, which only keeps random sequences away from what is open."""
    intents, store = intents or m.Model(), store or r.Store()
    views = [r.View(store, v) for v in (1, 2)]
    for each in [intents] + views:
        each.certain = lambda extent: None
    return fake.Fake(cl.ISSUER, {"/dss/v1": intents, "/v1/dss": views[0], "/rid/v2/dss": views[1]})


def both_tables_agree_with_the_models():
    """All scenes but those about tokens, routes and the exact bound, of which a model knows nothing."""
    apart = {"who_may_call", "routes_and_verbs", "touching_counts", "covering_allows_roundoff", "areas", "ten_at_a_place", "ten_that_cross_at_one_place"}
    with served() as server:
        base.Asked.client = cl.Client(server)
        for test in table_test.TESTS + rid_table_test.TESTS:
            if test.__name__ not in apart:
                test()


def random_sequences_agree_with_the_models():
    for seed in range(8):
        for kind in (random_f3548, random_f3411):
            with served() as server:
                run = kind.Run(cl.Client(server), seed)
                for _ in range(120):
                    run.step()
                run.clear()


# --- planted mistakes: each replaces something of a model behind HTTP ---

def planted(cls, name, make):
    """`make` gives the mistaken method from the right one."""
    return cls, name, make


def with_changed(attribute, value):
    """After a write, the entity's attribute is that."""
    def make(right):
        def wrong(self, *args, **named):
            plan = right(self, *args, **named)
            if plan.apply:
                apply = plan.apply

                def changed():
                    reply = apply()
                    for e in self.intents + self.subscriptions:
                        value(self, e)
                    return reply
                plan.apply = changed
            return plan
        return wrong
    return make


def dropping(word):
    """A fault whose reason has that word is not seen."""
    def make(right):
        def wrong(self, *args, **named):
            plan = right(self, *args, **named)
            plan.__init__([f for f in plan.faults if word not in f.why], plan.status or 200, plan.apply) if plan.apply else None
            return plan
        return wrong
    return make


def swapped(right):
    """Of an update the OVN is judged before the manager."""
    def wrong(self, old, ovn, who):
        faults = right(self, old, ovn, who)
        for f in faults:
            f.first = f.last = m.NUMBER if f.status == 403 else m.MANAGER
        return faults
    return wrong


def unmerged(right):
    return lambda self, body, now, needs: (lambda e: m.Extent(e.shapes[:1], e.lower, e.upper, e.start, e.end))(right(self, body, now, needs))


def without_altitude(right):
    return lambda self, body, entities, who, altitudes, *more: right(self, body, entities, who, False, *more)


def strict(right):
    return lambda a, b, x, y: not (None not in (b, x) and b <= x or None not in (y, a) and y <= a)


MISTAKES_F3548 = {
    "an index that does not grow": planted(m.Model, "notify", lambda right: lambda self, s, perhaps=(): ([setattr(x, "index", x.index - 1) for x in s if x.index > 2], right(self, s, perhaps))[1]),
    "those told by altitude too": planted(m.Model, "told", lambda right: lambda self, flag, extent: [s for s in right(self, flag, extent) if m.meets(s.extent, extent)]),
    "those told whatever the flag": planted(m.Model, "told", lambda right: lambda self, flag, extent: right(self, "for_intents", extent)),
    "the OVN of others shown": planted(m.Model, "seen", lambda right: lambda self, e, who: right(self, e, e.manager)),
    "a query without altitude": planted(m.Model, "query", without_altitude),
    "volumes not merged": planted(m.Model, "extents", unmerged),
    "the OVN before the manager": planted(m.Model, "entity_faults", swapped),
    "no key asked for": planted(m.Model, "key_faults", lambda right: lambda self, *a: []),
    "own intents not in the key": planted(m.Model, "key_faults", lambda right: lambda self, old, extent, key, flag, who, scopes: right(
        self, old, extent, key + [i.ovn.value for i in self.intents if i.manager == who], flag, who, scopes)),
    "constraints always in the key": planted(m.Model, "key_faults", lambda right: lambda self, old, extent, key, flag, who, scopes: right(self, old, extent, key, True, who, scopes)),
    "heights that anybody is told": planted(m.Model, "conflict", lambda right: lambda self, e, extent, who, scopes: right(self, e, extent, e.manager, scopes)),
    "Down makes no difference": planted(m.Model, "state_of", lambda right: lambda self, uss: "Normal"),
    "an explicit subscription that need not cover": planted(m.Model, "attach_faults", lambda right: lambda self, *a: [f for f in right(self, *a) if "not cover" not in f.why]),
    "another's subscription": planted(m.Model, "attach_faults", lambda right: lambda self, *a: [f for f in right(self, *a) if f.status != 403]),
    "an implicit one that is not stretched": planted(m.Model, "stretch", lambda right: lambda self, s, extent: None),
    "an implicit one that stays": planted(m.Model, "dependents", lambda right: lambda self, s: right(self, s) if not s.implicit else right(self, s) * 2),
    "an update of a subscription resets its index": planted(m.Model, "put_subscription", lambda right: lambda self, old, *a: (setattr(old, "index", 0) if old else None, right(self, old, *a))[1]),
    "an update that leaves a dependent alone": planted(m.Model, "put_subscription", dropping("alone")),
    "deleted while an intent depends": planted(m.Model, "on_subscription", dropping("depends")),
    "a wrong version of a subscription": planted(m.Model, "on_subscription", dropping("not the version")),
    "another manager's subscription": planted(m.Model, "on_subscription", dropping("another manager")),
    "an update of none": planted(m.Model, "put_intent", dropping("update of none")),
    "activated without a subscription": planted(m.Model, "put_intent", dropping("no subscription")),
    "states without their scope": planted(m.Model, "put_intent", dropping("scope of the state")),
    "a suffix that comes again": planted(m.Model, "put_intent", dropping("suffix of an OVN")),
    "an old version of availability": planted(m.Model, "on_availability", dropping("version")),
    "a detached subscription that is kept": planted(m.Model, "writing_intent", lambda right: lambda self, old, id, extent, state, url, suffix, s, new, who: right(
        self, old, id, extent, state, url, suffix, s or (old.subscription if old else None), new, who)),
    "bounds that do not touch": planted(rules, "overlap", strict),
    "a time a second off": planted(m.Model, "extents", lambda right: lambda self, *a: (lambda e: m.Extent(e.shapes, e.lower, e.upper, e.start, e.end + 1_000_000))(right(self, *a))),
}


def all_but_one(right):
    return lambda self, extent, now: right(self, extent, now)[1:]


MISTAKES_F3411 = {
    "one subscriber is not told": planted(r.View, "told", all_but_one),
    "an owner of a subscription before its version": planted(r.View, "faults", lambda right: lambda self, areas, *a: right(self, True, *a)),
    "a version of an area before its owner": planted(r.View, "faults", lambda right: lambda self, areas, *a: right(self, False, *a)),
    "searches without times": planted(r.View, "search", lambda right: lambda self, areas, query, *a: right(self, areas, query.split("&")[0], *a)),
    "subscriptions of everyone": planted(r.View, "search", lambda right: lambda self, areas, query, who, now: right(self, areas, query, self.store.subscriptions[0].owner if self.store.subscriptions else who, now)),
    "the time format of the other version": planted(r.View, "seen", lambda right: lambda self, e: dict(right(self, e), time_end=r.Told(e.end, not self.plain))),
    "a converted URL": planted(r.View, "seen", lambda right: lambda self, e: {n: v.replace("/flights", "") if n == "uss_base_url" else v for n, v in right(self, e).items()}),
    "a version that any text is": planted(r, "well_formed", lambda right: lambda version: True),
}


def mistaken(cls, where, name, make, *args):
    """A model with the mistake: in a method of its own, or in a function of a module for as long as it judges a request."""
    right = getattr(where, name)
    if where is cls:
        return type("Wrong", (cls,), {name: make(right)})(*args)

    class Wrong(cls):
        def plan(self, *request):
            setattr(where, name, make(right))
            try:
                return super().plan(*request)
            finally:
                setattr(where, name, right)
    return Wrong(*args)


def find(kind, mistakes):
    """The mistake is in the server's model alone; some seed must meet it."""
    missed = []
    for why, (where, name, make) in mistakes.items():
        for seed in range(100, 112):
            server = served(mistaken(m.Model, where, name, make) if kind is random_f3548 else None)
            if kind is random_f3411:
                store = r.Store()
                for prefix, version in (("/v1/dss", 1), ("/rid/v2/dss", 2)):
                    server.routes[prefix] = mistaken(r.View, where, name, make, store, version)
                    server.routes[prefix].certain = lambda extent: None
            with server:
                run = kind.Run(cl.Client(server), seed)
                try:
                    for _ in range(200):
                        run.step()
                    run.clear()
                except (random_f3548.Different, schema.Unfit, AssertionError):
                    print("# %s: found by seed %d in %d steps" % (why, seed, run.done), flush=True)
                    break
        else:
            missed.append(why)
    assert not missed, "not found: %s" % missed


def mistakes_in_f3548_are_found():
    find(random_f3548, MISTAKES_F3548)


def mistakes_in_f3411_are_found():
    find(random_f3411, MISTAKES_F3411)


if __name__ == "__main__":
    h.run([geometry_of_its_own, the_matcher_tells_differences, both_tables_agree_with_the_models, random_sequences_agree_with_the_models, mistakes_in_f3548_are_found, mistakes_in_f3411_are_found])
