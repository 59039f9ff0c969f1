"""What the commands on shipments have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, update

from app.core.errors import DomainError, Kind, NotFound
from app.core.text import Text
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments import chain
from app.shipments.models import Shipment
from app.shipments.shipments import queries
from app.shipments.shipments.queries import SHIPMENTS
from app.shipments.shipments.rules import audience
from app.shipments.states import SHIPMENT, ShipmentStatus


class Replanned(DomainError):
    """Its lots were swapped for those of other orders while this waited for it."""

    kind = Kind.CONFLICT
    code = "shipment_replanned"
    title = Text("Planned anew meanwhile", "Baru saja direncanakan ulang")
    advice = Text(
        "Somebody changed which lots the shipment carries a moment ago. Look at it, and try again.",
        "Isi pengiriman ini baru saja diubah. Periksa lagi, lalu ulangi.",
    )


class Held(NamedTuple):
    """Shipments, locked in ascending id after the orders whose goods they carry."""

    rows: Sequence[Row[Any]]
    orders: Collection[UUID]

    def check(self, carried: Iterable[Mapping[str, Any]]) -> None:
        """Raises Replanned when something of *carried* is of an order that is not held.

        What a shipment carries is known for sure only once it is locked, and orders come first.
        """
        if any(row["order_id"] not in self.orders for row in carried):
            raise Replanned


async def hold(tx: Tx, shipment_ids: Collection[UUID], lot_ids: Collection[UUID] = ()) -> Held:
    """Lock these shipments, after the orders of what they carry and of these lots."""
    orders = await chain.hold(tx, shipment_ids, lot_ids)
    return Held(await queries.locked(tx, shipment_ids), orders)


async def hold_one(tx: Tx, shipment_id: UUID, lot_ids: Collection[UUID] = ()) -> Held:
    """Lock this shipment after its orders. Raises NotFound."""
    held = await hold(tx, [shipment_id], lot_ids)
    if not held.rows:
        raise NotFound
    return held


def told(row: Any) -> dict[str, Any]:
    """What events of a shipment say. *row* is a row of either driver."""
    return {"number": row["number"], "tracking_code": row["tracking_code"]}


async def advance(
    tx: Tx,
    rows: Sequence[Row[Any]],
    action: str,
    to: ShipmentStatus | None,
    *,
    reason: str | None = None,
    note: str | None = None,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """All *rows* (locked) after *action*; events and history written.

    Without *to* each stays in its status. The same statement for any number. Raises WrongState.
    """
    if not rows:
        return
    for row in rows:
        SHIPMENT.check(action, row.status)
    if reason is not None:
        values |= {"reason": reason, "note": note}
    if to is not None:
        values["status"] = to
    changed = await tx.rows(
        update(SHIPMENTS)
        .where(Shipment.id.in_([row.id for row in rows]))
        .values(version=Shipment.version + 1, **values)
        .returning(*SHIPMENTS.c)
    )
    before = {row.id: row.status for row in rows}
    changes = [
        Change(
            SHIPMENT,
            action,
            row.id,
            row.version,
            row.status,
            before=before[row.id],
            audience=audience(row),
            data=told(row._mapping) | (data or {}) | ({"reason": reason} if reason else {}),
            reason=reason,
            note=note,
        )
        for row in changed
    ]
    await record(tx, changes)


def per(column: str, loads: Iterable[Mapping[str, Any]]) -> dict[UUID, Decimal]:
    """The quantities of what shipments carry, summed by one of its columns."""
    sums: dict[UUID, Decimal] = {}
    for load in loads:
        sums[load[column]] = sums.get(load[column], Decimal(0)) + load["quantity"]
    return sums
