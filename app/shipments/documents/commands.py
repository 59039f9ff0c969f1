"""Issuing documents.

Order of locks: what the document is about (it must not be cancelled, or written of twice, in
between), then, last of all, the series that numbers it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row

from app.core.errors import missing
from app.core.ids import new_id
from app.db.tx import Tx
from app.shipments.documents import gather, queries, rules
from app.shipments.documents.contents import CONTENT, AnyContent, DocumentKind
from app.shipments.documents.gather import Asked
from app.shipments.documents.schemas import DocumentIn
from app.shipments.legs import queries as legs
from app.shipments.receipts import queries as receipts
from app.shipments.shipments import queries as shipments

PREFIXES: dict[DocumentKind, str] = {
    DocumentKind.SURAT_JALAN: "SJ",
    DocumentKind.LOAD_LIST: "DM",
    DocumentKind.LOT_LABEL: "LBL",
    DocumentKind.BAST: "BAST",
}

# One statement: whoever draws a number has it in a document, or the row of the series is as before.
_ISSUE = """
WITH drawn AS (
  INSERT INTO document_series AS s (kind, year, livemode, last) VALUES ($2, $4, $5, 1)
  ON CONFLICT (kind, year, livemode) DO UPDATE SET last = s.last + 1 RETURNING last)
INSERT INTO documents (id, kind, number, livemode, language, shipment_id, leg_id, receipt_id,
  buyer_id, carrier_id, seller_id, replaces_id, content, issued_by, created_at)
SELECT $1, $2, concat_ws('/', $3::text, 'BTC', $4::int,
    lpad(last::text, greatest(6, length(last::text)), '0')),
  $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 FROM drawn
RETURNING *, NULL::uuid AS replaced_by_id
"""


class _Subject(NamedTuple):
    """What a document is about, and for whom it is besides the hub."""

    gathered: Callable[[Tx, Asked], Awaitable[AnyContent]]
    shipment_id: UUID | None = None
    leg_id: UUID | None = None
    receipt_id: UUID | None = None
    buyer_id: UUID | None = None
    carrier_id: UUID | None = None
    seller_id: UUID | None = None


async def issue(tx: Tx, asked: DocumentIn, address: str) -> asyncpg.Record:
    """A new document, its number drawn from its series; it replaces the one before it.

    *address* is where people reach the service. Raises Invalid, NotFound, Forbidden, NotPossible.
    """
    field = rules.subject_of(asked)
    subject = await _SUBJECTS[asked.kind, field](tx, asked)
    await tx.as_hub()  # names of the other parties, and the number that the last one had
    about = subject.shipment_id or subject.leg_id or subject.receipt_id
    before = None
    if about is not None:
        before = await queries.newest(tx, asked.kind, asked.language, about)
    number = before["number"] if before else None
    content = await subject.gathered(tx, Asked(asked.language, number, address))
    made = await tx.sql_row(
        _ISSUE,
        new_id(),
        asked.kind,
        PREFIXES[asked.kind],
        tx.today.year,
        tx.actor.livemode,
        asked.language,
        *subject[1:],
        before["id"] if before else None,
        CONTENT.dump_json(content).decode(),
        tx.actor.party_id,
        tx.now,
    )
    assert made is not None
    return made


async def _surat_jalan(tx: Tx, asked: DocumentIn) -> _Subject:
    row = await _shipment(tx, asked)
    return _Subject(
        lambda tx, of: gather.surat_jalan(tx, of, row.id),
        shipment_id=row.id,
        buyer_id=row.buyer_id,
        carrier_id=row.carrier_id,
    )


async def _list_of_shipment(tx: Tx, asked: DocumentIn) -> _Subject:
    row = await _shipment(tx, asked)
    return _Subject(
        lambda tx, of: gather.list_of_shipment(tx, of, row.id),
        shipment_id=row.id,
        carrier_id=row.carrier_id,
    )


async def _shipment(tx: Tx, asked: DocumentIn) -> Row[Any]:
    assert asked.shipment_id is not None
    row = await shipments.shipment(tx, asked.shipment_id, lock=True)
    if row is None:
        raise missing("/shipment_id", "There is no such shipment.", "Pengiriman ini tidak ada.")
    rules.check_carries(row, tx.actor)
    rules.check_happens(row)
    return row


async def _list_of_leg(tx: Tx, asked: DocumentIn) -> _Subject:
    assert asked.leg_id is not None
    row = await legs.leg(tx, asked.leg_id, lock=True)
    if row is None:
        raise missing("/leg_id", "There is no such leg.", "Perjalanan ini tidak ada.")
    rules.check_carries(row, tx.actor)
    rules.check_happens(row)
    return _Subject(
        lambda tx, of: gather.list_of_leg(tx, of, row.id), leg_id=row.id, carrier_id=row.carrier_id
    )


async def _bast(tx: Tx, asked: DocumentIn) -> _Subject:
    assert asked.receipt_id is not None
    row = await receipts.receipt(tx, asked.receipt_id, lock=True)
    if row is None:
        raise missing("/receipt_id", "There is no such goods receipt.", "Penerimaan ini tidak ada.")
    rules.check_posted(row)
    return _Subject(
        lambda tx, of: gather.bast(tx, of, row), receipt_id=row.id, buyer_id=row.buyer_id
    )


async def _labels(tx: Tx, asked: DocumentIn) -> _Subject:
    assert asked.lot_ids is not None
    wanted = asked.lot_ids
    rows = {row.id: row for row in await queries.own_lots(tx, wanted)}
    for n, lot_id in enumerate(wanted):
        if lot_id not in rows:
            raise missing(f"/lot_ids/{n}", "There is no such lot.", "Lot ini tidak ada.")
    rules.check_sells(list(rows.values()), tx.actor)
    sellers = {row.seller_id for row in rows.values()}
    return _Subject(
        lambda tx, of: gather.labels(tx, of, wanted),
        seller_id=sellers.pop() if len(sellers) == 1 else None,
    )


_SUBJECTS: dict[tuple[DocumentKind, str], Callable[[Tx, DocumentIn], Awaitable[_Subject]]] = {
    (DocumentKind.SURAT_JALAN, "shipment_id"): _surat_jalan,
    (DocumentKind.LOAD_LIST, "shipment_id"): _list_of_shipment,
    (DocumentKind.LOAD_LIST, "leg_id"): _list_of_leg,
    (DocumentKind.LOT_LABEL, "lot_ids"): _labels,
    (DocumentKind.BAST, "receipt_id"): _bast,
}
