"""Inspections on the wire, as the caller may know them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.core.quantity import Quantity, QuantityOrNone
from app.db.tx import Tx
from app.shipments.inspections import queries
from app.shipments.inspections.schemas import InspectionEffectOut, InspectionOut, VerdictOut


async def shown(tx: Tx, rows: Sequence[Row[Any]]) -> list[InspectionOut]:
    """*rows* with what they did, where the caller is the hub or a seller of the goods."""
    actor = tx.actor
    seller_id = None if actor.hub else actor.party_id
    told = [row.id for row in rows if actor.hub or row.sold]
    effects: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for effect in await queries.effects(tx, told, seller_id) if told else ():
        effects[effect["inspection_id"]].append(effect)
    return [_inspection(row, effects[row.id], seller_id) for row in rows]


def _inspection(
    row: Row[Any], effects: Sequence[Mapping[str, Any]], seller_id: UUID | None
) -> InspectionOut:
    buyer = seller_id is not None and not row.sold
    whole = buyer or seller_id is None or row.seller_id == seller_id
    return InspectionOut(
        id=row.id,
        lot_id=row.lot_id,
        number=row.number,
        inspector=row.inspector,
        sample=Quantity.model_construct(value=row.sample, unit=row.sample_unit),
        readings=row.readings,
        verdict=[_line(line, row.base_unit, whole=whole, noted=not buyer) for line in row.verdict],
        photo_ids=row.photo_ids,
        note=None if buyer else row.note,
        effects=[_effect(effect, row.base_unit) for effect in effects],
        at=row.at,
        livemode=row.livemode,
    )


def _line(said: Mapping[str, Any], unit: str, *, whole: bool, noted: bool) -> VerdictOut:
    quantity = Quantity.model_construct(value=Decimal(said["quantity"]), unit=unit)
    return VerdictOut(
        verdict=said["verdict"],
        quantity=quantity if whole else None,
        count=said["count"] if whole else None,
        grade=said["grade"],
        reason=said["reason"],
        note=said["note"] if noted else None,
    )


def _effect(row: Mapping[str, Any], unit: str) -> InspectionEffectOut:
    return InspectionEffectOut(
        event_id=row["event_id"],
        kind=row["kind"],
        lot_id=row["lot_id"],
        number=row["number"],
        quantity=QuantityOrNone.model_construct(value=row["quantity"], unit=unit),
        undone=row["undone"],
    )
