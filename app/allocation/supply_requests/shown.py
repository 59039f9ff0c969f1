"""From rows to the wire: a supply request, its totals and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.allocation.shown import allocation_out, quantity, quantity_or_none
from app.allocation.supply_requests.schemas import (
    SupplyRequestOut,
    SupplyRequestStatus,
    SupplyRequestSummaryOut,
    SupplyTotalOut,
)
from app.core.actor import Actor

S = SupplyRequestStatus
_OF_TOTAL = ("commodity_id", "grade", "variant_id", "title", "deliver_on", "site_id", "parts")


def summary_out(row: Any, totals: Sequence[Any], actor: Actor) -> SupplyRequestSummaryOut:
    """A request with the rows of its *totals*."""
    return SupplyRequestSummaryOut.model_construct(**_summary(row, totals, actor))


def request_out(
    row: Any, totals: Sequence[Any], parts: Sequence[Any], actor: Actor
) -> SupplyRequestOut:
    """A request with its *totals* and its *parts* (allocations)."""
    return SupplyRequestOut.model_construct(
        **_summary(row, totals, actor),
        parts=[allocation_out(part._mapping, actor) for part in parts],
    )


def _summary(row: Any, totals: Sequence[Any], actor: Actor) -> dict[str, Any]:
    status = _status(totals)
    may = actor.may("supply_request:answer") and status is not S.ANSWERED
    return {
        "id": row.id,
        "status": status,
        "allowed_actions": ["answer"] if may else [],
        "seller_id": row.seller_id,
        "respond_by": row.respond_by,
        "created_at": row.created_at,
        "totals": [_total_out(total) for total in totals],
    }


def _status(totals: Sequence[Any]) -> SupplyRequestStatus:
    unanswered = sum(total["unanswered"] for total in totals)
    if not unanswered:
        return S.ANSWERED
    whole = unanswered == sum(total["parts"] for total in totals)
    return S.WAITING if whole else S.PARTLY_ANSWERED


def _total_out(row: Any) -> SupplyTotalOut:
    unit = row["base_unit"]
    return SupplyTotalOut.model_construct(
        **{name: row[name] for name in _OF_TOTAL},
        asked=quantity(row["asked"], unit),
        waiting=quantity_or_none(row["waiting"], unit),
        promised=quantity_or_none(row["promised"], unit),
    )
