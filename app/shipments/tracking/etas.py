"""When a shipment is expected: said, and said anew; each estimate stays on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select

from app.access.authorize import authorized
from app.core.clock import JAKARTA, MOST_AHEAD
from app.core.errors import invalid
from app.db.tx import Tx
from app.events.move import move
from app.shipments.models import DelayRule, ShipmentEta, Source
from app.shipments.shipments import queries
from app.shipments.shipments.queries import SHIPMENTS
from app.shipments.shipments.rules import audience, check_carries
from app.shipments.states import SHIPMENT
from app.shipments.tracking.schemas import EstimateIn

ETAS: Table = ShipmentEta.__table__  # type: ignore[assignment]

FARTHEST = timedelta(days=60)
"""No goods of the hub are on the road for two months; a later estimate is a typing error."""

_REVISE = """
INSERT INTO shipment_etas
  (shipment_id, revision, eta_at, reason, note, source, party_id, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def estimate(tx: Tx, shipment_id: UUID, asked: EstimateIn) -> None:
    """From now on the shipment is expected then: whoever says so has heard of it. The same estimate
    again changes nothing.

    Past the promised day it counts as delayed at once; an estimate that keeps the promise, or only
    moves what was overdue, takes the mark off again. Raises Forbidden, WrongState, Invalid.
    """
    row = await authorized(tx, queries.shipment(tx, shipment_id, lock=True))
    check_carries(row, tx.actor)
    check_eta(asked.eta_at, tx.now)
    if row.eta_at == asked.eta_at:
        return
    rule = broken_promise(row.promised_on, asked.eta_at)
    await move(
        tx,
        SHIPMENT,
        SHIPMENTS,
        row,
        "estimate",
        row.status,
        audience=audience(row),
        data=_told(row, asked),
        eta_at=asked.eta_at,
        eta_revision=row.eta_revision + 1,
        delayed_since=(row.delayed_since or tx.now) if rule else None,
        delay_rule=rule,
        heard_at=tx.now,
    )
    source = Source.STAFF if tx.actor.hub else Source.CARRIER
    await _write(tx, row.id, row.eta_revision + 1, asked, source)


async def first(tx: Tx, shipment_id: UUID, eta_at: datetime) -> None:
    """Keep the estimate with which a shipment was planned; its row says it already."""
    await _write(tx, shipment_id, 1, EstimateIn(eta_at=eta_at), Source.STAFF)


async def _write(tx: Tx, shipment_id: UUID, n: int, asked: EstimateIn, source: Source) -> None:
    said = asked.eta_at, asked.reason, asked.note
    await tx.sql(_REVISE, shipment_id, n, *said, source, tx.actor.party_id, tx.now)


def _told(row: Row[Any], asked: EstimateIn) -> dict[str, Any]:
    return {
        "number": row.number,
        "tracking_code": row.tracking_code,
        "eta_at": asked.eta_at.isoformat(),
        "reason": asked.reason,
    }


def check_eta(eta_at: datetime, now: datetime) -> None:
    """Raises Invalid for an estimate that lies in the past, or absurdly far away."""
    if not now - MOST_AHEAD <= eta_at <= now + FARTHEST:
        raise invalid(
            "/eta_at",
            "eta_at",
            "Expected a time from now on, at most 60 days ahead.",
            "Harus waktu mulai sekarang, paling lama 60 hari ke depan.",
        )


def broken_promise(promised_on: date | None, eta_at: datetime) -> DelayRule | None:
    """Whether goods expected at *eta_at* come after the day they were ordered for (Jakarta's)."""
    if promised_on is None or eta_at < end_of(promised_on):
        return None
    return DelayRule.PROMISE_MISSED


def end_of(day: date) -> datetime:
    """The instant at which *day* is over in Jakarta."""
    return datetime.combine(day + timedelta(days=1), time(), JAKARTA)


async def of_shipment(tx: Tx, shipment_id: UUID) -> Sequence[Row[Any]]:
    """All estimates of a shipment that the caller may see, the newest first."""
    return await tx.rows(
        select(ETAS).where(ETAS.c.shipment_id == shipment_id).order_by(ETAS.c.revision.desc())
    )
