"""What the service itself says of a shipment on its way.

`picked_up` when it is dispatched, `delivered` when it is delivered, `cancelled` when it does not
leave: tracking events like those from the road, and newer than whatever was heard before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.db.tx import Tx
from app.shipments.states import TrackingStatus

_SAY = """
WITH said AS (
  UPDATE shipments SET tracking_status = $2,
    tracked_at = greatest($3, tracked_at + interval '1 microsecond')
  WHERE id = ANY($1) RETURNING id, tracked_at, {place} AS place)
INSERT INTO tracking_events (id, shipment_id, status, occurred_at, recorded_at, place, party_id)
SELECT uuidv7(), id, $2, tracked_at, $3, place, $4 FROM said ON CONFLICT DO NOTHING
"""
_PLACES = {
    TrackingStatus.PICKED_UP: "from_region",
    TrackingStatus.DELIVERED: "to_region",
    TrackingStatus.CANCELLED: "from_region",
}


async def say(tx: Tx, rows: Sequence[Any], status: TrackingStatus) -> None:
    """Store a fact about shipments the caller has locked, and show it.

    The shipments' versions are raised by the command whose effect this is.
    """
    await tx.sql(
        _SAY.format(place=_PLACES[status]),
        [row.id for row in rows],
        status,
        tx.now,
        tx.actor.party_id,
    )
