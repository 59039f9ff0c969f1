"""Writing down what arrived, standing by it, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.access.permissions import Permission
from app.core.errors import DomainError, Forbidden, Kind, WrongState, missing
from app.core.ids import encode, new_id
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.http.conditional import check_version
from app.orders import progress
from app.shipments import chain
from app.shipments.claims import queries as claims
from app.shipments.claims.states import CLAIM
from app.shipments.evidence.commands import Named, attach_all
from app.shipments.receipts import queries, rules
from app.shipments.receipts.queries import LINES, RECEIPTS
from app.shipments.receipts.schemas import (
    GoodsReceiptIn,
    GoodsReceiptPatch,
    GoodsReceiptReverseIn,
)
from app.shipments.shipments import queries as shipments
from app.shipments.shipments.rules import allowed
from app.shipments.states import GOODS_RECEIPT, SHIPMENT, GoodsReceiptStatus, ShipmentStatus

G = GoodsReceiptStatus

SIGNING = timedelta(days=3)
"""How long the buyer has to sign or complain; then its silence accepts the goods.

Indonesian public procurement counts three working days for answers of this kind; fresh goods
cannot wait longer.
"""

CLAIMING = timedelta(days=7)
"""How long after posting the buyer may claim: what fresh goods hide shows within a week."""

RECEIVABLE = {ShipmentStatus.ARRIVED, ShipmentStatus.DELIVERED}

_INSERT = f"""
INSERT INTO goods_receipts
  (id, status, number, shipment_id, buyer_id, sign_by, claim_by, livemode, posted_at, created_at)
VALUES ($1, $2, {number_sql("goods_receipt")}, $3, $4, $5, $6, $7, $8, $9) RETURNING *
"""
_ERASE = "DELETE FROM goods_receipt_lines WHERE receipt_id = $1"

_NOT_YOURS = Text(
    "Only the buyer signs its goods receipt.", "Hanya pembeli yang menandatangani BAST-nya."
)
_BY_RULE = Text(
    "Nobody wrote this receipt in time, so the goods count as accepted. Claim what was wrong with "
    "them, or ask the hub to reverse it.",
    "BAST ini tidak ditulis tepat waktu, jadi barang dianggap diterima. Ajukan klaim bila ada yang "
    "salah, atau minta BTC membatalkannya.",
)


class ReceiptClaimed(DomainError):
    """Goods of the receipt are claimed; what is claimed must not change under the claim."""

    kind = Kind.CONFLICT
    code = "receipt_claimed"
    title = Text("Something is claimed on it", "Ada klaim atas BAST ini")
    advice = Text(
        "The claims in claim_ids are about this receipt. Withdraw them first, or let them be "
        "answered and leave the receipt as it is.",
        "Klaim dalam claim_ids menyangkut BAST ini. Tarik dulu klaimnya, atau tunggu jawabannya "
        "dan biarkan BAST ini.",
    )


async def create(tx: Tx, asked: GoodsReceiptIn) -> UUID:
    """Write down what arrived of a shipment, lot by lot; the receipt's id. A draft moves nothing.

    Raises NotFound for a shipment the caller has no part in as its buyer, WrongState before it
    arrived, AlreadyExists for a second receipt, Invalid for lines that cannot be, Forbidden for
    more than a draft when the key may only write those.
    """
    if not (asked.draft or tx.actor.may(Permission.GOODS_RECEIPT_POST)):
        raise Forbidden(permission=Permission.GOODS_RECEIPT_POST)
    seen = await shipments.shipment(tx, asked.shipment_id)
    if seen is None or not (tx.actor.hub or seen.buyer_id == tx.actor.party_id):
        raise missing("/shipment_id", "You have no such shipment.", "Pengiriman ini tidak ada.")
    shipment = await _held(tx, seen.id)
    await queries.check_none(tx, shipment.id)
    _check_receivable(tx, shipment)
    carried = await queries.carried(tx, shipment.id)
    lines = rules.judge(asked.lines, carried)
    if not asked.draft:
        rules.check_whole(lines, carried)
    receipt = await _insert(tx, shipment, draft=asked.draft)
    await _write(tx, receipt, lines)
    if not asked.draft:
        await progress.receive(tx, rules.per_order_line(lines))
    change = Change(
        GOODS_RECEIPT,
        "create" if asked.draft else "post",
        receipt["id"],
        receipt["version"],
        receipt["status"],
        audience=(receipt["buyer_id"],),
        data=told(receipt),
    )
    await record(tx, [change])
    receipt_id: UUID = receipt["id"]
    return receipt_id


async def _held(tx: Tx, shipment_id: UUID) -> Row[Any]:
    """The shipment, locked after its orders."""
    await chain.hold(tx, [shipment_id])
    shipment = await shipments.shipment(tx, shipment_id, lock=True)
    assert shipment is not None, "whoever sees it, or its receipt, saw it a moment ago"
    return shipment


def _check_receivable(tx: Tx, shipment: Row[Any]) -> None:
    if shipment.status not in RECEIVABLE:
        raise WrongState(
            Text(
                f"This shipment is {shipment.status}; goods are received once it has arrived.",
                f"Status pengiriman {shipment.status}; barang diterima setelah pengiriman tiba.",
            ),
            current_status=shipment.status,
            allowed_actions=allowed(shipment, tx.actor),
        )


async def _insert(tx: Tx, shipment: Row[Any], *, draft: bool) -> Any:
    return await tx.sql_row(
        _INSERT,
        new_id(),
        G.DRAFT if draft else G.POSTED,
        shipment.id,
        shipment.buyer_id,
        None if draft else tx.now + SIGNING,
        None if draft else tx.now + CLAIMING,
        shipment.livemode,
        None if draft else tx.now,
        tx.now,
    )


async def _write(tx: Tx, receipt: Any, lines: Sequence[rules.Judged]) -> None:
    """The lines of a receipt (a row of either driver), and who may see their photos."""
    buyer = [receipt["buyer_id"]]
    await attach_all(
        tx, [Named(line.photo_ids, buyer, f"/lines/{n}/photo_ids") for n, line in enumerate(lines)]
    )
    rows = [
        {
            "receipt_id": receipt["id"],
            "lot_id": line.lot_id,
            "order_line_id": line.order_line_id,
            "buyer_id": receipt["buyer_id"],
            "livemode": receipt["livemode"],
            "shipped": line.shipped,
            "received": line.received,
            "accepted": line.verdict.accepted,
            "downgraded": line.verdict.downgraded,
            "rejected": line.verdict.rejected,
            "reason": line.reason,
            "note": line.note,
            "photo_ids": list(line.photo_ids),
        }
        for line in lines
    ]
    if rows:
        await tx.run(insert(LINES).values(rows))


def told(receipt: Any) -> dict[str, Any]:
    """What events of a receipt say. *receipt* is a row of either driver."""
    return {
        "number": receipt["number"],
        "shipment_id": encode(SHIPMENT.prefix, receipt["shipment_id"]),
    }


async def edit(tx: Tx, receipt_id: UUID, asked: GoodsReceiptPatch, if_match: str | None) -> None:
    """Write the lines of a draft anew, all of them. Raises PreconditionFailed, WrongState."""
    row = await authorized(tx, queries.receipt(tx, receipt_id, lock=True))
    check_version(if_match, row.version)
    GOODS_RECEIPT.check("edit", row.status)
    lines = rules.judge(asked.lines, await queries.carried(tx, row.shipment_id))
    await tx.sql(_ERASE, row.id)
    await _write(tx, row._mapping, lines)
    await _move(tx, row, "edit", G.DRAFT)


async def post(tx: Tx, receipt_id: UUID) -> None:
    """What a draft says counts from now on, by the same rules as a receipt posted at once.

    Raises Invalid while lots are not judged, WrongState when the goods are not there any more.
    """
    row = await authorized(tx, queries.receipt(tx, receipt_id, lock=True))
    GOODS_RECEIPT.check("post", row.status)
    shipment = await _held(tx, row.shipment_id)
    _check_receivable(tx, shipment)
    lines = await queries.written(tx, row.id)
    rules.check_whole(lines, await queries.carried(tx, shipment.id))
    await progress.receive(tx, rules.per_order_line(lines))
    await _move(
        tx,
        row,
        "post",
        G.POSTED,
        posted_at=tx.now,
        sign_by=tx.now + SIGNING,
        claim_by=tx.now + CLAIMING,
    )


async def sign(tx: Tx, receipt_id: UUID) -> None:
    """The buyer stands by it; lines that nothing more is awaited of are closed.

    Raises Forbidden for anybody but the buyer, the hub included.
    """
    row = await authorized(tx, queries.receipt(tx, receipt_id, lock=True))
    if row.buyer_id != tx.actor.party_id:
        raise Forbidden(_NOT_YOURS)
    await _move(tx, row, "sign", G.SIGNED, signed_at=tx.now)
    await chain.hold(tx, [row.shipment_id])
    await chain.settle(tx, [row.shipment_id])


async def reverse(tx: Tx, receipt_id: UUID, asked: GoodsReceiptReverseIn) -> None:
    """It does not hold: what it added to order lines is taken off again, and another may come.

    The hub, and the buyer: what somebody else wrote down for it, it need not sign. Raises Forbidden
    for a buyer whose silence has accepted the goods, ReceiptClaimed while goods of it are claimed.
    """
    row = await authorized(tx, queries.receipt(tx, receipt_id, lock=True))
    GOODS_RECEIPT.check("reverse", row.status)
    if row.posted_by_rule and not tx.actor.hub:
        raise Forbidden(_BY_RULE)
    if row.status == G.POSTED:
        claimed = await claims.standing(tx, row.id)
        if claimed:
            raise ReceiptClaimed(claim_ids=[encode(CLAIM.prefix, each) for each in claimed])
        await chain.hold(tx, [row.shipment_id])
        verdicts = rules.per_order_line(await queries.written(tx, row.id))
        await progress.receive(tx, rules.inverse(verdicts))
    await _move(
        tx,
        row,
        "reverse",
        G.REVERSED,
        reason=asked.reason,
        note=asked.note,
        reversed_at=tx.now,
    )


async def _move(tx: Tx, row: Row[Any], action: str, to: G, **values: Any) -> None:
    await move(
        tx,
        GOODS_RECEIPT,
        RECEIPTS,
        row,
        action,
        to,
        audience=(row.buyer_id,),
        data=told(row._mapping),
        **values,
    )
