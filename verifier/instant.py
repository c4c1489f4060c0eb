"""Times: nanoseconds since 1970, and how FORMAT.md writes them."""
import datetime
import re

EPOCH = datetime.datetime(1970, 1, 1)
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _seconds(ns):
    return (EPOCH + datetime.timedelta(seconds=ns // 10 ** 9)).isoformat()


def to_ms(ns):
    """As leaves have it: milliseconds, rounded down."""
    return "%s.%03dZ" % (_seconds(ns), ns % 10 ** 9 // 10 ** 6)


def exact(ns):
    """As order parts have it: as many digits as are needed."""
    fraction = ("%09d" % (ns % 10 ** 9)).rstrip("0")
    return _seconds(ns) + ("." + fraction if fraction else "") + "Z"


def is_ms(text):
    """Written with milliseconds, a day that there is, and within the nanoseconds of 63 bits: 1677 to 2262."""
    if not isinstance(text, str) or not MILLISECONDS.fullmatch(text):
        return False
    try:
        since = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ") - EPOCH
    except ValueError:
        return False
    return -1 << 63 <= since // datetime.timedelta(milliseconds=1) * 10 ** 6 < 1 << 63


def of_decimal(text):
    """Seconds as a decimal text, in nanoseconds."""
    whole, _, fraction = str(text).partition(".")
    return int(whole) * 10 ** 9 + int((fraction + "000000000")[:9])
