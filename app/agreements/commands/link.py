"""Linking two agreements of which each is the return of the other: eggs one way, corn the other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.authorize import authorized
from app.agreements import queries
from app.agreements.queries import AGREEMENTS
from app.agreements.states import AGREEMENT
from app.core.errors import AlreadyExists, invalid, missing
from app.core.ids import encode
from app.core.text import Text
from app.db.tx import Tx
from app.events.move import move

_LINKED = Text(
    "An agreement has one return, and existing_id is the one it has already.",
    "Satu kontrak hanya punya satu kontrak timbal balik; lihat existing_id.",
)


async def link(tx: Tx, agreement_id: UUID, reciprocal_id: UUID) -> Row[Any]:
    """Make two drafts each other's return; whoever consents to one of them sees the other's id.

    Raises WrongState unless both are drafts, AlreadyExists when one of them has a return already,
    NotFound or Invalid for a reciprocal that is none.
    """
    await authorized(tx, queries.agreement(tx, agreement_id))
    if reciprocal_id == agreement_id:
        raise invalid(
            "/reciprocal_id",
            "itself",
            "An agreement is not its own return; name another draft.",
            "Kontrak tidak bisa menjadi timbal balik dirinya sendiri; sebutkan draf lain.",
        )
    found = await queries.locked(tx, [agreement_id, reciprocal_id])
    row, other = found[agreement_id], found.get(reciprocal_id)
    if other is None:
        raise missing(
            "/reciprocal_id", "There is no such agreement.", "Tidak ada kontrak dengan id ini."
        )
    for one in (row, other):
        AGREEMENT.check("link", one.status)
        if one.reciprocal_id is not None:
            raise AlreadyExists(_LINKED, existing_id=encode(AGREEMENT.prefix, one.reciprocal_id))
    linked = await _linked(tx, row, other)
    await _linked(tx, other, row)
    return linked


async def _linked(tx: Tx, row: Row[Any], other: Row[Any]) -> Row[Any]:
    """A draft is the hub's own paper: nobody else hears of it."""
    return await move(
        tx,
        AGREEMENT,
        AGREEMENTS,
        row,
        "link",
        row.status,
        audience=(),
        data={"number": row.number, "reciprocal_id": encode(AGREEMENT.prefix, other.id)},
        reciprocal_id=other.id,
    )
