"""Wire shapes of decisions over an offer."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from app.allocation.models import Policy
from app.allocation.planning import Excluded
from app.allocation.schemas import Said, WhyOut
from app.core.quantity import Quantity, QuantityOrNone


class NotAsked(StrEnum):
    """Why an offer was asked for nothing: a rule's reason, or why no rule ever looked at it."""

    NOT_AVAILABLE_THEN = Excluded.NOT_AVAILABLE_THEN.value
    NOTHING_LEFT = Excluded.NOTHING_LEFT.value
    FLOOR_PRICE = Excluded.FLOOR_PRICE.value
    LICENCE_MISSING = Excluded.LICENCE_MISSING.value
    SELLER_SUSPENDED = Excluded.SELLER_SUSPENDED.value
    CLOSED_THEN = Excluded.CLOSED_THEN.value
    GAVE_BACK = Excluded.GAVE_BACK.value
    TOO_LITTLE_LEFT = Excluded.TOO_LITTLE_LEFT.value
    PASSED_OVER = Excluded.PASSED_OVER.value
    SELLER_AT_LEVEL = Excluded.SELLER_AT_LEVEL.value
    OTHERS_CHEAPER = Excluded.OTHERS_CHEAPER.value
    NO_PICKUP_NEEDED = Excluded.NO_PICKUP_NEEDED.value
    FOR_OTHER_LINES = Excluded.FOR_OTHER_LINES.value
    PAUSED = "paused"
    FORECAST = "forecast"
    ENDED = "ended"
    NOT_NAMED = "not_named"


class NotAskedOut(BaseModel):
    """Why the offer was asked for nothing, and what its seller can do about it."""

    reason: NotAsked
    said: Said


class DecisionOut(BaseModel):
    """One decision about these goods on one day, and this offer's part in it.

    ``needed`` is what all buyers together still lacked, ``found`` what all sellers were asked for.
    Either ``why`` says how the share came about, or ``not_asked`` why there is none.
    """

    at: datetime
    policy: Policy
    deliver_on: date
    needed: Quantity
    found: QuantityOrNone
    share: QuantityOrNone = Field(description="What this offer was asked for.")
    why: WhyOut | None
    not_asked: NotAskedOut | None
