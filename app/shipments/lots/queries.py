"""Every SELECT on lots, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import Text

from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.shipments.lots.models import Lot, LotShare
from app.shipments.lots.states import LotStatus

LOTS: Table = Lot.__table__  # type: ignore[assignment]

# The open recall of a seller's goods of some days that a lot falls under.
_STOPPED_BY: ColumnElement[str | None] = literal_column("""(SELECT r.number FROM recalls r
    WHERE r.seller_id = lots.seller_id AND r.status = 'open' AND r.livemode = lots.livemode
      AND lots.produced_on BETWEEN r.produced_from AND r.produced_until
      AND (r.commodity_id IS NULL OR r.commodity_id = lots.commodity_id)
    ORDER BY r.id LIMIT 1)""")
_SHARES = """
SELECT lot_id, allocation_id, seller_id, balance FROM lot_shares
WHERE lot_id = ANY($1) AND balance > 0 ORDER BY lot_id, allocation_id
"""


class Share(NamedTuple):
    """How much of what is in a lot, on hand or on the road, came from one allocation."""

    lot_id: UUID
    allocation_id: UUID
    seller_id: UUID
    balance: Decimal


class LotFilter(NamedTuple):
    """Which lots are asked for."""

    order_id: UUID | None = None
    allocation_id: UUID | None = None
    leg_id: UUID | None = None
    site_id: UUID | None = None
    status: LotStatus | None = None
    best_before_until: date | None = None
    number: str | None = None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every lot of its world, a seller those in which goods of its own are or were.

    Buyers and carriers see lots inside their shipments only, and never whose they are.
    """
    mine = select(LotShare.lot_id).where(LotShare.seller_id == actor.party_id)
    return and_(Lot.livemode == actor.livemode, true() if actor.hub else Lot.id.in_(mine))


def _seen(actor: Actor, sources: ColumnElement[Any]) -> Select[Any]:
    return select(*LOTS.c, sources.label("sources")).where(visible_to(actor))


def _sources(actor: Actor) -> ColumnElement[Any]:
    """Whose goods are in it: all of them to the hub, its own to a seller. Quantities as text."""
    source = func.json_build_object(
        "allocation_id",
        LotShare.allocation_id,
        "seller_id",
        LotShare.seller_id,
        "quantity",
        cast(LotShare.balance, Text),  # a JSON number would come back as a float
    )
    of_it = select(
        func.coalesce(
            func.json_agg(aggregate_order_by(source, LotShare.allocation_id)),
            literal_column("'[]'"),
        )
    ).where(LotShare.lot_id == Lot.id)
    if not actor.hub:
        of_it = of_it.where(LotShare.seller_id == actor.party_id)
    return cast(of_it.correlate(LOTS).scalar_subquery(), JSON)


async def lot(tx: Tx, lot_id: UUID) -> Row[Any] | None:
    """The lot with its ``sources``, if the caller may see it."""
    return await tx.row(_seen(tx.actor, _sources(tx.actor)).where(Lot.id == lot_id))


async def weighed(tx: Tx, lot_id: UUID) -> Row[Any]:
    """A lot just weighed, with the number of the recall that is ``stopped_by``. In the hub's scope.

    To be asked after its order was locked: a recall of its seller's goods locks the order too.
    """
    found = _seen(tx.actor, _sources(tx.actor)).add_columns(_STOPPED_BY.label("stopped_by"))
    row = await tx.row(found.where(Lot.id == lot_id))
    assert row is not None
    return row


async def named(tx: Tx, lot_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Those of these lots that the caller may see, with their ``sources``."""
    found = _seen(tx.actor, _sources(tx.actor)).where(Lot.id.in_(lot_ids))
    return await tx.rows(found.order_by(Lot.id))


async def lots(tx: Tx, paging: Paging, wanted: LotFilter) -> tuple[Sequence[Row[Any]], str | None]:
    """The lots the caller may see, newest first. The hub reads whose they are one by one."""
    sources = cast(null(), JSON) if tx.actor.hub else _sources(tx.actor)
    found = _seen(tx.actor, sources)
    if wanted.order_id is not None:
        found = found.where(Lot.order_id == wanted.order_id)
    if wanted.allocation_id is not None:
        of_it = select(LotShare.lot_id).where(LotShare.allocation_id == wanted.allocation_id)
        found = found.where(Lot.id.in_(of_it))
    if wanted.leg_id is not None:
        found = found.where(Lot.leg_id == wanted.leg_id)
    if wanted.site_id is not None:
        found = found.where(Lot.site_id == wanted.site_id)
    if wanted.status is not None:
        found = found.where(Lot.status == wanted.status)
    if wanted.best_before_until is not None:
        found = found.where(Lot.best_before_on <= wanted.best_before_until)
    if wanted.number is not None:
        found = found.where(Lot.number == wanted.number.upper())
    return await page(tx, "lots", found, Lot.id, paging)


async def shares_of(tx: Tx, lot_ids: Collection[UUID]) -> dict[UUID, list[Share]]:
    """Whose goods are in these lots, by allocation in ascending id. In the hub's scope."""
    shares: dict[UUID, list[Share]] = {lot_id: [] for lot_id in lot_ids}
    for row in await tx.sql(_SHARES, list(lot_ids)):
        shares[row["lot_id"]].append(Share(*row))
    return shares
