"""GS1 keys under the hub's company prefix, and their Digital Link addresses.

A key is the prefix, a reference counted by us, and a check digit. Item and location references have
as many digits as the prefix leaves: with seven digits of prefix that is 100 000 of each.
"""

from __future__ import annotations

from urllib.parse import quote

from app.core.errors import DomainError, Kind
from app.core.text import Text

RESOLVER = "https://id.gs1.org"


class KeysUsedUp(DomainError):
    """All references under the company prefix are given out."""

    kind = Kind.UNAVAILABLE
    code = "company_prefix_used_up"
    title = Text("No GS1 key is left", "Nomor GS1 habis")
    advice = Text(
        "All keys of the hub's company prefix are given out. The operator needs a further prefix.",
        "Semua nomor dari prefiks perusahaan sudah terpakai. Operator memerlukan prefiks baru.",
    )


def check_digit(digits: str) -> str:
    """The digit that closes *digits*: weights 3 and 1 from the right, up to the next ten."""
    total = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def closes(key: str) -> bool:
    """Whether the last digit of *key* is its check digit."""
    return key.isascii() and key.isdigit() and key[-1] == check_digit(key[:-1])


def gtin(prefix: str, reference: int) -> str:
    """GTIN-14 of a trade item, packaging level 0."""
    digits = "0" + _body(prefix, reference, 12)
    return digits + check_digit(digits)


def gln(prefix: str, reference: int) -> str:
    """GLN of a location or a party."""
    digits = _body(prefix, reference, 12)
    return digits + check_digit(digits)


def sscc(prefix: str, reference: int) -> str:
    """SSCC of a logistic unit; the extension digit takes what the reference's digits cannot."""
    width = 16 - len(prefix)
    extension, serial = divmod(reference, 10**width)
    if extension > 9:
        raise KeysUsedUp
    digits = f"{extension}{_body(prefix, serial, 16)}"
    return digits + check_digit(digits)


def _body(prefix: str, reference: int, length: int) -> str:
    width = length - len(prefix)
    if reference >= 10**width:
        raise KeysUsedUp
    return f"{prefix}{reference:0{width}d}"


def lot_uri(item: str, number: str) -> str:
    """A lot of a trade item: the class of its pieces or kilograms."""
    return f"{RESOLVER}/01/{item}/10/{quote(number, safe='')}"


def location_uri(location: str) -> str:
    """A place."""
    return f"{RESOLVER}/414/{location}"


def party_uri(party: str) -> str:
    """An organisation."""
    return f"{RESOLVER}/417/{party}"


def unit_uri(unit: str) -> str:
    """A logistic unit: what rides as one."""
    return f"{RESOLVER}/00/{unit}"


def transaction_uri(issuer: str, number: str) -> str:
    """A business document, named by who issued it and its number (CBV 2.0, section 8.5)."""
    return f"urn:epcglobal:cbv:bt:{issuer}:{quote(number, safe='-')}"
