"""A second implementation of the rules of an ASTM F3548-21 DSS: lists that are walked, no index, nothing of src. plan() says what a request must be
answered before it is sent; where the rules leave several answers open it follows the reply."""
import uuid

import compare as c
import geometry as g
from rules import HOUR, MINUTE, Bad, Extent, Fault, Plan, Unsure, base_url, body_of, entity_id, meets, of, time_of, volume4

U = "utm."
STRATEGIC, CONFORMANCE, MANAGEMENT, PROCESSING, ARBITRATION = (U + s for s in (
    "strategic_coordination", "conformance_monitoring_sa", "constraint_management", "constraint_processing", "availability_arbitration"))
INTENT_SCOPES, SUBSCRIPTION_SCOPES = {STRATEGIC, CONFORMANCE}, {STRATEGIC, PROCESSING}
HIDDEN, NO_SUBSCRIPTION = "Available from USS", "00000000-0000-4000-8000-000000000000"
OVN, VERSION = r"[A-Za-z0-9_.~-]{16,128}", r"[A-Za-z0-9_.~-]+"
UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
STATES = ("Accepted", "Activated", "Nonconforming", "Contingent")
# The checks of an intent's write, in their order; those of others keep the same names.
BODY, SCOPE, MANAGER, NUMBER, SUBSCRIPTION, KEY = range(1, 7)


class Entity:
    def __init__(self, **members):
        self.__dict__.update(members)


class Model:
    def __init__(self, plain_http=False):
        self.intents, self.constraints, self.subscriptions = [], [], []
        self.availability = {}  # USS -> (state, version)
        self.given, self.versions, self.plain_http = set(), set(), plain_http
        self.suffixes = {}  # id of an intent -> the last suffix that it had, deleted or not: what is older than 5 minutes is refused anyway

    # --- finding ---
    def find(self, entities, id):
        return next((e for e in entities if e.id == id), None)

    def dependents(self, subscription):
        return [i for i in self.intents if i.subscription is subscription]

    def state_of(self, uss):
        return self.availability[uss][0] if uss in self.availability else "Unknown"

    # --- as the caller sees them ---
    def seen(self, e, who):
        shown = {"id": e.id, "manager": e.manager, "uss_availability": "Unknown" if e.kind == "constraint" else self.state_of(e.manager), "version": e.version,
                 "ovn": e.ovn if e.manager == who else HIDDEN, "time_start": e.start, "time_end": e.end, "uss_base_url": e.url}
        if e.kind == "intent":
            shown.update(state=e.state, subscription_id=e.subscription.id if e.subscription else NO_SUBSCRIPTION)
        return shown

    def seen_subscription(self, s):
        return {"id": s.id, "version": s.version, "notification_index": s.index, "time_start": s.start, "time_end": s.end, "uss_base_url": s.url,
                "notify_for_operational_intents": s.for_intents, "notify_for_constraints": s.for_constraints, "implicit_subscription": s.implicit,
                "dependent_operational_intents": c.Bag([i.id for i in self.dependents(s)], None)}

    def bag(self, entities, who):
        return c.Bag([self.seen(e, who) for e in entities], "id")

    def certain(self, extent):
        """Raises Unsure where an entity that is there lies so near that a later request could be answered either way."""
        for e in self.intents + self.constraints + self.subscriptions:
            if g.meet(e.extent.shapes, extent.shapes) is None:
                raise Unsure()

    # --- notifying ---
    def told(self, flag, extent):
        """Those that a change in this extent concerns: by flag, area and time."""
        return [s for s in self.subscriptions if getattr(s, flag) and meets(s.extent, extent, altitudes=False)]

    def notify(self, subscriptions, perhaps=()):
        """Counts, and gives the reply's `subscribers`. `perhaps`: those that go with this very write."""
        for s in list(subscriptions) + list(perhaps):
            s.index += 1
        entries, urls = [], sorted({s.url for s in subscriptions})
        for url in sorted(set(urls) | {s.url for s in perhaps}):
            def named(several):
                return [{"subscription_id": s.id, "notification_index": s.index} for s in several if s.url == url]
            entries.append((url in urls, {"uss_base_url": url, "subscriptions": c.Bag(named(subscriptions), "subscription_id", named(perhaps))}))
        return c.Bag([e for sure, e in entries if sure], "uss_base_url", [e for sure, e in entries if not sure])

    # --- requests ---
    def plan(self, method, path, body, who, scopes, now):
        """`path`: the segments below /dss/v1; `scopes` a set; `now` in microseconds."""
        kind, *rest = path
        act = {"operational_intent_references": self.on_intent, "constraint_references": self.on_constraint, "subscriptions": self.on_subscription,
               "uss_availability": self.on_availability, "reports": self.on_report}[kind]
        return act(method, rest, body, who, set(scopes), now)

    def refuse(self, status, why):
        return Plan([Fault(status, why, BODY)], 0, None)

    def extents(self, body, now, needs):
        given = of(body, "extents", list, Bad)
        if not given or not all(isinstance(v, dict) for v in given):
            raise Bad("extents")
        parts = [volume4(v, needs).checked() for v in given]
        extent = parts[0]
        for part in parts[1:]:
            extent = extent.with_(part)
        if extent.end < now:
            raise Bad("it has ended")
        return extent

    def entity_faults(self, old, ovn, who):
        """Of a write of an intent or a constraint that exists, or does not."""
        if old is None:
            return []
        return ([Fault(403, "of another manager", MANAGER)] if old.manager != who else []) + (
            [Fault(409, "not the OVN", NUMBER)] if ovn is None or old.ovn.value != ovn else [])

    def query(self, body, entities, who, altitudes, too_large, name, shown):
        try:
            area = volume4(of(body_of(body), "area_of_interest", dict, Bad)).checked()
        except Bad as bad:
            return self.refuse(too_large if bad.too_large else 400, str(bad))
        found = [e for e in entities if meets(e.extent, area, altitudes)]
        return Plan([], 200, lambda: {name: c.Bag([shown(e) for e in found], "id")})

    def on_intent(self, method, rest, body, who, scopes, now):
        if not scopes & INTENT_SCOPES:
            return self.refuse(403, "scope")
        if method == "POST":
            return self.query(body, self.intents, who, True, 400, "operational_intent_references", lambda e: self.seen(e, who))
        try:
            id = entity_id(rest[0])
        except Bad as bad:
            return self.refuse(400, str(bad))
        if method == "DELETE" and rest[1] == "":
            return self.refuse(400, "no OVN")
        old = self.find(self.intents, id)
        if method == "GET":
            return Plan([], 200, lambda: {"operational_intent_reference": self.seen(old, who)}) if old else self.refuse(404, "unknown")
        if method == "DELETE":
            return self.delete_entity(self.intents, old, rest[1], who, "for_intents", "operational_intent_reference")
        return self.put_intent(old, id, rest[1] if len(rest) > 1 else None, body, who, scopes, now)

    def delete_entity(self, entities, old, ovn, who, flag, name):
        if old is None:
            return self.refuse(404, "unknown")
        goes = getattr(old, "subscription", None)
        goes = [goes] if goes and goes.implicit and self.dependents(goes) == [old] else []
        told = [s for s in self.told(flag, old.extent) if s not in goes]

        def apply():
            shown = self.seen(old, who)
            entities.remove(old)
            self.subscriptions = [s for s in self.subscriptions if s not in goes]
            return {name: shown, "subscribers": self.notify(told, goes)}
        return Plan(self.entity_faults(old, ovn, who), 200, apply)

    def put_intent(self, old, id, ovn, body, who, scopes, now):
        faults = []
        try:
            body = body_of(body)
            extent = self.extents(body, now, ("time", "altitude"))
            state, url = of(body, "state", str, Bad), base_url(body, "uss_base_url", self.plain_http)
            key, chosen, new = of(body, "key", list, []), of(body, "subscription_id", str), of(body, "new_subscription", dict)
            suffix = self.suffix(body, now)
            if not all(isinstance(k, str) for k in key) or state not in STATES or new is not None and chosen is not None:
                raise Bad("key, state or both subscriptions")
            if chosen is not None:
                chosen = entity_id(chosen)
            if new is not None:
                new_url, new_flag = base_url(new, "uss_base_url", self.plain_http), of(new, "notify_for_constraints", bool, False)
        except Bad as bad:
            return self.refuse(400, str(bad))
        if ovn is None and state != "Accepted":
            faults.append(Fault(400, "created as " + state, BODY, NUMBER))
        if state != "Accepted" and chosen is None and new is None:
            faults.append(Fault(400, "no subscription", BODY, SUBSCRIPTION))
        if state in STATES[2:] and CONFORMANCE not in scopes:
            faults.append(Fault(403, "scope of the state", SCOPE))
        if ovn is not None and old is None:
            faults.append(Fault(400, "update of none", BODY, NUMBER))
        if state in STATES[:2] and self.state_of(who) == "Down":
            faults.append(Fault(412, "down", SCOPE, KEY, perhaps=True))
        if old is not None and old.state == "Contingent" and state != "Contingent":
            faults.append(Fault(400, "from Contingent", BODY, KEY, perhaps=True))
        faults += self.entity_faults(old, ovn, who)
        subscription = self.find(self.subscriptions, chosen) if chosen else None
        if suffix is not None and suffix <= self.suffixes.get(id, ""):
            faults.append(Fault(400, "the suffix of an OVN that was", BODY, SUBSCRIPTION))
        faults += self.attach_faults(chosen, subscription, extent, who)
        with_constraints = new_flag if new is not None else subscription is not None and subscription.for_constraints
        if state in STATES[:2]:
            faults += self.key_faults(old, extent, key, with_constraints, who, scopes)
        if new is not None:
            subscription = Entity(id=None, manager=who, url=new_url, for_intents=True, for_constraints=new_flag, implicit=True, index=0, known=None,
                                  extent=extent, start=c.Moment(extent.start), end=c.Moment(extent.end))
        return Plan(faults, 200 if old else 201, self.writing_intent(old, id, extent, state, url, suffix, subscription, new is not None, who))

    def suffix(self, body, now):
        suffix = of(body, "requested_ovn_suffix", str)
        if suffix is None:
            return None
        digits = suffix.replace("-", "").lower()
        if len(suffix) != 36 or len(digits) != 32 or digits[12] != "7" or digits[16] not in "89ab" or set(digits) - set("0123456789abcdef"):
            raise Bad("suffix")
        away = abs(int(digits[:12], 16) * 1000 - now)
        if abs(away - 5 * MINUTE) < 10_000_000:
            raise Unsure()
        if away > 5 * MINUTE:
            raise Bad("suffix of another time")
        return suffix.lower()

    def attach_faults(self, chosen, s, extent, who):
        if chosen is None:
            return []
        if s is None:
            return [Fault(400, "no such subscription", SUBSCRIPTION)]
        faults = [] if s.for_intents else [Fault(400, "it is not told of intents", SUBSCRIPTION, perhaps=True)]
        if s.manager != who:
            faults.append(Fault(403, "the subscription is of another manager", SUBSCRIPTION))
        if s.implicit:
            return faults
        covered = g.cover(s.extent.shapes, extent.shapes)
        if covered is None:
            raise Unsure()
        late = s.extent.start - extent.start
        if not covered or late > 5 * MINUTE or s.extent.end < extent.end:
            faults.append(Fault(400, "the subscription does not cover it", SUBSCRIPTION))
        elif late > 0:
            faults.append(Fault(400, "the subscription begins later", SUBSCRIPTION, perhaps=True))
        return faults

    def key_faults(self, old, extent, key, with_constraints, who, scopes):
        body = {}
        missing = [i for i in self.intents if i is not old and not (i.state == "Accepted" and self.state_of(i.manager) == "Down")
                   and i.ovn.value not in key and meets(i.extent, extent)]
        if missing:
            body["missing_operational_intents"] = self.bag(missing, who)
        closed = [x for x in self.constraints if x.ovn.value not in key and meets(x.extent, extent)] if with_constraints else []
        if closed:
            body["missing_constraints"] = self.bag(closed, who)
        if body:
            body["conflicts"] = c.Bag([self.conflict(e, extent, who, scopes) for e in missing + closed], "id")
        return [Fault(409, "the key lacks something", KEY, body=body)] if body else []

    def conflict(self, e, extent, who, scopes):
        """Since when and how long they meet; at what height is for those who may ask for details, and for its manager."""
        start, end = max(e.extent.start, extent.start), min(e.extent.end, extent.end)
        shown = {"id": e.id, "kind": "constraint" if e.kind == "constraint" else "operational_intent", "manager": e.manager, "overlap_from": c.Plain(start),
                 "overlap_s": c.Near((end - start) / 1e6, 3e-6)}
        if e.manager == who or (PROCESSING if e.kind == "constraint" else STRATEGIC) in scopes:
            low = max(b for b in (e.extent.lower, extent.lower) if b is not None)
            high = min(b for b in (e.extent.upper, extent.upper) if b is not None)
            shown.update(overlap_lower_m=c.Near(low, 0.02), overlap_height_m=c.Near(high - low, 0.04))
        return shown

    def writing_intent(self, old, id, extent, state, url, suffix, subscription, new, who):
        goes = old.subscription if old and old.subscription and old.subscription.implicit else None
        if goes and (goes is subscription or self.dependents(goes) != [old]):
            goes = None
        changed = extent.with_(old.extent) if old else extent
        self.certain(extent)
        stretched = None
        if subscription and subscription.implicit and not new:
            stretched = subscription.extent.with_(extent)
        told = [s for s in self.subscriptions if s.for_intents and meets(stretched if s is subscription and stretched else s.extent, changed, altitudes=False)]
        perhaps = [s for s in told if s is goes]
        told = [s for s in told if s is not goes] + ([subscription] if new else [])

        def apply():
            if new:
                subscription.id = c.Slot(self.given, UUID4, make=lambda: str(uuid.uuid4()), learn=lambda id: setattr(subscription, "id", id))
                subscription.version = c.Slot(self.versions, VERSION)
                self.subscriptions.append(subscription)
            elif stretched:
                self.stretch(subscription, stretched)
            e = old or Entity(kind="intent", id=id, manager=who, version=0)
            e.extent, e.state, e.url, e.subscription, e.version = extent, state, url, subscription, e.version + 1
            e.start, e.end = c.Moment(extent.start), c.Moment(extent.end)
            e.ovn = c.Slot(self.given, OVN, id + "_" + suffix if suffix else None)
            if suffix:
                self.suffixes[id] = suffix
            if not old:
                self.intents.append(e)
            if goes:
                self.subscriptions.remove(goes)
            # The id of a new subscription is learnt from the reference, so that it comes first.
            return InOrder({"operational_intent_reference": self.seen(e, who), "subscribers": Later(lambda: self.notify(told, perhaps))})
        return apply

    def stretch(self, s, extent):
        if extent.start < s.extent.start:
            s.start = c.Moment(extent.start)
        if extent.end > s.extent.end:
            s.end = c.Moment(extent.end)
        s.extent = extent
        s.known = s.version.value or s.known  # stretching may count as a write of it, or not
        s.version = c.Slot(self.versions - {s.known}, VERSION)

    # --- constraints ---
    def on_constraint(self, method, rest, body, who, scopes, now):
        if not scopes & ({MANAGEMENT, PROCESSING} if method in ("GET", "POST") else {MANAGEMENT}):
            return self.refuse(403, "scope")
        if method == "POST":
            return self.query(body, self.constraints, who, False, 413, "constraint_references", lambda e: self.seen(e, who))
        try:
            id = entity_id(rest[0])
            old = self.find(self.constraints, id)
            if method == "DELETE" and rest[1] == "":
                raise Bad("no OVN")
            if method == "GET":
                return Plan([], 200, lambda: {"constraint_reference": self.seen(old, who)}) if old else self.refuse(404, "unknown")
            if method == "DELETE":
                return self.delete_entity(self.constraints, old, rest[1], who, "for_constraints", "constraint_reference")
            body = body_of(body)
            extent, url = self.extents(body, now, ("time",)), base_url(body, "uss_base_url", self.plain_http)
        except Bad as bad:
            return self.refuse(400, str(bad))
        ovn = rest[1] if len(rest) > 1 else None
        faults = self.entity_faults(old, ovn, who)
        if ovn is not None and old is None:
            faults.append(Fault(409, "update of none", NUMBER))
        self.certain(extent)
        told = self.told("for_constraints", extent.with_(old.extent) if old else extent)

        def apply():
            e = old or Entity(kind="constraint", id=id, manager=who, version=0)
            e.extent, e.url, e.version, e.ovn = extent, url, e.version + 1, c.Slot(self.given, OVN)
            e.start, e.end = c.Moment(extent.start), c.Moment(extent.end)
            if not old:
                self.constraints.append(e)
            return {"constraint_reference": self.seen(e, who), "subscribers": self.notify(told)}
        return Plan(faults, 200 if old else 201, apply)

    # --- subscriptions ---
    def on_subscription(self, method, rest, body, who, scopes, now):
        if not scopes & SUBSCRIPTION_SCOPES:
            return self.refuse(403, "scope")
        if method == "POST":
            mine = [s for s in self.subscriptions if s.manager == who and s.extent.end >= now]
            return self.query(body, mine, who, False, 413, "subscriptions", self.seen_subscription)
        try:
            id = entity_id(rest[0])
        except Bad as bad:
            return self.refuse(400, str(bad))
        if method == "PUT" and id == NO_SUBSCRIPTION:
            return self.refuse(400, "the id that stands for none")
        old, version = self.find(self.subscriptions, id), rest[1] if len(rest) > 1 else None
        if method == "DELETE" and version == "":
            return self.refuse(400, "no version")
        if old is None and method != "PUT":
            return self.refuse(404, "unknown")
        faults = [Fault(403, "of another manager", MANAGER, NUMBER)] if old and old.manager != who else []
        if method == "GET":
            return Plan(faults, 200, lambda: {"subscription": self.seen_subscription(old)})
        if old and old.version.value is not None and old.version.value != version:
            faults.append(Fault(409, "not the version", MANAGER, NUMBER))
        if old and old.version.value is None:
            raise Unsure()  # stretched, and not seen since
        if method == "PUT":
            return self.put_subscription(old, id, version, body, who, faults, now)
        if self.dependents(old):
            faults.append(Fault(400, "an intent depends on it", MANAGER, SUBSCRIPTION))

        def apply():
            shown = self.seen_subscription(old)
            self.subscriptions.remove(old)
            return {"subscription": shown}
        return Plan(faults, 200, apply)

    def put_subscription(self, old, id, version, body, who, faults, now):
        try:
            body = body_of(body)
            extent, url = volume4(of(body, "extents", dict, Bad)).checked(), base_url(body, "uss_base_url", self.plain_http)
            for_intents, for_constraints = (of(body, "notify_for_" + n, bool, False) for n in ("operational_intents", "constraints"))
            if not for_intents and not for_constraints:
                raise Bad("told of nothing")
            if extent.start is not None:
                if abs(now - 5 * MINUTE - extent.start) < 10_000_000:
                    raise Unsure()
                if extent.start < now - 5 * MINUTE:
                    raise Bad("it starts in the past")
        except Bad as bad:
            return self.refuse(400, str(bad))
        if version is not None and old is None:
            faults.append(Fault(400, "update of none", BODY, NUMBER))
        start, end = c.Moment(extent.start), c.Moment(extent.end)
        kept = old if version is not None and old and old.manager == who else None  # an update by its manager keeps what is missing
        if extent.start is None:
            start = kept.start if kept else c.Moment(near=now)
            extent.start = kept.extent.start if kept else now
        if extent.end is None:
            end = kept.end if kept else DayAfter(start, now)
            extent.end = kept.extent.end if kept else extent.start + 24 * HOUR
        if extent.end < extent.start or extent.end - extent.start > 24 * HOUR:
            faults.append(Fault(400, "its times", BODY, SUBSCRIPTION))
        if extent.end < now:
            faults.append(Fault(400, "it has ended", BODY, SUBSCRIPTION, perhaps=True))
        for intent in self.dependents(old) if old else []:
            covered = g.cover(extent.shapes, intent.extent.shapes)
            if covered is None:
                raise Unsure()
            low, high = intent.extent.lower, intent.extent.upper
            if (not covered or extent.lower is not None and extent.lower > low or extent.upper is not None and extent.upper < high
                    or extent.start > intent.extent.start + 5 * MINUTE or extent.end < intent.extent.end):
                faults.append(Fault(400, "it leaves an intent alone", MANAGER, SUBSCRIPTION))
        self.certain(extent)
        intents = [i for i in self.intents if for_intents and meets(i.extent, extent, altitudes=False)]
        closed = [x for x in self.constraints if for_constraints and meets(x.extent, extent, altitudes=False)]

        def apply():
            s = old or Entity(id=id, manager=who, index=0)
            s.version, s.url, s.extent, s.start, s.end, s.implicit = c.Slot(self.versions, VERSION), url, extent, start, end, False
            s.for_intents, s.for_constraints = for_intents, for_constraints
            if not old:
                self.subscriptions.append(s)
            reply = {"subscription": self.seen_subscription(s)}
            if for_intents:
                reply["operational_intent_references"] = self.bag(intents, who)
            if for_constraints:
                reply["constraint_references"] = self.bag(closed, who)
            return reply
        return Plan(faults, 200, apply)

    # --- availability ---
    def on_availability(self, method, rest, body, who, scopes, now):
        if not scopes & ({ARBITRATION} if method == "PUT" else INTENT_SCOPES | {ARBITRATION}):
            return self.refuse(403, "scope")
        uss = rest[0]
        state, version = self.availability.get(uss, ("Unknown", ""))
        if method == "GET":
            return Plan([], 200, lambda: {"version": version, "status": {"uss": uss, "availability": state}})
        try:
            body = body_of(body)
            wanted, old = of(body, "availability", str, Bad).capitalize(), of(body, "old_version", str, "")
            if wanted not in ("Unknown", "Normal", "Down"):
                raise Bad("availability")
        except Bad as bad:
            return self.refuse(400, str(bad))

        def apply():
            self.availability[uss] = (wanted, c.Slot(self.versions, VERSION))
            return {"version": self.availability[uss][1], "status": {"uss": uss, "availability": wanted}}
        held = version if version == "" else version.value
        return Plan([Fault(409, "not the version", NUMBER)] if old != held else [], 200, apply)


    # --- reports ---
    def on_report(self, method, rest, body, who, scopes, now):
        if not scopes & {STRATEGIC, CONFORMANCE, MANAGEMENT, PROCESSING, ARBITRATION}:
            return self.refuse(403, "scope")
        try:
            body = body_of(body)
            exchange = of(body, "exchange", dict, Bad)
            for name in ("url", "method"):
                of(exchange, name, str, Bad)
            if of(exchange, "recorder_role", str, Bad) not in ("Client", "Server"):
                raise Bad("role")
            time_of(exchange, "request_time", Bad)
        except Bad as bad:
            return self.refuse(400, str(bad))
        return Plan([], 201, lambda: dict(body, report_id=c.Slot(self.versions, ".{1,128}")))


class InOrder(dict):
    """Members that are held against the reply in the order in which they stand here."""

    def match(self, got, path):
        if not isinstance(got, dict) or got.keys() != self.keys():
            raise c.Differs("%s: members %r" % (path, sorted(got) if isinstance(got, dict) else got))
        for name, value in self.items():
            c.match(value, got[name], path + "." + name)

    def show(self):
        return {name: c.show(value) for name, value in self.items()}


class Later:
    def __init__(self, make):
        self.make = make

    def match(self, got, path):
        c.match(self.make(), got, path)

    def show(self):
        return c.show(self.make())


class DayAfter(c.Moment):
    """24 hours after a start that is learnt first."""

    def __init__(self, start, now):
        super().__init__(near=now + 24 * HOUR)
        self.begin = start

    def match(self, got, path):
        if self.at is None:
            self.at = self.begin.at + 24 * HOUR
        super().match(got, path)

    def show(self):
        self.at = self.begin.at + 24 * HOUR
        return super().show()
