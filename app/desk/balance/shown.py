"""The balance, made of rows of demand and of what sellers promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.catalog.models import OfferKind
from app.core.quantity import QuantityOrNone
from app.desk.asked import Subject
from app.desk.balance.rules import Supply, cover
from app.desk.balance.schemas import BalanceDay, BalanceOut, BalanceTotal, GradeBalance

Row = Mapping[str, Any]
Numbers = dict[str, Decimal]

_DEMAND = ("ordered", "confirmed", "asked", "committed", "unallocated")
_NONE = Decimal(0)


def balance_out(
    about: Subject, demand: Sequence[Row], promised: Sequence[Row], today: date
) -> BalanceOut:
    """The balance on the wire, each grade for itself."""
    wanted: dict[str, dict[date, Numbers]] = defaultdict(dict)
    offered: dict[str, list[Row]] = defaultdict(list)
    for row in demand:
        wanted[row["grade"]][row["deliver_on"]] = {name: row[name] for name in _DEMAND}
    for row in promised:
        offered[row["grade"]].append(row)
    return BalanceOut.model_construct(
        commodity_id=about.commodity_id,
        commodity=about.code,
        starts_on=about.start,
        ends_on=about.end,
        grades=[
            _grade(about, grade, wanted[grade], offered[grade], today) for grade in about.grades
        ],
    )


def _grade(
    about: Subject, grade: str, wanted: Mapping[date, Numbers], offered: Sequence[Row], today: date
) -> GradeBalance:
    covered = cover(
        {day: numbers["unallocated"] for day, numbers in wanted.items() if day >= today},
        [
            Supply(max(row["starts_on"], today), row["ends_on"], row["free"])
            for row in offered
            if row["kind"] == OfferKind.COMMITMENT
        ],
    )
    nothing = dict.fromkeys(_DEMAND, _NONE)
    days = {
        day: _balanced(wanted.get(day, nothing) | _supply(offered, day), covered.get(day, _NONE))
        for day in about.days
    }
    return GradeBalance.model_construct(
        grade=grade,
        total=_on_wire(BalanceTotal, _total(days, offered), about.base_unit),
        days=[
            _on_wire(BalanceDay, numbers, about.base_unit, date=day)
            for day, numbers in days.items()
        ],
    )


def _supply(offered: Sequence[Row], day: date) -> Numbers:
    """What is promised for *day*: of that very day, of longer periods, and by forecasts."""
    found = dict.fromkeys(("promised", "free", "flexible", "forecast"), _NONE)
    for row in offered:
        if not row["starts_on"] <= day <= row["ends_on"]:
            continue
        if row["kind"] == OfferKind.FORECAST:
            found["forecast"] += row["free"]
        elif row["starts_on"] == row["ends_on"]:
            found["promised"] += row["offered"]
            found["free"] += row["free"]
        else:
            found["flexible"] += row["free"]
    return found


def _balanced(numbers: Numbers, covered: Decimal) -> Numbers:
    return numbers | {"covered": covered, "short": numbers["unallocated"] - covered}


def _total(days: Mapping[date, Numbers], offered: Sequence[Row]) -> Numbers:
    summed = {
        name: sum((numbers[name] for numbers in days.values()), _NONE)
        for name in (*_DEMAND, "covered", "short")
    }
    for name, kind, counter in (
        ("promised", OfferKind.COMMITMENT, "offered"),
        ("free", OfferKind.COMMITMENT, "free"),
        ("forecast", OfferKind.FORECAST, "free"),
    ):
        summed[name] = sum((row[counter] for row in offered if row["kind"] == kind), _NONE)
    return summed


def _on_wire(shape: type[Any], numbers: Numbers, unit: str, **rest: Any) -> Any:
    quantities = {
        name: QuantityOrNone.model_construct(value=value, unit=unit)
        for name, value in numbers.items()
    }
    return shape.model_construct(**rest, **quantities)
