"""From runs to the wire: as they are kept, or as they would be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.allocation.commands.shares import rows_of
from app.allocation.consolidations import queries
from app.allocation.consolidations.commands import Consolidated
from app.allocation.consolidations.schemas import (
    AskedSellerOut,
    ConsolidatedLineOut,
    ConsolidationOut,
    ConsolidationPreviewOut,
    ConsolidationSummaryOut,
    GoodsTotalOut,
)
from app.allocation.models import Policy, Trigger
from app.allocation.planning import Excluded
from app.allocation.shown import quantity, quantity_or_none
from app.db.tx import Tx

_GOODS = ("commodity_id", "grade", "variant_id", "title")
_OF_LINE = ("order_id", "order_line_id", "number", *_GOODS, "deliver_on", "ship_to_site_id")
_OF_TOTAL = (*_GOODS, "deliver_on", "site_id", "parts")


async def consolidation_out(tx: Tx, run: Any) -> ConsolidationOut:
    """A (visible) run with its lines and its sellers, from what is stored."""
    lines = await queries.run_lines(tx, run.id)
    asked = await queries.asked_sellers(tx, run.id)
    return ConsolidationOut.model_construct(
        id=run.id,
        policy=Policy(run.policy),
        gap=run.gap,
        trigger=Trigger(run.trigger),
        at=run.at,
        lines=[_line_out(line, line["excluded"] or {}) for line in lines],
        sellers=_sellers_out(asked),
    )


def summary_out(run: Any, counts: Mapping[UUID, Any]) -> ConsolidationSummaryOut:
    """A run in a list."""
    found = counts[run.id]
    numbers = {name: found[name] for name in ("orders", "lines", "short_lines", "sellers")}
    return ConsolidationSummaryOut(
        id=run.id, policy=run.policy, gap=run.gap, trigger=run.trigger, at=run.at, **numbers
    )


def preview_out(tx: Tx, found: Consolidated) -> ConsolidationPreviewOut:
    """A decision that was not stored, in the same shape."""
    run, numbers = found.run, {order.id: order.number for order in found.orders}
    outcomes = {outcome.need.line_id: outcome for outcome in run.outcomes}
    lines = [
        _line_out(
            dict(line._mapping)
            | {
                "order_line_id": line.id,
                "number": numbers[line.order_id],
                "needed": outcomes[line.id].need.quantity,
                "allocated": outcomes[line.id].allocated,
                "level": outcomes[line.id].level,
            },
            {reason: aside.number for reason, aside in run.excluded[line.id].items()},
        )
        for line in found.lines
        if line.id in outcomes
    ]
    return ConsolidationPreviewOut.model_construct(
        policy=run.policy, gap=run.gap, lines=lines, sellers=_sellers_out(_totals(tx, run.given))
    )


def _totals(tx: Tx, given: Sequence[Any]) -> list[dict[str, Any]]:
    """Shares summed per seller, goods, day and place, as the stored ones are."""
    keys = ("seller_id", *_GOODS, "base_unit", "deliver_on", "site_id")
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows_of(tx, given):
        key = tuple([row[name] for name in keys])
        if key not in sums:
            sums[key] = {name: row[name] for name in keys}
            sums[key] |= {"supply_request_id": None, "parts": 0, "quantity": Decimal(0)}
        sums[key]["parts"] += 1
        sums[key]["quantity"] += row["quantity"]
    return sorted(sums.values(), key=lambda row: (row["seller_id"], row["deliver_on"]))


def _line_out(row: Mapping[Any, Any], excluded: Mapping[Any, int]) -> ConsolidatedLineOut:
    unit = row["base_unit"]
    level = row["level"]
    return ConsolidatedLineOut.model_construct(
        **{name: row[name] for name in _OF_LINE},
        needed=quantity(row["needed"], unit),
        allocated=quantity_or_none(row["allocated"], unit),
        unallocated=quantity_or_none(row["needed"] - row["allocated"], unit),
        level=None if level is None else quantity_or_none(level, unit),
        excluded={Excluded(reason): number for reason, number in excluded.items()},
    )


def _sellers_out(rows: Sequence[Mapping[str, Any]]) -> list[AskedSellerOut]:
    asked: dict[Any, list[GoodsTotalOut]] = defaultdict(list)
    for row in rows:
        asked[row["seller_id"], row["supply_request_id"]].append(
            GoodsTotalOut.model_construct(
                **{name: row[name] for name in _OF_TOTAL},
                quantity=quantity(row["quantity"], row["base_unit"]),
            )
        )
    return [
        AskedSellerOut.model_construct(
            supply_request_id=request_id, seller_id=seller_id, totals=totals
        )
        for (seller_id, request_id), totals in asked.items()
    ]
