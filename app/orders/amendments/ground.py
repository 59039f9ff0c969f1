"""What a plan stands on, read from the world: a few statements for any number of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.agreements.states import AgreementStatus
from app.catalog.variants.rules import period_of
from app.db.tx import Tx
from app.events.facts import announce
from app.orders.amendments import queries
from app.orders.amendments.terms import Bucket, Ground, Line, Wish
from app.orders.facts import SharesAsked


async def survey(
    tx: Tx, lines: Sequence[Line], wishes: Sequence[Wish], *, lock: bool
) -> dict[UUID, Ground]:
    """What each wish stands on, by line. With *lock* sellers' shares stay as they are.

    In the hub's scope: shares and listings are their sellers'.
    """
    by_id = {line["id"]: line for line in lines}
    wanted = {w.line_id: w.deliver_on or by_id[w.line_id]["deliver_on"] for w in wishes}
    order_id = by_id[next(iter(wanted))]["order_id"]
    held = SharesAsked(order_id, tuple(sorted(wanted)), lock)
    await announce(tx, held)
    agreements, periods = await _agreements(tx, by_id, wanted)
    listed = await _listings(tx, by_id, wanted)
    grounds = {}
    for line_id, day in wanted.items():
        line = by_id[line_id]
        shares = [share for share in held.shares if share.line_id == line_id]
        loaded = line_id in held.loaded
        if line_id in agreements:
            term = agreements[line_id]
            shut = term["status"] != AgreementStatus.ACTIVE
            here, there = (
                _period(periods[key], shut=shut) if key is not None else None
                for key in (line["quota_period_id"], term["period_id"])
            )
            grounds[line_id] = Ground(shares, loaded, here, there, agreement=term)
        elif line_id in listed:
            pools = _pools(line, listed[line_id], day)
            grounds[line_id] = Ground(shares, loaded, *pools, variant=listed[line_id])
        else:
            grounds[line_id] = Ground(shares, loaded)
    return grounds


async def _agreements(
    tx: Tx, by_id: Mapping[UUID, Line], wanted: Mapping[UUID, date]
) -> tuple[dict[UUID, asyncpg.Record], dict[UUID, asyncpg.Record]]:
    """The agreements' terms by line, and the quota periods of before and after by id."""
    named = [(key, day) for key, day in wanted.items() if by_id[key]["agreement_line_id"]]
    if not named:
        return {}, {}
    terms = await queries.agreed(tx, named)
    concerned = {by_id[key]["quota_period_id"] for key, _ in named}
    concerned |= {term["period_id"] for term in terms.values()}
    return terms, await queries.periods(tx, concerned - {None})


async def _listings(
    tx: Tx, by_id: Mapping[UUID, Line], wanted: Mapping[UUID, date]
) -> dict[UUID, asyncpg.Record]:
    named = [(key, day) for key, day in wanted.items() if by_id[key]["variant_id"]]
    return await queries.listed(tx, named) if named else {}


def _period(row: Mapping[str, Any], *, shut: bool) -> Bucket:
    return Bucket(
        row["id"],
        row["id"],
        row["left"],
        row["drawable"] and not shut,
        row["period_start"],
        row["period_end"],
    )


def _pools(line: Line, term: Mapping[str, Any], day: date) -> tuple[Bucket, Bucket]:
    """The stock that a line takes from, and that of *day*: another one where it is a kitchen's."""
    here = Bucket(line["stock_pool_id"], line["stock_pool_id"], term["left_here"])
    if day == line["deliver_on"] or term["there_id"] == here.id:
        return here, here
    if term["there_id"] is not None:
        return here, Bucket(term["there_id"], term["there_id"], term["left_there"])
    first, _ = period_of(term["capacity_period"], day)
    unopened = (line["variant_id"], first)
    return here, Bucket(unopened, None, term["capacity"] or Decimal(0))
