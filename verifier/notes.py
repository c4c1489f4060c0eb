"""Signed notes (C2SP signed-note) and their Ed25519, as strict as FORMAT.md, 2 asks: A and R canonical, none of small order, S < L."""
import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fault import Fault
from hashes import sha256

P = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL = (0, 1, P - 1, Y_OF_ORDER_8, P - Y_OF_ORDER_8)  # y of the eight points of small order
MOST = 65536
LINES, LINE = 100, 8192  # signature lines of a note; characters of a signature
DASH = "\u2014 "


def point_may_be(encoded):
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    return y < P and y not in SMALL


def verifies(public, signature, text):
    """OpenSSL is laxer than the rule, so what it would take is refused before."""
    if len(public) != 32 or len(signature) != 64 or not point_may_be(public) or not point_may_be(signature[:32]):
        return False
    if int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(name, public):
    return sha256(name.encode(), b"\n\x01", public)[:4]


class Line:
    """A signature line: whose, under which key's id, and the signature."""

    def __init__(self, name, ident, signature):
        self.name, self.ident, self.signature = name, ident, signature

    def is_of(self, name, public):
        return self.name == name and self.ident == key_id(name, public)


def _line(text, what, sizes):
    words = text.split(" ")
    if not text.startswith(DASH) or len(words) != 3 or not words[1] or "+" in words[1]:
        raise Fault("2", "%s: %.60r is no signature line" % (what, text))
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    if len(blob) not in sizes or len(words[2]) > LINE or base64.b64encode(blob).decode() != words[2]:
        raise Fault("2", "%s: the signature line of %.80s is no base64 of %s bytes" % (what, words[1], "%d to %d" % (min(sizes), max(sizes)) if len(sizes) > 2 else " or ".join(map(str, sizes))))
    return Line(words[1], blob[:4], blob[4:])


def split(note, what, sizes=(68,)):
    """The text with its last line end, as bytes, and the signature lines. `sizes`: 4 + 64, an Ed25519 signature; 4 + 72, a dated one of a witness."""
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Fault("2", "%s: its byte %d is no UTF-8" % (what, e.start)) from None
    end = whole.rfind("\n\n")
    if end < 0 or not whole.endswith("\n"):
        raise Fault("2", "%s is no note: a text, a blank line and signature lines" % what)
    for at, character in enumerate(whole):
        if ord(character) < 32 and character != "\n":
            raise Fault("2", "%s: its character %d is a control character" % (what, at))
    lines = [_line(line, what, sizes) for line in whole[end + 2:-1].split("\n")] if end + 2 < len(whole) else []
    if not lines:
        raise Fault("2", "%s has no signature line" % what)
    if len(lines) > LINES:
        raise Fault("2", "%s has more than %d signature lines" % (what, LINES))
    if len({(line.name, line.ident) for line in lines}) < len(lines):
        raise Fault("2", "%s: the signature line of one key stands twice or out of order" % what)
    return whole[:end + 1].encode(), lines


def body(text, first, what):
    """The second of exactly two lines whose first is `first`."""
    lines = text.split(b"\n")
    if len(lines) != 3 or lines[2] or len(text) > MOST:
        raise Fault("2", "%s: its text has not exactly two lines of together %d bytes at most" % (what, MOST))
    if lines[0] != first.encode():
        raise Fault("2", "%s: its first line is %.100r, not %r" % (what, lines[0].decode(errors="replace"), first))
    return lines[1]


def check_lines(text, lines, by, what):
    """Every line is of a key of `by` (name to public key), in that order, once, and verifies. The names that signed."""
    names, last = list(by), -1
    for line in lines:
        if line.name not in by or not line.is_of(line.name, by[line.name]):
            raise Fault("2", "%s: a signature line of %.80s with a key that it does not name" % (what, line.name))
        place = names.index(line.name)
        if place <= last:
            raise Fault("2", "%s: the signature line of %s stands twice or out of order" % (what, line.name))
        last = place
        if not verifies(by[line.name], line.signature, text):
            raise Fault("2", "%s: the signature of %s does not verify" % (what, line.name))
    return [line.name for line in lines]
