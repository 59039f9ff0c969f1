"""Lots in hand: locked after their order, with what is in them and whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.division import divide
from app.core.errors import DomainError, Kind, NotFound, WrongState, missing
from app.core.ids import encode
from app.core.quantity import quantum_of
from app.core.text import Text
from app.db.tx import Tx
from app.shipments import chain
from app.shipments.lots.states import LOT, LotStatus

_ORDERS = "SELECT id, order_id FROM lots WHERE id = ANY($1)"
_LOTS = """
SELECT l.*, o.done_at IS NOT NULL OR o.short_closed_at IS NOT NULL AS complete
FROM lots l JOIN order_lines o ON o.id = l.order_line_id
WHERE l.id = ANY($1) ORDER BY l.id FOR NO KEY UPDATE OF l
"""
_SHARES = """
SELECT lot_id, allocation_id, seller_id, quantity, balance FROM lot_shares
WHERE lot_id = ANY($1) ORDER BY lot_id, allocation_id
"""
_ABOARD = """
SELECT s.id, s.number FROM shipment_lots c JOIN shipments s ON s.id = c.shipment_id
WHERE c.lot_id = $1 AND s.status NOT IN ('cancelled', 'returned') ORDER BY s.id DESC LIMIT 1
"""


class LotAboard(DomainError):
    """The lot is in a shipment: lots ride whole, and nothing is done to them there."""

    kind = Kind.CONFLICT
    code = "lot_aboard"
    title = Text("The lot is in a shipment", "Lot sudah dimuat")
    advice = Text(
        "Take the lot out of the planned shipment first; what has left cannot be changed here.",
        "Keluarkan dulu lot ini dari pengiriman yang direncanakan; yang sudah berangkat tidak bisa "
        "diubah di sini.",
    )


class OtherGoods(DomainError):
    """Lots of different orders, lines or goods do not go into one."""

    kind = Kind.CONFLICT
    code = "lots_differ"
    title = Text("The lots do not belong together", "Lot-lot ini tidak sejenis")
    advice = Text(
        "Take lots of one order line, of the same goods and grade; lot_ids names those that differ "
        "from the first.",
        "Pilih lot dari satu baris pesanan, barang dan mutunya sama; lot_ids menyebut yang berbeda "
        "dari lot pertama.",
    )


@dataclass
class Share:
    """What of a lot came from one allocation, and how much of that is in it now."""

    seller_id: UUID
    quantity: Decimal
    balance: Decimal


@dataclass
class Held:
    """One lot in hand: its row as it was read, and what it holds while it is worked on."""

    row: dict[str, Any]
    status: LotStatus
    quantity: Decimal
    balance: Decimal
    count: int | None
    count_balance: int | None
    shares: dict[UUID, Share]

    @property
    def id(self) -> UUID:
        """The lot's id."""
        return UUID(str(self.row["id"]))

    @property
    def unit(self) -> str:
        """The unit of its quantities."""
        return str(self.row["base_unit"])

    @property
    def quantum(self) -> Decimal:
        """The smallest quantity of it that is told apart."""
        return quantum_of(self.unit)

    @property
    def sellers(self) -> tuple[UUID, ...]:
        """Whose goods are or were in it."""
        return tuple(sorted({share.seller_id for share in self.shares.values()}))


async def hold(
    tx: Tx, lot_ids: Sequence[UUID], action: str, *, alone: bool, pointer: str = "/lot_ids"
) -> list[Held]:
    """The lots, locked after their order, in the order in which they were named.

    With *alone* the order is held for this transaction alone: how much of it is allocated will
    change. Raises NotFound for a lot that is not there, OtherGoods when they are of more than one
    order line or sort of goods, OrderClosed, LotAboard, WrongState when *action* is not possible.
    """
    orders = {row["id"]: row["order_id"] for row in await tx.sql(_ORDERS, list(lot_ids))}
    for n, lot_id in enumerate(lot_ids):
        if lot_id not in orders:
            raise missing(f"{pointer}/{n}", "There is no such lot.", "Lot ini tidak ada.")
    first = orders[lot_ids[0]]
    _check_same(lot_ids, [lot_id for lot_id, order in orders.items() if order != first])
    if alone:
        await chain.hold_open(tx, first)
    else:
        await chain.open_orders(tx, [first])
    by_id = await taken(tx, lot_ids)
    lots = [by_id[lot_id] for lot_id in lot_ids]
    _check_same(lot_ids, [lot.id for lot in lots if _goods(lot) != _goods(lots[0])])
    for lot in lots:
        await check(tx, lot, action)
    return lots


async def hold_one(tx: Tx, seen: Any, action: str, *, alone: bool) -> Held:
    """The lot that the caller has *seen*, locked as by `hold`."""
    (lot,) = await hold(tx, [seen.id], action, alone=alone)
    return lot


async def taken(tx: Tx, lot_ids: Iterable[UUID]) -> dict[UUID, Held]:
    """The lots, locked in ascending id, whatever their state; the order is held already."""
    ids = list(lot_ids)
    rows = await tx.sql(_LOTS, ids)
    shares: dict[UUID, dict[UUID, Share]] = {row["id"]: {} for row in rows}
    # Read after the locks are had: whoever held them may have moved goods.
    for share in await tx.sql(_SHARES, ids):
        shares[share["lot_id"]][share["allocation_id"]] = Share(
            share["seller_id"], share["quantity"], share["balance"]
        )
    return {
        row["id"]: Held(
            dict(row),
            LotStatus(row["status"]),
            row["quantity"],
            row["balance"],
            row["count"],
            row["count_balance"],
            shares[row["id"]],
        )
        for row in rows
    }


async def check(tx: Tx, lot: Held, action: str) -> None:
    """Raises LotAboard for a lot in a shipment, else WrongState unless *action* is possible."""
    if aboard(lot):
        shipment = await tx.sql_row(_ABOARD, lot.id)
        if shipment is None:
            raise NotFound
        raise LotAboard(
            Text(
                f"This lot is in shipment {shipment['number']}. Take it out of there first, if "
                "that has not left.",
                f"Lot ini ada di pengiriman {shipment['number']}. Keluarkan dulu dari sana, kalau "
                "belum berangkat.",
            ),
            lot_id=encode(LOT.prefix, lot.id),
            shipment_id=encode("shp", shipment["id"]),
        )
    LOT.check(action, lot.status)


def aboard(lot: Held) -> bool:
    """Whether all of it lies on a truck: nothing is on hand, but there are goods in it."""
    return not lot.balance and any(share.balance for share in lot.shares.values())


def check_open(lot: Held) -> None:
    """Raises WrongState when enough was received for the line it was weighed for."""
    if lot.row["complete"]:
        raise WrongState(
            Text(
                "Its order line is complete; the goods are their sellers' again.",
                "Baris pesanannya sudah terpenuhi; barangnya kembali milik penjual.",
            ),
            current_status=lot.status,
            allowed_actions=[],
        )


def counted_off(parents: Sequence[Held], taken: int, lost: int) -> dict[UUID, tuple[int, int]]:
    """How many pieces are taken of each counted parent, and lost; they are taken off here.

    Of several parents all there are: which of them lacks what is lost, nobody saw.
    """
    counted = {p.id: p for p in parents if p.count_balance is not None}
    if not counted:
        return {}
    if len(parents) == 1:
        (parent,) = parents
        assert parent.count_balance is not None
        parent.count_balance -= taken + lost
        return {parent.id: (taken, lost)}
    had = {key: Decimal(parent.count_balance or 0) for key, parent in counted.items()}
    missing = divide(Decimal(lost), had, Decimal(1)) if lost else dict.fromkeys(had, Decimal(0))
    for parent in counted.values():
        parent.count_balance = 0
    return {key: (int(had[key] - missing[key]), int(missing[key])) for key in counted}


def _goods(lot: Held) -> tuple[Any, ...]:
    names = ("order_line_id", "commodity_id", "grade", "variant_id", "base_unit")
    return tuple(lot.row[name] for name in names)


def _check_same(lot_ids: Sequence[UUID], others: Sequence[UUID]) -> None:
    if others:
        named = [lot_id for lot_id in lot_ids if lot_id in set(others)]
        raise OtherGoods(lot_ids=[encode(LOT.prefix, lot_id) for lot_id in named])
