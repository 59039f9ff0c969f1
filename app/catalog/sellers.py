"""Who may put something into the catalogue: an active party with the role seller."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.permissions import Role
from app.core.errors import invalid
from app.db.tx import Tx
from app.parties.queries import party
from app.parties.states import PartyStatus


async def active_seller(tx: Tx, party_id: UUID, pointer: str) -> Row[Any]:
    """The seller. Raises Invalid at *pointer* for a party that is none, or is suspended."""
    found = await party(tx, party_id)
    if found is None or Role.SELLER not in found.roles or found.status != PartyStatus.ACTIVE:
        raise invalid(
            pointer,
            "not_a_seller",
            "The party that this names is not an active seller.",
            "Pihak yang dimaksud bukan penjual yang aktif.",
        )
    return found
