"""What an amendment makes different: of the terms, and of the periods. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.agreements.commands.buckets import Bucket, buckets
from app.agreements.models import Period
from app.agreements.rules import share
from app.agreements.schemas import TermsIn
from app.agreements.states import AgreementStatus
from app.core.ids import encode
from app.core.periods import periods
from app.core.quantity import Quantity
from app.prices.models import PriceRule
from app.prices.terms import shown_price

_PARTS = {"price_tiers": PriceRule.TIERED, "price_index": PriceRule.INDEXED}


def held(row: Any) -> TermsIn:
    """The terms in a line's row (with ``base_unit``), as they were entered."""
    least = row.min_call_off
    return TermsIn(
        **dict(shown_price(row)),
        quota=Quantity(value=row.entered_value, unit=row.entered_unit),
        overdraw_pct=row.overdraw_pct,
        min_call_off=None if least is None else Quantity(value=least, unit=row.base_unit),
        under_tolerance_pct=row.under_tolerance_pct,
        over_tolerance_pct=row.over_tolerance_pct,
    )


def amended(before: TermsIn, said: Mapping[str, Any]) -> TermsIn:
    """*before* with what is *said*; another price rule leaves the parts of the old one behind."""
    rule = said.get("price_rule", before.price_rule)
    gone = {name: None for name, needed_by in _PARTS.items() if rule != needed_by}
    return before.model_copy(update={**gone, **said})


def changes(line_id: UUID, before: TermsIn, after: TermsIn) -> list[dict[str, Any]]:
    """What differs between terms of a line, field by field, as on the wire."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return [
        {
            "line_id": encode("agl", line_id),
            "field": name,
            "before": old[name],
            "after": new[name],
        }
        for name in TermsIn.model_fields
        if old[name] != new[name]
    ]


@dataclass(frozen=True)
class Held:
    """A period as it will be; ``quota`` and ``overdraw`` are what it gives from then on."""

    period: Any
    period_end: date
    quota: Decimal
    overdraw: Decimal
    drawable: bool
    carrying: bool

    @property
    def lacks(self) -> bool:
        """Whether more of it is used already than it would give."""
        p = self.period
        used = p.reserved + p.consumed + p.carried_out
        return bool(used > self.quota + self.overdraw + p.carried_in)

    @property
    def grown(self) -> Decimal:
        """How much more quota it has than now; below zero: less."""
        return Decimal(self.quota - self.period.quota)


@dataclass(frozen=True)
class Plan:
    """What becomes of an agreement's periods: those there are, and those to be made."""

    kept: list[Held] = field(default_factory=list)
    made: list[Bucket] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A line at its terms now and from ``effective_on`` on: the columns ``quota`` and
    ``overdraw_pct`` of each."""

    row: Any
    after: Mapping[str, Any] | None

    def terms(self, start: date, effective_on: date) -> tuple[Decimal, Decimal]:
        """Quota and what may be overdrawn of a period that begins on *start*.

        Terms hold for periods that begin under them, save where one period is the whole time.
        """
        row = self.row
        quota, pct = row.quota, row.overdraw_pct
        if self.after is not None and (start >= effective_on or row.period == Period.ONCE):
            quota, pct = self.after["quota"], self.after["overdraw_pct"]
        return quota, share(quota, pct, row.base_unit)


def plan(
    agreement: Any, lines: Sequence[Line], there: Sequence[Any], effective_on: date, ends_on: date
) -> Plan:
    """The periods of *lines* from *there* (not over yet) on, when the agreement ends *ends_on*."""
    found = Plan()
    of_line: dict[UUID, dict[date, Any]] = defaultdict(dict)
    for was in there:
        of_line[was.line_id][was.period_start] = was
    for line in lines:
        by_start = of_line[line.row.id]
        since = min(by_start, default=agreement.starts_on)
        days = periods(line.row.period, agreement.starts_on, ends_on)
        for bucket in buckets(line.row, [d for d in days if d[0] >= since]):
            was = by_start.pop(bucket.period_start, None)
            quota, overdraw = line.terms(bucket.period_start, effective_on)
            if was is None:
                found.made.append(bucket._replace(quota=quota, overdraw=overdraw))
            else:
                kept = _kept(agreement, line, was, bucket, (quota, overdraw), effective_on)
                found.kept.append(kept)
        found.kept.extend(
            Held(was, was.period_end, Decimal(0), Decimal(0), drawable=False, carrying=False)
            for was in by_start.values()
        )
    return found


def _kept(
    agreement: Any,
    line: Line,
    was: Any,
    bucket: Bucket,
    given: tuple[Decimal, Decimal],
    effective_on: date,
) -> Held:
    back = was.period_start > agreement.ends_on  # taken away before, wanted again
    anew = line.after is not None and (
        bucket.period_start >= effective_on or line.row.period == Period.ONCE
    )
    quota, overdraw = given if back or anew else (was.quota, was.overdraw)
    drawable = agreement.status == AgreementStatus.ACTIVE
    return Held(was, bucket.period_end, quota, overdraw, drawable, bucket.carrying)
