"""When a line is done, and until when the hub has to answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

ANSWER_WITHIN = timedelta(hours=24)
"""How long a placed order waits for the hub; silence ends it and gives the quota back."""

DEFAULT_UNDER_TOLERANCE_PCT = Decimal(2)
"""How much less than confirmed still completes a line, unless the agreement says otherwise."""


def is_done(line: Mapping[str, Any]) -> bool:
    """Whether what was kept of *line* (accepted or downgraded) reaches its tolerance.

    99.9996 % delivered must not leave an order open for ever; what is outside the tolerance does.
    """
    kept: Decimal = line["accepted"] + line["downgraded"]
    return bool(kept > 0 and kept * 100 >= line["confirmed"] * (100 - line["under_tolerance_pct"]))


ENOUGH = """l.done_at IS NULL AND l.accepted + l.downgraded > 0
  AND (l.accepted + l.downgraded) * 100 >= l.confirmed * (100 - l.under_tolerance_pct)"""
"""`is_done` of an order line ``l`` that is still open, in SQL: for finding lines, not deciding."""


def fulfilment(lines: Sequence[Mapping[str, Any]]) -> str:
    """How far the goods of an order have come, told from its lines' quantities.

    The furthest stage that anything has reached, with ``partly_`` before it while not everything
    that was promised has: ``open``, ``allocated``, ``shipped``, ``received``.
    """
    promised = sum((line["confirmed"] or 0 for line in lines), Decimal(0))
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
