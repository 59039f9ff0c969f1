"""`/v1/agreements`: framework agreements and what is left of their quota."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Row

from app.access.authorize import authorized
from app.access.doors import Opens
from app.access.permissions import Permission as P
from app.agreements import commands, queries
from app.agreements.quota import queries as quotas
from app.agreements.quota.schemas import QuotaOut, quota_out
from app.agreements.schemas import (
    AgreementIn,
    AgreementLinkIn,
    AgreementOut,
    AgreementRejectIn,
    ReasonIn,
    TerminateIn,
    agreement_out,
)
from app.agreements.states import AgreementStatus
from app.core.ids import AgreementId, AgreementLineId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Day, NoteIn, Page
from app.idempotency.doors import Commands

router = APIRouter(route_class=Route, tags=["agreements"])


async def _whole(tx: Tx, row: Row[Any]) -> AgreementOut:
    return agreement_out(row, await queries.lines(tx, [row.id]), tx.actor)


@router.post("/v1/agreements", status_code=201)
async def agreement_create(
    asked: AgreementIn, tx: Annotated[Tx, Commands(P.AGREEMENT_CREATE)]
) -> AgreementOut:
    """Write a draft. The hub proposes it, the buyer confirms it, then it binds."""
    return await _whole(tx, await commands.create(tx, asked))


@router.get("/v1/agreements")
async def agreement_list(
    tx: Annotated[Tx, Opens(P.AGREEMENT_READ)],
    paging: Paged,
    status: Annotated[AgreementStatus | None, Query()] = None,
) -> Page[AgreementOut]:
    """Your agreements (from their proposal on); all of them for the hub. Newest first."""
    rows, cursor = await queries.agreements(tx, paging, status)
    found = await queries.lines(tx, [row.id for row in rows])
    lines = {key: list(group) for key, group in groupby(found, lambda line: line.agreement_id)}
    data = [agreement_out(row, lines.get(row.id, []), tx.actor) for row in rows]
    return Page(data=data, next_cursor=cursor)


@router.get("/v1/agreements/{agreement_id}")
async def agreement_read(
    agreement_id: AgreementId, tx: Annotated[Tx, Opens(P.AGREEMENT_READ)]
) -> AgreementOut:
    """One agreement."""
    return await _whole(tx, await authorized(tx, queries.agreement(tx, agreement_id)))


@router.get("/v1/agreements/{agreement_id}/quota")
async def agreement_quota(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Opens(P.AGREEMENT_READ)],
    start: Annotated[Day | None, Query(alias="from", description="Periods that end later.")] = None,
    end: Annotated[Day | None, Query(alias="to", description="Periods that begin earlier.")] = None,
    line_id: Annotated[AgreementLineId | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[QuotaOut]:
    """Every period of every line, earliest first: what was granted, carried, held, used, is left.

    Empty until the buyer has confirmed: a proposal is not a quota. A week or month is cut at the
    agreement's first and last day; its quota is a whole one's all the same.
    """
    await authorized(tx, queries.agreement(tx, agreement_id))
    wanted = quotas.Wanted(start, end, line_id)
    rows, next_cursor = await quotas.periods(tx, agreement_id, wanted, limit, cursor)
    promised = await quotas.forecast(tx, rows) if tx.actor.hub else None
    return Page(data=quota_out(rows, promised), next_cursor=next_cursor)


@router.post("/v1/agreements/{agreement_id}/link")
async def agreement_link(
    agreement_id: AgreementId,
    asked: AgreementLinkIn,
    tx: Annotated[Tx, Commands(P.AGREEMENT_LINK)],
) -> AgreementOut:
    """Make two drafts each other's return: eggs one way, corn the other.

    Both show `reciprocal_id`, so that whoever consents to one has seen the other. It stays: a draft
    that should stand alone is terminated and written anew.
    """
    return await _whole(tx, await commands.link(tx, agreement_id, asked.reciprocal_id))


@router.post("/v1/agreements/{agreement_id}/propose")
async def agreement_propose(
    agreement_id: AgreementId, tx: Annotated[Tx, Commands(P.AGREEMENT_PROPOSE)]
) -> AgreementOut:
    """The hub's consent. The buyer may now confirm or reject.

    Without an answer within ten working days (`respond_by`), or by its last day, it has expired.
    """
    return await _whole(tx, await commands.propose(tx, agreement_id))


@router.post("/v1/agreements/{agreement_id}/confirm")
async def agreement_confirm(
    agreement_id: AgreementId, tx: Annotated[Tx, Commands(P.AGREEMENT_CONFIRM)]
) -> AgreementOut:
    """The buyer's consent: the agreement is active and its quota can be drawn on."""
    return await _whole(tx, await commands.confirm(tx, agreement_id))


@router.post("/v1/agreements/{agreement_id}/reject")
async def agreement_reject(
    agreement_id: AgreementId,
    asked: AgreementRejectIn,
    tx: Annotated[Tx, Commands(P.AGREEMENT_REJECT)],
) -> AgreementOut:
    """The buyer does not consent, and says why. The hub may write another agreement."""
    return await _whole(tx, await commands.reject(tx, agreement_id, asked))


@router.post("/v1/agreements/{agreement_id}/withdraw")
async def agreement_withdraw(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_WITHDRAW)],
    asked: NoteIn | None = None,
) -> AgreementOut:
    """The hub takes its proposal back, before the buyer has answered."""
    return await _whole(
        tx, await commands.withdraw(tx, agreement_id, asked.note if asked else None)
    )


@router.post("/v1/agreements/{agreement_id}/suspend")
async def agreement_suspend(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_SUSPEND)],
    asked: ReasonIn | None = None,
) -> AgreementOut:
    """No new call-offs for now. Orders already placed go on."""
    return await _whole(tx, await commands.suspend(tx, agreement_id, asked or ReasonIn()))


@router.post("/v1/agreements/{agreement_id}/resume")
async def agreement_resume(
    agreement_id: AgreementId, tx: Annotated[Tx, Commands(P.AGREEMENT_RESUME)]
) -> AgreementOut:
    """Call-offs are possible again."""
    return await _whole(tx, await commands.resume(tx, agreement_id))


@router.post("/v1/agreements/{agreement_id}/complete")
async def agreement_complete(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_COMPLETE)],
    asked: NoteIn | None = None,
) -> AgreementOut:
    """Everything that was called off is settled; nothing more will be.

    409 `agreement_in_use`, with the periods and quantities, while orders hold quota of it. By rule
    this happens on the day after the last one, if nothing is reserved then; otherwise the agreement
    expires, and its open orders go on and settle their quota as agreed.
    """
    return await _whole(
        tx, await commands.complete(tx, agreement_id, asked.note if asked else None)
    )


@router.post("/v1/agreements/{agreement_id}/terminate")
async def agreement_terminate(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_TERMINATE)],
    asked: TerminateIn | None = None,
) -> AgreementOut:
    """No new call-offs ever. Orders already placed go on and settle their quota as agreed.

    With `open_orders` `cancel`, those of which nothing has left are called off with it, and all
    they held is free again.
    """
    return await _whole(tx, await commands.terminate(tx, agreement_id, asked or TerminateIn()))
