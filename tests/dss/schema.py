"""Replies against the interface documents of ASTM F3548-21, F3411-19 and F3411-22a, written down by hand: members, formats, values, and which status a
route may answer. REACHED remembers what was seen."""
import re


class Unfit(Exception):
    pass


REACHED = set()  # (method, template, status)


# --- the notation: {"name": …} must be there, {"name?": …} may; [x] is a list of x; a function judges ---

def fits(value, schema, path):
    if callable(schema):
        if not schema(value):
            raise Unfit("%s: %r is not %s" % (path, value, schema.__name__))
    elif isinstance(schema, list):
        if not isinstance(value, list):
            raise Unfit("%s: %r is no list" % (path, value))
        for i, item in enumerate(value):
            fits(item, schema[0], "%s[%d]" % (path, i))
    else:
        if not isinstance(value, dict):
            raise Unfit("%s: %r is no object" % (path, value))
        for name, inner in schema.items():
            known = name.rstrip("?")
            if known in value:
                fits(value[known], inner, path + "." + known)
            elif not name.endswith("?"):
                raise Unfit("%s: lacks %s" % (path, known))


def text(v):
    return isinstance(v, str)


def flag(v):
    return isinstance(v, bool)


def int32(v):
    return isinstance(v, int) and not isinstance(v, bool) and -2**31 <= v < 2**31


def number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def index(v):
    return int32(v) and v >= 0


def uuid4(v):
    """Lower case, though the document's pattern lets upper case in."""
    return text(v) and re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", v) is not None


def ovn(v):
    return text(v) and 16 <= len(v) <= 128


def instant(v):
    found = re.fullmatch(r"\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?Z", v) if text(v) else None
    return found is not None and 1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= 31 and int(found[3]) <= 23 and int(found[4]) <= 59 and int(found[5]) <= 60


def rfc3339(v):
    return v == "RFC3339"


def availability(v):
    return v in ("Unknown", "Normal", "Down")


def state(v):
    return v in ("Accepted", "Activated", "Nonconforming", "Contingent")


def some(schema):
    """A list that is not empty."""
    def not_empty(v):
        fits(v, [schema], "item")
        return len(v) > 0
    return not_empty


def url(v):
    return text(v) and re.match(r"https?://[^/]", v) is not None


def base(v):
    """Of a USS: no slash at the end."""
    return url(v) and not v.endswith("/")


TIME = {"value": instant, "format": rfc3339}
ERROR = {"message": lambda v: text(v) and v != ""}
TOLD = {"subscription_id": uuid4, "notification_index": index}

REFERENCE = {"id": uuid4, "manager": text, "uss_availability": availability, "version": int32, "ovn": ovn, "time_start": TIME, "time_end": TIME, "uss_base_url": base}
INTENT = dict(REFERENCE, state=state, subscription_id=uuid4)
SUBSCRIPTION = {"id": uuid4, "version": text, "notification_index": index, "time_start?": TIME, "time_end?": TIME, "uss_base_url": base,
                "notify_for_operational_intents?": flag, "notify_for_constraints?": flag, "implicit_subscription?": flag, "dependent_operational_intents": [uuid4]}
SUBSCRIBERS = [{"uss_base_url": base, "subscriptions": some(TOLD)}]
AVAILABILITY = {"version": text, "status": {"uss": text, "availability": availability}}
EXCHANGE = {"url": text, "method": text, "recorder_role": lambda v: v in ("Client", "Server"), "request_time": TIME}
REPORT = {"report_id": lambda v: text(v) and 0 < len(v) <= 128, "exchange": EXCHANGE}
CONFLICT = dict(ERROR, **{"missing_operational_intents?": some(INTENT), "missing_constraints?": some(REFERENCE)})

ALTITUDE = {"value": number, "reference": lambda v: v == "W84", "units": lambda v: v == "M"}
PLACE = {"lat": number, "lng": number}
VOLUME = {"volume": {"outline_polygon?": {"vertices": [PLACE]}, "outline_circle?": {"center": PLACE, "radius": {"value": number, "units": lambda v: v == "M"}},
                     "altitude_lower": ALTITUDE, "altitude_upper": ALTITUDE}, "time_start": TIME, "time_end": TIME}

ALWAYS = {400: ERROR, 401: ERROR, 403: ERROR, 413: ERROR, 429: ERROR}


def row(replies, *more, conflict=ERROR):
    """What a route answers: its success, what every route may refuse with, and of 404, 409, 412 those named."""
    return {**ALWAYS, **{status: conflict if status == 409 else ERROR for status in more}, **replies}


INTENTS, CONSTRAINTS = "/dss/v1/operational_intent_references", "/dss/v1/constraint_references"
CHANGED, CLOSED = {"subscribers": SUBSCRIBERS, "operational_intent_reference": INTENT}, {"subscribers": SUBSCRIBERS, "constraint_reference": REFERENCE}
SUBSCRIBED = {"subscription": SUBSCRIPTION, "operational_intent_references?": [INTENT], "constraint_references?": [REFERENCE]}
F3548 = {
    ("POST", INTENTS + "/query"): row({200: {"operational_intent_references": [INTENT]}}),
    ("GET", INTENTS + "/{}"): row({200: {"operational_intent_reference": INTENT}}, 404),
    ("PUT", INTENTS + "/{}"): row({201: CHANGED}, 409, 412, conflict=CONFLICT),
    ("PUT", INTENTS + "/{}/{}"): row({200: CHANGED}, 409, 412, conflict=CONFLICT),
    ("DELETE", INTENTS + "/{}/{}"): row({200: CHANGED}, 404, 409),
    ("POST", CONSTRAINTS + "/query"): row({200: {"constraint_references": [REFERENCE]}}),
    ("GET", CONSTRAINTS + "/{}"): row({200: {"constraint_reference": REFERENCE}}, 404),
    ("PUT", CONSTRAINTS + "/{}"): row({201: CLOSED}, 409),
    ("PUT", CONSTRAINTS + "/{}/{}"): row({200: CLOSED}, 409),
    ("DELETE", CONSTRAINTS + "/{}/{}"): row({200: CLOSED}, 404, 409),
    ("GET", "/uss/v1/constraints/{}"): row({200: {"constraint": {"reference": REFERENCE, "details": {"volumes": [VOLUME], "type?": text}}}}, 404),
    ("GET", "/uss/v1/operational_intents/{}"): row({200: {"operational_intent": {"reference": INTENT, "details": {"volumes": [VOLUME], "off_nominal_volumes?": [VOLUME], "priority?": int32}}}}, 404),
    ("GET", "/uss/v1/operational_intents/{}/telemetry"): row({}, 404, 409),
    ("POST", "/dss/v1/subscriptions/query"): row({200: {"subscriptions": [SUBSCRIPTION]}}),
    ("GET", "/dss/v1/subscriptions/{}"): row({200: {"subscription": SUBSCRIPTION}}, 404),
    ("PUT", "/dss/v1/subscriptions/{}"): row({200: SUBSCRIBED}, 409),
    ("PUT", "/dss/v1/subscriptions/{}/{}"): row({200: SUBSCRIBED}, 409),
    ("DELETE", "/dss/v1/subscriptions/{}/{}"): row({200: {"subscription": SUBSCRIPTION}}, 404, 409),
    ("POST", "/dss/v1/reports"): row({201: REPORT}),
    ("GET", "/dss/v1/uss_availability/{}"): row({200: AVAILABILITY}),
    ("PUT", "/dss/v1/uss_availability/{}"): row({200: AVAILABILITY}, 409),
}


def f3411(prefix, time, urls, subscribed):
    area = {"id": uuid4, "owner": text, "time_start": time, "time_end": time, "version": text, **urls}
    subscription = {"id": uuid4, "owner": text, "notification_index": index, "time_start": time, "time_end": time, "version": text, **subscribed}
    changed = {"service_area": area, "subscribers": [{"url": url, "subscriptions": some(TOLD)}]}
    subscribe = {"subscription": subscription, "service_areas": [area]}
    areas, subscriptions = prefix + "/identification_service_areas", prefix + "/subscriptions"
    return {
        ("GET", areas): row({200: {"service_areas": [area]}}),
        ("GET", areas + "/{}"): row({200: {"service_area": area}}, 404),
        ("PUT", areas + "/{}"): row({200: changed}, 409),
        ("PUT", areas + "/{}/{}"): row({200: changed}, 409),
        ("DELETE", areas + "/{}/{}"): row({200: changed}, 404, 409),
        ("GET", subscriptions): row({200: {"subscriptions": [subscription]}}),
        ("GET", subscriptions + "/{}"): row({200: {"subscription": subscription}}, 404),
        ("PUT", subscriptions + "/{}"): row({200: subscribe}, 409),
        ("PUT", subscriptions + "/{}/{}"): row({200: subscribe}, 409),
        ("DELETE", subscriptions + "/{}/{}"): row({200: {"subscription": subscription}}, 404, 409),
    }


RID_V1 = f3411("/v1/dss", instant, {"flights_url": url}, {"callbacks": {"identification_service_area_url": url}})
RID_V2 = f3411("/rid/v2/dss", TIME, {"uss_base_url": url}, {"uss_base_url": url})
ALL = {**F3548, **RID_V1, **RID_V2}


def template(method, path):
    """The row of a path, or None: the longest that fits, for "query" is no id."""
    path = path.split("?")[0]
    for known in sorted(ALL, key=lambda k: k[1].count("{}")):
        if known[0] == method and re.fullmatch(known[1].replace("{}", "[^/]*"), path):
            return known
    return None


def check(method, path, status, reply):
    known = template(method, path)
    if known is None:
        if status != 404:
            raise Unfit("%s %s is no route: 404, not %s" % (method, path, status))
        fits(reply, ERROR, "$")
        return
    if status not in ALL[known]:
        raise Unfit("%s %s may not answer %s: %r" % (method, path, status, reply))
    fits(reply, ALL[known][status], "%s %s %s" % (method, path, status))
    REACHED.add((*known, status))
