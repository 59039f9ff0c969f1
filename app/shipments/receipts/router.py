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
from app.http.conditional import IfMatch
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Page
from app.idempotency.doors import Commands
from app.shipments.receipts import commands, queries
from app.shipments.receipts.schemas import (
    GoodsReceiptDetail,
    GoodsReceiptIn,
    GoodsReceiptOut,
    GoodsReceiptPatch,
    GoodsReceiptReverseIn,
    receipt_detail,
    receipt_out,
)
from app.shipments.states import GoodsReceiptStatus

router = APIRouter(route_class=Route, tags=["goods receipts"])


async def _answer(tx: Tx, receipt_id: UUID) -> GoodsReceiptDetail:
    return receipt_detail(await authorized(tx, queries.detail(tx, receipt_id)), tx.actor)


@router.post("/v1/goods-receipts", status_code=201)
async def goods_receipt_create(
    asked: GoodsReceiptIn, tx: Annotated[Tx, Commands(P.GOODS_RECEIPT_CREATE)]
) -> GoodsReceiptDetail:
    """Write down what arrived of a shipment, by the buyer or the hub: `posted`, one per shipment.

    With `"draft": true` it is a `draft`: lots may be left out, and nothing moves until `/post`. A
    shipment nobody wrote a receipt for within three days of its delivery is received by rule, all
    as it left (`posted_by_rule`); a draft that was never posted becomes that receipt.
    """
    return await _answer(tx, await commands.create(tx, asked))


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


@router.patch(
    "/v1/goods-receipts/{receipt_id}",
    openapi_extra={
        "requestBody": {
            "content": {
                "application/merge-patch+json": {
                    "schema": {"$ref": "#/components/schemas/GoodsReceiptPatch"}
                }
            }
        }
    },
)
async def goods_receipt_edit(
    receipt_id: GoodsReceiptId,
    asked: GoodsReceiptPatch,
    tx: Annotated[Tx, Opens(P.GOODS_RECEIPT_EDIT)],
    if_match: IfMatch = None,
) -> GoodsReceiptDetail:
    """Write the lines of a draft anew (JSON Merge Patch): `lines` replaces all that were there."""
    await commands.edit(tx, receipt_id, asked, if_match)
    return await _answer(tx, receipt_id)


@router.post("/v1/goods-receipts/{receipt_id}/post")
async def goods_receipt_post(
    receipt_id: GoodsReceiptId, tx: Annotated[Tx, Commands(P.GOODS_RECEIPT_POST)]
) -> GoodsReceiptDetail:
    """A draft counts from now on, as if it had been posted at once; every lot must be in it."""
    await commands.post(tx, receipt_id)
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


@router.post("/v1/goods-receipts/{receipt_id}/reverse")
async def goods_receipt_reverse(
    receipt_id: GoodsReceiptId,
    asked: GoodsReceiptReverseIn,
    tx: Annotated[Tx, Commands(P.GOODS_RECEIPT_REVERSE)],
) -> GoodsReceiptDetail:
    """Take back a receipt that nobody has signed, or throw a draft away; another may be written.

    By the hub, or by the buyer: it need not sign what it does not agree with. What was
    `posted_by_rule` only the hub reverses. 409 `receipt_claimed` while goods of it are claimed.
    """
    await commands.reverse(tx, receipt_id, asked)
    return await _answer(tx, receipt_id)
