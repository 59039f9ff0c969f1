"""What the EPCIS 2.0 standard demands of an event in JSON, checked by our own rules.

Strict where the standard is: bare CBV words, times with their offset, addresses that are addresses,
fields of others only under a name of their own. Each finding is a JSON pointer, a code and a
sentence; an event has none or is not stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.core.errors import FieldError
from app.core.text import Text
from app.epcis import vocabulary as words

Check = Callable[[Any, str], Iterator[FieldError]]

DEPTH = 24
"""How deep a document may be nested."""

_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})+"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_VERSION = re.compile(r"\d+(\.\d+)*", re.ASCII)
_HEX = re.compile(r"[A-Fa-f0-9]+")
_GS1_WORDS = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_GS1_VOC = re.compile(r"https?://(www\.)?gs1\.org/voc/")
_LONGEST = 2000
_LONGEST_URI = 1000


def _wrong(pointer: str, code: str, en: str, id: str) -> FieldError:
    return FieldError(pointer or "/", code, Text(en, id))


def text(value: Any, at: str) -> Iterator[FieldError]:
    """Any text that can be stored."""
    if not isinstance(value, str) or "\0" in value or len(value) > _LONGEST:
        yield _wrong(at, "string", "a text is expected here", "di sini harus berupa teks")


def uri(value: Any, at: str) -> Iterator[FieldError]:
    """An address or name with a scheme (RFC 3986)."""
    if not isinstance(value, str) or len(value) > _LONGEST_URI or not _URI.fullmatch(value):
        yield _wrong(at, "uri", "a URI is expected here", "di sini harus berupa URI")


def time(value: Any, at: str) -> Iterator[FieldError]:
    """A point in time with its offset (RFC 3339)."""
    try:
        good = isinstance(value, str) and bool(_TIME.fullmatch(value))
        good = good and 1900 <= datetime.fromisoformat(value.upper()).year <= 2200
    except ValueError:
        good = False
    if not good:
        yield _wrong(
            at,
            "date_time",
            "a time with its offset is expected, like 2026-02-01T06:00:00+07:00",
            "di sini harus waktu beserta selisihnya, misalnya 2026-02-01T06:00:00+07:00",
        )


def number(value: Any, at: str) -> Iterator[FieldError]:
    """A finite number."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or abs(value) >= 10**30:
        yield _wrong(at, "number", "a number is expected here", "di sini harus berupa angka")


def boolean(value: Any, at: str) -> Iterator[FieldError]:
    """True or false."""
    if not isinstance(value, bool):
        yield _wrong(at, "boolean", "true or false is expected", "di sini harus true atau false")


def like(pattern: re.Pattern[str], en: str, id: str) -> Check:
    """A text of a certain form."""

    def check(value: Any, at: str) -> Iterator[FieldError]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield _wrong(at, "pattern", en, id)

    return check


def word(known: frozenset[str], theirs: re.Pattern[str]) -> Check:
    """A bare word of the standard, or a URI that does not spell one of its words."""

    def check(value: Any, at: str) -> Iterator[FieldError]:
        if isinstance(value, str) and value in known:
            return
        if any(uri(value, at)) or theirs.match(value):
            yield _wrong(
                at,
                "vocabulary",
                "a bare word of CBV 2.0, or a URI of your own, is expected here",
                "di sini harus kata CBV 2.0 tanpa awalan, atau URI milik sendiri",
            )

    return check


def one_of(known: frozenset[str]) -> Check:
    """One of a closed set of words."""

    def check(value: Any, at: str) -> Iterator[FieldError]:
        if not isinstance(value, str) or value not in known:
            listed = ", ".join(sorted(known))
            yield _wrong(at, "enum", f"one of {listed}", f"salah satu dari {listed}")

    return check


def listed(item: Check, *, least: int = 0, unique: bool = False) -> Check:
    """A list of things that are alike."""

    def check(value: Any, at: str) -> Iterator[FieldError]:
        if not isinstance(value, list) or len(value) < least:
            yield _wrong(at, "list", "a list is expected here", "di sini harus berupa daftar")
            return
        for i, one in enumerate(value):
            yield from item(one, f"{at}/{i}")
        if unique and len({str(one) for one in value}) < len(value):
            yield _wrong(at, "unique", "entries must differ", "isi daftar tidak boleh sama")

    return check


def thing(
    fields: Mapping[str, Check],
    *required: str,
    more: Check | None = uri,
    either: tuple[str, ...] = (),
) -> Check:
    """An object: its fields, which of them must be there, and what names others may add."""

    def check(value: Any, at: str) -> Iterator[FieldError]:
        if not isinstance(value, dict):
            yield _wrong(at, "object", "an object is expected here", "di sini harus berupa objek")
            return
        yield from lacking(value, at, *required)
        if either and not any(name in value for name in either):
            yield from lacking(value, at, either[0])
        for name, one in value.items():
            if name in fields:
                yield from fields[name](one, f"{at}/{name}")
            elif more is None or any(more(name, at)):
                yield _wrong(
                    f"{at}/{name}",
                    "unknown_field",
                    "not a field of the standard; your own need a name like example:field",
                    "bukan isian standar; isian sendiri perlu nama seperti example:field",
                )

    return check


def lacking(value: Mapping[str, Any], at: str, *names: str) -> Iterator[FieldError]:
    """What is missing of *names*."""
    for name in names:
        if name not in value:
            yield _wrong(f"{at}/{name}", "missing", "is required", "wajib diisi")


def anything(_value: Any, _at: str) -> Iterator[FieldError]:
    """What somebody else defines."""
    return iter(())


def one_or_many(item: Check) -> Check:
    """One, or a list of them."""
    many = listed(item)
    return lambda value, at: many(value, at) if isinstance(value, list) else item(value, at)


def storable(value: Any, at: str, depth: int = DEPTH) -> Iterator[FieldError]:
    """Whatever it means, it can be written and read again."""
    if depth == 0:
        yield _wrong(at, "depth", "nested too deep", "susunan terlalu dalam")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from text(name, at)
            yield from storable(one, f"{at}/{name}", depth - 1)
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from storable(one, f"{at}/{i}", depth - 1)
    elif isinstance(value, str):
        yield from text(value, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from number(value, at)


_MOST_PREFIXES = 30


def context(value: Any, at: str) -> Iterator[FieldError]:
    """JSON-LD: where the words are explained, and what prefixes stand for."""
    parts = value if isinstance(value, list) else [value]
    for one in parts:
        yield from storable(one, at) if isinstance(one, dict) else uri(one, at)
    # They are kept with every event of the document.
    own = [one for one in parts if isinstance(one, dict)]
    if sum(map(len, own)) > _MOST_PREFIXES or len(str(own)) > _MOST_PREFIXES * 200:
        said = Text(
            f"at most {_MOST_PREFIXES} prefixes of your own, of 200 characters",
            f"paling banyak {_MOST_PREFIXES} awalan sendiri, masing-masing 200 karakter",
        )
        yield FieldError(at, "too_many_prefixes", said)


STEP = word(words.BIZ_STEPS, _GS1_WORDS)
DISPOSITION = word(words.DISPOSITIONS, _GS1_WORDS)
TRANSACTION = word(words.TRANSACTIONS, _GS1_WORDS)
SOURCE = word(words.SOURCES, _GS1_WORDS)
REASON = word(words.ERROR_REASONS, _GS1_WORDS)
COMPONENT = word(words.COMPONENTS, _GS1_WORDS)
MEASUREMENT = word(words.MEASUREMENTS, _GS1_VOC)
ALERT = word(words.ALERTS, _GS1_VOC)
ACTION = one_of(words.ACTIONS)
OFFSET = like(_OFFSET, "an offset like +07:00", "selisih waktu seperti +07:00")
UOM = like(_UOM, "a UN/ECE code like KGM", "kode UN/ECE seperti KGM")
VERSION = like(_VERSION, "a version like 2.0", "nomor versi seperti 2.0")
HEX = like(_HEX, "hexadecimal digits", "angka heksadesimal")
