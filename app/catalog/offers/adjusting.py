"""Sellers say themselves what they have: more or less than promised, never less than is taken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.catalog.models import OfferPer
from app.catalog.offers import queries
from app.catalog.offers.queries import OFFERS
from app.catalog.offers.schemas import OfferAdjustIn
from app.catalog.states import SUPPLY_OFFER
from app.core.errors import DomainError, Invalid, Kind, invalid
from app.core.quantity import factor, plain, to_base
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move

# Whoever moves a period locks its offer first, as was done here: the periods stand still.
_ADJUST = """
WITH wanted AS (
  SELECT id, starts_on, reserved + committed + delivered AS taken FROM offer_periods
  WHERE offer_id = $1 AND ends_on >= $2 AND starts_on <= $3
), changed AS (
  UPDATE offer_periods p SET offered = $4 FROM wanted w WHERE p.id = w.id AND w.taken <= $4
)
SELECT starts_on, taken FROM wanted WHERE taken > $4 ORDER BY starts_on
"""


class BelowTaken(DomainError):
    """More of a period is reserved, committed or delivered than the seller wants to offer."""

    kind = Kind.CONFLICT
    code = "below_taken"
    title = Text("More than that is taken", "Sudah terpakai lebih banyak")
    advice = Text(
        "taken says how much stands in each period, by its first day. Offer at least that, or "
        "first decline or reduce what you were asked for.",
        "Isian taken menunjukkan jumlah yang sudah terpakai menurut hari pertama tiap periode. "
        "Tawarkan paling sedikit sebanyak itu, atau tolak/kurangi dulu permintaannya.",
    )


async def adjust(tx: Tx, offer_id: UUID, asked: OfferAdjustIn) -> Row[Any]:
    """Offer *asked.quantity* in each period from a day on, today unless said; past ones stand.

    Without an until-day it is what the offer says from now on. Raises BelowTaken, and then keeps
    nothing; Invalid for days outside the offer, or nothing where pausing or withdrawing is meant.
    """
    row = await authorized(tx, queries.offer(tx, offer_id, lock=True))
    SUPPLY_OFFER.check("adjust", row.status)
    first, last = _days(tx, row, asked)
    offered = to_base(asked.quantity, row.base_unit, "/quantity", row.pack_size, packs=True)
    if not offered and asked.until_day is None:
        raise _nothing()
    short = await tx.sql(_ADJUST, offer_id, first, last, offered)
    if short:
        raise BelowTaken(
            taken={
                s["starts_on"].isoformat(): {"value": plain(s["taken"]), "unit": row.base_unit}
                for s in short
            }
        )
    said = {"value": plain(offered), "unit": row.base_unit}
    await move(
        tx,
        SUPPLY_OFFER,
        OFFERS,
        row,
        "adjust",
        row.status,
        audience=(row.seller_id,),
        data={"quantity": said, "from_day": first.isoformat(), "until_day": last.isoformat()},
        **(_standing(row, asked, offered) if asked.until_day is None else {}),
    )
    changed = await queries.offer(tx, offer_id)
    assert changed is not None, "who could lock it sees it"
    return changed


def _standing(row: Row[Any], asked: OfferAdjustIn, offered: Decimal) -> dict[str, Any]:
    return {
        "offered": offered,
        "entered_value": asked.quantity.value,
        "entered_unit": asked.quantity.unit,
        "unit_factor": factor(asked.quantity.unit, row.base_unit, row.pack_size),
    }


def _days(tx: Tx, row: Row[Any], asked: OfferAdjustIn) -> tuple[date, date]:
    """First and last day that is adjusted."""
    if row.per == OfferPer.LOT and (asked.from_day or asked.until_day):
        raise invalid(
            "/from_day" if asked.from_day else "/until_day",
            "no_days",
            "A lot is one quantity for its whole window; leave the days out.",
            "Satu lot hanya punya satu jumlah untuk seluruh jangka waktunya; kosongkan harinya.",
        )
    first = asked.from_day or max(tx.today, row.available_from)
    last = asked.until_day or row.available_until
    if not max(tx.today, row.available_from) <= first <= row.available_until:
        raise _outside("/from_day", max(tx.today, row.available_from), row.available_until)
    if not first <= last <= row.available_until:
        raise _outside("/until_day", first, row.available_until)
    return first, last


def _outside(pointer: str, first: date, last: date) -> Invalid:
    return invalid(
        pointer,
        "window",
        f"Only days of the offer that are still to come can be changed: {first} to {last}.",
        f"Hanya hari penawaran yang belum lewat yang bisa diubah: {first} sampai {last}.",
    )


def _nothing() -> Invalid:
    return invalid(
        "/quantity/value",
        "nothing_offered",
        "To offer nothing any more, withdraw or pause the offer; for some days, say until_day.",
        "Jika tidak ada lagi yang ditawarkan, tarik atau jeda penawaran; untuk beberapa hari saja, "
        "isi until_day.",
    )
