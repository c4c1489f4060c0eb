"""JSON as FORMAT.md, 2 ("JSON") has it: what is signed is read by all in one way. And JSON by RFC 8259 for what drone services send."""
import json
import re

from fault import Fault

DEPTH, DEPTH_DSS, DIGITS = 8, 33, 15
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
ESCAPE = re.compile(r'\\(.)', re.S)
LAST_OF_PLANES = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
BARRED = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef%s]" % LAST_OF_PLANES)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s"{}\[\]:,]+|\s+', re.S)
RULE = "2, JSON"


def utf8(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Fault(RULE, "%s: its byte %d is no UTF-8" % (what, e.start)) from None


def _number(token, what):
    if token in ("true", "false", "null"):
        return
    if not NUMBER.fullmatch(token):
        raise Fault(RULE, "%s: %.40r is no plain decimal, true, false or null" % (what, token))
    if token.startswith("-") and not token.strip("-0."):
        raise Fault(RULE, "%s: %s is not allowed" % (what, token))
    if len(token.lstrip("-").replace(".", "").lstrip("0")) > DIGITS:
        raise Fault(RULE, "%s: the number %.40s has more than %d digits" % (what, token, DIGITS))


def _token(token, what):
    if token[0] == '"':
        for escape in ESCAPE.findall(token):
            if escape not in '"\\n':
                raise Fault(RULE, "%s: the escape \\%s is not allowed" % (what, escape))
        barred = BARRED.search(token)
        if barred:
            raise Fault(RULE, "%s: the character U+%04X is not allowed" % (what, ord(barred[0])))
    elif token.isspace():
        if token.strip(" \n"):
            raise Fault(RULE, "%s: U+%04X stands between tokens, where only spaces and line feeds may" % (what, ord(token.strip(" \n")[0])))
    elif token not in "{}[]:,":
        _number(token, what)


def _depth(text, most, what):
    depth = 0
    for token in TOKEN.findall(text):
        depth += token in ("{", "[")
        if depth > most:
            raise Fault(RULE, "%s: it is more than %d deep" % (what, most))
        depth -= token in ("}", "]")


def _members(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        names = [name for name, _ in pairs]
        raise Fault(RULE, "the member %r stands twice" % next(n for n in names if names.count(n) > 1))
    return dict(pairs)


def _constant(word):
    raise ValueError("%s is no JSON" % word)


def _load(text, what):
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_constant, parse_float=lambda s: s)
    except (ValueError, RecursionError) as e:
        raise Fault(RULE, "%s is no JSON: %s" % (what, e)) from None
    if not isinstance(value, dict):
        raise Fault(RULE, "%s is no object" % what)
    return value


def read(data, what):
    """An object of chapter 2; numbers that are no integers stay texts."""
    text = utf8(data, what)
    value = _load(text, what)
    for token in TOKEN.findall(text):
        _token(token, what)
    _depth(text, DEPTH, what)
    return value


def read_dss(data, what):
    """An object of RFC 8259, members once, as deep as a call of a drone service may be."""
    text = utf8(data, what)
    value = _load(text, what)
    _depth(text, DEPTH_DSS, what)
    return value


def need(value, name, kind, what):
    """The member `name`, of the Python type `kind`."""
    if name not in value:
        raise Fault("14", "%s: the member %s is missing" % (what, name))
    found = value[name]
    if not isinstance(found, kind) or isinstance(found, bool) and kind is int:
        raise Fault("14", "%s: the member %s is not what it must be: %.60r" % (what, name, found))
    return found
