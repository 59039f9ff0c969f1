"""Whose word is awaited, and until when. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from app.core import workdays
from app.core.clock import JAKARTA
from app.core.errors import invalid

ANSWER_WITHIN = 2
"""Working days in which terms must be named; silence ends the request."""

HOLDS_FOR = 3
"""Working days for which a quote holds unless its maker says otherwise."""

HOLDS_AT_MOST = timedelta(days=30)
"""No quote binds its maker longer: nobody knows what an egg costs next quarter."""


class Side(StrEnum):
    """Who has a say in a quote: the hub, whose staff are one side, or the buyer."""

    HUB = "hub"
    BUYER = "buyer"


def side_of(made_by: UUID, buyer_id: UUID) -> Side:
    """The side that a quote made by the party *made_by* speaks for."""
    return Side.BUYER if made_by == buyer_id else Side.HUB


def over_at(last_day: date) -> datetime:
    """The midnight in Jakarta that ends the *last_day* on which the trade can still be made."""
    return datetime.combine(last_day + timedelta(days=1), time.min, JAKARTA)


def respond_by(now: datetime, last_day: date) -> datetime:
    """Until when terms must be named: two working days, or when there is nothing left to trade."""
    return min(workdays.after(now, ANSWER_WITHIN), over_at(last_day))


def holds_until(asked: datetime | None, now: datetime, last_day: date) -> datetime:
    """Until when a quote holds. Raises Invalid for *asked* in the past, too far or too late."""
    over = over_at(last_day)
    if asked is None:
        return min(workdays.after(now, HOLDS_FOR), over)
    latest = min(now + HOLDS_AT_MOST, over)
    if not now < asked <= latest:
        raise invalid(
            "/valid_until",
            "valid_until",
            f"Choose a moment from now until {latest.isoformat(timespec='minutes')}: a quote holds "
            "at most 30 days, and not past the day it is for.",
            f"Pilih waktu dari sekarang sampai {latest.isoformat(timespec='minutes')}: penawaran "
            "berlaku paling lama 30 hari, dan tidak melewati hari yang diminta.",
        )
    return asked
