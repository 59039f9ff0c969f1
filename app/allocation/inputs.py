"""What a run has before it: offers and what is left of them, earlier answers, licences.

For the hub's scope: a run looks at everybody's offers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, Uuid, any_, func, literal, select

from app.allocation.models import Policy
from app.allocation.planning import Excluded
from app.db.tx import Tx
from app.parties.models import Licence, LicenceKind
from app.parties.queries import holders

Wanted = tuple[UUID, str, date]
"""Goods and a day: commodity, grade, the day on which a line needs them."""

# In ascending id: two runs that want the same offers wait for each other, never in a circle.
# Whoever moves a period locks its offer first, so the periods of locked offers stand still too. Of
# a period that is over nothing is asked any more; a lot or a week that still runs can be late.
_CANDIDATES = """
SELECT o.id FROM supply_offers o WHERE o.livemode = $1 AND o.id IN (
  SELECT f.id FROM unnest($2::uuid[], $3::text[], $4::date[]) AS n(commodity_id, grade, deliver_on)
  JOIN supply_offers f ON f.livemode = $1 AND f.commodity_id = n.commodity_id
    AND f.grade = n.grade AND f.status = 'open' AND f.kind = 'commitment'
  JOIN offer_periods p ON p.offer_id = f.id AND n.deliver_on BETWEEN p.starts_on AND p.ends_on
    AND p.ends_on >= $6 AND p.offered - p.reserved - p.committed - p.delivered > 0
  UNION ALL SELECT offer_id FROM offer_periods WHERE id = ANY($5))
ORDER BY o.id{lock}
"""
_NAMED = "SELECT id FROM supply_offers WHERE livemode = $1 AND id = ANY($2) ORDER BY id{lock}"
_LOCK = " FOR NO KEY UPDATE"
_OFFERS = """
SELECT p.id, o.id AS offer_id, o.seller_id, o.site_id, o.commodity_id, o.grade, o.status, o.kind,
  s.status AS seller_status, p.offered - p.reserved - p.committed - p.delivered AS free,
  o.pack_size, o.min_pickup, o.floor_amount, o.floor_per, p.starts_on, p.ends_on
FROM supply_offers o JOIN parties s ON s.id = o.seller_id JOIN offer_periods p ON p.offer_id = o.id
WHERE o.id = ANY($1) AND (p.id = ANY($3) OR p.ends_on >= $4
  AND EXISTS (SELECT FROM unnest($2::date[]) AS n(day) WHERE day BETWEEN p.starts_on AND p.ends_on))
ORDER BY o.id, p.starts_on
"""
_SET_ASIDE = """
SELECT n.commodity_id, n.grade, n.deliver_on,
  count(*) FILTER (WHERE p.id IS NULL) AS not_available_then,
  array_agg(p.id ORDER BY p.id)
    FILTER (WHERE p.offered - p.reserved - p.committed - p.delivered = 0) AS nothing_left
FROM unnest($2::uuid[], $3::text[], $4::date[]) AS n(commodity_id, grade, deliver_on)
JOIN supply_offers o ON o.livemode = $1 AND o.commodity_id = n.commodity_id AND o.grade = n.grade
  AND o.status = 'open' AND o.kind = 'commitment'
LEFT JOIN offer_periods p ON p.offer_id = o.id AND n.deliver_on BETWEEN p.starts_on AND p.ends_on
  AND p.ends_on >= $5
GROUP BY n.commodity_id, n.grade, n.deliver_on
"""
_CLOSED = """
SELECT n.commodity_id, n.grade, n.deliver_on, array_agg(DISTINCT c.seller_id) AS sellers
FROM unnest($2::uuid[], $3::text[], $4::date[]) AS n(commodity_id, grade, deliver_on)
JOIN closures c ON c.livemode = $1 AND c.status = 'announced'
  AND n.deliver_on BETWEEN c.starts_on AND c.ends_on
WHERE EXISTS (SELECT FROM supply_offers o WHERE o.livemode = $1 AND o.seller_id = c.seller_id
  AND o.commodity_id = n.commodity_id AND o.grade = n.grade)
GROUP BY n.commodity_id, n.grade, n.deliver_on
"""
# What an order did not need any more is off `proposed`, too: nobody gave that back.
_ASKED_BEFORE = """
SELECT order_line_id, seller_id,
  bool_or(status IN ('declined', 'timed_out') OR quantity < proposed) AS gave_back,
  sum(quantity) FILTER (WHERE status NOT IN ('declined', 'timed_out', 'released')) AS had
FROM allocations WHERE order_line_id = ANY($1) GROUP BY order_line_id, seller_id
"""
# Lines that some run decided on together with these are one division of the same goods with them.
_HAD_BESIDES = """
SELECT a.commodity_id, a.grade, a.seller_id, sum(a.quantity) AS had
FROM allocations a
WHERE a.order_line_id IN (
    SELECT b.order_line_id FROM allocation_run_lines l
    JOIN allocation_run_lines b ON b.run_id = l.run_id
      AND b.commodity_id = l.commodity_id AND b.grade = l.grade
    WHERE l.order_id = ANY($1) AND l.order_line_id = ANY($2))
  AND a.order_line_id <> ALL($2) AND a.status NOT IN ('declined', 'timed_out', 'released')
GROUP BY a.commodity_id, a.grade, a.seller_id
"""
_LAST_POLICIES = """
SELECT DISTINCT ON (l.order_line_id) l.order_line_id, r.policy
FROM allocation_run_lines l JOIN allocation_runs r ON r.id = l.run_id
WHERE l.order_id = ANY($1) AND l.order_line_id = ANY($2) ORDER BY l.order_line_id, l.id DESC
"""
# What keeps a listing's seller from bringing what was ordered before.
_BARRED = """
SELECT v.id,
  CASE WHEN p.status <> 'active' THEN 'seller_suspended' ELSE 'licence_missing' END AS why
FROM variants v JOIN listings l ON l.id = v.listing_id JOIN parties p ON p.id = v.seller_id
WHERE v.id = ANY ($1) AND (p.status <> 'active' OR l.blocked @> '[{"code": "licence_missing"}]')
"""


async def candidates(
    tx: Tx, wanted: Iterable[Wanted], taking_back: Collection[UUID], *, lock: bool
) -> list[UUID]:
    """Open commitments with something left of what is *wanted*; with *lock* they stay as they are.

    Besides: the offers of the periods *taking_back* something in the same transaction.
    """
    query = _CANDIDATES.format(lock=_LOCK if lock else "")
    goods = _columns(sorted(set(wanted)))
    rows = await tx.sql(query, tx.actor.livemode, *goods, list(taking_back), tx.today)
    return [row["id"] for row in rows]


async def named(tx: Tx, offer_ids: Collection[UUID], *, lock: bool) -> list[UUID]:
    """Those of these offers that there are; with *lock* they stay as they are."""
    query = _NAMED.format(lock=_LOCK if lock else "")
    return [row["id"] for row in await tx.sql(query, tx.actor.livemode, list(offer_ids))]


async def offers(
    tx: Tx, offer_ids: Collection[UUID], days: Iterable[date], taking_back: Collection[UUID] = ()
) -> list[asyncpg.Record]:
    """The periods of these offers on any of *days*, and *taking_back*, by offer.

    ``id`` is the period's, ``free`` what is left of it.
    """
    return await tx.sql(_OFFERS, list(offer_ids), sorted(set(days)), list(taking_back), tx.today)


async def set_aside(tx: Tx, wanted: Iterable[Wanted]) -> dict[Wanted, tuple[int, list[UUID]]]:
    """Of the open offers of these goods: how many are not for that day, which are used up."""
    goods = _columns(sorted(set(wanted)))
    rows = await tx.sql(_SET_ASIDE, tx.actor.livemode, *goods, tx.today)
    return {
        (row["commodity_id"], row["grade"], row["deliver_on"]): (
            row["not_available_then"],
            row["nothing_left"] or [],
        )
        for row in rows
    }


async def closed(tx: Tx, wanted: Iterable[Wanted]) -> dict[Wanted, frozenset[UUID]]:
    """Which sellers of these goods have announced that they hand nothing over on that day."""
    goods = _columns(sorted(set(wanted)))
    rows = await tx.sql(_CLOSED, tx.actor.livemode, *goods)
    return {
        (row["commodity_id"], row["grade"], row["deliver_on"]): frozenset(row["sellers"])
        for row in rows
    }


def _columns(goods: Sequence[Wanted]) -> tuple[list[UUID], list[str], list[date]]:
    return [g[0] for g in goods], [g[1] for g in goods], [g[2] for g in goods]


class AskedBefore:
    """What earlier runs came to for one line.

    ``gave_back`` are sellers that declined, reduced or let time run out: never asked for it again.
    ``had`` is what each seller brings to it already.
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
            line.had[row["seller_id"]] = row["had"]
    return before


async def had_besides(
    tx: Tx, order_ids: Collection[UUID], line_ids: Collection[UUID]
) -> dict[tuple[UUID, str], dict[UUID, Decimal]]:
    """What sellers bring to other lines that were decided on together with these, per goods.

    Who gets what somebody gave back of a consolidation depends on what all have of all of it.
    """
    had: dict[tuple[UUID, str], dict[UUID, Decimal]] = defaultdict(dict)
    for row in await tx.sql(_HAD_BESIDES, list(order_ids), list(line_ids)):
        had[row["commodity_id"], row["grade"]][row["seller_id"]] = row["had"]
    return had


async def last_policies(
    tx: Tx, order_ids: Collection[UUID], line_ids: Collection[UUID]
) -> dict[UUID, Policy]:
    """By which rule each of these lines was filled last; lines without a run are left out."""
    rows = await tx.sql(_LAST_POLICIES, list(order_ids), list(line_ids))
    return {row["order_line_id"]: Policy(row["policy"]) for row in rows}


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
