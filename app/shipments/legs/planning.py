"""Planning a leg, planning it anew, calling it off.

A leg holds nothing but a place on a truck: what rides on it is held by orders and shipments, which
end by themselves. What does not come after all is shown as gone, and weighs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import update

from app.access.authorize import authorized
from app.core.ids import new_id
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.shipments.legs import fitting, queries, rules
from app.shipments.legs.models import Leg, LegKind
from app.shipments.legs.queries import LEGS
from app.shipments.legs.schemas import LegCancelIn, LegIn
from app.shipments.legs.states import LEG, LegStatus
from app.shipments.shipments import queries as shipments
from app.shipments.shipments.rules import place

_INSERT = f"""
INSERT INTO legs (id, status, number, seller_ids, kind, carrier_id, vehicle_plate, vehicle_kind,
  driver_name, capacity_kg, depart_at, livemode, created_at)
VALUES ($1, $2, {number_sql("leg")}, '{{}}', $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING *
"""
_CLEAR = """
WITH taken_off AS (DELETE FROM leg_loads WHERE leg_id = $1)
DELETE FROM leg_stops WHERE leg_id = $1
"""
_WRITE_STOPS = """
INSERT INTO leg_stops (leg_id, position, site_id, party_id, place, region, window_from,
  window_until, note, livemode)
SELECT $1, s.n, s.site_id, s.party_id, s.place, s.region, s.window_from, s.window_until, s.note, $2
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
  $9::text[]) WITH ORDINALITY
  AS s(site_id, party_id, place, region, window_from, window_until, note, n)
"""
_WRITE_LOADS = """
INSERT INTO leg_loads (id, leg_id, from_position, to_position, allocation_id, shipment_id,
  seller_id, quantity, weight_kg, livemode)
SELECT uuidv7(), $1, l.from_position, l.to_position, l.allocation_id, l.shipment_id, l.seller_id,
  l.quantity, l.weight_kg, $2
FROM unnest($3::int[], $4::int[], $5::uuid[], $6::uuid[], $7::uuid[], $8::numeric[], $9::numeric[])
  AS l(from_position, to_position, allocation_id, shipment_id, seller_id, quantity, weight_kg)
"""


async def create(tx: Tx, asked: LegIn) -> UUID:
    """Plan a vehicle's round; its id.

    Raises NotFound or Invalid for stops and loads that do not fit together, OverPlanned for more
    than there is to collect, OverCapacity for more than the vehicle carries.
    """
    places = await _places(tx, asked)
    made = await tx.sql_row(
        _INSERT,
        new_id(),
        LegStatus.PLANNED,
        *_vehicle(asked).values(),
        tx.actor.livemode,
        tx.now,
    )
    assert made is not None
    seller_ids = await _write(tx, made["id"], made["number"], asked, places)
    await tx.run(update(LEGS).where(Leg.id == made["id"]).values(seller_ids=seller_ids))
    change = Change(
        LEG,
        "create",
        made["id"],
        made["version"],
        made["status"],
        audience=_audience(asked.carrier_id, seller_ids),
        data={"number": made["number"], "kind": asked.kind},
    )
    await record(tx, [change])
    leg_id: UUID = made["id"]
    return leg_id


def _vehicle(asked: LegIn) -> dict[str, Any]:
    return {
        "kind": asked.kind,
        "carrier_id": asked.carrier_id,
        "vehicle_plate": asked.vehicle.plate,
        "vehicle_kind": asked.vehicle.kind,
        "driver_name": asked.driver_name,
        "capacity_kg": asked.vehicle.capacity_kg,
        "depart_at": asked.depart_at,
    }


def _audience(carrier_id: UUID | None, seller_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    return (carrier_id, *seller_ids) if carrier_id else tuple(seller_ids)


def audience(row: Any) -> tuple[UUID, ...]:
    """The parties besides the hub that may hear of a leg: its carrier, and sellers on its way."""
    return _audience(row.carrier_id, row.seller_ids)


async def _places(tx: Tx, asked: LegIn) -> list[asyncpg.Record]:
    """The places of a plan's stops. Raises NotFound or Invalid for what cannot be a plan."""
    fitting.check_loads(asked)
    places = await queries.places(tx, [stop.site_id for stop in asked.stops], asked.carrier_id)
    fitting.check_stops(asked, places)
    return places


async def _write(
    tx: Tx, leg_id: UUID, number: str, asked: LegIn, places: list[asyncpg.Record]
) -> list[UUID]:
    """Write stops and loads of a leg that has none, as far as they fit; whom it comes to."""
    if asked.kind == LegKind.COLLECTION:
        sellers, collected = await _collected(tx, leg_id, asked, places)
    else:
        sellers, collected = await _carried(tx, leg_id, asked, places)
    await tx.sql(
        _WRITE_STOPS,
        leg_id,
        tx.actor.livemode,
        [row["id"] for row in places],
        [row["party_id"] for row in places],
        [place(row["name"], row["region"]) for row in places],
        [row["region"] for row in places],
        [stop.window_from for stop in asked.stops],
        [stop.window_until for stop in asked.stops],
        [stop.note for stop in asked.stops],
    )
    await tx.sql(
        _WRITE_LOADS,
        leg_id,
        tx.actor.livemode,
        [load.from_stop for load in asked.loads],
        [load.to_stop for load in asked.loads],
        [load.allocation_id for load in asked.loads],
        [load.shipment_id for load in asked.loads],
        sellers,
        collected,
        [load.weight_kg for load in asked.loads],
    )
    loads = rules.weighed(await queries.loads(tx, [leg_id]))
    rules.check_capacity(number, asked.vehicle.capacity_kg, len(asked.stops), loads)
    return sorted({seller for seller in sellers if seller})


async def _collected(
    tx: Tx, leg_id: UUID, asked: LegIn, places: Sequence[Mapping[str, Any]]
) -> tuple[list[UUID | None], list[Decimal | None]]:
    ids = [load.allocation_id for load in asked.loads if load.allocation_id]
    allocations = await queries.allocations(tx, ids)
    planned = await queries.planned(tx, ids, leg_id)
    collected = fitting.quantities(asked, places, allocations, planned)
    return [allocations[id]["seller_id"] for id in ids], [*collected]


async def _carried(
    tx: Tx, leg_id: UUID, asked: LegIn, places: Sequence[Mapping[str, Any]]
) -> tuple[list[UUID | None], list[Decimal | None]]:
    ids = [load.shipment_id for load in asked.loads if load.shipment_id]
    rows = {row.id: row for row in await shipments.locked(tx, ids)}
    fitting.check_rides(asked, places, rows, await queries.stretches(tx, ids, leg_id))
    return [None] * len(ids), [None] * len(ids)


async def replan(tx: Tx, leg_id: UUID, asked: LegIn) -> None:
    """A whole new plan for a leg that has not left. Raises as `create`; WrongState."""
    row = await authorized(tx, queries.leg(tx, leg_id, lock=True))
    LEG.check("replan", row.status)
    places = await _places(tx, asked)
    await tx.sql(_CLEAR, row.id)
    seller_ids = await _write(tx, row.id, row.number, asked, places)
    told = {*audience(row), *_audience(asked.carrier_id, seller_ids)}
    await move(
        tx,
        LEG,
        LEGS,
        row,
        "replan",
        row.status,
        audience=tuple(sorted(told)),
        data={"number": row.number, "kind": asked.kind},
        seller_ids=seller_ids,
        **_vehicle(asked),
    )


async def cancel(tx: Tx, leg_id: UUID, asked: LegCancelIn) -> None:
    """It does not leave: what rode on it can be planned anew. Raises WrongState."""
    row = await authorized(tx, queries.leg(tx, leg_id, lock=True))
    await move(
        tx,
        LEG,
        LEGS,
        row,
        "cancel",
        LegStatus.CANCELLED,
        audience=audience(row),
        data={"number": row.number, "reason": asked.reason},
        reason=asked.reason,
        note=asked.note,
        ended_at=tx.now,
    )


async def lock_ridden(tx: Tx, shipment_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Lock the planned legs a shipment rides on, before what it carries is changed."""
    return await queries.ridden(tx, shipment_id)


async def rides_on_others(tx: Tx, shipment_id: UUID, legs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether legs were planned with a shipment while it was waited for, besides locked *legs*."""
    return bool(await queries.rides_on(tx, shipment_id) - {leg["id"] for leg in legs})


async def check_ridden(tx: Tx, legs: Sequence[Mapping[str, Any]]) -> None:
    """Raises OverCapacity when what was changed made one of *legs* too heavy."""
    if not legs:
        return
    loads = await queries.loads(tx, [leg["id"] for leg in legs])
    for leg in legs:
        riding = rules.weighed([load for load in loads if load["leg_id"] == leg["id"]])
        last = max(load.to_position for load in riding)
        rules.check_capacity(leg["number"], leg["capacity_kg"], last, riding)
