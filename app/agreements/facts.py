"""What the agreement package announces to those above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class AgreementEnding:
    """The agreement is about to be terminated, and its orders are to be called off with it.

    Announced inside the transaction and in the hub's scope, under a lock of the agreement that
    keeps out new orders, and before the agreement itself moves. The handler cancels every order of
    it that can still be cancelled; what has left already goes on.
    """

    agreement_id: UUID
    reason: str
    note: str | None
