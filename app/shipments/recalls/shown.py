"""A recall on the wire, as the caller may know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access.authorize import authorized
from app.core.actor import Actor
from app.core.quantity import Quantity, QuantityOrNone
from app.db.tx import Tx
from app.shipments.recalls import queries
from app.shipments.recalls.schemas import (
    RecallDetail,
    RecalledLotOut,
    RecalledShipmentOut,
    RecallOut,
    RecallReceiverOut,
)
from app.shipments.recalls.states import RECALL
from app.shipments.states import ShipmentStatus

S = ShipmentStatus

_FOR_THE_HUB = ("end_note", "seller_id", "produced_from", "produced_until", "commodity_id")
_WAITING = {S.PLANNED, S.LOADING}
_HANDED_OVER = {S.DELIVERED, S.CLOSED}
_THERE = _HANDED_OVER | {S.ARRIVED}


def recall_out(row: Any, actor: Actor) -> RecallOut:
    """A recall's row on the wire."""
    return RecallOut(**_fields(row, actor))


def _fields(row: Any, actor: Actor) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    if not actor.hub:
        fields |= dict.fromkeys(_FOR_THE_HUB)
    return fields | {"allowed_actions": actor.allowed(RECALL, row.status)}


async def read(tx: Tx, recall_id: UUID) -> RecallDetail:
    """The recall with everybody who has some of it; for a buyer its own part."""
    row = await authorized(tx, queries.recall(tx, recall_id))
    buyer_id = None if tx.actor.hub else tx.actor.party_id
    await tx.as_hub()  # how much of its goods is recalled, sellers' shares say
    lots = await queries.lots(tx, row.id, buyer_id)
    loads = await queries.loads(tx, row.id, buyer_id)
    on_hand: dict[str, Decimal] = defaultdict(Decimal)
    for lot in lots if tx.actor.hub else ():
        on_hand[lot["base_unit"]] += lot["on_hand"]
    return RecallDetail(
        **_fields(row, tx.actor),
        lots=[_lot(lot, tx.actor) for lot in lots],
        shipments=_shipments(loads, tx.actor),
        receivers=_receivers(loads),
        on_hand=[_of(Quantity, value, unit) for unit, value in on_hand.items() if value],
    )


def _of(kind: type[Quantity], value: Decimal, unit: str) -> Any:
    return kind.model_construct(value=value, unit=unit)


def _lot(row: Mapping[str, Any], actor: Actor) -> RecalledLotOut:
    fields = dict(row)
    unit = fields.pop("base_unit")
    fields["quantity"] = _of(Quantity, row["quantity"], unit)
    fields["on_hand"] = _of(QuantityOrNone, row["on_hand"], unit)
    if not actor.hub:
        fields |= {"source": None, "seller_id": None}
    return RecalledLotOut(**fields)


def _shipments(loads: Sequence[Mapping[str, Any]], actor: Actor) -> list[RecalledShipmentOut]:
    lots: dict[UUID, list[UUID]] = defaultdict(list)
    first: dict[UUID, Mapping[str, Any]] = {}
    for load in loads:
        first.setdefault(load["id"], load)
        lots[load["id"]].append(load["lot_id"])
    return [
        RecalledShipmentOut(
            shipment_id=each,
            number=row["number"],
            tracking_code=row["tracking_code"],
            status=row["status"],
            tracking_status=row["tracking_status"],
            place=_place(row, actor),
            carrier_id=row["carrier_id"],
            buyer_id=row["buyer_id"],
            to_site_id=row["to_site_id"],
            dispatched_at=row["dispatched_at"],
            delivered_at=row["delivered_at"],
            lot_ids=lots[each],
        )
        for each, row in first.items()
    ]


def _place(row: Mapping[str, Any], actor: Actor) -> str | None:
    """Where a shipment is, as far as is known; a farm's name is not for its buyer."""
    begun: str = row["from_place"] if actor.hub else row["from_region"]
    if row["status"] in _THERE:
        there: str = row["to_place"]
        return there
    if row["status"] in _WAITING | {S.RETURNED}:
        return begun
    return row["heard_place"] or begun


def _receivers(loads: Sequence[Mapping[str, Any]]) -> list[RecallReceiverOut]:
    sums: dict[tuple[UUID, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    first: dict[tuple[UUID, str], Mapping[str, Any]] = {}
    for load in loads:
        if load["status"] == S.RETURNED:
            continue  # the receiver has nothing of it
        key = load["to_site_id"], load["base_unit"]
        first.setdefault(key, load)
        sums[key][_how(load)] += load["quantity"]
    return [
        RecallReceiverOut(
            buyer_id=row["buyer_id"],
            buyer_name=row["buyer_name"],
            site_id=row["to_site_id"],
            place=row["to_place"],
            **{
                name: _of(QuantityOrNone, sums[key][name], key[1])
                for name in ("received", "on_the_road", "waiting")
            },
        )
        for key, row in first.items()
    ]


def _how(load: Mapping[str, Any]) -> str:
    """Where goods are; with a receipt they are the receiver's, though nobody said delivered."""
    if load["status"] in _HANDED_OVER or load["received"]:
        return "received"
    return "waiting" if load["status"] in _WAITING else "on_the_road"
