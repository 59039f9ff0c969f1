"""Hearing of a shipment on the road."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.core.actor import Actor
from app.core.errors import WrongState, invalid
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.shipments.shipments import queries
from app.shipments.shipments.commands import audience
from app.shipments.shipments.queries import SHIPMENTS
from app.shipments.shipments.rules import allowed, check_carries
from app.shipments.states import SHIPMENT, ShipmentStatus, TrackingStatus
from app.shipments.tracking import rules
from app.shipments.tracking.rules import Heard
from app.shipments.tracking.schemas import TrackingEventIn

_HEAR = """
INSERT INTO tracking_events
  (id, shipment_id, status, occurred_at, recorded_at, place, reason, external_id, party_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING true
"""


async def track(tx: Tx, shipment_id: UUID, asked: TrackingEventIn) -> None:
    """Store a fact from the road; a repeat, or an older one than is known, changes nothing else.

    Raises WrongState for a cancelled shipment, and for anything but `pending` before dispatch.
    """
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    check_carries(row, tx.actor)
    SHIPMENT.check("track", row.status)
    _check_time(asked.occurred_at, tx.now, row.created_at)
    if row.status == ShipmentStatus.PLANNED and asked.status != TrackingStatus.PENDING:
        raise _not_left(row, tx.actor)
    if not await _hear(tx, row.id, asked):
        return
    known = Heard(row.tracking_status, row.tracked_at)
    shown = rules.newest(known, Heard(asked.status, asked.occurred_at))
    moves = row.status == ShipmentStatus.DISPATCHED and asked.status in rules.ON_THE_ROAD
    if not moves and shown == known:
        return
    await move(
        tx,
        SHIPMENT,
        SHIPMENTS,
        row,
        "move" if moves else "track",
        ShipmentStatus.IN_TRANSIT if moves else row.status,
        audience=audience(row),
        data=_told(row, shown),
        tracking_status=shown.status,
        tracked_at=shown.at,
    )


async def _hear(tx: Tx, shipment_id: UUID, asked: TrackingEventIn) -> bool:
    """Store the fact; False when it was told before."""
    return bool(
        await tx.sql_value(
            _HEAR,
            new_id(),
            shipment_id,
            asked.status,
            asked.occurred_at,
            tx.now,
            asked.place,
            asked.reason,
            asked.external_id,
            tx.actor.party_id,
        )
    )


def _told(row: Row[Any], shown: Heard) -> dict[str, Any]:
    at = shown.at.isoformat() if shown.at else None
    return {
        "number": row.number,
        "tracking_code": row.tracking_code,
        "tracking_status": shown.status,
        "tracked_at": at,
    }


def _not_left(row: Row[Any], actor: Actor) -> WrongState:
    return WrongState(
        Text(
            "This shipment has not left: only pending can be said of it. Dispatch it first.",
            "Pengiriman ini belum berangkat: hanya pending yang bisa dicatat. Berangkatkan dulu.",
        ),
        current_status=row.status,
        allowed_actions=allowed(row, actor),
    )


def _check_time(occurred_at: datetime, now: datetime, planned_at: datetime) -> None:
    if occurred_at > now + rules.MOST_AHEAD:
        raise invalid(
            "/occurred_at",
            "in_future",
            "This is in the future; check the clock and the time zone.",
            "Waktu ini belum terjadi; periksa jam dan zona waktunya.",
        )
    if occurred_at < planned_at - rules.MOST_BEFORE:
        raise invalid(
            "/occurred_at",
            "too_old",
            "This is more than a year before the shipment was planned.",
            "Waktu ini lebih dari setahun sebelum pengiriman direncanakan.",
        )
