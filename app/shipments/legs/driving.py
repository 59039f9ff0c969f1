"""A leg on the road: it leaves, comes to its stops, and is over.

A driver without a connection says everything late, twice, and in one go. So what happened at a stop
follows from how far the vehicle is known to be, not from which message came first: who is at the
third stop has left the second. Whatever was told before is told again in vain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.errors import NotFound
from app.db.tx import Tx
from app.events.move import move
from app.shipments import chain
from app.shipments.legs import queries, rules
from app.shipments.legs.models import LegKind
from app.shipments.legs.planning import audience
from app.shipments.legs.queries import LEGS
from app.shipments.legs.states import LEG, LegStatus
from app.shipments.shipments import facts
from app.shipments.shipments import queries as shipments
from app.shipments.shipments.commands.common import Held, advance
from app.shipments.shipments.commands.road import leave as leave_with
from app.shipments.shipments.schemas import HappenedIn
from app.shipments.states import UNDERWAY, ShipmentStatus, TrackingStatus
from app.shipments.tracking.rules import Heard, newest

S, T = ShipmentStatus, TrackingStatus

_SAY_WHEN = "UPDATE leg_stops SET {column} = $3 WHERE leg_id = $1 AND position = $2"
_NOT_LEFT = (S.PLANNED, S.LOADING)
_ON_THE_ROAD = set(S) - {S.PLANNED, S.LOADING, S.CANCELLED}
"""What has left, wherever it is by now: what is told late is of then."""


class Here(NamedTuple):
    """What was said of a stop, and when it happened: ``arrived_at`` or ``left_at``."""

    position: int
    what: str
    at: datetime


async def start(tx: Tx, leg_id: UUID, asked: HappenedIn) -> None:
    """The vehicle has left its first stop, with what is loaded there; once it has, nothing happens.

    Raises Forbidden for whoever does not drive it, WrongState when it was called off, and whatever
    the dispatching of shipments does.
    """
    row = await _held(tx, leg_id)
    if row.status in (LegStatus.UNDERWAY, LegStatus.COMPLETED):
        return
    LEG.check("start", row.status)
    at = asked.occurred_at or tx.now
    await _happens(tx, row, Here(1, "left_at", at))
    await _move(tx, row, "start", LegStatus.UNDERWAY, 1, started_at=at)


async def reach(tx: Tx, leg_id: UUID, position: int, asked: HappenedIn) -> None:
    """The vehicle has come to a stop. Shipments that go there have arrived.

    Told again it changes nothing. Raises NotFound for a stop it does not make, Invalid for a time
    that cannot be, WrongState before it started; Forbidden.
    """
    await _stop(tx, leg_id, "reach", position, "arrived_at", asked.occurred_at)


async def leave(tx: Tx, leg_id: UUID, position: int, asked: HappenedIn) -> None:
    """The vehicle has left a stop, with the shipments loaded there. As `reach` otherwise."""
    await _stop(tx, leg_id, "leave", position, "left_at", asked.occurred_at)


async def complete(tx: Tx, leg_id: UUID, asked: HappenedIn) -> None:
    """The round is over: all of its stops were made, also those nobody spoke of.

    Told again it changes nothing. Raises Forbidden, WrongState before it started.
    """
    row = await _held(tx, leg_id)
    if row.status == LegStatus.COMPLETED:
        return
    LEG.check("complete", row.status)
    stops = await queries.stops(tx, row.id)
    at, last = asked.occurred_at or tx.now, len(stops)
    rules.check_time(at, tx.now, row, stops, last, "left_at")
    await _catch_up(tx, row, stops, Here(last, "left_at", at), over=True)
    await _move(tx, row, "complete", LegStatus.COMPLETED, last, ended_at=at)


async def _held(tx: Tx, leg_id: UUID) -> Row[Any]:
    """The leg, locked before all that rides on it; from here on in the hub's scope."""
    row = await authorized(tx, queries.leg(tx, leg_id, lock=True))
    rules.check_drives(row, tx.actor)
    await tx.as_hub()  # its driver moves buyers' shipments, their orders and sellers' allocations
    return row


async def _stop(
    tx: Tx, leg_id: UUID, action: str, position: int, what: str, occurred_at: datetime | None
) -> None:
    row = await _held(tx, leg_id)
    stops = await queries.stops(tx, row.id)
    if position > len(stops):
        raise NotFound
    LEG.check(action, row.status)
    if stops[position - 1][what] is not None:
        return
    await _happens(tx, row, Here(position, what, occurred_at or tx.now), stops)
    await _move(tx, row, action, row.status, position)


async def _happens(
    tx: Tx, row: Row[Any], here: Here, stops: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Write down when it was, and do what follows from that."""
    if stops is None:
        stops = await queries.stops(tx, row.id)
    rules.check_time(here.at, tx.now, row, stops, here.position, here.what)
    await tx.sql(_SAY_WHEN.format(column=here.what), row.id, here.position, here.at)
    known = [
        dict(stop) | ({here.what: here.at} if stop["position"] == here.position else {})
        for stop in stops
    ]
    await _catch_up(tx, row, known, here)


async def _move(tx: Tx, row: Row[Any], action: str, to: str, position: int, **values: Any) -> None:
    await move(
        tx,
        LEG,
        LEGS,
        row,
        action,
        to,
        audience=audience(row),
        data={"number": row.number, "position": position},
        **values,
    )


async def _catch_up(
    tx: Tx,
    leg: Row[Any],
    stops: Sequence[Mapping[str, Any]],
    here: Here,
    *,
    over: bool = False,
) -> None:
    """Bring the shipments on board to where the vehicle is: they leave, are heard of, arrive.

    The same statements for any number of them.
    """
    far = rules.progress(stops, over=over)
    loads = {row["shipment_id"]: row for row in await queries.loads(tx, [leg.id])}
    loads.pop(None, None)
    if not loads:
        return
    due = [
        shipment_id
        for shipment_id, load in loads.items()
        if load["from_position"] <= far.left and load["shipment_status"] in _NOT_LEFT
    ]
    orders = await chain.hold(tx, due)
    rows = await shipments.locked(tx, loads)
    leaving = [row for row in rows if row.id in due and row.status in _NOT_LEFT]
    if leaving:
        await leave_with(tx, Held(leaving, orders), leaving, here.at)
        rows = await shipments.locked(tx, loads)
    fresh = {row.id for row in leaving} if here.what == "left_at" else ()
    heard = [row for row in rows if row.id not in fresh]
    await _heard(tx, leg, heard, loads, here, stops[here.position - 1]["region"])
    await _arrived(tx, rows, loads, stops, far.reached, here.at)


async def _heard(
    tx: Tx,
    leg: Row[Any],
    rows: Sequence[Row[Any]],
    loads: Mapping[UUID, Mapping[str, Any]],
    here: Here,
    region: str,
) -> None:
    """Say of what was aboard where it was; of what was put on here, that it went on."""
    riding = [
        row
        for row in rows
        if row.status in _ON_THE_ROAD and not (row.ended_at and row.ended_at < here.at)
    ]
    if here.what == "arrived_at":
        status = T.IN_TRANSIT
        told = [
            row
            for row in riding
            if loads[row.id]["from_position"] < here.position <= loads[row.id]["to_position"]
        ]
    else:
        status = T.OUT_FOR_DELIVERY if leg.kind == LegKind.LAST_MILE else T.IN_TRANSIT
        told = [row for row in riding if loads[row.id]["from_position"] == here.position]
    if not told:
        return
    await facts.say(tx, told, status, at=here.at, place=region)
    heard = Heard(status, here.at)
    await advance(tx, [r for r in told if r.status == S.DISPATCHED], "move", S.IN_TRANSIT)
    moved = [r for r in told if r.status != S.DISPATCHED]
    newer = [r for r in moved if newest(Heard(r.tracking_status, r.tracked_at), heard) == heard]
    await advance(tx, newer, "track", None)


async def _arrived(
    tx: Tx,
    rows: Sequence[Row[Any]],
    loads: Mapping[UUID, Mapping[str, Any]],
    stops: Sequence[Mapping[str, Any]],
    reached: int,
    at: datetime,
) -> None:
    """What is set down where it goes has arrived."""
    there = [
        row.id
        for row in rows
        if row.status in UNDERWAY
        and loads[row.id]["to_position"] <= reached
        and stops[loads[row.id]["to_position"] - 1]["site_id"] == row.to_site_id
    ]
    if there:
        moved = await shipments.locked(tx, there)  # being heard of may have moved them
        await advance(tx, moved, "arrive", S.ARRIVED, arrived_at=at)
