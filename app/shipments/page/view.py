"""What the page knows of a shipment: the public view, typed. What is not said yet is None."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel

_TURNS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_TURNS |= dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
"""Marks that turn the direction of writing: one of them would get out of every isolation."""


def _straight(text: str) -> str:
    return text.translate(_TURNS)


Heard = Annotated[str, AfterValidator(_straight)]
"""Text that anybody on the road may have written."""


class Event(BaseModel):
    """A fact from the road."""

    status: str
    occurred_at: datetime
    place: Heard | None = None
    reason: str | None = None


class Amount(BaseModel):
    """How much of something."""

    value: Decimal
    unit: str


class Goods(BaseModel):
    """What is on the way; ``name_id`` is what Indonesians call it, where it has such a name."""

    name: str
    name_id: str | None = None
    quantity: Amount


class Position(BaseModel):
    """Where it was last seen on the globe, roughly."""

    latitude: float
    longitude: float
    at: datetime


class View(BaseModel):
    """A shipment as whoever has its code may see it.

    ``events`` are newest first, and of ``last_n`` only so many as are told to the public.
    """

    tracking_code: str
    number: str
    status: str
    tracking_status: str
    from_region: str
    to_region: str
    delivered_at: datetime | None = None
    livemode: bool
    events: list[Event]
    last_n: int = 0
    eta_at: datetime | None = None
    eta_revision: int = 0
    eta_reason: str | None = None
    promised_on: date | None = None
    delayed_since: datetime | None = None
    delay_rule: str | None = None
    position: Position | None = None
    goods: list[Goods] = []
