"""Everything that changes a supply offer, save what allocation takes from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, insert

from app.access.authorize import authorized
from app.catalog.commodities.queries import Goods, goods
from app.catalog.licences import licence_missing
from app.catalog.models import SupplyOffer
from app.catalog.offers import queries
from app.catalog.offers.schemas import SupplyOfferIn
from app.catalog.sellers import active_seller
from app.catalog.states import SUPPLY_OFFER, SupplyOfferStatus
from app.core.errors import invalid, missing
from app.core.ids import encode, new_id
from app.core.money import per_base
from app.core.quantity import factor, plain, to_base
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.parties.queries import missing_licences, site

_OFFERS: Table = SupplyOffer.__table__  # type: ignore[assignment]

_EXPIRE = """
WITH due AS (
  SELECT id, status FROM supply_offers
  WHERE status = 'open' AND available_until < $1 AND livemode = $3
  ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE supply_offers o SET status = 'expired', version = o.version + 1 FROM due
WHERE o.id = due.id RETURNING o.id, o.version, o.seller_id
"""


async def create(tx: Tx, asked: SupplyOfferIn) -> Row[Any]:
    """Promise a quantity.

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
    await active_seller(tx, place.party_id, "/site_id")
    _check_window(tx, asked)
    lacking = await missing_licences(tx, place.party_id, what.required_licences)
    if lacking:
        raise licence_missing(lacking)
    offer_id = new_id()
    await tx.run(
        insert(_OFFERS).values(
            id=offer_id,
            status=SupplyOfferStatus.OPEN,
            seller_id=place.party_id,
            site_id=asked.site_id,
            commodity_id=what.commodity_id,
            grade=what.grade,
            available_from=asked.available_from,
            available_until=asked.available_until,
            livemode=tx.actor.livemode,
            **_quantities(asked, what),
            **_floor(asked, what),
        )
    )
    row = await queries.offer(tx, offer_id)
    assert row is not None, "what was just inserted is visible"
    await record(tx, [_created(row)])
    return row


def _created(row: Row[Any]) -> Change:
    data = {
        "commodity_id": encode("com", row.commodity_id),
        "grade": row.grade,
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
    if (asked.available_until - asked.available_from).days > 366:
        raise invalid(
            "/available_until",
            "window",
            "One offer covers at most a year.",
            "Satu penawaran paling lama satu tahun.",
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
                f"{name} is more than the whole offer.",
                f"{name} lebih besar daripada seluruh penawaran.",
            )
    return {
        "entered_value": asked.quantity.value,
        "entered_unit": asked.quantity.unit,
        "unit_factor": factor(asked.quantity.unit, base, pack),
        "offered": offered,
        "pack_size": pack,
        "min_pickup": pickup,
    }


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


async def withdraw(tx: Tx, offer_id: UUID) -> Row[Any]:
    """Promise no more than what is already taken: reserved and committed quantities stand."""
    row = await authorized(tx, queries.offer(tx, offer_id, lock=True))
    await move(
        tx,
        SUPPLY_OFFER,
        _OFFERS,
        row,
        "withdraw",
        SupplyOfferStatus.WITHDRAWN,
        audience=(row.seller_id,),
    )
    changed = await queries.offer(tx, offer_id)
    assert changed is not None
    return changed


async def expire(tx: Tx, most: int) -> int:
    """End at most *most* open offers whose last day has passed; how many there were.

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
            before=SupplyOfferStatus.OPEN,
            audience=(row["seller_id"],),
        )
        for row in rows
    ]
    await record(tx, changes)
    return len(rows)
