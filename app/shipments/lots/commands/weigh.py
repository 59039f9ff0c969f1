"""Weighing goods of an allocation into a lot, at the hub's scale or at the farm."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.allocation import progress
from app.allocation import queries as allocations
from app.core.errors import DomainError, Kind, invalid, missing
from app.core.ids import encode, new_id
from app.core.quantity import plain, to_base
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.record import Change, record
from app.shipments import chain
from app.shipments.legs.models import LegKind
from app.shipments.legs.states import LegStatus
from app.shipments.lots import queries
from app.shipments.lots.models import LotMovementKind, MadeAt
from app.shipments.lots.schemas import LotIn
from app.shipments.lots.states import LOT, LotStatus

OLDEST = timedelta(days=366)
"""Goods made longer ago than this are a typing error (dry corn is sold within a season)."""

# Goods of a listing keep as long as the listing says.
_INSERT = f"""
WITH lot AS (
  INSERT INTO lots (id, status, number, allocation_id, order_id, order_line_id, offer_id, seller_id,
    buyer_id, site_id, made_at, commodity_id, grade, variant_id, title, base_unit, quantity,
    balance, count, count_balance, produced_on, best_before_on, leg_id, livemode, created_at)
  SELECT $1, $2, {number_sql("lot")}, a.id, a.order_id, a.order_line_id, a.offer_id, a.seller_id,
    o.buyer_id, a.site_id, $9, a.commodity_id, a.grade, a.variant_id, a.title, a.base_unit, $4, $4,
    $5, $5, $6::date, $6::date + coalesce(c.shelf_life_days, i.shelf_life_days), $10, a.livemode,
    $7
  FROM allocations a JOIN orders o ON o.id = a.order_id
  LEFT JOIN commodities c ON c.id = a.commodity_id
  LEFT JOIN variants v ON v.id = a.variant_id LEFT JOIN listings i ON i.id = v.listing_id
  WHERE a.id = $3
  RETURNING *
), share AS (
  INSERT INTO lot_shares (lot_id, allocation_id, seller_id, quantity, balance, livemode)
  SELECT id, allocation_id, seller_id, quantity, quantity, livemode FROM lot
)
INSERT INTO lot_movements (id, lot_id, seller_id, kind, quantity, count, at, livemode)
SELECT uuidv7(), id, seller_id, $8, quantity, count, $7, livemode FROM lot
"""


# A round is known to whoever loads something on it; a seller asks with goods of its own.
_LEG = """
SELECT l.kind, l.status, $2 OR EXISTS (
  SELECT FROM leg_loads d WHERE d.leg_id = l.id AND d.allocation_id = $3) AS known
FROM legs l WHERE l.id = $1
"""


class LegOver(DomainError):
    """The round that should bring the goods has ended, or was called off."""

    kind = Kind.CONFLICT
    code = "leg_over"
    title = Text("The round is over", "Perjalanannya sudah selesai")
    advice = Text(
        "Name a collection round that is planned or underway, or none: then the lot is where it "
        "was weighed.",
        "Pilih perjalanan penjemputan yang direncanakan atau sedang jalan, atau kosongkan: lot "
        "dianggap berada di tempat penimbangan.",
    )


class GoodsRecalled(DomainError):
    """All goods of this seller made in these days are recalled: no more of them come in."""

    kind = Kind.CONFLICT
    code = "goods_recalled"
    title = Text("These goods are recalled", "Barang ini ditarik")
    advice = Text(
        "Do not send these goods on: keep them apart and ask the hub what becomes of them. Goods "
        "of other days can be weighed; these can be again once the recall is lifted.",
        "Jangan kirim barang ini: pisahkan dan tanyakan kepada BTC harus diapakan. Barang dari "
        "tanggal lain boleh ditimbang; barang ini boleh lagi setelah penarikannya dicabut.",
    )

    @classmethod
    def by(cls, number: str) -> GoodsRecalled:
        """Recalled by the recall of this *number*."""
        says = Text("Recall {number} holds them. ", "Penarikan {number} menahannya. ")
        filled = says.filled(number=number)
        return cls(Text(filled.en + cls.advice.en, filled.id + cls.advice.id), recall=number)


async def create(tx: Tx, asked: LotIn) -> Row[Any]:
    """Weigh goods of an allocation into a fresh lot.

    It may be more than was allocated where its order line has a tolerance for that. Named a
    collection leg, it is expected at the hub until it is received there. Raises NotFound for an
    allocation or a leg the caller may not see, LegOver, GoodsRecalled, OverAllocation for more than
    that or than the buyer's quota gives, OfferExhausted when the seller's offer does not give it,
    QuotaExceeded when somebody else took the quota a moment ago, WrongState when the seller has not
    confirmed it or its order takes no goods.
    """
    allocation = await allocations.allocation(tx, asked.allocation_id)
    if allocation is None:
        raise missing("/allocation_id", "You have no such allocation.", "Alokasi ini tidak ada.")
    _check_day(asked.produced_on, tx.today)
    quantity = to_base(asked.net_weight, allocation.base_unit, "/net_weight")
    await tx.as_hub()  # the order is the buyer's, its line and the leg too
    made_at = await _where(tx, asked)
    if await chain.takes_more(tx, allocation.order_line_id):
        await chain.hold_open(tx, allocation.order_id)
    else:
        await chain.open_orders(tx, [allocation.order_id])
    await progress.weigh(tx, allocation, quantity)
    return await _insert(tx, asked, quantity, made_at)


async def _where(tx: Tx, asked: LotIn) -> MadeAt:
    """On whose scale it was weighed; what a leg brings was weighed at the farm.

    Raises NotFound for a leg the caller knows nothing of, LegOver, Invalid.
    """
    if asked.leg_id is None:
        return asked.made_at or (MadeAt.HUB if tx.actor.hub else MadeAt.FARM)
    leg = await tx.sql_row(_LEG, asked.leg_id, tx.actor.hub, asked.allocation_id)
    if leg is None or not leg["known"] or leg["kind"] != LegKind.COLLECTION:
        raise missing(
            "/leg_id",
            "There is no such collection round with these goods.",
            "Tidak ada perjalanan penjemputan ini untuk barang tersebut.",
        )
    if leg["status"] not in (LegStatus.PLANNED, LegStatus.UNDERWAY):
        raise LegOver(current_status=leg["status"])
    if asked.made_at == MadeAt.HUB:
        raise invalid(
            "/made_at",
            "not_at_hub",
            "What a round still brings was weighed at the farm.",
            "Barang yang masih dijemput ditimbang di lokasi penjual.",
        )
    return MadeAt.FARM


async def _insert(tx: Tx, asked: LotIn, quantity: Any, made_at: MadeAt) -> Row[Any]:
    lot_id: UUID = new_id()
    await tx.sql(
        _INSERT,
        lot_id,
        LotStatus.AVAILABLE if asked.leg_id is None else LotStatus.EXPECTED,
        asked.allocation_id,
        quantity,
        asked.count,
        asked.produced_on,
        tx.now,
        LotMovementKind.CREATE,
        made_at,
        asked.leg_id,
    )
    row = await queries.weighed(tx, lot_id)
    if row.stopped_by is not None:
        raise GoodsRecalled.by(row.stopped_by)
    data = {
        "number": row.number,
        "allocation_id": encode("alc", row.allocation_id),
        "order_id": encode("ord", row.order_id),
        "quantity": plain(row.quantity),
    }
    change = Change(
        LOT, "create", row.id, row.version, row.status, audience=(row.seller_id,), data=data
    )
    await record(tx, [change])
    return row


def _check_day(produced_on: date, today: date) -> None:
    if not today - OLDEST <= produced_on <= today:
        raise invalid(
            "/produced_on",
            "produced_on",
            f"Expected a day from {today - OLDEST} to {today}.",
            f"Harus tanggal antara {today - OLDEST} dan {today}.",
        )
