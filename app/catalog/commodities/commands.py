"""Adding a commodity."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.catalog.models import Commodity, Grade
from app.core.errors import AlreadyExists, invalid
from app.core.ids import encode, new_id
from app.db.tx import Tx

_COMMODITIES: Table = Commodity.__table__  # type: ignore[assignment]
_GRADES: Table = Grade.__table__  # type: ignore[assignment]


async def create(
    tx: Tx,
    *,
    code: str,
    name: str,
    name_id: str | None,
    base_unit: str,
    grades: list[tuple[str, str]],
    required_licences: list[str],
) -> UUID:
    """Add a commodity with its grades as (code, name). Raises AlreadyExists for a used code."""
    if len({grade for grade, _ in grades}) < len(grades):
        raise invalid(
            "/grades",
            "duplicate",
            "Two grades have the same code.",
            "Ada dua mutu dengan kode yang sama.",
        )
    commodity_id = await tx.value(
        upsert(_COMMODITIES)
        .values(
            id=new_id(),
            code=code,
            name=name,
            name_id=name_id,
            base_unit=base_unit,
            required_licences=required_licences,
        )
        .on_conflict_do_nothing()
        .returning(Commodity.id)
    )
    if commodity_id is None:
        existing = await tx.value(select(Commodity.id).where(Commodity.code == code))
        raise AlreadyExists(existing_id=encode("com", existing))
    rows = [
        {"commodity_id": commodity_id, "code": grade, "name": said, "position": n}
        for n, (grade, said) in enumerate(grades, 1)
    ]
    await tx.run(insert(_GRADES).values(rows))
    found: UUID = commodity_id
    return found
