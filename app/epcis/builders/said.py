"""What a builder is given and what it says, and the words that builders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.epcis import keys
from app.epcis.facts import Facts, Lot
from app.epcis.story import Goods, Happened, Place


@dataclass(frozen=True)
class Fed:
    """One event of the feed."""

    type: str
    object_id: UUID
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Withdrawn:
    """What was told of *fact_id* is declared an error, at *at*: it did not happen, or otherwise."""

    fact_id: UUID
    at: datetime
    reason: str


@dataclass(frozen=True)
class Left:
    """A shipment has left for its buyer, who is told now how its goods came to be."""

    shipment_id: UUID
    buyer_id: UUID


Said = Happened | Withdrawn | Left
Builder = Callable[[Fed, Facts], Iterator[Said]]


def goods(facts: Facts, lot: Lot, quantity: Decimal | None) -> Goods:
    """*quantity* of *lot*: its seller's; of goods of many, each seller knows only that it is in."""
    alone = len(lot.sellers) == 1
    parts = dict.fromkeys(lot.sellers, quantity if alone else None)
    return Goods(lot.id, facts.refer.lot(lot.item, lot.number), lot.unit, quantity, parts)


def hub_place(facts: Facts) -> Place:
    """The hub itself."""
    return Place(facts.refer.gln(facts.hub), facts.hub)


def home(facts: Facts, lot: Lot) -> Place:
    """Where a lot's goods were made."""
    return Place(facts.refer.gln(lot.home_id), lot.home_party)


def whereabouts(facts: Facts, lot: Lot, at: datetime) -> Place:
    """Where a lot stands before it leaves: at the hub, or still at its farm."""
    came = lot.received_at is not None and lot.received_at <= at
    return hub_place(facts) if came or lot.made_at == "hub" else home(facts, lot)


def gone(lot: Lot, at: datetime) -> bool:
    """Whether a lot has left for its buyer by then."""
    return lot.left_at is not None and lot.left_at <= at


def transaction(facts: Facts, kind: str, number: str) -> tuple[str, str]:
    """A document of the hub's, by its number."""
    return kind, keys.transaction_uri(facts.refer.gln(facts.hub), number)
