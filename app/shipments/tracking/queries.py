"""What anybody with the code may know of a shipment."""

from __future__ import annotations

from typing import Any

from app.db.tx import Tx


async def by_code(tx: Tx, code: str) -> dict[str, Any] | None:
    """The public view of the shipment with this *code*, of whichever world; one round trip.

    The database function chooses what is public; the caller's role may not read the tables.
    """
    found: dict[str, Any] | None = await tx.sql_value("SELECT btc_track($1)", code)
    return found
