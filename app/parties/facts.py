"""What the parties announce to those above."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class StandingChanged:
    """What these parties may sell has changed: a licence was verified or lapsed, one was suspended.

    Announced inside the transaction, after the rows have changed.
    """

    party_ids: tuple[UUID, ...]
