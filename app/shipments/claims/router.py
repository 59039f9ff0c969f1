"""`/v1/claims`: what the buyer complains of. `/v1/deductions`: what is taken off whom for it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.core.ids import ClaimId, GoodsReceiptId, LotId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands
from app.shipments.claims import answering, commands, queries
from app.shipments.claims.schemas import (
    ClaimAnswerIn,
    ClaimDetail,
    ClaimIn,
    ClaimOut,
    ClaimResolveIn,
    DeductionOut,
)
from app.shipments.claims.shown import claim_detail, claim_out, deduction_out
from app.shipments.claims.states import ClaimStatus

router = APIRouter(route_class=Route, tags=["claims"])


async def _answer(tx: Tx, claim_id: UUID) -> ClaimDetail:
    return claim_detail(await authorized(tx, queries.detail(tx, claim_id)), tx.actor)


@router.post("/v1/claims", status_code=201)
async def claim_create(asked: ClaimIn, tx: Annotated[Tx, Commands(P.CLAIM_CREATE)]) -> ClaimDetail:
    """Complain of goods of a posted receipt, until its `claim_by`; by its buyer, or the hub for it.

    Goods that were accepted or downgraded can be credited, sent again (`replacement`, an order with
    a price of its own) or given back (`return`); each takes their price off, and needs a photo.
    What was rejected or short is never charged: credit for it is refused (422 `not_charged`), a
    replacement is not. Of each lot no more can be claimed than the receipt says (409
    `already_claimed` names what is left).

    The hub answers within three working days; silence grants everything.
    """
    return await _answer(tx, await commands.create(tx, asked))


@router.get("/v1/claims")
async def claim_list(
    tx: Annotated[Tx, Opens(P.CLAIM_READ)],
    paging: Paged,
    receipt_id: Annotated[GoodsReceiptId | None, Query()] = None,
    status: Annotated[ClaimStatus | None, Query()] = None,
) -> Page[ClaimOut]:
    """Your claims; all of them for the hub. Newest first."""
    rows, cursor = await queries.claims(tx, paging, receipt_id=receipt_id, status=status)
    return Page(data=[claim_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/claims/{claim_id}")
async def claim_read(claim_id: ClaimId, tx: Annotated[Tx, Opens(P.CLAIM_READ)]) -> ClaimDetail:
    """One claim, and what was granted of each of its lines."""
    return await _answer(tx, claim_id)


@router.post("/v1/claims/{claim_id}/review")
async def claim_review(
    claim_id: ClaimId,
    tx: Annotated[Tx, Commands(P.CLAIM_REVIEW)],
    asked: NoteIn | None = None,
) -> ClaimDetail:
    """The hub looks into it. `answer_by` stays."""
    await commands.review(tx, claim_id, asked.note if asked else None)
    return await _answer(tx, claim_id)


@router.post("/v1/claims/{claim_id}/answer")
async def claim_answer(
    claim_id: ClaimId,
    asked: ClaimAnswerIn,
    tx: Annotated[Tx, Commands(P.CLAIM_ANSWER)],
) -> ClaimDetail:
    """Grant all, a part or nothing, every line once; nothing granted needs a note.

    Money that is granted is divided over the sellers of the lot by what of it came from each,
    exactly to the rupiah (GET /v1/deductions), unless the hub or the carrier bears it.
    """
    await answering.answer(tx, claim_id, asked)
    return await _answer(tx, claim_id)


@router.post("/v1/claims/{claim_id}/withdraw")
async def claim_withdraw(
    claim_id: ClaimId,
    tx: Annotated[Tx, Commands(P.CLAIM_WITHDRAW)],
    asked: NoteIn | None = None,
) -> ClaimDetail:
    """The buyer takes it back before it is answered; the goods may be claimed anew."""
    await commands.withdraw(tx, claim_id, asked.note if asked else None)
    return await _answer(tx, claim_id)


@router.post("/v1/claims/{claim_id}/resolve")
async def claim_resolve(
    claim_id: ClaimId,
    asked: ClaimResolveIn,
    tx: Annotated[Tx, Commands(P.CLAIM_RESOLVE)],
) -> ClaimDetail:
    """What was granted has been done: a replacement names its order, a return has a note.

    A week later the claim is `closed`, like one that was rejected: so long somebody may still come
    back to it.
    """
    await commands.resolve(tx, claim_id, asked)
    return await _answer(tx, claim_id)


@router.get("/v1/deductions")
async def deduction_list(
    tx: Annotated[Tx, Opens(P.DEDUCTION_READ)],
    paging: Paged,
    claim_id: Annotated[ClaimId | None, Query()] = None,
    lot_id: Annotated[LotId | None, Query()] = None,
) -> Page[DeductionOut]:
    """What is taken off you for claims, each with its why; all of it for the hub. Newest first.

    What the other sellers of a lot bear is not shown, nor who they are, nor who bought it.
    """
    rows, cursor = await queries.deductions(tx, paging, claim_id=claim_id, lot_id=lot_id)
    return Page(data=[deduction_out(row) for row in rows], next_cursor=cursor)
