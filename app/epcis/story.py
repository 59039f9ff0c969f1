"""What happened to goods, and how it is told as an EPCIS event to one reader.

The hub and the buyer whose goods they became are told all: every lot, every place as a GLN without
a name. A seller is told of its own goods: lots of others, and places of others, are left out, so
that its copy of a merge says what went in and out *of its own*. Copies that say different things
are different events, each with the hash of what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.clock import JAKARTA
from app.core.quantity import UNITS
from app.epcis.hashing import event_id
from app.epcis.keys import location_uri, party_uri

PREFIX, NAMESPACE = "btc", "urn:btc:epcis:"
"""Where the fields live that the standard has no name for."""
NAMESPACES = {PREFIX: NAMESPACE}

_OF_KIND = {
    "ObjectEvent": "quantityList",
    "TransactionEvent": "quantityList",
    "AggregationEvent": "childQuantityList",
    "TransformationEvent": "inputQuantityList",
}


@dataclass(frozen=True)
class Place:
    """A site, or where a party is at home: its GLN, and whose it is."""

    gln: str
    party_id: UUID


@dataclass(frozen=True)
class Goods:
    """A quantity of one lot. ``parts`` is what of it is whose; None where that is not known."""

    lot_id: UUID
    uri: str
    unit: str
    quantity: Decimal | None
    parts: Mapping[UUID, Decimal | None]


@dataclass(frozen=True)
class Happened:
    """One step of goods on their way, as the hub knows it."""

    kind: str
    at: datetime
    step: str
    fact_id: UUID
    buyer_id: UUID
    goods: tuple[Goods, ...] = ()
    outputs: tuple[Goods, ...] = ()
    lots: tuple[Goods, ...] = ()
    """what a logistic unit holds, where only the unit is named"""
    told_buyer: bool = False
    action: str | None = None
    disposition: str | None = None
    persistent: str | None = None
    parent: str | None = None
    epc: str | None = None
    read_point: Place | None = None
    location: Place | None = None
    transactions: tuple[tuple[str, str], ...] = ()
    source: Place | None = None
    destination: Place | None = None
    ilmd: Mapping[str, Any] = field(default_factory=dict)
    sensors: tuple[Any, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    goods_more: Mapping[str, tuple[Goods, ...]] = field(default_factory=dict)

    @property
    def about(self) -> tuple[Goods, ...]:
        """All goods that are in it."""
        return self.goods + self.outputs + self.lots

    @property
    def lot_ids(self) -> list[UUID]:
        """All lots that are in it."""
        return sorted({one.lot_id for one in self.about})

    @property
    def readers(self) -> list[UUID | None]:
        """Who is told: the hub (None), the buyer once the goods have left for it, the sellers."""
        sellers = sorted({seller for one in self.about for seller in one.parts})
        return [None, *([self.buyer_id] if self.told_buyer else []), *sellers]


def told(happened: Happened, reader: UUID | None, hub: UUID) -> dict[str, Any]:
    """*happened* as *reader* is told it, with its event id."""
    to = _Teller(happened, reader, hub)
    event = to.event()
    return {"eventID": event_id(event, NAMESPACES)} | event


class _Teller:
    def __init__(self, happened: Happened, reader: UUID | None, hub: UUID) -> None:
        self.happened = happened
        self.reader = reader
        self.hub = hub
        self.all = reader in (None, happened.buyer_id)

    def event(self) -> dict[str, Any]:
        happened = self.happened
        said: dict[str, Any] = {
            "type": happened.kind,
            "eventTime": instant(happened.at),
            "eventTimeZoneOffset": "+07:00",
            "action": happened.action,
            "bizStep": happened.step,
            "disposition": happened.disposition,
            "parentID": happened.parent,
            "epcList": [happened.epc] if happened.epc else None,
            _OF_KIND[happened.kind]: self.quantities(happened.goods),
            "outputQuantityList": self.quantities(happened.outputs),
            "readPoint": self.place(happened.read_point),
            "bizLocation": self.place(happened.location),
            "bizTransactionList": [
                {"type": kind, "bizTransaction": uri} for kind, uri in happened.transactions
            ],
            "sourceList": self.party("source", happened.source),
            "destinationList": self.party("destination", happened.destination),
            "sensorElementList": list(happened.sensors),
            "ilmd": dict(happened.ilmd),
        }
        if happened.persistent:
            said["persistentDisposition"] = {"set": [happened.persistent]}
        said |= {f"{PREFIX}:{name}": value for name, value in happened.more.items()}
        for name, goods in happened.goods_more.items():
            said[f"{PREFIX}:{name}"] = self.own_quantities(goods)
        return {name: value for name, value in said.items() if value not in (None, [], {})}

    def quantities(self, goods: tuple[Goods, ...]) -> list[dict[str, Any]]:
        """Of each lot how much, as far as the reader is told of it."""
        found = []
        for one in goods:
            if not (self.all or self.reader in one.parts):
                continue
            quantity = one.quantity if self.all else one.parts[self.reader]  # type: ignore[index]
            element: dict[str, Any] = {"epcClass": one.uri}
            if quantity is not None:
                element |= {"quantity": plain_number(quantity)} | uom(one.unit)
            found.append(element)
        return found

    def own_quantities(self, goods: tuple[Goods, ...]) -> list[dict[str, Any]]:
        """The same in a field of our own, whose inner names are ours too."""
        return [
            {f"{PREFIX}:{name}": value for name, value in element.items()}
            for element in self.quantities(goods)
        ]

    def knows(self, place: Place | None) -> bool:
        return place is not None and (self.all or place.party_id in (self.reader, self.hub))

    def place(self, place: Place | None) -> dict[str, str] | None:
        return {"id": location_uri(place.gln)} if place and self.knows(place) else None

    def party(self, side: str, place: Place | None) -> list[dict[str, str]]:
        if not (place and self.knows(place)):
            return []
        return [{"type": "possessing_party", side: party_uri(place.gln)}]


def instant(at: datetime) -> str:
    """A time as events say it: Jakarta's, to the millisecond."""
    return at.astimezone(JAKARTA).isoformat(timespec="milliseconds")


def plain_number(value: Decimal) -> int | float:
    """A quantity as a JSON number; three places and a hundred million fit a float exactly."""
    return int(value) if value == value.to_integral_value() else float(value)


def uom(unit: str) -> dict[str, str]:
    """The unit of a quantity: a measure's UN/ECE code; pieces and packs are counted without."""
    known = UNITS[unit]
    return {"uom": known.code} if known.kind == "mass" else {}
