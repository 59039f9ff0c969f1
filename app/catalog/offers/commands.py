"""Everything that changes a supply offer, save what allocation takes from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.catalog.commodities.queries import Goods, goods
from app.catalog.licences import licence_missing
from app.catalog.models import OfferKind, OfferPer
from app.catalog.offers import queries
from app.catalog.offers.queries import OFFERS
from app.catalog.offers.schemas import SupplyOfferIn
from app.catalog.sellers import active_seller
from app.catalog.states import SUPPLY_OFFER, SupplyOfferStatus
from app.core.errors import DomainError, Kind, invalid, missing
from app.core.ids import encode, new_id
from app.core.money import per_base
from app.core.periods import periods
from app.core.quantity import factor, plain, to_base
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.parties.queries import missing_licences, site

LONGEST = 366
"""How many days an offer covers at most: a year."""

# A lot's one period has the id of its offer.
_PERIODS = """
INSERT INTO offer_periods (id, offer_id, seller_id, starts_on, ends_on, offered, livemode)
SELECT p.id, $4, $5, p.starts_on, p.ends_on, $6, $7
FROM unnest($1::uuid[], $2::date[], $3::date[]) AS p(id, starts_on, ends_on)
"""
_EXPIRE = """
WITH due AS (
  SELECT id, status FROM supply_offers
  WHERE status IN ('open', 'paused') AND available_until < $1 AND livemode = $3
  ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE supply_offers o SET status = 'expired', version = o.version + 1 FROM due
WHERE o.id = due.id RETURNING o.id, o.version, o.seller_id, due.status AS before
"""


class AlreadyCommitted(DomainError):
    """What is no forecast cannot become a commitment."""

    kind = Kind.CONFLICT
    code = "already_committed"
    title = Text("Already a commitment", "Sudah menjadi janji pasti")
    advice = Text(
        "This offer can be allocated as it is. To say a forecast, make an offer of that kind.",
        "Penawaran ini sudah bisa dialokasikan. Untuk perkiraan, buat penawaran berjenis forecast.",
    )


async def create(tx: Tx, asked: SupplyOfferIn) -> Row[Any]:
    """Promise a quantity: once, every day or every week of a window; days that are over are not.

    The seller is the party of the site: the caller itself, or whom the operator acts for. Raises
    Invalid for a window that is over, units that do not convert, sizes that do not fit;
    LicenceMissing when the goods need a licence the seller has no good one of.
    """
    what = (await goods(tx, [(asked.commodity_id, asked.grade)], pointer=""))[0]
    place = await site(tx, asked.site_id)
    if place is None:
        raise missing(
            "/site_id",
            "You have no such site; make it with POST /v1/parties/…/sites.",
            "Anda tidak memiliki lokasi ini; buat dengan POST /v1/parties/…/sites.",
        )
    _check_window(tx, asked)
    await _check_seller(tx, place.party_id, what, "/site_id")
    offer_id = new_id()
    quantities = _quantities(asked, what)
    await tx.run(
        insert(OFFERS).values(
            id=offer_id,
            status=SupplyOfferStatus.OPEN,
            seller_id=place.party_id,
            site_id=asked.site_id,
            commodity_id=what.commodity_id,
            grade=what.grade,
            kind=asked.kind,
            per=asked.per,
            available_from=asked.available_from,
            available_until=asked.available_until,
            livemode=tx.actor.livemode,
            **quantities,
            **_floor(asked, what),
        )
    )
    days = periods(asked.per, max(asked.available_from, tx.today), asked.available_until)
    starts, ends = zip(*days, strict=True)
    ids = [offer_id] if asked.per is OfferPer.LOT else [new_id() for _ in days]
    offered, livemode = quantities["offered"], tx.actor.livemode
    await tx.sql(_PERIODS, ids, starts, ends, offer_id, place.party_id, offered, livemode)
    row = await queries.offer(tx, offer_id)
    assert row is not None, "what was just inserted is visible"
    await record(tx, [_created(row)])
    return row


def _created(row: Row[Any]) -> Change:
    data = {
        "commodity_id": encode("com", row.commodity_id),
        "grade": row.grade,
        "kind": row.kind,
        "per": row.per,
        "quantity": {"value": plain(row.offered), "unit": row.base_unit},
    }
    return Change(
        SUPPLY_OFFER,
        "create",
        row.id,
        row.version,
        row.status,
        audience=(row.seller_id,),
        data=data,
    )


async def _check_seller(tx: Tx, seller_id: UUID, what: Goods, pointer: str) -> None:
    """Raises Invalid at *pointer*, or LicenceMissing, for a seller who may not promise *what*."""
    await active_seller(tx, seller_id, pointer)
    lacking = await missing_licences(tx, seller_id, what.required_licences)
    if lacking:
        raise licence_missing(lacking)


def _check_window(tx: Tx, asked: SupplyOfferIn) -> None:
    if asked.available_until < asked.available_from:
        raise invalid(
            "/available_until",
            "window",
            "available_until lies before available_from.",
            "available_until lebih awal dari available_from.",
        )
    if asked.available_until < tx.today:
        raise invalid(
            "/available_until",
            "window",
            "This window is over; offer days that are still to come.",
            "Jangka waktu ini sudah lewat; tawarkan hari yang akan datang.",
        )
    if (asked.available_until - asked.available_from).days >= LONGEST:
        raise invalid(
            "/available_until",
            "window",
            f"One offer covers at most a year ({LONGEST} days).",
            f"Satu penawaran paling lama satu tahun ({LONGEST} hari).",
        )


def _quantities(asked: SupplyOfferIn, what: Goods) -> dict[str, Any]:
    base = what.base_unit
    pack = to_base(asked.pack_size, base, "/pack_size") if asked.pack_size else None
    offered = to_base(asked.quantity, base, "/quantity", pack, packs=True)
    pickup = (
        to_base(asked.min_pickup, base, "/min_pickup", pack, packs=True)
        if asked.min_pickup
        else None
    )
    for name, size in (("pack_size", pack), ("min_pickup", pickup)):
        if size is not None and size > offered:
            raise invalid(
                f"/{name}",
                "larger_than_quantity",
                f"{name} is more than the quantity per {asked.per}.",
                f"{name} lebih besar daripada jumlah yang ditawarkan per {_PER_ID[asked.per]}.",
            )
    return {
        "entered_value": asked.quantity.value,
        "entered_unit": asked.quantity.unit,
        "unit_factor": factor(asked.quantity.unit, base, pack),
        "offered": offered,
        "pack_size": pack,
        "min_pickup": pickup,
    }


_PER_ID = {OfferPer.LOT: "lot", OfferPer.DAY: "hari", OfferPer.WEEK: "minggu"}


def _floor(asked: SupplyOfferIn, what: Goods) -> dict[str, Any]:
    price = asked.floor_price
    if price is None:
        return {}
    return {
        "floor_amount": price.amount,
        "floor_currency": price.currency,
        "floor_per_value": price.per.value,
        "floor_per_unit": price.per.unit,
        "floor_per": per_base(price, what.base_unit, "/floor_price"),
    }


async def pause(tx: Tx, offer_id: UUID) -> Row[Any]:
    """Nothing new is asked of it until it is resumed; what was taken stands, and it still ends."""
    return await _turned(tx, offer_id, "pause", SupplyOfferStatus.PAUSED)


async def resume(tx: Tx, offer_id: UUID) -> Row[Any]:
    """It can be asked again."""
    return await _turned(tx, offer_id, "resume", SupplyOfferStatus.OPEN)


async def withdraw(tx: Tx, offer_id: UUID) -> Row[Any]:
    """Promise no more than what is already taken: reserved and committed quantities stand."""
    return await _turned(tx, offer_id, "withdraw", SupplyOfferStatus.WITHDRAWN)


async def commit(tx: Tx, offer_id: UUID) -> Row[Any]:
    """A forecast becomes a commitment, for which its seller must be fit as for a new offer.

    Raises AlreadyCommitted, Invalid for a suspended seller, LicenceMissing.
    """
    row = await authorized(tx, queries.offer(tx, offer_id, lock=True))
    SUPPLY_OFFER.check("commit", row.status)
    if row.kind != OfferKind.FORECAST:
        raise AlreadyCommitted
    what = (await goods(tx, [(row.commodity_id, row.grade)], pointer=""))[0]
    await _check_seller(tx, row.seller_id, what, "")
    await _moved(tx, row, "commit", row.status, kind=OfferKind.COMMITMENT)
    return await _again(tx, offer_id)


async def _turned(tx: Tx, offer_id: UUID, action: str, to: SupplyOfferStatus) -> Row[Any]:
    row = await authorized(tx, queries.offer(tx, offer_id, lock=True))
    await _moved(tx, row, action, to)
    return await _again(tx, offer_id)


async def _moved(tx: Tx, row: Row[Any], action: str, to: str, **values: Any) -> None:
    await move(tx, SUPPLY_OFFER, OFFERS, row, action, to, audience=(row.seller_id,), **values)


async def _again(tx: Tx, offer_id: UUID) -> Row[Any]:
    changed = await queries.offer(tx, offer_id)
    assert changed is not None, "who could lock it sees it"
    return changed


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* offers whose last day has passed; how many there were.

    What was allocated before stands; nothing new is asked of them.
    """
    rows = await tx.sql(_EXPIRE, tx.today, most, tx.actor.livemode)
    changes = [
        Change(
            SUPPLY_OFFER,
            "expire",
            row["id"],
            row["version"],
            SupplyOfferStatus.EXPIRED,
            before=row["before"],
            audience=(row["seller_id"],),
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
