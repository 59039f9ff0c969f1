"""What anybody with the code may know of a shipment; which shipments a reporter carries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select, true

from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.models import Shipment, TrackingEvent
from app.shipments.shipments.queries import SHIPMENTS, visible_to

EVENTS: Table = TrackingEvent.__table__  # type: ignore[assignment]


class Named(NamedTuple):
    """How somebody says which shipment is meant: by its id, its code, or the carrier's waybill."""

    shipment_id: UUID | None = None
    code: str | None = None
    waybill: str | None = None


@dataclass(frozen=True)
class Carried:
    """Shipments that a reporter carries, locked, by every way of naming them."""

    rows: Sequence[Row[Any]]
    by_name: dict[Named, Row[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            for name in (Named(row.id), Named(code=row.tracking_code), Named(waybill=row.waybill)):
                if any(name):
                    self.by_name[name] = row

    def find(self, name: Named) -> Row[Any] | None:
        """The shipment that is meant; None when there is none, or *name* says two of them."""
        ways = (Named(name.shipment_id), Named(code=name.code), Named(waybill=name.waybill))
        found = [self.by_name.get(way) for way in ways if any(way)]
        agree = len({row and row.id for row in found}) == 1
        return found[0] if agree else None


async def carried(tx: Tx, names: Collection[Named]) -> Carried:
    """Those of the named shipments that the caller carries, locked in ascending id.

    The hub carries all of its world; waybills are the carrier's own numbers, so only a carrier
    names a shipment by one.
    """
    own = true() if tx.actor.hub else Shipment.carrier_id == tx.actor.party_id
    ways: list[ColumnElement[bool]] = [
        Shipment.id.in_({n.shipment_id for n in names} - {None}),
        Shipment.tracking_code.in_({n.code for n in names} - {None}),
    ]
    waybills = {n.waybill for n in names} - {None}
    if waybills:
        ways.append(and_(Shipment.carrier_id == tx.actor.party_id, Shipment.waybill.in_(waybills)))
    found = select(SHIPMENTS).where(visible_to(tx.actor), own, or_(*ways))
    return Carried(await tx.rows(found.order_by(Shipment.id).with_for_update(key_share=True)))


async def by_code(tx: Tx, code: str, since: int | None = None) -> dict[str, Any] | None:
    """The public view of the shipment with this *code*, of whichever world; one round trip.

    With *since* the next 500 facts that became known after that many, without it the newest. The
    database function chooses what is public; the caller's role may not read the tables.
    """
    found: dict[str, Any] | None = await tx.sql_value("SELECT btc_track($1, $2)", code, since)
    return found


async def written(tx: Tx, code: str) -> str | None:
    """The same as `by_code`, as the database wrote it: the text that is the answer."""
    found: str | None = await tx.sql_value("SELECT btc_track($1)::text", code)
    return found


async def news(tx: Tx, codes: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """How far each of these shipments has come: facts, version, second of the latest position."""
    rows = await tx.sql("SELECT * FROM btc_news($1)", list(codes))
    return {row["code"]: (row["n"], row["version"], row["position"]) for row in rows}


async def told(tx: Tx, shipment_id: UUID, paging: Paging) -> tuple[Sequence[Row[Any]], str | None]:
    """The facts of a shipment that the caller may see, the last that became known first."""
    found = select(EVENTS).where(EVENTS.c.shipment_id == shipment_id)
    return await page(tx, "shipment_events", found, EVENTS.c.id, paging)
