"""Every SELECT on allocations, and who may see which; and what a run has to know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Table,
    Uuid,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    true,
)

from app.allocation.models import Allocation
from app.allocation.planning import Excluded
from app.allocation.states import ALLOCATION, AllocationStatus
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page
from app.orders.models import Order
from app.orders.queries import ORDERS
from app.parties.models import Licence, LicenceKind
from app.parties.queries import holders

ALLOCATIONS: Table = Allocation.__table__  # type: ignore[assignment]

# Locked in ascending id: two runs that want the same offers wait for each other, never in a circle.
# $6 are offers that are about to take something back; they are locked in the same pass.
_OFFERS = """
SELECT o.id, o.seller_id, o.commodity_id, o.grade, o.status, p.status AS seller_status,
  o.offered - o.reserved - o.committed - o.delivered AS free, o.pack_size, o.min_pickup,
  o.floor_amount, o.floor_per, o.available_from, o.available_until
FROM supply_offers o JOIN parties p ON p.id = o.seller_id
WHERE (o.livemode = $1 AND o.status = 'open'
    AND (o.commodity_id, o.grade) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
    AND o.available_from <= $5 AND o.available_until >= $4
    AND o.offered - o.reserved - o.committed - o.delivered > 0)
  OR o.id = ANY($6)
ORDER BY o.id FOR NO KEY UPDATE OF o
"""
_LOCK_OFFERS = "SELECT id FROM supply_offers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
_SET_ASIDE = """
SELECT n.line_id,
  count(*) FILTER (WHERE NOT n.deliver_on BETWEEN o.available_from AND o.available_until)
    AS not_available_then,
  count(*) FILTER (WHERE n.deliver_on BETWEEN o.available_from AND o.available_until
    AND o.offered - o.reserved - o.committed - o.delivered = 0) AS nothing_left
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[])
  AS n(line_id, commodity_id, grade, deliver_on)
JOIN supply_offers o ON o.livemode = $1 AND o.status = 'open'
  AND o.commodity_id = n.commodity_id AND o.grade = n.grade
GROUP BY n.line_id
"""
_ASKED_BEFORE = """
SELECT order_line_id, offer_id, seller_id,
  bool_or(status IN ('declined', 'timed_out') OR quantity < proposed) AS gave_back,
  sum(quantity) FILTER (WHERE status NOT IN ('declined', 'timed_out', 'released')) AS had
FROM allocations WHERE order_line_id = ANY($1) GROUP BY order_line_id, offer_id, seller_id
"""

_OF_RUN = """
SELECT * FROM allocations WHERE run_id = $1 ORDER BY id
"""
# What keeps a listing's seller from bringing what was ordered before.
_BARRED = """
SELECT v.id,
  CASE WHEN p.status <> 'active' THEN 'seller_suspended' ELSE 'licence_missing' END AS why
FROM variants v JOIN listings l ON l.id = v.listing_id JOIN parties p ON p.id = v.seller_id
WHERE v.id = ANY ($1) AND (p.status <> 'active' OR l.blocked @> '[{"code": "licence_missing"}]')
"""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every allocation of its world, a seller its own; a buyer none."""
    mine = true() if actor.hub else Allocation.seller_id == actor.party_id
    return and_(Allocation.livemode == actor.livemode, mine)


async def allocation(tx: Tx, allocation_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The allocation, if the caller may see it."""
    found = select(ALLOCATIONS).where(Allocation.id == allocation_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True) if lock else found)


async def allocations(
    tx: Tx, paging: Paging, *, status: str | None = None, order_id: UUID | None = None
) -> tuple[Sequence[Row[Any]], str | None]:
    """The allocations the caller may see, newest first."""
    found = select(ALLOCATIONS).where(visible_to(tx.actor))
    if status is not None:
        found = found.where(Allocation.status == status)
    if order_id is not None:
        found = found.where(Allocation.order_id == order_id)
    return await page(tx, "allocations", found, Allocation.id, paging)


async def of_run(tx: Tx, run_id: UUID) -> list[asyncpg.Record]:
    """What the caller's own run gave out, in the order it was decided. Thousands of rows."""
    return await tx.sql(_OF_RUN, run_id)


async def held(tx: Tx, allocation_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These allocations, locked in ascending id. For commands that were authorized elsewhere."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(Allocation.id == any_(literal(list(allocation_ids), ARRAY(Uuid))))
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def of_order(tx: Tx, order_id: UUID, statuses: Iterable[str]) -> Sequence[Row[Any]]:
    """The order's allocations in one of *statuses*, locked in ascending id."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(Allocation.order_id == order_id, Allocation.status.in_(sorted(statuses)))
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def unneeded(
    tx: Tx, line_ids: Collection[UUID], given_back: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The lines' allocations of which something is not weighed, and those in *given_back*.

    Locked in ascending id.
    """
    statuses = ALLOCATION.transitions["release"].sources | ALLOCATION.transitions["shorten"].sources
    return await tx.rows(
        select(ALLOCATIONS)
        .where(
            Allocation.order_line_id.in_(line_ids),
            Allocation.status.in_(sorted(statuses)),
            or_(
                Allocation.weighed < Allocation.quantity,
                Allocation.id == any_(literal(list(given_back), ARRAY(Uuid))),
            ),
        )
        .order_by(Allocation.id)
        .with_for_update(key_share=True)
    )


async def orders_held(tx: Tx, order_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """These orders, locked in ascending id. Only in the hub's scope."""
    return await tx.rows(
        select(ORDERS)
        .where(Order.id.in_(order_ids))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )


def _overdue(tx: Tx) -> ColumnElement[bool]:
    return and_(
        Allocation.status == AllocationStatus.OFFERED,
        Allocation.respond_by <= tx.now,
        Allocation.livemode == tx.actor.livemode,
    )


async def orders_waiting_in_vain(tx: Tx, most: int) -> Sequence[Row[Any]]:
    """Orders with allocations whose sellers did not answer in time, longest waiting first; locked.

    Orders somebody else is busy with are skipped. *most* counts allocations.
    """
    longest = (
        select(Allocation.order_id).where(_overdue(tx)).order_by(Allocation.respond_by).limit(most)
    )
    return await tx.rows(
        select(ORDERS)
        .where(Order.id.in_(longest))
        .order_by(Order.id)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def unanswered(tx: Tx, order_ids: Collection[UUID], most: int) -> Sequence[Row[Any]]:
    """At most *most* overdue allocations of these orders, locked; those being answered skipped."""
    return await tx.rows(
        select(ALLOCATIONS)
        .where(_overdue(tx), Allocation.order_id.in_(order_ids))
        .order_by(Allocation.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )


async def offers_held(
    tx: Tx,
    goods: Iterable[tuple[UUID, str]],
    days: Collection[date],
    taking_back: Collection[UUID],
) -> list[asyncpg.Record]:
    """Offers of *goods* with something left around *days*, and *taking_back*; locked, by id."""
    wanted = sorted(set(goods))
    return await tx.sql(
        _OFFERS,
        tx.actor.livemode,
        [commodity for commodity, _ in wanted],
        [grade for _, grade in wanted],
        min(days),
        max(days),
        list(taking_back),
    )


async def offers_locked(tx: Tx, offer_ids: Collection[UUID]) -> None:
    """Lock these offers in ascending id, in one statement, before several move them."""
    await tx.sql(_LOCK_OFFERS, list(offer_ids))


async def set_aside(
    tx: Tx, needs: Iterable[tuple[UUID, UUID, str, date]]
) -> dict[UUID, dict[str, int]]:
    """How many open offers a line cannot use, by reason: the wrong days, or nothing left.

    *needs* are (line, commodity, grade, day).
    """
    lines, commodities, grades, days = zip(*needs, strict=True)
    rows = await tx.sql(
        _SET_ASIDE, tx.actor.livemode, list(lines), list(commodities), list(grades), list(days)
    )
    return {
        row["line_id"]: {name: row[name] for name in ("not_available_then", "nothing_left")}
        for row in rows
    }


class AskedBefore:
    """What earlier runs came to for one line.

    ``gave_back`` are sellers that declined, reduced or let time run out: never asked for it again.
    ``had`` is what each offer brings to it already.
    """

    def __init__(self) -> None:
        self.gave_back: set[UUID] = set()
        self.had: dict[UUID, Decimal] = {}


async def asked_before(tx: Tx, line_ids: Collection[UUID]) -> dict[UUID, AskedBefore]:
    """What earlier runs came to, per line; lines that nobody was asked for are empty."""
    before: dict[UUID, AskedBefore] = defaultdict(AskedBefore)
    for row in await tx.sql(_ASKED_BEFORE, list(line_ids)):
        line = before[row["order_line_id"]]
        if row["gave_back"]:
            line.gave_back.add(row["seller_id"])
        if row["had"]:
            line.had[row["offer_id"]] = row["had"]
    return before


async def barred(tx: Tx, variant_ids: Collection[UUID]) -> dict[UUID, Excluded]:
    """Why the seller of a variant may not be asked for it now; those that may are left out."""
    rows = await tx.sql(_BARRED, list(variant_ids))
    return {row["id"]: Excluded(row["why"]) for row in rows}


async def licensed(
    tx: Tx, kinds: Collection[str], seller_ids: Collection[UUID]
) -> dict[str, set[UUID]]:
    """Which of these sellers hold a good licence of each of *kinds*, in one round trip."""
    if not kinds:
        return {}
    among = any_(literal(list(seller_ids), ARRAY(Uuid)))
    found = select(
        *(
            func.array(
                holders(LicenceKind(kind), tx).where(Licence.party_id == among).scalar_subquery(),
                type_=ARRAY(Uuid),
            ).label(kind)
            for kind in sorted(kinds)
        )
    )
    row = await tx.row(found)
    assert row is not None
    return {kind: set(holding) for kind, holding in row._mapping.items()}
