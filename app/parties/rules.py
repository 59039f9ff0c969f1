"""What a licence is worth on a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from app.parties.models import LicenceKind
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


@dataclass(frozen=True)
class Held:
    """A licence as it counts: its kind, what the hub found, and from when to when it is meant."""

    kind: str
    status: str
    valid_from: date
    valid_to: date | None

    def good_on(self, day: date) -> bool:
        """Whether it is good on *day*, as far as the hub has seen it; see `queries.good`."""
        coached = self.kind == LicenceKind.NKV and self.status == LicenceStatus.UNDER_COACHING
        found = coached or self.status == LicenceStatus.VALID
        return found and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def kinds_on(licences: Collection[Held], day: date) -> frozenset[str]:
    """The kinds of which one of *licences* is good on *day*."""
    return frozenset(licence.kind for licence in licences if licence.good_on(day))


def last_good_day(
    licences: Collection[Held], one_of: Collection[str], day: date
) -> tuple[date, str] | None:
    """Until when a licence of *one_of* is good, from *day* on without a gap, and which ends then.

    None when none is good on *day*, or when it never ends.
    """
    last: tuple[date, str] | None = None
    while good := [h for h in licences if h.kind in one_of and h.good_on(day)]:
        if any(h.valid_to is None for h in good):
            return None
        last = max((h.valid_to, h.kind) for h in good if h.valid_to is not None)
        day = last[0] + timedelta(days=1)
    return last
