"""Every SELECT on commodities. Anybody may read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.core.errors import DomainError, invalid, missing
from app.db.tx import Tx

_LIST = """
SELECT c.id, c.code, c.name, c.name_id, c.base_unit, c.required_licences,
  (SELECT json_agg(json_build_object('code', g.code, 'name', g.name) ORDER BY g.position)
   FROM grades g WHERE g.commodity_id = c.id) AS grades
FROM commodities c ORDER BY c.code
"""
_GOODS = """
SELECT c.id, g.code AS grade, c.code, c.base_unit, c.required_licences
FROM commodities c JOIN grades g ON g.commodity_id = c.id WHERE c.id = ANY($1)
"""


async def commodities(tx: Tx) -> list[asyncpg.Record]:
    """All commodities with their grades, by code."""
    return await tx.sql(_LIST)


@dataclass(frozen=True)
class Goods:
    """A commodity in one grade: what an offer, an agreement line or an order line is about."""

    commodity_id: UUID
    grade: str
    code: str
    base_unit: str
    required_licences: tuple[str, ...]


async def goods(
    tx: Tx, asked: Iterable[tuple[UUID, str]], pointer: str = "/lines/{n}"
) -> list[Goods]:
    """The goods that *asked* names as (commodity, grade), in its order; one round trip.

    Raises NotFound or Invalid for the first that does not exist; *pointer* says where it stands.
    """
    wanted = list(asked)
    rows = await tx.sql(_GOODS, [commodity for commodity, _ in wanted])
    known = {(row["id"], row["grade"]): row for row in rows}
    commodities_known = {row["id"] for row in rows}
    found = []
    for n, key in enumerate(wanted):
        row = known.get(key)
        if row is None:
            raise unknown_goods(pointer.format(n=n), commodity_known=key[0] in commodities_known)
        found.append(_goods(row))
    return found


def _goods(row: Any) -> Goods:
    return Goods(
        row["id"], row["grade"], row["code"], row["base_unit"], tuple(row["required_licences"])
    )


def unknown_goods(pointer: str, *, commodity_known: bool) -> DomainError:
    """The refusal of a commodity, or of a grade of it, that does not exist."""
    if commodity_known:
        return invalid(
            f"{pointer}/grade",
            "grade_unknown",
            "This commodity has no such grade; see GET /v1/commodities.",
            "Komoditas ini tidak memiliki mutu tersebut; lihat GET /v1/commodities.",
        )
    return missing(
        f"{pointer}/commodity_id",
        "There is no such commodity; see GET /v1/commodities.",
        "Komoditas ini tidak ada; lihat GET /v1/commodities.",
    )
