"""Hearing of shipments on the road: from people, carriers' systems, devices; one fact or many."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, NotFound, WrongState
from app.core.ids import decode
from app.core.text import Text
from app.db.tx import Tx
from app.http.batches import Batch
from app.shipments.models import Source
from app.shipments.shipments import queries
from app.shipments.shipments.codes import read_code
from app.shipments.shipments.rules import allowed, check_carries
from app.shipments.states import SHIPMENT
from app.shipments.tracking import rules
from app.shipments.tracking.adapters import Message
from app.shipments.tracking.queries import Named, carried
from app.shipments.tracking.schemas import TrackingEventIn, TrackingItemIn
from app.shipments.tracking.store import Told, store

_STATES = {"not_left", "ended"}
"""What is wrong with a fact because of where its shipment stands: a conflict, not a bad request."""


class Recorded(NamedTuple):
    """What became of a batch: how many facts were new, how many known, and what was wrong."""

    recorded: int
    repeated: int
    wrong: list[tuple[int, FieldError]]


async def track(tx: Tx, shipment_id: UUID, asked: TrackingEventIn) -> None:
    """Store a fact from the road; a repeat, or an older one than is known, changes nothing else.

    Raises WrongState for a cancelled shipment, for anything but `pending` before dispatch, and for
    what happened after the end.
    """
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    check_carries(row, tx.actor)
    SHIPMENT.check("track", row.status)
    fact = asked.fact()
    found = rules.wrong(row, fact, tx.now)
    if found is not None:
        raise _refusal(found, row, tx.actor)
    await store(tx, [row], [Told(row.id, fact, _source(tx, fact))])


def _refusal(found: FieldError, row: Row[Any], actor: Actor) -> Exception:
    if found.code in _STATES:
        return WrongState(
            found.detail, current_status=row.status, allowed_actions=allowed(row, actor)
        )
    return Invalid(errors=[found])


def _source(tx: Tx, fact: rules.Fact) -> Source:
    if fact.device is not None:
        return Source.DEVICE
    return Source.STAFF if tx.actor.hub else Source.CARRIER


async def record_many(tx: Tx, batch: Batch[TrackingItemIn]) -> Recorded:
    """Store the facts of *batch* that can be true; what is wrong with the others is said.

    Shipments that the caller does not carry are not there. Few statements for any number of facts.
    """
    wrong = list(batch.wrong)
    names = [_named(item) for _, item in batch.items]
    shipments = await carried(tx, names)
    told: list[Told] = []
    for (place, item), name in zip(batch.items, names, strict=True):
        row, fact = shipments.find(name), item.fact()
        error = _not_found(item) if row is None else rules.wrong(row, fact, tx.now)
        if error is not None:
            wrong.append((place, error))
        else:
            assert row is not None
            told.append(Told(row.id, fact, _source(tx, fact)))
    new = await store(tx, shipments.rows, told)
    return Recorded(new, len(told) - new, wrong)


def _not_found(item: TrackingItemIn) -> FieldError:
    """The first way in which the item names a shipment leads to none of the caller's."""
    ways = ("shipment_id", "tracking_code", "waybill")
    named = next((way for way in ways if getattr(item, way) is not None), ways[0])
    return FieldError(f"/{named}", "not_found", _NONE_SUCH)


_NONE_SUCH = Text(
    "You carry no such shipment.", "Tidak ada pengiriman seperti ini yang Anda angkut."
)


def _named(item: TrackingItemIn) -> Named:
    """How an item says which shipment it is about; what cannot be an id names nothing."""
    shipment_id = None
    if item.shipment_id is not None:
        try:
            shipment_id = decode(SHIPMENT.prefix, item.shipment_id)
        except ValueError:
            return Named()
    code = read_code(item.tracking_code) if item.tracking_code is not None else None
    return Named(shipment_id, code, item.waybill)


async def hear(tx: Tx, message: Message) -> bool:
    """Store what a carrier's own system says; whether it was new.

    Raises NotFound for a shipment that the caller does not carry, WrongState for one that has not
    left.
    """
    shipments = await carried(tx, [message.named])
    row = shipments.find(message.named)
    if row is None:
        raise NotFound
    SHIPMENT.check("track", row.status)
    fact = message.fact(tx.now)
    found = rules.wrong(row, fact, tx.now)
    if found is not None:
        raise _refusal(found, row, tx.actor)
    return bool(await store(tx, [row], [Told(row.id, fact, Source.WEBHOOK)]))
