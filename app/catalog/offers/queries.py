"""Every SELECT on supply offers, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Row, Select, Table, and_, case, func, select, true

from app.catalog.models import Commodity, OfferPeriod, SupplyOffer
from app.catalog.states import SupplyOfferStatus
from app.core.actor import Actor
from app.db.tx import Tx
from app.http.lists import Paging, page

OFFERS: Table = SupplyOffer.__table__  # type: ignore[assignment]

_TAKEN = OfferPeriod.reserved + OfferPeriod.committed + OfferPeriod.delivered
_FREE = OfferPeriod.offered - _TAKEN
# Suspended sellers are not asked, so what they promised cannot be counted on; nor can what a seller
# would bring on days that all lie in closures it announced. Closures that adjoin are one.
_PROMISED = """
SELECT o.commodity_id, o.grade, o.kind, p.starts_on, p.ends_on,
  sum(CASE WHEN p.asked THEN p.offered ELSE p.taken END) AS offered,
  sum(p.reserved) AS reserved, sum(p.committed) AS committed, sum(p.delivered) AS delivered,
  coalesce(sum(p.offered - p.taken) FILTER (WHERE p.asked AND p.ends_on >= $6), 0) AS free
FROM (
  SELECT f.*, f.status = 'open' AND s.status = 'active' AS asked,
    (SELECT range_agg(daterange(c.starts_on, c.ends_on, '[]')) FROM closures c
     WHERE c.seller_id = f.seller_id AND c.livemode = $1 AND c.status = 'announced'
       AND c.ends_on >= f.available_from AND c.starts_on <= f.available_until) AS closed
  FROM supply_offers f JOIN parties s ON s.id = f.seller_id
  WHERE f.livemode = $1 AND f.status IN ('open', 'paused')
    AND (f.commodity_id, f.grade) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
    AND f.available_from <= $5 AND f.available_until >= $4) o
CROSS JOIN LATERAL (
  SELECT q.*, q.reserved + q.committed + q.delivered AS taken,
    o.asked AND o.closed @> daterange(q.starts_on, q.ends_on, '[]') IS NOT TRUE AS asked
  FROM offer_periods q
  WHERE q.offer_id = o.id AND q.starts_on <= $5 AND q.ends_on >= $4) p
GROUP BY o.commodity_id, o.grade, o.kind, p.starts_on, p.ends_on
ORDER BY o.commodity_id, o.grade, o.kind, p.starts_on, p.ends_on
"""


@dataclass(frozen=True)
class Wanted:
    """Which offers a list shows; what is None does not matter.

    ``available`` offers have something free on ``available_on``, or on any day from today on.
    """

    status: Collection[str] | None = None
    seller_id: UUID | None = None
    site_id: UUID | None = None
    commodity_id: UUID | None = None
    grade: str | None = None
    kind: str | None = None
    per: str | None = None
    available_on: date | None = None
    available: bool | None = None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The hub sees every offer of its world, a seller its own: a floor price is nobody else's."""
    mine = true() if actor.hub else SupplyOffer.seller_id == actor.party_id
    return and_(SupplyOffer.livemode == actor.livemode, mine)


def _open() -> ColumnElement[bool]:
    return SupplyOffer.status == SupplyOfferStatus.OPEN


def _select(today: date) -> Select[Any]:
    """Offers with the sums over their periods, as `offer_out` takes them."""
    free = func.sum(_FREE).filter(OfferPeriod.ends_on >= today)
    sums = (
        select(
            func.sum(OfferPeriod.offered).label("total"),
            func.sum(OfferPeriod.reserved).label("reserved"),
            func.sum(OfferPeriod.committed).label("committed"),
            func.sum(OfferPeriod.delivered).label("delivered"),
            case((_open(), func.coalesce(free, 0)), else_=0).label("available"),
        )
        .where(OfferPeriod.offer_id == SupplyOffer.id)
        .correlate(SupplyOffer)
        .lateral("sums")
    )
    return (
        select(*OFFERS.c, Commodity.base_unit, *sums.c)
        .join(Commodity, Commodity.id == SupplyOffer.commodity_id)
        .join(sums, true())
    )


async def offer(tx: Tx, offer_id: UUID, *, lock: bool = False) -> Row[Any] | None:
    """The offer, if the caller may see it."""
    found = _select(tx.today).where(SupplyOffer.id == offer_id, visible_to(tx.actor))
    return await tx.row(found.with_for_update(key_share=True, of=SupplyOffer) if lock else found)


async def offers(tx: Tx, paging: Paging, wanted: Wanted) -> tuple[Sequence[Row[Any]], str | None]:
    """The *wanted* offers that the caller may see, newest first."""
    found = _select(tx.today).where(visible_to(tx.actor), *_conditions(tx.today, wanted))
    return await page(tx, "supply_offers", found, SupplyOffer.id, paging)


def _conditions(today: date, wanted: Wanted) -> list[ColumnElement[bool]]:
    equal = {
        SupplyOffer.seller_id: wanted.seller_id,
        SupplyOffer.site_id: wanted.site_id,
        SupplyOffer.commodity_id: wanted.commodity_id,
        SupplyOffer.grade: wanted.grade,
        SupplyOffer.kind: wanted.kind,
        SupplyOffer.per: wanted.per,
    }
    found: list[ColumnElement[bool]] = [
        column == value for column, value in equal.items() if value is not None
    ]
    if wanted.status is not None:
        found.append(SupplyOffer.status.in_(sorted(wanted.status)))
    day = wanted.available_on
    if day is not None:
        found.append(SupplyOffer.available_from <= day)
        found.append(SupplyOffer.available_until >= day)
    if wanted.available is not None:
        left = _something_free(today, day)
        found.append(left if wanted.available else ~left)
    return found


def _something_free(today: date, day: date | None) -> ColumnElement[bool]:
    then = [OfferPeriod.ends_on >= today, _FREE > 0]
    if day is not None:
        then += [OfferPeriod.starts_on <= day, OfferPeriod.ends_on >= day]
    period = select(OfferPeriod.id).where(OfferPeriod.offer_id == SupplyOffer.id, *then)
    return and_(_open(), period.exists())


async def periods(
    tx: Tx, offer_id: UUID, start: date | None, end: date | None
) -> Sequence[Row[Any]]:
    """The periods of a visible offer that touch *start* to *end*, in their order."""
    free = and_(_open(), OfferPeriod.ends_on >= tx.today)
    found = (
        select(*OfferPeriod.__table__.c, case((free, _FREE), else_=0).label("available"))
        .join(SupplyOffer, SupplyOffer.id == OfferPeriod.offer_id)
        .where(OfferPeriod.offer_id == offer_id, visible_to(tx.actor))
        .order_by(OfferPeriod.starts_on)
    )
    if start is not None:
        found = found.where(OfferPeriod.ends_on >= start)
    if end is not None:
        found = found.where(OfferPeriod.starts_on <= end)
    return await tx.rows(found)


async def promised(
    tx: Tx, goods: Iterable[tuple[UUID, str]], start: date, end: date
) -> list[asyncpg.Record]:
    """What open and paused offers of *goods* bring in the periods that touch *start* to *end*.

    One row for each ``commodity_id, grade, kind, starts_on, ends_on``: the sums ``offered,
    reserved, committed, delivered, free``. However many sell by the day, a month is 31 rows. A lot
    or a week can be brought on any *one* of its days: it counts for each of them, and is never
    added up over days.

    A paused offer, one of a suspended seller, or a period wholly within closures that its seller
    announced, keeps what is taken and promises no more; of a period that is over nothing is free.
    A forecast's ``free`` is what may come. Row-level security bounds what is summed: the hub's
    scope sums all sellers, a seller's its own offers.
    """
    wanted = sorted(set(goods))
    return await tx.sql(
        _PROMISED,
        tx.actor.livemode,
        [commodity for commodity, _ in wanted],
        [grade for _, grade in wanted],
        start,
        end,
        tx.today,
    )
