"""How much a line is about, when it is done, and until when the hub has to answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.core.clock import JAKARTA
from app.core.workdays import after
from app.orders.states import OrderStatus

ANSWER_WITHIN = 1
"""Working days a placed order waits for the hub; silence ends it and gives everything back."""

ANSWER_AT_LEAST = timedelta(hours=2)
"""However near the day of delivery is, whoever has to answer has this long."""

DEFAULT_UNDER_TOLERANCE_PCT = Decimal(2)
"""How much less than confirmed still completes a line, unless the agreement says otherwise."""


def answer_by(placed_at: datetime, first_day: date) -> datetime:
    """Until when the hub has to answer an order whose first goods are due on *first_day*.

    One working day, but not beyond the eve of delivery.
    """
    return before_the_day(placed_at, after(placed_at, ANSWER_WITHIN), first_day)


def before_the_day(asked_at: datetime, until: datetime, day: date) -> datetime:
    """*until*, but not beyond the end of the day before *day* in Jakarta.

    An answer that comes when the truck should is none: nobody else could be asked any more. Never
    less than two hours after it was *asked_at*.
    """
    eve = datetime.combine(day, time(), JAKARTA).astimezone(asked_at.tzinfo)
    return max(min(until, eve), asked_at + ANSWER_AT_LEAST)


def target(line: Mapping[Any, Any]) -> Decimal:
    """How much a line is about: promised (or else asked for), and brought over, less given up.

    So much of its quota it holds until it is done, and so much of stock until it has left.
    """
    said: Decimal = line["requested"] if line["confirmed"] is None else line["confirmed"]
    return said + Decimal(line["over"]) - Decimal(line["short_closed"])


def is_done(line: Mapping[str, Any]) -> bool:
    """Whether nothing more is to come of *line*, all of whose receipts are signed.

    What was kept of it (accepted or downgraded) reaches what was confirmed, less its tolerance:
    99.9996 % delivered must not leave an order open for ever. What sellers brought over counts, but
    is not needed for that. Of a line that was short-closed all that left has been judged, whatever
    the verdict.
    """
    if line["short_closed_at"] is not None:
        return bool(line["received"] + line["short"] == line["shipped"])
    kept: Decimal = line["accepted"] + line["downgraded"]
    return bool(kept > 0 and kept * 100 >= line["confirmed"] * (100 - line["under_tolerance_pct"]))


ENOUGH = """l.done_at IS NULL
  AND (l.accepted + l.downgraded > 0 OR l.short_closed_at IS NOT NULL)
  AND CASE WHEN l.short_closed_at IS NULL
    THEN (l.accepted + l.downgraded) * 100 >= l.confirmed * (100 - l.under_tolerance_pct)
    ELSE l.received + l.short = l.shipped END"""
"""`is_done` of an order line ``l`` that is still open, in SQL: for finding lines, not deciding."""


def stage(status: str, lines: Sequence[Mapping[str, Any]], *, weighed: bool) -> str:
    """How far an order had come when it was called off, and so what that cost others.

    ``placed``: nobody had answered. ``confirmed``: it was promised. ``allocated``: sellers were
    asked for it. ``weighed``: goods stood ready.
    """
    if weighed:
        return "weighed"
    if any(line["allocated"] for line in lines):
        return "allocated"
    return "placed" if status == OrderStatus.PLACED else "confirmed"


def fulfilment(lines: Sequence[Mapping[str, Any]]) -> str:
    """How far the goods of an order have come, told from its lines' quantities.

    The furthest stage that anything has reached, with ``partly_`` before it while not everything
    that was promised, and not given up, has: ``open``, ``allocated``, ``shipped``, ``received``.
    """
    promised = sum(
        (min(line["confirmed"], target(line)) for line in lines if line["confirmed"]), Decimal(0)
    )
    for stage, counters in _STAGES:
        reached = sum((line[counter] for line in lines for counter in counters), Decimal(0))
        if reached:
            return stage if reached >= promised else f"partly_{stage}"
    return "open"


_STAGES = (
    ("received", ("received", "short")),
    ("shipped", ("shipped",)),
    ("allocated", ("allocated",)),
)
