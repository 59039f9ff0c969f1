"""Complaining of goods, looking into it, taking it back, and doing what was granted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from app.access.authorize import authorized
from app.core import workdays
from app.core.errors import Forbidden, WrongState, invalid, missing
from app.core.ids import encode, new_id
from app.core.state_words import state_name
from app.core.text import Text
from app.db.numbers import number_sql
from app.db.tx import Tx
from app.events.move import move
from app.events.record import Change, record
from app.orders.states import OrderStatus
from app.shipments.claims import queries, rules
from app.shipments.claims.models import Remedy
from app.shipments.claims.queries import CLAIMS, LINES
from app.shipments.claims.schemas import ClaimIn, ClaimResolveIn
from app.shipments.claims.states import CLAIM, ClaimStatus
from app.shipments.evidence.commands import Named, attach_all
from app.shipments.receipts import queries as receipts
from app.shipments.states import GOODS_RECEIPT, GoodsReceiptStatus

CLAIMABLE = {
    GoodsReceiptStatus.POSTED,
    GoodsReceiptStatus.SIGNED,
    GoodsReceiptStatus.DEEMED_SIGNED,
}

_INSERT = f"""
INSERT INTO claims (id, status, number, receipt_id, shipment_id, buyer_id, answer_by, note,
  livemode, created_at)
VALUES ($1, $2, {number_sql("claim")}, $3, $4, $5, $6, $7, $8, $9) RETURNING *
"""
_REPLACED = """
UPDATE claim_lines k SET replacement_order_id = w.order_id
FROM unnest($1::uuid[], $2::uuid[]) AS w(id, order_id) WHERE k.id = w.id
"""
_DEAD = {OrderStatus.DECLINED, OrderStatus.CANCELLED, OrderStatus.EXPIRED}

_NOT_YOURS = Text(
    "Only the buyer takes its claim back.", "Hanya pembeli yang menarik kembali klaimnya."
)


def told(claim: Any) -> dict[str, Any]:
    """What events of a claim say. *claim* is a row of either driver."""
    return {
        "number": claim["number"],
        "receipt_id": encode(GOODS_RECEIPT.prefix, claim["receipt_id"]),
    }


async def create(tx: Tx, asked: ClaimIn) -> UUID:
    """Complain of goods of a receipt, while its window is open; the claim's id.

    The receipt's lock is what keeps two claims from being about the same goods. Raises NotFound for
    a receipt that is not the caller's, WrongState for one that does not count, ClaimWindowOver,
    AlreadyClaimed, Invalid and NotCharged for lines that cannot be.
    """
    receipt = await receipts.receipt(tx, asked.receipt_id, lock=True)
    if receipt is None:
        raise missing("/receipt_id", "You have no such receipt.", "BAST ini tidak ada.")
    _check_claimable(tx, receipt)
    lines = rules.complaints(asked.lines, await queries.received(tx, receipt.id))
    await attach_all(
        tx,
        [
            Named(line.photo_ids, [receipt.buyer_id], f"/lines/{n}/photo_ids")
            for n, line in enumerate(asked.lines)
        ],
    )
    claim: Any = await tx.sql_row(
        _INSERT,
        new_id(),
        ClaimStatus.OPENED,
        receipt.id,
        receipt.shipment_id,
        receipt.buyer_id,
        workdays.after(tx.now, rules.ANSWER_WITHIN),
        asked.note,
        receipt.livemode,
        tx.now,
    )
    await _write(tx, claim, asked, lines)
    change = Change(
        CLAIM,
        "create",
        claim["id"],
        claim["version"],
        claim["status"],
        audience=(claim["buyer_id"],),
        data=told(claim),
    )
    await record(tx, [change])
    claim_id: UUID = claim["id"]
    return claim_id


def _check_claimable(tx: Tx, receipt: Row[Any]) -> None:
    if receipt.status not in CLAIMABLE:
        raise WrongState(
            Text(
                f"This receipt is {receipt.status}; goods are claimed once it is posted.",
                f"BAST ini berstatus “{state_name(receipt.status)}”; barang diklaim setelah BAST "
                "dicatat.",
            ),
            machine=GOODS_RECEIPT.name,
            current_status=receipt.status,
            allowed_actions=GOODS_RECEIPT.allowed_actions(receipt.status),
        )
    if receipt.claim_by <= tx.now:
        raise rules.ClaimWindowOver(claim_by=receipt.claim_by)


async def _write(tx: Tx, claim: Any, asked: ClaimIn, lines: Sequence[rules.Complaint]) -> None:
    rows = [
        {
            "id": new_id(),
            "claim_id": claim["id"],
            "lot_id": line.lot_id,
            "order_line_id": line.order_line_id,
            "buyer_id": claim["buyer_id"],
            "livemode": claim["livemode"],
            "about": line.about,
            "quantity": line.quantity,
            "amount": line.amount,
            "remedy": line.remedy,
            "reason": said.reason,
            "note": said.note,
            "photo_ids": said.photo_ids,
        }
        for line, said in zip(lines, asked.lines, strict=True)
    ]
    await tx.run(insert(LINES).values(rows))


async def review(tx: Tx, claim_id: UUID, note: str | None) -> None:
    """The hub looks into it; the buyer sees that somebody does."""
    row = await authorized(tx, queries.claim(tx, claim_id, lock=True))
    await turn(tx, row, "review", ClaimStatus.UNDER_REVIEW, note=note)


async def withdraw(tx: Tx, claim_id: UUID, note: str | None) -> None:
    """The buyer complains no more; the goods may be claimed anew. Raises Forbidden for others."""
    row = await authorized(tx, queries.claim(tx, claim_id, lock=True))
    if row.buyer_id != tx.actor.party_id:
        raise Forbidden(_NOT_YOURS)
    await turn(tx, row, "withdraw", ClaimStatus.WITHDRAWN, note=note, end_note=note)


async def resolve(tx: Tx, claim_id: UUID, asked: ClaimResolveIn) -> None:
    """What was granted was done. Replacements name their orders, returns are said in the note.

    Raises Invalid for what is left out or does not fit.
    """
    row = await authorized(tx, queries.claim(tx, claim_id, lock=True))
    CLAIM.check("resolve", row.status)
    lines = await queries.lines(tx, [row.id])
    named = await _named(tx, row, asked, lines)
    if any(line.granted_remedy == Remedy.RETURN for line in lines) and asked.note is None:
        raise invalid(
            "/note",
            "note_needed",
            "Goods were to come back: say when and where they did.",
            "Ada barang yang harus kembali: tulis kapan dan di mana barang kembali.",
        )
    if named:
        await tx.sql(_REPLACED, list(named), list(named.values()))
    await turn(
        tx,
        row,
        "resolve",
        ClaimStatus.RESOLVED,
        note=asked.note,
        resolved_at=tx.now,
        end_note=asked.note,
    )


async def _named(
    tx: Tx, claim: Row[Any], asked: ClaimResolveIn, lines: Sequence[Row[Any]]
) -> dict[UUID, UUID]:
    """Which order replaces the goods of which line. Raises Invalid, NotFound."""
    wanted = {line.id for line in lines if line.granted_remedy == Remedy.REPLACEMENT}
    orders = await queries.replacements(tx, [said.replacement_order_id for said in asked.lines])
    named: dict[UUID, UUID] = {}
    for n, said in enumerate(asked.lines):
        if said.line_id not in wanted or said.line_id in named:
            raise invalid(
                f"/lines/{n}/line_id",
                "no_replacement",
                "No replacement was granted on this line, or it is named twice.",
                "Baris ini tidak disetujui untuk diganti, atau disebut dua kali.",
            )
        order = orders.get(said.replacement_order_id)
        if order is None or order.buyer_id != claim.buyer_id:
            raise missing(
                f"/lines/{n}/replacement_order_id",
                "This buyer has no such order.",
                "Pembeli ini tidak punya pesanan itu.",
            )
        if order.placed_at < claim.created_at or order.status in _DEAD:
            raise invalid(
                f"/lines/{n}/replacement_order_id",
                "not_a_replacement",
                "Expected an order that was placed after the claim and is not called off.",
                "Harus pesanan yang dibuat setelah klaim dan tidak dibatalkan.",
            )
        named[said.line_id] = order.id
    if len(named) < len(wanted):
        raise invalid(
            "/lines",
            "lines_missing",
            f"Replacements without the order that brings them: {len(wanted) - len(named)}.",
            f"{len(wanted) - len(named)} penggantian belum menyebut pesanannya.",
        )
    return named


async def turn(
    tx: Tx, row: Row[Any], action: str, to: ClaimStatus, *, note: str | None = None, **values: Any
) -> None:
    """Move a claim, locked by the caller; its buyer hears of it, its history what was said."""
    await move(
        tx,
        CLAIM,
        CLAIMS,
        row,
        action,
        to,
        audience=(row.buyer_id,),
        data=told(row._mapping),
        note=note,
        **values,
    )
