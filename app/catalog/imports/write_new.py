"""Writing listings that are new: any number of them in two statements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.catalog.imports.judge import New
from app.catalog.imports.rows import listing_row, variant_row
from app.catalog.listings.commands.write import insert
from app.catalog.states import LISTING, ListingStatus
from app.core.ids import encode
from app.db.errors import Busy
from app.db.tx import Tx
from app.events.record import Change, record

_SUBMIT = """
UPDATE listings SET status = 'submitted', version = version + 1, updated_at = $2
WHERE id = ANY ($1)
"""


async def write_new(
    tx: Tx, seller: Row[Any], found: Sequence[New], submitted: Sequence[bool]
) -> None:
    """Write drafts with their variants and first stock; those *submitted* ask for curation.

    Raises Busy when somebody has meanwhile written one of them: looked at anew it is no new one;
    and what a wall of the database says (`walls.MET`).
    """
    if not found:
        return
    listings = [listing_row(new, seller.id, seller.name) for new in found]
    variants: list[dict[str, Any]] = []
    stocks: list[Decimal] = []
    for new, listing in zip(found, listings, strict=True):
        for way in new.ways:
            variants.append(variant_row(way, listing["unit"], listing["id"]))
            stocks.append(Decimal(way.line.said.get("stock") or 0))
    made = await insert(tx, listings, variants, stocks)
    if len(made) != len(listings):
        raise Busy
    await record(tx, [_change(listing, "create", 1) for listing in listings])
    asking = [listing for listing, yes in zip(listings, submitted, strict=True) if yes]
    if asking:
        await tx.sql(_SUBMIT, [listing["id"] for listing in asking], tx.now)
        await record(tx, [_change(listing, "submit", 2) for listing in asking])


def _change(listing: dict[str, Any], action: str, version: int) -> Change:
    listing_id: UUID = listing["id"]
    seller_id: UUID = listing["seller_id"]
    submitted = action == "submit"
    return Change(
        LISTING,
        action,
        listing_id,
        version,
        ListingStatus.SUBMITTED if submitted else ListingStatus.DRAFT,
        **({"before": ListingStatus.DRAFT} if submitted else {}),
        audience=(seller_id,),
        data={
            "title": listing["title"],
            "category": listing["category"],
            "seller_id": encode("pty", seller_id),
        },
    )
