"""`/v1/goods-receipts`: what arrived (BAST)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import GoodsReceiptId, ShipmentId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.receipts import commands, queries
from app.shipments.receipts.schemas import (
    GoodsReceiptDetail,
    GoodsReceiptIn,
    GoodsReceiptOut,
    receipt_detail,
    receipt_out,
)
from app.shipments.states import GoodsReceiptStatus

router = APIRouter(route_class=Route, tags=["goods receipts"])


async def _answer(tx: Tx, receipt_id: UUID) -> GoodsReceiptDetail:
    return receipt_detail(await authorized(tx, queries.detail(tx, receipt_id)), tx.actor)


@router.post("/v1/goods-receipts", status_code=201)
async def goods_receipt_post(
    asked: GoodsReceiptIn, tx: Annotated[Tx, Commands(P.GOODS_RECEIPT_POST)]
) -> GoodsReceiptDetail:
    """Write down what arrived of a shipment, by the buyer or the hub; one receipt per shipment."""
    return await _answer(tx, await commands.post(tx, asked))


@router.get("/v1/goods-receipts")
async def goods_receipt_list(
    tx: Annotated[Tx, Opens(P.GOODS_RECEIPT_READ)],
    paging: Paged,
    shipment_id: Annotated[ShipmentId | None, Query()] = None,
    status: Annotated[GoodsReceiptStatus | None, Query()] = None,
) -> Page[GoodsReceiptOut]:
    """Your goods receipts; all of them for the hub. Newest first."""
    rows, cursor = await queries.receipts(tx, paging, shipment_id=shipment_id, status=status)
    return Page(data=[receipt_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/goods-receipts/{receipt_id}")
async def goods_receipt_read(
    receipt_id: GoodsReceiptId, tx: Annotated[Tx, Opens(P.GOODS_RECEIPT_READ)]
) -> GoodsReceiptDetail:
    """One goods receipt with its verdict, lot by lot."""
    return await _answer(tx, receipt_id)


@router.post("/v1/goods-receipts/{receipt_id}/sign")
async def goods_receipt_sign(
    receipt_id: GoodsReceiptId, tx: Annotated[Tx, Commands(P.GOODS_RECEIPT_SIGN)]
) -> GoodsReceiptDetail:
    """The buyer stands by the receipt. Nobody signs in the buyer's place, the hub neither.

    Order lines with enough received are closed and their quota is settled; unsigned receipts
    count as signed after `sign_by`.
    """
    await commands.sign(tx, receipt_id)
    return await _answer(tx, receipt_id)
