"""Legs on the wire: a round stop by stop, and at each what is put on, taken off and aboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.actor import Actor
from app.core.ids import AllocationId, LegId, PartyId, ShipmentId, SiteId
from app.core.quantity import NotNegative, Quantity
from app.db.tx import Tx
from app.http.wire import Stateful
from app.shipments.legs import queries, rules
from app.shipments.legs.models import LegKind
from app.shipments.legs.schemas import LegCancelReason
from app.shipments.legs.states import LegStatus


class VehicleOut(BaseModel):
    """What drives, and how much it carries."""

    plate: str | None = Field(examples=["AG 8123 KT"])
    kind: str | None = Field(examples=["truk engkel"])
    capacity_kg: NotNegative


class LegGoodsOut(BaseModel):
    """Goods of one sort on a truck."""

    name: str = Field(examples=["Chicken eggs"])
    name_id: str = Field(description="The name in Indonesian.", examples=["Telur ayam ras"])
    grade: str | None
    quantity: Quantity


class LegLoadOut(BaseModel):
    """What rides from one stop to a later one."""

    allocation_id: AllocationId | None
    shipment_id: ShipmentId | None
    number: str | None = Field(description="Of the shipment.", examples=["SHP-2026-000001"])
    seller_id: PartyId | None = Field(description="For the hub, and for the seller itself.")
    to_place: str | None = Field(description="Where the shipment goes in the end.")
    goods: list[LegGoodsOut]
    lots: int | None = Field(description="How many lots are in the shipment.")
    weight_kg: NotNegative | None = Field(
        description="As said, or as its goods kept in kilograms weigh; null where nobody knows."
    )
    from_stop: int
    to_stop: int
    gone: bool = Field(
        description="It does not come after all: its order or shipment ended, or the seller "
        "brings nothing. It weighs nothing here."
    )


class LegStopOut(BaseModel):
    """A stop of a round."""

    position: int
    site_id: SiteId
    place: str = Field(examples=["Kandang Garum, Kabupaten Blitar"])
    region: str = Field(examples=["Kabupaten Blitar"])
    window_from: datetime | None
    window_until: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    note: str | None
    pick_up: list[LegLoadOut]
    set_down: list[LegLoadOut]
    aboard_kg: NotNegative | None = Field(
        description="How much is aboard after it, as far as weights are known. Not for sellers."
    )
    free_kg: NotNegative | None = Field(description="How much more the vehicle could carry then.")


class LegOut(Stateful):
    """One vehicle's round."""

    id: LegId
    number: str = Field(examples=["LEG-2026-000017"])
    status: LegStatus
    kind: LegKind
    carrier_id: PartyId | None
    vehicle: VehicleOut
    driver_name: str | None = Field(examples=["Pak Slamet"])
    depart_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    reason: LegCancelReason | None
    note: str | None
    livemode: bool
    created_at: datetime


class LegDetail(LegOut):
    """A round with its stops and load lists: all of it for the hub and its carrier.

    A seller reads only its own stops, and what is picked up there.
    """

    stops: list[LegStopOut]
    unweighed: list[LegLoadOut] = Field(
        description="What weighs more than is counted, or nobody knows how much: say weight_kg."
    )


async def read(tx: Tx, leg_id: UUID) -> LegDetail:
    """The leg with its load lists, as the caller may see it. Raises NotFound, Forbidden."""
    row = await authorized(tx, queries.leg(tx, leg_id))
    await tx.as_hub()  # a load list names goods of many sellers, and shipments of many buyers
    stops, loads = await queries.stops(tx, row.id), await queries.loads(tx, [row.id])
    return detail(row, stops, loads, tx.actor)


def detail(
    row: Row[Any],
    stops: Sequence[Mapping[str, Any]],
    loads: Sequence[Mapping[str, Any]],
    actor: Actor,
) -> LegDetail:
    """A leg with its stops and loads on the wire, as *actor* may know it."""
    whole = rules.drives(row, actor)
    known = rules.aboard(len(stops), rules.weighed(loads))
    seen = [load for load in loads if whole or load["seller_id"] == actor.party_id]
    shown = [(load, _load(load, actor)) for load in seen]
    ends = {load["from_position"] for load in seen}
    return LegDetail(
        **_fields(row, actor),
        stops=[
            _stop(stop, shown, known[stop["position"] - 1] if whole else None, row.capacity_kg)
            for stop in stops
            if whole or stop["position"] in ends
        ],
        unweighed=[out for load, out in shown if load["unweighed"] and not load["gone"]],
    )


def leg_out(row: Row[Any], actor: Actor) -> LegOut:
    """A leg's row on the wire, as *actor* may know it."""
    return LegOut(**_fields(row, actor))


def _fields(row: Row[Any], actor: Actor) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    fields["vehicle"] = VehicleOut(
        plate=row.vehicle_plate, kind=row.vehicle_kind, capacity_kg=row.capacity_kg
    )
    return fields | {"allowed_actions": rules.allowed(row, actor)}


def _stop(
    stop: Mapping[str, Any],
    loads: Sequence[tuple[Mapping[str, Any], LegLoadOut]],
    aboard: Decimal | None,
    capacity: Decimal,
) -> LegStopOut:
    position = stop["position"]
    return LegStopOut(
        **stop,
        pick_up=[out for _, out in loads if out.from_stop == position],
        set_down=[out for _, out in loads if out.to_stop == position],
        aboard_kg=aboard,
        free_kg=None if aboard is None else max(capacity - aboard, Decimal(0)),
    )


def _load(row: Mapping[str, Any], actor: Actor) -> LegLoadOut:
    if row["allocation_id"] is not None:
        goods = [
            {"name": row["name"], "name_id": row["name_id"], "grade": row["grade"]}
            | {"value": row["quantity"], "unit": row["unit"]}
        ]
    else:
        goods = row["goods"] or []
    known = actor.hub or row["seller_id"] == actor.party_id
    return LegLoadOut(
        allocation_id=row["allocation_id"],
        shipment_id=row["shipment_id"],
        number=row["number"],
        seller_id=row["seller_id"] if known else None,
        to_place=row["to_place"],
        goods=[_goods(each) for each in goods],
        lots=row["lots"],
        weight_kg=row["kg"],
        from_stop=row["from_position"],
        to_stop=row["to_position"],
        gone=row["gone"],
    )


def _goods(said: Mapping[str, Any]) -> LegGoodsOut:
    return LegGoodsOut(
        name=said["name"],
        name_id=said["name_id"],
        grade=said["grade"],
        quantity=Quantity.model_construct(value=Decimal(said["value"]), unit=said["unit"]),
    )
