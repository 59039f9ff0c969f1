"""One way to write a GS1 identifier: the canonical Digital Link.

The same thing may be named `urn:epc:id:sgtin:…` or by a Digital Link of any domain, with or without
further attributes. Two events are the same, and a query finds what it looks for, only when both
sides are written alike: domain ``id.gs1.org``, numeric application identifiers, GTINs with fourteen
digits, the finest level of identification alone (CBV 2.0, section 8.9; GS1 Digital Link).
"""

from __future__ import annotations

import re

from app.epcis.keys import RESOLVER, check_digit

_URN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):([0-9]{6,12})\.(.+)")
_ESCAPED = {mark: f"%{ord(mark):02X}" for mark in "!()*+,:"}

_COUNTED = {  # scheme: application identifier, digits of prefix and reference, how they are joined
    "sgtin": ("01", 13, "indicator"),
    "lgtin": ("01", 13, "indicator"),
    "upui": ("01", 13, "indicator"),
    "itip": ("8006", 13, "indicator"),
    "sscc": ("00", 17, "indicator"),
    "sgln": ("414", 12, "plain"),
    "pgln": ("417", 12, "plain"),
    "gdti": ("253", 12, "plain"),
    "sgcn": ("255", 12, "plain"),
    "grai": ("8003", 12, "zero"),
    "gsin": ("402", 16, "plain"),
    "gsrn": ("8018", 17, "plain"),
    "gsrnp": ("8017", 17, "plain"),
}
_QUALIFIED = {"sgtin": "/21/", "lgtin": "/10/", "upui": "/235/", "sgln": "/254/"}
_FREE = {"giai": "8004", "ginc": "401"}

_NAMES = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
_TEXT = r"[\x22\x27\x2D\x2E\x30-\x39\x3B-\x3F\x41-\x5A\x5F\x61-\x7A%]"
_VALUES = {
    "00": r"\d{18}",
    "01": r"\d{14}",
    "253": rf"\d{{13}}{_TEXT}{{0,17}}",
    "255": r"\d{13,25}",
    "401": rf"{_TEXT}{{1,30}}",
    "402": r"\d{17}",
    "414": r"\d{13}",
    "417": r"\d{13}",
    "8003": rf"\d{{14}}{_TEXT}{{0,16}}",
    "8004": rf"{_TEXT}{{1,30}}",
    "8006": r"\d{18}",
    "8010": r"[\x23\x2D\x2F0-9A-Z%]{1,30}",
    "8017": r"\d{18}",
    "8018": r"\d{18}",
}
# Of each key the qualifiers that name something finer, the finest first.
_FINER = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}
_LINK = re.compile(r"https?://[^/?#]+(/[^?#]*)")

_LONGEST = 300
"""No key is longer, whatever domain and attributes stand around it."""


def canonical(uri: str) -> str:
    """*uri* in the one form; unchanged if it names no GS1 key."""
    if len(uri) > _LONGEST:
        return uri
    if uri.startswith("urn:epc:"):
        return _from_urn(uri) or uri
    found = _LINK.match(uri)
    return (found and _from_link(found[1])) or uri


def _from_urn(uri: str) -> str | None:
    found = _URN.fullmatch(uri)
    if found is None:
        return None
    form, scheme, prefix, rest = found.groups()
    if scheme in _FREE and form == "id":
        return f"{RESOLVER}/{_FREE[scheme]}/{prefix}{_escaped(rest)}"
    if scheme == "cpi":
        return _component(form, prefix, rest)
    if scheme not in _COUNTED:
        return None
    ai, length, joined = _COUNTED[scheme]
    width = length - len(prefix)
    reference, _, serial = rest.partition(".")
    if len(reference) != width or not (reference.isdigit() or width == 0):
        return None
    match joined:
        case "indicator":
            digits = reference[0] + prefix + reference[1:]
        case "zero":
            digits = "0" + prefix + reference
        case _:
            digits = prefix + reference
    key = f"{RESOLVER}/{ai}/{digits}{check_digit(digits)}"
    return key + _serial(scheme, serial, pattern=form == "idpat")


def _serial(scheme: str, serial: str, *, pattern: bool) -> str:
    """What follows the key: a qualifier, or more digits of the key itself."""
    if scheme == "itip":
        piece, total, serial = [*serial.split(".", 2), "", ""][:3]
        finer = "" if pattern else f"/21/{_escaped(serial)}"
        return f"{piece}{total}{finer}"
    if pattern or not serial or (scheme == "sgln" and serial == "0"):
        return ""
    return _QUALIFIED.get(scheme, "") + _escaped(serial)


def _component(form: str, prefix: str, rest: str) -> str:
    reference, _, serial = rest.rpartition(".")
    finer = "" if form == "idpat" else f"/8011/{serial}"
    return f"{RESOLVER}/8010/{_escaped(prefix + reference)}{finer}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(mark, mark) for mark in text)


def _from_link(path: str) -> str | None:
    """The key within a Digital Link's *path*: the first known identifier with a fitting value."""
    parts = [_NAMES.get(part, part) for part in path.strip("/").split("/")]
    for at in range(len(parts) - 1):
        ai, value = parts[at], parts[at + 1]
        if ai == "01" and value.isdigit() and len(value) in (8, 12, 13):
            value = value.zfill(14)
        if ai not in _VALUES or not re.fullmatch(_VALUES[ai], value, re.ASCII):
            continue
        said = dict(zip(parts[at + 2 :: 2], parts[at + 3 :: 2], strict=False))
        finer = next((name for name in _FINER.get(ai, ()) if name in said), None)
        return f"{RESOLVER}/{ai}/{value}" + (f"/{finer}/{said[finer]}" if finer else "")
    return None
