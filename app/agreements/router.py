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
from app.agreements.schemas import (
    AgreementIn,
    AgreementOut,
    QuotaOut,
    ReasonIn,
    agreement_out,
    quota_out,
)
from app.agreements.states import AgreementStatus
from app.core.ids import AgreementId
from app.db.tx import Tx
from app.http.lists import Paged
from app.http.routes import Route
from app.http.wire import Listed, Page
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
    agreement_id: AgreementId, tx: Annotated[Tx, Opens(P.AGREEMENT_READ)]
) -> Listed[QuotaOut]:
    """Every period of every line: quota, reserved by open orders, consumed by receipts, left.

    Empty until the buyer has confirmed: a proposal is not a quota.
    """
    await authorized(tx, queries.agreement(tx, agreement_id))
    return Listed(data=quota_out(await queries.quota(tx, agreement_id)))


@router.post("/v1/agreements/{agreement_id}/propose")
async def agreement_propose(
    agreement_id: AgreementId, tx: Annotated[Tx, Commands(P.AGREEMENT_PROPOSE)]
) -> AgreementOut:
    """The hub's consent. The buyer may now confirm."""
    return await _whole(tx, await commands.propose(tx, agreement_id))


@router.post("/v1/agreements/{agreement_id}/confirm")
async def agreement_confirm(
    agreement_id: AgreementId, tx: Annotated[Tx, Commands(P.AGREEMENT_CONFIRM)]
) -> AgreementOut:
    """The buyer's consent: the agreement is active and its quota can be drawn on."""
    return await _whole(tx, await commands.confirm(tx, agreement_id))


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


@router.post("/v1/agreements/{agreement_id}/terminate")
async def agreement_terminate(
    agreement_id: AgreementId,
    tx: Annotated[Tx, Commands(P.AGREEMENT_TERMINATE)],
    asked: ReasonIn | None = None,
) -> AgreementOut:
    """No new call-offs ever. Orders already placed go on and settle their quota as agreed."""
    return await _whole(tx, await commands.terminate(tx, agreement_id, asked or ReasonIn()))
