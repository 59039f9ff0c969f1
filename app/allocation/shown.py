"""From rows to the wire: an allocation, with the reason for its size in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from app.allocation.commands.allocate import Allocated
from app.allocation.commands.decide import Aside, missing
from app.allocation.commands.shares import rows_of
from app.allocation.planning import Asking, Excluded, Outcome
from app.allocation.rules import Limit
from app.allocation.schemas import (
    AllocatedLineOut,
    AllocateOut,
    AllocatePreviewOut,
    AllocationOut,
    Rule,
    Said,
    ShareOut,
    WhyOut,
)
from app.allocation.states import ALLOCATION, WEIGHABLE, AllocationStatus
from app.allocation.words import share_said
from app.core.actor import Actor
from app.core.money import Money, Price, line_amount
from app.core.quantity import Quantity, QuantityOrNone
from app.db.tx import Tx


def allocation_out(row: Any, actor: Actor) -> AllocationOut:
    """An allocation's row (a mapping) on the wire."""
    unit = row["base_unit"]
    status = AllocationStatus(row["status"])
    open_ = status in WEIGHABLE or status == AllocationStatus.OFFERED
    left = row["quantity"] - row["weighed"] if open_ else Decimal(0)
    return AllocationOut.model_construct(
        **_share(row, unit),
        **{name: row[name] for name in _LIFE},
        status=status,
        allowed_actions=actor.allowed(ALLOCATION, status),
        proposed=quantity(row["proposed"], unit),
        weighed=quantity_or_none(row["weighed"], unit),
        left_to_weigh=quantity_or_none(left, unit),
    )


def allocate_out(tx: Tx, allocated: Allocated) -> AllocateOut:
    """What a run came to. Its shares are shown as they were written: nothing is read again."""
    run = allocated.run
    return AllocateOut.model_construct(
        run_id=run.id if run else None,
        policy=allocated.policy,
        gap=run.gap if run else Decimal(0),
        lines=_lines_out(allocated),
        data=[allocation_out(row, tx.actor) for row in rows_of(tx, run.given if run else ())],
    )


def preview_out(tx: Tx, allocated: Allocated) -> AllocatePreviewOut:
    """What a run would come to."""
    run = allocated.run
    return AllocatePreviewOut.model_construct(
        policy=allocated.policy,
        gap=run.gap if run else Decimal(0),
        lines=_lines_out(allocated),
        data=[
            ShareOut.model_construct(**_share(row, row["base_unit"]))
            for row in rows_of(tx, run.given if run else ())
        ],
    )


def _lines_out(allocated: Allocated) -> list[AllocatedLineOut]:
    run = allocated.run
    outcomes = {outcome.need.line_id: outcome for outcome in run.outcomes} if run else {}
    return [
        _line_out(line, outcomes.get(line.id), run.excluded.get(line.id, {}) if run else {})
        for line in allocated.lines
    ]


def _line_out(
    line: Row[Any], outcome: Outcome | Asking | None, excluded: Mapping[Excluded, Aside]
) -> AllocatedLineOut:
    needed = missing(line)
    given = outcome.allocated if outcome else Decimal(0)
    return AllocatedLineOut(
        line_id=line.id,
        needed=quantity_or_none(needed, line.base_unit),
        allocated=quantity_or_none(given, line.base_unit),
        unallocated=quantity_or_none(needed - given, line.base_unit),
        offers_considered=len(outcome.considered) if outcome else 0,
        excluded={reason: aside.number for reason, aside in excluded.items()},
    )


def _share(row: Any, unit: str) -> dict[str, Any]:
    amount = line_amount(row["quantity"], row["price_amount"], row["price_per"])
    return {name: row[name] for name in _GOODS} | {
        "quantity": quantity(row["quantity"], unit),
        "price": _price(
            row["price_amount"],
            row["price_currency"],
            row["price_per_value"],
            row["price_per_unit"],
        ),
        "amount": Money.model_construct(amount=amount, currency="IDR"),
        "why": why_out(row["why"], unit),
    }


_GOODS = (
    "order_id",
    "order_line_id",
    "offer_id",
    "seller_id",
    "site_id",
    "commodity_id",
    "grade",
    "variant_id",
    "title",
    "deliver_on",
)
_LIFE = ("id", "version", "respond_by", "reason", "note", "created_at")
_NUMBERS = ("level", "free", "had", "needed", "supply")
_WHY = ("rule", "limited_by", "sellers", "pack_size", "min_pickup", "total", *_NUMBERS)


# One run makes thousands of shares at the same price and level: what is equal is made once.
@lru_cache(maxsize=4096)
def quantity_or_none(value: Decimal, unit: str) -> QuantityOrNone:
    """*value* in *unit* on the wire."""
    return QuantityOrNone.model_construct(value=value, unit=unit)


@lru_cache(maxsize=4096)
def quantity(value: Decimal, unit: str) -> Quantity:
    """*value*, more than nothing, in *unit* on the wire."""
    return Quantity.model_construct(value=value, unit=unit)


@lru_cache(maxsize=256)
def _price(amount: Decimal, currency: Any, per_value: Decimal, per_unit: str) -> Price:
    return Price.model_construct(
        amount=amount, currency=currency, per=quantity(per_value, per_unit)
    )


def why_out(why: Mapping[str, Any], unit: str) -> WhyOut:
    """The stored reason of a share, its numbers in *unit*."""
    return _why_out(tuple([why.get(name) for name in _WHY]), unit)


@lru_cache(maxsize=4096)
def _why_out(values: tuple[Any, ...], unit: str) -> WhyOut:
    why = {name: value for name, value in zip(_WHY, values, strict=True) if value is not None}
    limit = why.setdefault("limited_by", None)
    said = share_said(why, unit)
    numbers: dict[str, Any] = {
        name: quantity_or_none(Decimal(why[name]), unit) if name in why else None
        for name in _NUMBERS
    }
    return WhyOut.model_construct(
        rule=Rule(why["rule"]),
        limited_by=None if limit is None else Limit(limit),
        sellers=why.get("sellers"),
        said=Said.model_construct(en=said.en, id=said.id),
        **numbers,
    )
