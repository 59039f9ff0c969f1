"""What a licence is worth on a day."""

from __future__ import annotations

from datetime import date, timedelta

from app.parties.states import LicenceStatus

WARNING = timedelta(days=30)
"""A licence that ends within this time is `expiring`."""


def standing(status: str, valid_from: date, valid_to: date | None, today: date) -> str:
    """What a licence is worth *today*: its status, or what its dates have made of it."""
    if status != LicenceStatus.VALID:
        return status
    if today < valid_from:
        return "not_yet_valid"
    if valid_to is None:
        return status
    if valid_to < today:
        return "expired"
    return "expiring" if valid_to - today <= WARNING else status
