"""The plan of an amendment, over any history of them: pure, against the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.agreements.amendments.rules import Line, plan
from app.agreements.states import AgreementStatus
from app.core.periods import periods

START = date(2027, 1, 5)


@dataclass
class Row:
    """A quota period's row, as far as a plan reads or sets it."""

    line_id: Any
    period_start: date
    period_end: date
    quota: Decimal
    overdraw: Decimal = Decimal(0)
    carried_in: Decimal = Decimal(0)
    carried_out: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    consumed: Decimal = Decimal(0)
    drawable: bool = True
    carrying: bool = False


# Each: how many days later it is, from how many days after that on, the new end after that, quota.
amendments = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(1, 40), st.integers(0, 300), st.none() | st.integers(1, 99)
    ),
    max_size=6,
)


@given(st.sampled_from(["week", "month", "once"]), st.integers(0, 300), amendments)
def test_what_can_be_drawn_on_is_the_calendars_periods(
    kind: str, length: int, sequence: list[tuple[int, int, int, int | None]]
) -> None:
    """Whatever was made longer and shorter before; and the past is never touched."""
    line = SimpleNamespace(
        id=uuid4(),
        period=kind,
        quota=Decimal(10),
        overdraw_pct=Decimal(0),
        base_unit="kg",
        carry_over="full",
    )
    agreed = SimpleNamespace(
        starts_on=START,
        ends_on=START + timedelta(days=length),
        status=AgreementStatus.ACTIVE,
    )
    rows = [Row(line.id, a, b, line.quota) for a, b in periods(kind, START, agreed.ends_on)]
    today = START
    for later, ahead, more, quota in sequence:
        today = min(today + timedelta(days=later), agreed.ends_on)
        effective_on = today + timedelta(days=ahead)
        ends_on = effective_on + timedelta(days=more)
        past = [vars(row).copy() for row in rows if row.period_end < today]
        _amend(agreed, line, rows, today, (effective_on, ends_on, quota))
        assert past == [vars(row) for row in rows if row.period_end < today]
        open_ones = sorted(
            (row.period_start, row.period_end)
            for row in rows
            if row.drawable and row.period_end >= today
        )
        every = list(periods(kind, START, ends_on))
        assert open_ones == [(a, b) for a, b in every if b >= today]
        assert all(row.quota == 0 for row in rows if not row.drawable)
        for row in rows:
            if row.drawable and row.period_end >= today:
                assert row.carrying == (row.period_end < ends_on)
                if quota is not None and row.period_start >= effective_on:
                    assert row.quota == quota


def _amend(
    agreed: Any, line: Any, rows: list[Row], today: date, said: tuple[date, date, int | None]
) -> None:
    effective_on, ends_on, quota = said
    after = None if quota is None else {"quota": Decimal(quota), "overdraw_pct": Decimal(0)}
    there = [row for row in rows if row.period_end >= today]
    found = plan(agreed, [Line(line, after)], there, effective_on, ends_on)
    for kept in found.kept:
        kept.period.quota, kept.period.overdraw = kept.quota, kept.overdraw
        kept.period.period_end = kept.period_end
        kept.period.drawable, kept.period.carrying = kept.drawable, kept.carrying
    for made in found.made:
        row = Row(line.id, made.period_start, made.period_end, made.quota, carrying=made.carrying)
        assert row.period_start not in {r.period_start for r in rows}
        rows.append(row)
    if quota is not None:
        line.quota = Decimal(quota)
    agreed.ends_on = ends_on
