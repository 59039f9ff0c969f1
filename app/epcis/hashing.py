"""The event hash id of CBV 2.0, section 8.9: the same event has the same name everywhere.

What an event says is written in one fixed way (a *pre-hash*), and that is hashed. The order of keys
and of list entries, the spelling of times, numbers and identifiers, and what is not the event's own
(`recordTime`, `eventID`, `errorDeclaration`, comments) make no difference; any other change does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.epcis import vocabulary as words
from app.epcis.canonical import canonical

Namespaces = Mapping[str, str]
_Canon = Callable[[Any], str]

_IGNORED = frozenset({"@context", "type", "eventID", "recordTime", "errorDeclaration"})
_COMMENTS = frozenset({"comment", "rdfs:comment", "@context"})

_EPCS, _QUANTITIES, _PLACE, _ONE, _SET, _SENSORS = "epcs", "quantities", "place", "one", "set", "s"

_ORDER = (
    ("eventTime", _ONE),
    ("eventTimeZoneOffset", _ONE),
    ("certificationInfo", _ONE),
    ("parentID", _ONE),
    ("epcList", _EPCS),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    ("action", _ONE),
    ("transformationID", _ONE),
    ("bizStep", _ONE),
    ("disposition", _ONE),
    ("persistentDisposition", _SET),
    ("readPoint", _PLACE),
    ("bizLocation", _PLACE),
    ("sensorElementList", _SENSORS),
)
_PAIRS = {
    "bizTransactionList": ("bizTransaction", words.TRANSACTIONS, words.TRANSACTION),
    "sourceList": ("source", words.SOURCES, words.SOURCE),
    "destinationList": ("destination", words.SOURCES, words.SOURCE),
}
_METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
_REPORT = (
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
)
_WORDS = {
    "bizStep": (words.BIZ_STEPS, words.STEP),
    "disposition": (words.DISPOSITIONS, words.DISPOSITION),
    "set": (words.DISPOSITIONS, words.DISPOSITION),
    "unset": (words.DISPOSITIONS, words.DISPOSITION),
}
_REPORT_WORDS = {
    "type": (words.MEASUREMENTS, words.VOC),
    "exception": (words.ALERTS, words.VOC),
    "component": (words.COMPONENTS, words.COMPONENT),
}


_MOST_DIGITS = 100


def event_id(event: Mapping[str, Any], namespaces: Namespaces) -> str:
    """The hash id of *event*: `ni:///sha-256;…?ver=CBV2.0`."""
    digest = hashlib.sha256(pre_hash(event, namespaces).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def namespaces_of(*contexts: Any) -> dict[str, str]:
    """The prefixes that JSON-LD *contexts* declare (of a document, then of an event)."""
    found: dict[str, str] = {}
    for context in contexts:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                found |= {k: v for k, v in part.items() if isinstance(v, str)}
    return found


def pre_hash(event: Mapping[str, Any], namespaces: Namespaces) -> str:
    """What *event* says, written in the one way."""
    writer = _Writer(namespaces)
    text = f"eventType={event['type']}"
    for name, kind in _ORDER:
        if name in event:
            text += writer.known(name, event[name], kind)
    used = {name for name, _ in _ORDER} | _IGNORED
    rest = [
        writer.pairs(name, value) if name in _PAIRS else writer.free(name, value)
        for name, value in event.items()
        if name not in used | _COMMENTS
    ]
    return text + "".join(sorted(part for parts in rest for part in parts))


class _Writer:
    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces

    def known(self, name: str, value: Any, kind: str) -> str:
        """A field of the standard in its place; nothing if it is empty."""
        match kind:
            case "epcs":
                inner = self.sorted(self.one("epc", epc) for epc in value)
            case "quantities":
                inner = self.sorted(self.quantity(element) for element in value)
            case "place":
                inner = self.fields(value, ("id",), {})
            case "set":
                inner = self.fields(value, ("set", "unset"), _WORDS)
            case "s":
                inner = self.sorted(self.sensor(element) for element in value)
            case _:
                return self.many(name, value, _WORDS)
        return name + inner if inner else ""

    def quantity(self, element: Mapping[str, Any]) -> str:
        inner = "".join(
            self.one(name, element[name])
            for name in ("epcClass", "quantity", "uom")
            if name in element
        )
        return f"quantityElement{inner}"

    def sensor(self, element: Mapping[str, Any]) -> str:
        text = "sensorElement"
        metadata = self.fields(element.get("sensorMetadata", {}), _METADATA, {})
        text += f"sensorMetadata{metadata}" if metadata else ""
        text += self.sorted(
            "sensorReport" + self.fields(report, _REPORT, _REPORT_WORDS)
            for report in element["sensorReport"]
        )
        own = {k: v for k, v in element.items() if k not in ("sensorMetadata", "sensorReport")}
        return text + self.inside(own)

    def fields(self, value: Mapping[str, Any], order: tuple[str, ...], known: Any) -> str:
        """Fields in their order, then what others added to the object."""
        text = "".join(self.many(name, value[name], known) for name in order if name in value)
        return text + self.inside({k: v for k, v in value.items() if k not in order})

    def pairs(self, name: str, value: Any) -> list[str]:
        """Business transactions, sources, destinations: type before what is of that type."""
        field, known, home = _PAIRS[name]
        inner = self.sorted(
            (f"type={words.address(one['type'], known, home)}" if "type" in one else "")
            + self.one(field, one[field])
            for one in value
        )
        return [name + inner] if inner else []

    def many(self, name: str, value: Any, known: Any) -> str:
        values = value if isinstance(value, list) else [value]
        if name in known:
            values = [words.address(one, *known[name]) for one in values]
        return self.sorted(self.one(name, one) for one in values)

    def one(self, name: str, value: Any) -> str:
        """A single field; nothing if it is empty."""
        timed = "time" in name.lower() and "offset" not in name.lower()
        text = _instant(value) if timed else self.scalar(value)
        return f"{name}={text}" if text else ""

    def inside(self, value: Mapping[str, Any]) -> str:
        """What an object says that the standard has no fixed place for."""
        parts = [part for k, v in value.items() if k not in _COMMENTS for part in self.free(k, v)]
        return "".join(sorted(parts))

    def free(self, name: str, value: Any) -> list[str]:
        """A field of anybody's own, however deep."""
        full = self.key(name)
        values = value if isinstance(value, list) else [value]
        if full.endswith("List"):
            inner = self.sorted(self.entry(full.removesuffix("List"), one) for one in values)
            return [full + inner]
        return [self.entry(full, one) for one in values]

    def entry(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            return name + self.inside(value)
        if isinstance(value, list):
            return name + self.sorted(self.entry("", one) for one in value)
        text = self.scalar(value)
        return f"{name}={text}" if text else name

    def key(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        return (
            f"{{{self.namespaces[prefix]}}}{local}" if colon and prefix in self.namespaces else name
        )

    def scalar(self, value: Any) -> str:
        match value:
            case None:
                return "null"
            case bool():
                return str(value).lower()
            case str():
                return self.text(value)
            case _:
                return number(str(value)) or str(value)

    def text(self, value: str) -> str:
        prefix, colon, local = value.partition(":")
        if colon and prefix in self.namespaces:
            value = self.namespaces[prefix] + local
        value = value.strip()
        for old, new in words.OLD_NAMES.items():
            value = value.replace(old, new)
        return number(value) or canonical(value)

    @staticmethod
    def sorted(parts: Iterable[str]) -> str:
        return "".join(sorted(parts))


def number(text: str) -> str | None:
    """A number without needless signs, zeros and points; None for what is not one."""
    if not text or text[-1] not in "0123456789." or len(text) > 100:
        return None
    try:
        near = float(text)
    except ValueError:
        return None
    exact = Decimal(text)
    if abs(exact.adjusted()) > _MOST_DIGITS:
        return None  # a text that happens to look like a number, or is meant to break us
    if Decimal(repr(near)) != exact:  # more digits than a float can hold: they are kept
        plain = f"{exact:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(int(near)) if near.is_integer() else repr(near)


def _instant(text: str) -> str:
    """A time in UTC to the millisecond."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    rounded = at.replace(microsecond=0) + timedelta(milliseconds=round(at.microsecond / 1000))
    return rounded.isoformat(timespec="milliseconds").replace("+00:00", "Z")
