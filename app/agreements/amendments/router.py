"""`/v1/agreements/…/amendments` and `/v1/agreement-amendments`: other terms from a day on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.agreements import queries as agreements
from app.agreements.amendments import commands, queries
from app.agreements.amendments.schemas import (
    AgreementAmendmentIn,
    AgreementAmendmentOut,
    AmendmentRejectIn,
    amendment_out,
)
from app.core.ids import AgreementAmendmentId, AgreementId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["agreements"])


@router.post("/v1/agreements/{agreement_id}/amendments", status_code=201)
async def agreement_amendment_create(
    agreement_id: AgreementId,
    asked: AgreementAmendmentIn,
    tx: Annotated[Tx, Commands(P.AGREEMENT_AMENDMENT_CREATE)],
) -> AgreementAmendmentOut:
    """Propose other terms from a day on, or another last day; the other side answers.

    Quota changes from the first period that begins on or after `effective_on`; of a line with
    `once`, whose one period is the whole time, with the confirmation. Price, tolerances and the
    smallest call-off hold for deliveries from that day on; orders already placed keep their terms.
    A new price on a line with tiers or an index keeps those, unless `price_rule` says otherwise.

    One amendment waits at a time, at most five working days and never past `effective_on`; without
    an answer it has expired and everything stays as it was. 409 `quota_in_use` names the periods of
    which more is used than would be left.
    """
    row = await commands.create(tx, agreement_id, asked)
    return amendment_out(row, tx.actor)


@router.get("/v1/agreements/{agreement_id}/amendments")
async def agreement_amendment_list(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Opens(P.AGREEMENT_AMENDMENT_READ)],
    paging: Paged,
) -> Page[AgreementAmendmentOut]:
    """All that was ever proposed to amend in an agreement, newest first."""
    await authorized(tx, agreements.agreement(tx, agreement_id))
    rows, cursor = await queries.amendments(tx, agreement_id, paging)
    return Page(data=[amendment_out(row, tx.actor) for row in rows], next_cursor=cursor)


@router.get("/v1/agreement-amendments/{agreement_amendment_id}")
async def agreement_amendment_read(
    agreement_amendment_id: AgreementAmendmentId,
    tx: Annotated[Tx, Opens(P.AGREEMENT_AMENDMENT_READ)],
) -> AgreementAmendmentOut:
    """One amendment: all that becomes different, before and after."""
    row = await authorized(tx, queries.amendment(tx, agreement_amendment_id))
    return amendment_out(row, tx.actor)


@router.post("/v1/agreement-amendments/{agreement_amendment_id}/confirm")
async def agreement_amendment_confirm(
    agreement_amendment_id: AgreementAmendmentId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_AMENDMENT_CONFIRM)],
) -> AgreementAmendmentOut:
    """The other side's consent: lines have new terms from `effective_on` on, periods their quota.

    The side that proposed it has consented already (409 `other_side_decides`). 409 `quota_in_use`
    when more is used by now than would be left; it may be confirmed later, when orders have ended.
    """
    return amendment_out(await commands.confirm(tx, agreement_amendment_id), tx.actor)


@router.post("/v1/agreement-amendments/{agreement_amendment_id}/reject")
async def agreement_amendment_reject(
    agreement_amendment_id: AgreementAmendmentId,
    asked: AmendmentRejectIn,
    tx: Annotated[Tx, Commands(P.AGREEMENT_AMENDMENT_REJECT)],
) -> AgreementAmendmentOut:
    """The other side will not; everything stays as it is. Its own proposal one withdraws."""
    return amendment_out(await commands.reject(tx, agreement_amendment_id, asked), tx.actor)


@router.post("/v1/agreement-amendments/{agreement_amendment_id}/withdraw")
async def agreement_amendment_withdraw(
    agreement_amendment_id: AgreementAmendmentId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_AMENDMENT_WITHDRAW)],
    asked: NoteIn | None = None,
) -> AgreementAmendmentOut:
    """Whoever proposed it takes it back (409 `not_your_proposal` for the other side)."""
    row = await commands.withdraw(tx, agreement_amendment_id, asked.note if asked else None)
    return amendment_out(row, tx.actor)
