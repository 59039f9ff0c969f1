"""The five kinds of events and the documents that hold them, as EPCIS 2.0 defines them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.errors import FieldError
from app.core.text import Text
from app.epcis.checks import (
    ACTION,
    ALERT,
    COMPONENT,
    DISPOSITION,
    HEX,
    MEASUREMENT,
    OFFSET,
    REASON,
    SOURCE,
    STEP,
    TRANSACTION,
    UOM,
    VERSION,
    Check,
    anything,
    boolean,
    context,
    lacking,
    listed,
    number,
    one_or_many,
    storable,
    text,
    thing,
    time,
    uri,
)

_ID = thing({"id": uri}, "id", more=anything)
_EPCS = listed(uri)
_QUANTITY = thing({"epcClass": uri, "quantity": number, "uom": UOM}, "epcClass", more=None)
_QUANTITIES = listed(_QUANTITY)
_ERROR = thing(
    {"declarationTime": time, "reason": REASON, "correctiveEventIDs": listed(uri)},
    "declarationTime",
)
_PERSISTENT = thing(
    {
        "set": listed(DISPOSITION, least=1, unique=True),
        "unset": listed(DISPOSITION, least=1, unique=True),
    },
    more=None,
    either=("set", "unset"),
)
_METADATA = thing(
    {
        "time": time,
        "deviceID": uri,
        "deviceMetadata": uri,
        "rawData": uri,
        "startTime": time,
        "endTime": time,
        "dataProcessingMethod": uri,
        "bizRules": uri,
    }
)
_ADDRESSES = (
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "coordinateReferenceSystem",
    "uriValue",
)
_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_REPORT = thing(
    {
        "type": MEASUREMENT,
        "exception": ALERT,
        "time": time,
        "component": COMPONENT,
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": HEX,
        "uom": text,
    }
    | dict.fromkeys(_ADDRESSES, uri)
    | dict.fromkeys(_NUMBERS, number),
    "type",
)
_SENSORS = listed(
    thing({"sensorMetadata": _METADATA, "sensorReport": listed(_REPORT, least=1)}, "sensorReport")
)


_EVERY: dict[str, Check] = {
    "@context": context,
    "type": text,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": OFFSET,
    "eventID": uri,
    "certificationInfo": one_or_many(uri),
    "errorDeclaration": _ERROR,
}
_KNOWN: dict[str, Check] = _EVERY | {
    "bizStep": STEP,
    "disposition": DISPOSITION,
    "readPoint": _ID,
    "bizLocation": _ID,
    "sourceList": listed(thing({"type": SOURCE, "source": uri}, "type", "source", more=None)),
    "destinationList": listed(
        thing({"type": SOURCE, "destination": uri}, "type", "destination", more=None)
    ),
    "bizTransactionList": listed(
        thing({"type": TRANSACTION, "bizTransaction": uri}, "bizTransaction", more=None)
    ),
    "sensorElementList": _SENSORS,
}
_ACTED = _KNOWN | {"action": ACTION}
_ILMD = thing({})
_CHILDREN: dict[str, Check] = {
    "parentID": uri,
    "childEPCs": _EPCS,
    "childQuantityList": _QUANTITIES,
}
_TIMED = ("type", "eventTime", "eventTimeZoneOffset")

_KINDS: dict[str, Check] = {
    "ObjectEvent": thing(
        _ACTED
        | {
            "epcList": listed(uri, unique=True),
            "quantityList": _QUANTITIES,
            "persistentDisposition": _PERSISTENT,
            "ilmd": _ILMD,
        },
        *_TIMED,
        "action",
    ),
    "AggregationEvent": thing(_ACTED | _CHILDREN, *_TIMED, "action"),
    "AssociationEvent": thing(_ACTED | _CHILDREN, *_TIMED, "action", "parentID"),
    "TransactionEvent": thing(
        _ACTED | {"parentID": uri, "epcList": _EPCS, "quantityList": _QUANTITIES},
        *_TIMED,
        "action",
        "bizTransactionList",
    ),
    "TransformationEvent": thing(
        _KNOWN
        | {
            "inputEPCList": listed(uri, unique=True),
            "outputEPCList": listed(uri, unique=True),
            "inputQuantityList": _QUANTITIES,
            "outputQuantityList": _QUANTITIES,
            "transformationID": uri,
            "persistentDisposition": _PERSISTENT,
            "ilmd": _ILMD,
        },
        *_TIMED,
    ),
}
KINDS = frozenset(_KINDS)
"""The kinds that are taken. The standard lets others invent more; nobody here could read them."""

_SIDES: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("inputEPCList", "inputQuantityList"),
    ("outputEPCList", "outputQuantityList"),
)
_ABOUT = {
    "ObjectEvent": ("epcList", "quantityList"),
    "TransactionEvent": ("epcList", "quantityList"),
    "AggregationEvent": ("childEPCs", "childQuantityList"),
    "AssociationEvent": ("childEPCs", "childQuantityList"),
}


def event(value: Any, at: str = "") -> list[FieldError]:
    """What is wrong with one event; nothing is."""
    if _kind(value) not in KINDS:
        listed_kinds = ", ".join(sorted(KINDS))
        said = Text(f"one of {listed_kinds}", f"salah satu dari {listed_kinds}")
        return [FieldError(f"{at}/type", "event_type", said)]
    found = list(storable(value, at)) or list(_KINDS[value["type"]](value, at))
    return found or list(_sense(value, at))


def _kind(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def _sense(value: dict[str, Any], at: str) -> Iterator[FieldError]:
    """Fields that depend on each other."""
    kind, action = value["type"], value.get("action")
    if kind == "TransformationEvent":
        inputs, outputs = _SIDES
        for names in [inputs + outputs] if "transformationID" in value else [inputs, outputs]:
            if not any(value.get(name) for name in names):
                yield from lacking({}, at, names[-1])
        return
    if kind == "ObjectEvent" and "ilmd" in value and action != "ADD":
        yield FieldError(
            f"{at}/ilmd", "ilmd_not_added", Text("only with action ADD", "hanya dengan action ADD")
        )
    names = _ABOUT[kind]
    sensed = kind == "ObjectEvent" and value.get("sensorElementList") and "readPoint" in value
    excused = action == "DELETE" and kind != "ObjectEvent"
    first = names[0] in value and (kind in ("ObjectEvent", "TransactionEvent") or value[names[0]])
    if not (first or value.get(names[1]) or sensed or excused):
        yield from lacking({}, at, names[0])
    if kind == "TransactionEvent" and not value["bizTransactionList"]:
        yield from lacking({}, at, "bizTransactionList")
    if kind == "AggregationEvent" and action != "OBSERVE" and "parentID" not in value:
        yield from lacking({}, at, "parentID")


_HEADER = thing({"epcisMasterData": thing({}, more=anything)})
_DOCUMENT = thing(
    {
        "@context": context,
        "id": uri,
        "type": text,
        "schemaVersion": VERSION,
        "creationDate": time,
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": _HEADER,
        "epcisBody": thing({"eventList": listed(anything)}, "eventList", more=anything),
    },
    "@context",
    "type",
    "schemaVersion",
    "creationDate",
    "epcisBody",
)
_RESULTS = thing({"eventList": listed(anything), "vocabularyList": anything}, "eventList")
_QUERY_DOCUMENT = thing(
    {
        "@context": context,
        "id": uri,
        "type": text,
        "schemaVersion": VERSION,
        "creationDate": time,
        "epcisBody": thing(
            {
                "queryResults": thing(
                    {"queryName": text, "subscriptionID": text, "resultsBody": _RESULTS},
                    "queryName",
                    "resultsBody",
                )
            },
            "queryResults",
        ),
    },
    "@context",
    "type",
    "epcisBody",
)


def document(value: Any) -> tuple[list[Any], list[FieldError]]:
    """The events of a document, not yet checked; or what is wrong with the document itself.

    A single event with a context of its own is a document of one.
    """
    kind = _kind(value)
    if kind in KINDS:
        return [value], list(lacking(value, "", "@context"))
    if kind == "EPCISDocument":
        found = list(_DOCUMENT(value, ""))
        return ([] if found else value["epcisBody"]["eventList"]), found
    if kind == "EPCISQueryDocument":
        found = list(_QUERY_DOCUMENT(value, ""))
        results = [] if found else value["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        return results, found
    said = Text(
        "an EPCISDocument, an EPCISQueryDocument or one event",
        "EPCISDocument, EPCISQueryDocument atau satu peristiwa",
    )
    return [], [FieldError("/type", "document_type", said)]
