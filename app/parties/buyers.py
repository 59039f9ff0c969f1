"""Who may buy: asked by agreements, quotes and orders alike."""

from __future__ import annotations

from collections.abc import Sequence

from app.access.permissions import Role
from app.core.errors import invalid, missing
from app.parties.states import PartyStatus


def check_buyer(roles: Sequence[str] | None, status: str | None) -> None:
    """Raises for a party that is not there (no *roles*), and Invalid for no active buyer."""
    if roles is None:
        raise missing("/buyer_id", "There is no such party.", "Pihak ini tidak ada.")
    if Role.BUYER not in roles or status != PartyStatus.ACTIVE:
        raise invalid(
            "/buyer_id",
            "not_a_buyer",
            "This party is not an active buyer.",
            "Pihak ini bukan pembeli yang aktif.",
        )
